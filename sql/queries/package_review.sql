-- SPDX-License-Identifier: MIT
-- jmlctl package review: who holds what, by whose gift, and who looked at it last. $1 package (name or
-- id), $2 "" for those only that nobody has looked at, $3 those only that were not looked at since then.
select a.id as assignment_id, p.employee_id, jml.name_of(p.id) as display_name,
    p.state as person_state, k.display_name as access_package, c.display_name as catalog,
    l.display_name as policy, a.state, coalesce(a.starts_at, a.created_at) as since,
    a.ends_at as until,
    case when g.in_words is not null then g.in_words
        when r.request_type like 'system%' and jml.policy_automatic_in_words(l.document) is not null
        then 'automatic policy ' || l.display_name
        when r.id is not null
        then r.request_type || ' by ' || r.requestor || coalesce(', approved by ' || (
            select string_agg(v.approver, ', ' order by v.stage, v.created_at)
            from jml.approval v
            where v.request_id = r.id and v.state = 'applied' and v.decision = 'approve'), '')
        else 'nothing on record' end as granted_by,
    r.request_type, r.requestor, r.justification, g.workflow,
    g.version as workflow_version, g.event_id, g.event_kind,
    (select coalesce(json_agg(json_build_object(
            'stage', v.stage, 'approver', v.approver, 'decision', v.decision,
            'decided_at', jml.canonical(v.decided_at)) order by v.stage, v.created_at), '[]')
     from jml.approval v
     where v.request_id = r.id and v.state = 'applied') as approvals,
    jml.policy_automatic_in_words(l.document) as automatic_rule,
    t.reviewed_at, t.reviewer as reviewed_by, t.decision as review, a.request_id, a.run_id
from jml.assignment a
join jml.access_package k on k.id = a.access_package_id
left join jml.catalog c on c.id = k.catalog_id
left join jml.person p on p.id = a.target_id
left join jml.assignment_policy l on l.id = a.policy_id
left join jml.assignment_request r on r.id = a.request_id
left join lateral jml.gift_of(coalesce(a.run_id, r.run_id)) g on true
left join lateral (
    select v.reviewed_at, v.reviewer, v.decision
    from jml.assignment_review v
    where v.assignment_id = a.id
    order by v.reviewed_at desc, v.id desc
    limit 1) t on true
where a.state <> 'expired'
    and ($1::text is null or k.display_name = $1 or k.id = jml.to_uuid($1))
    and ($2::text is null or t.reviewed_at is null)
    and ($3::text is null or t.reviewed_at is null or t.reviewed_at < $3::timestamptz)
order by k.display_name, p.employee_id, a.id;

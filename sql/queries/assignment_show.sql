-- SPDX-License-Identifier: MIT
-- jmlctl assignment show: $1 id, as text.
select a.id, p.employee_id, jml.name_of(p.id) as display_name, p.zone,
    k.display_name as access_package, c.display_name as catalog, l.display_name as policy,
    a.state, a.status, a.starts_at, a.ends_at,
    ((a.ends_at - interval '1 microsecond') at time zone p.zone)::date as last_day, a.ends_by,
    a.expired_at, a.end_reason, a.revoked_at,
    a.employment, a.notice_14_at, a.notice_1_at, a.created_at, a.updated_at, a.request_id, a.run_id,
    a.access_package_id, a.policy_id,
    (select coalesce(json_agg(json_build_object(
            'resource', s.display_name, 'role', o.display_name, 'target', s.target)
        order by s.display_name, o.display_name), '[]')
     from jsonb_array_elements_text(case jsonb_typeof(a.roles) when 'array' then a.roles end) as g (id)
     join jml.resource_role o on o.id = jml.to_uuid(g.id)
     join jml.resource s on s.id = o.resource_id) as roles,
    jml.answers_in_words(a.answers, l.document) as answers,
    -- what was asked for about it, and what came in the way
    (select coalesce(json_agg(json_build_object(
            'id', r.id, 'type', r.request_type, 'state', r.state, 'by', r.requestor,
            'at', jml.canonical(r.created_at), 'justification', r.justification, 'error', r.error)
        order by r.created_at, r.id), '[]')
     from jml.assignment_request r
     where r.access_package_id = a.access_package_id and (r.assignment_id = a.id or r.id = a.request_id))
        as requests,
    (select coalesce(json_agg(json_build_object(
            'stage', v.stage, 'approver', v.approver, 'decision', v.decision, 'state', v.state,
            'decided_at', jml.canonical(v.decided_at), 'justification', v.justification,
            'error', v.error, 'request', v.request_id)
        order by v.created_at, v.id), '[]')
     from jml.approval v
     where v.request_id in (select r.id from jml.assignment_request r
                            where r.access_package_id = a.access_package_id
                                and (r.assignment_id = a.id or r.id = a.request_id))) as approvals,
    (select coalesce(json_agg(json_build_object(
            'at', jml.canonical(w.reviewed_at), 'reviewer', w.reviewer, 'decision', w.decision,
            'justification', w.justification, 'request', w.request_id)
        order by w.reviewed_at, w.id), '[]')
     from jml.assignment_review w
     where w.assignment_id = a.id) as reviews,
    (select coalesce(json_agg(json_build_object(
            'resource', s.display_name, 'role', o.display_name, 'target', s.target,
            'action', d.action, 'state', d.state, 'attempts', d.attempts,
            'confirmed_at', jml.canonical(d.confirmed_at), 'error', d.error)
        order by d.created_at, s.display_name, o.display_name), '[]')
     from jml.delivery d
     left join jml.resource_role o on o.id = d.resource_role_id
     left join jml.resource s on s.id = o.resource_id
     where d.assignment_id = a.id) as deliveries
from jml.assignment a
left join jml.person p on p.id = a.target_id
left join jml.access_package k on k.id = a.access_package_id
left join jml.catalog c on c.id = k.catalog_id
left join jml.assignment_policy l on l.id = a.policy_id
where a.id = jml.to_uuid($1::text);

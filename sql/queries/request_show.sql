-- SPDX-License-Identifier: MIT
-- jmlctl request show: $1 id, as text.
select r.id, r.request_type, r.state, r.status, coalesce(p.employee_id, r.target_employee_id)
    as employee_id, coalesce(jml.name_of(r.target_id), r.target_name) as display_name,
    r.target_email, p.zone, k.display_name as access_package, c.display_name as catalog,
    l.display_name as policy, r.requestor, r.actor,
    r.justification, r.starts_at, r.ends_at,
    ((r.ends_at - interval '1 microsecond') at time zone p.zone)::date as last_day, r.due_at,
    r.employment, r.created_at,
    r.completed_at, r.error, nullif(r.stage, 0) as stage,
    nullif(jsonb_array_length(case jsonb_typeof(l.document #> '{requestApprovalSettings,stages}')
        when 'array' then l.document #> '{requestApprovalSettings,stages}' end), 0) as stages,
    r.stage_at, r.remind_at, r.escalate_at, r.deny_at,
    case when r.stage > 0 then r.escalated end as escalated,
    r.assignment_id, r.run_id, r.access_package_id, r.policy_id,
    jml.answers_in_words(r.answers, l.document) as answers,
    (select coalesce(json_agg(json_build_object(
            'stage', v.stage, 'approver', v.approver, 'decision', v.decision,
            'justification', v.justification, 'state', v.state, 'error', v.error,
            'decided_at', jml.canonical(v.decided_at), 'actor', v.actor)
        order by v.stage, v.created_at), '[]')
     from jml.approval v
     where v.request_id = r.id) as approvals,
    jml.notices_of(r.id) as notices,
    (select coalesce(json_agg(json_build_object(
            'resource', s.display_name, 'role', o.display_name, 'target', s.target,
            'action', d.action, 'state', d.state, 'attempts', d.attempts, 'error', d.error)
        order by d.created_at, s.display_name, o.display_name), '[]')
     from jml.delivery d
     left join jml.resource_role o on o.id = d.resource_role_id
     left join jml.resource s on s.id = o.resource_id
     where d.assignment_id = r.assignment_id) as deliveries
from jml.assignment_request r
left join jml.person p on p.id = r.target_id
left join jml.access_package k on k.id = r.access_package_id
left join jml.catalog c on c.id = k.catalog_id
left join jml.assignment_policy l on l.id = r.policy_id
where r.id = jml.to_uuid($1::text);

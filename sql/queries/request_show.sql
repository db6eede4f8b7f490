-- SPDX-License-Identifier: MIT
-- jmlctl request show: $1 id, as text.
select r.id, r.request_type, r.state, r.status, coalesce(p.employee_id, r.target_employee_id)
    as employee_id, p.zone, k.display_name as access_package, l.display_name as policy, r.requestor,
    r.justification, r.answers, r.starts_at, r.ends_at,
    ((r.ends_at - interval '1 microsecond') at time zone p.zone)::date as last_day, r.due_at,
    r.employment, r.created_at,
    r.completed_at, r.error, r.assignment_id, r.run_id, r.access_package_id, r.policy_id,
    (select coalesce(json_agg(json_build_object(
            'stage', v.stage, 'approver', v.approver, 'decision', v.decision,
            'justification', v.justification, 'state', v.state, 'error', v.error,
            'decided_at', jml.canonical(v.decided_at))
        order by v.stage, v.created_at), '[]')
     from jml.approval v
     where v.request_id = r.id) as approvals
from jml.assignment_request r
left join jml.person p on p.id = r.target_id
left join jml.access_package k on k.id = r.access_package_id
left join jml.assignment_policy l on l.id = r.policy_id
where r.id = jml.to_uuid($1::text);

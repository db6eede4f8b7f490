-- SPDX-License-Identifier: MIT
-- jmlctl request list: $1 state, $2 employee, $3 package (name or id), $4 type, $5 limit.
select r.id, r.request_type, r.state, r.status, coalesce(p.employee_id, r.target_employee_id)
    as employee_id, k.display_name as access_package, l.display_name as policy, r.requestor,
    r.justification, r.starts_at, r.ends_at, r.created_at, r.completed_at, r.error
from jml.assignment_request r
left join jml.person p on p.id = r.target_id
left join jml.access_package k on k.id = r.access_package_id
left join jml.assignment_policy l on l.id = r.policy_id
where ($1::text is null or r.state = $1)
    and ($2::text is null or coalesce(p.employee_id, r.target_employee_id) = any (jml.ids_of($2)))
    and ($3::text is null or k.display_name = $3 or k.id = jml.to_uuid($3))
    and ($4::text is null or r.request_type = $4)
order by r.created_at desc, r.id
limit $5::text::bigint;

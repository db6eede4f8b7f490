-- SPDX-License-Identifier: MIT
-- jmlctl request list: $1 state, $2 employee, $3 package, $4 type, $5 catalog (names or ids), $6 an
-- approver who was asked by mail in the stage that waits, $7 the id of the request behind which to go on,
-- $8 limit. State "open" stands for all that is not over. Nothing changes the order: the times of
-- creation, and the ids where those are the same.
select r.id, r.request_type, r.state, r.status, coalesce(p.employee_id, r.target_employee_id)
    as employee_id, k.display_name as access_package, l.display_name as policy, r.requestor,
    r.justification, r.starts_at, r.ends_at, r.created_at, r.completed_at, r.error,
    coalesce(jml.name_of(r.target_id), r.target_name) as display_name,
    c.display_name as catalog, r.target_email, nullif(r.stage, 0) as stage, r.deny_at,
    r.assignment_id
from jml.assignment_request r
left join jml.person p on p.id = r.target_id
left join jml.access_package k on k.id = r.access_package_id
left join jml.catalog c on c.id = k.catalog_id
left join jml.assignment_policy l on l.id = r.policy_id
where ($1::text is null or r.state = $1
        or ($1 = 'open' and r.state in ('submitted', 'pendingApproval', 'scheduled', 'delivering')))
    and ($2::text is null or coalesce(p.employee_id, r.target_employee_id) = any (jml.ids_of($2)))
    and ($3::text is null or k.display_name = $3 or k.id = jml.to_uuid($3))
    and ($4::text is null or r.request_type = $4)
    and ($5::text is null or c.display_name = $5 or c.id = jml.to_uuid($5))
    and ($6::text is null or r.id = any ((select jml.requests_asked($6))::uuid[]))
    and ($7::text is null or (r.created_at, r.id) < (
        select b.created_at, b.id from jml.assignment_request b where b.id = jml.to_uuid($7)))
order by r.created_at desc, r.id desc
limit $8::text::bigint;

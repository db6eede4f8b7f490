-- SPDX-License-Identifier: MIT
-- jmlctl delivery list: $1 state, $2 target, $3 employee, $4 package (name or id), $5 limit.
select d.id, p.employee_id, k.display_name as access_package, s.display_name as resource,
    o.display_name as role, d.target, d.action, d.state, d.attempts, d.created_at, d.due_at, d.confirmed_at,
    d.account, d.error, d.run_id
from jml.delivery d
left join jml.person p on p.id = d.person_id
left join jml.assignment a on a.id = d.assignment_id
left join jml.access_package k on k.id = a.access_package_id
left join jml.resource_role o on o.id = d.resource_role_id
left join jml.resource s on s.id = o.resource_id
where ($1::text is null or d.state = $1)
    and ($2::text is null or d.target = $2)
    and ($3::text is null or p.employee_id = jml.current_id($3))
    and ($4::text is null or k.display_name = $4 or k.id = jml.to_uuid($4))
order by d.created_at desc, d.seq desc nulls last, d.id
limit $5::text::bigint;

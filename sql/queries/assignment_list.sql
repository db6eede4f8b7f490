-- SPDX-License-Identifier: MIT
-- jmlctl assignment list: $1 package, $2 state, $3 employee, $4 policy (names or ids), $5 limit.
-- State "open" stands for all that is not expired.
select a.id, p.employee_id, k.display_name as access_package, l.display_name as policy, a.state,
    a.status, a.starts_at, a.ends_at, a.expired_at, a.end_reason, a.revoked_at, a.created_at,
    a.request_id, a.run_id
from jml.assignment a
left join jml.person p on p.id = a.target_id
left join jml.access_package k on k.id = a.access_package_id
left join jml.assignment_policy l on l.id = a.policy_id
where ($1::text is null or k.display_name = $1 or k.id = jml.to_uuid($1))
    and ($2::text is null or a.state = $2 or ($2 = 'open' and a.state <> 'expired'))
    and ($3::text is null or p.employee_id = jml.current_id($3))
    and ($4::text is null or l.display_name = $4 or l.id = jml.to_uuid($4))
order by p.employee_id, k.display_name, a.created_at, a.id
limit $5::text::bigint;

-- SPDX-License-Identifier: MIT
-- jmlctl assignment list: $1 package, $2 state, $3 employee, $4 policy, $5 catalog (names or ids), $6 the
-- id behind which to go on, $7 limit. State "open" stands for all that is not expired. The order is that
-- of the ids, which nothing ever changes: so pages fit together, whatever happens between them.
select a.id, p.employee_id, k.display_name as access_package, l.display_name as policy, a.state,
    a.status, a.starts_at, a.ends_at, a.expired_at, a.end_reason, a.revoked_at, a.created_at,
    a.request_id, a.run_id, jml.name_of(p.id) as display_name,
    c.display_name as catalog
from jml.assignment a
left join jml.person p on p.id = a.target_id
left join jml.access_package k on k.id = a.access_package_id
left join jml.catalog c on c.id = k.catalog_id
left join jml.assignment_policy l on l.id = a.policy_id
where ($1::text is null or k.display_name = $1 or k.id = jml.to_uuid($1))
    and ($2::text is null or a.state = $2 or ($2 = 'open' and a.state <> 'expired'))
    and ($3::text is null or p.employee_id = jml.current_id($3))
    and ($4::text is null or l.display_name = $4 or l.id = jml.to_uuid($4))
    and ($5::text is null or c.display_name = $5 or c.id = jml.to_uuid($5))
    and a.id > coalesce(jml.to_uuid($6::text), '00000000-0000-0000-0000-000000000000')
order by a.id
limit $7::text::bigint;

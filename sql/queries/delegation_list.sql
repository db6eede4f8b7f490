-- SPDX-License-Identifier: MIT
-- jmlctl delegation list: $1 PostgreSQL role, $2 delegated role, $3 catalog (name or id), $4 employee.
select d.role, d.delegated_role, c.display_name as catalog, d.employee_id, d.created_by, d.created_at,
    d.catalog_id, d.id
from jml.delegation d
left join jml.catalog c on c.id = d.catalog_id
where ($1::text is null or d.role = $1)
    and ($2::text is null or d.delegated_role = $2)
    and ($3::text is null or c.display_name = $3 or c.id = jml.to_uuid($3))
    and ($4::text is null or d.employee_id = any (jml.ids_of($4)))
order by d.role, c.display_name nulls first, d.delegated_role, d.employee_id, d.id;

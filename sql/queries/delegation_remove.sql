-- SPDX-License-Identifier: MIT
-- jmlctl delegation remove: $1 id or PostgreSQL role, $2 delegated role, $3 catalog (name or id).
delete from jml.delegation d
where (d.id = jml.to_uuid($1::text) or d.role = $1::text)
    and ($2::text is null or d.delegated_role = $2)
    and ($3::text is null or d.catalog_id = jml.to_uuid($3)
        or d.catalog_id in (select c.id from jml.catalog c where c.display_name = $3))
returning d.id, d.role, d.delegated_role, d.catalog_id, d.employee_id;

-- SPDX-License-Identifier: MIT
-- jmlctl delegation add: $1 PostgreSQL role, $2 delegated role, $3 catalog id, $4 employee_id. known: is
-- there such a person?
insert into jml.delegation (role, delegated_role, catalog_id, employee_id)
values ($1::text, $2::text, $3::text::uuid, $4::text)
returning id, role, delegated_role, catalog_id, employee_id,
    $4::text is null
        or exists (select from jml.person p where p.employee_id = jml.current_id($4::text)) as known;

-- SPDX-License-Identifier: MIT
-- Access packages: $1 ids, $2 catalogs, $3 names, $4 descriptions, $5 hidden.
insert into jml.access_package (id, catalog_id, display_name, description, hidden)
select *
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::boolean[])
on conflict (id) do update
set catalog_id = excluded.catalog_id,
    display_name = excluded.display_name,
    description = excluded.description,
    hidden = excluded.hidden;

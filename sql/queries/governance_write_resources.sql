-- SPDX-License-Identifier: MIT
-- Resources: $1 ids, $2 catalogs, $3 names, $4 targets, $5 origins.
insert into jml.resource (id, catalog_id, display_name, target, origin)
select *
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[])
on conflict (id) do update
set catalog_id = excluded.catalog_id,
    display_name = excluded.display_name,
    target = excluded.target,
    origin = excluded.origin;

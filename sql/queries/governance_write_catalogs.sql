-- SPDX-License-Identifier: MIT
-- Catalogs that are new or changed: $1 ids, $2 names, $3 descriptions.
insert into jml.catalog (id, display_name, description)
select *
from unnest($1::uuid[], $2::text[], $3::text[])
on conflict (id) do update
set display_name = excluded.display_name,
    description = excluded.description;

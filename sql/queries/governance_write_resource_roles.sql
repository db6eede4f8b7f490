-- SPDX-License-Identifier: MIT
-- Resource roles: $1 ids, $2 resources, $3 names, $4 origins.
insert into jml.resource_role (id, resource_id, display_name, origin)
select *
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[])
on conflict (id) do update
set display_name = excluded.display_name,
    origin = excluded.origin;

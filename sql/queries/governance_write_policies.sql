-- SPDX-License-Identifier: MIT
-- Assignment policies: $1 ids, $2 packages, $3 names, $4 enabled, $5 documents.
insert into jml.assignment_policy (id, access_package_id, display_name, enabled, document)
select *
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::jsonb[])
on conflict (id) do update
set display_name = excluded.display_name,
    enabled = excluded.enabled,
    document = excluded.document;

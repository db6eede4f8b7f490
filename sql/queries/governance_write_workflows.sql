-- SPDX-License-Identifier: MIT
-- Workflows: $1 ids, $2 names, $3 descriptions, $4 categories, $5 enabled, $6 scheduling enabled,
-- $7 versions, $8 scheduled since, $9 documents.
insert into jml.workflow (id, display_name, description, category, enabled, scheduling_enabled,
    version, scheduled_since, document)
select *
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::boolean[],
    $7::integer[], $8::timestamptz[], $9::jsonb[])
on conflict (id) do update
set display_name = excluded.display_name,
    description = excluded.description,
    category = excluded.category,
    enabled = excluded.enabled,
    scheduling_enabled = excluded.scheduling_enabled,
    version = excluded.version,
    scheduled_since = excluded.scheduled_since,
    document = excluded.document,
    updated_at = jml.now();

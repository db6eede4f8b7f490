-- SPDX-License-Identifier: MIT
-- Targets and custom task extensions: $1 ids, $2 names, $3 kinds, $4 documents.
insert into jml.target (id, display_name, kind, document)
select *
from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[])
on conflict (id) do update
set display_name = excluded.display_name,
    kind = excluded.kind,
    document = excluded.document;

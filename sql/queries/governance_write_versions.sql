-- SPDX-License-Identifier: MIT
-- New versions of workflows: $1 workflows, $2 versions, $3 documents.
insert into jml.workflow_version (workflow_id, version, document)
select *
from unnest($1::uuid[], $2::integer[], $3::jsonb[]);

-- SPDX-License-Identifier: MIT
-- New versions of policies with automatic assignment: $1 policies, $2 since, $3 enabled, $4 documents.
insert into jml.assignment_policy_version (policy_id, since, enabled, document)
select *
from unnest($1::uuid[], $2::timestamptz[], $3::boolean[], $4::jsonb[]);

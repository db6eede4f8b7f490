-- SPDX-License-Identifier: MIT
-- Writes deliveries. One array a column.
INSERT INTO jml.delivery (id, assignment_id, person_id, resource_role_id, action, state, due_at, confirmed_at, created_at)
SELECT * FROM unnest($1::uuid[],
            $2::uuid[],
            $3::uuid[],
            $4::uuid[],
            $5::text[],
            $6::text[],
            $7::timestamptz[],
            $8::timestamptz[],
            $9::timestamptz[])

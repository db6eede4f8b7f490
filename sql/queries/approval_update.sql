-- SPDX-License-Identifier: MIT
-- Writes what became of decisions. One array a column.
UPDATE jml.approval t SET
    state = u.state,
    error = u.error,
    stage = u.stage
FROM unnest($1::uuid[],
            $2::text[],
            $3::text[],
            $4::int4[])
    u (id, state, error, stage)
WHERE t.id = u.id

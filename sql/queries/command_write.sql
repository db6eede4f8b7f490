-- SPDX-License-Identifier: MIT
-- Writes what became of commands. One array a column.
UPDATE jml.command t SET
    state = u.state,
    error = u.error,
    done_at = u.done_at
FROM unnest($1::uuid[],
            $2::text[],
            $3::text[],
            $4::timestamptz[])
    u (id, state, error, done_at)
WHERE t.id = u.id

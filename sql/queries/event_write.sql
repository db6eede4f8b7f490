-- SPDX-License-Identifier: MIT
-- Writes the fate of events. One array a column.
UPDATE jml.event t SET
    state = u.state,
    error = u.error,
    done_at = u.done_at
FROM unnest($1::int8[],
            $2::text[],
            $3::text[],
            $4::timestamptz[])
    u (id, state, error, done_at)
WHERE t.id = u.id

-- SPDX-License-Identifier: MIT
-- Writes what became of runs. One array a column.
UPDATE jml.run t SET
    version = u.version,
    state = u.state,
    due_at = u.due_at,
    known_at = u.known_at,
    effects = u.effects,
    cancel_cause = u.cancel_cause,
    started_at = u.started_at,
    completed_at = u.completed_at,
    reason = u.reason,
    withdrawn_at = u.withdrawn_at
FROM unnest($1::uuid[],
            $2::int4[],
            $3::text[],
            $4::timestamptz[],
            $5::timestamptz[],
            $6::jsonb[],
            $7::text[],
            $8::timestamptz[],
            $9::timestamptz[],
            $10::text[],
            $11::timestamptz[])
    u (id, version, state, due_at, known_at, effects, cancel_cause, started_at, completed_at, reason, withdrawn_at)
WHERE t.id = u.id

-- SPDX-License-Identifier: MIT
-- Writes what became of tasks that waited or failed. One array a column.
UPDATE jml.task_run t SET
    state = u.state,
    error = u.error,
    warning = u.warning,
    started_at = u.started_at,
    completed_at = u.completed_at
FROM unnest($1::uuid[],
            $2::int4[],
            $3::text[],
            $4::text[],
            $5::text[],
            $6::timestamptz[],
            $7::timestamptz[])
    u (run_id, position, state, error, warning, started_at, completed_at)
WHERE t.run_id = u.run_id AND t.position = u.position

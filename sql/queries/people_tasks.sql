-- SPDX-License-Identifier: MIT
-- The tasks of runs that wait or may be tried again.
-- $1 uuid[]: people
SELECT c.n::int4, t.run_id, t.position, t.task_definition_id, t.display_name, t.state, t.error,
       t.warning, t.started_at, t.completed_at
FROM unnest($1::uuid[]) WITH ORDINALITY c (id, n)
JOIN jml.run r ON r.person_id = c.id
    AND r.state IN ('held', 'inProgress', 'failed', 'completedWithErrors')
JOIN jml.task_run t ON t.run_id = r.id
ORDER BY c.n, t.run_id, t.position

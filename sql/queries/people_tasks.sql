-- SPDX-License-Identifier: MIT
-- The tasks of runs that wait, may be tried again or may come back.
-- $1 uuid[]: people
SELECT c.n::int4, t.run_id, t.position, t.task_definition_id, t.display_name, t.state, t.error,
       t.warning, t.started_at, t.completed_at
FROM unnest($1::uuid[]) WITH ORDINALITY c (id, n)
CROSS JOIN LATERAL (SELECT v.id FROM jml.run v
                    WHERE v.person_id = c.id
                      AND (v.state IN ('held', 'inProgress', 'failed', 'completedWithErrors')
                           OR (v.state = 'canceled' AND v.started_at IS NOT NULL)) OFFSET 0) r
CROSS JOIN LATERAL (SELECT v.* FROM jml.task_run v WHERE v.run_id = r.id OFFSET 0) t
ORDER BY c.n, t.run_id, t.position

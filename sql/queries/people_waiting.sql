-- SPDX-License-Identifier: MIT
-- How many people of the head of the queue, or with an alarm that rang, still wait (locked elsewhere).
-- $1 int4: at most this many
SELECT count(DISTINCT d.employee_id)
FROM (
    (SELECT q.employee_id FROM jml.queue q WHERE q.employee_id IS NOT NULL LIMIT $1::int4)
    UNION ALL
    (SELECT p.employee_id FROM jml.person p WHERE p.removal_at <= jml.now() AND p.held_at IS NULL
     LIMIT $1::int4)
    UNION ALL
    (SELECT p.employee_id FROM jml.person p WHERE p.due_at <= jml.now() LIMIT $1::int4)
) d

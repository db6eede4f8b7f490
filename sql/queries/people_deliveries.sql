-- SPDX-License-Identifier: MIT
-- What leads out of the record for the claimed people, and still matters: what is open, is of an assignment
-- that is not over (expired and revoked everywhere), or of a task that is not. In the order in which the
-- targets get it.
-- $1 uuid[]: people
SELECT c.n::int4, d.id, d.assignment_id, d.resource_role_id, d.action, d.target, d.seq, d.state, d.attempts,
       d.due_at, d.confirmed_at, d.error, d.run_id, d.position,
       CASE d.action WHEN 'setPassword' THEN d.arguments END
FROM unnest($1::uuid[]) WITH ORDINALITY c (id, n)
CROSS JOIN LATERAL (SELECT v.* FROM jml.delivery v WHERE v.person_id = c.id AND v.seq IS NOT NULL OFFSET 0) d
WHERE d.due_at IS NOT NULL
   OR EXISTS (SELECT FROM jml.assignment a
              WHERE a.id = d.assignment_id AND (a.state <> 'expired' OR a.revoked_at IS NULL))
   OR EXISTS (SELECT FROM jml.task_run t
              WHERE t.run_id = d.run_id AND t.position = d.position AND t.state = 'inProgress')
ORDER BY c.n, d.seq

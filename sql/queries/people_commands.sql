-- SPDX-License-Identifier: MIT
-- The commands about the claimed people.
-- $1 text[]: employee_ids
SELECT c.n::int4, m.id, m.kind, m.object_id, m.arguments, m.actor, m.created_at
FROM unnest($1::text[]) WITH ORDINALITY c (employee_id, n)
JOIN jml.queue q ON q.employee_id = c.employee_id AND q.kind <> 'event' AND q.kind = 'command'
JOIN jml.command m ON m.id = q.object_id AND m.state = 'pending'
ORDER BY c.n, m.created_at, m.id

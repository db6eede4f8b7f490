-- SPDX-License-Identifier: MIT
-- The commands about the claimed people.
-- $1 text[]: employee_ids
SELECT c.n::int4, m.id, m.kind, m.object_id, m.arguments, m.actor, m.created_at
FROM unnest($1::text[]) WITH ORDINALITY c (employee_id, n)
CROSS JOIN LATERAL (SELECT v.object_id FROM jml.queue v
                    WHERE v.employee_id = c.employee_id AND v.kind <> 'event' AND v.kind = 'command'
                    OFFSET 0) q
JOIN jml.command m ON m.id = q.object_id AND m.state = 'pending'
ORDER BY c.n, m.created_at, m.id

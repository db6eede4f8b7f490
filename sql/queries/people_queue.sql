-- SPDX-License-Identifier: MIT
-- The other rows of the queue about the claimed people: done with this batch. Whether there are decisions, and
-- results of deliveries (or somebody changed something by hand, perhaps there).
-- $1 text[]: employee_ids
SELECT c.n::int4, q.class, q.id, q.kind = 'approval',
       q.kind = 'delivery' OR (q.kind = 'wake' AND q.class = 1)
FROM unnest($1::text[]) WITH ORDINALITY c (employee_id, n)
CROSS JOIN LATERAL (SELECT v.class, v.id, v.kind FROM jml.queue v
                    WHERE v.employee_id = c.employee_id AND v.kind <> 'event' OFFSET 0) q

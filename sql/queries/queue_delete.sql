-- SPDX-License-Identifier: MIT
-- Takes rows from the queue that are done. Looked up one by one (OFFSET 0 keeps the planner from turning
-- it round): the plan may date from a moment when the queue was empty, and serve when it is long.
-- $1 int2[], $2 int8[]: class and id
DELETE FROM jml.queue d
WHERE d.ctid = ANY (ARRAY(
    SELECT x.ctid FROM unnest($1::int2[], $2::int8[]) u (class, id)
    CROSS JOIN LATERAL (SELECT q.ctid FROM jml.queue q
                        WHERE q.class = u.class AND q.id = u.id OFFSET 0) x))

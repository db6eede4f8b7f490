-- SPDX-License-Identifier: MIT
-- Takes rows from the queue that are done.
-- $1 int2[], $2 int8[]: class and id
DELETE FROM jml.queue q USING unnest($1::int2[], $2::int8[]) u (class, id)
WHERE q.class = u.class AND q.id = u.id

-- SPDX-License-Identifier: MIT
-- A claim found nobody: how many rows of the queue it looked at, and where they end. A full window whose
-- people others have locked may hide work behind it.
-- $1 int4: how many rows the claim looks at; $2, $3: its lower bounds of class 0 and 1
SELECT (SELECT count(*) FROM (SELECT FROM jml.queue q WHERE q.class = 0 AND q.id > $2::int8
                              ORDER BY q.id LIMIT $1::int4) w),
       (SELECT max(w.id) FROM (SELECT q.id FROM jml.queue q WHERE q.class = 0 AND q.id > $2::int8
                               ORDER BY q.id LIMIT $1::int4) w),
       (SELECT count(*) FROM (SELECT FROM jml.queue q WHERE q.class = 1 AND q.id > $3::int8
                              ORDER BY q.id LIMIT $1::int4) w),
       (SELECT max(w.id) FROM (SELECT q.id FROM jml.queue q WHERE q.class = 1 AND q.id > $3::int8
                               ORDER BY q.id LIMIT $1::int4) w)

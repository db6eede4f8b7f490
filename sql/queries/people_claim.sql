-- SPDX-License-Identifier: MIT
-- Claims due people: locks up to $1 of them, oldest work first, and leaves those that others have locked.
-- Class 0 leavers and due removals, 1 other work and the first alarms, 2 alarms, 3 roll-outs.
-- One by one, until there are enough: nobody is locked, or even read, beyond that.
-- NO KEY: an uncommitted row elsewhere that refers to the person does not hide it.
-- Queue rows under a former employee_id are those of who has it; where nobody has any, nobody asks.
-- $1 int4 people; $2, $3, $4 int8: queue rows up to here were gone the last time (a moving lower bound)
WITH waiting AS MATERIALIZED (
    (SELECT 0 AS class, q.id, q.employee_id FROM jml.queue q
     WHERE q.class = 0 AND q.id > $2::int8 ORDER BY q.id LIMIT 2 * $1::int4)
    UNION ALL
    (SELECT 1, q.id, q.employee_id FROM jml.queue q
     WHERE q.class = 1 AND q.id > $3::int8 ORDER BY q.id LIMIT 2 * $1::int4)
    UNION ALL
    (SELECT 3, q.id, q.employee_id FROM jml.queue q
     WHERE q.class = 3 AND q.id > $4::int8 ORDER BY q.id LIMIT ($1::int4 + 1) / 2)
), bounds AS (
    SELECT coalesce(min(w.id) FILTER (WHERE w.class = 0), 0) AS min0,
           coalesce(max(w.id) FILTER (WHERE w.class = 0), 0) AS max0,
           count(*) FILTER (WHERE w.class = 0) AS n0,
           coalesce(min(w.id) FILTER (WHERE w.class = 1), 0) AS min1,
           coalesce(max(w.id) FILTER (WHERE w.class = 1), 0) AS max1,
           count(*) FILTER (WHERE w.class = 1) AS n1,
           coalesce(min(w.id) FILTER (WHERE w.class = 3), 0) AS min3
    FROM waiting w
), due AS (
    SELECT w.class, w.id, w.employee_id FROM waiting w WHERE w.employee_id IS NOT NULL
    UNION ALL
    (SELECT 0, 0, p.employee_id FROM jml.person p
     WHERE p.removal_at <= jml.now() AND p.held_at IS NULL ORDER BY p.removal_at LIMIT $1::int4)
    UNION ALL
    (SELECT CASE WHEN row_number() OVER (ORDER BY p.due_at) <= $1::int4 / 8 + 1 THEN 1 ELSE 2 END, 0,
            p.employee_id FROM jml.person p
     WHERE p.due_at <= jml.now() ORDER BY p.due_at LIMIT $1::int4)
), candidate AS (
    SELECT d.employee_id, min(d.class::int8 << 60 | d.id) AS rank
    FROM (SELECT due.class, due.id,
                 coalesce(CASE WHEN (SELECT EXISTS (SELECT FROM jml.alias))
                               THEN (SELECT o.employee_id FROM jml.alias a JOIN jml.person o ON o.id = a.person_id
                                     WHERE a.alias = due.employee_id) END,
                          due.employee_id) AS employee_id
          FROM due) d
    GROUP BY d.employee_id
)
SELECT p.id, p.employee_id, p.state, p.updated_at IS NOT NULL, p.attributes, p.employments, p.zone,
       p.hired_at, p.leaves_at, p.due_at, p.removal_at, p.held_at, p.held_reason, p.created_at,
       b.min0, b.max0, b.n0, b.min1, b.max1, b.n1, b.min3,
       CASE WHEN (SELECT EXISTS (SELECT FROM jml.alias))
            THEN (SELECT string_agg(a.alias, E'\n' ORDER BY a.alias) FROM jml.alias a WHERE a.person_id = p.id)
            END,
       p.kind = 'external'
FROM (
    SELECT c.rank, v.*
    FROM (SELECT d.employee_id, d.rank FROM candidate d ORDER BY d.rank OFFSET 0) c
    CROSS JOIN LATERAL (SELECT l.* FROM jml.person l WHERE l.employee_id = c.employee_id
                        FOR NO KEY UPDATE SKIP LOCKED) v
    ORDER BY c.rank
    LIMIT $1::int4
) p
CROSS JOIN bounds b
ORDER BY p.rank

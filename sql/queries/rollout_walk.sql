-- SPDX-License-Identifier: MIT
-- Carries the oldest unfinished roll-out on: wakes the next people, in order of their ids, when those
-- woken before are nearly done. Skipped when another daemon is at it.
-- $1 int4: how many people
WITH r AS MATERIALIZED (
    SELECT r.id, r.cursor FROM jml.rollout r
    WHERE r.completed_at IS NULL
      AND (SELECT count(*) FROM (SELECT FROM jml.queue q WHERE q.class = 3 LIMIT $1::int4) q) < $1::int4
    ORDER BY r.created_at, r.id LIMIT 1
    FOR UPDATE SKIP LOCKED
), chunk AS MATERIALIZED (
    SELECT p.id, p.employee_id FROM r CROSS JOIN LATERAL (
        SELECT p.id, p.employee_id FROM jml.person p
        WHERE r.cursor IS NULL OR p.id > r.cursor ORDER BY p.id LIMIT $1::int4) p
), woken AS (
    INSERT INTO jml.queue (class, kind, employee_id) SELECT 3, 'wake', c.employee_id FROM chunk c
)
UPDATE jml.rollout t SET
    done = t.done + (SELECT count(*) FROM chunk),
    cursor = coalesce((SELECT c.id FROM chunk c ORDER BY c.id DESC LIMIT 1), t.cursor),
    completed_at = CASE WHEN (SELECT count(*) FROM chunk) < $1::int4 THEN clock_timestamp() END
FROM r WHERE t.id = r.id
RETURNING t.id, t.done, t.total, t.completed_at IS NOT NULL

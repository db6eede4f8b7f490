-- SPDX-License-Identifier: MIT
-- Carries unfinished roll-outs on: wakes the next people, in order of their ids, when those woken before
-- are nearly done. One walk serves all that were open when it began (their cursors are the same): each
-- person is looked at by the configuration as it is. What is ordered in the middle of a walk gets the
-- next one. Skipped when another daemon is at it.
-- $1 int4: how many people
WITH open AS MATERIALIZED (
    SELECT o.id, o.cursor, o.created_at FROM jml.rollout o
    WHERE o.completed_at IS NULL
      AND (SELECT count(*) FROM (SELECT FROM jml.queue q WHERE q.class = 3 LIMIT $1::int4) q) < $1::int4
    FOR UPDATE SKIP LOCKED
), walk AS MATERIALIZED (
    SELECT o.cursor FROM open o ORDER BY o.created_at, o.id LIMIT 1
), chunk AS MATERIALIZED (
    SELECT p.id, p.employee_id FROM walk w CROSS JOIN LATERAL (
        SELECT p.id, p.employee_id FROM jml.person p
        WHERE w.cursor IS NULL OR p.id > w.cursor ORDER BY p.id LIMIT $1::int4) p
), woken AS (
    INSERT INTO jml.queue (class, kind, employee_id) SELECT 3, 'wake', c.employee_id FROM chunk c
)
UPDATE jml.rollout t SET
    done = t.done + (SELECT count(*) FROM chunk),
    cursor = coalesce((SELECT c.id FROM chunk c ORDER BY c.id DESC LIMIT 1), t.cursor),
    completed_at = CASE WHEN (SELECT count(*) FROM chunk) < $1::int4 THEN clock_timestamp() END
FROM open o JOIN walk w ON o.cursor IS NOT DISTINCT FROM w.cursor
WHERE t.id = o.id
RETURNING t.id, t.done, t.total, t.completed_at IS NOT NULL

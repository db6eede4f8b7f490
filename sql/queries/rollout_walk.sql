-- SPDX-License-Identifier: MIT
-- Carries unfinished roll-outs on: wakes the next people, in order of their ids, when those woken before
-- are nearly done. One walk serves all that were open when it began (their cursors are the same): each
-- person is looked at by the configuration as it is. What is ordered in the middle of a walk gets the
-- next one. Other resource roles of packages concern those who hold them: of a walk for these alone, the
-- others are passed over, many at a time. Skipped when another daemon is at it.
-- $1 int4: how many people
WITH open AS MATERIALIZED (
    SELECT o.id, o.kind, o.object_id, o.cursor, o.created_at FROM jml.rollout o
    WHERE o.completed_at IS NULL
      AND (SELECT count(*) FROM (SELECT FROM jml.queue q WHERE q.class = 3 LIMIT $1::int4) q) < $1::int4
    FOR UPDATE SKIP LOCKED
), walk AS MATERIALIZED (
    SELECT o.cursor,
           (SELECT array_agg(p.object_id) FROM open p WHERE p.cursor IS NOT DISTINCT FROM o.cursor
            HAVING bool_and(p.kind = 'package')) AS packages
    FROM open o ORDER BY o.created_at, o.id LIMIT 1
), chunk AS MATERIALIZED (
    SELECT p.id, p.employee_id,
           w.packages IS NULL OR EXISTS (
               SELECT FROM jml.assignment a
               WHERE a.target_id = p.id AND a.state <> 'expired'
                 AND a.access_package_id = ANY (w.packages) OFFSET 0) AS concerned
    FROM walk w CROSS JOIN LATERAL (
        SELECT p.id, p.employee_id FROM jml.person p
        WHERE w.cursor IS NULL OR p.id > w.cursor ORDER BY p.id
        LIMIT CASE WHEN w.packages IS NULL THEN $1::int4 ELSE 20 * $1::int4 END) p
), taken AS MATERIALIZED (
    -- no more than are asked for: the cursor stays at the last of them
    SELECT c.id, c.employee_id, c.concerned
    FROM (SELECT c.*, count(*) FILTER (WHERE c.concerned) OVER (ORDER BY c.id) AS woken FROM chunk c) c
    WHERE c.woken <= $1::int4
), woken AS (
    INSERT INTO jml.queue (class, kind, employee_id)
    SELECT 3, 'wake', t.employee_id FROM taken t WHERE t.concerned
)
UPDATE jml.rollout t SET
    done = t.done + (SELECT count(*) FILTER (WHERE k.concerned) FROM taken k),
    cursor = coalesce((SELECT k.id FROM taken k ORDER BY k.id DESC LIMIT 1), t.cursor),
    completed_at = CASE WHEN (SELECT count(*) FROM chunk)
                             < CASE WHEN w.packages IS NULL THEN $1::int4 ELSE 20 * $1::int4 END
                         AND (SELECT count(*) FROM taken) = (SELECT count(*) FROM chunk)
                        THEN clock_timestamp() END
FROM open o JOIN walk w ON o.cursor IS NOT DISTINCT FROM w.cursor
WHERE t.id = o.id
RETURNING t.id, t.done, t.total, t.completed_at IS NOT NULL

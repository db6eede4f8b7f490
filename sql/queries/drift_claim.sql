-- SPDX-License-Identifier: MIT
-- Takes scans into hand, one of each target named that has none under way, with a lease; first makes those that
-- come by themselves: when the last is so old, or failed an hour ago. One row for each role of the target, one
-- at least. One row at least: empty when nothing was claimed.
-- $1 uuid: this daemon; $2 text[] targets; $3 uuid[] daemons that died; $4 int8 microseconds from one scan to the
-- next by itself, 0: never; $5 bool: whether those repair; $6 int8 microseconds of the lease
WITH place AS MATERIALIZED (
    SELECT t.display_name AS name, t.created_at
    FROM jml.target t
    WHERE t.display_name = ANY ($2::text[]) AND jml.target_is_listable(t.kind, t.document)
), due AS (
    INSERT INTO jml.drift_scan (target, repair, actor)
    SELECT p.name, $5::bool, 'jmld'
    FROM place p
    LEFT JOIN LATERAL (SELECT s.* FROM jml.drift_scan s WHERE s.target = p.name
                       ORDER BY s.created_at DESC LIMIT 1) s ON true
    WHERE $4::int8 > 0 AND s.due_at IS NULL
      AND jml.now() - coalesce(s.created_at, p.created_at)
          > CASE s.state WHEN 'failed' THEN least($4::int8, 3600000000) ELSE $4::int8 END * interval '1 microsecond'
    ON CONFLICT DO NOTHING
    RETURNING id
), candidate AS MATERIALIZED (
    SELECT v.id
    FROM place p
    CROSS JOIN LATERAL (
        SELECT s.id
        FROM jml.drift_scan s
        WHERE s.target = p.name AND s.due_at <= jml.now()
          AND NOT EXISTS (
              SELECT FROM jml.drift_scan o
              WHERE o.target = p.name AND o.due_at IS NOT NULL AND o.lease_by <> $1::uuid
                AND o.lease_until > clock_timestamp() AND o.lease_by <> ALL ($3::uuid[]))
        ORDER BY s.due_at, s.id
        LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED) v
), claimed AS (
    UPDATE jml.drift_scan s
    SET state = 'inProgress', lease_by = $1::uuid, passes = s.passes + 1,
        expected = 0, missing = 0, extra = 0,
        unread = 0, held_back = 0,
        lease_until = clock_timestamp() + $6::int8 * interval '1 microsecond'
    WHERE s.id = ANY (ARRAY(SELECT c.id FROM candidate c))
    RETURNING s.*
)
SELECT c.id, c.target, c.repair, c.max_changes, c.passes, r.id, r.resource || '/' || r.display_name,
       coalesce(r.resource_origin, '{}'), coalesce(r.origin, '{}'), n.made, r.former
FROM (SELECT count(*) AS made FROM due) n
LEFT JOIN claimed c ON true
LEFT JOIN LATERAL (
    SELECT o.id, o.display_name, o.origin, s.display_name AS resource,
           CASE WHEN o.former_of IS NULL THEN s.origin END AS resource_origin, o.former_of IS NOT NULL AS former
    FROM jml.resource s
    JOIN jml.resource_role o ON o.resource_id = s.id
    WHERE s.target = c.target) r ON true
ORDER BY c.target, r.former, 7, r.id

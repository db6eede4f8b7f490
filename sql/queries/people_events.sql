-- SPDX-License-Identifier: MIT
-- The events of the claimed people: their history, and at most 100 pending ones a person and about
-- 4 MB of pending payload a batch: of that the oldest of each person first, then the second of each, and
-- so on, so that nobody's backlog is in the way of others. Superseded ones belong to chains and come too,
-- and so do those that a command names.
-- $1 text[]: employee_ids
SELECT e.n, e.id, e.source, e.source_ref, e.employment, e.supersedes, e.kind, e.effective_at,
       e.effective_on, e.sequence, e.attributes, e.time_zone, e.state, e.done_at IS NOT NULL,
       e.received_at, e.error
FROM (
    SELECT p.*, sum(CASE WHEN p.state = 'pending' THEN pg_column_size(p.attributes) END)
                    OVER (ORDER BY p.nth, p.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM (
        SELECT c.n::int4 AS n, v.*,
               CASE WHEN v.state = 'pending' AND (m.named IS NULL OR v.id::text <> ALL (m.named))
                    THEN row_number() OVER (PARTITION BY c.n, v.state ORDER BY v.id) END AS nth
        FROM unnest($1::text[]) WITH ORDINALITY c (employee_id, n)
        CROSS JOIN LATERAL (SELECT array_agg(x.object_id) AS named
                            FROM jml.queue q JOIN jml.command x ON x.id = q.object_id
                            WHERE q.employee_id = c.employee_id AND q.kind <> 'event' AND q.kind = 'command'
                              AND x.state = 'pending' AND x.kind LIKE 'event\_%' OFFSET 0) m
        JOIN jml.event v ON v.employee_id = c.employee_id
    ) p
    WHERE p.nth IS NULL OR p.nth <= 100
) e
WHERE e.nth IS NULL OR e.before IS NULL OR e.before <= 4194304
ORDER BY e.n, e.id

-- SPDX-License-Identifier: MIT
-- The events of the claimed people: their history, and at most 100 pending ones a person and about
-- 4 MB of pending payload a batch. Superseded ones belong to chains and come too.
-- $1 text[]: employee_ids
SELECT e.n, e.id, e.source, e.source_ref, e.employment, e.supersedes, e.kind, e.effective_at,
       e.effective_on, e.sequence, e.attributes, e.time_zone, e.state, e.done_at IS NOT NULL,
       e.received_at, e.error
FROM (
    SELECT c.n::int4 AS n, v.*,
           CASE WHEN v.state = 'pending'
                THEN row_number() OVER (PARTITION BY c.n, v.state ORDER BY v.id) END AS nth,
           coalesce(sum(CASE WHEN v.state = 'pending' THEN pg_column_size(v.attributes) END)
               OVER (ORDER BY c.n, v.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM unnest($1::text[]) WITH ORDINALITY c (employee_id, n)
    JOIN jml.event v ON v.employee_id = c.employee_id
) e
WHERE e.state <> 'pending' OR (e.nth <= 100 AND e.before <= 4194304)
ORDER BY e.n, e.id

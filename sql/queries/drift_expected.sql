-- SPDX-License-Identifier: MIT
-- After a target was asked who has a role: whom assignments justify there, by the grant that brought it. Also
-- accounts of which nothing is drift (open): something is on its way, or was done while the target was asked, or
-- a task gave it, or took all groups or the account itself away after the grant.
-- An account is called what the target called it the last time, or by the employee id when it never said; that
-- of somebody for whom something is on its way may be known by no name yet (empty). Further columns: the role is
-- being given; it is not delivered; and that is not because the target was seen without it.
-- $1 text: target, $2 uuid[]: the roles that lead to one place there, $3 text: the snapshot before
WITH act AS MATERIALIZED (
    SELECT d.id, d.person_id, d.assignment_id, d.resource_role_id, d.action, d.state, d.error,
           d.seq, d.account, d.due_at IS NOT NULL AS open,
           coalesce(d.arguments ->> 'because' IN ('drift', 'merged', 'shared'), false) AS apart,
           d.due_at IS NOT NULL OR jml.changed_since(d.xmin, $3::text::pg_snapshot) AS moves
    FROM jml.delivery d
    WHERE d.target = $1::text AND d.resource_role_id = ANY ($2::uuid[]) AND d.seq IS NOT NULL
), whole AS MATERIALIZED (
    -- about the account as a whole
    SELECT d.person_id, bool_or(d.due_at IS NOT NULL OR jml.changed_since(d.xmin, $3::text::pg_snapshot)) AS moves,
           max(d.seq) FILTER (WHERE d.action IN ('revokeAll', 'deleteAccount')) AS taken
    FROM jml.delivery d
    WHERE d.target = $1::text AND d.resource_role_id IS NULL AND d.seq IS NOT NULL
    GROUP BY d.person_id
), moving AS MATERIALIZED (
    SELECT v.person_id, bool_or(v.gives) AS gives
    FROM (SELECT a.person_id, a.action = 'grant' AS gives FROM act a WHERE a.moves AND a.person_id IS NOT NULL
          UNION ALL
          SELECT w.person_id, false FROM whole w WHERE w.moves AND w.person_id IS NOT NULL) v
    GROUP BY v.person_id
), granted AS (
    SELECT DISTINCT ON (a.person_id, a.assignment_id, a.resource_role_id) a.*
    FROM act a
    WHERE a.action = 'grant' AND a.assignment_id IS NOT NULL AND a.person_id IS NOT NULL
    ORDER BY a.person_id, a.assignment_id, a.resource_role_id, a.seq DESC
), justified AS MATERIALIZED (
    SELECT g.id, g.person_id, m.person_id IS NOT NULL OR coalesce(w.taken > g.seq, false) AS is_open,
           g.state = 'failed' AS failed, g.state = 'failed' AND g.error NOT LIKE 'missing:%' AS known
    FROM granted g
    JOIN jml.assignment s ON s.id = g.assignment_id AND s.state <> 'expired' AND s.roles ? g.resource_role_id::text
    LEFT JOIN moving m ON m.person_id = g.person_id
    LEFT JOIN whole w ON w.person_id = g.person_id
    WHERE g.state IN ('delivered', 'failed')
), given AS (
    -- the last word of tasks
    SELECT t.person_id
    FROM (SELECT DISTINCT ON (a.person_id) a.person_id, a.action, a.state
          FROM act a
          WHERE a.assignment_id IS NULL AND a.person_id IS NOT NULL AND NOT a.apart
          ORDER BY a.person_id, a.seq DESC) t
    WHERE t.action = 'grant' AND t.state = 'delivered'
), everybody AS (
    SELECT j.id, j.person_id, j.is_open, j.failed, j.known FROM justified j
    UNION ALL
    SELECT NULL, o.person_id, true, false, false
    FROM (SELECT m.person_id FROM moving m UNION SELECT v.person_id FROM given v) o
    LEFT JOIN justified j ON j.person_id = o.person_id
    WHERE j.person_id IS NULL
), named AS MATERIALIZED (
    SELECT e.id, e.person_id, e.is_open, e.failed, e.known,
           (SELECT CASE WHEN x.action <> 'deleteAccount' THEN x.account END
            FROM jml.delivery x
            WHERE x.person_id = e.person_id AND x.seq IS NOT NULL AND x.target = $1::text
              AND CASE x.action WHEN 'deleteAccount' THEN x.state = 'removed' ELSE x.account IS NOT NULL END
              AND NOT coalesce(x.arguments ->> 'because' IN ('drift', 'merged', 'shared'), false)
            ORDER BY x.seq DESC LIMIT 1) AS account
    FROM everybody e
)
SELECT n.id, CASE WHEN n.account IS NOT NULL OR n.is_open THEN n.account
                  ELSE (SELECT p.employee_id FROM jml.person p WHERE p.id = n.person_id) END,
       n.is_open, coalesce(m.gives, false), n.failed, n.known
FROM named n
LEFT JOIN moving m ON m.person_id = n.person_id
UNION ALL
-- being removed already, and nobody's
SELECT NULL, a.account, true, false, false, false FROM act a WHERE a.person_id IS NULL AND a.moves

-- SPDX-License-Identifier: MIT
-- Replays the audit and compares with the tables. No row: every object is where its audit rows
-- lead, by steps that exist. Audit rows and objects pass in one stream, sorted once, each object
-- behind its own story; nothing is looked up row by row.
WITH stream AS (
    -- what is on record
    SELECT a.id, a.object_type, a.object_id, a.rule, a.from_state, a.to_state,
           CASE WHEN a.object_type IN ('person', 'run', 'request', 'assignment')
                     AND jsonb_typeof(a.detail) = 'object' THEN a.detail END AS facts,
           false AS is_object, false AS may_be_silent
    FROM jml.audit a
    UNION ALL
    -- what is there: the state, and the columns the audit speaks of; a row in its first state may
    -- have no story
    SELECT NULL, 'event', e.id::text, NULL, NULL, e.state, NULL, true, e.state = 'pending'
    FROM jml.event e
    UNION ALL
    SELECT NULL, 'person', p.id::text, NULL, NULL, p.state,
           jsonb_build_object('hired_at', jml.canonical(p.hired_at),
                              'leaves_at', jml.canonical(p.leaves_at),
                              'held_at', jml.canonical(p.held_at)),
           true, p.state = 'unknown'
    FROM jml.person p
    UNION ALL
    SELECT NULL, 'run', r.id::text, NULL, NULL, r.state,
           jsonb_build_object('due_at', jml.canonical(r.due_at), 'version', r.version), true, false
    FROM jml.run r
    UNION ALL
    SELECT NULL, 'task', t.run_id || '/' || t.position, NULL, NULL, t.state, NULL, true, false
    FROM jml.task_run t
    UNION ALL
    SELECT NULL, 'request', q.id::text, NULL, NULL, q.state,
           jsonb_build_object('starts_at', jml.canonical(q.starts_at),
                              'ends_at', jml.canonical(q.ends_at)),
           true, q.state = 'submitted'
    FROM jml.assignment_request q
    UNION ALL
    SELECT NULL, 'approval', v.id::text, NULL, NULL, v.state, NULL, true, v.state = 'pending'
    FROM jml.approval v
    UNION ALL
    SELECT NULL, 'assignment', a.id::text, NULL, NULL, a.state,
           jsonb_build_object('starts_at', jml.canonical(a.starts_at),
                              'ends_at', jml.canonical(a.ends_at),
                              'expired_at', jml.canonical(a.expired_at),
                              'revoked_at', jml.canonical(a.revoked_at),
                              'end_reason', a.end_reason),
           true, false
    FROM jml.assignment a
    UNION ALL
    SELECT NULL, 'delivery', d.id::text, NULL, NULL, d.state, NULL, true, false
    FROM jml.delivery d
    UNION ALL
    SELECT NULL, 'notification', n.id::text, NULL, NULL, n.state, NULL, true, false
    FROM jml.notification n
    UNION ALL
    SELECT NULL, 'command', c.id::text, NULL, NULL, c.state, NULL, true, c.state = 'pending'
    FROM jml.command c
    UNION ALL
    SELECT NULL, 'package', k.id::text, NULL, NULL,
           CASE WHEN k.deleted_at IS NULL THEN 'present' ELSE 'deleted' END, NULL, true, false
    FROM jml.access_package k
    UNION ALL
    SELECT NULL, 'policy', y.id::text, NULL, NULL, 'present', NULL, true, false
    FROM jml.assignment_policy y
    UNION ALL
    SELECT NULL, 'delegation', g.id::text, NULL, NULL, 'present', NULL, true, false
    FROM jml.delegation g
    UNION ALL
    SELECT NULL, 'workflow', w.id::text, NULL, NULL,
           CASE WHEN w.enabled THEN 'enabled' ELSE 'disabled' END, NULL, true, false
    FROM jml.workflow w
),
replay AS (
    SELECT s.*,
           lag(s.id) OVER story AS led_by,
           lag(s.to_state) OVER story AS led_to,
           lead(s.is_object) OVER story IS NULL AS is_end,
           jml.last_said(CASE WHEN NOT s.is_object THEN s.facts END) OVER story AS said
    -- the hash first: numbers sort several times faster than ids that begin alike
    FROM (SELECT *, hashtextextended(object_id, 0) AS hash FROM stream) AS s
    WINDOW story AS (PARTITION BY s.hash, s.object_id COLLATE "C", s.object_type COLLATE "C"
                     ORDER BY s.id NULLS LAST)
)
SELECT r.object_type, r.object_id, x.problem, coalesce(r.id, r.led_by) AS audit_id, x.expected, x.found
FROM replay r
LEFT JOIN jml.transition t ON t.rule = r.rule
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.led_to IS NULL THEN 'the story does not begin at its beginning'
                ELSE 'a step is missing before this one' END AS problem,
           r.led_to AS expected, r.from_state AS found
    WHERE NOT r.is_object AND r.from_state IS DISTINCT FROM r.led_to
    UNION ALL
    SELECT 'no rule allows this step', r.rule::text,
           coalesce(r.from_state, 'new') || ' -> ' || coalesce(r.to_state, 'gone')
    WHERE r.rule IS NOT NULL
      AND (t.machine, coalesce(t.from_state, 'new'), t.to_state)
          IS DISTINCT FROM (r.object_type, coalesce(r.from_state, 'new'), r.to_state)
    UNION ALL
    SELECT 'the object is gone', r.to_state, NULL
    WHERE NOT r.is_object AND r.is_end AND r.to_state IS NOT NULL
    UNION ALL
    SELECT CASE WHEN r.led_by IS NULL THEN 'the object has a state but no story'
                ELSE 'the state is not where the story ends' END,
           r.led_to, r.to_state
    WHERE r.is_object AND r.to_state IS DISTINCT FROM r.led_to
      AND NOT (r.led_by IS NULL AND r.may_be_silent)
    UNION ALL
    SELECT k.key || ' is not what was last said of it', r.said ->> k.key, k.value
    FROM jsonb_each_text(r.facts) AS k
    WHERE r.is_object AND r.said ? k.key AND (r.said ->> k.key) IS DISTINCT FROM k.value
      -- the same instant with other digits: 12:00:00Z, 12:00:00.5Z, 12:00:00.500000Z
      AND NOT coalesce(k.key LIKE '%\_at'
          AND rpad(replace(rtrim(r.said ->> k.key, 'Z'), '.', ''), 25, '0')
            = rpad(replace(rtrim(k.value, 'Z'), '.', ''), 25, '0'), false)
    UNION ALL
    SELECT 'ends_at was never said', NULL, r.facts ->> 'ends_at'
    WHERE r.is_object AND r.object_type = 'assignment' AND r.led_by IS NOT NULL
      AND NOT r.said ? 'ends_at' AND r.facts ->> 'ends_at' IS NOT NULL
) AS x
-- at first sight; most rows end here
WHERE CASE
    WHEN NOT r.is_object THEN
        r.from_state IS DISTINCT FROM r.led_to
        OR (r.is_end AND r.to_state IS NOT NULL)
        OR (r.rule IS NOT NULL
            AND (t.machine, coalesce(t.from_state, 'new'), t.to_state)
                IS DISTINCT FROM (r.object_type, coalesce(r.from_state, 'new'), r.to_state))
    ELSE
        r.to_state IS DISTINCT FROM r.led_to
        -- equal on the keys that both have
        OR (r.facts || r.said) <> (r.said || r.facts)
        OR (r.object_type = 'assignment' AND NOT r.said ? 'ends_at')
    END
ORDER BY object_type, object_id, audit_id

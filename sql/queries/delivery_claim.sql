-- SPDX-License-Identifier: MIT
-- Takes deliveries into hand: of each target named as many as are due and may go, oldest first, with a lease.
-- Order: of one account (person and target) one at a time, and what was ordered earlier first; but what takes
-- away waits for nothing else that gives, and what waits for its next attempt holds back what is about the same
-- role, and what gives while it is about the account as a whole. What is to be taken away again is not given
-- any more: it is closed as superseded. What somebody else has in hand is waited for.
-- A lease is real time. That of a daemon that died is none for the delivery itself, which may be done twice; what
-- else is about the account waits as long as a call may take: it may be under way at the target still.
-- Looked up one by one (OFFSET 0, arrays): the planner cannot know how few they are.
-- One row at least: the last column counts what was closed, the first is empty when nothing was claimed.
-- $1 uuid: this daemon; one of these each: $2 text[] targets, $3 int4[] at most so many, $4 int8[] microseconds
-- of the lease; $5 uuid[]: daemons that died; $6 int8[] microseconds that a call may take
WITH place AS MATERIALIZED (
    SELECT t.name, t.n, t.lease,
           -- a lease that ends after this began so lately that its call may be under way
           clock_timestamp() + (t.lease - t.calls) * interval '1 microsecond' AS fresh
    FROM unnest($2::text[], $3::int4[], $4::int8[], $6::int8[]) t (name, n, lease, calls)
), candidate AS MATERIALIZED (
    SELECT v.*,
           EXISTS (SELECT FROM jml.delivery e
                   WHERE e.person_id = v.person_id AND e.target = v.target AND e.due_at IS NOT NULL
                     AND e.seq > v.seq AND NOT coalesce(e.arguments ->> 'because' IN ('drift', 'merged'), false)
                     AND jml.delivery_supersedes(e.action, v.action, e.resource_role_id = v.resource_role_id)) AS doomed
    FROM place p
    CROSS JOIN LATERAL (
        SELECT d.id, d.person_id, d.target, d.seq, d.action, d.state, d.resource_role_id,
               coalesce(d.arguments ->> 'because' IN ('drift', 'merged'), false) AS apart,
               coalesce(d.lease_until > p.fresh, false) AS leased, p.fresh
        FROM jml.delivery d
        WHERE d.target = p.name AND d.due_at <= jml.now() AND d.seq IS NOT NULL
          AND d.state IN ('pending', 'removing')
          AND (d.lease_until > clock_timestamp() AND d.lease_by <> ALL ($5::uuid[])) IS NOT TRUE
          AND NOT EXISTS (
              SELECT FROM jml.delivery e
              WHERE e.person_id = d.person_id AND e.target = d.target AND e.due_at IS NOT NULL
                AND e.seq IS NOT NULL AND e.id <> d.id
                AND CASE
                    WHEN e.lease_until > clock_timestamp()
                         AND (e.lease_by <> ALL ($5::uuid[]) OR e.lease_until > p.fresh) THEN true
                    WHEN e.seq > d.seq OR e.arguments ->> 'because' = 'merged' THEN false -- the other account's
                    WHEN jml.delivery_supersedes(d.action, e.action, e.resource_role_id = d.resource_role_id)
                        THEN false
                    WHEN e.resource_role_id = d.resource_role_id THEN true
                    WHEN d.state = 'removing' AND e.state <> 'removing' THEN false
                    WHEN e.due_at <= jml.now() AND e.state <> 'inProgress' THEN true
                    ELSE d.state = 'pending' AND e.action NOT IN ('grant', 'revoke', 'call') END)
        ORDER BY d.due_at, d.seq
        LIMIT p.n
        FOR NO KEY UPDATE SKIP LOCKED) v
), given AS MATERIALIZED (
    SELECT g.id, g.state, c.id AS by_id
    FROM candidate c
    CROSS JOIN LATERAL (
        SELECT e.id, e.state
        FROM jml.delivery e
        WHERE e.person_id = c.person_id AND e.target = c.target AND e.due_at IS NOT NULL AND e.seq < c.seq
          AND jml.delivery_supersedes(c.action, e.action, e.resource_role_id = c.resource_role_id)
          AND (e.lease_until > clock_timestamp()
               AND (e.lease_by <> ALL ($5::uuid[]) OR e.lease_until > c.fresh)) IS NOT TRUE
        FOR NO KEY UPDATE SKIP LOCKED) g
    WHERE c.state = 'removing' AND NOT c.apart -- what is apart is about another account
), kept AS MATERIALIZED (
    -- what it closes it has locked: else somebody is just beginning that, and it waits
    SELECT c.*
    FROM candidate c
    WHERE NOT c.doomed
      AND (c.state <> 'removing' OR c.apart
           OR NOT EXISTS (
               SELECT FROM jml.delivery e
               WHERE e.person_id = c.person_id AND e.target = c.target AND e.due_at IS NOT NULL AND e.seq < c.seq
                 AND jml.delivery_supersedes(c.action, e.action, e.resource_role_id = c.resource_role_id)
                 AND NOT EXISTS (SELECT FROM given g WHERE g.id = e.id)))
), closed AS MATERIALIZED (
    SELECT g.id, g.state FROM given g JOIN kept k ON k.id = g.by_id
    UNION
    SELECT c.id, c.state FROM candidate c WHERE c.doomed AND NOT c.leased
), superseded AS (
    UPDATE jml.delivery d
    SET state = 'failed', due_at = NULL, lease_until = NULL, lease_by = NULL, token = NULL,
        error = 'superseded: taken away again before it was given'
    WHERE d.id = ANY (ARRAY(SELECT x.id FROM closed x))
    RETURNING d.id, d.person_id, d.run_id, (SELECT x.state FROM closed x WHERE x.id = d.id) AS was
), audited AS (
    INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state, to_state,
                           reason, run_id)
    SELECT jml.now(), 'jmld', 'delivery', s.id::text, s.person_id, p.employee_id,
           CASE s.was WHEN 'pending' THEN 608 ELSE 611 END, s.was, 'failed', 'superseded', s.run_id
    FROM superseded s
    LEFT JOIN jml.person p ON p.id = s.person_id
), told AS (
    INSERT INTO jml.queue (class, kind, employee_id, object_id)
    SELECT 1, 'delivery', p.employee_id, s.id
    FROM superseded s
    JOIN jml.person p ON p.id = s.person_id
), claimed AS (
    UPDATE jml.delivery d
    SET attempts = d.attempts + 1,
        lease_until = clock_timestamp()
            + (SELECT p.lease FROM place p WHERE p.name = d.target LIMIT 1) * interval '1 microsecond',
        lease_by = $1::uuid
    WHERE d.id = ANY (ARRAY(SELECT k.id FROM kept k))
    RETURNING d.*
)
SELECT c.id, c.target, c.action, c.attempts, c.person_id, c.assignment_id, c.run_id, coalesce(p.employee_id, ''),
       coalesce(p.attributes, '{}'), coalesce(CASE WHEN o.former_of IS NULL THEN s.origin END, '{}'),
       coalesce(o.origin, '{}'),
       coalesce(c.arguments, '{}'), c.created_at,
       y.account,
       jsonb_strip_nulls(jsonb_build_object(
           'target', c.target,
           'accessPackage', a.display_name, 'accessPackageId', a.access_package_id,
           'endsAt', jml.canonical(a.ends_at), 'resource', s.display_name, 'role', o.display_name,
           'workflow', r.display_name, 'workflowId', r.workflow_id, 'workflowVersion', r.version,
           'task', t.display_name, 'taskDefinitionId', t.task_definition_id, 'taskPosition', t.position,
           'manager', CASE WHEN m.employee_id IS NOT NULL THEN jsonb_build_object(
               'employeeId', m.employee_id, 'displayName', m.attributes -> 'displayName',
               'mail', m.attributes -> 'mail') END)),
       z.superseded,
       CASE WHEN y.shared THEN jml.account_is_shared(c.target, y.account, c.person_id)
            ELSE y.account IS NOT NULL AND jml.account_of_another(c.target, y.account,
                coalesce(c.person_id, '00000000-0000-0000-0000-000000000000')) > y.seq END
FROM (SELECT count(*) AS superseded FROM superseded) z
LEFT JOIN claimed c ON true
LEFT JOIN LATERAL (SELECT v.employee_id, v.attributes FROM jml.person v WHERE v.id = c.person_id OFFSET 0) p ON true
-- what the target called the account last; where two accounts are in question, the one that is meant
LEFT JOIN LATERAL (
    SELECT CASE WHEN x.action <> 'deleteAccount' THEN x.account END AS account, x.seq,
           coalesce(x.arguments ->> 'because' = 'shared', false) AS shared
    FROM jml.delivery x
    WHERE x.person_id = c.person_id AND x.seq IS NOT NULL AND x.target = c.target
      AND CASE x.action WHEN 'deleteAccount' THEN x.state = 'removed' ELSE x.account IS NOT NULL END
      AND NOT coalesce(x.arguments ->> 'because' IN ('drift', 'merged'), false)
    ORDER BY x.seq DESC LIMIT 1) l ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN v.apart THEN c.account ELSE l.account END AS account,
           CASE WHEN v.apart THEN c.seq ELSE l.seq END AS seq, NOT v.apart AND coalesce(l.shared, false) AS shared
    FROM (SELECT coalesce(c.arguments ->> 'because' IN ('drift', 'merged'), false) AS apart) v) y
LEFT JOIN LATERAL (SELECT v.employee_id, v.attributes FROM jml.person v
                   WHERE v.employee_id = jml.current_id(p.attributes ->> 'manager') OFFSET 0) m ON true
LEFT JOIN LATERAL (SELECT v.display_name, v.origin, v.resource_id, v.former_of FROM jml.resource_role v
                   WHERE v.id = c.resource_role_id OFFSET 0) o ON true
LEFT JOIN LATERAL (SELECT v.display_name, v.origin FROM jml.resource v WHERE v.id = o.resource_id OFFSET 0) s ON true
LEFT JOIN LATERAL (SELECT v.ends_at, v.access_package_id, k.display_name
                   FROM jml.assignment v LEFT JOIN jml.access_package k ON k.id = v.access_package_id
                   WHERE v.id = c.assignment_id OFFSET 0) a ON true
LEFT JOIN LATERAL (SELECT v.workflow_id, v.version, w.display_name
                   FROM jml.run v LEFT JOIN jml.workflow w ON w.id = v.workflow_id
                   WHERE v.id = c.run_id OFFSET 0) r ON true
LEFT JOIN LATERAL (SELECT v.display_name, v.task_definition_id, v.position FROM jml.task_run v
                   WHERE v.run_id = c.run_id AND v.position = c.position OFFSET 0) t ON true
ORDER BY c.seq

-- SPDX-License-Identifier: MIT
-- Writes what was found about one role, and has it mended as far as it may be: a grant that is not there any more
-- is not delivered; it is sent again, if the scan repairs. What is extra is removed by a delivery of its own.
-- Returns how many deliveries changed, and how many findings are new; nothing when the scan is in other hands.
-- $1 uuid: this daemon, $2 uuid: scan, $3 text: target, $4 uuid: role
-- $5 bool: act (the brake holds nothing back), $6 bool: send again, $7 bool: remove
-- one of these each: $8 uuid[] grants, $9 text[] accounts, of what is missing; $10 text[] accounts of what is extra
-- $11 int8 accounts expected, $12 int8 missing, $13 int8 extra, $14 text: why it could not be read (NULL: it was),
-- $15 text: what is said about what is held back (NULL: nothing is), $16 int8 microseconds of the lease
-- $17 uuid[] grants that have failed and are tried again, $18 uuid[] all roles that lead to the place
WITH scan AS (
    UPDATE jml.drift_scan s
    SET expected = s.expected + $11::int8, missing = s.missing + $12::int8, extra = s.extra + $13::int8,
        unread = s.unread + CASE WHEN $14::text IS NULL THEN 0 ELSE 1 END,
        held_back = s.held_back + CASE WHEN $15::text IS NULL THEN 0 ELSE 1 END,
        redelivered = s.redelivered + CASE WHEN $5::bool AND $6::bool THEN cardinality($8::uuid[]) ELSE 0 END,
        removed = s.removed + CASE WHEN $5::bool AND $7::bool THEN cardinality($10::text[]) ELSE 0 END,
        lease_until = clock_timestamp() + $16::int8 * interval '1 microsecond'
    WHERE s.id = $2::uuid AND s.lease_by = $1::uuid AND s.state = 'inProgress'
    RETURNING s.id
), lost AS MATERIALIZED (
    SELECT v.id, v.state, m.account
    FROM unnest($8::uuid[], $9::text[]) m (id, account)
    CROSS JOIN LATERAL (
        SELECT d.id, d.state FROM jml.delivery d
        WHERE d.id = m.id AND d.state IN ('delivered', 'failed') AND d.due_at IS NULL
        FOR NO KEY UPDATE) v
    WHERE $5::bool AND EXISTS (SELECT FROM scan) AND (v.state = 'delivered' OR $6::bool)
), changed AS (
    UPDATE jml.delivery d
    SET state = CASE WHEN $6::bool THEN 'pending' ELSE 'failed' END,
        due_at = CASE WHEN $6::bool THEN jml.now() END,
        asked_at = CASE WHEN $6::bool THEN jml.now() ELSE d.asked_at END,
        attempts = 0, confirmed_at = NULL, lease_until = NULL, lease_by = NULL,
        error = 'missing: the target does not have it any more'
    FROM lost l
    WHERE d.id = l.id
    RETURNING d.id, d.person_id, d.run_id, l.state AS was, d.state AS became
), retried AS (
    UPDATE jml.delivery d
    SET state = 'pending', due_at = jml.now(), asked_at = jml.now(), attempts = 0, lease_until = NULL, lease_by = NULL
    WHERE d.id = ANY ($17::uuid[]) AND d.state = 'failed' AND EXISTS (SELECT FROM scan)
      AND NOT EXISTS (SELECT FROM lost l WHERE l.id = d.id)
    RETURNING d.id, d.person_id, d.run_id
), whose AS MATERIALIZED (
    -- the last person that the target called so
    SELECT x.account, p.person_id
    FROM unnest($10::text[]) x (account)
    LEFT JOIN LATERAL (
        SELECT d.person_id FROM jml.delivery d
        WHERE d.target = $3::text AND d.account = x.account AND d.person_id IS NOT NULL
        ORDER BY d.seq DESC LIMIT 1) p ON true
), removed AS (
    INSERT INTO jml.delivery (person_id, resource_role_id, action, state, target, seq, account, arguments,
                              due_at, created_at)
    SELECT w.person_id, $4::uuid, 'revoke', 'removing', $3::text, nextval('jml.delivery_seq'), w.account,
           '{"because": "drift"}', jml.now(), jml.now()
    FROM whose w
    WHERE $5::bool AND $7::bool AND EXISTS (SELECT FROM scan)
    RETURNING id, person_id, account
), audited AS (
    INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state, to_state,
                           reason, detail, run_id)
    SELECT jml.now(), 'jmld', 'delivery', c.id::text, c.person_id, p.employee_id, c.rule, c.was, c.became, c.reason,
           jsonb_build_object('drift_scan', $2::uuid), c.run_id
    FROM (SELECT c.id, c.person_id, c.run_id, c.was, c.became,
                 CASE WHEN c.was = 'failed' THEN 614 WHEN c.became = 'pending' THEN 615 ELSE 616 END AS rule,
                 'drift: missing at the target' AS reason
          FROM changed c
          UNION ALL
          SELECT t.id, t.person_id, t.run_id, 'failed', 'pending', 614, 'drift: tried again' FROM retried t
          UNION ALL
          SELECT r.id, r.person_id, NULL, NULL, 'removing', 605, 'drift: nothing justifies it' FROM removed r) c
    LEFT JOIN jml.person p ON p.id = c.person_id
), told AS (
    INSERT INTO jml.queue (class, kind, employee_id, object_id)
    SELECT DISTINCT ON (p.id) 1, 'delivery', p.employee_id, c.id
    FROM (SELECT c.id, c.person_id FROM changed c UNION ALL SELECT t.id, t.person_id FROM retried t) c
    JOIN jml.person p ON p.id = c.person_id
), found AS MATERIALIZED (
    SELECT DISTINCT ON (f.kind, f.account) f.*
    FROM (SELECT 'missing' AS kind, m.account, d.person_id, m.id AS delivery_id,
                 CASE WHEN NOT $5::bool THEN 'heldBack' WHEN $6::bool THEN 'redelivered' ELSE 'reported' END AS action,
                 $15::text AS detail
          FROM unnest($8::uuid[], $9::text[]) m (id, account)
          JOIN jml.delivery d ON d.id = m.id
          UNION ALL
          SELECT 'extra', w.account, w.person_id, r.id,
                 CASE WHEN NOT $5::bool THEN 'heldBack' WHEN r.id IS NOT NULL THEN 'removed' ELSE 'reported' END,
                 $15::text
          FROM whose w
          LEFT JOIN removed r ON r.account = w.account
          UNION ALL
          SELECT 'unread', '', NULL, NULL, 'reported', $14::text WHERE $14::text IS NOT NULL) f
    WHERE EXISTS (SELECT FROM scan)
    ORDER BY f.kind, f.account, f.delivery_id
), kept AS (
    INSERT INTO jml.drift (target, resource_role_id, kind, account, person_id, delivery_id, action, detail, scan_id,
                           found_at, seen_at)
    SELECT $3::text, $4::uuid, f.kind, f.account, f.person_id, f.delivery_id, f.action, f.detail, $2::uuid, jml.now(),
           jml.now()
    FROM found f
    ON CONFLICT (target, resource_role_id, kind, account) DO UPDATE
    SET person_id = excluded.person_id, delivery_id = excluded.delivery_id, action = excluded.action,
        detail = excluded.detail, scan_id = excluded.scan_id, seen_at = excluded.seen_at
    RETURNING found_at = seen_at AS is_new
), gone AS (
    DELETE FROM jml.drift x
    WHERE x.target = $3::text AND x.resource_role_id = ANY ($18::uuid[]) AND EXISTS (SELECT FROM scan)
      AND ($14::text IS NULL OR x.kind = 'unread')
      -- what an earlier pass of this scan put right is shown with it
      AND NOT (x.scan_id = $2::uuid AND x.action IN ('redelivered', 'removed'))
      AND (x.resource_role_id <> $4::uuid
           OR (x.kind, x.account) NOT IN (SELECT f.kind, f.account FROM found f))
)
SELECT (SELECT count(*) FROM changed) + (SELECT count(*) FROM removed) + (SELECT count(*) FROM retried), (SELECT count(*) FROM kept k WHERE k.is_new)
FROM scan

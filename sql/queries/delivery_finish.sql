-- SPDX-License-Identifier: MIT
-- Writes what calls came to, as far as the delivery is still in the hand of this daemon, for this attempt. What
-- changed a state is audited, and its person put into the queue. Words of targets may hold what is personal:
-- they stay with the delivery.
-- $1 uuid: this daemon; one of these each: $2 uuid[] deliveries, $3 int4[] attempts, $4 text[] outcomes,
-- $5 text[] errors, $6 text[] what the account is called (NULL: as before), $7 int8[] microseconds until it is
-- tried again, or is waited for (< 0: for ever), $8 int8[] microseconds after which what gives is given up,
-- $9 text[] digests of what a call-back has to bring, $10 text[] names of the keys that passwords were made of
WITH said AS MATERIALIZED (
    SELECT u.*
    FROM unnest($2::uuid[], $3::int4[], $4::text[], $5::text[], $6::text[], $7::int8[], $8::int8[], $9::text[],
                $10::text[])
        u (id, attempts, outcome, error, account, delay, give_up, token, key)
), found AS MATERIALIZED (
    SELECT s.id, s.attempts, s.delay, s.give_up, s.token, s.key, d.state, coalesce(d.asked_at, d.created_at) AS since,
           -- who is called so may have another name by now: that is looked for first
           CASE WHEN d.shared AND s.attempts < 3 THEN 'later' WHEN d.shared THEN 'failed' ELSE s.outcome END AS outcome,
           CASE WHEN d.shared THEN 'shared_account: the target calls the account of somebody else so, too: '
                    || 'accountFilter or what names accounts has to tell people apart' ELSE s.error END AS error,
           s.account, d.shared
    FROM said s
    CROSS JOIN LATERAL (
        SELECT x.state, x.asked_at, x.created_at,
               s.account IS NOT NULL AND x.state = 'pending' AND s.outcome IN ('done', 'confirmed', 'waits')
               AND jml.account_is_shared(x.target, s.account, x.person_id) AS shared
        FROM jml.delivery x
        WHERE x.id = s.id AND x.lease_by = $1::uuid AND x.attempts = s.attempts AND x.state IN ('pending', 'removing')
        FOR NO KEY UPDATE) d
), decided AS MATERIALIZED (
    SELECT f.*,
           CASE WHEN f.outcome IN ('done', 'confirmed')
                    THEN CASE f.state WHEN 'removing' THEN 'removed' ELSE 'delivered' END
                WHEN f.state = 'removing' THEN 'removing'
                WHEN f.outcome = 'waits' THEN 'inProgress'
                WHEN f.outcome = 'failed' OR jml.now() - f.since > f.give_up * interval '1 microsecond' THEN 'failed'
                ELSE 'pending' END AS became
    FROM found f
), changed AS (
    UPDATE jml.delivery d
    SET state = n.became,
        due_at = CASE WHEN n.became IN ('delivered', 'removed', 'failed') THEN NULL
                      WHEN n.delay < 0 THEN 'infinity'
                      ELSE jml.now() + n.delay * interval '1 microsecond' END,
        lease_until = NULL,
        lease_by = NULL,
        confirmed_at = CASE n.outcome WHEN 'confirmed' THEN jml.now() WHEN 'done' THEN NULL ELSE d.confirmed_at END,
        error = n.error,
        account = coalesce(n.account, d.account),
        token = CASE WHEN n.became IN ('delivered', 'removed', 'failed') THEN NULL
                     WHEN n.outcome = 'waits' THEN n.token ELSE d.token END,
        -- an account that is somebody else's is not looked at when something is to be taken
        arguments = CASE WHEN n.shared THEN coalesce(d.arguments, '{}') || '{"because": "shared"}'
                         WHEN n.key IS NOT NULL
                         THEN coalesce(d.arguments, '{}') || jsonb_build_object('passwordKey', n.key)
                         ELSE d.arguments END
    FROM decided n
    WHERE d.id = n.id
    RETURNING d.id, d.person_id, d.target, d.account, n.shared AND d.attempts = 1 AS doubted, d.run_id, n.state AS was, n.became, n.outcome,
              CASE WHEN n.became = 'delivered' THEN 606 WHEN n.became = 'removed' THEN 612
                   WHEN n.became = 'failed' THEN 607 WHEN n.became = 'inProgress' THEN 609
                   WHEN n.outcome = 'waits' THEN 613 END AS rule
), audited AS (
    INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state, to_state,
                           reason, run_id)
    SELECT jml.now(), 'jmld', 'delivery', c.id::text, c.person_id, p.employee_id, c.rule, c.was, c.became,
           CASE WHEN c.outcome = 'confirmed' THEN 'confirmed by the target'
                WHEN c.became <> 'failed' THEN NULL
                WHEN c.outcome = 'failed' THEN 'refused by the target'
                ELSE 'given up' END, c.run_id
    FROM changed c
    LEFT JOIN jml.person p ON p.id = c.person_id
    WHERE c.rule IS NOT NULL
), again AS (
    UPDATE jml.delivery d
    SET state = 'pending', due_at = jml.now(), asked_at = jml.now(), attempts = 0, confirmed_at = NULL,
        error = 'shared_account: the target calls the account of somebody else so, too'
    FROM (SELECT DISTINCT ON (o.person_id) o.id
          FROM changed c
          JOIN jml.delivery o ON o.target = c.target AND o.account = c.account AND o.person_id <> c.person_id
              AND o.action = 'grant' AND o.state = 'delivered' AND o.seq IS NOT NULL
          JOIN jml.assignment a ON a.id = o.assignment_id AND a.state <> 'expired'
          WHERE c.doubted
          ORDER BY o.person_id, o.seq DESC) x
    WHERE d.id = x.id
    RETURNING d.id, d.person_id
), doubted AS (
    INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state, to_state,
                           reason)
    SELECT jml.now(), 'jmld', 'delivery', g.id::text, g.person_id, p.employee_id, 615, 'delivered', 'pending',
           'somebody else has an account of that name'
    FROM again g
    LEFT JOIN jml.person p ON p.id = g.person_id
), woken AS (
    INSERT INTO jml.queue (class, kind, employee_id, object_id)
    SELECT 1, 'delivery', p.employee_id, g.id FROM again g JOIN jml.person p ON p.id = g.person_id
), told AS (
    INSERT INTO jml.queue (class, kind, employee_id, object_id)
    SELECT DISTINCT ON (p.id) 1, 'delivery', p.employee_id, c.id
    FROM changed c
    JOIN jml.person p ON p.id = c.person_id
    WHERE c.became <> c.was
)
SELECT c.id, c.was, c.became, c.rule FROM changed c

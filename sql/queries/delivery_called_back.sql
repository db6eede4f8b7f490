-- SPDX-License-Identifier: MIT
-- Somebody says that what was accepted is done, or is not to be had. Returns what is made of it: taken,
-- forged (it does not bring what it has to), later (a call was begun, and what came of it is not written: it is
-- under way, at whichever daemon, or its daemon died), not_waiting (nothing is waited for, or not any more), unknown.
-- $1 uuid: the delivery, $2 text: hex SHA-256 of what was brought, $3 bool: whether it is done, $4 text: words
WITH found AS MATERIALIZED (
    SELECT d.id, d.state, d.due_at, d.token, d.attempts, d.error,
           coalesce(d.lease_until > clock_timestamp(), false) AS leased
    FROM jml.delivery d
    WHERE d.id = $1::uuid
    FOR NO KEY UPDATE
), verdict AS MATERIALIZED (
    SELECT f.id, f.state,
           CASE WHEN f.due_at IS NULL OR f.state NOT IN ('pending', 'inProgress', 'removing') THEN 'not_waiting'
                WHEN f.state <> 'pending' AND NOT f.leased AND f.error LIKE 'called_back:%' THEN 'not_waiting'
                WHEN f.leased THEN 'later'
                WHEN f.state IN ('inProgress', 'removing') AND f.token IS NOT NULL
                    THEN CASE f.token WHEN $2::text THEN 'taken' ELSE 'forged' END
                WHEN f.state IN ('pending', 'removing') AND f.attempts > 0 AND f.due_at < 'infinity' THEN 'later'
                ELSE 'not_waiting' END AS answer
    FROM found f
), changed AS (
    UPDATE jml.delivery d
    SET state = CASE v.state WHEN 'removing' THEN CASE WHEN $3::bool THEN 'removed' ELSE 'removing' END
                             ELSE CASE WHEN $3::bool THEN 'delivered' ELSE 'failed' END END,
        -- what takes away is never given up
        due_at = CASE WHEN v.state = 'removing' AND NOT $3::bool THEN jml.now() + interval '1 min' END,
        error = CASE WHEN $3::bool THEN NULL ELSE 'called_back: ' || coalesce($4::text, 'not done') END,
        token = NULL
    FROM verdict v
    WHERE d.id = v.id AND v.answer = 'taken'
    RETURNING d.id, d.person_id, d.run_id, v.state AS was, d.state
), audited AS (
    INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state, to_state,
                           reason, run_id)
    SELECT jml.now(), 'jmld', 'delivery', c.id::text, c.person_id, p.employee_id,
           CASE c.state WHEN 'delivered' THEN 610 WHEN 'failed' THEN 611 ELSE 612 END, c.was, c.state,
           'called back', c.run_id
    FROM changed c
    LEFT JOIN jml.person p ON p.id = c.person_id
    WHERE c.state <> c.was
), told AS (
    INSERT INTO jml.queue (class, kind, employee_id, object_id)
    SELECT 1, 'delivery', p.employee_id, c.id
    FROM changed c
    JOIN jml.person p ON p.id = c.person_id
    WHERE c.state <> c.was
)
SELECT coalesce((SELECT v.answer FROM verdict v), 'unknown')

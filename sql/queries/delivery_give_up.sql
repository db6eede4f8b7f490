-- SPDX-License-Identifier: MIT
-- What was to be given at targets that cannot be reached, and is older than is tried, has failed: nothing of
-- them is called that could. Returns how many.
-- One of these each: $1 text[] targets, $2 int8[] microseconds that are tried, $3 text[] why nothing is called
WITH late AS MATERIALIZED (
    SELECT v.id, t.error
    FROM unnest($1::text[], $2::int8[], $3::text[]) t (name, give_up, error)
    CROSS JOIN LATERAL (
        SELECT d.id FROM jml.delivery d
        WHERE d.target = t.name AND d.due_at IS NOT NULL AND d.seq IS NOT NULL AND d.state = 'pending'
          AND jml.now() - coalesce(d.asked_at, d.created_at) > t.give_up * interval '1 microsecond'
          AND (d.lease_until > clock_timestamp()) IS NOT TRUE
        LIMIT 500
        FOR NO KEY UPDATE SKIP LOCKED) v
), changed AS (
    UPDATE jml.delivery d
    SET state = 'failed', due_at = NULL, lease_until = NULL, lease_by = NULL, error = l.error
    FROM late l
    WHERE d.id = l.id
    RETURNING d.id, d.person_id, d.run_id
), audited AS (
    INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state, to_state,
                           reason, run_id)
    SELECT jml.now(), 'jmld', 'delivery', c.id::text, c.person_id, p.employee_id, 607, 'pending', 'failed',
           'given up', c.run_id
    FROM changed c
    LEFT JOIN jml.person p ON p.id = c.person_id
), told AS (
    INSERT INTO jml.queue (class, kind, employee_id, object_id)
    SELECT DISTINCT ON (p.id) 1, 'delivery', p.employee_id, c.id
    FROM changed c
    JOIN jml.person p ON p.id = c.person_id
)
SELECT count(*) FROM changed

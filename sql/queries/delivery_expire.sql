-- SPDX-License-Identifier: MIT
-- What waited for a call-back that did not come in time has failed. Returns how many.
WITH late AS MATERIALIZED (
    SELECT d.id FROM jml.delivery d
    WHERE (d.state = 'inProgress' OR d.state = 'removing' AND d.due_at = 'infinity') AND d.due_at <= jml.now()
    ORDER BY d.due_at LIMIT 500
    FOR NO KEY UPDATE SKIP LOCKED
), changed AS (
    UPDATE jml.delivery d
    SET state = 'failed', due_at = NULL, token = NULL, error = 'no_answer: nobody said in time that it is done'
    FROM late l
    WHERE d.id = l.id
    RETURNING d.id, d.person_id, d.run_id, d.error
), audited AS (
    INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state, to_state,
                           reason, run_id)
    SELECT jml.now(), 'jmld', 'delivery', c.id::text, c.person_id, p.employee_id, 611, 'inProgress', 'failed',
           c.error, c.run_id
    FROM changed c
    LEFT JOIN jml.person p ON p.id = c.person_id
), told AS (
    INSERT INTO jml.queue (class, kind, employee_id, object_id)
    SELECT DISTINCT ON (p.id) 1, 'delivery', p.employee_id, c.id
    FROM changed c
    JOIN jml.person p ON p.id = c.person_id
)
SELECT count(*) FROM changed

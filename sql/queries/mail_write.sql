-- SPDX-License-Identifier: MIT
-- What became of mails, with its audit rows. One that was refused for good goes to the manager of whom it
-- was for, once. One array a column: $1 id; $2 outcome: sent, failed, dropped, retry (after a delay), away
-- (the server was: that counts for nothing); $3 error; $4 its code, for the audit; $5 delay in
-- microseconds; $6 addresses that have it, a line each
WITH result AS (
    SELECT u.*
    FROM unnest($1::uuid[],
                $2::text[],
                $3::text[],
                $4::text[],
                $5::int8[],
                $6::text[])
        u (id, outcome, error, code, delay, taken)
), changed AS (
    UPDATE jml.notification n
    SET state = CASE WHEN r.outcome IN ('sent', 'failed', 'dropped') THEN r.outcome ELSE n.state END,
        sent_at = CASE WHEN r.outcome = 'sent' THEN jml.now() ELSE n.sent_at END,
        due_at = CASE WHEN r.outcome = 'retry'
                      THEN jml.now() + r.delay * interval '1 microsecond' ELSE n.due_at END,
        attempts = CASE WHEN r.outcome = 'away' THEN greatest(n.attempts - 1, 0) ELSE n.attempts END,
        error = r.error,
        lease_until = CASE WHEN r.outcome = 'away' THEN clock_timestamp() END,
        taken = coalesce(string_to_array(r.taken, E'\n'), '{}')
    FROM result r
    WHERE n.id = r.id AND n.state = 'pending'
    RETURNING n.*, r.outcome, r.code
), fallback AS (
    INSERT INTO jml.notification (id, kind, person_id, assignment_id, request_id, run_id, recipient,
                                  recipient_id, subject, body, state, due_at, created_at, dedup_key,
                                  locale, parameters, digest_on)
    SELECT gen_random_uuid(), c.kind, c.person_id, c.assignment_id, c.request_id, c.run_id,
           m.attributes ->> 'mail', m.employee_id, c.subject,
           format(E'This mail could not be delivered to %s. It goes to you as the manager.\n\n%s', w.who,
                  c.body),
           'pending', jml.now(), jml.now(), coalesce(c.dedup_key, c.id::text) || ':manager', c.locale,
           CASE WHEN c.parameters IS NOT NULL
                THEN c.parameters || jsonb_build_object('meantFor', w.who) END,
           c.digest_on
    FROM changed c
    LEFT JOIN jml.person p ON p.id = c.person_id
    LEFT JOIN jml.person r ON r.employee_id = jml.current_id(c.recipient_id)
    JOIN jml.person m ON m.employee_id =
        jml.current_id(coalesce(r.attributes ->> 'manager', p.attributes ->> 'manager'))
    CROSS JOIN LATERAL (
        SELECT concat_ws(' ', r.attributes ->> 'displayName', '(' || c.recipient || ')') AS who
    ) w
    -- a password is for the one that was named
    WHERE c.outcome = 'failed' AND c.kind <> 'access_pass' AND c.code IS DISTINCT FROM 'key_changed' AND coalesce(c.dedup_key, '') NOT LIKE '%:manager'
      AND m.attributes ->> 'mail' <> c.recipient AND m.attributes ->> 'mail' LIKE '%_@_%'
    ON CONFLICT (dedup_key) DO NOTHING
    RETURNING id, kind, person_id, run_id, request_id
), said AS (
    INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state,
                           to_state, reason, detail, run_id, request_id)
    SELECT jml.now(), 'jmld', 'notification', s.id::text, s.person_id, p.employee_id, s.rule,
           s.from_state, s.to_state, s.reason, jsonb_build_object('kind', s.kind), s.run_id,
           s.request_id
    FROM (
        SELECT c.id, c.person_id, c.run_id, c.request_id, c.kind, c.code AS reason,
               CASE c.outcome WHEN 'sent' THEN 704 WHEN 'failed' THEN 705 ELSE 706 END AS rule,
               'pending' AS from_state, c.outcome AS to_state
        FROM changed c
        WHERE c.outcome IN ('sent', 'failed', 'dropped')
        UNION ALL
        SELECT f.id, f.person_id, f.run_id, f.request_id, f.kind,
               'could not be delivered, goes to the manager', 701, NULL, 'pending'
        FROM fallback f
    ) s
    LEFT JOIN jml.person p ON p.id = s.person_id
)
SELECT c.id, c.outcome, p.employee_id, c.code
FROM changed c
LEFT JOIN jml.person p ON p.id = c.person_id
WHERE c.outcome IN ('sent', 'failed', 'dropped')

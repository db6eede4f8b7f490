-- SPDX-License-Identifier: MIT
-- Takes due mails in hand: counts the attempt and holds them for a while, committed before anything is
-- sent. $1 int4 how many; $2 int4 seconds that a transaction with the mail server may take; $3 int8
-- microseconds after which a mail is too old
WITH due AS (
    SELECT n.id
    FROM jml.notification n
    WHERE n.state = 'pending' AND n.due_at <= jml.now()
      AND (n.lease_until IS NULL OR n.lease_until < clock_timestamp())
    ORDER BY n.due_at
    LIMIT $1::int4
    FOR NO KEY UPDATE SKIP LOCKED
), held AS (
    UPDATE jml.notification n
    SET attempts = n.attempts + 1,
        lease_until = clock_timestamp() + make_interval(secs => 10 + $2::int4
            * (1 + coalesce(array_length(string_to_array(n.cc, ','), 1), 0)))
    FROM due
    WHERE n.id = due.id
    RETURNING n.*
)
SELECT h.id, h.kind, h.recipient, c.addresses, h.subject, h.body, h.attempts,
       coalesce(h.dedup_key, h.id::text), array_to_string(h.taken, E'\n'),
       coalesce(h.locale, r.attributes ->> 'preferredLanguage'), h.parameters, p.attributes,
       p.employee_id, m.attributes ->> 'displayName', m.attributes ->> 'mail',
       r.attributes ->> 'displayName',
       h.due_at < jml.now() - $3::int8 * interval '1 microsecond'
FROM held h
LEFT JOIN jml.person p ON p.id = h.person_id
LEFT JOIN jml.person m ON m.employee_id = jml.current_id(p.attributes ->> 'manager')
LEFT JOIN jml.person r ON r.employee_id = jml.current_id(h.recipient_id)
-- tasks name people in copy by address, or by id
LEFT JOIN LATERAL (
    SELECT string_agg(coalesce(CASE WHEN s.word !~ '@' THEN x.attributes ->> 'mail' END, s.word),
                      E'\n' ORDER BY s.place) AS addresses
    FROM (SELECT btrim(w.word) AS word, w.place
          FROM string_to_table(h.cc, ',') WITH ORDINALITY AS w (word, place)) s
    LEFT JOIN jml.person x ON x.employee_id = jml.current_id(s.word) OR x.id = jml.to_uuid(s.word)
    WHERE s.word <> ''
) c ON true
ORDER BY h.due_at, h.id

-- SPDX-License-Identifier: MIT
-- Takes due mails in hand: counts the attempt and holds them for a while, committed before anything is
-- sent. Those of one digest come together: the first of them is looked for, and whoever has locked it takes the
-- others as well. What was in hand when the server was lost comes last: perhaps it was lost because of that one.
-- $1 int4 how many messages; $2 int4 seconds that a transaction with the mail server may take;
-- $3 int8 microseconds after which a mail is too old; $4 text[] kinds that wait for a digest (see mail_put_off)
WITH fresh AS MATERIALIZED (
    SELECT n.id, n.recipient, n.cc, n.digest_on, n.due_at
    FROM jml.notification n
    WHERE n.state = 'pending' AND n.due_at <= jml.now() AND n.lease_until IS NULL
      AND (n.digest_on IS NOT NULL OR n.attempts > 0 OR n.kind <> ALL ($4::text[])
           OR n.dedup_key LIKE '%:manager')
      AND (n.digest_on IS NULL
           OR NOT EXISTS (
               SELECT FROM jml.notification e
               WHERE e.recipient = n.recipient AND e.digest_on = n.digest_on AND e.id < n.id
                 AND e.cc IS NOT DISTINCT FROM n.cc AND e.state = 'pending' AND e.due_at <= jml.now()
                 AND (e.lease_until IS NULL OR e.lease_until < clock_timestamp())))
    ORDER BY n.due_at
    LIMIT $1::int4
    FOR NO KEY UPDATE SKIP LOCKED
), tried AS MATERIALIZED (
    SELECT n.id, n.recipient, n.cc, n.digest_on, n.due_at
    FROM jml.notification n
    WHERE n.state = 'pending' AND n.due_at <= jml.now() AND n.lease_until < clock_timestamp()
      AND (n.digest_on IS NOT NULL OR n.attempts > 0 OR n.kind <> ALL ($4::text[])
           OR n.dedup_key LIKE '%:manager')
      AND (n.digest_on IS NULL
           OR NOT EXISTS (
               SELECT FROM jml.notification e
               WHERE e.recipient = n.recipient AND e.digest_on = n.digest_on AND e.id < n.id
                 AND e.cc IS NOT DISTINCT FROM n.cc AND e.state = 'pending' AND e.due_at <= jml.now()
                 AND (e.lease_until IS NULL OR e.lease_until < clock_timestamp())))
    ORDER BY n.lease_until
    LIMIT $1::int4 - (SELECT count(*) FROM fresh)
    FOR NO KEY UPDATE SKIP LOCKED
), due AS (
    SELECT f.* FROM fresh f UNION ALL SELECT t.* FROM tried t
), taken AS MATERIALIZED (
    SELECT d.id, d.id AS first, d.due_at FROM due d
    UNION ALL
    SELECT o.id, d.id, d.due_at
    FROM due d
    CROSS JOIN LATERAL (
        SELECT e.id
        FROM jml.notification e
        WHERE e.recipient = d.recipient AND e.digest_on = d.digest_on AND e.id <> d.id
          AND e.cc IS NOT DISTINCT FROM d.cc AND e.state = 'pending' AND e.due_at <= jml.now()
          AND (e.lease_until IS NULL OR e.lease_until < clock_timestamp())
        ORDER BY e.id
        LIMIT 99
        FOR NO KEY UPDATE) o
), held AS (
    UPDATE jml.notification n
    SET attempts = n.attempts + 1,
        lease_until = clock_timestamp() + make_interval(secs => 10 + $2::int4
            * (1 + coalesce(array_length(string_to_array(n.cc, ','), 1), 0)))
    FROM taken
    WHERE n.id = taken.id
    RETURNING n.*, taken.first, taken.due_at AS first_due_at
)
SELECT h.id, h.kind, h.recipient, c.addresses, h.subject, h.body, h.attempts,
       coalesce(h.dedup_key, h.id::text), array_to_string(h.taken, E'\n'),
       coalesce(h.locale, r.attributes ->> 'preferredLanguage'), h.parameters, p.attributes,
       p.employee_id, m.attributes ->> 'displayName', m.attributes ->> 'mail',
       r.attributes ->> 'displayName',
       h.due_at < jml.now() - $3::int8 * interval '1 microsecond', h.first
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
ORDER BY h.first_due_at, h.first, h.created_at, h.id

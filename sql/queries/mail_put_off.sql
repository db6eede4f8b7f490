-- SPDX-License-Identifier: MIT
-- Puts mails off until the next digest of whom they go to, by the clock of that zone. Those that were tried
-- already, and those that went to somebody else first, do not wait any more. $1 text[] kinds; $2 text time of
-- day
UPDATE jml.notification n
SET digest_on = p.day, due_at = (p.day + $2::text::time) AT TIME ZONE p.zone
FROM (
    SELECT w.id, z.zone, l.local::date + CASE WHEN l.local::time < $2::text::time THEN 0 ELSE 1 END AS day
    FROM (
        SELECT v.id, v.due_at, v.recipient_id
        FROM jml.notification v
        WHERE v.state = 'pending' AND v.due_at <= jml.now() AND v.digest_on IS NULL AND v.attempts = 0
          AND v.kind = ANY ($1::text[]) AND v.lease_until IS NULL AND v.recipient IS NOT NULL
          AND coalesce(v.dedup_key, '') NOT LIKE '%:manager'
        ORDER BY v.due_at
        LIMIT 5000
        FOR NO KEY UPDATE SKIP LOCKED) w
    LEFT JOIN jml.person r ON r.employee_id = jml.current_id(w.recipient_id)
    CROSS JOIN LATERAL (SELECT coalesce(r.zone, jml.default_time_zone()) AS zone) z
    CROSS JOIN LATERAL (SELECT w.due_at AT TIME ZONE z.zone AS local) l
) p
WHERE n.id = p.id

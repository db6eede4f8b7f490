-- SPDX-License-Identifier: MIT
-- Queues reminders of tickets that are still open: one a ticket, recipient and period, counted from when it was
-- made or asked for anew, and only of the period that runs. Returns how many.
-- One of these each: $1 text[] manual targets, $2 int8[] microseconds of the period, $3 text[] whom to remind:
-- addresses or employee_ids, one a line
WITH place AS (
    SELECT p.name, p.span, btrim(w.word) AS word
    FROM unnest($1::text[], $2::int8[], $3::text[]) p (name, span, words)
    CROSS JOIN LATERAL string_to_table(p.words, E'\n') w (word)
    WHERE btrim(w.word) <> ''
), old AS (
    SELECT DISTINCT ON (x.dedup_key) x.*
    FROM (
        SELECT d.id AS delivery_id, d.person_id, d.assignment_id, d.run_id, d.target, d.action, d.resource_role_id,
               d.state, t.since, p.word,
               floor(extract(epoch FROM jml.now() - t.since) * 1000000 / p.span)::bigint AS periods,
               'ticket_reminder:' || d.id || ':' || p.word || ':' || jml.canonical(t.since
                   + floor(extract(epoch FROM jml.now() - t.since) * 1000000 / p.span)::bigint * p.span
                       * interval '1 microsecond') AS dedup_key
        FROM place p
        JOIN jml.delivery d ON d.target = p.name AND d.due_at = 'infinity'
            AND (d.state = 'inProgress' OR d.state = 'removing' AND d.due_at = 'infinity')
        CROSS JOIN LATERAL (SELECT coalesce(d.asked_at, d.created_at) AS since) t) x
    WHERE x.periods > 0 AND NOT EXISTS (SELECT FROM jml.notification n WHERE n.dedup_key = x.dedup_key)
    LIMIT 500
), told AS (
    SELECT o.*,
           CASE WHEN o.word ~ '@' THEN o.word ELSE nullif(m.attributes ->> 'mail', '') END AS recipient,
           CASE WHEN o.word !~ '@' THEN coalesce(m.employee_id, o.word) END AS recipient_id,
           p.employee_id, k.display_name AS package, k.id AS package_id,
           s.display_name AS resource, r.display_name AS role,
           coalesce(p.attributes ->> 'displayName' || ' (' || p.employee_id || ')', p.employee_id, 'nobody') AS who,
           concat_ws(' ', o.action, s.display_name || '/' || r.display_name) AS what,
           to_char(o.since AT TIME ZONE coalesce(p.zone, jml.default_time_zone()), 'YYYY-MM-DD') AS since_on,
           (SELECT t.document #>> '{settings,instructions}' FROM jml.target t WHERE t.display_name = o.target)
               AS instructions,
           'jmlctl delivery done ' || o.delivery_id
               || CASE o.state WHEN 'inProgress'
                   THEN E'\njmlctl delivery fail ' || o.delivery_id || ' --reason TEXT' ELSE '' END AS command
    FROM old o
    LEFT JOIN jml.person p ON p.id = o.person_id
    LEFT JOIN jml.person m ON o.word !~ '@' AND m.employee_id = jml.current_id(o.word)
    LEFT JOIN jml.resource_role r ON r.id = o.resource_role_id
    LEFT JOIN jml.resource s ON s.id = r.resource_id
    LEFT JOIN jml.assignment a ON a.id = o.assignment_id
    LEFT JOIN jml.access_package k ON k.id = a.access_package_id
), queued AS (
    INSERT INTO jml.notification (id, kind, person_id, assignment_id, run_id, recipient, recipient_id, subject, body,
                                  state, due_at, created_at, error, dedup_key, parameters)
    SELECT gen_random_uuid(), 'ticket_reminder', t.person_id, t.assignment_id, t.run_id, t.recipient, t.recipient_id,
           format('Ticket of %s still open: %s for %s', t.target, t.what, t.who),
           concat_ws(E'\n', format('Since %s a ticket of %s waits to be closed: %s for %s.',
                                   t.since_on, t.target, t.what, t.who),
                     t.instructions, '', t.command, ''),
           CASE WHEN t.recipient IS NULL THEN 'failed' ELSE 'pending' END, jml.now(), jml.now(),
           CASE WHEN t.recipient IS NULL THEN format('no_recipient: ''%s'' has no mail address', t.word) END,
           t.dedup_key,
           jsonb_strip_nulls(jsonb_build_object(
               'accessPackage', t.package, 'accessPackageId', t.package_id, 'assignmentId', t.assignment_id,
               'target', t.who, 'deliveryId', t.delivery_id, 'deliveryTarget', t.target, 'action', t.action,
               'resource', t.resource, 'role', t.role, 'waitsSince', t.since_on,
               'instructions', t.instructions, 'command', t.command))
    FROM told t
    ON CONFLICT (dedup_key) DO NOTHING
    RETURNING id, person_id, run_id, state, error, recipient_id, parameters
), audited AS (
    INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state, to_state,
                           reason, detail, run_id)
    SELECT jml.now(), 'jmld', 'notification', q.id::text, q.person_id,
           (SELECT p.employee_id FROM jml.person p WHERE p.id = q.person_id),
           CASE q.state WHEN 'pending' THEN 701 ELSE 702 END, NULL, q.state, split_part(q.error, ':', 1),
           jsonb_strip_nulls(jsonb_build_object('kind', 'ticket_reminder', 'to', q.recipient_id,
                                                'delivery', q.parameters ->> 'deliveryId')),
           q.run_id
    FROM queued q
)
SELECT count(*) FROM queued

-- SPDX-License-Identifier: MIT
-- Mails that go out: what templates need, the lease of a mail in hand, and the commands of operators.

SET LOCAL ROLE jml_owner;

ALTER TABLE jml.notification
    ADD COLUMN recipient_id text,
    ADD COLUMN locale       text,
    ADD COLUMN parameters   jsonb
        CONSTRAINT notification_parameters_object CHECK (jsonb_typeof(parameters) = 'object'),
    ADD COLUMN lease_until  timestamptz,
    ADD COLUMN taken        text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN jml.notification.recipient_id IS 'employee_id of whom it goes to, where that is known';
COMMENT ON COLUMN jml.notification.locale IS 'Language that the task asks for; empty: that of the recipient';
COMMENT ON COLUMN jml.notification.parameters IS
    'What templates may tell: accessPackage, endsOn, ...; customSubject and customBody as the task has them. '
    'Empty: subject and body count as they are';
COMMENT ON COLUMN jml.notification.lease_until IS 'Until when a daemon has it in hand (real time)';
COMMENT ON COLUMN jml.notification.taken IS 'Addresses that a server has taken it for';

-- notification_retry and notification_drop are carried out as they are given: they touch no person, and
-- what is in a daemon's hand is left alone. The trigger comes after "complete", which lets kinds that it
-- does not know pass.
ALTER TABLE jml.command DROP CONSTRAINT command_kind_known;
ALTER TABLE jml.command ADD CONSTRAINT command_kind_known CHECK (kind IN (
    'event_retry', 'event_hold', 'event_release', 'person_hold', 'person_release', 'person_merge',
    'workflow_run', 'workflow_enable', 'workflow_disable',
    'run_cancel', 'run_retry', 'run_release', 'request_cancel', 'request_reprocess',
    'assignment_reprocess', 'delivery_retry', 'delivery_done', 'delivery_fail',
    'notification_retry', 'notification_drop'));

CREATE FUNCTION jml.command_notification() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    n       jml.notification;
    is_drop boolean := new.kind = 'notification_drop';
    rule    integer;
BEGIN
    SELECT * INTO n FROM jml.notification WHERE id = jml.to_uuid(new.object_id) FOR UPDATE;
    new.employee_id := NULL;
    new.error := CASE
        WHEN NOT FOUND THEN format('no_notification: there is no notification %s', new.object_id)
        WHEN n.state = 'sent' THEN 'sent_already: it was sent'
        WHEN n.lease_until > clock_timestamp() THEN
            'in_flight: it is being sent just now; look again in a minute'
        WHEN is_drop AND n.state = 'dropped' THEN 'dropped_already: it was dropped'
        WHEN NOT is_drop AND n.state = 'pending' AND n.attempts = 0 AND n.due_at <= jml.now() THEN
            'pending_already: it is going to be sent'
        WHEN NOT is_drop AND n.recipient IS NULL THEN
            'no_recipient: nobody had an address when it was made'
        END;
    IF new.error IS NOT NULL THEN
        new.state := 'refused';
    ELSE
        rule := CASE WHEN is_drop THEN CASE n.state WHEN 'pending' THEN 706 ELSE 708 END
                     ELSE CASE n.state WHEN 'failed' THEN 707 WHEN 'dropped' THEN 709 ELSE 710 END END;
        UPDATE jml.notification t
        SET state = CASE WHEN is_drop THEN 'dropped' ELSE 'pending' END,
            due_at = CASE WHEN is_drop THEN t.due_at ELSE jml.now() END,
            attempts = CASE WHEN is_drop THEN t.attempts ELSE 0 END,
            error = CASE WHEN is_drop THEN t.error END,
            lease_until = NULL
        WHERE t.id = n.id;
        INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule,
                               from_state, to_state, reason, run_id, request_id)
        VALUES (jml.now(), new.actor, 'notification', n.id::text, n.person_id,
                (SELECT p.employee_id FROM jml.person p WHERE p.id = n.person_id), rule, n.state,
                CASE WHEN is_drop THEN 'dropped' ELSE 'pending' END,
                new.arguments ->> 'reason', n.run_id, n.request_id);
        new.state := 'done';
    END IF;
    new.done_at := clock_timestamp();
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.command_notification() IS
    'Carries out notification_retry and notification_drop, or says why not';
CREATE TRIGGER notification BEFORE INSERT ON jml.command FOR EACH ROW
    WHEN (new.kind IN ('notification_retry', 'notification_drop'))
    EXECUTE FUNCTION jml.command_notification();

-- What the function does is on record by its own words; at the top level it is still by hand.
DROP TRIGGER by_hand_update ON jml.notification;
CREATE TRIGGER by_hand_update AFTER UPDATE OF state ON jml.notification FOR EACH ROW
    WHEN (current_user <> 'jml_daemon' AND pg_trigger_depth() = 0
          AND old.state IS DISTINCT FROM new.state)
    EXECUTE FUNCTION jml.audit_by_hand('notification', '', '');

SET LOCAL ROLE NONE;

-- SPDX-License-Identifier: MIT
-- The flow of deliveries: what it finds its work by, and what operators may say about a delivery. Commands
-- of the kinds delivery_... never come into the queue of people: the flow of deliveries carries them out.

SET LOCAL ROLE jml_owner;

ALTER TABLE jml.delivery ADD COLUMN asked_at timestamptz;
COMMENT ON COLUMN jml.delivery.asked_at IS
    'When an operator had it tried anew: its age counts from then; empty: from created_at';

-- Waits for a call-back or a person: few. Until when, and since when.
CREATE INDEX delivery_waiting ON jml.delivery (due_at)
    WHERE state = 'inProgress' OR state = 'removing' AND due_at = 'infinity';

-- What was ordered earlier, and not done yet, is not wanted any more when the later one takes it away again.
CREATE FUNCTION jml.delivery_supersedes(later text, earlier text, same_role boolean) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE later
        WHEN 'revoke' THEN earlier = 'grant' AND coalesce(same_role, false)
        WHEN 'revokeAll' THEN earlier = 'grant'
        WHEN 'disableAccount' THEN earlier IN ('enableAccount', 'setPassword')
        WHEN 'deleteAccount' THEN earlier IN ('enableAccount', 'setPassword', 'updateAccount', 'grant')
        ELSE false END;
COMMENT ON FUNCTION jml.delivery_supersedes(text, text, boolean) IS
    'Whether an action on an account closes an earlier one that was not done yet';
GRANT EXECUTE ON FUNCTION jml.delivery_supersedes(text, text, boolean) TO jml_daemon;

-- ---- commands

CREATE INDEX command_delivery ON jml.command (created_at)
    WHERE state = 'pending' AND kind IN ('delivery_retry', 'delivery_done', 'delivery_fail');

ALTER TABLE jml.command DROP CONSTRAINT command_kind_known;
ALTER TABLE jml.command ADD CONSTRAINT command_kind_known CHECK (kind IN (
    'event_retry', 'event_hold', 'event_release', 'person_hold', 'person_release', 'person_merge',
    'workflow_run', 'workflow_enable', 'workflow_disable',
    'run_cancel', 'run_retry', 'run_release', 'request_cancel', 'request_reprocess',
    'assignment_reprocess', 'delivery_retry', 'delivery_done', 'delivery_fail'));
COMMENT ON COLUMN jml.command.object_id IS
    'Id of the event, workflow, run, request, assignment or delivery; for person_... an employee_id';

CREATE OR REPLACE FUNCTION jml.command_enqueue() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO jml.queue (class, kind, employee_id, object_id)
    SELECT 1, 'command', i.employee_id, i.id
    FROM inserted i
    WHERE i.state = 'pending' AND i.kind NOT IN ('delivery_retry', 'delivery_done', 'delivery_fail');
    PERFORM jml.wake_sleeper();
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.command_enqueue() IS
    'Queues inserted commands; those about deliveries are found by the flow of deliveries itself';

CREATE OR REPLACE FUNCTION jml.command_complete() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    noun  text := split_part(new.kind, '_', 1);
    known boolean := false;
    into_id text;
    target  text;
BEGIN
    IF new.state <> 'pending' THEN
        RAISE EXCEPTION 'a command begins as pending, not as %', new.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'command_begins_pending',
                  HINT = 'Leave out the column state.';
    END IF;

    CASE noun
        WHEN 'event' THEN
            IF new.object_id ~ '^[0-9]{1,18}$' THEN
                SELECT e.employee_id, true INTO new.employee_id, known
                FROM jml.event e WHERE e.id = new.object_id::bigint;
            END IF;
        WHEN 'person' THEN
            SELECT p.employee_id, true INTO new.employee_id, known
            FROM jml.person p WHERE p.employee_id = jml.current_id(new.object_id);
        WHEN 'run' THEN
            SELECT p.employee_id, true INTO new.employee_id, known
            FROM jml.run r JOIN jml.person p ON p.id = r.person_id
            WHERE r.id = jml.to_uuid(new.object_id);
        WHEN 'request' THEN
            SELECT coalesce(p.employee_id, r.target_employee_id), true INTO new.employee_id, known
            FROM jml.assignment_request r LEFT JOIN jml.person p ON p.id = r.target_id
            WHERE r.id = jml.to_uuid(new.object_id);
            known := known AND new.employee_id IS NOT NULL;
        WHEN 'assignment' THEN
            SELECT p.employee_id, true INTO new.employee_id, known
            FROM jml.assignment a JOIN jml.person p ON p.id = a.target_id
            WHERE a.id = jml.to_uuid(new.object_id);
        WHEN 'delivery' THEN
            SELECT p.employee_id, d.target, true INTO new.employee_id, target, known
            FROM jml.delivery d LEFT JOIN jml.person p ON p.id = d.person_id
            WHERE d.id = jml.to_uuid(new.object_id);
        WHEN 'workflow' THEN
            known := EXISTS (SELECT FROM jml.workflow w WHERE w.id = jml.to_uuid(new.object_id));
        ELSE
            RETURN new;     -- no such kind: command_kind_known says so
    END CASE;

    IF known IS NOT TRUE THEN
        new.state := 'refused';
        new.error := format('no_%s: there is no %s %s', noun, noun, new.object_id);
    ELSIF noun = 'delivery' AND target = 'record' THEN
        new.state := 'refused';
        new.error := format('by_record: delivery %s is by record: there is nothing to be done', new.object_id);
    ELSIF new.kind IN ('workflow_enable', 'workflow_disable') THEN
        new.employee_id := NULL;
    ELSIF new.kind = 'workflow_run' AND new.employee_id IS NULL THEN
        new.state := 'refused';
        new.error := 'no_person: workflow_run needs an employee_id';
    ELSIF new.kind = 'person_merge' THEN
        into_id := new.arguments ->> 'into';
        IF into_id IS NULL THEN
            new.state := 'refused';
            new.error := 'bad_arguments: person_merge needs the employee_id that stays in arguments.into';
        ELSIF into_id = new.object_id THEN
            new.state := 'refused';
            new.error := format('same_person: %s cannot be merged with itself', into_id);
        ELSE
            SELECT p.employee_id INTO new.employee_id
            FROM jml.person p WHERE p.employee_id = jml.current_id(into_id);
            IF new.employee_id IS NULL THEN
                new.state := 'refused';
                new.error := format('no_person: there is no person %s', into_id);
            END IF;
        END IF;
    ELSIF new.kind = 'workflow_run'
          AND NOT EXISTS (SELECT FROM jml.person p
                          WHERE p.employee_id = jml.current_id(new.employee_id)) THEN
        new.state := 'refused';
        new.error := format('no_person: there is no person %s', new.employee_id);
    END IF;
    IF new.state = 'refused' THEN
        new.done_at := clock_timestamp();
    END IF;
    RETURN new;
END
$$;

-- What a delivery waits for, and what may be said about it. Returns how many commands were carried out or
-- refused, and how many of them changed a state: then their people are in the queue.
CREATE FUNCTION jml.run_delivery_commands(at timestamptz, OUT handled integer, OUT changed integer)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    command  jml.command;
    delivery jml.delivery;
    takes    boolean;
    busy     boolean;
    refusal  text;
    words    text;
    rule     integer;
    became   text;
BEGIN
    handled := 0;
    changed := 0;
    FOR command IN
        SELECT c.* FROM jml.command c
        WHERE c.state = 'pending' AND c.kind IN ('delivery_retry', 'delivery_done', 'delivery_fail')
        ORDER BY c.created_at, c.id
        LIMIT 500
        FOR UPDATE SKIP LOCKED
    LOOP
        refusal := NULL;
        rule := NULL;
        words := left(nullif(trim(command.arguments ->> 'reason'), ''), 2000);
        SELECT d.* INTO delivery FROM jml.delivery d WHERE d.id = jml.to_uuid(command.object_id) FOR UPDATE;
        takes := delivery.action IN ('revoke', 'revokeAll', 'disableAccount', 'deleteAccount', 'revokeTokens');
        busy := coalesce(delivery.lease_until > clock_timestamp(), false);
        became := delivery.state;
        IF delivery.id IS NULL THEN
            refusal := 'no_delivery: it is gone';
        ELSIF delivery.state IN ('delivered', 'removed') THEN
            refusal := format('already_%s: it is %s', delivery.state, delivery.state);
        ELSIF busy THEN
            refusal := 'under_way: it is being tried at this moment; ask again when that has ended';
        ELSIF command.kind = 'delivery_retry' THEN
            IF delivery.state = 'inProgress' THEN
                refusal := 'waiting: it waits for a call-back or a person: jmlctl delivery done, or fail';
            ELSIF delivery.state = 'failed' AND (
                    EXISTS (SELECT FROM jml.assignment a
                            WHERE a.id = delivery.assignment_id AND a.state = 'expired')
                    OR EXISTS (SELECT FROM jml.delivery v
                               WHERE v.person_id = delivery.person_id AND v.target = delivery.target
                                 AND v.seq > delivery.seq AND v.action = 'revoke'
                                 AND v.resource_role_id = delivery.resource_role_id)) THEN
                refusal := 'not_wanted: the access has ended, or was taken away after it';
            ELSIF delivery.state = 'failed' THEN
                rule := 614;
                became := 'pending';
            END IF;
            IF refusal IS NULL THEN
                UPDATE jml.delivery d
                SET state = became, due_at = at, attempts = 0, asked_at = at, lease_until = NULL, lease_by = NULL
                WHERE d.id = delivery.id;
            END IF;
        ELSIF command.kind = 'delivery_done' THEN
            IF delivery.state = 'inProgress' THEN
                rule := 610;
                became := 'delivered';
            ELSIF delivery.state = 'removing' AND delivery.attempts > 0 THEN
                rule := 612;
                became := 'removed';
            ELSIF delivery.state = 'failed' THEN
                refusal := 'failed: it is not tried any more: jmlctl delivery retry first';
            ELSE
                refusal := 'not_waiting: it waits for nobody, it is tried by itself';
            END IF;
            IF refusal IS NULL THEN
                UPDATE jml.delivery d
                SET state = became, due_at = NULL, error = NULL, token = NULL, lease_until = NULL, lease_by = NULL
                WHERE d.id = delivery.id;
            END IF;
        ELSE
            IF delivery.state = 'inProgress' THEN
                rule := 611;
                became := 'failed';
            ELSIF takes THEN
                refusal := 'never_given_up: what takes access away is tried until it is so; '
                    'jmlctl delivery done when it is';
            ELSIF delivery.state = 'failed' THEN
                refusal := 'already_failed: it is failed';
            ELSE
                refusal := 'not_waiting: it waits for nobody, it is tried by itself; what is not wanted any more is '
                    'removed: jmlctl assignment remove';
            END IF;
            IF refusal IS NULL THEN
                UPDATE jml.delivery d
                SET state = became, due_at = NULL, error = 'ticket: ' || coalesce(words, 'not done'), token = NULL,
                    lease_until = NULL, lease_by = NULL
                WHERE d.id = delivery.id;
            END IF;
        END IF;

        IF rule IS NOT NULL THEN
            INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state,
                                   to_state, reason, run_id)
            VALUES (at, command.actor, 'delivery', delivery.id::text, delivery.person_id, command.employee_id,
                    rule, delivery.state, became, coalesce(words, 'by command'), delivery.run_id);
            INSERT INTO jml.queue (class, kind, employee_id, object_id)
            SELECT 1, 'delivery', p.employee_id, delivery.id FROM jml.person p WHERE p.id = delivery.person_id;
            changed := changed + 1;
        END IF;
        UPDATE jml.command c
        SET state = CASE WHEN refusal IS NULL THEN 'done' ELSE 'refused' END, error = refusal, done_at = at
        WHERE c.id = command.id;
        INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule, from_state,
                               to_state, reason, detail)
        VALUES (at, command.actor, 'command', command.id::text, delivery.person_id, command.employee_id,
                CASE WHEN refusal IS NULL THEN 801 ELSE 802 END, NULL,
                CASE WHEN refusal IS NULL THEN 'done' ELSE 'refused' END,
                refusal, jsonb_build_object('command', command.kind, 'delivery', delivery.id));
        handled := handled + 1;
    END LOOP;
END
$$;
COMMENT ON FUNCTION jml.run_delivery_commands(timestamptz) IS
    'Carries out the pending delivery_retry, delivery_done and delivery_fail; the daemon calls it';
REVOKE ALL ON FUNCTION jml.run_delivery_commands(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jml.run_delivery_commands(timestamptz) TO jml_daemon;

SET LOCAL ROLE NONE;

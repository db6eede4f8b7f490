-- SPDX-License-Identifier: MIT
-- What happens when people and systems insert: rows are completed, and the queue is filled. Never
-- is a row of jml.person locked here: who inserts does not wait for the daemon.

SET LOCAL ROLE jml_owner;

-- ---- queue rows, one statement for all rows of an INSERT

-- The hottest path of all: hence the sleeper is looked for in place.
CREATE FUNCTION jml.event_enqueue() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO jml.queue (class, id, kind, employee_id)
    SELECT CASE WHEN i.kind IN ('leaver', 'rescind') THEN 0 ELSE 1 END, i.id, 'event', i.employee_id
    FROM inserted i
    WHERE i.state = 'pending';
    IF EXISTS (SELECT FROM jml.daemon d WHERE d.sleeping_until > clock_timestamp()) THEN
        PERFORM pg_notify('jml', '');
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.event_enqueue() IS 'Queues inserted events; leavers and withdrawals go first';
CREATE TRIGGER enqueue AFTER INSERT ON jml.event REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION jml.event_enqueue();

-- The daemon steps its own requests at once, they are never queued (as are no others it writes).
CREATE FUNCTION jml.request_enqueue() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO jml.queue (class, kind, employee_id, object_id)
    SELECT CASE WHEN i.request_type IN ('adminRemove', 'userRemove', 'approverRemove', 'systemRemove')
                THEN 0 ELSE 1 END,
           'request', i.target_employee_id, i.id
    FROM inserted i
    WHERE i.state = 'submitted';
    PERFORM jml.wake_sleeper();
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.request_enqueue() IS 'Queues inserted requests; removals go first';
CREATE TRIGGER enqueue AFTER INSERT ON jml.assignment_request REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT WHEN (current_user <> 'jml_daemon') EXECUTE FUNCTION jml.request_enqueue();

CREATE FUNCTION jml.approval_enqueue() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO jml.queue (class, kind, employee_id, object_id)
    SELECT 1, 'approval', coalesce(p.employee_id, r.target_employee_id), i.id
    FROM inserted i
    JOIN jml.assignment_request r ON r.id = i.request_id
    LEFT JOIN jml.person p ON p.id = r.target_id
    WHERE i.state = 'pending';
    PERFORM jml.wake_sleeper();
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.approval_enqueue() IS 'Queues inserted decisions';
CREATE TRIGGER enqueue AFTER INSERT ON jml.approval REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT WHEN (current_user <> 'jml_daemon') EXECUTE FUNCTION jml.approval_enqueue();

CREATE FUNCTION jml.command_enqueue() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    INSERT INTO jml.queue (class, kind, employee_id, object_id)
    SELECT 1, 'command', i.employee_id, i.id
    FROM inserted i
    WHERE i.state = 'pending';
    PERFORM jml.wake_sleeper();
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.command_enqueue() IS 'Queues inserted commands';
CREATE TRIGGER enqueue AFTER INSERT ON jml.command REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT WHEN (current_user <> 'jml_daemon') EXECUTE FUNCTION jml.command_enqueue();

-- ---- whom is it about: looked up before the row is stored; what cannot be found is kept as
-- ---- refused, with the reason (the by_hand_insert triggers audit it)

-- NULL for text that is no uuid, instead of an error.
CREATE FUNCTION jml.to_uuid(value text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN value ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN value::uuid END;
COMMENT ON FUNCTION jml.to_uuid(text) IS 'Text as uuid; empty when it is none';

CREATE FUNCTION jml.request_complete() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    held     jml.assignment;
    by_id    text;      -- employee_id of target_id
    by_name  uuid;      -- id of target_employee_id
BEGIN
    IF new.state <> 'submitted' THEN
        RAISE EXCEPTION 'a request begins as submitted, not as %', new.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'request_begins_submitted',
                  HINT = 'Leave out the column state.';
    END IF;

    IF new.assignment_id IS NOT NULL THEN
        SELECT * INTO held FROM jml.assignment a WHERE a.id = new.assignment_id;
        IF held.id IS NULL THEN
            new.error := format('no_assignment: there is no assignment %s', new.assignment_id);
        ELSIF new.target_id <> held.target_id OR new.access_package_id <> held.access_package_id THEN
            new.error := format('bad_assignment: assignment %s is of another person or package',
                new.assignment_id);
        ELSE
            new.target_id := held.target_id;
            new.access_package_id := held.access_package_id;
        END IF;
    END IF;
    IF new.target_id IS NOT NULL THEN
        SELECT p.employee_id INTO by_id FROM jml.person p WHERE p.id = new.target_id;
    END IF;
    IF new.target_employee_id IS NOT NULL THEN
        SELECT p.id INTO by_name FROM jml.person p WHERE p.employee_id = new.target_employee_id;
    END IF;

    IF new.error IS NOT NULL THEN
        NULL;
    ELSIF new.target_id IS NULL AND new.target_employee_id IS NULL THEN
        new.error := 'no_target: the request names nobody: give target_id or target_employee_id';
    ELSIF new.target_id IS NOT NULL AND by_id IS NULL THEN
        new.error := format('no_target: there is no person %s', new.target_id);
    ELSIF new.target_id IS NOT NULL AND new.target_employee_id IS NOT NULL
          AND by_name IS DISTINCT FROM new.target_id THEN
        new.error := 'bad_target: target_id and target_employee_id name two people';
    ELSIF new.access_package_id IS NULL THEN
        new.error := 'no_package: the request names no access package';
    END IF;

    -- an employee_id that nobody has stays alone: the daemon makes the person, and denies
    new.target_id := coalesce(new.target_id, by_name);
    new.target_employee_id := coalesce(new.target_employee_id, by_id);
    IF new.error IS NOT NULL THEN
        new.state := 'denied';
        new.status := 'Denied';
        new.completed_at := clock_timestamp();
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.request_complete() IS 'Finds the person a request is for; denies at once what names nobody';
CREATE TRIGGER complete BEFORE INSERT ON jml.assignment_request
    FOR EACH ROW WHEN (current_user <> 'jml_daemon') EXECUTE FUNCTION jml.request_complete();

CREATE FUNCTION jml.approval_complete() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF new.state <> 'pending' THEN
        RAISE EXCEPTION 'a decision begins as pending, not as %', new.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_begins_pending',
                  HINT = 'Leave out the column state.';
    END IF;
    IF NOT EXISTS (SELECT FROM jml.assignment_request r WHERE r.id = new.request_id) THEN
        new.state := 'refused';
        new.error := format('no_request: there is no request %s', new.request_id);
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.approval_complete() IS 'Refuses at once a decision on no request';
CREATE TRIGGER complete BEFORE INSERT ON jml.approval
    FOR EACH ROW WHEN (current_user <> 'jml_daemon') EXECUTE FUNCTION jml.approval_complete();

CREATE FUNCTION jml.command_complete() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    noun  text := split_part(new.kind, '_', 1);
    known boolean := false;
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
            FROM jml.person p WHERE p.employee_id = new.object_id;
        WHEN 'run' THEN
            SELECT p.employee_id, true INTO new.employee_id, known
            FROM jml.run r JOIN jml.person p ON p.id = r.person_id
            WHERE r.id = jml.to_uuid(new.object_id);
        WHEN 'request' THEN
            SELECT coalesce(p.employee_id, r.target_employee_id), true INTO new.employee_id, known
            FROM jml.assignment_request r LEFT JOIN jml.person p ON p.id = r.target_id
            WHERE r.id = jml.to_uuid(new.object_id);
            known := known AND new.employee_id IS NOT NULL;
        WHEN 'workflow' THEN
            known := EXISTS (SELECT FROM jml.workflow w WHERE w.id = jml.to_uuid(new.object_id));
        ELSE
            RETURN new;     -- no such kind: command_kind_known says so
    END CASE;

    IF known IS NOT TRUE THEN
        new.state := 'refused';
        new.error := format('no_%s: there is no %s %s', noun, noun, new.object_id);
    ELSIF new.kind IN ('workflow_enable', 'workflow_disable') THEN
        new.employee_id := NULL;
    ELSIF new.kind = 'workflow_run' AND new.employee_id IS NULL THEN
        new.state := 'refused';
        new.error := 'no_person: workflow_run needs an employee_id';
    ELSIF new.kind = 'workflow_run'
          AND NOT EXISTS (SELECT FROM jml.person p WHERE p.employee_id = new.employee_id) THEN
        new.state := 'refused';
        new.error := format('no_person: there is no person %s', new.employee_id);
    END IF;
    IF new.state = 'refused' THEN
        new.done_at := clock_timestamp();
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.command_complete() IS 'Finds the person a command concerns; refuses at once what names nothing';
CREATE TRIGGER complete BEFORE INSERT ON jml.command
    FOR EACH ROW WHEN (current_user <> 'jml_daemon') EXECUTE FUNCTION jml.command_complete();

SET LOCAL ROLE NONE;

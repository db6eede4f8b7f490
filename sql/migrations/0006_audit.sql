-- SPDX-License-Identifier: MIT
-- The audit: one row a transition, added and never touched again; and the triggers that write it
-- when somebody else than the daemon changes a state.

SET LOCAL ROLE jml_owner;

CREATE TABLE jml.transition (
    rule       integer PRIMARY KEY,
    machine    text NOT NULL,
    from_state text,
    trigger    text NOT NULL,
    guard      text,
    to_state   text NOT NULL,
    sentence   text NOT NULL
);
COMMENT ON TABLE jml.transition IS 'Every change of state there is; written anew by every migrate';
COMMENT ON COLUMN jml.transition.rule IS 'Number, never used for anything else again';
COMMENT ON COLUMN jml.transition.machine IS 'Whose states: the object_type of the audit';
COMMENT ON COLUMN jml.transition.from_state IS 'Before; empty or new: nothing recorded yet';
COMMENT ON COLUMN jml.transition.trigger IS 'What sets it off';
COMMENT ON COLUMN jml.transition.guard IS 'What must hold';
COMMENT ON COLUMN jml.transition.to_state IS 'After';
COMMENT ON COLUMN jml.transition.sentence IS 'In words';

CREATE TABLE jml.audit (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor       text NOT NULL,
    object_type text NOT NULL CONSTRAINT audit_object_type_known CHECK (object_type IN (
        'event', 'person', 'run', 'task', 'request', 'approval', 'assignment', 'delivery',
        'notification', 'command', 'package', 'policy', 'workflow')),
    object_id   text NOT NULL,
    person_id   uuid,
    employee_id text,
    rule        integer,
    from_state  text,
    to_state    text,
    reason      text,
    detail      jsonb,
    event_id    bigint,
    run_id      uuid,
    request_id  uuid
);
CREATE INDEX audit_by_person ON jml.audit (person_id, id);
CREATE INDEX audit_without_person ON jml.audit (object_id, id) WHERE person_id IS NULL;
CREATE INDEX audit_recorded ON jml.audit USING brin (recorded_at);
COMMENT ON TABLE jml.audit IS
    'Every transition of every object, in order. Rows are added and never changed or deleted by '
    'anybody; to drop old ones is DDL of the owner';
COMMENT ON COLUMN jml.audit.id IS 'Order; rises for each object';
COMMENT ON COLUMN jml.audit.at IS 'The instant the decision was made at (logical clock)';
COMMENT ON COLUMN jml.audit.recorded_at IS 'When the row was written (the database''s real clock)';
COMMENT ON COLUMN jml.audit.actor IS 'jmld, or the role that did it';
COMMENT ON COLUMN jml.audit.object_type IS
    'event, person, run, task, request, approval, assignment, delivery, notification, command, '
    'package, policy, workflow';
COMMENT ON COLUMN jml.audit.object_id IS 'Its key; of a task the run''s id, a slash, and the position';
COMMENT ON COLUMN jml.audit.person_id IS 'The person it is about';
COMMENT ON COLUMN jml.audit.employee_id IS 'The person''s employee_id at that time';
COMMENT ON COLUMN jml.audit.rule IS 'The row of table transition that fired; empty: by hand';
COMMENT ON COLUMN jml.audit.from_state IS 'Before; empty in the first row of an object';
COMMENT ON COLUMN jml.audit.to_state IS 'After; empty: the object was deleted';
COMMENT ON COLUMN jml.audit.reason IS 'Why';
COMMENT ON COLUMN jml.audit.detail IS 'Ids, states, times and reasons that changed with it; never values of attributes';
COMMENT ON COLUMN jml.audit.event_id IS 'The event behind it';
COMMENT ON COLUMN jml.audit.run_id IS 'The run behind it';
COMMENT ON COLUMN jml.audit.request_id IS 'The request behind it';

-- For audit verify: what a story of details leaves standing, key by key, the last word each.
CREATE AGGREGATE jml.last_said(jsonb) (SFUNC = jsonb_concat, STYPE = jsonb, INITCOND = '{}');
COMMENT ON AGGREGATE jml.last_said(jsonb) IS 'The objects of an ordered set, the later member winning';

-- ---- append only, for everybody

CREATE FUNCTION jml.audit_refuse() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RAISE EXCEPTION 'jml.audit is append-only: % refused', lower(tg_op)
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'Rows are added and never changed; retention is DDL of jml_owner.';
END
$$;
COMMENT ON FUNCTION jml.audit_refuse() IS 'Refuses what would change the audit';

-- FOR EACH STATEMENT: also an UPDATE that would touch nothing is refused
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON jml.audit
    FOR EACH STATEMENT EXECUTE FUNCTION jml.audit_refuse();
ALTER TABLE jml.audit ENABLE ALWAYS TRIGGER append_only; -- also under session_replication_role

-- ---- changes by hand

-- What the audit last said of an object: empty when nothing was said.
CREATE FUNCTION jml.audit_last_state(object_type text, object_id text, person_id uuid) RETURNS text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT a.to_state
        FROM jml.audit a
        WHERE a.object_type = audit_last_state.object_type
          AND a.object_id = audit_last_state.object_id
          AND (a.person_id = audit_last_state.person_id OR a.person_id IS NULL)
        ORDER BY a.id DESC LIMIT 1;
    END;
COMMENT ON FUNCTION jml.audit_last_state(text, text, uuid) IS 'The last state the audit has of an object';

-- Arguments: object type, initial state (a row in it needs no audit row), columns that the audit
-- follows beside the state. Fires for roles other than jml_daemon only (see the WHEN clauses), so
-- it may look things up.
CREATE FUNCTION jml.audit_by_hand() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    before  jsonb := to_jsonb(old);
    after   jsonb := to_jsonb(new);
    thing   jsonb := coalesce(after, before);
    follow  text[] := string_to_array(tg_argv[2], ' ');
    entry   jml.audit;
    key     text;
    changed jsonb := jsonb_build_object();
BEGIN
    entry.object_type := tg_argv[0];
    entry.object_id := CASE entry.object_type
        WHEN 'task' THEN (thing ->> 'run_id') || '/' || (thing ->> 'position')
        ELSE thing ->> 'id' END;
    entry.event_id := CASE entry.object_type WHEN 'event' THEN thing ->> 'id'
        ELSE thing ->> 'event_id' END::bigint;
    entry.run_id := CASE entry.object_type WHEN 'run' THEN thing ->> 'id'
        ELSE thing ->> 'run_id' END::uuid;
    entry.request_id := CASE entry.object_type WHEN 'request' THEN thing ->> 'id'
        ELSE thing ->> 'request_id' END::uuid;

    CASE
        WHEN entry.object_type = 'person' THEN
            entry.person_id := (thing ->> 'id')::uuid;
            entry.employee_id := thing ->> 'employee_id';
        WHEN entry.object_type IN ('event', 'command') THEN
            entry.employee_id := thing ->> 'employee_id';
        WHEN entry.object_type = 'task' THEN
            entry.person_id := (SELECT r.person_id FROM jml.run r WHERE r.id = entry.run_id);
        WHEN entry.object_type = 'approval' THEN
            SELECT r.target_id, r.target_employee_id INTO entry.person_id, entry.employee_id
            FROM jml.assignment_request r WHERE r.id = entry.request_id;
        WHEN entry.object_type IN ('request', 'assignment') THEN
            entry.person_id := (thing ->> 'target_id')::uuid;
            entry.employee_id := thing ->> 'target_employee_id';
        ELSE
            entry.person_id := (thing ->> 'person_id')::uuid;
    END CASE;
    IF entry.person_id IS NULL THEN
        entry.person_id := (SELECT p.id FROM jml.person p WHERE p.employee_id = entry.employee_id);
    ELSIF entry.employee_id IS NULL THEN
        entry.employee_id := (SELECT p.employee_id FROM jml.person p WHERE p.id = entry.person_id);
    END IF;

    FOREACH key IN ARRAY follow LOOP
        IF tg_op <> 'DELETE' AND (after -> key) IS DISTINCT FROM (coalesce(before, '{}') -> key)
           AND NOT (tg_op = 'INSERT' AND after -> key = 'null') THEN
            changed := changed || jsonb_build_object(key, CASE WHEN key LIKE '%\_at'
                THEN to_jsonb(jml.canonical((after ->> key)::timestamptz)) ELSE after -> key END);
        END IF;
    END LOOP;
    IF tg_op = 'DELETE' THEN
        changed := jsonb_build_object('state', before -> 'state');
    END IF;

    entry.from_state := before ->> 'state';
    IF entry.from_state = tg_argv[1] THEN
        -- perhaps nobody has ever moved it: then the audit does not know it yet
        entry.from_state := jml.audit_last_state(entry.object_type, entry.object_id, entry.person_id);
    END IF;
    entry.to_state := after ->> 'state';
    entry.reason := CASE tg_op
        WHEN 'INSERT' THEN coalesce(after ->> 'error', 'inserted by hand')
        WHEN 'UPDATE' THEN 'changed by hand'
        ELSE 'deleted by hand' END;

    INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id,
        from_state, to_state, reason, detail, event_id, run_id, request_id)
    VALUES (clock_timestamp(), session_user, entry.object_type, entry.object_id, entry.person_id,
        entry.employee_id, entry.from_state, entry.to_state, entry.reason,
        nullif(changed, '{}'), entry.event_id, entry.run_id, entry.request_id);

    IF entry.employee_id IS NOT NULL AND entry.object_type <> 'command' THEN
        INSERT INTO jml.queue (class, kind, employee_id) VALUES (1, 'wake', entry.employee_id);
        PERFORM jml.wake_sleeper();
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.audit_by_hand() IS
    'Audits what somebody else than the daemon did to a state, and has the daemon look at the person';

CREATE FUNCTION jml.wake_sleeper() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF EXISTS (SELECT FROM jml.daemon d WHERE d.sleeping_until > clock_timestamp()) THEN
        PERFORM pg_notify('jml', '');
    END IF;
END
$$;
COMMENT ON FUNCTION jml.wake_sleeper() IS 'NOTIFY jml, if a daemon sleeps';

-- One set of triggers a table. The daemon's own writes cost the evaluation of a WHEN, no call.
DO $$
DECLARE
    made record;
    update_of text;
    changed text;
    inserted text;
BEGIN
    FOR made IN
        SELECT * FROM (VALUES
            ('event',              'event',        'pending',   ''),
            ('person',             'person',       'unknown',   'hired_at leaves_at held_at'),
            ('run',                'run',          NULL,        'due_at version'),
            ('task_run',           'task',         NULL,        ''),
            ('assignment_request', 'request',      'submitted', 'starts_at ends_at'),
            ('approval',           'approval',     'pending',   ''),
            ('assignment',         'assignment',   NULL,
                                   'starts_at ends_at expired_at end_reason revoked_at'),
            ('delivery',           'delivery',     NULL,        ''),
            ('notification',       'notification', NULL,        ''),
            ('command',            'command',      'pending',   '')
        ) AS t (table_name, object_type, initial, follow)
    LOOP
        SELECT string_agg(format('%I', c), ', '),
               string_agg(format('old.%1$I IS DISTINCT FROM new.%1$I', c), ' OR ')
        INTO update_of, changed
        FROM unnest(string_to_array(trim('state ' || made.follow), ' ')) AS c;
        inserted := CASE WHEN made.initial IS NULL THEN 'true'
            ELSE format('new.state <> %L', made.initial) END;
        EXECUTE format(
            'CREATE TRIGGER by_hand_insert AFTER INSERT ON jml.%I FOR EACH ROW'
            ' WHEN (current_user <> ''jml_daemon'' AND %s)'
            ' EXECUTE FUNCTION jml.audit_by_hand(%L, %L, %L)',
            made.table_name, inserted, made.object_type, coalesce(made.initial, ''), made.follow);
        EXECUTE format(
            'CREATE TRIGGER by_hand_update AFTER UPDATE OF %s ON jml.%I FOR EACH ROW'
            ' WHEN (current_user <> ''jml_daemon'' AND (%s))'
            ' EXECUTE FUNCTION jml.audit_by_hand(%L, %L, %L)',
            update_of, made.table_name, changed, made.object_type, coalesce(made.initial, ''),
            made.follow);
        EXECUTE format(
            'CREATE TRIGGER by_hand_delete AFTER DELETE ON jml.%I FOR EACH ROW'
            ' WHEN (current_user <> ''jml_daemon'')'
            ' EXECUTE FUNCTION jml.audit_by_hand(%L, %L, %L)',
            made.table_name, made.object_type, coalesce(made.initial, ''), made.follow);
    END LOOP;
END
$$;

-- Packages, policies and workflows are changed by apply, which writes its own audit rows. So the
-- question is asked at COMMIT: does the audit say what the table says? If not, it was by hand.
CREATE FUNCTION jml.audit_configuration() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    kind   text := tg_argv[0];
    object uuid := CASE WHEN tg_op = 'DELETE' THEN old.id ELSE new.id END;
    known  text := jml.audit_last_state(kind, object::text, NULL);
    is_now text;
BEGIN
    is_now := CASE kind
        WHEN 'workflow' THEN (SELECT CASE WHEN w.enabled THEN 'enabled' ELSE 'disabled' END
                              FROM jml.workflow w WHERE w.id = object)
        WHEN 'package' THEN (SELECT 'present' FROM jml.access_package p WHERE p.id = object)
        ELSE (SELECT 'present' FROM jml.assignment_policy p WHERE p.id = object) END;
    IF is_now IS DISTINCT FROM known THEN
        INSERT INTO jml.audit (at, actor, object_type, object_id, from_state, to_state, reason)
        VALUES (clock_timestamp(), session_user, kind, object::text, known, is_now,
            CASE WHEN known IS NULL THEN 'inserted by hand'
                 WHEN is_now IS NULL THEN 'deleted by hand'
                 ELSE 'changed by hand' END);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.audit_configuration() IS
    'Audits at COMMIT what was done to packages, policies and workflows without an audit row';

CREATE CONSTRAINT TRIGGER by_hand AFTER INSERT OR UPDATE OF enabled OR DELETE ON jml.workflow
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'jml_daemon')
    EXECUTE FUNCTION jml.audit_configuration('workflow');
CREATE CONSTRAINT TRIGGER by_hand AFTER INSERT OR DELETE ON jml.access_package
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'jml_daemon')
    EXECUTE FUNCTION jml.audit_configuration('package');
CREATE CONSTRAINT TRIGGER by_hand AFTER INSERT OR DELETE ON jml.assignment_policy
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user <> 'jml_daemon')
    EXECUTE FUNCTION jml.audit_configuration('policy');

SET LOCAL ROLE NONE;

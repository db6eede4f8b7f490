-- SPDX-License-Identifier: MIT
-- One person under several employee ids (T10): the ids that were, whom they lead to, and how two
-- people become one.

SET LOCAL ROLE jml_owner;

CREATE TABLE jml.alias (
    alias       text PRIMARY KEY CONSTRAINT alias_sane CHECK (jml.printable(alias, 256)),
    person_id   uuid NOT NULL,
    absorbed_id uuid,
    event_id    bigint,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX alias_by_person ON jml.alias (person_id);
CREATE INDEX alias_by_absorbed ON jml.alias (absorbed_id) WHERE absorbed_id IS NOT NULL;
COMMENT ON TABLE jml.alias IS
    'Employee ids that people had before (or will have no more): events under them go to the person';
COMMENT ON COLUMN jml.alias.alias IS 'The former employee_id; never that of a person at the same time';
COMMENT ON COLUMN jml.alias.person_id IS 'Whose it is';
COMMENT ON COLUMN jml.alias.absorbed_id IS
    'The person of that id that was taken in, if there was one; its audit rows bear this key';
COMMENT ON COLUMN jml.alias.event_id IS 'The event that said so; empty: an operator did';
COMMENT ON COLUMN jml.alias.created_at IS 'Since when it is known';

GRANT SELECT ON jml.alias TO jml_daemon, jml_operator, jml_auditor;
GRANT INSERT, UPDATE, DELETE ON jml.alias TO jml_daemon;

-- The daemon deletes those alone that were taken in by others; the audit keeps their end.
CREATE FUNCTION jml.person_delete() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM jml.alias a WHERE a.absorbed_id = old.id) THEN
        RAISE EXCEPTION 'person % is not known as anybody else: refused', old.id
            USING ERRCODE = 'insufficient_privilege', HINT = 'People are never deleted.';
    END IF;
    RETURN old;
END
$$;
COMMENT ON FUNCTION jml.person_delete() IS 'Refuses that the daemon deletes people, but for those who were taken in';
CREATE TRIGGER refuse_delete BEFORE DELETE ON jml.person
    FOR EACH ROW WHEN (current_user = 'jml_daemon') EXECUTE FUNCTION jml.person_delete();
GRANT DELETE ON jml.person TO jml_daemon;
GRANT UPDATE (trigger_key, person_id) ON jml.run TO jml_daemon;

CREATE FUNCTION jml.current_id(employee_id text) RETURNS text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT coalesce((SELECT p.employee_id
                         FROM jml.alias a JOIN jml.person p ON p.id = a.person_id
                         WHERE a.alias = current_id.employee_id), current_id.employee_id);
    END;
COMMENT ON FUNCTION jml.current_id(text) IS 'The employee_id that somebody has now: of a former one, else itself';

CREATE FUNCTION jml.ids_of(employee_id text) RETURNS text[]
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT array_agg(c.id)
        FROM (SELECT jml.current_id(ids_of.employee_id) AS id
              UNION
              SELECT b.alias
              FROM jml.person p JOIN jml.alias b ON b.person_id = p.id
              WHERE p.employee_id = jml.current_id(ids_of.employee_id)) AS c;
    END;
COMMENT ON FUNCTION jml.ids_of(text) IS 'All employee_ids of the person that one of them names; else itself alone';

-- ---- two people become one
--
-- The daemon calls this within a batch, for a person it has locked. It never waits for another
-- person's lock (so that no order of locks can be wrong), only for others that do the same: the lock
-- 4740002, which also whoever makes people shares, keeps an id from becoming a person and an alias at
-- once. Nothing here is a matter of the time line: that is folded anew afterwards.

-- Known by events alone, of which none made an employment, or is about to: nothing that could be mixed
-- up. Hires count that came before the event in question, as if one were worked off after the other.
CREATE FUNCTION jml.is_shell(person_id uuid, event bigint) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT p.state = 'unknown'
           AND NOT EXISTS (SELECT FROM jml.run r WHERE r.person_id = p.id)
           AND NOT EXISTS (SELECT FROM jml.assignment a
                           WHERE a.target_id = p.id AND a.revoked_at IS NULL)
           AND NOT EXISTS (SELECT FROM jml.assignment_request r
                           WHERE r.target_id = p.id AND r.effective_at IS NOT NULL)
           AND NOT EXISTS (SELECT FROM jml.event e
                           WHERE e.employee_id = ANY (jml.ids_of(p.employee_id))
                             AND e.id < is_shell.event AND e.kind = 'joiner' AND e.state = 'pending'
                             AND NOT e.attributes ? 'formerEmployeeId')
        FROM jml.person p WHERE p.id = is_shell.person_id;
    END;
COMMENT ON FUNCTION jml.is_shell(uuid, bigint) IS 'Is nothing known of a person but ids and events without an employment?';

CREATE FUNCTION jml.absorb(at timestamptz, keep_id uuid, gone_id uuid, event bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    keep    jml.person;
    gone    jml.person;
    twin    record;
    request uuid;
    why     text;
BEGIN
    SELECT * INTO keep FROM jml.person p WHERE p.id = keep_id;
    SELECT * INTO gone FROM jml.person p WHERE p.id = gone_id;
    why := format('%s and %s are one person', gone.employee_id, keep.employee_id);

    IF NOT jml.is_shell(gone_id, 0) THEN
        -- A1: what both hold, one keeps, with the later end. Nothing is taken away by that.
        FOR twin IN
            SELECT CASE WHEN k.longer THEN g.id ELSE h.id END AS id,
                   CASE WHEN k.longer THEN g.state ELSE h.state END AS state,
                   h.access_package_id, CASE WHEN k.longer THEN g.policy_id ELSE h.policy_id END AS policy_id,
                   CASE WHEN k.longer THEN g.target_id ELSE h.target_id END AS target_id
            FROM jml.assignment h
            JOIN jml.assignment g ON g.access_package_id = h.access_package_id
            CROSS JOIN LATERAL (SELECT coalesce(h.ends_at, 'infinity') >= coalesce(g.ends_at, 'infinity')
                                       AS longer) k
            WHERE h.target_id = keep_id AND h.state <> 'expired'
              AND g.target_id = gone_id AND g.state <> 'expired'
            ORDER BY h.id
        LOOP
            request := gen_random_uuid();
            INSERT INTO jml.assignment_request (id, request_type, state, status, access_package_id,
                policy_id, assignment_id, target_id, target_employee_id, requestor, justification,
                created_at, completed_at)
            VALUES (request, 'systemRemove', 'delivered', 'Delivered', twin.access_package_id,
                twin.policy_id, twin.id, keep_id, keep.employee_id, 'jmld', 'corrected: ' || why, at, at);
            UPDATE jml.assignment a
            SET state = 'expired', end_reason = 'corrected', expired_at = at, revoked_at = at,
                notice_14_at = NULL, notice_1_at = NULL, updated_at = at
            WHERE a.id = twin.id;
            INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, rule,
                from_state, to_state, reason, detail, request_id)
            SELECT at, 'jmld', u.object_type, u.object_id, keep_id, keep.employee_id, t.rule,
                   nullif(t.from_state, 'new'), t.to_state, u.reason, u.detail, request
            FROM (VALUES
                (1, 'request', request::text, 'new', 'submit', 'corrected: ' || why, NULL::jsonb),
                (2, 'request', request::text, 'submitted', 'accept', NULL, NULL),
                (3, 'assignment', twin.id::text, twin.state, 'end', 'corrected: ' || why,
                 jsonb_build_object('expired_at', jml.canonical(at), 'end_reason', 'corrected',
                                    'revoked_at', jml.canonical(at))))
                AS u (nth, object_type, object_id, from_state, trigger, reason, detail)
            JOIN jml.transition t ON t.machine = u.object_type AND t.trigger = u.trigger
                AND coalesce(t.from_state, 'new') = u.from_state
                AND (t.guard IS NULL OR t.guard IN ('', 'always'))
            ORDER BY u.nth;
        END LOOP;

        -- One run for one cause: the one that has run, else that of who stays. The other loses its
        -- cause, as the next fold finds.
        UPDATE jml.run r SET trigger_key = r.trigger_key || '#' || r.id
        FROM jml.run o
        WHERE o.workflow_id = r.workflow_id AND o.trigger_key = r.trigger_key
          AND ((r.person_id = gone_id AND o.person_id = keep_id
                AND (r.started_at IS NULL OR o.started_at IS NOT NULL))
            OR (r.person_id = keep_id AND o.person_id = gone_id
                AND r.started_at IS NULL AND o.started_at IS NOT NULL));
        UPDATE jml.run r SET person_id = keep_id WHERE r.person_id = gone_id;
        UPDATE jml.assignment a SET target_id = keep_id WHERE a.target_id = gone_id;
        UPDATE jml.assignment_request r SET target_id = keep_id WHERE r.target_id = gone_id;
        UPDATE jml.delivery d SET person_id = keep_id WHERE d.person_id = gone_id;
        UPDATE jml.notification n SET person_id = keep_id WHERE n.person_id = gone_id;
    END IF;

    UPDATE jml.alias a SET person_id = keep_id WHERE a.person_id = gone_id;
    INSERT INTO jml.alias (alias, person_id, absorbed_id, event_id)
    VALUES (gone.employee_id, keep_id, gone_id, event);
    IF jml.audit_last_state('person', gone_id::text, gone_id) IS NOT NULL THEN
        INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, employee_id, from_state,
            reason, detail, event_id)
        VALUES (at, 'jmld', 'person', gone_id::text, gone_id, gone.employee_id, gone.state,
            'taken in: ' || why, jsonb_build_object('into', keep_id), event);
    END IF;
    DELETE FROM jml.person p WHERE p.id = gone_id;
END
$$;
COMMENT ON FUNCTION jml.absorb(timestamptz, uuid, uuid, bigint) IS
    'Gives all that is about one person to another, and makes its ids aliases of that one';

-- self_id: the person that an event (or command) is about, which says that other_id is the same.
CREATE FUNCTION jml.unite(at timestamptz, self_id uuid, other_id text, event bigint) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    self        jml.person;
    other       jml.person;
    found_id    uuid;
    is_given_up boolean;
    command     boolean := event IS NULL;
BEGIN
    PERFORM pg_advisory_xact_lock(4740002);
    SELECT * INTO self FROM jml.person p WHERE p.id = self_id;
    IF self.id IS NULL THEN
        RETURN 'united';    -- by another row of this batch
    END IF;
    SELECT p.id, false INTO found_id, is_given_up FROM jml.person p WHERE p.employee_id = other_id;
    IF found_id IS NULL THEN
        -- given up for another id, and not just on the way to become this person's
        SELECT a.person_id, a.event_id IS NULL OR EXISTS (
                   SELECT FROM jml.event e
                   WHERE e.employee_id = ANY (jml.ids_of(other_id)) AND e.employee_id <> other_id
                     AND e.kind IN ('joiner', 'mover') AND e.state IN ('pending', 'done')
                     AND e.attributes ->> 'formerEmployeeId' = other_id)
        INTO found_id, is_given_up FROM jml.alias a WHERE a.alias = other_id;
    END IF;
    IF found_id = self_id THEN
        RETURN 'united';
    ELSIF found_id IS NULL AND command THEN
        RETURN format('no_person: there is no person %s', other_id);
    ELSIF found_id IS NULL AND NOT jml.printable(other_id, 256) THEN
        RETURN 'bad_former_id: attributes.formerEmployeeId can be no employee_id';
    ELSIF found_id IS NULL THEN
        INSERT INTO jml.alias (alias, person_id, event_id) VALUES (other_id, self_id, event);
        RETURN 'united';
    END IF;

    SELECT * INTO other FROM jml.person p WHERE p.id = found_id FOR UPDATE SKIP LOCKED;
    IF other.id IS NULL THEN
        RETURN 'locked';
    ELSIF other.held_at IS NOT NULL AND command THEN
        RETURN format('person_held: %1$s is held; release %1$s first', other.employee_id);
    ELSIF other.held_at IS NOT NULL THEN
        RETURN format('needs_merge: ''%1$s'' is held: jmlctl person release %1$s, then '
            'jmlctl person merge %1$s %2$s', other.employee_id, self.employee_id);
    ELSIF command THEN
        PERFORM jml.absorb(at, self_id, found_id, NULL);
    ELSIF is_given_up THEN
        RETURN format('needs_merge: ''%1$s'' is a former id of ''%2$s'' already, ''%3$s'' would be '
            'another: if they are one person, jmlctl person merge %2$s %3$s',
            other_id, other.employee_id, self.employee_id);
    ELSIF jml.is_shell(self_id, event) THEN
        PERFORM jml.absorb(at, found_id, self_id, event);
    ELSIF jml.is_shell(found_id, event) THEN
        PERFORM jml.absorb(at, self_id, found_id, event);
    ELSE
        RETURN format('needs_merge: ''%1$s'' and ''%2$s'' are both known as people: if they are one, '
            'jmlctl person merge %1$s %2$s', other.employee_id, self.employee_id);
    END IF;
    RETURN 'united';
END
$$;
COMMENT ON FUNCTION jml.unite(timestamptz, uuid, text, bigint) IS
    'Another id of a person: united, locked (another batch has it), or why not. Without an event: by command';
GRANT EXECUTE ON FUNCTION jml.unite(timestamptz, uuid, text, bigint),
    jml.absorb(timestamptz, uuid, uuid, bigint), jml.is_shell(uuid, bigint) TO jml_daemon;
GRANT EXECUTE ON FUNCTION jml.current_id(text), jml.ids_of(text)
    TO jml_daemon, jml_operator, jml_auditor;

-- ---- commands and requests find people by any of their ids

ALTER TABLE jml.command DROP CONSTRAINT command_kind_known;
ALTER TABLE jml.command ADD CONSTRAINT command_kind_known CHECK (kind IN (
    'event_retry', 'event_hold', 'event_release', 'person_hold', 'person_release', 'person_merge',
    'workflow_run', 'workflow_enable', 'workflow_disable',
    'run_cancel', 'run_retry', 'run_release', 'request_cancel'));
COMMENT ON COLUMN jml.command.object_id IS
    'Id of the event, workflow, run or request; for person_... an employee_id';
COMMENT ON COLUMN jml.command.arguments IS
    'Further words of the command: reason; of person_merge into, the employee_id that stays';

CREATE OR REPLACE FUNCTION jml.command_complete() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    noun  text := split_part(new.kind, '_', 1);
    known boolean := false;
    into_id text;
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

CREATE OR REPLACE FUNCTION jml.request_complete() RETURNS trigger
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
    new.actor := session_user;  -- whoever the request says it is for

    IF new.request_type IN ('systemAdd', 'systemUpdate', 'systemRemove') THEN
        new.error := format('not_system: a %s is made by jmld alone; use %s', new.request_type,
            replace(new.request_type, 'system', 'admin'));
    ELSIF new.assignment_id IS NOT NULL THEN
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
        SELECT p.id INTO by_name FROM jml.person p
        WHERE p.employee_id = jml.current_id(new.target_employee_id);
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

-- ---- the story of somebody who was taken in is told with that of who took it in

CREATE OR REPLACE VIEW jml.timeline AS
SELECT u.at, u.employee_id, u.object_type, u.object_id, u.from_state, u.to_state,
       u.sentence, u.actor, u.reason, u.event_id, u.run_id, u.request_id
FROM (
    SELECT a.id, a.at, p.employee_id, a.object_type, a.object_id, a.from_state, a.to_state,
           coalesce(t.sentence, a.reason) AS sentence, a.actor, a.reason, a.event_id, a.run_id,
           a.request_id
    FROM jml.audit a
    LEFT JOIN jml.person p ON p.id = a.person_id
    LEFT JOIN jml.transition t ON t.rule = a.rule
    WHERE a.person_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM jml.alias l WHERE l.absorbed_id = a.person_id)
    UNION ALL
    SELECT a.id, a.at, p.employee_id, a.object_type, a.object_id, a.from_state, a.to_state,
           coalesce(t.sentence, a.reason) AS sentence, a.actor, a.reason, a.event_id, a.run_id,
           a.request_id
    FROM jml.alias l
    JOIN jml.person p ON p.id = l.person_id
    JOIN jml.audit a ON a.person_id = l.absorbed_id
    LEFT JOIN jml.transition t ON t.rule = a.rule
    UNION ALL
    SELECT a.id, a.at, a.employee_id, a.object_type, a.object_id, a.from_state, a.to_state,
           coalesce(t.sentence, a.reason), a.actor, a.reason, a.event_id, a.run_id, a.request_id
    FROM jml.audit a
    LEFT JOIN jml.transition t ON t.rule = a.rule
    WHERE a.person_id IS NULL
) AS u
ORDER BY u.id;

SET LOCAL ROLE NONE;

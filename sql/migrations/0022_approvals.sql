-- SPDX-License-Identifier: MIT
-- Requests by people and decisions about them: both are completed when they come in, and what can
-- never be used is refused at once, with the reason.

SET LOCAL ROLE jml_owner;

-- Few people are external, and the daemon writes the others: their addresses are looked for by hand.
CREATE INDEX person_external_mail ON jml.person (lower(attributes ->> 'mail')) WHERE kind = 'external';

CREATE OR REPLACE FUNCTION jml.approval_complete() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    request jml.assignment_request;
BEGIN
    IF new.state <> 'pending' THEN
        RAISE EXCEPTION 'a decision begins as pending, not as %', new.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_begins_pending',
                  HINT = 'Leave out the column state.';
    END IF;
    new.actor := session_user;  -- whoever it says has decided
    new.approver := jml.current_id(new.approver);
    SELECT * INTO request FROM jml.assignment_request r WHERE r.id = new.request_id;
    -- one that is submitted may be about to wait
    new.error := CASE
        WHEN new.error IS NOT NULL THEN new.error
        WHEN request.id IS NULL THEN format('no_request: there is no request %s', new.request_id)
        WHEN request.target_id IS NULL AND request.target_employee_id IS NULL
            THEN format('no_person: request %s names nobody', new.request_id)
        WHEN request.state NOT IN ('submitted', 'pendingApproval') AND request.stage = 0
            THEN format('not_pending: request %s never waited for approval: it is %s',
                        new.request_id, request.state)
        WHEN request.state NOT IN ('submitted', 'pendingApproval')
            THEN format('not_pending: request %s does not wait for approval any more: it is %s',
                        new.request_id, request.state) END;
    IF new.error IS NOT NULL THEN
        new.state := 'refused';
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.approval_complete() IS 'Refuses at once decisions about what does not wait for one';

-- Whose address is it? Of several people the ones who are there; error when that leaves several.
CREATE FUNCTION jml.people_of_mail(address text) RETURNS text[]
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH found AS (
            SELECT p.employee_id, p.state NOT IN ('left', 'unknown') AS is_there
            FROM jml.person p
            WHERE p.kind = 'external' AND lower(p.attributes ->> 'mail') = lower(people_of_mail.address)
            UNION ALL
            SELECT p.employee_id, p.state NOT IN ('left', 'unknown')
            FROM jml.person p
            WHERE p.kind = 'employee' AND lower(p.attributes ->> 'mail') = lower(people_of_mail.address)
        )
        SELECT coalesce(array_agg(f.employee_id ORDER BY f.employee_id) FILTER (WHERE f.is_there),
                        array_agg(f.employee_id ORDER BY f.employee_id))
        FROM found f;
    END;
COMMENT ON FUNCTION jml.people_of_mail(text) IS
    'employee_ids of the people with a mail address: those who are there, or else all who had it';
GRANT EXECUTE ON FUNCTION jml.people_of_mail(text) TO jml_operator, jml_auditor;

CREATE OR REPLACE FUNCTION jml.request_complete() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    held     jml.assignment;
    by_id    text;      -- employee_id of target_id
    by_name  uuid;      -- id of target_employee_id
    by_mail  text[];    -- employee_ids of target_email
BEGIN
    IF new.state <> 'submitted' THEN
        RAISE EXCEPTION 'a request begins as submitted, not as %', new.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'request_begins_submitted',
                  HINT = 'Leave out the column state.';
    END IF;
    new.actor := session_user;  -- whoever the request says it is for
    new.target_email := lower(new.target_email);

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

    -- somebody's address, or that of nobody who is known: such a one goes by it
    IF new.target_email IS NOT NULL AND new.error IS NULL THEN
        by_mail := jml.people_of_mail(new.target_email);
        IF cardinality(by_mail) > 1 AND new.target_id IS NULL AND new.target_employee_id IS NULL THEN
            new.error := format('ambiguous_email: %s people have this address; name one by '
                'target_employee_id; if they are one: jmlctl person merge', cardinality(by_mail));
        ELSIF new.target_id IS NULL AND new.target_employee_id IS NULL THEN
            new.target_employee_id := coalesce(by_mail[1], new.target_email);
        ELSIF cardinality(by_mail) > 0 AND new.target_employee_id IS NOT NULL
              AND jml.current_id(new.target_employee_id) <> ALL (by_mail) THEN
            new.error := 'bad_target: target_email and target_employee_id name two people';
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
        new.error := 'no_target: the request names nobody: give target_id, target_employee_id or target_email';
    ELSIF new.target_id IS NOT NULL AND by_id IS NULL THEN
        new.error := format('no_target: there is no person %s', new.target_id);
    ELSIF new.target_id IS NOT NULL AND new.target_employee_id IS NOT NULL
          AND by_name IS DISTINCT FROM new.target_id THEN
        new.error := 'bad_target: target_id and target_employee_id name two people';
    ELSIF new.access_package_id IS NULL THEN
        new.error := 'no_package: the request names no access package';
    END IF;

    -- an employee_id that nobody has stays alone: the daemon makes the person, and decides
    new.target_id := coalesce(new.target_id, by_name);
    new.target_employee_id := coalesce(new.target_employee_id, by_id);
    -- people ask for themselves, unless the row names somebody else who asks
    IF new.request_type IN ('userAdd', 'userUpdate', 'userRemove', 'approverRemove')
       AND (new.requestor IS NULL OR new.requestor = session_user OR new.requestor = '') THEN
        new.requestor := coalesce(jml.current_id(new.target_employee_id), session_user);
    ELSIF new.request_type IN ('userAdd', 'userUpdate', 'userRemove', 'approverRemove') THEN
        new.requestor := jml.current_id(new.requestor);
    ELSE
        new.requestor := coalesce(new.requestor, session_user);
    END IF;
    IF new.error IS NOT NULL THEN
        new.state := 'denied';
        new.status := 'Denied';
        new.completed_at := clock_timestamp();
    END IF;
    RETURN new;
END
$$;
COMMENT ON COLUMN jml.assignment_request.requestor IS
    'Who asked: of a request by people an employee_id (not given: the person it is for), else words of who inserted it';

-- ---- commands about assignments find their person

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
        WHEN 'assignment' THEN
            SELECT p.employee_id, true INTO new.employee_id, known
            FROM jml.assignment a JOIN jml.person p ON p.id = a.target_id
            WHERE a.id = jml.to_uuid(new.object_id);
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
COMMENT ON COLUMN jml.command.object_id IS
    'Id of the event, workflow, run, request or assignment; for person_... an employee_id';

SET LOCAL ROLE NONE;

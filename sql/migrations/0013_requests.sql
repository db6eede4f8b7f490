-- SPDX-License-Identifier: MIT
-- Requests keep who inserted them, whoever they say has asked; what is jmld's alone is not taken from
-- others. Feeds may ask whether they say the same again.

SET LOCAL ROLE jml_owner;

-- ---- who asked: requestor is what the row says. Nobody is granted to write the actor; rows that are
-- ---- there have none.

ALTER TABLE jml.assignment_request ADD COLUMN actor text;
COMMENT ON COLUMN jml.assignment_request.requestor IS 'Who asked, in the words of who inserted it';
COMMENT ON COLUMN jml.assignment_request.actor IS
    'The role that inserted it, which the audit names; empty: jmld itself, or an older version took it';

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

-- ---- for feeds that submit the same event again

-- A feed may not read what it said; it may ask whether it says the same. Of sources that it could
-- not insert into it learns nothing.
CREATE FUNCTION jml.event_differences(source text, source_ref text, kind text, employee_id text,
        employment text, effective_at timestamptz, effective_on date, sequence bigint,
        attributes jsonb, supersedes text) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT array_remove(ARRAY[
            CASE WHEN e.kind <> event_differences.kind THEN 'kind' END,
            CASE WHEN e.employee_id <> event_differences.employee_id THEN 'employee_id' END,
            CASE WHEN e.employment <> event_differences.employment THEN 'employment' END,
            CASE WHEN e.effective_at IS DISTINCT FROM event_differences.effective_at
                 THEN 'effective_at' END,
            CASE WHEN e.effective_on IS DISTINCT FROM event_differences.effective_on
                 THEN 'effective_on' END,
            CASE WHEN e.sequence IS DISTINCT FROM event_differences.sequence THEN 'sequence' END,
            CASE WHEN e.attributes <> event_differences.attributes THEN 'attributes' END,
            CASE WHEN e.supersedes IS DISTINCT FROM event_differences.supersedes
                 THEN 'supersedes' END], NULL)
        FROM jml.event e
        WHERE e.source = event_differences.source
          AND e.source_ref = event_differences.source_ref
          AND e.source <> ALL (jml.sources_of_others(
              coalesce(nullif(current_setting('role'), 'none'), session_user)::name, session_user));
    END;
COMMENT ON FUNCTION jml.event_differences(text, text, text, text, text, timestamptz, date, bigint, jsonb, text) IS
    'Names of the columns, batch aside, in which an event differs from the one with its source_ref; '
    'empty when there is none, or none that the caller may insert';

SET LOCAL ROLE NONE;

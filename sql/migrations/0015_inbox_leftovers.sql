-- SPDX-License-Identifier: MIT
-- Nothing stays in the queue that nobody works off: decisions, which this version does not know, are
-- refused at once; and an event that leaves pending by hand leaves the queue.

SET LOCAL ROLE jml_owner;

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
    SELECT * INTO request FROM jml.assignment_request r WHERE r.id = new.request_id;
    new.state := 'refused';
    new.error := CASE
        WHEN request.id IS NULL THEN format('no_request: there is no request %s', new.request_id)
        WHEN request.target_id IS NULL AND request.target_employee_id IS NULL
            THEN format('no_person: request %s names nobody', new.request_id)
        ELSE 'not_supported: this version takes no decisions; no policy it takes asks for one' END;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.approval_complete() IS 'Refuses decisions at once, until there is something to decide';

CREATE FUNCTION jml.event_requeue() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF old.state = 'pending' THEN
        DELETE FROM jml.queue q WHERE q.class IN (0, 1) AND q.id = old.id AND q.kind = 'event';
    END IF;
    IF tg_op = 'UPDATE' THEN
        IF new.state = 'pending' THEN
            INSERT INTO jml.queue (class, id, kind, employee_id)
            VALUES (CASE WHEN new.kind IN ('leaver', 'rescind') THEN 0 ELSE 1 END, new.id, 'event',
                    new.employee_id)
            ON CONFLICT (class, id) DO NOTHING;
            PERFORM jml.wake_sleeper();
        END IF;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.event_requeue() IS 'Keeps the queue in step with events that are changed by hand';

CREATE TRIGGER requeue_update AFTER UPDATE OF id, kind, employee_id, state ON jml.event FOR EACH ROW
    WHEN (current_user <> 'jml_daemon' AND (old.id, old.kind, old.employee_id, old.state)
                                           IS DISTINCT FROM (new.id, new.kind, new.employee_id, new.state))
    EXECUTE FUNCTION jml.event_requeue();
CREATE TRIGGER requeue_delete AFTER DELETE ON jml.event FOR EACH ROW
    WHEN (current_user <> 'jml_daemon') EXECUTE FUNCTION jml.event_requeue();

-- done_at tells the daemon that the audit knows the event already, as it does after a change by hand.
CREATE FUNCTION jml.event_touch() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    new.done_at := coalesce(new.done_at, clock_timestamp());
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.event_touch() IS 'Marks an event whose state was changed by hand as moved';

CREATE TRIGGER touch BEFORE UPDATE OF state ON jml.event FOR EACH ROW
    WHEN (current_user <> 'jml_daemon' AND old.state <> new.state) EXECUTE FUNCTION jml.event_touch();

-- what was left over so far
UPDATE jml.approval SET state = 'refused',
    error = 'not_supported: this version takes no decisions; no policy it takes asks for one'
WHERE state = 'pending';
DELETE FROM jml.queue q
WHERE q.kind = 'approval'
   OR (q.employee_id IS NULL AND q.kind <> 'command')
   OR (q.kind = 'event'
       AND NOT EXISTS (SELECT FROM jml.event e WHERE e.id = q.id AND e.state = 'pending'));

SET LOCAL ROLE NONE;

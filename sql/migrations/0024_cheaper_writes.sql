-- SPDX-License-Identifier: MIT
-- What a change by hand needs costs the daemon nothing: a BEFORE trigger would lock each row of its
-- updates first, whatever its WHEN says. And people without tasks to go on with are found by an index.

SET LOCAL ROLE jml_owner;

DROP TRIGGER touch ON jml.event;
DROP FUNCTION jml.event_touch();

CREATE OR REPLACE FUNCTION jml.event_requeue() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF old.state = 'pending' THEN
        DELETE FROM jml.queue q WHERE q.class IN (0, 1) AND q.id = old.id AND q.kind = 'event';
    END IF;
    IF tg_op = 'UPDATE' THEN
        IF new.state <> old.state AND new.done_at IS NULL THEN
            -- it tells the daemon that the audit knows the event already
            UPDATE jml.event e SET done_at = clock_timestamp() WHERE e.id = new.id;
        END IF;
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
COMMENT ON FUNCTION jml.event_requeue() IS
    'Keeps the queue in step with events that are changed by hand, and marks those as moved';

-- The condition is that of people_tasks.sql, word for word. Hardly any run meets it.
CREATE INDEX run_with_tasks_to_read ON jml.run (person_id)
    WHERE state IN ('held', 'inProgress', 'failed', 'completedWithErrors')
       OR (state = 'canceled' AND started_at IS NOT NULL);

SET LOCAL ROLE NONE;

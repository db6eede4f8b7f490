-- SPDX-License-Identifier: MIT
-- Events that want somebody's attention, in a table of their own: jml.event only grows, and health and
-- status look at few of its rows, often. Kept in step by a trigger, so that nobody has to search.

SET LOCAL ROLE jml_owner;

CREATE TABLE jml.event_attention (
    event_id bigint PRIMARY KEY,
    kind     text NOT NULL CONSTRAINT event_attention_kind
             CHECK (kind IN ('held', 'closes_nothing', 'waits_for_target', 'bad_supersedes'))
);
COMMENT ON TABLE jml.event_attention IS
    'Events that are held, and done ones that dangle: they closed, corrected or withdrew nothing';
COMMENT ON COLUMN jml.event_attention.event_id IS 'The event; no foreign key, the trigger keeps it';
COMMENT ON COLUMN jml.event_attention.kind IS 'held, or the code at the head of the event''s warning';
GRANT SELECT ON jml.event_attention TO jml_daemon, jml_operator, jml_auditor;

CREATE FUNCTION jml.event_attend() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wanted text;
BEGIN
    IF tg_op <> 'DELETE' THEN
        wanted := CASE
            WHEN new.state = 'held' THEN 'held'
            WHEN new.state = 'done' THEN substring(new.error FROM '^(closes_nothing|waits_for_target|bad_supersedes):')
            END;
    END IF;
    IF wanted IS NULL THEN
        DELETE FROM jml.event_attention a WHERE a.event_id = old.id;
    ELSE
        INSERT INTO jml.event_attention (event_id, kind) VALUES (new.id, wanted)
        ON CONFLICT (event_id) DO UPDATE SET kind = excluded.kind;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.event_attend() IS 'Keeps jml.event_attention in step with jml.event';

-- The conditions decide for nearly every row that there is nothing to call.
CREATE TRIGGER attend_update AFTER UPDATE OF state, error ON jml.event FOR EACH ROW
    WHEN (old.state = 'held' OR new.state = 'held'
          OR old.error ~ '^(closes_nothing|waits_for_target|bad_supersedes):'
          OR new.error ~ '^(closes_nothing|waits_for_target|bad_supersedes):')
    EXECUTE FUNCTION jml.event_attend();
CREATE TRIGGER attend_delete AFTER DELETE ON jml.event FOR EACH ROW
    WHEN (old.state = 'held' OR old.error IS NOT NULL)
    EXECUTE FUNCTION jml.event_attend();

-- what is there already
INSERT INTO jml.event_attention (event_id, kind)
SELECT e.id, CASE e.state WHEN 'held' THEN 'held'
    ELSE substring(e.error FROM '^(closes_nothing|waits_for_target|bad_supersedes):') END
FROM jml.event e
WHERE e.state = 'held'
   OR (e.state = 'done' AND e.error ~ '^(closes_nothing|waits_for_target|bad_supersedes):');

SET LOCAL ROLE NONE;

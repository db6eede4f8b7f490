-- SPDX-License-Identifier: MIT
-- Who may say where access leads. Whoever manages a catalog puts roles into packages; which group of which
-- directory a role is, is for operators and Identity Governance administrators: otherwise the owner of a
-- catalog could hand out any group there is.
--
-- What is changed of jml.target by hand is not audited: it is configuration, as resources are, and no state
-- of anybody's access. What it leads to, each delivery, is.

SET LOCAL ROLE jml_owner;

-- ---- targets

ALTER TABLE jml.target ENABLE ROW LEVEL SECURITY;
CREATE POLICY grants ON jml.target USING (true) WITH CHECK (true);
CREATE POLICY delegate_reads ON jml.target AS RESTRICTIVE FOR SELECT TO jml_delegate
    USING ((SELECT jml.administers()));
CREATE POLICY delegate_adds ON jml.target AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK ((SELECT jml.administers()));
CREATE POLICY delegate_changes ON jml.target AS RESTRICTIVE FOR UPDATE TO jml_delegate
    USING ((SELECT jml.administers()));
CREATE POLICY delegate_deletes ON jml.target AS RESTRICTIVE FOR DELETE TO jml_delegate
    USING ((SELECT jml.administers()));
GRANT SELECT, INSERT (id, display_name, kind, document), UPDATE (display_name, kind, document), DELETE
    ON jml.target TO jml_delegate;

-- The others may know what there is, not where it stands and who logs in to it: resources name it.
CREATE FUNCTION jml.target_names() RETURNS TABLE (id uuid, display_name text, kind text)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 10
    BEGIN ATOMIC
        SELECT t.id, t.display_name, t.kind FROM jml.target t;
    END;
COMMENT ON FUNCTION jml.target_names() IS 'The targets there are, for who may not read what they say';
CREATE FUNCTION jml.reads_targets() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT NOT pg_has_role(jml.caller(), 'jml_delegate', 'USAGE') OR jml.administers();
    END;
COMMENT ON FUNCTION jml.reads_targets() IS 'May the caller read what targets say, as far as grants go?';
GRANT EXECUTE ON FUNCTION jml.target_names(), jml.reads_targets()
    TO jml_daemon, jml_operator, jml_auditor, jml_delegate;

-- ---- resources that lead to one, and their roles

CREATE POLICY delegate_adds_by_record ON jml.resource AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK (target = 'record' OR (SELECT jml.administers()));
CREATE POLICY delegate_changes_by_record ON jml.resource AS RESTRICTIVE FOR UPDATE TO jml_delegate
    USING (target = 'record' OR (SELECT jml.administers()))
    WITH CHECK (target = 'record' OR (SELECT jml.administers()));
CREATE POLICY delegate_deletes_by_record ON jml.resource AS RESTRICTIVE FOR DELETE TO jml_delegate
    USING (target = 'record' OR (SELECT jml.administers()));

CREATE POLICY delegate_adds_by_record ON jml.resource_role AS RESTRICTIVE FOR INSERT TO jml_delegate
    WITH CHECK ((SELECT jml.administers())
                OR EXISTS (SELECT FROM jml.resource s WHERE s.id = resource_id AND s.target = 'record'));
CREATE POLICY delegate_changes_by_record ON jml.resource_role AS RESTRICTIVE FOR UPDATE TO jml_delegate
    USING ((SELECT jml.administers())
           OR EXISTS (SELECT FROM jml.resource s WHERE s.id = resource_id AND s.target = 'record'));
CREATE POLICY delegate_deletes_by_record ON jml.resource_role AS RESTRICTIVE FOR DELETE TO jml_delegate
    USING ((SELECT jml.administers())
           OR EXISTS (SELECT FROM jml.resource s WHERE s.id = resource_id AND s.target = 'record'));

-- ---- names lead somewhere, and go on to do so: deliveries and resources know targets by name

CREATE FUNCTION jml.resource_target_known() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM jml.target t WHERE t.display_name = new.target AND t.kind <> 'extension') THEN
        RAISE EXCEPTION 'there is no target "%"', new.target
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'resource_target_known',
                  HINT = 'Targets come by jmlctl apply; record is the record here.';
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.resource_target_known() IS 'Refuses resources that lead nowhere';
-- AFTER: the policies above speak first.
CREATE TRIGGER target_known AFTER INSERT OR UPDATE OF target ON jml.resource
    FOR EACH ROW WHEN (new.target <> 'record') EXECUTE FUNCTION jml.resource_target_known();

CREATE FUNCTION jml.target_in_use() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    leaves boolean := tg_op = 'DELETE' OR new.display_name <> old.display_name;
    used   text;
    n      bigint;
BEGIN
    SELECT s.display_name INTO used FROM jml.resource s
    WHERE leaves AND s.target = old.display_name ORDER BY 1 LIMIT 1;
    IF used IS NOT NULL THEN
        RAISE EXCEPTION 'target "%" is the target of resource "%"', old.display_name, used
            USING ERRCODE = 'object_in_use', CONSTRAINT = 'target_not_in_use',
                  HINT = 'Give the resource another target first.';
    END IF;
    SELECT w.display_name INTO used FROM jml.workflow w
    WHERE tg_op = 'DELETE' AND old.kind = 'extension' AND strpos(w.document::text, old.id::text) > 0
    ORDER BY 1 LIMIT 1;
    IF used IS NOT NULL THEN
        RAISE EXCEPTION 'custom task extension "%" is run by workflow "%"', old.display_name, used
            USING ERRCODE = 'object_in_use', CONSTRAINT = 'target_not_in_use',
                  HINT = 'Take the task out of the workflow first.';
    END IF;
    SELECT count(*) INTO n FROM jml.delivery d WHERE d.target = old.display_name AND d.due_at IS NOT NULL;
    IF n > 0 THEN
        RAISE EXCEPTION 'target "%" has % open deliveries', old.display_name, n
            USING ERRCODE = 'object_in_use', CONSTRAINT = 'target_not_in_use',
                  HINT = 'jmlctl delivery list --target shows them; until they are done it stays as it is.';
    END IF;
    RETURN CASE WHEN tg_op = 'DELETE' THEN old ELSE new END;
END
$$;
COMMENT ON FUNCTION jml.target_in_use() IS
    'Keeps a target while resources name it, and its name and kind while something is on its way to it';
CREATE TRIGGER in_use BEFORE DELETE ON jml.target FOR EACH ROW EXECUTE FUNCTION jml.target_in_use();
CREATE TRIGGER in_use_changed BEFORE UPDATE OF display_name, kind ON jml.target FOR EACH ROW
    WHEN (old.display_name <> new.display_name OR old.kind <> new.kind)
    EXECUTE FUNCTION jml.target_in_use();

SET LOCAL ROLE NONE;

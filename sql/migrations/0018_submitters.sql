-- SPDX-License-Identifier: MIT
-- jmlctl event submit for operators and for feeds; workflows that are not deleted; justifications
-- that are sentences.

SET LOCAL ROLE jml_owner;

-- ---- who submits events

-- An operator may say what a feed may say, and of bound sources as little.
GRANT INSERT (source, source_ref, batch, kind, employee_id, employment, effective_at, effective_on,
              sequence, attributes, supersedes) ON jml.event TO jml_operator;
CREATE POLICY operator_inserts ON jml.event FOR INSERT TO jml_operator
    WITH CHECK (source <> ALL ((SELECT jml.sources_of_others(current_user, session_user))::text[]));
GRANT EXECUTE ON FUNCTION jml.sources_of_others(name, name),
    jml.event_differences(text, text, text, text, text, timestamptz, date, bigint, jsonb, text)
    TO jml_operator;

-- Programs ask first whether they fit the schema. A feed may read no table but its events.
CREATE FUNCTION jml.migrations_seen()
    RETURNS TABLE (number bigint, slug text, sha256 text, applied_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        SELECT m.number::bigint, m.slug, m.sha256, m.applied_at FROM jml.migration m ORDER BY m.number;
    END;
COMMENT ON FUNCTION jml.migrations_seen() IS 'Which schema this is, for feeds that use jmlctl event submit';
REVOKE EXECUTE ON FUNCTION jml.migrations_seen() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jml.migrations_seen() TO jml_feed;

-- ---- workflows stay

-- Nobody would look at the people for whom its runs are planned, and the past would lose its names.
CREATE FUNCTION jml.workflow_stays() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RAISE EXCEPTION 'workflow "%" is not deleted: what it did and plans refers to it', old.display_name
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'workflow_stays',
              HINT = 'Disable it, which cancels its scheduled runs: jmlctl workflow disable '
                     || quote_literal(old.display_name);
END
$$;
COMMENT ON FUNCTION jml.workflow_stays() IS 'Refuses to delete a workflow; it is disabled instead';
CREATE TRIGGER stays BEFORE DELETE ON jml.workflow
    FOR EACH ROW EXECUTE FUNCTION jml.workflow_stays();

-- ---- justifications: what is there already stays

ALTER TABLE jml.assignment_request ADD CONSTRAINT request_justification_size
    CHECK (octet_length(justification) <= 8192) NOT VALID;
ALTER TABLE jml.approval ADD CONSTRAINT approval_justification_size
    CHECK (octet_length(justification) <= 8192) NOT VALID;

SET LOCAL ROLE NONE;

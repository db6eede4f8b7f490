-- SPDX-License-Identifier: MIT
-- The group roles, and who owns what. Roles belong to the whole cluster: another database may be
-- migrating at this moment, so every step bears being done by somebody else first.

DO $$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT * FROM (VALUES
            ('jml_owner',    'jmld: owns schema jml; DDL, retention'),
            ('jml_daemon',   'jmld: the daemon; writes states and the audit'),
            ('jml_feed',     'jmld: HR feeds; insert events, see the fate of their own'),
            ('jml_operator', 'jmld: operators; commands, requests, approvals, apply'),
            ('jml_auditor',  'jmld: auditors; read everything')) AS role (name, purpose)
    LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = made.name);
        BEGIN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', made.name);
            EXECUTE pg_catalog.format('COMMENT ON ROLE %I IS %L', made.name, made.purpose);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;   -- the other database was faster, and has committed
        END;
    END LOOP;

    -- a superuser needs no membership to hand objects over; anybody else does, now and later
    IF NOT pg_catalog.pg_has_role(current_user, 'jml_owner', 'MEMBER') THEN
        BEGIN
            EXECUTE pg_catalog.format('GRANT jml_owner TO %I', current_user);
        EXCEPTION WHEN unique_violation THEN
            NULL;
        END;
    END IF;
END
$$;

ALTER SCHEMA jml OWNER TO jml_owner;
ALTER TABLE jml.migration OWNER TO jml_owner;

COMMENT ON SCHEMA jml IS
    'jmld: joiners, movers and leavers. Insert into event, assignment_request, approval, command; '
    'read the plural views; never write a state';
COMMENT ON TABLE jml.migration IS 'The numbered files this schema was made by';
COMMENT ON COLUMN jml.migration.number IS 'Number in the file name';
COMMENT ON COLUMN jml.migration.slug IS 'Words in the file name';
COMMENT ON COLUMN jml.migration.sha256 IS 'Digest of the file as it was run';
COMMENT ON COLUMN jml.migration.applied_at IS 'When it was run';

GRANT USAGE ON SCHEMA jml TO jml_daemon, jml_feed, jml_operator, jml_auditor;

-- SPDX-License-Identifier: MIT
-- Drift: what targets have, held against what assignments justify. An operator asks for a scan by a row, or
-- the daemon makes one when the last is old; what the last scan of a role found stays until one finds it no more.

SET LOCAL ROLE jml_owner;

CREATE FUNCTION jml.target_is_listable(kind text, document jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE kind
        WHEN 'ldap' THEN true
        WHEN 'scim' THEN true
        WHEN 'sql' THEN coalesce(document -> 'settings' ? 'listFunction', false)
        WHEN 'exec' THEN coalesce(document -> 'settings' -> 'canList' = 'true', false)
        ELSE false END;
COMMENT ON FUNCTION jml.target_is_listable(text, jsonb) IS 'Whether a target can be asked who has a role';
GRANT EXECUTE ON FUNCTION jml.target_is_listable(text, jsonb) TO jml_daemon, jml_operator, jml_auditor;

-- Whether a row was written by a transaction that was not over when the snapshot was taken; $1: its xmin.
CREATE FUNCTION jml.changed_since(writer xid, seen pg_snapshot) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT CASE WHEN w.id < 3 THEN false
            -- 32 bits of it are kept: it is the one that is nearest to the snapshot
            ELSE NOT pg_visible_in_snapshot(greatest(
                w.edge + ((w.id - (w.edge & 4294967295) + 2147483648) & 4294967295) - 2147483648, 3)::text::xid8, $2)
            END
        FROM (SELECT $1::text::bigint AS id, pg_snapshot_xmax($2)::text::bigint AS edge) w;
    END;
COMMENT ON FUNCTION jml.changed_since(xid, pg_snapshot) IS
    'Whether a row (its xmin) was written by a transaction that was not over when the snapshot was taken';
GRANT EXECUTE ON FUNCTION jml.changed_since(xid, pg_snapshot) TO jml_daemon;

-- ---- scans

CREATE TABLE jml.drift_scan (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    target      text NOT NULL,
    repair      boolean NOT NULL DEFAULT false,
    max_changes integer CONSTRAINT drift_scan_max_changes CHECK (max_changes >= 0),
    actor       text NOT NULL DEFAULT session_user,
    state       text NOT NULL DEFAULT 'pending'
        CONSTRAINT drift_scan_state_known CHECK (state IN ('pending', 'inProgress', 'completed', 'failed')),
    passes      integer NOT NULL DEFAULT 0,
    due_at      timestamptz DEFAULT jml.now(),
    lease_until timestamptz,
    lease_by    uuid,
    expected    bigint NOT NULL DEFAULT 0,
    missing     bigint NOT NULL DEFAULT 0,
    extra       bigint NOT NULL DEFAULT 0,
    unread      bigint NOT NULL DEFAULT 0,
    held_back   bigint NOT NULL DEFAULT 0,
    redelivered bigint NOT NULL DEFAULT 0,
    removed     bigint NOT NULL DEFAULT 0,
    error       text,
    created_at  timestamptz NOT NULL DEFAULT jml.now(),
    done_at     timestamptz
);
CREATE INDEX drift_scan_open ON jml.drift_scan (target) WHERE due_at IS NOT NULL;
CREATE INDEX drift_scan_newest ON jml.drift_scan (target, created_at);
-- Of those that come by themselves one at a time, whichever daemon makes it.
CREATE UNIQUE INDEX drift_scan_scheduled ON jml.drift_scan (target) WHERE due_at IS NOT NULL AND actor = 'jmld';
COMMENT ON TABLE jml.drift_scan IS 'Comparisons of one target with what assignments justify';
COMMENT ON COLUMN jml.drift_scan.id IS 'Key';
COMMENT ON COLUMN jml.drift_scan.target IS 'A name of jml.target';
COMMENT ON COLUMN jml.drift_scan.repair IS 'What is missing is delivered again, and what is extra removed where the target is owned';
COMMENT ON COLUMN jml.drift_scan.max_changes IS 'How much of one role may be changed; empty: the usual brake';
COMMENT ON COLUMN jml.drift_scan.actor IS 'Who asked for it; jmld: it came by itself';
COMMENT ON COLUMN jml.drift_scan.state IS 'pending, inProgress, completed, failed';
COMMENT ON COLUMN jml.drift_scan.passes IS 'How often the target was gone through';
COMMENT ON COLUMN jml.drift_scan.due_at IS 'When it is to begin; empty: it is over';
COMMENT ON COLUMN jml.drift_scan.lease_until IS 'Until when a daemon has it in hand';
COMMENT ON COLUMN jml.drift_scan.lease_by IS 'The daemon that has it in hand';
COMMENT ON COLUMN jml.drift_scan.expected IS 'Accounts that have to have a role, of all roles';
COMMENT ON COLUMN jml.drift_scan.missing IS 'Of those: how many the target did not show';
COMMENT ON COLUMN jml.drift_scan.extra IS 'Accounts that nothing justifies';
COMMENT ON COLUMN jml.drift_scan.unread IS 'Roles of which the target did not say who has them';
COMMENT ON COLUMN jml.drift_scan.held_back IS 'Roles of which so much differs that nothing was done about it';
COMMENT ON COLUMN jml.drift_scan.redelivered IS 'Grants that were sent again, of all passes';
COMMENT ON COLUMN jml.drift_scan.removed IS 'Accounts that are being removed, of all passes';
COMMENT ON COLUMN jml.drift_scan.error IS 'Why it failed';
COMMENT ON COLUMN jml.drift_scan.created_at IS 'When it was asked for';
COMMENT ON COLUMN jml.drift_scan.done_at IS 'When it was over';

CREATE FUNCTION jml.drift_scan_ask() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found jml.target;
BEGIN
    SELECT t.* INTO found FROM jml.target t WHERE t.display_name = new.target;
    IF found.id IS NULL THEN
        RAISE EXCEPTION 'there is no target "%"', new.target
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'drift_scan_target_known',
                  HINT = 'jmlctl target list shows them.';
    ELSIF NOT jml.target_is_listable(found.kind, found.document) THEN
        RAISE EXCEPTION 'target "%" cannot be asked who has a role: there is no drift of it', new.target
            USING ERRCODE = 'check_violation', CONSTRAINT = 'drift_scan_target_listable',
                  HINT = 'ldap and scim can; sql with listFunction, exec with canList.';
    ELSIF found.document -> 'isEnabled' = 'false' THEN
        RAISE EXCEPTION 'target "%" is not enabled: nobody asks it anything', new.target
            USING ERRCODE = 'check_violation', CONSTRAINT = 'drift_scan_target_enabled',
                  HINT = 'Set isEnabled in its document, and apply it.';
    END IF;
    PERFORM jml.wake_sleeper();
    RETURN new;
END
$$;
COMMENT ON FUNCTION jml.drift_scan_ask() IS 'Refuses scans that nobody could make, and wakes a daemon';
CREATE TRIGGER ask BEFORE INSERT ON jml.drift_scan FOR EACH ROW
    WHEN (current_user <> 'jml_daemon') EXECUTE FUNCTION jml.drift_scan_ask();

-- ---- what they found

CREATE TABLE jml.drift (
    target           text NOT NULL,
    resource_role_id uuid NOT NULL,
    kind             text NOT NULL CONSTRAINT drift_kind_known CHECK (kind IN ('missing', 'extra', 'unread')),
    account          text NOT NULL,
    person_id        uuid,
    delivery_id      uuid,
    action           text NOT NULL CONSTRAINT drift_action_known CHECK (action IN (
        'reported', 'heldBack', 'redelivered', 'removed')),
    detail           text,
    scan_id          uuid NOT NULL,
    found_at         timestamptz NOT NULL,
    seen_at          timestamptz NOT NULL,
    PRIMARY KEY (target, resource_role_id, kind, account)
);
COMMENT ON TABLE jml.drift IS 'What the last scan of a role found at its target';
COMMENT ON COLUMN jml.drift.target IS 'The target';
COMMENT ON COLUMN jml.drift.resource_role_id IS 'The role';
COMMENT ON COLUMN jml.drift.kind IS
    'missing: an assignment justifies it, and it is not there; extra: it is there, and nothing justifies it; '
    'unread: the target did not say who has the role';
COMMENT ON COLUMN jml.drift.account IS 'What the target calls the account';
COMMENT ON COLUMN jml.drift.person_id IS 'Whose account it is; empty: nobody''s who is known';
COMMENT ON COLUMN jml.drift.delivery_id IS 'missing: the grant that is not there; extra: what removes it';
COMMENT ON COLUMN jml.drift.action IS
    'What was done about it: reported (nothing), heldBack (nothing, too much differed), redelivered, removed';
COMMENT ON COLUMN jml.drift.detail IS 'What the target said, or how much differed';
COMMENT ON COLUMN jml.drift.scan_id IS 'The last scan that found it';
COMMENT ON COLUMN jml.drift.found_at IS 'When it was found first';
COMMENT ON COLUMN jml.drift.seen_at IS 'When it was found last';

-- ---- deliveries that come of them: the account may be nobody's

ALTER TABLE jml.delivery ALTER COLUMN person_id DROP NOT NULL;
COMMENT ON COLUMN jml.delivery.person_id IS 'The person; empty: an account that is nobody''s, to be removed';
-- Who has a role, and whose an account is.
CREATE INDEX delivery_role ON jml.delivery (target, resource_role_id, person_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX delivery_account ON jml.delivery (target, account) WHERE account IS NOT NULL;

-- What is so still, as far as is known: the target is asked, and the assignment has not ended.
CREATE VIEW jml.drifts WITH (security_invoker = true) AS
SELECT f.*, d.due_at IS NULL AND (f.action IN ('redelivered', 'removed') AND d.state IN ('delivered', 'removed')
                                OR f.kind = 'missing' AND d.state = 'delivered' AND f.action <> 'heldBack') AS mended
FROM jml.drift f
JOIN jml.target t ON t.display_name = f.target AND jml.target_is_listable(t.kind, t.document)
    AND coalesce(t.document -> 'isEnabled' <> 'false', true)
JOIN jml.resource_role o ON o.id = f.resource_role_id
JOIN jml.resource s ON s.id = o.resource_id AND s.target = f.target
LEFT JOIN jml.delivery d ON d.id = f.delivery_id
LEFT JOIN jml.assignment a ON a.id = d.assignment_id
WHERE a.state IS DISTINCT FROM 'expired';
COMMENT ON VIEW jml.drifts IS 'What the last scans found, without what is settled in another way';

GRANT SELECT ON jml.drifts TO jml_daemon, jml_operator, jml_auditor;
GRANT SELECT ON jml.drift_scan, jml.drift TO jml_daemon, jml_operator, jml_auditor;
GRANT INSERT, UPDATE ON jml.drift_scan TO jml_daemon;
GRANT INSERT, UPDATE, DELETE ON jml.drift TO jml_daemon;
GRANT INSERT (target, repair, max_changes) ON jml.drift_scan TO jml_operator;

SET LOCAL ROLE NONE;

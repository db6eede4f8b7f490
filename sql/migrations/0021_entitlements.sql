-- SPDX-License-Identifier: MIT
-- Entitlement management whole: what requests and approvals keep while they wait, people who come by
-- e-mail, what assignments give, versions of automatic policies, groups that exclude packages, packages
-- that were deleted, reviews.

SET LOCAL ROLE jml_owner;

-- ---- requests

ALTER TABLE jml.assignment_request
    ADD COLUMN target_email text CONSTRAINT request_target_email_sane
        CHECK (target_email ~ '^[^@[:space:][:cntrl:],;:<>()\[\]\\"]+@[^@[:space:][:cntrl:],;:<>()\[\]\\"]+$'
               AND octet_length(target_email) <= 254),
    ADD COLUMN target_name text CONSTRAINT request_target_name_sane CHECK (jml.printable(target_name, 256)),
    ADD COLUMN stage integer NOT NULL DEFAULT 0,
    ADD COLUMN stage_at timestamptz,
    ADD COLUMN remind_at timestamptz,
    ADD COLUMN escalate_at timestamptz,
    ADD COLUMN deny_at timestamptz,
    ADD COLUMN escalated boolean NOT NULL DEFAULT false,
    ADD COLUMN told boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN jml.assignment_request.target_email IS
    'For whom, by mail address: somebody known with it, else an external person whom the policy lets in';
COMMENT ON COLUMN jml.assignment_request.target_name IS 'Display name of an external person who is new';
COMMENT ON COLUMN jml.assignment_request.stage IS 'The stage of approval it waits for, from 1; 0: it never waited';
COMMENT ON COLUMN jml.assignment_request.stage_at IS 'When that stage began';
COMMENT ON COLUMN jml.assignment_request.remind_at IS 'When its approvers are reminded; empty: they were, or it is over';
COMMENT ON COLUMN jml.assignment_request.escalate_at IS 'When it is forwarded to the alternates; empty: it was, or never';
COMMENT ON COLUMN jml.assignment_request.deny_at IS 'When it is denied if nobody decides';
COMMENT ON COLUMN jml.assignment_request.escalated IS 'Whether this stage was forwarded to its alternates';
COMMENT ON COLUMN jml.assignment_request.told IS 'Whether the approvers of this stage were told';
GRANT INSERT (target_email, target_name) ON jml.assignment_request TO jml_operator;

-- The condition is that of people_parties.sql and people_approvals.sql, word for word: few requests meet it.
CREATE INDEX request_pending ON jml.assignment_request (target_id)
    WHERE state IN ('submitted', 'pendingApproval', 'scheduled', 'delivering', 'partiallyDelivered',
                    'deliveryFailed')
      AND (state = 'submitted' OR stage > 0);

ALTER TABLE jml.approval ADD COLUMN actor text;
COMMENT ON COLUMN jml.approval.actor IS 'The role that inserted it, which the audit names';

-- ---- assignments

ALTER TABLE jml.assignment
    ADD COLUMN roles jsonb,
    ADD COLUMN answers jsonb;
COMMENT ON COLUMN jml.assignment.roles IS 'Ids of the resource roles it gives: those that the package had when last looked at';
COMMENT ON COLUMN jml.assignment.answers IS 'The answers to the policy''s questions that count: the last that were given';
UPDATE jml.assignment a
SET roles = (SELECT coalesce(jsonb_agg(DISTINCT d.resource_role_id ORDER BY d.resource_role_id), '[]')
             FROM jml.delivery d WHERE d.assignment_id = a.id AND d.action = 'grant')
WHERE a.state <> 'expired';

ALTER TABLE jml.assignment DROP CONSTRAINT assignment_ends_by_known;
ALTER TABLE jml.assignment ADD CONSTRAINT assignment_ends_by_known
    CHECK (ends_by IN ('policy', 'request', 'workflow', 'leave', 'automatic'));
COMMENT ON COLUMN jml.assignment.ends_by IS
    'What set ends_at: policy, request, workflow, leave, automatic (no longer among those whom an '
    'automatic policy gives it to)';

-- ---- governance

ALTER TABLE jml.connected_organization
    ADD COLUMN state text NOT NULL DEFAULT 'configured'
        CONSTRAINT connected_organization_state_known CHECK (state IN ('configured', 'proposed')),
    ADD COLUMN internal_sponsors text[] NOT NULL DEFAULT '{}',
    ADD COLUMN external_sponsors text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN jml.connected_organization.state IS 'configured, or proposed: not counted among "all configured"';
COMMENT ON COLUMN jml.connected_organization.internal_sponsors IS 'employee_ids of those who vouch for it on our side';
COMMENT ON COLUMN jml.connected_organization.external_sponsors IS 'employee_ids of those who do on theirs';

ALTER TABLE jml.access_package ADD COLUMN deleted_at timestamptz;
COMMENT ON COLUMN jml.access_package.deleted_at IS
    'When it was deleted: the row stays, for the names in what happened, and counts for nothing';
ALTER TABLE jml.access_package DROP CONSTRAINT access_package_display_name_once;
CREATE UNIQUE INDEX access_package_display_name_once ON jml.access_package (display_name) WHERE deleted_at IS NULL;

CREATE TABLE jml.incompatible_group (
    access_package_id uuid NOT NULL REFERENCES jml.access_package ON DELETE CASCADE,
    group_name        text NOT NULL CONSTRAINT incompatible_group_name_sane CHECK (jml.printable(group_name, 256)),
    PRIMARY KEY (access_package_id, group_name)
);
COMMENT ON TABLE jml.incompatible_group IS 'Groups whose members must not hold a package';
COMMENT ON COLUMN jml.incompatible_group.access_package_id IS 'The package';
COMMENT ON COLUMN jml.incompatible_group.group_name IS 'A value of the attribute groups';

CREATE TABLE jml.exclusion (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    access_package_id uuid NOT NULL REFERENCES jml.access_package ON DELETE CASCADE,
    incompatible_id   uuid REFERENCES jml.access_package ON DELETE CASCADE,
    group_name        text,
    since             timestamptz NOT NULL,
    until             timestamptz,
    CONSTRAINT exclusion_of_one CHECK (num_nonnulls(incompatible_id, group_name) = 1)
);
COMMENT ON TABLE jml.exclusion IS
    'incompatible_package and incompatible_group over time, kept by triggers: who held both before the '
    'rule came keeps both, and what was refused by a rule does not come by itself when the rule goes';
COMMENT ON COLUMN jml.exclusion.id IS 'Key';
COMMENT ON COLUMN jml.exclusion.access_package_id IS 'The package';
COMMENT ON COLUMN jml.exclusion.incompatible_id IS 'The package that excludes it';
COMMENT ON COLUMN jml.exclusion.group_name IS 'Or the group that does';
COMMENT ON COLUMN jml.exclusion.since IS 'From this instant on (logical time)';
COMMENT ON COLUMN jml.exclusion.until IS 'Until this one; empty: it is in force';

CREATE FUNCTION jml.exclusion_keep() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    row_is   jsonb := to_jsonb(CASE WHEN tg_op = 'DELETE' THEN old ELSE new END);
    package  uuid := (row_is ->> 'access_package_id')::uuid;
    other    uuid := (row_is ->> 'incompatible_id')::uuid;
    in_group text := row_is ->> 'group_name';
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO jml.exclusion (access_package_id, incompatible_id, group_name, since)
        VALUES (package, other, in_group, jml.now());
    ELSE
        UPDATE jml.exclusion x SET until = greatest(x.since, jml.now())
        WHERE x.access_package_id = package AND x.until IS NULL
          AND x.incompatible_id IS NOT DISTINCT FROM other AND x.group_name IS NOT DISTINCT FROM in_group;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION jml.exclusion_keep() IS 'Keeps jml.exclusion in step with incompatible packages and groups';
CREATE TRIGGER keep AFTER INSERT OR DELETE ON jml.incompatible_package
    FOR EACH ROW EXECUTE FUNCTION jml.exclusion_keep();
CREATE TRIGGER keep AFTER INSERT OR DELETE ON jml.incompatible_group
    FOR EACH ROW EXECUTE FUNCTION jml.exclusion_keep();
INSERT INTO jml.exclusion (access_package_id, incompatible_id, since)
SELECT i.access_package_id, i.incompatible_id, jml.now() FROM jml.incompatible_package i;
GRANT SELECT ON jml.exclusion TO jml_daemon, jml_operator, jml_auditor;
-- a pair is inserted or deleted, never changed into another
REVOKE UPDATE ON jml.incompatible_package FROM jml_operator;

CREATE TABLE jml.assignment_policy_version (
    policy_id uuid NOT NULL REFERENCES jml.assignment_policy ON DELETE CASCADE,
    since     timestamptz NOT NULL,
    enabled   boolean NOT NULL,
    document  jsonb NOT NULL,
    PRIMARY KEY (policy_id, since)
);
COMMENT ON TABLE jml.assignment_policy_version IS
    'What a policy with automatic assignment said, from when on: who was given access by an earlier '
    'version, and lost it by a later one, follows from these';
COMMENT ON COLUMN jml.assignment_policy_version.policy_id IS 'The policy';
COMMENT ON COLUMN jml.assignment_policy_version.since IS 'From this instant (logical time) until the next version''s';
COMMENT ON COLUMN jml.assignment_policy_version.enabled IS 'Whether it was enabled';
COMMENT ON COLUMN jml.assignment_policy_version.document IS 'As applied';

CREATE TABLE jml.assignment_review (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    assignment_id uuid NOT NULL,
    decision      text NOT NULL CONSTRAINT assignment_review_decision_known
        CHECK (decision IN ('confirm', 'revoke')),
    reviewer      text NOT NULL DEFAULT session_user,
    justification text CONSTRAINT assignment_review_justification_size
        CHECK (octet_length(justification) <= 8192),
    reviewed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    request_id    uuid
);
CREATE INDEX assignment_review_by_assignment ON jml.assignment_review (assignment_id, reviewed_at);
COMMENT ON TABLE jml.assignment_review IS 'Access reviews: who looked at an assignment, when, and what they found';
COMMENT ON COLUMN jml.assignment_review.id IS 'Key';
COMMENT ON COLUMN jml.assignment_review.assignment_id IS 'The assignment';
COMMENT ON COLUMN jml.assignment_review.decision IS 'confirm: it may go on; revoke: its removal was asked for';
COMMENT ON COLUMN jml.assignment_review.reviewer IS 'The role that reviewed it';
COMMENT ON COLUMN jml.assignment_review.justification IS 'Why, in the reviewer''s words';
COMMENT ON COLUMN jml.assignment_review.reviewed_at IS 'When';
COMMENT ON COLUMN jml.assignment_review.request_id IS 'The request that removes it';

GRANT SELECT ON jml.incompatible_group, jml.assignment_policy_version, jml.assignment_review
    TO jml_daemon, jml_operator, jml_auditor;
GRANT INSERT, DELETE ON jml.incompatible_group TO jml_operator;
GRANT INSERT, UPDATE, DELETE ON jml.assignment_policy_version TO jml_operator;
GRANT INSERT (assignment_id, decision, justification, request_id) ON jml.assignment_review TO jml_operator;

-- ---- commands

ALTER TABLE jml.command DROP CONSTRAINT command_kind_known;
ALTER TABLE jml.command ADD CONSTRAINT command_kind_known CHECK (kind IN (
    'event_retry', 'event_hold', 'event_release', 'person_hold', 'person_release', 'person_merge',
    'workflow_run', 'workflow_enable', 'workflow_disable',
    'run_cancel', 'run_retry', 'run_release', 'request_cancel', 'request_reprocess',
    'assignment_reprocess'));

SET LOCAL ROLE NONE;

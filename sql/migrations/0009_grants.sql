-- SPDX-License-Identifier: MIT
-- Who may do what. Feeds see nothing but the fate of their own events.

SET LOCAL ROLE jml_owner;

-- ---- feeds

GRANT INSERT (source, source_ref, batch, kind, employee_id, employment, effective_at, effective_on,
              sequence, attributes, supersedes) ON jml.event TO jml_feed;
GRANT SELECT (id, source, source_ref, state, error) ON jml.event TO jml_feed;

-- The list of foreign sources is worked out once a statement (a subquery without reference to the
-- row), not once a row. A feed is its session's login or the role it has set.
ALTER TABLE jml.event ENABLE ROW LEVEL SECURITY;
CREATE POLICY feed_sees_its_own ON jml.event FOR SELECT TO jml_feed
    USING (source <> ALL ((SELECT jml.sources_of_others(current_user, session_user))::text[]));
CREATE POLICY feed_inserts_its_own ON jml.event FOR INSERT TO jml_feed
    WITH CHECK (source <> ALL ((SELECT jml.sources_of_others(current_user, session_user))::text[]));
CREATE POLICY daemon ON jml.event TO jml_daemon USING (true) WITH CHECK (true);
CREATE POLICY readers ON jml.event FOR SELECT TO jml_operator, jml_auditor USING (true);

-- ---- readers

GRANT SELECT ON ALL TABLES IN SCHEMA jml TO jml_daemon, jml_operator, jml_auditor;

-- ---- the daemon: writes what happens, never what was said or how it is configured

GRANT UPDATE (state, error, done_at) ON jml.event TO jml_daemon;
GRANT INSERT, UPDATE ON jml.person, jml.run, jml.task_run, jml.assignment_request, jml.approval,
    jml.assignment, jml.delivery, jml.notification, jml.rollout TO jml_daemon;
GRANT INSERT, UPDATE, DELETE ON jml.queue, jml.daemon TO jml_daemon;
GRANT UPDATE (employee_id, state, error, done_at) ON jml.command TO jml_daemon;
GRANT UPDATE (enabled, scheduling_enabled, scheduled_since, updated_at) ON jml.workflow TO jml_daemon;
GRANT UPDATE (revision, clock_at, default_time_zone) ON jml.configuration TO jml_daemon;
GRANT INSERT ON jml.audit TO jml_daemon;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA jml TO jml_daemon;

-- ---- operators: ask, decide, apply

GRANT INSERT (kind, object_id, employee_id, arguments) ON jml.command TO jml_operator;
GRANT INSERT (request_type, access_package_id, policy_id, assignment_id, target_id,
              target_employee_id, requestor, justification, answers, starts_at, ends_at, employment)
    ON jml.assignment_request TO jml_operator;
GRANT INSERT (request_id, stage, approver, decision, justification, decided_at)
    ON jml.approval TO jml_operator;
GRANT INSERT, UPDATE, DELETE ON jml.catalog, jml.resource, jml.resource_role, jml.access_package,
    jml.access_package_role, jml.assignment_policy, jml.incompatible_package,
    jml.connected_organization, jml.workflow, jml.workflow_version TO jml_operator;
GRANT INSERT ON jml.rollout TO jml_operator;
GRANT UPDATE (revision, default_time_zone) ON jml.configuration TO jml_operator;
GRANT INSERT ON jml.audit TO jml_operator;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA jml TO jml_operator;

-- apply audits what it applies, in the operator's own name
ALTER TABLE jml.audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON jml.audit FOR SELECT TO jml_daemon, jml_operator, jml_auditor USING (true);
CREATE POLICY daemon ON jml.audit FOR INSERT TO jml_daemon WITH CHECK (true);
CREATE POLICY operator_applies ON jml.audit FOR INSERT TO jml_operator
    WITH CHECK (actor = session_user AND object_type IN ('package', 'policy', 'workflow'));

SET LOCAL ROLE NONE;

-- SPDX-License-Identifier: MIT
-- What happens: runs and their tasks, requests, approvals, assignments, deliveries, mails.
-- No foreign keys: all of it is written by one daemon in bulk, and checked by audit verify.

SET LOCAL ROLE jml_owner;

CREATE TABLE jml.run (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    workflow_id  uuid NOT NULL,
    version      integer,
    person_id    uuid NOT NULL,
    event_id     bigint,
    trigger_key  text NOT NULL,
    state        text NOT NULL CONSTRAINT run_state_known CHECK (state IN (
        'scheduled', 'queued', 'inProgress', 'completed', 'completedWithErrors', 'failed',
        'canceled', 'held')),
    anchor_at    timestamptz,
    due_at       timestamptz,
    known_at     timestamptz,
    employment   text,
    effects      jsonb NOT NULL DEFAULT '[]',
    cancel_cause text CONSTRAINT run_cancel_cause_known
        CHECK (cancel_cause IN ('replan', 'scope', 'workflow', 'operator')),
    actor        text,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at   timestamptz,
    completed_at timestamptz,
    reason       text,
    CONSTRAINT run_once_for_one_cause UNIQUE (person_id, workflow_id, trigger_key)
) WITH (autovacuum_vacuum_threshold = 50000, autovacuum_vacuum_scale_factor = 0);
COMMENT ON TABLE jml.run IS 'One workflow, for one person, for one cause';
COMMENT ON COLUMN jml.run.id IS 'Key';
COMMENT ON COLUMN jml.run.workflow_id IS 'The workflow';
COMMENT ON COLUMN jml.run.version IS 'Its version, pinned when the run starts';
COMMENT ON COLUMN jml.run.person_id IS 'The person';
COMMENT ON COLUMN jml.run.event_id IS 'The event that made the cause known';
COMMENT ON COLUMN jml.run.trigger_key IS 'The cause: attribute@instant/employment, group@instant, or the command''s id';
COMMENT ON COLUMN jml.run.state IS
    'scheduled, queued, inProgress, completed, completedWithErrors, failed, canceled, '
    'held (too late to run unasked: jmlctl run release)';
COMMENT ON COLUMN jml.run.anchor_at IS 'The date the trigger counts from: hire, leave, change';
COMMENT ON COLUMN jml.run.due_at IS 'When it is to start';
COMMENT ON COLUMN jml.run.known_at IS 'When its cause became known';
COMMENT ON COLUMN jml.run.employment IS 'The employment it is about; what it gives ends with that';
COMMENT ON COLUMN jml.run.effects IS 'What it does to packages';
COMMENT ON COLUMN jml.run.cancel_cause IS 'replan (the cause went away), scope, workflow (disabled, deleted), operator';
COMMENT ON COLUMN jml.run.actor IS 'Who asked for it, of on-demand runs';
COMMENT ON COLUMN jml.run.created_at IS 'When it was planned';
COMMENT ON COLUMN jml.run.started_at IS 'When its first task began';
COMMENT ON COLUMN jml.run.completed_at IS 'When it ended, in any way';
COMMENT ON COLUMN jml.run.reason IS 'Why it is in this state';

CREATE TABLE jml.task_run (
    run_id             uuid NOT NULL,
    position           integer NOT NULL,
    task_definition_id uuid NOT NULL,
    display_name       text NOT NULL,
    state              text NOT NULL CONSTRAINT task_run_state_known CHECK (state IN (
        'scheduled', 'queued', 'inProgress', 'completed', 'completedWithErrors', 'failed',
        'canceled', 'held')),
    error              text,
    warning            text,
    started_at         timestamptz,
    completed_at       timestamptz,
    PRIMARY KEY (run_id, position)
) WITH (autovacuum_vacuum_threshold = 50000, autovacuum_vacuum_scale_factor = 0);
COMMENT ON TABLE jml.task_run IS 'The tasks of a run';
COMMENT ON COLUMN jml.task_run.run_id IS 'The run';
COMMENT ON COLUMN jml.task_run.position IS 'Order within the run';
COMMENT ON COLUMN jml.task_run.task_definition_id IS 'What kind of task (Graph''s ids)';
COMMENT ON COLUMN jml.task_run.display_name IS 'Its name in the workflow';
COMMENT ON COLUMN jml.task_run.state IS 'As of a run';
COMMENT ON COLUMN jml.task_run.error IS 'Why it failed';
COMMENT ON COLUMN jml.task_run.warning IS 'What it went without: no manager, no address';
COMMENT ON COLUMN jml.task_run.started_at IS 'When it began';
COMMENT ON COLUMN jml.task_run.completed_at IS 'When it ended';

CREATE TABLE jml.assignment_request (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    request_type       text NOT NULL CONSTRAINT request_type_known CHECK (request_type IN (
        'userAdd', 'userUpdate', 'userRemove', 'adminAdd', 'adminUpdate', 'adminRemove',
        'systemAdd', 'systemUpdate', 'systemRemove', 'approverRemove')),
    state              text NOT NULL DEFAULT 'submitted' CONSTRAINT request_state_known
        CHECK (state IN ('submitted', 'pendingApproval', 'scheduled', 'delivering', 'delivered',
            'partiallyDelivered', 'deliveryFailed', 'denied', 'canceled')),
    status             text,
    access_package_id  uuid,
    policy_id          uuid,
    assignment_id      uuid,
    target_id          uuid,
    target_employee_id text
        CONSTRAINT request_target_employee_id_sane CHECK (jml.printable(target_employee_id, 256)),
    requestor          text NOT NULL DEFAULT session_user,
    justification      text,
    answers            jsonb CONSTRAINT request_answers_size CHECK (octet_length(answers::text) <= 65536),
    starts_at          timestamptz,
    ends_at            timestamptz,
    run_id             uuid,
    employment         text,
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    completed_at       timestamptz,
    due_at             timestamptz,
    error              text,
    CONSTRAINT request_start_sane CHECK (
        starts_at >= '1900-01-01 00:00:00+00' AND starts_at < '2201-01-01 00:00:00+00'),
    CONSTRAINT request_end_sane CHECK (
        ends_at >= '1900-01-01 00:00:00+00' AND ends_at < '2201-01-01 00:00:00+00')
) WITH (autovacuum_vacuum_threshold = 50000, autovacuum_vacuum_scale_factor = 0);
CREATE INDEX request_open ON jml.assignment_request (target_id) WHERE state IN (
    'submitted', 'pendingApproval', 'scheduled', 'delivering', 'partiallyDelivered', 'deliveryFailed');
CREATE INDEX request_by_package ON jml.assignment_request (access_package_id);
COMMENT ON TABLE jml.assignment_request IS
    'Everything that adds, changes or removes an assignment, whoever asked. INSERT here to ask';
COMMENT ON COLUMN jml.assignment_request.id IS 'Key';
COMMENT ON COLUMN jml.assignment_request.request_type IS
    'userAdd, userUpdate, userRemove, adminAdd, adminUpdate, adminRemove, systemAdd, systemUpdate, '
    'systemRemove, approverRemove';
COMMENT ON COLUMN jml.assignment_request.state IS
    'submitted, pendingApproval, scheduled (starts later), delivering, delivered, '
    'partiallyDelivered, deliveryFailed, denied, canceled';
COMMENT ON COLUMN jml.assignment_request.status IS 'The state in words';
COMMENT ON COLUMN jml.assignment_request.access_package_id IS 'The package';
COMMENT ON COLUMN jml.assignment_request.policy_id IS 'The policy it is asked under';
COMMENT ON COLUMN jml.assignment_request.assignment_id IS 'The assignment to change or remove, or the one that was made';
COMMENT ON COLUMN jml.assignment_request.target_id IS 'For whom';
COMMENT ON COLUMN jml.assignment_request.target_employee_id IS 'For whom, the other way to say it';
COMMENT ON COLUMN jml.assignment_request.requestor IS 'Who asked';
COMMENT ON COLUMN jml.assignment_request.justification IS 'Why, in the requestor''s words';
COMMENT ON COLUMN jml.assignment_request.answers IS 'Answers to the policy''s questions';
COMMENT ON COLUMN jml.assignment_request.starts_at IS 'Wanted start';
COMMENT ON COLUMN jml.assignment_request.ends_at IS 'Wanted end; the policy may set an earlier one';
COMMENT ON COLUMN jml.assignment_request.run_id IS 'The run whose task made it';
COMMENT ON COLUMN jml.assignment_request.employment IS 'The employment it belongs to';
COMMENT ON COLUMN jml.assignment_request.created_at IS 'When it was made';
COMMENT ON COLUMN jml.assignment_request.completed_at IS 'When it ended, in any way';
COMMENT ON COLUMN jml.assignment_request.due_at IS 'When something happens to it by itself: start, reminder, time-out';
COMMENT ON COLUMN jml.assignment_request.error IS 'Why it was denied or failed; starts with a stable code';

CREATE TABLE jml.approval (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    request_id    uuid NOT NULL,
    stage         integer NOT NULL DEFAULT 0 CONSTRAINT approval_stage_sane CHECK (stage BETWEEN 0 AND 99),
    approver      text NOT NULL DEFAULT session_user
        CONSTRAINT approval_approver_sane CHECK (jml.printable(approver, 256)),
    decision      text NOT NULL
        CONSTRAINT approval_decision_known CHECK (decision IN ('approve', 'deny')),
    justification text,
    state         text NOT NULL DEFAULT 'pending'
        CONSTRAINT approval_state_known CHECK (state IN ('pending', 'applied', 'refused')),
    error         text,
    decided_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX approval_by_request ON jml.approval (request_id);
COMMENT ON TABLE jml.approval IS 'Decisions on requests. INSERT here to decide';
COMMENT ON COLUMN jml.approval.id IS 'Key';
COMMENT ON COLUMN jml.approval.request_id IS 'The request';
COMMENT ON COLUMN jml.approval.stage IS 'The stage of approval it is meant for';
COMMENT ON COLUMN jml.approval.approver IS 'employee_id of who decided';
COMMENT ON COLUMN jml.approval.decision IS 'approve or deny';
COMMENT ON COLUMN jml.approval.justification IS 'Why, in the approver''s words';
COMMENT ON COLUMN jml.approval.state IS 'pending, applied, refused (see error)';
COMMENT ON COLUMN jml.approval.error IS 'Why the decision was not taken; starts with a stable code';
COMMENT ON COLUMN jml.approval.decided_at IS 'When the approver decided';
COMMENT ON COLUMN jml.approval.created_at IS 'When the row came in';

CREATE TABLE jml.assignment (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    access_package_id uuid NOT NULL,
    policy_id         uuid,
    target_id         uuid NOT NULL,
    state             text NOT NULL CONSTRAINT assignment_state_known CHECK (state IN (
        'delivering', 'delivered', 'partiallyDelivered', 'deliveryFailed', 'expired')),
    status            text,
    starts_at         timestamptz,
    ends_at           timestamptz,
    expired_at        timestamptz,
    end_reason        text CONSTRAINT assignment_end_reason_known
        CHECK (end_reason IN ('expired', 'removed', 'left', 'corrected', 'policy')),
    revoked_at        timestamptz,
    employment        text,
    ends_by           text CONSTRAINT assignment_ends_by_known
        CHECK (ends_by IN ('policy', 'request', 'workflow', 'leave')),
    ends_set_at       timestamptz,
    notice_14_at      timestamptz,
    notice_1_at       timestamptz,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz,
    request_id        uuid,
    run_id            uuid
) WITH (autovacuum_vacuum_threshold = 50000, autovacuum_vacuum_scale_factor = 0);
CREATE UNIQUE INDEX assignment_one_open ON jml.assignment (target_id, access_package_id)
    WHERE state <> 'expired';
CREATE INDEX assignment_not_revoked ON jml.assignment (target_id)
    WHERE state = 'expired' AND revoked_at IS NULL;
COMMENT ON TABLE jml.assignment IS 'Who holds, or held, which access package';
COMMENT ON COLUMN jml.assignment.id IS 'Key';
COMMENT ON COLUMN jml.assignment.access_package_id IS 'The package';
COMMENT ON COLUMN jml.assignment.policy_id IS 'The policy it was given under';
COMMENT ON COLUMN jml.assignment.target_id IS 'The person';
COMMENT ON COLUMN jml.assignment.state IS
    'delivering, delivered, partiallyDelivered, deliveryFailed; expired is the end, removals included';
COMMENT ON COLUMN jml.assignment.status IS 'The state in Entra''s words, with the notices given';
COMMENT ON COLUMN jml.assignment.starts_at IS 'Start of access';
COMMENT ON COLUMN jml.assignment.ends_at IS 'Planned end; a removal leaves it as it was';
COMMENT ON COLUMN jml.assignment.expired_at IS 'When the end was decided';
COMMENT ON COLUMN jml.assignment.end_reason IS 'expired, removed, left, corrected, policy';
COMMENT ON COLUMN jml.assignment.revoked_at IS 'When every target had confirmed the end: the auditor''s time';
COMMENT ON COLUMN jml.assignment.employment IS 'The employment it belongs to and ends with';
COMMENT ON COLUMN jml.assignment.ends_by IS 'What set ends_at: policy, request, workflow, leave';
COMMENT ON COLUMN jml.assignment.ends_set_at IS 'When ends_at was set: notices before that are not applicable';
COMMENT ON COLUMN jml.assignment.notice_14_at IS 'When the 14-day notice is due; empty: given or not applicable';
COMMENT ON COLUMN jml.assignment.notice_1_at IS 'When the 1-day notice is due; empty: given or not applicable';
COMMENT ON COLUMN jml.assignment.created_at IS 'When it was given';
COMMENT ON COLUMN jml.assignment.updated_at IS 'Logical instant of the last change';
COMMENT ON COLUMN jml.assignment.request_id IS 'The request that made it';
COMMENT ON COLUMN jml.assignment.run_id IS 'The run that made it';

CREATE TABLE jml.delivery (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    assignment_id    uuid NOT NULL,
    person_id        uuid NOT NULL,
    resource_role_id uuid NOT NULL,
    action           text NOT NULL
        CONSTRAINT delivery_action_known CHECK (action IN ('grant', 'revoke')),
    state            text NOT NULL CONSTRAINT delivery_state_known CHECK (state IN (
        'pending', 'inProgress', 'delivered', 'failed', 'removing', 'removed')),
    attempts         integer NOT NULL DEFAULT 0,
    lease_until      timestamptz,
    due_at           timestamptz,
    confirmed_at     timestamptz,
    error            text,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_threshold = 50000, autovacuum_vacuum_scale_factor = 0);
CREATE INDEX delivery_by_assignment ON jml.delivery (assignment_id);
CREATE INDEX delivery_due ON jml.delivery (due_at) WHERE due_at IS NOT NULL;
COMMENT ON TABLE jml.delivery IS 'One resource role granted to or revoked from one person at its target';
COMMENT ON COLUMN jml.delivery.id IS 'Key';
COMMENT ON COLUMN jml.delivery.assignment_id IS 'The assignment it is for';
COMMENT ON COLUMN jml.delivery.person_id IS 'The person';
COMMENT ON COLUMN jml.delivery.resource_role_id IS 'The role';
COMMENT ON COLUMN jml.delivery.action IS 'grant or revoke';
COMMENT ON COLUMN jml.delivery.state IS 'pending, inProgress, delivered, failed, removing, removed';
COMMENT ON COLUMN jml.delivery.attempts IS 'Calls begun';
COMMENT ON COLUMN jml.delivery.lease_until IS 'Until when a daemon has it in hand';
COMMENT ON COLUMN jml.delivery.due_at IS 'When it is to be tried next; empty: nothing to do';
COMMENT ON COLUMN jml.delivery.confirmed_at IS 'When the target was read back and agreed';
COMMENT ON COLUMN jml.delivery.error IS 'What the last attempt met';
COMMENT ON COLUMN jml.delivery.created_at IS 'When it was ordered';

CREATE TABLE jml.notification (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind          text NOT NULL,
    person_id     uuid,
    assignment_id uuid,
    request_id    uuid,
    run_id        uuid,
    recipient     text,
    cc            text,
    subject       text,
    body          text,
    state         text NOT NULL DEFAULT 'pending' CONSTRAINT notification_state_known
        CHECK (state IN ('pending', 'sent', 'failed', 'dropped')),
    attempts      integer NOT NULL DEFAULT 0,
    due_at        timestamptz,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at       timestamptz,
    error         text,
    dedup_key     text CONSTRAINT notification_once UNIQUE
) WITH (autovacuum_vacuum_threshold = 50000, autovacuum_vacuum_scale_factor = 0);
CREATE INDEX notification_due ON jml.notification (due_at) WHERE state = 'pending';
COMMENT ON TABLE jml.notification IS 'Mails, to send and sent';
COMMENT ON COLUMN jml.notification.id IS 'Key';
COMMENT ON COLUMN jml.notification.kind IS 'What it is about: near_expiry_14_days, welcome, ...';
COMMENT ON COLUMN jml.notification.person_id IS 'The person it is about';
COMMENT ON COLUMN jml.notification.assignment_id IS 'The assignment it is about';
COMMENT ON COLUMN jml.notification.request_id IS 'The request it is about';
COMMENT ON COLUMN jml.notification.run_id IS 'The run whose task made it';
COMMENT ON COLUMN jml.notification.recipient IS 'Address';
COMMENT ON COLUMN jml.notification.cc IS 'Address in copy';
COMMENT ON COLUMN jml.notification.subject IS 'Subject';
COMMENT ON COLUMN jml.notification.body IS 'Text';
COMMENT ON COLUMN jml.notification.state IS 'pending, sent, failed, dropped (too late, or dropped by an operator)';
COMMENT ON COLUMN jml.notification.attempts IS 'Attempts begun';
COMMENT ON COLUMN jml.notification.due_at IS 'When it is to be sent, or tried again';
COMMENT ON COLUMN jml.notification.created_at IS 'When it was ordered';
COMMENT ON COLUMN jml.notification.sent_at IS 'When a server took it';
COMMENT ON COLUMN jml.notification.error IS 'What the last attempt met';
COMMENT ON COLUMN jml.notification.dedup_key IS 'What must not be sent twice';

SET LOCAL ROLE NONE;

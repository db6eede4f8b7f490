-- SPDX-License-Identifier: MIT
-- What an insert sets off: queue rows, look-ups, early refusals; and the views.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();
DELETE FROM jml.queue;

-- ---- events
INSERT INTO jml.event (kind, employee_id, effective_on, source_ref) VALUES
    ('joiner', 'Q1', '2026-12-01', 'q1'), ('leaver', 'Q2', '2026-12-01', 'q2'), ('mover', 'Q3', '2026-12-01', 'q3');
INSERT INTO jml.event (kind, employee_id, supersedes, source_ref) VALUES ('rescind', 'Q4', 'q1', 'q4');
SELECT results_eq($$SELECT q.class::int, q.kind, q.employee_id, e.kind FROM jml.queue q JOIN jml.event e ON e.id = q.id ORDER BY q.id$$,
    $$VALUES (1, 'event', 'Q1', 'joiner'), (0, 'event', 'Q2', 'leaver'), (1, 'event', 'Q3', 'mover'), (0, 'event', 'Q4', 'rescind')$$,
    'events are queued under their own id, leavers and withdrawals first');
INSERT INTO jml.event (kind, employee_id, effective_on, source_ref) VALUES ('joiner', 'Q1', '2026-12-01', 'q1')
    ON CONFLICT (source, source_ref) DO NOTHING;
INSERT INTO jml.event (kind, employee_id, effective_on, state) VALUES ('joiner', 'Q5', '2026-12-01', 'held');
SELECT is(count(*)::int, 4, 'replays and events that are not pending are not queued') FROM jml.queue WHERE kind = 'event';

CREATE TEMP TABLE calls AS SELECT calls FROM pg_stat_xact_user_functions WHERE false;
SET LOCAL track_functions = 'all';
INSERT INTO jml.event (kind, employee_id, effective_on)
SELECT CASE i % 10 WHEN 0 THEN 'leaver' ELSE 'joiner' END, 'B' || i, '2026-12-01' FROM generate_series(1, 5000) i;
SELECT is(pg_stat_get_xact_function_calls('jml.event_enqueue'::regproc)::int, 1, '5,000 events: the trigger is called once');
SELECT is(count(*)::int, 5000, 'and queues them all') FROM jml.queue WHERE employee_id LIKE 'B%';
SELECT is(count(*)::int, 500, 'the leavers first') FROM jml.queue WHERE employee_id LIKE 'B%' AND class = 0;
DELETE FROM jml.queue;

-- ---- events changed by hand
INSERT INTO jml.event (kind, employee_id, effective_on, source_ref) VALUES ('leaver', 'C1', '2026-12-01', 'c1'), ('mover', 'C2', '2026-12-01', 'c2');
UPDATE jml.event SET state = 'rejected' WHERE source_ref = 'c1';
SELECT isnt(done_at, NULL, 'an event whose state is changed by hand counts as moved') FROM jml.event WHERE source_ref = 'c1';
DELETE FROM jml.event WHERE source_ref = 'c2';
SELECT is_empty($$SELECT FROM jml.queue WHERE kind = 'event'$$, 'an event that is rejected or deleted by hand is not queued any more');
DELETE FROM jml.queue;
UPDATE jml.event SET state = 'pending' WHERE source_ref = 'c1';
SELECT results_eq($$SELECT q.class::int, q.employee_id FROM jml.queue q JOIN jml.event e USING (id) WHERE q.kind = 'event'$$,
    $$VALUES (0, 'C1')$$, 'one that is made pending again by hand is');
UPDATE jml.event SET kind = 'mover', employee_id = 'C3' WHERE source_ref = 'c1';
SELECT results_eq($$SELECT q.class::int, q.employee_id FROM jml.queue q JOIN jml.event e USING (id) WHERE q.kind = 'event'$$,
    $$VALUES (1, 'C3')$$, 'as what it is now');
DELETE FROM jml.queue;
SET LOCAL ROLE jml_daemon;
UPDATE jml.event SET state = 'done' WHERE source_ref = 'c1';
UPDATE jml.event SET state = 'pending' WHERE source_ref = 'c1';
RESET ROLE;
SELECT is_empty('SELECT FROM jml.queue', 'the daemon keeps its queue itself');

-- ---- requests
INSERT INTO jml.person (id, employee_id) VALUES ('00000000-0000-0000-0000-000000000001', 'R1'), ('00000000-0000-0000-0000-000000000002', 'R2');
SET LOCAL ROLE jml_daemon;
INSERT INTO jml.assignment (id, access_package_id, target_id, state) VALUES
    ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-0000000000b1', '00000000-0000-0000-0000-000000000001', 'delivered');
RESET ROLE;
INSERT INTO jml.assignment_request (request_type, justification, target_id, target_employee_id, assignment_id, access_package_id) VALUES
    ('adminAdd',    'by id',      '00000000-0000-0000-0000-000000000001', NULL, NULL, '00000000-0000-0000-0000-0000000000b1'),
    ('adminAdd',    'by name',    NULL, 'R1', NULL, '00000000-0000-0000-0000-0000000000b1'),
    ('adminRemove', 'by holding', NULL, NULL, '00000000-0000-0000-0000-0000000000a1', NULL),
    ('adminAdd',    'unknown',    NULL, 'Nobody', NULL, '00000000-0000-0000-0000-0000000000b1'),
    ('adminAdd',    'no target',  NULL, NULL, NULL, '00000000-0000-0000-0000-0000000000b1'),
    ('adminAdd',    'bad id',     '00000000-0000-0000-0000-000000000009', NULL, NULL, '00000000-0000-0000-0000-0000000000b1'),
    ('adminAdd',    'two people', '00000000-0000-0000-0000-000000000001', 'R2', NULL, '00000000-0000-0000-0000-0000000000b1'),
    ('adminAdd',    'no package', NULL, 'R1', NULL, NULL),
    ('adminRemove', 'bad holding', NULL, NULL, '00000000-0000-0000-0000-0000000000a9', NULL),
    ('adminRemove', 'not his',    NULL, NULL, '00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-0000000000b9'),
    ('systemAdd',    'system 1',  NULL, 'R1', NULL, '00000000-0000-0000-0000-0000000000b1'),
    ('systemUpdate', 'system 2',  NULL, NULL, '00000000-0000-0000-0000-0000000000a1', NULL),
    ('systemRemove', 'system 3',  NULL, 'Nobody', NULL, '00000000-0000-0000-0000-0000000000b1');
SELECT results_eq($$SELECT justification, state, target_employee_id, split_part(error, ':', 1), completed_at IS NOT NULL
    FROM jml.assignment_request WHERE justification IS NOT NULL ORDER BY 1$$, $$VALUES
    ('bad holding', 'denied', NULL, 'no_assignment', true), ('bad id', 'denied', NULL, 'no_target', true),
    ('by holding', 'submitted', 'R1', NULL, false), ('by id', 'submitted', 'R1', NULL, false), ('by name', 'submitted', 'R1', NULL, false),
    ('no package', 'denied', 'R1', 'no_package', true), ('no target', 'denied', NULL, 'no_target', true),
    ('not his', 'denied', NULL, 'bad_assignment', true), ('system 1', 'denied', 'R1', 'not_system', true),
    ('system 2', 'denied', NULL, 'not_system', true), ('system 3', 'denied', 'Nobody', 'not_system', true), ('two people', 'denied', 'R2', 'bad_target', true),
    ('unknown', 'submitted', 'Nobody', NULL, false)$$, 'the target is looked up; what names nobody is denied, not lost');
SELECT is(count(DISTINCT target_id)::int, 1, 'target_id is filled') FROM jml.assignment_request WHERE justification LIKE 'by %';
SELECT is(count(*)::int, 9, 'each denial is in the audit') FROM jml.audit a JOIN jml.assignment_request r ON r.id::text = a.object_id
    WHERE a.object_type = 'request' AND a.from_state IS NULL AND a.to_state = 'denied' AND a.reason = r.error AND a.actor = session_user;
SELECT results_eq($$SELECT q.class::int, q.employee_id, r.justification FROM jml.queue q JOIN jml.assignment_request r ON r.id = q.object_id
    WHERE q.kind = 'request' ORDER BY 3$$,
    $$VALUES (0, 'R1', 'by holding'), (1, 'R1', 'by id'), (1, 'R1', 'by name'), (1, 'Nobody', 'unknown')$$,
    'requests are queued for their person, removals first');
DELETE FROM jml.queue;
SET LOCAL ROLE jml_daemon;
INSERT INTO jml.assignment_request (request_type, state, target_id) VALUES ('systemAdd', 'delivered', '00000000-0000-0000-0000-000000000001'),
    ('systemRemove', 'submitted', '00000000-0000-0000-0000-000000000001');
SELECT is_empty('SELECT FROM jml.queue', 'the daemon''s own requests are not queued');
RESET ROLE;

-- ---- approvals
INSERT INTO jml.approval (request_id, approver, decision) SELECT id, 'R2', 'approve' FROM jml.assignment_request WHERE justification = 'by id';
INSERT INTO jml.approval (request_id, approver, decision) VALUES (gen_random_uuid(), 'R2', 'deny');
INSERT INTO jml.approval (request_id, approver, decision) SELECT id, 'R2', 'approve' FROM jml.assignment_request WHERE justification = 'no target';
SELECT results_eq($$SELECT q.class::int, q.employee_id, r.justification FROM jml.queue q JOIN jml.approval v ON v.id = q.object_id
    JOIN jml.assignment_request r ON r.id = v.request_id WHERE q.kind = 'approval'$$, $$VALUES (1, 'R1', 'by id')$$,
    'a decision is queued for the person that the request is about');
SELECT is(v.actor, session_user::text, 'and keeps who inserted it') FROM jml.approval v WHERE v.state = 'pending';
SELECT results_eq($$SELECT v.state, split_part(v.error, ':', 1), a.to_state, a.reason = v.error FROM jml.approval v
    JOIN jml.audit a ON a.object_type = 'approval' AND a.object_id = v.id::text ORDER BY 2$$, $$VALUES
    ('refused', 'no_person', 'refused', true), ('refused', 'no_request', 'refused', true)$$,
    'those about nothing are refused, with a reason and an audit row');
SET LOCAL ROLE jml_daemon;
UPDATE jml.assignment_request SET state = 'canceled' WHERE justification = 'by name';
RESET ROLE;
INSERT INTO jml.approval (request_id, approver, decision) SELECT id, 'R2', 'approve' FROM jml.assignment_request WHERE justification = 'by name';
SELECT is(count(*)::int, 1, 'one about what is over, too') FROM jml.approval WHERE state = 'refused' AND error LIKE 'not_pending:%';
DELETE FROM jml.queue;

-- ---- people ask for themselves, for others, by mail address
SET LOCAL ROLE jml_daemon;
UPDATE jml.person SET attributes = '{"mail": "R.Two@Example.com"}' WHERE employee_id = 'R2';
INSERT INTO jml.person (employee_id, kind, state, attributes) VALUES ('guest@x.example', 'external', 'external', '{"mail": "guest@x.example"}');
RESET ROLE;
INSERT INTO jml.assignment_request (request_type, justification, target_employee_id, target_email, requestor, access_package_id) VALUES
    ('userAdd', 'u1', 'R1', NULL, NULL, '00000000-0000-0000-0000-0000000000b1'),
    ('userAdd', 'u2', 'R1', NULL, 'R2', '00000000-0000-0000-0000-0000000000b1'),
    ('adminAdd', 'u3', NULL, 'r.two@example.COM', NULL, '00000000-0000-0000-0000-0000000000b1'),
    ('adminAdd', 'u4', NULL, 'Guest@X.example', 'words', '00000000-0000-0000-0000-0000000000b1'),
    ('userAdd', 'u5', NULL, 'New@Y.example', NULL, '00000000-0000-0000-0000-0000000000b1'),
    ('userAdd', 'u6', 'R1', 'r.two@example.com', NULL, '00000000-0000-0000-0000-0000000000b1');
INSERT INTO jml.assignment_request (request_type, justification, target_employee_id, access_package_id) VALUES
    ('userAdd', 'u7', 'R1', '00000000-0000-0000-0000-0000000000b1'), ('adminAdd', 'u8', 'R1', '00000000-0000-0000-0000-0000000000b1');
SELECT results_eq($$SELECT justification, target_employee_id, CASE requestor WHEN session_user THEN 'me' ELSE requestor END, state, split_part(error, ':', 1)
    FROM jml.assignment_request WHERE justification ~ '^u[0-9]$' ORDER BY 1$$, $$VALUES
    ('u1', 'R1', 'R1', 'submitted', NULL), ('u2', 'R1', 'R2', 'submitted', NULL), ('u3', 'R2', 'me', 'submitted', NULL),
    ('u4', 'guest@x.example', 'words', 'submitted', NULL), ('u5', 'new@y.example', 'new@y.example', 'submitted', NULL),
    ('u6', 'R1', 'R1', 'denied', 'bad_target'), ('u7', 'R1', 'R1', 'submitted', NULL), ('u8', 'R1', 'me', 'submitted', NULL)$$,
    'who asks and for whom is looked up');
SET LOCAL ROLE jml_daemon;
UPDATE jml.person SET attributes = '{"mail": "guest@x.example"}', state = 'active' WHERE employee_id IN ('R1', 'R2');
RESET ROLE;
INSERT INTO jml.assignment_request (request_type, justification, target_email, access_package_id)
VALUES ('adminAdd', 'v1', 'guest@x.example', '00000000-0000-0000-0000-0000000000b1');
SELECT is(split_part(error, ':', 1), 'ambiguous_email', 'an address of several people names none') FROM jml.assignment_request WHERE justification = 'v1';

-- ---- wrong values lose nothing, and nobody else's row of the same INSERT
INSERT INTO jml.assignment_request (request_type, target_employee_id, target_email, target_name, starts_at, ends_at, requestor, answers, justification, status, access_package_id)
SELECT coalesce(w.type, 'userAdd'), w.who, w.mail, w.name, w.starts, w.ends, w.asks, w.answers, w.why, w.n, '00000000-0000-0000-0000-0000000000b1'
FROM (VALUES
    ('w0', NULL::text, 'R1'::text, NULL::text, NULL::text, NULL::timestamptz, NULL::timestamptz, NULL::text, NULL::jsonb, NULL::text),
    ('w1', 'adminGive', 'R1', NULL, NULL, NULL, NULL, NULL, NULL, NULL), ('w2', '', 'R1', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    ('w3', NULL, ' R1', NULL, NULL, NULL, NULL, NULL, NULL, NULL), ('w4', NULL, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    ('w5', NULL, NULL, 'a@b@evil.example', NULL, NULL, NULL, NULL, NULL, NULL), ('w6', NULL, NULL, repeat('a', 300) || '@x.example', NULL, NULL, NULL, NULL, NULL, NULL),
    ('w7', NULL, NULL, 'a@x.example', E'a\nb', NULL, NULL, NULL, NULL, NULL),
    ('w8', NULL, 'R1', NULL, NULL, '-infinity', NULL, NULL, NULL, NULL), ('w9', NULL, 'R1', NULL, NULL, NULL, 'infinity', NULL, NULL, NULL),
    ('wa', NULL, 'R1', NULL, NULL, NULL, NULL, repeat('r', 300), NULL, NULL),
    ('wb', NULL, 'R1', NULL, NULL, NULL, NULL, NULL, to_jsonb(repeat('x', 65536)), NULL),
    ('wc', NULL, 'R1', NULL, NULL, NULL, NULL, NULL, NULL, repeat('x', 8193))) AS w (n, type, who, mail, name, starts, ends, asks, answers, why);
SELECT results_eq($$SELECT state, split_part(error, ':', 1), count(*) FROM jml.assignment_request
    WHERE access_package_id = '00000000-0000-0000-0000-0000000000b1' AND (status = 'w0' OR state = 'denied' AND justification IS NULL OR length(justification) = 2048)
    GROUP BY 1, 2 ORDER BY split_part(error, ':', 1) COLLATE "C"$$, $$VALUES
    ('denied', 'bad_email', 2::bigint), ('denied', 'bad_end', 1), ('denied', 'bad_name', 1), ('denied', 'bad_request_type', 2),
    ('denied', 'bad_requestor', 1), ('denied', 'bad_start', 1), ('denied', 'bad_target', 2), ('denied', 'too_long', 2), ('submitted', NULL, 1)$$,
    'requests with wrong values are denied in their row');
INSERT INTO jml.approval (request_id, approver, decision, stage, justification)
SELECT CASE WHEN w.n <> 'a1' THEN '00000000-0000-0000-0000-0000000000c9'::uuid END, w.who, w.decision, w.stage, w.why
FROM (VALUES ('a1', 'R1', 'approve', 0, NULL), ('a2', NULL, 'approve', 0, NULL), ('a3', ' R1', 'approve', 0, NULL), ('a4', 'R1', 'maybe', 0, NULL),
    ('a5', 'R1', NULL, 0, NULL), ('a6', 'R1', 'deny', 100, NULL), ('a7', 'R1', 'deny', 0, repeat('x', 8193))) AS w (n, who, decision, stage, why);
SELECT results_eq($$SELECT state, split_part(error, ':', 1), count(*) FROM jml.approval
    WHERE request_id IN ('00000000-0000-0000-0000-0000000000c9', '00000000-0000-0000-0000-000000000000') GROUP BY 1, 2 ORDER BY split_part(error, ':', 1) COLLATE "C"$$, $$VALUES
    ('refused', 'bad_approver', 1::bigint), ('refused', 'bad_decision', 2), ('refused', 'bad_stage', 1), ('refused', 'no_request', 2), ('refused', 'too_long', 1)$$,
    'decisions with wrong values are refused in their row');
DELETE FROM jml.queue;

-- ---- commands
INSERT INTO jml.workflow (id, display_name, category, document) VALUES ('00000000-0000-0000-0000-0000000000f1', 'W', 'joiner', '{}');
SET LOCAL ROLE jml_daemon;
INSERT INTO jml.run (id, workflow_id, person_id, trigger_key, state, version) VALUES
    ('00000000-0000-0000-0000-0000000000e1', '00000000-0000-0000-0000-0000000000f1', '00000000-0000-0000-0000-000000000002', 'k', 'scheduled', 1);
RESET ROLE;
INSERT INTO jml.command (kind, object_id, employee_id)
SELECT 'event_retry', id::text, NULL FROM jml.event WHERE source_ref = 'q2'
UNION ALL SELECT 'request_cancel', id::text, NULL FROM jml.assignment_request WHERE justification = 'unknown'
UNION ALL VALUES ('person_hold', 'R1', NULL), ('run_cancel', '00000000-0000-0000-0000-0000000000e1', NULL),
    ('workflow_run', '00000000-0000-0000-0000-0000000000f1', 'R1'), ('workflow_enable', '00000000-0000-0000-0000-0000000000f1', 'ignored'),
    ('event_hold', '999999999', NULL), ('event_hold', 'x', NULL), ('event_hold', '99999999999999999999999', NULL), ('person_release', 'Nobody', NULL),
    ('run_retry', 'not a uuid', NULL), ('workflow_run', '00000000-0000-0000-0000-0000000000f1', 'Nobody'),
    ('workflow_run', '00000000-0000-0000-0000-0000000000f1', NULL), ('workflow_disable', '00000000-0000-0000-0000-0000000000f9', NULL);
SELECT results_eq($$SELECT kind, employee_id FROM jml.command WHERE state = 'pending' ORDER BY 1$$, $$VALUES
    ('event_retry', 'Q2'), ('person_hold', 'R1'), ('request_cancel', 'Nobody'), ('run_cancel', 'R2'),
    ('workflow_enable', NULL), ('workflow_run', 'R1')$$, 'a command finds its person');
SELECT results_eq($$SELECT c.kind, split_part(c.error, ':', 1), a.to_state, a.reason = c.error FROM jml.command c
    JOIN jml.audit a ON a.object_type = 'command' AND a.object_id = c.id::text WHERE c.state = 'refused' AND c.done_at IS NOT NULL ORDER BY 1, 2$$, $$VALUES
    ('event_hold', 'no_event', 'refused', true), ('event_hold', 'no_event', 'refused', true), ('event_hold', 'no_event', 'refused', true),
    ('person_release', 'no_person', 'refused', true), ('run_retry', 'no_run', 'refused', true), ('workflow_disable', 'no_workflow', 'refused', true),
    ('workflow_run', 'no_person', 'refused', true), ('workflow_run', 'no_person', 'refused', true)$$, 'or is refused at once, with a reason and an audit row');
SELECT is(count(*)::int, 6, 'only the others are queued') FROM jml.queue WHERE kind = 'command';
SELECT is(count(*)::int, 1, 'a command on a whole workflow for nobody') FROM jml.queue WHERE employee_id IS NULL;

-- ---- views
SELECT columns_are('jml', v, string_to_array(c, ' '), v || ' has its columns') FROM (VALUES
    ('assignments', 'id employee_id access_package policy state status starts_at ends_at expired_at end_reason revoked_at created_at request_id run_id'),
    ('requests', 'id request_type state status employee_id access_package policy requestor justification starts_at ends_at created_at completed_at error'),
    ('runs', 'id workflow version employee_id state due_at started_at completed_at reason'),
    ('deliveries', 'id employee_id access_package resource role target action state attempts due_at confirmed_at error'),
    ('timeline', 'at employee_id object_type object_id from_state to_state sentence actor reason event_id run_id request_id')) AS t (v, c);

INSERT INTO jml.access_package (id, display_name) VALUES ('00000000-0000-0000-0000-0000000000b1', 'Base');
INSERT INTO jml.assignment_policy (id, access_package_id, display_name, document) VALUES
    ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-0000000000b1', 'Thirty days', '{}');
INSERT INTO jml.catalog (id, display_name) VALUES ('00000000-0000-0000-0000-0000000000d1', 'Company');
INSERT INTO jml.resource (id, catalog_id, display_name) VALUES ('00000000-0000-0000-0000-0000000000d2', '00000000-0000-0000-0000-0000000000d1', 'CRM');
INSERT INTO jml.resource_role (id, resource_id, display_name) VALUES ('00000000-0000-0000-0000-0000000000d3', '00000000-0000-0000-0000-0000000000d2', 'User');
SET LOCAL ROLE jml_daemon;
UPDATE jml.assignment SET policy_id = '00000000-0000-0000-0000-0000000000c1';
INSERT INTO jml.delivery (assignment_id, person_id, resource_role_id, action, state) VALUES
    ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-0000000000d3', 'grant', 'delivered');
RESET ROLE;
SELECT results_eq('SELECT employee_id, access_package, policy, state FROM jml.assignments', $$VALUES ('R1', 'Base', 'Thirty days', 'delivered')$$, 'assignments by name');
SELECT results_eq($$SELECT employee_id, access_package FROM jml.requests WHERE justification = 'by holding'$$, $$VALUES ('R1', 'Base')$$, 'requests by name');
SELECT results_eq($$SELECT employee_id FROM jml.requests WHERE justification = 'unknown'$$, $$VALUES ('Nobody')$$, 'requests of nobody as they name him');
SELECT results_eq('SELECT workflow, employee_id, version FROM jml.runs', $$VALUES ('W', 'R2', 1)$$, 'runs by name');
SELECT results_eq('SELECT employee_id, access_package, resource, role, target, action FROM jml.deliveries',
    $$VALUES ('R1', 'Base', 'CRM', 'User', 'record', 'grant')$$, 'deliveries by name');
INSERT INTO jml.transition VALUES (532, 'assignment', 'delivered', 'END', NULL, 'expired', 'ended') ON CONFLICT DO NOTHING;
INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, rule, from_state, to_state, reason) VALUES
    (now(), 'jmld', 'assignment', '00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-000000000001', 532, 'delivered', 'expired', 'left');
SELECT results_eq($$SELECT sentence, reason FROM jml.timeline WHERE employee_id = 'R1' AND object_type = 'assignment'$$,
    $$VALUES ('ended', 'left')$$, 'the timeline speaks in sentences');
SELECT is((SELECT count(*) FROM jml.timeline), (SELECT count(*) FROM jml.audit), 'one line for each audit row');

SELECT * FROM finish();
ROLLBACK;

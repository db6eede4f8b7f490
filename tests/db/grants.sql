-- SPDX-License-Identifier: MIT
-- What each role may do, and what not.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();
GRANT USAGE ON SCHEMA public TO PUBLIC;

CREATE ROLE feed_a LOGIN IN ROLE jml_feed;
CREATE ROLE feed_b LOGIN IN ROLE jml_feed;
CREATE ROLE oscar LOGIN IN ROLE jml_operator;
CREATE ROLE aude LOGIN IN ROLE jml_auditor;
INSERT INTO jml.source VALUES ('a', 'feed_a'), ('gone', 'nobody_has_this_role');
INSERT INTO jml.event (kind, employee_id, effective_on, source, source_ref)
VALUES ('joiner', 'G1', '2026-12-01', 'gone', '1');

-- ---- feeds
SET LOCAL SESSION AUTHORIZATION feed_a;
SELECT lives_ok($$INSERT INTO jml.event (source, source_ref, batch, kind, employee_id, employment,
        effective_on, effective_at, sequence, attributes, supersedes)
    SELECT 'a', i::text, 'b', 'joiner', 'A' || i, 'main', '2026-12-01', NULL, i, '{"department": "Sales"}', NULL
    FROM generate_series(1, 100) i$$, 'a feed inserts the input columns');
SELECT lives_ok($$INSERT INTO jml.event (source, source_ref, kind, employee_id, effective_on)
    SELECT 'a', i::text, 'joiner', 'A' || i, '2026-12-01' FROM generate_series(1, 100) i
    ON CONFLICT (source, source_ref) DO NOTHING$$, 'and replays them all');
SELECT is(count(*)::int, 100, 'without a change') FROM (SELECT id FROM jml.event WHERE source = 'a') e;
SELECT lives_ok($$INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('joiner', 'A0', '2026-12-01')$$,
    'the default source is open');
SELECT lives_ok($$INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('joiner', 'A0', '2026-12-01') RETURNING id$$,
    'the id comes back');
SELECT is(count(*)::int, 102, 'it sees its own events') FROM (SELECT id, source, source_ref, state, error FROM jml.event) e;
SELECT throws_ok(s, '42501', NULL, 'a feed may not: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.event (kind, employee_id, effective_on, state) VALUES ('joiner', 'A', '2026-12-01', 'done')$$,
    $$INSERT INTO jml.event (kind, employee_id, effective_on, error) VALUES ('joiner', 'A', '2026-12-01', 'x')$$,
    $$INSERT INTO jml.event (kind, employee_id, effective_on, received_at) VALUES ('joiner', 'A', '2026-12-01', now())$$,
    $$INSERT INTO jml.event (kind, employee_id, effective_on, done_at) VALUES ('joiner', 'A', '2026-12-01', now())$$,
    $$INSERT INTO jml.event (kind, employee_id, effective_on, time_zone) VALUES ('joiner', 'A', '2026-12-01', 'UTC')$$,
    $$INSERT INTO jml.event (id, kind, employee_id, effective_on) OVERRIDING SYSTEM VALUE VALUES (1, 'joiner', 'A', '2026-12-01')$$,
    $$INSERT INTO jml.event (source, kind, employee_id, effective_on) VALUES ('gone', 'joiner', 'A', '2026-12-01')$$,
    $$INSERT INTO jml.event (source, source_ref, kind, employee_id, effective_on) VALUES ('a', '1', 'joiner', 'A', '2026-12-01')
        ON CONFLICT (source, source_ref) DO UPDATE SET employee_id = 'X'$$,
    'SELECT * FROM jml.event', 'SELECT attributes FROM jml.event', 'SELECT employee_id FROM jml.event',
    'UPDATE jml.event SET kind = kind', 'DELETE FROM jml.event', 'TRUNCATE jml.event', 'LOCK jml.event',
    'SELECT id FROM jml.person', 'SELECT id FROM jml.queue', 'INSERT INTO jml.queue (class, kind) VALUES (0, ''wake'')',
    'SELECT 1 FROM jml.audit', 'SELECT 1 FROM jml.configuration', 'SELECT 1 FROM jml.source', 'SELECT 1 FROM jml.daemon',
    'SELECT 1 FROM jml.assignments', 'SELECT 1 FROM jml.timeline', 'SELECT 1 FROM jml.migration',
    'INSERT INTO jml.command (kind, object_id) VALUES (''event_retry'', ''1'')',
    'INSERT INTO jml.assignment_request (request_type) VALUES (''adminAdd'')',
    'CREATE TABLE jml.mine (i int)', 'SELECT jml.wake_sleeper()', 'SELECT jml.audit_last_state(''event'', ''1'', NULL)']) AS s;
CREATE TEMP TABLE mine (id uuid DEFAULT gen_random_uuid(), kind text, employee_id text, state text);
SELECT throws_ok('CREATE TRIGGER x AFTER INSERT ON pg_temp.mine ' || s, '42501', NULL, 'a feed may not use ' || s) FROM unnest(ARRAY[
    $$FOR EACH ROW EXECUTE FUNCTION jml.audit_by_hand('assignment', '', '')$$,
    'REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION jml.event_enqueue()',
    'FOR EACH ROW EXECUTE FUNCTION jml.event_requeue()']) AS s;
DROP TABLE mine;

SELECT isnt_empty('SELECT number, slug, sha256, applied_at FROM jml.migrations_seen()', 'a feed may ask what schema this is');

CREATE FUNCTION pg_temp.differences(source text) RETURNS text[] LANGUAGE sql
    RETURN jml.event_differences(source, '1', 'mover', 'A1', 'main', NULL, '2026-12-02', 1, '{"department": "Sales"}', NULL);
SELECT is(pg_temp.differences('a'), '{kind,effective_on}', 'it learns in what it contradicts itself');
SELECT is(pg_temp.differences('gone'), NULL, 'but nothing of what others said');
SELECT is(pg_temp.differences('none'), NULL, 'nor of what nobody said');

RESET SESSION AUTHORIZATION;
SET LOCAL SESSION AUTHORIZATION feed_b;
SELECT is(pg_temp.differences('a'), NULL, 'another feed does not learn of it');
SELECT is_empty($$SELECT id FROM jml.event WHERE source = 'a'$$, 'another feed does not see them');
SELECT throws_ok($$INSERT INTO jml.event (source, kind, employee_id, effective_on) VALUES ('a', 'leaver', 'A1', '2026-12-01')$$,
    '42501', 'new row violates row-level security policy for table "event"', 'nor inserts in their name');
SELECT throws_ok($$INSERT INTO jml.event (source, source_ref, kind, employee_id, effective_on) VALUES ('a', '1', 'leaver', 'A1', '2026-12-01')
    ON CONFLICT (source, source_ref) DO NOTHING$$, '42501', NULL, 'nor learns by a replay what there is');
SELECT lives_ok($$INSERT INTO jml.event (source, kind, employee_id, effective_on) VALUES ('other', 'leaver', 'A1', '2026-12-01')$$,
    'an unbound source is open');
RESET SESSION AUTHORIZATION;
SET LOCAL ROLE feed_a;
SELECT is(pg_temp.differences('a'), '{kind,effective_on}', 'a role that was set counts, too');
RESET ROLE;
SET LOCAL ROLE jml_feed;
SELECT is_empty($$SELECT id FROM jml.event WHERE source = 'a'$$, 'the group role itself sees no bound source');
SELECT throws_ok($$INSERT INTO jml.event (source, kind, employee_id, effective_on) VALUES ('a', 'leaver', 'A1', '2026-12-01')$$,
    '42501', NULL, 'nor inserts into it');
RESET ROLE;

-- ---- the daemon
INSERT INTO jml.person (id, employee_id) VALUES ('00000000-0000-0000-0000-0000000000a1', 'A1');
SET LOCAL ROLE jml_daemon;
SELECT lives_ok(s, 'the daemon may: ' || s) FROM unnest(ARRAY[
    $$SELECT * FROM jml.event WHERE id > 0 FOR NO KEY UPDATE$$,
    $$UPDATE jml.event SET state = 'done', error = 'late: x', done_at = now() WHERE source = 'a'$$,
    $$SELECT * FROM jml.person FOR NO KEY UPDATE SKIP LOCKED$$,
    $$INSERT INTO jml.person (employee_id) VALUES ('D1') ON CONFLICT DO NOTHING$$,
    $$UPDATE jml.person SET state = 'active', due_at = now()$$,
    $$DELETE FROM jml.queue WHERE class = 1$$,
    $$SELECT nextval('jml.event_id_seq'), nextval('jml.audit_id_seq')$$,
    $$INSERT INTO jml.queue (class, kind, employee_id) VALUES (1, 'wake', 'A1')$$,
    $$INSERT INTO jml.daemon (id, name) VALUES ('00000000-0000-0000-0000-0000000000d1', 'x')
        ON CONFLICT (id) DO UPDATE SET seen_at = now()$$,
    $$DELETE FROM jml.daemon$$,
    $$UPDATE jml.configuration SET clock_at = greatest(clock_at, now()), default_time_zone = 'UTC'$$,
    $$INSERT INTO jml.run (workflow_id, person_id, trigger_key, state) VALUES (gen_random_uuid(), gen_random_uuid(), 'k', 'scheduled')$$,
    $$INSERT INTO jml.task_run (run_id, position, task_definition_id, display_name, state) VALUES (gen_random_uuid(), 1, gen_random_uuid(), 'x', 'completed')$$,
    $$INSERT INTO jml.assignment_request (request_type, state, target_id) VALUES ('systemAdd', 'delivered', gen_random_uuid())$$,
    $$INSERT INTO jml.assignment (access_package_id, target_id, state) VALUES (gen_random_uuid(), gen_random_uuid(), 'delivered')$$,
    $$INSERT INTO jml.delivery (assignment_id, person_id, resource_role_id, action, state) VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'grant', 'pending')$$,
    $$INSERT INTO jml.notification (kind) VALUES ('welcome')$$,
    $$INSERT INTO jml.target_trouble (daemon_id, target, kind, since) VALUES ('00000000-0000-0000-0000-0000000000d1', 'x', 'unusable', now())
        ON CONFLICT (daemon_id, target) DO UPDATE SET error = 'y'$$,
    $$DELETE FROM jml.target_trouble$$,
    $$UPDATE jml.command SET state = 'done', done_at = now()$$,
    $$UPDATE jml.rollout SET done = 1$$,
    $$UPDATE jml.workflow SET enabled = false$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, rule) VALUES (now(), 'jmld', 'event', '1', 101) RETURNING id$$,
    $$SELECT count(*) FROM jml.transition, jml.migration, jml.workflow_version, jml.access_package_role, jml.timeline$$]) AS s;
SELECT throws_ok(s, '42501', NULL, 'the daemon may not: ' || s) FROM unnest(ARRAY[
    $$UPDATE jml.event SET attributes = '{}'$$, 'DELETE FROM jml.event', 'DELETE FROM jml.person',
    'DELETE FROM jml.assignment', 'DELETE FROM jml.audit', 'UPDATE jml.audit SET rule = 1', 'TRUNCATE jml.audit',
    'UPDATE jml.workflow SET document = ''{}''', 'INSERT INTO jml.access_package (display_name) VALUES (''x'')',
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, recorded_at) VALUES (now(), 'jmld', 'event', '1', now())$$,
    $$INSERT INTO jml.audit (id, at, actor, object_type, object_id) OVERRIDING SYSTEM VALUE VALUES (1000000, now(), 'jmld', 'event', '1')$$,
    'INSERT INTO jml.transition VALUES (1)', 'UPDATE jml.migration SET number = 1']) AS s;
RESET ROLE;

-- ---- operators
SET LOCAL SESSION AUTHORIZATION oscar;
SELECT lives_ok(s, 'an operator may: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.command (kind, object_id, arguments) VALUES ('person_hold', 'A1', '{"reason": "x"}') RETURNING id$$,
    $$INSERT INTO jml.assignment_request (request_type, target_employee_id, access_package_id, justification, starts_at, ends_at)
        VALUES ('adminAdd', 'A1', gen_random_uuid(), 'because', now(), now() + interval '1 day') RETURNING id$$,
    $$INSERT INTO jml.approval (request_id, stage, approver, decision) SELECT id, 0, 'E7', 'approve' FROM jml.assignment_request LIMIT 1$$,
    $$INSERT INTO jml.event (source, source_ref, batch, kind, employee_id, employment, effective_on, effective_at, sequence, attributes, supersedes)
        VALUES ('ops', '1', 'b', 'mover', 'A1', 'main', '2026-12-02', NULL, 1, '{"department": "Sales"}', NULL)
        ON CONFLICT (source, source_ref) DO NOTHING RETURNING id$$,
    $$SELECT jml.event_differences('ops', '1', 'mover', 'A1', 'main', NULL, '2026-12-02', 1, '{}', NULL)$$,
    $$INSERT INTO jml.catalog (display_name) VALUES ('Company')$$,
    $$INSERT INTO jml.resource (catalog_id, display_name) SELECT id, 'CRM' FROM jml.catalog$$,
    $$INSERT INTO jml.resource_role (resource_id, display_name) SELECT id, 'User' FROM jml.resource$$,
    $$INSERT INTO jml.access_package (display_name) VALUES ('Base')$$,
    $$INSERT INTO jml.access_package_role SELECT p.id, r.id FROM jml.access_package p, jml.resource_role r$$,
    $$INSERT INTO jml.assignment_policy (access_package_id, display_name, document) SELECT id, 'P', '{}' FROM jml.access_package$$,
    $$INSERT INTO jml.incompatible_package SELECT id, id FROM jml.access_package$$,
    $$INSERT INTO jml.connected_organization (display_name) VALUES ('Partner')$$,
    $$INSERT INTO jml.workflow (display_name, category, document) VALUES ('W', 'joiner', '{}')$$,
    $$INSERT INTO jml.workflow_version SELECT id, 1, '{}' FROM jml.workflow$$,
    $$INSERT INTO jml.rollout (kind, revision) VALUES ('workflow', 1)$$,
    $$UPDATE jml.configuration SET revision = revision + 1, clock_at = greatest(clock_at, now())$$,
    $$UPDATE jml.workflow SET enabled = true$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, to_state) SELECT now(), session_user, 'workflow', id, 'enabled' FROM jml.workflow$$,
    $$DELETE FROM jml.access_package$$,
    $$SELECT count(*) FROM jml.event, jml.audit, jml.queue, jml.assignments, jml.requests, jml.runs, jml.deliveries, jml.timeline,
        jml.targets, jml.target_troubles$$,
    'SELECT pg_advisory_xact_lock(4740001)']) AS s;
SELECT is((SELECT actor FROM jml.command ORDER BY created_at DESC LIMIT 1), 'oscar', 'a command bears its operator''s name');
SELECT is((SELECT requestor FROM jml.assignment_request WHERE justification = 'because'), 'oscar', 'so does a request');
INSERT INTO jml.assignment_request (request_type, target_employee_id, access_package_id, justification, requestor)
VALUES ('adminAdd', 'A1', gen_random_uuid(), 'for somebody', 'somebody');
SELECT results_eq($$SELECT requestor, actor FROM jml.assignment_request WHERE justification = 'for somebody'$$,
    $$VALUES ('somebody', 'oscar')$$, 'in whosesoever name it asks');
SELECT throws_ok(s, '42501', NULL, 'an operator may not: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.event (kind, employee_id, effective_on, state) VALUES ('joiner', 'O', '2026-12-01', 'done')$$,
    $$INSERT INTO jml.event (source, kind, employee_id, effective_on) VALUES ('a', 'joiner', 'O', '2026-12-01')$$,
    'DELETE FROM jml.event',
    $$INSERT INTO jml.command (kind, object_id, state) VALUES ('person_hold', 'A1', 'done')$$,
    $$INSERT INTO jml.command (kind, object_id, actor) VALUES ('person_hold', 'A1', 'somebody')$$,
    $$INSERT INTO jml.assignment_request (request_type, state) VALUES ('adminAdd', 'delivered')$$,
    $$INSERT INTO jml.assignment_request (request_type, actor) VALUES ('adminAdd', 'somebody')$$,
    $$INSERT INTO jml.assignment_request (request_type, completed_at) VALUES ('adminAdd', now())$$,
    $$INSERT INTO jml.approval (request_id, decision, state) VALUES (gen_random_uuid(), 'approve', 'applied')$$,
    $$DELETE FROM jml.target_trouble$$,
    $$UPDATE jml.event SET state = 'pending'$$, $$UPDATE jml.person SET state = 'active'$$, $$UPDATE jml.assignment SET ends_at = NULL$$,
    $$UPDATE jml.assignment_request SET state = 'delivered'$$, 'DELETE FROM jml.queue', 'UPDATE jml.audit SET actor = ''x''',
    $$INSERT INTO jml.audit (at, actor, object_type, object_id) VALUES (now(), 'somebody', 'workflow', 'x')$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id) VALUES (now(), 'oscar', 'assignment', 'x')$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, recorded_at) VALUES (now(), 'oscar', 'policy', 'x', '2020-01-01')$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, person_id) VALUES (now(), 'oscar', 'policy', 'x', gen_random_uuid())$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, employee_id) VALUES (now(), 'oscar', 'policy', 'x', 'A1')$$,
    $$INSERT INTO jml.audit (id, at, actor, object_type, object_id) OVERRIDING SYSTEM VALUE VALUES (1000000, now(), 'oscar', 'policy', 'x')$$]) AS s;
RESET SESSION AUTHORIZATION;

-- ---- auditors
SET LOCAL SESSION AUTHORIZATION aude;
SELECT lives_ok('SELECT count(*) FROM (SELECT FROM jml.' || quote_ident(relname) || ') AS t', 'an auditor reads ' || relname)
FROM pg_class WHERE relnamespace = 'jml'::regnamespace AND relkind IN ('r', 'v');
SELECT isnt_empty('SELECT FROM jml.event', 'an auditor sees events of every source');
SELECT throws_ok(s, '42501', NULL, 'an auditor may not: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.command (kind, object_id) VALUES ('person_hold', 'A1')$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id) VALUES (now(), 'aude', 'workflow', 'x')$$,
    'UPDATE jml.person SET state = ''left''', 'DELETE FROM jml.audit']) AS s;
RESET SESSION AUTHORIZATION;

SELECT * FROM finish();
ROLLBACK;

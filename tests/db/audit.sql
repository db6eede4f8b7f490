-- SPDX-License-Identifier: MIT
-- The audit is append-only; what is done by hand is in it; audit verify finds what does not fit.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();

-- ---- append-only, also for a superuser, also on no rows
SELECT throws_ok(s, '42501', 'jml.audit is append-only: ' || v || ' refused', s) FROM (VALUES
    ('UPDATE jml.audit SET actor = ''x''', 'update'),
    ('UPDATE jml.audit SET actor = ''x'' WHERE false', 'update'),
    ('DELETE FROM jml.audit', 'delete'),
    ('DELETE FROM jml.audit WHERE id = -1', 'delete'),
    ('TRUNCATE jml.audit', 'truncate'),
    ('INSERT INTO jml.audit (id, at, actor, object_type, object_id) OVERRIDING SYSTEM VALUE
        VALUES (1, now(), ''x'', ''event'', ''1'') ON CONFLICT (id) DO UPDATE SET actor = ''y''', 'update')) AS t (s, v);
SET LOCAL ROLE jml_owner;
SELECT throws_ok('DELETE FROM jml.audit', '42501', NULL, 'the owner may not either');
RESET ROLE;

-- ---- by hand
CREATE TEMP VIEW new_audit AS SELECT * FROM jml.audit WHERE id > current_setting('test.seen')::bigint ORDER BY id;
GRANT SELECT ON new_audit TO PUBLIC;
CREATE FUNCTION pg_temp.seen() RETURNS void LANGUAGE sql AS
    $$SELECT set_config('test.seen', coalesce(max(id), 0)::text, true) FROM jml.audit$$;
SELECT pg_temp.seen() \g /dev/null

INSERT INTO jml.transition VALUES
    (101, 'event', NULL, 'FOLD', NULL, 'done', 'folded'), (202, 'person', NULL, 'BECOME', NULL, 'active', 'employed'),
    (502, 'assignment', NULL, 'GRANT', NULL, 'delivered', 'granted');
INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('joiner', 'H1', '2026-12-01'), ('joiner', 'H2', '2026-12-01');
SET LOCAL ROLE jml_daemon;
INSERT INTO jml.person (id, employee_id) VALUES ('00000000-0000-0000-0000-000000000001', 'H1');
UPDATE jml.person SET state = 'active', hired_at = '2026-12-01 00:00+00';
UPDATE jml.event SET state = 'done' WHERE employee_id = 'H1';
INSERT INTO jml.assignment (id, access_package_id, target_id, state, ends_at) VALUES
    ('00000000-0000-0000-0000-0000000000a1', gen_random_uuid(), '00000000-0000-0000-0000-000000000001', 'delivered', '2026-12-31 00:00+00');
SELECT is_empty('SELECT FROM new_audit', 'the daemon''s own writes are not audited by trigger');
INSERT INTO jml.audit (at, actor, object_type, object_id, person_id, rule, to_state, detail)
SELECT now(), 'jmld', 'event', id::text, '00000000-0000-0000-0000-000000000001'::uuid, 101, 'done', NULL::jsonb FROM jml.event WHERE employee_id = 'H1'
UNION ALL SELECT now(), 'jmld', 'person', id::text, id, 202, 'active', '{"hired_at": "2026-12-01T00:00:00Z", "revision": 3}' FROM jml.person
UNION ALL SELECT now(), 'jmld', 'assignment', id::text, target_id, 502, 'delivered', '{"ends_at": "2026-12-31T00:00:00.000Z"}' FROM jml.assignment;
DELETE FROM jml.queue;
RESET ROLE;
\set verify `cat ../../sql/queries/audit_verify.sql`
PREPARE verify AS :verify ;
SELECT is_empty('verify', 'verify finds nothing in a right audit');
SELECT pg_temp.seen() \g /dev/null

UPDATE jml.person SET state = 'left' WHERE employee_id = 'H1';
SELECT results_eq($$SELECT actor, object_type, object_id, employee_id, rule, from_state, to_state, reason, detail FROM new_audit$$,
    $$VALUES (session_user::text COLLATE "default", 'person', '00000000-0000-0000-0000-000000000001', 'H1', NULL::int, 'active', 'left', 'changed by hand', NULL::jsonb)$$,
    'a state changed by hand is in the audit, in the name of who did it');
SELECT results_eq('SELECT class::int, kind, employee_id FROM jml.queue', $$VALUES (1, 'wake', 'H1')$$, 'and the person is woken');
UPDATE jml.person SET state = 'left', updated_at = now();
SELECT is(count(*)::int, 1, 'no change, no row') FROM new_audit;
SELECT is_empty('verify', 'the audit still leads to what is there');

SELECT pg_temp.seen() \g /dev/null
UPDATE jml.assignment SET state = 'expired', expired_at = '2026-12-24 10:00:00.5+01', end_reason = 'removed', ends_at = NULL;
SELECT results_eq('SELECT from_state, to_state, detail FROM new_audit',
    $$VALUES ('delivered', 'expired', '{"ends_at": null, "expired_at": "2026-12-24T09:00:00.500000Z", "end_reason": "removed"}'::jsonb)$$,
    'times changed with it are in the detail');
SELECT is_empty('verify', 'and lead to what is there');

SELECT pg_temp.seen() \g /dev/null
UPDATE jml.event SET state = 'held' WHERE employee_id = 'H2';
UPDATE jml.event SET state = 'pending' WHERE employee_id = 'H2';
UPDATE jml.event SET state = 'rejected' WHERE employee_id = 'H2';
SELECT results_eq('SELECT from_state, to_state FROM new_audit',
    $$VALUES (NULL, 'held'), ('held', 'pending'), ('pending', 'rejected')$$, 'the first row of an object has no from_state');
INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('leaver', 'H3', '2026-12-01');
SELECT pg_temp.seen() \g /dev/null
DELETE FROM jml.event WHERE employee_id IN ('H2', 'H3');
SELECT results_eq('SELECT from_state, to_state, reason, detail FROM new_audit',
    $$VALUES ('rejected', NULL, 'deleted by hand', '{"state": "rejected"}'::jsonb), (NULL, NULL, 'deleted by hand', '{"state": "pending"}')$$,
    'what is deleted by hand is in the audit');
SELECT is_empty('verify', 'and is not missed');

SELECT pg_temp.seen() \g /dev/null
INSERT INTO jml.person (employee_id) VALUES ('H4');
INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('leaver', 'H4', '2026-12-01');
SELECT is_empty('SELECT FROM new_audit', 'inserts in the first state need no row');
INSERT INTO jml.event (kind, employee_id, effective_on, state) VALUES ('leaver', 'H4', '2026-12-01', 'done');
INSERT INTO jml.person (employee_id, state, hired_at) VALUES ('H5', 'active', '2026-12-01 00:00+00');
INSERT INTO jml.run (workflow_id, person_id, trigger_key, state, version) SELECT gen_random_uuid(), id, 'k', 'scheduled', 2 FROM jml.person WHERE employee_id = 'H5';
INSERT INTO jml.task_run (run_id, position, task_definition_id, display_name, state) SELECT id, 1, gen_random_uuid(), 'x', 'completed' FROM jml.run;
INSERT INTO jml.assignment (access_package_id, target_id, state) SELECT gen_random_uuid(), id, 'delivered' FROM jml.person WHERE employee_id = 'H5';
INSERT INTO jml.delivery (assignment_id, person_id, resource_role_id, action, state) SELECT gen_random_uuid(), id, gen_random_uuid(), 'grant', 'pending' FROM jml.person WHERE employee_id = 'H5';
INSERT INTO jml.notification (kind, person_id) SELECT 'welcome', id FROM jml.person WHERE employee_id = 'H5';
SELECT results_eq('SELECT object_type, employee_id, from_state, to_state, reason FROM new_audit', $$VALUES
    ('event', 'H4', NULL, 'done', 'inserted by hand'), ('person', 'H5', NULL, 'active', 'inserted by hand'),
    ('run', 'H5', NULL, 'scheduled', 'inserted by hand'), ('task', 'H5', NULL, 'completed', 'inserted by hand'),
    ('assignment', 'H5', NULL, 'delivered', 'inserted by hand'), ('delivery', 'H5', NULL, 'pending', 'inserted by hand'),
    ('notification', 'H5', NULL, 'pending', 'inserted by hand')$$, 'others are audited, on every table');
SELECT is_empty('verify', 'verify agrees');
UPDATE jml.run SET state = 'completed', due_at = '2026-12-05 00:00+00';
UPDATE jml.task_run SET state = 'failed';
UPDATE jml.delivery SET state = 'delivered';
UPDATE jml.notification SET state = 'sent';
SELECT is_empty('verify', 'also after changes on every table');

-- ---- what apply does
SELECT pg_temp.seen() \g /dev/null
INSERT INTO jml.workflow (id, display_name, category, enabled, document) VALUES
    ('00000000-0000-0000-0000-0000000000f1', 'W', 'joiner', true, '{}');
INSERT INTO jml.audit (at, actor, object_type, object_id, to_state) VALUES (now(), 'x', 'workflow', '00000000-0000-0000-0000-0000000000f1', 'enabled');
INSERT INTO jml.access_package (id, display_name) VALUES ('00000000-0000-0000-0000-0000000000b1', 'B');
INSERT INTO jml.assignment_policy (access_package_id, display_name, document) VALUES ('00000000-0000-0000-0000-0000000000b1', 'P', '{}');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT results_eq('SELECT object_type, from_state, to_state, reason FROM new_audit', $$VALUES
    ('workflow', NULL, 'enabled', NULL), ('package', NULL, 'present', 'inserted by hand'), ('policy', NULL, 'present', 'inserted by hand')$$,
    'configuration that was audited is not audited twice, other configuration is');
SET CONSTRAINTS ALL DEFERRED;
SELECT pg_temp.seen() \g /dev/null
UPDATE jml.workflow SET enabled = false;
DELETE FROM jml.access_package;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT results_eq('SELECT object_type, from_state, to_state, reason FROM new_audit', $$VALUES
    ('workflow', 'enabled', 'disabled', 'changed by hand'), ('package', 'present', NULL, 'deleted by hand'),
    ('policy', 'present', NULL, 'deleted by hand')$$, 'a workflow switched and a package deleted by hand, too');
SELECT is_empty('verify', 'verify agrees again');

-- ---- what verify finds
CREATE FUNCTION pg_temp.finds(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    BEGIN
        EXECUTE statement;
        CREATE TEMP TABLE findings ON COMMIT DROP AS EXECUTE verify;
        FOR line IN SELECT object_type || ': ' || problem FROM findings LOOP
            RETURN NEXT line;
        END LOOP;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'JM001';
    EXCEPTION WHEN SQLSTATE 'JM001' THEN
        NULL;
    END;
END
$$;
SET LOCAL session_replication_role = replica;
SELECT throws_ok('DELETE FROM jml.audit', '42501', NULL, 'append-only also for a session that replicates');
ALTER TABLE jml.audit DISABLE TRIGGER append_only;   -- as if somebody had got past all triggers
SELECT results_eq(format('SELECT * FROM pg_temp.finds(%L)', s), ARRAY[f], f || ' - ' || s) FROM (VALUES
    ($$UPDATE jml.person SET state = 'active' WHERE employee_id = 'H1'$$, 'person: the state is not where the story ends'),
    ($$UPDATE jml.event SET state = 'held' WHERE state = 'pending'$$, 'event: the object has a state but no story'),
    ($$DELETE FROM jml.notification$$, 'notification: the object is gone'),
    ($$UPDATE jml.person SET hired_at = '2026-12-02' WHERE employee_id = 'H1'$$, 'person: hired_at is not what was last said of it'),
    ($$UPDATE jml.person SET hired_at = NULL WHERE employee_id = 'H1'$$, 'person: hired_at is not what was last said of it'),
    ($$UPDATE jml.assignment SET ends_at = '2027-01-01' WHERE end_reason = 'removed'$$, 'assignment: ends_at is not what was last said of it'),
    ($$UPDATE jml.assignment SET ends_at = '2027-01-01' WHERE state = 'delivered'$$, 'assignment: ends_at was never said'),
    ($$UPDATE jml.assignment SET end_reason = 'expired' WHERE state = 'expired'$$, 'assignment: end_reason is not what was last said of it'),
    ($$UPDATE jml.run SET version = 1$$, 'run: version is not what was last said of it'),
    ($$UPDATE jml.workflow SET enabled = true$$, 'workflow: the state is not where the story ends'),
    ($$UPDATE jml.audit SET rule = 101 WHERE object_type = 'person' AND rule = 202$$, 'person: no rule allows this step'),
    ($$UPDATE jml.audit SET rule = 999 WHERE object_type = 'assignment' AND rule = 502$$, 'assignment: no rule allows this step'),
    ($$UPDATE jml.audit SET from_state = 'pending' WHERE object_type = 'event' AND from_state IS NULL AND to_state = 'held'$$, 'event: the story does not begin at its beginning'),
    ($$DELETE FROM jml.audit WHERE object_type = 'event' AND from_state = 'held'$$, 'event: a step is missing before this one'),
    ($$DELETE FROM jml.audit WHERE object_type = 'delivery' AND from_state IS NULL$$, 'delivery: the story does not begin at its beginning'),
    ($$DELETE FROM jml.audit WHERE object_type = 'task'$$, 'task: the object has a state but no story')
) AS t (s, f);
SET LOCAL session_replication_role = origin;
SELECT is_empty('verify', 'nothing of that has stayed');

SELECT * FROM finish();
ROLLBACK;

-- SPDX-License-Identifier: MIT
-- Drift: whom a target is held against, and who may ask for a scan.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();

-- ---- what was written after a snapshot
CREATE TEMP TABLE row (id int);
INSERT INTO row VALUES (1);
SELECT ok(jml.changed_since(xmin, pg_current_snapshot()), 'what is written now is not in the snapshot') FROM row;
SELECT ok(NOT jml.changed_since(xmin, '2000000000:2000000000:'), 'it is in a later one') FROM row;
SELECT ok(NOT jml.changed_since('2', pg_current_snapshot()), 'what is frozen is old');
SELECT results_eq($$SELECT jml.changed_since(w::text::xid, s::pg_snapshot) FROM (VALUES
        ('4294967290', '4294967300:4294967300:'), ('5', '4294967300:4294967300:'), ('3', '4294967300:4294967300:'),
        ('10', '4294967290:4294967290:'), ('4294967280', '4294967290:4294967290:'),
        ('4294967292', '4294967292:4294967300:4294967292')) t (w, s)$$,
    $$VALUES (false), (true), (false), (true), (false), (true)$$, 'numbers that began anew are told apart');

-- ---- whom assignments justify
\set drift_expected `cat ../../sql/queries/drift_expected.sql`
PREPARE expected (text, uuid[], text) AS :drift_expected ;
INSERT INTO jml.target (display_name, kind, document) VALUES ('Directory', 'ldap', '{}'), ('Hook', 'webhook', '{}'),
    ('Off', 'scim', '{"isEnabled": false}'), ('Lists', 'sql', '{"settings": {"listFunction": "a.b"}}'),
    ('Mute', 'sql', '{"settings": {}}'), ('Program', 'exec', '{"settings": {"canList": true}}');
CREATE FUNCTION pg_temp.id(n int) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN ('00000000-0000-4000-8000-00000000' || lpad(n::text, 4, '0'))::uuid;
\set role 00000000-0000-4000-8000-000000009999
-- one person a case; every assignment gives the role
CREATE FUNCTION pg_temp.person(n int, assignment text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO jml.person (id, employee_id, state) VALUES (pg_temp.id(n), 'E' || n, 'active');
    INSERT INTO jml.assignment (id, target_id, access_package_id, state, roles, starts_at)
    SELECT pg_temp.id(1000 + n), pg_temp.id(n), pg_temp.id(8000), assignment, jsonb_build_array(pg_temp.id(9999)), now()
    WHERE assignment <> '';
$$;
CREATE FUNCTION pg_temp.delivery(n int, action text, state text, account text, whole boolean DEFAULT false, task boolean DEFAULT false)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO jml.delivery (person_id, assignment_id, run_id, resource_role_id, action, state, target, seq, account, due_at)
    VALUES (pg_temp.id(n), CASE WHEN NOT whole AND NOT task THEN pg_temp.id(1000 + n) END,
            CASE WHEN whole OR task THEN pg_temp.id(2000 + n) END, CASE WHEN NOT whole THEN pg_temp.id(9999) END, action,
            state, 'Directory', nextval('jml.delivery_seq'), account,
            CASE WHEN state IN ('pending', 'removing', 'inProgress') THEN now() END);
$$;
CREATE FUNCTION pg_temp.seen(n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    said text := '';
    r record;
BEGIN
    FOR r IN EXECUTE format('EXECUTE expected(%L, %L, %L)', 'Directory', ARRAY[pg_temp.id(9999)], '2000000000:2000000000:') LOOP
        line := trim(r::text, '()');
        IF line LIKE '%,a' || n || ',%' OR line LIKE '%,E' || n || ',%'
           OR split_part(line, ',', 1)::text IN (SELECT d.id::text FROM jml.delivery d WHERE d.person_id = pg_temp.id(n)) THEN
            said := said || CASE WHEN split_part(line, ',', 1) = '' THEN 'nothing ' ELSE 'grant ' END
                || split_part(line, ',', 2) || CASE split_part(line, ',', 3) WHEN 't' THEN ' open' ELSE '' END
                || CASE split_part(line, ',', 4) WHEN 't' THEN ' given' ELSE '' END || ';';
        END IF;
    END LOOP;
    RETURN said;
END
$$;
SELECT pg_temp.person(1, 'delivered'), pg_temp.delivery(1, 'grant', 'delivered', 'a1');
SELECT is(pg_temp.seen(1), 'grant a1;', 'who was given it has to have it');
SELECT pg_temp.person(2, 'deliveryFailed'), pg_temp.delivery(2, 'grant', 'failed', 'a2');
SELECT is(pg_temp.seen(2), 'grant a2;', 'who could not be given it ought to have it');
SELECT pg_temp.person(3, 'expired'), pg_temp.delivery(3, 'grant', 'delivered', 'a3'), pg_temp.delivery(3, 'revoke', 'removed', 'a3');
SELECT is(pg_temp.seen(3), '', 'whose assignment ended has not');
SELECT pg_temp.person(4, 'expired'), pg_temp.delivery(4, 'grant', 'delivered', 'a4'), pg_temp.delivery(4, 'revoke', 'removing', 'a4');
SELECT is(pg_temp.seen(4), 'nothing a4 open;', 'as long as it is being taken away, nothing is drift');
SELECT pg_temp.person(5, 'delivering'), pg_temp.delivery(5, 'grant', 'pending', NULL);
SELECT is((SELECT count(*)::int FROM jml.delivery WHERE person_id = pg_temp.id(5)), 1, 'a grant is on its way');
SELECT pg_temp.person(6, 'delivered'), pg_temp.delivery(6, 'grant', 'delivered', NULL);
SELECT is(pg_temp.seen(6), 'grant E6;', 'an account that was never named is called by the employee id');
SELECT pg_temp.person(7, 'delivered'), pg_temp.delivery(7, 'grant', 'delivered', 'a7'),
    pg_temp.delivery(7, 'revokeAll', 'removed', NULL, true);
SELECT is(pg_temp.seen(7), 'grant a7 open;', 'a task that took all groups away afterwards is no drift');
SELECT pg_temp.person(8, 'delivered'), pg_temp.delivery(8, 'revokeAll', 'removed', NULL, true),
    pg_temp.delivery(8, 'grant', 'delivered', 'a8');
SELECT is(pg_temp.seen(8), 'grant a8;', 'one before the grant is none of its business');
SELECT pg_temp.person(9, ''), pg_temp.delivery(9, 'grant', 'delivered', 'a9', false, true);
SELECT is(pg_temp.seen(9), 'nothing a9 open;', 'what a task gave is not extra');
SELECT pg_temp.person(10, ''), pg_temp.delivery(10, 'grant', 'delivered', 'a10', false, true),
    pg_temp.delivery(10, 'revoke', 'removed', 'a10', false, true);
SELECT is(pg_temp.seen(10), '', 'what a task took again is');
SELECT pg_temp.person(11, 'delivered'), pg_temp.delivery(11, 'grant', 'delivered', 'before'),
    pg_temp.delivery(11, 'updateAccount', 'delivered', 'a11', true);
SELECT is(pg_temp.seen(11), 'grant a11;', 'an account is called what it was called last');
SELECT pg_temp.person(12, 'delivered'), pg_temp.delivery(12, 'grant', 'delivered', 'a12');
UPDATE jml.assignment SET roles = '[]' WHERE id = pg_temp.id(1012);
SELECT is(pg_temp.seen(12), '', 'a role that left the package is not justified by it');
SELECT pg_temp.person(13, 'delivered'), pg_temp.delivery(13, 'grant', 'delivered', 'a13'),
    pg_temp.delivery(13, 'enableAccount', 'pending', NULL, true);
SELECT is(pg_temp.seen(13), 'grant a13 open;', 'while something is done about the account, nothing is drift');

-- ---- who may ask
CREATE ROLE oscar LOGIN IN ROLE jml_operator;
CREATE ROLE fred LOGIN IN ROLE jml_feed;
CREATE ROLE alice LOGIN IN ROLE jml_auditor;
SET SESSION AUTHORIZATION oscar;
SELECT lives_ok($$INSERT INTO jml.drift_scan (target) VALUES ('Directory'), ('Lists'), ('Program')$$, 'operators ask');
SELECT throws_ok(s, '42501', NULL, 'but say nothing else: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.drift_scan (target, actor) VALUES ('Directory', 'jmld')$$,
    $$INSERT INTO jml.drift_scan (target, state) VALUES ('Directory', 'completed')$$,
    $$UPDATE jml.drift_scan SET state = 'completed'$$, 'DELETE FROM jml.drift', 'DELETE FROM jml.drift_scan']) s;
SELECT throws_ok(format('INSERT INTO jml.drift_scan (target) VALUES (%L)', t), c, NULL, t || ' is refused')
FROM (VALUES ('Hook', '23514'), ('Mute', '23514'), ('Off', '23514'), ('record', '23503'), ('Nowhere', '23503')) v (t, c);
SELECT throws_ok($$INSERT INTO jml.drift_scan (target, max_changes) VALUES ('Directory', -1)$$, '23514', NULL, 'no less than nothing');
RESET SESSION AUTHORIZATION;
SELECT results_eq('SELECT DISTINCT actor, state FROM jml.drift_scan', $$VALUES ('oscar', 'pending')$$, 'in their own name');
SET SESSION AUTHORIZATION fred;
SELECT throws_ok('SELECT FROM jml.drift', '42501', NULL, 'feeds see nothing of it');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION alice;
SELECT lives_ok('SELECT FROM jml.drift JOIN jml.drift_scan ON true', 'auditors read');
SELECT throws_ok($$INSERT INTO jml.drift_scan (target) VALUES ('Directory')$$, '42501', NULL, 'and do not ask');
RESET SESSION AUTHORIZATION;

SELECT * FROM finish();
ROLLBACK;

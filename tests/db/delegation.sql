-- SPDX-License-Identifier: MIT
-- Delegated rights, by direct SQL: what each role may do, and every way out of it that we could think of.
-- What belongs to catalog B can be told by its ids and names: they contain 0000b0b0 or Bsecret.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();
GRANT USAGE ON SCHEMA public TO PUBLIC;

CREATE ROLE ann LOGIN IN ROLE jml_delegate;     -- assignment manager of A
CREATE ROLE rea LOGIN IN ROLE jml_delegate;     -- reader of A
CREATE ROLE mia LOGIN IN ROLE jml_delegate;     -- package manager of A, reader of B
CREATE ROLE owen LOGIN IN ROLE jml_delegate;    -- owner of A
CREATE ROLE ada LOGIN IN ROLE jml_delegate;     -- administrator
CREATE ROLE april LOGIN IN ROLE jml_delegate;   -- approver: E4
CREATE ROLE rick LOGIN IN ROLE jml_delegate;    -- requestor: E3
CREATE ROLE nobody_yet LOGIN IN ROLE jml_delegate;
CREATE ROLE team NOLOGIN IN ROLE jml_delegate;  -- a group, assignment manager of A
CREATE ROLE tom LOGIN IN ROLE team;
CREATE ROLE oscar LOGIN IN ROLE jml_operator;
CREATE ROLE olga LOGIN IN ROLE jml_operator, jml_delegate;
CREATE ROLE stranger LOGIN;

CREATE FUNCTION pg_temp.a(n int) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN ('00000000-0000-4000-8000-0000aaaa' || lpad(n::text, 4, '0'))::uuid;
CREATE FUNCTION pg_temp.b(n int) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN ('00000000-0000-4000-8000-0000b0b0' || lpad(n::text, 4, '0'))::uuid;

INSERT INTO jml.catalog (id, display_name) VALUES (pg_temp.a(1), 'A'), (pg_temp.b(1), 'Bsecret');
INSERT INTO jml.target (id, display_name, kind, document) VALUES
    (pg_temp.a(60), 'Directory', 'ldap', '{"settings": {"uri": "ldaps://Bsecret"}}'), (pg_temp.a(61), 'Hook', 'extension', '{"Bsecret": 1}');
INSERT INTO jml.resource (id, catalog_id, display_name) VALUES
    (pg_temp.a(2), pg_temp.a(1), 'A app'), (pg_temp.b(2), pg_temp.b(1), 'Bsecret app');
INSERT INTO jml.resource_role (id, resource_id, display_name) VALUES
    (pg_temp.a(3), pg_temp.a(2), 'User'), (pg_temp.a(13), pg_temp.a(2), 'Editor'),
    (pg_temp.b(3), pg_temp.b(2), 'Bsecret User');
INSERT INTO jml.access_package (id, catalog_id, display_name, hidden) VALUES
    (pg_temp.a(4), pg_temp.a(1), 'PA', false), (pg_temp.a(14), pg_temp.a(1), 'PA quiet', true),
    (pg_temp.b(4), pg_temp.b(1), 'Bsecret P', false);
INSERT INTO jml.access_package (id, display_name) VALUES (pg_temp.b(24), 'Bsecret, in no catalog');
INSERT INTO jml.access_package_role VALUES (pg_temp.a(4), pg_temp.a(3)), (pg_temp.b(4), pg_temp.b(3));
INSERT INTO jml.assignment_policy (id, access_package_id, display_name, document) VALUES
    (pg_temp.a(5), pg_temp.a(4), 'always', '{}'), (pg_temp.a(15), pg_temp.a(14), 'always', '{}'),
    (pg_temp.b(5), pg_temp.b(4), 'Bsecret policy', '{}');
UPDATE jml.assignment_policy SET enabled = false WHERE id = pg_temp.b(5);
INSERT INTO jml.incompatible_package VALUES (pg_temp.a(4), pg_temp.b(4)), (pg_temp.b(4), pg_temp.a(4)), (pg_temp.a(4), pg_temp.a(14));
INSERT INTO jml.incompatible_group VALUES (pg_temp.a(4), 'Board'), (pg_temp.b(4), 'Bsecret group');
INSERT INTO jml.assignment_policy_version VALUES (pg_temp.a(5), '2026-01-01', true, '{}'), (pg_temp.b(5), '2026-01-01', true, '{"Bsecret": 1}');
INSERT INTO jml.connected_organization (display_name) VALUES ('Partner');
INSERT INTO jml.workflow (display_name, document) VALUES ('Bsecret workflow', '{}');
INSERT INTO jml.workflow_version SELECT id, 1, '{"Bsecret": 1}' FROM jml.workflow;
INSERT INTO jml.person (id, employee_id, attributes, state) VALUES
    (pg_temp.a(21), 'E1', '{"displayName": "Ed One", "department": "Bsecret", "groups": ["Board", "Bsecret group"], "mail": "e1@example.com"}', 'active'),
    (pg_temp.b(22), 'Bsecret E2', '{"displayName": "Bsecret name", "groups": ["Bsecret group"], "mail": "e2@example.com"}', 'active'),
    (pg_temp.a(23), 'E3', '{"mail": "e3@example.com"}', 'active'), (pg_temp.a(24), 'E4', '{"mail": "e4@example.com"}', 'active');
UPDATE jml.person SET zone = 'Asia/Tokyo' WHERE employee_id = 'Bsecret E2';
INSERT INTO jml.alias (alias, person_id) VALUES ('E1 before', pg_temp.a(21)), ('Bsecret E2 before', pg_temp.b(22)),
    ('E3 before', pg_temp.a(23));
INSERT INTO jml.assignment_request (id, request_type, access_package_id, policy_id, target_id, requestor) VALUES
    (pg_temp.a(6), 'adminAdd', pg_temp.a(4), pg_temp.a(5), pg_temp.a(21), 'x'),
    (pg_temp.b(6), 'adminAdd', pg_temp.b(4), pg_temp.b(5), pg_temp.b(22), 'x');
INSERT INTO jml.assignment (id, access_package_id, policy_id, target_id, state, request_id) VALUES
    (pg_temp.a(7), pg_temp.a(4), pg_temp.a(5), pg_temp.a(21), 'delivered', pg_temp.a(6)),
    (pg_temp.b(7), pg_temp.b(4), pg_temp.b(5), pg_temp.b(22), 'delivered', pg_temp.b(6));
INSERT INTO jml.delivery (id, assignment_id, person_id, resource_role_id, action, state) VALUES
    (pg_temp.a(8), pg_temp.a(7), pg_temp.a(21), pg_temp.a(3), 'grant', 'delivered'),
    (pg_temp.b(8), pg_temp.b(7), pg_temp.b(22), pg_temp.b(3), 'grant', 'delivered');
INSERT INTO jml.assignment_review (assignment_id, decision, justification) VALUES
    (pg_temp.a(7), 'confirm', 'seen'), (pg_temp.b(7), 'confirm', 'Bsecret review');
INSERT INTO jml.approval (id, request_id, approver, decision) VALUES
    (pg_temp.b(9), pg_temp.b(6), 'Bsecret boss', 'approve'), (pg_temp.a(9), pg_temp.a(6), 'E9', 'approve');
INSERT INTO jml.event (kind, employee_id, effective_on, attributes) VALUES ('joiner', 'Bsecret E5', '2026-12-01', '{"Bsecret": 1}');
INSERT INTO jml.command (kind, object_id) VALUES ('request_cancel', pg_temp.b(6)::text);
INSERT INTO jml.notification (kind, person_id, body) VALUES ('welcome', pg_temp.b(22), 'Bsecret mail');
INSERT INTO jml.run (id, workflow_id, person_id, trigger_key, state) SELECT pg_temp.b(10), id, pg_temp.b(22), 'Bsecret key', 'completed' FROM jml.workflow;
INSERT INTO jml.task_run (run_id, position, task_definition_id, display_name, state) VALUES (pg_temp.b(10), 1, pg_temp.b(11), 'Bsecret task', 'completed');
INSERT INTO jml.rollout (kind, object_id, revision) VALUES ('package', pg_temp.b(4), 1);
INSERT INTO jml.source VALUES ('Bsecret source', 'nobody');
INSERT INTO jml.daemon (id, name) VALUES (pg_temp.b(12), 'Bsecret daemon');
INSERT INTO jml.event_attention VALUES (1, 'held');
INSERT INTO jml.transition VALUES (900, 'package', 'new', 'apply', 'always', 'present', 'x'), (901, 'package', 'present', 'apply', 'always', 'present', 'x')
    ON CONFLICT DO NOTHING;
SET CONSTRAINTS ALL IMMEDIATE;  -- what was inserted by hand is on record
SET CONSTRAINTS ALL DEFERRED;

-- ---- who delegates
SET LOCAL SESSION AUTHORIZATION oscar;
SELECT lives_ok(format('INSERT INTO jml.delegation (role, delegated_role, catalog_id, employee_id) VALUES (%L, %L, %L, %L)', r, d, c, e),
    'an operator delegates ' || d || ' to ' || r)
FROM (VALUES
    ('ann', 'accessPackageAssignmentManager', '00000000-0000-4000-8000-0000aaaa0001', NULL),
    ('rea', 'catalogReader', '00000000-0000-4000-8000-0000aaaa0001', NULL),
    ('mia', 'accessPackageManager', '00000000-0000-4000-8000-0000aaaa0001', NULL),
    ('mia', 'catalogReader', '00000000-0000-4000-8000-0000b0b00001', NULL),
    ('owen', 'catalogOwner', '00000000-0000-4000-8000-0000aaaa0001', NULL),
    ('team', 'accessPackageAssignmentManager', '00000000-0000-4000-8000-0000aaaa0001', NULL),
    ('ada', 'identityGovernanceAdministrator', NULL, NULL),
    ('april', 'approver', NULL, 'E4'),
    ('rick', 'requestor', NULL, 'E3')) AS t (r, d, c, e);
SELECT throws_ok(format('INSERT INTO jml.delegation (role, delegated_role, catalog_id, employee_id) VALUES (%L, %L, %L, %L)', r, d, c, e),
    s, NULL, 'but not ' || why)
FROM (VALUES
    ('ann', 'catalogOwner', NULL, NULL, '23514', 'a catalog role without a catalog'),
    ('ann', 'approver', NULL, NULL, '23514', 'an approver who is nobody'),
    ('ann', 'approver', '00000000-0000-4000-8000-0000aaaa0001', 'E1', '23514', 'an approver of a catalog'),
    ('ann', 'catalogReader', '00000000-0000-4000-8000-0000aaaa0001', 'E1', '23514', 'a reader who is an employee'),
    ('ann', 'king', NULL, NULL, '23514', 'a role that there is not'),
    ('ann', 'accessPackageAssignmentManager', '00000000-0000-4000-8000-0000aaaa0001', NULL, '23505', 'the same again'),
    ('ada', 'identityGovernanceAdministrator', NULL, NULL, '23505', 'nor where columns are empty'),
    ('nosuch', 'identityGovernanceAdministrator', NULL, NULL, '23514', 'to a role that is not there'),
    ('jml_delegate', 'identityGovernanceAdministrator', NULL, NULL, '23514', 'to everybody'),
    ('stranger', 'identityGovernanceAdministrator', NULL, NULL, '23514', 'to who is no member'),
    ('postgres', 'identityGovernanceAdministrator', NULL, NULL, '23514', 'to who is not bound by it'))
    AS t (r, d, c, e, s, why);
SELECT throws_ok($$UPDATE jml.delegation SET role = 'ann'$$, '42501', NULL, 'delegations are not changed');
SELECT throws_ok($$INSERT INTO jml.delegation (role, delegated_role, created_by) VALUES ('ann', 'identityGovernanceAdministrator', 'x')$$,
    '42501', NULL, 'nor given in another name');
RESET SESSION AUTHORIZATION;
SELECT results_eq($$SELECT created_by FROM jml.delegation GROUP BY 1$$, $$VALUES ('oscar')$$, 'a delegation names who made it');
SELECT results_eq($$SELECT DISTINCT actor, from_state, to_state FROM jml.audit WHERE object_type = 'delegation'$$,
    $$VALUES ('oscar', NULL, 'present')$$, 'so does the audit');

-- ---- in general: for every table, and whatever comes to be later
SELECT is_empty($$
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'jml'::regnamespace AND c.relkind = 'v'
      AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false)$$,
    'every view asks the policies of who reads it');
SELECT is_empty($$
    WITH granted AS (
        SELECT c.oid, c.relname, p.command
        FROM pg_class c
        CROSS JOIN (VALUES ('SELECT', 'r'), ('INSERT', 'a'), ('UPDATE', 'w'), ('DELETE', 'd')) AS p (command, code)
        WHERE c.relnamespace = 'jml'::regnamespace AND c.relkind IN ('r', 'p', 'm', 'f')
          AND (has_table_privilege('jml_delegate', c.oid, p.command)
               OR p.command <> 'DELETE' AND has_any_column_privilege('jml_delegate', c.oid, p.command)))
    SELECT g.relname, g.command FROM granted g JOIN pg_class c ON c.oid = g.oid
    WHERE NOT c.relrowsecurity OR NOT EXISTS (
        SELECT FROM pg_policies p
        WHERE p.schemaname = 'jml' AND p.tablename = g.relname AND p.cmd IN (g.command, 'ALL')
          AND p.roles = '{jml_delegate}' AND (p.permissive = 'RESTRICTIVE' OR g.relname = 'audit'))$$,
    'whatever delegates are granted a policy narrows');
SELECT is_empty($$
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'jml'::regnamespace AND c.relkind IN ('r', 'v', 'S')
      AND (has_table_privilege('jml_delegate', c.oid, 'TRUNCATE, REFERENCES, TRIGGER')
           OR c.relkind = 'S' AND has_sequence_privilege('jml_delegate', c.oid, 'USAGE, SELECT, UPDATE'))$$,
    'and nothing else, no sequence either');
SELECT set_eq($$
    SELECT p.proname::text FROM pg_proc p
    WHERE p.pronamespace = 'jml'::regnamespace AND has_function_privilege('jml_delegate', p.oid, 'EXECUTE')$$,
    ARRAY['now', 'canonical', 'printable', 'to_uuid', 'default_time_zone', 'current_id', 'ids_of', 'migrations_seen',
          'delegations_of_caller', 'administers', 'catalogs_of', 'packages_of', 'employees_of_caller', 'names_of_caller',
          'persons_of_caller', 'requests_to_decide', 'packages_offered', 'packages_of_own', 'may_command', 'may_audit',
          -- what is about rows and looks at who asks
          'name_of', 'is_in_excluded', 'zone_of', 'zone_of_mail', 'requests_asked', 'reads_targets',
          -- what has the rights of who calls it
          'gift_of', 'notices_of', 'unknown_names', 'package_workflow',
          -- what tells names and no more
          'target_names',
          -- what looks at its argument alone
          'subjects_in_words', 'policy_targets_in_words', 'policy_requestors_in_words', 'policy_approval_in_words',
          'policy_expiration_in_words', 'policy_automatic_in_words', 'question_text', 'answers_in_words'],
    'delegates call no other function; one that is added must be looked at here');
SELECT is_empty($$
    SELECT p.tablename, p.policyname FROM pg_policies p
    WHERE p.schemaname = 'jml' AND p.policyname = 'grants' AND (p.qual <> 'true' OR p.with_check <> 'true' OR p.roles <> '{public}')$$,
    'for all others a policy is the constant true');

-- everything the caller can read, in one text: every table and view, every column
CREATE FUNCTION pg_temp.all_there_is() RETURNS TABLE (relation name, line text) LANGUAGE plpgsql AS $$
DECLARE
    columns text;
BEGIN
    FOR relation IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'jml'::regnamespace AND c.relkind IN ('r', 'v', 'm') LOOP
        SELECT string_agg(format('%I', a.attname), ', ') INTO columns
        FROM pg_attribute a
        WHERE a.attrelid = format('jml.%I', relation)::regclass AND a.attnum > 0 AND NOT a.attisdropped
          AND has_column_privilege(a.attrelid, a.attnum, 'SELECT');
        CONTINUE WHEN columns IS NULL;
        BEGIN
            FOR line IN EXECUTE format('SELECT row(%s)::text FROM jml.%I', columns, relation) LOOP
                RETURN NEXT;
            END LOOP;
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;   -- a view on what the caller may not read
        END;
    END LOOP;
END
$$;
CREATE FUNCTION pg_temp.tables_seen() RETURNS text LANGUAGE sql
    RETURN (SELECT string_agg(DISTINCT relation::text, ' ' ORDER BY relation::text) FROM pg_temp.all_there_is());
-- how many rows a statement touched
CREATE FUNCTION pg_temp.touched(sql text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE sql;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;

-- ---- nobody in particular
SET LOCAL SESSION AUTHORIZATION nobody_yet;
SELECT is(pg_temp.tables_seen(), 'configuration', 'a member of jml_delegate that no row binds sees nothing');
RESET SESSION AUTHORIZATION;
SET LOCAL ROLE jml_delegate;
SELECT is(pg_temp.tables_seen(), 'command configuration', 'nor does the group itself, but for what its session commanded');
RESET ROLE;
SET LOCAL SESSION AUTHORIZATION stranger;
SELECT throws_ok('SELECT FROM jml.catalog', '42501', NULL, 'nor who is in no group');
RESET SESSION AUTHORIZATION;

-- ---- a reader
SET LOCAL SESSION AUTHORIZATION rea;
SELECT is(pg_temp.tables_seen(), 'access_package access_package_role alias approval assignment assignment_policy assignment_policy_version '
    'assignment_request assignment_review assignments catalog configuration delegation deliveries delivery exclusion incompatible_group '
    'incompatible_package person requests resource resource_role',
    'a reader sees the catalog and what is in it');
SELECT is_empty($$SELECT * FROM pg_temp.all_there_is() WHERE line ~ '0000b0b0|Bsecret'$$, 'and nothing of another');
SELECT results_eq('SELECT employee_id FROM jml.person', $$VALUES ('E1')$$, 'of people, who has something of it');
SELECT throws_ok(s, '42501', NULL, 'a reader may not: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id) VALUES ('adminAdd', pg_temp.a(4), 'E1')$$,
    $$INSERT INTO jml.command (kind, object_id) VALUES ('request_cancel', pg_temp.a(6)::text)$$,
    $$INSERT INTO jml.assignment_review (assignment_id, decision) VALUES (pg_temp.a(7), 'confirm')$$,
    $$INSERT INTO jml.incompatible_group VALUES (pg_temp.a(4), 'X')$$]) AS s;
RESET SESSION AUTHORIZATION;

-- ---- an assignment manager of one catalog: may assign and remove there
SET LOCAL SESSION AUTHORIZATION ann;
SELECT is_empty($$SELECT * FROM pg_temp.all_there_is() WHERE line ~ '0000b0b0|Bsecret'$$, 'an assignment manager sees nothing of another catalog');
SELECT results_eq('SELECT employee_id, access_package, policy, state FROM jml.assignments', $$VALUES ('E1', 'PA', 'always', 'delivered')$$,
    'but the assignments of this one');
SELECT results_eq('SELECT employee_id, access_package FROM jml.requests', $$VALUES ('E1', 'PA')$$, 'its requests');
SELECT results_eq('SELECT employee_id, resource, role FROM jml.deliveries', $$VALUES ('E1', 'A app', 'User')$$, 'and its deliveries');
SELECT throws_ok('SELECT count(*) FROM ' || v, '42501', NULL, 'not ' || v)
FROM unnest(ARRAY['jml.runs', 'jml.timeline', 'jml.audit', 'jml.event', 'jml.workflow', 'jml.workflow_version', 'jml.run', 'jml.task_run',
    'jml.notification', 'jml.queue', 'jml.daemon', 'jml.source', 'jml.migration', 'jml.rollout', 'jml.transition', 'jml.event_attention']) AS v;
SELECT throws_ok('SELECT ' || c || ' FROM jml.person', '42501', NULL, 'nor person.' || c)
FROM unnest(ARRAY['attributes', 'employments', 'hired_at', 'leaves_at', 'held_reason', 'due_at', '*']) AS c;
SELECT lives_ok(s, 'it may: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, policy_id, target_employee_id, justification) VALUES ('adminAdd', pg_temp.a(4), pg_temp.a(5), 'E3', 'ann 1') RETURNING *$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_id) VALUES ('adminAdd', pg_temp.a(4), pg_temp.a(24))$$,
    $$INSERT INTO jml.assignment_request (request_type, assignment_id, ends_at) VALUES ('adminUpdate', pg_temp.a(7), '2027-01-01')$$,
    $$INSERT INTO jml.assignment_request (request_type, assignment_id) SELECT 'adminRemove', id FROM jml.assignments RETURNING id$$,
    $$INSERT INTO jml.command (kind, object_id) VALUES ('request_cancel', pg_temp.a(6)::text) RETURNING *$$]) AS s;
SELECT lives_ok(s, 'it may: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_email, target_name, answers) VALUES ('adminAdd', pg_temp.a(4), 'new@example.org', 'New', '[]') RETURNING *$$,
    $$INSERT INTO jml.assignment_review (assignment_id, decision, justification) VALUES (pg_temp.a(7), 'revoke', 'ann') RETURNING *$$]) AS s;
SELECT results_eq($$SELECT reviewer, decision FROM jml.assignment_review WHERE justification = 'ann'$$, $$VALUES ('ann', 'revoke')$$, 'reviews are in its own name');
SELECT results_eq($$SELECT jml.name_of(target_id), jml.is_in_excluded(target_id, 'Board') FROM jml.assignment$$, $$VALUES ('Ed One', true)$$,
    'of people in its catalog it learns the name, and whether they are in groups that exclude what they hold');
SELECT results_eq($$SELECT jml.zone_of('Bsecret E2'), jml.zone_of_mail('E2@example.com')$$, $$VALUES ('Asia/Tokyo', 'Asia/Tokyo')$$,
    'and the zone of whoever it may give access to');
SELECT results_eq($$SELECT requestor, actor, state FROM jml.assignment_request WHERE justification = 'ann 1'$$,
    $$VALUES ('ann', 'ann', 'submitted')$$, 'in its own name');
INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id, justification, requestor)
    VALUES ('adminAdd', pg_temp.a(4), 'E4', 'ann 2', 'oscar');
SELECT is((SELECT requestor FROM jml.assignment_request WHERE justification = 'ann 2'), 'ann', 'in no other');
SELECT results_eq($$SELECT actor, employee_id FROM jml.command$$, $$VALUES ('ann', 'E1')$$, 'it sees the commands it gave alone');

-- reading, by any way
SELECT is(n, 0::bigint, 'nothing by: ' || s) FROM (SELECT s, pg_temp.touched(s) AS n FROM unnest(ARRAY[
    $$SELECT FROM jml.access_package WHERE id = pg_temp.b(4)$$,
    $$SELECT FROM jml.access_package WHERE display_name LIKE 'Bsecret%'$$,
    $$SELECT FROM jml.person WHERE employee_id = 'Bsecret E2'$$,
    $$SELECT FROM jml.alias WHERE alias LIKE 'Bsecret%'$$,
    $$SELECT FROM jml.assignments a FULL JOIN jml.requests r ON false WHERE coalesce(a.access_package, r.access_package) LIKE 'B%'$$,
    $$SELECT FROM jml.assignment WHERE target_id = pg_temp.b(22)$$,
    $$SELECT FROM jml.delegation WHERE role <> 'ann'$$,
    $$SELECT FROM jml.incompatible_package WHERE pg_temp.b(4) IN (access_package_id, incompatible_id)$$,
    $$SELECT FROM jml.incompatible_group WHERE access_package_id = pg_temp.b(4)$$,
    $$SELECT FROM jml.exclusion WHERE pg_temp.b(4) IN (access_package_id, incompatible_id)$$,
    $$SELECT FROM jml.assignment_policy_version WHERE policy_id = pg_temp.b(5)$$,
    $$SELECT FROM jml.assignment_review WHERE assignment_id = pg_temp.b(7)$$,
    $$SELECT WHERE jml.name_of(pg_temp.b(22)) IS NOT NULL OR jml.name_of(pg_temp.a(23)) IS NOT NULL AND false$$,
    $$SELECT WHERE jml.is_in_excluded(pg_temp.b(22), 'Bsecret group') OR jml.is_in_excluded(pg_temp.a(21), 'Bsecret group')$$,
    $$SELECT FROM unnest(jml.requests_asked('Bsecret boss') || jml.requests_asked('E4'))$$,
    $$SELECT WHERE jml.notices_of(pg_temp.b(6))::text <> '[]' OR (jml.gift_of(pg_temp.b(10))).workflow IS NOT NULL$$,
    $$SELECT FROM jml.unknown_names(ARRAY['Bsecret E2', 'X'], ARRAY['Bsecret group', 'X'])$$,
    $$SELECT FROM jml.connected_organization$$,
    $$SELECT FROM pg_stats WHERE schemaname = 'jml'$$,
    $$SELECT FROM unnest(jml.catalogs_of('read') || jml.catalogs_of('assign') || jml.packages_of('read')) AS i WHERE i::text LIKE '%0000b0b0%'$$,
    $$SELECT FROM unnest(jml.catalogs_of('manage') || jml.catalogs_of('own') || jml.catalogs_of('anything') || jml.catalogs_of(NULL) || jml.packages_of('') || jml.packages_offered(true) || jml.packages_of_own() || jml.persons_of_caller() || jml.requests_to_decide())$$,
    $$SELECT FROM unnest(jml.names_of_caller('approver') || jml.names_of_caller('requestor') || jml.employees_of_caller('approver'))$$,
    $$SELECT FROM jml.delegations_of_caller() WHERE role <> 'ann'$$,
    $$SELECT WHERE jml.administers() OR jml.may_command('request_cancel', pg_temp.b(6)::text) OR jml.may_audit('package', pg_temp.b(4)::text, 901, 'present', 'present')$$,
    $$SELECT FROM unnest(jml.ids_of('Bsecret E2')) AS i WHERE i <> 'Bsecret E2'$$,
    $$SELECT WHERE jml.current_id('Bsecret E2 before') <> 'Bsecret E2 before'$$]) AS s) AS t;
CREATE FUNCTION pg_temp.spill(v text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$BEGIN
    IF v ~ 'Bsecret' THEN RAISE 'spilled %', v; END IF; RETURN true; END$$;
SELECT lives_ok(s, 'a cheap function of one''s own is not called with rows of others: ' || s) FROM unnest(ARRAY[
    'SELECT FROM jml.access_package WHERE pg_temp.spill(display_name)', 'SELECT FROM jml.person WHERE pg_temp.spill(employee_id)',
    'SELECT FROM jml.assignments WHERE pg_temp.spill(access_package) AND pg_temp.spill(employee_id)',
    'SELECT FROM jml.requests WHERE pg_temp.spill(access_package)', 'SELECT FROM jml.deliveries WHERE pg_temp.spill(resource)',
    'SELECT FROM jml.approval WHERE pg_temp.spill(approver)', 'SELECT FROM jml.assignment_policy WHERE pg_temp.spill(display_name)']) AS s;
CREATE TEMP TABLE taken (id uuid);
CREATE FUNCTION pg_temp.trap() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
SELECT throws_ok(s, '42501', NULL, 'an assignment manager may not: ' || s) FROM unnest(ARRAY[
    -- other catalogs
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id) VALUES ('adminAdd', pg_temp.b(4), 'E1')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id) VALUES ('adminAdd', pg_temp.b(24), 'E1')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id) VALUES ('adminAdd', NULL, 'E1')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, policy_id, target_employee_id) VALUES ('adminAdd', pg_temp.a(4), pg_temp.b(5), 'E1')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, policy_id, target_employee_id) VALUES ('adminAdd', pg_temp.a(4), pg_temp.a(15), 'E1')$$,
    $$INSERT INTO jml.assignment_request (request_type, assignment_id) VALUES ('adminRemove', pg_temp.b(7))$$,
    $$INSERT INTO jml.assignment_request (request_type, assignment_id, access_package_id) VALUES ('adminRemove', pg_temp.b(7), pg_temp.a(4))$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id) VALUES ('adminRemove', pg_temp.b(4), 'Bsecret E2')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_id) SELECT 'adminAdd', id, pg_temp.a(21) FROM unnest(ARRAY[pg_temp.a(4), pg_temp.b(4)]) AS id$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_email) VALUES ('adminAdd', pg_temp.b(4), 'e2@example.com') RETURNING target_employee_id$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id, stage) VALUES ('adminAdd', pg_temp.a(4), 'E1', 2)$$,
    $$INSERT INTO jml.assignment_review (assignment_id, decision) VALUES (pg_temp.b(7), 'revoke')$$,
    $$INSERT INTO jml.assignment_review (assignment_id, decision, reviewer) VALUES (pg_temp.a(7), 'confirm', 'oscar')$$,
    $$INSERT INTO jml.assignment_review (assignment_id, decision, reviewed_at) VALUES (pg_temp.a(7), 'confirm', '2020-01-01')$$,
    $$UPDATE jml.assignment_review SET decision = 'confirm'$$, 'DELETE FROM jml.assignment_review',
    $$INSERT INTO jml.incompatible_group VALUES (pg_temp.a(4), 'X')$$, $$INSERT INTO jml.incompatible_group VALUES (pg_temp.b(4), 'X')$$,
    $$INSERT INTO jml.exclusion (access_package_id, group_name, since) VALUES (pg_temp.a(4), 'X', now())$$, 'DELETE FROM jml.exclusion', 'UPDATE jml.exclusion SET until = now()',
    $$INSERT INTO jml.assignment_policy_version VALUES (pg_temp.a(5), now(), true, '{}')$$, 'DELETE FROM jml.assignment_policy_version',
    'SELECT jml.people_of_mail(''e2@example.com'')', 'SELECT jml.package_workflow(pg_temp.a(4))', 'UPDATE jml.assignment SET roles = NULL', 'UPDATE jml.approval SET actor = ''x''',
    $$INSERT INTO jml.command (kind, object_id) VALUES ('request_cancel', pg_temp.b(6)::text) RETURNING employee_id$$,
    $$INSERT INTO jml.command (kind, object_id) VALUES ('assignment_reprocess', pg_temp.b(7)::text)$$,
    $$INSERT INTO jml.command (kind, object_id) VALUES ('request_reprocess', pg_temp.b(6)::text)$$,
    -- other requests and commands
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id) VALUES ('systemAdd', pg_temp.a(4), 'E1')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id) VALUES ('userAdd', pg_temp.a(4), 'E1')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id) VALUES ('approverRemove', pg_temp.a(4), 'E1')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id, state) VALUES ('adminAdd', pg_temp.a(4), 'E1', 'delivered')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id, actor) VALUES ('adminAdd', pg_temp.a(4), 'E1', 'oscar')$$,
    $$INSERT INTO jml.assignment_request (id, request_type) VALUES (pg_temp.b(6), 'adminAdd')$$,
    $$INSERT INTO jml.command (kind, object_id) VALUES ('person_hold', 'E1')$$, $$INSERT INTO jml.command (kind, object_id) VALUES ('event_retry', '1')$$,
    $$INSERT INTO jml.command (kind, object_id, employee_id) SELECT 'workflow_run', pg_temp.a(4)::text, 'E1'$$,
    $$INSERT INTO jml.command (kind, object_id) VALUES ('run_cancel', pg_temp.b(10)::text)$$,
    $$INSERT INTO jml.command (kind, object_id, actor) VALUES ('request_cancel', pg_temp.a(6)::text, 'oscar')$$,
    $$INSERT INTO jml.approval (request_id, approver, decision) VALUES (pg_temp.a(6), 'E9', 'approve')$$,
    $$INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('leaver', 'E1', '2026-12-01')$$,
    -- what is configured, here and elsewhere
    $$INSERT INTO jml.catalog (display_name) VALUES ('C')$$, $$INSERT INTO jml.catalog (display_name) VALUES ('Bsecret')$$,
    $$INSERT INTO jml.catalog (display_name) VALUES ('A') ON CONFLICT DO NOTHING$$,
    $$INSERT INTO jml.catalog (id, display_name) VALUES (pg_temp.b(1), 'mine') ON CONFLICT (id) DO UPDATE SET display_name = 'mine'$$,
    $$INSERT INTO jml.resource (catalog_id, display_name) VALUES (pg_temp.a(1), 'R')$$, $$INSERT INTO jml.resource (catalog_id, display_name) VALUES (pg_temp.b(1), 'R')$$,
    $$INSERT INTO jml.resource (catalog_id, display_name) VALUES (gen_random_uuid(), 'R')$$,
    $$INSERT INTO jml.resource_role (resource_id, display_name) VALUES (pg_temp.a(2), 'R')$$, $$INSERT INTO jml.resource_role (resource_id, display_name) VALUES (pg_temp.b(2), 'R')$$,
    $$INSERT INTO jml.access_package (catalog_id, display_name) VALUES (pg_temp.a(1), 'X')$$, $$INSERT INTO jml.access_package (catalog_id, display_name) VALUES (pg_temp.b(1), 'Bsecret P')$$,
    $$INSERT INTO jml.access_package (display_name) VALUES ('X')$$,
    $$INSERT INTO jml.access_package_role VALUES (pg_temp.a(4), pg_temp.a(13))$$, $$INSERT INTO jml.access_package_role VALUES (pg_temp.a(4), pg_temp.b(3))$$,
    $$INSERT INTO jml.assignment_policy (access_package_id, display_name, document) VALUES (pg_temp.a(4), 'X', '{}')$$,
    $$INSERT INTO jml.assignment_policy (access_package_id, display_name, document) VALUES (pg_temp.b(4), 'X', '{}')$$,
    $$INSERT INTO jml.incompatible_package VALUES (pg_temp.a(14), pg_temp.a(4))$$, $$INSERT INTO jml.connected_organization (display_name) VALUES ('X')$$,
    $$INSERT INTO jml.workflow (display_name, document) VALUES ('X', '{}')$$, $$INSERT INTO jml.rollout (kind, object_id, revision) VALUES ('package', pg_temp.a(4), 1)$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, from_state, to_state, rule) VALUES (now(), 'ann', 'package', pg_temp.a(4)::text, 'present', 'present', 901)$$,
    $$INSERT INTO jml.delegation (role, delegated_role, catalog_id) VALUES ('ann', 'catalogOwner', pg_temp.a(1))$$,
    $$INSERT INTO jml.delegation (role, delegated_role, catalog_id) VALUES ('ann', 'catalogReader', pg_temp.b(1))$$,
    $$INSERT INTO jml.delegation (role, delegated_role) VALUES ('ann', 'identityGovernanceAdministrator')$$,
    $$INSERT INTO jml.delegation (role, delegated_role, employee_id) VALUES ('ann', 'approver', 'E1')$$,
    'UPDATE jml.delegation SET catalog_id = pg_temp.b(1)',
    -- states, and moving things
    'UPDATE jml.assignment SET ends_at = NULL', 'UPDATE jml.assignment SET access_package_id = pg_temp.a(4)', 'DELETE FROM jml.assignment',
    'UPDATE jml.assignment_request SET access_package_id = pg_temp.b(4) WHERE id = pg_temp.a(6)', $$UPDATE jml.assignment_request SET state = 'delivered' RETURNING *$$,
    'DELETE FROM jml.assignment_request', 'UPDATE jml.person SET employee_id = employee_id', 'INSERT INTO jml.person (employee_id) VALUES (''X'')',
    'UPDATE jml.command SET state = ''done''', 'UPDATE jml.approval SET state = ''applied''', 'UPDATE jml.delivery SET state = state',
    'UPDATE jml.access_package SET id = pg_temp.b(4)', 'UPDATE jml.access_package SET created_at = now()', 'UPDATE jml.resource_role SET resource_id = pg_temp.a(2)',
    'UPDATE jml.assignment_policy SET access_package_id = pg_temp.a(4)', 'UPDATE jml.configuration SET default_time_zone = ''UTC''', 'UPDATE jml.configuration SET clock_at = now()',
    'SELECT default_time_zone FROM jml.configuration', 'SELECT * FROM jml.configuration', 'UPDATE jml.audit SET actor = ''x''', 'DELETE FROM jml.audit',
    'TRUNCATE jml.access_package', 'TRUNCATE jml.assignment_request',
    -- other ways in
    $$COPY jml.access_package TO '/tmp/x'$$, $$COPY jml.catalog TO PROGRAM 'cat'$$,
    'SELECT FROM jml.assignment FOR UPDATE', 'SELECT FROM jml.person FOR SHARE', 'LOCK jml.assignment_request IN ACCESS EXCLUSIVE MODE',
    'SET ROLE jml_owner', 'SET ROLE jml_operator', 'SET ROLE jml_daemon', 'SET ROLE mia', 'SET ROLE oscar',
    $$SELECT set_config('role', 'mia', true)$$, 'GRANT mia TO ann', 'GRANT jml_operator TO ann', 'ALTER ROLE ann BYPASSRLS', 'ALTER ROLE ann SUPERUSER',
    'ALTER TABLE jml.assignment DISABLE ROW LEVEL SECURITY', 'DROP POLICY delegate_reads ON jml.person', 'CREATE POLICY mine ON jml.person USING (true)',
    'CREATE VIEW jml.mine AS SELECT 1', 'CREATE TABLE jml.mine (i int)', 'CREATE FUNCTION jml.mine() RETURNS int LANGUAGE sql RETURN 1', 'ALTER VIEW jml.assignments RESET (security_invoker)',
    'CREATE TRIGGER x BEFORE INSERT ON jml.assignment_request FOR EACH ROW EXECUTE FUNCTION pg_temp.trap()',
    'CREATE TRIGGER x BEFORE INSERT ON pg_temp.taken FOR EACH ROW EXECUTE FUNCTION jml.request_bind()',
    'CREATE TRIGGER x AFTER INSERT ON pg_temp.taken FOR EACH ROW EXECUTE FUNCTION jml.audit_delegation()',
    'ALTER TABLE pg_temp.taken INHERIT jml.access_package', 'COMMENT ON TABLE jml.person IS ''x''', 'CREATE STATISTICS pg_temp.s ON id, state FROM jml.person',
    'SELECT jml.caller()', 'SELECT jml.audit_last_state(''package'', ''x'', NULL)', 'SELECT jml.event_differences(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)',
    'SELECT jml.sources_of_others(''oscar'', ''oscar'')', 'SELECT jml.wake_sleeper()', 'SELECT jml.run_configuration_commands(now())', 'SELECT jml.unite(now(), pg_temp.a(21), ''x'', 1)',
    'SELECT jml.absorb(now(), pg_temp.a(21), pg_temp.b(22), 1)', 'SELECT nextval(''jml.event_id_seq'')', 'SELECT last_value FROM jml.audit_id_seq',
    'SELECT pg_read_file(''postgresql.conf'')', 'SELECT * FROM pg_statistic', 'SELECT * FROM pg_authid', 'SET row_security = off; SELECT pg_temp.touched(''SELECT FROM jml.person'')']) AS s;
SET LOCAL row_security = on;
SELECT throws_ok('COPY jml.access_package (display_name) FROM STDIN', NULL, NULL, 'nor copy into a table');
SELECT is(n, 0::bigint, 'nothing is touched by: ' || s) FROM (SELECT s, pg_temp.touched(s) AS n FROM unnest(ARRAY[
    $$UPDATE jml.catalog SET display_name = 'mine' RETURNING *$$, 'DELETE FROM jml.catalog',
    $$UPDATE jml.resource SET target = 'x' RETURNING *$$, 'DELETE FROM jml.resource', $$UPDATE jml.resource_role SET display_name = 'x'$$, 'DELETE FROM jml.resource_role',
    'UPDATE jml.access_package SET hidden = true RETURNING *', 'UPDATE jml.access_package SET catalog_id = pg_temp.a(1)', 'UPDATE jml.access_package SET catalog_id = pg_temp.b(1)', 'DELETE FROM jml.access_package RETURNING *',
    'UPDATE jml.assignment_policy SET enabled = true RETURNING *', 'DELETE FROM jml.assignment_policy', 'DELETE FROM jml.access_package_role', 'DELETE FROM jml.incompatible_package',
    'DELETE FROM jml.incompatible_group', 'UPDATE jml.access_package SET deleted_at = now()',
    $$UPDATE jml.connected_organization SET domains = '{}'$$, 'DELETE FROM jml.connected_organization', 'DELETE FROM jml.delegation RETURNING *', 'UPDATE jml.configuration SET revision = revision + 1',
    'SELECT FROM jml.access_package WHERE id = pg_temp.a(4) FOR UPDATE',
    $$MERGE INTO jml.access_package k USING (SELECT pg_temp.b(4) AS id) AS s ON k.id = s.id WHEN MATCHED THEN UPDATE SET hidden = true$$]) AS s) AS t;
-- what is not there and what is another's are told by the same words
CREATE FUNCTION pg_temp.said(sql text, id uuid) RETURNS text LANGUAGE plpgsql AS $$BEGIN
    EXECUTE format(sql, id); RETURN 'done'; EXCEPTION WHEN OTHERS THEN RETURN replace(sqlerrm, id::text, '?'); END$$;
SELECT is(pg_temp.said(s, pg_temp.b(b)), pg_temp.said(s, gen_random_uuid()), 'no oracle: ' || s) FROM (VALUES
    (4, $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id) VALUES ('adminAdd', %L, 'E1')$$),
    (5, $$INSERT INTO jml.assignment_request (request_type, access_package_id, policy_id, target_employee_id) VALUES ('adminAdd', pg_temp.a(4), %L, 'E1')$$),
    (7, $$INSERT INTO jml.assignment_request (request_type, assignment_id) VALUES ('adminRemove', %L)$$),
    (7, $$INSERT INTO jml.assignment_request (request_type, assignment_id, access_package_id, target_employee_id) VALUES ('adminRemove', %L, pg_temp.a(4), 'E1')$$),
    (6, $$INSERT INTO jml.command (kind, object_id) VALUES ('request_cancel', %L)$$),
    (7, $$INSERT INTO jml.command (kind, object_id) VALUES ('assignment_reprocess', %L)$$),
    (1, $$INSERT INTO jml.access_package (catalog_id, display_name) VALUES (%L, 'X')$$),
    (1, $$INSERT INTO jml.catalog (id, display_name) VALUES (%L, 'X')$$),
    (2, $$INSERT INTO jml.resource_role (resource_id, display_name) VALUES (%L, 'X')$$),
    (3, $$INSERT INTO jml.access_package_role VALUES (pg_temp.a(4), %L)$$),
    (1, $$INSERT INTO jml.delegation (role, delegated_role, catalog_id) VALUES ('ann', 'catalogReader', %L)$$)) AS t (b, s);
SELECT is_empty($$SELECT * FROM pg_temp.all_there_is() WHERE line ~ '0000b0b0|Bsecret'$$, 'after all that, still nothing of B is seen');
RESET SESSION AUTHORIZATION;
SELECT is_empty($$SELECT * FROM jml.audit WHERE actor NOT IN ('ann', 'oscar', 'postgres')$$, 'nobody else was named for it');

-- ---- what one is by a group, and by SET ROLE
SET LOCAL SESSION AUTHORIZATION tom;
SELECT results_eq('SELECT DISTINCT access_package FROM jml.assignments', $$VALUES ('PA')$$, 'a member of a group has the rights of the group');
SET LOCAL ROLE jml_delegate;
SELECT is_empty('SELECT FROM jml.assignments', 'unless it gives them up');
RESET ROLE;
INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id, justification) VALUES ('adminAdd', pg_temp.a(4), 'E3', 'tom');
SELECT is((SELECT actor FROM jml.assignment_request WHERE justification = 'tom'), 'tom', 'and acts in its own name');
RESET SESSION AUTHORIZATION;
SET LOCAL SESSION AUTHORIZATION ann;
SET LOCAL ROLE jml_delegate;
SELECT results_eq('SELECT DISTINCT access_package FROM jml.assignments', $$VALUES ('PA')$$, 'a login keeps what it was given itself');
RESET SESSION AUTHORIZATION;
RESET ROLE;

-- ---- a package manager of A, who reads B
SET LOCAL SESSION AUTHORIZATION mia;
SELECT lives_ok(s, 'a package manager may: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.access_package (id, catalog_id, display_name) VALUES (pg_temp.a(34), pg_temp.a(1), 'new')$$,
    $$INSERT INTO jml.access_package (id, catalog_id, display_name, hidden) VALUES (pg_temp.a(34), pg_temp.a(1), 'new', true)
        ON CONFLICT (id) DO UPDATE SET catalog_id = excluded.catalog_id, hidden = excluded.hidden$$,
    $$INSERT INTO jml.assignment_policy (id, access_package_id, display_name, document) VALUES (pg_temp.a(35), pg_temp.a(34), 'x', '{"automaticRequestSettings": null}')$$,
    $$INSERT INTO jml.access_package_role VALUES (pg_temp.a(34), pg_temp.a(13))$$, $$INSERT INTO jml.incompatible_package VALUES (pg_temp.a(34), pg_temp.b(4))$$,
    $$UPDATE jml.assignment_policy SET document = '{"a": 1}' WHERE id = pg_temp.a(5)$$, 'UPDATE jml.configuration SET revision = revision + 1 RETURNING revision',
    $$INSERT INTO jml.rollout (kind, object_id, revision, total, completed_at) VALUES ('package', pg_temp.a(4), 12345, 0, now()), ('policy', pg_temp.a(35), 12345, 0, now())$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, rule, to_state) VALUES (now(), 'mia', 'package', pg_temp.a(34)::text, 900, 'present')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id) VALUES ('adminAdd', pg_temp.a(34), 'E1')$$,
    $$INSERT INTO jml.incompatible_group VALUES (pg_temp.a(34), 'Board'), (pg_temp.a(34), 'gone')$$, $$DELETE FROM jml.incompatible_group WHERE group_name = 'gone'$$,
    $$INSERT INTO jml.access_package (id, catalog_id, display_name) VALUES (pg_temp.a(44), pg_temp.a(1), 'short')$$,
    $$UPDATE jml.access_package SET deleted_at = '2020-01-01' WHERE id = pg_temp.a(44)$$,
    $$INSERT INTO jml.assignment_review (assignment_id, decision) VALUES (pg_temp.a(7), 'confirm')$$,
    'SELECT FROM jml.connected_organization', $$DELETE FROM jml.access_package_role WHERE access_package_id = pg_temp.a(34)$$]) AS s;
SELECT isnt_empty($$SELECT FROM jml.assignments WHERE access_package = 'Bsecret P'$$, 'it sees what it may read, too');
SELECT results_eq($$SELECT deleted_at > '2026-01-01' FROM jml.access_package WHERE id = pg_temp.a(44)$$, 'VALUES (true)', 'what it deletes it deletes now');
SELECT results_eq($$SELECT group_name, until IS NULL FROM jml.exclusion WHERE access_package_id = pg_temp.a(34) AND group_name IS NOT NULL ORDER BY 1$$,
    $$VALUES ('Board', true), ('gone', false)$$, 'what excludes packages is kept over time');
SELECT throws_ok('UPDATE jml.access_package SET deleted_at = now() WHERE id = pg_temp.a(4)', '23001', NULL, 'what is held is not deleted');
SELECT throws_ok($$DELETE FROM jml.access_package WHERE id = pg_temp.a(4)$$, '23001', NULL, 'nor taken out of the table');
SELECT throws_ok(s, '42501', NULL, 'a package manager may not: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.access_package_role VALUES (pg_temp.a(4), pg_temp.b(3))$$,
    $$INSERT INTO jml.access_package_role VALUES (pg_temp.b(4), pg_temp.a(3))$$,
    $$INSERT INTO jml.access_package (catalog_id, display_name) VALUES (pg_temp.b(1), 'new 2')$$,
    $$UPDATE jml.access_package SET catalog_id = pg_temp.b(1) WHERE id = pg_temp.a(4)$$, 'UPDATE jml.access_package SET catalog_id = NULL WHERE id = pg_temp.a(4)',
    $$INSERT INTO jml.access_package (id, catalog_id, display_name) VALUES (pg_temp.b(4), pg_temp.a(1), 'stolen') ON CONFLICT (id) DO UPDATE SET catalog_id = excluded.catalog_id$$,
    $$INSERT INTO jml.assignment_policy (id, access_package_id, display_name, document) VALUES (pg_temp.b(5), pg_temp.a(4), 'stolen', '{}') ON CONFLICT (id) DO UPDATE SET document = excluded.document$$,
    $$INSERT INTO jml.resource (catalog_id, display_name) VALUES (pg_temp.a(1), 'R')$$, $$INSERT INTO jml.resource_role (resource_id, display_name) VALUES (pg_temp.a(2), 'R')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id) VALUES ('adminAdd', pg_temp.b(4), 'E1')$$,
    $$INSERT INTO jml.command (kind, object_id) VALUES ('request_cancel', pg_temp.b(6)::text)$$,
    $$INSERT INTO jml.rollout (kind, object_id, revision) VALUES ('package', pg_temp.b(4), 1)$$, $$INSERT INTO jml.rollout (kind, revision) VALUES ('workflow', 1)$$,
    $$INSERT INTO jml.incompatible_group VALUES (pg_temp.b(4), 'X')$$, $$INSERT INTO jml.assignment_review (assignment_id, decision) VALUES (pg_temp.b(7), 'confirm')$$,
    $$INSERT INTO jml.assignment_policy_version VALUES (pg_temp.a(5), now(), true, '{}')$$,
    'UPDATE jml.access_package SET deleted_at = NULL WHERE id = pg_temp.a(44)', $$UPDATE jml.access_package SET display_name = 'x' WHERE id = pg_temp.a(44)$$,
    'UPDATE jml.configuration SET revision = 0', 'UPDATE jml.configuration SET revision = revision + 2',
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, rule, from_state, to_state) VALUES (now(), 'mia', 'package', pg_temp.b(4)::text, 901, 'present', 'present')$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, rule, from_state, to_state) VALUES (now(), 'oscar', 'package', pg_temp.a(4)::text, 901, 'present', 'present')$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, rule, from_state, to_state) VALUES ('2020-01-01', 'mia', 'package', pg_temp.a(4)::text, 901, 'present', 'present')$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, rule, from_state, to_state) VALUES (now(), 'mia', 'package', pg_temp.a(4)::text, NULL, 'present', NULL)$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, rule, from_state, to_state) VALUES (now(), 'mia', 'package', pg_temp.a(4)::text, 901, NULL, 'present')$$,
    $$INSERT INTO jml.audit (at, actor, object_type, object_id, rule, from_state, to_state) VALUES (now(), 'mia', 'delegation', pg_temp.a(4)::text, 901, 'present', 'present')$$,
    $$INSERT INTO jml.delegation (role, delegated_role, catalog_id) VALUES ('rea', 'accessPackageAssignmentManager', pg_temp.a(1))$$]) AS s;
SELECT throws_like(s, '%assigns automatically: that is for Identity Governance administrators%', 'automatic assignment is not for it: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.assignment_policy (access_package_id, display_name, document) VALUES (pg_temp.a(4), 'auto', '{"automaticRequestSettings": {"requestAccessForAllowedTargets": true}}')$$,
    $$UPDATE jml.assignment_policy SET document = '{"automaticRequestSettings": {}}' WHERE id = pg_temp.a(5)$$]) AS s;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SELECT is(pg_temp.touched($$UPDATE jml.access_package SET hidden = true WHERE catalog_id = pg_temp.b(1)$$) + pg_temp.touched($$DELETE FROM jml.incompatible_package WHERE access_package_id = pg_temp.b(4)$$)
    + pg_temp.touched($$DELETE FROM jml.incompatible_group WHERE access_package_id = pg_temp.b(4)$$) + pg_temp.touched($$UPDATE jml.access_package SET deleted_at = now() WHERE catalog_id = pg_temp.b(1)$$)
    + pg_temp.touched($$UPDATE jml.catalog SET description = 'x'$$), 0::bigint, 'what it only reads it does not change');
RESET SESSION AUTHORIZATION;
SELECT results_eq($$SELECT total, completed_at IS NULL, revision = (SELECT revision FROM jml.configuration) FROM jml.rollout WHERE object_id IN (pg_temp.a(4), pg_temp.a(35)) ORDER BY kind$$,
    $$VALUES (1::bigint, true, true), (4, true, true)$$, 'its roll-outs are about who holds the package, or everybody, and the revision there is');
SELECT is_empty($$SELECT FROM jml.audit WHERE object_id = pg_temp.a(34)::text AND rule IS NULL$$, 'what apply says it did is not audited twice');
SELECT results_eq($$SELECT actor, object_type, from_state, to_state, reason FROM jml.audit WHERE object_id = pg_temp.a(5)::text ORDER BY id DESC LIMIT 1$$,
    $$VALUES ('mia', 'policy', 'present', 'present', 'changed by hand')$$, 'what nobody said is');

-- ---- an owner of A
SET LOCAL SESSION AUTHORIZATION owen;
SELECT is_empty($$SELECT * FROM pg_temp.all_there_is() WHERE line ~ '0000b0b0|Bsecret'$$, 'an owner sees nothing of another catalog');
SELECT lives_ok(s, 'an owner may: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.resource (id, catalog_id, display_name) VALUES (pg_temp.a(42), pg_temp.a(1), 'R')$$, $$INSERT INTO jml.resource_role (resource_id, display_name) VALUES (pg_temp.a(42), 'R')$$,
    $$UPDATE jml.resource SET origin = '{}' WHERE id = pg_temp.a(42)$$, $$UPDATE jml.resource_role SET origin = '{}' WHERE resource_id = pg_temp.a(42)$$,
    $$UPDATE jml.catalog SET description = 'mine'$$, 'DELETE FROM jml.resource WHERE id = pg_temp.a(42)',
    $$INSERT INTO jml.delegation (role, delegated_role, catalog_id) VALUES ('rea', 'accessPackageManager', pg_temp.a(1)) RETURNING id$$,
    $$INSERT INTO jml.delegation (role, delegated_role, catalog_id) VALUES ('rea', 'catalogOwner', pg_temp.a(1))$$,
    $$DELETE FROM jml.delegation WHERE role = 'rea' AND delegated_role <> 'catalogReader'$$]) AS s;
SELECT set_eq('SELECT DISTINCT role::text FROM jml.delegation', ARRAY['ann', 'rea', 'mia', 'owen', 'team'], 'it sees who may do what in its catalog');
SELECT throws_ok(s, '42501', NULL, 'an owner may not: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.resource (catalog_id, display_name) VALUES (pg_temp.b(1), 'R')$$, $$UPDATE jml.resource SET catalog_id = pg_temp.b(1)$$,
    $$INSERT INTO jml.catalog (display_name) VALUES ('another')$$,
    $$INSERT INTO jml.delegation (role, delegated_role, catalog_id) VALUES ('owen', 'catalogOwner', pg_temp.b(1))$$,
    $$INSERT INTO jml.delegation (role, delegated_role) VALUES ('owen', 'identityGovernanceAdministrator')$$,
    $$INSERT INTO jml.delegation (role, delegated_role, employee_id) VALUES ('owen', 'approver', 'E1')$$,
    $$INSERT INTO jml.delegation (role, delegated_role, employee_id) VALUES ('owen', 'requestor', 'E1')$$,
    $$INSERT INTO jml.assignment_policy (access_package_id, display_name, document) VALUES (pg_temp.a(4), 'auto', '{"automaticRequestSettings": {}}')$$,
    $$INSERT INTO jml.connected_organization (display_name) VALUES ('X')$$]) AS s;
SELECT is(pg_temp.touched('DELETE FROM jml.delegation WHERE role = ''april'''), 0::bigint, 'nor take back what is not in its catalog');
RESET SESSION AUTHORIZATION;
SELECT results_eq($$SELECT actor, to_state, detail ->> 'delegated_role' FROM jml.audit WHERE object_type = 'delegation' AND actor = 'owen' ORDER BY id$$,
    $$VALUES ('owen', 'present', 'accessPackageManager'), ('owen', 'present', 'catalogOwner'), ('owen', NULL, 'accessPackageManager'), ('owen', NULL, 'catalogOwner')$$,
    'what it delegates and takes back is on record, in its name');

-- ---- where access leads
INSERT INTO jml.target_trouble (daemon_id, target, kind, since) VALUES (pg_temp.a(66), 'Directory', 'unreachable', now());
INSERT INTO jml.resource (id, catalog_id, display_name, target) VALUES (pg_temp.a(62), pg_temp.a(1), 'A groups', 'Directory');
INSERT INTO jml.resource_role (id, resource_id, display_name, origin) VALUES (pg_temp.a(63), pg_temp.a(62), 'Staff', '{"dn": "cn=staff"}');
SET LOCAL SESSION AUTHORIZATION owen;
SELECT set_eq('SELECT display_name, kind FROM jml.target_names()', $$VALUES ('Directory', 'ldap'), ('Hook', 'extension')$$, 'an owner knows the names of targets');
SELECT is_empty('SELECT FROM jml.target', 'not what they say');
SELECT ok(NOT jml.reads_targets(), 'and is told so');
SELECT is_empty('SELECT FROM jml.target_trouble', 'nor what is met there');
SELECT is_empty('SELECT FROM jml.targets', 'nor what is on its way');
SELECT lives_ok($$INSERT INTO jml.access_package_role VALUES (pg_temp.a(14), pg_temp.a(63))$$, 'it puts roles of a target into packages');
SELECT lives_ok($$DELETE FROM jml.access_package_role WHERE resource_role_id = pg_temp.a(63)$$, 'and takes them out');
SELECT throws_ok(s, '42501', NULL, 'an owner may not: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.resource (catalog_id, display_name, target) VALUES (pg_temp.a(1), 'R2', 'Directory')$$,
    $$INSERT INTO jml.resource (catalog_id, display_name, target) VALUES (pg_temp.a(1), 'R2', 'no such')$$,
    $$UPDATE jml.resource SET target = 'Directory' WHERE id = pg_temp.a(2)$$,
    $$INSERT INTO jml.resource (id, catalog_id, display_name) VALUES (pg_temp.a(62), pg_temp.a(1), 'A groups') ON CONFLICT (id) DO UPDATE SET target = excluded.target$$,
    $$INSERT INTO jml.resource (id, catalog_id, display_name, target) VALUES (pg_temp.a(2), pg_temp.a(1), 'A app', 'Directory') ON CONFLICT (id) DO UPDATE SET target = excluded.target$$,
    $$INSERT INTO jml.resource_role (resource_id, display_name, origin) VALUES (pg_temp.a(62), 'Admins', '{"dn": "cn=Domain Admins"}')$$,
    $$INSERT INTO jml.resource_role (id, resource_id, display_name, origin) VALUES (pg_temp.a(63), pg_temp.a(62), 'Staff', '{"dn": "cn=Domain Admins"}') ON CONFLICT (id) DO UPDATE SET origin = excluded.origin$$,
    $$INSERT INTO jml.target (display_name, kind, document) VALUES ('Mine', 'null', '{}')$$]) AS s;
SELECT is(pg_temp.touched(s), 0::bigint, 'nothing is touched by: ' || s) FROM unnest(ARRAY[
    $$UPDATE jml.resource SET origin = '{"base": "x"}' WHERE id = pg_temp.a(62)$$, $$UPDATE jml.resource SET target = 'record' WHERE id = pg_temp.a(62)$$,
    $$UPDATE jml.resource_role SET origin = '{"dn": "cn=Domain Admins"}' WHERE id = pg_temp.a(63)$$, $$DELETE FROM jml.resource_role WHERE id = pg_temp.a(63)$$,
    $$DELETE FROM jml.resource WHERE id = pg_temp.a(62)$$, $$UPDATE jml.target SET document = '{}'$$, 'DELETE FROM jml.target']) AS s;
RESET SESSION AUTHORIZATION;
SET LOCAL SESSION AUTHORIZATION mia;
SELECT lives_ok($$INSERT INTO jml.access_package_role VALUES (pg_temp.a(14), pg_temp.a(63))$$, 'a package manager uses roles of a target, too');
SELECT is(pg_temp.touched($$UPDATE jml.resource_role SET origin = '{}' WHERE id = pg_temp.a(63)$$), 0::bigint, 'and does not change what they are');
RESET SESSION AUTHORIZATION;
SET LOCAL SESSION AUTHORIZATION ada;
SELECT ok(jml.reads_targets(), 'an administrator reads targets');
SELECT results_eq('SELECT count(*) FROM jml.target', 'VALUES (2::bigint)', 'all of them');
SELECT results_eq('SELECT count(*) FROM jml.targets', 'VALUES (2::bigint)', 'and what is on its way to them');
SELECT isnt_empty('SELECT FROM jml.target_trouble', 'and what is met there');
SELECT lives_ok(s, 'an administrator may: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.target (id, display_name, kind, document) VALUES (pg_temp.a(64), 'Tickets', 'manual', '{}') ON CONFLICT (id) DO UPDATE SET document = excluded.document$$,
    $$UPDATE jml.resource SET target = 'Tickets' WHERE id = pg_temp.a(62)$$, $$UPDATE jml.resource_role SET origin = '{"x": 1}' WHERE id = pg_temp.a(63)$$,
    $$UPDATE jml.target SET document = '{"isEnabled": false}' WHERE id = pg_temp.a(64)$$, $$DELETE FROM jml.target WHERE id = pg_temp.a(61)$$,
    $$UPDATE jml.resource SET target = 'Directory' WHERE id = pg_temp.a(62)$$]) AS s;
RESET SESSION AUTHORIZATION;
SET LOCAL SESSION AUTHORIZATION oscar;
SELECT throws_ok($$UPDATE jml.resource SET target = 'no such' WHERE id = pg_temp.a(62)$$, '23503', 'there is no target "no such"', 'for an operator, too, targets are those there are');
SELECT throws_ok($$DELETE FROM jml.target WHERE id = pg_temp.a(60)$$, '55006', 'target "Directory" is the target of resource "A groups"', 'one that resources have stays');
SELECT throws_ok($$UPDATE jml.target SET display_name = 'X' WHERE id = pg_temp.a(60)$$, '55006', NULL, 'under its name');
RESET SESSION AUTHORIZATION;
INSERT INTO jml.delivery (id, assignment_id, person_id, resource_role_id, action, state, target, seq, due_at)
    VALUES (pg_temp.a(65), pg_temp.a(7), pg_temp.a(21), pg_temp.a(63), 'grant', 'pending', 'Tickets', 1, now());
SET LOCAL SESSION AUTHORIZATION oscar;
SELECT throws_ok(s, '55006', 'target "Tickets" has 1 open deliveries', 'while something is on its way: ' || s) FROM unnest(ARRAY[
    $$UPDATE jml.target SET kind = 'null' WHERE id = pg_temp.a(64)$$, $$UPDATE jml.target SET display_name = 'X' WHERE id = pg_temp.a(64)$$,
    $$DELETE FROM jml.target WHERE id = pg_temp.a(64)$$]) AS s;
SELECT lives_ok($$UPDATE jml.target SET document = '{"isEnabled": true}' WHERE id = pg_temp.a(64)$$, 'what it says may change at any time');
RESET SESSION AUTHORIZATION;
DELETE FROM jml.delivery WHERE id = pg_temp.a(65);
UPDATE jml.resource_role SET origin = '{"group": "a"}' WHERE id = pg_temp.a(63);
UPDATE jml.assignment SET roles = jsonb_build_array(pg_temp.a(63)) WHERE id = pg_temp.a(7);
SET LOCAL SESSION AUTHORIZATION oscar;
SELECT lives_ok($$UPDATE jml.resource_role SET origin = '{"group": "b"}' WHERE id = pg_temp.a(63)$$, 'an operator leads a role elsewhere');
RESET SESSION AUTHORIZATION;
SELECT results_eq($$SELECT r.former_of, r.origin FROM jml.resource_role r, jml.assignment a WHERE a.id = pg_temp.a(7) AND a.roles = jsonb_build_array(r.id)$$,
    $$VALUES (pg_temp.a(63), '{"group": "a"}'::jsonb)$$, 'what people have of it is kept as a former place');
SELECT results_eq($$SELECT kind, total FROM jml.rollout WHERE object_id = (SELECT access_package_id FROM jml.assignment WHERE id = pg_temp.a(7)) ORDER BY created_at DESC LIMIT 1$$,
    $$VALUES ('package', (SELECT count(*) FROM jml.assignment WHERE state <> 'expired' AND access_package_id = (SELECT access_package_id FROM jml.assignment WHERE id = pg_temp.a(7))))$$, 'and a roll-out begins');
SELECT is(jml.merge_patch('{"a": 1, "b": {"c": 1, "d": 2}, "e": [1]}', '{"a": null, "b": {"c": null, "x": {"y": null}}, "e": [2]}'),
    '{"b": {"d": 2, "x": {}}, "e": [2]}'::jsonb, 'origins go together as a merge patch');
UPDATE jml.assignment SET roles = NULL WHERE id = pg_temp.a(7);
DELETE FROM jml.rollout WHERE kind = 'package';
DELETE FROM jml.resource_role WHERE former_of IS NOT NULL;
DELETE FROM jml.access_package_role WHERE resource_role_id = pg_temp.a(63);

-- ---- a delegated administrator
SET LOCAL SESSION AUTHORIZATION ada;
SELECT lives_ok(s, 'an administrator may: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.catalog (id, display_name) VALUES (pg_temp.a(51), 'new catalog') ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name$$,
    $$INSERT INTO jml.resource (catalog_id, display_name) VALUES (pg_temp.a(51), 'R')$$,
    $$INSERT INTO jml.assignment_policy (access_package_id, display_name, document) VALUES (pg_temp.b(4), 'auto', '{"automaticRequestSettings": {}}')$$,
    $$INSERT INTO jml.delegation (role, delegated_role, catalog_id) VALUES ('rea', 'catalogOwner', pg_temp.a(51))$$,
    $$INSERT INTO jml.delegation (role, delegated_role, employee_id) VALUES ('rea', 'requestor', 'E9')$$,
    $$INSERT INTO jml.connected_organization (display_name, state, internal_sponsors) VALUES ('Partner 2', 'proposed', '{E1}')
        ON CONFLICT (display_name) DO UPDATE SET state = excluded.state, external_sponsors = excluded.external_sponsors$$,
    $$INSERT INTO jml.assignment_policy_version VALUES (pg_temp.b(5), now(), true, '{}')$$,
    $$INSERT INTO jml.assignment_review (assignment_id, decision) VALUES (pg_temp.b(7), 'confirm')$$,
    $$UPDATE jml.access_package SET catalog_id = pg_temp.a(51) WHERE catalog_id IS NULL$$,
    $$DELETE FROM jml.delegation WHERE role = 'rea' AND (delegated_role = 'requestor' OR catalog_id = pg_temp.a(51))$$]) AS s;
SELECT results_eq('SELECT count(*)::int FROM jml.person', 'VALUES (4)', 'and sees all people');
SELECT throws_ok(s, '42501', NULL, 'but not: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.delegation (role, delegated_role) VALUES ('rea', 'identityGovernanceAdministrator')$$,
    'SELECT attributes FROM jml.person', 'SELECT FROM jml.audit', 'SELECT FROM jml.event', 'SELECT FROM jml.workflow',
    $$INSERT INTO jml.command (kind, object_id) VALUES ('person_hold', 'E1')$$]) AS s;
RESET SESSION AUTHORIZATION;
SET LOCAL SESSION AUTHORIZATION mia;
SELECT is(pg_temp.touched($$UPDATE jml.assignment_policy SET enabled = false WHERE display_name = 'auto'$$), 0::bigint, 'an automatic policy elsewhere is not touched');
RESET SESSION AUTHORIZATION;

-- ---- requestors
SET LOCAL SESSION AUTHORIZATION rick;
SELECT set_eq('SELECT display_name FROM jml.access_package', ARRAY['PA', 'Bsecret P'], 'a requestor sees what is offered, and what is asked for them');
RESET SESSION AUTHORIZATION;
UPDATE jml.assignment_policy SET enabled = false WHERE access_package_id = pg_temp.b(4);
SET LOCAL SESSION AUTHORIZATION rick;
SELECT set_eq('SELECT display_name FROM jml.access_package', ARRAY['PA'], 'not what has no policy that is enabled, or is hidden');
SELECT set_eq('SELECT display_name FROM jml.assignment_policy', ARRAY['always'], 'and its policies');
SELECT is_empty('SELECT FROM jml.catalog', 'no catalog');
SELECT results_eq('SELECT employee_id FROM jml.person', $$VALUES ('E3')$$, 'of people, who they are');
SELECT is_empty($$SELECT FROM jml.assignment_request WHERE target_id <> pg_temp.a(23)$$, 'of requests, their own');
SELECT lives_ok(s, 'a requestor may: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, justification) VALUES ('userAdd', pg_temp.a(4), 'rick 1') RETURNING *$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, justification, requestor) VALUES ('userAdd', pg_temp.a(14), 'rick 2', 'E3 before')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id, justification) VALUES ('userAdd', pg_temp.a(4), 'E1', 'rick 3')$$,
    $$INSERT INTO jml.command (kind, object_id) SELECT 'request_cancel', id::text FROM jml.assignment_request WHERE justification = 'rick 3'$$]) AS s;
SELECT results_eq($$SELECT requestor, actor, target_employee_id FROM jml.assignment_request WHERE justification LIKE 'rick%' ORDER BY justification$$,
    $$VALUES ('E3', 'rick', 'E3'), ('E3', 'rick', 'E3'), ('E3', 'rick', 'E1')$$, 'as the employee that they are');
SELECT throws_ok(s, '42501', NULL, 'a requestor may not: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.assignment_request (request_type, access_package_id) VALUES ('adminAdd', pg_temp.a(4))$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id) VALUES ('userAdd', pg_temp.b(4))$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, requestor) VALUES ('userAdd', pg_temp.a(4), 'E1')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, requestor, target_employee_id) VALUES ('userAdd', pg_temp.a(4), 'E1', 'E1')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_email) VALUES ('userAdd', pg_temp.a(4), 'e1@example.com')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_email) VALUES ('adminAdd', pg_temp.a(4), 'e1@example.com')$$,
    $$INSERT INTO jml.assignment_review (assignment_id, decision) VALUES (pg_temp.a(7), 'confirm')$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_id) VALUES ('userAdd', pg_temp.a(4), pg_temp.b(22))$$,
    $$INSERT INTO jml.assignment_request (request_type, assignment_id) VALUES ('userRemove', pg_temp.a(7))$$,
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id) VALUES ('userRemove', pg_temp.a(4), 'E1')$$,
    $$INSERT INTO jml.command (kind, object_id) VALUES ('request_cancel', pg_temp.a(6)::text)$$,
    $$INSERT INTO jml.approval (request_id, decision) VALUES (pg_temp.a(6), 'approve')$$]) AS s;
RESET SESSION AUTHORIZATION;
INSERT INTO jml.assignment (id, access_package_id, target_id, state) VALUES (pg_temp.a(67), pg_temp.b(24), pg_temp.a(23), 'delivered');
SET LOCAL SESSION AUTHORIZATION rick;
SELECT results_eq('SELECT id FROM jml.assignments', 'VALUES (pg_temp.a(67))', 'they see what they hold');
SELECT lives_ok($$INSERT INTO jml.assignment_request (request_type, assignment_id) VALUES ('userRemove', pg_temp.a(67))$$, 'and may give it back');
SELECT is_empty($$SELECT jml.zone_of('Bsecret E2') AS z, jml.zone_of_mail('e2@example.com') AS m, jml.name_of(pg_temp.b(22)) AS n EXCEPT SELECT NULL, NULL, NULL$$,
    'of others they learn nothing');
RESET SESSION AUTHORIZATION;

-- ---- approvers
SET LOCAL SESSION AUTHORIZATION april;
SELECT is(pg_temp.tables_seen(), 'configuration delegation', 'an approver whom nobody asked sees nothing');
RESET SESSION AUTHORIZATION;
UPDATE jml.assignment_request SET state = 'pendingApproval' WHERE id IN (pg_temp.a(6), pg_temp.b(6));
INSERT INTO jml.notification (kind, request_id, recipient) VALUES ('approval_requested', pg_temp.a(6), 'e4@example.com'),
    ('approval_requested', pg_temp.b(6), 'e9@example.com'), ('request_denied', pg_temp.b(6), 'e4@example.com');
SET LOCAL SESSION AUTHORIZATION april;
SELECT results_eq('SELECT id, access_package FROM jml.requests', $$VALUES (pg_temp.a(6), 'PA')$$, 'one who was asked by mail sees that request');
SELECT is_empty($$SELECT * FROM pg_temp.all_there_is() WHERE line ~ '0000b0b0|Bsecret'$$, 'and no other');
SELECT lives_ok($$INSERT INTO jml.approval (request_id, decision) VALUES (pg_temp.a(6), 'approve') RETURNING *$$, 'decides');
SELECT results_eq('SELECT approver, actor FROM jml.approval', $$VALUES ('E4', 'april')$$, 'in their own name');
SELECT is(jml.name_of(pg_temp.a(21)), 'Ed One', 'knows about whom');
SELECT is(pg_temp.said(s, pg_temp.b(6)), pg_temp.said(s, gen_random_uuid()), 'no oracle: ' || s)
FROM unnest(ARRAY[$$INSERT INTO jml.approval (request_id, decision) VALUES (%L, 'approve')$$]) AS s;
SELECT throws_ok(s, '42501', NULL, 'an approver may not: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.approval (request_id, decision, state) VALUES (pg_temp.a(6), 'approve', 'applied')$$,
    $$INSERT INTO jml.approval (request_id, decision, decided_at) VALUES (pg_temp.a(6), 'approve', '2020-01-01')$$,
    $$INSERT INTO jml.approval (request_id, approver, decision) VALUES (pg_temp.a(6), 'Bsecret boss', 'approve')$$,
    $$INSERT INTO jml.approval (request_id, actor, decision) VALUES (pg_temp.a(6), 'oscar', 'approve')$$,
    $$INSERT INTO jml.approval (request_id, decision) VALUES (pg_temp.b(6), 'approve')$$,
    $$UPDATE jml.approval SET approver = 'E9'$$, $$INSERT INTO jml.command (kind, object_id) VALUES ('request_cancel', pg_temp.a(6)::text)$$]) AS s;
RESET SESSION AUTHORIZATION;
UPDATE jml.assignment_request SET state = 'delivered' WHERE id = pg_temp.a(6);
SET LOCAL SESSION AUTHORIZATION april;
SELECT is_empty('SELECT FROM jml.requests', 'what is decided is out of sight');
RESET SESSION AUTHORIZATION;
-- who has no address was asked all the same
UPDATE jml.person SET attributes = '{}' WHERE employee_id = 'E4';
UPDATE jml.assignment_request SET state = 'pendingApproval', stage = 1 WHERE id = pg_temp.a(6);
INSERT INTO jml.notification (kind, request_id, dedup_key, state) VALUES ('approval_requested', pg_temp.a(6), 'approval_requested:' || pg_temp.a(6) || ':1:E4', 'dropped');
SET LOCAL SESSION AUTHORIZATION april;
SELECT results_eq('SELECT id FROM jml.requests', 'VALUES (pg_temp.a(6))', 'who has no mail address sees what there would have been a mail about');
SELECT results_eq($$SELECT jml.requests_asked('E4'), jml.requests_asked('E3')$$, $$VALUES (ARRAY[pg_temp.a(6)], '{}'::uuid[])$$, 'and may list it');
RESET SESSION AUTHORIZATION;
-- the employee gets another id
UPDATE jml.person SET employee_id = 'E3 new' WHERE employee_id = 'E3';
INSERT INTO jml.alias (alias, person_id) VALUES ('E3', pg_temp.a(23));
SET LOCAL SESSION AUTHORIZATION rick;
INSERT INTO jml.assignment_request (request_type, access_package_id, justification) VALUES ('userAdd', pg_temp.a(4), 'rick 9');
SELECT results_eq($$SELECT requestor FROM jml.assignment_request WHERE justification IN ('rick 1', 'rick 9') ORDER BY justification$$,
    $$VALUES ('E3'), ('E3 new')$$, 'who is bound by a former id goes on under the new one');
RESET SESSION AUTHORIZATION;

-- ---- both an operator and a delegate: an operator
SET LOCAL SESSION AUTHORIZATION olga;
SELECT isnt_empty($$SELECT FROM jml.assignments WHERE access_package = 'Bsecret P'$$, 'an operator in jml_delegate keeps the rights of an operator');
SELECT lives_ok(s, 'such as: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO jml.assignment_request (request_type, access_package_id, target_employee_id) VALUES ('adminAdd', pg_temp.b(4), 'E1')$$,
    $$INSERT INTO jml.delegation (role, delegated_role) VALUES ('rea', 'identityGovernanceAdministrator')$$,
    $$SELECT attributes FROM jml.person$$]) AS s;
RESET SESSION AUTHORIZATION;

-- ---- taken back
DELETE FROM jml.delegation WHERE role = 'ann';
SET LOCAL SESSION AUTHORIZATION ann;
SELECT is(pg_temp.tables_seen(), 'command configuration', 'a right that is taken back is gone at once');
RESET SESSION AUTHORIZATION;

SELECT * FROM finish();
ROLLBACK;

-- SPDX-License-Identifier: MIT
-- What is refused at INSERT, and by a constraint whose name says why.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();

-- the constraint that refuses a row of these columns and values
CREATE FUNCTION pg_temp.refusal(columns text, vals text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    EXECUTE format('INSERT INTO jml.event (%s) VALUES (%s)', columns, vals);
    RETURN 'taken';
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS name = CONSTRAINT_NAME;
    RETURN name;
WHEN OTHERS THEN
    RETURN sqlstate;
END
$$;

SELECT is(pg_temp.refusal(columns, vals), outcome, what) FROM (VALUES
    ('kind, employee_id, effective_on', $$'joiner', 'E1', '2026-12-01'$$, 'taken', 'a joiner'),
    ('kind, employee_id, effective_at', $$'mover', 'E1', '2026-12-01 08:00+01'$$, 'taken', 'a mover at an instant'),
    ('kind, employee_id, attributes', $$'leaver', 'E1', '{"immediate": true}'$$, 'taken', 'an immediate leaver without date'),
    ('kind, employee_id, effective_on, attributes', $$'leaver', 'E1', '2026-12-01', '{"immediate": true}'$$, 'taken', 'an immediate leaver with a date'),
    ('kind, employee_id, supersedes', $$'rescind', 'E1', 'r1'$$, 'taken', 'a rescind without date'),
    ('kind, employee_id, effective_on, employment', $$'leaver', 'E1', '2026-12-01', '*'$$, 'taken', 'a leaver of all employments'),
    ('kind, employee_id, effective_on', $$'joiner', repeat('x', 256), '2026-12-01'$$, 'taken', 'an id of 256 characters'),
    ('kind, employee_id, effective_on', $$'joiner', 'José Ñ-7/ü', '2026-12-01'$$, 'taken', 'an id with letters, blanks inside'),
    ('kind, employee_id, effective_on', $$'joiner', 'E1', '1900-01-01'$$, 'taken', 'the first day'),
    ('kind, employee_id, effective_on', $$'joiner', 'E1', '2200-12-31'$$, 'taken', 'the last day'),
    ('kind, employee_id, effective_on, attributes', $$'joiner', 'E1', '2026-12-01', (repeat('{"a":', 32) || '1' || repeat('}', 32))::jsonb$$, 'taken', '32 levels'),

    ('kind, employee_id, effective_on', $$'hire', 'E1', '2026-12-01'$$, 'event_kind_known', 'an unknown kind'),
    ('kind, employee_id, effective_on', $$'Joiner', 'E1', '2026-12-01'$$, 'event_kind_known', 'a kind in capitals'),
    ('kind, employee_id, effective_on', $$NULL, 'E1', '2026-12-01'$$, '23502', 'no kind'),
    ('kind, employee_id, effective_on, attributes', $$'joiner', 'E1', '2026-12-01', '[]'$$, 'event_attributes_object', 'attributes that are an array'),
    ('kind, employee_id, effective_on, attributes', $$'joiner', 'E1', '2026-12-01', '"x"'$$, 'event_attributes_object', 'attributes that are a string'),
    ('kind, employee_id, effective_on, attributes', $$'joiner', 'E1', '2026-12-01', 'null'$$, 'event_attributes_object', 'attributes that are null'),
    ('kind, employee_id, effective_on, attributes', $$'joiner', 'E1', '2026-12-01', '{"a":'$$, '22P02', 'attributes that are no JSON'),
    ('kind, employee_id, effective_on, attributes', $$'joiner', 'E1', '2026-12-01', '{"a":"\u0000"}'$$, '22P05', 'attributes with a NUL'),
    ('kind, employee_id, effective_on, attributes', $$'joiner', 'E1', '2026-12-01', jsonb_build_object('a', repeat('x', 10000000))$$, 'event_attributes_size', 'an attribute of 10 MB'),
    ('kind, employee_id, effective_on, attributes', $$'joiner', 'E1', '2026-12-01', jsonb_build_object('a', 1e65536)$$, 'event_attributes_size', 'a short number that prints long'),
    ('kind, employee_id, effective_on, attributes', $$'joiner', 'E1', '2026-12-01', (repeat('{"a":', 33) || '1' || repeat('}', 33))::jsonb$$, 'event_attributes_depth', '33 levels'),
    ('kind, employee_id, effective_on, attributes', $$'joiner', 'E1', '2026-12-01', ('{"a":' || repeat('[', 32) || repeat(']', 32) || '}')::jsonb$$, 'event_attributes_depth', '33 levels of arrays'),
    ('kind, employee_id', $$'joiner', 'E1'$$, 'event_one_date', 'no date'),
    ('kind, employee_id', $$'leaver', 'E1'$$, 'event_one_date', 'a leaver without date that is not immediate'),
    ('kind, employee_id, attributes', $$'leaver', 'E1', '{"immediate": false}'$$, 'event_one_date', 'a leaver that says it is not immediate'),
    ('kind, employee_id, attributes', $$'joiner', 'E1', '{"immediate": true}'$$, 'event_one_date', 'an immediate joiner'),
    ('kind, employee_id, effective_at, effective_on', $$'joiner', 'E1', '2026-12-01', '2026-12-01'$$, 'event_one_date', 'two dates'),
    ('kind, employee_id, effective_at, effective_on, attributes', $$'leaver', 'E1', '2026-12-01', '2026-12-01', '{"immediate": true}'$$, 'event_one_date', 'two dates of an immediate leaver'),
    ('kind, employee_id, effective_on', $$'joiner', 'E1', '2026-02-30'$$, '22008', 'an impossible date'),
    ('kind, employee_id, effective_on', $$'joiner', 'E1', 'infinity'$$, 'event_day_sane', 'an infinite day'),
    ('kind, employee_id, effective_on', $$'joiner', 'E1', '-infinity'$$, 'event_day_sane', 'a day infinitely long ago'),
    ('kind, employee_id, effective_on', $$'joiner', 'E1', '1899-12-31'$$, 'event_day_sane', 'a day before 1900'),
    ('kind, employee_id, effective_on', $$'joiner', 'E1', '2201-01-01'$$, 'event_day_sane', 'a day after 2200'),
    ('kind, employee_id, effective_at', $$'joiner', 'E1', 'infinity'$$, 'event_date_sane', 'an infinite instant'),
    ('kind, employee_id, effective_at', $$'joiner', 'E1', '-infinity'$$, 'event_date_sane', 'an instant infinitely long ago'),
    ('kind, employee_id, effective_at', $$'joiner', 'E1', '20260-12-01'$$, 'event_date_sane', 'a year with a digit too many'),
    ('kind, employee_id, effective_on', $$'joiner', '', '2026-12-01'$$, 'event_employee_id_sane', 'an empty id'),
    ('kind, employee_id, effective_on', $$'joiner', NULL, '2026-12-01'$$, '23502', 'no id'),
    ('kind, employee_id, effective_on', $$'joiner', repeat('x', 257), '2026-12-01'$$, 'event_employee_id_sane', 'an id of 257 characters'),
    ('kind, employee_id, effective_on', $$'joiner', repeat('x', 10000), '2026-12-01'$$, 'event_employee_id_sane', 'an id of 10,000 characters'),
    ('kind, employee_id, effective_on', $$'joiner', ' E1', '2026-12-01'$$, 'event_employee_id_sane', 'a blank before the id'),
    ('kind, employee_id, effective_on', $$'joiner', 'E1 ', '2026-12-01'$$, 'event_employee_id_sane', 'a blank behind the id'),
    ('kind, employee_id, effective_on', $$'joiner', ' ', '2026-12-01'$$, 'event_employee_id_sane', 'only a blank'),
    ('kind, employee_id, effective_on', $$'joiner', E'E1\u00a0', '2026-12-01'$$, 'event_employee_id_sane', 'a no-break space behind the id'),
    ('kind, employee_id, effective_on', $$'joiner', E'E1\n', '2026-12-01'$$, 'event_employee_id_sane', 'a line feed behind the id'),
    ('kind, employee_id, effective_on', $$'joiner', E'E\t1', '2026-12-01'$$, 'event_employee_id_sane', 'a tabulator in the id'),
    ('kind, employee_id, effective_on', $$'joiner', E'E\u00851', '2026-12-01'$$, 'event_employee_id_sane', 'a C1 control in the id'),
    ('kind, employee_id, effective_on', $$'joiner', E'E\u200b1', '2026-12-01'$$, 'event_employee_id_sane', 'a zero width space in the id'),
    ('kind, employee_id, effective_on', $$'joiner', E'E\u202e1', '2026-12-01'$$, 'event_employee_id_sane', 'a change of direction in the id'),
    ('kind, employee_id, effective_on, source_ref', $$'joiner', 'E1', '2026-12-01', repeat('x', 257)$$, 'event_source_ref_sane', 'a source_ref of 257 characters'),
    ('kind, employee_id, effective_on, source_ref', $$'joiner', 'E1', '2026-12-01', ''$$, 'event_source_ref_sane', 'an empty source_ref'),
    ('kind, employee_id, effective_on, source', $$'joiner', 'E1', '2026-12-01', ''$$, 'event_source_sane', 'an empty source'),
    ('kind, employee_id, effective_on, employment', $$'joiner', 'E1', '2026-12-01', repeat('x', 65)$$, 'event_employment_sane', 'an employment of 65 characters'),
    ('kind, employee_id, effective_on, employment', $$'joiner', 'E1', '2026-12-01', '*'$$, 'event_employment_star_is_for_leavers', 'a joiner of all employments'),
    ('kind, employee_id', $$'rescind', 'E1'$$, 'event_rescind_names_its_target', 'a rescind of nothing'),
    ('kind, employee_id, effective_on, source_ref, supersedes', $$'joiner', 'E1', '2026-12-01', 'a', 'a'$$, 'event_supersedes_another', 'an event that corrects itself'),
    ('kind, employee_id, effective_on, state', $$'joiner', 'E1', '2026-12-01', 'finished'$$, 'event_state_known', 'an unknown state')
) AS t (columns, vals, outcome, what);

SELECT throws_ok($$INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('hire', 'E1', '2026-12-01')$$,
    '23514', 'new row for relation "event" violates check constraint "event_kind_known"',
    'the message names the constraint');

SELECT is(time_zone, 'UTC', 'an event remembers the default zone') FROM jml.event ORDER BY id LIMIT 1;
UPDATE jml.configuration SET default_time_zone = 'America/Sao_Paulo';
INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('joiner', 'Z1', '2026-12-01');
SELECT is(time_zone, 'America/Sao_Paulo', 'as it was at receipt') FROM jml.event WHERE employee_id = 'Z1';
SELECT throws_ok('INSERT INTO jml.configuration DEFAULT VALUES', '23505', NULL, 'there is one configuration');

SELECT throws_ok(format('INSERT INTO jml.%I (%s) VALUES (%s)', t, c, v), '23514', NULL, t || ' refuses ' || v) FROM (VALUES
    ('person', 'employee_id', $$E'a\tb'$$),
    ('person', 'employee_id, state', $$'S1', 'hired'$$),
    ('person', 'employee_id, kind', $$'S1', 'robot'$$),
    ('command', 'kind, object_id', $$'person_fire', 'E1'$$),
    ('command', 'kind, object_id, state', $$'person_hold', 'E1', 'done'$$),
    ('command', 'kind, object_id, arguments', $$'person_hold', 'E1', '[]'$$),
    ('assignment_request', 'request_type, target_employee_id, state', $$'adminAdd', 'E1', 'delivered'$$),
    ('approval', 'request_id, decision, state', $$gen_random_uuid(), 'approve', 'applied'$$),
    ('assignment', 'access_package_id, target_id, state', $$gen_random_uuid(), gen_random_uuid(), 'held'$$),
    ('run', 'workflow_id, person_id, trigger_key, state', $$gen_random_uuid(), gen_random_uuid(), 'k', 'waiting'$$),
    ('audit', 'at, actor, object_type, object_id', $$now(), 'x', 'thing', '1'$$),
    ('queue', 'class, kind', $$1, 'mystery'$$)
) AS r (t, c, v);

INSERT INTO jml.assignment (access_package_id, target_id, state) VALUES
    ('00000000-0000-0000-0000-0000000000aa', '00000000-0000-0000-0000-0000000000bb', 'expired'),
    ('00000000-0000-0000-0000-0000000000aa', '00000000-0000-0000-0000-0000000000bb', 'expired'),
    ('00000000-0000-0000-0000-0000000000aa', '00000000-0000-0000-0000-0000000000bb', 'delivered');
SELECT throws_ok($$INSERT INTO jml.assignment (access_package_id, target_id, state) VALUES
    ('00000000-0000-0000-0000-0000000000aa', '00000000-0000-0000-0000-0000000000bb', 'delivering')$$,
    '23505', NULL, 'a package is held once, however often it was held before');

INSERT INTO jml.workflow (display_name, category, document) VALUES ('It''s planned', 'joiner', '{}');
SELECT throws_ok($$DELETE FROM jml.workflow$$, '23001',
    'workflow "It''s planned" is not deleted: what it did and plans refers to it', 'a workflow is not deleted, by nobody');

SELECT is_empty($$
    SELECT c.relname, a.attname
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
    WHERE c.relnamespace = 'jml'::regnamespace AND c.relkind = 'r' AND a.attnum >= 0
      AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)$$,
    'every table and column is explained');
SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'jml'::regnamespace
      AND (obj_description(p.oid, 'pg_proc') IS NULL OR p.proowner <> 'jml_owner'::regrole)$$,
    'every function is explained and belongs to jml_owner');
SELECT is_empty($$
    SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'jml'::regnamespace AND c.relowner <> 'jml_owner'::regrole$$,
    'everything belongs to jml_owner');

SELECT is(jml.canonical('2026-12-01 01:00+01'), '2026-12-01T00:00:00Z', 'canonical: UTC');
SELECT is(jml.canonical('2026-12-01 00:00:00.25+00'), '2026-12-01T00:00:00.250000Z', 'canonical: microseconds');
SELECT is(jml.canonical('1960-12-01 00:00:00+00'), '1960-12-01T00:00:00Z', 'canonical: long ago');
SELECT is(jml.now(), now(), 'jml.now() is now()');
SET LOCAL jml.clock_offset = '13d';
SELECT is(jml.now(), now() + interval '13 days', 'and moves with jml.clock_offset');

SELECT * FROM finish();
ROLLBACK;

-- SPDX-License-Identifier: MIT
-- What the daemon's own statements find, and leave alone.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();
DELETE FROM jml.queue;
DELETE FROM jml.event;
DELETE FROM jml.person;
DELETE FROM jml.queue;

-- ---- people_begin
\set people_begin `cat ../../sql/queries/people_begin.sql`
PREPARE begin AS :people_begin ;
CREATE FUNCTION pg_temp.commands_wait() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    answer record;
BEGIN
    EXECUTE 'EXECUTE begin' INTO answer;
    RETURN split_part(trim(answer::text, '()'), ',', 4)::boolean;
END
$$;
SELECT ok(NOT pg_temp.commands_wait(), 'no command waits when the queue is empty');
INSERT INTO jml.workflow (id, display_name, category, document) VALUES
    ('00000000-0000-0000-0000-0000000000f1', 'W', 'joiner', '{}');
INSERT INTO jml.command (kind, object_id) VALUES ('workflow_enable', '00000000-0000-0000-0000-0000000000f1');
SELECT ok(pg_temp.commands_wait(), 'a command on a workflow waits');
DELETE FROM jml.queue;
INSERT INTO jml.queue (class, kind) VALUES (1, 'approval');
SELECT ok(NOT pg_temp.commands_wait(), 'what else names nobody is no command');
DELETE FROM jml.queue;

-- ---- people_events: a big backlog of one person takes nothing from the others
\set people_events `cat ../../sql/queries/people_events.sql`
PREPARE events (text[]) AS :people_events ;
INSERT INTO jml.event (kind, employee_id, effective_on, attributes, state)
SELECT 'mover', 'BIG', '2026-12-01', '{}', 'done' FROM generate_series(1, 3);
ALTER TABLE jml.event ALTER attributes SET STORAGE EXTERNAL; -- what is stored is what counts
INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
SELECT 'mover', 'BIG', '2026-12-01', jsonb_build_object('x', repeat('x', 60000)) FROM generate_series(1, 150);
INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
SELECT 'joiner', 'LONG', '2026-12-01', jsonb_build_object('x', repeat('x', 2000)) FROM generate_series(1, 4000);
INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('joiner', 'LAST', '2026-12-01'), ('mover', 'LAST', '2026-12-02');
CREATE TEMP TABLE loaded AS EXECUTE events('{BIG,LONG,LAST}');
SELECT is(count(*)::int, 2, 'all events of the last of a batch come, whoever is before') FROM loaded WHERE n = 3;
SELECT is(count(*)::int, 3, 'history comes whole') FROM loaded WHERE n = 1 AND state = 'done';
SELECT cmp_ok(count(*)::int, '>', 30, 'of the big one comes a part') FROM loaded WHERE n = 1 AND state = 'pending';
SELECT cmp_ok(sum(pg_column_size(attributes)), '<', 5000000::bigint, 'not much more than 4 MB together') FROM loaded WHERE state = 'pending';
SELECT is_empty($$SELECT FROM jml.event e JOIN jml.event l ON l.employee_id = e.employee_id AND l.id > e.id JOIN loaded ON loaded.id = l.id
    WHERE e.state = 'pending' AND e.id NOT IN (SELECT id FROM loaded)$$, 'of each person the oldest come first');
DROP TABLE loaded;
CREATE TEMP TABLE loaded AS EXECUTE events('{LONG,LAST}');
SELECT is(count(*)::int, 100, '100 events a person at most') FROM loaded WHERE n = 1;
SELECT is(count(*)::int, 2, 'and those beyond count for nobody') FROM loaded WHERE n = 2;
DROP TABLE loaded;
DELETE FROM jml.queue;

-- ---- rollout_walk: one walk for all roll-outs that are open when it begins
\set rollout_walk `cat ../../sql/queries/rollout_walk.sql`
\set write_rollouts `cat ../../sql/queries/governance_write_rollouts.sql`
PREPARE walk (int) AS :rollout_walk ;
PREPARE write_rollouts (text[], uuid[], bigint) AS :write_rollouts
INSERT INTO jml.person (employee_id) SELECT 'W' || i FROM generate_series(1, 10) i;
CREATE FUNCTION pg_temp.walk_on() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    woken int;
BEGIN
    EXECUTE 'EXECUTE walk(4)';
    DELETE FROM jml.queue WHERE class = 3 AND kind = 'wake';
    GET DIAGNOSTICS woken = ROW_COUNT;
    RETURN woken;
END
$$;
EXECUTE write_rollouts('{workflow,workflow,policy}', ARRAY[gen_random_uuid(), gen_random_uuid(), gen_random_uuid()], 1);
SELECT is(pg_temp.walk_on(), 4, 'a walk wakes the first people');
SELECT is(string_agg(done::text, ' '), '4 4 4', 'for all changes of one apply') FROM jml.rollout;
EXECUTE write_rollouts('{workflow}', ARRAY[gen_random_uuid()], 2);
SELECT is(pg_temp.walk_on(), 4, 'then the next');
SELECT is(string_agg(done::text, ' ' ORDER BY revision, id), '8 8 8 0', 'a change in the middle of a walk waits for its own') FROM jml.rollout;
SELECT is(pg_temp.walk_on(), 2, 'and the last');
SELECT is(count(*)::int, 3, 'all changes that it was begun for are done') FROM jml.rollout WHERE completed_at IS NOT NULL AND done = 10;
SELECT is(pg_temp.walk_on() + pg_temp.walk_on() + pg_temp.walk_on(), 10, 'the later change is carried to everybody, too');
SELECT is(count(*)::int, 4, 'once') FROM jml.rollout WHERE completed_at IS NOT NULL;
SELECT is(pg_temp.walk_on(), 0, 'and nobody is woken for nothing');
DELETE FROM jml.rollout;
INSERT INTO jml.person (employee_id) SELECT 'H' || i FROM generate_series(1, 1000) i;
INSERT INTO jml.assignment (access_package_id, target_id, state, expired_at)
SELECT '00000000-0000-0000-0000-0000000000a1', p.id, CASE WHEN p.employee_id = 'H7' THEN 'expired' ELSE 'delivered' END, now()
FROM jml.person p WHERE p.employee_id ~ '^H[1-9]$';
DELETE FROM jml.queue;
EXECUTE write_rollouts('{package}', ARRAY['00000000-0000-0000-0000-0000000000a1'::uuid], 3);
SELECT is(total::int, 8, 'other roles of a package concern those who hold it') FROM jml.rollout;
CREATE TEMP TABLE woken (employee_id text);
DO $$
DECLARE
    n int := 0;
BEGIN
    WHILE EXISTS (SELECT FROM jml.rollout WHERE completed_at IS NULL) AND n < 100 LOOP
        EXECUTE 'EXECUTE walk(4)';
        ASSERT (SELECT count(*) <= 4 FROM jml.queue WHERE class = 3), 'too many at a time';
        WITH d AS (DELETE FROM jml.queue WHERE class = 3 RETURNING employee_id) INSERT INTO woken SELECT * FROM d;
        n := n + 1;
    END LOOP;
    ASSERT n < 20, 'the others are passed over many at a time';
END
$$;
SELECT is(string_agg(employee_id, ' ' ORDER BY employee_id), 'H1 H2 H3 H4 H5 H6 H8 H9', 'each of them is woken once, and nobody else') FROM woken;
SELECT is(done::int, 8, 'and counted') FROM jml.rollout;

-- ---- daemon_seen: a row that was taken away comes back
\set daemon_register `cat ../../sql/queries/daemon_register.sql`
\set daemon_seen `cat ../../sql/queries/daemon_seen.sql`
PREPARE register (uuid, text, text) AS :daemon_register
PREPARE seen (uuid, boolean, bigint, text, text) AS :daemon_seen
DELETE FROM jml.daemon;
EXECUTE register('00000000-0000-0000-0000-0000000000d1', 'host:1', '9');
EXECUTE seen('00000000-0000-0000-0000-0000000000d1', true, 7, 'host:1', '9');
SELECT results_eq('SELECT name, version, revision, sleeping_until > clock_timestamp() FROM jml.daemon',
    $$VALUES ('host:1', '9', 7::bigint, true)$$, 'a daemon tells that it sleeps');
DELETE FROM jml.daemon;
EXECUTE seen('00000000-0000-0000-0000-0000000000d1', false, 8, 'host:1', '9');
SELECT results_eq('SELECT name, version, revision, sleeping_until IS NULL FROM jml.daemon',
    $$VALUES ('host:1', '9', 8::bigint, true)$$, 'and is there again when somebody deleted its row');

-- ---- people_probe: not behind the bounds, unless asked for everything
\set people_probe `cat ../../sql/queries/people_probe.sql`
PREPARE probe (bigint, bigint, bigint) AS :people_probe
CREATE FUNCTION pg_temp.probe(low bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    answer boolean;
BEGIN
    EXECUTE format('EXECUTE probe(%s, %s, %s)', low, low, low) INTO answer;
    RETURN answer;
END
$$;
DELETE FROM jml.queue;
SELECT ok(NOT pg_temp.probe(0), 'nothing is to be done');
INSERT INTO jml.queue (class, id, kind, employee_id) VALUES (1, 50, 'wake', 'W1');
SELECT ok(pg_temp.probe(49), 'something behind the bound');
SELECT ok(NOT pg_temp.probe(50), 'nothing behind that');
SELECT ok(pg_temp.probe(0), 'from the head of the queue everything counts');
DELETE FROM jml.queue;
INSERT INTO jml.rollout (kind, revision) VALUES ('workflow', 9);
SELECT ok(pg_temp.probe(1000), 'a roll-out that is open');

-- ---- governance_write_workflows: the logical instant, as everywhere
\set write_workflows `cat ../../sql/queries/governance_write_workflows.sql`
PREPARE write_workflows AS :write_workflows
SET LOCAL jml.clock_offset = '100 days';
EXECUTE write_workflows('{00000000-0000-0000-0000-0000000000f1}', '{W}', '{NULL}', '{joiner}', '{t}', '{t}', '{1}', '{NULL}', ARRAY['{}'::jsonb]);
SELECT is(updated_at, jml.now(), 'a workflow was changed at the logical instant of its apply') FROM jml.workflow;
RESET jml.clock_offset;

SELECT * FROM finish();
ROLLBACK;

-- SPDX-License-Identifier: MIT
-- Static checks of the functions, by plpgsql_check where it is installed.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();

SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc p
    WHERE p.pronamespace = 'jml'::regnamespace AND p.prosecdef
      AND p.prosqlbody IS NULL AND p.proname <> 'default_time_zone'
      AND NOT coalesce(p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], false)$$,
    'functions with the owner''s rights pin search_path');

SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc p
    WHERE p.pronamespace = 'jml'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')$$,
    'no function is open to everybody');
SELECT is_empty($$
    SELECT p.oid::regprocedure, r.rolname FROM pg_proc p CROSS JOIN pg_roles r
    WHERE p.pronamespace = 'jml'::regnamespace AND p.prorettype = 'trigger'::regtype
      AND r.rolname IN ('jml_daemon', 'jml_feed', 'jml_operator', 'jml_auditor')
      AND has_function_privilege(r.oid, p.oid, 'EXECUTE')$$,
    'nobody may make our triggers those of other tables');
SET LOCAL ROLE jml_owner;
CREATE FUNCTION jml.made_later() RETURNS int LANGUAGE sql RETURN 1;
RESET ROLE;
SELECT ok(NOT has_function_privilege('public', 'jml.made_later()', 'EXECUTE'), 'nor will one be that is made later');
DROP FUNCTION jml.made_later();

SELECT count(*) = 1 AS installed FROM pg_available_extensions WHERE name = 'plpgsql_check' \gset
\if :installed
CREATE EXTENSION plpgsql_check;
SELECT is_empty(format('SELECT * FROM plpgsql_check_function_tb(%s, %s, newtable => %L,
        security_warnings => true, performance_warnings => false)',
        p.oid, coalesce(t.tgrelid, 0), t.tgnewtable), p.oid::regprocedure || coalesce(' on ' || t.tgrelid::regclass, ''))
FROM pg_proc p
JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
LEFT JOIN (SELECT DISTINCT tgfoid, tgrelid, tgnewtable FROM pg_trigger) AS t ON t.tgfoid = p.oid
WHERE p.pronamespace = 'jml'::regnamespace;
\else
SELECT skip('plpgsql_check is not installed');
\endif

SELECT * FROM finish();
ROLLBACK;

/* SPDX-License-Identifier: MIT
 *
 * Session against a server, in a sandbox only (see test_conn.c). It touches no table.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "db/session.h"
#include "lib/leak.h"

static struct jml_session *session;

static void init(void)
{
    struct jml_conn_options options = {
        .conninfo = getenv("JML_DATABASE"),
        .application_name = "test_session",
        .ignore_schema = true,
    };
    struct jml_err e;

    if (getenv("JML_SANDBOX") && getenv("JML_DATABASE"))
        cr_assert_eq(jml_session_open(&options, &session, &e), 0, "%s", e.message);
}

static void fini(void)
{
    session = jml_session_close(session);
    jml_test_leak_check();
}

TestSuite(session, .init = init, .fini = fini, .timeout = 60);

static enum jml_err_class fails(const char *sql)
{
    struct jml_err e;

    return jml_session_script(session, sql, &e) < 0 ? e.class : JML_ERR_NONE;
}

#define IF_NOT(condition) "do $$begin if not (" condition ") then raise 'no'; end if; end$$"

Test(session, statements_end_in_time_until_they_are_long_reports)
{
    struct jml_err e;

    if (!session)
        cr_skip_test("not in a sandbox");
    cr_expect_eq(fails(IF_NOT("current_setting('statement_timeout') = '1min'")), JML_ERR_NONE);
    cr_assert_eq(jml_session_unbound(session, &e), 0, "%s", e.message);
    cr_expect_eq(fails(IF_NOT("current_setting('statement_timeout') = '0'")), JML_ERR_NONE);
}

Test(session, what_fails_in_a_function_of_somebody_else_is_not_our_schema)
{
    if (!session)
        cr_skip_test("not in a sandbox");
    cr_expect_eq(fails("select from no_such_table"), JML_ERR_SCHEMA);
    cr_expect_eq(fails("do $$begin perform no_such_column; end$$"), JML_ERR_REFUSED);
    cr_expect_eq(fails("create function pg_temp.theirs() returns int language plpgsql as"
                       " $$begin return no_such_function(1); end$$; select pg_temp.theirs()"),
                 JML_ERR_REFUSED);
    cr_expect_eq(fails("begin; create schema jml; create function jml.ours() returns int"
                       " language plpgsql as $$begin return no_such_function(1); end$$;"
                       " select jml.ours(); rollback"),
                 JML_ERR_SCHEMA);
}

/* SPDX-License-Identifier: MIT
 *
 * Conn against a server. It makes and drops schema jml, so it runs only in a sandbox
 * (scripts/sandbox sets JML_SANDBOX), never on just any JML_DATABASE; tests/db runs it.
 */
#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "db/conn.h"
#include "lib/leak.h"
#include "loop/loop.h"

static PGconn *pg; /* another session */
static struct jml_loop *loop;
static struct jml_conn *conn;
static struct jml_timer *later;
static int ups, downs, dones;
static enum jml_err_class classes[16];
static char messages[16][1024];
static size_t counts[16];

static char last[] = "last"; /* userdata of the answer that ends a test */

static const char *const statements[] = {"exclusive_lock", "migration_add", "migration_list", NULL};

static void run(const char *sql)
{
    PGresult *r = PQexec(pg, sql);

    cr_assert(PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK, "%s",
              PQerrorMessage(pg));
    PQclear(r);
}

static void up(void *userdata, struct jml_conn *c)
{
    (void)c;
    if (++ups == 1)
        ((void (*)(void))userdata)();
}

static void down(void *userdata, struct jml_conn *c, const struct jml_err *e)
{
    (void)userdata;
    (void)c;
    (void)e;
    downs++;
}

static void answered(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    int i = dones++;

    (void)c;
    classes[i] = reply->error ? reply->error->class : JML_ERR_NONE;
    strcpy(messages[i], reply->error ? reply->error->message : "");
    counts[i] = reply->n;
    if (userdata) { /* the last one */
        jml_conn_free(c);
        if (later)
            later = jml_timer_free(later);
    }
}

/* Connects, runs begin when it is up, and turns the loop until the connection is freed. */
static void go(void (*begin)(void))
{
    struct jml_conn_options options = {
        .conninfo = getenv("JML_DATABASE"),
        .application_name = "test_conn",
        .statements = statements,
        .ignore_schema = true,
    };
    struct jml_conn_callbacks callbacks = {.userdata = (void *)begin, .up = up, .down = down};

    loop = jml_loop_new();
    conn = jml_conn_new(loop, &options, &callbacks);
    jml_loop_run(loop);
    jml_loop_free(loop);
}

static void init(void)
{
    if (!getenv("JML_SANDBOX") || !getenv("JML_DATABASE"))
        return;
    pg = PQconnectdb(getenv("JML_DATABASE"));
    cr_assert_eq(PQstatus(pg), CONNECTION_OK, "%s", PQerrorMessage(pg));
    run("set client_min_messages = error");
    run("drop schema if exists jml cascade");
    run("create schema jml");
    run("create table jml.migration (number integer primary key, slug text, sha256 text,"
        " applied_at timestamptz default now())");
}

static void fini(void)
{
    if (pg)
        run("drop schema jml cascade");
    PQfinish(pg);
    jml_test_leak_check();
}

TestSuite(conn, .init = init, .fini = fini, .timeout = 60);

static void need_server(void)
{
    if (!pg)
        cr_skip_test("not in a sandbox");
}

static void add(int number, const char *slug)
{
    struct jml_param params[3];
    struct jml_arena a;

    jml_arena_init(&a);
    params[0] = jml_param_int4(&a, number);
    params[1] = jml_param_text(slug);
    params[2] = jml_param_text("");
    jml_conn_add(conn, "migration_add", params, 3);
    jml_arena_fini(&a);
}

static void fail_then_commit(void)
{
    jml_conn_add_begin(conn);
    add(1, "one");
    add(1, "again");
    jml_conn_add_commit(conn);
    jml_conn_sync(conn, answered, NULL);
    jml_conn_add_commit(conn);
    jml_conn_sync(conn, answered, NULL);
    jml_conn_add_begin(conn);
    add(2, "two");
    jml_conn_add_commit(conn);
    jml_conn_sync(conn, answered, last);
}

Test(conn, a_commit_that_is_answered_with_rollback_is_an_error)
{
    need_server();
    go(fail_then_commit);
    cr_expect_eq(dones, 3);
    cr_expect_eq(classes[0], JML_ERR_REFUSED, "%s", messages[0]);
    cr_expect_eq(counts[0], 4);
    cr_expect_eq(classes[1], JML_ERR_BUG);
    cr_expect_str_eq(messages[1], "COMMIT was answered with ROLLBACK");
    cr_expect_eq(classes[2], JML_ERR_NONE, "%s", messages[2]);
    cr_expect_eq(downs, 0);
}

static void kill_backend(void *userdata)
{
    (void)userdata;
    run("select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'test_conn'");
}

static void commit_slowly(void)
{
    later = jml_timer_new(loop, kill_backend, NULL);
    jml_timer_set(later, 300000);
    jml_conn_add_begin(conn);
    add(1, "one");
    jml_conn_add_commit(conn);
    jml_conn_sync(conn, answered, NULL);
    jml_conn_add(conn, "migration_list", NULL, 0);
    jml_conn_sync(conn, answered, last);
}

Test(conn, a_connection_lost_in_commit_is_uncertain_and_what_waits_behind_it_is_not)
{
    need_server();
    run("create function jml.slow() returns trigger language plpgsql as"
        " $$begin perform pg_sleep(30); return null; end$$");
    run("create constraint trigger slow after insert on jml.migration deferrable initially"
        " deferred for each row execute function jml.slow()");
    go(commit_slowly);
    cr_expect_eq(dones, 2);
    cr_expect_eq(classes[0], JML_ERR_UNCERTAIN, "%s", messages[0]);
    cr_expect_eq(classes[1], JML_ERR_TRANSIENT, "%s", messages[1]);
}

static void insert_slowly(void)
{
    later = jml_timer_new(loop, kill_backend, NULL);
    jml_timer_set(later, 300000);
    jml_conn_add_begin(conn);
    add(1, "one");
    jml_conn_add_commit(conn);
    jml_conn_sync(conn, answered, last);
}

Test(conn, a_connection_lost_before_commit_is_transient)
{
    need_server();
    run("create function jml.slow() returns trigger language plpgsql as"
        " $$begin perform pg_sleep(30); return null; end$$");
    run("create trigger slow after insert on jml.migration for each row"
        " execute function jml.slow()");
    go(insert_slowly);
    cr_expect_eq(classes[0], JML_ERR_TRANSIENT, "%s", messages[0]);
}

static void ask(void *userdata)
{
    jml_conn_add(conn, "migration_list", NULL, 0);
    jml_conn_sync(conn, answered, userdata);
}

static void ask_while_away(void *userdata)
{
    if (dones < 2) { /* the loss is noticed by now, or this notices it */
        ask(NULL);
        jml_timer_set(later, 300000);
        return;
    }
    if (ups < 2) {
        jml_timer_set(later, 50000);
        return;
    }
    ask(userdata);
}

static void lose_while_idle(void)
{
    kill_backend(NULL);
    later = jml_timer_new(loop, ask_while_away, last);
    ask(NULL);
    jml_timer_set(later, 300000);
}

Test(conn, a_lost_connection_is_made_again_and_tells_once)
{
    need_server();
    go(lose_while_idle);
    cr_expect_eq(downs, 1);
    cr_expect_eq(ups, 2);
    cr_expect_eq(classes[0], JML_ERR_TRANSIENT);
    cr_expect_eq(classes[dones - 1], JML_ERR_NONE, "%s", messages[dones - 1]);
}

static void send_much(void)
{
    char *text = malloc(4000001);

    memset(text, 'x', 4000000);
    text[4000000] = '\0';
    for (int i = 0; i < 8; i++) {
        add(i, text);
        jml_conn_add(conn, "migration_list", NULL, 0);
        jml_conn_sync(conn, answered, i == 7 ? last : NULL);
    }
    free(text);
}

Test(conn, much_data_in_both_directions_does_not_deadlock)
{
    need_server();
    go(send_much);
    cr_expect_eq(dones, 8);
    for (int i = 0; i < dones; i++)
        cr_expect_eq(classes[i], JML_ERR_NONE, "%s", messages[i]);
}

/* ---- streams: parts of 100 kB ---- */

static int parts, parts_wanted, fails_at;

static bool add_part(void *userdata, struct jml_conn *c)
{
    char text[100001];

    (void)userdata;
    (void)c;
    if (parts == 0)
        jml_conn_add_begin(conn);
    memset(text, 'x', 100000);
    text[100000] = '\0';
    add(parts == fails_at ? 0 : parts, text);
    if (++parts < parts_wanted)
        return true;
    jml_conn_add_commit(conn);
    return false;
}

static void stream(void)
{
    jml_conn_stream(conn, add_part, answered, last);
    cr_expect_eq(parts, 0, "it is not called from inside");
}

static void expect_rows(const char *rows)
{
    PGresult *r = PQexec(pg, "select count(*) from jml.migration");

    cr_expect_str_eq(PQgetvalue(r, 0, 0), rows);
    PQclear(r);
}

Test(conn, a_stream_is_one_unit_made_of_all_its_parts)
{
    need_server();
    parts_wanted = 50;
    fails_at = -1;
    go(stream);
    cr_expect_eq(dones, 1);
    cr_expect_eq(classes[0], JML_ERR_NONE, "%s", messages[0]);
    cr_expect_eq(counts[0], 52);
    expect_rows("50");
}

Test(conn, a_stream_that_fails_is_asked_for_no_more)
{
    need_server();
    parts_wanted = 2000;
    fails_at = 1;
    go(stream);
    cr_expect_eq(dones, 1);
    cr_expect_eq(classes[0], JML_ERR_REFUSED, "%s", messages[0]);
    cr_expect_lt(parts, 2000);
    expect_rows("0");
}

static void stream_slowly(void)
{
    later = jml_timer_new(loop, kill_backend, NULL);
    jml_timer_set(later, 300000);
    jml_conn_stream(conn, add_part, answered, last);
}

Test(conn, a_connection_lost_in_a_stream_is_transient)
{
    need_server();
    run("create function jml.slow() returns trigger language plpgsql as"
        " $$begin perform pg_sleep(30); return null; end$$");
    run("create trigger slow after insert on jml.migration for each row"
        " execute function jml.slow()");
    parts_wanted = 2000;
    fails_at = -1;
    go(stream_slowly);
    cr_expect_eq(dones, 1);
    cr_expect_eq(classes[0], JML_ERR_TRANSIENT, "%s", messages[0]);
    cr_expect_leq(parts, 10, "no more than the socket takes");
}

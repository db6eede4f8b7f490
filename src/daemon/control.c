/* SPDX-License-Identifier: MIT
 *
 * Control: see control.h. Everything here is small statements on one connection; what is lost with
 * it is simply done again after the next connect.
 */
#include "daemon/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
#include "db/claim.h"
#include "db/conn.h"
#include "db/governance.h"
#include "loop/loop.h"

#define SEEN_EVERY (10 * JML_SECOND)  /* health misses a daemon after 30 s */
#define CLOCK_EVERY (25 * JML_SECOND) /* at the third sign of life */
#define FINISH_LIMIT (5 * JML_SECOND)
#define CLOCK_SLACK 60 /* seconds that our clock may be behind the one used last */
#define WHOLE_COST_RATIO 20 /* a poll of everything that takes t is repeated after 20 t */
#define BUSY_TICKS 2   /* polls found busy in a row: inserts need not notify us */

static const char *const statements[] = {
    "configuration_check", "configuration_clock", "configuration_command", "configuration_zone",
    "daemon_gone",         "daemon_lives",        "daemon_register",       "daemon_seen",
    "exclusive_lock",      "people_probe",
};
#define STATEMENTS (sizeof statements / sizeof statements[0])

struct jml_control {
    struct jml_loop *loop;
    struct jml_control_options options;
    struct jml_control_callbacks callbacks;
    struct jml_conn *conn;
    const char **prepared; /* ours and those of governance */
    struct jml_timer *poll;
    struct jml_timer *life; /* our row and the clock: whatever the interval of polling is */
    struct jml_timer *finish;
    struct jml_id id;
    char name[128];
    int64_t revision;
    bool registered;
    bool probing;    /* a probe is under way */
    bool whole;      /* it looks at the whole queue */
    int64_t probe_began, whole_next; /* monotonic */
    bool commanding; /* configuration commands are under way */
    bool sleeping;   /* as written in our row */
    int busy_ticks;
    bool clock_used;
    int64_t clock_written; /* monotonic */
    bool finishing;
};

static void up(void *userdata, struct jml_conn *conn);
static void down(void *userdata, struct jml_conn *conn, const struct jml_err *e);
static void still_down(void *userdata, struct jml_conn *conn, const struct jml_err *e);
static void notified(void *userdata, struct jml_conn *conn);
static void checked(void *userdata, struct jml_conn *conn, const struct jml_reply *reply);
static void registered(void *userdata, struct jml_conn *conn, const struct jml_reply *reply);
static void tick(void *userdata);
static void life(void *userdata);
static void probe(struct jml_control *c);
static void probed(void *userdata, struct jml_conn *conn, const struct jml_reply *reply);
static void write_seen(struct jml_control *c);
static void write_clock(struct jml_control *c, bool back);
static void wrote(void *userdata, struct jml_conn *conn, const struct jml_reply *reply);
static void commanded(void *userdata, struct jml_conn *conn, const struct jml_reply *reply);
static void gone(void *userdata, struct jml_conn *conn, const struct jml_reply *reply);
static void finish_now(void *userdata);
static bool failed(struct jml_control *c, const struct jml_reply *reply);

struct jml_control *jml_control_new(struct jml_loop *loop,
                                    const struct jml_control_options *options,
                                    const struct jml_control_callbacks *callbacks)
{
    struct jml_control *c = calloc(1, sizeof *c);
    struct jml_conn_callbacks conn_callbacks = {
        .up = up,
        .down = down,
        .still_down = still_down,
        .notified = notified,
        .userdata = c,
    };
    struct jml_conn_options conn_options = {
        .conninfo = options->conninfo,
        .application_name = "jmld",
        .role = "jml_daemon",
        .clock_offset = options->clock_offset,
        .listen = true,
    };
    struct jml_id_source ids;
    struct timespec now;
    size_t n = 0;

    if (!c)
        jml_bug("out of memory");
    c->loop = loop;
    c->options = *options;
    c->callbacks = *callbacks;
    jml_id_source_init_random(&ids);
    clock_gettime(CLOCK_REALTIME, &now);
    c->id = jml_id_next(&ids, now.tv_sec * JML_SECOND);
    if (gethostname(c->name, sizeof c->name - 16) < 0)
        strcpy(c->name, "localhost");
    c->name[sizeof c->name - 17] = '\0';
    snprintf(c->name + strlen(c->name), 16, ":%d", (int)getpid());

    while (jml_governance_statements[n])
        n++;
    c->prepared = calloc(n + STATEMENTS + 1, sizeof *c->prepared);
    if (!c->prepared)
        jml_bug("out of memory");
    memcpy(c->prepared, statements, sizeof statements);
    memcpy(c->prepared + STATEMENTS, jml_governance_statements, n * sizeof *c->prepared);
    conn_options.statements = c->prepared;

    c->poll = jml_timer_new(loop, tick, c);
    c->life = jml_timer_new(loop, life, c);
    c->finish = jml_timer_new(loop, finish_now, c);
    c->conn = jml_conn_new(loop, &conn_options, &conn_callbacks);
    return c;
}

struct jml_control *jml_control_free(struct jml_control *c)
{
    if (!c)
        return NULL;
    jml_conn_free(c->conn);
    jml_timer_free(c->poll);
    jml_timer_free(c->life);
    jml_timer_free(c->finish);
    free(c->prepared);
    jml_loop_defer_free(c->loop, c, free);
    return NULL;
}

struct jml_conn *jml_control_conn(struct jml_control *c)
{
    return c->conn;
}

bool jml_control_is_up(const struct jml_control *c)
{
    return c->registered;
}

struct jml_id jml_control_id(const struct jml_control *c)
{
    return c->id;
}

void jml_control_sleep(struct jml_control *c)
{
    c->busy_ticks = 0;
    if (!c->registered || c->sleeping || c->finishing)
        return;
    c->sleeping = true;
    write_seen(c);
    /* What was inserted before the flag was there notified nobody. */
    probe(c);
}

void jml_control_set_revision(struct jml_control *c, int64_t revision)
{
    c->revision = revision;
    if (c->registered)
        write_seen(c);
}

void jml_control_use_clock(struct jml_control *c)
{
    c->clock_used = true;
}

void jml_control_run_commands(struct jml_control *c)
{
    if (c->commanding || !c->registered)
        return;
    c->commanding = true;
    jml_conn_add(c->conn, "exclusive_lock", NULL, 0);
    jml_conn_add(c->conn, "configuration_command", NULL, 0);
    jml_conn_sync(c->conn, commanded, c);
}

void jml_control_set_options(struct jml_control *c, const struct jml_control_options *options,
                             bool reconnect)
{
    c->options = *options;
    if (reconnect) {
        jml_conn_set_conninfo(c->conn, options->conninfo);
        jml_conn_reset(c->conn); /* registers anew, with the new zone */
        return;
    }
    if (c->registered) {
        struct jml_param zone = jml_param_text(options->default_zone);

        jml_conn_add(c->conn, "configuration_zone", &zone, 1);
        jml_conn_sync(c->conn, wrote, c);
        jml_timer_set(c->poll, options->poll_interval);
    }
}

void jml_control_finish(struct jml_control *c)
{
    struct jml_param id;
    struct jml_arena a;

    if (c->finishing)
        return;
    c->finishing = true;
    jml_timer_clear(c->poll);
    jml_timer_clear(c->life);
    if (!c->registered) {
        jml_timer_set(c->finish, 0);
        return;
    }
    jml_timer_set(c->finish, FINISH_LIMIT);
    write_clock(c, false);
    jml_arena_init(&a);
    id = jml_param_uuid(&a, c->id);
    jml_conn_add(c->conn, "daemon_gone", &id, 1);
    jml_conn_sync(c->conn, gone, c);
    jml_arena_fini(&a);
}

/* ---- connecting ---- */

static void up(void *userdata, struct jml_conn *conn)
{
    jml_conn_add(conn, "configuration_check", NULL, 0);
    jml_conn_sync(conn, checked, userdata);
}

static void checked(void *userdata, struct jml_conn *conn, const struct jml_reply *reply)
{
    struct jml_control *c = userdata;
    const struct jml_result *r = &reply->results[0];
    struct jml_param params[3], zone;
    struct jml_arena a;
    struct jml_err e;
    int64_t behind;

    if (failed(c, reply))
        return;
    if (jml_result_rows(r) != 1) {
        jml_err_set(&e, JML_ERR_SCHEMA, "jml.configuration has lost its row");
        c->callbacks.fatal(c->callbacks.userdata, JML_MSG_SCHEMA_MISMATCH, &e);
        return;
    }
    behind = jml_result_int(r, 0, 2);
    if (behind > CLOCK_SLACK && !c->options.allow_clock_back) {
        jml_err_set(&e, JML_ERR_SCHEMA,
                    "the clock is %lld s behind the latest instant decisions were made at: give the"
                    " same --clock-offset again, or --allow-clock-back",
                    (long long)behind);
        c->callbacks.fatal(c->callbacks.userdata, JML_MSG_CLOCK_BACK, &e);
        return;
    }
    if (behind > CLOCK_SLACK) {
        jml_log_plain(JML_MSG_CLOCK_BACK, "the clock is turned back by %lld s, as allowed",
                      (long long)behind);
        write_clock(c, true);
    } else if (c->options.clock_offset) {
        write_clock(c, false); /* before anything is decided: a moved clock is not to be forgotten */
    }
    jml_arena_init(&a);
    params[0] = jml_param_uuid(&a, c->id);
    params[1] = jml_param_text(c->name);
    params[2] = jml_param_text(PACKAGE_VERSION);
    zone = jml_param_text(c->options.default_zone);
    jml_conn_add(conn, "daemon_lives", params, 1);
    jml_conn_add(conn, "daemon_register", params, 3);
    jml_conn_add(conn, "configuration_zone", &zone, 1);
    jml_conn_sync(conn, registered, c);
    jml_arena_fini(&a);
}

static void registered(void *userdata, struct jml_conn *conn, const struct jml_reply *reply)
{
    struct jml_control *c = userdata;

    (void)conn;
    if (failed(c, reply))
        return;
    c->registered = true;
    c->sleeping = false;
    c->probing = c->commanding = false;
    c->whole_next = 0;
    c->clock_written = jml_loop_now();
    c->callbacks.back(c->callbacks.userdata);
    if (c->finishing)
        return;
    probe(c);
    jml_timer_set(c->poll, c->options.poll_interval);
    jml_timer_set(c->life, SEEN_EVERY);
}

static void down(void *userdata, struct jml_conn *conn, const struct jml_err *e)
{
    struct jml_control *c = userdata;

    (void)conn;
    c->registered = false;
    c->probing = c->commanding = false;
    jml_timer_clear(c->poll);
    jml_timer_clear(c->life);
    if (c->finishing) {
        jml_timer_set(c->finish, 0);
        return;
    }
    if (e->class == JML_ERR_SCHEMA)
        c->callbacks.fatal(c->callbacks.userdata, JML_MSG_SCHEMA_MISMATCH, e);
    else
        c->callbacks.away(c->callbacks.userdata, e);
}

static void still_down(void *userdata, struct jml_conn *conn, const struct jml_err *e)
{
    struct jml_control *c = userdata;

    (void)conn;
    if (!c->finishing)
        c->callbacks.still_away(c->callbacks.userdata, e);
}

static void notified(void *userdata, struct jml_conn *conn)
{
    struct jml_control *c = userdata;

    (void)conn;
    if (c->registered && !c->finishing)
        c->callbacks.polled(c->callbacks.userdata, true);
}

/* ---- polling ---- */

static void tick(void *userdata)
{
    struct jml_control *c = userdata;

    jml_timer_set(c->poll, c->options.poll_interval);
    if (!c->registered)
        return;
    if (c->callbacks.busy(c->callbacks.userdata)) {
        if (++c->busy_ticks >= BUSY_TICKS && c->sleeping) {
            c->sleeping = false;
            write_seen(c);
        }
    } else {
        c->busy_ticks = 0;
        probe(c);
    }
}

static void life(void *userdata)
{
    struct jml_control *c = userdata;

    jml_timer_set(c->life, SEEN_EVERY);
    if (!c->registered)
        return;
    write_seen(c);
    if (c->clock_used && jml_loop_now() - c->clock_written >= CLOCK_EVERY)
        write_clock(c, false);
}

/* A row may become visible late, before the bound; the look for it is as frequent as it is cheap. */
static void probe(struct jml_control *c)
{
    const struct jml_bounds *gone = c->callbacks.gone(c->callbacks.userdata);
    struct jml_param low[3];
    struct jml_arena a;

    if (c->probing)
        return;
    c->probing = true;
    c->probe_began = jml_loop_now();
    c->whole = c->options.once || c->probe_began >= c->whole_next;
    jml_arena_init(&a);
    for (int i = 0; i < 3; i++)
        low[i] = jml_param_int8(&a, c->whole ? 0 : gone->low[i]);
    jml_conn_add(c->conn, "people_probe", low, 3);
    jml_conn_sync(c->conn, probed, c);
    jml_arena_fini(&a);
}

static void probed(void *userdata, struct jml_conn *conn, const struct jml_reply *reply)
{
    struct jml_control *c = userdata;

    (void)conn;
    c->probing = false;
    if (failed(c, reply) || c->finishing)
        return;
    if (c->whole)
        c->whole_next =
            jml_loop_now() + (jml_loop_now() - c->probe_began) * WHOLE_COST_RATIO;
    if (jml_result_int(&reply->results[0], 0, 1) != c->revision)
        c->callbacks.revised(c->callbacks.userdata);
    c->callbacks.polled(c->callbacks.userdata, jml_result_bool(&reply->results[0], 0, 0));
}

/* ---- writing ---- */

static void write_seen(struct jml_control *c)
{
    struct jml_param params[5];
    struct jml_arena a;

    if (c->finishing)
        return; /* the row is to go */
    jml_arena_init(&a);
    params[0] = jml_param_uuid(&a, c->id);
    params[1] = jml_param_bool(&a, c->sleeping);
    params[2] = jml_param_int8(&a, c->revision);
    params[3] = jml_param_text(c->name);
    params[4] = jml_param_text(PACKAGE_VERSION);
    jml_conn_add(c->conn, "daemon_seen", params, 5);
    jml_conn_sync(c->conn, wrote, c);
    jml_arena_fini(&a);
}

static void write_clock(struct jml_control *c, bool back)
{
    struct jml_param allowed;
    struct jml_arena a;

    jml_arena_init(&a);
    allowed = jml_param_bool(&a, back);
    jml_conn_add(c->conn, "configuration_clock", &allowed, 1);
    jml_conn_sync(c->conn, wrote, c);
    jml_arena_fini(&a);
    c->clock_used = false;
    c->clock_written = jml_loop_now();
}

static void wrote(void *userdata, struct jml_conn *conn, const struct jml_reply *reply)
{
    (void)conn;
    failed(userdata, reply);
}

static void commanded(void *userdata, struct jml_conn *conn, const struct jml_reply *reply)
{
    struct jml_control *c = userdata;

    (void)conn;
    c->commanding = false;
    if (reply->error) {
        if (reply->error->class == JML_ERR_SCHEMA)
            failed(c, reply);
        c->callbacks.commanded(c->callbacks.userdata, 0, reply->error);
        return;
    }
    c->clock_used = true;
    c->callbacks.commanded(c->callbacks.userdata, jml_result_int(&reply->results[1], 0, 0), NULL);
}

static void gone(void *userdata, struct jml_conn *conn, const struct jml_reply *reply)
{
    struct jml_control *c = userdata;

    (void)conn;
    (void)reply;
    jml_timer_set(c->finish, 0);
}

static void finish_now(void *userdata)
{
    struct jml_control *c = userdata;

    c->callbacks.finished(c->callbacks.userdata);
}

/* True when the reply is an error. What the connection's loss explains is told by down(). */
static bool failed(struct jml_control *c, const struct jml_reply *reply)
{
    const struct jml_err *e = reply->error;

    if (!e)
        return false;
    if (e->class == JML_ERR_SCHEMA && !c->finishing)
        c->callbacks.fatal(c->callbacks.userdata, JML_MSG_SCHEMA_MISMATCH, e);
    else if (e->class != JML_ERR_TRANSIENT && e->class != JML_ERR_UNCERTAIN)
        jml_log_plain(JML_MSG_DATABASE_ERROR, "%s", e->message);
    return true;
}

/* SPDX-License-Identifier: MIT
 *
 * Conn: connecting, setting up, and one unit of work after the other, without ever waiting.
 *
 *     WAITING --timer--> CONNECTING --connected--> PREPARING --all prepared--> UP
 *        ^                   |                         |                       |
 *        +----- backoff -----+---------- lost ---------+-----------------------+
 *
 * A SCHEMA error leads to STOPPED. A unit is what one sync sends; units wait for their answers in
 * the order in which they were sent. Answers are given only from the event loop, never from inside
 * a call of the owner.
 * Known limit: libpq resolves host names synchronously; use hostaddr where that may take long.
 */
#include "db/conn.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/civil.h"
#include "base/log.h"
#include "db/setup.h"
#include "db/unit.h"
#include "loop/loop.h"

#define BACKOFF_MIN (100 * INT64_C(1000))
#define BACKOFF_MAX (30 * JML_SECOND)
#define CONNECT_LIMIT (10 * JML_SECOND) /* for each address tried, and for the set-up */
#define PATIENCE (90 * JML_SECOND)      /* no answer for so long: statement_timeout is 60 s */
#define STEADY (5 * JML_SECOND)         /* a connection that lived so long begins backoff anew */

enum state { WAITING, CONNECTING, PREPARING, UP, STOPPED };

struct jml_conn {
    struct jml_loop *loop;
    struct jml_conn_options options; /* strings owned */
    struct jml_conn_callbacks callbacks;
    enum state state;
    PGconn *pg;
    struct jml_watch *watch;
    struct jml_timer *timer; /* WAITING: backoff; CONNECTING, PREPARING: limit; UP: patience */
    struct jml_timer *kick;  /* things to do outside of the owner's calls */
    int64_t backoff;
    int64_t up_since;
    bool told_down; /* `down` was called for this loss */
    bool broken;    /* to be dropped at the next kick */
    bool freed;
    const char *address;   /* host being tried, to restart the limit; owned by pg */
    struct jml_unit *open; /* being added to; a stream is among those sent, too */
    struct jml_units sent;
    struct jml_units dead;
    struct { /* indices in the set-up unit */
        size_t role, migrations, first_statement;
    } setup;
};

static void start(struct jml_conn *c);
static void connect_more(struct jml_conn *c);
static void send_setup(struct jml_conn *c);
static void setup_done(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void lose(struct jml_conn *c, const struct jml_err *e);
static void timer_fired(void *userdata);
static void kicked(void *userdata);
static void ready(void *userdata, unsigned events);
static void receive(struct jml_conn *c);
static void flush(struct jml_conn *c);
static void add_more(struct jml_conn *c);
static struct jml_unit *open_unit(struct jml_conn *c);
static void queue_unit(struct jml_conn *c, struct jml_unit *u);
static void send_named(struct jml_conn *c, const char *statement, const struct jml_param *params,
                       size_t n_params);
static void notice(void *userdata, const char *words);
static char *copy(const char *s);

static const struct {
    const char *name, *text;
} plain_commands[] = {
    {"begin", "begin isolation level read committed"},
    {"commit", "commit"},
    {"rollback", "rollback"},
};
#define PLAIN_COMMANDS (sizeof plain_commands / sizeof plain_commands[0])

struct jml_conn *jml_conn_new(struct jml_loop *loop, const struct jml_conn_options *options,
                              const struct jml_conn_callbacks *callbacks)
{
    struct jml_conn *c = calloc(1, sizeof *c);

    if (!c)
        jml_bug("out of memory");
    c->loop = loop;
    c->options = *options;
    c->options.conninfo = copy(options->conninfo ? options->conninfo : "");
    c->options.application_name = copy(options->application_name);
    c->options.role = copy(options->role);
    c->options.clock_offset = copy(options->clock_offset);
    c->callbacks = *callbacks;
    c->state = WAITING;
    c->backoff = BACKOFF_MIN;
    jml_units_init(&c->sent);
    jml_units_init(&c->dead);
    c->timer = jml_timer_new(loop, timer_fired, c);
    c->kick = jml_timer_new(loop, kicked, c);
    jml_timer_set(c->timer, 0);
    return c;
}

struct jml_conn *jml_conn_free(struct jml_conn *c)
{
    struct jml_unit *u;

    if (!c || c->freed)
        return NULL;
    c->freed = true;
    c->state = STOPPED;
    c->watch = jml_watch_free(c->watch);
    c->timer = jml_timer_free(c->timer);
    c->kick = jml_timer_free(c->kick);
    if (c->pg)
        PQfinish(c->pg);
    c->pg = NULL;
    if (c->open && !c->open->more)
        jml_unit_free(c->open);
    c->open = NULL;
    while ((u = jml_units_take(&c->sent)) || (u = jml_units_take(&c->dead)))
        jml_unit_free(u);
    free((char *)(uintptr_t)c->options.conninfo);
    free((char *)(uintptr_t)c->options.application_name);
    free((char *)(uintptr_t)c->options.role);
    free((char *)(uintptr_t)c->options.clock_offset);
    jml_loop_defer_free(c->loop, c, free);
    return NULL;
}

bool jml_conn_is_up(const struct jml_conn *c)
{
    return c->state == UP && !c->broken;
}

void jml_conn_set_conninfo(struct jml_conn *c, const char *conninfo)
{
    free((char *)(uintptr_t)c->options.conninfo);
    c->options.conninfo = copy(conninfo ? conninfo : "");
}

void jml_conn_reset(struct jml_conn *c)
{
    c->backoff = BACKOFF_MIN;
    if (c->state == WAITING) {
        jml_timer_set(c->timer, 0);
        return;
    }
    c->broken = true;
    jml_timer_set(c->kick, 0);
}

/* ---- units of work ---- */

void jml_conn_add(struct jml_conn *c, const char *statement, const struct jml_param *params,
                  size_t n_params)
{
    struct jml_unit *u = open_unit(c);

    u->n++;
    if (!u->dead)
        send_named(c, statement, params, n_params);
}

void jml_conn_add_begin(struct jml_conn *c)
{
    jml_conn_add(c, "begin", NULL, 0);
}

void jml_conn_add_commit(struct jml_conn *c)
{
    struct jml_unit *u = open_unit(c);

    u->commit_at = u->n;
    jml_conn_add(c, "commit", NULL, 0);
}

void jml_conn_add_rollback(struct jml_conn *c)
{
    jml_conn_add(c, "rollback", NULL, 0);
}

void jml_conn_sync(struct jml_conn *c, jml_conn_done done, void *userdata)
{
    struct jml_unit *u = open_unit(c);

    if (u->more)
        jml_bug("a stream ends by itself");
    c->open = NULL;
    u->done = done;
    u->userdata = userdata;
    queue_unit(c, u);
    if (u->dead)
        return;
    if (!PQpipelineSync(c->pg)) {
        c->broken = true;
        jml_timer_set(c->kick, 0);
        return;
    }
    flush(c);
}

void jml_conn_stream(struct jml_conn *c, jml_conn_more more, jml_conn_done done, void *userdata)
{
    struct jml_unit *u = open_unit(c);

    u->done = done;
    u->userdata = userdata;
    queue_unit(c, u);
    if (u->dead) {
        c->open = NULL;
        return;
    }
    u->more = more;
    jml_timer_set(c->kick, 0);
}

/* Its answers are waited for, or that it has none is told soon. */
static void queue_unit(struct jml_conn *c, struct jml_unit *u)
{
    if (u->dead) {
        jml_units_add(&c->dead, u);
        jml_timer_set(c->kick, 0);
        return;
    }
    if (!c->sent.first && c->state == UP)
        jml_timer_set(c->timer, PATIENCE);
    jml_units_add(&c->sent, u);
}

static struct jml_unit *open_unit(struct jml_conn *c)
{
    if (!c->open) {
        c->open = jml_unit_new();
        c->open->dead = c->freed || c->broken || (c->state != UP && c->state != PREPARING);
    }
    return c->open;
}

static void send_named(struct jml_conn *c, const char *statement, const struct jml_param *params,
                       size_t n_params)
{
    const char *values[64];
    int lengths[64], formats[64];

    if (n_params > 64)
        jml_bug("%s: more than 64 parameters", statement);
    for (size_t i = 0; i < n_params; i++) {
        values[i] = params[i].value;
        lengths[i] = params[i].length;
        formats[i] = params[i].format;
    }
    if (!PQsendQueryPrepared(c->pg, statement, (int)n_params, values, lengths, formats, 1)) {
        c->broken = true;
        jml_timer_set(c->kick, 0);
    }
}

/* ---- connecting ---- */

static void start(struct jml_conn *c)
{
    struct jml_setup_keywords k;
    struct jml_err e;

    jml_setup_keywords(&c->options, &k);
    c->pg = PQconnectStartParams(k.keywords, k.values, 1);
    if (!c->pg)
        jml_bug("out of memory");
    c->state = CONNECTING;
    c->address = NULL;
    c->broken = false;
    PQsetNoticeProcessor(c->pg, notice, c);
    if (PQstatus(c->pg) == CONNECTION_BAD) {
        jml_setup_lost(c->pg, &e);
        lose(c, &e);
        return;
    }
    jml_timer_set(c->timer, CONNECT_LIMIT);
    c->watch = jml_watch_new(c->loop, PQsocket(c->pg), JML_WATCH_WRITE, ready, c);
}

static void connect_more(struct jml_conn *c)
{
    PostgresPollingStatusType status;
    const char *address;
    struct jml_err e;

    /* PQconnectPoll closes the socket and opens another when it goes on to the next address. */
    c->watch = jml_watch_free(c->watch);
    status = PQconnectPoll(c->pg);
    address = PQhost(c->pg);
    if (address != c->address) {
        c->address = address;
        jml_timer_set(c->timer, CONNECT_LIMIT);
    }
    switch (status) {
    case PGRES_POLLING_READING:
        c->watch = jml_watch_new(c->loop, PQsocket(c->pg), JML_WATCH_READ, ready, c);
        return;
    case PGRES_POLLING_WRITING:
        c->watch = jml_watch_new(c->loop, PQsocket(c->pg), JML_WATCH_WRITE, ready, c);
        return;
    case PGRES_POLLING_OK:
        if (PQsetnonblocking(c->pg, 1) == 0 && PQenterPipelineMode(c->pg)) {
            c->watch = jml_watch_new(c->loop, PQsocket(c->pg), JML_WATCH_READ, ready, c);
            send_setup(c);
            return;
        }
        break;
    default:
        break;
    }
    jml_setup_lost(c->pg, &e);
    lose(c, &e);
}

/* Everything that must hold before the first unit, in one round trip. */
static void send_setup(struct jml_conn *c)
{
    const struct jml_conn_options *o = &c->options;
    struct jml_unit *u, *owners = c->open;
    int ok = 1;

    c->state = PREPARING;
    jml_timer_set(c->timer, CONNECT_LIMIT);
    c->open = NULL;
    u = open_unit(c);

    ok &= PQsendQueryParams(c->pg, jml_setup_query("session_setup"), 1, NULL, &o->clock_offset,
                            NULL, NULL, 1);
    u->n++;
    c->setup.role = u->n;
    if (o->role) {
        ok &= PQsendQueryParams(c->pg, jml_setup_query("session_role"), 1, NULL, &o->role, NULL,
                                NULL, 1);
        u->n++;
    }
    c->setup.migrations = u->n;
    if (!o->ignore_schema) {
        ok &= PQsendQueryParams(c->pg, jml_setup_query("migration_list"), 0, NULL, NULL, NULL,
                                NULL, 1);
        u->n++;
    }
    if (o->listen) {
        ok &= PQsendQueryParams(c->pg, jml_setup_query("channel_listen"), 0, NULL, NULL, NULL,
                                NULL, 1);
        u->n++;
    }
    c->setup.first_statement = u->n;
    for (size_t i = 0; i < PLAIN_COMMANDS; i++) {
        ok &= PQsendPrepare(c->pg, plain_commands[i].name, plain_commands[i].text, 0, NULL);
        u->n++;
    }
    for (size_t i = 0; o->statements && o->statements[i]; i++) {
        ok &= PQsendPrepare(c->pg, o->statements[i], jml_setup_query(o->statements[i]), 0, NULL);
        u->n++;
    }
    if (!ok) {
        c->broken = true;
        jml_timer_set(c->kick, 0);
    }
    jml_conn_sync(c, setup_done, c);
    c->open = owners;
}

static void setup_done(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    const struct jml_conn_options *o = &c->options;
    struct jml_err e = {0};
    int r = 0;

    (void)userdata;
    if (!c->pg)
        return; /* lost meanwhile: lose() goes on */
    if (!o->ignore_schema && (!reply->error || reply->failed_at > c->setup.migrations))
        r = jml_setup_check_migrations(reply->results[c->setup.migrations].pg, &e);
    if (r == 0 && reply->error) {
        size_t at = reply->failed_at;

        e = *reply->error;
        if (at >= c->setup.first_statement + PLAIN_COMMANDS)
            r = jml_setup_step_failed(
                JML_SETUP_STATEMENT, o, c->pg,
                o->statements[at - c->setup.first_statement - PLAIN_COMMANDS], &e);
        else if (o->role && at == c->setup.role)
            r = jml_setup_step_failed(JML_SETUP_ROLE, o, c->pg, NULL, &e);
        else if (!o->ignore_schema && at == c->setup.migrations)
            r = jml_setup_step_failed(JML_SETUP_MIGRATIONS, o, c->pg, NULL, &e);
        else
            r = jml_setup_step_failed(JML_SETUP_SETTINGS, o, c->pg, NULL, &e);
    }
    if (r < 0) {
        lose(c, &e);
        return;
    }
    c->state = UP;
    c->told_down = false;
    c->up_since = jml_loop_now();
    jml_timer_clear(c->timer);
    if (c->callbacks.up)
        c->callbacks.up(c->callbacks.userdata, c);
}

/* ---- losing ---- */

/* The one way down: closes, answers what is open, tells the owner once, and plans the next try. */
static void lose(struct jml_conn *c, const struct jml_err *e)
{
    enum state was = c->state;
    struct jml_units open;
    struct jml_err error = *e;
    struct jml_unit *u;

    jml_units_move(&c->sent, &open);
    if (c->open && c->open->more)
        c->open = NULL;
    if (c->open)
        c->open->dead = true;
    c->watch = jml_watch_free(c->watch);
    if (c->pg)
        PQfinish(c->pg);
    c->pg = NULL;
    c->broken = false;
    if (was == UP && jml_loop_now() - c->up_since >= STEADY)
        c->backoff = BACKOFF_MIN;
    if (error.class == JML_ERR_SCHEMA) {
        c->state = STOPPED;
        jml_timer_clear(c->timer);
    } else {
        uint32_t dice = 0;

        if (getrandom(&dice, sizeof dice, 0) < 0)
            dice = (uint32_t)jml_loop_now();
        c->state = WAITING;
        jml_timer_set(c->timer, c->backoff / 2 + (int64_t)(dice % (uint64_t)(c->backoff / 2)));
        c->backoff = c->backoff * 2 > BACKOFF_MAX ? BACKOFF_MAX : c->backoff * 2;
    }

    while (!c->freed && (u = jml_units_take(&open))) {
        jml_unit_lose(u, &error);
        jml_unit_answer(u, c);
    }
    while ((u = jml_units_take(&open)))
        jml_unit_free(u);
    if (c->freed)
        return;
    /* A schema that does not fit ends it for good: that is said whatever was said before. */
    if (c->told_down && error.class != JML_ERR_SCHEMA) {
        if (c->callbacks.still_down)
            c->callbacks.still_down(c->callbacks.userdata, c, &error);
        return;
    }
    c->told_down = true;
    if (c->callbacks.down)
        c->callbacks.down(c->callbacks.userdata, c, &error);
}

static void timer_fired(void *userdata)
{
    struct jml_conn *c = userdata;
    struct jml_err e;

    switch (c->state) {
    case WAITING:
        start(c);
        return;
    case CONNECTING:
    case PREPARING:
        jml_err_set(&e, JML_ERR_TRANSIENT, "no answer from the server within %d s",
                    (int)(CONNECT_LIMIT / JML_SECOND));
        lose(c, &e);
        return;
    case UP:
        jml_err_set(&e, JML_ERR_TRANSIENT, "no answer to a statement within %d s",
                    (int)(PATIENCE / JML_SECOND));
        lose(c, &e);
        return;
    case STOPPED:
        return;
    }
}

static void kicked(void *userdata)
{
    struct jml_conn *c = userdata;
    struct jml_unit *u;

    if (c->broken && c->pg) {
        struct jml_err e;

        if (PQstatus(c->pg) == CONNECTION_BAD || PQerrorMessage(c->pg)[0])
            jml_setup_lost(c->pg, &e);
        else
            jml_err_set(&e, JML_ERR_TRANSIENT, "the connection is made anew");
        lose(c, &e);
    } else if (c->state == UP || c->state == PREPARING) {
        receive(c);
        if (!c->freed && c->pg && c->open && c->open->more)
            flush(c);
    }
    while (!c->freed && (u = jml_units_take(&c->dead))) {
        jml_err_set(&u->error, JML_ERR_TRANSIENT, "the database is away");
        u->failed = true;
        jml_unit_answer(u, c);
    }
}

/* ---- sending and receiving ---- */

static void ready(void *userdata, unsigned events)
{
    struct jml_conn *c = userdata;

    if (c->state == CONNECTING) {
        connect_more(c);
        return;
    }
    if (events & JML_WATCH_READ) {
        if (!PQconsumeInput(c->pg)) {
            struct jml_err e;

            jml_setup_lost(c->pg, &e);
            receive(c); /* answers that came before the end */
            if (!c->freed && c->pg)
                lose(c, &e);
            return;
        }
        receive(c);
    }
    /* Reading makes room at the server's end, so that both directions are tried again. */
    if (!c->freed && c->pg)
        flush(c);
}

static void receive(struct jml_conn *c)
{
    PGconn *pg = c->pg;
    PGnotify *n;
    bool told = false;
    int idle = 0;

    while (c->sent.first && !PQisBusy(pg)) {
        PGresult *r = PQgetResult(pg);
        struct jml_unit *u;

        if (!r) { /* between the answers of two statements */
            if (++idle > 2)
                break;
            continue;
        }
        idle = 0;
        u = c->sent.first;
        if (PQresultStatus(r) != PGRES_PIPELINE_SYNC) {
            jml_unit_take(u, r);
            continue;
        }
        PQclear(r);
        jml_units_take(&c->sent);
        if (c->state == UP) {
            if (c->sent.first)
                jml_timer_set(c->timer, PATIENCE);
            else
                jml_timer_clear(c->timer);
        }
        jml_unit_answer(u, c);
        if (c->freed || c->pg != pg)
            return;
    }
    while ((n = PQnotifies(pg))) {
        PQfreemem(n);
        told = true;
    }
    if (told && c->state == UP && c->callbacks.notified)
        c->callbacks.notified(c->callbacks.userdata, c);
}

static void flush(struct jml_conn *c)
{
    int r;

    while ((r = PQflush(c->pg)) == 0 && c->open && c->open->more && !c->broken)
        add_more(c);
    if (r < 0) {
        /* the server may have said why before it closed: read that first */
        c->broken = true;
        jml_timer_set(c->kick, 0);
        return;
    }
    jml_watch_set(c->watch, JML_WATCH_READ | (r > 0 ? JML_WATCH_WRITE : 0));
    /* libpq reads while it writes: an answer may be in its buffer and the socket be silent. */
    if (c->sent.first && !PQisBusy(c->pg))
        jml_timer_set(c->kick, 0);
}

static void add_more(struct jml_conn *c)
{
    struct jml_unit *u = c->open;

    if (!u->failed && u->more(u->userdata, c))
        return;
    u->more = NULL;
    c->open = NULL;
    if (!PQpipelineSync(c->pg)) {
        c->broken = true;
        jml_timer_set(c->kick, 0);
    }
}

/* ---- helpers ---- */

static void notice(void *userdata, const char *words)
{
    (void)userdata;
    jml_log_plain(JML_MSG_DEBUG, "postgresql: %.*s", (int)strcspn(words, "\n"), words);
}

static char *copy(const char *s)
{
    char *c = s ? strdup(s) : NULL;

    if (s && !c)
        jml_bug("out of memory");
    return c;
}

/* SPDX-License-Identifier: MIT
 *
 * SQL: a function in another PostgreSQL does it. Settings: conninfo, passwordFile, function,
 * listFunction, attributes; jmld-targets(5) is what authors of functions read.
 *
 * Connections (links) are made when there is a call and none is idle, `concurrency` at most; calls
 * beyond that wait in a queue. An idle one is closed after a minute, or when the server closes it.
 *
 *     LOOKING UP --addresses--> CONNECTING --connected--> RUNNING <--next call-- IDLE --60 s-->
 * closed
 *                                                            `-----answer-------->'
 *
 * A call is one transaction of one round trip: statement_timeout, which ends shortly before the
 * deadline does, and the function. Idempotent is what the function makes of the same id. The server
 * out of reach fails the calls that have a link; the others make links of their own and find out.
 *
 * The answer of a call is the last thing that a function here does: whoever gets it may begin the
 * next, or close the target.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "loop/lookup.h"
#include "loop/loop.h"
#include "target/answer.h"
#include "target/kinds.h"
#include "target/sql_answer.h"
#include "target/sql_settings.h"

#define IDLE_LIMIT    (60 * JML_SECOND)
#define CONNECT_LIMIT (10 * JML_SECOND) /* with all its addresses */

enum state { LOOKING_UP, CONNECTING, RUNNING, IDLE };

/* An operation or a listing, in its arena. */
struct call {
    struct jml_target *target;
    struct jml_sql_answer answer;
    struct call *next; /* waiting */
    struct link *link; /* NULL: waiting */
    int64_t deadline, started;
};

struct link {
    struct jml_target *target;
    struct link *next;
    enum state state;
    struct jml_lookup *lookup;
    PGconn *pg;
    struct jml_watch *watch;
    struct jml_timer *timer; /* limit of connecting, or of being idle; at once: it is broken */
    struct call *call;
    bool is_broken;
};

struct jml_target {
    struct jml_arena arena;
    struct jml_target_setup setup;
    struct jml_sql_settings settings;
    struct link *links;
    int n_links;
    struct call *first, **last; /* waiting */
};

static void calls_begin(struct jml_target *t);
static struct link *link_new(struct jml_target *t, struct call *call);
static void link_free(struct link *k);
static void link_lose(struct link *k, const char *words);
static void connect_begin(struct link *k, const struct jml_lookup *addresses);
static void connect_more(struct link *k);
static void looked_up(void *userdata, struct jml_lookup *l);
static void run(struct link *k);
static void flush(struct link *k);
static void ready(void *userdata, unsigned events);
static void receive(struct link *k);
static void timer_fired(void *userdata);

static int sql_open(const struct jml_target_setup *setup, struct jml_target **ret_target,
                    struct jml_err *e)
{
    struct jml_target *t = calloc(1, sizeof *t);
    int r;

    if (!t)
        jml_bug("out of memory");
    jml_arena_init(&t->arena);
    t->setup = *setup;
    t->last = &t->first;
    r = jml_sql_settings_read(&t->arena, setup, &t->settings, e);
    if (r == 0 && jml_value_find(setup->settings, "passwordFile") &&
        !jml_secret_read(&t->arena, setup, "passwordFile", e))
        r = -1;
    if (r < 0) {
        jml_arena_fini(&t->arena);
        free(t);
        return r;
    }
    *ret_target = t;
    return 0;
}

static void sql_close(struct jml_target *t)
{
    while (t->links)
        link_free(t->links);
    jml_arena_fini(&t->arena);
    free(t);
}

static struct call *call_add(struct jml_target *t, struct jml_sql_answer answer, int64_t deadline)
{
    struct call *call = jml_new(answer.arena, struct call);

    *call = (struct call){
        .target = t, .answer = answer, .deadline = deadline, .started = jml_loop_now()};
    *t->last = call;
    t->last = &call->next;
    return call;
}

static void call_drop(struct call *call)
{
    struct jml_target *t = call->target;

    if (call->link) {
        call->link->call = NULL;
        link_free(call->link);
        calls_begin(t);
        return;
    }
    for (struct call **p = &t->first; *p; p = &(*p)->next)
        if (*p == call) {
            *p = call->next;
            if (!*p)
                t->last = p;
            return;
        }
}

static void sql_start(struct jml_target *t, struct jml_operation *op)
{
    op->call = call_add(t, (struct jml_sql_answer){.arena = op->arena, .op = op}, op->deadline);
    calls_begin(t);
}

/* The server ends the function by itself, at statement_timeout at the latest. */
static void sql_cancel(struct jml_target *t, struct jml_operation *op)
{
    (void)t;
    call_drop(op->call);
    op->call = NULL;
}

static void sql_list(struct jml_target *t, struct jml_listing *l)
{
    if (!t->settings.list) {
        jml_listing_finish(l, JML_OUTCOME_FAILED, "the setting listFunction is missing");
        return;
    }
    l->call = call_add(t, (struct jml_sql_answer){.arena = l->arena, .listing = l}, l->deadline);
    calls_begin(t);
}

static void sql_cancel_list(struct jml_target *t, struct jml_listing *l)
{
    (void)t;
    call_drop(l->call);
    l->call = NULL;
}

const struct jml_target_kind jml_target_sql = {
    .name = "sql",
    .open = sql_open,
    .close = sql_close,
    .start = sql_start,
    .cancel = sql_cancel,
    .list = sql_list,
    .cancel_list = sql_cancel_list,
};

/* Gives waiting calls to links that are idle, and to new ones. */
static void calls_begin(struct jml_target *t)
{
    while (t->first) {
        struct call *call = t->first;
        struct link *k = t->links;

        while (k && (k->state != IDLE || k->is_broken))
            k = k->next;
        if (!k && t->n_links >= (t->setup.concurrency > 0 ? t->setup.concurrency : 1))
            return;
        t->first = call->next;
        if (!t->first)
            t->last = &t->first;
        call->next = NULL;
        if (!k) {
            link_new(t, call);
            continue;
        }
        k->call = call;
        call->link = k;
        run(k);
    }
}

/* ---- links: connecting and losing ---- */

static struct link *link_new(struct jml_target *t, struct call *call)
{
    struct link *k = calloc(1, sizeof *k);

    if (!k)
        jml_bug("out of memory");
    *k = (struct link){.target = t, .next = t->links, .call = call};
    t->links = k;
    t->n_links++;
    call->link = k;
    k->timer = jml_timer_new(t->setup.loop, timer_fired, k);
    jml_timer_set(k->timer, CONNECT_LIMIT);
    if (t->settings.lookup) {
        k->state = LOOKING_UP;
        k->lookup = jml_lookup_start(t->setup.loop, t->settings.lookup, looked_up, k);
    } else {
        connect_begin(k, NULL);
    }
    return k;
}

static void link_free(struct link *k)
{
    struct jml_target *t = k->target;

    for (struct link **p = &t->links; *p; p = &(*p)->next)
        if (*p == k) {
            *p = k->next;
            break;
        }
    t->n_links--;
    jml_lookup_free(k->lookup);
    jml_watch_free(k->watch);
    jml_timer_free(k->timer);
    if (k->pg)
        PQfinish(k->pg);
    free(k);
}

/* Not from within a call of the kind: then it is only told. */
static void link_break(struct link *k)
{
    k->is_broken = true;
    jml_timer_set(k->timer, 0);
}

/* The link is gone, and its call with it: what was answered before the transaction had ended counts
 * only when it is an error. */
static void link_lose(struct link *k, const char *words)
{
    struct jml_target *t = k->target;
    struct call *call = k->call;

    if (call)
        jml_sql_answer_lose(&call->answer, words);
    link_free(k);
    calls_begin(t);
    if (call)
        jml_sql_answer_finish(&call->answer);
}

static void looked_up(void *userdata, struct jml_lookup *l)
{
    struct link *k = userdata;
    char words[200];

    k->lookup = NULL;
    if (jml_lookup_error(l)) {
        snprintf(words, sizeof words, "%s: %s", k->target->settings.lookup, jml_lookup_error(l));
        jml_lookup_free(l);
        link_lose(k, words);
        return;
    }
    connect_begin(k, l);
    jml_lookup_free(l);
}

/* The same host as often as it has addresses: libpq takes as many of one as of the other. */
static void addresses_add(struct jml_sql_settings *s, struct jml_arena *a,
                          const struct jml_lookup *addresses)
{
    struct jml_str hosts = JML_STR_INIT(a), numbers = JML_STR_INIT(a);
    const char *address;

    for (size_t i = 0; (address = jml_lookup_address(addresses, i)); i++) {
        jml_str_addf(&hosts, "%s%s", i > 0 ? "," : "", s->lookup);
        jml_str_addf(&numbers, "%s%s", i > 0 ? "," : "", address);
    }
    jml_sql_settings_add(s, "host", jml_str_text(&hosts)); /* the last one counts */
    jml_sql_settings_add(s, "hostaddr", jml_str_text(&numbers));
}

static void be_quiet(void *userdata, const PGresult *r)
{
    (void)userdata;
    (void)r;
}

static void connect_begin(struct link *k, const struct jml_lookup *addresses)
{
    const struct jml_target_setup *setup = &k->target->setup;
    struct jml_sql_settings s = k->target->settings;
    const char *password = "none"; /* or libpq takes one that is meant for somebody else */
    struct jml_arena a;
    struct jml_err e;

    jml_arena_init(&a);
    if (addresses)
        addresses_add(&s, &a, addresses);
    /* Each time, so that a new one counts at once. */
    if (jml_value_find(setup->settings, "passwordFile")) {
        password = jml_secret_read(&a, setup, "passwordFile", &e);
        if (!password) {
            jml_sql_answer_lose(&k->call->answer, e.message);
            password = "none";
        }
    }
    jml_sql_settings_add(&s, "password", password);
    k->state = CONNECTING;
    k->pg = PQconnectStartParams(s.keywords, s.values, 0);
    jml_arena_fini(&a);
    if (!k->pg)
        jml_bug("out of memory");
    PQsetNoticeReceiver(k->pg, be_quiet, NULL);
    if (k->call->answer.is_given || PQstatus(k->pg) == CONNECTION_BAD || PQsocket(k->pg) < 0) {
        link_break(k);
        return;
    }
    k->watch = jml_watch_new(setup->loop, PQsocket(k->pg), JML_WATCH_WRITE, ready, k);
}

static void connect_more(struct link *k)
{
    struct jml_loop *loop = k->target->setup.loop;
    PostgresPollingStatusType status;

    /* PQconnectPoll closes the socket and opens another when it goes on to the next address. */
    k->watch = jml_watch_free(k->watch);
    status = PQconnectPoll(k->pg);
    if (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
        k->watch = jml_watch_new(loop, PQsocket(k->pg),
                                 status == PGRES_POLLING_READING ? JML_WATCH_READ : JML_WATCH_WRITE,
                                 ready, k);
        return;
    }
    if (status != PGRES_POLLING_OK || PQsetnonblocking(k->pg, 1) != 0 ||
        !PQenterPipelineMode(k->pg)) {
        link_lose(k, PQerrorMessage(k->pg));
        return;
    }
    jml_timer_clear(k->timer);
    k->watch = jml_watch_new(loop, PQsocket(k->pg), JML_WATCH_READ, ready, k);
    run(k);
}

static void timer_fired(void *userdata)
{
    struct link *k = userdata;

    if (k->is_broken)
        link_lose(k, PQerrorMessage(k->pg));
    else if (k->state == IDLE)
        link_free(k);
    else
        link_lose(k, "no answer from the server within 10 s");
}

/* ---- links: calls ---- */

/* The server's limit, in milliseconds: nine tenths of the deadline, in steps of twentieths, so that
 * its answer comes in time; less for a call that has waited. */
static int64_t limit_of(const struct call *call)
{
    int64_t step = call->deadline / 20;
    int64_t left = call->started + call->deadline - jml_loop_now() - step;
    int64_t limit = step > 0 ? left / step * step : left;

    if (limit > call->deadline * 9 / 10)
        limit = call->deadline * 9 / 10;
    return limit > 100000 ? limit / 1000 : 100;
}

static void run(struct link *k)
{
    static const char set_limit[] = "SELECT set_config('statement_timeout', $1, true)";
    struct call *call = k->call;
    const struct jml_target *t = k->target;
    struct jml_arena *a = call->answer.arena;
    const char *limit = jml_printf(a, "%lld", (long long)limit_of(call));
    const struct jml_operation *op = call->answer.op;
    const struct jml_value *document = op ? jml_operation_document(op, t->setup.settings)
                                          : jml_listing_document(call->answer.listing);
    const char *text = jml_value_text(a, document);

    k->state = RUNNING;
    jml_timer_clear(k->timer);
    if (!PQsendQueryParams(k->pg, set_limit, 1, NULL, &limit, NULL, NULL, 0) ||
        !PQsendQueryParams(k->pg, op ? t->settings.call : t->settings.list, 1, NULL, &text, NULL,
                           NULL, 0) ||
        !PQpipelineSync(k->pg)) {
        link_break(k);
        return;
    }
    flush(k);
}

static void flush(struct link *k)
{
    int r = PQflush(k->pg);

    if (r < 0) {
        link_break(k);
        return;
    }
    jml_watch_set(k->watch, JML_WATCH_READ | (r > 0 ? JML_WATCH_WRITE : 0));
}

static void ready(void *userdata, unsigned events)
{
    struct link *k = userdata;
    bool is_lost = false;

    if (k->state == CONNECTING) {
        connect_more(k);
        return;
    }
    if (events & JML_WATCH_READ)
        is_lost = !PQconsumeInput(k->pg);
    if (k->state == RUNNING) {
        if (!is_lost && (events & JML_WATCH_WRITE))
            flush(k);
        receive(k); /* also what the server said before it went away */
        return;
    }
    /* Idle: it has nothing to say but that it goes. */
    if (is_lost || PQstatus(k->pg) == CONNECTION_BAD)
        link_free(k);
}

static void receive(struct link *k)
{
    struct call *call = k->call;
    struct jml_target *t = k->target;
    bool is_over = false;
    int nothing = 0;

    /* Between the answers of two statements comes NULL, and also when there is no more. */
    while (!is_over && nothing < 2 && !PQisBusy(k->pg)) {
        PGresult *r = PQgetResult(k->pg);

        nothing = r ? 0 : nothing + 1;
        if (!r)
            continue;
        is_over = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
        if (!is_over)
            jml_sql_answer_take(&call->answer, r);
        PQclear(r);
    }
    if (PQstatus(k->pg) == CONNECTION_BAD) {
        link_lose(k, PQerrorMessage(k->pg));
        return;
    }
    if (!is_over)
        return;
    if (!call->answer.is_given)
        jml_sql_answer_lose(&call->answer, "the server did not answer the call");
    k->call = NULL;
    k->state = IDLE;
    jml_timer_set(k->timer, IDLE_LIMIT);
    calls_begin(t);
    jml_sql_answer_finish(&call->answer);
}

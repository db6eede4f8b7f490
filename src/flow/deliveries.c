/* SPDX-License-Identifier: MIT
 *
 * The flow of deliveries as its owner sees it: connections come and go, targets change, it wakes,
 * it stops. outlet.c has the targets, delivery_claim.c takes deliveries into hand, delivery_call.c
 * makes the calls, delivery_write.c writes what came of them.
 */
#include "flow/deliveries.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "db/conn.h"
#include "flow/outlet.h"
#include "loop/loop.h"

#define POLL_EVERY JML_SECOND
#define GRACE      (5 * JML_SECOND)
#define LAST_WORDS (2 * JML_SECOND) /* for what is still to be written when the grace has ended */

static void polled(void *userdata);
static void kicked(void *userdata);
static void flush(void *userdata);
static void grace_ended(void *userdata);
static void tell_idle(struct jml_deliveries *d);
static bool is_idle(const struct jml_deliveries *d);
static void go_on(struct jml_deliveries *d);
static void called_back(void *userdata, struct jml_conn *c, const struct jml_reply *reply);

static char *copy(const char *s)
{
    char *c = s ? strdup(s) : NULL;

    if (s && !c)
        jml_bug("out of memory");
    return c;
}

struct jml_deliveries *jml_deliveries_new(struct jml_loop *loop,
                                          const struct jml_deliveries_options *options,
                                          const struct jml_deliveries_callbacks *callbacks)
{
    struct jml_deliveries *d = calloc(1, sizeof(*d));

    if (!d)
        jml_bug("out of memory");
    d->loop = loop;
    d->options = *options;
    d->options.credentials_directory = copy(options->credentials_directory);
    d->options.programs_directory = copy(options->programs_directory);
    d->options.password_key_file = copy(options->password_key_file);
    d->options.secrets_directory = copy(options->secrets_directory);
    d->callbacks = *callbacks;
    d->poll = jml_timer_new(loop, polled, d);
    d->kick = jml_timer_new(loop, kicked, d);
    d->flush = jml_timer_new(loop, flush, d);
    d->grace = jml_timer_new(loop, grace_ended, d);
    jml_arena_init(&d->scratch);
    return d;
}

struct jml_deliveries *jml_deliveries_free(struct jml_deliveries *d)
{
    struct hands *lists[] = {&d->done, &d->writing, &d->spare};
    struct hand *h;

    if (!d)
        return NULL;
    jml_outlets_free(d);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        while ((h = jml_hands_take(lists[i]))) {
            jml_timer_free(h->deadline);
            jml_arena_fini(&h->arena);
            free(h);
        }
    jml_timer_free(d->poll);
    jml_timer_free(d->kick);
    jml_timer_free(d->flush);
    jml_timer_free(d->grace);
    jml_arena_fini(&d->scratch);
    free((char *)(uintptr_t)d->options.credentials_directory);
    free((char *)(uintptr_t)d->options.programs_directory);
    free((char *)(uintptr_t)d->options.password_key_file);
    free((char *)(uintptr_t)d->options.secrets_directory);
    free(d->dead);
    free(d->missed);
    free(d);
    return NULL;
}

void jml_deliveries_set_governance(struct jml_deliveries *d, const struct jml_governance *g)
{
    jml_outlets_set(d, g);
    jml_deliveries_wake(d);
}

void jml_deliveries_set_drift(struct jml_deliveries *d, int64_t every, bool repairs)
{
    d->options.drift_every = every;
    d->options.drift_repairs = repairs;
}

void jml_deliveries_reload(struct jml_deliveries *d, const char *programs_directory,
                           const char *secrets_directory, const char *password_key_file)
{
    free((char *)(uintptr_t)d->options.programs_directory);
    free((char *)(uintptr_t)d->options.password_key_file);
    d->options.programs_directory = copy(programs_directory);
    d->options.password_key_file = copy(password_key_file);
    free((char *)(uintptr_t)d->options.secrets_directory);
    d->options.secrets_directory = copy(secrets_directory);
    jml_outlets_reload(d);
    jml_deliveries_wake(d);
}

void jml_deliveries_attach(struct jml_deliveries *d, struct jml_conn *conn)
{
    d->conn = conn;
    d->claiming = d->looking = d->drift_claiming = false;
    d->answers = 0;
    d->met_changed = true; /* whatever became of what was written before */
    jml_delivery_keep(d);
    jml_timer_set(d->poll, POLL_EVERY);
    jml_deliveries_wake(d);
}

/* The answers that were waited for have come, as errors. */
void jml_deliveries_detach(struct jml_deliveries *d)
{
    d->conn = NULL;
    d->claiming = d->looking = d->drift_claiming = false;
    d->answers = 0;
    jml_timer_clear(d->poll);
    if (d->stopping)
        jml_deliveries_kick(d);
}

void jml_deliveries_wake(struct jml_deliveries *d)
{
    d->idle_told = false;
    jml_outlets_undry(d);
    jml_delivery_look(d);
    jml_drift_look(d);
    jml_deliveries_kick(d);
}

bool jml_deliveries_stop(struct jml_deliveries *d)
{
    if (!d->stopping) {
        d->stopping = true;
        d->idle_told = false;
        for (struct outlet *o = d->outlets; o; o = o->next) {
            jml_delivery_release(d, &o->ready);
            jml_drift_abandon(o);
        }
        jml_timer_set(d->grace, GRACE);
        jml_timer_set(d->flush, 0);
        jml_deliveries_kick(d);
    }
    return !jml_deliveries_busy(d);
}

bool jml_deliveries_busy(const struct jml_deliveries *d)
{
    for (const struct outlet *o = d->outlets; o; o = o->next)
        if (o->ready.n || o->calling.n || o->scan)
            return true;
    return d->done.n || d->writing.n || d->claiming || d->answers || d->looking ||
           d->drift_claiming;
}

/* ---- turns ---- */

void jml_deliveries_kick(struct jml_deliveries *d)
{
    jml_timer_set(d->kick, 0);
}

static void polled(void *userdata)
{
    struct jml_deliveries *d = userdata;

    jml_timer_set(d->poll, POLL_EVERY);
    if (d->stopping)
        return;
    jml_outlets_undry(d);
    jml_delivery_look(d);
    jml_drift_look(d);
    jml_deliveries_kick(d);
}

static void flush(void *userdata)
{
    jml_delivery_write(userdata);
}

static void kicked(void *userdata)
{
    go_on(userdata);
}

static void go_on(struct jml_deliveries *d)
{
    int64_t now = jml_loop_now(), next = INT64_MAX;

    jml_outlets_settle(d);
    jml_trouble_look(d);
    for (struct outlet *o = d->outlets; o; o = o->next) {
        if (!o->target || o->leaving || d->stopping)
            continue;
        if (jml_breaker_allows(&o->breaker, 1, now) == 0)
            jml_delivery_release(d, &o->ready);
        else if (!o->wanted)
            jml_outlet_start(o);
        int64_t wait = jml_breaker_wait(&o->breaker, now);
        if (wait == 0 && (o->ready.n || !o->dry))
            wait = jml_bucket_wait(&o->bucket, now);
        if (wait > 0 && wait < next)
            next = wait;
    }
    if (!d->stopping)
        jml_delivery_claim(d);
    if (d->claim_not_before > now && d->claim_not_before - now < next)
        next = d->claim_not_before - now;
    if (next < INT64_MAX && !jml_timer_is_set(d->kick))
        jml_timer_set(d->kick, next);
    tell_idle(d);
}

static void tell_idle(struct jml_deliveries *d)
{
    if (d->idle_told || !is_idle(d))
        return;
    d->idle_told = true;
    d->callbacks.idle(d->callbacks.userdata);
}

static bool is_idle(const struct jml_deliveries *d)
{
    int64_t now = jml_loop_now();

    if (jml_deliveries_busy(d))
        return false;
    if (d->stopping)
        return true;
    if (!d->conn)
        return false;
    for (struct outlet *o = d->outlets; o; o = o->next)
        if (o->wanted || (!o->dry && o->target && !o->leaving &&
                          jml_breaker_allows(&o->breaker, 1, now) > 0))
            return false;
    return true;
}

static void grace_ended(void *userdata)
{
    struct jml_deliveries *d = userdata;

    if (!d->canceled) {
        d->canceled = true;
        for (struct outlet *o = d->outlets; o; o = o->next)
            jml_outlet_cancel(o);
        jml_delivery_write(d);
        jml_timer_set(d->grace, LAST_WORDS);
        jml_deliveries_kick(d);
        return;
    }
    /* The database is away: the leases end by themselves. */
    if (!d->idle_told) {
        d->idle_told = true;
        d->callbacks.idle(d->callbacks.userdata);
    }
}

bool jml_deliveries_failed(struct jml_deliveries *d, const struct jml_reply *reply)
{
    const struct jml_err *e = reply->error;

    if (!e)
        return false;
    if (e->class == JML_ERR_SCHEMA)
        d->callbacks.fatal(d->callbacks.userdata, e);
    else if (e->class != JML_ERR_TRANSIENT && e->class != JML_ERR_UNCERTAIN)
        jml_log_plain(JML_MSG_DATABASE_ERROR, "deliveries: %s", e->message);
    return true;
}

/* ---- call-backs ---- */

struct call_back {
    struct jml_deliveries *flow;
    jml_called_back_done done;
    void *userdata;
};

static bool in_hand(const struct jml_deliveries *d, struct jml_id id)
{
    const struct hand *lists[3] = {d->done.first, d->writing.first, NULL};

    for (size_t i = 0; i < 2; i++)
        for (const struct hand *h = lists[i]; h; h = h->next)
            if (jml_id_equal(h->op.id, id))
                return true;
    for (const struct outlet *o = d->outlets; o; o = o->next)
        for (const struct hand *h = o->calling.first; h; h = h->next)
            if (jml_id_equal(h->op.id, id))
                return true;
    return false;
}

void jml_deliveries_called_back(struct jml_deliveries *d, struct jml_id id, const char *digest,
                                bool completed, const char *words, jml_called_back_done done,
                                void *userdata)
{
    struct call_back *b;

    if (!d->conn || d->stopping || in_hand(d, id)) {
        done(userdata, JML_CALLED_BACK_LATER);
        return;
    }
    b = calloc(1, sizeof(*b));
    if (!b)
        jml_bug("out of memory");
    *b = (struct call_back){.flow = d, .done = done, .userdata = userdata};
    jml_arena_reset(&d->scratch);
    jml_conn_add(d->conn, "delivery_called_back",
                 (struct jml_param[]){jml_param_uuid(&d->scratch, id), jml_param_text(digest),
                                      jml_param_bool(&d->scratch, completed), jml_param_text(words)},
                 4);
    jml_conn_sync(d->conn, called_back, b);
}

static void called_back(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    static const char *const words[] = {
        [JML_CALLED_BACK_TAKEN] = "taken",
        [JML_CALLED_BACK_FORGED] = "forged",
        [JML_CALLED_BACK_NOT_WAITING] = "not_waiting",
        [JML_CALLED_BACK_UNKNOWN] = "unknown",
        [JML_CALLED_BACK_LATER] = "later",
    };
    struct call_back *b = userdata;
    enum jml_called_back answer = JML_CALLED_BACK_LATER;

    (void)c;
    if (!jml_deliveries_failed(b->flow, reply)) {
        const char *said;

        jml_arena_reset(&b->flow->scratch);
        said = jml_result_text(&reply->results[0], 0, 0, &b->flow->scratch);
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            if (jml_streq(words[i], said))
                answer = (enum jml_called_back)i;
        if (answer == JML_CALLED_BACK_TAKEN) {
            b->flow->callbacks.changed(b->flow->callbacks.userdata);
            jml_deliveries_wake(b->flow);
        }
    }
    b->done(b->userdata, answer);
    free(b);
}

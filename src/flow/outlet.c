/* SPDX-License-Identifier: MIT
 *
 * The targets of the flow: opened as governance has them, opened anew when that changes, closed
 * when they are gone; never while a call of theirs is under way.
 */
#include "flow/outlet.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "core/governance.h"
#include "db/conn.h"
#include "loop/loop.h"

static struct outlet *outlet_new(struct jml_deliveries *d, const struct jml_target_row *row);
static void outlet_free(struct outlet *o);
static struct jml_target_row *copy_row(struct jml_arena *a, const struct jml_target_row *row);
static bool same_target(const struct jml_target_row *a, const struct jml_target_row *b);
static void want(struct outlet *o, const struct jml_target_row *row);
static void open_target(struct outlet *o);
static void close_target(struct outlet *o);

void jml_outlets_set(struct jml_deliveries *d, const struct jml_governance *g)
{
    for (struct outlet *o = d->outlets; o; o = o->next)
        o->seen = false;
    for (size_t i = 0; i < g->n_targets; i++) {
        const struct jml_target_row *row = &g->targets[i];
        struct outlet *o;

        if (!row->enabled)
            continue; /* its deliveries wait */
        o = jml_outlet_find(d, row->display_name, strlen(row->display_name));
        if (!o) {
            o = outlet_new(d, row);
            o->next = d->outlets;
            d->outlets = o;
        } else if (o->leaving || o->wanted || !o->target || !same_target(o->row, row)) {
            want(o, row);
        } else {
            o->row->deadline = row->deadline;
            o->row->give_up = row->give_up;
            o->row->owned = row->owned;
            if (o->row->rate != row->rate)
                jml_bucket_init(&o->bucket, row->rate, jml_loop_now());
            o->row->rate = row->rate;
        }
        o->leaving = false;
        o->seen = true;
    }
    for (struct outlet *o = d->outlets; o; o = o->next)
        if (!o->seen) {
            o->leaving = true;
            jml_delivery_release(d, &o->ready);
            jml_drift_abandon(o);
        }
    jml_outlets_settle(d);
}

void jml_outlets_reload(struct jml_deliveries *d)
{
    for (struct outlet *o = d->outlets; o; o = o->next)
        if (!o->leaving && !o->wanted) {
            o->trouble = o->target ? o->trouble : (struct jml_err){0}; /* it is said again */
            want(o, o->row);
        }
    jml_outlets_settle(d);
}

void jml_outlets_settle(struct jml_deliveries *d)
{
    for (struct outlet **at = &d->outlets, *o; (o = *at);) {
        bool idle = o->calling.n == 0 && !o->scan;

        if (idle && o->leaving)
            close_target(o);
        if (idle && o->leaving && o->unwritten == 0 && o->ready.n == 0) {
            d->met_changed |= o->met != OUTLET_WELL;
            *at = o->next;
            outlet_free(o);
            continue;
        }
        if (idle && o->wanted && !o->leaving) {
            struct jml_arena old = o->arena;

            close_target(o);
            o->row = o->wanted;
            o->arena = o->wanted_arena;
            o->wanted = NULL;
            jml_arena_fini(&old);
            open_target(o);
        }
        at = &o->next;
    }
}

void jml_outlets_undry(struct jml_deliveries *d)
{
    for (struct outlet *o = d->outlets; o; o = o->next) {
        o->dry = false;
        o->again = true;
    }
}

void jml_outlets_free(struct jml_deliveries *d)
{
    struct outlet *o;

    while ((o = d->outlets)) {
        struct hand *h;

        jml_outlet_cancel(o);
        jml_drift_drop(o);
        while ((h = jml_hands_take(&o->ready)))
            jml_hand_drop(d, h);
        close_target(o);
        d->outlets = o->next;
        outlet_free(o);
    }
}

struct outlet *jml_outlet_find(struct jml_deliveries *d, const char *name, size_t length)
{
    for (struct outlet *o = d->outlets; o; o = o->next)
        if (strlen(o->row->display_name) == length &&
            memcmp(o->row->display_name, name, length) == 0)
            return o;
    return NULL;
}

int jml_outlet_room(struct outlet *o, int64_t now)
{
    int total = o->row->concurrency, has = jml_bucket_has(&o->bucket, now), room;

    if (!o->target || o->leaving || o->wanted)
        return 0;
    total = jml_breaker_allows(&o->breaker, total + jml_ahead(total, o->call), now);
    room = total - o->calling.n - o->ready.n;
    /* what cannot begin soon is left for others */
    if (o->row->rate > 0 && room > has + o->row->rate / 2 - o->ready.n)
        room = has + o->row->rate / 2 - o->ready.n;
    return room > 0 ? room : 0;
}

/* ---- making, opening, closing ---- */

static struct outlet *outlet_new(struct jml_deliveries *d, const struct jml_target_row *row)
{
    struct outlet *o = calloc(1, sizeof(*o));

    if (!o)
        jml_bug("out of memory");
    o->flow = d;
    jml_arena_init(&o->arena);
    o->row = copy_row(&o->arena, row);
    open_target(o);
    return o;
}

static void outlet_free(struct outlet *o)
{
    if (o->wanted)
        jml_arena_fini(&o->wanted_arena);
    jml_arena_fini(&o->arena);
    free(o);
}

static struct jml_target_row *copy_row(struct jml_arena *a, const struct jml_target_row *row)
{
    struct jml_target_row *c = jml_new(a, struct jml_target_row);

    *c = (struct jml_target_row){
        .id = row->id,
        .display_name = jml_strdup(a, row->display_name),
        .kind = jml_strdup(a, row->kind),
        .enabled = row->enabled,
        .owned = row->owned,
        .concurrency = row->concurrency,
        .rate = row->rate,
        .deadline = row->deadline,
        .give_up = row->give_up,
        .settings = row->settings ? jml_value_copy(a, row->settings) : jml_value_object(),
    };
    return c;
}

static bool same_target(const struct jml_target_row *a, const struct jml_target_row *b)
{
    return jml_id_equal(a->id, b->id) && jml_streq(a->kind, b->kind) &&
           a->concurrency == b->concurrency &&
           jml_value_equal(a->settings, b->settings ? b->settings : jml_value_object());
}

static void want(struct outlet *o, const struct jml_target_row *row)
{
    struct jml_arena fresh;
    struct jml_target_row *c;

    jml_arena_init(&fresh);
    c = copy_row(&fresh, row);
    if (o->wanted)
        jml_arena_fini(&o->wanted_arena);
    o->wanted = c;
    o->wanted_arena = fresh;
    jml_drift_abandon(o);
}

static void open_target(struct outlet *o)
{
    struct jml_deliveries *d = o->flow;
    const char *programs = d->options.programs_directory, *secrets = d->options.secrets_directory;
    const struct jml_target_setup setup = {
        .loop = d->loop,
        .transfers = d->options.transfers,
        .name = o->row->display_name,
        .id = o->row->id,
        .settings = o->row->settings,
        .credentials_directory = d->options.credentials_directory,
        /* it may be another one before this target is closed */
        .programs_directory = programs && programs[0] ? jml_strdup(&o->arena, programs) : NULL,
        .secrets_directory = secrets && secrets[0] ? jml_strdup(&o->arena, secrets) : NULL,
        .concurrency = o->row->concurrency,
    };
    struct jml_err e = {0};
    int r = 0;

    o->dry = false;
    o->breaker = (struct jml_breaker){0};
    jml_ticket_read(o);
    jml_bucket_init(&o->bucket, o->row->rate, jml_loop_now());
    o->kind = jml_target_kind_find(o->row->kind);
    if (!o->kind)
        r = jml_err_set(&e, JML_ERR_BAD_INPUT, "this jmld knows no targets of kind %s", o->row->kind);
    else
        r = o->kind->open(&setup, &o->target, &e);
    if (r >= 0) {
        o->trouble = (struct jml_err){0};
        return;
    }
    o->target = NULL;
    if (!jml_streq(o->trouble.message, e.message)) {
        const struct jml_log_field field = {"JML_TARGET", o->row->display_name};

        jml_log(JML_MSG_TARGET_UNUSABLE, &field, 1,
                "target %s cannot be used, its deliveries wait: %s", o->row->display_name,
                e.message);
        o->met = OUTLET_WELL; /* the words are others */
    }
    o->trouble = e;
}

static void close_target(struct outlet *o)
{
    if (o->target)
        o->kind->close(o->target);
    o->target = NULL;
}

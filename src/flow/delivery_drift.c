/* SPDX-License-Identifier: MIT
 *
 * Scans for drift: a target is asked role by role who has it, and what it says is held against what
 * assignments justify (core/drift.h). One scan of a target at a time; beside the deliveries, which
 * go on. What differs because something was on its way meanwhile is no drift: a snapshot from
 * before the question tells.
 *
 *     look -> claim -> for each role: begin -> list (the target) -> expected -> write -> finish
 *
 * Nothing extra is removed while anything of that role is missing or being given: an account that
 * is called by a new name looks like both. The scan then goes through the target again, a few times.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "core/governance.h"
#include "db/conn.h"
#include "db/drift.h"
#include "flow/outlet.h"
#include "loop/loop.h"

#define LOOK_EVERY     (JML_SECOND / 2)
#define CALLS_DEADLINE 10 /* a listing may take as long as so many calls, */
#define LIST_AT_LEAST  JML_MINUTE
#define LEASE_EXTRA    JML_MINUTE /* for what the database takes */
#define PASSES_MAX     5
#define AGAIN_AFTER    (2 * JML_SECOND) /* doubled from pass to pass */
#define FINDINGS_MAX   1000             /* of each sort and role, when nothing is done about them */

/* A place at the target, and the roles that lead there; findings are kept with the first. */
struct place {
    JML_VEC(struct jml_id) roles;
    const char *name; /* "Resource/Role" of the first */
    const struct jml_value *origin;
};

struct scan {
    struct outlet *outlet;
    struct jml_arena arena; /* of what it is */
    struct jml_id id;
    bool repairs;
    int64_t max_changes; /* -1: the usual brake */
    int passes;
    JML_VEC(struct place) places;
    size_t at;
    bool abandoned, again;
    int64_t fresh; /* findings that were not there before */
    const char *error;

    struct jml_arena work; /* of the role at hand */
    const char *snapshot;
    struct jml_listing listing;
    bool listing_is_out;
    int64_t began;
    struct jml_timer *deadline;
    struct jml_drift drift;
};

static void claimed(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void scan_go_on(struct scan *s);
static void begun(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void listed(struct jml_listing *l);
static void deadline_passed(void *userdata);
static void write_unread(struct scan *s, const char *words);
static void expected_came(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void judge(struct scan *s, bool is_given);
static void written(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void scan_finish(struct scan *s, const char *state, int64_t delay);
static void finished(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void tell(const struct scan *s, const struct jml_drift_sum *sum);
static void scan_free(struct scan *s);

/* ---- looking for scans that are due ---- */

static bool can_be_asked(struct outlet *o, int64_t now)
{
    return o->target && o->kind->list && !o->leaving && !o->wanted && !o->scan &&
           jml_breaker_allows(&o->breaker, 1, now) > 0;
}

static int64_t list_deadline(const struct outlet *o)
{
    int64_t deadline = CALLS_DEADLINE * o->row->deadline;

    return deadline > LIST_AT_LEAST ? deadline : LIST_AT_LEAST;
}

void jml_drift_look(struct jml_deliveries *d)
{
    JML_VEC(const char *) targets = {0};
    int64_t now = jml_loop_now(), lease = 0;

    if (!d->conn || d->stopping || d->drift_claiming ||
        (d->drift_looked_at && now - d->drift_looked_at < LOOK_EVERY))
        return;
    jml_arena_reset(&d->scratch);
    for (struct outlet *o = d->outlets; o; o = o->next)
        if (can_be_asked(o, now)) {
            jml_vec_push(&d->scratch, &targets, o->row->display_name);
            lease = lease > list_deadline(o) ? lease : list_deadline(o);
        }
    if (targets.n == 0)
        return;
    d->drift_looked_at = now;
    d->drift_claiming = true;
    jml_drift_claim_add(d->conn, &d->scratch,
                        &(struct jml_drift_claim){.daemon = d->options.daemon,
                                                  .targets = targets.items,
                                                  .n_targets = targets.n,
                                                  .dead = d->dead,
                                                  .n_dead = d->n_dead,
                                                  .every = d->options.drift_every,
                                                  .repairs = d->options.drift_repairs,
                                                  .lease = lease + LEASE_EXTRA});
    jml_conn_sync(d->conn, claimed, d);
}

static struct scan *scan_new(struct outlet *o, const struct jml_drift_row *row)
{
    struct scan *s = calloc(1, sizeof(*s));

    if (!s)
        jml_bug("out of memory");
    *s = (struct scan){
        .outlet = o,
        .id = row->scan_id,
        .repairs = row->repair,
        .max_changes = row->max_changes,
        .passes = row->passes,
    };
    jml_arena_init(&s->arena);
    jml_arena_init(&s->work);
    s->deadline = jml_timer_new(o->flow->loop, deadline_passed, s);
    o->scan = s;
    return s;
}

static void add_role(struct scan *s, const struct jml_drift_row *row)
{
    size_t i = 0;

    while (i < s->places.n && !jml_value_equal(s->places.items[i].origin, row->origin))
        i++;
    if (i == s->places.n && row->former)
        return; /* nobody says any more what ought to be there */
    if (i == s->places.n)
        jml_vec_push(&s->arena, &s->places,
                     ((struct place){.name = row->role, .origin = row->origin}));
    jml_vec_push(&s->arena, &s->places.items[i].roles, row->role_id);
}

/* What came for a target that is gone meanwhile is left to its lease. */
static void claimed(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct jml_deliveries *d = userdata;
    const struct jml_result *r = &reply->results[0];
    struct scan *s = NULL;

    (void)c;
    d->drift_claiming = false;
    if (jml_deliveries_failed(d, reply)) {
        jml_deliveries_kick(d);
        return;
    }
    jml_arena_reset(&d->scratch);
    for (size_t i = 0; i < jml_result_rows(r); i++) {
        struct jml_arena *a = s ? &s->arena : &d->scratch;
        struct jml_drift_row row;
        struct outlet *o;

        if (!jml_drift_claimed(r, i, a, &row))
            break;
        if (!s || !jml_id_equal(s->id, row.scan_id)) {
            o = jml_outlet_find(d, row.target, strlen(row.target));
            if (!o || o->scan || !o->target)
                continue;
            s = scan_new(o, &row);
            s->abandoned = o->leaving || o->wanted || d->stopping;
            jml_drift_claimed(r, i, &s->arena, &row); /* to be kept */
        }
        if (jml_id_is_set(row.role_id))
            add_role(s, &row);
    }
    for (struct outlet *o = d->outlets; o; o = o->next)
        if (o->scan && o->scan->at == 0 && !o->scan->snapshot)
            scan_go_on(o->scan);
    if (jml_drift_made(r) > 0) {
        d->drift_looked_at = 0;
        jml_drift_look(d);
    }
    jml_deliveries_kick(d);
}

/* ---- one role after the other ---- */

static void scan_go_on(struct scan *s)
{
    struct jml_deliveries *d = s->outlet->flow;
    int64_t delay = AGAIN_AFTER << (s->passes < PASSES_MAX ? s->passes - 1 : 0);

    if (s->abandoned) {
        scan_finish(s, "pending", 0);
    } else if (s->error) {
        scan_finish(s, "failed", 0);
    } else if (s->at < s->places.n) {
        s->snapshot = "";
        jml_drift_begin_add(d->conn);
        jml_conn_sync(d->conn, begun, s);
    } else if (s->again) {
        scan_finish(s, "pending", delay);
    } else {
        scan_finish(s, "completed", 0);
    }
}

/* The answer is an error, as when the connection was lost: somebody takes it up again. */
static bool is_over(struct scan *s, const struct jml_reply *reply)
{
    if (!jml_deliveries_failed(s->outlet->flow, reply))
        return false;
    scan_free(s);
    return true;
}

static void begun(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct scan *s = userdata;
    struct outlet *o = s->outlet;

    (void)c;
    if (is_over(s, reply))
        return;
    if (s->abandoned) {
        scan_go_on(s);
        return;
    }
    jml_arena_reset(&s->work);
    s->snapshot = jml_result_text(&reply->results[0], 0, 0, &s->work);
    s->listing = (struct jml_listing){
        .arena = &s->work,
        .origin = s->places.items[s->at].origin,
        .deadline = list_deadline(o),
        .finished = listed,
        .userdata = s,
    };
    s->listing_is_out = true;
    s->began = jml_loop_now();
    jml_timer_set(s->deadline, s->listing.deadline);
    o->kind->list(o->target, &s->listing);
}

static void deadline_passed(void *userdata)
{
    struct scan *s = userdata;

    s->outlet->kind->cancel_list(s->outlet->target, &s->listing);
    jml_listing_finish(&s->listing, JML_OUTCOME_UNREACHABLE,
                       "no_answer: it did not say within %.3g s who has a role",
                       (double)s->listing.deadline / JML_SECOND);
}

static void listed(struct jml_listing *l)
{
    struct scan *s = l->userdata;
    struct outlet *o = s->outlet;
    struct jml_deliveries *d = o->flow;
    const struct place *place = &s->places.items[s->at];
    const char *words = jml_delivery_reason(&s->work, l->outcome,
                                            l->error ? l->error : "no reason was given");

    s->listing_is_out = false;
    jml_timer_clear(s->deadline);
    jml_outlet_answered(o, l->outcome != JML_OUTCOME_UNREACHABLE, s->began, words);
    if (!d->conn) {
        scan_free(s);
        jml_deliveries_kick(d);
        return;
    }
    switch (l->outcome) {
    case JML_OUTCOME_DONE:
    case JML_OUTCOME_CONFIRMED:
        jml_arena_reset(&d->scratch);
        jml_drift_expected_add(d->conn, &d->scratch, o->row->display_name, place->roles.items,
                               place->roles.n, s->snapshot);
        jml_conn_sync(d->conn, expected_came, s);
        break;
    case JML_OUTCOME_LATER:
    case JML_OUTCOME_UNREACHABLE:
        s->error = jml_printf(&s->arena, "%s: %s", place->name, words);
        scan_go_on(s);
        break;
    default:
        write_unread(s, words);
        break;
    }
}

/* ---- what was found ---- */

static void write_found(struct scan *s, struct jml_drift_found found)
{
    struct jml_deliveries *d = s->outlet->flow;

    found.scan_id = s->id;
    found.roles = s->places.items[s->at].roles.items;
    found.n_roles = s->places.items[s->at].roles.n;
    found.target = s->outlet->row->display_name;
    found.drift = &s->drift;
    found.limit = FINDINGS_MAX;
    found.lease = list_deadline(s->outlet) + LEASE_EXTRA;
    jml_arena_reset(&d->scratch);
    jml_drift_write_add(d->conn, &d->scratch, d->options.daemon, &found);
    jml_conn_sync(d->conn, written, s);
}

static void write_unread(struct scan *s, const char *words)
{
    s->drift = (struct jml_drift){0};
    write_found(s, (struct jml_drift_found){.unread = words});
}

static void expected_came(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct scan *s = userdata;
    const struct jml_listing *l = &s->listing;
    struct jml_drift_expected *expected;
    size_t n;
    bool is_given;

    (void)c;
    if (is_over(s, reply))
        return;
    if (s->abandoned) {
        scan_go_on(s);
        return;
    }
    expected = jml_drift_expected_read(&reply->results[0], &s->work, &n, &is_given);
    jml_drift_compare(&s->work, expected, n, l->accounts.items, l->accounts.n, false, &s->drift);
    judge(s, is_given);
}

static void judge(struct scan *s, bool is_given)
{
    struct jml_drift *drift = &s->drift;
    size_t n = drift->n_missing + drift->extra.n;
    size_t limit = s->max_changes < 0 ? drift->limit : (size_t)s->max_changes;
    const char *target = s->outlet->row->display_name, *words = NULL;
    bool owned = s->outlet->row->owned, last = s->passes >= PASSES_MAX;
    bool unsettled = is_given || (s->repairs && owned && drift->missing.n > 0);

    if (s->max_changes < 0 ? drift->is_suspicious : n > limit)
        words = jml_printf(&s->work,
                           "%zu accounts differ of %zu expected, more than %zu: nothing was done; if that "
                           "is right: jmlctl drift --target '%s' --repair --limit %zu",
                           n, drift->n_expected, limit, target, n);
    else if (unsettled && drift->extra.n > 0 && !last)
        s->again = true;
    if (!words && is_given && !last)
        drift->extra.n = 0; /* one of them may be whom it is being given to */
    write_found(s, (struct jml_drift_found){
                       .acts = !words,
                       .redelivers = s->repairs,
                       .removes = s->repairs && owned && !unsettled,
                       .tries_again = s->repairs && s->passes == 1,
                       .held_back = words,
                   });
}

static void written(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct scan *s = userdata;
    struct jml_deliveries *d = s->outlet->flow;
    int64_t changed, fresh;

    (void)c;
    if (is_over(s, reply))
        return;
    if (!jml_drift_written(&reply->results[0], &changed, &fresh)) {
        scan_free(s);
        jml_deliveries_kick(d);
        return;
    }
    s->fresh += fresh;
    s->at++;
    if (changed > 0) {
        d->callbacks.changed(d->callbacks.userdata);
        jml_outlets_undry(d);
        jml_deliveries_kick(d);
    }
    scan_go_on(s);
}

/* ---- the end ---- */

static void scan_finish(struct scan *s, const char *state, int64_t delay)
{
    struct jml_deliveries *d = s->outlet->flow;

    if (!d->conn) { /* the lease is ours still: it is taken up again */
        scan_free(s);
        jml_deliveries_kick(d);
        return;
    }
    jml_arena_reset(&d->scratch);
    jml_drift_finish_add(d->conn, &d->scratch, d->options.daemon, s->id, state, s->error, delay);
    jml_conn_sync(d->conn, finished, s);
}

static void finished(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct scan *s = userdata;
    struct jml_deliveries *d = s->outlet->flow;
    struct jml_drift_sum sum;

    (void)c;
    if (is_over(s, reply))
        return;
    if (jml_drift_finished(&reply->results[0], &sum) && !s->abandoned)
        tell(s, &sum);
    scan_free(s);
    d->drift_looked_at = 0;
    jml_deliveries_wake(d); /* there may be another one */
}

/* Once a scan, and only when there is something that was not there before, or that needs somebody. */
static void tell(const struct scan *s, const struct jml_drift_sum *sum)
{
    const char *name = s->outlet->row->display_name;
    const struct jml_log_field field = {"JML_TARGET", name};

    if (s->error)
        jml_log(JML_MSG_TARGET_DRIFT, &field, 1, "target %s could not be compared with what is "
                "justified: %s", name, s->error);
    else if (!s->again && (s->fresh > 0 || sum->held_back > 0))
        jml_log(JML_MSG_TARGET_DRIFT, &field, 1,
                "target %s: of %lld accounts that roles were given to %lld lack theirs, %lld have one that "
                "nothing justifies%s; jmlctl drift --known shows them", name, (long long)sum->expected,
                (long long)sum->missing, (long long)sum->extra,
                sum->held_back > 0 ? "; nothing was done about roles of which too much differs"
                : sum->unread > 0  ? "; some roles could not be read"
                                   : "");
}

void jml_drift_abandon(struct outlet *o)
{
    struct scan *s = o->scan;

    if (!s || s->abandoned)
        return;
    s->abandoned = true;
    if (s->listing_is_out) {
        s->listing_is_out = false;
        jml_timer_clear(s->deadline);
        o->kind->cancel_list(o->target, &s->listing);
        scan_go_on(s);
    }
}

void jml_drift_drop(struct outlet *o)
{
    struct scan *s = o->scan;

    if (!s)
        return;
    if (s->listing_is_out)
        o->kind->cancel_list(o->target, &s->listing);
    scan_free(s);
}

static void scan_free(struct scan *s)
{
    s->outlet->scan = NULL;
    jml_timer_free(s->deadline);
    jml_arena_fini(&s->work);
    jml_arena_fini(&s->arena);
    free(s);
}

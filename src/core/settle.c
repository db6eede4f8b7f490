/* SPDX-License-Identifier: MIT
 *
 * Settling: the difference between what the ledger says and what is there (SEMANTICS C2), as requests
 * of jmld's own. An event that changes no cause touches nothing here.
 */
#include <string.h>

#include "core/work.h"

static bool is_ever_suspended(const struct jml_fold *f)
{
    for (size_t i = 0; i < f->periods.n; i++)
        for (size_t k = 0; k < f->periods.items[i]->changes.n; k++)
            if (jml_value_find_bool(f->periods.items[i]->changes.items[k].attributes, "suspended",
                                    false))
                return true;
    return false;
}

static void settle(struct jml_work *w, struct jml_id package_id);
static void give_what_waited(struct jml_work *w);
static void take_what_ended(struct jml_work *w, struct jml_assignment *as);

bool jml_settle_is_touched(const struct jml_work *w, struct jml_id package_id)
{
    for (size_t i = 0; i < w->touched.n; i++)
        if (jml_id_equal(w->touched.items[i], package_id))
            return true;
    return w->all_touched;
}

void jml_settle_watch(struct jml_work *w)
{
    const struct jml_governance *g = w->world->governance;
    if (g->n_watched == 0)
        return;
    const struct jml_ledger *l = jml_ledger_of(w);
    for (size_t i = 0; i < g->n_watched; i++) {
        struct jml_id id = g->watched[i]->id;
        bool any = jml_assignment_find(w, id) != NULL;
        for (size_t k = 0; k < l->n && !any; k++)
            any = jml_id_equal(l->items[k]->package_id, id);
        if (any && !jml_settle_is_touched(w, id))
            jml_vec_push(w->arena, &w->touched, id);
    }
}

/* Every package that the ledger or an assignment names. */
static void touch_all(struct jml_work *w)
{
    const struct jml_ledger *l = jml_ledger_of(w);
    w->all_touched = false; /* by name from here on */
    for (size_t i = 0; i < l->n; i++)
        if (jml_id_is_set(l->items[i]->package_id) &&
            !jml_settle_is_touched(w, l->items[i]->package_id))
            jml_vec_push(w->arena, &w->touched, l->items[i]->package_id);
    for (size_t i = 0; i < w->s->assignments.n; i++)
        if (!jml_settle_is_touched(w, w->s->assignments.items[i]->package_id))
            jml_vec_push(w->arena, &w->touched, w->s->assignments.items[i]->package_id);
}

void jml_settle(struct jml_work *w)
{
    w->because = jml_work_newest_event(w);
    if (w->all_touched)
        touch_all(w);
    for (size_t i = 0; i < w->touched.n; i++) {
        bool again = false;
        for (size_t k = 0; k < i && !again; k++)
            again = jml_id_equal(w->touched.items[k], w->touched.items[i]);
        if (!again)
            settle(w, w->touched.items[i]);
    }
    w->touched.n = 0;

    give_what_waited(w);
    bool ended = false;
    for (size_t i = 0; i < w->fold.periods.n && !ended; i++)
        ended = w->fold.periods.items[i]->end <= w->now;
    for (size_t i = 0, n = w->s->assignments.n; ended && i < n; i++)
        if (w->s->assignments.items[i]->state != JML_ASSIGNMENT_EXPIRED)
            take_what_ended(w, w->s->assignments.items[i]);
    w->because = 0;
}

/* ---- one package ---- */

static void remove_it(struct jml_work *w, struct jml_assignment *as, const struct jml_holding *h)
{
    switch (h->why) {
    case JML_EMPLOYMENT_ENDED:
        jml_request_remove(w, as, "left", NULL, "jmld", "the employment that gave it ended");
        break;
    case JML_LEFT_ALL:
        jml_request_remove(w, as, "left", NULL, "jmld", "the last employment ended");
        break;
    case JML_LEFT_TARGETS:
        jml_request_remove(w, as, "policy", NULL, "jmld",
                           "no longer one of those whom the policy gives it to");
        break;
    case JML_RAN_OUT:
        jml_request_remove(w, as, "expired", NULL, "jmld", "its end has come");
        break;
    default:
        if (w->s->person.state == JML_PERSON_LEFT || w->s->person.state == JML_PERSON_UNKNOWN)
            jml_request_remove(w, as, "left", NULL, "jmld", "there is no employment any more");
        else
            jml_request_remove(w, as, "corrected", NULL, "jmld",
                               h->waits     ? "corrected: it was given during a suspension"
                               : h->refused ? "corrected: what excludes it was given before"
                                            : "corrected: what gave it does not count any more");
        break;
    }
}

static bool waits_for(const struct jml_request *r, struct jml_id package_id)
{
    return jml_request_is_open(r) && r->type == JML_SYSTEM_ADD &&
           jml_id_equal(r->package_id, package_id);
}

static bool waits_already(const struct jml_work *w, struct jml_id package_id)
{
    for (size_t i = 0; i < w->s->requests.n; i++)
        if (waits_for(w->s->requests.items[i], package_id))
            return true;
    return false;
}

/* Only what jmld itself had asked for: an administrator's request for later has its own reason. */
static void cancel_waiting(struct jml_work *w, struct jml_id package_id)
{
    for (size_t i = 0; i < w->s->requests.n; i++)
        if (waits_for(w->s->requests.items[i], package_id) &&
            !(w->s->requests.items[i]->stage > 0 && /* waits for people, and gave nothing so far */
              jml_request_run_counts(w, w->s->requests.items[i])))
            jml_request_cancel(w, w->s->requests.items[i], "jmld",
                               "what gave it does not count any more", NULL);
}

/* The earliest effect that waits for the end of the suspension. */
static const struct jml_effect *waiting(struct jml_work *w, struct jml_id package_id)
{
    const struct jml_ledger *l = jml_ledger_of(w);
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i]->waits && jml_id_equal(l->items[i]->package_id, package_id))
            return l->items[i];
    return NULL;
}

static void give_it(struct jml_work *w, struct jml_holding *h)
{
    struct jml_request *r;
    bool suspended = w->s->person.state == JML_PERSON_SUSPENDED;
    if (jml_work_no_grants(w) || (!h->held && waits_already(w, h->package_id)))
        return; /* T8: nobody who left is given anything */
    if (!h->held) {
        h->giver = waiting(w, h->package_id);
        if (!h->giver || !suspended)
            return;
        h->until = h->giver->until;
        h->by = h->giver->by;
    }
    const struct jml_policy *automatic = h->giver->automatic;
    jml_request_give(w, h, h->giver->run,
                     automatic ? jml_printf(w->arena, "policy:%s", automatic->display_name) : "jmld",
                     automatic ? "one of those whom the policy gives it to"
                               : "corrected: what gave it counts again",
                     &r);
}

static const char *why_moved(const struct jml_assignment *as, const struct jml_holding *h)
{
    if (jml_streq(h->by, "automatic"))
        return "no longer one of those whom the policy gives it to";
    return jml_streq(as->ends_by, "automatic") ? "one of those whom the policy gives it to again"
                                               : "corrected: another end counts";
}

static void settle(struct jml_work *w, struct jml_id package_id)
{
    struct jml_holding h = jml_holding_of(w, package_id);
    struct jml_assignment *as = jml_assignment_find(w, package_id);
    if (as && !h.held)
        remove_it(w, as, &h);
    if (!h.held && !h.waits)
        cancel_waiting(w, package_id);
    if (!as && (h.held || h.waits))
        give_it(w, &h);
    if (as && h.held && !jml_holding_ends_like(&h, as))
        jml_request_move(w, as, h.until, h.by, NULL, "jmld", why_moved(as, &h));
    if (as && h.waits && !h.held)
        give_it(w, &h);
}

/* T8: a suspension is over, and what was given during it comes. */
static void give_what_waited(struct jml_work *w)
{
    if (!is_ever_suspended(&w->fold))
        return;
    const struct jml_ledger *l = jml_ledger_of(w);
    for (size_t i = 0; i < l->n; i++) {
        const struct jml_effect *e = l->items[i];
        if (e->op != JML_GIVE || e->order == e->at || e->waits)
            continue;
        struct jml_holding h = jml_holding_of(w, e->package_id);
        struct jml_assignment *as = jml_assignment_find(w, e->package_id);
        if (h.held && as && !jml_holding_ends_like(&h, as))
            jml_request_move(w, as, h.until, h.by, NULL, "jmld", "given while suspended");
        else if (h.held && !as)
            give_it(w, &h);
    }
}

/* C7, T7: whatever was touched, an end of an employment takes what it gave. */
static void take_what_ended(struct jml_work *w, struct jml_assignment *as)
{
    if (jml_streq(as->ends_by, "leave"))
        return;
    struct jml_holding h = jml_holding_of(w, as->package_id);
    if (!h.held && h.cut)
        remove_it(w, as, &h);
    else if (h.held && h.cut && h.until != JML_TIME_NONE &&
             (as->ends_at == JML_TIME_NONE || as->ends_at > h.until))
        jml_request_move(w, as, h.until, h.by, NULL, "jmld", "the employment that gave more ended");
}

/* ---- what changes everything ---- */

static uint64_t add(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ (h >> 29);
}

uint64_t jml_settle_mark(const struct jml_fold *f, jml_time now)
{
    uint64_t mark = 0; /* a sum: periods have no order of their own */
    for (size_t i = 0; i < f->periods.n; i++) {
        const struct jml_period *p = f->periods.items[i];
        uint64_t h = add(1, (uint64_t)jml_fold_is_last_end(f, p));
        for (const char *c = p->employment; *c; c++)
            h = add(h, (unsigned char)*c);
        mark += add(h, (uint64_t)p->start);
        mark += add(h + 2, (uint64_t)p->told_at); /* was a gift in the gap before meant for it? */
        if (p->end <= now)
            mark += add(h + 1, (uint64_t)p->end) + add(h + 3, (uint64_t)p->leaver->told_at);
    }
    if (!is_ever_suspended(f))
        return mark;
    for (jml_time at = JML_TIME_NONE; (at = jml_fold_next_instant(f, at)) != JML_TIME_MAX;)
        if (jml_fold_state_at(f, at) == JML_PERSON_SUSPENDED)
            mark += add(add(2, (uint64_t)at), (uint64_t)jml_fold_resumes_at(f, at));
    return mark;
}

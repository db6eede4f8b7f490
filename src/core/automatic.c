/* SPDX-License-Identifier: MIT
 *
 * Automatic assignment: whom a policy gives a package to without being asked, as effects in the ledger.
 * They are kept nowhere: what was given and limited follows from the fold and from the versions of the
 * policies, whatever the order in which events arrived (SEMANTICS C2).
 */
#include <stdlib.h>

#include "core/eligibility.h"
#include "core/ledger.h"
#include "core/work.h"

/* When anything about the person changed, in order, up to now. */
struct instants {
    jml_time *items;
    size_t n, cap;
};

static int compare_time(const void *x, const void *y)
{
    jml_time a = *(const jml_time *)x, b = *(const jml_time *)y;
    return (a > b) - (a < b);
}

static void add(struct jml_work *w, struct instants *list, jml_time t)
{
    if (t != JML_TIME_NONE && t <= w->now)
        jml_vec_push(w->arena, list, t);
}

static struct instants instants_of(struct jml_work *w)
{
    struct instants list = {0};
    for (size_t i = 0; i < w->fold.periods.n; i++) {
        const struct jml_period *p = w->fold.periods.items[i];
        add(w, &list, p->start);
        add(w, &list, p->end);
        add(w, &list, p->baseline_until);
        for (size_t k = 0; k < p->changes.n; k++)
            add(w, &list, p->changes.items[k].at);
    }
    if (list.n > 1)
        qsort(list.items, list.n, sizeof(list.items[0]), compare_time);
    return list;
}

/* T9: a baseline load tells of people who are there from its receipt on. */
static bool is_employed(const struct jml_work *w, jml_time at)
{
    for (size_t i = 0; i < w->fold.periods.n; i++) {
        const struct jml_period *p = w->fold.periods.items[i];
        if (p->start <= at && at < p->end &&
            (p->baseline_until == JML_TIME_NONE || p->baseline_until <= at))
            return true;
    }
    return false;
}

static bool is_target(struct jml_work *w, const struct jml_automatic *version, jml_time at)
{
    return is_employed(w, at) &&
           jml_is_included(w, &version->targets, jml_fold_attributes_at(&w->fold, at));
}

static void give(struct jml_work *w, const struct jml_policy *p, const struct jml_automatic *v,
                 jml_time at)
{
    struct jml_effect e = jml_effect_of_policy(w, p, JML_GIVE, at);
    const struct jml_zone *zone = jml_fold_zone_at(&w->fold, at);
    struct jml_policy terms = {.expiration = v->expiration};
    e.policy_id = p->id;
    e.until = jml_policy_end(&terms, at, zone ? zone : w->zone);
    e.by = "policy";
    jml_ledger_add(w, e, false);
}

static void limit(struct jml_work *w, const struct jml_policy *p, const struct jml_automatic *v,
                  jml_time at)
{
    struct jml_effect e = jml_effect_of_policy(w, p, JML_LIMIT, at);
    const struct jml_zone *zone = jml_fold_zone_at(&w->fold, at);
    e.until = jml_duration_add(zone ? zone : w->zone, at, v->grace);
    e.by = "automatic";
    jml_ledger_add(w, e, false);
}

static void read_policy(struct jml_work *w, const struct jml_policy *p, const struct instants *changes)
{
    bool given = false;
    size_t c = 0;
    for (size_t i = 0; i < p->n_automatic && p->automatic[i].since <= w->now; i++) {
        const struct jml_automatic *v = &p->automatic[i];
        jml_time until = i + 1 < p->n_automatic ? p->automatic[i + 1].since : JML_TIME_MAX;
        jml_time at = v->since;
        while (c < changes->n && changes->items[c] <= at)
            c++;
        for (;;) {
            bool in = is_target(w, v, at);
            if (!given && in && v->enabled && v->gives) {
                give(w, p, v, at);
                given = true;
            } else if (given && !in) {
                /* who left loses all at once, and not by the policy */
                if (v->takes && is_employed(w, at))
                    limit(w, p, v, at);
                given = false;
            }
            if (c >= changes->n || changes->items[c] >= until)
                break;
            at = changes->items[c++];
        }
    }
}

void jml_automatic_read(struct jml_work *w)
{
    const struct jml_governance *g = w->world->governance;
    if (g->n_automatic == 0 || w->fold.periods.n == 0)
        return;
    struct instants changes = instants_of(w);
    for (size_t i = 0; i < g->n_automatic; i++)
        read_policy(w, g->automatic[i], &changes);
}

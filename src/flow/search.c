/* SPDX-License-Identifier: MIT
 *
 * The head of the queue and the windows behind it, see search.h.
 */
#include "flow/search.h"

#include <string.h>

#include "base/civil.h"

#define SWEEP_EVERY      JML_SECOND
#define SWEEP_COST_RATIO 20 /* a sweep that takes t is repeated after 20 t at the earliest */

static const struct jml_bounds whole = {0};

static bool move_behind(struct jml_search_claim *c, const struct jml_claim *claim);

void jml_search_attach(struct jml_search *s, struct jml_search_claim *c)
{
    *c = (struct jml_search_claim){0};
    s->bounds = s->gone = whole;
}

void jml_search_begin(struct jml_search *s, struct jml_search_claim *c, unsigned asked, int64_t now)
{
    int64_t every = s->sweep_cost * SWEEP_COST_RATIO;
    if (every < SWEEP_EVERY)
        every = SWEEP_EVERY;
    bool due = !c->ahead && now - s->last_sweep >= every;
    if (due)
        s->last_sweep = now;
    c->low = c->ahead ? c->behind : due ? whole : s->bounds;
    c->sweep = !c->ahead && memcmp(&c->low, &whole, sizeof whole) == 0;
    if (c->sweep)
        s->woken = false;
    c->began_at = now;
    c->asked = asked;
}

void jml_search_end(struct jml_search *s, struct jml_search_claim *c, int64_t now)
{
    if (c->sweep)
        s->sweep_cost = now - c->began_at;
}

/* The next claim begins at what this one saw first; or behind it. */
void jml_search_found(struct jml_search *s, struct jml_search_claim *c,
                      const struct jml_claim *claim, unsigned limit)
{
    bool was_ahead = c->ahead;
    if (!was_ahead) {
        for (int k = 0; k < 2; k++)
            if (claim->seen[k])
                s->bounds.low[k] = claim->first[k] - 1;
        if (claim->first[2])
            s->bounds.low[2] = claim->first[2] - 1;
        s->gone = s->bounds;
    }
    c->locked_out = false;
    if (claim->n > limit / 4) {
        c->ahead = false;
        c->behind = whole;
    } else if (move_behind(c, claim)) {
        c->ahead = !was_ahead;
    }
}

bool jml_search_nobody(struct jml_search *s, struct jml_search_claim *c)
{
    if (!c->sweep && !c->ahead) { /* behind the bounds there is nothing; is there before them? */
        s->bounds = whole;
        return true;
    }
    c->locked_out = c->locked_out || c->sweep;
    return false;
}

bool jml_search_counted(struct jml_search_claim *c, const struct jml_claim *claim)
{
    if (move_behind(c, claim)) {
        c->ahead = true;
        return true;
    }
    if (!c->locked_out) /* the end of the queue, and somebody was found on the way */
        return true;
    c->locked_out = false;
    return false;
}

/* A window of the queue was full, and nearly nobody of it could be claimed: one person fills it, or
 * others have locked its people. Then the next one behind it is looked at. */
static bool move_behind(struct jml_search_claim *c, const struct jml_claim *claim)
{
    bool more = false;
    for (int k = 0; k < 2; k++) {
        bool full = claim->seen[k] >= 2 * (int64_t)c->asked;
        int64_t end = full ? claim->last[k] : c->low.low[k];
        more = more || full;
        if (c->ahead || end > c->behind.low[k])
            c->behind.low[k] = end;
    }
    if (!more) {
        c->ahead = false;
        c->behind = whole;
    }
    return more;
}

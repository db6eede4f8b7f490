/* SPDX-License-Identifier: MIT
 *
 * One thing at a time, again and again, until nothing more can go.
 */
#include "sim/shrink.h"

#include "sim/company.h"

struct pair {
    struct sim_history *h;
    const struct sim_order *x, *y;
    bool ends_too;
    struct jml_arena *scratch;
};

static bool still_differs(const struct pair *p)
{
    struct sim_end x, y;
    jml_arena_reset(p->scratch);
    sim_live(p->h, p->x, p->scratch, &x);
    if (x.denied)
        return false;
    sim_live(p->h, p->y, p->scratch, &y);
    return !y.denied && sim_differ(p->h, &x, &y, p->ends_too) != NULL;
}

/* Without one member; same when there is no such. */
static const struct jml_value *without(struct jml_arena *a, const struct jml_value *v, size_t member)
{
    const struct jml_value *result = jml_value_object();
    for (size_t i = 0; i < v->n; i++)
        if (i != member)
            result = jml_value_with(a, result, v->keys[i], v->items[i]);
    return result;
}

static bool drop(const struct pair *p, bool *dropped)
{
    if (*dropped)
        return false;
    *dropped = true;
    if (still_differs(p))
        return true;
    *dropped = false;
    return false;
}

static bool drop_attributes(const struct pair *p, struct sim_event *e)
{
    bool any = false;
    for (size_t k = e->attributes->n; k-- > 0 && !e->dropped;) {
        const struct jml_value *before = e->attributes;
        e->attributes = without(&p->h->arena, before, k);
        if (still_differs(p))
            any = true;
        else
            e->attributes = before;
    }
    return any;
}

static bool drop_workflow(const struct pair *p, unsigned workflow)
{
    unsigned before = p->h->workflows;
    if (!(before & 1u << workflow))
        return false;
    p->h->workflows &= ~(1u << workflow);
    if (still_differs(p))
        return true;
    p->h->workflows = before;
    return false;
}

void sim_shrink(struct sim_history *h, const struct sim_order *x, const struct sim_order *y,
                bool ends_too, struct jml_arena *scratch)
{
    struct pair p = {h, x, y, ends_too, scratch};
    bool any = true;
    while (any) {
        any = false;
        for (size_t i = h->n_events; i-- > 0;)
            any |= drop(&p, &h->events[i].dropped);
        for (size_t i = h->n_requests; i-- > 0;)
            any |= drop(&p, &h->requests[i].dropped);
        for (unsigned i = 0; i < SIM_WORKFLOWS; i++)
            any |= drop_workflow(&p, i);
        for (size_t i = 0; i < h->n_events; i++)
            any |= drop_attributes(&p, &h->events[i]);
    }
}

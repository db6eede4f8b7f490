/* SPDX-License-Identifier: MIT
 *
 * One thing at a time, again and again, until nothing more can go.
 */
#include "sim/shrink.h"

#include "sim/company.h"

struct shrinking {
    struct sim_history *h;
    bool (*fails)(void *context);
    void *context;
};

/* Without one member. */
static const struct jml_value *without(struct jml_arena *a, const struct jml_value *v, size_t member)
{
    const struct jml_value *result = jml_value_object();
    for (size_t i = 0; i < v->n; i++)
        if (i != member)
            result = jml_value_with(a, result, v->keys[i], v->items[i]);
    return result;
}

static bool drop(const struct shrinking *p, bool *dropped)
{
    if (*dropped)
        return false;
    *dropped = true;
    if (p->fails(p->context))
        return true;
    *dropped = false;
    return false;
}

static bool drop_attributes(const struct shrinking *p, struct sim_event *e)
{
    bool any = false;
    for (size_t k = e->attributes->n; k-- > 0 && !e->dropped;) {
        const struct jml_value *before = e->attributes;
        e->attributes = without(&p->h->arena, before, k);
        if (p->fails(p->context))
            any = true;
        else
            e->attributes = before;
    }
    return any;
}

static bool drop_workflow(const struct shrinking *p, unsigned workflow)
{
    unsigned before = p->h->workflows;
    if (!(before & 1u << workflow))
        return false;
    p->h->workflows &= ~(1u << workflow);
    if (p->fails(p->context))
        return true;
    p->h->workflows = before;
    return false;
}

void sim_shrink(struct sim_history *h, bool (*fails)(void *context), void *context)
{
    struct shrinking p = {h, fails, context};
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

/* SPDX-License-Identifier: MIT
 *
 * Order: a walk that visits managers first. Whoever manages themselves in a circle is visited once.
 */
#include "flow/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/value.h"

struct walk {
    const struct jml_claim *claim;
    const struct jml_snapshot **by_name; /* the batch, by employee_id */
    bool *seen;
    size_t *order;
    size_t n;
};

static void visit(struct walk *walk, size_t i);
static int compare_managers(const void *a, const void *b);
static int compare_people(const void *a, const void *b);

const size_t *jml_order_plan(struct jml_arena *a, struct jml_claim *claim)
{
    size_t n = claim->n, n_managers = n ? claim->people[0].managers.n : 0;
    struct walk walk = {.claim = claim, .order = jml_new_n(a, size_t, n)};
    if (n_managers == 0) {
        for (size_t i = 0; i < n; i++)
            walk.order[i] = i;
        return walk.order;
    }
    qsort(claim->people[0].managers.items, n_managers, sizeof(*claim->people[0].managers.items),
          compare_managers);
    walk.by_name = jml_new_n(a, const struct jml_snapshot *, n);
    walk.seen = jml_new_n(a, bool, n);
    for (size_t i = 0; i < n; i++)
        walk.by_name[i] = &claim->people[i];
    qsort(walk.by_name, n, sizeof(*walk.by_name), compare_people);
    for (size_t i = 0; i < n; i++)
        visit(&walk, i);
    return walk.order;
}

void jml_order_note(struct jml_claim *claim, const struct jml_snapshot *stepped)
{
    if (stepped->managers.n == 0)
        return;
    struct jml_manager key = {.employee_id = stepped->person.employee_id}, *wanted = &key;
    struct jml_manager **found =
        bsearch(&wanted, claim->people[0].managers.items, stepped->managers.n,
                sizeof(*claim->people[0].managers.items), compare_managers);
    if (!found)
        return;
    (*found)->display_name = jml_value_find_string(stepped->person.attributes, "displayName");
    (*found)->mail = jml_value_find_string(stepped->person.attributes, "mail");
}

static void visit_named(struct walk *walk, const struct jml_value *attributes)
{
    const char *name = attributes ? jml_value_find_string(attributes, "manager") : NULL;
    if (!name)
        return;
    const struct jml_snapshot key = {.person.employee_id = name}, *wanted = &key;
    const struct jml_snapshot **found = bsearch(&wanted, walk->by_name, walk->claim->n,
                                                sizeof(*walk->by_name), compare_people);
    if (found)
        visit(walk, (size_t)(*found - walk->claim->people));
}

static void visit(struct walk *walk, size_t i)
{
    if (walk->seen[i])
        return;
    walk->seen[i] = true;
    const struct jml_snapshot *s = &walk->claim->people[i];
    visit_named(walk, s->person.attributes);
    for (size_t k = 0; k < s->events.n; k++)
        if (s->events.items[k]->state == JML_EVENT_PENDING)
            visit_named(walk, s->events.items[k]->attributes);
    walk->order[walk->n++] = i;
}

static int compare_managers(const void *a, const void *b)
{
    const struct jml_manager *const *x = a, *const *y = b;
    return strcmp((*x)->employee_id, (*y)->employee_id);
}

static int compare_people(const void *a, const void *b)
{
    const struct jml_snapshot *const *x = a, *const *y = b;
    return strcmp((*x)->person.employee_id, (*y)->person.employee_id);
}

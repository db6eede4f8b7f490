/* SPDX-License-Identifier: MIT */
#include "core/governance.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

/* Packages, policies, roles and workflows all begin with their id. */
static int by_id(const void *a, const void *b)
{
    const struct jml_id *const *x = a, *const *y = b;
    return jml_id_compare(**x, **y);
}

static const void *find(const void *table, size_t n, struct jml_id id)
{
    const struct jml_id *key = &id;
    const void *const *hit = n ? bsearch(&key, table, n, sizeof(void *), by_id) : NULL;
    return hit ? *hit : NULL;
}

_Static_assert(offsetof(struct jml_package, id) == 0, "find() looks there");
_Static_assert(offsetof(struct jml_policy, id) == 0, "find() looks there");
_Static_assert(offsetof(struct jml_resource_role, id) == 0, "find() looks there");
_Static_assert(offsetof(struct jml_workflow, id) == 0, "find() looks there");

static bool is_watched(const struct jml_package *p)
{
    for (size_t i = 0; i < p->n_policies; i++)
        if (p->policies[i]->n_automatic > 0)
            return true;
    return p->n_exclusions > 0;
}

void jml_governance_index(struct jml_governance *g)
{
    const struct jml_package **packages =
        jml_new_n(&g->arena, const struct jml_package *, g->n_packages);
    const struct jml_workflow **workflows =
        jml_new_n(&g->arena, const struct jml_workflow *, g->n_workflows);
    const struct jml_resource_role **roles =
        jml_new_n(&g->arena, const struct jml_resource_role *, g->n_roles);
    JML_VEC(const struct jml_policy *) policies = {0};
    JML_VEC(const struct jml_package *) watched = {0};

    for (size_t i = 0; i < g->n_packages; i++) {
        packages[i] = g->packages[i];
        for (size_t j = 0; j < packages[i]->n_policies; j++)
            jml_vec_push(&g->arena, &policies, packages[i]->policies[j]);
        if (is_watched(packages[i]))
            jml_vec_push(&g->arena, &watched, packages[i]);
    }
    for (size_t i = 0; i < g->n_roles; i++)
        roles[i] = g->roles[i];
    if (g->n_roles)
        qsort(roles, g->n_roles, sizeof(*roles), by_id);
    for (size_t i = 0; i < g->n_workflows; i++)
        workflows[i] = g->workflows[i];
    if (g->n_packages)
        qsort(packages, g->n_packages, sizeof(*packages), by_id);
    if (policies.n)
        qsort(policies.items, policies.n, sizeof(*policies.items), by_id);
    if (g->n_workflows)
        qsort(workflows, g->n_workflows, sizeof(*workflows), by_id);
    g->packages_by_id = packages;
    g->policies_by_id = policies.items;
    g->n_policies = policies.n;
    g->workflows_by_id = workflows;
    g->roles_by_id = roles;
    g->watched = watched.items;
    g->n_watched = watched.n;
}

struct jml_governance *jml_governance_free(struct jml_governance *g)
{
    if (g) {
        struct jml_arena arena = g->arena; /* which holds g itself */
        jml_arena_fini(&arena);
    }
    return NULL;
}

const struct jml_package *jml_governance_find_package(const struct jml_governance *g,
                                                      struct jml_id id)
{
    return find(g->packages_by_id, g->n_packages, id);
}

const struct jml_policy *jml_governance_find_policy(const struct jml_governance *g,
                                                    struct jml_id id)
{
    return find(g->policies_by_id, g->n_policies, id);
}

const struct jml_resource_role *jml_governance_find_role(const struct jml_governance *g,
                                                         struct jml_id id)
{
    return find(g->roles_by_id, g->n_roles, id);
}

static int by_target_name(const void *key, const void *target)
{
    const struct jml_target_row *row = target;
    return strcmp(key, row->display_name);
}

const struct jml_target_row *jml_governance_find_target(const struct jml_governance *g,
                                                        const char *name)
{
    return name && g->n_targets
               ? bsearch(name, g->targets, g->n_targets, sizeof(*g->targets), by_target_name)
               : NULL;
}

const struct jml_workflow *jml_governance_find_workflow(const struct jml_governance *g,
                                                        struct jml_id id)
{
    return find(g->workflows_by_id, g->n_workflows, id);
}

const struct jml_workflow *jml_governance_find_version(const struct jml_governance *g,
                                                       struct jml_id id, int version)
{
    const struct jml_workflow *newest = jml_governance_find_workflow(g, id);
    if (newest && newest->version == version)
        return newest;
    for (size_t i = 0; i < g->n_pinned; i++)
        if (g->pinned[i]->version == version && jml_id_equal(g->pinned[i]->id, id))
            return g->pinned[i];
    return NULL;
}

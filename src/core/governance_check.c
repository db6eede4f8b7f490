/* SPDX-License-Identifier: MIT */
#include "core/governance_check.h"

#include "base/str.h"

/* The other policy of the package that gives it without being asked; NULL: none. */
static const struct jml_policy *automatic_of(const struct jml_package *package,
                                             const struct jml_policy *but)
{
    for (size_t i = 0; i < package->n_policies; i++)
        if (package->policies[i] != but && package->policies[i]->enabled &&
            package->policies[i]->is_automatic)
            return package->policies[i];
    return NULL;
}

static void check_automatic(const struct jml_policy *policy, const char *path,
                            struct jml_problems *problems)
{
    const struct jml_policy *other = automatic_of(policy->package, policy);

    if (other)
        jml_warning_add(
            problems, path,
            "policy '%s' gives this package automatically, too: who falls out of one is "
            "judged by that one alone",
            other->display_name);
    for (size_t i = 0; i < policy->package->n_incompatible; i++) {
        const struct jml_package *package = policy->package->incompatible[i];
        if (automatic_of(package, NULL))
            jml_warning_add(problems, path,
                            "access package '%s' is given automatically, too, and must not be held "
                            "together with this one: whoever both are meant for gets one of them",
                            package->display_name);
    }
}

void jml_governance_check(const struct jml_governance_rows *rows, const struct jml_governance *g,
                          struct jml_problems *problems)
{
    for (size_t i = 0; i < rows->policies.n; i++) {
        const struct jml_policy_row *row = &rows->policies.items[i];
        const struct jml_policy *policy = row->path ? jml_governance_find_policy(g, row->id) : NULL;
        if (policy && policy->enabled && policy->is_automatic)
            check_automatic(policy, row->path, problems);
    }
}

/* ---- names ---- */

struct collecting {
    struct jml_arena *arena;
    struct jml_names *names;
    const char *path;
};

#define ADD(c, list, text)                                                         \
    do {                                                                           \
        bool known_ = false;                                                       \
        for (size_t i_ = 0; i_ < (c)->names->list.n && !known_; i_++)              \
            known_ = jml_streq((c)->names->list.items[i_].name, (text));           \
        if (!known_)                                                               \
            jml_vec_push((c)->arena, &(c)->names->list,                            \
                         ((struct jml_named){.name = (text), .path = (c)->path})); \
    } while (0)

static void add_subjects(struct collecting *c, const struct jml_subjects *set)
{
    for (size_t i = 0; i < set->n; i++) {
        if (set->items[i].kind == JML_SUBJECT_SINGLE_USER)
            ADD(c, people, set->items[i].name);
        if (set->items[i].kind == JML_SUBJECT_GROUP_MEMBERS)
            ADD(c, groups, set->items[i].name);
    }
}

static void add_policy(struct collecting *c, const struct jml_policy *policy)
{
    add_subjects(c, &policy->targets);
    add_subjects(c, &policy->requestors.behalf);
    for (size_t i = 0; i < policy->n_stages; i++) {
        add_subjects(c, &policy->stages[i].approvers);
        add_subjects(c, &policy->stages[i].fallback_approvers);
        add_subjects(c, &policy->stages[i].alternates);
        add_subjects(c, &policy->stages[i].fallback_alternates);
    }
}

void jml_governance_names(struct jml_arena *a, const struct jml_governance_rows *rows,
                          const struct jml_governance *g, struct jml_names *ret_names)
{
    struct collecting c = {.arena = a, .names = ret_names};

    *ret_names = (struct jml_names){0};
    for (size_t i = 0; i < rows->policies.n; i++) {
        const struct jml_policy *policy = jml_governance_find_policy(g, rows->policies.items[i].id);
        c.path = rows->policies.items[i].path;
        if (c.path && policy)
            add_policy(&c, policy);
    }
    for (size_t i = 0; i < rows->packages.n; i++) {
        const struct jml_package *package =
            jml_governance_find_package(g, rows->packages.items[i].id);
        c.path = rows->packages.items[i].path;
        for (size_t j = 0; c.path && package && j < package->n_incompatible_groups; j++)
            ADD(&c, groups, package->incompatible_groups[j]);
    }
    for (size_t i = 0; i < rows->organizations.n; i++) {
        const struct jml_organization_row *row = &rows->organizations.items[i];
        c.path = row->path;
        for (size_t j = 0; c.path && j < row->n_internal_sponsors; j++)
            ADD(&c, people, row->internal_sponsors[j]);
        for (size_t j = 0; c.path && j < row->n_external_sponsors; j++)
            ADD(&c, people, row->external_sponsors[j]);
    }
}

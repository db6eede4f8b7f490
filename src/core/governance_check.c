/* SPDX-License-Identifier: MIT */
#include "core/governance_check.h"

#include "base/str.h"
#include "core/document_read.h"
#include "core/setting.h"

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

static void check_automatic(const struct jml_governance_rows *rows, const struct jml_governance *g,
                            const struct jml_policy *policy, const char *path,
                            struct jml_problems *problems)
{
    const struct jml_policy *other = automatic_of(policy->package, policy);

    if (other)
        jml_warning_add(
            problems, path,
            "policy '%s' gives this package automatically, too: who falls out of one is "
            "judged by that one alone",
            other->display_name);
    for (size_t i = 0; i < rows->incompatible.n; i++) {
        const struct jml_pair_row *pair = &rows->incompatible.items[i];
        bool first = jml_id_equal(pair->id, policy->package->id);
        if (!first && !jml_id_equal(pair->other_id, policy->package->id))
            continue;
        const struct jml_package *package =
            jml_governance_find_package(g, first ? pair->other_id : pair->id);
        if (package && automatic_of(package, NULL))
            jml_warning_add(problems, path,
                            "access package '%s' is given automatically, too, and must not be held "
                            "together with this one: whoever both are meant for gets one of them",
                            package->display_name);
    }
}

/* ---- what targets call roles ---- */

static const struct {
    const char *kind, *keys[2];
} origins[] = {
    {"ldap", {"groupDn", "group"}},
    {"scim", {"groupId", "group"}},
};
#define N_ORIGINS (sizeof(origins) / sizeof(origins[0]))

static void check_origin(const struct jml_value *origin, size_t kind, const char *path,
                         struct jml_problems *problems)
{
    const char *one = origins[kind].keys[0], *other = origins[kind].keys[1], *dn;
    bool found = false;

    for (size_t i = 0; origin && i < origin->n; i++) {
        const char *key = origin->keys[i];

        if (!jml_streq(key, one) && !jml_streq(key, other))
            jml_problem_add(problems, path, "%s is unknown to targets of kind %s: %s or %s is wanted",
                            key, origins[kind].kind, one, other);
        else if (origin->items[i]->type != JML_STRING || !origin->items[i]->text[0])
            jml_problem_add(problems, path, "%s must be a text", key);
        else
            found = true;
    }
    dn = found ? jml_value_find_string(origin, "groupDn") : NULL;
    if (dn && !jml_setting_is_dn(dn))
        jml_problem_add(problems, path, "groupDn is no distinguished name");
    if (!origin || !origin->n)
        jml_problem_add(problems, path,
                        "missing: a target of kind %s has to know the group, by %s or %s, of the role "
                        "or of its resource",
                        origins[kind].kind, one, other);
}

static const char *resource_path(const struct jml_governance_rows *rows, struct jml_id id)
{
    for (size_t i = 0; i < rows->resources.n; i++)
        if (jml_id_equal(rows->resources.items[i].id, id))
            return rows->resources.items[i].path;
    return NULL;
}

/* Of a role that is in the documents, or whose target or resource is. */
static void check_role_origin(const struct jml_governance_rows *rows, const struct jml_governance *g,
                              const struct jml_role_row *row, struct jml_problems *problems)
{
    const struct jml_resource_role *role = jml_governance_find_role(g, row->id);
    const struct jml_target_row *target =
        role ? jml_governance_find_target(g, role->resource->target) : NULL;
    const struct jml_value *origin;
    const char *path;
    size_t kind = 0;

    while (target && kind < N_ORIGINS && !jml_streq(origins[kind].kind, target->kind))
        kind++;
    if (!target || kind == N_ORIGINS)
        return;
    path = row->path      ? row->path
           : target->path ? target->path
                          : resource_path(rows, row->resource_id);
    if (!path)
        return;
    origin = role->resource->origin;
    if (role->origin)
        origin = jml_value_merge(problems->arena, origin, role->origin);
    check_origin(origin, kind, jml_pointer(problems->arena, path, "origin"), problems);
}

void jml_governance_check(const struct jml_governance_rows *rows, const struct jml_governance *g,
                          struct jml_problems *problems)
{
    for (size_t i = 0; i < rows->roles.n; i++)
        check_role_origin(rows, g, &rows->roles.items[i], problems);
    for (size_t i = 0; i < rows->policies.n; i++) {
        const struct jml_policy_row *row = &rows->policies.items[i];
        const struct jml_policy *policy = row->path ? jml_governance_find_policy(g, row->id) : NULL;
        if (policy && policy->enabled && policy->is_automatic)
            check_automatic(rows, g, policy,
                            jml_pointer(problems->arena, row->path, "automaticRequestSettings"),
                            problems);
    }
}

/* ---- names ---- */

struct collecting {
    struct jml_arena *arena;
    struct jml_names *names;
    const char *path;
};

/* Once, at the first place. */
#define ADD(c, list, text)                                                         \
    do {                                                                           \
        bool known_ = false;                                                       \
        for (size_t i_ = 0; i_ < (c)->names->list.n && !known_; i_++)              \
            known_ = jml_streq((c)->names->list.items[i_].name, (text));           \
        if (!known_)                                                               \
            jml_vec_push((c)->arena, &(c)->names->list,                            \
                         ((struct jml_named){.name = (text), .path = (c)->path})); \
    } while (0)

static void add_subjects(struct collecting *c, const char *path, const char *member,
                         const struct jml_subjects *set)
{
    c->path = jml_pointer(c->arena, path, member);
    for (size_t i = 0; i < set->n; i++) {
        if (set->items[i].kind == JML_SUBJECT_SINGLE_USER)
            ADD(c, people, set->items[i].name);
        if (set->items[i].kind == JML_SUBJECT_GROUP_MEMBERS)
            ADD(c, groups, set->items[i].name);
    }
}

static void add_policy(struct collecting *c, const char *path, const struct jml_policy *policy)
{
    const char *stages =
        jml_pointer(c->arena, jml_pointer(c->arena, path, "requestApprovalSettings"), "stages");

    add_subjects(c, path, "specificAllowedTargets", &policy->targets);
    add_subjects(c, jml_pointer(c->arena, path, "requestorSettings"), "onBehalfRequestors",
                 &policy->requestors.behalf);
    for (size_t i = 0; i < policy->n_stages; i++) {
        const struct jml_stage *s = &policy->stages[i];
        const char *at = jml_pointer_item(c->arena, stages, i);
        add_subjects(c, at, "primaryApprovers", &s->approvers);
        add_subjects(c, at, "fallbackPrimaryApprovers", &s->fallback_approvers);
        add_subjects(c, at, "escalationApprovers", &s->alternates);
        add_subjects(c, at, "fallbackEscalationApprovers", &s->fallback_alternates);
    }
}

static void add_people(struct collecting *c, const char *path, const char *member,
                       const char *const *people, size_t n)
{
    c->path = jml_pointer(c->arena, path, member);
    for (size_t i = 0; i < n; i++)
        ADD(c, people, people[i]);
}

void jml_governance_names(struct jml_arena *a, const struct jml_governance_rows *rows,
                          const struct jml_governance *g, struct jml_names *ret_names)
{
    struct collecting c = {.arena = a, .names = ret_names};

    *ret_names = (struct jml_names){0};
    for (size_t i = 0; i < rows->policies.n; i++) {
        const struct jml_policy_row *row = &rows->policies.items[i];
        const struct jml_policy *policy = jml_governance_find_policy(g, row->id);
        if (row->path && policy)
            add_policy(&c, row->path, policy);
    }
    for (size_t i = 0; i < rows->packages.n; i++) {
        const struct jml_package_row *row = &rows->packages.items[i];
        const struct jml_package *package = jml_governance_find_package(g, row->id);
        if (!row->path || !package)
            continue;
        c.path = jml_pointer(a, row->path, "incompatibleGroups");
        for (size_t j = 0; j < rows->incompatible_groups.n; j++)
            if (jml_id_equal(rows->incompatible_groups.items[j].id, row->id))
                ADD(&c, groups, rows->incompatible_groups.items[j].name);
    }
    for (size_t i = 0; i < rows->organizations.n; i++) {
        const struct jml_organization_row *row = &rows->organizations.items[i];
        if (!row->path)
            continue;
        add_people(&c, row->path, "internalSponsors", row->internal_sponsors,
                   row->n_internal_sponsors);
        add_people(&c, row->path, "externalSponsors", row->external_sponsors,
                   row->n_external_sponsors);
    }
}

/* ---- what people have at targets ---- */

static bool has_key(const struct jml_change *c, const char *key)
{
    for (size_t i = 0; i < c->keys.n; i++)
        if (jml_streq(c->keys.items[i], key))
            return true;
    return false;
}

/* The row of an array that has this id; NULL: none. */
#define FIND(rows, the_id)                                                   \
    ({                                                                       \
        size_t at_ = 0;                                                      \
        while (at_ < (rows).n && !jml_id_equal((rows).items[at_].id, the_id)) \
            at_++;                                                           \
        at_ < (rows).n ? &(rows).items[at_] : NULL;                          \
    })

static void add_resource(struct jml_arena *a, const struct jml_governance_rows *before,
                         const struct jml_governance_plan *plan, const struct jml_change *c,
                         struct jml_moves *moves)
{
    const struct jml_resource_row *old = FIND(before->resources, c->id);
    const struct jml_resource_row *new = &plan->after.resources.items[c->row];
    bool leads_elsewhere = has_key(c, "target");
    struct jml_moved moved = {0};

    if (!old || (!leads_elsewhere && !has_key(c, "origin")) ||
        (!leads_elsewhere && jml_streq(old->target, "record")))
        return;
    moved.path = jml_pointer(a, new->path, leads_elsewhere ? "target" : "origin");
    moved.from = old->target;
    moved.to = new->target;
    for (size_t i = 0; i < before->roles.n; i++)
        if (jml_id_equal(before->roles.items[i].resource_id, c->id))
            jml_vec_push(a, &moved.roles, before->roles.items[i].id);
    jml_vec_push(a, &moves->moved, moved);
}

static void add_role(struct jml_arena *a, const struct jml_governance_rows *before,
                     const struct jml_governance_plan *plan, const struct jml_change *c,
                     struct jml_moves *moves)
{
    const struct jml_role_row *new = &plan->after.roles.items[c->row];
    const struct jml_resource_row *resource = FIND(before->resources, new->resource_id);
    struct jml_moved moved = {0};

    if (!resource || !has_key(c, "origin") || jml_streq(resource->target, "record"))
        return;
    moved.path = jml_pointer(a, new->path, "origin");
    moved.from = moved.to = resource->target;
    jml_vec_push(a, &moved.roles, c->id);
    jml_vec_push(a, &moves->moved, moved);
}

void jml_governance_moves(struct jml_arena *a, const struct jml_governance_rows *before,
                          const struct jml_governance_plan *plan, struct jml_moves *ret_moves)
{
    *ret_moves = (struct jml_moves){0};
    for (size_t i = 0; i < plan->changes.n; i++) {
        const struct jml_change *c = plan->changes.items[i];
        bool is_target = c->object == JML_OBJECT_TARGET || c->object == JML_OBJECT_EXTENSION;
        const struct jml_target_row *old = is_target ? FIND(before->targets, c->id) : NULL;
        if (c->act != JML_ACT_CHANGE)
            continue;
        if (old && (has_key(c, "displayName") || has_key(c, "kind")))
            jml_vec_push(a, &ret_moves->renamed,
                         ((struct jml_renamed){
                             .name = old->display_name,
                             .path = jml_pointer(a, plan->after.targets.items[c->row].path,
                                                 has_key(c, "kind") ? "kind" : "displayName")}));
        if (c->object == JML_OBJECT_RESOURCE)
            add_resource(a, before, plan, c, ret_moves);
        if (c->object == JML_OBJECT_ROLE)
            add_role(a, before, plan, c, ret_moves);
    }
}

void jml_governance_renamed_check(struct jml_problems *problems, const struct jml_renamed *renamed,
                                  int64_t open)
{
    if (open)
        jml_problem_add(problems, renamed->path,
                        "target '%s' keeps its name and kind until nothing is on its way to it: %lld "
                        "deliveries are open (jmlctl delivery list --target)",
                        renamed->name, (long long)open);
}

/* "1 person has", "7 people have" */
static const char *who_has(struct jml_arena *a, int64_t n)
{
    return n == 1 ? "1 person has" : jml_printf(a, "%lld people have", (long long)n);
}

void jml_governance_moved_check(struct jml_problems *problems, const struct jml_moved *moved,
                                int64_t people)
{
    const char *who = who_has(problems->arena, people);

    if (!people)
        return;
    if (jml_streq(moved->from, moved->to))
        jml_warning_add(problems, moved->path,
                        "%s it: target '%s' is told to give it at the new place, and then to take it at the "
                        "old one",
                        who, moved->from);
    else if (jml_streq(moved->from, "record"))
        jml_warning_add(problems, moved->path,
                        "%s roles of it by record: jmlctl assignment reprocess delivers them to '%s'",
                        who, moved->to);
    else
        jml_problem_add(problems, moved->path,
                        "%s roles of it at target '%s', where nobody would take them away: put roles of "
                        "another resource in their place",
                        who, moved->from);
}

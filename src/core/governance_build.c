/* SPDX-License-Identifier: MIT
 *
 * Governance build: rows to the value that decisions are made by. Policies keep the order of their
 * rows; packages and workflows are sorted by name, the roles of a package by id.
 */
#include <stdlib.h>
#include <string.h>

#include "core/builder.h"
#include "core/document.h"

static void build_organizations(struct jml_builder *b);
static void build_targets(struct jml_builder *b);
static void build_packages(struct jml_builder *b);
static void build_exclusions(struct jml_builder *b);
static void build_workflow(struct jml_builder *b, const struct jml_workflow_row *row,
                           struct jml_workflow *ret);
static void build_pinned(struct jml_builder *b);
static void sort_by_name(struct jml_builder *b);

const char *jml_builder_place(struct jml_builder *b, const char *kind, const char *path,
                              const char *name)
{
    return path ? path : jml_printf(b->arena, "%s '%s'", kind, name);
}

int jml_governance_build(const struct jml_governance_rows *rows, struct jml_problems *problems,
                         struct jml_governance **ret_governance, struct jml_err *e)
{
    struct jml_arena arena;
    struct jml_builder b = {.rows = rows, .problems = problems};
    size_t before = problems->n;

    jml_arena_init(&arena);
    b.g = jml_new(&arena, struct jml_governance);
    b.g->arena = arena; /* moves; `arena` is not used any more */
    b.arena = &b.g->arena;
    b.g->revision = rows->revision;
    jml_governance_index_rows(&b.index, b.arena, rows);
    build_organizations(&b);
    build_targets(&b);
    build_packages(&b);
    build_exclusions(&b);
    jml_builder_policies(&b);
    jml_builder_automatic(&b);
    b.workflows = jml_new_n(b.arena, struct jml_workflow, rows->workflows.n);
    for (size_t i = 0; i < rows->workflows.n; i++)
        build_workflow(&b, &rows->workflows.items[i], &b.workflows[i]);
    build_pinned(&b);
    sort_by_name(&b);
    jml_governance_index(b.g);
    if (problems->n > before) {
        jml_governance_free(b.g);
        return jml_err_set(e, JML_ERR_BAD_INPUT, "%.500s: %.400s", problems->items[before].path,
                           problems->items[before].reason);
    }
    *ret_governance = b.g;
    return 0;
}

/* ---- connected organizations ---- */

static const char *const *copy_texts(struct jml_arena *a, const char *const *texts, size_t n)
{
    const char **copy = jml_new_n(a, const char *, n);
    for (size_t i = 0; i < n; i++)
        copy[i] = jml_strdup(a, texts[i]);
    return copy;
}

static void build_organizations(struct jml_builder *b)
{
    size_t n = b->rows->organizations.n;
    const struct jml_organization **list = jml_new_n(b->arena, const struct jml_organization *, n);

    b->organizations = jml_new_n(b->arena, struct jml_organization, n);
    for (size_t i = 0; i < n; i++) {
        const struct jml_organization_row *row = &b->rows->organizations.items[i];
        b->organizations[i] = (struct jml_organization){
            .id = row->id,
            .display_name = jml_strdup(b->arena, row->display_name),
            .domains = copy_texts(b->arena, row->domains, row->n_domains),
            .n_domains = row->n_domains,
            .configured = !jml_streq(row->state, "proposed"),
            .internal_sponsors =
                copy_texts(b->arena, row->internal_sponsors, row->n_internal_sponsors),
            .n_internal_sponsors = row->n_internal_sponsors,
            .external_sponsors =
                copy_texts(b->arena, row->external_sponsors, row->n_external_sponsors),
            .n_external_sponsors = row->n_external_sponsors,
        };
        list[i] = &b->organizations[i];
    }
    b->g->organizations = list;
    b->g->n_organizations = n;
}

/* ---- targets ---- */

static int by_target_name(const void *a, const void *b)
{
    const struct jml_target_row *x = a, *y = b;
    return strcmp(x->display_name, y->display_name);
}

static void build_targets(struct jml_builder *b)
{
    size_t n = b->rows->targets.n;
    struct jml_target_row *list = jml_new_n(b->arena, struct jml_target_row, n);

    for (size_t i = 0; i < n; i++) {
        const struct jml_target_row *row = &b->rows->targets.items[i];
        const struct jml_value *document =
            row->document ? jml_value_copy(b->arena, row->document) : jml_value_object();
        jml_document_target_read(b->arena, document, row->kind, &list[i]);
        list[i].id = row->id;
        list[i].display_name = jml_strdup(b->arena, row->display_name);
        list[i].kind = jml_strdup(b->arena, row->kind);
        list[i].path = row->path ? jml_strdup(b->arena, row->path) : NULL;
    }
    if (n)
        qsort(list, n, sizeof(*list), by_target_name);
    b->g->targets = list;
    b->g->n_targets = n;
}

/* ---- packages ---- */

static void build_resources(struct jml_builder *b)
{
    b->catalogs = jml_new_n(b->arena, struct jml_catalog, b->rows->catalogs.n);
    for (size_t i = 0; i < b->rows->catalogs.n; i++) {
        const struct jml_catalog_row *row = &b->rows->catalogs.items[i];
        b->catalogs[i] = (struct jml_catalog){
            .id = row->id,
            .display_name = jml_strdup(b->arena, row->display_name),
            .description = jml_strdup(b->arena, row->description),
        };
    }
    b->resources = jml_new_n(b->arena, struct jml_resource, b->rows->resources.n);
    for (size_t i = 0; i < b->rows->resources.n; i++) {
        const struct jml_resource_row *row = &b->rows->resources.items[i];
        b->resources[i] = (struct jml_resource){
            .id = row->id,
            .catalog = JML_BUILDER_PARENT(b, catalogs, catalogs, row->catalog_id, "resource", row),
            .display_name = jml_strdup(b->arena, row->display_name),
            .target = jml_strdup(b->arena, row->target),
            .origin = row->origin ? jml_value_copy(b->arena, row->origin) : NULL,
        };
    }
    b->roles = jml_new_n(b->arena, struct jml_resource_role, b->rows->roles.n);
    for (size_t i = 0; i < b->rows->roles.n; i++) {
        const struct jml_role_row *row = &b->rows->roles.items[i];
        b->roles[i] = (struct jml_resource_role){
            .id = row->id,
            .resource =
                JML_BUILDER_PARENT(b, resources, resources, row->resource_id, "resource role", row),
            .display_name = jml_strdup(b->arena, row->display_name),
            .former_of = row->former_of,
            .origin = row->origin ? jml_value_copy(b->arena, row->origin) : NULL,
        };
    }
}

static int by_role_id(const void *a, const void *b)
{
    const struct jml_resource_role *const *x = a, *const *y = b;
    return jml_id_compare((*x)->id, (*y)->id);
}

static void build_packages(struct jml_builder *b)
{
    size_t *counts = jml_new_n(b->arena, size_t, b->rows->packages.n);
    const struct jml_resource_role ***lists =
        jml_new_n(b->arena, const struct jml_resource_role **, b->rows->packages.n);
    size_t package, role;

    build_resources(b);
    b->packages = jml_new_n(b->arena, struct jml_package, b->rows->packages.n);
    for (size_t i = 0; i < b->rows->packages.n; i++) {
        const struct jml_package_row *row = &b->rows->packages.items[i];
        b->packages[i] = (struct jml_package){
            .id = row->id,
            .catalog = jml_id_is_set(row->catalog_id)
                           ? JML_BUILDER_PARENT(b, catalogs, catalogs, row->catalog_id,
                                                "access package", row)
                           : NULL,
            .display_name = jml_strdup(b->arena, row->display_name),
            .description = jml_strdup(b->arena, row->description),
            .hidden = row->hidden,
        };
    }
    for (size_t i = 0; i < b->rows->package_roles.n; i++)
        if (jml_lookup_find(&b->index.packages, b->rows->package_roles.items[i].id, "", &package))
            counts[package]++;
    for (size_t i = 0; i < b->rows->packages.n; i++) {
        lists[i] = jml_new_n(b->arena, const struct jml_resource_role *, counts[i]);
        b->packages[i].roles = lists[i];
    }
    for (size_t i = 0; i < b->rows->package_roles.n; i++) {
        const struct jml_pair_row *pair = &b->rows->package_roles.items[i];
        if (!jml_lookup_find(&b->index.packages, pair->id, "", &package))
            continue;
        if (!jml_lookup_find(&b->index.roles, pair->other_id, "", &role))
            jml_problem_add(b->problems,
                            jml_builder_place(b, "access package",
                                              b->rows->packages.items[package].path,
                                              b->rows->packages.items[package].display_name),
                            "one of its resource roles is missing");
        else
            lists[package][b->packages[package].n_roles++] = &b->roles[role];
    }
    for (size_t i = 0; i < b->rows->packages.n; i++)
        if (b->packages[i].n_roles > 1)
            qsort(lists[i], b->packages[i].n_roles, sizeof(*lists[i]), by_role_id);
}

/* ---- what excludes packages ---- */

/* In both directions, whichever of the two packages names the other. Of deleted ones nothing is left. */
static void build_exclusions(struct jml_builder *b)
{
    size_t n_packages = b->rows->packages.n, package, other;
    JML_ROWS(jml_exclusion) *lists = jml_arena_calloc(b->arena, n_packages, sizeof(*lists));

    for (size_t i = 0; i < b->rows->exclusions.n; i++) {
        const struct jml_exclusion_row *row = &b->rows->exclusions.items[i];
        struct jml_exclusion x = {.since = row->since, .until = row->until};
        if (!jml_lookup_find(&b->index.packages, row->package_id, "", &package))
            continue;
        if (row->group) {
            x.group = jml_strdup(b->arena, row->group);
            jml_vec_push(b->arena, &lists[package], x);
        } else if (jml_lookup_find(&b->index.packages, row->other_id, "", &other)) {
            x.package = &b->packages[other];
            jml_vec_push(b->arena, &lists[package], x);
            x.package = &b->packages[package];
            jml_vec_push(b->arena, &lists[other], x);
        }
    }
    for (size_t i = 0; i < n_packages; i++) {
        b->packages[i].exclusions = lists[i].items;
        b->packages[i].n_exclusions = lists[i].n;
    }
}

/* ---- workflows ---- */

static void build_packages_of_task(struct jml_builder *b, const struct jml_document_task *t,
                                   struct jml_task *ret)
{
    const struct jml_document_argument *arg = jml_document_argument(t, "accessPackageId");
    const struct jml_document_argument *policy = jml_document_argument(t, "assignmentPolicyId");
    const struct jml_package **packages;
    const char *unknown;
    size_t *numbers, n, number;

    if (!arg)
        return;
    n = jml_index_packages(b->arena, &b->index, arg->value, &numbers, &unknown);
    if (!n) {
        jml_problem_add(b->problems, arg->path, "no access package '%.256s'", unknown);
        return;
    }
    packages = jml_new_n(b->arena, const struct jml_package *, n);
    for (size_t i = 0; i < n; i++)
        packages[i] = &b->packages[numbers[i]];
    ret->packages = packages;
    ret->n_packages = n;
    if (!policy) {
        if (ret->kind == JML_TASK_REQUEST_PACKAGE)
            jml_problem_add(b->problems, t->path, "needs the argument assignmentPolicyId");
        return;
    }
    if (jml_index_resolve(&b->index.policies, &b->index.policy_names, packages[0]->id,
                          policy->value, &number) &&
        b->policies[number].package == packages[0])
        ret->policy = &b->policies[number];
    else
        jml_problem_add(b->problems, policy->path, "no policy '%.256s' of package '%s'",
                        policy->value, packages[0]->display_name);
}

static void build_roles_of_task(struct jml_builder *b, const struct jml_document_task *t,
                                struct jml_task *ret)
{
    const struct jml_document_argument *arg = jml_document_roles(t);
    const struct jml_resource_role **roles;
    const char *unknown;
    size_t *numbers;

    if (!arg)
        return;
    ret->n_roles = jml_index_roles(b->arena, b->rows, arg->value, &numbers, &unknown);
    if (!ret->n_roles) {
        jml_problem_add(b->problems, arg->path, "no resource role '%.256s'", unknown);
        return;
    }
    roles = jml_new_n(b->arena, const struct jml_resource_role *, ret->n_roles);
    for (size_t i = 0; i < ret->n_roles; i++)
        roles[i] = &b->roles[numbers[i]];
    ret->roles = roles;
}

/* A merge patch: what has no value is cleared. */
static const struct jml_value *updates_of(struct jml_builder *b, const struct jml_document_task *t)
{
    const struct jml_document_argument *arg = jml_document_argument(t, "attributeUpdates");
    const struct jml_value *list, *patch = jml_value_object();
    struct jml_err e;

    if (!arg || jml_value_parse(b->arena, arg->value, strlen(arg->value), 8, &list, &e) < 0)
        return NULL;
    for (size_t i = 0; i < list->n; i++) {
        const char *name = jml_value_find_string(list->items[i], "attribute");
        const struct jml_value *value = jml_value_find(list->items[i], "value");
        if (name)
            patch = jml_value_with(b->arena, patch, name, value ? value : jml_value_null());
    }
    return patch;
}

static const char *argument(const struct jml_document_task *t, const char *name)
{
    const struct jml_document_argument *arg = jml_document_argument(t, name);
    return arg ? arg->value : NULL;
}

/* As it was checked when it was read. */
static int number(const struct jml_document_task *t, const char *name)
{
    const char *text = argument(t, name);
    return text ? atoi(text) : 0;
}

static void build_workflow(struct jml_builder *b, const struct jml_workflow_row *row,
                           struct jml_workflow *ret)
{
    const char *path = jml_builder_place(b, "workflow", row->path, row->display_name);
    const struct jml_value *document = jml_value_copy(b->arena, row->document);
    struct jml_document_workflow read;
    struct jml_task *tasks;

    jml_document_workflow_read(b->arena, document, path, b->problems, &read);
    tasks = jml_new_n(b->arena, struct jml_task, read.n_tasks);
    for (size_t j = 0; j < read.n_tasks; j++) {
        const struct jml_document_task *t = &read.tasks[j];
        tasks[j] = (struct jml_task){
            .position = (int)j + 1,
            .kind = t->kind,
            .definition_id = jml_task_kind_row(t->kind)->definition_id,
            .display_name = t->display_name,
            .enabled = t->enabled,
            .continue_on_error = t->continue_on_error,
            .days_until_expiration = t->days_until_expiration,
            .targets = argument(t, "target"),
            .extension = argument(t, "customTaskExtensionID"),
            .attributes = updates_of(b, t),
            .pass_length = number(t, "passwordLength"),
            .pass_minutes = number(t, "tapLifetimeMinutes"),
            .pass_once = argument(t, "tapIsUsableOnce"),
            .cc = argument(t, "cc"),
            .custom_subject = argument(t, "customSubject"),
            .custom_body = argument(t, "customBody"),
            .locale = argument(t, "locale"),
        };
        build_packages_of_task(b, t, &tasks[j]);
        build_roles_of_task(b, t, &tasks[j]);
    }
    *ret = (struct jml_workflow){
        .id = row->id,
        .display_name = jml_strdup(b->arena, row->display_name),
        .description = jml_strdup(b->arena, row->description),
        .category = jml_strdup(b->arena, row->category),
        .enabled = row->enabled,
        .scheduling_enabled = row->scheduling_enabled,
        .version = row->version,
        .scheduled_since = row->scheduled_since,
        .trigger = read.trigger,
        .scope = read.scope,
        .scope_groups = read.scope_groups,
        .n_scope_groups = read.n_scope_groups,
        .tasks = tasks,
        .n_tasks = read.n_tasks,
        .document = document,
    };
}

/* Names, category and switches belong to no version: they are those of the newest row. What an old
 * document names may be gone meanwhile; that is no mistake of the configuration. */
static void build_pinned(struct jml_builder *b)
{
    struct jml_problems *problems = b->problems;
    const struct jml_workflow **pinned =
        jml_new_n(b->arena, const struct jml_workflow *, b->rows->pinned.n);
    size_t number;

    for (size_t i = 0; i < b->rows->pinned.n; i++) {
        const struct jml_pinned_row *old = &b->rows->pinned.items[i];
        struct jml_problems gone = {.arena = b->arena};
        struct jml_workflow *wf = jml_new(b->arena, struct jml_workflow);
        if (!jml_lookup_find(&b->index.workflows, old->workflow_id, "", &number))
            continue;
        struct jml_workflow_row row = b->rows->workflows.items[number];
        row.version = old->version;
        row.document = old->document;
        b->problems = &gone;
        build_workflow(b, &row, wf);
        b->problems = problems;
        wf->incomplete = gone.n > 0;
        pinned[b->g->n_pinned++] = wf;
    }
    b->g->pinned = pinned;
}

/* ---- order ---- */

static int by_package_name(const void *a, const void *b)
{
    const struct jml_package *const *x = a, *const *y = b;
    int c = strcmp((*x)->display_name, (*y)->display_name);
    return c ? c : jml_id_compare((*x)->id, (*y)->id);
}

static int by_workflow_name(const void *a, const void *b)
{
    const struct jml_workflow *const *x = a, *const *y = b;
    int c = strcmp((*x)->display_name, (*y)->display_name);
    return c ? c : jml_id_compare((*x)->id, (*y)->id);
}

static void sort_by_name(struct jml_builder *b)
{
    struct jml_governance *g = b->g;
    const struct jml_package **packages =
        jml_new_n(b->arena, const struct jml_package *, b->rows->packages.n);
    const struct jml_workflow **workflows =
        jml_new_n(b->arena, const struct jml_workflow *, b->rows->workflows.n);
    const struct jml_resource_role **roles =
        jml_new_n(b->arena, const struct jml_resource_role *, b->rows->roles.n);

    for (size_t i = 0; i < b->rows->packages.n; i++)
        packages[i] = &b->packages[i];
    for (size_t i = 0; i < b->rows->workflows.n; i++)
        workflows[i] = &b->workflows[i];
    for (size_t i = 0; i < b->rows->roles.n; i++)
        roles[i] = &b->roles[i];
    if (b->rows->packages.n)
        qsort(packages, b->rows->packages.n, sizeof(*packages), by_package_name);
    if (b->rows->workflows.n)
        qsort(workflows, b->rows->workflows.n, sizeof(*workflows), by_workflow_name);
    g->packages = packages;
    g->n_packages = b->rows->packages.n;
    g->workflows = workflows;
    g->n_workflows = b->rows->workflows.n;
    g->roles = roles;
    g->n_roles = b->rows->roles.n;
}

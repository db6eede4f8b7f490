/* SPDX-License-Identifier: MIT
 *
 * jmlctl apply: documents into the database, all or nothing, under the lock that no batch of the
 * daemon holds meanwhile. Applying the same again changes nothing.
 */
#include <stdio.h>

#include "base/str.h"
#include "ctl/governance.h"
#include "db/param.h"

static int apply(struct jml_ctl *c, const struct jml_document_set *set);
static int write_plan(struct jml_ctl *c, const struct jml_governance_plan *plan, struct jml_err *e);

static int run_apply(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    struct jml_document_set set;
    struct jml_err e;
    int code = jml_ctl_documents(c, call, &set);

    if (!code)
        code = jml_ctl_session(c);
    if (code)
        return code;
    if (jml_session_script(c->session, "begin", &e) < 0)
        return jml_ctl_fail(c, &e);
    code = apply(c, &set);
    if (code && jml_session_script(c->session, "rollback", &e) < 0)
        jml_session_clear(c->session); /* the connection is gone: so is the transaction */
    return code;
}

static int apply(struct jml_ctl *c, const struct jml_document_set *set)
{
    struct jml_governance_plan plan;
    struct jml_err e;
    int code;

    if (jml_ctl_run(c, "exclusive_lock", NULL, 0, NULL, &e) < 0)
        return jml_ctl_fail(c, &e);
    code = jml_ctl_plan(c, set, &plan);
    if (code)
        return code;
    if (plan.n_changed && write_plan(c, &plan, &e) < 0)
        return jml_ctl_fail(c, &e);
    if (jml_session_script(c->session, "commit", &e) < 0)
        return jml_ctl_fail(c, &e);
    code = jml_ctl_plan_print(c, &plan);
    if (!code && c->format == JML_CTL_TABLE) {
        if (plan.n_changed)
            printf("%zu changed, %zu unchanged\n", plan.n_changed, plan.changes.n - plan.n_changed);
        else
            printf("nothing changed (%zu objects)\n", plan.changes.n);
    }
    return code;
}

const struct jml_verb jml_ctl_apply_verbs[] = {
    {
        .noun = "apply",
        .arguments = "PATH...",
        .summary = "Loads documents, all or nothing; tells everything that is wrong at once.",
        .min_arguments = 1,
        .max_arguments = -1,
        .run = run_apply,
    },
    {0},
};

/* ---- writing ---- */

#define MAX_COLUMNS 10

/* One statement over all rows of one kind that are new or changed. */
struct table {
    struct jml_ctl *c;
    struct jml_array_param columns[MAX_COLUMNS];
    size_t n;
};

static struct table table(struct jml_ctl *c, const enum jml_array_type *types, size_t n)
{
    struct table t = {.c = c, .n = n};
    for (size_t i = 0; i < n; i++)
        jml_array_init(&t.columns[i], &c->arena, types[i]);
    return t;
}
#define TABLE(c, ...)                                      \
    table((c), (const enum jml_array_type[]){__VA_ARGS__}, \
          sizeof((enum jml_array_type[]){__VA_ARGS__}) / sizeof(enum jml_array_type))

static int write_table(struct table *t, const char *statement, const struct jml_param *last,
                       struct jml_err *e)
{
    struct jml_param params[MAX_COLUMNS + 1];

    if (t->columns[0].n == 0)
        return 0;
    for (size_t i = 0; i < t->n; i++)
        params[i] = jml_array_param(&t->columns[i]);
    if (last)
        params[t->n] = *last;
    return jml_ctl_run(t->c, statement, params, t->n + (last != NULL), NULL, e);
}

static void add_json(struct table *t, size_t column, const struct jml_value *v)
{
    jml_array_add_text(&t->columns[column], v ? jml_value_text(&t->c->arena, v) : NULL);
}

/* The rows of one kind that the plan creates or changes. */
#define EACH(plan, kind, rows_of, row)                                             \
    for (size_t i_ = 0; i_ < (plan)->changes.n; i_++)                              \
        if ((plan)->changes.items[i_]->object == (kind) &&                         \
            (plan)->changes.items[i_]->act != JML_ACT_KEEP)                        \
            for (const __typeof__(*(plan)->after.rows_of.items) *row =             \
                     &(plan)->after.rows_of.items[(plan)->changes.items[i_]->row]; \
                 row; row = NULL)

static int write_targets(struct jml_ctl *c, const struct jml_governance_plan *plan, struct jml_err *e)
{
    struct table t = TABLE(c, JML_ARRAY_UUID, JML_ARRAY_TEXT, JML_ARRAY_TEXT, JML_ARRAY_JSONB);

    for (enum jml_object object = JML_OBJECT_TARGET; object <= JML_OBJECT_EXTENSION; object++)
        EACH(plan, object, targets, row)
        {
            jml_array_add_uuid(&t.columns[0], row->id);
            jml_array_add_text(&t.columns[1], row->display_name);
            jml_array_add_text(&t.columns[2], row->kind);
            add_json(&t, 3, row->document);
        }
    return write_table(&t, "governance_write_targets", NULL, e);
}

static int write_resources(struct jml_ctl *c, const struct jml_governance_plan *plan,
                           struct jml_err *e)
{
    struct table catalogs = TABLE(c, JML_ARRAY_UUID, JML_ARRAY_TEXT, JML_ARRAY_TEXT);
    struct table resources =
        TABLE(c, JML_ARRAY_UUID, JML_ARRAY_UUID, JML_ARRAY_TEXT, JML_ARRAY_TEXT, JML_ARRAY_JSONB);
    struct table roles = TABLE(c, JML_ARRAY_UUID, JML_ARRAY_UUID, JML_ARRAY_TEXT, JML_ARRAY_JSONB);

    EACH(plan, JML_OBJECT_CATALOG, catalogs, row)
    {
        jml_array_add_uuid(&catalogs.columns[0], row->id);
        jml_array_add_text(&catalogs.columns[1], row->display_name);
        jml_array_add_text(&catalogs.columns[2], row->description);
    }
    EACH(plan, JML_OBJECT_RESOURCE, resources, row)
    {
        jml_array_add_uuid(&resources.columns[0], row->id);
        jml_array_add_uuid(&resources.columns[1], row->catalog_id);
        jml_array_add_text(&resources.columns[2], row->display_name);
        jml_array_add_text(&resources.columns[3], row->target);
        add_json(&resources, 4, row->origin);
    }
    EACH(plan, JML_OBJECT_ROLE, roles, row)
    {
        jml_array_add_uuid(&roles.columns[0], row->id);
        jml_array_add_uuid(&roles.columns[1], row->resource_id);
        jml_array_add_text(&roles.columns[2], row->display_name);
        add_json(&roles, 3, row->origin);
    }
    if (write_table(&catalogs, "governance_write_catalogs", NULL, e) < 0 ||
        write_table(&resources, "governance_write_resources", NULL, e) < 0)
        return -1;
    return write_table(&roles, "governance_write_resource_roles", NULL, e);
}

/* Roles and incompatible packages of every package that changed are written anew. */
static int write_pairs(struct jml_ctl *c, const struct jml_governance_plan *plan,
                       const char *statement, const struct jml_pair_row *pairs, size_t n,
                       struct jml_err *e)
{
    struct table t = TABLE(c, JML_ARRAY_UUID, JML_ARRAY_UUID, JML_ARRAY_UUID);

    EACH(plan, JML_OBJECT_PACKAGE, packages, row)
    {
        jml_array_add_uuid(&t.columns[0], row->id);
        for (size_t i = 0; i < n; i++)
            if (jml_id_equal(pairs[i].id, row->id)) {
                jml_array_add_uuid(&t.columns[1], row->id);
                jml_array_add_uuid(&t.columns[2], pairs[i].other_id);
            }
    }
    return write_table(&t, statement, NULL, e);
}

static int write_groups(struct jml_ctl *c, const struct jml_governance_plan *plan,
                        struct jml_err *e)
{
    struct table t = TABLE(c, JML_ARRAY_UUID, JML_ARRAY_UUID, JML_ARRAY_TEXT);

    EACH(plan, JML_OBJECT_PACKAGE, packages, row)
    {
        jml_array_add_uuid(&t.columns[0], row->id);
        for (size_t i = 0; i < plan->after.incompatible_groups.n; i++)
            if (jml_id_equal(plan->after.incompatible_groups.items[i].id, row->id)) {
                jml_array_add_uuid(&t.columns[1], row->id);
                jml_array_add_text(&t.columns[2], plan->after.incompatible_groups.items[i].name);
            }
    }
    return write_table(&t, "governance_write_incompatible_groups", NULL, e);
}

/* The versions that the plan has added: the newest of policies that have a new one. */
static int write_policy_versions(struct jml_ctl *c, const struct jml_governance_plan *plan,
                                 struct jml_err *e)
{
    struct table t = TABLE(c, JML_ARRAY_UUID, JML_ARRAY_TIME, JML_ARRAY_BOOL, JML_ARRAY_JSONB);

    EACH(plan, JML_OBJECT_POLICY, policies, row)
    {
        const struct jml_policy_version_row *newest = NULL;
        if (!plan->changes.items[i_]->new_version)
            continue;
        for (size_t i = 0; i < plan->after.policy_versions.n; i++)
            if (jml_id_equal(plan->after.policy_versions.items[i].policy_id, row->id))
                newest = &plan->after.policy_versions.items[i];
        jml_array_add_uuid(&t.columns[0], row->id);
        jml_array_add_time(&t.columns[1], newest->since);
        jml_array_add_bool(&t.columns[2], newest->enabled);
        add_json(&t, 3, newest->document);
    }
    return write_table(&t, "governance_write_policy_versions", NULL, e);
}

static int write_packages(struct jml_ctl *c, const struct jml_governance_plan *plan,
                          struct jml_err *e)
{
    struct table packages =
        TABLE(c, JML_ARRAY_UUID, JML_ARRAY_UUID, JML_ARRAY_TEXT, JML_ARRAY_TEXT, JML_ARRAY_BOOL);
    struct table policies =
        TABLE(c, JML_ARRAY_UUID, JML_ARRAY_UUID, JML_ARRAY_TEXT, JML_ARRAY_BOOL, JML_ARRAY_JSONB);

    EACH(plan, JML_OBJECT_PACKAGE, packages, row)
    {
        jml_array_add_uuid(&packages.columns[0], row->id);
        jml_array_add_uuid(&packages.columns[1], row->catalog_id);
        jml_array_add_text(&packages.columns[2], row->display_name);
        jml_array_add_text(&packages.columns[3], row->description);
        jml_array_add_bool(&packages.columns[4], row->hidden);
    }
    EACH(plan, JML_OBJECT_POLICY, policies, row)
    {
        jml_array_add_uuid(&policies.columns[0], row->id);
        jml_array_add_uuid(&policies.columns[1], row->package_id);
        jml_array_add_text(&policies.columns[2], row->display_name);
        jml_array_add_bool(&policies.columns[3], row->enabled);
        add_json(&policies, 4, row->document);
    }
    if (write_table(&packages, "governance_write_packages", NULL, e) < 0 ||
        write_table(&policies, "governance_write_policies", NULL, e) < 0 ||
        write_policy_versions(c, plan, e) < 0 || write_groups(c, plan, e) < 0 ||
        write_pairs(c, plan, "governance_write_package_roles", plan->after.package_roles.items,
                    plan->after.package_roles.n, e) < 0)
        return -1;
    return write_pairs(c, plan, "governance_write_incompatible", plan->after.incompatible.items,
                       plan->after.incompatible.n, e);
}

static void add_texts(struct table *t, size_t column, const char *const *texts, size_t n)
{
    struct jml_arena *a = &t->c->arena;
    const struct jml_value *list = jml_value_array();

    for (size_t i = 0; i < n; i++)
        list = jml_value_append(a, list, jml_value_string(a, texts[i]));
    add_json(t, column, list);
}

static int write_organizations(struct jml_ctl *c, const struct jml_governance_plan *plan,
                               struct jml_err *e)
{
    struct table t = TABLE(c, JML_ARRAY_UUID, JML_ARRAY_TEXT, JML_ARRAY_TEXT, JML_ARRAY_JSONB,
                           JML_ARRAY_JSONB, JML_ARRAY_JSONB);

    EACH(plan, JML_OBJECT_ORGANIZATION, organizations, row)
    {
        jml_array_add_uuid(&t.columns[0], row->id);
        jml_array_add_text(&t.columns[1], row->display_name);
        jml_array_add_text(&t.columns[2], row->state);
        add_texts(&t, 3, row->domains, row->n_domains);
        add_texts(&t, 4, row->internal_sponsors, row->n_internal_sponsors);
        add_texts(&t, 5, row->external_sponsors, row->n_external_sponsors);
    }
    return write_table(&t, "governance_write_organizations", NULL, e);
}

static int write_workflows(struct jml_ctl *c, const struct jml_governance_plan *plan,
                           struct jml_err *e)
{
    struct table workflows =
        TABLE(c, JML_ARRAY_UUID, JML_ARRAY_TEXT, JML_ARRAY_TEXT, JML_ARRAY_TEXT, JML_ARRAY_BOOL,
              JML_ARRAY_BOOL, JML_ARRAY_INT4, JML_ARRAY_TIME, JML_ARRAY_JSONB);
    struct table versions = TABLE(c, JML_ARRAY_UUID, JML_ARRAY_INT4, JML_ARRAY_JSONB);

    EACH(plan, JML_OBJECT_WORKFLOW, workflows, row)
    {
        jml_array_add_uuid(&workflows.columns[0], row->id);
        jml_array_add_text(&workflows.columns[1], row->display_name);
        jml_array_add_text(&workflows.columns[2], row->description);
        jml_array_add_text(&workflows.columns[3], row->category);
        jml_array_add_bool(&workflows.columns[4], row->enabled);
        jml_array_add_bool(&workflows.columns[5], row->scheduling_enabled);
        jml_array_add_int(&workflows.columns[6], row->version);
        jml_array_add_time(&workflows.columns[7], row->scheduled_since);
        add_json(&workflows, 8, row->document);
        if (!plan->changes.items[i_]->new_version)
            continue;
        jml_array_add_uuid(&versions.columns[0], row->id);
        jml_array_add_int(&versions.columns[1], row->version);
        add_json(&versions, 2, row->document);
    }
    if (write_table(&workflows, "governance_write_workflows", NULL, e) < 0)
        return -1;
    return write_table(&versions, "governance_write_versions", NULL, e);
}

/* ---- records ---- */

/* Names of what changed, never values. */
static const char *detail(struct jml_ctl *c, const struct jml_governance_plan *plan,
                          const struct jml_change *change)
{
    const struct jml_value *keys = jml_value_array(), *v = jml_value_object();

    if (change->object == JML_OBJECT_WORKFLOW)
        v = jml_value_with(
            &c->arena, v, "version",
            jml_value_int(&c->arena, plan->after.workflows.items[change->row].version));
    for (size_t i = 0; i < change->keys.n; i++)
        keys =
            jml_value_append(&c->arena, keys, jml_value_string(&c->arena, change->keys.items[i]));
    if (change->keys.n)
        v = jml_value_with(&c->arena, v, "changed", keys);
    return jml_value_text(&c->arena, v);
}

static int write_audit(struct jml_ctl *c, const struct jml_governance_plan *plan,
                       const struct jml_param *revision, struct jml_err *e)
{
    struct table t = TABLE(c, JML_ARRAY_TEXT, JML_ARRAY_TEXT, JML_ARRAY_INT4, JML_ARRAY_TEXT,
                           JML_ARRAY_TEXT, JML_ARRAY_TEXT, JML_ARRAY_JSONB);

    for (size_t i = 0; i < plan->changes.n; i++) {
        const struct jml_change *change = plan->changes.items[i];
        const struct jml_transition *x = change->transition;
        if (!x)
            continue;
        jml_array_add_text(&t.columns[0], jml_machine_name(x->machine));
        jml_array_add_text(&t.columns[1], jml_id_text(&c->arena, change->id));
        jml_array_add_int(&t.columns[2], x->rule);
        jml_array_add_text(&t.columns[3], x->from ? jml_state_name(x->machine, x->from) : NULL);
        jml_array_add_text(&t.columns[4], jml_state_name(x->machine, x->to));
        jml_array_add_text(&t.columns[5], "applied");
        jml_array_add_text(&t.columns[6], detail(c, plan, change));
    }
    return write_table(&t, "governance_write_audit", revision, e);
}

static int write_rollouts(struct jml_ctl *c, const struct jml_governance_plan *plan,
                          const struct jml_param *revision, struct jml_err *e)
{
    static const char *const kinds[JML_OBJECT_COUNT] = {
        [JML_OBJECT_PACKAGE] = "package",
        [JML_OBJECT_POLICY] = "policy",
        [JML_OBJECT_WORKFLOW] = "workflow",
    };
    struct table t = TABLE(c, JML_ARRAY_TEXT, JML_ARRAY_UUID);

    for (size_t i = 0; i < plan->changes.n; i++) {
        const struct jml_change *change = plan->changes.items[i];
        if (change->act == JML_ACT_KEEP || !change->touches_people || !kinds[change->object])
            continue;
        jml_array_add_text(&t.columns[0], kinds[change->object]);
        jml_array_add_uuid(&t.columns[1], change->id);
    }
    return write_table(&t, "governance_write_rollouts", revision, e);
}

static int write_plan(struct jml_ctl *c, const struct jml_governance_plan *plan, struct jml_err *e)
{
    struct jml_param revision;
    int64_t number;

    if (write_targets(c, plan, e) < 0 || write_resources(c, plan, e) < 0 || write_packages(c, plan, e) < 0 ||
        write_organizations(c, plan, e) < 0 || write_workflows(c, plan, e) < 0 ||
        jml_ctl_run(c, "governance_write_revision", NULL, 0, &number, e) < 0)
        return -1;
    /* What was decided at a moved clock is on record with it: nobody goes on before that. */
    if (c->clock_offset) {
        struct jml_param back = jml_param_bool(&c->arena, false);

        if (jml_ctl_run(c, "configuration_clock", &back, 1, NULL, e) < 0)
            return -1;
    }
    revision = jml_param_int8(&c->arena, number);
    if (write_audit(c, plan, &revision, e) < 0)
        return -1;
    return write_rollouts(c, plan, &revision, e);
}

/* SPDX-License-Identifier: MIT
 *
 * Governance plan: workflows. What their tasks name is resolved to ids before it is compared and
 * stored: renaming a package never turns a workflow to another one. Tasks and conditions that
 * differ make a new version; names, descriptions and the two switches do not (SEMANTICS C4).
 */
#include "base/str.h"
#include "core/document_read.h"
#include "core/planner.h"

static bool resolve_task(struct jml_planner *p, struct jml_document_task *t);
static void resolve_policy(struct jml_planner *p, struct jml_document_task *t, size_t package);
static void compare(struct jml_planner *p, struct jml_change *c, struct jml_workflow_row *at,
                    const struct jml_document_workflow *d);

void jml_planner_workflows(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->workflows.n; i++) {
        struct jml_document_workflow *d = &p->set->workflows.items[i];
        size_t row = p->rows->workflows.n;
        bool found = jml_planner_match(&p->index.workflows, &p->index.workflow_names, jml_id_none,
                                       d->id, d->display_name, &row);
        struct jml_workflow_row *at;
        struct jml_change *c;
        bool resolved = true;
        int from;

        for (size_t j = 0; j < d->n_tasks; j++)
            resolved &= resolve_task(p, &d->tasks[j]) & jml_planner_task_targets(p, &d->tasks[j]);
        if (!resolved || !d->conditions)
            continue;
        if (!found)
            jml_vec_push(p->arena, &p->rows->workflows,
                         ((struct jml_workflow_row){.id = jml_planner_id(p, d->id),
                                                    .scheduled_since = JML_TIME_NONE}));
        at = &p->rows->workflows.items[row];
        jml_planner_take(p, &at->path, d->path);
        c = jml_planner_begin(p, JML_OBJECT_WORKFLOW, found, row, at->id, d->display_name);
        from = at->enabled ? JML_WORKFLOW_ENABLED : JML_WORKFLOW_DISABLED;
        compare(p, c, at, d);
        jml_planner_end(p, c, JML_MACHINE_WORKFLOW, from,
                        at->enabled ? JML_GUARD_IS_ENABLED : JML_GUARD_ALWAYS);
    }
}

static void compare(struct jml_planner *p, struct jml_change *c, struct jml_workflow_row *at,
                    const struct jml_document_workflow *d)
{
    struct jml_problems ignored = {.arena = p->arena};
    struct jml_document_workflow old = {0};
    bool was_enabled = at->enabled, was_scheduled = at->enabled && at->scheduling_enabled;
    bool new_conditions = false;

    if (at->document)
        jml_document_workflow_read(p->arena, at->document, "", &ignored, &old);
    jml_planner_set_name(p, c, &p->index.workflow_names, jml_id_none, &at->display_name,
                         d->display_name);
    jml_planner_set_text(p, c, "description", &at->description, d->description);
    jml_planner_set_text(p, c, "category", &at->category, d->category);
    jml_planner_set_bool(p, c, "isEnabled", &at->enabled, d->enabled);
    /* a disabled workflow keeps its other switch for the day it is enabled again */
    if (c->act == JML_ACT_CREATE || was_enabled || d->enabled)
        jml_planner_set_bool(p, c, "isSchedulingEnabled", &at->scheduling_enabled,
                             d->scheduling_enabled);
    for (size_t i = 0; i < c->keys.n; i++)
        c->touches_people |= jml_str_starts(c->keys.items[i], "is");

    if (!jml_value_equal(old.conditions, d->conditions)) {
        jml_planner_note(p, c, "executionConditions");
        c->new_version = new_conditions = true;
    }
    if (!jml_value_equal(jml_document_tasks_format(p->arena, &old, false),
                         jml_document_tasks_format(p->arena, d, false))) {
        jml_planner_note(p, c, "tasks");
        c->new_version = true;
    } else if (!jml_value_equal(jml_document_tasks_format(p->arena, &old, true),
                                jml_document_tasks_format(p->arena, d, true))) {
        jml_planner_note(p, c, "names of tasks");
    }
    c->touches_people |= c->new_version;
    at->version += c->new_version;
    /* causes from before it could fire, or of other conditions, are history */
    if (at->enabled && at->scheduling_enabled && (!was_scheduled || new_conditions))
        at->scheduled_since = p->now;
    if (c->act != JML_ACT_KEEP)
        at->document = jml_document_workflow_format(p->arena, d);
}

/* ---- what tasks name ---- */

static struct jml_document_argument *find_argument(struct jml_document_task *t, const char *name)
{
    for (size_t i = 0; i < t->n_arguments; i++)
        if (jml_streq(t->arguments[i].name, name))
            return &t->arguments[i];
    return NULL;
}

static bool resolve_task(struct jml_planner *p, struct jml_document_task *t)
{
    struct jml_document_argument *arg = find_argument(t, "accessPackageId");
    struct jml_str ids = JML_STR_INIT(p->arena);
    size_t *numbers, n, n_problems = p->problems->n;
    const char *unknown;

    if (!arg)
        return true; /* needs none, or it was reported */
    n = jml_index_packages(p->arena, &p->index, arg->value, &numbers, &unknown);
    if (!n) {
        jml_problem_add(p->problems, arg->path, "no access package '%.256s'", unknown);
        return false;
    }
    if (n > 1 && t->kind == JML_TASK_REQUEST_PACKAGE) {
        jml_problem_add(p->problems, arg->path, "must name exactly one access package, names %zu",
                        n);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++)
            if (numbers[i] == numbers[j])
                jml_problem_add(p->problems, arg->path, "names '%s' twice",
                                p->rows->packages.items[numbers[i]].display_name);
        jml_str_addf(&ids, "%s%s", i ? "," : "",
                     jml_id_text(p->arena, p->rows->packages.items[numbers[i]].id));
    }
    arg->value = jml_str_text(&ids);
    if (t->kind == JML_TASK_REQUEST_PACKAGE)
        resolve_policy(p, t, numbers[0]);
    return p->problems->n == n_problems;
}

/* The policy named; when none is, the only one that the package has. */
static void resolve_policy(struct jml_planner *p, struct jml_document_task *t, size_t package)
{
    const struct jml_package_row *row = &p->rows->packages.items[package];
    struct jml_document_argument *arg = find_argument(t, "assignmentPolicyId");
    size_t n = 0, policy = 0;

    if (arg) {
        if (jml_index_resolve(&p->index.policies, &p->index.policy_names, row->id, arg->value,
                              &policy) &&
            jml_id_equal(p->rows->policies.items[policy].package_id, row->id))
            arg->value = jml_id_text(p->arena, p->rows->policies.items[policy].id);
        else
            jml_problem_add(p->problems, arg->path, "no policy '%.256s' of access package '%s'",
                            arg->value, row->display_name);
        return;
    }
    for (size_t i = 0; i < p->rows->policies.n; i++)
        if (jml_id_equal(p->rows->policies.items[i].package_id, row->id)) {
            policy = i;
            n++;
        }
    if (n != 1) {
        jml_problem_add(p->problems, jml_pointer(p->arena, t->path, "arguments"),
                        "needs the argument assignmentPolicyId: access package '%s' has %zu "
                        "policies",
                        row->display_name, n);
        return;
    }
    t->arguments[t->n_arguments++] = (struct jml_document_argument){
        .path = t->path,
        .name = "assignmentPolicyId",
        .value = jml_id_text(p->arena, p->rows->policies.items[policy].id),
    };
}

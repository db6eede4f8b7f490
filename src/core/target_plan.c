/* SPDX-License-Identifier: MIT
 *
 * Governance plan: targets and custom task extensions, and which of them resources name. They share
 * one table, and their names are unique in it: deliveries know them by name.
 */
#include <string.h>

#include "base/str.h"
#include "core/document_read.h"
#include "core/planner.h"

static bool is_extension(const char *kind)
{
    return jml_streq(kind, "extension");
}

/* The members that differ; the name is compared by who knows of other names. */
static void compare(struct jml_planner *p, struct jml_change *c, const struct jml_value *old,
                    const struct jml_value *new)
{
    for (size_t i = 0; i < new->n; i++)
        if (!jml_streq(new->keys[i], "displayName") &&
            !jml_value_equal(new->items[i], jml_value_find(old, new->keys[i])))
            jml_planner_note(p, c, new->keys[i]);
    for (size_t i = 0; old && i < old->n; i++)
        if (!jml_value_find(new, old->keys[i]))
            jml_planner_note(p, c, jml_strdup(p->arena, old->keys[i]));
}

/* Whether a task of the workflow names it among its targets. */
static bool is_named_by(struct jml_planner *p, const struct jml_workflow_row *workflow, const char *name)
{
    struct jml_problems ignored = {.arena = p->arena};
    struct jml_document_workflow w;
    size_t n = strlen(name);

    jml_document_workflow_read(p->arena, workflow->document, "", &ignored, &w);
    for (size_t i = 0; i < w.n_tasks; i++) {
        const struct jml_document_argument *arg = jml_document_argument(&w.tasks[i], "target");
        for (const char *at = arg ? arg->value : ""; *at;) {
            size_t length = strcspn(at, ",");
            if (length == n && memcmp(at, name, n) == 0)
                return true;
            at += length + (at[length] == ',');
        }
    }
    return false;
}

/* Nothing may be left behind under a name or kind that is no more. What is on its way to it is looked up in
 * the database, by whoever applies. */
static void check_identity(struct jml_planner *p, const struct jml_document_target *d,
                           const struct jml_target_row *at)
{
    if (is_extension(at->kind) != is_extension(d->kind)) {
        jml_problem_add(p->problems, d->path, "'%s' is %s: take another name", at->display_name,
                        is_extension(at->kind) ? "a custom task extension" : "a target");
        return;
    }
    if (jml_streq(at->display_name, d->display_name))
        return;
    for (size_t i = 0; i < p->rows->workflows.n; i++)
        if (is_named_by(p, &p->rows->workflows.items[i], at->display_name))
            jml_problem_add(p->problems, jml_pointer(p->arena, d->path, "displayName"),
                            "target '%s' keeps its name, for a task of workflow '%s' names it",
                            at->display_name, p->rows->workflows.items[i].display_name);
    for (size_t i = 0; i < p->rows->resources.n; i++) {
        const struct jml_resource_row *resource = &p->rows->resources.items[i];
        if (!jml_streq(resource->target, at->display_name))
            continue;
        jml_problem_add(p->problems, jml_pointer(p->arena, d->path, "displayName"),
                        "target '%s' keeps its name, for it is the target of resource '%s': what was "
                        "given is known by it",
                        at->display_name, resource->display_name);
        return;
    }
}

void jml_planner_targets(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->targets.n; i++) {
        const struct jml_document_target *d = &p->set->targets.items[i];
        size_t row = p->rows->targets.n;
        bool found = jml_planner_match(&p->index.targets, &p->index.target_names, jml_id_none, d->id,
                                       d->display_name, &row);
        struct jml_target_row *at;
        struct jml_change *c;

        if (!d->document)
            continue; /* reported when it was read */
        if (!found)
            jml_vec_push(p->arena, &p->rows->targets,
                         ((struct jml_target_row){.id = jml_planner_id(p, d->id)}));
        at = &p->rows->targets.items[row];
        jml_planner_take(p, &at->path, d->path);
        if (found)
            check_identity(p, d, at);
        c = jml_planner_begin(p, is_extension(d->kind) ? JML_OBJECT_EXTENSION : JML_OBJECT_TARGET,
                              found, row, at->id, d->display_name);
        jml_planner_set_name(p, c, &p->index.target_names, jml_id_none, &at->display_name,
                             d->display_name);
        compare(p, c, at->document, d->document);
        at->kind = d->kind;
        at->document = d->document;
    }
}

/* ---- resources name them ---- */

static bool is_kind(const char *text)
{
    static const char *const kinds[] = {"null", "manual", "exec", "sql", "webhook", "scim", "ldap"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (jml_streq(kinds[i], text))
            return true;
    return false;
}

const char *jml_planner_target(struct jml_planner *p, struct jml_reference ref)
{
    size_t row;

    if (!ref.text || jml_streq(ref.text, "record"))
        return "record";
    if (!jml_index_resolve(&p->index.targets, &p->index.target_names, jml_id_none, ref.text, &row)) {
        jml_problem_add(p->problems, ref.path,
                        is_kind(ref.text)
                            ? "no target '%.256s': that is a kind; name a target of it, from the array "
                              "targets"
                            : "no target '%.256s': targets stand in the array targets, and 'record' is "
                              "the record here",
                        ref.text);
        return NULL;
    }
    if (is_extension(p->rows->targets.items[row].kind)) {
        jml_problem_add(p->problems, ref.path,
                        "'%.256s' is a custom task extension, which gives nobody access: name a target",
                        ref.text);
        return NULL;
    }
    return p->rows->targets.items[row].display_name;
}

/* ---- tasks name them ---- */

static struct jml_document_argument *find_argument(struct jml_document_task *t, const char *name)
{
    for (size_t i = 0; i < t->n_arguments; i++)
        if (jml_streq(t->arguments[i].name, name))
            return &t->arguments[i];
    return NULL;
}

static bool resolve_extension(struct jml_planner *p, struct jml_document_argument *arg)
{
    size_t row;

    if (!jml_index_resolve(&p->index.targets, &p->index.target_names, jml_id_none, arg->value, &row) ||
        !is_extension(p->rows->targets.items[row].kind)) {
        jml_problem_add(p->problems, arg->path, "no custom task extension '%.256s'", arg->value);
        return false;
    }
    arg->value = jml_id_text(p->arena, p->rows->targets.items[row].id);
    return true;
}

static bool takes_no_password(const char *kind)
{
    return jml_streq(kind, "manual") || jml_streq(kind, "null");
}

/* Names with commas between; kept as names, for deliveries know targets by them. */
static bool resolve_targets(struct jml_planner *p, const struct jml_document_task *t,
                            struct jml_document_argument *arg)
{
    struct jml_str names = JML_STR_INIT(p->arena);
    bool is_fine = true;
    size_t row;

    for (const char *at = arg->value; is_fine;) {
        size_t length = strcspn(at, ","), blanks = strspn(at, " "), end = length;
        const char *name;
        while (end > blanks && at[end - 1] == ' ')
            end--;
        name = blanks < end ? jml_strndup(p->arena, at + blanks, end - blanks) : "";
        if (!jml_index_resolve(&p->index.targets, &p->index.target_names, jml_id_none, name, &row) ||
            is_extension(p->rows->targets.items[row].kind)) {
            jml_problem_add(p->problems, arg->path, "no target '%.256s'", name);
            is_fine = false;
        } else if (t->kind == JML_TASK_ACCESS_PASS && takes_no_password(p->rows->targets.items[row].kind)) {
            jml_problem_add(p->problems, arg->path,
                            "'%.256s' is a target of kind %s, which cannot be given a password", name,
                            p->rows->targets.items[row].kind);
            is_fine = false;
        } else {
            jml_str_addf(&names, "%s%s", names.length ? "," : "",
                         p->rows->targets.items[row].display_name);
        }
        if (!at[length])
            break;
        at += length + 1;
    }
    arg->value = jml_str_text(&names);
    return is_fine;
}

bool jml_planner_task_targets(struct jml_planner *p, struct jml_document_task *t)
{
    struct jml_document_argument *extension = find_argument(t, "customTaskExtensionID");
    struct jml_document_argument *targets = find_argument(t, "target");

    return (!extension || resolve_extension(p, extension)) && (!targets || resolve_targets(p, t, targets));
}

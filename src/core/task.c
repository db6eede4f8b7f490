/* SPDX-License-Identifier: MIT
 *
 * Tasks that targets have to do: accounts, groups, custom task extensions (entra-facts 1.5). They are queued
 * as deliveries of their run, which waits for those that give; see jml_runs_go_on().
 */
#include "core/work.h"

#include <string.h>

static const char *at_accounts(struct jml_work *w, const struct jml_run *run, const struct jml_task *task,
                               enum jml_action action, const struct jml_value *arguments,
                               bool *ret_waits, const char **ret_warning);
static const char *give_roles(struct jml_work *w, const struct jml_run *run, const struct jml_task *task,
                              bool *ret_waits);
static const char *take_roles(struct jml_work *w, const struct jml_run *run, const struct jml_task *task,
                              bool *ret_waits, const char **ret_warning);
static const char *call_extension(struct jml_work *w, const struct jml_run *run,
                                  const struct jml_task *task, bool *ret_waits);

static const struct jml_value *one_member(struct jml_work *w, const char *key,
                                          const struct jml_value *value)
{
    return jml_value_with(w->arena, jml_value_object(), key, value);
}

static const struct jml_value *what(struct jml_work *w, const char *kind)
{
    return one_member(w, "what", jml_value_string(w->arena, kind));
}

const char *jml_task_deliver(struct jml_work *w, const struct jml_run *run, const struct jml_task *task,
                             bool *ret_waits, const char **ret_warning)
{
    const char *error = NULL;
    switch (task->kind) {
    case JML_TASK_ENABLE_ACCOUNT:
        error = jml_work_no_grants(w); /* T8 */
        return error ? error
                     : at_accounts(w, run, task, JML_ACTION_ENABLE_ACCOUNT, NULL, ret_waits, ret_warning);
    case JML_TASK_DISABLE_ACCOUNT:
        return at_accounts(w, run, task, JML_ACTION_DISABLE_ACCOUNT, NULL, ret_waits, ret_warning);
    case JML_TASK_DELETE_ACCOUNT:
        return at_accounts(w, run, task, JML_ACTION_DELETE_ACCOUNT, NULL, ret_waits, ret_warning);
    case JML_TASK_REVOKE_TOKENS:
        return at_accounts(w, run, task, JML_ACTION_REVOKE_TOKENS, NULL, ret_waits, ret_warning);
    case JML_TASK_UPDATE_ATTRIBUTES:
        return at_accounts(w, run, task, JML_ACTION_UPDATE_ACCOUNT,
                           one_member(w, "attributes", task->attributes), ret_waits, ret_warning);
    case JML_TASK_REMOVE_ALL_GROUPS:
        return at_accounts(w, run, task, JML_ACTION_REVOKE_ALL, what(w, "groups"), ret_waits, ret_warning);
    case JML_TASK_REMOVE_ALL_TEAMS:
        return at_accounts(w, run, task, JML_ACTION_REVOKE_ALL, what(w, "teams"), ret_waits, ret_warning);
    case JML_TASK_REMOVE_ALL_LICENSES:
        return at_accounts(w, run, task, JML_ACTION_REVOKE_ALL, what(w, "licenses"), ret_waits,
                           ret_warning);
    case JML_TASK_ADD_GROUPS:
    case JML_TASK_ADD_TEAMS:
    case JML_TASK_ASSIGN_LICENSES:
        return give_roles(w, run, task, ret_waits);
    case JML_TASK_REMOVE_GROUPS:
    case JML_TASK_REMOVE_TEAMS:
    case JML_TASK_REMOVE_LICENSES:
        return take_roles(w, run, task, ret_waits, ret_warning);
    case JML_TASK_CUSTOM_EXTENSION:
    case JML_TASK_CUSTOM_EXTENSION_2:
        return call_extension(w, run, task, ret_waits);
    default:
        return "not_supported: this task is known, not supported yet";
    }
}

/* ---- accounts ---- */

static bool has_accounts(const struct jml_target_row *t)
{
    return !jml_streq(t->kind, "extension") && !jml_streq(t->kind, "null");
}

static const struct jml_target_row *find_target(const struct jml_work *w, const char *name, size_t length)
{
    const struct jml_governance *g = w->world->governance;
    for (size_t i = 0; i < g->n_targets; i++)
        if (strlen(g->targets[i].display_name) == length &&
            memcmp(g->targets[i].display_name, name, length) == 0)
            return &g->targets[i];
    return NULL;
}

/* A person who does it by hand would have to be told the password. */
static bool takes_passwords(const struct jml_target_row *t)
{
    return has_accounts(t) && !jml_streq(t->kind, "manual");
}

/* At the targets named, or else at all of that sort. */
static const char *at_targets(struct jml_work *w, const struct jml_run *run, const struct jml_task *task,
                              enum jml_action action, const struct jml_value *arguments,
                              bool (*is_meant)(const struct jml_target_row *t), bool *ret_waits,
                              size_t *ret_n)
{
    const struct jml_governance *g = w->world->governance;
    JML_VEC(const struct jml_target_row *) targets = {0};
    for (size_t i = 0; !task->targets && i < g->n_targets; i++)
        if (is_meant(&g->targets[i]))
            jml_vec_push(w->arena, &targets, &g->targets[i]);
    for (const char *name = task->targets; name && *name;) {
        size_t n = strcspn(name, ",");
        const struct jml_target_row *t = find_target(w, name, n);
        if (!t)
            return jml_printf(w->arena, "no_target: there is no target '%.*s'", (int)n, name);
        jml_vec_push(w->arena, &targets, t);
        name += n + (name[n] == ',');
    }
    for (size_t i = 0; i < targets.n; i++)
        *ret_waits |= jml_delivery_order(w, run, task->position, targets.items[i]->display_name,
                                         jml_id_none, action, arguments);
    *ret_n = targets.n;
    return NULL;
}

static const char *at_accounts(struct jml_work *w, const struct jml_run *run, const struct jml_task *task,
                               enum jml_action action, const struct jml_value *arguments,
                               bool *ret_waits, const char **ret_warning)
{
    size_t n = 1;
    const char *error = at_targets(w, run, task, action, arguments, has_accounts, ret_waits, &n);
    if (n == 0)
        *ret_warning = "no_target: there is no target with accounts";
    return error;
}

const char *jml_task_set_password(struct jml_work *w, const struct jml_run *run, const struct jml_task *task,
                                  const struct jml_value *arguments, bool *ret_waits)
{
    size_t n;
    return at_targets(w, run, task, JML_ACTION_SET_PASSWORD, arguments, takes_passwords, ret_waits, &n);
}

/* ---- groups, teams, licences: resource roles ---- */

static const char *give_roles(struct jml_work *w, const struct jml_run *run, const struct jml_task *task,
                              bool *ret_waits)
{
    const char *error = jml_work_no_grants(w); /* T8 */
    for (size_t i = 0; !error && i < task->n_roles; i++) {
        struct jml_id id = task->roles[i]->id;
        *ret_waits |= jml_delivery_order(w, run, task->position, jml_role_target(w, id), id,
                                         JML_ACTION_GRANT, NULL);
    }
    return error;
}

static const char *take_roles(struct jml_work *w, const struct jml_run *run, const struct jml_task *task,
                              bool *ret_waits, const char **ret_warning)
{
    for (size_t i = 0; i < task->n_roles; i++) {
        struct jml_id id = task->roles[i]->id;
        if (jml_role_is_given(w, NULL, id)) /* A3 */
            *ret_warning = jml_printf(w->arena, "given_by_package: an access package gives %s",
                                      jml_role_name(w, id));
        else
            *ret_waits |= jml_delivery_order(w, run, task->position, jml_role_target(w, id), id,
                                             JML_ACTION_REVOKE, NULL);
    }
    return NULL;
}

/* ---- custom task extensions ---- */

static const char *call_extension(struct jml_work *w, const struct jml_run *run,
                                  const struct jml_task *task, bool *ret_waits)
{
    const struct jml_governance *g = w->world->governance;
    struct jml_id id = jml_id_none;
    jml_id_parse(task->extension, &id);
    for (size_t i = 0; i < g->n_targets; i++) {
        const struct jml_target_row *t = &g->targets[i];
        if (!jml_streq(t->kind, "extension") ||
            !(jml_streq(t->display_name, task->extension) || jml_id_equal(t->id, id)))
            continue;
        *ret_waits |= jml_delivery_order(w, run, task->position, t->display_name, jml_id_none,
                                         JML_ACTION_CALL, NULL);
        return NULL;
    }
    return jml_printf(w->arena, "no_extension: there is no custom task extension '%s'", task->extension);
}

/* ---- what became of it ---- */

static bool is_of(const struct jml_delivery *d, const struct jml_run *run, int position)
{
    return jml_id_equal(d->run_id, run->id) && d->position == position;
}

/* One that was ordered again says what counts. */
static bool is_newest(const struct jml_work *w, size_t at)
{
    const struct jml_delivery *d = w->s->deliveries.items[at];
    for (size_t i = at + 1; i < w->s->deliveries.n; i++) {
        const struct jml_delivery *other = w->s->deliveries.items[i];
        if (jml_id_equal(other->run_id, d->run_id) && other->position == d->position &&
            other->action == d->action && jml_streq(other->target, d->target) &&
            jml_id_equal(other->role_id, d->role_id))
            return false;
    }
    return true;
}

enum jml_task_state jml_task_delivered(const struct jml_work *w, const struct jml_run *run, int position,
                                       const char **ret_error, const char **ret_told)
{
    struct jml_str error = JML_STR_INIT(w->arena), told = JML_STR_INIT(w->arena);
    for (size_t i = 0; i < w->s->deliveries.n; i++) {
        const struct jml_delivery *d = w->s->deliveries.items[i];
        if (!is_of(d, run, position) || !is_newest(w, i))
            continue;
        if (jml_delivery_is_open(d) || d->state == JML_DELIVERY_REMOVING)
            return JML_TASK_IN_PROGRESS;
        if (d->state != JML_DELIVERY_FAILED)
            continue;
        const char *place = jml_id_is_set(d->role_id)
                                ? jml_printf(w->arena, "%s at %s", jml_role_name(w, d->role_id), d->target)
                                : d->target;
        jml_str_addf(&told, "%s%s", told.length ? "; " : "delivery_failed: ", place);
        jml_str_addf(&error, "%s%s%s%s", error.length ? "; " : "delivery_failed: ", place,
                     d->error ? ": " : "", d->error ? d->error : "");
    }
    *ret_error = error.length ? jml_str_text(&error) : NULL;
    *ret_told = told.length ? jml_str_text(&told) : NULL;
    return error.length ? JML_TASK_FAILED : JML_TASK_COMPLETED;
}

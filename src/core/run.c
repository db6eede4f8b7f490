/* SPDX-License-Identifier: MIT
 *
 * Runs: a workflow carried out for one person, task by task (entra-facts 1.5, 1.10; SEMANTICS C2 to
 * C4). What the tasks did to packages is kept on the run as effects.
 */
#include "core/work.h"

#include <string.h>

static void do_task(struct jml_work *w, struct jml_run *run, const struct jml_workflow *wf,
                    const struct jml_task *task, struct jml_task_run *tr, bool late);

static bool is_late(const struct jml_work *w, const struct jml_run *run)
{
    if (w->world->catch_up == JML_TIME_MAX || !strchr(run->trigger_key, '@'))
        return false;
    jml_time from = run->anchor_at > run->due_at ? run->anchor_at : run->due_at;
    return run->known_at > from + w->world->catch_up;
}

bool jml_run_is_due(const struct jml_work *w, const struct jml_run *run)
{
    return run->due_at <= w->now && (run->state == JML_RUN_NEW || run->state == JML_RUN_SCHEDULED);
}

static struct jml_task_run *task_run_of(struct jml_work *w, struct jml_run *run,
                                        const struct jml_task *task)
{
    for (size_t i = 0; i < run->tasks.n; i++)
        if (run->tasks.items[i]->position == task->position)
            return run->tasks.items[i];
    struct jml_task_run *tr = jml_new(w->arena, struct jml_task_run);
    *tr = (struct jml_task_run){.mark = JML_CREATED,
                                .position = task->position,
                                .definition_id = task->definition_id,
                                .display_name = task->display_name,
                                .started_at = JML_TIME_NONE,
                                .completed_at = JML_TIME_NONE};
    jml_vec_push(w->arena, &run->tasks, tr);
    return tr;
}

void jml_run_execute(struct jml_work *w, struct jml_run *run, const struct jml_workflow *wf,
                     enum jml_fire trigger, const char *actor)
{
    const char *id = jml_id_text(w->arena, run->id);
    bool late = trigger == JML_FIRE_START && is_late(w, run);
    if (trigger == JML_FIRE_START) /* pinned from here on */
        run->version = wf->version;
    if (run->started_at == JML_TIME_NONE)
        run->started_at = w->now;
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_time(&detail, "due_at", run->due_at);
    jml_detail_int(&detail, "version", run->version);
    struct jml_note note = {.actor = actor,
                            .reason = late ? "late: beyond catch_up" : NULL,
                            .detail = jml_detail_end(&detail),
                            .event_id = run->event_id,
                            .run_id = run->id};
    jml_touch(&run->mark);
    run->state = jml_work_move(w, JML_MACHINE_RUN, id, run->state, trigger, 0, &note);

    unsigned facts = 0;
    const char *reason = NULL;
    for (size_t i = 0; i < wf->n_tasks; i++) {
        const struct jml_task *task = &wf->tasks[i];
        if (!task->enabled)
            continue;
        struct jml_task_run *tr = task_run_of(w, run, task);
        if (tr->state == JML_TASK_COMPLETED || tr->state == JML_TASK_CANCELED)
            continue;
        do_task(w, run, wf, task, tr, late);
        if (tr->state == JML_TASK_HELD)
            facts |= JML_GUARD_A_TASK_WAITS;
        if (tr->state != JML_TASK_FAILED)
            continue;
        facts |= JML_GUARD_A_TASK_FAILED;
        if (!task->continue_on_error) {
            facts |= JML_GUARD_A_TASK_STOPPED_IT;
            reason = jml_printf(w->arena, "task %d failed: %s", task->position, tr->error);
            break;
        }
    }
    if (!reason && (facts & JML_GUARD_A_TASK_WAITS))
        reason = "late: learned beyond catch_up, its grants wait for an operator";
    note = (struct jml_note){.reason = reason, .event_id = run->event_id, .run_id = run->id};
    if (run->effects) {
        struct jml_str effects = JML_STR_INIT(w->arena);
        jml_str_add(&effects, "{\"effects\":");
        jml_value_format(&effects, run->effects);
        jml_str_add(&effects, "}");
        note.detail = jml_str_text(&effects);
    }
    run->state = jml_work_move(w, JML_MACHINE_RUN, id, run->state, JML_FIRE_FINISH, facts, &note);
    run->reason = reason;
    run->completed_at = run->state == JML_RUN_HELD ? JML_TIME_NONE : w->now;
}

void jml_run_cancel(struct jml_work *w, struct jml_run *run, const char *cause, const char *actor,
                    const char *reason)
{
    for (size_t i = 0; i < run->tasks.n; i++) {
        struct jml_task_run *tr = run->tasks.items[i];
        if (tr->state != JML_TASK_HELD)
            continue;
        struct jml_note note = {.actor = actor, .run_id = run->id};
        jml_touch(&tr->mark);
        tr->state = jml_work_move(
            w, JML_MACHINE_TASK,
            jml_printf(w->arena, "%s/%d", jml_id_text(w->arena, run->id), tr->position), tr->state,
            JML_FIRE_CANCEL, 0, &note);
    }
    /* F4: the clause names values, and a clause that failed may tell the person's; the audit does not */
    struct jml_note note = {.actor = actor,
                            .reason = jml_streq(cause, "scope") ? "out of scope" : reason,
                            .event_id = run->event_id,
                            .run_id = run->id};
    jml_touch(&run->mark);
    run->state = jml_work_move(w, JML_MACHINE_RUN, jml_id_text(w->arena, run->id), run->state,
                               JML_FIRE_CANCEL, 0, &note);
    run->cancel_cause = cause;
    run->reason = reason;
    run->completed_at = w->now;
}

struct jml_run *jml_run_make_on_demand(struct jml_work *w, const struct jml_workflow *wf,
                                       const struct jml_command *c)
{
    struct jml_run *run = jml_new(w->arena, struct jml_run);
    *run = (struct jml_run){.mark = JML_CREATED,
                            .id = jml_work_new_id(w),
                            .workflow_id = wf->id,
                            .version = wf->version,
                            .trigger_key = jml_id_text(w->arena, c->id),
                            .anchor_at = w->now,
                            .due_at = w->now,
                            .known_at = w->now,
                            .employment = w->fold.primary ? w->fold.primary->employment : NULL,
                            .actor = c->actor,
                            .created_at = w->now,
                            .started_at = JML_TIME_NONE,
                            .completed_at = JML_TIME_NONE,
                            .wanted = true};
    jml_vec_push(w->arena, &w->s->runs, run);
    return run;
}

/* ---- tasks ---- */

/* C2: the instant at which the run's cause takes effect. The day a person was first heard of is part
 * of no employment: days counted from there take effect when they are over. */
static jml_time effect_at(const struct jml_run *run)
{
    return jml_str_starts(run->trigger_key, "createdDateTime@") ? run->due_at : run->anchor_at;
}

static void add_effect(struct jml_work *w, struct jml_run *run, const char *op,
                       struct jml_id package_id)
{
    struct jml_arena *a = w->arena;
    const struct jml_value *e = jml_value_object();
    e = jml_value_with(a, e, "op", jml_value_string(a, op));
    e = jml_value_with(a, e, "package", jml_value_string(a, jml_id_text(a, package_id)));
    e = jml_value_with(a, e, "at", jml_value_string(a, jml_time_format_precise(a, effect_at(run))));
    run->effects = jml_value_append(a, run->effects ? run->effects : jml_value_array(), e);
}

bool jml_run_gave_since(const struct jml_work *w, struct jml_id package_id, jml_time since,
                        const struct jml_run *except)
{
    char wanted[37];
    jml_id_format(package_id, wanted);
    for (size_t i = 0; i < w->s->runs.n; i++) {
        const struct jml_run *run = w->s->runs.items[i];
        if (run == except || effect_at(run) < since || !run->effects)
            continue;
        bool gave = false; /* the last word of the run */
        for (size_t k = 0; k < run->effects->n; k++)
            if (jml_streq(jml_value_find_string(run->effects->items[k], "package"), wanted))
                gave = jml_streq(jml_value_find_string(run->effects->items[k], "op"), "+");
        if (gave)
            return true;
    }
    return false;
}

/* C2 the other way round: a grant that comes late yields to what a later cause of the same employment
 * took away. */
static bool taken_later(const struct jml_work *w, const struct jml_run *run, struct jml_id package_id)
{
    char wanted[37];
    jml_id_format(package_id, wanted);
    const struct jml_run *last = NULL;
    bool taken = false;
    for (size_t i = 0; i < w->s->runs.n; i++) {
        const struct jml_run *other = w->s->runs.items[i];
        if (other == run || !other->effects || effect_at(other) <= effect_at(run) ||
            !jml_streq(other->employment, run->employment) ||
            (last && effect_at(other) < effect_at(last)))
            continue;
        for (size_t k = 0; k < other->effects->n; k++)
            if (jml_streq(jml_value_find_string(other->effects->items[k], "package"), wanted)) {
                last = other;
                taken = jml_streq(jml_value_find_string(other->effects->items[k], "op"), "-");
            }
    }
    return taken;
}

static const char *request_package(struct jml_work *w, struct jml_run *run,
                                   const struct jml_workflow *wf, const struct jml_task *task,
                                   const char **ret_warning)
{
    if (taken_later(w, run, task->packages[0]->id)) {
        add_effect(w, run, "+", task->packages[0]->id);
        *ret_warning = "taken_later: a later cause took the package away";
        return NULL;
    }
    const char *requestor = jml_printf(w->arena, "workflow:%s", wf->display_name);
    struct jml_request *r = jml_request_make(w, JML_SYSTEM_ADD, task->packages[0], task->policy,
                                             NULL, run, requestor, NULL);
    if (!jml_request_decide(w, r))
        return r->error;
    add_effect(w, run, "+", task->packages[0]->id);
    return NULL;
}

/* C2: the last effect counts. A removal that comes late leaves what was given for a later reason. */
static bool given_later(const struct jml_work *w, const struct jml_assignment *as,
                        const struct jml_run *run)
{
    if (!jml_id_is_set(as->run_id) && as->created_at > effect_at(run))
        return true;
    return jml_run_gave_since(w, as->package_id, effect_at(run) + 1, run);
}

static const char *remove_packages(struct jml_work *w, struct jml_run *run,
                                   const struct jml_workflow *wf, const struct jml_task *task)
{
    const char *requestor = jml_printf(w->arena, "workflow:%s", wf->display_name);
    for (size_t i = 0; i < task->n_packages; i++) {
        struct jml_id id = task->packages[i]->id;
        jml_request_cancel_open(w, id, requestor, "the package was removed", run);
        struct jml_assignment *as = jml_assignment_find(w, id);
        if (as && !given_later(w, as, run))
            jml_request_remove(w, as, "removed", run, requestor, "removed by a workflow task");
        add_effect(w, run, "-", id);
    }
    return NULL;
}

/* daysUntilExpiration: at once, or an end that many civil days after the run was due. */
static const char *remove_all(struct jml_work *w, struct jml_run *run,
                              const struct jml_workflow *wf, const struct jml_task *task)
{
    const char *requestor = jml_printf(w->arena, "workflow:%s", wf->display_name);
    jml_time from = run->due_at;
    jml_time end = jml_zone_add_days(w->zone, from, task->days_until_expiration);
    const char *by = jml_workflow_is_about_leaving(wf) ? "leave" : "workflow";
    for (size_t i = 0, n = w->s->assignments.n; i < n; i++) {
        struct jml_assignment *as = w->s->assignments.items[i];
        if (as->state == JML_ASSIGNMENT_EXPIRED || jml_id_equal(as->run_id, run->id) ||
            given_later(w, as, run))
            continue;
        add_effect(w, run, "-", as->package_id);
        if (task->days_until_expiration == 0 || end <= w->now) {
            jml_request_cancel_open(w, as->package_id, requestor, "the package was removed", run);
            jml_request_remove(w, as, "removed", run, requestor, "removed by a workflow task");
            continue;
        }
        if (as->ends_at != JML_TIME_NONE && as->ends_at <= end && !jml_streq(by, "leave"))
            continue; /* it ends sooner by itself */
        struct jml_request *r = jml_request_make(w, JML_SYSTEM_UPDATE, NULL, NULL, as, run,
                                                 requestor, "to end by a workflow task");
        r->ends_at = as->ends_at != JML_TIME_NONE && as->ends_at < end ? as->ends_at : end;
        as->ends_by = by;
        jml_touch(&as->mark);
        jml_request_decide(w, r);
    }
    return NULL;
}

static const char *cancel_requests(struct jml_work *w, struct jml_run *run,
                                   const struct jml_workflow *wf)
{
    jml_request_cancel_open(w, jml_id_none, jml_printf(w->arena, "workflow:%s", wf->display_name),
                            "canceled by a workflow task", run);
    return NULL;
}

static void do_task(struct jml_work *w, struct jml_run *run, const struct jml_workflow *wf,
                    const struct jml_task *task, struct jml_task_run *tr, bool late)
{
    const char *object_id =
        jml_printf(w->arena, "%s/%d", jml_id_text(w->arena, run->id), task->position);
    enum jml_task_class class = jml_task_kind_row(task->kind)->class;
    struct jml_note note = {.event_id = run->event_id, .run_id = run->id};
    jml_touch(&tr->mark);
    tr->started_at = w->now;
    tr->error = tr->warning = NULL;
    if (late && class == JML_TASK_CLASS_GRANT) { /* C3: never skipped in silence, never by itself */
        tr->state = jml_work_move(w, JML_MACHINE_TASK, object_id, tr->state, JML_FIRE_HOLD, 0, &note);
        return;
    }
    switch (task->kind) {
    case JML_TASK_REQUEST_PACKAGE:
        tr->error = request_package(w, run, wf, task, &tr->warning);
        break;
    case JML_TASK_REMOVE_PACKAGE:
        tr->error = remove_packages(w, run, wf, task);
        break;
    case JML_TASK_REMOVE_ALL_PACKAGES:
        tr->error = remove_all(w, run, wf, task);
        break;
    case JML_TASK_CANCEL_REQUESTS:
        tr->error = cancel_requests(w, run, wf);
        break;
    default:
        if (class != JML_TASK_CLASS_MAIL)
            tr->error = "not_supported: this task is known, not supported yet";
        else if (!jml_notify_task(w, task, run, late, "too late: beyond catch_up"))
            tr->warning = "no_recipient: no mail address of the manager (or person) is known";
        else if (late)
            tr->warning = "dropped: the mail came too late, beyond catch_up";
        break;
    }
    tr->completed_at = w->now;
    note.reason = tr->error ? tr->error : tr->warning;
    tr->state = jml_work_move(w, JML_MACHINE_TASK, object_id, tr->state, JML_FIRE_DO,
                              tr->error ? 0 : JML_GUARD_SUCCEEDED, &note);
}

bool jml_workflow_is_about_leaving(const struct jml_workflow *wf)
{
    return jml_streq(wf->category, "leaver") ||
           ((wf->trigger.kind == JML_TRIGGER_TIME || wf->trigger.kind == JML_TRIGGER_TIME_V2) &&
            wf->trigger.attribute == JML_EMPLOYEE_LEAVE_DATE_TIME);
}

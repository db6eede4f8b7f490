/* SPDX-License-Identifier: MIT
 *
 * Runs: a workflow carried out for one person, task by task (entra-facts 1.5, 1.10; SEMANTICS C2 to
 * C4). What the tasks did to packages is kept on the run as effects.
 */
#include "core/work.h"

#include <string.h>

static void do_task(struct jml_work *w, struct jml_run *run, const struct jml_workflow *wf,
                    const struct jml_task *task, struct jml_task_run *tr, bool late,
                    bool released);

bool jml_run_has_cause(const struct jml_run *run)
{
    return strchr(run->trigger_key, '@') != NULL;
}

/* C3. A trigger with a window says itself how late is too late. */
static bool is_late(const struct jml_work *w, const struct jml_run *run)
{
    if (w->world->catch_up == JML_TIME_MAX || !jml_run_has_cause(run))
        return false;
    if (run->close_at != JML_TIME_MAX)
        return run->known_at >= run->close_at;
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

/* Giving waits until it is there: what follows may need it. Taking is never given up, and nothing that takes
 * waits for it. */
static bool blocks(const struct jml_task *task)
{
    return jml_task_kind_row(task->kind)->class != JML_TASK_CLASS_REMOVE;
}

/* The tasks from that position on that are not done, in their order, until one has to be waited for, or
 * failed and is not to be passed over. */
static void do_tasks(struct jml_work *w, struct jml_run *run, const struct jml_workflow *wf, int from,
                     bool late, bool released)
{
    for (size_t i = 0; i < wf->n_tasks; i++) {
        const struct jml_task *task = &wf->tasks[i];
        if (!task->enabled || task->position < from)
            continue;
        struct jml_task_run *tr = task_run_of(w, run, task);
        if (tr->state == JML_TASK_COMPLETED)
            continue;
        if (tr->state != JML_TASK_IN_PROGRESS)
            do_task(w, run, wf, task, tr, late, released);
        if (tr->state == JML_TASK_IN_PROGRESS && blocks(task))
            return;
        if (tr->state == JML_TASK_FAILED && !task->continue_on_error)
            return;
    }
}

static const struct jml_task *task_at(const struct jml_workflow *wf, int position)
{
    for (size_t i = 0; i < wf->n_tasks; i++)
        if (wf->tasks[i].position == position)
            return &wf->tasks[i];
    return NULL;
}

static bool goes_on_after(const struct jml_workflow *wf, int position)
{
    const struct jml_task *task = task_at(wf, position);
    return task && task->continue_on_error;
}

/* How it ends, by how its tasks did; not as long as one of them is under way. */
static void finish(struct jml_work *w, struct jml_run *run, const struct jml_workflow *wf)
{
    unsigned facts = 0;
    const char *reason = NULL;
    for (size_t i = 0; i < run->tasks.n; i++) {
        const struct jml_task_run *tr = run->tasks.items[i];
        if (tr->state == JML_TASK_IN_PROGRESS)
            return;
        if (tr->state == JML_TASK_HELD)
            facts |= JML_GUARD_A_TASK_WAITS;
        if (tr->state != JML_TASK_FAILED)
            continue;
        facts |= JML_GUARD_A_TASK_FAILED;
        if (!goes_on_after(wf, tr->position) && !reason) {
            facts |= JML_GUARD_A_TASK_STOPPED_IT;
            reason = jml_printf(w->arena, "task %d failed: %s", tr->position, tr->error);
        }
    }
    if (!reason && (facts & JML_GUARD_A_TASK_WAITS))
        reason = "late: learned beyond catch_up, its grants wait for an operator";
    /* F4: what a target says may be personal */
    bool told = reason && strstr(reason, ": delivery_failed");
    struct jml_note note = {.reason = told ? "a task failed at its targets" : reason,
                            .event_id = run->event_id,
                            .run_id = run->id};
    jml_touch(&run->mark);
    run->state = jml_work_move(w, JML_MACHINE_RUN, jml_id_text(w->arena, run->id), run->state,
                               JML_FIRE_FINISH, facts, &note);
    run->reason = reason;
    run->completed_at = run->state == JML_RUN_HELD ? JML_TIME_NONE : w->now;
}

void jml_run_execute(struct jml_work *w, struct jml_run *run, const struct jml_workflow *wf,
                     enum jml_fire trigger, const char *actor)
{
    bool late = trigger == JML_FIRE_START && is_late(w, run);
    if (trigger == JML_FIRE_START) /* pinned from here on */
        run->version = wf->version;
    if (run->started_at == JML_TIME_NONE)
        run->started_at = w->now;
    if (!jml_run_has_cause(run)) /* what is tried again is asked for now */
        run->place = w->now;
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_time(&detail, "due_at", run->due_at);
    jml_detail_int(&detail, "version", run->version);
    struct jml_note note = {.actor = actor,
                            .reason = late ? "late: beyond catch_up" : NULL,
                            .detail = jml_detail_end(&detail),
                            .event_id = run->event_id,
                            .run_id = run->id};
    jml_touch(&run->mark);
    run->state = jml_work_move(w, JML_MACHINE_RUN, jml_id_text(w->arena, run->id), run->state, trigger,
                               0, &note);
    run->completed_at = JML_TIME_NONE;
    do_tasks(w, run, wf, 0, late, trigger == JML_FIRE_RELEASE);
    finish(w, run, wf);
}

/* The task is over when its deliveries are. Its position; 0: it is not. */
static int settle_task(struct jml_work *w, struct jml_run *run, const struct jml_workflow *wf,
                       struct jml_task_run *tr)
{
    const struct jml_task *task = task_at(wf, tr->position);
    const char *told;
    enum jml_task_state to = tr->state == JML_TASK_IN_PROGRESS
                                 ? jml_task_delivered(w, run, tr->position, &tr->error, &told)
                                 : JML_TASK_IN_PROGRESS;
    if (to == JML_TASK_IN_PROGRESS)
        return 0;
    if (to == JML_TASK_COMPLETED && task && task->kind == JML_TASK_ACCESS_PASS) {
        tr->error = told = jml_task_pass_is_set(w, run, task, &tr->warning);
        to = told ? JML_TASK_FAILED : to;
    }
    struct jml_note note = {.reason = told ? told : tr->warning, .event_id = run->event_id, .run_id = run->id};
    jml_touch(&tr->mark);
    tr->completed_at = w->now;
    tr->state = jml_work_move(
        w, JML_MACHINE_TASK,
        jml_printf(w->arena, "%s/%d", jml_id_text(w->arena, run->id), tr->position), tr->state,
        JML_FIRE_DO, to == JML_TASK_COMPLETED ? JML_GUARD_SUCCEEDED : 0, &note);
    return tr->position;
}

static void go_on(struct jml_work *w, struct jml_run *run)
{
    static const struct jml_workflow gone = {0}; /* or names what is: nothing more is done */
    const struct jml_workflow *wf =
        jml_governance_find_version(w->world->governance, run->workflow_id, run->version);
    if (!wf || wf->incomplete)
        wf = &gone;
    int waited = 0; /* for that one the others did */
    bool any = false;
    for (size_t i = 0; i < run->tasks.n; i++) {
        int position = settle_task(w, run, wf, run->tasks.items[i]);
        any = any || position > 0;
        for (size_t k = 0; k < wf->n_tasks && position > 0; k++)
            if (wf->tasks[k].position == position && blocks(&wf->tasks[k]) &&
                (run->tasks.items[i]->state == JML_TASK_COMPLETED || wf->tasks[k].continue_on_error))
                waited = position;
    }
    if (!any)
        return;
    if (waited > 0)
        do_tasks(w, run, wf, waited + 1, false, false);
    finish(w, run, wf);
}

void jml_runs_go_on(struct jml_work *w)
{
    if (!w->s->has_deliveries)
        return;
    for (size_t i = 0, n = w->s->runs.n; i < n; i++)
        if (w->s->runs.items[i]->state == JML_RUN_IN_PROGRESS)
            go_on(w, w->s->runs.items[i]);
}

/* Its effects count from now on, or do not: what they are about is settled anew. */
static void touch(struct jml_work *w, const struct jml_run *run)
{
    jml_ledger_forget(w);
    /* and what was approved, or waits for that */
    for (size_t i = 0; i < w->s->decided.n; i++)
        if (jml_id_equal(w->s->decided.items[i]->run_id, run->id))
            jml_vec_push(w->arena, &w->touched, w->s->decided.items[i]->package_id);
    for (size_t i = 0; i < w->s->requests.n; i++)
        if (jml_id_equal(w->s->requests.items[i]->run_id, run->id) &&
            jml_request_is_open(w->s->requests.items[i]))
            jml_vec_push(w->arena, &w->touched, w->s->requests.items[i]->package_id);
    for (size_t i = 0; run->effects && i < run->effects->n; i++) {
        struct jml_id id;
        const char *package = jml_value_find_string(run->effects->items[i], "package");
        if (package && jml_id_parse(package, &id))
            jml_vec_push(w->arena, &w->touched, id);
        else if (package)
            w->all_touched = true;
    }
}

void jml_run_cancel(struct jml_work *w, struct jml_run *run, const char *cause, const char *actor,
                    const char *reason)
{
    for (size_t i = 0; i < run->tasks.n; i++) {
        struct jml_task_run *tr = run->tasks.items[i];
        if (tr->state != JML_TASK_HELD && tr->state != JML_TASK_IN_PROGRESS)
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
    if (!jml_run_counts(run))
        touch(w, run);
}

void jml_run_retime(struct jml_work *w, struct jml_run *run, jml_time from)
{
    if (!run->effects || !jml_effect_retime(w, run, from))
        return;
    touch(w, run);
}

void jml_run_count(struct jml_work *w, struct jml_run *run, bool counts)
{
    if (counts == (run->withdrawn_at == JML_TIME_NONE))
        return;
    run->withdrawn_at = counts ? JML_TIME_NONE : w->now;
    jml_touch(&run->mark);
    touch(w, run);
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_time(&detail, "withdrawn_at", run->withdrawn_at);
    struct jml_note note = {.detail = jml_detail_end(&detail), .run_id = run->id};
    run->state = jml_work_move(w, JML_MACHINE_RUN, jml_id_text(w->arena, run->id), run->state,
                               counts ? JML_FIRE_RESTORE : JML_FIRE_WITHDRAW, 0, &note);
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
                            .place = w->now,
                            .told_at = w->now,
                            .close_at = JML_TIME_MAX,
                            .withdrawn_at = JML_TIME_NONE,
                            .created_at = w->now,
                            .started_at = JML_TIME_NONE,
                            .completed_at = JML_TIME_NONE,
                            .wanted = true};
    jml_vec_push(w->arena, &w->s->runs, run);
    return run;
}

/* ---- tasks ---- */

const struct jml_zone *jml_run_zone(const struct jml_work *w, const struct jml_run *run)
{
    return run->zone ? run->zone : w->zone;
}

static const char *requestor_of(struct jml_work *w, const struct jml_workflow *wf)
{
    return jml_printf(w->arena, "workflow:%s", wf->display_name);
}

/* Durations count from when the run was due, or from when its facts became known: not from when the
 * daemon came to it. What an operator released counts from then. */
static jml_time given_from(const struct jml_work *w, const struct jml_run *run, bool released)
{
    return released || !jml_run_has_cause(run) ? w->now : jml_time_later(run->due_at, run->told_at);
}

static const char *request_package(struct jml_work *w, struct jml_run *run,
                                   const struct jml_workflow *wf, const struct jml_task *task,
                                   const char *failed, bool released, const char **ret_warning)
{
    struct jml_effect e = jml_effect_of_run(w, run, JML_GIVE, task->packages[0]->id);
    e.policy_id = task->policy->id;
    e.from = given_from(w, run, released);
    e.released = released;
    e.until = jml_policy_end(task->policy, e.from, jml_run_zone(w, run));
    e.by = "policy";
    if (released && jml_str_starts(failed, "incompatible:")) /* what excluded it then may be gone now */
        e.at = w->now;
    struct jml_effect *effect = jml_ledger_add(w, e, !jml_run_has_cause(run));
    struct jml_holding h = jml_holding_of(w, e.package_id);
    const char *error = NULL;
    bool dated = task->policy->expiration.type == JML_EXPIRATION_AFTER_DATE_TIME &&
                 e.until <= w->now; /* refused, not late */
    bool waits = false;
    bool refused = jml_work_no_grants(w) != NULL; /* T8: the request says so */
    if (!refused && h.refused) { /* on record, and in the ledger: what excludes it may turn out wrong */
        struct jml_request *r;
        h.giver = effect;
        jml_request_ask(w, &h, run, requestor_of(w, wf), &r);
        jml_effect_record(w, effect);
        return r->error;
    }
    if (!refused && h.waits && !h.held && w->s->person.state != JML_PERSON_SUSPENDED) {
        *ret_warning = "waits: given when the suspension that comes is over";
    } else if (!refused && !h.held && !h.waits && h.why == JML_RAN_OUT && !dated) {
        *ret_warning = "run_out: what it gives had ended before it was carried out";
    } else if (!refused && !h.held && !h.waits && h.why != JML_RAN_OUT) {
        *ret_warning = "taken_later: a later cause took the package away";
    } else {
        struct jml_request *r;
        h.until = h.held ? h.until : e.until;
        h.by = h.held ? h.by : e.by;
        h.giver = h.held ? h.giver : effect;
        if (!jml_request_ask(w, &h, run, requestor_of(w, wf), &r))
            error = r->error;
        waits = r->state == JML_REQUEST_PENDING_APPROVAL;
    }
    if (waits)
        *ret_warning = "waits_for_approval: it is given when the approvers say yes";
    if (error || waits)
        jml_ledger_drop(w, effect);
    else
        jml_effect_record(w, effect);
    return error;
}

/* Carries out what the ledger says about the package after a removal. false: something else gives it. */
static bool take(struct jml_work *w, const struct jml_run *run, const struct jml_workflow *wf,
                 struct jml_id package_id)
{
    struct jml_holding h = jml_holding_of(w, package_id);
    struct jml_assignment *as = jml_assignment_find(w, package_id);
    if (!as)
        return true;
    if (!h.held) {
        jml_request_remove(w, as, "removed", run, requestor_of(w, wf), "removed by a workflow task");
        return true;
    }
    if (!jml_holding_ends_like(&h, as))
        jml_request_move(w, as, h.until, h.by, run, requestor_of(w, wf),
                         "to end by a workflow task");
    return h.until != JML_TIME_NONE && !jml_streq(h.by, "policy") && !jml_streq(h.by, "request");
}

static const char *remove_packages(struct jml_work *w, struct jml_run *run,
                                   const struct jml_workflow *wf, const struct jml_task *task,
                                   const char **ret_warning)
{
    for (size_t i = 0; i < task->n_packages; i++) {
        struct jml_id id = task->packages[i]->id;
        jml_request_cancel_open(w, id, requestor_of(w, wf), "the package was removed", run);
        struct jml_effect *e = jml_ledger_add(w, jml_effect_of_run(w, run, JML_TAKE, id),
                                              !jml_run_has_cause(run));
        jml_effect_record(w, e);
        if (!take(w, run, wf, id))
            *ret_warning = "given_otherwise: a later cause or another employment gives the package";
    }
    return NULL;
}

/* daysUntilExpiration: at once, or an end that many civil days after the run was due. */
static const char *remove_all(struct jml_work *w, struct jml_run *run,
                              const struct jml_workflow *wf, const struct jml_task *task)
{
    jml_time end = jml_zone_add_days(jml_run_zone(w, run), run->due_at,
                                     task->days_until_expiration);
    bool at_once = task->days_until_expiration == 0 || end <= w->now;
    struct jml_effect e = jml_effect_of_run(
        w, run, task->days_until_expiration == 0 ? JML_TAKE : JML_LIMIT, jml_id_none);
    if (task->days_until_expiration != 0) {
        e.until = end;
        e.by = jml_workflow_is_about_leaving(wf) ? "leave" : "workflow";
        w->all_touched = true; /* one that comes late may keep what was taken at once */
    }
    jml_effect_record(w, jml_ledger_add(w, e, !jml_run_has_cause(run)));
    for (size_t i = 0, n = w->s->assignments.n; i < n; i++) {
        struct jml_assignment *as = w->s->assignments.items[i];
        if (as->state == JML_ASSIGNMENT_EXPIRED)
            continue;
        if (at_once)
            jml_request_cancel_open(w, as->package_id, requestor_of(w, wf),
                                    "the package was removed", run);
        take(w, run, wf, as->package_id);
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
                    const struct jml_task *task, struct jml_task_run *tr, bool late,
                    bool released)
{
    const char *object_id =
        jml_printf(w->arena, "%s/%d", jml_id_text(w->arena, run->id), task->position);
    enum jml_task_class class = jml_task_kind_row(task->kind)->class;
    struct jml_note note = {.event_id = run->event_id, .run_id = run->id};
    jml_touch(&tr->mark);
    const char *failed = tr->error ? tr->error : "";
    tr->started_at = w->now;
    tr->error = tr->warning = NULL;
    if (late && class == JML_TASK_CLASS_GRANT) { /* C3: never skipped in silence, never by itself */
        tr->state = jml_work_move(w, JML_MACHINE_TASK, object_id, tr->state, JML_FIRE_HOLD, 0, &note);
        return;
    }
    bool waits = false;
    switch (task->kind) {
    case JML_TASK_REQUEST_PACKAGE:
        tr->error = request_package(w, run, wf, task, failed, released, &tr->warning);
        break;
    case JML_TASK_REMOVE_PACKAGE:
        tr->error = remove_packages(w, run, wf, task, &tr->warning);
        break;
    case JML_TASK_REMOVE_ALL_PACKAGES:
        tr->error = remove_all(w, run, wf, task);
        break;
    case JML_TASK_CANCEL_REQUESTS:
        tr->error = cancel_requests(w, run, wf);
        break;
    default:
        if (task->kind == JML_TASK_ACCESS_PASS)
            tr->error = jml_task_pass(w, run, task, &waits, &tr->warning);
        else if (class == JML_TASK_CLASS_MAIL)
            tr->warning = jml_task_mail(w, run, task, late);
        else
            tr->error = jml_task_deliver(w, run, task, &waits, &tr->warning);
        break;
    }
    if (waits) {
        tr->completed_at = JML_TIME_NONE;
        note.reason = tr->warning;
        tr->state = jml_work_move(w, JML_MACHINE_TASK, object_id, tr->state, JML_FIRE_WAIT, 0, &note);
        return;
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

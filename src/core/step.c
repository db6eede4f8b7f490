/* SPDX-License-Identifier: MIT
 *
 * The step: commands, fold, plan, everything due in the order of its time, requests, safety net,
 * notices, alarm clock.
 */
#include "core/step.h"

#include <string.h>

#include "base/err.h"
#include "core/approval.h"
#include "core/identity.h"
#include "core/work.h"

static void fold_events(struct jml_work *w);
static void become(struct jml_work *w);
static void do_what_is_due(struct jml_work *w);
static void decide_requests(struct jml_work *w);
static void take_decisions(struct jml_work *w);
static void take_back(struct jml_work *w);
static void set_alarm(struct jml_work *w);
static void set_aside(struct jml_work *w, const char *reason);

static struct jml_work begin(struct jml_arena *a, const struct jml_world *world,
                             struct jml_snapshot *s)
{
    struct jml_work w = {.arena = a, .world = world, .s = s, .now = world->now};
    w.zone = s->person.zone ? jml_zone_find(world->zones, s->person.zone) : NULL;
    if (!w.zone)
        w.zone = jml_zone_find(world->zones, world->default_zone);
    if (!w.zone)
        w.zone = jml_zone_utc();
    w.fold.attributes = s->person.attributes;
    return w;
}

void jml_step(struct jml_arena *a, const struct jml_world *world, struct jml_snapshot *s)
{
    struct jml_work w = begin(a, world, s);
    jml_commands_before_fold(&w);
    if (s->person.held_at != JML_TIME_NONE) {
        set_aside(&w, s->person.held_reason);
        jml_commands_refuse(&w, "person_held: the person is held; release the person first");
        return;
    }
    fold_events(&w);
    become(&w);
    if (w.refolded)
        jml_identity_settle(&w);
    jml_plan(&w);
    jml_commands_after_plan(&w);
    jml_settle_watch(&w);
    jml_runs_go_on(&w);
    do_what_is_due(&w);
    jml_settle_watch(&w); /* what was done has a say in it */
    jml_settle(&w);
    jml_commands_at_last(&w);
    decide_requests(&w);
    take_back(&w);
    take_decisions(&w);
    jml_settle_watch(&w); /* what was taken on request may have been in the way of a gift */
    if (w.touched.n > 0)
        jml_settle(&w);
    for (size_t i = 0; i < s->assignments.n; i++) {
        if (s->assignments.items[i]->state == JML_ASSIGNMENT_EXPIRED)
            continue;
        jml_roles_reconcile(&w, s->assignments.items[i]);
        jml_assignment_notify(&w, s->assignments.items[i]);
    }
    jml_deliveries_look(&w);
    set_alarm(&w);
}

void jml_step_hold(struct jml_arena *a, const struct jml_world *world, struct jml_snapshot *s,
                   const char *reason)
{
    struct jml_work w = begin(a, world, s);
    struct jml_person *p = &s->person;
    if (p->held_at == JML_TIME_NONE) {
        p->held_at = w.now;
        p->held_reason = reason;
        struct jml_str detail = JML_STR_INIT(a);
        jml_detail_time(&detail, "held_at", p->held_at);
        struct jml_note note = {.reason = reason, .detail = jml_detail_end(&detail)};
        p->state = jml_work_move(&w, JML_MACHINE_PERSON, jml_id_text(a, p->id),
                                 p->moved ? (int)p->state : JML_PERSON_NEW, JML_FIRE_HOLD, 0, &note);
        p->moved = true;
        jml_touch(&p->mark);
    }
    set_aside(&w, reason);
}

/* ---- events ---- */

static void move_event(struct jml_work *w, struct jml_event *e, enum jml_fire trigger,
                       const char *error)
{
    struct jml_note note = {.reason = error, .event_id = e->id};
    int from = e->state == JML_EVENT_PENDING && !e->moved ? JML_EVENT_NEW : (int)e->state;
    e->state = jml_work_move(w, JML_MACHINE_EVENT, jml_printf(w->arena, "%lld", (long long)e->id),
                             from, trigger, 0, &note);
    e->moved = true;
    e->error = error;
    jml_touch(&e->mark);
}

/* The events of a held person wait with it. */
static void set_aside(struct jml_work *w, const char *reason)
{
    for (size_t i = 0; i < w->s->events.n; i++)
        if (w->s->events.items[i]->state == JML_EVENT_PENDING)
            move_event(w, w->s->events.items[i], JML_FIRE_HOLD,
                       jml_printf(w->arena, "person_held: %s", reason ? reason : ""));
    if (w->s->person.due_at != JML_TIME_NONE) {
        w->s->person.due_at = JML_TIME_NONE; /* removal_at stays: health looks at it */
        jml_touch(&w->s->person.mark);
    }
}

/* What the events said that were folded before. */
static uint64_t mark_before(struct jml_work *w, struct jml_event *const *usable, size_t n)
{
    struct jml_event **old = jml_new_n(w->arena, struct jml_event *, n);
    size_t n_old = 0;
    for (size_t i = 0; i < n; i++)
        if (!usable[i]->fresh)
            old[n_old++] = usable[i];
    if (n_old == 0)
        return 0;
    struct jml_fold fold;
    jml_fold(w->arena, old, n_old, w->world->zones, w->world->default_zone, w->now, &fold);
    return jml_settle_mark(&fold, w->now);
}

static void fold_events(struct jml_work *w)
{
    struct jml_snapshot *s = w->s;
    struct jml_event **usable = jml_new_n(w->arena, struct jml_event *, s->events.n);
    size_t n = 0;
    for (size_t i = 0; i < s->events.n; i++) {
        struct jml_event *e = s->events.items[i];
        if (e->state == JML_EVENT_HELD || e->state == JML_EVENT_REJECTED)
            continue;
        e->fresh = e->state == JML_EVENT_PENDING;
        if (e->fresh) {
            const char *error = jml_event_check(w->arena, e, w->world->zones);
            if (error) {
                move_event(w, e, JML_FIRE_REJECT, error);
                continue;
            }
            const char *doubt = e->conflict ? e->conflict : jml_identity_doubt(w, e);
            if (doubt) {
                e->fresh = false;
                move_event(w, e, JML_FIRE_HOLD, doubt);
                continue;
            }
            /* What the other id brought along may have been folded before, for nobody. */
            w->all_touched = w->all_touched || jml_identity_former(e);
        }
        w->refolded = w->refolded || e->fresh;
        usable[n++] = e;
    }
    uint64_t before = w->refolded ? mark_before(w, usable, n) : 0;
    jml_fold(w->arena, usable, n, w->world->zones, w->world->default_zone, w->now, &w->fold);
    w->all_touched = w->all_touched || (w->refolded && before != jml_settle_mark(&w->fold, w->now));
    if (w->fold.zone)
        w->zone = w->fold.zone;
    for (size_t i = 0; i < n; i++) {
        struct jml_event *e = usable[i];
        bool stands = e->counts || e->waits;
        const char *warning = stands ? e->warning : NULL;
        if (!stands && e->state != JML_EVENT_SUPERSEDED)
            move_event(w, e, JML_FIRE_SUPERSEDE, NULL);
        else if (stands && e->state != JML_EVENT_DONE)
            move_event(w, e, JML_FIRE_FOLD, warning);
        else if (stands && !jml_streq(e->error, warning))
            move_event(w, e, JML_FIRE_WARN, warning);
    }
}

/* ---- the person ---- */

static unsigned facts_of_state(enum jml_person_state state)
{
    switch (state) {
    case JML_PERSON_PREHIRE:
        return JML_GUARD_IS_PREHIRE;
    case JML_PERSON_ACTIVE:
        return JML_GUARD_IS_ACTIVE;
    case JML_PERSON_SUSPENDED:
        return JML_GUARD_IS_SUSPENDED;
    case JML_PERSON_LEFT:
        return JML_GUARD_IS_LEFT;
    default:
        return JML_GUARD_IS_UNKNOWN;
    }
}

static bool says_the_same(struct jml_work *w, const struct jml_value *employments)
{
    struct jml_person *p = &w->s->person;
    struct jml_err e;
    if (!p->employments && p->employments_text &&
        jml_value_parse(w->arena, p->employments_text, strlen(p->employments_text), 128,
                        &p->employments, &e) < 0)
        jml_bug("the employments of a person are no JSON: %s", e.message);
    return jml_value_equal(p->employments, employments);
}

/* Or will be. */
static bool is_employed(int state)
{
    return state != JML_PERSON_UNKNOWN && state != JML_PERSON_LEFT;
}

static void become(struct jml_work *w)
{
    struct jml_person *p = &w->s->person;
    if (p->state == JML_PERSON_EXTERNAL && w->fold.periods.n == 0) {
        w->fold.attributes = p->attributes; /* they came with the request, not with events */
        return;
    }
    const struct jml_value *employments = jml_fold_employments(w->arena, &w->fold, w->now);
    bool dates = p->hired_at != w->fold.hired_at || p->leaves_at != w->fold.leaves_at;
    bool changed = dates || p->state != w->fold.state ||
                   !jml_value_equal(p->attributes, w->fold.attributes) ||
                   !says_the_same(w, employments);
    if (!changed)
        return;
    bool moves = p->state != w->fold.state || dates;
    struct jml_str detail = JML_STR_INIT(w->arena);
    if (p->hired_at != w->fold.hired_at)
        jml_detail_time(&detail, "hired_at", w->fold.hired_at);
    if (p->leaves_at != w->fold.leaves_at)
        jml_detail_time(&detail, "leaves_at", w->fold.leaves_at);
    p->external = p->external && w->fold.periods.n == 0;
    p->attributes = w->fold.attributes;
    p->employments = employments;
    p->hired_at = w->fold.hired_at;
    p->leaves_at = w->fold.leaves_at;
    if (w->fold.zone)
        p->zone = jml_zone_name(w->fold.zone);
    jml_touch(&p->mark);
    if (!moves)
        return;
    struct jml_note note = {.detail = jml_detail_end(&detail), .event_id = jml_work_newest_event(w)};
    int from = p->moved ? (int)p->state : JML_PERSON_NEW;
    bool same = p->moved && p->state == w->fold.state;
    p->state = jml_work_move(w, JML_MACHINE_PERSON, jml_id_text(w->arena, p->id), from,
                             same ? JML_FIRE_MOVE : JML_FIRE_BECOME, facts_of_state(w->fold.state),
                             &note);
    /* of who came without events nothing was ever said */
    p->crossed = from != JML_PERSON_NEW && w->s->events.n > 0 &&
                 is_employed(from) != is_employed((int)p->state);
    p->moved = true;
}

/* ---- what is due ---- */

struct due {
    jml_time at;
    int rank; /* at one instant: ends, removals, then grants */
    const char *name;
    struct jml_assignment *assignment;
    struct jml_run *run;
    const struct jml_workflow *workflow;
    struct jml_request *request; /* whose start has come, or that waits for approval */
    struct jml_approval *approval;
};

static bool is_before(const struct due *a, const struct due *b)
{
    if (a->at != b->at)
        return a->at < b->at;
    if (a->rank != b->rank)
        return a->rank < b->rank;
    int order = a->name && b->name ? strcmp(a->name, b->name) : 0;
    return order < 0;
}

static bool grants_anything(const struct jml_workflow *wf)
{
    for (size_t i = 0; i < wf->n_tasks; i++)
        if (wf->tasks[i].enabled &&
            jml_task_kind_row(wf->tasks[i].kind)->class == JML_TASK_CLASS_GRANT)
            return true;
    return false;
}

static bool request_may_start(const struct jml_work *w, const struct jml_request *r)
{
    enum jml_person_state state = w->s->person.state; /* who left gets them canceled (T8) */
    return r->state == JML_REQUEST_SCHEDULED && jml_request_type_is_add(r->type) &&
           state != JML_PERSON_SUSPENDED && state != JML_PERSON_LEFT &&
           (r->due_at == JML_TIME_NONE || r->due_at <= w->now);
}

/* One that was made in this step has its approvers loaded the next time. */
static bool approval_is_due(const struct jml_work *w, const struct jml_request *r)
{
    return r->state == JML_REQUEST_PENDING_APPROVAL &&
           (jml_approval_due(r) <= w->now || jml_approval_is_lost(w, r)) &&
           (r->told || r->mark != JML_CREATED);
}

static bool next_due(struct jml_work *w, struct due *ret_due)
{
    struct due best = {.at = JML_TIME_MAX};
    bool any = false;
#define CONSIDER(...)                                                                              \
    do {                                                                                           \
        struct due d = {__VA_ARGS__};                                                              \
        if (!any || is_before(&d, &best))                                                          \
            best = d;                                                                              \
        any = true;                                                                                \
    } while (0)
    for (size_t i = 0; i < w->s->assignments.n; i++) {
        struct jml_assignment *as = w->s->assignments.items[i];
        if (as->state != JML_ASSIGNMENT_EXPIRED && as->ends_at != JML_TIME_NONE &&
            as->ends_at <= w->now && !jml_settle_is_touched(w, as->package_id))
            CONSIDER(.at = as->ends_at, .rank = 0, .assignment = as);
    }
    for (size_t i = 0; i < w->s->runs.n; i++) {
        struct jml_run *run = w->s->runs.items[i];
        if (!jml_run_is_due(w, run))
            continue;
        const struct jml_workflow *wf =
            jml_governance_find_workflow(w->world->governance, run->workflow_id);
        if (wf)
            CONSIDER(.at = run->due_at, .rank = grants_anything(wf) ? 2 : 1,
                     .name = wf->display_name, .run = run, .workflow = wf);
    }
    for (size_t i = 0; i < w->s->requests.n; i++) {
        struct jml_request *r = w->s->requests.items[i];
        if (request_may_start(w, r))
            CONSIDER(.at = r->due_at == JML_TIME_NONE ? w->now : r->due_at, .rank = 3, .request = r);
        if (approval_is_due(w, r))
            CONSIDER(.at = jml_approval_due(r), .rank = 4, .request = r);
    }
    struct jml_approval *a = jml_approval_next(w, false);
    if (a) /* one that came when the time was over came late */
        CONSIDER(.at = jml_approval_came(w, a), .rank = 5, .approval = a);
#undef CONSIDER
    *ret_due = best;
    return any;
}

static const char *end_reason(const struct jml_assignment *as)
{
    return jml_streq(as->ends_by, "automatic") ? "policy" : "expired";
}

static void do_what_is_due(struct jml_work *w)
{
    struct due due;
    while (next_due(w, &due)) {
        if (due.assignment)
            jml_request_remove(w, due.assignment, end_reason(due.assignment), NULL, "jmld",
                               "its end has come");
        else if (due.run)
            jml_run_execute(w, due.run, due.workflow, JML_FIRE_START, NULL);
        else if (due.approval)
            jml_approval_decide(w, due.approval);
        else if (due.request->state == JML_REQUEST_PENDING_APPROVAL)
            jml_approval_happen(w, due.request);
        else
            jml_request_decide(w, due.request);
    }
}

static void decide_requests(struct jml_work *w)
{
    /* In the order in which they were made: who removes and then adds wants the package. */
    for (size_t i = 0; i < w->s->requests.n; i++)
        if (w->s->requests.items[i]->state == JML_REQUEST_SUBMITTED)
            jml_request_decide(w, w->s->requests.items[i]);
}

/* Of what is about to be asked now, and what has nothing to be about. */
static void take_decisions(struct jml_work *w)
{
    struct jml_approval *a;
    while ((a = jml_approval_next(w, true)))
        jml_approval_decide(w, a);
}

/* ---- C7: a person who left holds nothing ---- */

static void take_back(struct jml_work *w)
{
    enum jml_person_state state = w->s->person.state;
    if (state != JML_PERSON_LEFT && !(state == JML_PERSON_UNKNOWN && w->s->person.moved))
        return;
    const char *why = state == JML_PERSON_UNKNOWN ? "the employment was withdrawn"
                                                  : "the last employment ended";
    for (size_t i = 0, n = w->s->assignments.n; i < n; i++) {
        struct jml_assignment *as = w->s->assignments.items[i];
        if (as->state != JML_ASSIGNMENT_EXPIRED && !jml_streq(as->ends_by, "leave"))
            jml_request_remove(w, as, "left", NULL, "jmld", why);
    }
    jml_request_cancel_open(w, jml_id_none, "jmld", why, NULL);
}

/* ---- the alarm clock ---- */

static void earliest(jml_time *alarm, jml_time t)
{
    if (t != JML_TIME_NONE && t != JML_TIME_MAX && (*alarm == JML_TIME_NONE || t < *alarm))
        *alarm = t;
}

static void set_alarm(struct jml_work *w)
{
    struct jml_person *p = &w->s->person;
    jml_time due = JML_TIME_NONE, removal = JML_TIME_NONE;
    bool holds = false;
    for (size_t i = 0; i < w->s->assignments.n; i++) {
        const struct jml_assignment *as = w->s->assignments.items[i];
        if (as->state == JML_ASSIGNMENT_EXPIRED)
            continue;
        holds = true;
        earliest(&removal, as->ends_at);
        earliest(&due, as->notice_14_at);
        earliest(&due, as->notice_1_at);
    }
    for (size_t i = 0; i < w->s->runs.n; i++)
        if (w->s->runs.items[i]->state == JML_RUN_SCHEDULED)
            earliest(&due, w->s->runs.items[i]->due_at);
    for (size_t i = 0; i < w->s->requests.n; i++)
        if (w->s->requests.items[i]->state == JML_REQUEST_SCHEDULED &&
            p->state != JML_PERSON_SUSPENDED)
            earliest(&due, w->s->requests.items[i]->due_at);
    for (size_t i = 0; i < w->s->requests.n; i++)
        if (w->s->requests.items[i]->state == JML_REQUEST_PENDING_APPROVAL)
            earliest(&due, w->s->requests.items[i]->due_at);
    earliest(&due, w->fold.next_at);
    for (size_t i = 0; holds && i < w->fold.periods.n; i++) {
        const struct jml_period *period = w->fold.periods.items[i];
        if (period->end > w->now && jml_fold_is_last_end(&w->fold, period))
            earliest(&removal, period->end);
    }
    earliest(&due, removal);
    if (due == p->due_at && removal == p->removal_at)
        return;
    p->due_at = due;
    p->removal_at = removal;
    jml_touch(&p->mark);
}

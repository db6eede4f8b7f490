/* SPDX-License-Identifier: MIT
 *
 * Planning: the causes that the fold gives (C1), held against the runs there are (C2, C4).
 */
#include "core/work.h"

#include <string.h>

#include "core/cause.h"

/* Runs by (workflow, key). */
struct run_index {
    struct jml_run **slots;
    size_t mask;
};

struct planning {
    struct jml_work *w;
    struct run_index index;
    const struct jml_workflow *version; /* whose causes are looked at */
    bool has_past;
    struct jml_fold past; /* by what was known at past_at */
    jml_time past_at;
};

static struct run_index index_runs(struct jml_work *w);
static void plan_cause(void *userdata, const struct jml_cause *c);
static void judge_runs(struct planning *p);

void jml_plan(struct jml_work *w)
{
    const struct jml_governance *g = w->world->governance;
    struct planning p = {.w = w, .index = index_runs(w)};
    if (w->refolded)
        judge_runs(&p);
    for (size_t i = 0; i < g->n_workflows; i++) {
        const struct jml_workflow *wf = g->workflows[i];
        if (wf->enabled && wf->scheduling_enabled)
            jml_causes(w->arena, &w->fold, wf, plan_cause, &p);
    }
    for (size_t i = 0; i < w->s->runs.n; i++) {
        struct jml_run *run = w->s->runs.items[i];
        if (run->wanted || !jml_run_has_cause(run) ||
            (run->state != JML_RUN_SCHEDULED && run->state != JML_RUN_HELD))
            continue;
        const struct jml_workflow *wf = jml_governance_find_workflow(g, run->workflow_id);
        if (!wf || !wf->enabled || !wf->scheduling_enabled)
            jml_run_cancel(w, run, "workflow", NULL, "the workflow or its schedule is disabled");
        else if (run->out_of_scope)
            jml_run_cancel(w, run, "scope", NULL, run->out_of_scope);
        else
            jml_run_cancel(w, run, "replan", NULL, "its date moved or went away");
    }
}

/* ---- runs by key ---- */

static uint64_t hash_of(struct jml_id workflow_id, const char *key)
{
    uint64_t h = jml_id_hash(workflow_id) ^ UINT64_C(1469598103934665603);
    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * UINT64_C(1099511628211);
    return h ^ (h >> 29);
}

static struct run_index index_runs(struct jml_work *w)
{
    size_t size = 16;
    while (size < 2 * w->s->runs.n)
        size *= 2;
    struct run_index index = {jml_new_n(w->arena, struct jml_run *, size), size - 1};
    for (size_t i = 0; i < w->s->runs.n; i++) {
        struct jml_run *run = w->s->runs.items[i];
        run->wanted = run->valid = false;
        run->place = run->anchor_at;
        run->told_at = run->known_at;
        run->close_at = JML_TIME_MAX;
        run->is_past = false;
        run->out_of_scope = NULL;
        size_t slot = hash_of(run->workflow_id, run->trigger_key) & index.mask;
        while (index.slots[slot])
            slot = (slot + 1) & index.mask;
        index.slots[slot] = run;
    }
    return index;
}

static struct jml_run *find_run(const struct run_index *index, const struct jml_workflow *workflow,
                                const char *key)
{
    size_t slot = hash_of(workflow->id, key) & index->mask;
    for (; index->slots[slot]; slot = (slot + 1) & index->mask) {
        struct jml_run *run = index->slots[slot];
        if (jml_id_equal(run->workflow_id, workflow->id) && strcmp(run->trigger_key, key) == 0)
            return run;
    }
    return NULL;
}

/* ---- runs that have started: does what they did still count? (C2) ---- */

static bool is_settled(const struct jml_run *run)
{
    return jml_run_has_cause(run) && run->started_at != JML_TIME_NONE &&
           run->state != JML_RUN_SCHEDULED && run->state != JML_RUN_CANCELED;
}

static void find_valid(void *userdata, const struct jml_cause *c)
{
    struct planning *p = userdata;
    struct jml_run *run = find_run(&p->index, c->workflow, jml_cause_key(p->w->arena, c));
    if (!run || run->version != p->version->version || !is_settled(run))
        return;
    run->valid = jml_cause_is_in_scope(p->w->arena, c, p->w->s->person.employee_id);
    run->zone = c->event->zone;
    if (run->valid)
        jml_run_retime(p->w, run, jml_time_later(c->due, jml_cause_told_at(c)));
}

/* Every run is judged by the version it is pinned to: a new one changes nothing that was done. */
static void judge_runs(struct planning *p)
{
    struct jml_work *w = p->w;
    JML_VEC(const struct jml_workflow *) seen = {0};
    for (size_t i = 0; i < w->s->runs.n; i++) {
        struct jml_run *run = w->s->runs.items[i];
        if (!is_settled(run))
            continue;
        const struct jml_workflow *wf =
            jml_governance_find_version(w->world->governance, run->workflow_id, run->version);
        if (!wf) { /* deleted: nothing says that its cause is gone */
            run->valid = true;
            continue;
        }
        bool known = false;
        for (size_t k = 0; k < seen.n && !known; k++)
            known = seen.items[k] == wf;
        if (known)
            continue;
        jml_vec_push(w->arena, &seen, wf);
        p->version = wf;
        jml_causes(w->arena, &w->fold, wf, find_valid, p);
    }
    for (size_t i = 0; i < w->s->runs.n; i++) {
        struct jml_run *run = w->s->runs.items[i];
        if (run->state == JML_RUN_IN_PROGRESS && is_settled(run) && !run->valid)
            jml_run_cancel(w, run, "replan", NULL, "its date moved or went away");
        else if (is_settled(run) && run->state != JML_RUN_HELD)
            jml_run_count(w, run, run->valid);
    }
}

/* ---- plans ---- */

/* C3: when it became known that there is something to run. A cause that no fact of its own brings up
 * now (a correction was withdrawn, a scope matches after all) owes itself to what came just now. */
static jml_time known_at(const struct jml_work *w, const struct jml_cause *c)
{
    jml_time known = jml_cause_known_at(c);
    if (c->event->fresh)
        return known;
    for (size_t i = 0; i < w->s->events.n; i++)
        if (w->s->events.items[i]->fresh)
            known = jml_time_later(known, w->s->events.items[i]->received_at);
    return known;
}

static bool is_past(const struct jml_work *w, const struct jml_cause *c)
{
    return c->period->end <= w->now && !jml_streq(c->attribute, "employeeLeaveDateTime");
}

/* What a stay that is over would have given, its end took: nothing of it starts any more. To the law
 * (catch_up = unlimited) it matters to who came back: a leave task may have let it end later. */
static bool is_over(const struct jml_work *w, const struct jml_cause *c)
{
    return is_past(w, c) && jml_fold_stay_end(&w->fold, c->period) <= w->now &&
           (w->world->catch_up != JML_TIME_MAX || jml_work_no_grants(w));
}

static struct jml_run *new_run(struct jml_work *w, const struct jml_cause *c, const char *key)
{
    struct jml_run *run = jml_new(w->arena, struct jml_run);
    *run = (struct jml_run){.mark = JML_CREATED,
                            .id = jml_work_new_id(w),
                            .workflow_id = c->workflow->id,
                            .version = c->workflow->version,
                            .event_id = c->event->id,
                            .trigger_key = key,
                            .anchor_at = c->anchor,
                            .due_at = c->due,
                            .known_at = known_at(w, c),
                            .employment = c->period->employment,
                            .fact = jml_cause_fact(w->arena, c),
                            .withdrawn_at = JML_TIME_NONE,
                            .created_at = w->now,
                            .started_at = JML_TIME_NONE,
                            .completed_at = JML_TIME_NONE};
    jml_vec_push(w->arena, &w->s->runs, run);
    return run;
}

/* What carrying it out needs to know of the cause as it is now. */
static void know_cause(const struct jml_work *w, struct jml_run *run, const struct jml_cause *c)
{
    run->wanted = true;
    run->place = c->place;
    run->told_at = jml_cause_told_at(c);
    run->close_at = c->close;
    run->is_past = is_past(w, c);
    run->zone = c->event->zone;
}

struct memory {
    struct jml_work *w;
    const struct jml_cause *cause;
    const char *key;
    bool found;
};

static bool says_the_same_day(const struct jml_event *a, const struct jml_event *b)
{
    return a->effective_at == b->effective_at &&
           jml_date_to_days(a->effective_on) == jml_date_to_days(b->effective_on);
}

static void remember(void *userdata, const struct jml_cause *c)
{
    struct memory *m = userdata;
    struct jml_arena *a = m->w->arena;
    bool same = strcmp(jml_cause_key(a, c), m->key) == 0 ||
                (c->fact == m->cause->fact && strcmp(c->attribute, m->cause->attribute) == 0 &&
                 says_the_same_day(c->event, m->cause->event)); /* in another zone */
    if (same && !jml_cause_out_of_scope(a, c, m->w->s->person.employee_id))
        m->found = true;
}

/* Was there this cause, in scope, by what was known when the workflow was switched on? Then a fact
 * that came since (a name spelled otherwise) is no reason to run it. */
static bool was_known(struct planning *p, const struct jml_cause *c, const char *key)
{
    struct jml_work *w = p->w;
    jml_time since = c->workflow->scheduled_since;
    if (!p->has_past || p->past_at != since) { /* copies: a fold marks the events */
        size_t n = 0, all = w->s->events.n;
        struct jml_event *copies = jml_new_n(w->arena, struct jml_event, all);
        struct jml_event **known = jml_new_n(w->arena, struct jml_event *, all);
        for (size_t i = 0; i < all; i++) {
            const struct jml_event *e = w->s->events.items[i];
            if (e->received_at > since || e->state == JML_EVENT_HELD ||
                e->state == JML_EVENT_REJECTED)
                continue;
            copies[n] = *e;
            known[n] = &copies[n];
            n++;
        }
        p->past = (struct jml_fold){0};
        if (n > 0)
            jml_fold(w->arena, known, n, w->world->zones, w->world->default_zone, w->now, &p->past);
        p->has_past = true;
        p->past_at = since;
    }
    struct memory m = {.w = w, .cause = c, .key = key};
    if (p->past.periods.n > 0)
        jml_causes(w->arena, &p->past, c->workflow, remember, &m);
    return m.found;
}

/* The same fact had a run when it had another instant: in another zone, or before it was corrected. */
static bool has_run(const struct jml_work *w, const struct jml_cause *c)
{
    const char *fact = jml_cause_fact(w->arena, c);
    for (size_t i = 0; i < w->s->runs.n; i++) {
        const struct jml_run *run = w->s->runs.items[i];
        if (jml_id_equal(run->workflow_id, c->workflow->id) && is_settled(run) &&
            jml_streq(run->fact, fact))
            return true;
    }
    return false;
}

static void schedule(struct jml_work *w, struct jml_run *run, const struct jml_cause *c, int from)
{
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_time(&detail, "due_at", c->due);
    jml_detail_int(&detail, "version", c->workflow->version);
    struct jml_note note = {
        .detail = jml_detail_end(&detail), .event_id = c->event->id, .run_id = run->id};
    run->state = jml_work_move(w, JML_MACHINE_RUN, jml_id_text(w->arena, run->id), from,
                               JML_FIRE_PLAN, 0, &note);
}

/* Plans one cause, or finds that its run is there. */
static void plan_cause(void *userdata, const struct jml_cause *c)
{
    struct planning *p = userdata;
    struct jml_work *w = p->w;
    const char *employee_id = w->s->person.employee_id;
    if (is_over(w, c))
        return;
    bool in_scope = jml_cause_is_in_scope(w->arena, c, employee_id);
    if (!in_scope && w->s->runs.n == 0)
        return; /* the common case, and many of them: nothing is put into words */
    const char *key = jml_cause_key(w->arena, c);
    struct jml_run *run = find_run(&p->index, c->workflow, key);
    if (!in_scope) {
        if (run && (run->state == JML_RUN_SCHEDULED || run->state == JML_RUN_HELD))
            run->out_of_scope = jml_cause_out_of_scope(w->arena, c, employee_id);
        return;
    }
    /* What was over, and known, before the workflow was switched on is history. */
    jml_time since = c->workflow->scheduled_since;
    bool ahead = c->due >= since || (jml_cause_known_at(c) <= since ? c->event->fresh
                                     : !was_known(p, c, key) || has_run(w, c));

    if (!run) {
        if (!ahead)
            return;
        run = new_run(w, c, key);
        know_cause(w, run, c);
        if (c->due > w->now)
            schedule(w, run, c, JML_RUN_NEW);
        return;
    }

    know_cause(w, run, c);
    bool revive = run->state == JML_RUN_CANCELED && !jml_streq(run->cancel_cause, "operator") && ahead;
    bool changed = run->state == JML_RUN_SCHEDULED &&
                   (run->due_at != c->due || run->version != c->workflow->version);
    if (!revive && !changed)
        return;
    run->due_at = c->due;
    run->version = c->workflow->version;
    if (revive) {
        run->known_at = jml_time_later(run->known_at, known_at(w, c));
        run->started_at = run->withdrawn_at = JML_TIME_NONE; /* what it had done, it keeps */
    }
    run->cancel_cause = run->reason = NULL;
    run->completed_at = JML_TIME_NONE;
    jml_touch(&run->mark);
    schedule(w, run, c, run->state);
}

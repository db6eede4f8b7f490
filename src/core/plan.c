/* SPDX-License-Identifier: MIT
 *
 * Planning: the causes that the fold gives (C1), held against the runs there are (C4).
 */
#include "core/work.h"

#include <string.h>

struct cause {
    const struct jml_workflow *workflow;
    const struct jml_period *period;
    const struct jml_event *event; /* the fact that made it */
    const char *attribute;         /* "employeeHireDate", "department", "group:sales" */
    jml_time anchor, due, close;   /* close MAX: may start at any time from due on */
    const struct jml_value *attributes; /* at the anchor */
};

/* Runs by (workflow, key). */
struct run_index {
    struct jml_run **slots;
    size_t mask;
};

static struct run_index index_runs(struct jml_work *w);
static struct jml_run *find_run(const struct run_index *index, const struct jml_workflow *workflow,
                                const char *key);
static void causes_of(struct jml_work *w, const struct jml_workflow *wf,
                      const struct run_index *index);

void jml_plan(struct jml_work *w)
{
    const struct jml_governance *g = w->world->governance;
    struct run_index index = index_runs(w);
    for (size_t i = 0; i < g->n_workflows; i++) {
        const struct jml_workflow *wf = g->workflows[i];
        if (wf->enabled && wf->scheduling_enabled && wf->trigger.kind != JML_TRIGGER_ON_DEMAND)
            causes_of(w, wf, &index);
    }
    for (size_t i = 0; i < w->s->runs.n; i++) {
        struct jml_run *run = w->s->runs.items[i];
        if (run->wanted || !strchr(run->trigger_key, '@') ||
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
        run->wanted = false;
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

/* ---- causes ---- */

static bool is_member(const struct jml_value *attributes, const char *group)
{
    const struct jml_value *groups = jml_value_find(attributes, "groups");
    for (size_t i = 0; groups && groups->type == JML_ARRAY && i < groups->n; i++)
        if (groups->items[i]->type == JML_STRING && strcmp(groups->items[i]->text, group) == 0)
            return true;
    return false;
}

/* NULL when the scope holds, else the clause that is false. */
static const char *scope_fails(struct jml_work *w, const struct jml_workflow *wf,
                               const struct jml_value *attributes)
{
    /* rules may ask for the id that is no attribute */
    if (wf->scope && !jml_value_find(attributes, "employeeId"))
        attributes = jml_value_with(w->arena, attributes, "employeeId",
                                    jml_value_string(w->arena, w->s->person.employee_id));
    if (wf->scope && !jml_rule_matches(wf->scope, attributes))
        return jml_printf(w->arena, "out of scope: %s",
                          jml_rule_explain(w->arena, wf->scope, attributes));
    if (wf->trigger.kind == JML_TRIGGER_MEMBERSHIP)
        return NULL; /* its groups are the trigger itself */
    for (size_t i = 0; i < wf->n_scope_groups; i++)
        if (is_member(attributes, wf->scope_groups[i]))
            return NULL;
    return wf->n_scope_groups ? "out of scope: in none of the groups" : NULL;
}

/* C6: a leave run that has not started when the person is employed again does not start. */
static bool rehired_before(const struct jml_work *w, const struct cause *c)
{
    for (size_t i = 0; i < w->fold.periods.n; i++) {
        const struct jml_period *p = w->fold.periods.items[i];
        if (p->start >= c->anchor &&
            (p->start < c->due || (p->start == c->due && c->due > c->anchor)))
            return true;
    }
    return false;
}

static jml_time later(jml_time a, jml_time b)
{
    return a > b ? a : b;
}

/* When the facts that make the cause became known. */
static jml_time told_at(const struct cause *c)
{
    return later(c->event->received_at, c->period->joiner->received_at);
}

/* C3: when it became known that there is something to run. A cause that no fact of its own brings up
 * now (a correction was withdrawn, a scope matches after all) owes itself to what came just now. */
static jml_time known_at(const struct jml_work *w, const struct cause *c)
{
    jml_time known = told_at(c);
    if (c->event->fresh)
        return known;
    for (size_t i = 0; i < w->s->events.n; i++)
        if (w->s->events.items[i]->fresh)
            known = later(known, w->s->events.items[i]->received_at);
    return known;
}

/* Plans one cause, or finds that its run is there. */
static void plan_cause(struct jml_work *w, const struct cause *c, const struct run_index *index)
{
    if (c->period->baseline_until != JML_TIME_NONE && c->anchor <= c->period->baseline_until)
        return; /* T9 */
    const char *key = jml_printf(w->arena, "%s@%s/%s", c->attribute,
                                 jml_time_format_precise(w->arena, c->anchor),
                                 c->period->employment);
    struct jml_run *run = find_run(index, c->workflow, key);
    const char *fails = scope_fails(w, c->workflow, c->attributes);
    if (fails) {
        if (run && (run->state == JML_RUN_SCHEDULED || run->state == JML_RUN_HELD))
            run->out_of_scope = fails;
        return;
    }
    /* What was over, and known, before the workflow was switched on is history. */
    bool ahead = c->event->fresh || c->due >= c->workflow->scheduled_since ||
                 told_at(c) > c->workflow->scheduled_since;
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_time(&detail, "due_at", c->due);
    jml_detail_int(&detail, "version", c->workflow->version);

    if (!run) {
        if (!ahead || (c->close != JML_TIME_MAX && told_at(c) >= c->close))
            return;
        run = jml_new(w->arena, struct jml_run);
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
                                .created_at = w->now,
                                .started_at = JML_TIME_NONE,
                                .completed_at = JML_TIME_NONE,
                                .wanted = true};
        if (c->due > w->now) {
            struct jml_note note = {.detail = jml_detail_end(&detail),
                                    .event_id = c->event->id,
                                    .run_id = run->id};
            run->state = jml_work_move(w, JML_MACHINE_RUN, jml_id_text(w->arena, run->id),
                                       JML_RUN_NEW, JML_FIRE_PLAN, 0, &note);
        }
        jml_vec_push(w->arena, &w->s->runs, run);
        return;
    }

    run->wanted = true;
    bool revive = run->state == JML_RUN_CANCELED && !jml_streq(run->cancel_cause, "operator") &&
                  run->started_at == JML_TIME_NONE && ahead;
    bool changed = run->state == JML_RUN_SCHEDULED &&
                   (run->due_at != c->due || run->version != c->workflow->version);
    if (!revive && !changed)
        return;
    run->due_at = c->due;
    run->version = c->workflow->version;
    if (revive)
        run->known_at = later(run->known_at, known_at(w, c));
    run->cancel_cause = run->reason = NULL;
    run->completed_at = JML_TIME_NONE;
    jml_touch(&run->mark);
    struct jml_note note = {
        .detail = jml_detail_end(&detail), .event_id = c->event->id, .run_id = run->id};
    run->state = jml_work_move(w, JML_MACHINE_RUN, jml_id_text(w->arena, run->id), run->state,
                               JML_FIRE_PLAN, 0, &note);
}

static void plan_time(struct jml_work *w, struct cause c, const char *attribute, jml_time anchor,
                      const struct run_index *index)
{
    const struct jml_trigger *t = &c.workflow->trigger;
    const struct jml_zone *zone = c.period->zone;
    c.attribute = attribute;
    c.anchor = anchor;
    c.due = jml_zone_add_days(zone, anchor, t->open_days);
    c.close = t->has_close ? jml_zone_add_days(zone, anchor, (int64_t)t->close_days + 1)
                           : JML_TIME_MAX;
    if (t->attribute == JML_EMPLOYEE_LEAVE_DATE_TIME && rehired_before(w, &c))
        return;
    plan_cause(w, &c, index);
}

static void plan_changes(struct jml_work *w, struct cause c, const struct run_index *index)
{
    const struct jml_trigger *t = &c.workflow->trigger;
    const struct jml_period *p = c.period;
    for (size_t i = 0; i < p->changes.n; i++) {
        const struct jml_change *change = &p->changes.items[i];
        if (change->at >= p->end)
            break;
        const struct jml_value *before = i ? p->changes.items[i - 1].attributes : NULL;
        c.anchor = c.due = change->at;
        c.close = JML_TIME_MAX;
        c.event = change->event;
        c.attributes = change->attributes;
        if (t->kind == JML_TRIGGER_ATTRIBUTE) {
            for (size_t k = 0; i && k < t->n_attributes; k++) {
                if (jml_value_equal(jml_value_find_path(before, t->attributes[k]),
                                    jml_value_find_path(change->attributes, t->attributes[k])))
                    continue;
                c.attribute = t->attributes[k];
                plan_cause(w, &c, index);
                break; /* one change at one instant is one cause */
            }
            continue;
        }
        for (size_t k = 0; k < c.workflow->n_scope_groups; k++) {
            const char *group = c.workflow->scope_groups[k];
            bool was = before && is_member(before, group);
            bool is = is_member(change->attributes, group);
            if (was == is || is != t->on_add)
                continue;
            c.attribute = jml_printf(w->arena, "group:%s", group);
            plan_cause(w, &c, index);
        }
    }
}

static void causes_of(struct jml_work *w, const struct jml_workflow *wf,
                      const struct run_index *index)
{
    const struct jml_trigger *t = &wf->trigger;
    bool leave = t->attribute == JML_EMPLOYEE_LEAVE_DATE_TIME &&
                 (t->kind == JML_TRIGGER_TIME || t->kind == JML_TRIGGER_TIME_V2);
    bool created_done = false;
    for (size_t i = 0; i < w->fold.periods.n; i++) {
        const struct jml_period *p = w->fold.periods.items[i];
        struct cause c = {.workflow = wf, .period = p};
        if (leave) {
            if (!jml_fold_is_last_end(&w->fold, p))
                continue;
            c.event = p->leaver;
            c.attributes = jml_period_attributes(p, p->end);
            plan_time(w, c, "employeeLeaveDateTime", p->end, index);
            continue;
        }
        if (p->end <= w->now)
            continue; /* over: nothing of it starts any more */
        c.event = p->joiner;
        c.attributes = jml_period_attributes(p, p->start);
        if (t->kind == JML_TRIGGER_ATTRIBUTE || t->kind == JML_TRIGGER_MEMBERSHIP) {
            plan_changes(w, c, index);
        } else if (t->attribute == JML_EMPLOYEE_HIRE_DATE) {
            plan_time(w, c, "employeeHireDate", p->start, index);
        } else if (!created_done && strcmp(p->employment, w->fold.created_by->employment) == 0) {
            created_done = true; /* of a person, not of each employment */
            plan_time(w, c, "createdDateTime", w->fold.created_at, index);
        }
    }
}

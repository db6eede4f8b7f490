/* SPDX-License-Identifier: MIT
 *
 * The second half of the story: causes with their runs, requests, effects, holdings.
 */
#include <stdlib.h>
#include <string.h>

#include "core/cause.h"
#include "core/story_telling.h"

static const char *package_name(const struct telling *t, struct jml_id id)
{
    if (!jml_id_is_set(id))
        return "all packages";
    const struct jml_package *p = jml_governance_find_package(t->work.world->governance, id);
    return p ? p->display_name : jml_id_text(t->arena, id);
}

static const char *workflow_name(const struct telling *t, struct jml_id id)
{
    const struct jml_workflow *wf = jml_governance_find_workflow(t->work.world->governance, id);
    return wf ? wf->display_name : jml_id_text(t->arena, id);
}

/* Adds the lines collected, by time. */
struct lines {
    struct jml_story_line *items;
    size_t n, cap;
};

static int compare_line(const void *x, const void *y)
{
    const struct jml_story_line *a = x, *b = y;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->due_at != b->due_at)
        return a->due_at < b->due_at ? -1 : 1;
    return a->name && b->name ? strcmp(a->name, b->name) : 0;
}

static void add_sorted(struct telling *t, struct lines *lines)
{
    if (lines->n > 1)
        qsort(lines->items, lines->n, sizeof(lines->items[0]), compare_line);
    for (size_t i = 0; i < lines->n; i++)
        jml_story_add(t, &lines->items[i]);
}

/* ---- causes ---- */

struct causes {
    struct telling *t;
    struct lines lines;
    struct jml_run **runs; /* by workflow and key */
};

static int compare_run(const void *x, const void *y)
{
    const struct jml_run *a = *(struct jml_run *const *)x, *b = *(struct jml_run *const *)y;
    int order = memcmp(&a->workflow_id, &b->workflow_id, sizeof(a->workflow_id));
    return order ? order : strcmp(a->trigger_key, b->trigger_key);
}

static const char *why_canceled(const struct telling *t, const struct jml_run *run)
{
    const char *reason = run->reason ? run->reason : "";
    if (jml_streq(run->cancel_cause, "operator"))
        return jml_printf(t->arena, "%s; it stays so for this cause", *reason ? reason : "canceled");
    return *reason ? reason : "canceled";
}

static const char *why_run(const struct telling *t, const struct jml_run *run)
{
    switch (run->state) {
    case JML_RUN_SCHEDULED:
        return run->due_at <= t->work.now ? "due: the daemon has not come to it" : "will run";
    case JML_RUN_HELD:
        return jml_printf(t->arena, "%s: jmlctl run release %s",
                          run->reason ? run->reason : "waits for an operator",
                          jml_id_text(t->arena, run->id));
    case JML_RUN_CANCELED:
        return why_canceled(t, run);
    default:
        break;
    }
    if (run->withdrawn_at != JML_TIME_NONE)
        return jml_printf(t->arena, "its cause went away, known since %s: what it did does not count",
                          jml_story_time(t, run->withdrawn_at));
    return run->reason ? run->reason : "its cause is there";
}

static void tell_run(struct causes *x, const struct jml_run *run)
{
    struct telling *t = x->t;
    struct jml_story_line l = jml_story_line(t, JML_STORY_CAUSE);
    const char *at = strchr(run->trigger_key, '@');
    l.at = run->anchor_at != JML_TIME_NONE ? run->anchor_at : run->created_at;
    l.due_at = run->due_at;
    l.what = at ? jml_strndup(t->arena, run->trigger_key, (size_t)(at - run->trigger_key))
                : "on demand";
    l.name = workflow_name(t, run->workflow_id);
    l.origin = run->actor;
    l.employment = run->employment;
    l.state = jml_state_name(JML_MACHINE_RUN, (int)run->state);
    l.counts = run->state != JML_RUN_CANCELED && run->withdrawn_at == JML_TIME_NONE;
    l.why = why_run(t, run);
    l.event_id = run->event_id;
    l.run_id = run->id;
    if (jml_str_starts(run->trigger_key, "employeeLeaveDateTime@"))
        l.last_day = jml_zone_date(l.zone, l.at - 1, NULL);
    jml_vec_push(t->arena, &x->lines, l);
}

static const char *why_no_run(const struct telling *t, const struct jml_cause *c)
{
    const struct jml_workflow *wf = c->workflow;
    const char *fails = jml_cause_out_of_scope(t->arena, c, t->work.s->person.employee_id);
    if (!wf->enabled || !wf->scheduling_enabled)
        return "no run: the workflow or its schedule is disabled";
    if (fails)
        return fails;
    if (c->due < wf->scheduled_since)
        return jml_printf(t->arena, "no run: was over before the workflow was switched on at %s",
                          jml_story_time(t, wf->scheduled_since));
    if (c->period->end <= t->work.now)
        return "no run: the employment had ended";
    return "no run yet: the daemon has not come to it";
}

/* A cause without a run. */
static void visit(void *userdata, const struct jml_cause *c)
{
    struct causes *x = userdata;
    struct telling *t = x->t;
    struct jml_run key = {.workflow_id = c->workflow->id, .trigger_key = jml_cause_key(t->arena, c)};
    struct jml_run *wanted = &key;
    if (t->work.s->runs.n > 0 &&
        bsearch(&wanted, x->runs, t->work.s->runs.n, sizeof(x->runs[0]), compare_run))
        return;
    if (!t->all && jml_cause_out_of_scope(t->arena, c, t->work.s->person.employee_id))
        return;
    struct jml_story_line l = jml_story_line(t, JML_STORY_CAUSE);
    l.at = c->anchor;
    l.due_at = c->due;
    l.what = c->attribute;
    l.name = c->workflow->display_name;
    l.employment = c->period->employment;
    l.why = why_no_run(t, c);
    l.event_id = c->event->id;
    jml_vec_push(t->arena, &x->lines, l);
}

void jml_story_tell_causes(struct telling *t)
{
    const struct jml_governance *g = t->work.world->governance;
    const struct jml_snapshot *s = t->work.s;
    struct causes x = {.t = t, .runs = jml_new_n(t->arena, struct jml_run *, s->runs.n)};
    for (size_t i = 0; i < s->runs.n; i++) {
        x.runs[i] = s->runs.items[i];
        tell_run(&x, s->runs.items[i]);
    }
    if (s->runs.n > 1)
        qsort(x.runs, s->runs.n, sizeof(x.runs[0]), compare_run);
    for (size_t i = 0; i < g->n_workflows; i++)
        if (t->all || (g->workflows[i]->enabled && g->workflows[i]->scheduling_enabled))
            jml_causes(t->arena, &t->work.fold, g->workflows[i], visit, &x);
    add_sorted(t, &x.lines);
}

/* ---- requests ---- */

static void tell_request(struct telling *t, struct lines *lines, const struct jml_request *r)
{
    struct jml_story_line l = jml_story_line(t, JML_STORY_REQUEST);
    bool placed = r->effective_at != JML_TIME_NONE;
    l.at = placed ? r->effective_at : r->created_at;
    l.due_at = r->due_at;
    l.until = placed ? r->effective_until : r->ends_at;
    l.what = jml_request_type_name(r->type);
    l.name = package_name(t, r->package_id);
    l.origin = r->requestor;
    l.employment = r->employment;
    l.state = jml_state_name(JML_MACHINE_REQUEST, (int)r->state);
    l.counts = placed;
    l.why = r->error   ? r->error
            : placed   ? "counts among the effects, in this place"
            : r->due_at != JML_TIME_NONE && r->due_at > t->work.now ? "waits for its time"
                       : "is being worked on";
    l.request_id = r->id;
    l.run_id = r->run_id;
    l.assignment_id = r->assignment_id;
    jml_vec_push(t->arena, lines, l);
}

void jml_story_tell_requests(struct telling *t)
{
    const struct jml_snapshot *s = t->work.s;
    struct lines lines = {0};
    for (size_t i = 0; i < s->decided.n; i++)
        tell_request(t, &lines, s->decided.items[i]);
    for (size_t i = 0; i < s->requests.n; i++) {
        bool again = false; /* in effect, and not over yet */
        for (size_t k = 0; k < s->decided.n && !again; k++)
            again = jml_id_equal(s->decided.items[k]->id, s->requests.items[i]->id);
        if (!again)
            tell_request(t, &lines, s->requests.items[i]);
    }
    add_sorted(t, &lines);
}

/* ---- effects ---- */

static const char *origin_of(const struct telling *t, const struct jml_effect *e)
{
    if (e->run)
        return workflow_name(t, e->run->workflow_id);
    if (e->request)
        return jml_printf(t->arena, "%s by %s", jml_request_type_name(e->request->type),
                          e->request->requestor);
    if (e->automatic)
        return jml_printf(t->arena, "policy %s", e->automatic->display_name);
    return jml_printf(t->arena, "end of employment %s", e->employment);
}

struct effects {
    struct telling *t;
    struct jml_effect **items; /* those that count, then those that do not */
    struct jml_str *fates;     /* of each, in words */
    size_t n;
    struct holding {
        struct jml_holding h;
        const struct jml_assignment *assignment;
    } *holdings;
    size_t n_holdings, cap_holdings;
};

static void hold(struct effects *x, struct jml_id package_id)
{
    struct jml_snapshot *s = x->t->work.s;
    struct holding holding = {0};
    if (!jml_id_is_set(package_id))
        return;
    for (size_t i = 0; i < x->n_holdings; i++)
        if (jml_id_equal(x->holdings[i].h.package_id, package_id))
            return;
    for (size_t i = 0; i < s->assignments.n; i++)
        if (jml_id_equal(s->assignments.items[i]->package_id, package_id) &&
            s->assignments.items[i]->state != JML_ASSIGNMENT_EXPIRED)
            holding.assignment = s->assignments.items[i];
    holding.h = jml_holding_of(&x->t->work, package_id);
    JML_VEC(struct holding) v = {x->holdings, x->n_holdings, x->cap_holdings};
    jml_vec_push(x->t->arena, &v, holding);
    x->holdings = v.items, x->n_holdings = v.n, x->cap_holdings = v.cap;
}

static void add_fate(struct effects *x, const struct jml_effect *e, const char *words)
{
    struct jml_str *fate = &x->fates[e->number];
    jml_str_addf(fate, "%s%s", fate->length ? "; " : "", words);
}

static void tell_deed(struct effects *x, const struct jml_deed *d)
{
    struct telling *t = x->t;
    const char *package = package_name(t, d->package_id);
    switch (d->what) {
    case JML_DID_GIVE:
        add_fate(x, d->effect, "gave it");
        break;
    case JML_DID_PROLONG:
        add_fate(x, d->effect,
                 jml_printf(t->arena, "it was held already, by %s; the later end counts",
                            origin_of(t, d->giver)));
        break;
    case JML_DID_TAKE:
        add_fate(x, d->effect,
                 d->effect->op == JML_GIVE
                     ? jml_printf(t->arena, "takes the place of what %s left", origin_of(t, d->giver))
                     : jml_printf(t->arena, "took %s, which %s had given", package,
                                  origin_of(t, d->giver)));
        add_fate(x, d->giver,
                 jml_printf(t->arena, "taken by %s at %s", origin_of(t, d->effect),
                            jml_story_time(t, d->at)));
        break;
    case JML_DID_LIMIT:
        add_fate(x, d->effect,
                 jml_printf(t->arena, "set the end of %s, which %s had given", package,
                            origin_of(t, d->giver)));
        add_fate(x, d->giver, jml_printf(t->arena, "its end was set by %s", origin_of(t, d->effect)));
        break;
    case JML_DID_REFUSE:
        add_fate(x, d->effect, d->why);
        break;
    case JML_DID_RUN_OUT:
        add_fate(x, d->giver, jml_printf(t->arena, "its time was over at %s", jml_story_time(t, d->at)));
        break;
    }
}

static const char *without_deed(const struct jml_effect *e)
{
    if (e->waits)
        return "waits: it was given during a suspension, which is not over";
    if (e->lapsed)
        return "does not count: the suspension lasted to the end of the employment";
    switch (e->op) {
    case JML_GIVE:
        return "gave nothing";
    case JML_END:
        return "nothing was held by it alone";
    default:
        return jml_id_is_set(e->package_id) ? "it was not held, or another employment gives it"
                                            : "nothing was held that it could take";
    }
}

static void tell_effect(struct effects *x, size_t i)
{
    struct telling *t = x->t;
    const struct jml_effect *e = x->items[i];
    static const char *const ops[] = {
        [JML_GIVE] = "+", [JML_TAKE] = "-", [JML_LIMIT] = "limit", [JML_RESET] = "limit", [JML_END] = "end"};
    struct jml_story_line l = jml_story_line(t, JML_STORY_EFFECT);
    l.at = e->order;
    l.due_at = e->op == JML_GIVE ? e->from : JML_TIME_NONE;
    l.until = e->op == JML_END ? JML_TIME_NONE : e->until;
    l.what = ops[e->op];
    l.name = package_name(t, e->package_id);
    l.origin = origin_of(t, e);
    l.employment = e->automatic ? NULL : e->employment;
    l.counts = !e->voided && !e->waits && !e->lapsed;
    if (e->voided)
        l.why = jml_printf(t->arena, "does not count: %s", e->voided);
    else
        l.why = x->fates[i].length ? jml_str_text(&x->fates[i]) : without_deed(e);
    if (e->run) {
        l.run_id = e->run->id;
        l.event_id = e->run->event_id;
    }
    if (e->request)
        l.request_id = e->request->id;
    jml_story_add(t, &l);
}

static const char *why_held(const struct effects *x, const struct holding *holding)
{
    static const char *const why_not[] = {
        [JML_NEVER_GIVEN] = "nothing gives it",
        [JML_TAKEN] = "it was taken",
        [JML_RAN_OUT] = "its time was over",
        [JML_LEFT_TARGETS] = "the person is no longer one of those whom the policy gives it to",
        [JML_EMPLOYMENT_ENDED] = "the employment that gave it ended",
        [JML_LEFT_ALL] = "the last employment ended",
    };
    const struct jml_holding *h = &holding->h;
    struct telling *t = x->t;
    if (h->held && holding->assignment)
        return h->until == JML_TIME_NONE ? "without an end"
               : h->by                   ? jml_printf(t->arena, "until its end, set by %s", h->by)
                                         : "until its end";
    if (h->held)
        return jml_work_no_grants(&t->work)
                   ? "given, but not assigned: nobody who has left is given anything"
                   : "given, but not assigned: refused, or not looked at yet; jmlctl request list tells";
    if (h->waits)
        return "waits for the end of the suspension";
    return jml_printf(t->arena, "assigned, though %s; it goes when that is next looked at",
                      why_not[h->why]);
}

static void tell_holding(const struct effects *x, const struct holding *holding)
{
    struct telling *t = x->t;
    const struct jml_holding *h = &holding->h;
    const struct jml_assignment *as = holding->assignment;
    if (!h->held && !h->waits && !as)
        return;
    struct jml_story_line l = jml_story_line(t, JML_STORY_HOLDING);
    l.at = as ? as->starts_at : h->giver ? h->giver->order : JML_TIME_NONE;
    l.until = h->held ? h->until : as ? as->ends_at : JML_TIME_NONE;
    l.name = package_name(t, h->package_id);
    l.origin = h->giver ? origin_of(t, h->giver) : NULL;
    l.employment = h->giver && !h->giver->automatic ? h->giver->employment : NULL;
    l.state = as ? jml_state_name(JML_MACHINE_ASSIGNMENT, (int)as->state) : NULL;
    l.counts = h->held && as;
    l.why = why_held(x, holding);
    if (h->giver && h->giver->run)
        l.run_id = h->giver->run->id;
    if (h->giver && h->giver->request)
        l.request_id = h->giver->request->id;
    if (as)
        l.assignment_id = as->id;
    jml_story_add(t, &l);
}

/* In their order, those that do not count among the others. */
static int compare_effect(const void *x, const void *y)
{
    const struct jml_effect *a = *(struct jml_effect *const *)x, *b = *(struct jml_effect *const *)y;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank - b->rank;
    return (a->number > b->number) - (a->number < b->number);
}

void jml_story_tell_effects(struct telling *t)
{
    struct jml_ledger *ledger = jml_ledger_of(&t->work);
    struct effects x = {.t = t, .n = ledger->n + ledger->voided.n};
    x.items = jml_new_n(t->arena, struct jml_effect *, x.n);
    x.fates = jml_new_n(t->arena, struct jml_str, x.n);
    for (size_t i = 0; i < x.n; i++) {
        x.items[i] = i < ledger->n ? ledger->items[i] : ledger->voided.items[i - ledger->n];
        x.items[i]->number = i;
    }
    if (x.n > 1)
        qsort(x.items, x.n, sizeof(x.items[0]), compare_effect);
    for (size_t i = 0; i < x.n; i++) {
        x.items[i]->number = i;
        x.fates[i] = JML_STR_INIT(t->arena);
    }
    for (size_t i = 0; i < x.n; i++)
        hold(&x, x.items[i]->package_id);
    for (size_t i = 0; i < t->work.s->assignments.n; i++)
        hold(&x, t->work.s->assignments.items[i]->package_id);
    for (size_t i = 0; i < ledger->deeds.n; i++)
        tell_deed(&x, &ledger->deeds.items[i]);
    for (size_t i = 0; i < x.n_holdings; i++)
        if (x.holdings[i].h.held && x.holdings[i].h.giver)
            add_fate(&x, x.holdings[i].h.giver,
                     x.holdings[i].assignment ? "held by it now" : "but it is not assigned");
    for (size_t i = 0; i < x.n; i++)
        tell_effect(&x, i);
    for (size_t i = 0; i < x.n_holdings; i++)
        tell_holding(&x, &x.holdings[i]);
}

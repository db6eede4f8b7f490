/* SPDX-License-Identifier: MIT */
#include "core/ledger.h"

#include <stdio.h>
#include <string.h>

#include "core/work.h"

enum { RANK_LEAVING, RANK_END, RANK_TAKE, RANK_GIVE, RANK_AUTOMATIC, RANK_DIRECT };

static void read_runs(struct jml_work *w);
static void read_requests(struct jml_work *w);
static void read_ends(struct jml_work *w);

struct jml_ledger *jml_ledger_of(struct jml_work *w)
{
    if (!w->ledger.is_read) {
        w->ledger.is_read = true;
        w->ledger.n = w->ledger.voided.n = w->ledger.deeds.n = 0;
        read_ends(w);
        read_runs(w);
        jml_automatic_read(w);
        read_requests(w);
    }
    return &w->ledger;
}

void jml_ledger_forget(struct jml_work *w)
{
    w->ledger.is_read = false;
}

/* It does not count: that is worth telling only to who asks for the story. */
static void set_void(struct jml_work *w, struct jml_effect effect, const char *why)
{
    if (!w->ledger.tells)
        return;
    struct jml_effect *e = jml_new(w->arena, struct jml_effect);
    *e = effect;
    e->order = e->at;
    e->voided = why;
    jml_vec_push(w->arena, &w->ledger.voided, e);
}

/* Runs whose effects count from one instant: in the order in which they are carried out. */
static int compare_runs(const struct jml_work *w, const struct jml_run *a, const struct jml_run *b)
{
    const struct jml_governance *g = w->world->governance;
    if (a->due_at != b->due_at)
        return a->due_at < b->due_at ? -1 : 1;
    const struct jml_workflow *x = jml_governance_find_workflow(g, a->workflow_id);
    const struct jml_workflow *y = jml_governance_find_workflow(g, b->workflow_id);
    int order = x && y ? strcmp(x->display_name, y->display_name) : 0;
    return order ? order : strcmp(a->trigger_key, b->trigger_key);
}

static bool is_after(const struct jml_work *w, const struct jml_effect *a, const struct jml_effect *b)
{
    if (a->order != b->order)
        return a->order > b->order;
    if (a->rank != b->rank)
        return a->rank > b->rank;
    return a->run && b->run && a->run != b->run && compare_runs(w, a->run, b->run) > 0;
}

bool jml_effect_is_about(const struct jml_effect *e, struct jml_id package_id)
{
    return !jml_id_is_set(e->package_id) || !jml_id_is_set(package_id) ||
           jml_id_equal(e->package_id, package_id);
}

/* A duration begins at another instant, and is as long as it was to be. */
static void begin_at(const struct jml_work *w, struct jml_effect *e, jml_time from)
{
    const struct jml_zone *zone = e->run ? jml_run_zone(w, e->run) : w->zone;
    const struct jml_policy *p = jml_governance_find_policy(w->world->governance, e->policy_id);
    bool is_date = p && p->expiration.type == JML_EXPIRATION_AFTER_DATE_TIME;
    if (e->from != JML_TIME_NONE && e->until != JML_TIME_NONE && jml_streq(e->by, "policy") &&
        !is_date) {
        int64_t of_day, until_of_day;
        int64_t from_day = jml_date_to_days(jml_zone_date(zone, e->from, &of_day));
        int64_t until_day = jml_date_to_days(jml_zone_date(zone, e->until, &until_of_day));
        e->until = of_day == until_of_day ? jml_zone_add_days(zone, from, until_day - from_day)
                                          : from + (e->until - e->from);
    }
    e->from = from;
}

/* T8: suspended people keep what they have; new grants wait. */
static void put_off_while_suspended(const struct jml_work *w, struct jml_effect *e)
{
    e->order = e->at;
    if (e->op != JML_GIVE || jml_fold_state_at(&w->fold, e->at) != JML_PERSON_SUSPENDED)
        return;
    jml_time resumes = jml_fold_resumes_at(&w->fold, e->at);
    e->waits = resumes > w->now;
    if (e->waits)
        return;
    e->order = resumes;
    e->lapsed = !jml_fold_is_open_at(&w->fold, resumes, e->run ? e->employment : NULL);
    begin_at(w, e, resumes);
}

static void drop_gifts_of(struct jml_work *w, const struct jml_effect *taking)
{
    struct jml_ledger *l = &w->ledger;
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i]->run != taking->run || l->items[i]->op != JML_GIVE ||
            !jml_effect_is_about(l->items[i], taking->package_id))
            l->items[n++] = l->items[i];
        else
            set_void(w, *l->items[i], "a later task of the run took it back");
    l->n = n;
}

struct jml_effect *jml_ledger_add(struct jml_work *w, struct jml_effect effect, bool last)
{
    struct jml_ledger *l = jml_ledger_of(w);
    struct jml_effect *e = jml_new(w->arena, struct jml_effect);
    *e = effect;
    for (size_t i = l->n; last && i-- > 0;)
        if (jml_effect_is_about(l->items[i], e->package_id)) {
            e->at = l->items[i]->order > e->at ? l->items[i]->order : e->at;
            break;
        }
    put_off_while_suspended(w, e);
    if (e->op == JML_TAKE && e->run) /* within a run the order of its tasks counts */
        drop_gifts_of(w, e);
    jml_vec_push(w->arena, l, e);
    size_t i = l->n - 1;
    for (; i > 0 && is_after(w, l->items[i - 1], e); i--)
        l->items[i] = l->items[i - 1];
    l->items[i] = e;
    return e;
}

void jml_ledger_drop(struct jml_work *w, const struct jml_effect *effect)
{
    struct jml_ledger *l = &w->ledger;
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i] != effect)
            l->items[n++] = l->items[i];
    l->n = n;
}

/* ---- when it counts ---- */

/* Between two stays: was the one that comes known at the time, and the end of the one before? */
static bool was_for_coming(const struct jml_fold *f, jml_time at, jml_time made_at)
{
    const struct jml_period *before = NULL, *next = NULL;
    for (size_t i = 0; i < f->periods.n; i++) {
        const struct jml_period *p = f->periods.items[i];
        if (p->start > at && (!next || p->start < next->start))
            next = p;
        if (p->end <= at && (!before || p->end > before->end))
            before = p;
    }
    return next && next->told_at <= made_at && (!before || before->leaver->told_at <= made_at);
}

/* What somebody or a command gave to a person who had left, as is known now, was given to nobody. In
 * the gap between two stays only what was meant for the coming one counts. */
static bool is_void(const struct jml_work *w, jml_time at, bool for_coming)
{
    switch (jml_fold_state_at(&w->fold, at)) {
    case JML_PERSON_ACTIVE:
    case JML_PERSON_SUSPENDED:
        return false;
    case JML_PERSON_PREHIRE:
        return !for_coming;
    case JML_PERSON_UNKNOWN:
        return w->s->person.state != JML_PERSON_EXTERNAL;
    default:
        return true;
    }
}

/* ---- runs ---- */

static bool is_on_demand(const struct jml_run *run)
{
    return !jml_run_has_cause(run);
}

struct jml_effect jml_effect_of_run(const struct jml_work *w, struct jml_run *run,
                                    enum jml_effect_op op, struct jml_id package_id)
{
    bool leaving = jml_str_starts(run->trigger_key, "employeeLeaveDateTime@");
    bool demanded = is_on_demand(run);
    (void)w;
    return (struct jml_effect){.op = op,
                               .at = run->place,
                               .rank = leaving          ? RANK_LEAVING
                                       : demanded       ? RANK_DIRECT
                                       : op == JML_GIVE ? RANK_GIVE
                                                        : RANK_TAKE,
                               .run = run,
                               .package_id = package_id,
                               .employment = run->employment,
                               .total = leaving || demanded,
                               .from = JML_TIME_NONE,
                               .until = JML_TIME_NONE};
}

static jml_time time_of(const struct jml_value *effect, const char *key)
{
    jml_time t;
    const char *text = jml_value_find_string(effect, key);
    return text && jml_time_parse(text, &t) ? t : JML_TIME_NONE;
}

static struct jml_id id_of(const struct jml_value *effect, const char *key)
{
    struct jml_id id;
    const char *text = jml_value_find_string(effect, key);
    return text && jml_id_parse(text, &id) ? id : jml_id_none;
}

/* false: it is not about packages. */
static bool read_effect(const struct jml_work *w, struct jml_run *run, const struct jml_value *v,
                        struct jml_effect *ret)
{
    const char *op = jml_value_find_string(v, "op"), *package = jml_value_find_string(v, "package");
    if (!package || (!jml_streq(op, "+") && !jml_streq(op, "-")))
        return false;
    jml_time until = time_of(v, "until");
    *ret = jml_effect_of_run(w, run,
                             jml_streq(op, "+")       ? JML_GIVE
                             : until != JML_TIME_NONE ? JML_LIMIT
                                                      : JML_TAKE,
                             id_of(v, "package"));
    ret->at = time_of(v, "at");
    ret->from = time_of(v, "from");
    ret->until = until;
    ret->policy_id = id_of(v, "policy");
    ret->by = jml_value_find_string(v, "by");
    ret->for_coming = jml_value_find_bool(v, "coming", false);
    ret->released = jml_value_find_bool(v, "released", false);
    return true;
}

bool jml_run_counts(const struct jml_run *run)
{
    return run->effects && run->withdrawn_at == JML_TIME_NONE &&
           !(run->state == JML_RUN_CANCELED && (jml_streq(run->cancel_cause, "replan") ||
                                                jml_streq(run->cancel_cause, "scope")));
}

static void read_runs(struct jml_work *w)
{
    for (size_t i = 0; i < w->s->runs.n; i++) {
        struct jml_run *run = w->s->runs.items[i];
        bool counts = jml_run_counts(run);
        for (size_t k = 0; (counts || w->ledger.tells) && run->effects && k < run->effects->n; k++) {
            struct jml_effect e;
            if (!read_effect(w, run, run->effects->items[k], &e))
                continue;
            if (!counts)
                set_void(w, e, run->state == JML_RUN_CANCELED ? "its run was canceled: its cause is gone"
                                                              : "the cause of its run is gone");
            else if (e.op == JML_GIVE && is_on_demand(run) && is_void(w, e.at, e.for_coming))
                set_void(w, e, "the person was not employed at that time");
            else
                jml_ledger_add(w, e, false);
        }
    }
}

void jml_effect_record(struct jml_work *w, const struct jml_effect *e)
{
    struct jml_arena *a = w->arena;
    struct jml_run *run = e->run;
    const struct jml_value *v = jml_value_object();
    v = jml_value_with(a, v, "op", jml_value_string(a, e->op == JML_GIVE ? "+" : "-"));
    v = jml_value_with(a, v, "package",
                       jml_value_string(a, jml_id_is_set(e->package_id)
                                               ? jml_id_text(a, e->package_id)
                                               : "*"));
    v = jml_value_with(a, v, "at", jml_value_string(a, jml_time_format_precise(a, e->at)));
    if (e->op == JML_GIVE) {
        v = jml_value_with(a, v, "policy", jml_value_string(a, jml_id_text(a, e->policy_id)));
        v = jml_value_with(a, v, "from", jml_value_string(a, jml_time_format_precise(a, e->from)));
    }
    if (e->released)
        v = jml_value_with(a, v, "released", jml_value_bool(true));
    if (is_on_demand(run) && w->s->person.state == JML_PERSON_PREHIRE)
        v = jml_value_with(a, v, "coming", jml_value_bool(true));
    if (e->until != JML_TIME_NONE) {
        v = jml_value_with(a, v, "until",
                           jml_value_string(a, jml_time_format_precise(a, e->until)));
        v = jml_value_with(a, v, "by", jml_value_string(a, e->by));
    }
    run->effects = jml_value_append(a, run->effects ? run->effects : jml_value_array(), v);
    jml_touch(&run->mark);
}

bool jml_effect_retime(struct jml_work *w, struct jml_run *run, jml_time from)
{
    struct jml_arena *a = w->arena;
    const struct jml_value *effects = jml_value_array();
    bool changed = false;
    for (size_t i = 0; i < run->effects->n; i++) {
        const struct jml_value *v = run->effects->items[i];
        struct jml_effect e;
        if (read_effect(w, run, v, &e) && e.op == JML_GIVE && !e.released &&
            e.until != JML_TIME_NONE && e.from != from) {
            begin_at(w, &e, from);
            v = jml_value_with(a, v, "from", jml_value_string(a, jml_time_format_precise(a, from)));
            v = jml_value_with(a, v, "until",
                               jml_value_string(a, jml_time_format_precise(a, e.until)));
            changed = true;
        }
        effects = jml_value_append(a, effects, v);
    }
    if (!changed)
        return false;
    run->effects = effects;
    jml_touch(&run->mark);
    return true;
}

void jml_effect_record_mail(struct jml_work *w, struct jml_run *run, int position)
{
    struct jml_arena *a = w->arena;
    const struct jml_value *v = jml_value_object();
    v = jml_value_with(a, v, "op", jml_value_string(a, "mail"));
    v = jml_value_with(a, v, "task", jml_value_string(a, jml_printf(a, "%d", position)));
    run->effects = jml_value_append(a, run->effects ? run->effects : jml_value_array(), v);
}

bool jml_effect_mailed(const struct jml_run *run, int position)
{
    char task[16];
    snprintf(task, sizeof(task), "%d", position);
    for (size_t i = 0; run->effects && i < run->effects->n; i++)
        if (jml_streq(jml_value_find_string(run->effects->items[i], "op"), "mail") &&
            jml_streq(jml_value_find_string(run->effects->items[i], "task"), task))
            return true;
    return false;
}

/* ---- automatic policies ---- */

struct jml_effect jml_effect_of_policy(const struct jml_work *w, const struct jml_policy *policy,
                                       enum jml_effect_op op, jml_time at)
{
    /* Its gift is its own: an employment does not end it, another gift of the package neither. */
    return (struct jml_effect){.op = op,
                               .at = at,
                               .rank = op == JML_GIVE ? RANK_AUTOMATIC : RANK_TAKE,
                               .automatic = policy,
                               .package_id = policy->package->id,
                               .policy_id = policy->id,
                               .employment = jml_printf(w->arena, "policy %s",
                                                        jml_id_text(w->arena, policy->id)),
                               .from = at,
                               .until = JML_TIME_NONE};
}

/* ---- direct requests ---- */

/* The run whose task asked, and waited for approval: what came of it is the run's. */
static struct jml_run *run_of(const struct jml_work *w, const struct jml_request *r)
{
    for (size_t i = 0; jml_id_is_set(r->run_id) && i < w->s->runs.n; i++)
        if (jml_id_equal(w->s->runs.items[i]->id, r->run_id))
            return w->s->runs.items[i];
    return NULL;
}

static struct jml_effect effect_of_request(const struct jml_work *w, struct jml_request *r)
{
    struct jml_run *run = run_of(w, r);
    enum jml_effect_op op = jml_request_type_is_add(r->type)      ? JML_GIVE
                            : jml_request_type_is_update(r->type) ? JML_RESET
                                                                  : JML_TAKE;
    return (struct jml_effect){.op = op,
                               .at = r->effective_at,
                               .rank = RANK_DIRECT,
                               .run = run,
                               .request = r,
                               .package_id = r->package_id,
                               .policy_id = r->policy_id,
                               .employment = run ? run->employment : NULL,
                               .total = !run,
                               .from = r->effective_at,
                               .until = r->effective_until,
                               .by = r->effective_until != JML_TIME_NONE &&
                                             r->effective_until == r->ends_at
                                         ? "request"
                                         : "policy"};
}

static void read_requests(struct jml_work *w)
{
    for (size_t i = 0; i < w->s->decided.n; i++) {
        struct jml_request *r = w->s->decided.items[i];
        struct jml_effect e = effect_of_request(w, r);
        if (!jml_request_run_counts(w, r))
            set_void(w, e, "the cause of its run is gone");
        else if (e.op != JML_TAKE && is_void(w, e.at, was_for_coming(&w->fold, e.at, r->created_at)))
            set_void(w, e, "the person was not employed at that time");
        else
            jml_ledger_add(w, e, false);
    }
}

void jml_effect_of_request(struct jml_work *w, struct jml_request *r, enum jml_effect_op op,
                           jml_time until)
{
    r->effective_at = w->now;
    r->effective_until = until;
    struct jml_effect e = effect_of_request(w, r);
    e.op = op;
    r->effective_at = jml_ledger_add(w, e, true)->at;
    jml_touch(&r->mark);
}

/* ---- ends of employments ---- */

static void read_ends(struct jml_work *w)
{
    for (size_t i = 0; i < w->fold.periods.n; i++) {
        const struct jml_period *p = w->fold.periods.items[i];
        if (p->end > w->now)
            continue;
        struct jml_effect e = {.op = JML_END,
                               .at = p->end,
                               .rank = RANK_END,
                               .employment = p->employment,
                               .total = jml_fold_is_last_end(&w->fold, p),
                               .from = p->end,
                               .until = JML_TIME_NONE};
        jml_ledger_add(w, e, false);
    }
}

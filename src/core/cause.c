/* SPDX-License-Identifier: MIT */
#include "core/cause.h"

#include <string.h>

#include "base/str.h"
#include "core/subject.h"

struct causes {
    struct jml_arena *arena;
    const struct jml_fold *fold;
    const struct jml_workflow *workflow;
    jml_cause_visit visit;
    void *userdata;
};

static void time_causes(const struct causes *x);
static void change_causes(const struct causes *x);

void jml_causes(struct jml_arena *a, const struct jml_fold *f, const struct jml_workflow *wf,
                jml_cause_visit visit, void *userdata)
{
    struct causes x = {a, f, wf, visit, userdata};
    switch (wf->trigger.kind) {
    case JML_TRIGGER_ON_DEMAND:
        break;
    case JML_TRIGGER_ATTRIBUTE:
    case JML_TRIGGER_MEMBERSHIP:
        change_causes(&x);
        break;
    default:
        time_causes(&x);
        break;
    }
}

/* T9: what a baseline load tells of has happened elsewhere. */
static void tell(const struct causes *x, const struct jml_cause *c)
{
    if (c->period->baseline_until == JML_TIME_NONE || c->anchor > c->period->baseline_until)
        x->visit(x->userdata, c);
}

/* ---- dates ---- */

/* C6: a leave run that would start when the person is employed again does not. */
static bool rehired_before(const struct jml_fold *f, const struct jml_cause *c)
{
    for (size_t i = 0; i < f->periods.n; i++) {
        const struct jml_period *p = f->periods.items[i];
        if (p->start >= c->anchor &&
            (p->start < c->due || (p->start == c->due && c->due > c->anchor)))
            return true;
    }
    return false;
}

static struct jml_cause dated(const struct causes *x, const struct jml_period *p,
                              const struct jml_event *event, jml_time anchor)
{
    const struct jml_trigger *t = &x->workflow->trigger;
    const struct jml_zone *zone = event->zone;
    return (struct jml_cause){
        .workflow = x->workflow,
        .period = p,
        .event = event,
        .anchor = anchor,
        .due = jml_zone_add_days(zone, anchor, t->open_days),
        .close = t->has_close ? jml_zone_add_days(zone, anchor, (int64_t)t->close_days + 1)
                              : JML_TIME_MAX,
        .fact = p->fact,
        .about_period = true,
    };
}

static void leave_cause(const struct causes *x, const struct jml_period *p)
{
    if (!jml_fold_is_last_end(x->fold, p))
        return;
    struct jml_cause c = dated(x, p, p->leaver, p->end);
    c.attribute = "employeeLeaveDateTime";
    c.attributes = jml_period_attributes(p, p->end);
    c.place = jml_time_earlier(c.anchor, c.due);
    if (!rehired_before(x->fold, &c))
        tell(x, &c);
}

static void hire_cause(const struct causes *x, const struct jml_period *p)
{
    struct jml_cause c = dated(x, p, p->joiner, p->start);
    c.attribute = "employeeHireDate";
    c.attributes = jml_period_attributes(p, p->start);
    /* What is given ahead is given for the employment: an earlier one's end does not take it. */
    c.place = jml_time_later(c.anchor, c.due);
    if (c.due < p->end)
        tell(x, &c);
}

/* Of a person, not of each employment: it counts in the period in which it is due. */
static void created_cause(const struct causes *x)
{
    const struct jml_fold *f = x->fold;
    if (!f->created_by)
        return;
    struct jml_cause best = {0};
    for (size_t i = 0; i < f->periods.n; i++) {
        const struct jml_period *p = f->periods.items[i];
        bool own = strcmp(p->employment, f->created_by->employment) == 0;
        struct jml_cause c = dated(x, p, f->created_by, f->created_at);
        if (c.due >= p->end || (best.period && !own))
            continue;
        bool had_own = best.period &&
                       strcmp(best.period->employment, f->created_by->employment) == 0;
        if (had_own)
            continue;
        best = c;
    }
    if (!best.period)
        return;
    best.attribute = "createdDateTime";
    best.attributes = jml_period_attributes(best.period, best.period->start);
    best.place = best.due;
    best.fact = f->created_by->fact;
    tell(x, &best);
}

static void time_causes(const struct causes *x)
{
    const struct jml_fold *f = x->fold;
    switch (x->workflow->trigger.attribute) {
    case JML_EMPLOYEE_LEAVE_DATE_TIME:
        for (size_t i = 0; i < f->periods.n; i++)
            leave_cause(x, f->periods.items[i]);
        break;
    case JML_EMPLOYEE_HIRE_DATE:
        for (size_t i = 0; i < f->periods.n; i++)
            hire_cause(x, f->periods.items[i]);
        break;
    default:
        created_cause(x);
        break;
    }
}

/* ---- changes ---- */

static void change_cause(const struct causes *x, const struct jml_period *p, size_t i)
{
    const struct jml_trigger *t = &x->workflow->trigger;
    const struct jml_change *change = &p->changes.items[i];
    const struct jml_value *before = i ? p->changes.items[i - 1].attributes : NULL;
    struct jml_cause c = {.workflow = x->workflow,
                          .period = p,
                          .event = change->event,
                          .anchor = change->at,
                          .due = change->at,
                          .place = change->at,
                          .close = JML_TIME_MAX,
                          .attributes = change->attributes,
                          .fact = change->event->fact};
    if (t->kind == JML_TRIGGER_ATTRIBUTE) {
        for (size_t k = 0; i && k < t->n_attributes; k++) {
            if (jml_value_equal(jml_value_find_path(before, t->attributes[k]),
                                jml_value_find_path(change->attributes, t->attributes[k])))
                continue;
            c.attribute = t->attributes[k];
            tell(x, &c);
            break; /* one change at one instant is one cause */
        }
        return;
    }
    for (size_t k = 0; k < x->workflow->n_scope_groups; k++) {
        const char *group = x->workflow->scope_groups[k];
        bool was = before && jml_is_member(before, group);
        bool is = jml_is_member(change->attributes, group);
        if (was == is || is != t->on_add)
            continue;
        c.attribute = jml_printf(x->arena, "group:%s", group);
        tell(x, &c);
    }
}

static void change_causes(const struct causes *x)
{
    for (size_t i = 0; i < x->fold->periods.n; i++) {
        const struct jml_period *p = x->fold->periods.items[i];
        for (size_t k = 0; k < p->changes.n && p->changes.items[k].at < p->end; k++)
            change_cause(x, p, k);
    }
}

/* ---- about a cause ---- */

const char *jml_cause_key(struct jml_arena *a, const struct jml_cause *c)
{
    struct jml_str key = JML_STR_INIT(a);
    jml_str_add(&key, c->attribute);
    jml_str_add_char(&key, '@');
    jml_str_add(&key, jml_time_format_precise(a, c->anchor));
    jml_str_add_char(&key, '/');
    jml_str_add(&key, c->period->employment);
    return jml_str_text(&key);
}

const char *jml_cause_fact(struct jml_arena *a, const struct jml_cause *c)
{
    return jml_printf(a, "%c%lld", c->about_period ? 'p' : 'e', (long long)c->fact);
}

/* Rules may ask for the id that is no attribute. */
static const struct jml_value *with_id(struct jml_arena *a, const struct jml_cause *c,
                                       const char *employee_id)
{
    return c->workflow->scope ? jml_attributes_with_id(a, c->attributes, employee_id) : c->attributes;
}

static bool is_in_groups(const struct jml_cause *c)
{
    const struct jml_workflow *wf = c->workflow;
    if (wf->trigger.kind == JML_TRIGGER_MEMBERSHIP)
        return true; /* its groups are the trigger itself */
    for (size_t i = 0; i < wf->n_scope_groups; i++)
        if (jml_is_member(c->attributes, wf->scope_groups[i]))
            return true;
    return wf->n_scope_groups == 0;
}

bool jml_cause_is_in_scope(struct jml_arena *a, const struct jml_cause *c, const char *employee_id)
{
    const struct jml_workflow *wf = c->workflow;
    return (!wf->scope || jml_rule_matches(wf->scope, with_id(a, c, employee_id))) &&
           is_in_groups(c);
}

const char *jml_cause_out_of_scope(struct jml_arena *a, const struct jml_cause *c,
                                   const char *employee_id)
{
    const struct jml_rule *scope = c->workflow->scope;
    const struct jml_value *attributes = with_id(a, c, employee_id);
    if (scope && !jml_rule_matches(scope, attributes))
        return jml_printf(a, "out of scope: %s", jml_rule_explain(a, scope, attributes));
    return is_in_groups(c) ? NULL : "out of scope: in none of the groups";
}

jml_time jml_cause_told_at(const struct jml_cause *c)
{
    return jml_time_later(c->event->told_at, c->period->told_at);
}

jml_time jml_cause_known_at(const struct jml_cause *c)
{
    return jml_time_later(c->event->received_at, c->period->joiner->received_at);
}

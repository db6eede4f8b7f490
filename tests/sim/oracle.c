/* SPDX-License-Identifier: MIT
 *
 * Periods from the dated events; then everything that happens to packages as one list, put in its
 * order, and played.
 */
#include "sim/oracle.h"

#include <stdlib.h>
#include <string.h>

#include "sim/company.h"

struct period {
    const char *employment;
    jml_time start, end; /* end MAX: open */
    struct {
        jml_time at;
        const struct jml_value *attributes; /* from then on */
    } says[SIM_EVENTS_MAX];
    size_t n;
};

/* One thing that happens to packages; of one instant the smaller rank first. */
enum rank { END, TAKE, GIVE, ASK };
struct act {
    jml_time at;
    enum rank rank;
    const char *package; /* NULL: all */
    jml_time until;      /* of what is given; NONE: never */
    const struct sim_request *request;
};

struct oracle {
    const struct sim_history *h;
    struct jml_arena *a;
    struct period periods[SIM_EVENTS_MAX];
    size_t n_periods;
    struct act acts[400];
    size_t n_acts;
};

static void find_periods(struct oracle *o);
static const char *tell_employments(struct oracle *o);
static const char *tell_state(const struct oracle *o);
static const char *tell_packages(struct oracle *o);

unsigned sim_oracle_workflows(unsigned workflows)
{
    static const char *const unknown[] = {"Created",   "Window",   "Leave in 9", "Leave in 30",
                                          "Pay day",   "Check day", "To pay",    "To check"};
    for (unsigned i = 0; i < SIM_WORKFLOWS; i++)
        for (size_t k = 0; k < sizeof(unknown) / sizeof(unknown[0]); k++)
            if (strcmp(sim_workflow_names[i], unknown[k]) == 0)
                workflows &= ~(1u << i);
    return workflows & ~SIM_AUTOMATIC;
}

bool sim_oracle_knows_packages(const struct sim_history *h)
{
    for (size_t i = 1; i < h->n_events; i++)
        if (strcmp(h->events[i].employment, h->events[0].employment) != 0)
            return false;
    return sim_oracle_workflows(h->workflows) == h->workflows;
}

void sim_oracle_tell(const struct sim_history *h, struct jml_arena *a, struct sim_end *ret_end)
{
    struct oracle o = {.h = h, .a = a};
    find_periods(&o);
    *ret_end = (struct sim_end){.person = tell_state(&o), .employments = tell_employments(&o)};
    if (sim_oracle_knows_packages(h))
        ret_end->packages = tell_packages(&o);
}

/* ---- who is employed when ---- */

static jml_time start_of(const struct sim_event *e)
{
    int64_t day = jml_date_to_days(e->on);
    return (e->kind == JML_LEAVER ? day + 1 : day) * JML_DAY;
}

static int by_start(const void *x, const void *y)
{
    const struct sim_event *a = *(const struct sim_event *const *)x;
    const struct sim_event *b = *(const struct sim_event *const *)y;
    if (start_of(a) != start_of(b))
        return start_of(a) < start_of(b) ? -1 : 1;
    return (b->kind == JML_LEAVER) - (a->kind == JML_LEAVER);
}

static int by_period(const void *x, const void *y)
{
    const struct period *a = x, *b = y;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return strcmp(a->employment, b->employment);
}

static const struct jml_value *patched(struct jml_arena *a, const struct jml_value *v,
                                       const struct jml_value *patch)
{
    const struct jml_value *result = jml_value_object();
    for (size_t i = 0; i < v->n; i++)
        if (!jml_value_find(patch, v->keys[i]))
            result = jml_value_with(a, result, v->keys[i], v->items[i]);
    for (size_t i = 0; i < patch->n; i++)
        if (patch->items[i]->type != JML_NULL)
            result = jml_value_with(a, result, patch->keys[i], patch->items[i]);
    return result;
}

static void find_periods(struct oracle *o)
{
    const struct sim_event *sorted[SIM_EVENTS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < o->h->n_events; i++)
        if (!o->h->events[i].dropped)
            sorted[n++] = &o->h->events[i];
    qsort(sorted, n, sizeof(sorted[0]), by_start);
    for (size_t i = 0; i < n; i++) {
        const struct sim_event *e = sorted[i];
        struct period *p = NULL;
        for (size_t k = 0; k < o->n_periods; k++)
            if (strcmp(o->periods[k].employment, e->employment) == 0)
                p = &o->periods[k];
        if (e->kind == JML_LEAVER) {
            if (p && p->end == JML_TIME_MAX)
                p->end = start_of(e);
            continue;
        }
        if (e->kind == JML_JOINER) {
            p = &o->periods[o->n_periods++];
            *p = (struct period){e->employment, start_of(e), JML_TIME_MAX, .n = 0};
        }
        if (!p)
            continue;
        const struct jml_value *before = p->n ? p->says[p->n - 1].attributes : jml_value_object();
        p->says[p->n].at = start_of(e);
        p->says[p->n++].attributes = patched(o->a, before, e->attributes);
    }
    qsort(o->periods, o->n_periods, sizeof(o->periods[0]), by_period);
}

static const char *tell_state(const struct oracle *o)
{
    bool open = false, ahead = false;
    for (size_t i = 0; i < o->n_periods; i++) {
        const struct period *p = &o->periods[i];
        open = open || (p->start <= o->h->until && o->h->until < p->end);
        ahead = ahead || p->start > o->h->until;
    }
    return open ? "active" : ahead ? "prehire" : o->n_periods ? "left" : "unknown";
}

static const char *tell_employments(struct oracle *o)
{
    const struct jml_value *all = jml_value_array();
    for (size_t i = 0; i < o->n_periods; i++) {
        const struct period *p = &o->periods[i];
        size_t k = 0;
        while (k + 1 < p->n && p->says[k + 1].at <= o->h->until)
            k++;
        const struct jml_value *v = jml_value_object();
        v = jml_value_with(o->a, v, "employment", jml_value_string(o->a, p->employment));
        v = jml_value_with(o->a, v, "start",
                           jml_value_string(o->a, jml_time_format(o->a, p->start)));
        v = jml_value_with(o->a, v, "end",
                           p->end == JML_TIME_MAX
                               ? jml_value_null()
                               : jml_value_string(o->a, jml_time_format(o->a, p->end)));
        v = jml_value_with(o->a, v, "attributes", p->says[k].attributes);
        all = jml_value_append(o->a, all, v);
    }
    return sim_value_text(o->a, all);
}

/* ---- what is held ---- */

static bool has(const struct oracle *o, const char *workflow)
{
    for (unsigned i = 0; i < SIM_WORKFLOWS; i++)
        if (strcmp(sim_workflow_names[i], workflow) == 0)
            return o->h->workflows & 1u << i;
    abort();
}

static bool is(const struct jml_value *attributes, const char *key, const char *value)
{
    return jml_streq(jml_value_find_string(attributes, key), value);
}

static bool in_group(const struct jml_value *attributes, const char *group)
{
    const struct jml_value *groups = jml_value_find(attributes, "groups");
    for (size_t i = 0; groups && groups->type == JML_ARRAY && i < groups->n; i++)
        if (jml_streq(groups->items[i]->text, group))
            return true;
    return false;
}

/* due is when it is done, at is its place in the order. */
static void act(struct oracle *o, jml_time due, jml_time at, enum rank rank, const char *package,
                jml_time until)
{
    if (due <= o->h->until)
        o->acts[o->n_acts++] = (struct act){at, rank, package, until, NULL};
}

static void give(struct oracle *o, jml_time due, jml_time at, const char *package, int days)
{
    act(o, due, at, GIVE, package, days ? due + days * JML_DAY : JML_TIME_NONE);
}

static void hire(struct oracle *o, const struct period *p)
{
    const struct jml_value *then = p->says[0].attributes;
    if (has(o, "Before"))
        give(o, p->start - 7 * JML_DAY, p->start, "Base", 0);
    if (has(o, "Day one"))
        give(o, p->start, p->start, "Base", 0);
    if (has(o, "Day one Sales") && is(then, "department", "Sales"))
        give(o, p->start, p->start, "Sales", 30);
    if (has(o, "Day one IT") && is(then, "department", "IT"))
        give(o, p->start, p->start, "IT", 0);
    if (has(o, "Day three") && p->start + 3 * JML_DAY < p->end)
        give(o, p->start + 3 * JML_DAY, p->start + 3 * JML_DAY, "Short", 5);
}

static void change(struct oracle *o, jml_time at, const struct jml_value *before,
                   const struct jml_value *after)
{
    if (before && !jml_value_equal(jml_value_find(before, "department"),
                                   jml_value_find(after, "department"))) {
        if (has(o, "To Sales") && is(after, "department", "Sales")) {
            give(o, at, at, "Sales", 0);
            act(o, at, at, TAKE, "IT", 0);
        }
        if (has(o, "To IT") && is(after, "department", "IT")) {
            act(o, at, at, TAKE, "Sales", 0);
            give(o, at, at, "IT", 0);
        }
        if (has(o, "To HR") && is(after, "department", "HR")) {
            act(o, at, at, TAKE, "Sales", 0);
            act(o, at, at, TAKE, "IT", 0);
        }
    }
    if (before && has(o, "Moved") &&
        !jml_value_equal(jml_value_find(before, "city"), jml_value_find(after, "city")))
        give(o, at, at, "Travel", 5);
    bool was_g = before && in_group(before, "g"), was_h = before && in_group(before, "h");
    if (has(o, "In") && !was_g && in_group(after, "g"))
        give(o, at, at, "Club", 0);
    if (has(o, "Out") && was_g && !in_group(after, "g"))
        act(o, at, at, TAKE, "Club", 0);
    if (has(o, "Out of all") && was_h && !in_group(after, "h"))
        act(o, at, at, TAKE, NULL, 0);
}

static int by_act(const void *x, const void *y)
{
    const struct act *a = x, *b = y;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return (int)a->rank - (int)b->rank;
}

struct held {
    bool held;
    jml_time until; /* MAX: never ends */
};

static int number_of(const char *package)
{
    for (int i = 0; i < SIM_PACKAGES; i++)
        if (strcmp(sim_packages[i], package) == 0)
            return i;
    abort();
}

static bool holds(const struct held *held, jml_time at)
{
    return held->held && held->until > at;
}

static void play(const struct act *act, struct held held[SIM_PACKAGES])
{
    const struct sim_request *r = act->request;
    for (int i = 0; i < SIM_PACKAGES; i++) {
        struct held *it = &held[i];
        if (act->package && i != number_of(act->package))
            continue;
        jml_time until = act->until == JML_TIME_NONE ? JML_TIME_MAX : act->until;
        bool timed = strcmp(sim_packages[i], "Short") == 0 || strcmp(sim_packages[i], "Travel") == 0;
        if (r && r->type != JML_ADMIN_REMOVE && timed && until > r->at + 5 * JML_DAY)
            until = r->at + 5 * JML_DAY; /* what the policy gives at most */
        bool gives = act->rank == GIVE || (r && r->type == JML_ADMIN_ADD);
        if (gives && !holds(it, act->at))
            *it = (struct held){true, until};
        else if (gives && until > it->until)
            it->until = until; /* the later end counts */
        else if (r && r->type == JML_ADMIN_UPDATE)
            it->until = until;
        else if (!gives)
            it->held = false;
    }
}

static const char *tell_packages(struct oracle *o)
{
    for (size_t i = 0; i < o->n_periods; i++) {
        const struct period *p = &o->periods[i];
        hire(o, p);
        for (size_t k = 0; k < p->n; k++)
            change(o, p->says[k].at, k ? p->says[k - 1].attributes : NULL, p->says[k].attributes);
        if (p->end == JML_TIME_MAX)
            continue;
        act(o, p->end, p->end, END, NULL, 0);
        if (has(o, "Before leave"))
            act(o, p->end - 7 * JML_DAY, p->end - 7 * JML_DAY, TAKE, "Base", 0);
    }
    for (size_t i = 0; i < o->h->n_requests; i++) {
        const struct sim_request *r = &o->h->requests[i];
        if (!r->dropped)
            o->acts[o->n_acts++] = (struct act){r->at, ASK, r->package, r->ends_at, r};
    }
    qsort(o->acts, o->n_acts, sizeof(o->acts[0]), by_act);

    struct held held[SIM_PACKAGES] = {0};
    for (size_t i = 0; i < o->n_acts; i++)
        play(&o->acts[i], held);
    struct jml_str s = JML_STR_INIT(o->a);
    const char *const sorted[SIM_PACKAGES] = {SIM_ASKED, "Base", "Check", "Club", SIM_DIRECT, "Gift",
                                              "IT",   "Pay",   "Sales", "Short",    "Travel"};
    for (int i = 0; i < SIM_PACKAGES; i++)
        if (holds(&held[number_of(sorted[i])], o->h->until))
            jml_str_addf(&s, "%s%s", s.length ? ", " : "", sorted[i]);
    return jml_str_text(&s);
}

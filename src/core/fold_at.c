/* SPDX-License-Identifier: MIT
 *
 * What the fold means at an instant (SEMANTICS T7, T8): primary employment, state, attributes, stays.
 */
#include "core/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static int compare_period(const void *x, const void *y)
{
    const struct jml_period *a = *(struct jml_period *const *)x, *b = *(struct jml_period *const *)y;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return strcmp(a->employment, b->employment);
}

static const struct jml_period *primary_of(const struct jml_fold *f, jml_time now)
{
    const struct jml_period *open = NULL, *next = NULL, *last = NULL;
    for (size_t i = 0; i < f->periods.n; i++) {
        const struct jml_period *p = f->periods.items[i];
        if (p->start <= now && now < p->end) {
            if (!open || (p->primary && !open->primary))
                open = p;
        } else if (p->start > now) {
            if (!next)
                next = p;
        } else if (!last || p->end > last->end) {
            last = p;
        }
    }
    return open ? open : next ? next : last;
}

static enum jml_person_state state_of(const struct jml_fold *f, const struct jml_period *primary,
                                      jml_time at);

static void consider(jml_time t, jml_time now, jml_time *next)
{
    if (t > now && t < *next)
        *next = t;
}

void jml_fold_finish(struct jml_fold *fold, jml_time now)
{
    if (fold->periods.n > 1)
        qsort(fold->periods.items, fold->periods.n, sizeof(fold->periods.items[0]), compare_period);
    fold->primary = primary_of(fold, now);
    fold->attributes = jml_value_object();
    fold->state = state_of(fold, fold->primary, now);
    fold->zone = NULL;
    for (size_t i = 0; i < fold->periods.n; i++) {
        const struct jml_period *p = fold->periods.items[i];
        consider(p->start, now, &fold->next_at);
        if (p->end != JML_TIME_MAX)
            consider(p->end, now, &fold->next_at);
        for (size_t k = 0; k < p->changes.n; k++)
            if (p->changes.items[k].at < p->end)
                consider(p->changes.items[k].at, now, &fold->next_at);
        if (p->end <= now && p->end > fold->last_end && jml_fold_is_last_end(fold, p))
            fold->last_end = p->end;
    }
    const struct jml_period *p = fold->primary;
    if (!p)
        return;
    fold->attributes = jml_period_attributes(p, now);
    fold->zone = jml_period_zone(p, now);
    fold->hired_at = p->start;
    fold->leaves_at = p->end == JML_TIME_MAX ? JML_TIME_NONE : p->end;
}

/* The last change at or before the instant, and before the end; the first one when there is none. */
static const struct jml_change *change_at(const struct jml_period *p, jml_time at)
{
    size_t low = 1, high = p->changes.n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        jml_time t = p->changes.items[middle].at;
        if (t <= at && t < p->end)
            low = middle + 1;
        else
            high = middle;
    }
    return &p->changes.items[low - 1];
}

const struct jml_value *jml_period_attributes(const struct jml_period *p, jml_time at)
{
    return change_at(p, at)->attributes;
}

const struct jml_zone *jml_period_zone(const struct jml_period *p, jml_time at)
{
    return change_at(p, at)->zone;
}

/* ---- what it meant at another instant ---- */

static enum jml_person_state state_of(const struct jml_fold *f, const struct jml_period *primary,
                                      jml_time at)
{
    if (!primary)
        return f->emptied.n > 0 ? JML_PERSON_LEFT : JML_PERSON_UNKNOWN;
    if (primary->start > at)
        return JML_PERSON_PREHIRE;
    if (primary->end <= at)
        return JML_PERSON_LEFT;
    if (jml_value_find_bool(jml_period_attributes(primary, at), "suspended", false))
        return JML_PERSON_SUSPENDED;
    return JML_PERSON_ACTIVE;
}

enum jml_person_state jml_fold_state_at(const struct jml_fold *f, jml_time at)
{
    return state_of(f, primary_of(f, at), at);
}

const struct jml_value *jml_fold_attributes_at(const struct jml_fold *f, jml_time at)
{
    const struct jml_period *p = primary_of(f, at);
    return p ? jml_period_attributes(p, at) : jml_value_object();
}

const struct jml_zone *jml_fold_zone_at(const struct jml_fold *f, jml_time at)
{
    const struct jml_period *p = primary_of(f, at);
    return p ? jml_period_zone(p, at) : NULL;
}

bool jml_fold_is_open_at(const struct jml_fold *f, jml_time at, const char *employment)
{
    for (size_t i = 0; i < f->periods.n; i++) {
        const struct jml_period *p = f->periods.items[i];
        if (p->start <= at && at < p->end &&
            (!employment || strcmp(p->employment, employment) == 0))
            return true;
    }
    return false;
}

jml_time jml_fold_next_instant(const struct jml_fold *f, jml_time at)
{
    jml_time next = JML_TIME_MAX;
    for (size_t i = 0; i < f->periods.n; i++) {
        const struct jml_period *p = f->periods.items[i];
        consider(p->start, at, &next);
        consider(p->end, at, &next);
        for (size_t k = 0; k < p->changes.n; k++)
            consider(p->changes.items[k].at, at, &next);
    }
    return next;
}

jml_time jml_fold_resumes_at(const struct jml_fold *f, jml_time at)
{
    while (at != JML_TIME_MAX && jml_fold_state_at(f, at) == JML_PERSON_SUSPENDED)
        at = jml_fold_next_instant(f, at);
    return at;
}

jml_time jml_fold_stay_end(const struct jml_fold *f, const struct jml_period *p)
{
    jml_time end = JML_TIME_MAX;
    for (size_t i = 0; i < f->periods.n; i++) {
        const struct jml_period *q = f->periods.items[i];
        if (q->end >= p->end && q->end < end && jml_fold_is_last_end(f, q))
            end = q->end;
    }
    return end;
}

bool jml_fold_is_last_end(const struct jml_fold *f, const struct jml_period *p)
{
    if (p->end == JML_TIME_MAX)
        return false;
    bool before = true;
    for (size_t i = 0; i < f->periods.n; i++) {
        const struct jml_period *q = f->periods.items[i];
        if (q == p)
            before = false;
        else if ((q->start < p->end && q->end > p->end) || (before && q->end == p->end))
            return false;
    }
    return true;
}

const struct jml_value *jml_fold_employments(struct jml_arena *a, const struct jml_fold *f,
                                             jml_time now)
{
    static const char *const keys[] = {"employment", "start", "end", "attributes"};
    const struct jml_value **items = jml_new_n(a, const struct jml_value *, f->periods.n);
    for (size_t i = 0; i < f->periods.n; i++) {
        const struct jml_period *p = f->periods.items[i];
        const struct jml_value **members = jml_new_n(a, const struct jml_value *, 4);
        members[0] = jml_value_string(a, p->employment);
        members[1] = jml_value_string(a, jml_time_format_precise(a, p->start));
        members[2] = p->end == JML_TIME_MAX
                         ? jml_value_null()
                         : jml_value_string(a, jml_time_format_precise(a, p->end));
        members[3] = jml_period_attributes(p, now);
        struct jml_value *object = jml_new(a, struct jml_value);
        *object = (struct jml_value){
            .type = JML_OBJECT, .n = 4, .items = members, .keys = (const char *const *)keys};
        items[i] = object;
    }
    struct jml_value *array = jml_new(a, struct jml_value);
    *array = (struct jml_value){.type = JML_ARRAY, .n = f->periods.n, .items = items};
    return array;
}

/* SPDX-License-Identifier: MIT
 *
 * The first half of the story: the person, events, periods, states, attributes. What came of them is
 * told by story_access.c.
 */
#include "core/story.h"

#include <stdlib.h>
#include <string.h>

#include "core/story_telling.h"

static void tell_person(struct telling *t);
static void tell_events(struct telling *t);
static void tell_employments(struct telling *t);
static void tell_states(struct telling *t);
static void tell_attributes(struct telling *t);

const char *jml_story_section_name(enum jml_story_section section)
{
    static const char *const names[] = {
        [JML_STORY_PERSON] = "person",         [JML_STORY_EVENT] = "event",
        [JML_STORY_EMPLOYMENT] = "employment", [JML_STORY_STATE] = "state",
        [JML_STORY_ATTRIBUTES] = "attributes", [JML_STORY_CAUSE] = "cause",
        [JML_STORY_REQUEST] = "request",       [JML_STORY_EFFECT] = "effect",
        [JML_STORY_HOLDING] = "holding",       [JML_STORY_POLICY] = "policy",
    };
    return names[section];
}

static const struct jml_zone *zone_of_person(const struct jml_world *world,
                                             const struct jml_person *p)
{
    const struct jml_zone *zone = p->zone ? jml_zone_find(world->zones, p->zone) : NULL;
    if (!zone && world->default_zone)
        zone = jml_zone_find(world->zones, world->default_zone);
    return zone ? zone : jml_zone_utc();
}

void jml_story_tell(struct jml_arena *a, const struct jml_world *world, struct jml_snapshot *s,
                    const struct jml_zone *zone, bool all, struct jml_story *ret_story)
{
    struct telling t = {
        .arena = a,
        .work = {.arena = a, .world = world, .s = s, .now = world->now, .ledger.tells = true},
        .story = ret_story,
        .all = all,
    };
    struct jml_event **folded = jml_new_n(a, struct jml_event *, s->events.n);
    size_t n = 0;
    for (size_t i = 0; i < s->events.n; i++)
        if (jml_story_is_folded(s->events.items[i]))
            folded[n++] = s->events.items[i];
    jml_fold(a, folded, n, world->zones, world->default_zone, world->now, &t.work.fold);
    t.work.zone = t.work.fold.zone ? t.work.fold.zone : zone_of_person(world, &s->person);
    t.zone = zone ? zone : t.work.zone;
    *ret_story = (struct jml_story){.zone = t.work.zone};

    tell_person(&t);
    tell_events(&t);
    tell_employments(&t);
    tell_states(&t);
    tell_attributes(&t);
    jml_story_tell_causes(&t);
    jml_story_tell_requests(&t);
    jml_story_tell_effects(&t);
    jml_story_tell_policies(&t);
}

/* ---- telling ---- */

bool jml_story_is_folded(const struct jml_event *e)
{
    return e->state == JML_EVENT_DONE || e->state == JML_EVENT_SUPERSEDED;
}

struct jml_story_line jml_story_line(const struct telling *t, enum jml_story_section section)
{
    return (struct jml_story_line){.section = section,
                                   .at = JML_TIME_NONE,
                                   .until = JML_TIME_NONE,
                                   .due_at = JML_TIME_NONE,
                                   .received_at = JML_TIME_NONE,
                                   .zone = t->work.zone};
}

void jml_story_add(struct telling *t, const struct jml_story_line *line)
{
    struct jml_story_line l = *line;
    if (l.until == JML_TIME_MAX)
        l.until = JML_TIME_NONE;
    if (l.until != JML_TIME_NONE && !jml_date_is_set(l.last_day))
        l.last_day = jml_zone_date(l.zone, l.until - 1, NULL);
    jml_vec_push(t->arena, &t->story->lines, l);
}

const char *jml_story_time(const struct telling *t, jml_time at)
{
    return jml_time_format_in(t->arena, at, t->zone);
}

/* "event 12 (r7)" */
static const char *name_of(const struct telling *t, const struct jml_event *e)
{
    if (!e->source_ref)
        return jml_printf(t->arena, "event %lld", (long long)e->id);
    return jml_printf(t->arena, "event %lld (%s)", (long long)e->id, e->source_ref);
}

/* ---- the person ---- */

static void tell_person(struct telling *t)
{
    const struct jml_person *p = &t->work.s->person;
    const struct jml_fold *f = &t->work.fold;
    struct jml_story_line l = jml_story_line(t, JML_STORY_PERSON);
    l.name = p->employee_id;
    l.state = jml_state_name(JML_MACHINE_PERSON, (int)p->state);
    l.at = p->hired_at;
    l.until = p->leaves_at;
    l.counts = p->held_at == JML_TIME_NONE;
    if (f->primary && p->leaves_at == f->leaves_at && f->primary->leaver)
        l.zone = f->primary->leaver->zone;
    if (p->held_at != JML_TIME_NONE)
        l.why = jml_printf(t->arena, "held: %s", p->held_reason ? p->held_reason : "no reason given");
    else if (p->state != f->state && p->state != JML_PERSON_EXTERNAL)
        l.why = jml_printf(t->arena, "%s by now; the daemon has not looked since",
                           jml_state_name(JML_MACHINE_PERSON, (int)f->state));
    for (size_t i = 0; i < p->aliases.n; i++)
        l.why = jml_printf(t->arena, "%s%s%s", l.why ? l.why : "",
                           i ? ", " : l.why ? "; also known as " : "also known as ",
                           p->aliases.items[i]);
    jml_story_add(t, &l);
}

/* ---- events ---- */

/* Of those that are not dated by the fold, because they do not count. */
static jml_time instant_of(const struct telling *t, const struct jml_event *e)
{
    if (jml_story_is_folded(e) && e->counts && e->kind != JML_RESCIND)
        return e->instant;
    if (e->effective_at != JML_TIME_NONE)
        return e->effective_at;
    if (!jml_date_is_set(e->effective_on))
        return e->received_at;
    const char *named = jml_value_find_string(e->attributes, "timeZone");
    const struct jml_zone *zone = named ? jml_zone_find(t->work.world->zones, named) : NULL;
    int64_t day = jml_date_to_days(e->effective_on) + (e->kind == JML_LEAVER);
    return jml_zone_day_start(zone ? zone : t->work.zone, jml_date_from_days(day));
}

struct placed {
    const struct jml_event *event;
    jml_time at;
};

static int compare_placed(const void *x, const void *y)
{
    static const int rank[] = {[JML_LEAVER] = 0, [JML_JOINER] = 1, [JML_MOVER] = 2, [JML_RESCIND] = 3};
    const struct placed *a = x, *b = y;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (rank[a->event->kind] != rank[b->event->kind])
        return rank[a->event->kind] - rank[b->event->kind];
    if (a->event->sequence != b->event->sequence)
        return a->event->sequence < b->event->sequence ? -1 : 1;
    return (a->event->id > b->event->id) - (a->event->id < b->event->id);
}

static const char *what_leaver_did(const struct telling *t, const struct jml_event *e)
{
    const struct jml_period *p = e->period;
    if (!p)
        return "ends an employment";
    if (p->leaver != e && strcmp(e->employment, "*") != 0)
        return jml_printf(t->arena, "changes nothing: %s ends the employment", name_of(t, p->leaver));
    if (p->void_)
        return "a no-show: the employment is emptied, nothing of it counts";
    return strcmp(e->employment, "*") == 0 ? "ends all employments" : "ends the employment";
}

static const char *why_event(const struct telling *t, const struct jml_event *e)
{
    switch (e->state) {
    case JML_EVENT_PENDING:
        return "not looked at yet: the daemon has not come to it";
    case JML_EVENT_HELD:
        return jml_printf(t->arena, "held, outside of the time line: %s",
                          e->error ? e->error : "until it is released");
    case JML_EVENT_REJECTED:
        return e->error;
    default:
        break;
    }
    if (e->voided_by)
        return jml_printf(t->arena, e->voided_by->kind == JML_RESCIND ? "withdrawn by %s"
                                                                      : "superseded by %s",
                          name_of(t, e->voided_by));
    if (e->warning)
        return e->warning;
    if (!e->counts)
        return "not in force";
    switch (e->kind) {
    case JML_JOINER:
        if (e->period && e->period->joiner != e)
            return jml_printf(t->arena, "adds to the hire that %s dates", name_of(t, e->period->joiner));
        return e->period && e->period->void_ ? "opened an employment that a no-show emptied"
                                             : "opens the employment";
    case JML_MOVER:
        return e->period ? "changes attributes" : "changes nothing: waits for an employment to begin";
    case JML_LEAVER:
        return what_leaver_did(t, e);
    default:
        return jml_printf(t->arena, "withdraws %s", e->supersedes ? e->supersedes : "nothing");
    }
}

static void tell_events(struct telling *t)
{
    const struct jml_snapshot *s = t->work.s;
    struct placed *placed = jml_new_n(t->arena, struct placed, s->events.n);
    for (size_t i = 0; i < s->events.n; i++)
        placed[i] = (struct placed){s->events.items[i], instant_of(t, s->events.items[i])};
    if (s->events.n > 1)
        qsort(placed, s->events.n, sizeof(placed[0]), compare_placed);
    for (size_t i = 0; i < s->events.n; i++) {
        const struct jml_event *e = placed[i].event;
        struct jml_story_line l = jml_story_line(t, JML_STORY_EVENT);
        l.at = placed[i].at;
        l.received_at = e->received_at;
        l.what = jml_event_kind_name(e->kind);
        l.origin = e->source;
        l.reference = e->source_ref;
        l.employment = e->kind == JML_RESCIND ? NULL : e->employment;
        l.state = jml_state_name(JML_MACHINE_EVENT, (int)e->state);
        l.counts = jml_story_is_folded(e) && e->counts &&
                   (e->kind != JML_LEAVER || e->matched) && (e->kind != JML_MOVER || e->period) &&
                   (e->kind != JML_RESCIND || !e->warning);
        l.why = why_event(t, e);
        if (e->employee_id && !jml_streq(e->employee_id, s->person.employee_id))
            l.why = jml_printf(t->arena, "%s%scame under %s", l.why ? l.why : "", l.why ? "; " : "",
                               e->employee_id);
        l.event_id = e->id;
        l.values = e->attributes;
        if (e->zone && e->counts)
            l.zone = e->zone;
        if (e->kind == JML_LEAVER)
            l.last_day = jml_date_is_set(e->effective_on) ? e->effective_on
                                                          : jml_zone_date(l.zone, l.at - 1, NULL);
        jml_story_add(t, &l);
    }
}

/* ---- employments ---- */

static void tell_period(struct telling *t, const struct jml_period *p)
{
    struct jml_story_line l = jml_story_line(t, JML_STORY_EMPLOYMENT);
    struct jml_str why = JML_STR_INIT(t->arena);
    l.at = p->start;
    l.until = p->void_ ? JML_TIME_NONE : p->end;
    l.zone = p->leaver && !p->void_ ? p->leaver->zone : jml_period_zone(p, t->work.now);
    l.employment = p->employment;
    l.counts = !p->void_;
    l.state = p->void_                  ? "emptied"
              : p->start > t->work.now  ? "ahead"
              : p->end <= t->work.now   ? "ended"
              : p == t->work.fold.primary ? "open, primary"
                                        : "open";
    l.event_id = p->joiner->id;
    jml_str_addf(&why, "since %s", name_of(t, p->joiner));
    if (p->leaver)
        jml_str_addf(&why, p->void_ ? "; emptied by %s" : "; until %s", name_of(t, p->leaver));
    if (p->baseline_until != JML_TIME_NONE)
        jml_str_addf(&why, "; baseline: what was due by %s makes no run",
                     jml_story_time(t, p->baseline_until));
    l.why = jml_str_text(&why);
    jml_story_add(t, &l);
}

static void tell_employments(struct telling *t)
{
    const struct jml_fold *f = &t->work.fold;
    size_t k = 0; /* by start, emptied ones among them */
    for (size_t i = 0; i < f->periods.n; i++) {
        for (; k < f->emptied.n && f->emptied.items[k]->start <= f->periods.items[i]->start; k++)
            tell_period(t, f->emptied.items[k]);
        tell_period(t, f->periods.items[i]);
    }
    for (; k < f->emptied.n; k++)
        tell_period(t, f->emptied.items[k]);
}

/* ---- states ---- */

static int compare_time(const void *x, const void *y)
{
    jml_time a = *(const jml_time *)x, b = *(const jml_time *)y;
    return (a > b) - (a < b);
}

static void tell_states(struct telling *t)
{
    const struct jml_fold *f = &t->work.fold;
    JML_VEC(jml_time) instants = {0};
    if (f->created_at != JML_TIME_NONE)
        jml_vec_push(t->arena, &instants, f->created_at);
    for (size_t i = 0; i < f->periods.n; i++) {
        const struct jml_period *p = f->periods.items[i];
        for (size_t k = 0; k < p->changes.n; k++)
            if (p->changes.items[k].at < p->end)
                jml_vec_push(t->arena, &instants, p->changes.items[k].at);
        if (p->end != JML_TIME_MAX)
            jml_vec_push(t->arena, &instants, p->end);
    }
    if (instants.n > 1)
        qsort(instants.items, instants.n, sizeof(instants.items[0]), compare_time);
    int state = 0;
    for (size_t i = 0; i < instants.n; i++) {
        int next = (int)jml_fold_state_at(f, instants.items[i]);
        if (next == state || (i > 0 && instants.items[i] == instants.items[i - 1]))
            continue;
        struct jml_story_line l = jml_story_line(t, JML_STORY_STATE);
        l.at = instants.items[i];
        l.state = jml_state_name(JML_MACHINE_PERSON, next);
        l.counts = l.at <= t->work.now;
        l.why = l.counts ? NULL : "will be";
        jml_story_add(t, &l);
        state = next;
    }
}

/* ---- attributes ---- */

static const struct jml_value *change(struct telling *t, struct jml_str *keys, const char *key,
                                      const struct jml_value *from, const struct jml_value *to,
                                      const struct jml_value *values)
{
    const struct jml_value *v = jml_value_object();
    v = jml_value_with(t->arena, v, "from", from ? from : jml_value_null());
    v = jml_value_with(t->arena, v, "to", to ? to : jml_value_null());
    jml_str_addf(keys, "%s%s", keys->length ? ", " : "", key);
    return jml_value_with(t->arena, values, key, v);
}

static void tell_change(struct telling *t, const struct jml_period *p, size_t i)
{
    static const struct jml_value *const none = NULL;
    const struct jml_change *c = &p->changes.items[i];
    const struct jml_value *before = i ? p->changes.items[i - 1].attributes : none;
    const struct jml_value *values = jml_value_object();
    struct jml_str keys = JML_STR_INIT(t->arena);
    for (size_t k = 0; k < c->attributes->n; k++) {
        const struct jml_value *old = jml_value_find(before, c->attributes->keys[k]);
        if (!jml_value_equal(old, c->attributes->items[k]))
            values = change(t, &keys, c->attributes->keys[k], old, c->attributes->items[k], values);
    }
    for (size_t k = 0; before && k < before->n; k++)
        if (!jml_value_find(c->attributes, before->keys[k]))
            values = change(t, &keys, before->keys[k], before->items[k], NULL, values);
    if (keys.length == 0 && i > 0)
        return;
    struct jml_story_line l = jml_story_line(t, JML_STORY_ATTRIBUTES);
    l.at = c->at;
    l.what = jml_str_text(&keys);
    l.employment = p->employment;
    l.event_id = c->event->id;
    l.counts = c->at <= t->work.now && c->at < p->end;
    l.why = c->at >= p->end            ? "after the employment's end"
            : c->at > t->work.now      ? "will be"
                                       : NULL;
    l.zone = c->zone;
    l.values = values;
    jml_story_add(t, &l);
}

static void tell_attributes(struct telling *t)
{
    const struct jml_fold *f = &t->work.fold;
    for (size_t i = 0; i < f->periods.n; i++)
        for (size_t k = 0; k < f->periods.items[i]->changes.n; k++)
            tell_change(t, f->periods.items[i], k);
}

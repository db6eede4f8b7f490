/* SPDX-License-Identifier: MIT
 *
 * Identity: what to look up before a step, and what the ids mean in it.
 */
#include "core/identity.h"

#include <string.h>

#include "core/work.h"

#define FORMER "formerEmployeeId"
#define ID_MAX 256 /* characters; as the table says */

static bool is_asked_for(const struct jml_snapshot *s, const struct jml_event *e);
static const char *id_of(const struct jml_person *p, const struct jml_event *e);
static const char *current_id(const struct jml_snapshot *s);

bool jml_identity_is_sane(const char *employee_id)
{
    size_t n = strlen(employee_id);
    return n > 0 && jml_str_printable(employee_id) && jml_str_code_points(employee_id) <= ID_MAX &&
           employee_id[0] != ' ' && employee_id[n - 1] != ' ';
}

const char *jml_identity_former(const struct jml_event *e)
{
    if (e->kind != JML_JOINER && e->kind != JML_MOVER)
        return NULL;
    const char *former = jml_value_find_string(e->attributes, FORMER);
    return former && jml_identity_is_sane(former) ? former : NULL;
}

bool jml_identity_has(const struct jml_person *p, const char *employee_id)
{
    if (jml_streq(p->employee_id, employee_id))
        return true;
    for (size_t i = 0; i < p->aliases.n; i++)
        if (jml_streq(p->aliases.items[i], employee_id))
            return true;
    return false;
}

/* ---- before the step ---- */

void jml_identity_ask(struct jml_arena *a, struct jml_snapshot *s, struct jml_zones *zones,
                      struct jml_identity_questions *questions)
{
    if (s->person.held_at != JML_TIME_NONE)
        return;
    for (size_t i = 0; i < s->events.n; i++) {
        struct jml_event *e = s->events.items[i];
        if (e->state == JML_EVENT_DONE || e->state == JML_EVENT_SUPERSEDED || !is_asked_for(s, e))
            continue;
        const char *former = jml_identity_former(e);
        if (!former || jml_identity_has(&s->person, former) || jml_event_check(a, e, zones))
            continue;
        struct jml_identity_question q = {.s = s, .event = e, .other_id = former};
        jml_vec_push(a, questions, q);
    }
    for (size_t i = 0; i < s->commands.n; i++) {
        struct jml_command *c = s->commands.items[i];
        if (!jml_streq(c->kind, "person_merge") || jml_identity_has(&s->person, c->object_id))
            continue;
        struct jml_identity_question q = {.s = s, .command = c, .other_id = c->object_id};
        jml_vec_push(a, questions, q);
    }
}

/* Will the step fold it? */
static bool is_asked_for(const struct jml_snapshot *s, const struct jml_event *e)
{
    bool folds = e->state == JML_EVENT_PENDING;
    for (size_t i = 0; i < s->commands.n; i++) {
        const struct jml_command *c = s->commands.items[i];
        if (!jml_str_starts(c->kind, "event_") || !jml_command_names_event(c, e))
            continue;
        folds = !jml_streq(c->kind, "event_hold");
    }
    return folds;
}

/* ---- in the step ---- */

/* Roughly when: days are compared with days, instants with what is a day away. */
static jml_time about_when(const struct jml_event *e)
{
    if (e->effective_at != JML_TIME_NONE)
        return e->effective_at;
    return jml_date_is_set(e->effective_on) ? jml_zone_day_start(jml_zone_utc(), e->effective_on)
                                            : e->received_at;
}

const char *jml_identity_doubt(const struct jml_work *w, const struct jml_event *e)
{
    const struct jml_person *p = &w->s->person;
    if (p->aliases.n == 0 || e->kind != JML_JOINER || e->supersedes || e->released ||
        jml_identity_former(e))
        return NULL;
    for (size_t i = 0; i < w->s->events.n; i++) {
        const struct jml_event *rename = w->s->events.items[i];
        const char *former = jml_identity_former(rename);
        if (!former || rename->state == JML_EVENT_HELD || rename->state == JML_EVENT_REJECTED ||
            !jml_streq(former, id_of(p, e)) || jml_streq(former, id_of(p, rename)) ||
            about_when(e) - about_when(rename) < JML_DAY)
            continue;
        return jml_printf(w->arena,
                          "id_reused: '%s' is a former id of '%s', given up before this hire: if it "
                          "is the same person, jmlctl event release %lld; if not, another id",
                          former, id_of(p, rename), (long long)e->id);
    }
    return NULL;
}

static void record(struct jml_work *w, const char *actor, const char *reason, int64_t event_id)
{
    struct jml_person *p = &w->s->person;
    struct jml_note note = {.actor = actor, .reason = reason, .event_id = event_id};
    p->state = jml_work_move(w, JML_MACHINE_PERSON, jml_id_text(w->arena, p->id),
                             p->moved ? (int)p->state : JML_PERSON_NEW, JML_FIRE_IDENTIFY, 0, &note);
    p->moved = true;
    jml_touch(&p->mark);
}

const char *jml_identity_merge(struct jml_work *w, const struct jml_command *c)
{
    struct jml_person *p = &w->s->person;
    if (c->refusal)
        return c->refusal;
    if (!jml_identity_has(p, c->object_id))
        return "not_merged: the two are not one person yet; give the command again";
    record(w, c->actor,
           jml_printf(w->arena, "'%s' is an id of '%s': merged by an operator", c->object_id,
                      p->employee_id),
           0);
    w->refolded = w->all_touched = true;
    return NULL;
}

void jml_identity_settle(struct jml_work *w)
{
    struct jml_person *p = &w->s->person;
    if (p->aliases.n == 0)
        return;
    const char *before = p->employee_id, *current = current_id(w->s);
    if (!jml_streq(before, current)) {
        p->former_id = before;
        for (size_t i = 0; i < p->aliases.n; i++)
            if (jml_streq(p->aliases.items[i], current))
                p->aliases.items[i] = before;
        p->employee_id = current;
    }
    const struct jml_event *newest = NULL;
    for (size_t i = 0; i < w->s->events.n; i++)
        if (w->s->events.items[i]->fresh && jml_identity_former(w->s->events.items[i]))
            newest = w->s->events.items[i];
    if (p->former_id)
        record(w, NULL, jml_printf(w->arena, "'%s' is now '%s'", before, current),
               newest ? newest->id : 0);
    else if (newest)
        record(w, NULL,
               jml_printf(w->arena, "'%s' is an id of '%s'", jml_identity_former(newest), current),
               newest->id);
}

/* The id that an event came under. */
static const char *id_of(const struct jml_person *p, const struct jml_event *e)
{
    return e->employee_id ? e->employee_id : p->employee_id;
}

static bool is_rename(const struct jml_snapshot *s, const struct jml_event *e)
{
    const char *former = e->counts ? jml_identity_former(e) : NULL;
    return former && !jml_streq(former, id_of(&s->person, e)) &&
           jml_identity_has(&s->person, former) && e->state == JML_EVENT_DONE;
}

static bool is_given_up(const struct jml_snapshot *s, const char *employee_id)
{
    for (size_t i = 0; i < s->events.n; i++)
        if (is_rename(s, s->events.items[i]) &&
            jml_streq(jml_identity_former(s->events.items[i]), employee_id))
            return true;
    return false;
}

static bool is_later(const struct jml_event *a, const struct jml_event *b)
{
    if (a->instant != b->instant)
        return a->instant > b->instant;
    if (a->sequence != b->sequence)
        return a->sequence > b->sequence;
    return a->id > b->id;
}

/* The end of the chain of renames: an id that none gives up; should all be given up (back to an
 * earlier id) or several not, that of the latest. */
static const char *current_id(const struct jml_snapshot *s)
{
    const struct jml_person *p = &s->person;
    const struct jml_event *best = NULL;
    bool best_stays = false;
    if (!is_given_up(s, p->employee_id))
        return p->employee_id;
    for (size_t i = 0; i < s->events.n; i++) {
        const struct jml_event *e = s->events.items[i];
        if (!is_rename(s, e))
            continue;
        bool stays = !is_given_up(s, id_of(p, e));
        if (!best || (stays && !best_stays) || (stays == best_stays && is_later(e, best))) {
            best = e;
            best_stays = stays;
        }
    }
    return id_of(p, best);
}

/* SPDX-License-Identifier: MIT
 *
 * Transitions on record, and the small things every part of a step needs.
 */
#include "core/work.h"

#include <inttypes.h>

int jml_work_move(struct jml_work *w, enum jml_machine machine, const char *object_id, int from,
                  enum jml_fire trigger, unsigned facts, const struct jml_note *note)
{
    const struct jml_transition *t = jml_machine_find(machine, from, trigger, facts);
    if (!t)
        jml_bug("%s %s: no transition for %s in state %s", jml_machine_name(machine), object_id,
                jml_fire_name(trigger), from ? jml_state_name(machine, from) : "new");

    struct jml_audit *row = jml_new(w->arena, struct jml_audit);
    *row = (struct jml_audit){.object_type = machine,
                              .object_id = object_id,
                              .rule = t->rule,
                              .from = from,
                              .to = t->to,
                              .actor = note && note->actor ? note->actor : "jmld",
                              .reason = note ? note->reason : NULL,
                              .detail = note ? note->detail : NULL,
                              .event_id = note && note->event_id ? note->event_id : w->because,
                              .run_id = note ? note->run_id : jml_id_none,
                              .request_id = note ? note->request_id : jml_id_none};
    jml_vec_push(w->arena, &w->s->audit, row);
    return t->to;
}

int64_t jml_work_newest_event(const struct jml_work *w)
{
    int64_t id = 0;
    for (size_t i = 0; i < w->s->events.n; i++)
        if (w->s->events.items[i]->fresh && w->s->events.items[i]->id > id)
            id = w->s->events.items[i]->id;
    return id;
}

bool jml_work_can(enum jml_machine machine, int from, enum jml_fire trigger, unsigned facts)
{
    return jml_machine_find(machine, from, trigger, facts) != NULL;
}

static void next_member(struct jml_str *d, const char *key)
{
    jml_str_add_char(d, d->length ? ',' : '{');
    jml_str_add_char(d, '"');
    jml_str_add(d, key);
    jml_str_add_n(d, "\":", 2);
}

void jml_detail_time(struct jml_str *d, const char *key, jml_time t)
{
    next_member(d, key);
    const char *text = jml_time_format_precise(d->arena, t);
    if (!text) {
        jml_str_add_n(d, "null", 4);
        return;
    }
    jml_str_add_char(d, '"');
    jml_str_add(d, text);
    jml_str_add_char(d, '"');
}

void jml_detail_text(struct jml_str *d, const char *key, const char *text)
{
    next_member(d, key);
    if (text)
        jml_value_format_string(d, text);
    else
        jml_str_add_n(d, "null", 4);
}

void jml_detail_int(struct jml_str *d, const char *key, int64_t n)
{
    next_member(d, key);
    jml_str_addf(d, "%" PRId64, n);
}

void jml_detail_id(struct jml_str *d, const char *key, struct jml_id id)
{
    char text[37];
    jml_id_format(id, text);
    jml_detail_text(d, key, jml_id_is_set(id) ? text : NULL);
}

const char *jml_detail_end(struct jml_str *d)
{
    if (!d->length)
        return NULL;
    jml_str_add_char(d, '}');
    return jml_str_text(d);
}

struct jml_id jml_work_new_id(struct jml_work *w)
{
    return jml_id_next(w->world->ids, w->now);
}

const char *jml_work_no_grants(const struct jml_work *w)
{
    const struct jml_person *p = &w->s->person;
    switch (p->state) {
    case JML_PERSON_NEW:
    case JML_PERSON_UNKNOWN:
        return jml_printf(w->arena, "unknown_person: no employment is known of '%s'",
                          p->employee_id);
    case JML_PERSON_LEFT:
        return jml_printf(w->arena, "person_left: '%s' has left", p->employee_id);
    case JML_PERSON_PREHIRE:
    case JML_PERSON_ACTIVE:
    case JML_PERSON_SUSPENDED:
    case JML_PERSON_EXTERNAL:
        break;
    }
    return NULL;
}

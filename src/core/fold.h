/* SPDX-License-Identifier: MIT
 *
 * Fold: from a person's events to a person's situation (SEMANTICS T1 to T9): employment periods,
 * attributes over time, state. A pure function of the events that count, and of now.
 */
#ifndef JML_CORE_FOLD_H
#define JML_CORE_FOLD_H

#include <stdbool.h>

#include "core/snapshot.h"

/* The attributes of a period from one instant on. */
struct jml_change {
    jml_time at;
    const struct jml_value *attributes;
    const struct jml_event *event;
    const struct jml_zone *zone;
};

/* Half-open [start, end); end JML_TIME_MAX while open. */
struct jml_period {
    const char *employment;
    jml_time start, end;
    const struct jml_event *joiner;       /* what set the start */
    int64_t fact;                         /* the first word of this hire, whatever was said later */
    jml_time told_at;                     /* when this hire was first heard of */
    const struct jml_event *leaver;       /* what set the end, or NULL */
    bool void_;                           /* emptied by a no-show (T4): nothing of it counts */
    bool primary;                         /* an event said so */
    jml_time baseline_until;              /* T9: causes before it make no run; NONE: none */
    JML_VEC(struct jml_change) changes;   /* by instant; the first one is at start */
};

struct jml_fold {
    JML_VEC(struct jml_period *) periods; /* not void, by start */
    JML_VEC(struct jml_period *) emptied; /* those that a no-show emptied (T4) */
    enum jml_person_state state;
    const struct jml_period *primary;     /* T7; NULL when there is no period */
    const struct jml_value *attributes;   /* of the primary one, at now; {} when none */
    const struct jml_zone *zone; /* of the primary one, at now */
    jml_time hired_at, leaves_at; /* of the employment now open, else the next, else the last */
    jml_time created_at;          /* when a joiner was first heard of; NONE: none */
    const struct jml_event *created_by; /* that joiner */
    jml_time last_end;            /* the latest end <= now over which no employment went on; NONE */
    jml_time next_at;             /* the next instant > now at which any of this changes; MAX: never */
};

/* Judges the event by itself (T2, T5, dates, zone): NULL when it can be used, else "code: words".
 * Works out e->zone as far as the event names one. */
const char *jml_event_check(struct jml_arena *a, struct jml_event *e, struct jml_zones *zones);

/* Folds the events that are pending (usable) or done. Sets instant and warning of each; warnings
 * start with a stable code ("closes_nothing: ..."). */
void jml_fold(struct jml_arena *a, struct jml_event *const *events, size_t n,
              struct jml_zones *zones, const char *default_zone, jml_time now,
              struct jml_fold *ret_fold);

/* ---- fold_at.c ---- */

/* The last pass of jml_fold(): orders the periods, says what they mean now. */
void jml_fold_finish(struct jml_fold *fold, jml_time now);
/* Attributes of a period at an instant: before its start those of the start, after its end those of
 * the end. */
const struct jml_value *jml_period_attributes(const struct jml_period *p, jml_time at);
const struct jml_zone *jml_period_zone(const struct jml_period *p, jml_time at);
/* What the person was at an instant, by the fold as it is: unknown, prehire, active, suspended, left. */
enum jml_person_state jml_fold_state_at(const struct jml_fold *f, jml_time at);
/* The attributes that the person had at an instant: of the primary employment then; {} when none. */
const struct jml_value *jml_fold_attributes_at(const struct jml_fold *f, jml_time at);
/* The zone of the primary employment at an instant; NULL when none. */
const struct jml_zone *jml_fold_zone_at(const struct jml_fold *f, jml_time at);
/* Is a period open at the instant; of that employment, NULL: of any? */
bool jml_fold_is_open_at(const struct jml_fold *f, jml_time at, const char *employment);
/* The next start, end or change after the instant; JML_TIME_MAX: none. */
jml_time jml_fold_next_instant(const struct jml_fold *f, jml_time at);
/* The first instant from at on at which the person is not suspended; JML_TIME_MAX: none. */
jml_time jml_fold_resumes_at(const struct jml_fold *f, jml_time at);
/* When the stay that the period belongs to ends: the first end, from its own on, over which no other
 * employment goes on; JML_TIME_MAX: it goes on. */
jml_time jml_fold_stay_end(const struct jml_fold *f, const struct jml_period *p);
/* Is its end an instant over which no other period of the fold goes on? Of several that end there
 * together only the first is the last: a person leaves once. */
bool jml_fold_is_last_end(const struct jml_fold *f, const struct jml_period *p);
/* The column person.employments. */
const struct jml_value *jml_fold_employments(struct jml_arena *a, const struct jml_fold *f,
                                             jml_time now);

#endif

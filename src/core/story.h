/* SPDX-License-Identifier: MIT
 *
 * Story: what jmld makes of one person, told for people: which events count and why not the others,
 * periods, states and attributes over time, causes with their runs, requests, effects, and what is
 * held by which of them. The same functions that the daemon decides by tell it: chain, fold, causes,
 * ledger. Pure, as everything here, and it changes nothing that would be written.
 */
#ifndef JML_CORE_STORY_H
#define JML_CORE_STORY_H

#include "core/step.h"

enum jml_story_section {
    JML_STORY_PERSON,
    JML_STORY_EVENT,      /* in the order of effect */
    JML_STORY_EMPLOYMENT, /* its periods */
    JML_STORY_STATE,
    JML_STORY_ATTRIBUTES,
    JML_STORY_CAUSE,
    JML_STORY_REQUEST,
    JML_STORY_EFFECT, /* in the order in which they count */
    JML_STORY_HOLDING,
    JML_STORY_POLICY, /* what policies would give, and whether the person is one of their targets */
    JML_STORY_SECTIONS,
};

/* What a member does not apply to is NULL, false, 0, none, JML_TIME_NONE. */
struct jml_story_line {
    enum jml_story_section section;
    jml_time at, until;       /* of a cause: its anchor */
    jml_time due_at;          /* cause */
    jml_time received_at;     /* event */
    struct jml_date last_day; /* with access: of an end (until), or of a leaver */
    const char *what; /* kind of event or request, changed keys, attribute of a cause, + and - */
    const char *name; /* person, workflow, package */
    const char *origin;    /* event: source; request: who asked; effect, holding: what gave or took */
    const char *reference; /* event: source_ref */
    const char *employment, *state;
    bool counts;
    const char *why;
    const struct jml_zone *zone; /* in which its date was meant; last_day is told in it */
    int64_t event_id;
    struct jml_id run_id, request_id, assignment_id;
    const struct jml_value *values; /* event, attributes: personal; never on record anywhere else */
};

struct jml_story {
    const struct jml_zone *zone; /* the person's */
    JML_VEC(struct jml_story_line) lines; /* by section */
};

/* zone: in which `why` tells times; NULL: the person's. all: causes that are out of scope, too, and
 * workflows that are switched off. */
void jml_story_tell(struct jml_arena *a, const struct jml_world *world, struct jml_snapshot *s,
                    const struct jml_zone *zone, bool all, struct jml_story *ret_story);

/* "event", "employment", ... */
const char *jml_story_section_name(enum jml_story_section section);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Telling: what the files of the story share. Nothing else includes this.
 */
#ifndef JML_CORE_STORY_TELLING_H
#define JML_CORE_STORY_TELLING_H

#include "base/str.h"
#include "core/story.h"
#include "core/work.h"

struct telling {
    struct jml_arena *arena;
    struct jml_work work; /* as a step has it, but nothing moves */
    const struct jml_zone *zone; /* of times among the words */
    struct jml_story *story;
    bool all;
};

/* Is it part of the time line? */
bool jml_story_is_folded(const struct jml_event *e);
/* An empty one. */
struct jml_story_line jml_story_line(const struct telling *t, enum jml_story_section section);
/* Adds it; an end gets its last day. */
void jml_story_add(struct telling *t, const struct jml_story_line *line);
const char *jml_story_time(const struct telling *t, jml_time at);

/* ---- story_access.c ---- */

void jml_story_tell_causes(struct telling *t);
void jml_story_tell_requests(struct telling *t);
/* And what is held by them. */
void jml_story_tell_effects(struct telling *t);

/* ---- story_policy.c ---- */

/* Automatic ones; with all, those under which one asks, too. */
void jml_story_tell_policies(struct telling *t);

#endif

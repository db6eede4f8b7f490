/* SPDX-License-Identifier: MIT
 *
 * Identity: one person under several employee ids (SEMANTICS T10).
 *
 * A joiner or mover with "formerEmployeeId" says that the id it comes under, and that one, are the
 * same person; so does the command person_merge. Before such a person is stepped, the two must be one
 * in the database: jml_identity_ask() tells what to look up, and who asked writes the answer into
 * event->conflict or command->refusal. Everything else, and above all which id is the person's now, is
 * decided here, by all events, so that the order in which they came does not matter.
 */
#ifndef JML_CORE_IDENTITY_H
#define JML_CORE_IDENTITY_H

#include <stdbool.h>

#include "core/snapshot.h"

struct jml_zones;

/* Says that other_id is the person, too, which the database does not know yet. */
struct jml_identity_question {
    struct jml_snapshot *s;
    struct jml_event *event;     /* NULL: it is a command */
    struct jml_command *command; /* NULL: it is an event */
    const char *other_id;
};

struct jml_identity_questions {
    struct jml_identity_question *items;
    size_t n, cap;
};

/* Adds what must be looked up before the step. Nothing for people who are held, and for events that
 * cannot be used or stay held (F2). */
void jml_identity_ask(struct jml_arena *a, struct jml_snapshot *s, struct jml_zones *zones,
                      struct jml_identity_questions *questions);
/* Is it an id of the person? */
bool jml_identity_has(const struct jml_person *p, const char *employee_id);
/* The id in "formerEmployeeId" of a joiner or mover; NULL: none, or none that can be used. */
const char *jml_identity_former(const struct jml_event *e);
/* What may stand there: as DESIGN 6 says of employee_id. */
bool jml_identity_is_sane(const char *employee_id);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Migrate: brings the schema to what this program was built with.
 *
 * Migrations are forward-only and numbered. Each runs in a transaction of its own that begins with
 * the exclusive lock (batches hold its shared twin) and with its row in jml.migration, so that two
 * programs that start at once do each one once. A migration that landed must be, byte by byte, the
 * one of this program; otherwise SCHEMA. At the end the table of transitions is written anew.
 */
#ifndef JML_DB_MIGRATE_H
#define JML_DB_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "db/session.h"

/* A row of jml.transition; NULL strings become SQL NULL. */
struct jml_migrate_transition {
    int rule;
    const char *machine, *from_state, *trigger, *guard, *to_state, *sentence;
};

struct jml_migrate_options {
    bool plan; /* tell what is missing and change nothing */
    const struct jml_migrate_transition *transitions;
    size_t n_transitions;
    /* Called for each migration that is missing (plan) or was just applied. May be NULL. */
    void (*tell)(void *userdata, int number, const char *slug);
    void *userdata;
};

/* The session must have been opened with ignore_schema. < 0: SCHEMA (changed or unknown files, no
 * rights), or what a migration failed with. */
int jml_migrate(struct jml_session *s, const struct jml_migrate_options *options,
                size_t *ret_applied, struct jml_err *e);

#endif

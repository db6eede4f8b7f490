/* SPDX-License-Identifier: MIT
 *
 * Write: the third round trip of a batch. All rows that the steps marked, a few hundred people at a
 * time with one statement a table, and the COMMIT, in one sync.
 */
#ifndef JML_DB_WRITE_H
#define JML_DB_WRITE_H

#include "db/claim.h"

/* Adds the rows of these people, and returns how many. They are copied: what was decided about the
 * people need not live until the COMMIT. The arena is for the columns, and empty before and after. */
size_t jml_write_people(struct jml_conn *c, struct jml_arena *a, const struct jml_snapshot *people,
                        size_t n, jml_time now);
/* Adds the end. rollout: wake so many more people for the roll-outs that wait (0: none). */
void jml_write_end(struct jml_conn *c, struct jml_arena *a, int rollout);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Write: the third round trip of a batch. All rows that the steps marked, one statement a table, and
 * the COMMIT, in one sync.
 */
#ifndef JML_DB_WRITE_H
#define JML_DB_WRITE_H

#include "db/claim.h"

/* Returns how many rows it writes. rollout: wake so many more people for the roll-outs that wait (0:
 * none). */
size_t jml_write_send(struct jml_conn *c, struct jml_arena *a, const struct jml_claim *claim,
                      int rollout, jml_conn_done done, void *userdata);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Load: the second round trip of a batch. Everything open about the claimed people, one statement a
 * table, each with a fresh snapshot of its own, read after the lock.
 */
#ifndef JML_DB_LOAD_H
#define JML_DB_LOAD_H

#include "db/claim.h"

void jml_load_send(struct jml_conn *c, struct jml_arena *a, const struct jml_claim *claim,
                   jml_conn_done done, void *userdata);
/* Fills claim->people. The reply must be without error. */
void jml_load_read(const struct jml_reply *reply, struct jml_arena *a, struct jml_claim *claim);

#endif

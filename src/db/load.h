/* SPDX-License-Identifier: MIT
 *
 * Load: the second round trip of a batch. Everything open about the claimed people, one statement a
 * table, each with a fresh snapshot of its own, read after the lock. What only requests need that are to be
 * decided, and deliveries where one has a result, come by a round trip of their own, for those batches that
 * have some.
 */
#ifndef JML_DB_LOAD_H
#define JML_DB_LOAD_H

#include "db/claim.h"
#include "db/session.h"

void jml_load_send(struct jml_conn *c, struct jml_arena *a, struct jml_claim *claim,
                   jml_conn_done done, void *userdata);
/* Fills claim->people. The reply must be without error. true: the rest is needed: requests are to be decided
 * (decisions, and who else has a say), or deliveries are to be looked at. */
bool jml_load_read(const struct jml_reply *reply, struct jml_arena *a, struct jml_claim *claim);
void jml_load_send_rest(struct jml_conn *c, struct jml_arena *a, struct jml_claim *claim,
                        jml_conn_done done, void *userdata);
void jml_load_read_rest(const struct jml_reply *reply, struct jml_arena *a, struct jml_claim *claim);

/* The blocking twin, for one person who is only looked at: without a lock, by the same statements. who:
 * employee_id or id. 1: nobody, and no event names them. < 0: as the session. For one picture of all
 * tables, call it in a transaction of its own (repeatable read). */
int jml_load_person(struct jml_session *s, struct jml_arena *a, const char *who,
                    struct jml_claim *ret_claim, const char **ret_default_zone, struct jml_err *e);

#endif

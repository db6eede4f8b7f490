/* SPDX-License-Identifier: MIT
 *
 * Unite: a round trip of few batches, between load and step. What events and commands say to be a
 * further id of somebody becomes one in the database, where nothing is against it (SEMANTICS T10).
 */
#ifndef JML_DB_UNITE_H
#define JML_DB_UNITE_H

#include "core/identity.h"
#include "db/claim.h"

void jml_unite_send(struct jml_conn *c, struct jml_arena *a, jml_time now,
                    const struct jml_identity_questions *questions, jml_conn_done done,
                    void *userdata);
/* The reply must be without error. true: somebody is another person now than was claimed; commit, and
 * claim again. false: the refusals are with events and commands, and people whose other half another
 * batch has locked are out of the claim. */
bool jml_unite_read(const struct jml_reply *reply, struct jml_arena *a,
                    const struct jml_identity_questions *questions, struct jml_claim *claim);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Governance: the configuration out of the database. Both ways take the shared lock that apply
 * takes exclusively, so that all tables are read at one revision.
 */
#ifndef JML_DB_GOVERNANCE_H
#define JML_DB_GOVERNANCE_H

#include "core/governance_rows.h"
#include "db/conn.h"
#include "db/session.h"

/* What a connection that loads must have prepared; NULL-terminated. */
extern const char *const jml_governance_statements[];

/* Called once. governance is the caller's (jml_governance_free), as that database has it; NULL when
 * e says why: the connection's class, or SCHEMA when the tables hold what this program does not
 * understand. */
typedef void (*jml_governance_done)(void *userdata, struct jml_governance *governance,
                                    struct jml_id database_id, const struct jml_err *e);

/* Loads in one sync of its own. */
void jml_governance_load(struct jml_conn *c, jml_governance_done done, void *userdata);

/* The blocking twin: rows in the arena. < 0: as the session. Inside a transaction of the session
 * the lock is held to its end. */
int jml_governance_rows_read(struct jml_session *s, struct jml_arena *a,
                             struct jml_governance_rows *ret_rows, struct jml_err *e);
/* Rows and build in one, inside a transaction of the session. */
int jml_governance_read(struct jml_session *s, struct jml_governance **ret_governance,
                        struct jml_err *e);

#endif

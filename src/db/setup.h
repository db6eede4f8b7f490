/* SPDX-License-Identifier: MIT
 *
 * Setup: what conn and session have in common: how a connection begins, what must hold on it before
 * it is used, and how an error of PostgreSQL becomes one of ours. Private to src/db.
 */
#ifndef JML_DB_SETUP_H
#define JML_DB_SETUP_H

#include <libpq-fe.h>

#include "base/err.h"
#include "db/conn.h"

#define JML_SETUP_KEYWORDS 16

/* The connection parameters for PQconnect*Params with expand_dbname. What conninfo says wins over
 * our defaults (keepalives, timeouts), but not over what we depend on (encoding). */
struct jml_setup_keywords {
    const char *keywords[JML_SETUP_KEYWORDS];
    const char *values[JML_SETUP_KEYWORDS];
};
void jml_setup_keywords(const struct jml_conn_options *o, struct jml_setup_keywords *ret);

/* The text of sql/queries/<name>.sql; a name nobody knows is a BUG. */
const char *jml_setup_query(const char *name);

/* What migration_list answered against the migrations of this program. < 0: SCHEMA. */
int jml_setup_check_migrations(const PGresult *r, struct jml_err *e);

/* A failed statement: class by SQLSTATE, message without DETAIL (it quotes rows). Returns < 0. */
int jml_setup_error(const PGresult *r, struct jml_err *e);
/* A connection that failed or went away: TRANSIENT with libpq's words on one line. Returns < 0. */
int jml_setup_lost(PGconn *pg, struct jml_err *e);

/* What a failure of a step of the set-up means to the administrator. */
enum jml_setup_step {
    JML_SETUP_SETTINGS,
    JML_SETUP_ROLE,
    JML_SETUP_MIGRATIONS,
    JML_SETUP_STATEMENT,
};
int jml_setup_step_failed(enum jml_setup_step step, const struct jml_conn_options *o, PGconn *pg,
                          const char *statement, struct jml_err *e);

#endif

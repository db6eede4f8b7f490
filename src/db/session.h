/* SPDX-License-Identifier: MIT
 *
 * Session: the blocking twin of conn, for jmlctl and other short programs: one statement of
 * sql/queries at a time, each with a deadline.
 */
#ifndef JML_DB_SESSION_H
#define JML_DB_SESSION_H

#include "base/err.h"
#include "db/conn.h"

struct jml_session;

/* < 0: TRANSIENT (not reachable), SCHEMA (jml.migration does not fit; says what to run). */
int jml_session_open(const struct jml_conn_options *options, struct jml_session **ret_session,
                     struct jml_err *e);
struct jml_session *jml_session_close(struct jml_session *s);
/* From now on statements take as long as they need: neither the server nor we end them. A server that
 * is gone is still noticed, by the keepalives of the connection. */
int jml_session_unbound(struct jml_session *s, struct jml_err *e);

/* One statement. A right that is missing is REFUSED (sqlstate 42501). The result is owned by the session until the next call of jml_session_clear(). */
int jml_session_query(struct jml_session *s, const char *statement, const struct jml_param *params,
                      size_t n_params, struct jml_result *ret_result, struct jml_err *e);
/* A script without parameters (a migration), or begin/commit/rollback. */
int jml_session_script(struct jml_session *s, const char *sql, struct jml_err *e);
/* Streams a large result row by row with flat memory; row returns < 0 to end early. row_number
 * counts from 0; the result at hand holds that one row and takes its number. `none` is called when
 * there was no row at all, with a result that names the columns. */
int jml_session_stream(struct jml_session *s, const char *statement,
                       const struct jml_param *params, size_t n_params,
                       int (*row)(void *userdata, const struct jml_result *r, size_t row_number,
                                  struct jml_err *e),
                       void (*none)(void *userdata, const struct jml_result *r), void *userdata,
                       struct jml_err *e);
void jml_session_clear(struct jml_session *s);

#endif

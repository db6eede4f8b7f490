/* SPDX-License-Identifier: MIT
 *
 * Conn: one PostgreSQL connection in the event loop, in pipeline mode.
 *
 * Statements are the files of sql/queries, known by name and prepared at connect: one that does not
 * prepare is a SCHEMA error, found before the first event. Work is queued with jml_conn_add() and
 * sent with jml_conn_sync(); the callback gets the results of exactly that sync, in order. Several
 * syncs may be in flight. Nothing here ever blocks, except the functions named _wait (jmlctl).
 *
 * A lost connection answers every open sync with TRANSIENT (UNCERTAIN when the sync held a COMMIT
 * that was sent), then `down` is called, then it connects again by itself: jittered exponential
 * backoff, 100 ms to 30 s; `up` is called when everything is prepared again.
 * The only users of libpq are the files of src/db.
 */
#ifndef JML_DB_CONN_H
#define JML_DB_CONN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "db/param.h"
#include "db/result.h"

struct jml_conn;
struct jml_loop;

struct jml_conn_options {
    const char *conninfo;         /* libpq conninfo or URI */
    const char *application_name; /* "jmld", "jmlctl" */
    const char *role;             /* SET ROLE after connecting; NULL: none */
    const char *clock_offset;     /* interval text for jml.clock_offset; NULL: none */
    const char *const *statements; /* names to prepare, NULL-terminated */
    bool listen;                  /* LISTEN jml; `notified` is called */
    bool ignore_schema;           /* do not check jml.migration (jmlctl migrate) */
};

struct jml_conn_callbacks {
    void *userdata;
    void (*up)(void *userdata, struct jml_conn *c);
    /* Once per loss (not per failed attempt); e->class TRANSIENT, or SCHEMA: it does not retry. */
    void (*down)(void *userdata, struct jml_conn *c, const struct jml_err *e);
    /* Every attempt that failed after `down`: the reason may be another one by now. May be NULL. */
    void (*still_down)(void *userdata, struct jml_conn *c, const struct jml_err *e);
    void (*notified)(void *userdata, struct jml_conn *c);
};

/* The results of one sync. Valid during the callback only. */
struct jml_reply {
    struct jml_result *results; /* one for each statement added, in order */
    size_t n;
    const struct jml_err *error; /* NULL: all went well; else the first error */
    size_t failed_at;            /* index of the statement that failed */
};

typedef void (*jml_conn_done)(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
/* Adds the next part of a stream; false: it was the last. */
typedef bool (*jml_conn_more)(void *userdata, struct jml_conn *c);

struct jml_conn *jml_conn_new(struct jml_loop *loop, const struct jml_conn_options *options,
                              const struct jml_conn_callbacks *callbacks);
/* Safe from any callback of this connection. */
struct jml_conn *jml_conn_free(struct jml_conn *c);

bool jml_conn_is_up(const struct jml_conn *c);
/* Drops the connection and connects again at once (after a reload of conninfo, or when stuck). */
void jml_conn_reset(struct jml_conn *c);

/* The next connection uses this conninfo; the one that is open stays until jml_conn_reset(). */
void jml_conn_set_conninfo(struct jml_conn *c, const char *conninfo);
/* Whether libpq understands it. < 0: BAD_INPUT. */
int jml_conninfo_check(const char *conninfo, struct jml_err *e);

/* Queues a statement; params are copied into the send buffer. Results come in binary format. */
void jml_conn_add(struct jml_conn *c, const char *statement, const struct jml_param *params,
                  size_t n_params);
/* Plain protocol commands that belong to no file: "begin", "commit", "rollback", "savepoint". */
void jml_conn_add_begin(struct jml_conn *c);
void jml_conn_add_commit(struct jml_conn *c);
void jml_conn_add_rollback(struct jml_conn *c);
/* Ends the unit of work and flushes. After an error in it the server skips the rest up to here; an
 * open transaction must then be ended with jml_conn_add_rollback() in the next sync. */
void jml_conn_sync(struct jml_conn *c, jml_conn_done done, void *userdata);
/* Instead of all that: a unit of work that is made while it is sent. `more` is called from the
 * event loop, each time when everything before is on its way, until it says that there is no more;
 * then comes the sync. The send buffer holds one part at a time, and the server works while the
 * next is made. After a failure `more` is not called again; `done` is called once, as ever. */
void jml_conn_stream(struct jml_conn *c, jml_conn_more more, jml_conn_done done, void *userdata);

/* SQLSTATE (and whether a COMMIT was under way) to error class: one table. */
enum jml_err_class jml_sqlstate_class(const char sqlstate[5]);
/* TRANSIENT, but the same again may take too long, or too much memory, again: do less at a time. */
bool jml_sqlstate_too_much(const char sqlstate[5]);

#endif

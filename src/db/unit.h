/* SPDX-License-Identifier: MIT
 *
 * Unit: what one sync of a connection sends, with the answers that have come so far; and the list of
 * units that wait for theirs. Private to src/db.
 */
#ifndef JML_DB_UNIT_H
#define JML_DB_UNIT_H

#include <libpq-fe.h>
#include <stdint.h>

#include "db/conn.h"

#define JML_UNIT_NO_COMMIT SIZE_MAX

struct jml_unit {
    struct jml_unit *next;
    jml_conn_done done;
    jml_conn_more more; /* of a stream that is not complete yet */
    void *userdata;
    size_t n;         /* statements */
    size_t received;  /* answers so far */
    size_t commit_at; /* index of the COMMIT, or JML_UNIT_NO_COMMIT */
    bool dead;        /* there was no connection when it was made */
    bool committed;   /* the answer to the COMMIT was COMMIT */
    struct jml_result *results;
    size_t cap; /* of results */
    bool failed;
    size_t failed_at;
    struct jml_err error;
};

struct jml_units {
    struct jml_unit *first, **end;
};

struct jml_unit *jml_unit_new(void);
struct jml_unit *jml_unit_free(struct jml_unit *u); /* NULL is fine; returns NULL */
/* One more answer, which becomes the unit's. */
void jml_unit_take(struct jml_unit *u, PGresult *r);
/* The connection is lost. The unit fails, unless the answer to its COMMIT was seen: UNCERTAIN when
 * the COMMIT may have been carried out, else TRANSIENT, with the words of e. */
void jml_unit_lose(struct jml_unit *u, const struct jml_err *e);
/* Tells the owner and frees the unit. */
void jml_unit_answer(struct jml_unit *u, struct jml_conn *c);

void jml_units_init(struct jml_units *list);
void jml_units_add(struct jml_units *list, struct jml_unit *u);
struct jml_unit *jml_units_take(struct jml_units *list); /* the first, or NULL */
/* Moves all of from (which is empty then) to an empty list. */
void jml_units_move(struct jml_units *from, struct jml_units *to);

#endif

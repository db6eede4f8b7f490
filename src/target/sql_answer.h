/* SPDX-License-Identifier: MIT
 *
 * SQL answer: what a server and its function say, as the answer to an operation or a listing.
 */
#ifndef JML_TARGET_SQL_ANSWER_H
#define JML_TARGET_SQL_ANSWER_H

#include <libpq-fe.h>

#include "target/target.h"

struct jml_sql_answer {
    struct jml_arena *arena;
    struct jml_operation *op;    /* or */
    struct jml_listing *listing; /* one of them */

    bool is_given;
    enum jml_outcome outcome;
    const char *error;
};

/* One of the results of a call. The first error stays; one that comes after the rows (the end of
 * the transaction) counts. */
void jml_sql_answer_take(struct jml_sql_answer *answer, const PGresult *r);
/* The connection was lost, or not made, before the transaction had ended: what was said so far
 * counts only when it is an error. */
void jml_sql_answer_lose(struct jml_sql_answer *answer, const char *words);
/* Tells the operation or the listing; it may be gone afterwards. */
void jml_sql_answer_finish(struct jml_sql_answer *answer);

#endif

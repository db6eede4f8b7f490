/* SPDX-License-Identifier: MIT
 *
 * Unit: see unit.h.
 */
#include "db/unit.h"

#include <stdlib.h>
#include <string.h>

#include "db/setup.h"

struct jml_unit *jml_unit_new(void)
{
    struct jml_unit *u = calloc(1, sizeof *u);

    if (!u)
        jml_bug("out of memory");
    u->commit_at = JML_UNIT_NO_COMMIT;
    return u;
}

struct jml_unit *jml_unit_free(struct jml_unit *u)
{
    if (!u)
        return NULL;
    for (size_t i = 0; i < u->received; i++)
        PQclear(u->results[i].pg);
    free(u->results);
    free(u);
    return NULL;
}

void jml_unit_take(struct jml_unit *u, PGresult *r)
{
    switch (PQresultStatus(r)) {
    case PGRES_COMMAND_OK:
        if (u->received == u->commit_at) {
            u->committed = strcmp(PQcmdStatus(r), "COMMIT") == 0;
            if (!u->committed && !u->failed) {
                u->failed = true;
                u->failed_at = u->received;
                jml_err_set(&u->error, JML_ERR_BUG, "COMMIT was answered with %s", PQcmdStatus(r));
            }
        }
        break;
    case PGRES_TUPLES_OK:
    case PGRES_PIPELINE_ABORTED:
        break;
    default:
        if (!u->failed) {
            u->failed = true;
            u->failed_at = u->received;
            jml_setup_error(r, &u->error);
        }
        break;
    }
    /* a broken connection may add a result of libpq's own */
    if (u->received >= u->n) {
        PQclear(r);
        return;
    }
    if (u->received == u->cap) {
        u->cap = u->n;
        u->results = reallocarray(u->results, u->cap, sizeof *u->results);
        if (!u->results)
            jml_bug("out of memory");
    }
    u->results[u->received++].pg = r;
}

void jml_unit_lose(struct jml_unit *u, const struct jml_err *e)
{
    bool reached_commit;

    if (u->received == u->n && !u->failed && u->committed)
        return; /* committed for certain, even without the end of the sync */
    reached_commit =
        u->commit_at != JML_UNIT_NO_COMMIT && (!u->failed || u->failed_at >= u->commit_at);
    if (!u->failed)
        u->failed_at = u->received;
    u->failed = true;
    u->error = *e;
    u->error.class = reached_commit ? JML_ERR_UNCERTAIN : JML_ERR_TRANSIENT;
}

void jml_unit_answer(struct jml_unit *u, struct jml_conn *c)
{
    struct jml_reply reply = {
        .results = u->results,
        .n = u->received,
        .error = u->failed ? &u->error : NULL,
        .failed_at = u->failed_at,
    };

    if (u->done)
        u->done(u->userdata, c, &reply);
    jml_unit_free(u);
}

/* ---- lists ---- */

void jml_units_init(struct jml_units *list)
{
    *list = (struct jml_units){.first = NULL, .end = &list->first};
}

void jml_units_add(struct jml_units *list, struct jml_unit *u)
{
    u->next = NULL;
    *list->end = u;
    list->end = &u->next;
}

struct jml_unit *jml_units_take(struct jml_units *list)
{
    struct jml_unit *u = list->first;

    if (!u)
        return NULL;
    list->first = u->next;
    if (!list->first)
        list->end = &list->first;
    return u;
}

void jml_units_move(struct jml_units *from, struct jml_units *to)
{
    jml_units_init(to);
    if (from->first)
        *to = *from;
    jml_units_init(from);
}

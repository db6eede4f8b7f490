/* SPDX-License-Identifier: MIT
 *
 * Session: one statement at a time, waited for. The wait has a deadline behind the server's own
 * statement_timeout, for a server that does not answer at all.
 */
#include "db/session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "db/setup.h"

#define DEADLINE_MS 90000

struct jml_session {
    PGconn *pg;
    PGresult **results; /* until jml_session_clear */
    size_t n, cap;
    int deadline_ms; /* < 0: none */
};

static int prepare_session(struct jml_session *s, const struct jml_conn_options *o,
                           struct jml_err *e);
static int read_migrations(struct jml_session *s, struct jml_result *ret_migrations,
                           struct jml_err *e);
static int send_query(struct jml_session *s, const char *text, const struct jml_param *params,
                      size_t n_params, struct jml_err *e);
static int wait_result(struct jml_session *s, int deadline_ms, PGresult **ret_result,
                       struct jml_err *e);
static int finish(struct jml_session *s, PGresult *r, struct jml_err *e);
static int drain(struct jml_session *s, struct jml_err *e);
static void keep(struct jml_session *s, PGresult *r);
static void notice(void *userdata, const char *words);
static int64_t monotonic_ms(void);

int jml_session_open(const struct jml_conn_options *options, struct jml_session **ret_session,
                     struct jml_err *e)
{
    struct jml_session *s = calloc(1, sizeof *s);
    struct jml_setup_keywords k;
    int r;

    if (!s)
        jml_bug("out of memory");
    s->deadline_ms = DEADLINE_MS;
    jml_setup_keywords(options, &k);
    s->pg = PQconnectdbParams(k.keywords, k.values, 1);
    if (!s->pg)
        jml_bug("out of memory");
    if (PQstatus(s->pg) != CONNECTION_OK) {
        r = jml_setup_lost(s->pg, e);
        jml_session_close(s);
        return r;
    }
    PQsetNoticeProcessor(s->pg, notice, NULL);
    r = prepare_session(s, options, e);
    if (r < 0) {
        jml_session_close(s);
        return r;
    }
    *ret_session = s;
    return 0;
}

struct jml_session *jml_session_close(struct jml_session *s)
{
    if (!s)
        return NULL;
    jml_session_clear(s);
    PQfinish(s->pg);
    free(s->results);
    free(s);
    return NULL;
}

int jml_session_unbound(struct jml_session *s, struct jml_err *e)
{
    if (jml_session_query(s, "session_unbounded", NULL, 0, NULL, e) < 0)
        return -1;
    jml_session_clear(s);
    s->deadline_ms = -1;
    return 0;
}

int jml_session_query(struct jml_session *s, const char *statement, const struct jml_param *params,
                      size_t n_params, struct jml_result *ret_result, struct jml_err *e)
{
    PGresult *r;

    if (send_query(s, jml_setup_query(statement), params, n_params, e) < 0 ||
        wait_result(s, s->deadline_ms, &r, e) < 0)
        return -1;
    if (finish(s, r, e) < 0 || drain(s, e) < 0) {
        PQclear(r);
        return -1;
    }
    keep(s, r);
    if (ret_result)
        ret_result->pg = r;
    return 0;
}

int jml_session_script(struct jml_session *s, const char *sql, struct jml_err *e)
{
    PGresult *r;
    int failed = 0;

    if (!PQsendQuery(s->pg, sql))
        return jml_setup_lost(s->pg, e);
    /* A script may take as long as it needs; one result for each of its statements. */
    for (;;) {
        if (wait_result(s, -1, &r, e) < 0)
            return -1;
        if (!r)
            return failed;
        if (!failed)
            failed = finish(s, r, e);
        PQclear(r);
    }
}

int jml_session_stream(struct jml_session *s, const char *statement,
                       const struct jml_param *params, size_t n_params,
                       int (*row)(void *userdata, const struct jml_result *r, size_t row_number,
                                  struct jml_err *e),
                       void (*none)(void *userdata, const struct jml_result *r), void *userdata,
                       struct jml_err *e)
{
    size_t number = 0;
    int failed = 0;

    if (send_query(s, jml_setup_query(statement), params, n_params, e) < 0)
        return -1;
    if (!PQsetSingleRowMode(s->pg))
        jml_bug("%s: no single row mode", statement);
    for (;;) {
        struct jml_result result;
        struct jml_err later;
        PGresult *r;

        if (wait_result(s, s->deadline_ms, &r, failed ? &later : e) < 0)
            return -1;
        if (!r)
            return failed;
        if (!failed)
            failed = finish(s, r, e);
        if (!failed && PQresultStatus(r) == PGRES_SINGLE_TUPLE) {
            result.pg = r;
            failed = row(userdata, &result, number++, e);
            if (failed < 0) {
                PGcancel *cancel = PQgetCancel(s->pg);
                char words[256];

                if (cancel)
                    PQcancel(cancel, words, sizeof words);
                PQfreeCancel(cancel);
            }
        } else if (!failed && number == 0) {
            result.pg = r;
            none(userdata, &result);
        }
        PQclear(r);
    }
}

void jml_session_clear(struct jml_session *s)
{
    for (size_t i = 0; i < s->n; i++)
        PQclear(s->results[i]);
    s->n = 0;
}

/* ---- helpers ---- */

static int read_migrations(struct jml_session *s, struct jml_result *ret_migrations,
                           struct jml_err *e)
{
    struct jml_err other;

    if (jml_session_query(s, "migration_list", NULL, 0, ret_migrations, e) == 0)
        return 0;
    if (strcmp(e->sqlstate, "42501") != 0) /* not allowed: a feed, or nobody we know */
        return -1;
    return jml_session_query(s, "migration_seen", NULL, 0, ret_migrations, &other);
}

static int prepare_session(struct jml_session *s, const struct jml_conn_options *o,
                           struct jml_err *e)
{
    struct jml_param p = jml_param_text(o->clock_offset);
    PGresult *r;

    if (send_query(s, jml_setup_query("session_setup"), &p, 1, e) < 0 ||
        wait_result(s, s->deadline_ms, &r, e) < 0)
        return -1;
    if (finish(s, r, e) < 0) {
        PQclear(r);
        return jml_setup_step_failed(JML_SETUP_SETTINGS, o, s->pg, NULL, e);
    }
    PQclear(r);
    if (drain(s, e) < 0)
        return -1;
    if (o->role) {
        p = jml_param_text(o->role);
        if (jml_session_query(s, "session_role", &p, 1, NULL, e) < 0)
            return jml_setup_step_failed(JML_SETUP_ROLE, o, s->pg, NULL, e);
    }
    if (!o->ignore_schema) {
        struct jml_result migrations;

        if (read_migrations(s, &migrations, e) < 0)
            return jml_setup_step_failed(JML_SETUP_MIGRATIONS, o, s->pg, NULL, e);
        if (jml_setup_check_migrations(migrations.pg, e) < 0)
            return -1;
    }
    jml_session_clear(s);
    return 0;
}

static int send_query(struct jml_session *s, const char *text, const struct jml_param *params,
                      size_t n_params, struct jml_err *e)
{
    const char *values[64];
    int lengths[64], formats[64];

    if (n_params > 64)
        jml_bug("more than 64 parameters");
    for (size_t i = 0; i < n_params; i++) {
        values[i] = params[i].value;
        lengths[i] = params[i].length;
        formats[i] = params[i].format;
    }
    if (!PQsendQueryParams(s->pg, text, (int)n_params, NULL, values, lengths, formats, 1))
        return jml_setup_lost(s->pg, e);
    return 0;
}

/* The next result, NULL at the end of a statement. deadline_ms < 0: none. */
static int wait_result(struct jml_session *s, int deadline_ms, PGresult **ret_result,
                       struct jml_err *e)
{
    int64_t end = monotonic_ms() + deadline_ms;

    while (PQisBusy(s->pg)) {
        struct pollfd fd = {.fd = PQsocket(s->pg), .events = POLLIN};
        int64_t left = deadline_ms < 0 ? -1 : end - monotonic_ms();
        int n;

        if (deadline_ms >= 0 && left <= 0)
            return jml_err_set(e, JML_ERR_TRANSIENT, "no answer from the database within %d s",
                               deadline_ms / 1000);
        n = poll(&fd, 1, (int)left);
        if (n < 0 && errno != EINTR)
            return jml_err_set(e, JML_ERR_TRANSIENT, "poll: %s", strerror(errno));
        if (n > 0 && !PQconsumeInput(s->pg))
            return jml_setup_lost(s->pg, e);
    }
    *ret_result = PQgetResult(s->pg);
    return 0;
}

/* < 0 when the result is an error. */
static int finish(struct jml_session *s, PGresult *r, struct jml_err *e)
{
    if (!r)
        return jml_setup_lost(s->pg, e);
    switch (PQresultStatus(r)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
    case PGRES_EMPTY_QUERY:
        return 0;
    default: {
        struct jml_err lost;

        jml_setup_error(r, e);
        /* for a person at a terminal a missing right is an answer, not a broken schema */
        if (strcmp(e->sqlstate, "42501") == 0)
            e->class = JML_ERR_REFUSED;
        if (PQstatus(s->pg) == CONNECTION_OK)
            drain(s, &lost);
        return -1;
    }
    }
}

static int drain(struct jml_session *s, struct jml_err *e)
{
    PGresult *r;

    do {
        if (wait_result(s, s->deadline_ms, &r, e) < 0)
            return -1;
        PQclear(r);
    } while (r);
    return 0;
}

static void keep(struct jml_session *s, PGresult *r)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 8;
        s->results = realloc(s->results, s->cap * sizeof(PGresult *));
        if (!s->results)
            jml_bug("out of memory");
    }
    s->results[s->n++] = r;
}

static void notice(void *userdata, const char *words)
{
    (void)userdata;
    jml_log_plain(JML_MSG_DEBUG, "postgresql: %.*s", (int)strcspn(words, "\n"), words);
}

static int64_t monotonic_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

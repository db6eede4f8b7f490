/* SPDX-License-Identifier: MIT
 *
 * Setup: connection parameters, the schema check and the translation of errors.
 */
#include "db/setup.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "sql/migrations.h"
#include "sql/queries.h"

static bool is_foreign(const char *context);
static void one_line(char *text);

void jml_setup_keywords(const struct jml_conn_options *o, struct jml_setup_keywords *ret)
{
    const struct {
        const char *keyword, *value;
    } parameters[] = {
        {"fallback_application_name", o->application_name},
        {"connect_timeout", "10"},
        /* a server that vanished is noticed within a minute, whatever the kernel's defaults */
        {"keepalives_idle", "30"},
        {"keepalives_interval", "5"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "8000"},
        {"target_session_attrs", "read-write"},
        {"dbname", o->conninfo},
        {"client_encoding", "UTF8"},
        {NULL, NULL},
    };

    _Static_assert(sizeof parameters / sizeof parameters[0] <= JML_SETUP_KEYWORDS, "too many");
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        ret->keywords[i] = parameters[i].keyword;
        ret->values[i] = parameters[i].value;
    }
}

const char *jml_setup_query(const char *name)
{
    size_t low = 0, high = jml_queries_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(name, jml_queries[middle].name);

        if (order == 0)
            return jml_queries[middle].text;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    jml_bug("there is no sql/queries/%s.sql", name);
}

int jml_setup_check_migrations(const PGresult *r, struct jml_err *e)
{
    struct jml_arena a;
    struct jml_result rows = {.pg = NULL};
    size_t n;
    int result = 0;

    memcpy(&rows.pg, &r, sizeof r); /* only read */
    n = jml_result_rows(&rows);
    jml_arena_init(&a);
    for (size_t i = 0; i < n && i < jml_migrations_count && result == 0; i++) {
        const struct jml_migration *m = &jml_migrations[i];

        if (jml_result_int(&rows, i, 0) != m->number)
            result = jml_err_set(e, JML_ERR_SCHEMA,
                                 "migration %04d_%s is missing in the database: run: jmlctl migrate",
                                 m->number, m->slug);
        else if (!jml_streq(jml_result_text(&rows, i, 2, &a), m->sha256))
            result = jml_err_set(e, JML_ERR_SCHEMA,
                                 "migration %04d_%s of the database is not the one of this program:"
                                 " use the program that made the database",
                                 m->number, m->slug);
    }
    jml_arena_fini(&a);
    if (result == 0 && n < jml_migrations_count)
        return jml_err_set(e, JML_ERR_SCHEMA,
                           "the database is at migration %zu of %zu: run: jmlctl migrate", n,
                           jml_migrations_count);
    if (result == 0 && n > jml_migrations_count)
        return jml_err_set(e, JML_ERR_SCHEMA,
                           "this jmld is older than the database (it knows %zu migrations, the"
                           " database has %zu): install the newer one",
                           jml_migrations_count, n);
    return result;
}

int jml_setup_error(const PGresult *r, struct jml_err *e)
{
    const char *sqlstate = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(r, PG_DIAG_MESSAGE_HINT);
    const char *constraint = PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME);
    enum jml_err_class class;

    /* libpq makes results of its own, without fields, when the connection breaks */
    if (!sqlstate) {
        jml_err_set(e, JML_ERR_TRANSIENT, "%s", PQresultErrorMessage(r));
        one_line(e->message);
        return -1;
    }
    class = jml_sqlstate_class(sqlstate);
    if (class == JML_ERR_SCHEMA && is_foreign(PQresultErrorField(r, PG_DIAG_CONTEXT)))
        class = JML_ERR_REFUSED;
    jml_err_set(e, class, "%s%s%s%s", primary ? primary : "unknown error",
                hint ? " (" : "", hint ? hint : "", hint ? ")" : "");
    strncpy(e->sqlstate, sqlstate, 5);
    e->sqlstate[5] = '\0';
    if (constraint)
        snprintf(e->constraint, sizeof(e->constraint), "%s", constraint);
    one_line(e->message);
    return -1;
}

/* Whether it arose in a function that is none of ours, such as a site's own trigger: the first line
 * of the context names it ("PL/pgSQL function site.check() line 3 at RAISE"), schema included unless
 * it is in the search path, where jml never is. That says nothing about our schema. */
static bool is_foreign(const char *context)
{
    size_t n = context ? strcspn(context, "\n") : 0;

    return n > 0 && memmem(context, n, "PL/", 3) && !memmem(context, n, " jml.", 5);
}

int jml_setup_lost(PGconn *pg, struct jml_err *e)
{
    const char *words = PQerrorMessage(pg);

    jml_err_set(e, JML_ERR_TRANSIENT, "%s", words[0] ? words : "the connection was closed");
    one_line(e->message);
    return -1;
}

int jml_setup_step_failed(enum jml_setup_step step, const struct jml_conn_options *o, PGconn *pg,
                          const char *statement, struct jml_err *e)
{
    struct jml_err cause = *e;
    bool denied = strcmp(e->sqlstate, "42501") == 0;

    if (e->class == JML_ERR_TRANSIENT)
        return -1;
    switch (step) {
    case JML_SETUP_SETTINGS:
        return jml_err_set(e, JML_ERR_SCHEMA, "the connection cannot be set up: %s",
                           cause.message);
    case JML_SETUP_ROLE:
        if (denied)
            return jml_err_set(e, JML_ERR_SCHEMA, "%s may not act as %s: grant %s to \"%s\"",
                               PQuser(pg), o->role, o->role, PQuser(pg));
        return jml_err_set(e, JML_ERR_SCHEMA, "%s: run: jmlctl migrate", cause.message);
    case JML_SETUP_MIGRATIONS:
        if (denied)
            return jml_err_set(e, JML_ERR_SCHEMA,
                               "%s: grant a role of jmld (jml_operator, jml_auditor, jml_delegate, jml_feed) to \"%s\"",
                               cause.message, PQuser(pg));
        return jml_err_set(e, JML_ERR_SCHEMA, "database \"%s\" has no schema jml: run: jmlctl"
                           " migrate", PQdb(pg));
    case JML_SETUP_STATEMENT:
        return jml_err_set(e, JML_ERR_SCHEMA,
                           "statement %s does not fit the database (%s): run: jmlctl migrate",
                           statement, cause.message);
    }
    jml_bug("step %d", step);
}

int jml_conninfo_check(const char *conninfo, struct jml_err *e)
{
    /* libpq takes a single word for the name of a database */
    bool word = !strchr(conninfo, '=') && !strstr(conninfo, "://");
    char *words = NULL;
    PQconninfoOption *options = word ? NULL : PQconninfoParse(conninfo, &words);
    int r = 0;

    if (!word && !options) {
        r = jml_err_set(e, JML_ERR_BAD_INPUT, "%s", words ? words : "not understood");
        one_line(e->message);
    }
    PQconninfoFree(options);
    PQfreemem(words);
    return r;
}

/* libpq ends its messages with a newline and may have several lines. */
static void one_line(char *text)
{
    size_t n = strlen(text);

    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
        text[--n] = '\0';
    for (char *c = text; *c; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
}

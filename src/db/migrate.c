/* SPDX-License-Identifier: MIT
 *
 * Migrate: the numbered files of sql/migrations, one transaction each.
 */
#include "db/migrate.h"

#include <string.h>

#include "base/str.h"
#include "sql/migrations.h"

static int read_landed(struct jml_session *s, size_t *ret_landed, struct jml_err *e);
static int prepare_place(struct jml_session *s, struct jml_err *e);
static int apply_one(struct jml_session *s, const struct jml_migration *m, bool *ret_applied,
                     struct jml_err *e);
static int write_transitions(struct jml_session *s, const struct jml_migrate_options *o,
                             struct jml_err *e);
static int begin_locked(struct jml_session *s, struct jml_err *e);
static int roll_back(struct jml_session *s, struct jml_err *e);

int jml_migrate(struct jml_session *s, const struct jml_migrate_options *options,
                size_t *ret_applied, struct jml_err *e)
{
    size_t landed, applied = 0;

    if (jml_session_unbound(s, e) < 0 || read_landed(s, &landed, e) < 0)
        return -1;
    if (!options->plan && landed == 0 && prepare_place(s, e) < 0)
        return -1;
    for (size_t i = landed; i < jml_migrations_count; i++) {
        const struct jml_migration *m = &jml_migrations[i];
        bool done = options->plan;

        if (!options->plan && apply_one(s, m, &done, e) < 0)
            return -1;
        if (!done)
            continue; /* somebody else was faster */
        applied++;
        if (options->tell)
            options->tell(options->userdata, m->number, m->slug);
    }
    if (!options->plan && write_transitions(s, options, e) < 0)
        return -1;
    *ret_applied = applied;
    return 0;
}

/* How many migrations the database has; each must be ours. */
static int read_landed(struct jml_session *s, size_t *ret_landed, struct jml_err *e)
{
    struct jml_result rows;
    struct jml_arena a;
    size_t n;
    int r = 0;

    if (jml_session_query(s, "migration_list", NULL, 0, &rows, e) < 0) {
        /* no schema, no table: nothing has landed */
        if (strcmp(e->sqlstate, "3F000") != 0 && strcmp(e->sqlstate, "42P01") != 0)
            return -1;
        *ret_landed = 0;
        return 0;
    }
    jml_arena_init(&a);
    n = jml_result_rows(&rows);
    if (n > jml_migrations_count)
        r = jml_err_set(e, JML_ERR_SCHEMA,
                        "the database has %zu migrations and this program knows %zu: use the newer"
                        " program",
                        n, jml_migrations_count);
    for (size_t i = 0; i < n && r == 0; i++) {
        const struct jml_migration *m = &jml_migrations[i];

        if (jml_result_int(&rows, i, 0) != m->number ||
            !jml_streq(jml_result_text(&rows, i, 2, &a), m->sha256))
            r = jml_err_set(e, JML_ERR_SCHEMA,
                            "sql/migrations/%04d_%s.sql was changed after it was applied here:"
                            " put the change into a new migration",
                            m->number, m->slug);
    }
    jml_arena_fini(&a);
    jml_session_clear(s);
    if (r == 0)
        *ret_landed = n;
    return r;
}

static int prepare_place(struct jml_session *s, struct jml_err *e)
{
    if (begin_locked(s, e) < 0)
        return -1;
    if (jml_session_query(s, "migration_schema", NULL, 0, NULL, e) < 0 ||
        jml_session_query(s, "migration_table", NULL, 0, NULL, e) < 0)
        return roll_back(s, e);
    return jml_session_script(s, "commit", e);
}

static int apply_one(struct jml_session *s, const struct jml_migration *m, bool *ret_applied,
                     struct jml_err *e)
{
    struct jml_arena a;
    struct jml_param params[3];
    size_t landed;
    int r;

    if (begin_locked(s, e) < 0)
        return -1;
    if (read_landed(s, &landed, e) < 0)
        return roll_back(s, e);
    if (landed >= (size_t)m->number) {
        *ret_applied = false;
        return jml_session_script(s, "rollback", e);
    }
    jml_arena_init(&a);
    params[0] = jml_param_int4(&a, m->number);
    params[1] = jml_param_text(m->slug);
    params[2] = jml_param_text(m->sha256);
    r = jml_session_query(s, "migration_add", params, 3, NULL, e);
    jml_arena_fini(&a);
    if (r < 0 || jml_session_script(s, m->text, e) < 0) {
        jml_err_prefix(e, "migration %04d_%s", m->number, m->slug);
        return roll_back(s, e);
    }
    if (jml_session_script(s, "commit", e) < 0)
        return jml_err_prefix(e, "migration %04d_%s", m->number, m->slug);
    *ret_applied = true;
    return 0;
}

static int write_transitions(struct jml_session *s, const struct jml_migrate_options *o,
                             struct jml_err *e)
{
    struct jml_arena a;
    struct jml_array_param columns[7];
    struct jml_param params[7];
    int r;

    if (o->n_transitions == 0)
        return 0;
    jml_arena_init(&a);
    for (size_t i = 0; i < 7; i++)
        jml_array_init(&columns[i], &a, i == 0 ? JML_ARRAY_INT4 : JML_ARRAY_TEXT);
    for (size_t i = 0; i < o->n_transitions; i++) {
        const struct jml_migrate_transition *t = &o->transitions[i];

        jml_array_add_int(&columns[0], t->rule);
        jml_array_add_text(&columns[1], t->machine);
        jml_array_add_text(&columns[2], t->from_state);
        jml_array_add_text(&columns[3], t->trigger);
        jml_array_add_text(&columns[4], t->guard);
        jml_array_add_text(&columns[5], t->to_state);
        jml_array_add_text(&columns[6], t->sentence);
    }
    for (size_t i = 0; i < 7; i++)
        params[i] = jml_array_param(&columns[i]);
    r = begin_locked(s, e);
    if (r == 0) {
        if (jml_session_query(s, "transition_rewrite", params, 7, NULL, e) < 0)
            r = roll_back(s, e);
        else
            r = jml_session_script(s, "commit", e);
    }
    jml_arena_fini(&a);
    if (r < 0)
        return jml_err_prefix(e, "the table of transitions");
    return 0;
}

static int begin_locked(struct jml_session *s, struct jml_err *e)
{
    if (jml_session_script(s, "begin isolation level read committed", e) < 0)
        return -1;
    if (jml_session_query(s, "exclusive_lock", NULL, 0, NULL, e) < 0)
        return roll_back(s, e);
    return 0;
}

/* Keeps the error that led here. */
static int roll_back(struct jml_session *s, struct jml_err *e)
{
    struct jml_err second;

    (void)e;
    jml_session_script(s, "rollback", &second);
    return -1;
}

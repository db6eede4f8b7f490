/* SPDX-License-Identifier: MIT */
#include "db/governance.h"

#include <stdlib.h>
#include <string.h>

#include "core/document.h"

struct reading {
    struct jml_arena *arena;
    struct jml_governance_rows *rows;
    struct jml_id database_id;
    struct jml_err *err;
};

static int read_lock(struct reading *x, const struct jml_result *r);
static int read_revision(struct reading *x, const struct jml_result *r);
static int read_catalogs(struct reading *x, const struct jml_result *r);
static int read_resources(struct reading *x, const struct jml_result *r);
static int read_roles(struct reading *x, const struct jml_result *r);
static int read_packages(struct reading *x, const struct jml_result *r);
static int read_policies(struct reading *x, const struct jml_result *r);
static int read_policy_versions(struct reading *x, const struct jml_result *r);
static int read_package_roles(struct reading *x, const struct jml_result *r);
static int read_incompatible(struct reading *x, const struct jml_result *r);
static int read_exclusions(struct reading *x, const struct jml_result *r);
static int read_incompatible_groups(struct reading *x, const struct jml_result *r);
static int read_deleted(struct reading *x, const struct jml_result *r);
static int read_organizations(struct reading *x, const struct jml_result *r);
static int read_targets(struct reading *x, const struct jml_result *r);
static int read_workflows(struct reading *x, const struct jml_result *r);
static int read_pinned(struct reading *x, const struct jml_result *r);

/* In the order they are sent: the lock first. */
const char *const jml_governance_statements[] = {
    "governance_lock",
    "governance_revision",
    "governance_catalogs",
    "governance_resources",
    "governance_resource_roles",
    "governance_packages",
    "governance_policies",
    "governance_policy_versions",
    "governance_package_roles",
    "governance_incompatible",
    "governance_exclusions",
    "governance_incompatible_groups",
    "governance_deleted",
    "governance_organizations",
    "governance_targets",
    "governance_workflows",
    "governance_pinned",
    NULL,
};
static int (*const readers[])(struct reading *, const struct jml_result *) = {
    read_lock,
    read_revision,
    read_catalogs,
    read_resources,
    read_roles,
    read_packages,
    read_policies,
    read_policy_versions,
    read_package_roles,
    read_incompatible,
    read_exclusions,
    read_incompatible_groups,
    read_deleted,
    read_organizations,
    read_targets,
    read_workflows,
    read_pinned,
};
#define N_STATEMENTS (sizeof(readers) / sizeof(readers[0]))
_Static_assert(sizeof(jml_governance_statements) / sizeof(char *) == N_STATEMENTS + 1,
               "a reader for each statement");

/* ---- asynchronous ---- */

struct load {
    jml_governance_done done;
    void *userdata;
};

static int build(const struct jml_governance_rows *rows, struct jml_arena *a,
                 struct jml_governance **ret_governance, struct jml_err *e)
{
    struct jml_problems problems = {.arena = a};

    if (jml_governance_build(rows, &problems, ret_governance, e) < 0) {
        e->class = JML_ERR_SCHEMA; /* valid when applied, so by another program than this */
        return jml_err_prefix(e, "the configuration in the database");
    }
    return 0;
}

static void loaded(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct load *l = userdata;
    struct jml_governance *g = NULL;
    struct jml_governance_rows rows = {0};
    struct jml_err e;
    struct jml_arena arena;
    struct reading x = {.arena = &arena, .rows = &rows, .err = &e};
    int r = 0;

    (void)c;
    jml_arena_init(&arena);
    if (reply->error) {
        e = *reply->error;
        r = -1;
    }
    for (size_t i = 0; r == 0 && i < N_STATEMENTS; i++)
        r = readers[i](&x, &reply->results[i]);
    if (r == 0)
        r = build(&rows, &arena, &g, &e);
    jml_arena_fini(&arena);
    l->done(l->userdata, g, x.database_id, r < 0 ? &e : NULL);
    free(l);
}

void jml_governance_load(struct jml_conn *c, jml_governance_done done, void *userdata)
{
    struct load *l = malloc(sizeof(*l));

    if (!l)
        jml_bug("out of memory");
    *l = (struct load){.done = done, .userdata = userdata};
    for (size_t i = 0; i < N_STATEMENTS; i++)
        jml_conn_add(c, jml_governance_statements[i], NULL, 0);
    jml_conn_sync(c, loaded, l);
}

/* ---- blocking ---- */

int jml_governance_rows_read(struct jml_session *s, struct jml_arena *a,
                             struct jml_governance_rows *ret_rows, struct jml_err *e)
{
    struct jml_governance_rows rows = {0};
    struct reading x = {.arena = a, .rows = &rows, .err = e};
    struct jml_result result;

    if (jml_session_query(s, "governance_rights", NULL, 0, &result, e) < 0)
        return -1;
    rows.no_workflows = !jml_result_bool(&result, 0, 0);
    rows.no_targets = !jml_result_bool(&result, 0, 1);
    jml_session_clear(s);
    for (size_t i = 0; i < N_STATEMENTS; i++) {
        int r;
        if (rows.no_workflows && (readers[i] == read_workflows || readers[i] == read_pinned))
            continue;
        r = jml_session_query(s,
                              rows.no_targets && readers[i] == read_targets
                                  ? "governance_target_names"
                                  : jml_governance_statements[i],
                              NULL, 0, &result, e);
        if (r == 0)
            r = readers[i](&x, &result);
        jml_session_clear(s);
        if (r < 0)
            return r;
    }
    *ret_rows = rows;
    return 0;
}

int jml_governance_read(struct jml_session *s, struct jml_governance **ret_governance,
                        struct jml_err *e)
{
    struct jml_governance_rows rows;
    struct jml_arena arena;
    int r;

    jml_arena_init(&arena);
    r = jml_governance_rows_read(s, &arena, &rows, e);
    if (r == 0)
        r = build(&rows, &arena, ret_governance, e);
    jml_arena_fini(&arena);
    return r;
}

/* ---- rows ---- */

/* A jsonb column; NULL for SQL NULL. */
static int json(struct reading *x, const struct jml_result *r, size_t row, size_t column,
                const struct jml_value **ret)
{
    const char *text = jml_result_text(r, row, column, x->arena);

    *ret = NULL;
    if (text && jml_value_parse(x->arena, text, strlen(text), 2 * JML_DOCUMENT_MAX_DEPTH, ret,
                                x->err) < 0) {
        x->err->class = JML_ERR_SCHEMA;
        return jml_err_prefix(x->err, "column %s of the configuration",
                              jml_result_column_name(r, column));
    }
    return 0;
}

static int read_lock(struct reading *x, const struct jml_result *r)
{
    (void)x;
    (void)r;
    return 0;
}

static int read_revision(struct reading *x, const struct jml_result *r)
{
    if (jml_result_rows(r) != 1)
        return jml_err_set(x->err, JML_ERR_SCHEMA,
                           "jml.configuration must hold one row: run jmlctl migrate");
    x->rows->revision = jml_result_int(r, 0, 0);
    x->database_id = jml_result_uuid(r, 0, 1);
    return 0;
}

static int read_catalogs(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++)
        jml_vec_push(x->arena, &x->rows->catalogs,
                     ((struct jml_catalog_row){
                         .id = jml_result_uuid(r, i, 0),
                         .display_name = jml_result_text(r, i, 1, x->arena),
                         .description = jml_result_text(r, i, 2, x->arena),
                     }));
    return 0;
}

static int read_resources(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++) {
        struct jml_resource_row row = {
            .id = jml_result_uuid(r, i, 0),
            .catalog_id = jml_result_uuid(r, i, 1),
            .display_name = jml_result_text(r, i, 2, x->arena),
            .target = jml_result_text(r, i, 3, x->arena),
        };
        if (json(x, r, i, 4, &row.origin) < 0)
            return -1;
        jml_vec_push(x->arena, &x->rows->resources, row);
    }
    return 0;
}

static int read_roles(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++) {
        struct jml_role_row row = {
            .id = jml_result_uuid(r, i, 0),
            .resource_id = jml_result_uuid(r, i, 1),
            .display_name = jml_result_text(r, i, 2, x->arena),
            .former_of = jml_result_uuid(r, i, 4),
        };
        if (json(x, r, i, 3, &row.origin) < 0)
            return -1;
        jml_vec_push(x->arena, &x->rows->roles, row);
    }
    return 0;
}

static int read_packages(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++)
        jml_vec_push(x->arena, &x->rows->packages,
                     ((struct jml_package_row){
                         .id = jml_result_uuid(r, i, 0),
                         .catalog_id = jml_result_uuid(r, i, 1),
                         .display_name = jml_result_text(r, i, 2, x->arena),
                         .description = jml_result_text(r, i, 3, x->arena),
                         .hidden = jml_result_bool(r, i, 4),
                     }));
    return 0;
}

static int read_policies(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++) {
        struct jml_policy_row row = {
            .id = jml_result_uuid(r, i, 0),
            .package_id = jml_result_uuid(r, i, 1),
            .display_name = jml_result_text(r, i, 2, x->arena),
            .enabled = jml_result_bool(r, i, 3),
        };
        if (json(x, r, i, 4, &row.document) < 0)
            return -1;
        jml_vec_push(x->arena, &x->rows->policies, row);
    }
    return 0;
}

static int read_policy_versions(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++) {
        struct jml_policy_version_row row = {
            .policy_id = jml_result_uuid(r, i, 0),
            .since = jml_result_time(r, i, 1),
            .enabled = jml_result_bool(r, i, 2),
        };
        if (json(x, r, i, 3, &row.document) < 0)
            return -1;
        jml_vec_push(x->arena, &x->rows->policy_versions, row);
    }
    return 0;
}

static struct jml_pair_row pair(const struct jml_result *r, size_t row)
{
    return (struct jml_pair_row){.id = jml_result_uuid(r, row, 0),
                                 .other_id = jml_result_uuid(r, row, 1)};
}

static int read_package_roles(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++)
        jml_vec_push(x->arena, &x->rows->package_roles, pair(r, i));
    return 0;
}

static int read_incompatible(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++)
        jml_vec_push(x->arena, &x->rows->incompatible, pair(r, i));
    return 0;
}

static int read_exclusions(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++) {
        struct jml_exclusion_row row = {
            .package_id = jml_result_uuid(r, i, 0),
            .other_id = jml_result_uuid(r, i, 1),
            .group = jml_result_text(r, i, 2, x->arena),
            .since = jml_result_time(r, i, 3),
            .until = jml_result_is_null(r, i, 4) ? JML_TIME_MAX : jml_result_time(r, i, 4),
        };
        jml_vec_push(x->arena, &x->rows->exclusions, row);
    }
    return 0;
}

static int read_incompatible_groups(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++)
        jml_vec_push(x->arena, &x->rows->incompatible_groups,
                     ((struct jml_group_row){
                         .id = jml_result_uuid(r, i, 0),
                         .name = jml_result_text(r, i, 1, x->arena),
                     }));
    return 0;
}

static int read_deleted(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++)
        jml_vec_push(x->arena, &x->rows->deleted, pair(r, i));
    return 0;
}

/* A column that is an array of strings. */
static int texts(struct reading *x, const struct jml_result *r, size_t row, size_t column,
                 const char *const **ret, size_t *ret_n)
{
    const struct jml_value *list;
    const char **items;

    if (json(x, r, row, column, &list) < 0)
        return -1;
    *ret_n = list ? list->n : 0;
    items = jml_new_n(x->arena, const char *, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        items[i] = list->items[i]->type == JML_STRING ? list->items[i]->text : "";
    *ret = items;
    return 0;
}

static int read_organizations(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++) {
        struct jml_organization_row row = {
            .id = jml_result_uuid(r, i, 0),
            .display_name = jml_result_text(r, i, 1, x->arena),
            .state = jml_result_text(r, i, 3, x->arena),
        };
        if (texts(x, r, i, 2, &row.domains, &row.n_domains) < 0 ||
            texts(x, r, i, 4, &row.internal_sponsors, &row.n_internal_sponsors) < 0 ||
            texts(x, r, i, 5, &row.external_sponsors, &row.n_external_sponsors) < 0)
            return -1;
        jml_vec_push(x->arena, &x->rows->organizations, row);
    }
    return 0;
}

static int read_targets(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++) {
        struct jml_target_row row = {
            .id = jml_result_uuid(r, i, 0),
            .display_name = jml_result_text(r, i, 1, x->arena),
            .kind = jml_result_text(r, i, 2, x->arena),
        };
        if (json(x, r, i, 3, &row.document) < 0)
            return -1;
        jml_vec_push(x->arena, &x->rows->targets, row);
    }
    return 0;
}

static int read_workflows(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++) {
        struct jml_workflow_row row = {
            .id = jml_result_uuid(r, i, 0),
            .display_name = jml_result_text(r, i, 1, x->arena),
            .description = jml_result_text(r, i, 2, x->arena),
            .category = jml_result_text(r, i, 3, x->arena),
            .enabled = jml_result_bool(r, i, 4),
            .scheduling_enabled = jml_result_bool(r, i, 5),
            .version = (int)jml_result_int(r, i, 6),
            .scheduled_since = jml_result_time(r, i, 7),
        };
        if (json(x, r, i, 8, &row.document) < 0)
            return -1;
        jml_vec_push(x->arena, &x->rows->workflows, row);
    }
    return 0;
}

static int read_pinned(struct reading *x, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++) {
        struct jml_pinned_row row = {
            .workflow_id = jml_result_uuid(r, i, 0),
            .version = (int)jml_result_int(r, i, 1),
        };
        if (json(x, r, i, 2, &row.document) < 0)
            return -1;
        jml_vec_push(x->arena, &x->rows->pinned, row);
    }
    return 0;
}

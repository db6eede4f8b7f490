/* SPDX-License-Identifier: MIT
 *
 * Sending and reading what scans ask for. The columns are those of sql/queries/drift_*.sql, in
 * their order.
 */
#include "db/drift.h"

#include "db/param.h"
#include "db/result.h"
#include "db/row.h"

static struct jml_param texts(struct jml_arena *a, const char *const *items, size_t n)
{
    struct jml_array_param p;

    jml_array_init(&p, a, JML_ARRAY_TEXT);
    for (size_t i = 0; i < n; i++)
        jml_array_add_text(&p, items[i]);
    return jml_array_param(&p);
}

void jml_drift_claim_add(struct jml_conn *c, struct jml_arena *a, const struct jml_drift_claim *claim)
{
    jml_conn_add(c, "drift_claim",
                 (struct jml_param[]){jml_param_uuid(a, claim->daemon),
                                      texts(a, claim->targets, claim->n_targets),
                                      jml_param_uuids(a, claim->dead, claim->n_dead),
                                      jml_param_int8(a, claim->every),
                                      jml_param_bool(a, claim->repairs),
                                      jml_param_int8(a, claim->lease)},
                 6);
}

int64_t jml_drift_made(const struct jml_result *r)
{
    return jml_result_rows(r) ? jml_result_int(r, 0, 9) : 0;
}

bool jml_drift_claimed(const struct jml_result *r, size_t row, struct jml_arena *a,
                       struct jml_drift_row *ret_row)
{
    if (jml_result_is_null(r, row, 0))
        return false;
    *ret_row = (struct jml_drift_row){
        .scan_id = jml_result_uuid(r, row, 0),
        .target = jml_result_text(r, row, 1, a),
        .repair = jml_result_bool(r, row, 2),
        .max_changes = jml_result_is_null(r, row, 3) ? -1 : jml_result_int(r, row, 3),
        .passes = (int)jml_result_int(r, row, 4),
        .role_id = jml_result_uuid(r, row, 5),
        .role = jml_result_text(r, row, 6, a),
        .former = jml_result_bool(r, row, 10),
        .origin = jml_value_merge(a, jml_row_object(r, row, 7, a), jml_row_object(r, row, 8, a)),
    };
    return true;
}

void jml_drift_begin_add(struct jml_conn *c)
{
    jml_conn_add(c, "drift_begin", NULL, 0);
}

void jml_drift_expected_add(struct jml_conn *c, struct jml_arena *a, const char *target,
                            const struct jml_id *roles, size_t n_roles, const char *snapshot)
{
    jml_conn_add(c, "drift_expected",
                 (struct jml_param[]){jml_param_text(target), jml_param_uuids(a, roles, n_roles),
                                      jml_param_text(snapshot)},
                 3);
}

struct jml_drift_expected *jml_drift_expected_read(const struct jml_result *r, struct jml_arena *a,
                                                   size_t *ret_n, bool *ret_gives)
{
    size_t rows = jml_result_rows(r), n = 0;
    struct jml_drift_expected *all = jml_new_n(a, struct jml_drift_expected, rows + 1);

    *ret_gives = false;
    for (size_t i = 0; i < rows; i++) {
        *ret_gives |= jml_result_bool(r, i, 3);
        if (jml_result_is_null(r, i, 1))
            continue;
        all[n++] = (struct jml_drift_expected){
            .delivery_id = jml_result_uuid(r, i, 0),
            .account = jml_result_text(r, i, 1, a),
            .is_open = jml_result_bool(r, i, 2),
            .is_failed = jml_result_bool(r, i, 4),
            .is_known = jml_result_bool(r, i, 5),
        };
    }
    *ret_n = n;
    return all;
}

void jml_drift_write_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                         const struct jml_drift_found *found)
{
    const struct jml_drift *d = found->drift;
    size_t n_missing = d->missing.n, n_extra = d->extra.n;
    struct jml_array_param grants, accounts, again;

    if (!found->acts && n_missing > found->limit)
        n_missing = found->limit;
    if (!found->removes && n_extra > found->limit)
        n_extra = found->limit;
    jml_array_init(&grants, a, JML_ARRAY_UUID);
    jml_array_init(&accounts, a, JML_ARRAY_TEXT);
    for (size_t i = 0; i < n_missing; i++) {
        jml_array_add_uuid(&grants, d->missing.items[i]->delivery_id);
        jml_array_add_text(&accounts, d->missing.items[i]->account);
    }
    jml_array_init(&again, a, JML_ARRAY_UUID);
    for (size_t i = 0; i < d->back.n; i++)
        jml_array_add_uuid(&again, d->back.items[i]->delivery_id);
    for (size_t i = 0; found->tries_again && i < d->known.n; i++)
        jml_array_add_uuid(&again, d->known.items[i]->delivery_id);
    jml_conn_add(
        c, "drift_write",
        (struct jml_param[]){
            jml_param_uuid(a, daemon), jml_param_uuid(a, found->scan_id),
            jml_param_text(found->target), jml_param_uuid(a, found->roles[0]),
            jml_param_bool(a, found->acts), jml_param_bool(a, found->redelivers),
            jml_param_bool(a, found->removes), jml_array_param(&grants),
            jml_array_param(&accounts), texts(a, d->extra.items, n_extra),
            jml_param_int8(a, (int64_t)d->n_expected), jml_param_int8(a, (int64_t)d->n_missing),
            jml_param_int8(a, (int64_t)d->extra.n), jml_param_text(found->unread),
            jml_param_text(found->held_back), jml_param_int8(a, found->lease),
            jml_array_param(&again), jml_param_uuids(a, found->roles, found->n_roles)},
        18);
}

bool jml_drift_written(const struct jml_result *r, int64_t *ret_changed, int64_t *ret_fresh)
{
    *ret_changed = jml_result_rows(r) ? jml_result_int(r, 0, 0) : 0;
    *ret_fresh = jml_result_rows(r) ? jml_result_int(r, 0, 1) : 0;
    return jml_result_rows(r) > 0;
}

void jml_drift_finish_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                          struct jml_id scan_id, const char *state, const char *error,
                          int64_t delay)
{
    jml_conn_add(c, "drift_finish",
                 (struct jml_param[]){jml_param_uuid(a, daemon), jml_param_uuid(a, scan_id),
                                      jml_param_text(state), jml_param_text(error),
                                      jml_param_int8(a, delay)},
                 5);
}

bool jml_drift_finished(const struct jml_result *r, struct jml_drift_sum *ret_sum)
{
    if (jml_result_rows(r) == 0)
        return false;
    *ret_sum = (struct jml_drift_sum){
        .expected = jml_result_int(r, 0, 0),
        .missing = jml_result_int(r, 0, 1),
        .extra = jml_result_int(r, 0, 2),
        .unread = jml_result_int(r, 0, 3),
        .held_back = jml_result_int(r, 0, 4),
    };
    return true;
}

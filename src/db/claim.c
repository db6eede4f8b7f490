/* SPDX-License-Identifier: MIT
 *
 * Sending and reading the claim.
 */
#include "db/claim.h"

#include <string.h>

#include "sql/migrations.h"

void jml_claim_send(struct jml_conn *c, struct jml_arena *a, int limit,
                    const struct jml_bounds *bounds, jml_conn_done shells, jml_conn_done done,
                    void *userdata)
{
    struct jml_param window = jml_param_int4(a, 2 * limit);
    struct jml_param low[3];
    for (int i = 0; i < 3; i++)
        low[i] = jml_param_int8(a, bounds->low[i]);
    jml_conn_add(c, "people_names", NULL, 0);
    jml_conn_add(c, "people_shells", (struct jml_param[]){window, low[0], low[1]}, 3);
    jml_conn_sync(c, shells, userdata);

    jml_conn_add_begin(c);
    jml_conn_add(c, "people_lock", NULL, 0);
    jml_conn_add(c, "people_begin", NULL, 0);
    jml_conn_add(c, "people_claim",
                 (struct jml_param[]){jml_param_int4(a, limit), low[0], low[1], low[2]}, 4);
    jml_conn_sync(c, done, userdata);
}

void jml_claim_read_aliases(const struct jml_result *r, size_t row, size_t column,
                            struct jml_arena *a, struct jml_person *p)
{
    const char *text = jml_result_text(r, row, column, a);
    while (text) {
        const char *end = strchr(text, '\n');
        jml_vec_push(a, &p->aliases, end ? jml_strndup(a, text, (size_t)(end - text)) : text);
        text = end ? end + 1 : NULL;
    }
}

void jml_claim_read(const struct jml_reply *reply, struct jml_arena *a, struct jml_claim *ret_claim)
{
    struct jml_claim claim = {0};
    const struct jml_result *begin = &reply->results[2], *r = &reply->results[3];
    claim.now = jml_result_time(begin, 0, 0);
    claim.revision = jml_result_int(begin, 0, 1);
    claim.newest_migration = (int)jml_result_int(begin, 0, 2);
    claim.configuration_command = jml_result_bool(begin, 0, 3);
    claim.rollout = jml_result_bool(begin, 0, 4);
    claim.database_id = jml_result_uuid(begin, 0, 5);

    claim.n = jml_result_rows(r);
    claim.people = jml_new_n(a, struct jml_snapshot, claim.n);
    jml_row_values_init(&claim.values, a, claim.n);
    for (size_t i = 0; i < claim.n; i++) {
        jml_claim_read_person(r, i, a, &claim.values, &claim.people[i].person);
        jml_claim_read_aliases(r, i, 21, a, &claim.people[i].person);
        claim.people[i].person.external = jml_result_bool(r, i, 22);
    }
    if (claim.n) {
        for (int k = 0; k < 2; k++) {
            claim.first[k] = jml_result_int(r, 0, 14 + 3 * (size_t)k);
            claim.last[k] = jml_result_int(r, 0, 15 + 3 * (size_t)k);
            claim.seen[k] = jml_result_int(r, 0, 16 + 3 * (size_t)k);
        }
        claim.first[2] = jml_result_int(r, 0, 20);
    }
    *ret_claim = claim;
}

void jml_claim_read_person(const struct jml_result *r, size_t i, struct jml_arena *a,
                           struct jml_row_values *seen, struct jml_person *p)
{
    p->id = jml_result_uuid(r, i, 0);
    p->employee_id = jml_result_text(r, i, 1, a);
    p->state = (enum jml_person_state)jml_row_state(r, i, 2, JML_MACHINE_PERSON);
    p->moved = jml_result_bool(r, i, 3);
    p->attributes = jml_row_value(r, i, 4, a, seen);
    p->employments_text = jml_result_text(r, i, 5, a);
    p->zone = jml_result_text(r, i, 6, a);
    p->hired_at = jml_result_time(r, i, 7);
    p->leaves_at = jml_result_time(r, i, 8);
    p->due_at = jml_result_time(r, i, 9);
    p->removal_at = jml_result_time(r, i, 10);
    p->held_at = jml_result_time(r, i, 11);
    p->held_reason = jml_result_text(r, i, 12, a);
    p->created_at = jml_result_time(r, i, 13);
}

void jml_claim_count_send(struct jml_conn *c, struct jml_arena *a, int limit,
                          const struct jml_bounds *bounds, jml_conn_done done, void *userdata)
{
    struct jml_param params[] = {
        jml_param_int4(a, 2 * limit),
        jml_param_int8(a, bounds->low[0]),
        jml_param_int8(a, bounds->low[1]),
    };
    jml_conn_add(c, "people_window", params, 3);
    jml_conn_sync(c, done, userdata);
}

void jml_claim_count_read(const struct jml_reply *reply, struct jml_claim *claim)
{
    const struct jml_result *r = &reply->results[0];
    for (size_t k = 0; k < 2; k++) {
        claim->seen[k] = jml_result_int(r, 0, 2 * k);
        claim->last[k] = jml_result_int(r, 0, 2 * k + 1);
    }
}

int jml_claim_known_migration(void)
{
    return jml_migrations[jml_migrations_count - 1].number;
}

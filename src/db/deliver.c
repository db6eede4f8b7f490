/* SPDX-License-Identifier: MIT
 *
 * Sending and reading what the flow of deliveries asks for. The columns are those of
 * sql/queries/delivery_*.sql, in their order.
 */
#include "db/deliver.h"

#include "db/row.h"

const char *const jml_deliver_statements[] = {
    "daemon_dead",     "delivery_called_back", "delivery_claim",   "delivery_commands",
    "delivery_expire", "delivery_finish",      "delivery_give_up", "delivery_keep",
    "delivery_release", "drift_begin",          "drift_claim",      "drift_expected",
    "drift_finish",    "drift_write",          "target_trouble_write", "ticket_remind",
    NULL,
};

void jml_deliver_claim_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                           const struct jml_deliver_want *wants, size_t n,
                           const struct jml_id *dead, size_t n_dead)
{
    struct jml_array_param targets, numbers, leases, calls;

    jml_array_init(&targets, a, JML_ARRAY_TEXT);
    jml_array_init(&numbers, a, JML_ARRAY_INT4);
    jml_array_init(&leases, a, JML_ARRAY_INT8);
    jml_array_init(&calls, a, JML_ARRAY_INT8);
    for (size_t i = 0; i < n; i++) {
        jml_array_add_text(&targets, wants[i].target);
        jml_array_add_int(&numbers, wants[i].n);
        jml_array_add_int(&leases, wants[i].lease);
        jml_array_add_int(&calls, wants[i].call);
    }
    jml_conn_add(c, "delivery_claim",
                 (struct jml_param[]){jml_param_uuid(a, daemon), jml_array_param(&targets),
                                      jml_array_param(&numbers), jml_array_param(&leases),
                                      jml_param_uuids(a, dead, n_dead), jml_array_param(&calls)},
                 6);
}

const char *jml_deliver_target(const struct jml_result *r, size_t row, size_t *ret_length)
{
    return jml_result_bytes(r, row, 1, ret_length);
}

void jml_deliver_read(const struct jml_result *r, size_t row, struct jml_arena *a,
                      struct jml_deliver_row *ret_row)
{
    *ret_row = (struct jml_deliver_row){
        .id = jml_result_uuid(r, row, 0),
        .action = jml_result_text(r, row, 2, a),
        .attempts = (int)jml_result_int(r, row, 3),
        .person_id = jml_result_uuid(r, row, 4),
        .assignment_id = jml_result_uuid(r, row, 5),
        .run_id = jml_result_uuid(r, row, 6),
        .employee_id = jml_result_text(r, row, 7, a),
        .attributes = jml_row_object(r, row, 8, a),
        .origin = jml_value_merge(a, jml_row_object(r, row, 9, a), jml_row_object(r, row, 10, a)),
        .arguments = jml_row_object(r, row, 11, a),
        .created_at = jml_result_time(r, row, 12),
        .account = jml_result_text(r, row, 13, a),
        .is_of_another = jml_result_bool(r, row, 16),
        .context = jml_row_object(r, row, 14, a),
    };
}

int64_t jml_deliver_superseded(const struct jml_result *r)
{
    return jml_result_rows(r) ? jml_result_int(r, 0, 15) : 0;
}

void jml_deliver_finish_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                            const struct jml_deliver_result *const *results, size_t n)
{
    struct jml_array_param id, attempts, outcomes, errors, accounts, delays, give_ups, tokens, keys;

    jml_array_init(&id, a, JML_ARRAY_UUID);
    jml_array_init(&attempts, a, JML_ARRAY_INT4);
    jml_array_init(&outcomes, a, JML_ARRAY_TEXT);
    jml_array_init(&errors, a, JML_ARRAY_TEXT);
    jml_array_init(&accounts, a, JML_ARRAY_TEXT);
    jml_array_init(&delays, a, JML_ARRAY_INT8);
    jml_array_init(&give_ups, a, JML_ARRAY_INT8);
    jml_array_init(&tokens, a, JML_ARRAY_TEXT);
    jml_array_init(&keys, a, JML_ARRAY_TEXT);
    for (size_t i = 0; i < n; i++) {
        const struct jml_deliver_result *x = results[i];

        jml_array_add_uuid(&id, x->id);
        jml_array_add_int(&attempts, x->attempts);
        jml_array_add_text(&outcomes, x->outcome);
        jml_array_add_text(&errors, x->error);
        jml_array_add_text(&accounts, x->account);
        jml_array_add_int(&delays, x->delay);
        jml_array_add_int(&give_ups, x->give_up);
        jml_array_add_text(&tokens, x->token);
        jml_array_add_text(&keys, x->key);
    }
    jml_conn_add(c, "delivery_finish",
                 (struct jml_param[]){jml_param_uuid(a, daemon), jml_array_param(&id),
                                      jml_array_param(&attempts), jml_array_param(&outcomes),
                                      jml_array_param(&errors), jml_array_param(&accounts),
                                      jml_array_param(&delays), jml_array_param(&give_ups),
                                      jml_array_param(&tokens), jml_array_param(&keys)},
                 10);
}

struct jml_id jml_deliver_finished(const struct jml_result *r, size_t row, struct jml_arena *a,
                                   const char **ret_was, const char **ret_became, int *ret_rule)
{
    *ret_was = jml_result_text(r, row, 1, a);
    *ret_became = jml_result_text(r, row, 2, a);
    *ret_rule = (int)jml_result_int(r, row, 3);
    return jml_result_uuid(r, row, 0);
}

void jml_deliver_release_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                             const struct jml_deliver_back *back, size_t n)
{
    struct jml_array_param id, attempts, begun;

    jml_array_init(&id, a, JML_ARRAY_UUID);
    jml_array_init(&attempts, a, JML_ARRAY_INT4);
    jml_array_init(&begun, a, JML_ARRAY_BOOL);
    for (size_t i = 0; i < n; i++) {
        jml_array_add_uuid(&id, back[i].id);
        jml_array_add_int(&attempts, back[i].attempts);
        jml_array_add_bool(&begun, back[i].begun);
    }
    jml_conn_add(c, "delivery_release",
                 (struct jml_param[]){jml_param_uuid(a, daemon), jml_array_param(&id),
                                      jml_array_param(&attempts), jml_array_param(&begun)},
                 4);
}

void jml_deliver_keep_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                          const struct jml_id *in_hand, size_t n)
{
    jml_conn_add(c, "delivery_keep",
                 (struct jml_param[]){jml_param_uuid(a, daemon), jml_param_uuids(a, in_hand, n)}, 2);
}

void jml_deliver_give_up_add(struct jml_conn *c, struct jml_arena *a,
                             const struct jml_deliver_shut *shut, size_t n)
{
    struct jml_array_param targets, give_ups, errors;

    jml_array_init(&targets, a, JML_ARRAY_TEXT);
    jml_array_init(&give_ups, a, JML_ARRAY_INT8);
    jml_array_init(&errors, a, JML_ARRAY_TEXT);
    for (size_t i = 0; i < n; i++) {
        jml_array_add_text(&targets, shut[i].target);
        jml_array_add_int(&give_ups, shut[i].give_up);
        jml_array_add_text(&errors, shut[i].error);
    }
    jml_conn_add(c, "delivery_give_up",
                 (struct jml_param[]){jml_array_param(&targets), jml_array_param(&give_ups),
                                      jml_array_param(&errors)},
                 3);
}

void jml_deliver_trouble_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                             const struct jml_deliver_trouble *troubles, size_t n)
{
    struct jml_array_param targets, kinds, agos, errors;

    jml_array_init(&targets, a, JML_ARRAY_TEXT);
    jml_array_init(&kinds, a, JML_ARRAY_TEXT);
    jml_array_init(&agos, a, JML_ARRAY_INT8);
    jml_array_init(&errors, a, JML_ARRAY_TEXT);
    for (size_t i = 0; i < n; i++) {
        jml_array_add_text(&targets, troubles[i].target);
        jml_array_add_text(&kinds, troubles[i].kind);
        jml_array_add_int(&agos, troubles[i].ago);
        jml_array_add_text(&errors, troubles[i].error);
    }
    jml_conn_add(c, "target_trouble_write",
                 (struct jml_param[]){jml_param_uuid(a, daemon), jml_array_param(&targets),
                                      jml_array_param(&kinds), jml_array_param(&agos),
                                      jml_array_param(&errors)},
                 5);
}

void jml_deliver_remind_add(struct jml_conn *c, struct jml_arena *a,
                            const struct jml_deliver_reminder *reminders, size_t n)
{
    struct jml_array_param targets, afters, to;

    jml_array_init(&targets, a, JML_ARRAY_TEXT);
    jml_array_init(&afters, a, JML_ARRAY_INT8);
    jml_array_init(&to, a, JML_ARRAY_TEXT);
    for (size_t i = 0; i < n; i++) {
        jml_array_add_text(&targets, reminders[i].target);
        jml_array_add_int(&afters, reminders[i].after);
        jml_array_add_text(&to, reminders[i].to);
    }
    jml_conn_add(c, "ticket_remind",
                 (struct jml_param[]){jml_array_param(&targets), jml_array_param(&afters),
                                      jml_array_param(&to)},
                 3);
}

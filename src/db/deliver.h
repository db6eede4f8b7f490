/* SPDX-License-Identifier: MIT
 *
 * Deliver: deliveries on their way to the flow that makes the calls, and what came of them on its
 * way back. sql/queries/delivery_*.sql say what each statement means.
 */
#ifndef JML_DB_DELIVER_H
#define JML_DB_DELIVER_H

#include "base/value.h"
#include "db/conn.h"

/* What a connection of that flow must have prepared; NULL-terminated. */
extern const char *const jml_deliver_statements[];

/* Of one target: how many are wanted. */
struct jml_deliver_want {
    const char *target;
    int n;
    int64_t lease; /* microseconds */
    int64_t call;  /* microseconds that one may take at most */
};

/* Adds the claim; its result is read row by row. */
void jml_deliver_claim_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                           const struct jml_deliver_want *wants, size_t n,
                           const struct jml_id *dead, size_t n_dead);

/* One delivery in hand. Strings and values are in the arena that it was read into. */
struct jml_deliver_row {
    struct jml_id id, person_id, assignment_id, run_id;
    const char *action, *employee_id, *account;
    bool is_of_another; /* the target has called somebody else's account so since */
    int attempts;
    const struct jml_value *attributes, *origin, *arguments, *context;
    jml_time created_at;
};

/* In place: which target it is for; the name ends after *ret_length bytes. NULL: nothing was
 * claimed. */
const char *jml_deliver_target(const struct jml_result *r, size_t row, size_t *ret_length);
void jml_deliver_read(const struct jml_result *r, size_t row, struct jml_arena *a,
                      struct jml_deliver_row *ret_row);
/* How many deliveries were closed as superseded by the claim. */
int64_t jml_deliver_superseded(const struct jml_result *r);

/* What a call came to. */
struct jml_deliver_result {
    struct jml_id id;
    int attempts;
    const char *outcome; /* done, confirmed, waits, later, unreachable, failed */
    const char *error, *account, *token;
    int64_t delay; /* < 0: for ever */
    int64_t give_up;
    const char *key; /* the name of the one that a password was made of; NULL: there was none */
};

void jml_deliver_finish_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                            const struct jml_deliver_result *const *results, size_t n);
/* Of one row of the answer: what changed. *ret_rule 0: no state did. */
struct jml_id jml_deliver_finished(const struct jml_result *r, size_t row, struct jml_arena *a,
                                   const char **ret_was, const char **ret_became, int *ret_rule);

/* One delivery that is given back; begun: its call was. */
struct jml_deliver_back {
    struct jml_id id;
    int attempts;
    bool begun;
};
void jml_deliver_release_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                             const struct jml_deliver_back *back, size_t n);
/* After a connection was lost: gives all back but these. */
void jml_deliver_keep_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                          const struct jml_id *in_hand, size_t n);

/* Targets that are not called, for what is older than is tried. */
struct jml_deliver_shut {
    const char *target, *error;
    int64_t give_up;
};
void jml_deliver_give_up_add(struct jml_conn *c, struct jml_arena *a,
                             const struct jml_deliver_shut *shut, size_t n);

/* What this daemon cannot open or reach, all of it. */
struct jml_deliver_trouble {
    const char *target, *kind, *error;
    int64_t ago; /* microseconds since it began */
};
void jml_deliver_trouble_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                             const struct jml_deliver_trouble *troubles, size_t n);

/* Targets whose tickets somebody is reminded of. */
struct jml_deliver_reminder {
    const char *target;
    int64_t after;
    const char *to; /* addresses or employee_ids, one a line */
};
void jml_deliver_remind_add(struct jml_conn *c, struct jml_arena *a,
                            const struct jml_deliver_reminder *reminders, size_t n);

#endif

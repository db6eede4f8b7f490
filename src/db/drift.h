/* SPDX-License-Identifier: MIT
 *
 * Drift: scans on their way to the flow that makes them, and what they found on its way back.
 * sql/queries/drift_*.sql say what each statement means.
 */
#ifndef JML_DB_DRIFT_H
#define JML_DB_DRIFT_H

#include "base/value.h"
#include "core/drift.h"
#include "db/conn.h"

struct jml_drift_claim {
    struct jml_id daemon;
    const char *const *targets; /* that could be asked now */
    size_t n_targets;
    const struct jml_id *dead;
    size_t n_dead;
    int64_t every; /* microseconds; 0: none come by themselves */
    bool repairs;
    int64_t lease; /* microseconds */
};
void jml_drift_claim_add(struct jml_conn *c, struct jml_arena *a, const struct jml_drift_claim *claim);

/* One row of the answer: a role of a scan. */
struct jml_drift_row {
    struct jml_id scan_id;
    const char *target;
    bool repair;
    int64_t max_changes; /* -1: the usual brake */
    int passes;          /* with this one */
    struct jml_id role_id; /* none: the target has no roles */
    const char *role;      /* "Resource/Role" */
    const struct jml_value *origin;
    bool former; /* the place is not the role's any more: only some may still have it */
};
/* How many came by themselves just now: the next claim finds them. */
int64_t jml_drift_made(const struct jml_result *r);
/* false: nothing was claimed. */
bool jml_drift_claimed(const struct jml_result *r, size_t row, struct jml_arena *a,
                       struct jml_drift_row *ret_row);

void jml_drift_begin_add(struct jml_conn *c);
/* roles: those that lead to one place. snapshot: as drift_begin answered. */
void jml_drift_expected_add(struct jml_conn *c, struct jml_arena *a, const char *target,
                            const struct jml_id *roles, size_t n_roles, const char *snapshot);
/* Those whose account has a name; *ret_gives: the role is being given to somebody. */
struct jml_drift_expected *jml_drift_expected_read(const struct jml_result *r, struct jml_arena *a,
                                                   size_t *ret_n, bool *ret_gives);

/* What was found about one role, and what is to be done about it. */
struct jml_drift_found {
    struct jml_id scan_id;
    const struct jml_id *roles; /* that lead to the place; findings are kept with the first */
    size_t n_roles;
    const char *target;
    bool acts;      /* the brake holds nothing back */
    bool redelivers, removes;
    bool tries_again; /* what has failed for other reasons */
    const struct jml_drift *drift;
    size_t limit;         /* as many findings are written of each sort; for those that are acted on, all */
    const char *unread;   /* why it could not be read; NULL: it was */
    const char *held_back; /* what is said about that; NULL: nothing is */
    int64_t lease;
};
void jml_drift_write_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                         const struct jml_drift_found *found);
/* false: the scan is in other hands. */
bool jml_drift_written(const struct jml_result *r, int64_t *ret_changed, int64_t *ret_fresh);

/* state: completed, failed, pending. */
void jml_drift_finish_add(struct jml_conn *c, struct jml_arena *a, struct jml_id daemon,
                          struct jml_id scan_id, const char *state, const char *error,
                          int64_t delay);
struct jml_drift_sum {
    int64_t expected, missing, extra, unread, held_back;
};
bool jml_drift_finished(const struct jml_result *r, struct jml_drift_sum *ret_sum);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Drift: what a target has of one role, held against what assignments justify.
 *
 * Pure: no clock, no target, no database. Accounts are compared as the target called them
 * (directories' are normalised before that); letters of either case are the same where the caller
 * says so.
 *
 * A scan finds what is missing (delivered, and no longer there) and what is extra (there, and
 * nobody's). A brake holds back a scan that finds too much: a listing that is cut short, a group
 * that was renamed or an account name that is written in another way looks like a revolution, and
 * is none. What is missing and what is extra are braked together, by the number of accounts
 * expected. What had failed before, for another reason, is no news and brakes nothing.
 */
#ifndef JML_CORE_DRIFT_H
#define JML_CORE_DRIFT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/vec.h"

enum {
    JML_DRIFT_FEW = 10,     /* so many may always be acted on */
    JML_DRIFT_PERCENT = 10, /* or such a part of the expected ones, if that is more */
};

/* An account that ought to have the role. */
struct jml_drift_expected {
    const char *account;       /* never NULL: a delivery without one cannot be compared */
    struct jml_id delivery_id; /* the grant that brought it there */
    /* A delivery about this account and role is open: whether it has the role is about to change,
     * and nothing of it is drift. */
    bool is_open;
    bool is_failed; /* it is not delivered, as far as is known */
    bool is_known;  /* for another reason than that it was missing: no news when it is */
};

struct jml_drift {
    JML_VEC(const struct jml_drift_expected *) missing; /* in the order they were given in */
    JML_VEC(const char *) extra;                        /* likewise; each once */
    JML_VEC(const struct jml_drift_expected *) back;    /* failed, and there after all */
    JML_VEC(const struct jml_drift_expected *) known;   /* failed, and not there: counts for nothing */
    size_t n_missing;            /* accounts; several deliveries may be of one */
    size_t n_expected, n_listed; /* accounts, each counted once; without those that are open */
    size_t limit;                /* of missing and extra together */
    /* More than the limit was found: it is reported, and nobody is to act on it. */
    bool is_suspicious;
};

/* Several assignments may justify the same account; each of its deliveries is among the missing.
 * Strings and items of expected are borrowed. */
void jml_drift_compare(struct jml_arena *a, const struct jml_drift_expected *expected,
                       size_t n_expected, const char *const *listed, size_t n_listed,
                       bool ignore_case, struct jml_drift *ret_drift);

#endif

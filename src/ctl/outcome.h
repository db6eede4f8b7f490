/* SPDX-License-Identifier: MIT
 *
 * Outcome: rows that are inserted for the daemon, and waiting for what becomes of them.
 *
 * The inserting query answers with the columns id, label, state, error, all text; so does the
 * query that asks for the outcome ($1: ids), with `outcome` as the fifth: "waiting", "done" or
 * "refused". A row with the state "skipped" was not inserted, error says why: that is no failure.
 */
#ifndef JML_CTL_OUTCOME_H
#define JML_CTL_OUTCOME_H

#include "base/vec.h"
#include "ctl/command.h"
#include "db/param.h"
#include "db/result.h"

/* The option every verb that changes something has. */
#define JML_CTL_WAIT_OPTION                                                                 \
    {                                                                                       \
        "wait", "[=TIMEOUT]", false, "wait for the outcome, 30s at most or as long as said" \
    }

struct jml_outcome {
    const char *id;    /* NULL: nothing was inserted, error says why not */
    const char *label; /* the person, or the object */
    const char *state, *error;
    const char *result; /* "waiting", "done", "refused", "skipped" */
};

struct jml_outcomes {
    const char *count_of; /* NULL: the ids are printed; else how many, and this */
    JML_VEC(struct jml_outcome) rows;
};

/* Inserts, prints the ids, waits when the call says --wait. Gives the exit code: 1 when one was
 * refused, 75 when one still waits. */
int jml_outcome_insert(struct jml_ctl *c, const struct jml_ctl_call *call, const char *insert,
                       const struct jml_param *params, size_t n_params, const char *ask);

/* The same for rows that nobody named: prints "12 runs " and what is `to_be` done, instead of ids. */
int jml_outcome_batch(struct jml_ctl *c, const struct jml_ctl_call *call, const char *insert,
                      const struct jml_param *params, size_t n_params, const char *ask,
                      const char *to_be);

/* The two halves of it, for who inserts in another way. */
void jml_outcome_add(struct jml_ctl *c, struct jml_outcomes *all, const struct jml_result *r);
int jml_outcome_finish(struct jml_ctl *c, const struct jml_ctl_call *call, struct jml_outcomes *all,
                       const char *ask);

/* Until none of them waits; 0, or the exit code, which was said. */
int jml_outcome_await(struct jml_ctl *c, struct jml_outcomes *all, const char *ask, jml_time timeout);

/* Commands (table jml.command) of one kind on several objects; employees may be NULL. The option
 * --reason, where a verb has it, goes with them. */
int jml_outcome_command(struct jml_ctl *c, const struct jml_ctl_call *call, const char *kind,
                        const char *const *objects, const char *const *employees, size_t n);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Asking: what the verbs that make requests have in common: which policy, dates as the zone of each
 * person understands them, answers to the questions of a policy.
 */
#ifndef JML_CTL_ASKING_H
#define JML_CTL_ASKING_H

#include "base/value.h"
#include "ctl/command.h"
#include "db/param.h"

struct jml_asking {
    const char *package_id;
    const char *policy_id;              /* NULL: none, or several fit */
    const char *policy;                 /* the word that was given for it, or NULL */
    const struct jml_value *questions;  /* array of the policy's; NULL: it has none */
};

/* Finds the package and the policy of that name in it; NULL: the only one that is enabled. needed: it is
 * a mistake when there is none, or more than one. 0, or the exit code; it was said. */
int jml_asking_policy(struct jml_ctl *c, const char *package, const char *policy, bool needed,
                      struct jml_asking *ret_asking);

struct jml_asking_dates {
    struct jml_array_param starts, ends;
};

void jml_asking_dates_init(struct jml_ctl *c, struct jml_asking_dates *dates);
/* --start and --end in a zone; NULL, or a name nobody knows: UTC. */
void jml_asking_dates_add(struct jml_ctl *c, const struct jml_ctl_call *call,
                          struct jml_asking_dates *dates, const char *zone_name);

/* The column answers for the options --answer; NULL when there are none. 0, or the exit code. */
int jml_asking_answers(struct jml_ctl *c, const struct jml_ctl_call *call,
                       const struct jml_asking *asking, const char **ret_json);

/* Texts "QUESTION=VALUE" as an array of answers, in the order of the questions. QUESTION is the id or the
 * text of one; a choice may be named by its value or its text; what may have several values has an array.
 * < 0: BAD_INPUT. */
int jml_answers_make(struct jml_arena *a, const struct jml_value *questions, const char *const *texts,
                     size_t n, const struct jml_value **ret_answers, struct jml_err *e);

#endif

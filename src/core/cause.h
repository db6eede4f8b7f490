/* SPDX-License-Identifier: MIT
 *
 * Causes: the reasons to run a workflow for a person (SEMANTICS C1). A pure function of the fold and
 * of one version of the workflow: neither the clock nor the order of arrival has a say in it.
 */
#ifndef JML_CORE_CAUSE_H
#define JML_CORE_CAUSE_H

#include "core/fold.h"
#include "core/governance.h"

struct jml_cause {
    const struct jml_workflow *workflow;
    const struct jml_period *period;
    const struct jml_event *event; /* the fact that made it */
    const char *attribute;         /* "employeeHireDate", "department", "group:sales" */
    jml_time anchor, due, close;   /* close MAX: may start at any time from due on */
    jml_time place;                /* of its effects among those of other causes (C2) */
    const struct jml_value *attributes; /* at the anchor: what the scope is judged on */
    int64_t fact;                  /* what it is about: a hire, or an event's chain */
    bool about_period;             /* fact is a hire's, not an event's */
};

typedef void (*jml_cause_visit)(void *userdata, const struct jml_cause *cause);

/* Calls visit for every cause, whatever its scope. The cause lives for the call. */
void jml_causes(struct jml_arena *a, const struct jml_fold *f, const struct jml_workflow *wf,
                jml_cause_visit visit, void *userdata);

/* The run's trigger_key: attribute@instant/employment. */
const char *jml_cause_key(struct jml_arena *a, const struct jml_cause *c);
/* "p17", "e23": the same for every date that the fact is given. */
const char *jml_cause_fact(struct jml_arena *a, const struct jml_cause *c);
/* Judged on the attributes at the anchor. */
bool jml_cause_is_in_scope(struct jml_arena *a, const struct jml_cause *c, const char *employee_id);
/* NULL when the scope holds, else the clause that is false, in words. */
const char *jml_cause_out_of_scope(struct jml_arena *a, const struct jml_cause *c,
                                   const char *employee_id);
/* When the facts that make the cause were first heard of, with whatever date. */
jml_time jml_cause_told_at(const struct jml_cause *c);
/* When they became known as they are now. */
jml_time jml_cause_known_at(const struct jml_cause *c);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Ledger: everything that ever gave or took a package, in the order in which it counts (SEMANTICS C2,
 * T7). Effects of runs, as kept on the runs, direct requests that were granted, and the ends of
 * employments, by the fold as it is now. Replaying it says what the person holds, whatever the order
 * in which all of it became known.
 *
 * On a run, effects are an array of objects: op "+" or "-", package (an id, or "*": all), at, from,
 * until, by, policy, coming, released; and op "mail" with the position of the task that sent one (C5).
 */
#ifndef JML_CORE_LEDGER_H
#define JML_CORE_LEDGER_H

#include "core/governance.h"
#include "core/snapshot.h"

struct jml_work;

enum jml_effect_op {
    JML_GIVE,
    JML_TAKE,
    JML_LIMIT, /* a task set an end: days until expiration */
    JML_RESET, /* a direct update set another end */
    JML_END,   /* an employment ended */
};

struct jml_effect {
    enum jml_effect_op op;
    jml_time at;    /* its place in the order */
    jml_time order; /* the same, after a suspension put it off */
    int rank; /* at one instant: leaving, ends, removals, grants, automatic ones, direct requests */
    struct jml_run *run;         /* NULL: none */
    struct jml_request *request; /* NULL: none */
    const struct jml_policy *automatic; /* NULL: none */
    struct jml_id package_id;    /* none: all of them */
    struct jml_id policy_id;
    const char *employment; /* that it is given for, or taken from; NULL: none */
    bool total;             /* takes whatever other employments give */
    bool for_coming;        /* on demand, to somebody who comes (back) later */
    bool released;          /* by an operator: durations count from then */
    bool waits;             /* given while suspended: counts when that is over */
    bool lapsed;            /* and there it was over with the employment, too */
    jml_time from, until;   /* until NONE: for ever */
    const char *by;         /* who set the end: policy, request, workflow, leave */
    const char *voided;     /* why it does not count; NULL: it does */
    size_t number;          /* for who tells the story: where it stands there */
};

/* What an effect did to one package. REFUSE: nothing, as something excluded it. */
struct jml_deed {
    enum { JML_DID_GIVE, JML_DID_PROLONG, JML_DID_TAKE, JML_DID_LIMIT, JML_DID_RUN_OUT,
           JML_DID_REFUSE } what;
    struct jml_id package_id;
    const struct jml_effect *effect; /* NULL: RUN_OUT, time did it */
    const struct jml_effect *giver;  /* what was given by it was prolonged, taken, limited */
    jml_time at;
    const char *why; /* REFUSE */
};

struct jml_ledger {
    struct jml_effect **items;
    size_t n, cap;
    bool is_read;
    /* for who tells the story: what does not count, and what was done */
    bool tells;
    JML_VEC(struct jml_effect *) voided;
    JML_VEC(struct jml_deed) deeds;
};

/* Why a package is not held. */
enum jml_not_held {
    JML_NEVER_GIVEN,
    JML_TAKEN,
    JML_RAN_OUT,
    JML_LEFT_TARGETS, /* of the automatic policy that gave it */
    JML_EMPLOYMENT_ENDED,
    JML_LEFT_ALL,
};

struct jml_holding {
    struct jml_id package_id;
    bool held;
    bool waits; /* given while suspended, which is not over */
    bool cut;   /* what ended employments gave was taken from it */
    const char *refused; /* the last that would have given it, and was excluded: "incompatible: words" */
    jml_time until; /* NONE: for ever */
    const char *by;
    const struct jml_effect *giver; /* of the support that was there first; NULL when not held */
    enum jml_not_held why;
};

/* The person's ledger, read at the first call of a step. */
struct jml_ledger *jml_ledger_of(struct jml_work *w);
/* Adds an effect in its place. last: after all that is there about its package, as who says something
 * now means what is there now. */
struct jml_effect *jml_ledger_add(struct jml_work *w, struct jml_effect effect, bool last);
void jml_ledger_drop(struct jml_work *w, const struct jml_effect *effect);
/* Reads it anew: runs were withdrawn or came back. */
void jml_ledger_forget(struct jml_work *w);

/* Is it about the package, or about all? none: about any. */
bool jml_effect_is_about(const struct jml_effect *e, struct jml_id package_id);

/* ---- holding.c ---- */

/* What the ledger says about one package now. */
struct jml_holding jml_holding_of(struct jml_work *w, struct jml_id package_id);
/* Does the assignment end when the holding does, and by a leave task when that does? */
bool jml_holding_ends_like(const struct jml_holding *h, const struct jml_assignment *as);

/* ---- conflict.c ---- */

/* Must the package not be had at the instant, by the rules that were in force when it was given? By a
 * group that the person is in then, or by what held() says is held. NULL, or "incompatible: words". */
typedef bool (*jml_conflict_held)(const void *userdata, const struct jml_package *other);
const char *jml_conflict_find(struct jml_work *w, const struct jml_package *package, jml_time given,
                              jml_time at, jml_conflict_held held, const void *userdata);

/* ---- automatic.c ---- */

/* Adds what the automatic policies gave and limited up to now, to this person. */
void jml_automatic_read(struct jml_work *w);

/* ---- ledger.c ---- */

/* The effect of an automatic policy: rank and employment are its own. */
struct jml_effect jml_effect_of_policy(const struct jml_work *w, const struct jml_policy *policy,
                                       enum jml_effect_op op, jml_time at);

/* What a task of a run that executes now does: place, employment and rank are the run's. */
struct jml_effect jml_effect_of_run(const struct jml_work *w, struct jml_run *run,
                                    enum jml_effect_op op, struct jml_id package_id);
/* Keeps the effect on its run. */
void jml_effect_record(struct jml_work *w, const struct jml_effect *e);
/* Durations of what the run gave count from another instant. false: they do already. */
bool jml_effect_retime(struct jml_work *w, struct jml_run *run, jml_time from);
void jml_effect_record_mail(struct jml_work *w, struct jml_run *run, int position);
bool jml_effect_mailed(const struct jml_run *run, int position);
/* A direct request took effect: into the ledger, and onto the request. */
void jml_effect_of_request(struct jml_work *w, struct jml_request *r, enum jml_effect_op op,
                           jml_time until);

#endif

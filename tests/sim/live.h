/* SPDX-License-Identifier: MIT
 *
 * Live: one history, lived in memory in one order. An event is processed when the order says, never
 * before it was received and at the latest at h->until; direct requests are decided when they were
 * made, in every order.
 */
#ifndef JML_TESTS_SIM_LIVE_H
#define JML_TESTS_SIM_LIVE_H

#include "sim/history.h"

enum sim_how {
    SIM_AS_RECEIVED, /* each at once, and every alarm: a daemon that is never down */
    SIM_ONE_BY_ONE,  /* in order of receipt, but all of them late, with nothing in between */
    SIM_REVERSED,    /* the same from the last to the first */
    SIM_AT_ONCE,     /* all in one step */
    SIM_GROUPS,      /* neighbours by receipt together */
    SIM_SHUFFLED,    /* each at any time */
    SIM_HOWS,
};

struct sim_order {
    enum sim_how how;
    uint64_t seed;
    bool alarms; /* steps at alarms between the events */
    /* for lives.c */
    bool check;                     /* every step twice, and the invariants of lib/case_check.c */
    jml_time catch_up;              /* 0: unlimited */
    void (*before_step)(void *context); /* what else happens; its company is applied, not shared */
    void (*after_step)(void *context);
    void *context;
};

/* Tells every step as it is done. */
extern bool sim_trace;

struct sim_end {
    const char *person, *employments, *attributes, *packages, *until; /* canonical texts */
    bool denied; /* a direct request was denied, canceled or put off: outside the law */
    bool left;
    bool excluded;  /* something was refused, as another package excludes it */
    bool approved;  /* something waited for an approver */
    bool automatic; /* a policy gave something by itself */
    size_t steps;
};

/* The end lives in a. Afterwards the_case is still there to be looked at. */
void sim_live(const struct sim_history *h, const struct sim_order *order, struct jml_arena *a,
              struct sim_end *ret_end);
/* Drops the requests of h that were denied in the life just lived. How many. */
size_t sim_drop_denied(struct sim_history *h);

/* What two ends differ in: "state", "employments", "attributes", "packages", "ends"; NULL: nothing
 * that the law speaks of. */
const char *sim_differ(const struct sim_history *h, const struct sim_end *x,
                       const struct sim_end *y, bool ends_too);

/* JSON with the members of objects sorted: their order means nothing. */
const char *sim_value_text(struct jml_arena *a, const struct jml_value *v);
const char *sim_order_text(struct jml_arena *a, const struct sim_order *order);
void sim_live_fini(void);

#endif

/* SPDX-License-Identifier: MIT
 *
 * History: what HR and administrators say about one person, made up from a seed: events of all
 * kinds with the instant at which each was received, direct requests with the instant at which each
 * was made, and the configuration it happens under. In which order the events reach jmld is no part
 * of it (see live.h).
 *
 * A history lives in an arena of its own. What the law does not cover does not come up in it: no two
 * joiners or movers of one employment at one instant, no two corrections of one target, no rings.
 */
#ifndef JML_TESTS_SIM_HISTORY_H
#define JML_TESTS_SIM_HISTORY_H

#include "core/snapshot.h"

#define SIM_EVENTS_MAX 28
#define SIM_REQUESTS_MAX 4

struct sim_event {
    bool dropped; /* left out, to make a failure small */
    enum jml_event_kind kind;
    jml_time received_at; /* no two alike */
    const char *employment;
    struct jml_date on; /* one of the two, or none */
    jml_time at;
    const struct jml_value *attributes;
    int supersedes; /* the position of an event; -1 nothing; -2 one that never comes */
};

struct sim_request {
    bool dropped;
    bool decides; /* no request: an approver says yes to the one that waits */
    enum jml_request_type type;
    jml_time at;
    const char *package;
    jml_time ends_at; /* NONE: not said */
};

struct sim_history {
    struct jml_arena arena;
    uint64_t seed;
    unsigned workflows; /* a set of those of company.h */
    const char *default_zone;
    struct sim_event events[SIM_EVENTS_MAX]; /* by received_at */
    size_t n_events;
    struct sim_request requests[SIM_REQUESTS_MAX]; /* by at */
    size_t n_requests;
    jml_time until; /* the one instant at which everything is compared */
};

/* What a history may hold. */
enum sim_kind {
    SIM_ANYTHING,
    SIM_SIMPLE, /* plain joiners, movers, leavers by date, in UTC, received before they take effect */
};

/* The day from which its days are counted, 0: one of two in 2026. */
extern int64_t sim_epoch;
/* h->arena must have been initialised; it is reset. */
void sim_history_make(struct sim_history *h, uint64_t seed, enum sim_kind kind);
/* One line an event or request, in the order of receipt. */
const char *sim_history_text(struct jml_arena *a, const struct sim_history *h);

/* ---- chance ---- */

struct sim_chance {
    uint64_t state;
};

/* The same numbers for the same words. */
uint64_t sim_mix(uint64_t a, uint64_t b);
uint32_t sim_number(struct sim_chance *c, uint32_t below);
bool sim_percent(struct sim_chance *c, uint32_t percent);

#endif

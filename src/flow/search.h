/* SPDX-License-Identifier: MIT
 *
 * Search: where in the queue the next claim looks. Work that is done leaves a dead stretch at the
 * head of the queue, and work that cannot be claimed a stretch that is full; a claim that always
 * began at the first row would read through both of them.
 *
 * All claims begin behind a bound that moves on with what they saw. Now and then, and when nothing
 * is found behind it, the queue is swept from its very head: a row may become visible late. When
 * one person fills the window at the head, or others have locked its people, the windows behind it
 * are looked at, by turns with the head.
 *
 * Talks to nobody: the owner asks where to look and tells what was found there. Nothing fails.
 */
#ifndef JML_FLOW_SEARCH_H
#define JML_FLOW_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "db/claim.h"

/* What all connections know. All zero to begin with. */
struct jml_search {
    struct jml_bounds bounds;
    struct jml_bounds gone; /* the last bounds that were any: the queue was empty up to there */
    int64_t last_sweep, sweep_cost; /* us */
    bool woken; /* something may have come since the last sweep began; also set by the owner */
};

/* One connection's claim. */
struct jml_search_claim {
    struct jml_bounds low;    /* this claim looks behind these */
    unsigned asked;           /* people; its window has twice as many rows of a class */
    struct jml_bounds behind; /* how far the windows behind the head were looked at; 0: not */
    bool ahead;               /* the next claim looks there, not at the head */
    bool locked_out;          /* the head was looked at as a whole, and nobody of it was free */
    bool sweep;               /* this claim looks at the whole queue, from its head */
    int64_t began_at;         /* for the cost of the sweep */
};

/* A new connection: everything is looked at again. */
void jml_search_attach(struct jml_search *s, struct jml_search_claim *c);

/* Where the next claim looks: sets c->low. now is monotonic, in us. */
void jml_search_begin(struct jml_search *s, struct jml_search_claim *c, unsigned asked,
                      int64_t now);
/* The claim was answered. */
void jml_search_end(struct jml_search *s, struct jml_search_claim *c, int64_t now);

/* Somebody was found, of limit people at most. */
void jml_search_found(struct jml_search *s, struct jml_search_claim *c,
                      const struct jml_claim *claim, unsigned limit);
/* Nobody was found. True: look again, elsewhere. False: count the rows of the window first. */
bool jml_search_nobody(struct jml_search *s, struct jml_search_claim *c);
/* They were counted, into seen and last of the claim. False: the search is over, nobody is free. */
bool jml_search_counted(struct jml_search_claim *c, const struct jml_claim *claim);

#endif

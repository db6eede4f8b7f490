/* SPDX-License-Identifier: MIT
 *
 * Outlet: one target as the flow of deliveries has it: its settings, the target itself when it
 * could be opened, and how much goes there. What deliveries.c and its neighbours share, and nobody
 * else.
 *
 *     a delivery in hand:  READY -> CALLING -> DONE -> WRITING -> gone
 *                            \-> given back  \-> given back (the daemon ends)
 */
#ifndef JML_FLOW_OUTLET_H
#define JML_FLOW_OUTLET_H

#include "base/password.h"
#include "db/deliver.h"
#include "flow/breaker.h"
#include "flow/deliveries.h"
#include "target/target.h"

struct jml_timer;
struct scan;
struct jml_target_row;

/* Why nothing goes to a target. */
enum outlet_trouble { OUTLET_WELL, OUTLET_UNUSABLE, OUTLET_UNREACHABLE };

enum hand_state { HAND_READY, HAND_CALLING, HAND_DONE };

/* A delivery in hand. */
struct hand {
    struct jml_operation op;
    struct jml_arena arena;
    struct outlet *outlet;
    enum hand_state state;
    bool is_nobody;              /* the account is somebody else's by now: nothing is there to take */
    struct hand *next;           /* of the list it is in: ready, calling, done, or free */
    struct hand *previous;       /* of calling */
    struct jml_timer *deadline;
    int64_t began;
    struct jml_deliver_result result;
    char password[JML_PASSWORD_MAX + 1], key_name[17]; /* of setPassword, while it is in hand; "": none */
};

struct hands {
    struct hand *first, *last;
    int n;
};

struct outlet {
    struct outlet *next;
    struct jml_deliveries *flow;
    struct jml_arena arena; /* of row, and what it points to */
    struct jml_target_row *row;
    struct jml_arena wanted_arena;
    struct jml_target_row *wanted; /* it is opened anew with this; NULL: it is as wanted */
    const struct jml_target_kind *kind;
    struct jml_target *target;  /* NULL: it could not be opened, or not yet */
    struct jml_err trouble;     /* why not, or what the last call that did not reach it met */
    bool leaving;               /* closed when the last call has ended */
    bool seen;                  /* while governance is gone through */
    bool dry;                   /* nothing was due when last looked at */
    bool again;                 /* something may have come since the claim under way was sent */
    struct hands ready, calling;
    int asked; /* of the claim under way, and not given yet */
    int unwritten;
    struct jml_breaker breaker;
    struct jml_bucket bucket;
    int64_t call; /* microseconds that calls take, a moving average */
    struct scan *scan; /* that is under way; NULL: none */
    enum outlet_trouble met; /* what the database is told */
    int64_t met_at;
    const char *remind_to;   /* of tickets; NULL: nobody is reminded */
    int64_t remind_after;
};

struct jml_deliveries {
    struct jml_loop *loop;
    struct jml_deliveries_options options; /* strings owned */
    struct jml_deliveries_callbacks callbacks;
    struct jml_conn *conn; /* NULL: none, or lost */
    struct outlet *outlets;
    struct hands done, writing, spare;
    struct jml_timer *poll, *kick, *flush, *grace;
    struct jml_arena scratch; /* of what is sent */
    struct jml_id *dead;      /* daemons whose leases do not count */
    size_t n_dead;
    struct jml_id *missed; /* those that were not there the last time */
    size_t n_missed;
    int64_t missed_at, gave_up_at, reminded_at, claim_not_before; /* monotonic */
    unsigned write_limit;
    unsigned answers;  /* that are waited for: of looks and of what is given back */
    int64_t drift_looked_at;
    bool claiming, looking, look_again, drift_claiming;
    bool met_changed; /* since trouble was written */
    bool stopping, canceled, idle_told;
};

void jml_hands_add(struct hands *all, struct hand *h);
struct hand *jml_hands_take(struct hands *all);
void jml_hands_remove(struct hands *all, struct hand *h);

/* outlet.c */
void jml_outlets_set(struct jml_deliveries *d, const struct jml_governance *g);
void jml_outlets_reload(struct jml_deliveries *d);
/* Closes, opens anew or drops those that wait for that; o may be gone afterwards. */
void jml_outlets_settle(struct jml_deliveries *d);
/* Something may be due of any of them. */
void jml_outlets_undry(struct jml_deliveries *d);
void jml_outlets_free(struct jml_deliveries *d);
struct outlet *jml_outlet_find(struct jml_deliveries *d, const char *name, size_t length);
/* How many deliveries it could take in hand now. */
int jml_outlet_room(struct outlet *o, int64_t now);

/* delivery_claim.c */
void jml_delivery_look(struct jml_deliveries *d);
void jml_delivery_claim(struct jml_deliveries *d);
void jml_delivery_keep(struct jml_deliveries *d);

/* trouble.c: what readers of the database are told of targets, once per change. */
void jml_trouble_look(struct jml_deliveries *d);

/* ticket.c */
void jml_ticket_read(struct outlet *o);
void jml_ticket_remind(struct jml_deliveries *d);

/* delivery_call.c */
/* Targets say what they like; the database takes text. */
const char *jml_words_clean(struct jml_arena *a, const char *words);
struct hand *jml_hand_new(struct jml_deliveries *d);
void jml_hand_prepare(struct hand *h, struct outlet *o, const struct jml_deliver_row *row);
void jml_hand_drop(struct jml_deliveries *d, struct hand *h);
void jml_outlet_start(struct outlet *o);
void jml_outlet_cancel(struct outlet *o);
/* For the breaker: an answer came, or none, to what began then. Said when that changes, not each time. */
void jml_outlet_answered(struct outlet *o, bool reached, int64_t began, const char *error);
/* Why it came to that, as it is kept: plain text that begins with a code and a colon, which is the outcome
 * where the words have none. NULL: NULL. */
const char *jml_delivery_reason(struct jml_arena *a, enum jml_outcome outcome, const char *words);

/* delivery_write.c */
void jml_delivery_write(struct jml_deliveries *d);
/* Gives them back, begun or not, and empties the list. */
void jml_delivery_release(struct jml_deliveries *d, struct hands *hands);

/* delivery_drift.c */
void jml_drift_look(struct jml_deliveries *d);
/* Gives the scan back; o may be closed when o->scan is NULL. */
void jml_drift_abandon(struct outlet *o);
/* At once, and without a word to the database: no answer comes any more. */
void jml_drift_drop(struct outlet *o);

/* deliveries.c: go on, in the next turn. */
void jml_deliveries_kick(struct jml_deliveries *d);
/* True when the answer is an error; a broken schema is told. */
bool jml_deliveries_failed(struct jml_deliveries *d, const struct jml_reply *reply);

#endif

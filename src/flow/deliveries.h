/* SPDX-License-Identifier: MIT
 *
 * Deliveries: the flow that brings access to targets. Claims due deliveries of each target with a
 * lease, makes the calls with no transaction open, and writes what came of them in bulk. Never
 * touches a person: what changed is a row of the queue, which the people flow finds.
 *
 * Targets do not know of each other: each has its slots, its rate, its deadline and a fuse of its
 * own (breaker.h), so that one that is slow or dead delays nobody. A crash repeats a call at most,
 * and every call may be repeated (target/target.h). Two daemons share the work; the lease of one
 * that died counts for nothing as soon as its session is seen to be gone, or when it ends.
 *
 * Owns no connection: the daemon attaches one, and detaches it when it is lost. What is in hand
 * stays in hand then, and is written to the next one. Never blocks.
 */
#ifndef JML_FLOW_DELIVERIES_H
#define JML_FLOW_DELIVERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"

struct jml_conn;
struct jml_deliveries;
struct jml_governance;
struct jml_loop;
struct jml_transfers;

struct jml_deliveries_options {
    struct jml_id daemon;              /* whose leases they are: its row of jml.daemon */
    struct jml_transfers *transfers;   /* HTTP, for the kinds that need it */
    const char *credentials_directory; /* NULL: none */
    const char *programs_directory;    /* of exec; NULL, "": none */
    const char *secrets_directory;     /* where files of settings may be; NULL, "": anywhere */
    int64_t drift_every;               /* microseconds from scan to scan of a target; 0: none by itself */
    bool drift_repairs;                /* those put right what they find */
    const char *password_key_file;     /* what first passwords are made of; NULL, "": nothing */
};

struct jml_deliveries_callbacks {
    void *userdata;
    /* The queue has rows about people now: wake the people flow. */
    void (*changed)(void *userdata);
    /* Nothing is under way, and nothing is due that could be worked on: what waits for its next
     * attempt, for a person or for a target that does not answer is not. Once per wake. After
     * jml_deliveries_stop(): nothing is in hand any more. */
    void (*idle)(void *userdata);
    /* SCHEMA: the daemon ends. */
    void (*fatal)(void *userdata, const struct jml_err *e);
};

struct jml_deliveries *jml_deliveries_new(struct jml_loop *loop,
                                          const struct jml_deliveries_options *options,
                                          const struct jml_deliveries_callbacks *callbacks);
/* Cancels what is under way; give it back with jml_deliveries_stop() first. */
struct jml_deliveries *jml_deliveries_free(struct jml_deliveries *d);

/* Opens the enabled targets of g, which need not live on; those whose settings changed are opened
 * anew when their calls under way have ended, those that are gone are closed. */
void jml_deliveries_set_governance(struct jml_deliveries *d, const struct jml_governance *g);
/* For scans that come from now on. */
void jml_deliveries_set_drift(struct jml_deliveries *d, int64_t every, bool repairs);
/* All targets are opened anew: their secrets may be others, or the folders. */
void jml_deliveries_reload(struct jml_deliveries *d, const char *programs_directory,
                           const char *secrets_directory, const char *password_key_file);

/* What the connection must have prepared is jml_deliver_statements (db/deliver.h). */
void jml_deliveries_attach(struct jml_deliveries *d, struct jml_conn *conn);
void jml_deliveries_detach(struct jml_deliveries *d);

/* There may be something due, or a command about deliveries. */
void jml_deliveries_wake(struct jml_deliveries *d);
/* Claims nothing more, and gives back what was not begun. What is under way has 5 s; then it is
 * canceled and given back, so that another daemon goes on with it at once. True: nothing is in
 * hand; else idle tells. */
bool jml_deliveries_stop(struct jml_deliveries *d);
bool jml_deliveries_busy(const struct jml_deliveries *d);

/* Of a delivery that waits for a call-back. */
enum jml_called_back {
    JML_CALLED_BACK_TAKEN,
    JML_CALLED_BACK_FORGED,      /* it does not bring what it has to */
    JML_CALLED_BACK_NOT_WAITING, /* or not any more */
    JML_CALLED_BACK_UNKNOWN,     /* no such delivery */
    JML_CALLED_BACK_LATER,       /* the call itself is not written yet, or the database is away: again soon */
};
typedef void (*jml_called_back_done)(void *userdata, enum jml_called_back answer);
/* digest: hex SHA-256 of what was brought; words: why it is not done, may be NULL. */
void jml_deliveries_called_back(struct jml_deliveries *d, struct jml_id id, const char *digest,
                                bool completed, const char *words, jml_called_back_done done,
                                void *userdata);

#endif

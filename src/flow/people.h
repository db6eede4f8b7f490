/* SPDX-License-Identifier: MIT
 *
 * People: the main flow. Claims due persons, loads what is open about them, lets the core decide,
 * writes all changes with one COMMIT. Three round trips a batch, whatever its size; one
 * more where requests are to be decided.
 *
 * Owns no connection: the daemon attaches usable ones (two, so that one batch is decided while the
 * other commits) and detaches lost ones; what was in flight on a lost connection is claimed again.
 * Never blocks. Everything it learns it tells through the callbacks, from the event loop.
 */
#ifndef JML_FLOW_PEOPLE_H
#define JML_FLOW_PEOPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/civil.h"
#include "base/err.h"
#include "base/id.h"

struct jml_bounds;
struct jml_conn;
struct jml_governance;
struct jml_loop;
struct jml_people;

struct jml_people_options {
    unsigned batch;           /* persons a batch, 1..5000 */
    jml_time catch_up;        /* C3; JML_TIME_MAX: unlimited */
    const char *default_zone; /* for people whose events name none */
    bool copy_manager;        /* notices go to the manager in copy */
    const char *inflight_path; /* file that names the batch in flight (DESIGN 2.10); NULL: none */
    bool once;                /* look for locked rows too and report them through idle */
};

struct jml_people_callbacks {
    void *userdata;
    /* A full sweep found nothing due. locked: persons that somebody else has locked and that
     * nobody could work on. Called once per change from busy to idle. */
    void (*idle)(void *userdata, unsigned locked);
    /* A claim saw another revision than the governance in hand has (or none is), or even another
     * database: load it and call jml_people_set_governance(). Nothing is claimed until then. */
    void (*stale)(void *userdata, bool other_database);
    /* The queue holds commands that change the configuration (workflow_enable, ...). True: they are
     * being carried out, and nobody is claimed until jml_people_commanded(); false: not now. */
    bool (*configuration_command)(void *userdata);
    /* The schema is newer, or something that cannot be gone on with: the daemon ends. */
    void (*fatal)(void *userdata, const struct jml_err *e);
};

/* What every connection that is attached must have prepared; NULL-terminated. */
extern const char *const jml_people_statements[];

struct jml_people_stats {
    uint64_t batches, persons, events, rows;
    uint64_t held;          /* persons held by this process */
    jml_time last_progress; /* CLOCK_REALTIME of the last COMMIT or empty claim */
    uint64_t round_trips;   /* of all batches */
};

struct jml_people *jml_people_new(struct jml_loop *loop, const struct jml_people_options *options,
                                  const struct jml_people_callbacks *callbacks);
struct jml_people *jml_people_free(struct jml_people *p);

/* New options count from the next batch on. */
void jml_people_set_options(struct jml_people *p, const struct jml_people_options *options);
/* Takes over governance (an arena of its own) as this database has it; the old one lives until its
 * last batch is done. */
void jml_people_set_governance(struct jml_people *p, struct jml_governance *governance,
                               struct jml_id database_id);
/* Nothing is claimed until the next jml_people_set_governance(): the governance in hand may be that
 * of another database by now, or of another time. */
void jml_people_doubt_governance(struct jml_people *p);

/* The commands were carried out, or could not be: goes on. */
void jml_people_commanded(struct jml_people *p);

void jml_people_attach(struct jml_people *p, struct jml_conn *conn);
void jml_people_detach(struct jml_people *p, struct jml_conn *conn);

/* There may be work: start claiming on every idle connection. Cheap when busy. */
void jml_people_wake(struct jml_people *p);
/* Claim nothing more; true when no batch is in flight (idle is called when the last one ends). */
bool jml_people_stop(struct jml_people *p);

bool jml_people_busy(const struct jml_people *p);
/* Up to where the queue was empty when last looked at; for a look that costs nothing. */
const struct jml_bounds *jml_people_gone(const struct jml_people *p);
const struct jml_people_stats *jml_people_stats(const struct jml_people *p);

#endif

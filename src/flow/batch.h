/* SPDX-License-Identifier: MIT
 *
 * Batch: what people.c and batch.c share, and nobody else: the flow's workers, one a connection.
 */
#ifndef JML_FLOW_BATCH_H
#define JML_FLOW_BATCH_H

#include "db/claim.h"
#include "db/unite.h"
#include "flow/inflight.h"
#include "flow/journal.h"
#include "flow/people.h"
#include "flow/poison.h"
#include "flow/search.h"
#include "loop/loop.h"

#define WORKERS_MAX JML_INFLIGHT_SLOTS

enum worker_state { UNUSED, IDLE, CLAIMING, LOADING, WRITING, ROLLING_BACK, WAITING };

struct worker {
    struct jml_people *people;
    enum worker_state state;
    struct jml_conn *conn;
    unsigned slot;
    struct jml_arena arena;
    struct jml_claim claim;
    struct jml_governance *governance; /* of the batch in flight */
    struct jml_timer *retry;
    unsigned limit; /* below options.batch after a failure (DESIGN 2.10) */
    struct jml_search_claim search;
    struct jml_identity_questions questions; /* about who is who, in the arena */
    struct jml_journal journal;
    size_t decided; /* of the claimed people */
    size_t rows;
};

struct jml_people {
    struct jml_loop *loop;
    struct jml_people_options options;
    char *default_zone;
    struct jml_people_callbacks callbacks;
    struct jml_people_stats stats;
    struct worker workers[WORKERS_MAX];
    struct jml_governance *governance;
    struct jml_governance *retired[WORKERS_MAX + 1]; /* freed when their last batch is done */
    struct jml_zones *zones;
    struct jml_id_source ids;
    struct jml_inflight *inflight;
    struct jml_search search;
    struct jml_arena scratch; /* what is decided, until it is in a send buffer */
    struct jml_arena columns; /* the same as rows; kept, for new memory costs more than the rows */
    struct jml_id database_id; /* of the governance */
    bool in_doubt;             /* another governance is waited for */
    bool commands_first;       /* so are commands on the configuration */
    bool stopping, idle_told;
    struct jml_err shells_error; /* the last one that was said */
    const char *fault_employee, *fault_load; /* developers' aids, see HACKING */
    struct jml_poison *poison;
};

/* Begins a batch on an idle worker. */
void jml_batch_claim(struct worker *w);
/* A timer's: the worker has waited long enough after a failure. */
void jml_batch_retry(void *worker);
/* Frees the governances that no batch in flight uses any more. */
void jml_people_drop_retired(struct jml_people *p);

#endif

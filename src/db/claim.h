/* SPDX-License-Identifier: MIT
 *
 * Claim: the first round trip of a batch. Makes the people that the queue names and nobody has, then
 * opens the batch's transaction and locks the people who are due (DESIGN 2.1).
 */
#ifndef JML_DB_CLAIM_H
#define JML_DB_CLAIM_H

#include "core/snapshot.h"
#include "db/conn.h"
#include "db/row.h"

/* Queue rows up to these ids were gone when last looked at; 0: look at everything. */
struct jml_bounds {
    int64_t low[3]; /* of class 0, 1 and 3 */
};

struct jml_claim {
    jml_time now; /* the one instant that the batch decides by */
    int64_t revision;
    struct jml_id database_id;
    int newest_migration;
    bool configuration_command, rollout; /* there are some that wait */
    struct jml_snapshot *people;
    size_t n;
    bool decides; /* some of them have requests that are to be decided (load.c) */
    bool delivers; /* some of them have deliveries that are to be looked at (load.c) */
    size_t *owners; /* of further ids, which are numbered behind the people: whose they are (load.c) */
    struct jml_row_values values;
    /* of the queue rows looked at, by class 0 and 1: first and last id, how many; of 3: the first */
    int64_t first[3], last[2], seen[2];
};

/* Adds the two syncs of the claim. `shells` is called for the first one: when it failed, somebody
 * else may have made the same people, and nothing else depends on it. `done` for the second. */
void jml_claim_send(struct jml_conn *c, struct jml_arena *a, int limit,
                    const struct jml_bounds *bounds, jml_conn_done shells, jml_conn_done done,
                    void *userdata);
/* Reads the reply of the second sync, which must be without error. */
void jml_claim_read(const struct jml_reply *reply, struct jml_arena *a,
                    struct jml_claim *ret_claim);
/* The columns of a person, as claims have them. */
void jml_claim_read_person(const struct jml_result *r, size_t row, struct jml_arena *a,
                           struct jml_row_values *seen, struct jml_person *p);
/* Their further ids, one a line in that column. */
void jml_claim_read_aliases(const struct jml_result *r, size_t row, size_t column,
                            struct jml_arena *a, struct jml_person *p);
/* After a claim that found nobody: how many queue rows it looked at, and where they end. */
void jml_claim_count_send(struct jml_conn *c, struct jml_arena *a, int limit,
                          const struct jml_bounds *bounds, jml_conn_done done, void *userdata);
/* Sets seen and last. The reply must be without error. */
void jml_claim_count_read(const struct jml_reply *reply, struct jml_claim *claim);
/* The newest migration that this program knows. */
int jml_claim_known_migration(void);

#endif

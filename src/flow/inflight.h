/* SPDX-License-Identifier: MIT
 *
 * Inflight: who was being worked on when the process died.
 *
 * A mapped file in the runtime directory names the persons of the batches in flight. A write to it
 * is a store to memory, so that it costs nothing; the kernel keeps it when the process crashes.
 * After a crash jml_inflight_read() returns everybody whose batch was being worked on: they are
 * worked on one at a time. A crash is counted against the one person whose step was under way, or
 * who was alone in a batch that was worked on as a whole; a process that was killed from outside
 * while it waited for the database suspects nobody. `crashes` >= 2 means: hold; more: even that did
 * not work.
 * Every function takes NULL (no runtime directory) and then does nothing.
 */
#ifndef JML_FLOW_INFLIGHT_H
#define JML_FLOW_INFLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"

#define JML_INFLIGHT_SLOTS 8      /* one for each connection */
#define JML_INFLIGHT_PERSONS 5000 /* the largest batch */
#define JML_INFLIGHT_HOLD 2       /* so many crashes, and the person is to be held */

struct jml_inflight;

struct jml_inflight_suspect {
    struct jml_id id;
    uint32_t crashes; /* how often the process died of this person */
    uint32_t reserved;
};

/* < 0: TRANSIENT: the file cannot be made, or another process uses it. */
int jml_inflight_open(const char *path, struct jml_inflight **ret_inflight, struct jml_err *e);
/* What is in flight stays in the file: end the batches first. Returns NULL. */
struct jml_inflight *jml_inflight_close(struct jml_inflight *f);

/* The persons left over from crashes, until each is cleared. Valid until the next call. */
size_t jml_inflight_read(const struct jml_inflight *f,
                         const struct jml_inflight_suspect **ret_suspects);
/* This one, if it is among them; else NULL. */
const struct jml_inflight_suspect *jml_inflight_find(const struct jml_inflight *f,
                                                     struct jml_id id);

/* A batch begins with these persons (at most JML_INFLIGHT_PERSONS). */
void jml_inflight_begin(struct jml_inflight *f, unsigned slot, const struct jml_id *ids, size_t n);
/* The step of person `index` of the batch begins now; or one of these two. */
#define JML_INFLIGHT_WAITING (-1) /* the database is at work, not we */
#define JML_INFLIGHT_WHOLE (-2)   /* the batch is worked on as a whole */
void jml_inflight_stepping(struct jml_inflight *f, unsigned slot, int index);
/* The batch is committed or given up. */
void jml_inflight_end(struct jml_inflight *f, unsigned slot);
/* One crash less. */
void jml_inflight_forgive(struct jml_inflight *f, struct jml_id id);
/* This person was worked on alone without a crash, or is held: no suspect any more. */
void jml_inflight_clear(struct jml_inflight *f, struct jml_id id);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Inflight: who was being worked on when the process died.
 *
 * A mapped file in the runtime directory names the persons of the batches in flight. A write to it
 * is a store to memory, so that it costs nothing; the kernel keeps it when the process crashes.
 * After a crash jml_inflight_read() returns everybody left over: they are worked on one at a time.
 * A crash is counted against the one person whose step was under way (a process that was killed
 * from outside while it waited for the database blames nobody). `crashes` >= 2 means: hold.
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

struct jml_inflight;

struct jml_inflight_suspect {
    struct jml_id id;
    uint32_t crashes; /* how often the process died in this person's step */
    uint32_t reserved;
};

/* < 0: TRANSIENT: the file cannot be made, or another process uses it. */
int jml_inflight_open(const char *path, struct jml_inflight **ret_inflight, struct jml_err *e);
/* What is in flight stays in the file: end the batches first. Returns NULL. */
struct jml_inflight *jml_inflight_close(struct jml_inflight *f);

/* The persons left over from crashes, until each is cleared. Valid until the next call. */
size_t jml_inflight_read(const struct jml_inflight *f,
                         const struct jml_inflight_suspect **ret_suspects);

/* A batch begins with these persons (at most JML_INFLIGHT_PERSONS). */
void jml_inflight_begin(struct jml_inflight *f, unsigned slot, const struct jml_id *ids, size_t n);
/* The step of person `index` of the batch begins now; -1: no step is under way. */
void jml_inflight_stepping(struct jml_inflight *f, unsigned slot, int index);
/* The batch is committed or given up. */
void jml_inflight_end(struct jml_inflight *f, unsigned slot);
/* This person was worked on alone without a crash, or is held: no suspect any more. */
void jml_inflight_clear(struct jml_inflight *f, struct jml_id id);

#endif

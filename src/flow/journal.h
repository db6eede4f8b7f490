/* SPDX-License-Identifier: MIT
 *
 * Journal: what a committed batch did, as log entries. One entry a transition; of a large batch one
 * summary a person. Ids, states and rules only; the audit table is the record, this is its echo.
 *
 * Entries are made when a person is decided, and kept until the COMMIT, in the memory of an arena.
 */
#ifndef JML_FLOW_JOURNAL_H
#define JML_FLOW_JOURNAL_H

#include "core/snapshot.h"

struct jml_journal_entry;

struct jml_journal {
    struct jml_arena *arena;
    bool summaries;
    JML_VEC(struct jml_journal_entry *) entries;
};

/* For a batch of so many people. */
void jml_journal_init(struct jml_journal *j, struct jml_arena *a, size_t people);
void jml_journal_add(struct jml_journal *j, const struct jml_snapshot *s);
/* The batch is committed: logs the entries. */
void jml_journal_write(struct jml_journal *j);

#endif

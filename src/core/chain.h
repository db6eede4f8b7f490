/* SPDX-License-Identifier: MIT
 *
 * Chain: corrections and withdrawals (SEMANTICS T6). A chain of corrections is one fact, of which the
 * latest member counts; a rescind of any member withdraws it; a rescind of the rescind restores it.
 * A correction whose target has not come is on record, but not in force: its chain waits.
 */
#ifndef JML_CORE_CHAIN_H
#define JML_CORE_CHAIN_H

#include "core/snapshot.h"

/* Sets counts, waits, fact and warning of every event, and clears matched. */
void jml_chain_mark(struct jml_arena *a, struct jml_event *const *events, size_t n);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Order: managers before those who name them. A batch is loaded as it was before the batch; whoever
 * comes in the same batch as their manager (a first load brings all at once) must find the manager's
 * address as it is after the manager's step, not nobody.
 */
#ifndef JML_FLOW_ORDER_H
#define JML_FLOW_ORDER_H

#include "db/claim.h"

/* Indexes of claim->people in the order to step them in. Sorts the managers of the snapshots. */
const size_t *jml_order_plan(struct jml_arena *a, struct jml_claim *claim);
/* After the step of a person: those who name the person see what came of it. */
void jml_order_note(struct jml_claim *claim, const struct jml_snapshot *stepped);

#endif

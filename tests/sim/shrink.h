/* SPDX-License-Identifier: MIT
 *
 * Shrink: a history that breaks the law made as small as it can be while it still does.
 */
#ifndef JML_TESTS_SIM_SHRINK_H
#define JML_TESTS_SIM_SHRINK_H

#include "sim/live.h"

/* Leaves out events, requests, workflows and attributes while the two orders still differ. */
void sim_shrink(struct sim_history *h, const struct sim_order *x, const struct sim_order *y,
                bool ends_too, struct jml_arena *scratch);

#endif

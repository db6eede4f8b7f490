/* SPDX-License-Identifier: MIT
 *
 * Shrink: a history that fails made as small as it can be while it still does.
 */
#ifndef JML_TESTS_SIM_SHRINK_H
#define JML_TESTS_SIM_SHRINK_H

#include "sim/history.h"

/* Leaves out events, requests, workflows and attributes while fails(context) says that h, as it is
 * then, still fails. */
void sim_shrink(struct sim_history *h, bool (*fails)(void *context), void *context);

#endif

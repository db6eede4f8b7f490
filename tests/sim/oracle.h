/* SPDX-License-Identifier: MIT
 *
 * Oracle: where a simple history (SIM_SIMPLE) must end, worked out without the core, so that two
 * equal wrongs do not pass for right. It knows days in UTC, plain events, and what the workflows of
 * company.c mean, written down here a second time.
 */
#ifndef JML_TESTS_SIM_ORACLE_H
#define JML_TESTS_SIM_ORACLE_H

#include "sim/live.h"

/* Of a set of workflows those that it understands. */
unsigned sim_oracle_workflows(unsigned workflows);
/* Can it tell what is held? Not of several employments: then only who is employed when. */
bool sim_oracle_knows_packages(const struct sim_history *h);
/* Fills state (in person), employments, and packages when it knows them. Memory of a. */
void sim_oracle_tell(const struct sim_history *h, struct jml_arena *a, struct sim_end *ret_end);

#endif

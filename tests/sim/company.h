/* SPDX-License-Identifier: MIT
 *
 * Company: the packages of the simulated company, and the pool of workflows from which each history
 * draws a set. A set is a number with one bit a workflow; its governance is built once and kept.
 */
#ifndef JML_TESTS_SIM_COMPANY_H
#define JML_TESTS_SIM_COMPANY_H

#include "core/governance.h"
#include "sim/history.h"

#define SIM_PACKAGES 11
extern const char *const sim_packages[SIM_PACKAGES];
/* The one that no workflow knows. */
#define SIM_DIRECT "Direct"
/* The one that an approver has to say yes to. */
#define SIM_ASKED "Asked"
#define SIM_APPROVER "E9"

#define SIM_WORKFLOWS 23
/* Of which at most one is in a set: they say when everything ends after a leave. */
extern const char *const sim_workflow_names[SIM_WORKFLOWS];

/* In a set: two packages that policies give by themselves, and which exclude each other. */
#define SIM_AUTOMATIC (1u << 30)

unsigned sim_company_draw(struct sim_chance *c);
/* Does a workflow of the set leave packages with an end to people who left? */
bool sim_company_lets_end(unsigned workflows);
const struct jml_governance *sim_company_get(unsigned workflows);
/* As documents, for jmlctl apply. */
const char *sim_company_text(struct jml_arena *a, unsigned workflows);
void sim_company_fini(void);

/* ---- in the case at hand, to be changed there ---- */

/* Long ago, with one workflow more: "By hand", on demand. */
void sim_company_apply(unsigned workflows);
/* One workflow: 0 as it is in the pool, 1 disabled, 2 not scheduled, 3 and 4 with another task. */
void sim_company_change(unsigned workflow, unsigned variant);

#endif

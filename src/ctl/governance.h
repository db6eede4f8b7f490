/* SPDX-License-Identifier: MIT
 *
 * Governance: what apply, diff and export share: documents from files, and the plan against what
 * the database holds.
 */
#ifndef JML_CTL_GOVERNANCE_H
#define JML_CTL_GOVERNANCE_H

#include "base/str.h"
#include "core/governance_plan.h"
#include "ctl/command.h"

/* Reads files and, in directories, every *.json in the order of their names. 0, or the exit code:
 * every problem was said, one a line. */
int jml_ctl_documents(struct jml_ctl *c, const struct jml_ctl_call *call,
                      struct jml_document_set *ret_set);

/* A whole file, or standard input for "-". 0, or the exit code; it was said. */
int jml_ctl_read_file(struct jml_ctl *c, const char *path, struct jml_str *ret_text);

/* The plan of the set against the database, inside the session's transaction; the whole new state
 * was checked. 0, or the exit code. */
int jml_ctl_plan(struct jml_ctl *c, const struct jml_document_set *set,
                 struct jml_governance_plan *ret_plan);

/* Prints the plan: "created workflow 'X' version 1", in the format asked for. */
int jml_ctl_plan_print(struct jml_ctl *c, const struct jml_governance_plan *plan);

/* A statement whose result does not matter, or, with ret_value, is one number. */
int jml_ctl_run(struct jml_ctl *c, const char *statement, const struct jml_param *params,
                size_t n_params, int64_t *ret_value, struct jml_err *e);

#endif

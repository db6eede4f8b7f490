/* SPDX-License-Identifier: MIT
 *
 * Documents in tests: JSON with ' for ", read, planned onto rows and built.
 */
#ifndef JML_TESTS_UNIT_CORE_DOCUMENTS_H
#define JML_TESTS_UNIT_CORE_DOCUMENTS_H

#include "core/governance_plan.h"

/* The text with every ' made a ". */
const char *test_json(struct jml_arena *a, const char *text);
/* All problems, one a line, sorted as found. */
const char *test_problems(struct jml_arena *a, const struct jml_problems *problems);
/* Problems of reading one document, planning it onto before (NULL: empty) and building the result;
 * "" and *ret_plan when there are none. */
const char *test_plan(struct jml_arena *a, const struct jml_governance_rows *before,
                      const char *text, struct jml_governance_plan *ret_plan);

#endif

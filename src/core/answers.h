/* SPDX-License-Identifier: MIT
 *
 * Answers to the questions of a policy. They come as Graph's array of {"value", "answeredQuestion":
 * {"id"}} or as an object {"id or text of the question": value}; a multiple choice takes several values,
 * as an array or one after another. What counts is kept as an object {"id": value}.
 *
 * Nothing here puts an answer into an error: those name questions only.
 */
#ifndef JML_CORE_ANSWERS_H
#define JML_CORE_ANSWERS_H

#include "core/governance.h"

/* What is given, on top of what counted before (kept; NULL: nothing), as it is to be kept. Wrong
 * shapes, unknown questions, values that do not fit: NULL with ret_error. given NULL: kept. */
const struct jml_value *jml_answers_add(struct jml_arena *a, const struct jml_policy *policy,
                                        const struct jml_value *kept,
                                        const struct jml_value *given, const char **ret_error);
/* Is every required question answered? NULL, or "unanswered: ...". */
const char *jml_answers_missing(struct jml_arena *a, const struct jml_policy *policy,
                                const struct jml_value *answers);
/* Did only editable ones change? NULL, or "not_editable: ...". */
const char *jml_answers_fixed(struct jml_arena *a, const struct jml_policy *policy,
                              const struct jml_value *before, const struct jml_value *after);

#endif

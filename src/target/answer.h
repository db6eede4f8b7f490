/* SPDX-License-Identifier: MIT
 *
 * Answer: what the kinds that run somebody else's code (exec.c, sql.c) share: an operation as that
 * code gets it, and the reading of what it says.
 *
 *     {"id": "...", "action": "grant", "employeeId": "E1", "account": null, "attributes": {...},
 *      "origin": {...}, "arguments": {...}, "accessPackage": "...", "resource": "...", "role":
 * "...", "attempt": 1}
 *
 * Of the person there are no attributes but those that the setting "attributes" lists. Members of
 * the context that are not known are left out.
 */
#ifndef JML_TARGET_ANSWER_H
#define JML_TARGET_ANSWER_H

#include "target/target.h"

const struct jml_value *jml_operation_document(const struct jml_operation *op,
                                               const struct jml_value *settings);
/* {"action": "list", "origin": {...}} */
const struct jml_value *jml_listing_document(const struct jml_listing *l);

/* Takes "account" and "retryAfter" (seconds, at most a day) out of an answer, where they are of
 * use. */
void jml_answer_read(struct jml_operation *op, const struct jml_value *answer);
/* What somebody else said, fit for an error: the first line that says something, up to 200
 * characters, what cannot be printed as '?'. "" when there is none. Nothing at all of a line that
 * holds the password of op (NULL: there is none). */
const char *jml_answer_words(struct jml_arena *a, const struct jml_operation *op, const char *text);
/* Adds an account to a listing. false: it is no name of an account. */
bool jml_answer_account(struct jml_listing *l, const char *account);

/* Checks a setting that lists names or texts; absent is fine. < 0: BAD_INPUT. */
int jml_setting_texts_check(const struct jml_target_setup *setup, const char *setting,
                            struct jml_err *e);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Eligibility: whom a policy is for (allowedTargetScope), who may ask under it for whom
 * (requestorSettings), and which policy of a package counts when none is named. Judged on what is
 * known now, each time that it matters: at the request, when it is approved, at its start, and when an
 * assignment is to be extended.
 */
#ifndef JML_CORE_ELIGIBILITY_H
#define JML_CORE_ELIGIBILITY_H

#include "core/work.h"

/* Is the person of the step in the policy's scope? notSpecified has room for everybody, whom an
 * administrator gives it to. */
bool jml_is_in_scope(const struct jml_work *w, const struct jml_policy *policy);
/* NULL, or "not_eligible: ..." for who asks to read. */
const char *jml_scope_refusal(const struct jml_work *w, const struct jml_policy *policy);

/* What a user's request does, as requestorSettings tells them apart. */
enum jml_wish { JML_WISH_ADD, JML_WISH_UPDATE, JML_WISH_REMOVE };
/* May who asks ask for that under the policy? NULL, or "code: words". */
const char *jml_requestor_refusal(const struct jml_work *w, const struct jml_request *r,
                                  const struct jml_policy *policy, enum jml_wish wish);

/* The policy that an add is decided by: the one it names, else the one of the best class that fits
 * (specific people or organizations, all members, everybody known, all organizations, administrators).
 * NULL, with ret_error, when there is none or more than one. */
const struct jml_policy *jml_policy_choose(const struct jml_work *w, const struct jml_request *r,
                                           const struct jml_package *package,
                                           const char **ret_error);

/* An unknown person whom the request names by a mail address becomes an external one, if the policy (or
 * one of the package) lets that address in. NULL: so it is, or it is about nobody of that kind. */
const char *jml_external_admit(struct jml_work *w, const struct jml_request *r,
                               const struct jml_package *package);

/* ---- parties: others that decisions depend on ---- */

/* NULL: not known, or not of the person's open requests. */
struct jml_party *jml_party_find(const struct jml_work *w, const char *employee_id);
/* Is it an id of the person of the step? */
bool jml_is_person(const struct jml_work *w, const char *employee_id);
/* The employee_id that somebody who is known has now; itself of anybody else. */
const char *jml_id_now(const struct jml_work *w, const char *employee_id);
/* Is the person in one of the sets, under whichever of their ids? */
bool jml_is_included(const struct jml_work *w, const struct jml_subjects *set,
                     const struct jml_value *attributes);
/* The manager so many levels above, by employee_id; NULL: nobody is named there. */
const char *jml_manager_above(const struct jml_work *w, const char *employee_id, int level);

#endif

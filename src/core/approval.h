/* SPDX-License-Identifier: MIT
 *
 * Approval: a request that waits for people, stage by stage (entra-facts 2.2, 2.5; jmld-semantics(7)).
 * Who may decide is judged when somebody decides, on what is known of the others then (s->parties); the
 * dates of a stage are set when it begins, and stay.
 *
 *     begins: asked --halfway--> reminded --escalation--> forwarded --denial--> denied, out of time
 *
 * approvers.c says who they are, approval.c what happens, approval_mail.c whom it is told.
 */
#ifndef JML_CORE_APPROVAL_H
#define JML_CORE_APPROVAL_H

#include "core/work.h"

/* Lets the request wait in its first stage. false: nobody may decide, and it is denied. A request that
 * was made in this very step has nobody loaded: it asks when it is looked at next. */
bool jml_approval_begin(struct jml_work *w, struct jml_request *r, const struct jml_policy *policy);
/* When something happens to a waiting request by itself; NONE: never. */
jml_time jml_approval_due(const struct jml_request *r);
/* A later apply took away the stage it waits in: it is denied. */
bool jml_approval_is_lost(const struct jml_work *w, const struct jml_request *r);
/* Does the earliest of that, which is due. */
void jml_approval_happen(struct jml_work *w, struct jml_request *r);
/* The earliest decision that is pending and about a request that waits (or about any); NULL. */
struct jml_approval *jml_approval_next(const struct jml_work *w, bool about_any);
/* When it came in, as far as what is due now is concerned. */
jml_time jml_approval_came(const struct jml_work *w, const struct jml_approval *a);
/* Takes the decision, or refuses it, on record. */
void jml_approval_decide(struct jml_work *w, struct jml_approval *a);

/* ---- approvers.c ---- */

struct jml_approvers {
    const struct jml_party **items;
    size_t n, cap;
};

/* Who may decide about the request in that stage now: the primary approvers, or else their fallbacks. */
struct jml_approvers jml_approvers_of(struct jml_work *w, const struct jml_request *r,
                                      const struct jml_stage *stage);
/* Likewise whom it is forwarded to; nobody, when the stage does not escalate. */
struct jml_approvers jml_alternates_of(struct jml_work *w, const struct jml_request *r,
                                       const struct jml_stage *stage);
bool jml_approvers_have(const struct jml_approvers *set, const char *employee_id);
/* Is it an approver (fallbacks and alternates, too) of any stage of the policy, for this person? */
bool jml_is_approver(struct jml_work *w, const struct jml_request *r,
                     const struct jml_policy *policy, const char *employee_id);

/* ---- approval_mail.c ---- */

enum jml_approval_news {
    JML_NEWS_ASKED,    /* to the approvers of the stage */
    JML_NEWS_REMINDED, /* likewise */
    JML_NEWS_FORWARDED, /* to the alternates */
    JML_NEWS_APPROVED, /* the stage is: to both */
    JML_NEWS_TIMED_OUT, /* to both, and to who asked */
    JML_NEWS_DENIED,   /* to who asked */
};
void jml_approval_tell(struct jml_work *w, const struct jml_request *r, const struct jml_stage *stage,
                       enum jml_approval_news news, const struct jml_approval *a);
/* A request was delivered, or denied by a rule: to who is to know. */
void jml_request_tell(struct jml_work *w, const struct jml_request *r);

#endif

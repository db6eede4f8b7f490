/* SPDX-License-Identifier: MIT
 *
 * Asking: documents and a few words for tests of requests by people. E1 is employed, works in Sales,
 * and has the manager M1, who has M2.
 */
#ifndef JML_TESTS_UNIT_CORE_ASKING_H
#define JML_TESTS_UNIT_CORE_ASKING_H

#include "unit/core/sentences.h"

#define G(name) "'@odata.type':'#microsoft.graph." name "'"
#define USER(id) "{" G("singleUser") ",'userId':'" id "'}"
#define GROUP(name) "{" G("groupMembers") ",'groupId':'" name "'}"
#define MANAGER(level) "{" G("targetManager") ",'managerLevel':" level "}"
#define ALL_OF(organization) \
    "{" G("connectedOrganizationMembers") ",'connectedOrganizationId':'" organization "'}"

/* Members beyond these: a comma, then more. */
#define POLICY_FOR(name, scope, expiration, more)                                                  \
    "{'displayName':'" name "','allowedTargetScope':'" scope "','expiration':{" expiration "}" more "}"
#define SELF                                                                                       \
    ",'requestorSettings':{'enableTargetsToSelfAddAccess':true,"                                   \
    "'enableTargetsToSelfUpdateAccess':true,'enableTargetsToSelfRemoveAccess':true}"
#define SELF_DATED                                                                                 \
    ",'requestorSettings':{'enableTargetsToSelfAddAccess':true,"                                   \
    "'enableTargetsToSelfUpdateAccess':true,'allowCustomAssignmentSchedule':true}"
#define BEHALF(requestors)                                                                         \
    ",'requestorSettings':{'enableTargetsToSelfAddAccess':true,"                                   \
    "'enableOnBehalfRequestorsToAddAccess':true,'enableOnBehalfRequestorsToUpdateAccess':true,"    \
    "'enableOnBehalfRequestorsToRemoveAccess':true,'onBehalfRequestors':[" requestors "]}"
#define TARGETS(subjects) ",'specificAllowedTargets':[" subjects "]"
#define STAGE(denial, approvers, more)                                                             \
    "{'durationBeforeAutomaticDenial':'" denial "','primaryApprovers':[" approvers "]" more "}"
#define FALLBACK(approvers) ",'fallbackPrimaryApprovers':[" approvers "]"
#define ESCALATES(after, alternates)                                                               \
    ",'isEscalationEnabled':true,'durationBeforeEscalation':'" after                               \
    "','escalationApprovers':[" alternates "]"
#define APPROVAL(stages)                                                                           \
    ",'requestApprovalSettings':{'isApprovalRequiredForAdd':true,'stages':[" stages "]}"
#define APPROVAL_OF_BOTH(stages)                                                                   \
    ",'requestApprovalSettings':{'isApprovalRequiredForAdd':true,"                                 \
    "'isApprovalRequiredForUpdate':true,'stages':[" stages "]}"

/* A package Base with these policies, and workflows. */
#define COMPANY(policies, workflows)                                                               \
    CONFIGURATION(RESOURCE("Base"), PACKAGE("Base", policies), workflows)

static inline void begin_asking(void)
{
    begin();
    joiner("2026-01-01", "{'department':'Sales','mail':'e1@example.com','manager':'M1'}");
    case_step();
    case_party("M1", "M2");
    case_party("M2", NULL);
}

#define ASKING(name) TestSuite(name, .init = begin_asking, .fini = end)

static inline void applied(const char *documents)
{
    const char *said = case_try_apply(documents);
    cr_assert_str_eq(said, "", "%s", said);
}
static inline struct jml_request *asks(void)
{
    return case_request(JML_USER_ADD, "Base", NULL);
}
static inline void approves(const char *approver)
{
    case_decide(approver, true);
    case_step();
}
static inline void denies(const char *approver)
{
    case_decide(approver, false);
    case_step();
}

#endif

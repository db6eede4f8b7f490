/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/str.h"
#include "core/governance_check.h"
#include "core/subject.h"
#include "lib/leak.h"
#include "unit/core/documents.h"

static struct jml_arena a;
static struct jml_governance *built[8];
static size_t n_built;

static void fini(void)
{
    while (n_built)
        jml_governance_free(built[--n_built]);
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(policy, .fini = fini);

/* clang-format off */
#define ORGANIZATIONS "'connectedOrganizations':[{'displayName':'Partner','domains':['Partner.Example'],'internalSponsors':['M1'],'externalSponsors':['X1','X2']}," \
                      "{'displayName':'Maybe','state':'proposed'}]"
#define DOCUMENT(policies) "{" ORGANIZATIONS ",'catalogs':[{'displayName':'C'}],'accessPackages':[{'displayName':'P','catalog':'C','assignmentPolicies':[" policies "]}]}"
#define POLICY(rest)       DOCUMENT("{'displayName':'A'," rest "}")
#define TYPE(t)            "'@odata.type':'#microsoft.graph." t "'"
#define USER(id)           "{" TYPE("singleUser") ",'userId':'" id "'}"
#define GROUP(id)          "{" TYPE("groupMembers") ",'groupId':'" id "'}"
#define RULE(text)         "{" TYPE("attributeRuleMembers") ",'membershipRule':'" text "'}"
#define MANAGER            "{" TYPE("requestorManager") "}"
#define USERS(list)        "'allowedTargetScope':'specificDirectoryUsers','specificAllowedTargets':[" list "]"
#define APPROVAL(stages)   "'requestApprovalSettings':{'isApprovalRequiredForAdd':true,'stages':[" stages "]}"
#define STAGE(rest)        "{'primaryApprovers':[" USER("M1") "]" rest "}"
#define ALTERNATES         ",'escalationApprovers':[" USER("M2") "]"
#define AUTOMATIC(rest)    "'automaticRequestSettings':{'requestAccessForAllowedTargets':true" rest "}"
#define AT                 "/accessPackages/0/assignmentPolicies/0/"
#define STAGE_AT           AT "requestApprovalSettings/stages/0/"
/* clang-format on */

static void says(const char *text, const char *wanted)
{
    struct jml_governance_plan plan;
    const char *said = test_plan(&a, NULL, text, &plan);

    cr_expect_str_eq(said, wanted, "%s\nsaid:   %s\nwanted: %s", text, said, wanted);
}

static struct jml_governance *build(const struct jml_governance_rows *rows)
{
    struct jml_problems problems = {.arena = &a};
    struct jml_governance *g;
    struct jml_err e;

    cr_assert_eq(jml_governance_build(rows, &problems, &g, &e), 0, "%s",
                 test_problems(&a, &problems));
    return built[n_built++] = g;
}

static struct jml_governance_plan plan(const struct jml_governance_rows *before, const char *text)
{
    struct jml_governance_plan p;
    const char *said = test_plan(&a, before, text, &p);

    cr_assert_str_empty(said, "%s", said);
    return p;
}

/* The first policy of the first package. */
static const struct jml_policy *policy(const char *text)
{
    struct jml_governance_plan p = plan(NULL, text);
    struct jml_governance *g = build(&p.after);

    return g->packages[0]->policies[0];
}

/* What is warned of, one a line. */
static const char *warnings(const struct jml_governance_rows *before, const char *text)
{
    static struct jml_id_source ids;
    struct jml_problems problems = {.arena = &a};
    struct jml_document_set set = {.arena = &a};
    struct jml_governance_rows empty = {0};
    struct jml_governance_plan p;
    struct jml_str s = JML_STR_INIT(&a);

    jml_id_source_init(&ids, 7);
    text = test_json(&a, text);
    jml_document_parse(&set, NULL, text, strlen(text), &problems);
    cr_assert_eq(problems.n, 0, "%s", test_problems(&a, &problems));
    jml_governance_plan(&a, before ? before : &empty, &set, &ids, JML_DAY, &problems, &p);
    cr_assert_eq(problems.n, 0, "%s", test_problems(&a, &problems));
    jml_governance_check(&p.after, build(&p.after), &problems);
    for (size_t i = 0; i < problems.warnings.n; i++)
        jml_str_addf(&s, "%s%s: %s", i ? "\n" : "", problems.warnings.items[i].path,
                     problems.warnings.items[i].reason);
    return jml_str_text(&s);
}

static const struct jml_value *json(const char *text)
{
    const struct jml_value *v;
    struct jml_err e;

    text = test_json(&a, text);
    cr_assert_eq(jml_value_parse(&a, text, strlen(text), 32, &v, &e), 0, "%s", e.message);
    return v;
}

/* ---- for whom ---- */

Test(policy, says_little_by_default_and_lets_nobody_ask)
{
    const struct jml_policy *p = policy(POLICY("'description':'d'"));

    cr_expect(p->enabled);
    cr_expect_eq(p->scope, JML_TARGETS_NOT_SPECIFIED);
    cr_expect_eq(p->targets.n, 0);
    cr_expect_not(p->requestors.self_add || p->requestors.self_update ||
                  p->requestors.self_remove || p->requestors.behalf_add ||
                  p->requestors.custom_schedule);
    cr_expect_not(p->approval_for_add || p->approval_for_update || p->justification);
    cr_expect_eq(p->n_stages + p->n_questions + p->n_automatic, 0);
    cr_expect_not(p->is_automatic || p->quiet);
    cr_expect_str_eq(jml_value_text(&a, p->document),
                     "{\"displayName\":\"A\",\"description\":\"d\",\"isEnabled\":true,"
                     "\"allowedTargetScope\":\"notSpecified\",\"expiration\":{\"type\":"
                     "\"notSpecified\"}}");
}

Test(policy, every_scope_for_people_is_known)
{
    static const char *const words[] = {
        "notSpecified",
        NULL,
        NULL,
        "allMemberUsers",
        "allDirectoryUsers",
        "allConfiguredConnectedOrganizationUsers",
        "allExternalUsers",
    };
    static const char *const machines[] = {"specificDirectoryServicePrincipals",
                                           "allDirectoryServicePrincipals",
                                           "allDirectoryAgentIdentities"};

    for (int i = 0; i < 7; i++)
        if (words[i])
            cr_expect_eq(
                (int)policy(jml_printf(&a, POLICY("'allowedTargetScope':'%s'"), words[i]))->scope,
                i);
    for (int i = 0; i < 3; i++)
        says(jml_printf(&a, POLICY("'allowedTargetScope':'%s'"), machines[i]),
             jml_printf(&a,
                        AT "allowedTargetScope: known, not supported: %s (access is for people)",
                        machines[i]));
}

Test(policy, targets_are_people_groups_and_rules)
{
    const struct jml_policy *p = policy(POLICY(
        USERS(USER("E1") "," GROUP("vpn") "," RULE("user.department -eq \\\"sales\\\"") ",{" TYPE(
            "singleUser") ",'id':'E2','description':'by id'}")));

    cr_assert_eq(p->targets.n, 4);
    cr_expect_eq(p->targets.items[0].kind, JML_SUBJECT_SINGLE_USER);
    cr_expect_str_eq(p->targets.items[0].name, "E1");
    cr_expect_eq(p->targets.items[1].kind, JML_SUBJECT_GROUP_MEMBERS);
    cr_expect_str_eq(p->targets.items[1].name, "vpn");
    cr_expect_eq(p->targets.items[2].kind, JML_SUBJECT_ATTRIBUTE_RULE);
    cr_expect_str_eq(p->targets.items[3].name, "E2");
    cr_expect(jml_subjects_include(&a, &p->targets, "E9", json("{'department':'Sales'}")));
    cr_expect(jml_subjects_include(&a, &p->targets, "E9", json("{'groups':['x','vpn']}")));
    cr_expect(jml_subjects_include(&a, &p->targets, "E2", NULL));
    cr_expect_not(jml_subjects_include(&a, &p->targets, "E9", json("{'department':'IT'}")));
}

Test(policy, a_specific_scope_says_whom_and_no_other_does)
{
    says(POLICY("'allowedTargetScope':'specificDirectoryUsers'"),
         AT "specificAllowedTargets: missing: specificDirectoryUsers says whom");
    says(POLICY("'allowedTargetScope':'specificConnectedOrganizationUsers',"
                "'specificAllowedTargets':[]"),
         AT "specificAllowedTargets: missing: specificConnectedOrganizationUsers says whom");
    says(POLICY("'allowedTargetScope':'allMemberUsers','specificAllowedTargets':[" USER("E1") "]"),
         AT "specificAllowedTargets: only specificDirectoryUsers and "
            "specificConnectedOrganizationUsers have targets");
    says(POLICY(USERS(MANAGER)), AT "specificAllowedTargets/0/@odata.type: must be one of "
                                    "singleUser, groupMembers, attributeRuleMembers here, is "
                                    "'requestorManager'");
    says(POLICY(USERS("{" TYPE("singleServicePrincipal") "}")), AT
         "specificAllowedTargets/0/@odata.type: known, not supported: singleServicePrincipal "
         "(access is for people, who have managers, and for organizations, which have sponsors)");
    says(POLICY(USERS("{'userId':'E1'},'E1'")),
         AT "specificAllowedTargets/0/@odata.type: missing\n" AT
            "specificAllowedTargets/1: must be an object, is a string");
    says(POLICY(USERS("{" TYPE("singleUser") "},{" TYPE("groupMembers") ",'description':'x'}")),
         AT "specificAllowedTargets/0/userId: missing: an employee_id\n" AT
            "specificAllowedTargets/1/groupId: missing: a value of the attribute groups");
    says(POLICY(USERS("{" TYPE("singleUser") ",'userId':' E1','colour':1}")),
         AT "specificAllowedTargets/0/colour: unknown property\n" AT
            "specificAllowedTargets/0/userId: begins or ends with a blank");
    says(POLICY(USERS(RULE("user.department -is 1"))),
         AT "specificAllowedTargets/0/membershipRule: column 17: expected an operator: -eq, -ne, "
            "-in, -notIn, -startsWith, -endsWith, -contains, -any, -all");
}

#define OUTSIDE(organization)                                     \
    "'allowedTargetScope':'specificConnectedOrganizationUsers',"  \
    "'specificAllowedTargets':[{" TYPE("connectedOrganizationMem" \
                                       "bers") "," organization "}]"

Test(policy, organizations_are_named_and_kept_by_id)
{
    const char *text = POLICY(OUTSIDE("'connectedOrganizationId':'Partner'"));
    struct jml_governance_plan p = plan(NULL, text), again;
    const struct jml_policy *q = build(&p.after)->packages[0]->policies[0];

    cr_assert_eq(q->targets.n, 1);
    cr_assert_not_null(q->targets.items[0].organization);
    cr_expect_str_eq(q->targets.items[0].organization->display_name, "Partner");
    cr_expect(jml_subjects_include(&a, &q->targets, "E1", json("{'mail':'a@PARTNER.example'}")));
    again = plan(&p.after, text);
    cr_expect_eq(again.n_changed, 0);
    /* renamed: the policy goes on meaning it */
    p.after.organizations.items[0].display_name = "Partners";
    q = build(&p.after)->packages[0]->policies[0];
    cr_expect_str_eq(q->targets.items[0].organization->display_name, "Partners");
    says(POLICY(OUTSIDE("'displayName':'Partner'")), "");
    says(POLICY(OUTSIDE("'id':'Nobody'")),
         AT "specificAllowedTargets/0: no connected organization 'Nobody'");
    says(POLICY("'allowedTargetScope':'specificConnectedOrganizationUsers',"
                "'specificAllowedTargets':[" USER("E1") "]"),
         AT "specificAllowedTargets/0/@odata.type: must be one of connectedOrganizationMembers "
            "here, is 'singleUser'");
}

Test(policy, organizations_have_domains_sponsors_and_a_state)
{
    struct jml_governance_plan p = plan(NULL, POLICY("'isEnabled':false")), again;
    struct jml_governance *g = build(&p.after);

    cr_assert_eq(g->n_organizations, 2);
    cr_expect_str_eq(g->organizations[0]->domains[0], "partner.example");
    cr_expect(g->organizations[0]->configured);
    cr_expect_not(g->organizations[1]->configured);
    cr_expect_eq(g->organizations[0]->n_internal_sponsors, 1);
    cr_expect_str_eq(g->organizations[0]->external_sponsors[1], "X2");
    /* what is not said again stays */
    again = plan(&p.after, "{'connectedOrganizations':[{'displayName':'Maybe'},"
                           "{'displayName':'Partner','externalSponsors':[]}]}");
    cr_expect_eq(again.n_changed, 1);
    g = build(&again.after);
    cr_expect_not(g->organizations[1]->configured);
    cr_expect_eq(g->organizations[0]->n_external_sponsors, 0);
    cr_expect_eq(g->organizations[0]->n_internal_sponsors, 1);
    cr_expect_eq(g->organizations[0]->n_domains, 1);
}

/* ---- by whom ---- */

Test(policy, people_ask_for_themselves_and_others_for_them_where_it_says_so)
{
    const struct jml_policy *p =
        policy(POLICY("'requestorSettings':{'enableTargetsToSelfAddAccess':true,"
                      "'enableTargetsToSelfRemoveAccess':true,'allowCustomAssignmentSchedule':true,"
                      "'enableOnBehalfRequestorsToUpdateAccess':true,'onBehalfRequestors':[{" TYPE(
                          "targetManager") ",'managerLevel':2}," GROUP("helpdesk") "]}"));

    cr_expect(p->requestors.self_add && p->requestors.self_remove && p->requestors.behalf_update);
    cr_expect_not(p->requestors.self_update || p->requestors.behalf_add ||
                  p->requestors.behalf_remove);
    cr_expect(p->requestors.custom_schedule);
    cr_assert_eq(p->requestors.behalf.n, 2);
    cr_expect_eq(p->requestors.behalf.items[0].kind, JML_SUBJECT_TARGET_MANAGER);
    cr_expect_eq(p->requestors.behalf.items[0].level, 2);
    says(POLICY("'requestorSettings':{'enableOnBehalfRequestorsToAddAccess':true}"),
         AT "requestorSettings/onBehalfRequestors: missing: access may be asked for on behalf of "
            "others, and nobody may do so");
    says(POLICY("'requestorSettings':{'onBehalfRequestors':[" MANAGER "]}"),
         AT "requestorSettings/onBehalfRequestors/0/@odata.type: must be one of singleUser, "
            "groupMembers, attributeRuleMembers, targetManager, internalSponsors, "
            "externalSponsors here, is 'requestorManager'");
    says(POLICY("'requestorSettings':{'onBehalfRequestors':[{" TYPE(
             "singleUser") ",'userId':'E1','isBackup':true}],'colour':1}"),
         AT "requestorSettings/colour: unknown property\n" AT
            "requestorSettings/onBehalfRequestors/0/isBackup: only approvers have fallbacks");
}

/* ---- approval ---- */

Test(policy, stages_have_approvers_fallbacks_and_alternates)
{
    const struct jml_policy *p = policy(POLICY(
        "'requestApprovalSettings':{'isApprovalRequiredForAdd':true,"
        "'isApprovalRequiredForUpdate':true,'isRequestorJustificationRequired':true,'stages':[{"
        "'durationBeforeAutomaticDenial':'P7D','isApproverJustificationRequired':true,"
        "'isEscalationEnabled':true,'durationBeforeEscalation':'P2D','primaryApprovers':[" MANAGER
        "],'fallbackPrimaryApprovers':[" GROUP("approvers") "],'escalationApprovers':[{" TYPE(
            "internalSponsors") "}],"
                                "'fallbackEscalationApprovers':[{" TYPE(
                                    "externalSponsors") "}],'approverInformationVisibility':'"
                                                        "visible'},{"
                                                        "'primaryApprovers':[{" TYPE(
                                                            "targetManager") ",'managerLevel':4}"
                                                                             "," USER("M1") "]}]"
                                                                                            "}"));
    const struct jml_stage *s = &p->stages[0];

    cr_assert_eq(p->n_stages, 2);
    cr_expect(p->approval_for_add && p->approval_for_update && p->justification);
    cr_expect_eq(s->denial.days, 7);
    cr_expect_eq(s->escalation.days, 2);
    cr_expect(s->escalates && s->justification);
    cr_expect_eq(s->approvers.items[0].kind, JML_SUBJECT_REQUESTOR_MANAGER);
    cr_expect_eq(s->approvers.items[0].level, 1);
    cr_expect_str_eq(s->fallback_approvers.items[0].name, "approvers");
    cr_expect_eq(s->alternates.items[0].kind, JML_SUBJECT_INTERNAL_SPONSORS);
    cr_expect_eq(s->fallback_alternates.items[0].kind, JML_SUBJECT_EXTERNAL_SPONSORS);
    s = &p->stages[1];
    cr_expect_eq(s->denial.days, 14);
    cr_expect_not(s->escalates || s->justification);
    cr_assert_eq(s->approvers.n, 2);
    cr_expect_eq(s->approvers.items[0].level, 4);
}

Test(policy, approval_that_nobody_can_give_is_refused)
{
    says(POLICY("'requestApprovalSettings':{'isApprovalRequiredForAdd':true}"),
         AT "requestApprovalSettings/stages: missing: approval is required, and nobody gives it");
    says(POLICY("'requestApprovalSettings':{'isApprovalRequiredForUpdate':true,'stages':[]}"),
         AT "requestApprovalSettings/stages: missing: approval is required, and nobody gives it");
    says(POLICY(APPROVAL("{}")),
         STAGE_AT "primaryApprovers: missing: approval is required, and nobody gives it");
    says(POLICY(APPROVAL("{'escalationApprovers':[" USER("M2") "]}")),
         STAGE_AT "primaryApprovers: missing: approval is required, and nobody gives it");
    says(POLICY(APPROVAL("{'fallbackPrimaryApprovers':[" USER("M2") "]}")), "");
    says(POLICY("'requestApprovalSettings':{'isApprovalRequiredForAdd':false,'stages':[{}]}"), "");
    says(POLICY(APPROVAL(STAGE() "," STAGE() "," STAGE() "," STAGE())),
         AT "requestApprovalSettings/stages: must hold at most 3 stages, holds 4");
    says(POLICY(APPROVAL("{'primaryApprovers':[" RULE("user.a -eq 1") "]}")),
         STAGE_AT "primaryApprovers/0/@odata.type: must be one of singleUser, groupMembers, "
                  "requestorManager, targetManager, internalSponsors, externalSponsors here, is "
                  "'attributeRuleMembers'");
    says(POLICY(APPROVAL(STAGE(",'customExtension':{'id':'x'}"))),
         STAGE_AT "customExtension: known, not supported yet: an extension that names the "
                  "approvers");
    says(POLICY(APPROVAL("{" TYPE("accessPackageDynamicApprovalStage") ",'primaryApprovers':[" USER(
             "M1") "]}")),
         STAGE_AT "@odata.type: known, not supported yet: accessPackageDynamicApprovalStage");
    says(POLICY(APPROVAL("{'primaryApprovers':[{" TYPE("targetManager") ",'managerLevel':5}]}")),
         STAGE_AT "primaryApprovers/0/managerLevel: must be 1 to 4");
    says(POLICY("'requestApprovalSettings':{'colour':1}"),
         AT "requestApprovalSettings/colour: unknown property");
}

Test(policy, escalation_needs_somebody_else_and_comes_before_the_denial)
{
    says(POLICY(APPROVAL(STAGE(",'isEscalationEnabled':true,'durationBeforeEscalation':'P2D'"))),
         STAGE_AT "escalationApprovers: missing: isEscalationEnabled is true");
    says(POLICY(APPROVAL(STAGE(ALTERNATES ",'isEscalationEnabled':true"))),
         STAGE_AT "durationBeforeEscalation: missing: isEscalationEnabled is true");
    says(POLICY(APPROVAL(
             STAGE(ALTERNATES ",'isEscalationEnabled':true,'durationBeforeEscalation':'PT0S'"))),
         STAGE_AT "durationBeforeEscalation: must be longer than nothing");
    says(POLICY(APPROVAL(
             STAGE(ALTERNATES ",'isEscalationEnabled':true,'durationBeforeEscalation':'P14D'"))),
         STAGE_AT "durationBeforeEscalation: must be shorter than durationBeforeAutomaticDenial "
                  "(P14D)");
    says(POLICY(APPROVAL(STAGE(ALTERNATES
                               ",'isEscalationEnabled':true,'durationBeforeEscalation':'PT1H',"
                               "'durationBeforeAutomaticDenial':'PT2H'"))),
         "");
    says(POLICY(APPROVAL(STAGE(",'isEscalationEnabled':false,'durationBeforeEscalation':'PT0S'"))),
         "");
    says(POLICY(APPROVAL(STAGE(",'durationBeforeAutomaticDenial':'P0D'"))),
         STAGE_AT "durationBeforeAutomaticDenial: must be longer than nothing");
}

Test(policy, who_has_no_manager_is_thought_of)
{
    static const char warned[] =
        STAGE_AT "primaryApprovers: only a manager decides and there are no "
                 "fallbackPrimaryApprovers: requests of people without a manager are denied";

    cr_expect_str_eq(warnings(NULL, POLICY(APPROVAL("{'primaryApprovers':[" MANAGER "]}"))),
                     warned);
    cr_expect_str_eq(
        warnings(NULL, POLICY(APPROVAL("{'primaryApprovers':[" MANAGER "," USER("M1") "]}"))), "");
    cr_expect_str_eq(
        warnings(NULL, POLICY(APPROVAL("{'primaryApprovers':[" MANAGER
                                       "],'fallbackPrimaryApprovers':[" USER("M1") "]}"))),
        "");
}

/* ---- questions ---- */

#define TEXT_QUESTION   TYPE("accessPackageTextInputQuestion")
#define CHOICE_QUESTION TYPE("accessPackageMultipleChoiceQuestion")
#define ASK(list)       POLICY("'questions':[" list "]")

Test(policy, questions_are_asked_in_their_sequence)
{
    const struct jml_policy *p = policy(
        ASK("{" TEXT_QUESTION ",'sequence':2,'text':'Why?','isRequired':true,'regexPattern':"
            "'^.{10}','isSingleLineQuestion':true},{" CHOICE_QUESTION
            ",'sequence':1,'text':'Where?','isAnswerEditable':false,'isMultipleSelectionAllowed':"
            "true,'choices':[{'actualValue':'pt','text':'Portugal','localizations':[{'text':"
            "'Portugal','languageCode':'pt'}]},{'actualValue':'at'}]}"));
    const struct jml_question *q = p->questions;

    cr_assert_eq(p->n_questions, 2);
    cr_expect_str_eq(q[0].text, "Where?");
    cr_expect(q[0].is_choice && q[0].multiple);
    cr_expect_not(q[0].editable || q[0].required);
    cr_assert_eq(q[0].n_choices, 2);
    cr_expect_str_eq(q[0].choices[0].text, "Portugal");
    cr_expect_str_eq(q[0].choices[1].value, "at");
    cr_expect_str_eq(q[0].choices[1].text, "at");
    cr_expect_str_eq(q[1].text, "Why?");
    cr_expect_str_eq(q[1].pattern, "^.{10}");
    cr_expect(q[1].required && q[1].editable);
    cr_expect_not(q[1].is_choice);
    cr_expect(jml_id_is_set(q[0].id) && jml_id_is_set(q[1].id));
    cr_expect_not(jml_id_equal(q[0].id, q[1].id));
}

Test(policy, a_question_keeps_its_id)
{
    const char *first = ASK("{" TEXT_QUESTION ",'id':'" /* given */
                            "bd3f6b95-458d-4bc8-a9a6-8d4b29f64f3d','text':'Why?'},{" TEXT_QUESTION
                            ",'text':'When?'}");
    const char *turned = ASK("{" TEXT_QUESTION ",'text':'When?','isRequired':true},{" TEXT_QUESTION
                             ",'text':'Why?'},{" TEXT_QUESTION ",'text':'Who?'}");
    struct jml_governance_plan p = plan(NULL, first), q;
    const struct jml_question *before, *after;

    before = build(&p.after)->packages[0]->policies[0]->questions;
    cr_expect_str_eq(jml_id_text(&a, before[0].id), "bd3f6b95-458d-4bc8-a9a6-8d4b29f64f3d");
    cr_expect_eq(plan(&p.after, first).n_changed, 0);
    q = plan(&p.after, turned);
    after = build(&q.after)->packages[0]->policies[0]->questions;
    cr_expect(jml_id_equal(after[1].id, before[0].id));
    cr_expect(jml_id_equal(after[0].id, before[1].id));
    cr_expect(jml_id_is_set(after[2].id));
    cr_expect_eq(plan(&q.after, turned).n_changed, 0);
}

Test(policy, questions_that_cannot_be_answered_are_refused)
{
    says(ASK("{'text':'x'}"), AT "questions/0/@odata.type: must be accessPackageTextInputQuestion "
                                 "or accessPackageMultipleChoiceQuestion");
    says(ASK("{" TEXT_QUESTION "}"), AT "questions/0/text: missing");
    says(ASK("{" TEXT_QUESTION ",'text':{'localizedTexts':[]}}"),
         AT "questions/0/text/defaultText: missing");
    says(ASK("{" TEXT_QUESTION ",'text':''}"), AT "questions/0/text: is empty");
    says(ASK("{" TEXT_QUESTION ",'text':'x','regexPattern':'ab(c'}"),
         AT "questions/0/regexPattern: column 5: missing closing parenthesis");
    says(ASK("{" TEXT_QUESTION ",'text':'x','choices':[]}"),
         AT "questions/0/choices: unknown property");
    says(ASK("{" CHOICE_QUESTION ",'text':'x','choices':[]}"),
         AT "questions/0/choices: missing: there is nothing to choose from");
    says(ASK("{" CHOICE_QUESTION ",'text':'x','choices':[{'actualValue':'a'},{'actualValue':'a'},"
             "{'text':'b'}]}"),
         AT "questions/0/choices/1/actualValue: another choice has this value\n" AT
            "questions/0/choices/2/actualValue: missing");
    says(ASK("{" TEXT_QUESTION ",'text':'x'},{" TEXT_QUESTION ",'text':'x'}"),
         AT "questions/1/text: is asked twice");
    says(ASK("{" TEXT_QUESTION ",'id':'7','text':'x'}"), AT "questions/0/id: no UUID");
}

/* ---- without asking ---- */

Test(policy, what_is_given_automatically_is_taken_away_again_unless_it_says_otherwise)
{
    const struct jml_policy *p = policy(POLICY(USERS(GROUP("g")) "," AUTOMATIC("")));

    cr_expect(p->is_automatic);
    cr_assert_eq(p->n_automatic, 1);
    cr_expect_eq(p->automatic[0].since, JML_DAY);
    cr_expect(p->automatic[0].enabled && p->automatic[0].gives && p->automatic[0].takes);
    cr_expect_eq(p->automatic[0].targets.n, 1);
    cr_expect_eq(p->automatic[0].grace.days, 0);
    p = policy(
        POLICY(USERS(GROUP("g")) "," AUTOMATIC(",'removeAccessWhenTargetLeavesAllowedTargets':"
                                               "false")));
    cr_expect(p->automatic[0].gives && !p->automatic[0].takes);
    p = policy(
        POLICY(USERS(GROUP("g")) "," AUTOMATIC(",'removeAccessWhenTargetLeavesAllowedTargets':"
                                               "true,'gracePeriodBeforeAccessRemoval':'P7D'")));
    cr_expect_eq(p->automatic[0].grace.days, 7);
    p = policy(POLICY("'automaticRequestSettings':{'requestAccessForAllowedTargets':false}"));
    cr_expect_not(p->is_automatic);
    cr_expect_eq(p->n_automatic, 0);
}

Test(policy, nothing_is_demanded_of_those_who_do_not_ask)
{
    says(POLICY("'allowedTargetScope':'allMemberUsers'," AUTOMATIC("")), AT
         "allowedTargetScope: must be specificDirectoryUsers when access is given automatically");
    says(POLICY(USERS(GROUP("g")) "," AUTOMATIC("") "," APPROVAL(STAGE())),
         AT "requestApprovalSettings/isApprovalRequiredForAdd: may not be true: the policy gives "
            "access without being asked");
    says(POLICY(USERS(GROUP("g")) "," AUTOMATIC(
             "") ",'requestorSettings':{'enableTargetsToSelfAddAccess':true}"),
         AT "requestorSettings/enableTargetsToSelfAddAccess: may not be true: the policy gives "
            "access without being asked");
    says(POLICY(USERS(GROUP("g")) "," AUTOMATIC("") ",'questions':[{" TEXT_QUESTION
                                                    ",'text':'x','isRequired':true}]"),
         AT "questions: may not hold required ones: the policy gives access without being asked");
    says(POLICY(USERS(GROUP("g")) "," AUTOMATIC(",'removeAccessWhenTargetLeavesAllowedTargets':"
                                                "false,'gracePeriodBeforeAccessRemoval':'P7D'")),
         AT "automaticRequestSettings/gracePeriodBeforeAccessRemoval: only "
            "removeAccessWhenTargetLeavesAllowedTargets has one");
    says(POLICY("'automaticRequestSettings':{'colour':1}"),
         AT "automaticRequestSettings/colour: unknown property");
}

/* How many versions there are after text was applied, and whether that was a matter of people. */
static size_t versions(struct jml_governance_rows *rows, const char *text, bool *ret_people)
{
    struct jml_governance_plan p = plan(rows, text);
    struct jml_governance *g;

    *ret_people = false;
    for (size_t i = 0; i < p.changes.n; i++)
        if (p.changes.items[i]->object == JML_OBJECT_POLICY)
            *ret_people =
                p.changes.items[i]->act != JML_ACT_KEEP && p.changes.items[i]->touches_people;
    *rows = p.after;
    g = build(rows);
    cr_assert_eq(g->n_automatic, g->packages[0]->policies[0]->n_automatic ? 1 : 0);
    return g->packages[0]->policies[0]->n_automatic;
}

Test(policy, a_version_is_kept_of_what_an_automatic_one_says)
{
    struct jml_governance_rows rows = {0};
    const struct jml_policy *p;
    bool people;

    cr_expect_eq(versions(&rows, POLICY("'allowedTargetScope':'allMemberUsers'"), &people), 0);
    cr_expect_not(people);
    cr_expect_eq(versions(&rows, POLICY(USERS(GROUP("g"))), &people), 0);
    cr_expect_not(people);
    cr_expect_eq(versions(&rows, POLICY(USERS(GROUP("g")) "," AUTOMATIC("")), &people), 1);
    cr_expect(people);
    cr_expect_eq(
        versions(&rows, POLICY(USERS(GROUP("g")) ",'description':'d'," AUTOMATIC("")), &people), 1);
    cr_expect_not(people);
    cr_expect_eq(versions(&rows, POLICY(USERS(GROUP("h")) "," AUTOMATIC("")), &people), 2);
    cr_expect(people);
    cr_expect_eq(
        versions(&rows, POLICY(USERS(GROUP("h")) ",'isEnabled':false," AUTOMATIC("")), &people), 3);
    cr_expect(people);
    cr_expect_eq(versions(&rows, POLICY(USERS(GROUP("h"))), &people), 4);
    cr_expect(people);
    p = built[n_built - 1]->packages[0]->policies[0];
    cr_expect_not(p->is_automatic);
    cr_expect_str_eq(p->automatic[1].targets.items[0].name, "h");
    cr_expect_not(p->automatic[2].enabled);
    cr_expect_not(p->automatic[3].gives || p->automatic[3].takes);
    for (size_t i = 1; i < 4; i++)
        cr_expect_gt(p->automatic[i].since, p->automatic[i - 1].since);
    cr_expect_eq(versions(&rows, POLICY(USERS(GROUP("i"))), &people), 4);
    cr_expect_not(people);
}

Test(policy, automatic_ones_are_sorted_by_the_names_of_package_and_policy)
{
    struct jml_governance_plan p = plan(
        NULL,
        "{'catalogs':[{'displayName':'C'}],'accessPackages':["
        "{'displayName':'Q','catalog':'C','assignmentPolicies':[{'displayName':'A'," USERS(GROUP(
            "g")) "," AUTOMATIC("") "}]},{'displayName':'P','catalog':'C','assignmentPolicies':["
                                    "{'displayName':'Z'," USERS(GROUP("g")) "," AUTOMATIC(
                                        "") "},{'displayName':'M'}]}]}");
    struct jml_governance *g = build(&p.after);

    cr_assert_eq(g->n_automatic, 2);
    cr_expect_str_eq(g->automatic[0]->display_name, "Z");
    cr_expect_str_eq(g->automatic[1]->display_name, "A");
}

#define GIVEN(name, rest)                                                                         \
    "{'displayName':'" name "','catalog':'C'," rest "'assignmentPolicies':[{'displayName':'" name \
    "1'," USERS(GROUP("g")) "," AUTOMATIC("") "}]}"

Test(policy, what_is_given_twice_or_not_together_is_warned_of)
{
    cr_expect_str_eq(
        warnings(NULL, DOCUMENT("{'displayName':'A'," USERS(GROUP("g")) "," AUTOMATIC(
                           "") "},{'displayName':'B'," USERS(GROUP("h")) "," AUTOMATIC("") "}")),
        "/accessPackages/0/assignmentPolicies/0/automaticRequestSettings: policy 'B' gives this "
        "package automatically, too: "
        "who falls out of one is judged by that one alone\n"
        "/accessPackages/0/assignmentPolicies/1/automaticRequestSettings: policy 'A' gives this "
        "package automatically, too: "
        "who falls out of one is judged by that one alone");
    cr_expect_str_eq(
        warnings(NULL, "{'catalogs':[{'displayName':'C'}],'accessPackages':[" GIVEN(
                           "P", "'incompatibleAccessPackages':['Q'],") "," GIVEN("Q", "") "]}"),
        "/accessPackages/0/assignmentPolicies/0/automaticRequestSettings: access package 'Q' is "
        "given automatically, too, "
        "and "
        "must not be held together with this one: whoever both are meant for gets one of them\n"
        "/accessPackages/1/assignmentPolicies/0/automaticRequestSettings: access package 'P' is "
        "given automatically, too, "
        "and "
        "must not be held together with this one: whoever both are meant for gets one of them");
}

/* ---- ends, notices, reviews ---- */

Test(policy, a_new_one_does_not_end_in_the_past)
{
    const char *ended = POLICY("'expiration':{'type':'afterDateTime','endDateTime':"
                               "'1970-01-01T12:00:00Z'}");
    const char *ends = POLICY("'expiration':{'type':'afterDateTime','endDateTime':"
                              "'1970-01-02T12:00:00Z'}");
    struct jml_governance_plan p = plan(NULL, ends);
    struct jml_value *document;

    says(ended, AT "expiration/endDateTime: is in the past: nobody could be given access");
    /* it was applied when that was to come */
    document = jml_new(&a, struct jml_value);
    *document =
        *jml_value_with(&a, p.after.policies.items[0].document, "expiration",
                        json("{'type':'afterDateTime','endDateTime':'1970-01-01T12:00:00Z'}"));
    p.after.policies.items[0].document = document;
    cr_expect_str_eq(warnings(&p.after, ended), AT "expiration/endDateTime: is in the past: nobody "
                                                   "can be given access any more");
}

Test(policy, durations_are_days_and_hours)
{
    struct jml_governance_plan p;
    const char *said;

    cr_expect_eq(policy(POLICY("'expiration':{'type':'afterDuration','duration':'PT12H'}"))
                     ->expiration.duration.exact,
                 12 * JML_HOUR);
    said =
        test_plan(&a, NULL, POLICY(APPROVAL(STAGE(",'durationBeforeAutomaticDenial':'P1M'"))), &p);
    cr_expect(strstr(said, "durationBeforeAutomaticDenial: ") && strstr(said, "month"), "%s", said);
    said = test_plan(&a, NULL,
                     POLICY(USERS(GROUP("g")) "," AUTOMATIC(",'gracePeriodBeforeAccessRemoval':"
                                                            "'P1Y'")),
                     &p);
    cr_expect(strstr(said, "gracePeriodBeforeAccessRemoval: ") && strstr(said, "year"), "%s", said);
}

Test(policy, notices_may_be_switched_off)
{
    cr_expect(
        policy(POLICY("'notificationSettings':{'isAssignmentNotificationDisabled':true}"))->quiet);
    cr_expect_not(
        policy(POLICY("'notificationSettings':{'isAssignmentNotificationDisabled':false}"))->quiet);
    says(POLICY("'notificationSettings':{'colour':1}"),
         AT "notificationSettings/colour: unknown property");
}

Test(policy, reviews_are_kept_and_their_schedule_is_warned_of)
{
    const char *text =
        POLICY("'reviewSettings':{'isEnabled':true,'expirationBehavior':'keepAccess',"
               "'schedule':{'startDateTime':'2026-01-01T00:00:00Z'},"
               "'primaryReviewers':[" GROUP("g") "]}");

    cr_expect_str_eq(warnings(NULL, text),
                     AT "reviewSettings: kept, but no review begins by its schedule: see jmlctl "
                        "package review");
    cr_expect_not_null(jml_value_find(policy(text)->document, "reviewSettings"));
    says(POLICY("'reviewSettings':{'colour':1}"), AT "reviewSettings/colour: unknown property");
}

Test(policy, extensions_by_a_program_are_refused)
{
    says(POLICY("'customExtensionStageSettings':[{'stage':'assignmentRequestCreated'}]"),
         AT "customExtensionStageSettings: known, not supported yet: custom extensions");
    says(POLICY("'verifiableCredentialSettings':{'credentialTypes':[{}]}"),
         AT "verifiableCredentialSettings: known, not supported yet: verifiable credentials");
    says(POLICY("'customExtensionStageSettings':[],'verifiableCredentialSettings':null"), "");
}

/* ---- beta ---- */

Test(policy, the_spelling_of_beta_says_the_same)
{
    const struct jml_policy *p = policy(POLICY(
        "'canExtend':true,'durationInDays':365,'expirationDateTime':null,"
        "'requestorSettings':{'scopeType':'SpecificDirectorySubjects','acceptRequests':"
        "true,"
        "'allowedRequestors':[" GROUP(
            "g") "]},"
                 "'requestApprovalSettings':{'"
                 "isApprovalRequired':true,"
                 "'isApprovalRequiredForExtension':true,'"
                 "isRequestorJustificationRequired':true,"
                 "'approvalMode':'Serial','approvalStages':[{'"
                 "approvalStageTimeOutInDays':9,"
                 "'isEscalationEnabled':true,'"
                 "escalationTimeInMinutes':11520,'"
                 "primaryApprovers':[{" TYPE("groupMembers") ",'isBackup':true,'id':'h'},{" TYPE(
                     "externalSponsors") ",'isBackup':false}],"
                                         "'escalationApprovers"
                                         "':[{" TYPE("singleUs"
                                                     "er") ",'"
                                                           "is"
                                                           "Ba"
                                                           "ck"
                                                           "up"
                                                           "':"
                                                           "tr"
                                                           "ue"
                                                           ",'"
                                                           "id"
                                                           "':"
                                                           "'M"
                                                           "2'"
                                                           ",'"
                                                           "de"
                                                           "sc"
                                                           "ri"
                                                           "pt"
                                                           "io"
                                                           "n'"
                                                           ":'"
                                                           "d'"
                                                           "}]"
                                                           "}]"
                                                           "},"
                                                           "'q"
                                                           "ue"
                                                           "st"
                                                           "io"
                                                           "ns"
                                                           "':"
                                                           "["
                                                           "{" CHOICE_QUESTION ",'"
                                                           "te"
                                                           "xt"
                                                           "':"
                                                           "{'"
                                                           "de"
                                                           "fa"
                                                           "ul"
                                                           "tT"
                                                           "ex"
                                                           "t'"
                                                           ":'"
                                                           "Wh"
                                                           "er"
                                                           "e?"
                                                           "',"
                                                           "'l"
                                                           "oc"
                                                           "al"
                                                           "iz"
                                                           "ed"
                                                           "Te"
                                                           "xt"
                                                           "s'"
                                                           ":["
                                                           "{'"
                                                           "te"
                                                           "xt"
                                                           "':"
                                                           "'x"
                                                           "',"
                                                           "'l"
                                                           "an"
                                                           "gu"
                                                           "ag"
                                                           "eC"
                                                           "od"
                                                           "e'"
                                                           ":'"
                                                           "es"
                                                           "'}"
                                                           "]}"
                                                           ",'"
                                                           "ch"
                                                           "oi"
                                                           "ce"
                                                           "s'"
                                                           ":["
                                                           "{'"
                                                           "ac"
                                                           "tu"
                                                           "al"
                                                           "Va"
                                                           "lu"
                                                           "e'"
                                                           ":'"
                                                           "AZ"
                                                           "',"
                                                           "'d"
                                                           "is"
                                                           "pl"
                                                           "ay"
                                                           "Va"
                                                           "lu"
                                                           "e'"
                                                           ":"
                                                           "{'"
                                                           "lo"
                                                           "ca"
                                                           "li"
                                                           "ze"
                                                           "dT"
                                                           "ex"
                                                           "ts"
                                                           "':"
                                                           "[{"
                                                           "'t"
                                                           "ex"
                                                           "t'"
                                                           ":'"
                                                           "A'"
                                                           ",'"
                                                           "la"
                                                           "ng"
                                                           "ua"
                                                           "ge"
                                                           "Co"
                                                           "de"
                                                           "':"
                                                           "'e"
                                                           "s'"
                                                           "}]"
                                                           "}}"
                                                           "],"
                                                           "'a"
                                                           "ll"
                                                           "ow"
                                                           "sM"
                                                           "ul"
                                                           "ti"
                                                           "pl"
                                                           "eS"
                                                           "el"
                                                           "ec"
                                                           "ti"
                                                           "on"
                                                           "':"
                                                           "tr"
                                                           "ue"
                                                           "}"
                                                           "]"));
    const struct jml_stage *s = &p->stages[0];

    cr_expect_eq(p->scope, JML_TARGETS_SPECIFIC_USERS);
    cr_expect_str_eq(p->targets.items[0].name, "g");
    cr_expect(p->requestors.self_add && p->requestors.self_update && p->requestors.self_remove);
    cr_expect_eq(p->expiration.type, JML_EXPIRATION_AFTER_DURATION);
    cr_expect_eq(p->expiration.duration.days, 365);
    cr_expect(p->approval_for_add && p->approval_for_update && p->justification);
    cr_expect_eq(s->denial.days, 9);
    cr_expect_eq(s->escalation.days, 8);
    cr_expect_eq(s->approvers.n, 1);
    cr_expect_str_eq(s->fallback_approvers.items[0].name, "h");
    cr_expect_eq(s->alternates.n, 0);
    cr_expect_str_eq(s->fallback_alternates.items[0].name, "M2");
    cr_expect(p->questions[0].multiple);
    cr_expect_null(jml_value_find_path(p->document, "requestApprovalSettings/approvalStages"));
    cr_expect_null(jml_value_find(p->document, "canExtend"));
    cr_expect_eq((int)policy(POLICY("'requestorSettings':{'scopeType':"
                                    "'AllExistingConnectedOrganizationSubjects'}"))
                     ->scope,
                 JML_TARGETS_ALL_ORGANIZATIONS);
    cr_expect_eq((int)policy(POLICY("'requestorSettings':{'scopeType':"
                                    "'AllConfiguredConnectedOrganizationSubjects'}"))
                     ->scope,
                 JML_TARGETS_ALL_ORGANIZATIONS);
}

Test(policy, both_spellings_at_once_are_refused)
{
    says(
        POLICY("'allowedTargetScope':'allMemberUsers','requestorSettings':{'scopeType':'NoSubjects'"
               "}"),
        AT "requestorSettings/scopeType: says the same as allowedTargetScope: leave it out");
    says(POLICY("'expiration':{'type':'noExpiration'},'durationInDays':0"),
         AT "durationInDays: says the same as expiration: leave it out");
    says(POLICY("'durationInDays':5,'expirationDateTime':'2099-01-01T00:00:00Z'"),
         AT "expirationDateTime: there is durationInDays, too: leave one out");
    says(POLICY("'requestApprovalSettings':{'stages':[],'approvalStages':[]}"),
         AT "requestApprovalSettings/approvalStages: says the same as stages: leave it out");
    says(POLICY("'durationInDays':3661"), AT "durationInDays: must be 0 to 3660");
}

/* ---- bodies that stand alone ---- */

#define ALONE(rest) \
    "{'displayName':'B','description':'d','allowedTargetScope':'allMemberUsers'" rest "}"

Test(policy, a_body_that_stands_alone_says_its_package)
{
    struct jml_governance_plan p = plan(NULL, POLICY("'isEnabled':true")), q;
    const char *said, *id = jml_id_text(&a, p.after.packages.items[0].id);

    q = plan(&p.after, jml_printf(&a, ALONE(",'accessPackage':{'id':'%s'}"), id));
    cr_expect_eq(build(&q.after)->packages[0]->n_policies, 2);
    cr_expect_eq(plan(&q.after, jml_printf(&a, ALONE(",'accessPackageId':'%s'"), id)).n_changed, 0);
    cr_expect_eq(plan(&q.after, "{'value':[" ALONE(",'accessPackage':'P'") "]}").n_changed, 0);
    cr_expect_eq(
        plan(&q.after, "{'assignmentPolicies':[" ALONE(",'accessPackage':'P'") "]}").n_changed, 0);
    /* known by its id */
    cr_expect_eq(plan(&q.after, jml_printf(&a, ALONE(",'id':'%s'"),
                                           jml_id_text(&a, q.after.policies.items[1].id)))
                     .n_changed,
                 0);
    said = test_plan(&a, &p.after, ALONE(""), &q);
    cr_expect_str_eq(said, "/accessPackage: missing: no policy has this id, so it must say which "
                           "package it is of");
    said = test_plan(&a, &p.after, ALONE(",'accessPackage':{'id':'Q'}"), &q);
    cr_expect_str_eq(said, "/accessPackage: no access package 'Q'");
}

Test(policy, packages_and_organizations_may_stand_alone_too)
{
    struct jml_governance_plan p = plan(NULL, POLICY("'isEnabled':true")), q;

    q = plan(&p.after, "{'displayName':'sales reps','description':'d','isHidden':false,"
                       "'catalog':{'displayName':'C'}}");
    cr_expect_eq(q.after.packages.n, 2);
    q = plan(&p.after,
             "{'displayName':'O','description':'d','state':'proposed','identitySources':[{"
             "'@odata.type':'#microsoft.graph.domainIdentitySource','domainName':"
             "'example.com','displayName':'example.com'}]}");
    cr_expect_eq(q.after.organizations.n, 3);
    q = plan(&p.after, "{'value':[{'@odata.type':'#microsoft.graph.accessPackage','displayName':"
                       "'Q','catalog':'C'}]}");
    cr_expect_eq(q.after.packages.n, 2);
}

/* ---- packages ---- */

/* Of those that are in force. */
static const char *groups_of(const struct jml_package *p)
{
    static char text[200];
    text[0] = 0;
    for (size_t i = 0; i < p->n_exclusions; i++)
        if (p->exclusions[i].group && p->exclusions[i].until == JML_TIME_MAX) {
            if (*text)
                strncat(text, " ", sizeof(text) - strlen(text) - 1);
            strncat(text, p->exclusions[i].group, sizeof(text) - strlen(text) - 1);
        }
    return text;
}

Test(policy, incompatible_is_so_both_ways)
{
    const char *text =
        "{'catalogs':[{'displayName':'C'}],'accessPackages':[{'displayName':'P',"
        "'catalog':'C','incompatibleAccessPackages':['Q'],'incompatibleGroups':["
        "'auditors',{'id':'board','displayName':'x'}]},{'displayName':'Q','catalog':"
        "'C','incompatibleAccessPackages':['P']},{'displayName':'R','catalog':'C'}]}";
    struct jml_governance_plan p = plan(NULL, text), q;
    struct jml_governance *g = build(&p.after);

    for (size_t i = 0; i < 2; i++) {
        cr_assert_geq(g->packages[i]->n_exclusions, 2); /* each names the other */
        cr_expect_eq(g->packages[i]->exclusions[0].package, g->packages[1 - i]);
    }
    cr_expect_eq(g->packages[2]->n_exclusions, 0);
    cr_expect_str_eq(groups_of(g->packages[0]), "auditors board");
    cr_expect_eq(plan(&p.after, text).n_changed, 0);
    q = plan(&p.after, "{'accessPackages':[{'displayName':'P','catalog':'C'},{'displayName':'Q',"
                       "'catalog':'C','incompatibleAccessPackages':[]}]}");
    g = build(&q.after);
    cr_expect_eq(g->packages[1]->exclusions[0].until, JML_TIME_MAX, "the other still names it");
    cr_expect_str_eq(groups_of(g->packages[0]), "auditors board", "what is not said again stays");
    q = plan(&p.after, "{'accessPackages':[{'displayName':'P','catalog':'C','incompatibleGroups':["
                       "'board']}]}");
    cr_expect_eq(q.n_changed, 1);
    cr_expect_not(q.changes.items[0]->touches_people);
    cr_expect_str_eq(groups_of(build(&q.after)->packages[0]), "board");
    says("{'catalogs':[{'displayName':'C'}],'accessPackages':[{'displayName':'P','catalog':'C',"
         "'incompatibleGroups':['a','a']}]}",
         "/accessPackages/0/incompatibleGroups/1: is given twice");
}

Test(policy, roles_of_a_package_are_sorted_by_id)
{
    struct jml_governance_plan p = plan(
        NULL, "{'catalogs':[{'displayName':'C'}],'resources':[{'displayName':'R','catalog':'C',"
              "'roles':['Z','Y','X','W']}],'accessPackages':[{'displayName':'P','catalog':'C',"
              "'resourceRoleScopes':[{'resource':'R','role':'W'},{'resource':'R','role':'Z'},"
              "{'resource':'R','role':'X'},{'resource':'R','role':'Y'}]}]}");
    const struct jml_package *package = build(&p.after)->packages[0];

    cr_assert_eq(package->n_roles, 4);
    for (size_t i = 1; i < 4; i++)
        cr_expect_lt(jml_id_compare(package->roles[i - 1]->id, package->roles[i]->id), 0);
}

Test(policy, the_id_of_a_deleted_package_is_used_up_and_its_name_is_not)
{
    struct jml_governance_plan p = plan(NULL, POLICY("'isEnabled':true")), q;
    struct jml_governance_rows gone = {.catalogs = p.after.catalogs};
    const char *said;

    gone.deleted.items = jml_new(&a, struct jml_pair_row);
    gone.deleted.n = 1;
    gone.deleted.items[0] = (struct jml_pair_row){.id = p.after.packages.items[0].id,
                                                  .other_id = p.after.policies.items[0].id};
    q = plan(&gone, "{'accessPackages':[{'displayName':'P','catalog':'C'}]}");
    cr_expect_not(jml_id_equal(q.after.packages.items[0].id, gone.deleted.items[0].id));
    said = test_plan(&a, &gone,
                     jml_printf(&a,
                                "{'accessPackages':[{'id':'%s','displayName':'P','catalog':'C',"
                                "'assignmentPolicies':[{'id':'%s','displayName':'A'}]}]}",
                                jml_id_text(&a, gone.deleted.items[0].id),
                                jml_id_text(&a, gone.deleted.items[0].other_id)),
                     &q);
    cr_expect_str_eq(said,
                     "/accessPackages/0/id: the access package with this id was deleted: leave the "
                     "id out to make a new one\n"
                     "/accessPackages/0/assignmentPolicies/0/id: the access package of the policy "
                     "with this id was deleted: leave the id out to make a new one");
}

/* ---- there and back ---- */

static const char everything[] =
    "{" ORGANIZATIONS ",'catalogs':[{'displayName':'C'}],'accessPackages':[{'displayName':'P',"
    "'catalog':'C','isHidden':true,'incompatibleAccessPackages':['Q'],'incompatibleGroups':['"
    "g'],"
    "'assignmentPolicies':[{'displayName':'A','description':'d'," USERS(GROUP("g") "," USER(
        "E"
        "1") "," RULE("user.city -in [\\\"Lisbon\\\"]")) ",'expiration':{'type':'afterDuration','"
                                                         "duration':"
                                                         "'P30D'},'requestorSettings':{"
                                                         "'enableTargetsToSelfAddAccess':true},"
                                                         "'requestApprovalSettings':{'"
                                                         "isApprovalRequiredForAdd'"
                                                         ":true,'stages':[{'isEscalationEnabled':"
                                                         "true,"
                                                         "'durationBeforeEscalation':'P2D','"
                                                         "primaryApprovers':["
                                                         "{" TYPE(
                                                             "requestorManager") ",'managerLevel':"
                                                                                 "2}],"
                                                                                 "'fallbackPrimaryA"
                                                                                 "ppro"
                                                                                 "vers':[" USER("M"
                                                                                                "1") "],'escalationApprovers':[" GROUP(
                                                                                     "h") "],"
                                                                                          "'approve"
                                                                                          "rInf"
                                                                                          "ormation"
                                                                                          "Visi"
                                                                                          "bility':"
                                                                                          "'"
                                                                                          "notVisib"
                                                                                          "le'}"
                                                                                          "]},'"
                                                                                          "question"
                                                                                          "s':["
                                                                                          "{" TEXT_QUESTION
                                                                                          ",'"
                                                                                          "sequence"
                                                                                          "':"
                                                                                          "7,'text'"
                                                                                          ":'"
                                                                                          "Why?','"
                                                                                          "regexPat"
                                                                                          "tern"
                                                                                          "':'x','"
                                                                                          "localiza"
                                                                                          "tion"
                                                                                          "s':[{'"
                                                                                          "text':"
                                                                                          "'?','"
                                                                                          "language"
                                                                                          "Code"
                                                                                          "':"
                                                                                          "'es'}]},"
                                                                                          "{" CHOICE_QUESTION
                                                                                          ",'text':"
                                                                                          "'"
                                                                                          "Where?',"
                                                                                          "'"
                                                                                          "choices'"
                                                                                          ":[{'"
                                                                                          "actualVa"
                                                                                          "lue'"
                                                                                          ":'a','"
                                                                                          "text':"
                                                                                          "'b'}]}],"
                                                                                          "'"
                                                                                          "notifica"
                                                                                          "tion"
                                                                                          "Settings"
                                                                                          "':{"
                                                                                          "'isAssig"
                                                                                          "nmen"
                                                                                          "tNotific"
                                                                                          "atio"
                                                                                          "nDisable"
                                                                                          "d':"
                                                                                          "true},'"
                                                                                          "reviewSe"
                                                                                          "ttin"
                                                                                          "gs':{'"
                                                                                          "isEnable"
                                                                                          "d':"
                                                                                          "false,'"
                                                                                          "isSelfRe"
                                                                                          "view"
                                                                                          "':"
                                                                                          "true}},{"
                                                                                          "'"
                                                                                          "displayN"
                                                                                          "ame'"
                                                                                          ":'B'"
                                                                                          "," OUTSIDE(
                                                                                              "'con"
                                                                                              "nect"
                                                                                              "edOr"
                                                                                              "gani"
                                                                                              "zati"
                                                                                              "onId"
                                                                                              "':'"
                                                                                              "Part"
                                                                                              "ner"
                                                                                              "'") "},"
                                                                                                   "{'"
                                                                                                   "dis"
                                                                                                   "pla"
                                                                                                   "yNa"
                                                                                                   "me'"
                                                                                                   ":'"
                                                                                                   "D'"
                                                                                                   "," USERS(GROUP("g")) "," AUTOMATIC(
                                                                                                       ",'removeAccessWhenTargetLeavesAllowedTargets':true,'gracePeriodBeforeAccessRemoval':'P7D'") "}]},{'displayName':'Q','catalog':'C'}]}";

Test(policy, what_is_exported_can_be_applied_and_changes_nothing)
{
    struct jml_governance_plan p = plan(NULL, everything), again, other;
    const char *text = jml_value_text(&a, jml_governance_export(&a, &p.after));
    struct jml_problems problems = {.arena = &a};
    struct jml_document_set set = {.arena = &a};
    struct jml_governance_rows empty = {0};
    struct jml_id_source ids;

    cr_expect_eq(plan(&p.after, everything).n_changed, 0);
    cr_expect_not_null(strstr(text, "\"connectedOrganizationId\":\"Partner\""));
    jml_id_source_init(&ids, 3);
    jml_document_parse(&set, NULL, text, strlen(text), &problems);
    jml_governance_plan(&a, &p.after, &set, &ids, 2 * JML_DAY, &problems, &again);
    cr_assert_eq(problems.n, 0, "%s", test_problems(&a, &problems));
    cr_expect_eq(again.n_changed, 0, "%s", text);
    /* into another database, ids and all */
    jml_governance_plan(&a, &empty, &set, &ids, JML_DAY, &problems, &other);
    cr_assert_eq(problems.n, 0, "%s", test_problems(&a, &problems));
    cr_expect_str_eq(jml_value_text(&a, jml_governance_export(&a, &other.after)), text);
    cr_expect_eq(other.after.policy_versions.n, 1);
}

Test(policy, names_are_collected_for_whoever_knows_people)
{
    struct jml_governance_plan p = plan(NULL, everything);
    struct jml_str s = JML_STR_INIT(&a);
    struct jml_names names;

    jml_governance_names(&a, &p.after, build(&p.after), &names);
    for (size_t i = 0; i < names.people.n; i++)
        jml_str_addf(&s, "%s ", names.people.items[i].name);
    jml_str_add(&s, "/");
    for (size_t i = 0; i < names.groups.n; i++)
        jml_str_addf(&s, " %s", names.groups.items[i].name);
    cr_expect_str_eq(jml_str_text(&s), "E1 M1 X1 X2 / g h");
}

/* What was stored by an earlier release, which looked at less, still loads, and gives less. */
Test(policy, what_the_database_holds_is_read_in_any_case)
{
    static const char *const stored[] = {
        "{'displayName':'A','allowedTargetScope':'specificDirectoryUsers'}",
        "{'displayName':'A','allowedTargetScope':'allDirectoryServicePrincipals'}",
        "{'displayName':'A','requestorSettings':{'enableOnBehalfRequestorsToAddAccess':true}}",
    };

    for (size_t i = 0; i < 3; i++) {
        struct jml_problems problems = {.arena = &a};
        struct jml_document_policy p;
        jml_document_policy_read(&a, json(stored[i]), "", &problems, &p);
        cr_expect_eq(problems.n + problems.warnings.n, 0, "%s", test_problems(&a, &problems));
        cr_expect_eq(p.targets.n, 0);
    }
}

/* SPDX-License-Identifier: MIT */
#include "unit/core/asking.h"

#include <string.h>

ASKING(eligibility);

#define GROUPS(...) TARGETS(GROUP(__VA_ARGS__))

Test(eligibility, who_is_in_the_scope_asks_and_is_given)
{
    applied(COMPANY(POLICY_FOR("P", "specificDirectoryUsers", FOR("P30D"), TARGETS(USER("E1")) SELF), ""));
    asks();
    case_step();
    says(case_requests(), "userAdd Base delivered");
    says(case_mails(), "access_granted 2026-06-01 09:00 to e1@example.com");
}

Test(eligibility, who_is_not_is_told_so_an_administrator_too)
{
    applied(COMPANY(POLICY_FOR("P", "specificDirectoryUsers", FOREVER, TARGETS(USER("OTHER")) SELF), ""));
    asks();
    case_request(JML_ADMIN_ADD, "Base", NULL);
    case_request(JML_ADMIN_ADD, "Base", "P");
    case_step();
    says(case_requests(), "userAdd Base denied not_eligible; adminAdd Base denied not_eligible; "
                          "adminAdd Base denied not_eligible");
    says(case_mails(), "request_denied 2026-06-01 09:00 to e1@example.com");
}

Test(eligibility, membership_at_the_decision_counts)
{
    applied(COMPANY(POLICY_FOR("P", "specificDirectoryUsers", FOREVER, GROUPS("Sales team") SELF), ""));
    mover("2026-06-01 08:00", "{'groups':['Sales team']}");
    asks();
    case_step();
    says(case_holds(), "Base");
}

Test(eligibility, it_is_looked_at_again_at_the_start)
{
    applied(COMPANY(POLICY_FOR("P", "specificDirectoryUsers", FOREVER, GROUPS("Sales team") SELF_DATED), ""));
    mover("2026-06-01 08:00", "{'groups':['Sales team']}");
    asks()->starts_at = case_time("2026-06-10");
    mover("2026-06-05", "{'groups':[]}");
    case_live("2026-06-11");
    says(case_requests(), "userAdd Base denied not_eligible");
}

Test(eligibility, without_a_scope_only_administrators_give)
{
    applied(COMPANY(POLICY_FOR("P", "notSpecified", FOREVER, SELF), ""));
    asks();
    case_request(JML_ADMIN_ADD, "Base", NULL);
    case_step();
    says(case_requests(), "userAdd Base denied not_requestable; adminAdd Base delivered");
}

Test(eligibility, asking_by_oneself_is_a_switch)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOREVER, ""), ""));
    asks();
    case_step();
    says(case_requests(), "userAdd Base denied not_requestable");
}

Test(eligibility, of_several_policies_the_best_class_counts)
{
    applied(COMPANY(POLICY_FOR("All", "allDirectoryUsers", FOREVER, SELF) ","
                    POLICY_FOR("Members", "allMemberUsers", FOR("P20D"), SELF) ","
                    POLICY_FOR("By hand", "notSpecified", FOR("P1D"), "") ","
                    POLICY_FOR("Others", "specificDirectoryUsers", FOR("P5D"), TARGETS(USER("E2")) SELF),
                    ""));
    asks();
    case_step();
    says(case_holds(), "Base until 2026-06-21 09:00");
}

Test(eligibility, of_several_in_it_one_must_be_named)
{
    applied(COMPANY(POLICY_FOR("Long", "allMemberUsers", FOR("P20D"), SELF) ","
                    POLICY_FOR("Short", "allMemberUsers", FOR("P2D"), SELF) ","
                    POLICY_FOR("All", "allDirectoryUsers", FOREVER, SELF),
                    ""));
    struct jml_request *r = asks();
    case_step();
    says(r->error, "several_policies: name one: 'Long', 'Short'");
    case_request(JML_USER_ADD, "Base", "Short");
    case_step();
    says(case_holds(), "Base until 2026-06-03 09:00");
}

Test(eligibility, a_worse_policy_that_may_be_asked_under_counts_when_the_better_is_closed)
{
    applied(COMPANY(POLICY_FOR("Closed", "allMemberUsers", FOR("P20D"), "") ","
                    POLICY_FOR("Open", "allDirectoryUsers", FOR("P2D"), SELF),
                    ""));
    asks();
    case_step();
    says(case_holds(), "Base until 2026-06-03 09:00");
}

Test(eligibility, a_justification_may_be_needed)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOREVER,
                               SELF ",'requestApprovalSettings':{'isRequestorJustificationRequired':true}"),
                    ""));
    asks();
    case_step();
    asks()->justification = "for the fair";
    case_step();
    says(case_requests(), "userAdd Base denied justification_needed; userAdd Base delivered");
}

Test(eligibility, dates_of_ones_own_are_a_switch)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOR("P30D"), SELF), ""));
    asks()->ends_at = case_time("2026-06-20");
    case_step();
    says(case_requests(), "userAdd Base denied no_custom_dates");
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOR("P30D"), SELF_DATED), ""));
    asks()->ends_at = case_time("2026-06-20");
    case_step();
    says(case_holds(), "Base until 2026-06-20");
}

/* ---- on behalf ---- */

static struct jml_request *asks_for(const char *requestor)
{
    struct jml_request *r = asks();
    r->requestor = requestor;
    case_step();
    return r;
}

Test(eligibility, a_manager_asks_for_their_people)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOREVER, BEHALF(MANAGER("1"))), ""));
    asks_for("M2");
    asks_for("M1");
    says(case_requests(), "userAdd Base denied not_on_behalf; userAdd Base delivered");
    says(case_mails(), "request_denied 2026-06-01 09:00 to M2@example.com; "
                       "access_granted 2026-06-01 09:00 to e1@example.com; "
                       "access_granted 2026-06-01 09:00 to M1@example.com");
}

Test(eligibility, who_is_not_known_or_not_there_asks_for_nobody)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOREVER, BEHALF(USER("M1"))), ""));
    asks_for("E404");
    the_case.s.parties.items[0]->state = JML_PERSON_LEFT;
    asks_for("M1");
    says(case_requests(),
         "userAdd Base denied unknown_requestor; userAdd Base denied requestor_not_active");
}

Test(eligibility, others_ask_only_where_the_policy_says_so)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOREVER, SELF), ""));
    asks_for("M1");
    says(case_requests(), "userAdd Base denied not_on_behalf");
}

/* ---- giving back ---- */

Test(eligibility, people_give_back_what_they_hold_when_they_may)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOREVER, SELF), ""));
    asks();
    case_step();
    case_request(JML_USER_REMOVE, "Base", NULL);
    case_step();
    says(case_ends(), "Base removed 2026-06-01 09:00");
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOREVER, SELF_DATED), ""));
    asks();
    case_step();
    case_request(JML_USER_REMOVE, "Base", NULL);
    case_step();
    says(case_holds(), "Base");
    says(case_newest()->error, "not_requestable: people cannot give it back by themselves under policy "
                               "'P'; ask an administrator, or somebody who may ask for others");
}

Test(eligibility, an_approver_takes_back_what_was_approved)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOREVER,
                               SELF APPROVAL(STAGE("P14D", USER("M1"), ESCALATES("P1D", USER("M2"))))),
                    ""));
    case_party("Z9", NULL);
    asks();
    case_step();
    approves("M1");
    case_request(JML_APPROVER_REMOVE, "Base", NULL)->requestor = "Z9";
    case_step();
    says(case_holds(), "Base");
    case_request(JML_APPROVER_REMOVE, "Base", NULL)->requestor = "M2";
    case_step();
    says(case_requests(), "userAdd Base delivered; approverRemove Base denied not_approver; "
                          "approverRemove Base delivered");
    says(case_ends(), "Base removed 2026-06-01 09:00");
}

Test(eligibility, a_quiet_policy_tells_nobody_of_access)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOR("P30D"),
                               SELF ",'notificationSettings':{'isAssignmentNotificationDisabled':true}"),
                    ""));
    asks();
    case_live("2026-07-02");
    says(case_mails(), "near_expiry_14_days 2026-06-17 09:00 to e1@example.com; "
                       "near_expiry_1_day 2026-06-30 09:00 to e1@example.com");
}

/* ---- questions ---- */

#define QUESTIONS                                                                                  \
    ",'questions':[{" G("accessPackageTextInputQuestion")                                          \
    ",'text':'Cost center','isRequired':true,'isAnswerEditable':false,'regexPattern':'^[0-9]{4}$'},{"                       \
    G("accessPackageMultipleChoiceQuestion")                                                       \
    ",'id':'3f2504e0-4f89-41d3-9a0c-0305e82c3301','text':'Sites','isRequired':false,"              \
    "'isAnswerEditable':true,'isMultipleSelectionAllowed':true,'choices':["                        \
    "{'actualValue':'Oslo','text':'Oslo'},{'actualValue':'Rome','text':'Rome'}]}]"

static const char *answered(const char *answers)
{
    struct jml_request *r = asks();
    if (answers)
        case_answer(r, answers);
    case_step();
    return r->error ? r->error : "";
}

static void questions(void)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOR("P30D"), SELF QUESTIONS), ""));
}

Test(eligibility, required_questions_are_answered_by_administrators_too)
{
    questions();
    says(answered(NULL), "unanswered: policy 'P' asks 'Cost center'; give an answer");
    struct jml_request *r = case_request(JML_ADMIN_ADD, "Base", NULL);
    case_step();
    says(r->error, "unanswered: policy 'P' asks 'Cost center'; give an answer");
}

Test(eligibility, answers_must_fit_and_are_never_told_in_errors)
{
    questions();
    says(answered("{'Cost center':'secret'}"),
         "bad_answer: the answer to 'Cost center' must match the pattern ^[0-9]{4}$");
    says(answered("{'Cost center':'1234','Sites':'Paris'}"),
         "bad_answer: the answer to 'Sites' must be one of 'Oslo', 'Rome'");
    says(answered("{'Cost center':'1234','Shoe size':'43'}"),
         "unknown_question: policy 'P' does not ask all that was answered; it asks: 'Cost center', "
         "'Sites'");
    says(answered("'1234'"),
         "bad_answers: answers are an array as Graph has it, or an object by question");
    says(case_holds(), "");
    for (size_t i = 0; i < the_case.audit.n; i++)
        cr_expect(!the_case.audit.items[i]->reason || !strstr(the_case.audit.items[i]->reason, "secret"));
}

Test(eligibility, answers_are_taken_by_text_and_as_graph_has_them)
{
    questions();
    says(answered("{'Cost center':'1234','Sites':['Oslo','Rome']}"), "");
    says(jml_value_text(&the_case.arena,
                        jml_value_find(case_assignment("Base")->answers,
                                       "3f2504e0-4f89-41d3-9a0c-0305e82c3301")),
         "[\"Oslo\",\"Rome\"]");
    case_request(JML_USER_REMOVE, "Base", NULL);
    case_step();
    const char *id = jml_id_text(
        &the_case.arena, the_case.world.governance->packages[0]->policies[0]->questions[0].id);
    says(answered(jml_printf(
             &the_case.arena,
             "[{'value':'1234','displayValue':'x','answeredQuestion':{'id':'%s'}},"
             "{'value':'Oslo','answeredQuestion':{'id':'3f2504e0-4f89-41d3-9a0c-0305e82c3301'}},"
             "{'value':'Rome','answeredQuestion':{'id':'3f2504e0-4f89-41d3-9a0c-0305e82c3301'}}]",
             id)),
         "");
    says(jml_value_text(&the_case.arena,
                        jml_value_find(case_assignment("Base")->answers,
                                       "3f2504e0-4f89-41d3-9a0c-0305e82c3301")),
         "[\"Oslo\",\"Rome\"]");
}

Test(eligibility, an_update_changes_only_answers_that_may_change)
{
    questions();
    says(answered("{'Cost center':'1234','Sites':['Oslo']}"), "");
    struct jml_request *r = case_request(JML_USER_UPDATE, "Base", NULL);
    case_answer(r, "{'Cost center':'9999'}");
    case_step();
    says(r->error, "not_editable: the answer to 'Cost center' cannot be changed");
    r = case_request(JML_USER_UPDATE, "Base", NULL);
    case_answer(r, "{'Sites':['Rome']}");
    case_clock("2026-06-05");
    case_step();
    says(case_holds(), "Base until 2026-07-01 09:00");
    cr_expect_eq(r->state, JML_REQUEST_DELIVERED);
    says(jml_value_text(&the_case.arena,
                        jml_value_find(case_assignment("Base")->answers,
                                       "3f2504e0-4f89-41d3-9a0c-0305e82c3301")),
         "[\"Rome\"]");
}

/* ---- external people ---- */

static void somebody_new(void)
{
    begin();
    case_party("M1", NULL);
    the_case.s.person.employee_id = "ana@partner.example";
    applied("{'catalogs':[{'displayName':'Company'}],'resources':[" RESOURCE("Base") "],"
            "'connectedOrganizations':[{'displayName':'Partner','domains':['partner.example'],"
            "'internalSponsors':['M1']}],'accessPackages':["
            PACKAGE("Base", POLICY_FOR("P", "specificConnectedOrganizationUsers", FOR("P30D"),
                                       TARGETS(ALL_OF("Partner")) SELF)) "]}");
}

TestSuite(external, .init = somebody_new, .fini = end);

static struct jml_request *is_asked_for(enum jml_request_type type, const char *mail)
{
    struct jml_request *r = case_request(type, "Base", NULL);
    r->target_email = mail;
    r->target_name = "Ana Lima";
    case_step();
    return r;
}

Test(external, somebody_of_a_connected_organization_becomes_known_by_asking)
{
    is_asked_for(JML_USER_ADD, "ana@partner.example");
    says(case_holds(), "Base until 2026-07-01 09:00");
    cr_expect_eq(the_case.s.person.state, JML_PERSON_EXTERNAL);
    cr_expect(the_case.s.person.external);
    says(jml_value_find_string(the_case.s.person.attributes, "displayName"), "Ana Lima");
    says(case_audit(JML_MACHINE_PERSON), "207 external");
    says(case_mails(), "access_granted 2026-06-01 09:00 to ana@partner.example");
    case_live("2026-07-02");
    says(case_ends(), "Base expired 2026-07-01 09:00");
    says(case_notices(), "near_expiry_14_days 2026-06-17 09:00; near_expiry_1_day 2026-06-30 09:00");
}

Test(external, an_administrator_gives_it_by_address)
{
    is_asked_for(JML_ADMIN_ADD, "ana@partner.example");
    says(case_requests(), "adminAdd Base delivered");
}

Test(external, an_address_of_nobody_connected_is_refused)
{
    the_case.s.person.employee_id = "ana@elsewhere.example";
    is_asked_for(JML_USER_ADD, "ana@elsewhere.example");
    says(case_requests(), "userAdd Base denied not_connected");
    cr_expect_neq(the_case.s.person.state, JML_PERSON_EXTERNAL);
}

Test(external, the_sponsor_of_the_organization_approves)
{
    applied("{'accessPackages':["
            PACKAGE("Base", POLICY_FOR("P", "allConfiguredConnectedOrganizationUsers", FOR("P30D"),
                                       SELF APPROVAL(STAGE("P14D", "{" G("internalSponsors") "}", "")))) "]}");
    is_asked_for(JML_USER_ADD, "ana@partner.example");
    says(case_requests(), "userAdd Base pendingApproval");
    approves("M1");
    says(case_holds(), "Base until 2026-07-01 09:00");
}

Test(external, a_guest_who_is_hired_is_a_member)
{
    is_asked_for(JML_USER_ADD, "ana@partner.example");
    joiner("2026-06-01", "{'mail':'ana@partner.example'}");
    case_step();
    cr_expect_eq(the_case.s.person.state, JML_PERSON_ACTIVE);
    cr_expect_not(the_case.s.person.external);
    case_request(JML_USER_UPDATE, "Base", NULL);
    case_clock("2026-06-10");
    case_step();
    says(case_newest()->error,
         "not_eligible: policy 'P' is for external people of some connected organizations, which "
         "'ana@partner.example' is not among; ask under another policy or package");
}

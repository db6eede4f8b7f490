/* SPDX-License-Identifier: MIT */
#include "unit/core/sentences.h"

#include <string.h>

#define CONFIG                                                                                     \
    CONFIGURATION(RESOURCE("Base") "," RESOURCE("Sales") "," RESOURCE("Two") "," RESOURCE("Old"),  \
                  PACKAGE("Base", POLICY("Always", FOREVER)) ","                                   \
                  PACKAGE("Sales", POLICY("Thirty", FOR("P30D"))) ","                              \
                  PACKAGE("Two", POLICY("Ten", FOR("P10D")) "," POLICY("Twenty", FOR("P20D"))) "," \
                  PACKAGE("Old", POLICY("Gone", UNTIL("2026-01-01T00:00:00Z"))),                   \
                  WORKFLOW("Last day", "leaver", ON(LEAVE("0"), "(kind eq `soft`)"),               \
                           REMOVE_ALL("30")) ","                                                   \
                  WORKFLOW("By hand", "joiner", ON_DEMAND, ADD("Sales", "Thirty")))

static void begin_employed(void)
{
    begin();
    case_apply(CONFIG);
    joiner("2026-01-01", NULL);
    case_step();
}

TestSuite(request, .init = begin_employed, .fini = end);

static struct jml_request *ask(enum jml_request_type type, const char *package)
{
    return case_request(type, package, NULL);
}

Test(request, an_admin_gives_a_package_for_as_long_as_its_policy_says)
{
    ask(JML_ADMIN_ADD, "Sales");
    ask(JML_ADMIN_ADD, "Base");
    case_step();
    says(case_holds(), "Base; Sales until 2026-07-01 09:00");
    says(case_audit(JML_MACHINE_REQUEST), "401 submitted; 405 delivered; 401 submitted; 405 delivered");
    says(case_audit(JML_MACHINE_ASSIGNMENT), "502 delivered; 502 delivered");
    says(case_assignment("Sales")->status, "Delivered");
    cr_expect_eq(the_case.deliveries.n, 2);
    cr_expect_eq(the_case.deliveries.items[0]->state, JML_DELIVERY_DELIVERED);
}

Test(request, a_package_with_two_policies_needs_the_name_of_one)
{
    ask(JML_ADMIN_ADD, "Two");
    case_step();
    says(case_requests(), "adminAdd Two denied several_policies");
    case_request(JML_ADMIN_ADD, "Two", "Twenty");
    case_step();
    says(case_holds(), "Two until 2026-06-21 09:00");
}

Test(request, an_end_before_that_of_the_policy_counts)
{
    ask(JML_ADMIN_ADD, "Sales")->ends_at = case_time("2026-06-10");
    case_step();
    says(case_holds(), "Sales until 2026-06-10");
}

Test(request, an_end_after_that_of_the_policy_does_not)
{
    ask(JML_ADMIN_ADD, "Sales")->ends_at = case_time("2027-06-10");
    case_step();
    says(case_holds(), "Sales until 2026-07-01 09:00");
}

Test(request, an_end_in_the_past_is_refused)
{
    ask(JML_ADMIN_ADD, "Base")->ends_at = case_time("2026-05-10");
    ask(JML_ADMIN_ADD, "Old");
    case_step();
    says(case_requests(), "adminAdd Base denied end_in_the_past; adminAdd Old denied end_in_the_past");
}

Test(request, an_end_before_the_start_is_refused)
{
    struct jml_request *r = ask(JML_ADMIN_ADD, "Base");
    r->starts_at = case_time("2026-07-01");
    r->ends_at = case_time("2026-06-20");
    case_step();
    says(case_requests(), "adminAdd Base denied end_before_start");
}

Test(request, a_start_to_come_waits_and_counts_the_policy_from_there)
{
    ask(JML_ADMIN_ADD, "Sales")->starts_at = case_time("2026-06-10");
    case_step();
    says(case_requests(), "adminAdd Sales scheduled");
    says(case_holds(), "");
    says(case_alarm(), "2026-06-10");
    case_go("2026-06-10");
    says(case_requests(), "adminAdd Sales delivered");
    says(case_holds(), "Sales until 2026-07-10");
}

Test(request, eligibility_is_looked_at_again_at_the_start)
{
    ask(JML_ADMIN_ADD, "Sales")->starts_at = case_time("2026-06-10");
    case_step();
    case_apply("{'accessPackages':[{'displayName':'Sales','catalog':'Company','resourceRoleScopes':["
               "{'resource':'Sales','role':'User'}],'assignmentPolicies':[{'displayName':'Thirty',"
               "'allowedTargetScope':'notSpecified','expiration':{'type':'afterDateTime',"
               "'endDateTime':'2026-06-05T00:00:00Z'}}]}]}");
    case_go("2026-06-10");
    says(case_requests(), "adminAdd Sales denied end_in_the_past");
}

Test(request, a_person_who_left_before_the_start_gets_nothing)
{
    ask(JML_ADMIN_ADD, "Sales")->starts_at = case_time("2026-06-10");
    leaver("2026-06-05");
    case_step();
    case_live("2026-06-12");
    says(case_requests(), "adminAdd Sales canceled");
    says(case_holds(), "");
}

Test(request, a_package_that_is_held_is_refused_and_names_the_holding)
{
    ask(JML_ADMIN_ADD, "Sales");
    case_step();
    struct jml_request *r = ask(JML_ADMIN_ADD, "Sales");
    case_step();
    says(case_requests(), "adminAdd Sales delivered; adminAdd Sales denied already_held");
    cr_expect(strstr(r->error, jml_id_text(&the_case.arena, case_assignment("Sales")->id)));
}

Test(request, of_two_at_once_the_second_is_refused)
{
    ask(JML_ADMIN_ADD, "Sales");
    ask(JML_ADMIN_ADD, "Sales");
    case_step();
    says(case_requests(), "adminAdd Sales delivered; adminAdd Sales denied already_held");
}

Test(request, a_second_scheduled_start_is_refused)
{
    ask(JML_ADMIN_ADD, "Sales")->starts_at = case_time("2026-06-10");
    ask(JML_ADMIN_ADD, "Sales")->starts_at = case_time("2026-06-15");
    case_step();
    says(case_requests(), "adminAdd Sales scheduled; adminAdd Sales denied already_requested");
}

Test(request, a_workflow_completes_against_what_is_held_and_keeps_the_later_end)
{
    ask(JML_ADMIN_ADD, "Sales");
    case_step();
    case_clock("2026-06-11 09:00");
    case_command("workflow_run", jml_id_text(&the_case.arena, case_workflow("By hand")->id));
    case_step();
    says(case_holds(), "Sales until 2026-07-11 09:00");
    says(case_requests(), "adminAdd Sales delivered; systemAdd Sales delivered");
    cr_expect_eq(the_case.assignments.n, 1);
}

Test(request, a_workflow_does_not_wait_for_a_start_somebody_asked_for)
{
    ask(JML_ADMIN_ADD, "Sales")->starts_at = case_time("2026-06-20");
    case_step();
    case_command("workflow_run", jml_id_text(&the_case.arena, case_workflow("By hand")->id));
    case_step();
    says(case_holds(), "Sales until 2026-07-01 09:00");
    case_go("2026-06-20");
    says(case_requests(), "adminAdd Sales denied already_held; systemAdd Sales delivered");
}

Test(request, an_update_moves_the_end_but_never_beyond_the_policy)
{
    ask(JML_ADMIN_ADD, "Sales");
    case_step();
    ask(JML_ADMIN_UPDATE, "Sales")->ends_at = case_time("2026-06-20");
    case_step();
    says(case_holds(), "Sales until 2026-06-20");
    case_clock("2026-06-02 09:00");
    ask(JML_ADMIN_UPDATE, "Sales")->ends_at = case_time("2027-06-20");
    case_step();
    says(case_holds(), "Sales until 2026-07-02 09:00");
    says(case_audit(JML_MACHINE_ASSIGNMENT), "502 delivered; 512 delivered; 512 delivered");
}

Test(request, an_update_to_the_past_or_of_nothing_is_refused)
{
    ask(JML_ADMIN_UPDATE, "Sales")->ends_at = case_time("2026-06-20");
    ask(JML_ADMIN_ADD, "Base");
    case_step();
    ask(JML_ADMIN_UPDATE, "Base")->ends_at = case_time("2026-05-20");
    case_step();
    says(case_requests(), "adminUpdate Sales denied not_held; adminAdd Base delivered; "
                          "adminUpdate Base denied end_in_the_past");
}

Test(request, nobody_who_left_gets_a_further_day)
{
    ask(JML_ADMIN_ADD, "Sales");
    mover("2026-05-01", "{'kind':'soft'}");
    leaver("2026-05-31");
    case_step();
    says(case_holds(), "");
    begin();
    case_apply(CONFIG);
    joiner("2026-01-01", "{'kind':'soft'}");
    ask(JML_ADMIN_ADD, "Base");
    case_step();
    leaver("2026-06-10");
    case_live("2026-06-12");
    says(case_holds(), "Base until 2026-07-11");
    ask(JML_ADMIN_UPDATE, "Base")->ends_at = case_time("2026-09-01");
    case_step();
    says(case_holds(), "Base until 2026-07-11");
    ask(JML_ADMIN_UPDATE, "Base")->ends_at = case_time("2026-06-20");
    case_step();
    says(case_holds(), "Base until 2026-06-20");
    says(case_requests(), "adminAdd Base delivered; systemUpdate Base delivered; "
                          "adminUpdate Base denied person_left; adminUpdate Base delivered");
}

Test(request, a_removal_ends_at_once_and_leaves_the_end_as_it_was)
{
    ask(JML_ADMIN_ADD, "Sales");
    case_step();
    case_clock("2026-06-05");
    ask(JML_ADMIN_REMOVE, "Sales");
    case_step();
    says(case_holds(), "");
    says(case_ends(), "Sales removed 2026-06-05");
    const struct jml_assignment *as = case_assignment("Sales");
    says(case_time_text(as->ends_at), "2026-07-01 09:00");
    says(case_time_text(as->revoked_at), "2026-06-05");
    says(case_alarm(), "none");
    cr_expect_eq(the_case.deliveries.n, 2);
    cr_expect_eq(the_case.deliveries.items[1]->state, JML_DELIVERY_REMOVED);
}

Test(request, a_removal_cancels_what_waits_for_its_start)
{
    ask(JML_ADMIN_ADD, "Sales")->starts_at = case_time("2026-06-10");
    ask(JML_ADMIN_ADD, "Base")->starts_at = case_time("2026-06-10");
    case_step();
    ask(JML_ADMIN_REMOVE, "Sales");
    case_step();
    says(case_requests(), "adminAdd Sales canceled; adminAdd Base scheduled; adminRemove Sales delivered");
    case_live("2026-06-20");
    says(case_holds(), "Base");
}

Test(request, a_removal_of_nothing_is_refused)
{
    ask(JML_ADMIN_REMOVE, "Sales");
    case_step();
    says(case_requests(), "adminRemove Sales denied not_held");
}

Test(request, at_once_requests_are_decided_in_the_order_they_were_made)
{
    ask(JML_ADMIN_ADD, "Sales");
    case_step();
    case_clock("2026-06-02");
    ask(JML_ADMIN_ADD, "Sales");
    ask(JML_ADMIN_REMOVE, "Sales");
    case_step();
    says(case_holds(), "");
    says(case_requests(),
         "adminAdd Sales delivered; adminAdd Sales denied already_held; adminRemove Sales delivered");
    case_clock("2026-06-03");
    ask(JML_ADMIN_ADD, "Sales");
    case_step();
    case_clock("2026-06-04");
    ask(JML_ADMIN_REMOVE, "Sales");
    ask(JML_ADMIN_ADD, "Sales");
    case_step();
    says(case_holds(), "Sales until 2026-07-04");
}

Test(request, users_ask_for_nothing_that_is_for_administrators)
{
    ask(JML_USER_ADD, "Sales");
    ask(JML_USER_REMOVE, "Sales");
    case_step();
    says(case_requests(), "userAdd Sales denied not_requestable; userRemove Sales denied not_held");
}

Test(request, an_operator_cancels_before_the_start)
{
    struct jml_request *r = ask(JML_ADMIN_ADD, "Sales");
    r->starts_at = case_time("2026-06-10");
    case_step();
    case_command("request_cancel", jml_id_text(&the_case.arena, r->id));
    case_go("2026-06-11");
    says(case_requests(), "adminAdd Sales canceled canceled");
    struct jml_command *c = case_command("request_cancel", jml_id_text(&the_case.arena, r->id));
    case_step();
    cr_expect_eq(c->state, JML_COMMAND_REFUSED);
}

Test(request, a_person_nobody_knows_is_denied)
{
    begin();
    case_apply(CONFIG);
    ask(JML_ADMIN_ADD, "Sales");
    case_step();
    says(case_requests(), "adminAdd Sales denied unknown_person");
}

Test(request, a_person_who_left_is_denied)
{
    leaver("2026-05-15");
    ask(JML_ADMIN_ADD, "Sales");
    case_step();
    says(case_requests(), "adminAdd Sales denied person_left");
}

Test(request, a_prehire_gets_what_is_asked_for)
{
    begin();
    case_apply(CONFIG);
    joiner("2026-07-01", NULL);
    ask(JML_ADMIN_ADD, "Sales");
    case_step();
    says(case_holds(), "Sales until 2026-07-01 09:00");
}

Test(request, a_suspended_person_waits)
{
    mover("2026-05-01", "{'suspended':true}");
    ask(JML_ADMIN_ADD, "Sales");
    case_step();
    says(case_requests(), "adminAdd Sales scheduled");
    says(case_alarm(), "none");
    case_clock("2026-06-05");
    mover("2026-06-04", "{'suspended':null}");
    case_step();
    says(case_holds(), "Sales until 2026-07-05");
}

Test(request, a_package_that_is_gone_is_denied)
{
    ask(JML_ADMIN_ADD, "Sales")->package_id = the_case.s.person.id;
    case_step();
    says(case_requests(), "adminAdd ? denied unknown_package");
}

Test(request, an_administrator_may_give_again_what_leaving_lets_end)
{
    begin();
    case_apply(CONFIG);
    joiner("2026-01-01", "{'kind':'soft'}");
    ask(JML_ADMIN_ADD, "Base");
    case_step();
    leaver("2026-06-10");
    case_live("2026-06-12");
    says(case_holds(), "Base until 2026-07-11");
    joiner("2026-06-20", NULL);
    case_live("2026-06-21");
    ask(JML_ADMIN_ADD, "Base");
    case_live("2026-08-01");
    says(case_holds(), "Base");
}

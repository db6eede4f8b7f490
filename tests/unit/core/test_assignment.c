/* SPDX-License-Identifier: MIT */
#include "unit/core/sentences.h"

#include <string.h>

#define CONFIG                                                                                     \
    CONFIGURATION(RESOURCE("Base") "," RESOURCE("Sales") "," RESOURCE("Ten") "," RESOURCE("Short"), \
                  PACKAGE("Base", POLICY("Always", FOREVER)) ","                                   \
                  PACKAGE("Sales", POLICY("Thirty", FOR("P30D"))) ","                              \
                  PACKAGE("Ten", POLICY("Ten", FOR("P10D"))) ","                                   \
                  PACKAGE("Short", POLICY("Hours", FOR("PT20H"))), "")

#define PERSON "{'mail':'e1@example.com','displayName':'Ann'}"

static void begin_employed(void)
{
    begin();
    case_apply(CONFIG);
    joiner("2026-01-01", PERSON);
    case_step();
}

TestSuite(assignment, .init = begin_employed, .fini = end);

static void give(const char *package)
{
    case_request(JML_ADMIN_ADD, package, NULL);
    case_step();
}

static void move_end(const char *package, const char *to)
{
    case_request(JML_ADMIN_UPDATE, package, NULL)->ends_at = case_time(to);
    case_step();
}

/* ---- notices (A6) ---- */

Test(assignment, thirty_days_have_one_notice_at_fourteen_and_one_at_one_day)
{
    give("Sales");
    says(case_alarm(), "2026-06-17 09:00");
    case_live("2026-06-17 08:59");
    says(case_notices(), "");
    case_live("2026-06-17 09:00");
    says(case_notices(), "near_expiry_14_days 2026-06-17 09:00");
    says(case_assignment("Sales")->status, "NearExpiry14DayNotificationTriggered");
    case_live("2026-06-30 09:00");
    says(case_notices(), "near_expiry_14_days 2026-06-17 09:00; near_expiry_1_day 2026-06-30 09:00");
    says(case_assignment("Sales")->status, "NearExpiry1DayNotificationTriggered");
    case_live("2026-08-01");
    says(case_mails(), "near_expiry_14_days 2026-06-17 09:00 to e1@example.com; "
                       "near_expiry_1_day 2026-06-30 09:00 to e1@example.com; "
                       "access_ended 2026-07-01 09:00 to e1@example.com");
    says(case_ends(), "Sales expired 2026-07-01 09:00");
    says(case_assignment("Sales")->status, "ExpiredNotificationTriggered");
    says(case_requests(), "adminAdd Sales delivered; systemRemove Sales delivered");
}

Test(assignment, however_often_one_looks_there_is_one_notice_each)
{
    give("Sales");
    for (jml_time t = case_time("2026-06-16"); t < case_time("2026-07-03"); t += 7 * JML_HOUR) {
        case_clock_to(t);
        case_step();
    }
    says(case_notices(), "near_expiry_14_days 2026-06-17 11:00; near_expiry_1_day 2026-06-30 14:00");
}

Test(assignment, ten_days_have_no_notice_at_fourteen)
{
    give("Ten");
    case_live("2026-07-01");
    says(case_notices(), "near_expiry_1_day 2026-06-10 09:00");
    cr_expect(strstr(the_case.audit.items[the_case.audit.n - 1]->actor, "jmld"));
}

Test(assignment, that_a_notice_does_not_apply_is_on_record)
{
    give("Ten");
    bool found = false;
    for (size_t i = 0; i < the_case.audit.n; i++)
        found = found || (the_case.audit.items[i]->rule == 502 &&
                          strstr(the_case.audit.items[i]->detail,
                                 "\"notice_14_days\":\"not applicable\",\"notice_1_day\":\"armed\""));
    cr_expect(found);
}

Test(assignment, twenty_hours_have_no_notice_at_all)
{
    give("Short");
    case_live("2026-07-01");
    says(case_mails(), "access_ended 2026-06-02 05:00 to e1@example.com");
}

Test(assignment, forever_has_neither_notice_nor_alarm)
{
    give("Base");
    says(case_alarm(), "none");
    case_live("2030-01-01");
    says(case_mails(), "");
    says(case_holds(), "Base");
}

Test(assignment, a_shortened_end_sends_one_late_notice)
{
    give("Sales");
    case_clock("2026-06-05");
    move_end("Sales", "2026-06-10");
    says(case_notices(), "near_expiry_14_days 2026-06-05");
    cr_expect(strstr(the_case.notifications.items[0]->body, "ends in 5 days"));
    cr_expect(strstr(the_case.notifications.items[0]->body, "The last day with access is 2026-06-09"));
    case_live("2026-07-10");
    says(case_notices(), "near_expiry_14_days 2026-06-05; near_expiry_1_day 2026-06-09");
}

Test(assignment, an_end_shortened_to_hours_sends_the_one_day_notice_at_once)
{
    give("Sales");
    move_end("Sales", "2026-06-01 20:00");
    says(case_notices(), "near_expiry_1_day 2026-06-01 09:00");
    case_live("2026-07-10");
    says(case_notices(), "near_expiry_1_day 2026-06-01 09:00");
    says(case_ends(), "Sales expired 2026-06-01 20:00");
}

Test(assignment, a_missed_notice_goes_out_late_and_says_how_many_days_are_left)
{
    give("Sales");
    case_go("2026-06-25"); /* the daemon was down */
    says(case_notices(), "near_expiry_14_days 2026-06-25");
    cr_expect(strstr(the_case.notifications.items[0]->body, "ends in 6 days"));
    case_live("2026-07-10");
    says(case_notices(), "near_expiry_14_days 2026-06-25; near_expiry_1_day 2026-06-30 09:00");
}

Test(assignment, when_both_were_missed_only_the_last_one_goes_out)
{
    give("Sales");
    case_go("2026-06-30 15:00");
    says(case_notices(), "near_expiry_1_day 2026-06-30 15:00");
}

Test(assignment, after_the_end_there_is_no_notice)
{
    give("Sales");
    case_go("2026-07-05");
    says(case_mails(), "access_ended 2026-07-05 to e1@example.com");
    says(case_ends(), "Sales expired 2026-07-05");
}

Test(assignment, a_new_end_arms_both_again_and_resets_the_status)
{
    give("Sales");
    case_live("2026-06-20 09:00");
    says(case_notices(), "near_expiry_14_days 2026-06-17 09:00");
    move_end("Sales", "2026-07-20");
    says(case_assignment("Sales")->status, "Delivered");
    says(case_holds(), "Sales until 2026-07-20");
    case_live("2026-08-20");
    says(case_notices(), "near_expiry_14_days 2026-06-17 09:00; near_expiry_14_days 2026-07-06; "
                         "near_expiry_1_day 2026-07-19");
}

Test(assignment, an_end_that_moves_away_and_comes_back_is_told_again)
{
    give("Sales");
    case_live("2026-06-18 09:00");
    move_end("Sales", "2026-07-10");
    move_end("Sales", "2026-07-01 09:00");
    says(case_notices(), "near_expiry_14_days 2026-06-17 09:00; near_expiry_14_days 2026-06-18 09:00");
    case_live("2026-07-10");
    says(case_ends(), "Sales expired 2026-07-01 09:00");
}

Test(assignment, notices_are_counted_in_days_where_the_person_lives)
{
    mover("2026-01-02", "{'timeZone':'Europe/Berlin'}");
    case_clock("2026-10-10 10:00");
    give("Sales"); /* the clocks go back in between: 12:00 stays 12:00 */
    says(case_holds(), "Sales until 2026-11-09 11:00");
    case_live("2026-12-01");
    says(case_notices(), "near_expiry_14_days 2026-10-26 11:00; near_expiry_1_day 2026-11-08 11:00");
}

Test(assignment, a_notice_goes_to_the_manager_when_the_person_has_no_address)
{
    case_manager("M1", "Mia", "mia@example.com");
    mover("2026-02-01", "{'mail':null,'manager':'M1'}");
    give("Ten");
    case_live("2026-06-10 09:00");
    says(case_mails(), "near_expiry_1_day 2026-06-10 09:00 to mia@example.com");
}

Test(assignment, without_any_address_the_notice_fails_and_the_end_comes)
{
    mover("2026-02-01", "{'mail':null}");
    give("Ten");
    case_live("2026-06-20");
    says(case_mails(), "near_expiry_1_day 2026-06-10 09:00 failed");
    says(case_ends(), "Ten expired 2026-06-11 09:00");
}

Test(assignment, the_manager_gets_a_copy_where_that_is_wanted)
{
    the_case.world.copy_manager = true;
    case_manager("M1", "Mia", "mia@example.com");
    mover("2026-02-01", "{'manager':'M1'}");
    give("Ten");
    case_live("2026-06-10 09:00");
    says(the_case.notifications.items[0]->cc, "mia@example.com");
}

Test(assignment, people_who_left_get_no_notice)
{
    give("Sales");
    leaver("2026-06-16");
    case_step();
    case_live("2026-07-10");
    says(case_mails(), "");
    says(case_ends(), "Sales left 2026-06-17");
}

Test(assignment, a_person_who_was_taken_back_gets_no_notice_when_all_was_missed)
{
    give("Sales");
    leaver("2026-06-16");
    case_step();
    case_go("2026-06-30 10:00");
    says(case_mails(), "");
    says(case_ends(), "Sales left 2026-06-30 10:00");
}

/* ---- the safety net (C7) ---- */

#define LEAVING(enabled, tasks)                                                                    \
    ONLY_WORKFLOWS(                                                                                \
        WORKFLOW_IS("Last day", "leaver", enabled, enabled, ON(LEAVE("0"), ANYBODY), tasks))

Test(assignment, a_leaver_holds_nothing_without_any_workflow)
{
    give("Base");
    leaver("2026-06-10");
    case_step();
    says(case_alarm(), "2026-06-11");
    says(case_time_text(the_case.s.person.removal_at), "2026-06-11");
    case_go("2026-06-11");
    says(case_holds(), "");
    says(case_ends(), "Base left 2026-06-11");
    says(case_requests(), "adminAdd Base delivered; systemRemove Base delivered");
    says(case_alarm(), "none");
}

Test(assignment, a_leaver_does_not_depend_on_a_workflow_that_is_disabled)
{
    case_apply(LEAVING("false", REMOVE_ALL("0")));
    give("Base");
    leaver("2026-06-10");
    case_live("2026-06-11");
    says(case_runs(), "");
    says(case_ends(), "Base left 2026-06-11");
}

Test(assignment, a_leaver_does_not_depend_on_a_mail_to_a_manager)
{
    case_apply(LEAVING("true", LAST_DAY "," REMOVE_ALL("0")));
    give("Base");
    leaver("2026-06-10");
    case_live("2026-06-11");
    says(case_runs(), "Last day completed");
    says(case_ends(), "Base removed 2026-06-11");
}

Test(assignment, a_late_leaver_loses_all_when_it_is_executed)
{
    give("Base");
    give("Sales");
    case_clock("2026-06-20");
    leaver("2026-05-10");
    case_step();
    says(case_person(), "left 2026-01-01..2026-05-11");
    says(case_ends(), "Base left 2026-06-20; Sales left 2026-06-20");
}

Test(assignment, an_end_that_a_leave_task_set_is_kept)
{
    case_apply(LEAVING("true", REMOVE_ALL("30")));
    give("Base");
    give("Sales");
    leaver("2026-06-10");
    case_live("2026-06-12");
    says(case_holds(), "Base until 2026-07-11; Sales until 2026-07-01 09:00");
    case_live("2026-08-01");
    says(case_ends(), "Base expired 2026-07-11; Sales expired 2026-07-01 09:00");
    says(case_mails(), "");
}

Test(assignment, a_leaver_who_comes_back_keeps_what_the_new_employment_gives)
{
    case_apply(ONLY_WORKFLOWS(
        WORKFLOW("Before", "joiner", ON(HIRE("-7"), ANYBODY), ADD("Base", "Always"))));
    give("Sales");
    give("Base");
    leaver("2026-06-10");
    joiner("2026-06-15", PERSON);
    case_step();
    case_live("2026-06-09");
    says(case_runs(), "Before completed");
    case_live("2026-06-12");
    says(case_person(), "prehire 2026-06-15..");
    says(case_holds(), "Base");
    says(case_ends(), "Sales left 2026-06-11");
}

Test(assignment, days_after_the_creation_give_to_who_came_back)
{
    case_apply(ONLY_WORKFLOWS(
        WORKFLOW("Month in", "joiner", ON(CREATED("30"), ANYBODY), ADD("Base", "Always"))));
    case_clock("2026-06-02");
    leaver("2026-06-10");
    joiner("2026-06-15", PERSON);
    case_live("2026-07-02");
    says(case_runs(), "Month in completed");
    says(case_holds(), "Base");
}

Test(assignment, a_late_leaver_takes_all_but_what_a_later_employment_gave)
{
    case_apply(ONLY_WORKFLOWS(
        WORKFLOW("First day", "joiner", ON(HIRE("0"), ANYBODY), ADD("Base", "Always")) ","
        WORKFLOW("Last day", "leaver", ON(LEAVE("0"), ANYBODY), REMOVE_ALL("0"))));
    give("Sales");
    give("Base");
    case_clock("2026-06-10");
    joiner("2026-06-10", PERSON); /* a mover, as it seems */
    case_step();
    says(case_runs(), "");
    case_clock("2026-06-12");
    leaver("2026-06-05");
    case_step();
    says(case_person(), "active 2026-06-10..");
    says(case_runs(), "First day completed; Last day completed");
    says(case_holds(), "Base");
}

Test(assignment, an_end_set_by_a_leave_task_is_replaced_when_it_is_asked_for_again)
{
    case_apply(ONLY_WORKFLOWS(
        WORKFLOW("First day", "joiner", ON(HIRE("0"), ANYBODY), ADD("Base", "Always")) ","
        WORKFLOW("Last day", "leaver", ON(LEAVE("0"), ANYBODY), REMOVE_ALL("30"))));
    give("Sales");
    give("Base");
    leaver("2026-06-10");
    joiner("2026-06-20", PERSON);
    case_live("2026-06-15");
    says(case_holds(), "Base until 2026-07-11; Sales until 2026-07-01 09:00");
    case_live("2026-06-21");
    says(case_holds(), "Base; Sales until 2026-07-01 09:00");
    case_live("2026-08-01");
    says(case_holds(), "Base");
}

Test(assignment, a_person_of_several_employments_keeps_access_until_the_last_end)
{
    joiner("2026-02-01", NULL)->employment = "side";
    give("Base");
    leaver("2026-06-10");
    case_live("2026-06-12");
    says(case_holds(), "Base");
    leaver("2026-06-12")->employment = "side";
    case_live("2026-06-14");
    says(case_ends(), "Base left 2026-06-13");
}

Test(assignment, removing_by_a_task_ends_what_is_held_and_cancels_what_waits)
{
    case_apply(ONLY_WORKFLOWS(
        WORKFLOW("Moved", "mover", ON(CHANGE("department"), ANYBODY), REMOVE("Base, Ten"))));
    give("Base");
    case_request(JML_ADMIN_ADD, "Ten", NULL)->starts_at = case_time("2026-06-20");
    case_step();
    case_clock("2026-06-02");
    mover("2026-06-02", "{'department':'IT'}");
    case_step();
    says(case_ends(), "Base removed 2026-06-02");
    says(case_requests(), "adminAdd Base delivered; adminAdd Ten canceled; systemRemove Base delivered");
}

Test(assignment, a_mover_may_leave_some_days)
{
    case_apply(ONLY_WORKFLOWS(
        WORKFLOW("Moved", "mover", ON(CHANGE("department"), ANYBODY), REMOVE_ALL("5"))));
    give("Base");
    give("Short");
    case_clock("2026-06-01 10:00");
    mover("2026-06-01 10:00", "{'department':'IT'}");
    case_step();
    says(case_holds(), "Base until 2026-06-06 10:00; Short until 2026-06-02 05:00");
    says(case_notices(), "near_expiry_14_days 2026-06-01 10:00");
}

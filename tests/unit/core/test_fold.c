/* SPDX-License-Identifier: MIT */
#include "unit/core/sentences.h"

#include <string.h>

SUITE(fold);

static const char *attribute(const char *name)
{
    const char *text = jml_value_find_string(the_case.s.person.attributes, name);
    return text ? text : "";
}

static void says_reason(const char *code)
{
    const struct jml_event *e = the_case.s.events.items[the_case.s.events.n - 1];
    case_step();
    cr_expect_eq(e->state, JML_EVENT_REJECTED);
    cr_expect(e->error && strncmp(e->error, code, strlen(code)) == 0, "said %s, wanted %s",
              e->error ? e->error : "nothing", code);
    cr_expect_eq(the_case.s.person.state, JML_PERSON_UNKNOWN);
}

Test(fold, a_joiner_of_a_later_day_is_a_prehire_until_that_day_begins)
{
    joiner("2026-06-11", NULL);
    case_step();
    says(case_person(), "prehire 2026-06-11..");
    says(case_alarm(), "2026-06-11");
    case_go("2026-06-10 23:59:59");
    says(case_person(), "prehire 2026-06-11..");
    case_go("2026-06-11");
    says(case_person(), "active 2026-06-11..");
    says(case_alarm(), "none");
    says(case_audit(JML_MACHINE_PERSON), "201 prehire; 221 active");
}

Test(fold, the_day_begins_where_the_person_lives)
{
    joiner("2026-06-11", "{'timeZone':'America/New_York'}");
    case_step();
    says(case_person(), "prehire 2026-06-11 04:00..");
    cr_expect_str_eq(the_case.s.person.zone, "America/New_York");
}

Test(fold, an_event_without_a_zone_has_that_of_the_nearest_earlier_one)
{
    leaver("2026-12-31");
    joiner("2026-06-11", "{'timeZone':'Asia/Tokyo'}");
    mover("2026-09-01", "{'timeZone':'Europe/Berlin'}");
    case_step();
    says(case_person(), "prehire 2026-06-10 15:00..2026-12-31 23:00");
}

Test(fold, without_any_zone_it_is_the_default_as_of_receipt)
{
    joiner("2026-06-11", NULL)->default_zone = "Europe/Berlin";
    case_step();
    says(case_person(), "prehire 2026-06-10 22:00..");
    the_case.world.default_zone = "Asia/Tokyo";
    case_step();
    says(case_person(), "prehire 2026-06-10 22:00..");
}

Test(fold, an_instant_is_taken_as_it_is)
{
    joiner("2026-06-11 13:30", "{'timeZone':'Asia/Tokyo'}");
    case_step();
    says(case_person(), "prehire 2026-06-11 13:30..");
}

Test(fold, a_leaver_has_access_to_the_end_of_the_last_day)
{
    joiner("2026-01-01", "{'timeZone':'Europe/Berlin'}");
    leaver("2026-06-30");
    case_step();
    says(case_person(), "active 2025-12-31 23:00..2026-06-30 22:00");
    case_go("2026-06-30 21:59:59");
    says(case_person(), "active 2025-12-31 23:00..2026-06-30 22:00");
    case_go("2026-06-30 22:00");
    says(case_person(), "left 2025-12-31 23:00..2026-06-30 22:00");
}

Test(fold, an_immediate_leaver_ends_at_its_receipt_whatever_other_dates_say)
{
    joiner("2026-01-01", NULL);
    leaver("2026-12-31");
    case_step();
    case_clock("2026-06-05 14:07");
    case_event(JML_LEAVER, NULL, "{'immediate':true}");
    case_step();
    says(case_person(), "left 2026-01-01..2026-06-05 14:07");
    says(case_events(), "1 done; 2 done; 3 done");
}

Test(fold, an_immediate_leaver_with_a_date_to_come_ends_at_its_receipt_too)
{
    joiner("2026-01-01", NULL);
    case_event(JML_LEAVER, "2026-12-31", "{'immediate':true}");
    case_step();
    says(case_person(), "left 2026-01-01..2026-06-01 09:00");
}

Test(fold, a_no_show_empties_the_period_that_has_not_begun)
{
    joiner("2026-06-11", NULL);
    case_step();
    leaver("2026-06-05");
    case_step();
    says(case_person(), "left");
    says(case_events(), "1 done; 2 done");
    says(case_alarm(), "none");
}

Test(fold, a_leaver_on_the_eve_is_a_no_show)
{
    joiner("2026-06-11", NULL);
    leaver("2026-06-10");
    case_step();
    says(case_person(), "left");
}

Test(fold, a_leaver_on_the_first_day_works_that_one_day)
{
    joiner("2026-06-11", NULL);
    leaver("2026-06-11");
    case_step();
    says(case_person(), "prehire 2026-06-11..2026-06-12");
}

Test(fold, a_leaver_before_a_period_that_had_begun_closes_nothing)
{
    joiner("2026-05-01", NULL);
    leaver("2026-04-15");
    case_step();
    says(case_person(), "active 2026-05-01..");
    says(case_events(), "1 done; 2 done closes_nothing");
}

Test(fold, a_leaver_of_nobody_is_done_with_a_warning_until_something_matches)
{
    leaver("2026-06-30");
    case_step();
    says(case_person(), "unknown");
    says(case_events(), "1 done closes_nothing");
    case_clock("2026-06-02");
    joiner("2026-01-01", NULL);
    case_step();
    says(case_person(), "active 2026-01-01..2026-07-01");
    says(case_events(), "1 done; 2 done");
    says(case_audit(JML_MACHINE_EVENT), "101 done; 113 done; 101 done");
}

Test(fold, a_leaver_of_another_employment_closes_nothing)
{
    joiner("2026-01-01", NULL);
    leaver("2026-05-30")->employment = "side";
    case_step();
    says(case_person(), "active 2026-01-01..");
    says(case_events(), "1 done; 2 done closes_nothing");
}

Test(fold, a_leaver_that_is_said_twice_is_no_mistake)
{
    joiner("2026-01-01", NULL);
    leaver("2026-05-15");
    leaver("2026-05-15");
    case_step();
    says(case_events(), "1 done; 2 done; 3 done");
    case_clock("2026-06-02");
    joiner("2026-07-01", NULL);
    case_step();
    says(case_person(), "prehire 2026-07-01..");
}

Test(fold, a_star_ends_all_employments)
{
    joiner("2026-01-01", NULL);
    joiner("2026-02-01", NULL)->employment = "side";
    leaver("2026-05-15")->employment = "*";
    case_step();
    says(case_periods(), "main 2026-01-01..2026-05-16; side 2026-02-01..2026-05-16");
    says(case_person(), "left 2026-01-01..2026-05-16");
}

Test(fold, the_order_of_arrival_makes_no_difference)
{
    leaver("2026-05-15");
    mover("2026-03-01", "{'department':'IT'}");
    joiner("2026-01-01", "{'department':'Sales'}");
    case_step();
    says(case_person(), "left 2026-01-01..2026-05-16");
    cr_expect_str_eq(attribute("department"), "IT");
}

Test(fold, a_second_joiner_in_an_open_period_acts_as_a_mover)
{
    joiner("2026-01-01", "{'department':'Sales'}");
    joiner("2026-03-01", "{'department':'IT'}");
    case_step();
    says(case_person(), "active 2026-01-01..");
    says(case_events(), "1 done; 2 done joiner_as_mover");
    cr_expect_str_eq(attribute("department"), "IT");
}

Test(fold, a_hire_sent_again_with_a_later_date_moves_the_start)
{
    joiner("2026-06-11", NULL);
    case_step();
    case_clock("2026-06-05");
    joiner("2026-06-20", NULL);
    case_step();
    says(case_person(), "prehire 2026-06-20..");
    says(case_events(), "1 done; 2 done");
}

Test(fold, a_hire_sent_again_with_an_earlier_date_moves_the_start)
{
    joiner("2026-06-11", NULL);
    case_step();
    joiner("2026-06-08", NULL);
    case_step();
    says(case_person(), "prehire 2026-06-08..");
}

Test(fold, a_hire_sent_again_after_it_began_moves_nothing)
{
    joiner("2026-05-11", NULL)->received_at = case_time("2026-05-01");
    joiner("2026-06-20", NULL);
    case_step();
    says(case_person(), "active 2026-05-11..");
    says(case_events(), "1 done; 2 done joiner_as_mover");
}

Test(fold, of_three_hires_the_last_word_counts)
{
    joiner("2026-06-11", NULL);
    joiner("2026-06-20", NULL);
    joiner("2026-06-15", NULL);
    case_step();
    says(case_person(), "prehire 2026-06-15..");
    says(case_events(), "1 done; 2 done; 3 done");
}

Test(fold, a_mover_outside_of_any_period_applies_to_the_next_one)
{
    mover("2026-05-01", "{'department':'IT'}");
    joiner("2026-06-11", "{'department':'Sales','mail':'x@example.com'}");
    case_step();
    cr_expect_str_eq(attribute("department"), "IT");
    cr_expect_str_eq(attribute("mail"), "x@example.com");
}

Test(fold, a_rehire_starts_from_nothing)
{
    joiner("2026-01-01", "{'department':'Sales','mail':'x@example.com'}");
    leaver("2026-03-31");
    joiner("2026-05-01", "{'department':'IT'}");
    case_step();
    says(case_person(), "active 2026-05-01..");
    says(case_periods(), "main 2026-01-01..2026-04-01; main 2026-05-01..");
    cr_expect_str_eq(attribute("department"), "IT");
    cr_expect_str_eq(attribute("mail"), "");
}

Test(fold, attributes_change_on_their_day_and_null_takes_away)
{
    joiner("2026-01-01", "{'department':'Sales','office':{'city':'Oslo','floor':2}}");
    mover("2026-06-10", "{'department':null,'office':{'floor':3}}");
    case_step();
    cr_expect_str_eq(attribute("department"), "Sales");
    says(case_alarm(), "2026-06-10");
    case_go("2026-06-10");
    cr_expect_null(jml_value_find(the_case.s.person.attributes, "department"));
    says(jml_value_text(&the_case.arena, the_case.s.person.attributes),
         "{\"office\":{\"city\":\"Oslo\",\"floor\":3}}");
}

Test(fold, words_about_the_event_are_no_attributes)
{
    joiner("2026-01-01", "{'primary':true,'baseline':false,'department':'IT'}");
    case_step();
    says(jml_value_text(&the_case.arena, the_case.s.person.attributes),
         "{\"department\":\"IT\"}");
}

Test(fold, a_suspension_is_an_attribute_with_a_date)
{
    joiner("2026-01-01", NULL);
    mover("2026-06-10", "{'suspended':true}");
    mover("2026-07-10", "{'suspended':false}");
    case_step();
    says(case_person(), "active 2026-01-01..");
    case_go("2026-06-10");
    says(case_person(), "suspended 2026-01-01..");
    case_go("2026-07-10");
    says(case_person(), "active 2026-01-01..");
}

Test(fold, with_several_employments_a_person_leaves_with_the_last)
{
    joiner("2026-01-01", NULL);
    joiner("2026-02-01", NULL)->employment = "side";
    leaver("2026-05-15");
    case_step();
    says(case_person(), "active 2026-02-01..");
    leaver("2026-06-15")->employment = "side";
    case_step();
    case_go("2026-06-16");
    says(case_person(), "left 2026-02-01..2026-06-16");
}

Test(fold, the_primary_employment_is_the_one_that_says_so_else_the_oldest_open_one)
{
    joiner("2026-01-01", "{'department':'Sales'}");
    joiner("2026-02-01", "{'department':'IT'}")->employment = "side";
    case_step();
    cr_expect_str_eq(attribute("department"), "Sales");
    mover("2026-05-01", "{'primary':true}")->employment = "side";
    case_step();
    cr_expect_str_eq(attribute("department"), "IT");
}

Test(fold, a_correction_takes_the_place_of_its_target)
{
    joiner("2026-06-11", NULL);
    case_step();
    joiner("2026-06-25", NULL)->supersedes = "r1";
    case_step();
    says(case_person(), "prehire 2026-06-25..");
    says(case_events(), "1 superseded; 2 done");
}

Test(fold, a_correction_moves_a_hire_that_has_begun)
{
    joiner("2026-05-11", NULL)->received_at = case_time("2026-05-01");
    case_step();
    joiner("2026-06-25", NULL)->supersedes = "r1";
    case_step();
    says(case_person(), "prehire 2026-06-25..");
}

Test(fold, of_a_chain_of_corrections_the_last_member_counts_in_any_order)
{
    joiner("2026-06-25", NULL)->supersedes = "r3";
    case_step();
    says(case_events(), "1 done waits_for_target");
    joiner("2026-06-11", NULL);
    joiner("2026-06-18", NULL)->supersedes = "r2";
    case_step();
    says(case_person(), "prehire 2026-06-25..");
    says(case_events(), "1 done; 2 superseded; 3 superseded");
}

Test(fold, a_rescind_of_any_member_withdraws_the_chain_and_its_rescind_restores_it)
{
    joiner("2026-06-11", NULL);
    joiner("2026-06-18", NULL)->supersedes = "r1";
    rescind("r1");
    case_step();
    says(case_person(), "unknown");
    says(case_events(), "1 superseded; 2 superseded; 3 done");
    rescind("r3");
    case_step();
    says(case_person(), "prehire 2026-06-18..");
    says(case_events(), "1 superseded; 2 done; 3 superseded; 4 done");
}

Test(fold, a_rescind_that_comes_before_its_target_waits)
{
    rescind("r2");
    case_step();
    says(case_events(), "1 done waits_for_target");
    joiner("2026-06-11", NULL);
    case_step();
    says(case_person(), "unknown");
    says(case_events(), "1 done; 2 superseded");
}

Test(fold, corrections_in_a_ring_leave_one_of_them)
{
    joiner("2026-06-11", NULL)->supersedes = "r2";
    joiner("2026-06-18", NULL)->supersedes = "r1";
    case_step();
    says(case_person(), "prehire 2026-06-18..");
    rescind("r4");
    rescind("r3");
    case_step();
}

Test(fold, a_correction_of_another_kind_is_warned_of)
{
    joiner("2026-06-11", NULL);
    mover("2026-06-18", NULL)->supersedes = "r1";
    case_step();
    says(case_person(), "prehire 2026-06-11..");
    says(case_events(), "1 done; 2 done bad_supersedes");
}

Test(fold, a_reference_is_that_of_the_same_source)
{
    joiner("2026-06-11", NULL)->source = "other";
    rescind("r1");
    case_step();
    says(case_person(), "prehire 2026-06-11..");
    says(case_events(), "1 done; 2 done waits_for_target");
}

Test(fold, an_event_without_a_date_is_rejected)
{
    joiner(NULL, NULL);
    says_reason("bad_date: neither");
}

Test(fold, an_event_with_two_dates_is_rejected)
{
    jml_date_parse("2026-06-11", &joiner("2026-06-11 09:00", NULL)->effective_on);
    says_reason("bad_date: effective_at and effective_on");
}

Test(fold, a_date_out_of_this_world_is_rejected)
{
    joiner(NULL, NULL)->effective_at = JML_TIME_MAX;
    says_reason("bad_date: effective_at");
}

Test(fold, a_zone_nobody_knows_is_rejected_without_naming_it)
{
    joiner("2026-06-11", "{'timeZone':'Mars/Olympus'}");
    says_reason("bad_time_zone: attributes.timeZone");
    cr_expect_null(strstr(the_case.s.events.items[0]->error, "Mars"));
}

Test(fold, attributes_of_the_wrong_type_are_rejected)
{
    joiner("2026-06-11", "{'groups':'admins'}");
    says_reason("bad_attributes: attributes.groups");
}

Test(fold, a_joiner_can_not_be_immediate)
{
    joiner("2026-06-11", "{'immediate':true}");
    says_reason("bad_attributes: attributes.immediate");
}

Test(fold, a_joiner_can_not_be_of_all_employments)
{
    joiner("2026-06-11", NULL)->employment = "*";
    says_reason("bad_employment");
}

Test(fold, a_rescind_of_nothing_is_rejected)
{
    rescind(NULL);
    says_reason("bad_supersedes");
}

Test(fold, a_rejected_event_does_not_stop_the_next)
{
    joiner(NULL, NULL);
    joiner("2026-06-11", NULL);
    case_step();
    says(case_person(), "prehire 2026-06-11..");
    says(case_events(), "1 rejected bad_date; 2 done");
}

Test(fold, a_guest_who_is_hired_becomes_a_prehire)
{
    the_case.s.person.state = JML_PERSON_EXTERNAL;
    case_step();
    says(case_person(), "external");
    joiner("2026-06-11", NULL);
    the_case.s.person.moved = false;
    case_step();
    says(case_person(), "prehire 2026-06-11..");
}

Test(fold, two_movers_at_one_instant_that_differ_are_a_tie)
{
    joiner("2026-06-01", "{'department':'HR'}");
    mover("2026-06-10", "{'department':'Sales'}");
    mover("2026-06-10", "{'department':'IT'}");
    mover("2026-06-11", "{'department':'IT'}")->sequence = 1;
    mover("2026-06-11", "{'department':'Sales'}")->sequence = 2;
    mover("2026-06-12", "{'city':'Lisbon'}");
    mover("2026-06-12", "{'mail':'e1@example.com'}");
    case_step();
    says(case_events(), "1 done; 2 done; 3 done tie; 4 done; 5 done; 6 done; 7 done");
}

Test(fold, a_leaver_before_the_hire_means_the_days_of_the_hire)
{
    joiner("2026-06-14", "{'timeZone':'Europe/Berlin'}");
    leaver("2026-06-13");
    case_step();
    says(case_person(), "left");
}

Test(fold, the_papers_may_come_after_an_immediate_leaver)
{
    joiner("2026-05-01", NULL);
    leaver(NULL)->attributes = jml_value_with(&the_case.arena, jml_value_object(), "immediate",
                                              jml_value_bool(true));
    case_step();
    case_clock("2026-06-20");
    leaver("2026-05-25");
    case_step();
    says(case_events(), "1 done; 2 done; 3 done");
}

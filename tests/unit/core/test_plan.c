/* SPDX-License-Identifier: MIT */
#include "unit/core/sentences.h"

SUITE(plan);

#define PACKAGES PACKAGE("Base", POLICY("Always", FOREVER))
#define WITH(workflows) CONFIGURATION(RESOURCE("Base"), PACKAGES, workflows)
#define BASE            ADD("Base", "Always")
#define SALES           "(department eq `Sales`)"

#define BEFORE WORKFLOW("Before", "joiner", ON(HIRE("-7"), SALES), BASE)

Test(plan, a_hire_in_ten_days_is_planned_for_seven_days_before)
{
    case_apply(WITH(BEFORE));
    joiner("2026-06-11", "{'department':'Sales'}");
    case_step();
    says(case_runs(), "Before scheduled 2026-06-04");
    says(case_alarm(), "2026-06-04");
    says(case_holds(), "");
    case_go("2026-06-04");
    says(case_runs(), "Before completed");
    says(case_holds(), "Base");
    says(case_audit(JML_MACHINE_RUN), "301 scheduled; 303 inProgress; 310 completed");
}

Test(plan, days_are_counted_where_the_person_lives)
{
    case_apply(WITH(WORKFLOW("Before", "joiner", ON(HIRE("-7"), ANYBODY), BASE)));
    /* between the two the clocks go forward */
    the_case.world.now = case_time("2026-03-01");
    joiner("2026-04-02", "{'timeZone':'Europe/Berlin'}");
    case_step();
    says(case_runs(), "Before scheduled 2026-03-25 23:00");
    says(case_person(), "prehire 2026-04-01 22:00..");
}

Test(plan, a_missed_pre_hire_run_starts_at_once)
{
    case_apply(WITH(BEFORE));
    joiner("2026-06-03", "{'department':'Sales'}");
    case_step();
    says(case_runs(), "Before completed");
    says(case_holds(), "Base");
}

Test(plan, another_date_plans_anew)
{
    case_apply(WITH(BEFORE));
    joiner("2026-06-11", "{'department':'Sales'}");
    case_step();
    joiner("2026-06-25", "{'department':'Sales'}");
    case_step();
    says(case_runs(), "Before canceled replan; Before scheduled 2026-06-18");
}

Test(plan, a_date_that_comes_back_revives_its_run)
{
    case_apply(WITH(BEFORE));
    joiner("2026-06-11", "{'department':'Sales'}");
    case_step();
    joiner("2026-06-25", "{'department':'Sales'}")->supersedes = "r1";
    case_step();
    rescind("r2");
    case_step(); /* withdraws the chain */
    says(case_runs(), "Before canceled replan; Before canceled replan");
    rescind("r3");
    joiner("2026-06-11", "{'department':'Sales'}")->supersedes = "r2";
    case_step();
    says(case_runs(), "Before scheduled 2026-06-04; Before canceled replan");
    case_go("2026-06-04");
    says(case_holds(), "Base");
}

Test(plan, a_hire_that_is_withdrawn_cancels)
{
    case_apply(WITH(BEFORE));
    joiner("2026-06-11", "{'department':'Sales'}");
    case_step();
    rescind("r1");
    case_step();
    says(case_runs(), "Before canceled replan");
    says(case_alarm(), "none");
}

Test(plan, a_no_show_loses_what_the_pre_hire_run_gave)
{
    case_apply(WITH(BEFORE));
    joiner("2026-06-05", "{'department':'Sales'}");
    case_step();
    says(case_holds(), "Base");
    leaver("2026-06-03");
    case_step();
    says(case_person(), "left");
    says(case_holds(), "");
    says(case_ends(), "Base left 2026-06-01 09:00");
}

Test(plan, out_of_scope_is_not_planned)
{
    case_apply(WITH(BEFORE));
    joiner("2026-06-11", "{'department':'IT'}");
    case_step();
    says(case_runs(), "");
}

Test(plan, leaving_the_scope_cancels_and_names_the_clause)
{
    case_apply(WITH(WORKFLOW("Before", "joiner",
                             ON(HIRE("-7"), "(department eq `Sales` and country eq `NO`)"), BASE)));
    joiner("2026-06-11", "{'department':'Sales','country':'NO'}");
    case_step();
    says(case_runs(), "Before scheduled 2026-06-04");
    joiner("2026-06-11", "{'department':'Sales','country':'SE'}");
    case_step();
    says(case_runs(), "Before canceled scope");
    says(case_run("Before")->reason, "out of scope: country eq 'NO'");
    joiner("2026-06-11", "{'department':'Sales','country':'NO'}");
    case_step();
    says(case_runs(), "Before scheduled 2026-06-04");
}

Test(plan, a_scope_is_judged_on_the_day_it_is_about)
{
    case_apply(WITH(BEFORE));
    joiner("2026-06-11", "{'department':'IT'}");
    mover("2026-06-11", "{'department':'Sales'}");
    mover("2026-06-12", "{'department':'IT'}");
    case_step();
    says(case_runs(), "Before scheduled 2026-06-04");
}

Test(plan, a_scheduled_run_follows_the_newest_version)
{
    case_apply(WITH(BEFORE));
    joiner("2026-06-11", "{'department':'Sales'}");
    case_step();
    cr_expect_eq(case_run("Before")->version, 1);
    case_apply(ONLY_WORKFLOWS(
        WORKFLOW("Before", "joiner", ON(HIRE("-7"), SALES), BASE "," WELCOME)));
    case_step();
    says(case_runs(), "Before scheduled 2026-06-04");
    cr_expect_eq(case_run("Before")->version, 2);
    case_go("2026-06-04");
    case_apply(ONLY_WORKFLOWS(WORKFLOW("Before", "joiner", ON(HIRE("-7"), SALES), BASE)));
    case_step();
    cr_expect_eq(case_run("Before")->version, 2);
}

Test(plan, another_offset_moves_what_is_planned)
{
    case_apply(WITH(BEFORE));
    joiner("2026-06-11", "{'department':'Sales'}");
    case_step();
    case_apply(ONLY_WORKFLOWS(WORKFLOW("Before", "joiner", ON(HIRE("-3"), SALES), BASE)));
    case_step();
    says(case_runs(), "Before scheduled 2026-06-08");
}

Test(plan, disabling_cancels_and_enabling_plans_what_is_still_ahead)
{
    case_apply(WITH(BEFORE));
    joiner("2026-06-11", "{'department':'Sales'}");
    case_step();
    case_apply(ONLY_WORKFLOWS(
        WORKFLOW_IS("Before", "joiner", "false", "false", ON(HIRE("-7"), SALES), BASE)));
    case_step();
    says(case_runs(), "Before canceled workflow");
    says(case_alarm(), "2026-06-11");
    case_apply(WITH(BEFORE));
    case_step();
    says(case_runs(), "Before scheduled 2026-06-04");
}

Test(plan, what_passed_while_it_was_disabled_is_history)
{
    case_apply(WITH(BEFORE));
    joiner("2026-06-11", "{'department':'Sales'}");
    case_step();
    case_apply(ONLY_WORKFLOWS(
        WORKFLOW_IS("Before", "joiner", "false", "false", ON(HIRE("-7"), SALES), BASE)));
    case_step();
    case_go("2026-06-05");
    case_apply(WITH(BEFORE));
    case_step();
    says(case_runs(), "Before canceled workflow");
    says(case_holds(), "");
}

Test(plan, a_workflow_that_is_new_does_not_catch_up_on_people_who_are_there)
{
    joiner("2026-05-11", "{'department':'Sales'}");
    joiner("2026-06-20", "{'department':'Sales'}")->employment = "side";
    case_step();
    case_clock("2026-06-02");
    case_apply(WITH(WORKFLOW("First day", "joiner", ON(HIRE("0"), SALES), BASE)));
    case_step();
    says(case_runs(), "First day scheduled 2026-06-20");
}

Test(plan, an_old_hire_that_comes_in_after_the_workflow_is_no_history)
{
    case_apply(WITH(WORKFLOW("First day", "joiner", ON(HIRE("0"), SALES), BASE)));
    case_clock("2026-06-02");
    joiner("2026-06-01", "{'department':'Sales'}");
    case_step();
    says(case_runs(), "First day completed");
}

Test(plan, what_came_before_the_joiner_it_needs_is_no_history)
{
    case_apply(WITH(WORKFLOW("Moved", "mover", ON(CHANGE("department"), SALES), BASE)));
    mover("2026-05-30", "{'department':'Sales'}");
    case_step();
    case_clock("2026-06-01 10:00");
    joiner("2026-01-01", "{'department':'IT'}");
    case_step();
    says(case_runs(), "Moved completed");
}

Test(plan, a_schedule_that_is_off_plans_nothing)
{
    case_apply(
        WITH(WORKFLOW_IS("Before", "joiner", "true", "false", ON(HIRE("-7"), ANYBODY), BASE)));
    joiner("2026-06-11", NULL);
    case_step();
    says(case_runs(), "");
}

Test(plan, a_change_of_an_attribute_runs_on_its_day)
{
    case_apply(WITH(WORKFLOW("Moved", "mover", ON(CHANGE("department"), SALES), BASE)));
    joiner("2026-01-01", "{'department':'IT'}");
    mover("2026-06-10", "{'department':'Sales'}");
    case_step();
    says(case_runs(), "Moved scheduled 2026-06-10");
    case_go("2026-06-10");
    says(case_runs(), "Moved completed");
}

Test(plan, setting_an_attribute_to_what_it_is_changes_nothing)
{
    case_apply(WITH(WORKFLOW("Moved", "mover", ON(CHANGE("department"), SALES), BASE)));
    joiner("2026-01-01", "{'department':'Sales'}");
    mover("2026-06-10", "{'department':'Sales','office':'2'}");
    case_step();
    says(case_runs(), "");
}

Test(plan, nested_attributes_are_watched_by_their_path)
{
    case_apply(WITH(
        WORKFLOW("Moved", "mover", ON(CHANGE("employeeOrgData/costCenter"), ANYBODY), BASE)));
    joiner("2026-01-01", "{'employeeOrgData':{'costCenter':'1','division':'A'}}");
    mover("2026-06-10", "{'employeeOrgData':{'division':'B'}}");
    mover("2026-06-12", "{'employeeOrgData':{'costCenter':'2'}}");
    case_step();
    says(case_runs(), "Moved scheduled 2026-06-12");
}

Test(plan, joining_a_group_runs_also_at_the_hire_and_leaving_it_its_own)
{
    case_apply(WITH(WORKFLOW("In", "mover", ON_GROUP("add", "'travellers'"), BASE) ","
                    WORKFLOW("Out", "mover", ON_GROUP("remove", "'travellers'"), REMOVE("Base"))));
    joiner("2026-06-11", "{'groups':['travellers']}");
    mover("2026-06-20", "{'groups':[]}");
    case_step();
    says(case_runs(), "In scheduled 2026-06-11; Out scheduled 2026-06-20");
    case_live("2026-06-15");
    says(case_holds(), "Base");
    case_live("2026-06-21");
    says(case_holds(), "");
}

Test(plan, a_window_that_is_over_waits_for_an_operator)
{
    case_apply(WITH(
        WORKFLOW("Window", "joiner", ON(BETWEEN("employeeHireDate", "before", "2", "7"), ANYBODY),
                 BASE)));
    joiner("2026-06-02", NULL);
    case_step();
    says(case_runs(), "Window held");
}

Test(plan, a_window_is_entered_at_its_first_day_or_at_once)
{
    case_apply(WITH(
        WORKFLOW("Window", "joiner", ON(BETWEEN("employeeHireDate", "before", "2", "7"), ANYBODY),
                 BASE)));
    joiner("2026-06-11", NULL);
    joiner("2026-06-04", NULL)->employment = "side";
    case_step();
    says(case_runs(), "Window completed; Window scheduled 2026-06-04");
}

Test(plan, days_after_the_creation_are_counted_once_for_a_person)
{
    case_apply(WITH(WORKFLOW("Thirty days in", "joiner", ON(CREATED("30"), ANYBODY), BASE)));
    joiner("2026-06-11", NULL);
    joiner("2026-06-11", NULL)->employment = "side";
    case_step();
    says(case_runs(), "Thirty days in scheduled 2026-07-01 09:00");
    leaver("2026-06-15");
    case_step();
    case_live("2026-08-01");
    says(case_runs(), "Thirty days in canceled replan; Thirty days in completed");
}

Test(plan, an_event_of_the_same_cause_makes_no_second_run)
{
    case_apply(WITH(WORKFLOW("First day", "joiner", ON(HIRE("0"), ANYBODY), BASE)));
    joiner("2026-06-01", NULL);
    case_step();
    joiner("2026-06-01", NULL);
    joiner("2026-06-01", NULL)->supersedes = "r1";
    case_step();
    says(case_runs(), "First day completed");
}

Test(plan, each_period_has_its_own_hire)
{
    case_apply(WITH(WORKFLOW("First day", "joiner", ON(HIRE("0"), ANYBODY), BASE)));
    joiner("2026-06-01", NULL);
    leaver("2026-06-10");
    joiner("2026-07-01", NULL);
    case_step();
    says(case_runs(), "First day completed; First day scheduled 2026-07-01");
    case_live("2026-07-02");
    says(case_runs(), "First day completed; First day completed");
    says(case_ends(), "Base left 2026-06-11");
    says(case_holds(), "Base");
}

Test(plan, nothing_of_a_period_that_is_over_starts)
{
    case_apply(WITH(WORKFLOW("First day", "joiner", ON(HIRE("0"), ANYBODY), BASE) ","
                    WORKFLOW("Last day", "leaver", ON(LEAVE("0"), ANYBODY), LAST_DAY)));
    joiner("2026-05-29", NULL);
    leaver("2026-05-30");
    case_step();
    says(case_runs(), "Last day completed");
    says(case_requests(), "");
}

Test(plan, a_hire_that_was_due_while_the_daemon_was_down_does_not_start_after_the_end)
{
    case_apply(WITH(WORKFLOW("First day", "joiner", ON(HIRE("0"), ANYBODY), BASE)));
    joiner("2026-06-10", NULL);
    leaver("2026-06-12");
    case_step();
    says(case_runs(), "First day scheduled 2026-06-10");
    case_go("2026-06-20");
    says(case_runs(), "First day canceled replan");
    says(case_person(), "left 2026-06-10..2026-06-13");
}

Test(plan, leave_runs_fire_once_when_several_employments_end_together)
{
    case_apply(WITH(WORKFLOW("Last day", "leaver", ON(LEAVE("0"), ANYBODY), LAST_DAY)));
    joiner("2026-01-01", NULL);
    joiner("2026-02-01", NULL)->employment = "side";
    leaver("2026-06-15")->employment = "*";
    case_step();
    says(case_runs(), "Last day scheduled 2026-06-16");
}

Test(plan, leave_runs_fire_at_the_last_end_only)
{
    case_apply(WITH(WORKFLOW("Last day", "leaver", ON(LEAVE("0"), ANYBODY), LAST_DAY)));
    joiner("2026-01-01", NULL);
    joiner("2026-02-01", NULL)->employment = "side";
    leaver("2026-06-15");
    case_step();
    says(case_runs(), "");
    leaver("2026-06-20")->employment = "side";
    case_step();
    says(case_runs(), "Last day scheduled 2026-06-21");
}

Test(plan, a_rehire_cancels_leave_runs_that_have_not_started)
{
    case_apply(WITH(WORKFLOW("A month later", "leaver", ON(LEAVE("30"), ANYBODY), LAST_DAY)));
    joiner("2026-01-01", NULL);
    leaver("2026-06-15");
    case_step();
    says(case_runs(), "A month later scheduled 2026-07-16");
    case_go("2026-06-20");
    joiner("2026-07-01", NULL);
    case_step();
    says(case_runs(), "A month later canceled replan");
}

Test(plan, a_baseline_makes_no_work_of_what_was)
{
    case_apply(WITH(WORKFLOW("First day", "joiner", ON(HIRE("0"), ANYBODY), BASE) ","
                    WORKFLOW("Created", "joiner", ON(CREATED("0"), ANYBODY), BASE) ","
                    WORKFLOW("Last day", "leaver", ON(LEAVE("0"), ANYBODY), LAST_DAY)));
    joiner("2026-05-29", "{'baseline':true}");
    case_step();
    says(case_person(), "active 2026-05-29..");
    says(case_runs(), "");
    leaver("2026-06-10");
    case_step();
    says(case_runs(), "Last day scheduled 2026-06-11");
}

Test(plan, a_correction_is_no_news_to_a_workflow_that_came_later)
{
    joiner("2026-06-01", "{'displayName':'Jon'}");
    case_apply(WITH(""));
    case_go("2026-06-01 10:00");
    case_clock("2026-06-01 11:00");
    case_apply(WITH(WORKFLOW("First day", "joiner", ON(HIRE("0"), ANYBODY), BASE) ","
                    WORKFLOW("Created", "joiner", ON(CREATED("0"), ANYBODY), BASE)));
    case_go("2026-06-02");
    joiner("2026-06-01", "{'displayName':'John'}")->supersedes = "r1";
    case_go("2026-06-02 01:00");
    mover("2026-06-02", "{'jobTitle':'Clerk'}");
    case_go("2026-06-02 02:00");
    says(case_runs(), "");
    joiner("2026-06-02", "{'displayName':'John'}")->supersedes = "r2";
    case_go("2026-06-02 03:00");
    says(case_runs(), "First day completed");
}

Test(plan, somebody_is_known_since_the_first_word_whatever_is_corrected)
{
    case_apply(WITH(WORKFLOW("Created", "joiner", ON(CREATED("0"), ANYBODY), BASE)));
    joiner("2026-06-01", "{'displayName':'Jon'}");
    case_step();
    says(case_runs(), "Created completed");
    case_clock("2026-06-02");
    joiner("2026-06-03", "{'displayName':'John'}")->supersedes = "r1";
    case_go("2026-06-02 01:00");
    says(case_runs(), "Created completed");
    says(case_holds(), "Base");
}

Test(plan, a_hire_in_another_zone_is_the_same_hire_to_a_workflow_that_ran_for_it)
{
    struct jml_event *e = joiner("2026-06-01", NULL);
    case_clock("2026-06-01 10:00");
    case_apply(WITH(WORKFLOW("First day", "joiner", ON(HIRE("0"), ANYBODY), BASE)));
    case_step(); /* it came in before the workflow, and had not been looked at */
    says(case_runs(), "First day completed");
    joiner("2026-06-01", "{'timeZone':'Australia/Melbourne'}")->supersedes = e->source_ref;
    case_go("2026-06-02");
    says(case_holds(), "Base");
}

Test(plan, a_corrected_department_is_news_to_a_workflow_that_came_later)
{
    joiner("2026-06-01", "{'department':'IT'}");
    case_apply(WITH(""));
    case_go("2026-06-01 10:00");
    case_clock("2026-06-01 11:00");
    case_apply(WITH(WORKFLOW("First day", "joiner", ON(HIRE("0"), SALES), BASE)));
    case_go("2026-06-02");
    joiner("2026-06-01", "{'department':'Sales'}")->supersedes = "r1";
    case_go("2026-06-02 01:00");
    says(case_runs(), "First day completed");
}

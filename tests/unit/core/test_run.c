/* SPDX-License-Identifier: MIT */
#include "unit/core/sentences.h"

SUITE(run);

#define WITH(workflows)                                                                            \
    CONFIGURATION(RESOURCE("Base") "," RESOURCE("Sales") "," RESOURCE("Old"),                      \
                  PACKAGE("Base", POLICY("Always", FOREVER)) ","                                   \
                  PACKAGE("Sales", POLICY("Thirty", FOR("P30D"))) ","                              \
                  PACKAGE("Old", POLICY("Gone", UNTIL("2026-01-01T00:00:00Z"))), workflows)
#define FIRST_DAY(tasks) WORKFLOW("First day", "joiner", ON(HIRE("0"), ANYBODY), tasks)
#define LAST(tasks)      WORKFLOW("Last day", "leaver", ON(LEAVE("0"), ANYBODY), tasks)
#define MAIL             "{'mail':'e1@example.com','displayName':'Ann','manager':'M1'}"

Test(run, tasks_are_done_in_their_order)
{
    case_apply(WITH(WORKFLOW("Moved", "mover", ON(CHANGE("department"), ANYBODY),
                             ADD("Base", "Always") "," REMOVE("Base") ","
                             ADD("Sales", "Thirty"))));
    joiner("2026-01-01", NULL);
    mover("2026-06-01", "{'department':'IT'}");
    case_step();
    says(case_runs(), "Moved completed");
    says(case_tasks(), "1 completed; 2 completed; 3 completed");
    says(case_holds(), "Sales until 2026-07-01 09:00");
    says(case_ends(), "Base removed 2026-06-01 09:00");
}

Test(run, a_failed_task_stops_the_rest)
{
    case_apply(WITH(FIRST_DAY(ADD("Old", "Gone") "," ADD("Base", "Always"))));
    joiner("2026-06-01", NULL);
    case_step();
    says(case_runs(), "First day failed");
    says(case_tasks(), "1 failed end_in_the_past");
    says(case_holds(), "");
}

Test(run, a_failed_task_may_let_the_rest_go_on)
{
    case_apply(WITH(FIRST_DAY(ADD_OR_GO_ON("Old", "Gone") "," ADD("Base", "Always"))));
    joiner("2026-06-01", NULL);
    case_step();
    says(case_runs(), "First day completedWithErrors");
    says(case_tasks(), "1 failed end_in_the_past; 2 completed");
    says(case_holds(), "Base");
}

Test(run, a_retry_does_what_failed_and_what_was_not_done)
{
    case_apply(WITH(FIRST_DAY(WELCOME "," ADD("Old", "Gone") "," ADD("Base", "Always"))));
    joiner("2026-06-01", MAIL);
    case_step();
    says(case_tasks(), "1 completed; 2 failed end_in_the_past");
    case_clock("2026-06-02");
    case_apply("{'accessPackages':[" PACKAGE("Old", POLICY("Gone", FOREVER)) "]}");
    case_command("run_retry", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    says(case_runs(), "First day completed");
    says(case_tasks(), "1 completed; 2 completed; 3 completed");
    says(case_holds(), "Base; Old");
    says(case_mails(), "welcome 2026-06-01 09:00 to e1@example.com");
    says(case_audit(JML_MACHINE_TASK),
         "351 completed; 352 failed; 357 completed; 351 completed");
}

Test(run, a_run_that_has_started_keeps_its_version)
{
    case_apply(WITH(FIRST_DAY(ADD("Old", "Gone"))));
    joiner("2026-06-01", NULL);
    case_step();
    case_apply("{'accessPackages':[" PACKAGE("Old", POLICY("Gone", FOREVER)) "]}");
    case_apply(ONLY_WORKFLOWS(FIRST_DAY(ADD("Base", "Always"))));
    case_command("run_retry", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    says(case_runs(), "First day completed");
    says(case_holds(), "Old");
    cr_expect_eq(case_run("First day")->version, 1);
    cr_expect_eq(case_workflow("First day")->version, 2);
}

Test(run, a_held_run_is_released_in_its_version_several_versions_later)
{
    case_apply(WITH(FIRST_DAY(ADD("Base", "Always"))));
    joiner("2026-05-01", NULL);
    case_step();
    case_apply(ONLY_WORKFLOWS(FIRST_DAY(ADD("Sales", "Thirty"))));
    case_step();
    case_apply(ONLY_WORKFLOWS(FIRST_DAY(WELCOME)));
    case_step();
    says(case_runs(), "First day held");
    case_command("run_release", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    says(case_runs(), "First day completed");
    says(case_tasks(), "1 completed");
    says(case_holds(), "Base");
    cr_expect_eq(case_run("First day")->version, 1);
    cr_expect_eq(case_workflow("First day")->version, 3);
}

Test(run, a_version_that_names_what_is_gone_is_not_gone_on_with)
{
    case_apply(WITH(FIRST_DAY(ADD("Base", "Always"))));
    joiner("2026-05-01", NULL);
    case_step();
    case_apply(ONLY_WORKFLOWS(FIRST_DAY(ADD("Sales", "Thirty"))));
    for (size_t i = 0; i < the_case.rows.policies.n; i++)
        if (jml_streq(the_case.rows.policies.items[i].display_name, "Always"))
            the_case.rows.policies.items[i].id.bytes[0] ^= 1;
    case_apply("{}");
    struct jml_command *c =
        case_command("run_release", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    says(c->error, "version_changed: version 1 of the workflow, which the run started with, names "
                   "what is gone; run the workflow, now at version 2, on demand instead");
    says(case_runs(), "First day held");
}

Test(run, an_old_version_of_a_disabled_workflow_is_not_gone_on_with)
{
    case_apply(WITH(FIRST_DAY(ADD("Old", "Gone"))));
    joiner("2026-06-01", NULL);
    case_step();
    case_apply(ONLY_WORKFLOWS(WORKFLOW_IS("First day", "joiner", "false", "false",
                                          ON(HIRE("0"), ANYBODY), ADD("Base", "Always"))));
    struct jml_command *c =
        case_command("run_retry", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    says(c->error, "disabled: the workflow is disabled");
}

Test(run, what_was_known_in_time_is_never_late)
{
    case_apply(WITH(FIRST_DAY(ADD("Base", "Always"))));
    joiner("2026-06-11", NULL);
    case_step();
    case_go("2026-08-11"); /* the daemon was down */
    says(case_runs(), "First day completed");
    says(case_holds(), "Base");
}

Test(run, what_was_told_within_three_days_is_not_late)
{
    case_apply(WITH(FIRST_DAY(ADD("Base", "Always"))));
    joiner("2026-05-29 09:00", NULL);
    case_step();
    says(case_runs(), "First day completed");
}

Test(run, what_was_told_later_holds_its_grants_and_drops_its_mails)
{
    case_apply(WITH(FIRST_DAY(WELCOME "," ADD("Base", "Always") "," WELCOME)));
    joiner("2026-05-29 08:59", MAIL);
    case_step();
    says(case_runs(), "First day held");
    says(case_tasks(), "1 completed dropped; 2 held; 3 completed dropped");
    says(case_mails(), "welcome 2026-06-01 09:00 dropped; welcome 2026-06-01 09:00 dropped");
    says(case_holds(), "");
    case_clock("2026-06-02");
    case_command("run_release", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    says(case_runs(), "First day completed");
    says(case_holds(), "Base");
    says(case_audit(JML_MACHINE_RUN),
         "302 inProgress; 308 held; 311 inProgress; 310 completed");
}

Test(run, lateness_is_counted_from_the_hire_not_from_the_days_before_it)
{
    case_apply(WITH(WORKFLOW("Before", "joiner", ON(HIRE("-7"), ANYBODY), ADD("Base", "Always"))));
    joiner("2026-05-30", NULL); /* nine days after it was due, two after the hire */
    case_step();
    says(case_runs(), "Before completed");
}

Test(run, lateness_is_counted_from_the_day_a_run_after_the_hire_was_due)
{
    case_apply(WITH(WORKFLOW("Later", "joiner", ON(HIRE("30"), ANYBODY), ADD("Base", "Always"))));
    joiner("2026-05-01", NULL);
    case_step();
    says(case_runs(), "Later completed");
}

Test(run, nothing_is_late_when_catching_up_is_unlimited)
{
    the_case.world.catch_up = JML_TIME_MAX;
    case_apply(WITH(FIRST_DAY(WELCOME "," ADD("Base", "Always"))));
    joiner("2020-01-01", MAIL);
    case_step();
    says(case_runs(), "First day completed");
    says(case_mails(), "welcome 2026-06-01 09:00 to e1@example.com");
}

Test(run, a_late_removal_is_done_at_once)
{
    case_apply(WITH(FIRST_DAY(ADD("Base", "Always"))
                    "," WORKFLOW("Moved", "mover", ON(CHANGE("department"), ANYBODY),
                                 REMOVE("Base") "," ADD("Sales", "Thirty"))));
    joiner("2026-05-01", "{'department':'IT'}")->received_at = case_time("2026-05-01");
    case_step();
    says(case_holds(), "Base");
    case_clock("2026-06-02");
    mover("2026-05-20", "{'department':'Sales'}");
    case_step();
    says(case_runs(), "First day completed; Moved held");
    says(case_holds(), "");
}

Test(run, a_held_run_of_a_person_who_left_is_canceled)
{
    case_apply(WITH(FIRST_DAY(ADD("Base", "Always"))));
    joiner("2026-05-01", NULL);
    case_step();
    says(case_runs(), "First day held");
    case_clock("2026-06-02");
    leaver("2026-05-31");
    case_step();
    says(case_runs(), "First day canceled replan");
    says(case_tasks(), "1 canceled");
}

Test(run, a_correction_that_brings_an_old_cause_makes_it_late)
{
    case_apply(WITH(WORKFLOW("Moved", "mover", ON(CHANGE("department"), ANYBODY),
                             ADD("Base", "Always"))));
    mover("2026-03-01", "{'department':'Sales'}")->received_at = case_time("2026-02-01");
    joiner("2026-01-01", "{'department':'IT'}"); /* known only now */
    case_step();
    says(case_runs(), "Moved held");
}

Test(run, mails_have_their_placeholders_filled_in)
{
    case_manager("M1", "Mia", "mia@example.com");
    case_apply(WITH(FIRST_DAY(REMINDER(ARGUMENT(
        "customSubject", "{{userDisplayName}} of {{user.department}} starts {{userEmployeeHireDate}}")
        "," ARGUMENT("customBody", "Dear {{managerDisplayName}}, {{unknown}} {{user.none}}.")))));
    joiner("2026-06-01", "{'displayName':'Ann','department':'IT','manager':'M1'}");
    case_step();
    says(case_mails(), "onboarding_reminder 2026-06-01 09:00 to mia@example.com");
    says(the_case.notifications.items[0]->subject, "Ann of IT starts 2026-06-01");
    says(the_case.notifications.items[0]->body, "Dear Mia, {{unknown}} .");
}

Test(run, a_name_that_hr_does_not_say_is_the_display_name)
{
    case_manager("M1", "Mia", "mia@example.com");
    case_apply(WITH(FIRST_DAY(REMINDER(ARGUMENT(
        "customSubject", "Welcome, {{userGivenName}}!")
        "," ARGUMENT("customBody", "{{userSurname}}, {{userPrincipalName}}")))));
    joiner("2026-06-01", "{'displayName':'Ann Lee','surname':'Lee','manager':'M1'}");
    case_step();
    says(the_case.notifications.items[0]->subject, "Welcome, Ann Lee!");
    says(the_case.notifications.items[0]->body, "Lee, E1");
}

static void is_no_address(const char *mail)
{
    case_manager("M1", "Mia", "mia@example.com");
    case_apply(WITH(FIRST_DAY(WELCOME)));
    joiner("2026-06-01", jml_printf(&the_case.arena, "{'mail':'%s','manager':'M1'}", mail));
    case_step();
    says(case_mails(), "welcome 2026-06-01 09:00 to mia@example.com");
}

Test(run, what_is_not_one_mail_address_is_none)
{
    static const char *const mails[] = {
        "not an address", "a@example.com, b@example.com", "a@example.com;b@example.com", "@b",
        "a@", "a@b@c", "Ann <ann@example.com>", "a @example.com", ""};

    for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
        case_end();
        case_begin("2026-06-01 09:00");
        is_no_address(mails[i]);
    }
}

Test(run, the_last_day_in_a_mail_is_the_last_day_with_access)
{
    case_manager("M1", "Mia", "mia@example.com");
    case_apply(WITH(LAST(LAST_DAY)));
    joiner("2026-01-01", "{'displayName':'Ann','manager':'M1','timeZone':'Europe/Berlin'}");
    leaver("2026-06-30");
    case_step();
    case_go("2026-06-30 22:00");
    says(the_case.notifications.items[0]->body, "The last day of Ann is 2026-06-30.\n");
}

Test(run, a_mail_without_a_manager_completes_with_a_warning)
{
    case_apply(WITH(FIRST_DAY(REMINDER("") "," ADD("Base", "Always"))));
    joiner("2026-06-01", NULL);
    case_step();
    says(case_runs(), "First day completed");
    says(case_tasks(), "1 completed no_recipient; 2 completed");
    says(case_mails(), "");
}

Test(run, a_mail_to_a_person_without_address_goes_to_the_manager)
{
    case_manager("M1", "Mia", "mia@example.com");
    case_apply(WITH(FIRST_DAY(WELCOME)));
    joiner("2026-06-01", "{'manager':'M1'}");
    case_step();
    says(case_mails(), "welcome 2026-06-01 09:00 to mia@example.com");
}

Test(run, on_demand_runs_once_for_each_command)
{
    case_apply(WITH(WORKFLOW("By hand", "joiner", ON_DEMAND, ADD("Base", "Always"))));
    joiner("2026-01-01", NULL);
    case_step();
    says(case_runs(), "");
    const char *id = jml_id_text(&the_case.arena, case_workflow("By hand")->id);
    case_command("workflow_run", id);
    case_step();
    case_command("workflow_run", id);
    case_step();
    says(case_runs(), "By hand completed; By hand completed");
    says(case_requests(), "systemAdd Base delivered; systemAdd Base delivered");
    says(case_run("By hand")->actor, "operator");
}

Test(run, on_demand_gives_nothing_to_people_who_left)
{
    case_apply(WITH(WORKFLOW("By hand", "joiner", ON_DEMAND, ADD("Base", "Always"))));
    joiner("2026-01-01", NULL);
    leaver("2026-05-01");
    case_command("workflow_run", jml_id_text(&the_case.arena, case_workflow("By hand")->id));
    case_step();
    says(case_runs(), "By hand failed");
    says(case_requests(), "systemAdd Base denied person_left");
}

Test(run, an_operator_cancels_for_good)
{
    case_apply(WITH(FIRST_DAY(ADD("Base", "Always"))));
    joiner("2026-06-11", NULL);
    case_step();
    case_command("run_cancel", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    says(case_runs(), "First day canceled operator");
    joiner("2026-06-11", NULL);
    case_go("2026-06-12");
    says(case_runs(), "First day canceled operator");
    says(case_holds(), "");
}

Test(run, an_operator_who_cancels_before_the_daemon_gets_to_it_is_in_time)
{
    case_apply(WITH(FIRST_DAY(ADD("Base", "Always"))));
    joiner("2026-06-11", NULL);
    case_step();
    case_command("run_cancel", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_go("2026-06-12");
    says(case_runs(), "First day canceled operator");
}

Test(run, a_run_that_is_over_can_not_be_canceled)
{
    case_apply(WITH(FIRST_DAY(ADD("Base", "Always"))));
    joiner("2026-06-01", NULL);
    case_step();
    struct jml_command *c =
        case_command("run_cancel", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    cr_expect_eq(c->state, JML_COMMAND_REFUSED);
    says(c->error, "not_waiting: only a scheduled or held run can be canceled");
}

Test(run, at_one_instant_removals_come_before_grants)
{
    case_apply(WITH(WORKFLOW("A give", "mover", ON(CHANGE("department"), ANYBODY),
                             ADD("Base", "Always")) ","
                    WORKFLOW("Z take", "mover", ON(CHANGE("department"), ANYBODY),
                             REMOVE("Base"))));
    joiner("2026-01-01", "{'department':'IT'}");
    mover("2026-06-01", "{'department':'Sales'}");
    case_step();
    says(case_holds(), "Base");
}

Test(run, a_removal_that_comes_late_leaves_what_was_given_for_a_later_reason)
{
    the_case.world.catch_up = JML_TIME_MAX;
    case_apply(WITH(WORKFLOW("To Sales", "mover", ON(CHANGE("department"), "(department eq `Sales`)"),
                             ADD("Base", "Always")) ","
                    WORKFLOW("To IT", "mover", ON(CHANGE("department"), "(department eq `IT`)"),
                             REMOVE("Base"))));
    joiner("2026-01-01", "{'department':'HR'}");
    mover("2026-05-10", "{'department':'Sales'}");
    case_step();
    says(case_holds(), "Base");
    case_clock("2026-06-02");
    mover("2026-05-05", "{'department':'IT'}");
    case_step();
    says(case_runs(), "To Sales completed; To IT completed");
    says(case_holds(), "Base");
}

Test(run, a_grant_that_is_released_late_yields_to_what_a_later_cause_took_away)
{
    case_apply(WITH(FIRST_DAY(ADD("Base", "Always")) ","
                    WORKFLOW("To IT", "mover", ON(CHANGE("department"), "(department eq `IT`)"),
                             REMOVE("Base"))));
    joiner("2026-05-10", "{'department':'Sales'}");
    mover("2026-05-15", "{'department':'IT'}");
    case_step();
    says(case_runs(), "First day held; To IT completed");
    case_clock("2026-06-02");
    case_command("run_release", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    says(case_runs(), "First day completed; To IT completed");
    says(case_holds(), "");
}

Test(run, a_grant_to_a_suspended_person_waits_for_the_end_of_the_suspension)
{
    case_apply(WITH(FIRST_DAY(ADD("Sales", "Thirty"))));
    joiner("2026-06-01", "{'suspended':true}");
    mover("2026-06-10", "{'suspended':false}");
    case_step();
    says(case_runs(), "First day completed");
    says(case_holds(), "");
    says(case_requests(), "systemAdd Sales scheduled");
    case_live("2026-06-12");
    says(case_holds(), "Sales until 2026-07-10");
}

/* SPDX-License-Identifier: MIT */
#include "unit/core/sentences.h"

#define PACKAGES(others)                                                                           \
    PACKAGE("Payments", POLICY("Always", FOREVER) "," POLICY("Ten", FOR("P10D"))) ","              \
    PACKAGE_NOT_WITH("Approvals", POLICY("Always", FOREVER), others)
#define CONFIG(others)                                                                             \
    CONFIGURATION(RESOURCE("Payments") "," RESOURCE("Approvals"), PACKAGES(others),                \
                  WORKFLOW("Day one", "joiner", ON(HIRE("0"), "(department eq `Pay`)"),            \
                           ADD("Payments", "Always")) ","                                          \
                  WORKFLOW("To approve", "mover", ON(CHANGE("department"), "(department eq `Check`)"), \
                           ADD_OR_GO_ON("Approvals", "Always")) ","                                \
                  WORKFLOW("By hand", "joiner", ON_DEMAND, ADD("Approvals", "Always")))

static void begin_apart(void)
{
    begin();
    case_apply(CONFIG("'Payments'"));
}

TestSuite(conflict, .init = begin_apart, .fini = end);

Test(conflict, the_second_of_two_is_refused_to_an_administrator_whichever_names_the_other)
{
    joiner("2026-01-01", NULL);
    case_request(JML_ADMIN_ADD, "Payments", "Always");
    case_request(JML_ADMIN_ADD, "Approvals", NULL);
    case_step();
    says(case_requests(), "adminAdd Payments delivered; adminAdd Approvals denied incompatible");
    says(case_holds(), "Payments");

    case_request(JML_ADMIN_REMOVE, "Payments", NULL);
    case_request(JML_ADMIN_ADD, "Approvals", NULL);
    case_step();
    says(case_holds(), "Approvals");
    case_request(JML_ADMIN_ADD, "Payments", "Always");
    case_step();
    says(case_holds(), "Approvals");
}

Test(conflict, a_workflow_s_task_fails_with_the_reason_and_goes_on_when_told_to)
{
    joiner("2026-06-01", "{'department':'Pay'}");
    case_step();
    mover("2026-06-10", "{'department':'Check'}");
    case_live("2026-06-11");
    says(case_holds(), "Payments");
    says(case_requests(), "systemAdd Payments delivered; systemAdd Approvals denied incompatible");
    says(case_tasks(), "1 failed incompatible");
    says(case_runs(), "Day one completed; To approve completedWithErrors");
}

Test(conflict, what_failed_by_it_is_tried_again_when_the_other_is_gone)
{
    joiner("2026-06-01", "{'department':'Pay'}");
    mover("2026-06-01 09:00", "{'department':'Check'}");
    case_step();
    says(case_holds(), "Payments");
    case_go("2026-06-02");
    case_request(JML_ADMIN_REMOVE, "Payments", NULL);
    case_step();
    says(case_holds(), ""); /* what was refused does not come by itself */
    case_go("2026-06-03");
    case_command("run_retry", jml_id_text(&the_case.arena, case_run("To approve")->id));
    case_step();
    says(case_holds(), "Approvals");
    says(case_runs(), "Day one completed; To approve completed");
}

Test(conflict, who_held_both_before_the_rule_keeps_both_and_is_given_neither_again)
{
    case_apply(CONFIG(""));
    joiner("2026-01-01", NULL);
    case_request(JML_ADMIN_ADD, "Payments", "Ten");
    case_request(JML_ADMIN_ADD, "Approvals", NULL);
    case_step();
    case_go("2026-06-02");
    case_apply(CONFIG("'Payments'"));
    mover("2026-06-01", "{'department':'Other'}");
    case_live("2026-06-05");
    says(case_holds(), "Approvals; Payments until 2026-06-11 09:00");
    case_command("workflow_run", jml_id_text(&the_case.arena, case_workflow("By hand")->id));
    case_step();
    says(case_holds(), "Approvals; Payments until 2026-06-11 09:00");
    case_live("2026-06-12");
    says(case_holds(), "Approvals");
}

Test(conflict, a_rule_that_goes_brings_nothing_by_itself)
{
    joiner("2026-06-01", "{'department':'Pay'}");
    mover("2026-06-01 09:00", "{'department':'Check'}");
    case_step();
    case_go("2026-06-05");
    case_apply(CONFIG(""));
    mover("2026-06-04", "{'city':'Porto'}");
    case_live("2026-06-20");
    says(case_holds(), "Payments");
}

Test(conflict, what_was_given_first_counts_whenever_it_is_heard_of)
{
    joiner("2026-06-01", "{'department':'Check'}");
    case_go("2026-06-02");
    mover("2026-06-02 12:00", "{'department':'Pay'}");
    mover("2026-06-03", "{'department':'Check'}");
    case_live("2026-06-04");
    says(case_holds(), "Approvals");
    /* the hire was for Pay, as comes out */
    struct jml_event *e = joiner("2026-06-01", "{'department':'Pay'}");
    e->supersedes = "r1";
    case_step();
    says(case_holds(), "Payments");
    says(case_ends(), "Approvals corrected 2026-06-04");
    joiner("2026-06-01", "{'department':'Check'}")->supersedes = e->source_ref; /* it was not, after all */
    case_step();
    says(case_holds(), "Approvals");
}

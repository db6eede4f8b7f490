/* SPDX-License-Identifier: MIT */
#include "unit/core/sentences.h"

#define AUTOMATIC_IS(name, enabled, rule, settings, expiration)                                    \
    "{'displayName':'" name "','isEnabled':" enabled                                               \
    ",'allowedTargetScope':'specificDirectoryUsers','specificAllowedTargets':[{"                   \
    "'@odata.type':'#microsoft.graph.attributeRuleMembers','membershipRule':'" rule "'}],"         \
    "'automaticRequestSettings':{" settings "},'expiration':{" expiration "}}"
#define AUTOMATIC(name, rule, settings) AUTOMATIC_IS(name, "true", rule, settings, FOREVER)
#define GIVES_TAKES(grace)                                                                         \
    "'requestAccessForAllowedTargets':true,'removeAccessWhenTargetLeavesAllowedTargets':true,"     \
    "'gracePeriodBeforeAccessRemoval':'" grace "'"
#define GIVES                                                                                      \
    "'requestAccessForAllowedTargets':true,'removeAccessWhenTargetLeavesAllowedTargets':false"
#define SALES "user.department -eq \\'Sales\\'"
#define CONFIG(policies)                                                                           \
    CONFIGURATION(RESOURCE("Sales"), PACKAGE("Sales", policies),                                   \
                  WORKFLOW("To IT", "mover", ON(CHANGE("department"), "(department eq `IT`)"),     \
                           REMOVE("Sales")))

/* The membership rule's own quotes. */
static void apply(const char *documents)
{
    char *text = jml_strdup(&the_case.arena, documents);
    for (char *c = text; *c; c++)
        if (c[0] == '\\' && c[1] == '\'') {
            c[0] = '\\';
            c[1] = '"';
        }
    case_apply(text);
}

static void begin_automatic(void)
{
    begin();
    apply(CONFIG(AUTOMATIC("By rule", SALES, GIVES_TAKES("P7D"))));
}

TestSuite(automatic, .init = begin_automatic, .fini = end);

Test(automatic, who_starts_to_match_gets_it_and_who_stops_keeps_it_for_the_grace_period)
{
    joiner("2026-06-03", "{'department':'Sales'}");
    case_live("2026-06-02");
    says(case_holds(), "");
    case_live("2026-06-04");
    says(case_holds(), "Sales");
    says(case_requests(), "systemAdd Sales delivered");
    mover("2026-06-10", "{'department':'HR'}");
    case_live("2026-06-11");
    says(case_holds(), "Sales until 2026-06-17");
    case_live("2026-06-18");
    says(case_holds(), "");
    says(case_ends(), "Sales policy 2026-06-17");
}

Test(automatic, who_comes_back_within_the_grace_period_never_loses_it)
{
    joiner("2026-06-03", "{'department':'Sales'}");
    mover("2026-06-10", "{'department':'HR'}");
    mover("2026-06-15", "{'department':'Sales'}");
    case_live("2026-07-20");
    says(case_holds(), "Sales");
    cr_expect_eq(the_case.assignments.n, 1);
}

Test(automatic, the_same_when_the_daemon_was_away_meanwhile)
{
    joiner("2026-06-03", "{'department':'Sales'}");
    case_go("2026-06-04");
    mover("2026-06-10", "{'department':'HR'}");
    case_go("2026-06-11");
    mover("2026-06-15", "{'department':'Sales'}");
    case_go("2026-07-20");
    says(case_holds(), "Sales");
    cr_expect_eq(the_case.assignments.n, 1);
}

Test(automatic, the_second_policy_of_a_package_gives_no_second_assignment)
{
    apply(CONFIG(AUTOMATIC("By rule", SALES, GIVES_TAKES("P7D")) ","
                 AUTOMATIC("By city", "user.city -eq \\'Porto\\'", GIVES_TAKES("P2D"))));
    joiner("2026-06-03", "{'department':'Sales','city':'Porto'}");
    case_live("2026-06-04");
    says(case_holds(), "Sales");
    cr_expect_eq(the_case.assignments.n, 1);
    mover("2026-06-10", "{'department':'HR'}"); /* the other one gives it still */
    case_live("2026-06-30");
    says(case_holds(), "Sales");
    mover("2026-07-01", "{'city':'Lisbon'}");
    case_live("2026-07-02");
    says(case_holds(), "Sales until 2026-07-03");
    case_live("2026-07-04");
    says(case_holds(), "");
}

Test(automatic, a_gift_of_somebody_s_outlives_the_policy_s)
{
    apply(CONFIG(AUTOMATIC("By rule", SALES, GIVES_TAKES("P7D")) "," POLICY("Always", FOREVER)));
    joiner("2026-06-03", "{'department':'HR'}");
    case_go("2026-06-03");
    case_request(JML_ADMIN_ADD, "Sales", "Always");
    case_step();
    mover("2026-06-10", "{'department':'Sales'}");
    mover("2026-06-20", "{'department':'HR'}");
    case_live("2026-07-20");
    says(case_holds(), "Sales");
}

Test(automatic, the_last_end_takes_it_at_once)
{
    joiner("2026-06-03", "{'department':'Sales'}");
    leaver("2026-06-10");
    case_live("2026-06-12");
    says(case_holds(), "");
    says(case_ends(), "Sales left 2026-06-11");
}

Test(automatic, a_rule_that_changes_lets_those_go_who_match_no_more_and_takes_in_the_others)
{
    joiner("2026-06-01", "{'department':'Sales'}");
    case_step();
    says(case_holds(), "Sales");
    case_go("2026-06-05");
    apply(CONFIG(AUTOMATIC("By rule", "user.department -eq \\'HR\\'", GIVES_TAKES("P7D"))));
    case_step();
    says(case_holds(), "Sales until 2026-06-12");
    mover("2026-06-08", "{'department':'HR'}");
    case_live("2026-06-20");
    says(case_holds(), "Sales");
    cr_expect_eq(the_case.assignments.n, 1);
}

#define LATE(policies)                                                                              \
    "{'resources':[" RESOURCE("Late") "],'accessPackages':[" PACKAGE("Late", policies) "]}"

Test(automatic, a_policy_that_comes_later_takes_in_who_matches_already)
{
    joiner("2026-01-01", "{'department':'HR'}");
    case_step();
    case_go("2026-06-05");
    apply(LATE(AUTOMATIC("By rule", "user.department -eq \\'HR\\'", GIVES_TAKES("P7D"))));
    case_step();
    says(case_holds(), "Late");
    says(case_time_text(case_assignment("Late")->starts_at), "2026-06-05");
}

Test(automatic, what_a_policy_said_then_counts_for_what_is_heard_of_later)
{
    case_go("2026-06-05");
    apply(CONFIG(AUTOMATIC("By rule", "user.department -eq \\'HR\\'", GIVES_TAKES("P7D"))));
    joiner("2026-01-01", "{'department':'Sales'}");
    case_step();
    says(case_holds(), "Sales until 2026-06-12");
}

Test(automatic, one_that_is_disabled_takes_in_nobody_and_lets_go_as_before)
{
    joiner("2026-06-01", "{'department':'Sales'}");
    case_step();
    apply(CONFIG(AUTOMATIC_IS("By rule", "false", SALES, GIVES_TAKES("P7D"), FOREVER)));
    case_go("2026-06-02");
    says(case_holds(), "Sales");
    mover("2026-06-10", "{'department':'HR'}");
    mover("2026-06-12", "{'department':'Sales'}");
    case_live("2026-06-30");
    says(case_holds(), "");
}

Test(automatic, without_removal_access_stays)
{
    apply(CONFIG(AUTOMATIC("By rule", SALES, GIVES)));
    joiner("2026-06-03", "{'department':'Sales'}");
    mover("2026-06-10", "{'department':'HR'}");
    case_live("2026-07-20");
    says(case_holds(), "Sales");
}

Test(automatic, a_correction_of_a_department_is_as_if_it_had_been_so)
{
    joiner("2026-06-03", "{'department':'Sales'}");
    mover("2026-06-10", "{'department':'HR'}");
    case_live("2026-06-20");
    says(case_holds(), "");
    struct jml_event *e = mover("2026-06-10", "{'city':'Porto'}"); /* it never was HR */
    e->supersedes = "r2";
    case_live("2026-06-21");
    says(case_holds(), "Sales");
}

Test(automatic, a_workflow_that_removes_and_a_policy_see_the_same_move)
{
    joiner("2026-06-03", "{'department':'Sales'}");
    mover("2026-06-10", "{'department':'IT'}");
    case_live("2026-06-11");
    says(case_holds(), "");
    says(case_ends(), "Sales removed 2026-06-10");
    mover("2026-06-14", "{'department':'Sales'}");
    case_live("2026-06-15");
    says(case_holds(), "Sales");
}

Test(automatic, a_baseline_load_is_taken_in_when_it_is_loaded)
{
    joiner("2015-01-01", "{'department':'Sales','baseline':true}");
    case_step();
    says(case_holds(), "Sales");
    says(case_time_text(case_assignment("Sales")->starts_at), NOW);
}

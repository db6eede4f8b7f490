/* SPDX-License-Identifier: MIT */
#include "unit/core/asking.h"

#include <string.h>

ASKING(approval);

#define ONE(approvers, more)                                                                       \
    COMPANY(POLICY_FOR("P", "allMemberUsers", FOR("P30D"),                                         \
                       SELF APPROVAL(STAGE("P14D", approvers, more))),                             \
            "")

static void manager_decides(void)
{
    applied(ONE(MANAGER("1"), FALLBACK(USER("M2"))));
}

Test(approval, a_request_waits_for_the_manager_and_is_given_when_that_one_approves)
{
    manager_decides();
    asks();
    case_step();
    says(case_requests(), "userAdd Base pendingApproval");
    says(case_holds(), "");
    says(case_mails(), "approval_requested 2026-06-01 09:00 to M1@example.com");
    says(case_alarm(), "2026-06-08 09:00");
    case_clock("2026-06-03 12:00");
    approves("M1");
    says(case_requests(), "userAdd Base delivered");
    says(case_approvals(), "M1 applied");
    says(case_holds(), "Base until 2026-07-03 12:00");
    says(case_audit(JML_MACHINE_REQUEST), "401 submitted; 415 pendingApproval; 425 delivered");
    says(case_audit(JML_MACHINE_APPROVAL), "451 applied");
    says(case_mails(), "approval_requested 2026-06-01 09:00 to M1@example.com; "
                       "request_approved 2026-06-03 12:00 to M1@example.com; "
                       "access_granted 2026-06-03 12:00 to e1@example.com");
}

Test(approval, the_audit_names_who_inserted_the_decision_and_the_approver)
{
    manager_decides();
    asks();
    case_step();
    approves("M1");
    for (size_t i = 0; i < the_case.audit.n; i++) {
        const struct jml_audit *row = the_case.audit.items[i];
        if (row->object_type != JML_MACHINE_APPROVAL)
            continue;
        says(row->actor, "portal");
        cr_expect(strstr(row->detail, "\"approver\":\"M1\""), "%s", row->detail);
    }
}

Test(approval, a_denial_ends_it_and_tells_who_asked)
{
    manager_decides();
    asks();
    case_step();
    denies("M1");
    says(case_requests(), "userAdd Base denied denied");
    says(case_mails(), "approval_requested 2026-06-01 09:00 to M1@example.com; "
                       "request_denied 2026-06-01 09:00 to e1@example.com");
    approves("M1");
    says(case_approvals(), "M1 applied; M1 refused not_pending");
    says(case_holds(), "");
    says(case_alarm(), "none");
}

Test(approval, who_does_not_decide_in_time_is_reminded_and_then_it_is_denied)
{
    manager_decides();
    asks();
    case_live("2026-06-20");
    says(case_requests(), "userAdd Base denied timed_out");
    says(case_newest()->status, "Expired");
    says(case_mails(), "approval_requested 2026-06-01 09:00 to M1@example.com; "
                       "approval_reminder 2026-06-08 09:00 to M1@example.com; "
                       "approval_expired 2026-06-15 09:00 to M1@example.com; "
                       "request_expired 2026-06-15 09:00 to e1@example.com");
    says(case_audit(JML_MACHINE_REQUEST),
         "401 submitted; 415 pendingApproval; 418 pendingApproval; 421 denied");
}

Test(approval, a_daemon_that_was_down_bothers_nobody_with_what_is_out_of_time)
{
    manager_decides();
    asks();
    case_step();
    case_go("2026-07-20");
    says(case_mails(), "approval_requested 2026-06-01 09:00 to M1@example.com; "
                       "approval_expired 2026-07-20 to M1@example.com; "
                       "request_expired 2026-07-20 to e1@example.com");
}

Test(approval, a_decision_that_came_in_time_counts_however_late_it_is_read)
{
    manager_decides();
    asks();
    case_step();
    case_decide("M1", true)->created_at = case_time("2026-06-14");
    case_go("2026-06-20");
    says(case_requests(), "userAdd Base delivered");
    says(case_holds(), "Base until 2026-07-20");
}

Test(approval, a_decision_that_came_too_late_does_not)
{
    manager_decides();
    asks();
    case_step();
    case_decide("M1", true)->created_at = case_time("2026-06-16");
    case_go("2026-06-20");
    says(case_requests(), "userAdd Base denied timed_out");
    says(case_approvals(), "M1 refused not_pending");
}

static void two_stages(void)
{
    case_party("A1", NULL);
    case_party("A2", NULL);
    case_party("X1", NULL);
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOREVER,
                               SELF APPROVAL(STAGE("P14D", USER("A1"), ESCALATES("P4D", USER("X1")))
                                             "," STAGE("P7D", USER("A2"), ""))),
                    ""));
    asks();
    case_step();
}

Test(approval, the_second_stage_begins_when_the_first_approved)
{
    two_stages();
    case_clock("2026-06-02");
    approves("A2");
    says(case_approvals(), "A2 refused not_approver");
    approves("A1");
    says(case_requests(), "userAdd Base pendingApproval");
    cr_expect_eq(case_newest()->stage, 2);
    says(case_time_text(case_newest()->deny_at), "2026-06-09");
    case_clock("2026-06-03");
    approves("A2");
    says(case_holds(), "Base");
    says(case_mails(), "approval_requested 2026-06-01 09:00 to A1@example.com; "
                       "request_approved 2026-06-02 to A1@example.com; "
                       "request_approved 2026-06-02 to X1@example.com; "
                       "approval_requested 2026-06-02 to A2@example.com; "
                       "request_approved 2026-06-03 to A2@example.com; "
                       "request_approved 2026-06-03 to A1@example.com; "
                       "request_approved 2026-06-03 to X1@example.com; "
                       "access_granted 2026-06-03 to e1@example.com");
}

Test(approval, alternates_decide_only_when_it_was_forwarded_and_the_primary_still_may)
{
    two_stages();
    approves("X1");
    says(case_approvals(), "X1 refused not_forwarded");
    case_live("2026-06-06");
    says(case_mails(), "approval_requested 2026-06-01 09:00 to A1@example.com; "
                       "approval_reminder 2026-06-03 09:00 to A1@example.com; "
                       "approval_escalated 2026-06-05 09:00 to X1@example.com");
    approves("X1");
    cr_expect_eq(case_newest()->stage, 2);
    says(case_approvals(), "X1 refused not_forwarded; X1 applied");
}

Test(approval, the_primary_may_decide_after_forwarding)
{
    two_stages();
    case_live("2026-06-06");
    approves("A1");
    cr_expect_eq(case_newest()->stage, 2);
}

Test(approval, a_time_out_in_the_second_stage_tells_that_stage)
{
    two_stages();
    approves("A1");
    the_case.notifications.n = 0;
    case_live("2026-06-30");
    says(case_requests(), "userAdd Base denied timed_out");
    says(case_mails(), "approval_reminder 2026-06-04 21:00 to A2@example.com; "
                       "approval_expired 2026-06-08 09:00 to A2@example.com; "
                       "request_expired 2026-06-08 09:00 to e1@example.com");
}

Test(approval, a_decision_may_name_its_stage)
{
    two_stages();
    case_decide("A1", true)->stage = 2;
    case_step();
    case_decide("A1", true)->stage = 1;
    case_step();
    case_decide("A2", true)->stage = 1;
    case_step();
    says(case_approvals(), "A1 refused other_stage; A1 applied; A2 refused other_stage");
    cr_expect_eq(case_newest()->stage, 2);
}

Test(approval, of_two_decisions_at_once_the_first_counts_and_the_second_is_of_the_stage_before)
{
    two_stages();
    case_decide("A1", true)->stage = 1;
    case_decide("A1", true)->stage = 1;
    case_step();
    says(case_approvals(), "A1 applied; A1 refused other_stage");
}

Test(approval, nobody_decides_about_their_own_request)
{
    applied(ONE(USER("E1") "," USER("M1"), ""));
    asks();
    case_step();
    says(case_mails(), "approval_requested 2026-06-01 09:00 to M1@example.com");
    approves("E1");
    says(case_approvals(), "E1 refused own_request");
    approves("M1");
    says(case_holds(), "Base until 2026-07-01 09:00");
}

Test(approval, when_only_the_requestor_could_decide_the_fallback_does)
{
    applied(ONE(USER("E1"), FALLBACK(USER("M2"))));
    asks();
    case_step();
    says(case_mails(), "approval_requested 2026-06-01 09:00 to M2@example.com");
    approves("M2");
    says(case_requests(), "userAdd Base delivered");
}

Test(approval, a_manager_who_left_or_is_missing_is_stood_in_for_by_the_fallback)
{
    manager_decides();
    the_case.s.parties.items[0]->state = JML_PERSON_LEFT;
    asks();
    case_step();
    says(case_mails(), "approval_requested 2026-06-01 09:00 to M2@example.com");
    approves("M1");
    says(case_approvals(), "M1 refused approver_not_active");
}

Test(approval, nobody_decides_about_what_they_asked_for_under_a_former_id)
{
    case_party("A1", NULL)->attributes =
        jml_value_with(&the_case.arena, jml_value_object(), "groups",
                       jml_value_append(&the_case.arena, jml_value_array(),
                                        jml_value_string(&the_case.arena, "Approvers")));
    case_party("A0", NULL)->employee_id = "A1"; /* what A1 was called before */
    applied(ONE(GROUP("Approvers"), ""));
    asks()->requestor = "A0";
    case_step();
    approves("A1");
    cr_assert(strstr(case_approvals(), "A1 refused") || strstr(case_requests(), "denied"), "%s; %s",
              case_approvals(), case_requests());
}

Test(approval, the_manager_of_the_manager_decides_at_level_two)
{
    applied(ONE(MANAGER("2"), ""));
    asks();
    case_step();
    says(case_mails(), "approval_requested 2026-06-01 09:00 to M2@example.com");
}

Test(approval, members_of_a_group_decide_and_one_is_enough)
{
    case_party("A1", NULL)->attributes =
        jml_value_with(&the_case.arena, jml_value_object(), "groups",
                       jml_value_append(&the_case.arena, jml_value_array(),
                                        jml_value_string(&the_case.arena, "Approvers")));
    case_party("A2", NULL)->attributes = the_case.s.parties.items[0]->attributes;
    applied(ONE(GROUP("Approvers"), ""));
    asks();
    case_step();
    says(case_mails(), "approval_requested 2026-06-01 09:00 to A1@example.com; "
                       "approval_requested 2026-06-01 09:00 to A2@example.com");
    approves("M1");
    approves("A2");
    says(case_approvals(), "M1 refused not_approver; A2 applied");
    says(case_requests(), "userAdd Base delivered");
}

Test(approval, with_nobody_to_decide_it_is_denied)
{
    applied(ONE(USER("NOBODY"), ""));
    asks();
    case_step();
    says(case_requests(), "userAdd Base denied no_approver");
    says(case_mails(), "request_denied 2026-06-01 09:00 to e1@example.com");
}

Test(approval, with_alternates_alone_it_is_forwarded_at_once)
{
    applied(ONE(USER("NOBODY"), ESCALATES("P4D", USER("M2"))));
    asks();
    case_step();
    says(case_mails(), "approval_escalated 2026-06-01 09:00 to M2@example.com");
    approves("M2");
    says(case_requests(), "userAdd Base delivered");
}

Test(approval, an_approver_without_an_address_leaves_a_failed_mail)
{
    manager_decides();
    the_case.s.parties.items[0]->mail = NULL;
    asks();
    case_step();
    says(case_mails(), "approval_requested 2026-06-01 09:00 failed");
    approves("M1");
    says(case_requests(), "userAdd Base delivered");
}

Test(approval, a_justification_of_the_approver_may_be_needed)
{
    applied(ONE(USER("M1"), ",'isApproverJustificationRequired':true"));
    asks();
    case_step();
    approves("M1");
    says(case_approvals(), "M1 refused justification_needed");
    case_decide("M1", true)->justification = "needed for the fair";
    case_step();
    says(case_requests(), "userAdd Base delivered");
}

Test(approval, an_administrator_never_goes_round_it)
{
    manager_decides();
    case_request(JML_ADMIN_ADD, "Base", NULL);
    case_step();
    says(case_requests(), "adminAdd Base pendingApproval");
    approves("M1");
    says(case_requests(), "adminAdd Base delivered");
    says(case_mails(), "approval_requested 2026-06-01 09:00 to M1@example.com; "
                       "request_approved 2026-06-01 09:00 to M1@example.com; "
                       "access_granted 2026-06-01 09:00 to e1@example.com");
}

Test(approval, the_rules_are_looked_at_again_when_it_is_approved)
{
    manager_decides();
    asks();
    case_step();
    applied(COMPANY(POLICY_FOR("P", "specificDirectoryUsers", FOR("P30D"),
                               TARGETS(USER("OTHER")) SELF APPROVAL(STAGE("P14D", USER("M1"), ""))),
                    ""));
    approves("M1");
    says(case_requests(), "userAdd Base denied not_eligible");
    says(case_approvals(), "M1 applied");
    says(case_audit(JML_MACHINE_REQUEST), "401 submitted; 415 pendingApproval; 422 denied");
}

Test(approval, a_stage_that_an_apply_took_away_denies_what_waits_in_it)
{
    two_stages();
    approves("A1");
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOREVER,
                               SELF APPROVAL(STAGE("P14D", USER("A1"), ""))),
                    ""));
    case_step();
    says(case_requests(), "userAdd Base denied policy_changed");
}

Test(approval, dates_of_a_stage_stay_when_the_policy_changes)
{
    manager_decides();
    asks();
    case_step();
    applied(ONE(MANAGER("1"), ",'isEscalationEnabled':true,'durationBeforeEscalation':'P1D',"
                              "'escalationApprovers':[" USER("M2") "]"));
    case_go("2026-06-04");
    says(case_alarm(), "2026-06-08 09:00");
}

Test(approval, a_start_ahead_waits_after_the_approval_and_the_approvers_hear_of_the_end)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOR("P30D"),
                               SELF_DATED APPROVAL(STAGE("P14D", USER("M1"), ""))),
                    ""));
    asks()->starts_at = case_time("2026-07-01");
    case_step();
    approves("M1");
    says(case_requests(), "userAdd Base scheduled");
    case_live("2026-07-02");
    says(case_requests(), "userAdd Base delivered");
    says(case_holds(), "Base until 2026-07-31");
    says(case_mails(), "approval_requested 2026-06-01 09:00 to M1@example.com; "
                       "request_approved 2026-07-01 to M1@example.com; "
                       "access_granted 2026-07-01 to e1@example.com");
}

Test(approval, a_start_that_passed_while_it_waited_counts_from_the_approval)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOR("P30D"),
                               SELF_DATED APPROVAL(STAGE("P14D", USER("M1"), ""))),
                    ""));
    asks()->starts_at = case_time("2026-06-03");
    case_step();
    case_clock("2026-06-10");
    approves("M1");
    says(case_holds(), "Base until 2026-07-10");
}

Test(approval, who_leaves_meanwhile_gets_nothing)
{
    manager_decides();
    asks();
    case_step();
    leaver("2026-06-03");
    case_live("2026-06-05");
    says(case_requests(), "userAdd Base canceled");
    approves("M1");
    says(case_approvals(), "M1 refused not_pending");
    says(case_alarm(), "none");
}

Test(approval, a_suspended_person_gets_it_after_the_suspension)
{
    manager_decides();
    asks();
    mover("2026-06-02", "{'suspended':true}");
    mover("2026-06-20", "{'suspended':false}");
    case_live("2026-06-03");
    approves("M1");
    says(case_requests(), "userAdd Base scheduled");
    case_live("2026-06-21");
    says(case_holds(), "Base until 2026-07-20");
}

Test(approval, it_can_be_canceled_while_it_waits_by_who_asked_and_by_nobody_else)
{
    manager_decides();
    struct jml_request *r = asks();
    case_step();
    const char *id = jml_id_text(&the_case.arena, r->id);
    case_command("request_cancel", id)->arguments =
        jml_value_with(&the_case.arena, jml_value_object(), "requestor",
                       jml_value_string(&the_case.arena, "M2"));
    case_step();
    says(case_requests(), "userAdd Base pendingApproval");
    says(the_case.commands.items[0]->error, "not_yours: 'M2' neither asked for it nor is it for them");
    case_command("request_cancel", id);
    case_step();
    says(case_requests(), "userAdd Base canceled canceled");
}

Test(approval, a_removal_cancels_what_waits)
{
    manager_decides();
    asks();
    case_step();
    case_request(JML_ADMIN_REMOVE, "Base", NULL);
    case_step();
    says(case_requests(), "userAdd Base canceled; adminRemove Base delivered");
}

Test(approval, a_second_request_is_refused_while_one_waits)
{
    manager_decides();
    asks();
    case_step();
    asks();
    case_step();
    says(case_requests(), "userAdd Base pendingApproval; userAdd Base denied already_requested");
}

/* ---- what a workflow asks ---- */

static void workflow_asks(void)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOR("P30D"),
                               SELF APPROVAL(STAGE("P14D", USER("M1"), ""))),
                    WORKFLOW("Give", "mover", ON(CHANGE("city"), ANYBODY), ADD("Base", "P"))));
    mover("2026-06-01 08:00", "{'city':'Oslo'}");
    case_step();
}

Test(approval, a_workflow_waits_for_it_like_everybody)
{
    workflow_asks();
    says(case_tasks(), "1 completed waits_for_approval");
    says(case_requests(), "systemAdd Base pendingApproval");
    says(case_mails(), "approval_requested 2026-06-01 09:00 to M1@example.com");
    says(case_audit(JML_MACHINE_REQUEST), "401 submitted; 415 pendingApproval; 417 pendingApproval");
    case_clock("2026-06-04");
    approves("M1");
    says(case_requests(), "systemAdd Base delivered");
    says(case_holds(), "Base until 2026-07-04");
    case_live("2026-07-05");
    says(case_ends(), "Base expired 2026-07-04");
}

Test(approval, what_a_withdrawn_run_asked_for_is_canceled)
{
    workflow_asks();
    rescind("r2");
    case_step();
    says(case_requests(), "systemAdd Base canceled");
    says(case_alarm(), "none");
}

Test(approval, what_was_approved_for_a_run_goes_with_its_cause)
{
    workflow_asks();
    approves("M1");
    says(case_holds(), "Base until 2026-07-01 09:00");
    rescind("r2");
    case_step();
    says(case_holds(), "");
    says(case_ends(), "Base corrected 2026-06-01 09:00");
    rescind("r3");
    case_step();
    says(case_holds(), "Base until 2026-07-01 09:00");
}

Test(approval, what_waits_for_a_run_stays_when_other_things_change)
{
    workflow_asks();
    joiner("2026-06-02", "{'department':'IT'}")->employment = "side";
    case_step();
    case_live("2026-06-03");
    says(case_requests(), "systemAdd Base pendingApproval");
    approves("M1");
    says(case_holds(), "Base until 2026-07-03");
}

Test(approval, what_a_run_asked_for_ends_with_its_employment)
{
    applied(COMPANY(POLICY_FOR("P", "allMemberUsers", FOREVER,
                               SELF APPROVAL(STAGE("P14D", USER("M1"), ""))),
                    WORKFLOW("Give", "joiner", ON(HIRE("0"), "(department eq `IT`)"), ADD("Base", "P"))));
    joiner("2026-06-02", "{'department':'IT'}")->employment = "side";
    case_live("2026-06-02 09:00");
    says(case_requests(), "systemAdd Base pendingApproval");
    approves("M1");
    says(case_holds(), "Base");
    leaver("2026-06-09")->employment = "side";
    case_live("2026-06-20");
    says(case_person(), "active 2026-01-01..");
    says(case_ends(), "Base left 2026-06-10");
}

Test(approval, a_workflow_is_held_to_the_scope_like_everybody)
{
    applied(COMPANY(POLICY_FOR("P", "specificDirectoryUsers", FOREVER, TARGETS(USER("OTHER")) SELF),
                    WORKFLOW("Give", "mover", ON(CHANGE("city"), ANYBODY), ADD("Base", "P"))));
    mover("2026-06-01 08:00", "{'city':'Oslo'}");
    case_step();
    says(case_tasks(), "1 failed not_eligible");
    says(case_requests(), "systemAdd Base denied not_eligible");
}

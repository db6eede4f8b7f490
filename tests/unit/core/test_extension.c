/* SPDX-License-Identifier: MIT */
#include "unit/core/asking.h"

#include <string.h>

ASKING(extension);

#define LENT(expiration, more) COMPANY(POLICY_FOR("P", "allMemberUsers", expiration, more), "")
#define BY_MANAGER APPROVAL_OF_BOTH(STAGE("P14D", USER("M1"), ""))

/* Held from 2026-06-01 09:00 for thirty days. */
static void held(const char *documents)
{
    applied(documents);
    asks();
    case_step();
    if (case_newest()->state == JML_REQUEST_PENDING_APPROVAL)
        approves("M1");
    says(case_holds(), "Base until 2026-07-01 09:00");
    the_case.notifications.n = 0;
}

static struct jml_request *extends(const char *at)
{
    case_clock(at);
    struct jml_request *r = case_request(JML_USER_UPDATE, "Base", NULL);
    return r;
}

Test(extension, without_an_end_it_is_what_the_policy_gives_from_now)
{
    held(LENT(FOR("P30D"), SELF));
    extends("2026-06-20");
    case_step();
    says(case_holds(), "Base until 2026-07-20");
    says(case_requests(), "userAdd Base delivered; userUpdate Base delivered");
    case_live("2026-08-01");
    says(case_ends(), "Base expired 2026-07-20");
}

Test(extension, an_end_of_ones_own_needs_leave_for_that_and_is_never_beyond_the_policy)
{
    held(LENT(FOR("P30D"), SELF));
    extends("2026-06-20")->ends_at = case_time("2026-07-10");
    case_step();
    says(case_newest()->error, "no_custom_dates: policy 'P' sets the end itself; leave it out");
    applied(LENT(FOR("P30D"), SELF_DATED));
    extends("2026-06-20")->ends_at = case_time("2027-07-10");
    case_step();
    says(case_holds(), "Base until 2026-07-20");
}

Test(extension, a_date_in_the_policy_is_the_end_of_it_all)
{
    applied(LENT(UNTIL("2026-07-01T09:00:00Z"), SELF));
    asks();
    case_step();
    extends("2026-06-20");
    case_step();
    says(case_requests(), "userAdd Base delivered; userUpdate Base denied no_extension");
    says(case_holds(), "Base until 2026-07-01 09:00");
}

Test(extension, what_would_end_no_later_is_none)
{
    held(LENT(FOR("P30D"), SELF_DATED));
    extends("2026-06-20")->ends_at = case_time("2026-06-25");
    case_step();
    says(case_requests(), "userAdd Base delivered; userUpdate Base denied no_extension");
}

Test(extension, it_is_a_switch)
{
    held(LENT(FOR("P30D"), ",'requestorSettings':{'enableTargetsToSelfAddAccess':true}"));
    extends("2026-06-20");
    case_step();
    says(case_requests(), "userAdd Base delivered; userUpdate Base denied not_requestable");
}

Test(extension, who_left_the_scope_keeps_it_to_the_end_and_no_longer)
{
    held(COMPANY(POLICY_FOR("P", "specificDirectoryUsers", FOR("P30D"), TARGETS(USER("E1")) SELF), ""));
    applied(COMPANY(POLICY_FOR("P", "specificDirectoryUsers", FOR("P30D"), TARGETS(USER("X")) SELF), ""));
    extends("2026-06-20");
    case_step();
    says(case_requests(), "userAdd Base delivered; userUpdate Base denied not_eligible");
    says(case_holds(), "Base until 2026-07-01 09:00");
}

Test(extension, one_that_waits_silences_the_notice_of_14_days_alone_and_the_end_wins)
{
    held(LENT(FOR("P30D"), SELF APPROVAL_OF_BOTH(STAGE("P20D", USER("M1"), ""))));
    case_live("2026-06-17 08:00");
    extends("2026-06-17 08:00");
    case_live("2026-06-30 10:00");
    says(case_notices(), "near_expiry_1_day 2026-06-30 09:00");
    says(case_requests(), "userAdd Base delivered; userUpdate Base pendingApproval");
    case_live("2026-07-02");
    says(case_requests(), "userAdd Base delivered; userUpdate Base canceled canceled; "
                          "systemRemove Base delivered");
    says(case_ends(), "Base expired 2026-07-01 09:00");
    case_decide("M1", true)->request_id = the_case.requests.items[1]->id;
    case_step();
    says(case_approvals(), "M1 applied; M1 refused not_pending");
}

Test(extension, approved_in_time_both_notices_are_armed_anew)
{
    held(LENT(FOR("P30D"), SELF BY_MANAGER));
    case_live("2026-06-21");
    says(case_notices(), "near_expiry_14_days 2026-06-17 09:00");
    says(case_assignment("Base")->status, "NearExpiry14DayNotificationTriggered");
    extends("2026-06-21");
    case_step();
    case_clock("2026-06-22");
    approves("M1");
    says(case_holds(), "Base until 2026-07-22");
    says(case_assignment("Base")->status, "Delivered");
    case_live("2026-07-23");
    says(case_notices(), "near_expiry_14_days 2026-06-17 09:00; near_expiry_14_days 2026-07-08; "
                         "near_expiry_1_day 2026-07-21");
    says(case_ends(), "Base expired 2026-07-22");
}

Test(extension, an_administrator_who_prolongs_asks_too_who_shortens_does_not)
{
    held(LENT(FOR("P30D"), SELF BY_MANAGER));
    case_clock("2026-06-10");
    case_request(JML_ADMIN_UPDATE, "Base", NULL)->ends_at = case_time("2026-06-20");
    case_step();
    says(case_holds(), "Base until 2026-06-20");
    case_request(JML_ADMIN_UPDATE, "Base", NULL)->ends_at = case_time("2026-06-25");
    case_step();
    says(case_requests(), "userAdd Base delivered; adminUpdate Base delivered; "
                          "adminUpdate Base pendingApproval");
    approves("M1");
    says(case_holds(), "Base until 2026-06-25");
}

Test(extension, a_second_one_is_refused_while_one_waits)
{
    held(LENT(FOR("P30D"), SELF BY_MANAGER));
    extends("2026-06-20");
    case_step();
    extends("2026-06-21");
    case_step();
    says(case_requests(), "userAdd Base delivered; userUpdate Base pendingApproval; "
                          "userUpdate Base denied already_requested");
}

Test(extension, it_is_canceled_when_the_person_leaves)
{
    held(LENT(FOR("P30D"), SELF BY_MANAGER));
    extends("2026-06-20");
    case_step();
    leaver("2026-06-21");
    case_live("2026-06-23");
    says(case_requests(), "userAdd Base delivered; userUpdate Base canceled canceled; "
                          "systemRemove Base delivered");
    says(case_alarm(), "none");
}

Test(extension, notices_say_how_to_extend_where_people_may)
{
    held(LENT(FOR("P30D"), SELF));
    case_live("2026-06-18");
    cr_expect(strstr(the_case.notifications.items[0]->body, "jmlctl request extend 'Base' --employee E1"));
}

Test(extension, a_failed_delivery_is_done_again_within_seven_days)
{
    applied(LENT(FOR("P30D"), SELF));
    case_lead("Base", "Directory");
    asks();
    case_step();
    case_deliver(NULL, JML_DELIVERY_FAILED, "no such group");
    case_step();
    for (int day = 5; day <= 20; day += 15) {
        says(case_requests(), "userAdd Base deliveryFailed delivery_failed");
        case_clock(jml_printf(&the_case.arena, "2026-06-%02d", day));
        case_command("request_reprocess", jml_id_text(&the_case.arena, case_newest()->id));
        case_step();
        const char *error = the_case.commands.items[the_case.commands.n - 1]->error;
        cr_expect(day == 5 ? !error : jml_str_starts(error, "too_late"), "%s", error);
        says(case_requests(), day == 5 ? "userAdd Base delivering" : "userAdd Base deliveryFailed delivery_failed");
        case_deliver(NULL, JML_DELIVERY_FAILED, "no such group");
        case_step();
    }
    says(case_deliveries(), "+Base/User failed; +Base/User failed");
}

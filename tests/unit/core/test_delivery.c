/* SPDX-License-Identifier: MIT */
#include "unit/core/sentences.h"

#include <string.h>

/* Two packages, which share the role User of the CRM; the app is in the record. */
#define CONFIG(roles, workflows)                                                                   \
    "{'catalogs':[{'displayName':'Company'}],'resources':["                                        \
    "{'displayName':'CRM','catalog':'Company','target':'record','roles':['User','Editor']},"       \
    "{'displayName':'Wiki','catalog':'Company','target':'record','roles':['User']},"               \
    "{'displayName':'App','catalog':'Company','target':'record','roles':['User']}],"               \
    "'accessPackages':["                                                                           \
    "{'displayName':'One','catalog':'Company','resourceRoleScopes':[" roles                        \
    "],'assignmentPolicies':[" POLICY("Always", FOREVER) "]},"                                     \
    "{'displayName':'Two','catalog':'Company','resourceRoleScopes':[" ROLE("CRM", "User")          \
    "],'assignmentPolicies':[" POLICY("Always", FOREVER) "]}],'workflows':[" workflows "]}"
#define ROLE(resource, name) "{'resource':'" resource "','role':'" name "'}"
#define ONE ROLE("CRM", "User") "," ROLE("Wiki", "User")

static void configure(const char *documents)
{
    case_apply(documents);
    case_lead("CRM", "Directory");
    case_lead("Wiki", "Wiki server");
}

static void begin_employed(void)
{
    begin();
    configure(CONFIG(ONE, ""));
    joiner("2026-01-01", "{'mail':'e1@example.com'}");
    case_step();
}

TestSuite(delivery, .init = begin_employed, .fini = end);

static void give(const char *package)
{
    case_request(JML_ADMIN_ADD, package, NULL);
    case_step();
}

static void take(const char *package)
{
    case_request(JML_ADMIN_REMOVE, package, NULL);
    case_step();
}

static void done(const char *role)
{
    cr_expect_gt(case_deliver(role, JML_DELIVERY_DELIVERED, NULL), 0);
    case_step();
}

static void gone(const char *role)
{
    cr_expect_gt(case_deliver(role, JML_DELIVERY_REMOVED, NULL), 0);
    case_step();
}

static void failed(const char *role, const char *error)
{
    cr_expect_gt(case_deliver(role, JML_DELIVERY_FAILED, error), 0);
    case_step();
}

static const char *stands(const char *package)
{
    const struct jml_assignment *as = case_assignment(package);
    return jml_printf(&the_case.arena, "%s %s",
                      jml_state_name(JML_MACHINE_ASSIGNMENT, (int)as->state), as->status);
}

/* ---- giving ---- */

Test(delivery, what_leads_out_is_queued_and_the_assignment_waits_for_all_of_it)
{
    give("One");
    says(stands("One"), "delivering Delivering");
    says(case_requests(), "adminAdd One delivering");
    says(case_deliveries(), "+CRM/User pending; +Wiki/User pending");
    for (size_t i = 0; i < the_case.deliveries.n; i++) {
        const struct jml_delivery *d = the_case.deliveries.items[i];
        cr_expect_eq(d->due_at, case_time(NOW));
        cr_expect_eq(d->confirmed_at, JML_TIME_NONE);
    }
    says(the_case.deliveries.items[0]->target, "Directory");
    done("CRM/User");
    says(stands("One"), "delivering Delivering");
    says(case_requests(), "adminAdd One delivering");
    done("Wiki/User");
    says(stands("One"), "delivered Delivered");
    says(case_requests(), "adminAdd One delivered");
    says(case_audit(JML_MACHINE_ASSIGNMENT), "501 delivering; 503 delivered");
}

Test(delivery, what_the_record_gives_is_given_at_once)
{
    configure(CONFIG(ONE "," ROLE("App", "User"), ""));
    give("One");
    says(case_deliveries(), "+CRM/User pending; +Wiki/User pending");
    says(case_audit(JML_MACHINE_DELIVERY), "604 pending; 604 pending; 601 delivered");
    done(NULL);
    says(stands("One"), "delivered Delivered");
}

Test(delivery, a_failed_part_is_told_with_the_request)
{
    give("One");
    done("CRM/User");
    failed("Wiki/User", "no such page of Ann");
    says(stands("One"), "partiallyDelivered PartiallyDelivered");
    says(case_requests(), "adminAdd One partiallyDelivered delivery_failed");
    says(case_newest()->error, "delivery_failed: Wiki/User at Wiki server: no such page of Ann");
    says(case_newest()->status, "PartiallyDelivered");
    cr_expect_neq(case_newest()->completed_at, JML_TIME_NONE);
    for (size_t i = 0; i < the_case.audit.n; i++)
        cr_expect(!the_case.audit.items[i]->reason || !strstr(the_case.audit.items[i]->reason, "Ann"));
    says(the_case.audit.items[the_case.audit.n - 1]->reason,
         "delivery_failed: Wiki/User at Wiki server");
}

Test(delivery, nothing_delivered_is_a_failed_delivery)
{
    give("One");
    failed(NULL, "refused");
    says(stands("One"), "deliveryFailed DeliveryFailed");
    says(case_newest()->error, "delivery_failed: CRM/User at Directory: refused; Wiki/User at Wiki server: refused");
}

Test(delivery, a_later_retry_makes_the_rest_true)
{
    give("One");
    failed(NULL, "refused");
    case_redeliver("CRM/User", JML_DELIVERY_FAILED, JML_DELIVERY_PENDING);
    case_step();
    says(stands("One"), "delivering Delivering");
    says(case_requests(), "adminAdd One delivering");
    cr_expect_eq(case_newest()->completed_at, JML_TIME_NONE);
    done("CRM/User");
    says(stands("One"), "partiallyDelivered PartiallyDelivered");
    case_redeliver("Wiki/User", JML_DELIVERY_FAILED, JML_DELIVERY_PENDING);
    done("Wiki/User"); /* nobody looked in between */
    says(stands("One"), "delivered Delivered");
    says(case_requests(), "adminAdd One delivered");
    says(case_audit(JML_MACHINE_ASSIGNMENT),
         "501 delivering; 507 deliveryFailed; 528 delivering; 506 partiallyDelivered; 504 delivered");
}

Test(delivery, where_it_stands_follows_from_what_is_there_now)
{
    give("One");
    failed(NULL, "refused");
    case_redeliver("CRM/User", JML_DELIVERY_FAILED, JML_DELIVERY_PENDING);
    done("CRM/User");
    says(stands("One"), "partiallyDelivered PartiallyDelivered");
    case_redeliver("CRM/User", JML_DELIVERY_DELIVERED, JML_DELIVERY_PENDING);
    failed("CRM/User", "lost");
    says(stands("One"), "deliveryFailed DeliveryFailed");
    case_redeliver(NULL, JML_DELIVERY_FAILED, JML_DELIVERY_PENDING);
    done(NULL);
    says(stands("One"), "delivered Delivered");
    case_redeliver(NULL, JML_DELIVERY_DELIVERED, JML_DELIVERY_PENDING);
    failed("CRM/User", "lost");
    failed("Wiki/User", "lost");
    says(stands("One"), "deliveryFailed DeliveryFailed");
    says(case_audit(JML_MACHINE_REQUEST),
         "401 submitted; 404 delivering; 431 deliveryFailed; 436 partiallyDelivered; "
         "437 deliveryFailed; 433 delivered");
    says(case_audit(JML_MACHINE_ASSIGNMENT),
         "501 delivering; 507 deliveryFailed; 525 partiallyDelivered; 510 deliveryFailed; "
         "505 delivered; 526 delivering; 507 deliveryFailed");
}

Test(delivery, what_a_target_lost_is_not_shown_as_delivered)
{
    give("One");
    done(NULL);
    case_redeliver("CRM/User", JML_DELIVERY_DELIVERED, JML_DELIVERY_PENDING);
    case_step();
    says(stands("One"), "delivering Delivering");
    says(case_requests(), "adminAdd One delivered"); /* was done, and stays so */
    failed("CRM/User", "gone");
    says(stands("One"), "partiallyDelivered PartiallyDelivered");
}

Test(delivery, the_mail_goes_when_access_is_there_and_once)
{
    case_apply("{'accessPackages':[{'displayName':'One','catalog':'Company','resourceRoleScopes':[" ONE
               "],'assignmentPolicies':[{'displayName':'Self','allowedTargetScope':'allMemberUsers',"
               "'expiration':{" FOREVER "},'requestorSettings':{'enableTargetsToSelfAddAccess':true}}]}]}");
    case_request(JML_USER_ADD, "One", "Self");
    case_step();
    says(case_requests(), "userAdd One delivering");
    says(case_mails(), "");
    case_clock("2026-06-02");
    failed(NULL, "refused");
    says(case_mails(), "");
    case_redeliver(NULL, JML_DELIVERY_FAILED, JML_DELIVERY_PENDING);
    done(NULL);
    says(case_mails(), "access_granted 2026-06-02 to e1@example.com");
    case_redeliver(NULL, JML_DELIVERY_DELIVERED, JML_DELIVERY_PENDING);
    case_step();
    done(NULL);
    says(case_mails(), "access_granted 2026-06-02 to e1@example.com");
}

/* ---- taking (A3, A5) ---- */

Test(delivery, an_end_is_confirmed_when_every_target_has_taken_it)
{
    give("One");
    done(NULL);
    case_clock("2026-06-02");
    take("One");
    says(case_ends(), "One removed 2026-06-02");
    says(case_requests(), "adminAdd One delivered; adminRemove One delivering");
    cr_expect_eq(case_assignment("One")->revoked_at, JML_TIME_NONE);
    gone("CRM/User");
    says(case_requests(), "adminAdd One delivered; adminRemove One delivering");
    case_clock("2026-06-03");
    gone("Wiki/User");
    says(case_requests(), "adminAdd One delivered; adminRemove One delivered");
    says(case_time_text(case_assignment("One")->revoked_at), "2026-06-03");
    const struct jml_audit *row = NULL;
    for (size_t i = 0; i < the_case.audit.n; i++)
        row = the_case.audit.items[i]->rule == 541 ? the_case.audit.items[i] : row;
    cr_assert(row);
    says(row->detail, "{\"revoked_at\":\"2026-06-03T00:00:00Z\"}");
}

Test(delivery, what_another_package_gives_is_not_taken)
{
    give("One");
    give("Two");
    done(NULL);
    take("One");
    says(case_deliveries(), "+CRM/User delivered; +Wiki/User delivered; +CRM/User delivered; -Wiki/User removing");
    gone("Wiki/User");
    cr_expect_neq(case_assignment("One")->revoked_at, JML_TIME_NONE);
    says(stands("Two"), "delivered Delivered");
    take("Two");
    says(case_deliveries(), "+CRM/User delivered; +Wiki/User delivered; +CRM/User delivered; "
                            "-Wiki/User removed; -CRM/User removing");
    gone("CRM/User");
    cr_expect_neq(case_assignment("Two")->revoked_at, JML_TIME_NONE);
}

Test(delivery, an_end_that_takes_nothing_is_confirmed_at_once)
{
    give("Two");
    give("One");
    take("Two");
    says(case_requests(), "adminAdd Two canceled canceled; adminAdd One delivering; adminRemove Two delivered");
    cr_expect_eq(case_assignment("Two")->revoked_at, case_time(NOW));
}

Test(delivery, what_was_ever_queued_is_revoked)
{
    give("Two");
    take("Two");
    says(case_deliveries(), "+CRM/User pending; -CRM/User removing");
    says(case_requests(), "adminAdd Two canceled canceled; adminRemove Two delivering");
    case_deliver(NULL, JML_DELIVERY_FAILED, "superseded");
    gone(NULL);
    says(case_requests(), "adminAdd Two canceled canceled; adminRemove Two delivered");
}

Test(delivery, who_left_has_removals_under_way_and_nothing_else)
{
    give("One");
    leaver("2026-06-02");
    case_live("2026-06-04");
    says(case_requests(), "adminAdd One canceled canceled; systemRemove One delivering");
    case_deliver(NULL, JML_DELIVERY_FAILED, "superseded");
    gone(NULL);
    says(case_requests(), "adminAdd One canceled canceled; systemRemove One delivered");
    says(case_alarm(), "none");
}

/* ---- packages that change, and once more ---- */

Test(delivery, a_role_that_joins_the_package_is_delivered_to_who_holds_it)
{
    give("One");
    done(NULL);
    configure(CONFIG(ONE "," ROLE("CRM", "Editor"), ""));
    case_go("2026-06-02");
    says(case_deliveries(), "+CRM/User delivered; +Wiki/User delivered; +CRM/Editor pending");
    says(stands("One"), "delivering Delivering");
    done(NULL);
    says(stands("One"), "delivered Delivered");
    says(case_audit(JML_MACHINE_ASSIGNMENT),
         "501 delivering; 503 delivered; 516 delivered; 526 delivering; 503 delivered");
}

Test(delivery, a_role_that_leaves_the_package_is_taken_at_its_target)
{
    give("One");
    done(NULL);
    configure(CONFIG(ROLE("CRM", "User"), ""));
    case_go("2026-06-02");
    says(case_deliveries(), "+CRM/User delivered; +Wiki/User delivered; -Wiki/User removing");
    says(stands("One"), "delivered Delivered");
    gone(NULL);
    says(stands("One"), "delivered Delivered");
}

Test(delivery, a_failed_role_that_leaves_the_package_is_no_failure_any_more)
{
    give("One");
    done("CRM/User");
    failed("Wiki/User", "refused");
    configure(CONFIG(ROLE("CRM", "User"), ""));
    case_go("2026-06-02");
    says(stands("One"), "delivering Delivering"); /* what failed was not known: once more */
    done(NULL);
    gone(NULL);
    says(stands("One"), "delivered Delivered");
    says(case_requests(), "adminAdd One delivered");
}

/* ---- roles that lead to another place ---- */

/* As the database does it when the origin of a role of the CRM changes (sql/migrations/0035_former_places.sql):
 * what is held of it is a role of its own from now on. */
static void leads_to(const char *name, const char *group)
{
    struct jml_arena *a = &the_case.arena;
    static int n;
    struct jml_role_row former = {.display_name = jml_printf(a, "%s at %d", name, ++n)};
    for (size_t i = 0; i < the_case.rows.roles.n; i++) {
        struct jml_role_row *row = &the_case.rows.roles.items[i];
        const char *origin = jml_printf(a, "{\"group\":\"%s\"}", group);
        struct jml_err e;
        if (jml_id_is_set(row->former_of) || !jml_streq(row->display_name, name))
            continue;
        if (jml_id_is_set(former.id)) /* of another resource */
            continue;
        former.id = row->id;
        former.id.bytes[15] = (uint8_t)(former.id.bytes[15] ^ (0x80 + n));
        former.former_of = row->id;
        former.resource_id = row->resource_id;
        former.origin = row->origin;
        cr_assert_eq(jml_value_parse(a, origin, strlen(origin), 8, &row->origin, &e), 0);
    }
    for (size_t i = 0; i < the_case.assignments.n; i++) {
        struct jml_assignment *as = the_case.assignments.items[i];
        if (as->state == JML_ASSIGNMENT_EXPIRED)
            continue;
        const struct jml_value *list = jml_value_array();
        for (size_t k = 0; k < as->roles->n; k++)
            list = jml_value_append(a, list,
                                    jml_streq(as->roles->items[k]->text, jml_id_text(a, former.former_of))
                                        ? jml_value_string(a, jml_id_text(a, former.id))
                                        : as->roles->items[k]);
        as->roles = list;
        for (size_t k = 0; k < the_case.deliveries.n; k++)
            if (jml_id_equal(the_case.deliveries.items[k]->role_id, former.former_of) &&
                jml_id_equal(the_case.deliveries.items[k]->assignment_id, as->id))
                the_case.deliveries.items[k]->role_id = former.id;
    }
    jml_vec_push(a, &the_case.rows.roles, former);
    case_apply("{}");
    case_step();
}

Test(delivery, a_role_that_leads_elsewhere_is_given_there_before_it_is_taken_where_it_was)
{
    give("Two");
    done(NULL);
    leads_to("User", "b");
    says(case_deliveries(), "+CRM/User at 1 delivered; +CRM/User pending");
    says(stands("Two"), "delivering Delivering");
    case_go("2026-06-02");
    says(case_deliveries(), "+CRM/User at 1 delivered; +CRM/User pending");
    done("CRM/User");
    says(case_deliveries(), "+CRM/User at 1 delivered; +CRM/User delivered; -CRM/User at 1 removing");
    says(stands("Two"), "delivered Delivered");
    gone(NULL);
    take("Two");
    says(case_deliveries(), "+CRM/User at 1 delivered; +CRM/User delivered; -CRM/User at 1 removed; "
                            "-CRM/User removing");
}

Test(delivery, as_long_as_it_cannot_be_given_there_it_stays_where_it_was)
{
    give("Two");
    done(NULL);
    leads_to("User", "b");
    failed("CRM/User", "no such group");
    says(case_deliveries(), "+CRM/User at 1 delivered; +CRM/User failed");
    says(stands("Two"), "partiallyDelivered PartiallyDelivered");
    take("Two");
    says(case_deliveries(), "+CRM/User at 1 delivered; +CRM/User failed; -CRM/User removing; "
                            "-CRM/User at 1 removing");
}

Test(delivery, a_former_place_of_two_packages_is_taken_with_the_last)
{
    give("One");
    give("Two");
    done(NULL);
    leads_to("User", "b");
    says(case_deliveries(), "+CRM/User at 1 delivered; +Wiki/User delivered; +CRM/User at 1 delivered; "
                            "+CRM/User pending; +CRM/User pending");
    done("CRM/User");
    says(case_deliveries(), "+CRM/User at 1 delivered; +Wiki/User delivered; +CRM/User at 1 delivered; "
                            "+CRM/User delivered; +CRM/User delivered; -CRM/User at 1 removing");
}

Test(delivery, a_former_place_that_another_role_leads_to_is_not_taken)
{
    case_apply("{'targets':[{'displayName':'Directory','kind':'ldap','settings':{'uri':'ldapi:///',"
               "'peopleBase':'ou=people','sasl':'EXTERNAL'}}]}");
    case_lead("Wiki", "Directory");
    give("One");
    done(NULL);
    leads_to("User", "b");
    says(case_deliveries(), "+CRM/User at 1 delivered; +Wiki/User delivered; +CRM/User pending");
    done("CRM/User");
    says(case_deliveries(), "+CRM/User at 1 delivered; +Wiki/User delivered; +CRM/User delivered");
    says(stands("One"), "delivered Delivered");
}

Test(delivery, a_role_that_leads_back_is_not_taken_there)
{
    give("Two");
    done(NULL);
    leads_to("User", "b");
    leads_to("User", "c");
    leads_to("User", "b"); /* what was given at b is a former place, and the place */
    says(case_deliveries(), "+CRM/User at 1 delivered; +CRM/User at 2 pending; +CRM/User at 3 pending; "
                            "+CRM/User pending");
    done("CRM/User");
    says(case_deliveries(), "+CRM/User at 1 delivered; +CRM/User at 2 pending; +CRM/User at 3 pending; "
                            "+CRM/User delivered; -CRM/User at 3 removing; -CRM/User at 1 removing");
    cr_expect_eq(case_assignment("Two")->roles->n, 2, "the second is under way");
    done("CRM/User at 2");
    says(case_deliveries(), "+CRM/User at 1 delivered; +CRM/User at 2 delivered; +CRM/User at 3 pending; "
                            "+CRM/User delivered; -CRM/User at 3 removing; -CRM/User at 1 removing");
    cr_expect_eq(case_assignment("Two")->roles->n, 1);
}

Test(delivery, reprocessing_an_assignment_delivers_all_of_it_once_more)
{
    give("One");
    done("CRM/User");
    case_command("assignment_reprocess", jml_id_text(&the_case.arena, case_assignment("One")->id));
    case_step();
    says(case_deliveries(), "+CRM/User delivered; +Wiki/User pending; +CRM/User pending");
    done(NULL);
    says(stands("One"), "delivered Delivered");
    case_command("assignment_reprocess", jml_id_text(&the_case.arena, case_assignment("One")->id));
    case_step();
    says(stands("One"), "delivering Delivering");
    done(NULL);
    says(stands("One"), "delivered Delivered");
    says(case_requests(), "adminAdd One delivered");
}

Test(delivery, reprocessing_a_request_delivers_what_failed)
{
    give("One");
    done("CRM/User");
    failed("Wiki/User", "refused");
    case_command("request_reprocess", jml_id_text(&the_case.arena, case_newest()->id));
    case_step();
    says(case_deliveries(), "+CRM/User delivered; +Wiki/User failed; +Wiki/User pending");
    says(stands("One"), "delivering Delivering");
    says(case_requests(), "adminAdd One delivering");
    done(NULL);
    says(case_requests(), "adminAdd One delivered");
    cr_expect_null(case_newest()->error);
}

Test(delivery, what_a_held_person_was_told_meanwhile_is_looked_at_after_the_release)
{
    give("One");
    case_command("person_hold", "E1");
    case_step();
    done(NULL);
    says(stands("One"), "delivering Delivering");
    case_command("person_release", "E1");
    case_step();
    says(stands("One"), "delivered Delivered");
}

/* SPDX-License-Identifier: MIT */
#include "unit/core/sentences.h"

#include <string.h>

#define ENABLE            TASK("6fc52c9d-398b-4305-9763-15f42c1676fc", "false", "")
#define ENABLE_AT(target) TASK("6fc52c9d-398b-4305-9763-15f42c1676fc", "false", ARGUMENT("target", target))
#define ENABLE_OR_GO_ON   TASK("6fc52c9d-398b-4305-9763-15f42c1676fc", "true", "")
#define DISABLE           TASK("1dfdfcc7-52fa-4c2e-bf3a-e3919cc12950", "false", "")
#define ADD_TO(groups)    TASK("22085229-5809-45e8-97fd-270d28d66910", "false", ARGUMENT("groupID", groups))
#define REMOVE_FROM(groups) \
    TASK("1953a66c-751c-45e5-8bfe-01462c70da3c", "false", ARGUMENT("groupID", groups))
#define LICENSE(roles) \
    TASK("683c87a4-2ad4-420b-97d4-220d90afcd24", "false", ARGUMENT("licenses", roles))
#define UNLICENSE(roles) \
    TASK("5fc402a8-daaf-4b7b-9203-da868b05fc5f", "false", ARGUMENT("licenses", roles))
#define UNLICENSE_ALL TASK("8fa97d28-3e52-4985-b3a9-a1126f9b8b4e", "false", "")
#define EXTENSION(name) \
    TASK("4262b724-8dba-4fad-afc3-43fcbb497a0e", "false", ARGUMENT("customTaskExtensionID", name))
#define UPDATE(updates) \
    TASK("2c8f4a1b-7d3e-4f9c-8a5b-6e1d2c3f4a5b", "false", ARGUMENT("attributeUpdates", updates))

#define WITH(workflows)                                                                            \
    CONFIGURATION(RESOURCE("Base") "," RESOURCE("Staff"),                                          \
                  PACKAGE("Base", POLICY("Always", FOREVER)), workflows)
#define FIRST_DAY(tasks) WORKFLOW("First day", "joiner", ON(HIRE("0"), ANYBODY), tasks)
#define MOVED(tasks)     WORKFLOW("Moved", "mover", ON(CHANGE("department"), ANYBODY), tasks)

/* Elsewhere is gone when the tasks run. */
#define TARGETS                                                                                    \
    "{'targets':[{'displayName':'Directory','kind':'ldap','settings':{'uri':'ldapi:///',"          \
    "'peopleBase':'ou=people','sasl':'EXTERNAL'}},{'displayName':'Mail','kind':'scim','settings':" \
    "{'url':'https://mail.example/'}},{'displayName':'Nowhere','kind':'null'},{'displayName':"     \
    "'Elsewhere','kind':'manual'}],'customTaskExtensions':[{'displayName':'Payroll',"              \
    "'endpointConfiguration':{'url':'https://payroll.example/'}}]}"

static void configure(const char *documents)
{
    case_apply(TARGETS);
    case_apply(documents);
    for (size_t i = 0; i < the_case.rows.targets.n; i++)
        if (jml_streq(the_case.rows.targets.items[i].display_name, "Elsewhere"))
            the_case.rows.targets.items[i] = the_case.rows.targets.items[--the_case.rows.targets.n];
    case_lead("Staff", "Directory");
}

SUITE(task);

static void done(const char *role)
{
    cr_expect_gt(case_deliver(role, JML_DELIVERY_DELIVERED, NULL), 0);
    case_step();
}

Test(task, what_gives_waits_until_it_is_there_and_the_rest_after_it)
{
    configure(WITH(FIRST_DAY(ENABLE "," WELCOME "," ADD("Base", "Always"))));
    joiner("2026-06-01", "{'mail':'e1@example.com'}");
    case_step();
    says(case_runs(), "First day inProgress");
    says(case_tasks(), "1 inProgress");
    says(case_deliveries(), "enableAccount Directory pending; enableAccount Mail pending");
    says(case_mails(), "");
    case_deliver(jml_id_text(&the_case.arena, the_case.deliveries.items[0]->id), JML_DELIVERY_DELIVERED, NULL);
    case_step();
    says(case_tasks(), "1 inProgress");
    done(NULL);
    says(case_runs(), "First day completed");
    says(case_tasks(), "1 completed; 2 completed; 3 completed");
    says(case_holds(), "Base");
    says(case_audit(JML_MACHINE_TASK), "362 inProgress; 366 completed; 351 completed; 351 completed");
}

Test(task, a_failed_one_stops_the_rest_and_is_tried_again)
{
    configure(WITH(FIRST_DAY(ENABLE_AT("Directory") "," ADD("Base", "Always"))));
    joiner("2026-06-01", NULL);
    case_step();
    says(case_deliveries(), "enableAccount Directory pending");
    case_deliver(NULL, JML_DELIVERY_FAILED, "no such container of Ann");
    case_step();
    says(case_runs(), "First day failed");
    says(case_tasks(), "1 failed delivery_failed");
    says(case_run("First day")->tasks.items[0]->error, "delivery_failed: Directory: no such container of Ann");
    for (size_t i = 0; i < the_case.audit.n; i++)
        cr_expect(!the_case.audit.items[i]->reason || !strstr(the_case.audit.items[i]->reason, "Ann"));
    case_command("run_retry", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    says(case_runs(), "First day inProgress");
    done(NULL);
    says(case_runs(), "First day completed");
    says(case_holds(), "Base");
}

Test(task, a_failed_one_may_let_the_rest_go_on)
{
    configure(WITH(FIRST_DAY(ENABLE_OR_GO_ON "," ADD("Base", "Always"))));
    joiner("2026-06-01", NULL);
    case_step();
    says(case_holds(), "");
    case_deliver(NULL, JML_DELIVERY_FAILED, NULL);
    case_step();
    says(case_runs(), "First day completedWithErrors");
    says(case_holds(), "Base");
}

Test(task, nothing_that_takes_waits_for_another)
{
    configure(WITH(WORKFLOW("Last day", "leaver", ON(LEAVE("0"), ANYBODY), DISABLE "," REMOVE_ALL("0"))));
    joiner("2026-01-01", NULL);
    case_request(JML_ADMIN_ADD, "Base", NULL);
    case_step();
    leaver("2026-06-01");
    case_live("2026-06-02");
    says(case_runs(), "Last day inProgress");
    says(case_tasks(), "1 inProgress; 2 completed");
    says(case_holds(), "");
    case_deliver(NULL, JML_DELIVERY_REMOVED, NULL);
    case_step();
    says(case_runs(), "Last day completed");
}

Test(task, groups_are_resource_roles)
{
    configure(WITH(FIRST_DAY(ADD_TO("Staff, Base/User"))));
    joiner("2026-06-01", NULL);
    case_step();
    says(case_deliveries(), "+Staff/User pending");
    says(case_audit(JML_MACHINE_DELIVERY), "604 pending; 601 delivered");
    done(NULL);
    says(case_runs(), "First day completed");
    says(case_try_apply(WITH(FIRST_DAY(ADD_TO("Nobody")))),
         "/workflows/0/tasks/0/arguments/0/value: no resource role 'Nobody' (Resource/Role, or a resource that has "
         "one role)");
}

Test(task, licences_are_resource_roles_too)
{
    configure(WITH(FIRST_DAY(LICENSE("Staff")) "," MOVED(UNLICENSE("Staff/User")) ","
                   WORKFLOW("Last day", "leaver", ON(LEAVE("0"), ANYBODY), UNLICENSE_ALL)));
    joiner("2026-06-01", NULL);
    case_step();
    says(case_deliveries(), "+Staff/User pending");
    done(NULL);
    mover("2026-06-02", "{'department':'IT'}");
    case_live("2026-06-02");
    says(case_deliveries(), "+Staff/User delivered; -Staff/User removing");
    case_deliver(NULL, JML_DELIVERY_REMOVED, NULL);
    leaver("2026-06-03");
    case_live("2026-06-04");
    says(case_deliveries(), "+Staff/User delivered; -Staff/User removed; revokeAll Directory removing; "
                            "revokeAll Mail removing");
}

Test(task, a_group_that_a_package_gives_is_not_taken)
{
    configure(WITH(MOVED(REMOVE_FROM("Base,Staff/User"))));
    joiner("2026-01-01", NULL);
    case_request(JML_ADMIN_ADD, "Base", NULL);
    case_step();
    mover("2026-06-01", "{'department':'IT'}");
    case_step();
    says(case_deliveries(), "-Staff/User removing");
    cr_expect(jml_str_starts(case_run("Moved")->tasks.items[0]->warning, "given_by_package: "));
    case_deliver(NULL, JML_DELIVERY_REMOVED, NULL);
    case_step();
    says(case_runs(), "Moved completed");
}

Test(task, an_extension_is_called_and_attributes_are_a_patch)
{
    configure(WITH(FIRST_DAY(EXTENSION("Payroll") ","
                             UPDATE("[{\\'attribute\\':\\'title\\',\\'value\\':\\'Dr\\'},{\\'attribute\\':\\'fax\\'}]"))));
    joiner("2026-06-01", NULL);
    case_step();
    says(case_deliveries(), "call Payroll pending");
    done(NULL);
    says(case_deliveries(),
         "call Payroll delivered; updateAccount Directory pending; updateAccount Mail pending");
    says(jml_value_text(&the_case.arena, the_case.deliveries.items[1]->arguments),
         "{\"attributes\":{\"title\":\"Dr\",\"fax\":null}}");
    done(NULL);
    says(case_runs(), "First day completed");
}

Test(task, what_is_named_and_not_there_fails)
{
    configure(WITH(FIRST_DAY(ENABLE_AT("Elsewhere"))));
    joiner("2026-06-01", NULL);
    case_step();
    says(case_tasks(), "1 failed no_target");
    says(case_deliveries(), "");
}

Test(task, a_run_that_waits_is_canceled_by_an_operator)
{
    configure(WITH(FIRST_DAY(ENABLE_AT("Mail") "," ADD("Base", "Always"))));
    joiner("2026-06-01", NULL);
    case_step();
    case_command("run_cancel", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    says(case_runs(), "First day canceled operator");
    says(case_tasks(), "1 canceled");
    done(NULL); /* what was queued is done all the same */
    says(case_runs(), "First day canceled operator");
    says(case_holds(), "");
}

Test(task, a_run_that_waits_counts_as_far_as_it_came_and_is_canceled_with_its_cause)
{
    configure(WITH(FIRST_DAY(ADD("Base", "Always") "," ENABLE_AT("Mail"))));
    joiner("2026-06-01", NULL);
    case_step();
    says(case_runs(), "First day inProgress");
    says(case_holds(), "Base");
    rescind("r1");
    case_step();
    says(case_runs(), "First day canceled replan");
    says(case_holds(), "");
}

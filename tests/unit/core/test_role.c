/* SPDX-License-Identifier: MIT */
#include "unit/core/sentences.h"

/* Two packages of one resource, with the roles that are named. */
#define CONFIG(one, two)                                                                           \
    "{'catalogs':[{'displayName':'Company'}],'resources':[{'displayName':'CRM','catalog':'Company'," \
    "'target':'record','roles':['User','Editor','Owner']}],'accessPackages':["                     \
    "{'displayName':'One','catalog':'Company','resourceRoleScopes':[" one                          \
    "],'assignmentPolicies':[" POLICY("Always", FOREVER) "]},"                                     \
    "{'displayName':'Two','catalog':'Company','resourceRoleScopes':[" two                          \
    "],'assignmentPolicies':[" POLICY("Always", FOREVER) "]}]}"
#define ROLE(name) "{'resource':'CRM','role':'" name "'}"

static void begin_employed(void)
{
    begin();
    case_apply(CONFIG(ROLE("User"), ROLE("Editor")));
    joiner("2026-01-01", NULL);
    case_request(JML_ADMIN_ADD, "One", NULL);
    case_request(JML_ADMIN_ADD, "Two", NULL);
    case_step();
}

TestSuite(role, .init = begin_employed, .fini = end);

/* "+User", "-User", in the order they were made; from one on. */
static const char *deliveries(size_t from)
{
    struct jml_str s = JML_STR_INIT(&the_case.arena);
    for (size_t i = from; i < the_case.deliveries.n; i++) {
        const struct jml_delivery *d = the_case.deliveries.items[i];
        const struct jml_resource_role *role =
            jml_governance_find_role(the_case.world.governance, d->role_id);
        jml_str_addf(&s, "%s%c%s", s.length ? " " : "", d->action == JML_ACTION_GRANT ? '+' : '-', role->display_name);
    }
    return jml_str_text(&s);
}

Test(role, one_that_joins_the_package_is_given_to_who_holds_it)
{
    case_apply(CONFIG(ROLE("User") "," ROLE("Owner"), ROLE("Editor")));
    case_go("2026-06-02");
    says(deliveries(2), "+Owner");
    says(case_audit(JML_MACHINE_ASSIGNMENT), "502 delivered; 502 delivered; 516 delivered");
    case_go("2026-06-03");
    says(deliveries(3), "");
}

Test(role, one_that_leaves_the_package_is_taken)
{
    case_apply(CONFIG("", ROLE("Editor")));
    case_go("2026-06-02");
    says(deliveries(2), "-User");
    says(case_holds(), "One; Two");
}

Test(role, one_that_leaves_one_package_and_is_given_by_another_stays)
{
    case_apply(CONFIG(ROLE("User") "," ROLE("Editor"), ROLE("Editor")));
    case_go("2026-06-02");
    case_apply(CONFIG(ROLE("User"), ROLE("Editor")));
    case_go("2026-06-03");
    says(deliveries(2), "+Editor");
    case_request(JML_ADMIN_REMOVE, "Two", NULL);
    case_step();
    says(deliveries(3), "-Editor");
}

Test(role, what_was_given_is_what_is_revoked)
{
    case_apply(CONFIG(ROLE("Owner"), ROLE("Editor")));
    case_request(JML_ADMIN_REMOVE, "One", NULL); /* before the roll-out comes to it */
    case_step();
    says(deliveries(2), "-User");
    says(case_holds(), "Two");
}

Test(role, reprocessing_gives_all_of_it_once_more)
{
    case_command("assignment_reprocess", jml_id_text(&the_case.arena, case_assignment("One")->id));
    case_step();
    says(deliveries(2), "+User");
    says(case_assignment("One")->status, "Delivered");
    cr_expect_eq(case_assignment("One")->state, JML_ASSIGNMENT_DELIVERED);
}

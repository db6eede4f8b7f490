/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/str.h"
#include "lib/leak.h"
#include "unit/core/documents.h"

static struct jml_arena a;

static void fini(void)
{
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(governance, .fini = fini);

/* clang-format off */
#define TYPE(t) "'@odata.type':'#microsoft.graph.identityGovernance." t "'"
#define ACCESS                                                                                    \
    "'catalogs':[{'displayName':'C'}],"                                                           \
    "'resources':[{'displayName':'R','catalog':'C','roles':['User','Editor']}],"                  \
    "'accessPackages':[{'displayName':'P','catalog':'C',"                                         \
    "  'resourceRoleScopes':[{'resource':'R','role':'User'}],"                                    \
    "  'assignmentPolicies':[{'displayName':'A','expiration':{'type':'afterDuration','duration':'P30D'}}]}," \
    " {'displayName':'Q, and more','catalog':'C','assignmentPolicies':[{'displayName':'A'},{'displayName':'B'}]}]"
#define CONDITIONS(days)                                                                          \
    "'executionConditions':{" TYPE("triggerAndScopeBasedConditions") ","                          \
    "'scope':{" TYPE("ruleBasedSubjectSet") ",'rule':'(department eq `IT`)'},"                    \
    "'trigger':{" TYPE("timeBasedAttributeTrigger") ",'timeBasedAttribute':'employeeHireDate','offsetInDays':" days "}}"
#define REQUEST(name, arguments)                                                                  \
    "{'displayName':'" name "','taskDefinitionId':'c1ec1e76-f374-4375-aaa6-0bb6bd4c60be','arguments':[" arguments "]}"
#define ARG(name, value) "{'name':'" name "','value':'" value "'}"
#define WORKFLOW(rest, days, task)                                                                \
    "'workflows':[{'displayName':'W'," rest CONDITIONS(days) ",'tasks':[" task "]}]"
#define PLAIN WORKFLOW("", "0", REQUEST("T", ARG("accessPackageId", "P")))
/* clang-format on */

static struct jml_governance_plan plan(const struct jml_governance_rows *before, const char *text)
{
    struct jml_governance_plan p;
    const char *said = test_plan(&a, before, text, &p);

    cr_assert_str_empty(said, "%s", said);
    return p;
}

static const struct jml_change *change(const struct jml_governance_plan *p, const char *name)
{
    for (size_t i = 0; i < p->changes.n; i++)
        if (jml_streq(p->changes.items[i]->name, name))
            return p->changes.items[i];
    cr_assert_fail("no change of '%s'", name);
    return NULL;
}

/* "created", "unchanged", or the keys that changed. */
static const char *what(const struct jml_governance_plan *p, const char *name)
{
    const struct jml_change *c = change(p, name);
    struct jml_str s = JML_STR_INIT(&a);

    if (c->act == JML_ACT_CREATE)
        return "created";
    for (size_t i = 0; i < c->keys.n; i++)
        jml_str_addf(&s, "%s%s", i ? " " : "", c->keys.items[i]);
    return c->keys.n ? jml_str_text(&s) : "unchanged";
}

static struct jml_governance *build(const struct jml_governance_rows *rows)
{
    struct jml_problems problems = {.arena = &a};
    struct jml_governance *g;
    struct jml_err e;

    cr_assert_eq(jml_governance_build(rows, &problems, &g, &e), 0, "%s",
                 test_problems(&a, &problems));
    return g;
}

Test(governance, every_reference_is_resolved)
{
    struct jml_governance_plan p = plan(NULL, "{" ACCESS "," PLAIN "}");
    struct jml_governance *g = build(&p.after);
    const struct jml_workflow *w = g->workflows[0];
    const struct jml_package *package = g->packages[0];

    cr_assert_eq(g->n_packages, 2);
    cr_assert_eq(g->n_workflows, 1);
    cr_expect_str_eq(package->display_name, "P");
    cr_expect_str_eq(package->catalog->display_name, "C");
    cr_assert_eq(package->n_roles, 1);
    cr_expect_str_eq(package->roles[0]->display_name, "User");
    cr_expect_str_eq(package->roles[0]->resource->target, "record");
    cr_assert_eq(package->n_policies, 1);
    cr_expect_eq(package->policies[0]->package, package);
    cr_expect_eq(package->policies[0]->expiration.type, JML_EXPIRATION_AFTER_DURATION);
    cr_expect_eq(package->policies[0]->expiration.duration.days, 30);
    cr_assert_eq(w->n_tasks, 1);
    cr_expect_eq(w->tasks[0].packages[0], package);
    cr_expect_eq(w->tasks[0].policy, package->policies[0]);
    cr_expect_eq(w->tasks[0].position, 1);
    cr_expect_eq(jml_governance_find_package(g, package->id), package);
    cr_expect_eq(jml_governance_find_policy(g, package->policies[0]->id), package->policies[0]);
    cr_expect_eq(jml_governance_find_workflow(g, w->id), w);
    cr_expect_null(jml_governance_find_package(g, w->id));
    jml_governance_free(g);
}

Test(governance, applying_the_same_again_changes_nothing)
{
    struct jml_governance_plan p = plan(NULL, "{" ACCESS "," PLAIN "}"), again;

    cr_expect_eq(p.n_changed, p.changes.n);
    again = plan(&p.after, "{" ACCESS "," PLAIN "}");
    cr_expect_eq(again.n_changed, 0);
    cr_expect_eq(again.changes.n, p.changes.n);
}

Test(governance, what_is_exported_changes_nothing_when_applied)
{
    struct jml_governance_plan p =
        plan(NULL, "{" ACCESS
                   "," WORKFLOW("'category':'mover','isSchedulingEnabled':true,", "3",
                                REQUEST("T", ARG("accessPackageId", "Q, and more") "," ARG(
                                                 "assignmentPolicyId",
                                                 "B"))) ",'connectedOrganizations':[{'displayName':"
                                                        "'O','domains':['example.com']}]}");
    const char *text = jml_value_text(&a, jml_governance_export(&a, &p.after));
    struct jml_problems problems = {.arena = &a};
    struct jml_document_set set = {.arena = &a};
    struct jml_governance_plan again;
    struct jml_id_source ids;

    jml_id_source_init(&ids, 7);
    jml_document_parse(&set, NULL, text, strlen(text), &problems);
    jml_governance_plan(&a, &p.after, &set, &ids, 0, &problems, &again);
    cr_assert_eq(problems.n, 0, "%s", test_problems(&a, &problems));
    cr_expect_eq(again.n_changed, 0, "%s", text);
    cr_expect_eq(again.changes.n, p.changes.n);
}

Test(governance, tasks_and_conditions_make_a_version_names_do_not)
{
    struct jml_governance_plan p = plan(NULL, "{" ACCESS "," PLAIN "}"), q;

    q = plan(&p.after, "{" WORKFLOW("'description':'d','isSchedulingEnabled':true,", "0",
                                    REQUEST("Other name", ARG("accessPackageId", "P"))) "}");
    cr_expect_str_eq(what(&q, "W"), "description isSchedulingEnabled names of tasks");
    cr_expect_not(change(&q, "W")->new_version);
    cr_expect_eq(q.after.workflows.items[0].version, 1);

    q = plan(&p.after, "{" WORKFLOW("", "1", REQUEST("T", ARG("accessPackageId", "P"))) "}");
    cr_expect_str_eq(what(&q, "W"), "executionConditions");
    cr_expect_eq(q.after.workflows.items[0].version, 2);

    q = plan(&p.after, "{" WORKFLOW("", "0",
                                    REQUEST("T", ARG("accessPackageId", "Q, and more") "," ARG(
                                                     "assignmentPolicyId", "A"))) "}");
    cr_expect_str_eq(what(&q, "W"), "tasks");
    cr_expect_eq(q.after.workflows.items[0].version, 2);
    cr_expect_eq(p.after.workflows.items[0].version, 1, "the rows before stay as they were");
}

Test(governance, a_workflow_counts_causes_from_when_its_trigger_is_switched_on)
{
    struct jml_governance_plan p = plan(NULL, "{" ACCESS "," PLAIN "}"), q;

    cr_expect_eq(p.after.workflows.items[0].scheduled_since, JML_TIME_NONE);
    q = plan(&p.after, "{" WORKFLOW("'isSchedulingEnabled':true,", "0",
                                    REQUEST("T", ARG("accessPackageId", "P"))) "}");
    cr_expect_eq(q.after.workflows.items[0].scheduled_since, JML_DAY);
    cr_expect_eq(change(&q, "W")->transition->to, JML_WORKFLOW_ENABLED);
    cr_expect(change(&q, "W")->touches_people);
}

Test(governance, a_workflow_disabled_by_hand_keeps_its_other_switch)
{
    struct jml_governance_plan p =
        plan(NULL, "{" ACCESS "," WORKFLOW("'isSchedulingEnabled':true,", "0",
                                           REQUEST("T", ARG("accessPackageId", "P"))) "}");
    struct jml_governance_plan q;

    p.after.workflows.items[0].enabled = false;
    q = plan(&p.after, "{" WORKFLOW("'isEnabled':false,", "0",
                                    REQUEST("T", ARG("accessPackageId", "P"))) "}");
    cr_expect_str_eq(what(&q, "W"), "unchanged");
}

Test(governance, renaming_a_package_does_not_turn_workflows_to_another)
{
    struct jml_governance_plan p = plan(NULL, "{" ACCESS "," PLAIN "}"), q;
    const char *id = jml_id_text(&a, p.after.packages.items[0].id);
    struct jml_governance *g;

    q = plan(&p.after, jml_printf(&a,
                                  "{'accessPackages':[{'id':'%s','displayName':'N',"
                                  "'catalog':'C'},{'displayName':'P','catalog':'C'}]}",
                                  id));
    cr_expect_str_eq(what(&q, "N"), "displayName");
    cr_expect_str_eq(what(&q, "P"), "created");
    g = build(&q.after);
    cr_expect_str_eq(g->workflows[0]->tasks[0].packages[0]->display_name, "N");
    jml_governance_free(g);
}

Test(governance, ids_of_documents_are_kept)
{
    struct jml_governance_plan p =
        plan(NULL, "{'catalogs':[{'id':'66584aae-98bb-48cc-9458-7bee5d2a6577','displayName':'C'},"
                   "{'displayName':'D'}]}");

    cr_expect_str_eq(jml_id_text(&a, p.after.catalogs.items[0].id),
                     "66584aae-98bb-48cc-9458-7bee5d2a6577");
    cr_expect(jml_id_is_set(p.after.catalogs.items[1].id));
}

static void refused(const struct jml_governance_rows *before, const char *text, const char *wanted)
{
    struct jml_governance_plan p;
    const char *said = test_plan(&a, before, text, &p);
    cr_expect_str_eq(said, wanted, "said:   %s\nwanted: %s", said, wanted);
}

Test(governance, one_object_stands_in_one_place)
{
    struct jml_governance_plan p = plan(NULL, "{" ACCESS "}");

    refused(NULL, "{'catalogs':[{'displayName':'C'},{'displayName':'C'}]}",
            "/catalogs/1: another catalog is named 'C'");
    refused(&p.after, "{'catalogs':[{'displayName':'C'},{'displayName':'C'}]}",
            "/catalogs/1: stands at /catalogs/0 too");
    refused(NULL,
            "{'catalogs':[{'id':'66584aae-98bb-48cc-9458-7bee5d2a6577','displayName':'C'},"
            "{'id':'66584aae-98bb-48cc-9458-7bee5d2a6577','displayName':'D'}]}",
            "/catalogs/1: another catalog has this id");
}

Test(governance, a_policy_may_be_left_out_when_there_is_only_one)
{
    refused(NULL,
            "{" ACCESS
            "," WORKFLOW("", "0", REQUEST("T", ARG("accessPackageId", "Q, and more"))) "}",
            "/workflows/0/tasks/0/arguments: needs the argument assignmentPolicyId: access package "
            "'Q, and more' has 2 policies");
    refused(NULL,
            "{" ACCESS "," WORKFLOW(
                "", "0",
                REQUEST("T", ARG("accessPackageId", "P") "," ARG("assignmentPolicyId", "B"))) "}",
            "/workflows/0/tasks/0/arguments/1/value: no policy 'B' of access package 'P'");
}

Test(governance, one_package_is_requested_several_may_be_removed)
{
    struct jml_governance_plan p;

    refused(NULL,
            "{'catalogs':[{'displayName':'C'}],'accessPackages':[{'displayName':'A','catalog':'C'},"
            "{'displayName':'B','catalog':'C'}]," WORKFLOW(
                "", "0", REQUEST("T", ARG("accessPackageId", "A, B"))) "}",
            "/workflows/0/tasks/0/arguments/0/value: must name exactly one access package, names "
            "2");
    p = plan(NULL,
             "{'catalogs':[{'displayName':'C'}],'accessPackages':[{'displayName':'A','catalog':"
             "'C'},{'displayName':'B','catalog':'C'}]," WORKFLOW(
                 "", "0",
                 "{'displayName':'T','taskDefinitionId':'4a0b64f2-c7ec-46ba-b117-18f262946c50',"
                 "'arguments':[" ARG("accessPackageId", "A,B") "]}") "}");
    struct jml_governance *g = build(&p.after);
    cr_assert_eq(g->workflows[0]->tasks[0].n_packages, 2);
    cr_expect_str_eq(g->workflows[0]->tasks[0].packages[1]->display_name, "B");
    jml_governance_free(g);
    refused(&p.after,
            "{" WORKFLOW("", "0",
                         "{'displayName':'T','taskDefinitionId':'4a0b64f2-c7ec-46ba-b117-"
                         "18f262946c50','arguments':[" ARG("accessPackageId", "A,A") "]}") "}",
            "/workflows/0/tasks/0/arguments/0/value: names 'A' twice");
}

Test(governance, roles_given_are_all_roles_and_none_given_leaves_them)
{
    struct jml_governance_plan p = plan(NULL, "{" ACCESS "}"), q;

    q = plan(&p.after, "{'accessPackages':[{'displayName':'P','catalog':'C',"
                       "'resourceRoleScopes':[{'resource':'R','role':'Editor'}]}]}");
    cr_expect_str_eq(what(&q, "P"), "resourceRoleScopes");
    cr_expect(change(&q, "P")->touches_people);
    cr_expect_eq(q.after.package_roles.n, 1);
    q = plan(&p.after, "{'accessPackages':[{'displayName':'P','catalog':'C'}]}");
    cr_expect_str_eq(what(&q, "P"), "unchanged");
    cr_expect_eq(q.after.policies.n, p.after.policies.n);
    refused(&p.after,
            "{'accessPackages':[{'displayName':'P','catalog':'C','resourceRoleScopes':["
            "{'resource':'R','role':'User'},{'resource':'R','role':'User'}]}]}",
            "/accessPackages/0/resourceRoleScopes/1: is given twice");
}

Test(governance, a_row_that_does_not_fit_is_named)
{
    struct jml_governance_plan p = plan(NULL, "{" ACCESS "," PLAIN "}");
    struct jml_problems problems = {.arena = &a};
    struct jml_governance *g = NULL;
    struct jml_err e;

    p.after.packages.items[0].id = p.after.catalogs.items[0].id;
    p.after.packages.items[0].path = p.after.policies.items[0].path =
        p.after.workflows.items[0].path = NULL;
    cr_assert_lt(jml_governance_build(&p.after, &problems, &g, &e), 0);
    cr_expect_eq(e.class, JML_ERR_BAD_INPUT);
    cr_expect_str_eq(problems.items[0].path, "assignment policy 'A'");
    cr_expect(jml_str_starts(problems.items[problems.n - 1].path,
                             "workflow 'W'/tasks/0/arguments/0/value"),
              "%s", test_problems(&a, &problems));
    cr_expect_null(g);
}

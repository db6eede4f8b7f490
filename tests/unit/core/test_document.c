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

TestSuite(document, .fini = fini);

#define MAIL "70b29d51-b59a-4773-9280-8841dfd3f2ea"
#define TASK "{'displayName':'T','taskDefinitionId':'" MAIL "'}"
#define ON_DEMAND                                                                \
    "'executionConditions':{'@odata.type':'#microsoft.graph.identityGovernance." \
    "onDemandExecutionOnly'}"
#define TYPE(t) "'@odata.type':'#microsoft.graph.identityGovernance." t "'"
#define RULE    "'scope':{" TYPE("ruleBasedSubjectSet") ",'rule':'(department eq `IT`)'}"
#define CONDITIONS(trigger)                                                   \
    "'executionConditions':{" TYPE("triggerAndScopeBasedConditions") "," RULE \
                                                                     ",'trigger':{" trigger "}}"
#define BODY(conditions, tasks) "{'displayName':'W'," conditions ",'tasks':[" tasks "]}"

/* What is said about the document, one problem a line. */
static void says(const char *text, const char *wanted)
{
    struct jml_governance_plan plan;
    const char *said = test_plan(&a, NULL, text, &plan);

    cr_expect_str_eq(said, wanted, "%s\nsaid:   %s\nwanted: %s", text, said, wanted);
}

static struct jml_document_workflow read(const char *text)
{
    struct jml_problems problems = {.arena = &a};
    struct jml_document_workflow w;
    const struct jml_value *v;
    struct jml_err e;

    text = test_json(&a, text);
    cr_assert_eq(jml_value_parse(&a, text, strlen(text), 32, &v, &e), 0, "%s", e.message);
    jml_document_workflow_read(&a, v, "", &problems, &w);
    cr_assert_eq(problems.n, 0, "%s", test_problems(&a, &problems));
    return w;
}

Test(document, a_name_stands_once_in_an_object)
{
    says("{'catalogs':[],'catalogs':[]}", "/catalogs: stands twice in its object");
    says("{'catalogs':[{'displayName':'A'},{'displayName':'B','displayName':'B'}]}",
         "/catalogs/1/displayName: stands twice in its object");
    says("{'resources':[{'displayName':'R','catalog':'C','origin':{'a/b':1,'c':[{'x':1,'y':'}',"
         "'\\u0078':2}],'a/b':[],'a/b':{}}}],'catalogs':[{'displayName':'C'}]}",
         "/resources/0/origin/c/0/x: stands twice in its object\n"
         "/resources/0/origin/a~1b: stands twice in its object");
    says("{'catalogs':[{'displayName':'displayName'},{'displayName':'Other'}]}", "");
}

Test(document, an_id_is_a_uuid)
{
    says("{'catalogs':[{'id':'C1','displayName':'C'}]}", "/catalogs/0/id: no UUID");
    says("{'catalogs':[{'id':'00000000-0000-0000-0000-000000000000','displayName':'C'}]}",
         "/catalogs/0/id: the UUID of nothing: all zero");
    says("{'accessPackages':[{'id':'','displayName':'P'}]}",
         "/accessPackages/0/catalog: missing\n/accessPackages/0/id: no UUID");
    says("{'displayName':'W','id':'{" MAIL "}'," ON_DEMAND ",'tasks':[" TASK "]}", "/id: no UUID");
    says("{'catalogs':[{'id':'" MAIL "','displayName':'C'}]}", "");
    says("{'catalogs':[{'id':null,'displayName':'C'}]}", "");
}

Test(document, a_file_without_a_word_is_empty)
{
    says("", "document: the file is empty");
    says(" \n\t ", "document: the file is empty");
    says("\377\376{", "document: no text in UTF-8, as JSON must be");
}

Test(document, a_file_is_arrays_or_a_workflow_or_a_list)
{
    says("{}", "");
    says("{'catalogs':[]}", "");
    says(BODY(ON_DEMAND, TASK), "");
    says("{'workflow':" BODY(ON_DEMAND, TASK) "}", "");
    says("{'@odata.context':'x','value':[" BODY(ON_DEMAND, TASK) "]}", "");
    says("{'workflows':[" BODY(ON_DEMAND, TASK) "]}", "");
    says("{'a':1}", "/: neither a workflow (executionConditions, tasks), an access package, an "
                    "assignment policy, a connected organization nor a custom task extension, nor a "
                    "list (value), nor any of the arrays catalogs, targets, resources, "
                    "accessPackages, assignmentPolicies, connectedOrganizations, "
                    "customTaskExtensions, workflows");
    says("{'workflows':[],'value':[]}", "/value: unknown property");
    says("{'workflows':{}}", "/workflows: must be an array, is an object");
    says("{'value':[{'id':'x'}]}",
         "/value/0: neither a workflow, an access package, an assignment policy, a connected "
         "organization nor a custom task extension, by what it says (other objects stand in arrays "
         "of their own: catalogs, resources, ...)");
    says(TASK, "/taskDefinitionId: a task stands in the tasks of a workflow");
    says("{", "document: line 1, column 2: ends too early");
}

Test(document, all_problems_are_told_at_once_each_with_its_path)
{
    says("{'workflows':[{'displayName':'','isEnabled':'yes'," ON_DEMAND ",'colour':1,"
         "'tasks':[{'displayName':'x','taskDefinitionId':'nope'}]}]}",
         "/workflows/0/isEnabled: must be true or false, is a string\n"
         "/workflows/0/colour: unknown property\n"
         "/workflows/0/displayName: is empty\n"
         "/workflows/0/tasks/0/taskDefinitionId: unknown task definition 'nope'");
}

Test(document, what_graph_adds_to_an_answer_is_left_out)
{
    says("{'@odata.context':'x','id':'73ed8912-6a04-4f5d-bef8-61fcc94336a7','displayName':'W',"
         "'version':3,'createdDateTime':'2024-03-28T20:20:05Z','deletedDateTime':null,"
         "'nextScheduleRunDateTime':'x','lastModifiedDateTime':'x','createdBy':{},"
         "'tasks@odata.context':'x'," ON_DEMAND ",'tasks':[{'id':'x','category':'joiner,leaver',"
         "'executionSequence':1,'displayName':'T','taskDefinitionId':'" MAIL "','arguments':[]}]}",
         "");
}

Test(document, what_would_narrow_the_effect_is_not_left_out)
{
    says("{'displayName':'W'," ON_DEMAND ",'tasks':[" TASK "],'administrationScopeTargets':[{}]}",
         "/administrationScopeTargets: known, not supported yet: it limits whom the workflow "
         "touches");
    says("{'displayName':'W'," ON_DEMAND ",'tasks':[" TASK "],'administrationScopeTargets':[]}",
         "");
    says("{'displayName':'W'," ON_DEMAND ",'tasks':[" TASK "],'settings':{'x':{}}}",
         "/settings: known, not supported yet: execution limits");
}

Test(document, names_are_printable_and_of_some_length)
{
    struct jml_str s = JML_STR_INIT(&a);

    says("{'displayName':'a\\u0007b'," ON_DEMAND ",'tasks':[" TASK "]}",
         "/displayName: has characters that cannot be printed");
    says("{'displayName':' a'," ON_DEMAND ",'tasks':[" TASK "]}",
         "/displayName: begins or ends with a blank");
    says("{" ON_DEMAND ",'tasks':[" TASK "]}", "/displayName: missing");
    says("{'displayName':7," ON_DEMAND ",'tasks':[" TASK "]}",
         "/displayName: must be a string, is a number");
    jml_str_add(&s, "{'displayName':'");
    for (int i = 0; i < 257; i++)
        jml_str_add(&s, "é");
    jml_str_add(&s, "'," ON_DEMAND ",'tasks':[" TASK "]}");
    says(jml_str_text(&s), "/displayName: is longer than 256 characters");
}

Test(document, missing_members_take_the_defaults_of_graph)
{
    struct jml_document_workflow w = read(BODY(ON_DEMAND, TASK));

    cr_expect(w.enabled);
    cr_expect_not(w.scheduling_enabled);
    cr_expect_null(w.category);
    cr_expect(w.tasks[0].enabled);
    cr_expect_not(w.tasks[0].continue_on_error);
    cr_expect_eq(w.tasks[0].kind, JML_TASK_WELCOME_MAIL);
}

Test(document, scheduling_needs_an_enabled_workflow)
{
    says("{'displayName':'W','isEnabled':false,'isSchedulingEnabled':true," ON_DEMAND
         ",'tasks':[" TASK "]}",
         "/isSchedulingEnabled: may not be true while isEnabled is false");
}

Test(document, the_number_of_tasks_is_1_to_25)
{
    struct jml_str s = JML_STR_INIT(&a);

    says(BODY(ON_DEMAND, ""), "/tasks: must hold 1 to 25 tasks, holds 0");
    for (int i = 0; i < 25; i++)
        jml_str_add(&s, TASK ",");
    says(jml_printf(&a, BODY(ON_DEMAND, "%s" TASK), jml_str_text(&s)),
         "/tasks: must hold 1 to 25 tasks, holds 26");
    says("{'displayName':'W'," ON_DEMAND "}", "/tasks: missing");
}

Test(document, known_tasks_that_are_not_built_are_told_from_unknown_ones)
{
    says(BODY(ON_DEMAND,
              "{'displayName':'T','taskDefinitionId':'B8F4C3D5-9e7a-4b1c-8f2d-6a5e8b9c7f4a'}"),
         "/tasks/0/taskDefinitionId: known, not supported yet: 'Transfer agent identity sponsorships to manager'");
    says(BODY(ON_DEMAND,
              "{'displayName':'T','taskDefinitionId':'6fc52c9d-398b-4571-8c4c-57c8ea85daac'}"),
         "/tasks/0/taskDefinitionId: unknown task definition "
         "'6fc52c9d-398b-4571-8c4c-57c8ea85daac'");
    says(BODY(ON_DEMAND, "{'displayName':'T'}"), "/tasks/0/taskDefinitionId: missing");
}

Test(document, a_task_fits_the_category_of_its_workflow)
{
    says("{'category':'leaver','displayName':'W'," ON_DEMAND ",'tasks':[" TASK "]}",
         "/tasks/0/taskDefinitionId: 'Send welcome email to new hire' is a task of joiner "
         "workflows, this one is a leaver");
    says("{'category':'joiner','displayName':'W'," ON_DEMAND ",'tasks':[" TASK "]}", "");
    says("{'category':'boomerang','displayName':'W'," ON_DEMAND ",'tasks':[" TASK "]}",
         "/category: must be one of joiner, mover, leaver");
    says("{'category':'extensibility','displayName':'W'," ON_DEMAND ",'tasks':[" TASK "]}",
         "/category: known, not supported yet: extensibility");
}

#define WITH(id, arguments) \
    BODY(ON_DEMAND, "{'displayName':'T','taskDefinitionId':'" id "','arguments':[" arguments "]}")
#define ARG(name, value) "{'name':'" name "','value':'" value "'}"
#define REQUEST          "c1ec1e76-f374-4375-aaa6-0bb6bd4c60be"
#define REMOVE           "4a0b64f2-c7ec-46ba-b117-18f262946c50"
#define REMOVE_ALL       "42ae2956-193d-4f39-be06-691b8ac4fa1d"

Test(document, arguments_are_known_and_complete)
{
    says(WITH(MAIL, ARG("cc", "a,b") "," ARG("customSubject", "s") "," ARG("locale", "en-us")), "");
    says(WITH(MAIL, ARG("bcc", "a")), "/tasks/0/arguments/0/name: unknown argument 'bcc' (known: "
                                      "cc, customSubject, customBody, locale)");
    says(WITH(MAIL, ARG("cc", "a") "," ARG("cc", "b")),
         "/tasks/0/arguments/1/name: 'cc' is given twice");
    says(WITH(MAIL, ARG("customSubject", "a\\nBcc: b")),
         "/tasks/0/arguments/0/value: must be one line of at most 1000 printable characters");
    says(WITH(MAIL, ARG("locale", "x!")),
         "/tasks/0/arguments/0/value: must be a language tag such as en-us");
    says(WITH(MAIL, "{'name':'cc'}"), "/tasks/0/arguments/0/value: missing");
    says(WITH(MAIL, "{'name':'cc','value':7}"),
         "/tasks/0/arguments/0/value: must be a string, is a number");
    says(WITH(REMOVE_ALL, ""), "/tasks/0/arguments: 'Remove all access package assignments for "
                               "user' needs the argument daysUntilExpiration");
    says(WITH(REMOVE_ALL, ARG("daysUntilExpiration", "0")), "");
    says(WITH(REMOVE_ALL, ARG("daysUntilExpiration", "3660")), "");
    says(WITH(REMOVE_ALL, ARG("daysUntilExpiration", "3661")),
         "/tasks/0/arguments/0/value: must be a number of days, 0 to 3660");
    says(WITH(REMOVE_ALL, ARG("daysUntilExpiration", "-1")),
         "/tasks/0/arguments/0/value: must be a number of days, 0 to 3660");
    says(WITH("498770d9-bab7-4e4c-b73d-5ded82a1d0b3", ARG("cc", "a")),
         "/tasks/0/arguments/0/name: unknown argument 'cc' (known: none)");
    says(WITH("1b555e50-7f65-41d5-b514-5894a026d10d", ARG("tapLifetimeMinutes", "9")),
         "/tasks/0/arguments/0/value: must be a number of minutes, 10 to 43200");
    says(WITH("1b555e50-7f65-41d5-b514-5894a026d10d", ARG("passwordLength", "11")),
         "/tasks/0/arguments/0/value: must be a number of characters, 12 to 64");
    says(WITH("1b555e50-7f65-41d5-b514-5894a026d10d", ARG("passwordLength", "64")), "");
    says(WITH("1b555e50-7f65-41d5-b514-5894a026d10d", ARG("customSubject", "x {{temporaryAccessPass}}")),
         "/tasks/0/arguments/0/value: must not hold {{temporaryAccessPass}}: put it into customBody");
    says(WITH("22085229-5809-45e8-97fd-270d28d66910", ""),
         "/tasks/0/arguments: 'Add user to groups' needs the argument groupID");
    says(WITH("6fc52c9d-398b-4305-9763-15f42c1676fc", ARG("target", "Directory,Mail")),
         "/tasks/0/arguments/0/value: no target 'Directory'");
    says(WITH("2c8f4a1b-7d3e-4f9c-8a5b-6e1d2c3f4a5b", ARG("attributeUpdates", "title")),
         "/tasks/0/arguments/0/value: must be a JSON array of 1 to 10 objects {\"attribute\": NAME, "
         "\"value\": VALUE}");
    says(WITH("4262b724-8dba-4fad-afc3-43fcbb497a0e", ""),
         "/tasks/0/arguments: 'Run a custom task extension' needs the argument customTaskExtensionID");
    says(WITH(REQUEST, ARG("accessPackageId", "P")),
         "/tasks/0/arguments/0/value: no access package 'P'");
    says(WITH(REQUEST, ""),
         "/tasks/0/arguments: 'Request user access package assignment' needs the argument "
         "accessPackageId");
}

Test(document, offsets_of_a_time_trigger_are_180_days_at_most)
{
    struct jml_document_workflow w;

    says(
        BODY(CONDITIONS(TYPE("timeBasedAttributeTrigger") ",'timeBasedAttribute':"
                                                          "'employeeHireDate','offsetInDays':-181"),
             TASK),
        "/executionConditions/trigger/offsetInDays: must be -180 to 180");
    says(BODY(CONDITIONS(TYPE("timeBasedAttributeTrigger") ",'timeBasedAttribute':"
                                                           "'employeeHireDate','offsetInDays':0.5"),
              TASK),
         "/executionConditions/trigger/offsetInDays: must be a whole number");
    says(BODY(CONDITIONS(TYPE("timeBasedAttributeTrigger") ",'timeBasedAttribute':'birthday',"
                                                           "'offsetInDays':1"),
              TASK),
         "/executionConditions/trigger/timeBasedAttribute: must be one of employeeHireDate, "
         "employeeLeaveDateTime, createdDateTime");
    says(BODY(CONDITIONS(TYPE("timeBasedAttributeTrigger")), TASK),
         "/executionConditions/trigger/timeBasedAttribute: missing\n"
         "/executionConditions/trigger/offsetInDays: missing");
    w = read(BODY(CONDITIONS(TYPE("timeBasedAttributeTrigger") ",'timeBasedAttribute':'employee"
                                                               "LeaveDateTime','offsetInDays':-7"),
                  TASK));
    cr_expect_eq(w.trigger.kind, JML_TRIGGER_TIME);
    cr_expect_eq(w.trigger.attribute, JML_EMPLOYEE_LEAVE_DATE_TIME);
    cr_expect_eq(w.trigger.open_days, -7);
    cr_expect_not(w.trigger.has_close);
}

#define V2(operator)                                                                       \
    BODY(CONDITIONS(TYPE("timeBasedAttributeTriggerV2") ",'attribute':'employeeHireDate'," \
                                                        "'operator':{"                     \
                                                        operator"}"),                      \
         TASK)
#define ONE(kind, timing, days) V2(TYPE(kind) ",'eventTiming':'" timing "','offsetInDays':" days)
#define BETWEEN(timing, low, high)                                                          \
    V2(TYPE("operatorBetween") ",'eventTiming':'" timing "','greaterThanOffsetInDays':" low \
                               ",'lessThanOffsetInDays':" high)

Test(document, operators_of_the_second_time_trigger_become_windows)
{
    static const struct {
        const char *text;
        int open, close;
    } cases[] = {
        {ONE("operatorEqualTo", "before", "7"), -7, -7},
        {ONE("operatorEqualTo", "after", "7"), 7, 7},
        {ONE("operatorEqualTo", "on", "0"), 0, 0},
        {ONE("operatorLessThanEqualTo", "before", "14"), -14, 0},
        {ONE("operatorLessThanEqualTo", "after", "60"), 0, 60},
        {BETWEEN("after", "7", "30"), 7, 30},
        {BETWEEN("before", "7", "30"), -30, -7},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jml_document_workflow w = read(cases[i].text);
        cr_expect_eq(w.trigger.kind, JML_TRIGGER_TIME_V2);
        cr_expect(w.trigger.has_close);
        cr_expect_eq(w.trigger.open_days, cases[i].open, "%s", cases[i].text);
        cr_expect_eq(w.trigger.close_days, cases[i].close, "%s", cases[i].text);
    }
    says(ONE("operatorEqualTo", "before", "0"),
         "/executionConditions/trigger/operator/eventTiming: must be on when offsetInDays is 0");
    says(ONE("operatorEqualTo", "on", "5"), "/executionConditions/trigger/operator/eventTiming: "
                                            "must be before or after unless offsetInDays is 0");
    says(ONE("operatorEqualTo", "after", "366"),
         "/executionConditions/trigger/operator/offsetInDays: must be 0 to 365");
    says(BETWEEN("after", "366", "7"),
         "/executionConditions/trigger/operator/greaterThanOffsetInDays: must be 0 to 365");
    says(BETWEEN("after", "1.5", "1"),
         "/executionConditions/trigger/operator/greaterThanOffsetInDays: must be a whole number");
    says(BETWEEN("after", "30", "7"), "/executionConditions/trigger/operator/lessThanOffsetInDays: "
                                      "must be more than greaterThanOffsetInDays");
    says(ONE("operatorMoreThan", "after", "1"),
         "/executionConditions/trigger/operator/@odata.type: must be operatorEqualTo, "
         "operatorLessThanEqualTo or operatorBetween");
}

Test(document, triggers_are_named_when_unknown_or_not_built)
{
    says(BODY(CONDITIONS(TYPE("userInactivityTrigger") ",'inactivityPeriodInDays':30"), TASK),
         "/executionConditions/trigger/@odata.type: known, not supported yet: "
         "userInactivityTrigger");
    says(BODY(CONDITIONS(TYPE("moonPhaseTrigger")), TASK),
         "/executionConditions/trigger/@odata.type: unknown trigger 'moonPhaseTrigger'");
    says(BODY(CONDITIONS("'offsetInDays':1"), TASK),
         "/executionConditions/trigger/@odata.type: missing");
    says(BODY("'executionConditions':{}", TASK), "/executionConditions/@odata.type: missing");
    says(BODY("'executionConditions':{" TYPE("triggerAndScopeBasedConditions") "}", TASK),
         "/executionConditions/scope: missing\n/executionConditions/trigger: missing");
}

Test(document, attribute_changes_name_attributes)
{
    struct jml_document_workflow w =
        read(BODY(CONDITIONS(TYPE("attributeChangeTrigger") ",'triggerAttributes':[{'name':"
                                                            "'department'},{'name':'a/b'}]"),
                  TASK));

    cr_expect_eq(w.trigger.kind, JML_TRIGGER_ATTRIBUTE);
    cr_assert_eq(w.trigger.n_attributes, 2);
    cr_expect_str_eq(w.trigger.attributes[1], "a/b");
    says(BODY(CONDITIONS(TYPE("attributeChangeTrigger") ",'triggerAttributes':[]"), TASK),
         "/executionConditions/trigger/triggerAttributes: must name at least one attribute");
    says(BODY(CONDITIONS(TYPE("attributeChangeTrigger") ",'triggerAttributes':[{'name':'a b'}]"),
              TASK),
         "/executionConditions/trigger/triggerAttributes/0/name: no name of an attribute (as "
         "department or employeeOrgData/division)");
}

#define GROUPS(groups, trigger)                                                         \
    "'executionConditions':{" TYPE("triggerAndScopeBasedConditions") ",'scope':{" TYPE( \
        "groupBasedSubjectSet") groups "},'trigger':{" trigger "}}"
#define MEMBERSHIP TYPE("membershipChangeTrigger") ",'changeType':'add'"

Test(document, membership_changes_take_groups_and_nothing_else_does)
{
    struct jml_document_workflow w = read(BODY(
        GROUPS(",'groups':[{'id':'668e7540-7f8e-4ca4-a207-b7dffbb6d038'},{'displayName':'vpn'}]",
               MEMBERSHIP),
        TASK));

    cr_expect_eq(w.trigger.kind, JML_TRIGGER_MEMBERSHIP);
    cr_expect(w.trigger.on_add);
    cr_assert_eq(w.n_scope_groups, 2);
    cr_expect_str_eq(w.scope_groups[1], "vpn");
    says(BODY(GROUPS("", MEMBERSHIP), TASK), "/executionConditions/scope/groups: missing");
    says(BODY(CONDITIONS(MEMBERSHIP), TASK),
         "/executionConditions/scope/@odata.type: must be groupBasedSubjectSet with a "
         "membershipChangeTrigger");
    says(BODY(GROUPS(",'groups':['vpn']",
                     TYPE("timeBasedAttributeTrigger") ",'timeBasedAttribute':'employeeHireDate','"
                                                       "offsetInDays':0"),
              TASK),
         "/executionConditions/scope/@odata.type: must be ruleBasedSubjectSet unless the trigger "
         "is a membershipChangeTrigger");
}

Test(document, a_rule_that_cannot_be_read_says_where)
{
    says(
        BODY(
            "'executionConditions':{" TYPE("triggerAndScopeBasedConditions") ",'scope':{" TYPE(
                "ruleBasedSubjectSet") ",'rule':'department is IT'},'trigger':{" TYPE("timeBasedAtt"
                                                                                      "ributeTrigge"
                                                                                      "r") ",'"
                                                                                           "timeBas"
                                                                                           "edAttri"
                                                                                           "bute':'"
                                                                                           "employe"
                                                                                           "eHireDa"
                                                                                           "te',"
                                                                                           "'offset"
                                                                                           "InDays'"
                                                                                           ":0}}",
            TASK),
        "/executionConditions/scope/rule: column 12: expected eq, ne or in after 'department'");
}

/* ---- packages ---- */

#define PACKAGE(policy)                                                                     \
    "{'catalogs':[{'displayName':'C'}],'accessPackages':[{'displayName':'P','catalog':'C'," \
    "'assignmentPolicies':[{'displayName':'A'," policy "}]}]}"
#define AT "/accessPackages/0/assignmentPolicies/0/"

Test(document, an_end_is_a_date_a_duration_or_none)
{
    says(PACKAGE("'expiration':{'type':'noExpiration','duration':null,'endDateTime':null}"), "");
    says(PACKAGE("'expiration':{'type':'notSpecified'}"), "");
    says(PACKAGE("'allowedTargetScope':'allMemberUsers'"), "");
    says(PACKAGE("'expiration':{'type':'afterDuration','duration':'P30D'}"), "");
    says(PACKAGE("'expiration':{'type':'afterDuration','duration':'PT20H'}"), "");
    says(PACKAGE("'expiration':{'type':'afterDateTime','endDateTime':'2099-12-31T23:59:59Z'}"), "");
    says(PACKAGE("'expiration':{'type':'afterDateTime','endDateTime':'2099-12-31'}"),
         AT "expiration/endDateTime: must be a time with zone, as 2027-06-30T23:59:59Z");
    says(PACKAGE("'expiration':{'type':'afterDateTime'}"), AT "expiration/endDateTime: missing");
    says(PACKAGE("'expiration':{'type':'afterDuration'}"), AT "expiration/duration: missing");
    says(PACKAGE("'expiration':{'type':'afterDuration','duration':'P0D'}"),
         AT "expiration/duration: must be longer than nothing");
    says(PACKAGE("'expiration':{'type':'afterDuration','duration':'P3661D'}"),
         AT "expiration/duration: must be at most 3660 days");
    says(PACKAGE("'expiration':{'type':'noExpiration','duration':'P1D'}"),
         AT "expiration/duration: only afterDuration has one");
    says(PACKAGE("'expiration':{'type':'sometime'}"),
         AT "expiration/type: must be one of notSpecified, noExpiration, afterDateTime, "
            "afterDuration");
    says(PACKAGE("'allowedTargetScope':'everyone'"),
         AT "allowedTargetScope: must be one of notSpecified, specificDirectoryUsers, "
            "specificConnectedOrganizationUsers, allMemberUsers, allDirectoryUsers, "
            "allConfiguredConnectedOrganizationUsers, allExternalUsers");
}

Test(document, months_and_years_are_no_durations)
{
    struct jml_governance_plan plan;
    const char *said = test_plan(
        &a, NULL, PACKAGE("'expiration':{'type':'afterDuration','duration':'P1M'}"), &plan);

    cr_expect(jml_str_starts(said, AT "expiration/duration: "), "%s", said);
    cr_expect(strstr(said, "month") != NULL, "%s", said);
}

Test(document, resources_have_roles_in_a_catalog)
{
    says("{'catalogs':[{'displayName':'C'}],'resources':[{'displayName':'R','catalog':'C',"
         "'roles':['A',{'displayName':'B','origin':{'x':1}}]}]}",
         "");
    says("{'catalogs':[{'displayName':'C','state':'unpublished'}]}",
         "/catalogs/0/state: known, not supported yet: unpublished");
}

Test(document, references_that_lead_nowhere_are_told)
{
    says("{'resources':[{'displayName':'R','catalog':'C'}]}",
         "/resources/0/catalog: no catalog 'C'");
    says("{'resources':[{'displayName':'R','catalog':7}]}",
         "/resources/0/catalog: must be an id, a displayName, or an object with one");
    says("{'accessPackages':[{'displayName':'P','catalog':{'id':'nope'}}]}",
         "/accessPackages/0/catalog: no catalog 'nope'");
    says("{'catalogs':[{'displayName':'C'}],'accessPackages':[{'displayName':'P','catalog':'C',"
         "'resourceRoleScopes':[{'resource':'R','role':'X'}],"
         "'incompatibleAccessPackages':['Q','P']}]}",
         "/accessPackages/0/resourceRoleScopes/0/resource: no resource in this catalog 'R'\n"
         "/accessPackages/0/incompatibleAccessPackages/0: no access package 'Q'\n"
         "/accessPackages/0/incompatibleAccessPackages/1: is the package itself");
}

Test(document, connected_organizations_have_domains)
{
    says("{'connectedOrganizations':[{'displayName':'O','domains':['example.com'],"
         "'identitySources':[{'@odata.type':'#microsoft.graph.domainIdentitySource',"
         "'domainName':'example.org','displayName':'x'}]}]}",
         "");
    says("{'connectedOrganizations':[{'displayName':'O','domains':['a b'],'state':'proposed',"
         "'internalSponsors':['M1',{'id':'M2','displayName':'x'}],'externalSponsors':[' x']}]}",
         "/connectedOrganizations/0/externalSponsors/0/id: begins or ends with a blank\n"
         "/connectedOrganizations/0/domains/0: no domain name");
    says("{'connectedOrganizations':[{'displayName':'O','state':'planned','identitySources':["
         "{'@odata.type':'#microsoft.graph.azureActiveDirectoryTenant','tenantId':'x'}]}]}",
         "/connectedOrganizations/0/state: must be one of configured, proposed\n"
         "/connectedOrganizations/0/identitySources/0: known, not supported yet: "
         "azureActiveDirectoryTenant (say domainIdentitySource: people are known by the domain of "
         "their mail address)");
}

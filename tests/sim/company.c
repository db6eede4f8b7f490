/* SPDX-License-Identifier: MIT
 *
 * The pool of workflows: every kind of trigger, offsets before, at and after, grants and removals.
 */
#include "sim/company.h"

#include <stdlib.h>
#include <string.h>

#include "lib/case.h"

const char *const sim_packages[SIM_PACKAGES] = {"Base",   "Sales", "IT",   "Short",
                                                "Travel", "Club",  "Gift", "Pay",
                                                "Check",  SIM_ASKED, SIM_DIRECT};

#define IS(department) "(department eq `" department "`)"

/* name, document; the names are what a failure prints */
#define POOL(W)                                                                                    \
    W("Before", WORKFLOW("Before", "joiner", ON(HIRE("-7"), ANYBODY),                              \
                         ADD("Base", "Always") "," WELCOME))                                       \
    W("Day one", WORKFLOW("Day one", "joiner", ON(HIRE("0"), ANYBODY), ADD("Base", "Always")))     \
    W("Day one Sales", WORKFLOW("Day one Sales", "joiner", ON(HIRE("0"), IS("Sales")),             \
                                ADD("Sales", "Thirty")))                                           \
    W("Day one IT", WORKFLOW("Day one IT", "joiner", ON(HIRE("0"), IS("IT")),                      \
                             ADD("IT", "Always")))                                                 \
    W("Day three", WORKFLOW("Day three", "joiner", ON(HIRE("3"), ANYBODY), ADD("Short", "Five")))  \
    W("Window", WORKFLOW("Window", "joiner", ON(BETWEEN("employeeHireDate", "after", "2", "5"),    \
                                                ANYBODY), ADD("Gift", "Always")))                  \
    W("Created", WORKFLOW("Created", "joiner", ON(CREATED("10"), ANYBODY), ADD("Gift", "Thirty"))) \
    W("To Sales", WORKFLOW("To Sales", "mover", ON(CHANGE("department"), IS("Sales")),             \
                           ADD("Sales", "Always") "," REMOVE("IT")))                               \
    W("To IT", WORKFLOW("To IT", "mover", ON(CHANGE("department"), IS("IT")),                      \
                        REMOVE("Sales") "," ADD("IT", "Always")))                                  \
    W("To HR", WORKFLOW("To HR", "mover", ON(CHANGE("department"), IS("HR")),                      \
                        REMOVE("Sales") "," REMOVE("IT")))                                         \
    W("Moved", WORKFLOW("Moved", "mover", ON(CHANGE("city"), ANYBODY), ADD("Travel", "Five")))     \
    W("In", WORKFLOW("In", "mover", ON_GROUP("add", "'g'"), ADD("Club", "Always")))                \
    W("Out", WORKFLOW("Out", "mover", ON_GROUP("remove", "'g'"), REMOVE("Club")))                  \
    W("Out of all", WORKFLOW("Out of all", "mover", ON_GROUP("remove", "'h'"), REMOVE_ALL("0")))   \
    W("Pay day", WORKFLOW("Pay day", "joiner", ON(HIRE("0"), IS("Sales")),                         \
                          ADD_OR_GO_ON("Pay", "Always")))                                          \
    W("Check day", WORKFLOW("Check day", "joiner", ON(HIRE("-3"), ANYBODY),                        \
                            ADD_OR_GO_ON("Check", "Thirty")))                                      \
    W("To pay", WORKFLOW("To pay", "mover", ON(CHANGE("department"), IS("HR")),                    \
                         REMOVE("Check") "," ADD_OR_GO_ON("Pay", "Thirty")))                       \
    W("To check", WORKFLOW("To check", "mover", ON(CHANGE("city"), ANYBODY),                       \
                           ADD_OR_GO_ON("Check", "Always") "," REMOVE("Pay")))                     \
    W("Before leave", WORKFLOW("Before leave", "leaver", ON(LEAVE("-7"), ANYBODY),                 \
                               REMOVE("Base") "," LAST_DAY))                                       \
    W("Leave", WORKFLOW("Leave", "leaver", ON(LEAVE("0"), ANYBODY), REMOVE_ALL("0")))              \
    W("Leave in 9", WORKFLOW("Leave in 9", "leaver", ON(LEAVE("0"), ANYBODY), REMOVE_ALL("9")))    \
    W("Leave in 30", WORKFLOW("Leave in 30", "leaver", ON(LEAVE("0"), IS("IT")),                   \
                              REMOVE_ALL("30")))                                                   \
    W("After leave", WORKFLOW("After leave", "leaver", ON(LEAVE("7"), ANYBODY), REMOVE_ALL("0")))

#define NAME(name, document) name,
#define DOCUMENT(name, document) document,
const char *const sim_workflow_names[SIM_WORKFLOWS] = {POOL(NAME)};
static const char *const documents[SIM_WORKFLOWS] = {POOL(DOCUMENT)};

enum { LEAVE = 19, LEAVE_IN_9, LEAVE_IN_30, AFTER_LEAVE };

static const char packages[] =
    PACKAGE("Base", POLICY("Always", FOREVER)) ","
    PACKAGE("Sales", POLICY("Always", FOREVER) "," POLICY("Thirty", FOR("P30D"))) ","
    PACKAGE("IT", POLICY("Always", FOREVER)) ","
    PACKAGE("Short", POLICY("Five", FOR("P5D"))) ","
    PACKAGE("Travel", POLICY("Five", FOR("P5D"))) ","
    PACKAGE("Club", POLICY("Always", FOREVER)) ","
    PACKAGE("Gift", POLICY("Always", FOREVER) "," POLICY("Thirty", FOR("P30D"))) ","
    PACKAGE("Pay", POLICY("Always", FOREVER) "," POLICY("Thirty", FOR("P30D"))) ","
    PACKAGE_NOT_WITH("Check", POLICY("Always", FOREVER) "," POLICY("Thirty", FOR("P30D")), "'Pay'") ","
    PACKAGE(SIM_ASKED,
            "{'displayName':'Asked','allowedTargetScope':'allMemberUsers','expiration':{" FOR("P40D") "},"
            "'requestorSettings':{'enableTargetsToSelfAddAccess':true},'requestApprovalSettings':{"
            "'isApprovalRequiredForAdd':true,'stages':[{'durationBeforeAutomaticDenial':'P20D',"
            "'primaryApprovers':[{'@odata.type':'#microsoft.graph.singleUser','userId':'" SIM_APPROVER
            "'}]}]}}") ","
    PACKAGE(SIM_DIRECT, POLICY("Always", FOREVER));
static const char resources[] =
    RESOURCE("Base") "," RESOURCE("Sales") "," RESOURCE("IT") "," RESOURCE("Short") ","
    RESOURCE("Travel") "," RESOURCE("Club") "," RESOURCE("Gift") "," RESOURCE("Pay") ","
    RESOURCE("Check") "," RESOURCE(SIM_ASKED) "," RESOURCE(SIM_DIRECT);

#define AUTOMATIC(name, rule, grace)                                                               \
    "{'displayName':'" name "','allowedTargetScope':'specificDirectoryUsers',"                     \
    "'specificAllowedTargets':[{'@odata.type':'#microsoft.graph.attributeRuleMembers',"            \
    "'membershipRule':'" rule "'}],'automaticRequestSettings':{"                                   \
    "'requestAccessForAllowedTargets':true,'removeAccessWhenTargetLeavesAllowedTargets':true,"     \
    "'gracePeriodBeforeAccessRemoval':'" grace "'},'expiration':{" FOREVER "}}"
static const char automatic[] =
    "," PACKAGE("Desk", AUTOMATIC("By department", "(department eq `IT`)", "P5D") ","
                        AUTOMATIC("By city", "(city eq `Melbourne`)", "P2D"))
    "," PACKAGE_NOT_WITH("Field", AUTOMATIC("By city", "(city in (`Lisbon`,`Melbourne`))", "PT30H"),
                         "'Desk','Pay'");
static const char automatic_resources[] = "," RESOURCE("Desk") "," RESOURCE("Field");

unsigned sim_company_draw(struct sim_chance *c)
{
    /* few sets, so that each is built once and used often */
    struct sim_chance of_set = {sim_mix(sim_number(c, 48), 3)};
    unsigned set = 0;
    for (unsigned i = 0; i < LEAVE; i++)
        if (sim_percent(&of_set, 35))
            set |= 1u << i;
    if (sim_percent(&of_set, 50))
        set |= SIM_AUTOMATIC;
    switch (sim_number(&of_set, 8)) {
    case 0:
        return set | 1u << LEAVE;
    case 1:
        return set | 1u << LEAVE_IN_9;
    case 2:
        return set | 1u << LEAVE_IN_30;
    case 3:
        return set | 1u << AFTER_LEAVE;
    default:
        return set;
    }
}

bool sim_company_lets_end(unsigned workflows)
{
    return workflows & (1u << LEAVE_IN_9 | 1u << LEAVE_IN_30);
}

/* with ' for " and ` for ', as lib/case.h takes them */
static char *quoted_text(struct jml_arena *a, unsigned workflows, const char *more)
{
    struct jml_str s = JML_STR_INIT(a);
    bool gives = workflows & SIM_AUTOMATIC;
    jml_str_addf(&s, "{'catalogs':[{'displayName':'Company'}],'resources':[%s%s],"
                     "'accessPackages':[%s%s],'workflows':[", resources,
                 gives ? automatic_resources : "", packages, gives ? automatic : "");
    bool any = false;
    for (unsigned i = 0; i < SIM_WORKFLOWS; i++) {
        if (!(workflows & 1u << i))
            continue;
        jml_str_addf(&s, "%s%s", any ? "," : "", documents[i]);
        any = true;
    }
    if (more)
        jml_str_addf(&s, "%s%s", any ? "," : "", more);
    jml_str_add(&s, "]}");
    return jml_strdup(a, jml_str_text(&s));
}

const char *sim_company_text(struct jml_arena *a, unsigned workflows)
{
    char *text = quoted_text(a, workflows, NULL);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c == '`' ? '\'' : *c;
    return text;
}

static struct {
    unsigned workflows;
    struct jml_governance *governance;
} built[512];
static size_t n_built;

const struct jml_governance *sim_company_get(unsigned workflows)
{
    for (size_t i = 0; i < n_built; i++)
        if (built[i].workflows == workflows)
            return built[i].governance;
    if (n_built == sizeof(built) / sizeof(built[0]))
        sim_company_fini();
    struct jml_world world = {.now = case_time("2020-01-01")};
    struct jml_arena a;
    jml_arena_init(&a);
    case_begin_with(&world);
    case_apply(quoted_text(&a, workflows, NULL));
    jml_arena_fini(&a);
    built[n_built].workflows = workflows;
    return built[n_built++].governance = case_take_governance();
}

void sim_company_fini(void)
{
    while (n_built)
        jml_governance_free(built[--n_built].governance);
}

/* ---- in the case at hand ---- */

void sim_company_apply(unsigned workflows)
{
    jml_time now = the_case.world.now;
    case_clock("2020-01-01");
    case_apply(quoted_text(&the_case.arena, workflows,
                           WORKFLOW("By hand", "joiner", ON_DEMAND, ADD("Gift", "Always"))));
    case_clock_to(now);
}

static const char *replaced(struct jml_arena *a, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (!at)
        case_fail("nothing to change in %s", text);
    return jml_printf(a, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

void sim_company_change(unsigned workflow, unsigned variant)
{
    struct jml_arena *a = &the_case.arena;
    const char *text = documents[workflow];
    static const char on[] = "'isEnabled':true,'isSchedulingEnabled':true";
    if (variant == 1)
        text = replaced(a, text, on, "'isEnabled':false,'isSchedulingEnabled':false");
    if (variant == 2)
        text = replaced(a, text, on, "'isEnabled':true,'isSchedulingEnabled':false");
    bool joins = strstr(text, "'category':'joiner'") != NULL;
    if (variant == 3)
        text = replaced(a, text, "'tasks':[",
                        joins ? "'tasks':[" ADD("Club", "Always") "," : "'tasks':[" REMOVE("Club") ",");
    if (variant == 4)
        text = replaced(a, text, "'tasks':[",
                        joins ? "'tasks':[" ADD("Travel", "Five") ","
                              : "'tasks':[" REMOVE("Travel") "," REMOVE("Gift") ",");
    case_apply(jml_printf(a, "{'workflows':[%s]}", text));
}

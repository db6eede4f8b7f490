/* SPDX-License-Identifier: MIT
 *
 * Case: one person, one configuration and a clock, to try the core without a database.
 *
 *     case_begin("2026-06-01 09:00");
 *     case_apply(PACKAGES(...) "," WORKFLOWS(...));
 *     case_event(JML_JOINER, "2026-06-11", "{'department':'Sales'}");
 *     case_go("2026-06-04");
 *     cr_expect_str_eq(case_holds(), "Sales until 2026-07-04");
 *
 * Every step is followed by what the database would do (rows that are over are not loaded again),
 * by a second step at the same instant, which must change nothing, and by the checks of
 * case_check.c: what must hold after every step, whatever happened. A broken one prints
 * case_title and aborts. One case at a time; everything it gives out lives until case_end().
 *
 * Instants are "2026-06-01" or "2026-06-01 09:00[:30]", in UTC, and printed as short.
 */
#ifndef JML_TESTS_LIB_CASE_H
#define JML_TESTS_LIB_CASE_H

#include "core/governance_plan.h"
#include "core/step.h"

struct test_case {
    struct jml_arena arena;
    struct jml_world world;
    struct jml_snapshot s; /* as it would be loaded */
    struct jml_governance_rows rows;
    struct jml_id_source ids;
    JML_VEC(struct jml_governance *) revisions;
    int64_t last_event;
    /* all there ever was, in the order of its making */
    JML_VEC(struct jml_request *) requests;
    JML_VEC(struct jml_assignment *) assignments;
    JML_VEC(struct jml_delivery *) deliveries;
    bool has_result; /* of deliveries: the next step loads them */
    JML_VEC(struct jml_notification *) notifications;
    JML_VEC(struct jml_command *) commands;
    JML_VEC(struct jml_approval *) approvals;
    JML_VEC(struct jml_audit *) audit;
    size_t checked; /* audit rows that case_check() has seen */
    struct test_state *states;
    size_t n_states, cap_states;
};

extern struct test_case the_case;
extern const char *case_title; /* what a failure names: the seed */

/* A person E1 nobody knows yet; UTC; catch_up of three days. Ends the case before it. */
void case_begin(const char *at);
void case_end(void);
/* For millions of lives: no zones are read, no documents parsed, and the memory of the last case is
 * used again. world's zones and governance stay the caller's; not to be mixed with case_end(). */
void case_begin_with(const struct jml_world *world);
/* The newest revision applied; the caller's from now on. */
struct jml_governance *case_take_governance(void);

/* ---- what happens ---- */

/* Documents as of jmlctl apply, with ' for " and ` for '. */
void case_apply(const char *documents);
/* The same, of which the problems are the answer: "" when there are none. */
const char *case_try_apply(const char *documents);
/* date: "2026-06-11" is a day, "2026-06-11 09:00" an instant, NULL none. Received now; source_ref
 * is "r1", "r2", ...; may be changed before the next step. attributes NULL: {}. */
struct jml_event *case_event(enum jml_event_kind kind, const char *date, const char *attributes);
/* Received now; package and policy by name, policy NULL: none. */
struct jml_request *case_request(enum jml_request_type type, const char *package,
                                 const char *policy);
struct jml_command *case_command(const char *kind, const char *object_id);
/* Somebody the attribute "manager" may name. mail may be NULL. */
void case_manager(const char *employee_id, const char *name, const char *mail);

/* Somebody who asks or decides: active, mail "id@example.com", manager may be NULL. May be changed. */
struct jml_party *case_party(const char *employee_id, const char *manager);
/* The approver's word about the newest request, received now. */
struct jml_approval *case_decide(const char *approver, bool approves);
/* The newest request; answers with ' for ". */
struct jml_request *case_newest(void);
void case_answer(struct jml_request *r, const char *answers);

/* ---- deliveries ---- */

/* From the next step on the resource is delivered to the target, which may be "record". */
void case_lead(const char *resource, const char *target);
/* What the delivery flow would make of what is open about that role ("CRM/User", or the id of a delivery;
 * NULL: of all that is open): and the next step gets to know it. error NULL: none. How many there were. */
size_t case_deliver(const char *role, enum jml_delivery_state to, const char *error);
/* Likewise of what is in that state. */
size_t case_redeliver(const char *role, enum jml_delivery_state from, enum jml_delivery_state to);
/* What leads out: "+CRM/User pending; -CRM/User removing". */
const char *case_deliveries(void);

/* ---- time ---- */

jml_time case_time(const char *text);
void case_clock(const char *at); /* sets the clock, no more */
void case_clock_to(jml_time at);
void case_step(void);
/* What the writer and the next load make of a step: case_step() does it by itself. */
void case_write_back(void);
void case_go(const char *at); /* clock and step */
/* Steps now, at every alarm up to the instant, and there: a daemon that is never down. */
void case_live(const char *until);
void case_live_to(jml_time until);

/* ---- what came of it, one thing after another, separated by "; " ---- */

const char *case_person(void);   /* "active 2026-06-11..2026-07-01" */
const char *case_periods(void);  /* "main 2026-06-11..2026-07-01; side 2026-08-01.." */
const char *case_events(void);   /* "1 done; 2 done closes_nothing" */
const char *case_runs(void);     /* "Before scheduled 2026-06-04", "On the day completed" */
const char *case_tasks(void);    /* of the newest run with tasks: "1 completed; 2 failed" */
const char *case_approvals(void); /* "E2 applied; E3 refused not_approver" */
const char *case_holds(void);    /* "Sales until 2026-07-11; Base" */
const char *case_requests(void); /* "adminAdd Sales delivered; adminAdd Sales denied already_held" */
const char *case_ends(void);     /* of ended assignments: "Sales left 2026-07-01" */
const char *case_mails(void);    /* "welcome 2026-06-11 to e1@example.com" */
const char *case_notices(void);  /* of the ends only: "near_expiry_14_days 2026-06-27" */
const char *case_alarm(void);    /* person.due_at, or "none" */
const char *case_time_text(jml_time t);

/* The newest one; NULL: none. */
struct jml_run *case_run(const char *workflow);
struct jml_assignment *case_assignment(const char *package);
const struct jml_workflow *case_workflow(const char *name);
/* The audit of one object: "101 in done". */
const char *case_audit(enum jml_machine machine);

/* ---- case_check.c ---- */

void case_check(void);
/* All of the story to stderr: events, runs, audit. */
void case_tell(void);
_Noreturn void case_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- documents ---- */

#define CASE_TYPE(name) "'@odata.type':'#microsoft.graph.identityGovernance." name "'"

#define POLICY(name, expiration)                                                                   \
    "{'displayName':'" name "','allowedTargetScope':'notSpecified','expiration':{" expiration "}}"
#define FOREVER "'type':'noExpiration'"
#define FOR(duration) "'type':'afterDuration','duration':'" duration "'"
#define UNTIL(date_time) "'type':'afterDateTime','endDateTime':'" date_time "'"
/* Every package has a role of its own in the resource of its name. */
#define PACKAGE(name, policies)                                                                    \
    "{'displayName':'" name "','catalog':'Company','resourceRoleScopes':[{'resource':'" name       \
    "','role':'User'}],'assignmentPolicies':[" policies "]}"
#define PACKAGE_NOT_WITH(name, policies, others)                                                   \
    "{'displayName':'" name "','catalog':'Company','resourceRoleScopes':[{'resource':'" name       \
    "','role':'User'}],'assignmentPolicies':[" policies "],'incompatibleAccessPackages':[" others  \
    "]}"
#define RESOURCE(name)                                                                             \
    "{'displayName':'" name "','catalog':'Company','target':'record','roles':['User']}"
#define CONFIGURATION(resources, packages, workflows)                                              \
    "{'catalogs':[{'displayName':'Company'}],'resources':[" resources "],'accessPackages':["       \
    packages "],'workflows':[" workflows "]}"
#define ONLY_WORKFLOWS(workflows) "{'workflows':[" workflows "]}"

#define WORKFLOW_IS(name, category, enabled, scheduled, conditions, tasks)                         \
    "{'category':'" category "','displayName':'" name "','isEnabled':" enabled                     \
    ",'isSchedulingEnabled':" scheduled ",'executionConditions':{" conditions "},'tasks':[" tasks  \
    "]}"
#define WORKFLOW(name, category, conditions, tasks)                                                \
    WORKFLOW_IS(name, category, "true", "true", conditions, tasks)
#define ON(trigger, rule)                                                                          \
    CASE_TYPE("triggerAndScopeBasedConditions")                                                    \
    ",'scope':{" CASE_TYPE("ruleBasedSubjectSet") ",'rule':'" rule "'},'trigger':{" trigger "}"
#define ON_GROUP(change, groups)                                                                   \
    CASE_TYPE("triggerAndScopeBasedConditions")                                                    \
    ",'scope':{" CASE_TYPE("groupBasedSubjectSet") ",'groups':[" groups "]},'trigger':{"           \
    CASE_TYPE("membershipChangeTrigger") ",'changeType':'" change "'}"
#define ON_DEMAND CASE_TYPE("onDemandExecutionOnly")
#define ANYBODY "(employeeId ne null)"
#define TIME(attribute, days)                                                                      \
    CASE_TYPE("timeBasedAttributeTrigger")                                                         \
    ",'timeBasedAttribute':'" attribute "','offsetInDays':" days
#define HIRE(days) TIME("employeeHireDate", days)
#define LEAVE(days) TIME("employeeLeaveDateTime", days)
#define CREATED(days) TIME("createdDateTime", days)
#define BETWEEN(attribute, timing, low, high)                                                      \
    CASE_TYPE("timeBasedAttributeTriggerV2")                                                       \
    ",'attribute':'" attribute "','operator':{" CASE_TYPE("operatorBetween") ",'eventTiming':'"    \
    timing "','greaterThanOffsetInDays':" low ",'lessThanOffsetInDays':" high "}"
#define CHANGE(attribute)                                                                          \
    CASE_TYPE("attributeChangeTrigger") ",'triggerAttributes':[{'name':'" attribute "'}]"

#define TASK(id, on_error, arguments)                                                              \
    "{'displayName':'" id "','isEnabled':true,'continueOnError':" on_error                         \
    ",'taskDefinitionId':'" id "','arguments':[" arguments "]}"
#define ARGUMENT(name, value) "{'name':'" name "','value':'" value "'}"
#define ADD(package, policy)                                                                       \
    TASK("c1ec1e76-f374-4375-aaa6-0bb6bd4c60be", "false",                                          \
         ARGUMENT("accessPackageId", package) "," ARGUMENT("assignmentPolicyId", policy))
#define ADD_OR_GO_ON(package, policy)                                                              \
    TASK("c1ec1e76-f374-4375-aaa6-0bb6bd4c60be", "true",                                           \
         ARGUMENT("accessPackageId", package) "," ARGUMENT("assignmentPolicyId", policy))
#define REMOVE(packages)                                                                           \
    TASK("4a0b64f2-c7ec-46ba-b117-18f262946c50", "false", ARGUMENT("accessPackageId", packages))
#define REMOVE_ALL(days)                                                                           \
    TASK("42ae2956-193d-4f39-be06-691b8ac4fa1d", "false", ARGUMENT("daysUntilExpiration", days))
#define CANCEL_REQUESTS TASK("498770d9-bab7-4e4c-b73d-5ded82a1d0b3", "false", "")
#define WELCOME TASK("70b29d51-b59a-4773-9280-8841dfd3f2ea", "false", "")
#define REMINDER(arguments) TASK("3c860712-2d37-42a4-928f-5c93935d26a1", "false", arguments)
#define LAST_DAY TASK("9c0a1eaf-5bda-4392-9d9e-6e155bb57411", "false", "")

#endif

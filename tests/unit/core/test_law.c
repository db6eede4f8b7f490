/* SPDX-License-Identifier: MIT
 *
 * What holds whatever happens, tried on random lives. Every step of a case checks itself
 * (lib/case_check.c: idempotence, audit, nothing held by people who left, alarms); here are the
 * lives, and what two ways to live one must have in common. A failure names its seed:
 * JML_SEED=<seed> runs that one alone.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/core/asking.h"
#include "lib/leak.h"

TestSuite(law, .fini = jml_test_leak_check);

static uint64_t state;
static bool fired[1000]; /* by rule */

static uint32_t number(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % below;
}

static bool chance(uint32_t percent)
{
    return number(100) < percent;
}

#define PICK(...) pick((const char *const[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))
static const char *pick(const char *const *words, size_t n)
{
    return words[number((uint32_t)n)];
}

static void for_each_seed(unsigned n, void (*live)(unsigned seed))
{
    const char *one = getenv("JML_SEED");
    unsigned first = one ? (unsigned)strtoul(one, NULL, 10) : 1;
    static char title[40];
    for (unsigned seed = first; seed < (one ? first + 1 : first + n); seed++) {
        snprintf(title, sizeof(title), "JML_SEED=%u", seed);
        case_title = title;
        state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
        for (int i = 0; i < 8; i++)
            number(2);
        live(seed);
        for (size_t i = 0; i < the_case.audit.n; i++)
            fired[the_case.audit.items[i]->rule] = true;
        case_end();
    }
    case_title = NULL;
}

#define RESOURCES RESOURCE("Base") "," RESOURCE("Sales") "," RESOURCE("IT") "," RESOURCE("Short")
#define PACKAGES                                                                                   \
    "{'displayName':'Base','catalog':'Company','resourceRoleScopes':[{'resource':'Base','role':'User'}," \
    "{'resource':'IT','role':'User'}],'assignmentPolicies':[" POLICY("Always", FOREVER) "]},"          \
    PACKAGE("Sales", POLICY("Thirty", FOR("P30D"))) \
    "," PACKAGE("IT", POLICY("Five", FOR("P5D"))) "," PACKAGE("Short", POLICY("Hours", FOR("PT20H")))
#define IS(department) "(department eq `" department "`)"
#define JOIN                                                                                       \
    WORKFLOW("Before", "joiner", ON(HIRE("-7"), ANYBODY), ADD("Base", "Always") "," WELCOME) ","   \
    WORKFLOW("First day", "joiner", ON(HIRE("0"), IS("Sales")), ADD_OR_GO_ON("Sales", "Thirty")) "," \
    WORKFLOW("Window", "joiner", ON(BETWEEN("employeeHireDate", "after", "2", "5"), ANYBODY),      \
             ADD("Short", "Hours")) ","                                                            \
    WORKFLOW("Created", "joiner", ON(CREATED("10"), ANYBODY), WELCOME)
#define MOVE                                                                                       \
    WORKFLOW("To Sales", "mover", ON(CHANGE("department"), IS("Sales")),                           \
             ADD("Sales", "Thirty") "," REMOVE("IT")) ","                                          \
    WORKFLOW("To IT", "mover", ON(CHANGE("department"), IS("IT")),                                 \
             REMOVE("Sales") "," ADD("IT", "Five")) ","                                            \
    WORKFLOW("In", "mover", ON_GROUP("add", "'g'"), ADD("Short", "Hours")) ","                     \
    WORKFLOW("Out", "mover", ON_GROUP("remove", "'g'"), REMOVE_ALL("2"))
#define DEMAND WORKFLOW("By hand", "joiner", ON_DEMAND, ADD("Base", "Always"))

static void configure(void)
{
    switch (number(4)) {
    case 0:
        case_apply(CONFIGURATION(RESOURCES, PACKAGES, JOIN "," MOVE "," DEMAND));
        break;
    case 1:
        case_apply(CONFIGURATION(RESOURCES, PACKAGES, JOIN "," MOVE "," DEMAND ","
                   WORKFLOW("Last day", "leaver", ON(LEAVE("0"), ANYBODY),
                            LAST_DAY "," REMOVE_ALL("0") "," CANCEL_REQUESTS)));
        break;
    case 2:
        case_apply(CONFIGURATION(RESOURCES, PACKAGES, JOIN "," MOVE "," DEMAND ","
                   WORKFLOW("Last day", "leaver", ON(LEAVE("0"), IS("IT")), REMOVE_ALL("9")) ","
                   WORKFLOW("Week before", "leaver", ON(LEAVE("-7"), ANYBODY), REMOVE("Short"))));
        break;
    default:
        case_apply(CONFIGURATION(RESOURCES, PACKAGES, MOVE "," DEMAND ","
                   WORKFLOW("Week after", "leaver", ON(LEAVE("7"), ANYBODY), REMOVE_ALL("0"))));
        break;
    }
}

/* What people are asked about; only lives of anything have it. */
static void configure_asking(void)
{
    case_apply(CONFIGURATION(
        RESOURCE("Asked"),
        PACKAGE("Asked",
                POLICY_FOR("P", "allMemberUsers", FOR("P20D"),
                           SELF APPROVAL_OF_BOTH(STAGE("P5D", USER("M1") "," USER("E1"),
                                                       FALLBACK(USER("X1")) ESCALATES("P1D", USER("X1")))
                                                 "," STAGE("P2D", MANAGER("1"), FALLBACK(USER("M1")))))),
        WORKFLOW("To HR", "mover", ON(CHANGE("department"), IS("HR")), ADD_OR_GO_ON("Asked", "P")) ","
        WORKFLOW("Ask", "joiner", ON_DEMAND, ADD("Asked", "P"))));
    case_party("M1", NULL);
    case_party("X1", NULL);
}

/* ---- lives ---- */

#define EPOCH case_time("2026-03-20") /* the clocks change within it */

static const char *random_date(void)
{
    jml_time day = EPOCH + (int64_t)number(60) * JML_DAY - 20 * JML_DAY;
    if (chance(30))
        day += number(24) * JML_HOUR + number(3) * 17 * JML_MINUTE + JML_SECOND;
    return case_time_text(day);
}

static const char *random_attributes(enum jml_event_kind kind)
{
    struct jml_str s = JML_STR_INIT(&the_case.arena);
    jml_str_add(&s, "{'x':'y'");
    if (chance(60))
        jml_str_addf(&s, ",'department':%s", PICK("'Sales'", "'IT'", "'HR'", "null"));
    if (chance(20))
        jml_str_addf(&s, ",'groups':%s", PICK("['g']", "['g','h']", "[]", "null"));
    if (chance(20))
        jml_str_addf(&s, ",'timeZone':'%s'",
                     PICK("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Africa/Cairo"));
    if (chance(30))
        jml_str_addf(&s, ",'mail':%s", PICK("'e1@example.com'", "null"));
    if (chance(10))
        jml_str_addf(&s, ",'suspended':%s", PICK("true", "false", "null"));
    if (chance(10))
        jml_str_addf(&s, ",'primary':%s", PICK("true", "false"));
    if (kind == JML_JOINER && chance(5))
        jml_str_add(&s, ",'baseline':true");
    if (kind == JML_LEAVER && chance(15))
        jml_str_add(&s, ",'immediate':true");
    if (chance(2))
        jml_str_add(&s, ",'manager':7");
    if (chance(2))
        jml_str_add(&s, ",'manager':'X1'");
    jml_str_add(&s, "}");
    return jml_str_text(&s);
}

static void random_event(void)
{
    static const enum jml_event_kind kinds[] = {JML_JOINER, JML_JOINER, JML_MOVER, JML_MOVER,
                                                JML_LEAVER, JML_LEAVER, JML_JOINER, JML_RESCIND};
    enum jml_event_kind kind = kinds[number(the_case.last_event ? 8 : 7)];
    const char *date = kind == JML_RESCIND || chance(2) ? NULL : random_date();
    struct jml_event *e = case_event(kind, date, random_attributes(kind));
    if (chance(20))
        e->employment = "side";
    else if (kind == JML_LEAVER && chance(15))
        e->employment = "*";
    if (kind == JML_RESCIND || chance(12))
        e->supersedes = jml_printf(&the_case.arena, "r%u", number((uint32_t)e->id + 2));
    if (chance(20))
        e->received_at -= number(30) * JML_DAY;
}

static void random_request(void)
{
    static const enum jml_request_type types[] = {JML_ADMIN_ADD, JML_ADMIN_ADD, JML_ADMIN_UPDATE,
                                                  JML_ADMIN_REMOVE, JML_USER_ADD, JML_USER_ADD,
                                                  JML_USER_UPDATE, JML_USER_REMOVE};
    enum jml_request_type type = types[number(8)];
    bool asked = type <= JML_USER_REMOVE || chance(20);
    struct jml_request *r =
        case_request(type, asked ? "Asked" : PICK("Base", "Sales", "IT", "Short"), NULL);
    if (asked && chance(90))
        return;
    if (chance(30))
        r->starts_at = the_case.world.now + ((int64_t)number(20) - 4) * JML_DAY;
    if (chance(50))
        r->ends_at = the_case.world.now + ((int64_t)number(30) - 4) * JML_DAY + number(9) * JML_HOUR;
}

static void random_decision(void)
{
    size_t n = the_case.requests.n;
    if (n == 0)
        return;
    struct jml_approval *a = case_decide(PICK("M1", "X1", "E1"), chance(80));
    a->request_id = the_case.requests.items[n - 1 - number((uint32_t)(n < 4 ? n : 4))]->id;
    if (chance(10))
        a->stage = 1 + (int)number(3);
}

static const char *random_run(void)
{
    if (the_case.s.runs.n == 0)
        return "none";
    return jml_id_text(&the_case.arena,
                       the_case.s.runs.items[number((uint32_t)the_case.s.runs.n)]->id);
}

static void random_command(void)
{
    switch (number(11)) {
    case 9:
        if (the_case.requests.n)
            case_command("request_reprocess",
                         jml_id_text(&the_case.arena,
                                     the_case.requests.items[number((uint32_t)the_case.requests.n)]->id));
        break;
    case 10:
        if (the_case.assignments.n)
            case_command(
                "assignment_reprocess",
                jml_id_text(&the_case.arena,
                            the_case.assignments.items[number((uint32_t)the_case.assignments.n)]->id));
        break;
    case 0:
        case_command("person_hold", "E1");
        break;
    case 1:
    case 2:
        case_command("person_release", "E1");
        break;
    case 3:
        case_command(PICK("event_hold", "event_release", "event_retry"),
                     jml_printf(&the_case.arena, "%u", number((uint32_t)the_case.last_event + 2)));
        break;
    case 4:
        case_command("workflow_run", jml_id_text(&the_case.arena,
                                                 case_workflow(PICK("By hand", "Ask"))->id));
        break;
    case 5:
        if (the_case.requests.n)
            case_command("request_cancel",
                         jml_id_text(&the_case.arena,
                                     the_case.requests.items[number((uint32_t)the_case.requests.n)]->id));
        break;
    default:
        case_command(PICK("run_cancel", "run_retry", "run_release"), random_run());
        break;
    }
}

/* Some of what is given leads to targets; sometimes that is changed. */
static void lead_outward(void)
{
    if (chance(40))
        return;
    for (size_t i = 0; i < the_case.rows.resources.n; i++)
        the_case.rows.resources.items[i].target = PICK("record", "Directory", "Tickets");
    case_apply("{}");
}

/* What the delivery flow may have done meanwhile. */
static void random_results(void)
{
    static const enum jml_delivery_state to[] = {JML_DELIVERY_DELIVERED, JML_DELIVERY_DELIVERED,
                                                 JML_DELIVERY_FAILED, JML_DELIVERY_IN_PROGRESS};
    for (size_t i = 0; i < the_case.deliveries.n; i++) {
        struct jml_delivery *d = the_case.deliveries.items[i];
        const char *role = jml_printf(&the_case.arena, "%s", jml_id_text(&the_case.arena, d->id));
        if (jml_streq(d->target, "record") || chance(60))
            continue;
        if (d->state == JML_DELIVERY_PENDING)
            case_deliver(role, to[number(4)], chance(50) ? "no such group" : NULL);
        else if (d->state == JML_DELIVERY_IN_PROGRESS)
            case_deliver(role, to[number(3)], NULL);
        else if (d->state == JML_DELIVERY_REMOVING)
            case_deliver(role, JML_DELIVERY_REMOVED, NULL);
        else if (d->state == JML_DELIVERY_FAILED || (d->state == JML_DELIVERY_DELIVERED && chance(20)))
            case_redeliver(role, d->state,
                           d->state == JML_DELIVERY_DELIVERED && chance(30) ? JML_DELIVERY_FAILED
                                                                            : JML_DELIVERY_PENDING);
    }
}

/* Days of anything, with a daemon that is there or is not. */
static void live_anyhow(unsigned seed)
{
    (void)seed;
    case_begin("2026-03-20");
    the_case.world.catch_up = chance(30) ? JML_TIME_MAX : 3 * JML_DAY;
    the_case.world.copy_manager = chance(50);
    configure();
    configure_asking();
    lead_outward();
    for (unsigned i = 0, n = 3 + number(10); i < n; i++) {
        for (unsigned k = number(4); k > 0; k--)
            random_event();
        if (chance(35))
            random_request();
        if (chance(25))
            random_command();
        for (unsigned k = number(4); k > 0; k--)
            random_decision();
        if (chance(5)) {
            configure();
            lead_outward();
        }
        for (unsigned k = 1 + number(2); k > 0; k--)
            random_results();
        if (chance(80))
            case_step();
        jml_time later = the_case.world.now + number(8) * JML_DAY + number(1440) * JML_MINUTE;
        if (chance(50))
            case_live_to(later);
        else
            case_clock_to(later);
    }
    case_live_to(the_case.world.now + 90 * JML_DAY);
}

/* Rules that these lives do not come by: of several ids, of guests, targets and the configuration; and what takes a
 * configuration that changes just so, or cannot come about at all yet. */
static bool is_beyond(int rule)
{
    static const int rules[] = {205, 206, 207, 216, 217, 226, 236, 246, 256, 261, 262, 263, 264, 266, 277,
                                287, 296, 309, 314, 315, 316, 327, 322, 323, 325, 326, 355, 359, 360, 361, 362, 363, 364, 365, 366, 367, 368,
                                407, 414, 422, 423, 424, 426, 427, 428, 429, 433, 436, 437, 510, 514, 515, 516, 517,
                                518, 519, 520, 523, 524, 525, 608, 613};
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (rules[i] == rule)
            return true;
    return rule > 900 || (rule >= 704 && rule <= 710); /* and of the outbox */
}

Test(law, whatever_happens_every_step_keeps_the_rules)
{
    for_each_seed(3000, live_anyhow);
    if (getenv("JML_SEED"))
        return;
    for (size_t i = 0; i < jml_transitions_count; i++)
        cr_expect(fired[jml_transitions[i].rule] || is_beyond(jml_transitions[i].rule),
                  "no life came by rule %d: %s", jml_transitions[i].rule,
                  jml_transitions[i].sentence);
}

/* ---- one life, lived twice ---- */

static int compare_line(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* Members sorted: their order means nothing. */
static const char *attributes_text(void)
{
    const struct jml_value *v = the_case.s.person.attributes;
    struct jml_str s = JML_STR_INIT(&the_case.arena);
    const char **lines = jml_new_n(&the_case.arena, const char *, v->n);
    for (size_t i = 0; i < v->n; i++)
        lines[i] = jml_printf(&the_case.arena, "%s=%s ", v->keys[i],
                              jml_value_text(&the_case.arena, v->items[i]));
    if (v->n > 1)
        qsort(lines, v->n, sizeof(lines[0]), compare_line);
    for (size_t i = 0; i < v->n; i++)
        jml_str_add(&s, lines[i]);
    return jml_str_text(&s);
}

static const char *told(void)
{
    return jml_printf(&the_case.arena, "%s | %s | %s", case_person(), case_periods(),
                      attributes_text());
}

static void begin_with_all_events(unsigned seed, bool configured)
{
    state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    case_begin("2026-03-20");
    the_case.world.catch_up = JML_TIME_MAX;
    if (configured)
        configure();
    for (unsigned n = 2 + number(10); n > 0; n--)
        random_event();
}

static void live_twice(unsigned seed)
{
    char at_once[8192];
    begin_with_all_events(seed, true);
    case_step();
    case_go("2026-07-01");
    snprintf(at_once, sizeof(at_once), "%s", told());
    case_end();
    begin_with_all_events(seed, true);
    case_live("2026-07-01");
    if (strcmp(at_once, told()) != 0)
        case_fail("alarm by alarm: %s\nin one step:    %s", told(), at_once);
}

Test(law, alarm_by_alarm_is_as_good_as_one_step_at_the_end)
{
    for_each_seed(1500, live_twice);
}

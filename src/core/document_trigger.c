/* SPDX-License-Identifier: MIT
 *
 * Document: executionConditions, that is, when a workflow runs and for whom (Microsoft Graph
 * identityGovernance.workflowExecutionConditions, workflowExecutionTrigger, subjectSet).
 */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/document_read.h"

#define MAX_OFFSET    180 /* timeBasedAttributeTrigger: -180..180 */
#define MAX_OFFSET_V2 365 /* timeBasedAttributeTriggerV2: 0..365 and a timing */
#define MAX_GROUPS    100

static void read_trigger(struct jml_reader *r, const struct jml_value *v, const char *path,
                         struct jml_document_workflow *w);
static void read_scope(struct jml_reader *r, const struct jml_value *v, const char *path,
                       struct jml_document_workflow *w);

void jml_read_conditions(struct jml_reader *r, const struct jml_value *v, const char *path,
                         struct jml_document_workflow *ret)
{
    static const struct jml_member members[] = {
        JML_MUST("scope", OBJECT),
        JML_MUST("trigger", OBJECT),
    };
    const char *type = jml_read_type(v), *type_path = jml_pointer(r->arena, path, "@odata.type");

    ret->conditions = jml_value_plain(r->arena, v);
    if (!type) {
        jml_problem_add(r->problems, type_path, "missing");
    } else if (jml_streq(type, "onDemandExecutionOnly")) {
        jml_read_members(r, v, path, NULL, 0);
        ret->trigger.kind = JML_TRIGGER_ON_DEMAND;
    } else if (!jml_streq(type, "triggerAndScopeBasedConditions")) {
        jml_problem_add(r->problems, type_path,
                        "must be triggerAndScopeBasedConditions or onDemandExecutionOnly");
    } else {
        jml_read_members(r, v, path, JML_MEMBERS(members));
        if (jml_read_object(v, "trigger"))
            read_trigger(r, jml_read_object(v, "trigger"), jml_pointer(r->arena, path, "trigger"),
                         ret);
        if (jml_read_object(v, "scope"))
            read_scope(r, jml_read_object(v, "scope"), jml_pointer(r->arena, path, "scope"), ret);
    }
}

/* ---- triggers ---- */

static const char *const time_attributes[] = {
    [JML_EMPLOYEE_HIRE_DATE] = "employeeHireDate",
    [JML_EMPLOYEE_LEAVE_DATE_TIME] = "employeeLeaveDateTime",
    [JML_CREATED_DATE_TIME] = "createdDateTime",
    NULL,
};
static const char *const later_time_attributes[] = {"lastSignInDateTime", "LastSignInDateTime",
                                                    NULL};

static void read_time_attribute(struct jml_reader *r, const struct jml_value *v, const char *path,
                                const char *member, struct jml_trigger *t)
{
    int n = jml_read_enum(r, v, path, member, time_attributes, later_time_attributes);
    if (n >= 0)
        t->attribute = (enum jml_time_attribute)n;
}

/* The offset at member; a problem when outside of low..high. Absent: 0, reported elsewhere. */
static bool is_whole(const struct jml_value *v, const char *member)
{
    int64_t n;

    return jml_value_to_int(jml_value_find(v, member), &n);
}

static int read_offset(struct jml_reader *r, const struct jml_value *v, const char *path,
                       const char *member, int low, int high)
{
    int64_t n;

    if (!jml_value_to_int(jml_value_find(v, member), &n))
        return 0;
    if (n < low || n > high) {
        jml_problem_add(r->problems, jml_pointer(r->arena, path, member), "must be %d to %d", low,
                        high);
        return 0;
    }
    return (int)n;
}

static void read_time(struct jml_reader *r, const struct jml_value *v, const char *path,
                      struct jml_trigger *t)
{
    static const struct jml_member members[] = {
        JML_MUST("timeBasedAttribute", STRING),
        JML_MUST("offsetInDays", INT),
    };
    t->kind = JML_TRIGGER_TIME;
    jml_read_members(r, v, path, JML_MEMBERS(members));
    read_time_attribute(r, v, path, "timeBasedAttribute", t);
    t->open_days = read_offset(r, v, path, "offsetInDays", -MAX_OFFSET, MAX_OFFSET);
}

enum timing { BEFORE, AFTER, ON };

static int read_timing(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    static const char *const words[] = {[BEFORE] = "before", [AFTER] = "after", [ON] = "on", NULL};
    return jml_read_enum(r, v, path, "eventTiming", words, NULL);
}

static void read_one_offset(struct jml_reader *r, const struct jml_value *v, const char *path,
                            bool equal, struct jml_trigger *t)
{
    static const struct jml_member members[] = {
        JML_MUST("eventTiming", STRING),
        JML_MUST("offsetInDays", INT),
    };
    int n, timing;
    size_t problems;

    jml_read_members(r, v, path, JML_MEMBERS(members));
    timing = read_timing(r, v, path);
    problems = r->problems->n;
    n = read_offset(r, v, path, "offsetInDays", 0, MAX_OFFSET_V2);
    if (timing < 0 || r->problems->n > problems || !is_whole(v, "offsetInDays"))
        return; /* what does not follow from a number that is none is not said */
    if ((n == 0) != (timing == ON))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "eventTiming"),
                        n == 0 ? "must be on when offsetInDays is 0"
                               : "must be before or after unless offsetInDays is 0");
    if (timing == BEFORE)
        n = -n;
    t->open_days = equal || n < 0 ? n : 0;
    t->close_days = equal || n > 0 ? n : 0;
}

static void read_between(struct jml_reader *r, const struct jml_value *v, const char *path,
                         struct jml_trigger *t)
{
    static const struct jml_member members[] = {
        JML_MUST("eventTiming", STRING),
        JML_MUST("greaterThanOffsetInDays", INT),
        JML_MUST("lessThanOffsetInDays", INT),
    };
    int timing, low, high;
    size_t problems;
    bool sound;

    jml_read_members(r, v, path, JML_MEMBERS(members));
    timing = read_timing(r, v, path);
    problems = r->problems->n;
    low = read_offset(r, v, path, "greaterThanOffsetInDays", 0, MAX_OFFSET_V2);
    high = read_offset(r, v, path, "lessThanOffsetInDays", 0, MAX_OFFSET_V2);
    sound = r->problems->n == problems && is_whole(v, "greaterThanOffsetInDays") &&
            is_whole(v, "lessThanOffsetInDays");
    if (timing == ON)
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "eventTiming"),
                        "must be before or after: between needs two days");
    if (low >= high && sound)
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "lessThanOffsetInDays"),
                        "must be more than greaterThanOffsetInDays");
    t->open_days = timing == BEFORE ? -high : low;
    t->close_days = timing == BEFORE ? -low : high;
}

static void read_time_v2(struct jml_reader *r, const struct jml_value *v, const char *path,
                         struct jml_trigger *t)
{
    static const struct jml_member members[] = {
        JML_MUST("attribute", STRING),
        JML_MUST("operator", OBJECT),
    };
    const struct jml_value *operator;
    const char *type;

    t->kind = JML_TRIGGER_TIME_V2;
    t->has_close = true;
    jml_read_members(r, v, path, JML_MEMBERS(members));
    read_time_attribute(r, v, path, "attribute", t);
    operator= jml_read_object(v, "operator");
    if (!operator)
        return;
    path = jml_pointer(r->arena, path, "operator");
    type = jml_read_type(operator);
    if (type && jml_streq(type, "operatorEqualTo"))
        read_one_offset(r, operator, path, true, t);
    else if (type && jml_streq(type, "operatorLessThanEqualTo"))
        read_one_offset(r, operator, path, false, t);
    else if (type && jml_streq(type, "operatorBetween"))
        read_between(r, operator, path, t);
    else
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "@odata.type"),
                        "must be operatorEqualTo, operatorLessThanEqualTo or operatorBetween");
}

static bool is_attribute_path(const char *s)
{
    static const char start[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-.";

    for (;;) {
        if (!*s || !strchr(start, *s))
            return false;
        s += strspn(s, rest);
        if (!*s)
            return true;
        if (*s++ != '/')
            return false;
    }
}

static void read_attribute_change(struct jml_reader *r, const struct jml_value *v, const char *path,
                                  struct jml_trigger *t)
{
    static const struct jml_member members[] = {JML_MUST("triggerAttributes", ARRAY)};
    static const struct jml_member item_members[] = {JML_MUST("name", STRING)};
    const struct jml_value *list;
    JML_VEC(const char *) names = {0};

    t->kind = JML_TRIGGER_ATTRIBUTE;
    jml_read_members(r, v, path, JML_MEMBERS(members));
    list = jml_read_array(v, "triggerAttributes");
    path = jml_pointer(r->arena, path, "triggerAttributes");
    if (list && list->n == 0)
        jml_problem_add(r->problems, path, "must name at least one attribute");
    for (size_t i = 0; list && i < list->n; i++) {
        const char *at = jml_pointer_item(r->arena, path, i), *name;
        jml_read_members(r, list->items[i], at, JML_MEMBERS(item_members));
        name = jml_value_find_string(list->items[i], "name");
        if (!name)
            continue;
        if (!is_attribute_path(name))
            jml_problem_add(r->problems, jml_pointer(r->arena, at, "name"),
                            "no name of an attribute (as department or employeeOrgData/division)");
        jml_vec_push(r->arena, &names, name);
    }
    t->attributes = names.items;
    t->n_attributes = names.n;
}

static void read_membership(struct jml_reader *r, const struct jml_value *v, const char *path,
                            struct jml_trigger *t)
{
    static const struct jml_member members[] = {JML_MUST("changeType", STRING)};
    static const char *const words[] = {"remove", "add", NULL};

    t->kind = JML_TRIGGER_MEMBERSHIP;
    jml_read_members(r, v, path, JML_MEMBERS(members));
    t->on_add = jml_read_enum(r, v, path, "changeType", words, NULL) == 1;
}

static const struct {
    const char *type;
    void (*read)(struct jml_reader *, const struct jml_value *, const char *, struct jml_trigger *);
} triggers[] = {
    {"timeBasedAttributeTrigger", read_time},
    {"timeBasedAttributeTriggerV2", read_time_v2},
    {"attributeChangeTrigger", read_attribute_change},
    {"membershipChangeTrigger", read_membership},
    {"userInactivityTrigger", NULL},
    {"guestSponsorTrigger", NULL},
};

static void read_trigger(struct jml_reader *r, const struct jml_value *v, const char *path,
                         struct jml_document_workflow *w)
{
    const char *type = jml_read_type(v), *type_path = jml_pointer(r->arena, path, "@odata.type");

    if (!type) {
        jml_problem_add(r->problems, type_path, "missing");
        return;
    }
    for (size_t i = 0; i < sizeof(triggers) / sizeof(triggers[0]); i++)
        if (jml_streq(triggers[i].type, type)) {
            if (triggers[i].read)
                triggers[i].read(r, v, path, &w->trigger);
            else
                jml_problem_add(r->problems, type_path, "known, not supported yet: %s", type);
            return;
        }
    jml_problem_add(r->problems, type_path, "unknown trigger '%.64s'", type);
}

/* ---- scopes ---- */

static void read_rule(struct jml_reader *r, const struct jml_value *v, const char *path,
                      struct jml_document_workflow *w)
{
    static const struct jml_member members[] = {JML_MUST("rule", STRING)};
    const char *text;
    struct jml_err e;

    jml_read_members(r, v, path, JML_MEMBERS(members));
    text = jml_value_find_string(v, "rule");
    if (text && jml_rule_parse(r->arena, text, &w->scope, &e) < 0)
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "rule"), "%s", e.message);
}

static void read_groups(struct jml_reader *r, const struct jml_value *v, const char *path,
                        struct jml_document_workflow *w)
{
    static const struct jml_member members[] = {JML_MUST("groups", ARRAY)};
    const struct jml_value *list;
    JML_VEC(const char *) groups = {0};

    jml_read_members(r, v, path, JML_MEMBERS(members));
    list = jml_read_array(v, "groups");
    path = jml_pointer(r->arena, path, "groups");
    if (list && (list->n == 0 || list->n > MAX_GROUPS))
        jml_problem_add(r->problems, path, "must name 1 to %d groups", MAX_GROUPS);
    for (size_t i = 0; list && i < list->n; i++) {
        struct jml_reference ref =
            jml_read_reference(r, list->items[i], jml_pointer_item(r->arena, path, i));
        if (ref.text)
            jml_vec_push(r->arena, &groups, ref.text);
    }
    w->scope_groups = groups.items;
    w->n_scope_groups = groups.n;
}

static void read_scope(struct jml_reader *r, const struct jml_value *v, const char *path,
                       struct jml_document_workflow *w)
{
    const char *type = jml_read_type(v), *type_path = jml_pointer(r->arena, path, "@odata.type");
    bool membership = w->trigger.kind == JML_TRIGGER_MEMBERSHIP;

    if (type && jml_streq(type, "ruleBasedSubjectSet"))
        read_rule(r, v, path, w);
    else if (type && jml_streq(type, "groupBasedSubjectSet"))
        read_groups(r, v, path, w);
    else {
        jml_problem_add(r->problems, type_path,
                        "must be ruleBasedSubjectSet or groupBasedSubjectSet");
        return;
    }
    if (membership && !w->scope_groups && w->scope)
        jml_problem_add(r->problems, type_path,
                        "must be groupBasedSubjectSet with a membershipChangeTrigger");
    else if (!membership && w->n_scope_groups && w->trigger.kind != JML_TRIGGER_ON_DEMAND)
        jml_problem_add(r->problems, type_path,
                        "must be ruleBasedSubjectSet unless the trigger is a "
                        "membershipChangeTrigger");
}

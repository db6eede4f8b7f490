/* SPDX-License-Identifier: MIT
 *
 * The table of transitions as C, and the search in it.
 */
#include "core/machine.h"

#include <string.h>

#define R(number, m, f, t, g, to, words)                                                           \
    {number, JML_MACHINE_##m, JML_##m##_##f, JML_FIRE_##t, JML_GUARD_##g, JML_##m##_##to, words},
const struct jml_transition jml_transitions[] = {
#include "core/transitions.def"
};
#undef R
const size_t jml_transitions_count = sizeof(jml_transitions) / sizeof(jml_transitions[0]);

static const char *const machine_names[JML_MACHINE_COUNT] = {
    "event",      "person",   "run",          "task",    "request", "approval", "assignment",
    "delivery",   "notification", "command",  "package", "policy",  "workflow",
};

#define NAME(machine, state, name) name,
static const char *const event_names[] = {NULL, JML_EVENT_STATES(NAME)};
static const char *const person_names[] = {NULL, JML_PERSON_STATES(NAME)};
static const char *const work_names[] = {NULL, JML_WORK_STATES(NAME, RUN)};
static const char *const request_names[] = {NULL, JML_REQUEST_STATES(NAME)};
static const char *const approval_names[] = {NULL, JML_APPROVAL_STATES(NAME)};
static const char *const assignment_names[] = {NULL, JML_ASSIGNMENT_STATES(NAME)};
static const char *const delivery_names[] = {NULL, JML_DELIVERY_STATES(NAME)};
static const char *const notification_names[] = {NULL, JML_NOTIFICATION_STATES(NAME)};
static const char *const command_names[] = {NULL, JML_COMMAND_STATES(NAME)};
static const char *const package_names[] = {NULL, JML_PACKAGE_STATES(NAME)};
static const char *const policy_names[] = {NULL, JML_POLICY_STATES(NAME)};
static const char *const workflow_names[] = {NULL, JML_WORKFLOW_STATES(NAME)};
#undef NAME

#define NAMES(list) {list, sizeof(list) / sizeof(list[0])}
static const struct {
    const char *const *names;
    size_t n;
} state_names[JML_MACHINE_COUNT] = {
    NAMES(event_names),        NAMES(person_names),   NAMES(work_names),
    NAMES(work_names),         NAMES(request_names),  NAMES(approval_names),
    NAMES(assignment_names),   NAMES(delivery_names), NAMES(notification_names),
    NAMES(command_names),      NAMES(package_names),  NAMES(policy_names),
    NAMES(workflow_names),
};

const char *jml_machine_name(enum jml_machine machine)
{
    return machine_names[machine];
}

const char *jml_state_name(enum jml_machine machine, int state)
{
    if (state <= 0 || (size_t)state >= state_names[machine].n)
        return NULL;
    return state_names[machine].names[state];
}

int jml_state_find(enum jml_machine machine, const char *name)
{
    if (!name)
        return 0;
    for (size_t i = 1; i < state_names[machine].n; i++)
        if (strcmp(state_names[machine].names[i], name) == 0)
            return (int)i;
    return 0;
}

static const char *const fire_names[JML_FIRE_COUNT] = {
    "accept", "admit", "apply", "ask", "become", "cancel", "delete", "deliver", "deny", "do",
    "drop", "end", "fail", "finish", "fold", "forward", "grant", "hold", "identify", "lose",
    "move", "notice", "plan", "queue", "record_grant", "record_revoke", "reconcile", "redeliver",
    "refuse", "reject", "release", "remind", "reprocess", "restore", "retry", "revoked", "send",
    "start", "submit", "supersede", "tell", "wait", "warn", "withdraw",
};

const char *jml_fire_name(enum jml_fire trigger)
{
    return fire_names[trigger];
}

const char *jml_guard_name(enum jml_guard guard)
{
    static const char *const names[] = {
        "is_prehire",   "is_active",     "is_suspended", "is_left",       "is_unknown",
        "a_task_stopped_it", "a_task_waits", "a_task_failed", "succeeded", "starts_later",
        "outward",      "has_recipient", "is_enabled",   "by_an_approver", "timed_out",
        "partly",       "gives",         "is_repaired",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if ((unsigned)guard == 1U << i)
            return names[i];
    return "always";
}

const struct jml_transition *jml_machine_find(enum jml_machine machine, int from,
                                              enum jml_fire trigger, unsigned facts)
{
    /* The table is small and sorted by machine; where each begins is worked out once. */
    static size_t first[JML_MACHINE_COUNT + 1];
    static int ready;
    if (!ready) {
        size_t row = 0;
        for (int m = 0; m <= JML_MACHINE_COUNT; m++) {
            while (row < jml_transitions_count && (int)jml_transitions[row].machine < m)
                row++;
            first[m] = row;
        }
        ready = 1;
    }
    for (size_t i = first[machine]; i < first[machine + 1]; i++) {
        const struct jml_transition *t = &jml_transitions[i];
        if (t->from == from && t->trigger == trigger &&
            (t->guard == JML_GUARD_ALWAYS || (facts & (unsigned)t->guard)))
            return t;
    }
    return NULL;
}

const struct jml_transition *jml_transition_find(int rule)
{
    for (size_t i = 0; i < jml_transitions_count; i++)
        if (jml_transitions[i].rule == rule)
            return &jml_transitions[i];
    return NULL;
}

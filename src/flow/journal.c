/* SPDX-License-Identifier: MIT
 *
 * Audit rows as log entries.
 */
#include "flow/journal.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "core/machine.h"

#define SUMMARIES_FROM 50 /* people; DESIGN 7 */

static const enum jml_message message_of[JML_MACHINE_COUNT] = {
    [JML_MACHINE_EVENT] = JML_MSG_EVENT_TRANSITION,
    [JML_MACHINE_PERSON] = JML_MSG_PERSON_TRANSITION,
    [JML_MACHINE_RUN] = JML_MSG_RUN_TRANSITION,
    [JML_MACHINE_TASK] = JML_MSG_TASK_TRANSITION,
    [JML_MACHINE_REQUEST] = JML_MSG_REQUEST_TRANSITION,
    [JML_MACHINE_APPROVAL] = JML_MSG_APPROVAL_TRANSITION,
    [JML_MACHINE_ASSIGNMENT] = JML_MSG_ASSIGNMENT_TRANSITION,
    [JML_MACHINE_DELIVERY] = JML_MSG_DELIVERY_TRANSITION,
    [JML_MACHINE_NOTIFICATION] = JML_MSG_NOTIFICATION_TRANSITION,
    [JML_MACHINE_COMMAND] = JML_MSG_COMMAND_TRANSITION,
    [JML_MACHINE_PACKAGE] = JML_MSG_DEBUG,
    [JML_MACHINE_POLICY] = JML_MSG_DEBUG,
    [JML_MACHINE_WORKFLOW] = JML_MSG_DEBUG,
};

struct jml_journal_entry {
    enum jml_message message;
    const char *sentence;
    size_t n;
    struct jml_log_field fields[];
};

static bool is_alarming(const struct jml_audit *row, enum jml_message *ret_message)
{
    switch (row->object_type) {
    case JML_MACHINE_EVENT:
        *ret_message = row->to == JML_EVENT_REJECTED ? JML_MSG_EVENT_REJECTED : JML_MSG_EVENT_WARNING;
        return row->to == JML_EVENT_REJECTED || row->reason;
    case JML_MACHINE_TASK:
        *ret_message = JML_MSG_TASK_FAILED;
        return row->to == JML_TASK_FAILED;
    case JML_MACHINE_NOTIFICATION:
        *ret_message = JML_MSG_NOTIFICATION_FAILED;
        return row->to == JML_NOTIFICATION_FAILED;
    case JML_MACHINE_PERSON:
        *ret_message = row->rule >= 280 && row->rule < 290 ? JML_MSG_PERSON_RELEASED
                                                           : JML_MSG_PERSON_HELD;
        return row->rule >= 270 && row->rule < 290;
    default:
        return false;
    }
}

/* The stable code of a reason ("closes_nothing"): the words behind it may quote what people wrote. */
static const char *code_of(const char *reason, char *buffer, size_t size)
{
    if (!reason)
        return NULL;
    size_t n = strcspn(reason, ":");
    if (!reason[n] || n >= size || strcspn(reason, " ") < n)
        return NULL;
    memcpy(buffer, reason, n);
    buffer[n] = '\0';
    return buffer;
}

/* What the entry is about, besides the person. */
static const char *find_workflow(const struct jml_snapshot *s, struct jml_id run_id, char text[37])
{
    for (size_t i = 0; jml_id_is_set(run_id) && i < s->runs.n; i++)
        if (jml_id_equal(s->runs.items[i]->id, run_id)) {
            jml_id_format(s->runs.items[i]->workflow_id, text);
            return text;
        }
    return NULL;
}

static const char *find_package(const struct jml_snapshot *s, const struct jml_audit *row,
                                char text[37])
{
    struct jml_id id;
    if (row->object_type == JML_MACHINE_ASSIGNMENT && jml_id_parse(row->object_id, &id)) {
        for (size_t i = 0; i < s->assignments.n; i++)
            if (jml_id_equal(s->assignments.items[i]->id, id)) {
                jml_id_format(s->assignments.items[i]->package_id, text);
                return text;
            }
    } else if (jml_id_is_set(row->request_id)) {
        for (size_t i = 0; i < s->requests.n; i++)
            if (jml_id_equal(s->requests.items[i]->id, row->request_id)) {
                jml_id_format(s->requests.items[i]->package_id, text);
                return text;
            }
    }
    return NULL;
}

/* Names of fields are constants; the values are copied, but the NULLs left out. */
static void keep(struct jml_journal *j, enum jml_message message,
                 const struct jml_log_field *fields, size_t n, const char *sentence)
{
    struct jml_journal_entry *e = jml_arena_alloc(j->arena, sizeof(*e) + n * sizeof(e->fields[0]));
    e->message = message;
    e->sentence = sentence;
    for (size_t i = 0; i < n; i++)
        if (fields[i].value)
            e->fields[e->n++] =
                (struct jml_log_field){fields[i].name, jml_strdup(j->arena, fields[i].value)};
    jml_vec_push(j->arena, &j->entries, e);
}

static void add_row(struct jml_journal *j, const struct jml_snapshot *s,
                    const struct jml_audit *row)
{
    enum jml_message message;
    if (!is_alarming(row, &message))
        message = message_of[row->object_type];
    if (!jml_log_enabled(jml_message_level(message)))
        return;
    const char *from = jml_state_name(row->object_type, row->from);
    const char *to = jml_state_name(row->object_type, row->to);
    char event[24] = "", rule[12], run[37], request[37], workflow[37], package[37], code[64];
    snprintf(rule, sizeof rule, "%d", row->rule);
    if (row->event_id)
        snprintf(event, sizeof event, "%lld", (long long)row->event_id);
    jml_id_format(row->run_id, run);
    jml_id_format(row->request_id, request);
    bool has_run = jml_id_is_set(row->run_id), has_request = jml_id_is_set(row->request_id);
    const struct jml_log_field fields[] = {
        {"JML_EMPLOYEE", s->person.employee_id},
        {"JML_EVENT", *event ? event : NULL},
        {"JML_RUN", has_run ? run : NULL},
        {"JML_WORKFLOW", find_workflow(s, row->run_id, workflow)},
        {"JML_REQUEST", has_request ? request : NULL},
        {"JML_ASSIGNMENT", row->object_type == JML_MACHINE_ASSIGNMENT ? row->object_id : NULL},
        {"JML_PACKAGE", find_package(s, row, package)},
        {"JML_DELIVERY", row->object_type == JML_MACHINE_DELIVERY ? row->object_id : NULL},
        {"JML_FROM", from},
        {"JML_TO", to},
        {"JML_RULE", rule},
        {"JML_REASON", code_of(row->reason, code, sizeof code)},
    };
    const struct jml_transition *t = jml_transition_find(row->rule);
    keep(j, message, fields, sizeof(fields) / sizeof(fields[0]),
         jml_printf(j->arena, "%s %s: %s -> %s: %s", jml_machine_name(row->object_type),
                    row->object_id, from ? from : "new", to, t ? t->sentence : ""));
}

static void add_summary(struct jml_journal *j, const struct jml_snapshot *s)
{
    char events[24], runs[24], assignments[24];
    size_t n_events = 0, n_runs = 0, n_assignments = 0;
    for (size_t i = 0; i < s->audit.n; i++) {
        const struct jml_audit *row = s->audit.items[i];
        n_events += row->object_type == JML_MACHINE_EVENT;
        n_runs += row->object_type == JML_MACHINE_RUN && row->from != row->to;
        n_assignments += row->object_type == JML_MACHINE_ASSIGNMENT && row->from != row->to;
    }
    snprintf(events, sizeof events, "%zu", n_events);
    snprintf(runs, sizeof runs, "%zu", n_runs);
    snprintf(assignments, sizeof assignments, "%zu", n_assignments);
    const struct jml_log_field fields[] = {
        {"JML_EMPLOYEE", s->person.employee_id},
        {"JML_EVENTS", events},
        {"JML_RUNS", runs},
        {"JML_ASSIGNMENTS", assignments},
        {"JML_TO", jml_state_name(JML_MACHINE_PERSON, s->person.state)},
    };
    keep(j, JML_MSG_PERSON_SUMMARY, fields, sizeof(fields) / sizeof(fields[0]),
         jml_printf(j->arena, "person %s: %s events, %s changes of runs, %s changes of assignments",
                    s->person.employee_id, events, runs, assignments));
}

void jml_journal_init(struct jml_journal *j, struct jml_arena *a, size_t people)
{
    *j = (struct jml_journal){.arena = a, .summaries = people > SUMMARIES_FROM};
}

void jml_journal_add(struct jml_journal *j, const struct jml_snapshot *s)
{
    if (!s->audit.n)
        return;
    if (j->summaries && jml_log_enabled(JML_LOG_INFO))
        add_summary(j, s);
    for (size_t k = 0; k < s->audit.n; k++) {
        enum jml_message alarm;
        if (!j->summaries || is_alarming(s->audit.items[k], &alarm))
            add_row(j, s, s->audit.items[k]);
    }
}

void jml_journal_write(struct jml_journal *j)
{
    for (size_t i = 0; i < j->entries.n; i++) {
        const struct jml_journal_entry *e = j->entries.items[i];
        jml_log(e->message, e->fields, e->n, "%s", e->sentence);
    }
    j->entries.n = 0;
}

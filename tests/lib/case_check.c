/* SPDX-License-Identifier: MIT
 *
 * What must hold after every step, whatever happened (SEMANTICS, "always").
 */
#include "lib/case.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *case_title;

struct test_state { /* where an object stands according to its audit rows */
    enum jml_machine machine;
    const char *id;
    int state;
};

#define A (&the_case.arena)
#define S (&the_case.s)

/* For whoever looks at one seed: the events, and all that was recorded. */
void case_tell(void)
{
    for (size_t i = 0; i < the_case.s.events.n; i++) {
        const struct jml_event *e = the_case.s.events.items[i];
        fprintf(stderr, "  event %lld %s %s received %s takes effect %s supersedes %s%s %s\n",
                (long long)e->id, jml_event_kind_name(e->kind), e->employment,
                case_time_text(e->received_at),
                e->instant == JML_TIME_NONE ? "-" : case_time_text(e->instant),
                e->supersedes ? e->supersedes : "-", e->counts ? "" : " (does not count)",
                jml_value_text(&the_case.arena, e->attributes));
    }
    for (size_t i = 0; i < the_case.s.runs.n; i++) {
        const struct jml_run *run = the_case.s.runs.items[i];
        fprintf(stderr, "  run %s of %s, effects %s\n", run->trigger_key,
                jml_state_name(JML_MACHINE_RUN, run->state),
                run->effects ? jml_value_text(&the_case.arena, run->effects) : "none");
    }
    const struct jml_audit *const *rows[] = {(const struct jml_audit *const *)the_case.audit.items,
                                             (const struct jml_audit *const *)the_case.s.audit.items};
    size_t n[] = {the_case.audit.n, the_case.s.audit.n};
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < n[k]; i++)
            fprintf(stderr, "  %s %s %s: rule %d %s %s %s\n", k ? "again" : "audit",
                    jml_machine_name(rows[k][i]->object_type), rows[k][i]->object_id,
                    rows[k][i]->rule, jml_state_name(rows[k][i]->object_type, rows[k][i]->to),
                    rows[k][i]->reason ? rows[k][i]->reason : "",
                    rows[k][i]->detail ? rows[k][i]->detail : "");
}

void case_fail(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "%s%sat %s: ", case_title ? case_title : "", case_title ? ": " : "",
            case_time_text(the_case.world.now));
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    if (getenv("JML_SEED"))
        case_tell();
    abort();
}

static struct test_state *state_of(enum jml_machine machine, const char *id)
{
    struct { struct test_state *items; size_t n, cap; } v = {
        the_case.states, the_case.n_states, the_case.cap_states};
    for (size_t i = v.n; i-- > 0;)
        if (v.items[i].machine == machine && strcmp(v.items[i].id, id) == 0)
            return &v.items[i];
    jml_vec_push(A, &v, ((struct test_state){machine, id, 0}));
    the_case.states = v.items;
    the_case.n_states = v.n;
    the_case.cap_states = v.cap;
    return &v.items[v.n - 1];
}

/* Every row is a row of the table, and begins where the one before it ended. */
static void check_audit(void)
{
    for (; the_case.checked < the_case.audit.n; the_case.checked++) {
        const struct jml_audit *row = the_case.audit.items[the_case.checked];
        const struct jml_transition *t = jml_transition_find(row->rule);
        struct test_state *at = state_of(row->object_type, row->object_id);
        if (!t || t->machine != row->object_type || t->from != row->from || t->to != row->to)
            case_fail("audit row of %s %s does not fit its rule %d",
                      jml_machine_name(row->object_type), row->object_id, row->rule);
        if (at->state != row->from)
            case_fail("audit of %s %s: rule %d begins in state %d, the one before ended in %d",
                      jml_machine_name(row->object_type), row->object_id, row->rule, row->from,
                      at->state);
        at->state = row->to;
    }
}

static void must_stand_at(enum jml_machine machine, const char *id, int state)
{
    int told = state_of(machine, id)->state;
    if (told != state)
        case_fail("%s %s is %s, its audit says %s", jml_machine_name(machine), id,
                  jml_state_name(machine, state), told ? jml_state_name(machine, told) : "nothing");
}

static void check_states(void)
{
    if (S->person.moved)
        must_stand_at(JML_MACHINE_PERSON, jml_id_text(A, S->person.id), S->person.state);
    for (size_t i = 0; i < S->events.n; i++)
        must_stand_at(JML_MACHINE_EVENT,
                      jml_printf(A, "%lld", (long long)S->events.items[i]->id),
                      S->events.items[i]->state);
    for (size_t i = 0; i < S->runs.n; i++) {
        const struct jml_run *run = S->runs.items[i];
        const char *id = jml_id_text(A, run->id);
        must_stand_at(JML_MACHINE_RUN, id, run->state);
        for (size_t k = 0; k < run->tasks.n; k++)
            must_stand_at(JML_MACHINE_TASK,
                          jml_printf(A, "%s/%d", id, run->tasks.items[k]->position),
                          run->tasks.items[k]->state);
        bool waits = false;
        for (size_t k = 0; k < run->tasks.n; k++)
            waits = waits || run->tasks.items[k]->state == JML_TASK_IN_PROGRESS;
        if (run->state == JML_RUN_NEW || waits != (run->state == JML_RUN_IN_PROGRESS))
            case_fail("run %s was left in the middle", id);
        for (size_t k = 0; k < i; k++)
            if (jml_id_equal(S->runs.items[k]->workflow_id, run->workflow_id) &&
                strcmp(S->runs.items[k]->trigger_key, run->trigger_key) == 0)
                case_fail("two runs of one cause: %s", run->trigger_key);
    }
    for (size_t i = 0; i < the_case.requests.n; i++)
        if (the_case.requests.items[i]->moved)
            must_stand_at(JML_MACHINE_REQUEST, jml_id_text(A, the_case.requests.items[i]->id),
                          the_case.requests.items[i]->state);
    for (size_t i = 0; i < the_case.assignments.n; i++)
        must_stand_at(JML_MACHINE_ASSIGNMENT, jml_id_text(A, the_case.assignments.items[i]->id),
                      the_case.assignments.items[i]->state);
    for (size_t i = 0; i < the_case.deliveries.n; i++) /* by record they never change */
        if (!jml_streq(the_case.deliveries.items[i]->target, "record"))
            must_stand_at(JML_MACHINE_DELIVERY, jml_id_text(A, the_case.deliveries.items[i]->id),
                          the_case.deliveries.items[i]->state);
    for (size_t i = 0; i < the_case.notifications.n; i++)
        must_stand_at(JML_MACHINE_NOTIFICATION, jml_id_text(A, the_case.notifications.items[i]->id),
                      the_case.notifications.items[i]->state);
}

static void check_access(void)
{
    jml_time now = the_case.world.now;
    bool held = S->person.held_at != JML_TIME_NONE;
    bool gone = S->person.state == JML_PERSON_LEFT || S->person.state == JML_PERSON_UNKNOWN;
    for (size_t i = 0; i < S->assignments.n && !held; i++) {
        const struct jml_assignment *as = S->assignments.items[i];
        if (as->ends_at != JML_TIME_NONE && as->ends_at <= now)
            case_fail("an assignment is open past its end");
        if (gone && !jml_streq(as->ends_by, "leave"))
            case_fail("a person who is %s holds access",
                      jml_state_name(JML_MACHINE_PERSON, S->person.state));
        if (gone && as->ends_at == JML_TIME_NONE)
            case_fail("a person who left holds access without an end");
        for (size_t k = 0; k < i; k++)
            if (jml_id_equal(S->assignments.items[k]->package_id, as->package_id))
                case_fail("a package is held twice");
    }
    for (size_t i = 0; i < S->requests.n && !held; i++) {
        if (S->requests.items[i]->state == JML_REQUEST_SUBMITTED)
            case_fail("a request was not decided");
        if (gone && S->requests.items[i]->state != JML_REQUEST_DELIVERING &&
            S->requests.items[i]->state != JML_REQUEST_PARTIALLY_DELIVERED &&
            S->requests.items[i]->state != JML_REQUEST_DELIVERY_FAILED)
            case_fail("a person who left has an open request");
    }
    for (size_t i = 0; i < S->commands.n; i++)
        if (S->commands.items[i]->state == JML_COMMAND_PENDING)
            case_fail("command %s was left pending", S->commands.items[i]->kind);
}

/* Assignments and requests stand where the deliveries do. */
static void check_deliveries(void)
{
    for (size_t i = 0; i < the_case.assignments.n; i++) {
        const struct jml_assignment *as = the_case.assignments.items[i];
        bool taking = false;
        for (size_t k = 0; k < the_case.deliveries.n; k++)
            taking = taking || (jml_id_equal(the_case.deliveries.items[k]->assignment_id, as->id) &&
                                the_case.deliveries.items[k]->state == JML_DELIVERY_REMOVING);
        if (taking && as->revoked_at != JML_TIME_NONE)
            case_fail("an end is confirmed that is not carried out");
        if (as->state == JML_ASSIGNMENT_EXPIRED && !taking && as->revoked_at == JML_TIME_NONE &&
            S->person.held_at == JML_TIME_NONE)
            case_fail("an end that was carried out is not confirmed");
    }
    for (size_t i = 0; i < S->requests.n; i++)
        for (size_t k = 0; k < the_case.assignments.n; k++) {
            const struct jml_request *r = S->requests.items[i];
            const struct jml_assignment *as = the_case.assignments.items[k];
            if (r->state >= JML_REQUEST_DELIVERING && jml_id_equal(r->assignment_id, as->id) &&
                jml_request_type_is_add(r->type) && S->person.held_at == JML_TIME_NONE &&
                (as->state == JML_ASSIGNMENT_EXPIRED || as->state == JML_ASSIGNMENT_DELIVERED))
                case_fail("a request waits for what is over");
        }
}

static void check_approvals(void)
{
    for (size_t i = 0; i < S->requests.n; i++) {
        const struct jml_request *r = S->requests.items[i];
        const struct jml_policy *p =
            jml_governance_find_policy(the_case.world.governance, r->policy_id);
        if (r->state != JML_REQUEST_PENDING_APPROVAL)
            continue;
        if (!p || r->stage < 1 || (size_t)r->stage > p->n_stages)
            case_fail("a request waits in a stage that its policy does not have: %d", r->stage);
        if (S->person.held_at == JML_TIME_NONE &&
            (r->due_at == JML_TIME_NONE || S->person.due_at == JML_TIME_NONE ||
             S->person.due_at > r->due_at))
            case_fail("a request waits for approval, and no alarm rings");
        if (!r->told || r->deny_at == JML_TIME_NONE)
            case_fail("a request waits for approval, and nobody was asked");
    }
    for (size_t i = 0; i < the_case.approvals.n; i++) {
        const struct jml_approval *a = the_case.approvals.items[i];
        if (a->state == JML_APPROVAL_PENDING && S->person.held_at == JML_TIME_NONE)
            case_fail("a decision was left pending");
        for (size_t k = 0; k < i; k++) {
            const struct jml_approval *b = the_case.approvals.items[k];
            if (a->state == JML_APPROVAL_APPLIED && b->state == JML_APPROVAL_APPLIED &&
                jml_id_equal(a->request_id, b->request_id) && a->stage == b->stage)
                case_fail("stage %d of a request was decided twice", a->stage);
        }
        if (a->state != JML_APPROVAL_PENDING)
            must_stand_at(JML_MACHINE_APPROVAL, jml_id_text(A, a->id), a->state);
    }
}

static void check_mails(void)
{
    for (size_t i = 0; i < the_case.notifications.n; i++)
        for (size_t k = 0; k < i; k++)
            if (jml_streq(the_case.notifications.items[i]->dedup_key,
                          the_case.notifications.items[k]->dedup_key))
                case_fail("the same mail twice: %s", the_case.notifications.items[i]->dedup_key);
}

static void must_ring_by(jml_time t, const char *what)
{
    jml_time due = S->person.due_at;
    if (t > the_case.world.now && t != JML_TIME_MAX && (due == JML_TIME_NONE || due > t))
        case_fail("%s at %s, the alarm rings at %s", what, case_time_text(t), case_alarm());
}

static void check_alarms(void)
{
    const struct jml_person *p = &S->person;
    if (p->held_at != JML_TIME_NONE) {
        if (p->due_at != JML_TIME_NONE)
            case_fail("a held person has an alarm");
        return;
    }
    if (p->due_at != JML_TIME_NONE && p->due_at <= the_case.world.now)
        case_fail("the alarm rings for what is over: %s", case_time_text(p->due_at));
    if (p->removal_at != JML_TIME_NONE &&
        (p->removal_at <= the_case.world.now || p->due_at > p->removal_at))
        case_fail("a removal is not watched: %s", case_time_text(p->removal_at));
    if (p->due_at == JML_TIME_MAX)
        case_fail("an alarm for never");
    must_ring_by(p->hired_at, "a period begins");
    must_ring_by(p->leaves_at, "a period ends");
    for (size_t i = 0; i < S->assignments.n; i++)
        must_ring_by(S->assignments.items[i]->ends_at, "an assignment ends");
    for (size_t i = 0; i < S->runs.n; i++)
        if (S->runs.items[i]->state == JML_RUN_SCHEDULED)
            must_ring_by(S->runs.items[i]->due_at, "a run is due");
    for (size_t i = 0; i < S->requests.n && p->state != JML_PERSON_SUSPENDED; i++)
        must_ring_by(S->requests.items[i]->due_at, "a request starts");
}

void case_check(void)
{
    check_audit();
    check_states();
    check_access();
    check_deliveries();
    check_approvals();
    check_mails();
    check_alarms();
}

/* SPDX-License-Identifier: MIT
 *
 * Sending and reading the load. The columns are those of sql/queries/people_*.sql, in their order.
 */
#include "db/load.h"

#include <stdlib.h>

typedef void (*reader)(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim);

static void read_events(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim);
static void read_queue(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim);
static void read_runs(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim);
static void read_tasks(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim);
static void read_requests(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim);
static void read_decided(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim);
static void read_assignments(const struct jml_result *r, struct jml_arena *a,
                             struct jml_claim *claim);
static void read_commands(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim);
static void read_managers(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim);
static void read_approvals(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim);
static void read_parties(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim);
static void read_revoking(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim);
static void read_deliveries(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim);

/* The first column of every set: which person, counted from 1. */
static struct jml_snapshot *snapshot_of(const struct jml_result *r, size_t row,
                                        struct jml_claim *claim)
{
    size_t n = (size_t)jml_result_int(r, row, 0) - 1;
    return &claim->people[n < claim->n ? n : claim->owners[n - claim->n]];
}

/* The tables, and by what their rows are found. */
static const struct {
    const char *statement;
    bool by_id, by_name;
    reader read;
} tables[] = {
    {"people_events", false, true, read_events},
    {"people_queue", false, true, read_queue},
    {"people_runs", true, false, read_runs},
    {"people_tasks", true, false, read_tasks},
    {"people_requests", true, true, read_requests},
    {"people_decided", true, false, read_decided},
    {"people_assignments", true, false, read_assignments},
    {"people_commands", false, true, read_commands},
    {"people_managers", false, true, read_managers},
    /* of people with requests that are to be decided, who are few */
    {"people_approvals", true, true, read_approvals},
    {"people_parties", true, true, read_parties},
    /* of people with a result of a delivery, or a command that needs to know them */
    {"people_revoking", true, false, read_revoking},
    {"people_deliveries", true, false, read_deliveries},
};

enum { N_TABLES = sizeof(tables) / sizeof(tables[0]), N_OF_ALL = N_TABLES - 4, N_DECIDING = N_TABLES - 2 };

struct names {
    struct jml_array_param ids, names;
    struct jml_param id, name;
};

/* Ids that people had before are asked for like those of now, numbered behind them. */
static size_t *add_aliases(struct jml_arena *a, const struct jml_claim *claim,
                           struct jml_array_param *names)
{
    JML_VEC(size_t) owners = {0};
    for (size_t i = 0; i < claim->n; i++)
        for (size_t k = 0; k < claim->people[i].person.aliases.n; k++) {
            jml_array_add_text(names, claim->people[i].person.aliases.items[k]);
            jml_vec_push(a, &owners, i);
        }
    return owners.items;
}

static void name_people(struct names *n, struct jml_arena *a, struct jml_claim *claim)
{
    jml_array_init(&n->ids, a, JML_ARRAY_UUID);
    jml_array_init(&n->names, a, JML_ARRAY_TEXT);
    for (size_t i = 0; i < claim->n; i++) {
        jml_array_add_uuid(&n->ids, claim->people[i].person.id);
        jml_array_add_text(&n->names, claim->people[i].person.employee_id);
    }
    claim->owners = add_aliases(a, claim, &n->names);
    n->id = jml_array_param(&n->ids);
    n->name = jml_array_param(&n->names);
}

static size_t parameters(size_t table, const struct names *n, struct jml_param params[2])
{
    size_t k = 0;
    if (tables[table].by_id)
        params[k++] = n->id;
    if (tables[table].by_name)
        params[k++] = n->name;
    return k;
}

static void send(struct jml_conn *c, struct jml_arena *a, struct jml_claim *claim, size_t from,
                 size_t to, jml_conn_done done, void *userdata)
{
    struct names names;
    struct jml_param params[2];
    name_people(&names, a, claim);
    for (size_t t = from; t < to; t++)
        jml_conn_add(c, tables[t].statement, params, parameters(t, &names, params));
    jml_conn_sync(c, done, userdata);
}

static void read(const struct jml_reply *reply, struct jml_arena *a, struct jml_claim *claim,
                 size_t from, size_t to)
{
    for (size_t t = from; t < to; t++) {
        tables[t].read(&reply->results[t - from], a, claim);
        jml_result_drop(&reply->results[t - from]);
    }
}

void jml_load_send(struct jml_conn *c, struct jml_arena *a, struct jml_claim *claim,
                   jml_conn_done done, void *userdata)
{
    send(c, a, claim, 0, N_OF_ALL, done, userdata);
}

bool jml_load_read(const struct jml_reply *reply, struct jml_arena *a, struct jml_claim *claim)
{
    claim->decides = claim->delivers = false;
    read(reply, a, claim, 0, N_OF_ALL);
    return claim->decides || claim->delivers;
}

static size_t rest_from(const struct jml_claim *claim)
{
    return claim->decides ? N_OF_ALL : N_DECIDING;
}

static size_t rest_to(const struct jml_claim *claim)
{
    return claim->delivers ? N_TABLES : N_DECIDING;
}

void jml_load_send_rest(struct jml_conn *c, struct jml_arena *a, struct jml_claim *claim,
                        jml_conn_done done, void *userdata)
{
    send(c, a, claim, rest_from(claim), rest_to(claim), done, userdata);
}

void jml_load_read_rest(const struct jml_reply *reply, struct jml_arena *a, struct jml_claim *claim)
{
    read(reply, a, claim, rest_from(claim), rest_to(claim));
}

int jml_load_person(struct jml_session *s, struct jml_arena *a, const char *who,
                    struct jml_claim *ret_claim, const char **ret_default_zone, struct jml_err *e)
{
    struct jml_param param = jml_param_text(who), params[2];
    struct jml_claim claim = {0};
    struct jml_result r;
    struct names names;
    if (jml_session_query(s, "person_load", &param, 1, &r, e) < 0)
        return -1;
    if (jml_result_rows(&r) == 0) {
        jml_session_clear(s);
        return 1;
    }
    claim.n = 1;
    claim.people = jml_new(a, struct jml_snapshot);
    jml_row_values_init(&claim.values, a, claim.n);
    jml_claim_read_person(&r, 0, a, &claim.values, &claim.people[0].person);
    jml_claim_read_aliases(&r, 0, 16, a, &claim.people[0].person);
    claim.people[0].person.external = jml_result_bool(&r, 0, 17);
    claim.now = jml_result_time(&r, 0, 14);
    const char *default_zone = jml_result_text(&r, 0, 15, a);
    jml_session_clear(s);
    name_people(&names, a, &claim);
    for (size_t t = 0; t < N_TABLES; t++) {
        if (jml_session_query(s, tables[t].statement, params, parameters(t, &names, params), &r, e) < 0)
            return -1;
        tables[t].read(&r, a, &claim);
        jml_session_clear(s);
    }
    *ret_claim = claim;
    *ret_default_zone = default_zone;
    return 0;
}

static void read_queue(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim)
{
    for (size_t i = 0, n = jml_result_rows(r); i < n; i++) {
        struct jml_queue_row q = {(int)jml_result_int(r, i, 1), jml_result_int(r, i, 2)};
        jml_vec_push(a, &snapshot_of(r, i, claim)->queue, q);
        claim->decides = claim->decides || jml_result_bool(r, i, 3);
        claim->delivers = claim->delivers || jml_result_bool(r, i, 4);
    }
}

/* The id by which a row was found. */
static const char *name_of(const struct jml_result *r, size_t row, const struct jml_claim *claim)
{
    size_t n = (size_t)jml_result_int(r, row, 0) - 1;
    if (n < claim->n)
        return claim->people[n].person.employee_id;
    size_t owner = claim->owners[n - claim->n], first = n - claim->n;
    while (first > 0 && claim->owners[first - 1] == owner)
        first--;
    return claim->people[owner].person.aliases.items[n - claim->n - first];
}

static int compare_events(const void *x, const void *y)
{
    const struct jml_event *a = *(struct jml_event *const *)x, *b = *(struct jml_event *const *)y;
    return (a->id > b->id) - (a->id < b->id);
}

static void read_events(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim)
{
    for (size_t i = 0, n = jml_result_rows(r); i < n; i++) {
        struct jml_snapshot *s = snapshot_of(r, i, claim);
        struct jml_event *e = jml_new(a, struct jml_event);
        e->id = jml_result_int(r, i, 1);
        e->employee_id = name_of(r, i, claim);
        e->source = jml_result_text(r, i, 2, a);
        e->source_ref = jml_result_text(r, i, 3, a);
        e->employment = jml_result_text(r, i, 4, a);
        e->supersedes = jml_result_text(r, i, 5, a);
        e->kind = (enum jml_event_kind)jml_event_kind_find(jml_result_text(r, i, 6, a));
        e->effective_at = jml_result_time(r, i, 7);
        e->effective_on = jml_result_date(r, i, 8);
        e->sequence = jml_result_int(r, i, 9);
        e->attributes = jml_row_value(r, i, 10, a, &claim->values);
        e->default_zone = jml_result_text(r, i, 11, a);
        e->state = (enum jml_event_state)jml_row_state(r, i, 12, JML_MACHINE_EVENT);
        e->moved = e->state != JML_EVENT_PENDING || jml_result_bool(r, i, 13);
        e->received_at = jml_result_time(r, i, 14);
        e->error = jml_result_text(r, i, 15, a);
        e->instant = JML_TIME_NONE;
        if (e->state == JML_EVENT_PENDING) {
            struct jml_queue_row q = {e->kind == JML_LEAVER || e->kind == JML_RESCIND ? 0 : 1,
                                      e->id};
            jml_vec_push(a, &s->queue, q);
        }
        jml_vec_push(a, &s->events, e);
    }
    for (size_t i = 0; i < claim->n; i++) {
        struct jml_snapshot *s = &claim->people[i];
        if (s->person.aliases.n > 0 && s->events.n > 1)
            qsort(s->events.items, s->events.n, sizeof(s->events.items[0]), compare_events);
    }
}

static void read_runs(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim)
{
    for (size_t i = 0, n = jml_result_rows(r); i < n; i++) {
        struct jml_run *run = jml_new(a, struct jml_run);
        run->id = jml_result_uuid(r, i, 1);
        run->workflow_id = jml_result_uuid(r, i, 2);
        run->version = (int)jml_result_int(r, i, 3);
        run->event_id = jml_result_int(r, i, 4);
        run->trigger_key = jml_result_text(r, i, 5, a);
        run->state = (enum jml_run_state)jml_row_state(r, i, 6, JML_MACHINE_RUN);
        run->anchor_at = jml_result_time(r, i, 7);
        run->due_at = jml_result_time(r, i, 8);
        run->known_at = jml_result_time(r, i, 9);
        run->employment = jml_result_text(r, i, 10, a);
        run->effects = jml_row_value(r, i, 11, a, &claim->values);
        run->cancel_cause = jml_result_text(r, i, 12, a);
        run->actor = jml_result_text(r, i, 13, a);
        run->created_at = jml_result_time(r, i, 14);
        run->started_at = jml_result_time(r, i, 15);
        run->completed_at = jml_result_time(r, i, 16);
        run->reason = jml_result_text(r, i, 17, a);
        run->fact = jml_result_text(r, i, 18, a);
        run->withdrawn_at = jml_result_time(r, i, 19);
        jml_vec_push(a, &snapshot_of(r, i, claim)->runs, run);
    }
}

static void read_tasks(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim)
{
    for (size_t i = 0, n = jml_result_rows(r); i < n; i++) {
        struct jml_snapshot *s = snapshot_of(r, i, claim);
        struct jml_id run_id = jml_result_uuid(r, i, 1);
        struct jml_task_run *t = jml_new(a, struct jml_task_run);
        t->position = (int)jml_result_int(r, i, 2);
        t->definition_id = jml_result_uuid(r, i, 3);
        t->display_name = jml_result_text(r, i, 4, a);
        t->state = (enum jml_task_state)jml_row_state(r, i, 5, JML_MACHINE_TASK);
        t->error = jml_result_text(r, i, 6, a);
        t->warning = jml_result_text(r, i, 7, a);
        t->started_at = jml_result_time(r, i, 8);
        t->completed_at = jml_result_time(r, i, 9);
        for (size_t k = 0; k < s->runs.n; k++)
            if (jml_id_equal(s->runs.items[k]->id, run_id))
                jml_vec_push(a, &s->runs.items[k]->tasks, t);
    }
}

static bool has_request(const struct jml_snapshot *s, struct jml_id id)
{
    for (size_t i = 0; i < s->requests.n; i++)
        if (jml_id_equal(s->requests.items[i]->id, id))
            return true;
    return false;
}

static void read_requests(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim)
{
    for (size_t i = 0, n = jml_result_rows(r); i < n; i++) {
        struct jml_snapshot *s = snapshot_of(r, i, claim);
        if (s->person.aliases.n > 0 && has_request(s, jml_result_uuid(r, i, 1)))
            continue; /* by the person, and by one of the ids */
        struct jml_request *q = jml_new(a, struct jml_request);
        q->id = jml_result_uuid(r, i, 1);
        q->type = jml_request_type_find(jml_result_text(r, i, 2, a));
        q->state = (enum jml_request_state)jml_row_state(r, i, 3, JML_MACHINE_REQUEST);
        q->moved = jml_result_bool(r, i, 4);
        q->status = jml_result_text(r, i, 5, a);
        q->package_id = jml_result_uuid(r, i, 6);
        q->policy_id = jml_result_uuid(r, i, 7);
        q->assignment_id = jml_result_uuid(r, i, 8);
        q->run_id = jml_result_uuid(r, i, 9);
        q->requestor = jml_result_text(r, i, 10, a);
        q->justification = jml_result_text(r, i, 11, a);
        q->employment = jml_result_text(r, i, 12, a);
        q->starts_at = jml_result_time(r, i, 13);
        q->ends_at = jml_result_time(r, i, 14);
        q->created_at = jml_result_time(r, i, 15);
        q->due_at = jml_result_time(r, i, 16);
        q->error = jml_result_text(r, i, 17, a);
        q->actor = jml_result_text(r, i, 18, a);
        q->target_email = jml_result_text(r, i, 19, a);
        q->target_name = jml_result_text(r, i, 20, a);
        q->answers = jml_row_value(r, i, 21, a, &claim->values);
        q->completed_at = jml_result_time(r, i, 22);
        q->stage = (int)jml_result_int(r, i, 23);
        q->stage_at = jml_result_time(r, i, 24);
        q->remind_at = jml_result_time(r, i, 25);
        q->escalate_at = jml_result_time(r, i, 26);
        q->deny_at = jml_result_time(r, i, 27);
        q->escalated = jml_result_bool(r, i, 28);
        q->told = jml_result_bool(r, i, 29);
        q->target_id = s->person.id;
        q->effective_at = jml_result_time(r, i, 30);
        q->effective_until = jml_result_time(r, i, 31);
        jml_vec_push(a, &s->requests, q);
        /* who asked for what is being delivered is told in the end */
        bool tells = q->state == JML_REQUEST_DELIVERING && q->type <= JML_USER_REMOVE;
        claim->decides = claim->decides || q->state == JML_REQUEST_SUBMITTED || q->stage > 0 || tells;
    }
}

static void read_decided(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim)
{
    for (size_t i = 0, n = jml_result_rows(r); i < n; i++) {
        struct jml_snapshot *s = snapshot_of(r, i, claim);
        struct jml_request *q = jml_new(a, struct jml_request);
        q->id = jml_result_uuid(r, i, 1);
        q->type = jml_request_type_find(jml_result_text(r, i, 2, a));
        q->state = (enum jml_request_state)jml_row_state(r, i, 3, JML_MACHINE_REQUEST);
        q->moved = true;
        q->package_id = jml_result_uuid(r, i, 4);
        q->policy_id = jml_result_uuid(r, i, 5);
        q->assignment_id = jml_result_uuid(r, i, 6);
        q->target_id = s->person.id;
        q->requestor = jml_result_text(r, i, 7, a);
        q->employment = jml_result_text(r, i, 8, a);
        q->ends_at = jml_result_time(r, i, 9);
        q->created_at = jml_result_time(r, i, 10);
        q->effective_at = jml_result_time(r, i, 11);
        q->effective_until = jml_result_time(r, i, 12);
        q->run_id = jml_result_uuid(r, i, 13);
        q->starts_at = q->completed_at = q->due_at = q->stage_at = JML_TIME_NONE;
        q->remind_at = q->escalate_at = q->deny_at = JML_TIME_NONE;
        jml_vec_push(a, &s->decided, q);
    }
}

static struct jml_assignment *read_assignment(const struct jml_result *r, size_t i, struct jml_arena *a,
                                              struct jml_claim *claim)
{
    struct jml_assignment *as = jml_new(a, struct jml_assignment);
    as->id = jml_result_uuid(r, i, 1);
    as->package_id = jml_result_uuid(r, i, 2);
    as->policy_id = jml_result_uuid(r, i, 3);
    as->request_id = jml_result_uuid(r, i, 4);
    as->run_id = jml_result_uuid(r, i, 5);
    as->state = (enum jml_assignment_state)jml_row_state(r, i, 6, JML_MACHINE_ASSIGNMENT);
    as->status = jml_result_text(r, i, 7, a);
    as->starts_at = jml_result_time(r, i, 8);
    as->ends_at = jml_result_time(r, i, 9);
    as->expired_at = jml_result_time(r, i, 10);
    as->revoked_at = jml_result_time(r, i, 11);
    as->created_at = jml_result_time(r, i, 12);
    as->end_reason = jml_result_text(r, i, 13, a);
    as->employment = jml_result_text(r, i, 14, a);
    as->ends_by = jml_result_text(r, i, 15, a);
    as->ends_set_at = jml_result_time(r, i, 16);
    as->notice_14_at = jml_result_time(r, i, 17);
    as->notice_1_at = jml_result_time(r, i, 18);
    as->roles = jml_row_value(r, i, 19, a, &claim->values);
    as->answers = jml_row_value(r, i, 20, a, &claim->values);
    as->target_id = snapshot_of(r, i, claim)->person.id;
    return as;
}

static void read_assignments(const struct jml_result *r, struct jml_arena *a,
                             struct jml_claim *claim)
{
    for (size_t i = 0, n = jml_result_rows(r); i < n; i++)
        jml_vec_push(a, &snapshot_of(r, i, claim)->assignments, read_assignment(r, i, a, claim));
}

static void read_revoking(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim)
{
    for (size_t i = 0, n = jml_result_rows(r); i < n; i++)
        jml_vec_push(a, &snapshot_of(r, i, claim)->revoking, read_assignment(r, i, a, claim));
}

static void read_deliveries(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim)
{
    for (size_t i = 0; i < claim->n; i++)
        claim->people[i].has_deliveries = true;
    for (size_t i = 0, n = jml_result_rows(r); i < n; i++) {
        struct jml_delivery *d = jml_new(a, struct jml_delivery);
        int action = jml_action_find(jml_result_text(r, i, 4, a));
        if (action < 0)
            jml_bug("a delivery has an action that is not known");
        d->id = jml_result_uuid(r, i, 1);
        d->assignment_id = jml_result_uuid(r, i, 2);
        d->role_id = jml_result_uuid(r, i, 3);
        d->action = (enum jml_action)action;
        d->target = jml_result_text(r, i, 5, a);
        d->seq = jml_result_int(r, i, 6);
        d->state = (enum jml_delivery_state)jml_row_state(r, i, 7, JML_MACHINE_DELIVERY);
        d->attempts = (int)jml_result_int(r, i, 8);
        d->due_at = jml_result_time(r, i, 9);
        d->confirmed_at = jml_result_time(r, i, 10);
        d->error = jml_result_text(r, i, 11, a);
        d->run_id = jml_result_uuid(r, i, 12);
        d->position = (int)jml_result_int(r, i, 13);
        d->arguments = jml_row_value(r, i, 14, a, &claim->values);
        jml_vec_push(a, &snapshot_of(r, i, claim)->deliveries, d);
    }
}

/* What came while the person was held is looked at after that. */
static bool looks_at_deliveries(const char *command)
{
    return jml_streq(command, "assignment_reprocess") || jml_streq(command, "request_reprocess") ||
           jml_streq(command, "person_release");
}

static void read_commands(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim)
{
    for (size_t i = 0, n = jml_result_rows(r); i < n; i++) {
        struct jml_command *m = jml_new(a, struct jml_command);
        m->id = jml_result_uuid(r, i, 1);
        m->kind = jml_result_text(r, i, 2, a);
        m->object_id = jml_result_text(r, i, 3, a);
        m->arguments = jml_row_value(r, i, 4, a, &claim->values);
        m->actor = jml_result_text(r, i, 5, a);
        m->created_at = jml_result_time(r, i, 6);
        m->state = JML_COMMAND_PENDING;
        claim->delivers = claim->delivers || looks_at_deliveries(m->kind);
        jml_vec_push(a, &snapshot_of(r, i, claim)->commands, m);
    }
}

/* Few, and any person may name any of them: every snapshot gets the same list. */
static void read_managers(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim)
{
    size_t n = jml_result_rows(r);
    if (n == 0)
        return;
    struct jml_manager **all = jml_new_n(a, struct jml_manager *, n);
    for (size_t i = 0; i < n; i++) {
        all[i] = jml_new(a, struct jml_manager);
        all[i]->employee_id = jml_result_text(r, i, 0, a);
        all[i]->display_name = jml_result_text(r, i, 1, a);
        all[i]->mail = jml_result_text(r, i, 2, a);
    }
    for (size_t i = 0; i < claim->n; i++) {
        claim->people[i].managers.items = all;
        claim->people[i].managers.n = claim->people[i].managers.cap = n;
    }
}

static bool has_approval(const struct jml_snapshot *s, struct jml_id id)
{
    for (size_t i = 0; i < s->approvals.n; i++)
        if (jml_id_equal(s->approvals.items[i]->id, id))
            return true;
    return false;
}

static void read_approvals(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim)
{
    for (size_t i = 0, n = jml_result_rows(r); i < n; i++) {
        struct jml_snapshot *s = snapshot_of(r, i, claim);
        if (has_approval(s, jml_result_uuid(r, i, 1)))
            continue; /* by several ids of a person */
        struct jml_approval *v = jml_new(a, struct jml_approval);
        v->id = jml_result_uuid(r, i, 1);
        v->request_id = jml_result_uuid(r, i, 2);
        v->stage = (int)jml_result_int(r, i, 3);
        v->approver = jml_result_text(r, i, 4, a);
        v->actor = jml_result_text(r, i, 5, a);
        v->approves = jml_result_bool(r, i, 6);
        v->justification = jml_result_text(r, i, 7, a);
        v->state = (enum jml_approval_state)jml_row_state(r, i, 8, JML_MACHINE_APPROVAL);
        v->error = jml_result_text(r, i, 9, a);
        v->decided_at = jml_result_time(r, i, 10);
        v->created_at = jml_result_time(r, i, 11);
        jml_vec_push(a, &s->approvals, v);
    }
}

/* Any person may depend on any of them: every snapshot gets the same list, in the order of the names. */
static void read_parties(const struct jml_result *r, struct jml_arena *a, struct jml_claim *claim)
{
    size_t n = jml_result_rows(r);
    if (n == 0)
        return;
    struct jml_party **all = jml_new_n(a, struct jml_party *, n);
    for (size_t i = 0; i < n; i++) {
        all[i] = jml_new(a, struct jml_party);
        all[i]->employee_id = jml_result_text(r, i, 0, a);
        all[i]->display_name = jml_result_text(r, i, 1, a);
        all[i]->mail = jml_result_text(r, i, 2, a);
        all[i]->manager = jml_result_text(r, i, 3, a);
        all[i]->state = (enum jml_person_state)jml_row_state(r, i, 4, JML_MACHINE_PERSON);
        all[i]->external = jml_result_bool(r, i, 5);
        all[i]->attributes = jml_row_value(r, i, 6, a, &claim->values);
        all[i]->name = jml_result_text(r, i, 7, a);
    }
    for (size_t i = 0; i < claim->n; i++) {
        claim->people[i].parties.items = all;
        claim->people[i].parties.n = claim->people[i].parties.cap = n;
    }
}

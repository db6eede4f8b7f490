/* SPDX-License-Identifier: MIT
 *
 * Rows into columns: every statement takes one array a column, in the order of its query file.
 */
#include "db/write.h"

#include "db/row.h"

#define COLUMNS_MAX 28

/* The arrays of one statement. */
struct columns {
    const char *statement;
    struct jml_array_param column[COLUMNS_MAX];
    size_t n, rows;
};

#define TEXT JML_ARRAY_TEXT
#define UUID JML_ARRAY_UUID
#define TIME JML_ARRAY_TIME
#define INT2 JML_ARRAY_INT2
#define INT4 JML_ARRAY_INT4
#define INT8 JML_ARRAY_INT8
#define JSON JML_ARRAY_JSONB
#define BOOL JML_ARRAY_BOOL

static void columns_init(struct columns *c, struct jml_arena *a, const char *statement,
                         const enum jml_array_type *types, size_t n)
{
    c->statement = statement;
    c->n = n;
    c->rows = 0;
    for (size_t i = 0; i < n; i++)
        jml_array_init(&c->column[i], a, types[i]);
}
#define INIT(c, statement, ...)                                                          \
    columns_init((c), w->arena, (statement), (const enum jml_array_type[]){__VA_ARGS__}, \
                 sizeof((const enum jml_array_type[]){__VA_ARGS__}) / sizeof(enum jml_array_type))

/* Values of a row, in the order of the columns. */
struct cursor {
    struct columns *c;
    size_t at;
};

static struct cursor next_row(struct columns *c)
{
    c->rows++;
    return (struct cursor){c, 0};
}
static void text(struct cursor *k, const char *s)
{
    jml_array_add_text(&k->c->column[k->at++], s);
}
static void uuid(struct cursor *k, struct jml_id id)
{
    jml_array_add_uuid(&k->c->column[k->at++], id);
}
static void when(struct cursor *k, jml_time t)
{
    jml_array_add_time(&k->c->column[k->at++], t);
}
static void json(struct cursor *k, const struct jml_value *v)
{
    text(k, v ? jml_value_text(k->c->column[k->at].arena, v) : NULL);
}
static void number(struct cursor *k, int64_t n)
{
    jml_array_add_int(&k->c->column[k->at++], n);
}
static void flag(struct cursor *k, bool b)
{
    jml_array_add_bool(&k->c->column[k->at++], b);
}
static void number_or_null(struct cursor *k, int64_t n)
{
    if (n)
        number(k, n);
    else
        jml_array_add_null(&k->c->column[k->at++]);
}

struct writer {
    struct jml_arena *arena;
    jml_time now;
    struct columns person, renamed, event, queue, run_new, run, task_new, task, request_new, request,
        approval,
        assignment_new, assignment, delivery, notification, command, audit;
};

static void init_all(struct writer *w);
static void write_person(struct writer *w, const struct jml_snapshot *s);
static void write_runs(struct writer *w, const struct jml_snapshot *s);
static void write_requests(struct writer *w, const struct jml_snapshot *s);
static void write_assignments(struct writer *w, const struct jml_snapshot *s);
static void write_others(struct writer *w, const struct jml_snapshot *s);
static void write_audit(struct writer *w, const struct jml_snapshot *s);
static size_t send_all(struct writer *w, struct jml_conn *c);

/* After the people, whose states it looks at. Few leave at a time. */
static void write_gifts(struct jml_conn *c, struct jml_arena *a, const struct jml_snapshot *people,
                        size_t n, jml_time now)
{
    struct jml_array_param ids;
    bool any = false;

    jml_array_init(&ids, a, JML_ARRAY_UUID);
    for (size_t i = 0; i < n; i++)
        if (people[i].person.crossed) {
            jml_array_add_uuid(&ids, people[i].person.id);
            any = true;
        }
    if (any)
        jml_conn_add(c, "people_gifts",
                     (struct jml_param[]){jml_array_param(&ids), jml_param_time(a, now)}, 2);
    jml_arena_reset(a);
}

size_t jml_write_people(struct jml_conn *c, struct jml_arena *a, const struct jml_snapshot *people,
                        size_t n, jml_time now)
{
    /* Table after table, so that the columns of only one stand in memory at a time: what was added
     * to the connection is in its send buffer. */
    static void (*const tables[])(struct writer * w, const struct jml_snapshot *s) = {
        write_person, write_runs, write_requests, write_assignments, write_others, write_audit,
    };
    struct writer w = {.arena = a, .now = now};
    size_t rows = 0;

    for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
        init_all(&w);
        for (size_t i = 0; i < n; i++)
            tables[t](&w, &people[i]);
        rows += send_all(&w, c);
        jml_arena_reset(a);
    }
    write_gifts(c, a, people, n, now);
    return rows;
}

void jml_write_end(struct jml_conn *c, struct jml_arena *a, int rollout)
{
    if (rollout) {
        struct jml_param people = jml_param_int4(a, rollout);
        jml_conn_add(c, "rollout_walk", &people, 1);
    }
    jml_conn_add_commit(c);
}

/* The statements that have rows, in the order in which the tables depend on each other. */
static size_t send_all(struct writer *w, struct jml_conn *c)
{
    struct columns *const all[] = {
        &w->person,   &w->renamed, &w->event,        &w->run_new, &w->run,        &w->task_new,
        &w->task,     &w->request_new,  &w->request, &w->approval, &w->assignment, &w->assignment_new,
        &w->delivery, &w->notification, &w->command, &w->audit,      &w->queue,
    };
    size_t rows = 0;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (!all[i]->rows)
            continue;
        struct jml_param params[COLUMNS_MAX];
        for (size_t k = 0; k < all[i]->n; k++)
            params[k] = jml_array_param(&all[i]->column[k]);
        jml_conn_add(c, all[i]->statement, params, all[i]->n);
        rows += all[i]->rows;
    }
    return rows;
}

static void init_all(struct writer *w)
{
    INIT(&w->person, "person_write", UUID, TEXT, JSON, JSON, TEXT, TIME, TIME, TIME, TIME, TIME,
         TEXT, TIME, TEXT);
    INIT(&w->renamed, "person_rename", UUID, TEXT, TEXT);
    INIT(&w->event, "event_write", INT8, TEXT, TEXT, TIME);
    INIT(&w->queue, "queue_delete", INT2, INT8);
    INIT(&w->run_new, "run_insert", UUID, UUID, INT4, UUID, INT8, TEXT, TEXT, TIME, TIME, TIME,
         TEXT, JSON, TEXT, TEXT, TIME, TIME, TIME, TEXT, TEXT, TIME);
    INIT(&w->run, "run_update", UUID, INT4, TEXT, TIME, TIME, JSON, TEXT, TIME, TIME, TEXT, TIME);
    INIT(&w->task_new, "task_insert", UUID, INT4, UUID, TEXT, TEXT, TEXT, TEXT, TIME, TIME);
    INIT(&w->task, "task_update", UUID, INT4, TEXT, TEXT, TEXT, TIME, TIME);
    INIT(&w->request_new, "request_insert", UUID, TEXT, TEXT, TEXT, UUID, UUID, UUID, UUID, TEXT,
         TEXT, TEXT, TIME, TIME, UUID, TEXT, TIME, TIME, TIME, TEXT, TIME, TIME, INT4, TIME, TIME, TIME,
         TIME, BOOL);
    INIT(&w->request, "request_update", UUID, TEXT, TEXT, UUID, UUID, UUID, UUID, TIME, TIME, TIME,
         TIME, TEXT, TIME, TIME, INT4, TIME, TIME, TIME, TIME, BOOL, BOOL);
    INIT(&w->approval, "approval_update", UUID, TEXT, TEXT, INT4);
    INIT(&w->assignment_new, "assignment_insert", UUID, UUID, UUID, UUID, TEXT, TEXT, TIME, TIME,
         TIME, TEXT, TIME, TEXT, TEXT, TIME, TIME, TIME, TIME, TIME, UUID, UUID, JSON, JSON);
    INIT(&w->assignment, "assignment_update", UUID, TEXT, TEXT, TIME, TIME, TIME, TEXT, TIME, TEXT,
         TIME, TIME, TIME, TIME, JSON, JSON);
    INIT(&w->delivery, "delivery_insert", UUID, UUID, UUID, UUID, TEXT, TEXT, TIME, TIME, TIME, TEXT, UUID,
         INT4, JSON);
    INIT(&w->notification, "notification_insert", UUID, TEXT, UUID, UUID, UUID, UUID, TEXT, TEXT,
         TEXT, TEXT, TEXT, TIME, TIME, TEXT, TEXT, TEXT, TEXT, JSON);
    INIT(&w->command, "command_write", UUID, TEXT, TEXT, TIME);
    INIT(&w->audit, "audit_insert", TIME, TEXT, TEXT, TEXT, UUID, TEXT, INT4, TEXT, TEXT, TEXT,
         JSON, INT8, UUID, UUID);
}

static void write_person(struct writer *w, const struct jml_snapshot *s)
{
    const struct jml_person *p = &s->person;
    if (p->mark != JML_CLEAN) {
        struct cursor k = next_row(&w->person);
        uuid(&k, p->id);
        text(&k, jml_state_name(JML_MACHINE_PERSON, p->state));
        text(&k, jml_value_text(w->arena, p->attributes));
        text(&k, p->employments ? jml_value_text(w->arena, p->employments) : p->employments_text);
        text(&k, p->zone);
        when(&k, p->hired_at);
        when(&k, p->leaves_at);
        when(&k, p->due_at);
        when(&k, p->removal_at);
        when(&k, p->held_at);
        text(&k, p->held_reason);
        when(&k, p->moved ? w->now : JML_TIME_NONE);
        text(&k, p->external ? "external" : "employee");
    }
    if (p->former_id) {
        struct cursor k = next_row(&w->renamed);
        uuid(&k, p->id);
        text(&k, p->employee_id);
        text(&k, p->former_id);
    }
    for (size_t i = 0; i < s->events.n; i++) {
        const struct jml_event *e = s->events.items[i];
        if (e->mark == JML_CLEAN)
            continue;
        bool over = e->state != JML_EVENT_PENDING && e->state != JML_EVENT_HELD;
        struct cursor k = next_row(&w->event);
        number(&k, e->id);
        text(&k, jml_state_name(JML_MACHINE_EVENT, e->state));
        text(&k, e->error);
        when(&k, over ? w->now : JML_TIME_NONE);
    }
    for (size_t i = 0; i < s->queue.n; i++) {
        struct cursor k = next_row(&w->queue);
        number(&k, s->queue.items[i].class);
        number(&k, s->queue.items[i].id);
    }
}

static void write_tasks(struct writer *w, const struct jml_run *run)
{
    for (size_t i = 0; i < run->tasks.n; i++) {
        const struct jml_task_run *t = run->tasks.items[i];
        if (t->mark == JML_CLEAN)
            continue;
        bool is_new = t->mark == JML_CREATED;
        struct cursor k = next_row(is_new ? &w->task_new : &w->task);
        uuid(&k, run->id);
        number(&k, t->position);
        if (is_new) {
            uuid(&k, t->definition_id);
            text(&k, t->display_name);
        }
        text(&k, jml_state_name(JML_MACHINE_TASK, t->state));
        text(&k, t->error);
        text(&k, t->warning);
        when(&k, t->started_at);
        when(&k, t->completed_at);
    }
}

static void write_runs(struct writer *w, const struct jml_snapshot *s)
{
    for (size_t i = 0; i < s->runs.n; i++) {
        const struct jml_run *run = s->runs.items[i];
        write_tasks(w, run);
        if (run->mark == JML_CLEAN)
            continue;
        const char *effects = run->effects ? jml_value_text(w->arena, run->effects) : "[]";
        bool is_new = run->mark == JML_CREATED;
        struct cursor k = next_row(is_new ? &w->run_new : &w->run);
        uuid(&k, run->id);
        if (is_new)
            uuid(&k, run->workflow_id);
        number(&k, run->version);
        if (is_new) {
            uuid(&k, s->person.id);
            number_or_null(&k, run->event_id);
            text(&k, run->trigger_key);
        }
        text(&k, jml_state_name(JML_MACHINE_RUN, run->state));
        if (is_new)
            when(&k, run->anchor_at);
        when(&k, run->due_at);
        when(&k, run->known_at);
        if (is_new)
            text(&k, run->employment);
        text(&k, effects);
        text(&k, run->cancel_cause);
        if (is_new) {
            text(&k, run->actor);
            when(&k, run->created_at);
        }
        when(&k, run->started_at);
        when(&k, run->completed_at);
        text(&k, run->reason);
        if (is_new)
            text(&k, run->fact);
        when(&k, run->withdrawn_at);
    }
}

static void write_requests(struct writer *w, const struct jml_snapshot *s)
{
    for (size_t i = 0; i < s->requests.n; i++) {
        const struct jml_request *r = s->requests.items[i];
        if (r->mark == JML_CLEAN)
            continue;
        bool is_new = r->mark == JML_CREATED;
        struct cursor k = next_row(is_new ? &w->request_new : &w->request);
        uuid(&k, r->id);
        if (is_new)
            text(&k, jml_request_type_name(r->type));
        text(&k, jml_state_name(JML_MACHINE_REQUEST, r->state));
        text(&k, r->status);
        uuid(&k, r->package_id);
        uuid(&k, r->policy_id);
        uuid(&k, r->assignment_id);
        uuid(&k, s->person.id);
        if (is_new) {
            text(&k, s->person.employee_id);
            text(&k, r->requestor);
            text(&k, r->justification);
        }
        when(&k, r->starts_at);
        when(&k, r->ends_at);
        if (is_new) {
            uuid(&k, r->run_id);
            text(&k, r->employment);
            when(&k, r->created_at);
        }
        when(&k, r->completed_at);
        when(&k, r->due_at);
        text(&k, r->error);
        when(&k, r->effective_at);
        when(&k, r->effective_until);
        number(&k, r->stage);
        when(&k, r->stage_at);
        when(&k, r->remind_at);
        when(&k, r->escalate_at);
        when(&k, r->deny_at);
        if (!is_new)
            flag(&k, r->escalated);
        flag(&k, r->told);
    }
    for (size_t i = 0; i < s->approvals.n; i++) {
        const struct jml_approval *v = s->approvals.items[i];
        if (v->mark == JML_CLEAN)
            continue;
        struct cursor k = next_row(&w->approval);
        uuid(&k, v->id);
        text(&k, jml_state_name(JML_MACHINE_APPROVAL, v->state));
        text(&k, v->error);
        number(&k, v->stage);
    }
}

static void write_assignments(struct writer *w, const struct jml_snapshot *s)
{
    for (size_t i = 0; i < s->assignments.n + s->revoking.n; i++) {
        const struct jml_assignment *as = i < s->assignments.n ? s->assignments.items[i]
                                                               : s->revoking.items[i - s->assignments.n];
        if (as->mark == JML_CLEAN)
            continue;
        bool is_new = as->mark == JML_CREATED;
        struct cursor k = next_row(is_new ? &w->assignment_new : &w->assignment);
        uuid(&k, as->id);
        if (is_new) {
            uuid(&k, as->package_id);
            uuid(&k, as->policy_id);
            uuid(&k, as->target_id);
        }
        text(&k, jml_state_name(JML_MACHINE_ASSIGNMENT, as->state));
        text(&k, as->status);
        when(&k, as->starts_at);
        when(&k, as->ends_at);
        when(&k, as->expired_at);
        text(&k, as->end_reason);
        when(&k, as->revoked_at);
        if (is_new)
            text(&k, as->employment);
        text(&k, as->ends_by);
        when(&k, as->ends_set_at);
        when(&k, as->notice_14_at);
        when(&k, as->notice_1_at);
        if (is_new)
            when(&k, as->created_at);
        when(&k, w->now);
        if (is_new) {
            uuid(&k, as->request_id);
            uuid(&k, as->run_id);
        }
        json(&k, as->roles);
        json(&k, as->answers);
    }
}

static void write_others(struct writer *w, const struct jml_snapshot *s)
{
    for (size_t i = 0; i < s->deliveries.n; i++) {
        const struct jml_delivery *d = s->deliveries.items[i];
        if (d->mark != JML_CREATED)
            continue;
        struct cursor k = next_row(&w->delivery);
        uuid(&k, d->id);
        uuid(&k, d->assignment_id);
        uuid(&k, s->person.id);
        uuid(&k, d->role_id);
        text(&k, jml_action_name(d->action));
        text(&k, jml_state_name(JML_MACHINE_DELIVERY, d->state));
        when(&k, d->due_at);
        when(&k, d->confirmed_at);
        when(&k, w->now);
        text(&k, d->target);
        uuid(&k, d->run_id);
        number_or_null(&k, d->position);
        json(&k, d->arguments);
    }
    for (size_t i = 0; i < s->notifications.n; i++) {
        const struct jml_notification *n = s->notifications.items[i];
        struct cursor k = next_row(&w->notification);
        uuid(&k, n->id);
        text(&k, n->kind);
        uuid(&k, s->person.id);
        uuid(&k, n->assignment_id);
        uuid(&k, n->request_id);
        uuid(&k, n->run_id);
        text(&k, n->recipient);
        text(&k, n->cc);
        text(&k, n->subject);
        text(&k, n->body);
        text(&k, jml_state_name(JML_MACHINE_NOTIFICATION, n->state));
        when(&k, n->due_at);
        when(&k, w->now);
        text(&k, n->error);
        text(&k, n->dedup_key);
        text(&k, n->recipient_id);
        text(&k, n->locale);
        text(&k, n->parameters);
    }
    for (size_t i = 0; i < s->commands.n; i++) {
        const struct jml_command *m = s->commands.items[i];
        if (m->mark == JML_CLEAN)
            continue;
        struct cursor k = next_row(&w->command);
        uuid(&k, m->id);
        text(&k, jml_state_name(JML_MACHINE_COMMAND, m->state));
        text(&k, m->error);
        when(&k, w->now);
    }
}

static void write_audit(struct writer *w, const struct jml_snapshot *s)
{
    for (size_t i = 0; i < s->audit.n; i++) {
        const struct jml_audit *row = s->audit.items[i];
        struct cursor k = next_row(&w->audit);
        when(&k, w->now);
        text(&k, row->actor);
        text(&k, jml_machine_name(row->object_type));
        text(&k, row->object_id);
        uuid(&k, s->person.id);
        text(&k, s->person.employee_id);
        number(&k, row->rule);
        text(&k, jml_state_name(row->object_type, row->from));
        text(&k, jml_state_name(row->object_type, row->to));
        text(&k, row->reason);
        text(&k, row->detail);
        number_or_null(&k, row->event_id);
        uuid(&k, row->run_id);
        uuid(&k, row->request_id);
    }
}

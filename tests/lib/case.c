/* SPDX-License-Identifier: MIT
 *
 * The case: rows as the database would hold them, the clock, and what is printed of them.
 */
#include "lib/case.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test_case the_case;

#define A (&the_case.arena)
#define S (&the_case.s)

static void begin_person(void)
{
    S->person = (struct jml_person){.id = jml_id_next(&the_case.ids, the_case.world.now),
                                    .employee_id = "E1",
                                    .state = JML_PERSON_UNKNOWN,
                                    .attributes = jml_value_object(),
                                    .employments = jml_value_array(),
                                    .hired_at = JML_TIME_NONE,
                                    .leaves_at = JML_TIME_NONE,
                                    .due_at = JML_TIME_NONE,
                                    .removal_at = JML_TIME_NONE,
                                    .held_at = JML_TIME_NONE,
                                    .created_at = the_case.world.now};
}

void case_begin(const char *at)
{
    case_end();
    jml_arena_init(A);
    jml_id_source_init(&the_case.ids, 7);
    the_case.world = (struct jml_world){.zones = jml_zones_new(NULL),
                                        .default_zone = "UTC",
                                        .catch_up = 3 * JML_DAY,
                                        .ids = &the_case.ids};
    case_clock(at);
    begin_person();
    case_apply("{}");
}

void case_begin_with(const struct jml_world *world)
{
    struct jml_arena arena = the_case.arena;
    jml_arena_reset(&arena);
    the_case = (struct test_case){.arena = arena, .world = *world};
    jml_id_source_init(&the_case.ids, 7);
    the_case.world.ids = &the_case.ids;
    begin_person();
}

struct jml_governance *case_take_governance(void)
{
    return the_case.revisions.items[--the_case.revisions.n];
}

void case_end(void)
{
    for (size_t i = 0; i < the_case.revisions.n; i++)
        jml_governance_free(the_case.revisions.items[i]);
    the_case.world.zones = jml_zones_free(the_case.world.zones);
    jml_arena_fini(A);
    the_case = (struct test_case){0};
}

/* ---- what happens ---- */

static void pin_versions(const struct jml_governance_rows *before,
                         struct jml_governance_rows *after);

static const char *json_text(const char *text)
{
    char *copy = jml_strdup(A, text);
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c == '`' ? '\'' : *c;
    return copy;
}

/* A configuration may have been there for a year: what apply says of policies that have ended since
 * is no problem of theirs. */
static void forgive_ends(struct jml_problems *problems)
{
    size_t n = 0;
    for (size_t i = 0; i < problems->n; i++)
        if (!jml_str_starts(problems->items[i].reason, "is in the past"))
            problems->items[n++] = problems->items[i];
    problems->n = n;
}

const char *case_try_apply(const char *documents)
{
    struct jml_problems problems = {.arena = A};
    struct jml_document_set set = {.arena = A};
    struct jml_governance_plan plan;
    struct jml_governance *g = NULL;
    struct jml_err e;
    const char *text = json_text(documents);
    jml_document_parse(&set, NULL, text, strlen(text), &problems);
    if (problems.n == 0)
        jml_governance_plan(A, &the_case.rows, &set, &the_case.ids, the_case.world.now, &problems,
                            &plan);
    forgive_ends(&problems);
    if (problems.n == 0)
        pin_versions(&the_case.rows, &plan.after);
    if (problems.n == 0 && jml_governance_build(&plan.after, &problems, &g, &e) == 0) {
        the_case.rows = plan.after;
        the_case.world.governance = g;
        jml_vec_push(A, &the_case.revisions, g);
        return "";
    }
    return problems.n ? jml_printf(A, "%s: %s", problems.items[0].path, problems.items[0].reason)
                      : jml_strdup(A, e.message);
}

/* What the database does: a version that a run may still go on with is kept beside the new one. */
static void pin_versions(const struct jml_governance_rows *before,
                         struct jml_governance_rows *after)
{
    for (size_t i = 0; i < before->workflows.n; i++) {
        const struct jml_workflow_row *old = &before->workflows.items[i];
        bool needed = false;
        for (size_t k = 0; k < S->runs.n; k++) {
            const struct jml_run *run = S->runs.items[k];
            needed |= jml_id_equal(run->workflow_id, old->id) && run->version == old->version &&
                      (run->state == JML_RUN_HELD || run->state == JML_RUN_FAILED ||
                       run->state == JML_RUN_IN_PROGRESS ||
                       run->state == JML_RUN_COMPLETED_WITH_ERRORS);
        }
        if (needed && after->workflows.items[i].version != old->version)
            jml_vec_push(A, &after->pinned,
                         ((struct jml_pinned_row){.workflow_id = old->id,
                                                  .version = old->version,
                                                  .document = old->document}));
    }
}

void case_apply(const char *documents)
{
    const char *problem = case_try_apply(documents);
    if (*problem)
        case_fail("the documents are wrong: %s", problem);
}

struct jml_event *case_event(enum jml_event_kind kind, const char *date, const char *attributes)
{
    struct jml_event *e = jml_new(A, struct jml_event);
    const struct jml_value *value = jml_value_object();
    struct jml_err error;
    if (attributes) {
        const char *text = json_text(attributes);
        if (jml_value_parse(A, text, strlen(text), 32, &value, &error) < 0)
            case_fail("attributes: %s", error.message);
    }
    the_case.last_event++;
    *e = (struct jml_event){.id = the_case.last_event,
                            .source = "sql",
                            .source_ref = jml_printf(A, "r%lld", (long long)the_case.last_event),
                            .employment = "main",
                            .kind = kind,
                            .effective_at = JML_TIME_NONE,
                            .attributes = value,
                            .default_zone = the_case.world.default_zone,
                            .state = JML_EVENT_PENDING,
                            .received_at = the_case.world.now,
                            .instant = JML_TIME_NONE};
    if (date && strlen(date) == 10) {
        if (!jml_date_parse(date, &e->effective_on))
            case_fail("no date: %s", date);
    } else if (date) {
        e->effective_at = case_time(date);
    }
    jml_vec_push(A, &S->events, e);
    return e;
}

static const struct jml_package *package_named(const char *name)
{
    const struct jml_governance *g = the_case.world.governance;
    for (size_t i = 0; i < g->n_packages; i++)
        if (jml_streq(g->packages[i]->display_name, name))
            return g->packages[i];
    case_fail("no package %s", name);
}

static struct jml_id new_id(void)
{
    return jml_id_next(&the_case.ids, the_case.world.now);
}

struct jml_request *case_request(enum jml_request_type type, const char *package,
                                 const char *policy)
{
    const struct jml_package *p = package_named(package);
    struct jml_request *r = jml_new(A, struct jml_request);
    *r = (struct jml_request){.id = new_id(),
                              .type = type,
                              .state = JML_REQUEST_SUBMITTED,
                              .package_id = p->id,
                              .target_id = S->person.id,
                              .requestor = type <= JML_USER_REMOVE ? S->person.employee_id : "admin",
                              .starts_at = JML_TIME_NONE,
                              .ends_at = JML_TIME_NONE,
                              .created_at = the_case.world.now,
                              .completed_at = JML_TIME_NONE,
                              .due_at = JML_TIME_NONE,
                              .stage_at = JML_TIME_NONE,
                              .remind_at = JML_TIME_NONE,
                              .escalate_at = JML_TIME_NONE,
                              .deny_at = JML_TIME_NONE,
                              .effective_at = JML_TIME_NONE,
                              .effective_until = JML_TIME_NONE};
    for (size_t i = 0; policy && i < p->n_policies; i++)
        if (jml_streq(p->policies[i]->display_name, policy))
            r->policy_id = p->policies[i]->id;
    jml_vec_push(A, &S->requests, r);
    jml_vec_push(A, &the_case.requests, r);
    return r;
}

struct jml_command *case_command(const char *kind, const char *object_id)
{
    struct jml_command *c = jml_new(A, struct jml_command);
    *c = (struct jml_command){.id = new_id(),
                              .kind = kind,
                              .object_id = object_id,
                              .arguments = jml_value_object(),
                              .actor = "operator",
                              .state = JML_COMMAND_PENDING,
                              .created_at = the_case.world.now};
    jml_vec_push(A, &S->commands, c);
    jml_vec_push(A, &the_case.commands, c);
    return c;
}

void case_manager(const char *employee_id, const char *name, const char *mail)
{
    struct jml_manager *m = jml_new(A, struct jml_manager);
    *m = (struct jml_manager){employee_id, name, mail};
    jml_vec_push(A, &S->managers, m);
}

struct jml_party *case_party(const char *employee_id, const char *manager)
{
    struct jml_party *p = jml_new(A, struct jml_party);
    *p = (struct jml_party){.name = employee_id,
                            .employee_id = employee_id,
                            .mail = jml_printf(A, "%s@example.com", employee_id),
                            .manager = manager,
                            .state = JML_PERSON_ACTIVE,
                            .attributes = jml_value_object()};
    jml_vec_push(A, &S->parties, p);
    for (size_t i = S->parties.n - 1; /* in the order of their ids */
         i > 0 && strcmp(S->parties.items[i - 1]->name, employee_id) > 0; i--) {
        S->parties.items[i] = S->parties.items[i - 1];
        S->parties.items[i - 1] = p;
    }
    return p;
}

struct jml_request *case_newest(void)
{
    return the_case.requests.n ? the_case.requests.items[the_case.requests.n - 1] : NULL;
}

struct jml_approval *case_decide(const char *approver, bool approves)
{
    struct jml_approval *a = jml_new(A, struct jml_approval);
    *a = (struct jml_approval){.id = new_id(),
                               .request_id = case_newest()->id,
                               .approver = approver,
                               .actor = "portal",
                               .approves = approves,
                               .state = JML_APPROVAL_PENDING,
                               .decided_at = the_case.world.now,
                               .created_at = the_case.world.now};
    jml_vec_push(A, &S->approvals, a);
    jml_vec_push(A, &the_case.approvals, a);
    return a;
}

void case_answer(struct jml_request *r, const char *answers)
{
    struct jml_err e;
    const char *text = json_text(answers);
    if (jml_value_parse(A, text, strlen(text), 32, &r->answers, &e) < 0)
        case_fail("no answers: %s", e.message);
}

/* ---- deliveries ---- */

void case_lead(const char *resource, const char *target)
{
    for (size_t i = 0; i < the_case.rows.resources.n; i++)
        if (jml_streq(the_case.rows.resources.items[i].display_name, resource))
            the_case.rows.resources.items[i].target = target;
    case_apply("{}");
}

static const char *role_named(struct jml_id id)
{
    const struct jml_resource_role *role = jml_governance_find_role(the_case.world.governance, id);
    return role ? jml_printf(A, "%s/%s", role->resource->display_name, role->display_name) : "";
}

static bool is_named(const struct jml_delivery *d, const char *name)
{
    return !name || jml_streq(role_named(d->role_id), name) || jml_streq(jml_id_text(A, d->id), name);
}

static enum jml_fire trigger_to(enum jml_delivery_state to)
{
    switch (to) {
    case JML_DELIVERY_DELIVERED:
        return JML_FIRE_DELIVER;
    case JML_DELIVERY_REMOVED:
        return JML_FIRE_REVOKED;
    case JML_DELIVERY_IN_PROGRESS:
        return JML_FIRE_WAIT;
    default:
        return JML_FIRE_FAIL;
    }
}

static void move_delivery(struct jml_delivery *d, enum jml_fire trigger, unsigned facts, const char *error)
{
    const struct jml_transition *t = jml_machine_find(JML_MACHINE_DELIVERY, (int)d->state, trigger, facts);
    struct jml_audit *row = jml_new(A, struct jml_audit);
    if (!t)
        case_fail("a delivery that is %s cannot %s", jml_state_name(JML_MACHINE_DELIVERY, (int)d->state),
                  jml_fire_name(trigger));
    *row = (struct jml_audit){.object_type = JML_MACHINE_DELIVERY,
                              .object_id = jml_id_text(A, d->id),
                              .rule = t->rule,
                              .from = t->from,
                              .to = t->to,
                              .actor = "jmld"};
    jml_vec_push(A, &the_case.audit, row);
    d->state = (enum jml_delivery_state)t->to;
    d->error = error;
    bool over = t->to != JML_DELIVERY_PENDING && t->to != JML_DELIVERY_IN_PROGRESS;
    d->due_at = over ? JML_TIME_NONE : the_case.world.now;
    if (over && !error)
        d->confirmed_at = the_case.world.now;
    the_case.has_result = true;
}

size_t case_deliver(const char *role, enum jml_delivery_state to, const char *error)
{
    size_t n = 0;
    for (size_t i = 0; i < the_case.deliveries.n; i++) {
        struct jml_delivery *d = the_case.deliveries.items[i];
        bool takes = to == JML_DELIVERY_REMOVED;
        if (d->due_at == JML_TIME_NONE || !is_named(d, role) ||
            takes != jml_action_takes(d->action))
            continue;
        move_delivery(d, trigger_to(to), 0, error);
        n++;
    }
    return n;
}

size_t case_redeliver(const char *role, enum jml_delivery_state from, enum jml_delivery_state to)
{
    size_t n = 0;
    for (size_t i = 0; i < the_case.deliveries.n; i++) {
        struct jml_delivery *d = the_case.deliveries.items[i];
        if (d->state != from || !is_named(d, role) || jml_streq(d->target, "record"))
            continue;
        move_delivery(d,
                      from == JML_DELIVERY_DELIVERED ? JML_FIRE_LOSE
                      : to == JML_DELIVERY_PENDING   ? JML_FIRE_REPROCESS
                                                     : trigger_to(to),
                      to == JML_DELIVERY_PENDING ? JML_GUARD_IS_REPAIRED : 0, NULL);
        n++;
    }
    return n;
}

/* What a load brings when it is told to. */
static void load_deliveries(void)
{
    S->deliveries.n = S->revoking.n = 0;
    S->has_deliveries = true;
    for (size_t i = 0; i < the_case.deliveries.n; i++)
        if (!jml_streq(the_case.deliveries.items[i]->target, "record"))
            jml_vec_push(A, &S->deliveries, the_case.deliveries.items[i]);
    for (size_t i = 0; i < the_case.assignments.n; i++)
        if (the_case.assignments.items[i]->state == JML_ASSIGNMENT_EXPIRED &&
            the_case.assignments.items[i]->revoked_at == JML_TIME_NONE)
            jml_vec_push(A, &S->revoking, the_case.assignments.items[i]);
}

static void load(void)
{
    bool needs = the_case.has_result;
    for (size_t i = 0; i < S->commands.n; i++)
        needs = needs || jml_streq(S->commands.items[i]->kind, "assignment_reprocess") ||
                jml_streq(S->commands.items[i]->kind, "request_reprocess") ||
                jml_streq(S->commands.items[i]->kind, "person_release");
    if (needs)
        load_deliveries();
    the_case.has_result = false;
}

/* ---- time ---- */

jml_time case_time(const char *text)
{
    struct jml_date d;
    int hour = 0, minute = 0, second = 0;
    char day[11] = "";
    snprintf(day, sizeof(day), "%s", text);
    if (!jml_date_parse(day, &d) ||
        (text[10] && sscanf(text + 10, " %2d:%2d:%2d", &hour, &minute, &second) < 2))
        case_fail("no instant: %s", text);
    return jml_date_to_days(d) * JML_DAY + hour * JML_HOUR + minute * JML_MINUTE +
           second * JML_SECOND;
}

void case_clock_to(jml_time at)
{
    the_case.world.now = at;
}

void case_clock(const char *at)
{
    case_clock_to(case_time(at));
}

static bool is_over(enum jml_request_state state)
{
    return state == JML_REQUEST_DELIVERED || state == JML_REQUEST_DENIED ||
           state == JML_REQUEST_CANCELED;
}

/* What the writer writes and the next load brings: marks gone, what is over left behind. */
void case_write_back(void)
{
    S->person.mark = JML_CLEAN;
    for (size_t i = 0; i < S->events.n; i++) {
        struct jml_event *e = S->events.items[i];
        e->mark = JML_CLEAN;
        e->fresh = e->counts = e->matched = false;
        e->warning = NULL;
        e->zone = NULL;
        e->instant = JML_TIME_NONE;
    }
    for (size_t i = 0; i < S->runs.n; i++) {
        struct jml_run *run = S->runs.items[i];
        run->mark = JML_CLEAN;
        run->wanted = false;
        for (size_t k = 0; k < run->tasks.n; k++)
            run->tasks.items[k]->mark = JML_CLEAN;
    }
    size_t n = 0;
    for (size_t i = 0; i < S->requests.n; i++) {
        struct jml_request *r = S->requests.items[i];
        if (r->mark == JML_CREATED)
            jml_vec_push(A, &the_case.requests, r);
        r->mark = JML_CLEAN;
        if (!is_over(r->state))
            S->requests.items[n++] = r;
    }
    S->requests.n = n;
    n = 0;
    for (size_t i = 0; i < S->approvals.n; i++) {
        struct jml_approval *a = S->approvals.items[i];
        a->mark = JML_CLEAN;
        if (a->state == JML_APPROVAL_PENDING)
            S->approvals.items[n++] = a;
    }
    S->approvals.n = n;
    S->decided.n = 0;
    for (size_t i = 0; i < the_case.requests.n; i++)
        if (the_case.requests.items[i]->effective_at != JML_TIME_NONE)
            jml_vec_push(A, &S->decided, the_case.requests.items[i]);
    n = 0;
    for (size_t i = 0; i < S->assignments.n; i++) {
        struct jml_assignment *as = S->assignments.items[i];
        if (as->mark == JML_CREATED)
            jml_vec_push(A, &the_case.assignments, as);
        as->mark = JML_CLEAN;
        if (as->state != JML_ASSIGNMENT_EXPIRED)
            S->assignments.items[n++] = as;
    }
    S->assignments.n = n;
    for (size_t i = 0; i < S->deliveries.n; i++) {
        struct jml_delivery *d = S->deliveries.items[i];
        if (d->mark != JML_CREATED)
            continue;
        d->mark = JML_CLEAN;
        d->seq = jml_streq(d->target, "record") ? 0 : (int64_t)the_case.deliveries.n + 1;
        jml_vec_push(A, &the_case.deliveries, d);
    }
    for (size_t i = 0; i < S->revoking.n; i++)
        S->revoking.items[i]->mark = JML_CLEAN;
    for (size_t i = 0; i < S->notifications.n; i++)
        jml_vec_push(A, &the_case.notifications, S->notifications.items[i]);
    for (size_t i = 0; i < S->audit.n; i++)
        jml_vec_push(A, &the_case.audit, S->audit.items[i]);
    S->deliveries.n = S->revoking.n = S->notifications.n = S->audit.n = 0;
    S->has_deliveries = false;
    n = 0;
    for (size_t i = 0; i < S->commands.n; i++) {
        S->commands.items[i]->mark = JML_CLEAN;
        if (S->commands.items[i]->state == JML_COMMAND_PENDING)
            S->commands.items[n++] = S->commands.items[i];
    }
    S->commands.n = n;
}

static void must_be_clean(enum jml_mark mark, const char *what)
{
    if (mark != JML_CLEAN)
        case_fail("a second step at the same instant changed a %s", what);
}

static void step_again(void)
{
    load_deliveries(); /* whatever was known before, the same is known afterwards */
    jml_step(A, &the_case.world, S);
    if (S->audit.n)
        case_fail("a second step at the same instant: rule %d of %s %s (%s %s)",
                  S->audit.items[0]->rule, jml_machine_name(S->audit.items[0]->object_type),
                  S->audit.items[0]->object_id,
                  S->audit.items[0]->reason ? S->audit.items[0]->reason : "",
                  S->audit.items[0]->detail ? S->audit.items[0]->detail : "");
    must_be_clean(S->person.mark, "person");
    for (size_t i = 0; i < S->events.n; i++)
        must_be_clean(S->events.items[i]->mark, "event");
    for (size_t i = 0; i < S->runs.n; i++) {
        must_be_clean(S->runs.items[i]->mark, "run");
        for (size_t k = 0; k < S->runs.items[i]->tasks.n; k++)
            must_be_clean(S->runs.items[i]->tasks.items[k]->mark, "task");
    }
    for (size_t i = 0; i < S->requests.n; i++)
        must_be_clean(S->requests.items[i]->mark, "request");
    for (size_t i = 0; i < S->approvals.n; i++)
        must_be_clean(S->approvals.items[i]->mark, "decision");
    for (size_t i = 0; i < S->assignments.n; i++)
        must_be_clean(S->assignments.items[i]->mark, "assignment");
    for (size_t i = 0; i < S->revoking.n; i++)
        must_be_clean(S->revoking.items[i]->mark, "ended assignment");
    for (size_t i = 0; i < S->deliveries.n; i++)
        must_be_clean(S->deliveries.items[i]->mark, "delivery");
    if (S->notifications.n)
        case_fail("a second step at the same instant made a mail");
    for (size_t i = 0; i < S->commands.n; i++)
        must_be_clean(S->commands.items[i]->mark, "command");
    case_write_back();
}

void case_step(void)
{
    load();
    jml_step(A, &the_case.world, S);
    case_write_back();
    /* what waits to be looked at once more at once: its approvers are loaded only then */
    if (S->person.due_at != JML_TIME_NONE && S->person.due_at <= the_case.world.now) {
        jml_step(A, &the_case.world, S);
        case_write_back();
    }
    case_check();
    step_again();
}

void case_go(const char *at)
{
    case_clock(at);
    case_step();
}

void case_live_to(jml_time until)
{
    case_step();
    for (int guard = 0; S->person.due_at != JML_TIME_NONE && S->person.due_at <= until; guard++) {
        if (guard > 100000)
            case_fail("the alarm clock never stops");
        case_clock_to(S->person.due_at);
        case_step();
    }
    case_clock_to(until);
    case_step();
}

void case_live(const char *until)
{
    case_live_to(case_time(until));
}

/* ---- what came of it ---- */

const char *case_time_text(jml_time t)
{
    if (t == JML_TIME_NONE || t == JML_TIME_MAX)
        return "";
    const char *text = jml_time_format_precise(A, t); /* 2026-06-01T09:00:00Z */
    const char *clock = text + 11;
    int day = (int)strcspn(text, "T");
    if (strcmp(clock, "00:00:00Z") == 0)
        return jml_printf(A, "%.*s", day, text);
    int n = (int)strlen(clock) - 1;
    if (n == 8 && strncmp(clock + 5, ":00", 3) == 0)
        n = 5;
    return jml_printf(A, "%.*s %.*s", day, text, n, clock);
}

static void next(struct jml_str *s)
{
    if (s->length)
        jml_str_add(s, "; ");
}

static int code_length(const char *error)
{
    return (int)strcspn(error, ":");
}

static const char *period_text(jml_time start, jml_time end)
{
    return jml_printf(A, "%s..%s", case_time_text(start), case_time_text(end));
}

const char *case_person(void)
{
    const struct jml_person *p = &S->person;
    const char *state = jml_state_name(JML_MACHINE_PERSON, p->state);
    if (p->hired_at == JML_TIME_NONE)
        return state;
    return jml_printf(A, "%s %s", state, period_text(p->hired_at, p->leaves_at));
}

const char *case_periods(void)
{
    struct jml_str s = JML_STR_INIT(A);
    for (size_t i = 0; i < S->person.employments->n; i++) {
        const struct jml_value *p = S->person.employments->items[i];
        const char *ends = jml_value_find_string(p, "end");
        jml_time start = JML_TIME_NONE, end = JML_TIME_NONE;
        jml_time_parse(jml_value_find_string(p, "start"), &start);
        if (ends)
            jml_time_parse(ends, &end);
        next(&s);
        jml_str_addf(&s, "%s %s", jml_value_find_string(p, "employment"), period_text(start, end));
    }
    return jml_str_text(&s);
}

const char *case_events(void)
{
    struct jml_str s = JML_STR_INIT(A);
    for (size_t i = 0; i < S->events.n; i++) {
        const struct jml_event *e = S->events.items[i];
        next(&s);
        jml_str_addf(&s, "%lld %s", (long long)e->id, jml_state_name(JML_MACHINE_EVENT, e->state));
        if (e->error)
            jml_str_addf(&s, " %.*s", code_length(e->error), e->error);
    }
    return jml_str_text(&s);
}

const struct jml_workflow *case_workflow(const char *name)
{
    const struct jml_governance *g = the_case.world.governance;
    for (size_t i = 0; i < g->n_workflows; i++)
        if (jml_streq(g->workflows[i]->display_name, name))
            return g->workflows[i];
    case_fail("no workflow %s", name);
}

const char *case_runs(void)
{
    struct jml_str s = JML_STR_INIT(A);
    for (size_t i = 0; i < S->runs.n; i++) {
        const struct jml_run *run = S->runs.items[i];
        const struct jml_workflow *wf =
            jml_governance_find_workflow(the_case.world.governance, run->workflow_id);
        next(&s);
        jml_str_addf(&s, "%s %s", wf ? wf->display_name : "?",
                     jml_state_name(JML_MACHINE_RUN, run->state));
        if (run->state == JML_RUN_SCHEDULED)
            jml_str_addf(&s, " %s", case_time_text(run->due_at));
        if (run->state == JML_RUN_CANCELED)
            jml_str_addf(&s, " %s", run->cancel_cause);
    }
    return jml_str_text(&s);
}

struct jml_run *case_run(const char *workflow)
{
    const struct jml_workflow *wf = case_workflow(workflow);
    for (size_t i = S->runs.n; i-- > 0;)
        if (jml_id_equal(S->runs.items[i]->workflow_id, wf->id))
            return S->runs.items[i];
    return NULL;
}

const char *case_tasks(void)
{
    struct jml_str s = JML_STR_INIT(A);
    for (size_t i = S->runs.n; i-- > 0;) {
        const struct jml_run *run = S->runs.items[i];
        for (size_t k = 0; k < run->tasks.n; k++) {
            const struct jml_task_run *t = run->tasks.items[k];
            next(&s);
            jml_str_addf(&s, "%d %s", t->position, jml_state_name(JML_MACHINE_TASK, t->state));
            const char *word = t->error ? t->error : t->warning;
            if (word)
                jml_str_addf(&s, " %.*s", code_length(word), word);
        }
        if (run->tasks.n)
            break;
    }
    return jml_str_text(&s);
}

static const char *package_name(struct jml_id id)
{
    const struct jml_package *p = jml_governance_find_package(the_case.world.governance, id);
    return p ? p->display_name : "?";
}

static int compare_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

const char *case_holds(void)
{
    struct jml_str s = JML_STR_INIT(A);
    const char **lines = jml_new_n(A, const char *, S->assignments.n);
    for (size_t i = 0; i < S->assignments.n; i++) {
        const struct jml_assignment *as = S->assignments.items[i];
        const char *name = package_name(as->package_id);
        lines[i] = as->ends_at == JML_TIME_NONE
                       ? name
                       : jml_printf(A, "%s until %s", name, case_time_text(as->ends_at));
    }
    if (S->assignments.n > 1)
        qsort(lines, S->assignments.n, sizeof(lines[0]), compare_text);
    for (size_t i = 0; i < S->assignments.n; i++) {
        next(&s);
        jml_str_add(&s, lines[i]);
    }
    return jml_str_text(&s);
}

struct jml_assignment *case_assignment(const char *package)
{
    const struct jml_package *p = package_named(package);
    for (size_t i = the_case.assignments.n; i-- > 0;)
        if (jml_id_equal(the_case.assignments.items[i]->package_id, p->id))
            return the_case.assignments.items[i];
    return NULL;
}

const char *case_requests(void)
{
    struct jml_str s = JML_STR_INIT(A);
    for (size_t i = 0; i < the_case.requests.n; i++) {
        const struct jml_request *r = the_case.requests.items[i];
        next(&s);
        jml_str_addf(&s, "%s %s %s", jml_request_type_name(r->type), package_name(r->package_id),
                     jml_state_name(JML_MACHINE_REQUEST, r->state));
        if (r->error)
            jml_str_addf(&s, " %.*s", code_length(r->error), r->error);
    }
    return jml_str_text(&s);
}

const char *case_approvals(void)
{
    struct jml_str s = JML_STR_INIT(A);
    for (size_t i = 0; i < the_case.approvals.n; i++) {
        const struct jml_approval *a = the_case.approvals.items[i];
        next(&s);
        jml_str_addf(&s, "%s %s", a->approver, jml_state_name(JML_MACHINE_APPROVAL, a->state));
        if (a->error)
            jml_str_addf(&s, " %.*s", code_length(a->error), a->error);
    }
    return jml_str_text(&s);
}

const char *case_ends(void)
{
    struct jml_str s = JML_STR_INIT(A);
    for (size_t i = 0; i < the_case.assignments.n; i++) {
        const struct jml_assignment *as = the_case.assignments.items[i];
        if (as->state != JML_ASSIGNMENT_EXPIRED)
            continue;
        next(&s);
        jml_str_addf(&s, "%s %s %s", package_name(as->package_id), as->end_reason,
                     case_time_text(as->expired_at));
    }
    return jml_str_text(&s);
}

static const char *mails(bool notices_only)
{
    struct jml_str s = JML_STR_INIT(A);
    for (size_t i = 0; i < the_case.notifications.n; i++) {
        const struct jml_notification *n = the_case.notifications.items[i];
        if (notices_only && !jml_str_starts(n->kind, "near_expiry"))
            continue;
        next(&s);
        jml_str_addf(&s, "%s %s", n->kind, case_time_text(n->due_at));
        if (n->state != JML_NOTIFICATION_PENDING)
            jml_str_addf(&s, " %s", jml_state_name(JML_MACHINE_NOTIFICATION, n->state));
        else if (!notices_only)
            jml_str_addf(&s, " to %s", n->recipient);
    }
    return jml_str_text(&s);
}

const char *case_mails(void)
{
    return mails(false);
}

const char *case_notices(void)
{
    return mails(true);
}

const char *case_deliveries(void)
{
    struct jml_str s = JML_STR_INIT(A);
    for (size_t i = 0; i < the_case.deliveries.n; i++) {
        const struct jml_delivery *d = the_case.deliveries.items[i];
        if (jml_streq(d->target, "record"))
            continue;
        next(&s);
        if (d->action == JML_ACTION_GRANT || d->action == JML_ACTION_REVOKE)
            jml_str_addf(&s, "%c%s", d->action == JML_ACTION_GRANT ? '+' : '-', role_named(d->role_id));
        else
            jml_str_addf(&s, "%s %s", jml_action_name(d->action), d->target);
        jml_str_addf(&s, " %s", jml_state_name(JML_MACHINE_DELIVERY, (int)d->state));
    }
    return jml_str_text(&s);
}

const char *case_alarm(void)
{
    return S->person.due_at == JML_TIME_NONE ? "none" : case_time_text(S->person.due_at);
}

const char *case_audit(enum jml_machine machine)
{
    struct jml_str s = JML_STR_INIT(A);
    for (size_t i = 0; i < the_case.audit.n; i++) {
        const struct jml_audit *row = the_case.audit.items[i];
        if (row->object_type != machine)
            continue;
        next(&s);
        jml_str_addf(&s, "%d %s", row->rule, jml_state_name(machine, row->to));
    }
    return jml_str_text(&s);
}

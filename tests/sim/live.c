/* SPDX-License-Identifier: MIT
 *
 * Arrivals first (who is processed when), then the life, then its end as text.
 */
#include "sim/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/case.h"
#include "sim/company.h"

#define A (&the_case.arena)
#define S (&the_case.s)

struct arrival {
    jml_time at;
    uint64_t tie;
    bool with_last; /* in one step with the one before it */
    int event;
};

static size_t arrive(const struct sim_history *h, const struct sim_order *order,
                     struct arrival arrivals[SIM_EVENTS_MAX]);
static void end_of(struct jml_arena *a, struct sim_end *end);

/* Zones are read once. */
static struct jml_zones *zones;

void sim_live_fini(void)
{
    zones = jml_zones_free(zones);
}

bool sim_trace;

static void step(const struct sim_order *order, size_t *steps)
{
    (*steps)++;
    if (order->before_step)
        order->before_step(order->context);
    if (order->check) {
        case_step();
    } else {
        jml_step(A, &the_case.world, S);
        case_write_back();
    }
    if (sim_trace)
        printf("#   %s: %s | %s | %s\n", jml_time_format_precise(A, the_case.world.now),
               case_person(), case_holds(), case_runs());
    if (order->after_step)
        order->after_step(order->context);
}

static void live_to(const struct sim_order *order, jml_time t, size_t *steps)
{
    for (int guard = 0; order->alarms && S->person.due_at != JML_TIME_NONE &&
                        S->person.due_at <= t; guard++) {
        if (guard > 2000)
            case_fail("the alarm clock never stops");
        case_clock_to(S->person.due_at);
        step(order, steps);
    }
    case_clock_to(t);
}

static void push_event(const struct sim_history *h, int i)
{
    const struct sim_event *from = &h->events[i];
    struct jml_event *e = jml_new(A, struct jml_event);
    the_case.last_event++;
    *e = (struct jml_event){.id = the_case.last_event,
                            .source = "hr",
                            .source_ref = jml_printf(A, "e%d", i),
                            .employment = from->employment,
                            .kind = from->kind,
                            .effective_at = from->at,
                            .effective_on = from->on,
                            .attributes = from->attributes,
                            .default_zone = h->default_zone,
                            .state = JML_EVENT_PENDING,
                            .received_at = from->received_at,
                            .instant = JML_TIME_NONE};
    if (from->supersedes != -1)
        e->supersedes = jml_printf(A, "e%d", from->supersedes);
    jml_vec_push(A, &S->events, e);
}

/* Requests are made in their order, so the i-th of the life is the i-th that was not dropped. */
static void push_request(const struct sim_request *from)
{
    if (from->decides) {
        for (size_t i = 0; i < S->requests.n; i++)
            if (S->requests.items[i]->state == JML_REQUEST_PENDING_APPROVAL)
                case_decide(SIM_APPROVER, true)->request_id = S->requests.items[i]->id;
        return;
    }
    struct jml_request *r = case_request(from->type, from->package, NULL);
    r->ends_at = from->ends_at;
    r->justification = "sim";
    if (r->type == JML_USER_ADD)
        r->requestor = S->person.employee_id;
}

void sim_live(const struct sim_history *h, const struct sim_order *order, struct jml_arena *a,
              struct sim_end *ret_end)
{
    struct arrival arrivals[SIM_EVENTS_MAX];
    size_t n = arrive(h, order, arrivals), i = 0, r = 0;
    if (!zones)
        zones = jml_zones_new(NULL);
    struct jml_world world = {.now = h->n_events ? h->events[0].received_at : h->until,
                              .governance =
                                  order->before_step ? NULL : sim_company_get(h->workflows),
                              .zones = zones,
                              .default_zone = h->default_zone,
                              .catch_up = order->catch_up ? order->catch_up : JML_TIME_MAX};
    struct sim_end end = {0};
    case_begin_with(&world);
    case_party(SIM_APPROVER, NULL);
    if (order->before_step)
        sim_company_apply(h->workflows);
    for (;;) {
        while (r < h->n_requests && h->requests[r].dropped)
            r++;
        if (i < n && (r == h->n_requests || arrivals[i].at <= h->requests[r].at)) {
            live_to(order, arrivals[i].at, &end.steps);
            do
                push_event(h, arrivals[i++].event);
            while (i < n && arrivals[i].with_last);
        } else if (r < h->n_requests) {
            live_to(order, h->requests[r].at, &end.steps);
            push_request(&h->requests[r++]);
        } else {
            break;
        }
        step(order, &end.steps);
    }
    live_to(order, h->until, &end.steps);
    step(order, &end.steps);
    end_of(a, &end);
    *ret_end = end;
}

/* ---- who is processed when ---- */

static int by_arrival(const void *x, const void *y)
{
    const struct arrival *a = x, *b = y;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return (a->tie > b->tie) - (a->tie < b->tie);
}

/* The last moment before the next request, so that what was received is known when it is decided. */
static jml_time just_before_request(const struct sim_history *h, jml_time t)
{
    for (size_t r = 0; r < h->n_requests; r++)
        if (!h->requests[r].dropped && h->requests[r].at > t)
            return h->requests[r].at - 1;
    return h->until;
}

static jml_time any_time(const struct sim_history *h, jml_time from, uint64_t chance)
{
    static const int64_t days[] = {0, 3, 40, 1000};
    int64_t most = days[chance & 3] * JML_DAY;
    if (most > h->until - from)
        most = h->until - from;
    return from + (most ? (int64_t)((chance >> 8) % (uint64_t)most) : 0);
}

static size_t arrive(const struct sim_history *h, const struct sim_order *order,
                     struct arrival arrivals[SIM_EVENTS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < h->n_events; i++) {
        const struct sim_event *e = &h->events[i];
        uint64_t chance = sim_mix(order->seed, i);
        if (e->dropped)
            continue;
        struct arrival *at = &arrivals[n++];
        *at = (struct arrival){.at = e->received_at, .tie = i, .event = (int)i};
        switch (order->how) {
        case SIM_REVERSED:
            at->tie = SIM_EVENTS_MAX - i;
            at->at = just_before_request(h, e->received_at);
            break;
        case SIM_AT_ONCE:
            at->tie = chance;
            at->at = just_before_request(h, e->received_at);
            break;
        case SIM_ONE_BY_ONE:
            at->at = just_before_request(h, e->received_at);
            break;
        case SIM_SHUFFLED:
            at->tie = chance;
            at->at = any_time(h, e->received_at, chance);
            break;
        default:
            break;
        }
    }
    if (order->how == SIM_GROUPS) { /* every event joins the next one that ends a group */
        jml_time at = h->until;
        for (size_t k = n; k-- > 0;) {
            uint64_t chance = sim_mix(order->seed, (uint64_t)arrivals[k].event);
            if (chance % 3 == 0)
                at = any_time(h, arrivals[k].at, chance >> 8);
            if (at < arrivals[k].at)
                at = arrivals[k].at;
            arrivals[k].at = at;
            arrivals[k].tie = chance;
        }
    }
    if (n > 1)
        qsort(arrivals, n, sizeof(arrivals[0]), by_arrival);
    bool together = order->how == SIM_AT_ONCE || order->how == SIM_GROUPS ||
                    (order->how == SIM_SHUFFLED && order->seed % 2);
    for (size_t k = 1; together && k < n; k++) {
        arrivals[k].with_last = arrivals[k].at == arrivals[k - 1].at;
    }
    return n;
}

/* ---- the end ---- */

static int compare_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void format_sorted(struct jml_str *s, const struct jml_value *v)
{
    if (v->type == JML_ARRAY) {
        for (size_t i = 0; i < v->n; i++) {
            jml_str_add(s, i ? ", " : "[");
            format_sorted(s, v->items[i]);
        }
        jml_str_add(s, v->n ? "]" : "[]");
        return;
    }
    if (v->type != JML_OBJECT) {
        jml_value_format(s, v);
        return;
    }
    const char *keys[32];
    size_t n = v->n < 32 ? v->n : 32;
    for (size_t i = 0; i < n; i++)
        keys[i] = v->keys[i];
    if (n > 1)
        qsort(keys, n, sizeof(keys[0]), compare_text);
    jml_str_add(s, "{");
    for (size_t i = 0; i < n; i++) {
        jml_str_addf(s, "%s%s: ", i ? ", " : "", keys[i]);
        format_sorted(s, jml_value_find(v, keys[i]));
    }
    jml_str_add(s, "}");
}

const char *sim_value_text(struct jml_arena *a, const struct jml_value *v)
{
    struct jml_str s = JML_STR_INIT(a);
    format_sorted(&s, v);
    return jml_str_text(&s);
}

static const char *packages_text(struct jml_arena *a, bool ends)
{
    struct jml_str s = JML_STR_INIT(a);
    const char *lines[64];
    size_t n = 0;
    for (size_t i = 0; i < S->assignments.n && n < 64; i++) {
        const struct jml_assignment *as = S->assignments.items[i];
        const struct jml_package *p =
            jml_governance_find_package(the_case.world.governance, as->package_id);
        lines[n++] = ends && as->ends_at != JML_TIME_NONE
                         ? jml_printf(a, "%s until %s", p->display_name, case_time_text(as->ends_at))
                         : p->display_name;
    }
    if (n > 1)
        qsort(lines, n, sizeof(lines[0]), compare_text);
    for (size_t i = 0; i < n; i++)
        jml_str_addf(&s, "%s%s", i ? ", " : "", lines[i]);
    return jml_str_text(&s);
}

static bool is_direct(const struct jml_request *r)
{
    return r->type == JML_ADMIN_ADD || r->type == JML_ADMIN_UPDATE || r->type == JML_ADMIN_REMOVE ||
           r->type == JML_USER_ADD;
}

static bool was_approved_at(const struct jml_request *r, jml_time at)
{
    for (size_t i = 0; i < the_case.approvals.n; i++)
        if (jml_id_equal(the_case.approvals.items[i]->request_id, r->id) &&
            the_case.approvals.items[i]->created_at == at)
            return true;
    return false;
}

/* Also one that took away what was given ahead, for a hire to come: it counts after that, which the
 * order decides. */
static bool was_refused(const struct jml_request *r)
{
    if (is_direct(r) && r->stage > 0)
        return r->state != JML_REQUEST_DELIVERED || !was_approved_at(r, r->effective_at);
    return is_direct(r) &&
           (r->state != JML_REQUEST_DELIVERED || r->completed_at != r->created_at ||
            (r->effective_at != JML_TIME_NONE && r->effective_at != r->created_at));
}

static void end_of(struct jml_arena *a, struct sim_end *end)
{
    end->person = jml_strdup(a, case_person());
    end->attributes = sim_value_text(a, S->person.attributes);
    end->employments = sim_value_text(a, S->person.employments);
    end->packages = packages_text(a, false);
    end->until = packages_text(a, true);
    end->left = S->person.state == JML_PERSON_LEFT || S->person.state == JML_PERSON_UNKNOWN;
    for (size_t i = 0; i < the_case.requests.n; i++)
        end->denied = end->denied || was_refused(the_case.requests.items[i]);
    for (size_t i = 0; i < the_case.requests.n; i++) {
        if (jml_str_starts(the_case.requests.items[i]->error, "incompatible:"))
            end->excluded = true;
        else if (the_case.requests.items[i]->stage > 0)
            end->approved = true;
        else if (jml_str_starts(the_case.requests.items[i]->requestor, "policy:"))
            end->automatic = true;
    }
}

size_t sim_drop_denied(struct sim_history *h)
{
    size_t dropped = 0;
    for (size_t i = 0; i < the_case.requests.n; i++)
        for (size_t r = 0; was_refused(the_case.requests.items[i]) && r < h->n_requests; r++)
            if (h->requests[r].at == the_case.requests.items[i]->created_at) {
                h->requests[r].dropped = true;
                dropped++;
            }
    return dropped;
}

const char *sim_differ(const struct sim_history *h, const struct sim_end *x,
                       const struct sim_end *y, bool ends_too)
{
    if (strcmp(x->person, y->person) != 0)
        return "state";
    if (strcmp(x->employments, y->employments) != 0)
        return "employments";
    if (strcmp(x->attributes, y->attributes) != 0)
        return "attributes";
    if (x->left && sim_company_lets_end(h->workflows))
        return NULL; /* what was let end cannot come back to somebody whose leave came late */
    if (strcmp(x->packages, y->packages) != 0)
        return "packages";
    return ends_too && strcmp(x->until, y->until) != 0 ? "ends" : NULL;
}

const char *sim_order_text(struct jml_arena *a, const struct sim_order *order)
{
    static const char *const names[SIM_HOWS] = {"as received", "one by one, late",
                                                "reversed",    "all at once",
                                                "in groups",   "shuffled"};
    return jml_printf(a, "%s%s (seed %llu)", names[order->how],
                      order->alarms ? ", with alarms in between" : "",
                      (unsigned long long)order->seed);
}

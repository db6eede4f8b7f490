/* SPDX-License-Identifier: MIT
 *
 * Deliveries: what leads out of the record is queued here, and what became of it is looked at. In between
 * the delivery flow (flow/deliveries.h) does the calls; it alone changes a delivery that was written.
 */
#include "core/work.h"

/* A role that nothing is known of any more went where it was sent the last time. */
const char *jml_role_target(const struct jml_work *w, struct jml_id role_id)
{
    const struct jml_resource_role *role =
        jml_governance_find_role(w->world->governance, role_id);
    if (role)
        return role->resource->target;
    for (size_t i = w->s->deliveries.n; i-- > 0;)
        if (jml_id_equal(w->s->deliveries.items[i]->role_id, role_id))
            return w->s->deliveries.items[i]->target;
    return "record";
}

bool jml_role_is_outward(const struct jml_work *w, struct jml_id role_id)
{
    return !jml_streq(jml_role_target(w, role_id), "record");
}

static enum jml_fire trigger_of(enum jml_action action, bool outward)
{
    if (outward)
        return JML_FIRE_QUEUE;
    return action == JML_ACTION_GRANT ? JML_FIRE_RECORD_GRANT : JML_FIRE_RECORD_REVOKE;
}

/* true: queued; false: done, by record. */
static bool make(struct jml_work *w, struct jml_delivery made, struct jml_note note)
{
    bool outward = !jml_streq(made.target, "record");
    struct jml_delivery *d = jml_new(w->arena, struct jml_delivery);
    made.mark = JML_CREATED;
    made.id = jml_work_new_id(w);
    made.due_at = outward ? w->now : JML_TIME_NONE;
    made.confirmed_at = outward ? JML_TIME_NONE : w->now;
    *d = made;
    d->state = jml_work_move(w, JML_MACHINE_DELIVERY, jml_id_text(w->arena, d->id), JML_DELIVERY_NEW,
                             trigger_of(d->action, outward),
                             jml_action_takes(d->action) ? 0 : JML_GUARD_GIVES, &note);
    jml_vec_push(w->arena, &w->s->deliveries, d);
    return outward;
}

bool jml_delivery_make(struct jml_work *w, const struct jml_assignment *as, struct jml_id role_id,
                       enum jml_action action, const struct jml_note *cause)
{
    return make(w,
                (struct jml_delivery){.assignment_id = as->id,
                                      .role_id = role_id,
                                      .action = action,
                                      .target = jml_role_target(w, role_id)},
                (struct jml_note){.actor = cause ? cause->actor : NULL,
                                  .run_id = as->run_id,
                                  .request_id = as->request_id});
}

bool jml_delivery_order(struct jml_work *w, const struct jml_run *run, int position, const char *target,
                        struct jml_id role_id, enum jml_action action, const struct jml_value *arguments)
{
    return make(w,
                (struct jml_delivery){.role_id = role_id,
                                      .action = action,
                                      .target = target,
                                      .run_id = run->id,
                                      .position = position,
                                      .arguments = arguments},
                (struct jml_note){.event_id = run->event_id, .run_id = run->id});
}

/* ---- what became of them ---- */

const struct jml_delivery *jml_delivery_granted(const struct jml_work *w, const struct jml_assignment *as,
                                                struct jml_id role_id)
{
    for (size_t i = w->s->deliveries.n; i-- > 0;) { /* they lie in their order */
        const struct jml_delivery *d = w->s->deliveries.items[i];
        if (d->action == JML_ACTION_GRANT && jml_id_equal(d->role_id, role_id) &&
            jml_id_equal(d->assignment_id, as->id) && !jml_streq(d->target, "record"))
            return d;
    }
    return NULL;
}

bool jml_delivery_is_open(const struct jml_delivery *d)
{
    return d->state == JML_DELIVERY_PENDING || d->state == JML_DELIVERY_IN_PROGRESS;
}

/* How the roles of an assignment stand. */
struct tally {
    int64_t delivered, open, failed;
};

static struct tally count(const struct jml_work *w, const struct jml_assignment *as)
{
    struct tally t = {0};
    for (size_t i = 0; as->roles && i < as->roles->n; i++) {
        struct jml_id role_id;
        if (as->roles->items[i]->type != JML_STRING ||
            !jml_id_parse(as->roles->items[i]->text, &role_id))
            continue;
        const struct jml_delivery *d = jml_delivery_granted(w, as, role_id);
        if (d && jml_delivery_is_open(d))
            t.open++;
        else if (d && d->state == JML_DELIVERY_FAILED)
            t.failed++;
        else /* by record, or given when it was by record */
            t.delivered++;
    }
    return t;
}

const char *jml_role_name(const struct jml_work *w, struct jml_id role_id)
{
    const struct jml_resource_role *role =
        jml_governance_find_role(w->world->governance, role_id);
    return role ? jml_printf(w->arena, "%s/%s", role->resource->display_name, role->display_name)
                : jml_id_text(w->arena, role_id);
}

/* "delivery_failed: CRM/User at Directory: no such group; ...". What a target says may be personal: not
 * for the audit (F4). */
static const char *what_failed(struct jml_work *w, const struct jml_assignment *as, bool in_full)
{
    struct jml_str s = JML_STR_INIT(w->arena);
    jml_str_add(&s, "delivery_failed");
    const char *separator = ": ";
    for (size_t i = 0; as->roles && i < as->roles->n; i++) {
        struct jml_id role_id;
        if (as->roles->items[i]->type != JML_STRING ||
            !jml_id_parse(as->roles->items[i]->text, &role_id))
            continue;
        const struct jml_delivery *d = jml_delivery_granted(w, as, role_id);
        if (!d || d->state != JML_DELIVERY_FAILED)
            continue;
        jml_str_addf(&s, "%s%s at %s", separator, jml_role_name(w, role_id), d->target);
        if (in_full && d->error)
            jml_str_addf(&s, ": %s", d->error);
        separator = "; ";
    }
    return jml_str_text(&s);
}

/* The trigger that leads to where the deliveries are; its facts. */
static enum jml_fire trigger_to(enum jml_assignment_state to, unsigned *ret_facts)
{
    *ret_facts = to == JML_ASSIGNMENT_PARTIALLY_DELIVERED ? JML_GUARD_PARTLY : 0;
    switch (to) {
    case JML_ASSIGNMENT_DELIVERED:
        return JML_FIRE_DELIVER;
    case JML_ASSIGNMENT_DELIVERING:
        return JML_FIRE_REDELIVER;
    default:
        return JML_FIRE_FAIL;
    }
}

static const char *status_of(enum jml_assignment_state state)
{
    switch (state) {
    case JML_ASSIGNMENT_DELIVERED:
        return "Delivered";
    case JML_ASSIGNMENT_PARTIALLY_DELIVERED:
        return "PartiallyDelivered";
    case JML_ASSIGNMENT_DELIVERY_FAILED:
        return "DeliveryFailed";
    default:
        return "Delivering";
    }
}

static void look_at_held(struct jml_work *w, struct jml_assignment *as)
{
    struct tally t = count(w, as);
    enum jml_assignment_state to = t.open            ? JML_ASSIGNMENT_DELIVERING
                                   : t.failed == 0   ? JML_ASSIGNMENT_DELIVERED
                                   : t.delivered > 0 ? JML_ASSIGNMENT_PARTIALLY_DELIVERED
                                                     : JML_ASSIGNMENT_DELIVERY_FAILED;
    if (as->state == to)
        return;
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_int(&detail, "roles_delivered", t.delivered);
    jml_detail_int(&detail, "roles_open", t.open);
    jml_detail_int(&detail, "roles_failed", t.failed);
    struct jml_note note = {.reason = !t.open && t.failed ? what_failed(w, as, false) : NULL,
                            .detail = jml_detail_end(&detail),
                            .run_id = as->run_id,
                            .request_id = as->request_id};
    unsigned facts;
    enum jml_fire trigger = trigger_to(to, &facts);
    as->state = jml_work_move(w, JML_MACHINE_ASSIGNMENT, jml_id_text(w->arena, as->id), as->state,
                              trigger, facts, &note);
    as->status = status_of(as->state);
    jml_touch(&as->mark);
}

/* When the last of the targets said that it is gone; those that cannot be asked: now. NONE: not yet. */
static jml_time revoked_at(const struct jml_work *w, const struct jml_assignment *as)
{
    jml_time at = as->expired_at;
    for (size_t i = 0; i < w->s->deliveries.n; i++) {
        const struct jml_delivery *d = w->s->deliveries.items[i];
        if (d->action != JML_ACTION_REVOKE || !jml_id_equal(d->assignment_id, as->id) ||
            jml_streq(d->target, "record"))
            continue;
        if (d->state != JML_DELIVERY_REMOVED)
            return JML_TIME_NONE;
        at = jml_time_later(at, d->confirmed_at == JML_TIME_NONE ? w->now : d->confirmed_at);
    }
    return at;
}

static void look_at_ended(struct jml_work *w, struct jml_assignment *as)
{
    jml_time at = as->revoked_at == JML_TIME_NONE ? revoked_at(w, as) : JML_TIME_NONE;
    if (at == JML_TIME_NONE)
        return;
    as->revoked_at = at;
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_time(&detail, "revoked_at", at);
    struct jml_note note = {.detail = jml_detail_end(&detail)};
    as->state = jml_work_move(w, JML_MACHINE_ASSIGNMENT, jml_id_text(w->arena, as->id), as->state,
                              JML_FIRE_REVOKED, 0, &note);
    jml_touch(&as->mark);
}

/* ---- requests that wait for them ---- */

static const struct jml_assignment *assignment_of(const struct jml_work *w,
                                                  const struct jml_request *r)
{
    for (size_t i = 0; i < w->s->assignments.n; i++)
        if (jml_id_equal(w->s->assignments.items[i]->id, r->assignment_id))
            return w->s->assignments.items[i];
    for (size_t i = 0; i < w->s->revoking.n; i++)
        if (jml_id_equal(w->s->revoking.items[i]->id, r->assignment_id))
            return w->s->revoking.items[i];
    return NULL;
}

static enum jml_request_state state_like(enum jml_assignment_state state)
{
    switch (state) {
    case JML_ASSIGNMENT_DELIVERED:
        return JML_REQUEST_DELIVERED;
    case JML_ASSIGNMENT_PARTIALLY_DELIVERED:
        return JML_REQUEST_PARTIALLY_DELIVERED;
    case JML_ASSIGNMENT_DELIVERY_FAILED:
        return JML_REQUEST_DELIVERY_FAILED;
    default:
        return JML_REQUEST_DELIVERING;
    }
}

static void follow(struct jml_work *w, struct jml_request *r, const struct jml_assignment *as)
{
    if (r->state == state_like(as->state))
        return;
    unsigned facts;
    enum jml_fire trigger = trigger_to(as->state, &facts);
    bool failed = trigger == JML_FIRE_FAIL;
    r->error = failed ? what_failed(w, as, true) : NULL;
    jml_request_fire(w, r, trigger, facts,
                     (struct jml_note){.reason = failed ? what_failed(w, as, false) : NULL});
}

static void look_at_request(struct jml_work *w, struct jml_request *r)
{
    if (r->state != JML_REQUEST_DELIVERING && r->state != JML_REQUEST_PARTIALLY_DELIVERED &&
        r->state != JML_REQUEST_DELIVERY_FAILED)
        return;
    const struct jml_assignment *as = assignment_of(w, r);
    if (jml_request_type_is_remove(r->type)) {
        /* one that is not there any more was revoked before */
        if (as ? as->revoked_at != JML_TIME_NONE : w->s->has_deliveries)
            jml_request_fire(w, r, JML_FIRE_DELIVER, 0, (struct jml_note){0});
    } else if (as && as->state != JML_ASSIGNMENT_EXPIRED) {
        follow(w, r, as);
    } else {
        jml_request_cancel_adds(w, r->assignment_id, "its access has ended");
    }
}

void jml_deliveries_look(struct jml_work *w)
{
    for (size_t i = 0; w->s->has_deliveries && i < w->s->assignments.n; i++)
        if (w->s->assignments.items[i]->state == JML_ASSIGNMENT_EXPIRED)
            look_at_ended(w, w->s->assignments.items[i]);
        else
            look_at_held(w, w->s->assignments.items[i]);
    for (size_t i = 0; w->s->has_deliveries && i < w->s->revoking.n; i++)
        look_at_ended(w, w->s->revoking.items[i]);
    for (size_t i = 0; i < w->s->requests.n; i++)
        look_at_request(w, w->s->requests.items[i]);
}

/* SPDX-License-Identifier: MIT
 *
 * Requests: what somebody asked for, decided by the rules (SEMANTICS A1, A2, A4, T8). Assignments
 * change only through requests; jmld's own tasks and expiries make requests too.
 */
#include "core/approval.h"

static const char *const type_names[] = {
    NULL,       "userAdd",     "userUpdate", "userRemove",   "adminAdd",     "adminUpdate",
    "adminRemove", "systemAdd", "systemUpdate", "systemRemove", "approverRemove",
};

const char *jml_request_type_name(enum jml_request_type type)
{
    return type_names[type];
}

enum jml_request_type jml_request_type_find(const char *name)
{
    for (int i = 1; i <= JML_APPROVER_REMOVE; i++)
        if (jml_strcaseeq(type_names[i], name))
            return (enum jml_request_type)i;
    return 0;
}

bool jml_request_type_is_add(enum jml_request_type t)
{
    return t == JML_USER_ADD || t == JML_ADMIN_ADD || t == JML_SYSTEM_ADD;
}

bool jml_request_type_is_update(enum jml_request_type t)
{
    return t == JML_USER_UPDATE || t == JML_ADMIN_UPDATE || t == JML_SYSTEM_UPDATE;
}

bool jml_request_type_is_remove(enum jml_request_type t)
{
    return t == JML_USER_REMOVE || t == JML_ADMIN_REMOVE || t == JML_SYSTEM_REMOVE ||
           t == JML_APPROVER_REMOVE;
}

bool jml_request_is_open(const struct jml_request *r)
{
    return r->state == JML_REQUEST_SUBMITTED || r->state == JML_REQUEST_PENDING_APPROVAL ||
           r->state == JML_REQUEST_SCHEDULED;
}

const char *jml_request_actor(const struct jml_request *r)
{
    return r->actor ? r->actor : r->requestor;
}

static const char *status_of(enum jml_request_state state)
{
    switch (state) {
    case JML_REQUEST_PENDING_APPROVAL:
        return "PendingApproval";
    case JML_REQUEST_DELIVERED:
        return "Fulfilled";
    case JML_REQUEST_DELIVERING:
        return "Delivering";
    case JML_REQUEST_PARTIALLY_DELIVERED:
        return "PartiallyDelivered";
    case JML_REQUEST_DELIVERY_FAILED:
        return "DeliveryFailed";
    case JML_REQUEST_DENIED:
        return "Denied";
    case JML_REQUEST_CANCELED:
        return "Canceled";
    default:
        return "Accepted";
    }
}

void jml_request_fire(struct jml_work *w, struct jml_request *r, enum jml_fire trigger,
                      unsigned facts, struct jml_note note)
{
    if (jml_id_is_set(r->run_id))
        note.run_id = r->run_id;
    note.request_id = r->id;
    jml_touch(&r->mark);
    r->state = jml_work_move(w, JML_MACHINE_REQUEST, jml_id_text(w->arena, r->id), r->state, trigger,
                             facts, &note);
    r->status = status_of(r->state);
    if (r->state != JML_REQUEST_PENDING_APPROVAL)
        r->remind_at = r->escalate_at = r->deny_at = JML_TIME_NONE;
    if (r->state == JML_REQUEST_DELIVERED || r->state == JML_REQUEST_DENIED ||
        r->state == JML_REQUEST_CANCELED || r->state == JML_REQUEST_PARTIALLY_DELIVERED ||
        r->state == JML_REQUEST_DELIVERY_FAILED) {
        r->completed_at = w->now;
        r->due_at = JML_TIME_NONE;
    } else if (r->state == JML_REQUEST_DELIVERING) {
        r->completed_at = r->due_at = JML_TIME_NONE; /* perhaps tried again */
    }
    if (r->state == JML_REQUEST_DELIVERED)
        jml_request_tell(w, r);
}

bool jml_request_deny(struct jml_work *w, struct jml_request *r, unsigned facts, const char *error)
{
    r->error = error;
    jml_request_fire(w, r, JML_FIRE_DENY, facts, (struct jml_note){.reason = error});
    if (!facts) /* else it is told by whoever knows more */
        jml_request_tell(w, r);
    return false;
}

/* The first audit row of a request: what was asked, by whom. */
void jml_request_submit(struct jml_work *w, struct jml_request *r)
{
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_text(&detail, "type", jml_request_type_name(r->type));
    jml_detail_id(&detail, "package", r->package_id);
    if (r->starts_at != JML_TIME_NONE)
        jml_detail_time(&detail, "starts_at", r->starts_at);
    if (r->ends_at != JML_TIME_NONE)
        jml_detail_time(&detail, "ends_at", r->ends_at);
    r->state = JML_REQUEST_NEW;
    r->moved = true;
    jml_request_fire(w, r, JML_FIRE_SUBMIT, 0,
                     (struct jml_note){.actor = jml_request_actor(r), .detail = jml_detail_end(&detail)});
}

struct jml_request *jml_request_make(struct jml_work *w, enum jml_request_type type,
                                     const struct jml_package *package,
                                     const struct jml_policy *policy,
                                     const struct jml_assignment *as, const struct jml_run *run,
                                     const char *requestor, const char *justification)
{
    struct jml_request *r = jml_new(w->arena, struct jml_request);
    *r = (struct jml_request){.mark = JML_CREATED,
                              .id = jml_work_new_id(w),
                              .type = type,
                              .package_id = package ? package->id
                                            : as    ? as->package_id
                                                    : jml_id_none,
                              .policy_id = policy ? policy->id : as ? as->policy_id : jml_id_none,
                              .assignment_id = as ? as->id : jml_id_none,
                              .target_id = w->s->person.id,
                              .run_id = run ? run->id : jml_id_none,
                              .requestor = requestor,
                              .justification = justification,
                              .employment = run ? run->employment : NULL,
                              .starts_at = JML_TIME_NONE,
                              .ends_at = JML_TIME_NONE,
                              .created_at = w->now,
                              .completed_at = JML_TIME_NONE,
                              .due_at = JML_TIME_NONE,
                              .stage_at = JML_TIME_NONE,
                              .remind_at = JML_TIME_NONE,
                              .escalate_at = JML_TIME_NONE,
                              .deny_at = JML_TIME_NONE,
                              .effective_at = JML_TIME_NONE,
                              .effective_until = JML_TIME_NONE};
    jml_request_submit(w, r);
    jml_vec_push(w->arena, &w->s->requests, r);
    return r;
}

void jml_request_cancel(struct jml_work *w, struct jml_request *r, const char *actor,
                        const char *reason, const struct jml_run *run)
{
    if (!r->moved)
        jml_request_submit(w, r);
    jml_request_fire(w, r, JML_FIRE_CANCEL, 0,
                     (struct jml_note){
                         .actor = actor, .reason = reason, .run_id = run ? run->id : jml_id_none});
}

size_t jml_request_cancel_open(struct jml_work *w, struct jml_id package_id, const char *actor,
                               const char *reason, const struct jml_run *run)
{
    return jml_request_cancel_before(w, package_id, NULL, actor, reason, run);
}

/* What was submitted after that request (they lie in the order they were made) is a later word, and
 * stays. */
size_t jml_request_cancel_before(struct jml_work *w, struct jml_id package_id,
                                 const struct jml_request *before, const char *actor,
                                 const char *reason, const struct jml_run *run)
{
    size_t canceled = 0;
    bool later = false;
    for (size_t i = 0; i < w->s->requests.n; i++) {
        struct jml_request *r = w->s->requests.items[i];
        later = later || r == before;
        if (!jml_request_is_open(r) ||
            (!jml_request_type_is_add(r->type) && r->state != JML_REQUEST_PENDING_APPROVAL) ||
            (jml_id_is_set(package_id) && !jml_id_equal(r->package_id, package_id)) ||
            (r->state == JML_REQUEST_SUBMITTED && later))
            continue;
        jml_request_cancel(w, r, actor, reason, run);
        canceled++;
    }
    return canceled;
}

void jml_request_remove(struct jml_work *w, struct jml_assignment *as, const char *end_reason,
                        const struct jml_run *run, const char *requestor, const char *why)
{
    struct jml_request *r =
        jml_request_make(w, JML_SYSTEM_REMOVE, NULL, NULL, as, run, requestor, why);
    jml_assignment_end(w, as, end_reason, r, why);
    jml_request_fire(w, r, JML_FIRE_ACCEPT, as->revoked_at == JML_TIME_NONE ? JML_GUARD_OUTWARD : 0,
                     (struct jml_note){0});
}

void jml_request_move(struct jml_work *w, struct jml_assignment *as, jml_time ends_at,
                      const char *ends_by, const struct jml_run *run, const char *requestor,
                      const char *why)
{
    struct jml_request *r =
        jml_request_make(w, JML_SYSTEM_UPDATE, NULL, NULL, as, run, requestor, why);
    r->ends_at = ends_at;
    jml_assignment_move(w, as, as->starts_at, ends_at, ends_by, r, why);
    jml_request_fire(w, r, JML_FIRE_ACCEPT, 0, (struct jml_note){0});
}

static bool give(struct jml_work *w, const struct jml_holding *holding, const struct jml_run *run,
                 const char *requestor, const char *why, bool asks, struct jml_request **ret_request)
{
    const struct jml_governance *g = w->world->governance;
    struct jml_holding *kept = jml_new(w->arena, struct jml_holding);
    *kept = *holding;
    struct jml_request *r =
        jml_request_make(w, JML_SYSTEM_ADD, jml_governance_find_package(g, holding->package_id),
                         jml_governance_find_policy(g, holding->giver->policy_id), NULL, run,
                         requestor, why);
    if (!jml_id_is_set(r->package_id))
        r->package_id = holding->package_id;
    r->holding = kept;
    r->asks = asks;
    *ret_request = r;
    bool given = jml_request_decide(w, r);
    r->holding = NULL; /* one that waits looks again when its time has come */
    return given;
}

bool jml_request_give(struct jml_work *w, const struct jml_holding *holding,
                      const struct jml_run *run, const char *requestor, const char *why,
                      struct jml_request **ret_request)
{
    return give(w, holding, run, requestor, why, false, ret_request);
}

bool jml_request_ask(struct jml_work *w, const struct jml_holding *holding,
                     const struct jml_run *run, const char *requestor,
                     struct jml_request **ret_request)
{
    return give(w, holding, run, requestor, NULL, true, ret_request);
}

/* ---- while they wait ---- */

static bool waits_for_update(const struct jml_request *r, struct jml_id assignment_id)
{
    return r->state == JML_REQUEST_PENDING_APPROVAL && jml_request_type_is_update(r->type) &&
           jml_id_equal(r->assignment_id, assignment_id);
}

bool jml_request_waits_for_update(const struct jml_work *w, struct jml_id assignment_id)
{
    for (size_t i = 0; i < w->s->requests.n; i++)
        if (waits_for_update(w->s->requests.items[i], assignment_id))
            return true;
    return false;
}

void jml_request_cancel_updates(struct jml_work *w, struct jml_id assignment_id, const char *reason)
{
    for (size_t i = 0; i < w->s->requests.n; i++) {
        struct jml_request *r = w->s->requests.items[i];
        if (!waits_for_update(r, assignment_id))
            continue;
        jml_request_cancel(w, r, "jmld", reason, NULL);
        r->error = jml_printf(w->arena, "canceled: %s", reason);
    }
}

void jml_request_cancel_adds(struct jml_work *w, struct jml_id assignment_id, const char *reason)
{
    for (size_t i = 0; i < w->s->requests.n; i++) {
        struct jml_request *r = w->s->requests.items[i];
        if (!jml_request_type_is_add(r->type) || !jml_id_equal(r->assignment_id, assignment_id) ||
            (r->state != JML_REQUEST_DELIVERING && r->state != JML_REQUEST_PARTIALLY_DELIVERED &&
             r->state != JML_REQUEST_DELIVERY_FAILED))
            continue;
        jml_request_cancel(w, r, "jmld", reason, NULL);
        r->error = jml_printf(w->arena, "canceled: %s", reason);
    }
}

bool jml_request_run_counts(const struct jml_work *w, const struct jml_request *r)
{
    for (size_t i = 0; jml_id_is_set(r->run_id) && i < w->s->runs.n; i++) {
        const struct jml_run *run = w->s->runs.items[i];
        if (jml_id_equal(run->id, r->run_id))
            return run->withdrawn_at == JML_TIME_NONE &&
                   !(run->state == JML_RUN_CANCELED && (jml_streq(run->cancel_cause, "replan") ||
                                                        jml_streq(run->cancel_cause, "scope")));
    }
    return true;
}

const char *jml_request_reprocess(struct jml_work *w, struct jml_request *r, const char *actor)
{
    struct jml_assignment *as = jml_assignment_get(w, r->assignment_id);
    if (!jml_work_can(JML_MACHINE_REQUEST, r->state, JML_FIRE_REPROCESS, 0))
        return jml_printf(w->arena, "not_failed: the request is %s; only a failed delivery is done again",
                          jml_state_name(JML_MACHINE_REQUEST, r->state));
    if (r->completed_at != JML_TIME_NONE && w->now > r->completed_at + 7 * JML_DAY)
        return "too_late: a delivery is done again within seven days; ask anew, or reprocess the "
               "assignment";
    if (!as)
        return "not_held: what it gave is not held any more; ask anew";
    jml_roles_reprocess(w, as, false, actor);
    r->error = NULL;
    jml_request_fire(w, r, JML_FIRE_REPROCESS,
                     as->state == JML_ASSIGNMENT_DELIVERED ? 0 : JML_GUARD_OUTWARD,
                     (struct jml_note){.actor = actor});
    return NULL;
}

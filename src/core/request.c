/* SPDX-License-Identifier: MIT
 *
 * Requests: what somebody asked for, decided by the rules (SEMANTICS A1, A2, A4, T8). Assignments
 * change only through requests; jmld's own tasks and expiries make requests too.
 */
#include "core/work.h"

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

static void move(struct jml_work *w, struct jml_request *r, enum jml_fire trigger, unsigned facts,
                 struct jml_note note)
{
    if (jml_id_is_set(r->run_id))
        note.run_id = r->run_id;
    note.request_id = r->id;
    jml_touch(&r->mark);
    r->state = jml_work_move(w, JML_MACHINE_REQUEST, jml_id_text(w->arena, r->id), r->state, trigger,
                             facts, &note);
    switch (r->state) {
    case JML_REQUEST_DELIVERED:
        r->status = "Fulfilled";
        break;
    case JML_REQUEST_DELIVERING:
        r->status = "Delivering";
        break;
    case JML_REQUEST_DENIED:
        r->status = "Denied";
        break;
    case JML_REQUEST_CANCELED:
        r->status = "Canceled";
        break;
    default:
        r->status = "Accepted";
        break;
    }
    if (r->state == JML_REQUEST_DELIVERED || r->state == JML_REQUEST_DENIED ||
        r->state == JML_REQUEST_CANCELED) {
        r->completed_at = w->now;
        r->due_at = JML_TIME_NONE;
    }
}

/* The first audit row of a request: what was asked, by whom. */
static void submit(struct jml_work *w, struct jml_request *r)
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
    move(w, r, JML_FIRE_SUBMIT, 0,
         (struct jml_note){.actor = r->requestor, .detail = jml_detail_end(&detail)});
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
                              .effective_at = JML_TIME_NONE,
                              .effective_until = JML_TIME_NONE};
    submit(w, r);
    jml_vec_push(w->arena, &w->s->requests, r);
    return r;
}

/* ---- decisions ---- */

static bool deny(struct jml_work *w, struct jml_request *r, const char *error)
{
    r->error = error;
    move(w, r, JML_FIRE_DENY, 0, (struct jml_note){.reason = error});
    return false;
}

static const struct jml_policy *policy_of(const struct jml_request *r,
                                          const struct jml_package *package)
{
    const struct jml_policy *only = NULL;
    size_t enabled = 0;
    for (size_t i = 0; i < package->n_policies; i++) {
        const struct jml_policy *p = package->policies[i];
        if (jml_id_is_set(r->policy_id) && jml_id_equal(p->id, r->policy_id))
            return p;
        if (p->enabled) {
            only = p;
            enabled++;
        }
    }
    return !jml_id_is_set(r->policy_id) && enabled == 1 ? only : NULL;
}

static jml_time earlier_end(jml_time a, jml_time b)
{
    if (a == JML_TIME_NONE)
        return b;
    return b == JML_TIME_NONE || a < b ? a : b;
}

static bool waits_for_another_start(struct jml_work *w, const struct jml_request *r)
{
    for (size_t i = 0; i < w->s->requests.n; i++) {
        const struct jml_request *other = w->s->requests.items[i];
        if (other != r && other->state == JML_REQUEST_SCHEDULED &&
            jml_request_type_is_add(other->type) &&
            jml_id_equal(other->package_id, r->package_id))
            return true;
    }
    return false;
}

/* A workflow's add of a package that is held completes against it: the end is what the ledger says. */
static bool complete_against(struct jml_work *w, struct jml_request *r, struct jml_assignment *as)
{
    r->assignment_id = as->id;
    jml_assignment_move(w, as, as->starts_at, r->holding->until, r->holding->by, r,
                        "requested again while held");
    move(w, r, JML_FIRE_ACCEPT, 0,
         (struct jml_note){.reason = "held already: the later end counts"});
    return true;
}

/* What jmld's own add carries out; one that waited looks again. NULL: nothing gives it any more. */
static const struct jml_holding *holding_of(struct jml_work *w, const struct jml_request *r)
{
    if (r->holding)
        return r->holding;
    struct jml_holding *h = jml_new(w->arena, struct jml_holding);
    *h = jml_holding_of(w, r->package_id);
    return h->held ? h : NULL;
}

static bool decide_add(struct jml_work *w, struct jml_request *r)
{
    if (r->type == JML_USER_ADD)
        return deny(w, r, "not_supported: requests by users are not supported yet; use adminAdd");
    const char *no = jml_work_no_grants(w);
    if (no)
        return deny(w, r, no);
    const struct jml_package *package =
        jml_governance_find_package(w->world->governance, r->package_id);
    if (!package)
        return deny(w, r, "unknown_package: access_package_id names no access package");
    const struct jml_policy *policy = policy_of(r, package);
    if (!policy)
        return deny(w, r,
                    jml_id_is_set(r->policy_id)
                        ? "unknown_policy: policy_id names no policy of this access package"
                        : "no_policy: the package has not exactly one enabled policy; name one");
    bool again = r->type == JML_SYSTEM_ADD && !(r->holding && r->holding->asked);
    if (!policy->enabled && !again) /* what counts (again) is no new request */
        return deny(w, r, jml_printf(w->arena, "policy_disabled: policy '%s' is disabled",
                                     policy->display_name));
    r->policy_id = policy->id;

    if (r->type == JML_SYSTEM_ADD) {
        r->holding = holding_of(w, r);
        if (!r->holding)
            return deny(w, r, "not_given: what gave it does not count any more");
        if (r->holding->asked && r->holding->refused && !r->holding->held)
            return deny(w, r, r->holding->refused);
    }
    struct jml_assignment *held = jml_assignment_find(w, package->id);
    if (held && r->type == JML_SYSTEM_ADD && r->holding->held)
        return complete_against(w, r, held);
    bool to_end = held && jml_streq(held->ends_by, "leave"); /* C6: to be had again */
    if (held && r->type != JML_SYSTEM_ADD && !to_end)
        return deny(w, r, jml_printf(w->arena,
                                     "already_held: the person holds this package already, "
                                     "assignment %s; update that one",
                                     jml_id_text(w->arena, held->id)));
    no = r->type == JML_SYSTEM_ADD ? NULL : jml_incompatible(w, package);
    if (no)
        return deny(w, r, no);
    if (r->state == JML_REQUEST_SUBMITTED && r->type != JML_SYSTEM_ADD &&
        waits_for_another_start(w, r))
        return deny(w, r, "already_requested: a request for this package waits for its start");

    jml_time start = r->starts_at == JML_TIME_NONE || r->starts_at < w->now ? w->now : r->starts_at;
    jml_time end = r->holding ? r->holding->until
                              : earlier_end(r->ends_at, jml_policy_end(policy, start, w->zone));
    /* T8: new grants wait; what counts since before the suspension is kept, and comes. */
    bool suspended =
        w->s->person.state == JML_PERSON_SUSPENDED && !(r->holding && r->holding->held);
    if (!(suspended && r->holding)) { /* what waits begins with the end of the suspension */
        if (end != JML_TIME_NONE && end <= w->now)
            return deny(w, r, jml_printf(w->arena, "end_in_the_past: it would end at %s",
                                         jml_time_format(w->arena, end)));
        if (end != JML_TIME_NONE && end <= start)
            return deny(w, r, jml_printf(w->arena, "end_before_start: it would end at %s, before its "
                                                   "start at %s",
                                         jml_time_format(w->arena, end),
                                         jml_time_format(w->arena, start)));
    }
    if (start > w->now || suspended) {
        r->due_at = start > w->now ? start : JML_TIME_NONE;
        if (r->state == JML_REQUEST_SCHEDULED)
            return true; /* waits on */
        struct jml_str detail = JML_STR_INIT(w->arena);
        jml_detail_time(&detail, "due_at", r->due_at);
        move(w, r, JML_FIRE_ACCEPT, JML_GUARD_STARTS_LATER,
             (struct jml_note){.reason = suspended ? "waits for the end of the suspension" : NULL,
                               .detail = jml_detail_end(&detail)});
        return true;
    }
    if (r->holding) /* its duration counts from there */
        start = r->holding->giver->from;
    const char *by = r->holding                                           ? r->holding->by
                     : r->ends_at != JML_TIME_NONE && end == r->ends_at ? "request"
                                                                          : "policy";
    if (held && to_end)
        jml_assignment_move(w, held, held->starts_at, end, by, r,
                            "requested again: the end that leaving set is replaced");
    else
        held = jml_assignment_grant(w, r, package, policy, start, end, by);
    r->assignment_id = held->id;
    if (!r->holding)
        jml_effect_of_request(w, r, JML_GIVE, end);
    move(w, r, JML_FIRE_ACCEPT, jml_package_is_outward(package) ? JML_GUARD_OUTWARD : 0,
         (struct jml_note){0});
    return true;
}

static struct jml_assignment *assignment_of(struct jml_work *w, const struct jml_request *r)
{
    if (jml_id_is_set(r->assignment_id))
        return jml_assignment_get(w, r->assignment_id);
    return jml_id_is_set(r->package_id) ? jml_assignment_find(w, r->package_id) : NULL;
}

static bool decide_update(struct jml_work *w, struct jml_request *r)
{
    if (r->type == JML_USER_UPDATE)
        return deny(w, r, "not_supported: requests by users are not supported yet");
    struct jml_assignment *as = assignment_of(w, r);
    if (!as)
        return deny(w, r, "not_held: the person holds no such assignment");
    r->assignment_id = as->id;
    r->package_id = as->package_id;
    jml_time start = r->starts_at == JML_TIME_NONE ? as->starts_at : r->starts_at;
    jml_time end = r->ends_at == JML_TIME_NONE ? as->ends_at : r->ends_at;
    if (r->ends_at != JML_TIME_NONE && r->type != JML_SYSTEM_UPDATE) {
        const struct jml_policy *policy =
            jml_governance_find_policy(w->world->governance, as->policy_id);
        if (policy) /* A2: never beyond what the policy gives from now on */
            end = earlier_end(end, jml_policy_end(policy, w->now, w->zone));
    }
    if (end != JML_TIME_NONE && end <= w->now)
        return deny(w, r, "end_in_the_past: remove the assignment instead");
    if (end != JML_TIME_NONE && end <= start)
        return deny(w, r, "end_before_start: the end is not after the start");
    if (r->starts_at != JML_TIME_NONE && r->starts_at > w->now)
        return deny(w, r, "already_started: the assignment has begun; its start cannot be put off");
    const char *no = jml_work_no_grants(w);
    bool longer = as->ends_at != JML_TIME_NONE && (end == JML_TIME_NONE || end > as->ends_at);
    if (no && longer) /* T8: nothing is given to a person who left, no further day either */
        return deny(w, r, no);
    bool keeps = r->type == JML_SYSTEM_UPDATE || (no && jml_streq(as->ends_by, "leave"));
    jml_assignment_move(w, as, start, end, keeps ? as->ends_by : "request", r,
                        r->justification ? "updated on request" : NULL);
    if (r->type != JML_SYSTEM_UPDATE)
        jml_effect_of_request(w, r, JML_RESET, end);
    move(w, r, JML_FIRE_ACCEPT, 0, (struct jml_note){0}); /* its ends_at stays what was asked for */
    return true;
}

static size_t cancel_made_before(struct jml_work *w, struct jml_id package_id,
                                 const struct jml_request *before, const char *actor,
                                 const char *reason, const struct jml_run *run);

static bool decide_remove(struct jml_work *w, struct jml_request *r)
{
    if (r->type == JML_USER_REMOVE || r->type == JML_APPROVER_REMOVE)
        return deny(w, r, "not_supported: requests by users are not supported yet; use adminRemove");
    struct jml_assignment *as = assignment_of(w, r);
    /* A4: what was asked for and has not come must not come after the removal. */
    size_t canceled = 0;
    if (as || (jml_id_is_set(r->package_id) && !jml_id_is_set(r->assignment_id)))
        canceled = cancel_made_before(w, as ? as->package_id : r->package_id, r,
                                      r->requestor, "the package was removed", NULL);
    if (!as && !canceled)
        return deny(w, r, "not_held: the person holds no such assignment");
    if (!as) {
        if (r->type != JML_SYSTEM_REMOVE)
            jml_effect_of_request(w, r, JML_TAKE, JML_TIME_NONE);
        move(w, r, JML_FIRE_ACCEPT, 0,
             (struct jml_note){.reason = "not held yet: the requests for it were canceled"});
        return true;
    }
    r->assignment_id = as->id;
    r->package_id = as->package_id;
    jml_assignment_end(w, as, "removed", r, "removed on request");
    if (r->type != JML_SYSTEM_REMOVE)
        jml_effect_of_request(w, r, JML_TAKE, JML_TIME_NONE);
    const struct jml_package *package =
        jml_governance_find_package(w->world->governance, as->package_id);
    move(w, r, JML_FIRE_ACCEPT, package && jml_package_is_outward(package) ? JML_GUARD_OUTWARD : 0,
         (struct jml_note){0});
    return true;
}

bool jml_request_decide(struct jml_work *w, struct jml_request *r)
{
    if (!r->moved)
        submit(w, r);
    if (jml_request_type_is_add(r->type))
        return decide_add(w, r);
    if (jml_request_type_is_update(r->type))
        return decide_update(w, r);
    return decide_remove(w, r);
}

void jml_request_cancel(struct jml_work *w, struct jml_request *r, const char *actor,
                        const char *reason, const struct jml_run *run)
{
    if (!r->moved)
        submit(w, r);
    move(w, r, JML_FIRE_CANCEL, 0,
         (struct jml_note){
             .actor = actor, .reason = reason, .run_id = run ? run->id : jml_id_none});
}

size_t jml_request_cancel_open(struct jml_work *w, struct jml_id package_id, const char *actor,
                               const char *reason, const struct jml_run *run)
{
    return cancel_made_before(w, package_id, NULL, actor, reason, run);
}

/* What was submitted after that request (they lie in the order they were made) is a later word, and
 * stays. */
static size_t cancel_made_before(struct jml_work *w, struct jml_id package_id,
                                 const struct jml_request *before, const char *actor,
                                 const char *reason, const struct jml_run *run)
{
    size_t canceled = 0;
    bool later = false;
    for (size_t i = 0; i < w->s->requests.n; i++) {
        struct jml_request *r = w->s->requests.items[i];
        later = later || r == before;
        if (!jml_request_is_open(r) || !jml_request_type_is_add(r->type) ||
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
    const struct jml_package *package =
        jml_governance_find_package(w->world->governance, as->package_id);
    struct jml_request *r =
        jml_request_make(w, JML_SYSTEM_REMOVE, NULL, NULL, as, run, requestor, why);
    jml_assignment_end(w, as, end_reason, r, why);
    move(w, r, JML_FIRE_ACCEPT, package && jml_package_is_outward(package) ? JML_GUARD_OUTWARD : 0,
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
    move(w, r, JML_FIRE_ACCEPT, 0, (struct jml_note){0});
}

bool jml_request_give(struct jml_work *w, const struct jml_holding *holding,
                      const struct jml_run *run, const char *requestor, const char *why,
                      struct jml_request **ret_request)
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
    *ret_request = r;
    bool given = jml_request_decide(w, r);
    r->holding = NULL; /* one that waits looks again when its time has come */
    return given;
}

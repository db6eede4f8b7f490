/* SPDX-License-Identifier: MIT
 *
 * Decisions about requests, by the rules (SEMANTICS A1, A2, A4, T8): what must hold is looked at when
 * it is asked for, again when the last approver said yes, and again at a start that was ahead.
 */
#include "core/answers.h"
#include "core/approval.h"
#include "core/eligibility.h"

static bool deny(struct jml_work *w, struct jml_request *r, const char *error)
{
    return jml_request_deny(w, r, 0, error);
}

static void accept(struct jml_work *w, struct jml_request *r, unsigned facts, const char *reason)
{
    jml_request_fire(w, r, JML_FIRE_ACCEPT, facts, (struct jml_note){.reason = reason});
}

static jml_time earlier_end(jml_time a, jml_time b)
{
    if (a == JML_TIME_NONE)
        return b;
    return b == JML_TIME_NONE || a < b ? a : b;
}

/* ---- add ---- */

/* What is asked, as decided so far. */
struct add {
    const struct jml_package *package;
    const struct jml_policy *policy;
    struct jml_assignment *held;
    bool is_first, is_approved;
    bool is_direct; /* not what the ledger says already */
    bool suspended; /* T8: new grants wait; what counts since before the suspension is kept, and comes */
    jml_time start, end;
};

static bool waits_already(struct jml_work *w, const struct jml_request *r)
{
    for (size_t i = 0; i < w->s->requests.n; i++) {
        const struct jml_request *other = w->s->requests.items[i];
        if (other != r && jml_request_type_is_add(other->type) &&
            (other->state == JML_REQUEST_SCHEDULED || other->state == JML_REQUEST_PENDING_APPROVAL) &&
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
    accept(w, r, 0, "held already: the later end counts");
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

/* Who asks, why, from when to when, and the answers: looked at once, when it is asked. */
static const char *check_words(struct jml_work *w, struct jml_request *r, const struct add *x)
{
    const char *error = NULL;
    if (r->type == JML_USER_ADD) {
        error = jml_requestor_refusal(w, r, x->policy, JML_WISH_ADD);
        if (!error && x->policy->justification && (!r->justification || !*r->justification))
            error = jml_printf(w->arena, "justification_needed: policy '%s' wants to know why",
                               x->policy->display_name);
        if (!error && (r->starts_at != JML_TIME_NONE || r->ends_at != JML_TIME_NONE) &&
            !x->policy->requestors.custom_schedule)
            error = jml_printf(w->arena,
                               "no_custom_dates: policy '%s' sets the dates itself; leave them out",
                               x->policy->display_name);
    }
    if (error || r->type == JML_SYSTEM_ADD)
        return error;
    const struct jml_value *answers =
        jml_answers_add(w->arena, x->policy, NULL, r->answers, &error);
    return error ? error : jml_answers_missing(w->arena, x->policy, answers);
}

/* What must hold whenever it is looked at. */
static const char *check_rules(struct jml_work *w, struct jml_request *r, struct add *x)
{
    const char *error = NULL;
    if (x->is_first && x->package)
        error = jml_external_admit(w, r, x->package);
    if (!error)
        error = jml_work_no_grants(w);
    if (error)
        return error;
    if (!x->package)
        return "unknown_package: access_package_id names no access package";
    x->policy = jml_policy_choose(w, r, x->package, &error);
    if (!x->policy)
        return error;
    if (r->type != JML_SYSTEM_ADD || r->asks || r->stage > 0)
        error = jml_scope_refusal(w, x->policy);
    if (!error && x->is_first)
        error = check_words(w, r, x);
    return error;
}

static const char *check_holding(struct jml_work *w, struct jml_request *r, const struct add *x)
{
    if (x->held && r->type != JML_SYSTEM_ADD && !jml_streq(x->held->ends_by, "leave"))
        return jml_printf(w->arena,
                          "already_held: the person holds this package already, assignment %s; update "
                          "that one",
                          jml_id_text(w->arena, x->held->id));
    if (x->is_first && r->type != JML_SYSTEM_ADD && waits_already(w, r))
        return "already_requested: a request for this package waits for its start or for approval";
    return x->is_direct ? jml_incompatible(w, x->package) : NULL;
}

static const char *check_dates(struct jml_work *w, struct jml_request *r, struct add *x)
{
    x->start = r->starts_at == JML_TIME_NONE || r->starts_at < w->now ? w->now : r->starts_at;
    x->end = r->holding
                 ? r->holding->until
                 : earlier_end(r->ends_at, jml_policy_end(x->policy, x->start, w->zone));
    x->suspended =
        w->s->person.state == JML_PERSON_SUSPENDED && !(r->holding && r->holding->held);
    if (x->suspended && r->holding)
        return NULL; /* what waits begins with the end of the suspension */
    if (x->end != JML_TIME_NONE && x->end <= w->now)
        return jml_printf(w->arena, "end_in_the_past: it would end at %s",
                          jml_time_format(w->arena, x->end));
    if (x->end != JML_TIME_NONE && x->end <= x->start)
        return jml_printf(w->arena, "end_before_start: it would end at %s, before its start at %s",
                          jml_time_format(w->arena, x->end), jml_time_format(w->arena, x->start));
    return NULL;
}

static bool wait_for_start(struct jml_work *w, struct jml_request *r, const struct add *x)
{
    r->due_at = x->start > w->now ? x->start : JML_TIME_NONE;
    if (r->state == JML_REQUEST_SCHEDULED)
        return true; /* waits on */
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_time(&detail, "due_at", r->due_at);
    jml_request_fire(
        w, r, JML_FIRE_ACCEPT, JML_GUARD_STARTS_LATER,
        (struct jml_note){.reason = x->suspended ? "waits for the end of the suspension" : NULL,
                          .detail = jml_detail_end(&detail)});
    return true;
}

/* An approved request of a run for what is held meanwhile. */
static bool add_to_held(struct jml_work *w, struct jml_request *r, const struct add *x)
{
    struct jml_holding h;
    jml_effect_of_request(w, r, JML_GIVE, x->end);
    h = jml_holding_of(w, r->package_id);
    r->holding = &h;
    complete_against(w, r, x->held);
    r->holding = NULL;
    return true;
}

static void give(struct jml_work *w, struct jml_request *r, const struct add *x)
{
    jml_time start = r->holding ? r->holding->giver->from : x->start; /* its duration counts from there */
    const char *by = r->holding                                            ? r->holding->by
                     : r->ends_at != JML_TIME_NONE && x->end == r->ends_at ? "request"
                                                                           : "policy";
    struct jml_assignment *held = x->held;
    const char *error; /* they were looked at when it was asked; what does not fit any more is left out */
    if (held)
        jml_assignment_move(w, held, held->starts_at, x->end, by, r,
                            "requested again: the end that leaving set is replaced");
    else
        held = jml_assignment_grant(w, r, x->package, x->policy, start, x->end, by);
    const struct jml_value *answers =
        jml_answers_add(w->arena, x->policy, held->answers, r->answers, &error);
    if (answers && answers != held->answers) {
        held->answers = answers;
        jml_touch(&held->mark);
    }
    r->assignment_id = held->id;
    if (!r->holding)
        jml_effect_of_request(w, r, JML_GIVE, x->end);
    accept(w, r, held->state == JML_ASSIGNMENT_DELIVERED ? 0 : JML_GUARD_OUTWARD, NULL);
}

static bool decide_add(struct jml_work *w, struct jml_request *r)
{
    struct add x = {.package = jml_governance_find_package(w->world->governance, r->package_id),
                    .is_first = r->state == JML_REQUEST_SUBMITTED,
                    .is_approved = r->stage > 0};
    const char *error = check_rules(w, r, &x);
    if (error)
        return deny(w, r, error);
    r->policy_id = x.policy->id;
    x.is_direct = r->type != JML_SYSTEM_ADD || x.is_approved;
    if (!x.is_direct) {
        r->holding = holding_of(w, r);
        if (!r->holding)
            return deny(w, r, "not_given: what gave it does not count any more");
        if (r->asks && r->holding->refused && !r->holding->held)
            return deny(w, r, r->holding->refused);
    }
    x.held = jml_assignment_find(w, x.package->id);
    if (x.held && !x.is_direct && r->holding->held)
        return complete_against(w, r, x.held);
    error = check_holding(w, r, &x);
    if (!error)
        error = check_dates(w, r, &x);
    if (error)
        return deny(w, r, error);
    if (x.is_first && x.policy->approval_for_add && x.policy->n_stages > 0 &&
        (r->type != JML_SYSTEM_ADD || r->asks))
        return jml_approval_begin(w, r, x.policy);
    if (x.start > w->now || x.suspended)
        return wait_for_start(w, r, &x);
    if (x.held && r->type == JML_SYSTEM_ADD && x.is_direct && !jml_streq(x.held->ends_by, "leave"))
        return add_to_held(w, r, &x);
    give(w, r, &x);
    return true;
}

/* ---- update ---- */

static struct jml_assignment *assignment_of(struct jml_work *w, const struct jml_request *r)
{
    if (jml_id_is_set(r->assignment_id))
        return jml_assignment_get(w, r->assignment_id);
    return jml_id_is_set(r->package_id) ? jml_assignment_find(w, r->package_id) : NULL;
}

struct update {
    struct jml_assignment *as;
    const struct jml_policy *policy; /* NULL: it is gone */
    const struct jml_value *answers;
    jml_time start, end;
    const char *by;
    bool is_first, is_longer;
};

static bool is_longer(const struct jml_assignment *as, jml_time end)
{
    return as->ends_at != JML_TIME_NONE && (end == JML_TIME_NONE || end > as->ends_at);
}

/* What people change by themselves: whether they may, and how long the policy gives from now on. */
static const char *check_user_update(struct jml_work *w, struct jml_request *r, struct update *x)
{
    const char *error = NULL;
    if (!x->policy)
        return "not_requestable: the policy of this assignment is gone; an administrator can update it";
    if (!x->policy->enabled)
        return jml_printf(w->arena, "policy_disabled: policy '%s' is disabled",
                          x->policy->display_name);
    if (x->is_first)
        error = jml_requestor_refusal(w, r, x->policy, JML_WISH_UPDATE);
    if (!error)
        error = jml_work_no_grants(w);
    if (!error)
        error = jml_scope_refusal(w, x->policy);
    if (error)
        return error;
    if (x->is_first && x->policy->justification && (!r->justification || !*r->justification))
        return jml_printf(w->arena, "justification_needed: policy '%s' wants to know why",
                          x->policy->display_name);
    if ((r->starts_at != JML_TIME_NONE || r->ends_at != JML_TIME_NONE) &&
        !x->policy->requestors.custom_schedule)
        return jml_printf(w->arena,
                          "no_custom_dates: policy '%s' sets the end itself; leave it out",
                          x->policy->display_name);
    if (r->ends_at == JML_TIME_NONE && r->answers)
        return NULL; /* answers alone */
    x->end = earlier_end(r->ends_at, jml_policy_end(x->policy, w->now, w->zone));
    x->by = r->ends_at != JML_TIME_NONE && x->end == r->ends_at ? "request" : "policy";
    if (!is_longer(x->as, x->end))
        return jml_printf(w->arena, "no_extension: it ends at %s already, and policy '%s' gives no more%s%s",
                          x->as->ends_at == JML_TIME_NONE ? "no time"
                                                          : jml_time_format(w->arena, x->as->ends_at),
                          x->policy->display_name, x->end == JML_TIME_NONE ? "" : " than until ",
                          x->end == JML_TIME_NONE ? "" : jml_time_format(w->arena, x->end));
    return NULL;
}

static const char *check_answers(struct jml_work *w, const struct jml_request *r, struct update *x)
{
    const char *error = NULL;
    x->answers = x->as->answers;
    if (!r->answers || r->type == JML_SYSTEM_UPDATE)
        return NULL;
    if (!x->policy)
        return "unknown_question: the policy that asked is gone";
    const struct jml_value *answers =
        jml_answers_add(w->arena, x->policy, x->as->answers, r->answers, &error);
    if (!error)
        error = jml_answers_fixed(w->arena, x->policy, x->as->answers, answers);
    if (!error)
        error = jml_answers_missing(w->arena, x->policy, answers);
    if (!error)
        x->answers = answers;
    return error;
}

static const char *check_update(struct jml_work *w, struct jml_request *r, struct update *x)
{
    x->start = r->starts_at == JML_TIME_NONE ? x->as->starts_at : r->starts_at;
    x->end = r->ends_at == JML_TIME_NONE ? x->as->ends_at : r->ends_at;
    x->by = "request";
    if (r->type == JML_USER_UPDATE) {
        const char *error = check_user_update(w, r, x);
        if (error)
            return error;
    } else if (r->ends_at != JML_TIME_NONE && r->type != JML_SYSTEM_UPDATE && x->policy) {
        /* A2: never beyond what the policy gives from now on */
        x->end = earlier_end(x->end, jml_policy_end(x->policy, w->now, w->zone));
    }
    if (x->end != JML_TIME_NONE && x->end <= w->now)
        return "end_in_the_past: remove the assignment instead";
    if (x->end != JML_TIME_NONE && x->end <= x->start)
        return "end_before_start: the end is not after the start";
    if (r->starts_at != JML_TIME_NONE && r->starts_at > w->now)
        return "already_started: the assignment has begun; its start cannot be put off";
    x->is_longer = is_longer(x->as, x->end);
    const char *no = jml_work_no_grants(w);
    if (no && x->is_longer) /* T8: nothing is given to a person who left, no further day either */
        return no;
    if (no && jml_streq(x->as->ends_by, "leave"))
        x->by = x->as->ends_by;
    if (x->is_first && r->type == JML_USER_UPDATE && jml_request_waits_for_update(w, x->as->id))
        return "already_requested: a request to change this assignment waits for approval";
    return check_answers(w, r, x);
}

static bool decide_update(struct jml_work *w, struct jml_request *r)
{
    struct update x = {.as = assignment_of(w, r), .is_first = r->state == JML_REQUEST_SUBMITTED};
    if (!x.as)
        return deny(w, r, "not_held: the person holds no such assignment");
    r->assignment_id = x.as->id;
    r->package_id = x.as->package_id;
    x.policy = jml_governance_find_policy(w->world->governance, x.as->policy_id);
    const char *error = check_update(w, r, &x);
    if (error)
        return deny(w, r, error);
    bool asks = r->type == JML_USER_UPDATE || (r->type == JML_ADMIN_UPDATE && x.is_longer);
    if (asks && x.is_first && x.policy && x.policy->approval_for_update && x.policy->n_stages > 0) {
        r->policy_id = x.policy->id;
        return jml_approval_begin(w, r, x.policy);
    }
    bool answers_alone = r->type == JML_USER_UPDATE && r->answers && r->ends_at == JML_TIME_NONE;
    if (r->type == JML_SYSTEM_UPDATE)
        x.by = x.as->ends_by;
    if (x.answers != x.as->answers) {
        x.as->answers = x.answers;
        jml_touch(&x.as->mark);
    }
    if (!answers_alone) {
        jml_assignment_move(w, x.as, x.start, x.end, x.by, r,
                            r->justification ? "updated on request" : NULL);
        if (r->type != JML_SYSTEM_UPDATE)
            jml_effect_of_request(w, r, JML_RESET, x.end);
    }
    accept(w, r, 0, NULL); /* its ends_at stays what was asked for */
    return true;
}

/* ---- remove ---- */

/* NULL: so may who asks. */
static const char *check_user_remove(struct jml_work *w, const struct jml_request *r,
                                     const struct jml_assignment *as)
{
    const struct jml_policy *policy =
        as ? jml_governance_find_policy(w->world->governance, as->policy_id) : NULL;
    if (!as)
        return "not_held: the person holds no such assignment";
    if (!policy)
        return "not_requestable: the policy of this assignment is gone; an administrator can remove it";
    if (r->type == JML_USER_REMOVE)
        return jml_requestor_refusal(w, r, policy, JML_WISH_REMOVE);
    const struct jml_party *party = jml_party_find(w, r->requestor);
    if (!party || (party->state != JML_PERSON_ACTIVE && party->state != JML_PERSON_EXTERNAL) ||
        !jml_is_approver(w, r, policy, r->requestor))
        return jml_printf(w->arena, "not_approver: '%s' is no approver of policy '%s' for this person",
                          r->requestor ? r->requestor : "", policy->display_name);
    return NULL;
}

static bool decide_remove(struct jml_work *w, struct jml_request *r)
{
    struct jml_assignment *as = assignment_of(w, r);
    if (r->type == JML_USER_REMOVE || r->type == JML_APPROVER_REMOVE) {
        const char *error = check_user_remove(w, r, as);
        if (error)
            return deny(w, r, error);
    }
    /* A4: what was asked for and has not come must not come after the removal. */
    size_t canceled = 0;
    if (as || (jml_id_is_set(r->package_id) && !jml_id_is_set(r->assignment_id)))
        canceled = jml_request_cancel_before(w, as ? as->package_id : r->package_id, r,
                                             jml_request_actor(r), "the package was removed", NULL);
    if (!as && !canceled)
        return deny(w, r, "not_held: the person holds no such assignment");
    if (!as) {
        if (r->type != JML_SYSTEM_REMOVE)
            jml_effect_of_request(w, r, JML_TAKE, JML_TIME_NONE);
        accept(w, r, 0, "not held yet: the requests for it were canceled");
        return true;
    }
    r->assignment_id = as->id;
    r->package_id = as->package_id;
    jml_assignment_end(w, as, "removed", r, "removed on request");
    if (r->type != JML_SYSTEM_REMOVE)
        jml_effect_of_request(w, r, JML_TAKE, JML_TIME_NONE);
    accept(w, r, as->revoked_at == JML_TIME_NONE ? JML_GUARD_OUTWARD : 0, NULL);
    return true;
}

bool jml_request_decide(struct jml_work *w, struct jml_request *r)
{
    if (!r->moved)
        jml_request_submit(w, r);
    if (jml_request_type_is_add(r->type))
        return decide_add(w, r);
    if (jml_request_type_is_update(r->type))
        return decide_update(w, r);
    return decide_remove(w, r);
}

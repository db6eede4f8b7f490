/* SPDX-License-Identifier: MIT
 *
 * What happens to a request that waits for approval.
 */
#include "core/approval.h"

#include "core/eligibility.h"

/* ---- stages ---- */

/* The policy and the stage that it waits in; NULL: a later apply took them away. */
static const struct jml_policy *policy_of(const struct jml_work *w, const struct jml_request *r)
{
    return jml_governance_find_policy(w->world->governance, r->policy_id);
}

static const struct jml_stage *stage_of(const struct jml_work *w, const struct jml_request *r)
{
    const struct jml_policy *policy = policy_of(w, r);
    return policy && r->stage > 0 && (size_t)r->stage <= policy->n_stages
               ? &policy->stages[r->stage - 1]
               : NULL;
}

bool jml_approval_is_lost(const struct jml_work *w, const struct jml_request *r)
{
    return stage_of(w, r) == NULL;
}

/* Half of the civil days, and half a day is twelve hours. */
static jml_time halfway(const struct jml_work *w, jml_time from, struct jml_duration d)
{
    struct jml_duration half = {.days = d.days / 2,
                                .exact = d.exact / 2 + (d.days % 2) * (JML_DAY / 2)};
    return jml_duration_add(w->zone, from, half);
}

static void set_due(struct jml_request *r)
{
    r->due_at = jml_approval_due(r);
}

jml_time jml_approval_due(const struct jml_request *r)
{
    if (!r->told) /* its approvers wait to be asked */
        return r->stage_at;
    jml_time due = r->deny_at;
    if (r->remind_at != JML_TIME_NONE && r->remind_at < due)
        due = r->remind_at;
    if (r->escalate_at != JML_TIME_NONE && r->escalate_at < due)
        due = r->escalate_at;
    return due;
}

static void step_on(struct jml_work *w, struct jml_request *r, enum jml_fire trigger)
{
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_int(&detail, "stage", r->stage);
    jml_detail_time(&detail, "deny_at", r->deny_at);
    jml_request_fire(w, r, trigger, 0, (struct jml_note){.detail = jml_detail_end(&detail)});
}

static void forward(struct jml_work *w, struct jml_request *r, const struct jml_stage *stage)
{
    r->escalated = true;
    r->escalate_at = JML_TIME_NONE;
    set_due(r);
    step_on(w, r, JML_FIRE_FORWARD);
    if (r->deny_at > w->now)
        jml_approval_tell(w, r, stage, JML_NEWS_FORWARDED, NULL);
}

/* Asks the approvers of the stage. false: there is nobody, and the request is denied. */
static bool ask(struct jml_work *w, struct jml_request *r, const struct jml_stage *stage,
                enum jml_fire trigger)
{
    bool has_approvers = jml_approvers_of(w, r, stage).n > 0;
    if (!has_approvers && jml_alternates_of(w, r, stage).n == 0)
        return jml_request_deny(
            w, r, 0,
            jml_printf(w->arena,
                       "no_approver: nobody may decide in stage %d of policy '%s'; "
                       "an administrator has to name somebody there",
                       r->stage, policy_of(w, r)->display_name));
    r->told = true;
    set_due(r);
    step_on(w, r, trigger);
    if (has_approvers)
        jml_approval_tell(w, r, stage, JML_NEWS_ASKED, NULL);
    else /* nobody to wait for before */
        forward(w, r, stage);
    return true;
}

static bool begin_stage(struct jml_work *w, struct jml_request *r, const struct jml_policy *policy,
                        int number)
{
    const struct jml_stage *stage = &policy->stages[number - 1];
    r->stage = number;
    r->stage_at = w->now;
    r->deny_at = jml_duration_add(w->zone, w->now, stage->denial);
    r->escalate_at =
        stage->escalates ? jml_duration_add(w->zone, w->now, stage->escalation) : JML_TIME_NONE;
    r->remind_at = halfway(w, w->now, stage->escalates ? stage->escalation : stage->denial);
    r->escalated = r->told = false;
    if (r->mark != JML_CREATED)
        return ask(w, r, stage, JML_FIRE_ASK);
    set_due(r);
    step_on(w, r, JML_FIRE_ASK);
    return true;
}

bool jml_approval_begin(struct jml_work *w, struct jml_request *r, const struct jml_policy *policy)
{
    return begin_stage(w, r, policy, 1);
}

/* ---- time ---- */

static void time_out(struct jml_work *w, struct jml_request *r, const struct jml_stage *stage)
{
    const char *error =
        jml_printf(w->arena, "timed_out: nobody decided in stage %d before %s; ask again", r->stage,
                   jml_time_format(w->arena, r->deny_at));
    jml_time deny_at = r->deny_at; /* the mails tell it */
    jml_request_deny(w, r, JML_GUARD_TIMED_OUT, error);
    r->status = "Expired";
    struct jml_request as_it_was = *r;
    as_it_was.deny_at = deny_at;
    jml_approval_tell(w, &as_it_was, stage, JML_NEWS_TIMED_OUT, NULL);
}

static bool is_due(const struct jml_work *w, jml_time t)
{
    return t != JML_TIME_NONE && t <= w->now;
}

/* One after the other, each at its time: a decision may have come in between. What is out of time
 * already bothers nobody any more. */
void jml_approval_happen(struct jml_work *w, struct jml_request *r)
{
    const struct jml_stage *stage = stage_of(w, r);
    bool in_time = r->deny_at > w->now;
    if (!stage) {
        jml_request_deny(w, r, 0,
                         "policy_changed: the policy that it was asked under has no such stage of "
                         "approval any more; ask again");
    } else if (!r->told) {
        ask(w, r, stage, JML_FIRE_TELL);
    } else if (is_due(w, r->remind_at)) {
        r->remind_at = JML_TIME_NONE;
        set_due(r);
        jml_touch(&r->mark);
        if (!in_time)
            return;
        step_on(w, r, JML_FIRE_REMIND);
        jml_approval_tell(w, r, stage, JML_NEWS_REMINDED, NULL);
    } else if (is_due(w, r->escalate_at)) {
        forward(w, r, stage);
    } else {
        time_out(w, r, stage);
    }
}

/* ---- decisions ---- */

static struct jml_request *request_of(const struct jml_work *w, const struct jml_approval *a)
{
    for (size_t i = 0; i < w->s->requests.n; i++)
        if (jml_id_equal(w->s->requests.items[i]->id, a->request_id))
            return w->s->requests.items[i];
    return NULL;
}

jml_time jml_approval_came(const struct jml_work *w, const struct jml_approval *a)
{
    return a->created_at < w->now ? a->created_at : w->now;
}

struct jml_approval *jml_approval_next(const struct jml_work *w, bool about_any)
{
    struct jml_approval *next = NULL;
    for (size_t i = 0; i < w->s->approvals.n; i++) {
        struct jml_approval *a = w->s->approvals.items[i];
        if (a->state != JML_APPROVAL_PENDING || (next && next->created_at <= a->created_at))
            continue;
        const struct jml_request *r = about_any ? NULL : request_of(w, a);
        if (about_any || (r && r->state == JML_REQUEST_PENDING_APPROVAL))
            next = a;
    }
    return next;
}

/* NULL, or why the decision does not count. */
static const char *refusal(struct jml_work *w, const struct jml_approval *a,
                           const struct jml_request *r)
{
    struct jml_arena *arena = w->arena;
    if (!r || r->state != JML_REQUEST_PENDING_APPROVAL)
        return jml_printf(arena, "not_pending: the request does not wait for approval%s%s",
                          r ? ": it is " : " any more",
                          r ? jml_state_name(JML_MACHINE_REQUEST, r->state) : "");
    const struct jml_stage *stage = stage_of(w, r);
    if (!stage)
        return "policy_changed: the policy has no such stage of approval any more";
    if (a->stage != 0 && a->stage != r->stage)
        return jml_printf(arena, "other_stage: the request waits in stage %d, not in %d", r->stage,
                          a->stage);
    const char *approver = jml_id_now(w, a->approver);
    if (jml_is_person(w, approver) || jml_streq(approver, jml_id_now(w, r->requestor)))
        return jml_printf(arena, "own_request: '%s' cannot decide about a request of their own",
                          a->approver);
    const struct jml_party *party = jml_party_find(w, a->approver);
    if (!party)
        return jml_printf(arena, "unknown_approver: nobody is known as '%s'", a->approver);
    if (party->state != JML_PERSON_ACTIVE && party->state != JML_PERSON_EXTERNAL)
        return jml_printf(arena, "approver_not_active: '%s' is %s", a->approver,
                          jml_state_name(JML_MACHINE_PERSON, party->state));
    struct jml_approvers approvers = jml_approvers_of(w, r, stage);
    struct jml_approvers alternates = jml_alternates_of(w, r, stage);
    if (!jml_approvers_have(&approvers, approver)) {
        if (!jml_approvers_have(&alternates, approver))
            return jml_printf(arena, "not_approver: '%s' is no approver of stage %d of policy '%s'",
                              a->approver, r->stage, policy_of(w, r)->display_name);
        if (!r->escalated)
            return jml_printf(
                arena, "not_forwarded: '%s' decides when the request was forwarded, at %s",
                a->approver,
                r->escalate_at != JML_TIME_NONE ? jml_time_format(arena, r->escalate_at)
                                                : "no time");
    }
    if (stage->justification && (!a->justification || !*a->justification))
        return jml_printf(arena, "justification_needed: stage %d of policy '%s' wants to know why",
                          r->stage, policy_of(w, r)->display_name);
    return NULL;
}

static void record(struct jml_work *w, struct jml_approval *a, const struct jml_request *r,
                   const char *error)
{
    struct jml_str detail = JML_STR_INIT(w->arena);
    if (!error)
        a->stage = r->stage;
    jml_detail_text(&detail, "approver", a->approver);
    jml_detail_text(&detail, "decision", a->approves ? "approve" : "deny");
    jml_detail_int(&detail, "stage", a->stage);
    struct jml_note note = {.actor = a->actor ? a->actor : a->approver,
                            .reason = error,
                            .detail = jml_detail_end(&detail),
                            .request_id = a->request_id};
    a->error = error;
    jml_touch(&a->mark);
    a->state = jml_work_move(w, JML_MACHINE_APPROVAL, jml_id_text(w->arena, a->id),
                             JML_APPROVAL_NEW, error ? JML_FIRE_REFUSE : JML_FIRE_APPLY, 0, &note);
}

void jml_approval_decide(struct jml_work *w, struct jml_approval *a)
{
    struct jml_request *r = request_of(w, a);
    const char *error = refusal(w, a, r);
    record(w, a, r, error);
    if (error)
        return;
    const struct jml_policy *policy = policy_of(w, r);
    const struct jml_stage *stage = stage_of(w, r);
    if (!a->approves) {
        jml_request_deny(
            w, r, JML_GUARD_BY_AN_APPROVER,
            jml_printf(w->arena, "denied: by '%s' in stage %d", a->approver, r->stage));
        jml_approval_tell(w, r, stage, JML_NEWS_DENIED, a);
        return;
    }
    if (policy->n_stages > 1)
        jml_approval_tell(w, r, stage, JML_NEWS_APPROVED, a);
    if ((size_t)r->stage < policy->n_stages)
        begin_stage(w, r, policy, r->stage + 1);
    else
        jml_request_decide(w, r);
}

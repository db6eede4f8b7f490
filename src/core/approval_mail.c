/* SPDX-License-Identifier: MIT
 *
 * Mails about requests (entra-facts 2.5): to approvers and alternates, to who asked, to who has access
 * now. One row a recipient, once for a request, a stage and a kind.
 */
#include "core/approval.h"

#include <string.h>

#include "core/eligibility.h"

static struct jml_addressee addressee_of(const struct jml_party *p)
{
    return (struct jml_addressee){p->employee_id, p->display_name, p->mail};
}

static const char *name_of(struct jml_arena *a, struct jml_addressee who)
{
    return who.display_name ? jml_printf(a, "%s (%s)", who.display_name, who.employee_id)
                            : who.employee_id;
}

static const char *package_of(const struct jml_work *w, const struct jml_request *r)
{
    const struct jml_package *p = jml_governance_find_package(w->world->governance, r->package_id);
    return p ? p->display_name : "a package";
}

/* false: no person that anything is known about; an administrator, a workflow. */
static bool find_requestor(const struct jml_work *w, const struct jml_request *r,
                           struct jml_addressee *ret)
{
    const struct jml_party *party = jml_party_find(w, r->requestor);
    if (jml_is_person(w, r->requestor))
        *ret = jml_work_addressee(w);
    else if (party)
        *ret = addressee_of(party);
    else
        return false;
    return true;
}

/* "Ana (E1) asks for Sales", "E2 asks for Sales for Ana (E1)". */
static const char *what_is_asked(struct jml_work *w, const struct jml_request *r)
{
    struct jml_arena *a = w->arena;
    struct jml_addressee requestor, target = jml_work_addressee(w);
    bool known = find_requestor(w, r, &requestor);
    const char *who = known ? name_of(a, requestor) : r->requestor ? r->requestor : "somebody";
    const char *verb = jml_request_type_is_update(r->type) ? "to keep" : "for";
    if (known && jml_streq(requestor.employee_id, target.employee_id))
        return jml_printf(a, "%s asks %s %s", who, verb, package_of(w, r));
    return jml_printf(a, "%s asks %s %s, for %s", who, verb, package_of(w, r), name_of(a, target));
}

static const char *reasons(struct jml_work *w, const struct jml_request *r)
{
    struct jml_str s = JML_STR_INIT(w->arena);
    jml_str_addf(&s, "%s.\n", what_is_asked(w, r));
    if (r->justification)
        jml_str_addf(&s, "Reason given: %s\n", r->justification);
    if (r->starts_at != JML_TIME_NONE)
        jml_str_addf(&s, "From %s.\n", jml_time_format_in(w->arena, r->starts_at, w->zone));
    if (r->ends_at != JML_TIME_NONE)
        jml_str_addf(&s, "Until %s.\n", jml_time_format_in(w->arena, r->ends_at, w->zone));
    return jml_str_text(&s);
}

/* The commands that decide; with the newline between them. */
static const char *commands(struct jml_work *w, const struct jml_request *r)
{
    const char *id = jml_id_text(w->arena, r->id);
    const struct jml_policy *policy =
        jml_governance_find_policy(w->world->governance, r->policy_id);
    const struct jml_stage *stage = policy && r->stage > 0 && (size_t)r->stage <= policy->n_stages
                                        ? &policy->stages[r->stage - 1]
                                        : NULL;
    const char *why = stage && stage->justification ? " --justification TEXT" : "";
    return jml_printf(w->arena, "jmlctl request approve %s%s\njmlctl request deny %s%s", id, why, id,
                      why);
}

static const struct jml_assignment *assignment_of(const struct jml_work *w,
                                                  const struct jml_request *r);

/* For templates. */
static const char *about(struct jml_work *w, const struct jml_request *r, const char *kind,
                         struct jml_addressee to, const struct jml_approval *decision)
{
    struct jml_arena *a = w->arena;
    struct jml_addressee requestor, target = jml_work_addressee(w);
    bool known = find_requestor(w, r, &requestor), asks = jml_str_starts(kind, "approval_");
    const struct jml_assignment *as = assignment_of(w, r);
    struct jml_str p = JML_STR_INIT(a);
    jml_detail_text(&p, "accessPackage", package_of(w, r));
    jml_detail_id(&p, "accessPackageId", r->package_id);
    jml_detail_id(&p, "requestId", r->id);
    jml_detail_text(&p, "requestor",
                    known ? name_of(a, requestor) : r->requestor ? r->requestor : "");
    jml_detail_text(&p, "target", name_of(a, target));
    jml_notice_text(&p, "isForOther",
                    jml_streq(to.employee_id, target.employee_id) ? NULL : "true");
    jml_notice_text(&p, "isExtension", jml_request_type_is_update(r->type) ? "true" : NULL);
    jml_notice_text(&p, "justification", r->justification);
    jml_notice_time(w, &p, "startsOn", r->starts_at);
    jml_notice_time(w, &p, "endsAt", as ? as->ends_at : r->ends_at);
    jml_notice_time(w, &p, "decideBy", r->deny_at);
    if (r->stage > 0)
        jml_detail_int(&p, "stage", r->stage);
    jml_notice_text(&p, "approver", decision ? decision->approver : NULL);
    jml_notice_text(&p, "comment", decision ? decision->justification : r->error);
    if (asks && !jml_streq(kind, "approval_expired"))
        jml_detail_text(&p, "command", commands(w, r));
    return jml_notice_end(w, &p);
}

static void send(struct jml_work *w, const struct jml_request *r, const char *kind,
                 const char *occasion, struct jml_addressee to, const struct jml_approval *decision,
                 const char *subject, const char *body)
{
    const char *key = jml_printf(w->arena, "%s:%s:%s:%s", kind, jml_id_text(w->arena, r->id), occasion,
                                 to.employee_id);
    jml_notify_about(w, kind, to, r, subject, body, key, about(w, r, kind, to, decision));
}

static void send_all(struct jml_work *w, const struct jml_request *r, const char *kind,
                     const struct jml_approvers *to, const struct jml_approval *decision,
                     const char *subject, const char *body)
{
    const char *occasion = jml_printf(w->arena, "%d", r->stage);
    for (size_t i = 0; i < to->n; i++)
        send(w, r, kind, occasion, addressee_of(to->items[i]), decision, subject, body);
}

static struct jml_approvers both(struct jml_work *w, const struct jml_request *r,
                                 const struct jml_stage *stage)
{
    struct jml_approvers set = jml_approvers_of(w, r, stage);
    struct jml_approvers more = jml_alternates_of(w, r, stage);
    for (size_t i = 0; i < more.n; i++)
        if (!jml_approvers_have(&set, more.items[i]->employee_id))
            jml_vec_push(w->arena, &set, more.items[i]);
    return set;
}

/* ---- to approvers ---- */

static const char *how_to_decide(struct jml_work *w, const struct jml_request *r)
{
    const char *both = commands(w, r), *second = strchr(both, '\n');
    return jml_printf(w->arena,
                      "%s\nDecide until %s; after that it is denied by itself.\n\n"
                      "    %.*s\n    %s\n",
                      reasons(w, r), jml_time_format_in(w->arena, r->deny_at, w->zone),
                      (int)(second - both), both, second + 1);
}

static const char *date_of(struct jml_work *w, jml_time t)
{
    int64_t of_day;
    struct jml_date d = jml_zone_date(w->zone, t, &of_day);
    return jml_printf(w->arena, "%04d-%02d-%02d", d.year, d.month, d.day);
}

static void tell_denied(struct jml_work *w, const struct jml_request *r,
                        const struct jml_approval *a);

void jml_approval_tell(struct jml_work *w, const struct jml_request *r, const struct jml_stage *stage,
                       enum jml_approval_news news, const struct jml_approval *decision)
{
    struct jml_arena *a = w->arena;
    struct jml_addressee target = jml_work_addressee(w), requestor;
    const char *name = package_of(w, r), *whom = name_of(a, target);
    struct jml_approvers to;
    switch (news) {
    case JML_NEWS_ASKED:
        to = jml_approvers_of(w, r, stage);
        send_all(w, r, "approval_requested", &to, NULL,
                 jml_printf(a, "Approve or deny %s for %s by %s", name, whom, date_of(w, r->deny_at)),
                 how_to_decide(w, r));
        break;
    case JML_NEWS_REMINDED:
        to = jml_approvers_of(w, r, stage);
        send_all(w, r, "approval_reminder", &to, NULL,
                 jml_printf(a, "Reminder: approve or deny %s for %s by %s", name, whom,
                            date_of(w, r->deny_at)),
                 how_to_decide(w, r));
        break;
    case JML_NEWS_FORWARDED:
        to = jml_alternates_of(w, r, stage);
        send_all(w, r, "approval_escalated", &to, NULL,
                 jml_printf(a, "Approve or deny the forwarded request of %s for %s by %s", name, whom,
                            date_of(w, r->deny_at)),
                 how_to_decide(w, r));
        break;
    case JML_NEWS_APPROVED:
        to = both(w, r, stage);
        send_all(w, r, "request_approved", &to, decision,
                 jml_printf(a, "Stage %d approved: %s for %s", r->stage, name, whom),
                 jml_printf(a, "%s\n%s approved it in stage %d. Nothing is left to do for you.\n",
                            reasons(w, r), decision->approver, r->stage));
        break;
    case JML_NEWS_TIMED_OUT:
        to = both(w, r, stage);
        send_all(w, r, "approval_expired", &to, NULL,
                 jml_printf(a, "Request has expired: %s for %s", name, whom),
                 jml_printf(a, "%s\nNobody decided until %s, and it is denied. It may be asked for "
                               "again.\n",
                            reasons(w, r), jml_time_format_in(a, r->deny_at, w->zone)));
        if (find_requestor(w, r, &requestor))
            send(w, r, "request_expired", jml_printf(a, "%d", r->stage), requestor, NULL,
                 jml_printf(a, "Your request for %s has expired", name),
                 jml_printf(a, "%s\nNobody decided until %s, and it is denied. You may ask again.\n",
                            reasons(w, r), jml_time_format_in(a, r->deny_at, w->zone)));
        break;
    case JML_NEWS_DENIED:
        tell_denied(w, r, decision);
        break;
    }
}

/* ---- to who asked, and who has it ---- */

static bool is_users(const struct jml_request *r)
{
    return r->type == JML_USER_ADD || r->type == JML_USER_UPDATE || r->type == JML_USER_REMOVE ||
           r->type == JML_APPROVER_REMOVE;
}

static void tell_denied(struct jml_work *w, const struct jml_request *r,
                        const struct jml_approval *decision)
{
    struct jml_arena *a = w->arena;
    struct jml_addressee requestor;
    enum jml_person_state state = w->s->person.state;
    if (!find_requestor(w, r, &requestor) ||
        (jml_is_person(w, r->requestor) &&
         (state == JML_PERSON_LEFT || state == JML_PERSON_UNKNOWN)))
        return;
    const char *why = decision ? jml_printf(a, "%s denied it%s%s", decision->approver,
                                            decision->justification ? ": " : ".",
                                            decision->justification ? decision->justification : "")
                               : r->error;
    send(w, r, "request_denied", jml_printf(a, "%d", r->stage), requestor, decision,
         jml_printf(a, "Your request for %s was denied", package_of(w, r)),
         jml_printf(a, "%s\n%s\n", reasons(w, r), why));
}

static const struct jml_assignment *assignment_of(const struct jml_work *w,
                                                  const struct jml_request *r)
{
    for (size_t i = 0; i < w->s->assignments.n; i++)
        if (jml_id_equal(w->s->assignments.items[i]->id, r->assignment_id))
            return w->s->assignments.items[i];
    return NULL;
}

static void tell_granted(struct jml_work *w, const struct jml_request *r)
{
    struct jml_arena *a = w->arena;
    const struct jml_assignment *as = assignment_of(w, r);
    struct jml_addressee target = jml_work_addressee(w), requestor;
    const char *name = package_of(w, r);
    const char *until = !as || as->ends_at == JML_TIME_NONE
                            ? "It has no end."
                            : jml_printf(a, "It ends at %s.",
                                         jml_time_format_in(a, as->ends_at, w->zone));
    bool longer = jml_request_type_is_update(r->type);
    send(w, r, "access_granted", "0", target, NULL,
         jml_printf(a, longer ? "You keep access to %s" : "You now have access to %s", name),
         jml_printf(a, longer ? "Your access to %s goes on. %s\n" : "You now have access to %s. %s\n",
                    name, until));
    if (!find_requestor(w, r, &requestor) ||
        jml_streq(requestor.employee_id, target.employee_id))
        return;
    const char *whom = name_of(a, target);
    send(w, r, "access_granted", "0", requestor, NULL,
         jml_printf(a, longer ? "%s keeps access to %s" : "%s now has access to %s", whom, name),
         jml_printf(a, longer ? "The access of %s to %s goes on. %s\n"
                              : "%s now has access to %s, which you asked for. %s\n",
                    whom, name, until));
}

static void tell_approved(struct jml_work *w, const struct jml_request *r,
                          const struct jml_policy *policy)
{
    struct jml_approvers to = both(w, r, &policy->stages[0]);
    const char *name = package_of(w, r), *whom = name_of(w->arena, jml_work_addressee(w));
    for (size_t i = 0; i < to.n; i++)
        send(w, r, "request_approved", "completed", addressee_of(to.items[i]), NULL,
             jml_printf(w->arena, "Request approved: %s for %s", name, whom),
             jml_printf(w->arena, "%s\nThe request was approved and carried out.\n", reasons(w, r)));
}

void jml_request_tell(struct jml_work *w, const struct jml_request *r)
{
    const struct jml_policy *policy =
        jml_governance_find_policy(w->world->governance, r->policy_id);
    bool waited = r->stage > 0; /* for approval */
    if (r->state == JML_REQUEST_DENIED && (is_users(r) || waited))
        tell_denied(w, r, NULL);
    if (r->state != JML_REQUEST_DELIVERED || jml_request_type_is_remove(r->type))
        return;
    if (waited && policy && policy->n_stages > 0)
        tell_approved(w, r, policy);
    bool says_something =
        is_users(r) || (waited && (r->type == JML_ADMIN_ADD || r->type == JML_ADMIN_UPDATE));
    if (says_something && !(policy && policy->quiet))
        tell_granted(w, r);
}

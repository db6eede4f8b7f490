/* SPDX-License-Identifier: MIT
 *
 * Assignments: granting, moving, ending, and the notices of the end (SEMANTICS A1 to A6).
 */
#include "core/work.h"

struct jml_assignment *jml_assignment_find(const struct jml_work *w, struct jml_id package_id)
{
    for (size_t i = 0; i < w->s->assignments.n; i++) {
        struct jml_assignment *as = w->s->assignments.items[i];
        if (as->state != JML_ASSIGNMENT_EXPIRED && jml_id_equal(as->package_id, package_id))
            return as;
    }
    return NULL;
}

struct jml_assignment *jml_assignment_get(struct jml_work *w, struct jml_id id)
{
    for (size_t i = 0; i < w->s->assignments.n; i++) {
        struct jml_assignment *as = w->s->assignments.items[i];
        if (as->state != JML_ASSIGNMENT_EXPIRED && jml_id_equal(as->id, id))
            return as;
    }
    return NULL;
}

jml_time jml_policy_end(const struct jml_policy *p, jml_time start, const struct jml_zone *zone)
{
    switch (p->expiration.type) {
    case JML_EXPIRATION_AFTER_DATE_TIME:
        return p->expiration.end;
    case JML_EXPIRATION_AFTER_DURATION:
        return jml_duration_add(zone, start, p->expiration.duration);
    case JML_EXPIRATION_NONE:
    case JML_EXPIRATION_NOT_SPECIFIED:
        break;
    }
    return JML_TIME_NONE;
}

bool jml_package_is_outward(const struct jml_package *p)
{
    for (size_t i = 0; i < p->n_roles; i++)
        if (!jml_streq(p->roles[i]->resource->target, "record"))
            return true;
    return false;
}

/* ---- notices (A6) ---- */

/* Arms the notices of a new end, relative to the instant at which the end was set. */
static void arm_notices(struct jml_work *w, struct jml_assignment *as, struct jml_str *detail)
{
    /* later than the last one: an end that comes back at the same instant is a new one, too */
    as->ends_set_at = as->ends_set_at < w->now ? w->now : as->ends_set_at + 1;
    as->notice_14_at = as->notice_1_at = JML_TIME_NONE;
    if (as->ends_at == JML_TIME_NONE || jml_streq(as->ends_by, "leave"))
        return;
    jml_time at_14 = jml_zone_add_days(w->zone, as->ends_at, -14);
    jml_time at_1 = jml_zone_add_days(w->zone, as->ends_at, -1);
    if (at_14 > w->now)
        as->notice_14_at = at_14;
    if (at_1 > w->now)
        as->notice_1_at = at_1;
    jml_detail_text(detail, "notice_14_days", at_14 > w->now ? "armed" : "not applicable");
    jml_detail_text(detail, "notice_1_day", at_1 > w->now ? "armed" : "not applicable");
}

/* Civil days from now to the end, at least 0. */
static int64_t days_left(const struct jml_work *w, const struct jml_assignment *as)
{
    jml_time of_day;
    int64_t today = jml_date_to_days(jml_zone_date(w->zone, w->now, &of_day));
    int64_t end = jml_date_to_days(jml_zone_date(w->zone, as->ends_at, &of_day));
    return end > today ? end - today : 0;
}

/* The command that asks for more; NULL: the policy does not let the person ask. */
static const char *how_to_extend(const struct jml_work *w, const struct jml_assignment *as,
                                 const char *name)
{
    const struct jml_policy *policy =
        jml_governance_find_policy(w->world->governance, as->policy_id);
    if (!policy || !policy->enabled || !policy->requestors.self_update)
        return NULL;
    return jml_printf(w->arena, "jmlctl request extend %s --employee %s",
                      jml_shell_word(w->arena, name), w->s->person.employee_id);
}

/* For templates. */
static const char *about_the_end(struct jml_work *w, const struct jml_assignment *as, const char *name,
                                 int64_t days_left, const char *command)
{
    struct jml_str p = JML_STR_INIT(w->arena);
    jml_detail_text(&p, "accessPackage", name);
    jml_detail_id(&p, "accessPackageId", as->package_id);
    jml_detail_id(&p, "assignmentId", as->id);
    jml_notice_day(w, &p, "endsOn", as->ends_at == JML_TIME_NONE ? as->ends_at : as->ends_at - 1);
    jml_notice_time(w, &p, "endsAt", as->ends_at);
    jml_detail_int(&p, "daysLeft", days_left);
    jml_notice_text(&p, "command", command);
    return jml_notice_end(w, &p);
}

static void give_notice(struct jml_work *w, struct jml_assignment *as, bool one_day)
{
    const struct jml_package *package =
        jml_governance_find_package(w->world->governance, as->package_id);
    const char *name = package ? package->display_name : "a package";
    /* A half-open end: the last instant with access is just before it. */
    jml_time of_day;
    struct jml_date last = jml_zone_date(w->zone, as->ends_at - 1, &of_day);
    int64_t left = days_left(w, as);
    const char *command = how_to_extend(w, as, name);
    const char *subject =
        jml_printf(w->arena, "Your access to %s ends on %04d-%02d-%02d", name, last.year,
                   last.month, last.day);
    const char *body = jml_printf(
        w->arena,
        "Your access to %s ends in %lld day%s. The last day with access is %04d-%02d-%02d "
        "(it ends at %s).\n\n%s",
        name, (long long)left, left == 1 ? "" : "s", last.year, last.month, last.day,
        jml_time_format_in(w->arena, as->ends_at, w->zone),
        command ? jml_printf(w->arena,
                             "If you still need it, ask for an extension before then:\n\n    %s\n",
                             command)
                : "If you still need it, ask for an extension before then.\n");
    const char *kind = one_day ? "near_expiry_1_day" : "near_expiry_14_days";
    char id[37];
    jml_id_format(as->id, id);
    /* An end that moved away and came back is a new end: it is told again. */
    const char *key = jml_printf(w->arena, "%s:%s:%s:%s", kind, id,
                                 jml_time_format_precise(w->arena, as->ends_at),
                                 jml_time_format_precise(w->arena, as->ends_set_at));
    const struct jml_manager *manager = jml_work_manager(w);
    const char *cc = w->world->copy_manager && manager ? manager->mail : NULL;
    jml_notify(w, kind, JML_TO_PERSON, subject, body, cc, as, NULL, key, true)->parameters =
        about_the_end(w, as, name, left, command);

    as->status = one_day ? "NearExpiry1DayNotificationTriggered"
                         : "NearExpiry14DayNotificationTriggered";
    jml_touch(&as->mark);
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_text(&detail, "notice", kind);
    jml_detail_time(&detail, "notice_for", as->ends_at);
    jml_detail_int(&detail, "days_left", left);
    struct jml_note note = {.detail = jml_detail_end(&detail), .run_id = as->run_id};
    as->state = jml_work_move(w, JML_MACHINE_ASSIGNMENT, jml_id_text(w->arena, as->id), as->state,
                              JML_FIRE_NOTICE, 0, &note);
}

void jml_assignment_notify(struct jml_work *w, struct jml_assignment *as)
{
    bool due_14 = as->notice_14_at != JML_TIME_NONE && as->notice_14_at <= w->now;
    bool due_1 = as->notice_1_at != JML_TIME_NONE && as->notice_1_at <= w->now;
    if (!due_14 && !due_1)
        return;
    if (due_14)
        as->notice_14_at = JML_TIME_NONE;
    if (due_1)
        as->notice_1_at = JML_TIME_NONE;
    jml_touch(&as->mark);
    if (as->ends_at <= w->now || w->s->person.state == JML_PERSON_LEFT ||
        jml_streq(as->ends_by, "leave"))
        return; /* none after the end, none to people who left */
    if (!due_1 && jml_request_waits_for_update(w, as->id))
        return; /* A6: who asked for more knows */
    give_notice(w, as, due_1);
}

/* ---- grant, move, end ---- */

struct jml_assignment *jml_assignment_grant(struct jml_work *w, struct jml_request *r,
                                            const struct jml_package *package,
                                            const struct jml_policy *policy, jml_time starts_at,
                                            jml_time ends_at, const char *ends_by)
{
    struct jml_assignment *as = jml_new(w->arena, struct jml_assignment);
    *as = (struct jml_assignment){.mark = JML_CREATED,
                                  .id = jml_work_new_id(w),
                                  .package_id = package->id,
                                  .policy_id = policy->id,
                                  .target_id = w->s->person.id,
                                  .request_id = r->id,
                                  .run_id = r->run_id,
                                  .starts_at = starts_at,
                                  .ends_at = ends_at,
                                  .ends_by = ends_at == JML_TIME_NONE ? NULL : ends_by,
                                  .expired_at = JML_TIME_NONE,
                                  .revoked_at = JML_TIME_NONE,
                                  .employment = r->employment,
                                  .created_at = w->now};
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_id(&detail, "package", package->id);
    jml_detail_time(&detail, "starts_at", starts_at);
    if (ends_at != JML_TIME_NONE)
        jml_detail_time(&detail, "ends_at", ends_at);
    arm_notices(w, as, &detail);
    struct jml_note note = {.actor = jml_request_actor(r),
                            .detail = jml_detail_end(&detail),
                            .run_id = r->run_id,
                            .request_id = r->id};
    as->state = jml_work_move(w, JML_MACHINE_ASSIGNMENT, jml_id_text(w->arena, as->id),
                              JML_ASSIGNMENT_NEW, JML_FIRE_GRANT,
                              jml_package_is_outward(package) ? JML_GUARD_OUTWARD : 0, &note);
    as->status = as->state == JML_ASSIGNMENT_DELIVERED ? "Delivered" : "Delivering";
    jml_vec_push(w->arena, &w->s->assignments, as);
    jml_roles_grant(w, as, package);
    return as;
}

void jml_assignment_move(struct jml_work *w, struct jml_assignment *as, jml_time starts_at,
                         jml_time ends_at, const char *ends_by, const struct jml_request *r,
                         const char *reason)
{
    if (as->starts_at == starts_at && as->ends_at == ends_at) {
        if (!jml_streq(as->ends_by, ends_by) && ends_at != JML_TIME_NONE) {
            as->ends_by = ends_by; /* the same end, for another reason */
            jml_touch(&as->mark);
        }
        return;
    }
    bool end_moved = as->ends_at != ends_at;
    bool shortened = end_moved && ends_at != JML_TIME_NONE &&
                     (as->ends_at == JML_TIME_NONE || ends_at < as->ends_at);
    struct jml_str detail = JML_STR_INIT(w->arena);
    if (as->starts_at != starts_at)
        jml_detail_time(&detail, "starts_at", starts_at);
    as->starts_at = starts_at;
    if (end_moved) {
        as->ends_at = ends_at;
        as->ends_by = ends_at == JML_TIME_NONE ? NULL : ends_by;
        jml_detail_time(&detail, "ends_at", ends_at);
        arm_notices(w, as, &detail);
        as->status = as->state == JML_ASSIGNMENT_DELIVERED ? "Delivered" : as->status;
        /* A6: an end that came nearer than its notices is told once, late. */
        if (shortened && !jml_streq(as->ends_by, "leave") && as->notice_14_at == JML_TIME_NONE) {
            if (as->notice_1_at == JML_TIME_NONE)
                as->notice_1_at = w->now;
            else
                as->notice_14_at = w->now;
        }
    }
    jml_touch(&as->mark);
    struct jml_note note = {.actor = r ? jml_request_actor(r) : NULL,
                            .reason = reason,
                            .detail = jml_detail_end(&detail),
                            .run_id = r ? r->run_id : jml_id_none,
                            .request_id = r ? r->id : jml_id_none};
    as->state = jml_work_move(w, JML_MACHINE_ASSIGNMENT, jml_id_text(w->arena, as->id), as->state,
                              JML_FIRE_MOVE, 0, &note);
}

void jml_assignment_end(struct jml_work *w, struct jml_assignment *as, const char *end_reason,
                        const struct jml_request *r, const char *reason)
{
    const struct jml_package *package =
        jml_governance_find_package(w->world->governance, as->package_id);
    as->expired_at = w->now;
    as->end_reason = end_reason;
    as->notice_14_at = as->notice_1_at = JML_TIME_NONE;
    if (jml_streq(end_reason, "expired"))
        as->status = "ExpiredNotificationTriggered";
    jml_touch(&as->mark);
    if (!jml_roles_revoke_is_outward(w, as))
        as->revoked_at = w->now; /* by record: gone with the decision */

    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_time(&detail, "expired_at", as->expired_at);
    jml_detail_text(&detail, "end_reason", end_reason);
    if (as->revoked_at != JML_TIME_NONE)
        jml_detail_time(&detail, "revoked_at", as->revoked_at);
    struct jml_note note = {.actor = r ? jml_request_actor(r) : NULL,
                            .reason = reason,
                            .detail = jml_detail_end(&detail),
                            .run_id = r ? r->run_id : jml_id_none,
                            .request_id = r ? r->id : jml_id_none};
    as->state = jml_work_move(w, JML_MACHINE_ASSIGNMENT, jml_id_text(w->arena, as->id), as->state,
                              JML_FIRE_END, 0, &note);
    jml_request_cancel_updates(w, as->id, jml_streq(end_reason, "expired")
                                              ? "the end came first"
                                              : "the assignment has ended");
    jml_request_cancel_adds(w, as->id, "its access has ended");
    jml_roles_revoke(w, as);

    if ((!jml_streq(end_reason, "expired") && !jml_streq(end_reason, "policy")) ||
        w->s->person.state == JML_PERSON_LEFT ||
        jml_streq(as->ends_by, "leave"))
        return;
    const struct jml_policy *policy =
        jml_governance_find_policy(w->world->governance, as->policy_id);
    if (policy && policy->quiet)
        return;
    const char *name = package ? package->display_name : "a package";
    char id[37];
    jml_id_format(as->id, id);
    struct jml_notification *n =
        jml_notify(w, "access_ended", JML_TO_PERSON,
                   jml_printf(w->arena, "Your access to %s has ended", name),
                   jml_printf(w->arena, "Your access to %s ended at %s.\n", name,
                              jml_time_format_in(w->arena, as->ends_at, w->zone)),
                   NULL, as, NULL, jml_printf(w->arena, "access_ended:%s", id), false);
    if (n)
        n->parameters = about_the_end(w, as, name, 0, NULL);
}

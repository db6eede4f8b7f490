/* SPDX-License-Identifier: MIT
 *
 * Resource roles of assignments: what each assignment gives is kept with it, so that a role that joins or
 * leaves the package can be told from what was given (entra-facts 2.4), and what was given is what is
 * revoked (SEMANTICS A3). Delivery by record.
 */
#include "core/work.h"

static void record(struct jml_work *w, const struct jml_assignment *as, struct jml_id role_id,
                   bool grant, const struct jml_note *cause)
{
    struct jml_delivery *d = jml_new(w->arena, struct jml_delivery);
    *d = (struct jml_delivery){.mark = JML_CREATED,
                               .id = jml_work_new_id(w),
                               .assignment_id = as->id,
                               .role_id = role_id,
                               .grant = grant,
                               .due_at = JML_TIME_NONE,
                               .confirmed_at = w->now};
    struct jml_note note = {.actor = cause ? cause->actor : NULL,
                            .run_id = as->run_id,
                            .request_id = as->request_id};
    d->state = jml_work_move(w, JML_MACHINE_DELIVERY, jml_id_text(w->arena, d->id),
                             JML_DELIVERY_NEW,
                             grant ? JML_FIRE_RECORD_GRANT : JML_FIRE_RECORD_REVOKE, 0, &note);
    jml_vec_push(w->arena, &w->s->deliveries, d);
}

/* Roles that lead out of the record are delivered elsewhere; one that is gone can be revoked by record. */
static bool is_by_record(const struct jml_work *w, struct jml_id role_id)
{
    const struct jml_resource_role *role =
        jml_governance_find_role(w->world->governance, role_id);
    return !role || jml_streq(role->resource->target, "record");
}

static struct jml_id role_at(const struct jml_assignment *as, size_t i)
{
    struct jml_id id;
    const struct jml_value *v = as->roles->items[i];
    return v->type == JML_STRING && jml_id_parse(v->text, &id) ? id : jml_id_none;
}

static bool gives(const struct jml_assignment *as, struct jml_id role_id)
{
    for (size_t i = 0; as->roles && i < as->roles->n; i++)
        if (jml_id_equal(role_at(as, i), role_id))
            return true;
    return false;
}

static bool has(const struct jml_package *package, struct jml_id role_id)
{
    for (size_t i = 0; i < package->n_roles; i++)
        if (jml_id_equal(package->roles[i]->id, role_id))
            return true;
    return false;
}

/* A3: does another assignment of the person give it? */
static bool is_given_otherwise(const struct jml_work *w, const struct jml_assignment *as,
                               struct jml_id role_id)
{
    for (size_t i = 0; i < w->s->assignments.n; i++) {
        const struct jml_assignment *other = w->s->assignments.items[i];
        if (other != as && other->state != JML_ASSIGNMENT_EXPIRED && gives(other, role_id))
            return true;
    }
    return false;
}

static const struct jml_value *roles_of(struct jml_work *w, const struct jml_package *package)
{
    const struct jml_value *roles = jml_value_array();
    for (size_t i = 0; i < package->n_roles; i++)
        roles = jml_value_append(w->arena, roles,
                                 jml_value_string(w->arena, jml_id_text(w->arena, package->roles[i]->id)));
    return roles;
}

void jml_roles_grant(struct jml_work *w, struct jml_assignment *as, const struct jml_package *package)
{
    as->roles = roles_of(w, package);
    for (size_t i = 0; i < package->n_roles; i++)
        if (is_by_record(w, package->roles[i]->id))
            record(w, as, package->roles[i]->id, true, NULL);
}

void jml_roles_revoke(struct jml_work *w, struct jml_assignment *as)
{
    for (size_t i = 0; as->roles && i < as->roles->n; i++)
        if (is_by_record(w, role_at(as, i)) && !is_given_otherwise(w, as, role_at(as, i)))
            record(w, as, role_at(as, i), false, NULL);
}

static bool is_as_packaged(const struct jml_assignment *as, const struct jml_package *package)
{
    if (!as->roles || as->roles->n != package->n_roles)
        return false;
    for (size_t i = 0; i < package->n_roles; i++)
        if (!gives(as, package->roles[i]->id))
            return false;
    return true;
}

static void move(struct jml_work *w, struct jml_assignment *as, const struct jml_package *package,
                 struct jml_note note, int64_t granted, int64_t revoked)
{
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_int(&detail, "roles_granted", granted);
    jml_detail_int(&detail, "roles_revoked", revoked);
    note.detail = jml_detail_end(&detail);
    as->state = jml_work_move(w, JML_MACHINE_ASSIGNMENT, jml_id_text(w->arena, as->id), as->state,
                              JML_FIRE_RECONCILE, jml_package_is_outward(package) ? JML_GUARD_OUTWARD : 0,
                              &note);
    if (as->state == JML_ASSIGNMENT_DELIVERED && (jml_streq(as->status, "PartiallyDelivered") ||
                                                  jml_streq(as->status, "DeliveryFailed")))
        as->status = "Delivered";
    jml_touch(&as->mark);
}

void jml_roles_reconcile(struct jml_work *w, struct jml_assignment *as)
{
    const struct jml_package *package =
        jml_governance_find_package(w->world->governance, as->package_id);
    if (!package || is_as_packaged(as, package))
        return;
    const struct jml_assignment before = *as;
    int64_t granted = 0, revoked = 0;
    as->roles = roles_of(w, package);
    for (size_t i = 0; before.roles && i < before.roles->n; i++) {
        struct jml_id role_id = role_at(&before, i);
        if (has(package, role_id) || !is_by_record(w, role_id) ||
            is_given_otherwise(w, as, role_id))
            continue;
        record(w, as, role_id, false, NULL);
        revoked++;
    }
    for (size_t i = 0; i < package->n_roles; i++) {
        if (gives(&before, package->roles[i]->id) || !is_by_record(w, package->roles[i]->id))
            continue;
        record(w, as, package->roles[i]->id, true, NULL);
        granted++;
    }
    move(w, as, package, (struct jml_note){.reason = "the package has other resource roles"}, granted,
         revoked);
}

void jml_roles_reprocess(struct jml_work *w, struct jml_assignment *as, const char *actor)
{
    const struct jml_package *package =
        jml_governance_find_package(w->world->governance, as->package_id);
    jml_roles_reconcile(w, as);
    struct jml_note note = {.actor = actor, .reason = "reprocessed"};
    int64_t granted = 0;
    for (size_t i = 0; package && i < package->n_roles; i++)
        if (is_by_record(w, package->roles[i]->id)) {
            record(w, as, package->roles[i]->id, true, &note);
            granted++;
        }
    if (package)
        move(w, as, package, note, granted, 0);
}

/* SPDX-License-Identifier: MIT
 *
 * Resource roles of assignments: what each assignment gives is kept with it, so that a role that joins or
 * leaves the package can be told from what was given (entra-facts 2.4), and what was given is what is
 * revoked (SEMANTICS A3).
 *
 * A role that leads to another place of its target is two: what people have is a role of its own from then
 * on (former_of; sql/migrations/0034_former_places.sql), which is taken when the other one is there.
 */
#include "core/work.h"

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

bool jml_role_is_given(const struct jml_work *w, const struct jml_assignment *but, struct jml_id role_id)
{
    for (size_t i = 0; i < w->s->assignments.n; i++) {
        const struct jml_assignment *as = w->s->assignments.items[i];
        if (as != but && as->state != JML_ASSIGNMENT_EXPIRED && gives(as, role_id))
            return true;
    }
    return false;
}

/* ---- places ---- */

static const struct jml_value *origin_of(const struct jml_work *w, const struct jml_resource_role *role)
{
    const struct jml_value *own = role->origin ? role->origin : jml_value_object();
    return jml_id_is_set(role->former_of) || !role->resource->origin
               ? own
               : jml_value_merge(w->arena, role->resource->origin, own);
}

/* Where the origin is all that a target goes by; elsewhere the names of resource and role count, too. */
static bool goes_by_origin(const struct jml_work *w, const char *target)
{
    const struct jml_governance *g = w->world->governance;
    for (size_t i = 0; i < g->n_targets; i++)
        if (jml_streq(g->targets[i].display_name, target))
            return jml_streq(g->targets[i].kind, "ldap") || jml_streq(g->targets[i].kind, "scim");
    return false;
}

/* Whether role leads to where place leads, which is another role, perhaps of former times. */
static bool is_at(const struct jml_work *w, const struct jml_resource_role *role,
                  const struct jml_resource_role *place)
{
    const struct jml_value *origin = origin_of(w, place);
    return !jml_id_equal(role->id, place->id) &&
           jml_streq(role->resource->target, place->resource->target) &&
           (jml_id_equal(role->id, place->former_of) ||
            (jml_id_is_set(place->former_of) && origin->n > 0) ||
            goes_by_origin(w, place->resource->target)) &&
           jml_value_equal(origin_of(w, role), origin);
}

/* A place is not taken from who has it by another role, of this assignment or of another (A3). */
static bool is_place_given(const struct jml_work *w, struct jml_id role_id,
                           const struct jml_assignment *ends)
{
    const struct jml_governance *g = w->world->governance;
    const struct jml_resource_role *place = jml_governance_find_role(g, role_id), *role;
    if (!place)
        return false;
    for (size_t i = 0; i < w->s->assignments.n; i++) {
        const struct jml_assignment *as = w->s->assignments.items[i];
        if (as->state == JML_ASSIGNMENT_EXPIRED || as == ends)
            continue;
        for (size_t k = 0; as->roles && k < as->roles->n; k++) {
            role = jml_governance_find_role(g, role_at(as, k));
            if (role && is_at(w, role, place))
                return true;
        }
    }
    return false;
}

/* What leads elsewhere now is kept at its former place until it is there; and when that is no other place, until
 * nothing of it is under way any more. */
static bool is_kept(const struct jml_work *w, const struct jml_assignment *as,
                    const struct jml_package *package, struct jml_id role_id)
{
    const struct jml_resource_role *former =
        jml_governance_find_role(w->world->governance, role_id);
    const struct jml_delivery *d;
    if (!former || !jml_id_is_set(former->former_of) || !has(package, former->former_of))
        return false;
    if (!jml_role_is_outward(w, former->former_of))
        return false;
    d = jml_delivery_granted(w, as, former->former_of);
    if (!d || d->state != JML_DELIVERY_DELIVERED)
        return true;
    d = jml_delivery_granted(w, as, role_id);
    return d && jml_delivery_is_open(d) && is_place_given(w, role_id, NULL);
}

/* ---- given and taken as a whole ---- */

/* What the package gives, and what is kept of as besides; as may be NULL. */
static const struct jml_value *roles_of(struct jml_work *w, const struct jml_package *package,
                                        const struct jml_assignment *as)
{
    const struct jml_value *roles = jml_value_array();
    for (size_t i = 0; i < package->n_roles; i++)
        roles = jml_value_append(w->arena, roles,
                                 jml_value_string(w->arena, jml_id_text(w->arena, package->roles[i]->id)));
    for (size_t i = 0; as && as->roles && i < as->roles->n; i++)
        if (is_kept(w, as, package, role_at(as, i)))
            roles = jml_value_append(w->arena, roles, as->roles->items[i]);
    return roles;
}

void jml_roles_grant(struct jml_work *w, struct jml_assignment *as, const struct jml_package *package)
{
    as->roles = roles_of(w, package, NULL);
    for (size_t i = 0; i < package->n_roles; i++)
        jml_delivery_make(w, as, package->roles[i]->id, JML_ACTION_GRANT, NULL);
}

void jml_roles_revoke(struct jml_work *w, struct jml_assignment *as)
{
    for (size_t i = 0; as->roles && i < as->roles->n; i++)
        if (!jml_role_is_given(w, as, role_at(as, i)) && !is_place_given(w, role_at(as, i), as))
            jml_delivery_make(w, as, role_at(as, i), JML_ACTION_REVOKE, NULL);
}

bool jml_roles_revoke_is_outward(const struct jml_work *w, const struct jml_assignment *as)
{
    for (size_t i = 0; as->roles && i < as->roles->n; i++)
        if (jml_role_is_outward(w, role_at(as, i)) && !jml_role_is_given(w, as, role_at(as, i)) &&
            !is_place_given(w, role_at(as, i), as))
            return true;
    return false;
}

static bool is_as_packaged(const struct jml_work *w, const struct jml_assignment *as,
                           const struct jml_package *package)
{
    size_t kept = 0;
    for (size_t i = 0; as->roles && i < as->roles->n; i++)
        kept += is_kept(w, as, package, role_at(as, i));
    if (!as->roles || as->roles->n != package->n_roles + kept)
        return false;
    for (size_t i = 0; i < package->n_roles; i++)
        if (!gives(as, package->roles[i]->id))
            return false;
    return true;
}

/* What was brought about, for the record. */
struct changes {
    int64_t granted, revoked;
    bool outward; /* some of what is granted goes to a target */
};

static void move(struct jml_work *w, struct jml_assignment *as, struct jml_note note,
                 const struct changes *c)
{
    const char *id = jml_id_text(w->arena, as->id);
    struct jml_str detail = JML_STR_INIT(w->arena);
    jml_detail_int(&detail, "roles_granted", c->granted);
    jml_detail_int(&detail, "roles_revoked", c->revoked);
    note.detail = jml_detail_end(&detail);
    as->state = jml_work_move(w, JML_MACHINE_ASSIGNMENT, id, as->state, JML_FIRE_RECONCILE,
                              c->outward ? JML_GUARD_OUTWARD : 0, &note);
    note.detail = NULL;
    if (as->state == JML_ASSIGNMENT_DELIVERED && c->outward)
        as->state = jml_work_move(w, JML_MACHINE_ASSIGNMENT, id, as->state, JML_FIRE_REDELIVER, 0,
                                  &note);
    if (as->state == JML_ASSIGNMENT_DELIVERING)
        as->status = "Delivering";
    else if (jml_streq(as->status, "PartiallyDelivered") || jml_streq(as->status, "DeliveryFailed"))
        as->status = "Delivered";
    jml_touch(&as->mark);
}

static void take_what_left(struct jml_work *w, const struct jml_assignment *before,
                           const struct jml_assignment *as, struct changes *c)
{
    for (size_t i = 0; before->roles && i < before->roles->n; i++) {
        struct jml_id role_id = role_at(before, i);
        if (gives(as, role_id) || jml_role_is_given(w, as, role_id) ||
            is_place_given(w, role_id, NULL))
            continue;
        jml_delivery_make(w, as, role_id, JML_ACTION_REVOKE, NULL);
        c->revoked++;
    }
}

/* What is under way is not queued twice. all: also what is there. */
static void give(struct jml_work *w, const struct jml_assignment *before, const struct jml_assignment *as,
                 const struct jml_package *package, bool all, const struct jml_note *note,
                 struct changes *c)
{
    bool failed = as->state == JML_ASSIGNMENT_PARTIALLY_DELIVERED ||
                  as->state == JML_ASSIGNMENT_DELIVERY_FAILED;
    for (size_t i = 0; i < package->n_roles; i++) {
        struct jml_id role_id = package->roles[i]->id;
        const struct jml_delivery *d = jml_delivery_granted(w, as, role_id);
        bool is_there = d ? d->state == JML_DELIVERY_DELIVERED /* else it is not known what failed */
                          : !failed || !jml_role_is_outward(w, role_id);
        if (gives(before, role_id) && d && jml_delivery_is_open(d)) {
            c->outward = true;
            continue;
        }
        if (gives(before, role_id) && is_there && !all)
            continue;
        c->outward |= jml_delivery_make(w, as, role_id, JML_ACTION_GRANT, note);
        c->granted++;
    }
}

static void bring_in_line(struct jml_work *w, struct jml_assignment *as, const struct jml_package *package,
                          bool all, struct jml_note note)
{
    const struct jml_assignment before = *as;
    struct changes c = {0};
    as->roles = roles_of(w, package, &before);
    take_what_left(w, &before, as, &c);
    give(w, &before, as, package, all, &note, &c);
    move(w, as, note, &c);
}

void jml_roles_reconcile(struct jml_work *w, struct jml_assignment *as)
{
    const struct jml_package *package =
        jml_governance_find_package(w->world->governance, as->package_id);
    if (package && !is_as_packaged(w, as, package))
        bring_in_line(w, as, package, false,
                      (struct jml_note){.reason = "the package has other resource roles"});
}

void jml_roles_reprocess(struct jml_work *w, struct jml_assignment *as, bool all, const char *actor)
{
    const struct jml_package *package =
        jml_governance_find_package(w->world->governance, as->package_id);
    if (package)
        bring_in_line(w, as, package, all, (struct jml_note){.actor = actor, .reason = "reprocessed"});
}

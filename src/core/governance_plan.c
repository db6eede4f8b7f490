/* SPDX-License-Identifier: MIT
 *
 * Governance plan: catalogs, resources, connected organizations. Phase by phase, parents first:
 * what a phase looks up is indexed anew before it, so that names are those after the earlier
 * phases.
 */
#include "core/governance_plan.h"

#include <string.h>

#include "core/planner.h"

static void plan_catalogs(struct jml_planner *p);
static void plan_resources(struct jml_planner *p);
static void plan_roles(struct jml_planner *p);
static void plan_organizations(struct jml_planner *p);
static void check_once(struct jml_planner *p);

const char *jml_object_name(enum jml_object object)
{
    static const char *const names[] = {
        [JML_OBJECT_CATALOG] = "catalog",
        [JML_OBJECT_TARGET] = "target",
        [JML_OBJECT_EXTENSION] = "custom task extension",
        [JML_OBJECT_RESOURCE] = "resource",
        [JML_OBJECT_ROLE] = "resource role",
        [JML_OBJECT_PACKAGE] = "access package",
        [JML_OBJECT_POLICY] = "assignment policy",
        [JML_OBJECT_ORGANIZATION] = "connected organization",
        [JML_OBJECT_WORKFLOW] = "workflow",
    };
    return names[object];
}

/* Rows may be changed and added, the caller's stay as they are. */
#define COPY_ROWS(a, rows)                                                    \
    do {                                                                      \
        void *copy_ = jml_arena_calloc((a), (rows).n, sizeof(*(rows).items)); \
        if ((rows).n)                                                         \
            memcpy(copy_, (rows).items, (rows).n * sizeof(*(rows).items));    \
        (rows).items = copy_;                                                 \
        (rows).cap = (rows).n;                                                \
    } while (0)

/* What comes from these documents is known by its path; no row may have one from earlier. */
#define FORGET_PATHS(rows)                  \
    for (size_t i = 0; i < (rows).n; i++) { \
        (rows).items[i].path = NULL;        \
    }

void jml_governance_plan(struct jml_arena *a, const struct jml_governance_rows *before,
                         const struct jml_document_set *set, struct jml_id_source *ids,
                         jml_time now, struct jml_problems *problems,
                         struct jml_governance_plan *ret_plan)
{
    static void (*const phases[])(struct jml_planner *) = {
        plan_catalogs,
        jml_planner_targets,
        plan_resources,
        plan_roles,
        plan_organizations,
        jml_planner_packages,
        jml_planner_policies,
        jml_planner_package_roles,
        jml_planner_incompatible,
        jml_planner_incompatible_groups,
        jml_planner_workflows,
    };
    struct jml_planner p = {
        .arena = a, .set = set, .ids = ids, .now = now, .problems = problems, .plan = ret_plan};
    size_t n_problems = problems->n;

    *ret_plan = (struct jml_governance_plan){.after = *before};
    p.rows = &ret_plan->after;
    COPY_ROWS(a, p.rows->catalogs);
    COPY_ROWS(a, p.rows->targets);
    COPY_ROWS(a, p.rows->resources);
    COPY_ROWS(a, p.rows->roles);
    COPY_ROWS(a, p.rows->packages);
    COPY_ROWS(a, p.rows->policies);
    COPY_ROWS(a, p.rows->policy_versions);
    COPY_ROWS(a, p.rows->package_roles);
    COPY_ROWS(a, p.rows->incompatible);
    COPY_ROWS(a, p.rows->incompatible_groups);
    COPY_ROWS(a, p.rows->organizations);
    COPY_ROWS(a, p.rows->workflows);
    FORGET_PATHS(p.rows->catalogs);
    FORGET_PATHS(p.rows->targets);
    FORGET_PATHS(p.rows->resources);
    FORGET_PATHS(p.rows->roles);
    FORGET_PATHS(p.rows->packages);
    FORGET_PATHS(p.rows->policies);
    FORGET_PATHS(p.rows->organizations);
    FORGET_PATHS(p.rows->workflows);

    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
        jml_governance_index_rows(&p.index, a, p.rows);
        phases[i](&p);
    }
    jml_planner_exclusions(&p, before);
    if (problems->n == n_problems)
        check_once(&p);
    for (size_t i = 0; i < ret_plan->changes.n; i++)
        ret_plan->n_changed += ret_plan->changes.items[i]->act != JML_ACT_KEEP;
}

/* ---- what all kinds share ---- */

struct jml_change *jml_planner_begin(struct jml_planner *p, enum jml_object object, bool found,
                                     size_t row, struct jml_id id, const char *name)
{
    struct jml_change *c = jml_new(p->arena, struct jml_change);

    c->object = object;
    c->act = found ? JML_ACT_KEEP : JML_ACT_CREATE;
    c->touches_people = !found;
    c->row = row;
    c->id = id;
    c->name = name;
    jml_vec_push(p->arena, &p->plan->changes, c);
    return c;
}

void jml_planner_note(struct jml_planner *p, struct jml_change *c, const char *key)
{
    if (c->act == JML_ACT_CREATE)
        return;
    c->act = JML_ACT_CHANGE;
    jml_vec_push(p->arena, &c->keys, key);
}

void jml_planner_set_text(struct jml_planner *p, struct jml_change *c, const char *key,
                          const char **at, const char *text)
{
    if (!jml_streq(*at, text))
        jml_planner_note(p, c, key);
    *at = text;
}

void jml_planner_set_name(struct jml_planner *p, struct jml_change *c, struct jml_lookup *names,
                          struct jml_id scope, const char **at, const char *name)
{
    if (*at && !jml_streq(*at, name))
        jml_lookup_set(names, scope, *at, JML_LOOKUP_NONE);
    jml_planner_set_text(p, c, "displayName", at, name);
}

void jml_planner_set_bool(struct jml_planner *p, struct jml_change *c, const char *key, bool *at,
                          bool value)
{
    if (*at != value)
        jml_planner_note(p, c, key);
    *at = value;
}

void jml_planner_set_id(struct jml_planner *p, struct jml_change *c, const char *key,
                        struct jml_id *at, struct jml_id id)
{
    if (!jml_id_equal(*at, id))
        jml_planner_note(p, c, key);
    *at = id;
}

static void set_origin(struct jml_planner *p, struct jml_change *c, const struct jml_value **at,
                       const struct jml_value *origin)
{
    if (!jml_value_equal(*at, origin))
        jml_planner_note(p, c, "origin");
    *at = origin;
}

bool jml_planner_match(const struct jml_lookup *ids, const struct jml_lookup *names,
                       struct jml_id scope, struct jml_id id, const char *name, size_t *ret_row)
{
    return (jml_id_is_set(id) && jml_lookup_find(ids, id, "", ret_row)) ||
           (name && jml_lookup_find(names, scope, name, ret_row));
}

void jml_planner_take(struct jml_planner *p, const char **row_path, const char *path)
{
    if (*row_path)
        jml_problem_add(p->problems, path, "stands at %s too", *row_path);
    *row_path = path;
}

struct jml_id jml_planner_id(struct jml_planner *p, struct jml_id given)
{
    return jml_id_is_set(given) ? given : jml_id_next(p->ids, p->now);
}

bool jml_planner_resolve(struct jml_planner *p, const struct jml_lookup *ids,
                         const struct jml_lookup *names, struct jml_id scope,
                         struct jml_reference ref, const char *kind, size_t *ret_row)
{
    if (!ref.text)
        return false; /* reported when it was read */
    if (jml_index_resolve(ids, names, scope, ref.text, ret_row))
        return true;
    jml_problem_add(p->problems, ref.path, "no %s '%.256s'", kind, ref.text);
    return false;
}

void jml_planner_end(struct jml_planner *p, struct jml_change *c, enum jml_machine machine,
                     int from, unsigned facts)
{
    (void)p;
    if (c->act != JML_ACT_KEEP)
        c->transition =
            jml_machine_find(machine, c->act == JML_ACT_CREATE ? 0 : from, JML_FIRE_APPLY, facts);
}

/* ---- catalogs, resources, roles ---- */

static void plan_catalogs(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->catalogs.n; i++) {
        const struct jml_document_catalog *d = &p->set->catalogs.items[i];
        size_t row = p->rows->catalogs.n;
        bool found = jml_planner_match(&p->index.catalogs, &p->index.catalog_names, jml_id_none,
                                       d->id, d->display_name, &row);
        struct jml_catalog_row *at;
        struct jml_change *c;

        if (!found)
            jml_vec_push(p->arena, &p->rows->catalogs,
                         ((struct jml_catalog_row){.id = jml_planner_id(p, d->id)}));
        at = &p->rows->catalogs.items[row];
        jml_planner_take(p, &at->path, d->path);
        c = jml_planner_begin(p, JML_OBJECT_CATALOG, found, row, at->id, d->display_name);
        jml_planner_set_name(p, c, &p->index.catalog_names, jml_id_none, &at->display_name,
                             d->display_name);
        jml_planner_set_text(p, c, "description", &at->description, d->description);
    }
}

static void plan_resources(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->resources.n; i++) {
        const struct jml_document_resource *d = &p->set->resources.items[i];
        size_t row = p->rows->resources.n, catalog;
        struct jml_resource_row *at;
        struct jml_change *c;
        struct jml_id catalog_id;
        const char *target;
        bool found;

        if (!jml_planner_resolve(p, &p->index.catalogs, &p->index.catalog_names, jml_id_none,
                                 d->catalog, "catalog", &catalog))
            continue;
        target = jml_planner_target(p, d->target);
        if (!target)
            continue;
        catalog_id = p->rows->catalogs.items[catalog].id;
        found = jml_planner_match(&p->index.resources, &p->index.resource_names, catalog_id, d->id,
                                  d->display_name, &row);
        if (!found)
            jml_vec_push(p->arena, &p->rows->resources,
                         ((struct jml_resource_row){.id = jml_planner_id(p, d->id)}));
        at = &p->rows->resources.items[row];
        jml_planner_take(p, &at->path, d->path);
        c = jml_planner_begin(p, JML_OBJECT_RESOURCE, found, row, at->id, d->display_name);
        jml_planner_set_id(p, c, "catalog", &at->catalog_id, catalog_id);
        jml_planner_set_name(p, c, &p->index.resource_names, catalog_id, &at->display_name,
                             d->display_name);
        jml_planner_set_text(p, c, "target", &at->target, target);
        set_origin(p, c, &at->origin, d->origin);
    }
}

static void plan_roles_of(struct jml_planner *p, const struct jml_document_resource *d,
                          const struct jml_resource_row *resource)
{
    for (size_t i = 0; i < d->n_roles; i++) {
        const struct jml_document_role *role = &d->roles[i];
        size_t row = p->rows->roles.n;
        bool found = jml_planner_match(&p->index.roles, &p->index.role_names, resource->id,
                                       role->id, role->display_name, &row);
        struct jml_role_row *at;
        struct jml_change *c;

        if (!found)
            jml_vec_push(p->arena, &p->rows->roles,
                         ((struct jml_role_row){.id = jml_planner_id(p, role->id),
                                                .resource_id = resource->id}));
        at = &p->rows->roles.items[row];
        jml_planner_take(p, &at->path, role->path);
        if (!jml_id_equal(at->resource_id, resource->id))
            jml_problem_add(p->problems, role->path, "is a role of another resource");
        c = jml_planner_begin(
            p, JML_OBJECT_ROLE, found, row, at->id,
            jml_printf(p->arena, "%s / %s", resource->display_name, role->display_name));
        jml_planner_set_name(p, c, &p->index.role_names, resource->id, &at->display_name,
                             role->display_name);
        set_origin(p, c, &at->origin, role->origin);
    }
}

static void plan_roles(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->resources.n; i++) {
        const struct jml_resource_row *row =
            JML_PLANNER_ROW(p->rows->resources, p->set->resources.items[i].path);
        if (row)
            plan_roles_of(p, &p->set->resources.items[i], row);
    }
}

/* ---- connected organizations ---- */

static void set_texts(struct jml_planner *p, struct jml_change *c, const char *key,
                      const char *const **at, size_t *n_at, const char *const *texts, size_t n)
{
    bool same = *n_at == n;

    for (size_t i = 0; same && i < n; i++)
        same = jml_streq((*at)[i], texts[i]);
    if (!same)
        jml_planner_note(p, c, key);
    *at = texts;
    *n_at = n;
}

static void plan_organizations(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->organizations.n; i++) {
        const struct jml_document_organization *d = &p->set->organizations.items[i];
        size_t row = p->rows->organizations.n;
        bool found = jml_planner_match(&p->index.organizations, &p->index.organization_names,
                                       jml_id_none, d->id, d->display_name, &row);
        struct jml_organization_row *at;
        struct jml_change *c;

        if (!found)
            jml_vec_push(p->arena, &p->rows->organizations,
                         ((struct jml_organization_row){.id = jml_planner_id(p, d->id)}));
        at = &p->rows->organizations.items[row];
        jml_planner_take(p, &at->path, d->path);
        c = jml_planner_begin(p, JML_OBJECT_ORGANIZATION, found, row, at->id, d->display_name);
        jml_planner_set_name(p, c, &p->index.organization_names, jml_id_none, &at->display_name,
                             d->display_name);
        jml_planner_set_text(p, c, "state", &at->state,
                             d->state    ? d->state
                             : at->state ? at->state
                                         : "configured");
        if (d->has_domains)
            set_texts(p, c, "domains", &at->domains, &at->n_domains, d->domains, d->n_domains);
        if (d->has_internal_sponsors)
            set_texts(p, c, "internalSponsors", &at->internal_sponsors, &at->n_internal_sponsors,
                      d->internal_sponsors, d->n_internal_sponsors);
        if (d->has_external_sponsors)
            set_texts(p, c, "externalSponsors", &at->external_sponsors, &at->n_external_sponsors,
                      d->external_sponsors, d->n_external_sponsors);
    }
}

/* ---- names are unique ---- */

#define CHECK_ONCE(p, rows, object, scope_of)                                                   \
    do {                                                                                        \
        struct jml_lookup ids_ = {.arena = (p)->arena}, names_ = {.arena = (p)->arena};         \
        for (size_t i = 0; i < (rows).n; i++) {                                                 \
            size_t first_;                                                                      \
            const char *path_ = (rows).items[i].path;                                           \
            if (jml_lookup_find(&ids_, (rows).items[i].id, "", &first_))                        \
                jml_problem_add((p)->problems, path_ ? path_ : (rows).items[first_].path,       \
                                "another %s has this id", jml_object_name(object));             \
            else if (jml_lookup_find(&names_, scope_of, (rows).items[i].display_name, &first_)) \
                jml_problem_add((p)->problems, path_ ? path_ : (rows).items[first_].path,       \
                                "another %s is named '%s'", jml_object_name(object),            \
                                (rows).items[i].display_name);                                  \
            jml_lookup_set(&ids_, (rows).items[i].id, "", i);                                   \
            jml_lookup_set(&names_, scope_of, (rows).items[i].display_name, i);                 \
        }                                                                                       \
    } while (0)

static void check_once(struct jml_planner *p)
{
    CHECK_ONCE(p, p->rows->catalogs, JML_OBJECT_CATALOG, jml_id_none);
    CHECK_ONCE(p, p->rows->targets, JML_OBJECT_TARGET, jml_id_none);
    CHECK_ONCE(p, p->rows->resources, JML_OBJECT_RESOURCE, p->rows->resources.items[i].catalog_id);
    CHECK_ONCE(p, p->rows->roles, JML_OBJECT_ROLE, p->rows->roles.items[i].resource_id);
    CHECK_ONCE(p, p->rows->packages, JML_OBJECT_PACKAGE, jml_id_none);
    CHECK_ONCE(p, p->rows->policies, JML_OBJECT_POLICY, p->rows->policies.items[i].package_id);
    CHECK_ONCE(p, p->rows->organizations, JML_OBJECT_ORGANIZATION, jml_id_none);
    CHECK_ONCE(p, p->rows->workflows, JML_OBJECT_WORKFLOW, jml_id_none);
}

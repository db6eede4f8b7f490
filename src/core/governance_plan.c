/* SPDX-License-Identifier: MIT
 *
 * Governance plan: catalogs, resources, packages, policies. Phase by phase, parents first: what a
 * phase looks up is indexed anew before it, so that names are those after the earlier phases.
 */
#include "core/governance_plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/document_read.h"
#include "core/planner.h"

static void plan_catalogs(struct jml_planner *p);
static void plan_resources(struct jml_planner *p);
static void plan_roles(struct jml_planner *p);
static void plan_packages(struct jml_planner *p);
static void plan_policies(struct jml_planner *p);
static void plan_package_roles(struct jml_planner *p);
static void plan_incompatible(struct jml_planner *p);
static void plan_organizations(struct jml_planner *p);
static void check_once(struct jml_planner *p);

const char *jml_object_name(enum jml_object object)
{
    static const char *const names[] = {
        [JML_OBJECT_CATALOG] = "catalog",
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
        plan_catalogs,     plan_resources,     plan_roles,
        plan_packages,     plan_policies,      plan_package_roles,
        plan_incompatible, plan_organizations, jml_planner_workflows,
    };
    struct jml_planner p = {
        .arena = a, .set = set, .ids = ids, .now = now, .problems = problems, .plan = ret_plan};
    size_t n_problems = problems->n;

    *ret_plan = (struct jml_governance_plan){.after = *before};
    p.rows = &ret_plan->after;
    COPY_ROWS(a, p.rows->catalogs);
    COPY_ROWS(a, p.rows->resources);
    COPY_ROWS(a, p.rows->roles);
    COPY_ROWS(a, p.rows->packages);
    COPY_ROWS(a, p.rows->policies);
    COPY_ROWS(a, p.rows->package_roles);
    COPY_ROWS(a, p.rows->incompatible);
    COPY_ROWS(a, p.rows->organizations);
    COPY_ROWS(a, p.rows->workflows);
    FORGET_PATHS(p.rows->catalogs);
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

static void set_parent(struct jml_planner *p, struct jml_change *c, const char *key,
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
        bool found;

        if (!jml_planner_resolve(p, &p->index.catalogs, &p->index.catalog_names, jml_id_none,
                                 d->catalog, "catalog", &catalog))
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
        set_parent(p, c, "catalog", &at->catalog_id, catalog_id);
        jml_planner_set_name(p, c, &p->index.resource_names, catalog_id, &at->display_name,
                             d->display_name);
        jml_planner_set_text(p, c, "target", &at->target, d->target);
        set_origin(p, c, &at->origin, d->origin);
    }
}

/* The row a document took: they carry its path. */
#define ROW_OF(rows, document_path)                                         \
    ({                                                                      \
        size_t at_ = 0;                                                     \
        while (at_ < (rows).n && (rows).items[at_].path != (document_path)) \
            at_++;                                                          \
        at_ < (rows).n ? &(rows).items[at_] : NULL;                         \
    })

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
            ROW_OF(p->rows->resources, p->set->resources.items[i].path);
        if (row)
            plan_roles_of(p, &p->set->resources.items[i], row);
    }
}

/* ---- packages ---- */

static void plan_packages(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->packages.n; i++) {
        const struct jml_document_package *d = &p->set->packages.items[i];
        size_t row = p->rows->packages.n, catalog;
        struct jml_package_row *at;
        struct jml_change *c;
        bool found;

        if (!jml_planner_resolve(p, &p->index.catalogs, &p->index.catalog_names, jml_id_none,
                                 d->catalog, "catalog", &catalog))
            continue;
        found = jml_planner_match(&p->index.packages, &p->index.package_names, jml_id_none, d->id,
                                  d->display_name, &row);
        if (!found)
            jml_vec_push(p->arena, &p->rows->packages,
                         ((struct jml_package_row){.id = jml_planner_id(p, d->id)}));
        at = &p->rows->packages.items[row];
        jml_planner_take(p, &at->path, d->path);
        c = jml_planner_begin(p, JML_OBJECT_PACKAGE, found, row, at->id, d->display_name);
        c->touches_people = false;
        set_parent(p, c, "catalog", &at->catalog_id, p->rows->catalogs.items[catalog].id);
        jml_planner_set_name(p, c, &p->index.package_names, jml_id_none, &at->display_name,
                             d->display_name);
        jml_planner_set_text(p, c, "description", &at->description, d->description);
        jml_planner_set_bool(p, c, "isHidden", &at->hidden, d->hidden);
        jml_planner_end(p, c, JML_MACHINE_PACKAGE, JML_PACKAGE_PRESENT, 0);
    }
}

static struct jml_change *change_of_package(struct jml_planner *p, struct jml_id id)
{
    for (size_t i = 0; i < p->plan->changes.n; i++)
        if (p->plan->changes.items[i]->object == JML_OBJECT_PACKAGE &&
            jml_id_equal(p->plan->changes.items[i]->id, id))
            return p->plan->changes.items[i];
    return NULL;
}

/* Replaces the pairs of one object by others (ended by n); false: they are the same already. */
static bool replace_pairs(struct jml_planner *p, void *pairs, struct jml_id id,
                          const struct jml_id *others, size_t n)
{
    JML_ROWS(jml_pair_row) *rows = pairs;
    size_t kept = 0, had = 0, same = 0;

    for (size_t i = 0; i < rows->n; i++)
        if (jml_id_equal(rows->items[i].id, id)) {
            had++;
            for (size_t j = 0; j < n; j++)
                same += jml_id_equal(rows->items[i].other_id, others[j]);
        }
    if (had == n && same == n)
        return false;
    for (size_t i = 0; i < rows->n; i++)
        if (!jml_id_equal(rows->items[i].id, id))
            rows->items[kept++] = rows->items[i];
    rows->n = kept;
    for (size_t j = 0; j < n; j++)
        jml_vec_push(p->arena, rows, ((struct jml_pair_row){.id = id, .other_id = others[j]}));
    return true;
}

static bool add_once(struct jml_planner *p, struct jml_id *ids, size_t *n, struct jml_id id,
                     const char *path)
{
    for (size_t i = 0; i < *n; i++)
        if (jml_id_equal(ids[i], id)) {
            jml_problem_add(p->problems, path, "is given twice");
            return false;
        }
    ids[(*n)++] = id;
    return true;
}

/* The role meant by one resourceRoleScope, in the package's own catalog as Graph has it. */
static bool resolve_role(struct jml_planner *p, const struct jml_document_role_scope *d,
                         const struct jml_package_row *package, struct jml_id *ret_role)
{
    size_t resource, role;
    struct jml_id scope = jml_id_none;

    if (d->resource.text) {
        if (!jml_planner_resolve(p, &p->index.resources, &p->index.resource_names,
                                 package->catalog_id, d->resource, "resource in this catalog",
                                 &resource))
            return false;
        scope = p->rows->resources.items[resource].id;
    }
    if (!jml_planner_resolve(p, &p->index.roles, &p->index.role_names, scope, d->role,
                             "role of this resource", &role))
        return false;
    *ret_role = p->rows->roles.items[role].id;
    if (!d->resource.text &&
        !jml_lookup_find(&p->index.resources, p->rows->roles.items[role].resource_id, "",
                         &resource))
        return false;
    if (d->resource.text && !jml_id_equal(p->rows->roles.items[role].resource_id, scope)) {
        jml_problem_add(p->problems, d->role.path, "is a role of another resource");
        return false;
    }
    if (!jml_id_equal(p->rows->resources.items[resource].catalog_id, package->catalog_id)) {
        jml_problem_add(p->problems, d->path,
                        "the resource is in another catalog than the package");
        return false;
    }
    return true;
}

static void plan_package_roles(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->packages.n; i++) {
        const struct jml_document_package *d = &p->set->packages.items[i];
        const struct jml_package_row *row = ROW_OF(p->rows->packages, d->path);
        struct jml_change *c = row ? change_of_package(p, row->id) : NULL;
        struct jml_id *ids = jml_new_n(p->arena, struct jml_id, d->n_roles), id;
        size_t n = 0;

        if (!c || !d->has_roles)
            continue;
        for (size_t j = 0; j < d->n_roles; j++)
            if (resolve_role(p, &d->roles[j], row, &id))
                add_once(p, ids, &n, id, d->roles[j].path);
        if (!replace_pairs(p, &p->rows->package_roles, row->id, ids, n))
            continue;
        jml_planner_note(p, c, "resourceRoleScopes");
        c->new_roles = c->touches_people = c->act == JML_ACT_CHANGE;
        jml_planner_end(p, c, JML_MACHINE_PACKAGE, JML_PACKAGE_PRESENT, 0);
    }
}

static void plan_incompatible(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->packages.n; i++) {
        const struct jml_document_package *d = &p->set->packages.items[i];
        const struct jml_package_row *row = ROW_OF(p->rows->packages, d->path);
        struct jml_change *c = row ? change_of_package(p, row->id) : NULL;
        struct jml_id *ids = jml_new_n(p->arena, struct jml_id, d->n_incompatible);
        size_t n = 0, other;

        if (!c || !d->has_incompatible)
            continue;
        for (size_t j = 0; j < d->n_incompatible; j++) {
            if (!jml_planner_resolve(p, &p->index.packages, &p->index.package_names, jml_id_none,
                                     d->incompatible[j], "access package", &other))
                continue;
            if (jml_id_equal(p->rows->packages.items[other].id, row->id))
                jml_problem_add(p->problems, d->incompatible[j].path, "is the package itself");
            else
                add_once(p, ids, &n, p->rows->packages.items[other].id, d->incompatible[j].path);
        }
        if (!replace_pairs(p, &p->rows->incompatible, row->id, ids, n))
            continue;
        jml_planner_note(p, c, "incompatibleAccessPackages");
        jml_planner_end(p, c, JML_MACHINE_PACKAGE, JML_PACKAGE_PRESENT, 0);
    }
}

/* ---- policies ---- */

static void set_policy_document(struct jml_planner *p, struct jml_change *c,
                                struct jml_policy_row *at, const struct jml_value *document)
{
    struct jml_problems ignored = {.arena = p->arena};
    struct jml_document_policy old = {0};
    const struct jml_value *was = NULL;

    if (at->document) {
        jml_document_policy_read(p->arena, at->document, "", &ignored, &old);
        was = old.document;
    }
    for (size_t i = 0; document && i < document->n; i++) {
        const char *key = document->keys[i];
        if (!jml_streq(key, "displayName") && !jml_streq(key, "isEnabled") &&
            !jml_value_equal(jml_value_find(was, key), document->items[i]))
            jml_planner_note(p, c, key);
    }
    for (size_t i = 0; was && i < was->n; i++)
        if (!jml_value_find(document, was->keys[i]))
            jml_planner_note(p, c, was->keys[i]);
    at->document = document;
}

static void plan_policies(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->packages.n; i++) {
        const struct jml_document_package *d = &p->set->packages.items[i];
        const struct jml_package_row *package = ROW_OF(p->rows->packages, d->path);

        for (size_t j = 0; package && j < d->n_policies; j++) {
            const struct jml_document_policy *policy = &d->policies[j];
            size_t row = p->rows->policies.n;
            bool found = jml_planner_match(&p->index.policies, &p->index.policy_names, package->id,
                                           policy->id, policy->display_name, &row);
            struct jml_policy_row *at;
            struct jml_change *c;

            if (!found)
                jml_vec_push(p->arena, &p->rows->policies,
                             ((struct jml_policy_row){.id = jml_planner_id(p, policy->id),
                                                      .package_id = package->id}));
            at = &p->rows->policies.items[row];
            jml_planner_take(p, &at->path, policy->path);
            if (!jml_id_equal(at->package_id, package->id))
                jml_problem_add(p->problems, policy->path, "is a policy of another package");
            c = jml_planner_begin(
                p, JML_OBJECT_POLICY, found, row, at->id,
                jml_printf(p->arena, "%s / %s", package->display_name, policy->display_name));
            c->touches_people = false; /* ends already set stay (A2) */
            jml_planner_set_name(p, c, &p->index.policy_names, package->id, &at->display_name,
                                 policy->display_name);
            jml_planner_set_bool(p, c, "isEnabled", &at->enabled, policy->enabled);
            set_policy_document(p, c, at, policy->document);
            jml_planner_end(p, c, JML_MACHINE_POLICY, JML_POLICY_PRESENT, 0);
        }
    }
}

/* ---- connected organizations ---- */

static void plan_organizations(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->organizations.n; i++) {
        const struct jml_document_organization *d = &p->set->organizations.items[i];
        size_t row = p->rows->organizations.n;
        bool found = jml_planner_match(&p->index.organizations, &p->index.organization_names,
                                       jml_id_none, d->id, d->display_name, &row);
        struct jml_organization_row *at;
        struct jml_change *c;
        bool same;

        if (!found)
            jml_vec_push(p->arena, &p->rows->organizations,
                         ((struct jml_organization_row){.id = jml_planner_id(p, d->id)}));
        at = &p->rows->organizations.items[row];
        jml_planner_take(p, &at->path, d->path);
        c = jml_planner_begin(p, JML_OBJECT_ORGANIZATION, found, row, at->id, d->display_name);
        jml_planner_set_name(p, c, &p->index.organization_names, jml_id_none, &at->display_name,
                             d->display_name);
        same = at->n_domains == d->n_domains;
        for (size_t j = 0; same && j < d->n_domains; j++)
            same = jml_streq(at->domains[j], d->domains[j]);
        if (!same)
            jml_planner_note(p, c, "domains");
        at->domains = d->domains;
        at->n_domains = d->n_domains;
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
    CHECK_ONCE(p, p->rows->resources, JML_OBJECT_RESOURCE, p->rows->resources.items[i].catalog_id);
    CHECK_ONCE(p, p->rows->roles, JML_OBJECT_ROLE, p->rows->roles.items[i].resource_id);
    CHECK_ONCE(p, p->rows->packages, JML_OBJECT_PACKAGE, jml_id_none);
    CHECK_ONCE(p, p->rows->policies, JML_OBJECT_POLICY, p->rows->policies.items[i].package_id);
    CHECK_ONCE(p, p->rows->organizations, JML_OBJECT_ORGANIZATION, jml_id_none);
    CHECK_ONCE(p, p->rows->workflows, JML_OBJECT_WORKFLOW, jml_id_none);
}

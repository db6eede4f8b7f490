/* SPDX-License-Identifier: MIT
 *
 * Governance plan: access packages, their roles, policies and incompatible packages. What a package
 * lists of roles and incompatible packages is all it has; policies that it does not list stay.
 */
#include "core/document.h"
#include "core/planner.h"

void jml_planner_packages(struct jml_planner *p)
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
        jml_planner_set_id(p, c, "catalog", &at->catalog_id, p->rows->catalogs.items[catalog].id);
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

void jml_planner_package_roles(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->packages.n; i++) {
        const struct jml_document_package *d = &p->set->packages.items[i];
        const struct jml_package_row *row = JML_PLANNER_ROW(p->rows->packages, d->path);
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
        c->touches_people = c->act == JML_ACT_CHANGE;
        jml_planner_end(p, c, JML_MACHINE_PACKAGE, JML_PACKAGE_PRESENT, 0);
    }
}

void jml_planner_incompatible(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->packages.n; i++) {
        const struct jml_document_package *d = &p->set->packages.items[i];
        const struct jml_package_row *row = JML_PLANNER_ROW(p->rows->packages, d->path);
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

void jml_planner_policies(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->packages.n; i++) {
        const struct jml_document_package *d = &p->set->packages.items[i];
        const struct jml_package_row *package = JML_PLANNER_ROW(p->rows->packages, d->path);

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

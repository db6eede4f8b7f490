/* SPDX-License-Identifier: MIT
 *
 * Governance plan: access packages, their roles, and what must not be held beside them. What a
 * package lists of those is all it has.
 */
#include "base/str.h"
#include "core/document_read.h"
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
        for (size_t j = 0; j < p->rows->deleted.n; j++)
            if (jml_id_is_set(d->id) && jml_id_equal(p->rows->deleted.items[j].id, d->id)) {
                jml_problem_add(p->problems, jml_pointer(p->arena, d->path, "id"),
                                "the access package with this id was deleted: leave the id out to "
                                "make a new one");
                break;
            }
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

/* Groups likewise; they are nobody's objects, so that any name will do. */
static bool replace_groups(struct jml_planner *p, struct jml_id id,
                           const struct jml_document_package *d)
{
    JML_VEC(struct jml_group_row) rows = {0};
    size_t had = 0, same = 0, n = 0;

    for (size_t i = 0; i < p->rows->incompatible_groups.n; i++) {
        const struct jml_group_row *row = &p->rows->incompatible_groups.items[i];
        if (!jml_id_equal(row->id, id)) {
            jml_vec_push(p->arena, &rows, *row);
            continue;
        }
        had++;
        for (size_t j = 0; j < d->n_incompatible_groups; j++)
            same += jml_streq(row->name, d->incompatible_groups[j].text);
    }
    for (size_t j = 0; j < d->n_incompatible_groups; j++) {
        const struct jml_reference *ref = &d->incompatible_groups[j];
        bool twice = false;
        if (!ref->text)
            continue;
        for (size_t k = 0; k < j; k++)
            twice |= jml_streq(d->incompatible_groups[k].text, ref->text);
        if (twice)
            jml_problem_add(p->problems, ref->path, "is given twice");
        n++;
        jml_vec_push(p->arena, &rows, ((struct jml_group_row){.id = id, .name = ref->text}));
    }
    if (had == n && same == n)
        return false;
    p->rows->incompatible_groups.items = rows.items;
    p->rows->incompatible_groups.n = rows.n;
    p->rows->incompatible_groups.cap = rows.cap;
    return true;
}

void jml_planner_incompatible_groups(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->packages.n; i++) {
        const struct jml_document_package *d = &p->set->packages.items[i];
        const struct jml_package_row *row = JML_PLANNER_ROW(p->rows->packages, d->path);
        struct jml_change *c = row ? change_of_package(p, row->id) : NULL;

        if (!c || !d->has_incompatible_groups || !replace_groups(p, row->id, d))
            continue;
        jml_planner_note(p, c, "incompatibleGroups");
        jml_planner_end(p, c, JML_MACHINE_PACKAGE, JML_PACKAGE_PRESENT, 0);
    }
}

/* ---- what excludes packages, over time ---- */

static bool excludes(const struct jml_governance_rows *rows, const struct jml_exclusion_row *x)
{
    for (size_t i = 0; !x->group && i < rows->incompatible.n; i++)
        if (jml_id_equal(rows->incompatible.items[i].id, x->package_id) &&
            jml_id_equal(rows->incompatible.items[i].other_id, x->other_id))
            return true;
    for (size_t i = 0; x->group && i < rows->incompatible_groups.n; i++)
        if (jml_id_equal(rows->incompatible_groups.items[i].id, x->package_id) &&
            jml_streq(rows->incompatible_groups.items[i].name, x->group))
            return true;
    return false;
}

/* As the triggers of jml.incompatible_package and jml.incompatible_group keep them. */
void jml_planner_exclusions(struct jml_planner *p, const struct jml_governance_rows *before)
{
    struct jml_governance_rows *after = p->rows;
    JML_ROWS(jml_exclusion_row) rows = {0};

    for (size_t i = 0; i < before->exclusions.n; i++) {
        struct jml_exclusion_row row = before->exclusions.items[i];
        if (row.until == JML_TIME_MAX && !excludes(after, &row))
            row.until = jml_time_later(row.since, p->now);
        jml_vec_push(p->arena, &rows, row);
    }
    for (size_t i = 0; i < after->incompatible.n; i++) {
        struct jml_exclusion_row row = {.package_id = after->incompatible.items[i].id,
                                        .other_id = after->incompatible.items[i].other_id,
                                        .since = p->now, .until = JML_TIME_MAX};
        if (!excludes(before, &row))
            jml_vec_push(p->arena, &rows, row);
    }
    for (size_t i = 0; i < after->incompatible_groups.n; i++) {
        struct jml_exclusion_row row = {.package_id = after->incompatible_groups.items[i].id,
                                        .group = after->incompatible_groups.items[i].name,
                                        .since = p->now, .until = JML_TIME_MAX};
        if (!excludes(before, &row))
            jml_vec_push(p->arena, &rows, row);
    }
    after->exclusions.items = rows.items;
    after->exclusions.n = rows.n;
    after->exclusions.cap = rows.cap;
}

/* SPDX-License-Identifier: MIT
 *
 * Governance export: rows back to a document. What apply stored as ids is written as names, so that
 * people can read it; a package's name with a comma stays an id, for a comma divides a list.
 */
#include <string.h>

#include "base/str.h"
#include "core/document_read.h"
#include "core/governance_index.h"

struct exporter {
    struct jml_arena *arena;
    const struct jml_governance_rows *rows;
    struct jml_governance_index index;
};

static void begin(struct exporter *x, struct jml_maker *m, struct jml_id id, const char *name,
                  const char *description)
{
    m->arena = x->arena;
    jml_make_string(m, "id", jml_id_text(x->arena, id));
    jml_make_string(m, "displayName", name);
    jml_make_string(m, "description", description);
}

static const char *catalog_name(struct exporter *x, struct jml_id id)
{
    size_t i;
    return jml_lookup_find(&x->index.catalogs, id, "", &i) ? x->rows->catalogs.items[i].display_name
                                                           : NULL;
}

static const struct jml_value *catalogs(struct exporter *x)
{
    struct jml_maker list = {.arena = x->arena};
    for (size_t i = 0; i < x->rows->catalogs.n; i++) {
        const struct jml_catalog_row *row = &x->rows->catalogs.items[i];
        struct jml_maker m = {0};
        begin(x, &m, row->id, row->display_name, row->description);
        jml_make(&list, "", jml_made_object(&m));
    }
    return jml_made_array(&list);
}

/* In the order in which people read them; the database keeps none. */
static const char *const target_members[] = {
    "description",           "kind",                "isEnabled",      "isOwned",
    "concurrency",           "ratePerSecond",       "deadline",       "giveUpAfter",
    "settings",              "endpointConfiguration", "clientConfiguration",
    "callbackConfiguration", "secretFile",          "bearerTokenFile", "caFile",
    "clientCertificateFile", "clientKeyFile",       "headers",        "allowHttp",
};

/* Custom task extensions, or the others. Their documents have all but the id. */
static const struct jml_value *targets(struct exporter *x, bool extensions)
{
    struct jml_maker list = {.arena = x->arena};
    for (size_t i = 0; i < x->rows->targets.n; i++) {
        const struct jml_target_row *row = &x->rows->targets.items[i];
        struct jml_maker m = {.arena = x->arena};
        if (jml_streq(row->kind, "extension") != extensions || !row->document)
            continue;
        jml_make_string(&m, "id", jml_id_text(x->arena, row->id));
        jml_make_string(&m, "displayName", row->display_name);
        for (size_t j = 0; j < sizeof(target_members) / sizeof(target_members[0]); j++)
            jml_make(&m, target_members[j], jml_value_find(row->document, target_members[j]));
        jml_make(&list, "", jml_made_object(&m));
    }
    return jml_made_array(&list);
}

static const struct jml_value *roles_of_resource(struct exporter *x, struct jml_id resource)
{
    struct jml_maker list = {.arena = x->arena};
    for (size_t i = 0; i < x->rows->roles.n; i++) {
        const struct jml_role_row *row = &x->rows->roles.items[i];
        struct jml_maker m = {0};
        if (!jml_id_equal(row->resource_id, resource) || jml_id_is_set(row->former_of))
            continue;
        begin(x, &m, row->id, row->display_name, NULL);
        jml_make(&m, "origin", row->origin);
        jml_make(&list, "", jml_made_object(&m));
    }
    return jml_made_array(&list);
}

static const struct jml_value *resources(struct exporter *x)
{
    struct jml_maker list = {.arena = x->arena};
    for (size_t i = 0; i < x->rows->resources.n; i++) {
        const struct jml_resource_row *row = &x->rows->resources.items[i];
        struct jml_maker m = {0};
        begin(x, &m, row->id, row->display_name, NULL);
        jml_make_string(&m, "catalog", catalog_name(x, row->catalog_id));
        jml_make_string(&m, "target", row->target);
        jml_make(&m, "origin", row->origin);
        jml_make(&m, "roles", roles_of_resource(x, row->id));
        jml_make(&list, "", jml_made_object(&m));
    }
    return jml_made_array(&list);
}

/* ---- packages ---- */

static const struct jml_value *roles_of_package(struct exporter *x, struct jml_id package)
{
    struct jml_maker list = {.arena = x->arena};
    size_t role, resource;

    for (size_t i = 0; i < x->rows->package_roles.n; i++) {
        const struct jml_pair_row *pair = &x->rows->package_roles.items[i];
        struct jml_maker m = {.arena = x->arena};
        if (!jml_id_equal(pair->id, package) ||
            !jml_lookup_find(&x->index.roles, pair->other_id, "", &role) ||
            !jml_lookup_find(&x->index.resources, x->rows->roles.items[role].resource_id, "",
                             &resource))
            continue;
        jml_make_string(&m, "resource", x->rows->resources.items[resource].display_name);
        jml_make_string(&m, "role", x->rows->roles.items[role].display_name);
        jml_make(&list, "", jml_made_object(&m));
    }
    return jml_made_array(&list);
}

static const struct jml_value *name_organizations(struct exporter *x,
                                                  const struct jml_value *policy)
{
    const struct jml_value *list = jml_value_find(policy, "specificAllowedTargets");
    struct jml_maker made = {.arena = x->arena};
    size_t number;

    for (size_t i = 0; list && i < list->n; i++) {
        const struct jml_value *v = list->items[i];
        const char *id = jml_value_find_string(v, "connectedOrganizationId");
        if (jml_index_resolve(&x->index.organizations, &x->index.organization_names, jml_id_none,
                              id, &number))
            v = jml_value_with(
                x->arena, v, "connectedOrganizationId",
                jml_value_string(x->arena, x->rows->organizations.items[number].display_name));
        jml_make(&made, "", v);
    }
    return list ? jml_value_with(x->arena, policy, "specificAllowedTargets", jml_made_array(&made))
                : policy;
}

static const struct jml_value *policies_of_package(struct exporter *x, struct jml_id package)
{
    struct jml_maker list = {.arena = x->arena};

    for (size_t i = 0; i < x->rows->policies.n; i++) {
        const struct jml_policy_row *row = &x->rows->policies.items[i];
        struct jml_problems ignored = {.arena = x->arena};
        struct jml_document_policy read;
        const struct jml_value *v;
        struct jml_maker m = {.arena = x->arena};
        if (!jml_id_equal(row->package_id, package))
            continue;
        jml_document_policy_read(x->arena, row->document, "", &ignored, &read);
        jml_make_string(&m, "id", jml_id_text(x->arena, row->id));
        v = jml_value_with(x->arena, read.document, "displayName",
                           jml_value_string(x->arena, row->display_name));
        v = jml_value_with(x->arena, v, "isEnabled", jml_value_bool(row->enabled));
        v = name_organizations(x, v);
        for (size_t j = 0; j < v->n; j++)
            jml_make(&m, v->keys[j], v->items[j]);
        jml_make(&list, "", jml_made_object(&m));
    }
    return jml_made_array(&list);
}

static const struct jml_value *incompatible_of_package(struct exporter *x, struct jml_id package)
{
    struct jml_maker list = {.arena = x->arena};
    size_t other;

    for (size_t i = 0; i < x->rows->incompatible.n; i++)
        if (jml_id_equal(x->rows->incompatible.items[i].id, package) &&
            jml_lookup_find(&x->index.packages, x->rows->incompatible.items[i].other_id, "",
                            &other))
            jml_make(&list, "",
                     jml_value_string(x->arena, x->rows->packages.items[other].display_name));
    return jml_made_array(&list);
}

static const struct jml_value *groups_of_package(struct exporter *x, struct jml_id package)
{
    struct jml_maker list = {.arena = x->arena};

    for (size_t i = 0; i < x->rows->incompatible_groups.n; i++)
        if (jml_id_equal(x->rows->incompatible_groups.items[i].id, package))
            jml_make(&list, "",
                     jml_value_string(x->arena, x->rows->incompatible_groups.items[i].name));
    return jml_made_array(&list);
}

static const struct jml_value *packages(struct exporter *x)
{
    struct jml_maker list = {.arena = x->arena};
    for (size_t i = 0; i < x->rows->packages.n; i++) {
        const struct jml_package_row *row = &x->rows->packages.items[i];
        struct jml_maker m = {0};
        begin(x, &m, row->id, row->display_name, row->description);
        jml_make(&m, "isHidden", jml_value_bool(row->hidden));
        jml_make_string(&m, "catalog", catalog_name(x, row->catalog_id));
        jml_make(&m, "resourceRoleScopes", roles_of_package(x, row->id));
        jml_make(&m, "assignmentPolicies", policies_of_package(x, row->id));
        jml_make(&m, "incompatibleAccessPackages", incompatible_of_package(x, row->id));
        jml_make(&m, "incompatibleGroups", groups_of_package(x, row->id));
        jml_make(&list, "", jml_made_object(&m));
    }
    return jml_made_array(&list);
}

static const struct jml_value *texts(struct exporter *x, const char *const *texts_of, size_t n)
{
    struct jml_maker list = {.arena = x->arena};

    for (size_t i = 0; i < n; i++)
        jml_make(&list, "", jml_value_string(x->arena, texts_of[i]));
    return jml_made_array(&list);
}

static const struct jml_value *organizations(struct exporter *x)
{
    struct jml_maker list = {.arena = x->arena};
    for (size_t i = 0; i < x->rows->organizations.n; i++) {
        const struct jml_organization_row *row = &x->rows->organizations.items[i];
        struct jml_maker m = {0};
        begin(x, &m, row->id, row->display_name, NULL);
        jml_make_string(&m, "state", row->state);
        jml_make(&m, "domains", texts(x, row->domains, row->n_domains));
        jml_make(&m, "internalSponsors",
                 texts(x, row->internal_sponsors, row->n_internal_sponsors));
        jml_make(&m, "externalSponsors",
                 texts(x, row->external_sponsors, row->n_external_sponsors));
        jml_make(&list, "", jml_made_object(&m));
    }
    return jml_made_array(&list);
}

/* ---- workflows ---- */

static void name_packages(struct exporter *x, struct jml_document_task *t)
{
    struct jml_str s = JML_STR_INIT(x->arena);
    size_t *numbers, n, number;
    const char *unknown;

    for (size_t i = 0; i < t->n_arguments; i++) {
        struct jml_document_argument *arg = &t->arguments[i];
        if (jml_streq(arg->name, "assignmentPolicyId") &&
            jml_index_resolve(&x->index.policies, &x->index.policies, jml_id_none, arg->value,
                              &number))
            arg->value = x->rows->policies.items[number].display_name;
        if (jml_streq(arg->name, "customTaskExtensionID") &&
            jml_index_resolve(&x->index.targets, &x->index.target_names, jml_id_none, arg->value,
                              &number))
            arg->value = x->rows->targets.items[number].display_name;
        if (!jml_streq(arg->name, "accessPackageId"))
            continue;
        n = jml_index_packages(x->arena, &x->index, arg->value, &numbers, &unknown);
        for (size_t j = 0; j < n; j++) {
            const struct jml_package_row *row = &x->rows->packages.items[numbers[j]];
            jml_str_addf(&s, "%s%s", j ? "," : "",
                         strchr(row->display_name, ',') ? jml_id_text(x->arena, row->id)
                                                        : row->display_name);
        }
        if (n)
            arg->value = jml_str_text(&s);
    }
}

static const struct jml_value *workflows(struct exporter *x)
{
    struct jml_maker list = {.arena = x->arena};
    for (size_t i = 0; i < x->rows->workflows.n; i++) {
        const struct jml_workflow_row *row = &x->rows->workflows.items[i];
        struct jml_problems ignored = {.arena = x->arena};
        struct jml_document_workflow w;
        struct jml_maker m = {.arena = x->arena};
        const struct jml_value *v;
        jml_document_workflow_read(x->arena, row->document, "", &ignored, &w);
        w.display_name = row->display_name;
        w.description = row->description;
        w.enabled = row->enabled;
        w.scheduling_enabled = row->enabled && row->scheduling_enabled; /* as Graph demands */
        for (size_t j = 0; j < w.n_tasks; j++)
            name_packages(x, &w.tasks[j]);
        v = jml_document_workflow_format(x->arena, &w);
        jml_make_string(&m, "id", jml_id_text(x->arena, row->id));
        for (size_t j = 0; j < v->n; j++)
            jml_make(&m, v->keys[j], v->items[j]);
        jml_make(&list, "", jml_made_object(&m));
    }
    return jml_made_array(&list);
}

const struct jml_value *jml_governance_export(struct jml_arena *a,
                                              const struct jml_governance_rows *rows)
{
    struct exporter x = {.arena = a, .rows = rows};
    struct jml_maker m = {.arena = a};

    jml_governance_index_rows(&x.index, a, rows);
    jml_make(&m, "catalogs", catalogs(&x));
    jml_make(&m, "targets", targets(&x, false));
    jml_make(&m, "resources", resources(&x));
    jml_make(&m, "accessPackages", packages(&x));
    jml_make(&m, "connectedOrganizations", organizations(&x));
    jml_make(&m, "customTaskExtensions", targets(&x, true));
    jml_make(&m, "workflows", workflows(&x));
    return jml_made_object(&m);
}

/* SPDX-License-Identifier: MIT
 *
 * Document: the shapes of a file, and the smaller objects. Packages, workflows and their triggers
 * have files of their own.
 */
#include "core/document.h"

#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/document_read.h"

static void read_file(struct jml_document_set *set, struct jml_reader *r, const struct jml_value *v,
                      const char *prefix);
static void read_arrays(struct jml_document_set *set, struct jml_reader *r,
                        const struct jml_value *v, const char *prefix);
static void read_workflow(struct jml_document_set *set, struct jml_reader *r,
                          const struct jml_value *v, const char *path);
static void read_catalog(struct jml_document_set *set, struct jml_reader *r,
                         const struct jml_value *v, const char *path);
static void read_resource(struct jml_document_set *set, struct jml_reader *r,
                          const struct jml_value *v, const char *path);
static void read_package(struct jml_document_set *set, struct jml_reader *r,
                         const struct jml_value *v, const char *path);
static void read_policy(struct jml_document_set *set, struct jml_reader *r,
                        const struct jml_value *v, const char *path);
static void read_organization(struct jml_document_set *set, struct jml_reader *r,
                              const struct jml_value *v, const char *path);
static void read_target(struct jml_document_set *set, struct jml_reader *r,
                        const struct jml_value *v, const char *path);
static void read_extension(struct jml_document_set *set, struct jml_reader *r,
                           const struct jml_value *v, const char *path);

/* The arrays a file may hold. */
static const struct {
    const char *name;
    void (*read)(struct jml_document_set *, struct jml_reader *, const struct jml_value *,
                 const char *);
} arrays[] = {
    {"catalogs", read_catalog},
    {"targets", read_target},
    {"resources", read_resource},
    {"accessPackages", read_package},
    {"assignmentPolicies", read_policy},
    {"connectedOrganizations", read_organization},
    {"customTaskExtensions", read_extension},
    {"workflows", read_workflow},
};
#define N_ARRAYS (sizeof(arrays) / sizeof(arrays[0]))

void jml_document_parse(struct jml_document_set *set, const char *file, const char *text,
                        size_t length, struct jml_problems *problems)
{
    struct jml_reader r = {.arena = set->arena, .problems = problems};
    const char *name = file ? file : "document";
    const char *prefix = file ? jml_printf(set->arena, "%s: ", file) : "";
    const struct jml_value *v;
    size_t blanks = 0;
    struct jml_err e;

    while (blanks < length && strchr(" \t\r\n", text[blanks]))
        blanks++;
    if (memchr(text, 0, length) || !jml_str_is_utf8(text, length)) {
        jml_problem_add(problems, name, "no text in UTF-8, as JSON must be");
    } else if (blanks == length) {
        jml_problem_add(problems, name, "the file is empty");
    } else if (jml_value_parse(set->arena, text, length, JML_DOCUMENT_MAX_DEPTH, &v, &e) < 0) {
        jml_problem_add(problems, name, "%s", e.message);
    } else {
        jml_read_keys(&r, text, length, prefix);
        read_file(set, &r, v, prefix);
    }
}

/* ---- shapes ---- */

/* The bodies of Graph that may stand alone or in a list, by the members that only they have. */
static const struct {
    const char *type; /* "@odata.type" */
    void (*read)(struct jml_document_set *, struct jml_reader *, const struct jml_value *,
                 const char *);
    const char *members[10];
} bodies[] = {
    {"workflow", read_workflow, {"executionConditions", "tasks", "isSchedulingEnabled", NULL}},
    {"accessPackageAssignmentPolicy",
     read_policy,
     {"allowedTargetScope", "specificAllowedTargets", "expiration", "requestorSettings",
      "requestApprovalSettings", "automaticRequestSettings", "accessPackage", "accessPackageId",
      NULL}},
    {"accessPackage",
     read_package,
     {"resourceRoleScopes", "assignmentPolicies", "isHidden", "incompatibleAccessPackages",
      "incompatibleGroups", "catalog", NULL}},
    {"connectedOrganization",
     read_organization,
     {"identitySources", "internalSponsors", "externalSponsors", NULL}},
    {"customTaskExtension",
     read_extension,
     {"endpointConfiguration", "authenticationConfiguration", "clientConfiguration",
      "callbackConfiguration", NULL}},
};
#define N_BODIES (sizeof(bodies) / sizeof(bodies[0]))

/* false: it is none of them. A resource has a catalog, too, but its place is in an array. */
static bool read_body(struct jml_document_set *set, struct jml_reader *r, const struct jml_value *v,
                      const char *path)
{
    const char *type = jml_read_type(v);

    if (jml_value_find(v, "target") || jml_value_find(v, "roles"))
        return false;
    for (size_t i = 0; i < N_BODIES; i++) {
        bool found = type && jml_streq(type, bodies[i].type);
        for (size_t j = 0; !type && bodies[i].members[j]; j++)
            found |= jml_value_find(v, bodies[i].members[j]) != NULL;
        if (found) {
            bodies[i].read(set, r, v, path);
            return true;
        }
    }
    return false;
}

static void read_file(struct jml_document_set *set, struct jml_reader *r, const struct jml_value *v,
                      const char *prefix)
{
    static const struct jml_member list_members[] = {JML_MUST("value", ARRAY)};
    static const struct jml_member wrapper_members[] = {JML_MUST("workflow", OBJECT)};
    const char *path;

    /* a package has the array assignmentPolicies, too */
    for (size_t i = 0; i < N_ARRAYS && !jml_value_find(v, "displayName"); i++)
        if (jml_value_find(v, arrays[i].name)) {
            read_arrays(set, r, v, prefix);
            return;
        }
    if (read_body(set, r, v, prefix)) {
        return;
    } else if (jml_value_find(v, "workflow")) {
        jml_read_members(r, v, prefix, JML_MEMBERS(wrapper_members));
        if (jml_read_object(v, "workflow"))
            read_workflow(set, r, jml_read_object(v, "workflow"),
                          jml_pointer(r->arena, prefix, "workflow"));
    } else if (jml_value_find(v, "value")) {
        jml_read_members(r, v, prefix, JML_MEMBERS(list_members));
        v = jml_read_array(v, "value");
        path = jml_pointer(r->arena, prefix, "value");
        for (size_t i = 0; v && i < v->n; i++)
            if (!read_body(set, r, v->items[i], jml_pointer_item(r->arena, path, i)))
                jml_problem_add(r->problems, jml_pointer_item(r->arena, path, i),
                                "neither a workflow, an access package, an assignment policy, a "
                                "connected organization nor a custom task extension, by what it says "
                                "(other objects stand in arrays of their own: catalogs, resources, "
                                "...)");
    } else if (jml_value_find(v, "taskDefinitionId")) {
        jml_problem_add(r->problems, jml_pointer(r->arena, prefix, "taskDefinitionId"),
                        "a task stands in the tasks of a workflow");
    } else if (v->type != JML_OBJECT || v->n > 0) { /* {} is a file without objects */
        jml_problem_add(r->problems, jml_printf(r->arena, "%s/", prefix),
                        "neither a workflow (executionConditions, tasks), an access package, an "
                        "assignment policy, a connected organization nor a custom task extension, "
                        "nor a list (value), nor any of the arrays catalogs, targets, resources, "
                        "accessPackages, assignmentPolicies, connectedOrganizations, "
                        "customTaskExtensions, workflows");
    }
}

static void read_arrays(struct jml_document_set *set, struct jml_reader *r,
                        const struct jml_value *v, const char *prefix)
{
    struct jml_member members[N_ARRAYS];

    for (size_t i = 0; i < N_ARRAYS; i++)
        members[i] = (struct jml_member){.name = arrays[i].name, .kind = JML_MEMBER_ARRAY};
    jml_read_members(r, v, prefix, members, N_ARRAYS);
    for (size_t i = 0; i < N_ARRAYS; i++) {
        const struct jml_value *items = jml_read_array(v, arrays[i].name);
        const char *path = jml_pointer(r->arena, prefix, arrays[i].name);
        for (size_t j = 0; items && j < items->n; j++)
            arrays[i].read(set, r, items->items[j], jml_pointer_item(r->arena, path, j));
    }
}

static void read_workflow(struct jml_document_set *set, struct jml_reader *r,
                          const struct jml_value *v, const char *path)
{
    struct jml_document_workflow w = {0};
    jml_read_workflow(r, v, path, &w);
    jml_vec_push(set->arena, &set->workflows, w);
}

static void read_package(struct jml_document_set *set, struct jml_reader *r,
                         const struct jml_value *v, const char *path)
{
    struct jml_document_package p = {0};
    jml_read_package(r, v, path, &p);
    jml_vec_push(set->arena, &set->packages, p);
}

/* One that stands alone says which package it is of, unless it is known by its id. */
static void read_policy(struct jml_document_set *set, struct jml_reader *r,
                        const struct jml_value *v, const char *path)
{
    struct jml_document_policy p = {0};
    jml_read_policy(r, v, path, NULL, &p);
    jml_vec_push(set->arena, &set->policies, p);
}

static void read_target(struct jml_document_set *set, struct jml_reader *r,
                        const struct jml_value *v, const char *path)
{
    struct jml_document_target t = {0};
    jml_read_target(r, v, path, &t);
    jml_vec_push(set->arena, &set->targets, t);
}

static void read_extension(struct jml_document_set *set, struct jml_reader *r,
                           const struct jml_value *v, const char *path)
{
    struct jml_document_target t = {0};
    jml_read_extension(r, v, path, &t);
    jml_vec_push(set->arena, &set->targets, t);
}

/* ---- catalogs and resources ---- */

static void read_catalog(struct jml_document_set *set, struct jml_reader *r,
                         const struct jml_value *v, const char *path)
{
    static const struct jml_member members[] = {
        JML_MAY("id", STRING),
        JML_MUST("displayName", STRING),
        JML_MAY("description", STRING),
        JML_MAY("state", STRING),
        JML_MAY("isExternallyVisible", BOOL),
        JML_READ_ONLY("catalogType"),
        JML_READ_ONLY("createdDateTime"),
        JML_READ_ONLY("modifiedDateTime"),
    };
    static const char *const states[] = {"published", NULL};
    static const char *const later[] = {"unpublished", NULL};
    struct jml_document_catalog c = {.path = path};

    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    c.id = jml_read_id(r, v, path);
    c.display_name = jml_read_name(r, v, path, "displayName");
    c.description = jml_read_description(r, v, path);
    jml_read_enum(r, v, path, "state", states, later);
    jml_vec_push(set->arena, &set->catalogs, c);
}

static struct jml_document_role read_role(struct jml_reader *r, const struct jml_value *v,
                                          const char *path)
{
    static const struct jml_member members[] = {
        JML_MAY("id", STRING),
        JML_MUST("displayName", STRING),
        JML_MAY("origin", OBJECT),
    };
    struct jml_document_role role = {.path = path};

    if (v->type == JML_STRING) { /* "User" for {"displayName": "User"} */
        struct jml_maker m = {.arena = r->arena};
        jml_make(&m, "displayName", v);
        v = jml_made_object(&m);
    }
    if (jml_read_members(r, v, path, JML_MEMBERS(members))) {
        role.id = jml_read_id(r, v, path);
        role.display_name = jml_read_name(r, v, path, "displayName");
        role.origin = jml_read_object(v, "origin");
    }
    return role;
}

static void read_resource(struct jml_document_set *set, struct jml_reader *r,
                          const struct jml_value *v, const char *path)
{
    static const struct jml_member members[] = {
        JML_MAY("id", STRING),     JML_MUST("displayName", STRING), JML_MUST("catalog", ANY),
        JML_MAY("target", ANY),    JML_MAY("origin", OBJECT),       JML_MAY("roles", ARRAY),
    };
    struct jml_document_resource resource = {.path = path};
    const struct jml_value *roles;
    struct jml_document_role *copies;

    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    resource.id = jml_read_id(r, v, path);
    resource.display_name = jml_read_name(r, v, path, "displayName");
    resource.catalog =
        jml_read_reference(r, jml_value_find(v, "catalog"), jml_pointer(r->arena, path, "catalog"));
    resource.target =
        jml_read_reference(r, jml_value_find(v, "target"), jml_pointer(r->arena, path, "target"));
    resource.origin = jml_read_object(v, "origin");
    roles = jml_read_array(v, "roles");
    resource.n_roles = roles ? roles->n : 0;
    copies = jml_new_n(r->arena, struct jml_document_role, resource.n_roles);
    for (size_t i = 0; i < resource.n_roles; i++)
        copies[i] = read_role(r, roles->items[i],
                              jml_pointer_item(r->arena, jml_pointer(r->arena, path, "roles"), i));
    resource.roles = copies;
    jml_vec_push(set->arena, &set->resources, resource);
}

/* ---- connected organizations ---- */

static const char *lower(struct jml_arena *a, const char *text)
{
    char *copy = jml_strdup(a, text);
    for (char *c = copy; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c += 'a' - 'A';
    return copy;
}

static const char *read_domain(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    static const struct jml_member members[] = {
        JML_MUST("domainName", STRING),
        JML_MAY("displayName", STRING),
    };
    const char *domain = v->type == JML_STRING ? v->text : NULL, *type = jml_read_type(v);
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

    if (!domain) {
        if (type && !jml_streq(type, "domainIdentitySource"))
            jml_problem_add(r->problems, path,
                            "known, not supported yet: %s (say domainIdentitySource: people are "
                            "known by the domain of their mail address)",
                            type);
        else if (jml_read_members(r, v, path, JML_MEMBERS(members)))
            domain = jml_value_find_string(v, "domainName");
    }
    if (domain && (!*domain || strlen(domain) > 253 || domain[strspn(domain, allowed)]))
        jml_problem_add(r->problems, path, "no domain name");
    return domain ? lower(r->arena, domain) : "";
}

/* People by employee_id: strings, or objects with an id. */
static const char *const *read_sponsors(struct jml_reader *r, const struct jml_value *v,
                                        const char *path, const char *member, bool *ret_has,
                                        size_t *ret_n)
{
    static const struct jml_member members[] = {
        JML_MUST("id", STRING),
        JML_READ_ONLY("displayName"),
    };
    const struct jml_value *list = jml_read_array(v, member);
    const char **ids;

    if (!list)
        return NULL;
    ids = jml_new_n(r->arena, const char *, list->n);
    path = jml_pointer(r->arena, path, member);
    for (size_t i = 0; i < list->n; i++) {
        const char *at = jml_pointer_item(r->arena, path, i);
        struct jml_maker m = {.arena = r->arena};
        const struct jml_value *item = list->items[i];
        if (item->type == JML_STRING) {
            jml_make(&m, "id", item);
            item = jml_made_object(&m);
        }
        if (jml_read_members(r, item, at, JML_MEMBERS(members)))
            ids[i] = jml_read_name(r, item, at, "id");
        if (!ids[i])
            ids[i] = "";
    }
    *ret_has = true;
    *ret_n = list->n;
    return ids;
}

static void read_organization(struct jml_document_set *set, struct jml_reader *r,
                              const struct jml_value *v, const char *path)
{
    static const struct jml_member members[] = {
        JML_MAY("id", STRING),
        JML_MUST("displayName", STRING),
        JML_MAY("description", STRING),
        JML_MAY("domains", ARRAY),
        JML_MAY("identitySources", ARRAY),
        JML_MAY("state", STRING),
        JML_MAY("internalSponsors", ARRAY),
        JML_MAY("externalSponsors", ARRAY),
        JML_READ_ONLY("createdDateTime"),
        JML_READ_ONLY("modifiedDateTime"),
    };
    static const char *const states[] = {"configured", "proposed", NULL};
    static const char *const lists[] = {"domains", "identitySources"};
    struct jml_document_organization o = {.path = path};
    JML_VEC(const char *) domains = {0};
    int state;

    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    o.id = jml_read_id(r, v, path);
    o.display_name = jml_read_name(r, v, path, "displayName");
    state = jml_read_enum(r, v, path, "state", states, NULL);
    o.state = state < 0 ? NULL : states[state];
    o.internal_sponsors = read_sponsors(r, v, path, "internalSponsors", &o.has_internal_sponsors,
                                        &o.n_internal_sponsors);
    o.external_sponsors = read_sponsors(r, v, path, "externalSponsors", &o.has_external_sponsors,
                                        &o.n_external_sponsors);
    for (size_t i = 0; i < 2; i++) {
        const struct jml_value *list = jml_read_array(v, lists[i]);
        const char *at = jml_pointer(r->arena, path, lists[i]);
        o.has_domains |= list != NULL;
        for (size_t j = 0; list && j < list->n; j++)
            jml_vec_push(r->arena, &domains,
                         read_domain(r, list->items[j], jml_pointer_item(r->arena, at, j)));
    }
    o.domains = domains.items;
    o.n_domains = domains.n;
    jml_vec_push(set->arena, &set->organizations, o);
}

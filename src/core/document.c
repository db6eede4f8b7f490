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
static void read_organization(struct jml_document_set *set, struct jml_reader *r,
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
    {"resources", read_resource},
    {"accessPackages", read_package},
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

static bool has_any(const struct jml_value *v, const char *const *members)
{
    for (; *members; members++)
        if (jml_value_find(v, *members))
            return true;
    return false;
}

static void read_file(struct jml_document_set *set, struct jml_reader *r, const struct jml_value *v,
                      const char *prefix)
{
    static const char *const workflow_members[] = {"executionConditions", "tasks",
                                                   "isSchedulingEnabled", NULL};
    static const struct jml_member list_members[] = {JML_MUST("value", ARRAY)};
    static const struct jml_member wrapper_members[] = {JML_MUST("workflow", OBJECT)};
    const char *path;

    for (size_t i = 0; i < N_ARRAYS; i++)
        if (jml_value_find(v, arrays[i].name)) {
            read_arrays(set, r, v, prefix);
            return;
        }
    if (has_any(v, workflow_members)) {
        read_workflow(set, r, v, prefix);
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
            if (has_any(v->items[i], workflow_members))
                read_workflow(set, r, v->items[i], jml_pointer_item(r->arena, path, i));
            else
                jml_problem_add(r->problems, jml_pointer_item(r->arena, path, i),
                                "no workflow (a list holds workflows; other objects stand in "
                                "arrays of their own: accessPackages, catalogs, ...)");
    } else if (jml_value_find(v, "taskDefinitionId")) {
        jml_problem_add(r->problems, jml_pointer(r->arena, prefix, "taskDefinitionId"),
                        "a task stands in the tasks of a workflow");
    } else if (v->type != JML_OBJECT || v->n > 0) { /* {} is a file without objects */
        jml_problem_add(r->problems, jml_printf(r->arena, "%s/", prefix),
                        "neither a workflow (executionConditions, tasks), nor a list (value), nor "
                        "any of the arrays catalogs, resources, accessPackages, "
                        "connectedOrganizations, customTaskExtensions, workflows");
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

static void read_extension(struct jml_document_set *set, struct jml_reader *r,
                           const struct jml_value *v, const char *path)
{
    (void)set;
    (void)v;
    jml_problem_add(r->problems, path, "known, not supported yet: custom task extensions");
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
        JML_MAY("target", STRING), JML_MAY("origin", OBJECT),       JML_MAY("roles", ARRAY),
    };
    static const char *const targets[] = {"record", NULL};
    static const char *const later[] = {"ldap", "scim",   "webhook", "exec",
                                        "sql",  "manual", "null",    NULL};
    struct jml_document_resource resource = {.path = path, .target = "record"};
    const struct jml_value *roles;
    struct jml_document_role *copies;

    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    resource.id = jml_read_id(r, v, path);
    resource.display_name = jml_read_name(r, v, path, "displayName");
    resource.catalog =
        jml_read_reference(r, jml_value_find(v, "catalog"), jml_pointer(r->arena, path, "catalog"));
    jml_read_enum(r, v, path, "target", targets, later);
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
            jml_problem_add(r->problems, path, "known, not supported yet: %s", type);
        else if (jml_read_members(r, v, path, JML_MEMBERS(members)))
            domain = jml_value_find_string(v, "domainName");
    }
    if (domain && (!*domain || strlen(domain) > 253 || domain[strspn(domain, allowed)]))
        jml_problem_add(r->problems, path, "no domain name");
    return domain ? domain : "";
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
        JML_LATER("internalSponsors", NULL),
        JML_LATER("externalSponsors", NULL),
        JML_READ_ONLY("createdDateTime"),
        JML_READ_ONLY("modifiedDateTime"),
    };
    static const char *const states[] = {"configured", NULL};
    static const char *const later[] = {"proposed", NULL};
    static const char *const lists[] = {"domains", "identitySources"};
    struct jml_document_organization o = {.path = path};
    JML_VEC(const char *) domains = {0};

    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    o.id = jml_read_id(r, v, path);
    o.display_name = jml_read_name(r, v, path, "displayName");
    jml_read_enum(r, v, path, "state", states, later);
    for (size_t i = 0; i < 2; i++) {
        const struct jml_value *list = jml_read_array(v, lists[i]);
        const char *at = jml_pointer(r->arena, path, lists[i]);
        for (size_t j = 0; list && j < list->n; j++)
            jml_vec_push(r->arena, &domains,
                         read_domain(r, list->items[j], jml_pointer_item(r->arena, at, j)));
    }
    o.domains = domains.items;
    o.n_domains = domains.n;
    jml_vec_push(set->arena, &set->organizations, o);
}

/* SPDX-License-Identifier: MIT
 *
 * Document: access packages, with their roles, policies, and what must not be held beside them.
 */
#include "base/str.h"
#include "base/vec.h"
#include "core/document_read.h"

static void read_roles(struct jml_reader *r, const struct jml_value *v, const char *path,
                       struct jml_document_package *p);
static struct jml_reference *read_references(struct jml_reader *r, const struct jml_value *v,
                                             const char *path, const char *member, bool *ret_has,
                                             size_t *ret_n);

void jml_read_package(struct jml_reader *r, const struct jml_value *v, const char *path,
                      struct jml_document_package *ret)
{
    static const struct jml_member members[] = {
        JML_MAY("id", STRING),
        JML_MUST("displayName", STRING),
        JML_MAY("description", STRING),
        JML_MAY("isHidden", BOOL),
        JML_MUST("catalog", ANY),
        JML_MAY("resourceRoleScopes", ARRAY),
        JML_MAY("assignmentPolicies", ARRAY),
        JML_MAY("incompatibleAccessPackages", ARRAY),
        JML_MAY("incompatibleGroups", ARRAY),
        JML_READ_ONLY("accessPackagesIncompatibleWith"),
        JML_READ_ONLY("createdDateTime"),
        JML_READ_ONLY("modifiedDateTime"),
    };
    const struct jml_value *list;
    const char *at;

    *ret = (struct jml_document_package){.path = path};
    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    ret->id = jml_read_id(r, v, path);
    ret->display_name = jml_read_name(r, v, path, "displayName");
    ret->description = jml_read_description(r, v, path);
    ret->hidden = jml_value_find_bool(v, "isHidden", false);
    ret->catalog =
        jml_read_reference(r, jml_value_find(v, "catalog"), jml_pointer(r->arena, path, "catalog"));
    read_roles(r, v, path, ret);

    list = jml_read_array(v, "assignmentPolicies");
    if (list) {
        struct jml_document_policy *policies =
            jml_new_n(r->arena, struct jml_document_policy, list->n);
        at = jml_pointer(r->arena, path, "assignmentPolicies");
        for (size_t i = 0; i < list->n; i++)
            jml_read_policy(r, list->items[i], jml_pointer_item(r->arena, at, i), ret,
                            &policies[i]);
        ret->policies = policies;
        ret->n_policies = list->n;
    }

    ret->incompatible = read_references(r, v, path, "incompatibleAccessPackages",
                                        &ret->has_incompatible, &ret->n_incompatible);
    ret->incompatible_groups =
        read_references(r, v, path, "incompatibleGroups", &ret->has_incompatible_groups,
                        &ret->n_incompatible_groups);
}

static struct jml_reference *read_references(struct jml_reader *r, const struct jml_value *v,
                                             const char *path, const char *member, bool *ret_has,
                                             size_t *ret_n)
{
    const struct jml_value *list = jml_read_array(v, member);
    struct jml_reference *refs;

    if (!list)
        return NULL;
    refs = jml_new_n(r->arena, struct jml_reference, list->n);
    path = jml_pointer(r->arena, path, member);
    for (size_t i = 0; i < list->n; i++)
        refs[i] = jml_read_reference(r, list->items[i], jml_pointer_item(r->arena, path, i));
    *ret_has = true;
    *ret_n = list->n;
    return refs;
}

static void read_roles(struct jml_reader *r, const struct jml_value *v, const char *path,
                       struct jml_document_package *p)
{
    static const struct jml_member members[] = {
        JML_MAY("resource", ANY),
        JML_MUST("role", ANY),
        JML_READ_ONLY("id"),
        JML_READ_ONLY("createdDateTime"),
    };
    const struct jml_value *list = jml_read_array(v, "resourceRoleScopes");
    struct jml_document_role_scope *roles;

    if (!list)
        return;
    path = jml_pointer(r->arena, path, "resourceRoleScopes");
    roles = jml_new_n(r->arena, struct jml_document_role_scope, list->n);
    for (size_t i = 0; i < list->n; i++) {
        const struct jml_value *item = list->items[i];
        const char *at = jml_pointer_item(r->arena, path, i);
        struct jml_id id;
        roles[i].path = at;
        if (!jml_read_members(r, item, at, JML_MEMBERS(members)))
            continue;
        roles[i].resource = jml_read_reference(r, jml_value_find(item, "resource"),
                                               jml_pointer(r->arena, at, "resource"));
        roles[i].role =
            jml_read_reference(r, jml_value_find(item, "role"), jml_pointer(r->arena, at, "role"));
        if (!roles[i].resource.text && roles[i].role.text && !jml_id_parse(roles[i].role.text, &id))
            jml_problem_add(r->problems, roles[i].resource.path, "missing");
    }
    p->has_roles = true;
    p->roles = roles;
    p->n_roles = list->n;
}

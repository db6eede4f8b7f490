/* SPDX-License-Identifier: MIT
 *
 * Document: access packages with their roles and assignment policies. What a policy may demand
 * before it grants (approval, answers, membership in a set of targets) is refused as long as it is
 * not carried out: leaving it out of account would grant to more people than its author allowed.
 */
#include "base/str.h"
#include "base/vec.h"
#include "core/document_read.h"

#define MAX_DAYS 3660 /* as Graph limits the number of days of an assignment */

static void read_roles(struct jml_reader *r, const struct jml_value *v, const char *path,
                       struct jml_document_package *p);
static struct jml_expiration read_expiration(struct jml_reader *r, const struct jml_value *v,
                                             const char *path);
static const struct jml_value *format_policy(struct jml_arena *a, const struct jml_value *v,
                                             const struct jml_document_policy *p);

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
        JML_LATER("incompatibleGroups", "it limits who may get the package"),
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

    list = jml_read_array(v, "incompatibleAccessPackages");
    if (list) {
        struct jml_reference *refs = jml_new_n(r->arena, struct jml_reference, list->n);
        at = jml_pointer(r->arena, path, "incompatibleAccessPackages");
        for (size_t i = 0; i < list->n; i++)
            refs[i] = jml_read_reference(r, list->items[i], jml_pointer_item(r->arena, at, i));
        ret->has_incompatible = true;
        ret->incompatible = refs;
        ret->n_incompatible = list->n;
    }
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

/* ---- policies ---- */

static const char restricts[] = "leaving it out would give access to more people";

static void read_approval(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    static const struct jml_member members[] = {
        JML_LATER("isApprovalRequiredForAdd", "approval"),
        JML_LATER("isApprovalRequiredForUpdate", "approval"),
        JML_MAY("isRequestorJustificationRequired", BOOL),
        JML_LATER("stages", "approval"),
    };
    v = jml_read_object(v, "requestApprovalSettings");
    if (v)
        jml_read_members(r, v, jml_pointer(r->arena, path, "requestApprovalSettings"),
                         JML_MEMBERS(members));
}

static void read_requestors(struct jml_reader *r, const struct jml_value *v, const char *path,
                            struct jml_document_policy *ret)
{
    static const struct jml_member members[] = {
        JML_MAY("enableTargetsToSelfAddAccess", BOOL),
        JML_MAY("enableTargetsToSelfUpdateAccess", BOOL),
        JML_MAY("enableTargetsToSelfRemoveAccess", BOOL),
        JML_MAY("allowCustomAssignmentSchedule", BOOL),
        JML_MAY("enableOnBehalfRequestorsToAddAccess", BOOL),
        JML_MAY("enableOnBehalfRequestorsToUpdateAccess", BOOL),
        JML_MAY("enableOnBehalfRequestorsToRemoveAccess", BOOL),
        JML_MAY("onBehalfRequestors", ARRAY),
    };
    v = jml_read_object(v, "requestorSettings");
    if (v)
        jml_read_members(r, v, jml_pointer(r->arena, path, "requestorSettings"),
                         JML_MEMBERS(members));
    ret->allow_custom_schedule = jml_value_find_bool(v, "allowCustomAssignmentSchedule", false);
}

static void read_notifications(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    static const struct jml_member members[] = {
        JML_LATER("isAssignmentNotificationDisabled", "notices are always given"),
    };
    v = jml_read_object(v, "notificationSettings");
    if (v)
        jml_read_members(r, v, jml_pointer(r->arena, path, "notificationSettings"),
                         JML_MEMBERS(members));
}

static void read_reviews(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    v = jml_read_object(v, "reviewSettings");
    if (jml_value_find_bool(v, "isEnabled", false))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "reviewSettings"),
                        "known, not supported yet: access reviews");
}

void jml_read_policy(struct jml_reader *r, const struct jml_value *v, const char *path,
                     const struct jml_document_package *package, struct jml_document_policy *ret)
{
    static const struct jml_member members[] = {
        JML_MAY("id", STRING),
        JML_MUST("displayName", STRING),
        JML_MAY("description", STRING),
        JML_MAY("isEnabled", BOOL),
        JML_MAY("allowedTargetScope", STRING),
        JML_LATER("specificAllowedTargets", restricts),
        JML_MAY("expiration", OBJECT),
        JML_MAY("requestorSettings", OBJECT),
        JML_MAY("requestApprovalSettings", OBJECT),
        JML_MAY("reviewSettings", OBJECT),
        JML_LATER("automaticRequestSettings", "automatic assignment"),
        JML_LATER("questions", "questions to the requestor"),
        JML_MAY("notificationSettings", OBJECT),
        JML_LATER("customExtensionStageSettings", "custom extensions"),
        JML_MAY("accessPackage", ANY),
        JML_READ_ONLY("catalog"),
        JML_READ_ONLY("createdDateTime"),
        JML_READ_ONLY("modifiedDateTime"),
    };
    static const char *const scopes[] = {"notSpecified",
                                         "specificDirectoryUsers",
                                         "specificConnectedOrganizationUsers",
                                         "specificDirectoryServicePrincipals",
                                         "allMemberUsers",
                                         "allDirectoryUsers",
                                         "allDirectoryServicePrincipals",
                                         "allConfiguredConnectedOrganizationUsers",
                                         "allExternalUsers",
                                         "allDirectoryAgentIdentities",
                                         NULL};
    struct jml_reference parent;

    *ret = (struct jml_document_policy){.path = path};
    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return;
    ret->id = jml_read_id(r, v, path);
    ret->display_name = jml_read_name(r, v, path, "displayName");
    jml_read_description(r, v, path);
    ret->enabled = jml_value_find_bool(v, "isEnabled", true);
    jml_read_enum(r, v, path, "allowedTargetScope", scopes, NULL);
    ret->expiration = read_expiration(r, jml_read_object(v, "expiration"),
                                      jml_pointer(r->arena, path, "expiration"));
    read_requestors(r, v, path, ret);
    read_approval(r, v, path);
    read_notifications(r, v, path);
    read_reviews(r, v, path);
    parent = jml_read_reference(r, jml_value_find(v, "accessPackage"),
                                jml_pointer(r->arena, path, "accessPackage"));
    if (parent.text && package && !jml_streq(parent.text, package->display_name) &&
        !jml_strcaseeq(parent.text, jml_id_text(r->arena, package->id)))
        jml_problem_add(r->problems, parent.path, "is not the package around it");
    ret->document = format_policy(r->arena, v, ret);
}

void jml_document_policy_read(struct jml_arena *a, const struct jml_value *body, const char *path,
                              struct jml_problems *problems, struct jml_document_policy *ret)
{
    struct jml_reader r = {.arena = a, .problems = problems};
    jml_read_policy(&r, body, path, NULL, ret);
}

/* ---- expiration ---- */

static struct jml_duration read_duration(struct jml_reader *r, const char *text, const char *path)
{
    struct jml_duration d = {0};
    struct jml_err e;

    if (jml_duration_parse(text, &d, &e) < 0)
        jml_problem_add(r->problems, path, "%s", e.message);
    else if (d.days <= 0 && d.exact <= 0)
        jml_problem_add(r->problems, path, "must be longer than nothing");
    else if (d.days > MAX_DAYS || d.exact / JML_DAY > MAX_DAYS)
        jml_problem_add(r->problems, path, "must be at most %d days", MAX_DAYS);
    return d;
}

static struct jml_expiration read_expiration(struct jml_reader *r, const struct jml_value *v,
                                             const char *path)
{
    static const struct jml_member members[] = {
        JML_MUST("type", STRING),
        JML_MAY("duration", STRING),
        JML_MAY("endDateTime", STRING),
    };
    static const char *const types[] = {
        [JML_EXPIRATION_NOT_SPECIFIED] = "notSpecified",
        [JML_EXPIRATION_NONE] = "noExpiration",
        [JML_EXPIRATION_AFTER_DATE_TIME] = "afterDateTime",
        [JML_EXPIRATION_AFTER_DURATION] = "afterDuration",
        NULL,
    };
    struct jml_expiration x = {.type = JML_EXPIRATION_NOT_SPECIFIED, .end = JML_TIME_NONE};
    const char *duration, *end, *duration_path, *end_path;
    int type;

    if (!v || !jml_read_members(r, v, path, JML_MEMBERS(members)))
        return x;
    type = jml_read_enum(r, v, path, "type", types, NULL);
    if (type < 0)
        return x;
    x.type = (enum jml_expiration_type)type;
    duration = jml_value_find_string(v, "duration");
    duration_path = jml_pointer(r->arena, path, "duration");
    end = jml_value_find_string(v, "endDateTime");
    end_path = jml_pointer(r->arena, path, "endDateTime");

    if (x.type == JML_EXPIRATION_AFTER_DURATION && duration)
        x.duration = read_duration(r, duration, duration_path);
    else if (x.type == JML_EXPIRATION_AFTER_DURATION)
        jml_problem_add(r->problems, duration_path, "missing");
    else if (duration)
        jml_problem_add(r->problems, duration_path, "only afterDuration has one");

    if (x.type == JML_EXPIRATION_AFTER_DATE_TIME && end) {
        if (!jml_time_parse(end, &x.end))
            jml_problem_add(r->problems, end_path,
                            "must be a time with zone, as 2027-06-30T23:59:59Z");
    } else if (x.type == JML_EXPIRATION_AFTER_DATE_TIME) {
        jml_problem_add(r->problems, end_path, "missing");
    } else if (end) {
        jml_problem_add(r->problems, end_path, "only afterDateTime has one");
    }
    return x;
}

/* ---- normal form ---- */

static const struct jml_value *format_expiration(struct jml_arena *a,
                                                 const struct jml_expiration *x)
{
    struct jml_maker m = {.arena = a};

    switch (x->type) {
    case JML_EXPIRATION_NOT_SPECIFIED:
        jml_make_string(&m, "type", "notSpecified");
        break;
    case JML_EXPIRATION_NONE:
        jml_make_string(&m, "type", "noExpiration");
        break;
    case JML_EXPIRATION_AFTER_DATE_TIME:
        jml_make_string(&m, "type", "afterDateTime");
        jml_make_string(&m, "endDateTime", jml_time_format(a, x->end));
        break;
    case JML_EXPIRATION_AFTER_DURATION:
        jml_make_string(&m, "type", "afterDuration");
        jml_make_string(&m, "duration", jml_duration_format(a, x->duration));
        break;
    }
    return jml_made_object(&m);
}

/* The settings that say nothing yet are kept as they are, for the release that reads them. */
static const struct jml_value *format_policy(struct jml_arena *a, const struct jml_value *v,
                                             const struct jml_document_policy *p)
{
    static const char *const kept[] = {"requestorSettings", "requestApprovalSettings"};
    const char *scope = jml_value_find_string(v, "allowedTargetScope");
    const char *description = jml_value_find_string(v, "description");
    struct jml_maker m = {.arena = a};

    jml_make_string(&m, "displayName", p->display_name);
    jml_make_string(&m, "description", description && *description ? description : NULL);
    jml_make(&m, "isEnabled", jml_value_bool(p->enabled));
    jml_make_string(&m, "allowedTargetScope", scope ? scope : "notSpecified");
    jml_make(&m, "expiration", format_expiration(a, &p->expiration));
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        const struct jml_value *part = jml_read_object(v, kept[i]);
        if (part)
            jml_make(&m, kept[i], jml_value_plain(a, part));
    }
    return jml_made_object(&m);
}

/* SPDX-License-Identifier: MIT
 *
 * Document: subject sets (Microsoft Graph subjectSet), that is, who may ask, for whom, and who
 * decides. A person is named by employee_id, a group by its value in the attribute groups.
 */
#include "base/str.h"
#include "base/vec.h"
#include "core/document_read.h"

#define MAX_LEVEL 4 /* managerLevel, as Graph has it */

static bool read_subject(struct jml_reader *r, const struct jml_value *v, const char *path,
                         unsigned allowed, struct jml_subject *ret,
                         const struct jml_value **ret_value);

void jml_read_subjects(struct jml_reader *r, const struct jml_value *v, const char *path,
                       unsigned allowed, struct jml_subject_list *ret,
                       struct jml_subject_list *backups)
{
    ret->values.arena = r->arena;
    if (backups)
        backups->values.arena = r->arena;
    for (size_t i = 0; v && i < v->n; i++) {
        const char *at = jml_pointer_item(r->arena, path, i);
        struct jml_subject_list *list = ret;
        const struct jml_value *value;
        struct jml_subject subject;

        if (!read_subject(r, v->items[i], at, allowed, &subject, &value))
            continue;
        if (jml_value_find_bool(v->items[i], "isBackup", false)) {
            if (backups)
                list = backups;
            else
                jml_problem_add(r->problems, jml_pointer(r->arena, at, "isBackup"),
                                "only approvers have fallbacks");
        }
        jml_vec_push(r->arena, &list->items, subject);
        jml_make(&list->values, "", value);
    }
}

struct jml_subjects jml_subjects_of(const struct jml_subject_list *list)
{
    return (struct jml_subjects){.items = list->items.items, .n = list->items.n};
}

/* ---- one ---- */

static const struct {
    const char *type;
    enum jml_subject_kind kind;
} kinds[] = {
    {"singleUser", JML_SUBJECT_SINGLE_USER},
    {"groupMembers", JML_SUBJECT_GROUP_MEMBERS},
    {"attributeRuleMembers", JML_SUBJECT_ATTRIBUTE_RULE},
    {"connectedOrganizationMembers", JML_SUBJECT_ORGANIZATION},
    {"requestorManager", JML_SUBJECT_REQUESTOR_MANAGER},
    {"targetManager", JML_SUBJECT_TARGET_MANAGER},
    {"internalSponsors", JML_SUBJECT_INTERNAL_SPONSORS},
    {"externalSponsors", JML_SUBJECT_EXTERNAL_SPONSORS},
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Known to Graph; jmld gives access to people only. */
static const char *const refused[] = {
    "singleServicePrincipal",
    "targetUserSponsors",
    "targetAgentIdentitySponsorsOrOwners",
    "targetApplicationOwners",
};

static bool find_kind(struct jml_reader *r, const struct jml_value *v, const char *path,
                      unsigned allowed, size_t *ret)
{
    const char *type = jml_read_type(v);
    struct jml_str s = JML_STR_INIT(r->arena);

    path = jml_pointer(r->arena, path, "@odata.type");
    if (!type) {
        jml_problem_add(r->problems, path, "missing");
        return false;
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (jml_streq(type, refused[i])) {
            jml_problem_add(
                r->problems, path,
                "known, not supported: %s (access is for people, who have managers, and "
                "for organizations, which have sponsors)",
                type);
            return false;
        }
    for (size_t i = 0; i < N_KINDS; i++) {
        if (!(allowed & 1U << kinds[i].kind))
            continue;
        if (jml_streq(type, kinds[i].type)) {
            *ret = i;
            return true;
        }
        jml_str_addf(&s, "%s%s", s.length ? ", " : "", kinds[i].type);
    }
    jml_problem_add(r->problems, path, "must be one of %s here, is '%.64s'", jml_str_text(&s),
                    type);
    return false;
}

/* The first of these members that is there is the name. */
static const char *read_name(struct jml_reader *r, const struct jml_value *v, const char *path,
                             const char *const *members, const char *what)
{
    for (size_t i = 0; members[i]; i++)
        if (jml_has(v, members[i])) {
            for (size_t j = i + 1; members[j]; j++)
                jml_read_spelling(r, v, path, members[i], members[j]);
            return jml_read_name(r, v, path, members[i]);
        }
    jml_problem_add(r->problems, jml_pointer(r->arena, path, members[0]), "missing: %s", what);
    return NULL;
}

static const struct jml_rule *read_rule(struct jml_reader *r, const struct jml_value *v,
                                        const char *path)
{
    const char *text = jml_value_find_string(v, "membershipRule");
    const struct jml_rule *rule = NULL;
    struct jml_err e;

    if (text && jml_rule_parse_membership(r->arena, text, &rule, &e) < 0)
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "membershipRule"), "%s",
                        e.message);
    return rule;
}

static bool read_subject(struct jml_reader *r, const struct jml_value *v, const char *path,
                         unsigned allowed, struct jml_subject *ret,
                         const struct jml_value **ret_value)
{
    static const struct jml_member user[] = {
        JML_MAY("userId", STRING),
        JML_MAY("id", STRING),
        JML_MAY("description", STRING),
        JML_MAY("isBackup", BOOL),
    };
    static const struct jml_member group[] = {
        JML_MAY("groupId", STRING),
        JML_MAY("id", STRING),
        JML_MAY("description", STRING),
        JML_MAY("isBackup", BOOL),
    };
    static const struct jml_member rule[] = {
        JML_MUST("membershipRule", STRING),
        JML_MAY("description", STRING),
    };
    static const struct jml_member organization[] = {
        JML_MAY("connectedOrganizationId", STRING),
        JML_MAY("id", STRING),
        JML_MAY("displayName", STRING),
        JML_MAY("description", STRING),
    };
    static const struct jml_member manager[] = {
        JML_MAY("managerLevel", INT),
        JML_MAY("isBackup", BOOL),
    };
    static const struct jml_member sponsors[] = {JML_MAY("isBackup", BOOL)};
    static const struct {
        const struct jml_member *members;
        size_t n;
        const char *names[4];
        const char *what;
    } shapes[] = {
        [JML_SUBJECT_SINGLE_USER] = {JML_MEMBERS(user), {"userId", "id", NULL}, "an employee_id"},
        [JML_SUBJECT_GROUP_MEMBERS] = {JML_MEMBERS(group),
                                       {"groupId", "id", NULL},
                                       "a value of the attribute groups"},
        [JML_SUBJECT_ATTRIBUTE_RULE] = {JML_MEMBERS(rule), {NULL}, NULL},
        [JML_SUBJECT_ORGANIZATION] = {JML_MEMBERS(organization),
                                      {"connectedOrganizationId", "id", "displayName", NULL},
                                      "a connected organization, by id or displayName"},
        [JML_SUBJECT_REQUESTOR_MANAGER] = {JML_MEMBERS(manager), {NULL}, NULL},
        [JML_SUBJECT_TARGET_MANAGER] = {JML_MEMBERS(manager), {NULL}, NULL},
        [JML_SUBJECT_INTERNAL_SPONSORS] = {JML_MEMBERS(sponsors), {NULL}, NULL},
        [JML_SUBJECT_EXTERNAL_SPONSORS] = {JML_MEMBERS(sponsors), {NULL}, NULL},
    };
    struct jml_maker m = {.arena = r->arena};
    size_t number, before = r->problems->n;
    enum jml_subject_kind kind;

    if (v->type != JML_OBJECT) {
        jml_read_members(r, v, path, NULL, 0);
        return false;
    }
    if (!find_kind(r, v, path, allowed, &number))
        return false;
    kind = kinds[number].kind;
    jml_read_members(r, v, path, shapes[kind].members, shapes[kind].n);
    *ret = (struct jml_subject){.kind = kind};
    jml_make_string(&m, "@odata.type",
                    jml_printf(r->arena, "#microsoft.graph.%s", kinds[number].type));
    if (shapes[kind].names[0]) {
        ret->name = read_name(r, v, path, shapes[kind].names, shapes[kind].what);
        jml_make_string(&m, shapes[kind].names[0], ret->name);
    }
    if (kind == JML_SUBJECT_ATTRIBUTE_RULE) {
        ret->rule = read_rule(r, v, path);
        jml_make_string(&m, "membershipRule", jml_value_find_string(v, "membershipRule"));
    }
    if (kind == JML_SUBJECT_REQUESTOR_MANAGER || kind == JML_SUBJECT_TARGET_MANAGER) {
        ret->level = 1;
        jml_read_number(r, v, path, "managerLevel", 1, MAX_LEVEL, &ret->level);
        jml_make(&m, "managerLevel", jml_value_int(r->arena, ret->level));
    }
    jml_make_string(&m, "description", jml_read_description(r, v, path));
    *ret_value = jml_made_object(&m);
    return r->problems->n == before;
}

/* SPDX-License-Identifier: MIT */
#include "core/subject.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

bool jml_is_member(const struct jml_value *attributes, const char *group)
{
    const struct jml_value *groups = jml_value_find(attributes, "groups");
    for (size_t i = 0; groups && groups->type == JML_ARRAY && i < groups->n; i++)
        if (groups->items[i]->type == JML_STRING && strcmp(groups->items[i]->text, group) == 0)
            return true;
    return false;
}

const struct jml_value *jml_attributes_with_id(struct jml_arena *a,
                                               const struct jml_value *attributes,
                                               const char *employee_id)
{
    if (jml_value_find(attributes, "employeeId"))
        return attributes;
    return jml_value_with(a, attributes ? attributes : jml_value_object(), "employeeId",
                          jml_value_string(a, employee_id));
}

bool jml_organization_has(const struct jml_organization *o, const char *mail)
{
    const char *at = mail ? strrchr(mail, '@') : NULL;
    for (size_t i = 0; at && i < o->n_domains; i++)
        if (strcasecmp(at + 1, o->domains[i]) == 0)
            return true;
    return false;
}

bool jml_subject_includes(struct jml_arena *a, const struct jml_subject *s, const char *employee_id,
                          const struct jml_value *attributes)
{
    switch (s->kind) {
    case JML_SUBJECT_SINGLE_USER:
        return jml_streq(s->name, employee_id);
    case JML_SUBJECT_GROUP_MEMBERS:
        return jml_is_member(attributes, s->name);
    case JML_SUBJECT_ATTRIBUTE_RULE:
        return jml_rule_matches(s->rule, jml_attributes_with_id(a, attributes, employee_id));
    case JML_SUBJECT_ORGANIZATION:
        return s->organization &&
               jml_organization_has(s->organization, jml_value_find_string(attributes, "mail"));
    case JML_SUBJECT_REQUESTOR_MANAGER:
    case JML_SUBJECT_TARGET_MANAGER:
    case JML_SUBJECT_INTERNAL_SPONSORS:
    case JML_SUBJECT_EXTERNAL_SPONSORS:
        break;
    }
    return false;
}

bool jml_subjects_include(struct jml_arena *a, const struct jml_subjects *set,
                          const char *employee_id, const struct jml_value *attributes)
{
    for (size_t i = 0; i < set->n; i++)
        if (jml_subject_includes(a, &set->items[i], employee_id, attributes))
            return true;
    return false;
}

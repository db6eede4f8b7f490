/* SPDX-License-Identifier: MIT
 *
 * Subjects: Graph's subjectSet, some people (core/governance.h), and who is among them. Pure functions
 * of one person's id and attributes; managers, who are somebody's, are looked up by core/approval.h.
 */
#ifndef JML_CORE_SUBJECT_H
#define JML_CORE_SUBJECT_H

#include "core/governance.h"

/* Is the person in the set by what is known of the person alone? A single user, a member of a group, who
 * matches a rule, whose mail address is of a connected organization. Sets of somebody's managers and
 * sponsors: no. attributes: an object, or NULL. */
bool jml_subject_includes(struct jml_arena *a, const struct jml_subject *s, const char *employee_id,
                          const struct jml_value *attributes);
/* In one of them? */
bool jml_subjects_include(struct jml_arena *a, const struct jml_subjects *set,
                          const char *employee_id, const struct jml_value *attributes);

/* Is it a value of the attribute groups? */
bool jml_is_member(const struct jml_value *attributes, const char *group);
/* Attributes as rules see them: with the employeeId, which is none of them. */
const struct jml_value *jml_attributes_with_id(struct jml_arena *a,
                                               const struct jml_value *attributes,
                                               const char *employee_id);
/* Is the mail address of one of its domains? Upper and lower case are the same. */
bool jml_organization_has(const struct jml_organization *o, const char *mail);

#endif

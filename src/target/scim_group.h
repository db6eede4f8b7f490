/* SPDX-License-Identifier: MIT
 *
 * Scim groups: what scim_group.c (changes) and scim_member.c (reading) have of each other.
 */
#ifndef JML_TARGET_SCIM_GROUP_H
#define JML_TARGET_SCIM_GROUP_H

#include "target/scim.h"

void jml_scim_groups_forget(struct jml_target *t);
const char *jml_scim_group_path(struct jml_scim_call *c, const char *query);
const char *jml_scim_group_filter(struct jml_scim_call *c, const char *name);
/* Adds or removes, and reads back; then goes on, with c->said and c->is_member set. */
void jml_scim_group_change_then(struct jml_scim_call *c, jml_scim_next next);
/* Sets c->is_member, and goes on. */
void jml_scim_member_read(struct jml_scim_call *c, jml_scim_next next);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Kinds: the tables of the kinds of targets, for target.c. A new kind: its file, its line here and in
 * target.c, its settings in core/document_target.c.
 */
#ifndef JML_TARGET_KINDS_H
#define JML_TARGET_KINDS_H

#include "target/target.h"

extern const struct jml_target_kind jml_target_manual;
extern const struct jml_target_kind jml_target_ldap;
extern const struct jml_target_kind jml_target_null;
extern const struct jml_target_kind jml_target_webhook;
extern const struct jml_target_kind jml_target_extension;
extern const struct jml_target_kind jml_target_scim;
extern const struct jml_target_kind jml_target_exec;
extern const struct jml_target_kind jml_target_sql;

#endif

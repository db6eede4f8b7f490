/* SPDX-License-Identifier: MIT
 *
 * Governance check: what may be meant as it stands, yet is worth a word when it is applied. Only
 * what comes from the documents (rows with a path) is looked at. Pure: whether a name means anybody
 * is asked of the database by whoever applies.
 */
#ifndef JML_CORE_GOVERNANCE_CHECK_H
#define JML_CORE_GOVERNANCE_CHECK_H

#include "core/governance_rows.h"

/* Adds warnings. g was built of rows. */
void jml_governance_check(const struct jml_governance_rows *rows, const struct jml_governance *g,
                          struct jml_problems *problems);

/* A person or a group that documents name. */
struct jml_named {
    const char *name, *path;
};

struct jml_names {
    JML_VEC(struct jml_named) people; /* employee_ids */
    JML_VEC(struct jml_named) groups; /* values of the attribute groups */
};

void jml_governance_names(struct jml_arena *a, const struct jml_governance_rows *rows,
                          const struct jml_governance *g, struct jml_names *ret_names);

#endif

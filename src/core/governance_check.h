/* SPDX-License-Identifier: MIT
 *
 * Governance check: what may be meant as it stands, yet is worth a word when it is applied. Only
 * what comes from the documents (rows with a path) is looked at. Pure: whether a name means anybody,
 * or who has what is changed, is asked of the database by whoever applies.
 */
#ifndef JML_CORE_GOVERNANCE_CHECK_H
#define JML_CORE_GOVERNANCE_CHECK_H

#include "core/governance_plan.h"
#include "core/governance_rows.h"

/* Adds warnings, and problems where a role's origin is none for its target. g was built of rows. */
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

/* A target whose name or kind changes: nothing may be on its way to it. */
struct jml_renamed {
    const char *name; /* before */
    const char *path;
};

/* A resource that leads elsewhere, or one or a role that the target calls otherwise: people may have it. */
struct jml_moved {
    const char *path;
    const char *from, *to;      /* targets; the same: the origin changes */
    JML_VEC(struct jml_id) roles; /* that had been there before */
};

struct jml_moves {
    JML_VEC(struct jml_renamed) renamed;
    JML_VEC(struct jml_moved) moved;
};

void jml_governance_moves(struct jml_arena *a, const struct jml_governance_rows *before,
                          const struct jml_governance_plan *plan, struct jml_moves *ret_moves);
/* Of what was asked of the database: open deliveries, people who have one of the roles. */
void jml_governance_renamed_check(struct jml_problems *problems, const struct jml_renamed *renamed,
                                  int64_t open);
void jml_governance_moved_check(struct jml_problems *problems, const struct jml_moved *moved,
                                int64_t people);

#endif

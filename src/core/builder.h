/* SPDX-License-Identifier: MIT
 *
 * Builder: what governance_build.c and policy_build.c share.
 */
#ifndef JML_CORE_BUILDER_H
#define JML_CORE_BUILDER_H

#include "core/governance_index.h"

struct jml_builder {
    const struct jml_governance_rows *rows;
    struct jml_governance_index index;
    struct jml_governance *g;
    struct jml_arena *arena; /* of g */
    struct jml_problems *problems;
    /* by position in the rows */
    struct jml_catalog *catalogs;
    struct jml_resource *resources;
    struct jml_resource_role *roles;
    struct jml_package *packages;
    struct jml_policy *policies;
    struct jml_organization *organizations;
    struct jml_workflow *workflows;
};

/* The path of a row's document, else its kind and name. */
const char *jml_builder_place(struct jml_builder *b, const char *kind, const char *path,
                              const char *name);

/* The address of a parent, by its id; a problem and NULL when there is none. */
#define JML_BUILDER_PARENT(b, lookup, array, id, kind, row)                                 \
    ({                                                                                      \
        size_t number_;                                                                     \
        bool found_ = jml_lookup_find(&(b)->index.lookup, (id), "", &number_);              \
        if (!found_)                                                                        \
            jml_problem_add((b)->problems,                                                  \
                            jml_builder_place((b), kind, (row)->path, (row)->display_name), \
                            "what it belongs to is missing");                               \
        found_ ? &(b)->array[number_] : NULL;                                               \
    })

/* The phases of policy_build.c: the packages are there. */
void jml_builder_policies(struct jml_builder *b);
void jml_builder_automatic(struct jml_builder *b);

#endif

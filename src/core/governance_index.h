/* SPDX-License-Identifier: MIT
 *
 * Governance index: rows by id and by name. Numbers are positions in the arrays of the rows, so
 * that rows may be added meanwhile; a row that is renamed must be added again.
 */
#ifndef JML_CORE_GOVERNANCE_INDEX_H
#define JML_CORE_GOVERNANCE_INDEX_H

#include "core/governance_rows.h"

/* A hash map from bytes to a number; the newest entry of a key counts. */
struct jml_lookup {
    struct jml_arena *arena;
    struct jml_lookup_entry **buckets;
    size_t n, n_buckets;
};

void jml_lookup_set(struct jml_lookup *l, struct jml_id scope, const char *name, size_t number);
/* A number that stands for nothing: the key is gone. */
#define JML_LOOKUP_NONE SIZE_MAX
/* false: no such key. */
bool jml_lookup_find(const struct jml_lookup *l, struct jml_id scope, const char *name,
                     size_t *ret_number);

struct jml_governance_index {
    /* by id (the scope; the name is empty) */
    struct jml_lookup catalogs, targets, resources, roles, packages, policies, organizations, workflows;
    /* by name, within catalog, resource or package where names are unique only there */
    struct jml_lookup catalog_names, target_names, resource_names, role_names, package_names,
        policy_names, organization_names, workflow_names;
};

void jml_governance_index_rows(struct jml_governance_index *x, struct jml_arena *a,
                               const struct jml_governance_rows *rows);

/* By id, else by name within scope (jml_id_none: names are unique everywhere). NULL text: false. */
bool jml_index_resolve(const struct jml_lookup *ids, const struct jml_lookup *names,
                       struct jml_id scope, const char *text, size_t *ret_number);

/* The packages of an accessPackageId argument: one id or name, or several with commas between.
 * ret_numbers has room for as many as the text has commas, plus one. Gives their number, or 0 and
 * the part that is no package in *ret_unknown. */
size_t jml_index_packages(struct jml_arena *a, const struct jml_governance_index *x,
                          const char *text, size_t **ret_numbers, const char **ret_unknown);

#endif

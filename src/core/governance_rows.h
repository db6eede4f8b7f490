/* SPDX-License-Identifier: MIT
 *
 * Governance rows: the configuration as the tables hold it, one struct a row, references as ids.
 * db/governance.h reads them, core/governance_plan.h changes them, jml_governance_build() makes the
 * value that decisions are made by. Everything lives in the arena of whoever filled it.
 */
#ifndef JML_CORE_GOVERNANCE_ROWS_H
#define JML_CORE_GOVERNANCE_ROWS_H

#include "base/vec.h"
#include "core/governance.h"
#include "core/problem.h"

/* path: where in the documents the row comes from; NULL: from the database, unchanged. */

struct jml_catalog_row {
    struct jml_id id;
    const char *display_name, *description, *path;
};

struct jml_resource_row {
    struct jml_id id, catalog_id;
    const char *display_name, *target, *path;
    const struct jml_value *origin; /* NULL: none */
};

struct jml_role_row {
    struct jml_id id, resource_id;
    const char *display_name, *path;
    const struct jml_value *origin;
    struct jml_id former_of; /* another role led here before: in no document */
};

struct jml_package_row {
    struct jml_id id, catalog_id;
    const char *display_name, *description, *path;
    bool hidden;
};

struct jml_policy_row {
    struct jml_id id, package_id;
    const char *display_name, *path;
    bool enabled;
    const struct jml_value *document;
};

/* What a policy that is, or was, automatic said, from when on. */
struct jml_policy_version_row {
    struct jml_id policy_id;
    jml_time since;
    bool enabled;
    const struct jml_value *document;
};

/* A role of a package; a package incompatible with another. */
struct jml_pair_row {
    struct jml_id id, other_id;
};

/* What excludes a package, and from when until when: the database keeps these. */
struct jml_exclusion_row {
    struct jml_id package_id, other_id; /* other_id none: a group */
    const char *group;
    jml_time since, until; /* until MAX: it is in force */
};

/* A group whose members must not hold a package. */
struct jml_group_row {
    struct jml_id id; /* the package */
    const char *name;
};

struct jml_organization_row {
    struct jml_id id;
    const char *display_name, *path;
    const char *state; /* "configured", "proposed" */
    const char *const *domains, *const *internal_sponsors, *const *external_sponsors;
    size_t n_domains, n_internal_sponsors, n_external_sponsors;
};

struct jml_workflow_row {
    struct jml_id id;
    const char *display_name, *description, *category, *path;
    bool enabled, scheduling_enabled;
    int version;
    jml_time scheduled_since; /* when its trigger was last switched on or replaced */
    const struct jml_value *document;
};

/* An older version that runs still need. */
struct jml_pinned_row {
    struct jml_id workflow_id;
    int version;
    const struct jml_value *document;
};

#define JML_ROWS(type)      \
    struct {                \
        struct type *items; \
        size_t n, cap;      \
    }

struct jml_governance_rows {
    int64_t revision;
    bool no_workflows; /* the reader may not see workflows: there are none here */
    bool no_targets;   /* the reader may see the names of targets only: they have no document */
    JML_ROWS(jml_catalog_row) catalogs;
    JML_ROWS(jml_resource_row) resources;
    JML_ROWS(jml_role_row) roles;
    JML_ROWS(jml_package_row) packages;
    JML_ROWS(jml_policy_row) policies;
    JML_ROWS(jml_policy_version_row) policy_versions; /* of each policy by since */
    JML_ROWS(jml_pair_row) package_roles; /* id: the package, other_id: the role */
    JML_ROWS(jml_pair_row) incompatible;  /* id: the package, other_id: the other package */
    JML_ROWS(jml_exclusion_row) exclusions;
    JML_ROWS(jml_group_row) incompatible_groups;
    JML_ROWS(jml_pair_row) deleted; /* packages, and policies (other_id), that are gone for good */
    JML_ROWS(jml_organization_row) organizations;
    JML_ROWS(jml_target_row) targets; /* id, display_name, kind, document, path */
    JML_ROWS(jml_workflow_row) workflows;
    JML_ROWS(jml_pinned_row) pinned;
};

/* The whole with every reference resolved, in an arena of its own. What does not fit together
 * becomes problems: a broken row is named by its path, or by its kind and name. < 0: BAD_INPUT with
 * the first of them. A pinned version that does not fit any more is incomplete. */
int jml_governance_build(const struct jml_governance_rows *rows, struct jml_problems *problems,
                         struct jml_governance **ret_governance, struct jml_err *e);

/* The rows as one document that apply takes and that changes nothing: with ids, references by name
 * where a name says enough. */
const struct jml_value *jml_governance_export(struct jml_arena *a,
                                              const struct jml_governance_rows *rows);

#endif

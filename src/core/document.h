/* SPDX-License-Identifier: MIT
 *
 * Document: the JSON files that `jmlctl apply` takes (jmld-documents(5)), read strictly into plain
 * structs. A file holds any of the arrays catalogs, targets, resources, accessPackages,
 * assignmentPolicies, connectedOrganizations, customTaskExtensions, workflows; or one Microsoft Graph
 * body of a workflow, an access package, an assignment policy, a connected organization or a custom
 * task extension, a workflow also as {"workflow": {...}}; or a Graph list {"value": [...]} of such
 * bodies.
 *
 * Nothing is ignored in silence: what is not understood, or would be granted more widely when left
 * out of account, becomes a problem with its path. References to other objects stay as written
 * (an id or a displayName); core/governance_plan.h resolves them.
 * Everything lives in the arena of the set.
 */
#ifndef JML_CORE_DOCUMENT_H
#define JML_CORE_DOCUMENT_H

#include "core/governance.h"
#include "core/problem.h"

#define JML_DOCUMENT_MAX_DEPTH 32
#define JML_DOCUMENT_MAX_DAYS  3660 /* of a duration, as Graph limits the days of an assignment */

/* Another object, named by id or displayName. text NULL: not given. */
struct jml_reference {
    const char *text;
    const char *path;
};

struct jml_document_catalog {
    const char *path;
    struct jml_id id; /* none: the document gives none */
    const char *display_name, *description;
};

struct jml_document_role {
    const char *path;
    struct jml_id id;
    const char *display_name;
    const struct jml_value *origin; /* NULL: none */
};

/* Also a custom task extension: kind "extension". */
struct jml_document_target {
    const char *path;
    struct jml_id id;
    const char *display_name, *description;
    const char *kind; /* NULL: a problem */
    const struct jml_value *document; /* in normal form */
};

struct jml_document_resource {
    const char *path;
    struct jml_id id;
    const char *display_name;
    struct jml_reference catalog, target; /* target text NULL: "record" */
    const struct jml_value *origin;
    const struct jml_document_role *roles;
    size_t n_roles;
};

struct jml_document_role_scope {
    const char *path;
    struct jml_reference resource, role; /* resource may be left out when role is an id */
};

struct jml_document_policy {
    const char *path;
    struct jml_id id;
    const char *display_name;
    bool enabled;
    struct jml_reference package; /* accessPackage; text NULL: not given */
    struct jml_expiration expiration;
    enum jml_target_scope scope;
    struct jml_subjects targets; /* of an organization the name is its id or displayName */
    struct jml_requestors requestors;
    bool approval_for_add, approval_for_update, justification;
    struct jml_stage stages[JML_STAGES_MAX];
    size_t n_stages;
    const struct jml_question *questions; /* without an id: none was given */
    size_t n_questions;
    bool quiet;
    bool is_automatic, gives, takes; /* automaticRequestSettings */
    struct jml_duration grace;
    const struct jml_value *document; /* in normal form */
};

struct jml_document_package {
    const char *path;
    struct jml_id id;
    const char *display_name, *description;
    bool hidden;
    struct jml_reference catalog;
    bool has_roles; /* the array is there: it replaces what the package had */
    const struct jml_document_role_scope *roles;
    size_t n_roles;
    const struct jml_document_policy *policies;
    size_t n_policies;
    bool has_incompatible;
    const struct jml_reference *incompatible;
    size_t n_incompatible;
    bool has_incompatible_groups;
    const struct jml_reference *incompatible_groups; /* text: a value of the attribute groups */
    size_t n_incompatible_groups;
};

struct jml_document_organization {
    const char *path;
    struct jml_id id;
    const char *display_name;
    const char *state; /* "configured", "proposed"; NULL: not given */
    bool has_domains, has_internal_sponsors, has_external_sponsors; /* else what was there stays */
    const char *const *domains, *const *internal_sponsors, *const *external_sponsors;
    size_t n_domains, n_internal_sponsors, n_external_sponsors;
};

struct jml_document_argument {
    const char *path; /* of its value */
    const char *name, *value;
};

struct jml_document_task {
    const char *path;
    enum jml_task_kind kind;
    const char *display_name, *description;
    bool enabled, continue_on_error;
    struct jml_document_argument *arguments;
    size_t n_arguments;
    int days_until_expiration;
};

struct jml_document_workflow {
    const char *path;
    struct jml_id id;
    const char *display_name, *description, *category;
    bool enabled, scheduling_enabled;
    struct jml_trigger trigger;
    const struct jml_rule *scope;
    const char *const *scope_groups;
    size_t n_scope_groups;
    const struct jml_value *conditions; /* executionConditions in normal form */
    struct jml_document_task *tasks;
    size_t n_tasks;
};

#define JML_DOCUMENTS(type) \
    struct {                \
        struct type *items; \
        size_t n, cap;      \
    }

struct jml_document_set {
    struct jml_arena *arena;
    JML_DOCUMENTS(jml_document_catalog) catalogs;
    JML_DOCUMENTS(jml_document_target) targets;
    JML_DOCUMENTS(jml_document_resource) resources;
    JML_DOCUMENTS(jml_document_package) packages;
    JML_DOCUMENTS(jml_document_policy) policies; /* those that stand alone */
    JML_DOCUMENTS(jml_document_organization) organizations;
    JML_DOCUMENTS(jml_document_workflow) workflows;
};

/* Adds the objects of one file to the set and what is wrong with them to problems. file stands in
 * front of every path ("joiners.json: /workflows/0/..."); NULL: none. Objects with problems may be
 * incomplete: when there is a problem, nothing of the set may be used. */
void jml_document_parse(struct jml_document_set *set, const char *file, const char *text,
                        size_t length, struct jml_problems *problems);

/* One workflow body, as it stands in the database. */
void jml_document_workflow_read(struct jml_arena *a, const struct jml_value *body, const char *path,
                                struct jml_problems *problems, struct jml_document_workflow *ret);
/* One accessPackageAssignmentPolicy body, as it stands in the database: what apply would refuse in it
 * today, or warn of, is nobody's to mend now, and is read as giving access to fewer. */
void jml_document_policy_read(struct jml_arena *a, const struct jml_value *body, const char *path,
                              struct jml_problems *problems, struct jml_document_policy *ret);

/* A target, or a custom task extension, as it stands in the database: what is not understood is as if it
 * were not said. Fills all but id, display_name and kind. */
void jml_document_target_read(struct jml_arena *a, const struct jml_value *body, const char *kind,
                              struct jml_target_row *ret);

/* The id of a question that brings none. */
struct jml_id jml_document_question_id(struct jml_id policy, const char *text);

/* The body in normal form: Graph's members in one order, defaults filled in, nothing read-only. */
const struct jml_value *jml_document_workflow_format(struct jml_arena *a,
                                                     const struct jml_document_workflow *w);
/* Just the array of tasks; without names and descriptions when they make no difference to what the
 * tasks do (a new version is made only for what does). */
const struct jml_value *jml_document_tasks_format(struct jml_arena *a,
                                                  const struct jml_document_workflow *w,
                                                  bool with_names);

/* Value of a task's argument; NULL when not given. */
const struct jml_document_argument *jml_document_argument(const struct jml_document_task *t,
                                                          const char *name);

#endif

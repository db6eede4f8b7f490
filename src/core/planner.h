/* SPDX-License-Identifier: MIT
 *
 * Planner: what governance_plan.c, package_plan.c, policy_plan.c, target_plan.c and workflow_plan.c
 * share.
 */
#ifndef JML_CORE_PLANNER_H
#define JML_CORE_PLANNER_H

#include "core/governance_index.h"
#include "core/governance_plan.h"

struct jml_planner {
    struct jml_arena *arena;
    const struct jml_document_set *set;
    struct jml_id_source *ids;
    jml_time now;
    struct jml_problems *problems;
    struct jml_governance_plan *plan;
    struct jml_governance_rows *rows;  /* of the plan: after */
    struct jml_governance_index index; /* of rows, as they were when the phase began */
};

/* Starts the record of one object: found says whether there was a row. */
struct jml_change *jml_planner_begin(struct jml_planner *p, enum jml_object object, bool found,
                                     size_t row, struct jml_id id, const char *name);
/* Notes that key changed; nothing for a created object. */
void jml_planner_note(struct jml_planner *p, struct jml_change *c, const char *key);
/* *at = text, noting key when they differ. */
void jml_planner_set_text(struct jml_planner *p, struct jml_change *c, const char *key,
                          const char **at, const char *text);
/* Same for the displayName of a row: its old name no longer means it. */
void jml_planner_set_name(struct jml_planner *p, struct jml_change *c, struct jml_lookup *names,
                          struct jml_id scope, const char **at, const char *name);
void jml_planner_set_bool(struct jml_planner *p, struct jml_change *c, const char *key, bool *at,
                          bool value);
void jml_planner_set_id(struct jml_planner *p, struct jml_change *c, const char *key,
                        struct jml_id *at, struct jml_id id);
/* The row that a document means, by id, else by name. */
bool jml_planner_match(const struct jml_lookup *ids, const struct jml_lookup *names,
                       struct jml_id scope, struct jml_id id, const char *name, size_t *ret_row);
/* Takes the row for the document at path; a problem when another one has taken it. */
void jml_planner_take(struct jml_planner *p, const char **row_path, const char *path);
struct jml_id jml_planner_id(struct jml_planner *p, struct jml_id given);
/* Resolves a reference; a problem and false when there is nothing. */
bool jml_planner_resolve(struct jml_planner *p, const struct jml_lookup *ids,
                         const struct jml_lookup *names, struct jml_id scope,
                         struct jml_reference ref, const char *kind, size_t *ret_row);
/* Sets act and transition from what was noted. */
void jml_planner_end(struct jml_planner *p, struct jml_change *c, enum jml_machine machine,
                     int from, unsigned facts);

/* The row a document took: they carry its path. */
#define JML_PLANNER_ROW(rows, document_path)                                \
    ({                                                                      \
        size_t at_ = 0;                                                     \
        while (at_ < (rows).n && (rows).items[at_].path != (document_path)) \
            at_++;                                                          \
        at_ < (rows).n ? &(rows).items[at_] : NULL;                         \
    })

/* The name of the target that a resource names; "record" when it names none. NULL: a problem. */
const char *jml_planner_target(struct jml_planner *p, struct jml_reference ref);

/* The targets and the custom task extension that a task names: a problem and false when there is none such. */
bool jml_planner_task_targets(struct jml_planner *p, struct jml_document_task *t);

/* The phases of the other files, in their order. */
void jml_planner_targets(struct jml_planner *p);
void jml_planner_packages(struct jml_planner *p);
void jml_planner_policies(struct jml_planner *p);
void jml_planner_package_roles(struct jml_planner *p);
void jml_planner_incompatible(struct jml_planner *p);
void jml_planner_incompatible_groups(struct jml_planner *p);
void jml_planner_exclusions(struct jml_planner *p, const struct jml_governance_rows *before);
void jml_planner_workflows(struct jml_planner *p);

#endif

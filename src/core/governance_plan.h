/* SPDX-License-Identifier: MIT
 *
 * Governance plan: what documents would change. Objects of the documents are matched with rows by
 * id, else by displayName; what the documents do not name stays as it is. Pure: `jmlctl diff`
 * prints the plan, `jmlctl apply` writes it.
 */
#ifndef JML_CORE_GOVERNANCE_PLAN_H
#define JML_CORE_GOVERNANCE_PLAN_H

#include "core/document.h"
#include "core/governance_rows.h"
#include "core/machine.h"

enum jml_object {
    JML_OBJECT_CATALOG,
    JML_OBJECT_TARGET,
    JML_OBJECT_EXTENSION, /* its row is in targets, too */
    JML_OBJECT_RESOURCE,
    JML_OBJECT_ROLE,
    JML_OBJECT_PACKAGE,
    JML_OBJECT_POLICY,
    JML_OBJECT_ORGANIZATION,
    JML_OBJECT_WORKFLOW,
    JML_OBJECT_COUNT,
};

enum jml_act { JML_ACT_KEEP, JML_ACT_CREATE, JML_ACT_CHANGE };

struct jml_change {
    enum jml_object object;
    enum jml_act act;
    size_t row; /* in the array of the rows after */
    struct jml_id id;
    const char *name;           /* displayName; of a policy or role with its parent's in front */
    JML_VEC(const char *) keys; /* what changed: "tasks", "expiration", ... */
    bool new_version;           /* WORKFLOW; POLICY: of its automatic part */
    bool touches_people;        /* more than words changed: a roll-out is needed */
    const struct jml_transition *transition; /* PACKAGE, POLICY, WORKFLOW that change; else NULL */
};

struct jml_governance_plan {
    struct jml_governance_rows after;
    JML_VEC(struct jml_change *) changes; /* parents before children, else as the documents say */
    size_t n_changed;                     /* those that do not KEEP */
};

/* "workflow", "access package", ... */
const char *jml_object_name(enum jml_object object);

/* What is wrong is added to problems; the plan is then good for nothing. ids and now make the ids
 * of new objects that bring none. before is not changed; the plan shares its strings. */
void jml_governance_plan(struct jml_arena *a, const struct jml_governance_rows *before,
                         const struct jml_document_set *set, struct jml_id_source *ids,
                         jml_time now, struct jml_problems *problems,
                         struct jml_governance_plan *ret_plan);

#endif

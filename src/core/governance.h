/* SPDX-License-Identifier: MIT
 *
 * Governance: the configuration that decisions are made by, as one immutable value of one revision:
 * catalogs, resources, access packages with policies, workflows. Made from documents
 * (core/document.h) or from the database (db/governance.h); refers to itself by pointers.
 * Names and meanings are those of Microsoft Graph (jmld-documents(5)).
 */
#ifndef JML_CORE_GOVERNANCE_H
#define JML_CORE_GOVERNANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/civil.h"
#include "base/id.h"
#include "base/value.h"
#include "core/rule.h"

/* ---- packages ---- */

struct jml_catalog {
    struct jml_id id;
    const char *display_name, *description;
};

struct jml_resource {
    struct jml_id id;
    const struct jml_catalog *catalog;
    const char *display_name;
    const char *target; /* "record": delivered by record */
    const struct jml_value *origin;
};

struct jml_resource_role {
    struct jml_id id;
    const struct jml_resource *resource;
    const char *display_name;
    const struct jml_value *origin;
    struct jml_id former_of; /* that role led here before, and leads elsewhere now; none: it is one of its own.
                              * Its origin is whole, without that of the resource */
};

enum jml_expiration_type {
    JML_EXPIRATION_NOT_SPECIFIED, /* as noExpiration */
    JML_EXPIRATION_NONE,
    JML_EXPIRATION_AFTER_DATE_TIME,
    JML_EXPIRATION_AFTER_DURATION,
};

struct jml_expiration {
    enum jml_expiration_type type;
    jml_time end;                 /* AFTER_DATE_TIME */
    struct jml_duration duration; /* AFTER_DURATION */
};

struct jml_organization {
    struct jml_id id;
    const char *display_name;
    const char *const *domains; /* lower case, without @; exactly these, no subdomains */
    size_t n_domains;
    bool configured; /* else proposed: not among "all configured" ones */
    const char *const *internal_sponsors, *const *external_sponsors; /* employee_ids */
    size_t n_internal_sponsors, n_external_sponsors;
};

/* ---- policies ---- */

/* Graph's subjectSet: some people. */
enum jml_subject_kind {
    JML_SUBJECT_SINGLE_USER,       /* singleUser: name is an employee_id */
    JML_SUBJECT_GROUP_MEMBERS,     /* groupMembers: name is a value of the attribute groups */
    JML_SUBJECT_ATTRIBUTE_RULE,    /* attributeRuleMembers: rule */
    JML_SUBJECT_ORGANIZATION,      /* connectedOrganizationMembers: organization */
    JML_SUBJECT_REQUESTOR_MANAGER, /* requestorManager: level 1 is the manager, 2 the manager's, ... */
    JML_SUBJECT_TARGET_MANAGER,    /* targetManager: likewise */
    JML_SUBJECT_INTERNAL_SPONSORS, /* internalSponsors: of the target's connected organization */
    JML_SUBJECT_EXTERNAL_SPONSORS, /* externalSponsors: likewise */
};

struct jml_subject {
    enum jml_subject_kind kind;
    const char *name;
    int level;
    const struct jml_rule *rule;
    const struct jml_organization *organization;
};

struct jml_subjects {
    const struct jml_subject *items;
    size_t n;
};

enum jml_target_scope { /* allowedTargetScope, in Graph's order */
    JML_TARGETS_NOT_SPECIFIED, /* nobody may ask; administrators assign */
    JML_TARGETS_SPECIFIC_USERS,
    JML_TARGETS_SPECIFIC_ORGANIZATIONS,
    JML_TARGETS_ALL_MEMBERS,
    JML_TARGETS_ALL_DIRECTORY_USERS,
    JML_TARGETS_ALL_ORGANIZATIONS,
    JML_TARGETS_ALL_EXTERNAL_USERS,
};

struct jml_stage {
    struct jml_duration denial;     /* durationBeforeAutomaticDenial */
    struct jml_duration escalation; /* durationBeforeEscalation */
    bool escalates, justification;  /* isEscalationEnabled, isApproverJustificationRequired */
    struct jml_subjects approvers, fallback_approvers;   /* primary */
    struct jml_subjects alternates, fallback_alternates; /* escalationApprovers */
};

enum { JML_STAGES_MAX = 3 };

struct jml_choice {
    const char *value, *text;
};

struct jml_question {
    struct jml_id id;
    const char *text;
    bool required, editable;
    bool is_choice, multiple; /* accessPackageMultipleChoiceQuestion */
    const char *pattern;      /* regexPattern; NULL: any text */
    const struct jml_choice *choices;
    size_t n_choices;
};

/* requestorSettings: what people may do by themselves, and what others may do for them. */
struct jml_requestors {
    bool self_add, self_update, self_remove;
    bool behalf_add, behalf_update, behalf_remove;
    struct jml_subjects behalf; /* onBehalfRequestors */
    bool custom_schedule;
};

/* automaticRequestSettings of one version of a policy, in force from since until the next one's. */
struct jml_automatic {
    jml_time since;
    bool enabled; /* false: nobody new is given it, who has it may lose it */
    bool gives;   /* requestAccessForAllowedTargets */
    bool takes;   /* removeAccessWhenTargetLeavesAllowedTargets */
    struct jml_duration grace;
    struct jml_expiration expiration;
    struct jml_subjects targets;
};

struct jml_policy {
    struct jml_id id;
    const struct jml_package *package;
    const char *display_name;
    bool enabled;
    struct jml_expiration expiration;
    enum jml_target_scope scope;
    struct jml_subjects targets; /* specificAllowedTargets */
    struct jml_requestors requestors;
    bool approval_for_add, approval_for_update, justification;
    struct jml_stage stages[JML_STAGES_MAX];
    size_t n_stages;
    const struct jml_question *questions;
    size_t n_questions;
    bool quiet; /* isAssignmentNotificationDisabled: no mail when access is given or has ended */
    bool is_automatic; /* the newest version is: people do not ask for it */
    const struct jml_automatic *automatic; /* all versions that ever were, by since */
    size_t n_automatic;
    const struct jml_value *document;
};

struct jml_exclusion;

struct jml_package {
    struct jml_id id;
    const struct jml_catalog *catalog;
    const char *display_name, *description;
    bool hidden;
    const struct jml_resource_role *const *roles; /* by id */
    size_t n_roles;
    const struct jml_policy *const *policies;
    size_t n_policies;
    /* All that ever excluded it, in both directions: what a replay of the past goes by. */
    const struct jml_exclusion *exclusions;
    size_t n_exclusions;
};

/* A package that must not be held together with another, or by members of a group. */
struct jml_exclusion {
    const struct jml_package *package; /* NULL: a group */
    const char *group;
    jml_time since, until; /* MAX: it is in force */
};

/* ---- workflows ---- */

enum jml_trigger_kind {
    JML_TRIGGER_ON_DEMAND,
    JML_TRIGGER_TIME,       /* timeBasedAttributeTrigger */
    JML_TRIGGER_TIME_V2,    /* timeBasedAttributeTriggerV2 */
    JML_TRIGGER_ATTRIBUTE,  /* attributeChangeTrigger */
    JML_TRIGGER_MEMBERSHIP, /* membershipChangeTrigger */
};

enum jml_time_attribute {
    JML_EMPLOYEE_HIRE_DATE,
    JML_EMPLOYEE_LEAVE_DATE_TIME,
    JML_CREATED_DATE_TIME,
};

struct jml_trigger {
    enum jml_trigger_kind kind;
    /* TIME, TIME_V2: the run is due at the attribute moved by open_days civil days (negative:
     * before). TIME_V2 only: it may start until the end of the day at close_days. */
    enum jml_time_attribute attribute;
    int open_days, close_days;
    bool has_close;
    /* ATTRIBUTE: paths ("department", "employeeOrgData/costCenter"), in document order. */
    const char *const *attributes;
    size_t n_attributes;
    /* MEMBERSHIP: add (true) or remove of one of scope_groups. */
    bool on_add;
};

enum jml_task_kind {
#define T(kind, guid, name, categories, class, supported, mail) JML_TASK_##kind,
#include "core/tasks.def"
#undef T
    JML_TASK_KIND_COUNT,
};

/* What a task does to access; late causes (C3) treat the classes differently. */
enum jml_task_class { JML_TASK_CLASS_MAIL, JML_TASK_CLASS_GRANT, JML_TASK_CLASS_REMOVE };

struct jml_task {
    int position; /* 1..n among all tasks of the document, disabled ones counted */
    enum jml_task_kind kind;
    struct jml_id definition_id;
    const char *display_name;
    bool enabled, continue_on_error;
    /* request, remove: the packages named, in order; the policy of the one requested. */
    const struct jml_package *const *packages;
    size_t n_packages;
    const struct jml_policy *policy;
    int days_until_expiration; /* remove all */
    /* tasks that are done at targets: the roles named, in order; the targets named, by comma, and the
     * extension (NULL: not given); what the accounts are changed to, a JSON merge patch */
    const struct jml_resource_role *const *roles;
    size_t n_roles;
    const char *targets, *extension;
    const struct jml_value *attributes;
    /* the access pass: characters and minutes, 0 when not given; "true", "false" or NULL */
    int pass_length, pass_minutes;
    const char *pass_once;
    /* mail tasks; NULL when not given */
    const char *cc, *custom_subject, *custom_body, *locale;
};

struct jml_workflow {
    struct jml_id id;
    const char *display_name, *description;
    const char *category; /* joiner, mover, leaver; NULL when the document has none */
    bool enabled, scheduling_enabled;
    int version;
    jml_time
        scheduled_since; /* when its triggers were last switched on: older causes are history */
    struct jml_trigger trigger;
    const struct jml_rule *scope;    /* NULL: no rule */
    const char *const *scope_groups; /* groupBasedSubjectSet: ids or names */
    size_t n_scope_groups;
    const struct jml_task *tasks;
    size_t n_tasks;
    bool incomplete; /* an old version whose tasks name what is gone: good for its conditions only */
    const struct jml_value *document;
};

/* What stands in core/tasks.def about a kind. */
struct jml_task_kind_row {
    struct jml_id definition_id;
    const char *name; /* Graph's display name */
    const char *categories;
    enum jml_task_class class;
    bool supported;
    const char *notification; /* kind of the mail it queues; NULL: none */
};
const struct jml_task_kind_row *jml_task_kind_row(enum jml_task_kind kind);
/* false: no such definition. */
bool jml_task_kind_find(struct jml_id definition_id, enum jml_task_kind *ret_kind);

/* ---- targets ---- */

/* Where access is delivered. "record" is none of them: it is the record here, and always there. */
struct jml_target_row {
    struct jml_id id;
    const char *display_name;
    const char *kind; /* null, manual, exec, sql, webhook, scim, ldap; extension: a custom task extension */
    bool enabled;     /* false: its deliveries wait */
    bool owned;       /* what it has beyond what is justified may be removed (drift) */
    int concurrency;       /* calls at a time, 1..1024 */
    int rate;              /* calls a second at most; 0: no limit */
    jml_time deadline;     /* microseconds that a call may take */
    jml_time give_up;      /* microseconds after which a grant is given up */
    const struct jml_value *settings; /* of the kind; {} */
    const struct jml_value *document; /* in normal form */
    const char *path; /* where in the documents it comes from; NULL: from the database */
};

/* ---- the whole ---- */

struct jml_governance {
    struct jml_arena arena; /* owns everything below, and this struct */
    int64_t revision;
    const struct jml_package *const *packages;
    size_t n_packages;
    const struct jml_workflow *const *workflows; /* newest versions, sorted by display_name */
    size_t n_workflows;
    const struct jml_workflow *const *pinned; /* older versions, which runs may be pinned to (C4) */
    size_t n_pinned;
    const struct jml_resource_role *const *roles;
    size_t n_roles;
    const struct jml_organization *const *organizations;
    size_t n_organizations;
    const struct jml_target_row *targets; /* by display_name */
    size_t n_targets;
    const struct jml_policy *const *automatic; /* those with n_automatic > 0, by name and id */
    size_t n_automatic;
    /* What the finders search: the same objects, sorted by id. */
    const struct jml_package *const *packages_by_id;
    const struct jml_policy *const *policies_by_id;
    size_t n_policies;
    const struct jml_resource_role *const *roles_by_id;
    /* Packages that something excludes, or that a policy gives by itself: what is held of them is looked
     * at in every step. */
    const struct jml_package *const *watched;
    size_t n_watched;
    const struct jml_workflow *const *workflows_by_id;
};

/* Fills the tables of the finders from packages and workflows; called by whoever makes one. */
void jml_governance_index(struct jml_governance *g);
struct jml_governance *jml_governance_free(struct jml_governance *g);
/* NULL when there is none. Few objects and rare calls: a linear or binary search is fine, but ids
 * are looked up in the hot path: jml_governance_find_* by id must be O(log n) or better. */
const struct jml_package *jml_governance_find_package(const struct jml_governance *g,
                                                      struct jml_id id);
const struct jml_policy *jml_governance_find_policy(const struct jml_governance *g,
                                                    struct jml_id id);
const struct jml_resource_role *jml_governance_find_role(const struct jml_governance *g,
                                                         struct jml_id id);
/* Targets and custom task extensions by displayName; NULL: none, or "record". */
const struct jml_target_row *jml_governance_find_target(const struct jml_governance *g,
                                                        const char *name);
const struct jml_workflow *jml_governance_find_workflow(const struct jml_governance *g,
                                                        struct jml_id id);
/* The version a run started with: the newest one or a pinned one, which may be incomplete. */
const struct jml_workflow *jml_governance_find_version(const struct jml_governance *g,
                                                       struct jml_id id, int version);

#endif

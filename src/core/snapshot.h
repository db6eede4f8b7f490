/* SPDX-License-Identifier: MIT
 *
 * Snapshot: everything open about one person, as loaded, and then as decided.
 *
 * The database layer fills it, jml_step() (core/step.h) changes it in place and marks what it
 * touched, the database layer writes what is marked. Rows are pointers into arenas (HACKING). The
 * columns are those of the tables of DESIGN section 6.
 */
#ifndef JML_CORE_SNAPSHOT_H
#define JML_CORE_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/civil.h"
#include "base/id.h"
#include "base/value.h"
#include "base/vec.h"
#include "core/action.h"
#include "core/states.h"

enum jml_mark { JML_CLEAN, JML_CHANGED, JML_CREATED };

struct jml_person {
    enum jml_mark mark;
    struct jml_id id;
    const char *employee_id;
    const char *former_id; /* the id was that before this step; NULL: it is as it was */
    JML_VEC(const char *) aliases; /* further ids, of former times mostly (T10) */
    enum jml_person_state state;
    bool moved; /* has an audit row already */
    const struct jml_value *attributes;
    const struct jml_value *employments; /* NULL: as employments_text says; hardly anybody asks */
    const char *employments_text;        /* JSON, as it was loaded; NULL: nobody loaded it */
    const char *zone;
    jml_time hired_at, leaves_at, due_at, removal_at, held_at, created_at;
    bool external; /* came by e-mail, no HR record */
    bool crossed;  /* in this step the last employment ended, or one began anew, or had not ended after all */
    const char *held_reason;
};

struct jml_period; /* core/fold.h */

enum jml_event_kind { JML_JOINER, JML_MOVER, JML_LEAVER, JML_RESCIND };

struct jml_event {
    enum jml_mark mark;
    int64_t id;
    const char *employee_id; /* that it came under: one of the person's; NULL: the one of now */
    const char *source, *source_ref, *employment, *supersedes;
    enum jml_event_kind kind;
    jml_time effective_at;        /* NONE when the event is dated by a day or not at all */
    struct jml_date effective_on; /* unset likewise */
    int64_t sequence;             /* 0 when not given */
    const struct jml_value *attributes;
    const char *default_zone; /* the configured one, as recorded at receipt */
    enum jml_event_state state;
    bool moved; /* has an audit row already */
    jml_time received_at;
    const char *error; /* "code: words", also of done events (warnings) */
    const char *conflict; /* of a former id: why the two cannot become one by themselves (T10) */

    /* worked out by the core */
    bool fresh;            /* folded for the first time in this step */
    bool released;         /* by an operator, in this step */
    bool counts;           /* not superseded, not withdrawn, not waiting (T6) */
    bool waits;            /* a correction of an event that has not come */
    int64_t fact;          /* the first event of its chain: what all of the chain is about */
    jml_time told_at;      /* when the chain was first heard of */
    bool matched;          /* a leaver that closed or emptied something (T5) */
    const struct jml_event *voided_by; /* why it does not count: a later member of its chain, a rescind */
    const struct jml_period *period;   /* that it is a word about; a leaver of all: the last of them */
    jml_time instant;      /* when it takes effect */
    const struct jml_zone *zone;
    const char *warning;
};

struct jml_task_run {
    enum jml_mark mark;
    int position;
    struct jml_id definition_id;
    const char *display_name;
    enum jml_task_state state;
    const char *error, *warning;
    jml_time started_at, completed_at;
};

struct jml_run {
    enum jml_mark mark;
    struct jml_id id, workflow_id;
    int version;
    int64_t event_id; /* 0: none */
    const char *trigger_key;
    enum jml_run_state state;
    jml_time anchor_at, due_at, known_at, created_at, started_at, completed_at;
    const char *employment;
    const struct jml_value *effects; /* array, or NULL: core/ledger.h */
    const char *cancel_cause;        /* replan, scope, workflow, operator, rehire */
    const char *actor, *reason;
    const char *fact;      /* what its cause is about, whatever its date: "p17", "e23" (C5) */
    jml_time withdrawn_at; /* its cause is gone: what it did does not count; NONE: it counts (C2) */
    JML_VEC(struct jml_task_run *) tasks; /* loaded for runs that are not over */
    /* worked out by the core */
    bool wanted;              /* its cause still exists */
    bool is_past;             /* the employment it is about has ended */
    bool valid;               /* of one that has started: so it does, in its own version */
    jml_time place;           /* of its effects among those of other causes (C2) */
    jml_time close_at;        /* of its trigger's window; MAX: it has none */
    const struct jml_zone *zone; /* that its cause's days are counted in; NULL: not known now */
    jml_time told_at;         /* when the facts that make its cause were first heard of */
    const char *out_of_scope; /* the clause that failed; NULL: in scope */
};

enum jml_request_type { /* the order of Microsoft Graph */
    JML_USER_ADD = 1,
    JML_USER_UPDATE,
    JML_USER_REMOVE,
    JML_ADMIN_ADD,
    JML_ADMIN_UPDATE,
    JML_ADMIN_REMOVE,
    JML_SYSTEM_ADD,
    JML_SYSTEM_UPDATE,
    JML_SYSTEM_REMOVE,
    JML_APPROVER_REMOVE,
};

struct jml_request {
    enum jml_mark mark;
    struct jml_id id;
    enum jml_request_type type;
    enum jml_request_state state;
    bool moved; /* has an audit row already */
    const char *status;
    struct jml_id package_id, policy_id, assignment_id, target_id, run_id;
    const char *requestor;    /* who asked: an employee_id, of user requests; else words */
    const char *actor;        /* the database role that inserted it; NULL: jmld made it */
    const char *justification, *employment;
    const char *target_email; /* of somebody who may not be known yet */
    const char *target_name;  /* their display name, if given */
    const struct jml_value *answers; /* as given; NULL: none */
    jml_time starts_at, ends_at, created_at, completed_at, due_at;
    /* while it waits for approval; what is over or does not come is NONE */
    int stage; /* from 1; 0: not asked for */
    jml_time stage_at, remind_at, escalate_at, deny_at;
    bool escalated; /* forwarded to the alternates of this stage */
    bool told;      /* the approvers of this stage were told */
    const char *error;
    /* of a direct request that was granted: its place among the effects, the end it set (C2) */
    jml_time effective_at, effective_until;
    /* worked out by the core */
    const struct jml_holding *holding; /* what a system request carries out */
    bool asks; /* a task's, for the first time: scope and approval count as for others */
};

struct jml_approval {
    enum jml_mark mark;
    struct jml_id id, request_id;
    int stage; /* 0: that of the moment */
    const char *approver; /* an employee_id */
    const char *actor;    /* the database role that inserted it */
    bool approves;        /* else denies */
    const char *justification;
    enum jml_approval_state state;
    const char *error;
    jml_time decided_at, created_at;
};

/* Somebody else whom decisions about this person depend on: who asks, approvers, managers. */
struct jml_party {
    const char *name; /* by which it was looked up: the employee_id, or a former one (T10) */
    const char *employee_id, *display_name, *mail, *manager;
    enum jml_person_state state;
    bool external;
    const struct jml_value *attributes; /* with the groups that they are in */
};

struct jml_assignment {
    enum jml_mark mark;
    struct jml_id id, package_id, policy_id, target_id, request_id, run_id;
    enum jml_assignment_state state;
    const char *status;
    jml_time starts_at, ends_at, expired_at, revoked_at, created_at;
    const char *end_reason; /* expired, removed, left, corrected, policy */
    const char *employment;
    const char *ends_by; /* who set the end: policy, request, workflow, leave */
    jml_time ends_set_at, notice_14_at, notice_1_at;
    const struct jml_value *roles; /* array of the ids of the resource roles it gives */
    const struct jml_value *answers; /* those that count: of the last request that gave some */
};

struct jml_delivery {
    enum jml_mark mark;
    struct jml_id id, assignment_id, role_id; /* the latter two may be none: of tasks */
    enum jml_action action;
    const char *target; /* a name, or "record" */
    int64_t seq; /* the order in which the target gets them; 0: by record, or made in this step */
    enum jml_delivery_state state;
    int attempts;
    jml_time due_at; /* NONE: nothing is left to do */
    jml_time confirmed_at;
    const char *error;
    struct jml_id run_id; /* the task that waits for it; none: nobody */
    int position;
    const struct jml_value *arguments; /* NULL: none, or not loaded: those of passwords are */
    const char *account; /* as the target calls it; NULL: not known */
};

struct jml_notification {
    enum jml_mark mark;
    struct jml_id id, assignment_id, request_id, run_id;
    const char *kind, *recipient, *cc, *subject, *body, *error, *dedup_key;
    const char *recipient_id; /* employee_id of whom it goes to */
    const char *locale;       /* NULL: the recipient's language */
    const char *parameters;   /* JSON object text: what templates may tell */
    enum jml_notification_state state;
    jml_time due_at;
};

struct jml_command {
    enum jml_mark mark;
    struct jml_id id;
    const char *kind, *object_id;
    const struct jml_value *arguments;
    const char *actor;
    enum jml_command_state state;
    const char *error;
    jml_time created_at;
    const char *refusal; /* found out before the step; NULL: none */
};

struct jml_audit {
    enum jml_machine object_type;
    const char *object_id;
    int rule;
    int from, to; /* states; from 0: new */
    const char *actor, *reason;
    const char *detail; /* JSON text, or NULL: ids, states, times, reasons; never attribute values */
    int64_t event_id;   /* 0: none */
    struct jml_id run_id, request_id;
};

/* A row of jml.queue that brought the person here and is done with this step. */
struct jml_queue_row {
    int class;
    int64_t id;
};

/* The person that the attribute "manager" names. */
struct jml_manager {
    const char *employee_id, *display_name, *mail;
};

struct jml_snapshot {
    struct jml_person person;
    JML_VEC(struct jml_event *) events;   /* all but rejected and superseded-for-good, by id */
    JML_VEC(struct jml_run *) runs;       /* all of the person */
    JML_VEC(struct jml_request *) requests;       /* not over, by created_at, id */
    JML_VEC(struct jml_request *) decided;        /* direct ones that took effect, and are over */
    JML_VEC(struct jml_assignment *) assignments; /* not expired */
    /* Of those two lists: what leads out of the record, by seq. Loaded when there is a result to be
     * looked at (has_deliveries); what the step makes is added at the end, in any case. */
    JML_VEC(struct jml_delivery *) deliveries;
    JML_VEC(struct jml_assignment *) revoking; /* expired, and not known to be revoked everywhere */
    bool has_deliveries;
    JML_VEC(struct jml_command *) commands;       /* pending, by created_at */
    JML_VEC(struct jml_manager *) managers;       /* of now and of what the events name */
    JML_VEC(struct jml_approval *) approvals;     /* pending, and those that decided open requests */
    JML_VEC(struct jml_party *) parties;          /* of open requests, by name */
    JML_VEC(struct jml_queue_row) queue;

    /* made by the step */
    JML_VEC(struct jml_notification *) notifications;
    JML_VEC(struct jml_audit *) audit;
};

const char *jml_request_type_name(enum jml_request_type type);
/* 0 when there is no such type. */
enum jml_request_type jml_request_type_find(const char *name);
bool jml_request_type_is_add(enum jml_request_type type);
bool jml_request_type_is_update(enum jml_request_type type);
bool jml_request_type_is_remove(enum jml_request_type type);
const char *jml_event_kind_name(enum jml_event_kind kind);
/* -1 when there is no such kind. */
int jml_event_kind_find(const char *name);

#endif

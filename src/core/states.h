/* SPDX-License-Identifier: MIT
 *
 * States: the words of every state machine, as they stand in the database (DESIGN 5 and 6).
 * Each list makes an enum JML_<MACHINE>_<STATE>, whose value 0 is "new" (no row yet), and the names.
 */
#ifndef JML_CORE_STATES_H
#define JML_CORE_STATES_H

enum jml_machine {
    JML_MACHINE_EVENT,
    JML_MACHINE_PERSON,
    JML_MACHINE_RUN,
    JML_MACHINE_TASK,
    JML_MACHINE_REQUEST,
    JML_MACHINE_APPROVAL,
    JML_MACHINE_ASSIGNMENT,
    JML_MACHINE_DELIVERY,
    JML_MACHINE_NOTIFICATION,
    JML_MACHINE_COMMAND,
    JML_MACHINE_PACKAGE,
    JML_MACHINE_POLICY,
    JML_MACHINE_WORKFLOW,
    JML_MACHINE_COUNT,
};

#define JML_EVENT_STATES(S)                                                                        \
    S(EVENT, PENDING, "pending")                                                                   \
    S(EVENT, HELD, "held")                                                                         \
    S(EVENT, DONE, "done")                                                                         \
    S(EVENT, SUPERSEDED, "superseded")                                                             \
    S(EVENT, REJECTED, "rejected")
#define JML_PERSON_STATES(S)                                                                       \
    S(PERSON, UNKNOWN, "unknown")                                                                  \
    S(PERSON, PREHIRE, "prehire")                                                                  \
    S(PERSON, ACTIVE, "active")                                                                    \
    S(PERSON, SUSPENDED, "suspended")                                                              \
    S(PERSON, LEFT, "left")                                                                        \
    S(PERSON, EXTERNAL, "external")
#define JML_WORK_STATES(S, M)                                                                      \
    S(M, SCHEDULED, "scheduled")                                                                   \
    S(M, QUEUED, "queued")                                                                         \
    S(M, IN_PROGRESS, "inProgress")                                                                \
    S(M, COMPLETED, "completed")                                                                   \
    S(M, COMPLETED_WITH_ERRORS, "completedWithErrors")                                             \
    S(M, FAILED, "failed")                                                                         \
    S(M, CANCELED, "canceled")                                                                     \
    S(M, HELD, "held")
#define JML_REQUEST_STATES(S)                                                                      \
    S(REQUEST, SUBMITTED, "submitted")                                                             \
    S(REQUEST, PENDING_APPROVAL, "pendingApproval")                                                \
    S(REQUEST, SCHEDULED, "scheduled")                                                             \
    S(REQUEST, DELIVERING, "delivering")                                                           \
    S(REQUEST, DELIVERED, "delivered")                                                             \
    S(REQUEST, PARTIALLY_DELIVERED, "partiallyDelivered")                                          \
    S(REQUEST, DELIVERY_FAILED, "deliveryFailed")                                                  \
    S(REQUEST, DENIED, "denied")                                                                   \
    S(REQUEST, CANCELED, "canceled")
#define JML_APPROVAL_STATES(S)                                                                     \
    S(APPROVAL, PENDING, "pending")                                                                \
    S(APPROVAL, APPLIED, "applied")                                                                \
    S(APPROVAL, REFUSED, "refused")
#define JML_ASSIGNMENT_STATES(S)                                                                   \
    S(ASSIGNMENT, DELIVERING, "delivering")                                                        \
    S(ASSIGNMENT, DELIVERED, "delivered")                                                          \
    S(ASSIGNMENT, PARTIALLY_DELIVERED, "partiallyDelivered")                                       \
    S(ASSIGNMENT, DELIVERY_FAILED, "deliveryFailed")                                               \
    S(ASSIGNMENT, EXPIRED, "expired")
#define JML_DELIVERY_STATES(S)                                                                     \
    S(DELIVERY, PENDING, "pending")                                                                \
    S(DELIVERY, IN_PROGRESS, "inProgress")                                                         \
    S(DELIVERY, DELIVERED, "delivered")                                                            \
    S(DELIVERY, FAILED, "failed")                                                                  \
    S(DELIVERY, REMOVING, "removing")                                                              \
    S(DELIVERY, REMOVED, "removed")
#define JML_NOTIFICATION_STATES(S)                                                                 \
    S(NOTIFICATION, PENDING, "pending")                                                            \
    S(NOTIFICATION, SENT, "sent")                                                                  \
    S(NOTIFICATION, FAILED, "failed")                                                              \
    S(NOTIFICATION, DROPPED, "dropped")
#define JML_COMMAND_STATES(S)                                                                      \
    S(COMMAND, PENDING, "pending")                                                                 \
    S(COMMAND, DONE, "done")                                                                       \
    S(COMMAND, REFUSED, "refused")
#define JML_PACKAGE_STATES(S)                                                                      \
    S(PACKAGE, PRESENT, "present")                                                                 \
    S(PACKAGE, DELETED, "deleted")
#define JML_POLICY_STATES(S) S(POLICY, PRESENT, "present")
#define JML_WORKFLOW_STATES(S)                                                                     \
    S(WORKFLOW, ENABLED, "enabled")                                                                \
    S(WORKFLOW, DISABLED, "disabled")

#define JML_STATE_ENUM(machine, state, name) JML_##machine##_##state,
enum jml_event_state { JML_EVENT_NEW, JML_EVENT_STATES(JML_STATE_ENUM) };
enum jml_person_state { JML_PERSON_NEW, JML_PERSON_STATES(JML_STATE_ENUM) };
enum jml_run_state { JML_RUN_NEW, JML_WORK_STATES(JML_STATE_ENUM, RUN) };
enum jml_task_state { JML_TASK_NEW, JML_WORK_STATES(JML_STATE_ENUM, TASK) };
enum jml_request_state { JML_REQUEST_NEW, JML_REQUEST_STATES(JML_STATE_ENUM) };
enum jml_approval_state { JML_APPROVAL_NEW, JML_APPROVAL_STATES(JML_STATE_ENUM) };
enum jml_assignment_state { JML_ASSIGNMENT_NEW, JML_ASSIGNMENT_STATES(JML_STATE_ENUM) };
enum jml_delivery_state { JML_DELIVERY_NEW, JML_DELIVERY_STATES(JML_STATE_ENUM) };
enum jml_notification_state { JML_NOTIFICATION_NEW, JML_NOTIFICATION_STATES(JML_STATE_ENUM) };
enum jml_command_state { JML_COMMAND_NEW, JML_COMMAND_STATES(JML_STATE_ENUM) };
enum jml_package_state { JML_PACKAGE_NEW, JML_PACKAGE_STATES(JML_STATE_ENUM) };
enum jml_policy_state { JML_POLICY_NEW, JML_POLICY_STATES(JML_STATE_ENUM) };
enum jml_workflow_state { JML_WORKFLOW_NEW, JML_WORKFLOW_STATES(JML_STATE_ENUM) };
#undef JML_STATE_ENUM

/* "event", "person", ...: also the object_type of the audit. */
const char *jml_machine_name(enum jml_machine machine);
/* NULL for state 0 (new). */
const char *jml_state_name(enum jml_machine machine, int state);
/* 0 when there is no such state. */
int jml_state_find(enum jml_machine machine, const char *name);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The statements of the main flow, prepared when its connections are made (sql/queries).
 */
#include "flow/people.h"

const char *const jml_people_statements[] = {
    "people_shells",
    "people_lock",
    "people_names",
    "people_unite",
    "people_begin",
    "people_claim",
    "people_waiting",
    "people_window",
    "people_events",
    "people_queue",
    "people_runs",
    "people_tasks",
    "people_requests",
    "people_decided",
    "people_assignments",
    "people_commands",
    "people_managers",
    "person_write",
    "person_rename",
    "event_write",
    "queue_delete",
    "run_insert",
    "run_update",
    "task_insert",
    "task_update",
    "request_insert",
    "request_update",
    "assignment_insert",
    "assignment_update",
    "delivery_insert",
    "notification_insert",
    "command_write",
    "audit_insert",
    "rollout_walk",
    NULL,
};

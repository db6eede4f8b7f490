/* SPDX-License-Identifier: MIT
 *
 * jmlctl request: everything that was asked for, by people, operators and workflows.
 */
#include "ctl/outcome.h"

static int cancel(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option list_options[] = {
    {"state",
     "submitted|pendingApproval|scheduled|delivering|delivered|partiallyDelivered|deliveryFailed|"
     "denied|canceled",
     false, "only those in this state"},
    {"employee", "EMPLOYEE", false, "only those for this person"},
    {"package", "PACKAGE", false, "only those for this package (name or id)"},
    {"type",
     "userAdd|userUpdate|userRemove|adminAdd|adminUpdate|adminRemove|systemAdd|systemUpdate|"
     "systemRemove|approverRemove",
     false, "only those of this type"},
    {"limit", "N", false, "the newest N only"},
    {0},
};

static const struct jml_ctl_option change_options[] = {
    JML_CTL_WAIT_OPTION,
    {0},
};

const struct jml_verb jml_ctl_request_verbs[] = {
    {
        .noun = "request",
        .verb = "list",
        .arguments = "[OPTION]...",
        .summary = "Lists requests, newest first.",
        .options = list_options,
        .query = "request_list",
        .parameters = "state employee package type limit",
        .columns = "id request_type employee_id access_package policy state created_at error",
    },
    {
        .noun = "request",
        .verb = "show",
        .arguments = "ID",
        .summary = "Shows one request with the decisions on it.",
        .min_arguments = 1,
        .max_arguments = 1,
        .query = "request_show",
        .parameters = "#1",
        .record = true,
    },
    {
        .noun = "request",
        .verb = "cancel",
        .arguments = "ID...",
        .summary = "Cancels a request that was not yet delivered.",
        .options = change_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = cancel,
    },
    {0},
};

static int cancel(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "request_cancel", call->arguments, NULL, call->n_arguments);
}

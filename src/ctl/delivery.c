/* SPDX-License-Identifier: MIT
 *
 * jmlctl delivery: access on its way to targets, and the tickets of those that are manual.
 */
#include "ctl/outcome.h"

static int retry(struct jml_ctl *c, const struct jml_ctl_call *call);
static int done(struct jml_ctl *c, const struct jml_ctl_call *call);
static int fail(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option list_options[] = {
    {"state", "pending|inProgress|delivered|failed|removing|removed", false,
     "only those in this state"},
    {"target", "TARGET", false, "only those to this target"},
    {"employee", "EMPLOYEE", false, "only those for this person"},
    {"package", "PACKAGE", false, "only those of this package (name or id)"},
    {"limit", "N", false, "the newest N only"},
    {0},
};

static const struct jml_ctl_option retry_options[] = {
    JML_CTL_WAIT_OPTION,
    {0},
};

static const struct jml_ctl_option close_options[] = {
    {"reason", "TEXT", false, "why, for the audit; no personal data"},
    JML_CTL_WAIT_OPTION,
    {0},
};

const struct jml_verb jml_ctl_delivery_verbs[] = {
    {
        .noun = "delivery",
        .verb = "list",
        .arguments = "[OPTION]...",
        .summary = "Lists what is given and taken at targets, newest first.",
        .options = list_options,
        .query = "delivery_list",
        .parameters = "state target employee package limit",
        .columns = "id employee_id access_package role target action state attempts due_at error",
    },
    {
        .noun = "delivery",
        .verb = "show",
        .arguments = "ID",
        .summary = "Shows one delivery, what it waits for, and its history.",
        .min_arguments = 1,
        .max_arguments = 1,
        .query = "delivery_show",
        .parameters = "#1",
        .record = true,
    },
    {
        .noun = "delivery",
        .verb = "retry",
        .arguments = "ID...",
        .summary = "Tries at once what waits for its next attempt, and anew what has failed.",
        .options = retry_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = retry,
    },
    {
        .noun = "delivery",
        .verb = "done",
        .arguments = "ID...",
        .summary = "Closes tickets that are done; also what is taken away and was done by hand.",
        .options = close_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = done,
    },
    {
        .noun = "delivery",
        .verb = "fail",
        .arguments = "ID...",
        .summary = "Closes tickets that will not be done.",
        .options = close_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = fail,
    },
    {0},
};

static int retry(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "delivery_retry", call->arguments, NULL, call->n_arguments);
}

static int done(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "delivery_done", call->arguments, NULL, call->n_arguments);
}

static int fail(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "delivery_fail", call->arguments, NULL, call->n_arguments);
}

/* SPDX-License-Identifier: MIT
 *
 * jmlctl run: workflows that run, ran or will run for people.
 */
#include "ctl/outcome.h"

static int cancel(struct jml_ctl *c, const struct jml_ctl_call *call);
static int retry(struct jml_ctl *c, const struct jml_ctl_call *call);
static int release(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option list_options[] = {
    {"state", "scheduled|queued|inProgress|completed|completedWithErrors|failed|canceled|held",
     false, "only those in this state"},
    {"employee", "EMPLOYEE", false, "only those for this person"},
    {"workflow", "WORKFLOW", false, "only those of this workflow (name or id)"},
    {"limit", "N", false, "the N latest due only"},
    {0},
};

static const struct jml_ctl_option change_options[] = {
    JML_CTL_WAIT_OPTION,
    {0},
};

const struct jml_verb jml_ctl_run_verbs[] = {
    {
        .noun = "run",
        .verb = "list",
        .arguments = "[OPTION]...",
        .summary = "Lists runs, latest due first.",
        .options = list_options,
        .query = "run_list",
        .parameters = "state employee workflow limit",
        .columns = "id workflow version employee_id state due_at completed_at reason",
    },
    {
        .noun = "run",
        .verb = "show",
        .arguments = "ID",
        .summary = "Shows one run with its tasks.",
        .min_arguments = 1,
        .max_arguments = 1,
        .query = "run_show",
        .parameters = "#1",
        .record = true,
    },
    {
        .noun = "run",
        .verb = "cancel",
        .arguments = "ID...",
        .summary = "Cancels a scheduled or held run; it stays canceled for its cause.",
        .options = change_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = cancel,
    },
    {
        .noun = "run",
        .verb = "retry",
        .arguments = "ID...",
        .summary = "Does the failed tasks of a run again.",
        .options = change_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = retry,
    },
    {
        .noun = "run",
        .verb = "release",
        .arguments = "ID...",
        .summary = "Lets a held run (late beyond catch_up) make its grants.",
        .options = change_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = release,
    },
    {0},
};

static int cancel(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "run_cancel", call->arguments, NULL, call->n_arguments);
}

static int retry(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "run_retry", call->arguments, NULL, call->n_arguments);
}

static int release(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "run_release", call->arguments, NULL, call->n_arguments);
}

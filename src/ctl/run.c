/* SPDX-License-Identifier: MIT
 *
 * jmlctl run: workflows that run, ran or will run for people.
 */
#include <stdio.h>

#include "base/str.h"
#include "ctl/outcome.h"
#include "ctl/query.h"

static int change(struct jml_ctl *c, const struct jml_ctl_call *call, const char *kind);
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

/* Instead of ids: which runs. */
static const struct jml_ctl_option batch_options[] = {
    {"workflow", "WORKFLOW", false, "instead of ids: those of this workflow (name or id)"},
    {"employee", "EMPLOYEE", false, "instead of ids: those for this person"},
    {"before", "TIME", false, "instead of ids: those that were due before this day or time"},
    {"all", NULL, false, "instead of ids: every one there is"},
    {"dry-run", NULL, false, "only list the runs"},
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
        .arguments = "ID... | [--workflow WORKFLOW] [--employee EMPLOYEE] [--before TIME] [--all]",
        .summary = "Cancels scheduled or held runs, by id or all that match; they stay "
                   "canceled for their cause.",
        .options = batch_options,
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
        .arguments = "ID... | [--workflow WORKFLOW] [--employee EMPLOYEE] [--before TIME] [--all]",
        .summary = "Lets held runs (late beyond catch_up) make their grants, by id or all "
                   "that match.",
        .options = batch_options,
        .max_arguments = -1,
        .run = release,
    },
    {0},
};

/* The runs named, or all that match. */
static int change(struct jml_ctl *c, const struct jml_ctl_call *call, const char *kind)
{
    bool named = call->n_arguments > 0;
    bool chosen = jml_ctl_option(call, "workflow") || jml_ctl_option(call, "employee") ||
                  jml_ctl_option(call, "before");
    struct jml_param *which, params[5] = {jml_param_text(kind), jml_param_text(NULL)};
    int code;

    if (named && (chosen || jml_ctl_option(call, "all")))
        return jml_ctl_say(c, JML_EXIT_USAGE, "%s %s: either ids, or which runs; not both",
                           call->verb->noun, call->verb->verb);
    if (!named && !chosen && !jml_ctl_option(call, "all"))
        return jml_ctl_say(c, JML_EXIT_USAGE,
                           "%s %s: which runs? ids, --workflow, --employee, --before, or --all",
                           call->verb->noun, call->verb->verb);
    code = jml_ctl_check_names(c, call);
    if (code != 0)
        return code;
    jml_ctl_parameters(c, call, "workflow employee before", &which);
    if (jml_ctl_option(call, "dry-run")) {
        struct jml_ctl_view view = {.long_report = true};

        if (named)
            params[1] = jml_ctl_text_array(c, call->arguments, call->n_arguments);
        for (size_t i = 0; i < 3; i++)
            params[2 + i] = which[i];
        return jml_ctl_print_view(c, "run_matching", params, 5, &view);
    }
    if (named)
        return jml_outcome_command(c, call, kind, call->arguments, NULL, call->n_arguments);
    for (size_t i = 0; i < 3; i++)
        params[1 + i] = which[i];
    return jml_outcome_batch(c, call, "command_runs", params, 4, "command_outcome",
                             jml_streq(kind, "run_release") ? "to be released" : "to be canceled");
}

static int cancel(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return change(c, call, "run_cancel");
}

static int retry(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "run_retry", call->arguments, NULL, call->n_arguments);
}

static int release(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return change(c, call, "run_release");
}

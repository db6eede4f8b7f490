/* SPDX-License-Identifier: MIT
 *
 * jmlctl event: what HR said, and what became of it.
 */
#include "ctl/event.h"

#include "ctl/outcome.h"

static int retry(struct jml_ctl *c, const struct jml_ctl_call *call);
static int hold(struct jml_ctl *c, const struct jml_ctl_call *call);
static int release(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option submit_options[] = {
    {"kind", "joiner|mover|leaver|rescind", false, "what happens; without it, JSON lines are read"},
    {"employee", "EMPLOYEE", false, "to whom"},
    {"on", "DATE", false, "effective on this day; of a leaver the last day with access"},
    {"at", "TIME", false, "effective at this time, instead of --on"},
    {"attributes", "JSON", false, "what changes, as a JSON object"},
    {"employment", "EMPLOYMENT", false, "which of the person's jobs (main); * for all of a leaver"},
    {"source", "SOURCE", false, "the feed it belongs to (sql)"},
    {"ref", "REF", false, "the feed's own key; the same one is taken only once"},
    {"supersedes", "REF", false, "the event of the same feed that this corrects or withdraws"},
    {"immediate", NULL, false, "a leaver that ends access at once"},
    JML_CTL_WAIT_OPTION,
    {0},
};

static const struct jml_ctl_option list_options[] = {
    {"state", "pending|held|done|superseded|rejected", false, "only those in this state"},
    {"employee", "EMPLOYEE", false, "only those of this person"},
    {"source", "SOURCE", false, "only those of this feed"},
    {"dangling", NULL, false, "only leavers that closed nothing, and corrections and rescinds of what has not come"},
    {"limit", "N", false, "the newest N only"},
    {0},
};

static const struct jml_ctl_option change_options[] = {
    JML_CTL_WAIT_OPTION,
    {0},
};

const struct jml_verb jml_ctl_event_verbs[] = {
    {
        .noun = "event",
        .verb = "submit",
        .arguments = "--kind KIND --employee EMPLOYEE --on DATE | [FILE...]",
        .summary = "Submits one event, or those of files (or standard input) with one JSON object "
                   "a line, whose members are the columns of jml.event; all or none.",
        .options = submit_options,
        .max_arguments = -1,
        .run = jml_event_submit,
    },
    {
        .noun = "event",
        .verb = "list",
        .arguments = "[OPTION]...",
        .summary = "Lists events, newest first.",
        .options = list_options,
        .query = "event_list",
        .parameters = "state employee source dangling limit",
        .columns = "id kind employee_id effective_on effective_at state source_ref error",
    },
    {
        .noun = "event",
        .verb = "show",
        .arguments = "ID",
        .summary = "Shows one event with its attributes.",
        .min_arguments = 1,
        .max_arguments = 1,
        .query = "event_show",
        .parameters = "#1",
        .record = true,
    },
    {
        .noun = "event",
        .verb = "retry",
        .arguments = "ID...",
        .summary = "Lets a rejected event be tried again.",
        .options = change_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = retry,
    },
    {
        .noun = "event",
        .verb = "hold",
        .arguments = "ID...",
        .summary = "Keeps an event that is still pending out of the time line until it is released; "
                   "one that is done is withdrawn by a rescind.",
        .options = change_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = hold,
    },
    {
        .noun = "event",
        .verb = "release",
        .arguments = "ID...",
        .summary = "Lets a held event count.",
        .options = change_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = release,
    },
    {0},
};

static int retry(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "event_retry", call->arguments, NULL, call->n_arguments);
}

static int hold(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "event_hold", call->arguments, NULL, call->n_arguments);
}

static int release(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "event_release", call->arguments, NULL, call->n_arguments);
}

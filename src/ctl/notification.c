/* SPDX-License-Identifier: MIT
 *
 * jmlctl notification: the mails to people, sent or not.
 */
#include "ctl/outcome.h"

static int retry(struct jml_ctl *c, const struct jml_ctl_call *call);
static int drop(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option change_options[] = {
    {"reason", "TEXT", false, "why, for the record"},
    JML_CTL_WAIT_OPTION,
    {0},
};

static const struct jml_ctl_option list_options[] = {
    {"state", "pending|sent|failed|dropped", false, "only those in this state"},
    {"employee", "EMPLOYEE", false, "only those about this person"},
    {"kind", "KIND", false, "only those of this kind, such as near_expiry_14_days"},
    {"limit", "N", false, "the newest N only"},
    {0},
};

const struct jml_verb jml_ctl_notification_verbs[] = {
    {
        .noun = "notification",
        .verb = "list",
        .arguments = "[OPTION]...",
        .summary = "Lists notifications, newest first.",
        .options = list_options,
        .query = "notification_list",
        .parameters = "state employee kind limit",
        .columns = "id kind employee_id state recipient due_at sent_at error",
    },
    {
        .noun = "notification",
        .verb = "show",
        .arguments = "ID",
        .summary = "Shows one notification with its text.",
        .min_arguments = 1,
        .max_arguments = 1,
        .query = "notification_show",
        .parameters = "#1",
        .record = true,
    },
    {
        .noun = "notification",
        .verb = "retry",
        .arguments = "ID...",
        .summary = "Sends notifications that failed, were dropped, or wait for their next attempt.",
        .options = change_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = retry,
    },
    {
        .noun = "notification",
        .verb = "drop",
        .arguments = "ID...",
        .summary = "Gives up notifications that were not sent.",
        .options = change_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = drop,
    },
    {0},
};

static int retry(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "notification_retry", call->arguments, NULL,
                               call->n_arguments);
}

static int drop(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "notification_drop", call->arguments, NULL,
                               call->n_arguments);
}

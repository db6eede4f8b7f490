/* SPDX-License-Identifier: MIT
 *
 * jmlctl notification: the mails to people, sent or not.
 */
#include "ctl/command.h"

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
    {0},
};

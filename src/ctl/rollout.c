/* SPDX-License-Identifier: MIT
 *
 * jmlctl rollout: changes of the configuration on their way to the people they concern.
 */
#include "ctl/command.h"

static const struct jml_ctl_option list_options[] = {
    {"open", NULL, false, "only those not completed"},
    {"limit", "N", false, "the newest N only"},
    {0},
};

const struct jml_verb jml_ctl_rollout_verbs[] = {
    {
        .noun = "rollout",
        .verb = "list",
        .arguments = "[OPTION]...",
        .summary = "Lists roll-outs with their progress, newest first.",
        .options = list_options,
        .query = "rollout_list",
        .parameters = "open limit",
        .columns = "kind name revision percent done total created_at completed_at",
    },
    {0},
};

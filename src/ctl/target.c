/* SPDX-License-Identifier: MIT
 *
 * jmlctl target: where access is delivered, and how far that is.
 */
#include "ctl/command.h"

const struct jml_verb jml_ctl_target_verbs[] = {
    {
        .noun = "target",
        .verb = "list",
        .arguments = "",
        .summary = "Lists the targets and custom task extensions, with what is on its way to them: open "
                   "deliveries, those that wait for an answer or a person, those that failed and are tried "
                   "again, since when the oldest is due, and what daemons cannot open or reach.",
        .query = "target_list",
        .columns = "display_name kind enabled resources open waiting failing oldest_due trouble "
                   "trouble_since",
    },
    {
        .noun = "target",
        .verb = "show",
        .arguments = "TARGET",
        .summary = "Shows one target or custom task extension, its resources, its document, the last errors "
                   "of what is on its way to it, and whether daemons can open and reach it.",
        .min_arguments = 1,
        .max_arguments = 1,
        .query = "target_show",
        .parameters = "#1",
        .record = true,
    },
    {0},
};

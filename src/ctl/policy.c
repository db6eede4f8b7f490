/* SPDX-License-Identifier: MIT
 *
 * jmlctl policy: assignment policies as they are configured.
 */
#include "ctl/command.h"

static const struct jml_ctl_option list_options[] = {
    {"package", "PACKAGE", false, "only those of this package (name or id)"},
    {0},
};

const struct jml_verb jml_ctl_policy_verbs[] = {
    {
        .noun = "policy",
        .verb = "list",
        .arguments = "[--package PACKAGE]",
        .summary = "Lists the assignment policies of the packages.",
        .options = list_options,
        .query = "policy_list",
        .parameters = "package",
        .columns = "access_package display_name enabled who approval ends questions automatic assignments",
    },
    {
        .noun = "policy",
        .verb = "show",
        .arguments = "ID | PACKAGE POLICY",
        .summary = "Shows one policy in words and its document; a policy's name counts within its "
                   "package.",
        .min_arguments = 1,
        .max_arguments = 2,
        .query = "policy_show",
        .parameters = "#1 #2",
        .record = true,
    },
    {0},
};

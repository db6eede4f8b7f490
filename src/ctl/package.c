/* SPDX-License-Identifier: MIT
 *
 * jmlctl package: access packages as they are configured.
 */
#include "ctl/command.h"

const struct jml_verb jml_ctl_package_verbs[] = {
    {
        .noun = "package",
        .verb = "list",
        .summary = "Lists the access packages.",
        .query = "package_list",
        .columns = "display_name catalog resource_roles policies assignments hidden description",
    },
    {
        .noun = "package",
        .verb = "show",
        .arguments = "PACKAGE",
        .summary = "Shows one package with its resource roles, policies and incompatible packages.",
        .min_arguments = 1,
        .max_arguments = 1,
        .query = "package_show",
        .parameters = "#1",
        .record = true,
    },
    {0},
};

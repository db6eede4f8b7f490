/* SPDX-License-Identifier: MIT
 *
 * jmlctl package: access packages as they are configured, who holds them, and their end.
 */
#include "ctl/package.h"

#include "ctl/outcome.h"

static const struct jml_ctl_option list_options[] = {
    {"catalog", "CATALOG", false, "only those in this catalog (name or id)"},
    {"deleted", NULL, false, "those that were deleted, too"},
    {0},
};

static const struct jml_ctl_option review_options[] = {
    {"confirm", NULL, false, "put on record that these assignments may go on"},
    {"revoke", NULL, false, "put on record that they may not, and request their removal"},
    {"justification", "TEXT", false, "why, for the record"},
    {"never", NULL, false, "only list what nobody has reviewed yet"},
    {"before", "TIME", false, "only list what was not reviewed since this day or time"},
    JML_CTL_WAIT_OPTION,
    {0},
};

const struct jml_verb jml_ctl_package_verbs[] = {
    {
        .noun = "package",
        .verb = "list",
        .arguments = "[OPTION]...",
        .summary = "Lists the access packages.",
        .options = list_options,
        .query = "package_list",
        .parameters = "catalog deleted",
        .columns = "display_name catalog resource_roles policies incompatible assignments hidden "
                   "description",
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
    {
        .noun = "package",
        .verb = "review",
        .arguments = "[PACKAGE] | ASSIGNMENT... --confirm | --revoke",
        .summary = "Lists who holds what since when, by whose gift, and who reviewed it last; or puts a "
                   "review of assignments on record.",
        .options = review_options,
        .max_arguments = -1,
        .run = jml_package_review,
        .query = "package_review",
        .columns = "access_package employee_id display_name since until granted_by reviewed_at "
                   "reviewed_by assignment_id",
    },
    {
        .noun = "package",
        .verb = "delete",
        .arguments = "PACKAGE",
        .summary = "Deletes a package that nobody holds or waits for and no workflow names; what "
                   "happened with it stays on record.",
        .min_arguments = 1,
        .max_arguments = 1,
        .run = jml_package_delete,
    },
    {0},
};

/* SPDX-License-Identifier: MIT
 *
 * jmlctl status: what goes on, on one screen.
 */
#include "ctl/command.h"

const struct jml_verb jml_ctl_status_verbs[] = {
    {
        .noun = "status",
        .summary =
            "Shows daemons, the queue and its age, the next alarms, people by state, what is "
            "held, overdue removals, targets that do not answer.",
        .query = "status_show",
    },
    {0},
};

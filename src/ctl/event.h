/* SPDX-License-Identifier: MIT
 *
 * Event: what does not fit into the table of verbs of event.c.
 */
#ifndef JML_CTL_EVENT_H
#define JML_CTL_EVENT_H

#include "ctl/command.h"

/* jmlctl event submit. */
int jml_event_submit(struct jml_ctl *c, const struct jml_ctl_call *call);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef JML_CTL_TIMELINE_H
#define JML_CTL_TIMELINE_H

#include "ctl/command.h"

/* jmlctl person timeline, but for --audit. Gives the exit code. */
int jml_ctl_person_story(struct jml_ctl *c, const struct jml_ctl_call *call);

#endif

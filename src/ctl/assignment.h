/* SPDX-License-Identifier: MIT
 *
 * Assignment: the verbs that have a file of their own.
 */
#ifndef JML_CTL_ASSIGNMENT_H
#define JML_CTL_ASSIGNMENT_H

#include "ctl/command.h"

int jml_assignment_add(struct jml_ctl *c, const struct jml_ctl_call *call);

#endif

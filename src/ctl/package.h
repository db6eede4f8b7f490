/* SPDX-License-Identifier: MIT
 *
 * Package: the verbs that have a file of their own.
 */
#ifndef JML_CTL_PACKAGE_H
#define JML_CTL_PACKAGE_H

#include "ctl/command.h"

int jml_package_delete(struct jml_ctl *c, const struct jml_ctl_call *call);
int jml_package_review(struct jml_ctl *c, const struct jml_ctl_call *call);

#endif

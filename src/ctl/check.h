/* SPDX-License-Identifier: MIT
 *
 * Check: what would become of a request, without making it. The request is inserted, as it would be, in
 * a transaction that is taken back; what the daemon would decide now is decided here, by the same
 * functions from the same tables. It is for operators: delegates do not see all of these.
 */
#ifndef JML_CTL_CHECK_H
#define JML_CTL_CHECK_H

#include "ctl/command.h"
#include "db/param.h"

/* Inserts, decides, prints one row a person, takes everything back. The insert answers as those of
 * ctl/outcome.h do. Gives the exit code: 1 when one of the requests would be denied. */
int jml_ctl_check(struct jml_ctl *c, const char *insert, const struct jml_param *params,
                  size_t n_params);

#endif

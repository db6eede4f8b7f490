/* SPDX-License-Identifier: MIT
 *
 * Mailing: the outbox (flow/mail.h) as the configuration wants it. Without a server there is none, and
 * every function here does nothing; the same with NULL for what is not there yet.
 */
#ifndef JML_DAEMON_MAILING_H
#define JML_DAEMON_MAILING_H

#include "daemon/daemon.h"
#include "flow/mail.h"

struct jml_mailing;

/* What the options of [mail] have to be together. < 0: BAD_INPUT. */
int jml_mailing_check(const struct jml_config *config, struct jml_err *e);

struct jml_mailing *jml_mailing_new(struct jml_loop *loop, const struct jml_daemon_options *options,
                                    const struct jml_config *config,
                                    const struct jml_mail_callbacks *callbacks);
struct jml_mailing *jml_mailing_free(struct jml_mailing *g); /* NULL is fine; returns NULL */
/* moved: conninfo is another one. */
void jml_mailing_reload(struct jml_mailing *g, const struct jml_config *config, bool moved);
/* People were worked on: there may be mails. */
void jml_mailing_wake(struct jml_mailing *g);
/* true: all that was due after so many batches of people was tried; else idle is called when it was. */
bool jml_mailing_sweep(struct jml_mailing *g, uint64_t batches);
/* true: nothing is in hand; else idle is called. */
bool jml_mailing_stop(struct jml_mailing *g);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Mail: the outbox on its way out. Claims due notifications, hands each to the mail server with no
 * transaction open, and writes what became of them.
 *
 * The attempt is counted, and the row held for a while, in a transaction that is committed before the
 * server hears of it. Killed between the server's 250 and our COMMIT, the same message goes out once more,
 * with the same Message-ID. Several daemons share the work.
 *
 * A server that cannot be reached, or will not have us, is nobody's fault: nothing is claimed while a timer
 * runs, then one mail tries. That is said once. Never blocks; has a connection of its own.
 */
#ifndef JML_FLOW_MAIL_H
#define JML_FLOW_MAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/civil.h"
#include "base/err.h"
#include "mail/smtp.h"

struct jml_loop;
struct jml_mail;

struct jml_mail_options {
    const char *conninfo;
    const char *clock_offset; /* NULL: none */
    struct jml_smtp_options smtp;
    const char *from; /* "jml@example.com", "Access <jml@example.com>" */
    const char *domain; /* of Message-IDs */
    const char *language, *template_directory, *portal_url; /* the latter may be NULL or "" */
    const char *redirect_all_to; /* NULL or "": nothing is redirected */
    const char *digest_at;    /* "07:00": when mails of digest_kinds go out together; NULL, "": at once */
    const char *digest_kinds; /* parted by commas and blanks */
    const char *password_key_file; /* what first passwords are made of; NULL, "": nothing */
    int concurrency;             /* 1..JML_MAIL_CONCURRENCY */
    int rate;                    /* mails a second; 0: as fast as they go */
    jml_time poll_interval, give_up_after, max_age;
    bool enabled; /* else nothing is sent, and rows stay as they are */
};

#define JML_MAIL_CONCURRENCY 32

struct jml_mail_callbacks {
    void *userdata;
    /* Nothing is in hand, and nothing that could be sent is due. Once after each jml_mail_sweep(), and
     * when what was in hand at jml_mail_stop() is done. */
    void (*idle)(void *userdata);
    void (*fatal)(void *userdata, const struct jml_err *e);
};

/* Options are copied. */
struct jml_mail *jml_mail_new(struct jml_loop *loop, const struct jml_mail_options *options,
                              const struct jml_mail_callbacks *callbacks);
struct jml_mail *jml_mail_free(struct jml_mail *m); /* NULL is fine; returns NULL */

/* Take effect when what is in hand is done. reconnect: conninfo changed. */
void jml_mail_set_options(struct jml_mail *m, const struct jml_mail_options *options, bool reconnect);
/* There may be mails: look now. */
void jml_mail_wake(struct jml_mail *m);
/* Look for all that is due, then call idle. */
void jml_mail_sweep(struct jml_mail *m);
/* Claim nothing more; true when nothing is in hand. */
bool jml_mail_stop(struct jml_mail *m);

/* How long to wait after so many attempts: a minute, doubled up to an hour; and all the waiting up to then. */
jml_time jml_mail_delay(int attempts);
jml_time jml_mail_waited(int attempts);

#endif

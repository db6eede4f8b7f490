/* SPDX-License-Identifier: MIT
 *
 * SMTP: hands one message to the mail server for one recipient (RFC 5321, 3207, 4954), by libcurl in the
 * event loop. What the answer means is told apart: the recipient's fault, a matter of time, or the
 * server itself, in which case nothing else would go either.
 *
 * The certificate and its name are verified; without TLS only a server on this machine is spoken to.
 */
#ifndef JML_MAIL_SMTP_H
#define JML_MAIL_SMTP_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct jml_transfers;
struct jml_smtp_sending;

enum jml_smtp_security { JML_SMTP_STARTTLS, JML_SMTP_TLS, JML_SMTP_NONE };

struct jml_smtp_options {
    const char *server; /* smtp://host[:port], smtps://host[:port] (implicit TLS) */
    enum jml_smtp_security security;
    const char *username;      /* NULL or "": no AUTH */
    const char *password_file; /* absolute, or within the credentials directory */
    const char *credentials_directory; /* NULL: none */
    const char *ca_file; /* NULL or "": those of the system */
    const char *domain;  /* we say we are (EHLO) */
    int64_t timeout;     /* microseconds that one transaction may take */
};

enum jml_smtp_outcome {
    JML_SMTP_TAKEN,
    JML_SMTP_LATER,       /* 4xx to this recipient or this message */
    JML_SMTP_REFUSED,     /* 5xx to this recipient or this message */
    JML_SMTP_UNREACHABLE, /* connection, certificate, password, sender: not this message's fault */
};

typedef void (*jml_smtp_done)(void *userdata, enum jml_smtp_outcome outcome, const char *words);

/* Whether server and security go together. < 0: BAD_INPUT. */
int jml_smtp_check_server(const struct jml_smtp_options *o, struct jml_err *e);
/* Whether mails can be sent with these at all; reads the password, too. < 0: BAD_INPUT. */
int jml_smtp_check(const struct jml_smtp_options *o, struct jml_err *e);

/* done is called once, from the loop; words say what was answered, in one line. The message is copied.
 * NULL: it could not begin (BAD_INPUT), and done is not called. */
struct jml_smtp_sending *jml_smtp_send(struct jml_transfers *transfers,
                                       const struct jml_smtp_options *o, const char *from,
                                       const char *to, const char *message, size_t length,
                                       jml_smtp_done done, void *userdata, struct jml_err *e);
/* Also while it is under way, and from done. NULL is fine; returns NULL. */
struct jml_smtp_sending *jml_smtp_free(struct jml_smtp_sending *s);

/* What an answer means: the result of libcurl, the last reply code, libcurl's words. */
enum jml_smtp_outcome jml_smtp_judge(CURLcode result, long code, const char *words);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Message: a mail as bytes, out of its parts (RFC 5322, 2045 to 2047): headers, and a text with its twin
 * in HTML as multipart/alternative, all in lines of at most 76 characters that end with CRLF.
 *
 * Whatever the values are, a header stays one header: control characters, also the invisible ones of
 * Unicode, become blanks, broken UTF-8 becomes U+FFFD. Pure: the same parts give the same bytes.
 */
#ifndef JML_MAIL_MESSAGE_H
#define JML_MAIL_MESSAGE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/civil.h"
#include "base/err.h"

struct jml_mailbox {
    const char *name; /* for people; NULL: none */
    const char *address;
};

struct jml_message_parts {
    struct jml_mailbox from, to;
    const char *const *cc; /* addresses */
    size_t n_cc;
    const char *original_to; /* of a rehearsal: whom it would have gone to; NULL */
    const char *subject;
    const char *text, *html; /* UTF-8, lines end with \n */
    const char *language;    /* "de"; NULL: not said */
    const char *kind;
    const char *dedup_key; /* what must not be sent twice: the Message-ID is its digest */
    const char *domain;    /* of the Message-ID */
    jml_time date;
};

/* < 0: BAD_INPUT: an address is none, or not ASCII. */
int jml_message_format(struct jml_arena *a, const struct jml_message_parts *m, const char **ret_bytes,
                       size_t *ret_length, struct jml_err *e);

/* "<64 hex digits@domain>": the same for the same key, always. */
const char *jml_message_id_of(struct jml_arena *a, const char *dedup_key, const char *domain);

/* One line of clean text: what a value may add to a header or to a sentence. */
const char *jml_message_line(struct jml_arena *a, const char *text);
/* The same with its lines: \n, and nothing else that steers. */
const char *jml_message_text(struct jml_arena *a, const char *text);

/* "jmld <jml@example.com>" or "jml@example.com". < 0: BAD_INPUT. */
int jml_mailbox_parse(struct jml_arena *a, const char *text, struct jml_mailbox *ret,
                      struct jml_err *e);

#endif

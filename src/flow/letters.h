/* SPDX-License-Identifier: MIT
 *
 * Letters: rows of the outbox as a message, for whom, in whose language: one row each, or those of a digest
 * in one. Private to src/flow.
 */
#ifndef JML_FLOW_LETTERS_H
#define JML_FLOW_LETTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/id.h"

struct jml_letters;
struct jml_mail_options;
struct jml_result;

/* A row, which gets what became of the message, unless it was too old to be in it. */
struct jml_letter_of {
    struct jml_id id;
    bool too_old;
};

struct jml_letter_row {
    struct jml_arena arena; /* of the rest */
    const struct jml_letter_of *of;
    size_t n_of;
    const char *kind;
    int attempts; /* this one counted */
    bool too_old; /* all of it */
    const char *problem; /* "code: words": it cannot be sent to anybody; NULL */
    const char *waits; /* likewise, but perhaps later; NULL */
    const char *sender;
    const char *const *to; /* the recipient, then those in copy: each gets a transaction of its own */
    size_t n_to;
    const char *taken; /* addresses that have it, a line each; NULL: none */
    const char *message;
    size_t length;
};

/* The options must outlive it. */
struct jml_letters *jml_letters_new(const struct jml_mail_options *o);
struct jml_letters *jml_letters_free(struct jml_letters *l); /* NULL is fine; returns NULL */

/* The rows of mail_claim from there on that go out as one; how many. The row's arena must be empty. */
size_t jml_letters_read(struct jml_letters *l, const struct jml_result *r, size_t at,
                      struct jml_letter_row *ret_row);

bool jml_letters_has_taken(const struct jml_letter_row *row, const char *address);
void jml_letters_take(struct jml_letter_row *row, const char *address);

#endif

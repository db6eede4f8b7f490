/* SPDX-License-Identifier: MIT
 *
 * Str: a string that is built piece by piece in an arena. Always NUL-terminated once something
 * was added; may hold NUL bytes (length counts them).
 */
#ifndef JML_BASE_STR_H
#define JML_BASE_STR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct jml_str {
    struct jml_arena *arena;
    char *text; /* NULL until the first add */
    size_t length, cap;
};

#define JML_STR_INIT(a) ((struct jml_str){.arena = (a)})

void jml_str_add(struct jml_str *s, const char *text);
void jml_str_add_n(struct jml_str *s, const void *bytes, size_t n);
void jml_str_add_char(struct jml_str *s, char c);
void jml_str_addf(struct jml_str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The text so far, "" when nothing was added. */
const char *jml_str_text(const struct jml_str *s);

/* Small helpers on plain strings. NULL equals only NULL. */
bool jml_streq(const char *a, const char *b);
bool jml_strcaseeq(const char *a, const char *b); /* ASCII */
bool jml_str_starts(const char *s, const char *prefix);
/* The same without regard to upper and lower case: of ASCII, Latin, Greek and Cyrillic letters, one
 * by one, whatever the locale. */
bool jml_str_fold_equal(const char *a, const char *b);
bool jml_str_fold_starts(const char *s, const char *prefix);
bool jml_str_fold_ends(const char *s, const char *suffix);
bool jml_str_fold_contains(const char *s, const char *part);
/* The same text for all that jml_str_fold_equal() says are equal: small letters. What is not UTF-8 stays. */
char *jml_str_fold(struct jml_arena *a, const char *s);
/* true when s is valid UTF-8 without NUL, control characters (also U+0080..9F) or U+FFFE/F. */
bool jml_str_printable(const char *s);
/* Whether a character is there to steer a terminal or a reader's eye: controls, what turns the writing
 * direction, what is not seen at all. Joiners are not among them: words need them. */
bool jml_code_point_steers(uint32_t c);
/* The same text with instead for each of those, and for each byte that is no UTF-8. */
char *jml_str_plain(struct jml_arena *a, const char *s, const char *instead);
/* true when the n bytes at s are UTF-8 as RFC 3629 has it (NUL included). */
bool jml_str_is_utf8(const char *s, size_t n);
/* Number of code points of valid UTF-8. */
size_t jml_str_code_points(const char *s);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Letter: what template.c, letter.c and markup.c have in common. Private to src/mail.
 */
#ifndef JML_MAIL_LETTER_H
#define JML_MAIL_LETTER_H

#include "mail/template.h"

/* The value of a placeholder, as it is; "" where there is none now; NULL: no name of ours. */
const char *jml_letter_value(struct jml_arena *a, const struct jml_letter *l, const char *name);
/* The page of the portal for this letter, or NULL. */
const char *jml_letter_portal(struct jml_arena *a, const struct jml_letter *l);
/* Adds text with &, <, >, " and ' escaped. */
void jml_html_add(struct jml_str *out, const char *text, size_t n);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Template: the words of a mail (jmld-templates(5)).
 *
 * A folder holds KIND.LANGUAGE.txt ("Subject: ...", a blank line, the text), KIND.LANGUAGE.html for its
 * twin, and layout.html around every twin. Without a file the words of the notification itself count, and
 * the twin is made of the text; without a folder, too.
 *
 * Values come from people: in texts they are one clean line each, in HTML they are escaped as well. Files
 * are trusted, and read once.
 */
#ifndef JML_MAIL_TEMPLATE_H
#define JML_MAIL_TEMPLATE_H

#include <stdbool.h>

#include "base/value.h"

struct jml_templates;

/* NULL or "": no folder. A file that cannot be used is told once through tell; the next best counts. */
typedef void (*jml_templates_tell)(void *userdata, const char *problem);
struct jml_templates *jml_templates_new(const char *directory, const char *language,
                                        jml_templates_tell tell, void *userdata);
struct jml_templates *jml_templates_free(struct jml_templates *t); /* NULL is fine; returns NULL */

/* What is known about one notification. Strings may be NULL, values too. */
struct jml_letter {
    const char *kind;
    const char *language; /* wished for: "de-AT", "en_us"; NULL: that of the configuration */
    const char *subject, *body;         /* its own words */
    const struct jml_value *parameters; /* of the notification; NULL: its own words count */
    const struct jml_value *user;       /* attributes of whom it is about */
    const char *employee_id;
    const char *manager_name, *manager_mail;
    const char *recipient_name;
    const char *letters; /* of a digest: those that it is made of, as text; NULL */
    const char *pass; /* the password it tells; NULL: none */
    const char *portal_url; /* with placeholders of its own; NULL: there is none */
};

struct jml_words {
    const char *subject, *text, *html;
    const char *language; /* of the words, where known; NULL */
};

void jml_templates_write(struct jml_templates *t, struct jml_arena *a, const struct jml_letter *l,
                         struct jml_words *ret);

/* ---- the pieces, for tests and checks ---- */

enum jml_escape { JML_ESCAPE_NONE, JML_ESCAPE_HTML, JML_ESCAPE_URL };
/* Replaces {{name}}; {{#name}}...{{/name}} stays where there is a value, {{^name}}...{{/name}} where
 * there is none. What is no name of ours stays as it is. */
const char *jml_template_fill(struct jml_arena *a, const struct jml_letter *l, const char *text,
                              enum jml_escape escape);
/* Text with <b> <i> <u> and <a href="http..."> as HTML that holds nothing else; and without them. */
const char *jml_markup_to_html(struct jml_arena *a, const char *text);
const char *jml_markup_to_text(struct jml_arena *a, const char *text);
/* Plain text as HTML: paragraphs, lines, links, and what is indented as it stands. */
const char *jml_text_to_html(struct jml_arena *a, const char *text);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Setting: what texts in the settings of targets may be. Documents are held to it when they are
 * applied, and the kinds again when they are opened, so that what stands in the database already is
 * not above it.
 */
#ifndef JML_CORE_SETTING_H
#define JML_CORE_SETTING_H

#include <stdbool.h>

#include "base/arena.h"

/* A variable that programs may be given: JML_ and more of A to Z, 0 to 9 and _. Any other could make
 * the program, its shell or its loader run what is not in the directory of programs (BASH_ENV,
 * LD_PRELOAD, PATH, PERL5OPT, ...), and there is no end of such names. */
bool jml_setting_is_variable(const char *name);
#define JML_SETTING_VARIABLE \
    "must begin with JML_, and go on with A to Z, 0 to 9 and _: other variables could make the " \
    "program run something else; whatever it needs of them it sets itself"

/* A file in the directory of programs: a name without a path and without control characters. */
bool jml_setting_is_program(const char *name);

/* What a header is called (RFC 9110, 5.6.2), and whether its name says that a secret is in it. */
bool jml_setting_is_header(const char *name);
bool jml_setting_is_secret_header(const char *name);

/* text with "x" in the place of every {{...}}; *ret_n: how many there were. */
const char *jml_setting_filled(struct jml_arena *a, const char *text, int *ret_n);
/* A filter in parentheses (RFC 4515), a distinguished name (RFC 4514), a filter of SCIM whose quotes,
 * brackets and parentheses close. Without {{...}}: fill it before. */
bool jml_setting_is_ldap_filter(const char *text);
bool jml_setting_is_dn(const char *text);
bool jml_setting_is_scim_filter(const char *text);

/* Whether a connection string of libpq says the keyword. */
bool jml_setting_conninfo_says(const char *conninfo, const char *keyword);

#endif

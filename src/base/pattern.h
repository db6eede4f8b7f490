/* SPDX-License-Identifier: MIT
 *
 * Pattern: a regular expression that an answer has to match (Graph's regexPattern, a .NET one used
 * with IsMatch: it may match anywhere, so an author who wants the whole says ^...$). PCRE2 reads it:
 * code points, Unicode's classes, \u0041 as in .NET. What only .NET knows does not compile.
 *
 * Patterns come from documents and texts from people: both have limits, and a text that costs more
 * than those allow does not match.
 */
#ifndef JML_BASE_PATTERN_H
#define JML_BASE_PATTERN_H

#include <stdbool.h>

#include "base/err.h"

/* < 0: BAD_INPUT, "column 5: missing closing parenthesis". */
int jml_pattern_check(const char *pattern, struct jml_err *e);
/* false, too: the pattern does not compile, the text is no UTF-8, or the limits were met. */
bool jml_pattern_matches(const char *pattern, const char *text);

#endif

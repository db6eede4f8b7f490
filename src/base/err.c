/* SPDX-License-Identifier: MIT
 *
 * Err: see err.h. Nothing here allocates.
 */
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int jml_err_set_at(struct jml_err *e, enum jml_err_class class, const char *file, int line,
                   const char *fmt, ...)
{
    va_list ap;

    e->class = class;
    e->sqlstate[0] = '\0';
    e->constraint[0] = '\0';
    e->file = file;
    e->line = line;
    va_start(ap, fmt);
    vsnprintf(e->message, sizeof(e->message), fmt, ap);
    va_end(ap);
    return -1;
}

int jml_err_prefix(struct jml_err *e, const char *fmt, ...)
{
    char old[sizeof(e->message)];
    va_list ap;
    size_t n;

    memcpy(old, e->message, sizeof(old));
    va_start(ap, fmt);
    vsnprintf(e->message, sizeof(e->message), fmt, ap);
    va_end(ap);
    n = strlen(e->message);
    snprintf(e->message + n, sizeof(e->message) - n, ": %s", old);
    return -1;
}

const char *jml_err_class_name(enum jml_err_class class)
{
    switch (class) {
    case JML_ERR_NONE:
        return "none";
    case JML_ERR_TRANSIENT:
        return "transient";
    case JML_ERR_UNCERTAIN:
        return "uncertain";
    case JML_ERR_REFUSED:
        return "refused";
    case JML_ERR_BAD_INPUT:
        return "bad input";
    case JML_ERR_SCHEMA:
        return "schema";
    case JML_ERR_BUG:
        return "bug";
    }
    return "bug";
}

void jml_bug_at(const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "%s:%d: ", file, line);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    abort();
}

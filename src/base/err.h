/* SPDX-License-Identifier: MIT
 *
 * Errors: how a function says that it could not do its work.
 *
 * Every function that can fail returns int:
 *     0   done;
 *   > 0   an answer of this very function (an enum beside its declaration), which the direct
 *         caller handles and never passes on;
 *   < 0   fatal for the caller's purpose, passed on unchanged by everybody. `struct jml_err` was
 *         filled once, where the error arose; callers may only put words in front of it.
 *
 * The class says what has to happen next; nothing decides by comparing messages.
 * A message is lower case, without a full stop, and names the place and the remedy.
 */
#ifndef JML_BASE_ERR_H
#define JML_BASE_ERR_H

#include <stdarg.h>

enum jml_err_class {
    JML_ERR_NONE,
    JML_ERR_TRANSIENT, /* connection, deadlock, resources: try again later */
    JML_ERR_UNCERTAIN, /* connection lost during COMMIT: look before doing it again */
    JML_ERR_REFUSED,   /* a rule says no: an answer, not a failure */
    JML_ERR_BAD_INPUT, /* what came in cannot be used: say where */
    JML_ERR_SCHEMA,    /* the database or the configuration is not ours: stop, exit 78 */
    JML_ERR_BUG,       /* cannot happen */
};

struct jml_err {
    enum jml_err_class class;
    char sqlstate[6];    /* "" unless PostgreSQL said it */
    char constraint[64]; /* "" unless that one of its constraints refused */
    const char *file; /* origin, for the log at debug level */
    int line;
    char message[1024];
};

/* Fills *e and returns a negative number, so that `return jml_err_set(...)` reads as one act. */
#define jml_err_set(e, class, ...) jml_err_set_at((e), (class), __FILE__, __LINE__, __VA_ARGS__)
int jml_err_set_at(struct jml_err *e, enum jml_err_class class, const char *file, int line,
                   const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Puts "words: " in front of the message. Returns a negative number. */
int jml_err_prefix(struct jml_err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "transient", "refused", ...: the stable word for logs. */
const char *jml_err_class_name(enum jml_err_class class);

/* Prints file, line and the words to stderr and aborts. The truth is in PostgreSQL. */
_Noreturn void jml_bug_at(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#define jml_bug(...) jml_bug_at(__FILE__, __LINE__, __VA_ARGS__)

#endif

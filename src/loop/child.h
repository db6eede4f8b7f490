/* SPDX-License-Identifier: MIT
 *
 * Child: a program of its own process group, with an empty environment but for what is given, no shell, text
 * on its standard input, and what it says kept up to a limit.
 */
#ifndef JML_LOOP_CHILD_H
#define JML_LOOP_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct jml_loop;
struct jml_child;

struct jml_child_options {
    const char *path;              /* absolute */
    const char *const *argv;       /* NULL-terminated, argv[0] included */
    const char *const *environment; /* NULL-terminated, "NAME=value"; NULL: empty */
    const char *input;             /* for its standard input */
    size_t input_length;
    size_t output_max;             /* of standard output and of standard error, each */
    int64_t deadline;              /* microseconds: then SIGTERM to the group, SIGKILL two seconds later */
};

typedef void (*jml_child_done)(void *userdata, struct jml_child *c);

/* < 0: it could not be started (BAD_INPUT: no such program, not ours to run; TRANSIENT: no process, no memory). */
int jml_child_start(struct jml_loop *loop, const struct jml_child_options *options, jml_child_done done,
                    void *userdata, struct jml_child **ret_child, struct jml_err *e);
/* Also from done; while it runs its group is killed, and done is not called. */
struct jml_child *jml_child_free(struct jml_child *c);

/* In done: the exit status; -1: ended by a signal, which *ret_signal tells; timed out likewise. */
int jml_child_status(const struct jml_child *c, int *ret_signal);
bool jml_child_timed_out(const struct jml_child *c);
/* A zero byte stands behind each. */
const char *jml_child_output(const struct jml_child *c, size_t *ret_length);
const char *jml_child_errors(const struct jml_child *c);

#endif

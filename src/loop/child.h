/* SPDX-License-Identifier: MIT
 *
 * Child: a program in a process group of its own, with nothing of ours but what it is given: no
 * shell, the environment as listed, / as its directory, no descriptor but 0, 1 and 2, signals as a
 * fresh process has them, text on its standard input, and what it says kept up to a limit (the rest
 * is read and dropped).
 *
 * It is over when the program itself has ended, whoever else still has its pipes: what is left of
 * its group is killed then, so that nothing outlives a call but what made a session of its own. A
 * program that does not read its input is not waited for. Every process is reaped; also one that is
 * freed while it runs, which the loop waits for. The process has to ignore SIGPIPE.
 */
#ifndef JML_LOOP_CHILD_H
#define JML_LOOP_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct jml_loop;
struct jml_child;

/* All of it is copied, or used up, by the start. */
struct jml_child_options {
    const char *path;               /* absolute */
    const char *const *argv;        /* NULL-terminated, argv[0] included */
    const char *const *environment; /* NULL-terminated, "NAME=value"; NULL: empty */
    const char *input;              /* for its standard input; then comes the end of it */
    size_t input_length;
    size_t output_max; /* of standard output and of standard error, each */
    int64_t
        deadline; /* microseconds: then SIGTERM to the group, SIGKILL two seconds later; 0: none */
};

typedef void (*jml_child_done)(void *userdata, struct jml_child *c);

/* done is called once, from the loop, never from within. < 0: it could not be started.
 *   BAD_INPUT  this program will not run: it is not there, is not ours to run, has no interpreter
 *   REFUSED    its arguments and environment are too long for the system
 *   TRANSIENT  no process, no memory, no descriptor, or somebody writes to the file */
int jml_child_start(struct jml_loop *loop, const struct jml_child_options *options,
                    jml_child_done done, void *userdata, struct jml_child **ret_child,
                    struct jml_err *e);
/* Also from done; while it runs its group is killed at once, and done is not called. NULL is fine.
 */
struct jml_child *jml_child_free(struct jml_child *c);

/* In done: the exit status; -1: ended by a signal, which *ret_signal tells (0: nobody knows). */
int jml_child_status(const struct jml_child *c, int *ret_signal);
/* The deadline came first, whatever the program made of it. */
bool jml_child_timed_out(const struct jml_child *c);
/* A zero byte stands behind each. */
const char *jml_child_output(const struct jml_child *c, size_t *ret_length);
const char *jml_child_errors(const struct jml_child *c);
/* It said more on its standard output than was kept. */
bool jml_child_output_was_cut(const struct jml_child *c);

#endif

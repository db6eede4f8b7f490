/* SPDX-License-Identifier: MIT
 *
 * Exec: a program of the administrator's does it. Settings: program, arguments, environment,
 * attributes, canList, listArguments; jmld-targets(5) is what authors of programs read.
 *
 * The configuration names a program within [targets] programs_directory and no other: who may apply
 * documents cannot run what root did not put there. At every call it is looked at anew, so that a
 * program that is missing for a while makes the target unreachable for as long, and no longer. No
 * shell takes part; values of people reach the program as whole arguments and as JSON.
 *
 * Idempotent is what the program makes of the same id; jmld says it is the same by the same id.
 *
 * A program that does not end in time is UNREACHABLE: what hangs once hangs for the next one, too,
 * and each costs a process. One that a signal ended is LATER: that is about this call (a crash, the
 * kernel short of memory).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "core/setting.h"
#include "loop/child.h"
#include "target/answer.h"
#include "target/kinds.h"

enum {
    EXIT_DONE = 0,
    EXIT_UNREACHABLE = 69, /* EX_UNAVAILABLE */
    EXIT_LATER = 75,       /* EX_TEMPFAIL */

    OUTPUT_MAX = 65536,
    LIST_MAX = 64 << 20,
};
#define ENDING (5 * JML_SECOND / 2) /* left of the deadline for a program to be ended in */

struct jml_target {
    struct jml_arena arena;
    struct jml_loop *loop;
    const char *name, *directory, *program;
    const struct jml_value *settings;
    const char *const *environment;
};

/* An operation or a listing under way. */
struct call {
    struct jml_target *target;
    struct jml_operation *op;
    struct jml_listing *listing;
    struct jml_child *child;
};

static int environment_make(struct jml_target *t, const struct jml_target_setup *setup,
                            struct jml_err *e);
static const char *program_find(const struct jml_target *t, struct jml_arena *a, struct jml_err *e);
static const char *const *arguments_make(struct jml_target *t, struct jml_operation *op,
                                         const struct jml_value *document, const char **ret_error);
static int call_start(struct call *call, struct jml_arena *a, const char *path,
                      const char *const *argv, const struct jml_value *document, size_t output_max,
                      int64_t deadline, jml_child_done done, struct jml_err *e);
static void operation_done(void *userdata, struct jml_child *c);
static void listing_done(void *userdata, struct jml_child *c);

static int exec_open(const struct jml_target_setup *setup, struct jml_target **ret_target,
                     struct jml_err *e)
{
    const char *program = jml_value_find_string(setup->settings, "program");
    struct jml_target *t;
    int r;

    if (!program || !jml_setting_is_program(program))
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "target '%s': program must be the name of a file in the directory of "
                           "programs, without a path",
                           setup->name);
    if (!setup->programs_directory || setup->programs_directory[0] != '/')
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "target '%s': programs are run from one directory only, and none is "
                           "configured (jmld.conf)",
                           setup->name);
    if (jml_setting_texts_check(setup, "arguments", e) < 0 ||
        jml_setting_texts_check(setup, "listArguments", e) < 0 ||
        jml_setting_texts_check(setup, "attributes", e) < 0)
        return -1;
    t = calloc(1, sizeof *t);
    if (!t)
        jml_bug("out of memory");
    jml_arena_init(&t->arena);
    t->loop = setup->loop;
    t->name = setup->name;
    t->directory = setup->programs_directory;
    t->program = program;
    t->settings = setup->settings;
    r = environment_make(t, setup, e);
    if (r < 0) {
        jml_arena_fini(&t->arena);
        free(t);
        return r;
    }
    *ret_target = t;
    return 0;
}

static void exec_close(struct jml_target *t)
{
    jml_arena_fini(&t->arena);
    free(t);
}

static enum jml_outcome outcome_of(const struct jml_err *e)
{
    return e->class == JML_ERR_TRANSIENT ? JML_OUTCOME_LATER
           : e->class == JML_ERR_REFUSED ? JML_OUTCOME_FAILED
                                         : JML_OUTCOME_UNREACHABLE;
}

static void exec_start(struct jml_target *t, struct jml_operation *op)
{
    const struct jml_value *document = jml_operation_document(op, t->settings);
    struct call *call = jml_new(op->arena, struct call);
    const char *const *argv;
    const char *path, *wrong;
    struct jml_err e;

    *call = (struct call){.target = t, .op = op};
    argv = arguments_make(t, op, document, &wrong);
    if (!argv) {
        jml_operation_finish(op, JML_OUTCOME_FAILED, "%s", wrong);
        return;
    }
    path = program_find(t, op->arena, &e);
    if (!path || call_start(call, op->arena, path, argv, document, OUTPUT_MAX, op->deadline,
                            operation_done, &e) < 0) {
        jml_operation_finish(op, outcome_of(&e), "no_program: %s", e.message);
        return;
    }
    op->call = call;
}

static void exec_cancel(struct jml_target *t, struct jml_operation *op)
{
    struct call *call = op->call;

    (void)t;
    jml_child_free(call->child);
    op->call = NULL;
}

static void exec_list(struct jml_target *t, struct jml_listing *l)
{
    const struct jml_value *texts = jml_value_find(t->settings, "listArguments");
    struct call *call = jml_new(l->arena, struct call);
    const char **argv = jml_new_n(l->arena, const char *, (texts ? texts->n : 0) + 2);
    const char *path;
    struct jml_err e;

    if (!jml_value_find_bool(t->settings, "canList", false)) {
        jml_listing_finish(l, JML_OUTCOME_FAILED, "not_supported: the setting canList is not true");
        return;
    }
    *call = (struct call){.target = t, .listing = l};
    argv[0] = t->program;
    for (uint32_t i = 0; texts && i < texts->n; i++)
        argv[i + 1] = texts->items[i]->text;
    path = program_find(t, l->arena, &e);
    if (!path || call_start(call, l->arena, path, argv, jml_listing_document(l), LIST_MAX,
                            l->deadline, listing_done, &e) < 0) {
        jml_listing_finish(l, outcome_of(&e), "no_program: %s", e.message);
        return;
    }
    l->call = call;
}

static void exec_cancel_list(struct jml_target *t, struct jml_listing *l)
{
    struct call *call = l->call;

    (void)t;
    jml_child_free(call->child);
    l->call = NULL;
}

const struct jml_target_kind jml_target_exec = {
    .name = "exec",
    .open = exec_open,
    .close = exec_close,
    .start = exec_start,
    .cancel = exec_cancel,
    .list = exec_list,
    .cancel_list = exec_cancel_list,
};

/* ---- what it is started with ---- */

/* What a script takes for granted, where the secrets are, and what the settings say. Those cannot
 * name a variable that a shell, a loader or an interpreter knows: core/setting.h. */
static int environment_make(struct jml_target *t, const struct jml_target_setup *setup,
                            struct jml_err *e)
{
    const struct jml_value *given = jml_value_find(setup->settings, "environment");
    uint32_t n_given = given ? given->n : 0, n = 0;
    const char **all = jml_new_n(&t->arena, const char *, n_given + 4);

    if (given && given->type != JML_OBJECT)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': environment must be an object",
                           setup->name);
    for (uint32_t i = 0; i < n_given; i++) {
        if (!jml_setting_is_variable(given->keys[i]))
            return jml_err_set(e, JML_ERR_BAD_INPUT,
                               "target '%s': environment: '%s' " JML_SETTING_VARIABLE, setup->name,
                               given->keys[i]);
        if (given->items[i]->type != JML_STRING)
            return jml_err_set(e, JML_ERR_BAD_INPUT,
                               "target '%s': environment: '%s' must be a text", setup->name,
                               given->keys[i]);
        all[n++] = jml_printf(&t->arena, "%s=%s", given->keys[i], given->items[i]->text);
    }
    all[n++] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    all[n++] = "LC_ALL=C.UTF-8";
    if (setup->credentials_directory)
        all[n++] = jml_printf(&t->arena, "CREDENTIALS_DIRECTORY=%s", setup->credentials_directory);
    t->environment = all;
    return 0;
}

/* The program and its arguments with this person's values. A value that would be taken for an
 * option is refused, unless the arguments before it end the options by "--". NULL: *ret_error says
 * why not. */
static const char *const *arguments_make(struct jml_target *t, struct jml_operation *op,
                                         const struct jml_value *document, const char **ret_error)
{
    const struct jml_value *texts = jml_value_find(t->settings, "arguments");
    const char **argv = jml_new_n(op->arena, const char *, (texts ? texts->n : 0) + 2);
    struct jml_operation filled = *op;
    bool no_options = false;

    filled.attributes = jml_value_with(op->arena, op->attributes, "operation", document);
    argv[0] = t->program;
    for (uint32_t i = 0; texts && i < texts->n; i++) {
        const char *text = texts->items[i]->text, *missing = NULL;
        const char *argument = jml_operation_expand(&filled, text, NULL, &missing);

        if (!argument) {
            *ret_error =
                jml_printf(op->arena, "no_value: there is none for {{%s}} in arguments", missing);
            return NULL;
        }
        if (argument[0] == '-' && text[0] != '-' && !no_options) {
            *ret_error = jml_printf(op->arena,
                                    "bad_value: that of %s would be an option of the program: put \"--\" "
                                    "before it in arguments",
                                    text);
            return NULL;
        }
        no_options |= jml_streq(text, "--");
        argv[i + 1] = argument;
    }
    return argv;
}

/* ---- the program ---- */

/* Whether path is root's and nobody else's to change; may_be_sticky: /tmp and its like will do,
 * where nobody replaces what is another's. */
static bool is_safe(const char *path, bool may_be_sticky, struct jml_err *e)
{
    struct stat st;

    if (lstat(path, &st) < 0) {
        jml_err_set(e, JML_ERR_BAD_INPUT, "%s: %s", path, strerror(errno));
        return false;
    }
    if (st.st_uid != 0) {
        jml_err_set(e, JML_ERR_BAD_INPUT, "%s does not belong to root", path);
        return false;
    }
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) && !(may_be_sticky && (st.st_mode & S_ISVTX))) {
        jml_err_set(e, JML_ERR_BAD_INPUT, "%s can be changed by others than root: chmod go-w it",
                    path);
        return false;
    }
    return true;
}

/* Where the program is, symbolic links resolved. NULL: there is none that may be run. */
static const char *program_find(const struct jml_target *t, struct jml_arena *a, struct jml_err *e)
{
    const char *path = jml_printf(a, "%s/%s", t->directory, t->program);
    char directory[PATH_MAX], found[PATH_MAX], part[PATH_MAX];
    size_t n;
    struct stat st;

    if (!realpath(t->directory, directory) || !realpath(path, found)) {
        jml_err_set(e, JML_ERR_BAD_INPUT, "%s: %s", path, strerror(errno));
        return NULL;
    }
    n = strlen(directory);
    if (strncmp(found, directory, n) != 0 || found[n] != '/') {
        jml_err_set(e, JML_ERR_BAD_INPUT, "%s is %s, which is out of the directory of programs",
                    path, found);
        return NULL;
    }
    strcpy(part, found);
    for (char *end; (end = strrchr(part, '/')); *end = 0)
        if (!is_safe(part, strlen(part) < n, e))
            return NULL;
    if (!is_safe("/", true, e))
        return NULL;
    if (stat(found, &st) < 0 || !S_ISREG(st.st_mode)) {
        jml_err_set(e, JML_ERR_BAD_INPUT, "%s is not a file", found);
        return NULL;
    }
    if (faccessat(AT_FDCWD, found, X_OK, AT_EACCESS) < 0) {
        jml_err_set(e, JML_ERR_BAD_INPUT, "%s is not executable for jmld", found);
        return NULL;
    }
    return jml_strdup(a, found);
}

static int call_start(struct call *call, struct jml_arena *a, const char *path,
                      const char *const *argv, const struct jml_value *document, size_t output_max,
                      int64_t deadline, jml_child_done done, struct jml_err *e)
{
    const char *input = jml_printf(a, "%s\n", jml_value_text(a, document));
    struct jml_child_options options = {.path = path,
                                        .argv = argv,
                                        .environment = call->target->environment,
                                        .input = input,
                                        .input_length = strlen(input),
                                        .output_max = output_max};

    options.deadline = deadline > 2 * ENDING ? deadline - ENDING : deadline / 2;
    return jml_child_start(call->target->loop, &options, done, call, &call->child, e);
}

/* ---- what it says ---- */

/* The outcome by how it ended, and why in words; DONE: it did what it was to do. */
static enum jml_outcome judge(const struct jml_child *c, struct jml_arena *a,
                              const struct jml_operation *op, const char **ret_error)
{
    const char *words = jml_answer_words(a, op, jml_child_errors(c));
    const char *colon = words[0] ? ": " : "";
    int status, ended_by = 0;

    status = jml_child_status(c, &ended_by);
    if (jml_child_timed_out(c)) {
        *ret_error = jml_printf(a, "no_answer: the program did not end in time%s%s", colon, words);
        return JML_OUTCOME_UNREACHABLE;
    }
    if (status < 0) {
        *ret_error =
            jml_printf(a, "signal: %d ended the program%s%s", ended_by, colon, words);
        return JML_OUTCOME_LATER;
    }
    if (status == EXIT_DONE) {
        *ret_error = NULL;
        return JML_OUTCOME_DONE;
    }
    *ret_error = jml_printf(a, "exit_status: %d%s%s", status, colon, words);
    return status == EXIT_LATER         ? JML_OUTCOME_LATER
           : status == EXIT_UNREACHABLE ? JML_OUTCOME_UNREACHABLE
                                        : JML_OUTCOME_FAILED;
}

static void operation_done(void *userdata, struct jml_child *c)
{
    struct call *call = userdata;
    struct jml_operation *op = call->op;
    const struct jml_value *answer = NULL;
    const char *output, *error;
    enum jml_outcome outcome = judge(c, op->arena, op, &error);
    struct jml_err ignored;
    size_t n;

    /* Whatever is no object is talk. */
    output = jml_child_output(c, &n);
    if (output[strspn(output, " \t\r\n")] == '{' && !jml_child_output_was_cut(c) &&
        jml_value_parse(op->arena, output, n, 8, &answer, &ignored) == 0)
        jml_answer_read(op, answer);
    jml_child_free(c);
    if (outcome == JML_OUTCOME_DONE && jml_value_find_bool(answer, "confirmed", false))
        outcome = JML_OUTCOME_CONFIRMED;
    jml_operation_finish(op, outcome, error ? "%s" : NULL, error);
}

static bool accounts_read(struct jml_listing *l, const char *output, size_t n,
                          const char **ret_error)
{
    const struct jml_value *v;
    struct jml_err e;
    unsigned line = 0;

    if (output[strspn(output, " \t\r\n")] == '[') {
        if (jml_value_parse(l->arena, output, n, 2, &v, &e) < 0) {
            *ret_error = jml_strdup(l->arena, e.message);
            return false;
        }
        for (uint32_t i = 0; i < v->n; i++)
            if (v->items[i]->type != JML_STRING || !jml_answer_account(l, v->items[i]->text)) {
                *ret_error = jml_printf(l->arena, "item %u is no name of an account", i + 1);
                return false;
            }
        return true;
    }
    if (memchr(output, 0, n)) {
        *ret_error = "it holds a zero byte";
        return false;
    }
    for (const char *p = output; *p;) {
        size_t length = strcspn(p, "\n"), kept = length;

        line++;
        while (kept > 0 && strchr(" \t\r", p[kept - 1]))
            kept--;
        if (kept > 0 && !jml_answer_account(l, jml_strndup(l->arena, p, kept))) {
            *ret_error = jml_printf(l->arena, "line %u is no name of an account", line);
            return false;
        }
        p += length + (p[length] == '\n');
    }
    return true;
}

static void listing_done(void *userdata, struct jml_child *c)
{
    struct call *call = userdata;
    struct jml_listing *l = call->listing;
    const char *output, *error;
    enum jml_outcome outcome = judge(c, l->arena, NULL, &error);
    size_t n;

    output = jml_child_output(c, &n);
    if (outcome == JML_OUTCOME_DONE && jml_child_output_was_cut(c)) {
        outcome = JML_OUTCOME_FAILED;
        error = "bad_list: it is longer than 64 MB";
    } else if (outcome == JML_OUTCOME_DONE && !accounts_read(l, output, n, &error)) {
        outcome = JML_OUTCOME_FAILED;
        error = jml_printf(l->arena, "bad_list: %s", error);
    }
    jml_child_free(c);
    if (outcome != JML_OUTCOME_DONE)
        l->accounts.n = 0;
    jml_listing_finish(l, outcome, error ? "%s" : NULL, error);
}

/* SPDX-License-Identifier: MIT
 *
 * Drive: a kind of targets without a database, for tests against real servers.
 *
 *   drive KIND SETTINGS.json [--serial] [--deadline MS] [--concurrency N] [--programs DIRECTORY]
 *         [--secrets DIRECTORY]
 *
 * Standard input has one JSON object a line: an operation,
 *     {"action": "grant", "employeeId": "E1", "attributes": {}, "origin": {}, "arguments": {},
 *      "context": {}, "account": null, "id": UUID, "personId": UUID, "attempt": 1}
 * of which only the action must be there; or a question for what a target has, {"list": ORIGIN}.
 * They are performed all at once (--concurrency: so many; --serial: one after the other), and
 * answered by a line each, in the same order:
 *     {"outcome": "confirmed", "error": null, "account": "u1", "retryAfter": 0, "wait": 0,
 *      "token": null, "milliseconds": 12}
 *     {"outcome": "done", "error": null, "accounts": [...], "milliseconds": 12}
 * with seconds for retryAfter and wait. "deadline" is the outcome of what was canceled, because it
 * took longer than --deadline (10000). $CREDENTIALS_DIRECTORY is where secrets are. Exit 1: the
 * target cannot be opened, stderr says why; 64: wrong usage or input.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "loop/loop.h"
#include "loop/transfer.h"
#include "target/target.h"

struct work {
    struct jml_arena arena;
    bool is_list, is_over, is_printed;
    struct jml_operation op;
    struct jml_listing listing;
    struct jml_timer *deadline;
    int64_t started, took;
    const char *outcome;
};

static struct jml_loop *loop;
static const struct jml_target_kind *kind;
static struct jml_target *target;
static struct work **works;
static size_t n_works, next_work, n_over, n_printed, concurrency = 10000;
static int64_t deadline = 10 * JML_SECOND;

static _Noreturn void usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static const struct jml_value *settings_read(struct jml_arena *a, const char *path);
static void works_read(void);
static void work_read(struct work *w, const char *line, size_t n, int number);
static void more(void *userdata);
static void operation_finished(struct jml_operation *op);
static void listing_finished(struct jml_listing *l);
static void expired(void *userdata);
static void over(struct work *w, const char *outcome);
static void print(struct work *w);

int main(int argc, char **argv)
{
    struct jml_arena arena;
    struct jml_target_setup setup = {.name = "driven", .concurrency = 16};
    struct jml_err e;

    if (argc < 3)
        usage("two arguments are needed");
    for (int i = 3; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (jml_streq(argv[i], "--serial")) {
            concurrency = 1;
            continue;
        }
        if (!value)
            usage("%s wants a value, or is no option", argv[i]);
        if (jml_streq(argv[i], "--deadline"))
            deadline = atoll(value) * 1000;
        else if (jml_streq(argv[i], "--concurrency"))
            concurrency = (size_t)atoll(value);
        else if (jml_streq(argv[i], "--programs"))
            setup.programs_directory = value;
        else if (jml_streq(argv[i], "--secrets"))
            setup.secrets_directory = value;
        else
            usage("no option %s", argv[i]);
        i++;
    }
    signal(SIGPIPE, SIG_IGN);
    jml_log_open(JML_LOG_STDERR, JML_LOG_INFO);
    jml_arena_init(&arena);
    kind = jml_target_kind_find(argv[1]);
    if (!kind)
        usage("no kind '%s'", argv[1]);
    loop = jml_loop_new();
    setup.loop = loop;
    setup.transfers = jml_transfers_new(loop);
    setup.settings = settings_read(&arena, argv[2]);
    setup.credentials_directory = getenv("CREDENTIALS_DIRECTORY");
    works_read();
    if (kind->open(&setup, &target, &e) < 0) {
        fprintf(stderr, "%s: %s\n", jml_err_class_name(e.class), e.message);
        return 1;
    }
    more(NULL);
    while (n_over < n_works)
        jml_loop_run(loop);
    kind->close(target);
    jml_transfers_free(setup.transfers);
    for (size_t i = 0; i < n_works; i++) {
        jml_timer_free(works[i]->deadline);
        jml_arena_fini(&works[i]->arena);
        free(works[i]);
    }
    free(works);
    jml_loop_free(loop);
    jml_arena_fini(&arena);
    return 0;
}

static void usage(const char *fmt, ...)
{
    va_list ap;

    fputs("drive: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputs("; usage: drive KIND SETTINGS.json [--serial] [--deadline MS] [--concurrency N] "
          "[--programs DIRECTORY] [--secrets DIRECTORY]\n",
          stderr);
    exit(64);
}

/* ---- what there is to do ---- */

static const struct jml_value *settings_read(struct jml_arena *a, const char *path)
{
    const struct jml_value *v;
    struct jml_err e;
    char *text = jml_arena_alloc(a, 1 << 20);
    FILE *f = fopen(path, "re");
    size_t n;

    if (!f)
        usage("%s cannot be read", path);
    n = fread(text, 1, 1 << 20, f);
    fclose(f);
    if (jml_value_parse(a, text, n, 32, &v, &e) < 0) {
        fprintf(stderr, "drive: %s: %s\n", path, e.message);
        exit(64);
    }
    return v;
}

static void works_read(void)
{
    char *line = NULL;
    size_t size = 0, cap = 0;
    ssize_t n;
    int number = 0;

    while ((n = getline(&line, &size, stdin)) >= 0) {
        struct work *w;

        number++;
        if (strspn(line, " \t\n") == (size_t)n)
            continue;
        w = calloc(1, sizeof *w);
        if (n_works == cap)
            works = realloc(works, (cap = cap ? 2 * cap : 64) * sizeof(*works));
        if (!w || !works)
            jml_bug("out of memory");
        works[n_works++] = w;
        jml_arena_init(&w->arena);
        work_read(w, line, (size_t)n, number);
    }
    free(line);
}

static const struct jml_value *object_of(const struct jml_value *v, const char *key)
{
    const struct jml_value *member = jml_value_find(v, key);

    return member && member->type == JML_OBJECT ? member : jml_value_object();
}

/* The caller's id, or one that the line number makes. */
static struct jml_id id_of(const struct jml_value *v, const char *key, int number)
{
    const char *text = jml_value_find_string(v, key);
    struct jml_id id = {.bytes = {0, 0, 0, 0, 0, 0, 0x70, 0, 0x80}};

    if (text && !jml_id_parse(text, &id))
        usage("'%s' is no UUID", text);
    if (!text) {
        id.bytes[15] = (uint8_t)number;
        id.bytes[14] = (uint8_t)(number >> 8);
        id.bytes[13] = (uint8_t)(number >> 16);
    }
    return id;
}

static void work_read(struct work *w, const char *line, size_t n, int number)
{
    const struct jml_value *v;
    struct jml_err e;
    const char *name;
    int action;
    int64_t attempt = 1;

    if (jml_value_parse(&w->arena, line, n, 32, &v, &e) < 0) {
        fprintf(stderr, "drive: line %d of the input: %s\n", number, e.message);
        exit(64);
    }
    if (jml_value_find(v, "list")) {
        w->is_list = true;
        w->listing = (struct jml_listing){.arena = &w->arena,
                                          .origin = object_of(v, "list"),
                                          .deadline = deadline,
                                          .finished = listing_finished,
                                          .userdata = w};
        return;
    }
    name = jml_value_find_string(v, "action");
    action = name ? jml_action_find(name) : -1;
    if (action < 0)
        usage("'%s' is no action", name ? name : "");
    jml_value_to_int(jml_value_find(v, "attempt"), &attempt);
    w->op = (struct jml_operation){
        .arena = &w->arena,
        .id = id_of(v, "id", number),
        .action = (enum jml_action)action,
        .person_id = id_of(v, "personId", 0),
        .assignment_id = id_of(v, "assignmentId", 0),
        .run_id = id_of(v, "runId", 0),
        .employee_id = jml_value_find_string(v, "employeeId"),
        .attributes = object_of(v, "attributes"),
        .origin = object_of(v, "origin"),
        .arguments = object_of(v, "arguments"),
        .context = object_of(v, "context"),
        .account = jml_value_find_string(v, "account"),
        .attempt = (int)attempt,
        .created_at = INT64_C(1893456000) * JML_SECOND,
        .deadline = deadline,
        .finished = operation_finished,
        .userdata = w,
    };
    if (!jml_value_find(v, "employeeId"))
        w->op.employee_id = "E1";
}

/* ---- doing it ---- */

/* Begins as many as may be under way. */
static void more(void *userdata)
{
    (void)userdata;
    while (next_work < n_works && next_work - n_over < concurrency) {
        struct work *w = works[next_work++];

        w->started = jml_loop_now();
        w->deadline = jml_timer_new(loop, expired, w);
        jml_timer_set(w->deadline, deadline);
        if (!w->is_list)
            kind->start(target, &w->op);
        else if (kind->list)
            kind->list(target, &w->listing);
        else
            jml_listing_finish(&w->listing, JML_OUTCOME_FAILED, "%s cannot be listed", kind->name);
    }
    if (n_over == n_works)
        jml_loop_stop(loop);
}

static const char *outcome_name(enum jml_outcome outcome)
{
    static const char *const names[] = {
        [JML_OUTCOME_DONE] = "done",     [JML_OUTCOME_CONFIRMED] = "confirmed",
        [JML_OUTCOME_WAITS] = "waits",   [JML_OUTCOME_LATER] = "later",
        [JML_OUTCOME_FAILED] = "failed", [JML_OUTCOME_UNREACHABLE] = "unreachable",
    };
    return names[outcome];
}

static void operation_finished(struct jml_operation *op)
{
    over(op->userdata, outcome_name(op->outcome));
}

static void listing_finished(struct jml_listing *l)
{
    over(l->userdata, outcome_name(l->outcome));
}

static void expired(void *userdata)
{
    struct work *w = userdata;

    if (w->is_list)
        kind->cancel_list(target, &w->listing);
    else
        kind->cancel(target, &w->op);
    over(w, "deadline");
}

static void over(struct work *w, const char *outcome)
{
    struct jml_timer *soon;

    if (w->is_over)
        jml_bug("an operation is finished twice, or after it was canceled");
    w->is_over = true;
    w->outcome = outcome;
    w->took = jml_loop_now() - w->started;
    jml_timer_clear(w->deadline);
    n_over++;
    while (n_printed < n_works && works[n_printed]->is_over)
        print(works[n_printed++]);
    /* Not from here: it may be within a start. */
    soon = jml_timer_new(loop, more, NULL);
    jml_timer_set(soon, 0);
    jml_timer_free(w->deadline);
    w->deadline = soon;
}

/* ---- telling ---- */

static void member(struct jml_str *s, const char *key, const char *text)
{
    jml_str_addf(s, ",\"%s\":", key);
    if (text)
        jml_value_format_string(s, text);
    else
        jml_str_add(s, "null");
}

static void print(struct work *w)
{
    struct jml_str s = JML_STR_INIT(&w->arena);

    jml_str_addf(&s, "{\"outcome\":\"%s\"", w->outcome);
    member(&s, "error", w->is_list ? w->listing.error : w->op.error);
    if (w->is_list) {
        jml_str_add(&s, ",\"accounts\":[");
        for (size_t i = 0; i < w->listing.accounts.n; i++) {
            if (i > 0)
                jml_str_add(&s, ",");
            jml_value_format_string(&s, w->listing.accounts.items[i]);
        }
        jml_str_add(&s, "]");
    } else {
        member(&s, "account", w->op.ret_account);
        jml_str_addf(&s, ",\"retryAfter\":%lld,\"wait\":%lld",
                     (long long)(w->op.retry_after / JML_SECOND),
                     (long long)(w->op.wait / JML_SECOND));
        member(&s, "token", w->op.ret_token);
    }
    jml_str_addf(&s, ",\"milliseconds\":%lld}\n", (long long)(w->took / 1000));
    fputs(jml_str_text(&s), stdout);
    fflush(stdout);
}

/* SPDX-License-Identifier: MIT
 *
 * Outcome: see outcome.h.
 */
#include "ctl/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "base/value.h"
#include "ctl/output.h"
#include "ctl/query.h"

static int ask_once(struct jml_ctl *c, struct jml_outcomes *all, const char *ask,
                    size_t *ret_waiting);
static void print_ids(struct jml_ctl *c, const struct jml_outcomes *all);
static int print_all(struct jml_ctl *c, const struct jml_outcomes *all);
static jml_time steady_now(void);

int jml_outcome_insert(struct jml_ctl *c, const struct jml_ctl_call *call, const char *insert,
                       const struct jml_param *params, size_t n_params, const char *ask)
{
    struct jml_outcomes all = {0};
    struct jml_result result;
    struct jml_err e;
    int code = jml_ctl_session(c);

    if (code != 0)
        return code;
    if (jml_session_query(c->session, insert, params, n_params, &result, &e) < 0)
        return jml_ctl_fail(c, &e);
    jml_outcome_add(c, &all, &result);
    jml_session_clear(c->session);
    return jml_outcome_finish(c, call, &all, ask);
}

int jml_outcome_batch(struct jml_ctl *c, const struct jml_ctl_call *call, const char *insert,
                      const struct jml_param *params, size_t n_params, const char *ask,
                      const char *to_be)
{
    struct jml_outcomes all = {.count_of = to_be};
    struct jml_result result;
    struct jml_err e;
    int code = jml_ctl_session(c);

    if (code != 0)
        return code;
    if (jml_session_unbound(c->session, &e) < 0 ||
        jml_session_query(c->session, insert, params, n_params, &result, &e) < 0)
        return jml_ctl_fail(c, &e);
    jml_outcome_add(c, &all, &result);
    jml_session_clear(c->session);
    return jml_outcome_finish(c, call, &all, ask);
}

/* Then the outcome is that of the run, which not everybody may see who gives commands. */
static bool starts_runs(const char *kind)
{
    return !strncmp(kind, "workflow_", 9) || !strncmp(kind, "run_", 4);
}

int jml_outcome_command(struct jml_ctl *c, const struct jml_ctl_call *call, const char *kind,
                        const char *const *objects, const char *const *employees, size_t n)
{
    const struct jml_value *arguments = jml_value_object();
    const char *reason = jml_ctl_option(call, "reason");
    struct jml_array_param persons;
    struct jml_param params[4];

    jml_array_init(&persons, &c->arena, JML_ARRAY_TEXT);
    for (size_t i = 0; i < n; i++)
        jml_array_add_text(&persons, employees ? employees[i] : NULL);
    params[0] = jml_param_text(kind);
    params[1] = jml_ctl_text_array(c, objects, n);
    params[2] = jml_array_param(&persons);
    if (reason)
        arguments =
            jml_value_with(&c->arena, arguments, "reason", jml_value_string(&c->arena, reason));
    params[3] = jml_param_text(jml_value_text(&c->arena, arguments));
    return jml_outcome_insert(c, call, "command_add", params, 4,
                              starts_runs(kind) ? "command_outcome" : "command_answer");
}

void jml_outcome_add(struct jml_ctl *c, struct jml_outcomes *all, const struct jml_result *r)
{
    for (size_t i = 0; i < jml_result_rows(r); i++) {
        struct jml_outcome o = {
            .id = jml_result_text(r, i, 0, &c->arena),
            .label = jml_result_text(r, i, 1, &c->arena),
            .state = jml_result_text(r, i, 2, &c->arena),
            .error = jml_result_text(r, i, 3, &c->arena),
        };

        /* The triggers answer at once to what names nothing. */
        o.result = jml_streq(o.state, "refused") || jml_streq(o.state, "denied") ? "refused"
                   : jml_streq(o.state, "skipped")                               ? "skipped"
                                                                                 : "waiting";
        jml_vec_push(&c->arena, &all->rows, o);
    }
}

int jml_outcome_finish(struct jml_ctl *c, const struct jml_ctl_call *call, struct jml_outcomes *all,
                       const char *ask)
{
    const char *wait = jml_ctl_option(call, "wait");
    jml_time timeout = 30 * JML_SECOND;
    int code = JML_EXIT_DONE, printed;

    if (c->format == JML_CTL_TABLE)
        print_ids(c, all);
    if (wait) {
        if (*wait)
            jml_interval_parse(wait, &timeout);
        code = jml_outcome_await(c, all, ask, timeout);
    }
    if (c->format != JML_CTL_TABLE) {
        printed = print_all(c, all);
        if (printed != 0)
            code = printed;
    }
    for (size_t i = 0; i < all->rows.n; i++) {
        const struct jml_outcome *o = &all->rows.items[i];

        if (jml_streq(o->result, "done") && o->error)
            jml_ctl_say(c, code, "%s: warning: %s", o->label, o->error);
        if (jml_streq(o->result, "skipped") && c->format == JML_CTL_TABLE)
            jml_ctl_say(c, code, "%s: skipped: %s", o->label, o->error);
        if (!jml_streq(o->result, "refused"))
            continue;
        code = JML_EXIT_FAILED;
        jml_ctl_say(c, code, "%s%s%s%s%s", o->label ? o->label : "", o->label ? ": " : "",
                    o->state ? o->state : "refused", o->error ? ": " : "",
                    o->error ? o->error : "");
    }
    return code;
}

int jml_outcome_await(struct jml_ctl *c, struct jml_outcomes *all, const char *ask, jml_time timeout)
{
    jml_time end = steady_now() + timeout, nap = 20 * JML_SECOND / 1000;
    size_t waiting;
    int code;

    for (;;) {
        code = ask_once(c, all, ask, &waiting);
        if (code != 0 || waiting == 0)
            return code;
        if (steady_now() >= end)
            return jml_ctl_say(c, JML_EXIT_TRY_LATER,
                               "%zu still undecided; is a daemon running? jmlctl status tells",
                               waiting);
        if (nap > end - steady_now())
            nap = end - steady_now();
        if (nap > 0)
            nanosleep(
                &(struct timespec){.tv_sec = nap / JML_SECOND, .tv_nsec = nap % JML_SECOND * 1000},
                NULL);
        if (nap < JML_SECOND / 2)
            nap += nap / 2 + 1;
    }
}

static int by_id(const void *x, const void *y)
{
    const struct jml_outcome *const *a = x, *const *b = y;

    return strcmp((*a)->id, (*b)->id);
}

static size_t first_of(struct jml_outcome *const *sorted, size_t n, const char *id)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (strcmp(sorted[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int ask_once(struct jml_ctl *c, struct jml_outcomes *all, const char *ask,
                    size_t *ret_waiting)
{
    struct jml_outcome **sorted = jml_new_n(&c->arena, struct jml_outcome *, all->rows.n + 1);
    struct jml_array_param ids;
    struct jml_param param;
    struct jml_result r;
    struct jml_err e;
    size_t n = 0;

    *ret_waiting = 0;
    jml_array_init(&ids, &c->arena, JML_ARRAY_TEXT);
    for (size_t i = 0; i < all->rows.n; i++)
        if (jml_streq(all->rows.items[i].result, "waiting")) {
            jml_array_add_text(&ids, all->rows.items[i].id);
            sorted[n++] = &all->rows.items[i];
        }
    *ret_waiting = n;
    if (n == 0)
        return 0;
    qsort(sorted, n, sizeof(*sorted), by_id);
    param = jml_array_param(&ids);
    if (jml_session_query(c->session, ask, &param, 1, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    for (size_t row = 0; row < jml_result_rows(&r); row++) {
        const char *id = jml_result_text(&r, row, 0, &c->arena);
        const char *result = jml_result_text(&r, row, 4, &c->arena);

        if (jml_streq(result, "waiting"))
            continue;
        for (size_t i = first_of(sorted, n, id); i < n && jml_streq(sorted[i]->id, id); i++) {
            struct jml_outcome *o = sorted[i];

            if (!jml_streq(o->result, "waiting"))
                continue;
            o->state = jml_result_text(&r, row, 2, &c->arena);
            o->error = jml_result_text(&r, row, 3, &c->arena);
            o->result = result;
            --*ret_waiting;
            break;
        }
    }
    jml_session_clear(c->session);
    return 0;
}

static void print_ids(struct jml_ctl *c, const struct jml_outcomes *all)
{
    (void)c;
    if (all->count_of)
        printf("%zu run%s %s\n", all->rows.n, all->rows.n == 1 ? "" : "s", all->count_of);
    for (size_t i = 0; !all->count_of && i < all->rows.n; i++)
        if (all->rows.items[i].id)
            puts(all->rows.items[i].id);
    fflush(stdout);
}

static int print_all(struct jml_ctl *c, const struct jml_outcomes *all)
{
    static const struct jml_output_column columns[] = {
        {"id", JML_COLUMN_TEXT},
        {"subject", JML_COLUMN_TEXT},
        {"state", JML_COLUMN_TEXT},
        {"error", JML_COLUMN_TEXT},
    };
    struct jml_output out = {.file = stdout, .format = c->format};
    struct jml_err e;

    jml_output_begin(&out, columns, 4);
    for (size_t i = 0; i < all->rows.n; i++) {
        const struct jml_outcome *o = &all->rows.items[i];
        const struct jml_output_cell cells[] = {
            {.text = o->id}, {.text = o->label}, {.text = o->state}, {.text = o->error}};

        jml_output_row(&out, cells);
    }
    if (jml_output_end(&out, &e) < 0)
        return jml_ctl_fail(c, &e);
    return 0;
}

static jml_time steady_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (jml_time)t.tv_sec * JML_SECOND + t.tv_nsec / 1000;
}

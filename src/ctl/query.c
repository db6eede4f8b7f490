/* SPDX-License-Identifier: MIT
 *
 * Query: see query.h.
 */
#include "ctl/query.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"
#include "ctl/output.h"

struct printing {
    struct jml_ctl *c;
    const struct jml_ctl_view *view;
    struct jml_output out;
    struct jml_arena arena; /* one row */
    struct jml_output_cell *cells;
    bool begun;
    size_t rows;
};

static int print_row(void *userdata, const struct jml_result *r, size_t row, struct jml_err *e);
static void print_none(void *userdata, const struct jml_result *r);
static void begin(struct printing *p, const struct jml_result *r);
static const char *on_one_line(struct printing *p, const char *text, enum jml_column_type type);

int jml_ctl_print_query(struct jml_ctl *c, const char *statement, const struct jml_param *params,
                        size_t n_params)
{
    struct jml_ctl_view view = {0};

    return jml_ctl_print_view(c, statement, params, n_params, &view);
}

int jml_ctl_print_view(struct jml_ctl *c, const char *statement, const struct jml_param *params,
                       size_t n_params, const struct jml_ctl_view *view)
{
    struct printing p = {.c = c, .view = view};
    struct jml_err e = {0}, output_error = {0};
    int r, code;

    code = jml_ctl_session(c);
    if (code != 0)
        return code;
    if (view->long_report && jml_session_unbound(c->session, &e) < 0)
        return jml_ctl_fail(c, &e);
    jml_arena_init(&p.arena);
    r = jml_session_stream(c->session, statement, params, n_params, print_row, print_none, &p, &e);
    jml_arena_fini(&p.arena);
    if (p.begun && jml_output_end(&p.out, &output_error) < 0)
        return jml_ctl_say(c, JML_EXIT_FAILED, "%s", output_error.message);
    if (r < 0)
        return jml_ctl_fail(c, &e);
    if (view->missing && p.rows == 0)
        return jml_ctl_say(c, JML_EXIT_FAILED, "%s", view->missing);
    return JML_EXIT_DONE;
}

static void print_none(void *userdata, const struct jml_result *r)
{
    struct printing *p = userdata;

    if (!p->view->missing && !(p->view->quiet && p->c->format == JML_CTL_TABLE))
        begin(p, r);
}

static void begin(struct printing *p, const struct jml_result *r)
{
    size_t n = jml_result_columns(r);
    struct jml_output_column *columns = jml_new_n(&p->c->arena, struct jml_output_column, n);
    struct winsize size;

    for (size_t i = 0; i < n; i++)
        columns[i] = (struct jml_output_column){.name = jml_result_column_name(r, i),
                                                .type = jml_result_column_type(r, i)};
    p->cells = jml_new_n(&p->c->arena, struct jml_output_cell, n);
    p->out = (struct jml_output){
        .file = stdout,
        .format = p->c->format,
        .zone = p->view->zone ? p->view->zone : p->c->zone,
        .shown = p->view->columns,
        .bare = p->view->bare,
        .record = p->view->record,
    };
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        p->out.width = size.ws_col;
    jml_output_begin(&p->out, columns, n);
    p->begun = true;
}

/* What is about one person tells its times in that person's zone. */
static const struct jml_zone *zone_of(struct printing *p, const struct jml_result *r, size_t row)
{
    for (size_t i = 0; p->view->record && i < jml_result_columns(r); i++)
        if (jml_streq(jml_result_column_name(r, i), "zone") && !jml_result_is_null(r, row, i))
            return jml_zone_find(p->c->zones, jml_result_text(r, row, i, &p->arena));
    return NULL;
}

static int print_row(void *userdata, const struct jml_result *r, size_t row, struct jml_err *e)
{
    struct printing *p = userdata;

    if (!p->begun) {
        begin(p, r);
        if (!p->view->zone && zone_of(p, r, row))
            p->out.zone = zone_of(p, r, row);
    }
    for (size_t i = 0; i < jml_result_columns(r); i++) {
        p->cells[i] = (struct jml_output_cell){.time = JML_TIME_NONE};
        if (jml_result_is_null(r, row, i))
            continue;
        if (jml_result_column_type(r, i) == JML_COLUMN_TIME)
            p->cells[i].time = jml_result_time(r, row, i);
        else
            p->cells[i].text = on_one_line(p, jml_result_display(r, row, i, &p->arena),
                                           jml_result_column_type(r, i));
    }
    if (p->view->seen)
        p->view->seen(p->view->userdata, r, row);
    jml_output_row(&p->out, p->cells);
    jml_arena_reset(&p->arena);
    p->rows++;
    if (ferror(stdout))
        return jml_err_set(e, JML_ERR_TRANSIENT, "cannot write the output");
    return 0;
}

/* PostgreSQL breaks lines between the items of a json (in strings they are escaped). */
static const char *on_one_line(struct printing *p, const char *text, enum jml_column_type type)
{
    char *copy;

    if (type != JML_COLUMN_JSON || !strchr(text, '\n'))
        return text;
    copy = jml_strdup(&p->arena, text);
    for (char *at = copy; *at; at++)
        if (*at == '\n')
            *at = ' ';
    return copy;
}

/* ---- verbs that are a row of their table ---- */

int jml_ctl_run_query(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    const struct jml_verb *verb = call->verb;
    /* A list may be all there is; a single object or the state of things is small. */
    struct jml_ctl_view view = {
        .columns = verb->columns,
        .record = verb->record,
        .long_report = verb->verb && !verb->record,
    };
    struct jml_param *params;
    size_t n = jml_ctl_parameters(c, call, verb->parameters, &params);
    int code = jml_ctl_check_names(c, call);

    if (code != 0)
        return code;
    if (verb->record && call->n_arguments == 2) /* the second within the first */
        view.missing = jml_printf(&c->arena, "package '%s' has no policy '%s'; jmlctl policy list "
                                  "--package '%s'", call->arguments[0], call->arguments[1],
                                  call->arguments[0]);
    else if (verb->record)
        view.missing = jml_printf(&c->arena, "no %s '%s'", verb->noun,
                                  call->n_arguments > 0 ? call->arguments[0] : "");
    return jml_ctl_print_view(c, verb->query, params, n, &view);
}

int jml_ctl_check_names(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    static const char *const nouns[] = {"package", "policy", "workflow", "catalog"};
    int code = 0;

    for (size_t i = 0; i < sizeof nouns / sizeof nouns[0] && code == 0; i++)
        if (jml_ctl_option(call, nouns[i]))
            code = jml_ctl_check_name(c, nouns[i], jml_ctl_option(call, nouns[i]));
    if (code == 0 && call->verb->record && call->n_arguments == 2)
        code = jml_ctl_check_name(c, "package", call->arguments[0]);
    /* their order is not that of the ids: the page begins behind a row that must be there */
    if (code == 0 && jml_streq(call->verb->noun, "request") && jml_ctl_option(call, "after"))
        code = jml_ctl_check_name(c, "request", jml_ctl_option(call, "after"));
    return code;
}

int jml_ctl_check_name(struct jml_ctl *c, const char *noun, const char *name)
{
    const struct jml_param params[] = {jml_param_text(noun), jml_param_text(name)};
    struct jml_result r;
    struct jml_err e;
    int code = jml_ctl_session(c);
    bool there;

    if (code != 0)
        return code;
    if (jml_streq(noun, "workflow") /* which not everybody may read who may read the others */
            ? jml_session_query(c->session, "workflow_named", params + 1, 1, &r, &e) < 0
            : jml_session_query(c->session, "configuration_named", params, 2, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    there = jml_result_bool(&r, 0, 0);
    jml_session_clear(c->session);
    return there ? 0
                 : jml_ctl_say(c, JML_EXIT_FAILED, "no %s '%s'; jmlctl %s list", noun, name,
                               jml_streq(noun, "catalog") ? "package" : noun);
}

size_t jml_ctl_parameters(struct jml_ctl *c, const struct jml_ctl_call *call, const char *names,
                          struct jml_param **ret_params)
{
    JML_VEC(struct jml_param) params = {0};

    for (const char *p = names ? names : ""; *p;) {
        size_t length = strcspn(p, " ");
        char *name = jml_strndup(&c->arena, p, length);
        const char *value;
        jml_time t;

        if (name[0] == '#') {
            size_t i = strtoul(name + 1, NULL, 10) - 1;

            value = i < call->n_arguments ? call->arguments[i] : NULL;
        } else {
            value = jml_ctl_option(call, name);
            for (const struct jml_ctl_option *o = call->verb->options; value && o && o->name; o++) {
                if (strcmp(o->name, name) || !jml_streq(o->value, "TIME"))
                    continue;
                t = jml_ctl_option_time(call, name, c->zone);
                value = jml_time_format_precise(&c->arena, t);
            }
        }
        jml_vec_push(&c->arena, &params, jml_param_text(value));
        p += length;
        p += strspn(p, " ");
    }
    *ret_params = params.items;
    return params.n;
}

int jml_ctl_person_zone(struct jml_ctl *c, const char *employee, const struct jml_zone **ret_zone)
{
    struct jml_param param = jml_param_text(employee);
    const struct jml_zone *zone = NULL;
    struct jml_result result;
    struct jml_err e;
    int code = jml_ctl_session(c);

    if (code != 0)
        return code;
    if (jml_session_query(c->session, "person_zone", &param, 1, &result, &e) < 0)
        return jml_ctl_fail(c, &e);
    if (jml_result_rows(&result) > 0 && !jml_result_is_null(&result, 0, 0))
        zone = jml_zone_find(c->zones, jml_result_text(&result, 0, 0, &c->arena));
    jml_session_clear(c->session);
    *ret_zone = zone ? zone : c->zone;
    return 0;
}

struct jml_param jml_ctl_text_array(struct jml_ctl *c, const char *const *texts, size_t n)
{
    struct jml_array_param array;

    jml_array_init(&array, &c->arena, JML_ARRAY_TEXT);
    for (size_t i = 0; i < n; i++)
        jml_array_add_text(&array, texts[i]);
    return jml_array_param(&array);
}

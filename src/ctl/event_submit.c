/* SPDX-License-Identifier: MIT
 *
 * jmlctl event submit: events from options or from JSON lines, in one transaction. What an event
 * must look like is the database's to say; here is only checked that every member is a column, said
 * once, and that dates are dates: the database would take "tomorrow", and 12/11 for the 11th of
 * December.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/value.h"
#include "core/document_read.h"
#include "ctl/event.h"
#include "ctl/outcome.h"

enum { /* the parameters of event_add */
       SOURCE,
       SOURCE_REF,
       BATCH,
       KIND,
       EMPLOYEE_ID,
       EMPLOYMENT,
       EFFECTIVE_AT,
       EFFECTIVE_ON,
       SEQUENCE,
       ATTRIBUTES,
       SUPERSEDES,
       N_COLUMNS,
};

static const struct {
    const char *name, *option;
} columns[N_COLUMNS] = {
    [SOURCE] = {"source", "--source"},
    [SOURCE_REF] = {"source_ref", "--ref"},
    [BATCH] = {"batch", NULL},
    [KIND] = {"kind", "--kind"},
    [EMPLOYEE_ID] = {"employee_id", "--employee"},
    [EMPLOYMENT] = {"employment", "--employment"},
    [EFFECTIVE_AT] = {"effective_at", "--at"},
    [EFFECTIVE_ON] = {"effective_on", "--on"},
    [SEQUENCE] = {"sequence", NULL},
    [ATTRIBUTES] = {"attributes", "--attributes"},
    [SUPERSEDES] = {"supersedes", "--supersedes"},
};

/* What a constraint of jml.event means to who wrote the event. */
static const struct {
    const char *constraint;
    int column;
    const char *words;
} refusals[] = {
    {"event_kind_known", KIND, "not one of joiner, mover, leaver, rescind"},
    {"event_employee_id_sane", EMPLOYEE_ID,
     "not 1 to 256 printable characters without outer blanks"},
    {"event_source_sane", SOURCE, "not 1 to 64 printable characters without outer blanks"},
    {"event_source_ref_sane", SOURCE_REF, "not 1 to 256 printable characters without outer blanks"},
    {"event_batch_sane", BATCH, "not 1 to 256 printable characters without outer blanks"},
    {"event_employment_sane", EMPLOYMENT, "not 1 to 64 printable characters without outer blanks"},
    {"event_employment_star_is_for_leavers", EMPLOYMENT, "all employments (*) can only be left"},
    {"event_supersedes_sane", SUPERSEDES, "not 1 to 256 printable characters without outer blanks"},
    {"event_supersedes_another", SUPERSEDES, "an event cannot supersede itself"},
    {"event_rescind_names_its_target", SUPERSEDES, "missing: which event does it withdraw?"},
    {"event_attributes_object", ATTRIBUTES, "not a JSON object"},
    {"event_attributes_size", ATTRIBUTES, "longer than 64 kB"},
    {"event_attributes_depth", ATTRIBUTES, "nested deeper than 32 levels"},
    {"event_date_sane", EFFECTIVE_AT, "not within the years 1900 to 2200"},
    {"event_day_sane", EFFECTIVE_ON, "not within the years 1900 to 2200"},
};

struct submission {
    struct jml_ctl *c;
    struct jml_outcomes outcomes;
    struct jml_arena arena; /* one event */
    size_t known;           /* that were there already */
    bool options;           /* the event is made of options: they are what messages name */
};

static int submit_options(struct submission *s, const struct jml_ctl_call *call, struct jml_err *e);
static int submit_file(struct submission *s, const char *path, struct jml_err *e);
static int read_line(struct submission *s, const char *line, size_t length, const char **values,
                     struct jml_err *e);
static bool is_number(const struct jml_value *v);
static int check_keys(struct submission *s, const char *text, size_t length, struct jml_err *e);
static int check_dates(const struct submission *s, const char *const *values, struct jml_err *e);
static int add(struct submission *s, const char *const *values, struct jml_err *e);
static int refuse(const struct submission *s, struct jml_err *e);
static int compare(struct submission *s, const char *const *values, const struct jml_param *params,
                   struct jml_err *e);
static const char *column_name(const struct submission *s, int column);

int jml_event_submit(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    static const char *const standard_input[] = {"-"};
    struct submission s = {.c = c};
    const char *const *files = call->n_arguments > 0 ? call->arguments : standard_input;
    size_t n_files = call->n_arguments > 0 ? call->n_arguments : 1;
    bool waits = jml_ctl_option(call, "wait") != NULL;
    struct jml_err e;
    int code, r = 0;

    if (jml_ctl_option(call, "kind")) {
        if (call->n_arguments > 0)
            return jml_ctl_say(c, JML_EXIT_USAGE, "give one event by options, or files; not both");
        n_files = 0;
        s.options = true;
    } else if (call->n_options > (waits ? 1 : 0)) {
        return jml_ctl_say(c, JML_EXIT_USAGE, "an event given by options needs --kind");
    }
    code = jml_ctl_session(c);
    if (code != 0)
        return code;
    if (jml_session_script(c->session, "begin", &e) < 0)
        return jml_ctl_fail(c, &e);
    jml_arena_init(&s.arena);
    if (s.options)
        r = submit_options(&s, call, &e);
    for (size_t i = 0; i < n_files && r >= 0; i++)
        r = submit_file(&s, files[i], &e);
    jml_arena_fini(&s.arena);
    /* the end of the session takes everything back */
    if (r < 0 && s.options && e.class == JML_ERR_BAD_INPUT)
        return jml_ctl_say(c, JML_EXIT_USAGE, "%s", e.message);
    if (r < 0)
        return jml_ctl_fail(c, &e);
    if (jml_session_script(c->session, "commit", &e) < 0)
        return jml_ctl_fail(c, &e);
    if (s.known > 0 && c->format == JML_CTL_TABLE)
        jml_ctl_say(c, 0, "%zu had been submitted before", s.known);
    return jml_outcome_finish(c, call, &s.outcomes, "event_outcome");
}

static int submit_options(struct submission *s, const struct jml_ctl_call *call, struct jml_err *e)
{
    const char *values[N_COLUMNS] = {
        [SOURCE] = jml_ctl_option(call, "source"),
        [SOURCE_REF] = jml_ctl_option(call, "ref"),
        [KIND] = jml_ctl_option(call, "kind"),
        [EMPLOYEE_ID] = jml_ctl_option(call, "employee"),
        [EMPLOYMENT] = jml_ctl_option(call, "employment"),
        [EFFECTIVE_ON] = jml_ctl_option(call, "on"),
        [SUPERSEDES] = jml_ctl_option(call, "supersedes"),
    };
    const char *json = jml_ctl_option(call, "attributes"), *at = jml_ctl_option(call, "at");
    const struct jml_value *attributes = jml_value_object();

    if (!values[EMPLOYEE_ID])
        return jml_err_set(e, JML_ERR_BAD_INPUT, "--employee is missing: whose event is it?");
    values[EFFECTIVE_AT] = at;
    if (check_dates(s, values, e) < 0)
        return -1;
    if (json) {
        if (jml_value_parse(&s->arena, json, strlen(json), 64, &attributes, e) < 0 ||
            check_keys(s, json, strlen(json), e) < 0)
            return jml_err_prefix(e, "--attributes");
        if (attributes->type != JML_OBJECT)
            return jml_err_set(e, JML_ERR_BAD_INPUT, "--attributes: not a JSON object");
    }
    if (jml_ctl_option(call, "immediate"))
        attributes = jml_value_with(&s->arena, attributes, "immediate", jml_value_bool(true));
    values[ATTRIBUTES] = jml_value_text(&s->arena, attributes);
    return add(s, values, e);
}

static int submit_file(struct submission *s, const char *path, struct jml_err *e)
{
    bool standard = jml_streq(path, "-");
    const char *name = standard ? "standard input" : path;
    FILE *file = standard ? stdin : fopen(path, "re");
    char *line = NULL;
    size_t size = 0, number = 0;
    ssize_t length;
    int r = 0;

    if (!file)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "%s: %s", path, strerror(errno));
    while (r >= 0 && (length = getline(&line, &size, file)) >= 0) {
        const char *values[N_COLUMNS] = {NULL};

        number++;
        if (strspn(line, " \t\r\n") == (size_t)length)
            continue;
        r = read_line(s, line, (size_t)length, values, e);
        if (r >= 0)
            r = add(s, values, e);
        if (r < 0)
            jml_err_prefix(e, "%s:%zu", name, number);
        jml_arena_reset(&s->arena);
    }
    if (r >= 0 && ferror(file))
        r = jml_err_set(e, JML_ERR_BAD_INPUT, "%s: %s", name, strerror(errno));
    free(line);
    if (!standard)
        fclose(file);
    return r;
}

static int read_line(struct submission *s, const char *line, size_t length, const char **values,
                     struct jml_err *e)
{
    const struct jml_value *event;

    if (jml_value_parse(&s->arena, line, length, 64, &event, e) < 0)
        return -1;
    if (event->type != JML_OBJECT)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "not a JSON object; one event a line");
    if (check_keys(s, line, length, e) < 0)
        return -1;
    for (size_t i = 0; i < event->n; i++) {
        const struct jml_value *v = event->items[i];
        size_t column = 0;

        while (column < N_COLUMNS && strcmp(columns[column].name, event->keys[i]) != 0)
            column++;
        if (column == N_COLUMNS)
            return jml_err_set(e, JML_ERR_BAD_INPUT,
                               "%s: no column of an event; what describes the person belongs in "
                               "attributes",
                               event->keys[i]);
        if (v->type == JML_NULL)
            continue;
        if (column == ATTRIBUTES)
            values[column] = jml_value_text(&s->arena, v);
        else if (column == SEQUENCE && !is_number(v))
            return jml_err_set(e, JML_ERR_BAD_INPUT, "%s: not a whole number", event->keys[i]);
        else if (v->type == JML_STRING || column == SEQUENCE)
            values[column] = v->text;
        else
            return jml_err_set(e, JML_ERR_BAD_INPUT, "%s: not a string", event->keys[i]);
    }
    return check_dates(s, values, e);
}

/* A whole number that fits, as a number or as a string. */
static bool is_number(const struct jml_value *v)
{
    bool text = v->type == JML_STRING || v->type == JML_NUMBER;
    struct jml_value number = {.type = JML_NUMBER, .text = text ? v->text : "."};
    const char *digits = number.text + (number.text[0] == '-');
    int64_t n;

    return *digits && !digits[strspn(digits, "0123456789")] && jml_value_to_int(&number, &n);
}

/* Of a member that stands twice the first may be what was meant. */
static int check_keys(struct submission *s, const char *text, size_t length, struct jml_err *e)
{
    struct jml_problems problems = {.arena = &s->arena};
    struct jml_reader reader = {.arena = &s->arena, .problems = &problems};

    jml_read_keys(&reader, text, length, "");
    if (problems.n == 0)
        return 0;
    return jml_err_set(e, JML_ERR_BAD_INPUT, "%s %s", problems.items[0].path + 1,
                       problems.items[0].reason);
}

static int check_dates(const struct submission *s, const char *const *values, struct jml_err *e)
{
    struct jml_date d;
    jml_time t;

    if (values[EFFECTIVE_ON] && !jml_date_parse(values[EFFECTIVE_ON], &d))
        return jml_err_set(e, JML_ERR_BAD_INPUT, "%s %.40s: not a date such as 2026-12-31",
                           column_name(s, EFFECTIVE_ON), values[EFFECTIVE_ON]);
    if (values[EFFECTIVE_AT] && !jml_time_parse(values[EFFECTIVE_AT], &t))
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "%s %.40s: not an RFC 3339 time such as 2026-12-31T18:00:00+01:00; for a "
                           "day use %s",
                           column_name(s, EFFECTIVE_AT), values[EFFECTIVE_AT],
                           column_name(s, EFFECTIVE_ON));
    return 0;
}

static int add(struct submission *s, const char *const *values, struct jml_err *e)
{
    struct jml_param params[N_COLUMNS];
    struct jml_outcome outcome = {.state = "known", .result = "done"};
    struct jml_result r;

    for (size_t i = 0; i < N_COLUMNS; i++)
        params[i] = jml_param_text(values[i]);
    if (jml_session_query(s->c->session, "event_add", params, N_COLUMNS, &r, e) < 0)
        return refuse(s, e);
    outcome.label = jml_strdup(&s->c->arena, values[EMPLOYEE_ID]);
    if (jml_result_rows(&r) > 0) {
        outcome.id = jml_result_text(&r, 0, 0, &s->c->arena);
        outcome.state = "pending";
        outcome.result = "waiting";
    } else if (compare(s, values, params, e) < 0) {
        return -1;
    } else {
        s->known++;
    }
    jml_session_clear(s->c->session);
    jml_vec_push(&s->c->arena, &s->outcomes.rows, outcome);
    return 0;
}

/* The database's no in words of the caller. */
static int refuse(const struct submission *s, struct jml_err *e)
{
    if (jml_streq(e->constraint, "event_one_date"))
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "%s or %s: give exactly one of them (an immediate leaver and a rescind "
                           "need none)",
                           column_name(s, EFFECTIVE_ON), column_name(s, EFFECTIVE_AT));
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (jml_streq(e->constraint, refusals[i].constraint))
            return jml_err_set(e, JML_ERR_BAD_INPUT, "%s: %s", column_name(s, refusals[i].column),
                               refusals[i].words);
    return -1;
}

/* Something else under a key that was taken is no replay: it would be lost without a word. */
static int compare(struct submission *s, const char *const *values, const struct jml_param *params,
                   struct jml_err *e)
{
    const char *differing = NULL;
    struct jml_result r;

    if (jml_session_query(s->c->session, "event_differences", params, N_COLUMNS, &r, e) < 0)
        return -1;
    if (jml_result_rows(&r) > 0)
        differing = jml_result_text(&r, 0, 0, &s->c->arena);
    if (!differing || !*differing)
        return 0;
    return jml_err_set(e, JML_ERR_REFUSED,
                       "%s %s was submitted before with other %s; to change that event submit this "
                       "one with a %s of its own and %s %s",
                       column_name(s, SOURCE_REF), values[SOURCE_REF], differing,
                       column_name(s, SOURCE_REF), column_name(s, SUPERSEDES), values[SOURCE_REF]);
}

static const char *column_name(const struct submission *s, int column)
{
    return s->options && columns[column].option ? columns[column].option : columns[column].name;
}

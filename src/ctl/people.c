/* SPDX-License-Identifier: MIT
 *
 * People: see people.h.
 */
#include "ctl/people.h"

#include <string.h>

#include "base/str.h"
#include "ctl/governance.h"
#include "db/param.h"
#include "db/result.h"

enum { LONGEST_ID = 256 };

static int add_file(struct jml_ctl *c, const char *path, struct jml_people *people);
static int add_group(struct jml_ctl *c, const char *group, struct jml_people *people);

int jml_people_named(struct jml_ctl *c, const struct jml_ctl_call *call, struct jml_people *ret_people)
{
    const char *const *named, *file = jml_ctl_option(call, "from-file");
    const char *group = jml_ctl_option(call, "all-in");
    struct jml_people people = {.many = file || group};
    size_t n = jml_ctl_option_all(c, call, "employee", &named);
    int code = 0;

    if (n == 0 && !file && !group)
        return jml_ctl_say(c, JML_EXIT_USAGE, "for whom? give --employee EMPLOYEE...");
    for (size_t i = 0; i < n; i++)
        jml_vec_push(&c->arena, &people.ids, named[i]);
    if (file)
        code = add_file(c, file, &people);
    if (group && code == 0)
        code = add_group(c, group, &people);
    if (code != 0)
        return code;
    people.many = people.many || people.ids.n > 1;
    *ret_people = people;
    return 0;
}

static int add_file(struct jml_ctl *c, const char *path, struct jml_people *people)
{
    const char *name = jml_streq(path, "-") ? "standard input" : path;
    struct jml_str text = JML_STR_INIT(&c->arena);
    size_t before = people->ids.n;
    struct jml_err e;
    int code = jml_ctl_read_file(c, path, &text);

    if (code != 0)
        return code;
    if (jml_people_parse(&c->arena, name, jml_str_text(&text), text.length, people, &e) < 0)
        return jml_ctl_fail(c, &e);
    if (people->ids.n == before)
        return jml_ctl_say(c, JML_EXIT_FAILED, "%s: names nobody", name);
    return 0;
}

static int add_group(struct jml_ctl *c, const char *group, struct jml_people *people)
{
    struct jml_param param = jml_param_text(group);
    struct jml_result r;
    struct jml_err e;

    if (jml_session_query(c->session, "people_in_group", &param, 1, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    for (size_t i = 0; i < jml_result_rows(&r); i++)
        jml_vec_push(&c->arena, &people->ids, jml_result_text(&r, i, 0, &c->arena));
    jml_session_clear(c->session);
    if (people->ids.n == 0)
        return jml_ctl_say(c, JML_EXIT_FAILED, "nobody is in group '%s'", group);
    return 0;
}

/* ---- text ---- */

struct reading {
    const char *at, *end;
    size_t line;
};

static bool is_blank(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\r';
}

/* To the end of the record: in the other columns of CSV a line may end within quotes. */
static void skip_record(struct reading *r, bool csv)
{
    bool quoted = false;

    for (; r->at < r->end && (quoted || *r->at != '\n'); r->at++) {
        quoted = quoted != (csv && *r->at == '"');
        r->line += *r->at == '\n';
    }
    if (r->at < r->end) {
        r->at++;
        r->line++;
    }
}

static void read_quoted(struct reading *r, struct jml_str *cell)
{
    for (r->at++; r->at < r->end; r->at++) {
        if (*r->at == '"') {
            r->at++;
            if (r->at >= r->end || *r->at != '"')
                return;
        }
        r->line += *r->at == '\n';
        jml_str_add_char(cell, *r->at);
    }
}

/* true when more columns follow. */
static bool read_plain(struct reading *r, struct jml_str *cell)
{
    const char *start = r->at, *end;

    while (r->at < r->end && *r->at != ',' && *r->at != '\n' &&
           !(*r->at == '#' && r->at > start && is_blank(r->at[-1])))
        r->at++;
    for (end = r->at; end > start && is_blank(end[-1]);)
        end--;
    jml_str_add_n(cell, start, (size_t)(end - start));
    return r->at < r->end && *r->at == ',';
}

int jml_people_parse(struct jml_arena *a, const char *name, const char *text, size_t length,
                     struct jml_people *people, struct jml_err *e)
{
    struct reading r = {.at = text, .end = text + length, .line = 1};
    bool first = true;

    if (length >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) /* as spreadsheets begin their files */
        r.at += 3;
    while (r.at < r.end) {
        struct jml_str cell = JML_STR_INIT(a);
        size_t line = r.line;
        const char *id;
        bool csv = true;

        while (r.at < r.end && is_blank(*r.at))
            r.at++;
        if (r.at == r.end || *r.at == '\n' || *r.at == '#') {
            skip_record(&r, false);
            continue;
        }
        if (*r.at == '"')
            read_quoted(&r, &cell);
        else
            csv = read_plain(&r, &cell);
        skip_record(&r, csv);
        id = jml_str_text(&cell);
        if (id[0] == '\'' && id[1] && strchr("=+-@\t\r", id[1])) /* our own --csv */
            id++;
        if (strlen(id) != cell.length - (size_t)(id - jml_str_text(&cell)) || !*id ||
            !jml_str_is_utf8(id, strlen(id)) || !jml_str_printable(id) ||
            jml_str_code_points(id) > LONGEST_ID)
            return jml_err_set(e, JML_ERR_BAD_INPUT,
                               "%s:%zu: not an employee_id of 1 to %d printable characters", name,
                               line, LONGEST_ID);
        if (!first || !jml_streq(id, "employee_id"))
            jml_vec_push(a, &people->ids, id);
        first = false;
    }
    return 0;
}

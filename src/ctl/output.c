/* SPDX-License-Identifier: MIT
 *
 * Output: the three formats. See output.h; tables are in table.c.
 */
#include "ctl/output.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/value.h"
#include "ctl/table.h"

static void json_row(struct jml_output *o, const struct jml_output_cell *cells);
static void csv_header(struct jml_output *o);
static void csv_row(struct jml_output *o, const struct jml_output_cell *cells);

void jml_output_begin(struct jml_output *o, const struct jml_output_column *columns, size_t n)
{
    jml_arena_init(&o->arena);
    jml_arena_init(&o->lasting);
    o->columns = jml_new_n(&o->lasting, struct jml_output_column, n);
    o->n_columns = n;
    for (size_t i = 0; i < n; i++)
        o->columns[i] = (struct jml_output_column){.name = jml_strdup(&o->lasting, columns[i].name),
                                                   .type = columns[i].type};
    o->ahead.items = NULL;
    o->ahead.n = o->ahead.cap = 0;
    o->rows = 0;
    o->header_done = false;
    switch (o->format) {
    case JML_CTL_JSON:
        fputs("[", o->file);
        break;
    case JML_CTL_CSV:
        csv_header(o);
        break;
    case JML_CTL_TABLE:
        jml_table_begin(o);
        break;
    }
}

void jml_output_row(struct jml_output *o, const struct jml_output_cell *cells)
{
    switch (o->format) {
    case JML_CTL_JSON:
        json_row(o, cells);
        break;
    case JML_CTL_CSV:
        csv_row(o, cells);
        break;
    case JML_CTL_TABLE:
        jml_table_row(o, cells);
        break;
    }
    o->rows++;
}

int jml_output_end(struct jml_output *o, struct jml_err *e)
{
    if (o->format == JML_CTL_JSON)
        fputs(o->rows > 0 ? "\n]\n" : "]\n", o->file);
    else if (o->format == JML_CTL_TABLE)
        jml_table_end(o);
    jml_arena_fini(&o->arena);
    jml_arena_fini(&o->lasting);
    errno = 0;
    if (fflush(o->file) != 0 || ferror(o->file))
        return jml_err_set(e, JML_ERR_TRANSIENT, "cannot write the output: %s",
                           strerror(errno ? errno : EIO));
    return 0;
}

/* ---- JSON ---- */

static void json_row(struct jml_output *o, const struct jml_output_cell *cells)
{
    struct jml_str s = JML_STR_INIT(&o->arena);

    jml_str_add(&s, o->rows > 0 ? ",\n{" : "\n{");
    for (size_t i = 0; i < o->n_columns; i++) {
        if (i > 0)
            jml_str_add_char(&s, ',');
        jml_value_format_string(&s, o->columns[i].name);
        jml_str_add_char(&s, ':');
        if (o->columns[i].type == JML_COLUMN_TIME) {
            if (cells[i].time == JML_TIME_NONE)
                jml_str_add(&s, "null");
            else if (cells[i].time == JML_TIME_MAX)
                jml_str_add(&s, "\"infinity\"");
            else
                jml_str_addf(&s, "\"%s\"", jml_time_format(&o->arena, cells[i].time));
            continue;
        }
        if (!cells[i].text) {
            jml_str_add(&s, "null");
            continue;
        }
        switch (o->columns[i].type) {
        case JML_COLUMN_NUMBER:
        case JML_COLUMN_BOOL:
        case JML_COLUMN_JSON:
            jml_str_add(&s, cells[i].text);
            break;
        default:
            jml_value_format_string(&s, cells[i].text);
        }
    }
    jml_str_add_char(&s, '}');
    fwrite(s.text, 1, s.length, o->file);
    jml_arena_reset(&o->arena);
}

/* ---- CSV: the quoting of RFC 4180, lines end as text lines do ---- */

static void csv_cell(FILE *file, const char *text, bool guard)
{
    /* A spreadsheet takes such a cell for a formula; the apostrophe makes it text again. */
    bool formula = guard && *text && strchr("=+-@\t\r", *text);

    if (!formula && *text && !strpbrk(text, ",\"\r\n") && *text != ' ' &&
        text[strlen(text) - 1] != ' ') {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    if (formula)
        fputc('\'', file);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

static void csv_header(struct jml_output *o)
{
    for (size_t i = 0; i < o->n_columns; i++) {
        if (i > 0)
            fputc(',', o->file);
        csv_cell(o->file, o->columns[i].name, true);
    }
    fputc('\n', o->file);
}

static void csv_row(struct jml_output *o, const struct jml_output_cell *cells)
{
    for (size_t i = 0; i < o->n_columns; i++) {
        const char *text = cells[i].text;
        enum jml_column_type type = o->columns[i].type;

        if (i > 0)
            fputc(',', o->file);
        if (type == JML_COLUMN_TIME)
            text = cells[i].time == JML_TIME_NONE  ? NULL
                   : cells[i].time == JML_TIME_MAX ? "infinity"
                                                   : jml_time_format(&o->arena, cells[i].time);
        /* No value is an empty cell, an empty text a quoted one. */
        if (text)
            csv_cell(o->file, text, type == JML_COLUMN_TEXT || type == JML_COLUMN_JSON);
    }
    fputc('\n', o->file);
    jml_arena_reset(&o->arena);
}

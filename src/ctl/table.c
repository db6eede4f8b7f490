/* SPDX-License-Identifier: MIT
 *
 * Table: aligned columns, or the fields of one object below each other, for people.
 *
 * Text is shown on one line: what could move the cursor or change the terminal is replaced. A
 * value that is absent is "-". On a terminal the last column is wrapped within the width.
 */
#include "ctl/table.h"

#include <ctype.h>
#include <string.h>
#include <wchar.h>

#include "base/str.h"
#include "base/value.h"

enum {
    LOOK_AHEAD = 500, /* rows that decide the widths */
    GAP = 2,
    LEAST_WRAP = 20, /* a last column narrower than this is not wrapped */
};

static const char *shown_text(struct jml_output *o, enum jml_column_type type,
                              const struct jml_output_cell *cell);
static void flush_rows(struct jml_output *o);
static void print_line(struct jml_output *o, const char *const *texts, bool header);
static void print_record(struct jml_output *o, const struct jml_output_cell *cells);
static void print_wrapped(struct jml_output *o, const char *text, unsigned indent);
static void pad(FILE *file, unsigned n);
static size_t next_char(const char *s, wchar_t *ret);
static const char *heading(struct jml_output *o, size_t column);

void jml_table_begin(struct jml_output *o)
{
    o->order = jml_new_n(&o->lasting, size_t, o->n_columns);
    o->n_order = 0;
    o->widths = jml_new_n(&o->lasting, unsigned, o->n_columns);
    if (!o->shown) {
        for (size_t i = 0; i < o->n_columns; i++)
            o->order[o->n_order++] = i;
    } else {
        for (const char *p = o->shown; *p;) {
            size_t n = strcspn(p, " ");

            for (size_t i = 0; i < o->n_columns; i++)
                if (strlen(o->columns[i].name) == n && !memcmp(o->columns[i].name, p, n) &&
                    o->n_order < o->n_columns)
                    o->order[o->n_order++] = i;
            p += n;
            p += strspn(p, " ");
        }
    }
    for (size_t i = 0; i < o->n_order; i++)
        o->widths[i] = jml_output_text_width(o->columns[o->order[i]].name);
}

void jml_table_row(struct jml_output *o, const struct jml_output_cell *cells)
{
    const char **texts;

    if (o->record) {
        if (o->rows > 0)
            fputc('\n', o->file);
        print_record(o, cells);
        return;
    }
    texts = jml_new_n(&o->arena, const char *, o->n_order);
    for (size_t i = 0; i < o->n_order; i++) {
        size_t column = o->order[i];
        unsigned width;

        texts[i] = shown_text(o, o->columns[column].type, &cells[column]);
        width = jml_output_text_width(texts[i]);
        if (width > o->widths[i])
            o->widths[i] = width;
    }
    jml_vec_push(&o->arena, &o->ahead, texts);
    if (o->ahead.n >= LOOK_AHEAD)
        flush_rows(o);
}

void jml_table_end(struct jml_output *o)
{
    if (!o->record)
        flush_rows(o);
}

static void flush_rows(struct jml_output *o)
{
    if (!o->header_done && !o->bare) {
        const char **texts = jml_new_n(&o->arena, const char *, o->n_order);

        for (size_t i = 0; i < o->n_order; i++)
            texts[i] = heading(o, o->order[i]);
        print_line(o, texts, true);
        o->header_done = true;
    }
    for (size_t i = 0; i < o->ahead.n; i++)
        print_line(o, o->ahead.items[i], false);
    o->ahead.items = NULL;
    o->ahead.n = o->ahead.cap = 0;
    jml_arena_reset(&o->arena);
}

static void print_line(struct jml_output *o, const char *const *texts, bool header)
{
    unsigned at = 0;

    for (size_t i = 0; i < o->n_order; i++) {
        unsigned room = o->widths[i] - jml_output_text_width(texts[i]);
        bool right = o->columns[o->order[i]].type == JML_COLUMN_NUMBER;

        if (i + 1 == o->n_order && !right) {
            if (header)
                fputs(texts[i], o->file);
            else
                print_wrapped(o, texts[i], at);
            break;
        }
        if (right)
            pad(o->file, room);
        fputs(texts[i], o->file);
        if (i + 1 == o->n_order)
            break;
        pad(o->file, GAP + (right ? 0 : room));
        at += o->widths[i] + GAP;
    }
    fputc('\n', o->file);
}

/* ---- one object ---- */

/* An array of objects as a table of its own under the field: the tasks of a run. */
static bool print_nested(struct jml_output *o, const char *json)
{
    const struct jml_value *v, *first;
    struct jml_output_column *columns;
    struct jml_output_cell *cells;
    struct jml_output inner = {.file = o->file, .zone = o->zone};
    struct jml_err e;

    if (jml_value_parse(&o->arena, json, strlen(json), 64, &v, &e) < 0 || v->type != JML_ARRAY ||
        v->n == 0 || v->items[0]->type != JML_OBJECT)
        return false;
    first = v->items[0];
    columns = jml_new_n(&o->arena, struct jml_output_column, first->n + 1);
    cells = jml_new_n(&o->arena, struct jml_output_cell, first->n + 1);
    /* The indentation is an empty first column. */
    columns[0] = (struct jml_output_column){"", JML_COLUMN_TEXT};
    for (size_t i = 0; i < first->n; i++) {
        columns[i + 1].name = first->keys[i];
        columns[i + 1].type =
            first->items[i]->type == JML_NUMBER ? JML_COLUMN_NUMBER : JML_COLUMN_TEXT;
    }
    fputc('\n', o->file);
    jml_output_begin(&inner, columns, first->n + 1);
    for (size_t row = 0; row < v->n; row++) {
        cells[0].text = "";
        for (size_t i = 0; i < first->n; i++) {
            const struct jml_value *member = jml_value_find(v->items[row], first->keys[i]);
            jml_time t;

            cells[i + 1].text = !member || member->type == JML_NULL ? NULL
                                : member->type == JML_STRING        ? member->text
                                                             : jml_value_text(&o->arena, member);
            if (cells[i + 1].text && member->type == JML_STRING && jml_time_parse(member->text, &t))
                cells[i + 1].text =
                    jml_time_format_in(&o->arena, t, o->zone ? o->zone : jml_zone_utc());
        }
        jml_output_row(&inner, cells);
    }
    jml_output_end(&inner, &e); /* the outer end tells of a write error */
    return true;
}

static void print_record(struct jml_output *o, const struct jml_output_cell *cells)
{
    unsigned widest = 0;

    for (size_t i = 0; i < o->n_order; i++)
        if (o->widths[i] > widest)
            widest = o->widths[i];
    for (size_t i = 0; i < o->n_order; i++) {
        size_t column = o->order[i];
        const char *name = heading(o, column);

        fputs(name, o->file);
        fputc(':', o->file);
        if (o->columns[column].type != JML_COLUMN_JSON || !cells[column].text ||
            !print_nested(o, cells[column].text)) {
            pad(o->file, widest - jml_output_text_width(name) + GAP);
            print_wrapped(o, shown_text(o, o->columns[column].type, &cells[column]),
                          widest + 1 + GAP);
            fputc('\n', o->file);
        }
    }
    jml_arena_reset(&o->arena);
}

/* ---- text ---- */

static const char *heading(struct jml_output *o, size_t column)
{
    char *text = jml_strdup(&o->arena, o->columns[column].name);

    for (char *p = text; *p; p++)
        *p = *p == '_' ? ' ' : o->record ? *p : (char)toupper((unsigned char)*p);
    return text;
}

static const char *shown_text(struct jml_output *o, enum jml_column_type type,
                              const struct jml_output_cell *cell)
{
    struct jml_str s = JML_STR_INIT(&o->arena);
    const char *text = cell->text;

    if (type == JML_COLUMN_TIME) {
        if (cell->time == JML_TIME_NONE)
            return "-";
        if (cell->time == JML_TIME_MAX)
            return "never";
        return jml_time_format_in(&o->arena, cell->time, o->zone ? o->zone : jml_zone_utc());
    }
    if (!text)
        return "-";
    if (type == JML_COLUMN_BOOL)
        return jml_streq(text, "true") ? "yes" : "no";
    for (const char *p = text; *p;) {
        wchar_t w;
        size_t n = next_char(p, &w);

        if (n == 0) {
            jml_str_add(&s, "\xef\xbf\xbd"); /* not UTF-8 */
            p++;
            continue;
        }
        if (w == L'\n' || w == L'\t' || w == L'\r')
            jml_str_add_char(&s, ' ');
        else if (jml_code_point_steers((uint32_t)w))
            jml_str_add(&s, "\xef\xbf\xbd"); /* control, or turns the writing direction */
        else
            jml_str_add_n(&s, p, n);
        p += n;
    }
    return jml_str_text(&s);
}

/* Prints from terminal column `indent` on; lines after the first are indented alike. */
static void print_wrapped(struct jml_output *o, const char *text, unsigned indent)
{
    unsigned room = o->width > indent ? o->width - indent : 0;

    if (room < LEAST_WRAP || jml_output_text_width(text) <= room) {
        fputs(text, o->file);
        return;
    }
    for (unsigned at = 0; *text;) {
        size_t word = strcspn(text, " ");
        unsigned width;
        char *copy;

        if (word == 0) {
            text++;
            continue;
        }
        copy = jml_strndup(&o->arena, text, word);
        width = jml_output_text_width(copy);
        if (at > 0 && at + 1 + width > room) {
            fputc('\n', o->file);
            pad(o->file, indent);
            at = 0;
        } else if (at > 0) {
            fputc(' ', o->file);
            at++;
        }
        fputs(copy, o->file);
        at += width;
        text += word;
    }
}

static void pad(FILE *file, unsigned n)
{
    fprintf(file, "%*s", (int)n, "");
}

/* One character of UTF-8, decoded here so that no locale has a say. 0: not valid. */
static size_t next_char(const char *s, wchar_t *ret)
{
    const unsigned char *u = (const unsigned char *)s;
    unsigned c = u[0];
    size_t n = c < 0x80                ? 1
               : c >= 0xc2 && c < 0xe0 ? 2
               : (c & 0xf0) == 0xe0    ? 3
               : c >= 0xf0 && c < 0xf5 ? 4
                                       : 0;

    if (n == 0)
        return 0;
    if (n > 1)
        c &= 0xffu >> (n + 1);
    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (u[i] & 0x3f);
    }
    if ((n == 3 && (c < 0x800 || (c >= 0xd800 && c < 0xe000))) ||
        (n == 4 && (c < 0x10000 || c > 0x10ffff)))
        return 0;
    *ret = (wchar_t)c;
    return n;
}

unsigned jml_output_text_width(const char *text)
{
    unsigned width = 0;

    while (*text) {
        wchar_t w;
        size_t n = next_char(text, &w);
        int cells = n == 0 ? 1 : w < 0x80 ? 1 : wcwidth(w);

        width += cells < 0 ? 1 : (unsigned)cells;
        text += n == 0 ? 1 : n;
    }
    return width;
}

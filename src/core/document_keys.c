/* SPDX-License-Identifier: MIT
 *
 * Keys: names that stand twice in one object. Of those the parser keeps the last, as PostgreSQL
 * does; in a document the first may be what was meant. So the text is walked once more.
 */
#include "core/document_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/vec.h"

struct walk {
    struct jml_reader *reader;
    const char *at, *end;
};

static void walk_value(struct walk *w, const char *path);
static void walk_object(struct walk *w, const char *path);
static void walk_array(struct walk *w, const char *path);
static const char *walk_string(struct walk *w);
static void skip_blanks(struct walk *w);
static int by_name(const void *a, const void *b);

void jml_read_keys(struct jml_reader *r, const char *text, size_t length, const char *path)
{
    struct walk w = {.reader = r, .at = text, .end = text + length};

    walk_value(&w, path);
}

/* ---- the text is JSON: the parser has said so ---- */

static void walk_value(struct walk *w, const char *path)
{
    skip_blanks(w);
    if (*w->at == '{')
        walk_object(w, path);
    else if (*w->at == '[')
        walk_array(w, path);
    else if (*w->at == '"')
        walk_string(w);
    else
        while (w->at < w->end && !strchr(",]} \t\r\n", *w->at))
            w->at++;
    skip_blanks(w);
}

static void walk_object(struct walk *w, const char *path)
{
    JML_VEC(const char *) names = {0};

    w->at++;
    skip_blanks(w);
    while (*w->at != '}') {
        const char *name = walk_string(w);

        jml_vec_push(w->reader->arena, &names, name);
        skip_blanks(w);
        w->at++; /* the colon */
        walk_value(w, jml_pointer(w->reader->arena, path, name));
        if (*w->at == ',')
            w->at++;
        skip_blanks(w);
    }
    w->at++;
    if (names.n > 1)
        qsort(names.items, names.n, sizeof(*names.items), by_name);
    for (size_t i = 1; i < names.n; i++)
        if (jml_streq(names.items[i], names.items[i - 1]) &&
            (i == 1 || !jml_streq(names.items[i], names.items[i - 2])))
            jml_problem_add(w->reader->problems,
                            jml_pointer(w->reader->arena, path, names.items[i]),
                            "stands twice in its object");
}

static void walk_array(struct walk *w, const char *path)
{
    w->at++;
    skip_blanks(w);
    for (size_t i = 0; *w->at != ']'; i++) {
        walk_value(w, jml_pointer_item(w->reader->arena, path, i));
        if (*w->at == ',')
            w->at++;
    }
    w->at++;
}

/* The string that begins here, as it is meant: "\\u0061" is "a". */
static const char *walk_string(struct walk *w)
{
    const char *start = w->at++;
    const struct jml_value *v;
    bool escaped = false;
    struct jml_err e;

    for (; *w->at != '"'; w->at++)
        if (*w->at == '\\') {
            escaped = true;
            w->at++;
        }
    w->at++;
    if (escaped &&
        jml_value_parse(w->reader->arena, start, (size_t)(w->at - start), 1, &v, &e) == 0)
        return v->text;
    return jml_strndup(w->reader->arena, start + 1, (size_t)(w->at - start) - 2);
}

static void skip_blanks(struct walk *w)
{
    while (w->at < w->end && strchr(" \t\r\n", *w->at))
        w->at++;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

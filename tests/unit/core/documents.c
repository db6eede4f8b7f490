/* SPDX-License-Identifier: MIT */
#include "unit/core/documents.h"

#include <string.h>

#include "base/str.h"

const char *test_json(struct jml_arena *a, const char *text)
{
    char *copy = jml_strdup(a, text);

    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
        else if (*c == '`') /* a quote inside a string */
            *c = '\'';
    return copy;
}

const char *test_problems(struct jml_arena *a, const struct jml_problems *problems)
{
    struct jml_str s = JML_STR_INIT(a);

    for (size_t i = 0; i < problems->n; i++)
        jml_str_addf(&s, "%s%s: %s", i ? "\n" : "", problems->items[i].path,
                     problems->items[i].reason);
    return jml_str_text(&s);
}

const char *test_plan(struct jml_arena *a, const struct jml_governance_rows *before,
                      const char *text, struct jml_governance_plan *ret_plan)
{
    static struct jml_id_source ids;
    struct jml_problems problems = {.arena = a};
    struct jml_document_set set = {.arena = a};
    struct jml_governance_rows empty = {0};
    struct jml_governance *g = NULL;
    struct jml_err e;

    if (!ids.state[0])
        jml_id_source_init(&ids, 1);
    text = test_json(a, text);
    jml_document_parse(&set, NULL, text, strlen(text), &problems);
    if (!problems.n)
        jml_governance_plan(a, before ? before : &empty, &set, &ids, JML_DAY, &problems, ret_plan);
    if (!problems.n && jml_governance_build(&ret_plan->after, &problems, &g, &e) == 0)
        jml_governance_free(g);
    return test_problems(a, &problems);
}

/* SPDX-License-Identifier: MIT
 *
 * jmlctl export: the configuration as one document; applying it changes nothing.
 */
#include <stdio.h>

#include "ctl/governance.h"
#include "db/governance.h"

static void print(const struct jml_value *v, int indent);

static int run_export(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    struct jml_governance_rows rows;
    struct jml_err e;
    int code;

    (void)call;
    if (c->format == JML_CTL_CSV)
        return jml_ctl_say(c, JML_EXIT_USAGE, "export prints a JSON document; --csv makes none");
    code = jml_ctl_session(c);
    if (code)
        return code;
    if (jml_session_script(c->session, "begin", &e) < 0 ||
        jml_governance_rows_read(c->session, &c->arena, &rows, &e) < 0 ||
        jml_session_script(c->session, "commit", &e) < 0)
        return jml_ctl_fail(c, &e);
    print(jml_governance_export(&c->arena, &rows), 0);
    putchar('\n');
    return 0;
}

const struct jml_verb jml_ctl_export_verbs[] = {
    {
        .noun = "export",
        .arguments = "",
        .summary = "Prints the configuration as one document that apply takes.",
        .run = run_export,
    },
    {0},
};

/* Two blanks a level, so that it can be read and compared line by line. */
static void print(const struct jml_value *v, int indent)
{
    struct jml_arena a;
    struct jml_str s;

    if ((v->type != JML_ARRAY && v->type != JML_OBJECT) || v->n == 0) {
        jml_arena_init(&a);
        s = JML_STR_INIT(&a);
        jml_value_format(&s, v);
        fputs(jml_str_text(&s), stdout);
        jml_arena_fini(&a);
        return;
    }
    putchar(v->type == JML_OBJECT ? '{' : '[');
    for (size_t i = 0; i < v->n; i++) {
        printf("%s\n%*s", i ? "," : "", indent + 2, "");
        if (v->type == JML_OBJECT) {
            jml_arena_init(&a);
            s = JML_STR_INIT(&a);
            jml_value_format_string(&s, v->keys[i]);
            printf("%s: ", jml_str_text(&s));
            jml_arena_fini(&a);
        }
        print(v->items[i], indent + 2);
    }
    printf("\n%*s%c", indent, "", v->type == JML_OBJECT ? '}' : ']');
}

/* SPDX-License-Identifier: MIT
 *
 * Rule, third part: the tree as text, each language in its own.
 */
#include "base/str.h"
#include "base/vec.h"
#include "core/rule_node.h"

static void format(struct jml_str *s, const struct jml_rule *r, bool bracket);

const char *jml_rule_format(struct jml_arena *a, const struct jml_rule *rule)
{
    struct jml_str s = JML_STR_INIT(a);
    format(&s, rule, false);
    return jml_str_text(&s);
}

const char *const *jml_rule_attributes(struct jml_arena *a, const struct jml_rule *rule)
{
    JML_VEC(const struct jml_rule *) todo = {0};
    JML_VEC(const char *) names = {0};

    jml_vec_push(a, &todo, rule);
    for (size_t i = 0; i < todo.n; i++) {
        const struct jml_rule *r = todo.items[i];
        for (size_t j = 0; j < r->n_items; j++)
            jml_vec_push(a, &todo, r->items[j]);
        if (r->path.n && r->path.variable < 0) {
            struct jml_str s = JML_STR_INIT(a);
            bool known = false;
            for (size_t j = 0; j < r->path.n; j++)
                jml_str_addf(&s, "%s%s", j ? "/" : "", r->path.names[j]);
            for (size_t j = 0; j < names.n && !known; j++)
                known = jml_streq(names.items[j], jml_str_text(&s));
            if (!known)
                jml_vec_push(a, &names, jml_str_text(&s));
        }
    }
    jml_vec_push(a, &names, NULL);
    return names.items;
}

static void format_path(struct jml_str *s, const struct jml_rule *r)
{
    if (r->fold) {
        const char *element = r->path.variable < 0 ? NULL : r->variables[r->path.variable];
        jml_str_add(s, !element ? "user" : r->path.n ? element : "_");
        for (size_t i = 0; i < r->path.n; i++)
            jml_str_addf(s, ".%s", r->path.names[i]);
        return;
    }
    if (r->path.variable >= 0)
        jml_str_add(s, r->variables[r->path.variable]);
    for (size_t i = 0; i < r->path.n; i++) {
        if (i || r->path.variable >= 0)
            jml_str_add_char(s, '/');
        jml_str_add(s, r->path.names[i]);
    }
}

static void format_folded_string(struct jml_str *s, const char *text)
{
    jml_str_add_char(s, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '`')
            jml_str_add_char(s, '`');
        if (*c == '\'')
            jml_str_add_char(s, '\'');
        jml_str_add_char(s, *c);
    }
    jml_str_add_char(s, '"');
}

static void format_literal(struct jml_str *s, const struct jml_rule *r, const struct jml_value *v)
{
    if (v->type != JML_STRING) {
        jml_value_format(s, v);
        return;
    }
    if (r->fold) {
        format_folded_string(s, v->text);
        return;
    }
    jml_str_add_char(s, '\'');
    for (const char *c = v->text; *c; c++) {
        if (*c == '\'')
            jml_str_add_char(s, '\'');
        jml_str_add_char(s, *c);
    }
    jml_str_add_char(s, '\'');
}

static void format_list(struct jml_str *s, const struct jml_rule *r, bool bracket)
{
    if (bracket)
        jml_str_add_char(s, '(');
    for (size_t i = 0; i < r->n_items; i++) {
        enum jml_rule_kind kind = r->items[i]->kind;
        if (i)
            jml_str_addf(s, " %s%s ", r->fold ? "-" : "", r->kind == JML_RULE_OR ? "or" : "and");
        format(s, r->items[i],
               kind == JML_RULE_OR || (kind == JML_RULE_AND && (r->kind == kind || !r->fold)));
    }
    if (bracket)
        jml_str_add_char(s, ')');
}

/* A comparison of a membership rule. */
static void format_folded(struct jml_str *s, const struct jml_rule *r)
{
    static const char *const operators[] = {
        [JML_RULE_EQ] = "eq",
        [JML_RULE_NE] = "ne",
        [JML_RULE_IN] = "in",
        [JML_RULE_STARTS_WITH] = "startsWith",
        [JML_RULE_CONTAINS] = "contains",
        [JML_RULE_ENDS_WITH] = "endsWith",
        [JML_RULE_ANY] = "any",
        [JML_RULE_ALL] = "all",
    };

    format_path(s, r);
    jml_str_addf(s, " -%s ", operators[r->kind]);
    if (r->kind == JML_RULE_ANY || r->kind == JML_RULE_ALL) {
        jml_str_add_char(s, '(');
        format(s, r->items[0], false);
        jml_str_add_char(s, ')');
    } else if (r->kind == JML_RULE_IN) {
        for (size_t i = 0; i < r->n_literals; i++) {
            jml_str_add(s, i ? ", " : "[");
            format_literal(s, r, r->literals[i]);
        }
        jml_str_add_char(s, ']');
    } else {
        format_literal(s, r, r->literals[0]);
    }
}

static void format(struct jml_str *s, const struct jml_rule *r, bool bracket)
{
    if (r->fold && r->kind > JML_RULE_NOT) {
        format_folded(s, r);
        return;
    }
    switch (r->kind) {
    case JML_RULE_OR:
    case JML_RULE_AND:
        format_list(s, r, bracket);
        return;
    case JML_RULE_NOT:
        jml_str_add(s, r->fold ? "-not (" : "not (");
        format(s, r->items[0], false);
        jml_str_add_char(s, ')');
        return;
    case JML_RULE_EQ:
    case JML_RULE_NE:
        format_path(s, r);
        jml_str_add(s, r->kind == JML_RULE_EQ ? " eq " : " ne ");
        format_literal(s, r, r->literals[0]);
        return;
    case JML_RULE_IN:
        format_path(s, r);
        for (size_t i = 0; i < r->n_literals; i++) {
            jml_str_add(s, i ? ", " : " in (");
            format_literal(s, r, r->literals[i]);
        }
        jml_str_add_char(s, ')');
        return;
    case JML_RULE_STARTS_WITH:
        jml_str_add(s, "startsWith(");
        format_path(s, r);
        jml_str_add(s, ", ");
        format_literal(s, r, r->literals[0]);
        jml_str_add_char(s, ')');
        return;
    case JML_RULE_ANY:
        format_path(s, r);
        jml_str_addf(s, "/any(%s: ", r->variable);
        format(s, r->items[0], false);
        jml_str_add_char(s, ')');
        return;
    case JML_RULE_CONTAINS:
    case JML_RULE_ENDS_WITH:
    case JML_RULE_ALL:
        return; /* of membership rules */
    }
}

/* SPDX-License-Identifier: MIT
 *
 * Rule, second half: what a tree says about a person, and the tree as text. Nothing here fails.
 */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/rule_node.h"

/* What the paths start at: the person, and one element for each any() around. */
struct scope {
    const struct jml_value *person;
    const struct jml_value *elements[JML_RULE_MAX_DEPTH + 1];
    int n;
};

static bool matches(const struct jml_rule *r, struct scope *s);
static const char *explain(struct jml_arena *a, const struct jml_rule *r, struct scope *s);
static void format(struct jml_str *s, const struct jml_rule *r, bool bracket);
static void format_path(struct jml_str *s, const struct jml_rule *r);

bool jml_rule_matches(const struct jml_rule *rule, const struct jml_value *attributes)
{
    struct scope s = {.person = attributes};
    return matches(rule, &s);
}

const char *jml_rule_explain(struct jml_arena *a, const struct jml_rule *rule,
                             const struct jml_value *attributes)
{
    struct scope s = {.person = attributes};
    return matches(rule, &s) ? NULL : explain(a, rule, &s);
}

const char *jml_rule_format(struct jml_arena *a, const struct jml_rule *rule)
{
    struct jml_str s = JML_STR_INIT(a);
    format(&s, rule, false);
    return jml_str_text(&s);
}

/* ---- matching ---- */

static const struct jml_value *look_up(const struct jml_rule_path *path, const struct scope *s)
{
    const struct jml_value *v = path->variable < 0 ? s->person : s->elements[path->variable];
    for (size_t i = 0; i < path->n; i++)
        v = jml_value_find(v, path->names[i]);
    return v;
}

static bool is_null(const struct jml_value *v)
{
    return !v || v->type == JML_NULL;
}

/* Graph knows no numbers in rules, only strings: '100' finds the number 100. */
static bool equals(const struct jml_value *literal, const struct jml_value *v)
{
    if (is_null(literal) || is_null(v))
        return is_null(literal) && is_null(v);
    if (literal->type != JML_STRING)
        return jml_value_equal(literal, v);
    if (v->type == JML_BOOL)
        return jml_streq(literal->text, v->boolean ? "true" : "false");
    return (v->type == JML_STRING || v->type == JML_NUMBER) && jml_streq(literal->text, v->text);
}

/* An attribute with several values equals a literal when one of them does. */
static bool equals_some(const struct jml_value *literal, const struct jml_value *v)
{
    if (!v || v->type != JML_ARRAY)
        return equals(literal, v);
    for (size_t i = 0; i < v->n; i++)
        if (equals(literal, v->items[i]))
            return true;
    return v->n == 0 && is_null(literal);
}

static bool starts_with(const char *beginning, const struct jml_value *v)
{
    if (v && v->type == JML_ARRAY) {
        for (size_t i = 0; i < v->n; i++)
            if (v->items[i]->type == JML_STRING && jml_str_starts(v->items[i]->text, beginning))
                return true;
        return false;
    }
    return v && v->type == JML_STRING && jml_str_starts(v->text, beginning);
}

static bool matches_any(const struct jml_rule *r, struct scope *s)
{
    const struct jml_value *v = look_up(&r->path, s);
    bool found = false;

    if (!v || v->type != JML_ARRAY)
        return false;
    s->n++;
    for (size_t i = 0; i < v->n && !found; i++) {
        s->elements[s->n - 1] = v->items[i];
        found = matches(r->items[0], s);
    }
    s->n--;
    return found;
}

static bool matches(const struct jml_rule *r, struct scope *s)
{
    const struct jml_value *v;

    switch (r->kind) {
    case JML_RULE_OR:
    case JML_RULE_AND:
        for (size_t i = 0; i < r->n_items; i++)
            if (matches(r->items[i], s) == (r->kind == JML_RULE_OR))
                return r->kind == JML_RULE_OR;
        return r->kind == JML_RULE_AND;
    case JML_RULE_NOT:
        return !matches(r->items[0], s);
    case JML_RULE_EQ:
        return equals_some(r->literals[0], look_up(&r->path, s));
    case JML_RULE_NE:
        return !equals_some(r->literals[0], look_up(&r->path, s));
    case JML_RULE_IN:
        v = look_up(&r->path, s);
        for (size_t i = 0; i < r->n_literals; i++)
            if (equals_some(r->literals[i], v))
                return true;
        return false;
    case JML_RULE_STARTS_WITH:
        return starts_with(r->literals[0]->text, look_up(&r->path, s));
    case JML_RULE_ANY:
        return matches_any(r, s);
    }
    jml_bug("no such kind of rule: %d", (int)r->kind);
}

/* r is known to be false: the smallest part of it that says so alone. */
static const char *explain(struct jml_arena *a, const struct jml_rule *r, struct scope *s)
{
    if (r->kind == JML_RULE_AND)
        for (size_t i = 0; i < r->n_items; i++)
            if (!matches(r->items[i], s))
                return explain(a, r->items[i], s);
    return jml_rule_format(a, r);
}

/* ---- text ---- */

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
            format_path(&s, r);
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
    if (r->path.variable >= 0)
        jml_str_add(s, r->variables[r->path.variable]);
    for (size_t i = 0; i < r->path.n; i++) {
        if (i || r->path.variable >= 0)
            jml_str_add_char(s, '/');
        jml_str_add(s, r->path.names[i]);
    }
}

static void format_literal(struct jml_str *s, const struct jml_value *v)
{
    if (v->type != JML_STRING) {
        jml_value_format(s, v);
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
            jml_str_add(s, r->kind == JML_RULE_OR ? " or " : " and ");
        format(s, r->items[i], kind == JML_RULE_OR || kind == JML_RULE_AND);
    }
    if (bracket)
        jml_str_add_char(s, ')');
}

static void format(struct jml_str *s, const struct jml_rule *r, bool bracket)
{
    switch (r->kind) {
    case JML_RULE_OR:
    case JML_RULE_AND:
        format_list(s, r, bracket);
        return;
    case JML_RULE_NOT:
        jml_str_add(s, "not (");
        format(s, r->items[0], false);
        jml_str_add_char(s, ')');
        return;
    case JML_RULE_EQ:
    case JML_RULE_NE:
        format_path(s, r);
        jml_str_add(s, r->kind == JML_RULE_EQ ? " eq " : " ne ");
        format_literal(s, r->literals[0]);
        return;
    case JML_RULE_IN:
        format_path(s, r);
        for (size_t i = 0; i < r->n_literals; i++) {
            jml_str_add(s, i ? ", " : " in (");
            format_literal(s, r->literals[i]);
        }
        jml_str_add_char(s, ')');
        return;
    case JML_RULE_STARTS_WITH:
        jml_str_add(s, "startsWith(");
        format_path(s, r);
        jml_str_add(s, ", ");
        format_literal(s, r->literals[0]);
        jml_str_add_char(s, ')');
        return;
    case JML_RULE_ANY:
        format_path(s, r);
        jml_str_addf(s, "/any(%s: ", r->variable);
        format(s, r->items[0], false);
        jml_str_add_char(s, ')');
        return;
    }
}

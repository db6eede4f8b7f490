/* SPDX-License-Identifier: MIT
 *
 * Rule, second half: what a tree says about a person. Nothing here fails.
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

/* ---- matching ---- */

static const struct jml_value *find_folded(const struct jml_value *v, const char *name)
{
    const struct jml_value *found = jml_value_find(v, name);
    for (size_t i = 0; !found && v && v->type == JML_OBJECT && i < v->n; i++)
        if (jml_str_fold_equal(v->keys[i], name))
            found = v->items[i];
    return found;
}

static const struct jml_value *look_up(const struct jml_rule *r, const struct scope *s)
{
    const struct jml_value *v = r->path.variable < 0 ? s->person : s->elements[r->path.variable];
    for (size_t i = 0; i < r->path.n; i++)
        v = (r->fold ? find_folded : jml_value_find)(v, r->path.names[i]);
    return v;
}

static bool is_null(const struct jml_value *v)
{
    return !v || v->type == JML_NULL;
}

/* Graph knows no numbers in rules, only strings: '100' finds the number 100. */
static bool equals(const struct jml_rule *r, const struct jml_value *literal,
                   const struct jml_value *v)
{
    bool (*same)(const char *, const char *) = r->fold ? jml_str_fold_equal : jml_streq;

    if (is_null(literal) || is_null(v))
        return is_null(literal) && is_null(v);
    if (literal->type != JML_STRING)
        return jml_value_equal(literal, v);
    if (v->type == JML_BOOL)
        return same(literal->text, v->boolean ? "true" : "false");
    return (v->type == JML_STRING || v->type == JML_NUMBER) && same(literal->text, v->text);
}

/* An attribute with several values equals a literal when one of them does. */
static bool equals_some(const struct jml_rule *r, const struct jml_value *literal,
                        const struct jml_value *v)
{
    if (!v || v->type != JML_ARRAY)
        return equals(r, literal, v);
    for (size_t i = 0; i < v->n; i++)
        if (equals(r, literal, v->items[i]))
            return true;
    return v->n == 0 && is_null(literal);
}

static bool has_part(const struct jml_rule *r, const char *text)
{
    const char *part = r->literals[0]->text;

    switch (r->kind) {
    case JML_RULE_CONTAINS:
        return jml_str_fold_contains(text, part);
    case JML_RULE_ENDS_WITH:
        return jml_str_fold_ends(text, part);
    default:
        return (r->fold ? jml_str_fold_starts : jml_str_starts)(text, part);
    }
}

/* A string, or one of several, that begins with, ends with or has in it what the rule says. */
static bool has_part_some(const struct jml_rule *r, const struct jml_value *v)
{
    if (v && v->type == JML_ARRAY) {
        for (size_t i = 0; i < v->n; i++)
            if (v->items[i]->type == JML_STRING && has_part(r, v->items[i]->text))
                return true;
        return false;
    }
    return v && v->type == JML_STRING && has_part(r, v->text);
}

/* Nothing has any element that fits, nor do all of none: what is missing gives nobody access. */
static bool matches_elements(const struct jml_rule *r, struct scope *s)
{
    const struct jml_value *v = look_up(r, s);
    bool all = r->kind == JML_RULE_ALL, found = all;

    if (!v || v->type != JML_ARRAY || v->n == 0)
        return false;
    s->n++;
    for (size_t i = 0; i < v->n && found == all; i++) {
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
        return equals_some(r, r->literals[0], look_up(r, s));
    case JML_RULE_NE:
        return !equals_some(r, r->literals[0], look_up(r, s));
    case JML_RULE_IN:
        v = look_up(r, s);
        for (size_t i = 0; i < r->n_literals; i++)
            if (equals_some(r, r->literals[i], v))
                return true;
        return false;
    case JML_RULE_STARTS_WITH:
    case JML_RULE_CONTAINS:
    case JML_RULE_ENDS_WITH:
        return has_part_some(r, look_up(r, s));
    case JML_RULE_ANY:
    case JML_RULE_ALL:
        return matches_elements(r, s);
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

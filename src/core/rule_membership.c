/* SPDX-License-Identifier: MIT
 *
 * Rule: the dynamic membership rules of Microsoft Entra, as text to the tree of rule_node.h. What
 * nobody here has (devices, memberOf) and what would need more than attributes is refused by name:
 * a rule that silently holds for nobody, or under -not for everybody, is worse than none.
 */
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/rule_node.h"

#define MAX_CHARACTERS 10000

struct parser {
    struct jml_arena *arena;
    const char *text, *at;
    int depth;
    const char **element; /* inside -any(...): what the element is called; NULL: outside */
    struct jml_err *err;
};

static bool is_membership(const char *text);
static int parse_or(struct parser *p, const struct jml_rule **ret);
static int expected(struct parser *p, const char *what);
static void skip_blanks(struct parser *p);

int jml_rule_parse_membership(struct jml_arena *a, const char *text,
                              const struct jml_rule **ret_rule, struct jml_err *e)
{
    struct parser p = {.arena = a, .text = text, .at = text, .err = e};
    const struct jml_rule *rule;

    if (!is_membership(text))
        return jml_rule_parse(a, text, ret_rule, e);
    if (strnlen(text, 4 * MAX_CHARACTERS + 1) > 4 * MAX_CHARACTERS ||
        jml_str_code_points(text) > MAX_CHARACTERS)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "the rule has more than %d characters",
                           MAX_CHARACTERS);
    if (parse_or(&p, &rule) < 0)
        return -1;
    skip_blanks(&p);
    if (*p.at)
        return expected(&p, "-and, -or, or the end of the rule");
    *ret_rule = rule;
    return 0;
}

/* ---- words ---- */

static int complain(struct parser *p, const char *at, const char *words)
{
    int column = 1;

    for (const char *c = p->text; c < at; c++)
        column += ((unsigned char)*c & 0xc0) != 0x80;
    return jml_err_set(p->err, JML_ERR_BAD_INPUT, "column %d: %s", column, words);
}

static int expected(struct parser *p, const char *what)
{
    return complain(
        p, p->at,
        jml_printf(p->arena, "expected %s%s", what, *p->at ? "" : ", but the rule ends here"));
}

static int deeper(struct parser *p)
{
    if (p->depth >= JML_RULE_MAX_DEPTH)
        return complain(p, p->at,
                        jml_printf(p->arena, "nested deeper than %d levels", JML_RULE_MAX_DEPTH));
    p->depth++;
    return 0;
}

static void skip_blanks(struct parser *p)
{
    p->at += strspn(p->at, " \t\r\n");
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9');
}

static bool take(struct parser *p, char c)
{
    skip_blanks(p);
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

static size_t name_length(const char *s)
{
    size_t n = 0;

    while (is_name_start(*s) && is_name(s[n]))
        n++;
    return n;
}

/* "-word" or "word", in any case. */
static bool take_word(struct parser *p, const char *word)
{
    const char *s;
    size_t n;

    skip_blanks(p);
    s = p->at + (*p->at == '-');
    n = name_length(s);
    if (n != strlen(word) || !jml_strcaseeq(jml_strndup(p->arena, s, n), word))
        return false;
    p->at = s + n;
    return true;
}

/* Does it begin as a membership rule does: brackets, "not", and then "user."? Or names what only
 * such a rule would: then the words about it are of this language, too. */
static bool is_membership(const char *text)
{
    for (;;) {
        size_t n;
        text += strspn(text, " \t\r\n(");
        n = name_length(text + (*text == '-'));
        if (n == 3 && jml_str_fold_starts(text + (*text == '-'), "not"))
            text += n + (*text == '-');
        else
            return *text == '-' || jml_str_fold_starts(text, "user.") ||
                   jml_str_fold_starts(text, "device.") ||
                   jml_str_fold_starts(text, "direct reports");
    }
}

/* ---- literals ---- */

static int parse_string(struct parser *p, const char **ret)
{
    struct jml_str s = JML_STR_INIT(p->arena);
    char quote = *p->at;

    if (quote != '"' && quote != '\'')
        return expected(p, "a \"string\"");
    for (p->at++; *p->at != quote || quote == '\''; p->at++) {
        if (*p->at == '`' && p->at[1])
            p->at++;
        else if (*p->at == '\'' && p->at[1] == '\'')
            p->at++;
        else if (*p->at == quote)
            break;
        if (!*p->at)
            return expected(p, "the closing quote of the string");
        jml_str_add_char(&s, *p->at);
    }
    p->at++;
    *ret = jml_str_text(&s);
    return 0;
}

static int parse_literal(struct parser *p, const struct jml_value **ret)
{
    static const char what[] = "a \"string\", true, false, null or a number";
    struct jml_value *v;
    const char *s = NULL;
    size_t n;

    skip_blanks(p);
    if (*p->at == '"' || *p->at == '\'') {
        if (parse_string(p, &s) < 0)
            return -1;
        *ret = jml_value_string(p->arena, s);
        return 0;
    }
    s = p->at + (*p->at == '$');
    n = name_length(s);
    if ((n == 4 && jml_str_fold_starts(s, "true")) || (n == 5 && jml_str_fold_starts(s, "false")))
        *ret = jml_value_bool(n == 4);
    else if (n == 4 && jml_str_fold_starts(s, "null"))
        *ret = jml_value_null();
    else {
        s = p->at;
        n = strspn(s + (*s == '-'), "0123456789") + (*s == '-');
        if (n == (size_t)(*s == '-') || n > 18 || is_name(s[n]) || s[n] == '.')
            return expected(p, what);
        v = jml_new(p->arena, struct jml_value);
        v->type = JML_NUMBER;
        v->text = jml_strndup(p->arena, s, n);
        /* as JSON writes it: no leading zeros */
        while (v->text[0] == '0' && v->text[1])
            v->text++;
        if (v->text[0] == '-' && v->text[1] == '0' && v->text[2])
            return expected(p, what);
        *ret = v;
    }
    p->at = s + n;
    return 0;
}

/* ---- comparisons ---- */

static struct jml_rule *new_node(struct parser *p, enum jml_rule_kind kind)
{
    struct jml_rule *r = jml_new(p->arena, struct jml_rule);
    r->kind = kind;
    r->fold = true;
    r->variables = p->element;
    return r;
}

static struct jml_rule *with_items(struct parser *p, struct jml_rule *r,
                                   const struct jml_rule *const *items, size_t n)
{
    const struct jml_rule **copy = jml_new_n(p->arena, const struct jml_rule *, n);
    memcpy(copy, items, n * sizeof(*items));
    r->items = copy;
    r->n_items = n;
    return r;
}

/* Attributes that a rule of Entra may name and nobody has here. */
static const char *attribute_refusal(const char *name)
{
    static const struct {
        const char *name, *why;
    } table[] = {
        {"memberOf", "memberOf is not supported: say user.groups -eq \"...\", or groupMembers"},
        {"objectId", "objectId is not supported: say user.employeeId"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (jml_strcaseeq(name, table[i].name))
            return table[i].why;
    return NULL;
}

static int parse_path(struct parser *p, struct jml_rule_path *ret)
{
    const char *what = p->element ? "the element: _ or item.name" : "user. and an attribute";
    JML_VEC(const char *) names = {0};
    const char *start, *first;
    size_t n;

    skip_blanks(p);
    start = p->at;
    n = name_length(start);
    if (!n)
        return expected(p, what);
    first = jml_strndup(p->arena, start, n);
    if (jml_strcaseeq(first, "user") == (p->element != NULL))
        return expected(p, what);
    p->at += n;
    while (*p->at == '.') {
        n = name_length(p->at + 1);
        if (!n) {
            p->at++;
            return expected(p, "a name after '.'");
        }
        jml_vec_push(p->arena, &names, jml_strndup(p->arena, p->at + 1, n));
        p->at += n + 1;
    }
    if (!names.n && !jml_streq(first, "_")) {
        p->at = start;
        return expected(p, what);
    }
    if (!p->element && attribute_refusal(names.items[0]))
        return complain(p, start, attribute_refusal(names.items[0]));
    if (p->element && names.n)
        *p->element = first;
    *ret =
        (struct jml_rule_path){.variable = p->element ? 0 : -1, .names = names.items, .n = names.n};
    return 0;
}

static int parse_list(struct parser *p, struct jml_rule *r)
{
    JML_VEC(const struct jml_value *) literals = {0};
    const struct jml_value *v;

    if (!take(p, '['))
        return expected(p, "'[' and a list of \"strings\"");
    do {
        if (parse_literal(p, &v) < 0)
            return -1;
        jml_vec_push(p->arena, &literals, v);
    } while (take(p, ','));
    if (!take(p, ']'))
        return expected(p, "',' or ']'");
    r->literals = literals.items;
    r->n_literals = literals.n;
    return 0;
}

static int parse_elements(struct parser *p, struct jml_rule *r)
{
    const struct jml_rule *item;

    if (p->element)
        return expected(p, "an operator other than -any and -all inside of them");
    if (!take(p, '('))
        return expected(p, "'(' and a comparison of _");
    if (deeper(p) < 0)
        return -1;
    p->element = jml_new_n(p->arena, const char *, 2);
    *p->element = "item";
    if (parse_or(p, &item) < 0)
        return -1;
    r->variable = *p->element;
    p->element = NULL;
    p->depth--;
    if (!take(p, ')'))
        return expected(p, "-and, -or, or ')'");
    with_items(p, r, &item, 1);
    return 0;
}

static int parse_operand(struct parser *p, struct jml_rule *r)
{
    const struct jml_value **literal;
    const char *start;

    switch (r->kind) {
    case JML_RULE_IN:
        return parse_list(p, r);
    case JML_RULE_ANY:
    case JML_RULE_ALL:
        return parse_elements(p, r);
    default:
        break;
    }
    skip_blanks(p);
    start = p->at;
    literal = jml_new(p->arena, const struct jml_value *);
    if (parse_literal(p, literal) < 0)
        return -1;
    if (r->kind != JML_RULE_EQ && r->kind != JML_RULE_NE && (*literal)->type != JML_STRING)
        return complain(p, start, "expected a \"string\"");
    r->literals = literal;
    r->n_literals = 1;
    return 0;
}

static const struct {
    const char *name;
    enum jml_rule_kind kind;
    bool negated;
    const char *refused;
} operators[] = {
    {"eq", JML_RULE_EQ, false, NULL},
    {"ne", JML_RULE_NE, false, NULL},
    {"in", JML_RULE_IN, false, NULL},
    {"notIn", JML_RULE_IN, true, NULL},
    {"startsWith", JML_RULE_STARTS_WITH, false, NULL},
    {"notStartsWith", JML_RULE_STARTS_WITH, true, NULL},
    {"endsWith", JML_RULE_ENDS_WITH, false, NULL},
    {"notEndsWith", JML_RULE_ENDS_WITH, true, NULL},
    {"contains", JML_RULE_CONTAINS, false, NULL},
    {"notContains", JML_RULE_CONTAINS, true, NULL},
    {"any", JML_RULE_ANY, false, NULL},
    {"all", JML_RULE_ALL, false, NULL},
    {"match", 0, false, "-match is not supported: say -startsWith, -endsWith or -contains"},
    {"notMatch", 0, false, "-notMatch is not supported: say -notStartsWith or -notContains"},
    {"le", 0, false, "-le is not supported"},
    {"ge", 0, false, "-ge is not supported"},
    {"lt", 0, false, "-lt is not supported"},
    {"gt", 0, false, "-gt is not supported"},
};

static int parse_comparison(struct parser *p, const struct jml_rule **ret)
{
    struct jml_rule_path path;
    struct jml_rule *r;
    const char *start;
    size_t i;

    if (parse_path(p, &path) < 0)
        return -1;
    skip_blanks(p);
    start = p->at;
    for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
        if (take_word(p, operators[i].name))
            break;
    if (i == sizeof(operators) / sizeof(operators[0]))
        return expected(p, "an operator: -eq, -ne, -in, -notIn, -startsWith, -endsWith, "
                           "-contains, -any, -all");
    if (operators[i].refused)
        return complain(p, start, operators[i].refused);
    if (operators[i].negated && deeper(p) < 0)
        return -1;
    r = new_node(p, operators[i].kind);
    r->path = path;
    if (parse_operand(p, r) < 0)
        return -1;
    *ret = r;
    if (operators[i].negated) {
        p->depth--;
        *ret = with_items(p, new_node(p, JML_RULE_NOT), ret, 1);
    }
    return 0;
}

/* ---- -not, -and, -or ---- */

static int parse_term(struct parser *p, const struct jml_rule **ret)
{
    bool negated = take_word(p, "not"), bracket = take(p, '(');

    if ((bracket || negated) && deeper(p) < 0)
        return -1;
    if ((bracket ? parse_or : parse_comparison)(p, ret) < 0)
        return -1;
    if (bracket && !take(p, ')'))
        return expected(p, "-and, -or, or ')'");
    if (bracket || negated)
        p->depth--;
    if (negated)
        *ret = with_items(p, new_node(p, JML_RULE_NOT), ret, 1);
    return 0;
}

static int parse_chain(struct parser *p, enum jml_rule_kind kind, const char *word,
                       int (*part)(struct parser *, const struct jml_rule **),
                       const struct jml_rule **ret)
{
    JML_VEC(const struct jml_rule *) items = {0};
    const struct jml_rule *item;

    do {
        if (part(p, &item) < 0)
            return -1;
        jml_vec_push(p->arena, &items, item);
    } while (take_word(p, word));
    *ret = items.n == 1 ? items.items[0] : with_items(p, new_node(p, kind), items.items, items.n);
    return 0;
}

static int parse_and(struct parser *p, const struct jml_rule **ret)
{
    return parse_chain(p, JML_RULE_AND, "and", parse_term, ret);
}

static int parse_or(struct parser *p, const struct jml_rule **ret)
{
    return parse_chain(p, JML_RULE_OR, "or", parse_and, ret);
}

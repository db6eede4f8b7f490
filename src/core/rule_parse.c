/* SPDX-License-Identifier: MIT
 *
 * Rule, first half: text to tree. A hand-written recursive descent over the bytes; there are no
 * tokens, because the language has hardly any. Chains of "and" and "or" become lists, so that only
 * brackets cost depth.
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
    const char *variables[JML_RULE_MAX_DEPTH + 1]; /* of the enclosing any(), outermost first */
    int n_variables;
    const char *const *variables_copy; /* the same, in the arena, for the nodes */
    struct jml_err *err;
};

static int parse_or(struct parser *p, const struct jml_rule **ret);
static int expected(struct parser *p, const char *what);
static void skip_blanks(struct parser *p);

int jml_rule_parse(struct jml_arena *a, const char *text, const struct jml_rule **ret_rule,
                   struct jml_err *e)
{
    struct parser p = {.arena = a, .text = text, .at = text, .err = e};
    const struct jml_rule *rule;

    /* four bytes a character at most: the count itself must not walk a megabyte */
    if (strnlen(text, 4 * MAX_CHARACTERS + 1) > 4 * MAX_CHARACTERS ||
        jml_str_code_points(text) > MAX_CHARACTERS)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "the rule has more than %d characters",
                           MAX_CHARACTERS);
    if (parse_or(&p, &rule) < 0)
        return -1;
    skip_blanks(&p);
    if (*p.at)
        return expected(&p, "and, or, or the end of the rule");
    *ret_rule = rule;
    return 0;
}

/* ---- words ---- */

static int column(const struct parser *p)
{
    int n = 1;
    for (const char *c = p->text; c < p->at; c++)
        if (((unsigned char)*c & 0xc0) != 0x80)
            n++;
    return n;
}

static int expected(struct parser *p, const char *what)
{
    return jml_err_set(p->err, JML_ERR_BAD_INPUT, "column %d: expected %s%s", column(p), what,
                       *p->at ? "" : ", but the rule ends here");
}

static int too_deep(struct parser *p)
{
    return jml_err_set(p->err, JML_ERR_BAD_INPUT, "column %d: nested deeper than %d levels",
                       column(p), JML_RULE_MAX_DEPTH);
}

static void skip_blanks(struct parser *p)
{
    while (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r')
        p->at++;
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/* Takes the character if it is next. */
static bool take(struct parser *p, char c)
{
    skip_blanks(p);
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

static bool peek_word(struct parser *p, const char *word)
{
    size_t n = strlen(word);
    skip_blanks(p);
    return strncmp(p->at, word, n) == 0 && !is_name(p->at[n]);
}

static bool take_word(struct parser *p, const char *word)
{
    if (!peek_word(p, word))
        return false;
    p->at += strlen(word);
    return true;
}

static bool at_keyword(struct parser *p)
{
    static const char *const words[] = {"and", "or",   "not",   "eq",  "ne",
                                        "in",  "true", "false", "null"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (peek_word(p, words[i]))
            return true;
    return false;
}

/* NULL: no name stands here. */
static const char *take_name(struct parser *p)
{
    const char *start;

    skip_blanks(p);
    if (!is_name_start(*p->at) || at_keyword(p))
        return NULL;
    start = p->at;
    while (is_name(*p->at))
        p->at++;
    return jml_strndup(p->arena, start, (size_t)(p->at - start));
}

/* ---- literals ---- */

static int parse_string(struct parser *p, const char **ret)
{
    struct jml_str s = JML_STR_INIT(p->arena);

    if (!take(p, '\''))
        return expected(p, "a 'string'");
    for (;; p->at++) {
        if (!*p->at)
            return expected(p, "the closing quote of the string");
        if (*p->at == '\'') {
            if (p->at[1] != '\'')
                break;
            p->at++;
        }
        jml_str_add_char(&s, *p->at);
    }
    p->at++;
    *ret = jml_str_text(&s);
    return 0;
}

static size_t digits(const char *s)
{
    return strspn(s, "0123456789");
}

static int parse_number(struct parser *p, const struct jml_value **ret)
{
    const char *end = p->at + (*p->at == '-'), *start = p->at;
    struct jml_value *v;

    if (!digits(end))
        return expected(p, "digits");
    end += digits(end);
    if (*end == '.' && digits(end + 1))
        end += 1 + digits(end + 1);
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1 + (end[1] == '+' || end[1] == '-');
        if (digits(exponent))
            end = exponent + digits(exponent);
    }
    if (is_name(*end))
        return expected(p, "a 'string', true, false, null or a number");
    p->at = end;
    v = jml_new(p->arena, struct jml_value);
    v->type = JML_NUMBER;
    v->text = jml_strndup(p->arena, start, (size_t)(end - start));
    *ret = v;
    return 0;
}

static int parse_literal(struct parser *p, const struct jml_value **ret)
{
    skip_blanks(p);
    if (*p->at == '\'') {
        const char *s;
        if (parse_string(p, &s) < 0)
            return -1;
        *ret = jml_value_string(p->arena, s);
        return 0;
    }
    if (peek_word(p, "true") || peek_word(p, "false")) {
        *ret = jml_value_bool(take_word(p, "true"));
        take_word(p, "false");
        return 0;
    }
    if (take_word(p, "null")) {
        *ret = jml_value_null();
        return 0;
    }
    if (*p->at == '-' || digits(p->at))
        return parse_number(p, ret);
    return expected(p, "a 'string', true, false, null or a number");
}

/* ---- comparisons ---- */

static struct jml_rule *new_node(struct parser *p, enum jml_rule_kind kind)
{
    struct jml_rule *r = jml_new(p->arena, struct jml_rule);
    r->kind = kind;
    r->variables = p->variables_copy;
    return r;
}

static void set_items(struct parser *p, struct jml_rule *r, const struct jml_rule *const *items,
                      size_t n)
{
    const struct jml_rule **copy = jml_new_n(p->arena, const struct jml_rule *, n);
    memcpy(copy, items, n * sizeof(*items));
    r->items = copy;
    r->n_items = n;
}

/* What is compared. Inside any(v: ...) only v and the variables around it can be: a person's own
 * attribute there is nearly always a forgotten "v/". */
static int resolve(struct parser *p, const char *const *names, size_t n, const char *start,
                   struct jml_rule_path *ret)
{
    for (int i = p->n_variables; i > 0; i--)
        if (jml_streq(p->variables[i - 1], names[0])) {
            *ret = (struct jml_rule_path){.variable = i - 1, .names = names + 1, .n = n - 1};
            return 0;
        }
    if (p->n_variables > 0) {
        p->at = start;
        return jml_err_set(p->err, JML_ERR_BAD_INPUT,
                           "column %d: expected '%s' of any(%s: ...), found '%.64s'", column(p),
                           p->variables[p->n_variables - 1], p->variables[p->n_variables - 1],
                           names[0]);
    }
    *ret = (struct jml_rule_path){.variable = -1, .names = names, .n = n};
    return 0;
}

/* name {"/" name} ["/any("]: *ret_any says that it ended with "/any(". */
static int parse_path(struct parser *p, struct jml_rule_path *ret, bool *ret_any)
{
    JML_VEC(const char *) names = {0};
    const char *start, *name;

    skip_blanks(p);
    start = p->at;
    if (ret_any)
        *ret_any = false;
    do {
        name = take_name(p);
        if (!name)
            return expected(p, names.n ? "a name after '/'" : "the name of an attribute");
        if (ret_any && names.n && jml_streq(name, "any") && take(p, '(')) {
            *ret_any = true;
            break;
        }
        jml_vec_push(p->arena, &names, name);
    } while (take(p, '/'));
    return resolve(p, names.items, names.n, start, ret);
}

static int parse_starts_with(struct parser *p, const struct jml_rule **ret)
{
    struct jml_rule *r = new_node(p, JML_RULE_STARTS_WITH);
    const struct jml_value **literal = jml_new(p->arena, const struct jml_value *);
    const char *s;

    if (parse_path(p, &r->path, NULL) < 0)
        return -1;
    if (!take(p, ','))
        return expected(p, "',' and the beginning to look for");
    if (parse_string(p, &s) < 0)
        return -1;
    if (!take(p, ')'))
        return expected(p, "')'");
    *literal = jml_value_string(p->arena, s);
    r->literals = literal;
    r->n_literals = 1;
    *ret = r;
    return 0;
}

static int parse_any(struct parser *p, struct jml_rule_path collection, const struct jml_rule **ret)
{
    struct jml_rule *r = new_node(p, JML_RULE_ANY);
    const char *const *outer = p->variables_copy;
    const char **inner;
    const struct jml_rule *item;

    r->path = collection;
    r->variable = take_name(p);
    if (!r->variable)
        return expected(p, "a variable, as in any(p: p eq 'x')");
    if (!take(p, ':'))
        return expected(p, "':' after the variable");
    if (p->depth >= JML_RULE_MAX_DEPTH)
        return too_deep(p);
    p->depth++;
    p->variables[p->n_variables++] = r->variable;
    inner = jml_new_n(p->arena, const char *, (size_t)p->n_variables + 1);
    memcpy(inner, p->variables, (size_t)p->n_variables * sizeof(*inner));
    p->variables_copy = inner;
    if (parse_or(p, &item) < 0)
        return -1;
    p->variables_copy = outer;
    p->n_variables--;
    p->depth--;
    if (!take(p, ')'))
        return expected(p, "')' at the end of any(...)");
    set_items(p, r, &item, 1);
    *ret = r;
    return 0;
}

static int parse_in(struct parser *p, struct jml_rule_path path, const struct jml_rule **ret)
{
    struct jml_rule *r = new_node(p, JML_RULE_IN);
    JML_VEC(const struct jml_value *) literals = {0};
    const struct jml_value *v;

    if (!take(p, '('))
        return expected(p, "'(' after in");
    do {
        if (parse_literal(p, &v) < 0)
            return -1;
        jml_vec_push(p->arena, &literals, v);
    } while (take(p, ','));
    if (!take(p, ')'))
        return expected(p, "',' or ')'");
    r->path = path;
    r->literals = literals.items;
    r->n_literals = literals.n;
    *ret = r;
    return 0;
}

static bool take_starts_with(struct parser *p)
{
    const char *start = p->at;
    if ((take_word(p, "startsWith") || take_word(p, "startswith")) && take(p, '('))
        return true;
    p->at = start; /* an attribute of that name */
    return false;
}

static int parse_comparison(struct parser *p, const struct jml_rule **ret)
{
    struct jml_rule *r;
    struct jml_rule_path path;
    const struct jml_value **literal;
    bool any, equal;

    skip_blanks(p);
    if (take_starts_with(p))
        return parse_starts_with(p, ret);
    if (parse_path(p, &path, &any) < 0)
        return -1;
    if (any)
        return parse_any(p, path, ret);
    if (take_word(p, "in"))
        return parse_in(p, path, ret);
    equal = take_word(p, "eq");
    if (!equal && !take_word(p, "ne"))
        return expected(p,
                        jml_printf(p->arena, "eq, ne or in after '%.64s'",
                                   path.n ? path.names[path.n - 1] : p->variables[path.variable]));
    literal = jml_new(p->arena, const struct jml_value *);
    if (parse_literal(p, literal) < 0)
        return -1;
    r = new_node(p, equal ? JML_RULE_EQ : JML_RULE_NE);
    r->path = path;
    r->literals = literal;
    r->n_literals = 1;
    *ret = r;
    return 0;
}

/* ---- not, and, or ---- */

static int parse_term(struct parser *p, const struct jml_rule **ret)
{
    bool bracket, negated = take_word(p, "not");
    const struct jml_rule *item;
    struct jml_rule *r;

    skip_blanks(p);
    bracket = *p->at == '(';
    if (bracket || negated) { /* a negated comparison too: its normal form has brackets */
        if (p->depth >= JML_RULE_MAX_DEPTH)
            return too_deep(p);
        p->depth++;
    }
    if (bracket)
        p->at++;
    if ((bracket ? parse_or : parse_comparison)(p, &item) < 0)
        return -1;
    if (bracket && !take(p, ')'))
        return expected(p, "and, or, or ')'");
    if (bracket || negated)
        p->depth--;
    if (!negated) {
        *ret = item;
        return 0;
    }
    r = new_node(p, JML_RULE_NOT);
    set_items(p, r, &item, 1);
    *ret = r;
    return 0;
}

static int parse_chain(struct parser *p, enum jml_rule_kind kind, const char *word,
                       int (*part)(struct parser *, const struct jml_rule **),
                       const struct jml_rule **ret)
{
    JML_VEC(const struct jml_rule *) items = {0};
    const struct jml_rule *item;
    struct jml_rule *r;

    do {
        if (part(p, &item) < 0)
            return -1;
        jml_vec_push(p->arena, &items, item);
    } while (take_word(p, word));
    if (items.n == 1) {
        *ret = items.items[0];
        return 0;
    }
    r = new_node(p, kind);
    set_items(p, r, items.items, items.n);
    *ret = r;
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

/* SPDX-License-Identifier: MIT
 *
 * Json: text into values and back (RFC 8259). The only file that knows json-c.
 *
 * json-c tokenises; its tree is copied into the arena and given back at once. It is more lenient
 * than the RFC, and keeps neither integers beyond 64 bits nor members with NUL in their names, so
 * the text is read once beforehand (scan()): what is not JSON or cannot be kept is refused there
 * with its place, and long integers get an exponent (LONG_MARK), for json-c keeps the text of a
 * number that has one. PostgreSQL's jsonb refuses the same texts, and NUL too.
 */
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "base/err.h"
#include "base/value.h"

#define LONG_MARK "e-0000"
#define LONG_MARK_LENGTH (sizeof(LONG_MARK) - 1)

struct scan {
    const char *text, *end, *at;
    int max_depth;
    bool long_numbers;
    const char *wrong; /* what is wrong at `at` */
};

static bool scan(struct scan *s);
static const char *with_exponents(struct jml_arena *a, const char *text, size_t *length);
static int parse_error(struct jml_err *e, const char *text, const char *at, const char *words);
static const struct jml_value *convert(struct jml_arena *a, struct json_object *o);

int jml_value_parse(struct jml_arena *a, const char *text, size_t length, int max_depth,
                    const struct jml_value **ret_value, struct jml_err *e)
{
    /* Kept, because making one costs more than parsing a small object with it. */
    static _Thread_local struct json_tokener *tokener;
    static _Thread_local int tokener_depth;
    struct scan s = {.text = text, .end = text + length, .at = text, .max_depth = max_depth};
    enum json_tokener_error status;
    struct json_object *o;

    if (length > INT_MAX / 2)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "%zu bytes are too much for one JSON value",
                           length);
    if (!scan(&s))
        return parse_error(e, text, s.at, s.wrong);
    if (s.long_numbers)
        text = with_exponents(a, text, &length);

    if (!tokener || tokener_depth < max_depth) {
        if (tokener)
            json_tokener_free(tokener);
        tokener = json_tokener_new_ex(max_depth + 2);
        if (!tokener)
            jml_bug("out of memory (a JSON tokener)");
        tokener_depth = max_depth;
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    }
    json_tokener_reset(tokener);
    o = json_tokener_parse_ex(tokener, text, (int)length);
    status = json_tokener_get_error(tokener);
    if (status == json_tokener_continue) { /* a number ends only where something follows */
        o = json_tokener_parse_ex(tokener, " ", 1);
        status = json_tokener_get_error(tokener);
    }
    if (status != json_tokener_success) {
        json_object_put(o);
        if (status == json_tokener_continue)
            return parse_error(e, text, text + length, "ends too early");
        return parse_error(e, text, text + json_tokener_get_parse_end(tokener),
                           json_tokener_error_desc(status));
    }
    *ret_value = convert(a, o);
    json_object_put(o);
    return 0;
}

/* ---- writing ---- */

void jml_value_format(struct jml_str *s, const struct jml_value *v)
{
    if (!v) {
        jml_str_add_n(s, "null", 4);
        return;
    }
    switch (v->type) {
    case JML_NULL:
        jml_str_add_n(s, "null", 4);
        break;
    case JML_BOOL:
        jml_str_add(s, v->boolean ? "true" : "false");
        break;
    case JML_NUMBER:
        jml_str_add(s, v->text);
        break;
    case JML_STRING:
        jml_value_format_string(s, v->text);
        break;
    case JML_ARRAY:
        jml_str_add_char(s, '[');
        for (size_t i = 0; i < v->n; i++) {
            if (i > 0)
                jml_str_add_char(s, ',');
            jml_value_format(s, v->items[i]);
        }
        jml_str_add_char(s, ']');
        break;
    case JML_OBJECT:
        jml_str_add_char(s, '{');
        for (size_t i = 0; i < v->n; i++) {
            if (i > 0)
                jml_str_add_char(s, ',');
            jml_value_format_string(s, v->keys[i]);
            jml_str_add_char(s, ':');
            jml_value_format(s, v->items[i]);
        }
        jml_str_add_char(s, '}');
        break;
    }
}

const char *jml_value_text(struct jml_arena *a, const struct jml_value *v)
{
    struct jml_str s = JML_STR_INIT(a);

    jml_value_format(&s, v);
    return jml_str_text(&s);
}

void jml_value_format_string(struct jml_str *s, const char *text)
{
    const char *run = text, *p;

    jml_str_add_char(s, '"');
    for (p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (__builtin_expect(c >= 0x20 && c != '"' && c != '\\', 1))
            continue;
        jml_str_add_n(s, run, (size_t)(p - run));
        run = p + 1;
        if (c >= 0x20)
            jml_str_addf(s, "\\%c", c);
        else if (c == '\n')
            jml_str_add_n(s, "\\n", 2);
        else if (c == '\r')
            jml_str_add_n(s, "\\r", 2);
        else if (c == '\t')
            jml_str_add_n(s, "\\t", 2);
        else
            jml_str_addf(s, "\\u%04x", c);
    }
    jml_str_add_n(s, run, (size_t)(p - run));
    jml_str_add_char(s, '"');
}

/* ---- the reading beforehand ---- */

static bool refuse(struct scan *s, const char *at, const char *words)
{
    s->at = at;
    s->wrong = words;
    return false;
}

static int hex4(const char *p, const char *end)
{
    int n = 0;

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i], low = (char)(c | 0x20);

        if (c >= '0' && c <= '9')
            n = n << 4 | (c - '0');
        else if (low >= 'a' && low <= 'f')
            n = n << 4 | (low - 'a' + 10);
        else
            return -1;
    }
    return n;
}

/* s->at is behind the opening quote; moves behind the closing one. */
static bool scan_string(struct scan *s)
{
    const char *start = s->at - 1, *p = s->at, *end = s->end;
    bool ascii = true;
    int c;

    for (; p < end && *p != '"'; p++) {
        if ((unsigned char)*p < 0x20)
            return refuse(s, p, "a control character in a string");
        if (*p != '\\') {
            ascii = ascii && (unsigned char)*p < 0x80;
            continue;
        }
        if (++p == end)
            break;
        if (*p != 'u') {
            if (!*p || !strchr("\"\\/bfnrt", *p))
                return refuse(s, p - 1, "an unknown escape");
            continue;
        }
        c = hex4(p + 1, end);
        if (c < 0)
            return refuse(s, p - 1, "\\u needs four hexadecimal digits");
        if (c == 0)
            return refuse(s, p - 1, "\\u0000 cannot be stored");
        if (c >= 0xdc00 && c <= 0xdfff)
            return refuse(s, p - 1, "half of a surrogate pair");
        if (c >= 0xd800 && c <= 0xdbff) {
            if (end - p < 7 || p[5] != '\\' || p[6] != 'u' ||
                (hex4(p + 7, end) & 0xfc00) != 0xdc00)
                return refuse(s, p - 1, "half of a surrogate pair");
            p += 6;
        }
        p += 4;
    }
    if (p >= end)
        return refuse(s, start, "a string without an end");
    if (!ascii && !jml_str_is_utf8(start, (size_t)(p - start)))
        return refuse(s, start, "a string that is not UTF-8");
    s->at = p + 1;
    return true;
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* s->at is at the first character; moves behind the last. */
static bool scan_number(struct scan *s)
{
    const char *p = s->at, *end = s->end, *digits;

    if (*p == '-')
        p++;
    digits = p;
    p = skip_digits(p, end);
    if (p == digits || (*digits == '0' && p - digits > 1))
        return refuse(s, s->at, "not a number");
    if (p < end && *p == '.') {
        digits = ++p;
        p = skip_digits(p, end);
        if (p == digits)
            return refuse(s, s->at, "not a number");
    } else if (!(p < end && (*p | 0x20) == 'e') && (p - digits > 18 || *s->at == '-')) {
        s->long_numbers = true; /* or -0 */
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        if (p < end && (*p == '-' || *p == '+'))
            p++;
        digits = p;
        p = skip_digits(p, end);
        if (p == digits)
            return refuse(s, s->at, "not a number");
    }
    s->at = p;
    return true;
}

/* Checks what json-c is lenient about: strings, numbers, words, depth, stray bytes. The order of
 * tokens is left to json-c. */
static bool scan(struct scan *s)
{
    int depth = 0;

    while (s->at < s->end) {
        const char *p = s->at;

        switch (*p) {
        case ' ':
        case '\t':
        case '\n':
        case '\r':
        case ',':
        case ':':
            s->at++;
            break;
        case '{':
        case '[':
            s->at++;
            if (++depth > s->max_depth)
                return refuse(s, p, "nested too deep");
            break;
        case '}':
        case ']':
            s->at++;
            if (--depth < 0)
                return refuse(s, p, "nothing is open here");
            break;
        case '"':
            s->at++;
            if (!scan_string(s))
                return false;
            break;
        case 't':
        case 'n':
            if (s->end - p < 4 || (memcmp(p, "true", 4) != 0 && memcmp(p, "null", 4) != 0))
                return refuse(s, p, "unknown word (strings stand in double quotes)");
            s->at += 4;
            break;
        case 'f':
            if (s->end - p < 5 || memcmp(p, "false", 5) != 0)
                return refuse(s, p, "unknown word (strings stand in double quotes)");
            s->at += 5;
            break;
        default:
            if (*p != '-' && (*p < '0' || *p > '9'))
                return refuse(s, p, "unexpected character");
            if (!scan_number(s))
                return false;
        }
    }
    if (depth > 0)
        return refuse(s, s->end, "ends too early");
    return true;
}

/* The text with LONG_MARK behind each integer that json-c could not keep. */
static const char *with_exponents(struct jml_arena *a, const char *text, size_t *length)
{
    struct jml_str out = JML_STR_INIT(a);
    const char *end = text + *length, *run = text;
    struct scan s = {.text = text, .end = end, .at = text};

    while (s.at < end) {
        if (*s.at == '"') {
            s.at++;
            scan_string(&s);
        } else if (*s.at == '-' || (*s.at >= '0' && *s.at <= '9')) {
            s.long_numbers = false;
            scan_number(&s);
            if (s.long_numbers) {
                jml_str_add_n(&out, run, (size_t)(s.at - run));
                jml_str_add(&out, LONG_MARK);
                run = s.at;
            }
        } else {
            s.at++;
        }
    }
    jml_str_add_n(&out, run, (size_t)(end - run));
    *length = out.length;
    return out.text;
}

static int parse_error(struct jml_err *e, const char *text, const char *at, const char *words)
{
    int line = 1, column = 1;

    for (const char *p = text; p < at; p++) {
        if (*p == '\n') {
            line++;
            column = 1;
        } else if ((*p & 0xc0) != 0x80) {
            column++;
        }
    }
    return jml_err_set(e, JML_ERR_BAD_INPUT, "line %d, column %d: %s", line, column, words);
}

/* ---- copying ---- */

static const struct jml_value *convert(struct jml_arena *a, struct json_object *o)
{
    const struct jml_value **items;
    struct jml_value *v;
    const char *text, **keys;
    size_t n, i = 0;

    switch (json_object_get_type(o)) {
    case json_type_null:
        return jml_value_null();
    case json_type_boolean:
        return jml_value_bool(json_object_get_boolean(o));
    case json_type_string:
        v = jml_new(a, struct jml_value);
        v->type = JML_STRING;
        v->text = jml_strndup(a, json_object_get_string(o),
                              (size_t)json_object_get_string_len(o));
        return v;
    case json_type_int:
    case json_type_double:
        text = json_object_get_string(o);
        n = strlen(text);
        if (n > LONG_MARK_LENGTH && strcmp(text + n - LONG_MARK_LENGTH, LONG_MARK) == 0)
            n -= LONG_MARK_LENGTH;
        v = jml_new(a, struct jml_value);
        v->type = JML_NUMBER;
        v->text = jml_strndup(a, text, n);
        return v;
    case json_type_array:
        n = json_object_array_length(o);
        items = jml_arena_alloc_raw(a, n * sizeof(*items));
        for (i = 0; i < n; i++)
            items[i] = convert(a, json_object_array_get_idx(o, i));
        v = jml_new(a, struct jml_value);
        v->type = JML_ARRAY;
        v->n = (uint32_t)n;
        v->items = items;
        return v;
    case json_type_object:
        n = (size_t)json_object_object_length(o);
        items = jml_arena_alloc_raw(a, n * sizeof(*items));
        keys = jml_arena_alloc_raw(a, n * sizeof(*keys));
        json_object_object_foreach(o, key, member)
        {
            keys[i] = jml_strdup(a, key);
            items[i++] = convert(a, member);
        }
        v = jml_new(a, struct jml_value);
        v->type = JML_OBJECT;
        v->n = (uint32_t)n;
        v->items = items;
        v->keys = keys;
        return v;
    }
    jml_bug("json-c knows a type that this program does not");
}

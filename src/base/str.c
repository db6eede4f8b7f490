/* SPDX-License-Identifier: MIT
 *
 * Str: see str.h. Grows by doubling, in place where the arena can.
 */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static void reserve(struct jml_str *s, size_t n);
static uint32_t code_point(const unsigned char **s, const unsigned char *end);

#define NOT_UTF8 UINT32_MAX

void jml_str_add(struct jml_str *s, const char *text)
{
    jml_str_add_n(s, text, strlen(text));
}

void jml_str_add_n(struct jml_str *s, const void *bytes, size_t n)
{
    reserve(s, n);
    if (n > 0)
        memcpy(s->text + s->length, bytes, n);
    s->length += n;
    s->text[s->length] = '\0';
}

void jml_str_add_char(struct jml_str *s, char c)
{
    reserve(s, 1);
    s->text[s->length++] = c;
    s->text[s->length] = '\0';
}

void jml_str_addf(struct jml_str *s, const char *fmt, ...)
{
    va_list ap;
    size_t room;
    int n;

    reserve(s, 1);
    room = s->cap - s->length;
    va_start(ap, fmt);
    n = vsnprintf(s->text + s->length, room, fmt, ap);
    va_end(ap);
    if (n < 0)
        jml_bug("str: format \"%s\" failed", fmt);
    if ((size_t)n >= room) {
        reserve(s, (size_t)n);
        va_start(ap, fmt);
        vsnprintf(s->text + s->length, s->cap - s->length, fmt, ap);
        va_end(ap);
    }
    s->length += (size_t)n;
}

const char *jml_str_text(const struct jml_str *s)
{
    return s->text ? s->text : "";
}

bool jml_streq(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool jml_strcaseeq(const char *a, const char *b)
{
    if (a == b)
        return true;
    if (!a || !b)
        return false;
    for (;; a++, b++) {
        unsigned char x = (unsigned char)*a, y = (unsigned char)*b;

        if (x >= 'A' && x <= 'Z')
            x |= 0x20;
        if (y >= 'A' && y <= 'Z')
            y |= 0x20;
        if (x != y)
            return false;
        if (x == '\0')
            return true;
    }
}

bool jml_str_starts(const char *s, const char *prefix)
{
    return s && prefix && strncmp(s, prefix, strlen(prefix)) == 0;
}

/* ---- without regard to case ---- */

static uint32_t fold(uint32_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c + 0x20;
    if (c < 0xc0)
        return c;
    if (c <= 0xde)
        return c == 0xd7 ? c : c + 0x20;
    if (c == 0x178)
        return 0xff;
    if ((c >= 0x100 && c <= 0x12f) || (c >= 0x132 && c <= 0x137) || (c >= 0x14a && c <= 0x177) ||
        (c >= 0x218 && c <= 0x21b) || (c >= 0x1e00 && c <= 0x1e95) || (c >= 0x1ea0 && c <= 0x1eff))
        return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
        return c + (c & 1);
    if (c >= 0x391 && c <= 0x3a9)
        return c + 0x20;
    if (c >= 0x388 && c <= 0x38a)
        return c + 37;
    if (c == 0x386)
        return 0x3ac;
    if (c == 0x3c2) /* the sigma at the end of a word */
        return 0x3c3;
    if (c >= 0x410 && c <= 0x42f)
        return c + 0x20;
    return c >= 0x400 && c <= 0x40f ? c + 0x50 : c;
}

/* What is left of s behind the prefix; NULL: it does not begin with it. */
static const char *fold_skip(const char *s, const char *prefix)
{
    const unsigned char *x = (const unsigned char *)s, *y = (const unsigned char *)prefix;
    const unsigned char *x_end = x + strlen(s), *y_end = y + strlen(prefix);

    while (y < y_end) {
        uint32_t c, d = code_point(&y, y_end);

        if (x == x_end)
            return NULL;
        c = code_point(&x, x_end);
        if (c == NOT_UTF8 || d == NOT_UTF8 || fold(c) != fold(d))
            return NULL;
    }
    return (const char *)x;
}

/* The next character. */
static const char *next(const char *s)
{
    for (s++; ((unsigned char)*s & 0xc0) == 0x80; s++)
        ;
    return s;
}

bool jml_str_fold_equal(const char *a, const char *b)
{
    const char *rest = fold_skip(a, b);
    return rest && !*rest;
}

bool jml_str_fold_starts(const char *s, const char *prefix)
{
    return fold_skip(s, prefix) != NULL;
}

bool jml_str_fold_ends(const char *s, const char *suffix)
{
    for (;; s = next(s)) {
        if (jml_str_fold_equal(s, suffix))
            return true;
        if (!*s)
            return false;
    }
}

bool jml_str_fold_contains(const char *s, const char *part)
{
    for (;; s = next(s)) {
        if (fold_skip(s, part))
            return true;
        if (!*s)
            return false;
    }
}

char *jml_str_fold(struct jml_arena *a, const char *s)
{
    struct jml_str out = JML_STR_INIT(a);
    const unsigned char *p = (const unsigned char *)s, *end = p + strlen(s);

    reserve(&out, (size_t)(end - p));
    while (p < end) {
        const unsigned char *from = p;
        uint32_t c = code_point(&p, end), d = c == NOT_UTF8 ? c : fold(c);

        if (c == NOT_UTF8)
            p++;
        if (d == c)
            jml_str_add_n(&out, from, (size_t)(p - from));
        else if (d < 0x80)
            jml_str_add_char(&out, (char)d);
        else if (d < 0x800)
            jml_str_addf(&out, "%c%c", (int)(0xc0 | d >> 6), (int)(0x80 | (d & 0x3f)));
        else
            jml_str_addf(&out, "%c%c%c", (int)(0xe0 | d >> 12), (int)(0x80 | (d >> 6 & 0x3f)),
                         (int)(0x80 | (d & 0x3f)));
    }
    jml_str_add_n(&out, "", 0);
    return out.text;
}

/* ---- UTF-8 ---- */

bool jml_str_printable(const char *s)
{
    const unsigned char *p = (const unsigned char *)s, *end;

    if (!s)
        return false;
    for (end = p + strlen(s); p < end;) {
        uint32_t c = code_point(&p, end);

        if (c == NOT_UTF8 || c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c & 0xfffe) == 0xfffe)
            return false;
    }
    return true;
}

bool jml_code_point_steers(uint32_t c)
{
    static const uint32_t ranges[][2] = {
        {0, 0x1f},          {0x7f, 0x9f},       {0xad, 0xad},      {0x61c, 0x61c},
        {0x180e, 0x180e},   {0x200b, 0x200b},   {0x200e, 0x200f},  {0x2028, 0x202e},
        {0x2060, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},  {0xe0000, 0xe007f},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    return false;
}

char *jml_str_plain(struct jml_arena *a, const char *s, const char *instead)
{
    struct jml_str out = JML_STR_INIT(a);
    const unsigned char *p = (const unsigned char *)s, *end = p + strlen(s);

    while (p < end) {
        const unsigned char *from = p;
        uint32_t c = code_point(&p, end);

        if (c == NOT_UTF8)
            p = from + 1;
        if (c == NOT_UTF8 || jml_code_point_steers(c))
            jml_str_add(&out, instead);
        else
            jml_str_add_n(&out, from, (size_t)(p - from));
    }
    jml_str_add_n(&out, "", 0);
    return out.text;
}

bool jml_str_is_utf8(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s, *end = p + n;

    while (p < end)
        if (code_point(&p, end) == NOT_UTF8)
            return false;
    return true;
}

size_t jml_str_code_points(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

/* Room for n more bytes and the NUL. */
static void reserve(struct jml_str *s, size_t n)
{
    size_t wanted = s->cap ? s->cap : 64;
    char *grown;

    if (__builtin_expect(s->cap - s->length > n, 1))
        return;
    if (n > SIZE_MAX / 4 - s->length)
        jml_bug("str: %zu bytes more", n);
    while (wanted - s->length <= n)
        wanted *= 2;
    if (!jml_arena_extend(s->arena, s->text, s->cap, wanted)) {
        grown = jml_arena_alloc_raw(s->arena, wanted);
        if (s->length > 0)
            memcpy(grown, s->text, s->length);
        s->text = grown;
    }
    s->text[s->length] = '\0';
    s->cap = wanted;
}

/* Reads one code point and moves on; NOT_UTF8 for anything RFC 3629 does not allow. */
static uint32_t code_point(const unsigned char **s, const unsigned char *end)
{
    const unsigned char *p = *s;
    uint32_t c = *p++, least;
    int more;

    if (c < 0x80) {
        *s = p;
        return c;
    }
    if (c >= 0xc2 && c <= 0xdf) {
        more = 1, least = 0x80, c &= 0x1f;
    } else if (c >= 0xe0 && c <= 0xef) {
        more = 2, least = 0x800, c &= 0x0f;
    } else if (c >= 0xf0 && c <= 0xf4) {
        more = 3, least = 0x10000, c &= 0x07;
    } else {
        return NOT_UTF8;
    }
    for (; more > 0; more--, p++) {
        if (p == end || (*p & 0xc0) != 0x80)
            return NOT_UTF8;
        c = c << 6 | (*p & 0x3f);
    }
    if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return NOT_UTF8;
    *s = p;
    return c;
}

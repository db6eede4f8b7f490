/* SPDX-License-Identifier: MIT
 *
 * Tzif: reads the bytes of a time zone file (RFC 8536, versions 1 to 4) and the POSIX TZ string at
 * their end.
 *
 * Strict: the bytes may come from anywhere. Every count is held against what is left, every index
 * against its table; files with leap seconds ("right/...") are refused, since jml_time has none.
 */
#include "base/tzif.h"

#include <stdlib.h>
#include <string.h>

#include "base/civil.h"

#define OFFSET_MIN (-89999) /* RFC 8536 3.2: a day and an hour west, ... */
#define OFFSET_MAX 93599    /* ... 26 hours east */

struct reader {
    const uint8_t *at, *end;
};

struct header {
    char version;
    uint32_t isut, isstd, leap, time, type, chars;
};

static bool read_header(struct reader *r, struct header *h);
static size_t data_length(const struct header *h, size_t time_size);
static bool read_data(struct jml_zone *z, const uint8_t *p, const struct header *h,
                      size_t time_size, int64_t *at, uint8_t *type, struct tz_type *types,
                      char *chars);
static bool read_footer(struct reader *r, char version, char *names, struct tz_rule *ret);

struct jml_zone *jml_zone_decode(const char *name, const void *bytes, size_t n)
{
    struct reader r = {.at = bytes, .end = (const uint8_t *)bytes + n};
    size_t time_size = 4, name_size = strlen(name) + 1;
    struct jml_zone *z;
    struct header h;
    struct tz_type *types;
    const uint8_t *data;
    int64_t *at;
    uint8_t *type;
    char *chars, *names, *copy;

    if (!read_header(&r, &h))
        return NULL;
    if (h.version >= '2') { /* the first block is for old readers */
        if (data_length(&h, 4) > (size_t)(r.end - r.at))
            return NULL;
        r.at += data_length(&h, 4);
        if (!read_header(&r, &h) || h.version < '2')
            return NULL;
        time_size = 8;
    }
    if (h.type == 0 || h.type > 256 || h.chars == 0 || h.leap != 0 ||
        (h.isut != 0 && h.isut != h.type) || (h.isstd != 0 && h.isstd != h.type) ||
        data_length(&h, time_size) > (size_t)(r.end - r.at))
        return NULL;
    data = r.at;
    r.at += data_length(&h, time_size);

    /* One piece of memory: the zone, then its tables, the widest first. */
    z = calloc(1, sizeof(*z) + h.time * sizeof(*at) + h.type * sizeof(*types) + h.time +
                      h.chars + 2 * TZ_NAME_MAX + name_size);
    if (!z)
        jml_bug("out of memory (a time zone)");
    at = (int64_t *)(void *)(z + 1);
    types = (struct tz_type *)(void *)(at + h.time);
    type = (uint8_t *)(types + h.type);
    chars = (char *)(type + h.time);
    names = chars + h.chars;
    copy = names + 2 * TZ_NAME_MAX;
    memcpy(copy, name, name_size);
    z->name = copy;

    if (!read_data(z, data, &h, time_size, at, type, types, chars) ||
        (time_size == 8 && !read_footer(&r, h.version, names, &z->rule)) || r.at != r.end)
        return jml_zone_free(z);

    if (z->n == 0 && !z->rule.has_dst) {
        z->is_fixed = true;
        z->fixed = z->rule.is_set ? z->rule.standard : types[0];
    }
    return z;
}

struct jml_zone *jml_zone_free(struct jml_zone *z)
{
    if (z != jml_zone_utc())
        free(z);
    return NULL;
}

/* ---- blocks ---- */

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p)
{
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static bool read_header(struct reader *r, struct header *h)
{
    const uint8_t *p = r->at;

    if (r->end - p < 44 || memcmp(p, "TZif", 4) != 0)
        return false;
    h->version = (char)p[4];
    if (h->version != '\0' && (h->version < '2' || h->version > '4'))
        return false;
    h->isut = be32(p + 20);
    h->isstd = be32(p + 24);
    h->leap = be32(p + 28);
    h->time = be32(p + 32);
    h->type = be32(p + 36);
    h->chars = be32(p + 40);
    r->at += 44;
    return true;
}

/* Counts are below 2^32 and sizes at most 12, so nothing overflows in 64 bits. */
static size_t data_length(const struct header *h, size_t time_size)
{
    return h->time * (time_size + 1) + (size_t)h->type * 6 + h->chars +
           h->leap * (time_size + 4) + h->isstd + h->isut;
}

static bool read_data(struct jml_zone *z, const uint8_t *p, const struct header *h,
                      size_t time_size, int64_t *at, uint8_t *type, struct tz_type *types,
                      char *chars)
{
    const uint8_t *indexes = p + h->time * time_size, *records = indexes + h->time,
                  *indicators = records + (size_t)h->type * 6 + h->chars;

    for (size_t i = 0; i < h->time; i++) {
        at[i] = time_size == 8 ? be64(p + i * 8) : (int32_t)be32(p + i * 4);
        type[i] = indexes[i];
        if (type[i] >= h->type || (i > 0 && at[i] <= at[i - 1]))
            return false;
    }
    memcpy(chars, records + (size_t)h->type * 6, h->chars);
    for (size_t i = 0; i < h->type; i++) {
        const uint8_t *record = records + i * 6;
        int32_t offset = (int32_t)be32(record);

        if (offset < OFFSET_MIN || offset > OFFSET_MAX || record[4] > 1 || record[5] >= h->chars ||
            !memchr(chars + record[5], '\0', h->chars - record[5]))
            return false;
        types[i] = (struct tz_type){.offset = offset, .abbreviation = chars + record[5]};
    }
    for (size_t i = 0; i < (size_t)h->isstd + h->isut; i++)
        if (indicators[i] > 1)
            return false;
    z->n = h->time;
    z->at = at;
    z->type = type;
    z->types = types;
    return true;
}

static bool read_footer(struct reader *r, char version, char *names, struct tz_rule *ret)
{
    char text[128];
    const uint8_t *newline;
    size_t n;

    if (r->at == r->end || *r->at != '\n')
        return false;
    r->at++;
    newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
    if (!newline)
        return false;
    n = (size_t)(newline - r->at);
    if (n >= sizeof(text) || memchr(r->at, '\0', n))
        return false;
    memcpy(text, r->at, n);
    text[n] = '\0';
    r->at = newline + 1;
    return n == 0 || tz_rule_parse(text, version >= '3', names, ret);
}

/* ---- the footer: POSIX TZ ---- */

/* std or dst: three letters or more, or "<+03>". */
static const char *parse_name(const char *p, char *name)
{
    size_t n = 0;
    bool quoted = *p == '<';

    p += quoted;
    for (;; p++) {
        bool letter = (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z');

        if (!letter && !(quoted && ((*p >= '0' && *p <= '9') || *p == '+' || *p == '-')))
            break;
        if (n == TZ_NAME_MAX - 1)
            return NULL;
        name[n++] = *p;
    }
    name[n] = '\0';
    if (n < 3 || (quoted && *p++ != '>'))
        return NULL;
    return p;
}

static const char *parse_int(const char *p, int min, int max, int *ret)
{
    int n = 0, digits = 0;

    for (; *p >= '0' && *p <= '9'; p++) {
        if (++digits > 3)
            return NULL;
        n = n * 10 + (*p - '0');
    }
    if (digits == 0 || n < min || n > max)
        return NULL;
    *ret = n;
    return p;
}

/* [+-]hh[:mm[:ss]] in seconds */
static const char *parse_clock(const char *p, int max_hour, int32_t *ret)
{
    int hour, minute = 0, second = 0;
    bool negative = *p == '-';

    if (*p == '-' || *p == '+')
        p++;
    p = parse_int(p, 0, max_hour, &hour);
    if (p && *p == ':') {
        p = parse_int(p + 1, 0, 59, &minute);
        if (p && *p == ':')
            p = parse_int(p + 1, 0, 59, &second);
    }
    if (!p)
        return NULL;
    *ret = hour * 3600 + minute * 60 + second;
    if (negative)
        *ret = -*ret;
    return p;
}

static const char *parse_day(const char *p, bool extended, struct tz_rule_day *ret)
{
    *ret = (struct tz_rule_day){.time = 2 * 3600};
    if (*p == 'M') {
        ret->form = TZ_MONTH;
        p = parse_int(p + 1, 1, 12, &ret->month);
        p = p && *p == '.' ? parse_int(p + 1, 1, 5, &ret->week) : NULL;
        p = p && *p == '.' ? parse_int(p + 1, 0, 6, &ret->day) : NULL;
    } else if (*p == 'J') {
        ret->form = TZ_JULIAN;
        p = parse_int(p + 1, 1, 365, &ret->day);
    } else {
        ret->form = TZ_DAY_OF_YEAR;
        p = parse_int(p, 0, 365, &ret->day);
    }
    if (p && *p == '/') {
        p = parse_clock(p + 1, extended ? 167 : 24, &ret->time);
        if (p && ret->time < 0 && !extended)
            return NULL;
    }
    return p;
}

bool tz_rule_parse(const char *text, bool extended, char *names, struct tz_rule *ret)
{
    struct tz_rule rule = {.is_set = true};
    const char *p;

    p = parse_name(text, names);
    if (!p || !(p = parse_clock(p, 24, &rule.standard.offset)))
        return false;
    rule.standard.offset = -rule.standard.offset; /* POSIX counts westward */
    rule.standard.abbreviation = names;
    if (*p) {
        rule.has_dst = true;
        rule.dst.abbreviation = names + TZ_NAME_MAX;
        rule.dst.offset = rule.standard.offset + 3600;
        p = parse_name(p, names + TZ_NAME_MAX);
        if (p && *p != ',') {
            p = parse_clock(p, 24, &rule.dst.offset);
            rule.dst.offset = -rule.dst.offset;
        }
        /* POSIX leaves the days open when they are missing; tz data never does. */
        p = p && *p == ',' ? parse_day(p + 1, extended, &rule.start) : NULL;
        p = p && *p == ',' ? parse_day(p + 1, extended, &rule.end) : NULL;
        if (!p || *p)
            return false;
    }
    *ret = rule;
    return true;
}

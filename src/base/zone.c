/* SPDX-License-Identifier: MIT
 *
 * Zone: which offset holds when, and back from wall clock to instant.
 *
 * Both directions look at spans: stretches of time with one offset, between two transitions of the
 * file or, after the last of those, of the rule in its footer.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/str.h"
#include "base/tzif.h"

#define FILE_MAX (1 << 20)
#define DAY 86400
/* No clock is further from UTC than this, in seconds (base/tzif.c and POSIX see to that). */
#define OFFSET_BOUND (27 * 3600)

struct span {
    int64_t start, end; /* seconds, [start, end) */
    const struct tz_type *type;
};

static struct span span_find(const struct jml_zone *z, int64_t t);
static struct span rule_span(const struct jml_zone *z, int64_t from, int64_t t);
static int64_t rule_instant(const struct tz_rule_day *d, int64_t year, int32_t offset);
static int64_t seconds(jml_time t);
static jml_time local_to_instant(const struct jml_zone *z, int64_t local_seconds, int64_t micro);

/* ---- looking up ---- */

const struct jml_zone *jml_zone_utc(void)
{
    static const struct jml_zone utc = {
        .name = "UTC",
        .is_fixed = true,
        .fixed = {.abbreviation = "UTC"},
    };

    return &utc;
}

const char *jml_zone_name(const struct jml_zone *z)
{
    return z->name;
}

int32_t jml_zone_offset(const struct jml_zone *z, jml_time t, const char **ret_abbreviation)
{
    const struct tz_type *type = z->is_fixed ? &z->fixed : span_find(z, seconds(t)).type;

    if (ret_abbreviation)
        *ret_abbreviation = type->abbreviation;
    return type->offset;
}

struct jml_date jml_zone_date(const struct jml_zone *z, jml_time t, int64_t *ret_of_day)
{
    int64_t s = seconds(t), micro = t % JML_SECOND, days;

    if (t == JML_TIME_NONE) {
        if (ret_of_day)
            *ret_of_day = 0;
        return (struct jml_date){0};
    }
    micro += micro < 0 ? JML_SECOND : 0;
    s += z->is_fixed ? z->fixed.offset : span_find(z, s).type->offset;
    days = s / DAY - (s % DAY < 0);
    if (ret_of_day)
        *ret_of_day = (s - days * DAY) * JML_SECOND + micro;
    return jml_date_from_days(days);
}

jml_time jml_zone_day_start(const struct jml_zone *z, struct jml_date d)
{
    return local_to_instant(z, jml_date_to_days(d) * DAY, 0);
}

jml_time jml_zone_instant(const struct jml_zone *z, struct jml_date d, int64_t of_day)
{
    int64_t s = of_day / JML_SECOND - (of_day % JML_SECOND < 0);

    return local_to_instant(z, jml_date_to_days(d) * DAY + s, of_day - s * JML_SECOND);
}

jml_time jml_zone_add_days(const struct jml_zone *z, jml_time t, int64_t days)
{
    const int64_t first = jml_date_to_days((struct jml_date){1, 1, 1});
    const int64_t last = jml_date_to_days((struct jml_date){INT16_MAX, 12, 31});
    int64_t of_day, day;

    if (t == JML_TIME_NONE || t == JML_TIME_MAX || days == 0)
        return t;
    day = jml_date_to_days(jml_zone_date(z, t, &of_day));
    if (days > last - day)
        return JML_TIME_MAX;
    if (days < first - day)
        return jml_zone_day_start(z, jml_date_from_days(first));
    return jml_zone_instant(z, jml_date_from_days(day + days), of_day);
}

/* The first instant whose wall clock has reached the local time: the very one where it exists, the
 * first where it exists twice, the end of the gap where it does not. */
static jml_time local_to_instant(const struct jml_zone *z, int64_t local_seconds, int64_t micro)
{
    struct span span;
    int64_t t;

    if (z->is_fixed)
        return (local_seconds - z->fixed.offset) * JML_SECOND + micro;
    span = span_find(z, local_seconds - OFFSET_BOUND);
    for (;;) {
        t = local_seconds - span.type->offset;
        if (t < span.start)
            return span.start * JML_SECOND; /* in the gap before this span */
        if (t < span.end)
            return t * JML_SECOND + micro;
        span = span_find(z, span.end);
    }
}

static int64_t seconds(jml_time t)
{
    return t / JML_SECOND - (t % JML_SECOND < 0);
}

static struct span span_find(const struct jml_zone *z, int64_t t)
{
    size_t low = 0, high = z->n; /* at[low - 1] <= t < at[high] */

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (z->at[middle] <= t)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == z->n && z->rule.is_set)
        return rule_span(z, low > 0 ? z->at[low - 1] : INT64_MIN, t);
    return (struct span){
        .start = low > 0 ? z->at[low - 1] : INT64_MIN,
        .end = low < z->n ? z->at[low] : INT64_MAX,
        .type = &z->types[low > 0 ? z->type[low - 1] : 0],
    };
}

/* The span of the footer's rule that holds t; the rule itself holds since `from`. */
static struct span rule_span(const struct jml_zone *z, int64_t from, int64_t t)
{
    const struct tz_rule *r = &z->rule;
    struct span span = {.start = from, .end = INT64_MAX, .type = &r->standard};
    struct {
        int64_t at;
        const struct tz_type *type;
    } change[10] = {{0}}, swap;
    int64_t year, reach;
    int n = 0;

    if (!r->has_dst)
        return span;
    year = jml_date_from_days(t / DAY - (t % DAY < 0)).year;
    /* Times of version 3 may lie a week beside their day, so in another year. */
    reach = labs(r->start.time) > DAY || labs(r->end.time) > DAY ? 2 : 1;
    for (int64_t y = year - reach; y <= year + reach; y++) {
        change[n].at = rule_instant(&r->start, y, r->standard.offset);
        change[n++].type = &r->dst;
        change[n].at = rule_instant(&r->end, y, r->dst.offset);
        change[n++].type = &r->standard;
    }
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && change[j].at < change[j - 1].at; j--) {
            swap = change[j];
            change[j] = change[j - 1];
            change[j - 1] = swap;
        }
    /* Before the first of them the other half of the year holds. */
    span.type = change[0].type == &r->dst ? &r->standard : &r->dst;
    for (int i = 0; i < n; i++) {
        if (change[i].at > t) {
            span.end = change[i].at;
            break;
        }
        span.type = change[i].type;
        if (change[i].at > from)
            span.start = change[i].at;
    }
    return span;
}

static int64_t rule_instant(const struct tz_rule_day *d, int64_t year, int32_t offset)
{
    struct jml_date date = {(int16_t)year, 1, 1};
    int64_t days = jml_date_to_days(date);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    switch (d->form) {
    case TZ_JULIAN:
        days += d->day - 1 + (leap && d->day >= 60);
        break;
    case TZ_DAY_OF_YEAR:
        days += d->day;
        break;
    case TZ_MONTH: {
        static const int8_t length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        int weekday, day;

        date.month = (int8_t)d->month;
        days = jml_date_to_days(date);
        weekday = (int)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
        day = (d->day - weekday + 7) % 7 + (d->week - 1) * 7;
        while (day >= length[d->month - 1] + (leap && d->month == 2))
            day -= 7; /* week 5 is the last */
        days += day;
        break;
    }
    }
    return days * DAY + d->time - offset;
}

/* ---- the registry ---- */

struct jml_zones {
    int directory; /* fd, -1: there is none */
    struct jml_zone **slots;
    size_t n, cap; /* cap is a power of two */
};

static struct jml_zone **slot(const struct jml_zones *z, const char *name);
static void grow(struct jml_zones *z);
static bool name_is_sane(const char *name);
static struct jml_zone *load(const struct jml_zones *z, const char *name);

struct jml_zones *jml_zones_new(const char *directory)
{
    struct jml_zones *z = calloc(1, sizeof(*z));

    if (!z)
        jml_bug("out of memory (the time zones)");
    if (!directory)
        directory = getenv("TZDIR");
    if (!directory || !*directory)
        directory = "/usr/share/zoneinfo";
    z->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    grow(z);
    return z;
}

struct jml_zones *jml_zones_free(struct jml_zones *z)
{
    if (!z)
        return NULL;
    for (size_t i = 0; i < z->cap; i++)
        jml_zone_free(z->slots[i]);
    free(z->slots);
    if (z->directory >= 0)
        close(z->directory);
    free(z);
    return NULL;
}

const struct jml_zone *jml_zone_find(struct jml_zones *z, const char *name)
{
    struct jml_zone **found, *loaded;

    if (jml_streq(name, "UTC"))
        return jml_zone_utc();
    if (!name)
        return NULL;
    found = slot(z, name);
    if (*found)
        return *found;
    if (!name_is_sane(name))
        return NULL;
    /* Names that do not exist are not remembered: whoever sends them must not fill our memory. */
    loaded = load(z, name);
    if (!loaded)
        return NULL;
    *found = loaded;
    if (++z->n > z->cap / 2)
        grow(z);
    return loaded;
}

static struct jml_zone **slot(const struct jml_zones *z, const char *name)
{
    uint32_t hash = 2166136261u;
    size_t i;

    for (const char *p = name; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    for (i = hash & (z->cap - 1); z->slots[i]; i = (i + 1) & (z->cap - 1))
        if (strcmp(z->slots[i]->name, name) == 0)
            break;
    return &z->slots[i];
}

static void grow(struct jml_zones *z)
{
    struct jml_zone **old = z->slots;
    size_t n = z->cap;

    z->cap = n ? n * 2 : 64;
    z->slots = calloc(z->cap, sizeof(struct jml_zone *));
    if (!z->slots)
        jml_bug("out of memory (the time zones)");
    for (size_t i = 0; i < n; i++)
        if (old[i])
            *slot(z, old[i]->name) = old[i];
    free(old);
}

/* "Area/Place": nothing that leaves the directory, and none of its other trees. */
static bool name_is_sane(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_+-/";
    size_t n = strlen(name);

    return n > 0 && n <= 64 && strspn(name, allowed) == n && name[0] != '/' &&
           name[n - 1] != '/' && !jml_str_starts(name, "posix/") &&
           !jml_str_starts(name, "right/") && !jml_streq(name, "localtime") &&
           !jml_streq(name, "posixrules") && !jml_streq(name, "Factory");
}

static struct jml_zone *load(const struct jml_zones *z, const char *name)
{
    struct jml_zone *zone = NULL;
    struct stat st;
    char *bytes = NULL;
    size_t n = 0;
    ssize_t got;
    int fd;

    if (z->directory < 0)
        return NULL;
    fd = openat(z->directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX) {
        bytes = malloc((size_t)st.st_size + 1);
        if (!bytes)
            jml_bug("out of memory (a time zone)");
        while ((got = read(fd, bytes + n, (size_t)st.st_size - n)) > 0)
            n += (size_t)got;
        if (got == 0)
            zone = jml_zone_decode(name, bytes, n);
    }
    free(bytes);
    close(fd);
    return zone;
}

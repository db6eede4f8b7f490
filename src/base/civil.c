/* SPDX-License-Identifier: MIT
 *
 * Civil: dates, durations, and times as text. The zones are in base/zone.c.
 */
#include "base/civil.h"

#include <string.h>

#include "base/str.h"

static char *put_digits(char *p, int64_t n, int width);
static const char *read_digits(const char *p, int min, int max, int64_t *ret);

/* ---- dates ---- */

bool jml_date_is_set(struct jml_date d)
{
    return d.year != 0;
}

/* Days are counted in eras of 400 years that begin on 1 March, so that the leap day is the last of
 * its year. */
int64_t jml_date_to_days(struct jml_date d)
{
    int64_t year = d.year - (d.month <= 2), era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400, month = d.month + (d.month > 2 ? -3 : 9);
    int64_t day = (153 * month + 2) / 5 + d.day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day - 719468;
}

struct jml_date jml_date_from_days(int64_t days)
{
    /* 0001-01-01 and 32767-12-31 are the ends of the calendar. */
    int64_t z = (days < -719162 ? -719162 : days > 11248737 ? 11248737 : days) + 719468;
    int64_t era = z / 146097, of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t day = of_era - (365 * year + year / 4 - year / 100), month = (5 * day + 2) / 153;
    struct jml_date d;

    d.day = (int8_t)(day - (153 * month + 2) / 5 + 1);
    d.month = (int8_t)(month < 10 ? month + 3 : month - 9);
    d.year = (int16_t)(year + era * 400 + (d.month <= 2));
    return d;
}

int jml_date_compare(struct jml_date a, struct jml_date b)
{
    if (a.year != b.year)
        return a.year < b.year ? -1 : 1;
    if (a.month != b.month)
        return a.month < b.month ? -1 : 1;
    return (a.day > b.day) - (a.day < b.day);
}

static const char *read_date(const char *p, struct jml_date *ret)
{
    int64_t year, month, day;
    struct jml_date d;

    p = read_digits(p, 4, 4, &year);
    p = p && *p == '-' ? read_digits(p + 1, 2, 2, &month) : NULL;
    p = p && *p == '-' ? read_digits(p + 1, 2, 2, &day) : NULL;
    if (!p || year == 0 || month < 1 || month > 12 || day < 1 || day > 31)
        return NULL;
    d = (struct jml_date){(int16_t)year, (int8_t)month, (int8_t)day};
    if (jml_date_compare(jml_date_from_days(jml_date_to_days(d)), d) != 0)
        return NULL; /* 30 February */
    *ret = d;
    return p;
}

bool jml_date_parse(const char *s, struct jml_date *ret)
{
    struct jml_date d;
    const char *end = s ? read_date(s, &d) : NULL;

    if (!end || *end)
        return false;
    *ret = d;
    return true;
}

/* ---- durations ---- */

#define DURATION_DAYS_MAX INT64_C(3660000) /* ten thousand years: beyond any date */

/* Adds n * unit to *sum unless that leaves the bound. */
static bool add_bounded(int64_t *sum, int64_t n, int64_t unit, int64_t bound)
{
    int64_t more;

    return !__builtin_mul_overflow(n, unit, &more) && !__builtin_add_overflow(*sum, more, sum) &&
           *sum <= bound;
}

int jml_duration_parse(const char *s, struct jml_duration *ret, struct jml_err *e)
{
    static const char order[] = "WDTHMS";
    static const int64_t unit[] = {7, 1, 0, JML_HOUR, JML_MINUTE, JML_SECOND};
    struct jml_duration d = {0};
    const char *p = s, *next = order, *found;
    bool any = false, time = false;
    int64_t n, fraction = 0, micro;

    if (!s || *p++ != 'P')
        return jml_err_set(e, JML_ERR_BAD_INPUT, "\"%.40s\" is no ISO 8601 duration, such as P30D",
                           s ? s : "");
    for (;;) {
        if (*p == 'T' && !time) {
            time = true;
            any = false;
            next = order + 3;
            p++;
        }
        if (!*p)
            break;
        p = read_digits(p, 1, 15, &n);
        micro = 0;
        if (p && *p == '.') {
            const char *first = p + 1;

            p = read_digits(first, 1, 6, &fraction);
            for (micro = fraction; p && p - first < 6; first--)
                micro *= 10;
            if (p && *p != 'S')
                p = NULL;
        }
        if (p && (*p == 'Y' || (*p == 'M' && !time)))
            return jml_err_set(e, JML_ERR_BAD_INPUT,
                               "\"%.40s\": months and years have no fixed length, use days", s);
        found = p && *p && *p != 'T' ? strchr(next, *p) : NULL;
        if (!found || time != (found - order > 2))
            return jml_err_set(e, JML_ERR_BAD_INPUT,
                               "\"%.40s\" is no ISO 8601 duration, such as P30D or PT20H", s);
        if (!(time ? add_bounded(&d.exact, n, unit[found - order], DURATION_DAYS_MAX * JML_DAY) &&
                         add_bounded(&d.exact, micro, 1, DURATION_DAYS_MAX * JML_DAY)
                   : add_bounded(&d.days, n, unit[found - order], DURATION_DAYS_MAX)))
            return jml_err_set(e, JML_ERR_BAD_INPUT, "\"%.40s\" is too long", s);
        any = true;
        next = found + 1;
        p++;
    }
    if (!any)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "\"%.40s\" ends too early", s);
    *ret = d;
    return 0;
}

jml_time jml_duration_add(const struct jml_zone *z, jml_time t, struct jml_duration d)
{
    t = jml_zone_add_days(z, t, d.days);
    if (t == JML_TIME_NONE || t == JML_TIME_MAX)
        return t;
    if (__builtin_add_overflow(t, d.exact, &t))
        return d.exact > 0 ? JML_TIME_MAX : JML_TIME_NONE + 1;
    return t;
}

const char *jml_duration_format(struct jml_arena *a, struct jml_duration d)
{
    struct jml_str s = JML_STR_INIT(a);
    int64_t left = d.exact;

    jml_str_add_char(&s, 'P');
    if (d.days != 0)
        jml_str_addf(&s, "%lldD", (long long)d.days);
    if (left != 0 || d.days == 0)
        jml_str_add_char(&s, 'T');
    if (left >= JML_HOUR)
        jml_str_addf(&s, "%lldH", (long long)(left / JML_HOUR));
    left %= JML_HOUR;
    if (left >= JML_MINUTE)
        jml_str_addf(&s, "%lldM", (long long)(left / JML_MINUTE));
    left %= JML_MINUTE;
    if (left != 0 || (d.exact == 0 && d.days == 0)) {
        jml_str_addf(&s, "%lld", (long long)(left / JML_SECOND));
        if (left % JML_SECOND) {
            jml_str_addf(&s, ".%06lld", (long long)(left % JML_SECOND));
            while (s.text[s.length - 1] == '0')
                s.text[--s.length] = '\0';
        }
        jml_str_add_char(&s, 'S');
    }
    return jml_str_text(&s);
}

bool jml_interval_parse(const char *s, jml_time *ret_microseconds)
{
    static const struct {
        const char *name;
        int64_t length;
    } units[] = {
        {"ms", 1000}, {"s", JML_SECOND}, {"m", JML_MINUTE}, {"h", JML_HOUR}, {"d", JML_DAY},
    };
    int64_t n;
    const char *p = s ? read_digits(s, 1, 15, &n) : NULL;

    for (size_t i = 0; p && i < sizeof(units) / sizeof(units[0]); i++) {
        jml_time sum = 0;

        if (strcmp(p, units[i].name) != 0)
            continue;
        if (!add_bounded(&sum, n, units[i].length, DURATION_DAYS_MAX * JML_DAY))
            return false;
        *ret_microseconds = sum;
        return true;
    }
    return false;
}

/* ---- text ---- */

static char *put_date(char *p, struct jml_date d)
{
    p = put_digits(p, d.year, d.year > 9999 ? 5 : 4);
    *p++ = '-';
    p = put_digits(p, d.month, 2);
    *p++ = '-';
    return put_digits(p, d.day, 2);
}

static char *put_clock(char *p, int64_t second_of_day, bool with_seconds)
{
    p = put_digits(p, second_of_day / 3600, 2);
    *p++ = ':';
    p = put_digits(p, second_of_day / 60 % 60, 2);
    if (!with_seconds)
        return p;
    *p++ = ':';
    return put_digits(p, second_of_day % 60, 2);
}

static const char *format_utc(struct jml_arena *a, jml_time t, bool precise)
{
    int64_t of_day;
    char *text, *p;

    if (t == JML_TIME_NONE)
        return NULL;
    text = jml_arena_alloc_raw(a, 32);
    p = put_date(text, jml_zone_date(jml_zone_utc(), t, &of_day));
    *p++ = 'T';
    p = put_clock(p, of_day / JML_SECOND, true);
    if (precise && of_day % JML_SECOND) {
        *p++ = '.';
        p = put_digits(p, of_day % JML_SECOND, 6);
    }
    *p++ = 'Z';
    *p = '\0';
    return text;
}

const char *jml_time_format(struct jml_arena *a, jml_time t)
{
    return format_utc(a, t, false);
}

const char *jml_time_format_precise(struct jml_arena *a, jml_time t)
{
    return format_utc(a, t, true);
}

const char *jml_time_format_in(struct jml_arena *a, jml_time t, const struct jml_zone *z)
{
    const char *abbreviation;
    char *text, *p;
    int64_t of_day;

    if (t == JML_TIME_NONE)
        return NULL;
    jml_zone_offset(z, t, &abbreviation);
    text = jml_arena_alloc_raw(a, 24 + strlen(abbreviation));
    p = put_date(text, jml_zone_date(z, t, &of_day));
    *p++ = ' ';
    p = put_clock(p, of_day / JML_SECOND, false);
    *p++ = ' ';
    strcpy(p, abbreviation);
    return text;
}

bool jml_time_parse(const char *s, jml_time *ret)
{
    int64_t hour, minute, second, micro = 0, offset_hour = 0, offset_minute = 0, t;
    const char *p = s;
    struct jml_date d;
    bool west = false;

    p = p ? read_date(p, &d) : NULL;
    p = p && (*p == 'T' || *p == 't' || *p == ' ') ? read_digits(p + 1, 2, 2, &hour) : NULL;
    p = p && *p == ':' ? read_digits(p + 1, 2, 2, &minute) : NULL;
    p = p && *p == ':' ? read_digits(p + 1, 2, 2, &second) : NULL;
    if (!p || hour > 23 || minute > 59 || second > 60)
        return false;
    if (*p == '.') {
        int64_t place = JML_SECOND;

        if (p[1] < '0' || p[1] > '9')
            return false;
        for (p++; *p >= '0' && *p <= '9'; p++) /* what is finer than a microsecond is cut off */
            micro += (*p - '0') * (place /= 10);
    }
    if (*p == 'Z' || *p == 'z') {
        p++;
    } else if (*p == '+' || *p == '-') {
        west = *p == '-';
        p = read_digits(p + 1, 2, 2, &offset_hour);
        p = p && *p == ':' ? read_digits(p + 1, 2, 2, &offset_minute) : NULL;
        if (!p || offset_hour > 23 || offset_minute > 59)
            return false;
    } else {
        return false;
    }
    if (*p)
        return false;

    t = jml_date_to_days(d) * 86400 + hour * 3600 + minute * 60 + second;
    t -= (west ? -1 : 1) * (offset_hour * 3600 + offset_minute * 60);
    if (second == 60 && t % 86400 != 0)
        return false; /* a leap second ends a day in UTC; here it is the first of the next */
    if (t < INT64_C(-62135596800) || t >= INT64_C(253402300800))
        return false; /* in UTC the year would not be 0001 to 9999 */
    *ret = t * JML_SECOND + (second == 60 ? 0 : micro);
    return true;
}

/* ---- helpers ---- */

static char *put_digits(char *p, int64_t n, int width)
{
    for (int i = width - 1; i >= 0; i--, n /= 10)
        p[i] = (char)('0' + n % 10);
    return p + width;
}

/* min to max digits (at most 18); NULL when there are fewer or more. */
static const char *read_digits(const char *p, int min, int max, int64_t *ret)
{
    int64_t n = 0;
    int i = 0;

    for (; *p >= '0' && *p <= '9'; p++) {
        if (++i > max)
            return NULL;
        n = n * 10 + (*p - '0');
    }
    if (i < min)
        return NULL;
    *ret = n;
    return p;
}

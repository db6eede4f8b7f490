/* SPDX-License-Identifier: MIT
 *
 * Civil time: dates, instants, IANA time zones, and the bridges between them.
 *
 * An instant is jml_time: microseconds since 1970-01-01T00:00:00Z, no leap seconds. Civil rules are
 * those of SEMANTICS T2: a day begins at the first instant that carries its date (a midnight that
 * does not exist: the first instant after the gap; one that exists twice: the first), and the end
 * of a day is the start of the next.
 */
#ifndef JML_BASE_CIVIL_H
#define JML_BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

typedef int64_t jml_time; /* microseconds since the epoch, UTC */
#define JML_TIME_NONE INT64_MIN
#define JML_TIME_MAX INT64_MAX
#define JML_SECOND INT64_C(1000000)
#define JML_MINUTE (60 * JML_SECOND)
#define JML_HOUR (60 * JML_MINUTE)
#define JML_DAY (24 * JML_HOUR)

static inline jml_time jml_time_earlier(jml_time a, jml_time b)
{
    return a < b ? a : b;
}
static inline jml_time jml_time_later(jml_time a, jml_time b)
{
    return a > b ? a : b;
}

struct jml_date { /* proleptic Gregorian; year 0 = no date */
    int16_t year;
    int8_t month, day; /* 1..12, 1..31 */
};

bool jml_date_is_set(struct jml_date d);
int64_t jml_date_to_days(struct jml_date d); /* days since 1970-01-01 */
struct jml_date jml_date_from_days(int64_t days);
int jml_date_compare(struct jml_date a, struct jml_date b);
/* "2026-12-01" and nothing else. false: no such date. */
bool jml_date_parse(const char *s, struct jml_date *ret);

/* ---- zones ---- */

struct jml_zone; /* one IANA zone, immutable */

/* The zones seen so far; they are read from the system's tz database when first asked for and stay.
 * A registry owns its zones. */
struct jml_zones;
struct jml_zones *jml_zones_new(const char *directory); /* NULL: $TZDIR, else /usr/share/zoneinfo */
struct jml_zones *jml_zones_free(struct jml_zones *z);  /* NULL is fine; returns NULL */
/* NULL when there is no such zone (names are case-sensitive; no absolute paths, no ".."). */
const struct jml_zone *jml_zone_find(struct jml_zones *z, const char *name);
const struct jml_zone *jml_zone_utc(void);
const char *jml_zone_name(const struct jml_zone *z);

/* One zone out of TZif bytes (RFC 8536), for tests and fuzzing. NULL: not TZif. */
struct jml_zone *jml_zone_decode(const char *name, const void *bytes, size_t n);
struct jml_zone *jml_zone_free(struct jml_zone *z);

/* Seconds east of UTC in force at t; *ret_abbreviation may be NULL. */
int32_t jml_zone_offset(const struct jml_zone *z, jml_time t, const char **ret_abbreviation);
/* The date and the microseconds since its civil midnight (wall clock) at t. JML_TIME_NONE gives no
 * date; the calendar ends with the years 1 and 32767. */
struct jml_date jml_zone_date(const struct jml_zone *z, jml_time t, int64_t *ret_of_day);
/* The first instant of the civil day d. */
jml_time jml_zone_day_start(const struct jml_zone *z, struct jml_date d);
/* The instant that carries wall clock (d, of_day): in a gap the first instant after it, when it
 * exists twice the first. */
jml_time jml_zone_instant(const struct jml_zone *z, struct jml_date d, int64_t of_day);
/* t moved by civil days: same wall clock, other date. Saturates; JML_TIME_NONE/MAX stay. */
jml_time jml_zone_add_days(const struct jml_zone *z, jml_time t, int64_t days);

/* ---- durations ---- */

/* ISO 8601 duration without months and years: weeks and days are civil, hours, minutes and seconds
 * exact. */
struct jml_duration {
    int64_t days;
    jml_time exact; /* microseconds on top of the days */
};
/* < 0: BAD_INPUT with the reason (months and years are refused by name). "PT0S" is a duration. */
int jml_duration_parse(const char *s, struct jml_duration *ret, struct jml_err *e);
/* t plus d: first the civil days in z, then the exact part. */
jml_time jml_duration_add(const struct jml_zone *z, jml_time t, struct jml_duration d);
const char *jml_duration_format(struct jml_arena *a, struct jml_duration d); /* "P30D", "PT20H" */

/* Configuration durations: 500ms, 30s, 5m, 3h, 14d. Negative is refused. */
bool jml_interval_parse(const char *s, jml_time *ret_microseconds);

/* ---- text ---- */

/* RFC 3339 in UTC with seconds ("2026-12-01T08:00:00Z"); with microseconds only when not whole and
 * when asked. JML_TIME_NONE gives NULL. */
const char *jml_time_format(struct jml_arena *a, jml_time t);
const char *jml_time_format_precise(struct jml_arena *a, jml_time t);
/* "2026-12-01 08:00 CET" in z, for people. */
const char *jml_time_format_in(struct jml_arena *a, jml_time t, const struct jml_zone *z);
/* RFC 3339 with any offset; a bare date is refused. */
bool jml_time_parse(const char *s, jml_time *ret);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Tzif: what a time zone looks like once it has been read; private to base/tzif.c, which reads it,
 * and base/zone.c, which looks things up in it.
 */
#ifndef JML_BASE_TZIF_H
#define JML_BASE_TZIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tz_type {
    int32_t offset; /* seconds east of UTC */
    const char *abbreviation;
};

enum tz_day_form {
    TZ_JULIAN,      /* Jn: 1..365, 29 February is never counted */
    TZ_DAY_OF_YEAR, /* n: 0..365 */
    TZ_MONTH,       /* Mm.w.d */
};

struct tz_rule_day {
    enum tz_day_form form;
    int month, week, day;
    int32_t time; /* seconds of wall clock after midnight; may be negative or beyond a day */
};

/* The footer: what holds after the last transition. */
struct tz_rule {
    bool is_set, has_dst;
    struct tz_type standard, dst;
    struct tz_rule_day start, end; /* of daylight saving time */
};

struct jml_zone {
    const char *name;
    size_t n;            /* transitions */
    const int64_t *at;   /* seconds since the epoch, rising */
    const uint8_t *type; /* in force from at[i] on */
    const struct tz_type *types;
    struct tz_rule rule;
    bool is_fixed; /* one offset for ever: `fixed` */
    struct tz_type fixed;
};

/* Reads "CET-1CEST,M3.5.0,M10.5.0/3". The abbreviations are copied to names (2 * TZ_NAME_MAX).
 * extended: hours from -167 to 167 are allowed in times. false: not such a string. */
#define TZ_NAME_MAX 16
bool tz_rule_parse(const char *text, bool extended, char *names, struct tz_rule *ret);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Civil time in zones: known hard days, and all days held against the C library.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/civil.h"
#include "base/str.h"
#include "base/tzif.h"
#include "lib/leak.h"

static struct jml_arena a;
static struct jml_zones *zones;

static void init(void)
{
    zones = jml_zones_new(NULL);
}

static void fini(void)
{
    zones = jml_zones_free(zones);
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(zone, .init = init, .fini = fini);

static const struct jml_zone *zone(const char *name)
{
    const struct jml_zone *z = jml_zone_find(zones, name);

    cr_assert_not_null(z, "no zone %s", name);
    return z;
}

static struct jml_date date(const char *text)
{
    struct jml_date d;

    cr_assert(jml_date_parse(text, &d), "%s", text);
    return d;
}

static jml_time instant(const char *text)
{
    jml_time t;

    cr_assert(jml_time_parse(text, &t), "%s", text);
    return t;
}

#define assert_starts(name, day, utc)                                                              \
    cr_assert_str_eq(jml_time_format(&a, jml_zone_day_start(zone(name), date(day))), utc,          \
                     "%s %s", name, day)

Test(zone, an_ordinary_day_starts_at_midnight)
{
    assert_starts("UTC", "2026-12-01", "2026-12-01T00:00:00Z");
    assert_starts("Europe/Berlin", "2026-12-01", "2026-11-30T23:00:00Z");
    assert_starts("Europe/Berlin", "2026-07-01", "2026-06-30T22:00:00Z");
    assert_starts("Pacific/Kiritimati", "2027-01-01", "2026-12-31T10:00:00Z");
    assert_starts("Pacific/Honolulu", "2027-01-01", "2027-01-01T10:00:00Z");
    assert_starts("Asia/Kathmandu", "2026-05-05", "2026-05-04T18:15:00Z");
    assert_starts("Etc/GMT+12", "2026-05-05", "2026-05-05T12:00:00Z");
}

Test(zone, a_midnight_that_does_not_exist_is_the_first_instant_after_the_gap)
{
    assert_starts("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z");
    assert_starts("America/Havana", "2024-03-10", "2024-03-10T05:00:00Z");
    assert_starts("Asia/Amman", "2005-04-01", "2005-03-31T22:00:00Z");
    assert_starts("America/Santiago", "2005-10-09", "2005-10-09T04:00:00Z");
    /* "/24" in the footer: the gap is the hour before midnight of the next day. */
    assert_starts("America/Santiago", "2100-09-05", "2100-09-05T04:00:00Z");
}

Test(zone, a_day_that_does_not_exist_starts_where_the_next_one_does)
{
    assert_starts("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z");
    assert_starts("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z");
    assert_starts("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z");
    assert_starts("Pacific/Apia", "2012-01-01", "2011-12-31T10:00:00Z");
    assert_starts("Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00:00Z");
}

Test(zone, a_midnight_that_exists_twice_is_the_first)
{
    assert_starts("America/Havana", "2024-11-03", "2024-11-03T04:00:00Z");
    assert_starts("Atlantic/Azores", "2024-10-27", "2024-10-27T00:00:00Z");
    assert_starts("Asia/Amman", "2005-09-30", "2005-09-29T21:00:00Z");
    /* The clock falls back from midnight to 23:00: the day itself begins once. */
    assert_starts("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z");
}

Test(zone, a_wall_clock_in_a_gap_or_fold_is_told_as_the_rules_say)
{
    const struct jml_zone *howe = zone("Australia/Lord_Howe"), *berlin = zone("Europe/Berlin");

    /* Half an hour: 02:00 to 02:30 is missing, 01:30 to 02:00 comes twice. */
    cr_assert_eq(jml_zone_instant(howe, date("2024-10-06"), 2 * JML_HOUR + 10 * JML_MINUTE),
                 instant("2024-10-05T15:30:00Z"));
    cr_assert_eq(jml_zone_instant(howe, date("2024-04-07"), JML_HOUR + 45 * JML_MINUTE),
                 instant("2024-04-06T14:45:00Z"));
    cr_assert_eq(jml_zone_instant(berlin, date("2026-03-29"), 2 * JML_HOUR + 30 * JML_MINUTE),
                 instant("2026-03-29T01:00:00Z"));
    cr_assert_eq(jml_zone_instant(berlin, date("2026-10-25"), 2 * JML_HOUR + 30 * JML_MINUTE),
                 instant("2026-10-25T00:30:00Z"));
    cr_assert_eq(jml_zone_instant(berlin, date("2026-10-25"), 3 * JML_HOUR + 5),
                 instant("2026-10-25T02:00:00.000005Z"));
}

Test(zone, days_are_added_on_the_wall_clock)
{
    const struct jml_zone *paulo = zone("America/Sao_Paulo"), *apia = zone("Pacific/Apia");
    jml_time t = instant("2018-11-03T00:00:00-03:00");

    cr_assert_eq(jml_zone_add_days(paulo, t, 1), instant("2018-11-04T01:00:00-02:00"));
    cr_assert_eq(jml_zone_add_days(paulo, t, 2), instant("2018-11-05T00:00:00-02:00"));
    cr_assert_eq(jml_zone_add_days(paulo, t, -400), instant("2017-09-29T00:00:00-03:00"));
    cr_assert_eq(jml_zone_add_days(paulo, t, 0), t);
    t = instant("2011-12-29T12:00:00-10:00");
    cr_assert_eq(jml_zone_add_days(apia, t, 1), instant("2011-12-31T00:00:00+14:00"));
    cr_assert_eq(jml_zone_add_days(apia, t, 2), instant("2011-12-31T12:00:00+14:00"));
}

Test(zone, the_date_tells_the_time_of_day)
{
    int64_t of_day;
    struct jml_date d = jml_zone_date(zone("Pacific/Honolulu"), instant("2026-01-01T09:59:59.5Z"),
                                      &of_day);

    cr_assert_eq(jml_date_compare(d, date("2025-12-31")), 0);
    cr_assert_eq(of_day, JML_DAY - JML_SECOND / 2);
    d = jml_zone_date(jml_zone_utc(), -1, &of_day);
    cr_assert_eq(jml_date_compare(d, date("1969-12-31")), 0);
    cr_assert_eq(of_day, JML_DAY - 1);
}

static const char *const many[] = {
    "Africa/Cairo",        "Africa/Casablanca", "Africa/Monrovia",   "America/Argentina/San_Luis",
    "America/Havana",      "America/New_York",  "America/Nuuk",      "America/Santiago",
    "America/Sao_Paulo",   "America/St_Johns",  "Antarctica/Troll",  "Asia/Gaza",
    "Asia/Kathmandu",      "Asia/Kolkata",      "Asia/Manila",       "Asia/Pyongyang",
    "Asia/Tehran",         "Atlantic/Azores",   "Australia/Lord_Howe", "Australia/Sydney",
    "Europe/Berlin",       "Europe/Dublin",     "Europe/London",     "Pacific/Apia",
    "Pacific/Chatham",     "Pacific/Honolulu",  "Pacific/Kiritimati", "Pacific/Kwajalein",
    "Etc/GMT-14",          "EST5EDT",
};

Test(zone, offsets_from_1900_to_2200_are_those_of_the_c_library)
{
    int64_t first = jml_date_to_days(date("1900-01-01")) * 86400;
    int64_t last = jml_date_to_days(date("2200-12-31")) * 86400;

    for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
        const struct jml_zone *z = zone(many[i]);

        setenv("TZ", many[i], 1);
        tzset();
        for (time_t t = first; t < last; t += 86400 / 2 - 37) {
            const char *abbreviation;
            struct tm tm;

            localtime_r(&t, &tm);
            cr_assert_eq(jml_zone_offset(z, t * JML_SECOND, &abbreviation), tm.tm_gmtoff,
                         "%s at %lld", many[i], (long long)t);
            cr_assert_str_eq(abbreviation, tm.tm_zone, "%s at %lld", many[i], (long long)t);
        }
    }
}

Test(zone, every_day_from_1900_to_2200_starts_with_the_first_instant_of_its_date)
{
    int64_t last = jml_date_to_days(date("2200-12-31"));

    for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
        const struct jml_zone *z = zone(many[i]);
        jml_time before = INT64_MIN;

        for (int64_t day = jml_date_to_days(date("1900-01-02")); day < last; day++) {
            struct jml_date d = jml_date_from_days(day);
            jml_time t = jml_zone_day_start(z, d);
            int cmp = jml_date_compare(jml_zone_date(z, t, NULL), d);

            cr_assert_geq(t, before, "%s %lld", many[i], (long long)day);
            cr_assert(cmp == 0 || (cmp > 0 && day == 15338 && !strcmp(many[i], "Pacific/Apia")) ||
                          (cmp > 0 && !strcmp(many[i], "Pacific/Kwajalein") && day == 8633) ||
                          (cmp > 0 && !strcmp(many[i], "Asia/Manila")) ||
                          (cmp > 0 && !strcmp(many[i], "Pacific/Kiritimati")),
                      "%s %lld", many[i], (long long)day);
            cr_assert_lt(jml_date_compare(jml_zone_date(z, t - 1, NULL), d), 0, "%s %lld", many[i],
                         (long long)day);
            cr_assert(jml_zone_add_days(z, t, 1) >= t);
            before = t;
        }
    }
}

Test(zone, only_plain_names_are_looked_up)
{
    static const char *const bad[] = {
        "",           "/etc/passwd",   "../zoneinfo/UTC", "Europe/../UTC", "europe/berlin",
        "Europe",     "Europe/",       "Mars/Olympus",    "right/UTC",     "posix/Europe/Berlin",
        "localtime",  "tzdata.zi",     "zone.tab",        "Europe/Berlin ", "Europe\\Berlin",
        "utc\n",      "posixrules",    "./UTC",           "Factory",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_null(jml_zone_find(zones, bad[i]), "%s", bad[i]);
    cr_assert_null(jml_zone_find(zones, NULL));
    cr_assert_eq(zone("Europe/Berlin"), zone("Europe/Berlin"), "kept");
    cr_assert_str_eq(jml_zone_name(zone("Europe/Berlin")), "Europe/Berlin");
    cr_assert_eq(zone("UTC"), jml_zone_utc());
}

Test(zone, a_missing_database_has_only_utc)
{
    struct jml_zones *none = jml_zones_new("/nonexistent");

    cr_assert_null(jml_zone_find(none, "Europe/Berlin"));
    cr_assert_not_null(jml_zone_find(none, "UTC"));
    jml_zones_free(none);
    cr_assert_null(jml_zones_free(NULL));
}

/* ---- the bytes ---- */

static struct jml_str tzif(char version, const char *footer)
{
    struct jml_str s = JML_STR_INIT(&a);

    for (int block = 0; block < 2; block++) {
        jml_str_add_n(&s, "TZif", 4);
        jml_str_add_char(&s, version);
        jml_str_add_n(&s, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15);
        /* no indicators, leap seconds or transitions; one type; four characters */
        jml_str_add_n(&s, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4", 24);
        jml_str_add_n(&s, "\0\0\x0e\x10\0\0AAA", 10);
    }
    jml_str_add_char(&s, '\n');
    jml_str_add(&s, footer);
    jml_str_add_char(&s, '\n');
    return s;
}

static struct jml_zone *decode(char version, const char *footer)
{
    struct jml_str s = tzif(version, footer);

    return jml_zone_decode("Test/Zone", s.text, s.length);
}

Test(zone, the_footer_holds_after_the_last_transition)
{
    struct jml_zone *z = decode('2', "CET-1CEST,M3.5.0,M10.5.0/3");
    const char *abbreviation;

    cr_assert_not_null(z);
    cr_assert_eq(jml_zone_offset(z, instant("2500-07-01T00:00:00Z"), &abbreviation), 7200);
    cr_assert_str_eq(abbreviation, "CEST");
    cr_assert_eq(jml_zone_offset(z, instant("2500-01-01T00:00:00Z"), &abbreviation), 3600);
    cr_assert_str_eq(abbreviation, "CET");
    jml_zone_free(z);

    z = decode('2', ""); /* nothing is said: the last type stays */
    cr_assert_eq(jml_zone_offset(z, instant("2500-01-01T00:00:00Z"), &abbreviation), 3600);
    cr_assert_str_eq(abbreviation, "AAA");
    jml_zone_free(z);
}

Test(zone, all_year_daylight_saving_time_and_far_times_of_version_3)
{
    struct jml_zone *z = decode('3', "XXX3EDT4,0/0,J365/23");
    const char *abbreviation;

    for (int day = 0; day < 800; day++) {
        cr_assert_eq(jml_zone_offset(z, day * JML_DAY, &abbreviation), -4 * 3600, "day %d", day);
        cr_assert_str_eq(abbreviation, "EDT");
    }
    jml_zone_free(z);

    /* From 167 hours before New Year to 7 days after it. */
    z = decode('3', "<-03>3<-02>,J1/-167,J1/167");
    cr_assert_not_null(z);
    cr_assert_eq(jml_zone_offset(z, instant("2031-12-20T00:00:00Z"), NULL), -3 * 3600);
    cr_assert_eq(jml_zone_offset(z, instant("2031-12-27T00:00:00Z"), NULL), -2 * 3600);
    cr_assert_eq(jml_zone_offset(z, instant("2032-01-03T00:00:00Z"), NULL), -2 * 3600);
    cr_assert_eq(jml_zone_offset(z, instant("2032-01-09T00:00:00Z"), NULL), -3 * 3600);
    jml_zone_free(z);
    cr_assert_null(decode('2', "<-03>3<-02>,J1/-167,J1/167"));
}

Test(zone, malformed_footers_are_refused)
{
    static const char *const bad[] = {
        "X",          "XXX",       "AB3",           "CET-1CEST",     "CET-25",
        "CET-1CEST,", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J5", "CET-1CEST,J366,J5", "CET-1CEST,366,5",
        "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1CEST,M3.5.0/25,M10.5.0", "<CET-1", "CET-1:60",
        "CET-1CEST,M3.5.0,M10.5.0,", "ABCDEFGHIJKLMNOPQ3", "<>3", "CET-1234",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_null(decode('2', bad[i]), "%s", bad[i]);
}

Test(zone, every_truncation_and_many_bit_flips_of_a_real_file_are_survived)
{
    struct jml_str s = tzif('3', "CET-1CEST,M3.5.0,M10.5.0/3");
    struct jml_zone *z;

    for (size_t n = 0; n < s.length; n++) {
        char *exact = malloc(n ? n : 1); /* so that the sanitizer sees its end */

        memcpy(exact, s.text, n);
        cr_expect_null(jml_zone_decode("x", exact, n), "%zu bytes", n);
        free(exact);
    }
    for (size_t bit = 0; bit < s.length * 8; bit++) {
        s.text[bit / 8] = (char)(s.text[bit / 8] ^ 1 << bit % 8);
        z = jml_zone_decode("x", s.text, s.length);
        if (z)
            jml_zone_day_start(z, date("2026-12-01"));
        jml_zone_free(z);
        s.text[bit / 8] = (char)(s.text[bit / 8] ^ 1 << bit % 8);
    }
    z = jml_zone_decode("x", s.text, s.length);
    cr_assert_not_null(z);
    jml_zone_free(z);
}

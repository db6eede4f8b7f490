/* SPDX-License-Identifier: MIT
 *
 * Dates and times as text.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/civil.h"
#include "base/str.h"
#include "lib/leak.h"

static struct jml_arena a;

static void fini(void)
{
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(civil, .fini = fini);

Test(civil, every_day_of_1900_to_2200_follows_the_one_before)
{
    struct jml_date d = {1900, 1, 1};
    int64_t days = jml_date_to_days(d), end = jml_date_to_days((struct jml_date){2200, 12, 31});

    cr_assert_eq(days, -25567);
    cr_assert_eq(jml_date_to_days((struct jml_date){1970, 1, 1}), 0);
    for (; days < end; days++) {
        static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool leap = (d.year % 4 == 0 && d.year % 100 != 0) || d.year % 400 == 0;
        struct jml_date found = jml_date_from_days(days);

        cr_assert_eq(jml_date_compare(found, d), 0, "day %lld", (long long)days);
        cr_assert_eq(jml_date_to_days(d), days);
        if (++d.day > length[d.month - 1] + (leap && d.month == 2)) {
            d.day = 1;
            if (++d.month > 12) {
                d.month = 1;
                d.year++;
            }
        }
        cr_assert_lt(jml_date_compare(found, d), 0);
    }
}

Test(civil, the_calendar_ends_with_year_1_and_32767)
{
    cr_assert_eq(jml_date_compare(jml_date_from_days(INT64_MIN), (struct jml_date){1, 1, 1}), 0);
    cr_assert_eq(jml_date_compare(jml_date_from_days(INT64_MAX), (struct jml_date){32767, 12, 31}),
                 0);
    cr_assert_eq(jml_date_compare(jml_date_from_days(11248737), (struct jml_date){32767, 12, 31}),
                 0);
    cr_assert_eq(jml_date_to_days((struct jml_date){32767, 12, 31}), 11248737);
    cr_assert_eq(jml_date_to_days((struct jml_date){1, 1, 1}), -719162);
    cr_assert_not(jml_date_is_set((struct jml_date){0}));
    cr_assert_eq(jml_zone_date(jml_zone_utc(), JML_TIME_NONE, NULL).year, 0);
    cr_assert_eq(jml_zone_date(jml_zone_utc(), JML_TIME_MAX, NULL).year, 32767);
}

Test(civil, a_date_is_read_strictly)
{
    static const char *const bad[] = {"",           "2026-2-01",  "2026-02-30", "2025-02-29",
                                      "1900-02-29", "2026-13-01", "2026-00-10", "2026-01-00",
                                      "2026-01-32", "0000-01-01", "20260101",   "2026-01-01 ",
                                      " 2026-01-01", "2026-01-01T00:00:00Z", "26-01-01",
                                      "12026-01-01", "2026/01/01", "-026-01-01"};
    struct jml_date d = {1, 2, 3};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(jml_date_parse(bad[i], &d), "%s", bad[i]);
    cr_assert_not(jml_date_parse(NULL, &d));
    cr_assert_eq(d.year, 1, "untouched on failure");
    cr_assert(jml_date_parse("2000-02-29", &d));
    cr_assert_eq(jml_date_compare(d, (struct jml_date){2000, 2, 29}), 0);
}

Test(civil, rfc_3339_comes_back_in_utc)
{
    static const struct {
        const char *text, *utc;
    } rows[] = {
        {"2026-12-01T08:00:00Z", "2026-12-01T08:00:00Z"},
        {"2026-12-01t08:00:00z", "2026-12-01T08:00:00Z"},
        {"2026-12-01 08:00:00Z", "2026-12-01T08:00:00Z"},
        {"2026-12-01T08:00:00+05:30", "2026-12-01T02:30:00Z"},
        {"2026-12-01T00:00:00+14:00", "2026-11-30T10:00:00Z"},
        {"2026-12-31T23:59:59-00:01", "2027-01-01T00:00:59Z"},
        {"2026-12-01T08:00:00-00:00", "2026-12-01T08:00:00Z"},
        {"2026-12-01T08:00:00.5Z", "2026-12-01T08:00:00.500000Z"},
        {"2026-12-01T08:00:00.1234569Z", "2026-12-01T08:00:00.123456Z"},
        {"2026-12-01T08:00:00.00000000000000000009Z", "2026-12-01T08:00:00Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
        {"2017-01-01T00:59:60.9+01:00", "2017-01-01T00:00:00Z"},
        {"1900-01-01T00:00:00Z", "1900-01-01T00:00:00Z"},
        {"2200-12-31T23:59:59.999999Z", "2200-12-31T23:59:59.999999Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
        {"1969-12-31T23:59:59.000001Z", "1969-12-31T23:59:59.000001Z"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        jml_time t;

        cr_expect(jml_time_parse(rows[i].text, &t), "%s", rows[i].text);
        cr_expect_str_eq(jml_time_format_precise(&a, t), rows[i].utc);
    }
    cr_assert_str_eq(jml_time_format(&a, 1), "1970-01-01T00:00:00Z");
    cr_assert_str_eq(jml_time_format(&a, -1), "1969-12-31T23:59:59Z");
    cr_assert_null(jml_time_format(&a, JML_TIME_NONE));
    cr_assert_not_null(jml_time_format(&a, JML_TIME_MAX));
}

Test(civil, what_is_no_rfc_3339_is_refused)
{
    static const char *const bad[] = {
        "",
        "2026-12-01",
        "2026-12-01T08:00:00",
        "2026-12-01T08:00Z",
        "2026-12-01T24:00:00Z",
        "2026-12-01T23:60:00Z",
        "2026-12-01T23:59:61Z",
        "2026-12-01T12:59:60Z",
        "2026-12-01T08:00:00+0530",
        "2026-12-01T08:00:00+24:00",
        "2026-12-01T08:00:00+05:60",
        "2026-12-01T08:00:00.Z",
        "2026-12-01T08:00:00,5Z",
        "2026-12-01T08:00:00Zx",
        "2026-02-30T08:00:00Z",
        "2026-12-01T8:00:00Z",
        "2026-12-01_08:00:00Z",
        "infinity",
        "-2026-12-01T08:00:00Z",
    };
    jml_time t = 5;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(jml_time_parse(bad[i], &t), "%s", bad[i]);
    cr_assert_not(jml_time_parse(NULL, &t));
    cr_assert_eq(t, 5);
}

Test(civil, a_time_for_people_names_its_zone)
{
    struct jml_zones *zones = jml_zones_new(NULL);
    jml_time t;

    cr_assert(jml_time_parse("2026-12-01T07:00:00Z", &t));
    cr_assert_str_eq(jml_time_format_in(&a, t, jml_zone_find(zones, "Europe/Berlin")),
                     "2026-12-01 08:00 CET");
    cr_assert_str_eq(jml_time_format_in(&a, t, jml_zone_utc()), "2026-12-01 07:00 UTC");
    cr_assert_null(jml_time_format_in(&a, JML_TIME_NONE, jml_zone_utc()));
    jml_zones_free(zones);
}

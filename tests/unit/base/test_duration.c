/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/civil.h"
#include "base/str.h"
#include "lib/leak.h"

static struct jml_arena a;
static struct jml_err e;

static void fini(void)
{
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(duration, .fini = fini);

Test(duration, comes_back_in_days_and_time)
{
    static const struct {
        const char *text, *again;
    } rows[] = {
        {"P30D", "P30D"},         {"PT20H", "PT20H"},           {"P2W", "P14D"},
        {"P1W1D", "P8D"},         {"PT0S", "PT0S"},             {"P0D", "PT0S"},
        {"P1DT2H3M4S", "P1DT2H3M4S"}, {"PT90M", "PT1H30M"},     {"PT36H", "PT36H"},
        {"PT0.5S", "PT0.5S"},     {"PT1.000001S", "PT1.000001S"}, {"P1DT0S", "P1D"},
        {"PT5M", "PT5M"},         {"P3660000D", "P3660000D"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jml_duration d;

        cr_expect_eq(jml_duration_parse(rows[i].text, &d, &e), 0, "%s: %s", rows[i].text,
                     e.message);
        cr_expect_str_eq(jml_duration_format(&a, d), rows[i].again);
    }
}

Test(duration, others_are_refused)
{
    static const char *const bad[] = {
        "",      "P",      "PT",     "P1",     "1D",    "-P1D",   "P-1D",   "P1DT",    "PT1D",
        "P1H",   "PT1H1H", "P1D1W",  "PT1M1H", "p1d",   "P 1D",   "P1.5D",  "PT1.5H",  "PT.5S",
        "PT1.S", "P1D ",   "PTT1S",  "P1DT1HT1S", "PT1,5S", "P99999999D", "PT99999999999999H",
        "P9999999999999999D", "PT1.1234567S", "P1WT", "PT1W",
    };
    struct jml_duration d = {.days = 77};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect_lt(jml_duration_parse(bad[i], &d, &e), 0, "%s", bad[i]);
        cr_expect_eq(e.class, JML_ERR_BAD_INPUT);
    }
    cr_assert_lt(jml_duration_parse(NULL, &d, &e), 0);
    cr_assert_eq(d.days, 77);
}

Test(duration, months_and_years_are_refused_by_name)
{
    struct jml_duration d;

    cr_assert_lt(jml_duration_parse("P1M", &d, &e), 0);
    cr_assert_str_eq(e.message, "\"P1M\": months and years have no fixed length, use days");
    cr_assert_lt(jml_duration_parse("P1Y", &d, &e), 0);
    cr_assert_not_null(strstr(e.message, "months and years"));
    cr_assert_eq(jml_duration_parse("PT1M", &d, &e), 0);
}

Test(duration, days_are_civil_and_hours_are_exact)
{
    struct jml_zones *zones = jml_zones_new(NULL);
    const struct jml_zone *berlin = jml_zone_find(zones, "Europe/Berlin");
    jml_time t, day, hours;

    /* Clocks go forward on 2026-03-29. */
    cr_assert(jml_time_parse("2026-03-28T09:00:00+01:00", &t));
    day = jml_duration_add(berlin, t, (struct jml_duration){.days = 1});
    hours = jml_duration_add(berlin, t, (struct jml_duration){.exact = 24 * JML_HOUR});
    cr_assert_str_eq(jml_time_format_in(&a, day, berlin), "2026-03-29 09:00 CEST");
    cr_assert_str_eq(jml_time_format_in(&a, hours, berlin), "2026-03-29 10:00 CEST");
    cr_assert_eq(hours - day, JML_HOUR);
    jml_zones_free(zones);
}

Test(duration, adding_saturates)
{
    struct jml_duration far = {.days = 3660000}, exact = {.exact = INT64_MAX / 2};

    cr_assert_eq(jml_duration_add(jml_zone_utc(), JML_TIME_NONE, far), JML_TIME_NONE);
    cr_assert_eq(jml_duration_add(jml_zone_utc(), JML_TIME_MAX, far), JML_TIME_MAX);
    cr_assert_eq(jml_duration_add(jml_zone_utc(), JML_TIME_MAX / 2 + 2, exact), JML_TIME_MAX);
    cr_assert_eq(jml_zone_add_days(jml_zone_utc(), 0, INT64_MAX), JML_TIME_MAX);
    cr_assert_eq(jml_zone_add_days(jml_zone_utc(), 0, INT64_MIN),
                 jml_zone_day_start(jml_zone_utc(), (struct jml_date){1, 1, 1}));
}

Test(duration, intervals_of_the_configuration)
{
    static const struct {
        const char *text;
        jml_time length;
    } rows[] = {
        {"500ms", 500000}, {"30s", 30 * JML_SECOND}, {"5m", 5 * JML_MINUTE},
        {"3h", 3 * JML_HOUR}, {"14d", 14 * JML_DAY}, {"0s", 0},
    };
    static const char *const bad[] = {"",   "5",    "-1s", "1.5s", "s",  "1 s", "1S",
                                      "1w", "1s ",  "+1s", "99999999999999d",  "1sm"};
    jml_time t = 77;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(jml_interval_parse(bad[i], &t), "%s", bad[i]);
    cr_assert_not(jml_interval_parse(NULL, &t));
    cr_assert_eq(t, 77);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect(jml_interval_parse(rows[i].text, &t), "%s", rows[i].text);
        cr_expect_eq(t, rows[i].length, "%s", rows[i].text);
    }
}

/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "base/civil.h"
#include "flow/breaker.h"

#define MS INT64_C(1000)

static void fail_times(struct jml_breaker *b, int n, int64_t now)
{
    for (int i = 0; i < n; i++)
        jml_breaker_answer(b, false, now, now);
}

Test(breaker, opens_at_the_fifth_call_in_a_row_that_reaches_nobody)
{
    struct jml_breaker b = {0};

    fail_times(&b, 4, 0);
    cr_expect_eq(jml_breaker_allows(&b, 64, 0), 64);
    cr_expect(jml_breaker_answer(&b, false, 0, 0));
    cr_expect_eq(jml_breaker_allows(&b, 64, 0), 0);
    cr_expect_eq(jml_breaker_wait(&b, 0), 2 * JML_SECOND);
}

Test(breaker, an_answer_in_between_counts_anew)
{
    struct jml_breaker b = {0};

    fail_times(&b, 4, 0);
    cr_expect_not(jml_breaker_answer(&b, true, 0, 0));
    fail_times(&b, 4, 0);
    cr_expect_eq(b.state, JML_BREAKER_CLOSED);
}

Test(breaker, lets_one_probe_through_and_waits_twice_as_long_after_each)
{
    struct jml_breaker b = {0};
    int64_t now = 0, wanted = 2 * JML_SECOND;

    fail_times(&b, 5, now);
    for (int i = 0; i < 8; i++) {
        cr_expect_eq(jml_breaker_wait(&b, now), wanted);
        cr_expect_eq(jml_breaker_allows(&b, 64, now + wanted - 1), 0);
        now += wanted;
        cr_expect_eq(jml_breaker_allows(&b, 64, now), 1);
        cr_expect_not(jml_breaker_answer(&b, false, now, now), "a probe that fails is not told");
        wanted = wanted * 2 > JML_MINUTE ? JML_MINUTE : wanted * 2;
    }
    now += wanted;
    cr_expect_eq(jml_breaker_allows(&b, 64, now), 1);
    cr_expect(jml_breaker_answer(&b, true, now, now), "that it is back is told");
    cr_expect_eq(jml_breaker_allows(&b, 64, now), 64);
    fail_times(&b, 5, now);
    cr_expect_eq(jml_breaker_wait(&b, now), 2 * JML_SECOND, "the next time begins anew");
}

Test(breaker, a_target_that_asks_for_a_pause_gets_it_and_then_one_call_first)
{
    struct jml_breaker b = {0};

    jml_breaker_pause(&b, 5 * JML_SECOND, 0);
    cr_expect_eq(jml_breaker_allows(&b, 64, 0), 0);
    cr_expect_eq(jml_breaker_wait(&b, JML_SECOND), 4 * JML_SECOND);
    cr_expect_not(jml_breaker_answer(&b, true, JML_SECOND, JML_SECOND), "that was under way");
    jml_breaker_pause(&b, JML_SECOND, 2 * JML_SECOND);
    cr_expect_eq(jml_breaker_allows(&b, 64, 5 * JML_SECOND - 1), 0, "it is not made shorter");
    cr_expect_eq(jml_breaker_wait(&b, 5 * JML_SECOND), 0);
    cr_expect_eq(jml_breaker_allows(&b, 64, 5 * JML_SECOND), 1);
    cr_expect_not(jml_breaker_answer(&b, true, 6 * JML_SECOND, 6 * JML_SECOND), "it was never gone");
    cr_expect_eq(jml_breaker_allows(&b, 64, 6 * JML_SECOND), 64);
}

Test(breaker, a_pause_is_a_minute_at_most)
{
    struct jml_breaker b = {0};

    jml_breaker_pause(&b, JML_DAY, 0);
    cr_expect_eq(jml_breaker_wait(&b, 0), JML_MINUTE);
    cr_expect_eq(jml_breaker_allows(&b, 64, JML_MINUTE), 1);
    jml_breaker_pause(&b, JML_DAY, JML_MINUTE);
    cr_expect_eq(jml_breaker_allows(&b, 64, JML_MINUTE), 0, "the one that went first was refused");
}

Test(breaker, a_target_may_be_gone_and_paused)
{
    struct jml_breaker b = {0};

    jml_breaker_pause(&b, JML_SECOND, 0);
    fail_times(&b, 5, 0);
    cr_expect_eq(jml_breaker_wait(&b, 0), 2 * JML_SECOND);
    cr_expect_eq(jml_breaker_allows(&b, 64, JML_SECOND), 0);
    cr_expect_eq(jml_breaker_allows(&b, 64, 2 * JML_SECOND), 1);
    cr_expect(jml_breaker_answer(&b, true, 2 * JML_SECOND, 2 * JML_SECOND));
    cr_expect_eq(jml_breaker_allows(&b, 64, 2 * JML_SECOND), 64);
}

Test(breaker, calls_that_were_under_way_when_it_opened_change_nothing)
{
    struct jml_breaker b = {0};

    fail_times(&b, 5, 0);
    cr_expect_not(jml_breaker_answer(&b, false, 0, JML_SECOND));
    cr_expect_eq(jml_breaker_wait(&b, JML_SECOND), JML_SECOND);
    cr_expect_not(jml_breaker_answer(&b, true, 0, JML_SECOND), "its answer came before it was gone");
    cr_expect_eq(jml_breaker_wait(&b, JML_SECOND), JML_SECOND);
    cr_expect_eq(jml_breaker_allows(&b, 64, 3 * JML_SECOND), 1);
    cr_expect_not(jml_breaker_answer(&b, false, 0, 3 * JML_SECOND));
    cr_expect_eq(jml_breaker_allows(&b, 64, 3 * JML_SECOND), 1, "the probe is not decided by it");
    cr_expect(jml_breaker_answer(&b, true, 3 * JML_SECOND, 4 * JML_SECOND));
}

Test(bucket, without_a_rate_there_is_no_limit)
{
    struct jml_bucket b;

    jml_bucket_init(&b, 0, 0);
    for (int i = 0; i < 1000; i++)
        jml_bucket_take(&b);
    cr_expect_eq(jml_bucket_has(&b, 0), INT32_MAX);
    cr_expect_eq(jml_bucket_wait(&b, 0), 0);
}

Test(bucket, fills_at_its_rate_and_not_beyond_a_second)
{
    struct jml_bucket b;

    jml_bucket_init(&b, 10, 0);
    cr_expect_eq(jml_bucket_has(&b, 0), 10);
    for (int i = 0; i < 10; i++)
        jml_bucket_take(&b);
    cr_expect_eq(jml_bucket_has(&b, 0), 0);
    cr_expect_eq(jml_bucket_wait(&b, 0), 100 * MS);
    cr_expect_eq(jml_bucket_has(&b, 99 * MS), 0);
    cr_expect_eq(jml_bucket_has(&b, 100 * MS), 1);
    cr_expect_eq(jml_bucket_has(&b, 500 * MS), 5);
    cr_expect_eq(jml_bucket_has(&b, JML_HOUR), 10);
}

Test(backoff, begins_with_seconds_and_doubles)
{
    cr_expect_eq(jml_backoff(1, false, 0, 500), 2 * JML_SECOND);
    cr_expect_eq(jml_backoff(2, false, 0, 500), 4 * JML_SECOND);
    cr_expect_eq(jml_backoff(5, false, 0, 500), 32 * JML_SECOND);
}

Test(backoff, ends_at_a_quarter_of_an_hour_or_an_hour_for_what_takes_away)
{
    cr_expect_eq(jml_backoff(20, false, 0, 500), 15 * JML_MINUTE);
    cr_expect_eq(jml_backoff(20, true, 0, 500), JML_HOUR);
    cr_expect_eq(jml_backoff(1000000, true, 0, 500), JML_HOUR);
}

Test(backoff, moves_by_a_quarter_with_the_dice)
{
    cr_expect_eq(jml_backoff(1, false, 0, 0), 1500 * MS);
    cr_expect_eq(jml_backoff(1, false, 0, 1000), 2500 * MS);
    for (uint32_t dice = 0; dice < 5000; dice += 7) {
        int64_t d = jml_backoff(3, false, 0, dice);
        cr_expect(d >= 6 * JML_SECOND && d <= 10 * JML_SECOND);
    }
}

Test(backoff, is_what_the_target_asks_for_but_a_day_at_most)
{
    cr_expect_eq(jml_backoff(9, false, 30 * JML_SECOND, 0), 30 * JML_SECOND);
    cr_expect_eq(jml_backoff(1, false, 365 * JML_DAY, 0), JML_DAY);
    cr_expect_eq(jml_backoff(1, true, 2 * JML_HOUR, 0), 2 * JML_HOUR);
    cr_expect_leq(jml_backoff(1, true, 30 * JML_SECOND, 1000), 37500 * MS);
}

Test(ahead, holds_ready_what_the_next_half_second_needs)
{
    cr_expect_eq(jml_ahead(64, 0), 64);
    cr_expect_eq(jml_ahead(64, 50 * MS), 128);
    cr_expect_eq(jml_ahead(64, JML_SECOND), 32);
    cr_expect_eq(jml_ahead(64, 10 * JML_SECOND), 3);
    cr_expect_eq(jml_ahead(1, 30 * JML_SECOND), 1);
}

/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <signal.h>
#include <unistd.h>

#include "lib/leak.h"
#include "loop/loop.h"

static struct jml_loop *loop;
static int count;

static void init(void)
{
    loop = jml_loop_new();
    count = 0;
}

static void fini(void)
{
    jml_loop_free(loop);
    jml_test_leak_check();
}

TestSuite(loop, .init = init, .fini = fini);

static struct jml_timer *timer, *other;
static struct jml_watch *watch;
static struct jml_signal *caught_signal;
static int ends[2];

static void counted(void *userdata)
{
    (void)userdata;
    count++;
}

static void free_both(void *userdata)
{
    (void)userdata;
    count++;
    timer = jml_timer_free(timer);
    other = jml_timer_free(other);
}

Test(loop, ends_when_nothing_is_left_to_wait_for)
{
    timer = jml_timer_new(loop, counted, NULL);
    jml_timer_set(timer, 1000);
    cr_expect(jml_timer_is_set(timer));
    jml_loop_run(loop);
    cr_expect_eq(count, 1);
    cr_expect_not(jml_timer_is_set(timer));
    jml_timer_free(timer);
}

Test(loop, a_timer_that_is_cleared_does_not_fire)
{
    timer = jml_timer_new(loop, counted, NULL);
    jml_timer_set(timer, 1000);
    jml_timer_clear(timer);
    jml_loop_run(loop);
    cr_expect_eq(count, 0);
    jml_timer_free(timer);
}

Test(loop, objects_are_freed_from_their_own_callback_and_silence_others_of_the_turn)
{
    timer = jml_timer_new(loop, free_both, NULL);
    other = jml_timer_new(loop, free_both, NULL);
    jml_timer_set(timer, 0);
    jml_timer_set(other, 0);
    jml_loop_run(loop);
    cr_expect_eq(count, 1);
}

static void read_once(void *userdata, unsigned events)
{
    char c;

    (void)userdata;
    cr_expect_eq(events, JML_WATCH_READ);
    cr_assert_eq(read(ends[0], &c, 1), 1);
    count++;
    if (c == 'x')
        watch = jml_watch_free(watch);
}

Test(loop, a_watch_reports_until_it_is_freed)
{
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], "aax", 3), 3);
    watch = jml_watch_new(loop, ends[0], JML_WATCH_READ, read_once, NULL);
    jml_loop_run(loop);
    cr_expect_eq(count, 3);
    close(ends[0]);
    close(ends[1]);
}

static void stop_loop(void *userdata)
{
    (void)userdata;
    jml_loop_stop(loop);
}

Test(loop, a_signal_is_caught_and_the_turn_is_reported)
{
    caught_signal = jml_signal_new(loop, SIGUSR1, stop_loop, NULL);
    jml_loop_set_turn(loop, counted, NULL);
    raise(SIGUSR1);
    jml_loop_run(loop);
    cr_expect_geq(count, 1);
    jml_signal_free(caught_signal);
}

Test(loop, gives_back_every_descriptor)
{
    struct jml_loop *second;
    int before = dup(0), after;

    close(before);
    second = jml_loop_new();
    caught_signal = jml_signal_new(second, SIGUSR2, counted, NULL);
    jml_signal_free(caught_signal);
    jml_loop_free(second);
    after = dup(0);
    close(after);
    cr_expect_eq(before, after);
}

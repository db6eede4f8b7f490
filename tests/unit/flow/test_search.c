/* SPDX-License-Identifier: MIT
 *
 * Search: bounds, sweeps and windows, with claims made up.
 */
#include <criterion/criterion.h>

#include "base/civil.h"
#include "flow/search.h"

#define LIMIT  10
#define WINDOW (2 * LIMIT)

static struct jml_search search;
static struct jml_search_claim mine;
static int64_t now;

/* The next claim, which takes a millisecond. */
static void look(void)
{
    jml_search_begin(&search, &mine, LIMIT, now);
    now += 1000;
    jml_search_end(&search, &mine, now);
}

/* Of class 1. */
static struct jml_claim rows(size_t people, int64_t first, int64_t seen)
{
    return (struct jml_claim){
        .n = people, .first = {0, first}, .last = {0, first + seen - 1}, .seen = {0, seen}};
}

static void found(size_t people, int64_t first, int64_t seen)
{
    struct jml_claim claim = rows(people, first, seen);
    jml_search_found(&search, &mine, &claim, LIMIT);
}

static bool counted(int64_t first, int64_t seen)
{
    struct jml_claim claim = rows(0, first, seen);
    return jml_search_counted(&mine, &claim);
}

static void setup(void)
{
    search = (struct jml_search){0};
    now = 5 * JML_SECOND;
    jml_search_attach(&search, &mine);
    look(); /* the first sweep */
}

TestSuite(search, .init = setup);

Test(search, a_claim_begins_where_the_last_one_found_the_first_row)
{
    cr_assert(mine.sweep);
    found(LIMIT, 100, WINDOW);
    look();
    cr_assert(!mine.sweep);
    cr_assert_eq(mine.low.low[1], 99);
    cr_assert_eq(mine.low.low[0], 0);
}

Test(search, the_whole_queue_is_swept_every_second)
{
    found(LIMIT, 100, WINDOW);
    now += JML_SECOND;
    look();
    cr_assert(mine.sweep);
    cr_assert_eq(mine.low.low[1], 0);
}

Test(search, a_sweep_that_is_dear_is_repeated_less_often)
{
    found(LIMIT, 100, WINDOW);
    search.sweep_cost = JML_SECOND;
    now += 19 * JML_SECOND;
    look();
    cr_assert(!mine.sweep);
    now += JML_SECOND;
    look();
    cr_assert(mine.sweep);
}

Test(search, nothing_behind_the_bounds_makes_it_look_before_them)
{
    found(LIMIT, 100, WINDOW);
    look();
    cr_assert(jml_search_nobody(&search, &mine));
    look();
    cr_assert(mine.sweep);
    cr_assert(!jml_search_nobody(&search, &mine));
    cr_assert(!counted(100, 0), "an empty queue ends the search");
}

Test(search, where_the_queue_was_empty_is_known_when_nothing_is_left)
{
    cr_assert_eq(search.gone.low[1], 0);
    found(LIMIT, 100, WINDOW);
    look();
    cr_assert(jml_search_nobody(&search, &mine));
    cr_assert_eq(search.gone.low[1], 99);
    jml_search_attach(&search, &mine);
    cr_assert_eq(search.gone.low[1], 0, "another connection may be to another database");
}

Test(search, a_full_window_of_locked_people_is_looked_behind)
{
    cr_assert(!jml_search_nobody(&search, &mine));
    cr_assert(counted(100, WINDOW));
    look();
    cr_assert(!mine.sweep);
    cr_assert_eq(mine.low.low[1], 100 + WINDOW - 1);
    cr_assert(!jml_search_nobody(&search, &mine));
    cr_assert(!counted(200, WINDOW - 1), "neither at the head nor behind it is anybody free");
}

Test(search, the_head_and_the_windows_behind_it_are_looked_at_by_turns)
{
    found(1, 100, WINDOW);
    look();
    cr_assert_eq(mine.low.low[1], 100 + WINDOW - 1);
    found(1, 200, WINDOW);
    look();
    cr_assert_eq(mine.low.low[1], 99, "the head");
    found(1, 100, WINDOW);
    look();
    cr_assert_eq(mine.low.low[1], 200 + WINDOW - 1);
    found(LIMIT, 300, WINDOW);
    look();
    cr_assert_eq(mine.low.low[1], 99, "there was enough behind: the head again");
}

Test(search, a_sweep_forgets_that_it_was_woken)
{
    search.woken = true;
    found(LIMIT, 100, WINDOW);
    look();
    cr_assert(search.woken, "this one was none");
    now += JML_SECOND;
    look();
    cr_assert(!search.woken);
}

/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "lib/leak.h"

static struct jml_arena a;

static void fini(void)
{
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(arena, .fini = fini);
TestSuite(vec, .fini = fini);
TestSuite(err, .fini = fini);

Test(arena, pieces_are_zeroed_and_aligned_also_after_a_reset)
{
    for (int round = 0; round < 3; round++) {
        for (size_t n = 0; n < 3000; n += 7) {
            unsigned char *p = jml_arena_alloc(&a, n);

            cr_assert_eq((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < n; i++)
                cr_assert_eq(p[i], 0);
            memset(p, 0xee, n);
        }
        jml_arena_reset(&a);
        cr_assert_eq(a.used, 0);
    }
}

Test(arena, large_pieces_have_blocks_of_their_own_and_are_not_kept)
{
    char *small = jml_strdup(&a, "before");
    char *large = jml_arena_alloc(&a, 5000000);

    large[4999999] = 'x';
    cr_assert_str_eq(small, "before");
    jml_arena_reset(&a);
    jml_arena_alloc(&a, 10);
    cr_assert_eq(a.used, 10);
}

Test(arena, extend_grows_only_the_newest_piece)
{
    char *first = jml_arena_alloc_raw(&a, 10), *second;

    cr_assert(jml_arena_extend(&a, first, 10, 100));
    memset(first, 1, 100);
    second = jml_arena_alloc_raw(&a, 10);
    cr_assert_geq(second - first, 100);
    cr_assert_not(jml_arena_extend(&a, first, 100, 200));
    cr_assert(jml_arena_extend(&a, second, 10, 20));
    cr_assert_not(jml_arena_extend(&a, second, 20, 100000));
    cr_assert_not(jml_arena_extend(&a, NULL, 0, 1));
}

Test(arena, printf_makes_texts_of_any_length)
{
    char *text = jml_printf(&a, "%s-%d", "x", 7);

    cr_assert_str_eq(text, "x-7");
    text = jml_printf(&a, "%01000d", 5);
    cr_assert_eq(strlen(text), 1000);
    cr_assert_eq(text[999], '5');
    cr_assert_null(jml_strdup(&a, NULL));
    cr_assert_str_eq(jml_strndup(&a, "abcdef", 3), "abc");
}

Test(arena, too_many_items_abort, .signal = SIGABRT)
{
    volatile size_t many = SIZE_MAX / 2;

    jml_arena_calloc(&a, many, 16);
}

Test(vec, grows_and_keeps_its_items)
{
    JML_VEC(int) v = {0};

    for (int i = 0; i < 10000; i++) {
        jml_vec_push(&a, &v, i);
        if (i % 100 == 0)
            jml_arena_alloc(&a, 1); /* so that it has to move now and then */
    }
    cr_assert_eq(v.n, 10000);
    for (int i = 0; i < 10000; i++)
        cr_assert_eq(v.items[i], i);
}

Test(err, prefix_puts_words_in_front_and_never_overflows)
{
    struct jml_err e = {0};

    cr_assert_lt(jml_err_set(&e, JML_ERR_BAD_INPUT, "%d is too much", 7), 0);
    cr_assert_lt(jml_err_prefix(&e, "line %d", 3), 0);
    cr_assert_str_eq(e.message, "line 3: 7 is too much");
    cr_assert_eq(e.class, JML_ERR_BAD_INPUT);
    cr_assert_str_eq(jml_err_class_name(e.class), "bad input");
    for (int i = 0; i < 200; i++)
        jml_err_prefix(&e, "0123456789%d", i);
    cr_assert_eq(strlen(e.message), sizeof(e.message) - 1);
}

/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/str.h"
#include "lib/leak.h"

static struct jml_arena a;

static void fini(void)
{
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(str, .fini = fini);

Test(str, is_built_piece_by_piece)
{
    struct jml_str s = JML_STR_INIT(&a);

    cr_assert_str_eq(jml_str_text(&s), "");
    jml_str_add(&s, "ab");
    jml_str_add_char(&s, 'c');
    jml_str_addf(&s, "%d%%", 5);
    jml_str_add_n(&s, "xyz", 1);
    cr_assert_str_eq(jml_str_text(&s), "abc5%x");
    cr_assert_eq(s.length, 6);
}

Test(str, grows_by_any_amount_at_any_time)
{
    struct jml_str s = JML_STR_INIT(&a), other = JML_STR_INIT(&a);

    for (int i = 0; i < 5000; i++) {
        jml_str_addf(&s, "%0*d", i % 300 + 1, 1);
        jml_str_add_char(&other, 'x');
        cr_assert_eq(s.text[s.length], '\0');
        cr_assert_eq(s.text[s.length - 1], '1');
    }
    cr_assert_eq(strlen(s.text), s.length);
    cr_assert_eq(other.length, 5000);
}

Test(str, equality_knows_null)
{
    cr_assert(jml_streq(NULL, NULL));
    cr_assert_not(jml_streq(NULL, ""));
    cr_assert(jml_streq("a", "a"));
    cr_assert(jml_strcaseeq("Sales", "sALES"));
    cr_assert_not(jml_strcaseeq("Sales", "Sale"));
    cr_assert_not(jml_strcaseeq("@", "`"));
    cr_assert_not(jml_strcaseeq("\xc3\x84", "\xc3\xa4"), "only ASCII folds");
    cr_assert(jml_str_starts("abc", "ab"));
    cr_assert_not(jml_str_starts("a", "ab"));
}

Test(str, printable_refuses_control_characters_and_what_is_no_utf8)
{
    static const char *const good[] = {"", "E1001", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                       "a b"};
    static const char *const bad[] = {
        "a\nb", "\x7f", "\xc2\x85", "\xff", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
        "\xf4\x90\x80\x80", "\xef\xbf\xbe", "\xef\xbf\xbf", "\xf0\x9f\xbf\xbe", "\x80", "\xe2\x82",
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_expect(jml_str_printable(good[i]), "good %zu", i);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(jml_str_printable(bad[i]), "bad %zu", i);
    cr_assert_not(jml_str_printable(NULL));
}

Test(str, code_points_are_counted)
{
    cr_assert_eq(jml_str_code_points(""), 0);
    cr_assert_eq(jml_str_code_points("Jo\xc3\xa3o"), 4);
    cr_assert_eq(jml_str_code_points("\xf0\x9f\x98\x80"), 1);
}

Test(str, may_be_compared_without_regard_to_case)
{
    static const char *const same[][2] = {
        {"", ""},
        {"Sales", "sALES"},
        {"K\303\226LN", "k\303\266ln"},                         /* o with dots */
        {"\305\201\303\263d\305\272", "\305\202\303\223D\305\271"}, /* Lodz as the Poles write it */
        {"\316\221\316\230\316\207", "\316\261\316\270\316\207"},   /* Greek */
        {"\320\226\320\201", "\320\266\321\221"},                   /* Cyrillic */
        {"\305\270", "\303\277"},                                   /* y with dots: far apart */
    };

    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        cr_expect(jml_str_fold_equal(same[i][0], same[i][1]), "%zu", i);
        cr_expect(jml_str_fold_equal(same[i][1], same[i][0]), "%zu", i);
        cr_expect_str_eq(jml_str_fold(&a, same[i][0]), jml_str_fold(&a, same[i][1]), "%zu", i);
    }
    cr_expect_str_eq(jml_str_fold(&a, "Zo\303\213 \320\226\342\202\254\377\303"),
                     "zo\303\253 \320\266\342\202\254\377\303", "what is no UTF-8 stays");
    cr_expect_not(jml_str_fold_equal("a", "ab"));
    cr_expect_not(jml_str_fold_equal("ab", "a"));
    cr_expect_not(jml_str_fold_equal("\303\227", "\303\267"), "times and divided by");
    cr_expect(jml_str_fold_starts("Abc", "aB"));
    cr_expect_not(jml_str_fold_starts("a", "ab"));
    cr_expect(jml_str_fold_ends("x\303\226", "\303\266"));
    cr_expect(jml_str_fold_ends("x", ""));
    cr_expect_not(jml_str_fold_ends("", "x"));
    cr_expect(jml_str_fold_contains("a\303\226b", "\303\266B"));
    cr_expect(jml_str_fold_contains("", ""));
    cr_expect_not(jml_str_fold_contains("aab", "abb"));
    cr_expect_not(jml_str_fold_equal("\377", "\377"), "no UTF-8 is like nothing");
    cr_expect_str_eq(jml_str_fold(&a, "A\377\341\272\240B\360\237\230\200"),
                     "a\377\341\272\241b\360\237\230\200");
}

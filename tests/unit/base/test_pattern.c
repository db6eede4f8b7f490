/* SPDX-License-Identifier: MIT */
#include "base/pattern.h"

#include <criterion/criterion.h>
#include <string.h>

#include "lib/leak.h"

TestSuite(pattern, .fini = jml_test_leak_check);

Test(pattern, matches_anywhere_unless_it_says_otherwise)
{
    cr_assert(jml_pattern_matches("[0-9]{3}", "room 417 b"));
    cr_assert(!jml_pattern_matches("^[0-9]{3}$", "room 417 b"));
    cr_assert(jml_pattern_matches("^[0-9]{3}$", "417"));
    cr_assert(!jml_pattern_matches("^[0-9]{3}$", "417\n"));
    cr_assert(jml_pattern_matches("", "anything"));
    cr_assert(jml_pattern_matches("", ""));
    cr_assert(!jml_pattern_matches(".", ""));
}

Test(pattern, means_code_points_and_unicode_classes)
{
    cr_assert(jml_pattern_matches("^.$", "\xc3\xa9"));
    cr_assert(jml_pattern_matches("^\\w+$", "\xc3\xa9t\xc3\xa9"));
    cr_assert(jml_pattern_matches("^\\u0041\\x42$", "AB"));
    cr_assert(jml_pattern_matches("(?i)^stra\xc3\x9f"
                                  "e$",
                                  "STRA\xc3\x9f"
                                  "E"));
    cr_assert(!jml_pattern_matches(".", "\xff"), "no UTF-8 matches nothing");
}

Test(pattern, one_that_does_not_compile_says_where)
{
    struct jml_err e;

    cr_assert_eq(jml_pattern_check("^[A-Z]{2}-\\d+$", &e), 0);
    cr_assert_eq(jml_pattern_check("", &e), 0);
    cr_assert_lt(jml_pattern_check("ab(c", &e), 0);
    cr_assert_eq(e.class, JML_ERR_BAD_INPUT);
    cr_assert_str_eq(e.message, "column 5: missing closing parenthesis");
    cr_assert_lt(jml_pattern_check("\xc3\xa9[", &e), 0);
    cr_assert_str_eq(e.message, "column 3: missing terminating ] for character class");
    cr_assert_lt(jml_pattern_check("\xff", &e), 0);
    cr_assert_str_eq(e.message, "the pattern is no UTF-8");
    cr_assert_lt(jml_pattern_check("(?<a-b>x)", &e), 0, "a balancing group of .NET");
    cr_assert(!jml_pattern_matches("ab(c", "abc"));
}

Test(pattern, what_costs_too_much_does_not_match)
{
    char text[4000 + 2], pattern[5000];
    struct jml_err e;

    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 2] = '!';
    text[sizeof(text) - 1] = '\0';
    cr_assert(!jml_pattern_matches("^(a|aa)+$", text));
    cr_assert(!jml_pattern_matches("^(a+)+$", text));
    cr_assert(!jml_pattern_matches("(*LIMIT_MATCH=4000000000)^(a+)+$", text));
    memset(pattern, 'a', sizeof(pattern));
    pattern[sizeof(pattern) - 1] = '\0';
    cr_assert_lt(jml_pattern_check(pattern, &e), 0);
    cr_assert(!jml_pattern_matches(pattern, pattern));
}

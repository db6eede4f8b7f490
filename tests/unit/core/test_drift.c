/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/str.h"
#include "core/drift.h"
#include "lib/leak.h"

static struct jml_arena arena;
static struct jml_drift drift;

static void init(void)
{
    jml_arena_init(&arena);
}

static void fini(void)
{
    jml_arena_fini(&arena);
    jml_test_leak_check();
}

TestSuite(drift, .init = init, .fini = fini);

/* "a b c" to names; in expected one that ends with '~' is open, '!' was lost before, '?' has failed otherwise. */
static size_t names(const char *text, const char **ret)
{
    size_t n = 0;

    for (const char *p = text; *p; p += strcspn(p, " "), p += strspn(p, " "))
        ret[n++] = jml_strndup(&arena, p, strcspn(p, " "));
    return n;
}

static void compare(const char *expected_text, const char *listed_text, bool ignore_case)
{
    const char *names_expected[100], *listed[100];
    struct jml_drift_expected *expected = jml_new_n(&arena, struct jml_drift_expected, 100);
    size_t n = names(expected_text, names_expected), n_listed = names(listed_text, listed);

    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(names_expected[i]);
        char mark = names_expected[i][length - 1];

        expected[i].account =
            jml_strndup(&arena, names_expected[i], length - (strchr("~!?", mark) != NULL));
        expected[i].delivery_id.bytes[0] = (uint8_t)(i + 1);
        expected[i].is_open = mark == '~';
        expected[i].is_failed = mark == '!' || mark == '?';
        expected[i].is_known = mark == '?';
    }
    jml_drift_compare(&arena, expected, n, listed, n_listed, ignore_case, &drift);
}

/* The names and numbers of what is missing, and what is extra. */
static const char *found(void)
{
    struct jml_str s = JML_STR_INIT(&arena);

    for (size_t i = 0; i < drift.missing.n; i++)
        jml_str_addf(&s, "-%s%d ", drift.missing.items[i]->account,
                     drift.missing.items[i]->delivery_id.bytes[0]);
    for (size_t i = 0; i < drift.extra.n; i++)
        jml_str_addf(&s, "+%s ", drift.extra.items[i]);
    return jml_str_text(&s);
}

Test(drift, none_where_both_sides_agree)
{
    compare("a b c", "c b a", false);
    cr_expect_str_eq(found(), "");
    cr_expect_not(drift.is_suspicious);
    cr_expect_eq(drift.n_expected, 3);
    cr_expect_eq(drift.n_listed, 3);
    compare("", "", false);
    cr_expect_str_eq(found(), "");
}

Test(drift, what_is_not_listed_is_missing_and_what_nobody_has_is_extra)
{
    compare("a b c", "x c y", false);
    cr_expect_str_eq(found(), "-a1 -b2 +x +y ");
    compare("", "x", false);
    cr_expect_str_eq(found(), "+x ");
    compare("a", "", false);
    cr_expect_str_eq(found(), "-a1 ");
}

Test(drift, an_account_counts_once_but_each_of_its_deliveries_is_missing)
{
    compare("a a b", "b b x x", false);
    cr_expect_str_eq(found(), "-a1 -a2 +x ");
    cr_expect_eq(drift.n_expected, 2);
    cr_expect_eq(drift.n_listed, 2);
}

Test(drift, case_counts_unless_the_target_says_otherwise)
{
    compare("cn=Zo\303\253,dc=x", "CN=zo\303\213,DC=X", false);
    cr_expect_eq(drift.missing.n, 1);
    cr_expect_eq(drift.extra.n, 1);
    compare("cn=Zo\303\253,dc=x", "CN=zo\303\213,DC=X", true);
    cr_expect_str_eq(found(), "");
    compare("a", "A a", true);
    cr_expect_str_eq(found(), "");
    cr_expect_eq(drift.n_listed, 1);
}

Test(drift, what_is_about_to_change_is_none)
{
    compare("a~ b~ c", "b c", false);
    cr_expect_str_eq(found(), "");
    cr_expect_eq(drift.n_expected, 1);
    cr_expect_eq(drift.n_listed, 1);
    compare("a a~", "", false);
    cr_expect_str_eq(found(), "", "one open delivery is enough");
    cr_expect_eq(drift.n_expected, 0);
}

/* n accounts are expected; the first `missing` are not listed, and `extra` others are. */
static bool brake(size_t n, size_t missing, size_t extra)
{
    struct jml_drift_expected *expected = jml_new_n(&arena, struct jml_drift_expected, n);
    const char **listed = jml_new_n(&arena, const char *, n + extra);
    size_t n_listed = 0;

    for (size_t i = 0; i < n; i++)
        expected[i].account = jml_printf(&arena, "account%zu", i);
    for (size_t i = missing; i < n; i++)
        listed[n_listed++] = expected[i].account;
    for (size_t i = 0; i < extra; i++)
        listed[n_listed++] = jml_printf(&arena, "extra%zu", i);
    jml_drift_compare(&arena, expected, n, listed, n_listed, true, &drift);
    cr_expect_eq(drift.missing.n, missing);
    cr_expect_eq(drift.extra.n, extra);
    return drift.is_suspicious;
}

Test(drift, the_brake_lets_ten_or_a_tenth_pass)
{
    cr_expect_not(brake(10, 10, 0), "ten of ten");
    cr_expect(brake(11, 11, 0));
    cr_expect_not(brake(0, 0, 10));
    cr_expect(brake(0, 0, 11));
    cr_expect_not(brake(50, 5, 5), "together");
    cr_expect(brake(50, 6, 5));
    cr_expect_not(brake(100, 10, 0));
    cr_expect(brake(109, 11, 0));
    cr_expect_not(brake(110, 11, 0));
    cr_expect_not(brake(1000, 50, 50));
    cr_expect(brake(1000, 51, 50));
    cr_expect_eq(drift.limit, 100);
    cr_expect(brake(200000, 200000, 0), "an empty list");
    cr_expect_not(brake(200000, 0, 20000));
}

Test(drift, many_deliveries_of_one_account_are_braked_as_one)
{
    compare("a a a a a a a a a a a a a a a", "", false);
    cr_expect_eq(drift.missing.n, 15);
    cr_expect_not(drift.is_suspicious);
}

Test(drift, finds_its_way_among_names_that_have_no_letter_of_ascii)
{
    enum { MANY = 50000 };
    struct jml_drift_expected *expected = jml_new_n(&arena, struct jml_drift_expected, MANY);
    const char **listed = jml_new_n(&arena, const char *, MANY);

    for (int i = 0; i < MANY; i++) { /* Cyrillic, in both cases */
        struct jml_str lower = JML_STR_INIT(&arena), upper = JML_STR_INIT(&arena);

        for (int n = i, k = 0; k < 8; k++, n /= 16) {
            jml_str_addf(&lower, "\320%c", 0xb0 + n % 16);
            jml_str_addf(&upper, "\320%c", 0x90 + n % 16);
        }
        expected[i].account = jml_str_text(&lower);
        listed[MANY - 1 - i] = jml_str_text(&upper);
    }
    jml_drift_compare(&arena, expected, MANY, listed, MANY - 1, true, &drift);
    cr_expect_eq(drift.missing.n, 1);
    cr_expect_eq(drift.missing.items[0], &expected[0]);
    cr_expect_eq(drift.extra.n, 0);
}

Test(drift, what_has_failed_and_is_there_after_all_is_told)
{
    compare("a b! c?", "a b c", false);
    cr_expect_str_eq(found(), "");
    cr_assert_eq(drift.back.n, 2);
    cr_expect_str_eq(drift.back.items[0]->account, "b");
    cr_expect_str_eq(drift.back.items[1]->account, "c");
}

Test(drift, what_has_failed_for_another_reason_is_no_news_and_brakes_nothing)
{
    compare("a b! c? d? e? f? g? h? i? j? k? l? m?", "", false);
    cr_expect_str_eq(found(), "-a1 -b2 ");
    cr_expect_eq(drift.n_missing, 2);
    cr_expect_eq(drift.known.n, 11);
    cr_expect(!drift.is_suspicious);
}

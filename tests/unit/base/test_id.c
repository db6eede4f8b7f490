/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/id.h"
#include "lib/leak.h"

TestSuite(id, .fini = jml_test_leak_check);

Test(id, a_seeded_source_repeats_itself)
{
    struct jml_id_source one, two;

    jml_id_source_init(&one, 42);
    jml_id_source_init(&two, 42);
    for (int i = 0; i < 100; i++)
        cr_assert(jml_id_equal(jml_id_next(&one, i * JML_SECOND), jml_id_next(&two, i * JML_SECOND)));
    jml_id_source_init(&two, 43);
    cr_assert_not(jml_id_equal(jml_id_next(&one, JML_DAY), jml_id_next(&two, JML_DAY)));
}

Test(id, ids_of_a_source_rise_even_when_the_clock_stands_or_goes_back)
{
    struct jml_id_source s;
    struct jml_id last = jml_id_none, id;

    jml_id_source_init_random(&s);
    for (int i = 0; i < 20000; i++) {
        id = jml_id_next(&s, i < 10000 ? JML_DAY : JML_HOUR);
        cr_assert_lt(jml_id_compare(last, id), 0);
        last = id;
    }
}

Test(id, is_a_uuid_of_version_7_with_the_time_in_front)
{
    struct jml_id_source s;
    struct jml_id id;
    char text[37];

    jml_id_source_init(&s, 1);
    id = jml_id_next(&s, INT64_C(0x0123456789ab) * 1000 + 999);
    jml_id_format(id, text);
    cr_assert_eq(strlen(text), 36);
    cr_assert_eq(strncmp(text, "01234567-89ab-7", 15), 0);
    cr_assert_not_null(strchr("89ab", text[19]));
    id = jml_id_next(&s, -5);
    cr_assert(jml_id_is_set(id));
}

Test(id, text_is_read_in_either_case_and_strictly)
{
    static const char *const bad[] = {"",
                                      "c1ec1e76-f374-4375-aaa6-0bb6bd4c60b",
                                      "c1ec1e76-f374-4375-aaa6-0bb6bd4c60be ",
                                      "c1ec1e76f374-4375-aaa6-0bb6bd4c60be0",
                                      "{1ec1e76-f374-4375-aaa6-0bb6bd4c60be}",
                                      "g1ec1e76-f374-4375-aaa6-0bb6bd4c60be",
                                      "c1ec1e76-f374-4375-aaa6"};
    struct jml_id one, two;
    char text[37];

    cr_assert(jml_id_parse("c1ec1e76-f374-4375-aaa6-0bb6bd4c60be", &one));
    cr_assert(jml_id_parse("C1EC1E76-F374-4375-AAA6-0BB6BD4C60BE", &two));
    cr_assert(jml_id_equal(one, two));
    cr_assert_eq(jml_id_hash(one), jml_id_hash(two));
    jml_id_format(two, text);
    cr_assert_str_eq(text, "c1ec1e76-f374-4375-aaa6-0bb6bd4c60be");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(jml_id_parse(bad[i], &one), "%s", bad[i]);
    cr_assert(jml_id_equal(one, two), "untouched on failure");
    cr_assert_not(jml_id_parse(NULL, &one));
}

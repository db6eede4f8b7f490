/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/value.h"
#include "lib/leak.h"

static struct jml_arena a;
static struct jml_err e;

static void fini(void)
{
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(value, .fini = fini);

static const struct jml_value *parse(const char *text)
{
    const struct jml_value *v;

    cr_assert_eq(jml_value_parse(&a, text, strlen(text), 32, &v, &e), 0, "%s: %s", text, e.message);
    return v;
}

static const char *refusal(const char *text)
{
    const struct jml_value *v = NULL;

    e = (struct jml_err){0};
    cr_assert_lt(jml_value_parse(&a, text, strlen(text), 32, &v, &e), 0, "%s was accepted", text);
    cr_assert_eq(e.class, JML_ERR_BAD_INPUT);
    cr_assert_null(v);
    return e.message;
}

static const char *again(const char *text)
{
    return jml_value_text(&a, parse(text));
}

Test(value, text_comes_back_as_it_was)
{
    static const char *const texts[] = {
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1.50",
        "1e5",
        "1.0E-7",
        "\"\"",
        "[]",
        "{}",
        "[[],{},[1,2,[3]]]",
        "{\"b\":1,\"a\":{\"c\":[true,null]}}",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
        "\"\\\"\\\\\\n\\t\\r\\u0001\"",
        "{\"\":1}",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        cr_expect_str_eq(again(texts[i]), texts[i]);
    cr_assert_str_eq(again(" \t\r\n[ 1 , 2 ] \n"), "[1,2]");
    cr_assert_str_eq(again("\"\\/\\b\\f\\u00e9\\ud83d\\ude00\""),
                     "\"/\\u0008\\u000c\xc3\xa9\xf0\x9f\x98\x80\"");
}

Test(value, numbers_keep_their_text_whatever_their_size)
{
    static const char *const texts[] = {
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551616",
        "-123456789012345678901234567890",
        "123456789012345678901234567890.5",
        "1e400",
        "-0",
        "-0.0",
        "0.1000000000000000055511151231257827",
        "12e0",
        "[100000000000000000000,1,-7,{\"100000000000000000000\":100000000000000000001}]",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        cr_expect_str_eq(again(texts[i]), texts[i]);
}

Test(value, of_members_with_the_same_name_the_last_counts)
{
    cr_assert_str_eq(again("{\"a\":1,\"b\":2,\"a\":{\"x\":3}}"), "{\"a\":{\"x\":3},\"b\":2}");
}

Test(value, what_is_no_json_is_refused)
{
    static const char *const texts[] = {
        "",       " ",        "{",          "[1,2",     "[1,]",      "{\"a\":1,}", "{\"a\"}",
        "{a:1}",  "{'a':1}",  "[1 2]",      "1 2",      "nul",       "True",       "NaN",
        "-",      "+1",       "01",         "-01",      "1.",        ".5",         "1e",
        "1e+",    "0x10",     "Infinity",   "-Infinity", "\"a",      "\"\\x\"",    "\"\\u12g4\"",
        "\"\n\"", "\"a\tb\"", "// c\n1",    "/* c */1", "[1]]",      "}",          "]",
        ",",      ":",        "{\"a\":}",   "{:1}",     "{1:2}",     "[,1]",       "\"\\u\"",
        "\xff",   "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xc3\"", "tru", "1,2",
        "{\"a\" 1}", "{\"a\":1 \"b\":2}", "[\"a\" \"b\"]", "\"\\ud800\"", "\"\\udc00\"",
        "\"\\ud800\\ud800\"", "\"\\ud800x\"", "\"\\u0000\"", "{\"a\\u0000b\":1}", "nullx", "[truefalse]",
        "12-3", "1.2.3", "[1-2]", "-\"a\"", "\xef\xbb\xbf{}",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const struct jml_value *v = NULL;

        cr_expect_lt(jml_value_parse(&a, texts[i], strlen(texts[i]), 32, &v, &e), 0,
                     "accepted: %s", texts[i]);
    }
}

Test(value, a_nul_byte_is_refused)
{
    const struct jml_value *v;

    cr_assert_lt(jml_value_parse(&a, "1\0", 2, 32, &v, &e), 0);
    cr_assert_lt(jml_value_parse(&a, "\"a\0b\"", 5, 32, &v, &e), 0);
    cr_assert_eq(jml_value_parse(&a, "[1]garbage", 3, 32, &v, &e), 0, "the length counts");
}

Test(value, an_error_says_where)
{
    cr_assert_str_eq(refusal("{\"a\": 1,\n  \"b\": 01}"), "line 2, column 8: not a number");
    cr_assert_str_eq(refusal("[\"\xc3\xa9\", x]"), "line 1, column 7: unexpected character");
    cr_assert_str_eq(refusal("{\"a\": \"\\u0000\"}"), "line 1, column 8: \\u0000 cannot be stored");
    cr_assert_str_eq(refusal("{\"a\": 1"), "line 1, column 8: ends too early");
    cr_assert_str_eq(refusal(""), "line 1, column 1: ends too early");
    cr_assert(jml_str_starts(refusal("[1,\n2,\n]"), "line 3, column 1: "), "%s", e.message);
}

Test(value, depth_is_limited)
{
    const struct jml_value *v;

    cr_assert_eq(jml_value_parse(&a, "[[{\"a\":[]}]]", 12, 4, &v, &e), 0, "%s", e.message);
    cr_assert_lt(jml_value_parse(&a, "[[{\"a\":[]}]]", 12, 3, &v, &e), 0);
    cr_assert_str_eq(e.message, "line 1, column 8: nested too deep");
    cr_assert_eq(jml_value_parse(&a, "1", 1, 0, &v, &e), 0);
    cr_assert_lt(jml_value_parse(&a, "[]", 2, 0, &v, &e), 0);
    cr_assert_eq(jml_value_parse(&a, "[[[[[[[[[[[[]]]]]]]]]]]]", 24, 12, &v, &e), 0, "%s", e.message);
}

/* RFC 7396, appendix A. */
Test(value, merge_patch_as_in_the_examples_of_rfc_7396)
{
    static const struct {
        const char *target, *patch, *result;
    } rows[] = {
        {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
        {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
        {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
        {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
        {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
        {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
        {"{\"a\":\"foo\"}", "null", "null"},
        {"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
        {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
        {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
        {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_str_eq(
            jml_value_text(&a, jml_value_merge(&a, parse(rows[i].target), parse(rows[i].patch))),
            rows[i].result, "row %zu", i);
    cr_assert_str_eq(jml_value_text(&a, jml_value_merge(&a, NULL, parse("{\"a\":{\"b\":null}}"))),
                     "{\"a\":{}}");
}

Test(value, equality_ignores_order_of_members_and_spelling_of_numbers)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true},
        {"{\"a\":1,\"b\":2}", "{\"a\":1}", false},
        {"{\"a\":1,\"b\":null}", "{\"a\":1,\"c\":null}", false},
        {"[1,2]", "[2,1]", false},
        {"1", "1.0", true},
        {"100", "1e2", true},
        {"100", "1E+2", true},
        {"0.001", "1e-3", true},
        {"10.50", "1.05e1", true},
        {"-0", "0", true},
        {"0e5", "0.00", true},
        {"1", "-1", false},
        {"9007199254740993", "9007199254740992", false},
        {"123456789012345678901234567890", "123456789012345678901234567890.0", true},
        {"123456789012345678901234567890", "123456789012345678901234567891", false},
        {"1e99999999999999999999", "1e99999999999999999998", true}, /* both beyond any use */
        {"12", "120", false},
        {"1.2", "12", false},
        {"\"1\"", "1", false},
        {"null", "false", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(jml_value_equal(parse(rows[i].a), parse(rows[i].b)), rows[i].equal,
                     "%s and %s", rows[i].a, rows[i].b);
    cr_assert(jml_value_equal(NULL, NULL));
    cr_assert_not(jml_value_equal(NULL, jml_value_null()));
}

Test(value, to_int_takes_integral_numbers_that_fit)
{
    static const struct {
        const char *text;
        bool fits;
        int64_t n;
    } rows[] = {
        {"0", true, 0},
        {"-7", true, -7},
        {"1e3", true, 1000},
        {"1.5e1", true, 15},
        {"12.0", true, 12},
        {"1200e-2", true, 12},
        {"0.5", false, 0},
        {"0e99", true, 0},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"1e19", false, 0},
        {"1e999999999999999999999999", false, 0},
        {"1e-999999999999999999999999", false, 0},
        {"\"5\"", false, 0},
        {"true", false, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t n = 77;

        cr_expect_eq(jml_value_to_int(parse(rows[i].text), &n), rows[i].fits, "%s", rows[i].text);
        cr_expect_eq(n, rows[i].fits ? rows[i].n : 77, "%s", rows[i].text);
    }
    cr_assert_not(jml_value_to_int(NULL, &(int64_t){0}));
}

Test(value, finds_members_along_a_path)
{
    const struct jml_value *v = parse("{\"a\":{\"b\":{\"c\":\"x\"},\"ab\":1},\"f\":true,\"\":2}");

    cr_assert_str_eq(jml_value_find_path(v, "a/b/c")->text, "x");
    cr_assert_null(jml_value_find_path(v, "a/b/d"));
    cr_assert_null(jml_value_find_path(v, "a/b/c/d"));
    cr_assert_null(jml_value_find_path(v, "a/"));
    cr_assert_null(jml_value_find(v, "aa"));
    cr_assert_not_null(jml_value_find(v, ""));
    cr_assert_null(jml_value_find(NULL, "a"));
    cr_assert_str_eq(jml_value_find_string(jml_value_find_path(v, "a/b"), "c"), "x");
    cr_assert_null(jml_value_find_string(v, "f"));
    cr_assert(jml_value_find_bool(v, "f", false));
    cr_assert(jml_value_find_bool(v, "a", true));
}

Test(value, makers_do_not_change_what_they_copy)
{
    const struct jml_value *one = jml_value_with(&a, jml_value_object(), "a", jml_value_int(&a, 1));
    const struct jml_value *two = jml_value_with(&a, one, "b", jml_value_string(&a, "x"));
    const struct jml_value *three = jml_value_with(&a, two, "a", jml_value_bool(true));
    const struct jml_value *list = jml_value_append(&a, jml_value_array(), three);

    cr_assert_str_eq(jml_value_text(&a, one), "{\"a\":1}");
    cr_assert_str_eq(jml_value_text(&a, two), "{\"a\":1,\"b\":\"x\"}");
    cr_assert_str_eq(jml_value_text(&a, jml_value_append(&a, list, jml_value_null())),
                     "[{\"a\":true,\"b\":\"x\"},null]");
    cr_assert_eq(list->n, 1);
    cr_assert_str_eq(jml_value_text(&a, NULL), "null");
}

Test(value, a_copy_outlives_its_source)
{
    struct jml_arena other = {0};
    const struct jml_value *v, *copy;

    cr_assert_eq(jml_value_parse(&other, "{\"a\":[1,\"x\",{}],\"b\":null}", 25, 9, &v, &e), 0);
    copy = jml_value_copy(&a, v);
    cr_assert(jml_value_equal(copy, v));
    jml_arena_fini(&other);
    cr_assert_str_eq(jml_value_text(&a, copy), "{\"a\":[1,\"x\",{}],\"b\":null}");
    cr_assert_null(jml_value_copy(&a, NULL));
}

/* SPDX-License-Identifier: MIT
 *
 * Answers: from the words of the command line to what a request keeps.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "ctl/asking.h"
#include "lib/leak.h"

static const char document[] =
    "[{\"id\":\"018f0000-0000-7000-8000-00000000000a\",\"text\":\"Why?\"},"
    "{\"id\":\"018f0000-0000-7000-8000-00000000000b\",\"text\":\"a=b\"},"
    "{\"id\":\"018f0000-0000-7000-8000-00000000000c\",\"text\":{\"defaultText\":\"Which\"},"
    "\"isMultipleSelectionAllowed\":true,\"choices\":[{\"actualValue\":\"1\",\"text\":\"one\"},"
    "{\"actualValue\":\"2\",\"text\":\"two\"}]},"
    "{\"id\":\"018f0000-0000-7000-8000-00000000000d\",\"text\":\"a\"}]";

static struct jml_arena arena;
static const struct jml_value *questions;
static struct jml_err err;

static void set_up(void)
{
    jml_arena_init(&arena);
    cr_assert_eq(jml_value_parse(&arena, document, strlen(document), 64, &questions, &err), 0);
}

static void tear_down(void)
{
    jml_arena_fini(&arena);
    jml_test_leak_check();
}
TestSuite(answers, .init = set_up, .fini = tear_down);

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define make(...)                                                              \
    made((const char *const[]){__VA_ARGS__}, N(((const char *const[]){__VA_ARGS__})))

static const char *made(const char *const *texts, size_t n)
{
    const struct jml_value *answers;

    if (jml_answers_make(&arena, questions, texts, n, &answers, &err) < 0)
        return err.message;
    return jml_value_text(&arena, answers);
}

#define A(letter, value)                                                       \
    "{\"answeredQuestion\":{\"id\":\"018f0000-0000-7000-8000-00000000000" letter \
    "\"},\"value\":" value "}"

Test(answers, name_the_question_by_its_text_or_id)
{
    cr_expect_str_eq(make("Why?=for work"), "[" A("a", "\"for work\"") "]");
    cr_expect_str_eq(make("018F0000-0000-7000-8000-00000000000A=x=y"), "[" A("a", "\"x=y\"") "]");
    cr_expect_str_eq(make("Why?="), "[" A("a", "\"\"") "]");
}

Test(answers, take_the_longest_question_that_fits)
{
    cr_expect_str_eq(make("a=b=c"), "[" A("b", "\"c\"") "]");
    cr_expect_str_eq(make("a=c"), "[" A("d", "\"c\"") "]");
}

Test(answers, stand_in_the_order_of_the_questions)
{
    cr_expect_str_eq(make("a=1", "Why?=2"), "[" A("a", "\"2\"") "," A("d", "\"1\"") "]");
}

Test(answers, may_be_several_choices_by_value_or_text)
{
    cr_expect_str_eq(make("Which=two", "Which=1"), "[" A("c", "[\"2\",\"1\"]") "]");
    cr_expect_str_eq(make("Which=three"), "[" A("c", "[\"three\"]") "]");
}

Test(answers, to_nothing_or_twice_are_refused)
{
    cr_expect_not_null(strstr(make("When?=now"), "answers no question"));
    cr_expect_not_null(strstr(make("Why?"), "answers no question"));
    cr_expect_not_null(strstr(make("Why?=x", "Why?=y"), "answered twice"));
    questions = NULL;
    cr_expect_not_null(strstr(make("Why?=x"), "no questions"));
}

/* SPDX-License-Identifier: MIT
 *
 * Parse: the command line against a small table of verbs.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "ctl/parse.h"
#include "lib/leak.h"

static const struct jml_ctl_option list_options[] = {
    {"state", "open|closed", false, ""}, {"limit", "N", false, ""}, {"since", "TIME", false, ""},
    {"wait", "[=TIMEOUT]", false, ""},   {"all", NULL, false, ""},  {0},
};
static const struct jml_ctl_option give_options[] = {
    {"to", "PERSON", true, ""},
    {"note", "TEXT", false, ""},
    {0},
};
static const struct jml_verb book_verbs[] = {
    {.noun = "book", .verb = "list", .options = list_options},
    {.noun = "book",
     .verb = "give",
     .arguments = "BOOK --to PERSON...",
     .options = give_options,
     .min_arguments = 1,
     .max_arguments = 1},
    {0},
};
static const struct jml_verb tidy_verbs[] = {
    {.noun = "tidy", .max_arguments = -1},
    {0},
};
static const struct jml_verb *const tables[] = {book_verbs, tidy_verbs, NULL};

static struct jml_arena arena;
static struct jml_parsed parsed;
static struct jml_err err;

static void set_up(void)
{
    jml_arena_init(&arena);
    memset(&parsed, 0, sizeof(parsed));
}

static void tear_down(void)
{
    jml_arena_fini(&arena);
    jml_test_leak_check();
}
TestSuite(parse, .init = set_up, .fini = tear_down);

/* Parses words parted by blanks. */
static int parse(const char *line)
{
    char *words = jml_strdup(&arena, line), *save = NULL;
    char *argv[32] = {jml_strdup(&arena, "jmlctl")};
    int argc = 1;

    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
        argv[argc++] = w;
    return jml_parse(&arena, tables, argc, argv, &parsed, &err);
}

static void expect_refused(const char *line, const char *part)
{
    cr_expect_lt(parse(line), 0, "%s was taken", line);
    cr_expect_not_null(strstr(err.message, part), "%s: %s", line, err.message);
}

static size_t count(const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < parsed.call.n_options; i++)
        n += !strcmp(parsed.call.option_names[i], name);
    return n;
}

Test(parse, finds_noun_verb_and_options)
{
    cr_assert_eq(parse("book list --state open --limit=5 --all"), 0);
    cr_expect_eq(parsed.call.verb, &book_verbs[0]);
    cr_expect_str_eq(jml_ctl_option(&parsed.call, "state"), "open");
    cr_expect_str_eq(jml_ctl_option(&parsed.call, "limit"), "5");
    cr_expect_str_eq(jml_ctl_option(&parsed.call, "all"), "");
    cr_expect_null(jml_ctl_option(&parsed.call, "since"));
}

Test(parse, global_options_stand_anywhere)
{
    cr_assert_eq(parse("--json -d x book --clock-offset 1d list"), 0);
    cr_expect(parsed.json);
    cr_expect_str_eq(parsed.database, "x");
    cr_expect_str_eq(parsed.clock_offset, "86400000000 microseconds");
    cr_assert_eq(parse("book list -dhost=x --csv"), 0);
    cr_expect(parsed.csv);
    cr_expect_str_eq(parsed.database, "host=x");
}

Test(parse, a_noun_may_be_a_command)
{
    cr_assert_eq(parse("tidy a b -"), 0);
    cr_expect_eq(parsed.call.verb, &tidy_verbs[0]);
    cr_expect_eq(parsed.call.n_arguments, 3);
}

Test(parse, dashes_end_the_options)
{
    cr_assert_eq(parse("tidy -- --json -x"), 0);
    cr_expect_not(parsed.json);
    cr_expect_eq(parsed.call.n_arguments, 2);
}

Test(parse, a_repeating_option_takes_the_words_behind_it)
{
    static const char *const lines[] = {
        "book give B --to a b c",
        "book give --to a b c B",
        "book give --to a --to b --to c B",
        "book give --to a b B --to=c",
        "book give B --to a b --note x --to c",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        cr_assert_eq(parse(lines[i]), 0, "%s: %s", lines[i], err.message);
        cr_expect_eq(count("to"), 3, "%s", lines[i]);
        cr_expect_str_eq(parsed.call.arguments[0], "B", "%s", lines[i]);
    }
}

Test(parse, words_behind_another_option_are_not_taken)
{
    expect_refused("book give B --note x y --to a", "'y' is too much");
}

Test(parse, an_option_value_may_be_left_out_where_the_table_says_so)
{
    cr_assert_eq(parse("book list --wait --all"), 0);
    cr_expect_str_eq(jml_ctl_option(&parsed.call, "wait"), "");
    cr_assert_eq(parse("book list --wait=5s"), 0);
    cr_expect_str_eq(jml_ctl_option(&parsed.call, "wait"), "5s");
    expect_refused("book list --wait=soon", "not a duration");
}

Test(parse, values_are_checked_by_their_word)
{
    expect_refused("book list --limit x", "whole number");
    expect_refused("book list --limit -1", "whole number");
    expect_refused("book list --limit 9999999999999999999", "whole number");
    expect_refused("book list --state ope", "one of open|closed");
    expect_refused("book list --since 2026-02-30", "a date");
    cr_expect_eq(parse("book list --since 2026-02-28"), 0);
    cr_expect_eq(parse("book list --since 2026-02-28T10:00:00+01:00"), 0);
}

Test(parse, what_is_wrong_is_told_with_what_is_near)
{
    expect_refused("bok list", "did you mean 'book'?");
    expect_refused("book lits", "did you mean 'book list'?");
    expect_refused("book list --limt 3", "did you mean --limit?");
    expect_refused("book list --jsno", "did you mean --json?");
    expect_refused("zebra", "jmlctl --help");
    expect_refused("book list -x", "no option -x");
    expect_refused("--state open book list", "before the command");
}

Test(parse, what_is_missing_is_told)
{
    expect_refused("", "what to do?");
    expect_refused("book", "book what?");
    expect_refused("book give", "usage: jmlctl book give BOOK --to PERSON...");
    expect_refused("book list --limit", "needs a value");
    expect_refused("book list --all=1", "takes no value");
    expect_refused("book list --limit 1 --limit 2", "given twice");
    expect_refused("book list --json --csv", "exclude");
    expect_refused("book list --clock-offset x", "not a duration");
}

Test(parse, help_asks_for_nothing_else)
{
    cr_assert_eq(parse("--help"), 0);
    cr_expect(parsed.help);
    cr_expect_null(parsed.noun);
    cr_assert_eq(parse("book --help"), 0);
    cr_expect_str_eq(parsed.noun, "book");
    cr_expect_null(parsed.call.verb);
    cr_assert_eq(parse("book give -h"), 0);
    cr_expect_eq(parsed.call.verb, &book_verbs[1]);
    cr_assert_eq(parse("help book"), 0);
    cr_expect(parsed.help);
}

Test(parse, a_day_is_its_start_or_its_end)
{
    const struct jml_zone *utc = jml_zone_utc();
    const char *names[] = {"start", "end", "at"};
    const char *values[] = {"1970-01-02", "1970-01-02", "1970-01-02T00:00:01Z"};
    const struct jml_ctl_call call = {
        .option_names = names, .option_values = values, .n_options = 3};

    cr_expect_eq(jml_ctl_option_time(&call, "start", utc), JML_DAY);
    cr_expect_eq(jml_ctl_option_time(&call, "end", utc), 2 * JML_DAY);
    cr_expect_eq(jml_ctl_option_time(&call, "at", utc), JML_DAY + JML_SECOND);
    cr_expect_eq(jml_ctl_option_time(&call, "until", utc), JML_TIME_NONE);
}

Test(parse, an_id_must_be_one)
{
    static const struct jml_ctl_option after = {"after", "ID", false, ""};

    cr_expect_null(jml_parse_expected(&arena, &after, "018F0000-0000-7000-8000-000000000001"));
    cr_expect_not_null(jml_parse_expected(&arena, &after, "E1"));
    cr_expect_not_null(jml_parse_expected(&arena, &after, ""));
}

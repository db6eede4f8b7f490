/* SPDX-License-Identifier: MIT
 *
 * People: files that name whom a command is for.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/str.h"
#include "ctl/people.h"
#include "lib/leak.h"

static struct jml_arena arena;
static struct jml_people people;
static struct jml_err err;

static void set_up(void)
{
    jml_arena_init(&arena);
    memset(&people, 0, sizeof(people));
}

static void tear_down(void)
{
    jml_arena_fini(&arena);
    jml_test_leak_check();
}
TestSuite(people, .init = set_up, .fini = tear_down);

/* The ids of a text, parted by |. */
static const char *ids(const char *text)
{
    struct jml_str s = JML_STR_INIT(&arena);

    memset(&people, 0, sizeof(people));
    if (jml_people_parse(&arena, "f", text, strlen(text), &people, &err) < 0)
        return err.message;
    for (size_t i = 0; i < people.ids.n; i++)
        jml_str_addf(&s, "%s%s", i ? "|" : "", people.ids.items[i]);
    return jml_str_text(&s);
}

#define expect(text, wanted) cr_expect_str_eq(ids(text), wanted)

Test(people, are_one_a_line)
{
    expect("E1\nE2\nJosé Ñ-7/ü\n", "E1|E2|José Ñ-7/ü");
    expect("E1\r\nE2", "E1|E2");
    expect("  E1 \t\n\n\r\n", "E1");
    expect("", "");
    expect("\xef\xbb\xbf" "E1\n", "E1");
}

Test(people, may_have_comments)
{
    expect("# all of Sales\nE1\n  # \"quoted\nE2 # Ana, Lima\nE#3\n", "E1|E2|E#3");
}

Test(people, are_the_first_column_of_csv)
{
    expect("employee_id,display_name\nE1,\"Lima, Ana\"\nE2,\"two\nlines, \"\"x\"\"\"\nE3,x\n", "E1|E2|E3");
    expect("\"E,1\",x\n\"E\"\"2\"\n", "E,1|E\"2");
    expect("E1\nemployee_id\n", "E1|employee_id");
    expect("employee_id\n", "");
}

Test(people, come_back_from_our_own_csv)
{
    expect("employee_id\n\"'=E1\"\n\"'-E2\",x\n'E3\n", "=E1|-E2|'E3");
}

Test(people, whose_id_is_none_are_named_with_their_line)
{
    static const char wrong[] = "E1\nE\0002\n";

    expect("E1\n\"two\nlines\"\n", "f:2: not an employee_id of 1 to 256 printable characters");
    expect("E1,\"a\nb\"\n\"\"\n", "f:3: not an employee_id of 1 to 256 printable characters");
    expect("E\x01\n", "f:1: not an employee_id of 1 to 256 printable characters");
    expect("\xff\n", "f:1: not an employee_id of 1 to 256 printable characters");
    cr_expect_lt(jml_people_parse(&arena, "f", wrong, sizeof(wrong) - 1, &people, &err), 0);
    cr_expect_not_null(strstr(err.message, "f:2"));
}

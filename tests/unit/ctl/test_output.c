/* SPDX-License-Identifier: MIT
 *
 * Output: what people, scripts and spreadsheets get to see.
 */
#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/value.h"
#include "ctl/output.h"
#include "lib/leak.h"

#define NOTHING ((struct jml_output_cell){.time = JML_TIME_NONE})
#define TEXT(s) ((struct jml_output_cell){.text = (s), .time = JML_TIME_NONE})
#define TIME(t) ((struct jml_output_cell){.time = (t)})

static const struct jml_output_column columns[] = {
    {"name", JML_COLUMN_TEXT}, {"count", JML_COLUMN_NUMBER}, {"open", JML_COLUMN_BOOL},
    {"at", JML_COLUMN_TIME},   {"detail", JML_COLUMN_JSON},
};
enum { N = sizeof(columns) / sizeof(columns[0]) };

static void set_up(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
}
TestSuite(output, .init = set_up, .fini = jml_test_leak_check);

/* Prints rows of the columns above; the caller frees. */
static char *print(struct jml_output out, const struct jml_output_cell *rows, size_t n)
{
    char *text = NULL;
    size_t size = 0;
    struct jml_err e;

    out.file = open_memstream(&text, &size);
    jml_output_begin(&out, columns, N);
    for (size_t i = 0; i < n; i++)
        jml_output_row(&out, rows + i * N);
    cr_assert_eq(jml_output_end(&out, &e), 0);
    fclose(out.file);
    return text;
}

static void expect(struct jml_output out, const struct jml_output_cell *rows, size_t n,
                   const char *wanted)
{
    char *text = print(out, rows, n);

    cr_expect_str_eq(text, wanted);
    free(text);
}

Test(output, json_is_an_array_of_objects_with_typed_members)
{
    const struct jml_output_cell rows[] = {
        TEXT("a \"b\"\n\x01"),
        TEXT("42"),
        TEXT("true"),
        TIME(JML_SECOND / 2),
        TEXT("{\"x\": [1]}"),
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
    };

    expect((struct jml_output){.format = JML_CTL_JSON}, rows, 2,
           "[\n{\"name\":\"a \\\"b\\\"\\n\\u0001\",\"count\":42,\"open\":true,"
           "\"at\":\"1970-01-01T00:00:00Z\",\"detail\":{\"x\": [1]}},\n"
           "{\"name\":null,\"count\":null,\"open\":null,\"at\":null,\"detail\":null}\n]\n");
}

Test(output, json_of_nothing_is_an_empty_array)
{
    expect((struct jml_output){.format = JML_CTL_JSON}, NULL, 0, "[]\n");
}

Test(output, csv_quotes_what_rfc_4180_quotes)
{
    const struct jml_output_cell rows[] = {
        TEXT("a,\"b\"\r\nc"), TEXT("-7"), TEXT("false"), TIME(0), TEXT("[1,2]"),
    };

    expect((struct jml_output){.format = JML_CTL_CSV}, rows, 1,
           "name,count,open,at,detail\n"
           "\"a,\"\"b\"\"\r\nc\",-7,false,1970-01-01T00:00:00Z,\"[1,2]\"\n");
}

Test(output, csv_tells_no_value_from_an_empty_one)
{
    const struct jml_output_cell rows[] = {TEXT(""), NOTHING, NOTHING, NOTHING, NOTHING};

    expect((struct jml_output){.format = JML_CTL_CSV}, rows, 1,
           "name,count,open,at,detail\n\"\",,,,\n");
}

Test(output, csv_makes_formulas_harmless)
{
    static const char *const formulas[] = {"=1+1", "+1", "-1", "@x", "\tx", "\rx"};

    for (size_t i = 0; i < sizeof(formulas) / sizeof(formulas[0]); i++) {
        const struct jml_output_cell row[] = {TEXT(formulas[i]), NOTHING, NOTHING, NOTHING,
                                              NOTHING};
        char *text = print((struct jml_output){.format = JML_CTL_CSV}, row, 1);

        cr_expect_not_null(strstr(text, "\n\"'"), "%s", formulas[i]);
        free(text);
    }
}

Test(output, a_table_is_aligned_by_display_width)
{
    const struct jml_output_cell rows[] = {
        TEXT("\xe6\x9d\xb1\xe4\xba\xac"), TEXT("7"),   TEXT("true"), TIME(0), NOTHING,
        TEXT("e\xcc\x81t\xc3\xa9"),       TEXT("100"), NOTHING,      NOTHING, TEXT("{}"),
    };

    expect((struct jml_output){.format = JML_CTL_TABLE}, rows, 2,
           "NAME  COUNT  OPEN  AT                    DETAIL\n"
           "\xe6\x9d\xb1\xe4\xba\xac      7  yes   1970-01-01 00:00 UTC  -\n"
           "e\xcc\x81t\xc3\xa9     100  -     -                     {}\n");
}

Test(output, a_table_shows_the_columns_asked_for)
{
    const struct jml_output_cell rows[] = {TEXT("x"), TEXT("1"), NOTHING, NOTHING, NOTHING};

    expect((struct jml_output){.format = JML_CTL_TABLE, .shown = "count name"}, rows, 1,
           "COUNT  NAME\n    1  x\n");
}

Test(output, a_table_lets_nothing_through_that_steers_a_terminal)
{
    const struct jml_output_cell rows[] = {
        TEXT("a\x1b[31m\nb\xff\xe2\x80\xae\xe2\x81\xa9\xe2\x80\x8f\xd8\x9c"), NOTHING, NOTHING, NOTHING, NOTHING,
    };

    expect((struct jml_output){.format = JML_CTL_TABLE, .shown = "name"}, rows, 1,
           "NAME\na\xef\xbf\xbd[31m b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n");
}

Test(output, a_record_has_a_line_a_field)
{
    const struct jml_output_cell rows[] = {TEXT("x"), TEXT("1"), TEXT("false"), NOTHING,
                                           TEXT("[\"y\"]")};

    expect((struct jml_output){.format = JML_CTL_TABLE, .record = true}, rows, 1,
           "name:    x\ncount:   1\nopen:    no\nat:      -\ndetail:  [\"y\"]\n");
}

Test(output, objects_inside_a_record_are_a_table)
{
    const struct jml_output_cell rows[] = {
        TEXT("x"),
        NOTHING,
        NOTHING,
        NOTHING,
        TEXT("[{\"role\":\"User\",\"n\":10},{\"role\":null,\"n\":9}]"),
    };

    expect((struct jml_output){.format = JML_CTL_TABLE, .record = true, .shown = "name detail"},
           rows, 1, "name:    x\ndetail:\n  ROLE   N\n  User  10\n  -      9\n");
}

Test(output, the_last_column_is_wrapped_on_a_narrow_terminal)
{
    static const struct jml_output_column two[] = {{"id", JML_COLUMN_TEXT},
                                                   {"words", JML_COLUMN_TEXT}};
    const struct jml_output_cell cells[] = {TEXT("1"), TEXT("one two three four five six")};
    struct jml_output out = {.format = JML_CTL_TABLE, .width = 25};
    struct jml_err e;
    char *text = NULL;
    size_t size = 0;

    out.file = open_memstream(&text, &size);
    jml_output_begin(&out, two, 2);
    jml_output_row(&out, cells);
    cr_assert_eq(jml_output_end(&out, &e), 0);
    fclose(out.file);
    cr_expect_str_eq(text, "ID  WORDS\n1   one two three four\n    five six\n");
    free(text);
}

Test(output, a_table_of_many_rows_goes_on_with_wider_columns)
{
    static const struct jml_output_column one[] = {{"a", JML_COLUMN_TEXT}, {"b", JML_COLUMN_TEXT}};
    struct jml_output out = {.format = JML_CTL_TABLE};
    struct jml_err e;
    char *text = NULL;
    size_t size = 0, lines = 0;

    out.file = open_memstream(&text, &size);
    jml_output_begin(&out, one, 2);
    for (int i = 0; i < 1200; i++) {
        const struct jml_output_cell cells[] = {TEXT(i < 700 ? "x" : "wide"), TEXT("y")};

        jml_output_row(&out, cells);
    }
    cr_assert_eq(jml_output_end(&out, &e), 0);
    fclose(out.file);
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    cr_expect_eq(lines, 1201);
    cr_expect_not_null(strstr(text, "\nx  y\n"));
    cr_expect_not_null(strstr(text, "\nwide  y\n"));
    free(text);
}

Test(output, a_full_disk_is_an_error)
{
    struct jml_output out = {.format = JML_CTL_JSON, .file = fopen("/dev/full", "w")};
    struct jml_err e;

    cr_assert_not_null(out.file);
    jml_output_begin(&out, columns, N);
    cr_expect_lt(jml_output_end(&out, &e), 0);
    cr_expect_not_null(strstr(e.message, "cannot write"));
    fclose(out.file);
}

Test(output, width_counts_terminal_cells)
{
    cr_expect_eq(jml_output_text_width(""), 0);
    cr_expect_eq(jml_output_text_width("abc"), 3);
    cr_expect_eq(jml_output_text_width("\xe6\x9d\xb1"), 2); /* wide */
    cr_expect_eq(jml_output_text_width("e\xcc\x81"), 1);    /* combining */
    cr_expect_eq(jml_output_text_width("\xff"), 1);         /* not UTF-8 */
}

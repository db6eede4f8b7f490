/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "core/rule.h"
#include "lib/leak.h"

static struct jml_arena a;

static void fini(void)
{
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(rule, .fini = fini);

static const char person[] =
    "{\"department\":\"Marketing\",\"city\":\"Lisboa\",\"accountEnabled\":true,\"level\":7,"
    "\"half\":0.5,\"nothing\":null,\"surname\":\"O'Neil\","
    "\"employeeOrgData\":{\"costCenter\":\"100\",\"division\":null},\"costs\":100,"
    "\"customSecurityAttributes\":{\"OnsightLocation\":{\"CustomerOnsite\":true}},"
    "\"otherMails\":[\"Avery@example.com\",\"b@example.com\"],\"groups\":[],"
    "\"assignedPlans\":[{\"service\":\"exchange\",\"capabilityStatus\":\"Enabled\","
    "\"parts\":[\"x\",\"y\"]},{\"service\":\"sharepoint\",\"capabilityStatus\":\"Deleted\"}]}";

static const struct jml_rule *parse(const char *text)
{
    const struct jml_rule *r;
    struct jml_err e;

    if (jml_rule_parse(&a, text, &r, &e) < 0)
        cr_assert_fail("%s: %s", text, e.message);
    return r;
}

static const struct jml_value *attributes(void)
{
    const struct jml_value *v;
    struct jml_err e;

    cr_assert_eq(jml_value_parse(&a, person, strlen(person), 32, &v, &e), 0, "%s", e.message);
    return v;
}

static void yes(const char *text)
{
    cr_expect(jml_rule_matches(parse(text), attributes()), "%s", text);
}

static void no(const char *text)
{
    cr_expect(!jml_rule_matches(parse(text), attributes()), "%s", text);
}

static void refused(const char *text, const char *words)
{
    const struct jml_rule *r = NULL;
    struct jml_err e;

    cr_assert_lt(jml_rule_parse(&a, text, &r, &e), 0, "%s was taken", text);
    cr_expect_eq(e.class, JML_ERR_BAD_INPUT);
    cr_expect_null(r);
    cr_expect(strstr(e.message, words) != NULL, "%s: said '%s', not '%s'", text, e.message, words);
}

Test(rule, the_documented_examples_mean_what_they_say)
{
    yes("(department eq 'Marketing')");
    no("(department ne 'Marketing')");
    yes("(department in ('Marketing'))");
    yes("(accountEnabled eq true)");
    yes("(employeeOrgData/costCenter eq '100')");
    yes("(otherMails/any(p:startsWith(p, 'Av')))");
    yes("(department eq 'Marketing') and (accountEnabled in (true))");
    yes("(department eq 'Marketing') or (not (city eq 'Redmond'))");
    yes("(customSecurityAttributes/OnsightLocation/CustomerOnsite eq true)");
    yes("(assignedPlans/any(a:a/service eq 'sharepoint'))");
}

Test(rule, comparison_is_case_sensitive)
{
    no("department eq 'marketing'");
    no("Department eq 'Marketing'");
    no("startsWith(department, 'mark')");
}

Test(rule, and_binds_tighter_than_or)
{
    yes("department eq 'Marketing' or city eq 'x' and city eq 'y'");
    no("(department eq 'Marketing' or city eq 'x') and city eq 'y'");
    yes("city eq 'x' and city eq 'y' or department eq 'Marketing'");
}

Test(rule, not_stands_before_brackets_and_comparisons)
{
    no("not (department eq 'Marketing')");
    no("not department eq 'Marketing'");
    yes("department eq 'Marketing' and not (city eq 'Porto')");
    yes("city eq 'Porto' or not (city eq 'Porto')");
    yes("not(city eq 'Porto')");
    no("not otherMails/any(p:startsWith(p, 'Av'))");
    yes("not startsWith(city, 'P')");
}

Test(rule, a_missing_attribute_is_null)
{
    yes("missing eq null");
    no("missing eq 'a'");
    yes("missing ne 'a'");
    no("missing ne null");
    yes("nothing eq null");
    yes("employeeOrgData/division eq null");
    yes("employeeOrgData/missing/deep eq null");
    yes("missing in ('a', null)");
    no("startsWith(missing, '')");
    no("missing/any(x: x eq 'a')");
    yes("department ne null");
    cr_expect(jml_rule_matches(parse("department eq null"), NULL));
}

Test(rule, in_takes_several_literals_of_any_kind)
{
    yes("department in ('Sales', 'Marketing')");
    no("department in ('Sales','IT')");
    yes("level in (1, 7, -2)");
    yes("accountEnabled in (false,true)");
}

Test(rule, strings_find_numbers_and_bools_by_their_text)
{
    yes("costs eq '100'");
    yes("accountEnabled eq 'true'");
    yes("level eq 7");
    yes("level eq 7.0");
    yes("half eq 5e-1");
    no("department eq 7");
    no("employeeOrgData/costCenter eq 100");
}

Test(rule, a_quote_in_a_string_is_written_twice)
{
    yes("surname eq 'O''Neil'");
    no("surname eq ''");
}

Test(rule, any_looks_at_each_element)
{
    yes("otherMails/any(p:p eq 'b@example.com')");
    no("otherMails/any(p:p eq 'B@example.com')");
    no("groups/any(g:g ne 'x')");
    yes("otherMails/any(p:p in ('a', 'b@example.com'))");
    yes("assignedPlans/any(a:a/service eq 'exchange' and a/capabilityStatus eq 'Enabled')");
    no("assignedPlans/any(a:a/service eq 'sharepoint' and a/capabilityStatus eq 'Enabled')");
    yes("assignedPlans/any(a: a/parts/any(p: p eq 'y' and a/service eq 'exchange'))");
    no("department/any(p: p eq 'Marketing')");
}

Test(rule, several_values_equal_when_one_does)
{
    yes("otherMails eq 'b@example.com'");
    no("otherMails ne 'b@example.com'");
    yes("startsWith(otherMails, 'b@')");
    yes("groups eq null");
}

Test(rule, starts_with_may_be_written_in_lower_case)
{
    yes("startswith(department,'Mark')");
    yes("startsWith ( department , 'Mark' )");
    no("startswith eq 'an attribute of that name'");
}

Test(rule, blanks_may_stand_anywhere)
{
    yes(" \t( department\neq 'Marketing' )\r\n");
}

Test(rule, an_error_names_the_column_and_what_was_expected)
{
    refused("", "column 1: expected the name of an attribute");
    refused("department", "column 11: expected eq, ne or in after 'department'");
    refused("department is 'x'", "column 12: expected eq, ne or in after 'department'");
    refused("department eq", "column 14: expected a 'string', true, false, null or a number");
    refused("department eq Sales", "column 15: expected a 'string'");
    refused("department eq 'Sales", "closing quote");
    refused("department eq \"Sales\"", "column 15");
    refused("(department eq 'a'", "column 19: expected and, or, or ')', but the rule ends here");
    refused("department eq 'a')", "column 18: expected and, or, or the end of the rule");
    refused("department eq 'a' AND city eq 'b'", "column 19: expected and, or");
    refused("department in 'a'", "expected '(' after in");
    refused("department in ('a' 'b')", "expected ',' or ')'");
    refused("department in ()", "expected a 'string'");
    refused("not not (a eq 'b')", "column 5");
    refused("eq eq 'a'", "column 1");
    refused("a/ eq 'b'", "expected a name after '/'");
    refused("startsWith(a 'b')", "expected ',' and the beginning");
    refused("startsWith(a, true)", "expected a 'string'");
    refused("a/any(p eq 'x')", "expected ':' after the variable");
    refused("a/any(p: b eq 'x')", "column 10: expected 'p' of any(p: ...), found 'b'");
    refused("a/any(p: p eq 'x'", "expected ')' at the end of any(...)");
    refused("a/any()", "expected a variable");
    refused("(user.department -eq \"Sales\")", "column 18");
    refused("a eq 1x", "column 6");
    refused("ä eq 'x'", "column 1");
    refused("city eq 'Köln' or", "column 18: expected the name of an attribute");
    refused("a gt 5", "column 3");
}

Test(rule, what_is_too_long_or_too_deep_is_refused)
{
    static char text[20000];
    const struct jml_rule *r;
    struct jml_err e;

    memset(text, '(', 65);
    strcpy(text + 65, "a eq 'b'");
    memset(text + 73, ')', 65);
    text[138] = 0;
    refused(text, "column 65: nested deeper than 64 levels");
    text[137] = 0;
    cr_expect_eq(jml_rule_parse(&a, text + 1, &r, &e), 0, "%s", e.message);
    strcpy(text, "a eq '");
    memset(text + 6, 'x', 10000);
    strcpy(text + 10006, "'");
    refused(text, "more than 10000 characters");
    strcpy(text + 9999, "'");
    cr_expect_eq(jml_rule_parse(&a, text, &r, &e), 0, "%s", e.message);
}

Test(rule, a_long_chain_needs_no_depth)
{
    static char text[10000] = "a eq '0'";
    while (strlen(text) < 9900)
        strcat(text, " or a eq '0'");
    no(text);
}

Test(rule, the_normal_form_reads_back_as_itself)
{
    static const struct {
        const char *text, *normal;
    } cases[] = {
        {"((department eq 'Marketing'))", "department eq 'Marketing'"},
        {"(a eq 'x') and ((b eq 'y') or (c ne 'z'))", "a eq 'x' and (b eq 'y' or c ne 'z')"},
        {"a eq 'x' or b eq 'y' and c eq 'z'", "a eq 'x' or (b eq 'y' and c eq 'z')"},
        {"not a in('x',  null,true ,-1.5e3)", "not (a in ('x', null, true, -1.5e3))"},
        {"startswith(a/b,'it''s')", "startsWith(a/b, 'it''s')"},
        {"o/any(p:startsWith(p,'A') or p/q eq 'B')", "o/any(p: startsWith(p, 'A') or p/q eq 'B')"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *normal = jml_rule_format(&a, parse(cases[i].text));
        cr_expect_str_eq(normal, cases[i].normal);
        cr_expect_str_eq(jml_rule_format(&a, parse(normal)), normal);
    }
}

Test(rule, explains_by_the_first_clause_that_failed_without_values)
{
    const struct jml_value *v = attributes();
    const char *why =
        jml_rule_explain(&a, parse("city eq 'Lisboa' and (department eq 'IT' and level eq 1)"), v);

    cr_assert_not_null(why);
    cr_expect_str_eq(why, "department eq 'IT'");
    cr_expect_str_eq(jml_rule_explain(&a, parse("a eq 'x' or b eq 'y'"), v),
                     "a eq 'x' or b eq 'y'");
    cr_expect_null(jml_rule_explain(&a, parse("city eq 'Lisboa'"), v));
}

Test(rule, names_the_attributes_it_reads_once_each)
{
    const char *const *names = jml_rule_attributes(
        &a, parse("(a eq 'x' or b/c in ('y')) and not (a ne 'z') and o/any(p: p eq 'A')"));

    cr_assert_str_eq(names[0], "o");
    cr_assert_str_eq(names[1], "a");
    cr_assert_str_eq(names[2], "b/c");
    cr_assert_null(names[3]);
}

/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/str.h"
#include "core/rule.h"
#include "lib/leak.h"

static struct jml_arena a;

static void fini(void)
{
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(membership, .fini = fini);

static const char person[] =
    "{\"department\":\"Sales\",\"city\":\"K\303\266ln\",\"accountEnabled\":true,\"level\":7,"
    "\"surname\":\"O'Neil\",\"title\":\"a \\\"b\\\" `c`\",\"nothing\":null,"
    "\"employeeOrgData\":{\"costCenter\":\"100\"},\"groups\":[\"VPN\",\"staff\"],\"none\":[],"
    "\"otherMails\":[\"Avery@example.com\",\"b@example.com\"],"
    "\"assignedPlans\":[{\"servicePlanId\":\"x\",\"capabilityStatus\":\"Enabled\"},"
    "{\"servicePlanId\":\"y\",\"capabilityStatus\":\"Deleted\"}]}";

static const struct jml_rule *parse(const char *text)
{
    const struct jml_rule *r;
    struct jml_err e;

    if (jml_rule_parse_membership(&a, text, &r, &e) < 0)
        cr_assert_fail("%s: %s", text, e.message);
    return r;
}

static bool matches(const char *text)
{
    const struct jml_value *v;
    struct jml_err e;

    cr_assert_eq(jml_value_parse(&a, person, strlen(person), 32, &v, &e), 0, "%s", e.message);
    return jml_rule_matches(parse(text), v);
}

static void refused(const char *text, const char *words)
{
    const struct jml_rule *r = NULL;
    struct jml_err e;

    cr_assert_lt(jml_rule_parse_membership(&a, text, &r, &e), 0, "%s", text);
    cr_expect_str_eq(e.message, words, "%s\nsaid:   %s\nwanted: %s", text, e.message, words);
    cr_expect_null(r);
}

static void reads_as(const char *text, const char *normal)
{
    const char *said = jml_rule_format(&a, parse(text));

    cr_expect_str_eq(said, normal, "%s\nsaid:   %s\nwanted: %s", text, said, normal);
    cr_expect_str_eq(jml_rule_format(&a, parse(said)), normal);
}

Test(membership, neither_names_nor_values_nor_operators_regard_case)
{
    static const char *const yes[] = {
        "user.department -eq \"Sales\"",
        "(user.department -eq \"sales\")",
        "User.Department -EQ 'SALES'",
        "user.department eq \"Sales\"",
        "user.city -eq \"K\303\226LN\"",
        "user.city -startsWith \"k\303\226\"",
        "user.city -in [\"Porto\", \"k\303\266ln\"]",
        "user.city -notIn [\"Porto\",\"Lisbon\"]",
        "user.city -contains \"\303\226L\"",
        "user.city -endsWith \"LN\"",
        "user.city -notStartsWith \"x\"",
        "user.city -notContains \"x\"",
        "user.city -notEndsWith \"x\"",
        "user.city -contains \"\"",
        "user.surname -eq \"o''neil\"",
        "user.surname -eq \"o'neil\"",
        "user.surname -eq 'o''neil'",
        "user.title -eq \"a `\"b`\" ``C``\"",
        "user.employeeOrgData.costCenter -eq \"100\"",
        "user.accountEnabled -eq true",
        "user.accountEnabled -eq \"TRUE\"",
        "user.level -eq 7",
        "user.level -eq \"7\"",
        "user.nothing -eq null",
        "user.nowhere -eq $null",
        "user.department -ne $null",
        "user.nowhere -ne \"x\"",
    };
    static const char *const no[] = {
        "user.department -eq \"Sale\"",  "user.department -ne \"SALES\"",
        "user.city -startsWith \"oln\"", "user.city -contains \"x\"",
        "user.city -endsWith \"k\"",     "user.nowhere -contains \"\"",
        "user.nowhere -eq \"x\"",        "user.level -ne 7",
        "user.level -contains \"7\"",
    };

    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        cr_expect(matches(yes[i]), "%s", yes[i]);
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        cr_expect_not(matches(no[i]), "%s", no[i]);
}

Test(membership, not_binds_tighter_than_and_and_that_tighter_than_or)
{
    cr_expect(matches("user.city -eq \"x\" -and user.city -eq \"y\" -or user.level -eq 7"));
    cr_expect(matches("user.level -eq 7 or user.city -eq \"x\" and user.city -eq \"y\""));
    cr_expect_not(matches("(user.level -eq 7 -or user.city -eq \"x\") -and user.city -eq \"y\""));
    cr_expect(matches("-not user.level -eq 8 -and user.level -eq 7"));
    cr_expect(matches("not (user.level -eq 8 -or user.city -eq \"x\")"));
    reads_as("user.a -eq 1 -or user.b -eq 2 -and not(user.c -notIn ['x'])",
             "user.a -eq 1 -or user.b -eq 2 -and -not (-not (user.c -in [\"x\"]))");
    reads_as("(user.a -eq 1 -or (user.b -eq 2)) -and (user.c -eq 3 -and user.d -eq 4)",
             "(user.a -eq 1 -or user.b -eq 2) -and (user.c -eq 3 -and user.d -eq 4)");
}

Test(membership, several_values_are_looked_at_one_by_one)
{
    cr_expect(matches("user.groups -eq \"vpn\""));
    cr_expect_not(matches("user.groups -ne \"vpn\""));
    cr_expect(matches("user.groups -contains \"taf\""));
    cr_expect(matches("user.otherMails -any (_ -startsWith \"AVERY\")"));
    cr_expect_not(matches("user.otherMails -all (_ -startsWith \"AVERY\")"));
    cr_expect(matches("user.otherMails -all (_ -endsWith \"@example.com\")"));
    cr_expect(matches("user.assignedPlans -any (assignedPlan.servicePlanId -eq \"X\" -and "
                      "assignedPlan.capabilityStatus -eq \"Enabled\")"));
    cr_expect_not(matches("user.assignedPlans -any (assignedPlan.servicePlanId -eq \"Y\" -and "
                          "assignedPlan.capabilityStatus -eq \"Enabled\")"));
    /* who has none fits none, and all of none is nobody's reason for access */
    cr_expect_not(matches("user.none -any (_ -ne \"x\")"));
    cr_expect_not(matches("user.none -all (_ -ne \"x\")"));
    cr_expect_not(matches("user.nowhere -all (_ -ne \"x\")"));
    cr_expect(matches("user.none -eq null"));
    reads_as("user.Plans -ANY (p.Id -eq 'x' -or _ -eq 'y')",
             "user.Plans -any (p.Id -eq \"x\" -or _ -eq \"y\")");
}

Test(membership, what_is_read_is_written_in_its_own_language)
{
    reads_as("User.surname -eq \"O'Neil `\"x`\" ``\"", "user.surname -eq \"O''Neil `\"x`\" ``\"");
    reads_as("user.a.b startswith 'x'", "user.a.b -startsWith \"x\"");
    reads_as("user.a -in [1, $true, \"x\", null]", "user.a -in [1, true, \"x\", null]");
    cr_expect_str_eq(jml_rule_explain(&a, parse("user.a -eq 1 -and user.b -eq 2"), NULL),
                     "user.a -eq 1");
    cr_expect_str_eq(jml_rule_attributes(&a, parse("user.a.b -eq 1"))[0], "a/b");
}

Test(membership, the_language_of_workflows_is_taken_too)
{
    cr_expect(matches("(department eq 'Sales') and (level eq 7)"));
    cr_expect_not(matches("(department eq 'sales')"), "and regards case, as there");
    refused("department is 'Sales'", "column 12: expected eq, ne or in after 'department'");
}

Test(membership, what_is_not_carried_out_is_refused_by_name)
{
    refused("user.a -match \"x.*\"",
            "column 8: -match is not supported: say -startsWith, -endsWith or -contains");
    refused("user.a -notMatch \"x.*\"",
            "column 8: -notMatch is not supported: say -notStartsWith or -notContains");
    refused("user.a -ge 1", "column 8: -ge is not supported");
    refused("user.memberOf -any (group.objectId -in ['x'])",
            "column 1: memberOf is not supported: say user.groups -eq \"...\", or groupMembers");
    refused("-not (user.objectId -ne null)",
            "column 7: objectId is not supported: say user.employeeId");
    refused("device.deviceModel -eq \"x\"", "column 1: expected user. and an attribute");
    refused("Direct Reports for \"x\"", "column 1: expected user. and an attribute");
    refused("user.a -eq 1 -and device.b -eq 2", "column 19: expected user. and an attribute");
}

Test(membership, a_rule_that_cannot_be_read_says_where)
{
    refused("user.a", "column 7: expected an operator: -eq, -ne, -in, -notIn, -startsWith, "
                      "-endsWith, -contains, -any, -all, but the rule ends here");
    refused("user. -eq 1", "column 6: expected a name after '.'");
    refused("user.a -eq",
            "column 11: expected a \"string\", true, false, null or a number, but the "
            "rule ends here");
    refused("user.a -eq x", "column 12: expected a \"string\", true, false, null or a number");
    refused("user.a -eq \"x", "column 14: expected the closing quote of the string, but the rule "
                              "ends here");
    refused("user.a -in (\"x\")", "column 12: expected '[' and a list of \"strings\"");
    refused("user.a -in [\"x\"", "column 16: expected ',' or ']', but the rule ends here");
    refused("user.a -startsWith 1", "column 20: expected a \"string\"");
    refused("(user.a -eq 1", "column 14: expected -and, -or, or ')', but the rule ends here");
    refused("user.a -eq 1 user.b -eq 2", "column 14: expected -and, -or, or the end of the rule");
    refused("user.a -any (user.b -eq 1)", "column 14: expected the element: _ or item.name");
    refused("user.a -any (_ -any (_ -eq 1))",
            "column 20: expected an operator other than -any and -all inside of them");
    refused("user.a -any (_ -eq 1",
            "column 21: expected -and, -or, or ')', but the rule ends here");
}

Test(membership, nesting_and_length_have_an_end)
{
    struct jml_str s = JML_STR_INIT(&a);
    const struct jml_rule *r;
    struct jml_err e;

    for (int i = 0; i < 64; i++)
        jml_str_add_char(&s, '(');
    jml_str_add(&s, "user.a -eq 1");
    for (int i = 0; i < 64; i++)
        jml_str_add_char(&s, ')');
    parse(jml_str_text(&s));
    refused(jml_printf(&a, "(%s)", jml_str_text(&s)), "column 66: nested deeper than 64 levels");
    s = JML_STR_INIT(&a);
    jml_str_add(&s, "user.a -eq \"");
    for (int i = 0; i < 10000; i++)
        jml_str_add_char(&s, 'x');
    jml_str_add(&s, "\"");
    cr_assert_lt(jml_rule_parse_membership(&a, jml_str_text(&s), &r, &e), 0);
    cr_expect_str_eq(e.message, "the rule has more than 10000 characters");
}

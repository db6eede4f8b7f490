/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/str.h"
#include "core/setting.h"
#include "lib/leak.h"
#include "target/ldap.h"

static struct jml_arena a;

static void begin(void)
{
    jml_arena_init(&a);
}

static void end(void)
{
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(ldap, .init = begin, .fini = end);

Test(ldap, a_value_in_a_filter_is_a_value)
{
    cr_expect_str_eq(jml_ldap_filter_escape(&a, "*)(uid=*"), "\\2a\\29\\28uid=\\2a");
    cr_expect_str_eq(jml_ldap_filter_escape(&a, "a\\b"), "a\\5cb");
    cr_expect_str_eq(jml_ldap_filter_escape(&a, "a\nb\x7f"), "a\\0ab\\7f");
    cr_expect_str_eq(jml_ldap_filter_escape(&a, "Zo\303\253"), "Zo\303\253");
}

/* Two parsers, ours and that of libldap: what apply takes is not refused when the target is opened. */
Test(ldap, filters_are_what_libldap_sends)
{
    static const struct {
        const char *filter;
        bool valid;
    } all[] = {
        {"(uid=x)", true},          {"(&(a=b)(|(c=d)(!(e=f))))", true}, {"(& (a=b) (c=d))", true},
        {"(a=*)", true},            {"(a=x*y*z)", true},                {"(a>=1)", true},
        {"(a:dn:2.4.6:=x)", true},  {"(a=\\2a)", true},                 {"(a=)", true},
        {"(uid=x", false},          {"(&(a=b)", false},                 {"()", false},
        {"(!(a=b)(c=d))", false},   {"(a)", false},                     {"((a=b))", false},
        {"(a=\\zz)", false},        {"(a=b)c", false},
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        cr_expect_eq(jml_setting_is_ldap_filter(all[i].filter), all[i].valid, "%s", all[i].filter);
        if (all[i].valid)
            cr_expect(jml_ldap_filter_is_valid(all[i].filter), "%s", all[i].filter);
    }
    cr_expect_not(jml_ldap_filter_is_valid("(uid=x"));
}

Test(ldap, a_value_in_a_dn_is_a_value)
{
    static const char *const values[] = {
        "a,b",      "a+b=c",        "\"a\"",     "a\\",  "<a>;b",  " a ",    "#41",
        "  ",       " ",            "#",         "\\,",  "a\nb",   "a,ou=x", "Zo\303\253",
        "a  b",     "\\2c",         "\346\235\216", "x#y", "a\\ ",
    };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const char *dn = jml_printf(&a, "uid=%s,ou=people", jml_ldap_dn_escape(&a, values[i]));
        const char *rdn, *parent;

        cr_assert(jml_ldap_dn_is_valid(dn), "%s", dn);
        cr_expect_str_eq(jml_ldap_dn_value(&a, dn, "UID"), values[i], "%s", dn);
        jml_ldap_dn_split(&a, dn, &rdn, &parent);
        cr_expect_str_eq(parent, "ou=people", "%s", dn);
        cr_expect(jml_ldap_dn_is_below(&a, dn, "OU=People"), "%s", dn);
    }
}

Test(ldap, spellings_of_a_dn_are_one)
{
    static const char *const same[][2] = {
        {"UID=Ada,OU=People,DC=example", "uid=ada,ou=people,dc=example"},
        {"uid=ada, ou=people , dc=example", "uid=ada,ou=people,dc=example"},
        {"cn=Ada   Lovelace,dc=x", "cn=ada lovelace,dc=x"},
        {"cn=Lovelace\\2C Ada,dc=x", "cn=lovelace\\, ada,dc=x"},
        {"cn=Zo\\C3\\AB,dc=x", "cn=zo\303\253,dc=x"},
        {"cn=ZO\303\213,dc=x", "cn=zo\303\253,dc=x"},
        {"sn=b+cn=a,dc=x", "cn=a+sn=b,dc=x"},
        {"cn=\\ a\\ ,dc=x", "cn=a,dc=x"}, /* as the matching rules have it */
        {"cn=#0403414243,dc=x", "cn=#0403414243,dc=x"},
        {"", ""},
    };

    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        const char *once = jml_ldap_dn_normalise(&a, same[i][0]);

        cr_expect_str_eq(once, same[i][1]);
        cr_expect_str_eq(jml_ldap_dn_normalise(&a, once), once, "again: %s", once);
    }
    cr_expect_not(jml_ldap_dn_equal(&a, "cn=a\\,b,dc=x", "cn=a,b=,dc=x"));
    cr_expect_str_eq(jml_ldap_dn_normalise(&a, "No DN"), "no dn");
}

Test(ldap, below_is_below_and_not_beside)
{
    cr_expect(jml_ldap_dn_is_below(&a, "uid=a,ou=left,dc=x", "dc=x"));
    cr_expect(jml_ldap_dn_is_below(&a, "uid=a,OU=Left,dc=x", "ou=left, dc=x"));
    cr_expect_not(jml_ldap_dn_is_below(&a, "ou=left,dc=x", "ou=left,dc=x"));
    cr_expect_not(jml_ldap_dn_is_below(&a, "uid=a,ou=xleft,dc=x", "left,dc=x"));
    cr_expect_not(jml_ldap_dn_is_below(&a, "cn=a\\,dc=x", "dc=x"), "a comma in a value");
    cr_expect(jml_ldap_dn_is_below(&a, "cn=a\\\\,dc=x", "dc=x"), "a backslash in a value");
    cr_expect(jml_ldap_dn_is_below(&a, "dc=x", ""));
}

Test(ldap, what_a_server_says_is_printable_and_short)
{
    char *text = jml_arena_alloc(&a, 1001);

    cr_expect_str_eq(jml_ldap_words(&a, NULL), "");
    cr_expect_str_eq(jml_ldap_words(&a, "no\nsuch\tthing\n"), "no such thing");
    cr_expect_str_eq(jml_ldap_words(&a, "\377a"), " a");
    memset(text, 'x', 1000);
    cr_expect_leq(strlen(jml_ldap_words(&a, text)), 210);
    for (size_t i = 0; i < 1000; i += 2)
        memcpy(text + i, "\303\253", 2);
    text[1000] = '\0';
    cr_expect(jml_str_printable(jml_ldap_words(&a, text + 0)));
    cr_expect_str_eq(jml_ldap_words(&a, "\033[31mred"), " [31mred");
}

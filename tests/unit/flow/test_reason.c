/* SPDX-License-Identifier: MIT
 *
 * Why a delivery did not go, as it is kept.
 */
#include <criterion/criterion.h>

#include "flow/outlet.h"
#include "lib/leak.h"

static struct jml_arena a;

static void fini(void)
{
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(reason, .fini = fini);

Test(reason, begins_with_a_code_whoever_wrote_it)
{
    cr_expect_null(jml_delivery_reason(&a, JML_OUTCOME_DONE, NULL));
    cr_expect_str_eq(jml_delivery_reason(&a, JML_OUTCOME_FAILED, "no_group: it is not there"),
                     "no_group: it is not there");
    cr_expect_str_eq(jml_delivery_reason(&a, JML_OUTCOME_FAILED, "http_422: no"), "http_422: no");
    cr_expect_str_eq(jml_delivery_reason(&a, JML_OUTCOME_FAILED, "No such user"), "failed: No such user");
    cr_expect_str_eq(jml_delivery_reason(&a, JML_OUTCOME_LATER, "busy, come again: soon"),
                     "later: busy, come again: soon");
    cr_expect_str_eq(jml_delivery_reason(&a, JML_OUTCOME_UNREACHABLE, ""), "unreachable: ");
}

Test(reason, turns_nobodys_eye)
{
    /* U+202E, U+2066, U+200F, U+FEFF, a control of C1; é and a joiner stay */
    cr_expect_str_eq(jml_delivery_reason(&a, JML_OUTCOME_FAILED,
                                         "x: a\xe2\x80\xae b\xe2\x81\xa6 c\xe2\x80\x8f d\xef\xbb\xbf "
                                         "e\xc2\x9b \xc3\xa9 \xe2\x80\x8d."),
                     "x: a? b? c? d? e? \xc3\xa9 \xe2\x80\x8d.");
    cr_expect_str_eq(jml_delivery_reason(&a, JML_OUTCOME_FAILED, "x: a\n\x1b[31mb"), "x: a  [31mb");
}

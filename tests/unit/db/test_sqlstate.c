/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "db/conn.h"
#include "lib/leak.h"

TestSuite(sqlstate, .fini = jml_test_leak_check);

Test(sqlstate, what_passes_by_itself_is_tried_again)
{
    const char *const passing[] = {"08006", "40001", "40P01", "53300", "53100", "55P03",
                                   "57P01", "57P03", "57014", "58030", "25006"};

    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
        cr_expect_eq(jml_sqlstate_class(passing[i]), JML_ERR_TRANSIENT, "%s", passing[i]);
}

Test(sqlstate, what_is_not_ours_ends_the_daemon)
{
    cr_expect_eq(jml_sqlstate_class("42P01"), JML_ERR_SCHEMA);
    cr_expect_eq(jml_sqlstate_class("42501"), JML_ERR_SCHEMA);
    cr_expect_eq(jml_sqlstate_class("3F000"), JML_ERR_SCHEMA);
}

Test(sqlstate, constraints_refuse_and_data_is_bad_input)
{
    cr_expect_eq(jml_sqlstate_class("23505"), JML_ERR_REFUSED);
    cr_expect_eq(jml_sqlstate_class("P0001"), JML_ERR_REFUSED);
    cr_expect_eq(jml_sqlstate_class("22P02"), JML_ERR_BAD_INPUT);
}

Test(sqlstate, anything_else_is_a_bug)
{
    cr_expect_eq(jml_sqlstate_class("XX000"), JML_ERR_BUG);
    cr_expect_eq(jml_sqlstate_class("25P02"), JML_ERR_BUG);
}

Test(sqlstate, what_was_too_much_is_tried_with_less)
{
    cr_expect(jml_sqlstate_too_much("57014"));
    cr_expect(jml_sqlstate_too_much("53200"));
    cr_expect_not(jml_sqlstate_too_much("57P01"));
    cr_expect_not(jml_sqlstate_too_much("40P01"));
}

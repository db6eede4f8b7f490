/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/str.h"
#include "lib/leak.h"
#include "loop/lookup.h"
#include "loop/loop.h"

static struct jml_loop *loop;
static int count, failures;
static char first[100];

static void init(void)
{
    loop = jml_loop_new();
}

static void fini(void)
{
    jml_loop_free(loop);
    jml_test_leak_check();
}

TestSuite(lookup, .init = init, .fini = fini);

static void done(void *userdata, struct jml_lookup *l)
{
    (void)userdata;
    count++;
    if (jml_lookup_error(l))
        failures++;
    else
        snprintf(first, sizeof first, "%s", jml_lookup_address(l, 0));
    cr_expect_null(jml_lookup_address(l, 100));
    jml_lookup_free(l);
}

Test(lookup, finds_addresses_of_names_and_of_numbers)
{
    jml_lookup_start(loop, "localhost", done, NULL);
    jml_loop_run(loop);
    cr_expect_eq(count, 1);
    cr_expect(jml_streq(first, "127.0.0.1") || jml_streq(first, "::1"), "%s", first);
    jml_lookup_start(loop, "127.0.0.2", done, NULL);
    jml_loop_run(loop);
    cr_expect_str_eq(first, "127.0.0.2");
    cr_expect_eq(failures, 0);
}

Test(lookup, says_what_there_is_not)
{
    jml_lookup_start(loop, "no such host", done, NULL);
    jml_loop_run(loop);
    cr_expect_eq(count, 1);
    cr_expect_eq(failures, 1);
}

Test(lookup, that_is_freed_says_nothing)
{
    for (int i = 0; i < 50; i++)
        jml_lookup_free(jml_lookup_start(loop, i % 2 ? "localhost" : "no such host", done, NULL));
    jml_loop_run(loop);
    cr_expect_eq(count, 0);
    for (int i = 0; i < 50; i++)
        jml_lookup_start(loop, "localhost", done, NULL);
    jml_loop_run(loop);
    cr_expect_eq(count, 50);
}

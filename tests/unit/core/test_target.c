/* SPDX-License-Identifier: MIT
 *
 * Targets and custom task extensions in documents: read, planned, built, printed back.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/str.h"
#include "lib/leak.h"
#include "unit/core/documents.h"

static struct jml_arena a;

static void fini(void)
{
    jml_arena_fini(&a);
    jml_test_leak_check();
}

TestSuite(target, .fini = fini);

static const struct jml_value *value(const char *text)
{
    const struct jml_value *v;
    struct jml_err e;
    const char *json = test_json(&a, text);

    cr_assert_eq(jml_value_parse(&a, json, strlen(json), JML_DOCUMENT_MAX_DEPTH, &v, &e), 0, "%s",
                 e.message);
    return v;
}

static struct jml_governance *build(const struct jml_governance_rows *rows)
{
    struct jml_problems problems = {.arena = &a};
    struct jml_governance *g = NULL;
    struct jml_err e;

    cr_assert_eq(jml_governance_build(rows, &problems, &g, &e), 0, "%s",
                 test_problems(&a, &problems));
    return g;
}

Test(target, is_found_by_its_name)
{
    static const char *const names[] = {"b", "Z", "a", "é", "Directory"};
    struct jml_governance_rows rows = {0};
    struct jml_governance *g;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        jml_vec_push(&a, &rows.targets,
                     ((struct jml_target_row){.id = {.bytes = {(uint8_t)(i + 1)}},
                                              .display_name = names[i],
                                              .kind = "null",
                                              .document = jml_value_object()}));
    g = build(&rows);
    cr_assert_eq(g->n_targets, 5);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct jml_target_row *row = jml_governance_find_target(g, names[i]);
        cr_assert_not_null(row, "%s", names[i]);
        cr_expect_str_eq(row->display_name, names[i]);
    }
    cr_expect_null(jml_governance_find_target(g, "record"));
    cr_expect_null(jml_governance_find_target(g, "c"));
    cr_expect_null(jml_governance_find_target(g, NULL));
    jml_governance_free(g);
}

Test(target, has_defaults_for_what_its_document_does_not_say)
{
    struct jml_governance_rows rows = {0};
    struct jml_governance *g;
    const struct jml_target_row *t;

    jml_vec_push(&a, &rows.targets,
                 ((struct jml_target_row){.id = {.bytes = {1}}, .display_name = "T", .kind = "null",
                                          .document = value("{'kind':'null'}")}));
    jml_vec_push(&a, &rows.targets,
                 ((struct jml_target_row){
                     .id = {.bytes = {2}}, .display_name = "U", .kind = "null",
                     .document = value("{'isEnabled':false,'isOwned':true,'concurrency':3,'ratePerSecond':7,"
                                       "'deadline':'PT2S','giveUpAfter':'PT1H','settings':{'failEvery':2}}")}));
    g = build(&rows);
    t = jml_governance_find_target(g, "T");
    cr_expect(t->enabled);
    cr_expect_not(t->owned);
    cr_expect_eq(t->concurrency, 16);
    cr_expect_eq(t->rate, 0);
    cr_expect_eq(t->deadline, 30 * JML_SECOND);
    cr_expect_eq(t->give_up, JML_DAY);
    cr_expect_eq(t->settings->n, 0);
    t = jml_governance_find_target(g, "U");
    cr_expect_not(t->enabled);
    cr_expect(t->owned);
    cr_expect_eq(t->concurrency, 3);
    cr_expect_eq(t->rate, 7);
    cr_expect_eq(t->deadline, 2 * JML_SECOND);
    cr_expect_eq(t->give_up, JML_HOUR);
    cr_expect_not_null(jml_value_find(t->settings, "failEvery"));
    jml_governance_free(g);
}

/* SPDX-License-Identifier: MIT
 *
 * The SQL files as build-aux/sql2c.awk made them into strings.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lib/leak.h"
#include "sql/migrations.h"

TestSuite(sql, .fini = jml_test_leak_check);

Test(sql, migrations_are_the_bytes_of_their_files)
{
    struct jml_arena a = {0};

    for (size_t i = 0; i < jml_migrations_count; i++) {
        const struct jml_migration *m = &jml_migrations[i];
        struct jml_str text = JML_STR_INIT(&a);
        char piece[4096];
        size_t n;
        FILE *f = fopen(jml_printf(&a, "%s/sql/migrations/%04d_%s.sql", JML_SRCDIR, m->number,
                                   m->slug),
                        "rb");

        cr_assert_not_null(f, "%s", m->slug);
        while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
            jml_str_add_n(&text, piece, n);
        fclose(f);
        cr_assert_eq(m->number, (int)i + 1);
        cr_assert_str_eq(m->text, jml_str_text(&text), "%s", m->slug);
    }
    jml_arena_fini(&a);
}

/* SPDX-License-Identifier: MIT
 *
 * Config file: the connection out of the daemon's configuration.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/config_file.h"
#include "lib/leak.h"

TestSuite(config_file, .fini = jml_test_leak_check);

/* Reads a file with this text; the result is copied, "none" when there is none. */
static int read_text(const char *text, char *ret_conninfo, size_t size, struct jml_err *e)
{
    char path[] = "/tmp/jmld-test-XXXXXX";
    int fd = mkstemp(path), r;
    const char *conninfo = NULL;
    struct jml_arena arena;

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    jml_arena_init(&arena);
    r = jml_config_file_conninfo(&arena, path, &conninfo, e);
    snprintf(ret_conninfo, size, "%s", conninfo ? conninfo : "none");
    jml_arena_fini(&arena);
    unlink(path);
    return r;
}

Test(config_file, conninfo_of_section_database_counts)
{
    char conninfo[200];
    struct jml_err e;

    cr_assert_eq(read_text("# jmld\n[queue]\nconninfo = no\n[database]\n"
                           "conninfo = host=/run dbname=jml\n[log]\nlevel = info\n",
                           conninfo, sizeof(conninfo), &e),
                 0);
    cr_expect_str_eq(conninfo, "host=/run dbname=jml");
}

Test(config_file, a_file_may_say_nothing_of_the_database)
{
    char conninfo[200];
    struct jml_err e;

    cr_assert_eq(read_text("[log]\nlevel = info\n", conninfo, sizeof(conninfo), &e), 0);
    cr_expect_str_eq(conninfo, "none");
}

Test(config_file, a_broken_file_is_told_with_its_line)
{
    char conninfo[200];
    struct jml_err e;

    cr_assert_lt(read_text("[database]\nconninfo\n", conninfo, sizeof(conninfo), &e), 0);
    cr_expect_eq(e.class, JML_ERR_SCHEMA);
    cr_expect_not_null(strstr(e.message, ":2: "));
}

Test(config_file, a_file_that_is_not_there_says_nothing)
{
    const char *conninfo = "unchanged";
    struct jml_arena arena;
    struct jml_err e;

    jml_arena_init(&arena);
    cr_assert_eq(jml_config_file_conninfo(&arena, "/nonexistent/jmld.conf", &conninfo, &e), 0);
    cr_expect_null(conninfo);
    jml_arena_fini(&arena);
}

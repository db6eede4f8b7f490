/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flow/inflight.h"
#include "lib/leak.h"

static char path[64];
static struct jml_err e;

static void init(void)
{
    int fd;

    strcpy(path, "/tmp/jml-inflight-XXXXXX");
    fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
}

static void fini(void)
{
    unlink(path);
    jml_test_leak_check();
}

TestSuite(inflight, .init = init, .fini = fini);

static struct jml_id id(uint8_t n)
{
    return (struct jml_id){{n}};
}

static struct jml_inflight *open_file(void)
{
    struct jml_inflight *f = NULL;

    cr_assert_eq(jml_inflight_open(path, &f, &e), 0, "%s", e.message);
    return f;
}

/* A process that works on persons 1 to n (of 3) and dies in the step of `stepping`, or in none. */
static void crash(size_t n, int stepping)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        struct jml_id ids[] = {id(1), id(2), id(3)};
        struct jml_inflight *f;

        if (jml_inflight_open(path, &f, &e) < 0)
            _exit(1);
        jml_inflight_begin(f, 1, ids, n);
        jml_inflight_stepping(f, 1, stepping);
        raise(SIGKILL);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
}

static unsigned crashes(struct jml_inflight *f, struct jml_id who)
{
    const struct jml_inflight_suspect *s;
    size_t n = jml_inflight_read(f, &s);

    for (size_t i = 0; i < n; i++)
        if (jml_id_equal(s[i].id, who))
            return s[i].crashes;
    return 99;
}

Test(inflight, nobody_is_suspect_after_an_orderly_end)
{
    struct jml_id ids[] = {id(1), id(2)};
    const struct jml_inflight_suspect *s;
    struct jml_inflight *f = open_file();

    jml_inflight_begin(f, 0, ids, 2);
    jml_inflight_stepping(f, 0, 1);
    jml_inflight_end(f, 0);
    jml_inflight_close(f);
    f = open_file();
    cr_expect_eq(jml_inflight_read(f, &s), 0);
    jml_inflight_close(f);
}

Test(inflight, everybody_of_the_batch_is_suspect_after_a_crash_and_one_is_to_blame)
{
    const struct jml_inflight_suspect *s;
    struct jml_inflight *f;

    crash(3, 1);
    f = open_file();
    cr_expect_eq(jml_inflight_read(f, &s), 3);
    cr_expect_eq(crashes(f, id(1)), 0);
    cr_expect_eq(crashes(f, id(2)), 1);
    cr_expect_eq(crashes(f, id(3)), 0);
    jml_inflight_close(f);
}

Test(inflight, a_process_killed_while_it_waits_leaves_no_suspects)
{
    const struct jml_inflight_suspect *s;
    struct jml_inflight *f;

    crash(3, JML_INFLIGHT_WAITING);
    f = open_file();
    cr_expect_eq(jml_inflight_read(f, &s), 0);
    jml_inflight_close(f);
}

Test(inflight, a_crash_outside_of_the_steps_blames_nobody_of_many_but_whoever_was_alone)
{
    const struct jml_inflight_suspect *s;
    struct jml_inflight *f;

    crash(3, JML_INFLIGHT_WHOLE);
    f = open_file();
    cr_expect_eq(jml_inflight_read(f, &s), 3);
    cr_expect_eq(crashes(f, id(1)), 0);
    jml_inflight_close(f);
    crash(1, JML_INFLIGHT_WHOLE);
    f = open_file();
    cr_expect_eq(crashes(f, id(1)), 1);
    cr_expect_eq(crashes(f, id(2)), 0);
    jml_inflight_forgive(f, id(1));
    cr_expect_eq(crashes(f, id(1)), 0);
    jml_inflight_close(f);
}

Test(inflight, crashes_are_counted_over_restarts_until_the_person_is_cleared)
{
    struct jml_inflight *f;

    crash(3, 1);
    crash(3, 1);
    f = open_file();
    cr_expect_eq(crashes(f, id(2)), 2);
    jml_inflight_clear(f, id(2));
    cr_expect_eq(crashes(f, id(2)), 99);
    cr_expect_eq(crashes(f, id(1)), 0);
    jml_inflight_clear(f, id(77));
    jml_inflight_close(f);
    f = open_file();
    cr_expect_eq(crashes(f, id(2)), 99);
    jml_inflight_close(f);
}

Test(inflight, a_second_process_may_not_use_the_file)
{
    struct jml_inflight *f = open_file(), *g = NULL;

    cr_expect_lt(jml_inflight_open(path, &g, &e), 0);
    cr_expect_eq(e.class, JML_ERR_TRANSIENT);
    cr_expect_null(g);
    jml_inflight_close(f);
}

Test(inflight, a_file_of_something_else_is_begun_anew)
{
    const struct jml_inflight_suspect *s;
    struct jml_inflight *f;
    FILE *file = fopen(path, "w");

    fprintf(file, "not a file of ours, but long enough to be taken for one");
    fclose(file);
    f = open_file();
    cr_expect_eq(jml_inflight_read(f, &s), 0);
    jml_inflight_close(f);
}

Test(inflight, without_a_file_nothing_happens)
{
    const struct jml_inflight_suspect *s;
    struct jml_id one = id(1);

    jml_inflight_begin(NULL, 0, &one, 1);
    jml_inflight_stepping(NULL, 0, 0);
    jml_inflight_end(NULL, 0);
    jml_inflight_clear(NULL, one);
    cr_expect_eq(jml_inflight_read(NULL, &s), 0);
    cr_expect_null(jml_inflight_close(NULL));
}

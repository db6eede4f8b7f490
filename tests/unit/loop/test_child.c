/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/civil.h"
#include "base/str.h"
#include "lib/leak.h"
#include "loop/child.h"
#include "loop/loop.h"

static struct jml_loop *loop;
static struct jml_arena arena;
static int count;

/* What the last child said. */
static int status, ended_by;
static bool timed_out, was_cut;
static const char *output, *errors;
static size_t output_length;

static void init(void)
{
    signal(SIGPIPE, SIG_IGN);
    loop = jml_loop_new();
    jml_arena_init(&arena);
    count = 0;
}

static void fini(void)
{
    siginfo_t info;

    cr_expect(waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 && errno == ECHILD,
              "a child is left, or a zombie");
    jml_arena_fini(&arena);
    jml_loop_free(loop);
    jml_test_leak_check();
}

TestSuite(child, .init = init, .fini = fini);

static void done(void *userdata, struct jml_child *c)
{
    (void)userdata;
    count++;
    ended_by = 0;
    status = jml_child_status(c, &ended_by);
    timed_out = jml_child_timed_out(c);
    was_cut = jml_child_output_was_cut(c);
    output = jml_strdup(&arena, jml_child_output(c, &output_length));
    errors = jml_strdup(&arena, jml_child_errors(c));
    jml_child_free(c);
}

static struct jml_child_options shell(const char *script)
{
    static const char *argv[6];

    argv[0] = "sh";
    argv[1] = "-c";
    argv[2] = script;
    argv[3] = "name";
    argv[4] = "an argument; $(exit 9)";
    argv[5] = NULL;
    return (struct jml_child_options){
        .path = "/bin/sh", .argv = argv, .output_max = 1000, .deadline = 20 * JML_SECOND};
}

static int run(const struct jml_child_options *options)
{
    struct jml_child *c;
    struct jml_err e;
    int r = jml_child_start(loop, options, done, NULL, &c, &e);

    if (r < 0)
        return (int)e.class;
    cr_expect_eq(count, 0, "not from within the start");
    jml_loop_run(loop);
    cr_expect_eq(count, 1);
    count = 0;
    return 0;
}

static int run_shell(const char *script)
{
    struct jml_child_options o = shell(script);

    return run(&o);
}

Test(child, tells_how_it_ended_and_what_it_said)
{
    cr_assert_eq(run_shell("echo out; echo err >&2; exit 75"), 0);
    cr_expect_eq(status, 75);
    cr_expect_str_eq(output, "out\n");
    cr_expect_eq(output_length, 4);
    cr_expect_str_eq(errors, "err\n");
    cr_expect_not(timed_out);
    cr_expect_not(was_cut);
}

Test(child, ended_by_a_signal_says_which)
{
    cr_assert_eq(run_shell("kill -SEGV $$"), 0);
    cr_expect_eq(status, -1);
    cr_expect_eq(ended_by, SIGSEGV);
    cr_expect_not(timed_out);
}

Test(child, gets_its_arguments_as_they_are)
{
    cr_assert_eq(run_shell("printf %s \"$1\""), 0);
    cr_expect_str_eq(output, "an argument; $(exit 9)");
}

Test(child, has_the_environment_it_is_given_and_no_more)
{
    static const char *const environment[] = {"A=b c", "PATH=/usr/bin:/bin", NULL};
    static const char *argv[] = {"env", NULL};
    struct jml_child_options o = {
        .path = "/usr/bin/env", .argv = argv, .environment = environment, .output_max = 1000};

    setenv("JML_SECRET", "x", 1);
    cr_assert_eq(run(&o), 0);
    cr_expect_str_eq(output, "A=b c\nPATH=/usr/bin:/bin\n");
    o.environment = NULL;
    cr_assert_eq(run(&o), 0);
    cr_expect_str_eq(output, "");
}

Test(child, is_in_the_root_directory_in_a_group_of_its_own)
{
    cr_assert_eq(run_shell("pwd; read -r pid comm state ppid group rest </proc/self/stat;"
                           "[ $group = $$ ] && echo group"),
                 0);
    cr_expect_str_eq(output, "/\ngroup\n");
}

Test(child, inherits_no_descriptor)
{
    int leaky[2]; /* without O_CLOEXEC, as a library may open one */

    cr_assert_eq(pipe(leaky), 0);
    cr_assert_eq(run_shell("ls /proc/$$/fd"), 0);
    cr_expect_str_eq(output, "0\n1\n2\n", "got %s", output);
    close(leaky[0]);
    close(leaky[1]);
}

Test(child, starts_also_when_the_standard_descriptors_are_closed)
{
    int in = dup(0), out = dup(1);

    close(0);
    close(1);
    cr_expect_eq(run_shell("cat; echo out"), 0);
    dup2(in, 0);
    dup2(out, 1);
    close(in);
    close(out);
    cr_expect_eq(status, 0);
    cr_expect_str_eq(output, "out\n");
}

Test(child, has_signals_as_a_fresh_process_has_them)
{
    sigset_t set, old;

    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, &old);
    signal(SIGTERM, SIG_IGN);
    /* 32 and 33 are those of the C library */
    cr_expect_eq(run_shell("while read -r name set; do case $name in SigBlk: | SigIgn:)"
                           "    echo $name $((0x$set & ~0x180000000));;"
                           "esac; done </proc/self/status"),
                 0);
    sigprocmask(SIG_SETMASK, &old, NULL);
    signal(SIGTERM, SIG_DFL);
    cr_expect_str_eq(output, "SigBlk: 0\nSigIgn: 0\n", "got %s", output);
}

Test(child, is_waited_for_also_when_our_parent_ignored_children)
{
    signal(SIGCHLD, SIG_IGN);
    cr_assert_eq(run_shell("exit 3"), 0);
    cr_expect_eq(status, 3);
}

static char *megabytes(size_t n)
{
    char *text = jml_arena_alloc(&arena, n + 1);

    memset(text, 'x', n);
    return text;
}

Test(child, reads_a_long_text_and_answers_at_length)
{
    struct jml_child_options o = shell("tee /dev/stderr | cat");

    o.input = megabytes(3 << 20);
    o.input_length = 3 << 20;
    o.output_max = 4 << 20;
    cr_assert_eq(run(&o), 0);
    cr_expect_eq(status, 0);
    cr_expect_eq(output_length, 3 << 20);
    cr_expect_eq(strlen(errors), 3 << 20);
    cr_expect_not(was_cut);
}

Test(child, that_does_not_read_its_input_is_not_waited_for)
{
    struct jml_child_options o = shell("exit 4");

    o.input = megabytes(1 << 20);
    o.input_length = 1 << 20;
    cr_assert_eq(run(&o), 0);
    cr_expect_eq(status, 4);
    o = shell("exec <&-; sleep 0.1; exit 5");
    o.input = megabytes(1 << 20);
    o.input_length = 1 << 20;
    cr_assert_eq(run(&o), 0);
    cr_expect_eq(status, 5);
}

Test(child, that_says_too_much_is_heard_up_to_the_limit)
{
    cr_assert_eq(run_shell("head -c 10000000 /dev/zero | tr '\\0' y; echo last >&2; exit 6"), 0);
    cr_expect_eq(status, 6);
    cr_expect_eq(output_length, 1000);
    cr_expect(was_cut);
    cr_expect_str_eq(errors, "last\n");
}

Test(child, is_over_when_it_has_ended_whoever_holds_its_pipes)
{
    int64_t before = jml_loop_now();

    /* one of the group, and one that made a session of its own */
    cr_assert_eq(run_shell("sleep 3 & setsid sleep 3 & echo said; exit 7"), 0);
    cr_expect_eq(status, 7);
    cr_expect_str_eq(output, "said\n");
    cr_expect_lt(jml_loop_now() - before, 2 * JML_SECOND);
}

Test(child, ends_what_is_left_of_its_group)
{
    char name[] = "/tmp/jml-child-XXXXXX";
    int fd = mkstemp(name);
    struct jml_child_options o;

    cr_assert_geq(fd, 0);
    o = shell(jml_printf(&arena, "(sleep 0.3; echo late >%s) & exit 0", name));
    cr_assert_eq(run(&o), 0);
    usleep(600000);
    cr_expect_eq(lseek(fd, 0, SEEK_END), 0);
    close(fd);
    unlink(name);
}

Test(child, is_asked_to_end_at_its_deadline)
{
    struct jml_child_options o = shell("trap 'echo bye; exit 8' TERM; sleep 10 & wait");
    int64_t before = jml_loop_now();

    o.deadline = JML_SECOND / 5;
    cr_assert_eq(run(&o), 0);
    cr_expect(timed_out);
    cr_expect_eq(status, 8);
    cr_expect_str_eq(output, "bye\n");
    cr_expect_lt(jml_loop_now() - before, JML_SECOND);
}

Test(child, that_will_not_end_is_killed_two_seconds_later)
{
    struct jml_child_options o = shell("trap '' TERM; sleep 10; sleep 10");
    int64_t before = jml_loop_now();

    o.deadline = JML_SECOND / 5;
    cr_assert_eq(run(&o), 0);
    cr_expect(timed_out);
    cr_expect_eq(status, -1);
    cr_expect_eq(ended_by, SIGKILL);
    cr_expect_geq(jml_loop_now() - before, 2 * JML_SECOND);
    cr_expect_lt(jml_loop_now() - before, 4 * JML_SECOND);
}

static enum jml_err_class class_of_start(const char *path, const char *const *argv)
{
    struct jml_child_options o = {.path = path, .argv = argv, .output_max = 10};

    return (enum jml_err_class)run(&o);
}

Test(child, that_cannot_be_run_is_no_process)
{
    static const char *const argv[] = {"x", NULL};
    const char *long_argv[] = {"x", NULL, NULL};
    char name[] = "/tmp/jml-child-XXXXXX";
    int fd = mkstemp(name);

    cr_assert_eq(write(fd, "#!/no/such/interpreter\n", 23), 23);
    cr_expect_eq(class_of_start("/no/such/program", argv), JML_ERR_BAD_INPUT);
    cr_expect_eq(class_of_start(name, argv), JML_ERR_BAD_INPUT, "not executable");
    fchmod(fd, 0755);
    cr_expect_eq(class_of_start(name, argv), JML_ERR_TRANSIENT, "somebody writes to it");
    close(fd);
    cr_expect_eq(class_of_start(name, argv), JML_ERR_BAD_INPUT, "no interpreter");
    cr_expect_eq(class_of_start("/tmp", argv), JML_ERR_BAD_INPUT, "a directory");
    long_argv[1] = megabytes(1 << 20);
    cr_expect_eq(class_of_start("/bin/true", long_argv), JML_ERR_REFUSED);
    unlink(name);
}

Test(child, leaves_no_descriptor_behind)
{
    int before = dup(0), after;

    close(before);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(run_shell("echo x; cat; echo y >&2"), 0);
    class_of_start("/no/such/program", (const char *const[]){"x", NULL});
    after = dup(0);
    close(after);
    cr_expect_eq(before, after);
}

Test(child, needs_descriptors)
{
    struct rlimit limit, few;

    getrlimit(RLIMIT_NOFILE, &limit);
    few = limit;
    for (int n = 3; n < 40; n++) {
        int r;

        few.rlim_cur = (rlim_t)n;
        setrlimit(RLIMIT_NOFILE, &few);
        r = run_shell("exit 0");
        setrlimit(RLIMIT_NOFILE, &limit);
        cr_expect(r == 0 || r == JML_ERR_TRANSIENT, "%d", r);
    }
    cr_expect_eq(status, 0);
}

static struct jml_child *child;
static struct jml_timer *timer;

static void free_child(void *userdata)
{
    (void)userdata;
    child = jml_child_free(child);
}

Test(child, that_is_freed_is_killed_and_reaped)
{
    struct jml_child_options o = shell("trap '' TERM; sleep 10");
    int64_t before = jml_loop_now();
    struct jml_err e;

    o.input = megabytes(1 << 20);
    o.input_length = 1 << 20;
    cr_assert_eq(jml_child_start(loop, &o, done, NULL, &child, &e), 0);
    timer = jml_timer_new(loop, free_child, NULL);
    jml_timer_set(timer, JML_SECOND / 10);
    jml_loop_run(loop); /* ends when it is reaped: fini looks */
    cr_expect_eq(count, 0);
    cr_expect_lt(jml_loop_now() - before, 2 * JML_SECOND);
    jml_timer_free(timer);
}

Test(child, many_at_once)
{
    struct jml_child_options o = shell("read -r x; echo $x");
    struct jml_child *c;
    struct jml_err e;

    o.input = "hello\n";
    o.input_length = 6;
    for (int i = 0; i < 50; i++)
        cr_assert_eq(jml_child_start(loop, &o, done, NULL, &c, &e), 0);
    jml_loop_run(loop);
    cr_expect_eq(count, 50);
    cr_expect_str_eq(output, "hello\n");
}

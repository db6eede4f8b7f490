/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "daemon/config.h"
#include "lib/leak.h"

TestSuite(config, .fini = jml_test_leak_check);

static char path[] = "/tmp/jml-config-XXXXXX";
static char told[4096];

static void tell(void *userdata, const char *mistake)
{
    size_t n = strlen(told);
    const char *base = strrchr(path, '/') + 1;
    const char *tail = strstr(mistake, base);

    (void)userdata;
    /* without the folder and the name, which are not always the same */
    snprintf(told + n, sizeof told - n, "%s\n", tail ? tail + strlen(base) + 1 : mistake);
}

/* Loads this text; NULL with what was told in `told` when it has mistakes. */
static struct jml_config *load(const char *text)
{
    struct jml_config *c;
    struct jml_err e;
    int fd, r;

    strcpy(path, "/tmp/jml-config-XXXXXX");
    fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    told[0] = '\0';
    r = jml_config_load(path, tell, NULL, &c, &e);
    unlink(path);
    if (r < 0)
        cr_assert_eq(e.class, JML_ERR_SCHEMA);
    return r < 0 ? NULL : c;
}

Test(config, without_a_file_every_option_has_its_default)
{
    struct jml_config *c;
    struct jml_err e;

    cr_assert_eq(jml_config_load(NULL, tell, NULL, &c, &e), 0);
    cr_expect_str_eq(c->database_conninfo, "");
    cr_expect_eq(c->queue_poll_interval, JML_SECOND);
    cr_expect_eq(c->queue_batch, 500);
    cr_expect_eq(c->queue_connections, 2);
    cr_expect_str_eq(c->timeline_default_time_zone, "UTC");
    cr_expect_eq(c->timeline_catch_up, 3 * JML_DAY);
    cr_expect_eq(c->log_target, JML_LOG_JOURNAL);
    cr_expect_eq(c->log_level, JML_LOG_INFO);
    cr_expect_not(c->notices_copy_manager);
    jml_config_free(c);
}

Test(config, every_key_is_read)
{
    struct jml_config *c = load("# comment\n\n[database]\nconninfo = host=/tmp dbname=x ; words\n"
                                "[queue]\npoll_interval=500ms\nbatch : 7\nconnections = 3\n"
                                "[timeline]\ndefault_time_zone = America/Sao_Paulo\n"
                                "catch_up = unlimited\n[log]\ntarget = stderr\nlevel = debug\n"
                                "[notices]\ncopy_manager = yes\n");

    cr_assert_not_null(c, "%s", told);
    cr_expect_str_eq(c->database_conninfo, "host=/tmp dbname=x");
    cr_expect_eq(c->queue_poll_interval, JML_SECOND / 2);
    cr_expect_eq(c->queue_batch, 7);
    cr_expect_eq(c->queue_connections, 3);
    cr_expect_str_eq(c->timeline_default_time_zone, "America/Sao_Paulo");
    cr_expect_eq(c->timeline_catch_up, JML_TIME_MAX);
    cr_expect_eq(c->log_target, JML_LOG_STDERR);
    cr_expect_eq(c->log_level, JML_LOG_DEBUG);
    cr_expect(c->notices_copy_manager);
    jml_config_free(c);
}

Test(config, all_mistakes_are_told_each_with_its_line)
{
    cr_assert_null(load("[queue]\nbatch = lots\npoll_intervall = 1s\n[nonsense]\nx = 1\ny = 2\n"));
    cr_expect_str_eq(told, "2: batch = lots: not a whole number\n"
                           "3: unknown key poll_intervall in [queue]: did you mean poll_interval?\n"
                           "4: unknown section [nonsense]; there are [database] [queue] [timeline] "
                           "[log] [notices] [targets] [passwords] [mail] [callback]\n");
}

Test(config, values_out_of_range_are_mistakes)
{
    cr_assert_null(load("[queue]\nbatch = 0\npoll_interval = 10ms\nconnections = 9\n"
                        "[timeline]\ncatch_up = -1d\n"));
    cr_expect_str_eq(told, "2: batch = 0: out of range, 1 to 5000\n"
                           "3: poll_interval = 10ms: out of range, 100ms to 1h\n"
                           "4: connections = 9: out of range, 1 to 8\n"
                           "6: catch_up = -1d: not a duration; write 500ms, 30s, 5m, 3h or 14d\n");
}

Test(config, words_and_zones_must_be_known)
{
    cr_assert_null(load("[timeline]\ndefault_time_zone = Mars/Base\n[log]\ntarget = syslog\n"
                        "level = loud\n[notices]\ncopy_manager = maybe\n"));
    cr_expect_str_eq(told,
                     "2: default_time_zone = Mars/Base: no such time zone; write one like "
                     "Europe/Lisbon\n"
                     "4: target = syslog: write stderr or journal\n"
                     "5: level = loud: write alert, error, warning, notice, info or debug\n"
                     "7: copy_manager = maybe: write no, yes, false, true, off or on\n");
}

Test(config, a_key_that_is_given_twice_is_a_mistake)
{
    cr_assert_null(load("[queue]\nbatch = 5\n[log]\nlevel = info\n[queue]\nbatch = 6\n"));
    cr_expect_str_eq(told, "6: batch is given again (first in line 2): keep one\n");
}

Test(config, lines_that_are_nothing_are_mistakes)
{
    cr_assert_null(load("batch = 5\n[queue\n[queue]\nbatch\n  connections = 2\nbatch =\n"));
    cr_expect_str_eq(told, "1: batch stands before any [section]; there are [database] [queue] "
                           "[timeline] [log] [notices] [targets] [passwords] [mail] [callback]\n"
                           "2: \"]\" is missing behind the section\n"
                           "4: neither a [section] nor key = value\n"
                           "5: begins with a blank: begin keys and sections in the first column\n"
                           "6: batch has no value; without the line it is 500\n");
}

Test(config, a_line_that_is_too_long_is_not_cut_in_silence)
{
    char text[600] = "[database]\nconninfo = host=";

    memset(text + strlen(text), 'x', 300);
    strcat(text, "\n[queue]\nbatch = 0\n");
    cr_assert_null(load(text));
    cr_expect(jml_str_starts(told, "2: longer than 198 bytes"), "%s", told);
    cr_expect_not_null(strstr(told, "4: batch = 0"), "%s", told);
}

Test(config, a_conninfo_that_libpq_does_not_understand_is_a_mistake)
{
    cr_assert_null(load("[database]\nconninfo = hots=/tmp\n"));
    cr_expect_str_eq(told, "2: conninfo: invalid connection option \"hots\"\n");
}

Test(config, a_file_that_is_not_there_is_a_mistake)
{
    struct jml_config *c;
    struct jml_err e;

    told[0] = '\0';
    cr_assert_lt(jml_config_load("/nonexistent/jmld.conf", tell, NULL, &c, &e), 0);
    cr_expect_str_eq(told, "/nonexistent/jmld.conf: cannot be read: No such file or directory\n");
}

Test(config, a_file_named_by_hand_wins_over_the_environment_and_that_over_the_default_file)
{
    struct jml_config *c = load("[database]\nconninfo = dbname=file\n");
    struct jml_config *empty = load("");

    cr_assert(c && empty);
    setenv("JML_DATABASE", "dbname=environment", 1);
    cr_expect_str_eq(jml_config_conninfo(c, true), "dbname=file");
    cr_expect_str_eq(jml_config_conninfo(c, false), "dbname=environment");
    cr_expect_str_eq(jml_config_conninfo(empty, true), "dbname=environment");
    unsetenv("JML_DATABASE");
    cr_expect_str_eq(jml_config_conninfo(c, false), "dbname=file");
    cr_expect_str_eq(jml_config_conninfo(empty, false), "");
    jml_config_free(c);
    jml_config_free(empty);
}

Test(config, what_needs_a_restart_is_named)
{
    struct jml_config *a = load("[queue]\nbatch = 5\n"), *b = load("[queue]\nconnections = 4\n");

    cr_expect_null(jml_config_needs_restart(a, a));
    cr_expect_str_eq(jml_config_needs_restart(a, b), "connections");
    jml_config_free(a);
    jml_config_free(b);
}

Test(config, mail_needs_a_sender_and_a_way_that_is_safe)
{
    struct jml_config *c = load("[mail]\nserver = smtp://mx.example.com\nfrom = Desk <a@example.com>\n");

    cr_assert_not_null(c, "%s", told);
    cr_expect_eq(c->mail_security, JML_SMTP_STARTTLS);
    cr_expect_eq(c->mail_concurrency, 4);
    jml_config_free(c);
    cr_assert_null(load("[mail]\nserver = smtp://mx.example.com\n"));
    cr_expect_not_null(strstr(told, "from is missing"), "%s", told);
    cr_assert_null(load("[mail]\nserver = smtp://mx.example.com\nfrom = desk\n"));
    cr_assert_null(load("[mail]\nserver = smtp://mx.example.com\nfrom = a@b.test\nsecurity = none\n"));
    cr_expect_not_null(strstr(told, "on this machine only"), "%s", told);
    cr_assert_null(load("[mail]\nserver = smtp://mx\nfrom = a@b.test\nusername = x\n"));
    cr_assert_null(load("[mail]\nredirect_all_to = x\n"));
    cr_assert_null(load("[mail]\nportal_url = javascript:x\n"));
    cr_assert_null(load("[mail]\nsecurity = perhaps\n"));
    cr_expect_not_null(strstr(told, "write starttls, tls or none"), "%s", told);
    c = load("");
    cr_expect_str_eq(c->mail_server, "");
    jml_config_free(c);
}

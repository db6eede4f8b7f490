/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "lib/leak.h"

static FILE *captured;
static int real_stderr = -1;

static void init(void)
{
    captured = tmpfile();
    real_stderr = dup(STDERR_FILENO);
    unsetenv("JOURNAL_STREAM");
    unsetenv("INVOCATION_ID");
}

static void fini(void)
{
    fclose(captured);
    close(real_stderr);
    jml_test_leak_check();
}

TestSuite(log, .init = init, .fini = fini);

/* What one entry writes to stderr. */
static const char *line_of(enum jml_message m, const struct jml_log_field *fields, size_t n,
                           const char *sentence)
{
    static char text[4096];
    size_t got;

    fflush(stderr);
    rewind(captured);
    cr_assert_eq(ftruncate(fileno(captured), 0), 0);
    dup2(fileno(captured), STDERR_FILENO);
    jml_log(m, fields, n, "%s", sentence);
    dup2(real_stderr, STDERR_FILENO);
    rewind(captured);
    got = fread(text, 1, sizeof(text) - 1, captured);
    text[got] = '\0';
    return text;
}

Test(log, an_entry_is_one_line_with_its_fields)
{
    const struct jml_log_field fields[] = {
        {"JML_EMPLOYEE", "E1001"}, {"JML_RUN", NULL}, {"JML_RULE", "301"}};

    jml_log_open(JML_LOG_STDERR, JML_LOG_INFO);
    cr_assert_str_eq(line_of(JML_MSG_PERSON_TRANSITION, fields, 3, "person is active"),
                     "person is active JML_EMPLOYEE=E1001 JML_RULE=301\n");
}

Test(log, the_level_stands_in_front_only_under_systemd)
{
    setenv("INVOCATION_ID", "x", 1);
    jml_log_open(JML_LOG_STDERR, JML_LOG_INFO);
    cr_assert_str_eq(line_of(JML_MSG_PERSON_TRANSITION, NULL, 0, "s"), "<6>s\n");
    unsetenv("INVOCATION_ID");
    jml_log_open(JML_LOG_STDERR, JML_LOG_INFO);
    cr_assert_str_eq(line_of(JML_MSG_PERSON_TRANSITION, NULL, 0, "s"), "s\n");
}

Test(log, a_value_cannot_forge_a_line_or_a_field)
{
    const struct jml_log_field fields[] = {
        {"JML_EMPLOYEE", "E1\n<0>forged JML_RULE=1"}, {"JML_FROM", ""}, {"JML_TO", "a\"b\\"},
        {"JML_EVENT", "\xff\x1b[2J"}};

    jml_log_open(JML_LOG_STDERR, JML_LOG_INFO);
    cr_assert_str_eq(line_of(JML_MSG_EVENT_TRANSITION, fields, 4, "bad\r\nworse"),
                     "bad\\x0d\\nworse JML_EMPLOYEE=\"E1\\n<0>forged JML_RULE=1\" JML_FROM=\"\" "
                     "JML_TO=\"a\\\"b\\\\\" JML_EVENT=\"\\xff\\x1b[2J\"\n");
}

Test(log, entries_below_the_level_are_not_written)
{
    jml_log_open(JML_LOG_STDERR, JML_LOG_WARNING);
    cr_assert_str_eq(line_of(JML_MSG_PERSON_TRANSITION, NULL, 0, "s"), "");
    cr_assert_str_eq(line_of(JML_MSG_CONFIG_ERROR, NULL, 0, "s"), "s\n");
    cr_assert_not(jml_log_enabled(JML_LOG_INFO));
}

static int grabbed;

static void sink(enum jml_message m, const struct jml_log_field *fields, size_t n_fields,
                 const char *sentence, void *userdata)
{
    cr_assert_eq(m, JML_MSG_DAEMON_READY);
    cr_assert_eq(n_fields, 0);
    cr_assert_null(fields);
    cr_assert_str_eq(sentence, "ready 1");
    (*(int *)userdata)++;
}

Test(log, a_test_can_grab_the_entries)
{
    jml_log_grab(sink, &grabbed);
    jml_log_plain(JML_MSG_DAEMON_READY, "ready %d", 1);
    jml_log_grab(NULL, NULL);
    cr_assert_eq(grabbed, 1);
}

Test(log, every_message_has_an_id_of_its_own)
{
    for (int i = 0; i < JML_MSG_COUNT; i++) {
        const char *id = jml_message_id((enum jml_message)i);

        cr_expect_eq(strlen(id), 32, "%s", jml_message_name((enum jml_message)i));
        cr_expect_eq(strspn(id, "0123456789abcdef"), 32);
        cr_expect(*jml_message_subject((enum jml_message)i));
        cr_expect_geq(jml_message_level((enum jml_message)i), JML_LOG_ALERT);
        for (int j = 0; j < i; j++)
            cr_expect_str_neq(id, jml_message_id((enum jml_message)j));
    }
}

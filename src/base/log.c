/* SPDX-License-Identifier: MIT
 *
 * Log: see log.h. The only file that talks to the journal. One thread logs.
 *
 * To stderr an entry is one line and one write(2); whatever could end or forge a line is escaped.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

static const struct {
    const char *name, *id, *subject;
    enum jml_log_level level;
} messages[JML_MSG_COUNT] = {
#define M(name, level, id, subject) [JML_MSG_##name] = {#name, id, subject, level},
#include "base/messages.def"
#undef M
};

typedef void sink_fn(enum jml_message m, const struct jml_log_field *fields, size_t n_fields,
                     const char *sentence, void *userdata);

static struct {
    enum jml_log_target target;
    enum jml_log_level most_verbose;
    bool prefix; /* "<6>": stderr is read by systemd */
    sink_fn *sink;
    void *userdata;
    struct jml_arena scratch;
} log_state = {.most_verbose = JML_LOG_INFO};

static void to_journal(enum jml_message m, const struct jml_log_field *fields, size_t n_fields,
                       const char *sentence);
static void to_stderr(enum jml_message m, const struct jml_log_field *fields, size_t n_fields,
                      const char *sentence);

void jml_log_open(enum jml_log_target target, enum jml_log_level most_verbose)
{
    log_state.target = target;
    log_state.most_verbose = most_verbose;
    log_state.prefix = getenv("JOURNAL_STREAM") || getenv("INVOCATION_ID");
}

bool jml_log_enabled(enum jml_log_level level)
{
    return level <= log_state.most_verbose;
}

void jml_log(enum jml_message m, const struct jml_log_field *fields, size_t n_fields,
             const char *fmt, ...)
{
    const char *sentence;
    int saved = errno;
    va_list ap;

    if (!jml_log_enabled(messages[m].level))
        return;
    va_start(ap, fmt);
    sentence = jml_vprintf(&log_state.scratch, fmt, ap);
    va_end(ap);
    if (log_state.sink)
        log_state.sink(m, fields, n_fields, sentence, log_state.userdata);
    else if (log_state.target == JML_LOG_JOURNAL)
        to_journal(m, fields, n_fields, sentence);
    else
        to_stderr(m, fields, n_fields, sentence);
    jml_arena_reset(&log_state.scratch);
    errno = saved;
}

const char *jml_message_name(enum jml_message m)
{
    return messages[m].name;
}

const char *jml_message_id(enum jml_message m)
{
    return messages[m].id;
}

const char *jml_message_subject(enum jml_message m)
{
    return messages[m].subject;
}

enum jml_log_level jml_message_level(enum jml_message m)
{
    return messages[m].level;
}

void jml_log_grab(sink_fn *sink, void *userdata)
{
    log_state.sink = sink;
    log_state.userdata = userdata;
}

static void to_journal(enum jml_message m, const struct jml_log_field *fields, size_t n_fields,
                       const char *sentence)
{
    struct jml_arena *a = &log_state.scratch;
    JML_VEC(char *) entry = {0};
    struct iovec *iov;

    jml_vec_push(a, &entry, jml_printf(a, "MESSAGE=%s", sentence));
    jml_vec_push(a, &entry, jml_printf(a, "MESSAGE_ID=%s", messages[m].id));
    jml_vec_push(a, &entry, jml_printf(a, "PRIORITY=%d", (int)messages[m].level));
    jml_vec_push(a, &entry,
                 jml_printf(a, "SYSLOG_IDENTIFIER=%s", program_invocation_short_name));
    for (size_t i = 0; i < n_fields; i++)
        if (fields[i].value)
            jml_vec_push(a, &entry, jml_printf(a, "%s=%s", fields[i].name, fields[i].value));

    iov = jml_new_n(a, struct iovec, entry.n);
    for (size_t i = 0; i < entry.n; i++)
        iov[i] = (struct iovec){.iov_base = entry.items[i], .iov_len = strlen(entry.items[i])};
    /* Where there is no journal the entry must not be lost. (sendv itself does not tell.) */
    if (access("/run/systemd/journal/socket", W_OK) < 0 ||
        sd_journal_sendv(iov, (int)entry.n) < 0)
        to_stderr(m, fields, n_fields, sentence);
}

/* Adds text with control characters and bytes that are not UTF-8 as \n, \t, \xNN. */
static void add_escaped(struct jml_str *s, const char *text, bool quoted)
{
    bool utf8 = jml_str_printable(text);

    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c == '\n')
            jml_str_add(s, "\\n");
        else if (c == '\t')
            jml_str_add(s, "\\t");
        else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8))
            jml_str_addf(s, "\\x%02x", c);
        else if (quoted && (c == '"' || c == '\\'))
            jml_str_addf(s, "\\%c", c);
        else
            jml_str_add_char(s, (char)c);
    }
}

static bool is_plain(const char *value)
{
    return *value && jml_str_printable(value) && !strpbrk(value, " \"\\=");
}

static void to_stderr(enum jml_message m, const struct jml_log_field *fields, size_t n_fields,
                      const char *sentence)
{
    struct jml_str line = JML_STR_INIT(&log_state.scratch);
    ssize_t n;

    if (log_state.prefix)
        jml_str_addf(&line, "<%d>", (int)messages[m].level);
    add_escaped(&line, sentence, false);
    for (size_t i = 0; i < n_fields; i++) {
        if (!fields[i].value)
            continue;
        jml_str_addf(&line, " %s=", fields[i].name);
        if (is_plain(fields[i].value)) {
            jml_str_add(&line, fields[i].value);
        } else {
            jml_str_add_char(&line, '"');
            add_escaped(&line, fields[i].value, true);
            jml_str_add_char(&line, '"');
        }
    }
    jml_str_add_char(&line, '\n');
    for (size_t at = 0; at < line.length; at += (size_t)n) {
        n = write(STDERR_FILENO, line.text + at, line.length - at);
        if (n < 0 && errno == EINTR)
            n = 0;
        else if (n < 0)
            return; /* there is nobody left to tell */
    }
}

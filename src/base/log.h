/* SPDX-License-Identifier: MIT
 *
 * Log: what happened, as structured entries, to the journal or to stderr.
 *
 * An entry has a level, a stable message (base/messages.def gives it an id, and systemd/ has its
 * catalog text), fields, and a sentence. Fields are JML_EMPLOYEE, JML_EVENT, ...: ids, states and
 * numbers only, never names, addresses, payloads or secrets.
 * On stderr: "<6>sentence JML_EMPLOYEE=E1001 JML_RULE=301" ("<6>" only under systemd).
 */
#ifndef JML_BASE_LOG_H
#define JML_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum jml_log_level { /* as syslog(3) */
    JML_LOG_ALERT = 1,
    JML_LOG_ERROR = 3,
    JML_LOG_WARNING = 4,
    JML_LOG_NOTICE = 5,
    JML_LOG_INFO = 6,
    JML_LOG_DEBUG = 7,
};

enum jml_log_target { JML_LOG_STDERR, JML_LOG_JOURNAL };

/* One row of messages.def: JML_MSG_<NAME>. */
enum jml_message {
#define M(name, level, id, subject) JML_MSG_##name,
#include "base/messages.def"
#undef M
    JML_MSG_COUNT,
};

struct jml_log_field {
    const char *name; /* "JML_EMPLOYEE" */
    const char *value; /* NULL: the field is left out */
};

void jml_log_open(enum jml_log_target target, enum jml_log_level most_verbose);
bool jml_log_enabled(enum jml_log_level level);
/* One entry; level and id come from the message. */
void jml_log(enum jml_message m, const struct jml_log_field *fields, size_t n_fields,
             const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* An entry without fields. */
#define jml_log_plain(m, ...) jml_log((m), NULL, 0, __VA_ARGS__)

/* For tests and the pages made from the table. */
const char *jml_message_name(enum jml_message m);
const char *jml_message_id(enum jml_message m); /* 32 hex digits */
const char *jml_message_subject(enum jml_message m);
enum jml_log_level jml_message_level(enum jml_message m);
/* Entries go here instead (NULL: back to the target). */
void jml_log_grab(void (*sink)(enum jml_message m, const struct jml_log_field *fields,
                               size_t n_fields, const char *sentence, void *userdata),
                  void *userdata);

#endif

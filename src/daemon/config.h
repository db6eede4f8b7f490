/* SPDX-License-Identifier: MIT
 *
 * Config: jmld.conf as one immutable value. A reload makes a complete new one or none at all.
 */
#ifndef JML_DAEMON_CONFIG_H
#define JML_DAEMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/civil.h"
#include "base/err.h"
#include "base/log.h"
#include "mail/smtp.h"

#define JML_CONFIG_PATH "/etc/jmld/jmld.conf" /* also what ConfigurationDirectory=jmld means */

/* The C type of each option type. */
typedef const char *jml_option_CONNINFO;
typedef jml_time jml_option_INTERVAL;
typedef jml_time jml_option_CATCH_UP; /* JML_TIME_MAX: unlimited */
typedef int64_t jml_option_NUMBER;
typedef const char *jml_option_ZONE;
typedef enum jml_log_target jml_option_LOG_TARGET;
typedef enum jml_log_level jml_option_LOG_LEVEL;
typedef bool jml_option_BOOL;
typedef const char *jml_option_TEXT; /* may be empty */
typedef enum jml_smtp_security jml_option_SECURITY;

struct jml_config {
    struct jml_arena arena;
    const char *path; /* NULL: built-in defaults */
#define O(section, key, type, fallback, min, max, reload, sentence)                                \
    jml_option_##type section##_##key;
#include "daemon/options.def"
#undef O
};

/* Called for each mistake, with "file:line: words". */
typedef void (*jml_config_tell)(void *userdata, const char *mistake);

/* Reads path (NULL: defaults only). Every mistake is told; then < 0: SCHEMA, and no configuration. */
int jml_config_load(const char *path, jml_config_tell tell, void *userdata,
                    struct jml_config **ret_config, struct jml_err *e);
struct jml_config *jml_config_free(struct jml_config *c); /* NULL is fine; returns NULL */

/* The file to read without -c: JML_CONFIG_PATH when it is there, else NULL. */
const char *jml_config_default_path(void);
/* A file named with -c wins, then $JML_DATABASE, then the default file, then libpq ("") decides. */
const char *jml_config_conninfo(const struct jml_config *c, bool explicit_file);
/* Whether going from one to the other needs a restart: "queue.connections", ..., or NULL. */
const char *jml_config_needs_restart(const struct jml_config *from, const struct jml_config *to);

/* ---- the table, for the pages made of it ---- */

struct jml_option {
    const char *section, *key, *type, *fallback, *min, *max, *sentence;
    bool reload;
};
extern const struct jml_option jml_options[];
extern const size_t jml_options_count;

#endif

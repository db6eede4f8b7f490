/* SPDX-License-Identifier: MIT
 *
 * Daemon: owns everything that runs: the loop, the connections, the flow, the configuration.
 */
#ifndef JML_DAEMON_DAEMON_H
#define JML_DAEMON_DAEMON_H

#include <stdbool.h>

#include "daemon/config.h"

enum jml_daemon_exit { /* DESIGN 7 */
    JML_DAEMON_DONE = 0,
    JML_DAEMON_USAGE = 64,
    JML_DAEMON_UNREACHABLE = 69,
    JML_DAEMON_INTERNAL = 70,
    JML_DAEMON_TRY_LATER = 75,
    JML_DAEMON_CONFIG = 78,
};

struct jml_daemon_options {
    const char *config_path;  /* NULL: built-in defaults */
    bool explicit_config;     /* the path was named with -c */
    const char *log_target;   /* "journal", "stderr"; NULL: as configured */
    const char *clock_offset; /* interval text for PostgreSQL; NULL: none */
    const char *clock_offset_words; /* as it was given */
    bool allow_clock_back;
    bool once;
};

/* Runs until a signal, or until all is done (once). Takes over the configuration. Returns the exit
 * code. */
int jml_daemon_run(const struct jml_daemon_options *options, struct jml_config *config);
/* Opens the log as configured, unless the command line says where. */
void jml_daemon_open_log(const struct jml_daemon_options *options, const struct jml_config *config);

#endif

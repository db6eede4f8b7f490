/* SPDX-License-Identifier: MIT
 *
 * Command: what every verb of jmlctl is made of. One file per noun holds its verbs as a table; the
 * table is also the help, the completion and jmlctl(1).
 *
 * A verb that only reads is wholly described by its row: the file of sql/queries, which options and
 * arguments become its parameters, and which columns people get to see. A verb that does more has
 * a function.
 */
#ifndef JML_CTL_COMMAND_H
#define JML_CTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/civil.h"
#include "base/err.h"
#include "db/session.h"

/* Exit codes (DESIGN 7). */
enum {
    JML_EXIT_DONE = 0,
    JML_EXIT_FAILED = 1, /* the thing asked for failed or was not found */
    JML_EXIT_USAGE = 64,
    JML_EXIT_UNAVAILABLE = 69,
    JML_EXIT_BUG = 70,
    JML_EXIT_TRY_LATER = 75,
    JML_EXIT_CONFIG = 78,
};

enum jml_ctl_format { JML_CTL_TABLE, JML_CTL_JSON, JML_CTL_CSV };

struct jml_ctl {
    struct jml_arena arena; /* lives as long as the command */
    enum jml_ctl_format format;
    const char *conninfo;     /* resolved; never printed */
    const char *clock_offset; /* NULL: none; else interval text for PostgreSQL */
    bool ignore_schema;       /* migrate: the schema need not be there */
    struct jml_zones *zones;
    const struct jml_zone *zone; /* the caller's, for tables */
    struct jml_session *session; /* NULL until jml_ctl_session() */
};

/* One option of a verb: "--employee", takes a value or not, may repeat or not. */
struct jml_ctl_option {
    const char *name; /* "employee" */
    /* The word for the value in the help; NULL: a switch; "[=TIMEOUT]": the value may be left out.
     * It also says what is accepted: "N" a whole number, "ID" a uuid, "TIME" a date or an RFC 3339
     * time, "a|b|c" one of these; anything else is free text. */
    const char *value;
    bool repeats; /* may be given again, and takes several words: --employee E1 E2 */
    const char *help;
};

struct jml_ctl_call;

struct jml_verb {
    const char *noun;      /* "assignment"; also "migrate", "apply", "status" */
    const char *verb;      /* "list"; NULL for a noun that is a command by itself */
    const char *arguments; /* "PACKAGE --employee E..." for the usage line */
    const char *summary;   /* one sentence for help and man page */
    const struct jml_ctl_option *options; /* ended by a NULL name; NULL: none */
    int min_arguments, max_arguments;     /* plain ones; -1: any number */
    int (*run)(struct jml_ctl *c, const struct jml_ctl_call *call); /* gives the exit code */

    /* Without run: this query is printed. */
    const char *query;
    /* Its $1, $2, ... in order: options by name, "#1" the first plain argument. Absent: SQL NULL.
     * All are sent as text (TIME as RFC 3339). */
    const char *parameters;
    const char *columns; /* what tables show (json and csv: everything); NULL: everything */
    bool record;         /* one object as "key: value" lines; none found is exit 1 */
};

/* A parsed call: the plain arguments and the options given. */
struct jml_ctl_call {
    const struct jml_verb *verb;
    const char *const *arguments;
    size_t n_arguments;
    const char *const *option_names, *const *option_values; /* in order of the command line */
    size_t n_options;
};

/* First value of an option, NULL when absent ("" for a switch). */
const char *jml_ctl_option(const struct jml_ctl_call *call, const char *name);
/* All values of an option that repeats; their number. */
size_t jml_ctl_option_all(struct jml_ctl *c, const struct jml_ctl_call *call, const char *name,
                          const char *const **ret_values);
/* The value of a TIME option as an instant: a date is the start of that day in zone, for the
 * options that name an end ("end", "until") the end of that day. JML_TIME_NONE when absent. */
jml_time jml_ctl_option_time(const struct jml_ctl_call *call, const char *name,
                             const struct jml_zone *zone);

/* Opens the session when first asked. On failure the message was printed and the exit code is
 * returned (> 0); 0 when it is open. */
int jml_ctl_session(struct jml_ctl *c);
/* Prints "jmlctl: message" and gives the exit code that fits the class. */
int jml_ctl_fail(struct jml_ctl *c, const struct jml_err *e);
/* Same with a message of one's own. */
int jml_ctl_say(struct jml_ctl *c, int exit_code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Runs a query of sql/queries and prints it in the format asked for; keys and header are its column
 * names. Streams; flat memory for csv and json. Gives the exit code. */
int jml_ctl_print_query(struct jml_ctl *c, const char *statement, const struct jml_param *params,
                        size_t n_params);

/* The whole program but the process: parses, runs, closes. Gives the exit code. */
int jml_ctl_main(int argc, char *const *argv);

/* The tables, one per file of src/ctl, each ended by a row without noun; help, completion and
 * jmlctl(1) walk them in this order. */
extern const struct jml_verb *const jml_ctl_verbs[]; /* ended by NULL */

extern const struct jml_verb jml_ctl_apply_verbs[], jml_ctl_assignment_verbs[],
    jml_ctl_audit_verbs[], jml_ctl_delegation_verbs[], jml_ctl_delivery_verbs[],
    jml_ctl_diff_verbs[], jml_ctl_drift_verbs[],
    jml_ctl_event_verbs[], jml_ctl_export_verbs[],
    jml_ctl_health_verbs[], jml_ctl_migrate_verbs[], jml_ctl_notification_verbs[],
    jml_ctl_package_verbs[], jml_ctl_person_verbs[], jml_ctl_policy_verbs[],
    jml_ctl_request_verbs[], jml_ctl_rollout_verbs[], jml_ctl_run_verbs[],
    jml_ctl_status_verbs[], jml_ctl_target_verbs[], jml_ctl_why_verbs[],
    jml_ctl_workflow_verbs[];

#endif

/* SPDX-License-Identifier: MIT
 *
 * Command: from the words of the command line to the verb that does it. See command.h.
 */
#include "ctl/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/vec.h"
#include "ctl/config_file.h"
#include "ctl/help.h"
#include "ctl/parse.h"
#include "ctl/query.h"
#include "db/conn.h"

#define JML_CTL_CONFIG_PATH "/etc/jmld/jmld.conf"

/* In the order of the help: what sets up, what comes in, whom it is about, what follows. */
const struct jml_verb *const jml_ctl_verbs[] = {
    jml_ctl_migrate_verbs,      jml_ctl_apply_verbs,   jml_ctl_diff_verbs,
    jml_ctl_export_verbs,       jml_ctl_event_verbs,   jml_ctl_person_verbs, jml_ctl_why_verbs,
    jml_ctl_workflow_verbs,     jml_ctl_run_verbs,     jml_ctl_assignment_verbs,
    jml_ctl_request_verbs,      jml_ctl_package_verbs, jml_ctl_policy_verbs, jml_ctl_target_verbs,
    jml_ctl_delegation_verbs,   jml_ctl_delivery_verbs, jml_ctl_drift_verbs, jml_ctl_notification_verbs,
    jml_ctl_rollout_verbs,      jml_ctl_audit_verbs,   jml_ctl_status_verbs,
    jml_ctl_health_verbs,       NULL,
};

static int run(struct jml_ctl *c, int argc, char *const *argv);
static int dump(struct jml_ctl *c, const char *what);
static int resolve_conninfo(struct jml_ctl *c, const char *given);
static const struct jml_zone *local_zone(struct jml_ctl *c);
static int finish_output(struct jml_ctl *c, int code);

int jml_ctl_main(int argc, char *const *argv)
{
    struct jml_ctl c = {0};
    int code;

    /* A reader that goes away ends us without a word, also when our parent ignored the signal. */
    signal(SIGPIPE, SIG_DFL);
    /* All text is UTF-8; only the widths of characters come from the locale. */
    setlocale(LC_CTYPE, "C.UTF-8");
    jml_arena_init(&c.arena);
    c.zones = jml_zones_new(NULL);
    c.zone = local_zone(&c);
    code = run(&c, argc, argv);
    jml_session_close(c.session);
    code = finish_output(&c, code);
    jml_zones_free(c.zones);
    jml_arena_fini(&c.arena);
    return code;
}

static int run(struct jml_ctl *c, int argc, char *const *argv)
{
    struct jml_parsed parsed;
    const struct jml_verb *verb;
    struct jml_err e;
    int code;

    if (jml_parse(&c->arena, jml_ctl_verbs, argc, argv, &parsed, &e) < 0)
        return jml_ctl_say(c, JML_EXIT_USAGE, "%s", e.message);
    verb = parsed.call.verb;
    if (parsed.help) {
        jml_help_print(stdout, jml_ctl_verbs, parsed.noun, verb);
        return JML_EXIT_DONE;
    }
    if (parsed.version) {
        puts("jmlctl " PACKAGE_VERSION);
        return JML_EXIT_DONE;
    }
    if (parsed.dump)
        return dump(c, parsed.dump);
    c->format = parsed.json ? JML_CTL_JSON : parsed.csv ? JML_CTL_CSV : JML_CTL_TABLE;
    code = resolve_conninfo(c, parsed.database);
    if (code != 0)
        return code;
    if (parsed.clock_offset) {
        c->clock_offset = parsed.clock_offset;
        jml_ctl_say(c, 0, "warning: the clock runs ahead by --clock-offset");
    }
    return verb->run ? verb->run(c, &parsed.call) : jml_ctl_run_query(c, &parsed.call);
}

/* Makes the files that are made from the tables; for building, not for users. */
static int dump(struct jml_ctl *c, const char *what)
{
    if (!strcmp(what, "completion"))
        jml_help_completion(stdout, jml_ctl_verbs);
    else if (!strcmp(what, "man"))
        jml_help_man(stdout, jml_ctl_verbs);
    else
        return jml_ctl_say(c, JML_EXIT_USAGE, "--dump makes 'completion' or 'man', not '%s'", what);
    return JML_EXIT_DONE;
}

static int resolve_conninfo(struct jml_ctl *c, const char *given)
{
    const char *environment = getenv("JML_DATABASE");
    struct jml_err e;

    if (given || (environment && *environment)) {
        c->conninfo = given ? given : environment;
        if (jml_conninfo_check(c->conninfo, &e) < 0)
            return jml_ctl_say(c, given ? JML_EXIT_USAGE : JML_EXIT_CONFIG, "%s: %s",
                               given ? "--database" : "JML_DATABASE", e.message);
        return 0;
    }
    if (jml_config_file_conninfo(&c->arena, JML_CTL_CONFIG_PATH, &c->conninfo, &e) < 0)
        return jml_ctl_fail(c, &e);
    if (!c->conninfo)
        c->conninfo = ""; /* what libpq takes by itself: $PGHOST, ... */
    return 0;
}

/* ---- what verbs call ---- */

int jml_ctl_session(struct jml_ctl *c)
{
    struct jml_conn_options options = {
        .conninfo = c->conninfo,
        .application_name = "jmlctl",
        .clock_offset = c->clock_offset,
        .ignore_schema = c->ignore_schema,
    };
    struct jml_err e;

    if (c->session)
        return 0;
    if (jml_session_open(&options, &c->session, &e) < 0) {
        jml_ctl_fail(c, &e);
        return e.class == JML_ERR_SCHEMA ? JML_EXIT_CONFIG : JML_EXIT_UNAVAILABLE;
    }
    return 0;
}

int jml_ctl_fail(struct jml_ctl *c, const struct jml_err *e)
{
    static const int codes[] = {
        [JML_ERR_NONE] = JML_EXIT_BUG,
        [JML_ERR_TRANSIENT] = JML_EXIT_TRY_LATER,
        [JML_ERR_UNCERTAIN] = JML_EXIT_TRY_LATER,
        [JML_ERR_REFUSED] = JML_EXIT_FAILED,
        [JML_ERR_BAD_INPUT] = JML_EXIT_FAILED,
        [JML_ERR_SCHEMA] = JML_EXIT_CONFIG,
        [JML_ERR_BUG] = JML_EXIT_BUG,
    };
    int code = codes[e->class];

    /* The database went away, or was never there. */
    if (e->class == JML_ERR_TRANSIENT &&
        (!strncmp(e->sqlstate, "08", 2) || !strncmp(e->sqlstate, "57P", 3)))
        code = JML_EXIT_UNAVAILABLE;
    /* Not allowed is an answer to this caller, whatever it means to the daemon. */
    if (!strcmp(e->sqlstate, "42501")) {
        code = JML_EXIT_FAILED;
        if (strstr(e->message, "row-level security"))
            return jml_ctl_say(c, code, "%s: that is not yours to change; jmlctl delegation list",
                               e->message);
    }
    return jml_ctl_say(c, code, "%s", e->message);
}

int jml_ctl_say(struct jml_ctl *c, int exit_code, const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = jml_vprintf(&c->arena, fmt, ap);
    va_end(ap);
    for (char *p = text; *p; p++) /* one line, and nothing that steers a terminal */
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    fflush(stdout);
    fprintf(stderr, "jmlctl: %s\n", text);
    return exit_code;
}

const char *jml_ctl_option(const struct jml_ctl_call *call, const char *name)
{
    for (size_t i = 0; i < call->n_options; i++)
        if (!strcmp(call->option_names[i], name))
            return call->option_values[i];
    return NULL;
}

size_t jml_ctl_option_all(struct jml_ctl *c, const struct jml_ctl_call *call, const char *name,
                          const char *const **ret_values)
{
    JML_VEC(const char *) values = {0};

    for (size_t i = 0; i < call->n_options; i++)
        if (!strcmp(call->option_names[i], name))
            jml_vec_push(&c->arena, &values, call->option_values[i]);
    *ret_values = values.items;
    return values.n;
}

jml_time jml_ctl_option_time(const struct jml_ctl_call *call, const char *name,
                             const struct jml_zone *zone)
{
    const char *value = jml_ctl_option(call, name);
    struct jml_date d;
    jml_time t;

    if (!value)
        return JML_TIME_NONE;
    if (jml_date_parse(value, &d)) {
        if (!strcmp(name, "end") || !strcmp(name, "until"))
            d = jml_date_from_days(jml_date_to_days(d) + 1);
        return jml_zone_day_start(zone, d);
    }
    return jml_time_parse(value, &t) ? t : JML_TIME_NONE;
}

/* ---- surroundings ---- */

/* $TZ when it names a zone, else what /etc/localtime is, else UTC. */
static const struct jml_zone *local_zone(struct jml_ctl *c)
{
    const char *tz = getenv("TZ"), *name;
    const struct jml_zone *zone = NULL;
    char target[PATH_MAX];
    ssize_t n;

    if (tz) {
        name = strstr(tz, "/zoneinfo/");
        name = name ? name + strlen("/zoneinfo/") : tz + (*tz == ':');
        zone = *name ? jml_zone_find(c->zones, name) : NULL;
        return zone ? zone : jml_zone_utc();
    }
    n = readlink("/etc/localtime", target, sizeof(target) - 1);
    if (n > 0) {
        target[n] = 0;
        name = strstr(target, "/zoneinfo/");
        if (name)
            zone = jml_zone_find(c->zones, name + strlen("/zoneinfo/"));
    }
    return zone ? zone : jml_zone_utc();
}

static int finish_output(struct jml_ctl *c, int code)
{
    bool failed = ferror(stdout) != 0;

    errno = 0;
    if (fflush(stdout) != 0)
        failed = true;
    if (failed && code == JML_EXIT_DONE)
        return jml_ctl_say(c, JML_EXIT_FAILED, "cannot write the output%s%s", errno ? ": " : "",
                           errno ? strerror(errno) : "");
    return code;
}

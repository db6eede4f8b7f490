/* SPDX-License-Identifier: MIT
 *
 * jmld: reads the command line and the configuration, then hands over to the daemon.
 */
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/str.h"
#include "daemon/config.h"
#include "daemon/daemon.h"
#include "db/conn.h"

static const char help[] =
    "usage: jmld [-c FILE] [--log=journal|stderr] [--clock-offset=DUR] [--allow-clock-back]\n"
    "            [--once] [--check-config] [--version] [--help]\n"
    "\n"
    "  -c, --config=FILE    configuration (default: " JML_CONFIG_PATH ", when it is there)\n"
    "  --log=TARGET         journal or stderr, whatever the configuration says\n"
    "  --clock-offset=DUR   decide as if it were DUR later (13d, 3h): for rehearsals\n"
    "  --allow-clock-back   start although decisions were made at a later instant\n"
    "  --once               work until nothing is due, then end\n"
    "  --check-config       say what is wrong with the configuration, and end\n"
    "\n"
    "The database is found by [database] conninfo of a FILE given with -c, else by $JML_DATABASE,\n"
    "else by conninfo of the default file, else as libpq does by itself. See jmld(8).\n";

struct arguments {
    struct jml_daemon_options options;
    bool check_config;
    char clock_offset[64];
};

static int read_arguments(struct arguments *a, int argc, char **argv);
static int usage(const char *words, const char *which);
static void use_credentials(void);

static void print_mistake(void *userdata, const char *mistake)
{
    (void)userdata;
    fprintf(stderr, "%s\n", mistake);
}

int main(int argc, char **argv)
{
    struct arguments a = {0};
    struct jml_config *config;
    struct jml_err e;
    int answer = read_arguments(&a, argc, argv);

    /* A batch's memory goes back when the batch is done; by itself glibc would learn to keep it. */
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    mallopt(M_TRIM_THRESHOLD, 128 * 1024);

    if (answer >= 0)
        return answer;
    if (jml_config_load(a.options.config_path, print_mistake, NULL, &config, &e) < 0)
        return JML_DAEMON_CONFIG;
    if (jml_conninfo_check(jml_config_conninfo(config, a.options.explicit_config), &e) < 0) {
        fprintf(stderr, "jmld: JML_DATABASE: %s\n", e.message); /* that of the file was checked */
        return JML_DAEMON_CONFIG;
    }
    if (a.check_config) {
        printf("%s: no mistakes\n",
               a.options.config_path ? a.options.config_path : "built-in configuration");
        jml_config_free(config);
        return JML_DAEMON_DONE;
    }
    signal(SIGPIPE, SIG_IGN);
    use_credentials();
    jml_daemon_open_log(&a.options, config);
    return jml_daemon_run(&a.options, config);
}

/* < 0: go on; else the exit code. */
static int read_arguments(struct arguments *a, int argc, char **argv)
{
    enum { LOG = 1000, CLOCK_OFFSET, ALLOW_CLOCK_BACK, ONCE, CHECK_CONFIG, VERSION, HELP };
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"log", required_argument, NULL, LOG},
        {"clock-offset", required_argument, NULL, CLOCK_OFFSET},
        {"allow-clock-back", no_argument, NULL, ALLOW_CLOCK_BACK},
        {"once", no_argument, NULL, ONCE},
        {"check-config", no_argument, NULL, CHECK_CONFIG},
        {"version", no_argument, NULL, VERSION},
        {"help", no_argument, NULL, HELP},
        {0},
    };
    struct jml_daemon_options *o = &a->options;
    jml_time offset;
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, ":c:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            o->config_path = optarg;
            o->explicit_config = true;
            break;
        case LOG:
            if (!jml_streq(optarg, "journal") && !jml_streq(optarg, "stderr"))
                return usage("--log takes journal or stderr, not", optarg);
            o->log_target = optarg;
            break;
        case CLOCK_OFFSET:
            if (!jml_interval_parse(optarg, &offset))
                return usage("--clock-offset takes a duration like 13d or 3h, not", optarg);
            snprintf(a->clock_offset, sizeof a->clock_offset, "%lld.%06lld seconds",
                     (long long)(offset / JML_SECOND), (long long)(offset % JML_SECOND));
            o->clock_offset_words = optarg;
            o->clock_offset = offset ? a->clock_offset : NULL;
            break;
        case ALLOW_CLOCK_BACK:
            o->allow_clock_back = true;
            break;
        case ONCE:
            o->once = true;
            break;
        case CHECK_CONFIG:
            a->check_config = true;
            break;
        case VERSION:
            printf("jmld %s\n", PACKAGE_VERSION);
            return JML_DAEMON_DONE;
        case HELP:
        case 'h':
            fputs(help, stdout);
            return JML_DAEMON_DONE;
        case ':':
            return usage("a value is missing behind", argv[optind - 1]);
        default:
            return usage("unknown option", argv[optind - 1]);
        }
    }
    if (optind < argc)
        return usage("unknown argument", argv[optind]);
    if (!o->config_path)
        o->config_path = jml_config_default_path();
    return -1;
}

static int usage(const char *words, const char *which)
{
    fprintf(stderr, "jmld: %s %s (jmld --help says more)\n", words, which);
    return JML_DAEMON_USAGE;
}

/* A passfile given by LoadCredential=pgpass:... is used unless another one is named. */
static void use_credentials(void)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    char path[512];

    if (!directory || getenv("PGPASSFILE"))
        return;
    snprintf(path, sizeof path, "%s/pgpass", directory);
    if (access(path, R_OK) == 0)
        setenv("PGPASSFILE", path, 1);
}

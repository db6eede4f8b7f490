/* SPDX-License-Identifier: MIT
 *
 * Inside: what daemon.c and reload.c share, and nobody else.
 */
#ifndef JML_DAEMON_INSIDE_H
#define JML_DAEMON_INSIDE_H

#include "daemon/control.h"
#include "daemon/daemon.h"
#include "daemon/delivering.h"
#include "flow/people.h"

#define JML_WORKERS_MAX 8

struct jml_daemon {
    struct jml_daemon_options options;
    struct jml_config *config, *old_config; /* a batch under way may still use the old one */
    struct jml_loop *loop;
    struct jml_control *control;
    struct jml_people *people;
    struct jml_delivering *delivering;
    struct jml_mailing *mailing; /* when the schema is known to be in order */
    struct jml_conn *workers[JML_WORKERS_MAX];
    int n_workers, n_attached;
    struct jml_signal *terminate, *interrupt, *hangup;
    struct jml_timer *alive; /* makes turns for the watchdog */
    int64_t alive_every;     /* 0: no watchdog */
    struct jml_timer *again; /* once: looks at locked rows again; or gives up on the database */
    struct jml_timer *command_again; /* after commands could not be carried out */
    int64_t command_delay;           /* until then; 0: all went well */
    int64_t command_not_before;      /* monotonic */
    int64_t command_failed_since;    /* once, monotonic; 0: it did not */
    struct jml_err command_error;    /* the last one that was said */
    struct jml_timer *reload;    /* governance, after a failure */
    struct jml_err reload_error; /* the last one that was said */
    char inflight_path[256];
    bool loading;    /* governance */
    bool governed;   /* there is a governance to decide by */
    bool commanding; /* commands on the configuration are being carried out */
    bool polled;
    bool ready;
    bool told_away;
    bool been_back; /* the database was there at least once */
    bool stopping;
    bool ended;      /* with an exit code of its own */
    bool people_done; /* once: there is nothing to do about people, until deliveries say otherwise */
    unsigned locked;  /* once: people whom others have locked */
    int64_t locked_since; /* once, monotonic; 0: nothing is locked */
    uint64_t seen_batches;
    int exit_code;
};

/* SIGHUP: takes over what the file says now. */
void jml_daemon_reload(void *userdata);
/* Strings as long as the configuration is in force. */
struct jml_delivering_options jml_daemon_delivering_options(const struct jml_daemon *d);
struct jml_people_options jml_daemon_people_options(const struct jml_daemon *d);
struct jml_control_options jml_daemon_control_options(const struct jml_daemon *d);

#endif

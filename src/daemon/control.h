/* SPDX-License-Identifier: MIT
 *
 * Control: the daemon's third connection. It polls, listens, keeps the daemon's row in jml.daemon
 * and the logical clock of the database, and carries out commands on the configuration. It never
 * works on people, so that it answers while batches are under way.
 */
#ifndef JML_DAEMON_CONTROL_H
#define JML_DAEMON_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/civil.h"
#include "base/err.h"
#include "base/id.h"
#include "base/log.h"

struct jml_bounds;
struct jml_conn;
struct jml_control;
struct jml_loop;

struct jml_control_options {
    const char *conninfo;
    const char *clock_offset; /* NULL: none */
    bool allow_clock_back;
    jml_time poll_interval;
    const char *default_zone;
    bool once; /* every poll looks at everything */
};

struct jml_control_callbacks {
    void *userdata;
    /* The schema fits, the clock is not behind, the daemon is registered. After each (re)connect. */
    void (*back)(void *userdata);
    /* The database is away; once per loss. */
    void (*away)(void *userdata, const struct jml_err *e);
    /* Another attempt failed. */
    void (*still_away)(void *userdata, const struct jml_err *e);
    /* Whether people are being worked on: then there is no need to poll. */
    bool (*busy)(void *userdata);
    /* Up to where the queue was empty when last looked at. */
    const struct jml_bounds *(*gone)(void *userdata);
    /* A poll, or a notification, answered: is anything due? */
    void (*polled)(void *userdata, bool due);
    /* A poll saw another revision than that of jml_control_set_revision(). */
    void (*revised)(void *userdata);
    /* So many configuration commands were carried out; or none could be, and they stay pending. */
    void (*commanded)(void *userdata, int64_t n, const struct jml_err *e);
    /* SCHEMA: what cannot be gone on with, and the message to log it by. */
    void (*fatal)(void *userdata, enum jml_message message, const struct jml_err *e);
    /* What jml_control_finish began is done, or took too long. */
    void (*finished)(void *userdata);
};

struct jml_control *jml_control_new(struct jml_loop *loop,
                                    const struct jml_control_options *options,
                                    const struct jml_control_callbacks *callbacks);
struct jml_control *jml_control_free(struct jml_control *c);

/* The connection, for loading governance; use it only while the database is there. */
struct jml_conn *jml_control_conn(struct jml_control *c);
bool jml_control_is_up(const struct jml_control *c);
/* The key of our row in jml.daemon. */
struct jml_id jml_control_id(const struct jml_control *c);

/* All work is done: inserts may wake us by a notification from now on. Polls once more. */
void jml_control_sleep(struct jml_control *c);
/* A revision came into use; it is shown in jml.daemon. */
void jml_control_set_revision(struct jml_control *c, int64_t revision);
/* Decisions were made: the logical clock is to be remembered (within 30 s, and at the end). */
void jml_control_use_clock(struct jml_control *c);
void jml_control_run_commands(struct jml_control *c);
/* Options of a reload. reconnect: conninfo changed. */
void jml_control_set_options(struct jml_control *c, const struct jml_control_options *options,
                             bool reconnect);
/* Writes the clock and takes the daemon's row away, within 5 s; then `finished`. */
void jml_control_finish(struct jml_control *c);

#endif

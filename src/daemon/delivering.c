/* SPDX-License-Identifier: MIT
 *
 * Delivering: see delivering.h.
 */
#include "daemon/delivering.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "core/governance.h"
#include "daemon/callback.h"
#include "db/conn.h"
#include "db/deliver.h"
#include "flow/deliveries.h"
#include "loop/loop.h"
#include "loop/transfer.h"

#define LISTEN_AGAIN (30 * JML_SECOND)

struct jml_delivering {
    struct jml_loop *loop;
    struct jml_delivering_callbacks callbacks;
    struct jml_deliveries *flow; /* NULL: there are no targets */
    struct jml_conn *conn;
    struct jml_transfers *transfers;
    struct jml_callback *callback;
    char *address;                  /* of it; NULL: there is none */
    struct jml_timer *listen_again; /* the address was taken */
    struct jml_err listen_error;    /* the last one that was said */
};

static void begin(struct jml_delivering *d, const struct jml_delivering_options *options);
static void begin_flow(struct jml_delivering *d, const struct jml_delivering_options *options);
static void begin_listening(void *userdata);
static void called_back(void *userdata, struct jml_id delivery, const char *digest, bool completed,
                        const char *words, jml_called_back_done done, void *done_userdata);
static void up(void *userdata, struct jml_conn *conn);
static void down(void *userdata, struct jml_conn *conn, const struct jml_err *e);

struct jml_delivering *jml_delivering_new(struct jml_loop *loop,
                                          const struct jml_delivering_callbacks *callbacks)
{
    struct jml_delivering *d = calloc(1, sizeof(*d));

    if (!d)
        jml_bug("out of memory");
    d->loop = loop;
    d->callbacks = *callbacks;
    return d;
}

struct jml_delivering *jml_delivering_free(struct jml_delivering *d)
{
    if (!d)
        return NULL;
    if (d->flow)
        jml_deliveries_detach(d->flow);
    jml_deliveries_free(d->flow);
    jml_conn_free(d->conn);
    jml_callback_free(d->callback);
    jml_transfers_free(d->transfers);
    jml_timer_free(d->listen_again);
    free(d->address);
    free(d);
    return NULL;
}

void jml_delivering_set_governance(struct jml_delivering *d, const struct jml_governance *g,
                                   const struct jml_delivering_options *options)
{
    if (!d->flow && g->n_targets > 0)
        begin(d, options);
    if (d->flow)
        jml_deliveries_set_governance(d->flow, g);
}

void jml_delivering_reconnect(struct jml_delivering *d, const char *conninfo)
{
    if (!d->conn)
        return;
    jml_conn_set_conninfo(d->conn, conninfo);
    jml_conn_reset(d->conn);
}

void jml_delivering_reload(struct jml_delivering *d, const struct jml_delivering_options *options)
{
    if (!d->flow)
        return;
    jml_deliveries_set_drift(d->flow, options->drift_every, options->drift_repairs);
    jml_deliveries_reload(d->flow, options->programs_directory, options->secrets_directory,
                          options->password_key_file);
}

bool jml_delivering_wake(struct jml_delivering *d)
{
    if (d->flow)
        jml_deliveries_wake(d->flow);
    return d->flow;
}

bool jml_delivering_stop(struct jml_delivering *d)
{
    return !d->flow || jml_deliveries_stop(d->flow);
}

static void begin(struct jml_delivering *d, const struct jml_delivering_options *options)
{
    d->transfers = jml_transfers_new(d->loop);
    begin_flow(d, options);
    if (options->callback && options->callback[0]) {
        d->address = strdup(options->callback);
        if (!d->address)
            jml_bug("out of memory");
        d->listen_again = jml_timer_new(d->loop, begin_listening, d);
        begin_listening(d);
    }
}

/* Another daemon of this machine may have the address, and takes what comes for both; when it
 * ends, we do. */
static void begin_listening(void *userdata)
{
    struct jml_delivering *d = userdata;
    struct jml_err e;

    if (jml_callback_new(d->loop, d->address, called_back, d, &d->callback, &e) == 0)
        return;
    if (!jml_streq(e.message, d->listen_error.message)) {
        d->listen_error = e;
        jml_log_plain(JML_MSG_CONFIG_ERROR, "call-backs are not taken here, trying again: %s", e.message);
    }
    jml_timer_set(d->listen_again, LISTEN_AGAIN);
}

static void called_back(void *userdata, struct jml_id delivery, const char *digest, bool completed,
                        const char *words, jml_called_back_done done, void *done_userdata)
{
    struct jml_delivering *d = userdata;

    jml_deliveries_called_back(d->flow, delivery, digest, completed, words, done, done_userdata);
}

static void begin_flow(struct jml_delivering *d, const struct jml_delivering_options *options)
{
    const struct jml_deliveries_options flow = {
        .daemon = options->daemon,
        .transfers = d->transfers,
        .credentials_directory = getenv("CREDENTIALS_DIRECTORY"),
        .programs_directory = options->programs_directory,
        .secrets_directory = options->secrets_directory,
        .drift_every = options->drift_every,
        .drift_repairs = options->drift_repairs,
        .password_key_file = options->password_key_file,
    };
    const struct jml_deliveries_callbacks callbacks = {
        .userdata = d->callbacks.userdata,
        .changed = d->callbacks.changed,
        .idle = d->callbacks.idle,
        .fatal = d->callbacks.fatal,
    };
    const struct jml_conn_options conn = {
        .conninfo = options->conninfo,
        .application_name = "jmld",
        .role = "jml_daemon",
        .clock_offset = options->clock_offset,
        .statements = jml_deliver_statements,
    };

    d->flow = jml_deliveries_new(d->loop, &flow, &callbacks);
    d->conn = jml_conn_new(d->loop, &conn,
                           &(struct jml_conn_callbacks){.userdata = d, .up = up, .down = down});
}

static void up(void *userdata, struct jml_conn *conn)
{
    struct jml_delivering *d = userdata;

    jml_deliveries_attach(d->flow, conn);
}

static void down(void *userdata, struct jml_conn *conn, const struct jml_err *e)
{
    struct jml_delivering *d = userdata;

    (void)conn;
    jml_deliveries_detach(d->flow);
    if (e->class == JML_ERR_SCHEMA)
        d->callbacks.fatal(d->callbacks.userdata, e);
    else
        jml_log_plain(JML_MSG_DEBUG, "the connection of deliveries was lost: %s", e->message);
}

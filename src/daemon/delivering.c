/* SPDX-License-Identifier: MIT
 *
 * Delivering: see delivering.h.
 */
#include "daemon/delivering.h"

#include <stdlib.h>

#include "base/log.h"
#include "core/governance.h"
#include "db/conn.h"
#include "db/deliver.h"
#include "flow/deliveries.h"
#include "loop/loop.h"

struct jml_delivering {
    struct jml_loop *loop;
    struct jml_delivering_callbacks callbacks;
    struct jml_deliveries *flow; /* NULL: there are no targets */
    struct jml_conn *conn;
};

static void begin(struct jml_delivering *d, const struct jml_delivering_options *options);
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

void jml_delivering_reload(struct jml_delivering *d, const char *programs_directory)
{
    if (d->flow)
        jml_deliveries_reload(d->flow, programs_directory);
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
    const struct jml_deliveries_options flow = {
        .daemon = options->daemon,
        .credentials_directory = getenv("CREDENTIALS_DIRECTORY"),
        .programs_directory = options->programs_directory,
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

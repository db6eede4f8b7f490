/* SPDX-License-Identifier: MIT
 *
 * Delivering: the flow of deliveries within the daemon, with a connection of its own. There is
 * none as long as governance has no targets: then all access is by record.
 */
#ifndef JML_DAEMON_DELIVERING_H
#define JML_DAEMON_DELIVERING_H

#include <stdbool.h>

#include "base/err.h"
#include "base/id.h"

struct jml_delivering;
struct jml_governance;
struct jml_loop;

struct jml_delivering_options {
    struct jml_id daemon;     /* the row of jml.daemon */
    const char *conninfo;     /* at the beginning; see jml_delivering_reconnect() */
    const char *clock_offset; /* NULL: none */
    const char *callback;     /* where call-backs come in, see daemon/callback.h; "": nowhere */
    const char *programs_directory; /* "": none */
    const char *secrets_directory;  /* "": anywhere */
    int64_t drift_every;            /* as in flow/deliveries.h */
    bool drift_repairs;
    const char *password_key_file;  /* likewise */
};

struct jml_delivering_callbacks {
    void *userdata;
    /* As those of flow/deliveries.h. */
    void (*changed)(void *userdata);
    void (*idle)(void *userdata);
    void (*fatal)(void *userdata, const struct jml_err *e);
};

struct jml_delivering *jml_delivering_new(struct jml_loop *loop,
                                          const struct jml_delivering_callbacks *callbacks);
struct jml_delivering *jml_delivering_free(struct jml_delivering *d);

/* Begins when there are targets. g need not live on. */
void jml_delivering_set_governance(struct jml_delivering *d, const struct jml_governance *g,
                                   const struct jml_delivering_options *options);
/* conninfo changed. */
void jml_delivering_reconnect(struct jml_delivering *d, const char *conninfo);
/* Targets read their secrets again; of the options those that may change count as they are now. */
void jml_delivering_reload(struct jml_delivering *d, const struct jml_delivering_options *options);
/* False: nothing is delivered elsewhere; else idle is called when there is nothing to do. */
bool jml_delivering_wake(struct jml_delivering *d);
/* True: nothing is in hand; else idle is called when that is so. */
bool jml_delivering_stop(struct jml_delivering *d);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Connecting to a directory. libldap 2.5 can connect without waiting (LDAP_OPT_CONNECT_ASYNC), but not
 * look up a name, and not shake hands for TLS: with a server that accepts and says nothing,
 * ldap_sasl_bind() over ldaps and ldap_install_tls() were seen to wait for the whole network timeout. So
 * all of it, from the name to the answer of the bind, happens in a thread that ends with it; what comes
 * out is a handle whose descriptor does not block, and which only the loop's thread uses from then on.
 *
 * Handshakes have no time-out of their own: a timer of the loop shuts a socket down that takes too long,
 * and so does whoever does not want the connection any more.
 *
 * The thread and the loop share the connector; whoever is done last frees it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "loop/loop.h"
#include "target/ldap.h"

struct jml_ldap_connector {
    pthread_mutex_t lock;
    int users; /* the loop, the thread */
    int done[2];
    struct jml_arena arena;
    struct jml_ldap_settings settings; /* copies: the target may be closed before the thread ends */
    int fd; /* as long as libldap has it; -1 */
    int64_t fd_since;
    bool is_late;
    LDAP *ld;
    const char *error;
    struct ldap_conncb opened;

    struct jml_watch *watch;
    struct jml_timer *timer;
    void (*connected)(void *userdata, LDAP *ld, const char *error);
    void *userdata;
};

static void *work(void *userdata);
static void look(void *userdata);
static void ready(void *userdata, unsigned events);
static void leave(struct jml_ldap_connector *c);

struct jml_ldap_connector *
jml_ldap_connector_new(struct jml_loop *loop, const struct jml_ldap_settings *s,
                       void (*connected)(void *userdata, LDAP *ld, const char *error),
                       void *userdata)
{
    struct jml_ldap_connector *c = calloc(1, sizeof *c);
    sigset_t all, before;
    pthread_t thread;
    int r;

    if (!c)
        jml_bug("out of memory");
    if (pipe2(c->done, O_CLOEXEC | O_NONBLOCK) < 0)
        jml_bug("no pipe: is the limit of open files reached?");
    pthread_mutex_init(&c->lock, NULL);
    jml_arena_init(&c->arena);
    c->settings = (struct jml_ldap_settings){
        .uri = jml_strdup(&c->arena, s->uri),
        .start_tls = s->start_tls,
        .is_external = s->is_external,
        .ca_file = jml_strdup(&c->arena, s->ca_file),
        .certificate_file = jml_strdup(&c->arena, s->certificate_file),
        .key_file = jml_strdup(&c->arena, s->key_file),
        .bind_dn = jml_strdup(&c->arena, s->bind_dn),
        .password = jml_strdup(&c->arena, s->password),
        .connect_timeout = s->connect_timeout,
    };
    c->connected = connected;
    c->userdata = userdata;
    c->fd = -1;
    c->watch = jml_watch_new(loop, c->done[0], JML_WATCH_READ, ready, c);
    c->timer = jml_timer_new(loop, look, c);
    jml_timer_set(c->timer, c->settings.connect_timeout / 4);

    /* Signals are for the loop's thread. */
    c->users = 2;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&thread, NULL, work, c);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r == 0) {
        pthread_detach(thread);
        return c;
    }
    c->error = jml_printf(&c->arena, "no thread to connect with: %s", strerror(r));
    c->users = 1;
    if (write(c->done[1], "", 1) != 1)
        jml_bug("a pipe of its own cannot be written to");
    return c;
}

struct jml_ldap_connector *jml_ldap_connector_free(struct jml_ldap_connector *c)
{
    if (!c)
        return NULL;
    c->watch = jml_watch_free(c->watch);
    c->timer = jml_timer_free(c->timer);
    pthread_mutex_lock(&c->lock);
    if (c->fd >= 0)
        shutdown(c->fd, SHUT_RDWR);
    pthread_mutex_unlock(&c->lock);
    leave(c);
    return NULL;
}

static void look(void *userdata)
{
    struct jml_ldap_connector *c = userdata;

    pthread_mutex_lock(&c->lock);
    if (c->fd >= 0 && jml_loop_now() - c->fd_since >= c->settings.connect_timeout) {
        c->is_late = true;
        shutdown(c->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&c->lock);
    jml_timer_set(c->timer, c->settings.connect_timeout / 4);
}

static void ready(void *userdata, unsigned events)
{
    struct jml_ldap_connector *c = userdata;
    const char *error;
    LDAP *ld;

    (void)events;
    jml_watch_set(c->watch, 0);
    jml_timer_clear(c->timer);
    pthread_mutex_lock(&c->lock);
    ld = c->ld;
    error = c->error;
    c->ld = NULL;
    pthread_mutex_unlock(&c->lock);
    c->connected(c->userdata, ld, error);
}

static void leave(struct jml_ldap_connector *c)
{
    int users;

    pthread_mutex_lock(&c->lock);
    users = --c->users;
    pthread_mutex_unlock(&c->lock);
    if (users > 0)
        return;
    if (c->ld)
        ldap_unbind_ext(c->ld, NULL, NULL);
    if (c->settings.password)
        explicit_bzero(c->settings.password, strlen(c->settings.password));
    close(c->done[0]);
    close(c->done[1]);
    jml_arena_fini(&c->arena);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* ---- the thread ---- */

static int socket_opened(LDAP *ld, Sockbuf *sb, LDAPURLDesc *server, struct sockaddr *address,
                         struct ldap_conncb *opened)
{
    struct jml_ldap_connector *c = opened->lc_arg;

    (void)ld;
    (void)server;
    (void)address;
    pthread_mutex_lock(&c->lock);
    ber_sockbuf_ctrl(sb, LBER_SB_OPT_GET_FD, &c->fd);
    c->fd_since = jml_loop_now();
    pthread_mutex_unlock(&c->lock);
    return 0;
}

static void socket_closes(LDAP *ld, Sockbuf *sb, struct ldap_conncb *opened)
{
    struct jml_ldap_connector *c = opened->lc_arg;

    (void)ld;
    (void)sb;
    pthread_mutex_lock(&c->lock);
    c->fd = -1;
    pthread_mutex_unlock(&c->lock);
}

/* The options that decide what is trusted are all set, whatever ldap.conf and the environment say. */
static int set_options(const struct jml_ldap_settings *s, LDAP *ld)
{
    int version = LDAP_VERSION3, never = LDAP_DEREF_NEVER, no_limit = 0;
    int demand = LDAP_OPT_X_TLS_DEMAND, san = LDAP_OPT_X_TLS_TRY, client = 0;
    int least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, idle = 60, probes = 3, interval = 10;
    unsigned unanswered = 30000;
    struct timeval timeout = {.tv_sec = s->connect_timeout / 1000000,
                              .tv_usec = s->connect_timeout % 1000000};
    int r = ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);

    r = r ? r : ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    r = r ? r : ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON);
    r = r ? r : ldap_set_option(ld, LDAP_OPT_CONNECT_ASYNC, LDAP_OPT_OFF);
    r = r ? r : ldap_set_option(ld, LDAP_OPT_DEREF, &never);
    r = r ? r : ldap_set_option(ld, LDAP_OPT_SIZELIMIT, &no_limit);
    r = r ? r : ldap_set_option(ld, LDAP_OPT_TIMELIMIT, &no_limit);
    r = r ? r : ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &timeout);
    r = r ? r : ldap_set_option(ld, LDAP_OPT_TIMEOUT, &timeout);
    r = r ? r : ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
    r = r ? r : ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_SAN, &san);
    r = r ? r : ldap_set_option(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least);
    if (s->ca_file) {
        r = r ? r : ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTDIR, "");
        r = r ? r : ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, s->ca_file);
    }
    r = r ? r : ldap_set_option(ld, LDAP_OPT_X_TLS_CERTFILE, s->certificate_file ? s->certificate_file : "");
    r = r ? r : ldap_set_option(ld, LDAP_OPT_X_TLS_KEYFILE, s->key_file ? s->key_file : "");
    /* Good to have; not every system knows them. */
    ldap_set_option(ld, LDAP_OPT_X_KEEPALIVE_IDLE, &idle);
    ldap_set_option(ld, LDAP_OPT_X_KEEPALIVE_PROBES, &probes);
    ldap_set_option(ld, LDAP_OPT_X_KEEPALIVE_INTERVAL, &interval);
    ldap_set_option(ld, LDAP_OPT_TCP_USER_TIMEOUT, &unanswered);
    if (r == LDAP_SUCCESS && (s->start_tls || strstr(s->uri, "ldaps:")))
        r = ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client);
    return r;
}

static const char *said(struct jml_arena *a, LDAP *ld)
{
    char *text = NULL;
    const char *words;

    ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
    words = jml_ldap_words(a, text);
    ldap_memfree(text);
    return words[0] ? jml_printf(a, ": %s", words) : "";
}

/* NULL: connected. *ret is a handle in any case, or NULL. */
static const char *connect_to(struct jml_ldap_connector *c, LDAP **ret)
{
    const struct jml_ldap_settings *s = &c->settings;
    static char nothing[] = ""; /* no bytes; NULL would be no answer */
    struct berval credentials = {.bv_val = nothing};
    int fd = -1, flags, r = ldap_initialize(ret, s->uri);
    LDAP *ld = *ret;

    c->opened = (struct ldap_conncb){socket_opened, socket_closes, c};
    if (r == LDAP_SUCCESS)
        r = set_options(s, ld);
    if (r == LDAP_SUCCESS)
        r = ldap_set_option(ld, LDAP_OPT_CONNECT_CB, &c->opened);
    if (r != LDAP_SUCCESS)
        return jml_printf(&c->arena,
                          "the connection cannot be prepared (%s): can the files of caFile, "
                          "certificateFile and keyFile be read?",
                          ldap_err2string(r));
    if (s->start_tls) {
        r = ldap_start_tls_s(ld, NULL, NULL);
        if (r != LDAP_SUCCESS)
            return jml_printf(&c->arena, "no TLS by StartTLS: %s%s", ldap_err2string(r),
                              said(&c->arena, ld));
    }
    if (s->password)
        credentials = (struct berval){.bv_len = strlen(s->password), .bv_val = s->password};
    r = ldap_sasl_bind_s(ld, s->is_external ? NULL : s->bind_dn,
                         s->is_external ? "EXTERNAL" : LDAP_SASL_SIMPLE, &credentials, NULL, NULL,
                         NULL);
    if (r == LDAP_INVALID_CREDENTIALS || r == LDAP_INAPPROPRIATE_AUTH)
        return jml_printf(&c->arena, "the directory refuses %s: %s%s",
                          s->is_external ? "SASL EXTERNAL" : "bindDn with the password of passwordFile",
                          ldap_err2string(r), said(&c->arena, ld));
    if (r != LDAP_SUCCESS)
        return jml_printf(&c->arena, "no connection: %s%s", ldap_err2string(r),
                          said(&c->arena, ld));
    /* Anonymous by accident: a simple bind without a connection, say. */
    if (ldap_get_option(ld, LDAP_OPT_DESC, &fd) != LDAP_OPT_SUCCESS || fd < 0)
        return "no connection: it was closed at once";
    flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return jml_printf(&c->arena, "no connection: %s", strerror(errno));
    return NULL;
}

static void *work(void *userdata)
{
    struct jml_ldap_connector *c = userdata;
    LDAP *ld = NULL;
    const char *error = connect_to(c, &ld);

    if (error && ld) {
        ldap_unbind_ext(ld, NULL, NULL);
        ld = NULL;
    }
    if (ld) /* this takes it out: from now on the descriptor is the other's business */
        ldap_get_option(ld, LDAP_OPT_CONNECT_CB, &c->opened);
    pthread_mutex_lock(&c->lock);
    c->fd = -1;
    c->ld = ld;
    c->error = c->is_late && error ? "no connection: the server did not answer in time" : error;
    pthread_mutex_unlock(&c->lock);
    /* Nobody reads it if the loop has left; the pipe is open until both have. */
    if (write(c->done[1], "", 1) != 1)
        jml_bug("a pipe of its own cannot be written to");
    leave(c);
    return NULL;
}

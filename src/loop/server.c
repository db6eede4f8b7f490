/* SPDX-License-Identifier: MIT
 *
 * Server over libevent's evhttp.
 */
#include "loop/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "loop/loop.h"
#include "loop/loop_base.h"

enum { BODY_MAX = 65536, HEADERS_MAX = 16384, SECONDS = 10, CONNECTIONS_MAX = 64 };
#define PATIENCE     (SECONDS * INT64_C(1000000)) /* for a request, and for its answer */
#define LOOK_EVERY   (250 * INT64_C(1000))
#define ACCEPT_AGAIN INT64_C(1000000)

/* A connection, from accept to its end. evhttp owns it and tells nobody when it lets go of it: we hold
 * a reference, and see that its callbacks are gone. */
struct connection {
    struct bufferevent *bev;
    int64_t until; /* monotonic: when it is cut off */
};

struct jml_server {
    struct jml_server *next; /* of all there are */
    struct evhttp *http;
    struct evconnlistener *listener;
    struct connection connections[2 * CONNECTIONS_MAX]; /* the rest is for those that are sent away */
    int n_connections;
    struct jml_timer *look, *accept_again;
    bool is_short; /* of descriptors, and it was said */
    jml_server_handler handler;
    void *userdata;
    struct jml_server_request *first;
    int port;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* "": no unix socket */
};

struct jml_server_request {
    struct jml_server *server;
    struct jml_server_request *previous, *next;
    struct evhttp_request *request; /* NULL: hung up */
    char *path, *body;
    size_t length;
};

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
};

static bool address_parse(const char *text, union address *ret, socklen_t *ret_size);
static struct bufferevent *connection_came(struct event_base *base, void *userdata);
static void look(void *userdata);
static void cannot_accept(struct evconnlistener *listener, void *userdata);
static void accept_again(void *userdata);
static void set_until(struct jml_server *s, struct evhttp_request *request, int64_t until);
static int listen_at(struct jml_server *s, const char *address, struct jml_err *e);
static void request_came(struct evhttp_request *request, void *userdata);
static void hung_up(struct evhttp_connection *connection, void *userdata);
static void request_free(struct jml_server_request *r);
static void reply(struct evhttp_request *request, int status, const char *text, int retry_after);

/* The callback for errors of a listener gets what evhttp has set; ours is found by it. */
static struct jml_server *servers;

bool jml_server_address_valid(const char *address)
{
    union address parsed;
    socklen_t size;

    return address_parse(address, &parsed, &size);
}

int jml_server_new(struct jml_loop *loop, const char *address, jml_server_handler handler,
                   void *userdata, struct jml_server **ret_server, struct jml_err *e)
{
    struct jml_server *s = calloc(1, sizeof *s);
    struct evhttp_bound_socket *bound;
    int fd;

    if (!s)
        jml_bug("out of memory");
    s->handler = handler;
    s->userdata = userdata;
    fd = listen_at(s, address, e);
    if (fd < 0) {
        free(s);
        return fd;
    }
    s->http = evhttp_new(jml_loop_base(loop));
    bound = s->http ? evhttp_accept_socket_with_handle(s->http, fd) : NULL;
    if (!bound)
        jml_bug("evhttp cannot listen");
    s->listener = evhttp_bound_socket_get_listener(bound);
    evconnlistener_set_error_cb(s->listener, cannot_accept);
    s->look = jml_timer_new(loop, look, s);
    s->accept_again = jml_timer_new(loop, accept_again, s);
    s->next = servers;
    servers = s;
    evhttp_set_bevcb(s->http, connection_came, s);
    evhttp_set_allowed_methods(s->http, EVHTTP_REQ_POST);
    evhttp_set_max_body_size(s->http, BODY_MAX);
    evhttp_set_max_headers_size(s->http, HEADERS_MAX);
    evhttp_set_timeout(s->http, SECONDS);
    evhttp_set_gencb(s->http, request_came, s);
    *ret_server = s;
    return 0;
}

struct jml_server *jml_server_free(struct jml_server *s)
{
    struct jml_server **at;

    if (!s)
        return NULL;
    while (s->first) {
        if (s->first->request)
            evhttp_connection_set_closecb(evhttp_request_get_connection(s->first->request), NULL,
                                          NULL);
        request_free(s->first);
    }
    evhttp_free(s->http); /* and its connections */
    while (s->n_connections)
        bufferevent_decref(s->connections[--s->n_connections].bev);
    at = &servers;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    jml_timer_free(s->look);
    jml_timer_free(s->accept_again);
    if (s->path[0])
        unlink(s->path);
    free(s);
    return NULL;
}

int jml_server_port(const struct jml_server *s)
{
    return s->port;
}

const char *jml_server_path(const struct jml_server_request *r)
{
    return r->path;
}

const char *jml_server_body(const struct jml_server_request *r, size_t *ret_length)
{
    if (ret_length)
        *ret_length = r->length;
    return r->body;
}

void jml_server_answer(struct jml_server_request *r, int status, const char *text, int retry_after)
{
    if (r->request) {
        evhttp_connection_set_closecb(evhttp_request_get_connection(r->request), NULL, NULL);
        set_until(r->server, r->request, jml_loop_now() + PATIENCE);
        reply(r->request, status, text, retry_after);
    }
    request_free(r);
}

/* ---- where ---- */

static bool address_parse(const char *text, union address *ret, socklen_t *ret_size)
{
    const char *colon = strrchr(text, ':');
    char host[64], *end;
    long port;

    memset(ret, 0, sizeof *ret);
    if (text[0] == '/') {
        ret->un.sun_family = AF_UNIX;
        *ret_size = sizeof ret->un;
        if (strlen(text) >= sizeof ret->un.sun_path)
            return false;
        memcpy(ret->un.sun_path, text, strlen(text) + 1);
        return true;
    }
    if (!colon || (size_t)(colon - text) >= sizeof host || colon[1] < '0' || colon[1] > '9')
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    port = strtol(colon + 1, &end, 10);
    if (*end || port > 65535)
        return false;
    if (strcmp(host, "[::1]") == 0) {
        ret->in6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
                                         .sin6_addr = IN6ADDR_LOOPBACK_INIT,
                                         .sin6_port = htons((uint16_t)port)};
        *ret_size = sizeof ret->in6;
        return true;
    }
    if (strcmp(host, "localhost") == 0)
        snprintf(host, sizeof host, "127.0.0.1");
    ret->in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    *ret_size = sizeof ret->in;
    return inet_pton(AF_INET, host, &ret->in.sin_addr) == 1 &&
           (ntohl(ret->in.sin_addr.s_addr) >> 24) == 127;
}

static int cannot_listen(int fd, const char *address, struct jml_err *e)
{
    int why = errno;

    if (fd >= 0)
        close(fd);
    return jml_err_set(e, JML_ERR_BAD_INPUT, "cannot listen at %s: %s", address, strerror(why));
}

/* A socket nobody listens at any more is in the way of ours; anything else stays. */
static void remove_stale(const union address *a, socklen_t size)
{
    struct stat st;
    int fd;

    if (lstat(a->un.sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
        return;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, &a->any, size) < 0 && errno == ECONNREFUSED)
        unlink(a->un.sun_path);
    if (fd >= 0)
        close(fd);
}

static int listen_at(struct jml_server *s, const char *address, struct jml_err *e)
{
    union address a;
    socklen_t size;
    int fd, on = 1;

    if (!address_parse(address, &a, &size))
        return jml_err_set(
            e, JML_ERR_BAD_INPUT,
            "cannot listen at %s: a loopback address with a port or a path is wanted", address);
    fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return cannot_listen(fd, address, e);
    if (a.any.sa_family == AF_UNIX) {
        remove_stale(&a, size);
    } else {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (bind(fd, &a.any, size) < 0 || listen(fd, 128) < 0)
        return cannot_listen(fd, address, e);
    if (a.any.sa_family == AF_UNIX) {
        memcpy(s->path, a.un.sun_path, sizeof s->path);
        if (chmod(s->path, 0660) < 0)
            return cannot_listen(fd, address, e);
    } else if (getsockname(fd, &a.any, &size) == 0) {
        s->port = ntohs(a.any.sa_family == AF_INET ? a.in.sin_port : a.in6.sin6_port);
    }
    return fd;
}

/* ---- connections ---- */

/* evhttp by itself counts silence only: who sends a byte now and then would stay for ever, and whoever
 * comes is let in, until there is no descriptor left for anything else. */

static bool is_over(const struct connection *c)
{
    bufferevent_event_cb event = NULL;

    bufferevent_getcb(c->bev, NULL, NULL, &event, NULL);
    return !event;
}

/* Forgets those that are over, and hangs up on those that took too long. */
static void look(void *userdata)
{
    struct jml_server *s = userdata;
    int64_t now = jml_loop_now();
    int n = 0;

    for (int i = 0; i < s->n_connections; i++) {
        struct connection *c = &s->connections[i];

        if (is_over(c)) {
            bufferevent_decref(c->bev);
            continue;
        }
        if (now >= c->until)
            shutdown(bufferevent_getfd(c->bev), SHUT_RDWR); /* evhttp notices, and lets go */
        s->connections[n++] = *c;
    }
    s->n_connections = n;
    if (n)
        jml_timer_set(s->look, LOOK_EVERY);
}

/* evhttp asks for what it puts the new connection on; the descriptor comes later in this turn. */
static struct bufferevent *connection_came(struct event_base *base, void *userdata)
{
    struct jml_server *s = userdata;
    struct bufferevent *bev = bufferevent_socket_new(base, -1, 0);
    bool is_full;

    if (!bev)
        jml_bug("out of memory");
    look(s);
    is_full = s->n_connections >= CONNECTIONS_MAX;
    bufferevent_incref(bev);
    s->connections[s->n_connections++] = (struct connection){
        .bev = bev, .until = is_full ? 0 : jml_loop_now() + PATIENCE};
    jml_timer_set(s->look, is_full ? 0 : LOOK_EVERY);
    if (s->n_connections >= 2 * CONNECTIONS_MAX) { /* a crowd: the others wait in the kernel's queue */
        evconnlistener_disable(s->listener);
        jml_timer_set(s->accept_again, LOOK_EVERY);
    }
    s->is_short = false;
    return bev;
}

/* Without a pause, what cannot be accepted stays ready, and the loop turns for nothing else. */
static void cannot_accept(struct evconnlistener *listener, void *userdata)
{
    struct jml_server *s = servers;
    int why = errno;

    while (s && (void *)s->http != userdata)
        s = s->next;
    if (!s)
        return;
    evconnlistener_disable(listener);
    jml_timer_set(s->accept_again, ACCEPT_AGAIN);
    if (!s->is_short)
        jml_log_plain(JML_MSG_CALLBACK_TROUBLE,
                      "no connection can be accepted, and is tried again every second: %s",
                      strerror(why));
    s->is_short = true;
}

static void accept_again(void *userdata)
{
    struct jml_server *s = userdata;

    evconnlistener_enable(s->listener);
}

/* When the connection of a request is cut off from now on. */
static void set_until(struct jml_server *s, struct evhttp_request *request, int64_t until)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    struct bufferevent *bev = connection ? evhttp_connection_get_bufferevent(connection) : NULL;

    for (int i = 0; i < s->n_connections; i++)
        if (s->connections[i].bev == bev)
            s->connections[i].until = until;
}

/* ---- requests ---- */

static void request_came(struct evhttp_request *request, void *userdata)
{
    struct jml_server *s = userdata;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    struct evbuffer *body = evhttp_request_get_input_buffer(request);
    struct jml_server_request *r;

    set_until(s, request, INT64_MAX); /* it is whole; what it waits for now is us */
    r = calloc(1, sizeof *r);
    if (!r)
        jml_bug("out of memory");
    r->server = s;
    r->request = request;
    r->path = strdup(path ? path : "");
    r->length = evbuffer_get_length(body);
    r->body = calloc(1, r->length + 1);
    if (!r->path || !r->body)
        jml_bug("out of memory");
    evbuffer_remove(body, r->body, r->length);
    r->next = s->first;
    if (s->first)
        s->first->previous = r;
    s->first = r;
    evhttp_connection_set_closecb(evhttp_request_get_connection(request), hung_up, r);
    s->handler(s->userdata, r);
}

static void hung_up(struct evhttp_connection *connection, void *userdata)
{
    struct jml_server_request *r = userdata;

    (void)connection;
    r->request = NULL;
}

static void request_free(struct jml_server_request *r)
{
    if (r->previous)
        r->previous->next = r->next;
    else
        r->server->first = r->next;
    if (r->next)
        r->next->previous = r->previous;
    free(r->path);
    free(r->body);
    free(r);
}

static void reply(struct evhttp_request *request, int status, const char *text, int retry_after)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    struct evbuffer *body = evbuffer_new();
    char number[16];

    if (!body)
        jml_bug("out of memory");
    /* One request a connection: who has none to send holds no place. */
    evhttp_add_header(headers, "Connection", "close");
    if (retry_after > 0) {
        snprintf(number, sizeof number, "%d", retry_after);
        evhttp_add_header(headers, "Retry-After", number);
    }
    if (text) {
        evhttp_add_header(headers, "Content-Type", "text/plain; charset=utf-8");
        evbuffer_add_printf(body, "%s\n", text);
    }
    evhttp_send_reply(request, status, NULL, body);
    evbuffer_free(body);
}

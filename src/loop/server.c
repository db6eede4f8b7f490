/* SPDX-License-Identifier: MIT
 *
 * Server over libevent's evhttp.
 */
#include "loop/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "loop/loop.h"
#include "loop/loop_base.h"

enum { BODY_MAX = 65536, HEADERS_MAX = 16384, SECONDS = 10, REQUESTS_MAX = 256 };

struct jml_server {
    struct evhttp *http;
    jml_server_handler handler;
    void *userdata;
    struct jml_server_request *first;
    int n_requests, port;
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
static int listen_at(struct jml_server *s, const char *address, struct jml_err *e);
static void request_came(struct evhttp_request *request, void *userdata);
static void hung_up(struct evhttp_connection *connection, void *userdata);
static void request_free(struct jml_server_request *r);
static void reply(struct evhttp_request *request, int status, const char *text, int retry_after);

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
    if (!s->http || evhttp_accept_socket(s->http, fd) < 0)
        jml_bug("evhttp cannot listen");
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
    if (!s)
        return NULL;
    while (s->first) {
        if (s->first->request)
            evhttp_connection_set_closecb(evhttp_request_get_connection(s->first->request), NULL,
                                          NULL);
        request_free(s->first);
    }
    evhttp_free(s->http); /* and its connections */
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

/* ---- requests ---- */

static void request_came(struct evhttp_request *request, void *userdata)
{
    struct jml_server *s = userdata;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    struct evbuffer *body = evhttp_request_get_input_buffer(request);
    struct jml_server_request *r;

    if (s->n_requests >= REQUESTS_MAX) {
        reply(request, 503, "too many requests", 5);
        return;
    }
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
    s->n_requests++;
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
    r->server->n_requests--;
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

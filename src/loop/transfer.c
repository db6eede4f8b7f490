/* SPDX-License-Identifier: MIT
 *
 * Transfer over libcurl's multi interface: it says which sockets to watch and when to wake it, and
 * is told what became ready. libcurl must not be entered from its own callbacks: they only note
 * things.
 */
#include "loop/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "loop/loop.h"

enum {
    CONNECTIONS_KEPT = 128,
    CONNECTION_SECONDS = 300,
    CONNECT_MILLISECONDS = 10000,
    HEADERS_MAX = 65536,
    CA_CACHE_SECONDS = 600,
};

struct jml_transfers {
    struct jml_loop *loop;
    CURLM *multi;
    struct jml_timer *timer;
    struct jml_transfer *first; /* all there are */
};

/* A socket of libcurl's. */
struct peer {
    struct jml_transfers *all;
    curl_socket_t fd;
    struct jml_watch *watch;
};

struct jml_transfer {
    struct jml_transfers *all; /* NULL: they are gone */
    struct jml_transfer *previous, *next;
    CURL *easy;
    struct curl_slist *headers;
    jml_transfer_done done;
    void *userdata;
    bool is_under_way, is_too_large;
    char *body; /* what is sent */
    size_t body_length, body_sent;
    char *answer;
    size_t length, capacity, answer_max, headers_length;
    CURLcode result;
    char error[CURL_ERROR_SIZE];
};

#define SET(t, option, value)                                                    \
    do {                                                                         \
        CURLcode set = curl_easy_setopt((t)->easy, (option), (value));           \
        if (set != CURLE_OK)                                                     \
            jml_bug("libcurl refuses " #option ": %s", curl_easy_strerror(set)); \
    } while (0)

static void *allocate(size_t n);
static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *userdata, void *peer);
static int timer_wanted(CURLM *multi, long milliseconds, void *userdata);
static void timer_fired(void *userdata);
static void act(struct jml_transfers *all, curl_socket_t fd, int events);
static void finish(struct jml_transfer *t, CURLcode result);
static curl_socket_t open_socket(void *userdata, curlsocktype purpose, struct curl_sockaddr *to);
static size_t keep(char *bytes, size_t size, size_t n, void *userdata);
static size_t count(char *bytes, size_t size, size_t n, void *userdata);
static size_t give(char *bytes, size_t size, size_t n, void *userdata);
static int give_again(void *userdata, curl_off_t offset, int origin);

struct jml_transfers *jml_transfers_new(struct jml_loop *loop)
{
    struct jml_transfers *all = allocate(sizeof *all);

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        jml_bug("curl_global_init failed");
    all->loop = loop;
    all->multi = curl_multi_init();
    if (!all->multi)
        jml_bug("out of memory");
    all->timer = jml_timer_new(loop, timer_fired, all);
    curl_multi_setopt(all->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
    curl_multi_setopt(all->multi, CURLMOPT_SOCKETDATA, all);
    curl_multi_setopt(all->multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
    curl_multi_setopt(all->multi, CURLMOPT_TIMERDATA, all);
    curl_multi_setopt(all->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    return all;
}

struct jml_transfers *jml_transfers_free(struct jml_transfers *all)
{
    if (!all)
        return NULL;
    while (all->first) {
        struct jml_transfer *t = all->first;

        if (t->is_under_way)
            curl_multi_remove_handle(all->multi, t->easy);
        t->is_under_way = false;
        t->all = NULL;
        all->first = t->next;
        t->previous = t->next = NULL;
    }
    curl_multi_cleanup(all->multi);
    jml_timer_free(all->timer);
    free(all);
    curl_global_cleanup();
    return NULL;
}

struct jml_transfer *jml_transfer_new(struct jml_transfers *all, const char *protocols,
                                      size_t answer_max, int64_t deadline, jml_transfer_done done,
                                      void *userdata)
{
    struct jml_transfer *t = allocate(sizeof *t);
    long milliseconds = deadline / 1000 > 0 ? (long)(deadline / 1000) : 1;

    *t = (struct jml_transfer){.all = all,
                               .next = all->first,
                               .done = done,
                               .userdata = userdata,
                               .answer_max = answer_max};
    if (all->first)
        all->first->previous = t;
    all->first = t;
    t->easy = curl_easy_init();
    if (!t->easy)
        jml_bug("out of memory");
    SET(t, CURLOPT_PRIVATE, t);
    SET(t, CURLOPT_ERRORBUFFER, t->error);
    SET(t, CURLOPT_NOSIGNAL, 1L);
    SET(t, CURLOPT_NOPROGRESS, 1L);
    SET(t, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);

    SET(t, CURLOPT_PROTOCOLS_STR, protocols);
    SET(t, CURLOPT_FOLLOWLOCATION, 0L);
    SET(t, CURLOPT_PROXY, "");
    SET(t, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(t, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(t, CURLOPT_SSL_VERIFYPEER, 1L);
    SET(t, CURLOPT_SSL_VERIFYHOST, 2L);
    SET(t, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    /* With a directory beside the file nothing is cached, and every connection reads them all. */
    if (curl_version_info(CURLVERSION_NOW)->cainfo)
        SET(t, CURLOPT_CAPATH, NULL);
#if LIBCURL_VERSION_NUM >= 0x075700
    SET(t, CURLOPT_CA_CACHE_TIMEOUT, (long)CA_CACHE_SECONDS);
#endif

    SET(t, CURLOPT_TIMEOUT_MS, milliseconds);
    SET(t, CURLOPT_CONNECTTIMEOUT_MS,
        milliseconds < CONNECT_MILLISECONDS ? milliseconds : (long)CONNECT_MILLISECONDS);
    SET(t, CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_SECONDS);
    SET(t, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(t, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)answer_max);
    SET(t, CURLOPT_WRITEFUNCTION, keep);
    SET(t, CURLOPT_WRITEDATA, t);
    SET(t, CURLOPT_HEADERFUNCTION, count);
    SET(t, CURLOPT_HEADERDATA, t);
    SET(t, CURLOPT_READFUNCTION, give);
    SET(t, CURLOPT_READDATA, t);
    SET(t, CURLOPT_SEEKFUNCTION, give_again);
    SET(t, CURLOPT_SEEKDATA, t);
    return t;
}

CURL *jml_transfer_easy(struct jml_transfer *t)
{
    return t->easy;
}

bool jml_transfer_add_header(struct jml_transfer *t, const char *name, const char *value)
{
    size_t size = strlen(name) + strlen(value) + 3;
    char *line;
    struct curl_slist *longer;

    for (const char *p = value; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    line = allocate(size);
    /* Without a value libcurl would leave it out; a semicolon tells it not to. */
    snprintf(line, size, value[0] ? "%s: %s" : "%s;", name, value);
    longer = curl_slist_append(t->headers, line);
    free(line);
    if (!longer)
        jml_bug("out of memory");
    t->headers = longer;
    return true;
}

void jml_transfer_set_body(struct jml_transfer *t, const void *body, size_t length)
{
    free(t->body);
    t->body = allocate(length + 1);
    memcpy(t->body, body, length);
    t->body_length = length;
    t->body_sent = 0;
    SET(t, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    SET(t, CURLOPT_INFILESIZE_LARGE, (curl_off_t)length);
}

void jml_transfer_set_method(struct jml_transfer *t, const char *method)
{
    if (t->body)
        SET(t, CURLOPT_POST, 1L);
    SET(t, CURLOPT_CUSTOMREQUEST, method);
}

void jml_transfer_start(struct jml_transfer *t)
{
    CURLMcode code;

    if (t->headers)
        SET(t, CURLOPT_HTTPHEADER, t->headers);
    t->is_under_way = true;
    code = curl_multi_add_handle(t->all->multi, t->easy);
    if (code != CURLM_OK)
        jml_bug("curl_multi_add_handle: %s", curl_multi_strerror(code));
}

struct jml_transfer *jml_transfer_free(struct jml_transfer *t)
{
    if (!t)
        return NULL;
    if (t->is_under_way)
        curl_multi_remove_handle(t->all->multi, t->easy);
    if (t->previous)
        t->previous->next = t->next;
    else if (t->all)
        t->all->first = t->next;
    if (t->next)
        t->next->previous = t->previous;
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    free(t->body);
    free(t->answer);
    free(t);
    return NULL;
}

/* ---- what came of it ---- */

CURLcode jml_transfer_result(const struct jml_transfer *t)
{
    return t->result;
}

const char *jml_transfer_error(const struct jml_transfer *t)
{
    return t->error;
}

long jml_transfer_status(const struct jml_transfer *t)
{
    long status = 0;

    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

const char *jml_transfer_answer(const struct jml_transfer *t, size_t *ret_length)
{
    if (ret_length)
        *ret_length = t->length;
    return t->answer ? t->answer : "";
}

const char *jml_transfer_header(const struct jml_transfer *t, const char *name)
{
    struct curl_header *header;

    if (curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    return header->value;
}

/* ---- between libcurl and the loop ---- */

static void peer_ready(void *userdata, unsigned events)
{
    struct peer *peer = userdata;

    act(peer->all, peer->fd,
        ((events & JML_WATCH_READ) ? CURL_CSELECT_IN : 0) |
            ((events & JML_WATCH_WRITE) ? CURL_CSELECT_OUT : 0));
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *userdata, void *socket_data)
{
    struct jml_transfers *all = userdata;
    struct peer *peer = socket_data;
    unsigned events = ((what & CURL_POLL_IN) ? JML_WATCH_READ : 0) |
                      ((what & CURL_POLL_OUT) ? JML_WATCH_WRITE : 0);

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (peer) {
            jml_watch_free(peer->watch);
            curl_multi_assign(all->multi, fd, NULL);
            jml_loop_defer_free(all->loop, peer, free);
        }
        return 0;
    }
    if (peer) {
        jml_watch_set(peer->watch, events);
        return 0;
    }
    peer = allocate(sizeof *peer);
    *peer = (struct peer){.all = all, .fd = fd};
    peer->watch = jml_watch_new(all->loop, fd, events, peer_ready, peer);
    curl_multi_assign(all->multi, fd, peer);
    return 0;
}

static int timer_wanted(CURLM *multi, long milliseconds, void *userdata)
{
    struct jml_transfers *all = userdata;

    (void)multi;
    if (milliseconds < 0)
        jml_timer_clear(all->timer);
    else
        jml_timer_set(all->timer, (int64_t)milliseconds * 1000);
    return 0;
}

static void timer_fired(void *userdata)
{
    act(userdata, CURL_SOCKET_TIMEOUT, 0);
}

/* Lets libcurl work, and tells what is finished. done may start and free whatever it likes. */
static void act(struct jml_transfers *all, curl_socket_t fd, int events)
{
    CURLMsg *message;
    int left;

    curl_multi_socket_action(all->multi, fd, events, &left);
    while ((message = curl_multi_info_read(all->multi, &left))) {
        struct jml_transfer *t = NULL;
        CURLcode result = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        finish(t, result);
    }
}

static void finish(struct jml_transfer *t, CURLcode result)
{
    curl_multi_remove_handle(t->all->multi, t->easy);
    t->is_under_way = false;
    if (result == CURLE_FILESIZE_EXCEEDED || (result == CURLE_WRITE_ERROR && t->is_too_large)) {
        result = CURLE_FILESIZE_EXCEEDED;
        snprintf(t->error, sizeof t->error, "the answer is larger than %zu bytes", t->answer_max);
    }
    t->result = result;
    if (result == CURLE_OK)
        t->error[0] = '\0';
    else if (!t->error[0])
        snprintf(t->error, sizeof t->error, "%s", curl_easy_strerror(result));
    for (char *p = t->error; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
    t->done(t->userdata, t);
}

/* libcurl's own would be inherited by programs that are run meanwhile. */
static curl_socket_t open_socket(void *userdata, curlsocktype purpose, struct curl_sockaddr *to)
{
    (void)userdata;
    (void)purpose;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* ---- bytes ---- */

static size_t keep(char *bytes, size_t size, size_t n, void *userdata)
{
    struct jml_transfer *t = userdata;

    n *= size;
    if (n > t->answer_max - t->length) {
        t->is_too_large = true;
        return 0;
    }
    if (t->length + n + 1 > t->capacity) {
        size_t capacity = t->capacity ? 2 * t->capacity : 4096;

        while (capacity < t->length + n + 1)
            capacity *= 2;
        t->answer = realloc(t->answer, capacity);
        if (!t->answer)
            jml_bug("out of memory");
        t->capacity = capacity;
    }
    memcpy(t->answer + t->length, bytes, n);
    t->length += n;
    t->answer[t->length] = '\0';
    return n;
}

/* libcurl keeps headers, as many as come. */
static size_t count(char *bytes, size_t size, size_t n, void *userdata)
{
    struct jml_transfer *t = userdata;

    (void)bytes;
    t->headers_length += size * n;
    if (t->headers_length <= HEADERS_MAX)
        return size * n;
    t->is_too_large = true;
    return 0;
}

static size_t give(char *bytes, size_t size, size_t n, void *userdata)
{
    struct jml_transfer *t = userdata;

    n *= size;
    if (n > t->body_length - t->body_sent)
        n = t->body_length - t->body_sent;
    if (n > 0)
        memcpy(bytes, t->body + t->body_sent, n);
    t->body_sent += n;
    return n;
}

/* A kept connection turned out to be closed: libcurl begins again. */
static int give_again(void *userdata, curl_off_t offset, int origin)
{
    struct jml_transfer *t = userdata;

    if (origin != SEEK_SET || offset < 0 || (size_t)offset > t->body_length)
        return CURL_SEEKFUNC_FAIL;
    t->body_sent = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static void *allocate(size_t n)
{
    void *p = calloc(1, n);

    if (!p)
        jml_bug("out of memory");
    return p;
}

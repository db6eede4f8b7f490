/* SPDX-License-Identifier: MIT
 *
 * Callback: see callback.h.
 */
#include "daemon/callback.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/civil.h"
#include "base/str.h"
#include "base/value.h"
#include "loop/loop.h"
#include "loop/server.h"
#include "target/callout.h"

enum { PATH_MAX_LENGTH = 2048, WORDS_MAX = 200 };
#define AGAIN    (250 * INT64_C(1000))
#define PATIENCE (5 * JML_SECOND)

struct jml_callback {
    struct jml_loop *loop;
    struct jml_server *server;
    jml_callback_take take;
    void *userdata;
    struct call *first;
};

/* A request in hand. */
struct call {
    struct jml_callback *callback;
    struct call *previous, *next;
    struct jml_arena arena;
    struct jml_server_request *request;
    struct jml_timer *again;
    int64_t until; /* monotonic: when LATER is passed on */
    struct jml_id delivery;
    const char *digest, *words;
    bool completed;
};

static void request_came(void *userdata, struct jml_server_request *r);
static void ask(void *userdata);
static void answered(void *userdata, enum jml_called_back answer);
static void call_free(struct call *call);
static bool path_parse(struct call *call, const char *path);
static bool body_parse(struct call *call, const char *text, size_t length);

int jml_callback_new(struct jml_loop *loop, const char *address, jml_callback_take take,
                     void *userdata, struct jml_callback **ret_callback, struct jml_err *e)
{
    struct jml_callback *c = calloc(1, sizeof *c);
    int r;

    if (!c)
        jml_bug("out of memory");
    *c = (struct jml_callback){.loop = loop, .take = take, .userdata = userdata};
    r = jml_server_new(loop, address, request_came, c, &c->server, e);
    if (r < 0) {
        free(c);
        return r;
    }
    *ret_callback = c;
    return 0;
}

struct jml_callback *jml_callback_free(struct jml_callback *c)
{
    if (!c)
        return NULL;
    while (c->first)
        call_free(c->first);
    jml_server_free(c->server);
    free(c);
    return NULL;
}

int jml_callback_port(const struct jml_callback *c)
{
    return jml_server_port(c->server);
}

static void request_came(void *userdata, struct jml_server_request *r)
{
    struct jml_callback *c = userdata;
    struct call *call = calloc(1, sizeof *call);
    size_t length;
    const char *body = jml_server_body(r, &length);

    if (!call)
        jml_bug("out of memory");
    *call = (struct call){
        .callback = c, .request = r, .next = c->first, .until = jml_loop_now() + PATIENCE};
    jml_arena_init(&call->arena);
    call->again = jml_timer_new(c->loop, ask, call);
    if (c->first)
        c->first->previous = call;
    c->first = call;
    if (!path_parse(call, jml_server_path(r))) {
        jml_server_answer(r, 404, "no such path", 0);
        call_free(call);
    } else if (!body_parse(call, body, length)) {
        jml_server_answer(
            r, 400, "the body is {\"data\": {\"operationStatus\": \"Completed\" or \"Failed\"}}",
            0);
        call_free(call);
    } else {
        ask(call);
    }
}

static void ask(void *userdata)
{
    struct call *call = userdata;

    call->callback->take(call->callback->userdata, call->delivery, call->digest, call->completed,
                         call->words, answered, call);
}

static void answered(void *userdata, enum jml_called_back answer)
{
    static const struct {
        int status;
        const char *words;
    } says[] = {
        [JML_CALLED_BACK_TAKEN] = {204, NULL},
        [JML_CALLED_BACK_FORGED] = {403, "the token is not the one of this delivery"},
        [JML_CALLED_BACK_NOT_WAITING] = {409, "this delivery does not wait for a call-back"},
        [JML_CALLED_BACK_UNKNOWN] = {404, "no such delivery"},
        [JML_CALLED_BACK_LATER] = {503, "not yet"},
    };
    struct call *call = userdata;

    if (answer == JML_CALLED_BACK_LATER && jml_loop_now() < call->until) {
        jml_timer_set(call->again, AGAIN);
        return;
    }
    jml_server_answer(call->request, says[answer].status, says[answer].words,
                      answer == JML_CALLED_BACK_LATER ? 5 : 0);
    call_free(call);
}

static void call_free(struct call *call)
{
    if (call->previous)
        call->previous->next = call->next;
    else
        call->callback->first = call->next;
    if (call->next)
        call->next->previous = call->previous;
    jml_timer_free(call->again);
    jml_arena_fini(&call->arena);
    free(call);
}

/* .../DELIVERY/resume/TOKEN, whatever a proxy has put before it. */
static bool path_parse(struct call *call, const char *path)
{
    static const char resume[] = "/resume/";
    size_t n = strlen(path), end = 64 + strlen(resume) + 36;
    const char *token, *id;
    char text[37];

    if (n > PATH_MAX_LENGTH || n < end + 1)
        return false;
    token = path + n - 64;
    id = path + n - end;
    if (id[-1] != '/' || strspn(token, "0123456789abcdef") != 64 ||
        strncmp(id + 36, resume, strlen(resume)) != 0)
        return false;
    memcpy(text, id, 36);
    text[36] = '\0';
    if (!jml_id_parse(text, &call->delivery))
        return false;
    call->digest = jml_callout_digest(&call->arena, token);
    return true;
}

static bool body_parse(struct call *call, const char *text, size_t length)
{
    const struct jml_value *body, *data;
    const char *status, *reason;
    struct jml_err e;

    if (jml_value_parse(&call->arena, text, length, 16, &body, &e) < 0)
        return false;
    data = jml_value_find(body, "data");
    status = jml_value_find_string(data, "operationStatus");
    reason = jml_value_find_string(data, "reason");
    if (reason && reason[0])
        call->words = jml_str_plain(
            &call->arena, jml_http_excerpt(&call->arena, reason, strlen(reason)), "?");
    call->completed = jml_strcaseeq(status, "completed");
    return call->completed || jml_strcaseeq(status, "failed");
}

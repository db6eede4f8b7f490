/* SPDX-License-Identifier: MIT
 *
 * Lookup over getaddrinfo_a(3): glibc asks in a thread of its own, which catches no signals and
 * touches nothing of ours but the request. It is looked at now and then; a request that was given
 * up and cannot be canceled is kept until the thread is done with it.
 */
#include "loop/lookup.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/civil.h"
#include "base/err.h"
#include "loop/loop.h"

#define FIRST_LOOK    (JML_SECOND / 500)
#define NEXT_LOOK_MAX (JML_SECOND / 10)
enum { ADDRESSES_MAX = 8 };

struct jml_lookup {
    struct jml_loop *loop;
    struct jml_timer *timer;
    int64_t pause;
    jml_lookup_done done;
    void *userdata;
    struct gaicb request;
    struct addrinfo hints;
    char *host;
    int error; /* of getaddrinfo */
    size_t n;
    char addresses[ADDRESSES_MAX][NI_MAXHOST];
    struct jml_lookup *next; /* given up */
};

static struct jml_lookup *given_up;

static void look(void *userdata);
static void addresses_take(struct jml_lookup *l);
static void release(struct jml_lookup *l);
static void given_up_look(void);

struct jml_lookup *jml_lookup_start(struct jml_loop *loop, const char *host, jml_lookup_done done,
                                    void *userdata)
{
    struct jml_lookup *l = calloc(1, sizeof *l);
    struct gaicb *requests[1];

    given_up_look();
    if (!l || !(l->host = strdup(host)))
        jml_bug("out of memory");
    l->loop = loop;
    l->done = done;
    l->userdata = userdata;
    l->pause = FIRST_LOOK;
    l->hints = (struct addrinfo){.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    l->request = (struct gaicb){.ar_name = l->host, .ar_request = &l->hints};
    requests[0] = &l->request;
    l->error = getaddrinfo_a(GAI_NOWAIT, requests, 1, NULL);
    l->timer = jml_timer_new(loop, look, l);
    jml_timer_set(l->timer, l->error ? 0 : FIRST_LOOK);
    return l;
}

struct jml_lookup *jml_lookup_free(struct jml_lookup *l)
{
    if (!l)
        return NULL;
    l->timer = jml_timer_free(l->timer);
    if (gai_error(&l->request) == EAI_INPROGRESS && gai_cancel(&l->request) != EAI_CANCELED &&
        gai_error(&l->request) == EAI_INPROGRESS) {
        l->next = given_up;
        given_up = l;
        return NULL;
    }
    release(l);
    return NULL;
}

const char *jml_lookup_error(const struct jml_lookup *l)
{
    if (l->error == 0)
        return l->n > 0 ? NULL : "it has no address";
    return gai_strerror(l->error);
}

const char *jml_lookup_address(const struct jml_lookup *l, size_t i)
{
    return i < l->n ? l->addresses[i] : NULL;
}

static void look(void *userdata)
{
    struct jml_lookup *l = userdata;

    if (l->error == 0) {
        int state = gai_error(&l->request);

        if (state == EAI_INPROGRESS) {
            l->pause = l->pause * 2 > NEXT_LOOK_MAX ? NEXT_LOOK_MAX : l->pause * 2;
            jml_timer_set(l->timer, l->pause);
            return;
        }
        l->error = state;
    }
    if (l->error == 0)
        addresses_take(l);
    l->done(l->userdata, l);
}

static void addresses_take(struct jml_lookup *l)
{
    for (const struct addrinfo *i = l->request.ar_result; i && l->n < ADDRESSES_MAX; i = i->ai_next)
        if (getnameinfo(i->ai_addr, i->ai_addrlen, l->addresses[l->n], NI_MAXHOST, NULL, 0,
                        NI_NUMERICHOST) == 0)
            l->n++;
}

static void release(struct jml_lookup *l)
{
    if (l->request.ar_result)
        freeaddrinfo(l->request.ar_result);
    free(l->host);
    free(l);
}

static void given_up_look(void)
{
    struct jml_lookup **p = &given_up;

    while (*p) {
        struct jml_lookup *l = *p;

        if (gai_error(&l->request) == EAI_INPROGRESS) {
            p = &l->next;
            continue;
        }
        *p = l->next;
        release(l);
    }
}

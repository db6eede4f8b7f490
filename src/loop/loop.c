/* SPDX-License-Identifier: MIT
 *
 * Loop over libevent. Objects that were freed wait in a list until the next turn is over.
 */
#include "loop/loop.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"
#include "loop/loop_base.h"

struct deferred {
    struct deferred *next;
    void *memory;
    void (*release)(void *memory);
};

struct jml_loop {
    struct event_base *base;
    bool stopped;
    jml_loop_callback turn;
    void *turn_userdata;
    struct deferred *fresh; /* freed in the turn under way */
    struct deferred *stale; /* freed in the one before: nobody can report them any more */
};

struct jml_timer {
    struct jml_loop *loop;
    struct event *event;
    jml_loop_callback fired;
    void *userdata;
};

struct jml_watch {
    struct jml_loop *loop;
    struct event *event;
    int fd;
    unsigned events;
    void (*ready)(void *userdata, unsigned events);
    void *userdata;
};

struct jml_signal {
    struct jml_loop *loop;
    struct event *event;
    jml_loop_callback caught;
    void *userdata;
};

static void *allocate(size_t n);
static void bridge_log(int severity, const char *text);
static void bridge_fatal(int code);
static void release_all(struct deferred **list);

struct jml_loop *jml_loop_new(void)
{
    struct jml_loop *l = allocate(sizeof *l);
    struct event_config *config;

    event_set_log_callback(bridge_log);
    event_set_fatal_callback(bridge_fatal);
    config = event_config_new();
    if (!config)
        jml_bug("event_config_new: out of memory");
    /* A turn may be long (a batch is decided in it); a delay counts from when it was asked for. */
    event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    l->base = event_base_new_with_config(config);
    event_config_free(config);
    if (!l->base)
        jml_bug("no event base: is the limit of open files reached?");
    return l;
}

struct jml_loop *jml_loop_free(struct jml_loop *l)
{
    if (!l)
        return NULL;
    release_all(&l->stale);
    release_all(&l->fresh);
    event_base_free(l->base);
    free(l);
    return NULL;
}

void jml_loop_run(struct jml_loop *l)
{
    l->stopped = false;
    while (!l->stopped) {
        int r = event_base_loop(l->base, EVLOOP_ONCE);

        if (r < 0)
            jml_bug("event_base_loop failed");
        release_all(&l->stale);
        l->stale = l->fresh;
        l->fresh = NULL;
        if (l->turn)
            l->turn(l->turn_userdata);
        if (r == 1)
            break; /* nothing is left to wait for */
    }
}

void jml_loop_stop(struct jml_loop *l)
{
    l->stopped = true;
    event_base_loopbreak(l->base);
}

void jml_loop_set_turn(struct jml_loop *l, jml_loop_callback turn, void *userdata)
{
    l->turn = turn;
    l->turn_userdata = userdata;
}

int64_t jml_loop_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct event_base *jml_loop_base(struct jml_loop *l)
{
    return l->base;
}

void jml_loop_defer_free(struct jml_loop *l, void *memory, void (*release)(void *memory))
{
    struct deferred *d = allocate(sizeof *d);

    d->memory = memory;
    d->release = release;
    d->next = l->fresh;
    l->fresh = d;
}

/* ---- timers ---- */

static void timer_fired(evutil_socket_t fd, short what, void *userdata)
{
    struct jml_timer *t = userdata;

    (void)fd;
    (void)what;
    if (t->fired)
        t->fired(t->userdata);
}

static void timer_release(void *memory)
{
    struct jml_timer *t = memory;

    event_free(t->event);
    free(t);
}

struct jml_timer *jml_timer_new(struct jml_loop *l, jml_loop_callback fired, void *userdata)
{
    struct jml_timer *t = allocate(sizeof *t);

    *t = (struct jml_timer){.loop = l, .fired = fired, .userdata = userdata};
    t->event = evtimer_new(l->base, timer_fired, t);
    if (!t->event)
        jml_bug("evtimer_new: out of memory");
    return t;
}

struct jml_timer *jml_timer_free(struct jml_timer *t)
{
    if (!t)
        return NULL;
    evtimer_del(t->event);
    t->fired = NULL;
    jml_loop_defer_free(t->loop, t, timer_release);
    return NULL;
}

void jml_timer_set(struct jml_timer *t, int64_t delay)
{
    struct timeval tv;

    if (delay < 0)
        delay = 0;
    tv = (struct timeval){.tv_sec = delay / 1000000, .tv_usec = delay % 1000000};
    if (evtimer_add(t->event, &tv) < 0)
        jml_bug("evtimer_add failed");
}

void jml_timer_clear(struct jml_timer *t)
{
    evtimer_del(t->event);
}

bool jml_timer_is_set(const struct jml_timer *t)
{
    return evtimer_pending(t->event, NULL) != 0;
}

/* ---- watches ---- */

static void watch_ready(evutil_socket_t fd, short what, void *userdata)
{
    struct jml_watch *w = userdata;
    unsigned events = 0;

    (void)fd;
    if (what & EV_READ)
        events |= JML_WATCH_READ;
    if (what & EV_WRITE)
        events |= JML_WATCH_WRITE;
    if (w->ready)
        w->ready(w->userdata, events);
}

static void watch_release(void *memory)
{
    struct jml_watch *w = memory;

    event_free(w->event);
    free(w);
}

static void watch_arm(struct jml_watch *w)
{
    short what = EV_PERSIST;

    if (w->events & JML_WATCH_READ)
        what |= EV_READ;
    if (w->events & JML_WATCH_WRITE)
        what |= EV_WRITE;
    event_assign(w->event, w->loop->base, w->fd, what, watch_ready, w);
    if (w->events && event_add(w->event, NULL) < 0)
        jml_bug("descriptor %d cannot be watched", w->fd);
}

struct jml_watch *jml_watch_new(struct jml_loop *l, int fd, unsigned events,
                                void (*ready)(void *userdata, unsigned events), void *userdata)
{
    struct jml_watch *w = allocate(sizeof *w);

    *w = (struct jml_watch){
        .loop = l, .fd = fd, .events = events, .ready = ready, .userdata = userdata};
    w->event = event_new(l->base, fd, EV_PERSIST, watch_ready, w);
    if (!w->event)
        jml_bug("event_new: out of memory");
    watch_arm(w);
    return w;
}

struct jml_watch *jml_watch_free(struct jml_watch *w)
{
    if (!w)
        return NULL;
    event_del(w->event);
    w->ready = NULL;
    jml_loop_defer_free(w->loop, w, watch_release);
    return NULL;
}

void jml_watch_set(struct jml_watch *w, unsigned events)
{
    if (events == w->events)
        return;
    event_del(w->event);
    w->events = events;
    watch_arm(w);
}

/* ---- signals ---- */

static void signal_caught(evutil_socket_t fd, short what, void *userdata)
{
    struct jml_signal *s = userdata;

    (void)fd;
    (void)what;
    if (s->caught)
        s->caught(s->userdata);
}

static void signal_release(void *memory)
{
    struct jml_signal *s = memory;

    event_free(s->event);
    free(s);
}

struct jml_signal *jml_signal_new(struct jml_loop *l, int number, jml_loop_callback caught,
                                  void *userdata)
{
    struct jml_signal *s = allocate(sizeof *s);

    *s = (struct jml_signal){.loop = l, .caught = caught, .userdata = userdata};
    s->event = evsignal_new(l->base, number, signal_caught, s);
    if (!s->event || evsignal_add(s->event, NULL) < 0)
        jml_bug("signal %d cannot be caught", number);
    return s;
}

struct jml_signal *jml_signal_free(struct jml_signal *s)
{
    if (!s)
        return NULL;
    evsignal_del(s->event);
    s->caught = NULL;
    jml_loop_defer_free(s->loop, s, signal_release);
    return NULL;
}

/* ---- helpers ---- */

static void *allocate(size_t n)
{
    void *p = calloc(1, n);

    if (!p)
        jml_bug("out of memory");
    return p;
}

static void bridge_log(int severity, const char *text)
{
    jml_log_plain(severity >= EVENT_LOG_WARN ? JML_MSG_BUG : JML_MSG_DEBUG, "libevent: %s", text);
}

static void bridge_fatal(int code)
{
    jml_bug("libevent gave up (%d)", code);
}

static void release_all(struct deferred **list)
{
    while (*list) {
        struct deferred *d = *list;

        *list = d->next;
        d->release(d->memory);
        free(d);
    }
}

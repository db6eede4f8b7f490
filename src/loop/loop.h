/* SPDX-License-Identifier: MIT
 *
 * Loop: one thread waits for descriptors, timers and signals, and calls back.
 *
 * The only users of libevent are the files of this folder. Timers run on the monotonic clock, so
 * that a calendar that jumps disturbs nothing; times are microseconds. An object may be freed from
 * any callback, also from its own: its memory goes one turn later, because libevent may still
 * report it in the turn under way. The loop owns what is freed that way; the caller owns the rest
 * and frees it before the loop.
 */
#ifndef JML_LOOP_LOOP_H
#define JML_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct jml_loop;
struct jml_timer;
struct jml_watch;
struct jml_signal;

typedef void (*jml_loop_callback)(void *userdata);

struct jml_loop *jml_loop_new(void);
struct jml_loop *jml_loop_free(struct jml_loop *l);

/* Turns until jml_loop_stop(), or until nothing is left to wait for. */
void jml_loop_run(struct jml_loop *l);
/* Ends jml_loop_run() after the turn under way. */
void jml_loop_stop(struct jml_loop *l);
/* Called after each finished turn: the place that proves progress (watchdog). NULL: nobody. */
void jml_loop_set_turn(struct jml_loop *l, jml_loop_callback turn, void *userdata);
/* Microseconds on CLOCK_MONOTONIC. */
int64_t jml_loop_now(void);
/* Gives memory back one turn later; release is called with it (free, ...). */
void jml_loop_defer_free(struct jml_loop *l, void *memory, void (*release)(void *memory));

/* ---- timers: made disarmed, fire once for each jml_timer_set ---- */

struct jml_timer *jml_timer_new(struct jml_loop *l, jml_loop_callback fired, void *userdata);
struct jml_timer *jml_timer_free(struct jml_timer *t); /* NULL is fine; returns NULL */
/* Fires once, delay microseconds from now (0: in the next turn); replaces what was set. */
void jml_timer_set(struct jml_timer *t, int64_t delay);
void jml_timer_clear(struct jml_timer *t);
bool jml_timer_is_set(const struct jml_timer *t);

/* ---- watches: a descriptor that becomes ready ---- */

enum jml_watch_events {
    JML_WATCH_READ = 1,
    JML_WATCH_WRITE = 2,
};

/* ready is called as long as the descriptor is ready (level-triggered). The watch must be freed
 * before its descriptor is closed. */
struct jml_watch *jml_watch_new(struct jml_loop *l, int fd, unsigned events,
                                void (*ready)(void *userdata, unsigned events), void *userdata);
struct jml_watch *jml_watch_free(struct jml_watch *w);
void jml_watch_set(struct jml_watch *w, unsigned events);

/* ---- signals ---- */

struct jml_signal *jml_signal_new(struct jml_loop *l, int number, jml_loop_callback caught,
                                  void *userdata);
struct jml_signal *jml_signal_free(struct jml_signal *s);

#endif

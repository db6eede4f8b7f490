/* SPDX-License-Identifier: MIT
 *
 * Breaker: when a target is called, and when again: a fuse that opens when nothing answers, a
 * bucket of tokens for targets that take so many calls a second, and how long a delivery waits
 * after a failure.
 *
 * All of it is arithmetic: instants (monotonic microseconds) and dice come from the caller.
 */
#ifndef JML_FLOW_BREAKER_H
#define JML_FLOW_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

/* ---- the fuse: closed, open, and half open, when one call goes as a probe ---- */

enum jml_breaker_state { JML_BREAKER_CLOSED, JML_BREAKER_OPEN, JML_BREAKER_HALF_OPEN };

struct jml_breaker {
    enum jml_breaker_state state;
    int failures;    /* unreachable in a row */
    int64_t delay;   /* of the last opening; doubled by each probe that fails */
    int64_t opened, open_until;
    int64_t paused_until; /* the target asked for that */
    bool careful;         /* it did, and no call has gone well since */
};

#define JML_BREAKER_LIMIT     5
#define JML_BREAKER_DELAY_MIN INT64_C(2000000)
#define JML_BREAKER_DELAY_MAX INT64_C(60000000)
#define JML_BREAKER_PAUSE_MAX INT64_C(60000000)

/* What a call came to that began then; one that was under way when the fuse opened changes nothing, so
 * that answers from before do not close it. True: that changed whether the target counts as reachable, which is to be
 * said once (a probe that fails changes nothing). */
bool jml_breaker_answer(struct jml_breaker *b, bool reached, int64_t began, int64_t now);
/* The target takes nothing before that: for a minute at most, for it may be about one account only.
 * Those under way are answered in their own time; then one goes first. It counts as reachable. */
void jml_breaker_pause(struct jml_breaker *b, int64_t wait, int64_t now);
/* How many calls may be under way or prepared: limit, 1 for a probe, 0 while it is open, or paused. */
int jml_breaker_allows(struct jml_breaker *b, int limit, int64_t now);
/* Microseconds until a call may go; 0: now. */
int64_t jml_breaker_wait(const struct jml_breaker *b, int64_t now);

/* ---- the bucket: rate tokens a second, as many at once ---- */

struct jml_bucket {
    int rate; /* 0: no limit */
    int64_t tokens; /* millionths */
    int64_t seen;
};

void jml_bucket_init(struct jml_bucket *b, int rate, int64_t now);
/* How many calls may begin at once (INT32_MAX without a limit). */
int jml_bucket_has(struct jml_bucket *b, int64_t now);
void jml_bucket_take(struct jml_bucket *b);
/* Microseconds until there is the next token; 0: there is one. */
int64_t jml_bucket_wait(struct jml_bucket *b, int64_t now);

/* ---- deliveries ---- */

/* How long to wait after that many attempts: 2 s, doubled up to 15 minutes (what takes access
 * away: an hour), a quarter more or less by the dice; when the target said how long, as long, up
 * to a quarter more, of a day at most. */
int64_t jml_backoff(int attempts, bool takes, int64_t retry_after, uint32_t dice);
/* How many deliveries to hold ready beyond those under way, when calls take that long on the
 * average: enough for the next half second, at most twice as many as may be under way, at least
 * one. */
int jml_ahead(int concurrency, int64_t call);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Breaker: see breaker.h.
 */
#include "flow/breaker.h"

#include "base/civil.h"

#define BACKOFF_MIN   (2 * JML_SECOND)
#define BACKOFF_MAX   (15 * JML_MINUTE)
#define BACKOFF_TAKES JML_HOUR
#define AHEAD         (JML_SECOND / 2)

bool jml_breaker_answer(struct jml_breaker *b, bool reached, int64_t began, int64_t now)
{
    enum jml_breaker_state was = b->state;

    if (was != JML_BREAKER_CLOSED && began <= b->opened)
        return false;
    if (reached) {
        *b = (struct jml_breaker){.paused_until = b->paused_until,
                                  .careful = b->careful && now < b->paused_until};
        return was != JML_BREAKER_CLOSED;
    }
    if (b->failures < JML_BREAKER_LIMIT)
        b->failures++;
    if (b->failures < JML_BREAKER_LIMIT)
        return false;
    b->delay = was == JML_BREAKER_CLOSED ? JML_BREAKER_DELAY_MIN : 2 * b->delay;
    if (b->delay > JML_BREAKER_DELAY_MAX)
        b->delay = JML_BREAKER_DELAY_MAX;
    b->opened = now;
    b->open_until = now + b->delay;
    b->state = JML_BREAKER_OPEN;
    return was == JML_BREAKER_CLOSED;
}

void jml_breaker_pause(struct jml_breaker *b, int64_t wait, int64_t now)
{
    int64_t until = now + (wait > JML_BREAKER_PAUSE_MAX ? JML_BREAKER_PAUSE_MAX : wait);

    if (until > b->paused_until)
        b->paused_until = until;
    b->careful = true;
}

int jml_breaker_allows(struct jml_breaker *b, int limit, int64_t now)
{
    if (now < b->paused_until)
        return 0;
    if (b->careful && limit > 1)
        limit = 1;
    if (b->state == JML_BREAKER_OPEN && now >= b->open_until)
        b->state = JML_BREAKER_HALF_OPEN;
    return b->state == JML_BREAKER_CLOSED ? limit : b->state == JML_BREAKER_OPEN ? 0 : 1;
}

int64_t jml_breaker_wait(const struct jml_breaker *b, int64_t now)
{
    int64_t until = b->paused_until;

    if (b->state == JML_BREAKER_OPEN && b->open_until > until)
        until = b->open_until;
    return until > now ? until - now : 0;
}

void jml_bucket_init(struct jml_bucket *b, int rate, int64_t now)
{
    *b = (struct jml_bucket){.rate = rate, .tokens = rate * INT64_C(1000000), .seen = now};
}

static void fill(struct jml_bucket *b, int64_t now)
{
    int64_t full = b->rate * INT64_C(1000000), passed = now - b->seen;

    if (passed > JML_SECOND)
        passed = JML_SECOND; /* that fills it */
    if (passed > 0)
        b->tokens += passed * b->rate;
    if (b->tokens > full)
        b->tokens = full;
    b->seen = now;
}

int jml_bucket_has(struct jml_bucket *b, int64_t now)
{
    if (b->rate <= 0)
        return INT32_MAX;
    fill(b, now);
    return (int)(b->tokens / 1000000);
}

void jml_bucket_take(struct jml_bucket *b)
{
    if (b->rate > 0)
        b->tokens -= 1000000;
}

int64_t jml_bucket_wait(struct jml_bucket *b, int64_t now)
{
    if (b->rate <= 0)
        return 0;
    fill(b, now);
    return b->tokens >= 1000000 ? 0 : (1000000 - b->tokens + b->rate - 1) / b->rate;
}

int64_t jml_backoff(int attempts, bool takes, int64_t retry_after, uint32_t dice)
{
    int64_t longest = takes ? BACKOFF_TAKES : BACKOFF_MAX, delay = BACKOFF_MIN;

    if (retry_after > 0) {
        delay = retry_after > JML_DAY ? JML_DAY : retry_after;
        return delay + delay / 4 * (dice % 1001) / 1000;
    }
    for (int i = 1; i < attempts && delay < longest; i++)
        delay *= 2;
    if (delay > longest)
        delay = longest;
    return delay - delay / 4 + delay / 2 * (dice % 1001) / 1000;
}

int jml_ahead(int concurrency, int64_t call)
{
    int64_t n = call > 0 ? concurrency * AHEAD / call : concurrency;

    return n < 1 ? 1 : n > 2 * concurrency ? 2 * concurrency : (int)n;
}

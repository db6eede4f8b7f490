/* SPDX-License-Identifier: MIT
 *
 * Id: UUID version 7. 48 bits of milliseconds, 12 of a counter, 62 of a seeded generator.
 */
#include "base/id.h"

#include <string.h>
#include <sys/random.h>

#include "base/err.h"

static uint64_t next_random(struct jml_id_source *s);
static int hex(char c);

const struct jml_id jml_id_none;

bool jml_id_is_set(struct jml_id id)
{
    return !jml_id_equal(id, jml_id_none);
}

bool jml_id_equal(struct jml_id a, struct jml_id b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

int jml_id_compare(struct jml_id a, struct jml_id b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

uint64_t jml_id_hash(struct jml_id id)
{
    uint64_t high, low;

    memcpy(&high, id.bytes, 8);
    memcpy(&low, id.bytes + 8, 8);
    low ^= high * UINT64_C(0x9e3779b97f4a7c15);
    low ^= low >> 32;
    return low * UINT64_C(0xd6e8feb86659fd93);
}

bool jml_id_parse(const char *text, struct jml_id *ret)
{
    struct jml_id id;
    const char *p = text;

    if (!text)
        return false;
    for (int i = 0; i < 16; i++) {
        int high, low;

        if ((i == 4 || i == 6 || i == 8 || i == 10) && *p++ != '-')
            return false;
        high = hex(p[0]);
        if (high < 0)
            return false;
        low = hex(p[1]);
        if (low < 0)
            return false;
        id.bytes[i] = (uint8_t)(high << 4 | low);
        p += 2;
    }
    if (*p)
        return false;
    *ret = id;
    return true;
}

void jml_id_format(struct jml_id id, char ret_text[37])
{
    static const char digits[] = "0123456789abcdef";
    char *p = ret_text;

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        *p++ = digits[id.bytes[i] >> 4];
        *p++ = digits[id.bytes[i] & 15];
    }
    *p = '\0';
}

const char *jml_id_text(struct jml_arena *a, struct jml_id id)
{
    char *text = jml_arena_alloc_raw(a, 37);

    jml_id_format(id, text);
    return text;
}

void jml_id_source_init(struct jml_id_source *s, uint64_t seed)
{
    *s = (struct jml_id_source){0};
    for (int i = 0; i < 2; i++) {
        uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64: no all-zero state */

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        s->state[i] = z ^ z >> 31;
    }
}

void jml_id_source_init_random(struct jml_id_source *s)
{
    *s = (struct jml_id_source){0};
    if (getrandom(s->state, sizeof(s->state), 0) != (ssize_t)sizeof(s->state))
        jml_bug("getrandom failed");
    s->state[0] |= 1;
}

struct jml_id jml_id_next(struct jml_id_source *s, jml_time now)
{
    uint64_t ms = now > 0 ? (uint64_t)now / 1000 : 0, bits = next_random(s);
    struct jml_id id;

    if (ms > s->last_ms) {
        s->last_ms = ms;
        s->counter = bits >> 54; /* a quarter of its range: the rest is for the same ms */
    } else if (++s->counter > 0xfff) {
        s->last_ms++;
        s->counter = 0;
    }
    for (int i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)(s->last_ms >> (40 - 8 * i));
    id.bytes[6] = (uint8_t)(0x70 | s->counter >> 8);
    id.bytes[7] = (uint8_t)s->counter;
    bits = next_random(s);
    memcpy(id.bytes + 8, &bits, 8);
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

static inline uint64_t rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

/* xoroshiro128++ */
static uint64_t next_random(struct jml_id_source *s)
{
    uint64_t a = s->state[0], b = s->state[1], result = rotate(a + b, 17) + a;

    b ^= a;
    s->state[0] = rotate(a, 49) ^ b ^ b << 21;
    s->state[1] = rotate(b, 28);
    return result;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* SPDX-License-Identifier: MIT
 *
 * Arena: a list of blocks, newest first, filled from the front.
 *
 * Blocks double from 4 kB to 1 MB, so that a small arena costs little and a batch few calls of
 * malloc. Under the address sanitizer everything not handed out is poisoned and a gap is left
 * behind each piece, so that overruns are found as with malloc.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#ifdef JML_SANITIZERS
#include <sanitizer/asan_interface.h>
#define GAP ((size_t)16)
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define GAP ((size_t)0)
#endif

#define ALIGNMENT ((size_t)16)
#define BLOCK_MIN ((size_t)4096)
#define BLOCK_MAX ((size_t)1 << 20)

struct jml_arena_block {
    struct jml_arena_block *next;
    size_t size, used; /* of bytes */
    _Alignas(16) char bytes[];
};

static char *carve(struct jml_arena_block *b, size_t n);
static struct jml_arena_block *block_new(struct jml_arena *a, size_t n);

void jml_arena_init(struct jml_arena *a)
{
    *a = (struct jml_arena){0};
}

void jml_arena_reset(struct jml_arena *a)
{
    struct jml_arena_block *keep = NULL, *b, *next;

    for (b = a->blocks; b; b = next) {
        next = b->next;
        if (b->size <= BLOCK_MAX && (!keep || b->size > keep->size)) {
            free(keep);
            keep = b;
        } else {
            free(b);
        }
    }
    if (keep) {
        keep->next = NULL;
        keep->used = 0;
        ASAN_POISON_MEMORY_REGION(keep->bytes, keep->size);
    }
    a->blocks = keep;
    a->used = 0;
}

void jml_arena_fini(struct jml_arena *a)
{
    struct jml_arena_block *b, *next;

    for (b = a->blocks; b; b = next) {
        next = b->next;
        free(b);
    }
    *a = (struct jml_arena){0};
}

void *jml_arena_alloc_raw(struct jml_arena *a, size_t n)
{
    struct jml_arena_block *b = a->blocks;

    if (__builtin_expect(!b || b->size - b->used < n + GAP || n + GAP < n, 0))
        b = block_new(a, n);
    a->used += n;
    return carve(b, n);
}

void *jml_arena_alloc(struct jml_arena *a, size_t n)
{
    return memset(jml_arena_alloc_raw(a, n), 0, n);
}

void *jml_arena_calloc(struct jml_arena *a, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes))
        jml_bug("arena: %zu items of %zu bytes", n, size);
    return jml_arena_alloc(a, bytes);
}

bool jml_arena_extend(struct jml_arena *a, void *piece, size_t n, size_t wanted)
{
    struct jml_arena_block *b = a->blocks;
    size_t at, rounded = (n + GAP + ALIGNMENT - 1) & ~(ALIGNMENT - 1);

    if (!b || !piece || b->used < rounded || (char *)piece != b->bytes + b->used - rounded)
        return false;
    at = b->used - rounded;
    if (b->size - at < wanted + GAP)
        return false;
    b->used = at;
    carve(b, wanted);
    a->used += wanted - n;
    return true;
}

char *jml_strdup(struct jml_arena *a, const char *s)
{
    return s ? jml_strndup(a, s, strlen(s)) : NULL;
}

char *jml_strndup(struct jml_arena *a, const char *s, size_t n)
{
    char *copy;

    if (!s)
        return NULL;
    copy = jml_arena_alloc_raw(a, n + 1);
    memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *jml_printf(struct jml_arena *a, const char *fmt, ...)
{
    char *text;
    va_list ap;

    va_start(ap, fmt);
    text = jml_vprintf(a, fmt, ap);
    va_end(ap);
    return text;
}

char *jml_vprintf(struct jml_arena *a, const char *fmt, va_list ap)
{
    char small[256], *text;
    va_list again;
    int n;

    va_copy(again, ap);
    n = vsnprintf(small, sizeof(small), fmt, ap);
    if (n < 0)
        jml_bug("arena: format \"%s\" failed", fmt);
    if ((size_t)n < sizeof(small)) {
        text = jml_strndup(a, small, (size_t)n);
    } else {
        text = jml_arena_alloc_raw(a, (size_t)n + 1);
        vsnprintf(text, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    return text;
}

/* The next n bytes of b, which has room for them. */
static char *carve(struct jml_arena_block *b, size_t n)
{
    char *piece = b->bytes + b->used;
    size_t rounded = (n + GAP + ALIGNMENT - 1) & ~(ALIGNMENT - 1);

    b->used += rounded; /* sizes of blocks are multiples of the alignment */
    ASAN_UNPOISON_MEMORY_REGION(piece, n);
    return piece;
}

static struct jml_arena_block *block_new(struct jml_arena *a, size_t n)
{
    size_t size = a->blocks ? a->blocks->size * 2 : BLOCK_MIN - sizeof(struct jml_arena_block);
    struct jml_arena_block *b;

    if (size > BLOCK_MAX)
        size = BLOCK_MAX;
    if (n > SIZE_MAX / 2)
        jml_bug("arena: a piece of %zu bytes", n);
    if (size < n + GAP)
        size = n + GAP;
    size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    b = malloc(sizeof(*b) + size);
    if (!b)
        jml_bug("out of memory (%zu bytes)", size);
    b->size = size;
    b->used = 0;
    b->next = a->blocks;
    a->blocks = b;
    ASAN_POISON_MEMORY_REGION(b->bytes, b->size);
    return b;
}

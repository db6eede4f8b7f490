/* SPDX-License-Identifier: MIT
 *
 * Arena: memory that is given back all at once.
 *
 * One arena serves one batch of work (or one command): everything allocated from it lives until
 * jml_arena_reset() or jml_arena_fini(). Nothing in it is freed singly. Memory is zeroed.
 * Out of memory aborts: the truth is in PostgreSQL and the unit restarts.
 */
#ifndef JML_BASE_ARENA_H
#define JML_BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct jml_arena_block;

struct jml_arena {
    struct jml_arena_block *blocks; /* newest first */
    size_t used;                    /* bytes handed out since the last reset */
};

void jml_arena_init(struct jml_arena *a);
/* Keeps the largest block (up to 1 MB) for the next batch and frees the others. */
void jml_arena_reset(struct jml_arena *a);
void jml_arena_fini(struct jml_arena *a);

/* n zeroed bytes, aligned for any type. n = 0 is allowed. */
void *jml_arena_alloc(struct jml_arena *a, size_t n) __attribute__((malloc, alloc_size(2)));
#define jml_new(a, type) ((type *)jml_arena_alloc((a), sizeof(type)))
#define jml_new_n(a, type, n) ((type *)jml_arena_calloc((a), (n), sizeof(type)))
void *jml_arena_calloc(struct jml_arena *a, size_t n, size_t size)
    __attribute__((malloc, alloc_size(2, 3)));

/* Not zeroed: for those who write every byte of it at once. (No alloc_size: it may be extended.) */
void *jml_arena_alloc_raw(struct jml_arena *a, size_t n) __attribute__((malloc));
/* Makes the newest piece, of n bytes, `wanted` bytes long where it stands (the rest not zeroed).
 * false: it is not the newest or there is no room, and nothing happened. */
bool jml_arena_extend(struct jml_arena *a, void *piece, size_t n, size_t wanted);

/* Copies; NULL gives NULL. */
char *jml_strdup(struct jml_arena *a, const char *s);
char *jml_strndup(struct jml_arena *a, const char *s, size_t n);
char *jml_printf(struct jml_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *jml_vprintf(struct jml_arena *a, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

#endif

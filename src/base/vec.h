/* SPDX-License-Identifier: MIT
 *
 * Vec: a typed array that grows in an arena.
 *
 *     JML_VEC(struct jml_run *) runs = {0};
 *     jml_vec_push(arena, &runs, run);
 *     for (size_t i = 0; i < runs.n; i++) use(runs.items[i]);
 *
 * Growing doubles; the old block stays in the arena until it is reset.
 */
#ifndef JML_BASE_VEC_H
#define JML_BASE_VEC_H

#include "base/arena.h"

#define JML_VEC(type)                                                                              \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t n, cap;                                                                             \
    }

void *jml_vec_grow(struct jml_arena *a, void *items, size_t n, size_t *cap, size_t size);

#define jml_vec_push(arena, v, item)                                                               \
    do {                                                                                           \
        if ((v)->n == (v)->cap)                                                                    \
            (v)->items =                                                                           \
                jml_vec_grow((arena), (v)->items, (v)->n, &(v)->cap, sizeof(*(v)->items));         \
        (v)->items[(v)->n++] = (item);                                                             \
    } while (0)

#endif

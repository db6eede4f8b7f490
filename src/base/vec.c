/* SPDX-License-Identifier: MIT
 *
 * Vec: the growing half of vec.h.
 */
#include "base/vec.h"

#include <string.h>

#include "base/err.h"

void *jml_vec_grow(struct jml_arena *a, void *items, size_t n, size_t *cap, size_t size)
{
    size_t wanted = *cap ? *cap * 2 : 4, bytes;
    void *grown;

    if (wanted < *cap || __builtin_mul_overflow(wanted, size, &bytes))
        jml_bug("vec: more than %zu items of %zu bytes", *cap, size);
    if (jml_arena_extend(a, items, *cap * size, bytes)) {
        grown = items;
    } else {
        grown = jml_arena_alloc_raw(a, bytes);
        if (n > 0)
            memcpy(grown, items, n * size);
    }
    memset((char *)grown + n * size, 0, bytes - n * size);
    *cap = wanted;
    return grown;
}

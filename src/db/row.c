/* SPDX-License-Identifier: MIT
 *
 * Columns as values.
 */
#include "db/row.h"

#include <string.h>

#include "base/err.h"

#define SEEN_LENGTH 1024 /* what is longer is hardly there twice */

struct jml_row_seen {
    const char *text; /* NULL: free */
    size_t length;
    const struct jml_value *value;
};

void jml_row_values_init(struct jml_row_values *seen, struct jml_arena *a, size_t people)
{
    size_t size = 16;
    while (size < 4 * people)
        size *= 2;
    seen->slots = jml_new_n(a, struct jml_row_seen, size);
    seen->mask = size - 1;
}

static uint64_t hash_of(const char *text, size_t length)
{
    uint64_t h = length, part;
    for (; length >= sizeof(part); text += sizeof(part), length -= sizeof(part)) {
        memcpy(&part, text, sizeof(part));
        h = (h ^ part) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 29;
    }
    part = 0;
    memcpy(&part, text, length);
    h = (h ^ part) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

const struct jml_value *jml_row_value(const struct jml_result *r, size_t row, size_t column,
                                      struct jml_arena *a, struct jml_row_values *seen)
{
    if (jml_result_is_null(r, row, column))
        return NULL;
    size_t length = 0;
    const char *bytes = jml_result_bytes(r, row, column, &length);
    if (length == 2 && memcmp(bytes, "{}", 2) == 0)
        return jml_value_object();
    if (length == 2 && memcmp(bytes, "[]", 2) == 0)
        return jml_value_array();
    struct jml_row_seen *slot = NULL;
    if (length <= SEEN_LENGTH) {
        slot = &seen->slots[hash_of(bytes, length) & seen->mask];
        if (slot->text && slot->length == length && memcmp(slot->text, bytes, length) == 0)
            return slot->value;
    }
    const struct jml_value *v = NULL;
    struct jml_err e;
    if (jml_value_parse(a, bytes, length, 128, &v, &e) < 0)
        jml_bug("a jsonb column is no JSON: %s", e.message);
    if (slot) /* who was here before is read anew when it comes again */
        *slot = (struct jml_row_seen){jml_strndup(a, bytes, length), length, v};
    return v;
}

const struct jml_value *jml_row_object(const struct jml_result *r, size_t row, size_t column,
                                       struct jml_arena *a)
{
    const struct jml_value *v = NULL;
    size_t length = 0;
    const char *bytes = jml_result_bytes(r, row, column, &length);
    struct jml_err e;

    if (length == 2 && bytes[0] == '{')
        return jml_value_object();
    if (jml_value_parse(a, bytes, length, 128, &v, &e) < 0)
        jml_bug("a jsonb column is no JSON: %s", e.message);
    return v;
}

int jml_row_state(const struct jml_result *r, size_t row, size_t column, enum jml_machine machine)
{
    size_t length = 0;
    const char *bytes = jml_result_bytes(r, row, column, &length);
    for (int state = 1;; state++) {
        const char *name = jml_state_name(machine, state);
        if (!name)
            jml_bug("unknown %s state '%.*s'", jml_machine_name(machine), (int)length, bytes);
        if (strlen(name) == length && memcmp(name, bytes, length) == 0)
            return state;
    }
}

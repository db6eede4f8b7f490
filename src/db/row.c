/* SPDX-License-Identifier: MIT
 *
 * Columns as values.
 */
#include "db/row.h"

#include <string.h>

#include "base/err.h"

const struct jml_value *jml_row_value(const struct jml_result *r, size_t row, size_t column,
                                      struct jml_arena *a)
{
    if (jml_result_is_null(r, row, column))
        return NULL;
    size_t length = 0;
    const char *bytes = jml_result_bytes(r, row, column, &length);
    if (length == 2 && memcmp(bytes, "{}", 2) == 0)
        return jml_value_object();
    const struct jml_value *v = NULL;
    struct jml_err e;
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

/* SPDX-License-Identifier: MIT
 *
 * JSON of any kind: what is accepted is written and read again as the same value.
 */
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jml_arena a = {0};
    const struct jml_value *v, *again;
    struct jml_err e;
    const char *text;
    int64_t n;

    if (jml_value_parse(&a, (const char *)data, size, 32, &v, &e) == 0) {
        text = jml_value_text(&a, v);
        if (jml_value_parse(&a, text, strlen(text), 32, &again, &e) < 0)
            jml_bug("not read again: %s: %s", text, e.message);
        if (!jml_value_equal(v, again) || strcmp(text, jml_value_text(&a, again)) != 0)
            jml_bug("changed: %s", text);
        jml_value_to_int(v, &n);
        jml_value_text(&a, jml_value_merge(&a, v, v));
        jml_value_text(&a, jml_value_merge(&a, NULL, jml_value_copy(&a, v)));
    }
    jml_arena_fini(&a);
    return 0;
}

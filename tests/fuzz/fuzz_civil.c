/* SPDX-License-Identifier: MIT
 *
 * Text that should be a date, a time, a duration or an interval.
 */
#include <stdint.h>
#include <string.h>

#include "base/civil.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jml_arena a = {0};
    char *text = jml_strndup(&a, (const char *)data, size);
    struct jml_duration d, again;
    struct jml_date date;
    struct jml_err e;
    jml_time t, u;

    jml_date_parse(text, &date);
    if (jml_time_parse(text, &t) &&
        (!jml_time_parse(jml_time_format_precise(&a, t), &u) || t != u))
        jml_bug("%s came back changed", text);
    if (jml_duration_parse(text, &d, &e) == 0) {
        if (jml_duration_parse(jml_duration_format(&a, d), &again, &e) < 0 ||
            d.days != again.days || d.exact != again.exact)
            jml_bug("%s came back changed", text);
        jml_duration_add(jml_zone_utc(), 0, d);
    }
    jml_interval_parse(text, &t);
    jml_arena_fini(&a);
    return 0;
}

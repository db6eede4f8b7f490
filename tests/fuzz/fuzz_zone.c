/* SPDX-License-Identifier: MIT
 *
 * Bytes of a time zone file: what is accepted answers for every time.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/civil.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jml_zone *z = jml_zone_decode("Fuzz/Zone", data, size);
    const char *abbreviation;
    jml_time t, last = INT64_MIN;

    if (!z)
        return 0;
    for (int16_t year = 1; year < 3000; year = (int16_t)(year + 7)) {
        struct jml_date d = {year, (int8_t)(year % 12 + 1), (int8_t)(year % 28 + 1)};

        t = jml_zone_day_start(z, d);
        if (t < last)
            jml_bug("year %d starts before an earlier one", year);
        last = t;
        if (jml_date_compare(jml_zone_date(z, t, NULL), d) < 0)
            jml_bug("year %d: a day starts before its date", year);
        if (abs(jml_zone_offset(z, t, &abbreviation)) > 100000)
            abort();
        jml_zone_add_days(z, t, year);
    }
    jml_zone_date(z, JML_TIME_MAX, NULL);
    jml_zone_date(z, JML_TIME_NONE + 1, NULL);
    jml_zone_free(z);
    return 0;
}

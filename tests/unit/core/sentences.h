/* SPDX-License-Identifier: MIT
 *
 * Sentences: a test of the core in Criterion. Every test begins with the case of its suite: nobody
 * is known, and it is Monday 2026-06-01, 09:00 UTC.
 */
#ifndef JML_TESTS_UNIT_CORE_SENTENCES_H
#define JML_TESTS_UNIT_CORE_SENTENCES_H

#include <criterion/criterion.h>

#include "lib/case.h"
#include "lib/leak.h"

#define NOW "2026-06-01 09:00"

static void begin(void)
{
    case_begin(NOW);
}

static inline void end(void)
{
    case_end();
    jml_test_leak_check();
}

#define SUITE(name) TestSuite(name, .init = begin, .fini = end)

#define says(text, wanted)                                                                         \
    do {                                                                                           \
        const char *said = (text);                                                                 \
        cr_expect_str_eq(said, (wanted), "%s\nsaid:   %s\nwanted: %s", #text, said, (wanted));     \
    } while (0)

static inline struct jml_event *joiner(const char *date, const char *attributes)
{
    return case_event(JML_JOINER, date, attributes);
}
static inline struct jml_event *mover(const char *date, const char *attributes)
{
    return case_event(JML_MOVER, date, attributes);
}
static inline struct jml_event *leaver(const char *date)
{
    return case_event(JML_LEAVER, date, NULL);
}
static inline struct jml_event *rescind(const char *source_ref)
{
    struct jml_event *e = case_event(JML_RESCIND, NULL, NULL);
    e->supersedes = source_ref;
    return e;
}

#endif

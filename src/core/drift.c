/* SPDX-License-Identifier: MIT
 *
 * Drift: both sides are put into one table by account, which then knows who is where.
 */
#include "core/drift.h"

#include <stdint.h>
#include <string.h>

#include "base/str.h"

/* An account, of one side or both. */
struct entry {
    const char *key;
    bool is_expected, is_open, is_listed, is_counted;
};

struct table {
    struct jml_arena *arena;
    struct entry *slots; /* open addressing; at most half full */
    size_t mask;
    bool ignore_case;
};

static void table_init(struct table *t, struct jml_arena *a, size_t n, bool ignore_case);
static struct entry *entry_get(struct table *t, const char *account);

void jml_drift_compare(struct jml_arena *a, const struct jml_drift_expected *expected,
                       size_t n_expected, const char *const *listed, size_t n_listed,
                       bool ignore_case, struct jml_drift *ret_drift)
{
    struct entry **of = jml_new_n(a, struct entry *, n_expected);
    struct jml_drift d = {0};
    struct table t;

    table_init(&t, a, n_expected + n_listed, ignore_case);
    for (size_t i = 0; i < n_expected; i++) {
        of[i] = entry_get(&t, expected[i].account);
        of[i]->is_open |= expected[i].is_open;
    }
    for (size_t i = 0; i < n_expected; i++) {
        d.n_expected += !of[i]->is_open && !of[i]->is_expected;
        of[i]->is_expected = true;
    }
    for (size_t i = 0; i < n_listed; i++) {
        struct entry *entry = entry_get(&t, listed[i]);

        if (entry->is_listed || entry->is_open)
            continue;
        entry->is_listed = true;
        d.n_listed++;
        if (!entry->is_expected)
            jml_vec_push(a, &d.extra, listed[i]);
    }
    for (size_t i = 0; i < n_expected; i++) {
        if (of[i]->is_open)
            continue;
        if (of[i]->is_listed) {
            if (expected[i].is_failed)
                jml_vec_push(a, &d.back, &expected[i]);
            continue;
        }
        if (expected[i].is_known) {
            jml_vec_push(a, &d.known, &expected[i]);
            continue;
        }
        jml_vec_push(a, &d.missing, &expected[i]);
        d.n_missing += !of[i]->is_counted;
        of[i]->is_counted = true;
    }
    d.limit = d.n_expected * JML_DRIFT_PERCENT / 100;
    if (d.limit < JML_DRIFT_FEW)
        d.limit = JML_DRIFT_FEW;
    d.is_suspicious = d.n_missing + d.extra.n > d.limit;
    *ret_drift = d;
}

static void table_init(struct table *t, struct jml_arena *a, size_t n, bool ignore_case)
{
    size_t size = 16;

    while (size < 2 * n)
        size *= 2;
    *t = (struct table){.arena = a,
                        .slots = jml_new_n(a, struct entry, size),
                        .mask = size - 1,
                        .ignore_case = ignore_case};
}

/* FNV-1a. */
static size_t hash(const char *account)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (const unsigned char *p = (const unsigned char *)account; *p; p++)
        h = (h ^ *p) * UINT64_C(0x100000001b3);
    return (size_t)(h ^ (h >> 32));
}

static struct entry *entry_get(struct table *t, const char *account)
{
    const char *key = t->ignore_case ? jml_str_fold(t->arena, account) : account;
    size_t i = hash(key) & t->mask;

    while (t->slots[i].key && strcmp(t->slots[i].key, key) != 0)
        i = (i + 1) & t->mask;
    if (!t->slots[i].key)
        t->slots[i].key = key;
    return &t->slots[i];
}

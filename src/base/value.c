/* SPDX-License-Identifier: MIT
 *
 * Value: see value.h. This file makes, reads, compares and merges values; base/json.c turns text
 * into values and back.
 */
#include "base/value.h"

#include <string.h>

#include "base/err.h"

static const struct jml_value *find_n(const struct jml_value *v, const char *key, size_t n);
static const struct jml_value *container_new(struct jml_arena *a, enum jml_value_type type,
                                             size_t n, const struct jml_value *const *items,
                                             const char *const *keys);
static bool number_equal(const char *a, const char *b);

static const struct jml_value null_value = {.type = JML_NULL};
static const struct jml_value true_value = {.type = JML_BOOL, .boolean = true};
static const struct jml_value false_value = {.type = JML_BOOL};
static const struct jml_value empty_object = {.type = JML_OBJECT};
static const struct jml_value empty_array = {.type = JML_ARRAY};

/* ---- makers ---- */

const struct jml_value *jml_value_null(void)
{
    return &null_value;
}

const struct jml_value *jml_value_bool(bool b)
{
    return b ? &true_value : &false_value;
}

const struct jml_value *jml_value_string(struct jml_arena *a, const char *s)
{
    struct jml_value *v = jml_new(a, struct jml_value);

    v->type = JML_STRING;
    v->text = jml_strdup(a, s);
    return v;
}

const struct jml_value *jml_value_int(struct jml_arena *a, int64_t n)
{
    struct jml_value *v = jml_new(a, struct jml_value);

    v->type = JML_NUMBER;
    v->text = jml_printf(a, "%lld", (long long)n);
    return v;
}

const struct jml_value *jml_value_object(void)
{
    return &empty_object;
}

const struct jml_value *jml_value_array(void)
{
    return &empty_array;
}

const struct jml_value *jml_value_with(struct jml_arena *a, const struct jml_value *object,
                                       const char *key, const struct jml_value *v)
{
    size_t n = object->type == JML_OBJECT ? object->n : 0, at = 0;
    const struct jml_value **items = jml_new_n(a, const struct jml_value *, n + 1);
    const char **keys = jml_new_n(a, const char *, n + 1);

    for (size_t i = 0; i < n; i++) {
        items[i] = object->items[i];
        keys[i] = object->keys[i];
    }
    while (at < n && strcmp(keys[at], key) != 0)
        at++;
    if (at == n)
        keys[n++] = jml_strdup(a, key);
    items[at] = v;
    return container_new(a, JML_OBJECT, n, items, keys);
}

const struct jml_value *jml_value_append(struct jml_arena *a, const struct jml_value *array,
                                         const struct jml_value *v)
{
    size_t n = array->type == JML_ARRAY ? array->n : 0;
    const struct jml_value **items = jml_new_n(a, const struct jml_value *, n + 1);

    for (size_t i = 0; i < n; i++)
        items[i] = array->items[i];
    items[n] = v;
    return container_new(a, JML_ARRAY, n + 1, items, NULL);
}

/* ---- readers ---- */

const struct jml_value *jml_value_find(const struct jml_value *v, const char *key)
{
    return find_n(v, key, strlen(key));
}

const struct jml_value *jml_value_find_path(const struct jml_value *v, const char *path)
{
    for (;;) {
        size_t n = strcspn(path, "/");

        v = find_n(v, path, n);
        if (!v || path[n] == '\0')
            return v;
        path += n + 1;
    }
}

const char *jml_value_find_string(const struct jml_value *v, const char *key)
{
    const struct jml_value *member = jml_value_find(v, key);

    return member && member->type == JML_STRING ? member->text : NULL;
}

bool jml_value_find_bool(const struct jml_value *v, const char *key, bool fallback)
{
    const struct jml_value *member = jml_value_find(v, key);

    return member && member->type == JML_BOOL ? member->boolean : fallback;
}

/* A number as sign, digits without zeros at either end, and a power of ten: equal numbers have
 * equal parts, whatever their size. The digits stay in the text, with a point among them. */
struct decimal {
    bool negative;
    const char *first, *end; /* from the first to behind the last digit that is not 0 */
    int64_t n;               /* digits between them; 0: the number is 0 */
    int64_t exponent;        /* of the last digit */
};

#define POWER_BOUND (INT64_C(1) << 50) /* greater powers of ten are all the same to us */

static struct decimal decimal_parse(const char *text)
{
    struct decimal d = {.negative = *text == '-'};
    int64_t fraction = 0, power = 0;
    bool point = false, minus = false;
    const char *p = text + d.negative;

    for (; (*p >= '0' && *p <= '9') || *p == '.'; p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        fraction += point;
        if (*p != '0') {
            if (!d.first)
                d.first = p;
            d.end = p + 1;
            d.exponent = -fraction;
        }
    }
    if (!d.first)
        return (struct decimal){0};
    for (const char *q = d.first; q < d.end; q++)
        d.n += *q != '.';
    /* Zeros of the integral part behind the last other digit raise the exponent. */
    for (const char *q = d.end; d.exponent >= 0 && *q == '0'; q++)
        d.exponent++;
    if (*p == 'e' || *p == 'E') {
        p++;
        minus = *p == '-';
        if (*p == '-' || *p == '+')
            p++;
        for (; *p >= '0' && *p <= '9'; p++)
            if (power < POWER_BOUND)
                power = power * 10 + (*p - '0');
        if (power > POWER_BOUND)
            power = POWER_BOUND;
        d.exponent += minus ? -power : power;
    }
    return d;
}

bool jml_value_to_int(const struct jml_value *v, int64_t *ret)
{
    struct decimal d;
    int64_t n = 0; /* kept negative: the range below zero is the larger one */

    if (!v || v->type != JML_NUMBER)
        return false;
    d = decimal_parse(v->text);
    if (d.n > 0 && (d.exponent < 0 || d.n + d.exponent > 19))
        return false;
    for (const char *p = d.first; p < d.end; p++)
        if (*p != '.' && (__builtin_mul_overflow(n, 10, &n) ||
                          __builtin_sub_overflow(n, *p - '0', &n)))
            return false;
    for (int64_t i = 0; d.n > 0 && i < d.exponent; i++)
        if (__builtin_mul_overflow(n, 10, &n))
            return false;
    if (!d.negative && n == INT64_MIN)
        return false;
    *ret = d.negative ? n : -n;
    return true;
}

/* ---- comparison ---- */

bool jml_value_equal(const struct jml_value *a, const struct jml_value *b)
{
    if (a == b)
        return true;
    if (!a || !b || a->type != b->type)
        return false;
    switch (a->type) {
    case JML_NULL:
        return true;
    case JML_BOOL:
        return a->boolean == b->boolean;
    case JML_NUMBER:
        return number_equal(a->text, b->text);
    case JML_STRING:
        return strcmp(a->text, b->text) == 0;
    case JML_ARRAY:
        if (a->n != b->n)
            return false;
        for (size_t i = 0; i < a->n; i++)
            if (!jml_value_equal(a->items[i], b->items[i]))
                return false;
        return true;
    case JML_OBJECT:
        if (a->n != b->n)
            return false;
        for (size_t i = 0; i < a->n; i++) {
            /* Mostly both have the same order. */
            const struct jml_value *other = strcmp(a->keys[i], b->keys[i]) == 0
                                                ? b->items[i]
                                                : jml_value_find(b, a->keys[i]);

            if (!other || !jml_value_equal(a->items[i], other))
                return false;
        }
        return true;
    }
    return false;
}

/* ---- merge patch ---- */

const struct jml_value *jml_value_merge(struct jml_arena *a, const struct jml_value *target,
                                        const struct jml_value *patch)
{
    const struct jml_value **items;
    const char **keys;
    size_t n = 0;

    if (patch->type != JML_OBJECT)
        return patch;
    if (!target || target->type != JML_OBJECT)
        target = &empty_object;
    else if (patch->n == 0)
        return target;

    items = jml_arena_alloc_raw(a, (target->n + patch->n) * sizeof(*items));
    keys = jml_arena_alloc_raw(a, (target->n + patch->n) * sizeof(*keys));
    for (size_t i = 0; i < target->n; i++) {
        const struct jml_value *change = jml_value_find(patch, target->keys[i]);

        if (change && change->type == JML_NULL)
            continue;
        keys[n] = target->keys[i];
        items[n++] = change ? jml_value_merge(a, target->items[i], change) : target->items[i];
    }
    for (size_t i = 0; i < patch->n; i++) {
        if (patch->items[i]->type == JML_NULL || jml_value_find(target, patch->keys[i]))
            continue;
        keys[n] = patch->keys[i];
        items[n++] = jml_value_merge(a, NULL, patch->items[i]);
    }
    return n == 0 ? &empty_object : container_new(a, JML_OBJECT, n, items, keys);
}

const struct jml_value *jml_value_copy(struct jml_arena *a, const struct jml_value *v)
{
    const struct jml_value **items;
    const char **keys = NULL;
    struct jml_value *copy;

    if (!v)
        return NULL;
    switch (v->type) {
    case JML_NULL:
        return &null_value;
    case JML_BOOL:
        return jml_value_bool(v->boolean);
    case JML_NUMBER:
    case JML_STRING:
        copy = jml_new(a, struct jml_value);
        copy->type = v->type;
        copy->text = jml_strdup(a, v->text);
        return copy;
    case JML_ARRAY:
    case JML_OBJECT:
        break;
    }
    items = jml_new_n(a, const struct jml_value *, v->n);
    if (v->type == JML_OBJECT)
        keys = jml_new_n(a, const char *, v->n);
    for (size_t i = 0; i < v->n; i++) {
        items[i] = jml_value_copy(a, v->items[i]);
        if (keys)
            keys[i] = jml_strdup(a, v->keys[i]);
    }
    return container_new(a, v->type, v->n, items, keys);
}

/* ---- helpers ---- */

static const struct jml_value *find_n(const struct jml_value *v, const char *key, size_t n)
{
    if (!v || v->type != JML_OBJECT)
        return NULL;
    for (size_t i = 0; i < v->n; i++)
        /* most keys differ in their first byte: no call for those */
        if ((n == 0 || v->keys[i][0] == key[0]) && strncmp(v->keys[i], key, n) == 0 &&
            v->keys[i][n] == '\0')
            return v->items[i];
    return NULL;
}

static const struct jml_value *container_new(struct jml_arena *a, enum jml_value_type type,
                                             size_t n, const struct jml_value *const *items,
                                             const char *const *keys)
{
    struct jml_value *v = jml_new(a, struct jml_value);

    v->type = type;
    v->n = (uint32_t)n;
    v->items = items;
    v->keys = keys;
    return v;
}

static bool number_equal(const char *a, const char *b)
{
    struct decimal x, y;
    const char *p, *q;

    if (strcmp(a, b) == 0)
        return true;
    x = decimal_parse(a);
    y = decimal_parse(b);
    if (x.negative != y.negative || x.n != y.n || x.exponent != y.exponent)
        return false;
    for (p = x.first, q = y.first; p < x.end && q < y.end; p++, q++) {
        p += *p == '.';
        q += *q == '.';
        if (*p != *q)
            return false;
    }
    return true;
}

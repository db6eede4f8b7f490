/* SPDX-License-Identifier: MIT
 *
 * Param: the binary formats of PostgreSQL's send and receive functions (network byte order; times
 * count from 2000-01-01).
 */
#include "db/param.h"

#include <endian.h>
#include <string.h>

#include "base/err.h"
#include "db/oid.h"

static const struct {
    uint32_t oid;
    int size; /* 0: varies */
} array_types[] = {
    [JML_ARRAY_BOOL] = {JML_OID_BOOL, 1},        [JML_ARRAY_INT2] = {JML_OID_INT2, 2},
    [JML_ARRAY_INT4] = {JML_OID_INT4, 4},        [JML_ARRAY_INT8] = {JML_OID_INT8, 8},
    [JML_ARRAY_TEXT] = {JML_OID_TEXT, 0},        [JML_ARRAY_UUID] = {JML_OID_UUID, 16},
    [JML_ARRAY_TIME] = {JML_OID_TIMESTAMPTZ, 8}, [JML_ARRAY_DATE] = {JML_OID_DATE, 4},
    [JML_ARRAY_JSONB] = {JML_OID_JSONB, 0},
};

static struct jml_param binary(struct jml_arena *a, const void *bytes, size_t n);
static char *array_grow(struct jml_array_param *p, size_t n);
static void put32(char *to, uint32_t v);
static int64_t time_to_wire(jml_time t);

struct jml_param jml_param_text(const char *s)
{
    return (struct jml_param){.value = s, .length = s ? (int)strlen(s) : 0, .format = 0};
}

struct jml_param jml_param_int8(struct jml_arena *a, int64_t v)
{
    uint64_t wire = htobe64((uint64_t)v);

    return binary(a, &wire, sizeof wire);
}

struct jml_param jml_param_int4(struct jml_arena *a, int32_t v)
{
    uint32_t wire = htobe32((uint32_t)v);

    return binary(a, &wire, sizeof wire);
}

struct jml_param jml_param_bool(struct jml_arena *a, bool v)
{
    char wire = v ? 1 : 0;

    return binary(a, &wire, sizeof wire);
}

struct jml_param jml_param_time(struct jml_arena *a, jml_time t)
{
    if (t == JML_TIME_NONE)
        return (struct jml_param){0};
    return jml_param_int8(a, time_to_wire(t));
}

struct jml_param jml_param_uuid(struct jml_arena *a, struct jml_id id)
{
    if (!jml_id_is_set(id))
        return (struct jml_param){0};
    return binary(a, id.bytes, sizeof id.bytes);
}

struct jml_param jml_param_jsonb(struct jml_arena *a, const char *json)
{
    (void)a; /* the text format needs no copy with a version byte in front */
    return jml_param_text(json);
}

/* ---- arrays: number of dimensions, nulls, element type, length, lower bound, elements ---- */

#define HEADER 20

void jml_array_init(struct jml_array_param *p, struct jml_arena *a, enum jml_array_type type)
{
    *p = (struct jml_array_param){.arena = a, .type = type};
    array_grow(p, HEADER);
}

void jml_array_add_null(struct jml_array_param *p)
{
    put32(array_grow(p, 4), UINT32_MAX);
    p->has_null = true;
    p->n++;
}

void jml_array_add_bool(struct jml_array_param *p, bool v)
{
    char *to = array_grow(p, 5);

    if (p->type != JML_ARRAY_BOOL)
        jml_bug("a bool in an array of another type");
    put32(to, 1);
    to[4] = v ? 1 : 0;
    p->n++;
}

void jml_array_add_int(struct jml_array_param *p, int64_t v)
{
    int size = array_types[p->type].size;
    uint64_t wire = htobe64((uint64_t)v);
    char *to;

    if (p->type != JML_ARRAY_INT2 && p->type != JML_ARRAY_INT4 && p->type != JML_ARRAY_INT8)
        jml_bug("an integer in an array of another type");
    if ((size == 2 && v != (int16_t)v) || (size == 4 && v != (int32_t)v))
        jml_bug("%lld does not fit the array", (long long)v);
    to = array_grow(p, 4 + (size_t)size);
    put32(to, (uint32_t)size);
    memcpy(to + 4, (char *)&wire + (8 - size), (size_t)size);
    p->n++;
}

void jml_array_add_text(struct jml_array_param *p, const char *s)
{
    size_t n, version = p->type == JML_ARRAY_JSONB ? 1 : 0;
    char *to;

    if (p->type != JML_ARRAY_TEXT && p->type != JML_ARRAY_JSONB)
        jml_bug("a text in an array of another type");
    if (!s) {
        jml_array_add_null(p);
        return;
    }
    n = strlen(s);
    to = array_grow(p, 4 + version + n);
    put32(to, (uint32_t)(n + version));
    if (version)
        to[4] = 1;
    memcpy(to + 4 + version, s, n);
    p->n++;
}

void jml_array_add_uuid(struct jml_array_param *p, struct jml_id id)
{
    char *to;

    if (p->type != JML_ARRAY_UUID)
        jml_bug("an id in an array of another type");
    if (!jml_id_is_set(id)) {
        jml_array_add_null(p);
        return;
    }
    to = array_grow(p, 4 + sizeof id.bytes);
    put32(to, sizeof id.bytes);
    memcpy(to + 4, id.bytes, sizeof id.bytes);
    p->n++;
}

void jml_array_add_time(struct jml_array_param *p, jml_time t)
{
    uint64_t wire;
    char *to;

    if (p->type != JML_ARRAY_TIME)
        jml_bug("a time in an array of another type");
    if (t == JML_TIME_NONE) {
        jml_array_add_null(p);
        return;
    }
    wire = htobe64((uint64_t)time_to_wire(t));
    to = array_grow(p, 12);
    put32(to, 8);
    memcpy(to + 4, &wire, 8);
    p->n++;
}

void jml_array_add_date(struct jml_array_param *p, struct jml_date d)
{
    char *to;

    if (p->type != JML_ARRAY_DATE)
        jml_bug("a date in an array of another type");
    if (!jml_date_is_set(d)) {
        jml_array_add_null(p);
        return;
    }
    to = array_grow(p, 8);
    put32(to, 4);
    put32(to + 4, (uint32_t)(int32_t)(jml_date_to_days(d) - JML_PG_EPOCH_DAYS));
    p->n++;
}

struct jml_param jml_array_param(struct jml_array_param *p)
{
    put32(p->bytes, p->n > 0 ? 1 : 0);
    put32(p->bytes + 4, p->has_null);
    put32(p->bytes + 8, array_types[p->type].oid);
    put32(p->bytes + 12, (uint32_t)p->n);
    put32(p->bytes + 16, 1);
    if (p->n == 0)
        p->length = 12; /* an empty array has no dimension */
    return (struct jml_param){.value = p->bytes, .length = (int)p->length, .format = 1};
}

/* ---- helpers ---- */

static struct jml_param binary(struct jml_arena *a, const void *bytes, size_t n)
{
    char *copy = jml_arena_alloc(a, n);

    memcpy(copy, bytes, n);
    return (struct jml_param){.value = copy, .length = (int)n, .format = 1};
}

static char *array_grow(struct jml_array_param *p, size_t n)
{
    char *to;

    if (p->length + n > p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 256;
        char *bytes;

        while (cap < p->length + n)
            cap *= 2;
        bytes = jml_arena_alloc(p->arena, cap);
        if (p->length)
            memcpy(bytes, p->bytes, p->length);
        p->bytes = bytes;
        p->cap = cap;
    }
    to = p->bytes + p->length;
    p->length += n;
    return to;
}

static void put32(char *to, uint32_t v)
{
    v = htobe32(v);
    memcpy(to, &v, 4);
}

static int64_t time_to_wire(jml_time t)
{
    return t == JML_TIME_MAX ? INT64_MAX : t - JML_PG_EPOCH;
}

struct jml_param jml_param_uuids(struct jml_arena *a, const struct jml_id *ids, size_t n)
{
    struct jml_array_param p;

    jml_array_init(&p, a, JML_ARRAY_UUID);
    for (size_t i = 0; i < n; i++)
        jml_array_add_uuid(&p, ids[i]);
    return jml_array_param(&p);
}

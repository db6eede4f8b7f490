/* SPDX-License-Identifier: MIT
 *
 * Param: values on their way to PostgreSQL, in binary format; single ones and arrays (for unnest).
 * Memory comes from the arena given; strings are not copied.
 */
#ifndef JML_DB_PARAM_H
#define JML_DB_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/civil.h"
#include "base/id.h"

struct jml_param {
    const char *value; /* NULL: SQL NULL */
    int length;
    int format; /* 0 text, 1 binary */
};

struct jml_param jml_param_text(const char *s); /* NULL: SQL NULL */
struct jml_param jml_param_int8(struct jml_arena *a, int64_t v);
struct jml_param jml_param_int4(struct jml_arena *a, int32_t v);
struct jml_param jml_param_bool(struct jml_arena *a, bool v);
struct jml_param jml_param_time(struct jml_arena *a, jml_time t); /* NONE: SQL NULL, MAX: infinity */
struct jml_param jml_param_uuid(struct jml_arena *a, struct jml_id id); /* none: SQL NULL */
struct jml_param jml_param_jsonb(struct jml_arena *a, const char *json); /* NULL: SQL NULL */

enum jml_array_type {
    JML_ARRAY_BOOL,
    JML_ARRAY_INT2,
    JML_ARRAY_INT4,
    JML_ARRAY_INT8,
    JML_ARRAY_TEXT,
    JML_ARRAY_UUID,
    JML_ARRAY_TIME,
    JML_ARRAY_DATE,
    JML_ARRAY_JSONB,
};

/* A one-dimensional array that is built element by element. */
struct jml_array_param {
    struct jml_arena *arena;
    enum jml_array_type type;
    char *bytes;
    size_t length, cap;
    int n;
    bool has_null;
};

void jml_array_init(struct jml_array_param *p, struct jml_arena *a, enum jml_array_type type);
void jml_array_add_null(struct jml_array_param *p);
void jml_array_add_bool(struct jml_array_param *p, bool v);
void jml_array_add_int(struct jml_array_param *p, int64_t v); /* INT2, INT4, INT8 */
void jml_array_add_text(struct jml_array_param *p, const char *s); /* TEXT, JSONB; NULL: null */
void jml_array_add_uuid(struct jml_array_param *p, struct jml_id id); /* none: null */
void jml_array_add_time(struct jml_array_param *p, jml_time t); /* NONE: null */
void jml_array_add_date(struct jml_array_param *p, struct jml_date d); /* unset: null */
/* Completes the header; the array must not grow any more. */
struct jml_param jml_array_param(struct jml_array_param *p);
/* uuid[] of ids that are there already. */
struct jml_param jml_param_uuids(struct jml_arena *a, const struct jml_id *ids, size_t n);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Result: rows that came from PostgreSQL in binary format, read column by column. Columns are
 * numbered as the query file lists them. A wrong type is a BUG (the query file and its reader
 * belong together), found by the tests.
 */
#ifndef JML_DB_RESULT_H
#define JML_DB_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/civil.h"
#include "base/id.h"

struct jml_result {
    void *pg; /* PGresult */
};

/* Gives the rows back early: there are none any more. */
void jml_result_drop(struct jml_result *r);

size_t jml_result_rows(const struct jml_result *r);
/* Rows that an INSERT, UPDATE or DELETE touched. */
int64_t jml_result_touched(const struct jml_result *r);
size_t jml_result_columns(const struct jml_result *r);
const char *jml_result_column_name(const struct jml_result *r, size_t column);
/* What a column holds, for printing (any type not named here is TEXT). */
enum jml_column_type {
    JML_COLUMN_TEXT,
    JML_COLUMN_NUMBER, /* int2, int4, int8, float8 */
    JML_COLUMN_BOOL,
    JML_COLUMN_TIME, /* timestamptz */
    JML_COLUMN_DATE,
    JML_COLUMN_JSON, /* json, jsonb */
};
enum jml_column_type jml_result_column_type(const struct jml_result *r, size_t column);

bool jml_result_is_null(const struct jml_result *r, size_t row, size_t column);
/* SQL NULL gives 0, false, NULL, JML_TIME_NONE, jml_id_none, the unset date. */
int64_t jml_result_int(const struct jml_result *r, size_t row, size_t column); /* int2,4,8 */
bool jml_result_bool(const struct jml_result *r, size_t row, size_t column);
jml_time jml_result_time(const struct jml_result *r, size_t row, size_t column); /* infinity: MAX */
struct jml_date jml_result_date(const struct jml_result *r, size_t row, size_t column);
struct jml_id jml_result_uuid(const struct jml_result *r, size_t row, size_t column);
/* Copied into the arena; jsonb as its text, without the version byte. */
const char *jml_result_text(const struct jml_result *r, size_t row, size_t column,
                            struct jml_arena *a);
/* The bytes in place, valid as long as the result. */
const char *jml_result_bytes(const struct jml_result *r, size_t row, size_t column,
                             size_t *ret_length);
/* Any column as text for people and scripts (times RFC 3339 UTC, uuid, numbers, json). */
const char *jml_result_display(const struct jml_result *r, size_t row, size_t column,
                               struct jml_arena *a);

#endif

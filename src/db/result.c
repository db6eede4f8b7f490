/* SPDX-License-Identifier: MIT
 *
 * Result: reading PGresult in binary format. A streamed result has one row, whatever its number.
 */
#include "db/result.h"

#include <endian.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "db/oid.h"

static int row_of(const struct jml_result *r, size_t row, size_t column);
static const char *value_of(const struct jml_result *r, size_t row, size_t column, int *ret_length);
static int64_t read_int(const char *bytes, int length);
static _Noreturn void wrong_type(const struct jml_result *r, size_t column, const char *wanted);
static const char *display_array(const char *bytes, int length, struct jml_arena *a);

void jml_result_drop(struct jml_result *r)
{
    PQclear(r->pg);
    r->pg = NULL;
}

size_t jml_result_rows(const struct jml_result *r)
{
    return r->pg ? (size_t)PQntuples(r->pg) : 0;
}

int64_t jml_result_touched(const struct jml_result *r)
{
    /* libpq takes a pointer to a result it does not change */
    const char *n = r->pg ? PQcmdTuples(r->pg) : "";

    return n[0] ? strtoll(n, NULL, 10) : 0;
}

size_t jml_result_columns(const struct jml_result *r)
{
    return r->pg ? (size_t)PQnfields(r->pg) : 0;
}

const char *jml_result_column_name(const struct jml_result *r, size_t column)
{
    return PQfname(r->pg, (int)column);
}

enum jml_column_type jml_result_column_type(const struct jml_result *r, size_t column)
{
    switch (PQftype(r->pg, (int)column)) {
    case JML_OID_INT2:
    case JML_OID_INT4:
    case JML_OID_INT8:
    case JML_OID_FLOAT8:
        return JML_COLUMN_NUMBER;
    case JML_OID_BOOL:
        return JML_COLUMN_BOOL;
    case JML_OID_TIMESTAMPTZ:
        return JML_COLUMN_TIME;
    case JML_OID_DATE:
        return JML_COLUMN_DATE;
    case JML_OID_JSON:
    case JML_OID_JSONB:
        return JML_COLUMN_JSON;
    default:
        return JML_COLUMN_TEXT;
    }
}

bool jml_result_is_null(const struct jml_result *r, size_t row, size_t column)
{
    return PQgetisnull(r->pg, row_of(r, row, column), (int)column);
}

int64_t jml_result_int(const struct jml_result *r, size_t row, size_t column)
{
    int length;
    const char *v = value_of(r, row, column, &length);
    Oid type = PQftype(r->pg, (int)column);

    if (type != JML_OID_INT2 && type != JML_OID_INT4 && type != JML_OID_INT8)
        wrong_type(r, column, "an integer");
    return v ? read_int(v, length) : 0;
}

bool jml_result_bool(const struct jml_result *r, size_t row, size_t column)
{
    int length;
    const char *v = value_of(r, row, column, &length);

    if (PQftype(r->pg, (int)column) != JML_OID_BOOL)
        wrong_type(r, column, "a boolean");
    return v && v[0];
}

jml_time jml_result_time(const struct jml_result *r, size_t row, size_t column)
{
    int length;
    const char *v = value_of(r, row, column, &length);
    int64_t t;

    if (PQftype(r->pg, (int)column) != JML_OID_TIMESTAMPTZ)
        wrong_type(r, column, "a timestamptz");
    if (!v)
        return JML_TIME_NONE;
    t = read_int(v, length);
    if (t == INT64_MAX)
        return JML_TIME_MAX;
    if (t == INT64_MIN)
        return JML_TIME_NONE; /* -infinity; no column of ours holds it */
    return t + JML_PG_EPOCH;
}

struct jml_date jml_result_date(const struct jml_result *r, size_t row, size_t column)
{
    int length;
    const char *v = value_of(r, row, column, &length);

    if (PQftype(r->pg, (int)column) != JML_OID_DATE)
        wrong_type(r, column, "a date");
    return v ? jml_date_from_days(read_int(v, length) + JML_PG_EPOCH_DAYS) : (struct jml_date){0};
}

struct jml_id jml_result_uuid(const struct jml_result *r, size_t row, size_t column)
{
    struct jml_id id = {{0}};
    int length;
    const char *v = value_of(r, row, column, &length);

    if (PQftype(r->pg, (int)column) != JML_OID_UUID)
        wrong_type(r, column, "a uuid");
    if (v)
        memcpy(id.bytes, v, sizeof id.bytes);
    return id;
}

const char *jml_result_text(const struct jml_result *r, size_t row, size_t column,
                            struct jml_arena *a)
{
    size_t length;
    const char *v = jml_result_bytes(r, row, column, &length);

    return v ? jml_strndup(a, v, length) : NULL;
}

const char *jml_result_bytes(const struct jml_result *r, size_t row, size_t column,
                             size_t *ret_length)
{
    int length;
    const char *v = value_of(r, row, column, &length);

    switch (PQftype(r->pg, (int)column)) {
    case JML_OID_TEXT:
    case JML_OID_VARCHAR:
    case JML_OID_NAME:
    case JML_OID_JSON:
    case JML_OID_UNKNOWN:
        break;
    case JML_OID_JSONB: /* version byte */
        if (v) {
            v++;
            length--;
        }
        break;
    default:
        wrong_type(r, column, "a text");
    }
    *ret_length = v ? (size_t)length : 0;
    return v;
}

const char *jml_result_display(const struct jml_result *r, size_t row, size_t column,
                               struct jml_arena *a)
{
    int length;
    const char *v = value_of(r, row, column, &length);
    struct jml_date d;

    if (!v)
        return NULL;
    switch (PQftype(r->pg, (int)column)) {
    case JML_OID_BOOL:
        return v[0] ? "true" : "false";
    case JML_OID_INT2:
    case JML_OID_INT4:
    case JML_OID_INT8:
        return jml_printf(a, "%lld", (long long)read_int(v, length));
    case JML_OID_FLOAT8: {
        int64_t bits = read_int(v, length);
        double number;

        memcpy(&number, &bits, sizeof number);
        return jml_printf(a, "%.15g", number);
    }
    case JML_OID_TIMESTAMPTZ:
        if (jml_result_time(r, row, column) == JML_TIME_MAX)
            return "infinity";
        return jml_time_format(a, jml_result_time(r, row, column));
    case JML_OID_DATE:
        d = jml_result_date(r, row, column);
        return jml_printf(a, "%04d-%02d-%02d", d.year, d.month, d.day);
    case JML_OID_UUID:
        return jml_id_text(a, jml_result_uuid(r, row, column));
    case JML_OID_TEXT_ARRAY:
        return display_array(v, length, a);
    case JML_OID_VOID:
        return "";
    default:
        return jml_result_text(r, row, column, a);
    }
}

/* ---- helpers ---- */

static int row_of(const struct jml_result *r, size_t row, size_t column)
{
    if (!r->pg)
        jml_bug("a result that is not there");
    if (PQresultStatus(r->pg) == PGRES_SINGLE_TUPLE)
        row = 0;
    if (row >= (size_t)PQntuples(r->pg) || column >= (size_t)PQnfields(r->pg))
        jml_bug("row %zu column %zu of a result of %d rows and %d columns", row, column,
                PQntuples(r->pg), PQnfields(r->pg));
    return (int)row;
}

static const char *value_of(const struct jml_result *r, size_t row, size_t column, int *ret_length)
{
    int i = row_of(r, row, column);

    if (PQfformat(r->pg, (int)column) != 1)
        jml_bug("column %s did not come in binary format", PQfname(r->pg, (int)column));
    if (PQgetisnull(r->pg, i, (int)column))
        return NULL;
    *ret_length = PQgetlength(r->pg, i, (int)column);
    return PQgetvalue(r->pg, i, (int)column);
}

static int64_t read_int(const char *bytes, int length)
{
    uint64_t v = 0;

    if (length == 8) {
        memcpy(&v, bytes, 8);
        return (int64_t)be64toh(v);
    }
    if (length == 4) {
        uint32_t narrow;

        memcpy(&narrow, bytes, 4);
        return (int32_t)be32toh(narrow);
    }
    if (length == 2) {
        uint16_t narrow;

        memcpy(&narrow, bytes, 2);
        return (int16_t)be16toh(narrow);
    }
    jml_bug("an integer of %d bytes", length);
}

static _Noreturn void wrong_type(const struct jml_result *r, size_t column, const char *wanted)
{
    jml_bug("column %s is of type %u, not %s: the query file and its reader belong together",
            PQfname(r->pg, (int)column), PQftype(r->pg, (int)column), wanted);
}

/* text[] in one dimension: "a, b". */
static const char *display_array(const char *bytes, int length, struct jml_arena *a)
{
    struct jml_str s = JML_STR_INIT(a);
    int64_t n = length >= 20 ? read_int(bytes + 12, 4) : 0;
    const char *at = bytes + 20;

    for (int64_t i = 0; i < n; i++) {
        int64_t size = read_int(at, 4);

        at += 4;
        if (i)
            jml_str_add(&s, ", ");
        if (size < 0) {
            jml_str_add(&s, "null");
            continue;
        }
        jml_str_add_n(&s, at, (size_t)size);
        at += size;
    }
    return jml_str_text(&s);
}

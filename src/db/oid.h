/* SPDX-License-Identifier: MIT
 *
 * Oid: the types of PostgreSQL that we read and write in binary format; their numbers are fixed
 * (pg_type.dat). Private to src/db.
 */
#ifndef JML_DB_OID_H
#define JML_DB_OID_H

#include "base/civil.h"

enum {
    JML_OID_BOOL = 16,
    JML_OID_NAME = 19,
    JML_OID_INT8 = 20,
    JML_OID_INT2 = 21,
    JML_OID_INT4 = 23,
    JML_OID_TEXT = 25,
    JML_OID_JSON = 114,
    JML_OID_FLOAT8 = 701,
    JML_OID_UNKNOWN = 705,
    JML_OID_TEXT_ARRAY = 1009,
    JML_OID_VARCHAR = 1043,
    JML_OID_DATE = 1082,
    JML_OID_TIMESTAMPTZ = 1184,
    JML_OID_VOID = 2278,
    JML_OID_UUID = 2950,
    JML_OID_JSONB = 3802,
};

/* PostgreSQL counts from 2000-01-01. */
#define JML_PG_EPOCH_DAYS 10957
#define JML_PG_EPOCH (JML_PG_EPOCH_DAYS * JML_DAY)

#endif

/* SPDX-License-Identifier: MIT
 *
 * Row: columns read as values of the core.
 */
#ifndef JML_DB_ROW_H
#define JML_DB_ROW_H

#include "base/value.h"
#include "core/states.h"
#include "db/result.h"

/* A jsonb column; SQL NULL gives NULL. */
const struct jml_value *jml_row_value(const struct jml_result *r, size_t row, size_t column,
                                      struct jml_arena *a);
/* A state column. A state that this program does not know is a BUG: the schema was checked. */
int jml_row_state(const struct jml_result *r, size_t row, size_t column, enum jml_machine machine);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Row: columns read as values of the core.
 */
#ifndef JML_DB_ROW_H
#define JML_DB_ROW_H

#include "base/value.h"
#include "core/states.h"
#include "db/result.h"

/* Values that were read, by their text. Those of a batch are much alike (a person has what the events
 * said, many begin on the same day), and no value changes: the same text gives the same value. */
struct jml_row_values {
    struct jml_row_seen *slots;
    size_t mask;
};

/* For that many people; they live as long as the arena, which must be that of the values. */
void jml_row_values_init(struct jml_row_values *seen, struct jml_arena *a, size_t people);
/* A jsonb column; SQL NULL gives NULL. */
const struct jml_value *jml_row_value(const struct jml_result *r, size_t row, size_t column,
                                      struct jml_arena *a, struct jml_row_values *seen);
/* A jsonb column that is an object, and not NULL. */
const struct jml_value *jml_row_object(const struct jml_result *r, size_t row, size_t column,
                                       struct jml_arena *a);
/* A state column. A state that this program does not know is a BUG: the schema was checked. */
int jml_row_state(const struct jml_result *r, size_t row, size_t column, enum jml_machine machine);

#endif

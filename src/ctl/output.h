/* SPDX-License-Identifier: MIT
 *
 * Output: rows on their way to people (aligned tables, or "key: value" for one object), to scripts
 * (JSON: an array of objects) and to spreadsheets (CSV). Knows nothing of databases.
 *
 * Rows are written as they come. A table looks ahead a few hundred rows to find its widths and
 * then goes on with them (wider if it must), so memory stays flat whatever the number of rows.
 * Writing may fail (a full disk): that is said once, by jml_output_end().
 */
#ifndef JML_CTL_OUTPUT_H
#define JML_CTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/civil.h"
#include "base/err.h"
#include "base/vec.h"
#include "ctl/command.h"
#include "db/result.h"

struct jml_output_column {
    const char *name; /* the JSON key and CSV header; tables show it in capitals */
    enum jml_column_type type;
};

struct jml_output_cell {
    const char *text; /* NULL: no value; not looked at for TIME columns */
    jml_time time;    /* TIME columns only; JML_TIME_NONE: no value */
};

struct jml_output {
    /* set by the caller before begin */
    FILE *file;
    enum jml_ctl_format format;
    const struct jml_zone *zone; /* for the times of tables; NULL: UTC */
    const char *shown;           /* names of the columns of tables; NULL: all */
    bool bare;                   /* tables have no header */
    bool record;                 /* tables become "key: value" lines */
    unsigned width;              /* of the terminal; 0: nothing is wrapped */

    /* private */
    struct jml_arena arena; /* the rows looked ahead at, or the row at hand */
    struct jml_arena lasting;
    struct jml_output_column *columns;
    size_t n_columns;
    size_t *order; /* which columns tables show */
    size_t n_order;
    unsigned *widths;
    JML_VEC(const char *const *) ahead; /* table rows, texts as shown */
    size_t rows;
    bool header_done;
};

void jml_output_begin(struct jml_output *o, const struct jml_output_column *columns, size_t n);
void jml_output_row(struct jml_output *o, const struct jml_output_cell *cells);
/* Writes what is left, flushes and frees. < 0: TRANSIENT, what was written is not complete. */
int jml_output_end(struct jml_output *o, struct jml_err *e);

/* Display width of UTF-8 text in terminal cells. */
unsigned jml_output_text_width(const char *text);

#endif

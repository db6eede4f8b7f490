/* SPDX-License-Identifier: MIT
 *
 * Table: the format for people; called by output.c only.
 */
#ifndef JML_CTL_TABLE_H
#define JML_CTL_TABLE_H

#include "ctl/output.h"

void jml_table_begin(struct jml_output *o);
void jml_table_row(struct jml_output *o, const struct jml_output_cell *cells);
void jml_table_end(struct jml_output *o);

#endif

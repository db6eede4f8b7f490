/* SPDX-License-Identifier: MIT
 *
 * Help: everything that is made out of the tables of verbs: --help on each level, the bash
 * completion, and the list of commands in jmlctl(1).
 */
#ifndef JML_CTL_HELP_H
#define JML_CTL_HELP_H

#include <stdio.h>

#include "ctl/command.h"

/* noun and verb NULL: the whole program; verb NULL: the verbs of a noun. */
void jml_help_print(FILE *file, const struct jml_verb *const *tables, const char *noun,
                    const struct jml_verb *verb);
void jml_help_completion(FILE *file, const struct jml_verb *const *tables);
void jml_help_man(FILE *file, const struct jml_verb *const *tables);

#endif

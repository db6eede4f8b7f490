/* SPDX-License-Identifier: MIT
 *
 * Setting: what texts in the settings of targets may be. Documents are held to it when they are
 * applied, and the kinds again when they are opened, so that what stands in the database already is
 * not above it.
 */
#ifndef JML_CORE_SETTING_H
#define JML_CORE_SETTING_H

#include <stdbool.h>

/* A variable that programs may be given: JML_ and more of A to Z, 0 to 9 and _. Any other could make
 * the program, its shell or its loader run what is not in the directory of programs (BASH_ENV,
 * LD_PRELOAD, PATH, PERL5OPT, ...), and there is no end of such names. */
bool jml_setting_is_variable(const char *name);
#define JML_SETTING_VARIABLE \
    "must begin with JML_, and go on with A to Z, 0 to 9 and _: other variables could make the " \
    "program run something else; whatever it needs of them it sets itself"

#endif

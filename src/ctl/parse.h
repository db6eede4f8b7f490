/* SPDX-License-Identifier: MIT
 *
 * Parse: the command line against the tables of verbs.
 *
 *     jmlctl [GLOBAL OPTION]... NOUN [VERB] [ARGUMENT | OPTION]...
 *
 * Global options may stand anywhere before "--". What was not understood is told with the nearest
 * thing that would have been.
 */
#ifndef JML_CTL_PARSE_H
#define JML_CTL_PARSE_H

#include "base/arena.h"
#include "base/err.h"
#include "ctl/command.h"

/* The options of every command. */
extern const struct jml_ctl_option jml_ctl_global_options[];

struct jml_parsed {
    bool help, version;
    const char *dump; /* "completion" or "man", to make those files */
    const char *database, *clock_offset;
    bool json, csv;
    const char *noun;         /* as far as given; known to exist */
    struct jml_ctl_call call; /* call.verb is NULL when only help was asked for */
};

/* < 0: BAD_INPUT. With --help nothing beyond the names is checked. */
int jml_parse(struct jml_arena *a, const struct jml_verb *const *tables, int argc,
              char *const *argv, struct jml_parsed *ret_parsed, struct jml_err *e);

/* The candidate nearest to word, NULL when none is near. next gives them one by one, then NULL. */
const char *jml_parse_nearest(const char *word, const char *(*next)(void *userdata),
                              void *userdata);

/* NULL when value fits the word of the option ("N", "ID", "TIME", "a|b"), else what is expected. */
const char *jml_parse_expected(struct jml_arena *a, const struct jml_ctl_option *option,
                               const char *value);

#endif

/* SPDX-License-Identifier: MIT
 *
 * People: whom a command for many names: one by one, in a file, or by a group.
 */
#ifndef JML_CTL_PEOPLE_H
#define JML_CTL_PEOPLE_H

#include "base/vec.h"
#include "ctl/command.h"

struct jml_people {
    JML_VEC(const char *) ids; /* employee_ids, as named */
    bool many;                 /* a file, a group, or more than one */
};

/* From --employee, --from-file and --all-in together. 0, or the exit code: what is wrong was said, also
 * that nobody is named. */
int jml_people_named(struct jml_ctl *c, const struct jml_ctl_call *call, struct jml_people *ret_people);

/* The ids in a text: one a line, or the first column of CSV. Lines that begin with # and what stands
 * behind blank and # are comments; a first line "employee_id" is a header. < 0: BAD_INPUT, with name and
 * line. */
int jml_people_parse(struct jml_arena *a, const char *name, const char *text, size_t length,
                     struct jml_people *people, struct jml_err *e);

#endif

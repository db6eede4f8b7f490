/* SPDX-License-Identifier: MIT
 *
 * Query: from a file of sql/queries to the output; and the verbs that are nothing but that.
 */
#ifndef JML_CTL_QUERY_H
#define JML_CTL_QUERY_H

#include "ctl/command.h"
#include "db/param.h"
#include "db/result.h"

struct jml_ctl_view {
    const char *columns;         /* what tables show; NULL: everything */
    bool record;                 /* "key: value" lines instead of a table */
    const struct jml_zone *zone; /* NULL: that in a record's column zone, else the caller's */
    const char *missing;         /* said, with exit 1, when there is no row; NULL: none is fine */
    bool long_report;            /* may take as long as it needs */
    bool bare;                   /* a table without its header: ids, for scripts */
    bool quiet;                  /* a table without rows prints nothing, not even its header */
    /* Called for every row before it is printed; may be NULL. */
    void (*seen)(void *userdata, const struct jml_result *r, size_t row);
    void *userdata;
};

/* Runs and prints. Gives the exit code; what went wrong was said. */
int jml_ctl_print_view(struct jml_ctl *c, const char *statement, const struct jml_param *params,
                       size_t n_params, const struct jml_ctl_view *view);

/* Runs the verb that is described by its row alone. */
int jml_ctl_run_query(struct jml_ctl *c, const struct jml_ctl_call *call);

/* Of the options that name something configured: is there such a thing? A name that is not there would
 * find nothing, which looks like an answer. 0, or the exit code; what is not there was said. */
int jml_ctl_check_names(struct jml_ctl *c, const struct jml_ctl_call *call);
/* The same of one thing: package, policy, workflow, catalog, request. */
int jml_ctl_check_name(struct jml_ctl *c, const char *noun, const char *name);

/* $1, $2, ... of a query from the names in verb->parameters. */
size_t jml_ctl_parameters(struct jml_ctl *c, const struct jml_ctl_call *call, const char *names,
                          struct jml_param **ret_params);

/* The zone of a person, the caller's when there is none; for things that are about one person. */
int jml_ctl_person_zone(struct jml_ctl *c, const char *employee, const struct jml_zone **ret_zone);

/* A text[] parameter. */
struct jml_param jml_ctl_text_array(struct jml_ctl *c, const char *const *texts, size_t n);

#endif

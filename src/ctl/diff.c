/* SPDX-License-Identifier: MIT
 *
 * jmlctl diff: what apply would change. Writes nothing.
 */
#include <stdio.h>

#include "ctl/governance.h"

static int run_diff(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    struct jml_governance_plan plan;
    struct jml_document_set set;
    struct jml_err e;
    int code = jml_ctl_documents(c, call, &set);

    if (!code)
        code = jml_ctl_session(c);
    if (code)
        return code;
    if (jml_session_script(c->session, "begin", &e) < 0)
        return jml_ctl_fail(c, &e);
    code = jml_ctl_plan(c, &set, &plan);
    if (jml_session_script(c->session, "rollback", &e) < 0 && !code)
        return jml_ctl_fail(c, &e);
    if (!code)
        code = jml_ctl_plan_print(c, &plan);
    if (!code && c->format == JML_CTL_TABLE && !plan.n_changed)
        puts("no differences");
    return code;
}

const struct jml_verb jml_ctl_diff_verbs[] = {
    {
        .noun = "diff",
        .arguments = "PATH...",
        .summary = "Shows what apply would change and writes nothing.",
        .min_arguments = 1,
        .max_arguments = -1,
        .run = run_diff,
    },
    {0},
};

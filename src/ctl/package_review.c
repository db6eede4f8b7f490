/* SPDX-License-Identifier: MIT
 *
 * jmlctl package review: who holds what by whose gift, and the word of who looked at it. A revocation is a
 * request like any other; the review names it.
 */
#include "ctl/package.h"

#include <string.h>

#include "ctl/outcome.h"
#include "ctl/query.h"

static int list(struct jml_ctl *c, const struct jml_ctl_call *call);
static int record(struct jml_ctl *c, const struct jml_ctl_call *call, bool revoke);
static int check_assignments(struct jml_ctl *c, const struct jml_ctl_call *call);

int jml_package_review(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    bool confirm = jml_ctl_option(call, "confirm"), revoke = jml_ctl_option(call, "revoke");

    if (confirm && revoke)
        return jml_ctl_say(c, JML_EXIT_USAGE, "--confirm and --revoke exclude each other");
    if (!confirm && !revoke) {
        if (jml_ctl_option(call, "justification"))
            return jml_ctl_say(c, JML_EXIT_USAGE, "--justification goes with --confirm or --revoke");
        return list(c, call);
    }
    if (jml_ctl_option(call, "never") || jml_ctl_option(call, "before"))
        return jml_ctl_say(c, JML_EXIT_USAGE, "--never and --before are for the list");
    if (call->n_arguments == 0)
        return jml_ctl_say(c, JML_EXIT_USAGE, "which assignments? give their ids");
    return record(c, call, revoke);
}

static int list(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    const struct jml_ctl_view view = {.columns = call->verb->columns, .long_report = true};
    struct jml_param *params;
    size_t n;
    int code;

    if (call->n_arguments > 1)
        return jml_ctl_say(c, JML_EXIT_USAGE,
                           "one package at a time; assignments go with --confirm or --revoke");
    code = call->n_arguments == 1 ? jml_ctl_check_name(c, "package", call->arguments[0]) : 0;
    if (code != 0)
        return code;
    n = jml_ctl_parameters(c, call, "#1 never before", &params);
    return jml_ctl_print_view(c, call->verb->query, params, n, &view);
}

static int record(struct jml_ctl *c, const struct jml_ctl_call *call, bool revoke)
{
    struct jml_outcomes all = {0};
    struct jml_param params[2];
    struct jml_result r;
    struct jml_err e;
    int code = jml_ctl_session(c);

    if (code == 0)
        code = check_assignments(c, call);
    if (code != 0)
        return code;
    params[0] = jml_ctl_text_array(c, call->arguments, call->n_arguments);
    params[1] = jml_param_text(jml_ctl_option(call, "justification"));
    if (revoke)
        return jml_outcome_insert(c, call, "review_revoke", params, 2, "request_outcome");
    if (jml_session_query(c->session, "review_confirm", params, 2, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    jml_outcome_add(c, &all, &r);
    jml_session_clear(c->session);
    for (size_t i = 0; i < all.rows.n; i++)
        all.rows.items[i].result = "done"; /* there is nothing to wait for */
    return jml_outcome_finish(c, call, &all, "request_outcome");
}

/* All or none. */
static int check_assignments(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    struct jml_param param = jml_ctl_text_array(c, call->arguments, call->n_arguments);
    struct jml_result r;
    struct jml_err e;
    int code = 0;

    if (jml_session_query(c->session, "review_find", &param, 1, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    for (size_t i = 0; i < jml_result_rows(&r) && code == 0; i++) {
        const char *id = jml_result_text(&r, i, 0, &c->arena);
        const char *state = jml_result_text(&r, i, 1, &c->arena);

        if (!state)
            code = jml_ctl_say(c, JML_EXIT_FAILED, "no assignment '%s'", id);
        else if (!strcmp(state, "expired"))
            code = jml_ctl_say(c, JML_EXIT_FAILED, "assignment %s has ended; there is nothing to review", id);
    }
    jml_session_clear(c->session);
    return code;
}

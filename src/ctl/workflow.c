/* SPDX-License-Identifier: MIT
 *
 * jmlctl workflow: the workflows as they are configured, and running one on demand.
 */
#include "ctl/outcome.h"
#include "ctl/query.h"

static int run_for(struct jml_ctl *c, const struct jml_ctl_call *call);
static int enable(struct jml_ctl *c, const struct jml_ctl_call *call);
static int disable(struct jml_ctl *c, const struct jml_ctl_call *call);
static int find(struct jml_ctl *c, const char *name, const char **ret_id);

static const struct jml_ctl_option run_options[] = {
    {"employee", "EMPLOYEE", true, "for whom; several may follow"},
    JML_CTL_WAIT_OPTION,
    {0},
};

static const struct jml_ctl_option change_options[] = {
    JML_CTL_WAIT_OPTION,
    {0},
};

const struct jml_verb jml_ctl_workflow_verbs[] = {
    {
        .noun = "workflow",
        .verb = "list",
        .summary = "Lists the workflows.",
        .query = "workflow_list",
        .columns = "display_name category enabled scheduling_enabled version description",
    },
    {
        .noun = "workflow",
        .verb = "show",
        .arguments = "WORKFLOW",
        .summary = "Shows one workflow with its document, versions and numbers of runs.",
        .min_arguments = 1,
        .max_arguments = 1,
        .query = "workflow_show",
        .parameters = "#1",
        .record = true,
    },
    {
        .noun = "workflow",
        .verb = "run",
        .arguments = "WORKFLOW --employee EMPLOYEE...",
        .summary = "Runs a workflow for people on demand, whatever its trigger.",
        .options = run_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = run_for,
    },
    {
        .noun = "workflow",
        .verb = "enable",
        .arguments = "WORKFLOW",
        .summary = "Enables a workflow; runs that are still ahead are planned.",
        .options = change_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = enable,
    },
    {
        .noun = "workflow",
        .verb = "disable",
        .arguments = "WORKFLOW",
        .summary = "Disables a workflow; its scheduled runs are canceled.",
        .options = change_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = disable,
    },
    {0},
};

static int run_for(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    const char *const *employees, *id, **objects;
    size_t n = jml_ctl_option_all(c, call, "employee", &employees);
    int code;

    if (n == 0)
        return jml_ctl_say(c, JML_EXIT_USAGE, "for whom? give --employee EMPLOYEE...");
    code = find(c, call->arguments[0], &id);
    if (code != 0)
        return code;
    objects = jml_new_n(&c->arena, const char *, n);
    for (size_t i = 0; i < n; i++)
        objects[i] = id;
    return jml_outcome_command(c, call, "workflow_run", objects, employees, n);
}

static int change(struct jml_ctl *c, const struct jml_ctl_call *call, const char *kind)
{
    const char *id;
    int code = find(c, call->arguments[0], &id);

    return code != 0 ? code : jml_outcome_command(c, call, kind, &id, NULL, 1);
}

static int enable(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return change(c, call, "workflow_enable");
}

static int disable(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return change(c, call, "workflow_disable");
}

static int find(struct jml_ctl *c, const char *name, const char **ret_id)
{
    struct jml_param param = jml_param_text(name);
    struct jml_result r;
    struct jml_err e;
    int code = jml_ctl_session(c);

    if (code != 0)
        return code;
    if (jml_session_query(c->session, "workflow_id", &param, 1, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    if (jml_result_rows(&r) == 0)
        return jml_ctl_say(c, JML_EXIT_FAILED, "no workflow '%s'; jmlctl workflow list", name);
    *ret_id = jml_result_text(&r, 0, 0, &c->arena);
    jml_session_clear(c->session);
    return 0;
}

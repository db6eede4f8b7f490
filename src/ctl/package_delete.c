/* SPDX-License-Identifier: MIT
 *
 * jmlctl package delete: marks a package as deleted, in a new revision of the configuration, under the
 * lock that no batch of the daemon holds meanwhile. The database refuses the same by a trigger.
 */
#include "ctl/package.h"

#include <stdio.h>

#include "core/machine.h"
#include "ctl/governance.h"
#include "ctl/output.h"
#include "db/param.h"

static int delete(struct jml_ctl *c, const char *package);
static int check_use(struct jml_ctl *c, const char *package, const char **ret_id,
                     const char **ret_name);
static int write_audit(struct jml_ctl *c, const char *id, int64_t revision, struct jml_err *e);
static int print(struct jml_ctl *c, const char *id, const char *name);

int jml_package_delete(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    struct jml_err e;
    int code = jml_ctl_session(c);

    if (code != 0)
        return code;
    if (jml_session_script(c->session, "begin", &e) < 0)
        return jml_ctl_fail(c, &e);
    code = delete(c, call->arguments[0]);
    if (code != 0 && jml_session_script(c->session, "rollback", &e) < 0)
        jml_session_clear(c->session); /* the connection is gone: so is the transaction */
    return code;
}

static int delete(struct jml_ctl *c, const char *package)
{
    const char *id = NULL, *name = NULL;
    struct jml_param param;
    struct jml_err e;
    int64_t deleted, revision;
    int code;

    if (jml_ctl_run(c, "exclusive_lock", NULL, 0, NULL, &e) < 0)
        return jml_ctl_fail(c, &e);
    code = check_use(c, package, &id, &name);
    if (code != 0)
        return code;
    param = jml_param_text(id);
    if (jml_ctl_run(c, "package_delete", &param, 1, &deleted, &e) < 0 ||
        jml_ctl_run(c, "governance_write_revision", NULL, 0, &revision, &e) < 0 ||
        write_audit(c, id, revision, &e) < 0)
        return jml_ctl_fail(c, &e);
    /* as apply does: nobody goes on before what was decided at a moved clock */
    if (c->clock_offset) {
        struct jml_param back = jml_param_bool(&c->arena, false);

        if (jml_ctl_run(c, "configuration_clock", &back, 1, NULL, &e) < 0)
            return jml_ctl_fail(c, &e);
    }
    if (jml_session_script(c->session, "commit", &e) < 0)
        return jml_ctl_fail(c, &e);
    return print(c, id, name);
}

static int check_use(struct jml_ctl *c, const char *package, const char **ret_id,
                     const char **ret_name)
{
    struct jml_param param = jml_param_text(package);
    const char *id, *name, *holders, *workflow;
    long long held, asked;
    struct jml_result r;
    struct jml_err e;
    bool gone;

    if (jml_session_query(c->session, "package_use", &param, 1, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    if (jml_result_rows(&r) == 0)
        return jml_ctl_say(c, JML_EXIT_FAILED, "no package '%s'; jmlctl package list", package);
    id = jml_result_text(&r, 0, 0, &c->arena);
    name = jml_result_text(&r, 0, 1, &c->arena);
    gone = !jml_result_is_null(&r, 0, 2);
    held = jml_result_int(&r, 0, 3);
    holders = jml_result_text(&r, 0, 4, &c->arena);
    asked = jml_result_int(&r, 0, 5);
    workflow = jml_result_text(&r, 0, 6, &c->arena);
    jml_session_clear(c->session);
    if (gone)
        return jml_ctl_say(c, JML_EXIT_FAILED, "no package '%s': it was deleted; jmlctl package show",
                           package);
    if (held > 0)
        return jml_ctl_say(c, JML_EXIT_FAILED, "package '%s' has %lld active assignment%s: %s%s", name,
                           held, held == 1 ? "" : "s", holders ? holders : "",
                           held > 10 ? ", ..." : "");
    if (asked > 0)
        return jml_ctl_say(c, JML_EXIT_FAILED,
                           "package '%s' has %lld open request%s; jmlctl request list --package '%s' "
                           "--state open",
                           name, asked, asked == 1 ? "" : "s", name);
    if (workflow)
        return jml_ctl_say(c, JML_EXIT_FAILED,
                           "workflow '%s' names package '%s'; apply the workflow without it first",
                           workflow, name);
    *ret_id = id;
    *ret_name = name;
    return 0;
}

static int write_audit(struct jml_ctl *c, const char *id, int64_t revision, struct jml_err *e)
{
    const struct jml_transition *x =
        jml_machine_find(JML_MACHINE_PACKAGE, JML_PACKAGE_PRESENT, JML_FIRE_DELETE, 0);
    struct jml_array_param columns[7];
    struct jml_param params[8];

    for (size_t i = 0; i < 7; i++)
        jml_array_init(&columns[i], &c->arena,
                       i == 2   ? JML_ARRAY_INT4
                       : i == 6 ? JML_ARRAY_JSONB
                                : JML_ARRAY_TEXT);
    jml_array_add_text(&columns[0], jml_machine_name(x->machine));
    jml_array_add_text(&columns[1], id);
    jml_array_add_int(&columns[2], x->rule);
    jml_array_add_text(&columns[3], jml_state_name(x->machine, x->from));
    jml_array_add_text(&columns[4], jml_state_name(x->machine, x->to));
    jml_array_add_text(&columns[5], "deleted");
    jml_array_add_text(&columns[6], "{}");
    for (size_t i = 0; i < 7; i++)
        params[i] = jml_array_param(&columns[i]);
    params[7] = jml_param_int8(&c->arena, revision);
    return jml_ctl_run(c, "governance_write_audit", params, 8, NULL, e);
}

static int print(struct jml_ctl *c, const char *id, const char *name)
{
    static const struct jml_output_column columns[] = {
        {.name = "kind"}, {.name = "name"}, {.name = "id"}, {.name = "change"}};
    const struct jml_output_cell cells[] = {
        {.text = "access package"}, {.text = name}, {.text = id}, {.text = "deleted"}};
    struct jml_output out = {.file = stdout, .format = c->format};
    struct jml_err e;

    if (c->format == JML_CTL_TABLE) {
        printf("access package '%s': deleted\n", name);
        return JML_EXIT_DONE;
    }
    jml_output_begin(&out, columns, 4);
    jml_output_row(&out, cells);
    return jml_output_end(&out, &e) < 0 ? jml_ctl_fail(c, &e) : JML_EXIT_DONE;
}

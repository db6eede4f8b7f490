/* SPDX-License-Identifier: MIT
 *
 * jmlctl delegation: who may do what below the operators. The database does what they say, the
 * daemon is not asked.
 */
#include <stdio.h>

#include "base/str.h"
#include "ctl/query.h"
#include "db/result.h"

#define ROLES                                                                            \
    "identityGovernanceAdministrator|catalogOwner|catalogReader|accessPackageManager|"   \
    "accessPackageAssignmentManager|approver|requestor"

static int add(struct jml_ctl *c, const struct jml_ctl_call *call);
static int remove_(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option list_options[] = {
    {"to", "ROLE", false, "only what this PostgreSQL role was given"},
    {"role", ROLES, false, "only those of this kind"},
    {"catalog", "CATALOG", false, "only those in this catalog (name or id)"},
    {"employee", "EMPLOYEE", false, "only those that bind to this person"},
    {0},
};

static const struct jml_ctl_option add_options[] = {
    {"role", ROLES, false, "what it may be"},
    {"catalog", "CATALOG", false, "in which catalog (name or id); the four roles that have one"},
    {"employee", "EMPLOYEE", false, "who that is; of approver and requestor"},
    {0},
};

static const struct jml_ctl_option remove_options[] = {
    {"role", ROLES, false, "only those of this kind"},
    {"catalog", "CATALOG", false, "only those in this catalog (name or id)"},
    {0},
};

const struct jml_verb jml_ctl_delegation_verbs[] = {
    {
        .noun = "delegation",
        .verb = "list",
        .arguments = "[OPTION]...",
        .summary = "Lists which PostgreSQL role may be what, as far as the caller may know.",
        .options = list_options,
        .query = "delegation_list",
        .parameters = "to role catalog employee",
        .columns = "role delegated_role catalog employee_id created_by created_at id",
    },
    {
        .noun = "delegation",
        .verb = "add",
        .arguments = "ROLE --role ROLE [OPTION]...",
        .summary = "Gives a PostgreSQL role, a member of jml_delegate, a role in a catalog, or binds "
                   "it to an employee.",
        .options = add_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = add,
    },
    {
        .noun = "delegation",
        .verb = "remove",
        .arguments = "ID | ROLE [OPTION]...",
        .summary = "Takes it back: one by its id, or all that a PostgreSQL role was given.",
        .options = remove_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = remove_,
    },
    {0},
};

/* The id of the catalog that is named; NULL when none is. */
static int find_catalog(struct jml_ctl *c, const char *name, const char **ret_id)
{
    const struct jml_param param = jml_param_text(name);
    struct jml_result r;
    struct jml_err e;

    *ret_id = NULL;
    if (!name)
        return 0;
    if (jml_session_query(c->session, "delegation_catalog", &param, 1, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    if (jml_result_rows(&r) == 0)
        return jml_ctl_say(c, JML_EXIT_FAILED, "no catalog '%s'", name);
    *ret_id = jml_result_text(&r, 0, 0, &c->arena);
    jml_session_clear(c->session);
    return 0;
}

static void look(void *userdata, const struct jml_result *r, size_t row)
{
    bool *known = userdata;

    *known = jml_result_bool(r, row, 5);
}

static int add(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    const char *role = jml_ctl_option(call, "role"), *catalog = jml_ctl_option(call, "catalog");
    const char *employee = jml_ctl_option(call, "employee"), *catalog_id;
    bool known = true;
    const struct jml_ctl_view view = {.columns = "id", .bare = true, .seen = look, .userdata = &known};
    struct jml_param params[4];
    bool in_catalog, is_person;
    int code;

    if (!role)
        return jml_ctl_say(c, JML_EXIT_USAGE, "which role? give --role " ROLES);
    is_person = jml_streq(role, "approver") || jml_streq(role, "requestor");
    in_catalog = !is_person && !jml_streq(role, "identityGovernanceAdministrator");
    if (in_catalog != (catalog != NULL))
        return jml_ctl_say(c, JML_EXIT_USAGE,
                           in_catalog ? "in which catalog? %s needs --catalog CATALOG"
                                      : "%s belongs to no catalog: leave out --catalog",
                           role);
    if (is_person != (employee != NULL))
        return jml_ctl_say(c, JML_EXIT_USAGE,
                           is_person ? "who is that? %s needs --employee EMPLOYEE"
                                     : "%s is bound to no employee: leave out --employee",
                           role);
    code = jml_ctl_session(c);
    if (code == 0)
        code = find_catalog(c, catalog, &catalog_id);
    if (code != 0)
        return code;
    params[0] = jml_param_text(call->arguments[0]);
    params[1] = jml_param_text(role);
    params[2] = jml_param_text(catalog_id);
    params[3] = jml_param_text(employee);
    code = jml_ctl_print_view(c, "delegation_add", params, 4, &view);
    if (code == JML_EXIT_DONE && !known)
        jml_ctl_say(c, 0, "warning: nobody is known as '%s' so far", employee);
    return code;
}

static int remove_(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    const struct jml_param params[] = {jml_param_text(call->arguments[0]),
                                       jml_param_text(jml_ctl_option(call, "role")),
                                       jml_param_text(jml_ctl_option(call, "catalog"))};
    const struct jml_ctl_view view = {
        .columns = "id",
        .bare = true,
        .missing = jml_printf(&c->arena, "no delegation '%s' that you may take back; jmlctl delegation list",
                              call->arguments[0]),
    };

    return jml_ctl_print_view(c, "delegation_remove", params, 3, &view);
}

/* SPDX-License-Identifier: MIT
 *
 * jmlctl assignment: who holds what. Assignments change through requests only; the verbs that
 * change something make one for each person, all or none.
 */
#include "ctl/assignment.h"

#include "base/str.h"
#include "ctl/asking.h"
#include "ctl/outcome.h"
#include "ctl/query.h"

static int conflicts(struct jml_ctl *c, const struct jml_ctl_call *call);
static int update(struct jml_ctl *c, const struct jml_ctl_call *call);
static int remove_(struct jml_ctl *c, const struct jml_ctl_call *call);
static int reprocess(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option list_options[] = {
    {"package", "PACKAGE", false, "only those of this package (name or id)"},
    {"state", "delivering|delivered|partiallyDelivered|deliveryFailed|expired|open", false,
     "only those in this state; open: all but expired"},
    {"employee", "EMPLOYEE", false, "only those of this person"},
    {"policy", "POLICY", false, "only those under this policy (name or id)"},
    {"catalog", "CATALOG", false, "only those of packages in this catalog (name or id)"},
    {"limit", "N", false, "the first N only"},
    {"after", "ID", false, "go on behind the assignment with this id: the last one of the page before"},
    {0},
};

static const struct jml_ctl_option add_options[] = {
    {"policy", "POLICY", false, "under this policy of the package; may be left out if it has one"},
    {"employee", "EMPLOYEE", true, "for whom; several may follow"},
    {"from-file", "FILE", false,
     "for those in a file (- is standard input): an employee_id a line, or the first column of CSV; "
     "behind # is a comment"},
    {"all-in", "GROUP", false, "for those who have this group in their attribute groups"},
    {"email", "ADDRESS", false, "for one person by mail address, who may be external and new"},
    {"name", "NAME", false, "the display name of who is new"},
    {"answer", "QUESTION=VALUE", true,
     "an answer to a question of the policy (its id or text); again for further choices"},
    {"check", NULL, false, "only say what would be decided; nothing is written"},
    {"start", "TIME", false, "from this time, or from the start of this day in the person's zone"},
    {"end", "TIME", false, "until this time, or to the end of this day in the person's zone"},
    {"justification", "TEXT", false, "why, for the record"},
    JML_CTL_WAIT_OPTION,
    {0},
};

static const struct jml_ctl_option update_options[] = {
    {"employee", "EMPLOYEE", true, "whose assignment of PACKAGE; several may follow"},
    {"start", "TIME", false, "the new start"},
    {"end", "TIME", false, "the new end; of a day its end in the person's zone"},
    {"justification", "TEXT", false, "why, for the record"},
    JML_CTL_WAIT_OPTION,
    {0},
};

static const struct jml_ctl_option remove_options[] = {
    {"employee", "EMPLOYEE", true, "whose assignment of PACKAGE; several may follow"},
    {"justification", "TEXT", false, "why, for the record"},
    JML_CTL_WAIT_OPTION,
    {0},
};

static const struct jml_ctl_option reprocess_options[] = {
    JML_CTL_WAIT_OPTION,
    {0},
};

const struct jml_verb jml_ctl_assignment_verbs[] = {
    {
        .noun = "assignment",
        .verb = "list",
        .arguments = "[OPTION]...",
        .summary = "Lists assignments, in the order of their ids, which is that of their making.",
        .options = list_options,
        .query = "assignment_list",
        .parameters = "package state employee policy catalog after limit",
        .columns = "id employee_id access_package policy state starts_at ends_at end_reason",
    },
    {
        .noun = "assignment",
        .verb = "show",
        .arguments = "ID",
        .summary = "Shows one assignment with its roles, requests, approvals, answers, reviews, and "
                   "its deliveries with their errors.",
        .min_arguments = 1,
        .max_arguments = 1,
        .query = "assignment_show",
        .parameters = "#1",
        .record = true,
    },
    {
        .noun = "assignment",
        .verb = "add",
        .arguments = "PACKAGE --policy POLICY --employee EMPLOYEE... [OPTION]...",
        .summary = "Requests a package for people (adminAdd). Of several people those are left out who "
                   "hold it or wait for it already.",
        .options = add_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = jml_assignment_add,
    },
    {
        .noun = "assignment",
        .verb = "update",
        .arguments = "ID | PACKAGE --employee EMPLOYEE... [OPTION]...",
        .summary = "Requests another start or end of an assignment (adminUpdate).",
        .options = update_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = update,
    },
    {
        .noun = "assignment",
        .verb = "remove",
        .arguments = "ID | PACKAGE --employee EMPLOYEE... [OPTION]...",
        .summary = "Requests the removal of an assignment (adminRemove).",
        .options = remove_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = remove_,
    },
    {
        .noun = "assignment",
        .verb = "reprocess",
        .arguments = "ID...",
        .summary = "Gives the roles of assignments once more, where they are missing.",
        .options = reprocess_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = reprocess,
    },
    {
        .noun = "assignment",
        .verb = "conflicts",
        .arguments = "[PACKAGE]",
        .summary = "Lists who holds a package together with another one, or with a group, that it is "
                   "incompatible with; each pair once.",
        .max_arguments = 1,
        .run = conflicts,
        .query = "assignment_conflicts",
        .columns = "employee_id display_name access_package since conflict incompatible_with "
                   "incompatible_since",
    },
    {0},
};

static int change(struct jml_ctl *c, const struct jml_ctl_call *call, const char *type);

static int conflicts(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    const char *package = call->n_arguments > 0 ? call->arguments[0] : NULL;
    const struct jml_ctl_view view = {.columns = call->verb->columns, .long_report = true};
    struct jml_param param = jml_param_text(package);
    int code = package ? jml_ctl_check_name(c, "package", package) : 0;

    return code != 0 ? code : jml_ctl_print_view(c, call->verb->query, &param, 1, &view);
}

static int reprocess(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "assignment_reprocess", call->arguments, NULL,
                               call->n_arguments);
}

static int update(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    if (!jml_ctl_option(call, "start") && !jml_ctl_option(call, "end"))
        return jml_ctl_say(c, JML_EXIT_USAGE, "what is to change? give --start or --end");
    return change(c, call, "adminUpdate");
}

static int remove_(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return change(c, call, "adminRemove");
}

static int change(struct jml_ctl *c, const struct jml_ctl_call *call, const char *type)
{
    const char *subject = call->arguments[0];
    const char *const *employees;
    struct jml_asking asking;
    size_t n = jml_ctl_option_all(c, call, "employee", &employees);
    struct jml_array_param ids;
    struct jml_param params[5], find[2];
    struct jml_asking_dates dates;
    struct jml_result r;
    struct jml_err e;
    int code = jml_ctl_session(c);

    if (code == 0 && n > 0)
        code = jml_asking_policy(c, subject, NULL, false, &asking);
    if (code != 0)
        return code;
    find[0] = jml_param_text(subject);
    find[1] = n > 0 ? jml_ctl_text_array(c, employees, n) : jml_param_text(NULL);
    if (jml_session_query(c->session, "assignment_find", find, 2, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    if (jml_result_rows(&r) == 0)
        return jml_ctl_say(c, JML_EXIT_FAILED,
                           "no assignment '%s'; for a package say whose: --employee EMPLOYEE",
                           subject);
    jml_array_init(&ids, &c->arena, JML_ARRAY_TEXT);
    jml_asking_dates_init(c, &dates);
    for (size_t i = 0; i < jml_result_rows(&r); i++) {
        if (jml_result_is_null(&r, i, 0))
            return jml_ctl_say(c, JML_EXIT_FAILED, "%s holds no assignment of '%s'",
                               jml_result_text(&r, i, 1, &c->arena), subject);
        jml_array_add_text(&ids, jml_result_text(&r, i, 0, &c->arena));
        jml_asking_dates_add(c, call, &dates, jml_result_text(&r, i, 2, &c->arena));
    }
    jml_session_clear(c->session);
    params[0] = jml_param_text(type);
    params[1] = jml_param_text(jml_ctl_option(call, "justification"));
    params[2] = jml_array_param(&ids);
    params[3] = jml_array_param(&dates.starts);
    params[4] = jml_array_param(&dates.ends);
    return jml_outcome_insert(c, call, "assignment_change", params, 5, "request_outcome");
}

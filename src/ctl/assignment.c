/* SPDX-License-Identifier: MIT
 *
 * jmlctl assignment: who holds what. Assignments change through requests only; the verbs that
 * change something make one for each person, all or none.
 */
#include "ctl/outcome.h"
#include "ctl/query.h"

static int add(struct jml_ctl *c, const struct jml_ctl_call *call);
static int update(struct jml_ctl *c, const struct jml_ctl_call *call);
static int remove_(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option list_options[] = {
    {"package", "PACKAGE", false, "only those of this package (name or id)"},
    {"state", "delivering|delivered|partiallyDelivered|deliveryFailed|expired|open", false,
     "only those in this state; open: all but expired"},
    {"employee", "EMPLOYEE", false, "only those of this person"},
    {"policy", "POLICY", false, "only those under this policy (name or id)"},
    {"limit", "N", false, "the first N only"},
    {0},
};

static const struct jml_ctl_option add_options[] = {
    {"policy", "POLICY", false, "under this policy of the package; may be left out if it has one"},
    {"employee", "EMPLOYEE", true, "for whom; several may follow"},
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

const struct jml_verb jml_ctl_assignment_verbs[] = {
    {
        .noun = "assignment",
        .verb = "list",
        .arguments = "[OPTION]...",
        .summary = "Lists assignments, by person.",
        .options = list_options,
        .query = "assignment_list",
        .parameters = "package state employee policy limit",
        .columns = "id employee_id access_package policy state starts_at ends_at end_reason",
    },
    {
        .noun = "assignment",
        .verb = "show",
        .arguments = "ID",
        .summary = "Shows one assignment with its deliveries and notices.",
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
        .summary = "Requests a package for people (adminAdd).",
        .options = add_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = add,
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
    {0},
};

/* The people of a request, and its dates as each of their zones understands them. */
struct dates {
    struct jml_array_param starts, ends;
};

static int find_policy(struct jml_ctl *c, const char *package, const char *policy, bool needed,
                       const char **ret_package_id, const char **ret_policy_id);
static void add_dates(struct jml_ctl *c, const struct jml_ctl_call *call, struct dates *dates,
                      const char *zone);
static void init_dates(struct jml_ctl *c, struct dates *dates);
static int change(struct jml_ctl *c, const struct jml_ctl_call *call, const char *type);

static int add(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    const char *const *employees, *package_id, *policy_id;
    size_t n = jml_ctl_option_all(c, call, "employee", &employees);
    struct jml_param given, params[6];
    struct jml_array_param persons;
    struct dates dates;
    struct jml_result r;
    struct jml_err e;
    int code;

    if (n == 0)
        return jml_ctl_say(c, JML_EXIT_USAGE, "for whom? give --employee EMPLOYEE...");
    code = jml_ctl_session(c);
    if (code == 0)
        code = find_policy(c, call->arguments[0], jml_ctl_option(call, "policy"), true, &package_id,
                           &policy_id);
    if (code != 0)
        return code;
    given = jml_ctl_text_array(c, employees, n);
    if (jml_session_query(c->session, "person_zones", &given, 1, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    jml_array_init(&persons, &c->arena, JML_ARRAY_TEXT);
    init_dates(c, &dates);
    for (size_t i = 0; i < jml_result_rows(&r); i++) {
        jml_array_add_text(&persons, jml_result_text(&r, i, 0, &c->arena));
        add_dates(c, call, &dates, jml_result_text(&r, i, 1, &c->arena));
    }
    jml_session_clear(c->session);
    params[0] = jml_param_text(package_id);
    params[1] = jml_param_text(policy_id);
    params[2] = jml_param_text(jml_ctl_option(call, "justification"));
    params[3] = jml_array_param(&persons);
    params[4] = jml_array_param(&dates.starts);
    params[5] = jml_array_param(&dates.ends);
    return jml_outcome_insert(c, call, "assignment_add", params, 6, "request_outcome");
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
    const char *subject = call->arguments[0], *package_id, *policy_id;
    const char *const *employees;
    size_t n = jml_ctl_option_all(c, call, "employee", &employees);
    struct jml_array_param ids;
    struct jml_param params[5], find[2];
    struct dates dates;
    struct jml_result r;
    struct jml_err e;
    int code = jml_ctl_session(c);

    if (code == 0 && n > 0)
        code = find_policy(c, subject, NULL, false, &package_id, &policy_id);
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
    init_dates(c, &dates);
    for (size_t i = 0; i < jml_result_rows(&r); i++) {
        if (jml_result_is_null(&r, i, 0))
            return jml_ctl_say(c, JML_EXIT_FAILED, "%s holds no assignment of '%s'",
                               jml_result_text(&r, i, 1, &c->arena), subject);
        jml_array_add_text(&ids, jml_result_text(&r, i, 0, &c->arena));
        add_dates(c, call, &dates, jml_result_text(&r, i, 2, &c->arena));
    }
    jml_session_clear(c->session);
    params[0] = jml_param_text(type);
    params[1] = jml_param_text(jml_ctl_option(call, "justification"));
    params[2] = jml_array_param(&ids);
    params[3] = jml_array_param(&dates.starts);
    params[4] = jml_array_param(&dates.ends);
    return jml_outcome_insert(c, call, "assignment_change", params, 5, "request_outcome");
}

/* The ids of a package and, if needed, of the one policy that fits. */
static int find_policy(struct jml_ctl *c, const char *package, const char *policy, bool needed,
                       const char **ret_package_id, const char **ret_policy_id)
{
    const struct jml_param params[] = {jml_param_text(package), jml_param_text(policy)};
    struct jml_result r;
    struct jml_err e;
    int64_t fitting;

    if (jml_session_query(c->session, "policy_find", params, 2, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    if (jml_result_rows(&r) == 0)
        return jml_ctl_say(c, JML_EXIT_FAILED, "no package '%s'; jmlctl package list", package);
    fitting = jml_result_int(&r, 0, 2);
    if (needed && fitting == 0 && policy)
        return jml_ctl_say(c, JML_EXIT_FAILED,
                           "package '%s' has no policy '%s'; "
                           "jmlctl policy list --package '%s'",
                           package, policy, package);
    if (needed && fitting != 1)
        return jml_ctl_say(c, JML_EXIT_USAGE,
                           "package '%s' has %lld enabled policies; "
                           "say which: --policy POLICY",
                           package, (long long)fitting);
    *ret_package_id = jml_result_text(&r, 0, 0, &c->arena);
    *ret_policy_id = jml_result_text(&r, 0, 1, &c->arena);
    jml_session_clear(c->session);
    return 0;
}

static void init_dates(struct jml_ctl *c, struct dates *dates)
{
    jml_array_init(&dates->starts, &c->arena, JML_ARRAY_TIME);
    jml_array_init(&dates->ends, &c->arena, JML_ARRAY_TIME);
}

static void add_dates(struct jml_ctl *c, const struct jml_ctl_call *call, struct dates *dates,
                      const char *zone_name)
{
    const struct jml_zone *zone = zone_name ? jml_zone_find(c->zones, zone_name) : NULL;

    if (!zone)
        zone = jml_zone_utc();
    jml_array_add_time(&dates->starts, jml_ctl_option_time(call, "start", zone));
    jml_array_add_time(&dates->ends, jml_ctl_option_time(call, "end", zone));
}

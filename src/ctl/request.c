/* SPDX-License-Identifier: MIT
 *
 * jmlctl request: everything that was asked for, by people, operators and workflows; and asking, deciding
 * and canceling in the name of people.
 */
#include "base/id.h"
#include "base/str.h"
#include "ctl/asking.h"
#include "ctl/check.h"
#include "ctl/outcome.h"
#include "ctl/query.h"

static int add(struct jml_ctl *c, const struct jml_ctl_call *call);
static int extend(struct jml_ctl *c, const struct jml_ctl_call *call);
static int remove_(struct jml_ctl *c, const struct jml_ctl_call *call);
static int approve(struct jml_ctl *c, const struct jml_ctl_call *call);
static int deny(struct jml_ctl *c, const struct jml_ctl_call *call);
static int cancel(struct jml_ctl *c, const struct jml_ctl_call *call);
static int reprocess(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option list_options[] = {
    {"state",
     "submitted|pendingApproval|scheduled|delivering|delivered|partiallyDelivered|deliveryFailed|"
     "denied|canceled|open",
     false, "only those in this state; open: all that are not over"},
    {"employee", "EMPLOYEE", false, "only those for this person"},
    {"package", "PACKAGE", false, "only those for this package (name or id)"},
    {"type",
     "userAdd|userUpdate|userRemove|adminAdd|adminUpdate|adminRemove|systemAdd|systemUpdate|"
     "systemRemove|approverRemove",
     false, "only those of this type"},
    {"catalog", "CATALOG", false, "only those for packages in this catalog (name or id)"},
    {"approver", "EMPLOYEE", false, "only those that wait, and that this person was asked by mail about"},
    {"limit", "N", false, "the newest N only"},
    {"after", "ID", false, "go on behind the request with this id: the last one of the page before"},
    {0},
};

#define WHO                                                                                         \
    {"employee", "EMPLOYEE", false, "who asks"},                                                    \
    {                                                                                               \
        "for", "EMPLOYEE", false, "for this person, where the policy lets others ask"               \
    }
#define WHY                                                                                         \
    {                                                                                               \
        "justification", "TEXT", false, "why, in their words"                                       \
    }
#define ANSWER                                                                                      \
    {                                                                                               \
        "answer", "QUESTION=VALUE", true,                                                           \
            "an answer to a question of the policy (its id or text); again for further choices"     \
    }
#define CHECK                                                                                       \
    {                                                                                               \
        "check", NULL, false, "only say what would be decided; nothing is written"                  \
    }

static const struct jml_ctl_option add_options[] = {
    WHO,
    {"policy", "POLICY", false, "under this policy of the package; else the one that fits best"},
    {"start", "TIME", false, "from this time, or from the start of this day in the person's zone"},
    {"end", "TIME", false, "until this time, or to the end of this day in the person's zone"},
    WHY,
    ANSWER,
    CHECK,
    JML_CTL_WAIT_OPTION,
    {0},
};

static const struct jml_ctl_option extend_options[] = {
    WHO,
    {"end", "TIME", false, "until this time or day; else as long as the policy allows"},
    WHY,
    ANSWER,
    CHECK,
    JML_CTL_WAIT_OPTION,
    {0},
};

static const struct jml_ctl_option remove_options[] = {
    WHO, WHY, CHECK, JML_CTL_WAIT_OPTION, {0},
};

static const struct jml_ctl_option decide_options[] = {
    {"approver", "EMPLOYEE", false, "who decides; else the name of the database role"},
    {"stage", "N", false, "only in this stage of approval; else in the one of the moment"},
    {"justification", "TEXT", false, "why, in the approver's words"},
    JML_CTL_WAIT_OPTION,
    {0},
};

static const struct jml_ctl_option change_options[] = {
    JML_CTL_WAIT_OPTION,
    {0},
};

const struct jml_verb jml_ctl_request_verbs[] = {
    {
        .noun = "request",
        .verb = "list",
        .arguments = "[OPTION]...",
        .summary = "Lists requests, newest first.",
        .options = list_options,
        .query = "request_list",
        .parameters = "state employee package type catalog approver after limit",
        .columns = "id request_type employee_id access_package policy state created_at error",
    },
    {
        .noun = "request",
        .verb = "show",
        .arguments = "ID",
        .summary = "Shows one request with its stage and dates of approval, the decisions, questions and "
                   "answers, and the deliveries with their errors.",
        .min_arguments = 1,
        .max_arguments = 1,
        .query = "request_show",
        .parameters = "#1",
        .record = true,
    },
    {
        .noun = "request",
        .verb = "add",
        .arguments = "PACKAGE --employee EMPLOYEE [--for EMPLOYEE] [OPTION]...",
        .summary = "Asks for a package in a person's name (userAdd), by the rules of the policy.",
        .options = add_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = add,
    },
    {
        .noun = "request",
        .verb = "extend",
        .arguments = "ASSIGNMENT | PACKAGE --employee EMPLOYEE [OPTION]...",
        .summary = "Asks in a person's name to keep what is held for longer, or changes the answers "
                   "(userUpdate).",
        .options = extend_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = extend,
    },
    {
        .noun = "request",
        .verb = "remove",
        .arguments = "ASSIGNMENT | PACKAGE --employee EMPLOYEE [OPTION]...",
        .summary = "Gives back in a person's name what is held (userRemove).",
        .options = remove_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = remove_,
    },
    {
        .noun = "request",
        .verb = "approve",
        .arguments = "ID --approver EMPLOYEE [OPTION]...",
        .summary = "Approves a request that waits for it, in an approver's name.",
        .options = decide_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = approve,
    },
    {
        .noun = "request",
        .verb = "deny",
        .arguments = "ID --approver EMPLOYEE [OPTION]...",
        .summary = "Denies a request that waits for approval, in an approver's name.",
        .options = decide_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = deny,
    },
    {
        .noun = "request",
        .verb = "cancel",
        .arguments = "ID...",
        .summary = "Cancels a request that was not yet delivered.",
        .options = change_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = cancel,
    },
    {
        .noun = "request",
        .verb = "reprocess",
        .arguments = "ID...",
        .summary = "Delivers once more what a request could not get delivered.",
        .options = change_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = reprocess,
    },
    {0},
};

/* The row of a request by a person. */
struct row {
    const char *type, *package_id, *policy_id, *assignment_id, *target, *answers;
    const struct jml_zone *zone;
};

static int insert(struct jml_ctl *c, const struct jml_ctl_call *call, const struct row *row);
static int change(struct jml_ctl *c, const struct jml_ctl_call *call, const char *type);
static int find_assignment(struct jml_ctl *c, const char *subject, const char *target,
                           struct row *row, struct jml_asking *asking);
static int decide(struct jml_ctl *c, const struct jml_ctl_call *call, const char *decision);

/* ---- asking ---- */

static int check_usage(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    if (!jml_ctl_option(call, "employee"))
        return jml_ctl_say(c, JML_EXIT_USAGE, "who asks? give --employee EMPLOYEE");
    if (jml_ctl_option(call, "check") && jml_ctl_option(call, "wait"))
        return jml_ctl_say(c, JML_EXIT_USAGE, "--check asks for nothing: there is nothing to --wait for");
    return jml_ctl_session(c);
}

static const char *target_of(const struct jml_ctl_call *call)
{
    const char *other = jml_ctl_option(call, "for");

    return other ? other : jml_ctl_option(call, "employee");
}

static int add(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    struct row row = {.type = "userAdd", .target = target_of(call)};
    const char *policy = jml_ctl_option(call, "policy");
    struct jml_asking asking;
    int code = check_usage(c, call);

    if (code == 0)
        code = jml_asking_policy(c, call->arguments[0], policy, policy != NULL, &asking);
    if (code == 0)
        code = jml_asking_answers(c, call, &asking, &row.answers);
    if (code == 0)
        code = jml_ctl_person_zone(c, row.target, &row.zone);
    if (code != 0)
        return code;
    row.package_id = asking.package_id;
    row.policy_id = policy ? asking.policy_id : NULL; /* which one fits is for the daemon to say */
    return insert(c, call, &row);
}

static int extend(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return change(c, call, "userUpdate");
}

static int remove_(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return change(c, call, "userRemove");
}

static int change(struct jml_ctl *c, const struct jml_ctl_call *call, const char *type)
{
    struct row row = {.type = type};
    struct jml_asking asking = {0};
    int code = check_usage(c, call);

    if (code == 0)
        code = find_assignment(c, call->arguments[0], target_of(call), &row, &asking);
    if (code == 0)
        code = jml_asking_answers(c, call, &asking, &row.answers);
    return code != 0 ? code : insert(c, call, &row);
}

/* By its id, or the one that a person has of a package. */
static int find_assignment(struct jml_ctl *c, const char *subject, const char *target,
                           struct row *row, struct jml_asking *asking)
{
    struct jml_param find[2] = {jml_param_text(subject), jml_param_text(NULL)};
    const char *zone, *package, *policy;
    struct jml_result r;
    struct jml_err e;

    if (jml_session_query(c->session, "assignment_find", find, 2, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    if (jml_result_rows(&r) == 0) {
        int code;

        jml_session_clear(c->session);
        code = jml_ctl_check_name(c, "package", subject);
        if (code != 0)
            return code;
        find[1] = jml_ctl_text_array(c, &target, 1);
        if (jml_session_query(c->session, "assignment_find", find, 2, &r, &e) < 0)
            return jml_ctl_fail(c, &e);
        if (jml_result_rows(&r) == 0 || jml_result_is_null(&r, 0, 0))
            return jml_ctl_say(c, JML_EXIT_FAILED, "%s holds no assignment of '%s'", target, subject);
    }
    row->assignment_id = jml_result_text(&r, 0, 0, &c->arena);
    row->target = jml_result_text(&r, 0, 1, &c->arena);
    zone = jml_result_text(&r, 0, 2, &c->arena);
    package = jml_result_text(&r, 0, 3, &c->arena);
    policy = jml_result_text(&r, 0, 4, &c->arena);
    jml_session_clear(c->session);
    row->zone = jml_zone_find(c->zones, zone);
    row->package_id = package;
    row->policy_id = policy;
    /* of a policy that is gone the daemon tells */
    return policy ? jml_asking_policy(c, package, policy, false, asking) : 0;
}

static int insert(struct jml_ctl *c, const struct jml_ctl_call *call, const struct row *row)
{
    const struct jml_zone *zone = row->zone ? row->zone : jml_zone_utc();
    const struct jml_param params[] = {
        jml_param_text(row->type),
        jml_param_text(row->package_id),
        jml_param_text(row->policy_id),
        jml_param_text(row->assignment_id),
        jml_param_text(jml_ctl_option(call, "employee")),
        jml_param_text(row->target),
        jml_param_text(jml_ctl_option(call, "justification")),
        jml_param_text(row->answers),
        jml_param_time(&c->arena, jml_ctl_option_time(call, "start", zone)),
        jml_param_time(&c->arena, jml_ctl_option_time(call, "end", zone)),
    };
    size_t n = sizeof(params) / sizeof(params[0]);

    if (jml_ctl_option(call, "check"))
        return jml_ctl_check(c, "request_add", params, n);
    return jml_outcome_insert(c, call, "request_add", params, n, "request_outcome");
}

/* ---- deciding ---- */

static int approve(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return decide(c, call, "approve");
}

static int deny(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return decide(c, call, "deny");
}

static int decide(struct jml_ctl *c, const struct jml_ctl_call *call, const char *decision)
{
    const struct jml_param params[] = {
        jml_param_text(decision),
        jml_param_text(call->arguments[0]),
        jml_param_text(jml_ctl_option(call, "approver")),
        jml_param_text(jml_ctl_option(call, "stage")),
        jml_param_text(jml_ctl_option(call, "justification")),
    };
    struct jml_id id;

    if (!jml_id_parse(call->arguments[0], &id))
        return jml_ctl_say(c, JML_EXIT_FAILED, "no request '%s'", call->arguments[0]);
    return jml_outcome_insert(c, call, "approval_add", params, 5, "approval_outcome");
}

static int cancel(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "request_cancel", call->arguments, NULL, call->n_arguments);
}

static int reprocess(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "request_reprocess", call->arguments, NULL,
                               call->n_arguments);
}

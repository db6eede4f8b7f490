/* SPDX-License-Identifier: MIT
 *
 * jmlctl drift: what targets have, held against what assignments justify. The daemon asks the
 * targets; this asks the daemon, waits, and shows what was found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/value.h"
#include "ctl/outcome.h"
#include "ctl/query.h"

static int run(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option options[] = {
    {"target", "TARGET", true, "only these targets; else all that can be asked"},
    {"repair", NULL, false,
     "deliver again what is missing, and remove what is extra where the target is owned"},
    {"limit", "N", false, "with --repair: change up to N accounts of a role, instead of ten or a tenth"},
    {"known", NULL, false, "show what the last scans found; ask no target"},
    {"wait", "[=TIMEOUT]", false, "wait as long as said for the outcome, instead of 60s"},
    {0},
};

const struct jml_verb jml_ctl_drift_verbs[] = {
    {
        .noun = "drift",
        .arguments = "[OPTION]...",
        .summary = "Asks targets who has their roles, and shows what differs from what assignments "
                   "justify; exit 1 when something does and was not put right.",
        .options = options,
        .run = run,
    },
    {0},
};

struct findings {
    struct jml_arena *arena;
    bool differs;
};

/* drift_list: the last column says whether it was put right */
static void look(void *userdata, const struct jml_result *r, size_t row)
{
    struct findings *f = userdata;

    f->differs |= !jml_result_bool(r, row, jml_result_columns(r) - 1);
}

static int print_findings(struct jml_ctl *c, struct jml_param targets, struct jml_param scans,
                          bool *ret_differs)
{
    struct findings found = {.arena = &c->arena};
    const struct jml_ctl_view view = {
        .columns = "target resource role kind account employee_id action detail",
        .quiet = true,
        .seen = look,
        .userdata = &found,
    };
    int code = jml_ctl_print_view(c, "drift_list", (struct jml_param[]){targets, scans}, 2, &view);

    *ret_differs = found.differs;
    return code;
}

static int ask(struct jml_ctl *c, const struct jml_ctl_call *call, struct jml_param targets,
               struct jml_outcomes *all)
{
    const char *limit = jml_ctl_option(call, "limit");
    struct jml_param params[] = {
        targets, jml_param_bool(&c->arena, jml_ctl_option(call, "repair") != NULL),
        limit ? jml_param_int4(&c->arena, (int32_t)strtol(limit, NULL, 10)) : jml_param_text(NULL)};
    struct jml_result result;
    struct jml_err e;

    if (limit && (strlen(limit) > 9 || limit[0] == '-'))
        return jml_ctl_say(c, JML_EXIT_USAGE, "--limit %s: up to 999999999", limit);
    if (jml_session_query(c->session, "drift_ask", params, 3, &result, &e) < 0)
        return jml_ctl_fail(c, &e);
    jml_outcome_add(c, all, &result);
    jml_session_clear(c->session);
    return 0;
}

static int run(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    const char *wait = jml_ctl_option(call, "wait");
    jml_time timeout = JML_MINUTE;
    struct jml_outcomes all = {0};
    struct jml_array_param ids;
    const char *const *names;
    size_t n = jml_ctl_option_all(c, call, "target", &names);
    struct jml_param targets = jml_ctl_text_array(c, names, n);
    bool known = jml_ctl_option(call, "known") != NULL, differs = false;
    int code, printed;

    if (jml_ctl_option(call, "limit") && !jml_ctl_option(call, "repair"))
        return jml_ctl_say(c, JML_EXIT_USAGE, "--limit says how much --repair may change: give both");
    if (known && (jml_ctl_option(call, "repair") || wait))
        return jml_ctl_say(c, JML_EXIT_USAGE, "--known asks no target: nothing is repaired or waited for");
    code = jml_ctl_session(c);
    for (size_t i = 0; known && code == 0 && i < n; i++)
        code = jml_ctl_check_name(c, "target", names[i]);
    if (code == 0 && !known)
        code = ask(c, call, targets, &all);
    if (code != 0)
        return code;
    if (!known && all.rows.n == 0)
        return jml_ctl_say(c, JML_EXIT_DONE, "there is no target that can be asked who has a role");
    if (wait && *wait)
        jml_interval_parse(wait, &timeout);
    code = jml_outcome_await(c, &all, "drift_outcome", timeout);
    jml_array_init(&ids, &c->arena, JML_ARRAY_TEXT);
    for (size_t i = 0; i < all.rows.n; i++)
        jml_array_add_text(&ids, all.rows.items[i].id);
    printed = print_findings(c, targets, jml_array_param(&ids), &differs);
    if (printed == 0 && !known && c->format == JML_CTL_TABLE)
        printed = jml_ctl_print_view(c, "drift_scans", (struct jml_param[]){jml_array_param(&ids)}, 1,
                                     &(struct jml_ctl_view){0});
    if (printed != 0)
        return printed;
    for (size_t i = 0; i < all.rows.n; i++)
        if (jml_streq(all.rows.items[i].result, "refused"))
            code = jml_ctl_say(c, JML_EXIT_FAILED, "%s: %s", all.rows.items[i].label,
                               all.rows.items[i].error ? all.rows.items[i].error : "failed");
    return code == 0 && differs ? JML_EXIT_FAILED : code;
}

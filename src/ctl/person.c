/* SPDX-License-Identifier: MIT
 *
 * jmlctl person: people, as the events make them, and their story.
 */
#include "base/value.h"
#include "ctl/outcome.h"
#include "ctl/query.h"
#include "ctl/timeline.h"

static int timeline(struct jml_ctl *c, const struct jml_ctl_call *call);
static int hold(struct jml_ctl *c, const struct jml_ctl_call *call);
static int release(struct jml_ctl *c, const struct jml_ctl_call *call);
static int merge(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option list_options[] = {
    {"state", "unknown|prehire|active|suspended|left|external", false, "only those in this state"},
    {"held", NULL, false, "only those that are held, with the reason"},
    {"limit", "N", false, "the first N only"},
    {0},
};

static const struct jml_ctl_option timeline_options[] = {
    {"utc", NULL, false, "times in UTC instead of the person's zone"},
    {"values", NULL, false, "what the attributes were, not only which changed"},
    {"all", NULL, false, "workflows, too, that are out of scope or switched off, and why"},
    {"audit", NULL, false, "every transition on record instead, in the order of its time"},
    {0},
};

static const struct jml_ctl_option hold_options[] = {
    {"reason", "TEXT", false, "why, for the record"},
    JML_CTL_WAIT_OPTION,
    {0},
};

static const struct jml_ctl_option release_options[] = {
    JML_CTL_WAIT_OPTION,
    {0},
};

const struct jml_verb jml_ctl_person_verbs[] = {
    {
        .noun = "person",
        .verb = "list",
        .arguments = "[OPTION]...",
        .summary = "Lists people.",
        .options = list_options,
        .query = "person_list",
        .parameters = "state held limit",
        .columns = "employee_id display_name state hired_at leaves_at held_at held_reason",
    },
    {
        .noun = "person",
        .verb = "show",
        .arguments = "EMPLOYEE",
        .summary = "Shows one person: attributes, employments, what is held.",
        .min_arguments = 1,
        .max_arguments = 1,
        .query = "person_show",
        .parameters = "#1",
        .record = true,
    },
    {
        .noun = "person",
        .verb = "timeline",
        .arguments = "EMPLOYEE [OPTION]...",
        .summary = "Tells a person's story in the person's zone: which events count and why not the "
                   "others, employments, states, attributes, causes with their runs, requests, "
                   "effects, and what is held by which of them.",
        .options = timeline_options,
        .min_arguments = 1,
        .max_arguments = 1,
        .run = timeline,
        .query = "person_timeline",
        .columns = "at object_type name from_state to_state sentence reason actor",
    },
    {
        .noun = "person",
        .verb = "hold",
        .arguments = "EMPLOYEE...",
        .summary = "Stops everything about a person until the release; due removals, too.",
        .options = hold_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = hold,
    },
    {
        .noun = "person",
        .verb = "release",
        .arguments = "EMPLOYEE...",
        .summary = "Lets jmld go on with a held person.",
        .options = release_options,
        .min_arguments = 1,
        .max_arguments = -1,
        .run = release,
    },
    {
        .noun = "person",
        .verb = "merge",
        .arguments = "OLD NEW",
        .summary = "Makes two people one, who are the same; NEW stays, OLD becomes a former id.",
        .options = release_options,
        .min_arguments = 2,
        .max_arguments = 2,
        .run = merge,
    },
    {0},
};

static int timeline(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    const char *employee = call->arguments[0];
    struct jml_param param = jml_param_text(employee);

    if (!jml_ctl_option(call, "audit"))
        return jml_ctl_person_story(c, call);
    struct jml_ctl_view view = {
        .columns = call->verb->columns,
        .missing = jml_printf(&c->arena, "no person '%s', and no event about them", employee),
    };
    int code = jml_ctl_person_zone(c, employee, &view.zone);

    if (code != 0)
        return code;
    if (jml_ctl_option(call, "utc"))
        view.zone = jml_zone_utc();
    return jml_ctl_print_view(c, call->verb->query, &param, 1, &view);
}

static int hold(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "person_hold", call->arguments, NULL, call->n_arguments);
}

static int release(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    return jml_outcome_command(c, call, "person_release", call->arguments, NULL, call->n_arguments);
}

static int merge(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    const struct jml_value *into = jml_value_string(&c->arena, call->arguments[1]);
    const struct jml_value *arguments =
        jml_value_with(&c->arena, jml_value_object(), "into", into);
    struct jml_array_param nobody;
    struct jml_param params[4];

    jml_array_init(&nobody, &c->arena, JML_ARRAY_TEXT);
    jml_array_add_null(&nobody);
    params[0] = jml_param_text("person_merge");
    params[1] = jml_ctl_text_array(c, call->arguments, 1);
    params[2] = jml_array_param(&nobody);
    params[3] = jml_param_text(jml_value_text(&c->arena, arguments));
    return jml_outcome_insert(c, call, "command_add", params, 4, "command_outcome");
}

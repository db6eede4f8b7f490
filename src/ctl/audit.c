/* SPDX-License-Identifier: MIT
 *
 * jmlctl audit: the record of every transition, and the proof that it is complete.
 */
#include <stdio.h>

#include "ctl/query.h"

static int verify(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option list_options[] = {
    {"employee", "EMPLOYEE", false, "only what concerns this person"},
    {"object",
     "event|person|run|task|request|approval|assignment|delivery|notification|command|package|"
     "policy|workflow|delegation",
     false, "only objects of this type"},
    {"id", "KEY", false, "only the object with this id"},
    {"actor", "ACTOR", false, "only what this role or rule did"},
    {"since", "TIME", false, "recorded from this day or time on"},
    {"until", "TIME", false, "recorded up to the end of this day, or before this time"},
    {"limit", "N", false, "the newest N only"},
    {0},
};

const struct jml_verb jml_ctl_audit_verbs[] = {
    {
        .noun = "audit",
        .verb = "list",
        .arguments = "[OPTION]...",
        .summary = "Lists transitions, newest first.",
        .options = list_options,
        .query = "audit_list",
        .parameters = "employee object id actor since until limit",
        .columns = "id at employee_id object_type object_id from_state to_state rule actor "
                   "sentence reason",
    },
    {
        .noun = "audit",
        .verb = "verify",
        .summary = "Replays the audit and compares it with the state of every object; exit 1 when "
                   "they differ.",
        .run = verify,
    },
    {0},
};

static void count(void *userdata, const struct jml_result *r, size_t row)
{
    size_t *problems = userdata;

    (void)r, (void)row;
    ++*problems;
}

static int verify(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    size_t problems = 0;
    const struct jml_ctl_view view = {.quiet = true, .long_report = true, .seen = count, .userdata = &problems};
    struct jml_result r;
    struct jml_err e;
    int code = jml_ctl_session(c);

    (void)call;
    if (code != 0)
        return code;
    /* Everything is read; both looks are at the same moment. */
    if (jml_session_script(c->session, "begin isolation level repeatable read, read only", &e) < 0)
        return jml_ctl_fail(c, &e);
    code = jml_ctl_print_view(c, "audit_verify", NULL, 0, &view);
    if (code != JML_EXIT_DONE)
        return code;
    if (problems > 0)
        return jml_ctl_say(c, JML_EXIT_FAILED, "audit verify: %zu problem%s", problems,
                           problems == 1 ? "" : "s");
    if (c->format != JML_CTL_TABLE)
        return JML_EXIT_DONE;
    if (jml_session_query(c->session, "audit_count", NULL, 0, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    printf("audit verified: %lld rows, %lld objects\n", (long long)jml_result_int(&r, 0, 0),
           (long long)jml_result_int(&r, 0, 1));
    return JML_EXIT_DONE;
}

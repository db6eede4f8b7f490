/* SPDX-License-Identifier: MIT
 *
 * jmlctl why: in plain sentences what gave, refused, changed and ended somebody's access, and why what
 * might have given it did not. What happened comes from the tables; what did not, from the story
 * (core/story.h), which is told by the functions that the daemon decides by.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/story.h"
#include "ctl/output.h"
#include "ctl/query.h"
#include "db/governance.h"
#include "db/load.h"

enum key {
    AT, PACKAGE, KIND, SENTENCE, POLICY, WORKFLOW, VERSION, EVENT_ID, RUN_ID, REQUEST_ID, ASSIGNMENT_ID,
    ACTOR, STATE, N_KEYS,
};

static const struct jml_output_column keys[N_KEYS] = {
    [AT] = {"at", JML_COLUMN_TIME},
    [PACKAGE] = {"access_package", JML_COLUMN_TEXT},
    [KIND] = {"kind", JML_COLUMN_TEXT},
    [SENTENCE] = {"sentence", JML_COLUMN_TEXT},
    [POLICY] = {"policy", JML_COLUMN_TEXT},
    [WORKFLOW] = {"workflow", JML_COLUMN_TEXT},
    [VERSION] = {"workflow_version", JML_COLUMN_NUMBER},
    [EVENT_ID] = {"event_id", JML_COLUMN_NUMBER},
    [RUN_ID] = {"run_id", JML_COLUMN_TEXT},
    [REQUEST_ID] = {"request_id", JML_COLUMN_TEXT},
    [ASSIGNMENT_ID] = {"assignment_id", JML_COLUMN_TEXT},
    [ACTOR] = {"actor", JML_COLUMN_TEXT},
    [STATE] = {"state", JML_COLUMN_TEXT},
};

struct fact {
    jml_time at;
    size_t number;
    const char *texts[N_KEYS];
};

struct why {
    struct jml_ctl *c;
    const char *employee, *package; /* package NULL: all */
    bool utc;
    struct jml_governance *governance; /* owns names in the facts */
    struct jml_claim claim;
    const struct jml_zone *zone;
    JML_VEC(struct fact) facts;
};

static int why(struct jml_ctl *c, const struct jml_ctl_call *call);

static const struct jml_ctl_option options[] = {
    {"utc", NULL, false, "times in UTC instead of the person's zone"},
    {0},
};

const struct jml_verb jml_ctl_why_verbs[] = {
    {
        .noun = "why",
        .arguments = "EMPLOYEE [PACKAGE] [OPTION]...",
        .summary = "Tells in sentences what gave, refused, changed and ended somebody's access: events, "
                   "workflow versions, rules, policies, approvals and times; and which clause was false "
                   "of workflows and policies that did not give it.",
        .options = options,
        .min_arguments = 1,
        .max_arguments = 2,
        .run = why,
    },
    {0},
};

/* ---- what happened ---- */

static int read_facts(struct why *y, struct jml_err *e)
{
    const struct jml_param params[] = {jml_param_text(y->employee), jml_param_text(y->package),
                                       jml_param_text(y->utc ? "UTC" : NULL)};
    struct jml_arena *a = &y->c->arena;
    struct jml_result r;
    if (jml_session_query(y->c->session, "why_facts", params, 3, &r, e) < 0)
        return -1;
    for (size_t i = 0; i < jml_result_rows(&r); i++) {
        struct fact f = {.at = jml_result_time(&r, i, AT), .number = y->facts.n};
        for (size_t k = PACKAGE; k < N_KEYS; k++) {
            bool number = k == VERSION || k == EVENT_ID, id = k >= RUN_ID && k <= ASSIGNMENT_ID;
            if (jml_result_is_null(&r, i, k))
                continue;
            f.texts[k] = number ? jml_printf(a, "%lld", (long long)jml_result_int(&r, i, k))
                         : id   ? jml_id_text(a, jml_result_uuid(&r, i, k))
                                : jml_result_text(&r, i, k, a);
        }
        jml_vec_push(a, &y->facts, f);
    }
    jml_session_clear(y->c->session);
    return 0;
}

/* ---- what did not ---- */

static bool is_meant(const struct why *y, const struct jml_package *package)
{
    char id[37];
    jml_id_format(package->id, id);
    return !y->package || jml_streq(package->display_name, y->package) || jml_streq(id, y->package);
}

/* The packages that the workflow gives or takes, of those that are asked about. NULL: none. */
static const char *packages_of(const struct why *y, const char *workflow, bool gives)
{
    struct jml_str s = JML_STR_INIT(&y->c->arena);
    const struct jml_governance *g = y->governance;
    for (size_t i = 0; i < g->n_workflows; i++) {
        const struct jml_workflow *wf = g->workflows[i];
        for (size_t t = 0; jml_streq(wf->display_name, workflow) && t < wf->n_tasks; t++)
            for (size_t k = 0; wf->tasks[t].enabled && k < wf->tasks[t].n_packages; k++)
                if ((wf->tasks[t].kind == JML_TASK_REQUEST_PACKAGE) == gives &&
                    is_meant(y, wf->tasks[t].packages[k]))
                    jml_str_addf(&s, "%s%s", s.length ? ", " : "", wf->tasks[t].packages[k]->display_name);
    }
    return s.length ? jml_str_text(&s) : NULL;
}

static struct fact *add(struct why *y, const struct jml_story_line *l, const char *package,
                        const char *kind)
{
    struct jml_arena *a = &y->c->arena;
    struct fact f = {.at = l->at, .number = y->facts.n};
    f.texts[PACKAGE] = package;
    f.texts[KIND] = kind;
    f.texts[EVENT_ID] = l->event_id ? jml_printf(a, "%lld", (long long)l->event_id) : NULL;
    f.texts[RUN_ID] = jml_id_is_set(l->run_id) ? jml_id_text(a, l->run_id) : NULL;
    f.texts[REQUEST_ID] = jml_id_is_set(l->request_id) ? jml_id_text(a, l->request_id) : NULL;
    jml_vec_push(a, &y->facts, f);
    return &y->facts.items[y->facts.n - 1];
}

static const char *time_text(const struct why *y, jml_time at)
{
    return jml_time_format_in(&y->c->arena, at, y->zone);
}

static void add_cause(struct why *y, const struct jml_story_line *l)
{
    struct jml_arena *a = &y->c->arena;
    const char *gives = packages_of(y, l->name, true), *takes = packages_of(y, l->name, false);
    bool ran = l->state && l->counts && strstr(l->state, "ompleted");
    if (ran || (!gives && !takes))
        return;
    bool waits = jml_streq(l->state, "scheduled") || jml_streq(l->state, "held");
    struct fact *f = add(y, l, gives ? gives : takes, waits ? "waits" : "not_run");
    f->texts[WORKFLOW] = l->name;
    f->texts[STATE] = l->state;
    f->texts[SENTENCE] = jml_printf(
        a, "workflow '%s', which %s %s, %s for %s at %s: %s", l->name, gives ? "gives" : "takes",
        gives ? gives : takes,
        waits                                 ? jml_streq(l->state, "held") ? "is held" : "will run"
        : jml_streq(l->state, "failed")       ? "failed"
        : l->state && strstr(l->state, "omp") ? "ran, and does not count,"
                                              : "did not run",
        l->what, time_text(y, l->at),
        waits && !jml_streq(l->state, "held") ? time_text(y, l->due_at) : l->why);
}

static void add_effect(struct why *y, const struct jml_story_line *l)
{
    if (jml_streq(l->what, "+") && !l->counts)
        add(y, l, l->name, "not_counted")->texts[SENTENCE] =
            jml_printf(&y->c->arena, "what %s gave %s", l->origin, l->why);
}

static void add_policy(struct why *y, const struct jml_story_line *l)
{
    struct fact *f = add(y, l, l->name, l->counts ? "policy_matches" : "policy_does_not_match");
    f->texts[POLICY] = l->origin;
    f->texts[SENTENCE] = jml_printf(&y->c->arena, "policy '%s' (%s): %s", l->origin, l->what, l->why);
}

static void add_story(struct why *y, const struct jml_story *story)
{
    for (size_t i = 0; i < story->lines.n; i++) {
        const struct jml_story_line *l = &story->lines.items[i];
        const struct jml_package *package = NULL;
        for (size_t k = 0; k < y->governance->n_packages && !package; k++)
            if (jml_streq(y->governance->packages[k]->display_name, l->name))
                package = y->governance->packages[k];
        if (l->section == JML_STORY_CAUSE)
            add_cause(y, l);
        else if (l->section == JML_STORY_EFFECT && package && is_meant(y, package))
            add_effect(y, l);
        else if (l->section == JML_STORY_POLICY && package && is_meant(y, package))
            add_policy(y, l);
    }
}

/* ---- the whole ---- */

static int read_all(struct why *y)
{
    struct jml_story story;
    struct jml_err e;
    const char *default_zone;
    int r, code = 0;

    r = jml_session_script(y->c->session, "begin isolation level repeatable read read only", &e);
    if (r == 0)
        r = jml_governance_read(y->c->session, &y->governance, &e);
    if (r == 0)
        r = jml_load_person(y->c->session, &y->c->arena, y->employee, &y->claim, &default_zone, &e);
    if (r > 0)
        code = jml_ctl_say(y->c, JML_EXIT_FAILED, "no person '%s', and no event about them", y->employee);
    else if (r == 0)
        r = read_facts(y, &e);
    if (r < 0)
        code = jml_ctl_fail(y->c, &e);
    if (jml_session_script(y->c->session, code ? "rollback" : "commit", &e) < 0 && code == 0)
        code = jml_ctl_fail(y->c, &e);
    if (code)
        return code;
    const struct jml_world world = {.now = y->claim.now,
                                    .governance = y->governance,
                                    .zones = y->c->zones,
                                    .default_zone = default_zone,
                                    .catch_up = JML_TIME_MAX};
    jml_story_tell(&y->c->arena, &world, &y->claim.people[0], y->utc ? jml_zone_utc() : NULL, true, &story);
    y->zone = y->utc ? jml_zone_utc() : story.zone;
    add_story(y, &story);
    return 0;
}

static int compare(const void *x, const void *y)
{
    const struct fact *a = x, *b = y;
    int order = strcmp(a->texts[PACKAGE] ? a->texts[PACKAGE] : "", b->texts[PACKAGE] ? b->texts[PACKAGE] : "");
    if (order)
        return order;
    if (a->at != b->at) /* what has no time of its own comes last */
        return b->at == JML_TIME_NONE || (a->at != JML_TIME_NONE && a->at < b->at) ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static int print_rows(const struct why *y)
{
    struct jml_output out = {.file = stdout, .format = y->c->format};
    struct jml_err e;
    jml_output_begin(&out, keys, N_KEYS);
    for (size_t i = 0; i < y->facts.n; i++) {
        struct jml_output_cell cells[N_KEYS] = {0};
        for (size_t k = 0; k < N_KEYS; k++)
            cells[k] = (struct jml_output_cell){.text = y->facts.items[i].texts[k], .time = JML_TIME_NONE};
        cells[AT].time = y->facts.items[i].at;
        jml_output_row(&out, cells);
    }
    if (jml_output_end(&out, &e) < 0)
        return jml_ctl_say(y->c, JML_EXIT_FAILED, "%s", e.message);
    return JML_EXIT_DONE;
}

static int print_sentences(const struct why *y)
{
    const char *package = NULL;
    printf("%s, %s; times in %s\n", y->claim.people[0].person.employee_id,
           jml_state_name(JML_MACHINE_PERSON, (int)y->claim.people[0].person.state), jml_zone_name(y->zone));
    for (size_t i = 0; i < y->facts.n; i++) {
        const struct fact *f = &y->facts.items[i];
        if (!jml_streq(package, f->texts[PACKAGE]))
            printf("\n%s\n", f->texts[PACKAGE]);
        package = f->texts[PACKAGE];
        printf("  %s%s%s\n", f->at != JML_TIME_NONE ? time_text(y, f->at) : "", f->at != JML_TIME_NONE ? "  " : "",
               f->texts[SENTENCE]);
    }
    if (y->facts.n == 0)
        printf("\n%s\n", "Nothing gave, refused or ended anything.");
    return ferror(stdout) ? jml_ctl_say(y->c, JML_EXIT_FAILED, "standard output cannot be written") : JML_EXIT_DONE;
}

static int why(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    struct why y = {.c = c,
                    .employee = call->arguments[0],
                    .package = call->n_arguments > 1 ? call->arguments[1] : NULL,
                    .utc = jml_ctl_option(call, "utc")};
    int code = jml_ctl_session(c);
    if (code == 0 && y.package)
        code = jml_ctl_check_name(c, "package", y.package);
    if (code == 0)
        code = read_all(&y);
    if (code == 0 && y.facts.n > 1)
        qsort(y.facts.items, y.facts.n, sizeof(y.facts.items[0]), compare);
    if (code == 0)
        code = c->format == JML_CTL_TABLE ? print_sentences(&y) : print_rows(&y);
    jml_governance_free(y.governance);
    return code;
}

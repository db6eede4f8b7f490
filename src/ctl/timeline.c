/* SPDX-License-Identifier: MIT
 *
 * jmlctl person timeline: the civil story of one person, as core/story.h tells it, from the tables that
 * the daemon decides by. It reads, in one picture, and locks nobody.
 */
#include "ctl/timeline.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "core/story.h"
#include "ctl/output.h"
#include "ctl/query.h"
#include "db/governance.h"
#include "db/load.h"

/* The keys of --json and --csv, in their order. Tables show some of them, by section. */
enum key {
    SECTION, AT, UNTIL, LAST_DAY, DUE_AT, RECEIVED_AT, WHAT, NAME, ORIGIN, REFERENCE, EMPLOYMENT,
    STATE, COUNTS, WHY, ZONE, EVENT_ID, RUN_ID, REQUEST_ID, ASSIGNMENT_ID, VALUES, N_KEYS,
};

static const struct jml_output_column keys[N_KEYS] = {
    [SECTION] = {"section", JML_COLUMN_TEXT},
    [AT] = {"at", JML_COLUMN_TIME},
    [UNTIL] = {"until", JML_COLUMN_TIME},
    [LAST_DAY] = {"last_day", JML_COLUMN_DATE},
    [DUE_AT] = {"due_at", JML_COLUMN_TIME},
    [RECEIVED_AT] = {"received_at", JML_COLUMN_TIME},
    [WHAT] = {"what", JML_COLUMN_TEXT},
    [NAME] = {"name", JML_COLUMN_TEXT},
    [ORIGIN] = {"origin", JML_COLUMN_TEXT},
    [REFERENCE] = {"reference", JML_COLUMN_TEXT},
    [EMPLOYMENT] = {"employment", JML_COLUMN_TEXT},
    [STATE] = {"state", JML_COLUMN_TEXT},
    [COUNTS] = {"counts", JML_COLUMN_BOOL},
    [WHY] = {"why", JML_COLUMN_TEXT},
    [ZONE] = {"zone", JML_COLUMN_TEXT},
    [EVENT_ID] = {"event_id", JML_COLUMN_NUMBER},
    [RUN_ID] = {"run_id", JML_COLUMN_TEXT},
    [REQUEST_ID] = {"request_id", JML_COLUMN_TEXT},
    [ASSIGNMENT_ID] = {"assignment_id", JML_COLUMN_TEXT},
    [VALUES] = {"values", JML_COLUMN_JSON},
};

/* What tables show of each section, under which words. */
static const struct shown {
    const char *title;
    struct {
        enum key key;
        const char *name;
    } columns[12];
} sections[JML_STORY_SECTIONS] = {
    [JML_STORY_EVENT] = {"events, in the order of effect",
                         {{AT, "at"}, {WHAT, "kind"}, {EVENT_ID, "event"}, {REFERENCE, "ref"},
                          {EMPLOYMENT, "employment"}, {LAST_DAY, "last_day"},
                          {RECEIVED_AT, "received"}, {STATE, "state"}, {COUNTS, "counts"},
                          {WHY, "why"}, {VALUES, "values"}}},
    [JML_STORY_EMPLOYMENT] = {"employments",
                              {{EMPLOYMENT, "employment"}, {AT, "start"}, {LAST_DAY, "last_day"},
                               {UNTIL, "end"}, {STATE, "state"}, {COUNTS, "counts"}, {WHY, "why"}}},
    [JML_STORY_STATE] = {"states", {{AT, "from"}, {STATE, "state"}, {WHY, "why"}}},
    [JML_STORY_ATTRIBUTES] = {"attributes",
                              {{AT, "from"}, {EMPLOYMENT, "employment"}, {EVENT_ID, "event"},
                               {WHAT, "changed"}, {WHY, "why"}, {VALUES, "values"}}},
    [JML_STORY_CAUSE] = {"causes and their runs",
                         {{AT, "at"}, {DUE_AT, "due"}, {NAME, "workflow"}, {WHAT, "cause"},
                          {EMPLOYMENT, "employment"}, {STATE, "run"}, {COUNTS, "counts"},
                          {WHY, "why"}, {RUN_ID, "id"}}},
    [JML_STORY_REQUEST] = {"direct and open requests",
                           {{AT, "at"}, {WHAT, "request"}, {NAME, "package"}, {ORIGIN, "by"},
                            {UNTIL, "until"}, {STATE, "state"}, {COUNTS, "counts"}, {WHY, "why"},
                            {REQUEST_ID, "id"}}},
    [JML_STORY_EFFECT] = {"effects, in the order in which they count",
                          {{AT, "at"}, {WHAT, "effect"}, {NAME, "package"}, {ORIGIN, "of"},
                           {EMPLOYMENT, "employment"}, {DUE_AT, "from"}, {UNTIL, "until"},
                           {COUNTS, "counts"}, {WHY, "why"}}},
    [JML_STORY_HOLDING] = {"held now",
                           {{NAME, "package"}, {ORIGIN, "given_by"}, {AT, "since"}, {UNTIL, "until"},
                            {LAST_DAY, "last_day"}, {STATE, "state"}, {WHY, "why"},
                            {ASSIGNMENT_ID, "id"}}},
    [JML_STORY_POLICY] = {"policies",
                          {{NAME, "package"}, {ORIGIN, "policy"}, {WHAT, "how"}, {COUNTS, "counts"},
                           {WHY, "why"}}},
};

struct told {
    struct jml_ctl *c;
    struct jml_governance *governance; /* owns the names in the story */
    struct jml_story story;
    struct jml_arena *arena;
    bool values;
};

static int read_and_tell(struct jml_ctl *c, const struct jml_ctl_call *call, struct told *told);
static int print_rows(const struct told *told);
static int print_tables(const struct told *told, const struct jml_zone *zone);

int jml_ctl_person_story(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    struct told told = {.c = c, .arena = &c->arena, .values = jml_ctl_option(call, "values")};
    int code = jml_ctl_session(c);
    if (code == 0)
        code = read_and_tell(c, call, &told);
    if (code == 0 && c->format != JML_CTL_TABLE)
        code = print_rows(&told);
    else if (code == 0)
        code = print_tables(&told, jml_ctl_option(call, "utc") ? jml_zone_utc() : told.story.zone);
    jml_governance_free(told.governance);
    return code;
}

static int read_and_tell(struct jml_ctl *c, const struct jml_ctl_call *call, struct told *told)
{
    struct jml_governance *governance = NULL;
    struct jml_claim claim;
    struct jml_err e;
    const char *default_zone;
    int r, code = 0;

    r = jml_session_script(c->session, "begin isolation level repeatable read read only", &e);
    if (r == 0)
        r = jml_governance_read(c->session, &governance, &e);
    if (r == 0)
        r = jml_load_person(c->session, told->arena, call->arguments[0], &claim, &default_zone, &e);
    if (r < 0)
        code = jml_ctl_fail(c, &e);
    else if (r > 0)
        code = jml_ctl_say(c, JML_EXIT_FAILED, "no person '%s', and no event about them",
                           call->arguments[0]);
    if (jml_session_script(c->session, code ? "rollback" : "commit", &e) < 0 && code == 0)
        code = jml_ctl_fail(c, &e);
    if (code == 0) {
        const struct jml_world world = {.now = claim.now,
                                        .governance = governance,
                                        .zones = c->zones,
                                        .default_zone = default_zone,
                                        .catch_up = JML_TIME_MAX};
        jml_story_tell(told->arena, &world, &claim.people[0],
                       jml_ctl_option(call, "utc") ? jml_zone_utc() : NULL,
                       jml_ctl_option(call, "all"), &told->story);
    }
    told->governance = governance;
    return code;
}

static struct jml_output_cell cell(const struct told *told, const struct jml_story_line *l, enum key key)
{
    struct jml_arena *a = told->arena;
    struct jml_output_cell cell = {.time = JML_TIME_NONE};
    switch (key) {
    case SECTION: cell.text = jml_story_section_name(l->section); break;
    case AT: cell.time = l->at; break;
    case UNTIL: cell.time = l->until; break;
    case LAST_DAY:
        if (jml_date_is_set(l->last_day))
            cell.text = jml_printf(a, "%04d-%02d-%02d", l->last_day.year, l->last_day.month, l->last_day.day);
        break;
    case DUE_AT: cell.time = l->due_at; break;
    case RECEIVED_AT: cell.time = l->received_at; break;
    case WHAT: cell.text = l->what; break;
    case NAME: cell.text = l->name; break;
    case ORIGIN: cell.text = l->origin; break;
    case REFERENCE: cell.text = l->reference; break;
    case EMPLOYMENT: cell.text = l->employment; break;
    case STATE: cell.text = l->state; break;
    case COUNTS: cell.text = l->counts ? "true" : "false"; break;
    case WHY: cell.text = l->why; break;
    case ZONE: cell.text = l->zone ? jml_zone_name(l->zone) : NULL; break;
    case EVENT_ID: cell.text = l->event_id ? jml_printf(a, "%lld", (long long)l->event_id) : NULL; break;
    case RUN_ID: cell.text = jml_id_is_set(l->run_id) ? jml_id_text(a, l->run_id) : NULL; break;
    case REQUEST_ID: cell.text = jml_id_is_set(l->request_id) ? jml_id_text(a, l->request_id) : NULL; break;
    case ASSIGNMENT_ID:
        cell.text = jml_id_is_set(l->assignment_id) ? jml_id_text(a, l->assignment_id) : NULL;
        break;
    case VALUES: cell.text = told->values && l->values ? jml_value_text(a, l->values) : NULL; break;
    case N_KEYS: break;
    }
    return cell;
}

static int end(const struct told *told, struct jml_output *out)
{
    struct jml_err e;
    if (jml_output_end(out, &e) < 0)
        return jml_ctl_say(told->c, JML_EXIT_FAILED, "%s", e.message);
    return JML_EXIT_DONE;
}

static int print_rows(const struct told *told)
{
    struct jml_output out = {.file = stdout, .format = told->c->format};
    jml_output_begin(&out, keys, N_KEYS);
    for (size_t i = 0; i < told->story.lines.n; i++) {
        struct jml_output_cell cells[N_KEYS];
        for (enum key k = 0; k < N_KEYS; k++)
            cells[k] = cell(told, &told->story.lines.items[i], k);
        jml_output_row(&out, cells);
    }
    return end(told, &out);
}

static void print_person(const struct told *told, const struct jml_story_line *l,
                         const struct jml_zone *zone)
{
    printf("%s, %s", l->name, l->state);
    if (l->at != JML_TIME_NONE)
        printf(", from %s", jml_time_format_in(told->arena, l->at, zone));
    if (l->until != JML_TIME_NONE)
        printf(" to %s, last day %04d-%02d-%02d", jml_time_format_in(told->arena, l->until, zone),
               l->last_day.year, l->last_day.month, l->last_day.day);
    printf("%s%s; times in %s\n", l->why ? "; " : "", l->why ? l->why : "", jml_zone_name(zone));
}

static int print_tables(const struct told *told, const struct jml_zone *zone)
{
    const struct jml_story_line *lines = told->story.lines.items;
    int code = JML_EXIT_DONE;
    for (size_t i = 0, next; code == JML_EXIT_DONE && i < told->story.lines.n; i = next) {
        const struct shown *shown = &sections[lines[i].section];
        struct jml_output out = {.file = stdout, .format = JML_CTL_TABLE, .zone = zone};
        struct jml_output_column columns[12];
        size_t n = 0;
        for (next = i; next < told->story.lines.n && lines[next].section == lines[i].section;)
            next++;
        if (!shown->title) {
            print_person(told, &lines[i], zone);
            continue;
        }
        for (; n < 12 && shown->columns[n].name; n++) {
            enum key key = shown->columns[n].key;
            if (key == VALUES && !told->values)
                break; /* it is the last one */
            columns[n] = (struct jml_output_column){shown->columns[n].name, keys[key].type};
        }
        printf("\n%s\n", shown->title);
        jml_output_begin(&out, columns, n);
        for (size_t row = i; row < next; row++) {
            struct jml_output_cell cells[12];
            for (size_t k = 0; k < n; k++)
                cells[k] = cell(told, &lines[row], shown->columns[k].key);
            jml_output_row(&out, cells);
        }
        code = end(told, &out);
    }
    return code;
}

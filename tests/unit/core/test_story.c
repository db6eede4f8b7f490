/* SPDX-License-Identifier: MIT */
#include "core/story.h"

#include <string.h>

#include "unit/core/sentences.h"

SUITE(story);

#define HIRE_P                                                                                     \
    WORKFLOW("Hire", "joiner", ON(HIRE("0"), "(department eq `Sales`)"), ADD("P", "Always"))

static struct jml_story story;

static void tell_all(bool all)
{
    jml_story_tell(&the_case.arena, &the_case.world, &the_case.s, NULL, all, &story);
}

/* The lines of a section: "what name state yes|no: why", as far as they have them. */
static const char *told_now(enum jml_story_section section)
{
    struct jml_str s = JML_STR_INIT(&the_case.arena);
    for (size_t i = 0; i < story.lines.n; i++) {
        const struct jml_story_line *l = &story.lines.items[i];
        const char *const words[] = {l->what, l->name, l->state};
        if (l->section != section)
            continue;
        if (s.length)
            jml_str_add(&s, " | ");
        for (size_t k = 0; k < 3; k++)
            if (words[k])
                jml_str_addf(&s, "%s ", words[k]);
        jml_str_addf(&s, "%s%s%s", l->counts ? "yes" : "no", l->why ? ": " : "", l->why ? l->why : "");
    }
    return jml_str_text(&s);
}

static const char *told(enum jml_story_section section)
{
    tell_all(false);
    return told_now(section);
}

static const char *dates(enum jml_story_section section)
{
    struct jml_str s = JML_STR_INIT(&the_case.arena);
    tell_all(false);
    for (size_t i = 0; i < story.lines.n; i++) {
        const struct jml_story_line *l = &story.lines.items[i];
        if (l->section != section)
            continue;
        jml_str_addf(&s, "%s%s", s.length ? "; " : "", case_time_text(l->at));
        if (l->until != JML_TIME_NONE)
            jml_str_addf(&s, "..%s", case_time_text(l->until));
        if (jml_date_is_set(l->last_day))
            jml_str_addf(&s, " last %d-%02d-%02d", l->last_day.year, l->last_day.month, l->last_day.day);
    }
    return jml_str_text(&s);
}

Test(story, nobody_knows_anything_of_somebody_new)
{
    says(told(JML_STORY_PERSON), "E1 unknown yes");
    says(told(JML_STORY_EVENT), "");
    says(told(JML_STORY_HOLDING), "");
}

Test(story, an_event_that_waits_is_told_as_such)
{
    joiner("2026-06-11", NULL);
    says(told(JML_STORY_EVENT), "joiner pending no: not looked at yet: the daemon has not come to it");
}

Test(story, what_voids_what)
{
    joiner("2026-06-01", NULL);
    mover("2026-06-05", "{'department':'IT'}");
    leaver("2026-06-20");
    leaver("2026-06-25")->supersedes = "r3";
    rescind("r2");
    mover("2026-06-06", "{'city':'Porto'}")->supersedes = "nothing";
    case_step();
    says(told(JML_STORY_EVENT),
         "joiner done yes: opens the employment | "
         "rescind done yes: withdraws r2 | "
         "mover superseded no: withdrawn by event 5 (r5) | "
         "mover done no: waits_for_target: supersedes names no event of this person and "
         "source that has come | "
         "leaver superseded no: superseded by event 4 (r4) | "
         "leaver done yes: ends the employment");
    rescind("r5");
    case_step();
    cr_expect(strstr(told(JML_STORY_EVENT), "rescind superseded no: withdrawn by event 7 (r7)"));
    cr_expect(strstr(told_now(JML_STORY_EVENT), "mover done yes: changes attributes"));
    rescind("r3"); /* any member withdraws the chain */
    case_step();
    cr_expect(strstr(told(JML_STORY_EVENT), "leaver superseded no: withdrawn by event 8 (r8)"));
    cr_expect(strstr(told_now(JML_STORY_EVENT), "leaver superseded no: superseded by event 4 (r4)"));
}

Test(story, leavers_that_close_nothing_and_joiners_that_act_as_movers)
{
    leaver("2026-05-01");
    joiner("2026-05-10", NULL);
    case_step();
    joiner("2026-05-20", "{'city':'Porto'}");
    case_step();
    says(told(JML_STORY_EVENT),
         "leaver done no: closes_nothing: no employment was open for this leaver to end | "
         "joiner done yes: opens the employment | "
         "joiner done yes: joiner_as_mover: the person is employed already; the joiner acted as a mover");
}

Test(story, a_resent_hire_adds_to_the_hire)
{
    joiner("2026-06-11", "{'city':'Porto'}");
    case_step();
    joiner("2026-06-15", "{'department':'Sales'}");
    case_step();
    says(told(JML_STORY_EVENT), "joiner done yes: adds to the hire that event 2 (r2) dates | "
                                "joiner done yes: opens the employment");
    says(dates(JML_STORY_EMPLOYMENT), "2026-06-15");
}

Test(story, a_no_show_empties_its_employment)
{
    joiner("2026-06-11", NULL);
    case_step();
    leaver("2026-06-08");
    case_step();
    says(told(JML_STORY_EMPLOYMENT), "emptied no: since event 1 (r1); emptied by event 2 (r2)");
    cr_expect(strstr(told_now(JML_STORY_EVENT), "a no-show"));
    says(told_now(JML_STORY_PERSON), "E1 left yes");
}

Test(story, periods_have_their_last_day_in_their_own_zone)
{
    joiner("2026-01-10", "{'timeZone':'Pacific/Kiritimati'}");
    leaver("2026-03-31");
    joiner("2026-07-01", "{'timeZone':'Pacific/Honolulu'}");
    case_step();
    says(dates(JML_STORY_EMPLOYMENT),
         "2026-01-09 10:00..2026-03-31 10:00 last 2026-03-31; 2026-07-01 10:00");
    says(told_now(JML_STORY_EMPLOYMENT), "ended yes: since event 1 (r1); until event 2 (r2) | "
                                         "ahead yes: since event 3 (r3)");
    says(told_now(JML_STORY_STATE), "active yes | prehire yes | active no: will be");
    cr_expect_str_eq(jml_zone_name(story.zone), "Pacific/Honolulu");
}

Test(story, attributes_over_time_by_the_keys_that_changed)
{
    joiner("2026-06-01", "{'city':'Porto','department':'Sales'}");
    mover("2026-06-05", "{'city':'Faro','department':null}");
    mover("2026-06-06", "{'city':'Faro'}");
    case_step();
    says(told(JML_STORY_ATTRIBUTES), "city, department yes | city, department no: will be");
    for (size_t i = 0; i < story.lines.n; i++)
        if (story.lines.items[i].section == JML_STORY_ATTRIBUTES && !story.lines.items[i].counts)
            says(jml_value_text(&the_case.arena, story.lines.items[i].values),
                 "{\"city\":{\"from\":\"Porto\",\"to\":\"Faro\"},"
                 "\"department\":{\"from\":\"Sales\",\"to\":null}}");
}

Test(story, a_cause_has_its_run_and_its_effects_until_it_goes)
{
    case_apply(CONFIGURATION(RESOURCE("P"), PACKAGE("P", POLICY("Always", FOREVER)), HIRE_P));
    joiner("2026-06-03", "{'department':'Sales'}");
    case_step();
    says(told(JML_STORY_CAUSE), "employeeHireDate Hire scheduled yes: will run");
    says(told_now(JML_STORY_EFFECT), "");
    case_live("2026-06-04");
    says(told(JML_STORY_CAUSE), "employeeHireDate Hire completed yes: its cause is there");
    says(told_now(JML_STORY_EFFECT), "+ P yes: gave it; held by it now");
    says(told_now(JML_STORY_HOLDING), "P delivered yes: without an end");

    struct jml_event *e = joiner("2026-06-03", "{'department':'IT'}");
    e->supersedes = "r1";
    case_go("2026-06-04 12:00");
    says(case_holds(), "");
    says(told(JML_STORY_CAUSE),
         "employeeHireDate Hire completed no: its cause went away, known since 2026-06-04 12:00 UTC: "
         "what it did does not count");
    says(told_now(JML_STORY_EFFECT), "+ P no: does not count: the cause of its run is gone");
    says(told_now(JML_STORY_HOLDING), "");
}

Test(story, causes_out_of_scope_are_told_when_asked_for)
{
    case_apply(CONFIGURATION(RESOURCE("P"), PACKAGE("P", POLICY("Always", FOREVER)), HIRE_P));
    joiner("2026-06-03", "{'department':'IT'}");
    case_step();
    says(told(JML_STORY_CAUSE), "");
    tell_all(true);
    cr_expect(strstr(told_now(JML_STORY_CAUSE), "employeeHireDate Hire no: out of scope: "));
}

Test(story, late_causes_say_how_to_release_them)
{
    case_apply(CONFIGURATION(RESOURCE("P"), PACKAGE("P", POLICY("Always", FOREVER)), HIRE_P));
    case_clock("2026-06-20");
    joiner("2026-06-03", "{'department':'Sales'}");
    case_step();
    cr_expect(strstr(told(JML_STORY_CAUSE), "Hire held yes: "));
    cr_expect(strstr(told_now(JML_STORY_CAUSE), "jmlctl run release "));
}

Test(story, who_gave_and_who_took)
{
    case_apply(CONFIGURATION(
        RESOURCE("P"), PACKAGE("P", POLICY("Always", FOREVER) "," POLICY("Month", FOR("P30D"))),
        HIRE_P "," WORKFLOW("Move", "mover", ON(CHANGE("department"), "(department eq `IT`)"),
                            REMOVE("P"))));
    joiner("2026-06-02", "{'department':'Sales'}");
    case_live("2026-06-03");
    mover("2026-06-05", "{'department':'IT'}");
    case_live("2026-06-06");
    says(told(JML_STORY_EFFECT), "+ P yes: gave it; taken by Move at 2026-06-05 00:00 UTC | "
                                 "- P yes: took P, which Hire had given");
    case_go("2026-06-08");
    case_request(JML_ADMIN_ADD, "P", "Month");
    case_step();
    cr_expect(strstr(told(JML_STORY_EFFECT), "+ P yes: gave it; held by it now"));
    says(told_now(JML_STORY_REQUEST), "adminAdd P delivered yes: counts among the effects, in this place");
    says(told_now(JML_STORY_HOLDING), "P delivered yes: until its end, set by policy");
    leaver("2026-06-09");
    case_live("2026-06-12");
    cr_expect(strstr(told(JML_STORY_EFFECT),
                     "end all packages yes: took P, which adminAdd by "));
    says(told_now(JML_STORY_HOLDING), "");
}

Test(story, telling_changes_nothing)
{
    case_apply(CONFIGURATION(RESOURCE("P"), PACKAGE("P", POLICY("Always", FOREVER)), HIRE_P));
    joiner("2026-06-02", "{'department':'Sales'}");
    case_live("2026-06-03");
    size_t audit = the_case.audit.n;
    tell_all(true);
    case_step();
    cr_expect_eq(the_case.audit.n, audit);
    says(case_holds(), "P");
}

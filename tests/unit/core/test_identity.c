/* SPDX-License-Identifier: MIT
 *
 * One person under several ids (T10), after the database has made two one: what the core makes of it.
 */
#include "unit/core/sentences.h"

#include "core/identity.h"

SUITE(identity);

static struct jml_event *under(const char *employee_id, struct jml_event *e)
{
    e->employee_id = employee_id;
    return e;
}

static void alias(const char *employee_id)
{
    jml_vec_push(&the_case.arena, &the_case.s.person.aliases, employee_id);
}

static const char *asked(void)
{
    struct jml_identity_questions questions = {0};
    jml_identity_ask(&the_case.arena, &the_case.s, the_case.world.zones, &questions);
    struct jml_str s = JML_STR_INIT(&the_case.arena);
    for (size_t i = 0; i < questions.n; i++)
        jml_str_addf(&s, "%s%s", i ? " " : "", questions.items[i].other_id);
    return jml_str_text(&s);
}

static const char *now_called(void)
{
    return the_case.s.person.employee_id;
}

Test(identity, a_former_id_is_asked_for_once_it_would_be_folded)
{
    struct jml_event *e = joiner("2026-05-01", "{'formerEmployeeId':'E0'}");
    says(asked(), "E0");
    e->state = JML_EVENT_HELD;
    says(asked(), "");
    case_command("event_release", "1");
    says(asked(), "E0");
    e->state = JML_EVENT_DONE;
    says(asked(), "");
}

Test(identity, what_cannot_be_used_asks_for_nothing)
{
    joiner("2026-05-01", "{'formerEmployeeId':'E0','timeZone':'No/Where'}");
    joiner("2026-05-01", "{'formerEmployeeId':' E0'}");
    joiner("2026-05-01", "{'formerEmployeeId':7}");
    joiner("2026-05-01", "{'formerEmployeeId':null}");
    case_event(JML_LEAVER, "2026-05-20", "{'formerEmployeeId':'E0'}");
    says(asked(), "");
    case_step();
    says(case_events(), "1 rejected bad_time_zone; 2 rejected bad_former_id; 3 rejected "
                        "bad_former_id; 4 done; 5 done");
}

Test(identity, people_who_are_held_wait_with_it)
{
    joiner("2026-05-01", "{'formerEmployeeId':'E0'}");
    the_case.s.person.held_at = the_case.world.now;
    says(asked(), "");
}

Test(identity, the_new_id_becomes_the_persons)
{
    joiner("2026-05-01", NULL);
    case_step();
    alias("E2");
    under("E2", mover("2026-05-20", "{'formerEmployeeId':'E1'}"));
    case_step();
    says(now_called(), "E2");
    says(case_person(), "active 2026-05-01..");
    cr_expect(jml_identity_has(&the_case.s.person, "E1"));
}

Test(identity, a_chain_ends_where_nobody_goes_on_whatever_came_first)
{
    alias("E2");
    alias("E3");
    under("E3", mover("2026-05-10", "{'formerEmployeeId':'E2'}"));
    case_step();
    under("E2", mover("2026-05-20", "{'formerEmployeeId':'E1'}"));
    case_step();
    says(now_called(), "E3");
    under("E1", joiner("2026-05-01", NULL));
    case_step();
    says(now_called(), "E3");
    says(case_person(), "active 2026-05-01..");
}

Test(identity, back_to_an_earlier_id_the_latest_counts)
{
    alias("E2");
    joiner("2026-05-01", NULL);
    under("E1", mover("2026-05-20", "{'formerEmployeeId':'E2'}"));
    under("E2", mover("2026-05-10", "{'formerEmployeeId':'E1'}"));
    case_step();
    says(now_called(), "E1");
}

Test(identity, a_withdrawn_rename_leaves_the_id)
{
    alias("E2");
    joiner("2026-05-01", NULL);
    under("E2", mover("2026-05-10", "{'formerEmployeeId':'E1'}"));
    rescind("r2");
    case_step();
    says(now_called(), "E1");
}

Test(identity, a_conflict_holds_the_event_until_a_merge)
{
    joiner("2026-05-01", NULL);
    struct jml_event *e = mover("2026-05-10", "{'formerEmployeeId':'E0','title':'Boss'}");
    e->conflict = "needs_merge: both are known";
    case_step();
    says(case_events(), "1 done; 2 held needs_merge");
    e->conflict = NULL; /* as it is loaded again */
    alias("E0");
    case_command("person_merge", "E0");
    case_step();
    says(case_events(), "1 done; 2 done");
    says(case_audit(JML_MACHINE_COMMAND), "801 done");
}

Test(identity, a_refused_merge_changes_nothing)
{
    joiner("2026-05-01", NULL);
    case_command("person_merge", "E0")->refusal = "person_held: E0 is held";
    case_step();
    says(case_audit(JML_MACHINE_COMMAND), "802 refused");
}

Test(identity, a_hire_under_an_id_that_was_given_up_waits)
{
    alias("E2");
    joiner("2026-05-01", NULL);
    under("E2", mover("2026-05-10", "{'formerEmployeeId':'E1'}"));
    case_step();
    under("E1", joiner("2026-05-09", NULL)); /* told late */
    under("E1", joiner("2026-05-20", NULL));
    under("E2", joiner("2026-05-20", NULL));
    case_step();
    says(case_events(), "1 done; 2 done; 3 done joiner_as_mover; 4 held id_reused; 5 done "
                        "joiner_as_mover");
    case_command("event_release", "4");
    case_step();
    cr_expect_neq(the_case.s.events.items[3]->state, JML_EVENT_HELD);
}

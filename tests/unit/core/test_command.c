/* SPDX-License-Identifier: MIT */
#include "unit/core/sentences.h"

SUITE(command);

#define CONFIG                                                                                     \
    CONFIGURATION(RESOURCE("Base"), PACKAGE("Base", POLICY("Ten", FOR("P10D"))),                   \
                  WORKFLOW("First day", "joiner", ON(HIRE("0"), ANYBODY), ADD("Base", "Ten")))

static struct jml_command *hold(const char *kind)
{
    return case_command(kind, "E1");
}

Test(command, an_event_on_hold_is_outside_of_the_time_line)
{
    joiner("2026-06-11", NULL);
    case_command("event_hold", "1");
    case_step();
    says(case_person(), "unknown");
    says(case_events(), "1 held");
    case_command("event_release", "1");
    case_step();
    says(case_person(), "prehire 2026-06-11..");
    says(case_audit(JML_MACHINE_EVENT), "103 held; 104 pending; 105 done");
}

Test(command, a_rejected_event_can_be_tried_again)
{
    struct jml_event *e = joiner("2026-06-11", "{'timeZone':'New/Zone'}");
    case_step();
    says(case_events(), "1 rejected bad_time_zone");
    case_command("event_retry", "1");
    case_step();
    says(case_events(), "1 rejected bad_time_zone");
    e->attributes = jml_value_object(); /* as if the zone had come with an update */
    case_command("event_retry", "1");
    case_step();
    says(case_person(), "prehire 2026-06-11..");
    says(case_audit(JML_MACHINE_EVENT),
         "102 rejected; 108 pending; 106 rejected; 108 pending; 105 done");
}

Test(command, what_can_not_be_done_is_refused_on_record)
{
    joiner("2026-06-11", NULL);
    case_step();
    struct jml_command *retry = case_command("event_retry", "1");
    struct jml_command *late = case_command("event_hold", "1");
    struct jml_command *unknown = case_command("event_hold", "99");
    struct jml_command *word = case_command("event_hold", "x");
    struct jml_command *workflow = case_command("workflow_run", "nonsense");
    struct jml_command *none = case_command("no_such_thing", NULL);
    case_step();
    says(retry->error, "not_rejected: the event is neither rejected nor held");
    says(late->error, "not_pending: the event is part of the time line already; what is not true is "
                      "withdrawn by a rescind");
    says(unknown->error, "not_found: there is no such event of this person");
    says(word->error, "not_found: there is no such event of this person");
    says(workflow->error, "not_found: object_id names no workflow");
    says(none->error, "unknown_command: this jmld knows no such command");
    says(case_audit(JML_MACHINE_COMMAND),
         "802 refused; 802 refused; 802 refused; 802 refused; 802 refused; 802 refused");
}

Test(command, a_person_on_hold_stands_still)
{
    case_apply(CONFIG);
    joiner("2026-06-01", NULL);
    case_step();
    says(case_holds(), "Base until 2026-06-11 09:00");
    hold("person_hold");
    case_step();
    says(case_alarm(), "none");
    says(case_time_text(the_case.s.person.removal_at), "2026-06-11 09:00");
    leaver("2026-06-05");
    case_go("2026-06-20");
    says(case_events(), "1 done; 2 held person_held");
    says(case_holds(), "Base until 2026-06-11 09:00");
    hold("person_release");
    case_step();
    says(case_person(), "left 2026-06-01..2026-06-06");
    says(case_events(), "1 done; 2 done");
    says(case_holds(), "");
    says(case_audit(JML_MACHINE_PERSON), "202 active; 274 active; 284 active; 233 left");
}

Test(command, releasing_a_person_leaves_an_event_that_an_operator_holds)
{
    joiner("2026-06-11", NULL);
    leaver("2026-06-20");
    case_command("event_hold", "2");
    case_step();
    struct jml_command *again = case_command("event_hold", "2");
    case_step();
    says(again->error, "held_already: the event is held already");
    hold("person_hold");
    case_step();
    hold("person_release");
    case_step();
    says(case_events(), "1 done; 2 held");
}

Test(command, a_held_person_refuses_other_commands_rather_than_to_forget_them)
{
    case_apply(CONFIG);
    joiner("2026-06-11", NULL);
    case_step();
    hold("person_hold");
    case_step();
    struct jml_command *c =
        case_command("run_cancel", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    cr_expect_eq(c->state, JML_COMMAND_REFUSED);
    says(case_runs(), "First day scheduled 2026-06-11");
}

Test(command, holding_twice_is_refused)
{
    hold("person_hold");
    struct jml_command *c = hold("person_hold");
    case_step();
    says(c->error, "held_already: the person is held already");
}

Test(command, poison_sets_the_events_aside)
{
    joiner("2026-06-11", NULL);
    jml_step_hold(&the_case.arena, &the_case.world, &the_case.s, "crashed the step");
    says(case_events(), "1 held person_held");
    cr_expect_eq(the_case.s.person.held_at, the_case.world.now);
    cr_expect_eq(the_case.s.audit.n, 2);
    cr_expect_eq(the_case.s.person.mark, JML_CHANGED);
}

Test(command, a_request_waits_with_its_person)
{
    case_apply(CONFIG);
    joiner("2026-06-01", NULL);
    case_step();
    hold("person_hold");
    case_request(JML_ADMIN_REMOVE, "Base", NULL);
    case_step();
    says(case_requests(), "systemAdd Base delivered; adminRemove Base submitted");
    hold("person_release");
    case_step();
    says(case_requests(), "systemAdd Base delivered; adminRemove Base delivered");
}

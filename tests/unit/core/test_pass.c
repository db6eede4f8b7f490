/* SPDX-License-Identifier: MIT */
#include "unit/core/sentences.h"

#include <string.h>

#define PASS(arguments) TASK("1b555e50-7f65-41d5-b514-5894a026d10d", "false", arguments)
#define TARGETS                                                                                    \
    "{'targets':[{'displayName':'Directory','kind':'ldap','settings':{'uri':'ldapi:///',"          \
    "'peopleBase':'ou=people','sasl':'EXTERNAL'}},{'displayName':'Mail','kind':'scim','settings':" \
    "{'url':'https://mail.example/'}},{'displayName':'Nowhere','kind':'null'},{'displayName':"     \
    "'Desk','kind':'manual'}]}"
#define WITH(trigger, arguments)                                                                   \
    CONFIGURATION(RESOURCE("Base"), PACKAGE("Base", POLICY("Always", FOREVER)),                    \
                  WORKFLOW("First day", "joiner", ON(HIRE(trigger), ANYBODY),                      \
                           PASS(arguments) "," ADD("Base", "Always")))

SUITE(pass);

static void configure(const char *documents)
{
    case_apply(TARGETS);
    case_apply(documents);
    case_manager("M1", "Mia", "mia@example.com");
}

#define ANA "{'mail':'e1@example.com','manager':'M1'}"

/* The key that the flow says it made the password of. */
static void made_of(size_t delivery, const char *key)
{
    struct jml_delivery *d = the_case.deliveries.items[delivery];
    d->arguments = jml_value_with(&the_case.arena, d->arguments, "passwordKey",
                                  jml_value_string(&the_case.arena, key));
}

static const char *told(const char *name)
{
    const struct jml_notification *n = the_case.notifications.items[the_case.notifications.n - 1];
    const struct jml_value *v;
    struct jml_err e;
    cr_assert_eq(jml_value_parse(&the_case.arena, n->parameters, strlen(n->parameters), 9, &v, &e), 0);
    v = jml_value_find(v, name);
    return !v ? "" : v->type == JML_STRING ? v->text : jml_value_text(&the_case.arena, v);
}

static const char *ordered(size_t delivery, const char *name)
{
    const struct jml_value *v = jml_value_find(the_case.deliveries.items[delivery]->arguments, name);
    return !v ? "" : v->type == JML_STRING ? v->text : jml_value_text(&the_case.arena, v);
}

Test(pass, the_mail_waits_until_every_target_has_the_password)
{
    configure(WITH("0", ARGUMENT("tapLifetimeMinutes", "90") "," ARGUMENT("tapIsUsableOnce", "true")));
    joiner("2026-06-01", ANA);
    case_step();
    says(case_deliveries(), "setPassword Directory pending; setPassword Mail pending");
    says(ordered(0, "passwordId"), ordered(1, "passwordId"));
    says(ordered(0, "passwordLength"), "16");
    says(ordered(0, "tapLifetimeMinutes"), "90");
    says(ordered(0, "tapIsUsableOnce"), "true");
    made_of(0, "k");
    made_of(1, "k");
    case_deliver(jml_id_text(&the_case.arena, the_case.deliveries.items[0]->id), JML_DELIVERY_DELIVERED, NULL);
    case_step();
    says(case_mails(), "");
    case_deliver(NULL, JML_DELIVERY_DELIVERED, NULL);
    case_step();
    says(case_mails(), "access_pass 2026-06-01 09:00 to mia@example.com");
    says(told("passwordId"), ordered(0, "passwordId"));
    says(told("passwordLength"), "16");
    says(told("passwordKey"), "k");
    says(case_runs(), "First day completed");
    says(case_holds(), "Base");
}

Test(pass, one_target_is_named_and_a_length)
{
    configure(WITH("0", ARGUMENT("target", "Mail") "," ARGUMENT("passwordLength", "24")));
    joiner("2026-06-01", ANA);
    case_step();
    says(case_deliveries(), "setPassword Mail pending");
    says(ordered(0, "passwordLength"), "24");
    says(ordered(0, "tapIsUsableOnce"), "");
}

Test(pass, a_target_that_has_no_accounts_to_give_one_is_refused)
{
    configure(WITH("0", ""));
    says(case_try_apply(WITH("0", ARGUMENT("target", "Desk"))),
         "/workflows/0/tasks/0/arguments/0/value: 'Desk' is a target of kind manual, which cannot be given a "
         "password");
    says(case_try_apply(WITH("0", ARGUMENT("target", "Mail,Nowhere"))),
         "/workflows/0/tasks/0/arguments/0/value: 'Nowhere' is a target of kind null, which cannot be given a "
         "password");
}

Test(pass, without_a_target_the_manager_is_asked_to_see_to_it)
{
    case_apply(WITH("0", ""));
    case_manager("M1", "Mia", "mia@example.com");
    joiner("2026-06-01", ANA);
    case_step();
    says(case_deliveries(), "");
    says(case_mails(), "access_pass 2026-06-01 09:00 to mia@example.com");
    says(told("passwordId"), "");
    says(case_tasks(), "1 completed no_target; 2 completed");
}

Test(pass, nothing_is_set_that_nobody_gets_to_know)
{
    configure(WITH("0", ""));
    joiner("2026-06-01", "{'mail':'e1@example.com'}");
    case_step();
    says(case_deliveries(), "");
    says(case_mails(), "");
    says(case_tasks(), "1 completed no_recipient; 2 completed");
}

Test(pass, a_target_that_refuses_stops_the_run_and_nothing_is_mailed)
{
    configure(WITH("0", ARGUMENT("target", "Mail")));
    joiner("2026-06-01", ANA);
    case_step();
    case_deliver(NULL, JML_DELIVERY_FAILED, "no_key: there is no key");
    case_step();
    says(case_tasks(), "1 failed delivery_failed");
    says(case_mails(), "");
    const char *first = ordered(0, "passwordId");
    case_command("run_retry", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    cr_expect_str_neq(first, ordered(1, "passwordId"), "another try, another password");
    made_of(1, "k");
    case_deliver(NULL, JML_DELIVERY_DELIVERED, NULL);
    case_step();
    says(case_runs(), "First day completed");
    says(told("passwordId"), ordered(1, "passwordId"));
}

Test(pass, passwords_of_two_keys_are_none)
{
    configure(WITH("0", ""));
    joiner("2026-06-01", ANA);
    case_step();
    made_of(0, "k");
    made_of(1, "other");
    case_deliver(NULL, JML_DELIVERY_DELIVERED, NULL);
    case_step();
    says(case_tasks(), "1 failed key_changed");
    says(case_mails(), "");
}

Test(pass, one_that_comes_too_late_waits_for_an_operator)
{
    configure(WITH("0", ARGUMENT("target", "Mail")));
    joiner("2026-05-01", ANA);
    case_step();
    says(case_deliveries(), "");
    says(case_runs(), "First day held");
    case_command("run_release", jml_id_text(&the_case.arena, case_run("First day")->id));
    case_step();
    says(case_deliveries(), "setPassword Mail pending");
}

/* C5: the account has a password that the person may have changed since. */
Test(pass, another_first_day_sets_no_other_password)
{
    configure(WITH("-7", ARGUMENT("target", "Mail")));
    joiner("2026-06-05", ANA);
    case_step();
    made_of(0, "k");
    case_deliver(NULL, JML_DELIVERY_DELIVERED, NULL);
    case_step();
    mover("2026-06-05", NULL);
    joiner("2026-06-20", ANA)->supersedes = "r1";
    case_live("2026-06-14");
    says(case_deliveries(), "setPassword Mail delivered");
    says(case_mails(), "access_pass 2026-06-01 09:00 to mia@example.com");
}

Test(pass, somebody_who_leaves_meanwhile_gets_none)
{
    configure(WITH("0", ARGUMENT("target", "Mail")));
    joiner("2026-06-01", ANA);
    case_step();
    made_of(0, "k");
    case_event(JML_LEAVER, NULL, "{'immediate':true}");
    case_step();
    case_deliver(NULL, JML_DELIVERY_FAILED, "superseded: taken away again before it was given");
    case_step();
    says(case_mails(), "");
}

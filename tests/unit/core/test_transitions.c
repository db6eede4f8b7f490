/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "core/machine.h"
#include "lib/leak.h"

TestSuite(transitions, .fini = jml_test_leak_check);

#define ROWS(t) \
    for (const struct jml_transition *t = jml_transitions; t < jml_transitions + jml_transitions_count; t++)

Test(transitions, numbers_rise)
{
    int last = 0;
    ROWS(t)
    {
        cr_expect_gt(t->rule, last);
        last = t->rule;
        cr_expect_eq(jml_transition_find(t->rule), t);
    }
    cr_expect_null(jml_transition_find(0));
}

Test(transitions, every_machine_has_a_range_of_its_own)
{
    /* first and last number a machine may use */
    static const struct { int first, last; } range[JML_MACHINE_COUNT] = {
        [JML_MACHINE_EVENT] = {101, 199},        [JML_MACHINE_PERSON] = {201, 299},
        [JML_MACHINE_RUN] = {301, 349},          [JML_MACHINE_TASK] = {351, 399},
        [JML_MACHINE_REQUEST] = {401, 449},      [JML_MACHINE_APPROVAL] = {451, 499},
        [JML_MACHINE_ASSIGNMENT] = {501, 599},   [JML_MACHINE_DELIVERY] = {601, 699},
        [JML_MACHINE_NOTIFICATION] = {701, 799}, [JML_MACHINE_COMMAND] = {801, 899},
        [JML_MACHINE_PACKAGE] = {901, 910},      [JML_MACHINE_POLICY] = {911, 920},
        [JML_MACHINE_WORKFLOW] = {921, 940},
    };
    ROWS(t)
    cr_expect(t->rule >= range[t->machine].first && t->rule <= range[t->machine].last,
              "%d is no number of %s", t->rule, jml_machine_name(t->machine));
}

Test(transitions, no_row_says_what_another_says)
{
    ROWS(t)
    for (const struct jml_transition *u = jml_transitions; u < t; u++)
        cr_expect_not(u->machine == t->machine && u->from == t->from && u->trigger == t->trigger &&
                          u->guard == t->guard,
                      "%d and %d", u->rule, t->rule);
}

Test(transitions, no_row_stands_behind_one_that_always_holds)
{
    ROWS(t)
    for (const struct jml_transition *u = jml_transitions; u < t; u++)
        cr_expect_not(u->machine == t->machine && u->from == t->from && u->trigger == t->trigger &&
                          u->guard == JML_GUARD_ALWAYS,
                      "%d never fires, %d is always first", t->rule, u->rule);
}

static const char *name_of(const struct jml_transition *t, int state)
{
    return state ? jml_state_name(t->machine, state) : "new";
}

Test(transitions, every_row_speaks_of_states_there_are_and_has_a_sentence)
{
    ROWS(t)
    {
        cr_expect(name_of(t, t->from), "%d", t->rule);
        cr_expect(t->to != 0 && name_of(t, t->to), "%d", t->rule);
        cr_expect(t->sentence && *t->sentence, "%d", t->rule);
        cr_expect(t->sentence && t->sentence[strlen(t->sentence) - 1] != '.', "%d", t->rule);
        cr_expect_not_null(jml_fire_name(t->trigger));
    }
}

/* States that issues to come will bring people to. */
static bool comes_later(enum jml_machine machine, int state)
{
    switch (machine) {
    case JML_MACHINE_EVENT:
        return false;
    case JML_MACHINE_PERSON:
        return false;
    case JML_MACHINE_RUN:
        return state == JML_RUN_QUEUED; /* pacing */
    case JML_MACHINE_TASK:
        return state == JML_TASK_SCHEDULED || state == JML_TASK_QUEUED ||
               state == JML_TASK_IN_PROGRESS || state == JML_TASK_COMPLETED_WITH_ERRORS;
    case JML_MACHINE_APPROVAL:
        return state == JML_APPROVAL_PENDING; /* as it was inserted: before its first row */
    case JML_MACHINE_NOTIFICATION:
        return false;
    case JML_MACHINE_COMMAND:
        return state == JML_COMMAND_PENDING; /* as it was inserted: before its first row */
    default:
        return false;
    }
}

Test(transitions, every_state_can_be_reached)
{
    for (int m = 0; m < JML_MACHINE_COUNT; m++) {
        bool reached[32] = {true};
        for (bool more = true; more;) {
            more = false;
            ROWS(t)
            if ((int)t->machine == m && reached[t->from] && !reached[t->to])
                more = reached[t->to] = true;
        }
        for (int state = 1; jml_state_name((enum jml_machine)m, state); state++)
            cr_expect_neq(reached[state], comes_later((enum jml_machine)m, state), "%s %s is %s",
                          jml_machine_name((enum jml_machine)m),
                          jml_state_name((enum jml_machine)m, state),
                          reached[state] ? "reached, not later" : "not reached");
    }
}

Test(transitions, a_person_can_become_anything_from_anywhere)
{
    static const unsigned facts[] = {JML_GUARD_IS_PREHIRE, JML_GUARD_IS_ACTIVE,
                                     JML_GUARD_IS_SUSPENDED, JML_GUARD_IS_LEFT};
    static const int to[] = {JML_PERSON_PREHIRE, JML_PERSON_ACTIVE, JML_PERSON_SUSPENDED,
                             JML_PERSON_LEFT};
    for (int from = JML_PERSON_NEW; from <= JML_PERSON_EXTERNAL; from++)
        for (size_t i = 0; i < 4; i++) {
            const struct jml_transition *t = jml_machine_find(
                JML_MACHINE_PERSON, from, from == to[i] ? JML_FIRE_MOVE : JML_FIRE_BECOME, facts[i]);
            cr_expect(t && t->to == to[i], "from %d to %d", from, to[i]);
        }
}

Test(transitions, a_machine_that_knows_no_way_says_so)
{
    cr_expect_null(jml_machine_find(JML_MACHINE_RUN, JML_RUN_COMPLETED, JML_FIRE_START, 0));
    cr_expect_null(jml_machine_find(JML_MACHINE_ASSIGNMENT, JML_ASSIGNMENT_EXPIRED, JML_FIRE_GRANT, 0));
    cr_expect_null(jml_machine_find(JML_MACHINE_APPROVAL, 0, JML_FIRE_SUBMIT, 0));
}

/* tests/golden/transitions.txt: numbers are public, never reused; a changed line is a decision. */
Test(transitions, the_table_is_the_golden_text)
{
    struct jml_arena a = {0};
    struct jml_str s = JML_STR_INIT(&a);
    ROWS(t)
    jml_str_addf(&s, "%d %s: %s + %s [%s] -> %s: %s\n", t->rule, jml_machine_name(t->machine),
                 name_of(t, t->from), jml_fire_name(t->trigger), jml_guard_name(t->guard),
                 name_of(t, t->to), t->sentence);
    FILE *f = fopen(JML_SRCDIR "/tests/golden/transitions.txt", "r");
    cr_assert(f, "tests/golden/transitions.txt is missing");
    char *golden = jml_arena_alloc(&a, s.length + 4096);
    golden[fread(golden, 1, s.length + 4095, f)] = '\0';
    fclose(f);
    const char *said = jml_str_text(&s);
    size_t at = 0, line = 1;
    for (; said[at] && said[at] == golden[at]; at++)
        line += said[at] == '\n';
    if (said[at] != golden[at]) {
        FILE *out = fopen("transitions.txt", "w");
        if (out) {
            fputs(said, out);
            fclose(out);
        }
    }
    cr_expect(said[at] == golden[at],
              "line %zu differs; when that is meant, copy transitions.txt from the build directory "
              "to tests/golden",
              line);
    jml_arena_fini(&a);
}

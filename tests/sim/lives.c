/* SPDX-License-Identifier: MIT
 *
 * Lives: histories among all else that can happen: workflows that get new versions, are disabled
 * and enabled, people and events that are held and released, runs that are canceled, retried,
 * released, made on demand; with a catch_up of three days or none. After every step what must
 * always hold is looked at (lib/case_check.c and after_step() here). Prints TAP.
 *
 *     SEEDS=n    how many lives (default 3000; 300 with JML_SANITIZERS=yes)
 *     SEED=n     this one alone, told step by step
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/case.h"
#include "sim/company.h"
#include "sim/live.h"
#include "sim/shrink.h"

#define A (&the_case.arena)
#define S (&the_case.s)

static struct sim_history history;
static struct jml_arena ends;

enum { COMPANY, HOLD_PERSON, RELEASE_PERSON, EVENT, BY_HAND, REQUEST, RUN, N_DEEDS };

#define AGAIN (UINT64_C(1) << 63) /* said of a seed: a mail went twice */

struct life {
    uint64_t seed;
    unsigned deeds; /* a set of those above */
    size_t checked; /* assignments */
};

/* ---- what must hold, beyond lib/case_check.c ---- */

static bool is_gone(void)
{
    return S->person.state == JML_PERSON_LEFT || S->person.state == JML_PERSON_UNKNOWN;
}

static void check_grants(struct life *life)
{
    for (; life->checked < the_case.assignments.n; life->checked++) {
        const struct jml_assignment *as = the_case.assignments.items[life->checked];
        if (is_gone() && as->state != JML_ASSIGNMENT_EXPIRED)
            case_fail("somebody who is %s was granted something",
                      jml_state_name(JML_MACHINE_PERSON, S->person.state));
        if (as->ends_at != JML_TIME_NONE && as->ends_at <= as->starts_at)
            case_fail("an assignment that ends before it starts");
    }
}

static const struct jml_event *event_named(const char *reference)
{
    for (size_t i = 0; i < S->events.n; i++)
        if (jml_streq(S->events.items[i]->source_ref, reference))
            return S->events.items[i];
    return NULL;
}

static const struct jml_event *first_of_chain(const struct jml_event *e)
{
    const struct jml_event *target;
    while (e->supersedes && (target = event_named(e->supersedes)) && target->kind == e->kind)
        e = target;
    return e;
}

/* The joiner that was first to tell of the hire; NULL where several may tell of one. */
static const struct jml_event *only_joiner(int64_t id)
{
    const struct jml_event *e = NULL;
    for (size_t i = 0; i < S->events.n; i++)
        if (S->events.items[i]->id == id)
            e = first_of_chain(S->events.items[i]);
    for (size_t i = 0; e && i < S->events.n; i++)
        if (S->events.items[i]->kind == JML_JOINER && first_of_chain(S->events.items[i]) != e &&
            strcmp(S->events.items[i]->employment, e->employment) == 0)
            return NULL;
    return e;
}

/* C5: of a welcome, however often the date of the hire moves. */
static size_t mails_again(void)
{
    size_t again = 0;
    JML_VEC(const char *) sent = {0};
    for (size_t i = 0; i < the_case.notifications.n; i++) {
        const struct jml_notification *n = the_case.notifications.items[i];
        const struct jml_run *run = NULL;
        for (size_t k = 0; k < S->runs.n && !run; k++)
            if (jml_id_equal(S->runs.items[k]->id, n->run_id))
                run = S->runs.items[k];
        if (!run || run->event_id == 0 || n->state != JML_NOTIFICATION_PENDING ||
            (!jml_str_starts(run->trigger_key, "employeeHireDate@") &&
             !jml_str_starts(run->trigger_key, "createdDateTime@")))
            continue;
        const struct jml_event *joiner = only_joiner(run->event_id);
        if (!joiner)
            continue;
        const char *key = jml_printf(A, "%s %d %s %s", jml_id_text(A, run->workflow_id),
                                     run->version, joiner->source_ref, n->kind);
        for (size_t k = 0; k < sent.n; k++)
            if (strcmp(sent.items[k], key) == 0) {
                again++;
                if (sim_trace)
                    printf("#   twice: %s of %s, at last for %s, queued %s\n", n->kind,
                           joiner->source_ref, run->trigger_key,
                           jml_time_format(A, n->due_at));
            }
        jml_vec_push(A, &sent, key);
    }
    return again;
}

static void check_state(void)
{
    jml_time now = the_case.world.now;
    bool open = false, ahead = false;
    const struct jml_value *all = S->person.employments;
    for (size_t i = 0; i < all->n; i++) {
        jml_time start = JML_TIME_NONE, end = JML_TIME_MAX;
        const char *until = jml_value_find_string(all->items[i], "end");
        if (!jml_time_parse(jml_value_find_string(all->items[i], "start"), &start) ||
            (until && !jml_time_parse(until, &end)) || end <= start)
            case_fail("an employment is no period: %s", jml_value_text(A, all->items[i]));
        open = open || (start <= now && now < end);
        ahead = ahead || start > now;
    }
    enum jml_person_state state = S->person.state;
    bool right = open    ? state == JML_PERSON_ACTIVE || state == JML_PERSON_SUSPENDED
                 : ahead ? state == JML_PERSON_PREHIRE
                         : is_gone();
    if (!right && S->person.held_at == JML_TIME_NONE)
        case_fail("%s with %s", case_person(), case_periods());
}

/* A role is granted when an open assignment has it, and only then: its last delivery says so. */
static void check_roles(void)
{
    const struct jml_governance *g = the_case.world.governance;
    for (size_t i = 0; i < g->n_roles; i++) {
        bool granted = false, wanted = false;
        for (size_t k = 0; k < the_case.deliveries.n; k++)
            if (jml_id_equal(the_case.deliveries.items[k]->role_id, g->roles[i]->id))
                granted = the_case.deliveries.items[k]->action == JML_ACTION_GRANT;
        for (size_t k = 0; k < S->assignments.n; k++) {
            const struct jml_package *p =
                jml_governance_find_package(g, S->assignments.items[k]->package_id);
            for (size_t r = 0; p && r < p->n_roles; r++)
                wanted = wanted || jml_id_equal(p->roles[r]->id, g->roles[i]->id);
        }
        if (granted != wanted)
            case_fail("role %s/%s is %s", g->roles[i]->resource->display_name,
                      g->roles[i]->display_name, granted ? "granted to nobody's use" : "missing");
    }
}

static void after_step(void *life)
{
    check_grants(life);
    check_state();
    check_roles();
}

/* ---- what else happens ---- */

static struct sim_chance chance;

static const char *some_run(void)
{
    if (S->runs.n == 0)
        return "none";
    return jml_id_text(A, S->runs.items[sim_number(&chance, (uint32_t)S->runs.n)]->id);
}

static void do_deed(unsigned deed)
{
    static const char *const of_events[] = {"event_hold", "event_release", "event_retry"};
    static const char *const of_runs[] = {"run_cancel", "run_retry", "run_release", "run_release"};
    unsigned workflow = sim_number(&chance, SIM_WORKFLOWS);
    struct jml_command *c = NULL;
    switch (deed) {
    case COMPANY:
        if (!(history.workflows & 1u << workflow))
            return;
        sim_company_change(workflow, sim_number(&chance, 5));
        if (sim_trace)
            printf("#   workflow %s changes\n", sim_workflow_names[workflow]);
        return;
    case HOLD_PERSON:
        if (sim_percent(&chance, 60))
            return;
        c = case_command("person_hold", "E1");
        break;
    case RELEASE_PERSON:
        c = case_command("person_release", "E1");
        break;
    case EVENT:
        c = case_command(of_events[sim_number(&chance, 3)],
                         jml_printf(A, "%u", sim_number(&chance, (uint32_t)the_case.last_event + 2)));
        break;
    case BY_HAND:
        c = case_command("workflow_run", jml_id_text(A, case_workflow("By hand")->id));
        break;
    case REQUEST:
        if (the_case.requests.n)
            c = case_command("request_cancel",
                             jml_id_text(A, the_case.requests
                                                .items[sim_number(&chance,
                                                                  (uint32_t)the_case.requests.n)]
                                                ->id));
        break;
    default:
        c = case_command(of_runs[sim_number(&chance, 4)], some_run());
        break;
    }
    if (sim_trace && c)
        printf("#   %s %s\n", c->kind, c->object_id);
}

/* By seed and instant, not by count: so that what is left out changes nothing else. */
static void before_step(void *context)
{
    struct life *life = context;
    chance.state = sim_mix(life->seed, (uint64_t)the_case.world.now);
    if (!sim_percent(&chance, 30))
        return;
    unsigned deed = sim_number(&chance, N_DEEDS);
    if (life->deeds & 1u << deed)
        do_deed(deed);
}

/* How many mails went twice. */
static size_t live(struct life *life)
{
    uint64_t word = sim_mix(life->seed, 5);
    struct sim_order order = {.how = (enum sim_how)(word % SIM_HOWS),
                              .seed = word >> 8,
                              .alarms = word % 5 != 0,
                              .check = true,
                              .catch_up = word % 7 < 3 ? 3 * JML_DAY : 0,
                              .before_step = before_step,
                              .after_step = after_step,
                              .context = life};
    struct sim_end end;
    jml_arena_reset(&ends);
    life->checked = 0;
    sim_live(&history, &order, &ends, &end);
    size_t again = mails_again();
    while (the_case.revisions.n)
        jml_governance_free(case_take_governance());
    return again;
}

/* ---- a failure aborts: it is tried in a child ---- */

static bool fails(void *context)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        live(context);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status != 0;
}

static void tell(struct life *life)
{
    sim_shrink(&history, fails, life);
    for (unsigned i = 0; i < N_DEEDS; i++) {
        life->deeds &= ~(1u << i);
        if (!fails(life))
            life->deeds |= 1u << i;
    }
    sim_shrink(&history, fails, life);
    const char *text = sim_history_text(&ends, &history);
    while (*text) {
        int n = (int)strcspn(text, "\n");
        printf("#%.*s\n", n, text);
        text += n + (text[n] == '\n');
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        dup2(STDOUT_FILENO, STDERR_FILENO);
        setvbuf(stdout, NULL, _IONBF, 0);
        sim_trace = true;
        case_title = "#   fails";
        live(life);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static uint64_t number_from(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : fallback;
}

int main(void)
{
    bool one = number_from("SEED", 0) > 0;
    uint64_t first = number_from("SEED", 1), failed = 0, lived = 0, twice = 0;
    uint64_t n = one ? 1 : number_from("SEEDS", getenv("JML_SANITIZERS") ? 300 : 3000);
    jml_arena_init(&the_case.arena);
    jml_arena_init(&history.arena);
    jml_arena_init(&ends);
    printf("1..2\n");
    /* in one child after another: each goes on where the one before it failed */
    for (uint64_t seed = first; seed < first + n && failed < 3;) {
        int ends_at[2];
        if (pipe(ends_at) < 0)
            return 2;
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            close(ends_at[0]);
            dup2(open("/dev/null", O_WRONLY), STDERR_FILENO); /* it is told below */
            sim_trace = one;
            for (; seed < first + n; seed++) {
                struct life life = {.seed = seed, .deeds = ~0u};
                ssize_t written = write(ends_at[1], &seed, sizeof(seed));
                (void)written;
                sim_history_make(&history, seed, SIM_ANYTHING);
                uint64_t again = live(&life) ? AGAIN | seed : 0;
                if (again)
                    written = write(ends_at[1], &again, sizeof(again));
            }
            fflush(stdout);
            _exit(0);
        }
        close(ends_at[1]);
        uint64_t at = seed, word;
        while (read(ends_at[0], &word, sizeof(word)) == sizeof(word)) {
            if (word & AGAIN) {
                if (twice++ < 3)
                    printf("# SEED=%llu: a mail went twice\n", (unsigned long long)(word & ~AGAIN));
                continue;
            }
            at = word;
            lived++;
        }
        close(ends_at[0]);
        int status = 0;
        waitpid(child, &status, 0);
        if (status == 0)
            break;
        failed++;
        struct life life = {.seed = at, .deeds = ~0u};
        printf("# SEED=%llu fails\n", (unsigned long long)at);
        sim_history_make(&history, at, SIM_ANYTHING);
        tell(&life);
        seed = at + 1;
    }
    printf("%sok 1 - %llu lives, and after every step what must hold does\n", failed ? "not " : "",
           (unsigned long long)lived);
    printf("%sok 2 - a mail goes once for a workflow, a period and a task (not so %llu times)\n",
           twice ? "not " : "", (unsigned long long)twice);
    jml_arena_fini(&the_case.arena);
    jml_arena_fini(&history.arena);
    jml_arena_fini(&ends);
    sim_company_fini();
    sim_live_fini();
    return failed || twice;
}

/* SPDX-License-Identifier: MIT
 *
 * The law (SEMANTICS C2): one history, lived in several orders and groupings, ends the same: state,
 * attributes, employments, packages held. And simple ones end as the oracle says. Prints TAP.
 *
 *     SEEDS=n    how many histories (default 100000; 5000 with JML_SANITIZERS=yes)
 *     FIRST=n    from which seed on (1)
 *     SEED=n     this one alone, told at length
 *     SURVEY=yes goes on after a failure, and at the end tells the smallest of each kind
 *     WITHOUT=.. leaves out the workflows named, parted by commas
 *     ALL_ORDERS=yes tries every order with every history, not three of six
 *     ENDS=yes   compares the ends of the packages as well
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/case.h"
#include "sim/company.h"
#include "sim/live.h"
#include "sim/oracle.h"
#include "sim/shrink.h"

static struct sim_history history;
static struct jml_arena ends; /* of the history at hand */
static bool ends_too;
static bool all_orders;
static unsigned allowed = ~0u; /* workflows */
static char title[64];

static struct {
    uint64_t histories, requests, orders, skipped, steps, holding, left, excluded, approved, automatic;
} counted;
static struct {
    uint64_t histories, packages;
} told;

static struct sim_order order_of(uint64_t seed, unsigned k)
{
    uint64_t chance = sim_mix(seed, 100 + k);
    /* Alarms cost most of the steps: in some order of every history is enough. */
    unsigned live = seed % 3 ? SIM_AS_RECEIVED : SIM_SHUFFLED;
    return (struct sim_order){.how = k, .seed = chance >> 1, .alarms = k == live || chance % 8 == 0};
}

struct finding {
    struct sim_order x, y;
    struct sim_end x_end, y_end;
    const char *what;
};

/* false: the history breaks the law. */
static bool keeps_the_law(uint64_t seed, struct finding *f)
{
    sim_history_make(&history, seed, SIM_ANYTHING);
    history.workflows &= allowed;
    jml_arena_reset(&ends);
    f->x = order_of(seed, SIM_AS_RECEIVED);
    do
        sim_live(&history, &f->x, &ends, &f->x_end);
    while (f->x_end.denied && sim_drop_denied(&history) > 0);
    counted.histories++;
    counted.steps += f->x_end.steps;
    counted.holding += *f->x_end.packages != 0;
    counted.left += f->x_end.left;
    counted.excluded += f->x_end.excluded;
    counted.approved += f->x_end.approved;
    counted.automatic += f->x_end.automatic;
    bool asks = false;
    for (size_t i = 0; i < history.n_requests; i++)
        asks = asks || !history.requests[i].dropped;
    bool compared = false;
    for (unsigned k = 1; k < SIM_HOWS; k++) {
        f->y = order_of(seed, k);
        if (k != SIM_SHUFFLED && k != 1 + seed % 4 && !all_orders)
            continue; /* the wildest one always, the others in turn */
        sim_live(&history, &f->y, &ends, &f->y_end);
        counted.steps += f->y_end.steps;
        if (f->y_end.denied) {
            counted.skipped++;
            continue;
        }
        compared = true;
        counted.orders++;
        f->what = sim_differ(&history, &f->x_end, &f->y_end, ends_too);
        if (f->what)
            return false;
    }
    counted.requests += asks && compared;
    return true;
}

/* A simple history, in order: what the core makes of it, and what it must be. */
static bool is_as_told(uint64_t seed, struct finding *f)
{
    sim_history_make(&history, seed, SIM_SIMPLE);
    history.workflows = sim_oracle_workflows(history.workflows & allowed);
    jml_arena_reset(&ends);
    f->x = order_of(seed, SIM_AS_RECEIVED);
    do
        sim_live(&history, &f->x, &ends, &f->x_end);
    while (f->x_end.denied && sim_drop_denied(&history) > 0);
    sim_oracle_tell(&history, &ends, &f->y_end);
    f->what = NULL;
    if (strncmp(f->x_end.person, f->y_end.person, strlen(f->y_end.person)) != 0)
        f->what = "state";
    else if (strcmp(f->x_end.employments, f->y_end.employments) != 0)
        f->what = "employments";
    else if (f->y_end.packages && strcmp(f->x_end.packages, f->y_end.packages) != 0)
        f->what = "packages";
    told.histories++;
    told.packages += f->y_end.packages && *f->y_end.packages;
    return !f->what;
}

static void tell_end(const struct sim_order *order, const struct sim_end *end)
{
    if (getenv("STORY")) { /* all that happened in this order */
        struct sim_end again;
        sim_live(&history, order, &ends, &again);
        case_tell();
    }
    printf("# %s:\n#   %s\n#   employments %s\n#   attributes  %s\n#   packages    %s\n",
           sim_order_text(&ends, order), end->person, end->employments, end->attributes, end->until);
}

static void tell_history(const struct finding *f)
{
    printf("# SEED=%llu differs in %s\n", (unsigned long long)history.seed, f->what);
    const char *text = sim_history_text(&ends, &history);
    while (*text) {
        int n = (int)strcspn(text, "\n");
        printf("#%.*s\n", n, text);
        text += n + (text[n] == '\n');
    }
    tell_end(&f->x, &f->x_end);
}

static void tell(const struct finding *f)
{
    tell_history(f);
    tell_end(&f->y, &f->y_end);
}

static bool still_differs(void *context)
{
    struct finding *f = context;
    jml_arena_reset(&ends);
    sim_live(&history, &f->x, &ends, &f->x_end);
    if (f->x_end.denied)
        return false;
    sim_live(&history, &f->y, &ends, &f->y_end);
    f->what = sim_differ(&history, &f->x_end, &f->y_end, ends_too);
    return !f->y_end.denied && f->what;
}

static void shrink(struct finding *f)
{
    sim_shrink(&history, still_differs, f);
    still_differs(f);
}

/* ---- a survey: the smallest failure of each kind ---- */

struct class {
    char key[200];
    unsigned count;
    size_t size;
    uint64_t seed;
};

static struct class classes[400];
static size_t n_classes;

static void classify(const struct finding *f)
{
    char key[200];
    struct sim_history *h = &history;
    size_t size = 0;
    int n = snprintf(key, sizeof(key), "%s:", f->what);
    unsigned kinds[12] = {0};
    const char *employment = NULL;
    bool many = false;
    for (size_t i = 0; i < h->n_events; i++)
        if (!h->events[i].dropped) {
            size++;
            kinds[h->events[i].kind]++;
            kinds[4] += h->events[i].supersedes >= 0 && h->events[i].kind != JML_RESCIND;
            kinds[5] += jml_value_find(h->events[i].attributes, "immediate") != NULL;
            kinds[6] += strcmp(h->events[i].employment, "*") == 0;
            many |= employment && strcmp(employment, h->events[i].employment) != 0;
            employment = h->events[i].employment;
        }
    for (size_t i = 0; i < h->n_requests; i++)
        if (!h->requests[i].dropped) {
            size++;
            kinds[8]++;
        }
    kinds[7] = many;
    static const char *const names[] = {"joiner", "mover", "leaver", "rescind", "correction",
                                        "immediate", "all", "employments", "request"};
    for (int i = 0; i < 9; i++)
        if (kinds[i])
            n += snprintf(key + n, sizeof(key) - (size_t)n, " %u %s", kinds[i], names[i]);
    n += snprintf(key + n, sizeof(key) - (size_t)n, ";");
    for (unsigned i = 0; i < SIM_WORKFLOWS; i++)
        if (h->workflows & 1u << i)
            n += snprintf(key + n, sizeof(key) - (size_t)n, " %s", sim_workflow_names[i]);
    struct class *c = NULL;
    for (size_t i = 0; i < n_classes && !c; i++)
        if (strcmp(classes[i].key, key) == 0)
            c = &classes[i];
    if (!c && n_classes < 400) {
        c = &classes[n_classes++];
        *c = (struct class){.seed = h->seed, .size = size};
        memcpy(c->key, key, sizeof(key));
    }
    if (c)
        c->count++;
}

static int by_size(const void *x, const void *y)
{
    const struct class *a = x, *b = y;
    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    return (a->count < b->count) - (a->count > b->count);
}

static void tell_survey(void)
{
    qsort(classes, n_classes, sizeof(classes[0]), by_size);
    for (size_t i = 0; i < n_classes && i < 60; i++) {
        struct finding f;
        printf("# ---- %u times: %s\n", classes[i].count, classes[i].key);
        if (i < 40 && !keeps_the_law(classes[i].seed, &f)) {
            shrink(&f);
            tell(&f);
        }
    }
}

/* ---- all of them ---- */

/* A bug aborts: say in whose life. */
static void on_abort(int signal)
{
    (void)signal;
    ssize_t ignored = write(STDOUT_FILENO, title, strlen(title));
    (void)ignored;
    _exit(2);
}

static uint64_t number_from(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : fallback;
}

static bool is_left_out(const char *workflow)
{
    const char *list = getenv("WITHOUT");
    size_t n = strlen(workflow);
    for (const char *at = list ? strstr(list, workflow) : NULL; at; at = strstr(at + 1, workflow))
        if ((at == list || at[-1] == ',') && (at[n] == 0 || at[n] == ','))
            return true;
    return false;
}

int main(void)
{
    bool sanitizers = getenv("JML_SANITIZERS") != NULL, one = number_from("SEED", 0) > 0;
    bool survey = getenv("SURVEY") != NULL;
    uint64_t first = number_from("SEED", number_from("FIRST", 1));
    uint64_t n = one ? 1 : number_from("SEEDS", sanitizers ? 5000 : 100000);
    uint64_t failed = 0, failed_people = 0;
    clock_t started = clock();
    for (unsigned i = 0; i < SIM_WORKFLOWS; i++)
        if (is_left_out(sim_workflow_names[i]))
            allowed &= ~(1u << i);
    all_orders = getenv("ALL_ORDERS") != NULL;
    ends_too = getenv("ENDS") != NULL;
    jml_arena_init(&the_case.arena);
    jml_arena_init(&history.arena);
    jml_arena_init(&ends);
    signal(SIGABRT, on_abort);
    signal(SIGSEGV, on_abort);

    for (uint64_t seed = first; seed < first + n; seed++) {
        struct finding f;
        snprintf(title, sizeof(title), "Bail out! SEED=%llu\n", (unsigned long long)seed);
        case_title = title;
        if (keeps_the_law(seed, &f))
            continue;
        failed++;
        failed_people += strcmp(f.what, "packages") != 0 && strcmp(f.what, "ends") != 0;
        if (failed > 5000)
            break;
        if (one)
            tell(&f);
        if (survey || failed <= 3) /* the others are only counted */
            shrink(&f);
        if (survey)
            classify(&f);
        else if (failed <= 3)
            tell(&f);
    }
    printf("%sok 1 - %llu histories, each in several orders, end with the same people (%llu do not)\n",
           failed_people ? "not " : "", (unsigned long long)counted.histories,
           (unsigned long long)failed_people);
    failed -= failed_people;
    printf("%sok 2 - and with the same packages (%llu do not)\n", failed ? "not " : "",
           (unsigned long long)failed);
    failed += failed_people;
    /* a law that compares nothing is none */
    bool enough = one || failed || (counted.orders * 2 > counted.histories * 3 &&
                          counted.requests * 10 > counted.histories &&
                          counted.holding * 4 > counted.histories &&
                          counted.excluded * 50 > counted.histories &&
                          counted.approved * 50 > counted.histories &&
                          counted.automatic * 20 > counted.histories);
    printf("%sok 3 - enough of them are compared\n", enough ? "" : "not ");
    printf("# compared %llu orders (%llu skipped: a request was denied), %llu histories with "
           "requests; at the end %llu held packages, %llu had left, %llu were refused "
           "what another package excludes, of %llu something was approved, to %llu policies gave by "
           "themselves; %llu steps in %.1f s\n",
           (unsigned long long)counted.orders, (unsigned long long)counted.skipped,
           (unsigned long long)counted.requests, (unsigned long long)counted.holding,
           (unsigned long long)counted.left, (unsigned long long)counted.excluded,
           (unsigned long long)counted.approved, (unsigned long long)counted.automatic,
           (unsigned long long)counted.steps,
           (double)(clock() - started) / CLOCKS_PER_SEC);
    if (survey)
        tell_survey();

    uint64_t wrong = 0;
    for (uint64_t seed = first; seed < first + (one ? 1 : n / 10) && wrong < 3; seed++) {
        struct finding f;
        if (is_as_told(seed, &f))
            continue;
        wrong++;
        tell_history(&f);
        printf("# the oracle: %s\n#   employments %s\n#   packages    %s\n", f.y_end.person,
               f.y_end.employments, f.y_end.packages ? f.y_end.packages : "(it does not know)");
    }
    printf("%sok 4 - %llu simple histories end as the oracle says (%llu hold packages)\n",
           wrong ? "not " : "", (unsigned long long)told.histories,
           (unsigned long long)told.packages);
    printf("1..4\n");
    sim_company_fini();
    sim_live_fini();
    jml_arena_fini(&the_case.arena);
    jml_arena_fini(&history.arena);
    jml_arena_fini(&ends);
    return failed || wrong || !enough;
}

/* SPDX-License-Identifier: MIT
 *
 * Feed: the histories of many people, for a database. The same that law.c lives in memory, counted
 * from a day of one's own.
 *
 *     feed DAY SEED PEOPLE    rows for COPY: employee_id, received_at, source_ref, kind, employment,
 *                             effective_at, effective_on, supersedes, time_zone, attributes
 *     feed --company SEED     the documents, for jmlctl apply
 *     feed --tell DAY SEED    one history, for people
 *
 * Person n is called Pn and has the history of seed SEED + n.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/case.h"
#include "sim/company.h"
#include "sim/history.h"

static struct sim_history history;

static const char *or_null(const char *text)
{
    return text ? text : "\\N";
}

static void print_event(struct jml_arena *a, uint64_t person, size_t i)
{
    const struct sim_event *e = &history.events[i];
    const char *on = NULL, *supersedes = NULL;
    if (jml_date_is_set(e->on))
        on = jml_printf(a, "%04d-%02d-%02d", e->on.year, e->on.month, e->on.day);
    if (e->supersedes != -1)
        supersedes = jml_printf(a, "P%llu/e%d", (unsigned long long)person, e->supersedes);
    printf("P%llu\t%s\tP%llu/e%zu\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", (unsigned long long)person,
           jml_time_format(a, e->received_at), (unsigned long long)person, i,
           jml_event_kind_name(e->kind), e->employment, or_null(jml_time_format(a, e->at)),
           or_null(on), or_null(supersedes), history.default_zone, jml_value_text(a, e->attributes));
}

/* One set of workflows for all; none that lets packages end some days after a leave. */
static void print_company(struct jml_arena *a, uint64_t seed)
{
    struct sim_chance chance = {seed};
    unsigned workflows = sim_company_draw(&chance);
    while (sim_company_lets_end(workflows) || __builtin_popcount(workflows) < 6)
        workflows = sim_company_draw(&chance);
    printf("%s\n", sim_company_text(a, workflows));
}

int main(int argc, char **argv)
{
    struct jml_arena arena;
    struct jml_date day;
    jml_arena_init(&arena);
    jml_arena_init(&history.arena);
    bool tell = argc == 4 && strcmp(argv[1], "--tell") == 0;
    if (argc == 3 && strcmp(argv[1], "--company") == 0) {
        print_company(&arena, strtoull(argv[2], NULL, 10));
    } else if (argc == 4 && jml_date_parse(argv[tell ? 2 : 1], &day)) {
        sim_epoch = jml_date_to_days(day);
        uint64_t seed = strtoull(argv[tell ? 3 : 2], NULL, 10);
        uint64_t n = tell ? 1 : strtoull(argv[3], NULL, 10);
        for (uint64_t person = tell ? 0 : 1; person < n + !tell; person++) {
            sim_history_make(&history, seed + person, SIM_ANYTHING);
            for (size_t i = 0; i < history.n_events && !tell; i++)
                print_event(&arena, person, i);
            history.n_requests = 0; /* those are the test's */
            if (tell)
                printf("%s", sim_history_text(&arena, &history));
            jml_arena_reset(&arena);
        }
    } else {
        fprintf(stderr, "usage: feed DAY SEED PEOPLE, --company SEED, --tell DAY SEED\n");
        return 64;
    }
    jml_arena_fini(&arena);
    jml_arena_fini(&history.arena);
    return fflush(stdout) ? 1 : 0;
}

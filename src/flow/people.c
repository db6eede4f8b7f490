/* SPDX-License-Identifier: MIT
 *
 * The main flow as its owner sees it: connections come and go, governance changes, people are due.
 * batch.c does the work, search.c says where a claim looks.
 */
#include "flow/people.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/governance.h"
#include "flow/batch.h"

struct jml_people *jml_people_new(struct jml_loop *loop, const struct jml_people_options *options,
                                  const struct jml_people_callbacks *callbacks)
{
    struct jml_people *p = calloc(1, sizeof(*p));
    if (!p)
        jml_bug("out of memory");
    p->loop = loop;
    p->callbacks = *callbacks;
    p->zones = jml_zones_new(NULL);
    p->poison = jml_poison_new();
    p->fault_employee = getenv("JMLD_FAULT_STEP");
    p->fault_load = getenv("JMLD_FAULT_LOAD");
    jml_id_source_init_random(&p->ids);
    jml_arena_init(&p->scratch);
    jml_arena_init(&p->columns);
    jml_people_set_options(p, options);
    struct jml_err e;
    if (options->inflight_path && jml_inflight_open(options->inflight_path, &p->inflight, &e) < 0)
        jml_log_plain(JML_MSG_CONFIG_ERROR, "persons in flight are not recorded: %s", e.message);
    for (unsigned i = 0; i < WORKERS_MAX; i++) {
        struct worker *w = &p->workers[i];
        w->people = p;
        w->slot = i;
        jml_arena_init(&w->arena);
        w->retry = jml_timer_new(loop, jml_batch_retry, w);
    }
    return p;
}

struct jml_people *jml_people_free(struct jml_people *p)
{
    if (!p)
        return NULL;
    for (unsigned i = 0; i < WORKERS_MAX; i++) {
        jml_timer_free(p->workers[i].retry);
        jml_arena_fini(&p->workers[i].arena);
        p->workers[i].governance = NULL;
    }
    jml_people_drop_retired(p);
    jml_arena_fini(&p->scratch);
    jml_arena_fini(&p->columns);
    jml_governance_free(p->governance);
    jml_inflight_close(p->inflight);
    jml_zones_free(p->zones);
    jml_poison_free(p->poison);
    free(p->default_zone);
    free(p);
    return NULL;
}

void jml_people_set_options(struct jml_people *p, const struct jml_people_options *options)
{
    char *zone = strdup(options->default_zone ? options->default_zone : "UTC");
    if (!zone)
        jml_bug("out of memory");
    free(p->default_zone);
    p->options = *options;
    p->default_zone = zone;
    p->options.default_zone = p->default_zone;
}

void jml_people_set_governance(struct jml_people *p, struct jml_governance *governance,
                               struct jml_id database_id)
{
    jml_people_drop_retired(p);
    for (size_t i = 0; p->governance && i < WORKERS_MAX + 1; i++)
        if (!p->retired[i]) {
            p->retired[i] = p->governance;
            break;
        }
    p->governance = governance;
    p->database_id = database_id;
    p->in_doubt = false;
    jml_people_drop_retired(p);
    jml_people_wake(p);
}

void jml_people_doubt_governance(struct jml_people *p)
{
    p->in_doubt = true;
}

void jml_people_commanded(struct jml_people *p)
{
    p->commands_first = false;
    jml_people_wake(p);
}

void jml_people_drop_retired(struct jml_people *p)
{
    for (size_t i = 0; i < WORKERS_MAX + 1; i++) {
        bool used = false;
        for (size_t k = 0; k < WORKERS_MAX; k++)
            used = used || (p->retired[i] && p->workers[k].governance == p->retired[i]);
        if (!used)
            p->retired[i] = jml_governance_free(p->retired[i]);
    }
}

void jml_people_attach(struct jml_people *p, struct jml_conn *conn)
{
    for (unsigned i = 0; i < WORKERS_MAX; i++) {
        struct worker *w = &p->workers[i];
        if (w->state != UNUSED)
            continue;
        w->state = IDLE;
        w->conn = conn;
        w->limit = p->options.batch;
        jml_search_attach(&p->search, &w->search);
        jml_people_wake(p);
        return;
    }
    jml_bug("more connections than workers");
}

void jml_people_detach(struct jml_people *p, struct jml_conn *conn)
{
    for (unsigned i = 0; i < WORKERS_MAX; i++) {
        struct worker *w = &p->workers[i];
        if (w->state == UNUSED || w->conn != conn)
            continue;
        jml_timer_clear(w->retry);
        jml_inflight_end(p->inflight, w->slot);
        w->state = UNUSED;
        w->conn = NULL;
        w->governance = NULL;
        jml_people_drop_retired(p);
    }
}

void jml_people_wake(struct jml_people *p)
{
    p->search.woken = true;
    p->idle_told = false;
    /* One is enough; it wakes the next when there is more than it takes. */
    for (unsigned i = 0; i < WORKERS_MAX; i++)
        if (p->workers[i].state == CLAIMING)
            return;
    for (unsigned i = 0; i < WORKERS_MAX; i++)
        if (p->workers[i].state == IDLE) {
            jml_batch_claim(&p->workers[i]);
            return;
        }
}

bool jml_people_busy(const struct jml_people *p)
{
    for (unsigned i = 0; i < WORKERS_MAX; i++)
        if (p->workers[i].state != UNUSED && p->workers[i].state != IDLE)
            return true;
    return false;
}

bool jml_people_stop(struct jml_people *p)
{
    p->stopping = true;
    return !jml_people_busy(p);
}

const struct jml_bounds *jml_people_gone(const struct jml_people *p)
{
    return &p->search.gone;
}

const struct jml_people_stats *jml_people_stats(const struct jml_people *p)
{
    return &p->stats;
}

/* SPDX-License-Identifier: MIT
 *
 * One batch after another, as one small state machine a connection:
 *
 *     IDLE -> CLAIMING -> LOADING -> (steps) -> WRITING -> claim again, until nothing is due
 *                 \_________\_____________________\-> ROLLING_BACK -> claim again, or WAITING
 */
#include "flow/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "core/eligibility.h"
#include "core/step.h"
#include "db/load.h"
#include "db/write.h"

#define PART_BYTES  (512 * 1024) /* of decisions, to be written together */
#define RETRY_DELAY (200 * (JML_SECOND / 1000))

static void shells_made(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void claimed(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void loaded(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void united(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static bool decide_some(void *userdata, struct jml_conn *c);
static void written(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void nothing_due(struct worker *w);
static void become_idle(struct worker *w, bool open);
static void failed(struct worker *w, const struct jml_err *e);
static bool answered(struct worker *w, enum worker_state in, const struct jml_reply *reply);
static void roll_back(struct worker *w, enum worker_state then);
static void window_counted(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void tell_idle(struct jml_people *p, unsigned locked);

/* ---- claim ---- */

static jml_time wall_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (jml_time)t.tv_sec * JML_SECOND + t.tv_nsec / 1000;
}

void jml_batch_claim(struct worker *w)
{
    struct jml_people *p = w->people;
    if (p->stopping || p->in_doubt || p->commands_first) {
        w->state = IDLE;
        tell_idle(p, 0);
        return;
    }
    w->state = CLAIMING;
    if (w->limit > p->options.batch || w->limit == 0)
        w->limit = p->options.batch;
    jml_arena_reset(&w->arena);
    int64_t now = jml_loop_now();
    unsigned asked = w->limit + jml_poison_let_go(p->poison, now);
    jml_search_begin(&p->search, &w->search, asked, now);
    jml_claim_send(w->conn, &w->arena, (int)asked, &w->search.low, shells_made, claimed, w);
    p->stats.round_trips++;
}

/* Nobody waits for this; but people who cannot be made are never claimed, either. */
static void shells_made(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct worker *w = userdata;
    struct jml_people *p = w->people;
    const struct jml_err *e = reply->error;
    (void)c;
    if (!e) {
        p->shells_error = (struct jml_err){0};
        return;
    }
    if (e->class == JML_ERR_SCHEMA) {
        p->callbacks.fatal(p->callbacks.userdata, e);
    } else if (e->sqlstate[0] && strcmp(p->shells_error.message, e->message) != 0) {
        p->shells_error = *e;
        jml_log_plain(JML_MSG_DATABASE_ERROR, "new people cannot be made, trying again: %s (%s)",
                      e->message, e->sqlstate);
    }
}

static void claimed(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct worker *w = userdata;
    struct jml_people *p = w->people;
    (void)c;
    if (!answered(w, CLAIMING, reply))
        return;
    jml_claim_read(reply, &w->arena, &w->claim);
    jml_search_end(&p->search, &w->search, jml_loop_now());
    p->stats.last_progress = wall_clock();
    if (w->claim.newest_migration > jml_claim_known_migration()) {
        struct jml_err e;
        jml_err_set(&e, JML_ERR_SCHEMA,
                    "the database has migration %d, this jmld knows %d: install the newer jmld",
                    w->claim.newest_migration, jml_claim_known_migration());
        roll_back(w, WAITING);
        p->callbacks.fatal(p->callbacks.userdata, &e);
        return;
    }
    bool elsewhere = p->governance && !jml_id_equal(p->database_id, w->claim.database_id);
    if (!p->governance || elsewhere || p->governance->revision != w->claim.revision) {
        roll_back(w, IDLE);
        if (!p->in_doubt) {
            p->in_doubt = true;
            p->callbacks.stale(p->callbacks.userdata, elsewhere);
        }
        return;
    }
    /* What was switched off must not be done any more. */
    if (w->claim.configuration_command && !p->commands_first)
        p->commands_first = p->callbacks.configuration_command(p->callbacks.userdata);
    if (p->commands_first) {
        roll_back(w, IDLE);
        return;
    }
    jml_poison_leave_crashers(p->poison, p->inflight, &w->claim);
    jml_poison_leave_out(p->poison, &w->claim, w->limit);
    if (w->claim.n == 0) {
        nothing_due(w);
        return;
    }
    p->idle_told = false;
    jml_search_found(&p->search, &w->search, &w->claim, w->limit);
    jml_poison_part_suspects(p->inflight, &w->claim);
    w->governance = p->governance;
    w->state = LOADING;
    jml_load_send(w->conn, &w->arena, &w->claim, loaded, w);
    p->stats.round_trips++;
}

/* ---- decide ---- */

/* Who comes later in the batch is decided by what this one is now: who has just left approves
 * nothing. */
static void know(struct worker *w, struct jml_snapshot *s)
{
    const struct jml_person *p = &s->person;
    const struct jml_work work = {.s = s};
    for (size_t i = 0; s->parties.n > 0 && i <= p->aliases.n; i++) {
        struct jml_party *party =
            jml_party_find(&work, i == 0 ? p->employee_id : p->aliases.items[i - 1]);
        if (!party)
            continue;
        party->state = p->state;
        party->external = p->external;
        party->attributes = p->attributes ? jml_value_copy(&w->arena, p->attributes) : NULL;
        party->manager = jml_value_find_string(party->attributes, "manager");
        party->mail = jml_value_find_string(party->attributes, "mail");
        party->display_name = jml_value_find_string(party->attributes, "displayName");
    }
}

static void step(struct worker *w, size_t i)
{
    struct jml_people *p = w->people;
    struct jml_snapshot *s = &w->claim.people[i];
    struct jml_world world = {
        .now = w->claim.now,
        .governance = w->governance,
        .zones = p->zones,
        .default_zone = p->default_zone,
        .catch_up = p->options.catch_up,
        .copy_manager = p->options.copy_manager,
        .ids = &p->ids,
    };
    jml_inflight_stepping(p->inflight, w->slot, (int)i);
    const char *poison = jml_poison_reason(p->poison, s->person.id);
    const struct jml_inflight_suspect *suspect = jml_inflight_find(p->inflight, s->person.id);
    if (poison && s->person.held_at == JML_TIME_NONE) {
        jml_step_hold(&p->scratch, &world, s, jml_strdup(&p->scratch, poison));
        p->stats.held++;
    } else if (suspect && suspect->crashes >= JML_INFLIGHT_HOLD &&
               s->person.held_at == JML_TIME_NONE) {
        jml_step_hold(&p->scratch, &world, s, "crash: the step of this person crashed the daemon");
        p->stats.held++;
    } else {
        if (p->fault_employee && strcmp(p->fault_employee, s->person.employee_id) == 0 &&
            s->person.held_at == JML_TIME_NONE)
            jml_bug("JMLD_FAULT_STEP names %s", s->person.employee_id);
        jml_step(&p->scratch, &world, s);
        know(w, s);
    }
    for (size_t k = 0; k < s->queue.n; k++)
        p->stats.events += s->queue.items[k].class != 3;
    jml_journal_add(&w->journal, s);
}

/* The next part of the batch: as many people as fill the scratch memory, and their rows. What their
 * snapshots point to is gone then; who they are stays. */
static bool decide_some(void *userdata, struct jml_conn *c)
{
    struct worker *w = userdata;
    struct jml_people *p = w->people;
    size_t from = w->decided;
    while (w->decided < w->claim.n && p->scratch.used < PART_BYTES)
        step(w, w->decided++);
    jml_inflight_stepping(p->inflight, w->slot, JML_INFLIGHT_WHOLE);
    w->rows +=
        jml_write_people(c, &p->columns, &w->claim.people[from], w->decided - from, w->claim.now);
    jml_arena_reset(&p->scratch);
    jml_inflight_stepping(p->inflight, w->slot, JML_INFLIGHT_WAITING);
    if (w->decided < w->claim.n)
        return true;
    jml_write_end(c, &w->arena, w->claim.rollout ? (int)(w->limit + 1) / 2 : 0);
    return false;
}

static void fault_load(const struct worker *w)
{
    const char *employee = w->people->fault_load;
    for (size_t i = 0; employee && i < w->claim.n; i++)
        if (strcmp(employee, w->claim.people[i].person.employee_id) == 0)
            jml_bug("JMLD_FAULT_LOAD names %s", employee);
}

static void tell_inflight(struct worker *w)
{
    if (!w->people->inflight)
        return;
    struct jml_id *ids = jml_new_n(&w->arena, struct jml_id, w->claim.n);
    for (size_t i = 0; i < w->claim.n; i++)
        ids[i] = w->claim.people[i].person.id;
    jml_inflight_begin(w->people->inflight, w->slot, ids, w->claim.n);
}

static void all_loaded(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void look_up(struct worker *w);
static void decide(struct worker *w);

static void loaded(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct worker *w = userdata;
    struct jml_people *p = w->people;
    (void)c;
    if (!answered(w, LOADING, reply))
        return;
    tell_inflight(w);
    jml_inflight_stepping(p->inflight, w->slot, JML_INFLIGHT_WHOLE);
    fault_load(w);
    if (!jml_load_read(reply, &w->arena, &w->claim)) {
        look_up(w);
        return;
    }
    jml_inflight_stepping(p->inflight, w->slot, JML_INFLIGHT_WAITING);
    jml_load_send_rest(w->conn, &w->arena, &w->claim, all_loaded, w);
    p->stats.round_trips++;
}

static void all_loaded(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct worker *w = userdata;
    (void)c;
    if (!answered(w, LOADING, reply))
        return;
    jml_inflight_stepping(w->people->inflight, w->slot, JML_INFLIGHT_WHOLE);
    jml_load_read_rest(reply, &w->arena, &w->claim);
    look_up(w);
}

/* Who else is one of the people, and then what becomes of them. */
static void look_up(struct worker *w)
{
    struct jml_people *p = w->people;
    w->questions = (struct jml_identity_questions){0};
    for (size_t i = 0; i < w->claim.n; i++)
        jml_identity_ask(&w->arena, &w->claim.people[i], p->zones, &w->questions);
    if (w->questions.n == 0) {
        decide(w);
        return;
    }
    jml_inflight_stepping(p->inflight, w->slot, JML_INFLIGHT_WAITING);
    jml_unite_send(w->conn, &w->arena, w->claim.now, &w->questions, united, w);
    p->stats.round_trips++;
}

static void united_for_good(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct worker *w = userdata;
    (void)c;
    if (answered(w, LOADING, reply))
        jml_batch_claim(w);
}

static void united(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct worker *w = userdata;
    (void)c;
    if (!answered(w, LOADING, reply))
        return;
    if (jml_unite_read(reply, &w->arena, &w->questions, &w->claim)) {
        jml_inflight_end(w->people->inflight, w->slot);
        w->governance = NULL;
        jml_people_drop_retired(w->people);
        jml_conn_add_commit(w->conn);
        jml_conn_sync(w->conn, united_for_good, w);
    } else if (w->claim.n == 0) {
        jml_inflight_end(w->people->inflight, w->slot);
        w->governance = NULL;
        become_idle(w, true);
    } else {
        tell_inflight(w); /* perhaps there are fewer now */
        decide(w);
    }
}

static void decide(struct worker *w)
{
    struct jml_people *p = w->people;
    jml_journal_init(&w->journal, &w->arena, w->claim.n);
    jml_inflight_stepping(p->inflight, w->slot, JML_INFLIGHT_WAITING);
    w->decided = w->rows = 0;
    w->state = WRITING;
    jml_conn_stream(w->conn, decide_some, written, w);
    p->stats.round_trips++;
    /* The head of the queue is in work: somebody else may look behind it. */
    for (unsigned i = 0; w->claim.n == w->limit && i < WORKERS_MAX; i++)
        if (p->workers[i].state == IDLE)
            jml_batch_claim(&p->workers[i]);
}

/* ---- write ---- */

static void written(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct worker *w = userdata;
    struct jml_people *p = w->people;
    (void)c;
    if (!answered(w, WRITING, reply))
        return;
    p->stats.batches++;
    p->stats.persons += w->claim.n;
    p->stats.rows += w->rows;
    p->stats.last_progress = wall_clock();
    jml_inflight_end(p->inflight, w->slot);
    for (size_t i = 0; i < w->claim.n; i++) {
        jml_inflight_clear(p->inflight, w->claim.people[i].person.id);
        jml_poison_forget(p->poison, w->claim.people[i].person.id);
    }
    jml_journal_write(&w->journal);
    if (w->limit < p->options.batch)
        w->limit = w->limit * 2 < p->options.batch ? w->limit * 2 : p->options.batch;
    w->governance = NULL;
    jml_people_drop_retired(p);
    jml_batch_claim(w);
}

/* ---- nothing to do ---- */

static void waiting_counted(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct worker *w = userdata;
    struct jml_people *p = w->people;
    (void)c;
    if (!answered(w, ROLLING_BACK, reply))
        return;
    w->state = IDLE;
    if (p->search.woken && !p->stopping) {
        jml_batch_claim(w);
        return;
    }
    tell_idle(p, p->options.once ? (unsigned)jml_result_int(&reply->results[0], 0, 0) : 0);
}

static void walked(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct worker *w = userdata;
    (void)c;
    if (!answered(w, ROLLING_BACK, reply))
        return;
    w->state = IDLE;
    if (jml_result_rows(&reply->results[0]) > 0) {
        jml_batch_claim(w); /* people were woken, or the roll-out was found done */
        return;
    }
    become_idle(w, false); /* another daemon is at it */
}

static void nothing_due(struct worker *w)
{
    if (jml_search_nobody(&w->people->search, &w->search)) {
        roll_back(w, CLAIMING);
        return;
    }
    w->state = ROLLING_BACK;
    jml_claim_count_send(w->conn, &w->arena, (int)w->search.asked, &w->search.low, window_counted,
                         w);
}

static void window_counted(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct worker *w = userdata;
    (void)c;
    if (!answered(w, ROLLING_BACK, reply))
        return;
    jml_claim_count_read(reply, &w->claim);
    if (jml_search_counted(&w->search, &w->claim)) {
        roll_back(w, CLAIMING);
        return;
    }
    if (w->claim.rollout) {
        struct jml_param people = jml_param_int4(&w->arena, (int32_t)(w->limit + 1) / 2);
        jml_conn_add(w->conn, "rollout_walk", &people, 1);
        jml_conn_add_commit(w->conn);
        jml_conn_sync(w->conn, walked, w);
        return;
    }
    become_idle(w, true);
}

/* The last worker that finds nothing tells so. */
static void tell_idle(struct jml_people *p, unsigned locked)
{
    if (jml_people_busy(p) || p->idle_told || ((p->in_doubt || p->commands_first) && !p->stopping))
        return;
    p->idle_told = true;
    p->callbacks.idle(p->callbacks.userdata, locked);
}

/* Ends the empty transaction (if one is open), and looks whether others keep people locked. */
static void become_idle(struct worker *w, bool open)
{
    w->state = ROLLING_BACK;
    struct jml_param most = jml_param_int4(&w->arena, 1000);
    if (w->people->options.once)
        jml_conn_add(w->conn, "people_waiting", &most, 1);
    if (open)
        jml_conn_add_rollback(w->conn);
    jml_conn_sync(w->conn, waiting_counted, w);
}

/* ---- failure ---- */

static void rolled_back_to_claim(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct worker *w = userdata;
    (void)c;
    if (!answered(w, ROLLING_BACK, reply))
        return;
    w->state = IDLE;
    jml_batch_claim(w);
}

static void rolled_back_to_idle(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct worker *w = userdata;
    (void)c;
    if (!answered(w, ROLLING_BACK, reply))
        return;
    w->state = IDLE;
    if (w->people->stopping)
        tell_idle(w->people, 0);
    else if (!w->people->in_doubt && w->people->search.woken)
        jml_batch_claim(w);
}

static void roll_back(struct worker *w, enum worker_state then)
{
    w->state = ROLLING_BACK;
    jml_conn_add_rollback(w->conn);
    jml_conn_sync(w->conn, then == CLAIMING ? rolled_back_to_claim : rolled_back_to_idle, w);
}

void jml_batch_retry(void *userdata)
{
    struct worker *w = userdata;
    if (w->state == WAITING && w->conn && jml_conn_is_up(w->conn))
        roll_back(w, CLAIMING);
}

/* Every reply begins here: it counts if the worker still waits for it, and if all went well. */
static bool answered(struct worker *w, enum worker_state in, const struct jml_reply *reply)
{
    if (w->state != in)
        return false;
    if (reply->error)
        failed(w, reply->error);
    return !reply->error;
}

/* A batch that fails for a reason of its own is halved down to one person, who is then held. */
static void failed(struct worker *w, const struct jml_err *e)
{
    struct jml_people *p = w->people;
    enum worker_state was = w->state;
    jml_inflight_end(p->inflight, w->slot);
    w->governance = NULL;
    w->state = WAITING;
    if (e->class == JML_ERR_TRANSIENT || e->class == JML_ERR_UNCERTAIN) {
        if ((was == WRITING || was == LOADING) && w->claim.n > 1 &&
            jml_sqlstate_too_much(e->sqlstate)) {
            w->limit = (unsigned)(w->claim.n + 1) / 2;
            jml_log_plain(JML_MSG_BATCH_RETRY,
                          "a batch of %zu people was too much (%s: %s); trying %u at a time",
                          w->claim.n, e->sqlstate, e->message, w->limit);
        }
        /* a lost connection is detached before this fires */
        jml_timer_set(w->retry, RETRY_DELAY + (int64_t)(jml_loop_now() % RETRY_DELAY));
        return;
    }
    if (e->class == JML_ERR_SCHEMA) {
        p->callbacks.fatal(p->callbacks.userdata, e);
        return;
    }
    if (was != WRITING && was != LOADING) {
        jml_log_plain(JML_MSG_DATABASE_ERROR, "claim failed: %s (%s)", e->message, e->sqlstate);
        jml_timer_set(w->retry, JML_SECOND);
        return;
    }
    if (w->claim.n == 1) {
        jml_poison_condemn(p->poison, &w->claim.people[0].person, e);
        w->limit = 1;
    } else {
        w->limit = (unsigned)(w->claim.n + 1) / 2;
        jml_log_plain(JML_MSG_BATCH_RETRY,
                      "a batch of %zu people failed (%s: %s); trying %u at a time", w->claim.n,
                      e->sqlstate, e->message, w->limit);
    }
    roll_back(w, CLAIMING);
}

/* SPDX-License-Identifier: MIT
 *
 * What is taken into hand: deliveries of all targets that have room, by one statement, and
 * committed before anybody is called. And what the flow looks at from time to time: commands of
 * operators, what waited too long, daemons that died.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/governance.h"
#include "db/conn.h"
#include "flow/outlet.h"
#include "loop/loop.h"

#define LEASE_EXTRA   (10 * JML_SECOND)
#define UNWRITTEN_MAX 1024
#define CLAIM_AGAIN   (JML_SECOND / 5) /* after one that failed */
#define DEAD_AFTER    (3 * JML_SECOND) /* a session that is gone may be connecting again */
#define GIVE_UP_EVERY (30 * JML_SECOND)

static void claimed(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void looked(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void commanded(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void kept(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void given_up(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void read_dead(struct jml_deliveries *d, const struct jml_result *r);
static void give_up(struct jml_deliveries *d);

/* ---- claim ---- */

void jml_delivery_claim(struct jml_deliveries *d)
{
    JML_VEC(struct jml_deliver_want) wants = {0};
    int64_t now = jml_loop_now();
    bool worth = false;

    if (!d->conn || d->claiming || d->stopping || d->done.n + d->writing.n > UNWRITTEN_MAX ||
        now < d->claim_not_before)
        return;
    jml_arena_reset(&d->scratch);
    for (struct outlet *o = d->outlets; o; o = o->next) {
        int room = o->dry ? 0 : jml_outlet_room(o, now);
        /* A delivery that is held ready waits for a slot for two deadlines at the worst (as many
         * are ready as may begin in that time), and may then take another one. */
        struct jml_deliver_want w = {o->row->display_name, room,
                                     3 * o->row->deadline + LEASE_EXTRA, o->row->deadline};

        if (room == 0)
            continue;
        jml_vec_push(&d->scratch, &wants, w);
        /* some at a time, unless there is nothing to go on with */
        worth = worth || o->ready.n == 0 || 4 * room >= o->calling.n + o->ready.n + room;
    }
    if (!worth)
        return;
    d->claiming = true;
    jml_deliver_claim_add(d->conn, &d->scratch, d->options.daemon, wants.items, wants.n, d->dead,
                          d->n_dead);
    jml_conn_sync(d->conn, claimed, d);
    /* Whoever got less than was asked for has no more; the answer says who. */
    for (size_t i = 0; i < wants.n; i++) {
        struct outlet *o =
            jml_outlet_find(d, wants.items[i].target, strlen(wants.items[i].target));

        o->asked = wants.items[i].n;
        o->again = false;
    }
}

static void claimed(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct jml_deliveries *d = userdata;
    const struct jml_result *r = &reply->results[0];
    struct hands back = {0};

    (void)c;
    d->claiming = false;
    if (jml_deliveries_failed(d, reply)) {
        for (struct outlet *o = d->outlets; o; o = o->next)
            o->asked = 0;
        d->claim_not_before = jml_loop_now() + CLAIM_AGAIN;
        jml_deliveries_kick(d);
        return;
    }
    for (size_t i = 0; i < jml_result_rows(r); i++) {
        size_t length;
        const char *target = jml_deliver_target(r, i, &length);
        struct outlet *o;
        struct hand *h;
        struct jml_deliver_row row;

        if (!target)
            break; /* nothing was claimed */
        o = jml_outlet_find(d, target, length);
        h = jml_hand_new(d);
        jml_deliver_read(r, i, &h->arena, &row);
        jml_hand_prepare(h, o, &row);
        if (o)
            o->asked--;
        jml_hands_add(o && !o->leaving && !d->stopping ? &o->ready : &back, h);
    }
    if (jml_deliver_superseded(r) > 0) {
        jml_outlets_undry(d); /* what they held back may go now */
        d->callbacks.changed(d->callbacks.userdata);
    }
    for (struct outlet *o = d->outlets; o; o = o->next) {
        if (o->asked > 0)
            o->dry = !o->again;
        o->asked = 0;
    }
    jml_delivery_release(d, &back);
    jml_deliveries_kick(d);
}

/* ---- after a connection was lost ---- */

void jml_delivery_keep(struct jml_deliveries *d)
{
    JML_VEC(struct jml_id) ids = {0};
    const struct hands *lists[2] = {&d->done, &d->writing};

    jml_arena_reset(&d->scratch);
    for (size_t i = 0; i < 2; i++)
        for (const struct hand *h = lists[i]->first; h; h = h->next)
            jml_vec_push(&d->scratch, &ids, h->op.id);
    for (const struct outlet *o = d->outlets; o; o = o->next) {
        for (const struct hand *h = o->calling.first; h; h = h->next)
            jml_vec_push(&d->scratch, &ids, h->op.id);
        for (const struct hand *h = o->ready.first; h; h = h->next)
            jml_vec_push(&d->scratch, &ids, h->op.id);
    }
    d->answers++;
    jml_deliver_keep_add(d->conn, &d->scratch, d->options.daemon, ids.items, ids.n);
    jml_conn_sync(d->conn, kept, d);
    jml_timer_set(d->flush, 0);
}

static void kept(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct jml_deliveries *d = userdata;

    (void)c;
    jml_deliveries_failed(d, reply);
    if (d->answers)
        d->answers--;
    jml_deliveries_kick(d);
}

/* ---- from time to time ---- */

void jml_delivery_look(struct jml_deliveries *d)
{
    struct jml_param id;

    if (!d->conn || d->stopping)
        return;
    if (d->looking) {
        d->look_again = true;
        return;
    }
    d->looking = true;
    d->look_again = false;
    jml_conn_add(d->conn, "delivery_commands", NULL, 0);
    jml_conn_sync(d->conn, commanded, d);
    jml_arena_reset(&d->scratch);
    id = jml_param_uuid(&d->scratch, d->options.daemon);
    jml_conn_add(d->conn, "delivery_expire", NULL, 0);
    jml_conn_add(d->conn, "daemon_dead", &id, 1);
    jml_conn_sync(d->conn, looked, d);
    give_up(d);
    jml_ticket_remind(d);
}

static void commanded(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct jml_deliveries *d = userdata;

    (void)c;
    if (jml_deliveries_failed(d, reply))
        return;
    if (jml_result_int(&reply->results[0], 0, 1) > 0)
        d->callbacks.changed(d->callbacks.userdata);
    if (jml_result_int(&reply->results[0], 0, 0) > 0)
        jml_outlets_undry(d);
}

static void looked(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct jml_deliveries *d = userdata;

    (void)c;
    d->looking = false;
    if (!jml_deliveries_failed(d, reply)) {
        if (jml_result_int(&reply->results[0], 0, 0) > 0)
            d->callbacks.changed(d->callbacks.userdata);
        read_dead(d, &reply->results[1]);
    }
    if (d->look_again && d->conn)
        jml_delivery_look(d);
    jml_deliveries_kick(d);
}

/* A daemon is dead when its session is missed twice, with some time between. */
static void read_dead(struct jml_deliveries *d, const struct jml_result *r)
{
    size_t n = jml_result_rows(r), n_dead = 0;
    int64_t now = jml_loop_now();
    struct jml_id *fresh = calloc(n + 1, sizeof(*fresh)), *dead = calloc(n + 1, sizeof(*dead));

    if (!fresh || !dead)
        jml_bug("out of memory");
    for (size_t i = 0; i < n; i++) {
        bool before = false;

        fresh[i] = jml_result_uuid(r, i, 0);
        for (size_t k = 0; k < d->n_dead; k++)
            before = before || jml_id_equal(d->dead[k], fresh[i]);
        for (size_t k = 0; k < d->n_missed && now - d->missed_at >= DEAD_AFTER; k++)
            before = before || jml_id_equal(d->missed[k], fresh[i]);
        if (before)
            dead[n_dead++] = fresh[i];
    }
    free(d->dead);
    d->dead = dead;
    d->n_dead = n_dead;
    if (now - d->missed_at >= DEAD_AFTER || n < d->n_missed) {
        free(d->missed);
        d->missed = fresh;
        d->n_missed = n;
        d->missed_at = now;
    } else {
        free(fresh);
    }
}

/* Of targets that nothing is called of. */
static void give_up(struct jml_deliveries *d)
{
    JML_VEC(struct jml_deliver_shut) shut = {0};
    int64_t now = jml_loop_now();

    if (d->gave_up_at && now - d->gave_up_at < GIVE_UP_EVERY)
        return;
    jml_arena_reset(&d->scratch);
    for (struct outlet *o = d->outlets; o; o = o->next)
        if (!o->leaving && (!o->target || o->breaker.state != JML_BREAKER_CLOSED)) {
            struct jml_deliver_shut s = {o->row->display_name, o->trouble.message, o->row->give_up};
            jml_vec_push(&d->scratch, &shut, s);
        }
    if (shut.n == 0)
        return;
    d->gave_up_at = now;
    d->answers++;
    jml_deliver_give_up_add(d->conn, &d->scratch, shut.items, shut.n);
    jml_conn_sync(d->conn, given_up, d);
}

static void given_up(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct jml_deliveries *d = userdata;

    (void)c;
    if (d->answers)
        d->answers--;
    if (!jml_deliveries_failed(d, reply) && jml_result_int(&reply->results[0], 0, 0) > 0) {
        d->gave_up_at = 0; /* there may be more */
        d->callbacks.changed(d->callbacks.userdata);
    }
    jml_deliveries_kick(d);
}

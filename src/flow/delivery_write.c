/* SPDX-License-Identifier: MIT
 *
 * What came of the calls, written in bulk: every 20 ms, or when there are 256. What cannot be
 * written, since the database is away, is kept and written later: the lease may still hold. If it
 * does not, the call is made again, which comes to the same.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "core/governance.h"
#include "core/machine.h"
#include "db/conn.h"
#include "flow/outlet.h"
#include "loop/loop.h"

#define WRITE_MAX    256
#define WRITE_AGAIN  (200 * INT64_C(1000))
#define SINGLES_UPTO 16 /* that are told one by one */

static void written(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void released(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void failed(struct jml_deliveries *d, const struct jml_err *e);
static void drop_all(struct jml_deliveries *d);
static size_t tell(struct jml_deliveries *d, const struct jml_result *r);

void jml_delivery_write(struct jml_deliveries *d)
{
    const struct jml_deliver_result *results[WRITE_MAX];
    size_t n = 0, limit = d->write_limit ? d->write_limit : WRITE_MAX;
    struct hand *h;

    jml_timer_clear(d->flush);
    if (!d->conn || d->writing.n || !d->done.n)
        return;
    while (n < limit && (h = jml_hands_take(&d->done))) {
        results[n++] = &h->result;
        jml_hands_add(&d->writing, h);
    }
    jml_arena_reset(&d->scratch);
    jml_deliver_finish_add(d->conn, &d->scratch, d->options.daemon, results, n);
    jml_conn_sync(d->conn, written, d);
}

static void written(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct jml_deliveries *d = userdata;

    (void)c;
    if (reply->error) {
        failed(d, reply->error);
    } else {
        size_t changed;

        jml_arena_reset(&d->scratch);
        changed = tell(d, &reply->results[0]);
        drop_all(d);
        d->write_limit = 0;
        if (changed)
            d->callbacks.changed(d->callbacks.userdata);
        if (d->done.n)
            jml_timer_set(d->flush, 0);
    }
    jml_deliveries_kick(d);
}

/* One that cannot be written alone is left to the end of its lease. */
static void failed(struct jml_deliveries *d, const struct jml_err *e)
{
    struct hand *h;

    if (e->class == JML_ERR_SCHEMA)
        d->callbacks.fatal(d->callbacks.userdata, e);
    if (e->class != JML_ERR_TRANSIENT && e->class != JML_ERR_UNCERTAIN) {
        jml_log_plain(JML_MSG_DATABASE_ERROR, "what came of deliveries cannot be written: %s",
                      e->message);
        if (d->writing.n == 1) {
            drop_all(d);
            if (d->done.n)
                jml_timer_set(d->flush, WRITE_AGAIN);
            return;
        }
        d->write_limit = 1;
    }
    while ((h = d->writing.last)) {
        jml_hands_remove(&d->writing, h);
        h->next = d->done.first;
        if (h->next)
            h->next->previous = h;
        else
            d->done.last = h;
        d->done.first = h;
        d->done.n++;
    }
    jml_timer_set(d->flush, WRITE_AGAIN);
}

static void drop_all(struct jml_deliveries *d)
{
    struct hand *h;

    while ((h = jml_hands_take(&d->writing))) {
        h->outlet->unwritten--;
        h->outlet->dry = false; /* what it held back may go now */
        h->outlet->again = true;
        jml_hand_drop(d, h);
    }
}

/* ---- the journal ---- */

static const struct hand *find(const struct jml_deliveries *d, struct jml_id id)
{
    for (const struct hand *h = d->writing.first; h; h = h->next)
        if (jml_id_equal(h->op.id, id))
            return h;
    return NULL;
}

/* How many changed their state. Few are told one by one, many in a sentence. */
static size_t tell(struct jml_deliveries *d, const struct jml_result *r)
{
    size_t n = 0, delivered = 0, removed = 0, gone_wrong = 0;
    bool single = jml_result_rows(r) <= SINGLES_UPTO;

    for (size_t i = 0; i < jml_result_rows(r); i++) {
        const char *was, *became;
        int rule;
        struct jml_id id = jml_deliver_finished(r, i, &d->scratch, &was, &became, &rule);
        const struct hand *h = find(d, id);
        const struct jml_transition *t = jml_transition_find(rule);
        char number[12];

        if (!jml_streq(was, became))
            n++;
        delivered += jml_streq(became, "delivered");
        removed += jml_streq(became, "removed");
        gone_wrong += jml_streq(became, "failed");
        if (!single || !rule || !h)
            continue;
        snprintf(number, sizeof number, "%d", rule);
        const struct jml_log_field fields[] = {
            {"JML_EMPLOYEE", h->op.employee_id},
            {"JML_DELIVERY", jml_id_text(&d->scratch, id)},
            {"JML_TARGET", h->outlet->row->display_name},
            {"JML_FROM", was},
            {"JML_TO", became},
            {"JML_RULE", number},
        };
        jml_log(JML_MSG_DELIVERY_TRANSITION, fields, sizeof(fields) / sizeof(fields[0]),
                "delivery %s: %s -> %s: %s", fields[1].value, was, became, t ? t->sentence : "");
    }
    if (!single && n)
        jml_log_plain(JML_MSG_DELIVERY_TRANSITION, "deliveries: %zu delivered, %zu removed, %zu failed",
                      delivered, removed, gone_wrong);
    return n;
}

/* ---- giving back ---- */

void jml_delivery_release(struct jml_deliveries *d, struct hands *hands)
{
    JML_VEC(struct jml_deliver_back) back = {0};
    struct hand *h;

    if (!hands->n)
        return;
    jml_arena_reset(&d->scratch);
    while ((h = jml_hands_take(hands))) {
        struct jml_deliver_back b = {h->op.id, h->op.attempt, h->state != HAND_READY};

        jml_vec_push(&d->scratch, &back, b);
        jml_hand_drop(d, h);
    }
    if (!d->conn)
        return; /* the next connection begins by giving back what is not in hand */
    d->answers++;
    jml_deliver_release_add(d->conn, &d->scratch, d->options.daemon, back.items, back.n);
    jml_conn_sync(d->conn, released, d);
}

static void released(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct jml_deliveries *d = userdata;

    (void)c;
    jml_deliveries_failed(d, reply);
    if (d->answers)
        d->answers--;
    jml_deliveries_kick(d);
}

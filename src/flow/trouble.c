/* SPDX-License-Identifier: MIT
 *
 * Targets that cannot be opened or do not answer, as health, status and target list tell of them:
 * kept in jml.target_trouble, where the daemon's whole list takes the place of what it said before.
 * Written when something began or ended, never for a try; a row counts as long as its daemon lives.
 */
#include "core/governance.h"
#include "db/conn.h"
#include "flow/outlet.h"
#include "loop/loop.h"

static enum outlet_trouble trouble_of(const struct outlet *o);
static void write_troubles(struct jml_deliveries *d, int64_t now);
static void written(void *userdata, struct jml_conn *c, const struct jml_reply *reply);

void jml_trouble_look(struct jml_deliveries *d)
{
    int64_t now = jml_loop_now();

    for (struct outlet *o = d->outlets; o; o = o->next) {
        enum outlet_trouble t = trouble_of(o);

        if (t == o->met)
            continue;
        o->met = t;
        o->met_at = now;
        d->met_changed = true;
    }
    if (d->met_changed && d->conn && !d->stopping)
        write_troubles(d, now);
}

static enum outlet_trouble trouble_of(const struct outlet *o)
{
    if (o->leaving)
        return OUTLET_WELL;
    if (!o->target)
        return OUTLET_UNUSABLE;
    return o->breaker.state == JML_BREAKER_CLOSED ? OUTLET_WELL : OUTLET_UNREACHABLE;
}

static void write_troubles(struct jml_deliveries *d, int64_t now)
{
    JML_VEC(struct jml_deliver_trouble) troubles = {0};

    d->met_changed = false;
    jml_arena_reset(&d->scratch);
    for (struct outlet *o = d->outlets; o; o = o->next)
        if (o->met != OUTLET_WELL)
            jml_vec_push(&d->scratch, &troubles,
                         ((struct jml_deliver_trouble){
                             .target = o->row->display_name,
                             .kind = o->met == OUTLET_UNUSABLE ? "unusable" : "unreachable",
                             .error = jml_words_clean(&d->scratch, o->trouble.message),
                             .ago = now - o->met_at}));
    d->answers++;
    jml_deliver_trouble_add(d->conn, &d->scratch, d->options.daemon, troubles.items, troubles.n);
    jml_conn_sync(d->conn, written, d);
}

static void written(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct jml_deliveries *d = userdata;

    (void)c;
    if (d->answers)
        d->answers--;
    if (jml_deliveries_failed(d, reply) && reply->error->class == JML_ERR_TRANSIENT) {
        d->met_changed = true; /* again with the next poll, or to the next connection */
        return;
    }
    jml_deliveries_kick(d);
}

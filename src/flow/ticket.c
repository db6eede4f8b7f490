/* SPDX-License-Identifier: MIT
 *
 * Reminders of tickets that nobody closes: a manual target says after how long, and whom to tell
 * (remindAfter, remindTo). Once a period and ticket, as the database counts them, however many
 * daemons there are; what was missed while none ran is not made up for.
 */
#include "base/str.h"
#include "core/governance.h"
#include "db/conn.h"
#include "flow/outlet.h"
#include "loop/loop.h"

#define REMIND_EVERY (30 * JML_SECOND)

static void reminded(void *userdata, struct jml_conn *c, const struct jml_reply *reply);

void jml_ticket_read(struct outlet *o)
{
    const struct jml_value *to = jml_value_find(o->row->settings, "remindTo");
    const char *after = jml_value_find_string(o->row->settings, "remindAfter");
    struct jml_str lines = JML_STR_INIT(&o->arena);
    struct jml_duration span;
    struct jml_err ignored;

    o->remind_to = NULL;
    if (!jml_streq(o->row->kind, "manual") || !after || !to || to->type != JML_ARRAY ||
        jml_duration_parse(after, &span, &ignored) < 0)
        return;
    for (size_t i = 0; i < to->n; i++)
        if (to->items[i]->type == JML_STRING)
            jml_str_addf(&lines, "%s%s", i ? "\n" : "", to->items[i]->text);
    o->remind_after = span.days * JML_DAY + span.exact;
    if (o->remind_after > 0)
        o->remind_to = jml_str_text(&lines);
}

void jml_ticket_remind(struct jml_deliveries *d)
{
    JML_VEC(struct jml_deliver_reminder) reminders = {0};
    int64_t now = jml_loop_now();

    if (d->reminded_at && now - d->reminded_at < REMIND_EVERY)
        return;
    jml_arena_reset(&d->scratch);
    for (struct outlet *o = d->outlets; o; o = o->next)
        if (o->remind_to && !o->leaving)
            jml_vec_push(&d->scratch, &reminders,
                         ((struct jml_deliver_reminder){o->row->display_name, o->remind_after,
                                                        o->remind_to}));
    if (reminders.n == 0)
        return;
    d->reminded_at = now;
    d->answers++;
    jml_deliver_remind_add(d->conn, &d->scratch, reminders.items, reminders.n);
    jml_conn_sync(d->conn, reminded, d);
}

static void reminded(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct jml_deliveries *d = userdata;

    (void)c;
    if (d->answers)
        d->answers--;
    if (!jml_deliveries_failed(d, reply) && jml_result_int(&reply->results[0], 0, 0) > 0) {
        d->reminded_at = 0; /* there may be more */
        d->callbacks.changed(d->callbacks.userdata);
    }
    jml_deliveries_kick(d);
}

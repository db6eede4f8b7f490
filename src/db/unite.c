/* SPDX-License-Identifier: MIT
 *
 * Sending and reading sql/queries/people_unite.sql.
 */
#include "db/unite.h"

#include "base/str.h"

void jml_unite_send(struct jml_conn *c, struct jml_arena *a, jml_time now,
                    const struct jml_identity_questions *questions, jml_conn_done done,
                    void *userdata)
{
    struct jml_array_param people, others, events;
    jml_array_init(&people, a, JML_ARRAY_UUID);
    jml_array_init(&others, a, JML_ARRAY_TEXT);
    jml_array_init(&events, a, JML_ARRAY_INT8);
    for (size_t i = 0; i < questions->n; i++) {
        const struct jml_identity_question *q = &questions->items[i];
        jml_array_add_uuid(&people, q->s->person.id);
        jml_array_add_text(&others, q->other_id);
        if (q->event)
            jml_array_add_int(&events, q->event->id);
        else
            jml_array_add_null(&events);
    }
    struct jml_param params[] = {jml_param_time(a, now), jml_array_param(&people),
                                 jml_array_param(&others), jml_array_param(&events)};
    jml_conn_add(c, "people_unite", params, 4);
    jml_conn_sync(c, done, userdata);
}

bool jml_unite_read(const struct jml_reply *reply, struct jml_arena *a,
                    const struct jml_identity_questions *questions, struct jml_claim *claim)
{
    const struct jml_result *r = &reply->results[0];
    bool any_united = false;
    bool *locked = jml_new_n(a, bool, claim->n);
    for (size_t i = 0, n = jml_result_rows(r); i < n; i++) {
        const struct jml_identity_question *q = &questions->items[i];
        const char *answer = jml_result_text(r, i, 0, a);
        if (jml_streq(answer, "united"))
            any_united = true;
        else if (jml_streq(answer, "locked"))
            locked[q->s - claim->people] = true;
        else if (q->event)
            q->event->conflict = answer;
        else
            q->command->refusal = answer;
    }
    if (any_united)
        return true;
    size_t kept = 0;
    for (size_t i = 0; i < claim->n; i++)
        if (!locked[i])
            claim->people[kept++] = claim->people[i];
    claim->n = kept;
    return false;
}

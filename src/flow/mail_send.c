/* SPDX-License-Identifier: MIT
 *
 * Mails in hand: handed to the server, address by address, and what became of them written. See outbox.h.
 */
#include "flow/outbox.h"

#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "db/conn.h"
#include "loop/loop.h"

#define AWAY_FIRST (5 * JML_SECOND)
#define AWAY_MOST (5 * JML_MINUTE)
#define CODE_BYTES 64
#define TOO_OLD "too_old: it waited for so long that it would mislead"

static void sent(void *userdata, enum jml_smtp_outcome outcome, const char *words);
static void settle(struct slot *s, const char *outcome, const char *error);
static void retry_or_give_up(struct slot *s, const char *words);
static void wrote(void *userdata, struct jml_conn *c, const struct jml_reply *reply);

void jml_mail_send_next(struct slot *s)
{
    struct jml_mail *m = s->mail;
    struct jml_letter_row *row = &s->row;
    struct jml_err e;

    if (row->too_old) {
        settle(s, "dropped", TOO_OLD);
        return;
    }
    if (row->problem) {
        settle(s, "failed", row->problem);
        return;
    }
    if (row->waits) {
        retry_or_give_up(s, row->waits);
        settle(s, s->outcome, s->error);
        return;
    }
    while (s->at < row->n_to && jml_letters_has_taken(row, row->to[s->at]))
        s->at++;
    if (s->at == row->n_to) {
        settle(s, s->outcome ? s->outcome : "sent", s->error);
        return;
    }
    s->sending = jml_smtp_send(m->transfers, &m->options.smtp, row->sender, row->to[s->at],
                               row->message, row->length, sent, s, &e);
    if (!s->sending) { /* the password went away meanwhile */
        jml_mail_server_away(m, e.message);
        settle(s, "away", jml_strdup(&row->arena, e.message));
    }
}

static void retry_or_give_up(struct slot *s, const char *words)
{
    struct jml_letter_row *row = &s->row;

    if (s->outcome && strcmp(s->outcome, "failed") == 0)
        return; /* whom it is for has refused it: copies are not followed up */
    if (jml_mail_waited(row->attempts) >= s->mail->options.give_up_after) {
        s->outcome = s->at == 0 ? "failed" : "sent";
        s->error = jml_printf(&row->arena, "gave_up: tried %d times; %s", row->attempts, words);
        return;
    }
    s->outcome = "retry";
    s->error = words;
    s->delay = jml_mail_delay(row->attempts);
}

static void sent(void *userdata, enum jml_smtp_outcome outcome, const char *words)
{
    struct slot *s = userdata;
    struct jml_mail *m = s->mail;
    struct jml_letter_row *row = &s->row;
    bool first = s->at == 0; /* the recipient; the others are in copy */

    words = jml_strdup(&row->arena, words);
    s->sending = jml_smtp_free(s->sending);
    if (outcome == JML_SMTP_UNREACHABLE) {
        jml_mail_server_away(m, words);
        settle(s, "away", words);
        jml_mail_work(m);
        return;
    }
    if (m->away)
        jml_log_plain(JML_MSG_MAIL_BACK, "the mail server is back");
    m->away = m->trying = false;
    m->away_delay = 0;
    if (outcome == JML_SMTP_TAKEN) {
        if (m->fault && strcmp(m->fault, row->kind) == 0)
            raise(SIGKILL);
        jml_letters_take(row, row->to[s->at]);
    } else if (outcome == JML_SMTP_LATER) {
        retry_or_give_up(s, words);
        if (first && strcmp(s->outcome, "retry") == 0) {
            settle(s, s->outcome, s->error);
            jml_mail_work(m);
            return;
        }
    } else if (first) {
        s->outcome = "failed";
        s->error = words;
    } else if (!s->outcome) {
        s->error = jml_printf(&row->arena, "in copy to %s: %s", row->to[s->at], words);
    }
    s->at++;
    jml_mail_send_next(s);
    jml_mail_work(m);
}

static void settle(struct slot *s, const char *outcome, const char *error)
{
    s->outcome = outcome;
    s->error = error;
    s->state = SLOT_DONE;
}

void jml_mail_server_away(struct jml_mail *m, const char *words)
{
    if (!m->away || m->trying) {
        m->away_delay = m->away_delay ? 2 * m->away_delay : AWAY_FIRST;
        if (m->away_delay > AWAY_MOST)
            m->away_delay = AWAY_MOST;
        jml_timer_set(m->again, m->away_delay);
    }
    if (!m->away)
        jml_log_plain(JML_MSG_MAIL_AWAY, "mails wait, trying again: %s", words);
    else
        jml_log_plain(JML_MSG_DEBUG, "mails still wait: %s", words);
    m->away = true;
    m->trying = false;
}

jml_time jml_mail_delay(int attempts)
{
    return attempts > 6 ? JML_HOUR : JML_MINUTE << (attempts > 0 ? attempts - 1 : 0);
}

jml_time jml_mail_waited(int attempts)
{
    jml_time sum = 0;

    for (int i = 1; i < attempts; i++)
        sum += jml_mail_delay(i);
    return sum;
}

/* ---- write ---- */

/* "smtp_550" of "smtp_550: 5.1.1 no such user": the words behind it may name people. */
static const char *code_of(struct jml_arena *a, const char *error)
{
    size_t n = error ? strcspn(error, ":") : 0;

    if (n == 0 || n >= CODE_BYTES || strcspn(error, " ") < n)
        return NULL;
    return jml_strndup(a, error, n);
}

void jml_mail_write(struct jml_mail *m)
{
    struct jml_array_param columns[6];
    struct jml_param params[6];
    struct jml_arena a;
    static const enum jml_array_type types[] = {JML_ARRAY_UUID, JML_ARRAY_TEXT, JML_ARRAY_TEXT,
                                                JML_ARRAY_TEXT, JML_ARRAY_INT8, JML_ARRAY_TEXT};

    jml_arena_init(&a);
    for (int i = 0; i < 6; i++)
        jml_array_init(&columns[i], &a, types[i]);
    for (int i = 0; i < JML_MAIL_CONCURRENCY; i++) {
        struct slot *s = &m->slots[i];

        if (s->state != SLOT_DONE)
            continue;
        s->state = SLOT_WRITING;
        for (size_t k = 0; k < s->row.n_of; k++) {
            bool too_old = s->row.of[k].too_old;
            const char *error = too_old ? TOO_OLD : s->error;

            jml_array_add_uuid(&columns[0], s->row.of[k].id);
            jml_array_add_text(&columns[1], too_old ? "dropped" : s->outcome);
            jml_array_add_text(&columns[2], error);
            jml_array_add_text(&columns[3], code_of(&a, error));
            jml_array_add_int(&columns[4], s->delay);
            jml_array_add_text(&columns[5], s->row.taken);
        }
    }
    for (int i = 0; i < 6; i++)
        params[i] = jml_array_param(&columns[i]);
    m->writing = true;
    jml_conn_add(m->conn, "mail_write", params, 6);
    jml_conn_sync(m->conn, wrote, m);
    jml_arena_fini(&a);
}

/* mail_write: id, outcome, employee_id, code */
static void tell(const struct jml_result *r)
{
    struct jml_arena a;

    jml_arena_init(&a);
    for (size_t i = 0; i < jml_result_rows(r); i++) {
        const char *outcome = jml_result_text(r, i, 1, &a);
        bool refused = strcmp(outcome, "failed") == 0, is_sent = strcmp(outcome, "sent") == 0;
        char id[37];
        const struct jml_log_field fields[] = {
            {"JML_EMPLOYEE", jml_result_text(r, i, 2, &a)},
            {"JML_FROM", "pending"},
            {"JML_TO", outcome},
            {"JML_RULE", is_sent ? "704" : refused ? "705" : "706"},
            {"JML_REASON", jml_result_text(r, i, 3, &a)},
        };

        jml_id_format(jml_result_uuid(r, i, 0), id);
        jml_log(refused ? JML_MSG_MAIL_REFUSED : JML_MSG_NOTIFICATION_TRANSITION, fields,
                sizeof fields / sizeof fields[0], "notification %s: pending -> %s", id, outcome);
    }
    jml_arena_fini(&a);
}

static void wrote(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct jml_mail *m = userdata;

    (void)c;
    if (!m->writing)
        return;
    m->writing = false;
    if (jml_mail_failed(m, reply)) {
        for (int i = 0; i < JML_MAIL_CONCURRENCY; i++)
            if (m->slots[i].state == SLOT_WRITING)
                m->slots[i].state = SLOT_DONE;
        return; /* `pace` tries again */
    }
    for (int i = 0; i < JML_MAIL_CONCURRENCY; i++)
        if (m->slots[i].state == SLOT_WRITING) {
            /* perhaps the manager's has come of it */
            m->more = m->more || strcmp(m->slots[i].outcome, "failed") == 0;
            m->slots[i].state = SLOT_FREE;
            jml_arena_reset(&m->slots[i].row.arena);
        }
    tell(&reply->results[0]);
    jml_mail_work(m);
}

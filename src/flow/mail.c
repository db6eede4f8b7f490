/* SPDX-License-Identifier: MIT
 *
 * The outbox: see mail.h. letters.c makes a message out of a row.
 */
#include "flow/mail.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "db/conn.h"
#include "flow/letters.h"
#include "loop/loop.h"
#include "loop/transfer.h"

#define AWAY_FIRST (5 * JML_SECOND)
#define AWAY_MOST (5 * JML_MINUTE)
#define FAILED_AGAIN (5 * JML_SECOND) /* the database refused something */
#define CODE_BYTES 64

static const char *const statements[] = {"mail_claim", "mail_write", NULL};

enum slot_state { FREE, SENDING, DONE, WRITING };

struct slot {
    struct jml_mail *mail;
    enum slot_state state;
    struct jml_letter_row row; /* with an arena of its own */
    struct jml_smtp_sending *sending;
    size_t at; /* which address */
    const char *outcome, *error;
    jml_time delay;
};

struct jml_mail {
    struct jml_loop *loop;
    struct jml_arena arena, next_arena; /* of the options */
    struct jml_mail_options options, next;
    struct jml_mail_callbacks callbacks;
    struct jml_conn *conn;
    struct jml_transfers *transfers;
    struct jml_letters *letters;
    struct slot slots[JML_MAIL_CONCURRENCY];
    struct jml_timer *poll, *again, *pace;
    const char *fault; /* JMLD_FAULT_MAIL */
    bool up, claiming, writing;
    bool more;     /* there may be something due */
    bool sweeping; /* idle is to be told */
    bool stopping, changing, reconnect;
    bool away;     /* the server is; `again` runs */
    bool trying;   /* one mail tries whether it is back */
    jml_time away_delay;
    double tokens;
    int64_t tokens_at;
};

static void copy_options(struct jml_arena *a, const struct jml_mail_options *from,
                         struct jml_mail_options *to);
static void begin_options(struct jml_mail *m);
static void work(struct jml_mail *m);
static void claim(struct jml_mail *m, int limit);
static void claimed(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void send_next(struct slot *s);
static void sent(void *userdata, enum jml_smtp_outcome outcome, const char *words);
static void settle(struct slot *s, const char *outcome, const char *error);
static void server_away(struct jml_mail *m, const char *words);
static void write_results(struct jml_mail *m);
static void wrote(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
static void up(void *userdata, struct jml_conn *c);
static void down(void *userdata, struct jml_conn *c, const struct jml_err *e);
static void on_poll(void *userdata);
static void on_again(void *userdata);
static void on_pace(void *userdata);

struct jml_mail *jml_mail_new(struct jml_loop *loop, const struct jml_mail_options *options,
                              const struct jml_mail_callbacks *callbacks)
{
    struct jml_mail *m = calloc(1, sizeof *m);
    struct jml_conn_callbacks conn = {.userdata = m, .up = up, .down = down};

    if (!m)
        jml_bug("out of memory");
    m->loop = loop;
    m->callbacks = *callbacks;
    m->fault = getenv("JMLD_FAULT_MAIL");
    jml_arena_init(&m->arena);
    jml_arena_init(&m->next_arena);
    for (int i = 0; i < JML_MAIL_CONCURRENCY; i++) {
        m->slots[i].mail = m;
        jml_arena_init(&m->slots[i].row.arena);
    }
    m->poll = jml_timer_new(loop, on_poll, m);
    m->again = jml_timer_new(loop, on_again, m);
    m->pace = jml_timer_new(loop, on_pace, m);
    m->transfers = jml_transfers_new(loop);
    copy_options(&m->arena, options, &m->options);
    begin_options(m);
    struct jml_conn_options o = {.conninfo = m->options.conninfo,
                                 .application_name = "jmld",
                                 .role = "jml_daemon",
                                 .clock_offset = m->options.clock_offset,
                                 .statements = statements};
    m->conn = jml_conn_new(loop, &o, &conn);
    return m;
}

struct jml_mail *jml_mail_free(struct jml_mail *m)
{
    if (!m)
        return NULL;
    for (int i = 0; i < JML_MAIL_CONCURRENCY; i++) {
        jml_smtp_free(m->slots[i].sending);
        jml_arena_fini(&m->slots[i].row.arena);
    }
    jml_transfers_free(m->transfers);
    jml_conn_free(m->conn);
    jml_letters_free(m->letters);
    jml_timer_free(m->poll);
    jml_timer_free(m->again);
    jml_timer_free(m->pace);
    jml_arena_fini(&m->arena);
    jml_arena_fini(&m->next_arena);
    jml_loop_defer_free(m->loop, m, free);
    return NULL;
}

/* ---- options ---- */

static void copy_options(struct jml_arena *a, const struct jml_mail_options *from,
                         struct jml_mail_options *to)
{
    *to = *from;
    to->conninfo = jml_strdup(a, from->conninfo);
    to->clock_offset = jml_strdup(a, from->clock_offset);
    to->from = jml_strdup(a, from->from);
    to->domain = jml_strdup(a, from->domain);
    to->language = jml_strdup(a, from->language);
    to->template_directory = jml_strdup(a, from->template_directory);
    to->portal_url = jml_strdup(a, from->portal_url);
    to->redirect_all_to = jml_strdup(a, from->redirect_all_to);
    to->smtp.server = jml_strdup(a, from->smtp.server);
    to->smtp.username = jml_strdup(a, from->smtp.username);
    to->smtp.password_file = jml_strdup(a, from->smtp.password_file);
    to->smtp.credentials_directory = jml_strdup(a, from->smtp.credentials_directory);
    to->smtp.ca_file = jml_strdup(a, from->smtp.ca_file);
    to->smtp.domain = jml_strdup(a, from->smtp.domain);
}

static void begin_options(struct jml_mail *m)
{
    jml_letters_free(m->letters);
    m->letters = jml_letters_new(&m->options);
    if (m->options.concurrency < 1 || m->options.concurrency > JML_MAIL_CONCURRENCY)
        m->options.concurrency = 1;
    m->away = m->trying = false;
    m->away_delay = 0;
    jml_timer_clear(m->again);
    m->tokens = 1;
    m->tokens_at = jml_loop_now();
}

void jml_mail_set_options(struct jml_mail *m, const struct jml_mail_options *options, bool reconnect)
{
    jml_arena_reset(&m->next_arena);
    copy_options(&m->next_arena, options, &m->next);
    m->changing = true;
    m->reconnect = m->reconnect || reconnect;
    work(m);
}

static void change_options(struct jml_mail *m)
{
    jml_arena_reset(&m->arena);
    copy_options(&m->arena, &m->next, &m->options);
    m->changing = false;
    begin_options(m);
    if (m->reconnect) {
        jml_conn_set_conninfo(m->conn, m->options.conninfo);
        jml_conn_reset(m->conn);
    }
    m->reconnect = false;
    m->more = true;
}

/* ---- when ---- */

void jml_mail_wake(struct jml_mail *m)
{
    m->more = true;
    work(m);
}

void jml_mail_sweep(struct jml_mail *m)
{
    m->sweeping = true;
    jml_mail_wake(m);
}

static int in_hand(const struct jml_mail *m, enum slot_state state)
{
    int n = 0;

    for (int i = 0; i < JML_MAIL_CONCURRENCY; i++)
        n += m->slots[i].state == state;
    return n;
}

/* At the end, with the database away, results are not waited for: their leases run out. */
static bool is_busy(const struct jml_mail *m)
{
    int done = m->stopping && !m->up ? in_hand(m, DONE) : 0;

    return m->claiming || m->writing || in_hand(m, FREE) + done < JML_MAIL_CONCURRENCY;
}

bool jml_mail_stop(struct jml_mail *m)
{
    m->stopping = m->sweeping = true;
    return !is_busy(m);
}

/* How many may begin now. */
static int room(struct jml_mail *m)
{
    int free_slots = m->options.concurrency - (JML_MAIL_CONCURRENCY - in_hand(m, FREE));
    int64_t now = jml_loop_now();

    if (free_slots > 0 && (m->away || m->trying))
        free_slots = m->trying && !is_busy(m) ? 1 : 0;
    if (free_slots <= 0 || m->options.rate <= 0)
        return free_slots;
    m->tokens += (double)(now - m->tokens_at) * m->options.rate / JML_SECOND;
    m->tokens_at = now;
    if (m->tokens > m->options.rate)
        m->tokens = m->options.rate;
    if (m->tokens < 1) {
        jml_timer_set(m->pace, (int64_t)((1 - m->tokens) * JML_SECOND / m->options.rate) + 1000);
        return 0;
    }
    return free_slots < (int)m->tokens ? free_slots : (int)m->tokens;
}

static void work(struct jml_mail *m)
{
    int limit;

    if (m->up && !m->writing && in_hand(m, DONE) > 0)
        write_results(m);
    if (m->changing && !is_busy(m))
        change_options(m);
    if (m->up && m->more && !m->claiming && !m->stopping && !m->changing && m->options.enabled) {
        limit = room(m);
        if (limit > 0)
            claim(m, limit);
    }
    if (!m->sweeping || is_busy(m) || m->changing)
        return;
    /* What cannot be sent now is not waited for. */
    if (m->stopping || !m->options.enabled || m->away || (m->up && !m->more)) {
        m->sweeping = false;
        m->callbacks.idle(m->callbacks.userdata);
    }
}

static void on_poll(void *userdata)
{
    struct jml_mail *m = userdata;

    jml_timer_set(m->poll, m->options.poll_interval);
    jml_mail_wake(m);
}

static void on_pace(void *userdata)
{
    work(userdata);
}

static void on_again(void *userdata)
{
    struct jml_mail *m = userdata;

    m->trying = true;
    jml_mail_wake(m);
}

static void up(void *userdata, struct jml_conn *c)
{
    struct jml_mail *m = userdata;

    (void)c;
    m->up = true;
    jml_timer_set(m->poll, m->options.poll_interval);
    jml_mail_wake(m);
}

static void down(void *userdata, struct jml_conn *c, const struct jml_err *e)
{
    struct jml_mail *m = userdata;

    (void)c;
    m->up = m->claiming = m->writing = false;
    jml_timer_clear(m->poll);
    for (int i = 0; i < JML_MAIL_CONCURRENCY; i++)
        if (m->slots[i].state == WRITING)
            m->slots[i].state = DONE; /* written once more: a row that is sent already stays so */
    if (e->class == JML_ERR_SCHEMA)
        m->callbacks.fatal(m->callbacks.userdata, e);
    else if (m->stopping)
        work(m);
}

/* ---- claim ---- */

static void claim(struct jml_mail *m, int limit)
{
    struct jml_arena a;
    struct jml_param params[3];
    struct jml_err e;

    if (jml_smtp_check(&m->options.smtp, &e) < 0) {
        server_away(m, e.message);
        return;
    }
    jml_arena_init(&a);
    params[0] = jml_param_int4(&a, limit);
    params[1] = jml_param_int4(&a, (int32_t)(m->options.smtp.timeout / JML_SECOND) + 1);
    params[2] = jml_param_int8(&a, m->options.max_age);
    m->claiming = true;
    m->more = false;
    jml_conn_add(m->conn, "mail_claim", params, 3);
    jml_conn_sync(m->conn, claimed, m);
    jml_arena_fini(&a);
}

/* The connection's loss is told by down(). */
static bool failed(struct jml_mail *m, const struct jml_reply *reply)
{
    if (!reply->error)
        return false;
    if (reply->error->class == JML_ERR_SCHEMA)
        m->callbacks.fatal(m->callbacks.userdata, reply->error);
    else if (reply->error->class != JML_ERR_TRANSIENT && reply->error->class != JML_ERR_UNCERTAIN)
        jml_log_plain(JML_MSG_DATABASE_ERROR, "mails: %s (%s)", reply->error->message,
                      reply->error->sqlstate);
    m->more = true;
    jml_timer_set(m->pace, FAILED_AGAIN);
    return true;
}

static void claimed(void *userdata, struct jml_conn *c, const struct jml_reply *reply)
{
    struct jml_mail *m = userdata;
    size_t n;

    (void)c;
    if (!m->claiming)
        return;
    m->claiming = false;
    if (failed(m, reply))
        return;
    n = jml_result_rows(&reply->results[0]);
    if (n > 0)
        m->more = true; /* perhaps there are others */
    else
        m->trying = false; /* nobody to try with: the timer runs out anew */
    if (n == 0 && m->away)
        jml_timer_set(m->again, m->away_delay);
    for (size_t i = 0, k = 0; i < n; i++) {
        struct slot *s;

        while (m->slots[k].state != FREE)
            k++;
        s = &m->slots[k];
        jml_letters_read(m->letters, &reply->results[0], i, &s->row);
        s->state = SENDING;
        s->at = 0;
        s->outcome = s->error = NULL;
        m->tokens -= 1;
    }
    for (int i = 0; i < JML_MAIL_CONCURRENCY; i++)
        if (m->slots[i].state == SENDING && !m->slots[i].sending)
            send_next(&m->slots[i]);
    work(m);
}

/* ---- send ---- */

/* To the next address that has not got it yet; when there is none, it is done. */
static void send_next(struct slot *s)
{
    struct jml_mail *m = s->mail;
    struct jml_letter_row *row = &s->row;
    struct jml_err e;

    if (row->too_old) {
        settle(s, "dropped", "too_old: it waited for so long that it would mislead");
        return;
    }
    if (row->problem) {
        settle(s, "failed", row->problem);
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
        server_away(m, e.message);
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
        server_away(m, words);
        settle(s, "away", words);
        work(m);
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
            work(m);
            return;
        }
    } else if (first) {
        s->outcome = "failed";
        s->error = words;
    } else if (!s->outcome) {
        s->error = jml_printf(&row->arena, "in copy to %s: %s", row->to[s->at], words);
    }
    s->at++;
    send_next(s);
    work(m);
}

static void settle(struct slot *s, const char *outcome, const char *error)
{
    s->outcome = outcome;
    s->error = error;
    s->state = DONE;
}

static void server_away(struct jml_mail *m, const char *words)
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

static void write_results(struct jml_mail *m)
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

        if (s->state != DONE)
            continue;
        s->state = WRITING;
        jml_array_add_uuid(&columns[0], s->row.id);
        jml_array_add_text(&columns[1], s->outcome);
        jml_array_add_text(&columns[2], s->error);
        jml_array_add_text(&columns[3], code_of(&a, s->error));
        jml_array_add_int(&columns[4], s->delay);
        jml_array_add_text(&columns[5], s->row.taken);
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
    if (failed(m, reply)) {
        for (int i = 0; i < JML_MAIL_CONCURRENCY; i++)
            if (m->slots[i].state == WRITING)
                m->slots[i].state = DONE;
        return; /* `pace` tries again */
    }
    for (int i = 0; i < JML_MAIL_CONCURRENCY; i++)
        if (m->slots[i].state == WRITING) {
            /* perhaps the manager's has come of it */
            m->more = m->more || strcmp(m->slots[i].outcome, "failed") == 0;
            m->slots[i].state = FREE;
            jml_arena_reset(&m->slots[i].row.arena);
        }
    tell(&reply->results[0]);
    work(m);
}

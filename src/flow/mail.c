/* SPDX-License-Identifier: MIT
 *
 * The outbox: see mail.h. Here is when something is sent, and what is taken into hand; mail_send.c sends it,
 * letters.c makes a message out of a row.
 */
#include "flow/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "db/conn.h"
#include "loop/loop.h"
#include "loop/transfer.h"

#define FAILED_AGAIN (5 * JML_SECOND) /* the database refused something */

static const char *const statements[] = {"mail_claim", "mail_put_off", "mail_write", NULL};

static void copy_options(struct jml_arena *a, const struct jml_mail_options *from,
                         struct jml_mail_options *to);
static void begin_options(struct jml_mail *m);
static void claim(struct jml_mail *m, int limit);
static void claimed(void *userdata, struct jml_conn *c, const struct jml_reply *reply);
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
    to->digest_at = jml_strdup(a, from->digest_at);
    to->digest_kinds = jml_strdup(a, from->digest_kinds);
    to->password_key_file = jml_strdup(a, from->password_key_file);
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
    jml_mail_work(m);
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
    jml_mail_work(m);
}

void jml_mail_sweep(struct jml_mail *m)
{
    m->sweeping = true;
    jml_mail_wake(m);
}

int jml_mail_in_hand(const struct jml_mail *m, enum slot_state state)
{
    int n = 0;

    for (int i = 0; i < JML_MAIL_CONCURRENCY; i++)
        n += m->slots[i].state == state;
    return n;
}

/* At the end, with the database away, results are not waited for: their leases run out. */
static bool is_busy(const struct jml_mail *m)
{
    int done = m->stopping && !m->up ? jml_mail_in_hand(m, SLOT_DONE) : 0;

    return m->claiming || m->writing || jml_mail_in_hand(m, SLOT_FREE) + done < JML_MAIL_CONCURRENCY;
}

bool jml_mail_stop(struct jml_mail *m)
{
    m->stopping = m->sweeping = true;
    return !is_busy(m);
}

/* How many may begin now. */
static int room(struct jml_mail *m)
{
    int free_slots = m->options.concurrency - (JML_MAIL_CONCURRENCY - jml_mail_in_hand(m, SLOT_FREE));
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

void jml_mail_work(struct jml_mail *m)
{
    int limit;

    if (m->up && !m->writing && jml_mail_in_hand(m, SLOT_DONE) > 0)
        jml_mail_write(m);
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
    jml_mail_work(userdata);
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
        if (m->slots[i].state == SLOT_WRITING)
            m->slots[i].state = SLOT_DONE; /* written once more: a row that is sent already stays so */
    if (e->class == JML_ERR_SCHEMA)
        m->callbacks.fatal(m->callbacks.userdata, e);
    else if (m->stopping)
        jml_mail_work(m);
}

/* ---- claim ---- */

/* Of digests; none when there are no digests. */
static struct jml_param kinds(const struct jml_mail *m, struct jml_arena *a)
{
    static const char gap[] = ", ";
    const char *p = m->options.digest_at && *m->options.digest_at ? m->options.digest_kinds : NULL;
    struct jml_array_param list;

    jml_array_init(&list, a, JML_ARRAY_TEXT);
    for (p = p ? p + strspn(p, gap) : ""; *p; p += strspn(p, gap)) {
        size_t n = strcspn(p, gap);

        jml_array_add_text(&list, jml_strndup(a, p, n));
        p += n;
    }
    return jml_array_param(&list);
}

static void claim(struct jml_mail *m, int limit)
{
    struct jml_arena a;
    struct jml_param params[4], put_off[2];
    struct jml_err e;

    if (jml_smtp_check(&m->options.smtp, &e) < 0) {
        jml_mail_server_away(m, e.message);
        return;
    }
    jml_arena_init(&a);
    params[0] = jml_param_int4(&a, limit);
    params[1] = jml_param_int4(&a, (int32_t)(m->options.smtp.timeout / JML_SECOND) + 1);
    params[2] = jml_param_int8(&a, m->options.max_age);
    params[3] = put_off[0] = kinds(m, &a);
    put_off[1] = jml_param_text(m->options.digest_at);
    m->claiming = true;
    m->more = false;
    m->puts_off = m->options.digest_at && *m->options.digest_at;
    if (m->puts_off)
        jml_conn_add(m->conn, "mail_put_off", put_off, 2);
    jml_conn_add(m->conn, "mail_claim", params, 4);
    jml_conn_sync(m->conn, claimed, m);
    jml_arena_fini(&a);
}

/* The connection's loss is told by down(). */
bool jml_mail_failed(struct jml_mail *m, const struct jml_reply *reply)
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
    const struct jml_result *r;
    size_t n;

    (void)c;
    if (!m->claiming)
        return;
    m->claiming = false;
    if (jml_mail_failed(m, reply))
        return;
    r = &reply->results[m->puts_off ? 1 : 0];
    n = jml_result_rows(r);
    if (n > 0)
        m->more = true; /* perhaps there are others */
    else
        m->trying = false; /* nobody to try with: the timer runs out anew */
    if (n == 0 && m->away)
        jml_timer_set(m->again, m->away_delay);
    for (size_t i = 0, k = 0; i < n;) {
        struct slot *s;

        while (m->slots[k].state != SLOT_FREE)
            k++;
        s = &m->slots[k];
        i += jml_letters_read(m->letters, r, i, &s->row);
        s->state = SLOT_SENDING;
        s->at = 0;
        s->outcome = s->error = NULL;
        m->tokens -= 1;
    }
    for (int i = 0; i < JML_MAIL_CONCURRENCY; i++)
        if (m->slots[i].state == SLOT_SENDING && !m->slots[i].sending)
            jml_mail_send_next(&m->slots[i]);
    jml_mail_work(m);
}

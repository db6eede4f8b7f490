/* SPDX-License-Identifier: MIT
 *
 * Lines: the connections of a target. A call is sent over the one with the least to do; all answers
 * come out of its descriptor. libldap keeps what could not be written yet and goes on with it when it
 * is asked for results, and says LDAP_BUSY to more until then: such calls wait for the descriptor.
 *
 * A line that breaks answers all its calls UNREACHABLE. Whether a change was made nobody knows then; it
 * is made again, and finds itself made. After a failure to connect, which all who waited for it are told,
 * the next try comes half a second to five later; who comes meanwhile waits for that.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "loop/loop.h"
#include "target/ldap.h"

enum {
    BUSY = 4, /* calls on every line: time for another one */
    DELAY_LEAST = 500000,
    DELAY_MOST = 5000000,
    SILENCE = 1000000, /* after which an answer that was waited for in vain is a sign */
};

struct jml_ldap_line {
    struct jml_ldap_lines *all;
    struct jml_ldap_connector *connector;
    LDAP *ld;
    int fd;
    struct jml_watch *watch;
    struct jml_ldap_call *calls;
    size_t n_calls;
    struct jml_ldap_call *pager; /* OpenLDAP has one paged search a connection; others wait */
    unsigned round;
    int64_t heard_at;
    bool is_silent;
};

struct jml_ldap_lines {
    struct jml_loop *loop;
    const struct jml_ldap_settings *settings;
    struct jml_ldap_line lines[JML_LDAP_LINES_MAX];
    struct jml_ldap_call *waiting;
    struct jml_ldap_call **waiting_end;
    struct jml_timer *silence, *again;
    int64_t delay, not_before;
    struct jml_arena words; /* error */
    const char *error;
};

static void connect_again(void *userdata);
static void connected(void *userdata, LDAP *ld, const char *error);
static void line_ready(void *userdata, unsigned events);
static void line_receive(struct jml_ldap_line *line);
static void line_drop(struct jml_ldap_line *line, const char *error);
static void line_send(struct jml_ldap_line *line, struct jml_ldap_call *c);
static int submit(struct jml_ldap_call *c, LDAP *ld);
static void drop_silent(void *userdata);
static void release(void *memory);

struct jml_ldap_lines *jml_ldap_lines_new(struct jml_loop *loop, const struct jml_ldap_settings *s)
{
    struct jml_ldap_lines *l = calloc(1, sizeof *l);

    if (!l)
        jml_bug("out of memory");
    l->loop = loop;
    l->settings = s;
    l->waiting_end = &l->waiting;
    l->silence = jml_timer_new(loop, drop_silent, l);
    l->again = jml_timer_new(loop, connect_again, l);
    jml_arena_init(&l->words);
    for (int i = 0; i < JML_LDAP_LINES_MAX; i++)
        l->lines[i].all = l;
    return l;
}

struct jml_ldap_lines *jml_ldap_lines_free(struct jml_ldap_lines *l)
{
    if (!l)
        return NULL;
    l->silence = jml_timer_free(l->silence);
    l->again = jml_timer_free(l->again);
    for (int i = 0; i < JML_LDAP_LINES_MAX; i++) {
        l->lines[i].connector = jml_ldap_connector_free(l->lines[i].connector);
        line_drop(&l->lines[i], "the target is closed");
    }
    /* This may be within the answer to the last call. */
    jml_loop_defer_free(l->loop, l, release);
    return NULL;
}

static void release(void *memory)
{
    struct jml_ldap_lines *l = memory;

    jml_arena_fini(&l->words);
    free(l);
}

/* ---- calls in lists ---- */

static void list_add(struct jml_ldap_call **at, struct jml_ldap_call *c)
{
    c->next = *at;
    if (c->next)
        c->next->link = &c->next;
    *at = c;
    c->link = at;
}

static void list_take(struct jml_ldap_call *c)
{
    if (!c->link)
        return;
    if (c->target->lines->waiting_end == &c->next)
        c->target->lines->waiting_end = c->link;
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    c->next = NULL;
    c->link = NULL;
    if (c->line)
        c->line->n_calls--;
    if (c->line && c->line->pager == c) {
        c->line->pager = NULL;
        if (c->line->watch)
            jml_watch_set(c->line->watch, JML_WATCH_READ | JML_WATCH_WRITE);
    }
    c->line = NULL;
}

static void unreachable(struct jml_ldap_call *c, const char *error, int64_t retry_after)
{
    if (c->op)
        c->op->retry_after = retry_after;
    jml_ldap_call_finish(c, JML_OUTCOME_UNREACHABLE, "unreachable: %s", error);
}

/* ---- sending ---- */

void jml_ldap_call_send(struct jml_ldap_call *c)
{
    struct jml_ldap_lines *all = c->target->lines;
    struct jml_ldap_line *best = NULL, *idle = NULL;
    bool is_connecting = false;
    int64_t wait = all->not_before - jml_loop_now();

    c->message = -1;
    if (c->line) { /* the next page: it is asked for where the one before came from */
        line_send(c->line, c);
        return;
    }
    for (int i = 0; i < all->settings->n_lines; i++) {
        struct jml_ldap_line *line = &all->lines[i];

        if (line->ld && (!best || line->n_calls < best->n_calls))
            best = line;
        if (line->connector)
            is_connecting = true;
        else if (!line->ld && !idle)
            idle = line;
    }
    if (idle && !is_connecting && wait <= 0 && (!best || best->n_calls >= BUSY)) {
        idle->connector = jml_ldap_connector_new(all->loop, all->settings, connected, idle);
        is_connecting = true;
    }
    if (best) {
        list_add(&best->calls, c);
        c->line = best;
        best->n_calls++;
        line_send(best, c);
        return;
    }
    list_add(all->waiting_end, c);
    all->waiting_end = &c->next;
    if (!is_connecting && !jml_timer_is_set(all->again))
        jml_timer_set(all->again, wait);
}

static void connect_again(void *userdata)
{
    struct jml_ldap_lines *all = userdata;

    for (int i = 0; i < all->settings->n_lines; i++)
        if (all->lines[i].ld || all->lines[i].connector)
            return; /* that one takes who waits */
    if (all->waiting)
        all->lines[0].connector =
            jml_ldap_connector_new(all->loop, all->settings, connected, &all->lines[0]);
}

static void connected(void *userdata, LDAP *ld, const char *error)
{
    struct jml_ldap_line *line = userdata;
    struct jml_ldap_lines *all = line->all;
    struct jml_ldap_call *calls = all->waiting;

    if (error) {
        jml_arena_reset(&all->words);
        all->error = jml_strdup(&all->words, error);
        all->delay = all->delay == 0               ? DELAY_LEAST
                     : all->delay * 2 > DELAY_MOST ? DELAY_MOST
                                                   : all->delay * 2;
        all->not_before = jml_loop_now() + all->delay;
    } else {
        all->delay = all->not_before = 0;
        line->ld = ld;
        ldap_get_option(ld, LDAP_OPT_DESC, &line->fd);
        line->heard_at = jml_loop_now();
        line->watch = jml_watch_new(all->loop, line->fd, JML_WATCH_READ, line_ready, line);
    }
    line->connector = jml_ldap_connector_free(line->connector);
    all->waiting = NULL;
    all->waiting_end = &all->waiting;
    if (calls)
        calls->link = &calls;
    while (calls) {
        struct jml_ldap_call *c = calls;

        list_take(c);
        if (error)
            unreachable(c, all->error, all->delay);
        else
            jml_ldap_call_send(c);
    }
}

static void line_send(struct jml_ldap_line *line, struct jml_ldap_call *c)
{
    int r;

    if (c->request.is_paged && !line->pager)
        line->pager = c;
    if (c->request.is_paged && line->pager != c)
        return;
    r = submit(c, line->ld);
    /* What libldap could not write it goes on with in ldap_result(). */
    jml_watch_set(line->watch, JML_WATCH_READ | JML_WATCH_WRITE);
    if (r == LDAP_SUCCESS) {
        c->sent_at = jml_loop_now();
    } else if (r == LDAP_BUSY) {
        c->message = -1;
    } else if (r == LDAP_SERVER_DOWN || r == LDAP_TIMEOUT || r == LDAP_UNAVAILABLE) {
        line_drop(line, "the connection is gone");
    } else {
        list_take(c);
        jml_ldap_call_fail(c, r, "the request cannot be made");
    }
}

static int submit(struct jml_ldap_call *c, LDAP *ld)
{
    struct jml_ldap_request *q = &c->request;
    static char permissive_modify[] = "1.2.840.113556.1.4.1413";
    LDAPControl permissive = {.ldctl_oid = permissive_modify, .ldctl_iscritical = 1};
    LDAPControl *controls[2] = {0}, *page = NULL;
    struct berval value = {0}, dn = {0};
    int r;

    if (q->value)
        value = (struct berval){.bv_len = strlen(q->value), .bv_val = jml_strdup(c->arena, q->value)};
    switch (q->type) {
    case JML_LDAP_SEARCH:
        if (q->is_paged) {
            r = ldap_create_page_control(ld, (ber_int_t)c->settings->page_size,
                                         q->cookie.bv_val ? &q->cookie : NULL, 0, &page);
            if (r != LDAP_SUCCESS)
                return r;
            controls[0] = page;
        }
        r = ldap_search_ext(ld, q->dn, q->scope, q->filter, q->attributes, 0, controls, NULL, NULL,
                            q->size_limit, &c->message);
        if (page)
            ldap_control_free(page);
        return r;
    case JML_LDAP_COMPARE:
        return ldap_compare_ext(ld, q->dn, q->attribute, &value, NULL, NULL, &c->message);
    case JML_LDAP_ADD:
        return ldap_add_ext(ld, q->dn, q->mods, NULL, NULL, &c->message);
    case JML_LDAP_MODIFY:
        if (q->is_permissive)
            controls[0] = &permissive;
        return ldap_modify_ext(ld, q->dn, q->mods, controls, NULL, &c->message);
    case JML_LDAP_DELETE:
        return ldap_delete_ext(ld, q->dn, NULL, NULL, &c->message);
    case JML_LDAP_RENAME:
        return ldap_rename(ld, q->dn, q->rdn, q->parent, 1, NULL, NULL, &c->message);
    case JML_LDAP_PASSWORD:
        dn = (struct berval){.bv_len = strlen(q->dn), .bv_val = jml_strdup(c->arena, q->dn)};
        r = ldap_passwd(ld, &dn, NULL, &value, NULL, NULL, &c->message);
        explicit_bzero(value.bv_val, value.bv_len);
        return r;
    }
    return LDAP_PARAM_ERROR;
}

/* ---- receiving ---- */

static struct jml_ldap_call *call_of(const struct jml_ldap_line *line, int message)
{
    struct jml_ldap_call *c = line->calls;

    while (c && c->message != message)
        c = c->next;
    return c;
}

/* One that was not tried in this round. */
static struct jml_ldap_call *unsent(const struct jml_ldap_line *line)
{
    struct jml_ldap_call *c = line->calls;

    while (c && (c->message != -1 || c->round == line->round))
        c = c->next;
    return c;
}

static void line_ready(void *userdata, unsigned events)
{
    struct jml_ldap_line *line = userdata;
    LDAP *ld = line->ld;
    struct jml_ldap_call *c;

    /* Before anything is sent: what is may need it again. */
    if (events & JML_WATCH_WRITE)
        jml_watch_set(line->watch, JML_WATCH_READ);
    line_receive(line);
    if (!(events & JML_WATCH_WRITE))
        return;
    line->round++;
    while (line->ld == ld && (c = unsent(line)) != NULL) {
        c->round = line->round;
        line_send(line, c);
    }
}

/* The request is over: what comes of it? */
static void answer(struct jml_ldap_line *line, struct jml_ldap_call *c, LDAPMessage *m)
{
    struct jml_ldap_request *q = &c->request;
    char *said = NULL;
    LDAPControl **controls = NULL;
    struct berval cookie = {0};
    const char *words;
    int code = LDAP_OTHER, r;
    ber_int_t estimate;

    r = ldap_parse_result(line->ld, m, &code, NULL, &said, NULL, &controls, 0);
    if (r != LDAP_SUCCESS)
        code = r;
    words = jml_ldap_words(c->arena, said);
    ldap_memfree(said);
    q->cookie = (struct berval){0};
    if (q->is_paged && code == LDAP_SUCCESS && controls) {
        LDAPControl *page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);

        if (page && ldap_parse_pageresponse_control(line->ld, page, &estimate, &cookie) == LDAP_SUCCESS) {
            if (cookie.bv_len > 0)
                q->cookie = (struct berval){
                    .bv_len = cookie.bv_len,
                    .bv_val = memcpy(jml_arena_alloc(c->arena, cookie.bv_len), cookie.bv_val,
                                     cookie.bv_len)};
            ber_memfree(cookie.bv_val);
        }
    }
    ldap_controls_free(controls);
    if (q->cookie.bv_len > 0) {
        jml_ldap_call_send(c);
        return;
    }
    list_take(c);
    q->answered(c, code, words);
}

static void line_receive(struct jml_ldap_line *line)
{
    LDAP *ld = line->ld;

    while (line->ld == ld) {
        struct timeval now = {0};
        LDAPMessage *m = NULL;
        struct jml_ldap_call *c;
        int fd = -1, r = ldap_result(ld, LDAP_RES_ANY, LDAP_MSG_ONE, &now, &m);

        if (r == 0) {
            /* libldap would connect again by itself, without TLS. */
            if (ldap_get_option(ld, LDAP_OPT_DESC, &fd) != LDAP_OPT_SUCCESS || fd != line->fd)
                line_drop(line, "the connection is gone");
            return;
        }
        if (r < 0) {
            int code = LDAP_SERVER_DOWN;

            ldap_get_option(ld, LDAP_OPT_RESULT_CODE, &code);
            line_drop(line, code == LDAP_SERVER_DOWN ? "the connection was closed"
                                                     : "what came is not LDAP");
            return;
        }
        line->heard_at = jml_loop_now();
        c = call_of(line, ldap_msgid(m));
        if (c && r == LDAP_RES_SEARCH_ENTRY) {
            if (c->request.entry)
                c->request.entry(c, ld, m);
        } else if (c && r != LDAP_RES_SEARCH_REFERENCE && r != LDAP_RES_INTERMEDIATE) {
            answer(line, c, m);
        }
        ldap_msgfree(m);
    }
}

/* ---- the end of a line, and of a call ---- */

static void line_drop(struct jml_ldap_line *line, const char *error)
{
    struct jml_ldap_call *calls = line->calls;

    if (!line->ld)
        return;
    line->watch = jml_watch_free(line->watch);
    ldap_unbind_ext(line->ld, NULL, NULL);
    line->ld = NULL;
    line->is_silent = false;
    line->calls = NULL;
    if (calls)
        calls->link = &calls;
    while (calls) {
        struct jml_ldap_call *c = calls;

        list_take(c);
        unreachable(c, error, 0);
    }
}

void jml_ldap_call_forget(struct jml_ldap_call *c)
{
    struct jml_ldap_line *line = c->line;
    int message = c->message;

    list_take(c);
    if (!line || message < 0)
        return;
    ldap_abandon_ext(line->ld, message, NULL, NULL);
    /* One that hangs must not hold up what comes. Not from here: others are told of it. */
    if (line->heard_at < c->sent_at && jml_loop_now() - c->sent_at >= SILENCE) {
        line->is_silent = true;
        jml_timer_set(line->all->silence, 0);
    }
}

static void drop_silent(void *userdata)
{
    struct jml_ldap_lines *l = userdata;

    for (int i = 0; i < l->settings->n_lines; i++)
        if (l->lines[i].is_silent)
            line_drop(&l->lines[i], "the directory does not answer");
}

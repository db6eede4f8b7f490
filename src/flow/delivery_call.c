/* SPDX-License-Identifier: MIT
 *
 * The calls: begun while there are slots and tokens, ended by their answer or by the deadline.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/str.h"
#include "core/governance.h"
#include "db/conn.h"
#include "flow/outlet.h"
#include "loop/loop.h"

#define SPARE_MAX 256
#define ERROR_MAX 1000
#define FLUSH_AFTER (20 * INT64_C(1000))

static void finished(struct jml_operation *op);
static void deadline_passed(void *userdata);
static bool give_password(struct hand *h);
static void forget_password(struct hand *h);
static void keep_result(struct jml_deliveries *d, struct hand *h);

void jml_hands_add(struct hands *all, struct hand *h)
{
    h->next = NULL;
    h->previous = all->last;
    if (all->last)
        all->last->next = h;
    else
        all->first = h;
    all->last = h;
    all->n++;
}

struct hand *jml_hands_take(struct hands *all)
{
    struct hand *h = all->first;

    if (h)
        jml_hands_remove(all, h);
    return h;
}

void jml_hands_remove(struct hands *all, struct hand *h)
{
    if (h->previous)
        h->previous->next = h->next;
    else
        all->first = h->next;
    if (h->next)
        h->next->previous = h->previous;
    else
        all->last = h->previous;
    h->next = h->previous = NULL;
    all->n--;
}

struct hand *jml_hand_new(struct jml_deliveries *d)
{
    struct hand *h = jml_hands_take(&d->spare);

    if (h)
        return h;
    h = calloc(1, sizeof(*h));
    if (!h)
        jml_bug("out of memory");
    jml_arena_init(&h->arena);
    h->deadline = jml_timer_new(d->loop, deadline_passed, h);
    return h;
}

void jml_hand_drop(struct jml_deliveries *d, struct hand *h)
{
    forget_password(h);
    if (d->spare.n >= SPARE_MAX) {
        jml_timer_free(h->deadline);
        jml_arena_fini(&h->arena);
        free(h);
        return;
    }
    jml_arena_reset(&h->arena);
    h->outlet = NULL;
    jml_hands_add(&d->spare, h);
}

void jml_outlet_start(struct outlet *o)
{
    int64_t now = jml_loop_now();

    while (o->ready.n && o->calling.n < jml_breaker_allows(&o->breaker, o->row->concurrency, now) &&
           jml_bucket_has(&o->bucket, now) > 0) {
        struct hand *h = jml_hands_take(&o->ready);

        jml_bucket_take(&o->bucket);
        h->state = HAND_CALLING;
        h->began = now;
        h->op.deadline = o->row->deadline;
        jml_hands_add(&o->calling, h);
        jml_timer_set(h->deadline, o->row->deadline);
        if (h->is_nobody)
            jml_operation_finish(&h->op, JML_OUTCOME_DONE, NULL);
        else if (h->op.action != JML_ACTION_SET_PASSWORD || give_password(h))
            o->kind->start(o->target, &h->op);
    }
}

/* Those that were under way are given back: done again they come to the same. */
void jml_outlet_cancel(struct outlet *o)
{
    for (struct hand *h = o->calling.first; h; h = h->next) {
        jml_timer_clear(h->deadline);
        o->kind->cancel(o->target, &h->op);
    }
    jml_delivery_release(o->flow, &o->calling);
}

/* ---- passwords ---- */

/* It is made for this call, of the key and what the arguments say; a call that is repeated gets the same.
 * Targets are told it, and how Graph's access pass is to be. false: there is no key; it is finished. */
static bool give_password(struct hand *h)
{
    static const char *const told[] = {"tapLifetimeMinutes", "tapIsUsableOnce"};
    const struct jml_deliveries_options *options = &h->outlet->flow->options;
    const struct jml_value *arguments = h->op.arguments, *v = jml_value_object();
    const char *text = jml_value_find_string(arguments, "passwordId");
    int64_t length = JML_PASSWORD_USUAL;
    struct jml_password_key key;
    struct jml_id id;
    struct jml_err e;

    if (!text || !jml_id_parse(text, &id))
        return true; /* the kind says that there is none */
    jml_value_to_int(jml_value_find(arguments, "passwordLength"), &length);
    if (length < JML_PASSWORD_MIN || length > JML_PASSWORD_MAX)
        length = JML_PASSWORD_USUAL;
    if (jml_password_key_read(options->password_key_file, options->credentials_directory, &key, &e) < 0) {
        jml_operation_finish(&h->op, JML_OUTCOME_FAILED, "%s", e.message);
        return false;
    }
    jml_password_make(&key, id, (int)length, h->password);
    snprintf(h->key_name, sizeof h->key_name, "%s", key.name);
    jml_password_key_fini(&key);
    v = jml_value_with(&h->arena, v, "password", jml_value_string(&h->arena, h->password));
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (jml_value_find(arguments, told[i]))
            v = jml_value_with(&h->arena, v, told[i], jml_value_find(arguments, told[i]));
    h->op.arguments = v;
    return true;
}

/* Whatever the target says, what it was told is not repeated. */
static const char *without_password(const struct hand *h, const char *words)
{
    return words && h->password[0] && strstr(words, h->password) ? "(not shown: it holds the password)"
                                                                 : words;
}

static void forget_password(struct hand *h)
{
    const char *copy = h->password[0] ? jml_value_find_string(h->op.arguments, "password") : NULL;

    if (copy)
        explicit_bzero((char *)(uintptr_t)copy, strlen(copy));
    explicit_bzero(h->password, sizeof h->password);
    h->key_name[0] = '\0';
}

/* ---- the answer ---- */

static void deadline_passed(void *userdata)
{
    struct hand *h = userdata;

    h->outlet->kind->cancel(h->outlet->target, &h->op);
    jml_operation_finish(&h->op, JML_OUTCOME_UNREACHABLE, "no_answer: none came within %.3g s",
                         (double)h->op.deadline / JML_SECOND);
}

static void finished(struct jml_operation *op)
{
    struct hand *h = op->userdata;
    struct outlet *o = h->outlet;
    int64_t took = jml_loop_now() - h->began;

    jml_timer_clear(h->deadline);
    jml_hands_remove(&o->calling, h);
    o->call = o->call ? (7 * o->call + took) / 8 : took;
    op->error = jml_delivery_reason(&h->arena, op->outcome, without_password(h, op->error));
    op->ret_account = without_password(h, op->ret_account);
    if (op->retry_all)
        jml_breaker_pause(&o->breaker, op->retry_after, jml_loop_now());
    jml_outlet_answered(o, op->outcome != JML_OUTCOME_UNREACHABLE, h->began, op->error);
    keep_result(o->flow, h);
    jml_deliveries_kick(o->flow);
}

void jml_outlet_answered(struct outlet *o, bool reached, int64_t began, const char *error)
{
    const struct jml_log_field field = {"JML_TARGET", o->row->display_name};

    if (!reached)
        jml_err_set(&o->trouble, JML_ERR_TRANSIENT, "%s", error ? error : "no reason was given");
    if (!jml_breaker_answer(&o->breaker, reached, began, jml_loop_now()))
        return;
    if (reached)
        jml_log(JML_MSG_TARGET_BACK, &field, 1, "target %s can be reached again",
                o->row->display_name);
    else
        jml_log(JML_MSG_TARGET_UNREACHABLE, &field, 1,
                "target %s cannot be reached, its deliveries wait: %s", o->row->display_name,
                o->trouble.message);
}

static void keep_result(struct jml_deliveries *d, struct hand *h)
{
    static const char *const outcomes[] = {
        [JML_OUTCOME_DONE] = "done",   [JML_OUTCOME_CONFIRMED] = "confirmed",
        [JML_OUTCOME_WAITS] = "waits", [JML_OUTCOME_LATER] = "later",
        [JML_OUTCOME_UNREACHABLE] = "unreachable", [JML_OUTCOME_FAILED] = "failed",
    };
    const struct jml_operation *op = &h->op;
    uint32_t dice = 0;

    if (getrandom(&dice, sizeof dice, GRND_NONBLOCK) < 0)
        dice = (uint32_t)jml_loop_now();
    h->state = HAND_DONE;
    h->result = (struct jml_deliver_result){
        .id = op->id,
        .attempts = op->attempt,
        .outcome = outcomes[op->outcome],
        .error = op->outcome <= JML_OUTCOME_WAITS ? NULL
                 : op->error                      ? op->error
                                                  : "failed: no reason was given",
        .account = op->ret_account ? jml_words_clean(&h->arena, op->ret_account) : NULL,
        .token = op->outcome == JML_OUTCOME_WAITS ? op->ret_token : NULL,
        .delay = op->outcome == JML_OUTCOME_WAITS
                     ? (op->wait > 0 ? op->wait : -1)
                     : jml_backoff(op->attempt, jml_action_takes(op->action), op->retry_after, dice),
        .give_up = h->outlet->row->give_up,
        .key = h->key_name[0] ? h->key_name : NULL,
    };
    if (h->result.error)
        jml_log_plain(JML_MSG_DEBUG, "target %s: %s", h->outlet->row->display_name,
                      h->result.error);
    h->outlet->unwritten++;
    jml_hands_add(&d->done, h);
    if (d->done.n >= 256)
        jml_timer_set(d->flush, 0);
    else if (!jml_timer_is_set(d->flush))
        jml_timer_set(d->flush, FLUSH_AFTER);
}

const char *jml_words_clean(struct jml_arena *a, const char *words)
{
    size_t n = words ? strlen(words) : 0;
    char *c;

    if (!words)
        return NULL;
    while (n > ERROR_MAX || (n > 0 && n < strlen(words) && (words[n] & 0xC0) == 0x80))
        n--;
    c = jml_strndup(a, words, n);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)c[i] < ' ' || c[i] == 0x7F)
            c[i] = ' ';
    if (!jml_str_is_utf8(c, n))
        for (size_t i = 0; i < n; i++)
            if (c[i] & 0x80)
                c[i] = '?';
    return c;
}

static bool has_code(const char *words)
{
    size_t n = strspn(words, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return n > 0 && words[n] == ':';
}

const char *jml_delivery_reason(struct jml_arena *a, enum jml_outcome outcome, const char *words)
{
    const char *plain = words ? jml_str_plain(a, jml_words_clean(a, words), "?") : NULL;

    if (!plain || has_code(plain))
        return plain;
    return jml_printf(a, "%s: %s",
                      outcome == JML_OUTCOME_UNREACHABLE ? "unreachable"
                      : outcome == JML_OUTCOME_LATER     ? "later"
                                                         : "failed",
                      plain);
}

/* What the claim sets up. */
void jml_hand_prepare(struct hand *h, struct outlet *o, const struct jml_deliver_row *row)
{
    int action = jml_action_find(row->action);

    if (action < 0)
        jml_bug("unknown action '%s'", row->action);
    h->outlet = o;
    h->state = HAND_READY;
    h->is_nobody = row->is_of_another && jml_action_takes((enum jml_action)action);
    h->password[0] = h->key_name[0] = '\0';
    h->op = (struct jml_operation){
        .arena = &h->arena,
        .id = row->id,
        .action = (enum jml_action)action,
        .person_id = row->person_id,
        .assignment_id = row->assignment_id,
        .run_id = row->run_id,
        .employee_id = row->employee_id[0] ? row->employee_id : NULL,
        .attributes = row->attributes,
        .origin = row->origin,
        .arguments = row->arguments,
        .context = row->context,
        .account = row->is_of_another ? NULL : row->account,
        .attempt = row->attempts,
        .created_at = row->created_at,
        .finished = finished,
        .userdata = h,
    };
}

/* SPDX-License-Identifier: MIT
 *
 * Webhook: whoever answers at an address is told what to do, by a JSON POST (callout.h).
 *
 * 2xx is done, with wait 202 means that a call-back says so later. An answer {"account": "...",
 * "confirmed": true} names the account and says that it was looked at. A body above 64 kB is not
 * read; the status counts.
 *
 * 409 is tried later: the same key is being worked on. 404 and 410 fail, also when access is taken
 * away: a wrong address must not look like a leaver who is gone everywhere.
 */
#include <stdlib.h>

#include "base/str.h"
#include "target/callout.h"
#include "target/kinds.h"

struct jml_target {
    struct jml_callout callout;
    const struct jml_value *attributes; /* names; NULL: the usual ones */
    bool waits;
    int64_t callback_timeout; /* microseconds */
};

static const char *const usual_attributes[] = {"displayName", "mail", "userPrincipalName"};

static void webhook_close(struct jml_target *t);
static const char *body_of(struct jml_target *t, struct jml_operation *op);
static void answered(void *userdata, struct jml_operation *op, const struct jml_http_answer *answer,
                     const struct jml_transfer *transfer);
static bool answer_read(struct jml_operation *op, const struct jml_transfer *transfer);

static int settings_read(struct jml_target *t, const struct jml_target_setup *setup,
                         struct jml_err *e)
{
    const char *timeout = jml_value_find_string(setup->settings, "callbackTimeout");
    struct jml_duration d;

    t->attributes = jml_value_find(setup->settings, "attributes");
    for (uint32_t i = 0; t->attributes && i < t->attributes->n; i++)
        if (t->attributes->type != JML_ARRAY || t->attributes->items[i]->type != JML_STRING)
            return jml_err_set(e, JML_ERR_BAD_INPUT,
                               "target '%s': attributes: a list of names is wanted", setup->name);
    t->waits = jml_value_find_bool(setup->settings, "wait", false);
    t->callback_timeout = JML_DAY;
    if (timeout) {
        if (jml_duration_parse(timeout, &d, e) < 0)
            return jml_err_prefix(e, "target '%s': callbackTimeout", setup->name);
        t->callback_timeout = d.days * JML_DAY + d.exact;
    }
    return 0;
}

static int webhook_open(const struct jml_target_setup *setup, struct jml_target **ret,
                        struct jml_err *e)
{
    struct jml_target *t = calloc(1, sizeof *t);

    if (!t)
        jml_bug("out of memory");
    if (jml_callout_init(&t->callout, setup, "url", NULL, e) < 0 ||
        settings_read(t, setup, e) < 0) {
        webhook_close(t);
        return -1;
    }
    *ret = t;
    return 0;
}

static void webhook_close(struct jml_target *t)
{
    jml_callout_fini(&t->callout);
    free(t);
}

static void webhook_start(struct jml_target *t, struct jml_operation *op)
{
    jml_callout_start(&t->callout, op, body_of(t, op), 0, answered, t);
}

static void webhook_cancel(struct jml_target *t, struct jml_operation *op)
{
    (void)t;
    jml_callout_cancel(op);
}

/* The same for every attempt, as long as the person stays the same. */
static const char *body_of(struct jml_target *t, struct jml_operation *op)
{
    struct jml_arena *a = op->arena;
    const struct jml_value *body = jml_value_object(), *attributes = jml_value_object();
    uint32_t n =
        t->attributes ? t->attributes->n : sizeof(usual_attributes) / sizeof(usual_attributes[0]);

    for (uint32_t i = 0; i < n; i++) {
        const char *name = t->attributes ? t->attributes->items[i]->text : usual_attributes[i];

        attributes =
            jml_callout_with(a, attributes, name, jml_value_find_path(op->attributes, name));
    }
    body = jml_callout_with_text(a, body, "id", jml_id_text(a, op->id));
    body = jml_callout_with_text(a, body, "action", jml_action_name(op->action));
    body = jml_callout_with_text(a, body, "createdAt", jml_time_format(a, op->created_at));
    body = jml_callout_with_text(a, body, "employeeId", op->employee_id);
    body = jml_callout_with_text(a, body, "personId", jml_id_text(a, op->person_id));
    body = jml_callout_with_text(a, body, "account", op->account);
    body = jml_value_with(a, body, "attributes", attributes);
    body = jml_value_with(a, body, "origin", op->origin);
    body = jml_value_with(a, body, "arguments", op->arguments);
    if (jml_id_is_set(op->assignment_id))
        body = jml_callout_with_text(a, body, "assignmentId", jml_id_text(a, op->assignment_id));
    if (jml_id_is_set(op->run_id))
        body = jml_callout_with_text(a, body, "runId", jml_id_text(a, op->run_id));
    for (uint32_t i = 0; i < op->context->n; i++)
        if (!jml_value_find(body, op->context->keys[i]))
            body = jml_value_with(a, body, op->context->keys[i], op->context->items[i]);
    if (t->waits)
        body = jml_callout_with_text(a, body, "callbackUriPath",
                                     jml_callout_path(&t->callout, op, "/deliveries"));
    return jml_value_text(a, body);
}

static void answered(void *userdata, struct jml_operation *op, const struct jml_http_answer *answer,
                     const struct jml_transfer *transfer)
{
    struct jml_target *t = userdata;

    if (answer->status == 202 && t->waits) {
        op->wait = t->callback_timeout;
        jml_operation_finish(op, JML_OUTCOME_WAITS, NULL);
        return;
    }
    op->ret_token = NULL;
    if (answer->outcome == JML_OUTCOME_DONE) {
        bool confirmed = !answer->is_too_large && answer_read(op, transfer);

        jml_operation_finish(op, confirmed ? JML_OUTCOME_CONFIRMED : JML_OUTCOME_DONE, NULL);
    } else {
        jml_operation_finish(op, answer->status == 409 ? JML_OUTCOME_LATER : answer->outcome, "%s",
                             answer->error);
    }
}

/* true: the target says that it looked. */
static bool answer_read(struct jml_operation *op, const struct jml_transfer *transfer)
{
    const struct jml_value *v;
    const char *account;
    struct jml_err e;
    size_t n;
    const char *text = jml_transfer_answer(transfer, &n);

    if (n == 0 || jml_value_parse(op->arena, text, n, 16, &v, &e) < 0)
        return false;
    account = jml_value_find_string(v, "account");
    if (account && account[0] && jml_str_printable(account) && jml_str_code_points(account) <= 1024)
        op->ret_account = account;
    return jml_value_find_bool(v, "confirmed", false);
}

const struct jml_target_kind jml_target_webhook = {
    .name = "webhook",
    .open = webhook_open,
    .close = webhook_close,
    .start = webhook_start,
    .cancel = webhook_cancel,
};

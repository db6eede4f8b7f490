/* SPDX-License-Identifier: MIT
 *
 * Extension: a custom task extension of lifecycle workflows; its settings are Graph's
 * customTaskExtension, with jmld's own beside: secretFile, bearerTokenFile, caFile, ... (http.h).
 *
 * Without callbackConfiguration it is launched, and done when that was accepted; with it, it is
 * waited for, 5 minutes to 3 hours (one by default), and fails when nobody calls back.
 * clientConfiguration bounds the call, and how often it is tried: after that the task fails.
 *
 * Idempotent as webhooks are.
 */
#include <stdlib.h>

#include "base/str.h"
#include "target/callout.h"
#include "target/kinds.h"

#define CALLBACK_PREFIX \
    "/identityGovernance/lifecycleWorkflows/workflows/%s/tasks/%s/taskProcessingResults"

struct jml_target {
    struct jml_arena arena;
    struct jml_callout callout;
    bool waits, gives_up;
    int64_t timeout; /* of the call-back, microseconds */
    int64_t milliseconds, retries;
};

static void extension_close(struct jml_target *t);
static const char *body_of(struct jml_target *t, struct jml_operation *op);
static void answered(void *userdata, struct jml_operation *op, const struct jml_http_answer *answer,
                     const struct jml_transfer *transfer);

static int wrong(const struct jml_target_setup *setup, const char *setting, const char *why,
                 struct jml_err *e)
{
    return jml_err_set(e, JML_ERR_BAD_INPUT, "extension '%s': %s: %s", setup->name, setting, why);
}

static int settings_read(struct jml_target *t, const struct jml_target_setup *setup,
                         struct jml_err *e)
{
    const struct jml_value *s = setup->settings, *client = jml_value_find(s, "clientConfiguration"),
                           *callback = jml_value_find(s, "callbackConfiguration"),
                           *authentication = jml_value_find(s, "authenticationConfiguration");
    const char *timeout = jml_value_find_string(callback, "timeoutDuration");
    struct jml_duration d = {.exact = JML_HOUR};

    if (authentication && authentication->type == JML_OBJECT &&
        !jml_value_find(s, "bearerTokenFile") && !jml_value_find(s, "secretFile"))
        return wrong(
            setup, "authenticationConfiguration",
            "jmld gets no tokens of Entra: give bearerTokenFile or secretFile, or leave it out", e);
    if (client && client->type == JML_OBJECT) {
        t->gives_up = jml_value_to_int(jml_value_find(client, "maximumRetries"), &t->retries);
        jml_value_to_int(jml_value_find(client, "timeoutInMilliseconds"), &t->milliseconds);
        if (t->retries < 0 || t->milliseconds < 0)
            return wrong(setup, "clientConfiguration", "numbers from 0 on are wanted", e);
    }
    t->waits = callback && callback->type == JML_OBJECT;
    if (timeout && jml_duration_parse(timeout, &d, e) < 0)
        return jml_err_prefix(e, "extension '%s': callbackConfiguration/timeoutDuration",
                              setup->name);
    t->timeout = d.days * JML_DAY + d.exact;
    if (t->timeout < 5 * JML_MINUTE || t->timeout > 3 * JML_HOUR)
        return wrong(setup, "callbackConfiguration/timeoutDuration", "PT5M to PT3H is possible", e);
    return 0;
}

/* httpRequestEndpoint has a targetUrl, a logic app a url; a file with it may be named instead. */
static int address_read(struct jml_target *t, const struct jml_target_setup *setup,
                        struct jml_err *e)
{
    struct jml_target_setup own = *setup;
    const struct jml_value *endpoint = jml_value_find(setup->settings, "endpointConfiguration");
    const struct jml_value *file = jml_value_find(endpoint, "urlFile");
    const char *url = jml_value_find_string(endpoint, "targetUrl");

    if (!url)
        url = jml_value_find_string(endpoint, "url");
    if (file)
        own.settings = jml_value_with(&t->arena, setup->settings, "urlFile", file);
    return jml_callout_init(&t->callout, &own, "endpointConfiguration/targetUrl", url, e);
}

static int extension_open(const struct jml_target_setup *setup, struct jml_target **ret,
                          struct jml_err *e)
{
    struct jml_target *t = calloc(1, sizeof *t);

    if (!t)
        jml_bug("out of memory");
    jml_arena_init(&t->arena);
    if (address_read(t, setup, e) < 0 || settings_read(t, setup, e) < 0) {
        extension_close(t);
        return -1;
    }
    *ret = t;
    return 0;
}

static void extension_close(struct jml_target *t)
{
    jml_callout_fini(&t->callout);
    jml_arena_fini(&t->arena);
    free(t);
}

static void extension_start(struct jml_target *t, struct jml_operation *op)
{
    jml_callout_start(&t->callout, op, body_of(t, op), t->milliseconds, answered, t);
}

static void extension_cancel(struct jml_target *t, struct jml_operation *op)
{
    (void)t;
    jml_callout_cancel(op);
}

/* ---- the body: Graph's names for what the context has ---- */

struct rename {
    const char *from, *to;
};

static const struct jml_value *renamed(struct jml_arena *a, const struct jml_value *from,
                                       const struct rename *names, size_t n)
{
    const struct jml_value *v = jml_value_object();

    for (size_t i = 0; i < n; i++)
        v = jml_callout_with(a, v, names[i].to, jml_value_find(from, names[i].from));
    return v;
}
#define RENAMED(a, from, names) renamed(a, from, names, sizeof(names) / sizeof((names)[0]))

static const struct jml_value *subject_of(struct jml_operation *op)
{
    static const struct rename person[] = {{"displayName", "displayName"},
                                           {"mail", "email"},
                                           {"userPrincipalName", "userPrincipalName"}};
    static const struct rename manager[] = {
        {"employeeId", "id"}, {"displayName", "displayName"}, {"mail", "email"}};
    struct jml_arena *a = op->arena;
    const struct jml_value *who = jml_value_find(op->context, "manager");
    const struct jml_value *subject = RENAMED(a, op->attributes, person);

    subject = jml_callout_with_text(a, subject, "id", jml_id_text(a, op->person_id));
    subject = jml_callout_with_text(a, subject, "employeeId", op->employee_id);
    return jml_callout_with(a, subject, "manager", who ? RENAMED(a, who, manager) : NULL);
}

static const char *segment(struct jml_arena *a, const struct jml_value *object)
{
    const struct jml_value *id = jml_value_find(object, "id");

    if (!id)
        return "-";
    return jml_http_escape(a, id->type == JML_STRING ? id->text : jml_value_text(a, id));
}

static const char *body_of(struct jml_target *t, struct jml_operation *op)
{
    static const struct rename workflow_names[] = {
        {"workflowId", "id"}, {"workflow", "displayName"}, {"workflowVersion", "workflowVersion"}};
    static const struct rename task_names[] = {
        {"taskPosition", "id"}, {"task", "displayName"}, {"taskDefinitionId", "taskDefinitionId"}};
    struct jml_arena *a = op->arena;
    const struct jml_value *workflow = RENAMED(a, op->context, workflow_names),
                           *task = RENAMED(a, op->context, task_names),
                           *result = jml_value_object(), *data = jml_value_object(),
                           *body = jml_value_object();

    if (t->waits)
        data = jml_callout_with_text(
            a, data, "callbackUriPath",
            jml_callout_path(
                &t->callout, op,
                jml_printf(a, CALLBACK_PREFIX, segment(a, workflow), segment(a, task))));
    result = jml_callout_with_text(a, result, "id", jml_id_text(a, op->id));
    result =
        jml_callout_with_text(a, result, "createdDateTime", jml_time_format(a, op->created_at));
    data = jml_value_with(a, data, "subject", subject_of(op));
    data = jml_value_with(a, data, "task", task);
    data = jml_value_with(a, data, "taskProcessingResult", result);
    data = jml_value_with(a, data, "workflow", workflow);
    body = jml_callout_with_text(a, body, "source", "jmld");
    body = jml_callout_with_text(a, body, "type", "lifecycleEvent");
    body = jml_value_with(a, body, "data", data);
    return jml_value_text(a, body);
}

static void answered(void *userdata, struct jml_operation *op, const struct jml_http_answer *answer,
                     const struct jml_transfer *transfer)
{
    struct jml_target *t = userdata;

    (void)transfer;
    if (answer->outcome == JML_OUTCOME_DONE && t->waits) {
        op->wait = t->timeout;
        jml_operation_finish(op, JML_OUTCOME_WAITS, NULL);
        return;
    }
    op->ret_token = NULL;
    if (answer->outcome == JML_OUTCOME_DONE)
        jml_operation_finish(op, JML_OUTCOME_DONE, NULL);
    else if (t->gives_up && op->attempt > t->retries)
        jml_operation_finish(op, JML_OUTCOME_FAILED, "%s", answer->error);
    else
        jml_operation_finish(op, answer->status == 409 ? JML_OUTCOME_LATER : answer->outcome, "%s",
                             answer->error);
}

const struct jml_target_kind jml_target_extension = {
    .name = "extension",
    .open = extension_open,
    .close = extension_close,
    .start = extension_start,
    .cancel = extension_cancel,
};

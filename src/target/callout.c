/* SPDX-License-Identifier: MIT
 *
 * Callout: see callout.h.
 */
#include "target/callout.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

struct call {
    struct jml_callout *callout;
    struct jml_operation *op;
    struct jml_transfer *transfer;
    jml_callout_done done;
    void *userdata;
};

static void answered(void *userdata, struct jml_transfer *t);
static void sign(const struct jml_callout *c, struct jml_operation *op, struct jml_transfer *t,
                 const char *body);
static const char *hmac(struct jml_arena *a, const char *secret, size_t n, const char *text);
static const char *hex(struct jml_arena *a, const unsigned char *bytes, size_t n);

int jml_callout_init(struct jml_callout *c, const struct jml_target_setup *setup,
                     const char *url_setting, const char *url, struct jml_err *e)
{
    c->secrets = NULL;
    if (jml_http_init(&c->http, setup, url_setting, url, e) < 0)
        return -1;
    if (jml_value_find(setup->settings, "secretFile")) {
        c->secrets = jml_secret_read(&c->http.arena, setup, "secretFile", e);
        if (!c->secrets)
            return -1;
    }
    return 0;
}

void jml_callout_fini(struct jml_callout *c)
{
    jml_http_fini(&c->http);
}

void jml_callout_start(struct jml_callout *c, struct jml_operation *op, const char *body,
                       int64_t milliseconds, jml_callout_done done, void *userdata)
{
    struct call *call = jml_new(op->arena, struct call);
    /* A little less than the flow's, so that the words about it are libcurl's. */
    int64_t deadline = op->deadline - op->deadline / 20;

    if (milliseconds > 0 && milliseconds * 1000 < deadline)
        deadline = milliseconds * 1000;
    *call = (struct call){.callout = c, .op = op, .done = done, .userdata = userdata};
    call->transfer = jml_http_request(&c->http, "POST", c->http.url, "application/json", body,
                                      JML_HTTP_ANSWER_MAX, deadline, answered, call);
    jml_transfer_add_header(call->transfer, "Accept", "application/json");
    jml_transfer_add_header(call->transfer, "Idempotency-Key", jml_id_text(op->arena, op->id));
    jml_transfer_add_header(call->transfer, "X-JML-Attempt",
                            jml_printf(op->arena, "%d", op->attempt));
    if (c->secrets)
        sign(c, op, call->transfer, body);
    op->call = call;
    jml_transfer_start(call->transfer);
}

void jml_callout_cancel(struct jml_operation *op)
{
    struct call *call = op->call;

    jml_transfer_free(call->transfer);
    op->call = NULL;
}

static void answered(void *userdata, struct jml_transfer *t)
{
    struct call *call = userdata;
    struct jml_operation *op = call->op;
    struct jml_http_answer answer;

    jml_http_judge(&call->callout->http, op->arena, t, &answer);
    op->retry_after = answer.retry_after;
    op->retry_all = answer.retry_all;
    call->transfer = NULL;
    call->done(call->userdata, op, &answer, t);
    jml_transfer_free(t);
}

/* Of now, so that what was overheard is of no use later. */
static void sign(const struct jml_callout *c, struct jml_operation *op, struct jml_transfer *t,
                 const char *body)
{
    const char *now = jml_printf(op->arena, "%lld", (long long)time(NULL));
    const char *text = jml_printf(op->arena, "%s.%s", now, body);
    struct jml_str s = JML_STR_INIT(op->arena);

    jml_str_addf(&s, "t=%s", now);
    for (const char *line = c->secrets; *line;) {
        size_t n = strcspn(line, "\r\n");

        if (n > 0)
            jml_str_addf(&s, ",v1=%s", hmac(op->arena, line, n, text));
        line += n + strspn(line + n, "\r\n");
    }
    jml_transfer_add_header(t, "X-JML-Timestamp", now);
    jml_transfer_add_header(t, "X-JML-Signature", jml_str_text(&s));
}

/* ---- the call-back ---- */

const char *jml_callout_path(struct jml_callout *c, struct jml_operation *op, const char *prefix)
{
    const char *id = jml_id_text(op->arena, op->id);
    unsigned char bytes[32];
    const char *token;

    if (c->secrets) {
        /* An answer may be lost, and the call-back then brings what the first attempt said. */
        token = hmac(op->arena, c->secrets, strcspn(c->secrets, "\r\n"),
                     jml_printf(op->arena, "call-back.%s", id));
    } else {
        if (RAND_bytes(bytes, sizeof bytes) != 1)
            jml_bug("no random bytes");
        token = hex(op->arena, bytes, sizeof bytes);
    }
    op->ret_token = jml_callout_digest(op->arena, token);
    return jml_printf(op->arena, "%s/%s/resume/%s", prefix, id, token);
}

const char *jml_callout_digest(struct jml_arena *a, const char *token)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)token, strlen(token), digest);
    return hex(a, digest, sizeof digest);
}

static const char *hmac(struct jml_arena *a, const char *secret, size_t n, const char *text)
{
    unsigned char mac[SHA256_DIGEST_LENGTH];

    if (!HMAC(EVP_sha256(), secret, (int)n, (const unsigned char *)text, strlen(text), mac, NULL))
        jml_bug("HMAC failed");
    return hex(a, mac, sizeof mac);
}

static const char *hex(struct jml_arena *a, const unsigned char *bytes, size_t n)
{
    struct jml_str s = JML_STR_INIT(a);

    for (size_t i = 0; i < n; i++)
        jml_str_addf(&s, "%02x", bytes[i]);
    return jml_str_text(&s);
}

/* ---- bodies ---- */

const struct jml_value *jml_callout_with(struct jml_arena *a, const struct jml_value *object,
                                         const char *key, const struct jml_value *v)
{
    return v && v->type != JML_NULL ? jml_value_with(a, object, key, v) : object;
}

const struct jml_value *jml_callout_with_text(struct jml_arena *a, const struct jml_value *object,
                                              const char *key, const char *text)
{
    return text ? jml_value_with(a, object, key, jml_value_string(a, text)) : object;
}

/* SPDX-License-Identifier: MIT
 *
 * Scim: one request and its answer.
 */
#include <string.h>

#include "base/str.h"
#include "loop/loop.h"
#include "target/scim.h"

static void answered(void *userdata, struct jml_transfer *t);

void jml_scim_ask(struct jml_scim_call *c, const char *method, const char *path,
                  const struct jml_value *body, size_t answer_max, jml_scim_then then)
{
    struct jml_http *http = &c->target->http;
    const char *text = body ? jml_value_text(c->arena, body) : NULL;
    int64_t left = c->until - jml_loop_now();

    c->then = then;
    c->transfer = jml_http_request(http, method, jml_printf(c->arena, "%s%s", http->url, path),
                                   "application/scim+json", text, answer_max,
                                   left > 1000 ? left : 1000, answered, c);
    jml_transfer_add_header(c->transfer, "Accept", "application/scim+json, application/json");
    if (c->etag)
        jml_transfer_add_header(c->transfer, "If-Match", c->etag);
    c->etag = NULL;
    jml_transfer_start(c->transfer);
}

/* A SCIM error says in detail what is wrong. */
static const char *detail_of(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    const char *detail = jml_value_find_string(a->body, "detail");
    const char *type = jml_value_find_string(a->body, "scimType");

    if (!detail)
        return a->http.error;
    detail = jml_http_excerpt(c->arena, detail, strlen(detail));
    return jml_printf(c->arena, "http_%ld: %s%s%s", a->http.status,
                      type ? jml_http_excerpt(c->arena, type, strlen(type)) : "", type ? ": " : "",
                      detail);
}

static void answered(void *userdata, struct jml_transfer *t)
{
    struct jml_scim_call *c = userdata;
    struct jml_scim_answer a = {0};
    struct jml_err e;
    const char *text, *etag;
    size_t n;

    jml_http_judge(&c->target->http, c->arena, t, &a.http);
    text = jml_transfer_answer(t, &n);
    if (a.http.status > 0 && !a.http.is_too_large && n > 0 &&
        jml_value_parse(c->arena, text, n, 32, &a.body, &e) < 0)
        a.body = NULL;
    etag = jml_transfer_header(t, "ETag");
    a.etag = etag ? jml_strdup(c->arena, etag)
                  : jml_value_find_string(jml_value_find(a.body, "meta"), "version");
    if (a.http.outcome != JML_OUTCOME_DONE && a.http.status != 401)
        a.http.error = detail_of(c, &a);
    if (c->op) {
        c->op->retry_after = a.http.retry_after;
        c->op->retry_all = a.http.retry_all;
    }
    c->transfer = NULL;
    jml_transfer_free(t);
    c->then(c, &a);
}

bool jml_scim_passed(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    if (a->http.outcome == JML_OUTCOME_DONE)
        return true;
    jml_scim_finish(c, a->http.outcome, "%s", a->http.error);
    return false;
}

bool jml_scim_passed_with_body(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    if (!jml_scim_passed(c, a))
        return false;
    if (a->http.is_too_large)
        jml_scim_finish(c, JML_OUTCOME_FAILED,
                        "too_large: the target answers with more than can be taken in");
    else if (!a->body || a->body->type != JML_OBJECT) /* a page of a proxy, a login */
        jml_scim_finish(c, JML_OUTCOME_UNREACHABLE, "not_scim: the target answers %ld without JSON",
                        a->http.status);
    else
        return true;
    return false;
}

void jml_scim_finish(struct jml_scim_call *c, enum jml_outcome outcome, const char *error, ...)
{
    const char *words = NULL;
    va_list ap;

    if (error) {
        va_start(ap, error);
        words = jml_vprintf(c->arena, error, ap);
        va_end(ap);
    }
    if (c->listing) {
        jml_listing_finish(c->listing,
                           outcome == JML_OUTCOME_CONFIRMED ? JML_OUTCOME_DONE : outcome,
                           words ? "%s" : NULL, words);
        return;
    }
    if (c->user)
        c->op->ret_account = c->user;
    if (outcome == JML_OUTCOME_DONE || outcome == JML_OUTCOME_CONFIRMED)
        c->op->retry_after = 0;
    jml_operation_finish(c->op, outcome, words ? "%s" : NULL, words);
}

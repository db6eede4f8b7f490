/* SPDX-License-Identifier: MIT
 *
 * Callout: a signed JSON POST about one operation, of the kinds webhook and extension.
 *
 * Headers: Idempotency-Key, the id of the delivery, which stays the same however often it is tried;
 * X-JML-Attempt; and with secretFile X-JML-Timestamp and X-JML-Signature: t=TIMESTAMP,v1=HEX, which
 * is HMAC-SHA256(secret, TIMESTAMP "." BODY). A file of two secrets, a line each, gives two v1=, so
 * that a secret can be changed without a gap.
 *
 * Idempotent by that key: whoever is called must do a key once, and answer as the first time.
 */
#ifndef JML_TARGET_CALLOUT_H
#define JML_TARGET_CALLOUT_H

#include "target/http.h"

struct jml_callout {
    struct jml_http http;
    const char *secrets; /* lines; NULL: not signed */
};

/* As jml_http_init(). */
int jml_callout_init(struct jml_callout *c, const struct jml_target_setup *setup,
                     const char *url_setting, const char *url, struct jml_err *e);
void jml_callout_fini(struct jml_callout *c);

/* answer->error may be changed; transfer is freed afterwards. */
typedef void (*jml_callout_done)(void *userdata, struct jml_operation *op,
                                 const struct jml_http_answer *answer,
                                 const struct jml_transfer *transfer);
/* body is JSON text; milliseconds: at most so many (0: as the operation has). op->call is taken. */
void jml_callout_start(struct jml_callout *c, struct jml_operation *op, const char *body,
                       int64_t milliseconds, jml_callout_done done, void *userdata);
void jml_callout_cancel(struct jml_operation *op);

/* Where the call-back goes: PREFIX/deliveryId/resume/TOKEN; op->ret_token gets the token's digest.
 * With a secret the token is the same for every attempt; else it is random. */
const char *jml_callout_path(struct jml_callout *c, struct jml_operation *op, const char *prefix);

/* What is kept of a token: hex SHA-256. */
const char *jml_callout_digest(struct jml_arena *a, const char *token);

/* {"id": "...", ...}: members that are NULL or null are left out. */
const struct jml_value *jml_callout_with(struct jml_arena *a, const struct jml_value *object,
                                         const char *key, const struct jml_value *v);
const struct jml_value *jml_callout_with_text(struct jml_arena *a, const struct jml_value *object,
                                              const char *key, const char *text);

#endif

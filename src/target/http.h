/* SPDX-License-Identifier: MIT
 *
 * Http: what kinds that speak HTTP share: where to, with which secrets, and what an answer means.
 *
 * Settings: url or urlFile; bearerTokenFile; caFile (the only authorities that are trusted then);
 * clientCertificateFile with clientKeyFile; headers (an object); allowHttp (http is taken for
 * loopback only, else). jmld-targets(5) says more.
 *
 * Errors of answers begin with a stable code and a colon: "http_422: ...", "unreachable: ...". What
 * stands behind may be the target's words.
 */
#ifndef JML_TARGET_HTTP_H
#define JML_TARGET_HTTP_H

#include "loop/transfer.h"
#include "target/target.h"

enum { JML_HTTP_ANSWER_MAX = 65536 };

struct jml_http {
    struct jml_arena arena; /* of what stands here */
    struct jml_target_setup setup;
    const char *url; /* without the slash at its end */
    const char *token;
    bool token_is_stale; /* the target refused it: the file may have a new one */
    const char *ca, *certificate, *key;
    const struct jml_value *headers;
    bool allow_http;
};

/* url_setting, for messages, is where the settings have the address; url NULL: as "url" or
 * "urlFile" say. < 0: BAD_INPUT. jml_http_fini() also then. */
int jml_http_init(struct jml_http *h, const struct jml_target_setup *setup, const char *url_setting,
                  const char *url, struct jml_err *e);
void jml_http_fini(struct jml_http *h);

/* A request that is not started yet: headers, secrets and body (NULL: none; content_type is for it)
 * are set. url is whole. done gets the transfer in hand. */
struct jml_transfer *jml_http_request(struct jml_http *h, const char *method, const char *url,
                                      const char *content_type, const char *body, size_t answer_max,
                                      int64_t deadline, jml_transfer_done done, void *userdata);

struct jml_http_answer {
    enum jml_outcome outcome; /* DONE: 2xx */
    long status;              /* 0: there was none */
    bool is_too_large;        /* the body was cut off, and is not to be used */
    const char *error;        /* in the arena; NULL: DONE */
    int64_t retry_after;      /* microseconds; 0: not said */
    bool retry_all;           /* that is about whatever we ask */
};
/* 2xx DONE; 408, 425, 429 and 5xx LATER, but 502 and 504 UNREACHABLE, as is what never became an
 * answer, and 401, because then nothing goes; anything else FAILED. */
void jml_http_judge(struct jml_http *h, struct jml_arena *a, struct jml_transfer *t,
                    struct jml_http_answer *ret);

/* One line of at most 200 characters of what somebody else said; "" for nothing printable. */
const char *jml_http_excerpt(struct jml_arena *a, const char *text, size_t length);
/* Percent-encodes all but unreserved characters (RFC 3986). */
const char *jml_http_escape(struct jml_arena *a, const char *text);

#endif

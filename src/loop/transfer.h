/* SPDX-License-Identifier: MIT
 *
 * Transfer: libcurl in the event loop. Whoever wants one makes a transfer, sets what else it needs on
 * its easy handle, and starts it; done is called once, from the loop, never from within start.
 *
 * Secure by default: certificates and host names are verified (TLS 1.2 or newer), redirects are not
 * followed, only the protocols that were asked for are spoken, an answer above a limit is an error,
 * the environment names no proxy, no file no password. No signals; sockets are closed on exec. Nobody
 * may weaken that by the easy handle.
 *
 * Connections that are not in use are kept for the next transfer to the same place with the same
 * certificates: at most 128, not longer than five minutes.
 *
 * Only src/loop, src/target and src/mail use libcurl.
 */
#ifndef JML_LOOP_TRANSFER_H
#define JML_LOOP_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jml_loop;
struct jml_transfers;
struct jml_transfer;

struct jml_transfers *jml_transfers_new(struct jml_loop *loop);
/* Cancels what is under way; their owners still free them. Not from done. NULL is fine; returns NULL. */
struct jml_transfers *jml_transfers_free(struct jml_transfers *t);

/* jml_transfer_free(t) is the usual end of it. */
typedef void (*jml_transfer_done)(void *userdata, struct jml_transfer *t);

/* protocols: "https", "http,https", "smtp,smtps". The answer is kept up to answer_max bytes; more is
 * CURLE_FILESIZE_EXCEEDED. deadline: microseconds from start to done, connecting included; 10 s at most are
 * given to that. */
struct jml_transfer *jml_transfer_new(struct jml_transfers *all, const char *protocols, size_t answer_max,
                                      int64_t deadline, jml_transfer_done done, void *userdata);
CURL *jml_transfer_easy(struct jml_transfer *t);
/* Adds a line to the request: "Name: value". A value with a control character is left out; returns false. */
bool jml_transfer_add_header(struct jml_transfer *t, const char *name, const char *value);
/* What is sent: HTTP's body, or SMTP's message. It is copied. */
void jml_transfer_set_body(struct jml_transfer *t, const void *body, size_t length);
/* HTTP's GET, POST, ...; after the body, if there is one. */
void jml_transfer_set_method(struct jml_transfer *t, const char *method);
void jml_transfer_start(struct jml_transfer *t);
/* Also from done, also while it is under way: then done is not called. NULL is fine; returns NULL. */
struct jml_transfer *jml_transfer_free(struct jml_transfer *t);

/* In done: */
CURLcode jml_transfer_result(const struct jml_transfer *t);
/* What libcurl says went wrong, one line, without secrets; "" when all went well (an HTTP status is no
 * error here). */
const char *jml_transfer_error(const struct jml_transfer *t);
/* HTTP status, or the SMTP reply code; 0: there was none. */
long jml_transfer_status(const struct jml_transfer *t);
/* The body; a zero byte stands behind it. */
const char *jml_transfer_answer(const struct jml_transfer *t, size_t *ret_length);
/* Of the last answer; NULL: no such header. Name without regard to case. */
const char *jml_transfer_header(const struct jml_transfer *t, const char *name);

#endif

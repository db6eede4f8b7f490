/* SPDX-License-Identifier: MIT
 *
 * Transfer: libcurl in the event loop. Whoever wants one makes an easy handle with all its options and
 * hands it over; done is called once, from the loop, with the handle back in hand.
 *
 * Secure by default: certificates and host names are verified, redirects are not followed, only the
 * protocols that were asked for, answers above a limit are an error. Only src/loop, src/target and src/mail use libcurl.
 */
#ifndef JML_LOOP_TRANSFER_H
#define JML_LOOP_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

struct jml_loop;
struct jml_transfers;
struct jml_transfer;

struct jml_transfers *jml_transfers_new(struct jml_loop *loop);
/* Cancels what is under way. NULL is fine; returns NULL. */
struct jml_transfers *jml_transfers_free(struct jml_transfers *t);

typedef void (*jml_transfer_done)(void *userdata, struct jml_transfer *t);

/* A handle with the defaults above and protocols ("https", "http,https", "smtp,smtps") set, whose answer is kept
 * up to answer_max bytes. deadline in microseconds. */
struct jml_transfer *jml_transfer_new(struct jml_transfers *all, const char *protocols, size_t answer_max,
                                      int64_t deadline, jml_transfer_done done, void *userdata);
CURL *jml_transfer_easy(struct jml_transfer *t);
void jml_transfer_start(struct jml_transfer *t);
/* Also from done, also while it is under way: then done is not called. */
struct jml_transfer *jml_transfer_free(struct jml_transfer *t);

/* In done: */
CURLcode jml_transfer_result(const struct jml_transfer *t);
/* What libcurl says went wrong, without secrets; "" when all went well. */
const char *jml_transfer_error(const struct jml_transfer *t);
/* HTTP status, or the SMTP reply code; 0: there was none. */
long jml_transfer_status(const struct jml_transfer *t);
/* The body; a zero byte stands behind it. */
const char *jml_transfer_answer(const struct jml_transfer *t, size_t *ret_length);
/* Of the last answer; NULL: no such header. Name without regard to case. */
const char *jml_transfer_header(const struct jml_transfer *t, const char *name);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Callback: where who was called says that it is done: POST to the callbackUriPath that the call
 * brought, with Graph's body {"data": {"operationStatus": "Completed" or "Failed", "reason":
 * "..."}}.
 *
 *     204 taken                        403 the token is not the one of this delivery
 *     400 the body is not this         404 no such delivery, or no such path
 *     409 it does not wait (any more)  503 not yet: come again (Retry-After)
 *
 * Whoever knows the path may call once; of the token only a digest is known here. The token was
 * made of 256 random bits, and digests are compared: how long that takes tells nothing. A call-back
 * that comes before its call is written waits here for that, up to five seconds; so it does when the
 * call is under way at another daemon, or was at one that died.
 */
#ifndef JML_DAEMON_CALLBACK_H
#define JML_DAEMON_CALLBACK_H

#include <stdbool.h>

#include "base/err.h"
#include "base/id.h"
#include "flow/deliveries.h"

struct jml_loop;
struct jml_callback;

/* As jml_deliveries_called_back(). digest: hex SHA-256 of the token; words: why it failed, or NULL. Answers once, now or later. */
typedef void (*jml_callback_take)(void *userdata, struct jml_id delivery, const char *digest,
                                  bool completed, const char *words, jml_called_back_done done,
                                  void *done_userdata);

/* address as in loop/server.h. < 0: BAD_INPUT. */
int jml_callback_new(struct jml_loop *loop, const char *address, jml_callback_take take,
                     void *userdata, struct jml_callback **ret_callback, struct jml_err *e);
/* Nobody is answered any more; take has to have answered before, or never will. */
struct jml_callback *jml_callback_free(struct jml_callback *c);
int jml_callback_port(const struct jml_callback *c);

#endif

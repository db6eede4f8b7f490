/* SPDX-License-Identifier: MIT
 *
 * Server: a small HTTP/1.1 server on a loopback address or a unix socket, for what others have to
 * tell us. No TLS and no other address: a reverse proxy stands before it. POST only; a body of at
 * most 64 kB, 16 kB of headers, one a connection, 64 connections: who comes while there are as many is
 * hung up on at once, and so is who has not sent the whole request 10 s after the connection was
 * accepted, however busily. When there is no descriptor left, nobody is accepted for a second.
 *
 * A request may be answered later; who asked may be gone by then, which nobody notices.
 */
#ifndef JML_LOOP_SERVER_H
#define JML_LOOP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct jml_loop;
struct jml_server;
struct jml_server_request;

/* Answers the request, now or later; the server owns it until then. */
typedef void (*jml_server_handler)(void *userdata, struct jml_server_request *r);

/* Whether it can be listened at: "127.0.0.1:8070", "[::1]:8070", "localhost:8070" or
 * "/run/jmld/callback". */
bool jml_server_address_valid(const char *address);
/* A socket that is left of an earlier run is replaced; it is open to its group. < 0: BAD_INPUT, the
 * address is none or taken. */
int jml_server_new(struct jml_loop *loop, const char *address, jml_server_handler handler,
                   void *userdata, struct jml_server **ret_server, struct jml_err *e);
/* Requests in hand are dropped: their handler must not answer them any more. NULL is fine; returns
 * NULL. */
struct jml_server *jml_server_free(struct jml_server *s);
/* The port, if it was given as 0. */
int jml_server_port(const struct jml_server *s);

const char *jml_server_path(const struct jml_server_request *r); /* without the query */
/* A zero byte stands behind it. */
const char *jml_server_body(const struct jml_server_request *r, size_t *ret_length);
/* text: one line of words, NULL for none; retry_after: seconds, 0: not said. */
void jml_server_answer(struct jml_server_request *r, int status, const char *text, int retry_after);

#endif

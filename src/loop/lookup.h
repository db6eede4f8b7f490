/* SPDX-License-Identifier: MIT
 *
 * Lookup: the addresses of a host, asked for without waiting (a name server that is away takes many
 * seconds to be noticed, and nothing else may stand still for that).
 */
#ifndef JML_LOOP_LOOKUP_H
#define JML_LOOP_LOOKUP_H

#include <stddef.h>

struct jml_loop;
struct jml_lookup;

typedef void (*jml_lookup_done)(void *userdata, struct jml_lookup *l);

/* done is called once, from the loop. */
struct jml_lookup *jml_lookup_start(struct jml_loop *loop, const char *host, jml_lookup_done done,
                                    void *userdata);
/* Also from done; while it is under way done is not called any more. NULL is fine; returns NULL. */
struct jml_lookup *jml_lookup_free(struct jml_lookup *l);

/* In done: NULL, or why there is no address. */
const char *jml_lookup_error(const struct jml_lookup *l);
/* Numeric, in the order to be tried; NULL: there are no more. */
const char *jml_lookup_address(const struct jml_lookup *l, size_t i);

#endif

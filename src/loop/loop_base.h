/* SPDX-License-Identifier: MIT
 *
 * Loop base: what other files of this folder need of libevent's.
 */
#ifndef JML_LOOP_LOOP_BASE_H
#define JML_LOOP_LOOP_BASE_H

#include <event2/event.h>

struct jml_loop;

struct event_base *jml_loop_base(struct jml_loop *l);

#endif

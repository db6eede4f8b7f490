/* SPDX-License-Identifier: MIT
 *
 * Id: the 128-bit key of an object, and the source of new ones (UUID version 7, RFC 9562).
 *
 * A source is a value: seeded with the same bytes and asked with the same instants it gives the
 * same ids, so that the core stays pure and tests repeat themselves.
 */
#ifndef JML_BASE_ID_H
#define JML_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/civil.h"

struct jml_id {
    uint8_t bytes[16];
};

struct jml_id_source {
    uint64_t state[2];  /* xoroshiro-like generator */
    uint64_t last_ms;   /* ids of one source rise strictly */
    uint16_t counter;   /* the 12 bits behind the milliseconds */
};

extern const struct jml_id jml_id_none; /* all zero: "no id" */

bool jml_id_is_set(struct jml_id id);
bool jml_id_equal(struct jml_id a, struct jml_id b);
int jml_id_compare(struct jml_id a, struct jml_id b);
uint64_t jml_id_hash(struct jml_id id);
bool jml_id_parse(const char *text, struct jml_id *ret); /* with dashes, either case */
void jml_id_format(struct jml_id id, char ret_text[37]);
const char *jml_id_text(struct jml_arena *a, struct jml_id id);

void jml_id_source_init(struct jml_id_source *s, uint64_t seed);
void jml_id_source_init_random(struct jml_id_source *s); /* getrandom(2); aborts when it fails */
/* A new id with the time part of now. */
struct jml_id jml_id_next(struct jml_id_source *s, jml_time now);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Value: a JSON value (RFC 8259), immutable, in an arena.
 *
 * json-c tokenises; the tree is copied into the arena, so that nobody has to count references and
 * the core can share subtrees freely. Objects keep the order of their members; of members with the
 * same name the last one counts. Numbers keep their source text.
 */
#ifndef JML_BASE_VALUE_H
#define JML_BASE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum jml_value_type {
    JML_NULL,
    JML_BOOL,
    JML_NUMBER,
    JML_STRING,
    JML_ARRAY,
    JML_OBJECT,
};

/* 32 bytes: a batch has tens of thousands. */
struct jml_value {
    enum jml_value_type type : 8;
    bool boolean;                          /* BOOL */
    uint32_t n;                            /* ARRAY, OBJECT: how many */
    const char *text;                      /* STRING (UTF-8), NUMBER (as written) */
    const struct jml_value *const *items;  /* ARRAY, OBJECT: the values */
    const char *const *keys;               /* OBJECT */
};

/* Parses exactly one value. max_depth counts nested arrays and objects. < 0: BAD_INPUT, the
 * message says where ("line 3, column 7: ..."). */
int jml_value_parse(struct jml_arena *a, const char *text, size_t length, int max_depth,
                    const struct jml_value **ret_value, struct jml_err *e);

/* Makers. Strings are copied. */
const struct jml_value *jml_value_null(void);
const struct jml_value *jml_value_bool(bool b);
const struct jml_value *jml_value_string(struct jml_arena *a, const char *s);
const struct jml_value *jml_value_int(struct jml_arena *a, int64_t n);
const struct jml_value *jml_value_object(void); /* {} */
const struct jml_value *jml_value_array(void);  /* [] */
/* Copies of container with one member set or one item appended (container is not changed). */
const struct jml_value *jml_value_with(struct jml_arena *a, const struct jml_value *object,
                                       const char *key, const struct jml_value *v);
const struct jml_value *jml_value_append(struct jml_arena *a, const struct jml_value *array,
                                         const struct jml_value *v);

/* Member of an object; NULL when absent or when v is no object (v may be NULL). */
const struct jml_value *jml_value_find(const struct jml_value *v, const char *key);
/* Same along "a/b/c". */
const struct jml_value *jml_value_find_path(const struct jml_value *v, const char *path);
/* Member that is a string / a bool; NULL / fallback when absent or of another type. */
const char *jml_value_find_string(const struct jml_value *v, const char *key);
bool jml_value_find_bool(const struct jml_value *v, const char *key, bool fallback);
/* true and *ret when v is a NUMBER with an integral value that fits. */
bool jml_value_to_int(const struct jml_value *v, int64_t *ret);

/* Deep equality; objects without regard to the order of members, numbers by value. NULL == NULL. */
bool jml_value_equal(const struct jml_value *a, const struct jml_value *b);

/* RFC 7396. patch that is no object replaces target. target may be NULL. */
const struct jml_value *jml_value_merge(struct jml_arena *a, const struct jml_value *target,
                                        const struct jml_value *patch);

/* Deep copy into another arena. */
const struct jml_value *jml_value_copy(struct jml_arena *a, const struct jml_value *v);

/* Compact JSON text. NULL gives "null". */
void jml_value_format(struct jml_str *s, const struct jml_value *v);
const char *jml_value_text(struct jml_arena *a, const struct jml_value *v);
/* Adds a quoted, escaped JSON string. */
void jml_value_format_string(struct jml_str *s, const char *text);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Scim: what the files of this kind share. A call is a chain of requests: jml_scim_ask() sends one
 * and names who goes on with the answer; every chain ends with jml_scim_finish(), once.
 *
 *     scim.c        settings, the actions as chains
 *     scim_call.c   one request and its answer
 *     scim_user.c   accounts: found, made, changed
 *     scim_group.c  groups: found, members added and removed
 *     scim_member.c who is a member, and of what
 *     scim_text.c   templates, filters, paths of attributes: pure
 *
 * An account is called by its SCIM id: names change.
 */
#ifndef JML_TARGET_SCIM_H
#define JML_TARGET_SCIM_H

#include "target/http.h"

enum {
    JML_SCIM_ANSWER_MAX = 1 << 20, /* of what is about one thing */
    JML_SCIM_GROUP_MAX = 16 << 20, /* of a group with its members */
};

/* A group that was found by its name, for ten minutes. */
struct jml_scim_group {
    char *name, *id;
    int64_t until; /* monotonic */
};

struct jml_target {
    struct jml_http http;
    const char *user_filter;
    const struct jml_value *user_attributes; /* template; NULL: accounts are not made */
    const struct jml_value *mapping;         /* attribute -> path; NULL: the usual ones */
    /* how this server deviates */
    bool removes_by_value, puts_groups, needs_no_etag, capital_ops, booleans_as_strings, pathless,
        reads_members, lists_by_users;
    int64_t page;
    /* Whether `id eq "g" and members.value eq "u"` is understood: it refused a member that cannot
     * be, it found one that was there; or it does neither. */
    bool filter_refutes, filter_finds, filter_fails;
    struct jml_scim_group *groups;
    size_t n_groups;
};

struct jml_scim_answer {
    struct jml_http_answer http;
    const struct jml_value *body; /* NULL: none, or not JSON */
    const char *etag;             /* of the header or meta.version; NULL: none */
};

struct jml_scim_call;
typedef void (*jml_scim_then)(struct jml_scim_call *c, const struct jml_scim_answer *a);
typedef void (*jml_scim_next)(struct jml_scim_call *c);

struct jml_scim_call {
    struct jml_target *target;
    struct jml_operation *op; /* or */
    struct jml_listing *listing;
    struct jml_arena *arena;
    const struct jml_value *origin;
    struct jml_transfer *transfer;
    jml_scim_then then;
    int64_t until; /* monotonic */

    const char *user;  /* id; NULL: there is none */
    const char *group; /* id */
    bool group_was_cached, adds, all_read;
    int is_member; /* as read back: 1, 0; -1: could not be read */
    int tries;
    const char *etag,
        *said; /* said: why the target did not do it, until it is known whether it is so anyway */
    enum jml_outcome said_outcome;
    const char *failure; /* of one of many groups */
    enum jml_outcome failure_outcome;
    jml_scim_next next, after;  /* of finding a user, of finding or reading a group */
    JML_VEC(const char *) todo; /* groups */
    size_t done;
    int64_t start_index;
};

/* ---- scim_call.c ---- */

/* path begins with a slash; body NULL: none. */
void jml_scim_ask(struct jml_scim_call *c, const char *method, const char *path,
                  const struct jml_value *body, size_t answer_max, jml_scim_then then);
/* false: the answer was none of success, and the chain has ended with it. */
bool jml_scim_passed(struct jml_scim_call *c, const struct jml_scim_answer *a);
/* The same, and there must be a body. */
bool jml_scim_passed_with_body(struct jml_scim_call *c, const struct jml_scim_answer *a);
void jml_scim_finish(struct jml_scim_call *c, enum jml_outcome outcome, const char *error, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- scim_user.c ---- */

/* c->user is set, or NULL when there is no such account. */
void jml_scim_user_find(struct jml_scim_call *c, jml_scim_next next);
/* The same, but one is made when there is none and userAttributes says how; else the chain ends. */
void jml_scim_user_find_or_make(struct jml_scim_call *c, jml_scim_next next);
void jml_scim_user_set_active(struct jml_scim_call *c, bool active);
void jml_scim_user_delete(struct jml_scim_call *c);
void jml_scim_user_update(struct jml_scim_call *c);
void jml_scim_user_set_password(struct jml_scim_call *c);

/* ---- scim_group.c, scim_member.c ---- */

/* c->group is set; else the chain ends. */
void jml_scim_group_find(struct jml_scim_call *c, jml_scim_next next);
/* Adds or removes (c->adds) the user, reads back, and ends the chain. */
void jml_scim_group_change(struct jml_scim_call *c);
/* Removes the user from all groups, and ends the chain. */
void jml_scim_group_leave_all(struct jml_scim_call *c);
/* Ends the chain of a listing. */
void jml_scim_group_list(struct jml_scim_call *c);

/* ---- scim_text.c ---- */

/* A value within the quotes of a filter. */
const char *jml_scim_quote(struct jml_arena *a, const char *value);
/* Whether a resource is what `attribute eq "value"` asked for, as far as can be seen: servers that
 * do not know filters answer with whatever they have. */
bool jml_scim_fits(struct jml_arena *a, const struct jml_value *resource, const char *filter);
/* The template with the person's values; what has a value missing is left out. NULL: nothing is
 * left. */
const struct jml_value *jml_scim_fill(const struct jml_operation *op,
                                      const struct jml_value *template);
/* The value at a path: "a", "a.b", "urn:...:a", "a[type eq \"work\"].b"; NULL: none. */
const struct jml_value *jml_scim_find(struct jml_arena *a, const struct jml_value *resource,
                                      const char *path);
/* {"schemas": [PatchOp], "Operations": [...]} */
const struct jml_value *jml_scim_patch(struct jml_arena *a, const struct jml_value *operations);
/* value NULL: none; path NULL: none */
const struct jml_value *jml_scim_operation(const struct jml_target *t, struct jml_arena *a,
                                           const char *op, const char *path,
                                           const struct jml_value *value);
const struct jml_value *jml_scim_bool(const struct jml_target *t, struct jml_arena *a, bool b);
/* Also "True" and "False". */
bool jml_scim_is_bool(const struct jml_value *v, bool b);

#endif

/* SPDX-License-Identifier: MIT
 *
 * LDAP: what the files of this kind share. ldap.c has the table and says what result codes mean;
 * ldap_settings.c reads the settings; ldap_dn.c has names and what must not be read as more than a
 * value; ldap_connect.c connects, in a thread; ldap_line.c sends requests over what is connected;
 * ldap_account.c and ldap_group.c do the work, step by step.
 *
 * A call is one operation or listing under way: a chain of requests, each of which names the
 * function that goes on with the answer. It lives in the arena of its operation, and nobody touches
 * it after jml_ldap_call_finish() or jml_ldap_call_fail(). Every step may finish the call, also at
 * once.
 */
#ifndef JML_TARGET_LDAP_H
#define JML_TARGET_LDAP_H

#include <ldap.h>

#include "target/target.h"

enum { JML_LDAP_LINES_MAX = 16 };

/* How an account is disabled. */
struct jml_ldap_disable {
    const char *attribute; /* NULL: by no attribute */
    const char *value;     /* of a disabled account */
    const char *restore;   /* of one that is not; NULL: it has none */
    int64_t bit;           /* != 0: of a number, in place of values (userAccountControl) */
    const char *base;      /* disabled accounts move below it; NULL: they stay */
};

struct jml_ldap_settings {
    bool is_ad;
    /* connection */
    const char *uri;
    bool start_tls, is_external, is_private; /* private: TLS or a local socket */
    const char *ca_file, *certificate_file, *key_file, *bind_dn;
    char *password;
    int64_t connect_timeout;
    int n_lines, page_size;
    /* accounts */
    const char *people_base, *account_filter, *account_dn, *uid_attribute;
    const struct jml_value *account_attributes; /* NULL: none are made */
    const struct jml_value *attribute_names;
    bool follows_account_dn;
    struct jml_ldap_disable disable;
    /* groups */
    const char *group_base, *group_name_attribute, *member_attribute, *placeholder_member;
    bool member_is_uid, lists_by_member_of, is_permissive;
};

/* < 0: BAD_INPUT. Strings are the settings' or of the arena. */
int jml_ldap_settings_read(struct jml_arena *a, const struct jml_target_setup *setup,
                           struct jml_ldap_settings *ret, struct jml_err *e);
/* What the attribute of a person is called, NULL: nothing is known of it, "": it is not kept there.
 */
const char *jml_ldap_settings_attribute(const struct jml_ldap_settings *s, const char *name);

/* ---- names (ldap_dn.c) ---- */

/* RFC 4515: stands for itself within a filter. */
const char *jml_ldap_filter_escape(struct jml_arena *a, const char *value);
/* Whether libldap would send it. */
bool jml_ldap_filter_is_valid(const char *filter);
/* RFC 4514: stands for itself as a value within a DN. */
const char *jml_ldap_dn_escape(struct jml_arena *a, const char *value);
bool jml_ldap_dn_is_valid(const char *dn);
/* One text for all that name the same entry: small letters, single blanks, no superfluous escapes,
 * sorted within an RDN. What is no DN comes back in small letters. */
const char *jml_ldap_dn_normalise(struct jml_arena *a, const char *dn);
bool jml_ldap_dn_equal(struct jml_arena *a, const char *x, const char *y);
bool jml_ldap_dn_is_below(struct jml_arena *a, const char *dn, const char *base);
/* "uid=a,ou=people" -> "uid=a" and "ou=people" (""). */
void jml_ldap_dn_split(struct jml_arena *a, const char *dn, const char **ret_rdn,
                       const char **ret_parent);
/* Of the first RDN; NULL: it has none of that type. */
const char *jml_ldap_dn_value(struct jml_arena *a, const char *dn, const char *attribute);
/* What a server says, made fit for a line of an error: printable and short. "" for NULL. */
const char *jml_ldap_words(struct jml_arena *a, const char *said);

/* ---- connecting (ldap_connect.c) ---- */

struct jml_ldap_connector;

/* Connects, shakes hands and binds in a thread of its own, because libldap 2.5 waits within the
 * call for names and TLS handshakes. connected is called once, from the loop: with a handle that is
 * the caller's now, whose descriptor does not block, or NULL and the words. */
struct jml_ldap_connector *
jml_ldap_connector_new(struct jml_loop *loop, const struct jml_ldap_settings *s,
                       void (*connected)(void *userdata, LDAP *ld, const char *error),
                       void *userdata);
/* Also while it is under way: connected is not called then, and the thread ends by itself. NULL is
 * fine; returns NULL. To be called when connected was, too. */
struct jml_ldap_connector *jml_ldap_connector_free(struct jml_ldap_connector *c);

/* ---- calls and requests (ldap_line.c) ---- */

struct jml_ldap_call;
struct jml_ldap_line;

/* code: of the answer, LDAP_SUCCESS, ...; words: the server's, fit to be shown. */
typedef void (*jml_ldap_answered)(struct jml_ldap_call *c, int code, const char *words);
typedef void (*jml_ldap_entry)(struct jml_ldap_call *c, LDAP *ld, LDAPMessage *entry);

enum jml_ldap_request_type {
    JML_LDAP_SEARCH,
    JML_LDAP_COMPARE,
    JML_LDAP_ADD,
    JML_LDAP_MODIFY,
    JML_LDAP_DELETE,
    JML_LDAP_RENAME,
    JML_LDAP_PASSWORD,
};

struct jml_ldap_request {
    enum jml_ldap_request_type type;
    const char *dn; /* of the entry, or the base */
    /* SEARCH */
    int scope;
    const char *filter;
    char **attributes;
    int size_limit; /* 0: none */
    bool is_paged;  /* all pages are fetched before answered is called */
    struct berval cookie;
    jml_ldap_entry entry;
    /* COMPARE, PASSWORD */
    const char *attribute, *value;
    /* ADD, MODIFY */
    LDAPMod **mods;
    bool is_permissive;
    /* RENAME */
    const char *rdn, *parent;
    jml_ldap_answered answered;
};

struct jml_ldap_job {
    const char *group, *value;
};

struct jml_ldap_call {
    struct jml_target *target;
    const struct jml_ldap_settings *settings;
    struct jml_arena *arena;
    struct jml_operation *op; /* or */
    struct jml_listing *listing;

    /* of ldap_line.c */
    struct jml_ldap_call *next, **link;
    struct jml_ldap_line *line; /* NULL: waits for one */
    int message;                /* libldap's number; -1: not sent yet */
    unsigned round;
    int64_t sent_at;
    struct jml_ldap_request request;

    /* the account, as it was last read */
    struct {
        const char *dn;          /* NULL: there is none */
        const char *uid, *state; /* NULL: it has none */
        size_t n_found;
        bool is_searched; /* by accountFilter: if there is none, there is none */
    } account;
    void (*found)(struct jml_ldap_call *c);
    void (*made)(struct jml_ldap_call *c);
    int n_writes;
    LDAPMod **mods; /* of updateAccount */
    bool is_unsure; /* not all was read back as it was written */

    /* groups */
    const char *group;
    size_t n_groups;
    jml_ldap_answered compared;
    void (*resolved)(struct jml_ldap_call *c);
    JML_VEC(struct jml_ldap_job) jobs;
    size_t job;
    bool job_is_last_member;
    void (*removed)(struct jml_ldap_call *c);
    JML_VEC(const char *) members;
    int64_t range;
    size_t uid_at;
};

/* Sends c->request over a line, as soon as there is one. */
void jml_ldap_call_send(struct jml_ldap_call *c);
/* "1.1": that there is an entry is all that is asked. */
char **jml_ldap_no_attributes(struct jml_arena *a);
/* The shape of most requests; attributes NULL: none. */
void jml_ldap_call_search(struct jml_ldap_call *c, const char *base, int scope, const char *filter,
                          char **attributes, jml_ldap_entry entry, jml_ldap_answered answered);
void jml_ldap_call_modify(struct jml_ldap_call *c, const char *dn, LDAPMod **mods,
                          jml_ldap_answered answered);

void jml_ldap_call_finish(struct jml_ldap_call *c, enum jml_outcome outcome, const char *error, ...)
    __attribute__((format(printf, 3, 4)));
/* Finishes with what the code means. */
void jml_ldap_call_fail(struct jml_ldap_call *c, int code, const char *words);

struct jml_ldap_lines;
struct jml_ldap_lines *jml_ldap_lines_new(struct jml_loop *loop, const struct jml_ldap_settings *s);
struct jml_ldap_lines *jml_ldap_lines_free(struct jml_ldap_lines *l);
/* For cancel: takes the call from its line; the server is told to forget it. */
void jml_ldap_call_forget(struct jml_ldap_call *c);

struct jml_target {
    struct jml_arena arena;
    struct jml_loop *loop;
    struct jml_ldap_settings settings;
    struct jml_ldap_lines *lines;
};

/* ---- modifications: lists that end with NULL, in the call's arena ---- */

LDAPMod *jml_ldap_mod(struct jml_arena *a, int op, const char *attribute, const char *value);
LDAPMod *jml_ldap_mod_values(struct jml_arena *a, int op, const char *attribute,
                             const char *const *values, size_t n);
LDAPMod **jml_ldap_mods(struct jml_arena *a, LDAPMod *x, LDAPMod *y);

/* ---- accounts (ldap_account.c, ldap_change.c) ---- */

/* Fills c->account; found is called also when there is none. */
void jml_ldap_account_find(struct jml_ldap_call *c, void (*found)(struct jml_ldap_call *c));
/* Makes it and finds it. */
void jml_ldap_account_make(struct jml_ldap_call *c, void (*found)(struct jml_ldap_call *c));
/* With the account found: writes what is not as the action wants it, reads it again, and finishes.
 */
void jml_ldap_account_settle(struct jml_ldap_call *c);
/* Finishes: there is no account, which is what was wanted. */
void jml_ldap_account_is_gone(struct jml_ldap_call *c);
void jml_ldap_account_enable(struct jml_ldap_call *c);
void jml_ldap_account_disable(struct jml_ldap_call *c);
void jml_ldap_account_delete(struct jml_ldap_call *c);
void jml_ldap_account_update(struct jml_ldap_call *c);
void jml_ldap_account_set_password(struct jml_ldap_call *c);

/* ---- groups (ldap_group.c, ldap_list.c) ---- */

/* Fills c->group out of the origin, or finishes. */
void jml_ldap_group_resolve(struct jml_ldap_call *c, const struct jml_value *origin,
                            void (*resolved)(struct jml_ldap_call *c));
void jml_ldap_group_grant(struct jml_ldap_call *c);
void jml_ldap_group_revoke(struct jml_ldap_call *c);
void jml_ldap_group_revoke_all(struct jml_ldap_call *c);
/* Takes the account (also one that is gone, if it is known what it was called) from all groups
 * below groupBase; then removed is called, with c->jobs.n of them. */
void jml_ldap_group_remove_all(struct jml_ldap_call *c, void (*removed)(struct jml_ldap_call *c));
void jml_ldap_group_list(struct jml_ldap_call *c);

#endif

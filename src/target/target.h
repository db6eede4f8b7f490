/* SPDX-License-Identifier: MIT
 *
 * Target: a system that access is delivered to. One file a kind (ldap.c, scim.c, ...), each behind a
 * struct jml_target_kind; flow/deliveries.c knows no more of them than this header.
 *
 * An operation is one durable row of jml.delivery in hand: it was claimed, no transaction is open, and
 * it is finished exactly once, from the event loop or from within start. Nothing here blocks. Every
 * operation is idempotent: done twice it leaves what doing it once leaves, and "already so" is DONE.
 * Each kind's file says how.
 *
 * Secrets come from files, never from the database: a setting that ends in "File" names one, absolute
 * or within the credentials directory.
 */
#ifndef JML_TARGET_TARGET_H
#define JML_TARGET_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/civil.h"
#include "base/err.h"
#include "base/id.h"
#include "base/value.h"
#include "base/vec.h"
#include "core/action.h"

struct jml_loop;
struct jml_target;      /* one target that is open; each kind has its own */
struct jml_transfers;   /* loop/transfer.h */

enum jml_outcome {
    JML_OUTCOME_DONE,        /* it is so now; not read back */
    JML_OUTCOME_CONFIRMED,   /* it is so, and the target said so when asked afterwards */
    JML_OUTCOME_WAITS,       /* accepted; somebody says later that it is done (call-back, ticket) */
    JML_OUTCOME_LATER,       /* this one did not go now: lock, 429, 503 */
    JML_OUTCOME_UNREACHABLE, /* as LATER, and nothing else would go either: counts for the breaker */
    JML_OUTCOME_FAILED,      /* it will not go by itself: no such group, refused, bad settings */
};

struct jml_operation;
typedef void (*jml_operation_finished)(struct jml_operation *op);

struct jml_operation {
    struct jml_arena *arena; /* lives as long as the operation */
    struct jml_id id;        /* of the delivery: the idempotency key */
    enum jml_action action;
    struct jml_id person_id, assignment_id, run_id; /* the latter two may be none */
    const char *employee_id; /* NULL: an account that is nobody's who is known, to be taken away (drift) */
    const struct jml_value *attributes; /* of the person, of now; {} when there are none */
    const struct jml_value *origin;     /* resource.origin with role.origin merged over it; {} */
    const struct jml_value *arguments;  /* of the action; {} */
    const struct jml_value *context;    /* names for bodies: accessPackage, resource, role, workflow, task,
                                         * manager ...; {} */
    const char *account; /* as the target called it the last time; NULL: not known. A name that changed
                          * since does not hide the account. */
    int attempt;         /* from 1 */
    jml_time created_at;
    int64_t deadline;    /* microseconds that the call may take; the flow cancels it then */
    jml_operation_finished finished;
    void *userdata; /* of the flow */
    void *call;     /* of the kind, while it is under way */

    /* the answer */
    enum jml_outcome outcome;
    const char *error;           /* in words, without secrets; NULL when it is done */
    const char *ret_account;     /* how the target calls the account; NULL: as before */
    int64_t retry_after;         /* microseconds, as the target asked; 0: it did not */
    bool retry_all;              /* it takes nothing else before that either: 429 */
    int64_t wait;                /* WAITS: microseconds that are waited; 0: for ever */
    const char *ret_token;       /* WAITS: hex SHA-256 of what the call-back has to bring; NULL: none */
};

/* What a target has, for drift: the accounts that hold the role of origin. */
struct jml_listing;
typedef void (*jml_listing_finished)(struct jml_listing *l);

struct jml_listing {
    struct jml_arena *arena;
    const struct jml_value *origin;
    int64_t deadline;
    jml_listing_finished finished;
    void *userdata, *call;

    /* the answer: DONE or one of the others as above */
    enum jml_outcome outcome;
    const char *error;
    JML_VEC(const char *) accounts; /* as ret_account says them */
};

/* What a target is opened with. Strings and values must outlive it. */
struct jml_target_setup {
    struct jml_loop *loop;
    struct jml_transfers *transfers;      /* HTTP; shared by all */
    const char *name;                     /* displayName */
    struct jml_id id;
    const struct jml_value *settings;     /* as checked by jml_target_check() */
    const char *credentials_directory;    /* NULL: none, file names must be absolute */
    const char *programs_directory;       /* of exec: the only one programs are run from; NULL: none */
    const char *secrets_directory;        /* the only one, beside credentials, files are in; NULL: anywhere */
    int concurrency;
};

struct jml_target_kind {
    const char *name; /* "ldap", "scim", ... */
    /* Reads the settings and the secrets; connects to nobody. < 0: BAD_INPUT, which names the setting and
     * the remedy; the target counts as unreachable until the configuration changes. */
    int (*open)(const struct jml_target_setup *setup, struct jml_target **ret_target, struct jml_err *e);
    /* No operation is under way. */
    void (*close)(struct jml_target *t);
    /* Begins; jml_operation_finish() is called once, now or later. */
    void (*start)(struct jml_target *t, struct jml_operation *op);
    /* The deadline has passed, or the daemon ends: forget it. finish is not called any more. */
    void (*cancel)(struct jml_target *t, struct jml_operation *op);
    /* NULL: cannot be read back as a whole. */
    void (*list)(struct jml_target *t, struct jml_listing *l);
    void (*cancel_list)(struct jml_target *t, struct jml_listing *l);
};

/* NULL: no such kind. */
const struct jml_target_kind *jml_target_kind_find(const char *name);

/* Sets the answer and calls finished. error is copied into the operation's arena; NULL for none. */
void jml_operation_finish(struct jml_operation *op, enum jml_outcome outcome, const char *error, ...)
    __attribute__((format(printf, 3, 4)));
void jml_listing_finish(struct jml_listing *l, enum jml_outcome outcome, const char *error, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- helpers of the kinds (settings.c) ---- */

/* Where the file is that the setting names: below the secrets directory when there is one, or within that of
 * credentials, also after symbolic links. NULL with *e set: it is not there, or elsewhere. */
const char *jml_setting_path(struct jml_arena *a, const struct jml_target_setup *setup, const char *setting,
                             struct jml_err *e);
/* The same for a path that stands in the setting among other things. */
const char *jml_setting_path_of(struct jml_arena *a, const struct jml_target_setup *setup, const char *setting,
                                const char *path, struct jml_err *e);
/* The secret in the file that the setting names, without the newline at its end; NULL with *e set: there is
 * none, it is empty, or others may read it. */
const char *jml_secret_read(struct jml_arena *a, const struct jml_target_setup *setup, const char *setting,
                            struct jml_err *e);
/* The same for certificates, which everybody may read. */
const char *jml_file_read(struct jml_arena *a, const struct jml_target_setup *setup, const char *setting,
                          struct jml_err *e);
/* Replaces {{employeeId}}, {{id}}, {{attribute}} and {{a/b}} by the person's values, each passed through
 * escape (NULL: as they are). NULL: the person has no value for one, which *ret_missing names. */
const char *jml_operation_expand(const struct jml_operation *op, const char *text,
                                 const char *(*escape)(struct jml_arena *a, const char *value),
                                 const char **ret_missing);

#endif

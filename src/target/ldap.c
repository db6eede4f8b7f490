/* SPDX-License-Identifier: MIT
 *
 * LDAP: OpenLDAP, Active Directory and what is like them. Members are added to groups and taken out one
 * value at a time, never by replacing all; "already so" is looked at by asking for the value, which is
 * how an operation that is done a second time, or was done by somebody else, is the same as one that is
 * done once. See ldap.h for the files, jmld-targets(5) for the settings.
 */
#include <string.h>

#include "base/str.h"
#include "loop/loop.h"
#include "target/kinds.h"
#include "target/ldap.h"

static int target_open(const struct jml_target_setup *setup, struct jml_target **ret,
                       struct jml_err *e)
{
    struct jml_target *t;
    struct jml_arena arena;

    jml_arena_init(&arena);
    t = jml_new(&arena, struct jml_target);
    t->loop = setup->loop;
    if (jml_ldap_settings_read(&arena, setup, &t->settings, e) < 0) {
        jml_arena_fini(&arena);
        return -1;
    }
    t->lines = jml_ldap_lines_new(t->loop, &t->settings);
    t->arena = arena;
    *ret = t;
    return 0;
}

static void release(void *memory)
{
    struct jml_target *t = memory;
    struct jml_arena arena = t->arena;

    jml_arena_fini(&arena);
}

static void target_close(struct jml_target *t)
{
    if (t->settings.password)
        explicit_bzero(t->settings.password, strlen(t->settings.password));
    t->lines = jml_ldap_lines_free(t->lines);
    jml_loop_defer_free(t->loop, t, release);
}

static struct jml_ldap_call *call_new(struct jml_target *t, struct jml_arena *a)
{
    struct jml_ldap_call *c = jml_new(a, struct jml_ldap_call);

    c->target = t;
    c->settings = &t->settings;
    c->arena = a;
    c->message = -1;
    return c;
}

static void target_start(struct jml_target *t, struct jml_operation *op)
{
    struct jml_ldap_call *c = call_new(t, op->arena);

    c->op = op;
    op->call = c;
    switch (op->action) {
    case JML_ACTION_GRANT:
        jml_ldap_group_grant(c);
        break;
    case JML_ACTION_REVOKE:
        jml_ldap_group_revoke(c);
        break;
    case JML_ACTION_REVOKE_ALL:
        jml_ldap_group_revoke_all(c);
        break;
    case JML_ACTION_ENABLE_ACCOUNT:
        jml_ldap_account_enable(c);
        break;
    case JML_ACTION_DISABLE_ACCOUNT:
        jml_ldap_account_disable(c);
        break;
    case JML_ACTION_DELETE_ACCOUNT:
        jml_ldap_account_delete(c);
        break;
    case JML_ACTION_UPDATE_ACCOUNT:
        jml_ldap_account_update(c);
        break;
    case JML_ACTION_SET_PASSWORD:
        jml_ldap_account_set_password(c);
        break;
    case JML_ACTION_REVOKE_TOKENS:
    case JML_ACTION_CALL:
    case JML_ACTION_COUNT:
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED, "not_supported: a directory has no %s",
                             jml_action_name(op->action));
        break;
    }
}

static void target_cancel(struct jml_target *t, struct jml_operation *op)
{
    struct jml_ldap_call *c = op->call;

    (void)t;
    op->call = NULL;
    jml_ldap_call_forget(c);
}

static void target_list(struct jml_target *t, struct jml_listing *l)
{
    struct jml_ldap_call *c = call_new(t, l->arena);

    c->listing = l;
    l->call = c;
    jml_ldap_group_list(c);
}

static void target_cancel_list(struct jml_target *t, struct jml_listing *l)
{
    struct jml_ldap_call *c = l->call;

    (void)t;
    l->call = NULL;
    jml_ldap_call_forget(c);
}

const struct jml_target_kind jml_target_ldap = {
    .name = "ldap",
    .open = target_open,
    .close = target_close,
    .start = target_start,
    .cancel = target_cancel,
    .list = target_list,
    .cancel_list = target_cancel_list,
};

/* ---- ends of calls ---- */

void jml_ldap_call_finish(struct jml_ldap_call *c, enum jml_outcome outcome, const char *error, ...)
{
    const char *text = NULL;
    va_list ap;

    if (error) {
        va_start(ap, error);
        text = jml_vprintf(c->arena, error, ap);
        va_end(ap);
    }
    if (c->op) {
        if (text)
            jml_operation_finish(c->op, outcome, "%s", text);
        else
            jml_operation_finish(c->op, outcome, NULL);
    } else if (text) {
        jml_listing_finish(c->listing, outcome, "%s", text);
    } else {
        jml_listing_finish(c->listing, outcome, NULL);
    }
}

/* What a code means for the call: a code for machines, and whether trying again is any use. */
static const struct {
    int code;
    enum jml_outcome outcome;
    const char *word;
} meanings[] = {
    {LDAP_OPERATIONS_ERROR, JML_OUTCOME_LATER, "operations_error"},
    {LDAP_TIMELIMIT_EXCEEDED, JML_OUTCOME_LATER, "time_limit"},
    {LDAP_ADMINLIMIT_EXCEEDED, JML_OUTCOME_LATER, "admin_limit"},
    {LDAP_BUSY, JML_OUTCOME_LATER, "busy"},
    {LDAP_UNAVAILABLE, JML_OUTCOME_UNREACHABLE, "unavailable"},
    {LDAP_OTHER, JML_OUTCOME_LATER, "other"},
    {LDAP_SERVER_DOWN, JML_OUTCOME_UNREACHABLE, "unreachable"},
    {LDAP_CONNECT_ERROR, JML_OUTCOME_UNREACHABLE, "unreachable"},
    {LDAP_TIMEOUT, JML_OUTCOME_UNREACHABLE, "unreachable"},
    {LDAP_DECODING_ERROR, JML_OUTCOME_UNREACHABLE, "unreachable"},
    {LDAP_INVALID_CREDENTIALS, JML_OUTCOME_UNREACHABLE, "invalid_credentials"},
    {LDAP_SIZELIMIT_EXCEEDED, JML_OUTCOME_FAILED, "size_limit"},
    {LDAP_STRONG_AUTH_REQUIRED, JML_OUTCOME_FAILED, "strong_auth_required"},
    {LDAP_CONFIDENTIALITY_REQUIRED, JML_OUTCOME_FAILED, "confidentiality_required"},
    {LDAP_REFERRAL, JML_OUTCOME_FAILED, "referral"},
    {LDAP_INSUFFICIENT_ACCESS, JML_OUTCOME_FAILED, "insufficient_access"},
    {LDAP_CONSTRAINT_VIOLATION, JML_OUTCOME_FAILED, "constraint_violation"},
    {LDAP_UNWILLING_TO_PERFORM, JML_OUTCOME_FAILED, "unwilling_to_perform"},
    {LDAP_OBJECT_CLASS_VIOLATION, JML_OUTCOME_FAILED, "object_class_violation"},
    {LDAP_NOT_ALLOWED_ON_NONLEAF, JML_OUTCOME_FAILED, "not_a_leaf"},
    {LDAP_NOT_ALLOWED_ON_RDN, JML_OUTCOME_FAILED, "named_by_it"},
    {LDAP_NO_SUCH_OBJECT, JML_OUTCOME_FAILED, "no_such_object"},
    {LDAP_UNDEFINED_TYPE, JML_OUTCOME_FAILED, "no_such_attribute"},
    {LDAP_INVALID_SYNTAX, JML_OUTCOME_FAILED, "invalid_syntax"},
    {LDAP_INVALID_DN_SYNTAX, JML_OUTCOME_FAILED, "invalid_dn"},
    {LDAP_FILTER_ERROR, JML_OUTCOME_FAILED, "bad_filter"},
};

void jml_ldap_call_fail(struct jml_ldap_call *c, int code, const char *words)
{
    const char *word = "refused";
    enum jml_outcome outcome = JML_OUTCOME_FAILED;

    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (meanings[i].code == code) {
            word = meanings[i].word;
            outcome = meanings[i].outcome;
        }
    jml_ldap_call_finish(c, outcome, "%s: %s%s%s", word, ldap_err2string(code),
                         words[0] ? ": " : "", words);
}

/* ---- the shapes of requests ---- */

char **jml_ldap_no_attributes(struct jml_arena *a)
{
    char **only = jml_new_n(a, char *, 2);

    only[0] = jml_strdup(a, LDAP_NO_ATTRS);
    return only;
}

void jml_ldap_call_search(struct jml_ldap_call *c, const char *base, int scope, const char *filter,
                          char **attributes, jml_ldap_entry entry, jml_ldap_answered answered)
{
    c->request = (struct jml_ldap_request){
        .type = JML_LDAP_SEARCH,
        .dn = base,
        .scope = scope,
        .filter = filter,
        .attributes = attributes ? attributes : jml_ldap_no_attributes(c->arena),
        .entry = entry,
        .answered = answered,
    };
    jml_ldap_call_send(c);
}

void jml_ldap_call_modify(struct jml_ldap_call *c, const char *dn, LDAPMod **mods,
                          jml_ldap_answered answered)
{
    c->request = (struct jml_ldap_request){
        .type = JML_LDAP_MODIFY, .dn = dn, .mods = mods, .answered = answered};
    jml_ldap_call_send(c);
}

LDAPMod *jml_ldap_mod_values(struct jml_arena *a, int op, const char *attribute,
                             const char *const *values, size_t n)
{
    LDAPMod *mod = jml_new(a, LDAPMod);

    mod->mod_op = op | LDAP_MOD_BVALUES;
    mod->mod_type = jml_strdup(a, attribute);
    mod->mod_bvalues = n > 0 ? jml_new_n(a, struct berval *, n + 1) : NULL;
    for (size_t i = 0; i < n; i++) {
        struct berval *value = jml_new(a, struct berval);

        *value = (struct berval){.bv_len = strlen(values[i]), .bv_val = jml_strdup(a, values[i])};
        mod->mod_bvalues[i] = value;
    }
    return mod;
}

LDAPMod *jml_ldap_mod(struct jml_arena *a, int op, const char *attribute, const char *value)
{
    return jml_ldap_mod_values(a, op, attribute, &value, value ? 1 : 0);
}

LDAPMod **jml_ldap_mods(struct jml_arena *a, LDAPMod *x, LDAPMod *y)
{
    LDAPMod **mods = jml_new_n(a, LDAPMod *, 3);

    mods[0] = x;
    mods[1] = y;
    return mods;
}

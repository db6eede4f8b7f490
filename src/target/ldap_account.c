/* SPDX-License-Identifier: MIT
 *
 * Accounts: finding, making, enabling, disabling, deleting and changing entries.
 *
 * An account is looked for where it was the last time, and then by accountFilter, so that neither a
 * new name nor a move hides it. What is to be changed is read first: an account that is as it
 * should be is not written to. After every write it is read again, until nothing is left to do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "target/ldap.h"

enum { WRITES_MOST = 3 };

static const char any_entry[] = "(objectClass=*)";

static void by_filter(struct jml_ldap_call *c);

static void no_account(struct jml_ldap_call *c)
{
    jml_ldap_call_finish(
        c, JML_OUTCOME_FAILED,
        "no_account: nothing is found by accountFilter, and the settings do not say "
        "how accounts are made (accountDn, accountAttributes)");
}

static bool can_make(const struct jml_ldap_call *c)
{
    return c->settings->account_attributes != NULL;
}

/* ---- finding ---- */

static const char *first_value(struct jml_ldap_call *c, LDAP *ld, LDAPMessage *entry,
                               const char *attribute)
{
    struct berval **values = ldap_get_values_len(ld, entry, attribute);
    const char *value = NULL;

    if (values && values[0])
        value = jml_strndup(c->arena, values[0]->bv_val, values[0]->bv_len);
    ldap_value_free_len(values);
    return value;
}

static void account_read(struct jml_ldap_call *c, LDAP *ld, LDAPMessage *entry)
{
    char *dn = ldap_get_dn(ld, entry);

    if (c->account.n_found++ > 0 || !dn) {
        ldap_memfree(dn);
        return;
    }
    c->account.dn = jml_strdup(c->arena, dn);
    ldap_memfree(dn);
    c->account.uid = first_value(c, ld, entry, c->settings->uid_attribute);
    c->account.state = c->settings->disable.attribute
                           ? first_value(c, ld, entry, c->settings->disable.attribute)
                           : NULL;
    c->op->ret_account = jml_ldap_dn_normalise(c->arena, c->account.dn);
}

static void account_search(struct jml_ldap_call *c, const char *base, int scope, const char *filter,
                           jml_ldap_answered answered)
{
    char **attributes = jml_new_n(c->arena, char *, 3);

    attributes[0] = jml_strdup(c->arena, c->settings->uid_attribute);
    attributes[1] = jml_strdup(c->arena, c->settings->disable.attribute);
    c->account.n_found = 0;
    c->account.dn = c->account.uid = c->account.state = NULL;
    c->request = (struct jml_ldap_request){
        .type = JML_LDAP_SEARCH,
        .dn = base,
        .scope = scope,
        .filter = filter,
        .attributes = attributes,
        .size_limit = 2, /* enough to see that it is not one */
        .entry = account_read,
        .answered = answered,
    };
    jml_ldap_call_send(c);
}

static void read_where_it_was(struct jml_ldap_call *c, int code, const char *words)
{
    if (code == LDAP_SUCCESS && c->account.dn)
        c->found(c);
    else if (code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT || code == LDAP_INVALID_DN_SYNTAX)
        by_filter(c);
    else
        jml_ldap_call_fail(c, code, words);
}

void jml_ldap_account_find(struct jml_ldap_call *c, void (*found)(struct jml_ldap_call *c))
{
    c->found = found;
    if (c->op->account && c->op->account[0])
        account_search(c, c->op->account, LDAP_SCOPE_BASE, any_entry, read_where_it_was);
    else
        by_filter(c);
}

static void found_by_filter(struct jml_ldap_call *c, int code, const char *words, bool is_last)
{
    if (c->account.n_found > 1) {
        c->op->ret_account = NULL;
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED,
                             "ambiguous_account: accountFilter finds more than one entry");
    } else if (code == LDAP_NO_SUCH_OBJECT) {
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED, "no_base: %s is not there, or may not be seen",
                             is_last ? "disabledBase" : "peopleBase");
    } else if (code != LDAP_SUCCESS) {
        jml_ldap_call_fail(c, code, words);
    } else {
        c->account.is_searched = true;
        c->found(c);
    }
}

static void found_elsewhere(struct jml_ldap_call *c, int code, const char *words)
{
    found_by_filter(c, code, words, true);
}

static void found_among_people(struct jml_ldap_call *c, int code, const char *words)
{
    const char *elsewhere = c->settings->disable.base, *filter = c->request.filter;

    if (code != LDAP_SUCCESS || c->account.dn || !elsewhere ||
        jml_ldap_dn_is_below(c->arena, elsewhere, c->settings->people_base)) {
        found_by_filter(c, code, words, false);
        return;
    }
    account_search(c, elsewhere, LDAP_SCOPE_SUBTREE, filter, found_elsewhere); /* who left */
}

/* Whether it is done when nobody can be looked for. A revoke takes what was given here, and whom
 * something was given to is known by name; an account of nobody (drift) is that name and no other.
 * Else there may well be an account: one that moved, or one that others made. */
static bool may_be_passed_over(const struct jml_operation *op)
{
    bool is_known = op->account && op->account[0];

    return jml_action_takes(op->action) &&
           (!op->employee_id || (op->action == JML_ACTION_REVOKE && !is_known));
}

static void by_filter(struct jml_ldap_call *c)
{
    const char *missing = NULL;
    const char *filter =
        jml_operation_expand(c->op, c->settings->account_filter, jml_ldap_filter_escape, &missing);

    if (filter) {
        account_search(c, c->settings->people_base, LDAP_SCOPE_SUBTREE, filter, found_among_people);
    } else if (may_be_passed_over(c->op)) {
        c->account.dn = NULL;
        c->found(c);
    } else {
        c->op->ret_account = NULL;
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED,
                             "no_value: accountFilter needs '%s', which the person does not have%s",
                             missing,
                             jml_action_takes(c->op->action) ? ": nobody was looked for" : "");
    }
}

/* ---- making ---- */

static void add_template(struct jml_ldap_call *c, const struct jml_value *v, const char **values,
                         size_t *n)
{
    const char *missing;
    const char *value = jml_operation_expand(c->op, v->text, NULL, &missing);

    if (value && value[0])
        values[(*n)++] = value;
}

static LDAPMod **entry_of(struct jml_ldap_call *c)
{
    const struct jml_value *all = c->settings->account_attributes;
    LDAPMod **mods = jml_new_n(c->arena, LDAPMod *, all->n + 2);
    size_t n_mods = 0;
    bool has_control = false;

    for (size_t i = 0; i < all->n; i++) {
        const struct jml_value *v = all->items[i];
        const char **values = jml_new_n(c->arena, const char *, v->n + 1);
        size_t n = 0;

        if (v->type == JML_STRING)
            add_template(c, v, values, &n);
        for (size_t k = 0; v->type == JML_ARRAY && k < v->n; k++)
            add_template(c, v->items[k], values, &n);
        /* What the person has no value for is left out; the schema says whether that can be. */
        if (n > 0)
            mods[n_mods++] = jml_ldap_mod_values(c->arena, LDAP_MOD_ADD, all->keys[i], values, n);
        has_control |= jml_strcaseeq(all->keys[i], "userAccountControl");
    }
    /* Disabled until it has a password, or Active Directory does not take it. */
    if (c->settings->is_ad && !has_control)
        mods[n_mods++] = jml_ldap_mod(c->arena, LDAP_MOD_ADD, "userAccountControl", "514");
    return mods;
}

static void made_was_read(struct jml_ldap_call *c, int code, const char *words)
{
    if (code == LDAP_SUCCESS && c->account.dn)
        c->found(c);
    else if (code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT)
        jml_ldap_call_finish(c, JML_OUTCOME_LATER,
                             "read_back: the account that was made is not there");
    else
        jml_ldap_call_fail(c, code, words);
}

static void found_after_all(struct jml_ldap_call *c)
{
    if (c->account.dn)
        c->made(c);
    else
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED,
                             "account_taken: there is an entry of that name (accountDn), which "
                             "accountFilter does not find");
}

static void made(struct jml_ldap_call *c, int code, const char *words)
{
    if (code == LDAP_SUCCESS) {
        account_search(c, c->request.dn, LDAP_SCOPE_BASE, any_entry, made_was_read);
    } else if (code == LDAP_ALREADY_EXISTS) {
        /* Made since it was looked for, or somebody else's. */
        c->made = c->found;
        c->found = found_after_all;
        by_filter(c);
    } else if (code == LDAP_NO_SUCH_OBJECT) {
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED,
                             "no_parent: the entry that accountDn is below is not there");
    } else {
        jml_ldap_call_fail(c, code, words);
    }
}

static const char *dn_wanted(struct jml_ldap_call *c, const char **ret_missing)
{
    return c->settings->account_dn ? jml_operation_expand(c->op, c->settings->account_dn,
                                                          jml_ldap_dn_escape, ret_missing)
                                   : NULL;
}

void jml_ldap_account_make(struct jml_ldap_call *c, void (*found)(struct jml_ldap_call *c))
{
    const char *missing = NULL;
    const char *dn = dn_wanted(c, &missing);

    if (!can_make(c)) {
        no_account(c);
        return;
    }
    if (!dn || !jml_ldap_dn_is_valid(dn)) {
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED,
                             dn ? "bad_settings: accountDn gives no distinguished name%s"
                                : "no_value: accountDn needs '%s', which the person does not have",
                             dn ? "" : missing);
        return;
    }
    c->found = found;
    c->request = (struct jml_ldap_request){
        .type = JML_LDAP_ADD, .dn = dn, .mods = entry_of(c), .answered = made};
    jml_ldap_call_send(c);
}

/* ---- enabling and disabling ---- */

static void was_written(struct jml_ldap_call *c, int code, const char *words)
{
    if (code == LDAP_SUCCESS)
        account_search(c, c->account.dn, LDAP_SCOPE_BASE, any_entry, made_was_read);
    else if (code == LDAP_NO_SUCH_ATTRIBUTE || code == LDAP_TYPE_OR_VALUE_EXISTS)
        jml_ldap_call_finish(c, JML_OUTCOME_LATER, "changed: somebody else changed the account");
    else
        jml_ldap_call_fail(c, code, words);
}

static void was_moved(struct jml_ldap_call *c, int code, const char *words)
{
    if (code == LDAP_SUCCESS) {
        account_search(c, jml_printf(c->arena, "%s,%s", c->request.rdn, c->request.parent),
                       LDAP_SCOPE_BASE, any_entry, made_was_read);
    } else if (code == LDAP_ALREADY_EXISTS) {
        jml_ldap_call_finish(
            c, JML_OUTCOME_FAILED,
            "account_taken: where the account should move there is one of that name");
    } else {
        jml_ldap_call_fail(c, code, words);
    }
}

/* What there is to write; NULL: nothing. */
static LDAPMod **state_mods(struct jml_ldap_call *c, bool disabled)
{
    const struct jml_ldap_disable *d = &c->settings->disable;
    const char *wanted = disabled ? d->value : d->restore;
    long long is, becomes;
    char *end;

    if (!d->attribute)
        return NULL;
    if (d->bit == 0)
        return jml_streq(c->account.state, wanted)
                   ? NULL
                   : jml_ldap_mods(c->arena,
                                   jml_ldap_mod(c->arena, LDAP_MOD_REPLACE, d->attribute, wanted),
                                   NULL);
    is = strtoll(c->account.state ? c->account.state : "", &end, 10);
    becomes = disabled ? is | d->bit : is & ~d->bit;
    if (is == becomes)
        return NULL;
    /* Only if it is still what was read: others keep other bits in it. */
    return jml_ldap_mods(
        c->arena, jml_ldap_mod(c->arena, LDAP_MOD_DELETE, d->attribute, c->account.state),
        jml_ldap_mod(c->arena, LDAP_MOD_ADD, d->attribute, jml_printf(c->arena, "%lld", becomes)));
}

/* Where the account has to be; NULL: where it is. */
static const char *place(struct jml_ldap_call *c)
{
    const struct jml_ldap_settings *s = c->settings;
    const char *missing = NULL, *rdn, *parent, *wanted, *ignored;
    bool is_away =
        s->disable.base && jml_ldap_dn_is_below(c->arena, c->account.dn, s->disable.base);

    jml_ldap_dn_split(c->arena, c->account.dn, &rdn, &parent);
    if (c->op->action == JML_ACTION_DISABLE_ACCOUNT)
        return s->disable.base && !is_away ? jml_printf(c->arena, "%s,%s", rdn, s->disable.base)
                                           : NULL;
    if (is_away && c->op->action != JML_ACTION_ENABLE_ACCOUNT)
        return NULL;
    wanted = dn_wanted(c, &missing);
    if (wanted && !jml_ldap_dn_is_valid(wanted))
        wanted = NULL;
    if (wanted && s->follows_account_dn)
        return jml_ldap_dn_equal(c->arena, wanted, c->account.dn) ? NULL : wanted;
    if (!is_away)
        return NULL;
    if (wanted)
        jml_ldap_dn_split(c->arena, wanted, &ignored, &parent);
    else
        parent = s->people_base;
    return jml_printf(c->arena, "%s,%s", rdn, parent);
}

void jml_ldap_account_settle(struct jml_ldap_call *c)
{
    bool disabled = c->op->action == JML_ACTION_DISABLE_ACCOUNT;
    LDAPMod **mods = NULL;
    const char *to, *rdn, *parent;

    if (c->settings->disable.bit && !c->account.state &&
        c->op->action != JML_ACTION_UPDATE_ACCOUNT) {
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED,
                             "no_attribute: the account has no %s to be seen",
                             c->settings->disable.attribute);
        return;
    }
    if (c->op->action != JML_ACTION_UPDATE_ACCOUNT)
        mods = state_mods(c, disabled);
    to = place(c);
    if (!mods && !to) {
        if (c->is_unsure)
            jml_ldap_call_finish(c, JML_OUTCOME_DONE, NULL);
        else
            jml_ldap_call_finish(c, JML_OUTCOME_CONFIRMED, NULL);
        return;
    }
    if (c->n_writes++ == WRITES_MOST) {
        jml_ldap_call_finish(c, JML_OUTCOME_LATER,
                             "read_back: the account is not as it was written");
        return;
    }
    c->found = jml_ldap_account_settle;
    if (mods) {
        jml_ldap_call_modify(c, c->account.dn, mods, was_written);
        return;
    }
    jml_ldap_dn_split(c->arena, to, &rdn, &parent);
    c->request = (struct jml_ldap_request){.type = JML_LDAP_RENAME,
                                           .dn = c->account.dn,
                                           .rdn = rdn,
                                           .parent = parent,
                                           .answered = was_moved};
    jml_ldap_call_send(c);
}

static void enable_found(struct jml_ldap_call *c)
{
    if (c->account.dn)
        jml_ldap_account_settle(c);
    else
        jml_ldap_account_make(c, jml_ldap_account_settle);
}

void jml_ldap_account_enable(struct jml_ldap_call *c)
{
    jml_ldap_account_find(c, enable_found);
}

void jml_ldap_account_is_gone(struct jml_ldap_call *c)
{
    if (c->account.is_searched)
        jml_ldap_call_finish(c, JML_OUTCOME_CONFIRMED, NULL);
    else
        jml_ldap_call_finish(c, JML_OUTCOME_DONE, NULL);
}

static void disable_found(struct jml_ldap_call *c)
{
    if (c->account.dn)
        jml_ldap_account_settle(c);
    else
        jml_ldap_account_is_gone(c);
}

void jml_ldap_account_disable(struct jml_ldap_call *c)
{
    if (!c->settings->disable.attribute && !c->settings->disable.base)
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED,
                             "bad_settings: they do not say how accounts are disabled (disable, "
                             "disabledBase)");
    else
        jml_ldap_account_find(c, disable_found);
}

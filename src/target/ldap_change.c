/* SPDX-License-Identifier: MIT
 *
 * Changes of accounts: attributes, passwords, and the end of them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "target/ldap.h"

/* ---- updateAccount: each attribute is replaced by what it should be, and read back ---- */

static void no_account(struct jml_ldap_call *c)
{
    jml_ldap_call_finish(c, JML_OUTCOME_FAILED, "no_account: nothing is found by accountFilter");
}

static const char *value_text(struct jml_arena *a, const struct jml_value *v)
{
    switch (v->type) {
    case JML_STRING:
        return v->text;
    case JML_BOOL:
        return v->boolean ? "TRUE" : "FALSE";
    default:
        return jml_value_text(a, v);
    }
}

/* NULL: finished. */
static LDAPMod **update_mods(struct jml_ldap_call *c)
{
    const struct jml_value *all = jml_value_find(c->op->arguments, "attributes");
    size_t n_mods = 0, n_all = all && all->type == JML_OBJECT ? all->n : 0;
    LDAPMod **mods = jml_new_n(c->arena, LDAPMod *, n_all + 1);

    for (size_t i = 0; i < n_all; i++) {
        const struct jml_value *v = all->items[i];
        const char *name = jml_ldap_settings_attribute(c->settings, all->keys[i]);
        const char **values = jml_new_n(c->arena, const char *, v->n + 1);
        size_t n = 0;

        if (!name) {
            jml_ldap_call_finish(c, JML_OUTCOME_FAILED,
                                 "no_attribute: attributeNames does not say what '%s' is called",
                                 jml_ldap_words(c->arena, all->keys[i]));
            return NULL;
        }
        if (!name[0])
            continue;
        if (v->type == JML_ARRAY)
            for (size_t k = 0; k < v->n; k++)
                values[n++] = value_text(c->arena, v->items[k]);
        else if (v->type != JML_NULL)
            values[n++] = value_text(c->arena, v);
        if (n == 1 && !values[0][0])
            n = 0; /* an entry has no empty values */
        mods[n_mods++] = jml_ldap_mod_values(c->arena, LDAP_MOD_REPLACE, name, values, n);
    }
    return mods;
}

static bool is_as_written(LDAP *ld, LDAPMessage *entry, const LDAPMod *mod)
{
    struct berval **values = ldap_get_values_len(ld, entry, mod->mod_type);
    size_t n = 0, n_found = 0;

    for (; mod->mod_bvalues && mod->mod_bvalues[n]; n++)
        for (size_t k = 0; values && values[k]; k++)
            if (values[k]->bv_len == mod->mod_bvalues[n]->bv_len &&
                memcmp(values[k]->bv_val, mod->mod_bvalues[n]->bv_val, values[k]->bv_len) == 0) {
                n_found++;
                break;
            }
    n_found = n_found == n && (size_t)ldap_count_values_len(values) == n;
    ldap_value_free_len(values);
    return n_found;
}

static void update_compare(struct jml_ldap_call *c, LDAP *ld, LDAPMessage *entry)
{
    c->is_unsure = false;
    for (size_t i = 0; c->mods[i]; i++)
        c->is_unsure |= !is_as_written(ld, entry, c->mods[i]);
}

static void update_was_read(struct jml_ldap_call *c, int code, const char *words)
{
    (void)code;
    (void)words;
    jml_ldap_account_settle(c);
}

static void update_was_written(struct jml_ldap_call *c, int code, const char *words)
{
    char **names;
    size_t n = 0;

    if (code != LDAP_SUCCESS) {
        jml_ldap_call_fail(c, code, words);
        return;
    }
    while (c->mods[n])
        n++;
    names = jml_new_n(c->arena, char *, n + 1);
    for (size_t i = 0; i < n; i++)
        names[i] = c->mods[i]->mod_type;
    c->is_unsure = true;
    jml_ldap_call_search(c, c->account.dn, LDAP_SCOPE_BASE, "(objectClass=*)", names, update_compare,
                         update_was_read);
}

static void update_found(struct jml_ldap_call *c)
{
    if (!c->account.dn) {
        no_account(c);
        return;
    }
    c->mods = update_mods(c);
    if (c->mods && c->mods[0])
        jml_ldap_call_modify(c, c->account.dn, c->mods, update_was_written);
    else if (c->mods)
        jml_ldap_account_settle(c);
}

void jml_ldap_account_update(struct jml_ldap_call *c)
{
    jml_ldap_account_find(c, update_found);
}

/* ---- setPassword: nobody can read it back ---- */

static void password_was_set(struct jml_ldap_call *c, int code, const char *words)
{
    if (c->mods)
        explicit_bzero(c->mods[0]->mod_bvalues[0]->bv_val, c->mods[0]->mod_bvalues[0]->bv_len);
    if (code == LDAP_SUCCESS)
        jml_ldap_call_finish(c, JML_OUTCOME_DONE, NULL);
    else if (code == LDAP_PROTOCOL_ERROR)
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED,
                             "not_supported: the directory does not know the password operation "
                             "(RFC 3062)");
    else
        jml_ldap_call_fail(c, code, words);
}

/* Active Directory wants it in quotes and UTF-16. The value is UTF-8: it came as JSON. */
static LDAPMod *unicode_password(struct jml_arena *a, const char *password)
{
    LDAPMod *mod = jml_ldap_mod(a, LDAP_MOD_REPLACE, "unicodePwd", "");
    char *out = jml_arena_alloc(a, 2 * strlen(password) + 4);
    size_t n = 0;

    out[n++] = '"';
    out[n++] = 0;
    for (const unsigned char *p = (const unsigned char *)password; *p;) {
        uint32_t c = *p++;
        int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
        uint16_t units[2];
        int n_units = 1;

        if (more > 0)
            c &= 0x3fu >> more;
        for (; more > 0 && *p; more--)
            c = c << 6 | (*p++ & 0x3f);
        units[0] = (uint16_t)c;
        if (c > 0xffff) {
            units[0] = (uint16_t)(0xd800 | ((c - 0x10000) >> 10));
            units[1] = (uint16_t)(0xdc00 | (c & 0x3ff));
            n_units = 2;
        }
        for (int i = 0; i < n_units; i++) {
            out[n++] = (char)(units[i] & 0xff);
            out[n++] = (char)(units[i] >> 8);
        }
    }
    out[n++] = '"';
    out[n++] = 0;
    *mod->mod_bvalues[0] = (struct berval){.bv_len = n, .bv_val = out};
    return mod;
}

static void password_found(struct jml_ldap_call *c)
{
    const char *password = jml_value_find_string(c->op->arguments, "password");

    if (!c->account.dn) {
        no_account(c);
        return;
    }
    if (c->settings->is_ad) {
        c->mods = jml_ldap_mods(c->arena, unicode_password(c->arena, password), NULL);
        jml_ldap_call_modify(c, c->account.dn, c->mods, password_was_set);
        return;
    }
    c->request = (struct jml_ldap_request){.type = JML_LDAP_PASSWORD,
                                           .dn = c->account.dn,
                                           .value = password,
                                           .answered = password_was_set};
    jml_ldap_call_send(c);
}

void jml_ldap_account_set_password(struct jml_ldap_call *c)
{
    const char *password = jml_value_find_string(c->op->arguments, "password");

    if (!password || !password[0])
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED, "no_password: the call has no password to set");
    else if (!c->settings->is_private)
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED,
                             "bad_settings: passwords are set over ldaps://, ldapi:// or with startTls "
                             "only");
    else
        jml_ldap_account_find(c, password_found);
}

/* ---- deleteAccount: its memberships first, so that nobody who gets the name later has them ---- */

static void deletion_was_read(struct jml_ldap_call *c, int code, const char *words)
{
    (void)words;
    if (code == LDAP_NO_SUCH_OBJECT)
        jml_ldap_call_finish(c, JML_OUTCOME_CONFIRMED, NULL);
    else if (code == LDAP_SUCCESS)
        jml_ldap_call_finish(c, JML_OUTCOME_LATER, "read_back: the account is there still");
    else
        jml_ldap_call_finish(c, JML_OUTCOME_DONE, NULL);
}

static void was_deleted(struct jml_ldap_call *c, int code, const char *words)
{
    if (code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT)
        jml_ldap_call_search(c, c->account.dn, LDAP_SCOPE_BASE, "(objectClass=*)", NULL, NULL,
                             deletion_was_read);
    else
        jml_ldap_call_fail(c, code, words);
}

static void delete_entry(struct jml_ldap_call *c)
{
    if (!c->account.dn) {
        jml_ldap_account_is_gone(c);
        return;
    }
    c->request = (struct jml_ldap_request){
        .type = JML_LDAP_DELETE, .dn = c->account.dn, .answered = was_deleted};
    jml_ldap_call_send(c);
}

static void delete_found(struct jml_ldap_call *c)
{
    if (c->settings->group_base)
        jml_ldap_group_remove_all(c, delete_entry);
    else
        delete_entry(c);
}

void jml_ldap_account_delete(struct jml_ldap_call *c)
{
    jml_ldap_account_find(c, delete_found);
}

/* SPDX-License-Identifier: MIT
 *
 * Lists: who is in a group, as normalised DNs.
 *
 * By the group's own attribute, in ranges where the directory gives no more at a time (Active
 * Directory: "member;range=0-1499"); or, as the setting listBy says, by a paged search for the
 * accounts whose memberOf names the group. Members that are named by uid are looked up, some dozen
 * at a time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "target/ldap.h"

enum { UIDS = 50 };

static void by_member_of(struct jml_ldap_call *c, const char *base);
static void read_range(struct jml_ldap_call *c);
static void look_up(struct jml_ldap_call *c);

static void add_account(struct jml_ldap_call *c, const char *account)
{
    jml_vec_push(c->arena, &c->listing->accounts, account);
}

static void no_group(struct jml_ldap_call *c)
{
    jml_ldap_call_finish(
        c, JML_OUTCOME_FAILED,
        "no_group: the group of the role's origin is not there, or may not be seen");
}

static void resolved(struct jml_ldap_call *c)
{
    if (c->settings->lists_by_member_of)
        by_member_of(c, c->settings->people_base);
    else
        read_range(c);
}

void jml_ldap_group_list(struct jml_ldap_call *c)
{
    jml_ldap_group_resolve(c, c->listing->origin, resolved);
}

/* ---- by the group ---- */

/* Whether the attribute is the one, with "range=FROM-TO" or without; *ret_next: where the next
 * range begins, -1: this was the last. */
static bool is_members(const char *description, const char *attribute, int64_t *ret_next)
{
    size_t n = strlen(attribute);
    const char *range;
    char *end;

    if (strncasecmp(description, attribute, n) != 0 || (description[n] && description[n] != ';'))
        return false;
    *ret_next = -1;
    range = strcasestr(description + n, ";range=");
    if (!range)
        return true;
    strtoll(range + strlen(";range="), &end, 10);
    if (*end == '-' && end[1] != '*')
        *ret_next = strtoll(end + 1, NULL, 10) + 1;
    return true;
}

static void members_read(struct jml_ldap_call *c, LDAP *ld, LDAPMessage *entry)
{
    BerElement *at = NULL;

    c->n_groups++;
    for (char *name = ldap_first_attribute(ld, entry, &at); name;
         ldap_memfree(name), name = ldap_next_attribute(ld, entry, at)) {
        int64_t next;
        struct berval **values;

        /* With its first range, Active Directory names the attribute without one, too, and empty.
         */
        if (!is_members(name, c->settings->member_attribute, &next))
            continue;
        values = ldap_get_values_len(ld, entry, name);
        for (size_t i = 0; values && values[i]; i++)
            jml_vec_push(c->arena, &c->members,
                         jml_strndup(c->arena, values[i]->bv_val, values[i]->bv_len));
        ldap_value_free_len(values);
        if (next > 0)
            c->range = next;
    }
    ber_free(at, 0);
}

static void range_was_read(struct jml_ldap_call *c, int code, const char *words)
{
    const struct jml_ldap_settings *s = c->settings;
    const char *placeholder = NULL;

    if (code == LDAP_NO_SUCH_OBJECT || (code == LDAP_SUCCESS && c->n_groups == 0)) {
        no_group(c);
        return;
    }
    if (code != LDAP_SUCCESS) {
        jml_ldap_call_fail(c, code, words);
        return;
    }
    if (c->range > 0) {
        read_range(c);
        return;
    }
    if (s->member_is_uid) {
        look_up(c);
        return;
    }
    if (s->placeholder_member)
        placeholder = jml_ldap_dn_normalise(c->arena, s->placeholder_member);
    for (size_t i = 0; i < c->members.n; i++) {
        const char *account = jml_ldap_dn_normalise(c->arena, c->members.items[i]);

        /* a group within the group is no account */
        if (!jml_streq(account, placeholder) &&
            (!s->group_base || !jml_ldap_dn_is_below(c->arena, account, s->group_base) ||
             jml_ldap_dn_is_below(c->arena, account, s->people_base)))
            add_account(c, account);
    }
    jml_ldap_call_finish(c, JML_OUTCOME_DONE, NULL);
}

static void read_range(struct jml_ldap_call *c)
{
    char **attributes = jml_new_n(c->arena, char *, 2);

    attributes[0] = c->range > 0 ? jml_printf(c->arena, "%s;range=%lld-*",
                                              c->settings->member_attribute, (long long)c->range)
                                 : jml_strdup(c->arena, c->settings->member_attribute);
    c->range = 0;
    c->n_groups = 0;
    jml_ldap_call_search(c, c->group, LDAP_SCOPE_BASE, "(objectClass=*)", attributes, members_read,
                         range_was_read);
}

/* ---- uids ---- */

static void uid_read(struct jml_ldap_call *c, LDAP *ld, LDAPMessage *entry)
{
    struct berval **values = ldap_get_values_len(ld, entry, c->settings->uid_attribute);
    size_t end = c->uid_at + UIDS < c->members.n ? c->uid_at + UIDS : c->members.n;
    char *dn = ldap_get_dn(ld, entry);

    for (size_t k = 0; dn && values && values[k]; k++) {
        const char *uid = jml_strndup(c->arena, values[k]->bv_val, values[k]->bv_len);

        for (size_t i = c->uid_at; i < end; i++)
            if (c->members.items[i] && jml_str_fold_equal(c->members.items[i], uid)) {
                add_account(c, jml_ldap_dn_normalise(c->arena, dn));
                c->members.items[i] = NULL;
            }
    }
    ldap_memfree(dn);
    ldap_value_free_len(values);
}

static void uids_were_read(struct jml_ldap_call *c, int code, const char *words)
{
    if (code != LDAP_SUCCESS) {
        jml_ldap_call_fail(c, code, words);
        return;
    }
    /* A member without an account is a member still. */
    for (size_t n = 0; n < UIDS && c->uid_at < c->members.n; n++, c->uid_at++)
        if (c->members.items[c->uid_at])
            add_account(c, jml_str_fold(c->arena, c->members.items[c->uid_at]));
    look_up(c);
}

static void look_up(struct jml_ldap_call *c)
{
    const struct jml_ldap_settings *s = c->settings;
    struct jml_str filter = JML_STR_INIT(c->arena);
    char **attributes = jml_new_n(c->arena, char *, 2);

    if (c->uid_at == c->members.n) {
        jml_ldap_call_finish(c, JML_OUTCOME_DONE, NULL);
        return;
    }
    jml_str_add(&filter, "(|");
    for (size_t i = c->uid_at; i < c->members.n && i < c->uid_at + UIDS; i++)
        jml_str_addf(&filter, "(%s=%s)", s->uid_attribute,
                     jml_ldap_filter_escape(c->arena, c->members.items[i]));
    jml_str_add_char(&filter, ')');
    attributes[0] = jml_strdup(c->arena, s->uid_attribute);
    jml_ldap_call_search(c, s->people_base, LDAP_SCOPE_SUBTREE, jml_str_text(&filter), attributes,
                         uid_read, uids_were_read);
}

/* ---- by memberOf ---- */

static void account_read(struct jml_ldap_call *c, LDAP *ld, LDAPMessage *entry)
{
    char *dn = ldap_get_dn(ld, entry);

    if (dn)
        add_account(c, jml_ldap_dn_normalise(c->arena, dn));
    ldap_memfree(dn);
}

static void accounts_were_read(struct jml_ldap_call *c, int code, const char *words)
{
    const char *elsewhere = c->settings->disable.base;

    if (code == LDAP_NO_SUCH_OBJECT)
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED, "no_base: %s is not there, or may not be seen",
                             c->uid_at ? "disabledBase" : "peopleBase");
    else if (code != LDAP_SUCCESS)
        jml_ldap_call_fail(c, code, words);
    else if (c->uid_at++ == 0 && elsewhere &&
             !jml_ldap_dn_is_below(c->arena, elsewhere, c->settings->people_base))
        by_member_of(c, elsewhere);
    else
        jml_ldap_call_finish(c, JML_OUTCOME_DONE, NULL);
}

static void by_member_of(struct jml_ldap_call *c, const char *base)
{
    c->request = (struct jml_ldap_request){
        .type = JML_LDAP_SEARCH,
        .dn = base,
        .scope = LDAP_SCOPE_SUBTREE,
        .filter = jml_printf(c->arena, "(memberOf=%s)", jml_ldap_filter_escape(c->arena, c->group)),
        .attributes = jml_ldap_no_attributes(c->arena),
        .is_paged = true,
        .entry = account_read,
        .answered = accounts_were_read,
    };
    jml_ldap_call_send(c);
}

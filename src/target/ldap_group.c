/* SPDX-License-Identifier: MIT
 *
 * Groups: giving and taking memberships, one value at a time, and asking for the value afterwards.
 *
 * Whatever the answer to a change is, "already so" has many codes; whether the value is there now
 * has one. So the value is compared whenever the answer may mean that, and after every change.
 */
#include <string.h>

#include "base/str.h"
#include "target/ldap.h"

/* ---- which group ---- */

static void group_read(struct jml_ldap_call *c, LDAP *ld, LDAPMessage *entry)
{
    char *dn = ldap_get_dn(ld, entry);

    c->n_groups++;
    c->group = jml_strdup(c->arena, dn);
    ldap_memfree(dn);
}

static void group_seen(struct jml_ldap_call *c, LDAP *ld, LDAPMessage *entry)
{
    (void)ld;
    (void)entry;
    c->n_groups++;
}

static void no_group(struct jml_ldap_call *c)
{
    jml_ldap_call_finish(
        c, JML_OUTCOME_FAILED,
        "no_group: the group of the role's origin is not there, or may not be seen");
}

static void group_found(struct jml_ldap_call *c, int code, const char *words)
{
    if (c->n_groups > 1)
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED,
                             "ambiguous_group: there is more than one group of that name below "
                             "groupBase; name it by groupDn");
    else if (code == LDAP_NO_SUCH_OBJECT || (code == LDAP_SUCCESS && c->n_groups == 0))
        no_group(c);
    else if (code != LDAP_SUCCESS)
        jml_ldap_call_fail(c, code, words);
    else
        c->resolved(c);
}

void jml_ldap_group_resolve(struct jml_ldap_call *c, const struct jml_value *origin,
                            void (*resolved)(struct jml_ldap_call *c))
{
    const struct jml_ldap_settings *s = c->settings;
    const char *dn = jml_value_find_string(origin, "groupDn");
    const char *name = jml_value_find_string(origin, "group");

    c->resolved = resolved;
    c->group = dn;
    c->n_groups = 0;
    if (dn && jml_ldap_dn_is_valid(dn) && dn[0] && c->op && c->op->action == JML_ACTION_GRANT)
        jml_ldap_call_search(c, dn, LDAP_SCOPE_BASE, "(objectClass=*)", NULL, group_read,
                             group_found); /* an account is made only for a group that is there */
    else if (dn && jml_ldap_dn_is_valid(dn) && dn[0])
        resolved(c);
    else if (dn || !name || !name[0])
        jml_ldap_call_finish(
            c, JML_OUTCOME_FAILED,
            "bad_origin: it names no group, by groupDn (a distinguished name) or group "
            "(with the setting groupBase)");
    else if (!s->group_base)
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED, "bad_settings: groupBase is missing");
    else
        jml_ldap_call_search(c, s->group_base, LDAP_SCOPE_SUBTREE,
                             jml_printf(c->arena, "(&(%s=%s)(!(objectClass=organizationalUnit)))",
                                        s->group_name_attribute,
                                        jml_ldap_filter_escape(c->arena, name)),
                             NULL, group_read, group_found);
}

/* ---- what a group calls the account ---- */

/* NULL: it cannot be said. */
static const char *member_value(struct jml_ldap_call *c, const char *dn, const char *uid)
{
    if (!c->settings->member_is_uid)
        return dn;
    return uid || !dn ? uid : jml_ldap_dn_value(c->arena, dn, c->settings->uid_attribute);
}

/* One job for each name of the account: what it is called now, and what it was called when it was
 * given something, for directories that do not follow renaming and deleting. */
static void add_jobs(struct jml_ldap_call *c,
                     void (*add)(struct jml_ldap_call *c, const char *value))
{
    const char *now = member_value(c, c->account.dn, c->account.uid);
    const char *before = c->op->account ? member_value(c, c->op->account, NULL) : NULL;

    if (now)
        add(c, now);
    if (before && before[0] &&
        (!now || !(c->settings->member_is_uid ? jml_str_fold_equal(now, before)
                                              : jml_ldap_dn_equal(c->arena, now, before))))
        add(c, before);
}

static void change_member(struct jml_ldap_call *c, int op, const char *group, const char *value,
                          LDAPMod *before, jml_ldap_answered answered)
{
    LDAPMod *mod = jml_ldap_mod(c->arena, op, c->settings->member_attribute, value);

    c->request = (struct jml_ldap_request){
        .type = JML_LDAP_MODIFY,
        .dn = group,
        .mods = before ? jml_ldap_mods(c->arena, before, mod) : jml_ldap_mods(c->arena, mod, NULL),
        .is_permissive = c->settings->is_permissive,
        .answered = answered,
    };
    jml_ldap_call_send(c);
}

/* Some directories do not compare DNs (Samba), but find the group by its member. */
static void member_was_searched(struct jml_ldap_call *c, int code, const char *words)
{
    if (code == LDAP_SUCCESS)
        code = c->n_groups > 0 ? LDAP_COMPARE_TRUE : LDAP_COMPARE_FALSE;
    c->compared(c, code, words);
}

static void member_was_compared(struct jml_ldap_call *c, int code, const char *words)
{
    const char *group = c->request.dn, *value = c->request.value;

    switch (code) {
    case LDAP_COMPARE_TRUE:
    case LDAP_COMPARE_FALSE:
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_INSUFFICIENT_ACCESS: /* a search would find nothing, and mean nothing */
        c->compared(c, code, words);
        break;
    case LDAP_NO_SUCH_ATTRIBUTE:
        c->compared(c, LDAP_COMPARE_FALSE, words);
        break;
    default:
        c->n_groups = 0;
        jml_ldap_call_search(c, group, LDAP_SCOPE_BASE,
                             jml_printf(c->arena, "(%s=%s)", c->settings->member_attribute,
                                        jml_ldap_filter_escape(c->arena, value)),
                             NULL, group_seen, member_was_searched);
    }
}

/* compared: COMPARE_TRUE or COMPARE_FALSE, NO_SUCH_OBJECT for the group, or it cannot be said. */
static void compare_member(struct jml_ldap_call *c, const char *group, const char *value,
                           jml_ldap_answered compared)
{
    c->compared = compared;
    c->request = (struct jml_ldap_request){
        .type = JML_LDAP_COMPARE,
        .dn = group,
        .attribute = c->settings->member_attribute,
        .value = value,
        .answered = member_was_compared,
    };
    jml_ldap_call_send(c);
}

/* ---- grant ---- */

static void grant_was_compared(struct jml_ldap_call *c, int code, const char *words)
{
    (void)words;
    if (code == LDAP_COMPARE_TRUE)
        jml_ldap_call_finish(c, JML_OUTCOME_CONFIRMED, NULL);
    else if (code == LDAP_COMPARE_FALSE)
        jml_ldap_call_finish(c, JML_OUTCOME_LATER, "read_back: the group does not have the member");
    else if (code == LDAP_NO_SUCH_OBJECT)
        no_group(c);
    else
        jml_ldap_call_finish(c, JML_OUTCOME_DONE, NULL); /* it may not be asked, say */
}

static void was_granted(struct jml_ldap_call *c, int code, const char *words)
{
    if (code == LDAP_SUCCESS || code == LDAP_TYPE_OR_VALUE_EXISTS || code == LDAP_ALREADY_EXISTS)
        compare_member(c, c->group, c->jobs.items[0].value, grant_was_compared);
    else if (code == LDAP_NO_SUCH_OBJECT)
        no_group(c);
    else
        jml_ldap_call_fail(c, code, words);
}

static void grant_add(struct jml_ldap_call *c)
{
    const char *value = member_value(c, c->account.dn, c->account.uid);

    if (!value) {
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED, "no_attribute: the account has no %s",
                             c->settings->uid_attribute);
        return;
    }
    jml_vec_push(c->arena, &c->jobs, ((struct jml_ldap_job){c->group, value}));
    change_member(c, LDAP_MOD_ADD, c->group, value, NULL, was_granted);
}

static void grant_found(struct jml_ldap_call *c)
{
    if (c->account.dn)
        grant_add(c);
    else
        jml_ldap_account_make(c, grant_add);
}

/* The group first: no account is made for a group that is not there. */
static void grant_resolved(struct jml_ldap_call *c)
{
    jml_ldap_account_find(c, grant_found);
}

void jml_ldap_group_grant(struct jml_ldap_call *c)
{
    jml_ldap_group_resolve(c, c->op->origin, grant_resolved);
}

/* ---- removing: c->jobs one after the other ---- */

static void remove_next(struct jml_ldap_call *c);

static void was_removed(struct jml_ldap_call *c, int code, const char *words)
{
    const struct jml_ldap_job *job = &c->jobs.items[c->job];
    const struct jml_ldap_settings *s = c->settings;

    if (code == LDAP_OBJECT_CLASS_VIOLATION && !c->job_is_last_member) {
        if (!s->placeholder_member) {
            jml_ldap_call_finish(
                c, JML_OUTCOME_FAILED,
                "last_member: the group may not become empty; set placeholderMember");
            return;
        }
        c->job_is_last_member = true;
        change_member(
            c, LDAP_MOD_DELETE, job->group, job->value,
            jml_ldap_mod(c->arena, LDAP_MOD_ADD, s->member_attribute, s->placeholder_member),
            was_removed);
        return;
    }
    /* Active Directory is unwilling to take out who is not in; the comparison tells that from
     * others. */
    if (code == LDAP_SUCCESS || code == LDAP_NO_SUCH_ATTRIBUTE ||
        (code == LDAP_UNWILLING_TO_PERFORM && s->is_ad)) {
        c->job++;
        c->job_is_last_member = false;
        remove_next(c);
    } else if (code == LDAP_NO_SUCH_OBJECT && c->op->action == JML_ACTION_REVOKE) {
        no_group(c);
    } else if (code == LDAP_NO_SUCH_OBJECT) {
        c->job++; /* the group went meanwhile, and the membership with it */
        remove_next(c);
    } else {
        jml_ldap_call_fail(c, code, words);
    }
}

static void remove_next(struct jml_ldap_call *c)
{
    if (c->job < c->jobs.n)
        change_member(c, LDAP_MOD_DELETE, c->jobs.items[c->job].group, c->jobs.items[c->job].value,
                      NULL, was_removed);
    else
        c->removed(c);
}

/* ---- revoke ---- */

static void revoke_was_compared(struct jml_ldap_call *c, int code, const char *words)
{
    (void)words;
    if (code == LDAP_COMPARE_TRUE) {
        jml_ldap_call_finish(c, JML_OUTCOME_LATER, "read_back: the group still has the member");
    } else if (code == LDAP_NO_SUCH_OBJECT) {
        no_group(c);
    } else if (code != LDAP_COMPARE_FALSE) {
        jml_ldap_call_finish(c, JML_OUTCOME_DONE, NULL);
    } else if (++c->job < c->jobs.n) {
        compare_member(c, c->group, c->jobs.items[c->job].value, revoke_was_compared);
    } else {
        jml_ldap_call_finish(c, JML_OUTCOME_CONFIRMED, NULL);
    }
}

static void revoke_removed(struct jml_ldap_call *c)
{
    c->job = 0;
    compare_member(c, c->group, c->jobs.items[0].value, revoke_was_compared);
}

static void add_revoke(struct jml_ldap_call *c, const char *value)
{
    jml_vec_push(c->arena, &c->jobs, ((struct jml_ldap_job){c->group, value}));
}

static void revoke_found(struct jml_ldap_call *c)
{
    add_jobs(c, add_revoke);
    c->removed = revoke_removed;
    if (c->jobs.n > 0)
        remove_next(c);
    else
        jml_ldap_account_is_gone(c);
}

static void revoke_resolved(struct jml_ldap_call *c)
{
    jml_ldap_account_find(c, revoke_found);
}

void jml_ldap_group_revoke(struct jml_ldap_call *c)
{
    jml_ldap_group_resolve(c, c->op->origin, revoke_resolved);
}

/* ---- all groups ---- */

static void add_name(struct jml_ldap_call *c, const char *value)
{
    jml_vec_push(c->arena, &c->members, value);
}

static void membership_read(struct jml_ldap_call *c, LDAP *ld, LDAPMessage *entry)
{
    char *dn = ldap_get_dn(ld, entry);

    if (dn)
        jml_vec_push(
            c->arena, &c->jobs,
            ((struct jml_ldap_job){jml_strdup(c->arena, dn), c->members.items[c->uid_at]}));
    ldap_memfree(dn);
}

static void search_memberships(struct jml_ldap_call *c);

static void memberships_found(struct jml_ldap_call *c, int code, const char *words)
{
    if (code == LDAP_NO_SUCH_OBJECT) {
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED,
                             "no_base: groupBase is not there, or may not be seen");
    } else if (code != LDAP_SUCCESS) {
        jml_ldap_call_fail(c, code, words);
    } else {
        c->uid_at++;
        search_memberships(c);
    }
}

/* For each name of the account; then all that was found is removed. */
static void search_memberships(struct jml_ldap_call *c)
{
    const struct jml_ldap_settings *s = c->settings;

    if (c->uid_at == c->members.n) {
        remove_next(c);
        return;
    }
    c->request = (struct jml_ldap_request){
        .type = JML_LDAP_SEARCH,
        .dn = s->group_base,
        .scope = LDAP_SCOPE_SUBTREE,
        .filter = jml_printf(c->arena, "(%s=%s)", s->member_attribute,
                             jml_ldap_filter_escape(c->arena, c->members.items[c->uid_at])),
        .attributes = jml_ldap_no_attributes(c->arena),
        .is_paged = true,
        .entry = membership_read,
        .answered = memberships_found,
    };
    jml_ldap_call_send(c);
}

void jml_ldap_group_remove_all(struct jml_ldap_call *c, void (*removed)(struct jml_ldap_call *c))
{
    c->removed = removed;
    c->members.n = c->jobs.n = c->job = c->uid_at = 0;
    add_jobs(c, add_name);
    search_memberships(c);
}

static void all_are_gone(struct jml_ldap_call *c)
{
    if (c->jobs.n == 0)
        jml_ldap_account_is_gone(c);
    else if (c->n_writes++ < 2) /* looked for again: none may be left */
        jml_ldap_group_remove_all(c, all_are_gone);
    else
        jml_ldap_call_finish(c, JML_OUTCOME_LATER, "read_back: the account is in %zu groups still",
                             c->jobs.n);
}

static void revoke_all_found(struct jml_ldap_call *c)
{
    c->account.is_searched |= c->account.dn != NULL;
    jml_ldap_group_remove_all(c, all_are_gone);
}

void jml_ldap_group_revoke_all(struct jml_ldap_call *c)
{
    if (c->settings->group_base)
        jml_ldap_account_find(c, revoke_all_found);
    else
        jml_ldap_call_finish(c, JML_OUTCOME_FAILED,
                             "bad_settings: groupBase is missing: where all groups are looked for");
}

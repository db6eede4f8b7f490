/* SPDX-License-Identifier: MIT
 *
 * Settings of an LDAP target; jmld-targets(5) has them for those who write them.
 */
#include <string.h>

#include "base/str.h"
#include "core/setting.h"
#include "target/ldap.h"

struct reading {
    struct jml_arena *arena;
    const struct jml_target_setup *setup;
    struct jml_err *e;
    bool is_wrong;
};

static void wrong(struct reading *r, const char *setting, const char *words)
{
    if (!r->is_wrong)
        jml_err_set(r->e, JML_ERR_BAD_INPUT, "target '%s': %s %s", r->setup->name, setting, words);
    r->is_wrong = true;
}

static const char *text(struct reading *r, const char *setting, const char *fallback)
{
    const struct jml_value *v = jml_value_find(r->setup->settings, setting);

    if (!v || v->type == JML_NULL)
        return fallback;
    if (v->type != JML_STRING || !v->text[0]) {
        wrong(r, setting, "has to be a text");
        return fallback;
    }
    return v->text;
}

static const char *dn(struct reading *r, const char *setting)
{
    const char *s = text(r, setting, NULL);

    if (s && !jml_ldap_dn_is_valid(s))
        wrong(r, setting, "is no distinguished name, like \"ou=people,dc=example,dc=com\"");
    return s;
}

static bool flag(struct reading *r, const char *setting, bool fallback)
{
    const struct jml_value *v = jml_value_find(r->setup->settings, setting);

    if (v && v->type != JML_NULL && v->type != JML_BOOL)
        wrong(r, setting, "has to be true or false");
    return v && v->type == JML_BOOL ? v->boolean : fallback;
}

static int number(struct reading *r, const char *setting, int64_t least, int64_t most, int fallback)
{
    const struct jml_value *v = jml_value_find(r->setup->settings, setting);
    int64_t n = fallback;

    if (!v || v->type == JML_NULL)
        return fallback;
    if (!jml_value_to_int(v, &n) || n < least || n > most) {
        wrong(r, setting,
              jml_printf(r->arena, "has to be a number from %lld to %lld", (long long)least,
                         (long long)most));
        return fallback;
    }
    return (int)n;
}

static const char *path(struct reading *r, const char *setting)
{
    const char *found = NULL;

    if (text(r, setting, NULL) && !r->is_wrong) {
        found = jml_setting_path(r->arena, r->setup, setting, r->e);
        r->is_wrong = !found;
    }
    return found;
}

/* ---- the connection ---- */

static bool is_local(const char *uri)
{
    static const char *const places[] = {"ldap://127.", "ldap://[::1]", "ldap://localhost"};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const char *rest = uri + strlen(places[i]);

        if (!jml_str_starts(uri, places[i]))
            continue;
        if (i == 0)
            rest += strspn(rest, "0123456789.");
        if (!*rest || *rest == ':' || *rest == '/')
            return true;
    }
    return false;
}

static void read_connection(struct reading *r, struct jml_ldap_settings *s)
{
    const char *sasl = text(r, "sasl", NULL), *timeout = text(r, "connectTimeout", "PT10S");
    bool is_plain = false;
    struct jml_duration d;
    struct jml_err ignored;

    s->uri = text(r, "uri", NULL);
    if (!s->uri) {
        wrong(r, "uri", "is missing: ldap://HOST, ldaps://HOST or ldapi://PATH");
        return;
    }
    s->start_tls = flag(r, "startTls", false);
    s->is_private = true;
    /* Several are tried one after the other, so that each has to be fine. */
    for (const char *p = s->uri; *p; p += strcspn(p, " "), p += strspn(p, " ")) {
        const char *one = jml_strndup(r->arena, p, strcspn(p, " "));

        if (!jml_str_starts(one, "ldap://") && !jml_str_starts(one, "ldaps://") &&
            !jml_str_starts(one, "ldapi://"))
            wrong(r, "uri", "begins with ldap://, ldaps:// or ldapi://");
        if (s->start_tls && !jml_str_starts(one, "ldap://"))
            wrong(r, "startTls", "is for ldap:// only; ldaps:// has TLS from the start");
        if (jml_str_starts(one, "ldap://") && !s->start_tls) {
            s->is_private = false;
            is_plain |= !is_local(one);
        }
    }
    s->ca_file = path(r, "caFile");
    s->certificate_file = path(r, "certificateFile");
    s->key_file = path(r, "keyFile");
    if (!s->certificate_file != !s->key_file)
        wrong(r, s->key_file ? "certificateFile" : "keyFile", "is missing: they go together");
    s->bind_dn = dn(r, "bindDn");
    if (sasl && !jml_streq(sasl, "EXTERNAL"))
        wrong(r, "sasl", "can be \"EXTERNAL\" only");
    s->is_external = sasl != NULL;
    if (s->is_external && (s->bind_dn || jml_value_find(r->setup->settings, "passwordFile")))
        wrong(r, "sasl", "has no bindDn and no passwordFile");
    if (!s->is_external && !s->bind_dn)
        wrong(r, "bindDn", "is missing (with passwordFile), or \"sasl\": \"EXTERNAL\"");
    if (s->bind_dn && is_plain && !flag(r, "allowPlaintext", false))
        wrong(r, "startTls",
              "has to be true, or uri ldaps://: the password would be sent as it is "
              "(\"allowPlaintext\": true allows that)");
    if (jml_duration_parse(timeout, &d, &ignored) < 0 || d.days != 0 || d.exact < JML_SECOND / 10 ||
        d.exact > 300 * JML_SECOND)
        wrong(r, "connectTimeout", "has to be from PT0.1S to PT5M");
    else
        s->connect_timeout = d.exact;
    s->n_lines = number(r, "connections", 1, JML_LDAP_LINES_MAX, 2);
    s->page_size = number(r, "pageSize", 1, 100000, 500);
    if (r->is_wrong || s->is_external)
        return;
    if (!jml_value_find(r->setup->settings, "passwordFile"))
        wrong(r, "passwordFile", "is missing: the file with the password of bindDn");
    else if (!(s->password =
                   (char *)(uintptr_t)jml_secret_read(r->arena, r->setup, "passwordFile", r->e)))
        r->is_wrong = true;
}

/* ---- accounts ---- */

/* A text, or an array of them. */
static void check_templates(struct reading *r, const char *setting, const struct jml_value *v)
{
    if (v->type != JML_OBJECT || v->n == 0) {
        wrong(r, setting, "has to be an object: attribute to text, or to an array of texts");
        return;
    }
    for (size_t i = 0; i < v->n; i++) {
        const struct jml_value *one = v->items[i];
        bool is_good = one->type == JML_STRING || (one->type == JML_ARRAY && one->n > 0);

        for (size_t k = 0; one->type == JML_ARRAY && k < one->n; k++)
            is_good &= one->items[k]->type == JML_STRING;
        if (!is_good)
            wrong(r, setting,
                  jml_printf(r->arena, "has to have a text, or an array of texts, for '%s'",
                             v->keys[i]));
    }
}

static void read_disable(struct reading *r, struct jml_ldap_settings *s)
{
    const struct jml_value *v = jml_value_find(r->setup->settings, "disable");
    struct jml_ldap_disable *d = &s->disable;

    d->base = dn(r, "disabledBase");
    if (!v || v->type == JML_NULL) {
        if (s->is_ad && !d->base)
            *d = (struct jml_ldap_disable){.attribute = "userAccountControl", .bit = 2};
        return;
    }
    d->attribute = jml_value_find_string(v, "attribute");
    d->value = jml_value_find_string(v, "value");
    d->restore = jml_value_find_string(v, "restore");
    if (jml_value_find(v, "bit") &&
        (!jml_value_to_int(jml_value_find(v, "bit"), &d->bit) || d->bit <= 0 || d->bit > INT32_MAX))
        wrong(r, "disable", "has a bit that is no number above 0");
    if (!d->attribute || !d->attribute[0] || !d->value == !d->bit)
        wrong(r, "disable",
              "is {\"attribute\": ..., \"value\": ..., \"restore\": ...} or {\"attribute\": ..., "
              "\"bit\": ...}");
    if (d->value && jml_streq(d->value, d->restore))
        wrong(r, "disable", "has the same value and restore");
}

static void read_accounts(struct reading *r, struct jml_ldap_settings *s)
{
    const struct jml_value *names = jml_value_find(r->setup->settings, "attributeNames");
    const char *filled;
    int n;

    s->people_base = dn(r, "peopleBase");
    if (!s->people_base)
        wrong(r, "peopleBase", "is missing: the entry below which accounts are");
    s->account_filter = text(r, "accountFilter",
                             s->is_ad ? "(userPrincipalName={{userPrincipalName}})"
                                      : "(uid={{userPrincipalName}})");
    filled = jml_setting_filled(r->arena, s->account_filter, &n);
    if (!jml_setting_is_ldap_filter(filled) || !jml_ldap_filter_is_valid(filled))
        wrong(r, "accountFilter", "is a filter in parentheses, like \"(uid={{employeeId}})\"");
    else if (n == 0)
        wrong(r, "accountFilter",
              "has no value of a person in it, like {{employeeId}}: it would find the same account "
              "for everybody");
    s->account_dn = text(r, "accountDn", NULL);
    if (s->account_dn && !jml_ldap_dn_is_valid(jml_setting_filled(r->arena, s->account_dn, &n)))
        wrong(r, "accountDn",
              "is no distinguished name, like \"uid={{uid}},ou=people,dc=example,dc=com\"");
    s->account_attributes = jml_value_find(r->setup->settings, "accountAttributes");
    if (s->account_attributes && s->account_attributes->type == JML_NULL)
        s->account_attributes = NULL;
    if (s->account_attributes) {
        check_templates(r, "accountAttributes", s->account_attributes);
        if (!jml_value_find(s->account_attributes, "objectClass"))
            wrong(r, "accountAttributes", "has to have objectClass");
        if (!s->account_dn)
            wrong(r, "accountDn", "is missing: what accounts that are made are called");
    }
    s->uid_attribute = text(r, "uidAttribute", s->is_ad ? "sAMAccountName" : "uid");
    s->follows_account_dn = flag(r, "followAccountDn", false);
    if (s->follows_account_dn && !s->account_dn)
        wrong(r, "followAccountDn", "follows accountDn, which is missing");
    s->attribute_names = names;
    if (names && names->type != JML_OBJECT)
        wrong(r, "attributeNames",
              "has to be an object: attribute of a person to that of an entry");
    for (size_t i = 0; names && names->type == JML_OBJECT && i < names->n; i++)
        if (names->items[i]->type != JML_STRING && names->items[i]->type != JML_NULL)
            wrong(r, "attributeNames", "has to have names, or null for what is not kept there");
    read_disable(r, s);
}

int jml_ldap_settings_read(struct jml_arena *a, const struct jml_target_setup *setup,
                           struct jml_ldap_settings *s, struct jml_err *e)
{
    struct reading r = {.arena = a, .setup = setup, .e = e};
    const char *dialect = text(&r, "dialect", "openldap"), *list_by = text(&r, "listBy", "member");

    *s = (struct jml_ldap_settings){.is_ad = jml_streq(dialect, "ad")};
    if (!s->is_ad && !jml_streq(dialect, "openldap"))
        wrong(&r, "dialect", "is \"openldap\" or \"ad\"");
    read_accounts(&r, s);
    s->group_base = dn(&r, "groupBase");
    s->group_name_attribute = text(&r, "groupNameAttribute", "cn");
    s->member_attribute = text(&r, "memberAttribute", "member");
    s->member_is_uid = jml_streq(
        text(&r, "memberValue", jml_strcaseeq(s->member_attribute, "memberUid") ? "uid" : "dn"),
        "uid");
    if (!s->member_is_uid && !jml_streq(text(&r, "memberValue", "dn"), "dn"))
        wrong(&r, "memberValue", "is \"dn\" or \"uid\"");
    s->placeholder_member = text(&r, "placeholderMember", NULL);
    s->is_permissive = flag(&r, "permissiveModify", s->is_ad);
    s->lists_by_member_of = jml_streq(list_by, "memberOf");
    if (!s->lists_by_member_of && !jml_streq(list_by, "member"))
        wrong(&r, "listBy", "is \"member\" or \"memberOf\"");
    /* Last, because a secret is read. */
    read_connection(&r, s);
    if (r.is_wrong && s->password)
        explicit_bzero(s->password, strlen(s->password));
    return r.is_wrong ? -1 : 0;
}

/* ---- names of attributes ---- */

const char *jml_ldap_settings_attribute(const struct jml_ldap_settings *s, const char *name)
{
    static const struct {
        const char *name, *openldap, *ad;
    } known[] = {
        {"displayName", "displayName", "displayName"},
        {"givenName", "givenName", "givenName"},
        {"surname", "sn", "sn"},
        {"mail", "mail", "mail"},
        {"jobTitle", "title", "title"},
        {"department", "departmentNumber", "department"},
        {"companyName", "o", "company"},
        {"officeLocation", "physicalDeliveryOfficeName", "physicalDeliveryOfficeName"},
        {"mobilePhone", "mobile", "mobile"},
        {"businessPhones", "telephoneNumber", "telephoneNumber"},
        {"faxNumber", "facsimileTelephoneNumber", "facsimileTelephoneNumber"},
        {"streetAddress", "street", "streetAddress"},
        {"city", "l", "l"},
        {"state", "st", "st"},
        {"postalCode", "postalCode", "postalCode"},
        {"preferredLanguage", "preferredLanguage", "preferredLanguage"},
        {"employeeId", "employeeNumber", "employeeID"},
        {"employeeType", "employeeType", "employeeType"},
        {"userPrincipalName", NULL, "userPrincipalName"},
    };
    const struct jml_value *v = jml_value_find(s->attribute_names, name);

    if (v)
        return v->type == JML_STRING ? v->text : "";
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (jml_streq(known[i].name, name))
            return s->is_ad ? known[i].ad : known[i].openldap;
    return NULL;
}

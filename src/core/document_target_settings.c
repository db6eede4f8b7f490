/* SPDX-License-Identifier: MIT
 *
 * Document: what the kinds of targets may be told, one table a kind, and what must not stand in a
 * document: secrets. The kinds read their settings themselves when they are opened (src/target); here
 * is what can be said of them without opening anything.
 */
#include <ctype.h>
#include <string.h>

#include "base/address.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/document_read.h"
#include "core/setting.h"

enum setting_type {
    SETTING_TEXT,
    SETTING_FILE,   /* absolute, or a name within the credentials directory */
    SETTING_HTTP,   /* an address of http or https */
    SETTING_LDAP,   /* one or more of ldap, ldaps, ldapi */
    SETTING_PROGRAM,  /* a file of the directory of programs */
    SETTING_FUNCTION, /* schema.name */
    SETTING_NUMBER, /* least to most */
    SETTING_SPAN,   /* a duration, least to most in seconds */
    SETTING_BOOL,
    SETTING_WORD,  /* one of words */
    SETTING_TEXTS, /* an array of strings */
    SETTING_PEOPLE, /* an array of addresses and employee_ids */
    SETTING_MAP,   /* an object of strings */
    SETTING_VARIABLES, /* the same, for programs */
    SETTING_TEMPLATES, /* an object of strings and arrays of strings */
    SETTING_HEADERS, /* an object of strings that are sent */
    SETTING_DN,       /* a distinguished name */
    SETTING_ACCOUNT_DN,  /* one with a person's values in it */
    SETTING_FILTER,      /* of a directory, with a person's values in it */
    SETTING_SCIM_FILTER, /* the same of SCIM */
    SETTING_CONNINFO,    /* of libpq */
    SETTING_OBJECT,
};

struct setting {
    const char *name;
    enum setting_type type;
    bool required;
    int least, most;
    const char *words; /* with blanks between */
};

enum { SETTINGS_MAX = 40 };

#define MAY(name, type) {name, SETTING_##type, false, 0, 0, NULL}
#define MUST(name, type) {name, SETTING_##type, true, 0, 0, NULL}
#define RANGE(name, type, least, most) {name, SETTING_##type, false, least, most, NULL}
#define ONE_OF(name, words) {name, SETTING_WORD, false, 0, 0, words}
#define HTTP_SETTINGS                                                    \
    MAY("bearerTokenFile", FILE), MAY("caFile", FILE),                   \
        MAY("clientCertificateFile", FILE), MAY("clientKeyFile", FILE),  \
        MAY("headers", HEADERS), MAY("allowHttp", BOOL)

/* Each ends with an empty row. */
static const struct {
    const char *kind;
    struct setting settings[SETTINGS_MAX];
} kinds[] = {
    {"null",
     {
         RANGE("delayMilliseconds", NUMBER, 0, 600000),
         RANGE("failEvery", NUMBER, 0, 1000000),
     }},
    {"manual",
     {
         MAY("instructions", TEXT),
         RANGE("remindAfter", SPAN, 3600, 365 * 86400),
         MAY("remindTo", PEOPLE),
     }},
    {"exec",
     {
         MUST("program", PROGRAM),
         MAY("arguments", TEXTS),
         MAY("listArguments", TEXTS),
         MAY("environment", VARIABLES),
         MAY("attributes", TEXTS),
         MAY("canList", BOOL),
     }},
    {"sql",
     {
         MUST("conninfo", CONNINFO),
         MAY("passwordFile", FILE),
         MUST("function", FUNCTION),
         MAY("listFunction", FUNCTION),
         MAY("attributes", TEXTS),
     }},
    {"webhook",
     {
         MAY("url", HTTP),
         MAY("urlFile", FILE),
         MAY("secretFile", FILE),
         HTTP_SETTINGS,
         MAY("attributes", TEXTS),
         MAY("wait", BOOL),
         RANGE("callbackTimeout", SPAN, 1, 365 * 86400),
     }},
    {"scim",
     {
         MAY("url", HTTP),
         MAY("urlFile", FILE),
         HTTP_SETTINGS,
         MAY("userFilter", SCIM_FILTER),
         MAY("userAttributes", OBJECT),
         MAY("attributeMapping", MAP),
         RANGE("pageSize", NUMBER, 1, 10000),
         ONE_OF("listBy", "group users"),
         ONE_OF("dialect", "rfc entra okta"),
         ONE_OF("memberRemoval", "filter value"),
         ONE_OF("groupUpdate", "patch put"),
         MAY("etag", BOOL),
         MAY("capitalOps", BOOL),
         MAY("booleansAsStrings", BOOL),
         MAY("pathlessPatch", BOOL),
         MAY("excludeMembers", BOOL),
     }},
    {"ldap",
     {
         MUST("uri", LDAP),
         MAY("startTls", BOOL),
         MAY("allowPlaintext", BOOL),
         MAY("caFile", FILE),
         MAY("bindDn", DN),
         MAY("passwordFile", FILE),
         ONE_OF("sasl", "EXTERNAL"),
         MAY("certificateFile", FILE),
         MAY("keyFile", FILE),
         RANGE("connections", NUMBER, 1, 16),
         RANGE("connectTimeout", SPAN, 1, 300),
         RANGE("pageSize", NUMBER, 1, 100000),
         ONE_OF("dialect", "openldap ad"),
         MUST("peopleBase", DN),
         MAY("accountFilter", FILTER),
         MAY("accountDn", ACCOUNT_DN),
         MAY("accountAttributes", TEMPLATES),
         MAY("followAccountDn", BOOL),
         MAY("attributeNames", OBJECT),
         MAY("disable", OBJECT),
         MAY("disabledBase", DN),
         MAY("uidAttribute", TEXT),
         MAY("groupBase", DN),
         MAY("groupNameAttribute", TEXT),
         MAY("memberAttribute", TEXT),
         ONE_OF("memberValue", "dn uid"),
         MAY("placeholderMember", TEXT),
         MAY("permissiveModify", BOOL),
         ONE_OF("listBy", "member memberOf"),
     }},
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static enum jml_member_kind member_kind(enum setting_type type)
{
    switch (type) {
    case SETTING_NUMBER:
        return JML_MEMBER_INT;
    case SETTING_BOOL:
        return JML_MEMBER_BOOL;
    case SETTING_TEXTS:
    case SETTING_PEOPLE:
        return JML_MEMBER_ARRAY;
    case SETTING_MAP:
    case SETTING_VARIABLES:
    case SETTING_HEADERS:
    case SETTING_TEMPLATES:
    case SETTING_OBJECT:
        return JML_MEMBER_OBJECT;
    case SETTING_TEXT:
    case SETTING_FILE:
    case SETTING_HTTP:
    case SETTING_LDAP:
    case SETTING_PROGRAM:
    case SETTING_FUNCTION:
    case SETTING_SPAN:
    case SETTING_WORD:
    case SETTING_DN:
    case SETTING_ACCOUNT_DN:
    case SETTING_FILTER:
    case SETTING_SCIM_FILTER:
    case SETTING_CONNINFO:
        break;
    }
    return JML_MEMBER_STRING;
}

/* ---- what may be in one ---- */

static void check_file(struct jml_reader *r, const struct jml_value *v, const char *path,
                       const char *name)
{
    const char *file = jml_value_find_string(v, name);

    if (file && (!*file || !jml_str_printable(file) || (*file != '/' && strchr(file, '/'))))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, name),
                        "must be an absolute path, or a name within the credentials directory "
                        "(LoadCredential= in the unit)");
}

/* Whether the host that begins here is this machine. */
static bool is_loopback(const char *host)
{
    size_t n = strcspn(host, "/?#");
    const char *colon = *host == '[' ? strchr(host, ']') : memchr(host, ':', n);

    if (*host == '[')
        return colon && jml_str_starts(host, "[::1]");
    if (colon)
        n = (size_t)(colon - host);
    return (n == 9 && strncmp(host, "localhost", n) == 0) ||
           (n > 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n);
}

void jml_read_url(struct jml_reader *r, const struct jml_value *v, const char *path,
                  const char *member, bool allow_http)
{
    const char *url = jml_value_find_string(v, member), *why = NULL;
    bool plain = url && jml_str_starts(url, "http://");
    const char *host = !url ? NULL : url + (plain ? 7 : 8);

    if (!url)
        return;
    if (!plain && !jml_str_starts(url, "https://"))
        why = "must begin with https://";
    else if (!*host || strchr("/?#:", *host) || !jml_str_printable(url) || strchr(url, ' '))
        why = "is no address";
    else if (strchr(url, '#'))
        why = "has a fragment (#), which is never sent";
    else if (plain && !allow_http && !is_loopback(host))
        why = "sends secrets and people's data in the clear: say https, or allowHttp";
    if (why)
        jml_problem_add(r->problems, jml_pointer(r->arena, path, member), "%s", why);
}

static void check_span(struct jml_reader *r, const struct jml_value *v, const char *path,
                       const struct setting *s)
{
    struct jml_duration d = {0};
    jml_time span;

    if (!jml_read_duration(r, v, path, s->name, false, &d))
        return;
    span = d.days * JML_DAY + d.exact;
    if (span < s->least * JML_SECOND || span > s->most * JML_SECOND)
        jml_problem_add(r->problems, jml_pointer(r->arena, path, s->name), "must be %s to %s",
                        jml_span_format(r->arena, s->least * JML_SECOND),
                        jml_span_format(r->arena, s->most * JML_SECOND));
}

static void check_word(struct jml_reader *r, const struct jml_value *v, const char *path,
                       const struct setting *s)
{
    const char *word = jml_value_find_string(v, s->name), *at = s->words;
    size_t n = word ? strlen(word) : 0;

    while (word && at) {
        if (n && strncmp(at, word, n) == 0 && (at[n] == ' ' || !at[n]))
            return;
        at = strchr(at, ' ');
        at += at != NULL;
    }
    if (word)
        jml_problem_add(r->problems, jml_pointer(r->arena, path, s->name), "must be one of: %s",
                        s->words);
}

static void check_strings(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    for (size_t i = 0; v && i < v->n; i++)
        if (v->items[i]->type != JML_STRING)
            jml_problem_add(r->problems,
                            v->type == JML_OBJECT ? jml_pointer(r->arena, path, v->keys[i])
                                                  : jml_pointer_item(r->arena, path, i),
                            "must be a string");
}

/* Whom mails go to. */
static void check_people(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    check_strings(r, v, path);
    if (v && !v->n)
        jml_problem_add(r->problems, path, "names nobody");
    for (size_t i = 0; v && i < v->n; i++) {
        const char *who = v->items[i]->type == JML_STRING ? v->items[i]->text : NULL;
        if (who && (strchr(who, '@') ? !jml_address_is_sound(who) : !*who || !jml_str_printable(who)))
            jml_problem_add(r->problems, jml_pointer_item(r->arena, path, i),
                            "is no mail address, and no employee_id");
    }
}

static void check_variables(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    for (size_t i = 0; v && i < v->n; i++)
        if (!jml_setting_is_variable(v->keys[i]))
            jml_problem_add(r->problems, jml_pointer(r->arena, path, v->keys[i]),
                            JML_SETTING_VARIABLE);
    check_strings(r, v, path);
}

static void check_headers(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    for (size_t i = 0; v && i < v->n; i++) {
        const char *at = jml_pointer(r->arena, path, v->keys[i]);

        if (!jml_setting_is_header(v->keys[i]))
            jml_problem_add(r->problems, at, "is no name of a header");
        else if (jml_setting_is_secret_header(v->keys[i]))
            jml_problem_add(r->problems, at,
                            "is called like a secret, and those are in files: bearerTokenFile, or "
                            "secretFile, by which calls are signed");
        else if (v->items[i]->type == JML_STRING && !jml_str_printable(v->items[i]->text))
            jml_problem_add(r->problems, at, "has control characters, or an end of line");
    }
    check_strings(r, v, path);
}

static void check_dn(struct jml_reader *r, const char *text, const char *path)
{
    if (!jml_setting_is_dn(text))
        jml_problem_add(r->problems, path,
                        "is no distinguished name, like \"ou=people,dc=example,dc=com\"");
}

/* It finds the account of one person: without a value of that person it would be the same account
 * for everybody. */
static void check_filter(struct jml_reader *r, const char *text, const char *path, bool is_scim)
{
    int n;
    const char *filled = jml_setting_filled(r->arena, text, &n);

    if (is_scim && !jml_setting_is_scim_filter(filled))
        jml_problem_add(r->problems, path,
                        "is no filter: its quotes, brackets and parentheses have to close");
    else if (!is_scim && !jml_setting_is_ldap_filter(filled))
        jml_problem_add(r->problems, path,
                        "is no filter in parentheses, like \"(uid={{employeeId}})\"");
    else if (n == 0)
        jml_problem_add(r->problems, path,
                        "has no value of a person in it, like {{employeeId}}: it would find the same "
                        "account for everybody");
}

static void check_conninfo(struct jml_reader *r, const char *text, const char *path)
{
    static const struct {
        const char *keyword, *why;
    } words[] = {
        {"passfile", "the password belongs into a file that passwordFile names"},
        {"service", "say what it stands for"},
        {"replication", "it is for functions only"},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (jml_setting_conninfo_says(text, words[i].keyword))
            jml_problem_add(r->problems, path, "no %s here: %s", words[i].keyword, words[i].why);
}

/* A string or an array of strings each. */
static void check_templates(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    for (size_t i = 0; v && i < v->n; i++) {
        const char *at = jml_pointer(r->arena, path, v->keys[i]);
        if (v->items[i]->type == JML_ARRAY)
            check_strings(r, v->items[i], at);
        else if (v->items[i]->type != JML_STRING)
            jml_problem_add(r->problems, at, "must be a string or an array of strings");
    }
}

/* Several addresses are tried one after the other. */
static void check_ldap(struct jml_reader *r, const char *text, const char *path)
{
    const char *p = text;

    do {
        p += strspn(p, " ");
        if (!jml_str_starts(p, "ldap://") && !jml_str_starts(p, "ldaps://") &&
            !jml_str_starts(p, "ldapi://")) {
            jml_problem_add(r->problems, path, "must begin with ldaps://, ldap:// or ldapi://");
            return;
        }
        p += strcspn(p, " ");
    } while (*p);
}

static bool is_function(const char *name)
{
    static const char all[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    size_t first = strspn(name, all), second = name[first] == '.' ? strspn(name + first + 1, all) : 0;

    return first && first < 64 && second && second < 64 && !name[first + 1 + second] &&
           !isdigit((unsigned char)name[0]) && !isdigit((unsigned char)name[first + 1]);
}

static void check_setting(struct jml_reader *r, const struct jml_value *v, const char *path,
                          const struct setting *s)
{
    const char *at = jml_pointer(r->arena, path, s->name), *text = jml_value_find_string(v, s->name);
    int n;

    switch (s->type) {
    case SETTING_TEXT:
        if (text && !*text)
            jml_problem_add(r->problems, at, "is empty");
        break;
    case SETTING_FILE:
        check_file(r, v, path, s->name);
        break;
    case SETTING_HTTP:
        jml_read_url(r, v, path, s->name, jml_value_find_bool(v, "allowHttp", false));
        break;
    case SETTING_NUMBER:
        jml_read_number(r, v, path, s->name, s->least, s->most, &n);
        break;
    case SETTING_SPAN:
        check_span(r, v, path, s);
        break;
    case SETTING_WORD:
        check_word(r, v, path, s);
        break;
    case SETTING_TEXTS:
        check_strings(r, jml_read_array(v, s->name), at);
        break;
    case SETTING_PEOPLE:
        check_people(r, jml_read_array(v, s->name), at);
        break;
    case SETTING_MAP:
        check_strings(r, jml_read_object(v, s->name), at);
        break;
    case SETTING_HEADERS:
        check_headers(r, jml_read_object(v, s->name), at);
        break;
    case SETTING_DN:
        if (text)
            check_dn(r, text, at);
        break;
    case SETTING_ACCOUNT_DN:
        if (text)
            check_dn(r, jml_setting_filled(r->arena, text, &n), at);
        break;
    case SETTING_FILTER:
    case SETTING_SCIM_FILTER:
        if (text)
            check_filter(r, text, at, s->type == SETTING_SCIM_FILTER);
        break;
    case SETTING_CONNINFO:
        if (text)
            check_conninfo(r, text, at);
        break;
    case SETTING_VARIABLES:
        check_variables(r, jml_read_object(v, s->name), at);
        break;
    case SETTING_TEMPLATES:
        check_templates(r, jml_read_object(v, s->name), at);
        break;
    case SETTING_LDAP:
        if (text)
            check_ldap(r, text, at);
        break;
    case SETTING_PROGRAM:
        if (text && !jml_setting_is_program(text))
            jml_problem_add(r->problems, at,
                            "must be the name of a file in the directory of programs, without a path");
        break;
    case SETTING_FUNCTION:
        if (text && !is_function(text))
            jml_problem_add(r->problems, at,
                            "must be schema.name as PostgreSQL keeps it, of letters, digits and _");
        break;
    case SETTING_BOOL:
    case SETTING_OBJECT:
        break;
    }
}

/* ---- the whole ---- */

static void check_together(struct jml_reader *r, const struct jml_value *v, const char *path,
                           const char *one, const char *other)
{
    if (jml_has(v, one) != jml_has(v, other))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, jml_has(v, one) ? other : one),
                        "missing: %s needs it", jml_has(v, one) ? one : other);
}

void jml_read_http(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    static const struct setting settings[] = {MAY("secretFile", FILE), HTTP_SETTINGS};

    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        check_setting(r, v, path, &settings[i]);
    check_together(r, v, path, "clientCertificateFile", "clientKeyFile");
}

static void check_address(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    if (jml_has(v, "url") == jml_has(v, "urlFile"))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "url"),
                        jml_has(v, "url")
                            ? "stands beside urlFile: leave one of them out"
                            : "missing: say the address here, or in a file that urlFile names");
}

static void check_bind(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    const char *uri = jml_value_find_string(v, "uri");

    check_together(r, v, path, "bindDn", "passwordFile");
    if (jml_has(v, "sasl") == jml_has(v, "bindDn"))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "bindDn"),
                        jml_has(v, "sasl") ? "stands beside sasl: leave one of them out"
                                           : "missing: with passwordFile, or \"sasl\": \"EXTERNAL\"");
    if (uri && !jml_str_starts(uri, "ldap://") && jml_value_find_bool(v, "startTls", false))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "startTls"),
                        "is for ldap://; the others are private from the start");
    if (jml_has(v, "accountAttributes") && !jml_has(v, "accountDn"))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "accountDn"),
                        "missing: what accounts that are made are called");
}

void jml_read_settings(struct jml_reader *r, const struct jml_value *v, const char *path,
                       const char *kind)
{
    struct jml_member members[SETTINGS_MAX];
    const struct setting *settings = NULL;
    size_t n = 0;

    for (size_t i = 0; i < N_KINDS; i++)
        if (jml_streq(kinds[i].kind, kind))
            settings = kinds[i].settings;
    if (!settings)
        jml_bug("no settings of target kind %s", kind);
    for (; settings[n].name; n++)
        members[n] = (struct jml_member){.name = settings[n].name,
                                         .kind = member_kind(settings[n].type),
                                         .required = settings[n].required};
    if (!jml_read_members(r, v, path, members, n))
        return;
    for (size_t i = 0; i < n; i++)
        check_setting(r, v, path, &settings[i]);
    check_together(r, v, path, "clientCertificateFile", "clientKeyFile");
    check_together(r, v, path, "certificateFile", "keyFile");
    check_together(r, v, path, "remindAfter", "remindTo");
    if (jml_streq(kind, "ldap"))
        check_bind(r, v, path);
    if (jml_streq(kind, "webhook") || jml_streq(kind, "scim"))
        check_address(r, v, path);
}

/* ---- secrets ---- */

static bool ends_with(const char *text, size_t n, const char *end)
{
    size_t m = strlen(end);
    return n >= m && memcmp(text + n - m, end, m) == 0;
}

static const struct {
    const char *end;  /* of the name, in lower case and without _ and - */
    const char *file; /* the setting that names a file with it */
} secrets[] = {
    {"password", "passwordFile"},    {"passwd", "passwordFile"},
    {"pwd", "passwordFile"},         {"passphrase", "passwordFile"},
    {"secret", "secretFile"},        {"apikey", "bearerTokenFile"},
    {"token", "bearerTokenFile"},    {"privatekey", "clientKeyFile"},
    {"accesskey", "secretFile"},     {"secretkey", "secretFile"},
    {"authorization", "bearerTokenFile"}, {"cookie", "bearerTokenFile"},
};
#define N_SECRETS (sizeof(secrets) / sizeof(secrets[0]))

/* The setting that belongs in its place; NULL: a name like any other. */
static const char *secret_of(struct jml_arena *a, const char *name, size_t length)
{
    char *plain = jml_arena_alloc(a, length + 1);
    size_t n = 0;

    for (size_t i = 0; i < length; i++)
        if (isalnum((unsigned char)name[i]))
            plain[n++] = (char)tolower((unsigned char)name[i]);
    for (size_t i = 0; i < N_SECRETS; i++)
        if (ends_with(plain, n, secrets[i].end))
            return secrets[i].file;
    return NULL;
}

/* "user:password@" of an address, or "password=..." in it, in a connection string or an argument. */
static const char *secret_in(struct jml_arena *a, const char *text)
{
    const char *host = strstr(text, "://"), *at;

    if (host) {
        size_t n = strcspn(host + 3, "/?#");
        at = memchr(host + 3, '@', n);
        if (at && memchr(host + 3, ':', (size_t)(at - host - 3)))
            return "passwordFile";
    }
    for (at = strchr(text, '='); at; at = strchr(at + 1, '=')) {
        const char *end = at, *begin, *value = at + 1 + strspn(at + 1, " ");
        while (end > text && end[-1] == ' ')
            end--;
        begin = end;
        while (begin > text && (isalnum((unsigned char)begin[-1]) || strchr("_-", begin[-1])))
            begin--;
        if (host && end - begin == 3 && memcmp(begin, "sig", 3) == 0)
            return "urlFile"; /* a shared access signature */
        if (begin < end && *value && !strchr("&*)", *value) &&
            secret_of(a, begin, (size_t)(end - begin)))
            return host ? "urlFile" : secret_of(a, begin, (size_t)(end - begin));
    }
    return NULL;
}

const struct jml_value *jml_read_secrets(struct jml_reader *r, const struct jml_value *v,
                                         const char *path)
{
    struct jml_maker m = {.arena = r->arena};
    const char *file;

    if (v->type == JML_STRING && (file = secret_in(r->arena, v->text)))
        jml_problem_add(r->problems, path, "secrets are in files: %s", file);
    if (v->type != JML_OBJECT && v->type != JML_ARRAY)
        return v;
    for (size_t i = 0; i < v->n; i++) {
        const char *at = v->type == JML_OBJECT ? jml_pointer(r->arena, path, v->keys[i])
                                               : jml_pointer_item(r->arena, path, i);
        const struct jml_value *item = v->items[i];

        file = NULL;
        if (v->type == JML_OBJECT && (item->type == JML_STRING || item->type == JML_NUMBER))
            file = secret_of(r->arena, v->keys[i], strlen(v->keys[i]));
        if (file)
            jml_problem_add(r->problems, at, "secrets are in files: %s", file);
        else
            jml_make(&m, v->type == JML_OBJECT ? v->keys[i] : "", jml_read_secrets(r, item, at));
    }
    return v->type == JML_OBJECT ? jml_made_object(&m) : jml_made_array(&m);
}

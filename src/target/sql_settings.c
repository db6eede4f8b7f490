/* SPDX-License-Identifier: MIT
 *
 * SQL settings: conninfo, and names of functions.
 */
#include "target/sql_settings.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <string.h>

#include "base/str.h"
#include "target/answer.h"

static const char *value_of(const struct jml_sql_settings *s, const char *keyword)
{
    for (size_t i = 0; i < s->n; i++)
        if (jml_streq(s->keywords[i], keyword))
            return s->values[i];
    return NULL;
}

void jml_sql_settings_add(struct jml_sql_settings *s, const char *keyword, const char *value)
{
    if (s->n + 1 >= JML_SQL_KEYWORDS_MAX)
        jml_bug("more keywords than libpq has");
    s->keywords[s->n] = keyword;
    s->values[s->n++] = value;
    s->keywords[s->n] = NULL;
}

static void add_default(struct jml_sql_settings *s, const char *keyword, const char *value)
{
    if (!value_of(s, keyword))
        jml_sql_settings_add(s, keyword, value);
}

/* Whether every one of these hosts, parted by commas, is this machine. */
static bool is_local(const char *hosts)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "::1"};

    for (const char *p = hosts;; p++) {
        size_t n = strcspn(p, ",");
        bool found = n > 0 && (p[0] == '/' || p[0] == '@');

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            found |= strlen(names[i]) == n && strncmp(names[i], p, n) == 0;
        if (!found)
            return false;
        p += n;
        if (!*p)
            return true;
    }
}

static bool is_number(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* Words that would bring in a secret, or another place to read settings from. */
static const char *why_not(const char *keyword)
{
    static const struct {
        const char *keyword, *why;
    } words[] = {
        {"password", "the password belongs into a file that passwordFile names"},
        {"passfile", "the password belongs into a file that passwordFile names"},
        {"sslpassword", "a key with a password cannot be used"},
        {"service", "say what it stands for"},
        {"replication", "it is for functions only"},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (jml_streq(words[i].keyword, keyword))
            return words[i].why;
    return NULL;
}

/* libpq reads these by itself. */
static bool is_file(const char *keyword)
{
    static const char *const words[] = {"sslkey", "sslcert", "sslrootcert", "sslcrl", "sslcrldir"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (jml_streq(words[i], keyword))
            return true;
    return false;
}

static int conninfo_read(struct jml_arena *a, const struct jml_target_setup *setup,
                         struct jml_sql_settings *s, struct jml_err *e)
{
    const char *conninfo = jml_value_find_string(setup->settings, "conninfo");
    char *words = NULL;
    PQconninfoOption *options = conninfo ? PQconninfoParse(conninfo, &words) : NULL;
    const char *refused = NULL;

    if (!options) {
        /* Not with libpq's words, which quote: there may be a password in it. */
        PQfreemem(words);
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "target '%s': conninfo must be text as libpq takes it: host=... "
                           "dbname=... user=...",
                           setup->name);
    }
    for (PQconninfoOption *o = options; o->keyword && !refused; o++) {
        if (!o->val || !o->val[0])
            continue;
        refused = why_not(o->keyword) ? o->keyword : NULL;
        jml_sql_settings_add(s, jml_strdup(a, o->keyword), jml_strdup(a, o->val));
    }
    refused = jml_strdup(a, refused);
    PQconninfoFree(options);
    for (size_t i = 0; i < s->n; i++)
        if (is_file(s->keywords[i]) &&
            !(s->values[i] = jml_setting_path_of(a, setup, "conninfo", s->values[i], e)))
            return -1;
    if (refused)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': no %s in conninfo: %s", setup->name,
                           refused, why_not(refused));
    if ((!value_of(s, "host") && !value_of(s, "hostaddr")) || !value_of(s, "dbname") ||
        !value_of(s, "user"))
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "target '%s': conninfo must say host, dbname and user", setup->name);
    return 0;
}

/* "schema.name" to a quoted name. NULL: it is none. */
static const char *function_name(struct jml_arena *a, const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char all[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    size_t first = strspn(name, all), second;

    if (name[first] != '.')
        return NULL;
    second = strspn(name + first + 1, all);
    if (first == 0 || first > 63 || second == 0 || second > 63 || name[first + 1 + second] ||
        !strchr(letters, name[0]) || !strchr(letters, name[first + 1]))
        return NULL;
    return jml_printf(a, "\"%.*s\".\"%s\"", (int)first, name, name + first + 1);
}

/* *ret_name is untouched when the setting is not there. */
static int function_read(struct jml_arena *a, const struct jml_target_setup *setup,
                         const char *setting, const char **ret_name, struct jml_err *e)
{
    const struct jml_value *v = jml_value_find(setup->settings, setting);

    if (!v)
        return 0;
    *ret_name = v->type == JML_STRING ? function_name(a, v->text) : NULL;
    if (!*ret_name)
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "target '%s': %s must be \"schema.name\" as PostgreSQL keeps it, of "
                           "letters, digits and _",
                           setup->name, setting);
    return 0;
}

int jml_sql_settings_read(struct jml_arena *a, const struct jml_target_setup *setup,
                          struct jml_sql_settings *ret, struct jml_err *e)
{
    const char *name = NULL, *list_name = NULL, *host;

    *ret = (struct jml_sql_settings){0};
    if (conninfo_read(a, setup, ret, e) < 0 || function_read(a, setup, "function", &name, e) < 0 ||
        function_read(a, setup, "listFunction", &list_name, e) < 0 ||
        jml_setting_texts_check(setup, "attributes", e) < 0)
        return -1;
    if (!name)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': the setting function is missing",
                           setup->name);
    /* The target's database is not ours: its statements are no files of sql/. An answer that is
     * longer is none. */
    ret->call = jml_printf(
        a, "SELECT left(answer::text, 65536) FROM %s($1::jsonb) AS f(answer) LIMIT 1", name);
    if (list_name)
        ret->list =
            jml_printf(a, "SELECT account::text FROM %s($1::jsonb) AS f(account)", list_name);

    host = value_of(ret, "host");
    if (host && !value_of(ret, "hostaddr") && !strchr(host, ',') && host[0] != '/' &&
        host[0] != '@' && !is_number(host))
        ret->lookup = host;
    add_default(ret, "sslmode",
                is_local(host ? host : value_of(ret, "hostaddr")) ? "prefer" : "verify-full");
    /* Not for the others: libpq would verify by it, and go on without TLS when that fails. */
    if (jml_str_starts(value_of(ret, "sslmode"), "verify"))
        add_default(ret, "sslrootcert", "/etc/ssl/certs/ca-certificates.crt");
    add_default(ret, "gssencmode", "disable"); /* it would wait for a KDC within a call */
    add_default(ret, "application_name", "jmld");
    add_default(ret, "client_encoding", "UTF8");
    add_default(ret, "keepalives_idle", "30");
    add_default(ret, "tcp_user_timeout", "30000");
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * Names of the directory: values that must not be read as more than values, and one text for all
 * spellings of a DN, so that what was delivered can be held against what is there.
 */
#include <openldap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "target/ldap.h"

enum { WORDS_MAX = 200 };

static void add_hex(struct jml_str *s, const char *before, unsigned char c)
{
    jml_str_addf(s, "%s%02x", before, c);
}

/* ---- escapes ---- */

const char *jml_ldap_filter_escape(struct jml_arena *a, const char *value)
{
    struct jml_str s = JML_STR_INIT(a);

    for (const char *p = value; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (strchr("*()\\", *p) || c < 0x20 || c == 0x7f)
            add_hex(&s, "\\", c);
        else
            jml_str_add_char(&s, *p);
    }
    return jml_str_text(&s);
}

/* libldap parses a filter only when it sends one: into a socket that nobody reads. */
bool jml_ldap_filter_is_valid(const char *filter)
{
    LDAP *ld = NULL;
    int fds[2], id, r;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
        return true; /* out of descriptors: it is refused by the server, then */
    r = ldap_init_fd(fds[0], LDAP_PROTO_IPC, NULL, &ld);
    if (r != LDAP_SUCCESS)
        close(fds[0]);
    else
        r = ldap_search_ext(ld, "", LDAP_SCOPE_BASE, filter, NULL, 0, NULL, NULL, NULL, 0, &id);
    if (ld)
        ldap_unbind_ext(ld, NULL, NULL);
    close(fds[1]);
    return r != LDAP_FILTER_ERROR;
}

static void escape(struct jml_str *s, const char *value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)value[i];

        if (c < 0x20 || c == 0x7f) {
            add_hex(s, "\\", c);
            continue;
        }
        if (strchr("\"+,;<>\\=", c) || (i == 0 && (c == '#' || c == ' ')) ||
            (i + 1 == n && c == ' '))
            jml_str_add_char(s, '\\');
        jml_str_add_char(s, (char)c);
    }
}

const char *jml_ldap_dn_escape(struct jml_arena *a, const char *value)
{
    struct jml_str s = JML_STR_INIT(a);

    escape(&s, value, strlen(value));
    return jml_str_text(&s);
}

const char *jml_ldap_words(struct jml_arena *a, const char *said)
{
    struct jml_str s = JML_STR_INIT(a);
    bool is_utf8;

    if (!said)
        return "";
    is_utf8 = jml_str_is_utf8(said, strlen(said));
    for (const char *p = said; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (s.length >= WORDS_MAX && (c & 0xc0) != 0x80) {
            jml_str_add(&s, "...");
            break;
        }
        jml_str_add_char(&s, c < 0x20 || c == 0x7f || (c >= 0x80 && !is_utf8) ? ' ' : *p);
    }
    while (s.length > 0 && s.text[s.length - 1] == ' ')
        s.text[--s.length] = '\0';
    return jml_str_printable(jml_str_text(&s)) ? jml_str_text(&s) : "";
}

/* ---- DNs ---- */

static LDAPDN parse(const char *dn)
{
    LDAPDN parsed = NULL;

    if (ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS)
        return NULL;
    return parsed;
}

bool jml_ldap_dn_is_valid(const char *dn)
{
    LDAPDN parsed = parse(dn);

    if (!parsed)
        return false;
    ldap_dnfree(parsed);
    return true;
}

/* Small letters, blanks only between words, and there only one. */
static char *squeeze(struct jml_arena *a, const struct berval *value)
{
    char *folded = jml_str_fold(a, jml_strndup(a, value->bv_val, value->bv_len));
    char *to = folded;

    for (const char *p = folded; *p; p++)
        if (*p != ' ' || (to > folded && to[-1] != ' '))
            *to++ = *p;
    while (to > folded && to[-1] == ' ')
        to--;
    *to = '\0';
    return folded;
}

static const char *part(struct jml_arena *a, const LDAPAVA *ava)
{
    struct jml_str s = JML_STR_INIT(a);

    jml_str_add(&s, squeeze(a, &ava->la_attr));
    jml_str_add_char(&s, '=');
    if ((ava->la_flags & LDAP_AVA_BINARY) ||
        memchr(ava->la_value.bv_val, 0, ava->la_value.bv_len)) {
        jml_str_add_char(&s, '#');
        for (size_t i = 0; i < ava->la_value.bv_len; i++)
            add_hex(&s, "", (unsigned char)ava->la_value.bv_val[i]);
    } else {
        const char *value = squeeze(a, &ava->la_value);

        escape(&s, value, strlen(value));
    }
    return jml_str_text(&s);
}

static int by_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

const char *jml_ldap_dn_normalise(struct jml_arena *a, const char *dn)
{
    struct jml_str s = JML_STR_INIT(a);
    LDAPDN parsed = parse(dn);

    if (!parsed)
        return jml_str_fold(a, dn);
    for (size_t i = 0; parsed[i]; i++) {
        JML_VEC(const char *) parts = {0};

        for (size_t k = 0; parsed[i][k]; k++)
            jml_vec_push(a, &parts, part(a, parsed[i][k]));
        qsort(parts.items, parts.n, sizeof(*parts.items), by_text);
        for (size_t k = 0; k < parts.n; k++) {
            if (s.length > 0)
                jml_str_add_char(&s, k > 0 ? '+' : ',');
            jml_str_add(&s, parts.items[k]);
        }
    }
    ldap_dnfree(parsed);
    return jml_str_text(&s);
}

bool jml_ldap_dn_equal(struct jml_arena *a, const char *x, const char *y)
{
    return jml_streq(jml_ldap_dn_normalise(a, x), jml_ldap_dn_normalise(a, y));
}

bool jml_ldap_dn_is_below(struct jml_arena *a, const char *dn, const char *base)
{
    const char *x = jml_ldap_dn_normalise(a, dn), *y = jml_ldap_dn_normalise(a, base);
    size_t n = strlen(x), m = strlen(y);

    /* A comma within a value has a backslash before it, and so has a backslash. */
    if (m == 0)
        return n > 0;
    if (n < m + 2 || !jml_streq(x + n - m, y) || x[n - m - 1] != ',')
        return false;
    for (size_t i = 0; i < n - m - 1; i++) {
        if (x[i] == '\\')
            i++;
        if (i == n - m - 1)
            return false;
    }
    return true;
}

void jml_ldap_dn_split(struct jml_arena *a, const char *dn, const char **ret_rdn,
                       const char **ret_parent)
{
    const char *p;

    for (p = dn; *p && *p != ','; p++)
        if (*p == '\\' && p[1])
            p++;
    *ret_rdn = jml_strndup(a, dn, (size_t)(p - dn));
    if (*p)
        p++;
    while (*p == ' ')
        p++;
    *ret_parent = jml_strdup(a, p);
}

const char *jml_ldap_dn_value(struct jml_arena *a, const char *dn, const char *attribute)
{
    const char *found = NULL;
    LDAPDN parsed = parse(dn);

    if (!parsed)
        return NULL;
    for (size_t k = 0; parsed[0] && parsed[0][k]; k++) {
        const LDAPAVA *ava = parsed[0][k];

        if (jml_strcaseeq(jml_strndup(a, ava->la_attr.bv_val, ava->la_attr.bv_len), attribute))
            found = jml_strndup(a, ava->la_value.bv_val, ava->la_value.bv_len);
    }
    ldap_dnfree(parsed);
    return found;
}

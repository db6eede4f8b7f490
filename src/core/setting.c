/* SPDX-License-Identifier: MIT
 *
 * Setting: see setting.h.
 */
#include "core/setting.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

enum { DEPTH_MAX = 50 };

bool jml_setting_is_variable(const char *name)
{
    return jml_str_starts(name, "JML_") && name[4] &&
           name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

bool jml_setting_is_program(const char *name)
{
    return name[0] && name[0] != '.' && !strchr(name, '/') && jml_str_printable(name);
}

bool jml_setting_is_header(const char *name)
{
    return name[0] && name[strspn(name, LETTERS DIGITS "!#$%&'*+-.^_`|~")] == '\0';
}

bool jml_setting_is_secret_header(const char *name)
{
    static const char *const words[] = {"authorization", "authentication", "key", "token",
                                        "secret", "password", "cookie", "credential"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (jml_str_fold_contains(name, words[i]))
            return true;
    return false;
}

const char *jml_setting_filled(struct jml_arena *a, const char *text, int *ret_n)
{
    struct jml_str out = JML_STR_INIT(a);
    const char *open, *close;
    int n = 0;

    while ((open = strstr(text, "{{")) && (close = strstr(open, "}}"))) {
        jml_str_add_n(&out, text, (size_t)(open - text));
        jml_str_add_char(&out, 'x');
        text = close + 2;
        n++;
    }
    jml_str_add(&out, text);
    *ret_n = n;
    return jml_str_text(&out);
}

/* ---- names and filters of directories ---- */

/* Where the value ends: at an unescaped character of ends, or with the text. NULL: a bad escape. */
static const char *value_end(const char *p, const char *ends, const char *escapable)
{
    for (; *p && !strchr(ends, *p); p++) {
        if (*p != '\\')
            continue;
        if (isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2]))
            p += 2;
        else if (p[1] && strchr(escapable, p[1]))
            p++;
        else
            return NULL;
    }
    return p;
}

/* "uid=", "cn:caseExactMatch:=", "o>=": what stands before the value. NULL: it does not. */
static const char *after_attribute(const char *p)
{
    size_t n = strspn(p, LETTERS DIGITS ".;-");
    bool extensible = p[n] == ':';

    if (n == 0 && !extensible)
        return NULL;
    p += n;
    if (extensible)
        p += strspn(p, LETTERS DIGITS ".:-");
    else if (*p && strchr("~<>", *p))
        p++;
    return *p == '=' ? p + 1 : NULL;
}

/* Behind the filter that begins at p; NULL: there is none. */
static const char *after_filter(const char *p, int depth)
{
    p += strspn(p, " ");
    if (*p++ != '(' || depth > DEPTH_MAX)
        return NULL;
    if (*p && strchr("&|!", *p)) {
        bool is_not = *p == '!';
        int n = 0;

        for (p++; p && p[strspn(p, " ")] == '('; n++)
            p = after_filter(p, depth + 1);
        if (!p || (is_not && n != 1))
            return NULL;
        p += strspn(p, " ");
    } else {
        p = after_attribute(p);
        p = p ? value_end(p, "()", "*()\\") : NULL;
    }
    return p && *p == ')' ? p + 1 : NULL;
}

bool jml_setting_is_ldap_filter(const char *text)
{
    const char *end = after_filter(text, 0);

    return end && !*end && text[0] == '(' && jml_str_printable(text);
}

bool jml_setting_is_dn(const char *text)
{
    for (const char *p = text;; p++) {
        size_t n;

        p += strspn(p, " ");
        n = strspn(p, LETTERS DIGITS ".;-");
        if (n == 0)
            return false;
        p += n + strspn(p + n, " ");
        if (*p++ != '=')
            return false;
        p = value_end(p, ",+;<>\"", " \"#+,;<=>\\");
        if (!p || (*p && *p != ',' && *p != '+'))
            return false;
        if (!*p)
            return jml_str_printable(text);
    }
}

bool jml_setting_is_scim_filter(const char *text)
{
    char open[DEPTH_MAX];
    int depth = 0;

    for (const char *p = text; *p; p++) {
        if (*p == '"') {
            for (p++; *p && *p != '"'; p++)
                if (*p == '\\' && !*++p)
                    return false;
            if (!*p)
                return false;
        } else if (*p == '(' || *p == '[') {
            if (depth == DEPTH_MAX)
                return false;
            open[depth++] = *p;
        } else if (*p == ')' || *p == ']') {
            if (depth == 0 || open[--depth] != (*p == ')' ? '(' : '['))
                return false;
        }
    }
    return depth == 0 && text[0] && jml_str_printable(text);
}

/* ---- connection strings ---- */

bool jml_setting_conninfo_says(const char *conninfo, const char *keyword)
{
    size_t n = strlen(keyword);
    bool is_quoted = false;

    for (const char *p = conninfo; *p; p++) {
        if (*p == '\\' && p[1])
            p++;
        else if (*p == '\'')
            is_quoted = !is_quoted;
        else if (!is_quoted && strncmp(p, keyword, n) == 0 &&
                 (p == conninfo || strchr(" \t\n?&", p[-1])) && p[n + strspn(p + n, " ")] == '=')
            return true;
    }
    return false;
}

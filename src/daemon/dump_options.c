/* SPDX-License-Identifier: MIT
 *
 * dump-options conf|man: what is made of options.def: etc/jmld.conf, and the list of options in
 * man/jmld.conf.5. Not installed; scripts/update-options runs it, make check compares.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"

static void dump_conf(void);
static void dump_man(void);
static void wrap(const char *text, size_t length, const char *lead, size_t columns);
static const char *range(const struct jml_option *o, char *to, size_t size);
static const char *placeholder(const struct jml_option *o);

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "conf") == 0)
        dump_conf();
    else if (argc == 2 && strcmp(argv[1], "man") == 0)
        dump_man();
    else
        return 64;
    return fflush(stdout) ? 1 : 0;
}

static void dump_conf(void)
{
    const char *section = "";
    char words[128];

    printf("# jmld.conf: see jmld.conf(5). Put it to %s.\n"
           "# Every option is here with its default. jmld --check-config finds mistakes;\n"
           "# systemctl reload jmld brings changes into force (where not said otherwise).\n"
           "# Durations: 500ms, 30s, 5m, 3h, 14d.\n",
           JML_CONFIG_PATH);
    for (size_t i = 0; i < jml_options_count; i++) {
        const struct jml_option *o = &jml_options[i];

        if (strcmp(section, o->section) != 0)
            printf("\n[%s]\n", o->section);
        else
            printf("\n");
        section = o->section;
        wrap(o->sentence, strlen(o->sentence), "# ", 78);
        if (range(o, words, sizeof words)[0] || !o->reload)
            printf("# %s%s%s\n", words, words[0] && !o->reload ? "; " : "",
                   o->reload ? "" : "a change needs a restart");
        printf("#%s =%s%s\n", o->key, o->fallback[0] ? " " : "", o->fallback);
    }
}

static void dump_man(void)
{
    const char *section = "";
    char words[128];

    for (size_t i = 0; i < jml_options_count; i++) {
        const struct jml_option *o = &jml_options[i];

        if (strcmp(section, o->section) != 0)
            printf("%s.Ss [%s]\n.Bl -tag -width Ds\n", section[0] ? ".El\n" : "", o->section);
        section = o->section;
        printf(".It Ic %s = Ar %s\n", o->key, placeholder(o));
        /* mdoc wants every sentence on a line of its own */
        for (const char *s = o->sentence; *s;) {
            const char *end = strstr(s, ". ");

            if (!end) {
                wrap(s, strlen(s), "", 78);
                break;
            }
            wrap(s, (size_t)(end - s) + 1, "", 78);
            s = end + 2;
        }
        if (range(o, words, sizeof words)[0])
            printf("Allowed: %s.\n", words);
        printf("Default: %s%s.\n", o->fallback[0] ? o->fallback : "empty",
               o->reload ? "" : "; a change needs a restart");
    }
    printf(".El\n");
}

static void wrap(const char *text, size_t length, const char *lead, size_t columns)
{
    const char *end = text + length;
    size_t column = 0;

    while (text < end) {
        size_t n = strcspn(text, " ");

        if (n > (size_t)(end - text))
            n = (size_t)(end - text);
        if (column && column + 1 + n > columns) {
            printf("\n");
            column = 0;
        }
        if (column)
            column += (size_t)printf(" %.*s", (int)n, text);
        else
            column = (size_t)printf("%s%.*s", lead, (int)n, text);
        text += n;
        text += strspn(text, " ");
    }
    printf("\n");
}

static const char *range(const struct jml_option *o, char *to, size_t size)
{
    to[0] = '\0';
    if (o->min[0])
        snprintf(to, size, "%s to %s%s", o->min, o->max,
                 strcmp(o->type, "CATCH_UP") == 0 ? ", or unlimited" : "");
    return to;
}

static const char *placeholder(const struct jml_option *o)
{
    static const char *const words[][2] = {
        {"CONNINFO", "conninfo"}, {"INTERVAL", "duration"},         {"CATCH_UP", "duration"},
        {"NUMBER", "number"},     {"ZONE", "zone"},                 {"LOG_TARGET", "target"},
        {"LOG_LEVEL", "level"},   {"BOOL", "yes | no"},
        {"TEXT", "text"},         {"SECURITY", "starttls | tls | none"},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(o->type, words[i][0]) == 0)
            return words[i][1];
    return "value";
}

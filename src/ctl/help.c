/* SPDX-License-Identifier: MIT
 *
 * Help: see help.h.
 */
#include "ctl/help.h"

#include <ctype.h>
#include <string.h>

#include "ctl/parse.h"

static void print_program(FILE *file, const struct jml_verb *const *tables);
static void print_noun(FILE *file, const struct jml_verb *const *tables, const char *noun);
static void print_verb(FILE *file, const struct jml_verb *verb);
static void print_text(FILE *file, const char *text, unsigned at, unsigned indent);
static void print_options(FILE *file, const struct jml_ctl_option *options);
static const char *value_text(const struct jml_ctl_option *o, char *buffer, size_t size);
static const char *help_text(const struct jml_ctl_option *o, char *buffer, size_t size);

static const struct jml_verb *next_verb(const struct jml_verb *const *tables,
                                        const struct jml_verb *v);
#define each_verb(tables, v) \
    for (const struct jml_verb *v = next_verb((tables), NULL); v; v = next_verb((tables), v))

void jml_help_print(FILE *file, const struct jml_verb *const *tables, const char *noun,
                    const struct jml_verb *verb)
{
    if (verb)
        print_verb(file, verb);
    else if (noun)
        print_noun(file, tables, noun);
    else
        print_program(file, tables);
}

static void print_program(FILE *file, const struct jml_verb *const *tables)
{
    const char *last = "";

    fputs("usage: jmlctl [-d CONNINFO] [--json | --csv] COMMAND ...\n"
          "\n"
          "Looks into and steers jmld: joiners, movers, leavers and what they may use.\n"
          "\n"
          "Commands; jmlctl COMMAND --help says more about each:\n",
          file);
    each_verb(tables, v)
    {
        if (!v->verb) {
            fprintf(file, "  %-14s", v->noun);
            print_text(file, v->summary, 16, 16);
        } else if (strcmp(last, v->noun)) {
            char verbs[512];
            size_t n = 0;

            fprintf(file, "  %-14s", v->noun);
            each_verb(tables, w)
            {
                if (!strcmp(w->noun, v->noun) && n + strlen(w->verb) + 3 < sizeof(verbs))
                    n += (size_t)sprintf(verbs + n, "%s%s", n ? ", " : "", w->verb);
            }
            print_text(file, verbs, 16, 16);
        }
        last = v->noun;
    }
    fputs("\nOptions of every command:\n", file);
    print_options(file, jml_ctl_global_options);
    fputs("\nThe database is that of --database, else $JML_DATABASE, else the one named in\n"
          "/etc/jmld/jmld.conf. Exit status: 0 done, 1 failed or not found, 64 wrong usage,\n"
          "69 no database, 75 try later, 78 wrong configuration or schema.\n",
          file);
}

static void print_noun(FILE *file, const struct jml_verb *const *tables, const char *noun)
{
    fprintf(file, "usage: jmlctl %s COMMAND ...\n\n", noun);
    each_verb(tables, v)
    {
        if (!strcmp(v->noun, noun) && v->verb) {
            fprintf(file, "  %s %s%s%s\n      ", v->noun, v->verb, v->arguments ? " " : "",
                    v->arguments ? v->arguments : "");
            print_text(file, v->summary, 6, 6);
        }
    }
    fprintf(file, "\njmlctl %s COMMAND --help lists the options of each.\n", noun);
}

static void print_verb(FILE *file, const struct jml_verb *v)
{
    fprintf(file, "usage: jmlctl %s%s%s%s%s\n\n", v->noun, v->verb ? " " : "",
            v->verb ? v->verb : "", v->arguments ? " " : "", v->arguments ? v->arguments : "");
    print_text(file, v->summary, 0, 0);
    if (v->options && v->options->name) {
        fputs("\nOptions:\n", file);
        print_options(file, v->options);
    }
    fputs("\nOptions of every command:\n", file);
    print_options(file, jml_ctl_global_options);
}

/* Words within 79 columns, from column `at` on; a new line begins at `indent`. Ends the line. */
static void print_text(FILE *file, const char *text, unsigned at, unsigned indent)
{
    enum { WIDTH = 79 };
    bool first = true;

    while (*text) {
        unsigned n = (unsigned)strcspn(text, " ");

        if (!first && at + 1 + n > WIDTH) {
            fprintf(file, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            fputc(' ', file);
            at++;
        }
        fprintf(file, "%.*s", (int)n, text);
        first = false;
        at += n;
        text += n + (text[n] == ' ');
    }
    fputc('\n', file);
}

static void print_options(FILE *file, const struct jml_ctl_option *options)
{
    enum { HELP_COLUMN = 28 };
    char text[256], value[200], help[600];

    for (const struct jml_ctl_option *o = options; o->name; o++) {
        int n =
            snprintf(text, sizeof(text), "  --%s%s", o->name, value_text(o, value, sizeof(value)));

        if (n + 2 > HELP_COLUMN)
            fprintf(file, "%s\n%*s", text, HELP_COLUMN, "");
        else
            fprintf(file, "%-*s", HELP_COLUMN, text);
        print_text(file, help_text(o, help, sizeof(help)), HELP_COLUMN, HELP_COLUMN);
    }
}

static bool has_many_choices(const struct jml_ctl_option *o)
{
    return o->value && strchr(o->value, '|') && strlen(o->value) > 40;
}

/* " EMPLOYEE...", "[=TIMEOUT]"; a long list of choices is only named here: " STATE". */
static const char *value_text(const struct jml_ctl_option *o, char *buffer, size_t size)
{
    const char *space = o->value && o->value[0] != '[' ? " " : "";

    snprintf(buffer, size, "%s%s%s", space,
             !o->value             ? ""
             : has_many_choices(o) ? o->name
                                   : o->value,
             o->repeats ? "..." : "");
    if (has_many_choices(o))
        for (char *p = buffer; *p; p++)
            *p = (char)toupper((unsigned char)*p);
    return buffer;
}

/* What the option does, and its choices where there are many. */
static const char *help_text(const struct jml_ctl_option *o, char *buffer, size_t size)
{
    size_t n;

    snprintf(buffer, size, "%s%s", o->help, has_many_choices(o) ? " (" : "");
    if (!has_many_choices(o))
        return buffer;
    n = strlen(buffer);
    for (const char *p = o->value; *p && n + 4 < size; p++) {
        if (*p == '|')
            buffer[n++] = ',';
        buffer[n++] = *p == '|' ? ' ' : *p;
    }
    buffer[n++] = ')';
    buffer[n] = 0;
    return buffer;
}

/* The verb behind v; v NULL: the first. */
static const struct jml_verb *next_verb(const struct jml_verb *const *tables,
                                        const struct jml_verb *v)
{
    bool found = v == NULL;

    for (size_t t = 0; tables[t]; t++)
        for (const struct jml_verb *at = tables[t]; at->noun; at++) {
            if (found)
                return at;
            found = at == v;
        }
    return NULL;
}

/* ---- bash completion ---- */

static void completion_options(FILE *file, const struct jml_ctl_option *options)
{
    for (const struct jml_ctl_option *o = options; o && o->name; o++)
        fprintf(file, " --%s", o->name);
}

void jml_help_completion(FILE *file, const struct jml_verb *const *tables)
{
    const char *last = "";

    fputs("# bash completion for jmlctl(1)\n"
          "# Made from the tables of src/ctl by `jmlctl --dump=completion`; do not edit.\n"
          "\n"
          "_jmlctl()\n"
          "{\n"
          "    local cur prev word noun='' verb='' words_of='' i\n"
          "    cur=${COMP_WORDS[COMP_CWORD]}\n"
          "    prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        word=${COMP_WORDS[i]}\n"
          "        case $word in\n"
          "        -d | --database | --clock-offset) ((i++)) ;;\n"
          "        -*) ;;\n"
          "        *)\n"
          "            if [[ -z $noun ]]; then\n"
          "                noun=$word\n"
          "            elif [[ -z $verb ]]; then\n"
          "                verb=$word\n"
          "            fi\n"
          "            ;;\n"
          "        esac\n"
          "    done\n"
          "    case $noun,$verb,$prev in\n",
          file);
    each_verb(tables, v)
    {
        for (const struct jml_ctl_option *o = v->options; o && o->name; o++) {
            if (!o->value || !strchr(o->value, '|'))
                continue;
            fprintf(file, "    %s,%s,--%s) words_of='", v->noun, v->verb ? v->verb : "*", o->name);
            for (const char *p = o->value; *p; p++)
                fputc(*p == '|' ? ' ' : *p, file);
            fputs("' ;;\n", file);
        }
    }
    each_verb(tables, v)
    {
        fprintf(file, "    %s,%s,*) words_of='", v->noun, v->verb ? v->verb : "*");
        completion_options(file, v->options);
        completion_options(file, jml_ctl_global_options);
        fputs("' ;;\n", file);
    }
    each_verb(tables, v)
    {
        if (!v->verb || !strcmp(last, v->noun))
            continue;
        last = v->noun;
        fprintf(file, "    %s,,*) words_of='", v->noun);
        each_verb(tables, w)
        {
            if (!strcmp(w->noun, v->noun))
                fprintf(file, " %s", w->verb);
        }
        fputs("' ;;\n", file);
    }
    fputs("    ,,*) words_of='", file);
    last = "";
    each_verb(tables, v)
    {
        if (strcmp(last, v->noun))
            fprintf(file, " %s", v->noun);
        last = v->noun;
    }
    completion_options(file, jml_ctl_global_options);
    fputs("' ;;\n"
          "    esac\n"
          "    COMPREPLY=($(compgen -W \"$words_of\" -- \"$cur\"))\n"
          "}\n"
          "complete -o default -F _jmlctl jmlctl\n",
          file);
}

/* ---- jmlctl(1) ---- */

/* Text in mdoc: no line may begin like a request, no backslash be an escape. */
static void man_text(FILE *file, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", file);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", file);
        else
            fputc(*text, file);
    }
    fputc('\n', file);
}

void jml_help_man(FILE *file, const struct jml_verb *const *tables)
{
    char value[200], help[600];

    fputs(".Bl -tag -width Ds\n", file);
    each_verb(tables, v)
    {
        fprintf(file, ".It Cm %s%s%s", v->noun, v->verb ? " " : "", v->verb ? v->verb : "");
        if (v->arguments && *v->arguments)
            fprintf(file, " No %s", v->arguments);
        fputc('\n', file);
        man_text(file, v->summary);
        if (!v->options || !v->options->name)
            continue;
        fputs(".Bl -tag -width Ds -compact\n", file);
        for (const struct jml_ctl_option *o = v->options; o->name; o++) {
            fprintf(file, ".It Fl -%s", o->name);
            value_text(o, value, sizeof(value));
            if (value[0] == ' ')
                fprintf(file, " Ar %s", value + 1);
            else if (value[0])
                fprintf(file, " Ns Ar %s", value);
            fputc('\n', file);
            man_text(file, help_text(o, help, sizeof(help)));
        }
        fputs(".El\n", file);
    }
    fputs(".El\n", file);
}

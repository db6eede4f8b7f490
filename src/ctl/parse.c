/* SPDX-License-Identifier: MIT
 *
 * Parse: see parse.h. One pass over the words; the verb's table says what each option takes.
 */
#include "ctl/parse.h"

#include <string.h>

#include "base/civil.h"
#include "base/id.h"
#include "base/str.h"
#include "base/vec.h"

const struct jml_ctl_option jml_ctl_global_options[] = {
    {"database", "CONNINFO", false, "the database, as a libpq connection string; also -d CONNINFO"},
    {"json", NULL, false, "print an array of JSON objects"},
    {"csv", NULL, false, "print comma-separated values with a header line"},
    {"clock-offset", "DURATION", false, "let the clock run ahead (13d), for rehearsals"},
    {"help", NULL, false, "say what there is; after a command, what it takes; also -h"},
    {"version", NULL, false, "print the version"},
    {0},
};

struct word {
    const char *text;
    bool trails;        /* stands right behind a repeating option and its values */
    const char *option; /* ... of this name */
};

struct parser {
    struct jml_arena *a;
    const struct jml_verb *const *tables;
    struct jml_parsed *out;
    struct jml_err *e;
    JML_VEC(struct word) words;
    JML_VEC(const char *) names;
    JML_VEC(const char *) values;
    const char *trailing; /* name of the repeating option just seen */
};

static int take_word(struct parser *p, const char *word);
static int take_option(struct parser *p, const char *name, const char *inline_value, int argc,
                       char *const *argv, int *i);
static int take_global(struct parser *p, const char *name, const char *value);
static int finish(struct parser *p);
static int unknown_option(struct parser *p, const char *name);
static int unknown_noun(struct parser *p, const char *word);
static int unknown_verb(struct parser *p, const char *word);
static const struct jml_verb *find_verb(struct parser *p, const char *noun, const char *verb,
                                        bool *ret_noun_known);
static const struct jml_ctl_option *find_option(const struct jml_ctl_option *options,
                                                const char *name);

int jml_parse(struct jml_arena *a, const struct jml_verb *const *tables, int argc,
              char *const *argv, struct jml_parsed *ret_parsed, struct jml_err *e)
{
    struct jml_parsed out = {0};
    struct parser p = {.a = a, .tables = tables, .out = &out, .e = e};
    bool plain_only = false;
    int r;

    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i], *value = NULL;
        char *name;

        if (plain_only || arg[0] != '-' || arg[1] == 0) {
            r = take_word(&p, arg);
        } else if (!strcmp(arg, "--")) {
            plain_only = true;
            p.trailing = NULL;
            continue;
        } else if (arg[1] == '-') {
            const char *equals = strchr(arg, '=');

            name = jml_strndup(a, arg + 2, equals ? (size_t)(equals - arg - 2) : strlen(arg + 2));
            r = take_option(&p, name, equals ? equals + 1 : NULL, argc, argv, &i);
        } else {
            switch (arg[1]) {
            case 'd':
                value = arg[2] == '=' ? arg + 3 : arg[2] ? arg + 2 : NULL;
                r = take_option(&p, "database", value, argc, argv, &i);
                break;
            case 'h':
                r = arg[2] ? unknown_option(&p, arg)
                           : take_option(&p, "help", NULL, argc, argv, &i);
                break;
            default:
                r = unknown_option(&p, arg);
            }
        }
        if (r < 0)
            return r;
    }
    r = finish(&p);
    if (r < 0)
        return r;
    *ret_parsed = out;
    return 0;
}

static int take_word(struct parser *p, const char *word)
{
    struct jml_parsed *out = p->out;
    bool known;

    if (!out->noun) {
        if (!strcmp(word, "help") && !out->help) {
            out->help = true;
            return 0;
        }
        out->call.verb = find_verb(p, word, NULL, &known);
        if (!known)
            return unknown_noun(p, word);
        out->noun = word;
        return 0;
    }
    if (!out->call.verb) {
        out->call.verb = find_verb(p, out->noun, word, &known);
        return out->call.verb ? 0 : unknown_verb(p, word);
    }
    jml_vec_push(p->a, &p->words, ((struct word){word, p->trailing != NULL, p->trailing}));
    return 0;
}

static int take_option(struct parser *p, const char *name, const char *inline_value, int argc,
                       char *const *argv, int *i)
{
    const struct jml_ctl_option *o = find_option(jml_ctl_global_options, name);
    const struct jml_verb *verb = p->out->call.verb;
    bool global = o != NULL;
    const char *value = inline_value, *expected;

    p->trailing = NULL;
    if (!strcmp(name, "dump") && inline_value) {
        p->out->dump = inline_value;
        return 0;
    }
    if (!o && verb)
        o = find_option(verb->options, name);
    if (!o && p->out->help)
        return 0;
    if (!o)
        return unknown_option(p, name);
    if (!o->value) {
        if (inline_value)
            return jml_err_set(p->e, JML_ERR_BAD_INPUT, "option --%s takes no value", name);
        value = "";
    } else if (o->value[0] == '[') {
        value = inline_value ? inline_value : "";
    } else if (!value) {
        if (*i + 1 >= argc)
            return jml_err_set(p->e, JML_ERR_BAD_INPUT, "option --%s needs a value: %s", name,
                               o->value);
        value = argv[++*i];
    }
    if (global)
        return take_global(p, name, value);
    if (o->value && (expected = jml_parse_expected(p->a, o, value)))
        return jml_err_set(p->e, JML_ERR_BAD_INPUT, "option --%s: '%s' is not %s", name, value,
                           expected);
    if (!o->repeats)
        for (size_t j = 0; j < p->names.n; j++)
            if (!strcmp(p->names.items[j], name))
                return jml_err_set(p->e, JML_ERR_BAD_INPUT, "option --%s is given twice", name);
    jml_vec_push(p->a, &p->names, o->name);
    jml_vec_push(p->a, &p->values, value);
    if (o->repeats)
        p->trailing = o->name;
    return 0;
}

static int take_global(struct parser *p, const char *name, const char *value)
{
    struct jml_parsed *out = p->out;
    jml_time t;

    if (!strcmp(name, "database"))
        out->database = value;
    else if (!strcmp(name, "json"))
        out->json = true;
    else if (!strcmp(name, "csv"))
        out->csv = true;
    else if (!strcmp(name, "help"))
        out->help = true;
    else if (!strcmp(name, "version"))
        out->version = true;
    else if (!strcmp(name, "clock-offset")) {
        if (!jml_interval_parse(value, &t))
            return jml_err_set(p->e, JML_ERR_BAD_INPUT,
                               "option --clock-offset: '%s' is not a duration such as 13d or 90m",
                               value);
        out->clock_offset = jml_printf(p->a, "%lld microseconds", (long long)t);
    }
    if (out->json && out->csv)
        return jml_err_set(p->e, JML_ERR_BAD_INPUT, "--json and --csv exclude each other");
    return 0;
}

/* Words behind a repeating option are values of it where the verb has no place for them:
 * "add PACKAGE --employee E1 E2" and "add --employee E1 E2 PACKAGE" both mean two employees. */
static int finish(struct parser *p)
{
    struct jml_parsed *out = p->out;
    const struct jml_verb *verb = out->call.verb;
    JML_VEC(const char *) arguments = {0};
    size_t excess = 0;

    if (out->help || out->version || out->dump)
        return 0;
    if (!out->noun)
        return jml_err_set(p->e, JML_ERR_BAD_INPUT, "what to do? jmlctl --help lists the commands");
    if (!verb)
        return jml_err_set(p->e, JML_ERR_BAD_INPUT,
                           "%s what? jmlctl %s --help lists what can be done", out->noun,
                           out->noun);
    if (verb->max_arguments >= 0 && p->words.n > (size_t)verb->max_arguments)
        excess = p->words.n - (size_t)verb->max_arguments;
    for (size_t i = 0; i < p->words.n; i++) {
        const struct word *w = &p->words.items[i];

        if (excess > 0 && w->trails) {
            jml_vec_push(p->a, &p->names, w->option);
            jml_vec_push(p->a, &p->values, w->text);
            excess--;
        } else {
            jml_vec_push(p->a, &arguments, w->text);
        }
    }
    if (excess > 0)
        return jml_err_set(p->e, JML_ERR_BAD_INPUT,
                           "'%s' is too much here; usage: jmlctl %s%s%s %s",
                           arguments.items[arguments.n - 1], verb->noun, verb->verb ? " " : "",
                           verb->verb ? verb->verb : "", verb->arguments ? verb->arguments : "");
    if (arguments.n < (size_t)verb->min_arguments)
        return jml_err_set(p->e, JML_ERR_BAD_INPUT, "something is missing; usage: jmlctl %s%s%s %s",
                           verb->noun, verb->verb ? " " : "", verb->verb ? verb->verb : "",
                           verb->arguments ? verb->arguments : "");
    out->call.arguments = arguments.items;
    out->call.n_arguments = arguments.n;
    out->call.option_names = p->names.items;
    out->call.option_values = p->values.items;
    out->call.n_options = p->names.n;
    return 0;
}

/* ---- values ---- */

const char *jml_parse_expected(struct jml_arena *a, const struct jml_ctl_option *option,
                               const char *value)
{
    const char *word = option->value;
    struct jml_date d;
    struct jml_id id;
    jml_time t;

    if (!strcmp(word, "ID"))
        return jml_id_parse(value, &id) ? NULL : "an id (018f0000-0000-7000-8000-000000000001)";
    if (!strcmp(word, "N")) {
        size_t n = strspn(value, "0123456789");

        return n == 0 || n > 18 || value[n] ? "a whole number" : NULL;
    }
    if (!strcmp(word, "TIME"))
        return jml_date_parse(value, &d) || jml_time_parse(value, &t)
                   ? NULL
                   : "a date (2026-12-31) or an RFC 3339 time (2026-12-31T17:00:00+01:00)";
    if (!strcmp(word, "[=TIMEOUT]"))
        return !*value || jml_interval_parse(value, &t) ? NULL : "a duration such as 30s";
    if (!strchr(word, '|'))
        return NULL;
    for (const char *p = word; *p;) {
        size_t n = strcspn(p, "|");

        if (strlen(value) == n && !memcmp(p, value, n))
            return NULL;
        p += n;
        p += *p == '|';
    }
    return jml_printf(a, "one of %s", word);
}

/* ---- what is there ---- */

static const struct jml_verb *find_verb(struct parser *p, const char *noun, const char *verb,
                                        bool *ret_noun_known)
{
    *ret_noun_known = false;
    for (size_t t = 0; p->tables[t]; t++)
        for (const struct jml_verb *v = p->tables[t]; v->noun; v++) {
            if (strcmp(v->noun, noun))
                continue;
            *ret_noun_known = true;
            if (!v->verb || (verb && !strcmp(v->verb, verb)))
                return v;
        }
    return NULL;
}

static const struct jml_ctl_option *find_option(const struct jml_ctl_option *options,
                                                const char *name)
{
    for (const struct jml_ctl_option *o = options; o && o->name; o++)
        if (!strcmp(o->name, name))
            return o;
    return NULL;
}

/* ---- what was perhaps meant ---- */

/* Changes, insertions, deletions and swaps of neighbours that turn one word into the other;
 * anything above `most` is `most` + 1. */
static size_t distance(const char *a, const char *b, size_t most)
{
    enum { LONGEST = 40 };
    size_t na = strlen(a), nb = strlen(b), rows[3][LONGEST + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    if (na > LONGEST || nb > LONGEST)
        return most + 1;
    for (size_t j = 0; j <= nb; j++)
        above[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *free_row = before;

        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t d = above[j - 1] + (a[i - 1] != b[j - 1]);

            if (above[j] + 1 < d)
                d = above[j] + 1;
            if (row[j - 1] + 1 < d)
                d = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < d)
                d = before[j - 2] + 1;
            row[j] = d;
        }
        before = above;
        above = row;
        row = free_row;
    }
    return above[nb];
}

const char *jml_parse_nearest(const char *word, const char *(*next)(void *userdata), void *userdata)
{
    size_t length = strlen(word), best = length < 4 ? 1 : length < 8 ? 2 : 3;
    const char *nearest = NULL, *candidate;
    char start[40];

    best++;
    while ((candidate = next(userdata))) {
        size_t d = distance(word, candidate, best);

        /* "assign" means "assignment", and so does "assing" */
        if (length >= 3 && !strncmp(word, candidate, length)) {
            d = 1;
        } else if (length >= 4 && length < strlen(candidate) && length < sizeof(start)) {
            memcpy(start, candidate, length);
            start[length] = 0;
            if (distance(word, start, 1) + 1 < d)
                d = distance(word, start, 1) + 1;
        }
        if (d < best) {
            best = d;
            nearest = candidate;
        }
    }
    return nearest;
}

struct walk {
    const struct jml_verb *const *tables;
    const struct jml_verb *at;
    size_t table;
    const char *noun; /* verbs of this noun; NULL: nouns */
    const struct jml_ctl_option *option, *then;
};

static const char *next_name(void *userdata)
{
    struct walk *w = userdata;

    for (;;) {
        const struct jml_verb *v = w->at;

        if (!v || !v->noun) {
            if (!w->tables[w->table])
                return NULL;
            w->at = w->tables[w->table++];
            continue;
        }
        w->at++;
        if (!w->noun)
            return v->noun;
        if (!strcmp(v->noun, w->noun) && v->verb)
            return v->verb;
    }
}

static const char *next_option(void *userdata)
{
    struct walk *w = userdata;

    if (!w->option || !w->option->name) {
        w->option = w->then;
        w->then = NULL;
    }
    return w->option && w->option->name ? (w->option++)->name : NULL;
}

static int unknown_noun(struct parser *p, const char *word)
{
    struct walk w = {.tables = p->tables};
    const char *nearest = jml_parse_nearest(word, next_name, &w);

    if (nearest)
        return jml_err_set(p->e, JML_ERR_BAD_INPUT, "no command '%s'; did you mean '%s'?", word,
                           nearest);
    return jml_err_set(p->e, JML_ERR_BAD_INPUT, "no command '%s'; jmlctl --help lists them", word);
}

static int unknown_verb(struct parser *p, const char *word)
{
    struct walk w = {.tables = p->tables, .noun = p->out->noun};
    const char *nearest = jml_parse_nearest(word, next_name, &w);

    if (nearest)
        return jml_err_set(p->e, JML_ERR_BAD_INPUT, "no command '%s %s'; did you mean '%s %s'?",
                           p->out->noun, word, p->out->noun, nearest);
    return jml_err_set(p->e, JML_ERR_BAD_INPUT,
                       "no command '%s %s'; jmlctl %s --help lists what can be done", p->out->noun,
                       word, p->out->noun);
}

static int unknown_option(struct parser *p, const char *name)
{
    const struct jml_verb *verb = p->out->call.verb;
    struct walk w = {.option = verb && verb->options ? verb->options : NULL,
                     .then = jml_ctl_global_options};
    const char *dashes = name[0] == '-' ? "" : "--", *nearest;

    nearest = jml_parse_nearest(name + strspn(name, "-"), next_option, &w);
    if (nearest)
        return jml_err_set(p->e, JML_ERR_BAD_INPUT, "no option %s%s; did you mean --%s?", dashes,
                           name, nearest);
    if (!verb)
        return jml_err_set(p->e, JML_ERR_BAD_INPUT,
                           "no option %s%s before the command; jmlctl --help lists them", dashes,
                           name);
    return jml_err_set(p->e, JML_ERR_BAD_INPUT, "no option %s%s; jmlctl %s%s%s --help lists them",
                       dashes, name, verb->noun, verb->verb ? " " : "",
                       verb->verb ? verb->verb : "");
}

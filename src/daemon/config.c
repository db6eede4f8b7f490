/* SPDX-License-Identifier: MIT
 *
 * Config: libinih splits the file into sections, keys and values; this file checks them against
 * options.def. All mistakes are found in one go. The reader that feeds libinih counts the lines and
 * sees what libinih does not tell: unknown sections, lines that are nothing, lines that are too long.
 */
#include "daemon/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "daemon/mailing.h"
#include "db/conn.h"

enum option_type { CONNINFO, INTERVAL, CATCH_UP, NUMBER, ZONE, LOG_TARGET, LOG_LEVEL, BOOL,
                   TEXT, SECURITY };
enum { RESTART, RELOAD };

const struct jml_option jml_options[] = {
#define O(section, key, type, fallback, min, max, reload, sentence)                                \
    {#section, #key, #type, fallback, min, max, sentence, (reload) == RELOAD},
#include "daemon/options.def"
#undef O
};
const size_t jml_options_count = sizeof jml_options / sizeof jml_options[0];
#define OPTIONS (sizeof jml_options / sizeof jml_options[0])

/* Where a value goes; beside jml_options, which other programs read. */
static const struct {
    enum option_type type;
    size_t offset, size;
} places[OPTIONS] = {
#define O(section, key, type, fallback, min, max, reload, sentence)                                \
    {type, offsetof(struct jml_config, section##_##key),                                           \
     sizeof(((struct jml_config *)0)->section##_##key)},
#include "daemon/options.def"
#undef O
};

struct reading {
    FILE *file;
    struct jml_config *config;
    struct jml_zones *zones;
    jml_config_tell tell;
    void *userdata;
    struct jml_arena scratch;
    int line;             /* of the line being read */
    bool expects;         /* it should hold a key, and has not been seen by take() yet */
    bool unknown_section; /* its keys are not looked at */
    unsigned mistakes;
    int seen[OPTIONS]; /* line of each option, 0: not seen */
};

static char *read_line(char *text, int size, void *stream);
static bool get_line(char *text, size_t size, FILE *file, size_t *ret_n, bool *ret_nul);
static void open_section(struct reading *r, const char *line);
static int take(void *userdata, const char *section, const char *name, const char *value);
static void set(struct reading *r, size_t option, const char *value);
static void mistake(struct reading *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static const char *list_sections(struct reading *r);
static const char *nearest_key(const char *section, const char *key);
static unsigned distance(const char *a, const char *b);

int jml_config_load(const char *path, jml_config_tell tell, void *userdata,
                    struct jml_config **ret_config, struct jml_err *e)
{
    struct jml_config *config = calloc(1, sizeof *config);
    struct jml_err mail;
    struct reading r = {.config = config, .tell = tell, .userdata = userdata};

    if (!config)
        jml_bug("out of memory");
    jml_arena_init(&config->arena);
    jml_arena_init(&r.scratch);
    r.zones = jml_zones_new(NULL);
    config->path = jml_strdup(&config->arena, path);
    for (size_t i = 0; i < OPTIONS; i++)
        set(&r, i, jml_options[i].fallback);
    if (path) {
        r.file = fopen(path, "re");
        if (!r.file) {
            tell(userdata, jml_printf(&r.scratch, "%s: cannot be read: %s", path,
                                      strerror(errno)));
            r.mistakes++;
        } else {
            errno = 0;
            ini_parse_stream(read_line, &r, take, &r);
            if (ferror(r.file)) { /* a directory opens, and cannot be read */
                tell(userdata, jml_printf(&r.scratch, "%s: cannot be read: %s", path,
                                          strerror(errno)));
                r.mistakes++;
            }
            fclose(r.file);
        }
    }
    jml_zones_free(r.zones);
    if (!r.mistakes && jml_mailing_check(config, &mail) < 0) {
        tell(userdata, jml_printf(&r.scratch, "%s: [mail] %s", path, mail.message));
        r.mistakes++;
    }
    jml_arena_fini(&r.scratch);
    if (r.mistakes) {
        jml_config_free(config);
        return jml_err_set(e, JML_ERR_SCHEMA, "%s: %u mistake%s", path, r.mistakes,
                           r.mistakes == 1 ? "" : "s");
    }
    *ret_config = config;
    return 0;
}

struct jml_config *jml_config_free(struct jml_config *c)
{
    if (!c)
        return NULL;
    jml_arena_fini(&c->arena);
    free(c);
    return NULL;
}

const char *jml_config_default_path(void)
{
    return access(JML_CONFIG_PATH, F_OK) == 0 ? JML_CONFIG_PATH : NULL;
}

const char *jml_config_conninfo(const struct jml_config *c, bool explicit_file)
{
    const char *environment = getenv("JML_DATABASE");

    if (explicit_file && c->database_conninfo[0])
        return c->database_conninfo;
    if (environment && environment[0])
        return environment;
    return c->database_conninfo;
}

const char *jml_config_needs_restart(const struct jml_config *from, const struct jml_config *to)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        const char *a = (const char *)from + places[i].offset;
        const char *b = (const char *)to + places[i].offset;

        /* options that need a restart are numbers and words; texts would be compared by address */
        if (!jml_options[i].reload && memcmp(a, b, places[i].size) != 0)
            return jml_options[i].key;
    }
    return NULL;
}

/* ---- reading ---- */

static char *read_line(char *text, int size, void *stream)
{
    struct reading *r = stream;
    const char *first;
    size_t n;
    bool nul;

    if (r->expects)
        mistake(r, "neither a [section] nor key = value");
    r->expects = false;
    if (!get_line(text, (size_t)size, r->file, &n, &nul))
        return NULL;
    r->line++;
    if (nul || n >= (size_t)size) {
        if (nul)
            mistake(r, "holds a NUL byte: is this a text file?");
        else
            mistake(r, "longer than %d bytes; a long conninfo fits into a service file: "
                       "service=NAME", size - 2);
        text[0] = '\0';
        return text;
    }
    if (r->line == 1 && strncmp(text, "\xEF\xBB\xBF", 3) == 0)
        memmove(text, text + 3, n - 2);
    first = text + strspn(text, " \t\r\n");
    if (!*first || *first == '#' || *first == ';')
        return text;
    if (first != text) {
        /* libinih would take it for more of the value above */
        mistake(r, "begins with a blank: begin keys and sections in the first column");
        text[0] = '\0';
        return text;
    }
    if (*first == '[')
        open_section(r, first);
    else
        r->expects = !r->unknown_section;
    return text;
}

/* Like fgets(), but reads the line to its end, and tells how long it is and what strlen() hides. */
static bool get_line(char *text, size_t size, FILE *file, size_t *ret_n, bool *ret_nul)
{
    bool nul = false;
    size_t n = 0;
    int c;

    while ((c = getc(file)) != EOF) {
        nul = nul || c == '\0';
        if (n + 1 < size)
            text[n] = (char)c;
        n++;
        if (c == '\n')
            break;
    }
    text[n + 1 < size ? n : size - 1] = '\0';
    *ret_n = n;
    *ret_nul = nul;
    return n > 0;
}

static void open_section(struct reading *r, const char *line)
{
    size_t n = strcspn(line + 1, "]\r\n");
    const char *name = jml_strndup(&r->scratch, line + 1, n);

    r->unknown_section = true;
    if (line[1 + n] != ']') {
        mistake(r, "\"]\" is missing behind the section");
        return;
    }
    for (size_t i = 0; i < OPTIONS; i++)
        if (jml_streq(name, jml_options[i].section))
            r->unknown_section = false;
    if (r->unknown_section)
        mistake(r, "unknown section [%s]; there are %s", name, list_sections(r));
}

static int take(void *userdata, const char *section, const char *name, const char *value)
{
    struct reading *r = userdata;
    const char *near;

    r->expects = false;
    if (r->unknown_section)
        return 1;
    if (!section[0]) {
        mistake(r, "%s stands before any [section]; there are %s", name, list_sections(r));
        return 1;
    }
    for (size_t i = 0; i < OPTIONS; i++) {
        if (!jml_streq(section, jml_options[i].section) || !jml_streq(name, jml_options[i].key))
            continue;
        if (r->seen[i]) {
            mistake(r, "%s is given again (first in line %d): keep one", name, r->seen[i]);
            return 1;
        }
        r->seen[i] = r->line;
        set(r, i, value);
        return 1;
    }
    near = nearest_key(section, name);
    if (near)
        mistake(r, "unknown key %s in [%s]: did you mean %s?", name, section, near);
    else
        mistake(r, "unknown key %s in [%s]: see jmld.conf(5)", name, section);
    return 1;
}

/* ---- values ---- */

static bool set_interval(struct reading *r, const struct jml_option *o, const char *value,
                         jml_time *to)
{
    jml_time min = 0, max = 0, t;

    jml_interval_parse(o->min, &min);
    jml_interval_parse(o->max, &max);
    if (!jml_interval_parse(value, &t)) {
        mistake(r, "%s = %s: not a duration; write 500ms, 30s, 5m, 3h or 14d", o->key, value);
        return false;
    }
    if (t < min || t > max) {
        mistake(r, "%s = %s: out of range, %s to %s", o->key, value, o->min, o->max);
        return false;
    }
    *to = t;
    return true;
}

static void set_number(struct reading *r, const struct jml_option *o, const char *value,
                       int64_t *to)
{
    char *end;
    long long n;

    errno = 0;
    n = strtoll(value, &end, 10);
    if (!value[0] || *end || errno || isspace((unsigned char)value[0]))
        mistake(r, "%s = %s: not a whole number", o->key, value);
    else if (n < atoll(o->min) || n > atoll(o->max))
        mistake(r, "%s = %s: out of range, %s to %s", o->key, value, o->min, o->max);
    else
        *to = n;
}

/* The index of value among the words, or -1 with the mistake told. */
static int find_word(struct reading *r, const struct jml_option *o, const char *value,
                     const char *const *words, size_t n)
{
    struct jml_str list = JML_STR_INIT(&r->scratch);

    for (size_t i = 0; i < n; i++) {
        if (jml_streq(value, words[i]))
            return (int)i;
        jml_str_addf(&list, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", words[i]);
    }
    mistake(r, "%s = %s: write %s", o->key, value, jml_str_text(&list));
    return -1;
}

static void set(struct reading *r, size_t option, const char *value)
{
    static const char *const targets[] = {"stderr", "journal"};
    static const char *const levels[] = {"alert", "error", "warning", "notice", "info", "debug"};
    static const enum jml_log_level level_of[] = {JML_LOG_ALERT,  JML_LOG_ERROR, JML_LOG_WARNING,
                                                  JML_LOG_NOTICE, JML_LOG_INFO,  JML_LOG_DEBUG};
    static const char *const securities[] = {"starttls", "tls", "none"};
    static const char *const booleans[] = {"no", "yes", "false", "true", "off", "on"};
    const struct jml_option *o = &jml_options[option];
    void *to = (char *)r->config + places[option].offset;
    struct jml_err e;
    int word;

    if (!value[0] && places[option].type != CONNINFO && places[option].type != TEXT) {
        mistake(r, "%s has no value; without the line it is %s", o->key, o->fallback);
        return;
    }
    if (value[0] && !jml_str_printable(value)) {
        mistake(r, "%s: control characters or broken UTF-8 in the value", o->key);
        return;
    }
    switch (places[option].type) {
    case CONNINFO:
        if (value[0] && jml_conninfo_check(value, &e) < 0)
            mistake(r, "%s: %s", o->key, e.message);
        *(const char **)to = jml_strdup(&r->config->arena, value);
        return;
    case INTERVAL:
        set_interval(r, o, value, to);
        return;
    case CATCH_UP:
        if (jml_streq(value, "unlimited"))
            *(jml_time *)to = JML_TIME_MAX;
        else
            set_interval(r, o, value, to);
        return;
    case NUMBER:
        set_number(r, o, value, to);
        return;
    case ZONE:
        if (!jml_zone_find(r->zones, value) && !jml_streq(value, "UTC"))
            mistake(r, "%s = %s: no such time zone; write one like Europe/Lisbon", o->key, value);
        *(const char **)to = jml_strdup(&r->config->arena, value);
        return;
    case LOG_TARGET:
        word = find_word(r, o, value, targets, 2);
        if (word >= 0)
            *(enum jml_log_target *)to = word ? JML_LOG_JOURNAL : JML_LOG_STDERR;
        return;
    case LOG_LEVEL:
        word = find_word(r, o, value, levels, 6);
        if (word >= 0)
            *(enum jml_log_level *)to = level_of[word];
        return;
    case TEXT:
        *(const char **)to = jml_strdup(&r->config->arena, value);
        return;
    case SECURITY:
        word = find_word(r, o, value, securities, 3);
        if (word >= 0)
            *(enum jml_smtp_security *)to = (enum jml_smtp_security)word;
        return;
    case BOOL:
        word = find_word(r, o, value, booleans, 6);
        if (word >= 0)
            *(bool *)to = word % 2;
        return;
    }
}

/* ---- words ---- */

static void mistake(struct reading *r, const char *fmt, ...)
{
    const char *words;
    va_list ap;

    va_start(ap, fmt);
    words = jml_vprintf(&r->scratch, fmt, ap);
    va_end(ap);
    r->mistakes++;
    r->tell(r->userdata,
            jml_printf(&r->scratch, "%s:%d: %s", r->config->path, r->line, words));
}

static const char *list_sections(struct reading *r)
{
    struct jml_str list = JML_STR_INIT(&r->scratch);

    for (size_t i = 0; i < OPTIONS; i++)
        if (i == 0 || !jml_streq(jml_options[i].section, jml_options[i - 1].section))
            jml_str_addf(&list, "%s[%s]", i == 0 ? "" : " ", jml_options[i].section);
    return jml_str_text(&list);
}

/* A key of that section that looks like a typing mistake away; else NULL. */
static const char *nearest_key(const char *section, const char *key)
{
    const char *nearest = NULL;
    unsigned least = 4;

    for (size_t i = 0; i < OPTIONS; i++) {
        unsigned d;

        if (!jml_streq(section, jml_options[i].section))
            continue;
        d = distance(key, jml_options[i].key);
        if (d < least) {
            least = d;
            nearest = jml_options[i].key;
        }
    }
    return nearest;
}

/* Edit distance, of the first 31 bytes. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[32];
    size_t n = strnlen(a, 31), m = strnlen(b, 31);

    for (unsigned k = 0; k <= m; k++)
        row[k] = k;
    for (size_t i = 1; i <= n; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t k = 1; k <= m; k++) {
            unsigned change = diagonal + (a[i - 1] != b[k - 1]);

            diagonal = row[k];
            row[k] = change;
            if (diagonal + 1 < row[k])
                row[k] = diagonal + 1;
            if (row[k - 1] + 1 < row[k])
                row[k] = row[k - 1] + 1;
        }
    }
    return row[m];
}

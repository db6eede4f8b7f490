/* SPDX-License-Identifier: MIT
 *
 * Template: see template.h. letter.c fills in, markup.c makes HTML; here is which words count.
 */
#include "mail/template.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "mail/letter.h"
#include "mail/message.h"

#define FILE_BYTES (256 * 1024)

struct page {
    const char *name; /* "welcome.de.txt" */
    const char *text; /* NULL: no such file, or none that can be used */
};

struct jml_templates {
    struct jml_arena arena; /* what was read */
    const char *directory, *language;
    jml_templates_tell tell;
    void *userdata;
    JML_VEC(struct page) pages;
};

static const char *read_page(struct jml_templates *t, const char *name);
static const char *find_page(struct jml_templates *t, struct jml_arena *a, const char *kind,
                             const char *wished, const char *extension, const char **ret_language);
static bool split(struct jml_arena *a, const char *page, const char **ret_subject,
                  const char **ret_text);
static const char *meant_for(struct jml_templates *t, struct jml_arena *a,
                             const struct jml_letter *l);
static const char *lay_out(struct jml_templates *t, struct jml_arena *a, const char *subject,
                           const char *language, const char *content);

struct jml_templates *jml_templates_new(const char *directory, const char *language,
                                        jml_templates_tell tell, void *userdata)
{
    struct jml_templates *t = calloc(1, sizeof *t);

    if (!t)
        jml_bug("out of memory");
    jml_arena_init(&t->arena);
    t->directory = directory && *directory ? jml_strdup(&t->arena, directory) : NULL;
    t->language = jml_strdup(&t->arena, language && *language ? language : "en");
    t->tell = tell;
    t->userdata = userdata;
    return t;
}

struct jml_templates *jml_templates_free(struct jml_templates *t)
{
    if (t) {
        jml_arena_fini(&t->arena);
        free(t);
    }
    return NULL;
}

void jml_templates_write(struct jml_templates *t, struct jml_arena *a, const struct jml_letter *l,
                         struct jml_words *ret)
{
    const char *custom = jml_value_find_string(l->parameters, "customBody");
    const char *custom_subject = jml_value_find_string(l->parameters, "customSubject");
    const char *language = NULL, *html_language = NULL, *html = NULL, *before = "";
    const char *subject = l->subject, *text = NULL, *page, *template_subject, *template_text;
    const char *portal;
    struct jml_letter plain = *l;

    plain.pass = NULL; /* subjects are shown where nobody should read it */
    /* Without parameters it was written before there were templates. */
    page = l->parameters ? find_page(t, a, l->kind, l->language, "txt", &language) : NULL;
    if (page && split(a, page, &template_subject, &template_text)) {
        if (!custom_subject)
            subject = jml_template_fill(a, &plain, template_subject, JML_ESCAPE_NONE);
        text = jml_template_fill(a, l, template_text, JML_ESCAPE_NONE);
        page = find_page(t, a, l->kind, language, "html", &html_language);
        if (page && jml_streq(language, html_language))
            html = jml_template_fill(a, l, page, JML_ESCAPE_HTML);
    }
    if (custom) {
        language = l->language;
        text = jml_template_fill(a, l, jml_markup_to_text(a, custom), JML_ESCAPE_NONE);
        html = jml_template_fill(a, l, jml_markup_to_html(a, custom), JML_ESCAPE_HTML);
    }
    if (text) {
        before = meant_for(t, a, l);
    } else {
        const char *command = jml_value_find_string(l->parameters, "command");

        text = jml_message_text(a, l->body);
        portal = jml_letter_portal(a, l);
        if (portal && command && *command)
            text = jml_printf(a, "%s%s    %s\n", text, *text ? "\n" : "", portal);
    }
    if (!html)
        html = jml_text_to_html(a, text);
    if (l->pass && !strstr(text, l->pass)) { /* whatever else it says, that is what for */
        size_t n = strlen(text);

        text = jml_printf(a, "%s%s\n    %s\n", text, n > 0 && text[n - 1] == '\n' ? "" : "\n", l->pass);
    }
    if (l->pass && !strstr(html, l->pass))
        html = jml_printf(a, "%s<pre>%s</pre>\n", html, l->pass);
    if (*before) {
        text = jml_printf(a, "%s\n\n%s", before, text);
        html = jml_printf(a, "%s%s", jml_text_to_html(a, before), html);
    }
    ret->subject = jml_message_line(a, subject);
    ret->text = text;
    ret->language = language;
    ret->html = lay_out(t, a, ret->subject, language ? language : t->language, html);
}

/* What the manager is told before a mail that could not reach its recipient. */
static const char *meant_for(struct jml_templates *t, struct jml_arena *a,
                             const struct jml_letter *l)
{
    const char *language, *subject, *text;
    const char *who = jml_value_find_string(l->parameters, "meantFor");
    const char *page = who ? find_page(t, a, "meant_for", l->language, "txt", &language) : NULL;
    size_t n;

    if (!who)
        return "";
    if (page && split(a, page, &subject, &text)) {
        text = jml_template_fill(a, l, text, JML_ESCAPE_NONE);
        for (n = strlen(text); n > 0 && text[n - 1] == '\n';)
            n--;
        return jml_strndup(a, text, n);
    }
    return jml_printf(a, "This mail could not be delivered to %s. It goes to you as the manager.",
                      jml_message_line(a, who));
}

static const char *lay_out(struct jml_templates *t, struct jml_arena *a, const char *subject,
                           const char *language, const char *content)
{
    const char *page = read_page(t, "layout.html");
    struct jml_str out = JML_STR_INIT(a);

    if (!page || !strstr(page, "{{content}}"))
        page = "<!DOCTYPE html>\n<html lang=\"{{language}}\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<title>{{subject}}</title>\n</head>\n<body>\n{{content}}</body>\n</html>\n";
    for (const char *p = page; *p;) {
        if (jml_str_starts(p, "{{content}}")) {
            jml_str_add(&out, content);
            p += strlen("{{content}}");
        } else if (jml_str_starts(p, "{{subject}}")) {
            jml_html_add(&out, subject, strlen(subject));
            p += strlen("{{subject}}");
        } else if (jml_str_starts(p, "{{language}}")) {
            jml_html_add(&out, language, strlen(language));
            p += strlen("{{language}}");
        } else {
            jml_str_add_char(&out, *p++);
        }
    }
    return jml_str_text(&out);
}

/* ---- which file ---- */

/* "de-AT", "de_at" as "de-at"; "" for what names no language: it becomes a part of a file's name. */
static const char *normal(struct jml_arena *a, const char *language)
{
    char *out = jml_strdup(a, language ? language : "");

    if (strlen(out) > 35)
        return "";
    for (char *p = out; *p; p++) {
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p | 0x20);
        else if (*p == '_')
            *p = '-';
        else if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '-'))
            return "";
    }
    return out;
}

/* xx-yy, then xx; then the same of the configuration; then en. */
static const char *find_page(struct jml_templates *t, struct jml_arena *a, const char *kind,
                             const char *wished, const char *extension, const char **ret_language)
{
    const char *languages[] = {normal(a, wished), normal(a, t->language), "en"};

    for (const char *p = kind; p && *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '_'))
            return NULL;
    for (size_t i = 0; t->directory && kind && i < 3; i++) {
        char *language = jml_strdup(a, languages[i]);

        while (*language) {
            const char *page =
                read_page(t, jml_printf(a, "%s.%s.%s", kind, language, extension));
            char *dash = strrchr(language, '-');

            if (page) {
                *ret_language = language;
                return page;
            }
            if (!dash)
                break;
            *dash = '\0';
        }
    }
    return NULL;
}

static void problem(struct jml_templates *t, const char *name, const char *what)
{
    if (t->tell)
        t->tell(t->userdata, jml_printf(&t->arena, "%s/%s: %s", t->directory, name, what));
}

static char *read_file(struct jml_templates *t, const char *name)
{
    const char *path = jml_printf(&t->arena, "%s/%s", t->directory, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    size_t n = 0;
    char *text;

    if (fd < 0) {
        if (errno != ENOENT)
            problem(t, name, strerror(errno));
        return NULL;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_BYTES) {
        problem(t, name, "is no file, or too long for a template");
        close(fd);
        return NULL;
    }
    text = jml_arena_alloc(&t->arena, (size_t)st.st_size + 1);
    while (n < (size_t)st.st_size) {
        ssize_t got = read(fd, text + n, (size_t)st.st_size - n);

        if (got <= 0)
            break;
        n += (size_t)got;
    }
    close(fd);
    text[n] = '\0';
    if (strlen(text) != n || !jml_str_is_utf8(text, n)) {
        problem(t, name, "is no UTF-8 text");
        return NULL;
    }
    return text;
}

/* Also that there is no such file is remembered: a folder is read anew after a reload. */
static const char *read_page(struct jml_templates *t, const char *name)
{
    const char *subject, *text;
    size_t n = strlen(name);

    if (!t->directory)
        return NULL;
    for (size_t i = 0; i < t->pages.n; i++)
        if (strcmp(t->pages.items[i].name, name) == 0)
            return t->pages.items[i].text;
    struct page page = {jml_strdup(&t->arena, name), read_file(t, name)};
    if (page.text && strcmp(name + n - 4, ".txt") == 0 &&
        !split(&t->arena, page.text, &subject, &text)) {
        problem(t, name, "a template begins with a line \"Subject: ...\" and a blank line");
        page.text = NULL;
    }
    jml_vec_push(&t->arena, &t->pages, page);
    return page.text;
}

/* "Subject: words", a blank line, the text. */
static bool split(struct jml_arena *a, const char *page, const char **ret_subject,
                  const char **ret_text)
{
    size_t n = strcspn(page, "\r\n");
    const char *rest = page + n;

    rest += *rest == '\r';
    rest += *rest == '\n';
    rest += *rest == '\r';
    if (!jml_str_starts(page, "Subject: ") || *rest != '\n')
        return false;
    *ret_subject = jml_strndup(a, page + strlen("Subject: "), n - strlen("Subject: "));
    *ret_text = jml_message_text(a, rest + 1);
    return true;
}

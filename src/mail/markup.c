/* SPDX-License-Identifier: MIT
 *
 * Markup: the little HTML that a customBody may hold (entra-facts 1.16), and plain text as HTML. What is
 * not one of the four elements is text, and is escaped.
 */
#include <string.h>
#include <strings.h>

#include "mail/letter.h"

#define OPEN_MAX 16

struct tag {
    char name;        /* 'b', 'i', 'u', 'a' */
    bool closes;
    const char *href; /* of an opening a */
    size_t href_n;
    size_t length; /* of all of it */
};

static bool find_tag(const char *p, struct tag *ret);

void jml_html_add(struct jml_str *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        switch (text[i]) {
        case '&': jml_str_add(out, "&amp;"); break;
        case '<': jml_str_add(out, "&lt;"); break;
        case '>': jml_str_add(out, "&gt;"); break;
        case '"': jml_str_add(out, "&quot;"); break;
        case '\'': jml_str_add(out, "&#39;"); break;
        default: jml_str_add_char(out, text[i]);
        }
}

const char *jml_markup_to_html(struct jml_arena *a, const char *text)
{
    struct jml_str out = JML_STR_INIT(a);
    char open[OPEN_MAX];
    int depth = 0;
    struct tag tag;

    jml_str_add(&out, "<p>");
    for (const char *p = text; *p;) {
        bool is_tag = find_tag(p, &tag);

        if (is_tag && tag.closes ? depth > 0 && open[depth - 1] == tag.name
                                 : is_tag && depth < OPEN_MAX) {
            if (tag.closes) {
                depth--;
                jml_str_addf(&out, "</%c>", tag.name);
            } else {
                open[depth++] = tag.name;
                jml_str_addf(&out, "<%c", tag.name);
                if (tag.name == 'a') {
                    jml_str_add(&out, " href=\"");
                    jml_html_add(&out, tag.href, tag.href_n);
                    jml_str_add_char(&out, '"');
                }
                jml_str_add_char(&out, '>');
            }
            p += tag.length;
            continue;
        }
        if (*p == '\n')
            jml_str_add(&out, p[1] ? "<br>\n" : "");
        else
            jml_html_add(&out, p, 1);
        p++;
    }
    while (depth > 0)
        jml_str_addf(&out, "</%c>", open[--depth]);
    jml_str_add(&out, "</p>\n");
    return jml_str_text(&out);
}

const char *jml_markup_to_text(struct jml_arena *a, const char *text)
{
    struct jml_str out = JML_STR_INIT(a);
    const char *href = NULL;
    size_t href_n = 0, href_from = 0;
    struct tag tag;

    for (const char *p = text; *p;) {
        if (!find_tag(p, &tag)) {
            jml_str_add_char(&out, *p++);
            continue;
        }
        p += tag.length;
        if (tag.name != 'a')
            continue;
        /* a link whose words are the address already needs it once */
        if (tag.closes && href &&
            !(out.length - href_from == href_n && memcmp(out.text + href_from, href, href_n) == 0))
            jml_str_addf(&out, " <%.*s>", (int)href_n, href);
        href = tag.closes ? NULL : tag.href;
        href_n = tag.href_n;
        href_from = out.length;
    }
    return jml_str_text(&out);
}

/* <b>, </b>, <a href="https://...">; nothing but these, whatever the case. */
static bool find_tag(const char *p, struct tag *ret)
{
    const char *begin = p;
    struct tag t = {0};
    char quote;

    if (*p++ != '<')
        return false;
    t.closes = *p == '/';
    p += t.closes;
    t.name = (char)(*p | 0x20);
    if (!*p || !strchr("biua", t.name))
        return false;
    p++;
    if (t.name == 'a' && !t.closes) {
        if (*p != ' ')
            return false;
        p += strspn(p, " ");
        if (strncasecmp(p, "href", 4) != 0)
            return false;
        p += 4;
        p += strspn(p, " ");
        if (*p++ != '=')
            return false;
        p += strspn(p, " ");
        quote = *p++;
        if (quote != '"' && quote != '\'')
            return false;
        t.href = p;
        t.href_n = strcspn(p, "\"'<> \t\r\n");
        p += t.href_n;
        if (*p++ != quote || (strncasecmp(t.href, "https://", 8) != 0 &&
                              strncasecmp(t.href, "http://", 7) != 0))
            return false;
    }
    p += strspn(p, " ");
    if (*p != '>')
        return false;
    t.length = (size_t)(p + 1 - begin);
    *ret = t;
    return true;
}

/* ---- plain text ---- */

static bool is_link(const char *line, size_t n)
{
    return n > 8 && (strncmp(line, "https://", 8) == 0 || strncmp(line, "http://", 7) == 0) &&
           !memchr(line, ' ', n);
}

const char *jml_text_to_html(struct jml_arena *a, const char *text)
{
    enum { NOTHING, PARAGRAPH, AS_IT_STANDS } in = NOTHING;
    struct jml_str out = JML_STR_INIT(a);

    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n"), indent = strspn(p, " ");
        bool blank = indent >= n;
        bool link = !blank && is_link(p + indent, n - indent);
        bool stands = !blank && indent >= 4 && !link;

        if (in != NOTHING && (blank || stands != (in == AS_IT_STANDS))) {
            jml_str_add(&out, in == PARAGRAPH ? "</p>\n" : "</pre>\n");
            in = NOTHING;
        }
        if (!blank) {
            if (in == NOTHING)
                jml_str_add(&out, stands ? "<pre>" : "<p>");
            else
                jml_str_add(&out, stands ? "\n" : "<br>\n");
            in = stands ? AS_IT_STANDS : PARAGRAPH;
            if (link) {
                jml_str_add(&out, "<a href=\"");
                jml_html_add(&out, p + indent, n - indent);
                jml_str_add(&out, "\">");
            }
            jml_html_add(&out, p + indent, n - indent);
            if (link)
                jml_str_add(&out, "</a>");
        }
        p += n + (p[n] == '\n');
    }
    if (in != NOTHING)
        jml_str_add(&out, in == PARAGRAPH ? "</p>\n" : "</pre>\n");
    return jml_str_text(&out);
}

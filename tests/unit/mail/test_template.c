/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/leak.h"
#include "mail/template.h"

static struct jml_arena arena;
static char folder[64];
static int problems;

static void begin(void)
{
    jml_arena_init(&arena);
    strcpy(folder, "/tmp/jml-templates.XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    problems = 0;
}

static void end(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_expect_eq(system(command), 0);
    jml_arena_fini(&arena);
    jml_test_leak_check();
}

TestSuite(template, .init = begin, .fini = end);

static void tell(void *userdata, const char *problem)
{
    (void)userdata;
    (void)problem;
    problems++;
}

static void file(const char *name, const char *text)
{
    char path[160];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

static const struct jml_value *json(const char *text)
{
    const struct jml_value *v;
    struct jml_err e;

    cr_assert_eq(jml_value_parse(&arena, text, strlen(text), 20, &v, &e), 0, "%s", e.message);
    return v;
}

static struct jml_letter letter(void)
{
    return (struct jml_letter){
        .kind = "near_expiry_1_day",
        .subject = "own subject",
        .body = "own body\n",
        .parameters = json("{\"accessPackage\":\"Sales & <more>\",\"daysLeft\":3,\"requestId\":\"r 1\","
                           "\"command\":\"jmlctl a\\njmlctl b\"}"),
        .user = json("{\"displayName\":\"Zoë \\\"Zed\\\" Ångström <b>\",\"city\":\"Porto\","
                     "\"employeeOrgData\":{\"costCenter\":\"100\"}}"),
        .employee_id = "E1",
        .manager_name = "Mia Roth",
        .manager_mail = "mia@example.com",
    };
}

static struct jml_words words_of(const struct jml_letter *l, const char *language)
{
    struct jml_templates *t = jml_templates_new(folder, language, tell, NULL);
    struct jml_words words;

    jml_templates_write(t, &arena, l, &words);
    words.language = jml_strdup(&arena, words.language);
    jml_templates_free(t);
    return words;
}

#define FILLS(text, wanted)                                                                        \
    cr_expect_str_eq(jml_template_fill(&arena, &l, text, JML_ESCAPE_NONE), wanted)
#define FILLS_HTML(text, wanted)                                                                   \
    cr_expect_str_eq(jml_template_fill(&arena, &l, text, JML_ESCAPE_HTML), wanted)

Test(template, knows_both_styles_of_placeholders)
{
    struct jml_letter l = letter();

    FILLS("{{userDisplayName}}", "Zoë \"Zed\" Ångström <b>");
    FILLS("{{userGivenName}}, {{userSurname}}",
          "Zoë \"Zed\" Ångström <b>, Zoë \"Zed\" Ångström <b>");
    FILLS("{{userPrincipalName}}", "E1");
    FILLS("{{user.city}} {{user.employeeOrgData/costCenter}}{{user.nothing}}", "Porto 100");
    FILLS("{{managerDisplayName}} {{managerEmail}}", "Mia Roth mia@example.com");
    FILLS("{{accessPackage}}: {{daysLeft}}", "Sales & <more>: 3");
    FILLS("{{endsOn}}", "");
    FILLS("{{unknown}} {{ x }} {{", "{{unknown}} {{ x }} {{");
}

Test(template, values_are_escaped)
{
    struct jml_letter l = letter();

    FILLS_HTML("<p title='{{userDisplayName}}'>{{accessPackage}}</p>",
               "<p title='Zoë &quot;Zed&quot; Ångström &lt;b&gt;'>Sales &amp; &lt;more&gt;</p>");
    l.user = json("{\"displayName\":\"a\\nb {{managerEmail}}\"}");
    FILLS("{{userDisplayName}}", "a b {{managerEmail}}");
}

Test(template, parts_stay_where_there_is_a_value)
{
    struct jml_letter l = letter();

    FILLS("{{#accessPackage}}yes{{/accessPackage}}{{^accessPackage}}no{{/accessPackage}}", "yes");
    FILLS("{{#endsOn}}yes{{/endsOn}}{{^endsOn}}no{{/endsOn}}", "no");
    FILLS("a\n{{#endsOn}}\nyes\n{{/endsOn}}\nb\n", "a\nb\n");
    FILLS("a\n{{#daysLeft}}\n{{daysLeft}}{{#endsOn}}x{{/endsOn}}\n{{/daysLeft}}\nb\n", "a\n3\nb\n");
    FILLS("{{#daysLeft}}open", "{{#daysLeft}}open");
}

Test(template, what_to_do_is_a_command_or_a_page)
{
    struct jml_letter l = letter();

    FILLS("{{whatToDo}}\n", "    jmlctl a\n    jmlctl b\n");
    FILLS_HTML("{{whatToDo}}", "<pre>jmlctl a\njmlctl b</pre>\n");
    l.portal_url = "https://x.test/?r={{requestId}}&p={{accessPackage}}";
    FILLS("{{whatToDo}}", "    https://x.test/?r=r%201&p=Sales%20%26%20%3Cmore%3E");
    FILLS_HTML("{{whatToDo}}", "<p><a href=\"https://x.test/?r=r%201&amp;p=Sales%20%26%20%3Cmore%3E\">"
                               "https://x.test/?r=r%201&amp;p=Sales%20%26%20%3Cmore%3E</a></p>\n");
    l.parameters = json("{}");
    FILLS("{{whatToDo}}", "");
}

Test(template, the_language_is_that_of_the_letter_then_that_of_the_house_then_english)
{
    struct jml_letter l = letter();

    file("near_expiry_1_day.en.txt", "Subject: en\n\nen\n");
    file("near_expiry_1_day.de.txt", "Subject: de {{accessPackage}}\n\nde\n");
    file("near_expiry_1_day.pt-br.txt", "Subject: br\n\nbr\n");
    l.language = "de_AT";
    cr_expect_str_eq(words_of(&l, "en").subject, "de Sales & <more>");
    cr_expect_str_eq(words_of(&l, "en").language, "de");
    l.language = "pt-BR";
    cr_expect_str_eq(words_of(&l, "en").text, "br\n");
    l.language = "fr";
    cr_expect_str_eq(words_of(&l, "de").text, "de\n");
    cr_expect_str_eq(words_of(&l, "it").text, "en\n");
    l.language = NULL;
    cr_expect_str_eq(words_of(&l, "de").text, "de\n");
    l.language = "../../etc";
    cr_expect_str_eq(words_of(&l, "en").text, "en\n");
    cr_expect_eq(problems, 0);
}

Test(template, without_a_file_or_parameters_the_own_words_count)
{
    struct jml_letter l = letter();
    struct jml_words w = words_of(&l, "en");

    cr_expect_str_eq(w.subject, "own subject");
    cr_expect_str_eq(w.text, "own body\n");
    cr_expect_not_null(strstr(w.html, "<p>own body</p>"));
    l.portal_url = "https://x.test/";
    cr_expect_str_eq(words_of(&l, "en").text, "own body\n\n    https://x.test/\n");
    file("near_expiry_1_day.en.txt", "Subject: en\n\nen\n");
    l.parameters = NULL;
    cr_expect_str_eq(words_of(&l, "en").text, "own body\n");
    l.kind = "../x";
    l.parameters = json("{}");
    cr_expect_str_eq(words_of(&l, "en").text, "own body\n");
}

Test(template, a_file_that_cannot_be_used_is_told_and_passed_over)
{
    struct jml_letter l = letter();

    file("near_expiry_1_day.de.txt", "no subject\n");
    file("near_expiry_1_day.en.txt", "Subject: en\n\nen\n");
    l.language = "de";
    cr_expect_str_eq(words_of(&l, "de").text, "en\n");
    cr_expect_eq(problems, 1);
}

Test(template, html_has_a_file_of_its_own_or_is_made_of_the_text)
{
    struct jml_letter l = letter();

    file("near_expiry_1_day.en.txt", "Subject: s <{{accessPackage}}>\n\n{{userDisplayName}}\nx\n");
    cr_expect_not_null(strstr(words_of(&l, "en").html,
                              "<p>Zoë &quot;Zed&quot; Ångström &lt;b&gt;<br>\nx</p>"));
    file("near_expiry_1_day.en.html", "<em>{{accessPackage}}</em>");
    file("layout.html", "[{{language}}|{{subject}}|{{content}}]");
    cr_expect_str_eq(words_of(&l, "en").html,
                     "[en|s &lt;Sales &amp; &lt;more&gt;&gt;|<em>Sales &amp; &lt;more&gt;</em>]");
}

Test(template, the_words_of_a_task_win)
{
    struct jml_letter l = letter();
    struct jml_words w;

    file("near_expiry_1_day.en.txt", "Subject: en\n\nen\n");
    file("layout.html", "{{content}}");
    l.parameters = json("{\"customSubject\":\"x\",\"customBody\":\"<b>{{userDisplayName}}</b>\"}");
    w = words_of(&l, "en");
    cr_expect_str_eq(w.subject, "own subject"); /* filled in by the core */
    cr_expect_str_eq(w.text, "Zoë \"Zed\" Ångström <b>");
    cr_expect_str_eq(w.html, "<p><b>Zoë &quot;Zed&quot; Ångström &lt;b&gt;</b></p>\n");
    l.parameters = json("{\"customBody\":\"y\"}");
    cr_expect_str_eq(words_of(&l, "en").subject, "en");
}

/* Whatever words somebody wrote: that is what the mail is for. */
Test(template, a_password_stands_in_the_text_once_and_never_in_the_subject)
{
    struct jml_letter l = letter();
    struct jml_words w;

    file("near_expiry_1_day.en.txt", "Subject: {{temporaryAccessPass}}!\n\nIt is {{temporaryAccessPass}}.\n");
    file("layout.html", "{{content}}");
    l.pass = "abcDEF234";
    w = words_of(&l, "en");
    cr_expect_str_eq(w.subject, "!");
    cr_expect_str_eq(w.text, "It is abcDEF234.\n");
    cr_expect_str_eq(w.html, "<p>It is abcDEF234.</p>\n");
    l.parameters = json("{\"customBody\":\"<b>Hello</b>\"}");
    w = words_of(&l, "en");
    cr_expect_str_eq(w.text, "Hello\n\n    abcDEF234\n");
    cr_expect(strstr(w.html, "<b>Hello</b>") && strstr(w.html, "abcDEF234"), "%s", w.html);
    l.parameters = NULL;
    cr_expect_str_eq(words_of(&l, "en").text, "own body\n\n    abcDEF234\n");
    l.pass = NULL;
    FILLS("{{#temporaryAccessPass}}yes{{/temporaryAccessPass}}{{^temporaryAccessPass}}no{{/temporaryAccessPass}}",
          "no");
}

Test(template, who_reads_for_somebody_else_is_told)
{
    struct jml_letter l = letter();

    file("near_expiry_1_day.en.txt", "Subject: en\n\nen\n");
    l.parameters = json("{\"meantFor\":\"Ana\\n(a@example.com)\"}");
    cr_expect_str_eq(words_of(&l, "en").text,
                     "This mail could not be delivered to Ana (a@example.com). It goes to you as the "
                     "manager.\n\nen\n");
}

Test(template, markup_is_four_elements_and_nothing_else)
{
#define IS(text, html, plain)                                                                      \
    do {                                                                                           \
        cr_expect_str_eq(jml_markup_to_html(&arena, text), "<p>" html "</p>\n");                   \
        cr_expect_str_eq(jml_markup_to_text(&arena, text), plain);                                 \
    } while (0)
    IS("a <B>b</B> & c", "a <b>b</b> &amp; c", "a b & c");
    IS("<a href=\"https://x.test/?a=1&b\">x</a>", "<a href=\"https://x.test/?a=1&amp;b\">x</a>",
       "x <https://x.test/?a=1&b>");
    IS("<a href='http://x.test'>http://x.test</a>", "<a href=\"http://x.test\">http://x.test</a>",
       "http://x.test");
    IS("<a href=\"javascript:x\">x</a>", "&lt;a href=&quot;javascript:x&quot;&gt;x&lt;/a&gt;",
       "<a href=\"javascript:x\">x");
    IS("<a href=\"https://x\" onclick=\"y\">x", "&lt;a href=&quot;https://x&quot; onclick=&quot;y&quot;&gt;x",
       "<a href=\"https://x\" onclick=\"y\">x");
    IS("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;", "<script>x</script>");
    IS("<b onload=x>", "&lt;b onload=x&gt;", "<b onload=x>");
    IS("<b><i>x</b></i>", "<b><i>x&lt;/b&gt;</i></b>", "x");
    IS("</b>x", "&lt;/b&gt;x", "x");
    IS("a\nb\n", "a<br>\nb", "a\nb\n");
    IS("<", "&lt;", "<");
    IS("<a href=\"https://x", "&lt;a href=&quot;https://x", "<a href=\"https://x");
}

Test(template, text_becomes_paragraphs)
{
    cr_expect_str_eq(jml_text_to_html(&arena, "a\nb\n\n    c <d>\n    e\nhttps://x.test/?a&b\n"),
                     "<p>a<br>\nb</p>\n<pre>c &lt;d&gt;\ne</pre>\n"
                     "<p><a href=\"https://x.test/?a&amp;b\">https://x.test/?a&amp;b</a></p>\n");
    cr_expect_str_eq(jml_text_to_html(&arena, ""), "");
}

static unsigned next(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

/* HTML made of markup holds no element but the four, whatever comes. */
Test(template, noise_never_becomes_an_element)
{
    static const char *const pieces[] = {
        "<", ">", "</", "<b>", "</b>", "<a href=\"https://x\">", "</a>", "<a href='", "'", "\"", "{{",
        "}}", "{{userDisplayName}}", "{{#userDisplayName}}", "{{/userDisplayName}}", "<script>", "\n",
        "<img src=x onerror=y>", "href=", "https://", "&", "&lt;", " ", "x",
    };
    struct jml_letter l = letter();

    l.user = json("{\"displayName\":\"<img src=x>\\\" '\"}");
    for (unsigned seed = 1; seed <= 3000; seed++) {
        unsigned s = seed;
        struct jml_str text = JML_STR_INIT(&arena);
        const char *html;

        for (unsigned n = next(&s) % 14; n > 0; n--)
            jml_str_add(&text, pieces[next(&s) % (sizeof pieces / sizeof pieces[0])]);
        html = jml_template_fill(&arena, &l, jml_markup_to_html(&arena, jml_str_text(&text)),
                                 JML_ESCAPE_HTML);
        for (const char *p = html; (p = strchr(p, '<')); p++) {
            const char *name = p[1] == '/' ? p + 2 : p + 1;

            cr_assert(name[0] && (strchr("biuap", name[0]) || strncmp(name, "br>", 3) == 0), "seed %u: %s",
                      seed, html);
            cr_assert(name[1] == '>' || strncmp(name, "br>", 3) == 0 ||
                          strncmp(name, "a href=\"http", 12) == 0,
                      "seed %u: %s", seed, html);
        }
    }
}

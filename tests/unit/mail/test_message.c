/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/address.h"
#include "base/str.h"
#include "lib/leak.h"
#include "mail/message.h"

static struct jml_arena arena;

static void begin(void)
{
    jml_arena_init(&arena);
}

static void end(void)
{
    jml_arena_fini(&arena);
    jml_test_leak_check();
}

TestSuite(message, .init = begin, .fini = end);

static struct jml_message_parts parts(void)
{
    return (struct jml_message_parts){
        .from = {"Access desk", "jml@example.com"},
        .to = {NULL, "zoe@example.com"},
        .subject = "Hello",
        .text = "Hello.\n",
        .html = "<p>Hello.</p>\n",
        .kind = "welcome",
        .dedup_key = "mail:1:2",
        .domain = "example.com",
        .date = INT64_C(1796040000) * JML_SECOND, /* 2026-11-30 12:00 UTC, a Monday */
    };
}

static const char *format(const struct jml_message_parts *m)
{
    const char *bytes;
    size_t n;
    struct jml_err e;

    cr_assert_eq(jml_message_format(&arena, m, &bytes, &n, &e), 0, "%s", e.message);
    cr_assert_eq(strlen(bytes), n);
    return bytes;
}

/* The header's value, unfolded; NULL: there is none. */
static const char *header(const char *bytes, const char *name)
{
    struct jml_str out = JML_STR_INIT(&arena);
    size_t n = strlen(name);

    for (const char *p = bytes; *p && strncmp(p, "\r\n", 2) != 0; p = strstr(p, "\r\n") + 2) {
        if (strncmp(p, name, n) != 0 || p[n] != ':')
            continue;
        p += n + 2;
        for (;;) {
            jml_str_add_n(&out, p, strcspn(p, "\r"));
            p += strcspn(p, "\r") + 2;
            if (*p != ' ')
                return jml_str_text(&out);
        }
    }
    return NULL;
}

static size_t headers(const char *bytes)
{
    size_t n = 0;

    for (const char *p = bytes; strncmp(p, "\r\n", 2) != 0; p = strstr(p, "\r\n") + 2)
        n += *p != ' ';
    return n;
}

Test(message, has_the_headers_of_a_mail_that_a_program_wrote)
{
    struct jml_message_parts m = parts();
    const char *bytes = format(&m);

    cr_expect_str_eq(header(bytes, "Date"), "Mon, 30 Nov 2026 12:00:00 +0000");
    cr_expect_str_eq(header(bytes, "From"), "\"Access desk\" <jml@example.com>");
    cr_expect_str_eq(header(bytes, "To"), "<zoe@example.com>");
    cr_expect_str_eq(header(bytes, "Subject"), "Hello");
    cr_expect_str_eq(header(bytes, "Auto-Submitted"), "auto-generated");
    cr_expect_str_eq(header(bytes, "X-JML-Kind"), "welcome");
    cr_expect_str_eq(header(bytes, "MIME-Version"), "1.0");
    cr_expect_null(header(bytes, "Cc"));
    cr_expect_null(header(bytes, "X-Original-To"));
}

Test(message, its_id_is_that_of_what_must_not_be_sent_twice)
{
    struct jml_message_parts m = parts();
    const char *first = header(format(&m), "Message-ID");

    m.subject = "Something else";
    m.date += JML_DAY;
    cr_expect_str_eq(first, header(format(&m), "Message-ID"));
    /* printf %s mail:1:2 | sha256sum */
    cr_expect_str_eq(first, jml_message_id_of(&arena, "mail:1:2", "example.com"));
    cr_expect_eq(strlen(first), 64 + strlen("<@example.com>"));
    cr_expect_str_neq(first, jml_message_id_of(&arena, "mail:1:3", "example.com"));
    cr_expect_str_eq(jml_message_id_of(&arena, "", "x"),
                     "<e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855@x>");
}

Test(message, a_name_with_quotes_and_more_is_still_one_name)
{
    struct jml_message_parts m = parts();

    m.to.name = "A \"B\" \\ <c@example.com>, d";
    cr_expect_str_eq(header(format(&m), "To"),
                     "\"A \\\"B\\\" \\\\ <c@example.com>, d\" <zoe@example.com>");
    m.to.name = "Zoë \"Zed\" Ångström <b>";
    cr_expect_str_eq(header(format(&m), "To"),
                     "=?UTF-8?B?Wm/DqyAiWmVkIiDDhW5nc3Ryw7ZtIDxiPg==?= <zoe@example.com>");
}

Test(message, a_value_never_becomes_a_header)
{
    struct jml_message_parts m = parts();
    size_t n = headers(format(&m));

    m.subject = "Sales\r\nBcc: x@example.com\r\n\r\n<h1>";
    m.to.name = "A\nBcc: x@example.com";
    m.from.name = "\r\n\r\nHello";
    m.kind = "w\r\nBcc: x";
    m.dedup_key = "k\r\nBcc: x";
    cr_expect_eq(headers(format(&m)), n);
    cr_expect_str_eq(header(format(&m), "Subject"), "Sales Bcc: x@example.com <h1>");
    cr_expect_null(header(format(&m), "Bcc"));
    m.original_to = "a@example.com\r\nBcc: x";
    cr_expect_eq(headers(format(&m)), n + 1);
}

Test(message, what_is_no_address_is_refused)
{
    static const char *const wrong[] = {
        "",       "zoe",          "@example.com",  "zoe@",           "a@b@c",      "a b@example.com",
        "a@b\nX", "<a@b>",        "a@b,c@d",       "a@b;",           "\"a\"@b",    "a@b\r\nBcc:c",
        "-oX@b",  "a\x7f@b.test", "zoë@example.com", "a@exämple.com",
    };
    struct jml_message_parts m = parts();
    const char *bytes;
    struct jml_err e;
    size_t n;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        m.to.address = wrong[i];
        cr_expect_lt(jml_message_format(&arena, &m, &bytes, &n, &e), 0, "%s", wrong[i]);
        m.to.address = "zoe@example.com";
        m.cc = &wrong[i];
        m.n_cc = 1;
        cr_expect_lt(jml_message_format(&arena, &m, &bytes, &n, &e), 0, "%s", wrong[i]);
        m.n_cc = 0;
    }
    cr_expect(jml_address_is_sound("zoe.x+y@example.com"));
    cr_expect_not(jml_address_is_sound(NULL));
}

Test(message, copies_stand_in_one_header)
{
    static const char *const cc[] = {"a@example.com", "b@example.com"};
    struct jml_message_parts m = parts();

    m.cc = cc;
    m.n_cc = 2;
    cr_expect_str_eq(header(format(&m), "Cc"), "<a@example.com>, <b@example.com>");
}

Test(message, bodies_are_quoted_printable)
{
    struct jml_message_parts m = parts();
    const char *bytes;

    m.text = "a=b \nGrüße\n.\nFrom me\n";
    bytes = format(&m);
    cr_expect_not_null(strstr(bytes, "a=3Db=20\r\nGr=C3=BC=C3=9Fe\r\n=2E\r\n=46rom me\r\n"));
}

Test(message, text_that_steers_is_cleaned)
{
    cr_expect_str_eq(jml_message_line(&arena, " a\t b\r\nc\x01 \xC2\x85 d\x7f "), "a b c d");
    cr_expect_str_eq(jml_message_line(&arena, "a\xE2\x80\xAE" "b"), "a b");
    cr_expect_str_eq(jml_message_line(&arena, "a\xFF" "b\xC3"), "a\xEF\xBF\xBD" "b\xEF\xBF\xBD");
    cr_expect_str_eq(jml_message_line(&arena, NULL), "");
    cr_expect_str_eq(jml_message_text(&arena, "a\r\nb\n\nc\x1b[0m"), "a\nb\n\nc [0m");
}

Test(message, a_sender_may_have_a_name)
{
    struct jml_mailbox box;
    struct jml_err e;

    cr_expect_eq(jml_mailbox_parse(&arena, "jml@example.com", &box, &e), 0);
    cr_expect_null(box.name);
    cr_expect_eq(jml_mailbox_parse(&arena, "Access desk <jml@example.com>", &box, &e), 0);
    cr_expect_str_eq(box.name, "Access desk");
    cr_expect_str_eq(box.address, "jml@example.com");
    cr_expect_eq(jml_mailbox_parse(&arena, "\"Desk, access\" <jml@example.com>", &box, &e), 0);
    cr_expect_str_eq(box.name, "Desk, access");
    cr_expect_lt(jml_mailbox_parse(&arena, "jml", &box, &e), 0);
    cr_expect_lt(jml_mailbox_parse(&arena, "<jml@example.com> x", &box, &e), 0);
}

static unsigned next(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

/* Pieces that matter, in any order, broken UTF-8 included. */
static const char *noise(unsigned *seed)
{
    static const char *const pieces[] = {
        "\r", "\n", "\r\n", "\r\nBcc: x@y", ": ", "=?", "?=", "=?UTF-8?B?", "\"", "\\", "<", ">", ",",
        "a", "word ", "\xC3\xA9", "\xE2\x80\xAE", "\xF0\x9F\x98\x80", "\xFF", "\xC3", "\x80", "\xE2\x80",
        "\x01", "\x7f", "\t", "--=_jml_", ".", "\n.\n", "From ", "=", "{{", "<script>", "&", "     ",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    struct jml_str out = JML_STR_INIT(&arena);

    for (unsigned n = next(seed) % 12; n > 0; n--)
        jml_str_add(&out, pieces[next(seed) % (sizeof pieces / sizeof pieces[0])]);
    return jml_str_text(&out);
}

Test(message, whatever_the_values_are_it_is_one_well_formed_message)
{
    for (unsigned seed = 1; seed <= 3000; seed++) {
        unsigned s = seed;
        struct jml_message_parts m = parts();
        const char *bytes, *boundary;
        size_t n, boundaries = 0;

        m.subject = noise(&s);
        m.to.name = noise(&s);
        m.from.name = noise(&s);
        m.original_to = noise(&s);
        m.kind = noise(&s);
        m.language = noise(&s);
        m.text = noise(&s);
        m.html = noise(&s);
        m.dedup_key = noise(&s);
        bytes = format(&m);
        n = strlen(bytes);
        cr_assert_eq(headers(bytes), 11, "seed %u: %s", seed, bytes);
        boundary = strstr(bytes, "boundary=\"") + 10;
        boundary = jml_printf(&arena, "\r\n--%.*s", (int)strcspn(boundary, "\""), boundary);
        for (const char *p = bytes; (p = strstr(p, boundary)); p++)
            boundaries++;
        cr_assert_eq(boundaries, 3, "seed %u", seed);
        for (size_t i = 0, column = 0; i < n; i++) {
            unsigned char c = (unsigned char)bytes[i];

            if (c == '\r') {
                cr_assert_eq(bytes[i + 1], '\n', "seed %u", seed);
                column = 0;
                i++;
                continue;
            }
            column++;
            cr_assert(c == '\t' || (c >= 0x20 && c < 0x7f), "seed %u: %02x at %zu", seed, c, i);
            cr_assert(column <= 100, "seed %u: a line of more than 100", seed); /* Message-ID: 92 */
        }
        jml_arena_reset(&arena);
    }
}

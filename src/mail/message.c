/* SPDX-License-Identifier: MIT
 *
 * Message: see message.h. Bodies are quoted-printable (RFC 2045 6.7): readable where the text is, and
 * the boundary "=_..." cannot occur in it.
 */
#include "mail/message.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>

#include "base/address.h"
#include "base/str.h"

#define COLUMNS 76
#define WORD_BYTES 45 /* of an encoded word: 60 digits of base64 and 12 characters around them */

static void add_unstructured(struct jml_str *out, size_t column, const char *text);
static int add_mailbox(struct jml_str *out, const char *header, struct jml_mailbox box,
                       struct jml_err *e);
static void add_date(struct jml_str *out, jml_time t);
static void add_token(struct jml_str *out, const char *text);
static void add_part(struct jml_str *out, const char *boundary, const char *type, const char *text);
static const char *digest(struct jml_arena *a, const char *key);
static size_t clean_one(const unsigned char *p, uint32_t *ret_code);

int jml_message_format(struct jml_arena *a, const struct jml_message_parts *m, const char **ret_bytes,
                       size_t *ret_length, struct jml_err *e)
{
    struct jml_str out = JML_STR_INIT(a);
    const char *boundary =
        jml_printf(a, "=_jml_%.32s", digest(a, jml_printf(a, "boundary:%s", m->dedup_key)));

    jml_str_add(&out, "Date: ");
    add_date(&out, m->date);
    if (add_mailbox(&out, "From: ", m->from, e) < 0 || add_mailbox(&out, "To: ", m->to, e) < 0)
        return -1;
    for (size_t i = 0; i < m->n_cc; i++) {
        if (i > 0)
            out.length -= 2; /* the line goes on */
        if (add_mailbox(&out, i > 0 ? ",\r\n " : "Cc: ", (struct jml_mailbox){NULL, m->cc[i]}, e) < 0)
            return -1;
    }
    jml_str_addf(&out, "Message-ID: %s\r\n", jml_message_id_of(a, m->dedup_key, m->domain));
    jml_str_add(&out, "Subject: ");
    add_unstructured(&out, strlen("Subject: "), jml_message_line(a, m->subject));
    jml_str_add(&out, "\r\nAuto-Submitted: auto-generated\r\nX-JML-Kind: ");
    add_token(&out, m->kind);
    if (m->original_to) {
        jml_str_add(&out, "\r\nX-Original-To: ");
        add_unstructured(&out, strlen("X-Original-To: "), jml_message_line(a, m->original_to));
    }
    if (m->language) {
        jml_str_add(&out, "\r\nContent-Language: ");
        add_token(&out, m->language);
    }
    jml_str_addf(&out, "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n"
                       " boundary=\"%s\"\r\n", boundary);
    add_part(&out, boundary, "text/plain", m->text);
    add_part(&out, boundary, "text/html", m->html);
    jml_str_addf(&out, "\r\n--%s--\r\n", boundary);
    *ret_bytes = jml_str_text(&out);
    *ret_length = out.length;
    return 0;
}

const char *jml_message_id_of(struct jml_arena *a, const char *dedup_key, const char *domain)
{
    return jml_printf(a, "<%s@%s>", digest(a, dedup_key), domain);
}

const char *jml_message_line(struct jml_arena *a, const char *text)
{
    struct jml_str out = JML_STR_INIT(a);

    for (const unsigned char *p = (const unsigned char *)(text ? text : ""); *p;) {
        uint32_t code;
        size_t n = clean_one(p, &code);

        if (code == ' ' || code == '\n' || code == '\t') {
            if (out.length > 0 && out.text[out.length - 1] != ' ')
                jml_str_add_char(&out, ' ');
        } else if (code == 0xfffd) {
            jml_str_add(&out, "\xEF\xBF\xBD");
        } else {
            jml_str_add_n(&out, p, n);
        }
        p += n;
    }
    while (out.length > 0 && out.text[out.length - 1] == ' ')
        out.text[--out.length] = '\0';
    return jml_str_text(&out);
}

const char *jml_message_text(struct jml_arena *a, const char *text)
{
    struct jml_str out = JML_STR_INIT(a);

    for (const unsigned char *p = (const unsigned char *)(text ? text : ""); *p;) {
        uint32_t code;
        size_t n = clean_one(p, &code);

        if (p[0] == '\r' && p[1] == '\n')
            ; /* the \n is enough */
        else if (code == 0xfffd)
            jml_str_add(&out, "\xEF\xBF\xBD");
        else if (code < 0x80)
            jml_str_add_char(&out, (char)code);
        else
            jml_str_add_n(&out, p, n);
        p += n;
    }
    return jml_str_text(&out);
}

int jml_mailbox_parse(struct jml_arena *a, const char *text, struct jml_mailbox *ret,
                      struct jml_err *e)
{
    const char *open = strrchr(text, '<'), *close = open ? strchr(open, '>') : NULL;
    struct jml_mailbox box = {NULL, text};

    if (close && !close[1]) {
        box.name = jml_message_line(a, jml_strndup(a, text, (size_t)(open - text)));
        box.address = jml_strndup(a, open + 1, (size_t)(close - open - 1));
        if (box.name[0] == '"' && strlen(box.name) > 1 && box.name[strlen(box.name) - 1] == '"')
            box.name = jml_strndup(a, box.name + 1, strlen(box.name) - 2);
        if (!box.name[0])
            box.name = NULL;
    }
    if (!jml_address_is_sound(box.address))
        return jml_err_set(e, JML_ERR_BAD_INPUT,
                           "not a mail address; write jml@example.com or Words <jml@example.com>");
    *ret = box;
    return 0;
}

/* ---- characters ---- */

/* Bytes of the character at p, and what it counts as: ' ' for all that steers and is not seen, '\n',
 * '\t', U+FFFD for a broken one. */
static size_t clean_one(const unsigned char *p, uint32_t *ret_code)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t code = p[0];

    for (size_t i = 1; i < n; i++)
        if (!p[i])
            n = i; /* cut off */
    if (!jml_str_is_utf8((const char *)p, n)) {
        *ret_code = 0xfffd;
        return 1;
    }
    if (n > 1) {
        code = p[0] & (0x7f >> n);
        for (size_t i = 1; i < n; i++)
            code = code << 6 | (p[i] & 0x3f);
    }
    if ((code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7f && code < 0xa0) ||
        (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
        (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code & 0xfffe) == 0xfffe)
        code = ' ';
    *ret_code = code;
    return n;
}

static bool is_ascii(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s >= 0x80)
            return false;
    return true;
}

/* ---- headers ---- */

static void add_base64(struct jml_str *out, const char *bytes, size_t n)
{
    unsigned char digits[4 * WORD_BYTES / 3 + 4];

    EVP_EncodeBlock(digits, (const unsigned char *)bytes, (int)n);
    jml_str_add(out, (const char *)digits);
}

/* RFC 2047; each word holds whole characters. */
static void add_encoded(struct jml_str *out, size_t column, const char *text)
{
    size_t room = column < COLUMNS - 24 ? (COLUMNS - column - 12) / 4 * 3 : WORD_BYTES;
    bool first = column < COLUMNS - 24;

    if (!first)
        jml_str_add(out, "\r\n ");
    if (room > WORD_BYTES)
        room = WORD_BYTES;
    while (*text) {
        size_t n = 0;

        for (size_t next = 0; text[next] && next <= room;) {
            n = next;
            do
                next++;
            while (((unsigned char)text[next] & 0xc0) == 0x80);
            if (next <= room)
                n = next;
        }
        jml_str_add(out, "=?UTF-8?B?");
        add_base64(out, text, n);
        jml_str_add(out, "?=");
        text += n;
        if (*text)
            jml_str_add(out, "\r\n ");
        room = WORD_BYTES;
    }
}

/* text is one clean line. */
static void add_unstructured(struct jml_str *out, size_t column, const char *text)
{
    if (is_ascii(text) && column + strlen(text) <= COLUMNS && !strstr(text, "=?"))
        jml_str_add(out, text);
    else
        add_encoded(out, column, text);
}

/* header: what stands before it, the blank included. */
static int add_mailbox(struct jml_str *out, const char *header, struct jml_mailbox box,
                       struct jml_err *e)
{
    const char *name = jml_message_line(out->arena, box.name);
    size_t column = strlen(header);

    if (!jml_address_is_sound(box.address))
        return jml_err_set(e, JML_ERR_BAD_INPUT, "address: not one mail address");
    if (!is_ascii(box.address))
        return jml_err_set(e, JML_ERR_BAD_INPUT, "address: has characters beyond ASCII");
    jml_str_add(out, header);
    if (!name[0]) {
        jml_str_addf(out, "<%s>\r\n", box.address);
        return 0;
    }
    if (is_ascii(name) && column + 2 * strlen(name) <= COLUMNS - 2 && !strstr(name, "=?")) {
        jml_str_add_char(out, '"');
        for (; *name; name++) {
            if (*name == '"' || *name == '\\')
                jml_str_add_char(out, '\\');
            jml_str_add_char(out, *name);
        }
        jml_str_add_char(out, '"');
    } else {
        add_encoded(out, column, name);
    }
    jml_str_addf(out, "\r\n <%s>\r\n", box.address);
    return 0;
}

static void add_date(struct jml_str *out, jml_time t)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t of_day;
    struct jml_date d = jml_zone_date(jml_zone_utc(), t, &of_day);
    int64_t s = of_day / JML_SECOND;

    jml_str_addf(out, "%s, %02d %s %04d %02d:%02d:%02d +0000\r\n",
                 days[(jml_date_to_days(d) % 7 + 7) % 7], d.day, months[d.month - 1], d.year,
                 (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

static void add_token(struct jml_str *out, const char *text)
{
    for (int n = 0; text && *text && n < 60; text++, n++)
        jml_str_add_char(out, strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-",
                                     *text) ? *text : '_');
}

static const char *digest(struct jml_arena *a, const char *key)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    struct jml_str hex = JML_STR_INIT(a);
    size_t n = 0;

    if (!EVP_Q_digest(NULL, "SHA256", NULL, key, strlen(key), hash, &n))
        jml_bug("no SHA-256");
    for (size_t i = 0; i < n; i++)
        jml_str_addf(&hex, "%02x", hash[i]);
    return jml_str_text(&hex);
}

/* ---- bodies ---- */

static void add_quoted_printable(struct jml_str *out, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t column = 0;

    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        bool last = !p[1] || p[1] == '\n';
        bool plain = (*p > 0x20 && *p < 0x7f && *p != '=') ||
                     ((*p == ' ' || *p == '\t') && !last);

        if (*p == '\n') {
            jml_str_add(out, "\r\n");
            column = 0;
            continue;
        }
        if (column + (plain ? 1 : 3) > COLUMNS - 1) {
            jml_str_add(out, "=\r\n");
            column = 0;
        }
        /* a line of a single dot, or one that begins with "From ", is somebody's business on the way */
        if (column == 0 && (*p == '.' || strncmp((const char *)p, "From ", 5) == 0))
            plain = false;
        if (plain) {
            jml_str_add_char(out, (char)*p);
            column++;
        } else {
            jml_str_add_char(out, '=');
            jml_str_add_char(out, hex[*p >> 4]);
            jml_str_add_char(out, hex[*p & 15]);
            column += 3;
        }
    }
    if (column > 0)
        jml_str_add(out, "\r\n");
}

static void add_part(struct jml_str *out, const char *boundary, const char *type, const char *text)
{
    jml_str_addf(out, "\r\n--%s\r\nContent-Type: %s; charset=utf-8\r\n"
                      "Content-Transfer-Encoding: quoted-printable\r\n\r\n", boundary, type);
    add_quoted_printable(out, jml_message_text(out->arena, text));
}

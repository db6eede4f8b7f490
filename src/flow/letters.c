/* SPDX-License-Identifier: MIT
 *
 * Letters: see letters.h.
 */
#include "flow/letters.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/address.h"
#include "base/log.h"
#include "base/password.h"
#include "base/vec.h"
#include "db/result.h"
#include "flow/mail.h"
#include "mail/message.h"
#include "mail/template.h"

struct jml_letters {
    const struct jml_mail_options *options;
    struct jml_templates *templates;
    struct jml_arena arena;
    struct jml_mailbox from;
};

static void tell_problem(void *userdata, const char *problem)
{
    (void)userdata;
    jml_log_plain(JML_MSG_CONFIG_ERROR, "template %s", problem);
}

struct jml_letters *jml_letters_new(const struct jml_mail_options *o)
{
    struct jml_letters *l = calloc(1, sizeof *l);
    struct jml_err e;

    if (!l)
        jml_bug("out of memory");
    jml_arena_init(&l->arena);
    l->options = o;
    l->templates = jml_templates_new(o->template_directory, o->language, tell_problem, l);
    if (jml_mailbox_parse(&l->arena, o->from, &l->from, &e) < 0)
        l->from = (struct jml_mailbox){NULL, ""};
    return l;
}

struct jml_letters *jml_letters_free(struct jml_letters *l)
{
    if (l) {
        jml_templates_free(l->templates);
        jml_arena_fini(&l->arena);
        free(l);
    }
    return NULL;
}

static jml_time wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * JML_SECOND + now.tv_nsec / 1000;
}

static const struct jml_value *json(struct jml_arena *a, const struct jml_result *r, size_t at,
                                    size_t column)
{
    const char *text = jml_result_text(r, at, column, a);
    const struct jml_value *value;
    struct jml_err e;

    if (!text || jml_value_parse(a, text, strlen(text), 100, &value, &e) < 0)
        return NULL;
    return value;
}

/* The password that the mail is to tell is made once more, as it was for the targets. "": it tells none. */
static void find_pass(struct jml_letters *l, struct jml_letter_row *row,
                      const struct jml_value *parameters, char ret_pass[JML_PASSWORD_MAX + 1])
{
    const char *text = jml_value_find_string(parameters, "passwordId");
    const char *name = jml_value_find_string(parameters, "passwordKey");
    struct jml_password_key key;
    struct jml_id id;
    struct jml_err e;
    int64_t length;

    ret_pass[0] = '\0';
    if (!text)
        return;
    if (!name || !jml_id_parse(text, &id) ||
        !jml_value_to_int(jml_value_find(parameters, "passwordLength"), &length) ||
        length < JML_PASSWORD_MIN || length > JML_PASSWORD_MAX) {
        row->problem = "bad_password: it does not say which password was set: try the run again";
        return;
    }
    if (jml_password_key_read(l->options->password_key_file, l->options->smtp.credentials_directory, &key,
                              &e) < 0) {
        row->waits = jml_strdup(&row->arena, e.message);
        return;
    }
    if (jml_streq(key.name, name))
        jml_password_make(&key, id, (int)length, ret_pass);
    else
        row->problem = "key_changed: the password was made of another key than the one in key_file: put that "
                       "one back, or have another password set by a new run";
    jml_password_key_fini(&key);
}

/* mail_claim: id, kind, recipient, cc (a line each), subject, body, attempts, dedup_key, taken, language,
 * parameters, attributes, employee_id, manager's name and mail, recipient's name, too old, first of its digest */
static struct jml_letter read_letter(const struct jml_mail_options *o, const struct jml_result *r, size_t at,
                                     struct jml_arena *a)
{
    return (struct jml_letter){
        .kind = jml_result_text(r, at, 1, a),
        .language = jml_result_text(r, at, 9, a),
        .subject = jml_result_text(r, at, 4, a),
        .body = jml_result_text(r, at, 5, a),
        .parameters = json(a, r, at, 10),
        .user = json(a, r, at, 11),
        .employee_id = jml_result_text(r, at, 12, a),
        .manager_name = jml_result_text(r, at, 13, a),
        .manager_mail = jml_result_text(r, at, 14, a),
        .recipient_name = jml_result_text(r, at, 15, a),
        .portal_url = o->portal_url,
    };
}

/* Whom it is for: the recipient, and those in copy who have an address. */
static void read_addresses(const struct jml_result *r, size_t at, struct jml_letter_row *row)
{
    struct jml_arena *a = &row->arena;
    const char *recipient = jml_result_text(r, at, 2, a), *cc = jml_result_text(r, at, 3, a);
    JML_VEC(const char *) to = {0};

    jml_vec_push(a, &to, recipient ? recipient : "");
    while (cc && *cc) {
        const char *one = jml_strndup(a, cc, strcspn(cc, "\n"));

        cc += strcspn(cc, "\n");
        cc += *cc == '\n';
        if (!jml_address_is_sound(one)) /* a person without an address, or no address at all */
            jml_log_plain(JML_MSG_DEBUG, "a mail of kind %s has somebody in copy without an address",
                          row->kind);
        else if (!jml_streq(one, recipient))
            jml_vec_push(a, &to, one);
    }
    row->to = to.items;
    row->n_to = to.n;
}

/* For rehearsals: to somebody else, who is told whom it was for. */
static void redirect(struct jml_letter_row *row, const char *address, struct jml_message_parts *message)
{
    struct jml_str all = JML_STR_INIT(&row->arena);
    JML_VEC(const char *) to = {0};

    for (size_t i = 0; i < row->n_to; i++)
        jml_str_addf(&all, "%s%s", i > 0 ? ", " : "", row->to[i]);
    message->original_to = jml_str_text(&all);
    message->subject = jml_printf(&row->arena, "[to %s] %s", message->original_to, message->subject);
    message->to = (struct jml_mailbox){NULL, address};
    message->n_cc = 0;
    jml_vec_push(&row->arena, &to, address);
    row->to = to.items;
    row->n_to = 1;
}

/* The rows of a digest, each in its own words, under each other. The Message-ID is that of all of them: the
 * same letters have the same one. */
static struct jml_letter join_letters(struct jml_letters *l, const struct jml_result *r, size_t at,
                                      struct jml_letter_row *row, const char **ret_key)
{
    struct jml_arena *a = &row->arena;
    struct jml_str all = JML_STR_INIT(a), key = JML_STR_INIT(a);
    struct jml_letter letter = {0};
    struct jml_words words;
    int n = 0;

    jml_str_add(&key, "digest:");
    for (size_t i = 0; i < row->n_of; i++) {
        if (row->of[i].too_old)
            continue;
        letter = read_letter(l->options, r, at + i, a);
        jml_templates_write(l->templates, a, &letter, &words);
        jml_str_addf(&all, "%s%d. %s\n\n%s", n ? "\n\n" : "", n + 1, words.subject, words.text);
        jml_str_addf(&key, "%s%s", n++ ? "," : "", jml_id_text(a, row->of[i].id));
    }
    letter.kind = "digest";
    letter.letters = jml_str_text(&all);
    letter.subject = jml_printf(a, "%d notices", n);
    letter.body = letter.letters;
    letter.parameters = jml_value_with(a, jml_value_object(), "count", jml_value_int(a, n));
    letter.user = NULL;
    letter.employee_id = letter.manager_name = letter.manager_mail = NULL;
    *ret_key = jml_str_text(&key);
    return letter;
}

/* How many belong together; which of them are too old. The last that is not is the one to be shown alone. */
static size_t read_rows(const struct jml_result *r, size_t at, struct jml_letter_row *row, size_t *ret_one)
{
    struct jml_id first = jml_result_uuid(r, at, 17);
    JML_VEC(struct jml_letter_of) of = {0};
    size_t n = 0, fresh = 0;

    *ret_one = at;
    row->attempts = 0;
    for (; at + n < jml_result_rows(r) && jml_id_equal(jml_result_uuid(r, at + n, 17), first); n++) {
        struct jml_letter_of one = {jml_result_uuid(r, at + n, 0), jml_result_bool(r, at + n, 16)};
        int attempts = (int)jml_result_int(r, at + n, 6);

        jml_vec_push(&row->arena, &of, one);
        if (one.too_old)
            continue;
        *ret_one = at + n;
        fresh++;
        row->attempts = row->attempts > attempts ? row->attempts : attempts;
    }
    row->of = of.items;
    row->n_of = n;
    row->too_old = fresh == 0;
    return fresh;
}

size_t jml_letters_read(struct jml_letters *l, const struct jml_result *r, size_t at,
                        struct jml_letter_row *row)
{
    struct jml_arena *a = &row->arena;
    const struct jml_mail_options *o = l->options;
    size_t one, fresh = read_rows(r, at, row, &one);
    struct jml_letter letter = read_letter(o, r, one, a);
    struct jml_message_parts message = {.from = l->from, .domain = o->domain, .date = wall_clock()};
    char pass[JML_PASSWORD_MAX + 1];
    struct jml_words words;
    struct jml_err e;

    message.dedup_key = jml_result_text(r, one, 7, a);
    row->taken = jml_result_text(r, one, 8, a);
    row->sender = l->from.address;
    row->problem = row->waits = NULL;
    find_pass(l, row, letter.parameters, pass);
    letter.pass = pass[0] ? pass : NULL;
    if (fresh > 1)
        letter = join_letters(l, r, at, row, &message.dedup_key);
    row->kind = message.kind = letter.kind;
    read_addresses(r, one, row);
    jml_templates_write(l->templates, a, &letter, &words);
    message.to = (struct jml_mailbox){letter.recipient_name, row->to[0]};
    message.cc = row->to + 1;
    message.n_cc = row->n_to - 1;
    message.subject = words.subject;
    message.text = words.text;
    message.html = words.html;
    message.language = words.language;
    if (o->redirect_all_to && *o->redirect_all_to)
        redirect(row, o->redirect_all_to, &message);
    if (jml_message_format(a, &message, &row->message, &row->length, &e) < 0)
        row->problem = jml_printf(a, "bad_%s", e.message);
    explicit_bzero(pass, sizeof pass);
    return row->n_of;
}

/* ---- who has it ---- */

bool jml_letters_has_taken(const struct jml_letter_row *row, const char *address)
{
    size_t n = strlen(address);

    for (const char *p = row->taken; p && *p;) {
        if (strcspn(p, "\n") == n && strncmp(p, address, n) == 0)
            return true;
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return false;
}

void jml_letters_take(struct jml_letter_row *row, const char *address)
{
    row->taken = row->taken && *row->taken ? jml_printf(&row->arena, "%s\n%s", row->taken, address)
                                           : jml_strdup(&row->arena, address);
}

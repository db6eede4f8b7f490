/* SPDX-License-Identifier: MIT
 *
 * Answer: operations for somebody else's code, and what it makes of them.
 */
#include "target/answer.h"

#include <string.h>

#include "base/str.h"

enum {
    WORDS_MAX = 200,    /* characters of an error that are kept */
    ACCOUNT_MAX = 1024, /* bytes */
};

static const struct jml_value *text_or_null(struct jml_arena *a, const char *text)
{
    return text ? jml_value_string(a, text) : jml_value_null();
}

static const struct jml_value *or_object(const struct jml_value *v)
{
    return v ? v : jml_value_object();
}

static const struct jml_value *attributes_of(const struct jml_operation *op,
                                             const struct jml_value *settings)
{
    const struct jml_value *names = jml_value_find(settings, "attributes");
    const struct jml_value *ret = jml_value_object();

    for (uint32_t i = 0; names && names->type == JML_ARRAY && i < names->n; i++) {
        const char *name = names->items[i]->text;
        const struct jml_value *v = name ? jml_value_find(op->attributes, name) : NULL;

        if (v)
            ret = jml_value_with(op->arena, ret, name, v);
    }
    return ret;
}

const struct jml_value *jml_operation_document(const struct jml_operation *op,
                                               const struct jml_value *settings)
{
    static const char *const names[] = {"accessPackage", "resource", "role", "workflow", "task"};
    struct jml_arena *a = op->arena;
    const struct jml_value *d = jml_value_object();

    d = jml_value_with(a, d, "id", jml_value_string(a, jml_id_text(a, op->id)));
    d = jml_value_with(a, d, "action", jml_value_string(a, jml_action_name(op->action)));
    d = jml_value_with(a, d, "employeeId", text_or_null(a, op->employee_id));
    /* An id that never changes; that of an account of nobody (drift) would be none. */
    d = jml_value_with(a, d, "personId",
                       text_or_null(a, op->employee_id ? jml_id_text(a, op->person_id) : NULL));
    d = jml_value_with(a, d, "account", text_or_null(a, op->account));
    d = jml_value_with(a, d, "attributes", attributes_of(op, settings));
    d = jml_value_with(a, d, "origin", or_object(op->origin));
    d = jml_value_with(a, d, "arguments", or_object(op->arguments));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct jml_value *v = jml_value_find(op->context, names[i]);

        if (v)
            d = jml_value_with(a, d, names[i], v);
    }
    return jml_value_with(a, d, "attempt", jml_value_int(a, op->attempt));
}

const struct jml_value *jml_listing_document(const struct jml_listing *l)
{
    const struct jml_value *d = jml_value_object();

    d = jml_value_with(l->arena, d, "action", jml_value_string(l->arena, "list"));
    return jml_value_with(l->arena, d, "origin", or_object(l->origin));
}

static bool is_account(const char *account)
{
    return account && account[0] && strlen(account) <= ACCOUNT_MAX && jml_str_printable(account);
}

void jml_answer_read(struct jml_operation *op, const struct jml_value *answer)
{
    const char *account = jml_value_find_string(answer, "account");
    int64_t seconds;

    if (is_account(account))
        op->ret_account = jml_strdup(op->arena, account);
    if (jml_value_to_int(jml_value_find(answer, "retryAfter"), &seconds) && seconds > 0)
        op->retry_after = seconds > JML_DAY / JML_SECOND ? JML_DAY : seconds * JML_SECOND;
}

bool jml_answer_account(struct jml_listing *l, const char *account)
{
    if (!is_account(account))
        return false;
    jml_vec_push(l->arena, &l->accounts, jml_strdup(l->arena, account));
    return true;
}

/* The length of the printable character at s; 0: it is none. */
static size_t printable(const char *s)
{
    unsigned char c = (unsigned char)*s;
    size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    char one[5] = {0};

    for (size_t i = 0; i < n && s[i]; i++)
        one[i] = s[i];
    return strlen(one) == n && jml_str_printable(one) ? n : 0;
}

const char *jml_answer_words(struct jml_arena *a, const struct jml_operation *op, const char *text)
{
    const char *password = op ? jml_value_find_string(op->arguments, "password") : NULL;
    struct jml_str s = JML_STR_INIT(a);
    const char *line = text + strspn(text, " \t\r\n");
    const char *end = line + strcspn(line, "\r\n");
    size_t n = 0;

    if (password && password[0] && strstr(jml_strndup(a, line, (size_t)(end - line)), password))
        return "(not shown: it holds the password)";
    for (const char *p = line; p < end; n++) {
        size_t length = printable(p);

        if (n == WORDS_MAX) {
            jml_str_add(&s, "...");
            break;
        }
        if (length > 0)
            jml_str_add_n(&s, p, length);
        else
            jml_str_add_char(&s, '?');
        p += length > 0 ? length : 1;
    }
    return jml_str_text(&s);
}

int jml_setting_texts_check(const struct jml_target_setup *setup, const char *setting,
                            struct jml_err *e)
{
    const struct jml_value *v = jml_value_find(setup->settings, setting);

    if (!v)
        return 0;
    for (uint32_t i = 0; v->type == JML_ARRAY && i < v->n; i++)
        if (v->items[i]->type != JML_STRING)
            return jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': item %u of %s is not text",
                               setup->name, (unsigned)i + 1, setting);
    if (v->type != JML_ARRAY)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': %s must be an array of texts",
                           setup->name, setting);
    return 0;
}

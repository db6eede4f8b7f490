/* SPDX-License-Identifier: MIT
 *
 * Scim: templates, filters, paths of attributes, patches.
 */
#include <string.h>

#include "base/str.h"
#include "target/scim.h"

#define PATCH_OP "urn:ietf:params:scim:api:messages:2.0:PatchOp"

/* RFC 7644, 3.4.2.2: strings are those of JSON. */
const char *jml_scim_quote(struct jml_arena *a, const char *value)
{
    struct jml_str s = JML_STR_INIT(a);

    jml_value_format_string(&s, value);
    return jml_strndup(a, s.text + 1, s.length - 2);
}

bool jml_scim_fits(struct jml_arena *a, const struct jml_value *resource, const char *filter)
{
    const char *eq = strstr(filter, " eq \"");
    const struct jml_value *wanted;
    const char *has;
    struct jml_err e;

    if (!eq || strpbrk(filter, "()[") != NULL ||
        jml_value_parse(a, eq + 4, strlen(eq + 4), 1, &wanted, &e) < 0 ||
        wanted->type != JML_STRING)
        return true; /* several conditions: cannot be seen from here */
    has = jml_value_find_string(resource, jml_strndup(a, filter, (size_t)(eq - filter)));
    return !has || jml_str_fold_equal(has, wanted->text);
}

static bool is_empty(const struct jml_value *v)
{
    return (v->type == JML_OBJECT || v->type == JML_ARRAY) && v->n == 0;
}

const struct jml_value *jml_scim_fill(const struct jml_operation *op,
                                      const struct jml_value *template)
{
    const struct jml_value *out;
    const char *missing, *text;

    switch (template->type) {
    case JML_STRING:
        text = jml_operation_expand(op, template->text, NULL, &missing);
        return text ? jml_value_string(op->arena, text) : NULL;
    case JML_OBJECT:
        out = jml_value_object();
        for (uint32_t i = 0; i < template->n; i++) {
            const struct jml_value *v = jml_scim_fill(op, template->items[i]);

            if (v)
                out = jml_value_with(op->arena, out, template->keys[i], v);
        }
        /* {"type": "work", "value": "{{mail}}"} without a mail is no address. */
        if (jml_value_find(template, "value") && !jml_value_find(out, "value"))
            return NULL;
        return is_empty(out) ? NULL : out;
    case JML_ARRAY:
        out = jml_value_array();
        for (uint32_t i = 0; i < template->n; i++) {
            const struct jml_value *v = jml_scim_fill(op, template->items[i]);

            if (v)
                out = jml_value_append(op->arena, out, v);
        }
        return is_empty(out) ? NULL : out;
    default:
        return template;
    }
}

/* ---- paths ---- */

/* Names are without regard to case (RFC 7643, 2.1). */
static const struct jml_value *member(const struct jml_value *v, const char *name, size_t n)
{
    char wanted[256];

    if (!v || v->type != JML_OBJECT || n >= sizeof wanted)
        return NULL;
    memcpy(wanted, name, n);
    wanted[n] = '\0';
    for (uint32_t i = 0; i < v->n; i++)
        if (jml_strcaseeq(v->keys[i], wanted))
            return v->items[i];
    return NULL;
}

/* The element of which KEY is "TEXT": KEY eq "TEXT". */
static const struct jml_value *element(struct jml_arena *a, const struct jml_value *list,
                                       const char *filter)
{
    const char *eq = strstr(filter, " eq ");
    const struct jml_value *wanted;
    struct jml_err e;

    if (!list || list->type != JML_ARRAY || !eq ||
        jml_value_parse(a, eq + 4, strlen(eq + 4), 1, &wanted, &e) < 0)
        return NULL;
    for (uint32_t i = 0; i < list->n; i++)
        if (jml_value_equal(member(list->items[i], filter, (size_t)(eq - filter)), wanted))
            return list->items[i];
    return NULL;
}

const struct jml_value *jml_scim_find(struct jml_arena *a, const struct jml_value *resource,
                                      const char *path)
{
    const struct jml_value *v = resource;

    if (jml_str_starts(path, "urn:")) {
        const char *colon = strrchr(path, ':');

        v = member(v, path, (size_t)(colon - path));
        path = colon + 1;
    }
    while (*path && v) {
        size_t n = strcspn(path, ".[");

        v = member(v, path, n);
        path += n;
        if (*path == '[') {
            const char *close = strstr(path, "]");

            if (!close)
                return NULL;
            v = element(a, v, jml_strndup(a, path + 1, (size_t)(close - path - 1)));
            path = close + 1;
        }
        if (*path == '.')
            path++;
    }
    return v;
}

/* ---- patches ---- */

const struct jml_value *jml_scim_patch(struct jml_arena *a, const struct jml_value *operations)
{
    const struct jml_value *v = jml_value_object();

    v = jml_value_with(a, v, "schemas",
                       jml_value_append(a, jml_value_array(), jml_value_string(a, PATCH_OP)));
    return jml_value_with(a, v, "Operations", operations);
}

const struct jml_value *jml_scim_operation(const struct jml_target *t, struct jml_arena *a,
                                           const char *op, const char *path,
                                           const struct jml_value *value)
{
    const struct jml_value *v = jml_value_object();
    char *word = jml_strdup(a, op);

    if (t->capital_ops)
        word[0] = (char)(word[0] - 'a' + 'A');
    v = jml_value_with(a, v, "op", jml_value_string(a, word));
    if (path)
        v = jml_value_with(a, v, "path", jml_value_string(a, path));
    return value ? jml_value_with(a, v, "value", value) : v;
}

const struct jml_value *jml_scim_bool(const struct jml_target *t, struct jml_arena *a, bool b)
{
    return t->booleans_as_strings ? jml_value_string(a, b ? "True" : "False") : jml_value_bool(b);
}

bool jml_scim_is_bool(const struct jml_value *v, bool b)
{
    if (v && v->type == JML_STRING)
        return jml_strcaseeq(v->text, b ? "true" : "false");
    return v && v->type == JML_BOOL && v->boolean == b;
}

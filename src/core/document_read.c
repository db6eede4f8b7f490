/* SPDX-License-Identifier: MIT */
#include "core/document_read.h"

#include <string.h>

#include "base/str.h"
#include "base/vec.h"

const char *jml_pointer(struct jml_arena *a, const char *path, const char *member)
{
    struct jml_str s = JML_STR_INIT(a);

    jml_str_add(&s, path);
    jml_str_add_char(&s, '/');
    for (const char *c = member; *c; c++) {
        if (*c == '~')
            jml_str_add(&s, "~0");
        else if (*c == '/')
            jml_str_add(&s, "~1");
        else
            jml_str_add_char(&s, (unsigned char)*c < ' ' ? '?' : *c);
    }
    return jml_str_text(&s);
}

const char *jml_pointer_item(struct jml_arena *a, const char *path, size_t index)
{
    return jml_printf(a, "%s/%zu", path, index);
}

/* ---- members ---- */

static const char *type_name(enum jml_value_type type)
{
    static const char *const names[] = {
        [JML_NULL] = "null",       [JML_BOOL] = "true or false", [JML_NUMBER] = "a number",
        [JML_STRING] = "a string", [JML_ARRAY] = "an array",     [JML_OBJECT] = "an object",
    };
    return names[type];
}

static bool says_nothing(const struct jml_value *v)
{
    switch (v->type) {
    case JML_NULL:
        return true;
    case JML_BOOL:
        return !v->boolean;
    case JML_STRING:
        return !*v->text;
    case JML_ARRAY:
    case JML_OBJECT:
        return v->n == 0;
    case JML_NUMBER:
        return false;
    }
    return false;
}

static void check_member(struct jml_reader *r, const struct jml_value *v, const char *path,
                         const struct jml_member *m)
{
    static const enum jml_value_type types[] = {
        [JML_MEMBER_STRING] = JML_STRING, [JML_MEMBER_BOOL] = JML_BOOL,
        [JML_MEMBER_INT] = JML_NUMBER,    [JML_MEMBER_ARRAY] = JML_ARRAY,
        [JML_MEMBER_OBJECT] = JML_OBJECT,
    };
    int64_t n;

    if (m->kind == JML_MEMBER_ANY || m->kind == JML_MEMBER_READ_ONLY)
        return;
    if (m->kind == JML_MEMBER_LATER) {
        if (!says_nothing(v))
            jml_problem_add(r->problems, path, "known, not supported yet%s%s", m->why ? ": " : "",
                            m->why ? m->why : "");
        return;
    }
    if (v->type != types[m->kind])
        jml_problem_add(r->problems, path, "must be %s, is %s", type_name(types[m->kind]),
                        type_name(v->type));
    else if (m->kind == JML_MEMBER_INT && !jml_value_to_int(v, &n))
        jml_problem_add(r->problems, path, "must be a whole number");
}

bool jml_read_members(struct jml_reader *r, const struct jml_value *v, const char *path,
                      const struct jml_member *members, size_t n)
{
    if (!v || v->type != JML_OBJECT) {
        jml_problem_add(r->problems, path, "must be an object, is %s",
                        v ? type_name(v->type) : "missing");
        return false;
    }
    for (size_t i = 0; i < v->n; i++) {
        const struct jml_member *m = NULL;
        const char *at = jml_pointer(r->arena, path, v->keys[i]);
        for (size_t j = 0; j < n && !m; j++)
            if (jml_streq(members[j].name, v->keys[i]))
                m = &members[j];
        if (m && v->items[i]->type != JML_NULL)
            check_member(r, v->items[i], at, m);
        else if (!m && !strchr(v->keys[i], '@'))
            jml_problem_add(r->problems, at, "unknown property");
    }
    for (size_t j = 0; j < n; j++) {
        const struct jml_value *found = jml_value_find(v, members[j].name);
        if (members[j].required && (!found || found->type == JML_NULL))
            jml_problem_add(r->problems, jml_pointer(r->arena, path, members[j].name), "missing");
    }
    return true;
}

static const struct jml_value *find_type(const struct jml_value *v, const char *member,
                                         enum jml_value_type type)
{
    const struct jml_value *found = jml_value_find(v, member);
    return found && found->type == type ? found : NULL;
}

const struct jml_value *jml_read_array(const struct jml_value *v, const char *member)
{
    return find_type(v, member, JML_ARRAY);
}

const struct jml_value *jml_read_object(const struct jml_value *v, const char *member)
{
    return find_type(v, member, JML_OBJECT);
}

/* ---- words ---- */

const char *jml_read_name(struct jml_reader *r, const struct jml_value *v, const char *path,
                          const char *member)
{
    const char *name = jml_value_find_string(v, member), *why = NULL;
    size_t n;

    if (!name)
        return NULL;
    n = strlen(name);
    if (!n)
        why = "is empty";
    else if (!jml_str_printable(name))
        why = "has characters that cannot be printed";
    else if (jml_str_code_points(name) > 256)
        why = "is longer than 256 characters";
    else if (name[0] == ' ' || name[n - 1] == ' ')
        why = "begins or ends with a blank";
    if (why)
        jml_problem_add(r->problems, jml_pointer(r->arena, path, member), "%s", why);
    return name;
}

const char *jml_read_description(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    const char *text = jml_value_find_string(v, "description");

    if (text && jml_str_code_points(text) > 4000)
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "description"),
                        "is longer than 4000 characters");
    return text && *text ? text : NULL;
}

struct jml_id jml_read_id(struct jml_reader *r, const struct jml_value *v, const char *path)
{
    const char *text = jml_value_find_string(v, "id");
    struct jml_id id;

    if (!text)
        return jml_id_none;
    if (jml_id_parse(text, &id) && jml_id_is_set(id))
        return id;
    jml_problem_add(r->problems, jml_pointer(r->arena, path, "id"),
                    jml_id_parse(text, &id) ? "the UUID of nothing: all zero" : "no UUID");
    return jml_id_none;
}

struct jml_reference jml_read_reference(struct jml_reader *r, const struct jml_value *v,
                                        const char *path)
{
    static const struct jml_member members[] = {
        JML_MAY("id", STRING),
        JML_MAY("displayName", STRING),
    };
    struct jml_reference ref = {.path = path};

    if (v && v->type == JML_STRING) {
        ref.text = v->text;
    } else if (v && v->type == JML_OBJECT) {
        jml_read_members(r, v, path, JML_MEMBERS(members));
        ref.text = jml_value_find_string(v, "id");
        if (!ref.text)
            ref.text = jml_value_find_string(v, "displayName");
        if (!ref.text)
            jml_problem_add(r->problems, path, "needs an id or a displayName");
    } else if (v && v->type != JML_NULL) {
        jml_problem_add(r->problems, path, "must be an id, a displayName, or an object with one");
    }
    if (ref.text && !*ref.text) {
        jml_problem_add(r->problems, path, "is empty");
        ref.text = NULL;
    }
    return ref;
}

int jml_read_enum(struct jml_reader *r, const struct jml_value *v, const char *path,
                  const char *member, const char *const *words, const char *const *later)
{
    const char *word = jml_value_find_string(v, member);
    struct jml_str s = JML_STR_INIT(r->arena);

    if (!word)
        return -1;
    for (int i = 0; words[i]; i++) {
        if (jml_streq(words[i], word))
            return i;
        jml_str_addf(&s, "%s%s", i ? ", " : "", words[i]);
    }
    path = jml_pointer(r->arena, path, member);
    for (int i = 0; later && later[i]; i++)
        if (jml_streq(later[i], word)) {
            jml_problem_add(r->problems, path, "known, not supported yet: %s", word);
            return -2;
        }
    jml_problem_add(r->problems, path, "must be one of %s", jml_str_text(&s));
    return -2;
}

const char *jml_read_type(const struct jml_value *v)
{
    const char *type = jml_value_find_string(v, "@odata.type"), *dot;

    if (!type)
        return NULL;
    dot = strrchr(type, '.');
    return dot ? dot + 1 : type + (*type == '#');
}

/* ---- normal forms ---- */

void jml_make(struct jml_maker *m, const char *key, const struct jml_value *value)
{
    if (!value)
        return;
    jml_vec_push(m->arena, &m->keys, key);
    jml_vec_push(m->arena, &m->values, value);
}

void jml_make_string(struct jml_maker *m, const char *key, const char *text)
{
    if (text)
        jml_make(m, key, jml_value_string(m->arena, text));
}

static const struct jml_value *made(struct jml_maker *m, enum jml_value_type type)
{
    struct jml_value *v = jml_new(m->arena, struct jml_value);
    v->type = type;
    v->n = m->values.n;
    v->items = m->values.items;
    v->keys = type == JML_OBJECT ? m->keys.items : NULL;
    return v;
}

const struct jml_value *jml_made_object(struct jml_maker *m)
{
    return made(m, JML_OBJECT);
}

const struct jml_value *jml_made_array(struct jml_maker *m)
{
    return made(m, JML_ARRAY);
}

const struct jml_value *jml_value_plain(struct jml_arena *a, const struct jml_value *v)
{
    struct jml_maker m = {.arena = a};

    if (v->type != JML_ARRAY && v->type != JML_OBJECT)
        return jml_value_copy(a, v);
    /* the kind of an object stands first, wherever the database has put it */
    if (jml_value_find_string(v, "@odata.type"))
        jml_make_string(&m, "@odata.type", jml_value_find_string(v, "@odata.type"));
    for (size_t i = 0; i < v->n; i++) {
        const char *key = v->type == JML_OBJECT ? v->keys[i] : "";
        if (strchr(key, '@') || (*key && v->items[i]->type == JML_NULL))
            continue;
        jml_make(&m, jml_strdup(a, key), jml_value_plain(a, v->items[i]));
    }
    return made(&m, v->type);
}

/* ---- what policies are made of ---- */

bool jml_has(const struct jml_value *v, const char *member)
{
    const struct jml_value *found = jml_value_find(v, member);
    return found && found->type != JML_NULL;
}

void jml_read_spelling(struct jml_reader *r, const struct jml_value *v, const char *path,
                       const char *member, const char *other)
{
    if (jml_has(v, member) && jml_has(v, other))
        jml_problem_add(r->problems, jml_pointer(r->arena, path, other),
                        "says the same as %s: leave it out", member);
}

bool jml_duration_is_zero(struct jml_duration d)
{
    return d.days == 0 && d.exact == 0;
}

bool jml_read_duration(struct jml_reader *r, const struct jml_value *v, const char *path,
                       const char *member, bool may_be_zero, struct jml_duration *ret)
{
    const char *text = jml_value_find_string(v, member);
    struct jml_duration d = {0};
    size_t before = r->problems->n;
    struct jml_err e;

    if (!text)
        return false;
    path = jml_pointer(r->arena, path, member);
    if (jml_duration_parse(text, &d, &e) < 0)
        jml_problem_add(r->problems, path, "%s", e.message);
    else if (d.days < 0 || d.exact < 0 || (!may_be_zero && jml_duration_is_zero(d)))
        jml_problem_add(r->problems, path, "must be longer than nothing");
    else if (d.days > JML_DOCUMENT_MAX_DAYS || d.exact / JML_DAY > JML_DOCUMENT_MAX_DAYS)
        jml_problem_add(r->problems, path, "must be at most %d days", JML_DOCUMENT_MAX_DAYS);
    if (r->problems->n > before)
        return false;
    *ret = d;
    return true;
}

bool jml_read_number(struct jml_reader *r, const struct jml_value *v, const char *path,
                     const char *member, int least, int most, int *ret)
{
    const struct jml_value *found = jml_value_find(v, member);
    int64_t n;

    if (!found || !jml_value_to_int(found, &n))
        return false; /* reported with the members */
    if (n < least || n > most) {
        jml_problem_add(r->problems, jml_pointer(r->arena, path, member), "must be %d to %d", least,
                        most);
        return false;
    }
    *ret = (int)n;
    return true;
}

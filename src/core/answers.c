/* SPDX-License-Identifier: MIT */
#include "core/answers.h"

#include "base/pattern.h"
#include "base/str.h"
#include "base/value.h"

/* What was given, question by question. */
struct collecting {
    struct jml_arena *arena;
    const struct jml_policy *policy;
    const struct jml_value *answers, *given; /* all that count; those of now alone */
    const char *error;
};

static const char *key_of(struct jml_arena *a, const struct jml_question *q)
{
    return jml_id_text(a, q->id);
}

static const struct jml_question *question_of(const struct jml_policy *policy, const char *name)
{
    struct jml_id id;
    bool is_id = name && jml_id_parse(name, &id);
    for (size_t i = 0; name && i < policy->n_questions; i++)
        if ((is_id && jml_id_equal(policy->questions[i].id, id)) ||
            jml_streq(policy->questions[i].text, name))
            return &policy->questions[i];
    return NULL;
}

static void list_questions(struct jml_str *s, const struct jml_policy *policy)
{
    for (size_t i = 0; i < policy->n_questions; i++)
        jml_str_addf(s, "%s '%s'", i ? "," : "", policy->questions[i].text);
    if (policy->n_questions == 0)
        jml_str_add(s, " nothing");
}

static const char *unknown_question(struct jml_arena *a, const struct jml_policy *policy)
{
    struct jml_str s = JML_STR_INIT(a);
    jml_str_addf(&s, "unknown_question: policy '%s' does not ask all that was answered; it asks:",
                 policy->display_name);
    list_questions(&s, policy);
    return jml_str_text(&s);
}

static const char *no_choice(struct jml_arena *a, const struct jml_question *q)
{
    struct jml_str s = JML_STR_INIT(a);
    jml_str_addf(&s, "bad_answer: the answer to '%s' must be one of", q->text);
    for (size_t i = 0; i < q->n_choices; i++)
        jml_str_addf(&s, "%s '%s'", i ? "," : "", q->choices[i].value);
    return jml_str_text(&s);
}

/* The text of a scalar; NULL: it is none. */
static const char *text_of(struct jml_arena *a, const struct jml_value *v)
{
    if (v->type == JML_STRING)
        return v->text;
    return v->type == JML_NUMBER || v->type == JML_BOOL ? jml_value_text(a, v) : NULL;
}

static void add_one(struct collecting *c, const struct jml_question *q, const struct jml_value *v)
{
    struct jml_arena *a = c->arena;
    const char *text = text_of(a, v), *key = key_of(a, q);
    if (!text) {
        c->error = jml_printf(a, "bad_answer: the answer to '%s' must be a text", q->text);
        return;
    }
    bool is_choice = !q->is_choice;
    for (size_t i = 0; i < q->n_choices && !is_choice; i++)
        is_choice = jml_streq(q->choices[i].value, text);
    if (!is_choice) {
        c->error = no_choice(a, q);
        return;
    }
    if (!q->is_choice && q->pattern && *text && !jml_pattern_matches(q->pattern, text)) {
        c->error = jml_printf(a, "bad_answer: the answer to '%s' must match the pattern %s", q->text,
                              q->pattern);
        return;
    }
    const struct jml_value *there = jml_value_find(c->given, key), *value = jml_value_string(a, text);
    if (there && !q->multiple) {
        c->error = jml_printf(a, "bad_answer: '%s' takes one answer", q->text);
        return;
    }
    if (q->multiple) {
        there = there ? there : jml_value_array();
        for (size_t i = 0; i < there->n; i++)
            if (jml_value_equal(there->items[i], value))
                return;
        value = jml_value_append(a, there, value);
    }
    c->given = jml_value_with(a, c->given, key, value);
    c->answers = jml_value_with(a, c->answers, key, value);
}

static void add(struct collecting *c, const char *name, const struct jml_value *v)
{
    const struct jml_question *q = question_of(c->policy, name);
    if (!q) {
        c->error = unknown_question(c->arena, c->policy);
    } else if (v->type == JML_NULL) { /* taken back */
        c->answers = jml_value_with(c->arena, c->answers, key_of(c->arena, q), v);
    } else if (v->type == JML_ARRAY) {
        for (size_t i = 0; i < v->n && !c->error; i++)
            add_one(c, q, v->items[i]);
    } else {
        add_one(c, q, v);
    }
}

const struct jml_value *jml_answers_add(struct jml_arena *a, const struct jml_policy *policy,
                                        const struct jml_value *kept,
                                        const struct jml_value *given, const char **ret_error)
{
    struct collecting c = {.arena = a,
                           .policy = policy,
                           .answers = kept ? kept : jml_value_object(),
                           .given = jml_value_object()};
    if (!given || given->type == JML_NULL)
        return kept;
    if (given->type == JML_OBJECT) {
        for (size_t i = 0; i < given->n && !c.error; i++)
            add(&c, given->keys[i], given->items[i]);
    } else if (given->type == JML_ARRAY) {
        for (size_t i = 0; i < given->n && !c.error; i++) {
            const struct jml_value *item = given->items[i], *v = jml_value_find(item, "value");
            if (v)
                add(&c, jml_value_find_string(jml_value_find(item, "answeredQuestion"), "id"), v);
            else
                c.error = "bad_answers: an answer is an object with value and answeredQuestion";
        }
    } else {
        c.error = "bad_answers: answers are an array as Graph has it, or an object by question";
    }
    if (!c.error)
        return c.answers;
    *ret_error = c.error;
    return NULL;
}

static bool is_answered(const struct jml_value *v)
{
    return v && ((v->type == JML_STRING && *v->text) || (v->type == JML_ARRAY && v->n > 0));
}

const char *jml_answers_missing(struct jml_arena *a, const struct jml_policy *policy,
                                const struct jml_value *answers)
{
    for (size_t i = 0; i < policy->n_questions; i++) {
        const struct jml_question *q = &policy->questions[i];
        if (q->required && !is_answered(jml_value_find(answers, key_of(a, q))))
            return jml_printf(a, "unanswered: policy '%s' asks '%s'; give an answer",
                              policy->display_name, q->text);
    }
    return NULL;
}

const char *jml_answers_fixed(struct jml_arena *a, const struct jml_policy *policy,
                              const struct jml_value *before, const struct jml_value *after)
{
    for (size_t i = 0; i < policy->n_questions; i++) {
        const struct jml_question *q = &policy->questions[i];
        const char *key = key_of(a, q);
        const struct jml_value *old = jml_value_find(before, key);
        if (!q->editable && is_answered(old) && !jml_value_equal(old, jml_value_find(after, key)))
            return jml_printf(a, "not_editable: the answer to '%s' cannot be changed", q->text);
    }
    return NULL;
}

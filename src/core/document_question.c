/* SPDX-License-Identifier: MIT
 *
 * Document: what a policy asks those who want the package (Microsoft Graph accessPackageQuestion),
 * in the spelling of v1.0 and of beta. Answers are kept by the id of their question, so that one
 * without gets one that follows from its words.
 */
#include <string.h>

#include "base/pattern.h"
#include "base/str.h"
#include "core/document_read.h"

#define MAX_QUESTIONS 50
#define MAX_TEXT      4000

struct asked {
    struct jml_question question;
    int sequence;
    const struct jml_value *document;
};

static bool read_question(struct jml_reader *r, const struct jml_value *v, const char *path,
                          struct asked *ret);

const struct jml_value *jml_read_questions(struct jml_reader *r, const struct jml_value *v,
                                           const char *path, struct jml_document_policy *ret)
{
    struct jml_question *questions;
    struct asked *asked;
    struct jml_maker list = {.arena = r->arena};
    size_t n = 0;

    if (!v || v->n == 0)
        return NULL;
    if (v->n > MAX_QUESTIONS) {
        jml_problem_add(r->problems, path, "must hold at most %d questions, holds %u",
                        MAX_QUESTIONS, v->n);
        return NULL;
    }
    asked = jml_new_n(r->arena, struct asked, v->n);
    for (size_t i = 0; i < v->n; i++) {
        const char *at = jml_pointer_item(r->arena, path, i);
        struct asked one = {.sequence = (int)i};
        size_t place;
        if (!read_question(r, v->items[i], at, &one))
            continue;
        for (size_t j = 0; j < n; j++) {
            if (jml_id_is_set(one.question.id) &&
                jml_id_equal(asked[j].question.id, one.question.id))
                jml_problem_add(r->problems, jml_pointer(r->arena, at, "id"),
                                "another question has this id");
            if (jml_streq(asked[j].question.text, one.question.text) && !r->stored)
                jml_problem_add(r->problems, jml_pointer(r->arena, at, "text"), "is asked twice");
        }
        for (place = n; place > 0 && asked[place - 1].sequence > one.sequence; place--)
            asked[place] = asked[place - 1];
        asked[place] = one;
        n++;
    }
    questions = jml_new_n(r->arena, struct jml_question, n);
    for (size_t i = 0; i < n; i++) {
        questions[i] = asked[i].question;
        jml_make(&list, "", asked[i].document);
    }
    ret->questions = questions;
    ret->n_questions = n;
    return jml_made_array(&list);
}

struct jml_id jml_document_question_id(struct jml_id policy, const char *text)
{
    static const uint64_t seeds[] = {UINT64_C(0xcbf29ce484222325), UINT64_C(0x9ae16a3b2f90404f)};
    struct jml_id id;

    for (size_t half = 0; half < 2; half++) {
        uint64_t h = seeds[half];
        for (size_t i = 0; i < sizeof(policy.bytes); i++)
            h = (h ^ policy.bytes[i]) * UINT64_C(0x100000001b3);
        for (const char *c = text; *c; c++)
            h = (h ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
        h ^= h >> 29;
        for (size_t i = 0; i < 8; i++)
            id.bytes[8 * half + i] = (uint8_t)(h >> (56 - 8 * i));
    }
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x80); /* version 8: of one's own making */
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

/* ---- texts ---- */

static void check_text(struct jml_reader *r, const char *text, const char *path)
{
    if (!*text)
        jml_problem_add(r->problems, path, "is empty");
    else if (jml_str_code_points(text) > MAX_TEXT)
        jml_problem_add(r->problems, path, "is longer than %d characters", MAX_TEXT);
}

/* Texts in other languages, as v1.0 has them; kept for whoever shows them. */
static const struct jml_value *read_localizations(struct jml_reader *r, const struct jml_value *v,
                                                  const char *path, const char *member)
{
    static const struct jml_member members[] = {
        JML_MUST("text", STRING),
        JML_MUST("languageCode", STRING),
    };
    const struct jml_value *list = jml_read_array(v, member);
    struct jml_maker made = {.arena = r->arena};

    path = jml_pointer(r->arena, path, member);
    for (size_t i = 0; list && i < list->n; i++) {
        struct jml_maker m = {.arena = r->arena};
        jml_read_members(r, list->items[i], jml_pointer_item(r->arena, path, i),
                         JML_MEMBERS(members));
        jml_make_string(&m, "text", jml_value_find_string(list->items[i], "text"));
        jml_make_string(&m, "languageCode", jml_value_find_string(list->items[i], "languageCode"));
        jml_make(&made, "", jml_made_object(&m));
    }
    return made.values.n ? jml_made_array(&made) : NULL;
}

/* A string, or beta's {"defaultText", "localizedTexts"}. NULL: no text. */
static const char *read_text(struct jml_reader *r, const struct jml_value *parent, const char *path,
                             const char *member, const struct jml_value **ret_localizations)
{
    static const struct jml_member members[] = {
        JML_MAY("defaultText", STRING),
        JML_MAY("localizedTexts", ARRAY),
    };
    const struct jml_value *v = jml_value_find(parent, member);
    const char *at = jml_pointer(r->arena, path, member), *text = NULL;

    *ret_localizations = read_localizations(r, parent, path, "localizations");
    if (!v || v->type == JML_NULL)
        return NULL;
    if (v->type == JML_STRING) {
        text = v->text;
    } else if (v->type == JML_OBJECT) {
        jml_read_members(r, v, at, JML_MEMBERS(members));
        if (*ret_localizations && jml_has(v, "localizedTexts"))
            jml_problem_add(r->problems, jml_pointer(r->arena, at, "localizedTexts"),
                            "says the same as localizations: leave it out");
        else if (jml_has(v, "localizedTexts"))
            *ret_localizations = read_localizations(r, v, at, "localizedTexts");
        text = jml_value_find_string(v, "defaultText");
    } else {
        jml_problem_add(r->problems, at, "must be a string");
    }
    if (text)
        check_text(r, text, at);
    return text;
}

/* ---- choices ---- */

static bool read_choice(struct jml_reader *r, const struct jml_value *v, const char *path,
                        struct jml_choice *ret, const struct jml_value **ret_value)
{
    static const struct jml_member members[] = {
        JML_MUST("actualValue", STRING), JML_MAY("text", ANY), JML_MAY("localizations", ARRAY),
        JML_MAY("displayValue", ANY), /* beta */
    };
    const struct jml_value *localizations;
    struct jml_maker m = {.arena = r->arena};

    if (!jml_read_members(r, v, path, JML_MEMBERS(members)))
        return false;
    jml_read_spelling(r, v, path, "text", "displayValue");
    ret->value = jml_read_name(r, v, path, "actualValue");
    ret->text =
        read_text(r, v, path, jml_has(v, "displayValue") ? "displayValue" : "text", &localizations);
    if (!ret->value)
        return false;
    if (!ret->text)
        ret->text = ret->value;
    jml_make_string(&m, "actualValue", ret->value);
    jml_make_string(&m, "text", ret->text);
    jml_make(&m, "localizations", localizations);
    *ret_value = jml_made_object(&m);
    return true;
}

static const struct jml_value *read_choices(struct jml_reader *r, const struct jml_value *v,
                                            const char *path, struct jml_question *q)
{
    const struct jml_value *list = jml_read_array(v, "choices"), *value;
    struct jml_choice *choices = jml_new_n(r->arena, struct jml_choice, list ? list->n : 0);
    struct jml_maker made = {.arena = r->arena};

    path = jml_pointer(r->arena, path, "choices");
    for (size_t i = 0; list && i < list->n; i++) {
        const char *at = jml_pointer_item(r->arena, path, i);
        struct jml_choice *choice = &choices[q->n_choices];
        if (!read_choice(r, list->items[i], at, choice, &value))
            continue;
        for (size_t j = 0; j < q->n_choices; j++)
            if (jml_streq(choices[j].value, choice->value))
                jml_problem_add(r->problems, jml_pointer(r->arena, at, "actualValue"),
                                "another choice has this value");
        q->n_choices++;
        jml_make(&made, "", value);
    }
    if (!list || list->n == 0)
        jml_problem_add(r->problems, path, "missing: there is nothing to choose from");
    q->choices = choices;
    return jml_made_array(&made);
}

/* ---- one question ---- */

#define COMMON                                                              \
    JML_MAY("id", STRING), JML_MAY("sequence", INT), JML_MUST("text", ANY), \
        JML_MAY("localizations", ARRAY), JML_MAY("isRequired", BOOL),       \
        JML_MAY("isAnswerEditable", BOOL)

static bool read_question(struct jml_reader *r, const struct jml_value *v, const char *path,
                          struct asked *ret)
{
    static const struct jml_member text_members[] = {
        COMMON,
        JML_MAY("isSingleLineQuestion", BOOL),
        JML_MAY("regexPattern", STRING),
    };
    static const struct jml_member choice_members[] = {
        COMMON, JML_MUST("choices", ARRAY), JML_MAY("isMultipleSelectionAllowed", BOOL),
        JML_MAY("allowsMultipleSelection", BOOL), /* beta */
    };
    struct jml_question *q = &ret->question;
    const char *type = jml_read_type(v);
    const struct jml_value *localizations;
    struct jml_maker m = {.arena = r->arena};
    struct jml_err e;

    q->is_choice = type && jml_streq(type, "accessPackageMultipleChoiceQuestion");
    if (v->type == JML_OBJECT && !q->is_choice &&
        !(type && jml_streq(type, "accessPackageTextInputQuestion"))) {
        jml_problem_add(r->problems, jml_pointer(r->arena, path, "@odata.type"),
                        "must be accessPackageTextInputQuestion or "
                        "accessPackageMultipleChoiceQuestion");
        return false;
    }
    if (!(q->is_choice ? jml_read_members(r, v, path, JML_MEMBERS(choice_members))
                       : jml_read_members(r, v, path, JML_MEMBERS(text_members))))
        return false;
    q->id = jml_read_id(r, v, path);
    q->text = read_text(r, v, path, "text", &localizations);
    if (!q->text) {
        if (jml_read_object(v, "text"))
            jml_problem_add(r->problems, jml_pointer(r->arena, path, "text/defaultText"),
                            "missing");
        return false;
    }
    q->required = jml_value_find_bool(v, "isRequired", false);
    q->editable = jml_value_find_bool(v, "isAnswerEditable", true);
    jml_read_number(r, v, path, "sequence", 0, 1000000, &ret->sequence);

    jml_make_string(&m, "@odata.type", jml_printf(r->arena, "#microsoft.graph.%s", type));
    if (jml_id_is_set(q->id))
        jml_make_string(&m, "id", jml_id_text(r->arena, q->id));
    jml_make(&m, "sequence", jml_value_int(r->arena, ret->sequence));
    jml_make_string(&m, "text", q->text);
    jml_make(&m, "localizations", localizations);
    jml_make(&m, "isRequired", jml_value_bool(q->required));
    jml_make(&m, "isAnswerEditable", jml_value_bool(q->editable));
    if (q->is_choice) {
        jml_read_spelling(r, v, path, "isMultipleSelectionAllowed", "allowsMultipleSelection");
        q->multiple = jml_value_find_bool(v, "isMultipleSelectionAllowed", false) ||
                      jml_value_find_bool(v, "allowsMultipleSelection", false);
        jml_make(&m, "choices", read_choices(r, v, path, q));
        jml_make(&m, "isMultipleSelectionAllowed", jml_value_bool(q->multiple));
    } else {
        q->pattern = jml_value_find_string(v, "regexPattern");
        if (q->pattern && !*q->pattern)
            q->pattern = NULL;
        if (q->pattern && jml_pattern_check(q->pattern, &e) < 0)
            jml_problem_add(r->problems, jml_pointer(r->arena, path, "regexPattern"), "%s",
                            e.message);
        jml_make(&m, "isSingleLineQuestion",
                 jml_value_bool(jml_value_find_bool(v, "isSingleLineQuestion", false)));
        jml_make_string(&m, "regexPattern", q->pattern);
    }
    ret->document = jml_made_object(&m);
    return true;
}

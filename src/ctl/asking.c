/* SPDX-License-Identifier: MIT
 *
 * Asking: see asking.h.
 */
#include "ctl/asking.h"

#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "db/result.h"

static int take_policy(struct jml_ctl *c, const struct jml_result *r, const char *package,
                       const char *policy, bool needed, struct jml_asking *asking);
static const struct jml_value *questions_of(struct jml_ctl *c, const char *document);

int jml_asking_policy(struct jml_ctl *c, const char *package, const char *policy, bool needed,
                      struct jml_asking *ret_asking)
{
    const struct jml_param params[] = {jml_param_text(package), jml_param_text(policy)};
    struct jml_asking asking = {.policy = policy};
    struct jml_result r;
    struct jml_err e;
    int code;

    if (jml_session_query(c->session, "policy_find", params, 2, &r, &e) < 0)
        return jml_ctl_fail(c, &e);
    code = take_policy(c, &r, package, policy, needed, &asking);
    jml_session_clear(c->session);
    if (code == 0)
        *ret_asking = asking;
    return code;
}

static int take_policy(struct jml_ctl *c, const struct jml_result *r, const char *package,
                       const char *policy, bool needed, struct jml_asking *asking)
{
    int64_t fitting;

    if (jml_result_rows(r) == 0)
        return jml_ctl_say(c, JML_EXIT_FAILED, "no package '%s'; jmlctl package list", package);
    fitting = jml_result_int(r, 0, 2);
    if (policy && fitting == 0)
        return jml_ctl_say(c, JML_EXIT_FAILED,
                           "package '%s' has no policy '%s'; "
                           "jmlctl policy list --package '%s'",
                           package, policy, package);
    if (needed && fitting != 1)
        return jml_ctl_say(c, JML_EXIT_USAGE,
                           "package '%s' has %lld enabled policies; "
                           "say which: --policy POLICY",
                           package, (long long)fitting);
    asking->package_id = jml_result_text(r, 0, 0, &c->arena);
    if (fitting == 1) {
        asking->policy_id = jml_result_text(r, 0, 1, &c->arena);
        asking->questions = questions_of(c, jml_result_text(r, 0, 3, &c->arena));
    }
    return 0;
}

static const struct jml_value *questions_of(struct jml_ctl *c, const char *document)
{
    const struct jml_value *v, *questions;
    struct jml_err e;

    if (!document || jml_value_parse(&c->arena, document, strlen(document), 64, &v, &e) < 0)
        return NULL;
    questions = jml_value_find(v, "questions");
    return questions && questions->type == JML_ARRAY && questions->n > 0 ? questions : NULL;
}

/* ---- dates ---- */

void jml_asking_dates_init(struct jml_ctl *c, struct jml_asking_dates *dates)
{
    jml_array_init(&dates->starts, &c->arena, JML_ARRAY_TIME);
    jml_array_init(&dates->ends, &c->arena, JML_ARRAY_TIME);
}

void jml_asking_dates_add(struct jml_ctl *c, const struct jml_ctl_call *call,
                          struct jml_asking_dates *dates, const char *zone_name)
{
    const struct jml_zone *zone = zone_name ? jml_zone_find(c->zones, zone_name) : NULL;

    if (!zone)
        zone = jml_zone_utc();
    jml_array_add_time(&dates->starts, jml_ctl_option_time(call, "start", zone));
    jml_array_add_time(&dates->ends, jml_ctl_option_time(call, "end", zone));
}

/* ---- answers ---- */

int jml_asking_answers(struct jml_ctl *c, const struct jml_ctl_call *call,
                       const struct jml_asking *asking, const char **ret_json)
{
    const struct jml_value *answers;
    const char *const *texts;
    struct jml_err e;
    size_t n = jml_ctl_option_all(c, call, "answer", &texts);

    *ret_json = NULL;
    if (n == 0)
        return 0;
    if (!asking->policy_id)
        return jml_ctl_say(c, JML_EXIT_USAGE,
                           "which policy asks that? the package has several: --policy POLICY");
    if (jml_answers_make(&c->arena, asking->questions, texts, n, &answers, &e) < 0)
        return jml_ctl_say(c, JML_EXIT_USAGE, "--answer: %s", e.message);
    *ret_json = jml_value_text(&c->arena, answers);
    return 0;
}

static const char *question_text(const struct jml_value *question)
{
    const char *text = jml_value_find_string(question, "text");

    return text ? text : jml_value_find_string(jml_value_find(question, "text"), "defaultText");
}

/* What stands behind "NAME=" of text; NULL when it does not begin so. */
static const char *behind(const char *text, const char *name, bool fold)
{
    size_t n = name ? strlen(name) : 0;

    if (n == 0 || strlen(text) <= n || text[n] != '=')
        return NULL;
    for (size_t i = 0; i < n; i++) {
        bool same = text[i] == name[i] || (fold && (text[i] | 0x20) == (name[i] | 0x20));
        if (!same)
            return NULL;
    }
    return text + n + 1;
}

/* The value of a choice that was named by its text. */
static const char *choice_value(const struct jml_value *question, const char *named)
{
    const struct jml_value *choices = jml_value_find(question, "choices");
    const char *by_text = NULL;

    for (size_t i = 0; choices && choices->type == JML_ARRAY && i < choices->n; i++) {
        const char *value = jml_value_find_string(choices->items[i], "actualValue");

        if (jml_streq(value, named))
            return named;
        if (value && jml_streq(question_text(choices->items[i]), named))
            by_text = value;
    }
    return by_text ? by_text : named; /* whether it is one is for the daemon to say */
}

static const struct jml_value *answer_to(struct jml_arena *a, const struct jml_value *question,
                                         const char *value, const struct jml_value *before)
{
    const struct jml_value *answer = before, *list = jml_value_find(before, "value"), *v;
    const char *id = jml_value_find_string(question, "id");

    v = jml_value_string(a, choice_value(question, value));
    if (jml_value_find_bool(question, "isMultipleSelectionAllowed", false))
        v = jml_value_append(a, list ? list : jml_value_array(), v);
    if (!answer)
        answer = jml_value_with(
            a, jml_value_object(), "answeredQuestion",
            jml_value_with(a, jml_value_object(), "id",
                           jml_value_string(a, id ? id : question_text(question))));
    return jml_value_with(a, answer, "value", v);
}

int jml_answers_make(struct jml_arena *a, const struct jml_value *questions, const char *const *texts,
                     size_t n, const struct jml_value **ret_answers, struct jml_err *e)
{
    size_t n_questions = questions ? questions->n : 0;
    const struct jml_value **given = jml_new_n(a, const struct jml_value *, n_questions + 1);
    const struct jml_value *answers = jml_value_array();

    if (n_questions == 0)
        return jml_err_set(e, JML_ERR_BAD_INPUT, "the policy asks no questions");
    for (size_t i = 0; i < n; i++) {
        size_t which = n_questions, length = 0;
        const char *value = NULL;

        /* a question may have = in its text: the longest one that fits */
        for (size_t q = 0; q < n_questions; q++) {
            const struct jml_value *question = questions->items[q];
            const char *id = behind(texts[i], jml_value_find_string(question, "id"), true);
            const char *found = id ? id : behind(texts[i], question_text(question), false);

            if (!found || (size_t)(found - texts[i]) <= length)
                continue;
            which = q;
            value = found;
            length = (size_t)(found - texts[i]);
        }
        if (which == n_questions)
            return jml_err_set(e, JML_ERR_BAD_INPUT,
                               "'%.200s' answers no question of the policy; QUESTION=VALUE, jmlctl "
                               "policy show lists them",
                               texts[i]);
        if (given[which] &&
            !jml_value_find_bool(questions->items[which], "isMultipleSelectionAllowed", false))
            return jml_err_set(e, JML_ERR_BAD_INPUT, "'%.200s' is answered twice",
                               question_text(questions->items[which]));
        given[which] = answer_to(a, questions->items[which], value, given[which]);
    }
    for (size_t q = 0; q < n_questions; q++)
        if (given[q])
            answers = jml_value_append(a, answers, given[q]);
    *ret_answers = answers;
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * Scim: accounts. Found by the id they had the last time, else by userFilter: exactly one, or it is
 * nobody's. Making one twice is met by looking for it first, and again when the server knows it
 * (409).
 */
#include <string.h>

#include "base/str.h"
#include "target/scim.h"

#define SEEN       "attributes=id,userName,externalId,active"
#define USER       "urn:ietf:params:scim:schemas:core:2.0:User"
#define ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

static void search(struct jml_scim_call *c);
static void seen_by_id(struct jml_scim_call *c, const struct jml_scim_answer *a);
static void searched(struct jml_scim_call *c, const struct jml_scim_answer *a);
static void make(struct jml_scim_call *c);
static void made(struct jml_scim_call *c, const struct jml_scim_answer *a);
static const char *user_path(struct jml_scim_call *c, const char *query);

/* ---- finding ---- */

void jml_scim_user_find(struct jml_scim_call *c, jml_scim_next next)
{
    c->next = next;
    c->user = c->op->account;
    if (c->user)
        jml_scim_ask(c, "GET", user_path(c, "?" SEEN), NULL, JML_SCIM_ANSWER_MAX, seen_by_id);
    else
        search(c);
}

static const char *user_path(struct jml_scim_call *c, const char *query)
{
    return jml_printf(c->arena, "/Users/%s%s", jml_http_escape(c->arena, c->user), query);
}

static void seen_by_id(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    if (a->http.status == 404) {
        const char *missing;

        /* It was deleted; there may be a new one. */
        c->user = NULL;
        if (jml_operation_expand(c->op, c->target->user_filter, NULL, &missing))
            search(c);
        else
            c->next(c);
    } else if (jml_scim_passed_with_body(c, a)) {
        c->next(c);
    }
}

static const char *filter_of(struct jml_scim_call *c)
{
    const char *missing;
    const char *filter =
        jml_operation_expand(c->op, c->target->user_filter, jml_scim_quote, &missing);

    if (!filter)
        jml_scim_finish(c, JML_OUTCOME_FAILED,
                        "no_value: the person has no %s, which userFilter asks for", missing);
    return filter;
}

static void search(struct jml_scim_call *c)
{
    const char *filter = filter_of(c);

    if (filter)
        jml_scim_ask(c, "GET",
                     jml_printf(c->arena, "/Users?filter=%s&" SEEN "&startIndex=1&count=2",
                                jml_http_escape(c->arena, filter)),
                     NULL, JML_SCIM_ANSWER_MAX, searched);
}

static void searched(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    const struct jml_value *resources = jml_value_find(a->body, "Resources");
    const char *filter;
    uint32_t n;

    if (!jml_scim_passed_with_body(c, a))
        return;
    n = resources && resources->type == JML_ARRAY ? resources->n : 0;
    if (n > 1) {
        jml_scim_finish(c, JML_OUTCOME_FAILED,
                        "ambiguous_account: userFilter finds several accounts");
        return;
    }
    filter = filter_of(c);
    if (!filter)
        return;
    if (n == 1) {
        const char *id = jml_value_find_string(resources->items[0], "id");

        if (!id || !id[0] || !jml_scim_fits(c->arena, resources->items[0], filter)) {
            jml_scim_finish(c, JML_OUTCOME_FAILED,
                            "wrong_account: the target answers userFilter with another account");
            return;
        }
        c->user = id;
    }
    c->next(c);
}

/* ---- making ---- */

static void make_if_needed(struct jml_scim_call *c)
{
    if (c->user)
        c->after(c);
    else if (c->target->user_attributes)
        make(c);
    else /* who makes accounts may not have been there yet */
        jml_scim_finish(c, JML_OUTCOME_LATER,
                        "no_account: the target has no account of this person, and no "
                        "userAttributes say how to make one");
}

void jml_scim_user_find_or_make(struct jml_scim_call *c, jml_scim_next next)
{
    c->after = next;
    jml_scim_user_find(c, make_if_needed);
}

static const struct jml_value *schemas_of(struct jml_arena *a, const struct jml_value *user)
{
    const struct jml_value *list =
        jml_value_append(a, jml_value_array(), jml_value_string(a, USER));

    for (uint32_t i = 0; i < user->n; i++)
        if (jml_str_starts(user->keys[i], "urn:"))
            list = jml_value_append(a, list, jml_value_string(a, user->keys[i]));
    return list;
}

static void make(struct jml_scim_call *c)
{
    const struct jml_value *user = jml_scim_fill(c->op, c->target->user_attributes);

    if (!user || !jml_value_find_string(user, "userName")) {
        jml_scim_finish(c, JML_OUTCOME_FAILED,
                        "no_value: the person lacks what userName is made of in userAttributes");
        return;
    }
    if (!jml_value_find(user, "schemas"))
        user = jml_value_with(c->arena, user, "schemas", schemas_of(c->arena, user));
    if (!jml_value_find(user, "active"))
        user = jml_value_with(c->arena, user, "active", jml_scim_bool(c->target, c->arena, true));
    jml_scim_ask(c, "POST", "/Users", user, JML_SCIM_ANSWER_MAX, made);
}

static void made(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    const char *id = jml_value_find_string(a->body, "id");

    if (a->http.outcome == JML_OUTCOME_DONE && id && id[0]) {
        c->user = id;
        c->after(c);
        return;
    }
    /* It is there already, by a call whose answer was lost, or by somebody else just now. */
    if (c->tries == 0 && (a->http.status == 409 || a->http.outcome == JML_OUTCOME_DONE)) {
        c->tries++;
        jml_scim_user_find(c, make_if_needed);
        return;
    }
    if (a->http.outcome == JML_OUTCOME_DONE)
        jml_scim_finish(c, JML_OUTCOME_LATER,
                        "not_confirmed: the target took an account, and does not show it");
    else
        jml_scim_passed(c, a);
}

/* ---- changing ---- */

static void active_read(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    bool wanted = c->adds;

    if (!wanted && a->http.status == 404)
        jml_scim_finish(c, JML_OUTCOME_CONFIRMED, NULL);
    else if (!jml_scim_passed_with_body(c, a))
        return;
    else if (jml_scim_is_bool(jml_value_find(a->body, "active"), wanted))
        jml_scim_finish(c, JML_OUTCOME_CONFIRMED, NULL);
    else if (!jml_value_find(a->body, "active"))
        jml_scim_finish(c, JML_OUTCOME_DONE, NULL);
    else
        jml_scim_finish(c, JML_OUTCOME_LATER,
                        "not_confirmed: the target took the change, and shows the account as %s",
                        wanted ? "disabled" : "enabled");
}

static void active_set(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    if (!c->adds && a->http.status == 404) /* deleted meanwhile */
        jml_scim_finish(c, JML_OUTCOME_CONFIRMED, NULL);
    else if (jml_scim_passed(c, a))
        jml_scim_ask(c, "GET", user_path(c, "?" SEEN), NULL, JML_SCIM_ANSWER_MAX, active_read);
}

static const struct jml_value *one_operation(struct jml_scim_call *c, const char *path,
                                             const struct jml_value *v)
{
    const struct jml_target *t = c->target;
    const struct jml_value *operation;

    if (t->pathless)
        operation = jml_scim_operation(t, c->arena, "replace", NULL,
                                       jml_value_with(c->arena, jml_value_object(), path, v));
    else
        operation = jml_scim_operation(t, c->arena, "replace", path, v);
    return jml_scim_patch(c->arena, jml_value_append(c->arena, jml_value_array(), operation));
}

void jml_scim_user_set_active(struct jml_scim_call *c, bool active)
{
    c->adds = active;
    jml_scim_ask(c, "PATCH", user_path(c, ""),
                 one_operation(c, "active", jml_scim_bool(c->target, c->arena, active)),
                 JML_SCIM_ANSWER_MAX, active_set);
}

static void password_set(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    if (jml_scim_passed(c, a))
        jml_scim_finish(c, JML_OUTCOME_DONE, NULL);
}

void jml_scim_user_set_password(struct jml_scim_call *c)
{
    const struct jml_value *password = jml_value_find(c->op->arguments, "password");

    if (!password || password->type != JML_STRING)
        jml_scim_finish(c, JML_OUTCOME_FAILED, "no_value: there is no password to set");
    else
        jml_scim_ask(c, "PATCH", user_path(c, ""), one_operation(c, "password", password),
                     JML_SCIM_ANSWER_MAX, password_set);
}

static void is_gone(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    const char *gone = c->user;

    c->user = NULL;
    if (a->http.status == 404)
        jml_scim_finish(c, JML_OUTCOME_CONFIRMED, NULL);
    else if (!jml_scim_passed(c, a))
        return;
    else if (gone)
        jml_scim_finish(c, JML_OUTCOME_LATER,
                        "not_confirmed: the target took the deletion, and still shows the account");
}

static void deleted(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    if (a->http.status == 404 || jml_scim_passed(c, a))
        jml_scim_ask(c, "GET", user_path(c, "?" SEEN), NULL, JML_SCIM_ANSWER_MAX, is_gone);
}

void jml_scim_user_delete(struct jml_scim_call *c)
{
    jml_scim_ask(c, "DELETE", user_path(c, ""), NULL, JML_SCIM_ANSWER_MAX, deleted);
}

/* ---- attributes ---- */

static const char *const usual_mapping[][2] = {
    {"displayName", "displayName"},
    {"userPrincipalName", "userName"},
    {"givenName", "name.givenName"},
    {"surname", "name.familyName"},
    {"jobTitle", "title"},
    {"employeeType", "userType"},
    {"preferredLanguage", "preferredLanguage"},
    {"mail", "emails[type eq \"work\"].value"},
    {"mobilePhone", "phoneNumbers[type eq \"mobile\"].value"},
    {"department", ENTERPRISE ":department"},
    {"employeeId", ENTERPRISE ":employeeNumber"},
    {"companyName", ENTERPRISE ":organization"},
    {"costCenter", ENTERPRISE ":costCenter"},
    {"division", ENTERPRISE ":division"},
};

static const char *path_of(const struct jml_target *t, const char *attribute)
{
    const char *path = jml_value_find_string(t->mapping, attribute);

    for (size_t i = 0; !path && i < sizeof(usual_mapping) / sizeof(usual_mapping[0]); i++)
        if (jml_streq(usual_mapping[i][0], attribute))
            path = usual_mapping[i][1];
    return path;
}

static void attributes_read(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    const struct jml_value *patch = jml_value_find(c->op->arguments, "attributes");

    if (!jml_scim_passed_with_body(c, a))
        return;
    for (uint32_t i = 0; i < patch->n; i++) {
        const struct jml_value *has =
            jml_scim_find(c->arena, a->body, path_of(c->target, patch->keys[i]));
        bool is_so = patch->items[i]->type == JML_NULL ? !has || has->type == JML_NULL
                                                       : jml_value_equal(has, patch->items[i]);

        /* The server may write it otherwise, in lower case for one. */
        if (!is_so) {
            jml_scim_finish(c, JML_OUTCOME_DONE, NULL);
            return;
        }
    }
    jml_scim_finish(c, JML_OUTCOME_CONFIRMED, NULL);
}

static void attributes_set(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    if (jml_scim_passed(c, a))
        jml_scim_ask(c, "GET", user_path(c, ""), NULL, JML_SCIM_ANSWER_MAX, attributes_read);
}

void jml_scim_user_update(struct jml_scim_call *c)
{
    const struct jml_value *patch = jml_value_find(c->op->arguments, "attributes"),
                           *operations = jml_value_array();

    if (!patch || patch->type != JML_OBJECT || patch->n == 0) {
        jml_scim_finish(c, JML_OUTCOME_DONE, NULL);
        return;
    }
    for (uint32_t i = 0; i < patch->n; i++) {
        const char *path = path_of(c->target, patch->keys[i]);
        bool clears = patch->items[i]->type == JML_NULL;

        if (!path) {
            jml_scim_finish(c, JML_OUTCOME_FAILED,
                            "no_place: attributeMapping does not say where %s goes",
                            patch->keys[i]);
            return;
        }
        operations =
            jml_value_append(c->arena, operations,
                             jml_scim_operation(c->target, c->arena, clears ? "remove" : "replace",
                                                path, clears ? NULL : patch->items[i]));
    }
    jml_scim_ask(c, "PATCH", user_path(c, ""), jml_scim_patch(c->arena, operations),
                 JML_SCIM_ANSWER_MAX, attributes_set);
}

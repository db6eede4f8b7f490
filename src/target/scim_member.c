/* SPDX-License-Identifier: MIT
 *
 * Scim: who is a member. Asked by a filter, which costs little however large the group is, but only
 * once the server has shown that it understands it both ways: that it knows who is no member (it is
 * asked about one that cannot be) and who is. Else the group is read.
 */
#include <string.h>

#include "base/str.h"
#include "target/scim_group.h"

#define NOBODY "00000000-0000-4000-8000-6a6d6c640000"

static void ask_filter(struct jml_scim_call *c, const char *user, jml_scim_then then);
static void probed(struct jml_scim_call *c, const struct jml_scim_answer *a);
static void filtered(struct jml_scim_call *c, const struct jml_scim_answer *a);
static void read_group(struct jml_scim_call *c);
static void group_read(struct jml_scim_call *c, const struct jml_scim_answer *a);
static void leave_next(struct jml_scim_call *c);
static void users_page(struct jml_scim_call *c);

void jml_scim_member_read(struct jml_scim_call *c, jml_scim_next next)
{
    const struct jml_target *t = c->target;

    c->next = next;
    c->is_member = -1;
    if (t->filter_fails)
        read_group(c);
    else if (!t->filter_refutes)
        ask_filter(c, NOBODY, probed);
    else if (!c->adds && !t->filter_finds)
        read_group(c); /* "no member" is what a server says, too, that knows no members */
    else
        ask_filter(c, c->user, filtered);
}

static void ask_filter(struct jml_scim_call *c, const char *user, jml_scim_then then)
{
    const char *filter =
        jml_printf(c->arena, "id eq \"%s\" and members.value eq \"%s\"",
                   jml_scim_quote(c->arena, c->group), jml_scim_quote(c->arena, user));

    jml_scim_ask(c, "GET",
                 jml_printf(c->arena, "/Groups?filter=%s%s&startIndex=1&count=2",
                            jml_http_escape(c->arena, filter),
                            c->target->reads_members ? "" : "&excludedAttributes=members"),
                 NULL, JML_SCIM_ANSWER_MAX, then);
}

/* -1: this is no answer of a server that knows filters. */
static int count_of(const struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    const struct jml_value *resources = jml_value_find(a->body, "Resources");
    int64_t total;

    if (a->http.outcome != JML_OUTCOME_DONE || !a->body || a->http.is_too_large ||
        !jml_value_to_int(jml_value_find(a->body, "totalResults"), &total))
        return -1;
    if (total == 0)
        return 0;
    return total == 1 && resources && resources->type == JML_ARRAY && resources->n == 1 &&
                   jml_streq(jml_value_find_string(resources->items[0], "id"), c->group)
               ? 1
               : -1;
}

static void probed(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    if (a->http.outcome == JML_OUTCOME_LATER || a->http.outcome == JML_OUTCOME_UNREACHABLE) {
        read_group(c);
        return;
    }
    c->target->filter_refutes = count_of(c, a) == 0;
    c->target->filter_fails = !c->target->filter_refutes;
    jml_scim_member_read(c, c->next);
}

static void filtered(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    int n = count_of(c, a);

    if (n == 1)
        c->target->filter_finds = true;
    if (n == 1 || (n == 0 && c->target->filter_finds)) {
        c->is_member = n;
        c->next(c);
        return;
    }
    read_group(c);
}

static void read_group(struct jml_scim_call *c)
{
    jml_scim_ask(c, "GET", jml_scim_group_path(c, "?attributes=id,members"), NULL,
                 JML_SCIM_GROUP_MAX, group_read);
}

static bool has(const struct jml_value *members, const char *user)
{
    for (uint32_t i = 0; members && i < members->n; i++)
        if (jml_streq(jml_value_find_string(members->items[i], "value"), user))
            return true;
    return false;
}

static void group_read(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    if (a->http.status == 404) {
        c->is_member = 0; /* of what is not there nobody is */
        c->next(c);
    } else if (a->http.is_too_large) {
        c->next(c);
    } else if (jml_scim_passed_with_body(c, a)) {
        c->is_member = has(jml_value_find(a->body, "members"), c->user);
        /* The filter did not find what is there. */
        if (c->is_member && c->adds && c->target->filter_refutes && !c->target->filter_finds) {
            c->target->filter_refutes = false;
            c->target->filter_fails = true;
        }
        c->next(c);
    }
}

/* ---- leaving all groups: those the account names, and those that name the account ---- */

static void left(struct jml_scim_call *c)
{
    /* One that cannot be left does not keep the others. */
    if (c->is_member == 1 && !c->failure) {
        c->failure =
            c->said ? c->said : "not_confirmed: the target still shows the account within a group";
        c->failure_outcome = c->said ? c->said_outcome : JML_OUTCOME_LATER;
    }
    if (c->is_member < 0)
        c->all_read = false;
    leave_next(c);
}

static void leave_next(struct jml_scim_call *c)
{
    if (c->done < c->todo.n) {
        c->group = c->todo.items[c->done++];
        jml_scim_group_change_then(c, left);
    } else if (c->failure) {
        jml_scim_finish(c, c->failure_outcome, "%s", c->failure);
    } else {
        jml_scim_finish(c, c->all_read ? JML_OUTCOME_CONFIRMED : JML_OUTCOME_DONE, NULL);
    }
}

static void todo_add(struct jml_scim_call *c, const char *id)
{
    for (size_t i = 0; i < c->todo.n; i++)
        if (jml_streq(c->todo.items[i], id))
            return;
    if (id && id[0])
        jml_vec_push(c->arena, &c->todo, id);
}

/* true: there is more; the next page is start_index. */
static bool page_taken(struct jml_scim_call *c, const struct jml_value *resources,
                       const struct jml_scim_answer *a)
{
    uint32_t n = resources && resources->type == JML_ARRAY ? resources->n : 0;
    int64_t total = 0;

    c->start_index += n;
    return n > 0 && jml_value_to_int(jml_value_find(a->body, "totalResults"), &total) &&
           c->start_index <= total;
}

static void groups_searched(struct jml_scim_call *c, const struct jml_scim_answer *a);

static void groups_page(struct jml_scim_call *c)
{
    const char *filter =
        jml_printf(c->arena, "members.value eq \"%s\"", jml_scim_quote(c->arena, c->user));

    jml_scim_ask(c, "GET",
                 jml_printf(c->arena, "/Groups?filter=%s%s&startIndex=%lld&count=%lld",
                            jml_http_escape(c->arena, filter),
                            c->target->reads_members ? "" : "&excludedAttributes=members",
                            (long long)c->start_index, (long long)c->target->page),
                 NULL, JML_SCIM_GROUP_MAX, groups_searched);
}

static void groups_searched(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    const struct jml_value *resources = jml_value_find(a->body, "Resources");

    if (a->http.outcome == JML_OUTCOME_FAILED) { /* it does not know the filter */
        leave_next(c);
        return;
    }
    if (!jml_scim_passed_with_body(c, a))
        return;
    if (c->target->filter_finds)
        c->all_read = true;
    for (uint32_t i = 0; resources && resources->type == JML_ARRAY && i < resources->n; i++) {
        todo_add(c, jml_value_find_string(resources->items[i], "id"));
        c->all_read = true;
    }
    if (page_taken(c, resources, a))
        groups_page(c);
    else
        leave_next(c);
}

static void groups_of_user(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    const struct jml_value *groups = jml_value_find(a->body, "groups");

    if (a->http.status == 404) {
        jml_scim_finish(c, JML_OUTCOME_CONFIRMED, NULL);
        return;
    }
    if (!jml_scim_passed_with_body(c, a))
        return;
    c->all_read = groups && groups->type == JML_ARRAY;
    for (uint32_t i = 0; c->all_read && i < groups->n; i++)
        if (!jml_strcaseeq(jml_value_find_string(groups->items[i], "type"), "indirect"))
            todo_add(c, jml_value_find_string(groups->items[i], "value"));
    groups_page(c);
}

void jml_scim_group_leave_all(struct jml_scim_call *c)
{
    c->adds = false;
    c->start_index = 1;
    jml_scim_ask(c, "GET", jml_printf(c->arena, "/Users/%s", jml_http_escape(c->arena, c->user)),
                 NULL, JML_SCIM_ANSWER_MAX, groups_of_user);
}

/* ---- listing ---- */

static void members_read(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    const struct jml_value *members = jml_value_find(a->body, "members");

    if (!jml_scim_passed_with_body(c, a))
        return;
    for (uint32_t i = 0; members && i < members->n; i++) {
        const char *id = jml_value_find_string(members->items[i], "value");
        const char *type = jml_value_find_string(members->items[i], "type");

        if (id && id[0] && !jml_strcaseeq(type, "Group"))
            jml_vec_push(c->arena, &c->listing->accounts, id);
    }
    jml_scim_finish(c, JML_OUTCOME_DONE, NULL);
}

static void users_read(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    const struct jml_value *resources = jml_value_find(a->body, "Resources");

    if (!jml_scim_passed_with_body(c, a))
        return;
    for (uint32_t i = 0; resources && resources->type == JML_ARRAY && i < resources->n; i++) {
        const char *id = jml_value_find_string(resources->items[i], "id");

        if (id && id[0])
            jml_vec_push(c->arena, &c->listing->accounts, id);
    }
    if (page_taken(c, resources, a))
        users_page(c);
    else
        jml_scim_finish(c, JML_OUTCOME_DONE, NULL);
}

static void users_page(struct jml_scim_call *c)
{
    const char *filter =
        jml_printf(c->arena, "groups.value eq \"%s\"", jml_scim_quote(c->arena, c->group));

    jml_scim_ask(c, "GET",
                 jml_printf(c->arena, "/Users?filter=%s&attributes=id&startIndex=%lld&count=%lld",
                            jml_http_escape(c->arena, filter), (long long)c->start_index,
                            (long long)c->target->page),
                 NULL, JML_SCIM_GROUP_MAX, users_read);
}

void jml_scim_group_list(struct jml_scim_call *c)
{
    c->start_index = 1;
    if (c->target->lists_by_users)
        users_page(c);
    else
        jml_scim_ask(c, "GET", jml_scim_group_path(c, "?attributes=id,members"), NULL,
                     JML_SCIM_GROUP_MAX, members_read);
}

/* SPDX-License-Identifier: MIT
 *
 * Scim: groups. A member is added and removed one at a time, never by writing a whole list, but for
 * servers that have no PATCH: there the group is read, changed and put back under its ETag, and
 * again when somebody else was faster (412).
 *
 * What a server says to an addition that is there already, or a removal of nobody, is not agreed
 * upon: whatever it says, the membership is read back, and what it said only counts when it is not
 * so.
 */
#include "target/scim_group.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "loop/loop.h"

enum { GROUPS_KEPT = 1000, PUTS = 8 };
#define KEPT_FOR (10 * JML_MINUTE)

static void found(struct jml_scim_call *c, const struct jml_scim_answer *a);
static void change(struct jml_scim_call *c);
static void changed(struct jml_scim_call *c, const struct jml_scim_answer *a);
static void put_begin(struct jml_scim_call *c);
static void judge(struct jml_scim_call *c);

/* ---- finding ---- */

static struct jml_scim_group *kept(struct jml_target *t, const char *name)
{
    for (size_t i = 0; i < t->n_groups; i++)
        if (jml_streq(t->groups[i].name, name))
            return &t->groups[i];
    return NULL;
}

static void keep(struct jml_target *t, const char *name, const char *id)
{
    struct jml_scim_group *g = kept(t, name);

    if (!g) {
        if (t->n_groups == GROUPS_KEPT)
            jml_scim_groups_forget(t);
        t->groups = realloc(t->groups, (t->n_groups + 1) * sizeof(*t->groups));
        if (!t->groups)
            jml_bug("out of memory");
        g = &t->groups[t->n_groups++];
        *g = (struct jml_scim_group){.name = strdup(name)};
    }
    free(g->id);
    g->id = strdup(id);
    g->until = jml_loop_now() + KEPT_FOR;
    if (!g->name || !g->id)
        jml_bug("out of memory");
}

void jml_scim_groups_forget(struct jml_target *t)
{
    for (size_t i = 0; i < t->n_groups; i++) {
        free(t->groups[i].name);
        free(t->groups[i].id);
    }
    free(t->groups);
    t->groups = NULL;
    t->n_groups = 0;
}

void jml_scim_group_find(struct jml_scim_call *c, jml_scim_next next)
{
    const char *id = jml_value_find_string(c->origin, "groupId"),
               *name = jml_value_find_string(c->origin, "group");
    struct jml_scim_group *g = name ? kept(c->target, name) : NULL;

    c->after = next;
    c->group_was_cached = false;
    if (id && id[0]) {
        c->group = id;
        next(c);
    } else if (g && g->until > jml_loop_now()) {
        c->group = jml_strdup(c->arena, g->id);
        c->group_was_cached = true;
        next(c);
    } else if (name && name[0]) {
        jml_scim_ask(c, "GET",
                     jml_printf(c->arena, "/Groups?filter=%s%s&startIndex=1&count=2",
                                jml_http_escape(c->arena, jml_scim_group_filter(c, name)),
                                c->target->reads_members ? "" : "&excludedAttributes=members"),
                     NULL, c->target->reads_members ? JML_SCIM_GROUP_MAX : JML_SCIM_ANSWER_MAX,
                     found);
    } else {
        jml_scim_finish(c, JML_OUTCOME_FAILED, "no_group: origin has neither groupId nor group");
    }
}

const char *jml_scim_group_filter(struct jml_scim_call *c, const char *name)
{
    return jml_printf(c->arena, "displayName eq \"%s\"", jml_scim_quote(c->arena, name));
}

static void found(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    const char *name = jml_value_find_string(c->origin, "group"), *id;
    const struct jml_value *resources = jml_value_find(a->body, "Resources");

    if (!jml_scim_passed_with_body(c, a))
        return;
    if (!resources || resources->type != JML_ARRAY || resources->n == 0) {
        /* Not "already so" either when it is to be taken: it may have been renamed. */
        jml_scim_finish(c, JML_OUTCOME_FAILED,
                        "no_such_group: no group has the displayName of origin");
        return;
    }
    id = jml_value_find_string(resources->items[0], "id");
    if (resources->n > 1)
        jml_scim_finish(c, JML_OUTCOME_FAILED,
                        "ambiguous_group: several groups have the displayName of origin");
    else if (!id || !id[0] ||
             !jml_scim_fits(c->arena, resources->items[0], jml_scim_group_filter(c, name)))
        jml_scim_finish(c, JML_OUTCOME_FAILED,
                        "no_such_group: the target answers a filter with another group");
    else {
        keep(c->target, name, id);
        c->group = id;
        c->after(c);
    }
}

const char *jml_scim_group_path(struct jml_scim_call *c, const char *query)
{
    return jml_printf(c->arena, "/Groups/%s%s", jml_http_escape(c->arena, c->group), query);
}

/* ---- changing ---- */

static void judged_change(struct jml_scim_call *c)
{
    judge(c);
}

/* Some servers have a member twice that is added twice. */
static void checked(struct jml_scim_call *c)
{
    c->next = judged_change;
    if (c->is_member == 1)
        jml_scim_finish(c, JML_OUTCOME_CONFIRMED, NULL);
    else
        change(c);
}

void jml_scim_group_change(struct jml_scim_call *c)
{
    if (c->adds && !c->target->puts_groups) {
        jml_scim_member_read(c, checked);
        return;
    }
    c->next = judged_change;
    change(c);
}

/* Then c->next, with what was said and what is so in c. */
void jml_scim_group_change_then(struct jml_scim_call *c, jml_scim_next next)
{
    c->next = next;
    change(c);
}

static const struct jml_value *member_of(struct jml_scim_call *c)
{
    return jml_value_append(
        c->arena, jml_value_array(),
        jml_value_with(c->arena, jml_value_object(), "value", jml_value_string(c->arena, c->user)));
}

static void change(struct jml_scim_call *c)
{
    const struct jml_target *t = c->target;
    const struct jml_value *operation;

    c->said = NULL;
    if (t->puts_groups) {
        c->tries = 0;
        put_begin(c);
        return;
    }
    if (c->adds && t->pathless)
        operation = jml_scim_operation(
            t, c->arena, "add", NULL,
            jml_value_with(c->arena, jml_value_object(), "members", member_of(c)));
    else if (c->adds || t->removes_by_value)
        operation =
            jml_scim_operation(t, c->arena, c->adds ? "add" : "remove", "members", member_of(c));
    else
        operation = jml_scim_operation(
            t, c->arena, "remove",
            jml_printf(c->arena, "members[value eq \"%s\"]", jml_scim_quote(c->arena, c->user)),
            NULL);
    jml_scim_ask(c, "PATCH", jml_scim_group_path(c, ""),
                 jml_scim_patch(c->arena, jml_value_append(c->arena, jml_value_array(), operation)),
                 JML_SCIM_GROUP_MAX, changed);
}

/* Refusals are held until it is known whether it is so anyway. */
static void changed(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    if (a->http.status == 404 && c->group_was_cached) {
        /* Made anew under the same name. */
        jml_scim_groups_forget(c->target);
        jml_scim_group_find(c, change);
        return;
    }
    if (a->http.outcome == JML_OUTCOME_FAILED) {
        c->said = a->http.error;
        c->said_outcome = a->http.status == 409 ? JML_OUTCOME_LATER : JML_OUTCOME_FAILED;
    } else if (!jml_scim_passed(c, a)) {
        return;
    }
    jml_scim_member_read(c, c->next);
}

/* What was read back says how it ends. */
static void judge(struct jml_scim_call *c)
{
    bool is_so = c->is_member == (c->adds ? 1 : 0);

    if (is_so)
        jml_scim_finish(c, JML_OUTCOME_CONFIRMED, NULL);
    else if (c->said)
        jml_scim_finish(c, c->said_outcome, "%s", c->said);
    else if (c->is_member < 0)
        jml_scim_finish(c, JML_OUTCOME_DONE, NULL);
    else
        jml_scim_finish(
            c, JML_OUTCOME_LATER,
            "not_confirmed: the target took the change, and shows the account %s the group",
            c->adds ? "outside" : "still within");
}

/* ---- servers without PATCH ---- */

static void put_done(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    if (a->http.status == 412 && ++c->tries < PUTS)
        put_begin(c);
    else if (a->http.status == 412)
        jml_scim_finish(c, JML_OUTCOME_LATER, "busy: others changed the group %d times meanwhile",
                        PUTS);
    else
        changed(c, a);
}

/* Without the user, or with; false: there is nothing to change. */
static bool members_changed(struct jml_scim_call *c, const struct jml_value *members,
                            const struct jml_value **ret)
{
    struct jml_value *list = jml_new(c->arena, struct jml_value);
    uint32_t n = members && members->type == JML_ARRAY ? members->n : 0;
    const struct jml_value **items = jml_new_n(c->arena, const struct jml_value *, (size_t)n + 1);
    bool is_there = false;

    list->type = JML_ARRAY;
    for (uint32_t i = 0; i < n; i++) {
        bool is_it = jml_streq(jml_value_find_string(members->items[i], "value"), c->user);

        is_there = is_there || is_it;
        if (!is_it)
            items[list->n++] = members->items[i];
    }
    if (c->adds)
        items[list->n++] = member_of(c)->items[0];
    list->items = items;
    *ret = list;
    return is_there != c->adds;
}

static void put_read(struct jml_scim_call *c, const struct jml_scim_answer *a)
{
    const struct jml_value *members;

    if (a->http.status == 404) {
        changed(c, a);
        return;
    }
    if (!jml_scim_passed_with_body(c, a))
        return;
    if (!members_changed(c, jml_value_find(a->body, "members"), &members)) {
        c->is_member = c->adds;
        c->next(c);
        return;
    }
    if (!a->etag && !c->target->needs_no_etag) {
        jml_scim_finish(c, JML_OUTCOME_FAILED,
                        "no_etag: the target gives no ETag, and who writes a whole group may undo "
                        "what others did");
        return;
    }
    c->etag = a->etag;
    jml_scim_ask(c, "PUT", jml_scim_group_path(c, ""),
                 jml_value_with(c->arena, a->body, "members", members), JML_SCIM_GROUP_MAX,
                 put_done);
}

static void put_begin(struct jml_scim_call *c)
{
    jml_scim_ask(c, "GET", jml_scim_group_path(c, ""), NULL, JML_SCIM_GROUP_MAX, put_read);
}

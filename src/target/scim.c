/* SPDX-License-Identifier: MIT
 *
 * Scim: SCIM 2.0 (RFC 7643, 7644). Roles are members of groups; an account is called by its id.
 *
 * Settings: those of http.h, with url the address before /Users; userFilter, userAttributes,
 * attributeMapping, pageSize, listBy; and how the server deviates: dialect (rfc, entra, okta), or
 * one by one memberRemoval, groupUpdate, etag, capitalOps, booleansAsStrings, pathlessPatch,
 * excludeMembers.
 *
 * Idempotent, as what is there is looked at first and read back afterwards: an account is found
 * before it is made, a member that is there or gone already is so.
 */
#include "target/scim.h"

#include <stdlib.h>

#include "base/str.h"
#include "core/setting.h"
#include "loop/loop.h"
#include "target/kinds.h"
#include "target/scim_group.h"

#define USER_FILTER "userName eq \"{{userPrincipalName}}\""

static void scim_close(struct jml_target *t);
static int settings_read(struct jml_target *t, const struct jml_target_setup *setup,
                         struct jml_err *e);
static void user_there(struct jml_scim_call *c);
static void user_perhaps(struct jml_scim_call *c);

static int scim_open(const struct jml_target_setup *setup, struct jml_target **ret,
                     struct jml_err *e)
{
    struct jml_target *t = calloc(1, sizeof *t);

    if (!t)
        jml_bug("out of memory");
    if (jml_http_init(&t->http, setup, "url", NULL, e) < 0 || settings_read(t, setup, e) < 0) {
        scim_close(t);
        return -1;
    }
    *ret = t;
    return 0;
}

static void scim_close(struct jml_target *t)
{
    jml_scim_groups_forget(t);
    jml_http_fini(&t->http);
    free(t);
}

/* ---- settings ---- */

static int wrong(const struct jml_target_setup *setup, const char *setting, const char *wanted,
                 struct jml_err *e)
{
    return jml_err_set(e, JML_ERR_BAD_INPUT, "target '%s': %s: %s is wanted", setup->name, setting,
                       wanted);
}

/* The setting is one of two words. */
static int one_of(const struct jml_target_setup *setup, const char *setting, const char *no,
                  const char *yes, bool *ret, struct jml_err *e)
{
    const struct jml_value *v = jml_value_find(setup->settings, setting);
    char words[100];

    if (!v)
        return 0;
    if (v->type == JML_STRING && (jml_streq(v->text, no) || jml_streq(v->text, yes))) {
        *ret = jml_streq(v->text, yes);
        return 0;
    }
    snprintf(words, sizeof words, "%s or %s", no, yes);
    return wrong(setup, setting, words, e);
}

static int settings_read(struct jml_target *t, const struct jml_target_setup *setup,
                         struct jml_err *e)
{
    const struct jml_value *s = setup->settings;
    const char *dialect = jml_value_find_string(s, "dialect");
    bool is_entra = jml_streq(dialect, "entra"), is_okta = jml_streq(dialect, "okta");
    const char *filter;
    bool etag = true;
    int n;

    if (dialect && !is_entra && !is_okta && !jml_streq(dialect, "rfc"))
        return wrong(setup, "dialect", "rfc, entra or okta", e);
    t->removes_by_value = is_entra;
    t->lists_by_users = false;
    if (one_of(setup, "memberRemoval", "filter", "value", &t->removes_by_value, e) < 0 ||
        one_of(setup, "groupUpdate", "patch", "put", &t->puts_groups, e) < 0 ||
        one_of(setup, "listBy", "group", "users", &t->lists_by_users, e) < 0)
        return -1;
    t->capital_ops = jml_value_find_bool(s, "capitalOps", is_entra);
    t->booleans_as_strings = jml_value_find_bool(s, "booleansAsStrings", is_entra);
    t->pathless = jml_value_find_bool(s, "pathlessPatch", is_okta);
    t->reads_members = !jml_value_find_bool(s, "excludeMembers", true);
    etag = jml_value_find_bool(s, "etag", true);
    t->needs_no_etag = !etag;
    t->page = 200;
    if (jml_value_find(s, "pageSize") &&
        (!jml_value_to_int(jml_value_find(s, "pageSize"), &t->page) || t->page < 1 ||
         t->page > 10000))
        return wrong(setup, "pageSize", "a number from 1 to 10000", e);
    t->user_filter = jml_value_find_string(s, "userFilter");
    if (!t->user_filter)
        t->user_filter = USER_FILTER;
    filter = jml_setting_filled(&t->http.arena, t->user_filter, &n);
    if (!jml_setting_is_scim_filter(filter) || n == 0)
        return wrong(setup, "userFilter", "a filter with a person's value, like " USER_FILTER ",", e);
    t->user_attributes = jml_value_find(s, "userAttributes");
    t->mapping = jml_value_find(s, "attributeMapping");
    if (t->user_attributes && t->user_attributes->type != JML_OBJECT)
        return wrong(setup, "userAttributes", "an object", e);
    return 0;
}

/* ---- actions ---- */

static struct jml_scim_call *call_new(struct jml_target *t, struct jml_arena *a,
                                      const struct jml_value *origin, int64_t deadline)
{
    struct jml_scim_call *c = jml_new(a, struct jml_scim_call);

    *c = (struct jml_scim_call){.target = t,
                                .arena = a,
                                .origin = origin,
                                .until = jml_loop_now() + deadline - deadline / 20};
    return c;
}

static void scim_start(struct jml_target *t, struct jml_operation *op)
{
    struct jml_scim_call *c = call_new(t, op->arena, op->origin, op->deadline);

    c->op = op;
    op->call = c;
    switch (op->action) {
    case JML_ACTION_GRANT:
    case JML_ACTION_ENABLE_ACCOUNT:
    case JML_ACTION_UPDATE_ACCOUNT:
    case JML_ACTION_SET_PASSWORD:
        jml_scim_user_find_or_make(c, user_there);
        break;
    case JML_ACTION_REVOKE:
    case JML_ACTION_REVOKE_ALL:
    case JML_ACTION_DISABLE_ACCOUNT:
    case JML_ACTION_DELETE_ACCOUNT:
        jml_scim_user_find(c, user_perhaps);
        break;
    default:
        jml_scim_finish(c, JML_OUTCOME_FAILED,
                        "not_supported: SCIM has no %s: use a webhook or a program",
                        jml_action_name(op->action));
    }
}

static void user_there(struct jml_scim_call *c)
{
    switch (c->op->action) {
    case JML_ACTION_ENABLE_ACCOUNT:
        jml_scim_user_set_active(c, true);
        break;
    case JML_ACTION_UPDATE_ACCOUNT:
        jml_scim_user_update(c);
        break;
    case JML_ACTION_SET_PASSWORD:
        jml_scim_user_set_password(c);
        break;
    default:
        c->adds = true;
        jml_scim_group_find(c, jml_scim_group_change);
    }
}

static void user_perhaps(struct jml_scim_call *c)
{
    if (!c->user) {
        jml_scim_finish(c, JML_OUTCOME_CONFIRMED, NULL); /* who is not there has nothing */
        return;
    }
    switch (c->op->action) {
    case JML_ACTION_REVOKE_ALL:
        jml_scim_group_leave_all(c);
        break;
    case JML_ACTION_DISABLE_ACCOUNT:
        jml_scim_user_set_active(c, false);
        break;
    case JML_ACTION_DELETE_ACCOUNT:
        jml_scim_user_delete(c);
        break;
    default:
        c->adds = false;
        jml_scim_group_find(c, jml_scim_group_change);
    }
}

static void scim_cancel(struct jml_target *t, struct jml_operation *op)
{
    struct jml_scim_call *c = op->call;

    (void)t;
    jml_transfer_free(c->transfer);
    op->call = NULL;
}

static void scim_list(struct jml_target *t, struct jml_listing *l)
{
    struct jml_scim_call *c = call_new(t, l->arena, l->origin, l->deadline);

    c->listing = l;
    l->call = c;
    jml_scim_group_find(c, jml_scim_group_list);
}

static void scim_cancel_list(struct jml_target *t, struct jml_listing *l)
{
    struct jml_scim_call *c = l->call;

    (void)t;
    jml_transfer_free(c->transfer);
    l->call = NULL;
}

const struct jml_target_kind jml_target_scim = {
    .name = "scim",
    .open = scim_open,
    .close = scim_close,
    .start = scim_start,
    .cancel = scim_cancel,
    .list = scim_list,
    .cancel_list = scim_cancel_list,
};

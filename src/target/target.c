/* SPDX-License-Identifier: MIT
 *
 * Targets: the kinds there are, and what all of them share.
 */
#include "target/target.h"

#include "base/str.h"
#include "target/kinds.h"

static const struct jml_target_kind *const kinds[] = {
    &jml_target_null,
    &jml_target_webhook,
    &jml_target_extension,
    &jml_target_scim,
};

const struct jml_target_kind *jml_target_kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (jml_streq(kinds[i]->name, name))
            return kinds[i];
    return NULL;
}

static const char *const action_names[JML_ACTION_COUNT] = {
    [JML_ACTION_GRANT] = "grant",
    [JML_ACTION_REVOKE] = "revoke",
    [JML_ACTION_REVOKE_ALL] = "revokeAll",
    [JML_ACTION_ENABLE_ACCOUNT] = "enableAccount",
    [JML_ACTION_DISABLE_ACCOUNT] = "disableAccount",
    [JML_ACTION_DELETE_ACCOUNT] = "deleteAccount",
    [JML_ACTION_UPDATE_ACCOUNT] = "updateAccount",
    [JML_ACTION_SET_PASSWORD] = "setPassword",
    [JML_ACTION_REVOKE_TOKENS] = "revokeTokens",
    [JML_ACTION_CALL] = "call",
};

const char *jml_action_name(enum jml_action action)
{
    return action_names[action];
}

int jml_action_find(const char *name)
{
    for (int i = 0; i < JML_ACTION_COUNT; i++)
        if (jml_streq(action_names[i], name))
            return i;
    return -1;
}

bool jml_action_takes(enum jml_action action)
{
    return action == JML_ACTION_REVOKE || action == JML_ACTION_REVOKE_ALL ||
           action == JML_ACTION_DISABLE_ACCOUNT || action == JML_ACTION_DELETE_ACCOUNT ||
           action == JML_ACTION_REVOKE_TOKENS;
}

void jml_operation_finish(struct jml_operation *op, enum jml_outcome outcome, const char *error, ...)
{
    va_list ap;

    va_start(ap, error);
    op->outcome = outcome;
    op->error = error ? jml_vprintf(op->arena, error, ap) : NULL;
    va_end(ap);
    op->call = NULL;
    op->finished(op);
}

void jml_listing_finish(struct jml_listing *l, enum jml_outcome outcome, const char *error, ...)
{
    va_list ap;

    va_start(ap, error);
    l->outcome = outcome;
    l->error = error ? jml_vprintf(l->arena, error, ap) : NULL;
    va_end(ap);
    l->call = NULL;
    l->finished(l);
}

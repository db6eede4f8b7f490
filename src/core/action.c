/* SPDX-License-Identifier: MIT
 *
 * The words of actions.
 */
#include "core/action.h"

#include "base/str.h"

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

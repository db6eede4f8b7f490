/* SPDX-License-Identifier: MIT
 *
 * Action: what a delivery is to bring about at a target. The words stand in jml.delivery.action.
 */
#ifndef JML_CORE_ACTION_H
#define JML_CORE_ACTION_H

#include <stdbool.h>

enum jml_action {
    JML_ACTION_GRANT,           /* grant: the role of origin, to the person's account */
    JML_ACTION_REVOKE,          /* revoke */
    JML_ACTION_REVOKE_ALL,      /* revokeAll: every group (or team, licence: see arguments) of the account */
    JML_ACTION_ENABLE_ACCOUNT,  /* enableAccount: there is one and it can be used; made if need be */
    JML_ACTION_DISABLE_ACCOUNT, /* disableAccount: none is fine, too */
    JML_ACTION_DELETE_ACCOUNT,  /* deleteAccount */
    JML_ACTION_UPDATE_ACCOUNT,  /* updateAccount: arguments.attributes, a JSON merge patch */
    JML_ACTION_SET_PASSWORD,    /* setPassword: arguments.password, made for the call and kept nowhere */
    JML_ACTION_REVOKE_TOKENS,   /* revokeTokens */
    JML_ACTION_CALL,            /* call: a custom task extension */
    JML_ACTION_COUNT,
};

const char *jml_action_name(enum jml_action action);
/* -1: no such action. */
int jml_action_find(const char *name);
/* Whether it takes away: then it is never given up. */
bool jml_action_takes(enum jml_action action);

#endif

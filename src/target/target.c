/* SPDX-License-Identifier: MIT
 *
 * Targets: the kinds there are, and what all of them share.
 */
#include "target/target.h"

#include "base/str.h"
#include "target/kinds.h"

static const struct jml_target_kind *const kinds[] = {
    &jml_target_manual,
    &jml_target_ldap,
    &jml_target_null,
    &jml_target_webhook,
    &jml_target_extension,
    &jml_target_exec,
    &jml_target_sql,
    &jml_target_scim,
};

const struct jml_target_kind *jml_target_kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (jml_streq(kinds[i]->name, name))
            return kinds[i];
    return NULL;
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

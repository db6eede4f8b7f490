/* SPDX-License-Identifier: MIT
 *
 * Conflicts: packages that must not be held together, or not by members of a group (separation of
 * duties). In both directions, whichever of the two names the other, and on every way by which a
 * package is given. Who held both before the rule came keeps both; `jmlctl assignment conflicts` tells.
 */
#include "core/ledger.h"
#include "core/subject.h"
#include "core/work.h"

static const char *excluded_by_package(struct jml_work *w, const struct jml_package *package,
                                       const struct jml_package *other)
{
    return jml_printf(w->arena,
                      "incompatible: '%s' must not be held together with '%s', which the person "
                      "holds; give that up first",
                      package->display_name, other->display_name);
}

static const char *excluded_by_group(struct jml_work *w, const struct jml_package *package,
                                     const char *group)
{
    return jml_printf(w->arena,
                      "incompatible: '%s' must not be held by members of the group '%s', in which the "
                      "person is; leave that first",
                      package->display_name, group);
}

const char *jml_conflict_find(struct jml_work *w, const struct jml_package *package, jml_time given,
                              jml_time at, jml_conflict_held held, const void *userdata)
{
    for (size_t i = 0; i < package->n_exclusions; i++) {
        const struct jml_exclusion *x = &package->exclusions[i];
        if (given < x->since || given >= x->until)
            continue;
        if (x->package && held(userdata, x->package))
            return excluded_by_package(w, package, x->package);
        if (x->group && jml_is_member(jml_fold_attributes_at(&w->fold, at), x->group))
            return excluded_by_group(w, package, x->group);
    }
    return NULL;
}

static bool is_assigned(const void *userdata, const struct jml_package *other)
{
    const struct jml_work *w = userdata;
    return jml_assignment_find(w, other->id) != NULL;
}

const char *jml_incompatible(struct jml_work *w, const struct jml_package *package)
{
    return jml_conflict_find(w, package, w->now, w->now, is_assigned, w);
}

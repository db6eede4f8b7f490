/* SPDX-License-Identifier: MIT
 *
 * Step: what jmld decides. One person, one instant, everything that is due, to quiescence.
 *
 * Pure: no I/O, no clock, no globals; the same snapshot, governance, now and id source give the same
 * changes. It cannot fail: what cannot be done is refused on record. A broken invariant aborts.
 */
#ifndef JML_CORE_STEP_H
#define JML_CORE_STEP_H

#include "base/arena.h"
#include "base/civil.h"
#include "base/id.h"
#include "core/governance.h"
#include "core/snapshot.h"

struct jml_world {
    jml_time now;
    const struct jml_governance *governance;
    struct jml_zones *zones;
    const char *default_zone;
    jml_time catch_up; /* C3; JML_TIME_MAX: unlimited */
    bool copy_manager; /* notices go to the manager in copy */
    struct jml_id_source *ids;
};

/* Changes s in place. All memory comes from the arena. */
void jml_step(struct jml_arena *a, const struct jml_world *world, struct jml_snapshot *s);

/* Instead of a step: the person is held (poison, or an operator's word): no rule is applied, fresh
 * events are set aside as held, alarms are switched off until the release. */
void jml_step_hold(struct jml_arena *a, const struct jml_world *world, struct jml_snapshot *s,
                   const char *reason);

#endif

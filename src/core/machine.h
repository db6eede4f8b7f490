/* SPDX-License-Identifier: MIT
 *
 * Machine: the engine over core/transitions.def. It finds the row that a trigger fires; it knows
 * nothing of what the objects are.
 */
#ifndef JML_CORE_MACHINE_H
#define JML_CORE_MACHINE_H

#include <stddef.h>

#include "core/states.h"

enum jml_fire { /* triggers */
    JML_FIRE_ACCEPT,
    JML_FIRE_ADMIT,
    JML_FIRE_APPLY,
    JML_FIRE_ASK,
    JML_FIRE_BECOME,
    JML_FIRE_CANCEL,
    JML_FIRE_DELETE,
    JML_FIRE_DELIVER,
    JML_FIRE_DENY,
    JML_FIRE_DO,
    JML_FIRE_DROP,
    JML_FIRE_END,
    JML_FIRE_FAIL,
    JML_FIRE_FINISH,
    JML_FIRE_FOLD,
    JML_FIRE_FORWARD,
    JML_FIRE_GRANT,
    JML_FIRE_HOLD,
    JML_FIRE_IDENTIFY,
    JML_FIRE_LOSE,
    JML_FIRE_MOVE,
    JML_FIRE_NOTICE,
    JML_FIRE_PLAN,
    JML_FIRE_QUEUE,
    JML_FIRE_RECORD_GRANT,
    JML_FIRE_RECORD_REVOKE,
    JML_FIRE_RECONCILE,
    JML_FIRE_REDELIVER,
    JML_FIRE_REFUSE,
    JML_FIRE_REJECT,
    JML_FIRE_RELEASE,
    JML_FIRE_REMIND,
    JML_FIRE_REPROCESS,
    JML_FIRE_RESTORE,
    JML_FIRE_RETRY,
    JML_FIRE_REVOKED,
    JML_FIRE_SEND,
    JML_FIRE_START,
    JML_FIRE_SUBMIT,
    JML_FIRE_SUPERSEDE,
    JML_FIRE_TELL,
    JML_FIRE_WAIT,
    JML_FIRE_WARN,
    JML_FIRE_WITHDRAW,
    JML_FIRE_COUNT,
};

/* Facts that guards ask for, worked out by the caller; a set of bits. */
enum jml_guard {
    JML_GUARD_ALWAYS = 0,
    JML_GUARD_IS_PREHIRE = 1 << 0,
    JML_GUARD_IS_ACTIVE = 1 << 1,
    JML_GUARD_IS_SUSPENDED = 1 << 2,
    JML_GUARD_IS_LEFT = 1 << 3,
    JML_GUARD_IS_UNKNOWN = 1 << 4,
    JML_GUARD_A_TASK_STOPPED_IT = 1 << 5,
    JML_GUARD_A_TASK_WAITS = 1 << 6,
    JML_GUARD_A_TASK_FAILED = 1 << 7,
    JML_GUARD_SUCCEEDED = 1 << 8,
    JML_GUARD_STARTS_LATER = 1 << 9,
    JML_GUARD_OUTWARD = 1 << 10, /* a resource role lives in a target beyond the record */
    JML_GUARD_HAS_RECIPIENT = 1 << 11,
    JML_GUARD_IS_ENABLED = 1 << 12,
    JML_GUARD_BY_AN_APPROVER = 1 << 13,
    JML_GUARD_TIMED_OUT = 1 << 14,
    JML_GUARD_PARTLY = 1 << 15,
    JML_GUARD_GIVES = 1 << 16,
    JML_GUARD_IS_REPAIRED = 1 << 17,
};

struct jml_transition {
    int rule;
    enum jml_machine machine;
    int from;
    enum jml_fire trigger;
    enum jml_guard guard;
    int to;
    const char *sentence;
};

extern const struct jml_transition jml_transitions[];
extern const size_t jml_transitions_count;

const char *jml_fire_name(enum jml_fire trigger);
const char *jml_guard_name(enum jml_guard guard);

/* The first row that fits, or NULL: the machine does not know what to do, which the caller must
 * refuse loudly. */
const struct jml_transition *jml_machine_find(enum jml_machine machine, int from,
                                              enum jml_fire trigger, unsigned facts);
/* NULL when there is no such rule. */
const struct jml_transition *jml_transition_find(int rule);

#endif

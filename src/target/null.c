/* SPDX-License-Identifier: MIT
 *
 * Null: does nothing, and says after a while that it is done. For benchmarks and rehearsals.
 * Settings: delayMilliseconds (0), failEvery (0: never; n: every n-th call is to be tried later),
 * unreachableFirst (0; n: the first n calls do not reach it).
 */
#include <stdlib.h>

#include "base/str.h"
#include "loop/loop.h"
#include "target/kinds.h"

struct jml_target {
    struct jml_loop *loop;
    int64_t delay, fail_every, unreachable, calls;
};

struct call {
    struct jml_target *target;
    struct jml_operation *op;
    struct jml_timer *timer;
};

static int64_t setting(const struct jml_value *settings, const char *name)
{
    int64_t n = 0;
    return jml_value_to_int(jml_value_find(settings, name), &n) ? n : 0;
}

static int null_open(const struct jml_target_setup *setup, struct jml_target **ret, struct jml_err *e)
{
    struct jml_target *t = calloc(1, sizeof *t);

    (void)e;
    if (!t)
        jml_bug("out of memory");
    t->loop = setup->loop;
    t->delay = setting(setup->settings, "delayMilliseconds") * 1000;
    t->fail_every = setting(setup->settings, "failEvery");
    t->unreachable = setting(setup->settings, "unreachableFirst");
    *ret = t;
    return 0;
}

static void null_close(struct jml_target *t)
{
    free(t);
}

static void answered(void *userdata)
{
    struct call *call = userdata;
    struct jml_target *t = call->target;

    jml_timer_free(call->timer);
    t->calls++;
    if (t->calls <= t->unreachable)
        jml_operation_finish(call->op, JML_OUTCOME_UNREACHABLE,
                             "this target does not answer its first %lld calls",
                             (long long)t->unreachable);
    else if (t->fail_every && t->calls % t->fail_every == 0)
        jml_operation_finish(call->op, JML_OUTCOME_LATER, "on_purpose: this target fails every %lld calls",
                             (long long)t->fail_every);
    else
        jml_operation_finish(call->op, JML_OUTCOME_DONE, NULL);
}

static void null_start(struct jml_target *t, struct jml_operation *op)
{
    struct call *call = jml_new(op->arena, struct call);

    *call = (struct call){.target = t, .op = op};
    call->timer = jml_timer_new(t->loop, answered, call);
    op->call = call;
    jml_timer_set(call->timer, t->delay);
}

static void null_cancel(struct jml_target *t, struct jml_operation *op)
{
    struct call *call = op->call;

    (void)t;
    jml_timer_free(call->timer);
    op->call = NULL;
}

const struct jml_target_kind jml_target_null = {
    .name = "null",
    .open = null_open,
    .close = null_close,
    .start = null_start,
    .cancel = null_cancel,
};

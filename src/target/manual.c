/* SPDX-License-Identifier: MIT
 *
 * Manual: a ticket for a person, who says when it is done: jmlctl delivery done, or fail. The ticket is the
 * delivery itself, which waits for ever; jmlctl delivery list --target shows what there is to do, and
 * jmlctl health tells of those that wait for longer than remindAfter, or a week. Asked again it is the same
 * ticket. What the settings say is for who works on them (sql/queries/ticket_remind.sql).
 */
#include <stdlib.h>

#include "target/kinds.h"

struct jml_target {
    char unused;
};

static int manual_open(const struct jml_target_setup *setup, struct jml_target **ret, struct jml_err *e)
{
    (void)setup;
    (void)e;
    *ret = calloc(1, sizeof(**ret));
    if (!*ret)
        jml_bug("out of memory");
    return 0;
}

static void manual_close(struct jml_target *t)
{
    free(t);
}

static void manual_start(struct jml_target *t, struct jml_operation *op)
{
    (void)t;
    op->wait = 0;
    if (op->action == JML_ACTION_SET_PASSWORD)
        jml_operation_finish(op, JML_OUTCOME_FAILED,
                             "not_supported: nobody is told a password to set by hand");
    else
        jml_operation_finish(op, JML_OUTCOME_WAITS, NULL);
}

static void manual_cancel(struct jml_target *t, struct jml_operation *op)
{
    (void)t;
    (void)op;
}

const struct jml_target_kind jml_target_manual = {
    .name = "manual",
    .open = manual_open,
    .close = manual_close,
    .start = manual_start,
    .cancel = manual_cancel,
};

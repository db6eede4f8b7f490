/* SPDX-License-Identifier: MIT
 *
 * jmlctl health: is everything as it must be? Made for monitoring: one line a check, exit 1 when
 * one failed.
 */
#include "base/str.h"
#include "ctl/query.h"

static int run(struct jml_ctl *c, const struct jml_ctl_call *call);

const struct jml_verb jml_ctl_health_verbs[] = {
    {
        .noun = "health",
        .summary = "Checks that a daemon runs and gets on, that nothing that ends is overdue or "
                   "held, that every leaver ended an employment, that targets answer and nothing waits "
                   "for them for long; exit 1 when a check fails.",
        .run = run,
    },
    {0},
};

struct verdict {
    struct jml_arena *arena;
    bool failed;
};

/* health_check: check, state, count, detail */
static void look(void *userdata, const struct jml_result *r, size_t row)
{
    struct verdict *v = userdata;

    if (jml_streq(jml_result_text(r, row, 1, v->arena), "failed"))
        v->failed = true;
}

static int run(struct jml_ctl *c, const struct jml_ctl_call *call)
{
    struct verdict verdict = {.arena = &c->arena};
    const struct jml_ctl_view view = {.seen = look, .userdata = &verdict};
    int code = jml_ctl_print_view(c, "health_check", NULL, 0, &view);

    (void)call;
    if (code == JML_EXIT_DONE && verdict.failed)
        code = JML_EXIT_FAILED;
    return code;
}

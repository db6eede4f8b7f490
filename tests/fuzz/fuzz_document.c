/* SPDX-License-Identifier: MIT
 *
 * Documents: what is accepted can be built, and applying it again, or what was exported, changes
 * nothing.
 */
#include <stdint.h>
#include <string.h>

#include "core/governance_check.h"
#include "core/governance_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void plan(struct jml_arena *a, const struct jml_governance_rows *before, const char *text,
                 size_t size, struct jml_problems *problems, struct jml_governance_plan *ret_plan)
{
    struct jml_document_set set = {.arena = a};
    struct jml_id_source ids;

    jml_id_source_init(&ids, 1);
    jml_document_parse(&set, NULL, text, size, problems);
    if (problems->n == 0)
        jml_governance_plan(a, before, &set, &ids, JML_DAY, problems, ret_plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jml_arena a = {0};
    struct jml_problems problems = {.arena = &a};
    struct jml_governance_rows empty = {0};
    struct jml_governance_plan p, again;
    struct jml_governance *g;
    struct jml_names names;
    const char *text;
    struct jml_err e;

    plan(&a, &empty, (const char *)data, size, &problems, &p);
    if (problems.n == 0) {
        if (jml_governance_build(&p.after, &problems, &g, &e) < 0)
            jml_bug("accepted, yet: %s", e.message);
        jml_governance_check(&p.after, g, &problems);
        jml_governance_names(&a, &p.after, g, &names);
        jml_governance_free(g);
        plan(&a, &p.after, (const char *)data, size, &problems, &again);
        if (problems.n || again.n_changed)
            jml_bug("not the same when applied again: %s",
                    problems.n ? problems.items[0].reason : "");
        text = jml_value_text(&a, jml_governance_export(&a, &p.after));
        plan(&a, &p.after, text, strlen(text), &problems, &again);
        if (problems.n || again.n_changed)
            jml_bug("not the same when exported: %s: %s", text,
                    problems.n ? problems.items[0].reason : "");
    }
    jml_arena_fini(&a);
    return 0;
}

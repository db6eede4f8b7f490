/* SPDX-License-Identifier: MIT
 *
 * Document: targets, and custom task extensions, which are called like one. What a kind may be told in
 * its settings stands in document_target_settings.c.
 */
#include "base/str.h"
#include "core/document_read.h"

/* A duration in microseconds; fallback when it is absent or wrong (a problem then). */
static jml_time read_span(struct jml_reader *r, const struct jml_value *v, const char *path,
                          const char *member, jml_time least, jml_time most, jml_time fallback)
{
    struct jml_duration d = {0};
    jml_time span;

    if (!jml_read_duration(r, v, path, member, false, &d))
        return fallback;
    span = d.days * JML_DAY + d.exact;
    if (span >= least && span <= most)
        return span;
    jml_problem_add(r->problems, jml_pointer(r->arena, path, member), "must be %s to %s",
                    jml_duration_format(r->arena, (struct jml_duration){.exact = least}),
                    jml_duration_format(r->arena,
                                        most % JML_DAY ? (struct jml_duration){.exact = most}
                                                       : (struct jml_duration){.days = most / JML_DAY}));
    return fallback;
}


static void read_common(struct jml_reader *r, const struct jml_value *v, const char *path,
                        struct jml_target_row *ret)
{
    ret->enabled = jml_value_find_bool(v, "isEnabled", true);
    ret->owned = jml_value_find_bool(v, "isOwned", false);
    ret->concurrency = 16;
    jml_read_number(r, v, path, "concurrency", 1, 1024, &ret->concurrency);
    ret->rate = 0;
    jml_read_number(r, v, path, "ratePerSecond", 0, 10000, &ret->rate);
    ret->deadline = read_span(r, v, path, "deadline", JML_SECOND, 10 * JML_MINUTE, 30 * JML_SECOND);
    ret->give_up = read_span(r, v, path, "giveUpAfter", JML_MINUTE, 30 * JML_DAY, JML_DAY);
}

/* ---- as it stands in the database ---- */

void jml_document_target_read(struct jml_arena *a, const struct jml_value *body, const char *kind,
                              struct jml_target_row *ret)
{
    struct jml_problems ignored = {.arena = a};
    struct jml_reader r = {.arena = a, .problems = &ignored, .stored = true};
    const struct jml_value *settings = jml_read_object(body, "settings");

    (void)kind;
    *ret = (struct jml_target_row){.document = body};
    read_common(&r, body, "", ret);
    ret->settings = settings ? settings : jml_value_object();
}

/* SPDX-License-Identifier: MIT */
#include "core/problem.h"

#include "base/vec.h"

void jml_problem_add(struct jml_problems *problems, const char *path, const char *fmt, ...)
{
    struct jml_problem p = {.path = jml_strdup(problems->arena, path)};
    va_list ap;

    va_start(ap, fmt);
    p.reason = jml_vprintf(problems->arena, fmt, ap);
    va_end(ap);
    jml_vec_push(problems->arena, problems, p);
}

void jml_warning_add(struct jml_problems *problems, const char *path, const char *fmt, ...)
{
    struct jml_problem p = {.path = jml_strdup(problems->arena, path)};
    va_list ap;

    va_start(ap, fmt);
    p.reason = jml_vprintf(problems->arena, fmt, ap);
    va_end(ap);
    jml_vec_push(problems->arena, &problems->warnings, p);
}

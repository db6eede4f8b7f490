/* SPDX-License-Identifier: MIT
 *
 * Problem: one thing that is wrong with a document, with its place. They are collected, so that an
 * author sees all of them at once. A warning is what may be meant as it stands, and does not keep a
 * document from being used. Everything lives in the arena given.
 */
#ifndef JML_CORE_PROBLEM_H
#define JML_CORE_PROBLEM_H

#include "base/arena.h"

struct jml_problem {
    const char *path;   /* "joiners.json: /workflows/0/tasks/2/taskDefinitionId" */
    const char *reason; /* "unknown task definition" */
};

struct jml_problems {
    struct jml_arena *arena;
    struct jml_problem *items;
    size_t n, cap;
    struct {
        struct jml_problem *items;
        size_t n, cap;
    } warnings;
};

void jml_problem_add(struct jml_problems *problems, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void jml_warning_add(struct jml_problems *problems, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif

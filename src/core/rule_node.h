/* SPDX-License-Identifier: MIT
 *
 * Rule node: the tree behind struct jml_rule; shared by the parsers and the matcher, by nobody else.
 * Lives in the arena of the parse; immutable afterwards.
 */
#ifndef JML_CORE_RULE_NODE_H
#define JML_CORE_RULE_NODE_H

#include "core/rule.h"

/* Nesting of parentheses, not and any; also bounds the recursion of the matcher. */
#define JML_RULE_MAX_DEPTH 64

enum jml_rule_kind {
    JML_RULE_OR,          /* items */
    JML_RULE_AND,         /* items */
    JML_RULE_NOT,         /* items[0] */
    JML_RULE_EQ,          /* path, literals[0] */
    JML_RULE_NE,          /* path, literals[0] */
    JML_RULE_IN,          /* path, literals */
    JML_RULE_STARTS_WITH, /* path, literals[0]: a string */
    JML_RULE_ANY,         /* path: the collection; variable; items[0] */
    /* of membership rules only */
    JML_RULE_CONTAINS,  /* path, literals[0]: a string */
    JML_RULE_ENDS_WITH, /* path, literals[0]: a string */
    JML_RULE_ALL,       /* as ANY */
};

struct jml_rule_path {
    int variable; /* which enclosing any() it starts at, 0 the outermost; -1: the person */
    const char *const *names;
    size_t n;
};

struct jml_rule {
    enum jml_rule_kind kind;
    bool fold; /* a membership rule: without regard to case, written in its own language */
    const struct jml_rule *const *items;
    size_t n_items;
    struct jml_rule_path path;
    const struct jml_value *const *literals;
    size_t n_literals;
    const char *variable;         /* ANY: its name */
    const char *const *variables; /* all: the names of the enclosing any(), for formatting */
};

#endif

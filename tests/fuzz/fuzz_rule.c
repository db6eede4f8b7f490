/* SPDX-License-Identifier: MIT
 *
 * Scope rules and membership rules: what is accepted has a normal form that reads back as itself
 * and says the same about people; a rule that does not hold explains itself.
 */
#include <stdint.h>
#include <string.h>

#include "core/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const people[] = {
    "{}",
    "{\"department\":\"Sales\",\"city\":\"Köln\",\"a\":[\"x\",\"y\"],\"b\":{\"c\":1}}",
    "{\"department\":null,\"a\":[{\"b\":\"x\",\"c\":[true,1]},{}],\"accountEnabled\":true}",
};

typedef int (*parser)(struct jml_arena *, const char *, const struct jml_rule **, struct jml_err *);

static void try(struct jml_arena *a, const char *text, parser parse)
{
    const struct jml_rule *rule, *again;
    const struct jml_value *person;
    const char *normal;
    struct jml_err e;

    if (parse(a, text, &rule, &e) < 0)
        return;
    normal = jml_rule_format(a, rule);
    jml_rule_attributes(a, rule);
    /* brackets that the normal form adds may make a long rule too long */
    if (parse(a, normal, &again, &e) < 0) {
        if (!strstr(e.message, "characters"))
            jml_bug("not read again: %s: %s", normal, e.message);
        again = rule;
    }
    if (strcmp(normal, jml_rule_format(a, again)) != 0)
        jml_bug("changed: %s", normal);
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        if (jml_value_parse(a, people[i], strlen(people[i]), 32, &person, &e) < 0)
            jml_bug("%s", e.message);
        if (jml_rule_matches(rule, person) != jml_rule_matches(again, person) ||
            jml_rule_matches(rule, person) != !jml_rule_explain(a, rule, person))
            jml_bug("says something else: %s", normal);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jml_arena a = {0};
    const char *text = jml_strndup(&a, (const char *)data, size);

    try(&a, text, jml_rule_parse);
    try(&a, text, jml_rule_parse_membership);
    jml_arena_fini(&a);
    return 0;
}

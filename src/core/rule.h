/* SPDX-License-Identifier: MIT
 *
 * Rule: the scope expression of a workflow (Microsoft Graph ruleBasedSubjectSet.rule): an OData
 * $filter subset over a person's attributes. Parsed once, evaluated often, without side effects.
 *
 *     expr = term { ("and" | "or") term }          and binds tighter than or
 *     term = ["not"] "(" expr ")" | ["not"] comparison
 *     comparison = path ("eq" | "ne") literal | path "in" "(" literal {"," literal} ")"
 *                | "startsWith" "(" path "," string ")" | path "/any(" v ":" expr over v ")"
 *     path = name { "/" name }         literal = 'string' ('' is a quote) | true | false | null
 *                                              | number
 *
 * The dynamic membership rules of Microsoft Entra (attributeRuleMembers.membershipRule) are read into
 * the same tree; see jml_rule_parse_membership().
 *
 * Evaluation is case-sensitive. A missing attribute is null: `x eq null` holds, `x eq 'a'` does
 * not, `x ne 'a'` does. A number or bool attribute compares with a string literal by its JSON text.
 */
#ifndef JML_CORE_RULE_H
#define JML_CORE_RULE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/value.h"

struct jml_rule;

/* The rule lives in the arena. < 0: BAD_INPUT, "column 12: expected eq, ne or in after
 * 'department'". At most 10,000 characters and 64 levels deep. */
int jml_rule_parse(struct jml_arena *a, const char *text, const struct jml_rule **ret_rule,
                   struct jml_err *e);
/* A membership rule:
 *
 *     expr = term { ("-and" | "-or") term }          -and binds tighter than -or
 *     term = ["-not"] "(" expr ")" | ["-not"] comparison
 *     comparison = path operator literal | path ("-in" | "-notIn") "[" literal {"," literal} "]"
 *                | path ("-any" | "-all") "(" expr over _ ")"
 *     operator = "-eq" | "-ne" | "-startsWith" | "-notStartsWith" | "-endsWith" | "-notEndsWith"
 *              | "-contains" | "-notContains"
 *     path = "user." name { "." name }; of an element: "_" | name "." name { "." name }
 *     literal = "string" | 'string' | true | false | null | number
 *
 * Neither names nor values nor operators regard case; operators go without the dash, too. In a string
 * a backtick makes the next character an ordinary one, and '' is one quote. -all does not hold where
 * there is nothing. A text that does not begin with "user." (and brackets, "not") is read as the
 * other language, which regards case. */
int jml_rule_parse_membership(struct jml_arena *a, const char *text,
                              const struct jml_rule **ret_rule, struct jml_err *e);
/* attributes: an object, or NULL (everything missing). */
bool jml_rule_matches(const struct jml_rule *rule, const struct jml_value *attributes);
/* The first clause that made the rule false, as text ("department eq 'Sales' (is 'IT')" without the
 * value: "department eq 'Sales'"); NULL when the rule holds. Never holds attribute values. */
const char *jml_rule_explain(struct jml_arena *a, const struct jml_rule *rule,
                             const struct jml_value *attributes);
/* The rule in normal form, in the language it was read in. */
const char *jml_rule_format(struct jml_arena *a, const struct jml_rule *rule);
/* Names of the attributes it reads ("department", "employeeOrgData/costCenter"); NULL-terminated.
 */
const char *const *jml_rule_attributes(struct jml_arena *a, const struct jml_rule *rule);

#endif

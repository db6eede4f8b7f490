/* SPDX-License-Identifier: MIT
 *
 * The story: which policies would give a package, and what keeps them from it.
 */
#include "core/eligibility.h"
#include "core/story_telling.h"
#include "core/subject.h"

/* The clauses of its rules that are false; "is one of its targets" when it is. */
static const char *why_target(const struct telling *t, const struct jml_automatic *v)
{
    const struct jml_value *attributes =
        jml_attributes_with_id(t->arena, t->work.fold.attributes, t->work.s->person.employee_id);
    struct jml_str s = JML_STR_INIT(t->arena);
    for (size_t i = 0; i < v->targets.n; i++) {
        const struct jml_subject *subject = &v->targets.items[i];
        const char *clause = subject->kind == JML_SUBJECT_ATTRIBUTE_RULE
                                 ? jml_rule_explain(t->arena, subject->rule, attributes)
                                 : NULL;
        if (clause)
            jml_str_addf(&s, "%s%s", s.length ? "; " : "", clause);
        else if (subject->kind != JML_SUBJECT_ATTRIBUTE_RULE)
            jml_str_addf(&s, "%s%s '%s'", s.length ? "; " : "",
                         subject->kind == JML_SUBJECT_GROUP_MEMBERS ? "not in group" : "is not",
                         subject->name);
    }
    return s.length
               ? jml_printf(t->arena, "the person is not one of its targets: %s", jml_str_text(&s))
               : "the person is not one of its targets";
}

/* in_the_way: what excludes the package now, or NULL. */
static void tell_policy(struct telling *t, const struct jml_package *package,
                        const struct jml_policy *p, const char *in_the_way)
{
    struct jml_story_line l = jml_story_line(t, JML_STORY_POLICY);
    l.name = package->display_name;
    l.origin = p->display_name;
    if (p->is_automatic && p->n_automatic > 0) {
        const struct jml_automatic *v = &p->automatic[p->n_automatic - 1];
        bool employed = t->work.s->person.state == JML_PERSON_ACTIVE ||
                        t->work.s->person.state == JML_PERSON_SUSPENDED;
        bool is_target =
            employed && jml_is_included(&t->work, &v->targets, t->work.fold.attributes);
        l.what = "automatic";
        l.at = v->since;
        l.counts = is_target && v->enabled && !in_the_way;
        l.why = !v->enabled ? "is disabled: it takes in nobody new"
                : is_target && in_the_way
                    ? jml_printf(t->arena,
                                 "the person is one of its targets, and gets it when nothing "
                                 "is in the way: %s",
                                 in_the_way)
                : is_target ? "the person is one of its targets"
                : !employed ? "the person is not employed now"
                            : why_target(t, v);
    } else if (t->all) {
        const char *refusal = p->enabled ? jml_scope_refusal(&t->work, p) : "is disabled";
        if (!refusal)
            refusal = in_the_way;
        l.what = "on request";
        l.counts = !refusal;
        l.why = refusal ? refusal
                : p->scope == JML_TARGETS_NOT_SPECIFIED || !p->requestors.self_add
                    ? "administrators and workflows may give it to the person"
                : jml_assignment_find(&t->work, package->id)
                    ? "the person may ask for it, and holds it already"
                : p->approval_for_add ? "the person may ask for it; somebody has to approve"
                                      : "the person may ask for it";
    } else {
        return;
    }
    jml_story_add(t, &l);
}

void jml_story_tell_policies(struct telling *t)
{
    const struct jml_governance *g = t->work.world->governance;
    for (size_t i = 0; i < g->n_packages; i++) {
        const struct jml_package *package = g->packages[i];
        bool held = jml_assignment_find(&t->work, package->id) != NULL;
        const char *in_the_way = held ? NULL : jml_incompatible(&t->work, package);
        for (size_t k = 0; k < package->n_policies; k++)
            tell_policy(t, package, package->policies[k], in_the_way);
    }
}

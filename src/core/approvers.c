/* SPDX-License-Identifier: MIT
 *
 * Who may decide about a request.
 */
#include "core/approval.h"
#include "core/eligibility.h"
#include "core/subject.h"

static bool may_decide(const struct jml_work *w, const struct jml_request *r,
                       const struct jml_party *p)
{
    return p && (p->state == JML_PERSON_ACTIVE || p->state == JML_PERSON_EXTERNAL) &&
           !jml_is_person(w, p->employee_id) &&
           !jml_streq(p->employee_id, jml_id_now(w, r->requestor));
}

bool jml_approvers_have(const struct jml_approvers *set, const char *employee_id)
{
    for (size_t i = 0; i < set->n; i++)
        if (jml_streq(set->items[i]->employee_id, employee_id))
            return true;
    return false;
}

static void add(struct jml_work *w, const struct jml_request *r, struct jml_approvers *set,
                const struct jml_party *p)
{
    if (may_decide(w, r, p) && !jml_approvers_have(set, p->employee_id))
        jml_vec_push(w->arena, set, p);
}

static void add_sponsors(struct jml_work *w, const struct jml_request *r, bool internal,
                         struct jml_approvers *set)
{
    const struct jml_governance *g = w->world->governance;
    const char *mail = jml_value_find_string(w->fold.attributes, "mail");
    for (size_t i = 0; i < g->n_organizations; i++) {
        const struct jml_organization *o = g->organizations[i];
        if (!jml_organization_has(o, mail))
            continue;
        size_t n = internal ? o->n_internal_sponsors : o->n_external_sponsors;
        for (size_t k = 0; k < n; k++)
            add(w, r, set,
                jml_party_find(w, internal ? o->internal_sponsors[k] : o->external_sponsors[k]));
    }
}

static void add_subject(struct jml_work *w, const struct jml_request *r,
                        const struct jml_subject *s, struct jml_approvers *set)
{
    switch (s->kind) {
    case JML_SUBJECT_SINGLE_USER:
        add(w, r, set, jml_party_find(w, s->name));
        break;
    case JML_SUBJECT_TARGET_MANAGER:
        add(w, r, set, jml_party_find(w, jml_manager_above(w, w->s->person.employee_id, s->level)));
        break;
    case JML_SUBJECT_REQUESTOR_MANAGER:
        add(w, r, set, jml_party_find(w, jml_manager_above(w, r->requestor, s->level)));
        break;
    case JML_SUBJECT_INTERNAL_SPONSORS:
    case JML_SUBJECT_EXTERNAL_SPONSORS:
        add_sponsors(w, r, s->kind == JML_SUBJECT_INTERNAL_SPONSORS, set);
        break;
    case JML_SUBJECT_GROUP_MEMBERS:
    case JML_SUBJECT_ATTRIBUTE_RULE:
    case JML_SUBJECT_ORGANIZATION:
        for (size_t i = 0; i < w->s->parties.n; i++) {
            const struct jml_party *p = w->s->parties.items[i];
            if (jml_subject_includes(w->arena, s, p->employee_id, p->attributes))
                add(w, r, set, p);
        }
        break;
    }
}

/* The second set counts when nobody of the first may decide. */
static struct jml_approvers one_of(struct jml_work *w, const struct jml_request *r,
                                   const struct jml_subjects *first,
                                   const struct jml_subjects *second)
{
    struct jml_approvers set = {0};
    for (size_t i = 0; i < first->n; i++)
        add_subject(w, r, &first->items[i], &set);
    for (size_t i = 0, none = set.n == 0; none && i < second->n; i++)
        add_subject(w, r, &second->items[i], &set);
    return set;
}

struct jml_approvers jml_approvers_of(struct jml_work *w, const struct jml_request *r,
                                      const struct jml_stage *stage)
{
    return one_of(w, r, &stage->approvers, &stage->fallback_approvers);
}

struct jml_approvers jml_alternates_of(struct jml_work *w, const struct jml_request *r,
                                       const struct jml_stage *stage)
{
    if (!stage->escalates)
        return (struct jml_approvers){0};
    return one_of(w, r, &stage->alternates, &stage->fallback_alternates);
}

/* A request of their own is no bar to who gives back what they approved: the one looked at is of
 * somebody else, or is refused by other rules. */
bool jml_is_approver(struct jml_work *w, const struct jml_request *r,
                     const struct jml_policy *policy, const char *employee_id)
{
    struct jml_request of_nobody = *r;
    of_nobody.requestor = NULL;
    for (size_t i = 0; i < policy->n_stages; i++) {
        const struct jml_stage *s = &policy->stages[i];
        const struct jml_subjects *sets[] = {&s->approvers, &s->fallback_approvers, &s->alternates,
                                             &s->fallback_alternates};
        for (size_t k = 0; k < 4; k++) {
            struct jml_approvers set = {0};
            for (size_t n = 0; n < sets[k]->n; n++)
                add_subject(w, &of_nobody, &sets[k]->items[n], &set);
            if (jml_approvers_have(&set, jml_id_now(w, employee_id)))
                return true;
        }
    }
    return false;
}

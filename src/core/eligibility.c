/* SPDX-License-Identifier: MIT */
#include "core/eligibility.h"

#include <string.h>

#include "core/identity.h"
#include "core/subject.h"

static bool is_user_request(const struct jml_request *r)
{
    return r->type == JML_USER_ADD || r->type == JML_USER_UPDATE || r->type == JML_USER_REMOVE ||
           r->type == JML_APPROVER_REMOVE;
}

/* ---- parties ---- */

struct jml_party *jml_party_find(const struct jml_work *w, const char *employee_id)
{
    size_t low = 0, high = w->s->parties.n; /* in the order of their names */
    while (employee_id && low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(w->s->parties.items[middle]->name, employee_id);
        if (order == 0)
            return w->s->parties.items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool jml_is_person(const struct jml_work *w, const char *employee_id)
{
    return employee_id && jml_identity_has(&w->s->person, employee_id);
}

const char *jml_id_now(const struct jml_work *w, const char *employee_id)
{
    const struct jml_party *party = jml_party_find(w, employee_id);
    if (jml_is_person(w, employee_id))
        return w->s->person.employee_id;
    return party ? party->employee_id : employee_id;
}

bool jml_is_included(const struct jml_work *w, const struct jml_subjects *set,
                     const struct jml_value *attributes)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->items[i].kind == JML_SUBJECT_SINGLE_USER && jml_is_person(w, set->items[i].name))
            return true;
    return jml_subjects_include(w->arena, set, w->s->person.employee_id, attributes);
}

const char *jml_manager_above(const struct jml_work *w, const char *employee_id, int level)
{
    const char *who = employee_id;
    for (int i = 0; who && i < level; i++) {
        const struct jml_party *party = jml_party_find(w, who);
        if (jml_is_person(w, who))
            who = jml_value_find_string(w->fold.attributes, "manager");
        else
            who = party ? party->manager : NULL;
    }
    return who;
}

/* ---- scope ---- */

static const char *mail_of(const struct jml_work *w)
{
    return jml_value_find_string(w->fold.attributes, "mail");
}

static bool is_of_configured_organization(const struct jml_work *w)
{
    const struct jml_governance *g = w->world->governance;
    for (size_t i = 0; i < g->n_organizations; i++)
        if (g->organizations[i]->configured &&
            jml_organization_has(g->organizations[i], mail_of(w)))
            return true;
    return false;
}

bool jml_is_in_scope(const struct jml_work *w, const struct jml_policy *policy)
{
    const struct jml_person *p = &w->s->person;
    bool included;
    switch (policy->scope) {
    case JML_TARGETS_SPECIFIC_USERS:
        return jml_is_included(w, &policy->targets, w->fold.attributes);
    case JML_TARGETS_SPECIFIC_ORGANIZATIONS:
        included = jml_is_included(w, &policy->targets, w->fold.attributes);
        return p->external && included;
    case JML_TARGETS_ALL_MEMBERS:
        return !p->external;
    case JML_TARGETS_ALL_ORGANIZATIONS:
        return p->external && is_of_configured_organization(w);
    case JML_TARGETS_ALL_EXTERNAL_USERS:
        return p->external;
    case JML_TARGETS_ALL_DIRECTORY_USERS:
    case JML_TARGETS_NOT_SPECIFIED:
        break;
    }
    return true;
}

const char *jml_scope_refusal(const struct jml_work *w, const struct jml_policy *policy)
{
    static const char *const whom[] = {
        [JML_TARGETS_NOT_SPECIFIED] = "nobody",
        [JML_TARGETS_SPECIFIC_USERS] = "some people and groups",
        [JML_TARGETS_SPECIFIC_ORGANIZATIONS] = "external people of some connected organizations",
        [JML_TARGETS_ALL_MEMBERS] = "employees",
        [JML_TARGETS_ALL_DIRECTORY_USERS] = "everybody known",
        [JML_TARGETS_ALL_ORGANIZATIONS] = "external people of connected organizations",
        [JML_TARGETS_ALL_EXTERNAL_USERS] = "external people",
    };
    if (jml_is_in_scope(w, policy))
        return NULL;
    return jml_printf(
        w->arena,
        "not_eligible: policy '%s' is for %s, which '%s' is not among; ask under another "
        "policy or package",
        policy->display_name, whom[policy->scope], w->s->person.employee_id);
}

/* ---- who asks ---- */

static bool is_behalf_requestor(const struct jml_work *w, const struct jml_party *who,
                                const struct jml_policy *policy)
{
    const struct jml_subjects *set = &policy->requestors.behalf;
    for (size_t i = 0; i < set->n; i++) {
        const struct jml_subject *s = &set->items[i];
        const char *name = s->kind == JML_SUBJECT_SINGLE_USER ? s->name : NULL;
        if (s->kind == JML_SUBJECT_TARGET_MANAGER)
            name = jml_manager_above(w, w->s->person.employee_id, s->level);
        if (name ? jml_streq(jml_id_now(w, name), who->employee_id)
                 : jml_subject_includes(w->arena, s, who->employee_id, who->attributes))
            return true;
    }
    return false;
}

const char *jml_requestor_refusal(const struct jml_work *w, const struct jml_request *r,
                                  const struct jml_policy *policy, enum jml_wish wish)
{
    static const struct {
        const char *what;
        size_t self, behalf; /* switches */
    } wishes[] = {
#define SWITCH(name) offsetof(struct jml_requestors, name)
        [JML_WISH_ADD] = {"ask for it", SWITCH(self_add), SWITCH(behalf_add)},
        [JML_WISH_UPDATE] = {"extend or change it", SWITCH(self_update), SWITCH(behalf_update)},
        [JML_WISH_REMOVE] = {"give it back", SWITCH(self_remove), SWITCH(behalf_remove)},
#undef SWITCH
    };
    const char *switches = (const char *)&policy->requestors;
    const char *what = wishes[wish].what;
    if (policy->scope == JML_TARGETS_NOT_SPECIFIED || policy->is_automatic)
        return jml_printf(
            w->arena, "not_requestable: people cannot %s under policy '%s'; an administrator can",
            what, policy->display_name);
    if (jml_is_person(w, r->requestor)) {
        if (*(const bool *)(switches + wishes[wish].self))
            return NULL;
        return jml_printf(
            w->arena,
            "not_requestable: people cannot %s by themselves under policy '%s'; ask an "
            "administrator, or somebody who may ask for others",
            what, policy->display_name);
    }
    const struct jml_party *who = jml_party_find(w, r->requestor);
    if (!who)
        return jml_printf(w->arena, "unknown_requestor: nobody is known as '%s', who asks",
                          r->requestor ? r->requestor : "");
    if (who->state != JML_PERSON_ACTIVE && who->state != JML_PERSON_EXTERNAL)
        return jml_printf(w->arena, "requestor_not_active: '%s', who asks, is %s", r->requestor,
                          jml_state_name(JML_MACHINE_PERSON, who->state));
    if (!*(const bool *)(switches + wishes[wish].behalf))
        return jml_printf(
            w->arena, "not_on_behalf: nobody can %s for others under policy '%s'; '%s' has to ask",
            what, policy->display_name, w->s->person.employee_id);
    if (!is_behalf_requestor(w, who, policy))
        return jml_printf(
            w->arena,
            "not_on_behalf: '%s' is not among those who can %s for others under policy "
            "'%s'; '%s' has to ask",
            r->requestor, what, policy->display_name, w->s->person.employee_id);
    return NULL;
}

/* ---- which policy ---- */

/* The less, the better. */
static int class_of(const struct jml_policy *policy)
{
    switch (policy->scope) {
    case JML_TARGETS_SPECIFIC_USERS:
    case JML_TARGETS_SPECIFIC_ORGANIZATIONS:
        return 1;
    case JML_TARGETS_ALL_MEMBERS:
        return 2;
    case JML_TARGETS_ALL_DIRECTORY_USERS:
        return 3;
    case JML_TARGETS_ALL_ORGANIZATIONS:
    case JML_TARGETS_ALL_EXTERNAL_USERS:
        return 4;
    case JML_TARGETS_NOT_SPECIFIED:
        break;
    }
    return 5;
}

/* What counts, or counts again, is no new request. */
static bool is_counted_again(const struct jml_request *r)
{
    return r->type == JML_SYSTEM_ADD && !r->asks && r->stage == 0;
}

static const struct jml_policy *named(const struct jml_work *w, const struct jml_request *r,
                                      const struct jml_package *package, const char **ret_error)
{
    for (size_t i = 0; i < package->n_policies; i++) {
        const struct jml_policy *p = package->policies[i];
        if (!jml_id_equal(p->id, r->policy_id))
            continue;
        if (p->enabled || is_counted_again(r))
            return p;
        *ret_error =
            jml_printf(w->arena, "policy_disabled: policy '%s' is disabled", p->display_name);
        return NULL;
    }
    *ret_error = "unknown_policy: policy_id names no policy of this access package";
    return NULL;
}

static const char *several(const struct jml_work *w, const struct jml_package *package,
                           const struct jml_policy *const *fitting)
{
    struct jml_str s = JML_STR_INIT(w->arena);
    jml_str_add(&s, "several_policies: name one:");
    for (size_t i = 0, n = 0; i < package->n_policies; i++)
        if (fitting[i])
            jml_str_addf(&s, "%s '%s'", n++ ? "," : "", fitting[i]->display_name);
    return jml_str_text(&s);
}

const struct jml_policy *jml_policy_choose(const struct jml_work *w, const struct jml_request *r,
                                           const struct jml_package *package,
                                           const char **ret_error)
{
    if (jml_id_is_set(r->policy_id))
        return named(w, r, package, ret_error);
    const struct jml_policy **fitting =
        jml_new_n(w->arena, const struct jml_policy *, package->n_policies + 1);
    const struct jml_policy *best = NULL;
    size_t n = 0;
    const char *why = NULL;
    int why_class = 0;
    for (size_t i = 0; i < package->n_policies; i++) {
        const struct jml_policy *p = package->policies[i];
        if (!p->enabled || p->is_automatic)
            continue;
        const char *refusal = jml_scope_refusal(w, p);
        int class = class_of(p) + (refusal ? 10 : 0); /* better one that is for the person */
        if (!refusal && is_user_request(r))
            refusal = jml_requestor_refusal(w, r, p, JML_WISH_ADD);
        if (refusal && (!why || class < why_class)) {
            why = refusal;
            why_class = class;
        }
        if (refusal || (best && class_of(p) > class_of(best)))
            continue;
        if (best && class_of(p) < class_of(best)) {
            memset(fitting, 0, package->n_policies * sizeof(*fitting));
            n = 0;
        }
        best = p;
        fitting[i] = p;
        n++;
    }
    if (n == 1)
        return best;
    *ret_error = n > 1 ? several(w, package, fitting)
                 : why ? why
                       : "no_policy: the package has no enabled policy to ask under";
    return NULL;
}

/* ---- external people ---- */

static bool lets_in(const struct jml_work *w, const struct jml_policy *p)
{
    return p->enabled && !p->is_automatic &&
           (p->scope == JML_TARGETS_SPECIFIC_ORGANIZATIONS ||
            p->scope == JML_TARGETS_ALL_ORGANIZATIONS ||
            p->scope == JML_TARGETS_ALL_EXTERNAL_USERS) &&
           jml_is_in_scope(w, p);
}

const char *jml_external_admit(struct jml_work *w, const struct jml_request *r,
                               const struct jml_package *package)
{
    struct jml_person *p = &w->s->person;
    struct jml_arena *a = w->arena;
    if (!r->target_email || w->s->events.n > 0 || (p->moved && p->state != JML_PERSON_UNKNOWN) ||
        p->state == JML_PERSON_EXTERNAL || !jml_strcaseeq(p->employee_id, r->target_email))
        return NULL;
    const struct jml_value *attributes = jml_value_object();
    attributes = jml_value_with(a, attributes, "mail", jml_value_string(a, r->target_email));
    attributes =
        jml_value_with(a, attributes, "displayName",
                       jml_value_string(a, r->target_name ? r->target_name : r->target_email));
    const struct jml_value *before = w->fold.attributes;
    w->fold.attributes = attributes;
    p->external = true;
    bool is_let_in = false;
    for (size_t i = 0; i < package->n_policies && !is_let_in; i++)
        is_let_in =
            lets_in(w, package->policies[i]) &&
            (!jml_id_is_set(r->policy_id) || jml_id_equal(package->policies[i]->id, r->policy_id));
    if (!is_let_in) {
        w->fold.attributes = before;
        p->external = false;
        return "not_connected: nobody is known with this address, and no policy asked for lets it "
               "in; "
               "connect the organization of its domain, or name a policy for external people";
    }
    p->attributes = attributes;
    jml_touch(&p->mark);
    struct jml_note note = {.actor = jml_request_actor(r), .request_id = r->id};
    p->state = jml_work_move(w, JML_MACHINE_PERSON, jml_id_text(a, p->id),
                             p->moved ? (int)p->state : JML_PERSON_NEW, JML_FIRE_ADMIT, 0, &note);
    p->moved = true;
    return NULL;
}

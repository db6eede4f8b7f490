/* SPDX-License-Identifier: MIT
 *
 * Governance plan: assignment policies, those of the packages in the documents and those that stand
 * alone. Policies that no document lists stay. What a policy with automatic assignment says is kept
 * in versions: who was given access by an earlier one, and loses it by a later one, follows from
 * them.
 */
#include "base/str.h"
#include "core/document_read.h"
#include "core/planner.h"

static void plan_policy(struct jml_planner *p, const struct jml_document_policy *d,
                        const struct jml_package_row *package);
static const struct jml_value *settle_document(struct jml_planner *p,
                                               const struct jml_document_policy *d,
                                               const struct jml_policy_row *at);
static void set_document(struct jml_planner *p, struct jml_change *c, struct jml_policy_row *at,
                         const struct jml_value *document);
static bool add_version(struct jml_planner *p, const struct jml_policy_row *at);
static void check_end(struct jml_planner *p, const struct jml_change *c,
                      const struct jml_document_policy *d);

/* The package of a policy that stands alone: the one it names, or has in the database. */
static const struct jml_package_row *find_package(struct jml_planner *p,
                                                  const struct jml_document_policy *d)
{
    size_t number, package;

    if (d->package.text)
        return jml_planner_resolve(p, &p->index.packages, &p->index.package_names, jml_id_none,
                                   d->package, "access package", &package)
                   ? &p->rows->packages.items[package]
                   : NULL;
    if (jml_id_is_set(d->id) && jml_lookup_find(&p->index.policies, d->id, "", &number) &&
        jml_lookup_find(&p->index.packages, p->rows->policies.items[number].package_id, "",
                        &package))
        return &p->rows->packages.items[package];
    jml_problem_add(p->problems, jml_pointer(p->arena, d->path, "accessPackage"),
                    "missing: no policy has this id, so it must say which package it is of");
    return NULL;
}

void jml_planner_policies(struct jml_planner *p)
{
    for (size_t i = 0; i < p->set->packages.n; i++) {
        const struct jml_document_package *d = &p->set->packages.items[i];
        const struct jml_package_row *package = JML_PLANNER_ROW(p->rows->packages, d->path);

        for (size_t j = 0; package && j < d->n_policies; j++)
            plan_policy(p, &d->policies[j], package);
    }
    for (size_t i = 0; i < p->set->policies.n; i++) {
        const struct jml_document_policy *d = &p->set->policies.items[i];
        const struct jml_package_row *package = find_package(p, d);

        if (package)
            plan_policy(p, d, package);
    }
}

static void plan_policy(struct jml_planner *p, const struct jml_document_policy *d,
                        const struct jml_package_row *package)
{
    size_t row = p->rows->policies.n;
    bool found = jml_planner_match(&p->index.policies, &p->index.policy_names, package->id, d->id,
                                   d->display_name, &row);
    struct jml_policy_row *at;
    struct jml_change *c;

    for (size_t i = 0; i < p->rows->deleted.n; i++)
        if (jml_id_is_set(d->id) && jml_id_equal(p->rows->deleted.items[i].other_id, d->id)) {
            jml_problem_add(p->problems, jml_pointer(p->arena, d->path, "id"),
                            "the access package of the policy with this id was deleted: leave the "
                            "id out to make a new one");
            return;
        }
    if (!found)
        jml_vec_push(
            p->arena, &p->rows->policies,
            ((struct jml_policy_row){.id = jml_planner_id(p, d->id), .package_id = package->id}));
    at = &p->rows->policies.items[row];
    jml_planner_take(p, &at->path, d->path);
    if (!jml_id_equal(at->package_id, package->id))
        jml_problem_add(p->problems, d->path, "is a policy of another package");
    c = jml_planner_begin(p, JML_OBJECT_POLICY, found, row, at->id,
                          jml_printf(p->arena, "%s / %s", package->display_name, d->display_name));
    jml_planner_set_name(p, c, &p->index.policy_names, package->id, &at->display_name,
                         d->display_name);
    jml_planner_set_bool(p, c, "isEnabled", &at->enabled, d->enabled);
    set_document(p, c, at, settle_document(p, d, at));
    /* ends already set stay (A2); only who is given access without asking is a matter of people */
    c->touches_people = c->new_version = add_version(p, at);
    if (c->new_version && c->act == JML_ACT_KEEP)
        jml_planner_note(p, c, "automaticRequestSettings"); /* a version that was missing */
    check_end(p, c, d);
    jml_planner_end(p, c, JML_MACHINE_POLICY, JML_POLICY_PRESENT, 0);
}

/* ---- its document ---- */

static void set_document(struct jml_planner *p, struct jml_change *c, struct jml_policy_row *at,
                         const struct jml_value *document)
{
    struct jml_problems ignored = {.arena = p->arena};
    struct jml_document_policy old = {0};
    const struct jml_value *was = NULL;

    if (at->document) {
        jml_document_policy_read(p->arena, at->document, "", &ignored, &old);
        was = old.document;
    }
    for (size_t i = 0; document && i < document->n; i++) {
        const char *key = document->keys[i];
        if (!jml_streq(key, "displayName") && !jml_streq(key, "isEnabled") &&
            !jml_value_equal(jml_value_find(was, key), document->items[i]))
            jml_planner_note(p, c, key);
    }
    for (size_t i = 0; was && i < was->n; i++)
        if (!jml_value_find(document, was->keys[i]))
            jml_planner_note(p, c, was->keys[i]);
    at->document = document;
}

/* An array of the document with one member of each item set; NULL from set(): as it is. */
struct settling {
    struct jml_planner *planner;
    const struct jml_document_policy *policy;
    const struct jml_policy_row *row;
    struct jml_document_policy old; /* as it stands in the database */
};

static const struct jml_value *settle_array(struct settling *s, const struct jml_value *document,
                                            const char *key, const char *member,
                                            const char *(*set)(struct settling *, size_t))
{
    struct jml_arena *a = s->planner->arena;
    const struct jml_value *list = jml_value_find(document, key);
    struct jml_maker made = {.arena = a};

    for (size_t i = 0; list && i < list->n; i++) {
        const char *text = set(s, i);
        jml_make(&made, "",
                 text ? jml_value_with(a, list->items[i], member, jml_value_string(a, text))
                      : list->items[i]);
    }
    return list ? jml_value_with(a, document, key, jml_made_array(&made)) : document;
}

static const char *organization_of(struct settling *s, size_t i)
{
    const struct jml_subject *subject = &s->policy->targets.items[i];
    struct jml_planner *p = s->planner;
    struct jml_reference ref = {
        .text = subject->name,
        .path = jml_pointer_item(
            p->arena, jml_pointer(p->arena, s->policy->path, "specificAllowedTargets"), i)};
    size_t number;

    if (subject->kind != JML_SUBJECT_ORGANIZATION ||
        !jml_planner_resolve(p, &p->index.organizations, &p->index.organization_names, jml_id_none,
                             ref, "connected organization", &number))
        return NULL;
    return jml_id_text(p->arena, p->rows->organizations.items[number].id);
}

/* A question without an id is the one that had these words; a new one gets an id that follows from
 * them. */
static const char *id_of_question(struct settling *s, size_t i)
{
    const struct jml_question *q = &s->policy->questions[i];
    struct jml_id id = q->id;

    for (size_t j = 0; !jml_id_is_set(id) && j < s->old.n_questions; j++)
        if (jml_streq(s->old.questions[j].text, q->text) &&
            s->old.questions[j].is_choice == q->is_choice)
            id = s->old.questions[j].id;
    if (!jml_id_is_set(id))
        id = jml_document_question_id(s->row->id, q->text);
    return jml_id_text(s->planner->arena, id);
}

/* With ids for the organizations it names, and for its questions: another name later is nothing to
 * it. */
static const struct jml_value *settle_document(struct jml_planner *p,
                                               const struct jml_document_policy *d,
                                               const struct jml_policy_row *at)
{
    struct settling s = {.planner = p, .policy = d, .row = at};
    struct jml_problems ignored = {.arena = p->arena};
    const struct jml_value *document = d->document;

    if (at->document)
        jml_document_policy_read(p->arena, at->document, "", &ignored, &s.old);
    if (!document)
        return NULL;
    document = settle_array(&s, document, "specificAllowedTargets", "connectedOrganizationId",
                            organization_of);
    return settle_array(&s, document, "questions", "id", id_of_question);
}

/* ---- its versions ---- */

static const struct jml_policy_version_row *newest_version(const struct jml_planner *p,
                                                           struct jml_id policy)
{
    const struct jml_policy_version_row *newest = NULL;

    for (size_t i = 0; i < p->rows->policy_versions.n; i++)
        if (jml_id_equal(p->rows->policy_versions.items[i].policy_id, policy))
            newest = &p->rows->policy_versions.items[i];
    return newest;
}

static bool says_the_same(const struct jml_value *x, const struct jml_value *y, const char *key)
{
    return jml_value_equal(jml_value_find(x, key), jml_value_find(y, key));
}

/* A new version when it gives or takes otherwise than before, or gives to or takes from others. */
static bool add_version(struct jml_planner *p, const struct jml_policy_row *at)
{
    const struct jml_policy_version_row *last = newest_version(p, at->id);
    struct jml_problems ignored = {.arena = p->arena};
    struct jml_document_policy now = {0}, was = {0};
    jml_time since = p->now;

    if (!at->document)
        return false;
    jml_document_policy_read(p->arena, at->document, "", &ignored, &now);
    if (last) {
        jml_document_policy_read(p->arena, last->document, "", &ignored, &was);
        if (since <= last->since) /* the clock was set back */
            since = last->since + 1;
    }
    if (!now.is_automatic && !was.is_automatic)
        return false;
    if (last && last->enabled == at->enabled &&
        says_the_same(now.document, was.document, "automaticRequestSettings") &&
        says_the_same(now.document, was.document, "allowedTargetScope") &&
        says_the_same(now.document, was.document, "specificAllowedTargets") &&
        says_the_same(now.document, was.document, "expiration"))
        return false;
    jml_vec_push(p->arena, &p->rows->policy_versions,
                 ((struct jml_policy_version_row){.policy_id = at->id,
                                                  .since = since,
                                                  .enabled = at->enabled,
                                                  .document = at->document}));
    return true;
}

/* ---- its end ---- */

/* A date that has passed: nobody can be given anything until then. What stands so already may have
 * done its work. */
static void check_end(struct jml_planner *p, const struct jml_change *c,
                      const struct jml_document_policy *d)
{
    const char *path =
        jml_pointer(p->arena, jml_pointer(p->arena, d->path, "expiration"), "endDateTime");

    if (d->expiration.type != JML_EXPIRATION_AFTER_DATE_TIME || d->expiration.end > p->now)
        return;
    if (c->act == JML_ACT_KEEP)
        jml_warning_add(p->problems, path, "is in the past: nobody can be given access any more");
    else
        jml_problem_add(p->problems, path, "is in the past: nobody could be given access");
}

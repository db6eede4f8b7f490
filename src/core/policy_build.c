/* SPDX-License-Identifier: MIT
 *
 * Governance build: assignment policies, and the versions of those that give access without being
 * asked.
 */
#include <stdlib.h>
#include <string.h>

#include "core/builder.h"
#include "core/document_read.h"

static struct jml_subjects build_targets(struct jml_builder *b, const char *path,
                                         struct jml_subjects targets)
{
    struct jml_subject *items = jml_new_n(b->arena, struct jml_subject, targets.n);
    size_t number;

    for (size_t i = 0; i < targets.n; i++) {
        items[i] = targets.items[i];
        if (items[i].kind != JML_SUBJECT_ORGANIZATION)
            continue;
        if (jml_index_resolve(&b->index.organizations, &b->index.organization_names, jml_id_none,
                              items[i].name, &number))
            items[i].organization = &b->organizations[number];
        else
            jml_problem_add(b->problems,
                            jml_pointer_item(
                                b->arena, jml_pointer(b->arena, path, "specificAllowedTargets"), i),
                            "no connected organization '%.256s'", items[i].name);
    }
    return (struct jml_subjects){.items = items, .n = targets.n};
}

static const struct jml_question *build_questions(struct jml_builder *b, struct jml_id policy,
                                                  const struct jml_document_policy *read)
{
    struct jml_question *questions = jml_new_n(b->arena, struct jml_question, read->n_questions);

    for (size_t i = 0; i < read->n_questions; i++) {
        questions[i] = read->questions[i];
        if (!jml_id_is_set(questions[i].id))
            questions[i].id = jml_document_question_id(policy, questions[i].text);
    }
    return questions;
}

static struct jml_policy build_policy(struct jml_builder *b, const struct jml_policy_row *row)
{
    const char *path = jml_builder_place(b, "assignment policy", row->path, row->display_name);
    const struct jml_value *document = jml_value_copy(b->arena, row->document);
    struct jml_document_policy read;
    struct jml_policy p;

    jml_document_policy_read(b->arena, document, path, b->problems, &read);
    p = (struct jml_policy){
        .id = row->id,
        .package =
            JML_BUILDER_PARENT(b, packages, packages, row->package_id, "assignment policy", row),
        .display_name = jml_strdup(b->arena, row->display_name),
        .enabled = row->enabled,
        .expiration = read.expiration,
        .scope = read.scope,
        .targets = build_targets(b, path, read.targets),
        .requestors = read.requestors,
        .approval_for_add = read.approval_for_add,
        .approval_for_update = read.approval_for_update,
        .justification = read.justification,
        .n_stages = read.n_stages,
        .questions = build_questions(b, row->id, &read),
        .n_questions = read.n_questions,
        .quiet = read.quiet,
        .is_automatic = read.is_automatic,
        .document = document,
    };
    memcpy(p.stages, read.stages, sizeof(p.stages));
    return p;
}

void jml_builder_policies(struct jml_builder *b)
{
    size_t *counts = jml_new_n(b->arena, size_t, b->rows->packages.n), package;
    const struct jml_policy ***lists =
        jml_new_n(b->arena, const struct jml_policy **, b->rows->packages.n);

    b->policies = jml_new_n(b->arena, struct jml_policy, b->rows->policies.n);
    for (size_t i = 0; i < b->rows->policies.n; i++)
        if (jml_lookup_find(&b->index.packages, b->rows->policies.items[i].package_id, "",
                            &package))
            counts[package]++;
    for (size_t i = 0; i < b->rows->packages.n; i++) {
        lists[i] = jml_new_n(b->arena, const struct jml_policy *, counts[i]);
        b->packages[i].policies = lists[i];
    }
    for (size_t i = 0; i < b->rows->policies.n; i++) {
        b->policies[i] = build_policy(b, &b->rows->policies.items[i]);
        if (jml_lookup_find(&b->index.packages, b->rows->policies.items[i].package_id, "",
                            &package))
            lists[package][b->packages[package].n_policies++] = &b->policies[i];
    }
}

/* ---- versions of automatic policies ---- */

static int by_policy_name(const void *a, const void *b)
{
    const struct jml_policy *const *x = a, *const *y = b;
    int c = strcmp((*x)->package->display_name, (*y)->package->display_name);
    if (!c)
        c = strcmp((*x)->display_name, (*y)->display_name);
    return c ? c : jml_id_compare((*x)->id, (*y)->id);
}

/* All versions count: who was given access by an earlier one may lose it by a later one. */
static struct jml_automatic build_version(struct jml_builder *b, const struct jml_policy *policy,
                                          const struct jml_policy_version_row *row)
{
    const char *path = jml_printf(b->arena, "assignment policy '%s', version of %s",
                                  policy->display_name, jml_time_format(b->arena, row->since));
    struct jml_document_policy read;

    jml_document_policy_read(b->arena, jml_value_copy(b->arena, row->document), path, b->problems,
                             &read);
    return (struct jml_automatic){
        .since = row->since,
        .enabled = row->enabled,
        .gives = read.gives,
        .takes = read.takes,
        .grace = read.grace,
        .expiration = read.expiration,
        .targets = read.is_automatic && read.scope == JML_TARGETS_SPECIFIC_USERS
                       ? read.targets
                       : (struct jml_subjects){0},
    };
}

void jml_builder_automatic(struct jml_builder *b)
{
    const struct jml_policy **list =
        jml_new_n(b->arena, const struct jml_policy *, b->rows->policies.n);
    struct jml_automatic **versions =
        jml_new_n(b->arena, struct jml_automatic *, b->rows->policies.n);
    size_t *counts = jml_new_n(b->arena, size_t, b->rows->policies.n), number;

    for (size_t i = 0; i < b->rows->policy_versions.n; i++)
        if (jml_lookup_find(&b->index.policies, b->rows->policy_versions.items[i].policy_id, "",
                            &number))
            counts[number]++;
    for (size_t i = 0; i < b->rows->policy_versions.n; i++) {
        const struct jml_policy_version_row *row = &b->rows->policy_versions.items[i];
        struct jml_policy *policy;
        if (!jml_lookup_find(&b->index.policies, row->policy_id, "", &number) ||
            !b->policies[number].package)
            continue;
        policy = &b->policies[number];
        if (!policy->n_automatic) {
            versions[number] = jml_new_n(b->arena, struct jml_automatic, counts[number]);
            policy->automatic = versions[number];
            list[b->g->n_automatic++] = policy;
        }
        versions[number][policy->n_automatic++] = build_version(b, policy, row);
    }
    if (b->g->n_automatic)
        qsort(list, b->g->n_automatic, sizeof(*list), by_policy_name);
    b->g->automatic = list;
}

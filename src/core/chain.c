/* SPDX-License-Identifier: MIT
 *
 * Chains by links: every event that supersedes finds its target once, by sorted references.
 */
#include "core/chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* What supersedes has to do with one event. */
struct link {
    struct jml_event *event;
    struct link *target; /* what supersedes names; NULL: nothing that has come */
    struct link *root;   /* stands for the chain */
    struct link *latest; /* of a root: the member that counts */
    bool corrected;      /* another member takes its place */
    jml_time told_at;    /* of a root: when any member was received first */
    bool waits;          /* for a target, which has not come */
    enum { UNKNOWN, ASKED, IN_FORCE, WITHDRAWN } rescind; /* of a rescind */
};

static bool corrects(const struct link *l)
{
    return l->target && l->event->kind != JML_RESCIND &&
           l->target->event->kind == l->event->kind;
}

static int compare_reference(const void *x, const void *y)
{
    const struct jml_event *a = (*(struct link *const *)x)->event;
    const struct jml_event *b = (*(struct link *const *)y)->event;
    int order = strcmp(a->source, b->source);
    return order ? order : strcmp(a->source_ref, b->source_ref);
}

static void find_targets(struct jml_arena *a, struct link *links, size_t n)
{
    struct link **named = jml_new_n(a, struct link *, n);
    size_t n_named = 0;
    for (size_t i = 0; i < n; i++)
        if (links[i].event->source_ref)
            named[n_named++] = &links[i];
    if (n_named > 1)
        qsort(named, n_named, sizeof(named[0]), compare_reference);
    for (size_t i = 0; i < n; i++) {
        const struct jml_event *e = links[i].event;
        if (!e->supersedes || n_named == 0)
            continue;
        struct jml_event key = {.source = e->source, .source_ref = e->supersedes};
        struct link wanted = {.event = &key}, *at = &wanted;
        struct link **found = bsearch(&at, named, n_named, sizeof(named[0]), compare_reference);
        if (found && (*found)->event != e)
            links[i].target = *found;
    }
}

/* Chains are trees, or rings (a supersedes b supersedes a): every member leads to one of them. */
static struct link *root_of(struct link *l)
{
    while (l->root != l)
        l = l->root = l->root->root;
    return l;
}

/* A rescind is in force unless one that is in force withdraws it; of a ring the first one is. */
static bool is_in_force(struct link *r, struct link *links, size_t n)
{
    if (r->rescind != UNKNOWN)
        return r->rescind != WITHDRAWN;
    r->rescind = ASKED;
    bool in_force = true;
    for (size_t i = 0; i < n && in_force; i++)
        if (links[i].event->kind == JML_RESCIND && links[i].target == r)
            in_force = !is_in_force(&links[i], links, n);
    r->rescind = in_force ? IN_FORCE : WITHDRAWN;
    return in_force;
}

void jml_chain_mark(struct jml_arena *a, struct jml_event *const *events, size_t n)
{
    bool plain = true;
    for (size_t i = 0; i < n; i++) {
        events[i]->counts = true;
        events[i]->matched = false;
        events[i]->waits = false;
        events[i]->voided_by = NULL;
        events[i]->period = NULL;
        events[i]->fact = events[i]->id;
        events[i]->told_at = events[i]->received_at;
        events[i]->warning = NULL;
        plain = plain && !events[i]->supersedes;
    }
    if (plain)
        return;

    struct link *links = jml_new_n(a, struct link, n);
    for (size_t i = 0; i < n; i++) {
        links[i].event = events[i];
        links[i].root = &links[i];
    }
    find_targets(a, links, n);

    /* The latest member of every chain counts: one that nothing corrects; of several the newest. */
    for (size_t i = 0; i < n; i++) {
        struct jml_event *e = links[i].event;
        if (corrects(&links[i])) {
            links[i].target->corrected = true;
            root_of(&links[i])->root = root_of(links[i].target);
        } else if (e->supersedes && !links[i].target) {
            links[i].waits = true;
            e->warning = "waits_for_target: supersedes names no event of this person and source that has come";
        } else if (e->supersedes && e->kind != JML_RESCIND) {
            /* Not a correction of that. A leaver still says that somebody leaves. */
            links[i].waits = e->kind != JML_LEAVER;
            e->warning =
                jml_printf(a, "bad_supersedes: supersedes names a %s, this is a %s",
                           jml_event_kind_name(links[i].target->event->kind),
                           jml_event_kind_name(e->kind));
        }
    }
    for (size_t i = 0; i < n; i++) {
        struct link *l = &links[i], *root = root_of(l), *latest = root->latest;
        if (!latest || l->event->received_at < root->told_at)
            root->told_at = l->event->received_at;
        if (!latest || (latest->corrected && !l->corrected) ||
            (latest->corrected == l->corrected && latest->event->id < l->event->id))
            root->latest = l;
    }
    for (size_t i = 0; i < n; i++) {
        const struct link *root = root_of(&links[i]);
        struct jml_event *e = links[i].event;
        e->fact = root->event->id;
        e->told_at = root->told_at;
        e->counts = root->latest == &links[i];
        e->voided_by = e->counts ? NULL : root->latest->event;
        e->waits = e->counts && root->waits && e->kind != JML_RESCIND;
        e->counts = e->counts && !e->waits; /* the whole chain waits */
        if (e->waits && !e->warning)
            e->warning = root->event->warning;
    }

    /* A rescind of any member withdraws the chain. */
    for (size_t i = 0; i < n; i++) {
        struct link *r = &links[i];
        if (r->event->kind != JML_RESCIND)
            continue;
        r->event->counts = is_in_force(r, links, n);
        if (!r->event->counts || !r->target)
            continue;
        if (r->target->event->kind != JML_RESCIND) {
            r->target = root_of(r->target)->latest;
            r->target->event->counts = false;
        }
        r->target->event->voided_by = r->event;
    }
}

/* SPDX-License-Identifier: MIT
 *
 * Holdings: what a replay of the ledger leaves of one package (SEMANTICS C2, T7, A1, C6).
 */
#include "core/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "core/work.h"

/* One reason to hold the package. */
struct support {
    const struct jml_effect *giver;
    const char *employment; /* NULL: a direct request's */
    jml_time until;
    const char *by;
};

struct supports {
    struct support *items;
    size_t n, cap;
};

/* One package. */
struct replay {
    struct jml_work *w;
    const struct jml_package *package; /* NULL: it is gone */
    struct jml_holding h;
    struct supports supports;
    JML_VEC(const struct jml_effect *) excluded; /* automatic gifts that something is in the way of */
    bool tells;
    struct replays *all; /* the packages that exclude each other; NULL: it alone */
};

/* Packages that exclude each other, directly or by others, are replayed together. */
struct replays {
    struct jml_work *w;
    struct replay **items;
    size_t n, cap;
    jml_time at; /* how far it has come */
};

static bool has_run_out(const struct support *s, jml_time at)
{
    return s->until != JML_TIME_NONE && s->until <= at;
}

static struct jml_deed deed(const struct replay *r, int what, const struct jml_effect *effect,
                            const struct jml_effect *giver, jml_time at)
{
    return (struct jml_deed){.what = what, .package_id = r->h.package_id, .effect = effect,
                             .giver = giver, .at = at};
}

static void tell(struct replay *r, int what, const struct jml_effect *effect,
                 const struct jml_effect *giver, jml_time at)
{
    if (r->tells)
        jml_vec_push(r->w->arena, &r->w->ledger.deeds, deed(r, what, effect, giver, at));
}

/* by NULL: its time was over. */
static void drop(struct replay *r, size_t i, enum jml_not_held why, const struct jml_effect *by)
{
    const struct support *s = &r->supports.items[i];
    tell(r, by ? JML_DID_TAKE : JML_DID_RUN_OUT, by, s->giver, by ? by->order : s->until);
    memmove(&r->supports.items[i], &r->supports.items[i + 1],
            (--r->supports.n - i) * sizeof(r->supports.items[0]));
    r->h.why = why;
}

static void drop_what_ran_out(struct replay *r, jml_time at)
{
    for (size_t i = r->supports.n; i-- > 0;)
        if (has_run_out(&r->supports.items[i], at)) {
            const char *by = r->supports.items[i].by;
            bool by_task = jml_streq(by, "leave") || jml_streq(by, "workflow");
            drop(r, i,
                 by_task                        ? JML_TAKEN
                 : jml_streq(by, "automatic") ? JML_LEFT_TARGETS
                                                : JML_RAN_OUT,
                 NULL);
        }
}

/* ---- what excludes it ---- */

static bool is_held_there(const void *userdata, const struct jml_package *other)
{
    const struct replay *r = userdata;
    for (size_t i = 0; r->all && i < r->all->n; i++) {
        const struct replay *o = r->all->items[i];
        if (o->package != other)
            continue;
        for (size_t k = 0; k < o->supports.n; k++)
            if (!has_run_out(&o->supports.items[k], r->all->at))
                return true;
    }
    return false;
}

/* given: when it was really given, by the rules of that time; at: when it counts. */
static bool is_excluded(struct replay *r, const struct jml_effect *e, jml_time given, jml_time at)
{
    const char *why = r->package ? jml_conflict_find(r->w, r->package, given, at, is_held_there, r)
                                 : NULL;
    r->h.refused = why;
    if (why && r->tells) {
        struct jml_deed d = deed(r, JML_DID_REFUSE, e, NULL, at);
        d.why = why;
        jml_vec_push(r->w->arena, &r->w->ledger.deeds, d);
    }
    return why != NULL;
}

static void add_support(struct replay *r, const struct jml_effect *e)
{
    for (size_t i = r->supports.n; i-- > 0;) /* C6: asked for again */
        if (jml_streq(r->supports.items[i].by, "leave"))
            drop(r, i, JML_TAKEN, e);
    const char *employment = e->request && !e->run ? NULL : e->employment;
    for (size_t i = 0; i < r->supports.n; i++) {
        struct support *s = &r->supports.items[i];
        if (!jml_streq(s->employment, employment))
            continue;
        if (s->until != JML_TIME_NONE && (e->until == JML_TIME_NONE || e->until > s->until)) {
            s->until = e->until; /* A1: the later end */
            s->by = e->by;
        }
        tell(r, JML_DID_PROLONG, e, s->giver, e->order);
        return;
    }
    tell(r, JML_DID_GIVE, e, e, e->order);
    jml_vec_push(r->w->arena, &r->supports, ((struct support){e, employment, e->until, e->by}));
}

static void give(struct replay *r, const struct jml_effect *e)
{
    if (e->lapsed)
        return;
    if (e->waits) {
        r->h.waits = true;
        return;
    }
    drop_what_ran_out(r, e->from);
    jml_time now = r->w->now;
    if (r->all && is_excluded(r, e, jml_time_earlier(e->from, now), jml_time_earlier(e->order, now))) {
        if (e->automatic)
            jml_vec_push(r->w->arena, &r->excluded, e);
        return;
    }
    add_support(r, e);
}

/* T7: what another employment that is open then gives, no removal takes. */
static bool reaches(const struct replay *r, const struct jml_effect *e, const struct support *s)
{
    return e->total || !s->employment || jml_streq(s->employment, e->employment) ||
           !jml_fold_is_open_at(&r->w->fold, e->at, s->employment);
}

static void apply(struct replay *r, const struct jml_effect *e)
{
    if (e->op == JML_GIVE) {
        give(r, e);
        return;
    }
    jml_time at = e->from != JML_TIME_NONE ? e->from : e->at;
    drop_what_ran_out(r, at < r->w->now ? at : r->w->now);
    if (e->op == JML_TAKE || (e->op == JML_END && e->total)) {
        r->h.waits = false;
        r->excluded.n = 0;
    }
    for (size_t i = r->excluded.n; e->automatic && i-- > 0;) /* no longer one of its targets */
        if (r->excluded.items[i]->automatic == e->automatic)
            r->excluded.items[i] = r->excluded.items[--r->excluded.n];
    for (size_t i = r->supports.n; i-- > 0;) {
        struct support *s = &r->supports.items[i];
        switch (e->op) {
        case JML_TAKE:
            if (reaches(r, e, s))
                drop(r, i, JML_TAKEN, e);
            break;
        case JML_LIMIT:
            if (e->automatic ? !jml_streq(s->employment, e->employment) : !reaches(r, e, s))
                break;
            tell(r, JML_DID_LIMIT, e, s->giver, e->order);
            if (s->until == JML_TIME_NONE || s->until > e->until) {
                s->until = e->until;
                s->by = e->by;
            } else if (jml_streq(e->by, "leave")) {
                s->by = e->by;
            }
            break;
        case JML_RESET:
            tell(r, JML_DID_LIMIT, e, s->giver, e->order);
            s->until = e->until;
            s->by = e->by;
            break;
        case JML_END:
            if (jml_streq(s->by, "leave"))
                break;
            if (e->total) {
                drop(r, i, JML_LEFT_ALL, e);
                r->h.cut = true;
            } else if (jml_streq(s->employment, e->employment)) {
                drop(r, i, JML_EMPLOYMENT_ENDED, e);
                r->h.cut = true;
            }
            break;
        case JML_GIVE:
            break;
        }
    }
}

static void finish(struct replay *r)
{
    drop_what_ran_out(r, r->w->now);
    r->h.held = r->supports.n > 0;
    for (size_t i = 0; i < r->supports.n; i++) {
        const struct support *s = &r->supports.items[i];
        if (i > 0 && (r->h.until == JML_TIME_NONE ||
                      (s->until != JML_TIME_NONE && s->until <= r->h.until)))
            continue;
        r->h.until = s->until;
        r->h.by = s->by;
    }
    if (r->h.held) {
        r->h.giver = r->supports.items[0].giver;
        r->h.refused = NULL;
    }
}

/* ---- packages that exclude each other ---- */

static struct replay *add_replay(struct replays *all, const struct jml_package *package)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i]->package == package)
            return all->items[i];
    struct replay *r = jml_new(all->w->arena, struct replay);
    *r = (struct replay){.w = all->w, .package = package, .all = all,
                         .h = {.package_id = package->id, .until = JML_TIME_NONE}};
    jml_vec_push(all->w->arena, all, r);
    return r;
}

static int compare_replay(const void *x, const void *y)
{
    const struct replay *a = *(struct replay *const *)x, *b = *(struct replay *const *)y;
    return strcmp(a->package->display_name, b->package->display_name);
}

/* What an automatic policy could not give comes when nothing is in the way any more. */
static void give_excluded(struct replays *all, jml_time at)
{
    all->at = at;
    for (size_t i = 0; i < all->n; i++) {
        struct replay *r = all->items[i];
        for (size_t k = 0; k < r->excluded.n; k++) {
            const struct jml_effect *e = r->excluded.items[k];
            if ((e->until != JML_TIME_NONE && e->until <= at) || is_excluded(r, e, at, at))
                continue;
            add_support(r, e);
            memmove(&r->excluded.items[k], &r->excluded.items[k + 1],
                    (--r->excluded.n - k) * sizeof(r->excluded.items[0]));
            k--;
        }
    }
}

static bool any_excluded(const struct replays *all)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i]->excluded.n > 0)
            return true;
    return false;
}

/* Time goes on to the instant: what runs out on the way makes room. */
static void advance(struct replays *all, jml_time to)
{
    while (any_excluded(all)) {
        jml_time next = to;
        for (size_t i = 0; i < all->n; i++)
            for (size_t k = 0; k < all->items[i]->supports.n; k++) {
                jml_time until = all->items[i]->supports.items[k].until;
                if (until != JML_TIME_NONE && until > all->at && until < next)
                    next = until;
            }
        jml_time change = jml_fold_next_instant(&all->w->fold, all->at); /* of groups */
        next = change < next ? change : next;
        for (size_t i = 0; i < all->n; i++)
            drop_what_ran_out(all->items[i], next);
        give_excluded(all, next);
        if (next >= to)
            break;
    }
    all->at = jml_time_later(all->at, to);
}

static struct jml_holding hold_together(struct jml_work *w, const struct jml_package *package)
{
    const struct jml_ledger *l = jml_ledger_of(w);
    struct replays all = {.w = w, .at = JML_TIME_NONE};
    struct replay *mine = add_replay(&all, package);
    mine->tells = w->ledger.tells;
    for (size_t i = 0; i < all.n; i++)
        for (size_t k = 0; k < all.items[i]->package->n_exclusions; k++)
            if (all.items[i]->package->exclusions[k].package)
                add_replay(&all, all.items[i]->package->exclusions[k].package);
    qsort(all.items, all.n, sizeof(all.items[0]), compare_replay);
    for (size_t i = 0; i < l->n; i++) {
        const struct jml_effect *e = l->items[i];
        bool about = false;
        for (size_t k = 0; k < all.n && !about; k++)
            about = jml_effect_is_about(e, all.items[k]->h.package_id);
        if (!about)
            continue;
        jml_time at = jml_time_earlier(e->order, w->now);
        advance(&all, at);
        for (size_t k = 0; k < all.n; k++)
            if (jml_effect_is_about(e, all.items[k]->h.package_id))
                apply(all.items[k], e);
        if (e->op != JML_GIVE && any_excluded(&all))
            give_excluded(&all, at);
    }
    advance(&all, w->now);
    finish(mine);
    return mine->h;
}

struct jml_holding jml_holding_of(struct jml_work *w, struct jml_id package_id)
{
    const struct jml_package *package =
        jml_governance_find_package(w->world->governance, package_id);
    if (package && package->n_exclusions > 0)
        return hold_together(w, package);
    struct jml_ledger *l = jml_ledger_of(w);
    struct replay r = {.w = w, .package = package, .tells = l->tells,
                       .h = {.package_id = package_id, .until = JML_TIME_NONE}};
    for (size_t i = 0; i < l->n; i++)
        if (jml_effect_is_about(l->items[i], package_id))
            apply(&r, l->items[i]);
    finish(&r);
    return r.h;
}

bool jml_holding_ends_like(const struct jml_holding *h, const struct jml_assignment *as)
{
    return as->ends_at == h->until &&
           (h->until == JML_TIME_NONE ||
            jml_streq(as->ends_by, "leave") == jml_streq(h->by, "leave"));
}

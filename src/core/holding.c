/* SPDX-License-Identifier: MIT
 *
 * Holdings: what a replay of the ledger leaves of one package (SEMANTICS C2, T7, A1, C6).
 */
#include "core/ledger.h"

#include <string.h>

#include "core/work.h"

/* One reason to hold the package. */
struct support {
    const struct jml_effect *giver;
    const char *employment; /* NULL: a direct request's */
    jml_time until;
    const char *by;
};

struct replay {
    struct jml_work *w;
    struct jml_holding h;
    JML_VEC(struct support) supports;
};

static bool has_run_out(const struct support *s, jml_time at)
{
    return s->until != JML_TIME_NONE && s->until <= at;
}

static void tell(struct replay *r, int what, const struct jml_effect *effect,
                 const struct jml_effect *giver, jml_time at)
{
    if (!r->w->ledger.tells)
        return;
    struct jml_deed deed = {.what = what, .package_id = r->h.package_id, .effect = effect,
                            .giver = giver, .at = at};
    jml_vec_push(r->w->arena, &r->w->ledger.deeds, deed);
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
            bool by_task = jml_streq(r->supports.items[i].by, "leave") ||
                           jml_streq(r->supports.items[i].by, "workflow");
            drop(r, i, by_task ? JML_TAKEN : JML_RAN_OUT, NULL);
        }
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
    if (e->op == JML_TAKE || (e->op == JML_END && e->total))
        r->h.waits = false;
    for (size_t i = r->supports.n; i-- > 0;) {
        struct support *s = &r->supports.items[i];
        switch (e->op) {
        case JML_TAKE:
            if (reaches(r, e, s))
                drop(r, i, JML_TAKEN, e);
            break;
        case JML_LIMIT:
            if (!reaches(r, e, s))
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

struct jml_holding jml_holding_of(struct jml_work *w, struct jml_id package_id)
{
    struct jml_ledger *l = jml_ledger_of(w);
    struct replay r = {.w = w, .h = {.package_id = package_id, .until = JML_TIME_NONE}};
    for (size_t i = 0; i < l->n; i++)
        if (jml_effect_is_about(l->items[i], package_id))
            apply(&r, l->items[i]);
    drop_what_ran_out(&r, w->now);
    r.h.held = r.supports.n > 0;
    for (size_t i = 0; i < r.supports.n; i++) {
        const struct support *s = &r.supports.items[i];
        if (i > 0 && (r.h.until == JML_TIME_NONE ||
                      (s->until != JML_TIME_NONE && s->until <= r.h.until)))
            continue;
        r.h.until = s->until;
        r.h.by = s->by;
    }
    if (r.h.held)
        r.h.giver = r.supports.items[0].giver;
    return r.h;
}

bool jml_holding_ends_like(const struct jml_holding *h, const struct jml_assignment *as)
{
    return as->ends_at == h->until &&
           (h->until == JML_TIME_NONE ||
            jml_streq(as->ends_by, "leave") == jml_streq(h->by, "leave"));
}

/* SPDX-License-Identifier: MIT
 *
 * The fold, in four passes: which events count (T6), when each takes effect (T2), the periods of
 * every employment (T1, T3, T4), and what they mean now (T7, T8).
 */
#include "core/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/chain.h"

struct facts {
    struct jml_event **items;
    size_t n;
};

static bool is_later_word(const struct jml_event *a, const struct jml_event *b);
static struct facts facts_of(struct jml_arena *a, struct jml_event *const *events, size_t n,
                             const char *employment);
static void date_facts(struct facts *facts, struct jml_zones *zones, const char *default_zone);
static void warn_of_ties(const struct facts *facts);
static void build_periods(struct jml_arena *a, const struct facts *facts, struct jml_fold *fold);

void jml_fold(struct jml_arena *a, struct jml_event *const *events, size_t n,
              struct jml_zones *zones, const char *default_zone, jml_time now,
              struct jml_fold *ret_fold)
{
    struct jml_fold fold = {.hired_at = JML_TIME_NONE,
                            .leaves_at = JML_TIME_NONE,
                            .created_at = JML_TIME_NONE,
                            .last_end = JML_TIME_NONE,
                            .next_at = JML_TIME_MAX};
    jml_chain_mark(a, events, n);

    JML_VEC(const char *) names = {0};
    for (size_t i = 0; i < n; i++) {
        if (!events[i]->counts || events[i]->kind == JML_RESCIND)
            continue;
        const struct jml_event *first = fold.created_by, *e = events[i];
        if (e->kind == JML_JOINER &&
            (!first || e->told_at < first->told_at ||
             (e->told_at == first->told_at && is_later_word(first, e)))) {
            fold.created_by = events[i];
            fold.created_at = e->told_at; /* whatever was corrected later */
        }
        bool known = strcmp(events[i]->employment, "*") == 0;
        for (size_t k = 0; k < names.n && !known; k++)
            known = strcmp(names.items[k], events[i]->employment) == 0;
        if (!known)
            jml_vec_push(a, &names, events[i]->employment);
    }
    for (size_t k = 0; k < names.n; k++) {
        struct facts facts = facts_of(a, events, n, names.items[k]);
        date_facts(&facts, zones, default_zone);
        build_periods(a, &facts, &fold);
    }
    for (size_t i = 0; i < n; i++)
        if (events[i]->counts && events[i]->kind == JML_LEAVER && !events[i]->matched)
            events[i]->warning = "closes_nothing: no employment was open for this leaver to end";
    jml_fold_finish(&fold, now);
    *ret_fold = fold;
}

/* ---- T2: when ---- */

static struct facts facts_of(struct jml_arena *a, struct jml_event *const *events, size_t n,
                             const char *employment)
{
    struct facts facts = {.items = jml_new_n(a, struct jml_event *, n)};
    for (size_t i = 0; i < n; i++)
        if (events[i]->counts && events[i]->kind != JML_RESCIND &&
            (strcmp(events[i]->employment, employment) == 0 ||
             strcmp(events[i]->employment, "*") == 0))
            facts.items[facts.n++] = events[i];
    return facts;
}

static bool is_immediate(const struct jml_event *e)
{
    return e->kind == JML_LEAVER && jml_value_find_bool(e->attributes, "immediate", false);
}

/* Days since the epoch by which events are put in civil order before their zone is known. */
static int64_t civil_day(const struct jml_event *e)
{
    if (jml_date_is_set(e->effective_on))
        return jml_date_to_days(e->effective_on);
    jml_time t = e->effective_at != JML_TIME_NONE ? e->effective_at : e->received_at;
    return (t - (t % JML_DAY + JML_DAY) % JML_DAY) / JML_DAY;
}

static int compare_civil(const void *x, const void *y)
{
    const struct jml_event *a = *(struct jml_event *const *)x, *b = *(struct jml_event *const *)y;
    int64_t da = civil_day(a), db = civil_day(b);
    if (da != db)
        return da < db ? -1 : 1;
    /* Of one day: what names a zone tells the others. */
    bool na = jml_value_find_string(a->attributes, "timeZone") != NULL;
    bool nb = jml_value_find_string(b->attributes, "timeZone") != NULL;
    if (na != nb)
        return na ? -1 : 1;
    return is_later_word(a, b) ? 1 : -1;
}

/* T1: at one instant leaver, joiner, mover; then sequence, then id. */
static int compare_effect(const void *x, const void *y)
{
    static const int rank[] = {[JML_LEAVER] = 0, [JML_JOINER] = 1, [JML_MOVER] = 2, [JML_RESCIND] = 3};
    const struct jml_event *a = *(struct jml_event *const *)x, *b = *(struct jml_event *const *)y;
    if (a->instant != b->instant)
        return a->instant < b->instant ? -1 : 1;
    if (rank[a->kind] != rank[b->kind])
        return rank[a->kind] - rank[b->kind];
    if (a->sequence != b->sequence)
        return a->sequence < b->sequence ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* What its date says, in its zone. */
static jml_time dated_instant(const struct jml_event *e)
{
    if (e->effective_at != JML_TIME_NONE)
        return e->effective_at;
    int64_t day = jml_date_to_days(e->effective_on);
    if (e->kind == JML_LEAVER) /* the last day is still a day with access */
        day++;
    return jml_zone_day_start(e->zone, jml_date_from_days(day));
}

/* A leaver before all else of its employment can only be about a hire to come (T4), and means its days.
 * NULL: it is not, or that says nothing. */
static const struct jml_zone *zone_of_joiner(const struct facts *facts, size_t i,
                                             struct jml_zones *zones)
{
    if (facts->items[i]->kind != JML_LEAVER)
        return NULL;
    for (; i < facts->n; i++) {
        const char *named = jml_value_find_string(facts->items[i]->attributes, "timeZone");
        if (named && facts->items[i]->kind == JML_JOINER)
            return jml_zone_find(zones, named);
    }
    return NULL;
}

static void date_facts(struct facts *facts, struct jml_zones *zones, const char *default_zone)
{
    if (facts->n > 1)
        qsort(facts->items, facts->n, sizeof(facts->items[0]), compare_civil);
    const struct jml_zone *zone = NULL;
    for (size_t i = 0; i < facts->n; i++) {
        struct jml_event *e = facts->items[i];
        const char *named = jml_value_find_string(e->attributes, "timeZone");
        if (named)
            zone = jml_zone_find(zones, named);
        const struct jml_zone *in = zone ? zone : zone_of_joiner(facts, i, zones);
        if (!in && e->default_zone)
            in = jml_zone_find(zones, e->default_zone);
        if (!in && default_zone)
            in = jml_zone_find(zones, default_zone);
        if (!in)
            in = jml_zone_utc();
        e->zone = in;
        e->instant = is_immediate(e) ? e->received_at /* T3: whatever other dates say */
                                     : dated_instant(e);
    }
    if (facts->n > 1)
        qsort(facts->items, facts->n, sizeof(facts->items[0]), compare_effect);
    warn_of_ties(facts);
}

/* T1: two movers at one instant that speak of the same attribute, and no sequence that says which is
 * the later one. */
static void warn_of_ties(const struct facts *facts)
{
    for (size_t i = 1; i < facts->n; i++) {
        const struct jml_event *before = facts->items[i - 1];
        struct jml_event *e = facts->items[i];
        if (e->instant != before->instant || e->kind != JML_MOVER || before->kind != JML_MOVER ||
            e->sequence != before->sequence || e->warning)
            continue;
        for (size_t k = 0; k < e->attributes->n; k++)
            if (jml_value_find(before->attributes, e->attributes->keys[k]))
                e->warning = "tie: another mover of that instant changes the same attribute; give "
                             "both a sequence";
    }
}

/* ---- T1, T3, T4: periods ---- */

struct patch {
    jml_time at;
    const struct jml_event *event;
    bool of_start; /* a word of the hire itself, wherever its date lies */
};

struct building {
    struct jml_period *period;
    JML_VEC(struct patch) patches;
    bool open;
};

static struct building *open_period(struct jml_arena *a, struct jml_event *joiner)
{
    struct building *b = jml_new(a, struct building);
    b->period = jml_new(a, struct jml_period);
    *b->period = (struct jml_period){.employment = joiner->employment,
                                     .start = joiner->instant,
                                     .end = JML_TIME_MAX,
                                     .joiner = joiner,
                                     .fact = joiner->fact,
                                     .told_at = joiner->told_at,
                                     .baseline_until = JML_TIME_NONE};
    b->open = true;
    joiner->period = b->period;
    jml_vec_push(a, &b->patches, ((struct patch){joiner->instant, joiner, true}));
    return b;
}

static bool is_later_word(const struct jml_event *a, const struct jml_event *b)
{
    return a->received_at != b->received_at ? a->received_at > b->received_at : a->id > b->id;
}

/* A second joiner inside an open period (T1). Of the two the later word counts when it came before the
 * period it falls into, or precedes, had begun: a re-sent hire. Else the second one is a mover. */
static void join_again(struct jml_arena *a, struct building *b, struct jml_event *j)
{
    struct jml_period *p = b->period;
    bool later = is_later_word(j, p->joiner);
    j->period = p;
    p->told_at = j->told_at < p->told_at ? j->told_at : p->told_at;
    const struct jml_event *word = later ? j : p->joiner;
    if (word->received_at < (later ? p->start : j->instant)) {
        p->start = word->instant;
        p->joiner = word;
        p->fact = j->fact < p->fact ? j->fact : p->fact;
        /* What the earlier word said was said of the start. */
        jml_vec_push(a, &b->patches, ((struct patch){j->instant, j, true}));
        return;
    }
    j->warning = later ? "joiner_as_mover: the person is employed already; the joiner acted as a mover"
                       : "joiner_as_mover: an earlier joiner opened the period; this one acted as a "
                         "mover";
    jml_vec_push(a, &b->patches, ((struct patch){.at = j->instant, .event = j}));
}

static int compare_patch(const void *x, const void *y)
{
    const struct patch *a = x, *b = y;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->of_start != b->of_start)
        return a->of_start ? -1 : 1;
    if (a->of_start)
        return is_later_word(a->event, b->event) ? 1 : -1;
    if (a->event->kind != b->event->kind)
        return a->event->kind == JML_JOINER ? -1 : 1;
    if (a->event->instant != b->event->instant)
        return a->event->instant < b->event->instant ? -1 : 1;
    if (a->event->sequence != b->event->sequence)
        return a->event->sequence < b->event->sequence ? -1 : 1;
    return (a->event->id > b->event->id) - (a->event->id < b->event->id);
}

/* Words about the event itself are no attributes of the person. */
static const struct jml_value *without_words_of_the_event(struct jml_arena *a,
                                                          const struct jml_value *patch)
{
    static const char *const words[] = {"immediate", "primary", "baseline", "formerEmployeeId"};
    bool any = false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !any; i++)
        any = jml_value_find(patch, words[i]) != NULL;
    if (!any)
        return patch;
    const struct jml_value *result = jml_value_object();
    for (size_t i = 0; i < patch->n; i++) {
        bool skip = false;
        for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++)
            skip = skip || strcmp(patch->keys[i], words[w]) == 0;
        if (!skip)
            result = jml_value_with(a, result, patch->keys[i], patch->items[i]);
    }
    return result;
}

static void close_building(struct jml_arena *a, struct building *b)
{
    struct jml_period *p = b->period;
    for (size_t i = 0; i < b->patches.n; i++)
        if (b->patches.items[i].at < p->start || b->patches.items[i].of_start)
            b->patches.items[i].at = p->start;
    if (b->patches.n > 1)
        qsort(b->patches.items, b->patches.n, sizeof(struct patch), compare_patch);

    const struct jml_value *attributes = jml_value_object();
    const struct jml_zone *zone = p->joiner->zone;
    for (size_t i = 0; i < b->patches.n; i++) {
        const struct patch *patch = &b->patches.items[i];
        const struct jml_value *said = patch->event->attributes;
        attributes = jml_value_merge(a, attributes, without_words_of_the_event(a, said));
        if (jml_value_find_string(said, "timeZone"))
            zone = patch->event->zone;
        const struct jml_value *primary = jml_value_find(said, "primary");
        if (primary && primary->type == JML_BOOL)
            p->primary = primary->boolean;
        if (patch->event->kind == JML_JOINER && jml_value_find_bool(said, "baseline", false))
            p->baseline_until = patch->event->received_at;
        struct jml_change change = {patch->at, attributes, patch->event, zone};
        if (p->changes.n > 0 && p->changes.items[p->changes.n - 1].at == patch->at)
            p->changes.items[p->changes.n - 1] = change;
        else
            jml_vec_push(a, &p->changes, change);
    }
}

struct buildings {
    struct building **items;
    size_t n, cap;
};

/* T3: an immediate leaver ends the period that its date names. Is that one before the period that is
 * open at its receipt, and therefore over? */
static bool names_an_earlier_one(const struct jml_event *e, const struct buildings *all)
{
    if (!is_immediate(e) ||
        (e->effective_at == JML_TIME_NONE && !jml_date_is_set(e->effective_on)) || all->n < 2)
        return false;
    jml_time named = dated_instant(e);
    const struct jml_period *open = all->items[all->n - 1]->period;
    const struct jml_period *before = all->items[all->n - 2]->period;
    return named <= open->start && named > before->start && !before->void_;
}

static void build_periods(struct jml_arena *a, const struct facts *facts, struct jml_fold *fold)
{
    struct buildings all = {0};
    JML_VEC(struct jml_event *) early_movers = {0}, early_leavers = {0};
    struct building *current = NULL;

    for (size_t i = 0; i < facts->n; i++) {
        struct jml_event *e = facts->items[i];
        switch (e->kind) {
        case JML_JOINER:
            if (current && current->open) {
                join_again(a, current, e);
                break;
            }
            current = open_period(a, e);
            jml_vec_push(a, &all, current);
            for (size_t k = 0; k < early_movers.n; k++) {
                early_movers.items[k]->period = current->period;
                jml_vec_push(a, &current->patches,
                             ((struct patch){.at = e->instant, .event = early_movers.items[k]}));
            }
            early_movers.n = 0;
            /* T4: a leaver that came before this period began, with none open before it. */
            for (size_t k = 0; k < early_leavers.n; k++) {
                struct jml_event *l = early_leavers.items[k];
                if (l->received_at >= e->instant)
                    continue;
                if (!current->period->leaver || is_later_word(l, current->period->leaver))
                    current->period->leaver = l;
                current->period->void_ = true;
                current->open = false;
                l->matched = true;
                l->period = current->period;
            }
            early_leavers.n = 0;
            break;
        case JML_MOVER:
            if (current && current->open) {
                e->period = current->period;
                jml_vec_push(a, &current->patches, ((struct patch){.at = e->instant, .event = e}));
            } else {
                jml_vec_push(a, &early_movers, e);
            }
            break;
        case JML_LEAVER:
            if (current && current->open && names_an_earlier_one(e, &all)) {
                e->matched = true;
            } else if (current && current->open && current->period->start < e->instant) {
                current->period->end = e->instant;
                current->period->leaver = e;
                current->open = false;
                e->matched = true;
            } else if (current && current->open) { /* a start moved behind it: a no-show */
                current->period->void_ = true;
                current->period->leaver = e;
                current->open = false;
                e->matched = true;
            } else if (current && !current->open && current->period->leaver &&
                       is_immediate(current->period->leaver)) {
                e->matched = true; /* the immediate one was quicker: nothing is wrong */
            } else if (current && !current->open && is_immediate(e) &&
                       is_later_word(current->period->leaver, e)) {
                e->matched = true; /* it was carried out; the papers came later */
            } else if (current && current->period->void_ &&
                       is_later_word(current->period->leaver, e)) {
                e->matched = true; /* the end that was planned before nobody came */
            } else if (current && !current->open && !current->period->void_ &&
                       current->period->end == e->instant) {
                e->matched = true; /* said twice: both close the period open just before */
            } else {
                jml_vec_push(a, &early_leavers, e);
            }
            if (e->matched && current)
                e->period = current->period;
            break;
        case JML_RESCIND:
            break;
        }
    }
    for (size_t i = 0; i < all.n; i++) {
        close_building(a, all.items[i]);
        if (all.items[i]->period->void_)
            jml_vec_push(a, &fold->emptied, all.items[i]->period);
        else
            jml_vec_push(a, &fold->periods, all.items[i]->period);
    }
}

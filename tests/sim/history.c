/* SPDX-License-Identifier: MIT
 *
 * A life is laid out first, employment by employment, as HR would have it in the end; then it is
 * spoilt: corrections, withdrawals, hires sent again, leavers before the first day, and receipts
 * before and after the fact.
 */
#include "sim/history.h"

#include <stdlib.h>
#include <string.h>

#include "lib/case.h"
#include "sim/company.h"

uint64_t sim_mix(uint64_t a, uint64_t b)
{
    uint64_t x = a * UINT64_C(0x9E3779B97F4A7C15) + b + UINT64_C(0x632BE59BD9B4E019);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

uint32_t sim_number(struct sim_chance *c, uint32_t below)
{
    c->state = sim_mix(c->state, 1);
    return (uint32_t)((c->state >> 32) % below);
}

bool sim_percent(struct sim_chance *c, uint32_t percent)
{
    return sim_number(c, 100) < percent;
}

int64_t sim_epoch;

struct draft {
    struct sim_history *h;
    struct sim_chance chance;
    enum sim_kind kind;
    int64_t epoch;           /* the day from which days are counted */
    const char *const *zones;
    size_t n_zones;
    uint8_t used[3][512];    /* days that a joiner or mover of the employment has already */
    int corrected[SIM_EVENTS_MAX];
    int64_t last_day;
};

#define CHANCE (&d->chance)
#define PICK(...)                                                                                  \
    pick(d, (const char *const[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

static const char *const employments[] = {"main", "side", "third"};

static void live(struct draft *d, int employment);
static void spoil(struct draft *d);
static void mistake(struct draft *d);
static void ask(struct draft *d);
static void receive(struct draft *d);

void sim_history_make(struct sim_history *h, uint64_t seed, enum sim_kind kind)
{
    /* No two that are a whole day apart: their different dates could be one instant. */
    static const char *const west[] = {"Pacific/Honolulu", "America/Sao_Paulo", "Europe/Lisbon",
                                       "Australia/Melbourne", "Africa/Cairo", "America/Havana"};
    static const char *const east[] = {"Pacific/Kiritimati", "Europe/Berlin", "Asia/Beirut",
                                       "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"};
    struct draft draft = {.h = h, .chance = {sim_mix(seed, 7)}, .kind = kind}, *d = &draft;
    struct jml_arena arena = h->arena;
    jml_arena_reset(&arena);
    *h = (struct sim_history){.arena = arena, .seed = seed};
    bool is_east = sim_percent(CHANCE, 50);
    d->zones = is_east ? east : west;
    d->n_zones = 6;
    h->default_zone = sim_percent(CHANCE, 50) || kind == SIM_SIMPLE ? "UTC" : d->zones[1];
    h->workflows = sim_company_draw(CHANCE);
    d->epoch = case_time(sim_percent(CHANCE, 70) ? "2026-02-20" : "2026-10-01") / JML_DAY;
    if (sim_epoch)
        d->epoch = sim_epoch;

    uint32_t n = sim_number(CHANCE, kind == SIM_SIMPLE ? 72 : 100);
    for (int k = 0; k < (n < 60 ? 1 : n < 88 ? 2 : 3); k++)
        live(d, k);
    if (kind != SIM_SIMPLE)
        spoil(d);
    ask(d);
    receive(d);
}

/* ---- what HR says in the end ---- */

static const char *pick(struct draft *d, const char *const *words, size_t n)
{
    return words[sim_number(CHANCE, (uint32_t)n)];
}

static const struct jml_value *attributes_of(struct draft *d, enum jml_event_kind kind)
{
    struct jml_str s = JML_STR_INIT(&d->h->arena);
    if (kind == JML_LEAVER)
        return jml_value_object();
    bool joins = kind == JML_JOINER, plain = d->kind == SIM_SIMPLE;
    if (sim_percent(CHANCE, joins ? 80 : 50))
        jml_str_addf(&s, ",\"department\":%s",
                     PICK("\"Sales\"", "\"Sales\"", "\"IT\"", "\"IT\"", "\"HR\"", "null"));
    if (sim_percent(CHANCE, 30))
        jml_str_addf(&s, ",\"city\":%s", PICK("\"Lisbon\"", "\"Melbourne\"", "\"Honolulu\""));
    if (sim_percent(CHANCE, 25))
        jml_str_addf(&s, ",\"groups\":%s", PICK("[\"g\"]", "[\"g\",\"h\"]", "[\"h\"]", "[]", "null"));
    if (!plain && sim_percent(CHANCE, joins ? 25 : 8))
        jml_str_addf(&s, ",\"timeZone\":\"%s\"", pick(d, d->zones, d->n_zones));
    if (!plain && sim_percent(CHANCE, joins ? 3 : 20))
        jml_str_addf(&s, ",\"suspended\":%s", PICK("true", "true", "false", "null"));
    if (!plain && sim_percent(CHANCE, 10))
        jml_str_addf(&s, ",\"primary\":%s", PICK("true", "true", "false"));
    if (joins && !plain && sim_percent(CHANCE, 3))
        jml_str_add(&s, ",\"baseline\":true");
    if (sim_percent(CHANCE, 10))
        jml_str_addf(&s, ",\"note\":%u", sim_number(CHANCE, 9));
    if (joins && !plain && d->h->n_events % 2)
        jml_str_add(&s, ",\"mail\":\"e1@example.com\"");
    const char *members = jml_str_text(&s);
    const char *text = jml_printf(&d->h->arena, "{%s}", *members ? members + 1 : "");
    const struct jml_value *value = NULL;
    struct jml_err e;
    if (jml_value_parse(&d->h->arena, text, strlen(text), 8, &value, &e) < 0)
        case_fail("attributes %s: %s", text, e.message);
    return value;
}

static int employment_number(const char *employment)
{
    for (int i = 0; i < 3; i++)
        if (jml_streq(employments[i], employment))
            return i;
    return 0;
}

/* A day that no other joiner or mover of the employment has; the one asked for, or the next. */
static int64_t free_day(struct draft *d, int employment, int64_t day)
{
    while (d->used[employment][(day + 128) & 511])
        day++;
    d->used[employment][(day + 128) & 511] = 1;
    return day;
}

static void date(struct draft *d, struct sim_event *e, int64_t day)
{
    e->on = (struct jml_date){0};
    e->at = JML_TIME_NONE;
    if (day > d->last_day)
        d->last_day = day;
    if (d->kind == SIM_SIMPLE || sim_percent(CHANCE, 70))
        e->on = jml_date_from_days(d->epoch + day);
    else
        e->at = (d->epoch + day) * JML_DAY + (int64_t)sim_number(CHANCE, 1440) * JML_MINUTE +
                45 * JML_SECOND;
}

static struct sim_event *say(struct draft *d, enum jml_event_kind kind, int employment, int64_t day)
{
    if (d->h->n_events == SIM_EVENTS_MAX)
        return NULL;
    struct sim_event *e = &d->h->events[d->h->n_events++];
    *e = (struct sim_event){.kind = kind,
                            .employment = employments[employment],
                            .attributes = attributes_of(d, kind),
                            .at = JML_TIME_NONE,
                            .received_at = JML_TIME_NONE,
                            .supersedes = -1};
    date(d, e, kind == JML_LEAVER ? day : free_day(d, employment, day));
    return e;
}

static void leave(struct draft *d, int employment, int64_t day)
{
    struct sim_event *e = say(d, JML_LEAVER, employment, day);
    if (!e || d->kind != SIM_ANYTHING)
        return;
    if (sim_percent(CHANCE, 8))
        e->employment = "*";
    if (sim_percent(CHANCE, 20)) {
        e->attributes = jml_value_with(&d->h->arena, e->attributes, "immediate", jml_value_bool(true));
        e->received_at = (d->epoch + day) * JML_DAY + (int64_t)sim_number(CHANCE, 1440) * JML_MINUTE;
        if (sim_percent(CHANCE, 50)) {
            e->at = JML_TIME_NONE;
            e->on = (struct jml_date){0};
        }
    }
}

static void live(struct draft *d, int employment)
{
    int64_t day = 8 + sim_number(CHANCE, 40);
    uint32_t n = sim_number(CHANCE, 100);
    int periods = n < 60 ? 1 : n < 90 ? 2 : 3;
    for (int i = 0; i < periods; i++) {
        say(d, JML_JOINER, employment, day);
        if (d->kind == SIM_ANYTHING && sim_percent(CHANCE, 6)) /* a hire sent again */
            say(d, JML_JOINER, employment, day + sim_number(CHANCE, 20) - 8);
        int64_t at = day;
        for (uint32_t moves = sim_number(CHANCE, 4); moves > 0; moves--) {
            at += 1 + sim_number(CHANCE, 14);
            bool outside = d->kind == SIM_ANYTHING && sim_percent(CHANCE, 8);
            say(d, JML_MOVER, employment, outside ? day - 3 - sim_number(CHANCE, 9) : at);
        }
        if (i + 1 == periods && sim_percent(CHANCE, 45))
            break;
        if (d->kind == SIM_ANYTHING && sim_percent(CHANCE, 4)) { /* never comes */
            leave(d, employment, day - sim_number(CHANCE, 5));
            continue;
        }
        at += 1 + sim_number(CHANCE, 25);
        leave(d, employment, at);
        day = at + (sim_percent(CHANCE, 25) ? 1 : 2 + sim_number(CHANCE, 40));
    }
}

/* ---- corrections and withdrawals ---- */

static void correct(struct draft *d, int target)
{
    struct sim_event *t = &d->h->events[target];
    if (d->h->n_events == SIM_EVENTS_MAX || d->corrected[target] || t->kind == JML_RESCIND)
        return;
    d->corrected[target] = 1;
    struct sim_event *e = &d->h->events[d->h->n_events++];
    *e = *t;
    e->supersedes = target;
    e->received_at = JML_TIME_NONE;
    int employment = employment_number(t->employment);
    bool immediate = jml_value_find(t->attributes, "immediate") != NULL;
    if (sim_percent(CHANCE, 60) && !immediate) {
        int64_t day = jml_date_is_set(t->on) ? jml_date_to_days(t->on) : t->at / JML_DAY;
        day += (int64_t)sim_number(CHANCE, 30) - 10 - d->epoch;
        date(d, e, e->kind == JML_LEAVER ? day : free_day(d, employment, day));
    }
    if (sim_percent(CHANCE, 60) && e->kind != JML_LEAVER)
        e->attributes = attributes_of(d, e->kind);
    if (immediate && sim_percent(CHANCE, 50)) {
        int64_t day = t->received_at == JML_TIME_NONE ? d->last_day
                                                      : t->received_at / JML_DAY - d->epoch;
        e->attributes = jml_value_object();
        date(d, e, day + sim_number(CHANCE, 20));
    }
}

static void rescind(struct draft *d, int target)
{
    if (d->h->n_events == SIM_EVENTS_MAX)
        return;
    struct sim_event *e = &d->h->events[d->h->n_events++];
    *e = (struct sim_event){.kind = JML_RESCIND,
                            .employment = d->h->events[target].employment,
                            .attributes = jml_value_object(),
                            .at = JML_TIME_NONE,
                            .received_at = JML_TIME_NONE,
                            .supersedes = target};
}

static void spoil(struct draft *d)
{
    if (sim_percent(CHANCE, 35))
        return;
    for (int i = 0; i < (int)d->h->n_events; i++) { /* what it adds is spoilt in its turn */
        if (sim_percent(CHANCE, 12))
            correct(d, i);
        if (sim_percent(CHANCE, d->h->events[i].kind == JML_RESCIND ? 30 : 7))
            rescind(d, i);
    }
    if (sim_percent(CHANCE, 4)) { /* its target never comes */
        struct sim_event *e = &d->h->events[sim_number(CHANCE, (uint32_t)d->h->n_events)];
        if (e->supersedes == -1)
            e->supersedes = -2;
    }
    mistake(d);
}

/* One that names an event of another kind: a leaver counts all the same, the others do not. */
static void mistake(struct draft *d)
{
    struct sim_history *h = d->h;
    struct sim_chance chance = {sim_mix(h->seed, 11)};
    if (sim_percent(&chance, 95))
        return;
    int i = (int)sim_number(&chance, (uint32_t)h->n_events);
    int target = (int)sim_number(&chance, (uint32_t)h->n_events);
    struct sim_event *e = &h->events[i], *t = &h->events[target];
    if (target < i && e->supersedes == -1 && e->kind != t->kind && t->kind != JML_RESCIND &&
        e->kind != JML_RESCIND && !d->corrected[target]) {
        d->corrected[target] = 1;
        e->supersedes = target;
    }
}

/* ---- administrators ---- */

static void ask(struct draft *d)
{
    struct sim_history *h = d->h;
    if (sim_percent(CHANCE, 55))
        return;
    int64_t day = 10;
    while (h->n_requests < SIM_REQUESTS_MAX) {
        day += 1 + sim_number(CHANCE, 30);
        struct sim_request *r = &h->requests[h->n_requests];
        *r = (struct sim_request){.type = JML_ADMIN_ADD,
                                  .package = SIM_DIRECT,
                                  .ends_at = JML_TIME_NONE};
        if (sim_percent(CHANCE, 50))
            r->package = PICK("Base", "IT", "Short", "Travel", "Club");
        if (h->n_requests > 0 && sim_percent(CHANCE, 60)) {
            r->type = sim_percent(CHANCE, 50) ? JML_ADMIN_REMOVE : JML_ADMIN_UPDATE;
            if (sim_percent(CHANCE, 60))
                r->package = h->requests[h->n_requests - 1].package;
        }
        r->at = (d->epoch + day) * JML_DAY + (int64_t)sim_number(CHANCE, 1440) * JML_MINUTE +
                (30 + (int64_t)h->n_requests) * JML_SECOND;
        if (r->type == JML_ADMIN_UPDATE || (r->type == JML_ADMIN_ADD && sim_percent(CHANCE, 30)))
            r->ends_at = r->at + (1 + (int64_t)sim_number(CHANCE, 60)) * JML_DAY;
        if (d->kind != SIM_SIMPLE && r->type == JML_ADMIN_ADD && h->n_requests + 1 < SIM_REQUESTS_MAX &&
            sim_percent(CHANCE, 30)) { /* somebody has to approve it, some days later */
            r->type = sim_percent(CHANCE, 50) ? JML_USER_ADD : JML_ADMIN_ADD;
            r->package = SIM_ASKED;
            r->ends_at = JML_TIME_NONE;
            int64_t later = 1 + sim_number(CHANCE, 8);
            day += later;
            h->requests[++h->n_requests] = (struct sim_request){.decides = true,
                                                                .type = r->type,
                                                                .package = SIM_ASKED,
                                                                .at = r->at + later * JML_DAY,
                                                                .ends_at = JML_TIME_NONE};
        }
        if (day > d->last_day)
            d->last_day = day;
        h->n_requests++;
        if (sim_percent(CHANCE, 45))
            return;
    }
}

/* ---- when each is received, and the end ---- */

static int64_t civil_day(const struct sim_event *e)
{
    return jml_date_is_set(e->on) ? jml_date_to_days(e->on) : e->at / JML_DAY;
}

static int by_receipt(const void *x, const void *y)
{
    const struct sim_event *a = x, *b = y;
    return (a->received_at > b->received_at) - (a->received_at < b->received_at);
}

static void receive(struct draft *d)
{
    struct sim_history *h = d->h;
    bool prompt = d->kind == SIM_SIMPLE || sim_percent(CHANCE, 30);
    jml_time last = (d->epoch + d->last_day) * JML_DAY;
    for (size_t i = 0; i < h->n_events; i++) {
        struct sim_event *e = &h->events[i];
        if (e->received_at == JML_TIME_NONE) {
            bool follows = e->supersedes >= 0;
            int64_t day = follows ? h->events[e->supersedes].received_at / JML_DAY : civil_day(e);
            if (follows) /* most come after what they name */
                day += (int64_t)sim_number(CHANCE, 40) - (sim_percent(CHANCE, 25) ? 40 : 0);
            else if (prompt || sim_percent(CHANCE, 50))
                day -= 1 + sim_number(CHANCE, 25);
            else
                day += sim_number(CHANCE, 50);
            e->received_at = day * JML_DAY + (int64_t)sim_number(CHANCE, 1440) * JML_MINUTE;
        }
        e->received_at += (jml_time)i * JML_SECOND; /* no two alike */
        if (e->received_at > last)
            last = e->received_at;
    }
    for (size_t i = 0; i < h->n_requests; i++)
        if (h->requests[i].at > last)
            last = h->requests[i].at;

    /* by receipt, and supersedes with it */
    int key[SIM_EVENTS_MAX];
    struct sim_event before[SIM_EVENTS_MAX];
    memcpy(before, h->events, sizeof(before));
    qsort(h->events, h->n_events, sizeof(h->events[0]), by_receipt);
    for (size_t i = 0; i < h->n_events; i++)
        for (size_t k = 0; k < h->n_events; k++)
            if (before[i].received_at == h->events[k].received_at)
                key[i] = (int)k;
    for (size_t i = 0; i < h->n_events; i++)
        if (h->events[i].supersedes >= 0)
            h->events[i].supersedes = key[h->events[i].supersedes];
    static const int days[] = {0, 0, 1, 4, 12, 30, 60, 150};
    h->until = last + (days[sim_number(CHANCE, 8)]) * JML_DAY +
               (1 + (int64_t)sim_number(CHANCE, 1440)) * JML_MINUTE;
}

/* ---- for people ---- */

static const char *date_text(struct jml_arena *a, const struct sim_event *e)
{
    if (jml_date_is_set(e->on))
        return jml_printf(a, "%04d-%02d-%02d", e->on.year, e->on.month, e->on.day);
    return e->at == JML_TIME_NONE ? "-" : jml_time_format(a, e->at);
}

const char *sim_history_text(struct jml_arena *a, const struct sim_history *h)
{
    struct jml_str s = JML_STR_INIT(a);
    jml_str_addf(&s, "  default zone %s, until %s, workflows:", h->default_zone,
                 jml_time_format(a, h->until));
    for (unsigned i = 0; i < SIM_WORKFLOWS; i++)
        if (h->workflows & 1u << i)
            jml_str_addf(&s, " %s;", sim_workflow_names[i]);
    jml_str_add(&s, "\n");
    for (size_t i = 0; i < h->n_events; i++) {
        const struct sim_event *e = &h->events[i];
        if (e->dropped)
            continue;
        jml_str_addf(&s, "  received %s  e%zu %s %s %s", jml_time_format(a, e->received_at), i,
                     jml_event_kind_name(e->kind), e->employment, date_text(a, e));
        if (e->supersedes != -1)
            jml_str_addf(&s, e->supersedes < 0 ? " supersedes one that never comes"
                                               : " supersedes e%d", e->supersedes);
        if (e->attributes->n)
            jml_str_addf(&s, " %s", jml_value_text(a, e->attributes));
        jml_str_add(&s, "\n");
    }
    for (size_t i = 0; i < h->n_requests; i++) {
        const struct sim_request *r = &h->requests[i];
        if (r->dropped)
            continue;
        jml_str_addf(&s, "  made     %s  %s %s", jml_time_format(a, r->at),
                     r->decides ? "yes to" : jml_request_type_name(r->type), r->package);
        if (r->ends_at != JML_TIME_NONE)
            jml_str_addf(&s, " until %s", jml_time_format(a, r->ends_at));
        jml_str_add(&s, "\n");
    }
    return jml_str_text(&s);
}

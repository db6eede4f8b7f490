/* SPDX-License-Identifier: MIT
 *
 * A short list, searched from end to end: mostly it is empty.
 */
#include "flow/poison.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "flow/inflight.h"
#include "loop/loop.h"

#define ENTRIES_MAX 1000
#define SKIP_TIME (60 * JML_SECOND)
#define SKIP_TIME_CRASH (3600 * JML_SECOND)

struct entry {
    struct jml_id id;
    int64_t skip_until; /* monotonic; not even the hold could be written; 0: it was not tried yet */
    char reason[256];
};

struct jml_poison {
    struct entry entries[ENTRIES_MAX];
    size_t n;
};

static size_t find(const struct jml_poison *p, struct jml_id id); /* p->n: not there */

struct jml_poison *jml_poison_new(void)
{
    struct jml_poison *p = calloc(1, sizeof(*p));
    if (!p)
        jml_bug("out of memory");
    return p;
}

struct jml_poison *jml_poison_free(struct jml_poison *p)
{
    free(p);
    return NULL;
}

void jml_poison_condemn(struct jml_poison *p, const struct jml_person *person,
                        const struct jml_err *e)
{
    const struct jml_log_field field = {"JML_EMPLOYEE", person->employee_id};
    size_t at = find(p, person->id);
    if (at < p->n) {
        p->entries[at].skip_until = jml_loop_now() + SKIP_TIME;
        jml_log(JML_MSG_DATABASE_ERROR, &field, 1,
                "a person cannot even be held, and is left out for %d s: SQLSTATE %s: %s",
                (int)(SKIP_TIME / JML_SECOND), e->sqlstate, e->message);
        return;
    }
    jml_log(JML_MSG_DATABASE_ERROR, &field, 1,
            "the changes of one person cannot be written: SQLSTATE %s: %s", e->sqlstate,
            e->message);
    if (p->n == ENTRIES_MAX)
        return;
    struct entry *entry = &p->entries[p->n++];
    *entry = (struct entry){.id = person->id};
    snprintf(entry->reason, sizeof entry->reason, "write_failed: SQLSTATE %s: %.200s", e->sqlstate,
             e->message);
}

void jml_poison_leave_crashers(struct jml_poison *p, struct jml_inflight *inflight,
                               const struct jml_claim *claim)
{
    const struct jml_inflight_suspect *suspects;
    if (jml_inflight_read(inflight, &suspects) == 0)
        return;
    for (size_t i = 0; i < claim->n; i++) {
        const struct jml_person *person = &claim->people[i].person;
        const struct jml_inflight_suspect *s = jml_inflight_find(inflight, person->id);
        const struct jml_log_field field = {"JML_EMPLOYEE", person->employee_id};
        if (!s || s->crashes <= JML_INFLIGHT_HOLD || p->n == ENTRIES_MAX)
            continue;
        size_t at = find(p, person->id);
        if (at == p->n)
            p->n++;
        p->entries[at] = (struct entry){
            .id = person->id,
            .skip_until = jml_loop_now() + SKIP_TIME_CRASH,
            .reason = "crash: this person crashed the daemon",
        };
        jml_inflight_forgive(inflight, person->id);
        jml_log(JML_MSG_BUG, &field, 1,
                "a person crashes the daemon and cannot even be held: left out for %d min",
                (int)(SKIP_TIME_CRASH / JML_SECOND / 60));
    }
}

void jml_poison_part_suspects(const struct jml_inflight *inflight, struct jml_claim *claim)
{
    const struct jml_inflight_suspect *suspects;
    size_t kept = 0;
    if (claim->n == 0 || jml_inflight_read(inflight, &suspects) == 0)
        return;
    if (jml_inflight_find(inflight, claim->people[0].person.id)) {
        claim->n = 1;
        return;
    }
    for (size_t i = 0; i < claim->n; i++)
        if (!jml_inflight_find(inflight, claim->people[i].person.id))
            claim->people[kept++] = claim->people[i];
    claim->n = kept;
}

void jml_poison_forget(struct jml_poison *p, struct jml_id id)
{
    size_t at = find(p, id);
    if (at < p->n)
        p->entries[at] = p->entries[--p->n];
}

const char *jml_poison_reason(const struct jml_poison *p, struct jml_id id)
{
    size_t at = find(p, id);
    return at < p->n ? p->entries[at].reason : NULL;
}

unsigned jml_poison_let_go(struct jml_poison *p, int64_t now)
{
    unsigned n = 0;
    for (size_t i = 0; i < p->n;) {
        if (p->entries[i].skip_until && p->entries[i].skip_until <= now) {
            p->entries[i] = p->entries[--p->n];
            continue;
        }
        n += p->entries[i].skip_until != 0;
        i++;
    }
    return n;
}

void jml_poison_leave_out(const struct jml_poison *p, struct jml_claim *claim, unsigned limit)
{
    size_t kept = 0;
    if (!p->n)
        return;
    for (size_t i = 0; i < claim->n && kept < limit; i++) {
        size_t at = find(p, claim->people[i].person.id);
        if (at == p->n || !p->entries[at].skip_until)
            claim->people[kept++] = claim->people[i];
    }
    claim->n = kept;
}

static size_t find(const struct jml_poison *p, struct jml_id id)
{
    size_t at = 0;
    while (at < p->n && !jml_id_equal(p->entries[at].id, id))
        at++;
    return at;
}

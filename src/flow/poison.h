/* SPDX-License-Identifier: MIT
 *
 * Poison: the people whose changes the database refused when they were alone in a batch (DESIGN
 * 2.10). Each is held by its next batch; one who cannot even be held is left out for a while, so
 * that nobody waits for them. Known to this process only: a new one tries everybody again.
 */
#ifndef JML_FLOW_POISON_H
#define JML_FLOW_POISON_H

#include "db/claim.h"

struct jml_inflight;
struct jml_poison;

struct jml_poison *jml_poison_new(void);
struct jml_poison *jml_poison_free(struct jml_poison *p);

/* The database refused what was decided about this person alone. Says so in the log. */
void jml_poison_condemn(struct jml_poison *p, const struct jml_person *person,
                        const struct jml_err *e);
void jml_poison_forget(struct jml_poison *p, struct jml_id id);
/* Why this person is to be held; NULL: for no reason that is known here. */
const char *jml_poison_reason(const struct jml_poison *p, struct jml_id id);

/* Of whom the process died even when it only tried to hold them: left out for an hour. Says so in
 * the log. The next process, or the next hour, tries once more to hold them. */
void jml_poison_leave_crashers(struct jml_poison *p, struct jml_inflight *inflight,
                               const struct jml_claim *claim);
/* After a crash: a suspect is worked on alone, in its turn; the others without the suspects. */
void jml_poison_part_suspects(const struct jml_inflight *inflight, struct jml_claim *claim);

/* Those who were left out long enough are tried again. Returns how many are left out still. */
unsigned jml_poison_let_go(struct jml_poison *p, int64_t now);
/* Takes them out of what was claimed, and leaves at most limit people in it. */
void jml_poison_leave_out(const struct jml_poison *p, struct jml_claim *claim, unsigned limit);

#endif

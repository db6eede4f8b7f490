/* SPDX-License-Identifier: MIT
 *
 * Journal: what a committed batch did, as log entries. One entry a transition; of a large batch one
 * summary a person. Ids, states and rules only; the audit table is the record, this is its echo.
 */
#ifndef JML_FLOW_JOURNAL_H
#define JML_FLOW_JOURNAL_H

#include "db/claim.h"

void jml_journal_batch(const struct jml_claim *claim);

#endif

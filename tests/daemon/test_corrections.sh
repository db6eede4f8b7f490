#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# What was said wrongly and is corrected, withdrawn and restored, after it was carried out: access
# follows, with the reason, and only the difference; what changes no cause changes no access.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"

# ---- a correction in an old joiner

world corrected
documents() {
    package Base none
    package A none
    package B none
    package More none
    package Hand none
    workflow All hire:0 "(department ne 'x')" request:Base/none
    workflow 'In A' hire:0 "(department eq 'A')" request:A/none "$@"
    workflow 'In B' hire:0 "(department eq 'B')" request:B/none
}
documents | company
unlimited
for who in spelling department careful; do
    said "$(instant 0 01:00)" joiner $who "$(day 0)" '{"department":"A","displayName":"Jon"}' \
        source=hr source_ref=$who
done
at "$(instant 0 02:00)"
add Hand spelling department careful
at "$(instant 0 03:00)"
documents request:More/none | company
at "$(instant 30 12:00)"
is "corrected: a new version changes nobody's access" "$(holds spelling)" 'A Base Hand'
before=$(q "SELECT id, state, ends_at FROM jml.assignments ORDER BY id")
said "$(instant 40 12:00)" joiner spelling "$(day 0)" '{"department":"A","displayName":"John"}' \
    source=hr source_ref=s2 supersedes=spelling
at "$(instant 40 12:30)" "${late[@]}"
is "corrected: another spelling is known" "$(q "SELECT attributes ->> 'displayName' FROM jml.person WHERE employee_id = 'spelling'")" John
is "corrected: and changes no access of anybody" "$(q "SELECT id, state, ends_at FROM jml.assignments ORDER BY id")" "$before"
is "corrected: nor does it run anything" "$(runs_of spelling):$(own_requests spelling)" 'completed completed:'
said "$(instant 41 12:00)" joiner department "$(day 0)" '{"department":"B","displayName":"Jon"}' \
    source=hr source_ref=d2 supersedes=department
at "$(instant 41 12:30)" "${late[@]}"
is "corrected: another department changes what the department gave" "$(holds department)" 'B Base Hand'
is "corrected: and only that" "$(q "SELECT string_agg(access_package || ' ' || state, ', ' ORDER BY access_package) FROM jml.assignments WHERE employee_id = 'department'")" \
    'A expired, B delivered, Base delivered, Hand delivered'
is "corrected: with the reason" "$(why_of department A)" corrected
is "corrected: the others are as they were" "$(q "SELECT id, state, ends_at FROM jml.assignments WHERE employee_id <> 'department' ORDER BY id")" \
    "$(grep -vFf <(q "SELECT id FROM jml.assignments WHERE employee_id = 'department'") <<< "$before")"
# by default, what would be given so late waits for an operator; what is to go does not
said "$(instant 42 12:00)" joiner careful "$(day 0)" '{"department":"B","displayName":"Jon"}' \
    source=hr source_ref=c2 supersedes=careful
at "$(instant 42 12:30)"
is "corrected beyond catch_up: the grant is held, the removal is not" "$(holds careful):$(runs_of careful 'In B')" 'Base Hand:held'
jmlctl run release "$(q "SELECT id FROM jml.runs WHERE employee_id = 'careful' AND state = 'held'")" > "$work/x"
at "$(instant 42 13:00)"
is "corrected beyond catch_up: until it is released" "$(holds careful)" 'B Base Hand'
ok "the audit verifies with corrections" jmlctl audit verify

# ---- T6: a leaver that is corrected after it was carried out

world reprieve
{
    package P none
    package B P30D
    package Hand none
    workflow Give hire:0 "(department eq 'A')" request:P/none request:B/P30D
    category=leaver workflow Bye leave:0 "(department eq 'A')" removeall:0
} | company
unlimited
said "$(instant 0 01:00)" joiner E "$(day 0)" '{"department":"A"}' source=hr source_ref=j1
at "$(instant 0 02:00)"
add Hand E
at "$(instant 0 03:00)"
said "$(instant 3 12:00)" leaver E "$(day 5)" '{}' source=hr source_ref=l1
at "$(instant 6 12:00)"
is "reprieve: left, and holds nothing" "$(state_of E):$(holds E)" left:
said "$(instant 7 12:00)" leaver E "$(day 20)" '{}' source=hr source_ref=l2 supersedes=l1
at "$(instant 7 12:30)"
is "reprieve: a later last day gives all of it back" "$(state_of E):$(holds E)" 'active:B Hand P'
like "reprieve: by requests of jmld's own" "$(own_requests E)" '^systemAdd P: corrected: .'
is "reprieve: with the end it had" "$(ends_of E B)" "$(instant 30 01:00)"
is "reprieve: the leaver that was corrected is superseded" "$(q "SELECT state FROM jml.event WHERE source_ref = 'l1'")" superseded
said "$(instant 8 12:00)" rescind E none '{}' source=hr source_ref=x1 supersedes=l2
at "$(instant 8 12:30)"
is "reprieve: rescinding the correction withdraws the leave" "$(state_of E):$(holds E):$(q "SELECT leaves_at FROM jml.person WHERE employee_id = 'E'")" 'active:B Hand P:'
at "$(instant 22 12:00)"
is "reprieve: so nothing ends on that day" "$(state_of E):$(holds E)" 'active:B Hand P'
said "$(instant 23 12:00)" rescind E none '{}' source=hr source_ref=x2 supersedes=x1
at "$(instant 23 12:30)"
is "reprieve: rescinding the rescind restores it, and it is past" "$(state_of E):$(holds E)" left:
is "reprieve: the last day is that of the correction" "$(q "SELECT leaves_at FROM jml.person WHERE employee_id = 'E'")" "$(q "SELECT '$(day 21) 00:00+00'::timestamptz")"
said "$(instant 24 12:00)" leaver E "$(day 25)" '{}' source=hr source_ref=l3 supersedes=l2
at "$(instant 24 12:30)"
is "reprieve: corrected once more, once more back" "$(state_of E):$(holds E)" 'active:B Hand P'
at "$(instant 25 23:59)"
is "reprieve: to the end of the new last day" "$(state_of E):$(holds E)" 'active:B Hand P'
at "$(mid 26)"
is "reprieve: and no longer" "$(state_of E):$(holds E)" left:
is "reprieve: nothing is open" "$(open_of E)" 0
ok "the audit verifies with a reprieve" jmlctl audit verify

# ---- the same where what is held ends thirty days after the leave

world handover
{
    package P none
    package Hand none
    workflow Give hire:0 "(department eq 'A')" request:P/none
    category=leaver workflow Bye leave:0 "(department eq 'A')" removeall:30 mail:after
} | company
said "$(instant 0 01:00)" joiner boss 2000-01-01 '{"mail":"boss@example.com"}'
for who in later earlier; do
    said "$(instant 0 01:00)" joiner $who "$(day 0)" '{"department":"A","manager":"boss"}'
done
at "$(instant 0 02:00)"
add Hand later earlier
at "$(instant 0 03:00)"
for who in later earlier; do said "$(instant 3 12:00)" leaver $who "$(day 5)" '{}' source=hr source_ref=$who; done
at "$(instant 6 12:00)"
is "handover: what is held ends in thirty days" "$(state_of later): $(ends_of later P) $(ends_of later Hand)" \
    "left: $(instant 36) $(instant 36)"
said "$(instant 7 12:00)" leaver later "$(day 20)" '{}' source=hr source_ref=l2 supersedes=later
said "$(instant 7 12:00)" leaver earlier "$(day 2)" '{}' source=hr source_ref=e2 supersedes=earlier
at "$(instant 7 13:00)"
is "handover: a later last day takes the ends off" "$(state_of later): $(holds later):$(ends_of later P)$(ends_of later Hand)" 'active: Hand P:'
is "handover: an earlier one moves them" "$(state_of earlier): $(ends_of earlier P) $(ends_of earlier Hand)" \
    "left: $(instant 33) $(instant 33)"
at "$(mid 21)"
is "handover: then it is thirty days from the later one" "$(state_of later): $(ends_of later P) $(ends_of later Hand)" \
    "left: $(instant 51) $(instant 51)"
is "handover: the mail goes once" "$(notices_of later) $(notices_of earlier)" 'after_last_day:pending after_last_day:pending'
at "$(mid 51)"
is "handover: and all of it has an end" "$(holds later)$(holds earlier)" ''
ok "the audit verifies with handovers" jmlctl audit verify

# ---- a hire in another zone, on another day; a leave at once that was none

world hires
{
    package P none
    package B P30D
    package Hand none
    workflow Give hire:0 "(department eq 'A')" request:P/none request:B/P30D mail:welcome
} | company
hired='{"department":"A","mail":"a@example.com","timeZone":"Europe/Lisbon"}'
for who in zone start undo; do
    said "$(instant 0 01:00)" joiner $who "$(day 0)" "$hired" source=hr source_ref=$who
done
at "$(instant 0 12:00)"
add Hand zone start undo
at "$(instant 0 13:00)"
before=$(q "SELECT id, state FROM jml.assignments WHERE employee_id = 'zone' ORDER BY 1")
said "$(instant 1 12:00)" joiner zone "$(day 0)" "${hired/Europe\/Lisbon/Australia/Melbourne}" \
    source=hr source_ref=z2 supersedes=zone
at "$(instant 1 13:00)"
is "hires: in another zone nothing is taken and given again" \
    "$(q "SELECT id, state FROM jml.assignments WHERE employee_id = 'zone' ORDER BY 1")" "$before"
is "hires: and no mail goes out again" "$(notices_of zone)" welcome:pending
said "$(instant 2 12:00)" joiner start "$(day 10)" "$hired" source=hr source_ref=s2 supersedes=start
at "$(instant 2 13:00)"
is "hires: on a day to come what the hire gave goes" "$(state_of start): $(holds start)" 'prehire: Hand'
at "$(instant 10 12:00)"
is "hires: and comes on that day" "$(state_of start): $(holds start)" 'active: B Hand P'
is "hires: with no second mail" "$(notices_of start)" welcome:pending
said "$(instant 10 13:00)" leaver undo none '{"immediate":true}' source=hr source_ref=im
at "$(instant 10 13:30)"
is "hires: a leave at once takes all" "$(state_of undo): $(holds undo)" 'left: '
said "$(instant 11 13:00)" rescind undo none '{}' source=hr source_ref=imx supersedes=im
at "$(instant 11 13:30)"
is "hires: its rescind gives it back" "$(state_of undo): $(holds undo)" 'active: B Hand P'
ok "the audit verifies with hires corrected" jmlctl audit verify

# ---- when somebody became known does not change with corrections

world created
known() {
    package P none
    package Q none
    workflow Give created:0 "(department eq 'A')" request:P/none "$@"
}
known | company
for who in spelling moved resent; do
    said "$(instant 0 01:00)" joiner $who "$(day 0)" '{"department":"A","displayName":"Jon"}' source=hr source_ref=$who
done
at "$(instant 0 12:00)"
known request:Q/none | company
said "$(instant 20 13:00)" joiner spelling "$(day 0)" '{"department":"A","displayName":"John"}' source=hr source_ref=s2 supersedes=spelling
said "$(instant 20 13:00)" joiner moved "$(day 1)" '{"department":"A","displayName":"John"}' source=hr source_ref=m2 supersedes=moved
said "$(instant 20 13:00)" joiner resent "$(day 0)" '{"department":"A","displayName":"John"}' source=hr source_ref=r2
at "$(instant 20 13:30)"
for who in spelling moved resent; do
    is "created, $who: a correction changes no access" "$(holds $who): $(runs_of $who)" 'P: completed'
done
said "$(instant 30 14:00)" rescind spelling none '{}' source=hr source_ref=x1 supersedes=s2
at "$(instant 30 14:30)"
is "created: a hire that was withdrawn gives nothing" "$(state_of spelling): $(holds spelling)" 'unknown: '
said "$(instant 31 14:00)" rescind spelling none '{}' source=hr source_ref=x2 supersedes=x1
at "$(instant 31 14:30)"
is "created: and restored what it gave" "$(state_of spelling): $(holds spelling): $(runs_of spelling)" 'active: P: completed'
ok "the audit verifies with people who became known" jmlctl audit verify

# ---- workflows that came after the hire

world rollout
package P none | company
for who in spelling date; do
    said "$(instant -1 01:00)" joiner $who "$(day -1)" '{"department":"A","displayName":"Jon"}' source=hr source_ref=$who
done
at "$(instant 0 12:00)"
{
    package P none
    package Q none
    workflow Give hire:0 "(department eq 'A')" request:P/none
    workflow Known created:0 "(department eq 'A')" request:Q/none
} | company
at "$(instant 1 12:00)"
is "rollout: the hire was before" "$(holds spelling)$(runs_of spelling)" ''
said "$(instant 1 13:00)" joiner spelling "$(day -1)" '{"department":"A","displayName":"John"}' source=hr source_ref=s2 supersedes=spelling
said "$(instant 1 13:00)" joiner date "$(day 1)" '{"department":"A","displayName":"Jon"}' source=hr source_ref=d2 supersedes=date
at "$(instant 1 13:30)"
said "$(instant 1 14:00)" mover spelling "$(day 1)" '{"jobTitle":"Clerk"}'
at "$(instant 1 14:30)"
is "rollout: another spelling is no news to it" "$(holds spelling)$(runs_of spelling)" ''
is "rollout: another date is" "$(holds date)" P
ok "the audit verifies with a roll-out" jmlctl audit verify

# ---- a suspension that becomes known late

world suspended
{
    package P none
    package Q P10D
    workflow Give hire:0 "(department eq 'A')" request:P/none
    category=mover workflow To change:department "(department eq 'B')" remove:P request:Q/P10D
} | company
unlimited
for who in order late; do said "$(instant 0 01:00)" joiner $who "$(day 0)" '{"department":"A"}'; done
at "$(instant 0 12:00)"
said "$(instant 4 12:00)" mover order "$(day 5)" '{"suspended":true}'
for who in order late; do said "$(instant 4 12:00)" mover $who "$(day 8)" '{"department":"B"}'; done
said "$(instant 4 12:00)" mover order "$(day 12)" '{"suspended":false}'
at "$(instant 9 12:00)" "${late[@]}"
is "suspended: what is given meanwhile waits" "$(state_of order): $(holds order)" 'suspended: '
is "suspended: who is not has it" "$(state_of late): $(holds late)" 'active: Q'
said "$(instant 10 12:00)" mover late "$(day 5)" '{"suspended":true}'
at "$(instant 10 12:30)" "${late[@]}"
is "suspended: when it becomes known that he is, it waits, too" "$(state_of late): $(holds late)" 'suspended: '
said "$(instant 11 12:00)" mover late "$(day 12)" '{"suspended":false}'
at "$(mid 12)" "${late[@]}"
for who in order late; do
    is "suspended, $who: then it comes, for all of its days" "$(state_of $who): $(holds $who) $(ends_of $who Q)" \
        "active: Q $(instant 22)"
done
ok "the audit verifies with suspensions" jmlctl audit verify

# ---- groups that somebody never was in; runs on demand; what was taken by hand

world others
{
    package G none
    package Asked none
    package P none
    package Q none
    category=mover workflow In group:add:travel '' request:G/none
    category=mover workflow Out group:remove:travel '' remove:G
    workflow Now demand '' request:Asked/none
    workflow Give hire:0 "(department eq 'A')" request:P/none
    category=mover workflow Move change:department "(department eq 'B')" request:P/none request:Q/none
} | company
unlimited
for who in never between; do said "$(instant 0 01:00)" joiner $who "$(day 0)" '{"groups":["x"]}'; done
for who in asked removed moved; do
    said "$(instant 0 01:00)" joiner $who "$(day 0)" '{"department":"A"}' source=hr source_ref=$who
done
at "$(instant 0 12:00)"
jmlctl workflow run Now --employee asked > "$work/x"
jmlctl assignment remove P --employee removed moved > "$work/x"
at "$(instant 1 12:00)"
is "others: taken by hand is taken" "$(holds removed)$(holds moved)" ''
said "$(instant 2 01:00)" leaver asked "$(day 0)" '{}' source=hr source_ref=l1
said "$(instant 2 01:00)" mover never "$(day 2)" '{"groups":["x","travel"]}' source=hr source_ref=g1
at "$(instant 2 02:00)" "${late[@]}"
is "others: left, and in the group" "$(holds asked):$(holds never)" :G
said "$(instant 3 01:00)" rescind asked none '{}' source=hr source_ref=l2 supersedes=l1
said "$(instant 3 01:00)" mover never "$(day 2)" '{"groups":["x"]}' source=hr source_ref=g2 supersedes=g1
said "$(instant 3 01:00)" mover between "$(day 3)" '{"groups":["x"]}'
said "$(instant 3 01:00)" joiner removed "$(day 1)" '{"department":"A"}' source=hr source_ref=r2 supersedes=removed
at "$(instant 3 02:00)" "${late[@]}"
said "$(instant 4 01:00)" mover between "$(day 2)" '{"groups":["travel"]}'
said "$(instant 4 01:00)" mover moved "$(day 4)" '{"department":"B"}'
at "$(instant 4 02:00)" "${late[@]}"
is "others: not left after all, and what was run on demand is back" "$(holds asked)" 'Asked P'
is "others: never in the group" "$(holds never)" ''
is "others: in the group for a day, told after it" "$(holds between)" ''
is "others: what was taken by hand stays taken when the hire date moves" "$(holds removed)" ''
is "others: but a later move gives it again" "$(holds moved)" 'P Q'
ok "the audit verifies with the others" jmlctl audit verify
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# The time line that can be corrected, as HR and people live it: who comes back, comes later, does
# not come; what was said late, or in another order. Everybody is to end where an orderly feed would
# have put them.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"

# ---- who leaves and comes back on day 20 of 30

world rehire
{
    package Base none
    package Old none
    package Hand none
    workflow Join hire:0 "(department eq 'A')" request:Base/none
    workflow First hire:0 "(department eq 'B')" request:Base/none request:Old/none
    category=leaver workflow Bye leave:0 "(department ne 'x')" removeall:30
    category=leaver workflow 'Thirty days after' leave:30 "(department ne 'x')" removeall:0
} | company
said "$(instant 0 01:00)" joiner E "$(day 0)" '{"department":"B"}'
said "$(instant 0 01:00)" joiner gone "$(day 0)" '{"department":"B"}'
at "$(instant 0 02:00)"
add Hand E gone
at "$(instant 0 03:00)"
is "rehire: two packages by workflow, one by hand" "$(holds E)" 'Base Hand Old'
said "$(instant 5 12:00)" leaver E "$(day 9)"
said "$(instant 5 12:00)" leaver gone "$(day 9)"
at "$(mid 10)"
is "rehire: who left holds all of it for thirty days" "$(state_of E): $(holds E)" 'left: Base Hand Old'
is "rehire: until then" "$(ends_of E Hand)" "$(instant 40)"
is "rehire: a run thirty days later is planned" "$(runs_of E 'Thirty days after')" scheduled
said "$(instant 28 12:00)" joiner E "$(day 30)" '{"department":"A"}'
at "$(mid 30)"
is "rehire: back on day 20" "$(state_of E): $(holds E)" 'active: Base Hand Old'
is "rehire: what is requested again has no end any more" "$(ends_of E Base)" ''
is "rehire: the rest ends when it was to end" "$(ends_of E Hand) $(ends_of E Old)" "$(instant 40) $(instant 40)"
is "rehire: the old run is canceled" "$(runs_of E 'Thirty days after')" canceled
at "$(mid 50)"
is "rehire: on day 40 what was requested again lives, the rest is gone" "$(holds E)" Base
is "rehire: the old run is canceled still" "$(runs_of E 'Thirty days after')" canceled
is "rehire: who did not come back holds nothing" "$(state_of gone): $(holds gone)" 'left: '
is "rehire: and the run was carried out" "$(runs_of gone 'Thirty days after')" completed
ok "the audit verifies with a rehire" jmlctl audit verify

# ---- T9: a workforce that is there already

world baseline
{
    package P none
    package Hand none
    workflow Hired hire:0 "(department eq 'A')" request:P/none mail:welcome
    workflow Later hire:30 "(department eq 'A')" request:P/none
    workflow Known created:0 "(department eq 'A')" request:P/none mail:welcome
    workflow 'Known a while' created:3 "(department eq 'A')" mail:reminder
    category=leaver workflow Bye leave:0 "(department eq 'A')" mail:after removeall:0
} | company
q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
   SELECT 'joiner', 'B' || i, date '2015-01-01' + i % 300,
       '{\"department\":\"A\",\"mail\":\"b@example.com\",\"manager\":\"B1\",\"baseline\":true}'
   FROM generate_series(1, 1000) i"
once
is "baseline: a thousand people are active" "$(q "SELECT count(*) FROM jml.person WHERE state = 'active'")" 1000
is "baseline: no run, no mail, no access" "$(q 'SELECT (SELECT count(*) FROM jml.run), (SELECT count(*) FROM jml.notification), (SELECT count(*) FROM jml.assignment)')" '0|0|0'
at "$(instant 10 12:00)"
is "baseline: not later either" "$(q 'SELECT (SELECT count(*) FROM jml.run), (SELECT count(*) FROM jml.notification), (SELECT count(*) FROM jml.assignment)')" '0|0|0'
add Hand B1 B2 B3
at "$(instant 10 13:00)"
is "baseline: what is asked for by hand is given" "$(holds B1)$(holds B2)$(holds B3)" HandHandHand
said "$(instant 10 14:00)" leaver B2 "$(day 12)"
said "$(instant 10 14:00)" mover B3 "$(day 12)" '{"jobTitle":"Clerk"}'
at "$(mid 13)"
is "baseline: a leaver later is a leaver" "$(state_of B2):$(holds B2):$(runs_of B2)" 'left::completed'
is "baseline: with its mail" "$(notices_of B2)" after_last_day:pending
is "baseline: a mover later starts nothing old" "$(holds B3):$(runs_of B3)" 'Hand:'
said "$(instant 13 14:00)" joiner B2 "$(day 14)" '{"department":"A"}'
at "$(mid 14)"
is "baseline: and a rehire is a hire" "$(holds B2):$(runs_of B2 Hired)" P:completed
ok "the audit verifies with a baseline" jmlctl audit verify

# ---- a hire that is postponed twice

# Two ways to say it: the joiner again with another date (T1), or a correction of the one before (T6).
postpone() { # resent|corrected DATE INSTANT NUMBER
    local who=$1 date=$2 when=$3 n=$4
    if [ "$who" = resent ]; then
        said "$when" joiner "$who" "$date" "$person"
    else
        said "$when" joiner "$who" "$date" "$person" source=hr source_ref="j$n" supersedes="j$((n - 1))"
    fi
}
world postponed
{
    package P none
    package Q none
    workflow Pre hire:-7 "(department eq 'A')" mail:welcome request:P/none
    workflow Day hire:0 "(department eq 'A')" request:Q/none
} | company
person='{"department":"A","mail":"a@example.com"}'
said "$(instant 0 01:00)" joiner resent "$(day 20)" "$person"
said "$(instant 0 01:00)" joiner corrected "$(day 20)" "$person" source=hr source_ref=j1
at "$(mid 13)"
for who in resent corrected; do
    is "postponed, $who: prepared and welcomed a week before" "$(holds $who) $(notices_of $who)" 'P welcome:pending'
    postpone $who "$(day 30)" "$(instant 14 12:00)" 2
done
at "$(instant 14 12:30)"
for who in resent corrected; do
    is "postponed, $who: the access is withdrawn" "$(state_of $who):$(holds $who)" prehire:
    is "postponed, $who: with the reason" "$(why_of $who P)" corrected
    like "postponed, $who: as a request of jmld's own" "$(own_requests $who)" '^systemRemove P: corrected: .'
    is "postponed, $who: a new run is planned" "$(runs_of $who Pre)" 'completed scheduled'
    postpone $who "$(day 40)" "$(instant 15 12:00)" 3
done
at "$(mid 24)"
for who in resent corrected; do
    is "postponed again, $who: the date in between does nothing" "$(holds $who)" ''
done
at "$(instant 32 23:59)"
for who in resent corrected; do
    is "postponed again, $who: not a minute early" "$(holds $who)" ''
done
at "$(mid 33)"
for who in resent corrected; do
    is "postponed again, $who: given a week before the final date" "$(holds $who)" P
done
at "$(mid 40)"
for who in resent corrected; do
    is "postponed again, $who: starts on that day" "$(state_of $who):$(holds $who)" 'active:P Q'
    is "postponed again, $who: given once at the end" "$(q "SELECT count(*) FROM jml.assignments
        WHERE employee_id = '$who' AND access_package = 'P'")" 2
    is "postponed again, $who: welcomed once in all" "$(notices_of $who)" welcome:pending
    is "postponed again, $who: the first day was one" "$(runs_of $who Day | tr ' ' '\n' | grep -c completed)" 1
done
ok "the audit verifies with postponements" jmlctl audit verify

# ---- nobody comes

world noshow
{
    package P none
    package Q none
    package Hand none
    workflow Pre hire:-7 "(department eq 'A')" mail:welcome request:P/none
    workflow Day hire:0 "(department eq 'A')" request:Q/none
    category=leaver workflow Bye leave:0 "(department eq 'A')" mail:after
} | company
for who in before onday rescinded; do
    said "$(instant 0 01:00)" joiner $who "$(day 7)" "$person" source=hr source_ref="$who"
done
at "$(instant 0 02:00)"
add Hand before onday rescinded
at "$(instant 1 02:00)"
for who in before onday rescinded; do
    is "no-show, $who: prepared" "$(state_of $who):$(holds $who)" 'prehire:Hand P'
done
said "$(instant 2 12:00)" leaver before "$(day 3)"
said "$(instant 2 12:00)" leaver onday "$(instant 7)"
said "$(instant 2 12:00)" rescind rescinded none '{}' source=hr source_ref=x supersedes=rescinded
at "$(instant 2 12:30)"
for who in before onday rescinded; do
    is "no-show, $who: all is taken back" "$(holds $who)" ''
    is "no-show, $who: nothing is open" "$(open_of $who)" 0
done
is "no-show: who does not come has left, a hire that was withdrawn never was" \
    "$(state_of before) $(state_of onday) $(state_of rescinded)" 'left left unknown'
at "$(instant 20 12:00)"
for who in before onday rescinded; do
    is "no-show, $who: and nothing runs" "$(holds $who):$(runs_of $who)" ':completed canceled'
done
ok "the audit verifies with no-shows" jmlctl audit verify

# ---- the last day of one contract, the first of the next

world contracts
{
    package P none
    package First none
    package Hand none
    workflow Give hire:0 "(department ne 'x')" request:P/none
    workflow 'Only first' hire:0 "(jobTitle eq 'trainee')" request:First/none
    category=leaver workflow Bye leave:0 "(department ne 'x')" removeall:0
} | company
unlimited
contracts=(ends_then_begins begins_then_ends ends_begins_apart begins_ends_apart ends_late begins_late both_late)
for who in "${contracts[@]}"; do
    said "$(instant 0 01:00)" joiner "$who" "$(day 0)" '{"department":"A","jobTitle":"trainee"}'
done
at "$(instant 0 02:00)" "${late[@]}"
add Hand "${contracts[@]}"
at "$(instant 0 03:00)" "${late[@]}"
ends() { said "$2" leaver "$1" "$(day 5)"; }
begins() { said "$2" joiner "$1" "$(day 6)" '{"department":"A"}'; }
ends ends_then_begins "$(instant 2 12:00)"; begins ends_then_begins "$(instant 2 12:01)"
begins begins_then_ends "$(instant 2 12:00)"; ends begins_then_ends "$(instant 2 12:01)"
ends ends_begins_apart "$(instant 2 12:00)"
begins begins_ends_apart "$(instant 2 12:00)"
begins ends_late "$(instant 2 12:00)"
ends begins_late "$(instant 2 12:00)"
at "$(instant 2 13:00)" "${late[@]}"
begins ends_begins_apart "$(instant 3 12:00)"
ends begins_ends_apart "$(instant 3 12:00)"
at "$(instant 3 13:00)" "${late[@]}"
at "$(mid 6)" "${late[@]}"
for who in "${contracts[@]:0:4}"; do
    is "contracts, $who: at midnight the one ends and the other begins" "$(state_of "$who"):$(holds "$who")" 'active:P'
done
at "$(instant 9 12:00)" "${late[@]}"
begins begins_late "$(instant 9 12:00)"
ends ends_late "$(instant 9 12:00)"
begins both_late "$(instant 9 12:00)"; ends both_late "$(instant 9 12:01)"
at "$(instant 9 13:00)" "${late[@]}"
for who in "${contracts[@]}"; do
    is "contracts, $who: the end is the same" "$(state_of "$who"):$(holds "$who")" 'active:P'
    is "contracts, $who: so are the periods" "$(periods_of "$who")" \
        "$(day 0)T00:00:00Z..$(day 6)T00:00:00Z $(day 6)T00:00:00Z.."
    is "contracts, $who: the person has the attributes of the new one" "$(q "SELECT attributes FROM jml.person WHERE employee_id = '$who'")" '{"department": "A"}'
done
is "contracts: nothing dangles, nothing is warned of" "$(q "SELECT employee_id, kind, error FROM jml.event WHERE error IS NOT NULL")" ''
ok "the audit verifies with contracts" jmlctl audit verify

# ---- T7: two employments

world employments
{
    package Sales none
    package IT none
    package Both none
    package Hand none
    workflow 'In Sales' hire:0 "(department eq 'Sales')" request:Sales/none request:Both/none
    workflow 'In IT' hire:0 "(department eq 'IT')" request:IT/none request:Both/none
    category=mover workflow 'Out of Sales' change:department "(department eq 'Law')" remove:Sales,Both
    category=leaver workflow Bye leave:0 "(department ne 'x')" mail:after
} | company
said "$(instant 0 01:00)" joiner E "$(day 0)" '{"department":"Sales"}' employment=one
said "$(instant 0 01:00)" joiner E "$(day 0)" '{"department":"IT"}' employment=two
said "$(instant 0 01:00)" joiner alone "$(day 0)" '{"department":"Sales"}' employment=one
at "$(instant 0 02:00)"
is "employments: what both give is given once" "$(holds E)" 'Both IT Sales'
add Hand E
at "$(instant 0 03:00)"
said "$(instant 3 01:00)" mover E "$(day 4)" '{"department":"Law"}' employment=one
said "$(instant 3 01:00)" mover alone "$(day 4)" '{"department":"Law"}' employment=one
at "$(mid 4)"
is "employments: the move out of Sales leaves what IT gives, too" "$(holds E)" 'Both Hand IT'
is "employments: who has no other one loses it" "$(holds alone)" ''
said "$(instant 5 01:00)" leaver E "$(day 6)" '{}' employment=two
at "$(mid 7)"
is "employments: IT ends, and what it gave" "$(state_of E):$(holds E)" 'active:Hand'
is "employments: no leave workflow runs for it" "$(runs_of E Bye)" ''
said "$(instant 8 01:00)" leaver E "$(day 9)" '{}' employment=one
at "$(instant 9 23:59)"
is "employments: active until the last one ends" "$(state_of E):$(holds E)" 'active:Hand'
at "$(mid 10)"
is "employments: then left with nothing" "$(state_of E):$(holds E):$(runs_of E Bye)" left::completed
ok "the audit verifies with two employments" jmlctl audit verify

# ---- a leaver that arrives a year late

world year
{
    package P none
    package S none
    package Hand none
    package Asked none
    workflow Give hire:0 "(department eq 'A')" request:P/none
    workflow Again hire:0 "(department eq 'B')" request:S/none
    workflow Now demand '' request:Asked/none
} | company
for who in gone back; do said "$(instant 0 01:00)" joiner $who "$(day 0)" '{"department":"A"}'; done
at "$(instant 0 02:00)"
said "$(instant 199 12:00)" joiner back "$(day 200)" '{"department":"B"}' employment=second
at "$(instant 300 12:00)"
add Hand gone back
jmlctl workflow run Now --employee gone back > "$work/x"
at "$(instant 300 12:30)"
is "a year late: meanwhile more was given" "$(holds gone)" 'Asked Hand P'
is "a year late: also to who has a second employment" "$(holds back)" 'Asked Hand P S'
for who in gone back; do said "$(instant 400 12:00)" leaver $who "$(day 30)"; done
at "$(instant 400 12:01)"
is "a year late: all of it goes" "$(state_of gone):$(holds gone)" left:
is "a year late: nothing is open" "$(open_of gone)" 0
is "a year late: for the reason that the person left" "$(why_of gone P) $(why_of gone Hand) $(why_of gone Asked)" 'left left left'
is "a year late: the first employment ended then" "$(q "SELECT leaves_at = '$(day 31) 00:00+00' FROM jml.person WHERE employee_id = 'gone'")" t
is "a year late: who was employed anew keeps what was given since" "$(state_of back):$(holds back)" 'active:Asked Hand S'
ok "the audit verifies with a leaver a year late" jmlctl audit verify

# ---- one event out of order among three thousand

world long
{
    package A none
    package B none
    category=mover workflow 'To A' change:department "(department eq 'A')" request:A/none remove:B
    category=mover workflow 'To B' change:department "(department eq 'B')" request:B/none remove:A
} | company
unlimited
# Every second day somebody is told to move; of the second person every move is one between departments.
q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
   SELECT CASE i WHEN 0 THEN 'joiner' ELSE 'mover' END, who, current_date - 6010 + 2 * i,
       CASE WHEN who = 'runs' OR i = 0 THEN jsonb_build_object('department', CASE i % 2 WHEN 0 THEN 'A' ELSE 'B' END)
            ELSE jsonb_build_object('room', i) END
   FROM generate_series(0, 2999) i, unnest('{plain,runs}'::text[]) who ORDER BY i"
once "${late[@]}"
is "long: three thousand events, and three thousand runs of the one" \
    "$(q "SELECT (SELECT count(*) FROM jml.event WHERE employee_id = 'plain' AND state = 'done'), (SELECT count(*) FROM jml.runs WHERE employee_id = 'runs' AND state = 'completed')")" '3000|2999'
daemon_start long "${late[@]}"
until_says 20 long ' ready' || echo "# the daemon does not say that it is ready"
for who in plain runs; do
    q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes, source_ref)
       VALUES ('mover', '$who', current_date - 3001, '{\"department\":\"B\",\"city\":\"Graz\"}', 'late-$who')"
    until_true 20 "SELECT state = 'done' FROM jml.event WHERE source_ref = 'late-$who'"
    took=$(q "SELECT (1000 * extract(epoch FROM a.recorded_at - e.received_at))::int FROM jml.event e
        JOIN jml.audit a ON a.object_type = 'event' AND a.object_id = e.id::text WHERE e.source_ref = 'late-$who'")
    ok "long, $who: an event of the middle is done well under a second after it came (${took:-?} ms)" \
        [ "${took:-9999}" -lt 3000 ]
    is "long, $who: it is in its place" "$(q "SELECT attributes ->> 'city' FROM jml.person WHERE employee_id = '$who'")" Graz
done
daemon_stop long
is "long: an event in its place gives and takes, and what comes after it takes it again" "$(holds plain) $(holds runs)" 'B B'
ok "the audit verifies with long histories" jmlctl audit verify
finish

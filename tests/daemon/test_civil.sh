#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# What jmlctl tells of the time line: the story of a person, what dangles, held runs that are released
# by batch, and times in the zone of the person they are about.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"
export TZ=Europe/Lisbon

# story WHO [FILTER]: the lines as JSON, of which jq's FILTER makes text
story() { jmlctl person timeline "$1" --json | jq -r "${2:-.}"; }
# told WHO SECTION: "what name counts why" of each line
told() { story "$1" "map(select(.section == \"$2\"))[] | [.what, .name, .counts, .why] | map(select(. != null) | tostring) | join(\" \")"; }
asked_by() { jmlctl -d "$JML_DATABASE options='-c role=$1'" "${@:2}" 2>&1; }

world civil
{
    package Sales P30D none
    package Base none
    package IT none
    workflow Hire hire:0 "(employeeId ne null)" mail:welcome request:Base/none
    workflow Joiner hire:0 "(department eq 'Sales')" request:Sales/none
    workflow Never hire:0 "(department eq 'Law')" request:Sales/none
    category=mover workflow Move change:department "(department eq 'IT')" remove:Sales request:IT/none
    category=leaver workflow Bye leave:0 "(employeeId ne null)" removeall:0
} | company

# ---- the story

event joiner E1 "$(day -1)" '{"displayName":"Ana Lima","department":"Sales","timeZone":"America/Sao_Paulo"}' source_ref=r1 > "$work/id"
is "what nobody has looked at yet is told" "$(told E1 event)" 'joiner false not looked at yet: the daemon has not come to it'
is "and by whom" "$(story E1 '.[0] | .name + " " + .state')" 'E1 unknown'
once
event mover E1 "$(day 0)" '{"department":"IT"}' source_ref=r2 > "$work/id"
event leaver E1 "$(day 20)" '{}' source_ref=r3 > "$work/id"
at "$(instant 1 12:00)"
is "it holds what the mover gave" "$(holds E1)" 'Base IT'
event rescind E1 none '{}' source_ref=r4 supersedes=r2 > "$work/id"
event leaver E1 "$(day 25)" '{}' source_ref=r5 supersedes=r3 > "$work/id"
at "$(instant 2)"
is "and holds what it held before, when that is withdrawn" "$(holds E1)" 'Base Sales'

tell=$(jmlctl person timeline E1)
like "the zone is named" "$(head -n 1 <<<"$tell")" '^E1, active, from .* 00:00 -03 to .* 00:00 -03, last day .*; times in America/Sao_Paulo$'
like "the last day with access is the one of the leaver" "$(head -n 1 <<<"$tell")" "last day $(day 25);"
like "a withdrawn event says by what" "$tell" '^.* mover .* r2 .* superseded +no +withdrawn by event [0-9]+ \(r4\)$'
like "a corrected one says by what" "$tell" '^.* leaver .* r3 .* superseded +no +superseded by event [0-9]+ \(r5\)$'
like "one that counts says what it does" "$tell" '^.* joiner .* r1 .* done +yes +opens the employment$'
like "a cause has its run" "$tell" '^.* Joiner +employeeHireDate +main +completed +yes +its cause is there'
like "a cause that went away says so" "$tell" '^.* Move +department +main +completed +no +its cause went away, known since '
like "an effect says that it holds" "$tell" '^.* \+ +Sales +Joiner .* yes +gave it; held by it now$'
like "one of a cause that went away counts no more" "$tell" '^.* - +Sales +Move .* no +does not count: the cause of its run is gone$'
like "what is held names its giver" "$tell" '^Sales +Joiner +.* delivered +without an end'
like "in UTC when asked for" "$(jmlctl person timeline E1 --utc)" ' 03:00 UTC '
is "which attributes changed" "$(told E1 attributes)" 'timeZone, department, displayName true'
is "without their values" "$(jmlctl person timeline E1 --json | grep -c 'Ana Lima')" 0
is "with them when asked for" "$(jmlctl person timeline E1 --values --json | jq -r '.[] | select(.section == "attributes").values.department.to')" Sales
is "the json keys" "$(story E1 '.[0] | keys_unsorted | join(" ")')" \
    'section at until last_day due_at received_at what name origin reference employment state counts why zone event_id run_id request_id assignment_id values'
is "the csv has the same" "$(jmlctl person timeline E1 --csv | head -n 1 | tr , ' ')" \
    'section at until last_day due_at received_at what name origin reference employment state counts why zone event_id run_id request_id assignment_id values'
is "causes out of scope only when asked for" \
    "$(story E1 '[.[] | select(.section == "cause" and .state == null)] | length') $(jmlctl person timeline E1 --all --json | jq '[.[] | select(.section == "cause" and .state == null)] | length > 0')" '0 true'
jmlctl assignment add IT --policy none --employee E1 > "$work/id"
at "$(instant 3)"
like "a direct request has its place" "$(told E1 request)" '^adminAdd IT true counts among the effects'
is "the story holds what is assigned" "$(story E1 '[.[] | select(.section == "holding").name] | sort | join(" ")')" "$(holds E1)"
at "$(instant 27)"
like "the end of the last employment takes it" "$(told E1 effect)" 'adminAdd by .* had given'
is "nothing is held then" "$(told E1 holding)" ''
like "the audit is there, too" "$(jmlctl person timeline E1 --audit)" ' person .*employed'
like "and so does audit list" "$(jmlctl audit list --employee E1)" ' person '
is "an auditor reads it" "$(asked_by jml_auditor person timeline E1 --json | jq -r '.[0].name')" E1
like "a feed does not" "$(asked_by jml_feed person timeline E1)" '^jmlctl: .*permission denied'
status "nobody is exit 1" 1 jmlctl person timeline E404
ok "it reads, and writes nothing" jmlctl audit verify

event joiner E2 "$(day 50)" '{}' source_ref=n1 > "$work/id"
at "$(instant 28)"
event leaver E2 "$(day 49)" '{}' source_ref=n2 > "$work/id"
event leaver E2 "$(day 5)" '{}' employment=other source_ref=n3 > "$work/id"
at "$(instant 28)"
is "a no-show empties the employment" "$(story E2 '.[] | select(.section == "employment").state')" emptied
like "a leaver that closes nothing does not count" "$(told E2 event)" '^leaver false closes_nothing: '

# ---- what dangles

world attention
dangling() { jmlctl event list --dangling --json | jq -r '[.[].source_ref] | sort | join(" ")'; }
check() { jmlctl health --json 2>&1 | jq -r --arg c "$1" '.[] | select(.check == $c) | "\(.state) \(.count)"'; }
event joiner E1 "$(day -9)" '{}' source_ref=a1 > "$work/id"
once
is "nothing dangles at first" "$(dangling)" ''
is "and health is content" "$(check 'dangling leavers')" 'ok 0'
event leaver E1 "$(day 5)" '{}' employment=other source_ref=a2 > "$work/id"
event leaver E1 "$(day 9)" '{}' supersedes=later source_ref=a3 > "$work/id"
event rescind E1 none '{}' supersedes=never source_ref=a4 > "$work/id"
event mover E1 "$(day 0)" '{"city":"Porto"}' supersedes=neither source_ref=a5 > "$work/id"
once
is "leavers that close nothing, and corrections of what has not come" "$(dangling)" 'a2 a3 a4 a5'
is "health counts leavers and rescinds" "$(check 'dangling leavers')" 'failed 3'
is "and warns of other corrections" "$(check 'dangling corrections')" 'warning 1'
like "naming the command" "$(jmlctl health --json | jq -r '.[] | select(.check == "dangling leavers").detail')" \
    '^1 leavers closed nothing .*; 2 leavers or rescinds wait .*: jmlctl event list --dangling, for example event'
like "status counts them" "$(jmlctl status)" '^dangling +events +4 '
event leaver E1 "$(day 8)" '{}' source_ref=later > "$work/id"
event joiner E1 "$(day -3)" '{}' employment=other source_ref=a6 > "$work/id"
once
is "what comes is no longer waited for" "$(dangling)" 'a4 a5'
is "health sees it" "$(check 'dangling leavers')" 'failed 1'
event joiner E3 "$(day 4)" '{}' source_ref=a7 > "$work/id"
jmlctl event hold "$(q "SELECT id FROM jml.event WHERE source_ref = 'a7'")" > "$work/id"
once
is "a held event is counted" "$(check 'held events')" 'warning 1'
jmlctl event release "$(q "SELECT id FROM jml.event WHERE source_ref = 'a7'")" > "$work/id"
once
is "until it is released" "$(check 'held events')" 'ok 0'
q "DELETE FROM jml.event WHERE source_ref = 'a5'" > "$work/x"
is "what is deleted is forgotten" "$(dangling)" a4
is "the table says what the events say" "$(q "
    SELECT count(*) FROM (
        (SELECT e.id FROM jml.event e WHERE e.state = 'held' OR (e.state = 'done' AND e.error ~ '^(closes_nothing|waits_for_target|bad_supersedes):')
         EXCEPT SELECT event_id FROM jml.event_attention)
        UNION ALL
        (SELECT event_id FROM jml.event_attention
         EXCEPT SELECT e.id FROM jml.event e WHERE e.state = 'held' OR e.error IS NOT NULL)) d")" 0

# ---- held runs

world held
{
    package P none
    workflow One hire:0 "(employeeId ne null)" request:P/none
    workflow Two hire:2 "(employeeId ne null)" mail:welcome request:P/none
} | company
for n in 1 2 3 4; do
    event joiner "E$n" "$(day -$((20 + n)))" '{}' > "$work/id"
done
event joiner E5 "$(day 9)" '{}' > "$work/id"
once
held() { jmlctl run list --state held --json | jq length; }
is "late runs are held" "$(held)" 8
status "a batch says which" 64 jmlctl run release
status "not both ids and which" 64 jmlctl run release --all 00000000-0000-4000-8000-000000000000
status "a workflow that is not there is told" 1 jmlctl run release --workflow Oen
is "a dry run lists them" "$(jmlctl run release --workflow One --dry-run --json | jq -r '[.[].employee_id] | join(" ")')" 'E4 E3 E2 E1'
is "and does nothing" "$(q "SELECT count(*) FROM jml.command")" 0
is "of one person" "$(jmlctl run release --workflow One --employee E4)" '1 run to be released'
once
is "its grants come" "$(holds E4)" P
is "of one workflow, those due before a day" "$(jmlctl run release --workflow One --before "$(day -21)")" '2 runs to be released'
is "each is a command" "$(q "SELECT count(*), count(DISTINCT object_id) FROM jml.command WHERE kind = 'run_release'")" '3|3'
once
is "the others are still held" "$(held)" 5
jmlctl run cancel --workflow Two --employee E1 --wait=0s > "$work/cancel" 2>&1
like "cancel takes batches, too" "$(cat "$work/cancel")" '1 run to be canceled'
once
is "it is canceled" "$(q "SELECT state FROM jml.runs WHERE workflow = 'Two' AND employee_id = 'E1'")" canceled
is "all that are left" "$(jmlctl run release --all --json | jq length)" 4
once
is "nothing is held" "$(held)" 0
is "none is none" "$(jmlctl run release --all)" '0 runs to be released'
is "cancel takes scheduled ones" "$(jmlctl run cancel --employee E5 --dry-run --json | jq -r '[.[].workflow] | sort | join(" ")')" 'One Two'

# ---- zones

world zones
{
    package P P30D
    workflow One hire:0 "(employeeId ne null)" request:P/P30D
    category=leaver workflow Bye leave:0 "(employeeId ne null)" removeall:0
} | company
event joiner E1 "$(day 0)" '{"timeZone":"Pacific/Kiritimati"}' > "$work/id"
event leaver E1 "$(day 60)" > "$work/id"
at "$(instant 1)"
like "person show tells dates in the person's zone" "$(jmlctl person show E1)" '^hired at: +.* 00:00 \+14$'
like "and the last day with access" "$(jmlctl person show E1)" "^last day: +$(day 60)\$"
assignment=$(jmlctl assignment list --employee E1 --json | jq -r '.[0].id')
like "assignment show, too" "$(jmlctl assignment show "$assignment")" '^ends at: +.* \+14$'
like "with its last day" "$(jmlctl assignment show "$assignment")" '^last day: +[0-9]{4}-'
request=$(jmlctl request list --employee E1 --json | jq -r '.[0].id')
like "request show, too" "$(jmlctl request show "$request")" '^created at: +.* \+14$'
run=$(jmlctl run list --workflow Bye --json | jq -r '.[0].id')
like "run show, too" "$(jmlctl run show "$run")" '^anchor at: +.* 00:00 \+14$'
like "a leave run has the last day" "$(jmlctl run show "$run")" "^last day: +$(day 60)\$"
like "lists are in the caller's zone" "$(jmlctl assignment list)" ' WES?T'

# ---- a long story

world long
company < /dev/null
q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes, source_ref)
   VALUES ('joiner', 'E1', '2010-01-01', '{\"city\":\"0\",\"baseline\":true}', 'j');
   INSERT INTO jml.event (kind, employee_id, effective_on, attributes, source_ref)
   SELECT 'mover', 'E1', '2010-01-02'::date + n, jsonb_build_object('city', n::text), 'm' || n
   FROM generate_series(1, 3000) n" > "$work/id"
once
is "three thousand events are folded" "$(q "SELECT count(*) FROM jml.event WHERE state = 'done'")" 3001
for _ in {1..10}; do # others may have the processor
    start=$(date +%s%N)
    n=$(story E1 '[.[] | select(.section == "event")] | length')
    took=$((($(date +%s%N) - start) / 1000000))
    [ "$took" -ge 1000 ] || break
done
is "their story is complete" "$n" 3001
ok "and told within a second ($took ms)" test "$took" -lt 1000
finish

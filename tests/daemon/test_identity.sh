#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 180
#
# T10: one person under several employee ids. "formerEmployeeId" makes the old id another name of the
# person, whatever comes first; two people who are one wait for an operator.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"

printf '[timeline]\ncatch_up = unlimited\n' > "$work/jmld.conf"
go() { once -c "$work/jmld.conf"; }

documents() {
    package Base none
    package Sales none
    package Extra none P10D P60D
    workflow welcome hire:0 "(department ne 'Nothing')" request:Base/none
    workflow sales hire:0 "(department eq 'Sales')" request:Sales/none mail:welcome
}
former() { echo "{\"formerEmployeeId\":\"$1\"}"; }
hired() { echo "{\"department\":\"${1:-Sales}\",\"mail\":\"a@example.com\"}"; }
uuid_of() { q "SELECT id FROM jml.person WHERE employee_id = '$1'"; }
people() { q "SELECT coalesce(string_agg(employee_id, ' ' ORDER BY employee_id), '') FROM jml.person"; }
aliases_of() {
    q "SELECT coalesce(string_agg(a.alias, ' ' ORDER BY a.alias), '') FROM jml.alias a
       JOIN jml.person p ON p.id = a.person_id WHERE p.employee_id = '$1'"
}
fate() { q "SELECT state || coalesce(' ' || split_part(error, ':', 1), '') FROM jml.event WHERE id = $1"; }
waits() { q 'SELECT count(*) FROM jml.queue'; }
verified() { ok "$1: the audit verifies" jmlctl audit verify; }

# ---- a rename
world identity
documents | company
event joiner A1 "$(day -20)" "$(hired)" > "$work/id"
go
before=$(uuid_of A1)
event mover B1 "$(day -5)" "$(former A1)" > "$work/id"
go
is 'the person has the new id' "$(people)" B1
is 'and is the same person' "$(uuid_of B1)" "$before"
is 'the old id leads to it' "$(aliases_of B1)" A1
is 'the event is part of the time line' "$(fate "$(cat "$work/id")")" done
is 'access goes on' "$(holds B1)" 'Base Sales'
is 'no workflow ran again' "$(runs_of B1)" 'completed completed'
is 'nobody was welcomed twice' "$(notices_of B1)" 'welcome:pending'
is 'nothing is left in the queue' "$(waits)" 0
event mover A1 "$(day -1)" '{"department":"IT"}' > "$work/id"
go
is 'what still comes under the old id goes to the person' "$(q "SELECT attributes ->> 'department' FROM jml.person")" IT
is 'and leaves the queue' "$(waits)" 0
event mover C1 "$(day -1)" "$(former B1)" > "$work/id"
event mover C1 "$(day -1)" "$(former B1)" > "$work/id"
go
is 'a chain of renames, the last one told twice' "$(people)/$(aliases_of C1)" 'C1/A1 B1'
event leaver A1 "$(day -1)" > "$work/id"
go
is 'a leaver under the first id ends it all' "$(state_of C1)/$(holds C1)" left/
verified rename

# ---- jmlctl finds people by any id
is 'person show by a former id' "$(jmlctl --json person show A1 | jq -r '.[0].employee_id // .employee_id')" C1
is 'which names them all' "$(jmlctl --json person show B1 | jq -r '(.[0] // .).former_ids')" 'A1, B1'
like 'person timeline by a former id' "$(jmlctl person timeline A1)" 'came under A1'
is 'event list has the events of all ids' "$(jmlctl --json event list --employee B1 | jq length)" 6
is 'run list' "$(jmlctl --json run list --employee A1 | jq length)" 2
is 'assignment list' "$(jmlctl --json assignment list --employee A1 | jq length)" 2
is 'request list' "$(jmlctl --json request list --employee A1 | jq 'length > 1')" true
is 'notification list' "$(jmlctl --json notification list --employee B1 | jq length)" 1
is 'audit list' "$(jmlctl --json audit list --employee A1 | jq 'length > 10')" true

# ---- any order
orders() { # NAME EVENT...: each "KIND WHO DAY ATTRIBUTES"; ends in the same person
    local name=$1 how=$2 e
    world "order_$name"
    company < "$work/documents" > /dev/null
    shift 2
    for e; do
        # shellcheck disable=SC2086
        event $e > "$work/id"
        [ "$how" = together ] || go
    done
    go
    is "$name: one person, whatever came first" \
    "$(people)/$(aliases_of C2)/$(state_of C2)/$(holds C2)/$(waits)" 'C2/A2 B2/active/Base Sales/0'
}
documents > "$work/documents"
hire="joiner A2 $(day -30) $(hired)"
one="mover B2 $(day -20) $(former A2)"
two="mover C2 $(day -10) $(former B2)"
orders in_order apart "$hire" "$one" "$two"
orders together together "$hire" "$one" "$two"
orders backwards apart "$two" "$one" "$hire"
orders backwards_together together "$two" "$one" "$hire"
orders middle_first apart "$one" "$hire" "$two"
orders last_first apart "$two" "$hire" "$one"
orders hire_between apart "$hire" "$two" "$one"
orders first_last apart "$one" "$two" "$hire"

world order_back
company < "$work/documents"
event joiner A2 "$(day -30)" "$(hired)" > "$work/id"
event mover A2 "$(day -10)" "$(former B2)" > "$work/id"
event mover B2 "$(day -20)" "$(former A2)" > "$work/id"
go
is 'renamed back: the latest counts' "$(people)/$(aliases_of A2)" A2/B2

# ---- both are known
world twins
company < "$work/documents"
event joiner A3 "$(day -30)" "$(hired)" > "$work/id"
event joiner B3 "$(day -10)" "$(hired IT)" > "$work/id"
go
for who in A3 B3; do
    policy=P10D
    [ $who = A3 ] && policy=P60D
    jmlctl assignment add Extra --policy "Extra/$policy" --employee $who > "$work/added" 2>&1 ||
        jmlctl assignment add Extra --policy $policy --employee $who > "$work/added" 2>&1
done
go
is 'two people, each with access' "$(holds A3)/$(holds B3)" 'Base Extra Sales/Base Extra'
longest=$(q "SELECT id FROM jml.assignments WHERE access_package = 'Extra' ORDER BY ends_at DESC LIMIT 1")
rename=$(event mover B3 "$(day -5)" '{"formerEmployeeId":"A3","title":"Boss"}')
go
is 'who would become another known person waits' "$(fate "$rename")" 'held needs_merge'
like 'naming both' "$(q "SELECT error FROM jml.event WHERE id = $rename")" "'A3' and 'B3'"
like 'and the command' "$(q "SELECT error FROM jml.event WHERE id = $rename")" 'jmlctl person merge A3 B3'
like 'the journal tells' "$(cat "$log")" 'needs_merge'
jmlctl health > "$work/health" 2>&1
like 'health tells' "$(cat "$work/health")" 'held events'
jmlctl event release "$rename" > "$work/released"
go
is 'released without a merge it waits again' "$(fate "$rename")" 'held needs_merge'
jmlctl person merge A3 A3 > "$work/out" 2>&1
like 'nobody is merged with himself' "$(q "SELECT error FROM jml.command ORDER BY created_at DESC LIMIT 1")" same_person
jmlctl person merge NOBODY B3 --wait > "$work/out" 2>&1; is 'nor with nobody' $? 1
like 'which says who is not there' "$(cat "$work/out")" 'no person NOBODY'
jmlctl person merge A3 NOBODY --wait > "$work/out" 2>&1; is 'nor into nobody' $? 1
jmlctl person hold A3 > "$work/out"
go
jmlctl person merge A3 B3 > "$work/out"
go
like 'nor while held' \
    "$(q "SELECT error FROM jml.command WHERE kind = 'person_merge' AND done_at IS NOT NULL ORDER BY created_at DESC LIMIT 1")" 'person_held: A3 is held'
jmlctl person release A3 > "$work/out"
go
stays=$(uuid_of B3)
jmlctl person merge A3 B3 > "$work/out"
go
is 'a merge is carried out' "$(q "SELECT state || coalesce(error, '') FROM jml.command ORDER BY created_at DESC LIMIT 1")" done
is 'the person named last stays' "$(people)/$(uuid_of B3)/$(aliases_of B3)" "B3/$stays/A3"
is 'what was held is processed' "$(fate "$rename")" done
is 'one holds what both held, each package once' "$(holds B3)" 'Base Extra Sales'
is 'of two the one with the later end' "$(q "SELECT id FROM jml.assignments WHERE access_package = 'Extra' AND state <> 'expired'")" "$longest"
is 'the other ended as corrected' "$(q "SELECT DISTINCT end_reason FROM jml.assignments WHERE state = 'expired'")" corrected
is 'the history is folded anew' "$(q "SELECT attributes ->> 'title' FROM jml.person")" Boss
is 'no assignment is left behind' "$(q 'SELECT count(*) FROM jml.assignment a WHERE NOT EXISTS (SELECT FROM jml.person p WHERE p.id = a.target_id)')" 0
jmlctl person merge A3 B3 > "$work/out"
go
is 'again changes nothing' "$(q "SELECT state || coalesce(error, '') FROM jml.command ORDER BY created_at DESC LIMIT 1")" done
is 'indeed' "$(holds B3)" 'Base Extra Sales'
like 'the timeline tells of both' "$(jmlctl person timeline A3)" 'came under A3'
is 'nothing is left in the queue' "$(waits)" 0
verified merge
event leaver A3 "$(day -1)" > "$work/id"
go
is 'a leaver under the old id ends it' "$(state_of B3)/$(holds B3)" left/

# ---- all at once is as one after the other
world at_once
company < "$work/documents"
event joiner A5 "$(day -30)" "$(hired)" > "$work/id"
event joiner B5 "$(day -10)" "$(hired IT)" > "$work/id"
rename=$(event mover B5 "$(day -5)" "$(former A5)")
event joiner A6 "$(day -30)" "$(hired)" > "$work/id"
event joiner B6 "$(day -10)" "$(former A6)" > "$work/id"
event joiner B6 "$(day -10)" "$(hired IT)" > "$work/id"
go
is 'both hired in the same breath as the rename: it waits' "$(fate "$rename")" 'held needs_merge'
is 'a hire told again behind its rename is none of somebody else' "$(people)" 'A5 B5 B6'

# ---- the old id for somebody else
world reused
company < "$work/documents"
event joiner A4 "$(day -30)" "$(hired)" > "$work/id"
event mover B4 "$(day -20)" "$(former A4)" > "$work/id"
go
other=$(event joiner A4 "$(day -3)" "$(hired IT)")
third=$(event joiner C4 "$(day -3)" "$(former A4)")
go
is 'a hire under an id that was given up is told, not merged' "$(fate "$other")" 'held id_reused'
is 'and so is an id that two claim to have had' "$(fate "$third")" 'held needs_merge'
is 'nothing changes for who had it' "$(holds B4)" 'Base Sales'
jmlctl event release "$other" > "$work/out"
go
is 'an operator who knows better may release it' "$(fate "$other" | cut -d' ' -f1)" done
jmlctl person merge B4 C4 > "$work/out"
go
is 'or merge' "$(people)/$(aliases_of C4)/$(fate "$third" | cut -d' ' -f1)" 'C4/A4 B4/done'

# ---- what cannot be an id
bad=$(event joiner D4 "$(day 0)" '{"formerEmployeeId":" x"}')
worse=$(event joiner D5 "$(day 0)" '{"formerEmployeeId":7}')
go
is 'rejected: no id' "$(fate "$bad")/$(fate "$worse")" 'rejected bad_former_id/rejected bad_former_id'
same=$(event joiner D6 "$(day 0)" "$(former D6)")
go
is 'an id that was one'"'"'s own means nothing' "$(fate "$same")" done

# ---- requests and commands by a former id
jmlctl assignment add Extra --policy P10D --employee A4 > "$work/out" 2>&1
jmlctl person hold B4 > "$work/out" 2>&1
go
is 'a command by a former id' "$(q "SELECT held_at IS NOT NULL FROM jml.person WHERE employee_id = 'C4'")" t
jmlctl person release A4 > "$work/out" 2>&1
go
is 'a request by a former id' "$(q "SELECT count(*) FROM jml.assignments WHERE employee_id = 'C4' AND access_package = 'Extra' AND state <> 'expired'")" 1

# ---- many, with two daemons
world many
company < "$work/documents"
q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
   SELECT 'joiner', 'M' || i, '$(day -30)', '$(hired)' FROM generate_series(1, 300) i" > /dev/null
q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
   SELECT 'mover', 'N' || i, '$(day -9)', jsonb_build_object('formerEmployeeId', 'M' || i) FROM generate_series(1, 300) i" > /dev/null
jmld -c "$work/jmld.conf" --once --log=stderr > "$work/first" 2>&1 & first=$!
jmld -c "$work/jmld.conf" --once --log=stderr > "$work/second" 2>&1 & second=$!
wait $first; wait $second
go
is 'two daemons: everybody is one person, with the new id' \
    "$(q "SELECT count(*) || ' ' || count(*) FILTER (WHERE employee_id LIKE 'N%' AND state = 'active') FROM jml.person")" '300 300'
is 'and the old one' "$(q 'SELECT count(*) FROM jml.alias')" 300
is 'access once each' "$(q "SELECT count(*) FROM jml.assignment WHERE state <> 'expired'")" 600
is 'one welcome each' "$(q "SELECT count(*) FROM jml.notification WHERE kind = 'welcome'")" 300
verified many
finish

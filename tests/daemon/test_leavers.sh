#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 300
#
# A leaver loses everything, whatever becomes of workflows; what is learned late is caught up with,
# held, or taken away; and the end of a day is its end where the person is.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"

# Everything that somebody who left must not have.
left_with_nothing() {
    is "$1: $2 has left" "$(state_of "$2")" left
    is "$1: $2 holds nothing" "$(holds "$2")" ''
    is "$1: no request of $2 is open" "$(q "SELECT count(*) FROM jml.requests WHERE employee_id = '$2' AND state IN ('submitted', 'pendingApproval', 'scheduled', 'delivering')")" 0
    is "$1: every role of $2 is revoked" "$(q "SELECT count(*) FROM jml.assignments WHERE employee_id = '$2' AND revoked_at IS NULL")" 0
}

# ---- C7: no workflow is needed, and none is in the way

world net
{
    package A none
    package B P30D
    package Later none
    workflow Give hire:0 "(department ne 'x')" request:A/none request:B/P30D
    enabled=false category=leaver workflow Disabled leave:0 "(department eq 'disabled')" removeall:0
    scheduling=false category=leaver workflow Unscheduled leave:0 "(department eq 'unscheduled')" removeall:0
    category=leaver workflow 'Mail first' leave:0 "(department eq 'mail')" mail:last removeall:0
    category=mover workflow 'Fails first' leave:0 "(department eq 'fails')" request:Later/none removeall:0
    category=leaver workflow 'Only mails' leave:0 "(department eq 'mailonly')" mail:after mail:last
    category=leaver workflow Stopped leave:0 "(department eq 'stopped')" removeall:0
    category=leaver workflow Operator leave:0 "(department eq 'operator')" removeall:0
    category=leaver workflow 'Much later' leave:30 "(department eq 'later')" mail:after removeall:0
    category=leaver workflow 'Part only' leave:0 "(department eq 'part')" remove:A
} | company
people=(none disabled unscheduled mail fails mailonly stopped operator later part)
for who in "${people[@]}"; do event joiner "$who" "$(day 0)" "{\"department\":\"$who\"}"; done > "$work/id"
once
is "all of them hold two packages" "$(q "SELECT count(*) FROM jml.assignments WHERE state = 'delivered'")" 20
jmlctl assignment add Later --policy none --employee "${people[@]}" --start "$(day 40)" > "$work/x"
for who in "${people[@]}"; do event leaver "$who" "$(day 2)"; done > "$work/id"
once
is "all of them are to get a third one" "$(q "SELECT count(*) FROM jml.requests WHERE state = 'scheduled'")" 10
is "disabled and unscheduled workflows plan nothing" "$(runs_of disabled Disabled)$(runs_of unscheduled Unscheduled)" ''
is "the others do" "$(runs_of mail 'Mail first') $(runs_of stopped Stopped) $(runs_of operator Operator) $(runs_of later 'Much later')" 'scheduled scheduled scheduled scheduled'
status "a workflow is disabled" 0 jmlctl workflow disable Stopped
status "a run is canceled by hand" 0 jmlctl run cancel "$(q "SELECT id FROM jml.runs WHERE workflow = 'Operator'")"
at "$(day 2) 23:59:00"
is "disabling cancels what was scheduled" "$(runs_of stopped Stopped)" canceled
is "so does the operator" "$(runs_of operator Operator)" canceled
is "until the end of the day all is held" "$(q "SELECT count(*) FROM jml.assignments WHERE state = 'delivered'")" 20
at "$(day 3) 00:15:01"
for who in "${people[@]}"; do left_with_nothing "a quarter of an hour later" "$who"; done
is "a mail without a manager is a warning, no failure" "$(runs_of mail 'Mail first')" completed
is "the warning is on the task" "$(q "SELECT t.state, t.warning IS NOT NULL FROM jml.task_run t JOIN jml.runs r ON r.id = t.run_id WHERE r.workflow = 'Mail first' ORDER BY t.position LIMIT 1")" 'completed|t'
is "a workflow that asks for something for somebody who left fails" "$(runs_of fails 'Fails first')" failed
is "the run in thirty days stands" "$(runs_of later 'Much later')" scheduled
is "but for it nothing is open" "$(for who in "${people[@]}"; do [ "$who" = later ] || open_of "$who"; done | sort -u)" 0
is "the removals are requests of their own" "$(q "SELECT DISTINCT request_type, state FROM jml.requests WHERE employee_id = 'none' AND access_package = 'A' AND request_type LIKE '%Remove'")" 'systemRemove|delivered'
at "$(day 33) 00:00:01"
is "after thirty days the late run is done" "$(runs_of later 'Much later')" completed
is "and nothing is open" "$(open_of later)" 0
at "$(day 41)"
is "nobody gets what was to start later" "$(q "SELECT count(*) FROM jml.assignments WHERE access_package = 'Later' OR state <> 'expired'")" 0
ok "the audit verifies" jmlctl audit verify

# ---- C3: late hires

world late
{
    package P none
    package Q none
    workflow Pre hire:-7 "(department ne 'x')" mail:reminder request:P/none
    workflow Day hire:0 "(department ne 'x')" mail:welcome request:Q/none
} | company
hire() { event joiner "$1" "$(day "$2")" '{"mail":"a@example.com","manager":"M","department":"d"}' > "$work/id"; }
event joiner M 2000-01-01 '{"mail":"m@example.com","department":"x"}' > "$work/id"
hire in2 2
hire in7 7
hire in8 8
hire today 0
hire ago1 -1
hire ago4 -4
hire ago10 -10
once
is "two days before, the run of seven days before starts at once" "$(runs_of in2)" 'completed scheduled'
is "and gives its package" "$(holds in2)" P
is "and its mail" "$(notices_of in2)" onboarding_reminder:pending
is "seven days before is in time" "$(runs_of in7)" 'completed scheduled'
is "eight days before is planned" "$(runs_of in8)" 'scheduled scheduled'
is "on the day both run" "$(runs_of today):$(holds today)" 'completed completed:P Q'
is "a day late, too" "$(runs_of ago1):$(holds ago1)" 'completed completed:P Q'
is "with their mails" "$(notices_of ago1 | tr ' ' '\n' | sort | tr '\n' ' ')" 'onboarding_reminder:pending welcome:pending '
for who in ago4 ago10; do
    is "$who: later than catch_up the runs are held" "$(runs_of $who)" 'held held'
    is "$who: nothing is given" "$(holds $who)" ''
    is "$who: mails are dropped on record" "$(notices_of $who | tr ' ' '\n' | sort | tr '\n' ' ')" 'onboarding_reminder:dropped welcome:dropped '
    is "$who: the person is active all the same" "$(state_of $who)" active
done
is "what is held says why" "$(q "SELECT count(*) FROM jml.runs WHERE state = 'held' AND coalesce(reason, '') = ''")" 0
is "jmlctl lists what is held" "$(jmlctl run list --state held --json | jq length)" 4
once
is "nothing releases it but an operator" "$(runs_of ago10)" 'held held'
pre=$(q "SELECT id FROM jml.runs WHERE employee_id = 'ago10' AND workflow = 'Pre'")
status "an operator releases it" 0 jmlctl run release "$pre"
once
is "then it completes" "$(q "SELECT state FROM jml.runs WHERE id = '$pre'")" completed
is "and gives its package" "$(holds ago10)" P
is "but not its mail" "$(notices_of ago10 | tr ' ' '\n' | sort | tr '\n' ' ')" 'onboarding_reminder:dropped welcome:dropped '
status "a second release is accepted as a command" 0 jmlctl run release "$pre"
once
is "and refused, for it is no longer held" "$(q "SELECT state, error IS NOT NULL FROM jml.command WHERE object_id = '$pre' ORDER BY created_at DESC LIMIT 1")" 'refused|t'
status "the other is canceled" 0 jmlctl run cancel "$(q "SELECT id FROM jml.runs WHERE employee_id = 'ago10' AND workflow = 'Day'")"
once
is "and stays so" "$(runs_of ago10 Day)" canceled
# several at once
mapfile -t held < <(q "SELECT id FROM jml.runs WHERE state = 'held'")
status "several are released at once" 0 jmlctl run release "${held[@]}"
once
is "all of them complete" "$(runs_of ago4):$(holds ago4)" 'completed completed:P Q'
hire gone -10
once
event leaver gone "$(day -1)" > "$work/id"
once
left_with_nothing "a leaver with held runs" gone
ok "the audit verifies with late runs" jmlctl audit verify

world unlimited
{
    package P none
    workflow Pre hire:-7 "(department ne 'x')" mail:welcome request:P/none
} | company
printf '[timeline]\ncatch_up = unlimited\n[database]\nconninfo = %s\n' "$JML_DATABASE" > "$work/unlimited.conf"
printf '[timeline]\ncatch_up = 12d\n[database]\nconninfo = %s\n' "$JML_DATABASE" > "$work/days.conf"
hire ago10 -10
hire ago3000 -3000
once -c "$work/unlimited.conf"
is "catch_up = unlimited runs all" "$(runs_of ago10) $(runs_of ago3000)" 'completed completed'
is "with the mails" "$(notices_of ago10)" welcome:pending
is "and the package" "$(holds ago3000)" P
hire more10 -10
hire more14 -14
once -c "$work/days.conf"
is "catch_up = 12d draws the line there" "$(runs_of more10) $(runs_of more14)" 'completed held'

# ---- late leavers have no limit; late moves remove at once

world removals
{
    package P none
    package Q none
    workflow Give hire:0 "(department eq 'A')" request:P/none
    category=mover workflow Move change:department "(department eq 'B')" request:Q/none remove:P
} | company
printf '[timeline]\ncatch_up = unlimited\n[database]\nconninfo = %s\n' "$JML_DATABASE" > "$work/unlimited.conf"
for who in e1 e2 e3; do event joiner $who "$(day -40)" '{"department":"A"}'; done > "$work/id"
once -c "$work/unlimited.conf"
is "three hold a package" "$(q "SELECT count(*) FROM jml.assignments WHERE state = 'delivered'")" 3
event leaver e1 "$(day -27)" > "$work/id"
event mover e2 "$(day -10)" '{"department":"B"}' > "$work/id"
once
left_with_nothing "a leaver learned of 27 days late" e1
is "a late move removes" "$(q "SELECT state FROM jml.assignments WHERE employee_id = 'e2' AND access_package = 'P'")" expired
is "and holds its grant back" "$(holds e2):$(runs_of e2 Move)" ':held'
is "who did not move is not touched" "$(holds e3)" P

# ---- T5: leavers that close nothing

world dangling
{
    package P none
    workflow Give hire:0 "(department eq 'A')" request:P/none
} | company
event joiner E1 "$(day 0)" '{"department":"A"}' > "$work/id"
event joiner E9 "$(day -9)" '{"department":"B"}' > "$work/id"
event leaver E9 "$(day -2)" > "$work/id"
once
is "no leaver dangles" "$(jmlctl event list --dangling --json)" '[]'
wrong=$(event leaver E1O "$(day 0)")
other=$(event leaver E1 "$(day 0)" '{}' employment=second)
twice=$(event leaver E9 "$(day 3)")
once
is "a leaver of nobody is done, with a warning" "$(q "SELECT state, error IS NOT NULL FROM jml.event WHERE id = $wrong")" 'done|t'
like "the warning has a code" "$(q "SELECT error FROM jml.event WHERE id = $wrong")" '^[a-z_]+: .'
is "one of another employment, too" "$(q "SELECT state, error IS NOT NULL FROM jml.event WHERE id = $other")" 'done|t'
is "one of somebody who has left before" "$(q "SELECT state, error IS NOT NULL FROM jml.event WHERE id = $twice")" 'done|t'
is "event list --dangling has them" "$(jmlctl event list --dangling --json | jq -r '[.[].employee_id] | sort | join(" ")')" 'E1 E1O E9'
is "health fails for them" "$(jmlctl health --json | jq -r '.[] | select(.check == "dangling leavers") | .state')" failed
like "and counts them" "$(jmlctl health --json | jq -c '.[] | select(.check == "dangling leavers")')" '\b3\b'
is "access goes on" "$(holds E1)" P
is "an unknown person is known by name only" "$(state_of E1O)" unknown
event joiner E1 "$(day -2)" '{"department":"A"}' employment=second > "$work/id"
once
is "when its employment comes it no longer dangles" "$(jmlctl event list --dangling --json | jq -r '[.[].employee_id] | sort | join(" ")')" 'E1O E9'
is "the first employment keeps its package" "$(holds E1)" P
event leaver E1 "$(day 1)" '{}' employment='*' > "$work/id"
at "$(day 2) 00:20"
left_with_nothing "a leaver of all employments" E1
ok "the audit verifies with dangling leavers" jmlctl audit verify

# ---- immediate

world immediate
{
    package P none
    package H PT20H
    workflow Give hire:0 "(department eq 'A')" request:P/none request:H/PT20H
    category=leaver workflow Bye leave:0 "(department eq 'A')" mail:after removeall:0
} | company
for who in none on at ahead twice; do event joiner $who "$(day 0)" '{"department":"A"}'; done > "$work/id"
event leaver ahead "$(day 50)" > "$work/id"
once
event leaver none none '{"immediate":true}' > "$work/id"
event leaver on "$(day 20)" '{"immediate":true}' > "$work/id"
event leaver at "$(day 20) 12:00" '{"immediate":true}' > "$work/id"
event leaver ahead none '{"immediate":true}' > "$work/id"
event leaver twice none '{"immediate":true}' > "$work/id"
event leaver twice "$(day 1)" > "$work/id"
once
for who in none on at ahead twice; do left_with_nothing "immediately" $who; done
is "it ended when it was received" "$(q "SELECT count(*) FROM jml.person p JOIN jml.event e USING (employee_id)
    WHERE e.kind = 'leaver' AND e.attributes ? 'immediate' AND p.leaves_at = e.received_at")" 5
is "immediate and not true is a leaver without a date" \
    "$(q "INSERT INTO jml.event (kind, employee_id, attributes) VALUES ('leaver', 'none', '{\"immediate\":false}')" 2>&1 | grep -c event_one_date)" 1

# ---- removeall in thirty days; leaving, coming back

world thirty
{
    package P none
    package B P14D
    package Long P60D
    workflow Give hire:0 "(department eq 'A')" request:P/none
    category=leaver workflow Bye leave:0 "(department eq 'A')" removeall:30
    category=leaver workflow After leave:30 "(department eq 'A')" mail:after
} | company
event joiner E0 2000-01-01 '{"mail":"boss@example.com"}' > "$work/id"
for who in stays back soon; do event joiner $who "$(day 0)" '{"department":"A","mail":"a@example.com","manager":"E0"}'; done > "$work/id"
once
jmlctl assignment add B --policy P14D --employee stays back > "$work/x"
jmlctl assignment add Long --policy P60D --employee stays back > "$work/x"
once
for who in stays back soon; do event leaver $who "$(day 2)"; done > "$work/id"
at "$(day 2) 12:00"
is "a run on the day and one thirty days later" "$(runs_of stays)" 'completed scheduled scheduled'
at "$(day 3) 00:20"
is "the person has left" "$(state_of stays)" left
is "what a leave task lets run out is held for thirty days" "$(holds stays)" 'B Long P'
is "until then, and earlier ends stand" "$(q "SELECT access_package, date_trunc('day', ends_at AT TIME ZONE 'UTC') FROM jml.assignments WHERE employee_id = 'stays' ORDER BY 1")" \
    "B|$(day 14) 00:00:00
Long|$(day 33) 00:00:00
P|$(day 33) 00:00:00"
event joiner back "$(day 10)" '{"department":"A","mail":"a@example.com"}' > "$work/id"
event joiner soon "$(day 40)" '{"department":"A","mail":"a@example.com"}' > "$work/id"
at "$(day 4) 12:00"
is "a hire to come makes somebody who left a prehire" "$(state_of back)" prehire
at "$(day 10) 00:00:01"
is "who comes back is active" "$(state_of back)" active
is "the hire run runs again, for it is another hire" "$(runs_of back Give)" 'completed completed'
is "the leave run that had not started is canceled" "$(runs_of back After)" canceled
is "what is asked for again has no end any more" "$(q "SELECT ends_at FROM jml.assignments WHERE employee_id = 'back' AND access_package = 'P' AND state <> 'expired'")" ''
is "the rest still ends" "$(q "SELECT date_trunc('day', ends_at AT TIME ZONE 'UTC') FROM jml.assignments WHERE employee_id = 'back' AND access_package = 'Long'")" "$(day 33) 00:00:00"
is "and is kept" "$(holds back)" 'B Long P'
at "$(day 32) 12:00"
is "until the last day it is held" "$(holds stays):$(holds back)" 'Long P:Long P'
at "$(day 33) 00:20"
is "then it is not" "$(holds stays):$(holds back)" ':P'
is "the run thirty days later is done" "$(runs_of stays After)" completed
is "and nothing is open" "$(open_of stays)" 0
is "who left was told of no end" "$(q "SELECT count(*) FROM jml.notification n JOIN jml.person p ON p.id = n.person_id WHERE employee_id = 'stays' AND n.kind LIKE 'near%'")" 0
at "$(day 40) 00:00:01"
is "who comes back after all has ended starts anew" "$(state_of soon):$(holds soon)" 'active:P'
is "with the same person's history" "$(q "SELECT count(*), count(*) FILTER (WHERE state = 'expired') FROM jml.assignments WHERE employee_id = 'soon'")" '2|1'
ok "the audit verifies after coming back" jmlctl audit verify

# ---- no-show

world noshow
{
    package P none
    package Q none
    workflow Pre hire:-7 "(department eq 'A')" request:P/none
    workflow Day hire:0 "(department eq 'A')" request:Q/none
    category=leaver workflow Bye leave:0 "(department eq 'A')" mail:after
} | company
event joiner E1 "$(day 5)" '{"department":"A"}' > "$work/id"
once
is "prepared" "$(holds E1)" P
event leaver E1 "$(day 2)" > "$work/id"
at "$(day 1)"
is "who does not come holds nothing" "$(holds E1)" ''
is "the run of the first day is canceled" "$(runs_of E1 Day)" canceled
at "$(day 9)"
is "and stays so" "$(holds E1):$(runs_of E1 Day)" ':canceled'
is "nothing is open" "$(open_of E1)" 0

# ---- the last day, where the person is

world zones
{
    package P none
    workflow Give hire:0 "(department eq 'A')" request:P/none
} | company
for zone in Pacific/Kiritimati Pacific/Honolulu Asia/Kathmandu UTC; do
    event joiner "${zone#*/}" "$(day -1)" "{\"department\":\"A\",\"timeZone\":\"$zone\"}"
    event leaver "${zone#*/}" "$(day 3)"
done > "$work/id"
event joiner exact "$(day -1)" '{"department":"A","timeZone":"Pacific/Honolulu"}' > "$work/id"
event leaver exact "$(day 3) 15:30" > "$work/id"
event joiner moved "$(day -1)" '{"department":"A","timeZone":"Pacific/Honolulu"}' > "$work/id"
event mover moved "$(day 1)" '{"timeZone":"Pacific/Kiritimati"}' > "$work/id"
event leaver moved "$(day 3)" > "$work/id"
event joiner own "$(day -1)" '{"department":"A"}' > "$work/id"
event leaver own "$(day 3)" '{"timeZone":"Pacific/Honolulu"}' > "$work/id"
once
who() { q "SELECT string_agg(employee_id, ' ' ORDER BY employee_id) FROM jml.assignments WHERE state <> 'expired'"; }
at "$(day 3) 09:59:30"
is "all have their last day" "$(who)" 'Honolulu Kathmandu Kiritimati UTC exact moved own'
at "$(day 3) 10:00:01"
is "it ends first in Kiritimati, also for who moved there" "$(who)" 'Honolulu Kathmandu UTC exact own'
at "$(day 3) 15:29:30"
is "an instant is an instant: not yet" "$(who)" 'Honolulu Kathmandu UTC exact own'
at "$(day 3) 15:30:01"
is "now" "$(who)" 'Honolulu Kathmandu UTC own'
at "$(day 3) 18:14:30"
is "Kathmandu's quarter of an hour" "$(who)" 'Honolulu Kathmandu UTC own'
at "$(day 3) 18:15:01"
is "is counted" "$(who)" 'Honolulu UTC own'
at "$(day 4) 00:00:01"
is "midnight in Greenwich" "$(who)" 'Honolulu own'
at "$(day 4) 09:59:30"
is "the day is still that day in Honolulu" "$(who)" 'Honolulu own'
at "$(day 4) 10:00:01"
is "and ends last, also for a leaver with a zone of its own" "$(who)" ''
ok "the audit verifies around the world" jmlctl audit verify
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# Workflows that change under way: versions, disabling and enabling, roll-out onto an existing
# workforce; every trigger; dates that move.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"

hire() { event joiner "$1" "$(day "$2")" "${3:-{\"department\":\"A\",\"mail\":\"a@example.com\"\}}" > "$work/id"; }
tasks_of() { # the tasks that the runs of somebody did
    q "SELECT coalesce(string_agg(t.display_name || ' ' || t.state, ', ' ORDER BY r.due_at, t.position), '')
       FROM jml.task_run t JOIN jml.runs r ON r.id = t.run_id WHERE r.employee_id = '$1'"
}
due_of() { q "SELECT string_agg(to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), ' ' ORDER BY due_at) FROM jml.runs WHERE employee_id = '$1' AND state = 'scheduled'"; }

# ---- versions

world versions
documents() {
    package P none
    package Q none
    workflow W hire:0 "(department eq 'A')" "$@"
}
documents request:P/none | company
hire first 0
hire planned 5
once
is "one run done, one planned" "$(runs_of first) $(runs_of planned)" 'completed scheduled'
documents request:P/none | company
is "the same again is no new version" "$(jmlctl workflow show W --json | jq -r '.[0].version')" 1
documents request:P/none request:Q/none | company
is "another task is version 2" "$(jmlctl workflow show W --json | jq -r '.[0].version')" 2
is "both versions are kept" "$(q 'SELECT count(*) FROM jml.workflow_version')" 2
once
is "what was done is left alone" "$(runs_of first) $(holds first)" 'completed P'
is "and keeps its version" "$(q "SELECT version FROM jml.runs WHERE employee_id = 'first'")" 1
hire third 6
at "$(day 5) 00:00:01"
is "the planned run follows version 2" "$(runs_of planned):$(holds planned)" 'completed:P Q'
is "and says so" "$(q "SELECT version FROM jml.runs WHERE employee_id = 'planned'")" 2
is "its tasks are those of version 2" "$(tasks_of planned)" 'request:P/none completed, request:Q/none completed'
documents request:Q/none | company
at "$(day 6) 00:00:01"
is "version 3 for the next one" "$(q "SELECT version FROM jml.runs WHERE employee_id = 'third'"):$(holds third)" '3:Q'
# a run that waits for an operator has started: it keeps its version
world started
documents request:P/none | company
hire late -20
once
is "a late run is held" "$(runs_of late)" held
documents request:Q/none | company
once
status "it is released after the workflow changed" 0 jmlctl run release "$(q "SELECT id FROM jml.runs WHERE state = 'held'")"
once
is "it does what it began to do" "$(runs_of late):$(holds late)" 'completed:P'
is "as version 1" "$(q "SELECT version FROM jml.runs WHERE employee_id = 'late'")" 1
ok "the audit verifies with versions" jmlctl audit verify

# ---- rules that change

world scopes
{
    package P none
    workflow W hire:0 "(department eq 'A')" request:P/none
} | company
hire a 5
hire b 5 '{"department":"B"}'
hire c 5
once
is "who is in scope is planned" "$(runs_of a):$(runs_of b):$(runs_of c)" 'scheduled::scheduled'
workflow W hire:0 "(department eq 'B')" request:P/none | company
once
is "a new scope plans and cancels" "$(runs_of a):$(runs_of b)" 'canceled:scheduled'
workflow W hire:0 "(department in ('A', 'B'))" request:P/none | company
once
is "a canceled plan comes back when it is right again" "$(runs_of a):$(runs_of b):$(runs_of c)" 'scheduled:scheduled:scheduled'
event mover c "$(day 0)" '{"department":"C"}' > "$work/id"
at "$(day 5) 00:00:01"
is "who went out of scope is not run" "$(runs_of a):$(runs_of b):$(runs_of c)" 'completed:completed:canceled'
like "with the clause that failed" "$(q "SELECT reason FROM jml.runs WHERE employee_id = 'c'")" department
is "the reason names no value of theirs" "$(q "SELECT count(*) FROM jml.audit WHERE reason LIKE '%''C''%'")" 0
ok "the audit verifies with scopes" jmlctl audit verify

# ---- disable, enable

for by in command apply; do
    world "switch_$by"
    turn() { # on or off
        if [ $by = command ]; then
            jmlctl workflow "$([ "$1" = on ] && echo enable || echo disable)" W > "$work/x"
        else
            enabled=$([ "$1" = on ] && echo true || echo false) workflow W hire:0 "(department eq 'A')" request:P/none | company
        fi
    }
    {
        package P none
        workflow W hire:0 "(department eq 'A')" request:P/none
    } | company
    hire soon 3
    hire later 20
    hire gone 0
    once
    turn off
    once
    is "$by: disabled" "$(q 'SELECT enabled FROM jml.workflow')" f
    is "$by: disabling cancels what is scheduled" "$(runs_of soon) $(runs_of later)" 'canceled canceled'
    is "$by: and not what is done" "$(runs_of gone):$(holds gone)" 'completed:P'
    hire while 1
    at "$(day 5) 12:00"
    is "$by: nothing runs while it is off" "$(runs_of soon):$(runs_of while):$(holds soon)" 'canceled::'
    turn on
    # apply and commands stamp the switch by their own clock, which is not moved here
    at "$(day 5) 13:00"
    is "$by: enabled" "$(q 'SELECT enabled FROM jml.workflow')" t
    is "$by: enabling plans what is ahead" "$(runs_of later)" scheduled
    at "$(day 20) 00:00:01"
    is "$by: and it runs" "$(runs_of later):$(holds later)" 'completed:P'
    ok "$by: the audit verifies" jmlctl audit verify
done

# a command that was given while no daemon ran comes before what is due
world switched_while_down
{
    package P none
    workflow W hire:0 "(department eq 'A')" request:P/none
} | company
hire soon 3
once
jmlctl workflow disable W > "$work/x"
hire new 2
at "$(day 3) 00:00:01"
is "what was disabled while no daemon ran is not run at its start" "$(runs_of soon):$(runs_of new):$(holds soon)$(holds new)" 'canceled::'
jmlctl workflow enable W > "$work/x"
hire next 4
at "$(day 4) 00:00:01"
is "what was enabled meanwhile is run" "$(runs_of next):$(holds next)" 'completed:P'
ok "the audit verifies with both" jmlctl audit verify

# ---- roll-out: a new workflow does not run for the past

world rollout
package P none | company
hire past -400
hire week -7
hire yesterday -1
hire ahead 10
hire gone -100
event leaver gone "$(day -3)" > "$work/id"
once
{
    package P none
    workflow W hire:0 "(department eq 'A')" request:P/none mail:welcome
    workflow Pre hire:-3 "(department eq 'A')" mail:reminder
    workflow Year hire:30 "(department eq 'A')" mail:reminder
    category=leaver workflow Bye leave:0 "(department eq 'A')" mail:after
    category=mover workflow Move change:department "(department eq 'A')" request:P/none
} | company
once
is "nobody of the past is run for" "$(runs_of past)$(runs_of yesterday W)$(runs_of yesterday Pre)$(runs_of gone)" ''
is "no mail goes out" "$(q 'SELECT count(*) FROM jml.notification')" 0
is "nothing is given" "$(q 'SELECT count(*) FROM jml.assignment')" 0
is "what is ahead is planned" "$(runs_of ahead)" 'scheduled scheduled scheduled'
is "also for those who are here already" "$(runs_of week Year)" scheduled
is "all roll-outs are complete" "$(q 'SELECT count(*) FROM jml.rollout WHERE completed_at IS NULL')" 0
is "each says how many it went through" "$(jmlctl rollout list --json | jq '[.[] | select(.done < .total)] | length')" 0
event mover past "$(day 0)" '{"jobTitle":"x"}' > "$work/id"
once
is "an event that changes no cause gives nothing" "$(runs_of past):$(holds past)" ':'
event mover past "$(day 0)" '{"department":"B"}' > "$work/id"
once
event mover past "$(day 1)" '{"department":"A"}' > "$work/id"
at "$(day 1) 00:00:01"
is "a change after it is switched on runs" "$(runs_of past Move):$(holds past)" 'completed:P'
at "$(day 10) 00:00:01"
is "the hire ahead runs on its day" "$(holds ahead)" P

# ---- on demand

world demand
{
    package P none
    package Q P30D
    workflow Now demand '' request:P/none
    workflow Bare hire:0 "(department eq 'A')" request:Q/P30D
    enabled=false workflow Off demand '' request:P/none
} | company
hire A1 0 '{"department":"B"}'
hire A2 0 '{"department":"B"}'
hire Pre 20 '{"department":"B"}'
hire Left -9 '{"department":"B"}'
event leaver Left "$(day -2)" > "$work/id"
once
is "on demand only: nothing runs by itself" "$(q 'SELECT count(*) FROM jml.run')" 0
status "it is run for two" 0 jmlctl workflow run Now --employee A1 A2
once
is "it ran for both" "$(runs_of A1) $(runs_of A2):$(holds A1)$(holds A2)" 'completed completed:PP'
is "it names who asked" "$(q "SELECT DISTINCT actor = session_user FROM jml.run")" t
status "it is run once more" 0 jmlctl workflow run Now --employee A1
once
is "each call is a run" "$(runs_of A1):$(holds A1)" 'completed completed:P'
is "but no second assignment" "$(q "SELECT count(*) FROM jml.assignments WHERE employee_id = 'A1'")" 1
status "a scheduled workflow may be run by hand" 0 jmlctl workflow run Bare --employee A2
once
is "whatever its trigger" "$(holds A2)" 'P Q'
status "for a prehire, too" 0 jmlctl workflow run Now --employee Pre
once
is "who is prepared" "$(holds Pre)" P
jmlctl workflow run Now --employee Left > "$work/x" 2>&1
once
is "nothing is given to who has left" "$(holds Left)" ''
# a command that waits, while the daemon works: its exit status and what it says
waited() {
    local waiter
    { status=0; "$@" --wait=20s 2>&1 || status=$?; echo "exit $status"; } > "$work/waited" &
    waiter=$!
    until_true 10 "SELECT EXISTS (SELECT FROM jml.queue WHERE kind = 'command')"
    once
    wait "$waiter"
    grep -v '^[0-9a-f-]*$' "$work/waited" | paste -sd' '
}
like "who waits for it learns that it failed, and why" \
    "$(waited jmlctl workflow run Now --employee Left)" \
    '^jmlctl: Left: failed: request:P/none: [a-z_]+: .* exit 1$'
is "who waits for one that is done learns that" "$(waited jmlctl workflow run Now --employee A2)" 'exit 0'
like "a retry that fails again says so" \
    "$(waited jmlctl run retry "$(q "SELECT id FROM jml.runs WHERE state = 'failed' LIMIT 1")")" \
    ': failed: request:P/none: .* exit 1$'
status "for nobody it is refused" 1 jmlctl workflow run Now --employee Nobody
jmlctl workflow run Off --employee A1 > "$work/x" 2>&1
once
is "a disabled workflow does not run" "$(q "SELECT count(*) FROM jml.runs WHERE workflow = 'Off' AND state = 'completed'")" 0
status "one that is not there is not found" 1 jmlctl workflow run Nowhere --employee A1
ok "the audit verifies with runs on demand" jmlctl audit verify

# ---- movers

world movers
{
    package Sales none
    package Tech none
    package City none
    workflow Joiner hire:0 "(department eq 'Sales')" request:Sales/none
    category=mover workflow 'To Sales' change:department "(department eq 'Sales')" request:Sales/none remove:Tech
    category=mover workflow 'To Tech' change:department "(department eq 'Tech')" request:Tech/none remove:Sales mail:move
    category=mover workflow Away change:department "(department eq 'Gone')" 'remove:Sales, Tech, City'
    category=mover workflow Moved change:city,country "(city eq 'Lisbon') or (city eq 'Porto')" request:City/none
} | company
hire E 0 '{"department":"Sales","manager":"M"}'
hire M 0 '{"mail":"m@example.com"}'
once
is "a hire is no change" "$(runs_of E):$(holds E)" 'completed:Sales'
event mover E "$(day 2)" '{"department":"Tech"}' > "$work/id"
once
is "a change ahead is planned" "$(runs_of E 'To Tech'):$(holds E)" 'scheduled:Sales'
at "$(day 2) 00:00:01"
is "on its day it gives and takes" "$(holds E)" Tech
is "the attributes are those of the day" "$(q "SELECT attributes ->> 'department' FROM jml.person WHERE employee_id = 'E'")" Tech
is "the manager is told" "$(q "SELECT recipient FROM jml.notification WHERE kind = 'move_notice'")" m@example.com
event mover E "$(day 3)" '{"department":"Tech"}' > "$work/id"
event mover E "$(day 3)" '{"jobTitle":"Dr"}' > "$work/id"
at "$(day 3) 12:00"
is "the same value is no change" "$(runs_of E 'To Tech')" completed
event mover E "$(day 4)" '{"department":"Sales"}' > "$work/id"
event mover E "$(day 5)" '{"department":"Tech"}' > "$work/id"
at "$(day 4) 12:00"
is "back again" "$(holds E)" Sales
at "$(day 5) 12:00"
is "and forth: another change, another run" "$(holds E):$(runs_of E 'To Tech')" 'Tech:completed completed'
event mover E "$(day 6)" '{"city":"Lisbon"}' > "$work/id"
at "$(day 6) 12:00"
is "one of several attributes" "$(holds E)" 'City Tech'
event mover E "$(day 7)" '{"country":"PT"}' > "$work/id"
at "$(day 7) 12:00"
is "or another" "$(runs_of E Moved)" 'completed completed'
event mover E "$(day 8)" '{"department":null}' > "$work/id"
at "$(day 8) 12:00"
is "an attribute that goes away matches no rule" "$(holds E)" 'City Tech'
is "and is gone" "$(q "SELECT attributes ? 'department' FROM jml.person WHERE employee_id = 'E'")" f
event mover E "$(day 9)" '{"department":"Gone"}' > "$work/id"
at "$(day 9) 12:00"
is "one task removes several packages" "$(holds E)" ''
ok "the audit verifies after all moves" jmlctl audit verify

# ---- groups

world groups
{
    package P none
    category=mover workflow In group:add:travel '' request:P/none
    category=mover workflow Out group:remove:travel '' remove:P
} | company
hire E 0 '{"groups":["a"]}'
hire F 0 '{"groups":["travel"]}'
once
is "no group, nothing" "$(holds E)" ''
event mover E "$(day 1)" '{"groups":["a","travel"]}' > "$work/id"
at "$(day 1) 12:00"
is "who is added to the group is given access" "$(holds E)" P
event mover E "$(day 2)" '{"groups":["travel","b"]}' > "$work/id"
at "$(day 2) 12:00"
is "who stays in it is left alone" "$(runs_of E)" completed
event mover E "$(day 3)" '{"groups":["b"]}' > "$work/id"
at "$(day 3) 12:00"
is "who is taken out of it loses it" "$(holds E):$(runs_of E)" ':completed completed'
event mover E "$(day 4)" '{"groups":["travel"]}' > "$work/id"
at "$(day 4) 12:00"
event mover E "$(day 5)" '{"groups":null}' > "$work/id"
at "$(day 5) 12:00"
is "no groups at all is out of it, too" "$(holds E):$(runs_of E In):$(runs_of E Out)" ':completed completed:completed completed'

# ---- TimeV2

world v2
{
    package P none
    workflow Before v2:employeeHireDate:equal:before:7 "(department eq 'A')" mail:reminder
    workflow Day v2:employeeHireDate:equal:on:0 "(department eq 'A')" request:P/none
    workflow After v2:employeeHireDate:equal:after:5 "(department eq 'A')" mail:welcome
    workflow Until v2:employeeHireDate:lessequal:before:14 "(department eq 'A')" mail:reminder
    workflow Window v2:employeeHireDate:between:after:7:30 "(department eq 'A')" mail:welcome
    category=leaver workflow Leave v2:employeeLeaveDateTime:equal:on:0 "(department eq 'A')" removeall:0
} | company
hire E 10
once
at "$(day 0) 23:00"
is "up to 14 days before: 10 days before is due at once" "$(runs_of E Until)" completed
is "the others wait" "$(due_of E)" "$(day 3) 00:00 $(day 10) 00:00 $(day 15) 00:00 $(day 17) 00:00"
at "$(day 3) 12:00"
is "7 days before" "$(runs_of E Before)" completed
at "$(day 10) 12:00"
is "on the day" "$(runs_of E Day):$(holds E)" completed:P
at "$(day 15) 12:00"
is "5 days after" "$(runs_of E After)" completed
at "$(day 18) 12:00"
is "between 7 and 30 days after" "$(runs_of E Window)" completed
is "each once" "$(q 'SELECT count(*) FROM jml.run')" 5

# ---- dates that move

world dates
{
    package P none
    workflow Pre hire:-7 "(department eq 'A')" mail:reminder request:P/none
    workflow Day hire:0 "(department eq 'A')" mail:welcome
} | company
hire E 20
once
is "planned for the date" "$(due_of E)" "$(day 13) 00:00 $(day 20) 00:00"
hire E 30
once
is "a new date plans anew" "$(due_of E)" "$(day 23) 00:00 $(day 30) 00:00"
is "the old plan is canceled" "$(q "SELECT state, count(*) FROM jml.runs GROUP BY 1 ORDER BY 1")" 'canceled|2
scheduled|2'
hire E 20
once
is "back to the first date: the first plan revives" "$(due_of E)" "$(day 13) 00:00 $(day 20) 00:00"
is "and no third one is made" "$(q 'SELECT count(*) FROM jml.run')" 4
at "$(day 13) 12:00"
is "it runs on that date" "$(holds E)" P
event leaver E "$(day 16)" > "$work/id"
at "$(day 14) 12:00"
ok "the audit verifies with moved dates" jmlctl audit verify
event joiner late "$(day 40)" '{"department":"A"}' source=hr source_ref=j1 > "$work/id"
at "$(day 15) 12:00"
event joiner late "$(day 45)" '{"department":"A"}' source=hr source_ref=j2 supersedes=j1 > "$work/id"
at "$(day 16) 12:00"
is "a correction moves the hire" "$(due_of late)" "$(day 38) 00:00 $(day 45) 00:00"
is "the corrected event is superseded" "$(q "SELECT source_ref, state FROM jml.event WHERE source = 'hr' ORDER BY 1")" 'j1|superseded
j2|done'
event rescind late none '{}' source=hr source_ref=j3 supersedes=j2 > "$work/id"
at "$(day 17) 12:00"
is "a rescinded hire plans nothing" "$(due_of late)$(state_of late)" unknown

# ---- tasks that fail

world failing
{
    package P none
    package Q none
    workflow Stops hire:0 "(department eq 'A')" request:P/none request:Q/none
    workflow 'Goes on' hire:0 "(department eq 'B')" +request:P/none request:Q/none
} | company
hire A 2
hire B 2 '{"department":"B"}'
once
q "UPDATE jml.assignment_policy SET enabled = false WHERE access_package_id = (SELECT id FROM jml.access_package WHERE display_name = 'P');
   UPDATE jml.configuration SET revision = revision + 1" > "$work/x"
at "$(day 2) 00:00:01"
is "a failed task stops the run" "$(runs_of A):$(holds A)" 'failed:'
is "unless it is told to go on" "$(runs_of B):$(holds B)" 'completedWithErrors:Q'
like "the task says why" "$(q "SELECT error FROM jml.task_run WHERE state = 'failed' LIMIT 1")" policy
q "UPDATE jml.assignment_policy SET enabled = true; UPDATE jml.configuration SET revision = revision + 1" > "$work/x"
status "an operator retries" 0 jmlctl run retry "$(q "SELECT id FROM jml.runs WHERE state = 'failed'")" "$(q "SELECT id FROM jml.runs WHERE state = 'completedWithErrors'")"
at "$(day 2) 01:00"
is "then all is done" "$(runs_of A) $(runs_of B):$(holds A):$(holds B)" 'completed completed:P Q:P Q'
ok "the audit verifies with retries" jmlctl audit verify
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Access that arrives: from the event to the target and back to the assignment, by one jmld --once.
# timeout: 240
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"

assignment() { q "select state, revoked_at is not null from jml.assignments where access_package = '$1' and employee_id = '$2' order by starts_at desc, state, revoked_at is not null limit 1"; }
target() {
    q "insert into jml.target (display_name, kind, document) values ('$1', '$2', '{\"displayName\":\"$1\",\"kind\":\"$2\"${3:-}}')"
}

world arrives
{
    roles='App/User App/Editor' package P none
    roles='App/User' package Q none
    workflow 'joiner' hire:0 "(department eq 'Sales')" request:P/none
} | company
target Directory null ',"settings":{"delayMilliseconds":20}'
q "update jml.resource set target = 'Directory'; update jml.configuration set revision = revision + 1"
event joiner E1 "$(day 0)" '{"department":"Sales"}' > "$work/id"
event joiner E2 "$(day 0)" '{"department":"Sales"}' > "$work/id"
once
is "a joiner's package is delivered when its roles are" "$(assignment P E1)" 'delivered|f'
is "each role by one call" "$(q "select count(*), max(attempts) from jml.delivery where seq is not null and state = 'delivered'")" '4|1'
is "the request says so" "$(q "select state from jml.requests where employee_id = 'E1'")" delivered
is "the run that asked for it is completed" "$(q "select string_agg(state, ' ') from jml.run")" 'completed completed'

# what was asked for by somebody is history, also when it took its time to arrive
jmlctl assignment add Q --employee E2 > "$work/x"
once
is "an administrator's gift is delivered" "$(assignment Q E2)" 'delivered|f'
is "and known when history is told anew" "$(q "select count(*) from jml.assignment_request where effective_at is null and request_type = 'adminAdd'")" 0
event mover E2 "$(day 0)" '{"suspended":true}' source=hr source_ref=s1 > "$work/id"
once
event rescind E2 none '{}' source=hr supersedes=s1 > "$work/id"
once
is "a correction takes nothing of it" "$(assignment Q E2)" 'delivered|f'
jmlctl assignment remove "$(q "select id from jml.assignments where access_package = 'Q' and state = 'delivered'")" > "$work/x"
once
event mover E2 "$(day 0)" '{"suspended":true}' source=hr source_ref=s2 > "$work/id"
once
event rescind E2 none '{}' source=hr supersedes=s2 > "$work/id"
once
is "nor gives it back when it was taken" "$(q "select string_agg(distinct state, ' ') from jml.assignments where access_package = 'Q'")" expired

event leaver E1 none '{"immediate":true}' > "$work/id"
once
is "a leaver's access ends at the target" "$(q "select string_agg(d.action || ' ' || d.state, ', ' order by d.seq) from jml.delivery d
    join jml.person p on p.id = d.person_id where p.employee_id = 'E1' and d.seq is not null")" 'grant delivered, grant delivered, revoke removed, revoke removed'
is "and that is known" "$(assignment P E1)" 'expired|t'
is "others keep theirs" "$(assignment P E2)" 'delivered|f'

# a ticket in between
target Desk manual
q "update jml.resource set target = 'Desk'; update jml.configuration set revision = revision + 1"
event leaver E2 none '{"immediate":true}' > "$work/id"
once
is "what waits for a person is not revoked yet" "$(assignment P E2)" 'expired|f'
ok "the audit leads to what is there" jmlctl audit verify
q "select id from jml.delivery where target = 'Desk'" | xargs jmlctl delivery done > "$work/x"
once
is "when it is closed, it is" "$(assignment P E2)" 'expired|t'
ok "the audit leads to what is there" jmlctl audit verify
is "no revoke keeps failing" "$(jmlctl --json health | jq -r '.[] | select(.check == "revokes") | .state')" ok
finish

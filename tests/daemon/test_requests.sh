#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# Requests: adding, updating and removing by SQL and by jmlctl, decided on record; the start and
# the end that come of them; who cannot be given anything.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"

documents() {
    package P none
    package M P30D
    package H PT20H
    package Fixed "$(day 20)T12:00:00Z"
    package Two none P10D
    package Other none
    roles='' package Bare none
}
people() {
    for who in E1 E2 E3 E4 E5 E6; do event joiner $who "$(day 0)" '{"mail":"a@example.com","manager":"E1"}'; done
    event joiner Pre "$(day 10)"
    event joiner Left "$(day -20)"
    event leaver Left "$(day -10)"
    event leaver Unknown "$(day -10)"
    event joiner Gone "$(day 0)"
    event leaver Gone "$(day 5)"
} > "$work/id"
# request TYPE WHO PACKAGE [COLUMN=VALUE]...: by SQL; prints its id
request() {
    local columns='request_type, target_employee_id, access_package_id' values pair
    values="'$1', '$2', (SELECT id FROM jml.access_package WHERE display_name = '$3')"
    for pair in "${@:4}"; do
        columns+=", ${pair%%=*}"
        values+=", ${pair#*=}"
    done
    q "INSERT INTO jml.assignment_request ($columns) VALUES ($values) RETURNING id"
}
policy() { echo "(SELECT l.id FROM jml.assignment_policy l JOIN jml.access_package k ON k.id = l.access_package_id WHERE k.display_name = '$1' AND l.display_name = '$2')"; }
outcome() { q "SELECT state FROM jml.requests WHERE id = '$1'"; }
denied() { # sentence, id, what the error must say
    like "$1" "$(q "SELECT state, error FROM jml.requests WHERE id = '$2' AND error ~ '^[a-z_]+: .'")" "^denied\|.*($3)"
    is "$1: completed, on record" "$(q "SELECT completed_at IS NOT NULL FROM jml.requests WHERE id = '$2'"):$(q "SELECT to_state FROM jml.audit WHERE object_type = 'request' AND object_id = '$2' ORDER BY id DESC LIMIT 1")" t:denied
}

world sql
documents | company
people
once

# ---- adding

id=$(request adminAdd E1 P)
is "a request waits as submitted" "$(outcome "$id")" submitted
once
is "is delivered" "$(outcome "$id"):$(holds E1)" delivered:P
is "in the name of who asked" "$(q "SELECT requestor = session_user FROM jml.requests WHERE id = '$id'")" t
is "the assignment names it" "$(q "SELECT request_id = '$id' FROM jml.assignments WHERE employee_id = 'E1'")" t
id=$(request adminAdd E6 Other requestor="'the cloakroom'")
once
is "a request may name somebody else, the audit names who made it" \
    "$(q "SELECT requestor, (SELECT actor FROM jml.audit WHERE object_id = '$id' ORDER BY id LIMIT 1) = session_user FROM jml.requests WHERE id = '$id'")" 'the cloakroom|t'
for type in systemAdd systemUpdate systemRemove; do
    denied "a $type is for jmld alone" "$(request $type E6 Other)" "use admin${type#system}"
done
is "and does nothing" "$(holds E6)" Other
q "$(printf "INSERT INTO jml.assignment_request (request_type, target_employee_id, access_package_id) SELECT 'adminRemove', 'E6', id FROM jml.access_package WHERE display_name = 'Other'")"
once
id=$(request adminAdd E1 P)
once
denied "what is held is refused" "$id" "$(q "SELECT id FROM jml.assignments WHERE employee_id = 'E1' AND access_package = 'P'")"
id=$(request adminAdd E1 Bare)
once
is "a package without roles is delivered by record" "$(outcome "$id"):$(holds E1)" 'delivered:Bare P'
id=$(request adminAdd E404 P)
once
denied "a person nobody knows" "$id" 'E404|person|nobody|no_target|unknown'
id=$(request adminAdd Unknown P)
once
denied "a person known by name only" "$id" 'unknown|employ'
id=$(request adminAdd Left P)
once
denied "a person who has left" "$id" left
id=$(request adminAdd Pre P)
once
is "a prehire may be given access" "$(outcome "$id"):$(holds Pre)" delivered:P
id=$(request adminAdd E2 Two)
once
denied "of two policies one must be named" "$id" "several_policies: name one: 'P10D', 'none'"
id=$(request adminAdd E2 Two policy_id="$(policy Two P10D)")
once
is "then it is delivered" "$(outcome "$id"):$(q "SELECT policy, ends_at - starts_at FROM jml.assignments WHERE employee_id = 'E2'")" 'delivered:P10D|10 days'
id=$(request adminAdd E3 P policy_id="$(policy M P30D)")
once
denied "a policy of another package" "$id" policy
id=$(request adminAdd E3 P policy_id=gen_random_uuid\(\))
once
denied "a policy that is not there" "$id" policy
id=$(request adminAdd E3 Nothing)
once
denied "a package that is not there" "$id" package
id=$(q "INSERT INTO jml.assignment_request (request_type, target_employee_id, access_package_id) VALUES ('adminAdd', 'E3', gen_random_uuid()) RETURNING id")
once
denied "the id of no package" "$id" package
id=$(q "INSERT INTO jml.assignment_request (request_type, access_package_id) SELECT 'adminAdd', id FROM jml.access_package WHERE display_name = 'P' RETURNING id")
denied "nobody at all" "$id" target
id=$(q "INSERT INTO jml.assignment_request (request_type, target_id, access_package_id) SELECT 'adminAdd', gen_random_uuid(), id FROM jml.access_package WHERE display_name = 'P' RETURNING id")
denied "the id of nobody" "$id" 'person|target'
id=$(q "INSERT INTO jml.assignment_request (request_type, target_id, target_employee_id, access_package_id) SELECT 'adminAdd', p.id, 'E2', k.id FROM jml.access_package k, jml.person p WHERE display_name = 'P' AND p.employee_id = 'E3' RETURNING id")
denied "two people at once" "$id" 'target'
for state in delivered denied scheduled; do
    is "a request cannot begin as $state" "$(request adminAdd E3 P state="'$state'" 2>&1 | grep -c 'submitted')" 1
done
id=$(request adminGive E3 P) infinite=$(request adminAdd E3 P ends_at="'infinity'")
once
denied "a type that is none" "$id" 'bad_request_type: request_type is none of'
denied "an end at infinity" "$infinite" 'bad_end: ends_at'
is "nobody was given anything by the refused ones" "$(holds E3)" ''

# ---- start and end

id=$(request adminAdd E3 P starts_at="'$(day 3)'" ends_at="'$(day 3)'")
once
denied "an end at its start" "$id" 'end|start'
id=$(request adminAdd E3 P starts_at="'$(day 3)'" ends_at="'$(day 2)'")
once
denied "an end before its start" "$id" 'end|start'
id=$(request adminAdd E3 P ends_at="now() - interval '1 min'")
once
denied "an end in the past" "$id" 'end'
id=$(request adminAdd E3 M ends_at="now() + interval '5 days'")
once
is "the earlier of two ends counts: the one asked for" "$(outcome "$id"):$(q "SELECT ends_at < now() + interval '6 days' FROM jml.assignments WHERE employee_id = 'E3'")" delivered:t
id=$(request adminAdd E4 M ends_at="now() + interval '50 days'")
once
is "or the policy's" "$(outcome "$id"):$(q "SELECT ends_at - starts_at FROM jml.assignments WHERE employee_id = 'E4'")" 'delivered:30 days'
id=$(request adminAdd E4 Fixed starts_at="'$(day 21)'")
once
denied "a start after the policy's end" "$id" 'end|start'
id=$(request adminAdd E4 H starts_at="'$(day 3)'")
once
is "a start ahead is scheduled" "$(outcome "$id"):$(holds E4)" scheduled:M
again=$(request adminAdd E4 H)
once
denied "twice the same is refused while the first one waits" "$again" 'wait|start|request'
gone=$(request adminAdd Gone P starts_at="'$(day 8)'")
disabled=$(request adminAdd E5 Other starts_at="'$(day 4)'")
cancel=$(request adminAdd E5 P starts_at="'$(day 4)'")
removed=$(request adminAdd E5 H starts_at="'$(day 4)'")
once
is "four more wait" "$(outcome "$gone") $(outcome "$disabled") $(outcome "$cancel") $(outcome "$removed")" 'scheduled scheduled scheduled scheduled'
status "one of them is canceled" 0 jmlctl request cancel "$cancel"
once
like "with who did it" "$(q "SELECT error FROM jml.requests WHERE id = '$cancel'")" "^canceled: by $(q 'SELECT session_user')$"
is "on record" "$(outcome "$cancel"):$(q "SELECT count(*) FROM jml.audit WHERE object_id = '$cancel' AND to_state = 'canceled'")" canceled:1
jmlctl request cancel "$cancel" > "$work/x" 2>&1
once
is "what is over cannot be canceled" "$(q "SELECT state FROM jml.command ORDER BY created_at DESC LIMIT 1"):$(outcome "$cancel")" refused:canceled
jmlctl request cancel "$id" > "$work/x" 2>&1
once
is "the scheduled one can" "$(outcome "$id")" canceled
id=$(request adminAdd E4 H starts_at="'$(day 3)'")
at "$(day 2) 23:59:30"
is "half a minute before, nothing" "$(holds E4)" M
at "$(day 3) 00:00:01"
is "it starts when it is to start" "$(outcome "$id"):$(holds E4)" 'delivered:H M'
is "and its twenty hours count from then" "$(q "SELECT date_trunc('minute', ends_at AT TIME ZONE 'UTC') FROM jml.assignments WHERE employee_id = 'E4' AND access_package = 'H'")" "$(day 3) 20:00:00"
q "UPDATE jml.assignment_policy SET enabled = false WHERE id = $(policy Other none); UPDATE jml.configuration SET revision = revision + 1" > "$work/x"
at "$(day 4) 00:00:01"
denied "it is asked again at the start: the policy is disabled by then" "$disabled" policy
is "the other one is delivered" "$(outcome "$removed"):$(holds E5)" delivered:H
at "$(day 6) 00:20"
is "whose employment ends gets nothing later" "$(outcome "$gone")" canceled
at "$(day 9)"
is "not on that day either" "$(holds Gone)" ''
id=$(request adminAdd E5 Other)
at "$(day 9) 01:00"
denied "a disabled policy" "$id" policy

# ---- updating

id=$(request adminUpdate E4 M ends_at="'$(day 12)'")
at "$(day 9) 02:00"
is "an end is moved" "$(outcome "$id"):$(q "SELECT ends_at AT TIME ZONE 'UTC' FROM jml.assignments WHERE employee_id = 'E4' AND access_package = 'M'")" "delivered:$(day 12) 00:00:00"
id=$(request adminUpdate E4 M ends_at="'$(day 8)'")
at "$(day 9) 03:00"
denied "not into the past" "$id" 'past|end'
id=$(request adminUpdate E6 P ends_at="'$(day 20)'")
at "$(day 9) 04:00"
denied "not of what is not held" "$id" 'held|no '
id=$(q "INSERT INTO jml.assignment_request (request_type, assignment_id, ends_at) VALUES ('adminUpdate', gen_random_uuid(), '$(day 20)') RETURNING id")
denied "not of an assignment that is not there" "$id" assignment
id=$(q "INSERT INTO jml.assignment_request (request_type, assignment_id, ends_at) SELECT 'adminUpdate', id, '$(day 15)' FROM jml.assignments WHERE employee_id = 'E1' AND access_package = 'P' RETURNING id")
at "$(day 9) 05:00"
is "what had no end may get one" "$(outcome "$id"):$(q "SELECT ends_at AT TIME ZONE 'UTC' FROM jml.assignments WHERE employee_id = 'E1' AND access_package = 'P'")" "delivered:$(day 15) 00:00:00"
at "$(day 12) 00:00:01"
is "a moved end is the end" "$(holds E4)" ''
is "for the reason that it expired" "$(q "SELECT end_reason FROM jml.assignments WHERE employee_id = 'E4' AND access_package = 'M'")" expired

# ---- removing

id=$(request adminRemove E1 Bare)
at "$(day 12) 01:00"
is "what is removed is gone" "$(outcome "$id"):$(holds E1)" delivered:P
is "for the reason that it was removed" "$(q "SELECT state, end_reason, revoked_at IS NOT NULL FROM jml.assignments WHERE employee_id = 'E1' AND access_package = 'Bare'")" 'expired|removed|t'
id=$(request adminRemove E1 Bare)
at "$(day 12) 02:00"
denied "a second time" "$id" 'held'
wait=$(request adminAdd E6 M starts_at="'$(day 30)'")
at "$(day 12) 03:00"
id=$(request adminRemove E6 M)
at "$(day 12) 04:00"
is "a removal also cancels what waits for its start" "$(outcome "$wait")" canceled
id=$(request adminAdd E1 Bare)
at "$(day 12) 05:00"
is "what was removed may be given again" "$(outcome "$id"):$(holds E1)" 'delivered:Bare P'
id=$(request adminAdd E6 P)
rm=$(request adminRemove E6 P)
at "$(day 12) 06:00"
is "added, then removed, in one step: not held" "$(holds E6):$(outcome "$id"):$(outcome "$rm")" ':delivered:delivered'
id=$(request adminAdd E6 P)
at "$(day 12) 07:00"
rm=$(request adminRemove E6 P)
id=$(request adminAdd E6 P)
at "$(day 12) 08:00"
is "removed, then added, in one step: held" "$(holds E6):$(outcome "$id"):$(outcome "$rm")" 'P:delivered:delivered'
at "$(day 40)"
is "no end is missed" "$(q "SELECT count(*) FROM jml.assignments WHERE state <> 'expired' AND ends_at < '$(day 40)'")" 0
ok "the audit verifies" jmlctl audit verify

# ---- shared roles: revoked when nothing justifies them any more (A3)

world shared
{
    roles='App/User App/Editor' package Both none
    roles='App/User' package One none
} | company
people
once
request adminAdd E1 Both > "$work/x"
request adminAdd E1 One > "$work/x"
once
is "roles are delivered for each package" "$(q "SELECT access_package, string_agg(role, ' ' ORDER BY role) FROM jml.deliveries WHERE action = 'grant' AND state = 'delivered' GROUP BY 1 ORDER BY 1")" 'Both|Editor User
One|User'
request adminRemove E1 Both > "$work/x"
once
is "what another package still gives is not revoked" "$(q "SELECT string_agg(role, ' ') FROM jml.deliveries WHERE action = 'revoke'")" Editor
is "the assignment is over and done with all the same" "$(q "SELECT state, revoked_at IS NOT NULL FROM jml.assignments WHERE access_package = 'Both'")" 'expired|t'
request adminRemove E1 One > "$work/x"
once
is "the last one revokes it" "$(q "SELECT string_agg(role, ' ' ORDER BY role) FROM jml.deliveries WHERE action = 'revoke' AND state = 'removed'")" 'Editor User'

# ---- jmlctl against a running daemon

world live
documents | company
people
daemon_start d
ok "the daemon takes what is there" drained 20
status "add --wait ends when it is delivered" 0 jmlctl assignment add P --policy none --employee E1 --justification 'because' --wait
is "at once" "$(holds E1)" P
is "justification and requestor are kept" "$(q "SELECT justification, requestor = session_user FROM jml.requests WHERE employee_id = 'E1'")" 'because|t'
status "what is denied is exit 1" 1 jmlctl assignment add P --policy none --employee E1 --wait
like "in one line that says why" "$(jmlctl assignment add P --policy none --employee E1 --wait 2>&1 > "$work/x")" '^jmlctl: .*already_held: .*[0-9a-f]{8}-'
like "somebody who left, too" "$(jmlctl assignment add P --policy none --employee Left --wait 2>&1 > "$work/x")" '^jmlctl: .*left'
status "a person nobody knows is exit 1" 1 jmlctl assignment add P --policy none --employee E404 --wait
is "and on record" "$(q "SELECT state, count(*) > 0 FROM jml.requests WHERE employee_id = 'E404' GROUP BY 1")" 'denied|t'
status "a package that is not there is exit 1" 1 jmlctl assignment add Nothing --policy none --employee E1 --wait
status "so is a policy" 1 jmlctl assignment add P --policy P30D --employee E2 --wait
status "several people at once" 0 jmlctl assignment add M --policy P30D --employee E1 E2 E3 --wait
is "all of them hold it" "$(q "SELECT count(*) FROM jml.assignments WHERE access_package = 'M' AND state = 'delivered'")" 3
like "accepted prints the ids" "$(jmlctl assignment add Two --policy P10D --employee E2 E3)" '[0-9a-f]{8}-[0-9a-f]{4}-'
status "one policy need not be named" 0 jmlctl assignment add H --employee E2 --wait
status "a start ahead is scheduled, which is accepted" 0 jmlctl assignment add Other --policy none --employee E2 --start "$(day 9)" --wait
is "so it is listed" "$(jmlctl request list --json | jq -r '.[] | select(.state == "scheduled") | .employee_id')" E2
status "and canceled" 0 jmlctl request cancel --wait "$(jmlctl request list --json | jq -r '.[] | select(.state == "scheduled") | .id')"
is "for good" "$(jmlctl request list --json | jq -r '.[] | select(.access_package == "Other") | .state')" canceled
status "update --wait" 0 jmlctl assignment update M --employee E1 --end "$(day 9)" --wait
is "moves the end to the end of that day" "$(q "SELECT ends_at AT TIME ZONE 'UTC' FROM jml.assignments WHERE employee_id = 'E1' AND access_package = 'M'")" "$(day 10) 00:00:00"
status "update by id" 0 jmlctl assignment update "$(q "SELECT id FROM jml.assignments WHERE employee_id = 'E2' AND access_package = 'M'")" --end "$(day 8)T10:00:00Z" --wait
status "an end in the past is exit 1" 1 jmlctl assignment update M --employee E1 --end "$(day -1)" --wait
status "remove --wait" 0 jmlctl assignment remove M --employee E1 E2 --wait
is "takes it away" "$(q "SELECT count(*) FROM jml.assignments WHERE access_package = 'M' AND state = 'delivered'")" 1
status "what is not held is exit 1" 1 jmlctl assignment remove M --employee E1 --wait
status "remove by id" 0 jmlctl assignment remove "$(q "SELECT id FROM jml.assignments WHERE employee_id = 'E3' AND access_package = 'M'")" --wait
like "an event may be waited for" "$(jmlctl event submit --kind leaver --employee E3 --immediate --wait 2>&1; echo $?)" '^0$'
is "it has left" "$(state_of E3):$(holds E3)" left:
status "a rejected event is exit 1" 1 jmlctl event submit --kind mover --employee E2 --on "$(day 0)" --attributes '{"timeZone":"Nowhere"}' --wait
status "a person is held" 0 jmlctl person hold E5 --wait
id=$(request adminAdd E5 P)
event leaver E5 none '{"immediate":true}' > "$work/id"
ok "and looked at no more" until_true 10 "SELECT state = 'held' FROM jml.event WHERE employee_id = 'E5' AND kind = 'leaver'"
status "released" 0 jmlctl person release E5 --wait
ok "the leaver counts" until_true 10 "SELECT state = 'left' FROM jml.person WHERE employee_id = 'E5'"
ok "all is done" drained 10
is "and the request is denied" "$(outcome "$id"):$(holds E5)" 'denied:'
daemon_stop d
is "SIGTERM ends it with 0" "$daemon_status" 0
status "without a daemon --wait ends after its time with 75" 75 jmlctl assignment add Bare --policy none --employee E1 --wait=1s
ok "the audit verifies after it all" jmlctl audit verify
finish

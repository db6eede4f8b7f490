#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 300
#
# Approvals from outside: two stages with reminder, forwarding and time-out on a moved clock, mails
# once to the right people, who may decide and who may not, questions, people by mail address, and rows
# that are wrong.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"
. "$JML_SRC/tests/lib/requests.sh"

# asked NAME SCOPE EXPIRATION [STAGES [MORE]]: a package with one policy that people ask under
asked() {
    jq -n --arg name "$1" --arg scope "$2" --arg for "$3" --argjson stages "${4:-[]}" --argjson more "${5:-{\}}" '{
        displayName: $name, catalog: "Company", resourceRoleScopes: [{resource: "App", role: "User"}],
        assignmentPolicies: [{displayName: $name, allowedTargetScope: $scope,
            expiration: (if $for == "none" then {type: "noExpiration"} else {type: "afterDuration", duration: $for} end),
            requestorSettings: {enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true,
                                enableTargetsToSelfRemoveAccess: true},
            requestApprovalSettings: {isApprovalRequiredForAdd: ($stages != []), stages: $stages}} + $more]}'
}
user='{"@odata.type":"#microsoft.graph.singleUser","userId":'
manager='{"@odata.type":"#microsoft.graph.targetManager","managerLevel":1}'
group='{"@odata.type":"#microsoft.graph.groupMembers","groupId":"Board"}'
documents() {
    asked Two allMemberUsers P30D "[
        {\"durationBeforeAutomaticDenial\":\"P14D\",\"primaryApprovers\":[$manager],
         \"isEscalationEnabled\":true,\"durationBeforeEscalation\":\"P4D\",\"escalationApprovers\":[$user\"X1\"}]},
        {\"durationBeforeAutomaticDenial\":\"P6D\",\"isApproverJustificationRequired\":true,\"primaryApprovers\":[$group]}]"
    asked One allMemberUsers P30D "[{\"durationBeforeAutomaticDenial\":\"P14D\",\"primaryApprovers\":[$manager],
         \"fallbackPrimaryApprovers\":[$user\"F1\"}]}]"
    asked Open allMemberUsers none '[]' '{"questions":[{"@odata.type":"#microsoft.graph.accessPackageTextInputQuestion","text":"Cost center","isRequired":true,"regexPattern":"^[0-9]+$"}]}'
    asked Guests allExternalUsers P30D '[]' '{"requestApprovalSettings":{"isRequestorJustificationRequired":true}}'
    workflow Give demand '' request:One/One
}
people() {
    for who in M1 X1 F1 B1 B2; do
        groups=''
        [[ $who = B* ]] && groups=',"groups":["Board"]'
        event joiner $who "$(day -90)" "{\"mail\":\"${who,}@example.com\",\"displayName\":\"$who\"$groups}"
    done
    for who in E1 E2 E3; do event joiner $who "$(day -30)" "{\"mail\":\"${who,}@example.com\",\"manager\":\"M1\"}"; done
    event joiner E4 "$(day -30)" '{"mail":"e4@example.com","manager":"GONE"}'
    event joiner Q1 "$(day 30)" '{"mail":"q1@example.com"}'
} > "$work/id"
mails() { # of a request: kind>recipient, in the order they came about
    q "SELECT coalesce(string_agg(kind || '>' || coalesce(split_part(recipient, '@', 1), state), ' '
                                  ORDER BY created_at, kind, recipient), '')
       FROM jml.notification WHERE request_id = '$1' ${2:+AND created_at > '$2+00'}"
}

world approvals
documents | company
people
once

# ---- two stages, to the end

id=$(asks userAdd E1 Two justification="'the fair'")
once
is "it waits for approval" "$(state "$id"):$(holds E1)" pendingApproval:
is "the first stage is asked" "$(mails "$id")" 'approval_requested>m1'
like "with what it is about and what to do" "$(q "SELECT replace(body, chr(10), ' ') FROM jml.notification WHERE request_id = '$id'")" "E1 asks for Two.*the fair.*jmlctl request approve $id"
is "who asked is the person" "$(q "SELECT requestor FROM jml.requests WHERE id = '$id'")" E1
once
is "a second look changes nothing" "$(mails "$id")" 'approval_requested>m1'
d=$(decides approve X1 "$id")
once
is "an alternate cannot decide before it is forwarded" "$(said_of "$d")" 'refused not_forwarded'
at "$(day 2) 23:59"
is "half way to that the approver is reminded" "$(mails "$id")" 'approval_requested>m1 approval_reminder>m1'
at "$(day 5)"
is "then it is forwarded" "$(mails "$id")" 'approval_requested>m1 approval_reminder>m1 approval_escalated>x1'
d=$(decides approve X1 "$id")
at "$(day 5) 01:00"
is "now the alternate may" "$(said_of "$d"):$(state "$id")" applied:pendingApproval
is "the second stage is asked, the first told" "$(mails "$id" "$(day 5) 00:30")" 'approval_requested>b1 approval_requested>b2 request_approved>m1 request_approved>x1'
d=$(decides approve B1 "$id")
late=$(decides approve M1 "$id")
at "$(day 5) 02:00"
is "there a reason is needed" "$(said_of "$d")" 'refused justification_needed'
is "who decided in the first stage is none of the second" "$(said_of "$late")" 'refused not_approver'
d=$(decides approve B2 "$id" justification="'fine'")
again=$(decides deny B1 "$id" justification="'no'")
at "$(day 5) 03:00"
is "one of the group is enough" "$(said_of "$d"):$(state "$id"):$(holds E1)" applied:delivered:Two
is "the other comes too late" "$(said_of "$again")" 'refused not_pending'
is "thirty days count from there" "$(ends_of E1 Two)" "$(day 35) 03:00"
is "all are told once" "$(mails "$id" "$(day 5) 02:30")" 'access_granted>e1 request_approved>b1 request_approved>b2 request_approved>m1 request_approved>x1'
is "the audit names the role, and the approver beside it" \
    "$(q "SELECT actor = session_user, detail ->> 'approver' FROM jml.audit WHERE object_type = 'approval' AND object_id = '$d'")" 't|B2'
is "and of the request who inserted it" "$(q "SELECT actor = session_user FROM jml.audit WHERE object_type = 'request' AND object_id = '$id' ORDER BY id LIMIT 1")" t

# ---- no, and nobody

id=$(asks userAdd E2 Two)
at "$(day 6)"
d=$(decides deny M1 "$id" justification="'not this year'")
at "$(day 6) 01:00"
is "a denial ends it" "$(said_of "$d"):$(state "$id")" 'applied:denied denied'
is "who asked is told" "$(mails "$id")" 'approval_requested>m1 request_denied>e2'
d=$(decides approve M1 "$id")
is "what is over is refused at once" "$(said_of "$d")" 'refused not_pending'
id=$(asks userAdd E2 Two)
at "$(day 7)"
at "$(day 12)"
d=$(decides approve M1 "$id")
at "$(day 12) 01:00"
is "the primary may still decide after forwarding" "$(said_of "$d")" applied
at "$(day 20)"
is "nobody in the second stage does: denied" "$(state "$id"):$(q "SELECT status FROM jml.requests WHERE id = '$id'")" 'denied timed_out:Expired'
is "and those are told who let it be" "$(mails "$id" "$(day 19)")" 'approval_expired>b1 approval_expired>b2 request_expired>e2'
id=$(asks userAdd M1 One)
at "$(day 21)"
is "without a manager the fallback decides" "$(mails "$id")" 'approval_requested>f1'
d=$(decides approve M1 "$id")
f=$(decides approve F1 "$id")
at "$(day 21) 01:00"
is "not the one who asks" "$(said_of "$d"):$(said_of "$f"):$(holds M1)" 'refused own_request:applied:One'
id=$(asks userAdd E4 One)
at "$(day 21) 02:00"
d=$(decides approve Q1 "$id")
e=$(decides approve E404 "$id")
at "$(day 21) 03:00"
is "nor who is not there yet, or nobody" "$(said_of "$d"):$(said_of "$e")" 'refused approver_not_active:refused unknown_approver'
status "it is canceled" 0 jmlctl request cancel "$id"
at "$(day 21) 04:00"
is "while it waits" "$(state "$id")" 'canceled canceled'
id=$(asks userAdd F1 One)
at "$(day 21) 05:00"
is "nobody at all: denied" "$(state "$id")" 'denied no_approver'

# ---- a workflow, an administrator

q "INSERT INTO jml.command (kind, object_id, employee_id) SELECT 'workflow_run', id, 'E3' FROM jml.workflow WHERE display_name = 'Give'"
at "$(day 22)"
id=$(q "SELECT id FROM jml.requests WHERE employee_id = 'E3' AND request_type = 'systemAdd'")
is "a task asks, too" "$(state "$id"):$(runs_of E3 Give):$(mails "$id")" 'pendingApproval:completed:approval_requested>m1'
is "and says so" "$(q "SELECT split_part(warning, ':', 1) FROM jml.task_run")" waits_for_approval
d=$(decides approve M1 "$id")
at "$(day 22) 01:00"
is "then it gives" "$(said_of "$d"):$(holds E3)" applied:One
id=$(asks adminAdd E2 One)
at "$(day 22) 02:00"
is "administrators do not go round it" "$(state "$id")" pendingApproval
event leaver E2 "$(day 22)" > "$work/id"
at "$(day 23) 00:20"
is "who leaves has nothing open" "$(state "$id"):$(open_of E2)" canceled:0

# ---- questions

id=$(asks userAdd E1 Open)
wrong=$(asks userAdd E1 Open answers="'{\"Cost center\": \"secret\"}'")
at "$(day 24)"
is "a question must be answered" "$(state "$id")" 'denied unanswered'
is "and well" "$(state "$wrong")" 'denied bad_answer'
is "no answer is told anywhere" "$(q "SELECT count(*) FROM jml.audit WHERE reason ~ 'secret' OR detail::text ~ 'secret'"):$(q "SELECT count(*) FROM jml.assignment_request WHERE error ~ 'secret'")" 0:0
id=$(asks userAdd E1 Open answers="'{\"Cost center\": \"4711\"}'")
at "$(day 24) 01:00"
is "then it is kept with what was given" "$(state "$id"):$(q "SELECT answers::text ~ '4711' FROM jml.assignment a WHERE request_id = '$id'")" delivered:t

# ---- people by mail address

id=$(by_mail userAdd Ana@Partner.example Guests target_name="'Ana'" justification="'the project'")
at "$(day 25)"
is "somebody nobody knows comes in by address" "$(state "$id"):$(holds ana@partner.example)" delivered:Guests
is "as an external person" "$(q "SELECT kind, state, attributes ->> 'displayName' FROM jml.person WHERE employee_id = 'ana@partner.example'")" 'external|external|Ana'
is "and is told" "$(mails "$id")" 'access_granted>ana'
id=$(by_mail adminAdd e3@EXAMPLE.com One)
is "an address of somebody known is theirs" "$(q "SELECT target_employee_id FROM jml.assignment_request WHERE id = '$id'")" E3
id=$(by_mail adminAdd bob@elsewhere.example One)
at "$(day 25) 01:00"
is "one that no policy lets in is denied" "$(state "$id"):$(q "SELECT state FROM jml.person WHERE employee_id = 'bob@elsewhere.example'")" 'denied not_connected:unknown'
event mover E4 "$(day -20)" '{"mail":"e3@example.com"}' > "$work/id"
at "$(day 25) 02:00"
id=$(by_mail adminAdd e3@example.com One)
is "one of two people names nobody" "$(state "$id")" 'denied ambiguous_email'
at "$(day 60)"
is "what a guest has ends as for everybody" "$(holds ana@partner.example):$(why_of ana@partner.example Guests)" :expired

# ---- rows that are wrong

is "a decision on nothing is refused at once" "$(said_of "$(decides approve M1 "$(q 'SELECT gen_random_uuid()')")")" 'refused no_request'
id=$(asks adminAdd E3 Guests)
at "$(day 60) 01:00"
is "on what never waited, too" "$(said_of "$(decides approve M1 "$id")")" 'refused not_pending'
is "requestors that are nobody are told so" "$(id=$(asks userAdd E3 One requestor="'E404'") && at "$(day 60) 02:00" && state "$id")" 'denied unknown_requestor'
is "answers of a wrong shape, too" "$(id=$(asks userAdd E3 Open answers="'[1, 2]'") && at "$(day 60) 03:00" && state "$id")" 'denied bad_answers'

q "INSERT INTO jml.assignment_request (request_type, target_employee_id, access_package_id, ends_at)
   SELECT v.type, v.who, k.id, v.ends FROM jml.access_package k,
       (VALUES ('userBuy', 'E3', NULL), ('userAdd', ' E3', NULL), ('userAdd', 'E3', 'infinity'::timestamptz)) AS v (type, who, ends)
   WHERE k.display_name = 'Guests'"
q "INSERT INTO jml.approval (request_id, decision) VALUES ('$id', 'maybe'), ('$id', NULL), (NULL, 'approve')"
at "$(day 60) 03:30"
is "wrong values are on record, too" "$(q "SELECT split_part(reason, ':', 1) FROM jml.audit
    WHERE reason ~ '^bad_(request_type|target|end|decision)|^no_request: the decision' ORDER BY 1" | tr '\n' ' ')" \
    'bad_decision bad_decision bad_end bad_request_type bad_target no_request '

# ---- who approvers are by now

by_mail adminAdd zoe@partner.example Guests justification="'the project'" > "$work/id"
event joiner Z1 "$(day 50)" '{"mail":"Zoe@partner.example"}' > "$work/id"
event joiner E6 "$(day 50)" '{"manager":"M1"}' > "$work/id"
event joiner E7 "$(day 50)" '{"manager":"M1"}' > "$work/id"
at "$(day 60) 04:00"
id=$(asks userAdd E6 One)
is "an external person who was hired is named to operators" "$(jmlctl --json health 2> "$work/id" | jq -r '.[] | select(.check == "external employees") | .state + " " + .detail' | sed 's/.* for //')" \
    'example zoe@partner.example Z1'
at "$(day 60) 05:00"
event mover N1 "$(day 60)" '{"formerEmployeeId":"M1"}' > "$work/id"
at "$(day 60) 06:00"
decision=$(decides approve N1 "$id")
at "$(day 60) 07:00"
is "a manager under a new id is the manager" "$(said_of "$decision"):$(state "$id")" 'applied:delivered'
id=$(asks userAdd E7 One)
at "$(day 60) 08:00"
event leaver N1 "$(day 59)" > "$work/id"
decision=$(decides approve N1 "$id")
at "$(day 60) 09:00"
is "who has left approves nothing, though both are read at once" "$(said_of "$decision"):$(state "$id")" 'refused approver_not_active:pendingApproval'
asked One allMemberUsers P30D | company
at "$(day 60) 10:00"
is "a stage that is taken away denies at once what waits in it" "$(state "$id")" 'denied policy_changed'

is "nothing is left in the queue" "$(q 'SELECT count(*) FROM jml.queue')" 0
is "and no decision pending" "$(q "SELECT count(*) FROM jml.approval WHERE state = 'pending'")" 0
is "no mail was ordered twice" "$(q 'SELECT count(*) - count(DISTINCT dedup_key) FROM jml.notification')" 0
ok "the audit verifies after it all" jmlctl audit verify
finish

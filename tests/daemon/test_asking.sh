#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# jmlctl request and assignment add, where policies let people ask and want approval: asking, deciding and
# canceling in people's names, answers, external people, what would be decided.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"

# exit status and what was said, in one line, without ids
answer() {
    local status=0 words
    words=$("$@" 2>&1) || status=$?
    echo "$status ${words//$'\n'/ | }" | sed -E 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/ID/g'
}
state() { q "SELECT state FROM jml.requests WHERE id = '$1'"; }
checked() { jmlctl "$@" --check --json | jq -r '.[] | [.employee_id, .state, (.error // "-" | split(":")[0]), .policy // "-", .approvers // "-"] | join(" ")'; }

world asking
cat > "$work/company.json" <<'END'
{ "catalogs": [{ "displayName": "Company" }],
  "resources": [{ "displayName": "App", "catalog": "Company", "target": "record", "roles": ["User"] }],
  "connectedOrganizations": [{ "displayName": "Partner", "domains": ["partner.example"], "state": "configured" }],
  "accessPackages": [
    { "displayName": "Free", "catalog": "Company", "resourceRoleScopes": [{ "resource": "App", "role": "User" }],
      "assignmentPolicies": [{ "displayName": "open", "allowedTargetScope": "allMemberUsers",
        "requestorSettings": { "enableTargetsToSelfAddAccess": true, "enableTargetsToSelfUpdateAccess": true,
                               "enableTargetsToSelfRemoveAccess": true, "allowCustomAssignmentSchedule": true },
        "expiration": { "type": "afterDuration", "duration": "P30D" } }] },
    { "displayName": "Careful", "catalog": "Company",
      "assignmentPolicies": [{ "displayName": "approved", "allowedTargetScope": "allMemberUsers",
        "requestorSettings": { "enableTargetsToSelfAddAccess": true },
        "expiration": { "type": "noExpiration" },
        "requestApprovalSettings": { "isApprovalRequiredForAdd": true, "isRequestorJustificationRequired": true,
          "stages": [{ "durationBeforeAutomaticDenial": "P7D", "isApproverJustificationRequired": true,
            "primaryApprovers": [{ "@odata.type": "#microsoft.graph.singleUser", "userId": "BOSS" }] },
           { "durationBeforeAutomaticDenial": "P7D",
            "primaryApprovers": [{ "@odata.type": "#microsoft.graph.singleUser", "userId": "CHIEF" }] }] },
        "questions": [
          { "@odata.type": "#microsoft.graph.accessPackageTextInputQuestion", "text": "Why?", "isRequired": true },
          { "@odata.type": "#microsoft.graph.accessPackageMultipleChoiceQuestion", "text": "Where?", "isMultipleSelectionAllowed": true,
            "choices": [{ "actualValue": "lis", "text": "Lisbon" }, { "actualValue": "rio", "text": "Rio" }] }] }] },
    { "displayName": "Guests", "catalog": "Company",
      "assignmentPolicies": [{ "displayName": "partners", "allowedTargetScope": "allConfiguredConnectedOrganizationUsers",
        "expiration": { "type": "noExpiration" } }] } ] }
END
jmlctl apply "$work/company.json" > "$work/apply" 2>&1 || { sed 's/^/# /' "$work/apply"; echo 'Bail out! the documents do not apply'; exit 99; }
for who in E1 E2 BOSS CHIEF; do
    event joiner $who "$(day -1)" "$(jq -cn --arg w $who '{displayName: ("Person " + $w), mail: ($w + "@example.com")}')" > "$work/id"
done
once

# ---- by themselves

is "request add --check says under which policy" "$(checked request add Free --employee E1)" 'E1 delivered - open -'
id=$(jmlctl request add Free --employee E1)
once
is "a person asks" "$(q "SELECT request_type, requestor, employee_id, state FROM jml.requests WHERE id = '$id'")" 'userAdd|E1|E1|delivered'
is "and has it" "$(holds E1)" Free
like "again is denied" "$(answer jmlctl request add Free --employee E1 --check)" '^1 .*denied +already_held'
is "nobody asks for others where the policy does not say so" "$(checked request add Free --employee E1 --for E2 | cut -d' ' -f1-2)" 'E2 denied'
before=$(q "SELECT ends_at FROM jml.assignments WHERE employee_id = 'E1'")
jmlctl request extend Free --employee E1 > "$work/id"
at "$(instant 10)"
is "extend keeps it for longer" "$(q "SELECT request_type, state FROM jml.requests WHERE id = '$(cat "$work/id")'"):$(q "SELECT ends_at > '$before' FROM jml.assignments WHERE employee_id = 'E1'")" 'userUpdate|delivered:t'
like "what is not held is not extended" "$(answer jmlctl request extend Free --employee E2)" "^1 jmlctl: E2 holds no assignment of 'Free'"
jmlctl --clock-offset 10d request remove "$(q "SELECT id FROM jml.assignments WHERE employee_id = 'E1'")" --employee E1 > "$work/id" 2> "$work/x"
at "$(instant 10)"
is "remove gives it back, by the id of the assignment" "$(q "SELECT request_type, state FROM jml.requests WHERE id = '$(cat "$work/id")'"):$(holds E1)" 'userRemove|delivered:'
status "who asks must be said" 64 jmlctl request add Free

# ---- with approval

ask=(request add Careful --employee E1 --justification work --policy approved)
is "what is missing is said before" "$(checked "${ask[@]}")" 'E1 denied unanswered approved -'
ask+=(--answer 'Why?=because, "so"' --answer Where?=Rio --answer Where?=lis)
is "and who would decide" "$(checked "${ask[@]}")" 'E1 pendingApproval - approved BOSS'
(
    until_true 20 "SELECT EXISTS (SELECT FROM jml.queue WHERE kind = 'request')"
    at "$(instant 10)"
) &
status "what waits for approval was accepted, says --wait" 0 jmlctl "${ask[@]}" --wait
wait
id=$(jmlctl request list --employee E1 --package Careful --state open --json | jq -r '.[0].id')
is "it waits" "$(state "$id")" pendingApproval
is "and another one waits for it" "$(checked "${ask[@]}" | cut -d' ' -f1-2)" 'E1 denied'
is "answers stand beside their questions" "$(jmlctl request show "$id" --json | jq -c '[.[0].answers[] | .question + " " + .answer]')" \
    '["Why? because, \"so\"","Where? rio, lis"]'
is "with stage and dates" "$(jmlctl request show "$id" --json | jq -c '.[0] | [.stage, .stages, .deny_at != null, .escalated]')" '[1,2,true,false]'
is "whose desk it is on" "$(for who in BOSS CHIEF E1; do jmlctl request list --approver $who --json | jq length; done | xargs)" '1 0 0'
jmlctl request approve "$id" --approver E2 --justification x > "$work/decision"
at "$(instant 10)"
like "not everybody decides" "$(q "SELECT state || ' ' || error FROM jml.approval WHERE id = '$(cat "$work/decision")'")" '^refused [a-z_]+: '
jmlctl request approve "$id" --approver BOSS > "$work/decision"
at "$(instant 10)"
like "nor without a word, where one is wanted" "$(q "SELECT state || ' ' || error FROM jml.approval WHERE id = '$(cat "$work/decision")'")" '^refused justification'
jmlctl request approve "$id" --approver BOSS --justification fine > "$work/decision"
at "$(instant 10)"
is "the first stage" "$(q "SELECT state FROM jml.approval WHERE id = '$(cat "$work/decision")'"):$(jmlctl request show "$id" --json | jq '.[0].stage'):$(jmlctl request list --approver CHIEF --json | jq length)" applied:2:1
jmlctl request approve "$id" --approver CHIEF --stage 1 > "$work/decision"
at "$(instant 10)"
like "a word for another stage is not taken" "$(q "SELECT state FROM jml.approval WHERE id = '$(cat "$work/decision")'")" refused
jmlctl request approve "$id" --approver CHIEF > "$work/decision"
at "$(instant 10)"
is "the last one gives it" "$(state "$id"):$(holds E1)" delivered:Careful
like "the review names who approved" "$(jmlctl package review Careful --json | jq -r '.[0].granted_by')" '^userAdd by E1, approved by BOSS, CHIEF$'
is "show tells both decisions" "$(jmlctl assignment show "$(q "SELECT id FROM jml.assignments WHERE employee_id = 'E1' AND state <> 'expired'")" --json | jq -c '.[0] | [.approvals | map(select(.state == "applied") | .approver)[]], (.answers | length)' | xargs)" '[BOSS,CHIEF] 2'
is "an answer that is late is refused at once" "$(answer jmlctl request deny "$id" --approver BOSS)" \
    '1 ID | jmlctl: BOSS: refused: not_pending: request ID does not wait for approval any more: it is delivered'

id=$(jmlctl request add Careful --employee E2 --justification work --answer Why?=x)
at "$(instant 10)"
jmlctl request deny "$id" --approver BOSS --justification 'not now' > "$work/decision"
at "$(instant 10)"
is "a denial ends it" "$(state "$id"):$(holds E2)" denied:
id=$(jmlctl request add Careful --employee E2 --justification work --answer Why?=x)
at "$(instant 10)"
jmlctl request cancel "$id" > "$work/x"
at "$(instant 10)"
is "what waits is canceled" "$(state "$id")" canceled

# ---- people by mail address

is "an address outside the policy" "$(checked assignment add Guests --email jen@elsewhere.example | cut -d' ' -f1-2)" 'jen@elsewhere.example denied'
is "one inside" "$(checked assignment add Guests --email Jen@partner.example --name 'Jen Ito' | cut -d' ' -f1-2)" 'jen@partner.example delivered'
is "nobody was made by that" "$(q "SELECT count(*) FROM jml.person WHERE kind = 'external'")" 0
id=$(jmlctl assignment add Guests --email Jen@partner.example --name 'Jen Ito')
at "$(instant 10)"
is "it makes the person" "$(q "SELECT r.state, p.employee_id, p.attributes ->> 'displayName' FROM jml.requests r JOIN jml.person p ON p.employee_id = r.employee_id WHERE r.id = '$id'")" \
    'delivered|jen@partner.example|Jen Ito'
is "who is in the list" "$(jmlctl assignment list --package Guests --json | jq -r '.[0] | .employee_id + " " + .display_name')" 'jen@partner.example Jen Ito'
is "somebody known is found by address" "$(jmlctl assignment add Free --email e2@example.com --json | jq -r '.[0].subject')" E2
at "$(instant 10)"
is "then it is theirs" "$(holds E2)" Free
like "the audit agrees" "$(jmlctl audit verify)" '^audit verified'
finish

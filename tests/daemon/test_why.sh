#!/bin/bash
# SPDX-License-Identifier: MIT
#
# jmlctl why, automatic policies and packages that exclude each other, from outside.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"

world why
cat > "$work/documents.json" <<'JSON'
{ "catalogs": [{ "displayName": "Company" }],
  "resources": [{ "displayName": "App", "catalog": "Company", "target": "record", "roles": ["User", "Payer", "Checker"] }],
  "accessPackages": [
    { "displayName": "Desk", "catalog": "Company", "resourceRoleScopes": [{ "resource": "App", "role": "User" }],
      "assignmentPolicies": [
        { "displayName": "Sales people", "allowedTargetScope": "specificDirectoryUsers",
          "specificAllowedTargets": [{ "@odata.type": "#microsoft.graph.attributeRuleMembers", "membershipRule": "(user.department -eq \"Sales\")" }],
          "automaticRequestSettings": { "requestAccessForAllowedTargets": true, "removeAccessWhenTargetLeavesAllowedTargets": true, "gracePeriodBeforeAccessRemoval": "P7D" },
          "expiration": { "type": "noExpiration" } },
        { "displayName": "Porto", "allowedTargetScope": "specificDirectoryUsers",
          "specificAllowedTargets": [{ "@odata.type": "#microsoft.graph.attributeRuleMembers", "membershipRule": "(user.city -eq \"Porto\")" }],
          "automaticRequestSettings": { "requestAccessForAllowedTargets": true, "removeAccessWhenTargetLeavesAllowedTargets": true, "gracePeriodBeforeAccessRemoval": "P1D" },
          "expiration": { "type": "noExpiration" } }] },
    { "displayName": "Payments", "catalog": "Company", "resourceRoleScopes": [{ "resource": "App", "role": "Payer" }],
      "assignmentPolicies": [{ "displayName": "Any", "allowedTargetScope": "allMemberUsers", "expiration": { "type": "noExpiration" },
        "requestorSettings": { "enableTargetsToSelfAddAccess": true } }] },
    { "displayName": "Checks", "catalog": "Company", "resourceRoleScopes": [{ "resource": "App", "role": "Checker" }],
      "incompatibleAccessPackages": ["Payments"], "incompatibleGroups": ["auditors"],
      "assignmentPolicies": [
        { "displayName": "Any", "allowedTargetScope": "allMemberUsers", "expiration": { "type": "noExpiration" },
          "requestorSettings": { "enableTargetsToSelfAddAccess": true } },
        { "displayName": "Controllers", "allowedTargetScope": "specificDirectoryUsers",
          "specificAllowedTargets": [{ "@odata.type": "#microsoft.graph.attributeRuleMembers", "membershipRule": "(user.department -eq \"Control\")" }],
          "automaticRequestSettings": { "requestAccessForAllowedTargets": true }, "expiration": { "type": "noExpiration" } }] }],
  "workflows": [{ "category": "mover", "displayName": "To checks", "isEnabled": true, "isSchedulingEnabled": true,
    "executionConditions": { "@odata.type": "#microsoft.graph.identityGovernance.triggerAndScopeBasedConditions",
      "scope": { "@odata.type": "#microsoft.graph.identityGovernance.ruleBasedSubjectSet", "rule": "(title eq 'Checker')" },
      "trigger": { "@odata.type": "#microsoft.graph.identityGovernance.attributeChangeTrigger", "triggerAttributes": [{ "name": "title" }] } },
    "tasks": [{ "displayName": "Checks", "isEnabled": true, "continueOnError": true,
      "taskDefinitionId": "c1ec1e76-f374-4375-aaa6-0bb6bd4c60be",
      "arguments": [{ "name": "accessPackageId", "value": "Checks" }, { "name": "assignmentPolicyId", "value": "Any" }] }] }] }
JSON
at "$(instant -1)" > /dev/null
status 'the documents apply' 0 jmlctl apply "$work/documents.json"
package_id() { q "SELECT id FROM jml.access_package WHERE display_name = '$1'"; }
request() { # TYPE WHO PACKAGE
    q "INSERT INTO jml.assignment_request (request_type, target_employee_id, access_package_id, policy_id, requestor)
       VALUES ('$1', '$2', '$(package_id "$3")', (SELECT id FROM jml.assignment_policy l
           WHERE l.access_package_id = '$(package_id "$3")' AND l.display_name = 'Any'), '$2') RETURNING id"
}
fate() { q "SELECT state || coalesce(' ' || split_part(error, ':', 1), '') FROM jml.assignment_request WHERE id = '$1'"; }

# ---- automatic policies

event joiner A1 "$(day 0)" '{"department": "Sales", "city": "Porto", "timeZone": "Europe/Lisbon"}' > /dev/null
event joiner A2 "$(day 0)" '{"department": "Sales"}' > /dev/null
event joiner A3 "$(day 0)" '{"department": "IT"}' > /dev/null
at "$(instant 1)"
is 'who matches gets access' "$(holds A2)" Desk
is 'by two policies once' "$(q "SELECT count(*) FROM jml.assignments WHERE employee_id = 'A1'")" 1
is 'who does not match gets none' "$(holds A3)" ''
event mover A2 "$(day 5)" '{"department": "IT"}' > /dev/null
event mover A3 "$(day 5)" '{"department": "Sales"}' > /dev/null
event mover A1 "$(day 5)" '{"department": "IT"}' > /dev/null
at "$(instant 6)"
is 'who stops keeps it for the grace period' "$(holds A2)" Desk
is 'which is the end of it' "$(q "SELECT ends_at FROM jml.assignments WHERE employee_id = 'A2'")" "$(day 12) 00:00:00+00"
is 'who starts gets it' "$(holds A3)" Desk
is 'who has it by another policy keeps it' "$(q "SELECT state, ends_at IS NULL FROM jml.assignments WHERE employee_id = 'A1'")" 'delivered|t'
event mover A3 "$(day 8)" '{"department": "HR"}' > /dev/null
event mover A3 "$(day 10)" '{"department": "Sales"}' > /dev/null
at "$(instant 11)"
at "$(instant 13)"
is 'then it is gone' "$(q "SELECT state, end_reason FROM jml.assignments WHERE employee_id = 'A2'")" 'expired|policy'
at "$(instant 30)"
is 'who came back in time never lost it' "$(q "SELECT count(*), min(state), count(ends_at) FROM jml.assignments WHERE employee_id = 'A3'")" '1|delivered|0'

# ---- packages that exclude each other, on every way

for who in C1 C2 C3 C4 C5; do event joiner $who "$(day 0)" '{"department": "Pay"}' > /dev/null; done
event joiner C6 "$(day 0)" '{"department": "Pay", "groups": ["auditors"]}' > /dev/null
for who in C1 C2 C3 C4; do request adminAdd $who Payments > /dev/null; done
at "$(instant 31)"
user=$(request userAdd C1 Checks) admin=$(request adminAdd C2 Checks)
event mover C3 "$(day 32)" '{"title": "Checker"}' > /dev/null
event mover C4 "$(day 32)" '{"department": "Control"}' > /dev/null
reverse=$(request userAdd C5 Checks) group=$(request adminAdd C6 Checks)
at "$(instant 32)"
is 'a request by the person is refused' "$(fate "$user")" 'denied incompatible'
is 'and by an administrator' "$(fate "$admin")" 'denied incompatible'
is 'a workflow fails with it' \
    "$(q "SELECT r.state, split_part(t.error, ':', 1) FROM jml.runs r JOIN jml.task_run t ON t.run_id = r.id WHERE r.employee_id = 'C3'")" \
    'completedWithErrors|incompatible'
is 'an automatic policy does not give it' "$(holds C4)" Payments
is 'members of an excluded group neither' "$(fate "$group")" 'denied incompatible'
is 'the first of two is given' "$(fate "$reverse")" delivered
other=$(request adminAdd C5 Payments)
at "$(instant 33)"
is 'and keeps the second away, which names nobody' "$(fate "$other")" 'denied incompatible'
like 'what to do is said' "$(q "SELECT error FROM jml.assignment_request WHERE id = '$user'")" "give that up first"
request adminRemove C4 Payments > /dev/null
at "$(instant 34)"
is 'an automatic policy gives when nothing is in the way any more' "$(holds C4)" Checks

# ---- why

why=$(jmlctl --clock-offset 34d why A2 Desk)
like 'what gave it, under which policy' "$why" "given by the automatic policy 'Sales people', under policy 'Sales people'"
like 'what set another end' "$why" "set the end to $(day 12)"
like 'what ended it' "$why" 'ended: no longer one of those whom the automatic policy gives it to'
like 'which clause is false now' "$why" "policy 'Sales people' \(automatic\): the person is not one of its targets: .*user.department -eq \"Sales\""
why=$(jmlctl --clock-offset 34d why C1)
like 'who asked' "$why" 'given by adminAdd of C1, under policy '"'Any'"
like 'what was refused, and why' "$why" "userAdd of C1, under policy 'Any' was refused: incompatible: "
like 'by all packages' "$why" '^Desk$'
event mover C2 "$(day 34)" '{"title": "Driver"}' > /dev/null
at "$(instant 35)"
why=$(jmlctl --clock-offset 35d why C2 Checks)
like 'which clause of a workflow was false' "$why" \
    "workflow 'To checks', which gives Checks, did not run for title at .*: out of scope: title eq 'Checker'"
like 'what is in the way of asking' "$why" "policy 'Any' \(on request\): incompatible: 'Checks' must not"
like 'under which policies one may ask' "$(jmlctl --clock-offset 35d why A3 Payments)" "policy 'Any' \(on request\): the person may ask for it"
like 'and what is held already' "$(jmlctl --clock-offset 35d why C2 Payments)" "the person may ask for it, and holds it already"
ok 'the same as JSON' jq -e '
    map(.kind) | contains(["refused", "not_run"])' <<< "$(jmlctl --clock-offset 35d --json why C2 Checks)"
like 'a person nobody knows' "$(jmlctl why NOBODY 2>&1)" "no person 'NOBODY'"
like 'a package that is not there' "$(jmlctl why C2 Nothing 2>&1)" "no package 'Nothing'"
ok 'the audit verifies' jmlctl audit verify
finish

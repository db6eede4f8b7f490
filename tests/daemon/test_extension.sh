#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 300
#
# Extensions from outside: asked for ten days before the end, with and without approval, never beyond
# what the policy gives, and not for who left its scope; the end and its notices go on beside it.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"
. "$JML_SRC/tests/lib/requests.sh"

lent() { # NAME SCOPE EXPIRATION APPROVERS [MORE]
    jq -n --arg name "$1" --arg scope "$2" --argjson for "$3" --argjson approvers "$4" --argjson more "${5:-{\}}" '{
        displayName: $name, catalog: "Company", resourceRoleScopes: [{resource: "App", role: "User"}],
        assignmentPolicies: [{displayName: $name, allowedTargetScope: $scope, expiration: $for,
            requestorSettings: {enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true},
            requestApprovalSettings: {isApprovalRequiredForAdd: false,
                isApprovalRequiredForUpdate: ($approvers != []),
                stages: (if $approvers == [] then [] else
                         [{durationBeforeAutomaticDenial: "P13D", primaryApprovers: $approvers}] end)}} + $more]}'
}
thirty='{"type":"afterDuration","duration":"P30D"}'
user='{"@odata.type":"#microsoft.graph.singleUser","userId":'
documents() {
    lent Free allMemberUsers "$thirty" '[]'
    lent Approved allMemberUsers "$thirty" "[$user\"M1\"}]"
    lent Late allMemberUsers "$thirty" "[$user\"M1\"}]"
    lent Dated allMemberUsers "{\"type\":\"afterDateTime\",\"endDateTime\":\"$(day 40)T00:00:00Z\"}" '[]'
    lent Sales specificDirectoryUsers "$thirty" '[]' \
        '{"specificAllowedTargets":[{"@odata.type":"#microsoft.graph.groupMembers","groupId":"Sales"}]}'
}
notices() { # WHO PACKAGE: 14@DAY 1@DAY, days counted from today
    q "SELECT coalesce(string_agg(CASE n.kind WHEN 'near_expiry_1_day' THEN 1 ELSE 14 END || '@'
                  || (n.created_at AT TIME ZONE 'UTC')::date - '$today'::date, ' ' ORDER BY n.created_at), '')
       FROM jml.notification n JOIN jml.assignment a ON a.id = n.assignment_id JOIN jml.access_package k
            ON k.id = a.access_package_id JOIN jml.person p ON p.id = n.person_id
       WHERE n.kind LIKE 'near%' AND p.employee_id = '$1' AND k.display_name = '$2'"
}

world extension
documents | company
for who in M1 E1; do
    event joiner $who "$(day -60)" "{\"mail\":\"${who,}@example.com\",\"groups\":[\"Sales\"]}"
done > "$work/id"
at "$(day 1)"
for package in Free Approved Late Dated Sales; do asks userAdd E1 $package; done > "$work/id"
at "$(day 2)"
is "all is held" "$(holds E1)" 'Approved Dated Free Late Sales'
is "for thirty days" "$(ends_of E1 Free)" "$(day 32) 00:00"

at "$(day 18) 01:00"
is "the notices of 14 days say how to extend" "$(q "SELECT count(*) FROM jml.notification WHERE kind = 'near_expiry_14_days' AND body ~ 'jmlctl request extend'")" 4
free=$(asks userUpdate E1 Free)
at "$(day 22)"
is "without approval it is longer at once" "$(state "$free"):$(ends_of E1 Free)" "delivered:$(day 52) 00:00"
is "by the policy, from the day it was asked" "$(q "SELECT ends_by, status FROM jml.assignment WHERE id = (SELECT assignment_id FROM jml.assignment_request WHERE id = '$free')")" 'policy|Delivered'
approved=$(asks userUpdate E1 Approved)
late=$(asks userUpdate E1 Late)
dated=$(asks userUpdate E1 Dated)
own=$(asks userUpdate E1 Sales ends_at="'$(day 40)'")
at "$(day 22) 01:00"
is "ten days before the end: it waits" "$(state "$approved"):$(ends_of E1 Approved)" "pendingApproval:$(day 32) 00:00"
is "no later than a date in the policy" "$(state "$dated"):$(ends_of E1 Dated)" "denied no_extension:$(day 40) 00:00"
is "dates of one's own are the policy's matter" "$(state "$own")" 'denied no_custom_dates'
event mover E1 "$(day 23)" '{"groups":[]}' > "$work/id"
at "$(day 24)"
id=$(asks userUpdate E1 Sales)
at "$(day 24) 01:00"
is "who left the scope keeps it" "$(state "$id"):$(ends_of E1 Sales)" "denied not_eligible:$(day 32) 00:00"
id=$(decides approve M1 "$approved")
at "$(day 25)"
is "approved in time it is longer" "$(state "$approved"):$(ends_of E1 Approved)" "delivered:$(day 55) 00:00"
is "and the status is what it was" "$(q "SELECT status FROM jml.assignments WHERE access_package = 'Approved'")" Delivered
at "$(day 31) 00:01"
is "the notice of one day goes out beside what waits" "$(state "$late"):$(notices E1 Late)" 'pendingApproval:14@18 1@31'
at "$(day 32) 00:01"
is "and the end wins" "$(state "$late"):$(why_of E1 Late)" 'canceled canceled:expired'
is "who left the scope has it no longer" "$(holds E1)" 'Approved Dated Free'
at "$(day 41) 00:01"
at "$(day 54) 00:01"
is "both notices are armed anew" "$(notices E1 Approved)" '14@18 14@41 1@54'
at "$(day 56)"
is "then it ends" "$(holds E1):$(why_of E1 Approved)" :expired
is "no mail was ordered twice" "$(q 'SELECT count(*) - count(DISTINCT dedup_key) FROM jml.notification')" 0
ok "the audit verifies after it all" jmlctl audit verify
finish

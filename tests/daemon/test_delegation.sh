#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 400
#
# Delegated rights from outside: logins that are an assignment manager, a package manager, an owner, a
# requestor and an approver, with jmlctl and with psql, while a daemon runs.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"

as() { # LOGIN WORD...: jmlctl as that login, both outputs
    local login=$1
    shift
    PGUSER=$login jmlctl -d "host=$PGHOST port=$PGPORT user=$login dbname=$PGDATABASE" "$@" 2>&1
}
sql_as() { # LOGIN SQL: its rows, or what it met
    PGUSER=$1 q "$2" 2>&1
}
catalogs() { # CATALOG PACKAGE [POLICY]: one document
    jq -n --arg c "$1" --arg p "$2" --argjson more "${3:-null}" '{
        catalogs: [{displayName: $c}],
        resources: [{displayName: ($c + " app"), catalog: $c, target: "record", roles: ["User", "Editor"]}],
        accessPackages: [{displayName: $p, catalog: $c,
            resourceRoleScopes: [{resource: ($c + " app"), role: "User"}],
            assignmentPolicies: ([{displayName: "always", allowedTargetScope: "notSpecified",
                                   expiration: {type: "noExpiration"}}] + if $more then [$more] else [] end)}]}'
}
denied() { # sentence, login, WORD...: exit 1 and one line that speaks of permission
    local sentence=$1 said status=0
    shift
    said=$(as "$@") || status=$?
    is "$sentence" "$status:$(printf '%s\n' "$said" | wc -l):$(printf '%s' "$said" | grep -c "^jmlctl: .*${denied:-permission denied}")" 1:1:1
    [ "$status" = 1 ] || printf '%s\n' "$said" | sed 's/^/# /'
}

world delegation
catalogs Sales 'Sales pack' > "$work/sales.json"
catalogs Secret 'Secret pack' > "$work/secret.json"
workflow W hire:0 "(department eq 'Secret')" request:"Secret pack/always" > "$work/w.json"
ok "documents" jmlctl apply "$work/sales.json" "$work/secret.json" "$work/w.json"
q "CREATE ROLE ops LOGIN IN ROLE jml_operator, jml_auditor"
for login in ann mia owen rick april nemo; do
    q "CREATE ROLE $login LOGIN IN ROLE jml_delegate"
done
for who in E1 E2 E3 E4; do
    event joiner $who "$(day 0)" '{"displayName": "Name of '$who'", "mail": "'$who'@example.com", "timeZone": "Asia/Tokyo"}'
done > "$work/id"
event joiner S1 "$(day 0)" '{"department": "Secret"}' > "$work/id"
once
is "somebody holds what is secret" "$(holds S1)" 'Secret pack'

# ---- delegating

like "an operator delegates" "$(as ops delegation add ann --role accessPackageAssignmentManager --catalog Sales)" '^[0-9a-f-]{36}$'
as ops delegation add mia --role accessPackageManager --catalog Sales > "$work/id"
as ops delegation add owen --role catalogOwner --catalog "$(q "SELECT id FROM jml.catalog WHERE display_name = 'Sales'")" > "$work/id"
as ops delegation add rick --role requestor --employee E3 > "$work/id"
as ops delegation add april --role approver --employee E4 > "$work/id"
like "in words" "$(as ops delegation list --to owen)" 'owen +catalogOwner +Sales +- +ops'
is "and in JSON" "$(as ops --json delegation list --role requestor | jq -r '.[] | .role, .employee_id, .catalog')" "$(printf 'rick\nE3\nnull')"
is "the catalog must be there" "$(as ops delegation add ann --role catalogReader --catalog Nope)" "jmlctl: no catalog 'Nope'"
like "and be given" "$(as ops delegation add ann --role catalogReader)" 'needs --catalog'
like "an approver is somebody" "$(as ops delegation add ann --role approver)" 'needs --employee'
like "who should be known" "$(as ops delegation add nemo --role approver --employee E404)" "warning: nobody is known as 'E404'"
as ops delegation remove nemo > "$work/id"
like "a role must be there" "$(as ops delegation add nosuch --role catalogReader --catalog Sales)" 'there is no role "nosuch" .CREATE ROLE'
like "and be a delegate" "$(as ops delegation add ops --role catalogReader --catalog Sales)" 'no member of jml_delegate'
like "once" "$(as ops delegation add ann --role accessPackageAssignmentManager --catalog Sales)" 'delegation_once'
is "a role can be in one catalog only what it was given" "$(as ann delegation list --json | jq -r '.[].delegated_role')" accessPackageAssignmentManager

# ---- an assignment manager of one catalog

daemon_start one
ok "assigns, and waits for it" as ann assignment add 'Sales pack' --employee E1 E2 --wait
is "which is given" "$(holds E1) $(holds E2)" 'Sales pack Sales pack'
is "and listed" "$(as ann --json assignment list | jq -r '.[] | .employee_id + " " + .access_package')" "$(printf 'E1 Sales pack\nE2 Sales pack')"
id=$(as ann --json assignment list --employee E1 | jq -r '.[].id')
like "shown, with times in the person's zone" "$(as ann assignment show "$id")" 'zone: +Asia/Tokyo'
ok "another end" as ann assignment update 'Sales pack' --employee E1 --end "$(day 30)" --wait
ok "removed" as ann assignment remove 'Sales pack' --employee E2 --wait
is "is gone" "$(holds E2)" ''
as ann assignment add 'Sales pack' --employee E4 --start "$(day 20)" --wait > "$work/id"
later=$(head -n 1 "$work/id")
ok "a request is canceled" as ann request cancel "$later" --wait
is "on record" "$(as ann --json request list --employee E4 | jq -r '.[].state')" canceled
ok "and shown" as ann request show "$later"
is "packages" "$(as ann --json package list | jq -r '.[] | .display_name + "/" + .catalog')" Sales\ pack/Sales
ok "shown" as ann package show 'Sales pack'
is "policies" "$(as ann --json policy list --package 'Sales pack' | jq -r '.[].display_name')" always
ok "and shown" as ann policy show 'Sales pack' always
is "export is of that catalog alone" "$(as ann export | jq -r '[.. | .displayName? // empty | tostring] | map(select(test("Secret"))) | length')" 0
is "with its package" "$(as ann export | jq -r '.accessPackages[].displayName')" 'Sales pack'
ok "diff finds no difference" as ann diff "$work/sales.json"

is "another package is not there" "$(as ann assignment add 'Secret pack' --policy always --employee E1)" "jmlctl: no package 'Secret pack'; jmlctl package list"
is "nor somebody who holds it" "$(as ann --json assignment list --employee S1 | jq length):$(as ann --json request list --employee S1 | jq length)" 0:0
like "nor their assignments by id" "$(as ann assignment remove "$(q "SELECT id FROM jml.assignments WHERE employee_id = 'S1'")")" 'no assignment'
denied='no request .* to which role "ann" may do that' denied "nor their requests" ann request cancel "$(q "SELECT id FROM jml.requests WHERE employee_id = 'S1'")"
for words in 'event list' 'event show 1' 'person list' 'person show E1' 'person timeline E1' 'person hold E1' 'workflow list' 'workflow show W' \
    'run list' 'audit list' 'audit verify' 'notification list' 'rollout list' 'status' 'health' 'workflow disable W'; do
    # shellcheck disable=SC2086 # words
    denied='\(permission denied\|may not give the command\)' denied "no jmlctl $words" ann $words
done
catalogs Sales 'Sales pack' | jq '.accessPackages[0].description = "mine now"' > "$work/change.json"
denied='row-level security policy' denied "apply of a change is refused" ann apply "$work/change.json"
denied='row-level security policy' denied "so is a right of one's own" ann delegation add ann --role catalogOwner --catalog Sales
denied='no delegation' denied "or the end of another's" ann delegation remove owen
is "a login of jml_delegate without a row gets nothing" "$(as nemo --json assignment list | jq length):$(as nemo --json package list | jq length)" 0:0

# what psql of a real login meets, beside tests/db/delegation.sql
secret='Secret|S1'
is "COPY gives what SELECT would" "$(for t in access_package assignment assignment_request assignments requests deliveries delegation; do sql_as ann "COPY (SELECT * FROM jml.$t) TO STDOUT"; done | grep -cE "$secret")" 0
is "of a table as well" "$(sql_as ann 'COPY jml.access_package TO STDOUT' | grep -cE "$secret")" 0
for sql in 'COPY jml.person TO STDOUT' 'COPY jml.event TO STDOUT' 'SELECT * FROM jml.audit' 'SET SESSION AUTHORIZATION ops' 'SET ROLE jml_operator' \
    'SET row_security = off; SELECT count(*) FROM jml.assignment'; do
    like "refused: $sql" "$(sql_as ann "$sql")" 'ERROR: .*(permission denied|affected by row-level security)'
done
like "COPY into a table is refused" "$(echo X | PGUSER=ann q 'COPY jml.assignment_request (request_type) FROM STDIN' 2>&1)" 'ERROR'
q 'ANALYZE'
is "statistics tell nothing" "$(sql_as ann "SELECT count(*) FROM pg_stats WHERE schemaname = 'jml'")" 0
sql_as ann "ALTER ROLE ann SET role = 'mia'" > "$work/id"
is "a role for the next session is not taken" "$(PGUSER=ann q 'SELECT current_user, jml.catalogs_of('"'manage'"')' 2> "$work/id")" 'ann|{}'
sql_as ann 'ALTER ROLE ann RESET role' > "$work/id"

# ---- a package manager, and an owner

catalogs Sales 'Sales pack' '{"displayName": "month", "allowedTargetScope": "notSpecified", "expiration": {"type": "afterDuration", "duration": "P30D"}}' > "$work/more.json"
ok "a package manager applies a policy" as mia apply "$work/more.json"
is "in its own name" "$(q "SELECT actor, to_state FROM jml.audit WHERE object_type = 'policy' ORDER BY id DESC LIMIT 1")" 'mia|present'
ok "the daemon takes it" as ann assignment add 'Sales pack' --policy month --employee E3 --wait
is "for thirty days" "$(q "SELECT ends_by FROM jml.assignment a JOIN jml.person p ON p.id = a.target_id WHERE p.employee_id = 'E3'")" policy
ok "applying again changes nothing" as mia apply "$work/more.json"
jq '.accessPackages[0].displayName = "Second" | .accessPackages[0].incompatibleAccessPackages = ["Sales pack"]' "$work/more.json" > "$work/second.json"
ok "a package of its own, with one it must not be held with" as mia apply "$work/second.json"
jq '.accessPackages[0].resourceRoleScopes += [{resource: "Sales app", role: "Editor"}]' "$work/second.json" > "$work/third.json"
ok "with another role" as mia apply "$work/third.json"
ok "roll-outs are about those who hold it" until_true 10 "SELECT count(*) > 0 AND bool_and(completed_at IS NOT NULL AND done = total AND total = 0) FROM jml.rollout WHERE object_id = (SELECT id FROM jml.access_package WHERE display_name = 'Second')"
is "and no other catalog's" "$(as mia export | grep -cE "$secret")" 0
denied='row-level security policy' denied "another catalog is refused" mia apply "$work/secret.json"
denied='workflows are for operators' denied "so are workflows" mia apply "$work/w.json"
jq '.resources[0].roles += ["Admin"]' "$work/more.json" > "$work/role.json"
denied='row-level security policy' denied "and resource roles" mia apply "$work/role.json"
ok "which an owner may add" as owen apply "$work/role.json"
ok "and delegate" as owen delegation add nemo --role catalogReader --catalog Sales
is "to somebody who then reads" "$(as nemo --json package list | jq -r '.[].display_name')" "$(printf 'Sales pack\nSecond')"
ok "until it is taken back" as owen delegation remove nemo
is "and no longer" "$(as nemo --json package list | jq length)" 0
q "UPDATE jml.assignment_policy SET document = document || '{\"automaticRequestSettings\": {}}' WHERE display_name = 'month'"
like "what assigns by itself is for administrators" "$(sql_as owen "UPDATE jml.assignment_policy SET enabled = false WHERE display_name = 'month'")" 'ERROR: .*automatically: that is for Identity Governance administrators'
q "UPDATE jml.assignment_policy SET document = document - 'automaticRequestSettings' WHERE display_name = 'month'"
like "a direct change is on record" "$(sql_as mia "UPDATE jml.access_package SET description = 'by hand' WHERE display_name = 'Sales pack'"; q "SELECT actor, reason FROM jml.audit WHERE object_type = 'package' ORDER BY id DESC LIMIT 1")" 'mia\|changed by hand'

# ---- requestor and approver

is "a requestor sees what is offered, and what they hold" "$(as rick --json package list | jq -r '[.[].display_name] | join(",")'):$(as rick --json assignment list | jq -r '[.[].employee_id] | join(",")')" 'Sales pack,Second,Secret pack:E3'
id=$(sql_as rick "INSERT INTO jml.assignment_request (request_type, access_package_id, requestor) SELECT 'userAdd', id, 'E3' FROM jml.access_package WHERE display_name = 'Second' RETURNING id")
ok "asks for it" until_true 10 "SELECT state <> 'submitted' FROM jml.assignment_request WHERE id = '$id'"
is "as who they are; the audit names the login" "$(q "SELECT r.requestor, r.target_employee_id, (SELECT a.actor FROM jml.audit a WHERE a.object_id = r.id::text ORDER BY a.id LIMIT 1) FROM jml.assignment_request r WHERE id = '$id'")" 'E3|E3|rick'
is "and follows it" "$(as rick --json request list | jq -r '[.[] | select(.requestor == "E3")] | length')" 1
is "an approver sees nothing unasked" "$(as april --json request list | jq length):$(as april --json package list | jq length)" 0:0

# ---- what people ask for and decide, by jmlctl: with questions, approval, and groups that exclude

sed 's/^  //' > "$work/people.json" << 'END'
  { "resources": [{"displayName": "Sales app", "catalog": "Sales", "target": "record"}],
    "accessPackages": [
    { "displayName": "Open", "catalog": "Sales", "incompatibleGroups": ["Board"],
      "resourceRoleScopes": [{"resource": "Sales app", "role": "User"}],
      "assignmentPolicies": [{ "displayName": "open", "allowedTargetScope": "allMemberUsers",
        "requestorSettings": { "enableTargetsToSelfAddAccess": true, "enableTargetsToSelfUpdateAccess": true,
                               "enableTargetsToSelfRemoveAccess": true },
        "questions": [{ "@odata.type": "#microsoft.graph.accessPackageTextInputQuestion", "text": "Why?", "isRequired": true }],
        "expiration": { "type": "afterDuration", "duration": "P30D" } }] },
    { "displayName": "Careful", "catalog": "Sales", "resourceRoleScopes": [{"resource": "Sales app", "role": "User"}],
      "assignmentPolicies": [{ "displayName": "approved", "allowedTargetScope": "allMemberUsers",
        "requestorSettings": { "enableTargetsToSelfAddAccess": true }, "expiration": { "type": "noExpiration" },
        "requestApprovalSettings": { "isApprovalRequiredForAdd": true,
          "stages": [{ "durationBeforeAutomaticDenial": "P7D",
            "primaryApprovers": [{ "@odata.type": "#microsoft.graph.singleUser", "userId": "E4" }] }] } }] },
    { "displayName": "Plain", "catalog": "Sales", "resourceRoleScopes": [{"resource": "Sales app", "role": "User"}],
      "assignmentPolicies": [{ "displayName": "plain", "allowedTargetScope": "notSpecified", "expiration": { "type": "noExpiration" } }] },
    { "displayName": "Short", "catalog": "Sales", "assignmentPolicies": [] } ] }
END
one() { jq -r "[.[] | $1] | join(\",\")"; }
ok "a package manager applies policies with questions, approvers and groups" as mia apply "$work/people.json"
is "and groups go again" "$(jq '.accessPackages[0].incompatibleGroups += ["Gone"]' "$work/people.json" > "$work/two.json"; as mia apply "$work/two.json" > "$work/id" && as mia apply "$work/people.json" > "$work/id"; q "SELECT string_agg(group_name, ' ') FROM jml.incompatible_group")" Board
is "which is on record" "$(q "SELECT count(*) FROM jml.exclusion WHERE group_name = 'Gone' AND until IS NOT NULL")" 1
ok "a package that nobody has is deleted" as mia package delete Short
is "in the manager's name, by the rule" "$(q "SELECT actor, from_state, to_state, rule IS NOT NULL FROM jml.audit WHERE object_type = 'package' AND to_state = 'deleted'")" 'mia|present|deleted|t'
like "not one that is held" "$(as mia package delete 'Sales pack')" "package 'Sales pack' has 2 active assignments: E1, E3"
is "nor another catalog's" "$(as mia package delete 'Secret pack')" "jmlctl: no package 'Secret pack'; jmlctl package list"
denied='\(row-level security\|no package\|permission denied\)' denied "an assignment manager deletes none" ann package delete Second

ok "an assignment manager answers" as ann assignment add Open --employee E2 --answer 'Why?=work' --wait
ok "and assigns by mail address, from midnight there on" as ann assignment add Plain --email E1@example.com --start "$(day -1)" --wait
is "who that is is found" "$(holds E1):$(q "SELECT to_char(starts_at AT TIME ZONE 'UTC', 'HH24') FROM jml.requests WHERE employee_id = 'E1' AND access_package = 'Plain'")" 'Plain Sales pack:15'
is "a file names many, those are left out who have it" "$(printf 'E1\nE4\n' | as ann --json assignment add Plain --from-file - --wait | one '.state' )" skipped,delivered
is "--csv, with names" "$(as ann assignment list --package Plain --csv | cut -d, -f2,3,15 | tail -n +2 | sort)" "$(printf 'E1,Plain,Name of E1\nE4,Plain,Name of E4')"
denied='--check looks at all there is about a person: that is for operators' denied "--check is not for delegates" ann assignment add Plain --employee E2 --check
denied='permission denied' denied "nor are groups" ann assignment add Plain --all-in Board
id=$(as ann --json assignment list --employee E4 --package Plain | one .id)
ok "gives its roles again" as ann assignment reprocess "$id" --wait
ok "reviews" as ann package review "$id" --confirm --justification 'looked at'
is "in its own name" "$(as ann --json package review Plain | one '.employee_id + " " + (.reviewed_by // "-")')" 'E1 -,E4 ann'
ok "revokes" as ann package review "$id" --revoke --wait
is "what is then gone" "$(holds E4)" ''
is "nothing of another catalog is reviewed" "$(as ann package review "$(q "SELECT id FROM jml.assignments WHERE employee_id = 'S1'")" --confirm | sed 's/[0-9a-f-]\{36\}/ID/')" "jmlctl: no assignment 'ID'"
is "nor listed" "$(as ann --json package review | one .access_package | grep -c Secret):$(as ann package review 'Secret pack')" "0:jmlctl: no package 'Secret pack'; jmlctl package list"
event mover E1 "$(day 0)" '{"groups": ["Board"]}' > "$work/id"
event mover S1 "$(day 0)" '{"groups": ["Board"]}' > "$work/id"
ok "people come into groups" until_true 10 "SELECT count(*) = 2 FROM jml.person WHERE attributes -> 'groups' ? 'Board'"
q "INSERT INTO jml.incompatible_group SELECT id, 'Board' FROM jml.access_package WHERE display_name = 'Secret pack'"
jq '(.accessPackages[] | select(.displayName == "Plain")).incompatibleGroups = ["Board"] | del(.accessPackages[] | select(.displayName == "Short"))' "$work/people.json" > "$work/plain.json"
ok "which exclude later what they hold" as mia apply "$work/plain.json"
is "conflicts are seen of the own catalog" "$(as ann --json assignment conflicts | one '[.employee_id, .display_name, .access_package, .incompatible_with] | join(" ")')" 'E1 Name of E1 Plain Board'
is "an operator sees them all" "$(as ops --json assignment conflicts | one .employee_id)" 'E1,S1'

like "nobody asks in somebody else's name" "$(as rick request add Careful --employee E1)" 'role "rick" may not ask in the name of E1'
like "nor for them, where the policy does not say so" "$(as rick request add Careful --employee E3 --for E2 --wait)" 'denied'
ok "a requestor asks, and answers" as rick request add Open --employee E3 --answer 'Why?=me' --wait
is "has it" "$(as rick --json assignment list --package Open | one '.employee_id + " " + .display_name')" 'E3 Name of E3'
ok "keeps it for longer" as rick request extend Open --employee E3 --wait
ok "gives it back" as rick request remove Open --employee E3 --wait
is "has it no more" "$(holds E3)" 'Sales pack'
like "nothing of others" "$(as rick request remove Open --employee E2)" 'E2 holds no assignment of'
denied='--check looks at' denied "and --check is not for requestors" rick request add Open --employee E3 --answer 'Why?=me' --check

id=$(as rick request add Careful --employee E3 --wait | head -n 1)
is "a request waits" "$(as rick --json request list --state pendingApproval | one .employee_id)" E3
is "the approver sees it, and for whom" "$(as april --json request list --approver E4 | one '.employee_id + " " + .display_name')" 'E3 Name of E3'
ok "shows it" as april request show "$id"
like "decides in no other name" "$(as april request approve "$id" --approver E1)" 'role "april" may not decide in the name of E1'
other=$(q "SELECT id FROM jml.requests WHERE employee_id = 'S1' LIMIT 1")
like "about nothing else" "$(as april request approve "$other")" 'no request .* that role "april" was asked to decide'
ok "approves" as april request approve "$id" --wait
ok "which gives it" until_true 10 "SELECT count(*) = 1 FROM jml.assignments WHERE employee_id = 'E3' AND access_package = 'Careful' AND state = 'delivered'"
is "as who they are; the audit names the login" "$(q "SELECT v.approver, v.actor, v.state FROM jml.approval v WHERE request_id = '$id'")" 'E4|april|applied'
as ann assignment remove Careful --employee E3 --wait > "$work/id"
id=$(as rick request add Careful --employee E3 --wait | head -n 1)
ok "denies" as april request deny "$id" --approver E4 --justification 'no' --wait
is "what is asked again" "$(q "SELECT state FROM jml.requests WHERE id = '$id'")" denied
denied='no employee is bound to it' denied "a requestor approves nothing" rick request approve "$id"

# ---- in the end

daemon_stop one
is "the daemon ends well" "$daemon_status" 0
ok "the audit is whole" jmlctl audit verify
is "every delegation is in it, with its actor" "$(q "SELECT string_agg(DISTINCT actor, ' ' ORDER BY actor) FROM jml.audit WHERE object_type = 'delegation'")" 'ops owen'
is "listed" "$(as ops --json audit list --object delegation --actor owen | jq -r '[.[].reason] | join(",")')" 'taken back,delegated'
finish

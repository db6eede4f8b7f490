#!/bin/bash
# SPDX-License-Identifier: MIT
#
# jmlctl apply, diff and export on a private PostgreSQL. Set JML_GRAPH_EXAMPLES to a folder of
# Microsoft Graph bodies (workflow-create*.json, assignmentpolicy-*.json, ...) to try those too.
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/pg.sh"
pg_start || { echo 'Bail out! no PostgreSQL'; exit 99; }
ctl="$JML_BUILD/jmlctl"
export JML_DATABASE="host=$PGHOST port=$PGPORT user=postgres dbname=postgres"
tmp=$pg_dir/work
mkdir "$tmp" && chmod 755 "$tmp"
sql() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
# everything that apply writes, but for times
fingerprint() {
    sql "select md5(string_agg(t.x, '|' order by t.x)) from (
        select w::text from (select id, display_name, enabled, scheduling_enabled, version, document from jml.workflow) w
        union all select v::text from (select workflow_id, version, document from jml.workflow_version) v
        union all select a::text from (select id, object_id, rule, detail from jml.audit) a
        union all select r::text from (select id, object_id, revision from jml.rollout) r
        union all select p::text from jml.assignment_policy p
        union all select p::text from (select policy_id, enabled, document from jml.assignment_policy_version) p
        union all select g::text from jml.incompatible_group g
        union all select i::text from jml.incompatible_package i
        union all select o::text from jml.connected_organization o
        union all select k::text from jml.access_package k
        union all select k::text from jml.access_package_role k
        union all select c::text from (select revision from jml.configuration) c) as t (x)"
}

ok 'the schema is made' "$ctl" migrate

# ---- the sample company

before=$(fingerprint)
said=$("$ctl" diff "$JML_SRC/etc/governance" 2>&1)
like 'diff shows what apply would create' "$said" "^workflow 'Farewell': created, version 1$"
is 'diff writes nothing' "$(fingerprint)" "$before"
said=$("$ctl" apply "$JML_SRC/etc/governance" 2>&1)
like 'the sample company applies' "$said" '^[0-9]+ changed, 0 unchanged$'
is 'every kind of trigger is in it' "$(sql "select string_agg(distinct coalesce(
    document #>> '{executionConditions,trigger,@odata.type}', document #>> '{executionConditions,@odata.type}'), ' '
    order by coalesce(document #>> '{executionConditions,trigger,@odata.type}', document #>> '{executionConditions,@odata.type}'))
    from jml.workflow" | sed 's/#microsoft.graph.identityGovernance.//g')" \
    'attributeChangeTrigger membershipChangeTrigger onDemandExecutionOnly timeBasedAttributeTrigger timeBasedAttributeTriggerV2'
is 'each workflow has its first version on record' \
    "$(sql 'select count(*) from jml.workflow_version v join jml.workflow w on w.id = v.workflow_id and w.document = v.document')" \
    "$(sql 'select count(*) from jml.workflow')"
is 'roll-outs to nobody are completed at once' \
    "$(sql 'select count(*) from jml.rollout where completed_at is null')" 0
before=$(fingerprint)
said=$("$ctl" apply "$JML_SRC/etc/governance" 2>&1)
like 'applying it again says that nothing changed' "$said" '^nothing changed'
is 'and changes nothing' "$(fingerprint)" "$before"
is 'diff then finds no differences' "$("$ctl" diff "$JML_SRC/etc/governance")" 'no differences'
ok 'export prints a document' sh -c "'$ctl' export >'$tmp/export.json'"
like 'applying what was exported says that nothing changed' "$("$ctl" apply "$tmp/export.json" 2>&1)" '^nothing changed'
is 'and changes nothing' "$(fingerprint)" "$before"
is 'export is the same every time' "$("$ctl" export | cmp - "$tmp/export.json" && echo same)" same
sql 'create database other' >/dev/null
(
    export JML_DATABASE="host=$PGHOST port=$PGPORT user=postgres dbname=other"
    "$ctl" migrate && "$ctl" apply "$tmp/export.json" && "$ctl" export >"$tmp/other.json"
) >/dev/null 2>&1
is 'another database takes the export, ids and all' "$(cmp "$tmp/other.json" "$tmp/export.json" && echo same)" same

# ---- versions

workflow() { # name offset task-name rest
    cat <<JSON
{ "displayName": "$1", "isSchedulingEnabled": true, ${4:-}
  "executionConditions": {
    "@odata.type": "#microsoft.graph.identityGovernance.triggerAndScopeBasedConditions",
    "scope": { "@odata.type": "#microsoft.graph.identityGovernance.ruleBasedSubjectSet", "rule": "(department eq 'MARKER-RULE')" },
    "trigger": { "@odata.type": "#microsoft.graph.identityGovernance.timeBasedAttributeTrigger", "timeBasedAttribute": "employeeHireDate", "offsetInDays": $2 } },
  "tasks": [{ "displayName": "$3", "taskDefinitionId": "c1ec1e76-f374-4375-aaa6-0bb6bd4c60be",
    "arguments": [{ "name": "accessPackageId", "value": "Engineering baseline" }] }] }
JSON
}
workflow V 0 T >"$tmp/v.json"
ok 'a bare workflow applies' "$ctl" apply "$tmp/v.json"
workflow V 0 'Another name' '"description": "d",' >"$tmp/v.json"
like 'names and descriptions make no version' "$("$ctl" apply "$tmp/v.json" 2>&1)" "^workflow 'V': description, names of tasks changed$"
is 'they are stored all the same' "$(sql "select version, description, document #>> '{tasks,0,displayName}' from jml.workflow where display_name = 'V'")" '1|d|Another name'
workflow V 3 'Another name' '"description": "d",' >"$tmp/v.json"
like 'other conditions make version 2' "$("$ctl" apply "$tmp/v.json" 2>&1)" "^workflow 'V': version 2 \(executionConditions changed\)$"
is 'both versions are kept' "$(sql "select string_agg(v.version::text, ' ' order by v.version) from jml.workflow_version v join jml.workflow w on w.id = v.workflow_id where display_name = 'V'")" '1 2'
sed 's/"isSchedulingEnabled": true/"isEnabled": false/' "$tmp/v.json" >"$tmp/w.json"
ok 'it can be disabled' "$ctl" apply "$tmp/w.json"
ok 'and enabled' "$ctl" apply "$tmp/v.json"
is 'the audit tells the story by rules' "$(sql "select string_agg(a.rule || ':' || coalesce(a.from_state, 'new') || '>' || a.to_state, ' ' order by a.id) from jml.audit a join jml.workflow w on w.id::text = a.object_id where w.display_name = 'V'")" \
    '921:new>enabled 923:enabled>enabled 923:enabled>enabled 924:enabled>disabled 925:disabled>enabled'
is 'and holds no words of the documents' "$(sql "select count(*) from jml.audit a where a::text ~ 'MARKER|department|Another'")" 0
ok 'the audit verifies' "$ctl" audit verify

# ---- all or nothing

before=$(fingerprint)
workflow Good 0 T >"$tmp/1-good.json"
workflow Bad 500 T '"colour": 1,' >"$tmp/2-bad.json"
echo '{ "workflows": [ ' >"$tmp/3-torn.json"
mkdir "$tmp/all" && mv "$tmp"/[123]-*.json "$tmp/all"
status 'a wrong file refuses all' 1 "$ctl" apply "$tmp/all"
said=$("$ctl" apply "$tmp/all" 2>&1)
like 'naming file and field' "$said" '2-bad.json: /executionConditions/trigger/offsetInDays: must be -180 to 180$'
like 'all of them' "$said" '2-bad.json: /colour: unknown property$'
like 'also of other files' "$said" '3-torn.json: line 2, column 1: '
is 'nothing of it is written' "$(fingerprint)" "$before"
workflow Lost 0 T | sed 's/Engineering baseline/No such package/' >"$tmp/lost.json"
like 'a package that is not there is refused with the path' "$("$ctl" apply "$tmp/all/1-good.json" "$tmp/lost.json" 2>&1)" \
    "lost.json: /tasks/0/arguments/0/value: no access package 'No such package'$"
is 'and nothing is written' "$(fingerprint)" "$before"
status 'a file that is not there is refused' 1 "$ctl" apply "$tmp/nowhere.json"
refused() { # sentence, file, message
    is "$1" "$("$ctl" apply "$2" 2>&1; echo $?)" "jmlctl: $2: $3
1"
}
: >"$tmp/empty.json"
refused 'an empty file is refused as such' "$tmp/empty.json" 'the file is empty'
head -c 4096 "$ctl" >"$tmp/binary.json"
refused 'a program is no document' "$tmp/binary.json" 'no text in UTF-8, as JSON must be'
workflow Wide 0 T | iconv -t UTF-16 >"$tmp/utf16.json"
refused 'nor is UTF-16' "$tmp/utf16.json" 'no text in UTF-8, as JSON must be'
refused 'a file without an end is refused' /dev/zero 'larger than 64 MB'
mkdir "$tmp/none" "$tmp/odd" "$tmp/odd/dir.json"
refused 'a folder without documents is refused' "$tmp/none" 'holds no *.json'
like 'a folder by the name of a document, too' "$("$ctl" apply "$tmp/odd" 2>&1; echo $?)" 'odd/dir.json: Is a directory$'
workflow V 0 T '"displayName": "Other",' >"$tmp/twice.json"
refused 'a name that stands twice is refused, not the first forgotten' "$tmp/twice.json" '/displayName: stands twice in its object'
workflow V 0 T '"id": "V-1",' >"$tmp/id.json"
refused 'an id that is no UUID is refused, not forgotten' "$tmp/id.json" '/id: no UUID'
is 'and nothing is written of all that' "$(fingerprint)" "$before"
status 'apply without a file is a question of usage' 64 "$ctl" apply

# ---- packages that people hold

sql "insert into jml.person (employee_id, state) values ('E1', 'active');
     insert into jml.assignment (access_package_id, policy_id, target_id, state, status)
     select k.id, l.id, p.id, 'delivered', 'Delivered' from jml.access_package k join jml.assignment_policy l on l.access_package_id = k.id,
     jml.person p where k.display_name = 'Engineering baseline'" >/dev/null
cat >"$tmp/roles.json" <<'JSON'
{ "accessPackages": [{ "displayName": "Engineering baseline", "catalog": "Company",
    "resourceRoleScopes": [{ "resource": "Code hosting", "role": "Reader" }] }] }
JSON
like 'other roles for a package that people hold are taken' "$("$ctl" apply "$tmp/roles.json" 2>&1)" \
    "^access package 'Engineering baseline': .*resourceRoleScopes changed$"
is 'a roll-out to those who hold it begins' "$(sql "select kind, total, done, completed_at is null from jml.rollout order by created_at desc, id desc limit 1")" 'package|1|0|t'
sed -i 's/Engineering baseline/Finance baseline/; s/Code hosting/Ledger/; s/Reader/Accountant/' "$tmp/roles.json"
like 'likewise for one that nobody holds' "$("$ctl" apply "$tmp/roles.json" 2>&1)" "^access package 'Finance baseline': description, resourceRoleScopes changed$"
is 'its roles are replaced' "$(sql "select string_agg(r.display_name, ' ') from jml.access_package_role x join jml.resource_role r on r.id = x.resource_role_id join jml.access_package k on k.id = x.access_package_id where k.display_name = 'Finance baseline'")" Accountant
is 'and nobody is to be looked at' "$(sql "select kind, total, done, completed_at is null from jml.rollout order by created_at desc, id desc limit 1")" 'package|0|0|f'

# ---- policies that people ask for, and that ask nobody

policy() { # name, rest
    cat <<JSON
{ "displayName": "$1", "accessPackage": { "displayName": "Finance baseline" }, $2 }
JSON
}
targets() { # rule
    printf '"allowedTargetScope": "specificDirectoryUsers", "specificAllowedTargets": [{ "@odata.type": "#microsoft.graph.attributeRuleMembers", "membershipRule": "user.department -eq \\"%s\\"" }]' "$1"
}
automatic='"automaticRequestSettings": { "requestAccessForAllowedTargets": true }'
story() {
    sql "select string_agg(concat(v.enabled, ' ', coalesce(v.document #>> '{specificAllowedTargets,0,membershipRule}', 'nobody'),
            case when v.document ? 'automaticRequestSettings' then ' automatic' else '' end), '; ' order by v.since)
        from jml.assignment_policy_version v join jml.assignment_policy l on l.id = v.policy_id where l.display_name = 'By rule'"
}
rollouts() { sql "select count(*) from jml.rollout where kind = 'policy'"; }
n=$(rollouts)
policy 'By rule' "$(targets A)" >"$tmp/p.json"
like 'a policy stands alone, as Graph takes it' "$("$ctl" apply "$tmp/p.json" 2>&1)" "^assignment policy 'Finance baseline / By rule': created$"
is 'one that gives nothing by itself has no versions' "$(story)" ''
is 'and is no matter for people' "$(rollouts)" "$n"
policy 'By rule' "$(targets A), $automatic" >"$tmp/p.json"
like 'it may begin to' "$("$ctl" apply "$tmp/p.json" 2>&1)" "^assignment policy 'Finance baseline / By rule': automaticRequestSettings changed$"
is 'then there is a version, and a roll-out' "$(story), $(rollouts)" "t user.department -eq \"A\" automatic, $((n + 1))"
like 'the same again is nothing' "$("$ctl" apply "$tmp/p.json" 2>&1)" '^nothing changed'
policy 'By rule' "$(targets A), $automatic, \"description\": \"d\"" >"$tmp/p.json"
like 'words are no version' "$("$ctl" apply "$tmp/p.json" 2>&1)" 'description changed$'
policy 'By rule' "$(targets B), $automatic" >"$tmp/p.json"
ok 'others may be meant' "$ctl" apply "$tmp/p.json"
policy 'By rule' "$(targets B), $automatic, \"isEnabled\": false" >"$tmp/p.json"
ok 'it may be disabled' "$ctl" apply "$tmp/p.json"
policy 'By rule' "$(targets B)" >"$tmp/p.json"
ok 'and stop' "$ctl" apply "$tmp/p.json"
is 'all of it is kept' "$(story)" \
    't user.department -eq "A" automatic; t user.department -eq "B" automatic; f user.department -eq "B" automatic; t user.department -eq "B"'
is 'each was a matter for people' "$(rollouts)" $((n + 4))
ok 'the audit verifies' "$ctl" audit verify
policy 'By hand' '"allowedTargetScope": "allMemberUsers", "requestApprovalSettings": { "isApprovalRequiredForAdd": true, "stages": [{
    "primaryApprovers": [{ "@odata.type": "#microsoft.graph.singleUser", "userId": "E1" }, { "@odata.type": "#microsoft.graph.singleUser", "userId": "E404" },
        { "@odata.type": "#microsoft.graph.groupMembers", "groupId": "nobodys" }] }] }' >"$tmp/q.json"
said=$("$ctl" apply "$tmp/q.json" 2>&1)
like 'approvers who are nobody are warned of' "$said" "q.json: /requestApprovalSettings/stages/0/primaryApprovers: nobody has the employee_id 'E404'$"
like 'so are groups' "$said" "q.json: /requestApprovalSettings/stages/0/primaryApprovers: nobody is in group 'nobodys'$"
is 'who is somebody is not' "$(echo "$said" | grep -c warning)" 2
like 'and it is applied' "$said" '^1 changed, 0 unchanged$'
sed 's/allMemberUsers/specificDirectoryUsers/' "$tmp/q.json" >"$tmp/r.json"
refused 'what can never work is refused' "$tmp/r.json" '/specificAllowedTargets: missing: specificDirectoryUsers says whom'

# ---- packages that were deleted

sql "insert into jml.access_package (catalog_id, display_name) select id, 'Gone' from jml.catalog limit 1;
     insert into jml.assignment_policy (access_package_id, display_name, document) select id, 'Policy', '{\"displayName\": \"Policy\"}' from jml.access_package where display_name = 'Gone';
     insert into jml.incompatible_package select g.id, o.id from jml.access_package g, jml.access_package o where g.display_name = 'Gone' and o.display_name = 'Everyone';
     update jml.access_package set deleted_at = now() where display_name = 'Gone'" >/dev/null
is 'a deleted package is not exported' "$("$ctl" export | grep -c Gone)" 0
printf '{ "accessPackages": [{ "displayName": "Gone", "catalog": "Company" }] }' >"$tmp/gone.json"
like 'its name is free again' "$("$ctl" apply "$tmp/gone.json" 2>&1)" "^access package 'Gone': created$"
is 'for another package' "$(sql "select count(*), count(deleted_at) from jml.access_package where display_name = 'Gone'")" '2|1'
printf '{ "accessPackages": [{ "id": "%s", "displayName": "Back", "catalog": "Company" }] }' \
    "$(sql "select id from jml.access_package where deleted_at is not null")" >"$tmp/back.json"
refused 'its id is not' "$tmp/back.json" '/accessPackages/0/id: the access package with this id was deleted: leave the id out to make a new one'

# ---- an operator, and two at once

sql "create role ada login; grant jml_operator to ada" >/dev/null
workflow V 5 T >"$tmp/v.json"
export JML_DATABASE="host=$PGHOST port=$PGPORT user=ada dbname=postgres"
ok 'an operator may apply' "$ctl" apply "$tmp/v.json"
is 'and is named in the audit' "$(sql "select actor from jml.audit order by id desc limit 1")" ada
for i in 1 2 3 4; do
    workflow "Twin $i" "$i" T >"$tmp/twin.$i.json"
    workflow V "1$i" T >"$tmp/v.$i.json"
    "$ctl" apply "$tmp/twin.$i.json" "$tmp/v.$i.json" >"$tmp/twin.$i.out" 2>&1 &
    pids="${pids:-} $!"
done
failed=0
for pid in $pids; do wait "$pid" || failed=1; done
is 'several at once all succeed' "$failed" 0
is 'one after the other' "$(sql "select version from jml.workflow where display_name = 'V'")" 7
ok 'the audit still verifies' "$ctl" audit verify

# ---- bodies of Microsoft Graph

if [ -n "${JML_GRAPH_EXAMPLES:-}" ]; then
    n=0
    applied=0
    for file in "$JML_GRAPH_EXAMPLES"/workflow-create*.json; do
        n=$((n + 1))
        before=$(fingerprint)
        code=0
        said=$("$ctl" apply "$file" 2>&1) || code=$?
        name=$(basename "$file")
        if [ $code = 0 ]; then
            applied=$((applied + 1))
            before=$(fingerprint)
            like "$name applies, and again changes nothing" "$("$ctl" apply "$file" 2>&1)$(fingerprint)" "^nothing changed.*"
            is "$name is whole" "$(fingerprint)" "$before"
        else
            like "$name is refused with path and reason" "$said" "$name: /[A-Za-z0-9/@.]*: .+"
            is "$name leaves nothing behind" "$(fingerprint)" "$before"
        fi
    done
    is 'some apply, some do not' "$([ $applied -gt 0 ] && [ $applied -lt $n ] && echo yes)" yes
    # the objects that the bodies of entitlement management name
    cat >"$tmp/named.json" <<'JSON'
{ "catalogs": [{ "id": "66584aae-98bb-48cc-9458-7bee5d2a6577", "displayName": "Graph" }],
  "accessPackages": [
    { "id": "a2e1ca1e-4e56-47d2-9daa-e2ba8d12a82b", "displayName": "Graph 1", "catalog": "Graph" },
    { "id": "8a36831e-1527-4b2b-aff2-81259a8d8e76", "displayName": "Graph 2", "catalog": "Graph" },
    { "id": "b2eba9a1-b357-42ee-83a8-336522ed6cbf", "displayName": "Graph 3", "catalog": "Graph",
      "assignmentPolicies": [{ "id": "87e1c7f7-c7f7-87e1-f7c7-e187f7c7e187", "displayName": "All Users" }] }] }
JSON
    ok 'the packages are there that the bodies name' "$ctl" apply "$tmp/named.json"
    applies='assignmentpolicy-create-1-direct.request.json assignmentpolicy-create-3-automatic.request.json
        assignmentpolicy-create-questions.beta.request.json assignmentpolicy-get-afterduration.response.json
        derived-assignmentpolicy-afterdatetime.request.json derived-assignmentpolicy-afterduration-days.request.json
        derived-assignmentpolicy-afterduration-hours.request.json derived-assignmentpolicy-automatic-graceperiod.request.json
        accesspackage-create.request.json connectedorganization-create.request.json connectedorganization-create.response.json'
    for name in $applies; do
        file=$JML_GRAPH_EXAMPLES/$name
        [ -e "$file" ] || continue
        like "$name applies" "$("$ctl" apply "$file" 2>&1)" '^[0-9]+ changed'
        before=$(fingerprint)
        like "$name again changes nothing" "$("$ctl" apply "$file" 2>&1)" '^nothing changed'
        is "$name is whole" "$(fingerprint)" "$before"
    done
    file=$JML_GRAPH_EXAMPLES/assignmentpolicy-create-multistage.beta.request.json
    sed 's/"accessPackageId": "string (identifier)"/"accessPackageId": "Graph 3"/; s/Users from/People from/' "$file" >"$tmp/multistage.json"
    said=$("$ctl" apply "$tmp/multistage.json" 2>&1)
    like 'two stages with escalation in the spelling of beta apply' "$said" '^1 changed'
    like 'its reviews are warned of' "$said" 'accessReviewSettings: kept, but no review begins by its schedule'
    is 'as stages of v1.0' "$(sql "select document #>> '{requestApprovalSettings,stages,1,durationBeforeEscalation}',
        document #>> '{requestApprovalSettings,stages,1,fallbackPrimaryApprovers,0,groupId}' from jml.assignment_policy where display_name like 'People from%'")" 'P8D|string (identifier)'
    "$ctl" export >"$tmp/graph.json"
    like 'all of it is exported and changes nothing' "$("$ctl" apply "$tmp/graph.json" 2>&1)" '^nothing changed'
else
    skip 'bodies of Microsoft Graph apply or are refused' 'JML_GRAPH_EXAMPLES is not set'
fi
finish

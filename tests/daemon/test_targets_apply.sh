#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Targets and custom task extensions in documents: apply, diff, export, and what is refused because
# people have something at a target; jmlctl target. Delivery itself is tested elsewhere.
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/pg.sh"
pg_start || { echo 'Bail out! no PostgreSQL'; exit 99; }
ctl="$JML_BUILD/jmlctl"
export JML_DATABASE="host=$PGHOST port=$PGPORT user=postgres dbname=postgres"
tmp=$pg_dir/work
mkdir "$tmp" && chmod 755 "$tmp"
sql() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
revision() { sql 'select revision from jml.configuration'; }
apply() { "$ctl" apply "$@" 2>&1; }
# a document out of jq's output
with() { # filter
    jq "$1" "$tmp/base.json" >"$tmp/with.json"
    echo "$tmp/with.json"
}

ok 'the schema is made' "$ctl" migrate
cat >"$tmp/base.json" <<'JSON'
{ "catalogs": [{ "displayName": "C" }],
  "targets": [
    { "displayName": "Directory", "kind": "null", "concurrency": 2, "settings": { "delayMilliseconds": 5 } },
    { "displayName": "Tickets", "kind": "manual", "settings": { "instructions": "by hand" } }],
  "customTaskExtensions": [
    { "displayName": "Laptop", "description": "Orders one", "secretFile": "laptop",
      "endpointConfiguration": { "@odata.type": "#microsoft.graph.httpRequestEndpoint", "targetUrl": "https://orders.example/hook" },
      "callbackConfiguration": { "timeoutDuration": "PT30M" } }],
  "resources": [
    { "displayName": "Groups", "catalog": "C", "target": "Directory", "origin": { "base": "ou=g" },
      "roles": [{ "displayName": "Staff", "origin": { "group": "staff" } }] },
    { "displayName": "Paper", "catalog": "C", "roles": ["Reader"] }],
  "accessPackages": [
    { "displayName": "P", "catalog": "C",
      "resourceRoleScopes": [{ "resource": "Groups", "role": "Staff" }, { "resource": "Paper", "role": "Reader" }],
      "assignmentPolicies": [{ "displayName": "A" }] }] }
JSON

# ---- apply, diff, export

said=$("$ctl" diff "$tmp/base.json")
like 'diff tells of targets' "$said" "^target 'Directory': created$"
like 'and of extensions' "$said" "^custom task extension 'Laptop': created$"
like 'they apply' "$(apply "$tmp/base.json")" '^[0-9]+ changed, 0 unchanged$'
is 'they are in the table, with what was not said' \
    "$(sql "select display_name, kind, document ->> 'concurrency', document ->> 'giveUpAfter' from jml.target order by 1")" \
    'Directory|null|2|P1D
Laptop|extension||
Tickets|manual|16|P1D'
is 'the resource leads there' "$(sql "select target, origin from jml.resource where display_name = 'Groups'")" 'Directory|{"base": "ou=g"}'
before=$(revision)
like 'applied again nothing changes' "$(apply "$tmp/base.json")" '^nothing changed'
is 'no revision is made of it' "$(revision)" "$before"
"$ctl" export >"$tmp/export.json"
like 'what is exported applies and changes nothing' "$(apply "$tmp/export.json")" '^nothing changed'
is 'the export has all of it' "$(jq -c '[.targets[].displayName, .customTaskExtensions[].displayName]' "$tmp/export.json")" \
    '["Directory","Tickets","Laptop"]'
like 'diff says what would change' "$("$ctl" diff "$(with '.targets[0].settings.delayMilliseconds = 6 | .targets[1].isEnabled = false')")" \
    "^target 'Directory': settings changed$"
like 'applying it changes just that' "$(apply "$tmp/with.json")" '^2 changed, '
is 'and makes a revision, so that a daemon loads it' "$(revision)" $((before + 1))
like 'back again' "$(apply "$tmp/base.json")" '^2 changed'

# ---- refused

refused() { # sentence, filter, words
    local said
    said=$("$ctl" diff "$(with "$2")" 2>&1)
    like "$1" "$said" "$3"
}
refused 'a target that is not there' '.resources[1].target = "Nowhere"' "/resources/1/target: no target 'Nowhere'"
refused 'a kind is no target' '.resources[1].target = "ldap"' "/resources/1/target: .*that is a kind"
refused 'nor is an extension' '.resources[1].target = "Laptop"' "/resources/1/target: 'Laptop' is a custom task extension"
refused 'a password' '.targets[0] += {kind: "ldap", settings: {uri: "ldaps://x", peopleBase: "ou=p", bindDn: "cn=j", password: "hunter2"}}' \
    '/targets/0/settings/password: secrets are in files: passwordFile'
is 'and it is not repeated' "$("$ctl" diff "$tmp/with.json" 2>&1 | grep -c hunter2)" 0
refused 'a setting of another kind' '.targets[1].settings.url = "https://x.example"' '/targets/1/settings/url: unknown property'
refused 'tokens of Entra' '.customTaskExtensions[0].authenticationConfiguration = {"@odata.type": "#microsoft.graph.azureAdPopTokenAuthentication"}' \
    '/customTaskExtensions/0/authenticationConfiguration: .*secretFile'
id=$(sql "select id from jml.target where display_name = 'Directory'")
refused 'another name, while resources have it' ".targets[0] += {id: \"$id\", displayName: \"LDAP\"}" \
    "/targets/0/displayName: target 'Directory' keeps its name"
is 'nothing of that was written' "$(sql 'select count(*) from jml.target')" 3

# ---- what people have

sql "insert into jml.person (id, employee_id, state) values ('00000000-0000-4000-8000-000000000001', 'E1', 'active');
    insert into jml.assignment (id, access_package_id, target_id, state, roles)
    select '00000000-0000-4000-8000-000000000002', k.id, '00000000-0000-4000-8000-000000000001', 'delivered',
        (select jsonb_agg(r.id) from jml.resource_role r) from jml.access_package k;
    insert into jml.delivery (assignment_id, person_id, resource_role_id, action, state, target, seq, due_at, error)
    select '00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', r.id, 'grant', 'pending',
        'Directory', 1, '2026-11-01 12:00Z', 'unreachable: no route' from jml.resource_role r where r.display_name = 'Staff';
    insert into jml.delivery (assignment_id, person_id, resource_role_id, action, state, target, seq, due_at)
    select '00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', r.id, 'grant', 'inProgress',
        'Tickets', 2, 'infinity' from jml.resource_role r where r.display_name = 'Staff'"
refused 'a resource that people have at a target does not lead elsewhere' '.resources[0].target = "Tickets"' \
    "/resources/0/target: 1 person has roles of it at target 'Directory', where nobody would take them away"
refused 'nor nowhere' 'del(.resources[0].target)' "/resources/0/target: 1 person has roles of it at target 'Directory'"
said=$(apply "$(with '.resources[1].target = "Tickets"')")
like 'from the record it may, with a warning' "$said" "^jmlctl: warning: .*/resources/1/target: 1 person has roles of it by record: jmlctl assignment reprocess delivers them to 'Tickets'"
like 'and is applied' "$said" '^1 changed'
said=$(apply "$(with '.resources[1].target = "Tickets" | .resources[0].roles[0].origin.group = "people"')")
like 'another origin of what people have is worth a word' "$said" "/resources/0/roles/0/origin: 1 person has it: target 'Directory' is told to give it at the new place"
like 'and is applied, too' "$said" '^1 changed'
refused 'a kind, while deliveries are open' '.resources[1].target = "Tickets" | .targets[1] = {displayName: "Tickets", kind: "null"}' \
    "/targets/1/kind: target 'Tickets' keeps its name and kind until nothing is on its way to it: 1 deliveries are open"
like 'also by hand' "$(sql "update jml.target set kind = 'null' where display_name = 'Tickets'" 2>&1)" 'target "Tickets" has 1 open deliveries'
like 'one that is used is not deleted' "$(sql "delete from jml.target where display_name = 'Directory'" 2>&1)" 'target "Directory" is the target of resource "Groups"'
like 'a resource leads somewhere' "$(sql "update jml.resource set target = 'x'" 2>&1)" 'there is no target "x"'

# ---- jmlctl target

is 'target list' "$("$ctl" target list --json | jq -c '.[] | [.display_name, .kind, .enabled, .resources, .open, .waiting, .failing, .oldest_due]')" \
    '["Directory","null",true,1,1,0,1,"2026-11-01T12:00:00Z"]
["Tickets","manual",true,1,1,1,0,null]
["Laptop","extension",true,0,0,0,0,null]'
is 'as csv' "$("$ctl" target list --csv | head -n 1)" 'display_name,kind,enabled,owned,resources,open,waiting,failing,oldest_due,trouble,trouble_since,trouble_error,created_at,id'
like 'as a table' "$("$ctl" target list)" '^Directory +null +yes +1 +1 +0 +1 '
is 'target show' "$("$ctl" target show Directory --json | jq -c '.[0] | [.resources, .errors, .document.settings]')" \
    '[[{"resource":"Groups","catalog":"C","roles":1}],[{"deliveries":1,"error":"unreachable: no route"}],{"delayMilliseconds":5}]'
is 'by id' "$("$ctl" target show "$id" --json | jq -r '.[0].display_name')" Directory
is 'one that is not there' "$("$ctl" target show X 2>&1; echo $?)" "jmlctl: no target 'X'
1"

finish

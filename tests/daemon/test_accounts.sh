#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Accounts and what they hold beyond packages, over a real directory (slapd): whoever leaves loses what tasks gave,
# too, also what was on its way; a withdrawn leave gives it back; nothing is given by a retry that is not wanted any
# more; of two people who are one one account goes on; an account is one person's; a kind stays while it is in use.
# timeout: 300
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"
. "$JML_SRC/tests/lib/slapd.sh"

if ! [ -x /usr/sbin/slapd ] || ! command -v ldapsearch > /dev/null; then
    echo "1..0 # SKIP slapd and ldap-utils are not installed"
    exit 0
fi
end() {
    slapd_stop
    daemons_end
}
trap end EXIT

base=dc=example,dc=com
slapd_make "$work/slapd" && slapd_start || { echo 'Bail out! no slapd'; exit 99; }
for group in crm wiki; do
    printf '%s\n' "dn: cn=$group,ou=groups,$base" 'objectClass: groupOfNames' "cn: $group" 'member: cn=nobody' ''
done | slapd_as_root ldapadd > /dev/null
members() { # GROUP
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -s base -b "cn=$1,ou=groups,$base" member |
        sed -n 's/^member: uid=\([^,]*\),.*/\1/p' | sort | paste -sd ' '
}
account() { # UID: there, locked, or nothing
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b "ou=people,$base" "(uid=$1)" uid pwdAccountLockedTime |
        sed -n 's/^dn:.*/there/p; s/^pwdAccountLockedTime:.*/locked/p' | paste -sd ' '
}

world accounts
jq -n --arg dir "$slapd_dir" --arg uri "$slapd_ldap" '
    {catalogs: [{displayName: "Company"}],
     targets: [{displayName: "Directory", kind: "ldap", settings: {uri: $uri, startTls: true,
            caFile: "\($dir)/ca.crt", bindDn: "cn=service,dc=example,dc=com", passwordFile: "\($dir)/password",
            peopleBase: "ou=people,dc=example,dc=com", groupBase: "ou=groups,dc=example,dc=com",
            accountFilter: "(uid={{uid}})", accountDn: "uid={{uid}},ou=people,dc=example,dc=com",
            accountAttributes: {objectClass: ["inetOrgPerson"], uid: "{{uid}}", cn: "{{uid}}", sn: "{{uid}}"},
            disable: {attribute: "pwdAccountLockedTime", value: "000001010000Z"}, placeholderMember: "cn=nobody"}}],
     resources: [{displayName: "Directory", catalog: "Company", target: "Directory",
        roles: [{displayName: "CRM", origin: {group: "crm"}}, {displayName: "Wiki", origin: {group: "wiki"}}]},
        {displayName: "OldName", catalog: "Company", target: "Directory", roles: [{displayName: "CRM", origin: {group: "crm"}}]}]}
    ' > "$work/targets.json"
jmlctl apply "$work/targets.json" > "$work/apply" 2>&1 || { cat "$work/apply"; echo 'Bail out! no targets'; exit 99; }
{
    roles='Directory/CRM' package CRM none
    roles='OldName/CRM' package Again none
    workflow joiner hire:0 "(department eq 'Sales')" mail:welcome
    workflow keeper hire:0 "(department eq 'Desk')" request:CRM/none
} | jq -s --slurpfile known "$work/targets.json" '$known[0] + {
        accessPackages: [.[] | select(has("resourceRoleScopes"))], workflows: [.[] | select(has("tasks"))]}
    | (.workflows[] | select(.displayName == "joiner")).tasks = [
        {displayName: "account", isEnabled: true, continueOnError: false,
         taskDefinitionId: "6fc52c9d-398b-4305-9763-15f42c1676fc", arguments: []},
        {displayName: "group", isEnabled: true, continueOnError: false,
         taskDefinitionId: "22085229-5809-45e8-97fd-270d28d66910",
         arguments: [{name: "groupID", value: "Directory/Wiki"}]}]' > "$work/company.json"
ok "documents apply" jmlctl apply "$work/company.json"

# ---- what tasks gave

event joiner E1 "$(day 0)" '{"department": "Sales", "uid": "ann"}' > "$work/id"
once
is "tasks made the account and the member" "$(account ann)|$(members wiki)" 'there|ann'
event leaver E1 none '{"immediate": true}' source=hr source_ref=l1 > "$work/id"
once
is "whoever leaves loses both, without a workflow for it" "$(account ann)|$(members wiki)" 'there locked|'
is "the audit says why" "$(q "SELECT DISTINCT reason FROM jml.audit WHERE rule = 605")" 'a task gave it, and the last employment has ended'
event rescind E1 none '{}' source=hr supersedes=l1 > "$work/id"
once
is "the leave was a mistake: both are back" "$(account ann)|$(members wiki)" 'there|ann'
event leaver E1 none '{"immediate": true}' source=hr source_ref=l2 > "$work/id"
once
enabled=true category=leaver workflow out leave:0 "(department eq 'Sales')" mail:after | jq '
    .tasks = [{displayName: "disable", isEnabled: true, continueOnError: false,
               taskDefinitionId: "1dfdfcc7-52fa-4c2e-bf3a-e3919cc12950", arguments: []}]' | jq -s '{workflows: .}' > "$work/out.json"
ok "a workflow for leavers disables accounts" jmlctl apply "$work/out.json"
event rescind E1 none '{}' source=hr supersedes=l2 > "$work/id"
once
event leaver E1 none '{"immediate": true}' source=hr source_ref=l3 > "$work/id"
once
is "it does" "$(account ann)|$(members wiki)" 'there locked|'
event rescind E1 none '{}' source=hr supersedes=l3 > "$work/id"
once
is "and what it did is undone with the leave" "$(account ann)|$(members wiki)" 'there|ann'
event leaver E1 none '{"immediate": true}' source=hr source_ref=l4 > "$work/id"
once
is "and gone with the next one" "$(account ann)|$(members wiki)" 'there locked|'

# ---- on its way when they leave

slapd_stop
event joiner E2 "$(day 0)" '{"department": "Sales", "uid": "bob"}' > "$work/id"
once
event leaver E2 none '{"immediate": true}' > "$work/id"
once
slapd_start
retry() { # until nothing is open
    local limit=$((SECONDS + 60))
    until [ "$(q "SELECT count(*) FROM jml.delivery WHERE due_at IS NOT NULL")" = 0 ]; do
        [ "$SECONDS" -lt "$limit" ] || { q "SELECT * FROM jml.deliveries WHERE due_at IS NOT NULL" | sed 's/^/# /'; return 1; }
        once
        sleep 0.2
    done
}
ok "all is done when the directory is back" retry
is "no account was made for who had left" "$(account bob)|$(members wiki)" '|'
superseded=$(q "SELECT d.id FROM jml.delivery d JOIN jml.person p ON p.id = d.person_id WHERE p.employee_id = 'E2' AND d.state = 'failed'")
jmlctl delivery retry $superseded > "$work/x" 2>&1
once
is "nor by a retry" "$(account bob)" ''
is "which is refused" "$(q "SELECT count(*) FROM jml.command WHERE kind = 'delivery_retry' AND error LIKE 'not_wanted%'")" \
    "$(wc -w <<< "$superseded")"

# ---- two people are one

event joiner E3 "$(day 0)" '{"department": "Desk", "uid": "cy"}' > "$work/id"
event joiner E4 "$(day 0)" '{"department": "Desk", "uid": "cyril"}' > "$work/id"
once
is "each has an account" "$(members crm)" 'cy cyril'
jmlctl person merge E4 E3 > "$work/x"
once
ok "and all is done" retry
is "one of them goes on" "$(members crm)" cy
is "the assignment does" "$(q "SELECT count(*) FROM jml.assignments WHERE state = 'delivered' AND employee_id = 'E3'")" 1
event leaver E3 none '{"immediate": true}' > "$work/id"
once
is "nothing stays behind" "$(members crm)" ''
is "and that is confirmed" "$(q "SELECT bool_and(revoked_at IS NOT NULL) FROM jml.assignments WHERE employee_id = 'E3'")" t

event joiner E8 "$(day 0)" '{"department": "Sales", "uid": "gus"}' > "$work/id"
event joiner E9 "$(day 0)" '{"department": "Sales", "uid": "gustav"}' > "$work/id"
once
is "tasks gave something to each" "$(members wiki)" 'gus gustav'
jmlctl person merge E9 E8 > "$work/x"
once
ok "all is done" retry
is "one of them has it on, and the other account is not used any more" "$(members wiki)|$(account gus)|$(account gustav)" \
    'gus|there|there locked'
event leaver E8 none '{"immediate": true}' > "$work/id"
once
is "nothing of it stays behind" "$(members wiki)|$(account gus)" '|there locked'

# ---- one account, one person

event joiner E5 "$(day 0)" '{"department": "Desk", "uid": "dan"}' > "$work/id"
once
event joiner E6 "$(day 0)" '{"department": "Desk", "uid": "Dan"}' > "$work/id"
once
ok "the other's name is looked for, and it is tried again" retry
is "two people do not share one account" "$(q "SELECT state, split_part(error, ':', 1) FROM jml.deliveries WHERE employee_id = 'E6'")" \
    'failed|shared_account'
event leaver E6 none '{"immediate": true}' > "$work/id"
once
is "and the end of one is not that of the other" "$(members crm)" dan
event leaver E5 none '{"immediate": true}' > "$work/id"
once
is "whose account it is loses it" "$(members crm)" ''
slapd_as_root ldapdelete "uid=dan,ou=people,$base"
event joiner E7 "$(day 0)" '{"department": "Desk", "uid": "dan"}' > "$work/id"
once
is "the name is given to somebody new" "$(members crm)|$(q "SELECT state FROM jml.assignments WHERE employee_id = 'E7'")" 'dan|delivered'
q "INSERT INTO jml.delivery (person_id, action, state, target, seq, due_at)
   SELECT p.id, 'deleteAccount', 'removing', 'Directory', nextval('jml.delivery_seq'), jml.now() FROM jml.person p WHERE p.employee_id = 'E5'" > "$work/x"
once
is "what comes late for the former one does not hit it" "$(members crm)|$(account dan)" 'dan|there'
ok "and is done" retry

# ---- two roles that lead to one group

jmlctl assignment add Again --employee E7 > "$work/x"
once
is "somebody has a group by two roles" "$(q "SELECT count(*) FROM jml.assignments WHERE employee_id = 'E7' AND state = 'delivered'")" 2
jmlctl drift --wait=1s > "$work/x" 2>&1
once
is "nothing differs for that" "$(jmlctl --json drift --known | jq length)" 0
jmlctl assignment remove "$(q "SELECT id FROM jml.assignments WHERE employee_id = 'E7' AND access_package = 'Again'")" > "$work/x"
once
is "the end of one takes nothing from the other" "$(members crm)" dan

# ---- the kind of a target

jq '.targets[0] |= {displayName, kind: "null"}' "$work/targets.json" > "$work/other.json"
ok "a kind does not change while people have roles there" refuses 'is of kind ldap, and 1 people have roles there' jmlctl apply "$work/other.json"
ok "the audit verifies" jmlctl audit verify

# ---- somebody comes back under another id

event joiner R1 "$(day 0)" '{"department": "Sales", "uid": "rex"}' > "$work/id"
at "$(instant 1 12:00)"
event leaver R1 "$(day 2)" > "$work/id"
at "$(instant 3 12:00)"
is "who left has nothing" "$(members wiki)|$(account rex)" '|there locked'
event joiner R2 "$(day 5)" '{"department": "Sales", "uid": "rexy"}' > "$work/id"
at "$(instant 5 12:00)"
is "who came back has another account" "$(members wiki)|$(account rexy)" 'rexy|there'
jmlctl --clock-offset 5d person merge R2 R1 > "$work/x"
at "$(instant 5 13:00)"
at "$(instant 5 14:00)"
is "they are one: what there is is on the first account" "$(members wiki)|$(account rex)|$(account rexy)" 'rex|there|there locked'
finish

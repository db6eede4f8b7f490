#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Drift, over a real directory (slapd) and a running daemon: a member that somebody takes out by hand is found,
# the assignment is not shown delivered any more, repair puts it back; an extra member is reported, and removed
# only where the target is owned; too much is held back; what cannot be read is said; scans come by themselves.
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

people=24
base=dc=example,dc=com
slapd_make "$work/slapd" && slapd_start || { echo 'Bail out! no slapd'; exit 99; }
group() { printf '%s\n' "dn: cn=$1,ou=groups,$base" 'objectClass: groupOfNames' "cn: $1" 'member: cn=nobody' ''; }
{ group crm; group wiki; } | slapd_as_root ldapadd > /dev/null
{
    for extra in stranger guest; do
        printf '%s\n' "dn: uid=$extra,ou=people,$base" 'objectClass: inetOrgPerson' "uid: $extra" "cn: $extra" 'sn: x' ''
    done
} | slapd_as_root ldapadd > /dev/null
members() { # GROUP
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -s base -b "cn=$1,ou=groups,$base" member |
        sed -n 's/^member: uid=\([^,]*\),.*/\1/p' | sort | paste -sd ' '
}
by_hand() { # add|delete GROUP UID...
    local how=$1 group=$2 who
    shift 2
    for who; do
        printf '%s\n' "dn: cn=$group,ou=groups,$base" 'changetype: modify' "$how: member" "member: uid=$who,ou=people,$base" ''
    done | slapd_as_root ldapmodify > /dev/null
}

world drift
documents() { # OWNED
    jq -n --arg dir "$slapd_dir" --arg uri "$slapd_ldap" --argjson owned "$1" '
        {catalogs: [{displayName: "Company"}],
         targets: [{displayName: "Directory", kind: "ldap", isOwned: $owned, settings: {uri: $uri, startTls: true,
                caFile: "\($dir)/ca.crt", bindDn: "cn=service,dc=example,dc=com", passwordFile: "\($dir)/password",
                peopleBase: "ou=people,dc=example,dc=com", groupBase: "ou=groups,dc=example,dc=com",
                accountFilter: "(uid={{uid}})", accountDn: "uid={{uid}},ou=people,dc=example,dc=com",
                accountAttributes: {objectClass: ["inetOrgPerson"], uid: "{{uid}}", cn: "{{uid}}", sn: "{{uid}}"},
                placeholderMember: "cn=nobody"}},
            {displayName: "Desk", kind: "manual"}],
         resources: [{displayName: "Directory", catalog: "Company", target: "Directory",
            roles: [{displayName: "CRM", origin: {group: "crm"}}, {displayName: "Wiki", origin: {group: "wiki"}}]}]}'
}
documents false > "$work/targets.json"
jmlctl apply "$work/targets.json" > "$work/apply" 2>&1 || { cat "$work/apply"; echo 'Bail out! no targets'; exit 99; }
{
    roles='Directory/CRM' package CRM none
    roles='Directory/Wiki Directory/CRM' package Both none
    workflow joiner hire:0 "(department eq 'Sales')" request:CRM/none
} | jq -s --slurpfile known "$work/targets.json" '$known[0] + {
        accessPackages: [.[] | select(has("resourceRoleScopes"))], workflows: [.[] | select(has("tasks"))]}' > "$work/company.json"
ok "documents apply" jmlctl apply "$work/company.json"
ok "a target that nobody can ask is refused, with what could be" refuses "cannot be asked who has a role" \
    jmlctl drift --target Desk
ok "as is one that is not there" refuses 'there is no target' jmlctl drift --target Nowhere
ok "a limit without repair is a mistake" refuses 'give both' jmlctl drift --limit 3

daemon_start one
for i in $(seq $people); do
    q "INSERT INTO jml.event (source, source_ref, kind, employee_id, effective_on, attributes)
       VALUES ('test', 'j$i', 'joiner', 'E$i', '$(day 0)', '{\"department\": \"Sales\", \"uid\": \"u$i\"}')" > /dev/null
done
until_true 60 "select count(*) = $people from jml.assignment where state = 'delivered'"
everybody=$(members crm)
is "everybody is in the group" "$(wc -w <<< "$everybody")" $people
ok "nothing differs" jmlctl drift --target Directory
state() { q "SELECT state FROM jml.assignments WHERE employee_id = '$1' AND access_package = '${2:-CRM}'"; }
found() { jmlctl --json drift "$@" | jq -r '.[] | [.kind, .role, .account, .employee_id // "-", .action] | join(" ")'; }

# ---- a member is taken out by hand

by_hand delete crm u7
is "the scan finds it" "$(found)" "missing CRM uid=u7,ou=people,$base E7 reported"
is "the assignment is not delivered any more" "$(state E7)" deliveryFailed
is "nobody else's has changed" "$(q "SELECT count(*) FROM jml.assignment WHERE state = 'delivered'")" $((people - 1))
is "it is not repaired by being found" "$(members crm | grep -cw u7)" 0
ok "the journal says so" grep -q 'target Directory: .* 1 lack theirs' "$work/one.log"
is "the audit, too" "$(q "SELECT rule, reason FROM jml.audit WHERE object_type = 'delivery' AND rule > 614")" \
    '616|drift: missing at the target'
is "health tells" "$(jmlctl --json health | jq -r '.[] | select(.check == "drift") | "\(.state) \(.count)"')" 'warning 1'
ok "what is known can be seen without asking" refuses 'CRM' jmlctl drift --known
ok "repair puts it back" jmlctl drift --repair
is "it is a member again" "$(members crm)" "$everybody"
until_true 20 "select state = 'delivered' from jml.assignments where employee_id = 'E7'"
is "the assignment is delivered" "$(state E7)" delivered
is "and confirmed" "$(q "SELECT confirmed_at IS NOT NULL FROM jml.deliveries WHERE employee_id = 'E7'")" t
ok "nothing differs then" jmlctl drift
is "and nothing is known to" "$(found --known)" ''
is "nor does health" "$(jmlctl --json health | jq -r '.[] | select(.check == "drift") | .state')" ok

by_hand delete crm u8
jmlctl drift > "$work/x" 2>&1
ok "one delivery can be retried by itself" jmlctl delivery retry \
    "$(q "SELECT d.id FROM jml.delivery d JOIN jml.person p ON p.id = d.person_id WHERE p.employee_id = 'E8'")"
until_true 20 "select state = 'delivered' from jml.assignments where employee_id = 'E8'"
is "it is a member again, too" "$(members crm)" "$everybody"

by_hand delete crm u8
jmlctl drift > "$work/x" 2>&1
by_hand add crm u8
jmlctl drift > "$work/x" 2>&1
until_true 20 "select state = 'delivered' from jml.assignments where employee_id = 'E8'"
is "what is there after all is delivered again" "$(state E8)" delivered

# ---- two assignments justify one role

jmlctl assignment add Both --employee E3 > "$work/x"
until_true 20 "select state = 'delivered' from jml.assignments where employee_id = 'E3' and access_package = 'Both'"
by_hand delete crm u3
is "both assignments miss it" "$(found)" "missing CRM uid=u3,ou=people,$base E3 reported"
is "one wholly, one partly" "$(state E3) $(state E3 Both)" 'deliveryFailed partiallyDelivered'
ok "repair" jmlctl drift --repair
is "it is there again" "$(members crm) $(members wiki)" "$everybody u3"

# ---- extra members

by_hand add crm stranger
is "an extra member is reported" "$(found)" "extra CRM uid=stranger,ou=people,$base - reported"
is "repair leaves it: the target is not owned" "$(found --repair)" "extra CRM uid=stranger,ou=people,$base - reported"
is "it is a member still" "$(members crm | grep -cw stranger)" 1
documents true > "$work/owned.json"
ok "the target is owned now" jmlctl apply "$work/owned.json"
is "a report removes nothing, either" "$(found)" "extra CRM uid=stranger,ou=people,$base - reported"
ok "repair removes it" jmlctl drift --repair
is "it is gone" "$(members crm)" "$everybody"
is "its account is not" "$(slapd_as_root ldapsearch -LLL -b "ou=people,$base" '(uid=stranger)' dn | grep -c ^dn)" 1
is "the audit says why" "$(q "SELECT to_state, reason FROM jml.audit WHERE rule IN (605, 612) ORDER BY id")" \
    "removing|drift: nothing justifies it
removed|confirmed by the target"

by_hand add crm stranger
by_hand delete crm u9
is "missing and extra in one repair" "$(found --repair)" "extra CRM uid=stranger,ou=people,$base - mended
missing CRM uid=u9,ou=people,$base E9 mended"
is "the one is back, the other gone" "$(members crm)" "$everybody"

printf '%s\n' "dn: cn=crm,ou=groups,$base" 'changetype: modify' 'add: member' "member: cn=wiki,ou=groups,$base" '' |
    slapd_as_root ldapmodify > /dev/null
ok "a group within the group is no account" jmlctl drift --repair
is "and stays" "$(slapd_as_root ldapsearch -LLL -o ldif-wrap=no -s base -b "cn=crm,ou=groups,$base" member | grep -c 'cn=wiki')" 1
printf '%s\n' "dn: cn=crm,ou=groups,$base" 'changetype: modify' 'delete: member' "member: cn=wiki,ou=groups,$base" '' |
    slapd_as_root ldapmodify > /dev/null

# ---- somebody whose access ended, put back by hand

jmlctl assignment remove "$(q "SELECT id FROM jml.assignments WHERE employee_id = 'E10'")" > "$work/x"
until_true 20 "select revoked_at is not null from jml.assignments where employee_id = 'E10'"
by_hand add crm u10
is "an extra that is known by name" "$(found)" "extra CRM uid=u10,ou=people,$base E10 reported"
ok "repair" jmlctl drift --repair
everybody=$(tr ' ' '\n' <<< "$everybody" | grep -vx u10 | paste -sd ' ')
is "gone" "$(members crm)" "$everybody"

# ---- an account that is called by another name

printf '%s\n' "dn: uid=u11,ou=people,$base" 'changetype: modrdn' 'newrdn: uid=eleven' 'deleteoldrdn: 0' | slapd_as_root ldapmodify > /dev/null
ok "a renamed account is missing and extra at once" jmlctl drift --repair
is "and is a member still, by its new name" "$(members crm | tr ' ' '\n' | grep -cx -e u11 -e eleven)" 1
ok "nothing differs after that" jmlctl drift
everybody=$(members crm)

# ---- the brake

by_hand delete crm $(seq -f 'u%.0f' 12 $people)
ok "too much is held back" refuses 'more than 10: nothing was done' jmlctl drift --repair
is "nobody's assignment changed" "$(q "SELECT count(*) FROM jml.assignment WHERE state IN ('deliveryFailed', 'delivering')")" 0
is "nothing was put back" "$(members crm | wc -w)" $((people - 1 - 13))
is "health tells of that" "$(jmlctl --json health | jq -r '.[] | select(.check == "drift") | "\(.state) \(.count)"')" 'warning 13'
ok "a limit that is too low does not help" refuses 'more than 12' jmlctl drift --target Directory --repair --limit 12
ok "who says how much is right goes on" jmlctl drift --target Directory --repair --limit 13
is "all are back" "$(members crm)" "$everybody"

# ---- a group that is gone, and a target that is away

slapd_as_root ldapdelete "cn=wiki,ou=groups,$base"
ok "a role that cannot be read is said" refuses 'no_group' jmlctl drift
is "it is not taken for an empty one" "$(state E3 Both)" delivered
group wiki | slapd_as_root ldapadd > /dev/null
by_hand add wiki u3
ok "it can be read again" jmlctl drift
slapd_stop
ok "a target that is away is said" refuses 'Directory: ' jmlctl drift --wait=90s
is "nobody's assignment changed for that" "$(q "SELECT count(*) FROM jml.assignment WHERE state = 'delivered'")" $people
slapd_start
daemon_stop one
is "the daemon ended well" "$daemon_status" 0
ok "nobody to ask: it is waited for, and said" refuses 'is a daemon running' jmlctl drift --wait=1s
once
is "the next daemon makes the scan" "$(q "SELECT count(*) FROM jml.drift_scan WHERE state IN ('pending', 'inProgress')")" 0

# ---- by itself

n=$(q 'SELECT count(*) FROM jml.drift_scan')
by_hand delete crm u2
at "$(instant 3)"
is "a scan comes every day" "$(q 'SELECT count(*) FROM jml.drift_scan')" $((n + 1))
is "by itself it reports" "$(q "SELECT d.kind || ' ' || d.action FROM jml.drift d")" 'missing reported'
printf '[targets]\ndrift_repair = yes\ndrift_interval = 1h\n' > "$work/jmld.conf"
at "$(instant 3 02:00)" -c "$work/jmld.conf"
at "$(instant 3 02:01)" -c "$work/jmld.conf"
is "and repairs where it is told to" "$(members crm)" "$everybody"
printf '[targets]\ndrift_interval = 0s\n' > "$work/jmld.conf"
n=$(q 'SELECT count(*) FROM jml.drift_scan')
at "$(instant 30)" -c "$work/jmld.conf"
is "or does not come at all" "$(q 'SELECT count(*) FROM jml.drift_scan')" "$n"
ok "the audit verifies" jmlctl audit verify
finish

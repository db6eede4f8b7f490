#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A directory that dies in the middle of 500 grants: nothing else waits for it, that is said once, and when it is
# back all of it is delivered, nothing of it twice. JML_OUTAGE: for how many seconds it is away.
# timeout: 420
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}" "${JML_OUTAGE:=10}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"
. "$JML_SRC/tests/lib/slapd.sh"

if ! [ -x /usr/sbin/slapd ] || ! command -v ldapsearch > /dev/null; then
    echo "1..0 # SKIP slapd and ldap-utils are not installed"
    exit 0
fi
trap 'slapd_stop; daemons_end' EXIT

# ---- the targets

slapd_make "$work/slapd" && slapd_start && slapd_log || { echo 'Bail out! no slapd'; exit 99; }
base=dc=example,dc=com
printf '%s\n' "dn: cn=crm,ou=groups,$base" 'objectClass: groupOfNames' 'cn: crm' 'member: cn=nobody' |
    slapd_as_root ldapadd > /dev/null
members() {
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -s base -b "cn=crm,ou=groups,$base" member |
        sed -n 's/^member: uid=\([^,]*\),.*/\1/p' | sort
}

world outage
psql -X -q -d postgres -c 'CREATE DATABASE warehouse'
psql -X -q -d warehouse << 'SQL'
CREATE TABLE public.access (employee_id text, role text, PRIMARY KEY (employee_id, role));
CREATE TABLE public.call (at timestamptz DEFAULT clock_timestamp(), employee_id text, role text, action text);
CREATE FUNCTION public.jml(j jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    who text := j->>'employeeId';
    what text := j->'origin'->>'name';
BEGIN
    INSERT INTO public.call (employee_id, role, action) VALUES (who, what, j->>'action');
    IF j->>'action' = 'grant' THEN
        INSERT INTO public.access VALUES (who, what) ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM public.access a WHERE a.employee_id = who AND a.role = what;
    END IF;
    RETURN 'confirmed';
END $$;
SQL
warehouse() { psql -X -q -A -t -d warehouse -c "$1"; }

# ---- the documents: who works in Sales has a role at both, who works in the depot at one of them

jq -n --arg dir "$slapd_dir" --arg uri "$slapd_ldap" --arg host "$PGHOST" --arg port "$PGPORT" '
    {catalogs: [{displayName: "Company"}],
     targets: [
        {displayName: "Directory", kind: "ldap", settings: {uri: $uri, startTls: true, caFile: "\($dir)/ca.crt",
            bindDn: "cn=service,dc=example,dc=com", passwordFile: "\($dir)/password",
            peopleBase: "ou=people,dc=example,dc=com", groupBase: "ou=groups,dc=example,dc=com",
            accountFilter: "(uid={{employeeId}})", accountDn: "uid={{employeeId}},ou=people,dc=example,dc=com",
            accountAttributes: {objectClass: ["inetOrgPerson"], uid: "{{employeeId}}", cn: "{{employeeId}}",
                sn: "{{employeeId}}"},
            placeholderMember: "cn=nobody"}},
        {displayName: "Warehouse", kind: "sql", concurrency: 2,
         settings: {conninfo: "host=\($host) port=\($port) dbname=warehouse user=postgres", function: "public.jml"}}],
     resources: [
        {displayName: "Directory", catalog: "Company", target: "Directory",
         roles: [{displayName: "CRM", origin: {group: "crm"}}]},
        {displayName: "Warehouse", catalog: "Company", target: "Warehouse",
         roles: [{displayName: "Clerk", origin: {name: "clerk"}}, {displayName: "Driver", origin: {name: "driver"}}]}]}
    ' > "$work/targets.json"
{
    roles='Directory/CRM Warehouse/Clerk' package Sales none
    roles='Warehouse/Driver' package Depot none
    workflow sales hire:0 "(department eq 'Sales')" request:Sales/none
    workflow depot hire:0 "(department eq 'Depot')" request:Depot/none
} | jq -s --slurpfile known "$work/targets.json" '$known[0] + {
        accessPackages: [.[] | select(has("resourceRoleScopes"))], workflows: [.[] | select(has("tasks"))]}' > "$work/company.json"
ok "the documents apply" jmlctl apply "$work/company.json"

join() { # DEPARTMENT PREFIX N
    q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
       SELECT 'joiner', '$2' || i, current_date, '{\"department\":\"$1\"}' FROM generate_series(1, $3) i"
}
leave() { # SELECT employee_id ...
    q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
       SELECT 'leaver', x.employee_id, NULL, '{\"immediate\": true}' FROM ($1) x RETURNING employee_id"
}
grants() { # WHERE: how many of the directory
    q "SELECT count(*) FROM jml.delivery d JOIN jml.person p ON p.id = d.person_id
       WHERE d.target = 'Directory' AND d.action = 'grant' AND ($1)"
}
says() { grep -c -- "$1" "$work/d.log"; }
lines() { wc -l < "$work/d.log"; }

# ---- it dies

daemon_start d
until_says 20 d 'is ready'
join Sales E 500
until_true 60 "SELECT count(*) >= 100 FROM jml.delivery WHERE target = 'Directory' AND state = 'delivered'"
slapd_kill
died=$SECONDS
before=$(grants "d.state = 'delivered'")
echo "# $before of 500 were delivered"
ok "it dies in the middle" test "$before" -lt 500

ok "the other target has everybody" until_true 60 \
    "SELECT count(*) = 500 FROM jml.delivery WHERE target = 'Warehouse' AND state = 'delivered'"
ok "that it cannot be reached is said" until_says 20 d 'target Directory cannot be reached'
join Depot D 50
ok "new people get what they have elsewhere" until_true 20 \
    "SELECT count(*) = 50 FROM jml.assignments WHERE access_package = 'Depot' AND state = 'delivered'"
# leavers: some who are in the directory, some whose turn had not come
had=$(leave "SELECT p.employee_id FROM jml.delivery d JOIN jml.person p ON p.id = d.person_id
    WHERE d.target = 'Directory' AND d.state = 'delivered' ORDER BY d.seq LIMIT 10")
never=$(leave "SELECT p.employee_id FROM jml.delivery d JOIN jml.person p ON p.id = d.person_id
    WHERE d.target = 'Directory' AND d.state = 'pending' AND d.attempts = 0 ORDER BY d.seq DESC LIMIT 10")
leave "SELECT employee_id FROM jml.person WHERE employee_id IN ('D1', 'D2')" > "$work/x"
ok "leavers lose what they have elsewhere" until_true 20 \
    "SELECT count(*) = 22 FROM jml.delivery WHERE target = 'Warehouse' AND state = 'removed'"
ok "their access has ended" until_true 10 "SELECT count(*) = 22 FROM jml.assignments WHERE state = 'expired'"
is "and is not said to be taken where it cannot be" \
    "$(q "SELECT count(*) FROM jml.assignments WHERE access_package = 'Sales' AND state = 'expired' AND revoked_at IS NULL
          AND employee_id IN ('${had//$'\n'/\',\'}')")" 10
is "at the other target nobody was called twice" \
    "$(warehouse 'SELECT count(*) - count(DISTINCT (employee_id, role, action)) FROM public.call')" 0

# ---- for a while nothing happens
from=$(lines)
quiet=$SECONDS
while [ $((SECONDS - died)) -lt "$JML_OUTAGE" ] || [ $((SECONDS - quiet)) -lt 4 ]; do
    sleep 0.2
done
echo "# it was away for $((SECONDS - died)) s; meanwhile the daemon said $(($(lines) - from)) lines"
ok "while it is away the daemon says nothing of it" test $(($(lines) - from)) -le 2
is "that it cannot be reached was said once" "$(says 'target Directory cannot be reached')" 1
ok "it is asked now and then" test "$(q "SELECT sum(attempts) FROM jml.delivery WHERE target = 'Directory' AND state = 'pending'")" -le 60
is "nothing is given up" "$(grants "d.state = 'failed' AND d.error NOT LIKE 'superseded:%'")" 0

# ---- it is back

slapd_start || { echo 'Bail out! slapd does not start again'; exit 99; }
ok "when it is back, that is said" until_says 90 d 'target Directory can be reached again'
ok "all is delivered" until_true 90 "SELECT count(*) = 480 FROM jml.assignments WHERE access_package = 'Sales' AND state = 'delivered'"
ok "all is taken" until_true 30 "SELECT count(*) = 22 FROM jml.assignments WHERE state = 'expired' AND revoked_at IS NOT NULL"
ok "nothing is left to do" until_true 10 "SELECT NOT EXISTS (SELECT FROM jml.delivery WHERE due_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM jml.queue)"
is "it is said once" "$(says 'target Directory can be reached again')" 1
is "the group has whoever is to be in it" "$(members | md5sum)" "$(q "SELECT employee_id FROM jml.assignments
    WHERE access_package = 'Sales' AND state = 'delivered'" | sort | md5sum)"
is "and nobody twice" "$(members | sort | uniq -d)" ''
is "every grant was confirmed" "$(grants "d.state = 'delivered' AND d.confirmed_at IS NOT NULL")" 490
is "nothing has failed but what was taken before it was given" "$(grants "d.state = 'failed'") $(grants "d.error LIKE 'superseded:%'")" '10 10'

# what the directory itself has seen
slapd_wrote "(reqDN=cn=crm,ou=groups,$base)" > "$work/wrote"
given() { sed -n "s/^$1 .* member:+ uid=\([^,]*\),.*/\1/p" "$work/wrote"; }
is "nobody was added twice" "$(given 0 | sort | uniq -d)" ''
# what each of the two connections did when it died may not have come into its record
ok "and everybody once" test "$(given 0 | wc -l)" -ge 488
echo "# $(given 20 | wc -l) were asked for that were there already; other refusals: $(grep -cv '^\(0\|20\) ' "$work/wrote")"
ok "few were asked for again, which was so already" test "$(given 20 | wc -l)" -le 16
is "nothing was refused for another reason" "$(grep -v '^\(0\|20\) ' "$work/wrote")" ''
is "leavers were taken out once" "$(sed -n 's/^0 .* member:- uid=\([^,]*\),.*/\1/p' "$work/wrote" | sort | xargs)" "$(printf '%s\n' "$had" | sort | xargs)"
is "who left before was never in" "$(given '[0-9]*' | grep -cxF "$never")" 0
is "the other target's rows are those of who is there" "$(warehouse "SELECT role || ' ' || count(*) FROM public.access GROUP BY role ORDER BY role" | xargs)" \
    'clerk 480 driver 48'

# ---- it hangs: it takes what is sent, and says nothing

jq '.targets[0].deadline = "PT2S"' "$work/company.json" > "$work/patient.json"
ok "its deadline is made shorter" jmlctl apply "$work/patient.json"
until_says 20 d 'revision [0-9]*: 2 packages' 2
kill -STOP "$(cat "$slapd_dir/pid")"
join Sales H 40
ok "when it hangs, that is said, too" until_says 40 d 'target Directory cannot be reached' 2
ok "the other target has everybody meanwhile" until_true 20 \
    "SELECT count(*) = 540 FROM jml.delivery WHERE target = 'Warehouse' AND action = 'grant' AND state = 'delivered'
     AND resource_role_id = (SELECT id FROM jml.resource_role WHERE display_name = 'Clerk')"
hung=$(leave "SELECT p.employee_id FROM jml.delivery d JOIN jml.person p ON p.id = d.person_id
    WHERE d.target = 'Directory' AND p.employee_id ~ '^H' AND d.attempts > 0 ORDER BY d.seq LIMIT 3
    ")
ok "leavers go on" until_true 20 "SELECT count(*) = 3 FROM jml.person WHERE employee_id ~ '^H' AND state = 'left'"
stopped=$SECONDS
daemon_stop d
is "a daemon that waits for it ends in order" "$daemon_status" 0
ok "within seconds" test $((SECONDS - stopped)) -le 9
daemon_start d
ok "the next one finds it hanging, too" until_says 40 d 'target Directory cannot be reached' 3
kill -CONT "$(cat "$slapd_dir/pid")"
ok "when it goes on, that is said" until_says 60 d 'target Directory can be reached again' 2
ok "all is delivered, and all is taken" until_true 60 "SELECT NOT EXISTS (SELECT FROM jml.delivery WHERE due_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM jml.queue) AND NOT EXISTS (SELECT FROM jml.assignments WHERE state = 'delivering')"
sleep 1 # what was sent to it while it hung may come to something only now
is "the group has whoever is to be in it" "$(members | md5sum)" "$(q "SELECT employee_id FROM jml.assignments
    WHERE access_package = 'Sales' AND state = 'delivered'" | sort | md5sum)"
is "nobody of those who left" "$(members | grep -cxF "$hung")" 0
is "nothing was given up" "$(grants "d.state = 'failed' AND d.error NOT LIKE 'superseded:%'")" 0
slapd_wrote "(reqDN=cn=crm,ou=groups,$base)" > "$work/wrote"
is "nobody was added twice" "$(given 0 | sort | uniq -d)" ''

echo "# the daemon said $(lines) lines in all"
is "errors and warnings were no more than these" "$(grep -ciE '\berror\b|cannot|failed' "$work/d.log" | xargs)" \
    "$(grep -cE 'target Directory cannot be reached| 0 failed$' "$work/d.log")"
ok "the audit verifies" jmlctl audit verify
daemon_stop d
is "the daemon ends in order" "$daemon_status" 0
finish

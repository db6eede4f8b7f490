#!/bin/bash
# SPDX-License-Identifier: MIT
#
# kill -9 at random while access is delivered, thirty times, and then of one of two daemons: every target ends
# with what assignments justify, asked with a client of its own. JML_SEED: the moments once more.
# timeout: 420
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"
. "$JML_SRC/tests/lib/slapd.sh"
kills=30

if ! [ -x /usr/sbin/slapd ] || ! command -v ldapsearch > /dev/null; then
    echo "1..0 # SKIP slapd and ldap-utils are not installed"
    exit 0
fi
servers=()
end() {
    local pid
    slapd_stop
    for pid in "${servers[@]}"; do
        kill -9 "$pid" 2> /dev/null
        wait "$pid" 2> /dev/null
    done
    daemons_end
}
trap end EXIT
answers() { # FILE: what stands in it, when something does
    local limit=$((SECONDS + 30))
    until [ -s "$1" ]; do
        [ "$SECONDS" -lt "$limit" ] || { echo "Bail out! nobody wrote $1"; exit 99; }
        sleep 0.05
    done
    cat "$1"
}
seed=${JML_SEED:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$seed
echo "# JML_SEED=$seed"

# ---- the targets; of each who has which of its roles: ROLE WHO, sorted

slapd_make "$work/slapd" && slapd_start && slapd_log || { echo 'Bail out! no slapd'; exit 99; }
base=dc=example,dc=com
for group in crm code; do
    printf '%s\n' "dn: cn=$group,ou=groups,$base" 'objectClass: groupOfNames' "cn: $group" 'member: cn=nobody' ''
done | slapd_as_root ldapadd > /dev/null
at_Directory() {
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b "ou=groups,$base" '(objectClass=groupOfNames)' member |
        awk -F '[=,]' '/^dn: / { group = $2 } /^member: uid=/ { print group, $2 }' |
        sort
}

python3 "$JML_SRC/tests/target/answers.py" "$work/hook.port" "$work/hook.requests" > "$work/hook.log" 2>&1 < /dev/null &
servers+=($!)
hook="http://127.0.0.1:$(answers "$work/hook.port")/late?ms=20"
at_Hook() { # a call whose body was cut off was none
    jq -r '.body | fromjson? | "\(.origin.name) \(.employeeId) \(.action)"' "$work/hook.requests" |
        awk '{ last[$1 " " $2] = $3 } END { for (x in last) if (last[x] == "grant") print x }' | sort
}

scim=no
mkdir "$work/scim" && cp "$JML_SRC/tests/target/scim.mjs" "$work/scim"
printf '{"private": true, "type": "module"}\n' > "$work/scim/package.json"
(umask 077 && printf 'sesame\n' > "$work/token")
if command -v npm > /dev/null && command -v node > /dev/null && (cd "$work/scim" &&
    timeout 150 npm install --ignore-scripts --no-audit --no-fund --no-save --silent --fetch-retries=1 \
        scimmy@1.3.5 scimmy-routers@1.3.2 express@4.22.3 > npm.log 2>&1); then
    scim=yes
    (cd "$work/scim" && exec node scim.mjs "$work/scim.port" sesame) > "$work/scim.log" 2>&1 < /dev/null &
    servers+=($!)
    directory=http://127.0.0.1:$(answers "$work/scim.port")/scim
    asked() { # METHOD PATH [BODY]
        curl -sS -g -X "$1" -H 'Authorization: Bearer sesame' -H 'Content-Type: application/scim+json' \
            ${3:+--data "$3"} "$directory$2"
    }
    asked POST /Groups '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "wiki"}' > "$work/group"
else
    echo '# no SCIM server: npm is not there, or gives nothing'
fi
at_Wiki() {
    asked GET '/Users?count=10000' | jq -r '.Resources[] | "\(.id) \(.userName)"' | sort > "$work/users"
    asked GET "/Groups/$(jq -r .id "$work/group")" | jq -r '.members[]?.value' | sort |
        join -a 1 - "$work/users" | sed 's/^[^ ]*/wiki/' | sort
}

world killed
psql -X -q -d postgres -c 'CREATE DATABASE warehouse'
psql -X -q -d warehouse << 'SQL'
CREATE TABLE public.access (employee_id text, role text); -- twice is twice
CREATE FUNCTION public.jml(j jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    who text := j->>'employeeId';
    what text := j->'origin'->>'name';
BEGIN
    PERFORM pg_sleep(0.01);
    IF j->>'action' = 'grant' THEN
        INSERT INTO public.access SELECT who, what
        WHERE NOT EXISTS (SELECT FROM public.access a WHERE a.employee_id = who AND a.role = what);
    ELSE
        DELETE FROM public.access a WHERE a.employee_id = who AND a.role = what;
    END IF;
    RETURN 'confirmed';
END $$;
SQL
at_Warehouse() { psql -X -q -A -t -d warehouse -c "SELECT role || ' ' || employee_id FROM public.access" | sort; }
justified() { # TARGET
    q "SELECT DISTINCT coalesce(r.origin ->> 'name', r.origin ->> 'group') || ' ' || a.employee_id
       FROM jml.assignments a
       JOIN jml.access_package k ON k.display_name = a.access_package
       JOIN jml.access_package_role m ON m.access_package_id = k.id
       JOIN jml.resource_role r ON r.id = m.resource_role_id
       JOIN jml.resource s ON s.id = r.resource_id
       WHERE a.state <> 'expired' AND s.target = '$1'" | sort
}
targets="Directory Hook Warehouse$([ $scim = no ] || echo ' Wiki')"

# ---- the documents: two packages that share a role at each of two targets

jq -n --arg dir "$slapd_dir" --arg uri "$slapd_ldap" --arg hook "$hook" --arg host "$PGHOST" --arg port "$PGPORT" \
    --arg scim "$scim" --arg url "${directory:-}" --arg token "$work/token" '
    def named: {displayName: ., origin: {name: .}};
    {catalogs: [{displayName: "Company"}],
     targets: ([
        {displayName: "Directory", kind: "ldap", deadline: "PT3S", settings: {uri: $uri, startTls: true, caFile: "\($dir)/ca.crt",
            bindDn: "cn=service,dc=example,dc=com", passwordFile: "\($dir)/password",
            peopleBase: "ou=people,dc=example,dc=com", groupBase: "ou=groups,dc=example,dc=com",
            accountFilter: "(uid={{employeeId}})", accountDn: "uid={{employeeId}},ou=people,dc=example,dc=com",
            accountAttributes: {objectClass: ["inetOrgPerson"], uid: "{{employeeId}}", cn: "{{employeeId}}",
                sn: "{{employeeId}}"},
            placeholderMember: "cn=nobody"}},
        {displayName: "Hook", kind: "webhook", concurrency: 4, deadline: "PT3S", settings: {url: $hook}},
        {displayName: "Warehouse", kind: "sql", concurrency: 2, deadline: "PT3S",
         settings: {conninfo: "host=\($host) port=\($port) dbname=warehouse user=postgres", function: "public.jml"}}] +
        if $scim == "yes" then [{displayName: "Wiki", kind: "scim", deadline: "PT5S", settings: {url: $url, bearerTokenFile: $token,
            userFilter: "userName eq \"{{employeeId}}\"", userAttributes: {userName: "{{employeeId}}"}}}]
        else [] end),
     resources: ([
        {displayName: "Directory", catalog: "Company", target: "Directory",
         roles: ["crm", "code" | {displayName: ., origin: {group: .}}]},
        {displayName: "Hook", catalog: "Company", target: "Hook", roles: ["user", "admin" | named]},
        {displayName: "Warehouse", catalog: "Company", target: "Warehouse", roles: ["clerk", "guest" | named]}] +
        if $scim == "yes" then [{displayName: "Wiki", catalog: "Company", target: "Wiki",
            roles: [{displayName: "wiki", origin: {group: "wiki"}}]}] else [] end)}
    ' > "$work/targets.json"
{
    roles='Directory/crm Hook/user Warehouse/clerk' package Sales none
    roles="Directory/crm Directory/code Hook/user Hook/admin Warehouse/guest$([ $scim = no ] || echo ' Wiki/wiki')" package Tech none
    workflow sales hire:0 "(department eq 'Sales')" request:Sales/none
    workflow tech hire:0 "(department eq 'Tech')" request:Tech/none
    category=mover workflow 'to sales' change:department "(department eq 'Sales')" request:Sales/none remove:Tech
    category=mover workflow 'to tech' change:department "(department eq 'Tech')" request:Tech/none remove:Sales
} | jq -s --slurpfile known "$work/targets.json" '$known[0] + {
        accessPackages: [.[] | select(has("resourceRoleScopes"))], workflows: [.[] | select(has("tasks"))]}' > "$work/company.json"
ok "the documents apply" jmlctl apply "$work/company.json"
printf '[database]\nconninfo = %s\n[queue]\nbatch = 8\npoll_interval = 200ms\n' "$JML_DATABASE" > "$work/jmld.conf"

# Six join; of those who joined before, some move, some leave, and some of these come back.
round=0
feed() {
    round=$((round + 1))
    q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
       SELECT 'joiner', 'K$round-' || i, current_date - 2,
              jsonb_build_object('department', CASE i % 2 WHEN 0 THEN 'Sales' ELSE 'Tech' END)
       FROM generate_series(1, 6) i
       UNION ALL
       SELECT 'mover', 'K$((round - 1))-' || i, current_date - 1,
              jsonb_build_object('department', CASE i % 2 WHEN 0 THEN 'Tech' ELSE 'Sales' END)
       FROM generate_series(1, 2) i WHERE $round > 1
       UNION ALL
       SELECT 'leaver', 'K$((round - 1))-' || i, current_date - 1, '{}' FROM generate_series(4, 5) i WHERE $round > 1
       UNION ALL
       SELECT 'joiner', 'K$((round - 2))-' || i, current_date, '{\"department\": \"Sales\"}'
       FROM generate_series(4, 4) i WHERE $round > 2"
}
in_hand() { q "SELECT count(*) FROM jml.delivery WHERE due_at IS NOT NULL AND lease_until > clock_timestamp()"; }
settled() {
    until_true "$1" "SELECT NOT EXISTS (SELECT FROM jml.queue) AND NOT EXISTS (SELECT FROM jml.event WHERE state = 'pending')
        AND NOT EXISTS (SELECT FROM jml.delivery WHERE due_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM jml.assignment WHERE state = 'delivering')"
}
exactly() { # WHEN
    local target
    for target in $targets; do
        justified "$target" > "$work/wanted"
        "at_$target" > "$work/has"
        is "$1, $target has what is justified, $(wc -l < "$work/wanted") of it" "$(diff "$work/wanted" "$work/has")" ''
    done
    is "$1, every assignment says what is so" "$(q "SELECT count(*) FROM jml.assignments
        WHERE state NOT IN ('delivered', 'expired') OR state = 'expired' AND revoked_at IS NULL")" 0
    is "$1, nothing was given up" "$(q "SELECT count(*) FROM jml.delivery WHERE state = 'failed' AND error NOT LIKE 'superseded:%'")" 0
    ok "$1, the audit verifies" jmlctl audit verify
}

# ---- twenty people have both packages; one ends, then the other

q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
   SELECT 'joiner', 'S' || i, current_date - 2, '{\"department\": \"Sales\"}' FROM generate_series(1, 20) i"
shared=$(seq -f 'S%g' 1 20 | xargs)
once -c "$work/jmld.conf"
# shellcheck disable=SC2086 # as many people
{
    jmlctl assignment add Tech --policy none --employee $shared > "$work/x"
    once -c "$work/jmld.conf"
    jmlctl assignment remove Sales --employee $shared > "$work/x"
}
revokes() { # ROLE: of those who share it, and how many times at most for one person
    q "SELECT count(*), coalesce(max(n), 0) FROM (
           SELECT count(*) AS n FROM jml.delivery d JOIN jml.person p ON p.id = d.person_id
           JOIN jml.resource_role r ON r.id = d.resource_role_id
           WHERE d.action = 'revoke' AND p.employee_id ~ '^S' AND r.display_name = '$1' GROUP BY p.id) x"
}

hit=0
for ((i = 0; i < kills; i++)); do
    feed
    if [ $i = 15 ]; then
        # shellcheck disable=SC2086
        jmlctl assignment remove Tech --employee $shared > "$work/x"
        is "ending one of two packages that share a role revokes only what it alone gave" \
            "$(revokes crm) $(revokes user) $(revokes clerk)" '0|0 0|0 20|1'
    fi
    daemon_start k -c "$work/jmld.conf"
    sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
    daemon_kill k
    [ "$(in_hand)" = 0 ] || hit=$((hit + 1))
done
echo "# $hit of $kills in the middle of deliveries"
ok "the daemon was killed $kills times, at least 10 of them with deliveries in hand" test "$hit" -ge 10
daemon_start k -c "$work/jmld.conf"
ok "the last one does the rest" settled 60
exactly "after $kills times kill -9"
is "ending the other, too, revokes once" "$(revokes crm) $(revokes user) $(revokes clerk) $(revokes code)" '20|1 20|1 20|1 20|1'
is "and that is known" "$(q "SELECT count(*) FROM jml.assignments WHERE employee_id ~ '^S' AND state = 'expired' AND revoked_at IS NOT NULL")" 40
slapd_wrote "(reqDN=cn=crm,ou=groups,$base)" > "$work/wrote"
is "the directory was changed once for each of them" "$(sed -n 's/^0 .* member:\(.\) uid=s\([^,]*\),.*/\1/Ip' "$work/wrote" | sort | uniq -c | xargs)" '20 + 20 -'
daemon_stop k
is "and the daemon ends in order" "$daemon_status" 0

# ---- two daemons, one of them is killed now and then

daemon_start a -c "$work/jmld.conf"
daemon_start b -c "$work/jmld.conf"
for ((i = 0; i < 6; i++)); do
    feed
    sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
    name=$([ $((RANDOM % 2)) = 0 ] && echo a || echo b)
    daemon_kill $name
    daemon_start $name -c "$work/jmld.conf"
done
daemon_kill a
ok "the one that is left does the rest" settled 60
exactly "after one of two was killed"
daemon_stop b
is "the daemon ends in order" "$daemon_status" 0
finish

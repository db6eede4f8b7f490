#!/bin/bash
# SPDX-License-Identifier: MIT
#
# From joiner to leaver with a package of five roles on five targets: a directory (slapd), a SCIM server of
# others (npm), a webhook, a program and a function in another database. Each is asked with a client of its
# own. Where there is no npm, the SCIM server's part is left out, and said so.
# timeout: 420
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"
. "$JML_SRC/tests/lib/slapd.sh"

if ! [ -x /usr/sbin/slapd ] || ! command -v ldapsearch > /dev/null; then
    echo "1..0 # SKIP slapd and ldap-utils are not installed"
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    echo "1..0 # SKIP programs that targets run have to be root's"
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

# ---- the targets

slapd_make "$work/slapd" && slapd_start || { echo 'Bail out! no slapd'; exit 99; }
base=dc=example,dc=com
printf '%s\n' "dn: cn=crm,ou=groups,$base" 'objectClass: groupOfNames' 'cn: crm' 'member: cn=nobody' |
    slapd_as_root ldapadd > /dev/null
members() {
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -s base -b "cn=crm,ou=groups,$base" member |
        sed -n 's/^member: //p' | grep -v '^cn=nobody' | sort | paste -sd ' '
}

(umask 077 && printf 'sesame\n' > "$work/token")
scim=no
mkdir "$work/scim" && cp "$JML_SRC/tests/target/scim.mjs" "$work/scim"
printf '{"private": true, "type": "module"}\n' > "$work/scim/package.json"
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
    asked POST /Groups '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Wiki"}' > "$work/group"
fi
wikis() { asked GET "/Groups/$(jq -r .id "$work/group")" | jq '[.members[]?] | length'; }

python3 "$JML_SRC/tests/target/answers.py" "$work/hook.port" "$work/hook.requests" > "$work/hook.log" 2>&1 < /dev/null &
servers+=($!)
hook=http://127.0.0.1:$(answers "$work/hook.port")/ok
hooked() { jq -r '.body | fromjson | .action' "$work/hook.requests" | paste -sd ' '; }

mkdir "$work/programs" "$work/doors" && chmod 755 "$work/programs" "$work/doors"
cat > "$work/programs/doors" << END
#!/bin/sh
# a badge is a file
case \$1 in
    grant) : > "$work/doors/\$2" ;;
    revoke) rm -f "$work/doors/\$2" ;;
    *) exit 1 ;;
esac
END
chmod 755 "$work/programs/doors"

world arrival
psql -X -q -d postgres -c 'CREATE DATABASE warehouse'
psql -X -q -d warehouse << 'SQL'
CREATE TABLE public.access (employee_id text PRIMARY KEY);
CREATE FUNCTION public.jml(j jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF j->>'action' = 'grant' THEN
        INSERT INTO public.access VALUES (j->>'employeeId') ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM public.access a WHERE a.employee_id = j->>'employeeId';
    END IF;
    RETURN 'confirmed';
END $$;
SQL
warehouse() { psql -X -q -A -t -d warehouse -c 'SELECT count(*) FROM public.access'; }

# ---- the documents

cat > "$work/jmld.conf" << END
[database]
conninfo = $JML_DATABASE
[targets]
programs_directory = $work/programs
END
jq -n --arg dir "$slapd_dir" --arg uri "$slapd_ldap" --arg hook "$hook" --arg host "$PGHOST" --arg port "$PGPORT" \
    --arg scim "$scim" --arg url "${directory:-}" --arg token "$work/token" '
    def target($kind; $name; $settings): {displayName: $name, kind: $kind, settings: $settings};
    def resource($name; $role): {displayName: $name, catalog: "Company", target: $name, roles: [$role]};
    {catalogs: [{displayName: "Company"}],
     targets: ([
        target("ldap"; "Directory"; {uri: $uri, startTls: true, caFile: "\($dir)/ca.crt",
            bindDn: "cn=service,dc=example,dc=com", passwordFile: "\($dir)/password",
            peopleBase: "ou=people,dc=example,dc=com", groupBase: "ou=groups,dc=example,dc=com",
            accountFilter: "(uid={{uid}})", accountDn: "uid={{uid}},ou=people,dc=example,dc=com",
            accountAttributes: {objectClass: ["inetOrgPerson"], uid: "{{uid}}", cn: "{{displayName}}",
                sn: "{{surname}}", mail: "{{mail}}"},
            placeholderMember: "cn=nobody"}),
        target("webhook"; "Hook"; {url: $hook}),
        target("exec"; "Doors"; {program: "doors", arguments: ["{{operation/action}}", "{{employeeId}}"]}),
        target("sql"; "Warehouse"; {conninfo: "host=\($host) port=\($port) dbname=warehouse user=postgres",
            function: "public.jml"})] +
        if $scim == "yes" then [target("scim"; "Wiki"; {url: $url, bearerTokenFile: $token,
            userAttributes: {userName: "{{userPrincipalName}}", displayName: "{{displayName}}"}})] else [] end),
     resources: ([
        resource("Directory"; {displayName: "CRM", origin: {group: "crm"}}), resource("Hook"; "User"),
        resource("Doors"; "Day"), resource("Warehouse"; "Clerk")] +
        if $scim == "yes" then [resource("Wiki"; {displayName: "Author", origin: {group: "Wiki"}})] else [] end)}
    ' > "$work/targets.json"
ok "targets and what leads to them apply" jmlctl -d "$JML_DATABASE" apply "$work/targets.json"
{
    roles="Directory/CRM Hook/User Doors/Day Warehouse/Clerk$([ $scim = no ] || echo ' Wiki/Author')" package Everything none
    roles='Directory/CRM' package 'Only the CRM' none
    workflow joiner hire:0 "(department eq 'Sales')" request:Everything/none
} | jq -s --slurpfile known "$work/targets.json" '$known[0] + {
        accessPackages: [.[] | select(has("resourceRoleScopes"))], workflows: [.[] | select(has("tasks"))]}' > "$work/company.json"
ok "and a package of all of them" jmlctl -d "$JML_DATABASE" apply "$work/company.json"
n=$((4 + $([ $scim = yes ] && echo 1 || echo 0)))
[ $scim = yes ] || echo '# no SCIM server: npm is not there, or gives nothing'

states() {
    q "SELECT string_agg(DISTINCT d.state, ' ' ORDER BY d.state) || ' ' || count(*) FROM jml.delivery d
       JOIN jml.assignment a ON a.id = d.assignment_id JOIN jml.access_package k ON k.id = a.access_package_id
       WHERE d.action = '$1' AND k.display_name = '${2:-Everything}'"
}

# ---- joiner

event joiner E1 "$(day 0)" '{"department": "Sales", "uid": "ana", "displayName": "Ana \"A\" Lima, <b>", "surname": "Lima",
    "mail": "ana@example.com", "userPrincipalName": "ana@corp.example"}' > "$work/id"
once -c "$work/jmld.conf"
is "all of it is delivered" "$(states grant)" "delivered $n"
is "and the assignment says so" "$(q "SELECT state FROM jml.assignments")" delivered
is "the directory has the member" "$(members)" "uid=ana,ou=people,$base"
[ $scim = no ] || is "the SCIM server has the member" "$(wikis)" 1
is "the webhook was called once" "$(hooked)" grant
is "the door has the badge" "$(ls "$work/doors")" E1
is "the other database has the row" "$(warehouse)" 1
is "what can be read back is confirmed" "$(q "SELECT string_agg(target, ' ' ORDER BY target) FROM jml.delivery
    WHERE confirmed_at IS NOT NULL")" "Directory Warehouse$([ $scim = no ] || echo ' Wiki')"
is "the audit tells every step" "$(q "SELECT count(*) FROM jml.audit WHERE object_type = 'delivery' AND to_state = 'delivered'")" "$n"

# ---- two packages share a role

jmlctl -d "$JML_DATABASE" assignment add 'Only the CRM' --employee E1 > "$work/x"
once -c "$work/jmld.conf"
is "the second package is delivered, too" "$(q "SELECT state FROM jml.assignments WHERE access_package = 'Only the CRM'")" delivered
jmlctl -d "$JML_DATABASE" assignment remove "$(q "SELECT id FROM jml.assignments WHERE access_package = 'Only the CRM'")" > "$work/x"
once -c "$work/jmld.conf"
is "its end takes nothing from the directory" "$(members)" "uid=ana,ou=people,$base"
is "no revoke was even queued" "$(q "SELECT count(*) FROM jml.delivery WHERE action = 'revoke'")" 0
ok "it is revoked as far as it goes" test "$(q "SELECT revoked_at IS NOT NULL FROM jml.assignments
    WHERE access_package = 'Only the CRM'")" = t

# ---- the directory is away when the leaver comes

slapd_stop
event leaver E1 none '{"immediate": true}' > "$work/id"
once -c "$work/jmld.conf"
is "the end is decided" "$(q "SELECT state, revoked_at IS NULL FROM jml.assignments WHERE access_package = 'Everything'")" 'expired|t'
is "everywhere else it is gone" "$(hooked)|$(ls "$work/doors")|$(warehouse)$([ $scim = no ] || echo "|$(wikis)")" \
    "grant revoke||0$([ $scim = no ] || echo '|0')"
is "the directory's waits, with what was met" "$(q "SELECT target, state, error IS NOT NULL FROM jml.delivery
    WHERE action = 'revoke' AND state = 'removing'")" 'Directory|removing|t'
slapd_start
waited=$((SECONDS + 60)) # its next try is due some seconds after the last one
until [ "$(states revoke)" = "removed $n" ] || [ "$SECONDS" -ge "$waited" ]; do
    once -c "$work/jmld.conf"
    sleep 0.2
done
is "when it is back, it is gone there, too" "$(members)" ''
is "every revoke is confirmed or done" "$(states revoke)" "removed $n"
is "that is when access had ended" "$(q "SELECT revoked_at IS NOT NULL FROM jml.assignments WHERE access_package = 'Everything'")" t
ok "the audit verifies" jmlctl -d "$JML_DATABASE" audit verify
is "nobody was called twice for one thing" "$(hooked)" 'grant revoke'
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The kind scim against a SCIM server of others, from npm; skipped where there is none.
# timeout: 300
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/target.sh"
command -v npm > /dev/null && command -v node > /dev/null || exit 77
cp "$JML_SRC/tests/target/scim.mjs" "$work" && cd "$work" || exit 99
printf '{"private": true, "type": "module"}\n' > package.json
timeout 240 npm install --ignore-scripts --no-audit --no-fund --no-save --silent --fetch-retries=1 \
    scimmy@1.3.5 scimmy-routers@1.3.2 express@4.22.3 > npm.log 2>&1 || exit 77
server scim node "$work/scim.mjs" "$work/scim.port" sesame
until_file 30 "$work/scim.port" || { cat "$work/scim.log"; echo 'Bail out! no SCIM server'; exit 99; }
base=http://127.0.0.1:$(cat "$work/scim.port")/scim
umask 077
printf 'sesame\n' > "$work/token"

# asked METHOD PATH [BODY]: with a client that is not ours
asked() {
    curl -sS -g -X "$1" -H 'Authorization: Bearer sesame' -H 'Content-Type: application/scim+json' \
        ${3:+--data "$3"} "$base$2"
}
settings() {
    cat << END
{"url": "$base/", "bearerTokenFile": "$work/token",
 "userAttributes": {"userName": "{{userPrincipalName}}", "externalId": "{{employeeId}}", "displayName": "{{displayName}}",
    "name": {"givenName": "{{givenName}}", "familyName": "{{surname}}"},
    "emails": [{"type": "work", "value": "{{mail}}", "primary": true}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "{{department}}"}}${1:+, $1}}
END
}
person() { # action, n, more
    printf '{"action": "%s", "employeeId": "E%s", "attributes": {"userPrincipalName": "e%s@corp.example", "displayName": "Person \\"%s\\" Ångström", "givenName": "P%s", "mail": "e%s@example.com"}%s}' \
        "$1" "$2" "$2" "$2" "$2" "$2" "${3:+, $3}"
}
said() { one scim "$(settings "$4")" "$(person "$1" "$2" "$3")" | jq -r '.outcome + " " + (.error // "-")'; }
opens() { curl -sS -g "${base%/scim}/opens/$user/$1"; }
members() { asked GET "/Groups/$1" | jq -r '[.members[]?.value] | join(" ")'; }

crm=$(asked POST /Groups '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "CRM users"}' | jq -r .id)
wiki=$(asked POST /Groups '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Wiki"}' | jq -r .id)
by_name='"origin": {"group": "CRM users"}'
by_id='"origin": {"groupId": "'$crm'"}'

# ---- joiner
is 'a grant makes the account, adds it and reads back' "$(said grant 1 "$by_name")" 'confirmed -'
user=$(asked GET '/Users?filter=userName%20eq%20%22e1@corp.example%22' | jq -r '.Resources[0].id')
is 'the member is there' "$(members "$crm")" "$user"
is 'the account has what the template says, and nothing empty' \
    "$(asked GET "/Users/$user" | jq -c '[.userName, .externalId, .displayName, .active, .name, .emails[0].value, .department]')" \
    '["e1@corp.example","E1","Person \"1\" Ångström",true,{"givenName":"P1"},"e1@example.com",null]'
is 'again it is so already' "$(said grant 1 "$by_id")" 'confirmed -'
is 'nobody is there twice' "$(members "$crm") $(asked GET /Users | jq .totalResults)" "$user 1"
is 'the account is called by its id' "$(one scim "$(settings)" "$(person grant 1 "$by_id")" | field account)" "$user"
is 'a name that changed does not hide it' \
    "$(one scim "$(settings)" "$(person grant 99 "$by_id, \"account\": \"$user\"")" | jq -r '.outcome + " " + .account')" "confirmed $user"
is 'one that was deleted is looked for' \
    "$(one scim "$(settings)" "$(person grant 1 "$by_id, \"account\": \"gone\"")" | jq -r '.outcome + " " + .account')" "confirmed $user"
is 'a second one does not disturb the first' "$(said grant 2 "$by_name"; members "$crm")" "confirmed -
$user $(asked GET '/Users?filter=userName%20eq%20%22e2@corp.example%22' | jq -r '.Resources[0].id')"
is 'a group that is not there' "$(said grant 1 '"origin": {"group": "Nobody"}')" \
    'failed no_such_group: no group has the displayName of origin'
like 'nor by its id' "$(said grant 1 '"origin": {"groupId": "999"}')" '^failed http_404: '
is 'an origin without a group' "$(said grant 1 '')" 'failed no_group: origin has neither groupId nor group'
is 'a person without what the account is made of' \
    "$(printf '{"action": "grant", "attributes": {}, %s}\n' "$by_id" | { settings > s.json; drive scim s.json; } | field error)" \
    'no_value: the person has no userPrincipalName, which userFilter asks for'
printf '{"action": "revoke", "attributes": {"userPrincipalName": "x\\" or userName pr or userName eq \\"x"}, %s}\n' "$by_id" |
    drive scim s.json > out
is 'a name that would break out of the filter takes nothing from others' "$(members "$crm" | wc -w)" 2
is 'where accounts are not made it waits for one' \
    "$(one scim "{\"url\": \"$base\", \"bearerTokenFile\": \"$work/token\"}" "$(person grant 7 "$by_id")" | jq -r '.outcome + " " + (.error | split(":")[0])')" \
    'later no_account'
printf 'wrong\n' > "$work/wrong"
like 'a wrong token stops all' "$(said grant 1 "$by_id" "\"bearerTokenFile\": \"$work/wrong\"")" '^unreachable http_401: '

# ---- mover
is 'attributes are changed and read back' \
    "$(said updateAccount 1 '"arguments": {"attributes": {"displayName": "Zoë", "jobTitle": "Head", "surname": "Å"}}')" 'confirmed -'
is 'it is so' "$(asked GET "/Users/$user" | jq -c '[.displayName, .title, .name.familyName, .name.givenName]')" '["Zoë","Head","Å","P1"]'
is 'an attribute without a place' "$(said updateAccount 1 '"arguments": {"attributes": {"shoeSize": "44"}}')" \
    'failed no_place: attributeMapping does not say where shoeSize goes'
is 'but with one' "$(said updateAccount 1 '"arguments": {"attributes": {"shoeSize": "44", "jobTitle": null}}' '"attributeMapping": {"shoeSize": "nickName"}')" 'confirmed -'
is 'it is so, and what is null is gone' "$(asked GET "/Users/$user" | jq -c '[.nickName, .title]')" '["44",null]'

# ---- what there is
is 'a list of the members' "$(one scim "$(settings)" '{"list": {"group": "CRM users"}}' | jq -r '.outcome, (.accounts | join(" "))')" "done
$(members "$crm")"
{ for n in {10..49}; do person grant "$n" '"origin": {"group": "Wiki"}'; echo; done; } > many
settings > s.json
is 'forty at once' "$(drive scim s.json --concurrency 8 < many | jq -r .outcome | sort | uniq -c | xargs)" '40 confirmed'
is 'forty accounts and members' "$(members "$wiki" | wc -w)" 40
is 'the same again changes nothing' "$(drive scim s.json --concurrency 8 < many | jq -r .outcome | sort | uniq -c | xargs; members "$wiki" | wc -w)" \
    "40 confirmed
40"

# ---- leaver
is 'a revoke takes the one' "$(said revoke 1 "$by_name"; members "$crm" | wc -w)" "confirmed -
1"
ok 'and not the other' test "$(members "$crm")" != "$user"
is 'again it is so already' "$(said revoke 1 "$by_name")" 'confirmed -'
is 'of nobody it is so already' "$(said revoke 77 "$by_name")" 'confirmed -'
is 'of a group that is gone, too' "$(said revoke 1 '"origin": {"groupId": "999"}')" 'confirmed -'
is 'but a name that finds no group may be one that was renamed' "$(said revoke 1 '"origin": {"group": "Nobody"}')" \
    'failed no_such_group: no group has the displayName of origin'
said grant 1 "$by_id" > /dev/null
said grant 1 '"origin": {"group": "Wiki"}' > /dev/null
is 'all groups are left' "$(said revokeAll 1 '')" 'confirmed -'
is 'it is so' "$(members "$crm" | grep -cw "$user"; members "$wiki" | grep -cw "$user"; members "$wiki" | wc -w)" "0
0
40"
is 'an account is disabled' "$(said disableAccount 1 ''; asked GET "/Users/$user" | jq .active)" "confirmed -
false"
is 'and again' "$(said disableAccount 1 '')" 'confirmed -'
is 'who is not there is disabled' "$(said disableAccount 77 '')" 'confirmed -'
is 'an account is enabled' "$(said enableAccount 1 ''; asked GET "/Users/$user" | jq .active)" "confirmed -
true"
is 'one that is not there is made' "$(said enableAccount 3 ''; asked GET '/Users?filter=externalId%20eq%20%22E3%22' | jq .totalResults)" "confirmed -
1"
is 'a password is set' "$(said setPassword 1 '"arguments": {"password": "abcDEF234ghJK567"}')" 'done -'
is 'and again' "$(said setPassword 1 '"arguments": {"password": "abcDEF234ghJK567"}')" 'done -'
is 'it is the one to sign in with' "$(opens abcDEF234ghJK567) $(opens other)" 'true false'
is 'an account is deleted' "$(said deleteAccount 1 ''; asked GET "/Users/$user" | jq -r .status)" "confirmed -
404"
is 'and again' "$(said deleteAccount 1 '')" 'confirmed -'
is 'what SCIM has not' "$(said revokeTokens 1 '')" 'failed not_supported: SCIM has no revokeTokens: use a webhook or a program'
is 'the driver leaves nothing behind' "$(drive scim s.json < many > /dev/null; echo $?)" 0
finish

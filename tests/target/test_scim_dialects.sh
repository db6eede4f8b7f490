#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The kind scim against servers that deviate, each in its own way.
# timeout: 180
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/target.sh"

# deviating NAME QUIRK...: a fresh server; sets $base
deviating() {
    name=$1
    shift
    server "$name" python3 "$JML_SRC/tests/target/scim_quirks.py" "$work/$name.port" "$work/$name.requests" "$@"
    until_file 30 "$work/$name.port" || { cat "$work/$name.log"; echo "Bail out! no server $name"; exit 99; }
    base=http://127.0.0.1:$(cat "$work/$name.port")
}
settings() {
    printf '{"url": "%s", "userAttributes": {"userName": "{{userPrincipalName}}"}%s}' "$base" "${1:+, $1}"
}
operation() { # action, n, more
    printf '{"action": "%s", "employeeId": "E%s", "attributes": {"userPrincipalName": "e%s"}, "origin": {"group": "CRM \\"users\\" \\\\ all"}%s}\n' \
        "$1" "$2" "$2" "${3:+, $3}"
}
said() { one scim "$(settings "$3")" "$(operation "$1" "$2" "$4")" | jq -r '.outcome + " " + (.error // "-")'; }
members() { curl -sS "$base/Groups/g1" | jq -r '[.members[].value] | join(" ")'; }
count() { grep -c "$1" "$work/$name.requests"; }
# Two grants, one revoke: what is right leaves who was there, and the second.
round() {
    printf '%s' "$(said grant 1 "$1" | cut -d' ' -f1) $(said grant 1 "$1" | cut -d' ' -f1) $(said grant 2 "$1" | cut -d' ' -f1) "
    printf '%s' "$(said revoke 1 "$1" | cut -d' ' -f1) $(said revoke 1 "$1" | cut -d' ' -f1): "
    members
}
right='confirmed confirmed confirmed confirmed confirmed: stays u4'

deviating rfc
is 'a server as the standard has it' "$(round)" "$right"
is 'disable and enable' "$(said disableAccount 2; said enableAccount 2)" "confirmed -
confirmed -"
printf '%s\n' "$(operation grant 5)" "$(operation grant 6)" "$(operation revoke 5)" > "$work/in"
before=$(wc -l < "$work/$name.requests")
settings > "$work/s.json"
drive scim "$work/s.json" --serial < "$work/in" > "$work/out"
tail -n "+$((before + 1))" "$work/$name.requests" > "$work/since"
is 'the group is looked for once' "$(grep -c 'filter=displayName' "$work/since")" 1
is 'and read once, until it is known that the filter finds members' "$(grep -c '"path": "/Groups/g1?' "$work/since")" 1

deviating entra capital-ops string-booleans by-value
is 'as Entra does it: with its dialect' "$(round '"dialect": "entra"')" "$right"
is 'booleans are words there' "$(said disableAccount 2 '"dialect": "entra"'; curl -sS "$base/Users/u4" | jq -c .active)" 'confirmed -
"False"'
is 'other words are refused, and nothing is lost' "$(said revoke 2 '"capitalOps": true'; members)" \
    'failed http_400: invalidPath: filters in paths are not understood
stays u4'

certificates "$work/tls" || { echo 'Bail out! no certificates'; exit 99; }
deviating mutual "tls=$work/tls"
base=https${base#http}
tls='"caFile": "'"$work/tls/ca.pem"'"'
like 'a server that wants a certificate of us gets none by itself' "$(said grant 1 "$tls")" '^unreachable unreachable: '
is 'and takes the one that is set' \
    "$(said grant 1 "$tls"', "clientCertificateFile": "'"$work/tls/client.pem"'", "clientKeyFile": "'"$work/tls/client.key"'"')" 'confirmed -'

deviating strict
is 'the standard never sends what takes all members from a strict server' \
    "$(round; count '"path": "members", "value"')" "$right
2"

deviating okta pathless
is 'operations without a path' "$(round '"pathlessPatch": true')" "$right"
is 'of accounts, too' "$(said disableAccount 2 '"dialect": "okta"')" 'confirmed -'

deviating put no-patch etag
like 'a server without PATCH says so' "$(said grant 1)" '^later http_501: '
is 'there the group is put back' "$(round '"groupUpdate": "put"')" "$right"
is 'with all that it has' "$(curl -sS "$base/Groups/g1" | jq -c '.["urn:example:more"]')" '{"kept":true}'
deviating race no-patch etag conflict=3
is 'and again when somebody was faster' "$(said grant 1 '"groupUpdate": "put"'; members)" 'confirmed -
stays other4 other5 other6 u3'
deviating losing no-patch etag conflict=100
is 'but not for ever' "$(said grant 1 '"groupUpdate": "put"')" 'later busy: others changed the group 8 times meanwhile'
deviating noetag no-patch
like 'without an ETag others could lose what they wrote' "$(said grant 1 '"groupUpdate": "put"')" '^failed no_etag: '
is 'unless that is accepted' "$(round '"groupUpdate": "put", "etag": false')" "$right"

deviating blind no-filter
said grant 1 > /dev/null
is 'a server that does not filter gives nobody the access of another' "$(said grant 2)" \
    'failed wrong_account: the target answers userFilter with another account'
is 'nor takes it' "$(said revoke 2)" 'failed wrong_account: the target answers userFilter with another account'

for quirk in no-member-filter all-member-filter none-member-filter; do
    deviating "$quirk" "$quirk"
    is "members are read where they cannot be asked for ($quirk)" "$(round)" "$right"
    said grant 1 > /dev/null
    printf '%s\n' "$(operation grant 3)" "$(operation revoke 3)" "$(operation grant 3)" "$(operation revoke 2)" > "$work/in"
    settings > "$work/s.json"
    is "also by one that has seen more of it ($quirk)" \
        "$(drive scim "$work/s.json" --serial < "$work/in" | jq -r .outcome | uniq -c | xargs; members)" '4 confirmed
stays u3 u5'
    is "all are left ($quirk)" "$(said revokeAll 1; members)" 'confirmed -
stays u5'
done

deviating twice twice
is 'who is a member is not added again' "$(round)" "$right"
deviating deaf deaf
like 'what is accepted and not done is not delivered' "$(said grant 1)" '^later not_confirmed: .*outside the group'
deviating busy busy=1
is '429 with its time' "$(one scim "$(settings)" "$(operation grant 1)" | jq -r '[.outcome, .retryAfter] | join(" ")')" 'later 3'
is 'then it goes' "$(said grant 1)" 'confirmed -'
deviating login login
is 'a page of HTML is no SCIM' "$(said grant 1)" 'unreachable not_scim: the target answers 200 without JSON'

deviating many users=20000
is '20,000 members are listed' "$(one scim "$(settings)" '{"list": {"group": "All"}}' | jq -r '.outcome, (.accounts | length)' | xargs)" 'done 20000'
is 'or page by page' \
    "$(one scim "$(settings '"listBy": "users", "pageSize": 5000')" '{"list": {"groupId": "g1"}}' | jq -r '.outcome, (.accounts | length)' | xargs)" 'done 0'
deviating some users=250
is 'pages are as long as the server likes' \
    "$(one scim "$(settings '"listBy": "users"')" '{"list": {"group": "All"}}' | jq -r '.outcome, (.accounts | unique | length)' | xargs)" 'done 250'
is 'nobody answers' "$(base=http://127.0.0.1:1 said grant 1 | cut -d: -f1)" 'unreachable unreachable'

refused() { # sentence, settings, what is said
    local got status=0
    got=$(one scim "$2" "$(operation grant 1)") || status=$?
    like "$1" "$status $got" "^1 bad input: target 'driven': $3"
}
refused 'a dialect nobody speaks' '{"url": "https://x.example", "dialect": "klingon"}' 'dialect: rfc, entra or okta is wanted'
refused 'a removal nobody knows' '{"url": "https://x.example", "memberRemoval": "all"}' 'memberRemoval: filter or value is wanted'
refused 'a template that is none' '{"url": "https://x.example", "userAttributes": "x"}' 'userAttributes: an object is wanted'
finish

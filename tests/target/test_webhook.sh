#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Webhooks and custom task extensions, against servers that answer well and badly.
# timeout: 120
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/target.sh"
certificates "$work/tls" || { echo 'Bail out! no certificates'; exit 99; }
tls=$work/tls

# answering NAME [CERTIFICATE [CLIENT-AUTHORITY]]: sets $port
answering() {
    local name=$1
    shift
    server "$name" python3 "$JML_SRC/tests/target/answers.py" "$work/$name.port" "$work/$name.requests" "$@"
    until_file 30 "$work/$name.port" || { cat "$work/$name.log"; echo "Bail out! no server $name"; exit 99; }
    port=$(cat "$work/$name.port")
}
asked() { tail -n 1 "$work/plain.requests"; }
count() { grep -c "\"path\": \"$1" "$work/plain.requests"; }

answering plain
plain=$port
umask 077
printf 'hush\n' > "$work/secret"
printf 'sesame\n' > "$work/token"
hook() { printf '{"url": "http://127.0.0.1:%s%s"%s}' "$plain" "$1" "${2:+, $2}"; }
grant='{"action": "grant", "id": "018f0000-0000-7000-8000-000000000001", "employeeId": "E1", "attempt": 2,
        "attributes": {"displayName": "Zoë Ångström", "mail": "zoe@example.com", "salary": 5},
        "origin": {"group": "crm-users"}, "context": {"accessPackage": "Sales", "resource": "CRM", "role": "User"}}'
grant=$(printf '%s' "$grant" | tr -d '\n')
outcome() { one webhook "$1" "${2:-$grant}" | jq -r '.outcome + " " + (.error // "-")' 2> /dev/null; }

# ---- what is sent
is 'what answers 200 is done' "$(outcome "$(hook /ok '"secretFile": "'"$work"'/secret", "headers": {"X-Team": "iam"}')")" 'done -'
is 'it is a POST of JSON' "$(asked | jq -r '[.method, .headers["content-type"], .headers["x-team"]] | join(" ")')" \
    'POST application/json iam'
is 'with the id of the delivery as idempotency key, and the attempt beside' \
    "$(asked | jq -r '[.headers["idempotency-key"], .headers["x-jml-attempt"]] | join(" ")')" \
    '018f0000-0000-7000-8000-000000000001 2'
asked | jq -j .body > "$work/body"
is 'it says what to do, to whom, and why' \
    "$(jq -r '[.id, .action, .employeeId, .origin.group, .accessPackage, .resource, .role] | join(" ")' "$work/body")" \
    '018f0000-0000-7000-8000-000000000001 grant E1 crm-users Sales CRM User'
is 'of the attributes only the usual ones' "$(jq -c .attributes "$work/body")" \
    '{"displayName":"Zoë Ångström","mail":"zoe@example.com"}'
at=$(asked | jq -r '.headers["x-jml-timestamp"]')
mac=$({ printf '%s.' "$at"; cat "$work/body"; } | openssl dgst -sha256 -hmac hush | sed 's/.*= //')
is 'its signature is that of timestamp and body' "$(asked | jq -r '.headers["x-jml-signature"]')" "t=$at,v1=$mac"
ok 'the timestamp is of now' test "$(($(date +%s) - at))" -lt 10
cp "$work/body" "$work/first"
outcome "$(hook /ok '"secretFile": "'"$work"'/secret"')" "${grant/\"attempt\": 2/\"attempt\": 3}" > /dev/null
asked | jq -j .body > "$work/body"
ok 'a repeat has the same body' cmp "$work/first" "$work/body"
outcome "$(hook /ok '"attributes": ["salary", "absent"]')" > /dev/null
is 'which attributes are sent is a setting' "$(asked | jq -r .body | jq -c .attributes)" '{"salary":5}'
printf 'hush\nnewer\n' > "$work/secrets"
outcome "$(hook /ok '"secretFile": "'"$work"'/secrets"')" > /dev/null
is 'two secrets are two signatures' "$(asked | jq -r '.headers["x-jml-signature"]' | grep -o 'v1=' | wc -l)" 2
CREDENTIALS_DIRECTORY=$work one webhook "$(hook '/token?is=sesame' '"bearerTokenFile": "token"')" "$grant" > "$work/out"
is 'a bearer token comes from the credentials directory' "$(field outcome < "$work/out")" 'done'
is 'an answer may name the account and say that it was looked at' \
    "$(one webhook "$(hook /account)" "$grant" | jq -r '.outcome + " " + .account')" 'confirmed uña'

# ---- answers that are no success
is '202 is done where nothing is waited for' "$(outcome "$(hook /status/202)")" 'done -'
is '202 waits for a call-back where it is wanted, for a day' \
    "$(one webhook "$(hook /status/202 '"wait": true')" "$grant" | jq -r '[.outcome, .wait, (.token | length)] | join(" ")')" \
    'waits 86400 64'
is 'or for as long as it says' \
    "$(one webhook "$(hook /status/202 '"wait": true, "callbackTimeout": "PT2H"')" "$grant" | field wait)" 7200
path=$(asked | jq -r .body | jq -r .callbackUriPath)
like 'the way back is told' "$path" '^/deliveries/018f0000-0000-7000-8000-000000000001/resume/[0-9a-f]{64}$'
one webhook "$(hook /status/202 '"wait": true, "secretFile": "'"$work"'/secret"')" "$grant" > "$work/out"
asked | jq -r .body | jq -j '.callbackUriPath | split("/")[-1]' > "$work/way"
is 'what is kept of its token is the digest' "$(field token < "$work/out")" "$(sha256sum < "$work/way" | cut -d' ' -f1)"
way=$(cat "$work/way")
one webhook "$(hook /status/202 '"wait": true, "secretFile": "'"$work"'/secret"')" "$grant" > /dev/null
is 'with a secret it is the same for every attempt' \
    "$(asked | jq -r .body | jq -r '.callbackUriPath | split("/")[-1]')" "$way"
is 'an answer at once needs no call-back' \
    "$(one webhook "$(hook /ok '"wait": true')" "$grant" | jq -r '[.outcome, .token] | join(" ")')" 'done '
is '422 fails, with what the target says' "$(outcome "$(hook '/status/422?say=no%20such%20group%0Aat%20all%00')")" \
    'failed http_422: no such group at all'
is 'an address that is gone fails, also when access is taken' \
    "$(outcome "$(hook /status/410)" "${grant/grant/revoke}")" 'failed http_410: the target gave no reason'
long=$(printf 'x%.0s' {1..300})
is 'of long words only the beginning' "$(outcome "$(hook "/status/400?say=$long")" | wc -c)" 218
is 'busy with the same key: later' "$(outcome "$(hook /status/409)")" 'later http_409: the target gave no reason'
is '503 is tried later' "$(outcome "$(hook /status/503)")" 'later http_503: the target gave no reason'
is '500 is tried later' "$(outcome "$(hook /status/500)")" 'later http_500: the target gave no reason'
is '429 says when' "$(one webhook "$(hook '/status/429?after=17')" "$grant" | jq -r '[.outcome, .retryAfter] | join(" ")')" \
    'later 17'
like 'or at what date' "$(one webhook "$(hook '/status/429?date=60')" "$grant" | jq -r '[.outcome, .retryAfter] | join(" ")')" \
    '^later (59|60)$'
is 'but not when the sun has burnt out' "$(one webhook "$(hook '/status/429?after=99999999999')" "$grant" | field retryAfter)" 86400
is 'a time before now is none' "$(one webhook "$(hook '/status/429?date=-60')" "$grant" | field retryAfter)" 0
is 'a gateway without a target behind it counts as no target' "$(outcome "$(hook /status/502)" | cut -d' ' -f1)" unreachable
is 'credentials that are refused stop all' "$(outcome "$(hook '/status/401?say=expired')")" \
    'unreachable http_401: the target does not accept the credentials: expired'

# ---- a token that is renewed while the target is open
printf 'old\n' > "$work/rolling"
hook "/renew?is=new&file=$work/rolling" '"bearerTokenFile": "'"$work"'/rolling"' > "$work/rolling.json"
printf '%s\n%s\n' "$grant" "$grant" | drive webhook "$work/rolling.json" --serial | jq -r .outcome > "$work/out"
is 'a token that was refused is read again' "$(paste -sd' ' "$work/out")" 'unreachable done'

# ---- servers that are no good
is 'a redirect is not followed' "$(outcome "$(hook /redirect/302)" | cut -c1-24)" 'failed http_302: the tar'
is 'nor one that keeps the method' "$(outcome "$(hook /redirect/307)" | cut -c1-15)" 'failed http_307'
is 'nobody was asked there' "$(count /ok/redirected)" 0
is 'silence is unreachable, when a little less than the deadline has passed' \
    "$(printf '%s\n' "$grant" | { hook /silence > "$work/s.json"; drive webhook "$work/s.json" --deadline 1000; } |
        jq -r '[.outcome, .milliseconds > 900 and .milliseconds < 1000] | join(" ")')" 'unreachable true'
is 'so is an answer that never ends' \
    "$(printf '%s\n' "$grant" | { hook /trickle > "$work/s.json"; drive webhook "$work/s.json" --deadline 1000; } | field outcome)" \
    unreachable
like 'a connection that is cut' "$(outcome "$(hook /cut)")" '^unreachable unreachable: .*(bytes|closed)'
like 'or closed without a word' "$(outcome "$(hook /hangup)")" '^unreachable unreachable: .'
like 'garbage' "$(outcome "$(hook /garbage)")" '^unreachable unreachable: .'
is '10 MB of success is success, and not read' "$(outcome "$(hook /large/200)")" 'done -'
is 'nor when its length is told' "$(outcome "$(hook '/large/200?length=1')")" 'done -'
is '10 MB of failure is the failure that it says' "$(outcome "$(hook /large/403)")" 'failed http_403: the target gave no reason'
like 'headers without end are cut off' "$(one webhook "$(hook /headers)" "$grant" | field milliseconds)" '^[0-9]{1,3}$'
like 'nobody listens' "$(outcome '{"url": "http://127.0.0.1:1/"}')" '^unreachable unreachable: .*onnect'
like 'no such host' "$(outcome '{"url": "https://nobody.invalid/"}')" '^unreachable unreachable: .*resolve'
for _ in {1..200}; do echo "$grant"; done > "$work/many"
hook /ok > "$work/s.json"
is '200 at once' "$(drive webhook "$work/s.json" --concurrency 32 < "$work/many" | jq -r .outcome | sort | uniq -c | xargs)" '200 done'
hook /silence > "$work/s.json"
like '200 that are canceled' "$(drive webhook "$work/s.json" --deadline 1 < "$work/many" | jq -r .outcome | sort -u | xargs)" \
    '^(deadline|unreachable|deadline unreachable)$'

# ---- certificates
secure() { printf '{"url": "https://127.0.0.1:%s/ok", "caFile": "%s/ca.pem"%s}' "$port" "$tls" "${1:+, $1}"; }
answering server "$tls/server.pem" "$tls/server.key"
good=$port
is 'a certificate of the authority is accepted' "$(outcome "$(secure)")" 'done -'
like 'that of an authority nobody knows is not' "$(outcome '{"url": "https://127.0.0.1:'"$port"'/ok"}')" \
    '^unreachable unreachable: SSL certificate problem'
like 'http to where TLS is spoken' "$(outcome '{"url": "http://127.0.0.1:'"$port"'/ok"}')" '^unreachable'
for wrong in name expired foreign; do
    answering "$wrong" "$tls/$wrong.pem" "$tls/$wrong.key"
    like "a certificate that is wrong ($wrong) is refused" "$(outcome "$(secure)")" '^unreachable unreachable: SSL'
    ok "nothing was sent there ($wrong)" test ! -e "$work/$wrong.requests"
done
answering mutual "$tls/server.pem" "$tls/server.key" "$tls/ca.pem"
like 'who wants a certificate of us gets none by itself' "$(outcome "$(secure)")" '^unreachable'
is 'but the one that is set' \
    "$(outcome "$(secure '"clientCertificateFile": "'"$tls"'/client.pem", "clientKeyFile": "'"$tls"'/client.key"')")" 'done -'
ok 'the server that was right was called once' test "$(wc -l < "$work/server.requests")" = 1
port=$good

# ---- settings that are wrong are named when the target is opened
refused() { # sentence, settings, what is said
    local said status=0
    said=$(one webhook "$2" "$grant") || status=$?
    like "$1" "$status $said" "^1 bad input: target 'driven': $3"
}
refused 'http to another host is refused' '{"url": "http://192.0.2.1/"}' 'url: http is open to everybody'
like 'unless it is allowed' "$(printf '%s\n' "$grant" | { echo '{"url": "http://192.0.2.1/", "allowHttp": true}' > "$work/s.json"
    drive webhook "$work/s.json" --deadline 200; } | field outcome)" '^(unreachable|deadline)$'
refused 'a password in the address' '{"url": "https://a:b@example.com/"}' 'url: no user and password'
refused 'another protocol' '{"url": "ftp://example.com/"}' 'url: only https'
refused 'no address' '{"url": "example com"}' 'url: this is no address'
refused 'none at all' '{}' 'the setting url is missing'
refused 'a header that is ours' "$(hook /ok '"headers": {"authorization": "Basic x"}')" 'headers: authorization is set by jmld'
refused 'a header with a secret' "$(hook /ok '"headers": {"X-Key": "b"}')" 'headers: X-Key is called like a secret'
refused 'a header of two lines' "$(hook /ok '"headers": {"X-A": "b\r\nX-C: d"}')" "headers: 'X-A' is no header"
chmod 644 "$work/secret"
refused 'a secret that everybody can read' "$(hook /ok '"secretFile": "'"$work"'/secret"')" 'secretFile: .*chmod'
refused 'a secret that is not there' "$(hook /ok '"secretFile": "absent"')" 'secretFile .*LoadCredential'
# Where secrets may be: in one directory, and among the credentials.
mkdir "$work/secrets.d" "$work/credentials"
chmod 640 "$work/secret" "$work/token"
cp -p "$work/secret" "$work/secrets.d/hook"; cp -p "$work/token" "$work/credentials/token"
ln -s ../secret "$work/secrets.d/out"; ln -s hook "$work/secrets.d/inside"; ln -s ../secret "$work/credentials/out"
within() { # MEMBERS: what comes of a call with the directory of secrets
    printf '%s\n' "$(hook /ok "$1")" > "$work/within.json"
    printf '%s\n' "$grant" | CREDENTIALS_DIRECTORY=$work/credentials drive webhook "$work/within.json" \
        --secrets "$work/secrets.d" 2>&1 | sed 's/^{.*"outcome":"\([a-z]*\)".*/\1/'
}
is 'a secret in the directory of secrets' "$(within '"secretFile": "'"$work"'/secrets.d/hook"')" done
is 'a link within it' "$(within '"secretFile": "'"$work"'/secrets.d/inside"')" done
is 'and a credential' "$(within '"bearerTokenFile": "token"')" 'done'
is 'also by its whole path' "$(within '"bearerTokenFile": "'"$work"'/credentials/token"')" 'done'
for file in "$work/secret" "$work/secrets.d/out" "$work/secrets.d/../secret" "$work/secrets.d" /nowhere \
    "$work/credentials/../secret" "$work/credentials/out"; do
    like "not ${file#"$work/"}" "$(within '"bearerTokenFile": "'"$file"'"')" \
        "^bad input: target 'driven': bearerTokenFile: $file is not within $work/secrets.d: .*secrets_directory"
done
like 'nor a certificate' "$(within '"caFile": "'"$tls"'/ca.pem"')" "caFile: .* is not within"
for file in ../secret .. a/b; do
    like "no credential is called $file" "$(within '"bearerTokenFile": "'"$file"'"')" 'bearerTokenFile is .*LoadCredential'
done
like 'nor is a link out of them one' "$(within '"bearerTokenFile": "out"')" "is not within $work/credentials"
refused 'half a client certificate' "$(hook /ok '"clientCertificateFile": "'"$tls"'/client.pem"')" 'clientCertificateFile and'
chmod 600 "$work/secret"
printf 'http://127.0.0.1:%s/ok/hidden\n' "$plain" > "$work/address"
is 'an address may be a secret' "$(outcome '{"urlFile": "'"$work"'/address"}')" 'done -'

# ---- custom task extensions
extension() { # path, more
    printf '{"displayName": "Ask", "endpointConfiguration": {"@odata.type": "#microsoft.graph.httpRequestEndpoint", "targetUrl": "http://127.0.0.1:%s%s"}%s}' \
        "$plain" "$1" "${2:+, $2}"
}
waiting='"callbackConfiguration": {"@odata.type": "#microsoft.graph.identityGovernance.customTaskExtensionCallbackConfiguration", "timeoutDuration": "PT5M"}'
call='{"action": "call", "id": "018f0000-0000-7000-8000-000000000002", "employeeId": "E1", "personId": "018f0000-0000-7000-8000-00000000000a",
       "attributes": {"displayName": "Ann", "mail": "ann@example.com", "userPrincipalName": "ann@corp"},
       "context": {"workflowId": "w1", "workflow": "Leaver", "workflowVersion": 3, "task": "Ask", "taskPosition": 2, "taskDefinitionId": "d1",
                   "manager": {"employeeId": "m1", "displayName": "Bo", "mail": "bo@example.com"}}}'
call=$(printf '%s' "$call" | tr -d '\n')
is 'launch and continue: done when it was accepted' "$(one extension "$(extension /status/202)" "$call" | jq -r '[.outcome, .token] | join(" ")')" 'done '
is 'launch and wait: waits as long as its configuration says' \
    "$(one extension "$(extension /ok "$waiting")" "$call" | jq -r '[.outcome, .wait, (.token | length)] | join(" ")')" 'waits 300 64'
is "the body is Graph's" "$(asked | jq -r .body | jq -c 'del(.data.callbackUriPath)')" \
    "$(jq -c . << 'END'
{"source":"jmld","type":"lifecycleEvent","data":{"subject":{"displayName":"Ann","email":"ann@example.com","userPrincipalName":"ann@corp","id":"018f0000-0000-7000-8000-00000000000a","employeeId":"E1","manager":{"id":"m1","displayName":"Bo","email":"bo@example.com"}},"task":{"id":2,"displayName":"Ask","taskDefinitionId":"d1"},"taskProcessingResult":{"id":"018f0000-0000-7000-8000-000000000002","createdDateTime":"2030-01-01T00:00:00Z"},"workflow":{"id":"w1","displayName":"Leaver","workflowVersion":3}}}
END
)"
like 'with the way back' "$(asked | jq -r .body | jq -r .data.callbackUriPath)" \
    '^/identityGovernance/lifecycleWorkflows/workflows/w1/tasks/2/taskProcessingResults/018f0000-0000-7000-8000-000000000002/resume/[0-9a-f]{64}$'
first=$(asked | jq -r .body | jq -r .data.callbackUriPath)
one extension "$(extension /ok "$waiting")" "$call" > /dev/null
ok 'whose token is another in each call' test "$first" != "$(asked | jq -r .body | jq -r .data.callbackUriPath)"
client='"clientConfiguration": {"maximumRetries": 1, "timeoutInMilliseconds": 300}'
is 'it is tried again as often as it says' "$(one extension "$(extension /status/500 "$client")" "$call" | field outcome)" later
is 'and then fails' "$(one extension "$(extension /status/500 "$client")" "${call/\"action\"/\"attempt\": 2, \"action\"}" | field outcome)" failed
is 'it takes as long as it says' \
    "$(one extension "$(extension /silence "$client")" "$call" | jq -r '[.outcome, .milliseconds < 900] | join(" ")')" 'unreachable true'
said=$(one extension "$(extension /ok '"callbackConfiguration": {"timeoutDuration": "PT4H"}')" "$call")
like 'a time-out beyond what Graph has is refused' "$said" 'callbackConfiguration/timeoutDuration: PT5M to PT3H'
said=$(one extension "$(extension /ok '"authenticationConfiguration": {"@odata.type": "#microsoft.graph.azureAdTokenAuthentication", "resourceId": "x"}')" "$call")
like 'a token of Entra is nothing we have' "$said" 'authenticationConfiguration: jmld gets no tokens'
is 'its address may be a secret, too' \
    "$(one extension '{"displayName": "Ask", "endpointConfiguration": {"urlFile": "'"$work"'/address"}}' "$call" | field outcome)" 'done'
is 'what the driver left behind is nothing' "$(printf '%s\n' "$grant" | drive webhook "$work/rolling.json" > /dev/null; echo $?)" 0
finish

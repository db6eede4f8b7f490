#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Targets in trouble, from the event to the target: one that takes so many calls a second, one that was set up
# wrong, secrets that change, and the database that goes away while calls are under way.
# timeout: 300
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/pg.sh"
# shellcheck disable=SC2034 # for pg.sh
pg_keep_trap=yes
trap 'daemons_end; pg_stop' EXIT
# What was committed is there after a crash, as it is in production.
pg_start 'synchronous_commit = on' || { echo 'Bail out! no PostgreSQL'; exit 99; }
. "$JML_SRC/tests/lib/story.sh"

python3 "$JML_SRC/tests/target/answers.py" "$work/port" "$work/requests" > "$work/answers.log" 2>&1 < /dev/null &
daemon[answers]=$!
for _ in {1..300}; do [ -s "$work/port" ] && break; sleep 0.1; done
outside=http://127.0.0.1:$(cat "$work/port")

# hook NAME PATH [MORE [SETTINGS]]: a document of a target and a role there, and a package of the same name for
# whoever joins a department of that name
hook() {
    jq -n --arg name "$1" --arg url "$outside$2" --argjson more "${3:-{\}}" --argjson settings "${4:-{\}}" \
        '{displayName: $name, kind: "webhook", settings: ({url: $url} + $settings)} + $more'
    roles="$1/User" package "$1" none
    workflow "$1" hire:0 "(department eq '$1')" "request:$1/none"
}
documents() {
    jq -s '[.[] | select(has("kind"))] as $targets | {
        catalogs: [{displayName: "Company"}], targets: $targets,
        resources: [$targets[] | {displayName, catalog: "Company", target: .displayName, roles: ["User"]}],
        accessPackages: [.[] | select(has("resourceRoleScopes"))], workflows: [.[] | select(has("tasks"))]}' > "$work/company.json"
    jmlctl apply "$work/company.json"
}
join() { # DEPARTMENT PREFIX N
    q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
       SELECT 'joiner', '$2' || i, current_date, '{\"department\":\"$1\"}' FROM generate_series(1, $3) i"
}
have() { echo "SELECT count(*) = $2 FROM jml.assignments WHERE access_package = '$1' AND state = 'delivered'"; }
calls() { jq -c --arg path "$1" 'select(.path != null and (.path | startswith($path)))' "$work/requests"; }
says() { grep -c -- "$1" "$work/d.log"; }
daemon_up() {
    : > "$work/d.log"
    daemon_start d
    until_says 20 d 'is ready'
}

# ---- a target that takes ten calls a second, and says to others when to come again

world limited
{
    hook Slow '/limited?n=10'
    hook Quick /ok/quick
} | documents > "$work/x"
daemon_up
join Slow L 40
ok "what a target puts off is delivered" until_true 60 "$(have Slow 40)"
is "nothing has failed" "$(q "SELECT count(*) FROM jml.delivery WHERE state <> 'delivered'")" 0
is "a target that says when is one that can be reached" "$(says 'cannot be reached')" 0
n=$(calls /limited | wc -l)
echo "# $n calls for 40, $((n - 40)) of them refused"
ok "who was told to wait waits, and so do the others" test "$n" -le 85
is "nobody is called again before the time" "$(calls /limited | jq -s 'group_by(.headers["idempotency-key"]) |
    map([.[].at] | . as $at | [range(1; length) | $at[.] - $at[. - 1]] | min // 9) | min >= 1')" true
join Slow M 40
join Quick Q 20
ok "another target does not wait for it" until_true 15 "$(have Quick 20)"
ok "while it waits" test "$(q "$(have Slow 80)")" = f
ok "and all of it goes, too" until_true 60 "$(have Slow 80)"
daemon_stop d
ok "the audit verifies" jmlctl audit verify

# ---- a target that was set up wrong is mended by apply

world wrong
{
    hook Wrong /ok/wrong '{}' "{\"secretFile\": \"$work/nowhere\"}"
    hook Right /ok/right
} | documents > "$work/x"
daemon_up
join Wrong W 5
join Right R 5
ok "a target that cannot be opened is told" until_says 20 d 'target Wrong cannot be used, its deliveries wait: .*nowhere'
ok "others do not wait for it" until_true 20 "$(have Right 5)"
is "what it is to have waits" "$(q "SELECT count(*), min(state), max(attempts) FROM jml.delivery WHERE target = 'Wrong'")" '5|pending|0'
kill -HUP "${daemon[d]}"
ok "reloading tells it again" until_says 20 d 'target Wrong cannot be used' 2
{
    hook Wrong /ok/mended
    hook Right /ok/right
} | documents > "$work/x"
ok "when apply has mended it, all is delivered" until_true 20 "$(have Wrong 5)"
is "once each" "$(calls /ok/mended | wc -l)" 5
is "and nobody else was called again" "$(calls /ok/right | wc -l)" 5
daemon_stop d

# ---- secrets

world secrets
(umask 077 && printf 'first\n' > "$work/secret")
{
    hook Signed /ok/signed '{}' "{\"secretFile\": \"$work/secret\"}"
    hook Held '/late/held?ms=2500' '{}' "{\"secretFile\": \"$work/secret\"}"
} | documents > "$work/x"
signed_with() { # CALL
    local secret at
    at=$(jq -r '.headers["x-jml-timestamp"]' <<< "$1")
    for secret in first second; do
        [ "$(jq -r '.headers["x-jml-signature"]' <<< "$1")" != "t=$at,v1=$({ printf '%s.' "$at"; jq -j .body <<< "$1"; } |
            openssl dgst -sha256 -hmac $secret -r | cut -d' ' -f1)" ] || echo $secret
    done
}
daemon_up
join Signed A 1
until_true 20 "$(have Signed 1)"
is "calls are signed with the secret that was there" "$(signed_with "$(calls /ok/signed | tail -n 1)")" first
(umask 077 && printf 'second\n' > "$work/secret.new") && mv "$work/secret.new" "$work/secret"
join Signed B 1
until_true 20 "$(have Signed 2)"
is "until it is read again" "$(signed_with "$(calls /ok/signed | tail -n 1)")" first
join Held C 1
until_true 20 "SELECT EXISTS (SELECT FROM jml.delivery WHERE target = 'Held' AND lease_until > clock_timestamp())"
kill -HUP "${daemon[d]}"
join Signed D 1
until_true 20 "$(have Signed 3)"
is "a reload reads it" "$(signed_with "$(calls /ok/signed | tail -n 1)")" second
ok "a call under way is not cut off by it" until_true 20 "$(have Held 1)"
is "nor made twice" "$(calls /late/held | wc -l) $(signed_with "$(calls /late/held)")" '1 first'
join Held E 1
until_true 20 "$(have Held 2)"
is "the next one is signed with the new one" "$(signed_with "$(calls /late/held | tail -n 1)")" second
chmod 644 "$work/secret"
kill -HUP "${daemon[d]}"
ok "a secret that others can read is not used" until_says 20 d 'target Signed cannot be used'
join Signed F 1
drained 20
chmod 600 "$work/secret"
is "meanwhile deliveries wait" "$(q "SELECT state, attempts FROM jml.delivery WHERE target = 'Signed' AND state <> 'delivered'")" 'pending|0'
kill -HUP "${daemon[d]}"
ok "until it is in order" until_true 20 "$(have Signed 4)"
daemon_stop d
ok "the audit verifies" jmlctl audit verify

# ---- the database is away while a hundred calls are under way

world away
hook Busy '/late/busy?ms=700' '{"concurrency": 20}' | documents > "$work/x"
daemon_up
join Busy E 100
until_true 20 "SELECT count(*) >= 20 FROM jml.delivery WHERE state = 'delivered'"
pg_as_server "$pg_bin/pg_ctl" -D "$pg_dir/data" -s -w -t 60 -m immediate stop
ok "that it is away is said" until_says 20 d 'the database is away'
sleep 3
called=$(calls /late/busy | wc -l)
echo "# $called of 100 were called when it went"
sleep 1
is "without it nobody is called" "$(calls /late/busy | wc -l)" "$called"
ok "it went in the middle" test "$called" -lt 100
pg_up
ok "when it is back, all is delivered" until_true 60 "$(have Busy 100)"
is "nobody was called twice" "$(calls /late/busy | jq -r '.headers["idempotency-key"]' | sort | uniq -c | awk '{ print $1 }' | sort | uniq -c | xargs)" '100 1'
is "nothing has failed" "$(q "SELECT count(*) FROM jml.delivery WHERE state <> 'delivered'")" 0
is "it was said once that it was away" "$(says 'the database is away')" 1
is "and nothing else was wrong" "$(grep -ciE '\berror\b|cannot' "$work/d.log")" 0
ok "the audit verifies" jmlctl audit verify
daemon_stop d
is "the daemon ends in order" "$daemon_status" 0
finish

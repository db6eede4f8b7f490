#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Calls that are waited for: who was called says later that it is done, at a socket of the daemon.
# Rows of jml.delivery are inserted by hand, as the core inserts them.
# timeout: 180
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
ctl="$JML_BUILD/jmlctl"
"$ctl" migrate > /dev/null || { echo 'Bail out! no schema'; exit 99; }

python3 "$JML_SRC/tests/target/answers.py" "$work/port" "$work/requests" > "$work/answers.log" 2>&1 < /dev/null &
daemon[answers]=$!
for _ in {1..300}; do [ -s "$work/port" ] && break; sleep 0.1; done
base=http://127.0.0.1:$(cat "$work/port")

target() { # name, kind, document
    q "insert into jml.target (display_name, kind, document) values ('$1', '$2', '$3');
       update jml.configuration set revision = revision + 1"
}
webhook() { printf '{"displayName":"%s","kind":"webhook","settings":{"url":"%s%s","wait":true%s}}' "$1" "$base" "$2" "$3"; }
target Hook webhook "$(webhook Hook /status/202)"
target Short webhook "$(webhook Short /status/202 ',"callbackTimeout":"PT2S"')"
target Eager webhook "$(webhook Eager "/eager?socket=$work/callback")"
target Launch extension '{"displayName":"Launch","endpointConfiguration":{"targetUrl":"'"$base"'/ok"}}'
target Wait extension '{"displayName":"Wait","endpointConfiguration":{"targetUrl":"'"$base"'/ok"},"callbackConfiguration":{"timeoutDuration":"PT5M"}}'
q "insert into jml.person (employee_id, state, updated_at) select 'E' || i, 'active', now() from generate_series(1, 20) i"

order() { # target, action, person
    q "insert into jml.delivery (person_id, action, state, target, seq, due_at)
       select p.id, '$2', 'pending', '$1', nextval('jml.delivery_seq'), jml.now() from jml.person p where p.employee_id = '$3'
       returning id"
}
state() { q "select state || coalesce(' ' || error, '') from jml.delivery where id = '$1'"; }
until_state() { until_true 30 "select state = '$2' from jml.delivery where id = '$1'"; }
way() { jq -r --arg id "$1" 'select(.body != null) | .body | fromjson | select(.id == $id or .data.taskProcessingResult.id == $id) | .callbackUriPath // .data.callbackUriPath' "$work/requests" | tail -n 1; }
call_back() { # path, body
    curl -sS -o /dev/null -w '%{http_code}' --unix-socket "$work/callback" --data "$2" "http://localhost$1"
}
completed='{"source": "test", "type": "lifecycleEvent", "data": {"operationStatus": "Completed"}}'
refused='{"source": "test", "type": "lifecycleEvent", "data": {"operationStatus": "Failed", "reason": "no licence left"}}'

printf '[callback]\nlisten = %s\n[queue]\npoll_interval = 200ms\n' "$work/callback" > "$work/jmld.conf"
daemon_start main -c "$work/jmld.conf"

# ---- a webhook that is waited for
id=$(order Hook grant E1)
ok 'what was accepted waits' until_state "$id" inProgress
path=$(way "$id")
is 'a forged token is refused' "$(call_back "${path%/*}/$(printf '0%.0s' {1..64})" "$completed") $(state "$id")" '403 inProgress'
is 'another delivery is unknown' "$(call_back "${path/$id/018f0000-0000-7000-8000-000000000001}" "$completed")" 404
is 'a body that says nothing is refused' "$(call_back "$path" '{}') $(state "$id")" '400 inProgress'
is 'the token is stored nowhere' "$(q "select count(*) from jml.delivery where to_jsonb(delivery)::text like '%${path##*/}%'")" 0
is 'who calls back is heard' "$(call_back "/behind/a/proxy$path" "$completed")" 204
is 'it is delivered' "$(state "$id")" delivered
is 'twice changes nothing' "$(call_back "$path" "$refused") $(state "$id")" '409 delivered'
id=$(order Hook grant E2)
until_state "$id" inProgress
is 'who says that it failed is heard, too' "$(call_back "$(way "$id")" "$refused")" 204
like 'with the reason' "$(state "$id")" '^failed .*no licence left'
id=$(order Short grant E3)
ok 'who never calls back has failed' until_state "$id" failed
is 'and is too late then' "$(call_back "$(way "$id")" "$completed") $(q "select state from jml.delivery where id = '$id'")" '409 failed'
id=$(order Eager grant E4)
ok 'who calls back before the answer is heard' until_state "$id" delivered
is 'and told so' "$(jq -r 'select(.called_back) | .called_back' "$work/requests")" 204

# ---- extensions
id=$(order Launch call E5)
ok 'launch and continue is done when it was accepted' until_state "$id" delivered
id=$(order Wait call E6)
ok 'launch and wait waits' until_state "$id" inProgress
is 'until it is called back' "$(call_back "$(way "$id")" "$completed") $(state "$id")" '204 delivered'

# ---- two daemons, one address
printf '[callback]\nlisten = %s\n' "$work/callback" > "$work/other.conf"
daemon_start other -c "$work/other.conf"
until_says 20 other 'is ready'
ok 'a second one says that the address is taken, and works on' until_says 10 other 'call-backs are not taken here'
for i in {1..20}; do
    order Eager grant "E$i" > "$work/x"
done
ok 'who calls back before the answer is heard, whoever has the call in hand' until_true 20 \
    "select count(*) = 21 from jml.delivery where target = 'Eager' and state = 'delivered'"
daemon_stop other
daemon_stop main

# ---- two daemons, two addresses: what one does is heard by the other
(umask 077; echo 'a secret of the hook' > "$work/hook.secret")
slow() { webhook "$1" "/slow/$2/202" ',"secretFile":"'"$work"'/hook.secret"'; }
target Slow webhook "$(slow Slow 7)"
call_at() { # socket, path: the status
    curl -sS -o "$work/said" -w '%{http_code}' --max-time 20 --unix-socket "$work/$1" --data "$completed" "http://localhost$2"
}
for name in one two; do
    printf '[callback]\nlisten = %s\n[queue]\npoll_interval = 200ms\n' "$work/$name" > "$work/$name.conf"
    daemon_start "$name" -c "$work/$name.conf"
done
until_says 20 one 'is ready'; until_says 20 two 'is ready'
id=$(order Slow grant E7)
until_true 20 "select attempts = 1 from jml.delivery where id = '$id'"
for _ in {1..200}; do path=$(way "$id"); [ -n "$path" ] && break; sleep 0.05; done
call_at one "$path" > "$work/one.said" &
first=$!
call_at two "$path" > "$work/two.said"
wait "$first"
is 'while it is under way at one of them, both say: later' "$(cat "$work/one.said" "$work/two.said")" 503503
until_state "$id" inProgress
is 'once it is written either hears it' "$(call_at two "$path") $(state "$id")" '204 delivered'
id=$(order Slow grant E8)
until_true 20 "select attempts = 1 from jml.delivery where id = '$id'"
for _ in {1..200}; do path=$(way "$id"); [ -n "$path" ] && break; sleep 0.05; done
daemon_kill one; daemon_kill two
daemon_start one -c "$work/one.conf"
until_says 20 one 'is ready' 2
said=
while [ ${#said} -lt 60 ]; do
    now=$(call_at one "$path")
    said="$said $now"
    [ "$now" = 503 ] || break
done
like 'after a kill it is heard later, never refused' "$said" '^( 503)* 204$'
is 'and delivered' "$(state "$id")" delivered
daemon_stop one
ok 'the socket goes with the daemon' test ! -e "$work/callback" -a ! -e "$work/one"
ok 'the audit leads to what is there' "$ctl" audit verify
printf '[callback]\nlisten = 0.0.0.0:80\n' > "$work/wrong.conf"
status 'no other machine may call' 78 "$JML_BUILD/jmld" --check-config -c "$work/wrong.conf"
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Custom task extensions from the event to the run and back: launched and waited for, or launched only; called
# back once, twice, with a forged secret, after a crash, or never.
# timeout: 300
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"

python3 "$JML_SRC/tests/target/answers.py" "$work/port" "$work/requests" > "$work/answers.log" 2>&1 < /dev/null &
daemon[answers]=$!
for _ in {1..300}; do [ -s "$work/port" ] && break; sleep 0.1; done
outside=http://127.0.0.1:$(cat "$work/port")
(umask 077 && printf 'between us\n' > "$work/secret")

world callouts
jq -n --arg outside "$outside" --arg secret "$work/secret" '
    def extension($name; $path): {displayName: $name, secretFile: $secret, endpointConfiguration: {
        "@odata.type": "#microsoft.graph.httpRequestEndpoint", targetUrl: "\($outside)\($path)"}};
    def waits: . + {callbackConfiguration: {timeoutDuration: "PT5M"}};
    def tries($n): . + {clientConfiguration: {maximumRetries: $n, timeoutInMilliseconds: 2000}};
    [(extension("Mailbox"; "/ok/mailbox") | waits), (extension("Laptop"; "/status/202/laptop")),
     (extension("Refuses"; "/status/400")), (extension("Stumbles"; "/status/500/once")),
     (extension("Falls"; "/status/503/falls?after=1") | tries(1))]' > "$work/extensions.json"
{
    package P none
    workflow wait hire:0 "(department eq 'Wait')" extension:Mailbox request:P/none
    workflow anyway hire:0 "(department eq 'Anyway')" +extension:Mailbox request:P/none
    workflow launch hire:0 "(department eq 'Launch')" extension:Laptop request:P/none
    workflow refused hire:0 "(department eq 'Refused')" extension:Refuses request:P/none
    workflow stumbling hire:0 "(department eq 'Stumbling')" extension:Stumbles request:P/none
    workflow falling hire:0 "(department eq 'Falling')" +extension:Falls request:P/none
} | jq -s --slurpfile extensions "$work/extensions.json" '{
        catalogs: [{displayName: "Company"}], customTaskExtensions: $extensions[0],
        resources: [{displayName: "App", catalog: "Company", target: "record", roles: ["User"]}],
        accessPackages: [.[] | select(has("resourceRoleScopes"))], workflows: [.[] | select(has("tasks"))]}' > "$work/company.json"
ok "the documents apply" jmlctl apply "$work/company.json"

joins() { # DEPARTMENT WHO
    event joiner "$2" "$(day 0)" "{\"department\": \"$1\", \"displayName\": \"Ana Lima\", \"mail\": \"ana@example.com\"}" > "$work/id"
}
call_of() { # WHO: the last one about somebody
    jq -c --arg who "$1" 'select(.body | fromjson | .data.subject.employeeId == $who)' "$work/requests" | tail -n 1
}
calls_of() { jq -c --arg who "$1" 'select(.body | fromjson | .data.subject.employeeId == $who)' "$work/requests" | wc -l; }
body_of() { call_of "$1" | jq -r .body; }
way() { body_of "$1" | jq -r .data.callbackUriPath; }
call_back() { # PATH BODY
    curl -sS -o /dev/null -w '%{http_code}' --unix-socket "$work/callback" --data "$2" "http://localhost$1"
}
completed='{"source": "test", "type": "lifecycleEvent", "data": {"operationStatus": "Completed"}}'
failed='{"source": "test", "type": "lifecycleEvent", "data": {"operationStatus": "Failed", "reason": "no licence left for Ana"}}'
# the run, its tasks in order, what the person holds
now_at() {
    q "SELECT r.state || ' ' || coalesce((SELECT string_agg(t.state, ',' ORDER BY t.position) FROM jml.task_run t WHERE t.run_id = r.id), '')
           || ' ' || coalesce((SELECT string_agg(a.access_package || ':' || a.state, ',') FROM jml.assignments a
                               WHERE a.employee_id = '$1'), '')
       FROM jml.runs r WHERE r.employee_id = '$1'"
}
until_at() { # WHO WHAT
    local limit=$((SECONDS + 20))
    until [ "$(now_at "$1")" = "$2" ]; do
        [ "$SECONDS" -lt "$limit" ] || { now_at "$1"; return 1; }
        sleep 0.05
    done
}
waits='inProgress inProgress '
over='completed completed,completed P:delivered'
forged() { echo "${1%/*}/$(printf '0%.0s' {1..64})"; }

printf '[database]\nconninfo = %s\n[callback]\nlisten = %s\n[queue]\npoll_interval = 200ms\n' "$JML_DATABASE" "$work/callback" \
    > "$work/jmld.conf"
daemon_start d -c "$work/jmld.conf"
until_says 20 d 'is ready'

# ---- launch and wait

joins Wait W1
until_true 20 "SELECT EXISTS (SELECT FROM jml.delivery WHERE state = 'inProgress')"
ok "a run waits for what it launched, and so does what comes after" until_at W1 "$waits"
is "the call says whom and what it is about" \
    "$(body_of W1 | jq -c '[.type, .data.subject.displayName, .data.subject.email, .data.task.displayName, .data.workflow.displayName]')" \
    '["lifecycleEvent","Ana Lima","ana@example.com","extension:Mailbox","wait"]'
timestamp=$(call_of W1 | jq -r '.headers["x-jml-timestamp"]')
is "it is signed" "$(call_of W1 | jq -r '.headers["x-jml-signature"]')" \
    "t=$timestamp,v1=$({ printf '%s.' "$timestamp"; call_of W1 | jq -j .body; } | openssl dgst -sha256 -hmac 'between us' -r | cut -d' ' -f1)"
path=$(way W1)
is "a forged call-back is refused" "$(call_back "$(forged "$path")" "$completed")" 403
is "also one that says that it failed" "$(call_back "$(forged "$path")" "$failed")" 403
is "one about nothing that there is" "$(call_back "${path%/*/*/*}/018f0000-0000-7000-8000-000000000001/resume/${path##*/}" "$completed")" 404
is "at a path that is none" "$(call_back /identityGovernance "$completed")" 404
is "and one that says neither yes nor no" "$(call_back "$path" '{"data": {"operationStatus": "Maybe"}}')" 400
is "anything but a POST" "$(curl -sS -o /dev/null -w '%{http_code}' --unix-socket "$work/callback" "http://localhost$path")" 501
sleep 1
is "none of it moves the run" "$(now_at W1)" "$waits"
is "nor is it in the audit" "$(q "SELECT count(*) FROM jml.audit WHERE employee_id = 'W1' AND object_type = 'delivery'")" 2
is "who was called calls back" "$(call_back "$path" "$completed")" 204
ok "then the run goes on, and is done" until_at W1 "$over"
is "calling back twice is told" "$(call_back "$path" "$completed")" 409
is "also with another word" "$(call_back "$path" "$failed")" 409
is "and with a forged secret" "$(call_back "$(forged "$path")" "$failed")" 409
ok "people are done" drained 10
is "the run is what it was" "$(now_at W1)" "$over"
is "it was called once" "$(calls_of W1)" 1

joins Wait W2
until_at W2 "$waits" > "$work/x"
path=$(way W2)
is "who was called says that it failed" "$(call_back "$path" "$failed")" 204
ok "the run has failed, and nothing more is done" until_at W2 'failed failed '
like "the task tells why" "$(q "SELECT error FROM jml.task_run t JOIN jml.runs r ON r.id = t.run_id WHERE r.employee_id = 'W2'")" \
    'Mailbox.*no licence left'
is "the audit does not: words may be personal" "$(q "SELECT count(*) FROM jml.audit u WHERE u::text LIKE '%licence%'")" 0
ok "an operator tries the run again" jmlctl run retry "$(q "SELECT id FROM jml.runs WHERE employee_id = 'W2'")"
ok "it waits again" until_at W2 "$waits"
until_true 10 "SELECT count(*) = 1 FROM jml.delivery WHERE state = 'inProgress'"
is "what was said about the first call counts no more" "$(call_back "$path" "$completed")" 409
is "only about the second" "$(call_back "$(way W2)" "$completed")" 204
ok "then it is done" until_at W2 "$over"

joins Anyway W3
until_at W3 "$waits" > "$work/x"
call_back "$(way W3)" "$failed" > "$work/x"
ok "a task that may fail does not hold up the next" until_at W3 'completedWithErrors failed,completed P:delivered'

# ---- the daemon dies while a run waits

joins Wait W4
until_true 20 "SELECT EXISTS (SELECT FROM jml.delivery WHERE state = 'inProgress')"
daemon_kill d
is "a run waits without a daemon" "$(now_at W4)" "$waits"
daemon_start d -c "$work/jmld.conf"
until_says 20 d 'is ready' 2
is "the next daemon hears the call-back" "$(call_back "$(way W4)" "$completed")" 204
ok "and goes on" until_at W4 "$over"
is "without a second call" "$(calls_of W4)" 1

# ---- who leaves meanwhile

joins Wait W5
until_true 20 "SELECT EXISTS (SELECT FROM jml.delivery WHERE state = 'inProgress')"
event leaver W5 none '{"immediate": true}' > "$work/id"
ok "somebody leaves while a run waits" until_true 10 "SELECT state = 'left' FROM jml.person WHERE employee_id = 'W5'"
like "who was called may say so" "$(call_back "$(way W5)" "$completed")" '^(204|409)$'
drained 10
is "and gives nothing to who has left" "$(holds W5) $(q "SELECT count(*) FROM jml.assignments WHERE employee_id = 'W5'")" ' 0'
is "nothing is left open" "$(open_of W5)" 0

# ---- launch and go on

joins Launch L1
ok "what is launched only is done when it was accepted" until_at L1 "$over"
is "it was told no way back" "$(body_of L1 | jq .data.callbackUriPath)" null
id=$(body_of L1 | jq -r .data.taskProcessingResult.id)
is "calling back all the same is told" "$(call_back "/$id/resume/$(printf '0%.0s' {1..64})" "$failed")" 409
is "and changes nothing" "$(now_at L1)" "$over"
joins Refused L2
ok "what is refused has failed" until_at L2 'failed failed '
is "at once" "$(calls_of L2)" 1
joins Stumbling L3
ok "what stumbles is called again" until_at L3 "$over"
is "with the same key, and the number of the attempt" \
    "$(jq -c --arg who L3 'select(.body | fromjson | .data.subject.employeeId == $who) | .headers | [."idempotency-key", ."x-jml-attempt"]' "$work/requests" |
        jq -sc 'map(.[0]) | unique | length, .[0] != null' | xargs) $(call_of L3 | jq -r '.headers["x-jml-attempt"]')" '1 true 2'
joins Falling L4
ok "what may be tried once more fails then" until_at L4 'completedWithErrors failed,completed P:delivered'
is "after two calls" "$(calls_of L4)" 2

# ---- who never calls back

joins Wait N1
joins Anyway N2
until_at N1 "$waits" > "$work/x"
until_true 10 "SELECT count(*) = 2 FROM jml.delivery WHERE state = 'inProgress'"
path=$(way N1)
daemon_stop d
once --clock-offset=4m -c "$work/jmld.conf"
is "who has not called back yet is waited for" "$(now_at N1)" "$waits"
once --clock-offset=6m -c "$work/jmld.conf"
is "who never does has failed" "$(now_at N1)" 'failed failed '
is "also where that does not stop the run" "$(now_at N2)" 'completedWithErrors failed,completed P:delivered'
like "with the reason" "$(q "SELECT error FROM jml.task_run t JOIN jml.runs r ON r.id = t.run_id WHERE r.employee_id = 'N1'")" 'no_answer'
daemon_start late --clock-offset=7m -c "$work/jmld.conf"
until_says 20 late 'is ready'
is "who calls back then is too late" "$(call_back "$path" "$completed")" 409
is "and changes nothing" "$(now_at N1)" 'failed failed '
ok "the audit verifies" jmlctl audit verify
daemon_stop late
is "the daemon ends in order" "$daemon_status" 0
finish

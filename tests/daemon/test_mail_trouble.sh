#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 600
# shellcheck disable=SC2119 # outbox takes an argument where there is something to choose
#
# Mail in trouble: what the server puts off or refuses, a server that is away or somebody else, death at
# the worst moment.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"
. "$JML_SRC/tests/lib/mail.sh"
mail_needs
mail_server_start

documents() {
    package Month P30D
    workflow Join hire:0 "(department eq 'Sales')" request:Month/P30D
    workflow Welcome hire:0 "(department eq 'Welcome')" mail:welcome
}
welcome() { event joiner "$1" "$(day 0)" "$(person "$2" "${3:-{\}}" | jq -c '.department = "Welcome"')" > "$work/id"; }

# ---- put off

world later
documents | company
touch "$mail_dir/defer"
welcome E1 d@example.test
once -c "$(mail_conf moved 'send_with_offset = yes')"
is "451 is tried again" "$(outbox)" 'welcome:pending:1'
like "with what was answered" "$(q 'SELECT error FROM jml.notification')" '^smtp_451: 451 4.3.0 try later'
is "a minute later" "$(q "SELECT due_at BETWEEN now() AND now() + interval '61 s' FROM jml.notification")" t
once -c "$(mail_conf moved 'send_with_offset = yes')"
is "and not before" "$(outbox)" 'welcome:pending:1'
once --clock-offset=2m -c "$(mail_conf moved 'send_with_offset = yes')"
is "then after two" "$(q "SELECT attempts, due_at BETWEEN now() + interval '61 s' AND now() + interval '241 s' FROM jml.notification")" '2|t'
once --clock-offset=30d -c "$(mail_conf moved 'send_with_offset = yes' 'give_up_after = 2m' 'max_age = 60d')"
is "not for ever" "$(outbox)" 'welcome:failed:3'
like "giving up has its reason on record" "$(q "SELECT reason FROM jml.audit WHERE object_type = 'notification' ORDER BY id DESC LIMIT 1")" '^gave_up$'
rm "$mail_dir/defer"
id=$(q 'SELECT id FROM jml.notification')
ok "an operator has it tried again" jmlctl --clock-offset 30d notification retry "$id" --reason 'server repaired'
is "which is on record" "$(q "SELECT rule, reason, from_state, to_state FROM jml.audit WHERE object_type = 'notification' ORDER BY id DESC LIMIT 1")" '707|server repaired|failed|pending'
once --clock-offset=30d -c "$(mail_conf moved 'send_with_offset = yes')"
is "and it goes" "$(outbox) $(inbox d 1)" 'welcome:sent:1 1'
status "what was sent is not dropped any more" 1 jmlctl notification drop "$id"
ok "the audit verifies" jmlctl audit verify

# ---- a recipient that the server thinks long about

world slow
documents | company
event joiner E1 "$(day 0)" "$(person slow@example.test '{}' | jq -c '.department = "Welcome"')" > "$work/id"
once -c "$(mail_conf mail 'concurrency = 1')"
is "no answer: the server counts as away, and nothing is lost" "$(outbox)" 'welcome:pending:0'
before_a=$(inbox a)
welcome E2 a@example.test
once # it is queued
once -c "$(mail_conf mail 'concurrency = 1')"
is "whoever is next does not wait for that one" "$(inbox a $((before_a + 1)))|$(q "SELECT count(*) FROM jml.notification WHERE state = 'sent'")" \
    "$((before_a + 1))|1"

# ---- refused

world refused
documents | company
event joiner E0 "$(day 0)" '{"displayName":"Mia Roth","mail":"m@example.test"}' > "$work/id"
once
before_m=$(inbox m)
welcome E1 reject@example.test '{"manager":"E0"}'
once -c "$(mail_conf mail)"
is "550 is not tried again, and the manager has it instead" "$(outbox)" 'welcome:failed:1 welcome:sent:1'
m=$(inbox m $((before_m + 1)))
is "the manager's is one more mail" "$m" $((before_m + 1))
like "that says for whom it was meant" "$(mail m "$m" text | tr '\n' ' ')" \
    '^This mail could not be delivered to Ana Lima \(reject@example.test\). It goes to you as the manager.  Welcome'
is "with an id of its own" "$(mail m "$m" message-id)" \
    "<$(q "SELECT dedup_key FROM jml.notification WHERE state = 'sent'" | tr -d '\n' | sha256sum | cut -d' ' -f1)@example.test>"
once -c "$(mail_conf mail)"
is "nothing more is tried" "$(outbox)" 'welcome:failed:1 welcome:sent:1'
is "nobody's address is in the audit" "$(q "SELECT count(*) FROM jml.audit a WHERE a::text LIKE '%@example.test%'")" 0
is "nor in the journal" "$(grep -c '@example.test' "$work/log")" 0
is "health shows it" "$(jmlctl --csv health 2> /dev/null | grep '^notifications')" \
    'notifications,warning,1,could not be sent: jmlctl notification list --state failed'
id=$(q "SELECT id FROM jml.notification WHERE state = 'failed'")
ok "an operator may drop it" jmlctl notification drop "$id"
is "then health is content" "$(jmlctl --csv health 2> /dev/null | grep '^notifications')" 'notifications,ok,0,none failed'
ok "the audit verifies" jmlctl audit verify

# ---- the server is away, or is somebody else

world away
documents | company
welcome E1 a@example.test
welcome E2 b@example.test
mail_server_stop
once -c "$(mail_conf mail)"
is "a server that is down is not the recipients' fault" "$(outbox)" 'welcome:pending:0 welcome:pending:0'
is "it is said once" "$(grep -c 'mails wait' "$work/said")" 1
mail_smtp_start
once -c "$(mail_conf wrong "ca_file = $mail_dir/other.pem")"
is "a certificate of somebody else is not accepted" "$(outbox)" 'welcome:pending:0 welcome:pending:0'
like "which is said" "$(grep 'mails wait' "$work/said")" 'bad_certificate'
once -c "$(mail_conf plain "server = smtp://127.0.0.1:$plain_port" 'username =')"
is "nor a server without TLS" "$(outbox)" 'welcome:pending:0 welcome:pending:0'
like "which is said, too" "$(grep 'mails wait' "$work/said")" 'no_starttls'
echo wrong > "$mail_dir/wrong"
chmod 600 "$mail_dir/wrong"
once -c "$(mail_conf password "password_file = $mail_dir/wrong")"
is "a wrong password is our fault" "$(outbox)" 'welcome:pending:0 welcome:pending:0'
before_a=$(inbox a)
once -c "$(mail_conf here "server = smtp://127.0.0.1:$plain_port" 'username =' 'security = none')"
is "on this machine it may do without" "$(outbox)" 'welcome:sent:1 welcome:sent:1'
is "each has arrived" "$(inbox a $((before_a + 1)))" $((before_a + 1))
status "but not elsewhere" 78 jmld --check-config -c "$(mail_conf elsewhere 'server = smtp://mx.example.test' 'security = none')"
ok "the audit verifies" jmlctl audit verify

# ---- killed between the server's 250 and our COMMIT

world killed
documents | company
welcome E1 c@example.test
before_c=$(inbox c)
JMLD_FAULT_MAIL=welcome jmld --once --log=stderr -c "$(mail_conf mail)" > "$work/said" 2>&1
is "the daemon dies with a mail in its hand" "$(outbox)" 'welcome:pending:1'
once -c "$(mail_conf mail)"
is "which nobody else touches for a while" "$(outbox)" 'welcome:pending:1'
status "nor may an operator" 1 jmlctl notification drop "$(q 'SELECT id FROM jml.notification')"
until_true 30 "SELECT lease_until < clock_timestamp() FROM jml.notification"
once -c "$(mail_conf mail)"
once -c "$(mail_conf mail)"
is "then it is sent" "$(outbox)" 'welcome:sent:2'
is "once more, and no more" "$(inbox c $((before_c + 2)))" $((before_c + 2))
is "with the same Message-ID" "$(mail c $((before_c + 1)) message-id)" "$(mail c $((before_c + 2)) message-id)"
ok "the audit verifies" jmlctl audit verify

finish

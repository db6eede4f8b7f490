#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# Mail that really arrives: sent to a mail server, read back by IMAP; what the server puts off, refuses
# or is not there for; death at the worst moment; rehearsals.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"
. "$JML_SRC/tests/lib/mail.sh"
mail_needs
mail_server_start

person() { # mail [more attributes]
    jq -cn --arg mail "$1" --argjson more "${2:-{\}}" \
        '{displayName: "Ana Lima", mail: $mail, department: "Sales"} + $more'
}
outbox() { # [WHERE]: kind:state:attempts of all, in order
    q "SELECT coalesce(string_agg(kind || ':' || state || ':' || attempts, ' ' ORDER BY created_at, kind), '')
       FROM jml.notification ${1:+WHERE $1}"
}
arguments() { jq -c --argjson a "$1" '.tasks[0].arguments = $a'; } # of the first task
documents() {
    package Month P30D
    workflow Join hire:0 "(department eq 'Sales')" request:Month/P30D
    workflow Welcome hire:0 "(department eq 'Welcome')" mail:welcome
    workflow Copy hire:0 "(department eq 'Copy')" mail:welcome |
        arguments '[{"name":"cc","value":"b@example.test, E9, nobody"},{"name":"locale","value":"de-AT"}]'
    workflow Custom hire:0 "(department eq 'Custom')" mail:welcome |
        arguments '[{"name":"customSubject","value":"Hallo {{userDisplayName}}"},
                    {"name":"customBody","value":"<b>Hi {{user.displayName}}</b> & <script>x</script>\nsee <a href=\"https://x.test/{{user.city}}\">this</a>"}]'
}
welcome() { event joiner "$1" "$(day 0)" "$(person "$2" "${3:-{\}}" | jq -c '.department = "Welcome"')" > "$work/id"; }

# ---- off

world off
documents | company
welcome E1 a@example.test
once
is "without a server mails stay pending" "$(outbox)" 'welcome:pending:0'
is "and health has nothing to say about it" \
    "$(jmlctl --csv health 2> /dev/null | grep '^notifications')" 'notifications,ok,0,none failed'

# ---- sent

is "a joiner's first day brings a mail" "$(once -c "$(mail_conf mail)"; outbox)" 'welcome:sent:1'
is "it arrives, once" "$(inbox a 1)" 1
is "in the words of the template" "$(mail a 1 subject)" 'Welcome, Ana Lima'
is "made by a program, of which kind it says" "$(mail a 1 auto-submitted) $(mail a 1 x-jml-kind)" 'auto-generated welcome'
is "from who is configured" "$(mail a 1 from)" 'Access desk <jml@example.test>'
is "the Message-ID is that of its key" "$(mail a 1 message-id)" \
    "<$(printf %s "$(q 'SELECT dedup_key FROM jml.notification')" | sha256sum | cut -d' ' -f1)@example.test>"
like "it went by TLS and with a password" "$(mail a 1 received)" 'esmtpsa'
is "when a server took it is on record" "$(q 'SELECT sent_at IS NOT NULL AND lease_until IS NULL AND error IS NULL FROM jml.notification')" t
is "by rule 704" "$(q "SELECT rule, from_state, to_state, employee_id FROM jml.audit WHERE object_type = 'notification' ORDER BY id DESC LIMIT 1")" '704|pending|sent|E1'
once -c "$(mail_conf mail)"
is "it is not sent again" "$(inbox a 1)" 1
ok "the audit verifies" jmlctl audit verify

# ---- names that would be more than names

world names
documents | company
welcome E1 b@example.test "$(jq -cn --arg n 'Zoë "Zed" Ångström <b>' '{displayName: $n}')"
# shellcheck disable=SC2016 # $ is SQL's
q "INSERT INTO jml.notification (kind, recipient, subject, body, due_at, dedup_key, parameters)
   VALUES ('near_expiry_1_day', 'b@example.test', 'x', 'x', now(), 'k1',
           jsonb_build_object('accessPackage', E'Sales\r\nBcc: c@example.test\r\n\r\n<h1>', 'daysLeft', 1)),
          ('other', 'b@example.test', E'Hi\r\nBcc: c@example.test', E'.\nFrom here\n<b>\u202E', now(), 'k2', NULL),
          ('other', E'b@example.test\nBcc: c@example.test', 'x', 'x', now(), 'k3', NULL)"
once -c "$(mail_conf mail)"
is "three are sent, one has no address that could be used" \
    "$(q "SELECT string_agg(dedup_key || ':' || state || ':' || coalesce(error, ''), ' ' ORDER BY dedup_key) FROM jml.notification WHERE dedup_key LIKE 'k_'")" \
    'k1:sent: k2:sent: k3:failed:bad_address: not one mail address'
is "all of it to one person" "$(inbox b 3) $(inbox c)" '3 0'
for n in 1 2 3; do
    case $(mail b $n x-jml-kind) in
        welcome) w=$n ;;
        other) o=$n ;;
        *) e=$n ;;
    esac
done
is "the name arrives as it is" "$(mail b "$w" to)" 'Zoë "Zed" Ångström <b>|b@example.test'
is "also in the subject" "$(mail b "$w" subject)" 'Welcome, Zoë "Zed" Ångström <b>'
like "and is text in HTML" "$(mail b "$w" html)" 'Zoë &quot;Zed&quot; Ångström &lt;b&gt;'
is "a package's name stays in its line" "$(mail b "$e" subject)" \
    'Your access to Sales Bcc: c@example.test <h1> ends on'
is "and adds no header" "$(mail b "$e" bcc)$(mail b "$o" bcc)" ''
like "markup in it is text" "$(mail b "$e" html)" '&lt;h1&gt;'
is "a dot, a From and what steers arrive as text" "$(mail b "$o" text | tr '\n' '|')" '.|From here|<b> |'
is "no line is longer than mail allows" "$(mail b "$w" raw | tr -d '\r' | awk '/^Date:/ { ours = 1 } ours && !/^Message-ID/ && length > 76' | wc -l)" 0
ok "the audit verifies" jmlctl audit verify

# ---- copies, languages, words of tasks

world copies
documents | company
event joiner E9 "$(day 0)" '{"mail":"c@example.test"}' > "$work/id"
once
event joiner E1 "$(day 0)" "$(person a@example.test | jq -c '.department = "Copy"')" > "$work/id"
event joiner E2 "$(day 0)" "$(person m@example.test '{"displayName":"A <i>&","city":"a\"b"}' | jq -c '.department = "Custom"')" > "$work/id"
before=$(inbox b) before_a=$(inbox a) before_c=$(inbox c)
once -c "$(mail_conf mail)"
is "both are sent" "$(outbox)" 'welcome:sent:1 welcome:sent:1'
is "those in copy have it: by address and by employee_id" \
    "$(inbox a $((before_a + 1))) $(inbox b $((before + 1))) $(inbox c $((before_c + 1)))" "$((before_a + 1)) $((before + 1)) $((before_c + 1))"
b=$(inbox b)
c=$(inbox c)
is "it is the same message" "$(mail b "$b" message-id)" "$(mail c "$c" message-id)"
is "which says so" "$(mail b "$b" to) / $(mail b "$b" cc)" 'Ana Lima|a@example.test / |b@example.test, |c@example.test'
is "each had a transaction of its own" "$(mail b "$b" envelope-to) $(mail c "$c" envelope-to)" 'b@example.test c@example.test'
m=$(inbox m 1)
is "the subject of a task wins" "$(mail m "$m" subject)" 'Hallo A <i>&'
is "its text loses the markup" "$(mail m "$m" text | tr '\n' '|')" 'Hi A <i>& & <script>x</script>|see this <https://x.test/a"b>|'
like "which stays in HTML, as far as it is allowed" "$(mail m "$m" html | tr '\n' ' ')" \
    '<b>Hi A &lt;i&gt;&amp;</b> &amp; &lt;script&gt;x&lt;/script&gt;<br> see <a href="https://x.test/a&quot;b">this</a>'

# ---- notices: what to do, and in whose language

world notices
documents | company
event joiner E1 "$(day 0)" "$(person a@example.test '{"preferredLanguage":"de-AT"}')" > "$work/id"
event joiner E2 "$(day 0)" "$(person b@example.test)" > "$work/id"
once
end=$(q "SELECT to_char(min(ends_at) AT TIME ZONE 'UTC' - interval '14 days' + interval '2 s', 'YYYY-MM-DD HH24:MI:SS') FROM jml.assignments")
at "$end" -c "$(mail_conf mail)"
is "a moved clock keeps mails back" "$(outbox "kind LIKE 'near%'")" 'near_expiry_14_days:pending:0 near_expiry_14_days:pending:0'
is "and says so once" "$(grep -c 'no mail is sent without' "$work/said")" 1
at "$(date -u -d "$end UTC + 10 minutes" '+%F %T')" -c "$(mail_conf moved 'send_with_offset = yes' 'portal_url = https://portal.test/x?r={{accessPackage}}')"
is "unless that is wanted" "$(outbox "kind LIKE 'near%'")" 'near_expiry_14_days:sent:1 near_expiry_14_days:sent:1'
a=$(inbox a $((before_a + 2)))
like "who prefers German reads German" "$(mail a "$a" subject)" '^Ihr Zugriff auf Month endet am 20'
is "which the header says" "$(mail a "$a" content-language)" de
b=$(inbox b $((before + 2)))
like "others English, with the days that are left" "$(mail b "$b" text | tr '\n' ' ')" 'Your access|your access to Month ends in 14 days'

# ---- put off

world later
documents | company
touch "$mail_dir/defer"
welcome E1 d@example.test
once -c "$(mail_conf moved 'send_with_offset = yes')"
is "451 is tried again" "$(outbox)" 'welcome:pending:1'
like "with what was answered" "$(q 'SELECT error FROM jml.notification')" '^smtp_451: 451 4.3.0 try later'
is "a minute later" "$(q "SELECT due_at BETWEEN now() + interval '40 s' AND now() + interval '61 s' FROM jml.notification")" t
once -c "$(mail_conf moved 'send_with_offset = yes')"
is "and not before" "$(outbox)" 'welcome:pending:1'
once --clock-offset=2m -c "$(mail_conf moved 'send_with_offset = yes')"
is "then after two" "$(q "SELECT attempts, due_at BETWEEN now() + interval '220 s' AND now() + interval '241 s' FROM jml.notification")" '2|t'
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

# ---- rehearsals, and what is too old

world rehearsal
documents | company
event joiner E1 "$(day 0)" "$(person a@example.test | jq -c '.department = "Copy"')" > "$work/id"
before_a=$(inbox a) before_m=$(inbox m) before_b=$(inbox b)
once --clock-offset=1h -c "$(mail_conf rehearsal 'redirect_all_to = m@example.test')"
is "everything goes to one address" "$(outbox) $(inbox m $((before_m + 1))) $(inbox a) $(inbox b)" \
    "welcome:sent:1 $((before_m + 1)) $before_a $before_b"
is "which says whom it was for" "$(mail m $((before_m + 1)) x-original-to)" 'a@example.test, b@example.test'
is "in the subject, too" "$(mail m $((before_m + 1)) subject)" '[to a@example.test, b@example.test] Welcome, Ana Lima'
is "and nowhere as a recipient" "$(mail m $((before_m + 1)) to)$(mail m $((before_m + 1)) cc 2> /dev/null)" '|m@example.test'
q "INSERT INTO jml.notification (kind, recipient, subject, body, due_at, dedup_key)
   VALUES ('other', 'b@example.test', 'x', 'x', now() - interval '8 days', 'old')" > "$work/x"
once --clock-offset=2h -c "$(mail_conf rehearsal 'redirect_all_to = m@example.test')"
is "what waited too long is dropped, on record" "$(outbox "kind = 'other'") $(q "SELECT rule || ' ' || reason FROM jml.audit WHERE object_type = 'notification' ORDER BY id DESC LIMIT 1")" \
    'other:dropped:1 706 too_old'
ok "the audit verifies" jmlctl audit verify

# ---- without any template

world bare
documents | company
welcome E1 a@example.test
before_a=$(inbox a)
mkdir "$work/empty"
once -c "$(mail_conf bare "template_directory = $work/empty")"
is "an empty folder is enough" "$(inbox a $((before_a + 1)))" $((before_a + 1))
like "then the notification has its own words" "$(mail a $((before_a + 1)) text)" '^Welcome, Ana Lima. Your first day is 20'

finish

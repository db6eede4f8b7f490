#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 600
#
# Mail that really arrives: sent to a mail server, read back by IMAP; names, languages, copies, rehearsals.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"
. "$JML_SRC/tests/lib/mail.sh"
mail_needs
mail_server_start

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

# ---- tickets that stay open

world tickets
roles='Phone/Desk' package Phones none > "$work/phones.json"
jq -n --slurpfile p "$work/phones.json" '{
    targets: [{displayName: "Help desk", kind: "manual",
               settings: {instructions: "Key is in the safe", remindAfter: "P1D", remindTo: ["m@example.test", "E9"]}}],
    catalogs: [{displayName: "Company"}],
    resources: [{displayName: "Phone", catalog: "Company", target: "Help desk", roles: ["Desk"]}],
    accessPackages: $p}' > "$work/desk.json"
jmlctl apply "$work/desk.json" > "$work/id" || cat "$work/id"
event joiner E9 "$(day 0)" '{"mail":"b@example.test","preferredLanguage":"de"}' > "$work/id"
event joiner E1 "$(day 0)" "$(person a@example.test)" > "$work/id"
once
jmlctl assignment add Phones --policy none --employee E1 > "$work/id"
once
before_m=$(inbox m) before_b=$(inbox b)
once --clock-offset=25h -c "$(mail_conf tickets 'send_with_offset = yes')"
is "whoever works on tickets is reminded" "$(outbox "kind = 'ticket_reminder'") $(inbox m $((before_m + 1)))" \
    "ticket_reminder:sent:1 ticket_reminder:sent:1 $((before_m + 1))"
is "in the words of its template" "$(mail m $((before_m + 1)) subject)" \
    'Ticket of Help desk still open: grant Phone Desk for Ana Lima (E1)'
like "with what there is to do" "$(mail m $((before_m + 1)) text | tr '\n' ' ')" \
    "To do: grant Phone Desk For: Ana Lima .E1. Access package: Phones  Key is in the safe .*jmlctl delivery done $(q "SELECT id FROM jml.delivery")"
like "or in German" "$(mail b "$(inbox b $((before_b + 1)))" subject)" '^Ticket von Help desk noch offen'
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

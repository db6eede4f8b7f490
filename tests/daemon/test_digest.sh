#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 600
#
# Digests: what is not urgent goes out once a day, as one message, read back by IMAP.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/story.sh"
. "$JML_SRC/tests/lib/mail.sh"
mail_needs
mail_server_start

# letter KEY KIND WHO [PACKAGE]: a row of the outbox, as the daemon makes them
letter() {
    q "INSERT INTO jml.notification (kind, recipient, recipient_id, subject, body, due_at, dedup_key, person_id, parameters)
       SELECT '$2', p.attributes ->> 'mail', p.employee_id, 'own subject', 'own words', jml.now(), '$1', p.id,
              jsonb_build_object('accessPackage', '${4:-Month}', 'endsOn', '2031-01-01', 'daysLeft', 14)
       FROM jml.person p WHERE p.employee_id = '$3'"
}
states() { q "SELECT coalesce(string_agg(dedup_key || ':' || state || ':' || attempts, ' ' ORDER BY dedup_key), '') FROM jml.notification ${1:-}"; }
digest() { mail_conf "$1" 'digest_at = 07:00' 'send_with_offset = yes' "${@:2}"; }
due() { q "SELECT to_char(max(due_at) AT TIME ZONE 'UTC' + interval '2 s', 'YYYY-MM-DD HH24:MI:SS') FROM jml.notification WHERE state = 'pending'"; }
people() { # ID:MAIL[:ZONE]...
    local one id mail zone
    for one; do
        IFS=: read -r id mail zone <<< "$one"
        event joiner "$id" "$(day -30)" "$(jq -cn --arg m "$mail" --arg z "${zone:-UTC}" --arg id "$id" \
            '{mail: $m, displayName: "P\($id)", timeZone: $z, manager: "M1"}')" > "$work/id"
    done
    once
}

# ---- what waits, until when, and what does not

world digest
people M1:m@example.test E1:a@example.test:Asia/Kolkata E2:b@example.test
letter k1 access_granted E1 Sales
letter k2 near_expiry_14_days E1
letter k3 access_ended E1 'Ops
Bcc: c@example.test'
letter k4 approval_requested E1
letter k5 access_granted E2
once -c "$(digest wait)"
is "only what somebody has to act on goes out at once" "$(states)" \
    'k1:pending:0 k2:pending:0 k3:pending:0 k4:sent:1 k5:pending:0'
is "it arrives by itself" "$(inbox a 1) $(mail a 1 x-jml-kind)" '1 approval_requested'
is "the others wait until seven, by the clock of each" \
    "$(q "SELECT count(*) FROM jml.notification n JOIN jml.person p ON p.employee_id = n.recipient_id
          WHERE n.state = 'pending' AND to_char(n.due_at AT TIME ZONE p.zone, 'HH24:MI') = '07:00'
            AND n.due_at > now() AND n.due_at <= now() + interval '1 day'
            AND n.digest_on = (n.due_at AT TIME ZONE p.zone)::date")" 4
is "which is not the same for both" "$(q "SELECT count(DISTINCT due_at) FROM jml.notification WHERE state = 'pending'")" 2
at "$(due)" -c "$(digest sent)"
is "then all are sent" "$(states)" 'k1:sent:1 k2:sent:1 k3:sent:1 k4:sent:1 k5:sent:1'
is "of several there is one message" "$(inbox a 2) $(mail a 2 x-jml-kind)" '2 digest'
is "which says how many" "$(mail a 2 subject)" '3 notices about access'
like "and holds each, in the words of its kind" "$(mail a 2 text | tr '\n' '|')" \
    '\|1\. Access to Sales\|\|.*\|2\. Your access to Month ends on 2031-01-01\|\|.*\|3\. Your access to Ops Bcc: c@example.test has ended'
like "also in HTML" "$(mail a 2 html)" 'Your access to Month ends on 2031-01-01'
is "values add no header" "$(mail a 2 bcc)" ''
is "one alone is no digest" "$(inbox b 1) $(mail b 1 x-jml-kind) $(mail b 1 subject)" '1 access_granted Access to Month'
is "each has its row in the audit" "$(q "SELECT count(DISTINCT object_id) FROM jml.audit WHERE rule = 704")" 5
ok "the audit verifies" jmlctl audit verify

# ---- killed between the server's 250 and our COMMIT

world crash
people M1:m@example.test E1:a@example.test
letter k1 access_granted E1 One
letter k2 access_granted E1 Two
once -c "$(digest crash)"
before=$(inbox a) when=$(due)
ms=$(($(date -u -d "$when" +%s%3N) - $(date -u +%s%3N)))
JMLD_FAULT_MAIL=digest jmld --once --log=stderr --clock-offset="${ms}ms" -c "$(digest crash)" > "$work/x" 2>&1
is "the daemon died when the digest was sent" "$? $(states)" '137 k1:pending:1 k2:pending:1'
q "UPDATE jml.notification SET lease_until = NULL"
at "$when" -c "$(digest crash)"
is "it is sent once more" "$(states) $(inbox a $((before + 2)))" "k1:sent:2 k2:sent:2 $((before + 2))"
is "the same letters have the same Message-ID" "$(mail a $((before + 1)) message-id)" "$(mail a $((before + 2)) message-id)"

# ---- one that is taken out, and one that comes later

world changed
people M1:m@example.test E1:a@example.test
letter k1 access_granted E1 One
letter k2 access_granted E1 Two
letter k3 access_granted E1 Three
once -c "$(digest changed)"
when=$(due) before=$(inbox a)
jmlctl notification drop "$(q "SELECT id FROM jml.notification WHERE dedup_key = 'k2'")" > "$work/x"
at "$when" -c "$(digest changed)"
inbox a $((before + 1)) > "$work/x"
is "what was dropped is not in it" "$(states) $(mail a $((before + 1)) subject)" 'k1:sent:1 k2:dropped:0 k3:sent:1 2 notices about access'

# ---- put off, refused

world refused
people M1:m@example.test E1:reject@example.test E2:d@example.test
letter k1 access_granted E1 One
letter k2 access_ended E1 Two
letter k3 access_granted E2 One
letter k4 access_ended E2 Two
once -c "$(digest refused)"
before=$(inbox m) before_d=$(inbox d) when=$(due)
touch "$mail_dir/defer"
at "$when" -c "$(digest refused)"
is "who is refused for good has each row failed; who is put off waits with each" "$(states "WHERE dedup_key NOT LIKE '%:manager'")" \
    'k1:failed:1 k2:failed:1 k3:pending:1 k4:pending:1'
is "the manager gets them at once, together" "$(inbox m $((before + 1))) $(mail m $((before + 1)) subject)" "$((before + 1)) 2 notices about access"
is "and is told whose they are" "$(mail m $((before + 1)) text | grep -c 'could not be delivered to PE1 (reject@example.test)')" 2
rm "$mail_dir/defer"
at "$(due)" -c "$(digest refused)"
is "later it goes out, still together" "$(states "WHERE dedup_key IN ('k3', 'k4')") $(inbox d $((before_d + 1)))" "k3:sent:2 k4:sent:2 $((before_d + 1))"
ok "the audit verifies" jmlctl audit verify

# ---- two daemons

world two
people M1:m@example.test E1:a@example.test E2:b@example.test
for n in $(seq 20); do
    letter "a$n" access_granted E1 "P$n"
    letter "b$n" access_granted E2 "P$n"
done
once -c "$(digest two)"
when=$(due) before=$(inbox a) before_b=$(inbox b)
ms=$(($(date -u -d "$when" +%s%3N) - $(date -u +%s%3N)))
for n in 1 2; do
    jmld --once --log=stderr --clock-offset="${ms}ms" -c "$work/two.conf" > "$work/two.$n" 2>&1 &
    pids+=" $!"
done
# shellcheck disable=SC2086 # two words
wait $pids
is "of two daemons one sends a digest, whole" "$(inbox a $((before + 1))) $(mail a $((before + 1)) subject) $(inbox b $((before_b + 1)))" \
    "$((before + 1)) 20 notices about access $((before_b + 1))"
is "all are sent" "$(q "SELECT string_agg(DISTINCT state || attempts, ' ') FROM jml.notification")" sent1

# ---- what cannot be meant

refused() { # LINE
    jmld --check-config -c "$(mail_conf wrong "$1")" 2>&1
}
like "a time that is none" "$(refused 'digest_at = 7 am')" 'digest_at = 7 am: write 07:00'
like "what is urgent" "$(refused 'digest_kinds = access_ended, approval_requested')" \
    'digest_kinds: approval_requested does not wait for a digest: take it out'
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 300
#
# Two daemons send the mails of one outbox: each once; and when one of them is killed in the middle, what it had
# in hand goes once more at most, under the same Message-ID.
set -u
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
. "$JML_SRC/tests/lib/story.sh"
. "$JML_SRC/tests/lib/mail.sh"
mail_needs
mail_server_start
trap 'daemons_end; mail_end' EXIT

world two
workflow Welcome hire:0 "(department eq 'Welcome')" mail:welcome | company
join() { # PREFIX N: N people with the addresses of a, b, c and m in turn
    q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes)
       SELECT 'joiner', '$1' || i, current_date, jsonb_build_object('department', 'Welcome', 'displayName', '$1' || i,
              'mail', substr('abcm', i % 4 + 1, 1) || '@example.test') FROM generate_series(1, $2) i"
}
sent() { until_true 60 "SELECT count(*) = $1 FROM jml.notification WHERE state = 'sent'"; }
arrived() { # HOW-MANY: reads all inboxes by IMAP when there are as many, and nothing more is coming
    local user i n
    for ((i = 0; i < 100; i++)); do
        [ "$(find "$mail_dir"/mail/*/{new,cur} -type f 2> /dev/null | wc -l)" -lt "$1" ] ||
            [ -n "$(find "$mail_dir/spool/input" -type f)" ] || break
        sleep 0.1
    done
    for user in a b c m; do
        n=$(find "$mail_dir/mail/$user"/{new,cur} -type f 2> /dev/null | wc -l)
        curl -s --ssl-reqd --cacert "$mail_dir/server.pem" -u "$user:pw" \
            "imap://127.0.0.1:$imap_port/INBOX;MAILINDEX=[1-$n]"
    done | tr -d '\r' | sed -n 's/^Message-ID: *//Ip' | sort > "$work/ids"
}
conf=$(mail_conf mail 'concurrency = 4')

daemon_start a -c "$conf"
daemon_start b -c "$conf"
until_says 20 a 'is ready'
until_says 20 b 'is ready'
join E 60
ok "two daemons send what there is" sent 60
arrived 60
is "each mail arrives once" "$(wc -l < "$work/ids") $(uniq -d "$work/ids" | wc -l)" '60 0'
is "none was tried twice" "$(q "SELECT max(attempts) FROM jml.notification")" 1

# ---- one of them dies, three times

for round in 1 2 3; do
    before=$(q "SELECT count(*) FROM jml.notification WHERE state = 'sent'")
    join "R$round-" 40
    until_true 20 "SELECT count(*) >= $before + 8 FROM jml.notification WHERE state = 'sent'"
    daemon_kill a
    daemon_start a -c "$conf"
done
ok "what is left is sent by the other, or by the next" sent 180
arrived 180
echo "# $(uniq -d "$work/ids" | wc -l) of 180 arrived twice"
is "all have arrived" "$(uniq "$work/ids" | wc -l)" 180
ok "what a daemon had in hand goes again, and nothing else" test "$(uniq -d "$work/ids" | wc -l)" -le 12
is "none goes three times" "$(uniq -c "$work/ids" | awk '$1 > 2' | wc -l)" 0
is "the ids are those of the outbox" "$(uniq "$work/ids" | md5sum)" "$(q "SELECT '<' || encode(sha256(convert_to(dedup_key, 'UTF8')), 'hex') || '@example.test>'
    FROM jml.notification" | sort | md5sum)"
is "nothing has failed" "$(outbox "state <> 'sent'")" ''
ok "the audit verifies" jmlctl audit verify
daemon_stop a
is "one daemon ends in order" "$daemon_status" 0
daemon_stop b
is "and so does the other" "$daemon_status" 0
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# The life of a daemon: sleeping and waking, reload, the logical clock, a database that goes away,
# locked rows, the end.
set -u
. "$JML_SRC/tests/lib/tap.sh"
work=$(mktemp -d)
daemon=
trap '[ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null; rm -rf "$work"' EXIT
log=$work/log
conf=$work/jmld.conf
jmlctl migrate > /dev/null || { echo "Bail out! migrate failed"; exit 1; }

start() { jmld --log=stderr "$@" > "$log" 2>&1 & daemon=$!; }
logged() { # regex [seconds]
    local end=$((SECONDS + ${2:-10}))
    until grep -qE -- "$1" "$log"; do
        [ "$SECONDS" -lt "$end" ] || { sed 's/^/# /' "$log"; return 1; }
        sleep 0.05
    done
}
ended() { local status=0; wait "$daemon" || status=$?; daemon=; return $status; }
joiner() { q "INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('joiner', '$1', current_date)"; }

# ---- what is found only when the database comes

JML_DATABASE="$JML_DATABASE dbname=later" start
ok "a database that is not there is waited for" logged 'the database is away.*"later" does not exist'
q "CREATE DATABASE later"
ok "and what is wrong with it is said when it comes" logged 'database "later" has no schema jml: run: jmlctl migrate' 20
ended
is "with exit code 78" $? 78

# ---- sleeping and waking

printf '[queue]\npoll_interval = 1h\n' > "$conf"
start -c "$conf"
ok "is ready" logged 'is ready'
ok "shows itself in jml.daemon, asleep" until_true 5 \
    "SELECT count(*) = 1 FROM jml.daemon WHERE sleeping_until > now() AND version IS NOT NULL"
joiner E1
ok "an insert wakes it, though it polls once an hour" until_true 5 \
    "SELECT state = 'done' FROM jml.event WHERE employee_id = 'E1'"

# ---- reload

printf '[queue]\npoll_interval = 200ms\n[timeline]\ndefault_time_zone = Europe/Lisbon\n' > "$conf"
kill -HUP "$daemon"
ok "a reload says so" logged "$conf is in force"
ok "and the default time zone is recorded with events from then on" until_true 5 \
    "SELECT default_time_zone = 'Europe/Lisbon' FROM jml.configuration"
printf '[queue]\npoll_interval = 1\n[nonsense]\n' > "$conf"
kill -HUP "$daemon"
ok "a reload with mistakes keeps the old configuration" logged '2 mistakes: the old configuration stays'
ok "and says why" logged "$conf:2: poll_interval = 1: not a duration"
ok "and goes on" kill -0 "$daemon"

# ---- what is not where it looks

q "DELETE FROM jml.daemon"
q "UPDATE jml.configuration SET revision = revision + 1"
joiner E99
ok "a daemon whose row was deleted shows itself again" until_true 15 \
    "SELECT count(*) = 1 FROM jml.daemon d JOIN jml.configuration USING (revision)
     WHERE d.version IS NOT NULL AND d.name LIKE '%:%'"
ok "the queue is empty" until_true 5 "SELECT NOT EXISTS (SELECT FROM jml.queue)"
q "INSERT INTO jml.queue (class, id, kind, employee_id) VALUES (1, 1, 'wake', 'E1')"
ok "a row that turns up where the queue was empty is found" until_true 10 \
    "SELECT NOT EXISTS (SELECT FROM jml.queue)"

# ---- the database goes away

q "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'jmld'" > /dev/null
ok "connections that are cut are made again" logged 'the database is back'
is "the loss is said once" "$(grep -c 'the database is away' "$log")" 1
joiner E2
ok "and work goes on" until_true 10 "SELECT state = 'done' FROM jml.event WHERE employee_id = 'E2'"

# ---- the end

kill -TERM "$daemon"
ended
is "SIGTERM: exit code 0" $? 0
is "its row is gone" "$(q 'SELECT count(*) FROM jml.daemon')" 0

# ---- the logical clock

status "a rehearsal three days ahead" 0 jmld --log=stderr --once --clock-offset=3d
said=$(jmld --log=stderr --once 2>&1)
is "without the offset the clock is behind: exit code 78" $? 78
like "and the message says what to do" "$said" '(--clock-offset again|--allow-clock-back)'
status "the same offset goes on" 0 jmld --log=stderr --once --clock-offset=3d
like "an offset is warned of" "$(jmld --log=stderr --once --clock-offset=3d 2>&1)" 'moved by 3d: .* targets are called for real; only those with isEnabled false are not'
status "--allow-clock-back" 0 jmld --log=stderr --once --allow-clock-back
status "is needed once" 0 jmld --log=stderr --once

# ---- rows locked elsewhere

mkfifo "$work/hold"
psql -X -q < "$work/hold" > /dev/null 2>&1 & holder=$!
exec 9> "$work/hold"
joiner E3
echo "BEGIN; SELECT FROM jml.person WHERE employee_id = 'E1' FOR UPDATE;" >&9
q "INSERT INTO jml.event (kind, employee_id, effective_on) VALUES ('mover', 'E1', current_date)"
until_true 5 "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'idle in transaction'"
begun=$SECONDS
status "--once: rows locked elsewhere are waited for, then exit code 75" 75 jmld --log=stderr --once
ok "for 10 s" [ $((SECONDS - begun)) -ge 9 ]
is "others were worked on meanwhile" "$(q "SELECT state FROM jml.event WHERE employee_id = 'E3'")" done
jmld --log=stderr --once > "$work/once" 2>&1 & once=$!
sleep 1
echo "ROLLBACK;" >&9
wait "$once"
is "--once: rows that are let go in time are worked on" $? 0
is "all of them" "$(q "SELECT count(*) FROM jml.event WHERE state <> 'done'")" 0
exec 9>&-
wait "$holder"

# ---- the schema goes away under a running daemon

start --allow-clock-back
ok "is ready once more" logged 'is ready'
q 'ALTER SCHEMA jml RENAME TO elsewhere'
ended
is "a schema that goes away ends the daemon: exit code 78" $? 78
ok "and it says what to run" logged 'does not exist: .*jmlctl migrate'
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# The unit in a booted systemd: make install into a throw-away root, PostgreSQL beside it.
# Called three times: as the test; with "prepare ROOT" before the boot; with "inside" after it.
set -u

case ${1:-} in
prepare)
    root=$2
    make -s -C "$JML_BUILD" install DESTDIR="$root" > "$root/install.log" 2>&1 ||
        { tail -n 20 "$root/install.log"; exit 1; }
    mkdir -p "$root/srv/test"
    cp "$0" "$JML_SRC/tests/lib/tap.sh" "$root/srv/test/"
    rm -rf "$root/etc/jmld"
    exit 0
    ;;
inside) ;;
*)
    if [ "${JML_SANITIZERS:-}" = yes ]; then
        echo "1..0 # SKIP the hardened unit forbids what sanitizers do"
        exit 0
    fi
    "$JML_SRC/tests/lib/boot-systemd" "$0" prepare -- \
        /srv/test/"$(basename "$0")" inside > "$JML_SANDBOX/said" 2> "$JML_SANDBOX/errors"
    status=$?
    if [ "$status" = 77 ]; then
        echo "1..0 # SKIP $(cat "$JML_SANDBOX/said")"
        exit 0
    fi
    cat "$JML_SANDBOX/said"
    sed 's/^/# /' "$JML_SANDBOX/errors"
    exit "$status"
    ;;
esac

. /srv/test/tap.sh
export PGHOST=/var/run/postgresql PGUSER=postgres PGDATABASE=jmld JML_DATABASE="user=postgres dbname=jmld"
bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)")
until_is() { # seconds wanted COMMAND...
    local end=$((SECONDS + $1)) wanted=$2 got
    shift 2
    until got=$("$@" 2> /dev/null) && [[ $got == $wanted ]]; do
        if [ "$SECONDS" -ge "$end" ]; then
            echo "last seen: $got"
            journalctl -q -u jmld -n 20 --no-pager
            return 1
        fi
        sleep 0.05
    done
}
show() { systemctl show jmld -p "$1" --value; }
entries() { journalctl --sync; journalctl -q --no-pager -u jmld "$@"; }
as_postgres() { (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"); }

# ---- what make install brought

systemd-sysusers
id jmld > /dev/null 2>&1 || { echo "Bail out! systemd-sysusers made no user"; exit 1; }
ok "the user is made by sysusers" id jmld
systemctl daemon-reload
unit=$(show FragmentPath)
said=$(systemd-analyze verify "$unit" 2>&1)
is "systemd-analyze verify is clean" "$? $said" "0 "
ok "systemd-analyze security is at most 2.0" systemd-analyze security --no-pager --offline=true --threshold=20 "$unit"
echo "# $(systemd-analyze security --no-pager --offline=true "$unit" | tail -n 1)"
journalctl --update-catalog

# ---- without a database: waits, says so

systemctl start --no-block jmld
ok "without a database it is starting and says why" until_is 10 "the database is away*" show StatusText
is "and not active" "$(systemctl is-active jmld)" activating

install -d -o postgres -g postgres /var/run/postgresql /var/lib/test-pg
as_postgres "$bin/initdb" -D /var/lib/test-pg/data -N --auth=trust --username=postgres --encoding=UTF8 \
    --locale=C.UTF-8 > /dev/null
printf 'local all postgres trust\nlocal all all peer\n' > /var/lib/test-pg/data/pg_hba.conf
systemd-run -q --unit=test-pg --uid=postgres -p KillSignal=SIGINT "$bin/postgres" -D /var/lib/test-pg/data \
    -c listen_addresses= -c unix_socket_directories=/var/run/postgresql -c fsync=off
for _ in $(seq 200); do "$bin/pg_isready" -q && break; sleep 0.05; done
psql -X -q -d postgres -c 'CREATE DATABASE jmld' -c 'CREATE ROLE jmld LOGIN'

# ---- a schema that is not there: ends, is not restarted, says what to run

ok "a schema that is not there ends it" until_is 40 failed show ActiveState
is "with exit code 78, and it is not restarted" "$(show ExecMainStatus) $(show NRestarts)" "78 0"
like "and what to run is in the journal" "$(entries -o cat)" 'run: jmlctl migrate'
ok "jmlctl migrate" jmlctl migrate
q 'GRANT jml_daemon TO jmld'

# ---- active only after the first poll

mkfifo /run/hold
psql -X -q < /run/hold > /dev/null 2>&1 & holder=$!
exec 9> /run/hold
echo 'BEGIN; LOCK TABLE jml.queue IN ACCESS EXCLUSIVE MODE;' >&9
until_true 10 "SELECT count(*) > 0 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted"
systemctl reset-failed jmld
systemctl start --no-block jmld
ok "while the first poll waits" until_true 20 "SELECT count(*) > 0 FROM pg_stat_activity
    WHERE usename = 'jmld' AND wait_event_type = 'Lock' AND query LIKE '%jml.queue%'"
is "it is not active yet" "$(systemctl is-active jmld)" activating
echo 'ROLLBACK;' >&9
ok "after it, it is" until_is 20 active show ActiveState
exec 9>&-
wait "$holder"
ok "systemctl status tells what it does" until_is 5 "waiting for work*" show StatusText
pid=$(show MainPID)

# ---- own user, hardening in effect

is "runs as its own user" "$(ps -o user= -p "$pid" | tr -d ' ')" jmld
facts=$(grep -E '^(CapEff|NoNewPrivs|Seccomp):' "/proc/$pid/status" | awk '{print $2}' | tr '\n' ' ')
is "has no capability, cannot gain any, and filters system calls" "$facts" "0000000000000000 1 2 "
is "sees no other process, and /usr, /etc and homes only to read or not at all" "$(nsenter -t "$pid" -m -- bash -c '
    touch /usr/probe 2> /dev/null && echo "wrote to /usr"
    touch /etc/probe 2> /dev/null && echo "wrote to /etc"
    ls /root/.bashrc 2> /dev/null && echo "saw /root"
    grep -q " /proc .*hidepid" /proc/self/mounts || echo "sees processes"
    touch /run/jmld/probe /var/lib/jmld/probe && rm /run/jmld/probe /var/lib/jmld/probe || echo "no own folders"')" ""
ok "its runtime folder has the file of people in flight" test -s /run/jmld/inflight

# ---- the journal

q "INSERT INTO jml.event (kind, employee_id, effective_on, attributes) VALUES ('joiner', 'E1001',
   current_date + 10, '{\"displayName\": \"MARKERNAME\", \"mail\": \"MARKERMAIL@example.com\", \"department\": \"MARKERDEPT\"}')"
ok "an event is worked on" until_true 10 "SELECT state = 'done' FROM jml.event WHERE employee_id = 'E1001'"
journalctl --sync
person=$(journalctl -q --no-pager -o json JML_EMPLOYEE=E1001 JML_TO=prehire)
for field in '"MESSAGE_ID":"2c1cccec606c422b8e184ec1368206a6"' '"PRIORITY":"6"' '"JML_RULE":"' \
    '"JML_EVENT":"1"' '"_SYSTEMD_UNIT":"jmld.service"' '"SYSLOG_IDENTIFIER":"jmld"'; do
    like "the entry of the person has ${field%%:*}" "$person" "${field//\"/\\\"}"
done
is "no name, address or payload is in the journal" "$(entries -o export -a | grep -c MARKER)" 0
like "journalctl -x explains the messages" "$(entries -x)" 'The schema was checked, packages and workflows'

# ---- reload

printf '[queue]\npoll_interval = 300ms\n' > /etc/jmld/jmld.conf
ok "reload" systemctl reload jmld
ok "is told when it is done" until_is 10 "*065bf0b9536340ae9022380fed37f7de*" \
    entries -o json MESSAGE_ID=065bf0b9536340ae9022380fed37f7de
printf '[queue]\nbatch = lots\nnonsense = 1\n' > /etc/jmld/jmld.conf
systemctl reload jmld
ok "a broken file is refused and the old configuration stays" until_is 10 "*the old configuration stays*" \
    entries -o cat MESSAGE_ID=ff8f97e52121441cb11a1d2dc79ad9ca
is "with one entry for each mistake" \
    "$(entries -o cat MESSAGE_ID=bf89af73107c458ca6b76fe01559bcb7 | cut -d: -f1,2 | tr '\n' ' ')" \
    "/etc/jmld/jmld.conf:2 /etc/jmld/jmld.conf:3 "
is "it is active, and the same process" "$(systemctl is-active jmld) $(show MainPID)" "active $pid"
rm /etc/jmld/jmld.conf

# ---- the watchdog

mkdir -p /run/systemd/system/jmld.service.d
printf '[Service]\nWatchdogSec=2\n' > /run/systemd/system/jmld.service.d/test.conf
systemctl daemon-reload
systemctl restart jmld
before=$(show NRestarts)
sleep 5 # longer than two limits: it is kept alive by its signs of life
is "signs of life keep the watchdog quiet" "$(show NRestarts)" "$before"
pid=$(show MainPID)
kill -STOP "$pid"
ok "a stopped process is restarted by the watchdog" until_is 20 $((before + 1)) show NRestarts
ok "and active again" until_is 20 active show ActiveState
like "the journal says why" "$(journalctl -q --no-pager -u jmld -o cat)" 'Watchdog timeout'

# ---- a crash leaves nobody behind, the end is clean

pid=$(show MainPID)
kill -KILL "$pid"
ok "a killed process is restarted" until_is 20 $((before + 2)) show NRestarts
ok "and active again after it" until_is 20 active show ActiveState
for crash in 3 4 5 6 7; do
    kill -KILL "$(show MainPID)"
    until_is 20 $((before + crash)) show NRestarts && until_is 20 active show ActiveState
done > /run/crashes
is "and so is one that crashes again and again" "$(show NRestarts) $(show ActiveState)" "$((before + 7)) active"
ok "the file of people in flight survives restarts" test -s /run/jmld/inflight
pid=$(show MainPID)
ok "stop" systemctl stop jmld
is "ends well" "$(show Result) $(show ExecMainStatus)" "success 0"
is "and its row is gone" "$(q "SELECT count(*) FROM jml.daemon WHERE name LIKE '%:$pid'")" 0
systemctl stop test-pg
finish

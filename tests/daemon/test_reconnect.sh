#!/bin/bash
# SPDX-License-Identifier: MIT
#
# After a connection was lost, nothing is decided by a configuration of another time or database.
# timeout: 120
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
ctl="$JML_BUILD/jmlctl"
"$ctl" migrate > /dev/null || { echo 'Bail out! no schema'; exit 99; }
document Sales > "$work/company.json"
"$ctl" apply "$work/company.json" > /dev/null || { echo 'Bail out! no configuration'; exit 99; }
joiner() { # employee_id [psql options]
    local id=$1
    shift
    q "insert into jml.event (kind, employee_id, effective_on, attributes)
       values ('joiner', '$id', current_date - 1, '{\"department\":\"Sales\"}')" "$@"
}

# ---- lost while the configuration is read
daemon_start d
until_says 20 d 'is ready'
mkfifo "$work/fifo"
psql -X -q < "$work/fifo" > /dev/null 2>&1 &
session=$!
exec 7> "$work/fifo"
echo 'begin; lock table jml.catalog in access exclusive mode;' >&7
until_true 20 "select exists (select from pg_locks where relation = 'jml.catalog'::regclass and granted)"
q 'update jml.configuration set revision = revision + 1'
joiner E1
waiting="from pg_stat_activity where application_name = 'jmld' and wait_event_type = 'Lock'"
ok 'a new configuration is being read' until_true 20 "select exists (select $waiting)"
q "select pg_terminate_backend(pid) $waiting" > /dev/null
exec 7>&-
wait "$session"
ok 'and the connection is lost meanwhile: it is read again' \
    until_true 20 "select state = 'done' from jml.event where employee_id = 'E1'"
daemon_stop d

# ---- another database, at the same revision
other="${JML_DATABASE/dbname=jmld/dbname=other}"
q 'create database other'
"$ctl" -d "$other" migrate > /dev/null
document Sales Legal > "$work/other.json"
"$ctl" -d "$other" apply "$work/other.json" > /dev/null
q "update jml.configuration set revision = (select 1 + max(r) from (values ($(q 'select revision from jml.configuration'))) v (r))"
q "update jml.configuration set revision = $(q 'select revision from jml.configuration')" -d other
printf '[database]\nconninfo = %s\n' "$JML_DATABASE" > "$work/conf"
unset JML_DATABASE
daemon_start moved -c "$work/conf"
until_says 20 moved 'is ready'
joiner E2
drained 20
printf '[database]\nconninfo = %s\n' "$other" > "$work/conf"
kill -HUP "${daemon[moved]}"
joiner O1 -d other
for ((i = 0; i < 200; i++)); do
    [ "$(q "select count(*) from jml.assignments where state = 'delivered'" -d other)" = 0 ] || break
    sleep 0.1
done
is 'in another database the configuration of that one counts' \
    "$(q "select a.access_package_id = k.id from jml.assignment a, jml.access_package k
          where k.display_name = 'Sales'" -d other)" t
daemon_stop moved
is 'it ends well' "$daemon_status" 0
status 'the audit gives the present state of every object' 0 "$ctl" -d "$other" audit verify
finish

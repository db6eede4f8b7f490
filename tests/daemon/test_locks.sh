#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Nobody who inserts waits for the daemon, and nobody who waits hides or starves anybody else.
# timeout: 240
: "${JML_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${JML_BUILD:=$JML_SRC}"
. "$JML_SRC/tests/lib/tap.sh"
. "$JML_SRC/tests/lib/daemon.sh"
ctl="$JML_BUILD/jmlctl"
"$ctl" migrate > /dev/null || { echo 'Bail out! no schema'; exit 99; }
document Sales > "$work/company.json"
"$ctl" apply "$work/company.json" > /dev/null || { echo 'Bail out! no configuration'; exit 99; }

server_errors() {
    grep -E ' jmld: (ERROR|FATAL|PANIC): |deadlock' "$JML_SANDBOX/log"
}
state_of() { # employee_id
    q "select p.state || ' ' || (select count(*) from jml.assignment a where a.target_id = p.id and a.state <> 'expired')
       from jml.person p where p.employee_id = '$1'"
}

# session NAME: a session that stays open; it is spoken to through ${in[NAME]}
declare -A in session
session_open() {
    mkfifo "$work/$1.fifo"
    PGAPPNAME=$1 psql -X -q -A -t < "$work/$1.fifo" > "$work/$1.out" 2>&1 &
    session[$1]=$!
    exec {fd}> "$work/$1.fifo"
    in[$1]=$fd
}
idle_in_transaction() {
    until_true 20 "select count(*) = 1 from pg_stat_activity where application_name = '$1' and state = 'idle in transaction'"
}
session_close() {
    local fd=${in[$1]}
    exec {fd}>&-
    wait "${session[$1]}"
}

# ---- an idle transaction elsewhere
q "insert into jml.event (kind, employee_id, effective_on, attributes)
   select 'joiner', e, current_date - 2, '{\"department\":\"Sales\"}' from unnest('{E1,E2,E3}'::text[]) e"
daemon_start d
drained 20
is 'a joiner holds the package' "$(state_of E1)" 'active 1'

session_open elsewhere
echo "begin; insert into jml.assignment_request (request_type, target_employee_id, access_package_id, policy_id)
      select 'adminAdd', 'E1', a.id, p.id from jml.access_package a join jml.assignment_policy p on p.access_package_id = a.id;
      insert into jml.event (kind, employee_id, effective_on, attributes)
      values ('mover', 'E2', current_date, '{\"department\":\"Production\"}');
      insert into jml.event (kind, employee_id, effective_on, attributes)
      values ('joiner', 'E9', current_date, '{\"department\":\"Sales\"}');" >&"${in[elsewhere]}"
ok 'a session has inserted a request and events and sits there' idle_in_transaction elsewhere
q "insert into jml.event (kind, employee_id, effective_on)
   select 'leaver', e, current_date - 1 from unnest('{E1,E2}'::text[]) e"
ok 'the leaver of a person with an uncommitted request is done' until_true 10 \
    "select state = 'done' from jml.event where kind = 'leaver' and employee_id = 'E1'"
is 'and holds nothing' "$(state_of E1)" 'left 0'
ok 'the leaver of a person with an uncommitted event is done' until_true 10 \
    "select state = 'done' from jml.event where kind = 'leaver' and employee_id = 'E2'"
is 'and holds nothing' "$(state_of E2)" 'left 0'
q "insert into jml.event (kind, employee_id, effective_on, attributes) values ('joiner', 'E9', current_date - 1, '{\"department\":\"Sales\"}')"
ok 'the joiner of somebody new, whose other joiner is uncommitted, is done' until_true 10 \
    "select state = 'done' from jml.event where kind = 'joiner' and employee_id = 'E9'"
echo 'commit;' >&"${in[elsewhere]}"
session_close elsewhere
ok 'what was committed late is found, although its number is low' until_true 10 \
    "select not exists (select from jml.queue) and not exists (select from jml.event where state = 'pending')
     and not exists (select from jml.assignment_request where state = 'submitted')"
is 'and gave nothing to people who left' "$(state_of E1) $(state_of E2)" 'left 0 left 0'

# a person who is locked by somebody else for good waits; others do not
session_open lock
echo "begin; select from jml.person where employee_id = 'E3' for update;" >&"${in[lock]}"
idle_in_transaction lock
q "insert into jml.event (kind, employee_id, effective_on, attributes)
   select 'mover', 'E3', current_date - 5, jsonb_build_object('costCenter', i) from generate_series(1, 1500) i;
   insert into jml.event (kind, employee_id, effective_on, attributes) values ('joiner', 'E4', current_date - 1, '{\"department\":\"Sales\"}')"
ok '1,500 events of a locked person hide nobody' until_true 10 \
    "select coalesce((select state = 'done' from jml.event where employee_id = 'E4'), false)"
is 'the locked person waits' "$(q "select count(*) from jml.event where employee_id = 'E3' and state = 'pending'")" 1500
echo 'rollback;' >&"${in[lock]}"
session_close lock
ok 'until it is let go' drained 20
daemon_stop d

# ---- many events of one person
# starve EVENTS: that many of one person, and after them 200 people
starve() {
    q "insert into jml.event (kind, employee_id, effective_on, attributes)
       select 'mover', 'M$1', current_date - 100, jsonb_build_object('costCenter', i) from generate_series(1, $1) i;
       insert into jml.event (kind, employee_id, effective_on, attributes)
       select 'joiner', 'S$1-' || i, current_date - 1, '{\"department\":\"Sales\"}' from generate_series(1, 200) i;
       insert into jml.event (kind, employee_id, effective_on, attributes) values ('joiner', 'M$1', current_date - 200, '{}')"
    daemon_start d
    ok "$1 events of one person and 200 of others are done" drained 100
    daemon_stop d
    # how many of the one's events were done before the last of the others
    local before
    before=$(q "select count(*) from jml.audit a where a.employee_id = 'M$1' and a.object_type = 'event' and a.to_state in ('done', 'superseded')
       and a.id < (select max(b.id) from jml.audit b where b.employee_id like 'S$1-%')")
    echo "# $before events of the one were done before the last of the others"
    ok "the others did not wait for more than a tenth, or ten batches, of them" [ "$before" -le $(($1 / 10 > 1000 ? $1 / 10 : 1000)) ]
}
starve 3000
is 'nothing is lost and nothing is done twice' "$(broken_promises | grep -v 'run not completed')" ''

# ---- new people from two sides at once
daemon_start left
daemon_start right
feeds=()
for side in 1 2 3 4; do
    for ((i = 0; i < 15; i++)); do
        echo "insert into jml.event (kind, employee_id, effective_on, attributes)
              select 'mover', 'N' || $i || '-' || case when $side % 2 = 0 then 201 - n else n end, current_date - 1,
                     jsonb_build_object('side$side', true) from generate_series(1, 200) n;
              insert into jml.assignment_request (request_type, target_employee_id, access_package_id)
              select 'adminAdd', 'Q' || $i || '-' || case when $side % 2 = 0 then 21 - n else n end, a.id
              from generate_series(1, 20) n, jml.access_package a;"
    done | psql -X -q -v ON_ERROR_STOP=1 > "$work/feed$side.out" 2>&1 &
    feeds+=($!)
done
status=0
for pid in "${feeds[@]}"; do
    wait "$pid" || status=1
done
is 'four sessions insert the same new people in opposite orders' "$status $(cat "$work"/feed?.out)" '0 '
ok 'while two daemons make them' drained 60
is 'each once' "$(q "select count(*) from jml.person where employee_id like 'N%'")" 3000
is 'with all that was said of them' "$(q "select count(*) from jml.event where employee_id like 'N%' and state = 'done'")" 12000
is 'requests for people nobody knows are denied' \
    "$(q "select state, count(*), count(error) from jml.assignment_request where target_employee_id like 'Q%' group by state")" 'denied|1200|1200'
daemon_stop left
daemon_stop right

# ---- wakes
daemon_start d
q "insert into jml.queue (class, kind, employee_id)
   select case when i % 3 = 0 then 3 when i % 3 = 1 then 1 else 0 end, 'wake', p.employee_id
   from (select employee_id, row_number() over (order by employee_id) as nth from jml.person) p
   join generate_series(1, 10000) i on i % 2500 = p.nth % 2500"
before=$(q 'select max(id) from jml.audit')
ok '10,000 wakes are done' drained 60
is 'and change nothing' "$(q 'select max(id) from jml.audit')" "$before"
is 'the queue ends empty' "$(q 'select count(*) from jml.queue')" 0
daemon_stop d
is 'the daemon ends in order' "$daemon_status" 0

is 'the server saw no deadlock, the daemons made no error' "$(server_errors)" ''
status 'the audit gives the present state of every object' 0 "$ctl" audit verify
finish
